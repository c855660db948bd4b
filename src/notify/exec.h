/* SPDX-License-Identifier: BSD-2-Clause
 * A target that is a command of the administrator's: without a shell, in a process group of its
 * own, with the event as JSON on its standard input and its parts in variables. Core thread. */
#ifndef MOORING_NOTIFY_EXEC_H
#define MOORING_NOTIFY_EXEC_H

#include "base/err.h"

struct conf_notify;
struct notify_target;
struct uv_loop_s;

/* sysexits.h: EX_USAGE and EX_DATAERR say that this event will never do, and so does 100, as
 * programs that deliver for qmail say it. All but 0 and these are tried again. */
enum { EXEC_USAGE = 64, EXEC_DATAERR = 65, EXEC_NEVER = 100 };
/* Commands of one target at once, and the time from SIGTERM to SIGKILL. */
enum { EXEC_RUNS_MAX = 4, EXEC_GRACE_MS = 2000 };

/* c is borrowed for life; env (as of environ(7)) too: PATH, LANG, LC_ALL and TZ of it are passed
 * on. ERR_NOMEM. */
int notify_exec_new(struct uv_loop_s *loop, const struct conf_notify *c, const char *const *env,
		    struct notify_target **ret);

#endif
