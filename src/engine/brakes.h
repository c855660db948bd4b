/* SPDX-License-Identifier: BSD-2-Clause
 * Changes that the DNS backend refused lately: one poisoned name whose router asks every minute
 * must not split every batch of its zone. Pure. */
#ifndef MOORING_ENGINE_BRAKES_H
#define MOORING_ENGINE_BRAKES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "net/fqdn.h"

/* A change that was refused is refused by us for so long, the oldest is forgotten first. */
enum { BRAKES_HOLD_MS = 60000, BRAKES_MAX = 64 };

struct brake {
	struct fqdn name;
	struct addr addr;
	int64_t until_ms;
};

/* All zero: none. */
struct brakes {
	struct brake at[BRAKES_MAX];
	size_t next;
	int64_t until_ms; /* of the last one */
};

/* Most of the time nothing is braked, and need not be looked for. */
static inline bool brakes_are_on(const struct brakes *b, int64_t now_ms)
{
	return b->until_ms > now_ms;
}

void brakes_put(struct brakes *b, const struct fqdn *name, const struct addr *addr, int64_t now_ms);
bool brakes_hold(const struct brakes *b, const struct fqdn *name, const struct addr *addr,
		 int64_t now_ms);

#endif
