/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/due_list.h"

void due_list_init(struct due_list *l)
{
	TAILQ_INIT(&l->items);
}

void due_list_put(struct due_list *l, struct due_item *item, int64_t at_ms)
{
	struct due_item *before;

	due_list_remove(item);
	item->list = l;
	item->at_ms = at_ms;
	TAILQ_FOREACH_REVERSE(before, &l->items, due_items, link)
		if (before->at_ms <= at_ms)
			break;
	if (before != NULL)
		TAILQ_INSERT_AFTER(&l->items, before, item, link);
	else
		TAILQ_INSERT_HEAD(&l->items, item, link);
}

void due_list_remove(struct due_item *item)
{
	if (item->list != NULL)
		TAILQ_REMOVE(&item->list->items, item, link);
	item->list = NULL;
}

bool due_item_is_listed(const struct due_item *item)
{
	return item->list != NULL;
}

struct due_item *due_list_first(const struct due_list *l)
{
	return TAILQ_FIRST(&l->items);
}

struct due_item *due_list_next(const struct due_item *item)
{
	return TAILQ_NEXT(item, link);
}

struct due_item *due_list_take(struct due_list *l, int64_t now_ms)
{
	struct due_item *item = TAILQ_FIRST(&l->items);

	if (item == NULL || item->at_ms > now_ms)
		return NULL;
	due_list_remove(item);
	return item;
}

size_t due_list_count(const struct due_list *l, int64_t now_ms)
{
	const struct due_item *item;
	size_t n = 0;

	TAILQ_FOREACH(item, &l->items, link) {
		if (item->at_ms > now_ms)
			break;
		n++;
	}
	return n;
}

int64_t due_list_wait_ms(const struct due_list *l, int64_t now_ms)
{
	const struct due_item *item = TAILQ_FIRST(&l->items);

	if (item == NULL)
		return -1;
	return item->at_ms > now_ms ? item->at_ms - now_ms : 0;
}
