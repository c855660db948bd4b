/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/setup_answers.h"

#include <stdio.h>
#include <string.h>

#include "net/addr_special.h"

static const struct setup_row rows[SETUP_QUESTIONS] = {
	[SETUP_DOMAIN] =
		{"domain", "Domain",
		 "A domain of your own, best one below another, as dyn.example.com: all of "
		 "it is for names of hosts, and the domain above hands it over to this "
		 "server.",
		 NULL, false, false, SETUP_NOWHERE, NULL, NULL},
	[SETUP_PUBLISH] = {"publish", "Name server (builtin or route53)",
			   "builtin: this machine answers for the domain; route53: a hosted zone "
			   "of Amazon's does.",
			   NULL, false, false, SETUP_IN_ZONE, "publisher",
			   "Who answers for the zone."},
	[SETUP_HOSTED_ZONE] = {"hosted-zone", "Hosted zone",
			       "The id under which Route 53 has the domain.", "--publish route53",
			       false, false, SETUP_IN_ZONE, "hosted-zone-id",
			       "The zone at Route 53."},
	[SETUP_NAME_SERVER] = {"name-server", "Names of this name server",
			       "The domain above names them, and resolvers ask there.",
			       "--publish builtin", true, false, SETUP_IN_ZONE, "name-servers",
			       "The parent zone has NS records with these names."},
	[SETUP_ADDRESS] = {"address", "Public addresses of this server",
			   "Resolvers and routers reach it there, by IPv4, IPv6 or both.",
			   "--publish builtin", true, false, SETUP_IN_ZONE, "name-server-addresses",
			   "Its name servers' addresses, which the parent zone has, too (glue)."},
	[SETUP_LAB] = {"lab", "Private addresses for hosts (yes or no)",
		       "In the public DNS a private address helps nobody; a lab or a home network "
		       "wants them.",
		       NULL, false, true, SETUP_IN_ZONE, "allow-special-addresses",
		       "A lab: hosts may have private addresses."},
	[SETUP_DNS_LISTEN] = {"dns-listen", "Addresses and ports of the name server",
			      "Everybody asks at port 53; with its addresses alone, a resolver on "
			      "this machine keeps its own.",
			      "--publish builtin", true, false, SETUP_IN_TOP, "dns-listen",
			      "Where the name server answers, by UDP and TCP."},
	[SETUP_SERVER] =
		{"server", "Name of this server for routers",
		 "Routers send updates there, and its certificate has this name, which lies "
		 "outside of the domain.",
		 NULL, false, false, SETUP_NOWHERE, NULL, NULL},
	[SETUP_CERTIFICATE] =
		{"certificate", "Certificate (certbot, lego, files or none)",
		 "certbot or lego gets one for nothing and renews it; files: you have "
		 "one; none: passwords cross the network readable.",
		 NULL, false, false, SETUP_NOWHERE, NULL, NULL},
	[SETUP_EMAIL] =
		{"email", "E-mail address, or none",
		 "The certificate's authority writes there when something is wrong with it; lego "
		 "needs one.",
		 "--certificate certbot or lego", false, false, SETUP_NOWHERE, NULL, NULL},
	[SETUP_CERTIFICATE_FILE] = {"certificate-file", "File with the certificate",
				    "PEM: the certificate first, then those that signed it.",
				    "--certificate files", false, false, SETUP_IN_TOP,
				    "certificate", "PEM files, read again when they change."},
	[SETUP_KEY_FILE] = {"key-file", "File with its private key",
			    "PEM; the user that mooringd runs as has to be able to read it.",
			    "--certificate files", false, false, SETUP_IN_TOP, "private-key", NULL},
	[SETUP_LISTEN] = {"listen", "Addresses and ports for updates",
			  "Routers expect 443, or 80 without TLS; [::] is every address, IPv4 too.",
			  NULL, true, false, SETUP_IN_TOP, "listen", "Where updates are taken."},
	[SETUP_STORE] = {"store", "Store of accounts (sqlite or dynamodb)",
			 "sqlite: a file on this machine; dynamodb: a table of Amazon's, which "
			 "several servers can share.",
			 NULL, false, false, SETUP_IN_STORE, "type", "Where accounts are kept."},
	[SETUP_STORE_PATH] = {"store-path", "File of the store",
			      "Its folder has to be writable for the user that mooringd runs as.",
			      "--store sqlite", false, false, SETUP_IN_STORE, "path", NULL},
	[SETUP_TABLE] = {"table", "Table", "Its key is the string \"user\".", "--store dynamodb",
			 false, false, SETUP_IN_STORE, "table", NULL},
	[SETUP_REGION] = {"region", "Region of the table, or auto",
			  "auto: as AWS_REGION, the profile or the instance says.",
			  "--store dynamodb", false, true, SETUP_IN_STORE, "region", NULL},
	[SETUP_USER] = {"user", "Login of a first account, or none",
			"A router needs one; \"mooringctl user add\" makes further ones.", NULL,
			false, true, SETUP_NOWHERE, NULL, NULL},
	[SETUP_HOST] = {"host", "Its host names", "The account may update these, and no others.",
			"--user", true, false, SETUP_NOWHERE, NULL, NULL},
};

