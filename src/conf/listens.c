/* SPDX-License-Identifier: BSD-2-Clause
 * Finds addresses that cannot be listened on together. The kernel would refuse them as well, but
 * only with "in use by another program". */
#include "conf/listens.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "conf/loader.h"
#include "conf/value.h"

enum { NAME_MAX_LEN = CONF_LISTENER_NAME_MAX + sizeof("listen-at \"\"") };
/* Of HTTPS, plain HTTP, challenges, monitors and DNS, and one for each section listen-at. */
enum { LISTS_MAX = 5 + CONF_LISTENERS_MAX };

/* The addresses of one key. */
struct list {
	const struct conf_place *place;
	const char *key;
	struct conf_listens *at;
	char name[NAME_MAX_LEN]; /* in sentences about another list */
};

static bool is_any(const struct listen_at *l)
{
	const struct in6_addr *v6 = &((const struct sockaddr_in6 *)&l->sa)->sin6_addr;

	if (l->sa.ss_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(v6);
	return ((const struct sockaddr_in *)&l->sa)->sin_addr.s_addr == htonl(INADDR_ANY);
}

static bool is_any_v6(const struct listen_at *l)
{
	return l->sa.ss_family == AF_INET6 && is_any(l);
}

/* sin_port and sin6_port stand at the same offset. */
static in_port_t port_of(const struct listen_at *l)
{
	return ((const struct sockaddr_in *)&l->sa)->sin_port;
}

/* Two listeners with port 0 get two different ports from the system. */
static bool same_port(const struct listen_at *a, const struct listen_at *b)
{
	return port_of(a) != 0 && port_of(a) == port_of(b);
}

static bool takes(const struct listen_at *a, const struct listen_at *b)
{
	if (a->sa.ss_family == b->sa.ss_family)
		return is_any(a);
	return is_any_v6(a) && !a->v6_only;
}

static bool collide(const struct listen_at *a, const struct listen_at *b)
{
	return same_port(a, b) && (conf_listen_equal(a, b) || takes(a, b) || takes(b, a));
}

/* "[::]" stands for IPv6 alone where its own list names an IPv4 address of the same port. */
static void divide_families(struct conf_listens *list)
{
	size_t i, j;

	for (i = 0; i < list->n; i++)
		for (j = 0; j < list->n && is_any_v6(&list->at[i]); j++)
			if (list->at[j].sa.ss_family == AF_INET &&
			    same_port(&list->at[i], &list->at[j]))
				list->at[i].v6_only = true;
}

/* The default "[::]" was not asked for explicitly, so on a kernel without IPv6 the daemon serves
 * IPv4 instead of failing. */
static void allow_v4_for_default(const struct list *list)
{
	const char *preset = conf_keys_find(list->place->section, list->key)->preset;

	if (list->at->n == 1 && strcmp(list->at->at[0].text, preset) == 0)
		list->at->at[0].or_v4 = true;
}

/* Compares one address with those of all lists before its own, and with those before it in its
 * own list. */
static int check_address(const struct conf_loader *l, const struct list *lists, size_t which,
			 size_t item)
{
	const struct listen_at *ours = &lists[which].at->at[item], *other;
	size_t i, j;

	for (i = 0; i <= which; i++)
		for (j = 0; j < (i < which ? lists[i].at->n : item); j++) {
			other = &lists[i].at->at[j];
			if (!collide(ours, other))
				continue;
			return conf_fail_key(l, lists[which].place, lists[which].key,
					     "\"%s\" and \"%s\" of %s cannot both be had",
					     ours->text, other->text, lists[i].name);
		}
	return 0;
}

static bool has_builtin(const struct conf *c)
{
	size_t i;

	for (i = 0; i < c->n_zones; i++)
		if (c->zones[i].publisher == CONF_PUBLISHER_BUILTIN)
			return true;
	return false;
}

static void add_list(struct list *lists, size_t *n, const struct conf_place *place, const char *key,
		     struct conf_listens *at)
{
	struct list *list = &lists[(*n)++];

	*list = (struct list){.place = place, .key = key, .at = at};
	snprintf(list->name, sizeof(list->name), "%s", key);
}

static size_t collect_lists(struct conf_loader *l, struct list lists[LISTS_MAX])
{
	struct conf *c = l->conf;
	size_t i, n = 0;

	add_list(lists, &n, &l->top, "listen", &c->listen);
	add_list(lists, &n, &l->top, "listen-plain", &c->listen_plain);
	for (i = 0; i < c->n_listeners; i++) {
		add_list(lists, &n, &l->listeners[i], "address", &c->listeners[i].address);
		snprintf(lists[n - 1].name, NAME_MAX_LEN, "listen-at \"%s\"", c->listeners[i].name);
	}
	add_list(lists, &n, &l->top, "acme-listen", &c->acme_listen);
	add_list(lists, &n, &l->top, "admin-listen", &c->admin_listen);
	if (has_builtin(c))
		add_list(lists, &n, &l->top, "dns-listen", &c->dns_listen);
	return n;
}

static int add_fronts(struct conf_loader *l, const struct conf_listens *list,
		      const struct conf_listener *listener, bool is_tls)
{
	struct conf *c = l->conf;
	const struct conf_origin nowhere = {0};
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (c->n_fronts == CONF_FRONTS_MAX)
			return conf_fail(l, &nowhere,
					 "there are more than %d addresses for HTTP and HTTPS",
					 CONF_FRONTS_MAX);
		c->fronts[c->n_fronts++] = (struct conf_front){&list->at[i], listener, is_tls};
	}
	return 0;
}

static int collect_fronts(struct conf_loader *l)
{
	struct conf *c = l->conf;
	int err = add_fronts(l, &c->listen, NULL, true);
	size_t i;

	if (err == 0)
		err = add_fronts(l, &c->listen_plain, NULL, false);
	for (i = 0; err == 0 && i < c->n_listeners; i++)
		err = add_fronts(l, &c->listeners[i].address, &c->listeners[i],
				 c->listeners[i].tls != CONF_TLS_NO);
	return err;
}

int conf_check_listens(struct conf_loader *l)
{
	struct conf *c = l->conf;
	struct list lists[LISTS_MAX];
	size_t i, j, n;
	int err;

	/* A section listen-at replaces the default address: it may use the same port itself. */
	if (c->n_listeners > 0 && !conf_is_set(conf_origin_of(&l->top, "listen")))
		c->listen.n = 0;
	if (c->listen.n + c->listen_plain.n + c->n_listeners == 0)
		return conf_fail_key(l, &l->top, "listen",
				     "must hold an address when listen-plain holds none");
	n = collect_lists(l, lists);
	for (i = 0; i < n; i++) {
		divide_families(lists[i].at);
		allow_v4_for_default(&lists[i]);
	}
	err = collect_fronts(l);
	for (i = 0; err == 0 && i < n; i++)
		for (j = 0; err == 0 && j < lists[i].at->n; j++)
			err = check_address(l, lists, i, j);
	return err;
}
