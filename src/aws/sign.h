/* SPDX-License-Identifier: BSD-2-Clause
 * One attempt: the headers of a request, signed and sent from the same list, so that what is signed
 * is what is sent. Core thread. */
#ifndef MOORING_AWS_SIGN_H
#define MOORING_AWS_SIGN_H

#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "fetch/transfer.h"

/* body is borrowed until the exchange ends, all else for the call. */
struct aws_sign_request {
	const struct aws_endpoint *endpoint;
	enum aws_service service;
	const char *path;
	const char *query; /* NULL: a POST; else a GET with this ("": none), encoded already */
	const char *content_type; /* or NULL */
	const char *target;	  /* or NULL */
	struct slice body;
};

/* creds NULL: unsigned. time_s: one reading of the clock, for X-Amz-Date and the scope. See
 * fetch_transfer_start(). */
int aws_sign_and_send(struct fetch_transfers *ts, const struct aws_sign_request *req,
		      const struct aws_credentials *creds, int64_t time_s, unsigned timeout_ms,
		      fetch_transfer_fn *done, void *arg, struct fetch_transfer **ret);

#endif
