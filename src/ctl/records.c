/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/records.h"

#include "conf/conf.h"

static size_t fill(struct dns_change changes[2], const struct account_host *host, uint32_t ttl,
		   enum dns_action action)
{
	const struct addr *want[2] = {&host->state.want.v4, &host->state.want.v6};
	size_t i, n = 0;

	for (i = 0; i < 2; i++)
		if (addr_is_set(want[i]))
			changes[n++] = (struct dns_change){
				.action = action, .name = host->name, .addr = *want[i], .ttl = ttl};
	return n;
}

/* Route 53 deletes a record set only when value and TTL match. What the zone holds may differ from
 * our state (a TTL changed since, a publication still owed): set it first, then delete that. */
static int set_and_delete(struct session *s, struct dns *dns, const struct account_host *host,
			  uint32_t ttl, struct errinfo *ei)
{
	struct dns_change changes[2];
	size_t n = fill(changes, host, ttl, DNS_UPSERT);
	int r = session_submit(s, dns, changes, n, ei);

	if (r != 0)
		return r;
	n = fill(changes, host, ttl, DNS_DELETE);
	return session_submit(s, dns, changes, n, ei);
}

int records_delete(struct session *s, const struct account_host *host, uint32_t ttl,
		   struct errinfo *ei)
{
	const struct backend_zone *zone = session_zone(s, &host->name);
	struct errinfo why = ERRINFO_INIT;
	char v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX];
	struct dns_change changes[2];
	size_t n;
	int r;

	if (zone == NULL || zone->dns->ops->is_volatile)
		return 0;
	ttl = ttl != 0 ? ttl : zone->conf->ttl;
	n = fill(changes, host, ttl, DNS_DELETE);
	if (n == 0)
		return 0;
	r = session_submit(s, zone->dns, changes, n, &why);
	if (r == ERR_REFUSED) {
		why = (struct errinfo)ERRINFO_INIT;
		r = set_and_delete(s, zone->dns, host, ttl, &why);
	}
	if (r == 0)
		return 0;
	return err_set(ei, r, "%s is removed, but its records are still in the zone (%s%s%s): %s",
		       host->name.text, addr_format(&host->state.want.v4, v4),
		       *v4 != '\0' ? " " : "", addr_format(&host->state.want.v6, v6), why.text);
}
