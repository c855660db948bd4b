/* SPDX-License-Identifier: BSD-2-Clause
 * The changes of a publish queue: those that wait, and those that were taken out to be sent. A
 * value inside struct publish; pure. */
#ifndef MOORING_ENGINE_OUTBOX_H
#define MOORING_ENGINE_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "engine/batch.h"

struct publish_host;

TAILQ_HEAD(outbox_hosts, publish_host);

/* A host's intent is too old to be sent as it is (RENEW): told once, from inside the functions
 * below. Its changes wait in neither list. */
typedef void outbox_stale_fn(void *arg, struct publish_host *h);

struct outbox {
	size_t n_waiting; /* changes of the hosts that wait, each family counted */
	struct outbox_hosts queue;
	struct outbox_hosts later; /* those that only repeat: behind the others */
	size_t n_later;
	struct outbox_hosts
		busy;	    /* waiting or in flight, the one that has been for longest first */
	struct batch batch; /* taken out to be sent */
	outbox_stale_fn *stale;
	void *arg;
};

/* For batches of max changes at most. ERR_NOMEM. */
int outbox_init(struct outbox *o, size_t max, outbox_stale_fn *stale, void *arg);
void outbox_fini(struct outbox *o);

/* These families of h are to be sent, and no others; none: it is taken out. One that is stale waits
 * in neither list. */
void outbox_set(struct outbox *o, struct publish_host *h, unsigned families);
/* h is stale no more: it goes first of its list. */
void outbox_put_first(struct outbox *o, struct publish_host *h);
/* After h became busy, or may have ended to be. */
void outbox_note_busy(struct outbox *o, struct publish_host *h, int64_t now_ms);
/* How long the one that is busy for the longest time has been; 0 without one. */
int64_t outbox_oldest_ms(const struct outbox *o, int64_t now_ms);

/* Takes a new batch of max changes at most. What only repeats takes what the others leave, and none
 * beyond spare changes in all. */
void outbox_gather(struct outbox *o, size_t max, size_t spare, int64_t now_ms);
/* Fills the batch's next range with what is wanted now; what became dirty since goes along. */
void outbox_snapshot(struct outbox *o);
/* The batch has to wait: what only repeats goes back, so that changes that come meanwhile are sent
 * before it. */
void outbox_put_repeats_back(struct outbox *o);
/* Takes what is stale out of the ranges, from the one that goes next on, until one has something
 * that may be sent. True: a whole range was. */
bool outbox_drop_stale(struct outbox *o, int64_t now_ms);

#endif
