/* SPDX-License-Identifier: BSD-2-Clause
 * One HTTP/1.1 exchange: bounded in time, size and trust; no retry, no signature, no redirect.
 * Core thread. */
#ifndef MOORING_AWS_TRANSFER_H
#define MOORING_AWS_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/error.h"
#include "aws/sigv4.h"
#include "base/err.h"
#include "base/str.h"

enum { AWS_TRANSFER_HEADERS_MAX = 64 * 1024, AWS_TRANSFER_WHY_SIZE = 256 };

struct aws_transfers;
struct aws_transfer;
struct uv_loop_s;
struct sockaddr;

/* Copied. */
struct aws_transfers_conf {
	const char *ca_bundle; /* NULL: the system's */
	unsigned connect_timeout_ms;
	unsigned max_connections; /* per host */
	unsigned max_response_bytes;
};

/* body is borrowed until the exchange ends, all else is copied. */
struct aws_transfer_request {
	const char *url;
	bool is_post;
	bool is_put;	/* with an empty body */
	bool use_proxy; /* that of the environment */
	/* NULL, or asked for every address before a connection to it is made: a new one always */
	bool (*may_connect)(const struct sockaddr *addr);
	const struct sigv4_header *headers;
	size_t n_headers;
	struct slice body;
	unsigned timeout_ms;
	unsigned max_response_bytes; /* 0: the limit of all transfers */
};

enum aws_transfer_result {
	AWS_TRANSFER_DONE,	  /* a whole reply came, of whatever status */
	AWS_TRANSFER_TIMEOUT,	  /* sent or not: unknown */
	AWS_TRANSFER_UNREACHABLE, /* nothing was sent */
	AWS_TRANSFER_UNTRUSTED, /* certificate or address is not to be trusted; nothing was sent */
	AWS_TRANSFER_BROKEN,	/* the connection ended early */
	AWS_TRANSFER_GARBAGE,	/* not HTTP */
	AWS_TRANSFER_TOO_LARGE,
	AWS_TRANSFER_NOMEM,
};

/* Valid within the callback. */
struct aws_transfer_reply {
	enum aws_transfer_result result;
	char why[AWS_TRANSFER_WHY_SIZE]; /* unless DONE: curl's words */
	long status;
	struct slice body;
	char request_id[AWS_REQUEST_ID_MAX]; /* x-amzn-requestid, x-amz-request-id */
	char error_type[AWS_CODE_MAX * 3];   /* x-amzn-errortype */
	bool has_crc;
	uint32_t crc;		/* x-amz-crc32 */
	int64_t date_s;		/* Date; 0 when absent */
	int64_t retry_after_ms; /* x-amz-retry-after; -1 when absent */
	/* How often curl sent the request anew by itself, which it does when a kept connection ends
	 * without a byte of reply: the first one may have been carried out. */
	unsigned n_resent;
	bool was_sent; /* at least once; false: nothing can have been carried out */
};

typedef void aws_transfer_fn(void *arg, const struct aws_transfer_reply *reply);

/* ERR_NOMEM. */
int aws_transfers_new(struct uv_loop_s *loop, const struct aws_transfers_conf *conf,
		      struct aws_transfers **ret);
/* No exchange may be under way. Frees in a later turn of the loop; NULL is fine. */
void aws_transfers_close(struct aws_transfers *ts);

/* done is called once, in a later turn of the loop, unless the exchange is cancelled. ERR_NOMEM. */
int aws_transfer_start(struct aws_transfers *ts, const struct aws_transfer_request *req,
		       aws_transfer_fn *done, void *arg, struct aws_transfer **ret);
void aws_transfer_cancel(struct aws_transfer *t);

#endif