const struct setup_row *setup_row(enum setup_question q)
{
	return &rows[q];
}

const char *setup_hint(enum setup_question q)
{
	if (q == SETUP_ADDRESS)
		return "This machine has no public one itself: the provider's console or the "
		       "router's status page shows it.";
	return NULL;
}

/* ---------------------------------------------------------------- what was answered */

bool setup_is(const struct setup_answers *a, enum setup_question q, const char *word)
{
	return strcmp(a->text[q], word) == 0;
}

bool setup_item(const struct setup_answers *a, enum setup_question q, size_t i,
		char out[SETUP_ANSWER_MAX])
{
	struct slice item, rest = slice_of(a->text[q]);
	size_t at;

	for (at = 0; rest.len > 0; at++) {
		slice_cut(rest, ',', &item, &rest);
		if (at == i)
			return str_copy(out, SETUP_ANSWER_MAX, item) == 0;
	}
	return false;
}

bool setup_name(const struct setup_answers *a, enum setup_question q, size_t i, struct fqdn *ret)
{
	char text[SETUP_ANSWER_MAX];

	return setup_item(a, q, i, text) && fqdn_parse(slice_of(text), ret) == 0;
}

bool setup_addr(const struct setup_answers *a, size_t i, struct addr *ret)
{
	char text[SETUP_ANSWER_MAX];

	return setup_item(a, SETUP_ADDRESS, i, text) && addr_parse(slice_of(text), ret) == 0;
}

bool setup_has_glue(const struct setup_answers *a)
{
	struct fqdn zone, name;
	size_t i;

	if (!setup_name(a, SETUP_DOMAIN, 0, &zone))
		return false;
	for (i = 0; setup_name(a, SETUP_NAME_SERVER, i, &name); i++)
		if (fqdn_is_within(&name, &zone))
			return true;
	return false;
}

bool setup_machine_has(const struct setup_machine *m, const struct addr *addr)
{
	size_t i;

	for (i = 0; i < m->n_addrs; i++)
		if (addr_equal(&m->addrs[i], addr))
			return true;
	return false;
}

static bool has_special_address(const struct setup_answers *a)
{
	struct addr addr;
	size_t i;

	for (i = 0; setup_addr(a, i, &addr); i++)
		if (addr_is_special(&addr))
			return true;
	return false;
}

static bool gets_certificate(const struct setup_answers *a)
{
	return setup_is(a, SETUP_CERTIFICATE, "certbot") || setup_is(a, SETUP_CERTIFICATE, "lego");
}

bool setup_applies(const struct setup_answers *a, enum setup_question q)
{
	switch (q) {
	case SETUP_HOSTED_ZONE:
		return setup_is(a, SETUP_PUBLISH, "route53");
	case SETUP_NAME_SERVER:
	case SETUP_ADDRESS:
	case SETUP_DNS_LISTEN:
		return setup_is(a, SETUP_PUBLISH, "builtin");
	case SETUP_EMAIL:
		return gets_certificate(a);
	case SETUP_CERTIFICATE_FILE:
	case SETUP_KEY_FILE:
		return setup_is(a, SETUP_CERTIFICATE, "files");
	case SETUP_STORE_PATH:
		return setup_is(a, SETUP_STORE, "sqlite");
	case SETUP_TABLE:
	case SETUP_REGION:
		return setup_is(a, SETUP_STORE, "dynamodb");
	case SETUP_HOST:
		return !setup_is(a, SETUP_USER, "none");
	default:
		return true;
	}
}

bool setup_is_worth_asking(const struct setup_answers *a, enum setup_question q)
{
	return q != SETUP_LAB || has_special_address(a);
}

