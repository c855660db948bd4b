/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/change_limit.h"

#include <stdlib.h>

#include "account/decay.h"
#include "base/err.h"
#include "base/rand.h"
#include "engine/plan_item.h"
#include "net/hash.h"

enum { CHANGE_LIMIT_HOUR_MS = 3600 * 1000 };

/* A full hour's changes may come at once; then one more for each part of an hour that has passed:
 * the generic cell rate algorithm. */
struct change_limit {
	int64_t each_ms; /* what one change takes of the hour; 0: no limit */
	uint64_t seed;
	struct decay *hosts;
};

int change_limit_new(unsigned per_hour, struct change_limit **ret)
{
	struct change_limit *l = calloc(1, sizeof(*l));

	if (l == NULL || decay_new(CHANGE_LIMIT_HOSTS, METRIC_CHANGES_FORGOTTEN, &l->hosts) != 0) {
		free(l);
		return ERR_NOMEM;
	}
	l->each_ms = per_hour == 0 ? 0 : CHANGE_LIMIT_HOUR_MS / (int64_t)per_hour;
	rand_bytes(&l->seed, sizeof(l->seed));
	*ret = l;
	return 0;
}

void change_limit_free(struct change_limit *l)
{
	if (l == NULL)
		return;
	decay_free(l->hosts);
	free(l);
}

/* What is published once more, or finishes what is owed, is no change. */
static bool change_limit_counts(const struct plan_item *item)
{
	return item->intend && !item->repeats;
}

static uint64_t change_limit_key(const struct change_limit *l, const struct plan_item *item)
{
	return hash_bytes(item->name.text, item->name.len, l->seed);
}

int64_t change_limit_take(struct change_limit *l, const struct plan_item *items, size_t n,
			  int64_t now_ms)
{
	int64_t over_ms, worst_ms = 0;
	size_t i;

	for (i = 0; l->each_ms > 0 && i < n; i++) {
		if (!change_limit_counts(&items[i]))
			continue;
		over_ms = decay_left_ms(l->hosts, change_limit_key(l, &items[i]), now_ms) +
			  l->each_ms - CHANGE_LIMIT_HOUR_MS;
		worst_ms = over_ms > worst_ms ? over_ms : worst_ms;
	}
	for (i = 0; l->each_ms > 0 && worst_ms == 0 && i < n; i++)
		if (change_limit_counts(&items[i]))
			decay_add(l->hosts, change_limit_key(l, &items[i]), l->each_ms,
				  CHANGE_LIMIT_HOUR_MS, now_ms);
	return worst_ms;
}
