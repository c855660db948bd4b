/* SPDX-License-Identifier: BSD-2-Clause
 * Which account wrote a name last. A table made by hand may give one name to several accounts, a
 * failover pair of routers for instance: the zone has what the last one published, while the state
 * of each account tells only of its own. So an account that was overwritten is not told nochg: its
 * next request publishes again, as each call of the original did. Core thread.
 *
 * Remembered are the names that this daemon published, and those that a listing found twice. */
#ifndef MOORING_ENGINE_WRITERS_H
#define MOORING_ENGINE_WRITERS_H

#include <stdbool.h>
#include <stdint.h>

#include "account/account.h"
#include "net/fqdn.h"

struct writers;

/* Names at most. Of more, those that nobody shares are forgotten first, the oldest first. */
enum { WRITERS_MAX = 65536 };

/* ERR_NOMEM. */
int writers_new(uint64_t seed, struct writers **ret);
/* NULL is fine. */
void writers_free(struct writers *w);

/* user publishes state now: the addresses that it has, and gone are the families that it deletes.
 * now_s is the wall clock. Without memory nothing is remembered. */
void writers_put(struct writers *w, const struct fqdn *name, const char *user,
		 const struct host_state *state, unsigned gone, int64_t now_s);
/* state was read, of user: true when another account has written something else over it. What the
 * state says of that itself counts where nothing is remembered. */
bool writers_is_overwritten(struct writers *w, const struct fqdn *name, const char *user,
			    const struct host_state *state);

/* Around a listing of the whole store, which takes 16 bytes and more for each name meanwhile. */
void writers_list_begin(struct writers *w);
/* True: the name was listed before, of another account, which published it earlier than this one.
 * A state that says that it is over needs no listing to be told. */
bool writers_list_see(struct writers *w, const struct fqdn *name, const char *user,
		      const struct host_state *state);
void writers_list_end(struct writers *w);

#endif
