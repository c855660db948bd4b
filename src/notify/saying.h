/* SPDX-License-Identifier: BSD-2-Clause
 * What happens again and again is logged a few times in a minute, and the rest counted. Pure: time
 * is an argument. */
#ifndef MOORING_NOTIFY_SAYING_H
#define MOORING_NOTIFY_SAYING_H

#include <stdbool.h>
#include <stdint.h>

enum { SAYING_WINDOW_MS = 60 * 1000 };

/* All zero: nothing was said yet. */
struct saying {
	int64_t until_ms; /* the end of the minute that the first line began */
	unsigned n;	  /* lines in it */
	unsigned n_more;  /* counted since the last line */
};

/* True: a line is written, and *ret has been counted since the last one. now_ms is monotonic. */
bool saying_may(struct saying *s, unsigned per_minute, int64_t now_ms, unsigned *ret);

#endif
