/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/plan.h"

#include <stdbool.h>
#include <string.h>

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
	if (plan_addrs_choose(&d))
		plan_items_make(&d);
}
