/* SPDX-License-Identifier: BSD-2-Clause
 * How many lines of one kind a client may cause in the log when a line costs it nothing: a few a
 * minute for each network, then they are counted, and the count is one line. One table of a fixed
 * size under one lock; networks that find no room in it share one place. Any thread; time is an
 * argument. Private to http/. */
#ifndef MOORING_HTTP_LINE_LIMIT_H
#define MOORING_HTTP_LINE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "net/addr.h"

struct line_limit;

/* Networks are those of prefix_of_network(). */
enum { LINE_LIMIT_LINES = 5, LINE_LIMIT_WINDOW_MS = 60000, LINE_LIMIT_NETWORKS = 256 };

/* sentence, a constant, says what was left out: "refused updates left out". ERR_NOMEM. */
int line_limit_new(const char *sentence, struct line_limit **ret);
/* NULL is fine. */
void line_limit_free(struct line_limit *l);

/* True: the line may be written; false: it was counted. now_ms is monotonic. */
bool line_limit_take(struct line_limit *l, const struct addr *client, int64_t now_ms);
/* Writes the counts of networks whose minute is over; to be called now and then. */
void line_limit_tell(struct line_limit *l, int64_t now_ms);
/* Writes all counts, at the end. */
void line_limit_tell_all(struct line_limit *l);

#endif
