/* SPDX-License-Identifier: BSD-2-Clause
 * Things that have to be done at a time each, the earliest first; base/due_timer.h adds the timer.
 * Pure: time is an argument. One thread.
 *
 * A due_item lies inside its thing (CONTAINER_OF gives that back) and is zeroed before its first
 * use. The list links it and never frees it: take it out before its thing is freed. Nothing is
 * allocated, so nothing fails; how many there are is for the owner to bound.
 *
 * The list is searched from its end. That is one step when all wait equally long, or when each is
 * put later than those before it, which is what all of its users do; it would be as many steps as
 * there are later items otherwise. */
#ifndef MOORING_BASE_DUE_LIST_H
#define MOORING_BASE_DUE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct due_list;

struct due_item {
	TAILQ_ENTRY(due_item) link;
	struct due_list *list; /* NULL: in none */
	int64_t at_ms;
};

TAILQ_HEAD(due_items, due_item);

struct due_list {
	struct due_items items;
};

void due_list_init(struct due_list *l);

/* Puts item where at_ms belongs, behind those of the same time; takes it out of any list before. */
void due_list_put(struct due_list *l, struct due_item *item, int64_t at_ms);
/* Does nothing when the item is in no list. */
void due_list_remove(struct due_item *item);
bool due_item_is_listed(const struct due_item *item);

/* NULL: the list is empty, or item was the last one. Borrowed. */
struct due_item *due_list_first(const struct due_list *l);
struct due_item *due_list_next(const struct due_item *item);
/* The first one if it is due, taken out of the list; NULL: none is. */
struct due_item *due_list_take(struct due_list *l, int64_t now_ms);
/* How many are due. */
size_t due_list_count(const struct due_list *l, int64_t now_ms);
/* Milliseconds until the first one is due, 0 when it is; < 0 when the list is empty. */
int64_t due_list_wait_ms(const struct due_list *l, int64_t now_ms);

#endif
