/* SPDX-License-Identifier: BSD-2-Clause
 * Who is to be told of events is told of them: a notice is made for each target that wants one, and
 * is kept in the store until the target took it. Core thread.
 *
 * What was told with a done function is delivered at least once, also if this process is killed as
 * soon as done was called with 0; a digest (notify/digest.h) counts in memory. Where the store
 * takes no notices they live in memory, and die with the process: the log and the metrics say so.
 */
#ifndef MOORING_NOTIFY_NOTIFY_H
#define MOORING_NOTIFY_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "notify/delivery.h"
#include "notify/event.h"
#include "store/store.h"

struct notify;

enum {
	/* The store is looked at for what other daemons left, or mooringctl changed. */
	NOTIFY_LOOK_S = 5 * 60,
	NOTIFY_LOOK_TROUBLE_S = 30,
	/* After the store denied it. */
	NOTIFY_DENIED_MS = 60 * 60 * 1000,
	/* Notices on their way into the store at once; more events are counted in a digest. */
	NOTIFY_PUTS_MAX = 1024,
};

/* parts is copied, as deliveries_new() takes it; its targets are closed with this. ERR_NOMEM. */
int notify_new(struct uv_loop_s *loop, const struct deliveries_parts *parts, struct notify **ret);
/* The store may be asked from now on: looks for what was not delivered before. */
void notify_start(struct notify *n);

/* Whether a target wants to know of such an event of that host; "": it is of none. NULL is fine,
 * here and below: nobody does. */
bool notify_wants(const struct notify *n, unsigned kind, const char *host);
/* Copies. done is called once, never from inside, when every notice of it is in the store, or lives
 * in memory, or was counted: with 0; or when the store is in trouble: then tell it again. Some
 * targets may have it then, the store knows them by the id. ERR_NOMEM: nothing was begun. */
int notify_tell(struct notify *n, const struct event *e, store_done_fn *done, void *arg);
/* The same for what nobody waits for: when the store is in trouble, it lives in memory. */
void notify_say(struct notify *n, const struct event *e);
/* The same for one target, of which n is the place among them. */
void notify_say_to(struct notify *n, size_t target, const struct event *e);

/* Takes nothing any more but what is told with a done function, sends nothing more. */
void notify_stop(struct notify *n);
/* done is called when nothing is on its way to the store, never from inside. */
void notify_drain(struct notify *n, void (*done)(void *arg), void *arg);
/* What is being sent is canceled, and stays in the store; frees in a later turn, when the targets
 * and the store have let go of it. A drain's done is called no more. */
void notify_close(struct notify *n);

struct notify_stats {
	size_t waiting, dead; /* of which this daemon knows */
	bool is_in_memory;    /* the store takes no notices */
	int64_t looked_s;     /* wall clock: when it read the store last; 0: it did not yet */
};
void notify_stats(const struct notify *n, struct notify_stats *ret);
void notify_each(const struct notify *n, delivery_fn *each, void *arg);

#endif
