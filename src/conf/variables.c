/* SPDX-License-Identifier: BSD-2-Clause
 * The environment: MOORING_<KEY>, MOORING_STORE_<KEY>, MOORING_ZONE and MOORING_ZONE_<KEY>, and so
 * on for MOORING_LISTEN_AT, MOORING_NOTIFY and MOORING_HEARTBEAT. */
#include "conf/variables.h"

#include <string.h>

#include "conf/loader.h"
#include "conf/titled.h"

struct variable {
	struct slice name;
	struct slice value;
};

static bool has_prefix(struct slice s, const char *prefix)
{
	size_t len = strlen(prefix);

	return s.len >= len && memcmp(s.p, prefix, len) == 0;
}

/* Splits "NAME=value". False for a variable that is no setting: one of another program,
 * MOORING_CONFIG, and MOORING_TEST_*, which the tests use. */
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

/* Whether name is the variable that names a section, "MOORING_ZONE" or "MOORING_LISTEN_AT". */
static bool names_section(struct slice name, enum conf_section section)
{
	return conf_has_title(section) && names_key(name, "", conf_keys(section)->section);
}

static bool names_any_section(struct slice name)
{
	enum conf_section section;

	for (section = CONF_IN_TOP; section < CONF_SECTIONS; section++)
		if (names_section(name, section))
			return true;
	return false;
}

/* Chooses the section that the other variables of its kind are for: the one that its variable
 * names, which is added when the file has none of that name. Without the variable it is the only
 * one of the file, or NULL when there is none or several. */
static int choose_section(struct conf_loader *l, const char *const *environ_list,
			  enum conf_section section, struct conf_place **ret)
{
	struct conf_place *place = NULL;
	struct conf_origin origin = {0};
	struct variable v;
	int err = 0;

	for (; err == 0 && *environ_list != NULL; environ_list++) {
		if (!variable_split(*environ_list, &v) || !names_section(v.name, section))
			continue;
		if (origin.variable.len > 0)
			return conf_fail(l, &origin, "is set twice");
		origin.variable = v.name;
		place = conf_find_titled(l, section, v.value);
		if (place == NULL)
			err = conf_add_titled(l, section, v.value, &origin, &place);
	}
	*ret = place != NULL ? place : conf_find_only(l, section);
	return err;
}

static int fail_choice(const struct conf_loader *l, const struct conf_origin *origin,
		       enum conf_section section)
{
	static const char *const sentence[CONF_SECTIONS] = {
		[CONF_IN_LISTENER] = "MOORING_LISTEN_AT must say which listener is meant",
		[CONF_IN_ZONE] = "MOORING_ZONE must say which zone is meant",
		[CONF_IN_NOTIFY] = "MOORING_NOTIFY must say which section notify is meant",
		[CONF_IN_HEARTBEAT] = "MOORING_HEARTBEAT must say which section heartbeat is meant",
	};

	return conf_fail(l, origin, "%s", sentence[section]);
}

static int set_variable(struct conf_loader *l, const struct variable *v,
			struct conf_place *const *places)
{
	const struct conf_origin origin = {.variable = v->name};
	enum conf_section section;
	const struct conf_key *key = find_key(v->name, &section);
	const struct conf_removed_key *removed = key == NULL ? find_removed_key(v->name) : NULL;

	if (removed != NULL)
		return conf_warn_removed(l, &origin, removed);
	if (key == NULL)
		return conf_fail(l, &origin, "there is no such setting");
	if (places[section] != NULL)
		return conf_set_text(l, places[section], key, v->value, &origin);
	return fail_choice(l, &origin, section);
}

int conf_read_environment(struct conf_loader *l, const char *const *environ_list)
{
	struct conf_place *places[CONF_SECTIONS] = {
		[CONF_IN_TOP] = &l->top, [CONF_IN_STORE] = &l->store};
	enum conf_section section;
	struct variable v;
	int err = 0;

	for (section = CONF_IN_TOP; err == 0 && section < CONF_SECTIONS; section++)
		if (conf_has_title(section))
			err = choose_section(l, environ_list, section, &places[section]);
	for (; err == 0 && *environ_list != NULL; environ_list++)
		if (variable_split(*environ_list, &v) && !names_any_section(v.name))
			err = set_variable(l, &v, places);
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
