/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/plan.h"

#include <stdbool.h>
#include <string.h>

#include "engine/family.h"
#include "net/addr_special.h"
#include "net/interface_id.h"

static const struct fqdn *plan_zone_name(const void *zones, size_t i)
{
	return &((const struct engine_zone *)zones)[i].name;
}

size_t plan_find_zone(const struct engine_zone *zones, size_t n_zones, const struct fqdn *name)
{
	return fqdn_find_zone(name, zones, n_zones, plan_zone_name);
}

/* ---------------------------------------------------------------- the only host */

/* The one without an interface id, or the only one there is. */
static const struct account_host *find_only_host(const struct account *account)
{
	const struct account_host *only = NULL;
	size_t i;

	if (account->n_hosts == 1)
		return &account->hosts[0];
	for (i = 0; i < account->n_hosts; i++) {
		if (interface_id_is_set(&account->hosts[i].interface_id))
			continue;
		if (only != NULL)
			return NULL;
		only = &account->hosts[i];
	}
	return only;
}

static bool names_another(const struct account *account, const struct dyndns_query *q,
			  const struct account_host *host)
{
	const struct account_host *named;
	size_t i;

	for (i = 0; account->n_hosts > 1 && i < q->n_hosts; i++) {
		named = q->hosts[i].valid ? account_find_host(account, &q->hosts[i].name) : NULL;
		if (named != NULL && named != host)
			return true;
	}
	return false;
}

static const struct account_host *meant_only_host(const struct plan_draft *d)
{
	const bool any = (d->account->quirks & ACCOUNT_ANY_HOSTNAME) != 0;
	const struct account_host *only = NULL;

	if (d->query->hosts_kind == QUERY_HOSTS_ABSENT || any)
		only = find_only_host(d->account);
	return only != NULL && !names_another(d->account, d->query, only) ? only : NULL;
}

/* ---------------------------------------------------------------- a line for each */

static void plan_add_line(struct plan_draft *d, enum dyndns_code code, enum plan_note note)
{
	d->plan->lines[d->plan->n_lines++] = (struct plan_line){
		.code = code,
		.item = PLAN_NO_ITEM,
		.note = note,
	};
	d->plan->is_noted |= note != PLAN_NOTE_NONE;
}

static void add_host_line(struct plan_draft *d, const struct account_host *host)
{
	size_t zone = plan_find_zone(d->zones, d->n_zones, &host->name);

	if (zone == d->n_zones) {
		plan_add_line(d, DYNDNS_DNSERR, PLAN_NOTE_NO_ZONE);
		return;
	}
	d->hosts[d->plan->n_lines] = host;
	d->zone_of[d->plan->n_lines] = zone;
	plan_add_line(d, DYNDNS_GOOD, PLAN_NOTE_NONE);
}

static void add_lines(struct plan_draft *d)
{
	const struct dyndns_query *q = d->query;
	size_t i;

	for (i = 0; i < q->n_hosts && i < QUERY_HOSTS_MAX; i++) {
		const struct account_host *host;

		if (!q->hosts[i].valid) {
			plan_add_line(d, DYNDNS_NOTFQDN, PLAN_NOTE_NONE);
			continue;
		}
		host = account_find_host(d->account, &q->hosts[i].name);
		if (host == NULL)
			plan_add_line(d, DYNDNS_NOHOST, PLAN_NOTE_NONE);
		else
			add_host_line(d, host);
	}
}

static void resolve_hosts(struct plan_draft *d)
{
	const struct dyndns_query *q = d->query;

	d->plan->only_host = meant_only_host(d);
	if (d->plan->only_host != NULL)
		add_host_line(d, d->plan->only_host);
	else if (q->hosts_kind == QUERY_HOSTS_TOO_MANY)
		plan_add_line(d, DYNDNS_NUMHOST, PLAN_NOTE_NONE);
	else if (q->hosts_kind == QUERY_HOSTS_GIVEN && q->n_hosts > 0)
		add_lines(d);
	else
		plan_add_line(d, DYNDNS_NOTFQDN, PLAN_NOTE_NONE);
}

/* ---------------------------------------------------------------- those on the LAN */

static bool is_named(const struct plan_draft *d, const struct account_host *host)
{
	size_t i;

	for (i = 0; i < d->plan->n_lines; i++)
		if (d->hosts[i] == host)
			return true;
	return false;
}

static bool names_any(const struct plan_draft *d)
{
	size_t i;

	for (i = 0; i < d->plan->n_lines; i++)
		if (d->hosts[i] != NULL)
			return true;
	return false;
}

/* Those that follow the prefix though no line is about them. A request of which no line is about a
 * host of the account changes nothing. */
static void resolve_lan(struct plan_draft *d)
{
	const struct account *a = d->account;
	size_t i;

	for (i = 0; i < a->n_hosts && d->n_lan < ACCOUNT_INTERFACE_IDS_MAX; i++)
		if (interface_id_is_set(&a->hosts[i].interface_id) && !is_named(d, &a->hosts[i]))
			d->lan[d->n_lan++] = (struct plan_lan_host){
				.host = &a->hosts[i],
				.zone = plan_find_zone(d->zones, d->n_zones, &a->hosts[i].name),
			};
}

