/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/conn_clients.h"

#include <stdlib.h>

#include "base/container_of.h"
#include "base/err.h"
#include "base/rand.h"

int conn_clients_init(struct conn_clients *cs, size_t n)
{
	size_t i;

	rand_bytes(&cs->seed, sizeof(cs->seed));
	SLIST_INIT(&cs->free);
	cs->all = calloc(n, sizeof(struct client));
	if (cs->all == NULL || hash_table_init(&cs->by_prefix, n) != 0)
		return ERR_NOMEM;
	for (i = 0; i < n; i++) {
		TAILQ_INIT(&cs->all[i].strangers);
		SLIST_INSERT_HEAD(&cs->free, &cs->all[i], free_link);
	}
	return 0;
}

void conn_clients_fini(struct conn_clients *cs)
{
	hash_table_fini(&cs->by_prefix);
	free(cs->all);
}

struct client *conn_clients_find(const struct conn_clients *cs, const struct prefix *p)
{
	struct hash_node *at = hash_table_first(&cs->by_prefix, prefix_hash(p, cs->seed));

	for (; at != NULL; at = hash_table_next(at)) {
		struct client *c = CONTAINER_OF(at, struct client, by_prefix);

		if (prefix_equal(&c->prefix, p))
			return c;
	}
	return NULL;
}

struct client *conn_clients_take(struct conn_clients *cs, const struct prefix *p)
{
	struct client *c = conn_clients_find(cs, p);

	if (c == NULL) {
		c = SLIST_FIRST(&cs->free);
		if (c == NULL)
			return NULL;
		SLIST_REMOVE_HEAD(&cs->free, free_link);
		c->prefix = *p;
		hash_table_add(&cs->by_prefix, &c->by_prefix, prefix_hash(p, cs->seed));
	}
	c->count++;
	return c;
}

void conn_clients_drop(struct conn_clients *cs, struct client *c)
{
	if (--c->count > 0)
		return;
	hash_table_remove(&cs->by_prefix, &c->by_prefix);
	SLIST_INSERT_HEAD(&cs->free, c, free_link);
}
