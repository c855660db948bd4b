/* SPDX-License-Identifier: BSD-2-Clause
 * Private to the zone: names and what is stored for each, in a hash table. It knows which names
 * exist because others below them do. Pure; core thread. */
#ifndef MOORING_DNS_ZONE_TABLE_H
#define MOORING_DNS_ZONE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash_table.h"
#include "net/addr.h"
#include "net/fqdn.h"

struct zone_node {
	struct hash_node by_name;
	uint64_t generation; /* the reconciliation in which it was last changed or kept */
	size_t n_below;	     /* names below it that have records */
	struct addr_pair addrs;
	uint32_t ttl_v4;
	uint32_t ttl_v6;
	bool is_glue; /* its records are the zone's own */
	uint8_t name_len;
	char name[]; /* not terminated */
};

struct zone_table {
	struct hash_table by_name;
	uint64_t seed;
	struct fqdn apex;
};

/* ERR_NOMEM. */
int zone_table_init(struct zone_table *t, const struct fqdn *apex, uint64_t seed);
/* A zeroed struct is fine. */
void zone_table_fini(struct zone_table *t);

/* NULL when there is none. Borrowed until it is pruned. */
struct zone_node *zone_table_get(const struct zone_table *t, const struct fqdn *name);
/* Makes sure that nodes for name and for all its parents up to the apex are there; ERR_NOMEM leaves
 * a part of them, for zone_table_prune(). */
int zone_table_reserve(struct zone_table *t, const struct fqdn *name, struct zone_node **ret);
/* Call after the records of a node changed: updates the counts of its parents, which must have been
 * reserved. */
void zone_table_note(struct zone_table *t, const struct zone_node *node, bool had_records);
/* Frees the node of name and those of its parents that have become unnecessary. Nodes of generation
 * keep (0: none) stay, because they record that their name was changed. */
void zone_table_prune(struct zone_table *t, const struct fqdn *name, uint64_t keep);
/* Frees all nodes that nothing needs. */
void zone_table_prune_all(struct zone_table *t);
/* Goes through all nodes, in no order: after is NULL for the first one. Returns NULL after the
 * last. */
struct zone_node *zone_table_walk(const struct zone_table *t, const struct zone_node *after);

bool zone_node_has_records(const struct zone_node *node);
/* True when the node, or a name below it, has records. */
bool zone_node_exists(const struct zone_node *node);

/* The name without its first label; false at the apex. */
bool zone_table_parent(const struct zone_table *t, const struct fqdn *name, struct fqdn *ret);

#endif
