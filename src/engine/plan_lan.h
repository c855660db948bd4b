/* SPDX-License-Identifier: BSD-2-Clause
 * Hosts on the LAN, which have an interface id and follow the prefix of their account's router:
 * what they get, and which host is meant beside them. Pure. */
#ifndef MOORING_ENGINE_PLAN_LAN_H
#define MOORING_ENGINE_PLAN_LAN_H

#include <stdbool.h>

#include "account/account.h"
#include "dyndns/query.h"
#include "net/addr.h"
#include "net/prefix.h"

struct engine_zone;

/* Why a line is dnserr, for the log. */
enum plan_note {
	PLAN_NOTE_NONE,
	PLAN_NOTE_NO_ZONE,	   /* a host of the account lies in no configured zone */
	PLAN_NOTE_BAD_ADDRESS,	   /* one cannot be parsed, or there is none to publish */
	PLAN_NOTE_NO_SENDER,	   /* none is given, and the sender's is not known */
	PLAN_NOTE_SPECIAL_ADDRESS, /* each one is of a block that the zone does not take */
	/* Of a host with an interface id that keeps its address. */
	PLAN_NOTE_LAN_NO_ZONE,
	PLAN_NOTE_LAN_SPECIAL,
	PLAN_NOTE_LAN_NO_FIT, /* the id reaches into the prefix */
};

/* The account's only host, if the request means that, whatever it names: the one without an
 * interface id, or the only one there is. NULL: it does not, or there are several, or none. */
const struct account_host *plan_only_host(const struct account *account,
					  const struct dyndns_query *query);

/* A name in the zone may have this address. */
bool plan_zone_takes(const struct engine_zone *zone, const struct addr *a);

/* The address that host, which lies in zone, has by a prefix. Why it gets none, otherwise; *ret is
 * set all the same where the zone does not take it. */
enum plan_note plan_lan_address(const struct account_host *host, const struct engine_zone *zone,
				const struct prefix *prefix, struct addr *ret);

#endif
