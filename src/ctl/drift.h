/* SPDX-License-Identifier: BSD-2-Clause
 * Where a Route 53 zone differs from what the store says is published there. */
#ifndef MOORING_CTL_DRIFT_H
#define MOORING_CTL_DRIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/route53_list.h"
#include "ctl/nobody.h"
#include "ctl/progress.h"
#include "ctl/session.h"

enum drift_kind {
	DRIFT_NONE,
	DRIFT_MISSING,	 /* published, says the store; the zone lacks it */
	DRIFT_DIFFERENT, /* another address or TTL */
	DRIFT_FOREIGN,	 /* an alias, a policy's, several values, a CNAME: none of ours */
	DRIFT_WAITING,	 /* not published yet: the daemon's work, no drift */
};
enum { DRIFT_KINDS = DRIFT_WAITING + 1 };

/* The A or AAAA record set of one host, as the store wants it and as the zone has it. */
struct drift_set {
	const struct backend_zone *zone;
	struct fqdn name;
	const char *type;	 /* "A" or "AAAA" */
	struct host_state state; /* of the host, as it was last read */
	struct addr want;	 /* of this type; not set: the store wants none */
	struct addr found;	 /* not set: there is none, or it is foreign */
	const char *foreign;	 /* what makes it so: "an alias"; or NULL */
	bool is_cname;		 /* foreign, of both types: Route 53 takes nothing beside it */
	/* Since it was read first, another account of the name was asked for something, which the
	 * daemon publishes: host_state_is_over(). */
	bool is_overtaken;
	uint32_t want_ttl;
	uint32_t found_ttl;
	enum drift_kind kind;
	char user[ACCOUNT_USER_MAX + 1];
};

/* Starts zeroed. sets are those of all Route 53 zones, ordered by name; read them. */
struct drift {
	size_t n;
	size_t cap;
	struct drift_set *sets;
	struct nobody *nobody; /* takes the sets of a listing whose names no host has; or NULL */
};

/* "missing" and so on. */
const char *drift_kind_name(enum drift_kind kind);

/* Reads the accounts of the store; drift_fini() even after a failure. */
int drift_take_store(struct drift *d, struct session *s, struct errinfo *ei);
/* Then lists one Route 53 zone and sets the kind of each of its sets; those of a zone whose listing
 * fails stay DRIFT_NONE. It takes a while, in which the store goes on: what is no DRIFT_NONE is
 * only suspected. ERR_DENIED with the policy statement that is missing in ei. progress may be NULL.
 */
int drift_take_zone(struct drift *d, struct session *s, const struct backend_zone *zone,
		    struct progress *progress, struct errinfo *ei);
void drift_fini(struct drift *d);

/* Reads the account of one set again and takes over what it says. *ret_moved: it says something
 * else than before, or cannot be read. An account or host that is gone wants nothing. */
int drift_read_store(struct drift_set *set, struct session *s, bool *ret_moved, struct errinfo *ei);
/* Sets the kind of a suspected set to what is true of it: what the zone held at a time when the
 * store said the same before and after. look_again: read the record set again, too, when the store
 * says what it said. A host that does not stand still is DRIFT_WAITING. */
int drift_decide(struct drift_set *set, struct session *s, bool look_again, struct errinfo *ei);

/* The functions below are pure. */

/* What the account wants for the host of set; NULL, or without the host: nothing. */
void drift_want(struct drift_set *set, const struct account *a);
/* What the zone has under the name, of the type of set or a CNAME: Route 53 keeps the first
 * spelling that an address was ever given in, so it is compared parsed. */
void drift_found(struct drift_set *set, const struct aws_route53_set *found);
enum drift_kind drift_judge(const struct drift_set *set);
/* Of several accounts with one name, which only a table made by hand has, the zone can serve one:
 * sets are those of one name and type; all but one become DRIFT_NONE. */
void drift_choose(struct drift_set *sets, size_t n);

#endif
