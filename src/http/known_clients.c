/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/known_clients.h"

#include <stdlib.h>
#include <uv.h>

#include "base/container_of.h"
#include "base/due_list.h"
#include "base/err.h"
#include "base/hash_table.h"
#include "base/rand.h"
#include "net/prefix.h"

struct known_client {
	struct prefix prefix;
	struct hash_node by_prefix;
	struct due_item forget;
};

struct known_clients {
	uint64_t seed;
	uv_mutex_t lock; /* of what follows */
	struct hash_table by_prefix;
	struct due_list forget; /* those that are known; the longest since its login is the first */
	size_t n;		/* of places that were ever used */
	struct known_client places[KNOWN_CLIENTS_MAX];
};

int known_clients_new(struct known_clients **ret)
{
	struct known_clients *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return ERR_NOMEM;
	rand_bytes(&k->seed, sizeof(k->seed));
	due_list_init(&k->forget);
	if (hash_table_init(&k->by_prefix, 0) != 0 || uv_mutex_init(&k->lock) != 0) {
		hash_table_fini(&k->by_prefix);
		free(k);
		return ERR_NOMEM;
	}
	*ret = k;
	return 0;
}

void known_clients_free(struct known_clients *k)
{
	if (k == NULL)
		return;
	uv_mutex_destroy(&k->lock);
	hash_table_fini(&k->by_prefix);
	free(k);
}

static struct known_client *find_known(const struct known_clients *k, const struct prefix *p)
{
	struct hash_node *at = hash_table_first(&k->by_prefix, prefix_hash(p, k->seed));

	for (; at != NULL; at = hash_table_next(at)) {
		struct known_client *c = CONTAINER_OF(at, struct known_client, by_prefix);

		if (prefix_equal(&c->prefix, p))
			return c;
	}
	return NULL;
}

/* A place for p, which has none. */
static struct known_client *take_place(struct known_clients *k, const struct prefix *p)
{
	struct known_client *c;

	if (k->n < KNOWN_CLIENTS_MAX) {
		c = &k->places[k->n++];
	} else {
		c = CONTAINER_OF(due_list_first(&k->forget), struct known_client, forget);
		hash_table_remove(&k->by_prefix, &c->by_prefix);
	}
	c->prefix = *p;
	hash_table_add(&k->by_prefix, &c->by_prefix, prefix_hash(p, k->seed));
	return c;
}

void known_clients_add(struct known_clients *k, const struct prefix *p, int64_t now_ms)
{
	struct known_client *c;

	uv_mutex_lock(&k->lock);
	c = find_known(k, p);
	if (c == NULL)
		c = take_place(k, p);
	due_list_put(&k->forget, &c->forget, now_ms + KNOWN_CLIENTS_MS);
	uv_mutex_unlock(&k->lock);
}

bool known_clients_have(struct known_clients *k, const struct prefix *p, int64_t now_ms)
{
	const struct known_client *c;
	bool known;

	uv_mutex_lock(&k->lock);
	c = find_known(k, p);
	known = c != NULL && now_ms < c->forget.at_ms;
	uv_mutex_unlock(&k->lock);
	return known;
}
