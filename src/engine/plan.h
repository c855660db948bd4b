/* SPDX-License-Identifier: BSD-2-Clause
 * What an update means: account, request and time in; a verdict for each line, intents and
 * publications out. Pure: no clock, no allocation, no log. */
#ifndef MOORING_ENGINE_PLAN_H
#define MOORING_ENGINE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account/account.h"
#include "dyndns/query.h"
#include "dyndns/reply.h"
#include "engine/family.h"
#include "engine/plan_item.h"
#include "engine/plan_lan.h"
#include "engine/zones.h"
#include "net/addr.h"
#include "net/fqdn.h"

enum { PLAN_NO_ITEM = -1 };
/* Those that a request names, and all that have an interface id. */
enum { PLAN_ITEMS_MAX = QUERY_HOSTS_MAX + ACCOUNT_INTERFACE_IDS_MAX };
/* More of them come with later requests. */
enum { PLAN_REPEATS_MAX = QUERY_HOSTS_MAX };

struct plan_line {
	enum dyndns_code code; /* of a line with an item: what it will be if all goes well */
	int item;	       /* index in items of the one that decides it, or PLAN_NO_ITEM */
	enum plan_note note;
	/* What the host gets: those of the request that its zone takes. An unspecified one clears
	 * the family. */
	struct addr_pair addrs;
	struct prefix prefix; /* of the others, where it gets none; of length 0: neither */
};

/* What the log tells of a plan. */
struct plan_summary {
	struct addr_pair left_out; /* what some host's zone does not take */
	struct prefix prefix;	   /* of the hosts with an interface id; of length 0: none */
	size_t n_renumbered;	   /* of them, those that get another address by it */
};

struct plan {
	struct addr_pair addrs; /* the request's */
	struct plan_summary summary;
	bool is_noted;	   /* a line has a note */
	bool is_unchanged; /* every host has its address already */
	bool is_prelude;   /* the items publish what is owed, and the rest is to be planned then */
	enum plan_note note; /* of a host that no line is about */
	struct fqdn noted;   /* which one; not set without a note */
	size_t n_lines;
	size_t n_items;	  /* to be stored before the answer */
	size_t n_named;	  /* of them, the first ones: to be published before it, too */
	size_t n_repeats; /* to be published once more, behind it: nothing of them changed */
	/* Only so many of each are set. */
	struct plan_line lines[QUERY_HOSTS_MAX];
	struct plan_item items[PLAN_ITEMS_MAX];
	struct plan_item repeats[PLAN_REPEATS_MAX];
};

/* The caller has checked the password. now_s is the wall clock. *ret is always filled. */
void plan_make(const struct account *account, const struct dyndns_query *query,
	       const struct addr *peer, const struct engine_zone *zones, size_t n_zones,
	       int64_t now_s, struct plan *ret);

#endif
