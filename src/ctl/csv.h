/* SPDX-License-Identifier: BSD-2-Clause
 * CSV as RFC 4180 and spreadsheets write it. Pure. */
#ifndef MOORING_CTL_CSV_H
#define MOORING_CTL_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum { CSV_CELLS_MAX = 32 };

struct csv {
	char *p, *end;
	size_t line; /* of p, from 1 */
	char sep;
};

struct csv_record {
	size_t line; /* that it begins on */
	size_t n;
	struct slice cells[CSV_CELLS_MAX]; /* borrowed from the text */
};

/* text is changed in place by what follows. What separates cells is the first comma, semicolon or
 * tab of the first line. */
void csv_begin(struct csv *c, char *text, size_t len);
/* The next line that is not empty, or several if quotes hold their ends: *ret_more is false behind
 * the last. ERR_INVAL with a sentence that says which line. */
int csv_next(struct csv *c, struct csv_record *ret, bool *ret_more, struct errinfo *ei);

/* Appends a cell, behind a comma unless it is the first of its line. */
int csv_add(struct buf *out, bool is_first, const char *text);

#endif
