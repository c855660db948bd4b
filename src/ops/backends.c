/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/backends.h"

#include <stdlib.h>
#include <string.h>

#include "aws/client.h"
#include "aws/aws_dynamodb.h"
#include "aws/aws_route53.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "dns/dns.h"
#include "dns/route53.h"
#include "dns/dns_server.h"
#include "store/dynamodb.h"
#include "store/sqlite.h"
#include "store/store.h"

/* An option that is not set is "" in the configuration and NULL for the AWS client. */
static const char *or_null(const char *s)
{
	return s != NULL && s[0] != '\0' ? s : NULL;
}

static int need_aws(struct uv_loop_s *loop, const struct conf *conf, struct backends *b,
		    struct errinfo *ei)
{
	static const enum aws_credentials_source sources[] = {
		[CONF_CREDENTIALS_AUTO] = AWS_CREDENTIALS_AUTO,
		[CONF_CREDENTIALS_ENVIRONMENT] = AWS_CREDENTIALS_ENVIRONMENT,
		[CONF_CREDENTIALS_PROFILE] = AWS_CREDENTIALS_PROFILE,
		[CONF_CREDENTIALS_WEB_IDENTITY] = AWS_CREDENTIALS_WEB_IDENTITY,
		[CONF_CREDENTIALS_CONTAINER] = AWS_CREDENTIALS_CONTAINER,
		[CONF_CREDENTIALS_IMDS] = AWS_CREDENTIALS_IMDS,
	};
	const struct aws_client_conf ac = {
		.credentials = sources[conf->credentials],
		.connect_timeout_ms = CONF_AWS_CONNECT_TIMEOUT_S * 1000,
		.attempt_timeout_ms = conf->aws_request_timeout_s * 1000,
		.breaker_failures = CONF_AWS_BREAKER_FAILURES,
		.breaker_pause_ms = CONF_AWS_BREAKER_PAUSE_S * 1000,
	};

	return b->aws != NULL ? 0 : aws_client_new(loop, &ac, &b->aws, ei);
}

static int open_dynamodb(struct uv_loop_s *loop, const struct conf *conf,
			 const struct fqdn *default_zone, struct backends *b, struct errinfo *ei)
{
	int err = need_aws(loop, conf, b, ei);

	if (err == 0)
		err = aws_dynamodb_new(b->aws, or_null(conf->store.region),
				       or_null(conf->store.endpoint), conf->store.timeout_s * 1000,
				       &b->dynamodb, ei);
	if (err == 0)
		err = store_dynamodb_open(loop, b->dynamodb, conf->store.table, default_zone,
					  &b->store, ei);
	return err;
}

int backends_open_store(struct uv_loop_s *loop, const struct conf *conf, struct backends *b,
			struct errinfo *ei)
{
	const struct fqdn *default_zone = conf->n_zones > 0 ? &conf->zones[0].name : NULL;

	switch (conf->store.type) {
	case CONF_STORE_SQLITE:
		return store_sqlite_open(loop, conf->store.path, default_zone, &b->store, ei);
	case CONF_STORE_DYNAMODB:
		return open_dynamodb(loop, conf, default_zone, b, ei);
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

static int open_route53(struct uv_loop_s *loop, const struct conf *conf, struct backends *b,
			struct backend_zone *z, struct errinfo *ei)
{
	int err = need_aws(loop, conf, b, ei);

	if (err == 0)
		err = aws_route53_new(b->aws, or_null(conf->store.region),
				      or_null(z->conf->endpoint), conf->route53_timeout_s * 1000,
				      &z->route53, ei);
	if (err == 0)
		err = dns_route53_open(loop, z->route53, &b->pace, z->conf->hosted_zone_id,
				       CONF_ROUTE53_SAMPLE, &z->dns, ei);
	return err;
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
	int err = 0;

	if (conf->n_zones == 0)
		return 0;
	b->zones = calloc(conf->n_zones, sizeof(*b->zones));
	if (b->zones == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	init_pace(conf, b);
	while (err == 0 && b->n_zones < conf->n_zones) {
		z = &b->zones[b->n_zones];
		z->conf = &conf->zones[b->n_zones++];
		err = z->conf->publisher == CONF_PUBLISHER_BUILTIN
			      ? open_builtin(loop, conf, b, z, ei)
			      : open_route53(loop, conf, b, z, ei);
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
	for (i = 0; i < b->n_zones; i++)
		aws_route53_free(b->zones[i].route53);
	aws_dynamodb_free(b->dynamodb);
	aws_client_close(b->aws);
	free(b->zones);
	memset(b, 0, sizeof(*b));
}
