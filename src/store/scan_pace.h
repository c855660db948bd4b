/* SPDX-License-Identifier: BSD-2-Clause
 * How fast a table is listed, so that its routers keep most of what it can read. Pure. */
#ifndef MOORING_STORE_SCAN_PACE_H
#define MOORING_STORE_SCAN_PACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	/* A page this small keeps the core thread free for other requests between two pages. */
	SCAN_PAGE_ITEMS = 500,
	/* What one partition can read in a second. A Scan goes through one after the other, so this
	 * bounds it whatever the whole table has, and on demand nothing else does.
	 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
	 */
	SCAN_PARTITION_UNITS = 3000,
	/* What a table is taken to have as long as nobody tells: DescribeTable is not allowed. */
	SCAN_UNKNOWN_UNITS = 400,
	/* After trouble, doubled by each further one in a row. */
	SCAN_WAIT_MS = 1000,
	SCAN_WAIT_MAX_MS = 10000,
};

struct scan_pace {
	unsigned share;	   /* per cent */
	uint64_t most;	   /* thousandths of a read unit in a second that the listing may take */
	uint64_t rate;	   /* of which it takes so much now: less for a while after a throttle */
	unsigned n_items;  /* to be asked for in the next page */
	unsigned n_failed; /* in a row */
};

/* share: per cent of the table's capacity, which is not known yet. */
void scan_pace_init(struct scan_pace *p, unsigned share);
/* units: read units in a second; 0: on demand, without a limit. */
void scan_pace_set_capacity(struct scan_pace *p, uint64_t units);
/* A page of so many items has come. Returns the milliseconds before the next one. */
uint32_t scan_pace_take(struct scan_pace *p, const json_t *reply, unsigned n_items);
/* It has not. Returns the milliseconds before it is asked for again. */
uint32_t scan_pace_fail(struct scan_pace *p, bool is_throttled);

/* What DescribeTable tells, as for scan_pace_set_capacity(). False for what is no such reply. */
bool scan_pace_read_capacity(const json_t *reply, uint64_t *ret);

#endif
