/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/hash_table.h"

#include <stdlib.h>

#include "base/err.h"

int hash_table_init(struct hash_table *t, size_t n)
{
	struct hash_node **buckets;
	size_t n_buckets = 1;

	while (n_buckets < n && n_buckets <= SIZE_MAX / 4)
		n_buckets *= 2;
	buckets = calloc(n_buckets, sizeof(struct hash_node *));
	if (buckets == NULL)
		return ERR_NOMEM;
	*t = (struct hash_table){.buckets = buckets, .n_buckets = n_buckets};
	return 0;
}

void hash_table_fini(struct hash_table *t)
{
	free(t->buckets);
	*t = (struct hash_table){.count = 0};
}

static struct hash_node **hash_table_bucket(const struct hash_table *t, uint64_t hash)
{
	return &t->buckets[hash & (t->n_buckets - 1)];
}

static void link_node(struct hash_table *t, struct hash_node *node)
{
	struct hash_node **bucket = hash_table_bucket(t, node->hash);

	node->next = *bucket;
	*bucket = node;
}

static void hash_table_grow(struct hash_table *t)
{
	struct hash_table bigger;
	struct hash_node *node, *next;
	size_t i;

	if (hash_table_init(&bigger, t->n_buckets * 2) != 0)
		return;
	for (i = 0; i < t->n_buckets; i++) {
		for (node = t->buckets[i]; node != NULL; node = next) {
			next = node->next;
			link_node(&bigger, node);
		}
	}
	bigger.count = t->count;
	hash_table_fini(t);
	*t = bigger;
}

void hash_table_add(struct hash_table *t, struct hash_node *node, uint64_t hash)
{
	if (t->count >= t->n_buckets)
		hash_table_grow(t);
	node->hash = hash;
	link_node(t, node);
	t->count++;
}

void hash_table_remove(struct hash_table *t, struct hash_node *node)
{
	struct hash_node **at = hash_table_bucket(t, node->hash);

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	t->count--;
}

static struct hash_node *skip_others(struct hash_node *node, uint64_t hash)
{
	while (node != NULL && node->hash != hash)
		node = node->next;
	return node;
}

struct hash_node *hash_table_first(const struct hash_table *t, uint64_t hash)
{
	return skip_others(*hash_table_bucket(t, hash), hash);
}

struct hash_node *hash_table_next(const struct hash_node *node)
{
	return skip_others(node->next, node->hash);
}

struct hash_node *hash_table_walk(const struct hash_table *t, const struct hash_node *after)
{
	size_t i = 0;

	if (after != NULL) {
		if (after->next != NULL)
			return after->next;
		i = (size_t)(hash_table_bucket(t, after->hash) - t->buckets) + 1;
	}
	while (i < t->n_buckets && t->buckets[i] == NULL)
		i++;
	return i < t->n_buckets ? t->buckets[i] : NULL;
}
