/* SPDX-License-Identifier: BSD-2-Clause
 * Reading the whole store: what is owed at start; for zones that live in this process, what others
 * wrote or removed meanwhile; who else has the name of a host that was removed while it was
 * published. Core thread. */
#ifndef MOORING_ENGINE_RECONCILE_H
#define MOORING_ENGINE_RECONCILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct accounts;
struct calls;
struct hosts;
struct known;
struct ticks;
struct reconcile;
struct store;
struct uv_loop_s;
struct zones;

/* A store that cannot tell whether it changed is listed no more often than this. */
enum { RECONCILE_LIST_MIN_MS = 60000 };
/* Hosts that are removed from their account together are looked for in one listing. */
enum { RECONCILE_CLAIMS_MS = 2000 };
/* After the store answers again, doubled by each listing that fails all the same, so many times. */
enum { RECONCILE_RECOVERED_MS = 1000, RECONCILE_RECOVERED_TIMES = 6 };

/* A listing at the start that takes longer goes on behind: whoever started the daemon waits. */
enum { RECONCILE_START_MS = 10000 };

/* What it works with; borrowed until reconcile_close(). */
struct reconcile_parts {
	struct store *store;
	struct calls *calls;
	struct zones *zones;
	struct known *known;
	const struct ticks *ticks;
	struct accounts *accounts;
	struct hosts *hosts;
	struct writers *writers;
	struct seen *seen;
};

/* As engine_started_fn. */
typedef void reconcile_started_fn(void *arg, int err, const struct errinfo *why);

struct reconcile_conf {
	int64_t interval_ms; /* how often the store is asked whether it changed */
	int64_t settle_ms;   /* how late an intent of a daemon that was killed may still arrive */
	unsigned scan_share; /* as struct store_listing has it */
};

/* How often the store is asked whether it changed, for interval_ms as configured. */
int64_t reconcile_interval_ms(const struct store *store, int64_t interval_ms);
/* ERR_NOMEM. */
int reconcile_new(struct uv_loop_s *loop, const struct reconcile_parts *parts,
		  const struct reconcile_conf *conf, struct reconcile **ret);
/* Asks the store what is owed, where it knows that by itself, and reads it; once more, a remote
 * one, after settle_ms; and from then on as often as the zones need it. started is called once, in
 * a later turn of the loop, or from reconcile_stop(): when the store was read, or goes on to be
 * read behind, because it is in trouble or large. */
void reconcile_start(struct reconcile *r, reconcile_started_fn *started, void *arg);
/* The same when the store is known not to answer, as why tells: it is read when it does. */
void reconcile_start_later(struct reconcile *r, const struct errinfo *why,
			   reconcile_started_fn *started, void *arg);
/* The store answers again. */
void reconcile_recovered(struct reconcile *r);
/* Started, but what was owed then is not known yet: the store could not be listed. Where that is
 * forbidden, it never will. */
bool reconcile_is_resuming(const struct reconcile *r);
/* The store is to be listed soon, for the hosts that were removed. */
void reconcile_claims(struct reconcile *r);
/* Ends a listing that is under way; asks no more. */
void reconcile_stop(struct reconcile *r);
void reconcile_close(struct reconcile *r);
/* Of one that is over. NULL is fine. */
void reconcile_free(struct reconcile *r);

#endif
