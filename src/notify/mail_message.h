/* SPDX-License-Identifier: BSD-2-Clause
 * A message as mail (RFC 5322): plain text, folded headers, lines that end in CRLF. Pure; any
 * thread. */
#ifndef MOORING_NOTIFY_MAIL_MESSAGE_H
#define MOORING_NOTIFY_MAIL_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "notify/notify_target.h"

enum { MAIL_MESSAGE_MAX = 64 * 1024 };

/* Addresses are checked already: printable ASCII without a blank. The Message-ID is made of the
 * event's id and the domain of from, and so the same for each attempt; the date is that of the
 * event. Returns the state of out. */
int mail_message_add(struct buf *out, const struct notify_message *m, const char *from,
		     const char *const *to, size_t n_to);

#endif
