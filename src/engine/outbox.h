/* SPDX-License-Identifier: BSD-2-Clause
 * The changes of a publish queue: those that wait, and those that were taken out to be sent, in one
 * batch or in the ranges that it was halved into. The last range is the next to go. A value inside
 * struct publish; pure: time is an argument. */
#ifndef MOORING_ENGINE_OUTBOX_H
#define MOORING_ENGINE_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct dns_change;
struct publish_host;

/* Halving a batch of 2^63 changes leaves no more than this many pieces waiting. */
enum { OUTBOX_RANGES_MAX = 64 };

TAILQ_HEAD(outbox_hosts, publish_host);

/* A host's intent is too old to be sent as it is (RENEW): told once, from inside the functions
 * below. Its changes wait in neither list. */
typedef void outbox_stale_fn(void *arg, struct publish_host *h);

/* One change of a batch; its address is looked up when its range is sent, so that a later want
 * replaces an earlier one for as long as possible. */
struct outbox_change {
	struct publish_host *host;
	size_t family;
	uint64_t seq; /* seq and life as sent */
	uint64_t life;
	bool is_later; /* it only repeats; such ones are put last */
};

struct outbox_range {
	size_t start, len;
};

struct outbox {
	size_t n_waiting; /* changes of the hosts that wait, each family counted */
	struct outbox_hosts queue;
	struct outbox_hosts later; /* those that only repeat: behind the others */
	size_t n_later;
	struct outbox_hosts
		busy; /* waiting or in flight, the one that has been for longest first */
	size_t max;   /* changes of a batch */
	size_t n_changes;
	struct outbox_change *changes; /* of the batch; max of them */
	size_t n_ranges;
	struct outbox_range ranges[OUTBOX_RANGES_MAX];
	struct dns_change *sent; /* max; borrowed by the backend while a range is sent */
	outbox_stale_fn *stale;
	void *arg;
};

/* For batches of max changes at most. ERR_NOMEM. */
int outbox_init(struct outbox *o, size_t max, outbox_stale_fn *stale, void *arg);
void outbox_fini(struct outbox *o);

/* ---------------------------------------------------------------- those that wait */

/* h's record sets of the families are to be sent, but for those that are braked, and h is stale no
 * more. */
void outbox_add(struct outbox *o, struct publish_host *h, unsigned families, unsigned braked,
		int64_t now_ms);
/* Nothing of h that is not in a batch is to be sent any more. */
void outbox_drop(struct outbox *o, struct publish_host *h, int64_t now_ms);
/* h is stale no more: it goes first of its list. */
void outbox_put_first(struct outbox *o, struct publish_host *h);
/* Changes that wait, and those of the batch. */
size_t outbox_count(const struct outbox *o);
/* How long the one that is busy for the longest time has been; 0 without one. */
int64_t outbox_oldest_ms(const struct outbox *o, int64_t now_ms);

static inline bool outbox_is_empty(const struct outbox *o)
{
	return o->n_waiting == 0 && o->n_ranges == 0;
}

/* ---------------------------------------------------------------- those that are sent */

/* Fills sent with the changes that go next, as they are wanted now, and returns how many there are:
 * of what is left of the batch, or of a new one. No more than len; what only repeats takes what the
 * others leave, and none beyond spare changes in all. What is stale is left out, and what became
 * dirty since goes along. */
size_t outbox_take(struct outbox *o, size_t len, size_t spare, int64_t now_ms);
/* They have to wait: what only repeats goes back, so that changes that come meanwhile are sent
 * before it. */
void outbox_put_repeats_back(struct outbox *o);
/* The same for what is stale, until a range has something that may be sent. True: a whole range
 * was.
 */
bool outbox_drop_stale(struct outbox *o, int64_t now_ms);

/* One of these tells what became of the range that was sent: all of it was accepted, or refused.
 * Returns it; its hosts are marked, and are to be told. */
struct outbox_range outbox_land(struct outbox *o, bool is_accepted, int64_t now_ms);
/* It was refused as a whole: its halves go next. False: it was a single change. */
bool outbox_split(struct outbox *o);
/* It is not known since now_ms: it may land later. The range stays. */
void outbox_note_lost(struct outbox *o, int64_t now_ms);

#endif
