/* SPDX-License-Identifier: BSD-2-Clause
 * One call of an AWS operation, whatever the service: credentials, signature, attempts, verdict.
 * For the services of this room. Core thread. */
#ifndef MOORING_AWS_CALL_H
#define MOORING_AWS_CALL_H

#include <stdbool.h>

#include "aws/service_state.h"
#include "base/buf.h"

struct aws_credentials;

struct aws_call_request {
	const char *operation; /* for sentences; a literal */
	const char *path;      /* begins with '/' */
	const char *query;     /* NULL: a POST; else a GET with this ("": none), encoded already */
	const char *content_type; /* NULL: no such header; a literal */
	const char *target;	  /* X-Amz-Target, or NULL */
	struct buf *body; /* its content is taken when the call starts, and wiped after it; NULL:
			   * none */
	bool has_own_credentials;	     /* those below instead of the client's */
	struct aws_credentials *credentials; /* NULL: the request goes unsigned */
};

/* Returns 0 and calls done exactly once in a later turn, or < 0 and never. */
int aws_call_start(struct aws_service_state *s, const struct aws_call_request *req,
		   aws_call_fn *done, void *arg);

#endif
