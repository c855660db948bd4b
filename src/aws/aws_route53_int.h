/* SPDX-License-Identifier: BSD-2-Clause
 * What the operations of Route 53 share. For this room alone. */
#ifndef MOORING_AWS_AWS_ROUTE53_INT_H
#define MOORING_AWS_AWS_ROUTE53_INT_H

#include "aws/call.h"

enum { ROUTE53_TTL_MAX = 2147483647 };

struct aws_route53 {
	struct aws_service_state state;
};

/* Of zones and changes: what follows the last slash, if it is an id; else ERR_INVAL. ret holds
 * AWS_ROUTE53_ID_SIZE bytes. */
int route53_take_id(char *ret, const char *text);

#endif
