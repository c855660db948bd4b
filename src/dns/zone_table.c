/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/zone_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/container_of.h"
#include "base/err.h"

enum { BUCKETS_MIN = 64 };

int zone_table_init(struct zone_table *t, const struct fqdn *apex, uint64_t seed)
{
	struct hash_table by_name;
	int err = hash_table_init(&by_name, BUCKETS_MIN);

	if (err == 0)
		*t = (struct zone_table){.by_name = by_name, .seed = seed, .apex = *apex};
	return err;
}

static void free_node(struct zone_table *t, struct zone_node *node)
{
	hash_table_remove(&t->by_name, &node->by_name);
	free(node);
}

static struct zone_node *of_hash_node(struct hash_node *node)
{
	return node != NULL ? CONTAINER_OF(node, struct zone_node, by_name) : NULL;
}

struct zone_node *zone_table_walk(const struct zone_table *t, const struct zone_node *after)
{
	return of_hash_node(hash_table_walk(&t->by_name, after != NULL ? &after->by_name : NULL));
}

void zone_table_fini(struct zone_table *t)
{
	struct zone_node *node, *next;

	for (node = zone_table_walk(t, NULL); node != NULL; node = next) {
		next = zone_table_walk(t, node);
		free_node(t, node);
	}
	hash_table_fini(&t->by_name);
}

static struct zone_node *zone_table_find(const struct zone_table *t, const struct fqdn *name,
					 uint64_t hash)
{
	struct hash_node *at;

	for (at = hash_table_first(&t->by_name, hash); at != NULL; at = hash_table_next(at)) {
		struct zone_node *node = of_hash_node(at);

		if (node->name_len == name->len && memcmp(node->name, name->text, name->len) == 0)
			return node;
	}
	return NULL;
}

struct zone_node *zone_table_get(const struct zone_table *t, const struct fqdn *name)
{
	return zone_table_find(t, name, fqdn_hash(name, t->seed));
}

static int zone_table_add(struct zone_table *t, const struct fqdn *name, struct zone_node **ret)
{
	uint64_t hash = fqdn_hash(name, t->seed);
	struct zone_node *node = zone_table_find(t, name, hash);

	if (node == NULL) {
		node = calloc(1, sizeof(*node) + name->len);
		if (node == NULL)
			return ERR_NOMEM;
		node->name_len = name->len;
		memcpy(node->name, name->text, name->len);
		hash_table_add(&t->by_name, &node->by_name, hash);
	}
	*ret = node;
	return 0;
}

bool zone_table_parent(const struct zone_table *t, const struct fqdn *name, struct fqdn *ret)
{
	const char *dot;
	size_t len;

	if (name->len <= t->apex.len)
		return false;
	dot = memchr(name->text, '.', name->len);
	if (dot == NULL)
		return false;
	len = name->len - (size_t)(dot + 1 - name->text);
	/* ret may be name. */
	memmove(ret->text, dot + 1, len);
	ret->text[len] = '\0';
	ret->len = (uint8_t)len;
	return true;
}

int zone_table_reserve(struct zone_table *t, const struct fqdn *name, struct zone_node **ret)
{
	struct zone_node *node, *parent;
	struct fqdn at = *name;
	int err = zone_table_add(t, name, &node);

	while (err == 0 && zone_table_parent(t, &at, &at))
		err = zone_table_add(t, &at, &parent);
	if (err == 0)
		*ret = node;
	return err;
}

bool zone_node_has_records(const struct zone_node *node)
{
	return node->is_glue || addr_is_set(&node->addrs.v4) || addr_is_set(&node->addrs.v6);
}

bool zone_node_exists(const struct zone_node *node)
{
	return zone_node_has_records(node) || node->n_below > 0;
}

static void copy_name(const struct zone_node *node, struct fqdn *ret)
{
	memcpy(ret->text, node->name, node->name_len);
	ret->text[node->name_len] = '\0';
	ret->len = node->name_len;
}

void zone_table_note(struct zone_table *t, const struct zone_node *node, bool had_records)
{
	bool has_records = zone_node_has_records(node);
	struct zone_node *parent;
	struct fqdn at;

	if (has_records == had_records)
		return;
	copy_name(node, &at);
	while (zone_table_parent(t, &at, &at)) {
		parent = zone_table_get(t, &at);
		assert(parent != NULL);
		parent->n_below += has_records ? 1 : (size_t)-1;
	}
}

void zone_table_prune(struct zone_table *t, const struct fqdn *name, uint64_t keep)
{
	struct zone_node *node;
	struct fqdn at = *name;

	do {
		node = zone_table_get(t, &at);
		if (node == NULL)
			continue;
		if (zone_node_exists(node))
			return;
		if (keep == 0 || node->generation != keep)
			free_node(t, node);
	} while (zone_table_parent(t, &at, &at));
}

void zone_table_prune_all(struct zone_table *t)
{
	struct zone_node *node, *next;

	for (node = zone_table_walk(t, NULL); node != NULL; node = next) {
		next = zone_table_walk(t, node);
		if (!zone_node_exists(node))
			free_node(t, node);
	}
}
