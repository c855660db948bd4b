/* SPDX-License-Identifier: BSD-2-Clause
 * What an update means: account, request and time in; a verdict for each line, intents and
 * publications out. Here: which hosts are meant, and which addresses each gets: those of the
 * request, or of its sender, that the host's zone takes. Hosts on the LAN, which have an interface
 * id, follow the prefix of their account's router. Pure: no clock, no allocation, no log. */
#ifndef MOORING_ENGINE_PLAN_H
#define MOORING_ENGINE_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "engine/plan_item.h"
#include "engine/plan_parts.h"
#include "engine/zones.h"

/* The caller has checked the password. now_s is the wall clock. *ret is always filled. */
void plan_make(const struct account *account, const struct dyndns_query *query,
	       const struct addr *peer, const struct engine_zone *zones, size_t n_zones,
	       int64_t now_s, struct plan *ret);

/* The zone that name lies in, the longest match; n_zones when there is none. */
size_t plan_find_zone(const struct engine_zone *zones, size_t n_zones, const struct fqdn *name);

#endif
