/* SPDX-License-Identifier: BSD-2-Clause
 * Scores that run down with time, for keys that strangers may choose: a table of a fixed size in
 * which a score is kept as the moment when nothing is left of it. Pure but for the count of what
 * was pushed out; one thread. */
#ifndef MOORING_ACCOUNT_DECAY_H
#define MOORING_ACCOUNT_DECAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/metric.h"

struct decay;

/* A key has its place in one set of so many slots. Where all are taken, the score of which the
 * least is left makes room. */
enum { DECAY_WAYS = 4 };

/* n_slots is a multiple of DECAY_WAYS; evicted counts the scores that made room. ERR_NOMEM. */
int decay_new(size_t n_slots, enum metric evicted, struct decay **ret);
/* NULL is fine. */
void decay_free(struct decay *d);

/* What is left of key's score; 0: nothing. Keys are keyed hashes (net/hash.h): two things share a
 * score only if all 64 bits are alike. now_ms is monotonic. */
int64_t decay_left_ms(const struct decay *d, uint64_t key, int64_t now_ms);
/* Adds to it, up to max_ms. */
void decay_add(struct decay *d, uint64_t key, int64_t by_ms, int64_t max_ms, int64_t now_ms);

#endif
