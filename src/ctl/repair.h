/* SPDX-License-Identifier: BSD-2-Clause
 * Publishing record sets that are missing in a Route 53 zone or differ, while daemons go on
 * publishing there. A repair goes the way of an update: it reads the account again, notes an intent
 * that holds only if nothing has moved since, and publishes. So an update that crosses it either
 * comes first, and the repair lets go, or finds the repair owed and treats it as it treats another
 * daemon: its own value ends on top, even if this process is killed in between.
 *
 * Nobody knows what was on its way before the store or the zone became what they are. So a repair
 * stays owed until settle-time has passed, is published once more, and confirmed only then. */
#ifndef MOORING_CTL_REPAIR_H
#define MOORING_CTL_REPAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/drift.h"

enum repair_outcome {
	REPAIR_NOT_DONE,
	REPAIR_SENT,	/* the zone accepted it; repair_finish() does the rest */
	REPAIR_DONE,	/* the zone and the store agree */
	REPAIR_MOVED,	/* somebody changed it meanwhile: to be looked at again */
	REPAIR_REFUSED, /* Route 53 will never take it */
};

struct repair_item {
	struct drift_set *set;
	enum repair_outcome outcome;
	int64_t accepted_ms; /* when the zone did, by the monotonic clock */
};

struct repair {
	struct session *s;
	struct progress *progress;
	/* What happens, as it happens. */
	void (*on_repaired)(void *arg, const struct drift_set *set);
	void (*on_refused)(void *arg, const struct errinfo *why);
	void *arg;
};

/* items are of one zone, in the order of struct drift, each decided to be missing or different.
 * Returns 0 when each of them has an outcome; else some are REPAIR_NOT_DONE, and the sentence in ei
 * says what is left. Ends between two batches when interrupt_came(). */
int repair_begin(struct repair *r, const struct backend_zone *zone, struct repair_item *items,
		 size_t n, struct errinfo *ei);
/* Goes on with what repair_begin() sent, whatever it returned: afterwards nothing is REPAIR_SENT,
 * unless this fails, too. It does not end before that when interrupt_came(). */
int repair_finish(struct repair *r, const struct backend_zone *zone, struct repair_item *items,
		  size_t n, struct errinfo *ei);

#endif
