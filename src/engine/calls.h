/* SPDX-License-Identifier: BSD-2-Clause
 * The calls of the store and of workers that are under way, and the store's trouble: a warning, and
 * a probe that notices the store's recovery. Also when the engine may be freed: once it is closed
 * and no call, and no handle of libuv, refers to it any more. Core thread. */
#ifndef MOORING_ENGINE_CALLS_H
#define MOORING_ENGINE_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "store/store.h"

struct calls;
struct engine_change;
struct engine_news;
struct uv_loop_s;

/* Poll an unresponsive store at this interval, so that its recovery is noticed without updates. */
enum { CALLS_PROBE_MS = 5000 };

struct calls_events {
	void (*returned)(void *arg); /* while the engine drains: a call has come back */
	void (*over)(void *arg);     /* closed, and nothing is left: frees all, this too */
};

/* Lies inside whoever calls; one call at a time. */
struct call {
	void (*closed)(void *arg); /* instead of done, once the engine is closed: frees its own */
	void *arg;		   /* of closed() and done() */
	/* The rest is of calls.c. */
	struct calls *calls;
	union {
		store_lookup_fn *found;
		store_done_fn *done;
		store_owners_fn *told;
		store_decided_fn *decided;
	};
};

/* store is borrowed until calls_close(). ERR_NOMEM. */
int calls_new(struct uv_loop_s *loop, struct store *store, const struct calls_events *events,
	      void *arg, struct calls **ret);
/* Of one that is over, or was never used. NULL is fine. */
void calls_free(struct calls *c);

/* As the verbs of the store. call is left alone until done, or closed(). */
int calls_lookup(struct calls *c, struct call *call, const char *user, store_lookup_fn *found);
int calls_credential(struct calls *c, struct call *call, const char *user, store_lookup_fn *found);
/* As store_read_rest(), at once. */
int calls_read_rest(struct calls *c, struct account *account);
int calls_intend(struct calls *c, struct call *call, const char *user,
		 const struct store_intent *intents, size_t n, store_done_fn *done);
int calls_owners(struct calls *c, struct call *call, const struct fqdn *name,
		 store_owners_fn *told);
int calls_is_empty(struct calls *c, struct call *call, store_decided_fn *decided);
int calls_confirm(struct calls *c, struct call *call, const char *user,
		  const struct store_confirm *confirm, store_done_fn *done);
int calls_add_history(struct calls *c, struct call *call, const struct history_entry *entries,
		      size_t n, int64_t keep_s, store_done_fn *done);
int calls_prune_history(struct calls *c, struct call *call, int64_t before_s, int64_t newest_s,
			store_decided_fn *decided);
/* As news->changed(). */
int calls_tell(struct calls *c, struct call *call, const struct engine_news *news,
	       const struct engine_change *change, store_done_fn *done);
/* Another call begins, and has come back, or was not begun after all. calls_end() is false when the
 * engine is closed: the caller has freed what is its own before, and touches nothing after it. */
void calls_begin(struct calls *c);
bool calls_end(struct calls *c);
size_t calls_under_way(const struct calls *c);
/* Of libuv: a handle was opened; it has been closed, for good. */
void calls_add_handle(struct calls *c);
void calls_drop_handle(struct calls *c);

/* A verb of the store failed with err; why may be NULL. */
void calls_trouble(struct calls *c, const char *verb, const char *user, int err,
		   const struct errinfo *why);

/* The engine drains: nothing new is begun from now on. */
void calls_stop(struct calls *c);
bool calls_are_stopping(const struct calls *c);
void calls_close(struct calls *c);

#endif
