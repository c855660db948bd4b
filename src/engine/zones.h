/* SPDX-License-Identifier: BSD-2-Clause
 * The zones: what is configured of each, its DNS backend, and the queue of its changes. A zone is
 * named by its index. Core thread. */
#ifndef MOORING_ENGINE_ZONES_H
#define MOORING_ENGINE_ZONES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account/account.h"
#include "net/fqdn.h"

struct addr_pair;
struct dns;
struct publish;
struct publish_events;
struct uv_loop_s;
struct zones;

struct engine_zone {
	struct fqdn name;
	/* The hosted zone, as the state of a host names it: what was published to another one is
	 * owed to this one. "": what was published may be in any. */
	char id[HOST_ZONE_MAX + 1];
	struct dns *dns; /* borrowed for the life of the engine */
	uint32_t ttl;
	bool allow_special_addresses;
	uint32_t republish_interval_s; /* up to a quarter less, for each host anew */
};

/* Copies zones. ERR_NOMEM. */
int zones_new(const struct engine_zone *zones, size_t n, struct zones **ret);
/* Opens the queues, whose events go to arg. ERR_NOMEM: none is open. */
int zones_open(struct zones *z, struct uv_loop_s *loop, const struct publish_events *events,
	       void *arg);
/* Starts no further batch. */
void zones_stop(struct zones *z);
/* Calls no event any more. */
void zones_close(struct zones *z);
/* Closed, or never opened; NULL is fine. */
void zones_free(struct zones *z);

/* What whoever publishes to a zone needs of it. */
struct zone_handle {
	const struct engine_zone *conf;
	struct publish *queue;
	bool is_volatile; /* the records live in this process */
};

size_t zones_count(const struct zones *z);
/* zones_count() of them, set by zones_open(); borrowed, as are the next. */
const struct zone_handle *zones_handles(const struct zones *z);
const struct engine_zone *zones_all(const struct zones *z);
struct publish *zones_queue(const struct zones *z, size_t zone);
/* The records live in this process: zone, or at least one. */
bool zones_is_volatile(const struct zones *z, size_t zone);
bool zones_have_volatile(const struct zones *z);
/* A backend has a batch. */
bool zones_are_flying(const struct zones *z);

/* Of all queues. */
struct zones_sum {
	size_t queued;	   /* changes not yet accepted */
	int64_t oldest_ms; /* how long the oldest host among them has waited; 0: none does */
	size_t barred;	   /* zones that the backend refused as a whole at the last attempt */
	uint64_t batches;  /* handed to a publisher */
};
void zones_sum(const struct zones *z, int64_t now_ms, struct zones_sum *ret);

/* The reconciliation of dns/dns.h, for all volatile zones. keep: does nothing in another one.
 * ERR_NOMEM. */
void zones_reconcile_begin(struct zones *z);
int zones_reconcile_keep(struct zones *z, size_t zone, const struct fqdn *name,
			 const struct addr_pair *want, uint32_t ttl);
void zones_reconcile_end(struct zones *z, bool complete);

#endif
