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
#include "engine/zones.h"
#include "net/addr.h"
#include "net/fqdn.h"

/* A stored publication time this far ahead of our clock is still believed: another daemon's clock
 * may run ahead, and NTP keeps hosts well within it. Further ahead it says nothing about the age,
 * and the host is published again. */
enum { PLAN_CLOCK_SKEW_S = 300 };

/* Why a line is dnserr, for the log. */
enum plan_note {
	PLAN_NOTE_NONE,
	PLAN_NOTE_NO_ZONE,	   /* a host of the account lies in no configured zone */
	PLAN_NOTE_BAD_ADDRESS,	   /* one cannot be parsed, or there is none to publish */
	PLAN_NOTE_NO_SENDER,	   /* none is given, and the sender's is not known */
	PLAN_NOTE_SPECIAL_ADDRESS, /* each one is of a block that the zone does not take */
};

enum { PLAN_NO_ITEM = -1 };

struct plan_line {
	enum dyndns_code code; /* of a line with an item: what it will be if all goes well */
	int item;	       /* index in items of the one that decides it, or PLAN_NO_ITEM */
	enum plan_note note;
	/* What the host gets: those of the request that its zone takes. An unspecified one clears
	 * the family. */
	struct addr_pair addrs;
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
	int64_t seen_ms;	  /* the store was asked for it, or to hold it; not the plan's */
	uint64_t owed_from;	  /* the lowest seq stored and not known to be published; 0: none */
	unsigned families;	  /* whose record sets are to be published */
	unsigned awaited;	  /* of these, the ones that the request is about */
};

struct plan {
	struct addr_pair addrs;	   /* the request's */
	struct addr_pair left_out; /* of these, what some host's zone does not take; for the log */
	size_t n_lines;
	struct plan_line lines[QUERY_HOSTS_MAX];
	bool is_noted;	   /* a line has a note */
	bool is_unchanged; /* every host has its address already */
	bool is_prelude;   /* the items publish what is owed, and the rest is to be planned then */
	size_t n_items;	   /* to be published before the answer */
	struct plan_item items[QUERY_HOSTS_MAX];
	size_t n_repeats; /* to be published once more, behind it: nothing of them changed */
	struct plan_item repeats[QUERY_HOSTS_MAX];
};

/* The request means the account's only host, whatever it names. */
bool plan_means_only_host(const struct account *account, const struct dyndns_query *query);

/* The caller has checked the password. now_s is the wall clock. *ret is always filled. */
void plan_make(const struct account *account, const struct dyndns_query *query,
	       const struct addr *peer, const struct engine_zone *zones, size_t n_zones,
	       int64_t now_s, struct plan *ret);

/* The state says that something was published, but to another hosted zone than this one. */
bool plan_is_elsewhere(const struct host_state *s, const struct engine_zone *zone);

/* The zone that name lies in, the longest match; n_zones when there is none. */
size_t plan_find_zone(const struct engine_zone *zones, size_t n_zones, const struct fqdn *name);

/* The TTL of the records of an account in a zone. */
uint32_t plan_ttl(const struct account *account, const struct engine_zone *zone);

/* item, which was found owed, is intended anew: the same addresses, one seq higher. */
void plan_take_over(struct plan_item *item);

/* What the zone may have of families that are not wanted any more: what state wanted last, what it
 * says is to be deleted, or what an older one wants that the store holds (found; NULL: none). */
struct addr_pair plan_gone(const struct host_state *state, const struct host_state *found,
			   const struct addr_pair *want);

/* The families that item is about: those that are wanted, and those to be deleted. */
unsigned plan_families(const struct plan_item *item);

/* The lowest seq that is stored and not known to be published; 0: none. */
uint64_t plan_owed_from(const struct host_state *s);

#endif
