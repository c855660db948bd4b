/* SPDX-License-Identifier: BSD-2-Clause
 * The beginning and the end of an object for one service of AWS. Core thread. */
#ifndef MOORING_AWS_SERVICE_H
#define MOORING_AWS_SERVICE_H

#include "aws/call.h"
#include "base/err.h"

/* Finds the endpoint; see aws_dynamodb_new(). */
int aws_service_init(struct aws_service_state *s, struct aws_client *client,
		     enum aws_service service, const char *region, const char *url,
		     unsigned timeout_ms, struct errinfo *ei);
/* Calls in flight end with ERR_CANCELED now; further ones are refused with it. */
void aws_service_fini(struct aws_service_state *s);

#endif
