/* SPDX-License-Identifier: BSD-2-Clause
 * Record sets of a Route 53 zone that look as mooring makes them, while no account has their names:
 * what is left of accounts and hosts that were taken out of the table by hand. Whose they are
 * cannot be known for certain, so they are named, and deleted only when somebody says so. */
#ifndef MOORING_CTL_NOBODY_H
#define MOORING_CTL_NOBODY_H

#include <stdbool.h>
#include <stddef.h>

#include "aws/route53_list.h"
#include "ctl/records.h"
#include "ctl/session.h"

/* Starts zeroed. Of sets, name, type, ttl and value are set, and want is the address of value; read
 * them. Those of one zone, in the order of its listing. */
struct nobody {
	size_t n;
	size_t cap;
	struct records_found *sets;
	char unsure[ACCOUNT_USER_MAX + 1]; /* an account whose hosts cannot be read: it may have
					      any of the names; "": there is none */
};

void nobody_fini(struct nobody *n);

/* Takes in a set of the zone's listing if it is one address under the zone's own TTL and a name
 * that is the zone's alone; nobody has looked for an account yet. 0 or ERR_NOMEM. */
int nobody_take(struct nobody *n, const struct session *s, const struct backend_zone *zone,
		const struct aws_route53_set *set);
/* Drops the sets whose names an account has by now, and sets unsure. */
int nobody_drop_claimed(struct nobody *n, struct session *s, struct errinfo *ei);
/* The same; and when there are few, those that the zone no longer has, or has otherwise. */
int nobody_look_again(struct nobody *n, struct session *s, const struct backend_zone *zone,
		      struct errinfo *ei);

/* What became of a set that was to be deleted: is_gone is false when it was no longer as it is
 * here, and stays. */
typedef void nobody_fn(void *arg, const struct records_found *set, bool is_gone);

/* Deletes each set that is still exactly as it is here: Route 53 compares name, type, TTL and
 * value. Ends between two batches when interrupt_came(). Each is told, unless an error ends it. */
int nobody_delete(const struct nobody *n, struct session *s, const struct backend_zone *zone,
		  nobody_fn *done, void *arg, struct errinfo *ei);

#endif
