/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/plan.h"

#include <stddef.h>
#include <string.h>

struct planner {
	const struct account *account;
	const struct engine_zone *zones;
	size_t n_zones;
	int64_t now_s;
	struct plan *plan;
	/* The account's host that each line is about; NULL: the line is decided already. */
	const struct account_host *hosts[QUERY_HOSTS_MAX];
	size_t zone_of[QUERY_HOSTS_MAX];
	bool knows_lan; /* the account has hosts with an interface id */
	bool is_of_use; /* the prefix is one of theirs */
};

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

static void resolve_hosts(struct planner *p, const struct dyndns_query *q)
{
	const struct account_host *only = plan_only_host(p->account, q);

	if (only != NULL)
		add_host_line(p, only);
	else if (q->hosts_kind == QUERY_HOSTS_TOO_MANY)
		plan_add_line(p, DYNDNS_NUMHOST, PLAN_NOTE_NONE);
	else if (q->hosts_kind == QUERY_HOSTS_GIVEN && q->n_hosts > 0)
		add_lines(p, q);
	else
		plan_add_line(p, DYNDNS_NOTFQDN, PLAN_NOTE_NONE);
}

/* To an account without hosts on the LAN a prefix means nothing: the parameters that are for one
 * are ignored, and among the addresses it is a network, which no host can have. */
static bool prefix_is_bad(const struct planner *p, const struct dyndns_query *q)
{
	return p->knows_lan ? q->prefix_kind == QUERY_PREFIX_BAD : q->prefix_is_address;
}

static bool plan_may_clear(const struct planner *p)
{
	return (p->account->quirks & ACCOUNT_MAY_CLEAR) != 0;
}

static enum plan_note resolve_addrs(struct planner *p, const struct dyndns_query *q,
				    const struct addr *peer)
{
	struct plan *plan = p->plan;

	if (q->address_kind == QUERY_ADDRESS_BAD || prefix_is_bad(p, q))
		return PLAN_NOTE_BAD_ADDRESS;
	if (family_set(&q->offline) != 0 && plan_may_clear(p)) {
		plan->addrs = q->offline;
		return PLAN_NOTE_NONE;
	}
	if (p->knows_lan && q->prefix_kind == QUERY_PREFIX_GIVEN)
		plan->summary.prefix = q->prefix;
	if (q->address_kind == QUERY_ADDRESS_PEER && !addr_is_set(peer))
		return PLAN_NOTE_NO_SENDER;
	if (q->address_kind == QUERY_ADDRESS_GIVEN)
		plan->addrs = q->addrs;
	else if (peer->family == ADDR_V4)
		plan->addrs.v4 = *peer;
	else if (peer->family == ADDR_V6)
		plan->addrs.v6 = *peer;
	return family_set(&plan->addrs) != 0 || plan->summary.prefix.len != 0
		       ? PLAN_NOTE_NONE
		       : PLAN_NOTE_BAD_ADDRESS;
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
	if (!addr_is_set(given))
		return;
	if (plan_zone_takes(zone, given) || (addr_is_unspecified(given) && plan_may_clear(p)))
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

	take_address(p, zone, &given->v4, &ret->v4, &p->plan->summary.left_out.v4);
	take_address(p, zone, &given->v6, &ret->v6, &p->plan->summary.left_out.v6);
}

static void refuse_empty(struct planner *p)
{
	size_t i;

	for (i = 0; i < p->plan->n_lines; i++)
		if (p->hosts[i] != NULL && family_set(&p->plan->lines[i].addrs) == 0)
			refuse_line(p, i, PLAN_NOTE_SPECIAL_ADDRESS);
}

/* Of a request that speaks of none: that of the link which the router has its own address in. Who
 * can tell the prefix and does not, does not know it just now. */
static void choose_prefix(struct planner *p, enum query_prefix kind)
{
	struct plan *plan = p->plan;
	size_t i;

	if (!p->knows_lan || kind != QUERY_PREFIX_ABSENT)
		return;
	for (i = 0; i < plan->n_lines; i++)
		if (p->hosts[i] != NULL && !interface_id_is_set(&p->hosts[i]->interface_id) &&
		    addr_is_set(&plan->lines[i].addrs.v6) &&
		    !addr_is_unspecified(&plan->lines[i].addrs.v6))
			plan->summary.prefix =
				prefix_of(&plan->lines[i].addrs.v6, 0, INTERFACE_PREFIX_LINK);
}

/* The address that a host with an interface id gets. Why it gets none, otherwise. */
static enum plan_note lan_address(struct planner *p, const struct account_host *host, size_t zone,
				  struct addr *ret)
{
	struct plan_summary *summary = &p->plan->summary;
	enum plan_note note = PLAN_NOTE_LAN_NO_ZONE;
	struct addr a = {.family = ADDR_NONE};

	if (zone < p->n_zones)
		note = plan_lan_address(host, &p->zones[zone], &summary->prefix, &a);
	if (note == PLAN_NOTE_LAN_SPECIAL)
		summary->left_out.v6 = a;
	if (note != PLAN_NOTE_NONE)
		return note;
	p->is_of_use = true;
	*ret = a;
	return note;
}

static void plan_note_host(struct plan *plan, const struct account_host *host, enum plan_note note)
{
	if (plan->note != PLAN_NOTE_NONE || note == PLAN_NOTE_NONE)
		return;
	plan->note = note;
	plan->noted = host->name;
	plan->is_noted = true;
}

