/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/check.h"

#include <string.h>

#include "conf/listens.h"
#include "conf/loader.h"
#include "conf/notify_check.h"
#include "conf/uses.h"
#include "conf/value.h"

static bool any_name_within(const struct conf_zone *z)
{
	size_t i;

	for (i = 0; i < z->n_name_servers; i++)
		if (fqdn_is_within(&z->name_servers[i], &z->name))
			return true;
	return false;
}

static int check_builtin(const struct conf_loader *l, const struct conf_place *place,
			 const struct conf_zone *z)
{
	if (l->conf->dns_listen.n == 0)
		return conf_fail_key(l, &l->top, "dns-listen",
				     "must hold an address: zone \"%s\" is published here",
				     z->name.text);
	if (z->n_name_server_addresses > 0 && !any_name_within(z))
		return conf_fail_key(l, place, "name-server-addresses",
				     "is only used for name servers that lie in the zone");
	return 0;
}

/* A zone without name-servers has one, called ns1 in the zone. */
static int default_name_server(const struct conf_loader *l, const struct conf_place *place,
			       struct conf_zone *z)
{
	static const char label[] = "ns1.";
	struct fqdn *name = &z->name_servers[0];

	if (z->n_name_servers > 0)
		return 0;
	if (sizeof(label) - 1 + z->name.len > FQDN_TEXT_MAX)
		return conf_fail_key(l, place, "name-servers",
				     "must be set: the zone's name is too long for ns1 in it");
	memcpy(name->text, label, sizeof(label) - 1);
	memcpy(name->text + sizeof(label) - 1, z->name.text, (size_t)z->name.len + 1);
	name->len = (uint8_t)(sizeof(label) - 1 + z->name.len);
	z->n_name_servers = 1;
	return 0;
}

static int check_zone(const struct conf_loader *l, const struct conf_place *place,
		      struct conf_zone *z)
{
	int err = conf_check_uses(l, place, z);

	if (err != 0)
		return err;
	if (z->publisher == CONF_PUBLISHER_ROUTE53)
		return *z->hosted_zone_id != '\0'
			       ? 0
			       : conf_fail_key(l, place, "hosted-zone-id",
					       "is needed with publisher = route53");
	err = default_name_server(l, place, z);
	return err == 0 ? check_builtin(l, place, z) : err;
}

static bool is_name_server(const struct conf_zone *z, const struct fqdn *name)
{
	size_t i;

	for (i = 0; i < z->n_name_servers; i++)
		if (fqdn_equal(&z->name_servers[i], name))
			return true;
	return false;
}

/* A name server whose name lies in a builtin zone needs its address in the configuration: only this
 * daemon can answer for it, and without an answer no resolver reaches the zone. */
static int check_name_servers(const struct conf_loader *l, const struct conf_place *place,
			      const struct conf_zone *z)
{
	const struct conf_zone *home;
	size_t i;

	for (i = 0; i < z->n_name_servers; i++) {
		home = conf_find_zone(l->conf, &z->name_servers[i]);
		if (home == NULL || home->publisher != CONF_PUBLISHER_BUILTIN)
			continue;
		if (home == z && z->n_name_server_addresses == 0)
			return conf_fail_key(l, place, "name-server-addresses",
					     "must hold the address of %s, which lies in the zone",
					     z->name_servers[i].text);
		if (home != z && !is_name_server(home, &z->name_servers[i]))
			return conf_fail_key(l, place, "name-servers",
					     "%s lies in zone \"%s\", which does not have it "
					     "among its own",
					     z->name_servers[i].text, home->name.text);
	}
	return 0;
}

/* Of an option that has no effect. It would allow more than is allowed without it, so ignoring it
 * is safe, and a warning is enough. */
static int warn_of_listener(struct conf_loader *l, const struct conf_place *place,
			    const struct conf_listener *listener)
{
	if (listener->tls == CONF_TLS_NO &&
	    listener->query_credentials == CONF_QUERY_CREDENTIALS_TLS)
		return conf_warn_key(l, place, "query-credentials",
				     "tls has no effect without TLS: no login is taken there");
	return 0;
}

static int check_listener(struct conf_loader *l, const struct conf_place *place,
			  const struct conf_listener *listener)
{
	int err = conf_check_uses(l, place, listener);

	if (err == 0 && listener->address.n == 0)
		err = conf_fail_key(l, place, "address", "must hold an address");
	if (err == 0 && listener->proxy_protocol && l->conf->trusted_proxies.n == 0)
		err = conf_fail_key(l, place, "proxy-protocol",
				    "needs trusted-proxies: only they may say who a client is");
	return err == 0 ? warn_of_listener(l, place, listener) : err;
}

static bool has_plain(const struct conf *c)
{
	size_t i;

	for (i = 0; i < c->n_fronts; i++)
		if (!c->fronts[i].is_tls)
			return true;
	return c->acme_listen.n > 0;
}

/* Authorities ask for challenges by plain HTTP. */
static int check_acme(struct conf_loader *l)
{
	const struct conf *c = l->conf;

	if (c->acme_listen.n > 0 && *c->acme_webroot == '\0')
		return conf_fail_key(l, &l->top, "acme-listen", "needs acme-webroot");
	if (*c->acme_webroot != '\0' && !has_plain(c))
		return conf_warn_key(l, &l->top, "acme-webroot",
				     "has no effect without acme-listen or listen-plain");
	return 0;
}

int conf_check(struct conf_loader *l)
{
	const struct conf_origin nowhere = {0};
	struct conf *c = l->conf;
	int err = conf_check_uses(l, &l->store, l->conf);
	size_t i;

	for (i = 0; err == 0 && i < c->n_listeners; i++)
		err = check_listener(l, &l->listeners[i], &c->listeners[i]);
	if (err == 0)
		err = conf_check_listens(l);
	if (err == 0)
		err = check_acme(l);
	if (err == 0 && c->account_cache_age_s > 0 && c->account_cache == 0)
		err = conf_fail_key(l, &l->top, "account-cache-age",
				    "needs accounts in memory, and account-cache is 0");
	if (err == 0 && c->pseudonyms != CONF_PSEUDONYMS_NONE && *c->pseudonym_key_file == '\0')
		err = conf_fail_key(l, &l->top, "pseudonyms", "needs pseudonym-key-file");
	if (err == 0 && c->n_zones == 0)
		err = conf_fail(l, &nowhere,
				"there is no zone: add a zone section or set MOORING_ZONE");
	for (i = 0; err == 0 && i < c->n_zones; i++)
		err = check_zone(l, &l->zones[i], &c->zones[i]);
	for (i = 0; err == 0 && i < c->n_zones; i++)
		err = check_name_servers(l, &l->zones[i], &c->zones[i]);
	return err == 0 ? conf_check_notify(l) : err;
}
