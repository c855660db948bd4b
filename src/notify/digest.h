/* SPDX-License-Identifier: BSD-2-Clause
 * A flood for one target: so many notices in a minute are made, and what comes beyond is counted
 * and told in one. Pure: time is an argument. */
#ifndef MOORING_NOTIFY_DIGEST_H
#define MOORING_NOTIFY_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "notify/event.h"

enum {
	DIGEST_WINDOW_MS = 60 * 1000,
	/* Of what strangers can cause, and of digests, so many are made in a minute, or per_minute
	 * if that is less: apart from all others, which they leave no less. */
	DIGEST_APART = 3,
};

/* All zero: nothing was told yet. */
struct digest {
	int64_t until_ms; /* the end of the minute that the first notice began */
	unsigned n;	  /* notices made in it */
	unsigned n_apart; /* and of those apart */
	unsigned counted[EVENT_KINDS];
	unsigned n_counted; /* of all kinds */
};

/* Whether another notice is made now; otherwise an event of that kind was counted. now_ms is
 * monotonic. */
bool digest_takes(struct digest *d, unsigned per_minute, unsigned kind, int64_t now_ms);
/* The notice that was to be made at taken_ms was not made: another one takes its place, if that
 * minute is not over. */
void digest_give_back(struct digest *d, unsigned kind, int64_t taken_ms);
/* Something was counted, and its minute is over. */
bool digest_is_due(const struct digest *d, int64_t now_ms);
/* The sentence about what was counted, which is forgotten. */
void digest_tell(struct digest *d, struct event *e);

#endif
