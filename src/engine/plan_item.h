/* SPDX-License-Identifier: BSD-2-Clause
 * What has to be done for hosts that are to have certain addresses, from their states: items, and
 * what the lines of an update say of them. Pure: no clock, no allocation, no log. */
#ifndef MOORING_ENGINE_PLAN_ITEM_H
#define MOORING_ENGINE_PLAN_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/plan_parts.h"

struct engine_zone;

/* Decides every line of the plan that has not been decided, and the hosts on the LAN, by the
 * addresses that they get. */
void plan_items_make(struct plan_draft *d);

/* A stored publication time this far ahead of our clock is still believed: another daemon's clock
 * may run ahead, and NTP keeps hosts well within it. Further ahead it says nothing about the age,
 * and the host is published again. */
enum { PLAN_CLOCK_SKEW_S = 300 };

enum plan_work {
	PLAN_WORK_NONE,
	PLAN_WORK_REPEAT, /* nothing changed, but it is published once more */
	PLAN_WORK_CHANGE,
};

/* What host, which lies in the zone at that index, needs for the addresses given; a family without
 * one stays, one with the unspecified address goes. *ret is set unless that is nothing. now_s is
 * the wall clock. */
enum plan_work plan_item_make(const struct account *account, const struct account_host *host,
			      const struct engine_zone *zones, size_t at,
			      const struct addr_pair *given, int64_t now_s, struct plan_item *ret);

/* The same for a host that is to be published once more however young it is, with what it has. What
 * is owed is not intended anew: whoever owes it, or takes it over, sends it. False: there is
 * nothing, or another account has overwritten it. */
bool plan_once_more(const struct account *account, const struct account_host *host,
		    const struct engine_zone *zones, size_t at, struct plan_item *ret);

/* The state says that something was published, but to another hosted zone than this one. */
bool plan_is_elsewhere(const struct host_state *s, const struct engine_zone *zone);

/* The TTL of the records of an account in a zone. */
uint32_t plan_ttl(const struct account *account, const struct engine_zone *zone);

/* item, which was found owed, is intended anew: the same addresses, one seq higher. */
void plan_take_over(struct plan_item *item);

/* What the zone may have of families that are not wanted any more: what state wanted last, what it
 * says is to be deleted, or what an older one wants that the store holds (found; NULL: none). */
struct addr_pair plan_gone(const struct host_state *state, const struct host_state *found,
			   const struct addr_pair *want);

/* To publish what the store has of a host: all that its state s wants, and what it says is to be
 * deleted. The host lies in zone, which has the index at. */
void plan_as_stored(const struct account *account, const struct engine_zone *zone, size_t at,
		    const struct fqdn *name, const struct host_state *s, struct plan_item *ret);

/* The families that item is about: those that are wanted, and those to be deleted. */
unsigned plan_families(const struct plan_item *item);

/* The lowest seq that is stored and not known to be published; 0: none. */
uint64_t plan_owed_from(const struct host_state *s);

#endif
