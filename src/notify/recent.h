/* SPDX-License-Identifier: BSD-2-Clause
 * What was told a while ago is not told again: a bounded memory of events by their ids. Pure: time
 * is an argument. */
#ifndef MOORING_NOTIFY_RECENT_H
#define MOORING_NOTIFY_RECENT_H

#include <stdbool.h>
#include <stdint.h>

/* The oldest makes room: it may be told again earlier than it should. */
enum { RECENT_MAX = 256, RECENT_ID_MAX = 64 };

/* All zero: nothing was told. */
struct recent {
	unsigned next;
	struct {
		char id[RECENT_ID_MAX + 1];
		int64_t until_ms;
	} at[RECENT_MAX];
};

/* False: that id was taken less than hold_ms ago. now_ms is monotonic. */
bool recent_takes(struct recent *r, const char *id, int64_t now_ms, int64_t hold_ms);

#endif
