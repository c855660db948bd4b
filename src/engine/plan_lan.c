/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/plan_lan.h"

#include "engine/zones.h"
#include "net/addr_special.h"
#include "net/interface_id.h"

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

const struct account_host *plan_only_host(const struct account *account,
					  const struct dyndns_query *query)
{
	const bool any = (account->quirks & ACCOUNT_ANY_HOSTNAME) != 0;
	const struct account_host *only = NULL;

	if (query->hosts_kind == QUERY_HOSTS_ABSENT || any)
		only = find_only_host(account);
	return only != NULL && !names_another(account, query, only) ? only : NULL;
}

bool plan_zone_takes(const struct engine_zone *zone, const struct addr *a)
{
	return !addr_is_no_host(a) && (zone->allow_special_addresses || !addr_is_special(a));
}

enum plan_note plan_lan_address(const struct account_host *host, const struct engine_zone *zone,
				const struct prefix *prefix, struct addr *ret)
{
	if (!interface_id_join(&host->interface_id, prefix, ret))
		return PLAN_NOTE_LAN_NO_FIT;
	/* A router without a prefix may say that it is ::/64. */
	if (addr_is_no_host(&prefix->addr) || !plan_zone_takes(zone, ret))
		return PLAN_NOTE_LAN_SPECIAL;
	return PLAN_NOTE_NONE;
}
