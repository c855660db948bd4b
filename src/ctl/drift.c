/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/drift.h"

#include <stdlib.h>
#include <string.h>

#include "aws/endpoint.h"
#include "conf/conf.h"
#include "ctl/policy.h"
#include "ctl/zone_read.h"

enum { FIRST_CAP = 64 };

const char *drift_kind_name(enum drift_kind kind)
{
	static const char *const names[DRIFT_KINDS] = {
		[DRIFT_NONE] = "none",		 [DRIFT_MISSING] = "missing",
		[DRIFT_DIFFERENT] = "different", [DRIFT_FOREIGN] = "foreign",
		[DRIFT_WAITING] = "waiting",
	};

	return names[kind];
}

void drift_fini(struct drift *d)
{
	free(d->sets);
	memset(d, 0, sizeof(*d));
}

static int reserve(struct drift *d, size_t n)
{
	size_t cap = d->cap > 0 ? d->cap : FIRST_CAP;
	struct drift_set *sets;

	while (cap < d->n + n)
		cap *= 2;
	if (cap == d->cap)
		return 0;
	sets = reallocarray(d->sets, cap, sizeof(*sets));
	if (sets == NULL)
		return ERR_NOMEM;
	d->sets = sets;
	d->cap = cap;
	return 0;
}

struct taking {
	struct drift *d;
	const struct session *s;
	int err;
};

static int add_host(struct taking *t, const struct account *a, const struct account_host *h)
{
	const struct backend_zone *zone = session_zone(t->s, &h->name);
	struct drift_set set = {
		.zone = zone, .name = h->name, .is_owed = h->state.pub < h->state.seq};

	if (zone == NULL || zone->route53 == NULL)
		return 0;
	if (reserve(t->d, 2) != 0)
		return ERR_NOMEM;
	set.want_ttl = a->ttl != 0 ? a->ttl : zone->conf->ttl;
	set.type = "A";
	set.want = h->state.want.v4;
	t->d->sets[t->d->n++] = set;
	set.type = "AAAA";
	set.want = h->state.want.v6;
	t->d->sets[t->d->n++] = set;
	return 0;
}

/* Accounts that are disabled, too: their records stay. */
static void take_account(void *arg, const struct account *a)
{
	struct taking *t = arg;
	size_t i;

	for (i = 0; t->err == 0 && i < a->n_hosts; i++)
		t->err = add_host(t, a, &a->hosts[i]);
}

static int compare_sets(const void *a, const void *b)
{
	const struct drift_set *x = a, *y = b;
	int r = strcmp(x->name.text, y->name.text);

	return r != 0 ? r : strcmp(x->type, y->type);
}

int drift_take_store(struct drift *d, struct session *s, struct errinfo *ei)
{
	struct taking t = {.d = d, .s = s};
	int err = session_list(s, take_account, &t, ei);

	if (err == 0 && t.err != 0)
		err = err_set(ei, t.err, "out of memory");
	if (err == 0 && d->n > 0)
		qsort(d->sets, d->n, sizeof(*d->sets), compare_sets);
	return err;
}

/* The first one of that name and type, or where it would stand. */
static size_t find_first(const struct drift *d, const struct drift_set *key)
{
	size_t low = 0, high = d->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_sets(&d->sets[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Compared parsed: Route 53 keeps the first spelling that an address was ever given in. */
static void take_found(struct drift_set *to, const struct aws_route53_set *from)
{
	struct addr found;

	to->found_ttl = from->ttl;
	if (from->is_alias)
		to->foreign = "an alias";
	else if (from->is_routed)
		to->foreign = "a routing policy";
	else if (from->n_values != 1)
		to->foreign = "several values";
	else if (addr_parse(slice_of(from->values), &found) != 0)
		to->foreign = "no address";
	else
		to->found = found;
}

struct zone_taking {
	struct drift *d;
	const struct backend_zone *zone;
};

static void take_set(void *arg, const struct aws_route53_set *set)
{
	struct zone_taking *t = arg;
	struct drift_set key = {.type = set->type};
	size_t i;

	if (strcmp(set->type, "A") != 0 && strcmp(set->type, "AAAA") != 0)
		return;
	if (fqdn_parse(slice_of(set->name), &key.name) != 0)
		return; /* no host has such a name */
	for (i = find_first(t->d, &key); i < t->d->n; i++) {
		if (compare_sets(&t->d->sets[i], &key) != 0)
			return;
		if (t->d->sets[i].zone == t->zone)
			take_found(&t->d->sets[i], set);
	}
}

static enum drift_kind judge(const struct drift_set *s)
{
	if (s->foreign != NULL)
		return DRIFT_FOREIGN;
	if (!addr_is_set(&s->want))
		return DRIFT_NONE; /* what was there before the first update, perhaps */
	if (s->is_owed)
		return DRIFT_WAITING;
	if (!addr_is_set(&s->found))
		return DRIFT_MISSING;
	return addr_equal(&s->want, &s->found) && s->want_ttl == s->found_ttl ? DRIFT_NONE
									      : DRIFT_DIFFERENT;
}

static int explain(const struct backend_zone *zone, int err, const struct errinfo *why,
		   struct errinfo *ei)
{
	char arn[POLICY_ARN_SIZE];

	if (err != ERR_DENIED)
		return err_set(ei, err, "zone %s: %s", zone->conf->name.text, why->text);
	policy_zone_arn(arn, aws_partition_name(slice_of(aws_route53_region(zone->route53))),
			zone->conf->hosted_zone_id);
	return err_set(ei, err,
		       "zone %.80s may not be listed; the policy lacks {\"Effect\":\"Allow\","
		       "\"Action\":\"route53:ListResourceRecordSets\",\"Resource\":\"%.90s\"}",
		       zone->conf->name.text, arn);
}

int drift_take_zone(struct drift *d, struct session *s, const struct backend_zone *zone,
		    struct errinfo *ei)
{
	struct zone_taking t = {.d = d, .zone = zone};
	struct errinfo why = ERRINFO_INIT;
	int err = zone_read_all(s, zone, take_set, &t, NULL, &why);
	size_t i;

	if (err != 0)
		return explain(zone, err, &why, ei);
	for (i = 0; i < d->n; i++)
		if (d->sets[i].zone == zone)
			d->sets[i].kind = judge(&d->sets[i]);
	return 0;
}
