/* SPDX-License-Identifier: BSD-2-Clause
 * The request headers that we use. That the head is well-formed was checked before, by
 * http/screen.h. Pool threads. Private to http/. */
#ifndef MOORING_HTTP_HEAD_H
#define MOORING_HTTP_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct MHD_Connection;

/* Slices of the connection's memory, good for as long as the request. */
struct head {
	struct slice host;
	struct slice authorization;
	struct slice content_type;
	struct slice content_encoding;
	struct slice user_agent; /* p NULL: none */
	struct slice forwarded;	 /* X-Forwarded-For; means something from a trusted proxy only */
	unsigned n_forwarded;	 /* how many of these headers there were */
	uint64_t body_len;
	bool keep_alive; /* asked for by a Connection token */
};

void head_read(struct MHD_Connection *connection, struct head *ret);

#endif
