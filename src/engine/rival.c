/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/rival.h"

#include "engine/plan.h"

uint64_t rival_after(const struct host_state *s, uint64_t ours)
{
	uint64_t rival = plan_owed_from(s);

	if (rival != 0 && s->seq > ours && rival <= ours)
		rival = ours + 1;
	return rival;
}

uint64_t rival_of_found(uint64_t found, uint64_t owed_from, uint64_t ours)
{
	/* What we are at is our own, or was noted before. */
	return ours == found ? 0 : owed_from;
}

uint64_t rival_of_both(uint64_t a, uint64_t b)
{
	if (a == 0 || b == 0)
		return a + b;
	return a < b ? a : b;
}
