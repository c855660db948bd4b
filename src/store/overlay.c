/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/overlay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { OVERLAY_BUCKETS = 1024 };

/* One account: in the chain of its bucket, and in a ring that is ordered by the latest change. */
struct node {
	struct node *chain;
	struct node *older;
	struct node *newer;
	size_t n;
	size_t cap;
	struct overlay_host *hosts;
	char user[ACCOUNT_USER_MAX + 1];
};

struct overlay {
	size_t max_hosts;
	size_t n_hosts;
	struct node ring; /* ring.newer is the oldest node, ring.older the newest */
	struct node *bucket[OVERLAY_BUCKETS];
};

/* Logins come from the administrator's table, not from strangers: FNV-1a without a key will do. */
static size_t bucket_of(const char *user)
{
	uint32_t h = 2166136261U;

	for (; *user != '\0'; user++)
		h = (h ^ (unsigned char)*user) * 16777619U;
	return h % OVERLAY_BUCKETS;
}

int overlay_new(size_t max_hosts, struct overlay **ret)
{
	struct overlay *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return ERR_NOMEM;
	o->max_hosts = max_hosts;
	o->ring.older = &o->ring;
	o->ring.newer = &o->ring;
	*ret = o;
	return 0;
}

static struct node *find_node(const struct overlay *o, const char *user)
{
	struct node *node = o->bucket[bucket_of(user)];

	while (node != NULL && strcmp(node->user, user) != 0)
		node = node->chain;
	return node;
}

static struct overlay_host *find_host(const struct node *node, const struct fqdn *name)
{
	size_t i;

	for (i = 0; i < node->n; i++)
		if (fqdn_equal(&node->hosts[i].name, name))
			return &node->hosts[i];
	return NULL;
}

static void ring_out(struct node *node)
{
	node->older->newer = node->newer;
	node->newer->older = node->older;
}

static void ring_in(struct overlay *o, struct node *node)
{
	node->older = o->ring.older;
	node->newer = &o->ring;
	node->older->newer = node;
	o->ring.older = node;
}

static void free_node(struct overlay *o, struct node *node)
{
	struct node **at = &o->bucket[bucket_of(node->user)];

	while (*at != node)
		at = &(*at)->chain;
	*at = node->chain;
	ring_out(node);
	o->n_hosts -= node->n;
	free(node->hosts);
	free(node);
}

void overlay_free(struct overlay *o)
{
	if (o == NULL)
		return;
	while (o->ring.newer != &o->ring)
		free_node(o, o->ring.newer);
	free(o);
}

const struct overlay_host *overlay_find(const struct overlay *o, const char *user,
					const struct fqdn *name)
{
	const struct node *node = find_node(o, user);

	return node != NULL ? find_host(node, name) : NULL;
}

/* Room for n more hosts, so that filling it in cannot fail. */
static int reserve(struct node *node, size_t n)
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
	struct node *node = calloc(1, sizeof(*node));
	size_t i = bucket_of(user);

	if (node == NULL)
		return NULL;
	(void)snprintf(node->user, sizeof(node->user), "%s", user);
	node->chain = o->bucket[i];
	o->bucket[i] = node;
	ring_in(o, node);
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
	if (reserve(node, n) != 0) {
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
	ring_out(node);
	ring_in(o, node);
	while (o->n_hosts > o->max_hosts && o->ring.newer != node)
		free_node(o, o->ring.newer);
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

		if (host == NULL || host->state.seq != kept->base_seq) {
			drop_at(o, node, i);
			continue;
		}
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
		if (account_find_host(a, &node->hosts[i].name) == NULL)
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

	for (node = o->ring.newer; node != &o->ring; node = next) {
		next = node->newer;
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
