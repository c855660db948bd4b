/* SPDX-License-Identifier: BSD-2-Clause
 * The order of reads and changes. A read takes the tick when it begins, a change makes the next
 * one: what changed later than a read began has a higher tick, and what was read may be older than
 * it. One for the whole engine; core thread. */
#ifndef MOORING_ENGINE_TICKS_H
#define MOORING_ENGINE_TICKS_H

#include <stdint.h>

struct ticks {
	uint64_t now;
};

/* Something changes: its tick. */
static inline uint64_t ticks_next(struct ticks *t)
{
	return ++t->now;
}

#endif
