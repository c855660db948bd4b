/* SPDX-License-Identifier: BSD-2-Clause
 * Private to store/dynamodb*.c: the verbs that change state by compare-and-set, in the table or,
 * under a policy without UpdateItem, in memory. Core thread. */
#ifndef MOORING_STORE_DYNAMODB_STATE_H
#define MOORING_STORE_DYNAMODB_STATE_H

#include <jansson.h>
#include <stdbool.h>

#include "store/store.h"

struct aws_error;
struct dynamo;
struct op;

/* As in struct store_ops. */
int dynamodb_intend(struct store *s, const char *user, const struct store_intent *intents, size_t n,
		    store_done_fn *done, void *arg);
int dynamodb_confirm(struct store *s, const char *user, const struct store_confirm *c,
		     store_done_fn *done, void *arg);

/* The op of a verb that intends; the intents are copied into it. */
int state_op_new(struct store *s, const char *user, const struct store_intent *intents, size_t n,
		 void *arg, struct op **ret);
/* Goes on with op as dynamodb_intend() would. */
void state_intend(struct op *op);
/* Its UpdateItem, when item is what was read; NULL: out of memory. */
json_t *state_request(const struct op *op, const json_t *item);
/* Whether the hosts of all intents are as expected. */
bool state_is_as_expected(const struct op *op, const struct account *account);
/* Whether UpdateItem is not to be tried, because it was denied. */
bool state_keeps_in_memory(const struct dynamo *d);
/* UpdateItem was not denied. */
void state_leave_memory(struct dynamo *d);
/* It was: reads the account, then goes on in memory. */
void state_go_on_in_memory(struct op *op, const struct aws_error *error);

#endif
