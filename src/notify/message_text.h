/* SPDX-License-Identifier: BSD-2-Clause
 * What the targets make of a message's parts alike. Pure; any thread. */
#ifndef MOORING_NOTIFY_MESSAGE_TEXT_H
#define MOORING_NOTIFY_MESSAGE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/template.h"
#include "notify/notify_target.h"

/* "2026-11-30T22:20:50Z" (RFC 3339). */
enum { MESSAGE_TIME_SIZE = sizeof("-292277026596-12-04T15:30:08Z") };

/* Whether it tells of trouble, and is to be more than a line in passing. */
bool message_is_trouble(const struct notify_message *m);
void message_time(int64_t time_s, char out[MESSAGE_TIME_SIZE]);

/* Appends text with the parts of m, conf_body_names, in their places. As template_add(). */
int message_add_template(struct buf *out, const char *text, enum template_form form,
			 const struct notify_message *m);

#endif