/* The request's own IPv6 address is another host's. */
static void take_lan_address(struct planner *p, size_t line)
{
	const struct account_host *host = p->hosts[line];
	struct addr *v6 = &p->plan->lines[line].addrs.v6;

	if (p->plan->summary.prefix.len == 0 || !interface_id_is_set(&host->interface_id))
		return;
	*v6 = (struct addr){.family = ADDR_NONE};
	plan_note_host(p->plan, host, lan_address(p, host, p->zone_of[line], v6));
}

static enum plan_work plan_make_item(const struct planner *p, const struct account_host *host,
				     size_t zone, const struct addr_pair *given,
				     struct plan_item *ret)
{
	return plan_item_make(p->account, host, p->zones, zone, given, p->now_s, ret);
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
static void plan_count(struct planner *p, const struct account_host *host,
		       const struct plan_item *item)
{
	p->plan->summary.n_renumbered += p->plan->summary.prefix.len != 0 &&
					 interface_id_is_set(&host->interface_id) &&
					 !addr_equal(&item->want.v6, &host->state.want.v6);
}

static enum dyndns_code nochg_of(const struct account *account)
{
	return (account->quirks & ACCOUNT_NOCHG_AS_GOOD) != 0 ? DYNDNS_GOOD : DYNDNS_NOCHG;
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
	work = plan_make_item(p, p->hosts[line], p->zone_of[line], &l->addrs, item);
	if (work == PLAN_WORK_CHANGE) {
		l->item = (int)plan->n_items++;
		plan_count(p, p->hosts[line], item);
		return;
	}
	if (work == PLAN_WORK_REPEAT)
		plan_add_repeat(plan, item);
	l->code = nochg_of(p->account);
}

static bool is_named(const struct planner *p, const struct account_host *host)
{
	size_t i;

	for (i = 0; i < p->plan->n_lines; i++)
		if (p->hosts[i] == host)
			return true;
	return false;
}

/* Those that follow the prefix though no line is about them. */
static void renumber_host(struct planner *p, const struct account_host *host)
{
	struct plan *plan = p->plan;
	size_t zone = plan_find_zone(p->zones, p->n_zones, &host->name);
	struct plan_item *item = &plan->items[plan->n_items];
	struct addr_pair given = {.v4.family = ADDR_NONE};
	enum plan_note note = lan_address(p, host, zone, &given.v6);

	plan_note_host(plan, host, note);
	if (note != PLAN_NOTE_NONE)
		return;
	switch (plan_make_item(p, host, zone, &given, item)) {
	case PLAN_WORK_NONE:
		break;
	case PLAN_WORK_REPEAT:
		plan_add_repeat(plan, item);
		break;
	case PLAN_WORK_CHANGE:
		item->awaited = 0;
		plan->n_items++;
		plan_count(p, host, item);
		break;
	}
}

/* A request of which no line is about a host of the account changes nothing. */
static void renumber(struct planner *p)
{
	const struct account *a = p->account;
	size_t i, n = 0;

	for (i = 0; i < p->plan->n_lines; i++)
		n += p->hosts[i] != NULL;
	p->plan->n_named = p->plan->n_items;
	if (p->plan->summary.prefix.len == 0 || n == 0)
		return;
	for (i = 0; i < a->n_hosts; i++)
		if (interface_id_is_set(&a->hosts[i].interface_id) && !is_named(p, &a->hosts[i]))
			renumber_host(p, &a->hosts[i]);
}

/* A host that gets no address itself is answered with the prefix that the request gave for others.
 */
static void settle(struct planner *p, size_t line, bool is_given)
{
	struct plan_line *l = &p->plan->lines[line];
	const struct account_host *host = p->hosts[line];

	if (host == NULL || family_set(&l->addrs) != 0)
		return;
	if (!is_given || !p->is_of_use || interface_id_is_set(&host->interface_id)) {
		refuse_line(p, line, PLAN_NOTE_SPECIAL_ADDRESS);
		return;
	}
	l->prefix = p->plan->summary.prefix;
	l->code = p->plan->summary.n_renumbered > 0 ? DYNDNS_GOOD : nochg_of(p->account);
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
	static const struct addr_pair nothing = {{0}, {0}};
	struct plan *plan = p->plan;
	struct plan_line *l = &plan->lines[line];
	struct plan_item *item = &plan->items[plan->n_items];

	l->item = plan_find_item(plan->items, plan->n_items, &p->hosts[line]->name);
	if (l->item != PLAN_NO_ITEM)
		return;
	plan_make_item(p, p->hosts[line], p->zone_of[line], &nothing, item);
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
	plan->n_named = plan->n_items;
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
		.knows_lan = account_interface_ids(account) > 0,
	};
	enum plan_note note;
	size_t i;

	/* Lines and items are written when they are added: they are 80 KB, and most updates use one
	 * line. */
	memset(ret, 0, offsetof(struct plan, lines));
	resolve_hosts(&p, query);
	note = resolve_addrs(&p, query, peer);
	if (note != PLAN_NOTE_NONE) {
		refuse_all(&p, note);
		return;
	}
	for (i = 0; i < ret->n_lines; i++)
		if (p.hosts[i] != NULL)
			take_addresses(&p, i);
	choose_prefix(&p, query->prefix_kind);
	for (i = 0; i < ret->n_lines; i++)
		if (p.hosts[i] != NULL)
			take_lan_address(&p, i);
	if (ret->summary.prefix.len == 0)
		refuse_empty(&p);
	if (plan_begin_prelude(&p))
		return;
	for (i = 0; i < ret->n_lines; i++)
		if (p.hosts[i] != NULL && family_set(&ret->lines[i].addrs) != 0)
			decide(&p, i);
	renumber(&p);
	for (i = 0; i < ret->n_lines; i++)
		settle(&p, i, query->prefix_kind == QUERY_PREFIX_GIVEN);
	ret->is_unchanged = plan_is_unchanged(ret);
}
