/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/plan.h"

#include <string.h>

#include "net/addr_special.h"

struct planner {
	const struct account *account;
	const struct engine_zone *zones;
	size_t n_zones;
	int64_t now_s;
	struct plan *plan;
	/* The account's host that each line is about; NULL: the line is decided already. */
	const struct account_host *hosts[QUERY_HOSTS_MAX];
	size_t zone_of[QUERY_HOSTS_MAX];
};

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

static void plan_add_line(struct planner *p, enum dyndns_code code, enum plan_note note)
{
	p->plan->lines[p->plan->n_lines++] = (struct plan_line){
		.code = code,
		.item = PLAN_NO_ITEM,
		.note = note,
	};
	p->plan->is_noted |= note != PLAN_NOTE_NONE;
}

static void add_host_line(struct planner *p, const struct account_host *host)
{
	size_t zone = plan_find_zone(p->zones, p->n_zones, &host->name);

	if (zone == p->n_zones) {
		plan_add_line(p, DYNDNS_DNSERR, PLAN_NOTE_NO_ZONE);
		return;
	}
	p->hosts[p->plan->n_lines] = host;
	p->zone_of[p->plan->n_lines] = zone;
	plan_add_line(p, DYNDNS_GOOD, PLAN_NOTE_NONE);
}

static void add_lines(struct planner *p, const struct dyndns_query *q)
{
	size_t i;

	for (i = 0; i < q->n_hosts && i < QUERY_HOSTS_MAX; i++) {
		const struct account_host *host;

		if (!q->hosts[i].valid) {
			plan_add_line(p, DYNDNS_NOTFQDN, PLAN_NOTE_NONE);
			continue;
		}
		host = account_find_host(p->account, &q->hosts[i].name);
		if (host == NULL)
			plan_add_line(p, DYNDNS_NOHOST, PLAN_NOTE_NONE);
		else
			add_host_line(p, host);
	}
}

bool plan_means_only_host(const struct account *account, const struct dyndns_query *query)
{
	return account->n_hosts == 1 && (query->hosts_kind == QUERY_HOSTS_ABSENT ||
					 (account->quirks & ACCOUNT_ANY_HOSTNAME) != 0);
}

static void resolve_hosts(struct planner *p, const struct dyndns_query *q)
{
	if (plan_means_only_host(p->account, q))
		add_host_line(p, &p->account->hosts[0]);
	else if (q->hosts_kind == QUERY_HOSTS_TOO_MANY)
		plan_add_line(p, DYNDNS_NUMHOST, PLAN_NOTE_NONE);
	else if (q->hosts_kind == QUERY_HOSTS_GIVEN && q->n_hosts > 0)
		add_lines(p, q);
	else
		plan_add_line(p, DYNDNS_NOTFQDN, PLAN_NOTE_NONE);
}

static bool plan_may_clear(const struct planner *p)
{
	return (p->account->quirks & ACCOUNT_MAY_CLEAR) != 0;
}

static enum plan_note resolve_addrs(const struct planner *p, const struct dyndns_query *q,
				    const struct addr *peer)
{
	static const struct addr_pair offline = {{.family = ADDR_V4}, {.family = ADDR_V6}};
	struct plan *plan = p->plan;

	if (q->address_kind == QUERY_ADDRESS_BAD)
		return PLAN_NOTE_BAD_ADDRESS;
	if (q->is_offline && plan_may_clear(p)) {
		plan->addrs = offline;
		return PLAN_NOTE_NONE;
	}
	if (q->address_kind == QUERY_ADDRESS_PEER && !addr_is_set(peer))
		return PLAN_NOTE_NO_SENDER;
	if (q->address_kind == QUERY_ADDRESS_GIVEN)
		plan->addrs = q->addrs;
	else if (peer->family == ADDR_V4)
		plan->addrs.v4 = *peer;
	else if (peer->family == ADDR_V6)
		plan->addrs.v6 = *peer;
	return family_set(&plan->addrs) != 0 ? PLAN_NOTE_NONE : PLAN_NOTE_BAD_ADDRESS;
}

