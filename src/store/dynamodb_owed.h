/* SPDX-License-Identifier: BSD-2-Clause
 * Private to store/dynamodb*.c: the index of what is owed, where the table has one. It is used from
 * the first time on that it was asked, and is never necessary. Core thread. */
#ifndef MOORING_STORE_DYNAMODB_OWED_H
#define MOORING_STORE_DYNAMODB_OWED_H

#include <jansson.h>
#include <stdbool.h>

#include "aws/error.h"
#include "store/store.h"

struct dynamo;
struct op;

/* As in struct store_ops. */
int dynamodb_list_owed(struct store *s, const struct store_listing *listing, void *arg);

/* The UpdateItem of an intent; takes request, which may be NULL. */
json_t *owed_intend(const struct op *op, json_t *request);
/* What is to be remembered of an item until one of its hosts is confirmed. */
void owed_note(struct op *op, const json_t *item);
/* The UpdateItem of a confirmation; takes request, which may be NULL. */
json_t *owed_confirm(struct op *op, json_t *request);
/* Such a confirmation met a conflict. True: only because other hosts have state in the item; it is
 * to be sent once more, by owed_confirm(). */
bool owed_is_to_repeat(struct op *op, const struct aws_error *error);
/* After a confirmation; item is as it is now. */
void owed_confirmed(struct op *op, const json_t *item);

#endif
