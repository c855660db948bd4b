/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/zone_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { BUCKETS_MIN = 64 };

int zone_table_init(struct zone_table *t, const struct fqdn *apex, uint64_t seed)
{
	struct zone_node **buckets = calloc(BUCKETS_MIN, sizeof(struct zone_node *));

	if (buckets == NULL)
		return ERR_NOMEM;
	*t = (struct zone_table){
		.buckets = buckets, .n_buckets = BUCKETS_MIN, .seed = seed, .apex = *apex};
	return 0;
}

void zone_table_fini(struct zone_table *t)
{
	struct zone_node *node, *next;
	size_t i;

	for (i = 0; i < t->n_buckets; i++) {
		for (node = t->buckets[i]; node != NULL; node = next) {
			next = node->next;
			free(node);
		}
	}
	free(t->buckets);
}

/* The pointer that points to the node, or to NULL at the end of its bucket. */
static struct zone_node **find(const struct zone_table *t, const struct fqdn *name, uint64_t hash)
{
	struct zone_node **at = &t->buckets[hash & (t->n_buckets - 1)];

	while (*at != NULL && ((*at)->hash != hash || (*at)->name_len != name->len ||
			       memcmp((*at)->name, name->text, name->len) != 0))
		at = &(*at)->next;
	return at;
}

struct zone_node *zone_table_get(const struct zone_table *t, const struct fqdn *name)
{
	return *find(t, name, fqdn_hash(name, t->seed));
}

/* Without memory the buckets stay and grow longer: slower, but right. */
static void grow(struct zone_table *t)
{
	size_t i, n = t->n_buckets * 2;
	struct zone_node **buckets = calloc(n, sizeof(struct zone_node *));
	struct zone_node *node, *next;

	if (buckets == NULL)
		return;
	for (i = 0; i < t->n_buckets; i++) {
		for (node = t->buckets[i]; node != NULL; node = next) {
			next = node->next;
			node->next = buckets[node->hash & (n - 1)];
			buckets[node->hash & (n - 1)] = node;
		}
	}
	free(t->buckets);
	t->buckets = buckets;
	t->n_buckets = n;
}

static int add(struct zone_table *t, const struct fqdn *name, struct zone_node **ret)
{
	uint64_t hash = fqdn_hash(name, t->seed);
	struct zone_node *node = *find(t, name, hash), **bucket;

	if (node == NULL) {
		if (t->n_nodes >= t->n_buckets)
			grow(t);
		node = calloc(1, sizeof(*node) + name->len);
		if (node == NULL)
			return ERR_NOMEM;
		node->hash = hash;
		node->name_len = name->len;
		memcpy(node->name, name->text, name->len);
		bucket = &t->buckets[hash & (t->n_buckets - 1)];
		node->next = *bucket;
		*bucket = node;
		t->n_nodes++;
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
	int r = add(t, name, &node);

	while (r == 0 && zone_table_parent(t, &at, &at))
		r = add(t, &at, &parent);
	if (r == 0)
		*ret = node;
	return r;
}

bool zone_node_has_records(const struct zone_node *node)
{
	return node->is_glue || addr_is_set(&node->addrs.v4) || addr_is_set(&node->addrs.v6);
}

void zone_node_name(const struct zone_node *node, struct fqdn *ret)
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
	zone_node_name(node, &at);
	while (zone_table_parent(t, &at, &at)) {
		parent = zone_table_get(t, &at);
		parent->n_below += has_records ? 1 : (size_t)-1;
	}
}

void zone_table_prune(struct zone_table *t, const struct fqdn *name, uint64_t keep)
{
	struct zone_node **link, *node;
	struct fqdn at = *name;

	do {
		link = find(t, &at, fqdn_hash(&at, t->seed));
		node = *link;
		if (node == NULL)
			continue;
		if (zone_node_has_records(node) || node->n_below > 0)
			return;
		if (keep != 0 && node->generation == keep)
			continue;
		*link = node->next;
		free(node);
		t->n_nodes--;
	} while (zone_table_parent(t, &at, &at));
}
