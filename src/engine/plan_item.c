/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/plan_item.h"

#include <string.h>

#include "engine/family.h"
#include "engine/zones.h"
#include "net/interface_id.h"

uint32_t plan_ttl(const struct account *account, const struct engine_zone *zone)
{
	return account->ttl != 0 ? account->ttl : zone->ttl;
}

uint64_t plan_owed_from(const struct host_state *s)
{
	return s->pub < s->seq ? s->pub + 1 : 0;
}

unsigned plan_families(const struct plan_item *item)
{
	return family_set(&item->want) | family_set(&item->gone);
}

void plan_take_over(struct plan_item *item)
{
	item->intend = true;
	item->seq++;
}

bool plan_is_elsewhere(const struct host_state *s, const struct engine_zone *zone)
{
	return s->zone[0] != '\0' && zone->id[0] != '\0' && strcmp(s->zone, zone->id) != 0;
}

/* After which age a host is published once more. A fleet that was published in one wave, after an
 * outage, would come back as one wave each day: so up to a quarter less, another part for each
 * publication of each host. */
static int64_t plan_interval_s(const struct account_host *host, const struct engine_zone *zone)
{
	uint64_t part = zone->republish_interval_s / 4 + 1;

	return (int64_t)(zone->republish_interval_s -
			 fqdn_hash(&host->name, (uint64_t)host->state.time_s) % part);
}

static bool plan_is_young(const struct account_host *host, const struct engine_zone *zone,
			  int64_t now_s)
{
	int64_t time_s = host->state.time_s;

	if (time_s <= 0)
		return false;
	if (time_s > now_s)
		return time_s - now_s <= PLAN_CLOCK_SKEW_S && zone->republish_interval_s > 0;
	return now_s - time_s < plan_interval_s(host, zone);
}

/* The zone has the wanted addresses: they were published, also when an intent is under way that
 * only publishes them once more. */
static bool plan_is_published(const struct account_host *host, const struct engine_zone *zone)
{
	const struct host_state *s = &host->state;

	return !host->is_rolled_back && !host->is_overwritten && s->seq > 0 &&
	       (s->pub == s->seq || s->repeats == s->seq) && !plan_is_elsewhere(s, zone);
}

/* It has it as it would be published now. */
static bool plan_is_fresh(const struct account *account, const struct account_host *host,
			  const struct engine_zone *zone, int64_t now_s)
{
	const struct host_state *s = &host->state;

	return plan_is_published(host, zone) && s->pub == s->seq &&
	       (s->ttl == 0 || s->ttl == plan_ttl(account, zone)) &&
	       plan_is_young(host, zone, now_s);
}

static struct addr merge_one(const struct addr *old, const struct addr *given)
{
	static const struct addr none;

	if (!addr_is_set(given))
		return *old;
	return addr_is_unspecified(given) ? none : *given;
}

static struct addr_pair merge(const struct addr_pair *old, const struct addr_pair *given)
{
	return (struct addr_pair){merge_one(&old->v4, &given->v4), merge_one(&old->v6, &given->v6)};
}

static struct addr plan_lost(const struct addr *want, const struct addr *old,
			     const struct addr *owed)
{
	if (addr_is_set(want))
		return (struct addr){0};
	return addr_is_set(old) ? *old : *owed;
}

struct addr_pair plan_gone(const struct host_state *state, const struct host_state *found,
			   const struct addr_pair *want)
{
	const struct addr_pair owed = found != NULL ? found->want : host_state_gone(state);

	return (struct addr_pair){
		plan_lost(&want->v4, &state->want.v4, &owed.v4),
		plan_lost(&want->v6, &state->want.v6, &owed.v6),
	};
}

