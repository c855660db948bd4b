/* SPDX-License-Identifier: BSD-2-Clause
 * The request head as libmicrohttpd parsed it: read once, and refused when it means one thing to us
 * and another to a proxy in front. libmicrohttpd 0.9.75 lets all of that pass. Pool threads.
 * Private to http/. */
#ifndef MOORING_HTTP_HEAD_H
#define MOORING_HTTP_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct MHD_Connection;

enum { HEAD_BODY_MAX = 4096 }; /* bytes of a form; equals QUERY_PARAMS_MAX */

enum head_verdict {
	HEAD_OK,
	HEAD_BAD,	/* 400 */
	HEAD_TOO_LARGE, /* 413: the body would be */
};

/* Slices of the connection's memory, good for as long as the request. */
struct head {
	struct slice host;
	struct slice authorization;
	struct slice content_type;
	struct slice forwarded; /* X-Forwarded-For; means something from a trusted proxy only */
	unsigned n_forwarded;	/* how many of these headers there were */
	uint64_t body_len;
	bool keep_alive; /* asked for by a Connection token */
};

/* What the handler was given, and the length of the target as it stood on the wire (up to a NUL).
 */
struct head_line {
	const char *method;
	const char *url;
	const char *version;
	size_t target_len;
};

enum head_verdict head_read(struct MHD_Connection *connection, const struct head_line *line,
			    struct head *ret);

#endif
