/* SPDX-License-Identifier: BSD-2-Clause
 * The names of a listing under way, and when each was published: to find those that it has twice.
 * 8 to 10 bytes a name, however many there are. Pure; core thread. */
#ifndef MOORING_ENGINE_LISTED_H
#define MOORING_ENGINE_LISTED_H

#include <stdint.h>

struct listed;

/* ERR_NOMEM. */
int listed_new(struct listed **ret);
/* NULL is fine. */
void listed_free(struct listed *l);

/* The name with this keyed hash was published at time_s. 0: it is new. 1: it was there before, with
 * *ret_before as the latest of its times. ERR_NOMEM. */
int listed_see(struct listed *l, uint64_t hash, int64_t time_s, int64_t *ret_before);

#endif
