/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/addresses.h"

#include <stdbool.h>

#include "conf/conf.h"
#include "net/inherited.h"

static bool answers_dns(const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_zones; i++)
		if (conf->zones[i].publisher == CONF_PUBLISHER_BUILTIN)
			return true;
	return false;
}

static void each_of_list(const struct conf_listens *list, enum listen_transport transport,
			 addresses_fn *fn, void *arg)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		fn(arg, &list->at[i], transport);
}

void addresses_each(const struct conf *conf, addresses_fn *fn, void *arg)
{
	size_t i;

	for (i = 0; i < conf->n_fronts; i++)
		fn(arg, conf->fronts[i].at, LISTEN_TCP);
	each_of_list(&conf->acme_listen, LISTEN_TCP, fn, arg);
	each_of_list(&conf->admin_listen, LISTEN_TCP, fn, arg);
	if (!answers_dns(conf))
		return;
	each_of_list(&conf->dns_listen, LISTEN_UDP, fn, arg);
	each_of_list(&conf->dns_listen, LISTEN_TCP, fn, arg);
}

struct expecting {
	int err;
	struct errinfo *ei;
};

static void expect_one(void *arg, const struct listen_at *at, enum listen_transport transport)
{
	struct expecting *e = arg;
	struct sockaddr_storage sa;

	if (e->err != 0)
		return;
	listen_resolve(at, &sa);
	e->err = inherited_expect(&sa, transport == LISTEN_TCP ? SOCK_STREAM : SOCK_DGRAM,
				  at->v6_only, e->ei);
}

int addresses_inherit(const struct conf *conf, struct errinfo *ei)
{
	struct expecting e = {.err = inherited_read(ei), .ei = ei};

	addresses_each(conf, expect_one, &e);
	return e.err != 0 ? e.err : inherited_check(ei);
}
