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
	uint64_t body_len;
	bool keep_alive; /* asked for by a Connection token */
};

void head_read(struct MHD_Connection *connection, struct head *ret);

typedef void head_line_fn(void *arg, struct slice value);

/* Every line of the header with that name, in order (RFC 9110 §5.3), without the blanks around it.
 */
void head_each(struct MHD_Connection *connection, const char *name, head_line_fn *fn, void *arg);

#endif
