/* SPDX-License-Identifier: BSD-2-Clause
 * GetHostedZoneLimit: how many record sets a hosted zone may have, and how many it has. Core
 * thread. */
#ifndef MOORING_AWS_ROUTE53_LIMIT_H
#define MOORING_AWS_ROUTE53_LIMIT_H

#include <stddef.h>

#include "aws/aws_route53.h"

struct aws_route53_limit {
	size_t max;
	size_t n_sets; /* the zone's own NS and SOA count, too */
};

/* limit is borrowed, NULL unless err is 0; error is NULL then. Codes as for a listing. */
typedef void aws_route53_limit_fn(void *arg, int err, const struct aws_route53_limit *limit,
				  const struct aws_error *error);

/* Returns 0 and calls done exactly once in a later turn, or < 0 and never. */
int aws_route53_get_limit(struct aws_route53 *r, const char *hosted_zone_id,
			  aws_route53_limit_fn *done, void *arg);

#endif
