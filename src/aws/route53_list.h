/* SPDX-License-Identifier: BSD-2-Clause
 * ListResourceRecordSets. Core thread. */
#ifndef MOORING_AWS_ROUTE53_LIST_H
#define MOORING_AWS_ROUTE53_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/aws_route53.h"

enum {
	AWS_ROUTE53_PAGE_SETS = 300,	       /* of one answer, at most */
	AWS_ROUTE53_SET_NAME_SIZE = 1100,      /* 255 bytes, each escaped as \ooo */
	AWS_ROUTE53_SET_IDENTIFIER_SIZE = 1024 /* 128 characters */
};

/* Where a page begins: at the first record set of the zone when zeroed. */
struct aws_route53_place {
	char name[AWS_ROUTE53_SET_NAME_SIZE];
	char type[16];
	char identifier[AWS_ROUTE53_SET_IDENTIFIER_SIZE];
};

/* Borrowed for the call. */
struct aws_route53_set {
	const char *name; /* with its final dot; octal escapes of visible ASCII are decoded, but for
			   * the dot and the backslash, which would make it another name */
	const char *type; /* "AAAA" */
	uint32_t ttl;	  /* 0 for an alias */
	size_t n_values;
	const char *values; /* n_values strings, each with its NUL, one behind another */
	bool is_alias;
	bool is_routed; /* by a routing or traffic policy */
};

typedef void aws_route53_set_fn(void *arg, const struct aws_route53_set *set);
/* next: where the following page begins, NULL when this one was the last or err is not 0; borrowed.
 * error is NULL when err is 0. Codes: ERR_NOTFOUND NoSuchHostedZone, ERR_DENIED, ERR_THROTTLED,
 * ERR_TIMEOUT, ERR_UNAVAILABLE, ERR_PROTOCOL. */
typedef void aws_route53_page_fn(void *arg, int err, const struct aws_route53_place *next,
				 const struct aws_error *error);

/* One ListResourceRecordSets: at most max_sets (1 to AWS_ROUTE53_PAGE_SETS) record sets from the
 * place on, copied. Returns 0, and done is called exactly once, after the last set; or < 0, and
 * neither is ever called. Sets told before an error are true, but not all. ERR_INVAL as for a
 * change. */
int aws_route53_list_page(struct aws_route53 *r, const char *hosted_zone_id,
			  const struct aws_route53_place *from, unsigned max_sets,
			  aws_route53_set_fn *each, aws_route53_page_fn *done, void *arg);

#endif
