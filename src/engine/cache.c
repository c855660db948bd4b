/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "account/account.h"
#include "base/container_of.h"
#include "base/err.h"
#include "base/hash_table.h"
#include "base/metric.h"
#include "engine/ticks.h"
#include "net/hash.h"

/* The last write or drop is known for a part of the hash, not for each user: a collision only costs
 * one read. */
enum { CACHE_CHANGES = 4096 };
enum { ENTRIES_MIN = 64 };

struct entry {
	struct account *account;
	int64_t read_ms;
	struct hash_node node;
	TAILQ_ENTRY(entry) link;
};

TAILQ_HEAD(entry_list, entry);

struct cache {
	size_t max;
	uint64_t seed;
	struct hash_table by_user;
	struct entry_list by_use; /* the last used one is the first */
	struct ticks *ticks;
	uint64_t changed_at[CACHE_CHANGES];
};

int cache_new(size_t max, uint64_t seed, struct ticks *ticks, struct cache **ret)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (c == NULL || hash_table_init(&c->by_user, ENTRIES_MIN) != 0) {
		free(c);
		return ERR_NOMEM;
	}
	c->max = max;
	c->seed = seed;
	c->ticks = ticks;
	TAILQ_INIT(&c->by_use);
	*ret = c;
	return 0;
}

static void drop_entry(struct cache *c, struct entry *e)
{
	hash_table_remove(&c->by_user, &e->node);
	TAILQ_REMOVE(&c->by_use, e, link);
	account_free(e->account);
	free(e);
}

void cache_clear(struct cache *c)
{
	uint64_t now;
	size_t i;

	if (c == NULL)
		return;
	while (!TAILQ_EMPTY(&c->by_use))
		drop_entry(c, TAILQ_FIRST(&c->by_use));
	now = ticks_next(c->ticks);
	for (i = 0; i < CACHE_CHANGES; i++)
		c->changed_at[i] = now;
}

void cache_free(struct cache *c)
{
	if (c == NULL)
		return;
	cache_clear(c);
	hash_table_fini(&c->by_user);
	free(c);
}

static uint64_t hash_of(const struct cache *c, const char *user)
{
	return hash_bytes(user, strlen(user), c->seed);
}

static struct entry *find(struct cache *c, const char *user, uint64_t hash)
{
	struct hash_node *node;

	for (node = hash_table_first(&c->by_user, hash); node != NULL;
	     node = hash_table_next(node)) {
		struct entry *e = CONTAINER_OF(node, struct entry, node);

		if (strcmp(e->account->user, user) == 0)
			return e;
	}
	return NULL;
}

static void touch(struct cache *c, struct entry *e)
{
	TAILQ_REMOVE(&c->by_use, e, link);
	TAILQ_INSERT_HEAD(&c->by_use, e, link);
}

typedef int copy_fn(const struct account *a, struct account **ret);

static struct account *get_copy(struct cache *c, const char *user, int64_t since_ms, copy_fn *copy,
				int64_t *ret_read_ms)
{
	struct entry *e = c != NULL ? find(c, user, hash_of(c, user)) : NULL;
	struct account *a = NULL;

	if (e == NULL || e->read_ms < since_ms || copy(e->account, &a) != 0)
		return NULL;
	touch(c, e);
	*ret_read_ms = e->read_ms;
	return a;
}

struct account *cache_get(struct cache *c, const char *user, int64_t since_ms, int64_t *ret_read_ms)
{
	return get_copy(c, user, since_ms, account_copy, ret_read_ms);
}

static enum metric cache_hit_of(int64_t age_ms)
{
	static const struct {
		int64_t below_s;
		enum metric hit;
	} ages[] = {
		{60, METRIC_CACHE_HITS_1M},
		{600, METRIC_CACHE_HITS_10M},
		{3600, METRIC_CACHE_HITS_1H},
	};
	size_t i;

	for (i = 0; i < sizeof(ages) / sizeof(ages[0]); i++)
		if (age_ms < ages[i].below_s * 1000)
			return ages[i].hit;
	return METRIC_CACHE_HITS_OLDER;
}

struct account *cache_get_credential(struct cache *c, const char *user, int64_t since_ms,
				     int64_t now_ms)
{
	int64_t read_ms;
	struct account *a = get_copy(c, user, since_ms, account_copy_credential, &read_ms);

	if (a != NULL)
		metric_add(cache_hit_of(now_ms - read_ms), 1);
	return a;
}

size_t cache_count(const struct cache *c)
{
	return c != NULL ? c->by_user.count : 0;
}

static struct entry *add_entry(struct cache *c, uint64_t hash)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	if (c->by_user.count >= c->max)
		drop_entry(c, TAILQ_LAST(&c->by_use, entry_list));
	hash_table_add(&c->by_user, &e->node, hash);
	TAILQ_INSERT_HEAD(&c->by_use, e, link);
	return e;
}

void cache_put(struct cache *c, const struct account *a, uint64_t read_at, int64_t read_ms)
{
	struct account *copy;
	struct entry *e;
	uint64_t hash;

	if (c == NULL || a == NULL)
		return;
	hash = hash_of(c, a->user);
	if (c->changed_at[hash % CACHE_CHANGES] > read_at)
		return;
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
static struct entry *note_change(struct cache *c, const char *user)
{
	uint64_t hash = hash_of(c, user);

	c->changed_at[hash % CACHE_CHANGES] = ticks_next(c->ticks);
	return find(c, user, hash);
}

static void set_state(struct cache *c, const char *user, const struct fqdn *name,
		      const struct host_state *state)
{
	struct entry *e = note_change(c, user);
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

/* The read that says so may be put here later: nothing was changed since it began. */
void cache_check_credential(struct cache *c, const struct account *a)
{
	struct entry *e = c != NULL ? find(c, a->user, hash_of(c, a->user)) : NULL;

	if (e != NULL && (e->account->disabled != a->disabled ||
			  !bounds_equal(&e->account->bounds, &a->bounds) ||
			  strcmp(e->account->secret, a->secret) != 0))
		drop_entry(c, e);
}

bool cache_drop(struct cache *c, const char *user)
{
	struct entry *e = c != NULL ? note_change(c, user) : NULL;

	if (e != NULL)
		drop_entry(c, e);
	return e != NULL;
}
