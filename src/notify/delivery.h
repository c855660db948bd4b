/* SPDX-License-Identifier: BSD-2-Clause
 * Notices on their way to their targets: one at a time of each target, again after trouble, until
 * the target took it or it is given up; the store hears of each step. Core thread.
 *
 * Of several daemons the one that holds a notice in the store delivers it: before it is sent it is
 * claimed, unless it is held for long enough. One that is not kept in the store lives here alone.
 */
#ifndef MOORING_NOTIFY_DELIVERY_H
#define MOORING_NOTIFY_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "notify/notify_retry.h"
#include "store/notice.h"

struct deliveries;
struct notify_target;
struct store;
struct uv_loop_s;

enum {
	DELIVERIES_MAX = 1024,	  /* notices in memory, of some 3 KB each */
	DELIVERIES_DEAD_MAX = 64, /* of those, given up: shown until the next look at the store */
	/* How long a daemon holds a notice beyond the time of an attempt: so long after it was
	 * killed another one goes on. */
	DELIVERY_LEASE_S = 30,
	DELIVERY_STORE_RETRY_S = 10, /* after trouble of the store */
	/* Lines of the log in a minute and target; the next one has the number of the others. */
	DELIVERY_LOG_FAILURES = 1,
	DELIVERY_LOG_GIVEN_UP = 20,
	/* So much longer than anybody waits for its target does a notice wait whose section is not
	 * in the configuration: of several daemons another one may have it. */
	DELIVERY_GONE_S = NOTIFY_GIVE_UP_S + 60 * 60,
};

struct deliveries_parts {
	struct store *store; /* borrowed; NULL: nothing is kept */
	char holder[NOTICE_HOLDER_MAX + 1];
	const struct conf_notify *confs; /* n; borrowed */
	struct notify_target **targets;	 /* n; theirs are closed with these deliveries */
	size_t n;
};

enum delivery_keep {
	DELIVERY_IN_MEMORY,
	DELIVERY_HELD, /* it is in the store, and ours until held_until_s */
	DELIVERY_FREE, /* it is in the store, and to be claimed */
};

/* ERR_NOMEM: the targets are still the caller's. */
int deliveries_new(struct uv_loop_s *loop, const struct deliveries_parts *parts,
		   struct deliveries **ret);
/* What one of n targets may have of all places, so that the others together leave it half. Pure. */
size_t deliveries_share(size_t all, size_t n);
/* Whether a notice of that target may be put into the store. */
bool deliveries_have_place(const struct deliveries *d, size_t target);
/* Copies. One that was given up is only shown. ERR_EXISTS: it is here already; ERR_LIMIT: there
 * are as many as may be, of all or of this target; ERR_NOTFOUND: there is no such target, and
 * DELIVERY_GONE_S are not over, after which one that is free is given up; ERR_NOMEM. */
int deliveries_add(struct deliveries *d, const struct notice *n, enum delivery_keep keep);

/* A look at the store: those in it that were given up are shown no more before it tells of them;
 * each notice that it has; and once it has told of all. */
void deliveries_look_begins(struct deliveries *d);
void deliveries_listed(struct deliveries *d, const struct notice *n);
void deliveries_look_ends(struct deliveries *d);
/* Until when a notice is held that is made for this target now. */
int64_t deliveries_hold_s(const struct deliveries *d, size_t target, int64_t now_s);

/* Begins nothing any more, and lets go of what it holds, so that the next start need not wait. */
void deliveries_stop(struct deliveries *d);
/* No call of the store is under way. */
bool deliveries_are_idle(const struct deliveries *d);
/* What is being sent is canceled, and stays in the store. closed(arg) in a later turn, or in here,
 * after which nothing is left; frees. */
void deliveries_close(struct deliveries *d, void (*closed)(void *arg), void *arg);

struct deliveries_count {
	size_t waiting, dead;
};
void deliveries_count(const struct deliveries *d, struct deliveries_count *ret);
/* Each of them, borrowed for the call. */
typedef void delivery_fn(void *arg, const struct notice *n);
void deliveries_each(const struct deliveries *d, delivery_fn *each, void *arg);

#endif
