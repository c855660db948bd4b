/* SPDX-License-Identifier: BSD-2-Clause
 * How many lines of one kind a client may cause in the log when a line costs it nothing: a few for
 * each network in a window of time, then they are counted, and the count is one line. One table of
 * a fixed size under one lock; networks that find no room in it share one place. Any thread; time
 * is an argument. */
#ifndef MOORING_NET_LINE_LIMIT_H
#define MOORING_NET_LINE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "net/prefix.h"

struct line_limit;

enum { LINE_LIMIT_NETWORKS = 256 };

struct line_limit_conf {
	const char *sentence; /* what was left out, a constant: "refused updates left out" */
	unsigned lines;	      /* of one network in one window */
	int64_t window_ms;    /* which begins with the first of them */
	struct prefix (*network)(const struct addr *client);
};

/* ERR_NOMEM. */
int line_limit_new(const struct line_limit_conf *conf, struct line_limit **ret);
/* NULL is fine. */
void line_limit_free(struct line_limit *l);

/* True: the line may be written; false: it was counted. now_ms is monotonic. */
bool line_limit_take(struct line_limit *l, const struct addr *client, int64_t now_ms);
/* When line_limit_tell() may next have something to write; INT64_MAX: there is nothing. */
int64_t line_limit_next_ms(struct line_limit *l);
/* Writes the counts of networks whose window is over; to be called now and then. */
void line_limit_tell(struct line_limit *l, int64_t now_ms);
/* Writes all counts, at the end. */
void line_limit_tell_all(struct line_limit *l);

#endif
