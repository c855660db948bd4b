/* SPDX-License-Identifier: BSD-2-Clause
 * Looks at the store again and again, so that a table that is missing, denied or silent is noticed
 * without an update, and its return, too. What is wrong with it, the store tells by its metrics.
 * Core thread. */
#ifndef MOORING_OPS_STORE_WATCH_H
#define MOORING_OPS_STORE_WATCH_H

#include "base/err.h"

struct store;
struct store_watch;
struct uv_loop_s;

/* Between two looks: at a store that is well, which costs about 260,000 reads a month, and at one
 * in trouble. */
enum { STORE_WATCH_MS = 10000, STORE_WATCH_TROUBLE_MS = 5000 };

struct store_watch_events {
	/* The first look has ended, with 0, or with what stands in the way, which why tells. */
	void (*looked)(void *arg, int err, const struct errinfo *why);
	/* The store was in trouble at the last look, and is well. */
	void (*recovered)(void *arg);
};

/* Looks for the first time now; looked() is called in a later turn of the loop. events and store
 * are borrowed until store_watch_close(). ERR_NOMEM. */
int store_watch_new(struct uv_loop_s *loop, struct store *store,
		    const struct store_watch_events *events, void *arg, struct store_watch **ret);
/* Before the store is closed. Nothing is told any more; frees in a later turn. NULL is fine. */
void store_watch_close(struct store_watch *w);

#endif
