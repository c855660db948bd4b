/* SPDX-License-Identifier: BSD-2-Clause
 * The environment: MOORING_<KEY>, MOORING_STORE_<KEY>, MOORING_ZONE and MOORING_ZONE_<KEY>. */
#include "conf/variables.h"

#include <string.h>

#include "conf/loader.h"

struct variable {
	struct slice name;
	struct slice value;
};

static bool has_prefix(struct slice s, const char *prefix)
{
	size_t len = strlen(prefix);

	return s.len >= len && memcmp(s.p, prefix, len) == 0;
}

/* False for what is not ours: other programs' variables, and those that name this file or serve
 * tests. */
static bool variable_split(const char *entry, struct variable *ret)
{
	return slice_cut(slice_of(entry), '=', &ret->name, &ret->value) &&
	       has_prefix(ret->name, "MOORING_") && !slice_eq(ret->name, "MOORING_CONFIG") &&
	       !has_prefix(ret->name, "MOORING_TEST_");
}

static char to_variable(char c)
{
	return c == '-' ? '_' : c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Whether name is "MOORING_" or "MOORING_<SECTION>_" and the key, as variables are spelt. */
static bool names_key(struct slice name, const char *section, const char *key)
{
	const char *parts[] = {"MOORING_", section, *section != '\0' ? "_" : "", key};
	size_t i, used = 0;
	const char *p;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		for (p = parts[i]; *p != '\0'; p++)
			if (used == name.len || name.p[used++] != to_variable(*p))
				return false;
	return used == name.len;
}

static const struct conf_key *find_key(struct slice name, enum conf_section *ret_section)
{
	enum conf_section section;
	size_t i;

	for (section = CONF_IN_TOP; section < CONF_SECTIONS; section++) {
		const struct conf_keys *keys = conf_keys(section);

		for (i = 0; i < keys->n; i++) {
			if (!names_key(name, keys->section, keys->at[i].name))
				continue;
			*ret_section = section;
			return &keys->at[i];
		}
	}
	return NULL;
}

static const struct conf_removed_key *find_removed_key(struct slice name)
{
	size_t i, n;
	const struct conf_removed_key *removed = conf_removed_keys(&n);

	for (i = 0; i < n; i++)
		if (names_key(name, "", removed[i].name))
			return &removed[i];
	return NULL;
}

static struct conf_place *find_zone(struct conf_loader *l, struct slice name)
{
	struct fqdn fqdn;
	size_t i;

	if (fqdn_parse(name, &fqdn) != 0)
		return NULL;
	for (i = 0; i < l->conf->n_zones; i++)
		if (fqdn_equal(&l->conf->zones[i].name, &fqdn))
			return &l->zones[i];
	return NULL;
}

/* The zone that MOORING_ZONE names, the file's or a new one; without it the file's only zone; else
 * NULL. */
static int choose_zone(struct conf_loader *l, const char *const *environ_list,
		       struct conf_place **ret)
{
	struct conf_place *place = NULL;
	struct conf_origin origin = {0};
	struct variable v;
	int err = 0;

	for (; err == 0 && *environ_list != NULL; environ_list++) {
		if (!variable_split(*environ_list, &v) || !slice_eq(v.name, "MOORING_ZONE"))
			continue;
		if (origin.variable.len > 0)
			return conf_fail(l, &origin, "is set twice");
		origin.variable = v.name;
		place = find_zone(l, v.value);
		if (place == NULL)
			err = conf_add_zone(l, v.value, &origin, &place);
	}
	if (err == 0 && place == NULL && l->conf->n_zones == 1)
		place = &l->zones[0];
	*ret = place;
	return err;
}

static int set_variable(struct conf_loader *l, const struct variable *v, struct conf_place *zone)
{
	const struct conf_origin origin = {.variable = v->name};
	enum conf_section section;
	const struct conf_key *key = find_key(v->name, &section);
	const struct conf_removed_key *removed = key == NULL ? find_removed_key(v->name) : NULL;
	struct conf_place *place;

	if (removed != NULL)
		return conf_warn_removed(l, &origin, removed);
	if (key == NULL)
		return conf_fail(l, &origin, "there is no such setting");
	place = section == CONF_IN_TOP ? &l->top : section == CONF_IN_STORE ? &l->store : zone;
	if (place == NULL)
		return conf_fail(l, &origin, "MOORING_ZONE must say which zone is meant");
	return conf_set_text(l, place, key, v->value, &origin);
}

int conf_read_environment(struct conf_loader *l, const char *const *environ_list)
{
	struct conf_place *zone = NULL;
	struct variable v;
	int err = choose_zone(l, environ_list, &zone);

	for (; err == 0 && *environ_list != NULL; environ_list++)
		if (variable_split(*environ_list, &v) && !slice_eq(v.name, "MOORING_ZONE"))
			err = set_variable(l, &v, zone);
	return err;
}

static void variables_parse_word(const struct conf_key *key, struct slice word, unsigned *value)
{
	unsigned i;

	for (i = 0; conf_key_word(key, i) != NULL; i++)
		if (slice_eq(word, conf_key_word(key, i)))
			*value = i;
}

void conf_read_log_environment(const char *const *environ_list, enum conf_log_format *format,
			       enum conf_log_level *level)
{
	unsigned format_value = *format, level_value = *level;
	enum conf_section section;
	const struct conf_key *key;
	struct variable v;

	for (; *environ_list != NULL; environ_list++) {
		key = variable_split(*environ_list, &v) ? find_key(v.name, &section) : NULL;
		if (key != NULL && key->type == CONF_TYPE_LOG_FORMAT)
			variables_parse_word(key, v.value, &format_value);
		else if (key != NULL && key->type == CONF_TYPE_LOG_LEVEL)
			variables_parse_word(key, v.value, &level_value);
	}
	*format = (enum conf_log_format)format_value;
	*level = (enum conf_log_level)level_value;
}
