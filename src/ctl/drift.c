/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/drift.h"

#include <stdlib.h>
#include <string.h>

#include "aws/route53_list.h"
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

static int drift_reserve(struct drift *d, size_t n)
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

static uint32_t ttl_of(const struct account *a, const struct backend_zone *zone)
{
	return a->ttl != 0 ? a->ttl : zone->conf->ttl;
}

void drift_want(struct drift_set *set, const struct account *a)
{
	const struct account_host *h = a != NULL ? account_find_host(a, &set->name) : NULL;

	set->state = h != NULL ? h->state : (struct host_state){.seq = 0};
	set->want = strcmp(set->type, "A") == 0 ? set->state.want.v4 : set->state.want.v6;
	set->want_ttl = a != NULL ? ttl_of(a, set->zone) : 0;
}

struct taking {
	struct drift *d;
	const struct session *s;
	int err;
};

static int drift_add_host(struct taking *t, const struct account *a, const struct account_host *h)
{
	const struct backend_zone *zone = session_zone(t->s, &h->name);
	static const char *const types[] = {"A", "AAAA"};
	size_t i;

	if (zone == NULL || zone->route53 == NULL)
		return 0;
	if (drift_reserve(t->d, 2) != 0)
		return ERR_NOMEM;
	for (i = 0; i < 2; i++) {
		struct drift_set *set = &t->d->sets[t->d->n++];

		*set = (struct drift_set){.zone = zone, .name = h->name, .type = types[i]};
		str_copy(set->user, sizeof(set->user), slice_of(a->user));
		drift_want(set, a);
	}
	return 0;
}

/* Includes disabled accounts, whose records stay in the zone. */
static void take_account(void *arg, const struct account *a)
{
	struct taking *t = arg;
	size_t i;

	for (i = 0; t->err == 0 && i < a->n_hosts; i++)
		t->err = drift_add_host(t, a, &a->hosts[i]);
}

