/* SPDX-License-Identifier: BSD-2-Clause
 * A line of progress (ctl/progress.h) beside a call that does not come back before all is done: it
 * is shown by a thread of its own, from the third second on, and only on a terminal. One at a time:
 * while there is one, another is not begun. Main thread. */
#ifndef MOORING_CTL_WAITING_H
#define MOORING_CTL_WAITING_H

#include <stddef.h>

/* How many are done by now; called by that thread. */
typedef size_t waiting_done_fn(void *arg);

/* of: whose job it is; what: of what so many are done; both borrowed. total 0: nobody knows. done
 * NULL: seconds are counted. */
void waiting_begin(const char *of, const char *what, size_t total, waiting_done_fn *done,
		   void *arg);
/* The line is wiped. */
void waiting_end(void);
/* Wipes it for a moment, in which something else is printed. */
void waiting_hide(void);

#endif
