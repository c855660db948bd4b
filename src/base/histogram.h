/* SPDX-License-Identifier: BSD-2-Clause
 * How long things took, for the whole process, and their print as histograms in Prometheus' text
 * format 0.0.4. Any thread; no locks. Labels are fixed here, as in metric.h. */
#ifndef MOORING_BASE_HISTOGRAM_H
#define MOORING_BASE_HISTOGRAM_H

#include <stdint.h>

#include "base/buf.h"

/* The families, in the order of the print: F(family, name without "mooring_", help). */
/* clang-format off */
#define HISTOGRAM_FAMILIES(F)                                                                      \
	F(UPDATE, "update_seconds",                                                                \
	  "From an update's arrival to its answer, by what the answer says: good, nochg, refused " \
	  "(the request's own fault) or trouble (911, or dnserr that may go away).")               \
	F(PUBLICATION, "publication_seconds",                                                      \
	  "From a host's intent to the publisher's acceptance of all of it.")

/* The samples, those of one family together: X(histogram, family, labels). */
#define HISTOGRAMS(X)                                                                              \
	X(UPDATE_GOOD, UPDATE, "answer=\"good\"")                                                  \
	X(UPDATE_NOCHG, UPDATE, "answer=\"nochg\"")                                                \
	X(UPDATE_REFUSED, UPDATE, "answer=\"refused\"")                                            \
	X(UPDATE_TROUBLE, UPDATE, "answer=\"trouble\"")                                            \
	X(PUBLICATION, PUBLICATION, "")
/* clang-format on */

enum histogram {
#define HISTOGRAM_ENUM(histogram, family, labels) HISTOGRAM_##histogram,
	HISTOGRAMS(HISTOGRAM_ENUM)
#undef HISTOGRAM_ENUM
		HISTOGRAM_COUNT
};

struct histogram_total {
	int64_t n;
	int64_t ms; /* of all together */
};

/* One of them took ms; less than 0 counts as 0. */
void histogram_add(enum histogram h, int64_t ms);
struct histogram_total histogram_total(enum histogram h);

/* Appends all; the error is the buffer's. */
void histogram_print(struct buf *out);

#endif
