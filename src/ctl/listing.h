/* SPDX-License-Identifier: BSD-2-Clause
 * What a command lists, one element after the other: the lines of a table, or an array of JSON. */
#ifndef MOORING_CTL_LISTING_H
#define MOORING_CTL_LISTING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct listing {
	json_t *json;	     /* the array; NULL: lines are wanted */
	struct table *table; /* the lines; NULL: JSON is */
	int err;	     /* the first trouble with an element; the caller sets it, too */
};

/* An empty list, of n_columns when it is a table. l->err is ERR_NOMEM when there is no memory. */
void listing_begin(struct listing *l, bool as_json, size_t n_columns);
/* Appends element, which the list owns from now on; NULL means that memory ran out. */
void listing_add(struct listing *l, json_t *element);
/* Prints the list, unless err or l->err is an error; releases what it holds. Returns the first of
 * the two, with a sentence in ei for the latter. */
int listing_end(struct listing *l, int err, struct errinfo *ei);

#endif
