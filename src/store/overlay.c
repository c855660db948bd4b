/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/overlay.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/container_of.h"
#include "base/err.h"
#include "base/hash_table.h"
#include "net/hash.h"

enum { BUCKETS_MIN = 64 };

/* One account. */
struct node {
	struct hash_node by_user;
	TAILQ_ENTRY(node) by_change;
	size_t n;
	size_t cap;
	struct overlay_host *hosts;
	char user[];
};

TAILQ_HEAD(node_list, node);

struct overlay {
	size_t max_hosts;
	size_t n_hosts;
	struct hash_table by_user;
	struct node_list by_change; /* ordered by their last change, the newest at the end */
};

/* Logins come from the administrator's table, not from strangers: the key may be known. */
static uint64_t hash_of(const char *user)
{
	return hash_bytes(user, strlen(user), 0);
}

int overlay_new(size_t max_hosts, struct overlay **ret)
{
	struct overlay *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return ERR_NOMEM;
	if (hash_table_init(&o->by_user, BUCKETS_MIN) != 0) {
		free(o);
		return ERR_NOMEM;
	}
	o->max_hosts = max_hosts;
	TAILQ_INIT(&o->by_change);
	*ret = o;
	return 0;
}

static struct node *find_node(const struct overlay *o, const char *user)
{
	struct hash_node *at = hash_table_first(&o->by_user, hash_of(user));

	for (; at != NULL; at = hash_table_next(at)) {
		struct node *node = CONTAINER_OF(at, struct node, by_user);

		if (strcmp(node->user, user) == 0)
			return node;
	}
	return NULL;
}

static struct overlay_host *find_host(const struct node *node, const struct fqdn *name)
{
	size_t i;

	for (i = 0; i < node->n; i++)
		if (fqdn_equal(&node->hosts[i].name, name))
			return &node->hosts[i];
	return NULL;
}

static void free_node(struct overlay *o, struct node *node)
{
	hash_table_remove(&o->by_user, &node->by_user);
	TAILQ_REMOVE(&o->by_change, node, by_change);
	o->n_hosts -= node->n;
	free(node->hosts);
	free(node);
}

void overlay_free(struct overlay *o)
{
	if (o == NULL)
		return;
	while (!TAILQ_EMPTY(&o->by_change))
		free_node(o, TAILQ_FIRST(&o->by_change));
	hash_table_fini(&o->by_user);
	free(o);
}

const struct overlay_host *overlay_find(const struct overlay *o, const char *user,
					const struct fqdn *name)
{
	const struct node *node = find_node(o, user);

	return node != NULL ? find_host(node, name) : NULL;
}

/* Room for n more hosts, so that filling it in cannot fail. */
static int overlay_reserve(struct node *node, size_t n)
{
	struct overlay_host *hosts;

	if (node->n + n <= node->cap)
		return 0;
	hosts = realloc(node->hosts, (node->n + n) * sizeof(*hosts));
	if (hosts == NULL)
		return ERR_NOMEM;
	node->hosts = hosts;
	node->cap = node->n + n;
	return 0;
}

static struct node *add_node(struct overlay *o, const char *user)
{
	size_t len = strlen(user);
	struct node *node = calloc(1, sizeof(*node) + len + 1);

	if (node == NULL)
		return NULL;
	memcpy(node->user, user, len + 1);
	hash_table_add(&o->by_user, &node->by_user, hash_of(user));
	TAILQ_INSERT_TAIL(&o->by_change, node, by_change);
	return node;
}

int overlay_put(struct overlay *o, const char *user, const struct overlay_host *hosts, size_t n)
{
	struct node *node = find_node(o, user);
	struct overlay_host *known;
	size_t i;

	if (node == NULL)
		node = add_node(o, user);
	if (node == NULL)
		return ERR_NOMEM;
	if (overlay_reserve(node, n) != 0) {
		if (node->n == 0)
			free_node(o, node);
		return ERR_NOMEM;
	}
	for (i = 0; i < n; i++) {
		known = find_host(node, &hosts[i].name);
		if (known == NULL) {
			known = &node->hosts[node->n++];
			o->n_hosts++;
		}
		*known = hosts[i];
	}
	TAILQ_REMOVE(&o->by_change, node, by_change);
	TAILQ_INSERT_TAIL(&o->by_change, node, by_change);
	while (o->n_hosts > o->max_hosts && TAILQ_FIRST(&o->by_change) != node)
		free_node(o, TAILQ_FIRST(&o->by_change));
	return 0;
}

static void drop_at(struct overlay *o, struct node *node, size_t i)
{
	node->hosts[i] = node->hosts[--node->n];
	o->n_hosts--;
}

void overlay_merge(struct overlay *o, struct account *a)
{
	struct node *node = find_node(o, a->user);
	size_t i = 0;

	while (node != NULL && i < node->n) {
		const struct overlay_host *kept = &node->hosts[i];
		struct account_host *host = account_find_host(a, &kept->name);

		if (host != NULL ? host->state.seq != kept->base.seq ||
					   !addr_pair_equal(&host->state.want, &kept->base.want)
				 : !account_may_have_host(a, &kept->name)) {
			drop_at(o, node, i);
			continue;
		}
		if (host != NULL)
			host->state = kept->state;
		i++;
	}
	if (node != NULL && node->n == 0)
		free_node(o, node);
}

void overlay_keep(struct overlay *o, const struct account *a)
{
	struct node *node = find_node(o, a->user);
	size_t i = 0;

	while (node != NULL && i < node->n) {
		if (!account_may_have_host(a, &node->hosts[i].name))
			drop_at(o, node, i);
		else
			i++;
	}
	if (node != NULL && node->n == 0)
		free_node(o, node);
}

static void drop_hosts_before(struct overlay *o, struct node *node, uint64_t at)
{
	size_t i = 0;

	while (i < node->n) {
		if (node->hosts[i].at < at)
			drop_at(o, node, i);
		else
			i++;
	}
	if (node->n == 0)
		free_node(o, node);
}

void overlay_drop_before(struct overlay *o, uint64_t at)
{
	struct node *node, *next;

	for (node = TAILQ_FIRST(&o->by_change); node != NULL; node = next) {
		next = TAILQ_NEXT(node, by_change);
		drop_hosts_before(o, node, at);
	}
}

void overlay_drop(struct overlay *o, const char *user, const struct fqdn *name)
{
	struct node *node = find_node(o, user);
	struct overlay_host *host;

	if (node == NULL)
		return;
	if (name == NULL) {
		free_node(o, node);
		return;
	}
	host = find_host(node, name);
	if (host != NULL)
		drop_at(o, node, (size_t)(host - node->hosts));
	if (node->n == 0)
		free_node(o, node);
}

size_t overlay_count(const struct overlay *o)
{
	return o->n_hosts;
}
