/* SPDX-License-Identifier: BSD-2-Clause
 * Which seqs another daemon may still be publishing. Whoever stores a seq publishes it, so what is
 * stored and not known to be published (pub < seq) may land later, on top of what is published
 * meanwhile. A rival is the lowest such seq; 0: there is none. Pure. */
#ifndef MOORING_ENGINE_RIVAL_H
#define MOORING_ENGINE_RIVAL_H

#include <stdint.h>

#include "account/account.h"

/* Of whoever was at seq ours, which has landed, and finds that state. */
uint64_t rival_after(const struct host_state *s, uint64_t ours);
/* Of whoever is at seq ours and replaces the seq found, below which all from owed_from on is not
 * known to be published. */
uint64_t rival_of_found(uint64_t found, uint64_t owed_from, uint64_t ours);
/* The lower one of two. */
uint64_t rival_of_both(uint64_t a, uint64_t b);

#endif
