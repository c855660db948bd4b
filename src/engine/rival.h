/* SPDX-License-Identifier: BSD-2-Clause
 * Which seqs another daemon may still be publishing. Whoever stores a seq publishes it, so what is
 * stored and not known to be published (pub < seq) may land later, on top of what is published
 * meanwhile. A rival is the lowest such seq; 0: there is none. Pure. */
#ifndef MOORING_ENGINE_RIVAL_H
#define MOORING_ENGINE_RIVAL_H

#include <stdint.h>

#include "account/account.h"
#include "net/addr.h"

/* An intent of our own whose outcome is unknown: if it is found in the store, it is no rival's. All
 * zero: there is none. */
struct rival_doubt {
	uint64_t seq;
	uint64_t owed_from; /* the rival of what it replaced */
	struct addr_pair want;
};

/* Of whoever was at seq ours, which has landed, and finds that state. */
uint64_t rival_after(const struct host_state *s, uint64_t ours);
/* Of whoever is at seq ours and takes over, or replaces, the seq found, below which all from
 * owed_from on is not known to be published. want: what is taken over; NULL: it is replaced. */
uint64_t rival_of_found(uint64_t found, uint64_t owed_from, const struct addr_pair *want,
			uint64_t ours, const struct rival_doubt *doubt);
/* The lower one of two. */
uint64_t rival_of_both(uint64_t a, uint64_t b);

#endif
