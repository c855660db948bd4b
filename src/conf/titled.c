/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/titled.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 64 }; /* of a refused name in an error text */

bool conf_has_title(enum conf_section section)
{
	return section == CONF_IN_LISTENER || section == CONF_IN_ZONE;
}

static struct conf_place *find_listener(struct conf_loader *l, struct slice name)
{
	size_t i;

	for (i = 0; i < l->conf->n_listeners; i++)
		if (slice_eq(name, l->conf->listeners[i].name))
			return &l->listeners[i];
	return NULL;
}

static struct conf_place *find_zone(struct conf_loader *l, const struct fqdn *name)
{
	size_t i;

	for (i = 0; i < l->conf->n_zones; i++)
		if (fqdn_equal(&l->conf->zones[i].name, name))
			return &l->zones[i];
	return NULL;
}

struct conf_place *conf_find_titled(struct conf_loader *l, enum conf_section section,
				    struct slice name)
{
	struct fqdn fqdn;

	if (section == CONF_IN_LISTENER)
		return find_listener(l, name);
	return fqdn_parse(name, &fqdn) == 0 ? find_zone(l, &fqdn) : NULL;
}

struct conf_place *conf_find_only(struct conf_loader *l, enum conf_section section)
{
	if (section == CONF_IN_LISTENER)
		return l->conf->n_listeners == 1 ? &l->listeners[0] : NULL;
	return l->conf->n_zones == 1 ? &l->zones[0] : NULL;
}

static bool is_listener_name(struct slice name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t i;

	for (i = 0; i < name.len; i++)
		if (name.p[i] == '\0' || strchr(allowed, str_lower(name.p[i])) == NULL)
			return false;
	return name.len > 0 && name.len <= CONF_LISTENER_NAME_MAX;
}

static int add_listener(struct conf_loader *l, struct slice name, const struct conf_origin *origin,
			struct conf_place **ret)
{
	struct conf_listener *listener = &l->conf->listeners[l->conf->n_listeners];
	char shown[SHOWN_MAX];

	str_printable(shown, sizeof(shown), name);
	if (!is_listener_name(name))
		return conf_fail(l, origin,
				 "listen-at \"%s\": the name must be 1 to %d letters, digits, '.', "
				 "'_' or '-'",
				 shown, CONF_LISTENER_NAME_MAX);
	if (find_listener(l, name) != NULL)
		return conf_fail(l, origin, "listen-at \"%s\" is there twice", shown);
	if (l->conf->n_listeners == CONF_LISTENERS_MAX)
		return conf_fail(l, origin, "there are more than %d sections listen-at",
				 CONF_LISTENERS_MAX);
	str_copy(listener->name, sizeof(listener->name), name);
	*ret = &l->listeners[l->conf->n_listeners++];
	return 0;
}

/* Appends a zone that is all zero. */
static int grow_zones(struct conf *c)
{
	struct conf_zone *zones = realloc(c->zones, (c->n_zones + 1) * sizeof(*zones));

	if (zones == NULL)
		return ERR_NOMEM;
	c->zones = zones;
	memset(&zones[c->n_zones++], 0, sizeof(*zones));
	return 0;
}

static int parse_zone_name(struct conf_loader *l, const struct conf_origin *origin,
			   struct slice text, struct fqdn *ret)
{
	char shown[SHOWN_MAX];
	int err = fqdn_parse(text, ret);

	str_printable(shown, sizeof(shown), text);
	if (err == ERR_NOMEM)
		return err_set(l->ei, err, "%s", err_str(err));
	if (err != 0 || ret->text[0] == '*')
		return conf_fail(l, origin,
				 "zone \"%s\": the name must be a host name of two labels or more",
				 shown);
	if (find_zone(l, ret) != NULL)
		return conf_fail(l, origin, "zone \"%s\" is there twice", shown);
	return 0;
}

static int add_zone(struct conf_loader *l, struct slice name, const struct conf_origin *origin,
		    struct conf_place **ret)
{
	struct fqdn fqdn = {0};
	int err;

	if (l->conf->n_zones == CONF_ZONES_MAX)
		return conf_fail(l, origin, "there are more than %d zones", CONF_ZONES_MAX);
	err = parse_zone_name(l, origin, name, &fqdn);
	if (err != 0)
		return err;
	err = grow_zones(l->conf);
	if (err != 0)
		return err_set(l->ei, err, "%s", err_str(err));
	l->conf->zones[l->conf->n_zones - 1].name = fqdn;
	*ret = &l->zones[l->conf->n_zones - 1];
	return 0;
}

int conf_add_titled(struct conf_loader *l, enum conf_section section, struct slice name,
		    const struct conf_origin *origin, struct conf_place **ret)
{
	struct conf_place *place = NULL;
	int err = section == CONF_IN_LISTENER ? add_listener(l, name, origin, &place)
					      : add_zone(l, name, origin, &place);

	if (err != 0)
		return err;
	place->section = section;
	place->origin = *origin;
	*ret = place;
	return conf_set_defaults(l, place);
}
