/* SPDX-License-Identifier: BSD-2-Clause
 * The pace of an AWS account's Route 53 requests: a bucket of requests and one of changes, shared
 * by all hosted zones, and an estimate of how much of both other programs of the account leave. Who
 * wants to send takes a ticket and waits until it is due: tickets are due in the order they were
 * taken, so a busy zone, which holds one at a time like any other, starves nobody. Pure. */
#ifndef MOORING_DNS_PACE_H
#define MOORING_DNS_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* After a refusal half the rate is left, never less than a sixteenth, and it grows evenly: from
 * nothing it would take a minute. */
enum { PACE_RECOVERY_MS = 60000, PACE_FLOOR_MS = PACE_RECOVERY_MS / 16 };
/* Refusals that come at once are one piece of news. */
enum { PACE_THROTTLE_GAP_MS = 1000 };
/* Who is refused for so long, with next to nothing sent meanwhile, learns nothing about his rate:
 * Route 53 itself was in trouble, or somebody had it all and is done. */
enum { PACE_OUTAGE_MS = 10000 };
/* A ticket that is not due is looked at again after this time at the latest. */
enum { PACE_WAIT_MAX_MS = 1000 };

struct pace_limits {
	uint32_t requests_per_second, request_burst;
	uint32_t changes_per_second, change_burst; /* in tokens: an UPSERT costs two */
};

/* What came in and what was given away since the start, in small units. They wrap around: only
 * their difference counts. */
struct pace_bucket {
	uint32_t per_second;
	int64_t capacity;
	uint64_t supply, demand;
};

struct pace {
	struct pace_bucket requests, changes;
	int64_t share_ms; /* of the rates that is left, PACE_RECOVERY_MS is all */
	int64_t at_ms;
	int64_t throttled_ms;
	bool was_throttled;
	/* Since the last acceptance: when the first refusal came, and the share before it. */
	bool is_refused;
	int64_t refused_ms;
	int64_t before_ms;
};

/* For one request; zeroed: none. */
struct pace_ticket {
	bool is_held;
	uint32_t tokens;
	uint64_t request, change; /* due when the supply has come to these */
};

/* No limit is 0. */
void pace_init(struct pace *p, const struct pace_limits *limits, int64_t now_ms);
/* How many tokens the next batch should cost at most: what is there, or else what a second brings,
 * lest everybody behind it wait for long. */
uint32_t pace_allowance(struct pace *p, int64_t now_ms);
/* For one request whose changes cost so many tokens. */
void pace_reserve(struct pace *p, uint32_t tokens, int64_t now_ms, struct pace_ticket *ret);
/* 0 when the ticket is due, or the time after which to ask again. */
uint32_t pace_wait_ms(struct pace *p, const struct pace_ticket *ticket, int64_t now_ms);
/* A request goes out that costs so many tokens. Its ticket, if one is held, is used up; without one
 * those behind it pay. */
void pace_spend(struct pace *p, struct pace_ticket *ticket, uint32_t tokens, int64_t now_ms);
/* The ticket will not be used. */
void pace_cancel(struct pace *p, struct pace_ticket *ticket);
/* Route 53 said that the rate is exceeded. */
void pace_throttled(struct pace *p, int64_t now_ms);
/* Route 53 accepted changes. After nothing but refusals for PACE_OUTAGE_MS the rate is what it was
 * before them. */
void pace_accepted(struct pace *p, int64_t now_ms);

#endif
