/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/zone.h"

#include <stdlib.h>
#include <string.h>

#include "dns/zone_table.h"

struct dns_zone {
	struct dns_server_zone conf;
	struct zone_table table;
	uint32_t serial;
	uint64_t generation; /* counts the reconciliations */
	bool is_reconciling;
};

/* Glue answers with the addresses of conf, not with the node's own. */
static int add_glue(struct dns_zone *z)
{
	struct zone_node *node;
	bool had_records;
	size_t i;
	int err;

	if (z->conf.n_ns_addrs == 0)
		return 0;
	for (i = 0; i < z->conf.n_ns; i++) {
		if (!fqdn_is_within(&z->conf.ns[i], &z->conf.name))
			continue;
		err = zone_table_reserve(&z->table, &z->conf.ns[i], &node);
		if (err < 0)
			return err;
		had_records = zone_node_has_records(node);
		node->is_glue = true;
		zone_table_note(&z->table, node, had_records);
	}
	return 0;
}

int dns_zone_new(const struct dns_server_zone *conf, uint32_t serial, uint64_t seed,
		 struct dns_zone **ret)
{
	struct dns_zone *z = calloc(1, sizeof(*z));
	int err = ERR_NOMEM;

	if (z == NULL)
		return err;
	z->conf = *conf;
	z->serial = serial == 0 ? 1 : serial;
	z->generation = 1;
	err = zone_table_init(&z->table, &conf->name, seed);
	if (err == 0)
		err = add_glue(z);
	if (err < 0) {
		dns_zone_free(z);
		return err;
	}
	*ret = z;
	return 0;
}

void dns_zone_free(struct dns_zone *z)
{
	if (z == NULL)
		return;
	zone_table_fini(&z->table);
	free(z);
}

const struct dns_server_zone *dns_zone_conf(const struct dns_zone *z)
{
	return &z->conf;
}

uint32_t dns_zone_serial(const struct dns_zone *z)
{
	return z->serial;
}

static void bump_serial(struct dns_zone *z)
{
	if (++z->serial == 0)
		z->serial = 1;
}

static bool is_glue(const struct dns_zone *z, const struct fqdn *name)
{
	const struct zone_node *node = zone_table_get(&z->table, name);

	return node != NULL && node->is_glue;
}

/* --- lookup --- */

static bool exists(const struct zone_node *node)
{
	return node != NULL && zone_node_exists(node);
}

static void view_rr(struct dns_zone_view *view, const struct addr *addr, uint32_t ttl)
{
	if (addr_is_set(addr))
		view->rrs[view->n_rrs++] = (struct dns_zone_rr){.addr = *addr, .ttl = ttl};
}

static void view_node(const struct dns_zone *z, const struct zone_node *node,
		      struct dns_zone_view *view)
{
	size_t i;

	view->exists = true;
	if (node == NULL)
		return;
	if (!node->is_glue) {
		view_rr(view, &node->addrs.v4, node->ttl_v4);
		view_rr(view, &node->addrs.v6, node->ttl_v6);
		return;
	}
	for (i = 0; i < z->conf.n_ns_addrs; i++)
		view_rr(view, &z->conf.ns_addrs[i], z->conf.ttl);
}

/* RFC 4592 §3.3.1: only a wildcard directly below the closest name that exists counts; any name
 * that exists in between, with or without records, blocks the ones above it. */
static const struct zone_node *find_wildcard(const struct dns_zone *z, const struct fqdn *name)
{
	struct fqdn encloser = *name, wildcard;

	while (zone_table_parent(&z->table, &encloser, &encloser)) {
		if (encloser.len != z->conf.name.len &&
		    !exists(zone_table_get(&z->table, &encloser)))
			continue;
		if (encloser.len + 2 > FQDN_TEXT_MAX)
			return NULL;
		wildcard.text[0] = '*';
		wildcard.text[1] = '.';
		memcpy(wildcard.text + 2, encloser.text, encloser.len + 1U);
		wildcard.len = (uint8_t)(encloser.len + 2);
		return zone_table_get(&z->table, &wildcard);
	}
	return NULL;
}

void dns_zone_look(const struct dns_zone *z, const struct fqdn *name, struct dns_zone_view *ret)
{
	const struct zone_node *node = zone_table_get(&z->table, name);

	ret->n_rrs = 0;
	ret->exists = false;
	ret->is_apex = fqdn_equal(name, &z->conf.name);
	if (!ret->is_apex && !exists(node)) {
		node = find_wildcard(z, name);
		if (!exists(node))
			return;
	}
	view_node(z, node, ret);
}

static const struct fqdn *zone_name(const void *zones, size_t i)
{
	struct dns_zone *const *all = zones;

	return &all[i]->conf.name;
}

