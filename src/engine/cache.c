/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "account/account.h"
#include "base/err.h"
#include "net/hash.h"

/* Writes and drops are counted by bucket, not by user: a collision only costs one read. */
enum { CACHE_BUCKETS = 4096 };

struct entry {
	struct account *account;
	int64_t read_ms;
	uint64_t hash;
	struct entry *chain;
	TAILQ_ENTRY(entry) link;
};

struct bucket {
	struct entry *first;
	uint64_t marks;
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
		c->buckets[i].marks++;
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

static void touch(struct cache *c, struct entry *e)
{
	TAILQ_REMOVE(&c->by_use, e, link);
	TAILQ_INSERT_HEAD(&c->by_use, e, link);
}

struct account *cache_get(struct cache *c, const char *user, int64_t since_ms)
{
	struct entry *e = c != NULL ? find(c, user, hash_of(c, user)) : NULL;
	struct account *copy = NULL;

	if (e == NULL || e->read_ms < since_ms || account_copy(e->account, &copy) != 0)
		return NULL;
	touch(c, e);
	return copy;
}

uint64_t cache_mark(const struct cache *c, const char *user)
{
	return c != NULL ? c->buckets[hash_of(c, user) % CACHE_BUCKETS].marks : 0;
}

static struct entry *add_entry(struct cache *c, uint64_t hash)
{
	struct bucket *b = &c->buckets[hash % CACHE_BUCKETS];
	struct entry *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	if (c->n >= c->max)
		drop_entry(c, TAILQ_LAST(&c->by_use, entry_list));
	e->hash = hash;
	e->chain = b->first;
	b->first = e;
	TAILQ_INSERT_HEAD(&c->by_use, e, link);
	c->n++;
	return e;
}

void cache_put(struct cache *c, const struct account *a, uint64_t mark, int64_t read_ms)
{
	struct account *copy;
	struct entry *e;
	uint64_t hash;

	if (c == NULL || a == NULL || cache_mark(c, a->user) != mark)
		return;
	hash = hash_of(c, a->user);
	e = find(c, a->user, hash);
	if ((e != NULL && e->read_ms > read_ms) || account_copy(a, &copy) != 0)
		return;
	if (e == NULL)
		e = add_entry(c, hash);
	if (e == NULL) {
		account_free(copy);
		return;
	}
	account_free(e->account);
	e->account = copy;
	e->read_ms = read_ms;
	touch(c, e);
}

/* What is being read now will not be kept. Returns the entry; NULL: none. */
static struct entry *mark(struct cache *c, const char *user)
{
	uint64_t hash = hash_of(c, user);

	c->buckets[hash % CACHE_BUCKETS].marks++;
	return find(c, user, hash);
}

static void set_state(struct cache *c, const char *user, const struct fqdn *name,
		      const struct host_state *state)
{
	struct entry *e = mark(c, user);
	struct account_host *host = e != NULL ? account_find_host(e->account, name) : NULL;

	if (host != NULL && state != NULL)
		host->state = *state;
}

void cache_begin_write(struct cache *c, const char *user, const struct fqdn *host)
{
	static const struct host_state unknown;

	if (c != NULL)
		set_state(c, user, host, &unknown);
}

void cache_end_write(struct cache *c, const char *user, const struct fqdn *host,
		     const struct host_state *state)
{
	if (c != NULL)
		set_state(c, user, host, state);
}

void cache_drop(struct cache *c, const char *user)
{
	struct entry *e = c != NULL ? mark(c, user) : NULL;

	if (e != NULL)
		drop_entry(c, e);
}
