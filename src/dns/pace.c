/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/pace.h"

#include <string.h>

/* Small units per token. A millisecond then adds a whole number of them: rate * share_ms. */
static const int64_t TOKEN = (int64_t)1000 * PACE_RECOVERY_MS;
/* A longer pause counts as this long: every bucket is full by then, and the products fit into 64
 * bits. */
enum { PASSED_MAX_MS = 3600 * 1000 };

static int64_t level(const struct pace_bucket *b)
{
	return (int64_t)(b->supply - b->demand);
}

/* A request reaches Route 53 up to a second after it was sent, and a full bucket gains nothing
 * meanwhile. So the last second's worth of the burst is not used. */
static void bucket_init(struct pace_bucket *b, uint32_t per_second, uint32_t burst)
{
	uint32_t spare = per_second < burst / 2 ? per_second : burst / 2;

	memset(b, 0, sizeof(*b));
	b->per_second = per_second;
	b->capacity = (int64_t)(burst - spare) * TOKEN;
	b->supply = (uint64_t)b->capacity;
}

void pace_init(struct pace *p, const struct pace_limits *limits, int64_t now_ms)
{
	memset(p, 0, sizeof(*p));
	bucket_init(&p->requests, limits->requests_per_second, limits->request_burst);
	bucket_init(&p->changes, limits->changes_per_second, limits->change_burst);
	p->share_ms = PACE_RECOVERY_MS;
	p->at_ms = now_ms;
}

static void bucket_fill(struct pace_bucket *b, int64_t shares)
{
	b->supply += (uint64_t)(b->per_second * shares);
	if (level(b) > b->capacity)
		b->supply = b->demand + (uint64_t)b->capacity;
}

/* Returns the sum of share_ms over the milliseconds that passed, in each of which it grows by
 * one. */
static int64_t grow_share(struct pace *p, int64_t passed_ms)
{
	int64_t left_ms = PACE_RECOVERY_MS - p->share_ms;
	int64_t growing_ms = passed_ms < left_ms ? passed_ms : left_ms;
	int64_t sum = p->share_ms * growing_ms + growing_ms * growing_ms / 2;

	p->share_ms += growing_ms;
	return sum + (passed_ms - growing_ms) * PACE_RECOVERY_MS;
}

static void refill(struct pace *p, int64_t now_ms)
{
	int64_t passed_ms = now_ms - p->at_ms, shares;

	p->at_ms = now_ms;
	if (passed_ms <= 0)
		return;
	if (passed_ms > PASSED_MAX_MS)
		passed_ms = PASSED_MAX_MS;
	shares = grow_share(p, passed_ms);
	bucket_fill(&p->requests, shares);
	bucket_fill(&p->changes, shares);
}

uint32_t pace_allowance(struct pace *p, int64_t now_ms)
{
	int64_t there, second;

	refill(p, now_ms);
	there = level(&p->changes);
	second = p->changes.per_second * p->share_ms * 1000;
	if (second > p->changes.capacity)
		second = p->changes.capacity;
	return (uint32_t)((there > second ? there : second) / TOKEN);
}

/* What is above the half; a bucket too small to be halved has it all when it is full. */
static int64_t bucket_spare(const struct pace_bucket *b)
{
	if (b->capacity < 2 * TOKEN && level(b) == b->capacity)
		return b->capacity;
	return level(b) - b->capacity / 2;
}

uint32_t pace_spare(struct pace *p, int64_t now_ms)
{
	int64_t tokens;

	refill(p, now_ms);
	if (p->is_refused || p->share_ms < PACE_RECOVERY_MS || bucket_spare(&p->requests) < TOKEN)
		return 0;
	tokens = bucket_spare(&p->changes) / TOKEN;
	return tokens > 0 ? (uint32_t)tokens : 0;
}

void pace_reserve(struct pace *p, uint32_t tokens, int64_t now_ms, struct pace_ticket *ret)
{
	refill(p, now_ms);
	p->requests.demand += (uint64_t)TOKEN;
	p->changes.demand += (uint64_t)(tokens * TOKEN);
	ret->is_held = true;
	ret->tokens = tokens;
	ret->request = p->requests.demand;
	ret->change = p->changes.demand;
}

static int64_t bucket_wait_ms(const struct pace_bucket *b, uint64_t due, int64_t share_ms)
{
	int64_t missing = (int64_t)(due - b->supply), per_ms = b->per_second * share_ms;

	return missing <= 0 ? 0 : (missing + per_ms - 1) / per_ms;
}

uint32_t pace_wait_ms(struct pace *p, const struct pace_ticket *ticket, int64_t now_ms)
{
	int64_t request_ms, change_ms, ms;

	refill(p, now_ms);
	request_ms = bucket_wait_ms(&p->requests, ticket->request, p->share_ms);
	change_ms = bucket_wait_ms(&p->changes, ticket->change, p->share_ms);
	ms = request_ms > change_ms ? request_ms : change_ms;
	return (uint32_t)(ms < PACE_WAIT_MAX_MS ? ms : PACE_WAIT_MAX_MS);
}

void pace_cancel(struct pace *p, struct pace_ticket *ticket)
{
	if (ticket->is_held) {
		p->requests.demand -= (uint64_t)TOKEN;
		p->changes.demand -= (uint64_t)(ticket->tokens * TOKEN);
	}
	memset(ticket, 0, sizeof(*ticket));
}

void pace_spend(struct pace *p, struct pace_ticket *ticket, uint32_t tokens, int64_t now_ms)
{
	refill(p, now_ms);
	pace_cancel(p, ticket);
	p->requests.demand += (uint64_t)TOKEN;
	p->changes.demand += (uint64_t)(tokens * TOKEN);
}

/* After a refusal the bucket counts as empty. Tickets that are held keep their place. */
static void bucket_empty(struct pace_bucket *b)
{
	if (level(b) > 0)
		b->supply = b->demand;
}

void pace_throttled(struct pace *p, int64_t now_ms)
{
	refill(p, now_ms);
	bucket_empty(&p->requests);
	bucket_empty(&p->changes);
	if (!p->is_refused) {
		p->is_refused = true;
		p->refused_ms = now_ms;
		p->before_ms = p->share_ms;
	}
	if (p->was_throttled && now_ms >= p->throttled_ms &&
	    now_ms - p->throttled_ms < PACE_THROTTLE_GAP_MS)
		return;
	p->was_throttled = true;
	p->throttled_ms = now_ms;
	p->share_ms = p->share_ms / 2 > PACE_FLOOR_MS ? p->share_ms / 2 : PACE_FLOOR_MS;
}

void pace_accepted(struct pace *p, int64_t now_ms)
{
	refill(p, now_ms);
	if (p->is_refused && now_ms - p->refused_ms >= PACE_OUTAGE_MS && p->share_ms < p->before_ms)
		p->share_ms = p->before_ms;
	p->is_refused = false;
}
