/* SPDX-License-Identifier: BSD-2-Clause
 * GetChange: what became of an accepted change. Core thread. */
#ifndef MOORING_AWS_ROUTE53_CHANGE_H
#define MOORING_AWS_ROUTE53_CHANGE_H

#include <stdbool.h>

#include "aws/aws_route53.h"

/* error is NULL when err is 0. ERR_NOTFOUND: Route 53 does not know of such a change (any more);
 * else the codes of aws_route53_fn. */
typedef void aws_route53_status_fn(void *arg, int err, bool is_insync,
				   const struct aws_error *error);

/* One GetChange: have all name servers of Route 53 the accepted change? Returns 0 and calls done
 * exactly once in a later turn, or < 0 and never: ERR_INVAL for an id outside [A-Z0-9]{1,32}
 * ("/change/" before it is fine), ERR_NOMEM. */
int aws_route53_get_change(struct aws_route53 *r, const char *change_id,
			   aws_route53_status_fn *done, void *arg);

#endif
