/* SPDX-License-Identifier: BSD-2-Clause
 * The pace of an AWS account's Route 53 requests: a bucket of requests and one of changes, shared
 * by all hosted zones, and an estimate of how much of both other programs of the account leave. Who
 * wants to send takes a ticket and waits until it is due: tickets are due in the order they were
 * taken, so a busy zone, which holds one at a time like any other, starves nobody. Pure. */
#ifndef MOORING_DNS_PACE_H
#define MOORING_DNS_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* A refusal halves the rate, down to a sixteenth at least. It then grows evenly, by the full rate
 * in a minute. */
enum { PACE_RECOVERY_MS = 60000, PACE_FLOOR_MS = PACE_RECOVERY_MS / 16 };
/* Refusals within this time count as one. */
enum { PACE_THROTTLE_GAP_MS = 1000 };
/* Refusals for this long, with next to nothing sent meanwhile, say nothing about the right rate:
 * Route 53 itself was in trouble, or another program used up the whole quota and has finished. */
enum { PACE_OUTAGE_MS = 10000 };
/* A ticket that is not due is looked at again after this time at the latest. */
enum { PACE_WAIT_MAX_MS = 1000 };

struct pace_limits {
	uint32_t requests_per_second, request_burst;
	uint32_t changes_per_second, change_burst; /* in tokens: an UPSERT costs two */
};

/* supply is what came in and demand what was promised since the start, in small units. Both wrap
 * around; only their difference counts. */
struct pace_bucket {
	uint32_t per_second;
	int64_t capacity;
	uint64_t supply, demand;
};

struct pace {
	struct pace_bucket requests, changes;
	int64_t share_ms; /* the part of the rates that is left; PACE_RECOVERY_MS is the whole */
	int64_t at_ms;
	int64_t throttled_ms;
	bool was_throttled;
	/* Since the last acceptance: when the first refusal came, and the share before it. */
	bool is_refused;
	int64_t refused_ms;
	int64_t before_ms;
};

/* A place in the queue for one request; zeroed: no place. */
struct pace_ticket {
	bool is_held;
	uint32_t tokens;
	uint64_t request, change; /* the ticket is due when the supplies have reached these */
};

/* No member of limits may be 0. */
void pace_init(struct pace *p, const struct pace_limits *limits, int64_t now_ms);
/* How many tokens the next batch should cost at most: those in the bucket, or, if it is empty,
 * those of one second, so that the requests behind the batch do not wait for long. */
uint32_t pace_allowance(struct pace *p, int64_t now_ms);
/* How many tokens one request may cost that others can do without: both buckets stay half full, and
 * nothing was refused within the last minute. 0: none. */
uint32_t pace_spare(struct pace *p, int64_t now_ms);
/* Takes a ticket for one request whose changes cost that many tokens. */
void pace_reserve(struct pace *p, uint32_t tokens, int64_t now_ms, struct pace_ticket *ret);
/* Returns 0 when the ticket is due, otherwise the time after which to call again. */
uint32_t pace_wait_ms(struct pace *p, const struct pace_ticket *ticket, int64_t now_ms);
/* A request that costs that many tokens is sent. Its ticket is used up; a request without a ticket
 * delays those that wait. */
void pace_spend(struct pace *p, struct pace_ticket *ticket, uint32_t tokens, int64_t now_ms);
/* Gives the place of a ticket back that will not be used. */
void pace_cancel(struct pace *p, struct pace_ticket *ticket);
/* Route 53 said that the rate is exceeded. */
void pace_throttled(struct pace *p, int64_t now_ms);
/* Route 53 accepted changes. After nothing but refusals for PACE_OUTAGE_MS the rate is what it was
 * before them. */
void pace_accepted(struct pace *p, int64_t now_ms);

#endif
