/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/listed.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* Each list is sorted and grows on its own: one table of all names would have to be copied when it
 * is full, and takes three times the memory meanwhile. At 1,000,000 names a list has 244. */
enum { LISTS_BITS = 12, LISTS = 1 << LISTS_BITS, LIST_MIN = 8 };

/* Names are told apart by 44 bits of their hash, 12 of which choose the list: two of 1,000,000 are
 * taken for one in one of 35 listings, and then an unchanged address is published once more. */
struct listed_name {
	uint32_t hash;
	uint32_t time_s; /* until 2106 */
};

struct listed_list {
	struct listed_name *names;
	uint32_t n, cap;
};

struct listed {
	struct listed_list lists[LISTS];
};

int listed_new(struct listed **ret)
{
	struct listed *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return ERR_NOMEM;
	*ret = l;
	return 0;
}

void listed_free(struct listed *l)
{
	size_t i;

	for (i = 0; l != NULL && i < LISTS; i++)
		free(l->lists[i].names);
	free(l);
}

/* The place of the first name that is not below the hash. */
static uint32_t listed_find(const struct listed_list *list, uint32_t hash)
{
	uint32_t from = 0, to = list->n;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (list->names[middle].hash < hash)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* By a quarter: what is reserved and not used yet counts, too, when there are many lists. */
static int listed_grow(struct listed_list *list)
{
	uint32_t cap = list->cap < LIST_MIN ? LIST_MIN : list->cap + list->cap / 4;
	struct listed_name *more = realloc(list->names, cap * sizeof(*more));

	if (more == NULL)
		return ERR_NOMEM;
	list->names = more;
	list->cap = cap;
	return 0;
}

static int listed_insert(struct listed_list *list, uint32_t at, struct listed_name name)
{
	if (list->n == list->cap && listed_grow(list) != 0)
		return ERR_NOMEM;
	memmove(&list->names[at + 1], &list->names[at], (list->n - at) * sizeof(name));
	list->names[at] = name;
	list->n++;
	return 0;
}

static uint32_t listed_time(int64_t time_s)
{
	if (time_s < 0)
		return 0;
	return time_s > UINT32_MAX ? UINT32_MAX : (uint32_t)time_s;
}

int listed_see(struct listed *l, uint64_t hash, int64_t time_s, int64_t *ret_before)
{
	struct listed_list *list = &l->lists[hash >> (64 - LISTS_BITS)];
	struct listed_name now = {(uint32_t)hash, listed_time(time_s)};
	uint32_t at = listed_find(list, now.hash);
	struct listed_name *same;

	if (at == list->n || list->names[at].hash != now.hash)
		return listed_insert(list, at, now);
	same = &list->names[at];
	*ret_before = same->time_s;
	if (now.time_s > same->time_s)
		same->time_s = now.time_s;
	return 1;
}
