/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/diff.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "conf/keys.h"
#include "conf/value.h"
#include "conf/value_print.h"

/* Pairs of the longest paths, with their escapes; 32 prefixes take less. */
enum { VALUE_BYTES_MAX = CONF_PAIRS_MAX * 4 * (CONF_PATH_MAX + 2) };

static bool same_value(const struct conf_key *key, const void *a, const void *b)
{
	struct buf x, y;
	bool same;

	buf_init(&x, VALUE_BYTES_MAX);
	buf_init(&y, VALUE_BYTES_MAX);
	conf_value_print(key, a, &x);
	conf_value_print(key, b, &y);
	same = buf_err(&x) == 0 && buf_err(&y) == 0 && strcmp(buf_str(&x), buf_str(&y)) == 0;
	buf_fini(&x);
	buf_fini(&y);
	return same;
}

static void separate(struct buf *out)
{
	if (out->len > 0)
		buf_adds(out, ", ");
}

static void diff_keys(enum conf_section section, const char *prefix, const void *a, const void *b,
		      struct buf *out)
{
	const struct conf_keys *keys = conf_keys(section);
	size_t i;

	for (i = 0; i < keys->n; i++) {
		if (same_value(&keys->at[i], a, b))
			continue;
		separate(out);
		buf_addf(out, "%s%s", prefix, keys->at[i].name);
	}
}

static const struct conf_zone *find_zone(const struct conf *c, const struct fqdn *name)
{
	size_t i;

	for (i = 0; i < c->n_zones; i++)
		if (fqdn_equal(&c->zones[i].name, name))
			return &c->zones[i];
	return NULL;
}

static void diff_zone(const struct conf_zone *a, const struct conf_zone *b, struct buf *out)
{
	char prefix[FQDN_TEXT_MAX + sizeof("zone  ")];

	snprintf(prefix, sizeof(prefix), "zone %s ", a->name.text);
	diff_keys(CONF_IN_ZONE, prefix, a, b, out);
}

/* Those of a that b lacks. */
static void add_missing_zones(const struct conf *a, const struct conf *b, struct buf *out)
{
	size_t i;

	for (i = 0; i < a->n_zones; i++) {
		if (find_zone(b, &a->zones[i].name) != NULL)
			continue;
		separate(out);
		buf_addf(out, "zone %s", a->zones[i].name.text);
	}
}

static const struct conf_listener *find_listener(const struct conf *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->n_listeners; i++)
		if (strcmp(c->listeners[i].name, name) == 0)
			return &c->listeners[i];
	return NULL;
}

static void diff_listener(const struct conf_listener *a, const struct conf_listener *b,
			  struct buf *out)
{
	char prefix[CONF_LISTENER_NAME_MAX + sizeof("listen-at  ")];

	snprintf(prefix, sizeof(prefix), "listen-at %s ", a->name);
	diff_keys(CONF_IN_LISTENER, prefix, a, b, out);
}

/* Those of a that b lacks. */
static void add_missing_listeners(const struct conf *a, const struct conf *b, struct buf *out)
{
	size_t i;

	for (i = 0; i < a->n_listeners; i++) {
		if (find_listener(b, a->listeners[i].name) != NULL)
			continue;
		separate(out);
		buf_addf(out, "listen-at %s", a->listeners[i].name);
	}
}

/* The order of the sections has no effect, so it is not compared. */
static void diff_listeners(const struct conf *a, const struct conf *b, struct buf *out)
{
	const struct conf_listener *other;
	size_t i;

	for (i = 0; i < a->n_listeners; i++) {
		other = find_listener(b, a->listeners[i].name);
		if (other != NULL)
			diff_listener(&a->listeners[i], other, out);
	}
	add_missing_listeners(a, b, out);
	add_missing_listeners(b, a, out);
}

void conf_diff(const struct conf *a, const struct conf *b, struct buf *out)
{
	const struct conf_zone *other;
	size_t i;

	diff_keys(CONF_IN_TOP, "", a, b, out);
	diff_keys(CONF_IN_STORE, "store ", a, b, out);
	diff_listeners(a, b, out);
	for (i = 0; i < a->n_zones; i++) {
		other = find_zone(b, &a->zones[i].name);
		if (other != NULL)
			diff_zone(&a->zones[i], other, out);
	}
	add_missing_zones(a, b, out);
	add_missing_zones(b, a, out);
	/* Host names without a dot are completed with the first zone. */
	if (out->len == 0 && !fqdn_equal(&a->zones[0].name, &b->zones[0].name))
		buf_adds(out, "the order of the zones");
}
