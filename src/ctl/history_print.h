/* SPDX-License-Identifier: BSD-2-Clause
 * What mooringctl prints of the history of a host, as lines and as JSON. Scripts rely on the
 * latter. Pure. */
#ifndef MOORING_CTL_HISTORY_PRINT_H
#define MOORING_CTL_HISTORY_PRINT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "store/history.h"

struct table;

enum { HISTORY_COLUMNS = 7, HISTORY_SPAN_MAX = 32 };

/* "3 d 4 h", "4 h 7 min", "7 min 5 s", "5 s". Returns out. */
const char *history_span(int64_t s, char out[HISTORY_SPAN_MAX]);
/* A line for entry i: time, addresses, how long the old ones held, verdict, login, who asked, by
 * which program. The entries before it are read. 0 or ERR_NOMEM. */
int history_print_line(struct table *t, const struct history_entry *entries, size_t i);
/* {"time", "host", "user", "old-ipv4", "ipv4", "held-ipv4", "old-ipv6", "ipv6", "held-ipv6",
 * "verdict", "from", "agent"}; how long in seconds, null where it is not known. NULL when memory
 * ran out. */
json_t *history_print_json(const struct history_entry *entries, size_t i);

#endif
