/* SPDX-License-Identifier: BSD-2-Clause
 * The addresses that an update gives to each host: those of the request, or of its sender, that the
 * host's zone takes. Hosts on the LAN, which have an interface id, follow the prefix of their
 * account's router. Pure. */
#ifndef MOORING_ENGINE_PLAN_ADDRS_H
#define MOORING_ENGINE_PLAN_ADDRS_H

#include <stdbool.h>

#include "engine/plan_parts.h"

/* Of each line and of each host on the LAN, and what has to be settled first. False: there is
 * nothing to be given, and every line is decided. */
bool plan_addrs_choose(struct plan_draft *d);

/* The address that host, which lies in zone, has by a prefix. Why it gets none, otherwise; *ret is
 * set all the same where the zone does not take it. */
enum plan_note plan_lan_address(const struct account_host *host, const struct engine_zone *zone,
				const struct prefix *prefix, struct addr *ret);

#endif
