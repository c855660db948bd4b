/* SPDX-License-Identifier: BSD-2-Clause
 * What the calls of one service object share, and how they answer. Core thread. */
#ifndef MOORING_AWS_SERVICE_STATE_H
#define MOORING_AWS_SERVICE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/endpoint.h"
#include "aws/error.h"
#include "aws/retry.h"
#include "fetch/transfer.h"

struct aws_client;

/* A request of a call failed and is about to be sent again. err and code as in struct aws_error. */
typedef void aws_again_fn(void *arg, int err, const char *code);

/* What the calls of one service object share; embedded in it. */
struct aws_service_state {
	struct aws_client *client; /* borrowed */
	enum aws_service service;
	struct aws_endpoint endpoint;
	struct aws_budget budget;
	uint32_t base_ms;      /* of the first backoff */
	unsigned max_attempts; /* unless the client was told another number */
	unsigned timeout_ms;   /* of a whole call */
	bool needs_region;     /* endpoint is not known in full before the first credentials */
	char *own_url;	       /* to find it then; NULL: none is configured */
	bool is_closing;
	aws_again_fn *again; /* NULL: nobody wants to know */
	void *again_arg;
	bool was_lost; /* within the done function of a call: of a request that it sent it is not
			* known what became, so that it may still be carried out */
};

/* One of the two is NULL. Both are borrowed. reply has a status of 2xx, and the checksum that came
 * with its body is right. */
typedef void aws_call_fn(void *arg, const struct fetch_transfer_reply *reply,
			 const struct aws_error *error);

#endif
