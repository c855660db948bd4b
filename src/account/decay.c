/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/decay.h"

#include <stdlib.h>

#include "base/err.h"

struct decay_slot {
	uint64_t key;
	int64_t until_ms; /* 0: never used */
};

struct decay {
	size_t n_sets;
	enum metric evicted;
	struct decay_slot slots[][DECAY_WAYS];
};

int decay_new(size_t n_slots, enum metric evicted, struct decay **ret)
{
	const size_t n_sets = n_slots / DECAY_WAYS;
	struct decay *d = calloc(1, sizeof(*d) + n_sets * sizeof(d->slots[0]));

	if (d == NULL)
		return ERR_NOMEM;
	d->n_sets = n_sets;
	d->evicted = evicted;
	*ret = d;
	return 0;
}

void decay_free(struct decay *d)
{
	free(d);
}

static int64_t decay_rest(const struct decay_slot *slot, int64_t now_ms)
{
	return slot->until_ms > now_ms ? slot->until_ms - now_ms : 0;
}

int64_t decay_left_ms(const struct decay *d, uint64_t key, int64_t now_ms)
{
	const struct decay_slot *set = d->slots[key % d->n_sets];
	size_t i;

	for (i = 0; i < DECAY_WAYS; i++)
		if (set[i].key == key)
			return decay_rest(&set[i], now_ms);
	return 0;
}

/* The slot of key, or else the one that it takes over. */
static struct decay_slot *decay_find(struct decay *d, uint64_t key, int64_t now_ms)
{
	struct decay_slot *set = d->slots[key % d->n_sets], *least = set;
	size_t i;

	for (i = 0; i < DECAY_WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		if (set[i].until_ms < least->until_ms)
			least = &set[i];
	}
	if (least->until_ms > now_ms)
		metric_add(d->evicted, 1);
	*least = (struct decay_slot){.key = key};
	return least;
}

void decay_add(struct decay *d, uint64_t key, int64_t by_ms, int64_t max_ms, int64_t now_ms)
{
	struct decay_slot *slot = decay_find(d, key, now_ms);
	int64_t left_ms = decay_rest(slot, now_ms) + by_ms;

	slot->until_ms = now_ms + (left_ms < max_ms ? left_ms : max_ms);
}
