/* SPDX-License-Identifier: BSD-2-Clause
 * Taking the records of removed hosts out of a Route 53 zone, and nothing else: each record set is
 * looked at first, and goes only if it carries the address that mooring put there. A builtin zone
 * needs nothing: the running daemon sees that the store changed. */
#ifndef MOORING_CTL_RECORDS_H
#define MOORING_CTL_RECORDS_H

#include <stdbool.h>

#include "account/account.h"
#include "aws/route53_list.h"
#include "ctl/session.h"

/* What becomes of the A or AAAA record set of a host that is removed. */
enum records_verdict {
	RECORDS_ABSENT, /* there is none */
	RECORDS_OURS,	/* one address, the one that the store knows: it goes */
	RECORDS_OTHERS, /* anything else: it stays, with a warning */
};

/* One record set of a zone as it was found; starts zeroed but for the first four. */
struct records_found {
	struct fqdn name;
	const char *type;
	struct addr want;
	bool is_owed; /* want may not be published yet: what was before is nobody's to know */
	enum records_verdict verdict;
	uint32_t ttl;
	char value[ADDR_TEXT_MAX * 2]; /* as Route 53 spells it, which a DELETE has to repeat */
	char what[ADDR_TEXT_MAX * 2];  /* of RECORDS_OTHERS: "an alias", or the value */
};

/* Takes over what a listing from (name, type) on began with. Pure. */
void records_take(struct records_found *f, const struct aws_route53_set *set);

/* Who else has the name of a host. */
struct records_other {
	char user[ACCOUNT_USER_MAX + 1]; /* "": nobody */
	struct addr_pair want;		 /* these addresses, as it was read */
};

/* Deletes what the states of hosts, taken from user's account, say is published; ttl as the account
 * has it (0: the zone's default), used only where the zone may not be listed. Where another account
 * has the name, too, and wants an address of that type, the record set stays; others, n of them,
 * NULL if nobody asks, is filled with who that is. user NULL: it is known that nobody has them, and
 * no store is asked. Goes on with the other record sets after a failure. Each that stays is a
 * warning on stderr, each that could not be looked at or deleted a sentence there. Returns 0, or
 * CTL_FAILED when there was one. */
int records_delete(struct session *s, const char *user, uint32_t ttl,
		   const struct account_host *hosts, size_t n, struct records_other *others);

#endif
