/* SPDX-License-Identifier: BSD-2-Clause
 * One question to an endpoint on or next to this machine that hands out credentials: unsigned,
 * never through a proxy, asked again when the answer is trouble that may pass. Core thread. */
#ifndef MOORING_AWS_METADATA_H
#define MOORING_AWS_METADATA_H

#include "fetch/transfer.h"

enum { AWS_METADATA_HEADERS_MAX = 2 };
enum { AWS_URL_SIZE = 2048 }; /* of the URL of such an endpoint */

struct aws_metadata;
struct aws_client;

/* Everything is copied; the values of headers may be secrets. */
struct aws_metadata_request {
	const char *url;
	bool is_put;
	bool (*may_connect)(const struct sockaddr *addr);
	struct fetch_header headers[AWS_METADATA_HEADERS_MAX];
	size_t n_headers;
	unsigned timeout_ms; /* of one attempt */
	unsigned attempts;
	unsigned silent_attempts; /* of these, how many may end without any reply */
	unsigned delay_ms;	  /* between two */
};

/* done is called once, in a later turn of the loop, with the last reply; unless cancelled. After it
 * the question is gone. ERR_NOMEM. */
int aws_metadata_start(struct aws_client *client, const struct aws_metadata_request *req,
		       fetch_transfer_fn *done, void *arg, struct aws_metadata **ret);
void aws_metadata_cancel(struct aws_metadata *a);

#endif
