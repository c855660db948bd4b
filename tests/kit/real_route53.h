/* SPDX-License-Identifier: BSD-2-Clause
 * For tests: what a hosted zone holds, by ListResourceRecordSets, which the daemon never asks. */
#ifndef MOORING_TESTS_KIT_REAL_ROUTE53_H
#define MOORING_TESTS_KIT_REAL_ROUTE53_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { REAL_ROUTE53_MAX = 300 }; /* record sets of one answer */

struct real_route53_set {
	char name[1100]; /* as the service spells it: octal escapes, final dot */
	char type[8];
	char value[64]; /* the first one; cut */
	uint32_t ttl;
};

struct real_route53 {
	size_t n;
	struct real_route53_set sets[REAL_ROUTE53_MAX];
};

/* At most max sets from (name, type) on; name NULL: from the first. Signed with the keys of the
 * environment. Runs a loop of its own. */
int real_route53(const char *endpoint, const char *zone_id, const char *name, const char *type,
		 unsigned max, struct real_route53 *ret, struct errinfo *ei);

#endif
