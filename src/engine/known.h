/* SPDX-License-Identifier: BSD-2-Clause
 * What the store last said or acknowledged of hosts at rest, so that a store that goes backwards is
 * noticed: an item written anew without its state, an old state put back, a table or a database
 * restored from a backup. None of that is a newer update, and none of it removes a host: what is
 * known better is intended again, above both, and published again. Core thread. */
#ifndef MOORING_ENGINE_KNOWN_H
#define MOORING_ENGINE_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account/account.h"

struct known;
struct ticks;

/* Of this many hosts at most, whatever account-cache says. */
enum { KNOWN_HOSTS_MAX = 65536 };

/* What is known of one host; state.seq 0: nothing. */
struct known_host {
	struct host_state state;
	uint64_t at; /* the tick when seq last became another one */
};

/* max 0: of hosts at rest nothing is known. ticks is borrowed. ERR_NOMEM. */
int known_new(size_t max, uint64_t seed, struct ticks *ticks, struct known **ret);
/* NULL is fine. */
void known_free(struct known *k);

/* True when found is older than state: when the store went backwards. Seq counts up, but whoever
 * found a host without its state began to count anew: what was asked for later is not older,
 * whatever its seq. */
bool known_is_newer(const struct host_state *state, const struct host_state *found);

/* in_flight: the host as it is being published; NULL: it is not. */
struct known_host known_get(const struct known *k, const char *user, const struct fqdn *name,
			    const struct known_host *in_flight);
/* Note what the store acknowledged, an intent or, at, that one's confirmation. Without memory the
 * store is believed next time. An intent is a change: its tick is returned. */
uint64_t known_put_intent(struct known *k, const char *user, const struct fqdn *name,
			  const struct host_state *state);
void known_put_confirmed(struct known *k, const char *user, const struct fqdn *name,
			 const struct host_state *state, uint64_t at);
/* host of account was read by a reading that began at the tick read_at. True: *ret_better is what
 * is known better. Else notes what was read, unless it comes from memory (is_new false). */
bool known_see(struct known *k, const struct account *account, const struct account_host *host,
	       const struct known_host *in_flight, uint64_t read_at, bool is_new,
	       struct host_state *ret_better);
/* The same for a host in a listing, which known_end_list() then keeps. */
bool known_see_listed(struct known *k, const struct account *account,
		      const struct account_host *host, const struct known_host *in_flight,
		      uint64_t read_at, struct host_state *ret_better);
/* Forgets one host, or the whole account when name is NULL. */
void known_forget(struct known *k, const char *user, const struct fqdn *name);
/* Forgets the hosts that the account does not have. */
void known_keep(struct known *k, const struct account *account);
/* A listing that began at that tick was complete: forgets the hosts that it did not have. */
void known_end_list(struct known *k, uint64_t began_at);

#endif
