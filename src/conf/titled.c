/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/titled.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 64 }; /* of a refused name in an error text */

/* The sections of one kind whose names are texts, in the struct of each at its beginning. */
struct titled {
	const char *kind;
	char *first; /* the first struct, whatever its type */
	size_t size; /* of one */
	size_t *n;
	size_t max;
	struct conf_place *places;
};

_Static_assert(offsetof(struct conf_listener, name) == 0 &&
		       offsetof(struct conf_notify, name) == 0 &&
		       offsetof(struct conf_heartbeat, name) == 0,
	       "struct titled looks for names there");
_Static_assert((int)CONF_LISTENER_NAME_MAX == (int)CONF_NOTIFY_NAME_MAX, "one length is checked");

static struct titled titled_of(struct conf_loader *l, enum conf_section section)
{
	struct conf *c = l->conf;
	const char *kind = conf_keys(section)->section;

	if (section == CONF_IN_NOTIFY)
		return (struct titled){kind,	       c->notifies[0].name, sizeof(c->notifies[0]),
				       &c->n_notifies, CONF_NOTIFIES_MAX,   l->notifies};
	if (section == CONF_IN_HEARTBEAT)
		return (struct titled){kind,
				       c->heartbeats[0].name,
				       sizeof(c->heartbeats[0]),
				       &c->n_heartbeats,
				       CONF_HEARTBEATS_MAX,
				       l->heartbeats};
	return (struct titled){kind,
			       c->listeners[0].name,
			       sizeof(c->listeners[0]),
			       &c->n_listeners,
			       CONF_LISTENERS_MAX,
			       l->listeners};
}

bool conf_has_title(enum conf_section section)
{
	return section != CONF_IN_TOP && section != CONF_IN_STORE;
}

static struct conf_place *find_named(const struct titled *t, struct slice name)
{
	size_t i;

	for (i = 0; i < *t->n; i++)
		if (slice_eq(name, t->first + i * t->size))
			return &t->places[i];
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
	struct titled t;
	struct fqdn fqdn;

	if (section == CONF_IN_ZONE)
		return fqdn_parse(name, &fqdn) == 0 ? find_zone(l, &fqdn) : NULL;
	t = titled_of(l, section);
	return find_named(&t, name);
}

struct conf_place *conf_find_only(struct conf_loader *l, enum conf_section section)
{
	struct titled t;

	if (section == CONF_IN_ZONE)
		return l->conf->n_zones == 1 ? &l->zones[0] : NULL;
	t = titled_of(l, section);
	return *t.n == 1 ? &t.places[0] : NULL;
}

static bool is_section_name(struct slice name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t i;

	for (i = 0; i < name.len; i++)
		if (name.p[i] == '\0' || strchr(allowed, str_lower(name.p[i])) == NULL)
			return false;
	return name.len > 0 && name.len <= CONF_LISTENER_NAME_MAX;
}

static int add_named(struct conf_loader *l, enum conf_section section, struct slice name,
		     const struct conf_origin *origin, struct conf_place **ret)
{
	struct titled t = titled_of(l, section);
	char shown[SHOWN_MAX];

	str_printable(shown, sizeof(shown), name);
	if (!is_section_name(name))
		return conf_fail(l, origin,
				 "%s \"%s\": the name must be 1 to %d letters, digits, '.', '_' "
				 "or '-'",
				 t.kind, shown, CONF_LISTENER_NAME_MAX);
	/* One would be an option of mooringctl's, the other a hidden file. */
	if (name.p[0] == '-' || name.p[0] == '.')
		return conf_fail(l, origin, "%s \"%s\": the name must not begin with '%c'", t.kind,
				 shown, name.p[0]);
	if (find_named(&t, name) != NULL)
		return conf_fail(l, origin, "%s \"%s\" is there twice", t.kind, shown);
	if (*t.n == t.max)
		return conf_fail(l, origin, "there are more than %zu sections %s", t.max, t.kind);
	str_copy(t.first + *t.n * t.size, CONF_LISTENER_NAME_MAX + 1, name);
	*ret = t.places + (*t.n)++;
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
	int err = section == CONF_IN_ZONE ? add_zone(l, name, origin, &place)
					  : add_named(l, section, name, origin, &place);

	if (err != 0)
		return err;
	place->section = section;
	place->origin = *origin;
	*ret = place;
	return conf_set_defaults(l, place);
}
