/* SPDX-License-Identifier: BSD-2-Clause
 * Until when, and from which addresses, an account may be used. A value; pure; any thread. */
#ifndef MOORING_ACCOUNT_BOUNDS_H
#define MOORING_ACCOUNT_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/prefix.h"

enum {
	BOUNDS_SOURCES_MAX = 8,
	BOUNDS_UNTIL_TEXT_MAX = sizeof("2027-01-31T23:59:59Z"),
};

/* All zero: always, and from everywhere. */
struct bounds {
	int64_t until_s; /* the last second, since the epoch; 0: for ever */
	size_t n_sources;
	struct prefix sources[BOUNDS_SOURCES_MAX];
};

/* "2027-01-31", to the end of that day, or "2027-01-31T12:00:00Z", both in UTC and after 1970. */
int bounds_set_until(struct bounds *b, struct slice text, struct errinfo *ei);
/* The longer form; returns out. "" for ever. */
const char *bounds_format_until(const struct bounds *b, char out[BOUNDS_UNTIL_TEXT_MAX]);
/* An address or a prefix. One that is there already is no error; ERR_LIMIT. */
int bounds_add_source(struct bounds *b, struct slice text, struct errinfo *ei);
bool bounds_equal(const struct bounds *a, const struct bounds *b);

bool bounds_are_over(const struct bounds *b, int64_t now_s);
/* Whether it may be used by that client now. One whose address is not known is in no prefix. */
bool bounds_allow(const struct bounds *b, const struct addr *client, int64_t now_s);

#endif
