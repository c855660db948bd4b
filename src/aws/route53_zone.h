/* SPDX-License-Identifier: BSD-2-Clause
 * GetHostedZone. Core thread. */
#ifndef MOORING_AWS_ROUTE53_ZONE_H
#define MOORING_AWS_ROUTE53_ZONE_H

#include <stdbool.h>
#include <stddef.h>

#include "aws/aws_route53.h"

enum { AWS_ROUTE53_NS_MAX = 8, AWS_ROUTE53_NAME_SIZE = 256 };

/* A hosted zone itself. */
struct aws_route53_zone {
	char name[AWS_ROUTE53_NAME_SIZE]; /* as it came, with its final dot */
	bool is_private;
	size_t n_sets;
	size_t n_ns; /* 0 for a private zone */
	char ns[AWS_ROUTE53_NS_MAX][AWS_ROUTE53_NAME_SIZE];
};

/* zone is borrowed, NULL unless err is 0; error is NULL then. Codes as for a listing. */
typedef void aws_route53_zone_fn(void *arg, int err, const struct aws_route53_zone *zone,
				 const struct aws_error *error);

/* GetHostedZone. Returns 0 and calls done exactly once in a later turn, or < 0 and never. */
int aws_route53_get_zone(struct aws_route53 *r, const char *hosted_zone_id,
			 aws_route53_zone_fn *done, void *arg);

#endif
