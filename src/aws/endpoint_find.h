/* SPDX-License-Identifier: BSD-2-Clause
 * The endpoint of a service by what the environment and the profile say. Core thread. */
#ifndef MOORING_AWS_ENDPOINT_FIND_H
#define MOORING_AWS_ENDPOINT_FIND_H

#include "aws/endpoint.h"
#include "base/err.h"

/* aws_endpoint_resolve() with what env (aws/env.h) and the profile say for whatever is NULL here.
 */
int aws_endpoint_find(enum aws_service service, const char *region, const char *url,
		      const char *const *env, struct aws_endpoint *ret, struct errinfo *ei);

#endif
