/* SPDX-License-Identifier: BSD-2-Clause
 * The changes that a publish queue has taken out to be sent: in one batch, or in the ranges that it
 * was halved into. The last range is the next to go. A value inside struct publish; pure: no clock,
 * no event. */
#ifndef MOORING_ENGINE_BATCH_H
#define MOORING_ENGINE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dns_change;
struct publish_host;

/* Halving a batch of 2^63 changes leaves no more than this many pieces waiting. */
enum { BATCH_RANGES_MAX = 64 };

/* One change; its address is looked up when its range is sent, so that a later want replaces an
 * earlier one for as long as possible. */
struct batch_change {
	struct publish_host *host;
	size_t family;
	uint64_t seq; /* seq and life as sent */
	uint64_t life;
	bool is_later; /* it only repeats; such ones are put last */
};

struct batch_range {
	size_t start, len;
};

struct batch {
	size_t max;
	size_t n;
	struct batch_change *changes; /* max */
	size_t n_ranges;
	struct batch_range ranges[BATCH_RANGES_MAX];
	struct dns_change *sent; /* max; borrowed by the backend while a range is sent */
};

/* ERR_NOMEM. */
int batch_init(struct batch *b, size_t max);
void batch_fini(struct batch *b);

/* Puts these families of h into the one range, until there are max changes (n is 0 at first).
 * Returns those that went in: none when another host has the name, which goes in a batch of its
 * own. */
unsigned batch_add(struct batch *b, struct publish_host *h, unsigned families, size_t max);

/* Changes in ranges. */
size_t batch_left(const struct batch *b);

/* The range that goes next; there is one. */
static inline struct batch_range *batch_next(struct batch *b)
{
	return &b->ranges[b->n_ranges - 1];
}

static inline struct batch_range batch_take_next(struct batch *b)
{
	return b->ranges[--b->n_ranges];
}

/* Halves the next range until it has no more than len changes. */
void batch_fit(struct batch *b, size_t len);
/* Puts the halves of r, which was taken, in its place. */
void batch_split(struct batch *b, const struct batch_range *r);
/* What became of the next range, which was sent, is not known since now_ms: it may land later. */
void batch_note_lost(struct batch *b, int64_t now_ms);

#endif