enum plan_work plan_item_make(const struct account *account, const struct account_host *host,
			      const struct engine_zone *zones, size_t at,
			      const struct addr_pair *given, int64_t now_s, struct plan_item *ret)
{
	const struct engine_zone *zone = &zones[at];
	const struct host_state *s = &host->state;
	struct addr_pair want = merge(&s->want, given);
	const struct addr_pair gone =
		plan_gone(s, host->is_rolled_back ? &host->stored : NULL, &want);
	unsigned changed = family_diff(&want, &s->want);
	bool fresh = plan_is_fresh(account, host, zone, now_s);

	/* Of a host that has no record, and is to have none, nothing grows old. */
	if (changed == 0 && (fresh || (family_set(&want) | family_set(&gone)) == 0))
		return PLAN_WORK_NONE;
	*ret = (struct plan_item){
		.name = host->name,
		.zone = at,
		.ttl = plan_ttl(account, zone),
		.want = want,
		.gone = gone,
		.gone_ttl = s->ttl,
		/* Whatever is published is owed first, so that other daemons can see that it is
		 * under way. */
		.intend = changed != 0 || s->pub == s->seq || host->is_rolled_back ||
			  host->is_overwritten,
		.is_rolled_back = host->is_rolled_back,
		.repeats = changed == 0 && plan_is_published(host, zone),
		.expect = host->is_rolled_back ? host->stored : *s,
		.time_s = s->time_s,
		.wanted_ms = s->wanted_ms,
		.since_ms = s->since_ms,
		.owed_from = plan_owed_from(s),
		/* What is owed from before, or old, goes along: pub = seq will speak for both
		 * families. */
		.families = fresh ? changed : family_set(&want) | family_set(&gone),
	};
	ret->seq = ret->intend ? s->seq + 1 : s->seq;
	ret->is_asked = changed != 0 || (!ret->repeats && family_set(given) != 0);
	ret->is_asked_again =
		changed == 0 && s->pub < s->seq && !host->is_rolled_back && !host->is_overwritten;
	ret->awaited = ret->families & family_set(given);
	return ret->repeats ? PLAN_WORK_REPEAT : PLAN_WORK_CHANGE;
}

bool plan_once_more(const struct account *account, const struct account_host *host,
		    const struct engine_zone *zones, size_t at, struct plan_item *ret)
{
	static const struct addr_pair nothing = {{0}, {0}};

	return host->state.seq > 0 && !host->is_overwritten &&
	       plan_item_make(account, host, zones, at, &nothing, INT64_MAX, ret) != PLAN_WORK_NONE;
}

void plan_as_stored(const struct account *account, const struct engine_zone *zone, size_t at,
		    const struct fqdn *name, const struct host_state *s, struct plan_item *ret)
{
	*ret = (struct plan_item){
		.name = *name,
		.zone = at,
		.ttl = plan_ttl(account, zone),
		.want = s->want,
		.gone = host_state_gone(s),
		.gone_ttl = s->ttl,
		.expect = *s,
		.seq = s->seq,
		.time_s = s->time_s,
		.wanted_ms = s->wanted_ms,
		.since_ms = s->since_ms,
		.owed_from = plan_owed_from(s),
	};
	ret->families = plan_families(ret);
}

/* ---------------------------------------------------------------- the items of an update */

static enum plan_work plan_make_item(const struct plan_draft *d, const struct account_host *host,
				     size_t zone, const struct addr_pair *given,
				     struct plan_item *ret)
{
	return plan_item_make(d->account, host, d->zones, zone, given, d->now_s, ret);
}

static int plan_find_item(const struct plan_item *items, size_t n, const struct fqdn *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (fqdn_equal(&items[i].name, name))
			return (int)i;
	return PLAN_NO_ITEM;
}

static void plan_add_repeat(struct plan *plan, const struct plan_item *item)
{
	if (plan->n_repeats < PLAN_REPEATS_MAX &&
	    plan_find_item(plan->repeats, plan->n_repeats, &item->name) == PLAN_NO_ITEM)
		plan->repeats[plan->n_repeats++] = *item;
}

/* One more host has another address by the prefix. */
static void plan_count(struct plan_draft *d, const struct account_host *host,
		       const struct plan_item *item)
{
	d->plan->summary.n_renumbered += d->plan->summary.prefix.len != 0 &&
					 interface_id_is_set(&host->interface_id) &&
					 !addr_equal(&item->want.v6, &host->state.want.v6);
}

static enum dyndns_code nochg_of(const struct account *account)
{
	return (account->quirks & ACCOUNT_NOCHG_AS_GOOD) != 0 ? DYNDNS_GOOD : DYNDNS_NOCHG;
}

