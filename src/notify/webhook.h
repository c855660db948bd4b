/* SPDX-License-Identifier: BSD-2-Clause
 * A target that is told by HTTP. Core thread. */
#ifndef MOORING_NOTIFY_WEBHOOK_H
#define MOORING_NOTIFY_WEBHOOK_H

#include "base/err.h"

struct conf_notify;
struct notify_target;
struct uv_loop_s;

/* Reads the files with secrets; c is borrowed for life. ERR_INVAL, ERR_IO, ERR_LIMIT,
 * ERR_UNAVAILABLE with a sentence, which names no section; ERR_NOMEM. */
int notify_webhook_new(struct uv_loop_s *loop, const struct conf_notify *c,
		       struct notify_target **ret, struct errinfo *ei);

#endif
