/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/backends.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "dns/dns.h"
#include "dns/dns_server.h"
#include "ops/parts_aws.h"
#include "ops/targets.h"
#include "store/sqlite.h"
#include "store/store.h"

int backends_check(const struct conf *conf, struct errinfo *ei)
{
	size_t i;
	int err = targets_check(conf, ei);

	if (err != 0 || parts_aws != NULL)
		return err;
	if (conf->store.type == CONF_STORE_DYNAMODB)
		return err_set(ei, ERR_INVAL,
			       "store: type \"dynamodb\": this program was built without AWS");
	for (i = 0; i < conf->n_zones; i++)
		if (conf->zones[i].publisher == CONF_PUBLISHER_ROUTE53)
			return err_set(ei, ERR_INVAL,
				       "zone \"%s\": publisher \"route53\": this program was "
				       "built without AWS",
				       conf->zones[i].name.text);
	return 0;
}

int backends_open_store(struct uv_loop_s *loop, const struct conf *conf, struct backends *b,
			struct errinfo *ei)
{
	const struct fqdn *default_zone = conf->n_zones > 0 ? &conf->zones[0].name : NULL;
	int err = backends_check(conf, ei);

	if (err != 0)
		return err;
	switch (conf->store.type) {
	case CONF_STORE_SQLITE:
		return store_sqlite_open(loop, conf->store.path, default_zone, &b->store, ei);
	case CONF_STORE_DYNAMODB:
		return parts_aws->open_store(loop, conf, default_zone, b, ei);
	}
	return err_set(ei, ERR_INVAL, "the store cannot be opened: %s", err_str(ERR_INVAL));
}

static int need_dns_server(struct uv_loop_s *loop, const struct conf *conf, struct backends *b)
{
	const struct dns_server_limits limits = {
		.tcp_clients = CONF_DNS_TCP_CLIENTS,
		.tcp_per_network = CONF_DNS_TCP_PER_NETWORK,
		.tcp_idle_ms = CONF_DNS_TCP_IDLE_S * 1000,
		.responses_per_second = conf->dns_responses_per_second,
	};

	return b->dns_server != NULL ? 0 : dns_server_new(loop, &limits, &b->dns_server);
}

static int open_builtin(struct uv_loop_s *loop, const struct conf *conf, struct backends *b,
			struct backend_zone *z, struct errinfo *ei)
{
	const struct conf_zone *cz = z->conf;
	struct dns_server_zone sz = {
		.name = cz->name,
		.n_ns = cz->n_name_servers,
		.n_ns_addrs = cz->n_name_server_addresses,
		.ttl = cz->ttl,
	};
	int err;

	_Static_assert((int)CONF_NS_MAX == (int)DNS_SERVER_NS_MAX, "one limit");
	memcpy(sz.ns, cz->name_servers, sizeof(sz.ns));
	memcpy(sz.ns_addrs, cz->name_server_addresses, sizeof(sz.ns_addrs));
	err = need_dns_server(loop, conf, b);
	/* The time as serial number grows over restarts; RFC 1912 §2.2 allows it. */
	if (err == 0)
		err = dns_server_add_zone(b->dns_server, &sz, (uint32_t)clock_wall_s(), &z->dns);
	return err == 0 ? 0
			: err_set(ei, err, "zone %s cannot be opened: %s", cz->name.text,
				  err_str(err));
}

static void init_pace(const struct conf *conf, struct backends *b)
{
	const struct pace_limits limits = {
		.requests_per_second = conf->route53_requests_per_second,
		.request_burst = conf->route53_requests_per_second * CONF_ROUTE53_REQUEST_BURST_S,
		.changes_per_second = conf->route53_changes_per_second,
		.change_burst = conf->route53_changes_per_second * CONF_ROUTE53_CHANGE_BURST_S,
	};

	pace_init(&b->pace, &limits, clock_mono_ms());
}

int backends_open_zones(struct uv_loop_s *loop, const struct conf *conf, struct backends *b,
			struct errinfo *ei)
{
	struct backend_zone *z;
	int err = backends_check(conf, ei);

	if (err != 0 || conf->n_zones == 0)
		return err;
	b->zones = calloc(conf->n_zones, sizeof(*b->zones));
	if (b->zones == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	init_pace(conf, b);
	while (err == 0 && b->n_zones < conf->n_zones) {
		z = &b->zones[b->n_zones];
		z->conf = &conf->zones[b->n_zones++];
		err = z->conf->publisher == CONF_PUBLISHER_BUILTIN
			      ? open_builtin(loop, conf, b, z, ei)
			      : parts_aws->open_zone(loop, conf, b, z, ei);
	}
	return err;
}

int backends_listen_dns(const struct conf *conf, struct backends *b, struct errinfo *ei)
{
	size_t i;
	int err = 0;

	for (i = 0; b->dns_server != NULL && err == 0 && i < conf->dns_listen.n; i++)
		err = dns_server_listen(b->dns_server, &conf->dns_listen.at[i], ei);
	return err;
}

void backends_close(struct backends *b)
{
	size_t i;

	for (i = 0; i < b->n_zones; i++)
		dns_close(b->zones[i].dns);
	dns_server_close(b->dns_server);
	store_close(b->store);
	if (parts_aws != NULL)
		parts_aws->close(b);
	free(b->zones);
	memset(b, 0, sizeof(*b));
}