static void refuse_line(struct plan_draft *d, size_t line, enum plan_note note)
{
	d->hosts[line] = NULL;
	d->plan->lines[line].code = DYNDNS_DNSERR;
	d->plan->lines[line].note = note;
	d->plan->is_noted = true;
}

static void refuse_all(struct plan_draft *d, enum plan_note note)
{
	size_t i;

	for (i = 0; i < d->plan->n_lines; i++)
		if (d->hosts[i] != NULL)
			refuse_line(d, i, note);
}

/* ---------------------------------------------------------------- what the request gives */

/* To an account without hosts on the LAN a prefix means nothing: the parameters that are for one
 * are ignored, and among the addresses it is a network, which no host can have. */
static bool prefix_is_bad(const struct plan_draft *d)
{
	const struct dyndns_query *q = d->query;

	return d->knows_lan ? q->prefix_kind == QUERY_PREFIX_BAD : q->prefix_is_address;
}

static bool plan_may_clear(const struct plan_draft *d)
{
	return (d->account->quirks & ACCOUNT_MAY_CLEAR) != 0;
}

static enum plan_note resolve_addrs(struct plan_draft *d)
{
	const struct dyndns_query *q = d->query;
	struct plan *plan = d->plan;

	if (q->address_kind == QUERY_ADDRESS_BAD || prefix_is_bad(d))
		return PLAN_NOTE_BAD_ADDRESS;
	if (family_set(&q->offline) != 0 && plan_may_clear(d)) {
		plan->addrs = q->offline;
		return PLAN_NOTE_NONE;
	}
	if (d->knows_lan && q->prefix_kind == QUERY_PREFIX_GIVEN)
		plan->summary.prefix = q->prefix;
	if (q->address_kind == QUERY_ADDRESS_PEER && !addr_is_set(d->peer))
		return PLAN_NOTE_NO_SENDER;
	if (q->address_kind == QUERY_ADDRESS_GIVEN)
		plan->addrs = q->addrs;
	else if (d->peer->family == ADDR_V4)
		plan->addrs.v4 = *d->peer;
	else if (d->peer->family == ADDR_V6)
		plan->addrs.v6 = *d->peer;
	return family_set(&plan->addrs) != 0 || plan->summary.prefix.len != 0
		       ? PLAN_NOTE_NONE
		       : PLAN_NOTE_BAD_ADDRESS;
}

/* ---------------------------------------------------------------- what a line gets of it */

static bool zone_takes(const struct engine_zone *zone, const struct addr *a)
{
	return !addr_is_no_host(a) && (zone->allow_special_addresses || !addr_is_special(a));
}

static void take_address(const struct plan_draft *d, const struct engine_zone *zone,
			 const struct addr *given, struct addr *ret, struct addr *left_out)
{
	if (!addr_is_set(given))
		return;
	if (zone_takes(zone, given) || (addr_is_unspecified(given) && plan_may_clear(d)))
		*ret = *given;
	else
		*left_out = *given;
}

/* A router behind carrier-grade NAT sends an IPv4 address that nobody can use along with an IPv6
 * address that everybody can: one family says nothing about the other. */
static void take_addresses(struct plan_draft *d, size_t line)
{
	const struct engine_zone *zone = &d->zones[d->zone_of[line]];
	const struct addr_pair *given = &d->plan->addrs;
	struct addr_pair *ret = &d->plan->lines[line].addrs;

	take_address(d, zone, &given->v4, &ret->v4, &d->plan->summary.left_out.v4);
	take_address(d, zone, &given->v6, &ret->v6, &d->plan->summary.left_out.v6);
}

static void refuse_empty(struct plan_draft *d)
{
	size_t i;

	for (i = 0; i < d->plan->n_lines; i++)
		if (d->hosts[i] != NULL && family_set(&d->plan->lines[i].addrs) == 0)
			refuse_line(d, i, PLAN_NOTE_SPECIAL_ADDRESS);
}

/* The families to be cleared of which it is not known whether the zone has what was wanted last, or
 * what was before: no record could be named that is to be deleted. */
static unsigned plan_unsettled(const struct plan_draft *d, size_t line)
{
	const struct host_state *s = &d->hosts[line]->state;
	const struct addr_pair *given = &d->plan->lines[line].addrs;
	unsigned cleared = (addr_is_unspecified(&given->v4) ? FAMILY_V4 : 0u) |
			   (addr_is_unspecified(&given->v6) ? FAMILY_V6 : 0u);

	return s->pub == s->seq || s->repeats == s->seq ? 0 : cleared & family_set(&s->want);
}

/* ---------------------------------------------------------------- hosts on the LAN */

/* Of a request that speaks of none: that of the link which the router has its own address in. Who
 * can tell the prefix and does not, does not know it just now. */
