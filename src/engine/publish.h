/* SPDX-License-Identifier: BSD-2-Clause
 * The publish queue of one zone: gathers changes, keeps one batch in flight, splits what is
 * refused, waits out what is throttled. Core thread only. It knows no store and no waiter: its
 * owner embeds a struct publish_host in what it tracks and hears how each fares. */
#ifndef MOORING_ENGINE_PUBLISH_H
#define MOORING_ENGINE_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/publish_host.h"

struct dns;
struct publish;
struct uv_loop_s;

/* Retries after trouble wait base * 2^attempt, at most the cap, jittered. */
enum { PUBLISH_BACKOFF_BASE_MS = 100, PUBLISH_BACKOFF_CAP_MS = 20000 };
/* The same after a throttle: asking at once only adds to the rate, and there is room again within
 * seconds. */
enum { PUBLISH_THROTTLE_BASE_MS = 1000, PUBLISH_THROTTLE_CAP_MS = 5000 };
/* A missing permission or zone is not cured by asking often. */
enum { PUBLISH_BARRED_MS = 30000 };
/* Hosts that wait behind all others, at most but for those that were found owed; and how often they
 * look for room. */
enum { PUBLISH_LATER_MAX = 64, PUBLISH_LATER_MS = 1000 };

struct publish_events {
	/* A change landed: look at accepted, refused and publish_is_busy(). The host may be freed
	 * when it is not busy, or added again. */
	void (*landed)(void *arg, struct publish_host *h);
	/* renew_ms has come: h stays busy and is not sent before publish_renewed() or
	 * publish_add(), with a later renew_ms. Not to be called from inside this one. */
	void (*stale)(void *arg, struct publish_host *h);
	/* The whole zone is refused for now (ERR_DENIED, ERR_NOTFOUND): h stays queued. */
	void (*barred)(void *arg, struct publish_host *h);
	/* After publish_stop(): the backend is done with a batch, and every host was told. */
	void (*idle)(void *arg);
};

/* dns is borrowed until publish_close(); name is for the log, copied. ERR_NOMEM. */
int publish_new(struct uv_loop_s *loop, struct dns *dns, const struct fqdn *name,
		const struct publish_events *events, void *arg, struct publish **ret);

/* Sends h's record sets of the families. A change under the brake is not sent, its family is in
 * h->refused when this returns. No event comes from inside this call. */
void publish_add(struct publish *p, struct publish_host *h, unsigned families);

/* h, which is stale, may be sent after all: its turn has come already. */
void publish_renewed(struct publish *p, struct publish_host *h);
/* Nothing of h that is not in flight is sent any more. */
void publish_drop(struct publish *p, struct publish_host *h);

/* True when the backend refused the whole zone at the last attempt. */
bool publish_is_barred(const struct publish *p);
/* True when the last attempt failed, and not for a change that was refused. */
bool publish_is_in_trouble(const struct publish *p);
/* What the last attempt met, in a sentence, while it is in trouble; borrowed until the next one.
 * NULL: nothing. */
const char *publish_trouble(const struct publish *p);
/* Whether a publication that only repeats what was published before finds room now: the backend is
 * well and can take more than what is queued. */
bool publish_has_room(const struct publish *p);
/* True while the backend has a batch. */
bool publish_is_flying(const struct publish *p);
size_t publish_queued(const struct publish *p); /* changes not yet accepted */
/* How long the host has waited that is busy for the longest time; 0 without one. */
int64_t publish_oldest_ms(const struct publish *p, int64_t now_ms);
uint64_t publish_batches(const struct publish *p);

/* Starts no further batch; the one in flight lands. */
void publish_stop(struct publish *p);
/* NULL is fine. Forgets every host, calls no event any more; freed in a later turn of the loop,
 * when the batch in flight has come back. */
void publish_close(struct publish *p);

#endif