const struct dns_zone *dns_zone_find(struct dns_zone *const zones[], size_t n,
				     const struct fqdn *name)
{
	size_t i = fqdn_find_zone(name, zones, n, zone_name);

	return i < n ? zones[i] : NULL;
}

/* --- changing --- */

static void set_record(struct zone_node *node, const struct addr *addr, uint32_t ttl)
{
	if (addr->family == ADDR_V4) {
		node->addrs.v4 = *addr;
		node->ttl_v4 = ttl;
	} else {
		node->addrs.v6 = *addr;
		node->ttl_v6 = ttl;
	}
}

/* Deletes the address if the change names it. Another address is newer and stays. The TTL is not
 * compared, because it may have been configured anew since. */
static void clear_record(struct zone_node *node, const struct addr *addr)
{
	struct addr *mine = addr->family == ADDR_V4 ? &node->addrs.v4 : &node->addrs.v6;

	if (addr_equal(mine, addr))
		*mine = (struct addr){.family = ADDR_NONE};
}

static void apply_one(struct dns_zone *z, const struct dns_change *change)
{
	struct zone_node *node = zone_table_get(&z->table, &change->name);
	bool had_records = zone_node_has_records(node);

	node->generation = z->generation;
	if (change->action == DNS_UPSERT)
		set_record(node, &change->addr, change->ttl);
	else
		clear_record(node, &change->addr);
	zone_table_note(&z->table, node, had_records);
}

static int zone_check(const struct dns_zone *z, const struct dns_change *change, struct errinfo *ei)
{
	if (!fqdn_is_within(&change->name, &z->conf.name))
		return err_set(ei, ERR_REFUSED, "%s is not within the zone %s", change->name.text,
			       z->conf.name.text);
	if (is_glue(z, &change->name))
		return err_set(ei, ERR_REFUSED, "%s is a name server of the zone %s",
			       change->name.text, z->conf.name.text);
	return 0;
}

/* Frees the nodes of names that were only reserved or have lost their records. While a
 * reconciliation runs, an empty node of its generation stays: it records a deletion. */
static void prune(struct dns_zone *z, const struct dns_change *changes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		zone_table_prune(&z->table, &changes[i].name,
				 z->is_reconciling ? z->generation : 0);
}

int dns_zone_apply(struct dns_zone *z, const struct dns_change *changes, size_t n,
		   struct errinfo *ei)
{
	struct zone_node *node;
	size_t i;
	int err = 0;

	for (i = 0; i < n && err == 0; i++)
		err = zone_check(z, &changes[i], ei);
	if (err < 0)
		return err;
	for (i = 0; i < n && err == 0; i++)
		err = zone_table_reserve(&z->table, &changes[i].name, &node);
	if (err == 0) {
		for (i = 0; i < n; i++)
			apply_one(z, &changes[i]);
		bump_serial(z);
	}
	prune(z, changes, n);
	return err < 0 ? err_set(ei, err, "%s", err_str(err)) : 0;
}

/* --- reconciliation --- */

void dns_zone_reconcile_begin(struct dns_zone *z)
{
	z->generation++;
	z->is_reconciling = true;
}

int dns_zone_reconcile_keep(struct dns_zone *z, const struct fqdn *name,
			    const struct addr_pair *addrs, uint32_t ttl)
{
	struct zone_node *node;
	bool had_records;
	int err;

	if (!fqdn_is_within(name, &z->conf.name) || is_glue(z, name))
		return 0;
	err = zone_table_reserve(&z->table, name, &node);
	if (err < 0) {
		zone_table_prune(&z->table, name, z->generation);
		return err;
	}
	if (node->generation == z->generation)
		return 0;
	node->generation = z->generation;
	if (addr_pair_equal(&node->addrs, addrs) &&
	    (!addr_is_set(&addrs->v4) || node->ttl_v4 == ttl) &&
	    (!addr_is_set(&addrs->v6) || node->ttl_v6 == ttl))
		return 0;
	had_records = zone_node_has_records(node);
	node->addrs = *addrs;
	node->ttl_v4 = node->ttl_v6 = ttl;
	zone_table_note(&z->table, node, had_records);
	bump_serial(z);
	return 0;
}

/* Deletes the records of a name that was neither changed nor kept. Returns true when it had any. */
static bool drop_stale(struct dns_zone *z)
{
	struct zone_node *node = NULL;
	bool dropped = false;

	while ((node = zone_table_walk(&z->table, node)) != NULL) {
		if (node->is_glue || node->generation == z->generation ||
		    !zone_node_has_records(node))
			continue;
		node->addrs = (struct addr_pair){.v4.family = ADDR_NONE};
		zone_table_note(&z->table, node, true);
		dropped = true;
	}
	return dropped;
}

void dns_zone_reconcile_end(struct dns_zone *z, bool complete)
{
	z->is_reconciling = false;
	if (complete && drop_stale(z))
		bump_serial(z);
	zone_table_prune_all(&z->table);
}
