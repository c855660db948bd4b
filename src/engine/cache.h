/* SPDX-License-Identifier: BSD-2-Clause
 * Accounts as the store gave them lately, and when. They save reads where the store tells that
 * another process wrote (store_version), or up to an age: 94.5 % of real updates change nothing,
 * and each would read its account again. And they stand in for a store in trouble, up to another
 * age. Core thread. */
#ifndef MOORING_ENGINE_CACHE_H
#define MOORING_ENGINE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct account;
struct cache;
struct fqdn;
struct host_state;
struct ticks;

/* Keeps at most max accounts (max > 0), the one not asked for longest goes first. ticks is
 * borrowed. ERR_NOMEM. */
int cache_new(size_t max, uint64_t seed, struct ticks *ticks, struct cache **ret);
/* NULL is fine, here and below: nothing is kept then. */
void cache_free(struct cache *c);

/* The since_ms of whoever does not ask for the age. */
#define CACHE_ANY_AGE INT64_MIN

/* A copy that the caller frees, and when its read began; NULL: not here, or it began before
 * since_ms. */
struct account *cache_get(struct cache *c, const char *user, int64_t since_ms,
			  int64_t *ret_read_ms);
/* The same, partial: without a copy of the hosts; counted among the hits, by its age at now_ms. */
struct account *cache_get_credential(struct cache *c, const char *user, int64_t since_ms,
				     int64_t now_ms);
/* The store has that secret of the account by now: what is here with another one is dropped. */
void cache_check_credential(struct cache *c, const struct account *a);
size_t cache_count(const struct cache *c);
/* Keeps a copy of what a read brought that began at the tick read_at and at read_ms
 * (clock_mono_ms()), unless user was written or dropped since: it may be older than that. The later
 * read stays. */
void cache_put(struct cache *c, const struct account *a, uint64_t read_at, int64_t read_ms);
/* Our own write of a host begins: until it is known again, the host counts as never updated, so
 * that whatever is planned for it has to ask the store. */
void cache_begin_write(struct cache *c, const char *user, const struct fqdn *host);
/* It ended. state: what the store holds of the host now; NULL: not known. The rest of the account
 * stays as old as it is. */
void cache_end_write(struct cache *c, const char *user, const struct fqdn *host,
		     const struct host_state *state);
/* The store contradicts what may be here of user. True: something was. */
bool cache_drop(struct cache *c, const char *user);
/* Another process wrote, or may have. */
void cache_clear(struct cache *c);

#endif
