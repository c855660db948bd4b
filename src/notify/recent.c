/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/recent.h"

#include <string.h>

#include "base/str.h"

bool recent_takes(struct recent *r, const char *id, int64_t now_ms, int64_t hold_ms)
{
	unsigned i;

	for (i = 0; i < RECENT_MAX; i++)
		if (r->at[i].until_ms > now_ms && strcmp(r->at[i].id, id) == 0)
			return false;
	str_copy(r->at[r->next].id, sizeof(r->at[0].id), slice_of(id));
	r->at[r->next].until_ms = now_ms + hold_ms;
	r->next = (r->next + 1) % RECENT_MAX;
	return true;
}