/* ---------------------------------------------------------------- defaults */

static void add_preset(char out[SETUP_ANSWER_MAX], const char *item)
{
	size_t len = strlen(out);

	snprintf(out + len, SETUP_ANSWER_MAX - len, "%s%s", len > 0 ? "," : "", item);
}

/* The first public one of each family: a host has further ones of IPv6, which pass. */
static void preset_addresses(const struct setup_machine *m, char out[SETUP_ANSWER_MAX])
{
	char text[ADDR_TEXT_MAX];
	bool has[ADDR_V6 + 1] = {false};
	size_t i;

	for (i = 0; i < m->n_addrs; i++) {
		const struct addr *addr = &m->addrs[i];

		if (has[addr->family] || addr_is_special(addr))
			continue;
		has[addr->family] = true;
		add_preset(out, addr_format(addr, text));
	}
}

/* All of them, where the machine has them itself: behind NAT it cannot know. */
static void preset_dns_listen(const struct setup_answers *a, char out[SETUP_ANSWER_MAX])
{
	char text[ADDR_TEXT_MAX], at[ADDR_TEXT_MAX + 8];
	struct addr addr;
	size_t i;

	for (i = 0; setup_addr(a, i, &addr); i++) {
		if (!setup_machine_has(a->machine, &addr)) {
			snprintf(out, SETUP_ANSWER_MAX, "[::]:53");
			return;
		}
		snprintf(at, sizeof(at), addr.family == ADDR_V6 ? "[%s]:53" : "%s:53",
			 addr_format(&addr, text));
		add_preset(out, at);
	}
}

/* The machine's own name, or one beside the domain. */
static void preset_server(const struct setup_answers *a, char out[SETUP_ANSWER_MAX])
{
	const char *above = strchr(a->text[SETUP_DOMAIN], '.');
	struct fqdn zone, host;

	if (fqdn_parse(slice_of(a->machine->host), &host) == 0 &&
	    setup_name(a, SETUP_DOMAIN, 0, &zone) && !fqdn_is_within(&host, &zone))
		snprintf(out, SETUP_ANSWER_MAX, "%s", host.text);
	else if (above != NULL && strchr(above + 1, '.') != NULL)
		snprintf(out, SETUP_ANSWER_MAX, "ddns%s", above);
}

static void preset_below_domain(const struct setup_answers *a, const char *label,
				char out[SETUP_ANSWER_MAX])
{
	int n = snprintf(out, SETUP_ANSWER_MAX, "%s.%s", label, a->text[SETUP_DOMAIN]);

	if (n > FQDN_TEXT_MAX)
		out[0] = '\0';
}

static const char *fixed_preset(const struct setup_answers *a, enum setup_question q)
{
	switch (q) {
	case SETUP_PUBLISH:
		return "builtin";
	case SETUP_LAB:
		return "no";
	case SETUP_CERTIFICATE:
		return "certbot";
	case SETUP_CERTIFICATE_FILE:
		return "/etc/mooring/tls/fullchain.pem";
	case SETUP_KEY_FILE:
		return "/etc/mooring/tls/privkey.pem";
	case SETUP_LISTEN:
		return setup_is(a, SETUP_CERTIFICATE, "none") ? "[::]:80" : "[::]:443";
	case SETUP_STORE:
		return "sqlite";
	case SETUP_STORE_PATH:
		return "/var/lib/mooring/mooring.db";
	case SETUP_TABLE:
		return "ddns-serverless-app-db";
	case SETUP_REGION:
		return a->machine->region[0] != '\0' ? a->machine->region : "auto";
	case SETUP_USER:
		return "none";
	default:
		return "";
	}
}

void setup_preset(const struct setup_answers *a, enum setup_question q, char out[SETUP_ANSWER_MAX])
{
	out[0] = '\0';
	if (q == SETUP_NAME_SERVER)
		preset_below_domain(a, "ns1", out);
	else if (q == SETUP_ADDRESS)
		preset_addresses(a->machine, out);
	else if (q == SETUP_DNS_LISTEN)
		preset_dns_listen(a, out);
	else if (q == SETUP_SERVER)
		preset_server(a, out);
	else if (q == SETUP_HOST)
		preset_below_domain(a, "home", out);
	else
		snprintf(out, SETUP_ANSWER_MAX, "%s", fixed_preset(a, q));
}
