/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/history_wait.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <time.h>

#include "base/err.h"
#include "base/rand.h"
#include "store/history.h"

TAILQ_HEAD(history_items, history_item);

struct history_item {
	TAILQ_ENTRY(history_item) link;
	struct history_entry entry;
	int month;
	bool is_apart;
	uint64_t failed_at; /* of it alone: n_written then, plus 1; 0: it did not */
};

enum history_room { HISTORY_ROOM_ALL, HISTORY_ROOM_CHANGES, HISTORY_ROOM_NONE };

/* Of a host and month. */
struct history_full {
	uint64_t key;
	enum history_room room;
};

struct history_wait {
	bool is_remote;
	struct history_items waiting, going;
	size_t n;	    /* of both */
	uint64_t n_written; /* writes */
	uint64_t seed;
	/* Two that have the same place forget each other: then one is asked for in vain. */
	struct history_full full[HISTORY_FULL_MAX];
};

int history_wait_new(bool is_remote, struct history_wait **ret)
{
	struct history_wait *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return ERR_NOMEM;
	w->is_remote = is_remote;
	rand_bytes(&w->seed, sizeof(w->seed));
	TAILQ_INIT(&w->waiting);
	TAILQ_INIT(&w->going);
	*ret = w;
	return 0;
}

void history_wait_free(struct history_wait *w)
{
	if (w == NULL)
		return;
	history_wait_clear(w);
	free(w);
}

size_t history_wait_count(const struct history_wait *w)
{
	return w->n;
}

/* In UTC; any number that is another one for each. */
static int month_of(int64_t time_s)
{
	const time_t t = (time_t)time_s;
	struct tm tm;

	return gmtime_r(&t, &tm) != NULL ? tm.tm_year * 12 + tm.tm_mon : 0;
}

static void drop_all(struct history_wait *w, struct history_items *list)
{
	struct history_item *item, *next;

	for (item = TAILQ_FIRST(list); item != NULL; item = next) {
		next = TAILQ_NEXT(item, link);
		free(item);
		w->n--;
	}
	TAILQ_INIT(list);
}

/* ---------------------------------------------------------------- full months */

static uint64_t full_key(const struct history_wait *w, const struct fqdn *host, int month)
{
	return fqdn_hash(host, w->seed ^ (uint64_t)month);
}

static struct history_full *full_at(struct history_wait *w, uint64_t key)
{
	return &w->full[key % HISTORY_FULL_MAX];
}

static bool has_room(struct history_wait *w, const struct history_entry *entry, int month)
{
	const uint64_t key = full_key(w, &entry->host, month);
	const struct history_full *full = full_at(w, key);

	if (full->key != key || full->room == HISTORY_ROOM_ALL)
		return true;
	return full->room == HISTORY_ROOM_CHANGES && history_is_change(entry);
}

/* False: it was known. */
static bool note_full(struct history_wait *w, const struct history_item *item,
		      enum history_room room)
{
	const uint64_t key = full_key(w, &item->entry.host, item->month);
	struct history_full *full = full_at(w, key);
	const bool is_known = full->key == key && full->room >= room;

	if (!is_known)
		*full = (struct history_full){key, room};
	return !is_known;
}

bool history_wait_full(struct history_wait *w, size_t *ret_n)
{
	enum history_room room = HISTORY_ROOM_CHANGES;
	struct history_item *item, *next;
	const size_t n = w->n;
	bool is_news;

	TAILQ_FOREACH(item, &w->going, link) {
		if (history_is_change(&item->entry))
			room = HISTORY_ROOM_NONE;
	}
	is_news = note_full(w, TAILQ_FIRST(&w->going), room);
	history_wait_give_up(w);
	for (item = TAILQ_FIRST(&w->waiting); item != NULL; item = next) {
		next = TAILQ_NEXT(item, link);
		if (has_room(w, &item->entry, item->month))
			continue;
		TAILQ_REMOVE(&w->waiting, item, link);
		free(item);
		w->n--;
	}
	*ret_n = n - w->n;
	return is_news;
}

/* ---------------------------------------------------------------- waiting */

int history_wait_add(struct history_wait *w, const struct history_entry *entry)
{
	const int month = month_of(entry->time_s);
	struct history_item *item;

	if (w->n >= HISTORY_WAIT_MAX || !has_room(w, entry, month))
		return ERR_LIMIT;
	item = calloc(1, sizeof(*item));
	if (item == NULL)
		return ERR_NOMEM;
	item->entry = *entry;
	item->month = month;
	TAILQ_INSERT_TAIL(&w->waiting, item, link);
	w->n++;
	return 0;
}

static bool is_of_same(const struct history_item *a, const struct history_item *b)
{
	return a->month == b->month && fqdn_equal(&a->entry.host, &b->entry.host);
}

static bool goes_along(const struct history_wait *w, const struct history_item *head,
		       const struct history_item *item)
{
	if (item == head)
		return true;
	return !head->is_apart && !item->is_apart && (!w->is_remote || is_of_same(head, item));
}

size_t history_wait_begin(struct history_wait *w, struct history_entry *batch)
{
	const size_t max = w->is_remote ? HISTORY_BATCH_MAX : HISTORY_WRITE_MAX;
	struct history_item *head = TAILQ_FIRST(&w->waiting), *item, *next;
	size_t n = 0;

	for (item = head; item != NULL && n < max; item = next) {
		next = TAILQ_NEXT(item, link);
		if (!goes_along(w, head, item))
			continue;
		TAILQ_REMOVE(&w->waiting, item, link);
		TAILQ_INSERT_TAIL(&w->going, item, link);
		batch[n++] = item->entry;
	}
	return n;
}

/* ---------------------------------------------------------------- back */

void history_wait_give_up(struct history_wait *w)
{
	drop_all(w, &w->going);
}

void history_wait_written(struct history_wait *w)
{
	w->n_written++;
	history_wait_give_up(w);
}

void history_wait_again(struct history_wait *w, bool apart)
{
	struct history_item *item;

	while ((item = TAILQ_LAST(&w->going, history_items)) != NULL) {
		item->is_apart = item->is_apart || apart;
		TAILQ_REMOVE(&w->going, item, link);
		TAILQ_INSERT_HEAD(&w->waiting, item, link);
	}
}

void history_wait_postpone(struct history_wait *w)
{
	struct history_item *head = TAILQ_FIRST(&w->going), *item, *next;

	if (TAILQ_NEXT(head, link) == NULL) {
		head->failed_at = w->n_written + 1;
		head->is_apart = !w->is_remote;
	}
	for (item = TAILQ_FIRST(&w->waiting); item != NULL && w->is_remote; item = next) {
		next = TAILQ_NEXT(item, link);
		if (!is_of_same(head, item))
			continue;
		TAILQ_REMOVE(&w->waiting, item, link);
		TAILQ_INSERT_TAIL(&w->going, item, link);
	}
	TAILQ_CONCAT(&w->waiting, &w->going, link);
}

bool history_wait_is_at_fault(const struct history_wait *w)
{
	const struct history_item *item = TAILQ_FIRST(&w->going);

	return TAILQ_NEXT(item, link) == NULL && item->failed_at != 0 &&
	       item->failed_at != w->n_written + 1;
}

size_t history_wait_clear(struct history_wait *w)
{
	const size_t n = w->n;

	drop_all(w, &w->going);
	drop_all(w, &w->waiting);
	return n;
}
