/* SPDX-License-Identifier: BSD-2-Clause
 * What is made of the outcome of a request and of a whole call: metrics, the breaker of the
 * service, the log line about it. For call.c. Core thread. */
#ifndef MOORING_AWS_OUTCOME_H
#define MOORING_AWS_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/breaker.h"
#include "aws/endpoint.h"

/* A call ended with err, or well (0). */
void aws_outcome_of_call(enum aws_service service, int err);
/* A request ended, or could not be made: err is what that would mean for the caller. Any answer of
 * the service itself proves that it works. */
void aws_outcome_of_request(struct aws_breaker *b, enum aws_service service, bool is_probe, int err,
			    int64_t now_ms);

#endif
