/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/loader.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "conf/value.h"
#include "conf/value_print.h"

enum { SHOWN_MAX = 64 }; /* of a refused value, or a name of a variable, in an error text */

static void *base_of(const struct conf_loader *l, const struct conf_place *place)
{
	if (place->section == CONF_IN_LISTENER)
		return &l->conf->listeners[place - l->listeners];
	if (place->section == CONF_IN_ZONE)
		return &l->conf->zones[place - l->zones];
	if (place->section == CONF_IN_NOTIFY)
		return &l->conf->notifies[place - l->notifies];
	if (place->section == CONF_IN_HEARTBEAT)
		return &l->conf->heartbeats[place - l->heartbeats];
	return l->conf;
}

bool conf_is_set(const struct conf_origin *origin)
{
	return origin->line > 0 || origin->variable.len > 0;
}

const struct conf_origin *conf_origin_of(const struct conf_place *place, const char *key)
{
	const struct conf_keys *keys = conf_keys(place->section);

	return &place->keys[conf_keys_find(place->section, key) - keys->at];
}

/* Adds "FILE:LINE: key: ", or the part of it that is known. */
static void add_prefix(const struct conf_loader *l, const struct conf_origin *origin,
		       const char *key, struct buf *out)
{
	char shown[SHOWN_MAX];

	if (origin->variable.len > 0) {
		buf_addf(out, "%s: ", str_printable(shown, sizeof(shown), origin->variable));
	} else if (l->path != NULL) {
		buf_adds(out, l->path);
		if (origin->line > 0)
			buf_addf(out, ":%u", origin->line);
		buf_adds(out, ": ");
	}
	if (key != NULL)
		buf_addf(out, "%s: ", key);
}

