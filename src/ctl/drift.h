/* SPDX-License-Identifier: BSD-2-Clause
 * Where a Route 53 zone differs from what the store says is published there. */
#ifndef MOORING_CTL_DRIFT_H
#define MOORING_CTL_DRIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/session.h"

enum drift_kind {
	DRIFT_NONE,
	DRIFT_MISSING,	 /* published, says the store; the zone lacks it */
	DRIFT_DIFFERENT, /* another address or TTL */
	DRIFT_FOREIGN,	 /* an alias, a policy's or several values: none of ours */
	DRIFT_WAITING,	 /* not published yet: the daemon's work, no drift */
};
enum { DRIFT_KINDS = DRIFT_WAITING + 1 };

/* The A or AAAA record set of one host, as the store wants it and as the zone has it. */
struct drift_set {
	const struct backend_zone *zone;
	struct fqdn name;
	const char *type;    /* "A" or "AAAA" */
	struct addr want;    /* not set: the store wants none */
	struct addr found;   /* not set: there is none, or it is foreign */
	const char *foreign; /* what makes it so: "an alias"; or NULL */
	uint32_t want_ttl;
	uint32_t found_ttl;
	bool is_owed; /* pub < seq */
	enum drift_kind kind;
};

/* Starts zeroed. sets are those of all Route 53 zones, ordered by name; read them. */
struct drift {
	size_t n;
	size_t cap;
	struct drift_set *sets;
};

/* "missing" and so on. */
const char *drift_kind_name(enum drift_kind kind);

/* Reads the accounts of the store; drift_fini() even after a failure. */
int drift_take_store(struct drift *d, struct session *s, struct errinfo *ei);
/* Then lists one Route 53 zone and sets the kind of each of its sets; those of a zone whose listing
 * fails stay DRIFT_NONE. ERR_DENIED with the policy statement that is missing in ei. */
int drift_take_zone(struct drift *d, struct session *s, const struct backend_zone *zone,
		    struct errinfo *ei);
void drift_fini(struct drift *d);

#endif