static int compare_sets(const void *a, const void *b)
{
	const struct drift_set *x = a, *y = b;
	int order = strcmp(x->name.text, y->name.text);

	return order != 0 ? order : strcmp(x->type, y->type);
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

/* The index of the first set of that name and type, or the index where it would be inserted. */
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

void drift_found(struct drift_set *set, const struct aws_route53_set *from)
{
	struct addr found;

	set->is_cname = strcmp(from->type, "CNAME") == 0;
	set->found_ttl = set->is_cname ? 0 : from->ttl;
	if (set->is_cname)
		set->foreign = "a CNAME";
	else if (from->is_alias)
		set->foreign = "an alias";
	else if (from->is_routed)
		set->foreign = "a routing policy";
	else if (from->n_values != 1)
		set->foreign = "several values";
	else if (addr_parse(slice_of(from->values), &found) != 0)
		set->foreign = "no address";
	else
		set->found = found;
}

static void forget_found(struct drift_set *set)
{
	set->found = (struct addr){.family = ADDR_NONE};
	set->found_ttl = 0;
	set->foreign = NULL;
	set->is_cname = false;
}

struct zone_taking {
	struct drift *d;
	const struct session *s;
	const struct backend_zone *zone;
	int err;
};

/* Returns whether a host has the name. */
static bool take_typed(struct zone_taking *t, const struct fqdn *name, const char *type,
		       const struct aws_route53_set *set)
{
	struct drift_set key = {.name = *name, .type = type};
	bool has_host = false;
	size_t i;

	for (i = find_first(t->d, &key); i < t->d->n; i++) {
		if (compare_sets(&t->d->sets[i], &key) != 0)
			break;
		if (t->d->sets[i].zone == t->zone)
			drift_found(&t->d->sets[i], set);
		has_host = true;
	}
	return has_host;
}

static void take_set(void *arg, const struct aws_route53_set *set)
{
	struct zone_taking *t = arg;
	struct fqdn name;

	if (fqdn_parse(slice_of(set->name), &name) != 0)
		return; /* no host has such a name */
	if (strcmp(set->type, "CNAME") == 0) {
		take_typed(t, &name, "A", set);
		take_typed(t, &name, "AAAA", set);
		return;
	}
	if (strcmp(set->type, "A") != 0 && strcmp(set->type, "AAAA") != 0)
		return;
	if (!take_typed(t, &name, set->type, set) && t->d->nobody != NULL && t->err == 0)
		t->err = nobody_take(t->d->nobody, t->s, t->zone, set);
}

enum drift_kind drift_judge(const struct drift_set *s)
{
	/* A CNAME is told once, where a host has no address yet. */
	if (!addr_is_set(&s->want))
		return s->foreign != NULL && (!s->is_cname || strcmp(s->type, "A") == 0)
			       ? DRIFT_FOREIGN
			       : DRIFT_NONE;
	if (s->foreign != NULL)
		return DRIFT_FOREIGN;
	if (s->state.pub < s->state.seq || s->is_overtaken)
		return DRIFT_WAITING;
	if (!addr_is_set(&s->found))
		return DRIFT_MISSING;
	return addr_equal(&s->want, &s->found) && s->want_ttl == s->found_ttl ? DRIFT_NONE
									      : DRIFT_DIFFERENT;
}

/* Whether b is rather the one that the zone should show: who is not over was asked for something
 * last (store/store.h). Where that tells nothing, it is the one whose address the zone has, or else
 * the one that published last. */
static bool drift_is_better(const struct drift_set *a, const struct drift_set *b)
{
	const bool a_is_over = host_state_is_over(&a->state);

	if (!addr_is_set(&a->want) || !addr_is_set(&b->want))
		return addr_is_set(&b->want);
	if (a_is_over != host_state_is_over(&b->state))
		return a_is_over;
	if (a->kind == DRIFT_NONE)
		return false;
	return b->kind == DRIFT_NONE || b->state.time_s > a->state.time_s;
}

void drift_choose(struct drift_set *sets, size_t n)
{
	size_t i, best = 0;

	for (i = 1; i < n; i++)
		if (drift_is_better(&sets[best], &sets[i]))
			best = i;
	for (i = 0; i < n; i++)
		if (i != best) {
			sets[i].want = (struct addr){.family = ADDR_NONE};
			sets[i].kind = DRIFT_NONE;
		}
}

static int drift_explain(const struct backend_zone *zone, int err, const struct errinfo *why,
			 struct errinfo *ei)
{
	char arn[POLICY_ARN_SIZE];

	if (err != ERR_DENIED)
		return err_set(ei, err, "zone %s: %s", zone->conf->name.text, why->text);
	policy_zone_arn(arn, zone->hosted->partition(zone->route53), zone->conf->hosted_zone_id);
	return err_set(ei, err,
		       "zone %.80s may not be listed; the policy lacks {\"Effect\":\"Allow\","
		       "\"Action\":\"route53:ListResourceRecordSets\",\"Resource\":\"%.90s\"}",
		       zone->conf->name.text, arn);
}

static void judge_zone(struct drift *d, const struct backend_zone *zone)
{
	size_t i, n;

	for (i = 0; i < d->n; i += n) {
		struct drift_set *set = &d->sets[i];

		for (n = 0; i + n < d->n && compare_sets(set, &set[n]) == 0; n++)
			if (set->zone == zone)
				set[n].kind = drift_judge(&set[n]);
		if (n > 1 && set->zone == zone)
			drift_choose(set, n);
	}
}

int drift_take_zone(struct drift *d, struct session *s, const struct backend_zone *zone,
		    struct progress *progress, struct errinfo *ei)
{
	struct zone_taking t = {.d = d, .s = s, .zone = zone};
	struct errinfo why = ERRINFO_INIT;
	int err = zone_read_all(s, zone, take_set, &t, progress, &why);

	if (err != 0)
		return drift_explain(zone, err, &why, ei);
	if (t.err != 0)
		return err_set(ei, t.err, "out of memory");
	judge_zone(d, zone);
	return 0;
}

int drift_read_store(struct drift_set *set, struct session *s, bool *ret_moved, struct errinfo *ei)
{
	struct host_state before = set->state;
	uint32_t ttl = set->want_ttl;
	struct errinfo why = ERRINFO_INIT;
	struct account *a = NULL;
	int err = session_lookup(s, set->user, &a, &why);

	if (err != 0 && err != ERR_NOTFOUND)
		return err_set(ei, err, "%s", why.text);
	/* A malformed account may have the host still: what it wants of it is not known. */
	if (a != NULL && account_find_host(a, &set->name) == NULL &&
	    account_may_have_host(a, &set->name)) {
		*ret_moved = true;
		account_free(a);
		return 0;
	}
	drift_want(set, a);
	account_free(a);
	set->is_overtaken = host_state_is_over(&set->state) &&
			    (set->is_overtaken || (before.seq > 0 && !host_state_is_over(&before)));
	*ret_moved = before.seq != set->state.seq || before.pub != set->state.pub ||
		     !addr_pair_equal(&before.want, &set->state.want) || ttl != set->want_ttl ||
		     set->is_overtaken;
	return 0;
}

static void take_one(void *arg, const struct aws_route53_set *found)
{
	struct drift_set *set = arg;
	struct fqdn name;

	if ((strcmp(found->type, set->type) == 0 || strcmp(found->type, "CNAME") == 0) &&
	    fqdn_parse(slice_of(found->name), &name) == 0 && fqdn_equal(&name, &set->name))
		drift_found(set, found);
}

static int read_set(struct drift_set *set, struct session *s, struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	int err;

	forget_found(set);
	err = zone_read_one(s, set->zone, &set->name, set->type, take_one, set, &why);
	return err == 0 ? 0 : drift_explain(set->zone, err, &why, ei);
}

/* How often a host is read again when it changes while it is compared. */
enum { DECIDE_TRIES = 5 };

int drift_decide(struct drift_set *set, struct session *s, bool look_again, struct errinfo *ei)
{
	unsigned n;

	for (n = 0; n < DECIDE_TRIES; n++) {
		bool moved = false;
		int err = drift_read_store(set, s, &moved, ei);

		if (err != 0)
			return err;
		set->kind = drift_judge(set);
		if (!addr_is_set(&set->want) || set->kind == DRIFT_WAITING ||
		    (!moved && (n > 0 || !look_again)))
			return 0;
		err = read_set(set, s, ei);
		if (err != 0)
			return err;
		/* Compares what the zone holds now with what the store said before that. If they
		 * differ, the next round sees whether the store has changed meanwhile. */
		set->kind = drift_judge(set);
		if (set->kind == DRIFT_NONE)
			return 0;
	}
	set->kind = DRIFT_WAITING;
	return 0;
}
