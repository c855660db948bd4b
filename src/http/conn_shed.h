/* SPDX-License-Identifier: BSD-2-Clause
 * What the connections were doing that made room for others: counted for the metrics, and told in
 * the log now and then. The counts are under the table's lock; time is an argument. Private to
 * http/. */
#ifndef MOORING_HTTP_CONN_SHED_H
#define MOORING_HTTP_CONN_SHED_H

#include <stdbool.h>
#include <stdint.h>

#include "http/conn.h"

/* The log has a line about it no more often. */
enum { CONN_SHED_LOG_MS = 10 * 1000 };

/* Zeroed at the beginning. */
struct conn_shed {
	int64_t next_log_ms;
	unsigned n[CONN_PHASES]; /* that the log was not told of */
};

void conn_shed_count(struct conn_shed *s, enum conn_phase phase);
/* True: ret is to be told, and s counts anew. */
bool conn_shed_take(struct conn_shed *s, int64_t now_ms, struct conn_shed *ret);
/* Without the lock. limit is how many connections there may be. */
void conn_shed_tell(const struct conn_shed *s, unsigned limit);

#endif
