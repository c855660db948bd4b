/* SPDX-License-Identifier: BSD-2-Clause
 * A chained hash table whose nodes lie inside the things that are looked for (CONTAINER_OF gives
 * those back). Pure. One thread, or a lock of the owner's.
 *
 * The owner makes the hash, from a keyed function if strangers choose the keys (net/hash.h), and
 * compares the keys:
 *
 *	for (node = hash_table_first(t, hash); node != NULL; node = hash_table_next(node)) {
 *		struct thing *thing = CONTAINER_OF(node, struct thing, node);
 *
 *		if (strcmp(thing->name, name) == 0)
 *			return thing;
 *	}
 *
 * The table links nodes and never frees them. It has no limit of its own: t->count says how many
 * there are, for the owner to bound. */
#ifndef MOORING_BASE_HASH_TABLE_H
#define MOORING_BASE_HASH_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct hash_node {
	struct hash_node *next; /* in its bucket */
	uint64_t hash;
};

struct hash_table {
	struct hash_node **buckets;
	size_t n_buckets; /* a power of two */
	size_t count;	  /* of nodes */
};

/* With buckets for n nodes, one bucket if n is 0; they double whenever there are as many nodes.
 * ERR_NOMEM. */
int hash_table_init(struct hash_table *t, size_t n);
/* Frees the buckets; nodes still in it are their owners'. A zeroed struct is fine, and is what it
 * leaves. */
void hash_table_fini(struct hash_table *t);

/* node is in no table; it must stay in place until it is removed. Cannot fail: without memory for
 * more buckets their chains grow longer, which is slower, but right. */
void hash_table_add(struct hash_table *t, struct hash_node *node, uint64_t hash);
/* node is in t. */
void hash_table_remove(struct hash_table *t, struct hash_node *node);

/* The nodes of this very hash, in no order; NULL: there are no more. */
struct hash_node *hash_table_first(const struct hash_table *t, uint64_t hash);
struct hash_node *hash_table_next(const struct hash_node *node);

/* All nodes, in no order: after is NULL for the first one, then the one before. NULL: that was the
 * last. To remove a node on the way, ask for the one after it before; add none. */
struct hash_node *hash_table_walk(const struct hash_table *t, const struct hash_node *after);

#endif
