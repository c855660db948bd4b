/* SPDX-License-Identifier: BSD-2-Clause
 * Tells the service manager that the daemon gets on, as sd_watchdog_enabled(3) wants it. It is told
 * by the loop itself, and only while the threads beside it get on, too: when it is not, the manager
 * ends the process and starts another one. Core thread. */
#ifndef MOORING_OPS_WATCHDOG_H
#define MOORING_OPS_WATCHDOG_H

#include <stdbool.h>

#include "base/err.h"

struct uv_loop_s;
struct watchdog;

/* Whether everything else gets on. What should take a moment may not have been under way for
 * limit_ms. */
typedef bool watchdog_ask_fn(void *arg, unsigned limit_ms);

/* Takes WATCHDOG_USEC and WATCHDOG_PID out of the environment; *ret is NULL when nobody asks, or
 * another process is meant. ERR_INVAL: WATCHDOG_USEC is no number of microseconds; ERR_NOMEM. */
int watchdog_new(struct uv_loop_s *loop, watchdog_ask_fn *ask, void *arg, struct watchdog **ret,
		 struct errinfo *ei);
/* Frees in a later turn of the loop; NULL is fine. */
void watchdog_close(struct watchdog *w);

#endif