static int record(const struct conf_loader *l, struct buf *prefix, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static int record(const struct conf_loader *l, struct buf *prefix, const char *fmt, va_list ap)
{
	int err = buf_addv(prefix, fmt, ap);

	if (err == 0)
		err = err_set(l->ei, ERR_INVAL, "%s", buf_str(prefix));
	else
		err = err_set(l->ei, err, "%s", err_str(err));
	buf_fini(prefix);
	return err;
}

int conf_fail(const struct conf_loader *l, const struct conf_origin *origin, const char *fmt, ...)
{
	struct buf text;
	va_list ap;
	int err;

	buf_init(&text, CONF_PATH_MAX + ERR_TEXT_MAX);
	add_prefix(l, origin, NULL, &text);
	va_start(ap, fmt);
	err = record(l, &text, fmt, ap);
	va_end(ap);
	return err;
}

int conf_fail_key(const struct conf_loader *l, const struct conf_place *place, const char *key,
		  const char *fmt, ...)
{
	const struct conf_origin *origin = conf_origin_of(place, key);
	struct buf text;
	va_list ap;
	int err;

	buf_init(&text, CONF_PATH_MAX + ERR_TEXT_MAX);
	if (!conf_is_set(origin))
		add_prefix(l, &place->origin, key, &text);
	else
		add_prefix(l, origin, origin->line > 0 ? key : NULL, &text);
	va_start(ap, fmt);
	err = record(l, &text, fmt, ap);
	va_end(ap);
	return err;
}

/* Appends text to the warnings, which own it from now on. */
static int append_warning(struct conf *c, char *text)
{
	char **warnings = NULL;

	if (text != NULL)
		warnings = realloc(c->warnings, (c->n_warnings + 1) * sizeof(*warnings));
	if (warnings == NULL) {
		free(text);
		return ERR_NOMEM;
	}
	c->warnings = warnings;
	warnings[c->n_warnings++] = text;
	return 0;
}

static int warn(struct conf_loader *l, const struct conf_origin *origin, const char *key,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static int warn(struct conf_loader *l, const struct conf_origin *origin, const char *key,
		const char *fmt, ...)
{
	struct buf text;
	va_list ap;
	int err;

	buf_init(&text, CONF_PATH_MAX + ERR_TEXT_MAX);
	add_prefix(l, origin, origin->line > 0 ? key : NULL, &text);
	va_start(ap, fmt);
	err = buf_addv(&text, fmt, ap);
	va_end(ap);
	if (err == 0)
		err = append_warning(l->conf, strdup(buf_str(&text)));
	buf_fini(&text);
	return err == 0 ? 0 : err_set(l->ei, err, "%s", err_str(err));
}

int conf_warn_key(struct conf_loader *l, const struct conf_place *place, const char *key,
		  const char *sentence)
{
	return warn(l, conf_origin_of(place, key), key, "%s", sentence);
}

int conf_warn_removed(struct conf_loader *l, const struct conf_origin *origin,
		      const struct conf_removed_key *key)
{
	return warn(l, origin, key->name, "this key is gone, %u%s is used", key->now, key->of);
}

/* Whether a refused value may hold a password or a token, so that no error text shows it. */
static bool may_hold_secret(enum conf_type type)
{
	return type == CONF_TYPE_URL || type == CONF_TYPE_TARGET_URL ||
	       type == CONF_TYPE_HEARTBEAT_URL || type == CONF_TYPE_HEADERS ||
	       type == CONF_TYPE_TEXT || type == CONF_TYPE_COMMAND;
}

static int fail_value(const struct conf_loader *l, const struct conf_place *place,
		      const struct conf_key *key, struct slice text, int err)
{
	static const char removed[] = "memory";
	char shown[SHOWN_MAX];
	struct buf want;

	str_printable(shown, sizeof(shown), text);
	if (err == ERR_EXISTS)
		return conf_fail_key(l, place, key->name, "\"%s\" is in the list twice", shown);
	if (err == ERR_LIMIT)
		return conf_fail_key(l, place, key->name, "the list has more than %u items",
				     (unsigned)key->max);
	if (err != ERR_INVAL)
		return err_set(l->ei, err, "%s", err_str(err));
	if (key->type == CONF_TYPE_STORE && text.len == sizeof(removed) - 1 &&
	    memcmp(text.p, removed, text.len) == 0)
		return conf_fail_key(l, place, key->name,
				     "the store in memory is gone, no account could be made in it: "
				     "use sqlite or dynamodb");
	buf_init(&want, ERR_TEXT_MAX);
	conf_value_describe(key, &want);
	if (may_hold_secret(key->type))
		err = conf_fail_key(l, place, key->name, "must be %s", buf_str(&want));
	else
		err = conf_fail_key(l, place, key->name, "must be %s, not \"%s\"", buf_str(&want),
				    shown);
	buf_fini(&want);
	return err;
}

/* Notes where a key is set. The environment may set what the file has set; setting a key twice in
 * the same source is an error. */
static int note_origin(struct conf_loader *l, struct conf_place *place, const struct conf_key *key,
		       const struct conf_origin *origin)
{
	struct conf_origin *known = &place->keys[key - conf_keys(place->section)->at];

	if (origin->line > 0 && known->line > 0)
		return conf_fail(l, origin, "%s: is set twice", key->name);
	if (origin->variable.len > 0 && known->variable.len > 0)
		return conf_fail(l, origin, "is set twice");
	*known = *origin;
	return 0;
}

int conf_set(struct conf_loader *l, struct conf_place *place, const struct conf_key *key,
	     struct slice text, bool first, const struct conf_origin *origin)
{
	int err = first ? conf_set_empty(l, place, key, origin) : 0;

	if (err != 0)
		return err;
	err = conf_value_add(key, base_of(l, place), text);
	if (err == 0)
		return 0;
	/* The error names the line of the item, which may be below that of the first. */
	place->keys[key - conf_keys(place->section)->at] = *origin;
	return fail_value(l, place, key, text, err);
}

int conf_set_empty(struct conf_loader *l, struct conf_place *place, const struct conf_key *key,
		   const struct conf_origin *origin)
{
	int err = note_origin(l, place, key, origin);

	if (err == 0)
		conf_value_clear(key, base_of(l, place));
	return err;
}

int conf_set_text(struct conf_loader *l, struct conf_place *place, const struct conf_key *key,
		  struct slice text, const struct conf_origin *origin)
{
	struct slice item, rest = text;
	bool first = true, more = true;
	int err = 0;

	if (!conf_key_is_list(key))
		return conf_set(l, place, key, text, true, origin);
	if (slice_trim(text, " ").len == 0)
		return conf_set_empty(l, place, key, origin);
	while (err == 0 && more) {
		more = slice_cut(rest, ',', &item, &rest);
		err = conf_set(l, place, key, slice_trim(item, " "), first, origin);
		first = false;
	}
	return err;
}

int conf_set_defaults(struct conf_loader *l, struct conf_place *place)
{
	const struct conf_keys *keys = conf_keys(place->section);
	const struct conf_origin none = {0};
	size_t i;
	int err = 0;

	for (i = 0; err == 0 && i < keys->n; i++)
		err = conf_set_text(l, place, &keys->at[i], slice_of(keys->at[i].preset), &none);
	return err;
}
