/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/brakes.h"

void brakes_put(struct brakes *b, const struct fqdn *name, const struct addr *addr, int64_t now_ms)
{
	struct brake *brake = &b->at[b->next];

	b->next = (b->next + 1) % BRAKES_MAX;
	brake->name = *name;
	brake->addr = *addr;
	brake->until_ms = now_ms + BRAKES_HOLD_MS;
	b->until_ms = brake->until_ms;
}

bool brakes_hold(const struct brakes *b, const struct fqdn *name, const struct addr *addr,
		 int64_t now_ms)
{
	size_t i;

	for (i = 0; i < BRAKES_MAX; i++)
		if (b->at[i].until_ms > now_ms && addr_equal(&b->at[i].addr, addr) &&
		    fqdn_equal(&b->at[i].name, name))
			return true;
	return false;
}
