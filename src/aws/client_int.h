/* SPDX-License-Identifier: BSD-2-Clause
 * The inside of a client, for this room. Core thread. */
#ifndef MOORING_AWS_CLIENT_INT_H
#define MOORING_AWS_CLIENT_INT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "aws/breaker.h"
#include "aws/endpoint.h"

struct aws_call;

struct aws_client {
	struct uv_loop_s *loop;
	const char **env; /* the list is owned, its strings are not */
	struct fetch_transfers *transfers;
	struct aws_provider *provider;
	LIST_HEAD(, aws_call) calls; /* in flight */
	struct aws_breaker breakers[AWS_SERVICES];
	unsigned attempt_timeout_ms;
	unsigned max_attempts; /* 0: what the service says */
	uint32_t throttle_base_ms;
	unsigned ask_delay_ms;	     /* 0: what the source says */
	unsigned process_timeout_ms; /* the same */
	int64_t skew_s;		     /* AWS's clock minus ours, as signatures are corrected */
	int64_t gap_s;		     /* the same, as the last reply told */
	bool has_gap;
	bool wants_region; /* of the metadata service, with the keys */
	bool is_closing;
};

#endif
