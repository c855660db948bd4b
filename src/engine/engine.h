/* SPDX-License-Identifier: BSD-2-Clause
 * The update engine: checks the password, plans, intends, publishes, confirms, answers. Core thread
 * only; how, and what it promises, is told in docs/ARCHITECTURE.md. */
#ifndef MOORING_ENGINE_ENGINE_H
#define MOORING_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account/penalty.h"
#include "base/err.h"
#include "engine/history_queue.h"
#include "engine/news.h"
#include "engine/update_request.h"
#include "engine/zones.h"

struct engine;
struct peppers;
struct store;
struct view;
struct uv_loop_s;

/* For max_new_hosts: as many as Route 53 takes in five minutes. */
enum { ENGINE_NEW_HOSTS_MAX = 16384 };

struct engine_conf {
	const struct engine_zone *zones; /* copied */
	size_t n_zones;
	unsigned update_deadline_ms;
	unsigned max_pending_updates;
	unsigned max_pending_hashes;
	struct penalty_conf penalty;   /* of failed logins */
	const struct peppers *peppers; /* of secrets; borrowed, and they may change. NULL: none */
	unsigned changes_per_hour;     /* of a host; 0: no limit */
	/* Hosts that are being published or confirmed, all zones together. Beyond it a change is
	 * refused before it is intended; owed hosts that find no room at start are listed again
	 * later. */
	unsigned max_pending_hosts;
	/* Hosts that are remembered to be published once more after settle_ms, since they replaced
	 * no state; each is some 350 bytes. */
	unsigned max_new_hosts;
	unsigned sync_interval_ms; /* how often the store's version is asked */
	unsigned settle_ms;	   /* how late a publication of another daemon may still land */
	unsigned scan_share;	   /* per cent of a table that a listing may take; 1 to 100 */
	unsigned account_cache;	   /* accounts kept in memory; 0: none */
	/* One of a store without a version that was read no longer than this ago answers nochg; 0:
	 * none does. Another daemon's writes may be missed for as long. */
	unsigned account_cache_age_ms;
	/* While the store is in trouble, an account kept no longer than this ago may still answer
	 * nochg; 0: none may. */
	unsigned stale_age_ms;
	/* Of what happened to hosts, and for how long; without effect where the store keeps none.
	 */
	enum history_mode history;
	int64_t history_keep_s;
	const struct engine_news *news; /* borrowed until engine_close(); NULL: nobody is told */
};

typedef void engine_drained_fn(void *arg);
/* err 0: started; ERR_*: the store could not be listed (why): the daemon goes on all the same, and
 * lists it later. ERR_DENIED: it never will, and what was owed is published when its router asks
 * again. */
typedef void engine_started_fn(void *arg, int err, const struct errinfo *why);

/* store is borrowed. ERR_NOMEM. */
int engine_new(struct uv_loop_s *loop, const struct engine_conf *conf, struct store *store,
	       struct engine **ret);

/* Lists the store: loads volatile zones and publishes every host whose pub < seq. done is called
 * once when the list was read, or goes on to be read behind (see engine_stats, resuming);
 * publications go on in the background. ERR_NOMEM. */
int engine_start(struct engine *e, engine_started_fn *done, void *arg);

/* The same when the store is known not to answer, as why tells: done is told so at once, with
 * ERR_UNAVAILABLE, and the store is listed once it was said to have recovered, or a minute later.
 */
void engine_start_later(struct engine *e, const struct errinfo *why, engine_started_fn *done,
			void *arg);
void engine_store_recovered(struct engine *e);

/* One update. Always answers: at the latest at the deadline, with 911. */
void engine_update(struct engine *e, struct engine_request *r, engine_answer_fn *done, void *arg);

/* The update with this id, if it still waits, is answered with what is known, as at its deadline:
 * the front needs its place. */
void engine_hurry(struct engine *e, uint64_t id);

/* Answers all waiters at once with what is known (911 when nothing is) and refuses further updates
 * with 911; done when no waiter is left and no batch or store call is in flight, or after
 * timeout_ms; never from inside this call. Not to be called from inside an answer. What is queued
 * and not in flight stays owed in the store: the next start publishes it. */
void engine_drain(struct engine *e, unsigned timeout_ms, engine_drained_fn *done, void *arg);

/* Counts for logs and tests. */
struct engine_stats {
	uint64_t updates;  /* answered */
	size_t pending;	   /* waiting for an answer */
	size_t queued;	   /* changes not yet accepted */
	size_t cached;	   /* accounts in memory */
	size_t repeats;	   /* accounts whose unchanged hosts wait to be published once more */
	size_t stateless;  /* hosts that replaced no state, and wait for the same */
	int64_t oldest_ms; /* how long the oldest host among them has waited; 0: none does */
	size_t barred;	   /* zones that the backend refused as a whole at the last attempt */
	uint64_t batches;  /* handed to a publisher */
	bool resuming;	   /* started, but what was owed then could not be read yet */
	size_t seen;	   /* hosts in memory, and when each was asked for */
	size_t hosts;	   /* for which something is left to do; of these: */
	size_t hosts_for_store, hosts_for_settle, hosts_for_listing;
};
void engine_stats(const struct engine *e, struct engine_stats *ret);

/* What it can say of hosts; borrowed until engine_close(). */
const struct view *engine_view(const struct engine *e);

/* After the drain; NULL is fine. Touches store and publishers no more, so that they may be closed
 * next; frees in a later turn of the loop, when the calls that they still owe have come back. Not
 * to be called from inside an answer. */
void engine_close(struct engine *e);

#endif
