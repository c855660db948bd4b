/* SPDX-License-Identifier: BSD-2-Clause
 * The log line of an update that was refused before it reached the engine, with the reason. Any
 * thread. Private to http/. */
#ifndef MOORING_HTTP_REFUSED_H
#define MOORING_HTTP_REFUSED_H

#include <stdint.h>

#include "base/str.h"
#include "net/addr.h"

struct line_limit;

/* Lines of one network (net/prefix.h) in a window. */
enum { REFUSED_LINES = 5, REFUSED_WINDOW_MS = 60000 };

struct refused {
	uint64_t id;
	const struct addr *client;
	const char *verdict; /* what the client is told */
	unsigned status;
	const char *reason;	  /* a constant */
	struct slice user, agent; /* p NULL: none */
};

/* Counts the line instead when the client's network has caused enough of them. */
void refused_log(struct line_limit *limit, const struct refused *r, int64_t now_ms);

#endif