static void decide(struct plan_draft *d, size_t line)
{
	struct plan *plan = d->plan;
	struct plan_line *l = &plan->lines[line];
	struct plan_item *item = &plan->items[plan->n_items];
	enum plan_work work;

	l->item = plan_find_item(plan->items, plan->n_items, &d->hosts[line]->name);
	if (l->item != PLAN_NO_ITEM)
		return;
	work = plan_make_item(d, d->hosts[line], d->zone_of[line], &l->addrs, item);
	if (work == PLAN_WORK_CHANGE) {
		l->item = (int)plan->n_items++;
		plan_count(d, d->hosts[line], item);
		return;
	}
	if (work == PLAN_WORK_REPEAT)
		plan_add_repeat(plan, item);
	l->code = nochg_of(d->account);
}

static void decide_all(struct plan_draft *d)
{
	size_t i;

	for (i = 0; i < d->plan->n_lines; i++)
		if (d->hosts[i] != NULL && family_set(&d->plan->lines[i].addrs) != 0)
			decide(d, i);
	d->plan->n_named = d->plan->n_items;
}

/* It follows the prefix though no line is about it. */
static void renumber_host(struct plan_draft *d, const struct plan_lan_host *lan)
{
	struct plan *plan = d->plan;
	struct plan_item *item = &plan->items[plan->n_items];
	const struct addr_pair given = {.v4.family = ADDR_NONE, .v6 = lan->v6};

	switch (plan_make_item(d, lan->host, lan->zone, &given, item)) {
	case PLAN_WORK_NONE:
		break;
	case PLAN_WORK_REPEAT:
		plan_add_repeat(plan, item);
		break;
	case PLAN_WORK_CHANGE:
		item->awaited = 0;
		plan->n_items++;
		plan_count(d, lan->host, item);
		break;
	}
}

/* A host that gets no address itself is answered with the prefix that the request gave for others.
 */
static void settle_line(struct plan_draft *d, size_t line)
{
	struct plan_line *l = &d->plan->lines[line];
	const struct account_host *host = d->hosts[line];

	if (host == NULL || family_set(&l->addrs) != 0)
		return;
	if (d->query->prefix_kind != QUERY_PREFIX_GIVEN || !d->is_of_use ||
	    interface_id_is_set(&host->interface_id)) {
		l->code = DYNDNS_DNSERR;
		l->note = PLAN_NOTE_SPECIAL_ADDRESS;
		d->plan->is_noted = true;
		return;
	}
	l->prefix = d->plan->summary.prefix;
	l->code = d->plan->summary.n_renumbered > 0 ? DYNDNS_GOOD : nochg_of(d->account);
}

static bool plan_is_unchanged(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_lines; i++)
		if (plan->lines[i].code != DYNDNS_NOCHG && plan->lines[i].code != DYNDNS_GOOD)
			return false;
	return plan->n_items == 0;
}

/* What the host wants already, without what the request is about. */
static void plan_settle(struct plan_draft *d, size_t line)
{
	static const struct addr_pair nothing = {{0}, {0}};
	struct plan *plan = d->plan;
	struct plan_line *l = &plan->lines[line];
	struct plan_item *item = &plan->items[plan->n_items];

	l->item = plan_find_item(plan->items, plan->n_items, &d->hosts[line]->name);
	if (l->item != PLAN_NO_ITEM)
		return;
	plan_make_item(d, d->hosts[line], d->zone_of[line], &nothing, item);
	item->awaited = item->families;
	l->item = (int)plan->n_items++;
}

/* What is owed goes first, and nothing else is done before. */
static void plan_make_prelude(struct plan_draft *d)
{
	struct plan *plan = d->plan;
	size_t i;

	for (i = 0; i < plan->n_lines; i++)
		if (d->hosts[i] != NULL && d->unsettled[i] != 0)
			plan_settle(d, i);
	plan->n_named = plan->n_items;
	for (i = 0; i < plan->n_lines; i++)
		if (d->hosts[i] != NULL && plan->lines[i].item == PLAN_NO_ITEM)
			plan->lines[i].code = DYNDNS_911;
}

void plan_items_make(struct plan_draft *d)
{
	size_t i;

	if (d->plan->is_prelude) {
		plan_make_prelude(d);
		return;
	}
	decide_all(d);
	for (i = 0; i < d->n_lan; i++)
		if (d->lan[i].note == PLAN_NOTE_NONE)
			renumber_host(d, &d->lan[i]);
	for (i = 0; i < d->plan->n_lines; i++)
		settle_line(d, i);
	d->plan->is_unchanged = plan_is_unchanged(d->plan);
}
