/* SPDX-License-Identifier: BSD-2-Clause
 * Private to store/dynamodb*.c: a verb that reads many pages, waits between them, and goes on after
 * trouble that passes. Its progress is in the metrics. Core thread. */
#ifndef MOORING_STORE_DYNAMODB_READING_H
#define MOORING_STORE_DYNAMODB_READING_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/dynamodb_op.h"

/* Asks for the page that is next, by op_continue(). */
typedef void reading_ask_fn(struct op *op);

/* A new verb with what listing asks for. is_whole: of the table, so that the metrics count it.
 * ERR_NOMEM, ERR_CANCELED. */
int reading_new(struct store *s, const struct store_listing *listing, bool is_whole, void *arg,
		struct op **ret);
/* How many items the next page shall have; of a verb that is no reading, too. */
unsigned reading_page_items(const struct op *op);
/* units: see scan_pace_set_capacity(). */
void reading_set_capacity(struct op *op, uint64_t units);
/* A page of so many items has come: for the metrics. */
void reading_count(const struct op *op, unsigned n_items);
/* The same: ask is called when the next one is due. A verb that is no
 * reading asks at once. */
void reading_go_on(struct op *op, const json_t *reply, unsigned n_items, reading_ask_fn *ask);
/* A page has not come. False: that ends the verb, and the caller finishes it. Else ask is called
 * later; op may be gone. */
bool reading_wait(struct op *op, const struct aws_error *error, reading_ask_fn *ask);
/* Every reading of the store ends with ERR_CANCELED: in the next turn of the loop, or when the call
 * under way has come back. */
void reading_stop_all(struct store *s);

#endif