static void refuse_line(struct planner *p, size_t line, enum plan_note note)
{
	p->hosts[line] = NULL;
	p->plan->lines[line].code = DYNDNS_DNSERR;
	p->plan->lines[line].note = note;
	p->plan->is_noted = true;
}

static void refuse_all(struct planner *p, enum plan_note note)
{
	size_t i;

	for (i = 0; i < p->plan->n_lines; i++)
		if (p->hosts[i] != NULL)
			refuse_line(p, i, note);
}

static void take_address(const struct planner *p, const struct engine_zone *zone,
			 const struct addr *given, struct addr *ret, struct addr *left_out)
{
	const bool is_host = !addr_is_no_host(given) &&
			     (zone->allow_special_addresses || !addr_is_special(given));

	if (!addr_is_set(given))
		return;
	if (is_host || (addr_is_unspecified(given) && plan_may_clear(p)))
		*ret = *given;
	else
		*left_out = *given;
}

/* A router behind carrier-grade NAT sends an IPv4 address that nobody can use along with an IPv6
 * address that everybody can: one family says nothing about the other. */
static void take_addresses(struct planner *p, size_t line)
{
	const struct engine_zone *zone = &p->zones[p->zone_of[line]];
	const struct addr_pair *given = &p->plan->addrs;
	struct addr_pair *ret = &p->plan->lines[line].addrs;

	take_address(p, zone, &given->v4, &ret->v4, &p->plan->left_out.v4);
	take_address(p, zone, &given->v6, &ret->v6, &p->plan->left_out.v6);
	if (family_set(ret) == 0)
		refuse_line(p, line, PLAN_NOTE_SPECIAL_ADDRESS);
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
static bool plan_is_fresh(const struct planner *p, const struct account_host *host,
			  const struct engine_zone *zone)
{
	const struct host_state *s = &host->state;

	return plan_is_published(host, zone) && s->pub == s->seq &&
	       (s->ttl == 0 || s->ttl == plan_ttl(p->account, zone)) &&
	       plan_is_young(host, zone, p->now_s);
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

enum plan_work {
	PLAN_WORK_NONE,
	PLAN_WORK_REPEAT, /* nothing changed, but it is published once more */
	PLAN_WORK_CHANGE,
};

static enum plan_work plan_make_item(const struct planner *p, size_t line, struct plan_item *ret)
{
	const struct account_host *host = p->hosts[line];
	const struct engine_zone *zone = &p->zones[p->zone_of[line]];
	const struct host_state *s = &host->state;
	const struct addr_pair *given = &p->plan->lines[line].addrs;
	struct addr_pair want = merge(&s->want, given);
	const struct addr_pair gone =
		plan_gone(s, host->is_rolled_back ? &host->stored : NULL, &want);
	unsigned changed = family_diff(&want, &s->want);
	bool fresh = plan_is_fresh(p, host, zone);

	/* Of a host that has no record, and is to have none, nothing grows old. */
	if (changed == 0 && (fresh || (family_set(&want) | family_set(&gone)) == 0))
		return PLAN_WORK_NONE;
	*ret = (struct plan_item){
		.name = host->name,
		.zone = p->zone_of[line],
		.ttl = plan_ttl(p->account, zone),
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
	if (plan_find_item(plan->repeats, plan->n_repeats, &item->name) == PLAN_NO_ITEM)
		plan->repeats[plan->n_repeats++] = *item;
}

static void decide(struct planner *p, size_t line)
{
	struct plan *plan = p->plan;
	struct plan_line *l = &plan->lines[line];
	struct plan_item *item = &plan->items[plan->n_items];
	enum plan_work work;

	l->item = plan_find_item(plan->items, plan->n_items, &p->hosts[line]->name);
	if (l->item != PLAN_NO_ITEM)
		return;
	work = plan_make_item(p, line, item);
	if (work == PLAN_WORK_CHANGE) {
		l->item = (int)plan->n_items++;
		return;
	}
	if (work == PLAN_WORK_REPEAT)
		plan_add_repeat(plan, item);
	if ((p->account->quirks & ACCOUNT_NOCHG_AS_GOOD) == 0)
		l->code = DYNDNS_NOCHG;
}

/* The families to be cleared of which it is not known whether the zone has what was wanted last, or
 * what was before: no record could be named that is to be deleted. */
static unsigned plan_unsettled(const struct planner *p, size_t line)
{
	const struct host_state *s = &p->hosts[line]->state;
	const struct addr_pair *given = &p->plan->lines[line].addrs;
	unsigned cleared = (addr_is_unspecified(&given->v4) ? FAMILY_V4 : 0u) |
			   (addr_is_unspecified(&given->v6) ? FAMILY_V6 : 0u);

	return s->pub == s->seq || s->repeats == s->seq ? 0 : cleared & family_set(&s->want);
}

/* What the host wants already, without what the request is about. */
static void plan_settle(struct planner *p, size_t line)
{
	struct plan *plan = p->plan;
	struct plan_line *l = &plan->lines[line];
	const struct addr_pair given = l->addrs;
	struct plan_item *item = &plan->items[plan->n_items];

	l->item = plan_find_item(plan->items, plan->n_items, &p->hosts[line]->name);
	if (l->item != PLAN_NO_ITEM)
		return;
	l->addrs = (struct addr_pair){{0}, {0}};
	plan_make_item(p, line, item);
	l->addrs = given;
	item->awaited = item->families;
	l->item = (int)plan->n_items++;
}

/* True: what is owed goes first, and nothing else is done before. */
static bool plan_begin_prelude(struct planner *p)
{
	struct plan *plan = p->plan;
	size_t i;

	for (i = 0; i < plan->n_lines; i++)
		if (p->hosts[i] != NULL && plan_unsettled(p, i) != 0)
			plan_settle(p, i);
	plan->is_prelude = plan->n_items > 0;
	for (i = 0; plan->is_prelude && i < plan->n_lines; i++)
		if (p->hosts[i] != NULL && plan->lines[i].item == PLAN_NO_ITEM)
			plan->lines[i].code = DYNDNS_911;
	return plan->is_prelude;
}

static bool plan_is_unchanged(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_lines; i++)
		if (plan->lines[i].code != DYNDNS_NOCHG && plan->lines[i].code != DYNDNS_GOOD)
			return false;
	return plan->n_items == 0;
}

/* Lines and items are written when they are added: they are 20 KB, and most updates use one line.
 */
static void plan_clear(struct plan *plan)
{
	plan->addrs = (struct addr_pair){{0}, {0}};
	plan->left_out = (struct addr_pair){{0}, {0}};
	plan->n_lines = 0;
	plan->is_noted = false;
	plan->is_unchanged = false;
	plan->is_prelude = false;
	plan->n_items = 0;
	plan->n_repeats = 0;
}

void plan_make(const struct account *account, const struct dyndns_query *query,
	       const struct addr *peer, const struct engine_zone *zones, size_t n_zones,
	       int64_t now_s, struct plan *ret)
{
	struct planner p = {
		.account = account,
		.zones = zones,
		.n_zones = n_zones,
		.now_s = now_s,
		.plan = ret,
	};
	enum plan_note note;
	size_t i;

	plan_clear(ret);
	resolve_hosts(&p, query);
	note = resolve_addrs(&p, query, peer);
	if (note != PLAN_NOTE_NONE) {
		refuse_all(&p, note);
		return;
	}
	for (i = 0; i < ret->n_lines; i++)
		if (p.hosts[i] != NULL)
			take_addresses(&p, i);
	if (plan_begin_prelude(&p))
		return;
	for (i = 0; i < ret->n_lines; i++)
		if (p.hosts[i] != NULL)
			decide(&p, i);
	ret->is_unchanged = plan_is_unchanged(ret);
}
