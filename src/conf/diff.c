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

/* The sections of one kind whose names are texts, in the struct of each at its beginning. */
struct named {
	const char *first;
	size_t size;
	size_t n;
};

static struct named named_of(const struct conf *c, enum conf_section section)
{
	if (section == CONF_IN_NOTIFY)
		return (struct named){c->notifies[0].name, sizeof(c->notifies[0]), c->n_notifies};
	if (section == CONF_IN_HEARTBEAT)
		return (struct named){c->heartbeats[0].name, sizeof(c->heartbeats[0]),
				      c->n_heartbeats};
	return (struct named){c->listeners[0].name, sizeof(c->listeners[0]), c->n_listeners};
}

static const char *find_named(const struct named *in, const char *name)
{
	size_t i;

	for (i = 0; i < in->n; i++)
		if (strcmp(in->first + i * in->size, name) == 0)
			return in->first + i * in->size;
	return NULL;
}

/* Those of a that b lacks. */
static void add_missing_named(const char *kind, const struct named *a, const struct named *b,
			      struct buf *out)
{
	size_t i;

	for (i = 0; i < a->n; i++) {
		if (find_named(b, a->first + i * a->size) != NULL)
			continue;
		separate(out);
		buf_addf(out, "%s %s", kind, a->first + i * a->size);
	}
}

/* The order of the sections has no effect, so it is not compared. */
static void diff_named(enum conf_section section, const struct conf *ca, const struct conf *cb,
		       struct buf *out)
{
	const struct named a = named_of(ca, section), b = named_of(cb, section);
	const char *kind = conf_keys(section)->section, *mine, *other;
	char prefix[CONF_LISTENER_NAME_MAX + sizeof("heartbeat  ")];
	size_t i;

	for (i = 0; i < a.n; i++) {
		mine = a.first + i * a.size;
		other = find_named(&b, mine);
		snprintf(prefix, sizeof(prefix), "%s %s ", kind, mine);
		if (other != NULL)
			diff_keys(section, prefix, mine, other, out);
	}
	add_missing_named(kind, &a, &b, out);
	add_missing_named(kind, &b, &a, out);
}

void conf_diff(const struct conf *a, const struct conf *b, struct buf *out)
{
	const struct conf_zone *other;
	size_t i;

	diff_keys(CONF_IN_TOP, "", a, b, out);
	diff_keys(CONF_IN_STORE, "store ", a, b, out);
	diff_named(CONF_IN_LISTENER, a, b, out);
	for (i = 0; i < a->n_zones; i++) {
		other = find_zone(b, &a->zones[i].name);
		if (other != NULL)
			diff_zone(&a->zones[i], other, out);
	}
	add_missing_zones(a, b, out);
	add_missing_zones(b, a, out);
	diff_named(CONF_IN_NOTIFY, a, b, out);
	diff_named(CONF_IN_HEARTBEAT, a, b, out);
	/* Host names without a dot are completed with the first zone. */
	if (out->len == 0 && !fqdn_equal(&a->zones[0].name, &b->zones[0].name))
		buf_adds(out, "the order of the zones");
}
