/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/plan_item.h"

#include <string.h>

#include "engine/family.h"
#include "engine/zones.h"

static const struct fqdn *plan_zone_name(const void *zones, size_t i)
{
	return &((const struct engine_zone *)zones)[i].name;
}

size_t plan_find_zone(const struct engine_zone *zones, size_t n_zones, const struct fqdn *name)
{
	return fqdn_find_zone(name, zones, n_zones, plan_zone_name);
}

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
	if (!addr_is_set(given))
		return *old;
	return addr_is_unspecified(given) ? (struct addr){0} : *given;
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
		.owed_from = plan_owed_from(s),
		/* What is owed from before, or old, goes along: pub = seq will speak for both
		 * families. */
		.families = fresh ? changed : family_set(&want) | family_set(&gone),
	};
	ret->seq = ret->intend ? s->seq + 1 : s->seq;
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