static void choose_prefix(struct plan_draft *d)
{
	struct plan *plan = d->plan;
	size_t i;

	if (!d->knows_lan || d->query->prefix_kind != QUERY_PREFIX_ABSENT)
		return;
	for (i = 0; i < plan->n_lines; i++)
		if (d->hosts[i] != NULL && !interface_id_is_set(&d->hosts[i]->interface_id) &&
		    addr_is_set(&plan->lines[i].addrs.v6) &&
		    !addr_is_unspecified(&plan->lines[i].addrs.v6))
			plan->summary.prefix =
				prefix_of(&plan->lines[i].addrs.v6, 0, INTERFACE_PREFIX_LINK);
}

/* By the prefix. *ret is set also where the zone does not take it. */
static enum plan_note join_prefix(const struct account_host *host, const struct engine_zone *zone,
				  const struct prefix *prefix, struct addr *ret)
{
	if (!interface_id_join(&host->interface_id, prefix, ret))
		return PLAN_NOTE_LAN_NO_FIT;
	/* A router without a prefix may say that it is ::/64. */
	if (addr_is_no_host(&prefix->addr) || !zone_takes(zone, ret))
		return PLAN_NOTE_LAN_SPECIAL;
	return PLAN_NOTE_NONE;
}

/* The address that a host with an interface id gets. Why it gets none, otherwise. */
static enum plan_note lan_address(struct plan_draft *d, const struct account_host *host,
				  size_t zone, struct addr *ret)
{
	struct plan_summary *summary = &d->plan->summary;
	enum plan_note note = PLAN_NOTE_LAN_NO_ZONE;
	struct addr a = {.family = ADDR_NONE};

	if (zone < d->n_zones)
		note = join_prefix(host, &d->zones[zone], &summary->prefix, &a);
	if (note == PLAN_NOTE_LAN_SPECIAL)
		summary->left_out.v6 = a;
	if (note == PLAN_NOTE_NONE) {
		d->is_of_use = true;
		*ret = a;
		return note;
	}
	if (d->plan->note == PLAN_NOTE_NONE) {
		d->plan->note = note;
		d->plan->noted = host->name;
		d->plan->is_noted = true;
	}
	return note;
}

/* The request's own IPv6 address is another host's. */
static void take_lan_address(struct plan_draft *d, size_t line)
{
	const struct account_host *host = d->hosts[line];
	struct addr *v6 = &d->plan->lines[line].addrs.v6;

	if (!interface_id_is_set(&host->interface_id))
		return;
	*v6 = (struct addr){.family = ADDR_NONE};
	lan_address(d, host, d->zone_of[line], v6);
}

static void take_lan_addresses(struct plan_draft *d)
{
	size_t i;

	for (i = 0; i < d->plan->n_lines; i++)
		if (d->hosts[i] != NULL)
			take_lan_address(d, i);
}

/* Those that no line is about. */
static void take_lan_hosts(struct plan_draft *d)
{
	size_t i;

	for (i = 0; i < d->n_lan; i++)
		d->lan[i].note = lan_address(d, d->lan[i].host, d->lan[i].zone, &d->lan[i].v6);
}

/* True: what is owed goes first, and nothing else is done before. */
static bool plan_needs_prelude(struct plan_draft *d)
{
	size_t i;

	for (i = 0; i < d->plan->n_lines; i++)
		if (d->hosts[i] != NULL) {
			d->unsettled[i] = plan_unsettled(d, i);
			d->plan->is_prelude |= d->unsettled[i] != 0;
		}
	return d->plan->is_prelude;
}

/* ---------------------------------------------------------------- all of it */

/* The addresses of each line and of each host on the LAN, and what has to be settled first. False:
 * there is nothing to be given, and every line is decided. */
static bool plan_choose_addrs(struct plan_draft *d)
{
	enum plan_note note = resolve_addrs(d);
	size_t i;

	if (note != PLAN_NOTE_NONE) {
		refuse_all(d, note);
		return false;
	}
	for (i = 0; i < d->plan->n_lines; i++)
		if (d->hosts[i] != NULL)
			take_addresses(d, i);
	choose_prefix(d);
	if (d->plan->summary.prefix.len != 0)
		take_lan_addresses(d);
	else
		refuse_empty(d);
	if (plan_needs_prelude(d) || d->plan->summary.prefix.len == 0)
		d->n_lan = 0;
	else
		take_lan_hosts(d);
	return true;
}

void plan_make(const struct account *account, const struct dyndns_query *query,
	       const struct addr *peer, const struct engine_zone *zones, size_t n_zones,
	       int64_t now_s, struct plan *ret)
{
	struct plan_draft d;

	/* What is counted is written when it is added: lines, items and hosts on the LAN are 90 KB,
	 * and most updates use one line. */
	memset(&d, 0, offsetof(struct plan_draft, lan));
	memset(ret, 0, offsetof(struct plan, lines));
	d.account = account;
	d.query = query;
	d.peer = peer;
	d.zones = zones;
	d.n_zones = n_zones;
	d.now_s = now_s;
	d.plan = ret;
	d.knows_lan = account_interface_ids(account) > 0;
	resolve_hosts(&d);
	if (d.knows_lan && names_any(&d))
		resolve_lan(&d);
	if (plan_choose_addrs(&d))
		plan_items_make(&d);
}
