/* SPDX-License-Identifier: BSD-2-Clause
 * A target that gets mail. Core thread. */
#ifndef MOORING_NOTIFY_SMTP_H
#define MOORING_NOTIFY_SMTP_H

#include "base/err.h"

struct conf_notify;
struct notify_target;
struct uv_loop_s;

/* Mails of one target on their way at once. */
enum { SMTP_MAILS_MAX = 4 };

/* Reads the file with the password; c is borrowed for life. As notify_webhook_new(). */
int notify_smtp_new(struct uv_loop_s *loop, const struct conf_notify *c, struct notify_target **ret,
		    struct errinfo *ei);

#endif
