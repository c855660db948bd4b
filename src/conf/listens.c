/* SPDX-License-Identifier: BSD-2-Clause
 * Which addresses go together. One port of one address belongs to one listener, and so says the
 * kernel, too, but only "in use by another program". */
#include "conf/listens.h"

#include <netinet/in.h>
#include <string.h>

#include "conf/loader.h"
#include "conf/value.h"

struct list {
	const char *key;
	struct conf_listens *at;
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

/* At the same place in both structs. */
static in_port_t port_of(const struct listen_at *l)
{
	return ((const struct sockaddr_in *)&l->sa)->sin_port;
}

/* Port 0 is another port each time. */
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

/* A default is nobody's wish: it must not keep a daemon from IPv4 on a kernel without IPv6. */
static void allow_v4_for_default(const struct list *list)
{
	const char *preset = conf_keys_find(CONF_IN_TOP, list->key)->preset;

	if (list->at->n == 1 && strcmp(list->at->at[0].text, preset) == 0)
		list->at->at[0].or_v4 = true;
}

/* Against the lists before it, and the addresses before it in its own. */
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
			return conf_fail_key(l, &l->top, lists[which].key,
					     "\"%s\" and \"%s\" of %s cannot both be had",
					     ours->text, other->text, lists[i].key);
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

int conf_check_listens(struct conf_loader *l)
{
	struct conf *c = l->conf;
	const struct list lists[] = {
		{"listen", &c->listen},
		{"listen-plain", &c->listen_plain},
		{"admin-listen", &c->admin_listen},
		{"dns-listen", &c->dns_listen}, /* last: not always in use */
	};
	size_t n = sizeof(lists) / sizeof(lists[0]) - (has_builtin(c) ? 0 : 1);
	size_t i, j;
	int err = 0;

	if (c->listen.n + c->listen_plain.n == 0)
		return conf_fail_key(l, &l->top, "listen",
				     "must hold an address when listen-plain holds none");
	for (i = 0; i < n; i++) {
		divide_families(lists[i].at);
		allow_v4_for_default(&lists[i]);
	}
	for (i = 0; err == 0 && i < n; i++)
		for (j = 0; err == 0 && j < lists[i].at->n; j++)
			err = check_address(l, lists, i, j);
	return err;
}
