/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "account/account.h"
#include "base/err.h"
#include "net/hash.h"

/* Drops are counted by bucket, not by user: a collision only costs one read. */
enum { CACHE_BUCKETS = 4096 };

struct entry {
	struct account *account;
	uint64_t hash;
	struct entry *chain;
	TAILQ_ENTRY(entry) link;
};

struct bucket {
	struct entry *first;
	uint64_t drops;
};

TAILQ_HEAD(entry_list, entry);

struct cache {
	size_t n, max;
	uint64_t seed;
	struct entry_list by_use; /* the last used one is the first */
	struct bucket buckets[CACHE_BUCKETS];
};

int cache_new(size_t max, uint64_t seed, struct cache **ret)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return ERR_NOMEM;
	c->max = max;
	c->seed = seed;
	TAILQ_INIT(&c->by_use);
	*ret = c;
	return 0;
}

static void drop_entry(struct cache *c, struct entry *e)
{
	struct entry **at = &c->buckets[e->hash % CACHE_BUCKETS].first;

	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	TAILQ_REMOVE(&c->by_use, e, link);
	c->n--;
	account_free(e->account);
	free(e);
}

void cache_clear(struct cache *c)
{
	size_t i;

	if (c == NULL)
		return;
	while (!TAILQ_EMPTY(&c->by_use))
		drop_entry(c, TAILQ_FIRST(&c->by_use));
	for (i = 0; i < CACHE_BUCKETS; i++)
		c->buckets[i].drops++;
}

void cache_free(struct cache *c)
{
	cache_clear(c);
	free(c);
}

static uint64_t hash_of(const struct cache *c, const char *user)
{
	return hash_bytes(user, strlen(user), c->seed);
}

static struct entry *find(struct cache *c, const char *user, uint64_t hash)
{
	struct entry *e = c->buckets[hash % CACHE_BUCKETS].first;

	while (e != NULL && (e->hash != hash || strcmp(e->account->user, user) != 0))
		e = e->chain;
	return e;
}

struct account *cache_get(struct cache *c, const char *user)
{
	struct entry *e = c != NULL ? find(c, user, hash_of(c, user)) : NULL;
	struct account *copy = NULL;

	if (e == NULL || account_copy(e->account, &copy) != 0)
		return NULL;
	TAILQ_REMOVE(&c->by_use, e, link);
	TAILQ_INSERT_HEAD(&c->by_use, e, link);
	return copy;
}

uint64_t cache_mark(const struct cache *c, const char *user)
{
	return c != NULL ? c->buckets[hash_of(c, user) % CACHE_BUCKETS].drops : 0;
}

void cache_put(struct cache *c, const struct account *a, uint64_t mark)
{
	struct bucket *b;
	struct entry *e;
	uint64_t hash;

	if (c == NULL || a == NULL)
		return;
	hash = hash_of(c, a->user);
	b = &c->buckets[hash % CACHE_BUCKETS];
	if (b->drops != mark || find(c, a->user, hash) != NULL)
		return;
	if (c->n >= c->max)
		drop_entry(c, TAILQ_LAST(&c->by_use, entry_list));
	e = calloc(1, sizeof(*e));
	if (e == NULL || account_copy(a, &e->account) != 0) {
		free(e);
		return;
	}
	e->hash = hash;
	e->chain = b->first;
	b->first = e;
	TAILQ_INSERT_HEAD(&c->by_use, e, link);
	c->n++;
}

void cache_drop(struct cache *c, const char *user)
{
	struct entry *e;
	uint64_t hash;

	if (c == NULL)
		return;
	hash = hash_of(c, user);
	c->buckets[hash % CACHE_BUCKETS].drops++;
	e = find(c, user, hash);
	if (e != NULL)
		drop_entry(c, e);
}
