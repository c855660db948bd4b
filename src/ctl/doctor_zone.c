/* SPDX-License-Identifier: BSD-2-Clause
 * The zones: whether they are what the configuration says, and whether the world finds them. */
#include "ctl/doctor_zone.h"

#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "ctl/delegation_find.h"
#include "dns/dns_client.h"

void doctor_zone_report(struct doctor *d, const struct conf_zone *conf, enum report_result result,
			const char *detail)
{
	char check[FQDN_TEXT_MAX + 8];

	snprintf(check, sizeof(check), "zone %s", conf->name.text);
	report_add(&d->report, result, check, "%s", detail);
}

enum { ADDRS_MAX = 4, SERVER_TIMEOUT_MS = 1500 };

/* What is known about one name server. */
struct server {
	const struct fqdn *name;
	size_t n_addrs;
	struct addr addrs[ADDRS_MAX];
	enum server_state state;
	char trouble[128];
};

static void add_addrs(struct server *server, const struct addr *addrs, size_t n)
{
	size_t i;

	for (i = 0; i < n && server->n_addrs < ADDRS_MAX; i++)
		server->addrs[server->n_addrs++] = addrs[i];
}

/* Finds the addresses of a name server: in the configuration for ours that lie in their own zone,
 * by a resolver for all others. */
static void find_addrs(const struct doctor *d, const struct conf_zone *zone, struct server *server)
{
	static const enum dns_type types[] = {DNS_TYPE_A, DNS_TYPE_AAAA};
	struct errinfo ei = ERRINFO_INIT;
	struct dns_reply reply;
	size_t i;

	if (zone->n_name_server_addresses > 0 && fqdn_is_within(server->name, &zone->name)) {
		add_addrs(server, zone->name_server_addresses, zone->n_name_server_addresses);
		return;
	}
	for (i = 0; i < 2; i++)
		if (resolver_ask(&d->resolvers, server->name, types[i], &reply, &ei) == 0)
			add_addrs(server, reply.addrs, reply.n_addrs < 2 ? reply.n_addrs : 2);
	if (server->n_addrs == 0)
		str_copy(server->trouble, sizeof(server->trouble), slice_of("has no address"));
}

/* Reports the best result of all its addresses, because this machine may have no IPv6. */
static void ask_server(const struct doctor *d, const struct conf_zone *zone, struct server *server)
{
	char text[ADDR_TEXT_MAX];
	size_t i;

	find_addrs(d, zone, server);
	for (i = 0; i < server->n_addrs && server->state != SERVER_GOOD; i++) {
		struct sockaddr_storage sa = resolver_sockaddr(&server->addrs[i], d->dns_port);
		struct errinfo ei = ERRINFO_INIT;
		enum server_state state = SERVER_SILENT;
		struct dns_reply reply;

		if (dns_client_ask(&sa, &zone->name, DNS_TYPE_SOA, false, SERVER_TIMEOUT_MS, &reply,
				   &ei) == 0)
			state = server_judge(&reply);
		if (state <= server->state)
			continue;
		server->state = state;
		addr_format(&server->addrs[i], text);
		snprintf(server->trouble, sizeof(server->trouble), "at %s: %.70s", text,
			 state == SERVER_SILENT	       ? ei.text
			 : reply.rcode != DNS_RCODE_OK ? dns_rcode_name(reply.rcode)
						       : "an answer without authority");
	}
}

static void check_servers(struct doctor *d, const struct conf_zone *zone, const struct names *names)
{
	struct servers all = {.is_lab = zone->allow_special_addresses,
			      .is_builtin = zone->publisher == CONF_PUBLISHER_BUILTIN};
	char check[FQDN_TEXT_MAX + 16];
	enum report_result result;
	struct buf detail;
	size_t i;

	for (i = 0; i < names->n; i++) {
		struct server server = {.name = &names->at[i]};

		ask_server(d, zone, &server);
		all.n[server.state]++;
		if (server.state != SERVER_GOOD && all.first_bad[0] == '\0')
			snprintf(all.first_bad, sizeof(all.first_bad), "%.180s %s",
				 server.name->text, server.trouble);
	}
	buf_init(&detail, REPORT_DETAIL_MAX);
	result = servers_judge(&all, &detail);
	snprintf(check, sizeof(check), "name servers %s", zone->name.text);
	report_add(&d->report, result, check, "%s", buf_str(&detail));
	buf_fini(&detail);
}

void doctor_zone_check_delegation(struct doctor *d, const struct conf_zone *zone,
				  const struct names *wanted)
{
	struct names found = {.n = 0};
	struct errinfo ei = ERRINFO_INIT;
	struct delegation del = {.wanted = wanted, .is_lab = zone->allow_special_addresses};
	char check[FQDN_TEXT_MAX + 16];
	enum report_result result;
	struct buf detail;

	delegation_find(&d->resolvers, &zone->name, &found, &del, &ei);
	buf_init(&detail, REPORT_DETAIL_MAX);
	result = delegation_judge(&del, &detail);
	snprintf(check, sizeof(check), "delegation %s", zone->name.text);
	report_add(&d->report, result, check, "%s", buf_str(&detail));
	buf_fini(&detail);
	if (del.err != 0 && zone->n_name_server_addresses == 0)
		return; /* without its NS records, asking for addresses is pointless */
	if (wanted->n + found.n > 0)
		check_servers(d, zone, wanted->n > 0 ? wanted : &found);
}

void doctor_check_builtin(struct doctor *d, const struct conf_zone *zone)
{
	struct names wanted = {.n = 0};
	size_t i;

	for (i = 0; i < zone->n_name_servers; i++)
		wanted.at[wanted.n++] = zone->name_servers[i];
	doctor_zone_report(d, zone, REPORT_OK, "served by mooringd itself");
	doctor_zone_check_delegation(d, zone, &wanted);
}
