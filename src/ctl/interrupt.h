/* SPDX-License-Identifier: BSD-2-Clause
 * Signals that would end this process while something has to be finished, or cleared away, first.
 */
#ifndef MOORING_CTL_INTERRUPT_H
#define MOORING_CTL_INTERRUPT_H

#include <stdbool.h>

#include "base/err.h"

/* From now on INT, TERM and HUP do not end the process; interrupt_came() tells of them. A second
 * signal of the same kind ends it. */
void interrupt_guard_begin(void);
void interrupt_guard_end(void);
/* Whether such a signal came. */
bool interrupt_came(void);
/* ERR_CANCELED with a sentence if one came, else 0. */
int interrupt_check(struct errinfo *ei);

#endif
