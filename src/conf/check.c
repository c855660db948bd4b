/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "conf/loader.h"
#include "conf/value.h"

/* A key that somebody set and nobody would read is a misunderstanding. */
static int check_uses(const struct conf_loader *l, const struct conf_place *place,
		      const struct conf_zone *z)
{
	const struct conf_keys *keys = conf_keys(place->section);
	size_t i;

	for (i = 0; i < keys->n; i++)
		if (conf_is_set(&place->keys[i]) && !conf_use_applies(keys->at[i].use, l->conf, z))
			return conf_fail_key(l, place, keys->at[i].name, "is only used with %s",
					     conf_use_text(keys->at[i].use));
	return 0;
}

static bool listens_on(const struct conf_listens *list, const struct conf_listen *what)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (conf_listen_equal(&list->at[i], what))
			return true;
	return false;
}

static int check_listens(const struct conf_loader *l)
{
	const struct conf *c = l->conf;
	size_t i;

	if (c->listen.n + c->listen_plain.n == 0)
		return conf_fail_key(l, &l->top, "listen",
				     "must hold an address when listen-plain holds none");
	for (i = 0; i < c->listen_plain.n; i++)
		if (listens_on(&c->listen, &c->listen_plain.at[i]))
			return conf_fail_key(l, &l->top, "listen-plain",
					     "\"%s\" is in listen already",
					     c->listen_plain.at[i].text);
	return 0;
}

/* Port 80 of the world is no place for metrics: an address is of one kind only. */
static int check_admin_listens(const struct conf_loader *l)
{
	const struct conf *c = l->conf;
	size_t i;

	for (i = 0; i < c->admin_listen.n; i++)
		if (listens_on(&c->listen, &c->admin_listen.at[i]) ||
		    listens_on(&c->listen_plain, &c->admin_listen.at[i]))
			return conf_fail_key(l, &l->top, "admin-listen",
					     "\"%s\" is in listen or listen-plain already",
					     c->admin_listen.at[i].text);
	return 0;
}

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

/* The name that a zone's one server has when nobody gave it another. */
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
	int r = check_uses(l, place, z);

	if (r != 0)
		return r;
	if (z->publisher == CONF_PUBLISHER_ROUTE53)
		return *z->hosted_zone_id != '\0'
			       ? 0
			       : conf_fail_key(l, place, "hosted-zone-id",
					       "is needed with publisher = route53");
	r = default_name_server(l, place, z);
	return r == 0 ? check_builtin(l, place, z) : r;
}

int conf_check(struct conf_loader *l)
{
	const struct conf_origin nowhere = {0};
	struct conf *c = l->conf;
	int r = check_uses(l, &l->store, NULL);
	size_t i;

	if (r == 0)
		r = check_listens(l);
	if (r == 0)
		r = check_admin_listens(l);
	if (r == 0 && c->n_zones == 0)
		r = conf_fail(l, &nowhere,
			      "there is no zone: add a zone section or set MOORING_ZONE");
	for (i = 0; r == 0 && i < c->n_zones; i++)
		r = check_zone(l, &l->zones[i], &c->zones[i]);
	return r;
}
