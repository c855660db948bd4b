/* SPDX-License-Identifier: BSD-2-Clause
 * What a plan is made of, and what its two steps hand on to each other: plan.c finds the hosts that
 * the request means and the addresses that each gets, plan_item.c what has to be done for them.
 * Values. */
#ifndef MOORING_ENGINE_PLAN_PARTS_H
#define MOORING_ENGINE_PLAN_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account/account.h"
#include "dyndns/query.h"
#include "dyndns/reply.h"
#include "net/addr.h"
#include "net/fqdn.h"
#include "net/prefix.h"

struct engine_zone;

enum { PLAN_NO_ITEM = -1 };
/* Those that a request names, and all that have an interface id. */
enum { PLAN_ITEMS_MAX = QUERY_HOSTS_MAX + ACCOUNT_INTERFACE_IDS_MAX };
/* More of them come with later requests. */
enum { PLAN_REPEATS_MAX = QUERY_HOSTS_MAX };

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

struct plan_line {
	enum dyndns_code code; /* of a line with an item: what it will be if all goes well */
	int item;	       /* index in items of the one that decides it, or PLAN_NO_ITEM */
	enum plan_note note;
	/* What the host gets: those of the request that its zone takes. An unspecified one clears
	 * the family. */
	struct addr_pair addrs;
	struct prefix prefix; /* of the others, where it gets none; of length 0: neither */
};

/* One host to be published, named once however often the request names it. */
struct plan_item {
	struct fqdn name;
	size_t zone; /* index */
	uint32_t ttl;
	struct addr_pair want;	  /* of the host, not only of the request */
	struct addr_pair gone;	  /* of families that want lacks: what is to be deleted, */
	uint32_t gone_ttl;	  /* and the TTL that it has; 0: not known */
	bool intend;		  /* the store has to be told first */
	bool is_rolled_back;	  /* the store forgot what we know */
	bool repeats;		  /* want is published already: nobody waits for this */
	struct host_state expect; /* what the store then has */
	uint64_t seq;		  /* to be published */
	int64_t time_s;		  /* when what it replaces was published */
	int64_t wanted_ms;	  /* see struct host_state, as is the next one */
	int64_t since_ms;
	bool is_asked;	     /* an update asks for it now, */
	bool is_asked_again; /* and one did at wanted_ms: nothing came between */
	int64_t seen_ms;     /* the store was asked for it, or to hold it; not the plan's */
	uint64_t owed_from;  /* the lowest seq stored and not known to be published; 0: none */
	unsigned families;   /* whose record sets are to be published */
	unsigned awaited;    /* of these, the ones that the request is about; 0: it
				does not name the host */
};

/* What the log tells of a plan. */
struct plan_summary {
	struct addr_pair left_out; /* what some host's zone does not take */
	struct prefix prefix;	   /* of the hosts with an interface id; of length 0: none */
	size_t n_renumbered;	   /* of them, those that get another address by it */
};

struct plan {
	/* The account's only host, if that is meant, whatever is named. Borrowed from the account.
	 * NULL: it is not. */
	const struct account_host *only_host;
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

/* A host that has an interface id, and that no line is about. */
struct plan_lan_host {
	const struct account_host *host;
	size_t zone;	     /* index; the number of zones: in none */
	struct addr v6;	     /* what it gets, */
	enum plan_note note; /* or why it gets nothing */
};

/* A plan that is being made. */
struct plan_draft {
	const struct account *account;
	const struct dyndns_query *query;
	const struct addr *peer;
	const struct engine_zone *zones;
	size_t n_zones;
	int64_t now_s;
	struct plan *plan;
	/* Of each line: the account's host that it is about, NULL: it is decided already; the zone
	 * of that; the families to be cleared that have to be settled first. */
	const struct account_host *hosts[QUERY_HOSTS_MAX];
	size_t zone_of[QUERY_HOSTS_MAX];
	unsigned unsettled[QUERY_HOSTS_MAX];
	bool knows_lan; /* the account has hosts with an interface id */
	bool is_of_use; /* the prefix is one of theirs */
	size_t n_lan;
	struct plan_lan_host lan[ACCOUNT_INTERFACE_IDS_MAX]; /* only so many are set */
};

#endif
