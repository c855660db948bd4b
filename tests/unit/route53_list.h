/* SPDX-License-Identifier: BSD-2-Clause
 * For tests: what a hosted zone holds, by ListResourceRecordSets, which the daemon never asks. */
#ifndef MOORING_TESTS_UNIT_ROUTE53_LIST_H
#define MOORING_TESTS_UNIT_ROUTE53_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { ROUTE53_LIST_MAX = 300 }; /* record sets of one answer */

struct route53_set {
	char name[1100]; /* as the service spells it: octal escapes, final dot */
	char type[8];
	char value[64]; /* the first one; cut */
	uint32_t ttl;
};

struct route53_list {
	size_t n;
	struct route53_set sets[ROUTE53_LIST_MAX];
};

/* At most max sets from (name, type) on; name NULL: from the first. Signed with the keys of the
 * environment. Runs a loop of its own. */
int route53_list(const char *endpoint, const char *zone_id, const char *name, const char *type,
		 unsigned max, struct route53_list *ret, struct errinfo *ei);

#endif
