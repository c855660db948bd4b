/* SPDX-License-Identifier: BSD-2-Clause
 * The request that a signature covers, and the canonical forms of its path, query and headers,
 * which sigv4.c hashes. Pure; any thread. */
#ifndef MOORING_AWS_SIGV4_CANON_H
#define MOORING_AWS_SIGV4_CANON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"
#include "fetch/header.h"

enum {
	SIGV4_HEADERS_MAX = 32,
	SIGV4_PARAMS_MAX = 64,
	SIGV4_TEXT_MAX = 256 * 1024, /* of a canonical request */
};

/* The request as it goes over the wire; everything is borrowed. */
struct sigv4_request {
	struct slice method;
	struct slice path;  /* begins with '/', already encoded where the wire wants it */
	struct slice query; /* without '?' */
	const struct fetch_header *headers; /* those that proxies may touch are passed over */
	size_t n_headers;
	struct slice body;
	bool keep_path; /* S3 alone: no removal of dot segments and double slashes */
};

/* Each appends to out and returns its state; ERR_LIMIT for too many headers or parameters. */
int sigv4_add_encoded(struct buf *out, struct slice s);
int sigv4_add_signed_headers(struct buf *out, const struct sigv4_request *req);
int sigv4_canon_path(struct buf *out, struct slice path, bool keep);
int sigv4_canon_query(struct buf *out, struct slice query);
int sigv4_canon_headers(struct buf *out, const struct sigv4_request *req);

#endif
