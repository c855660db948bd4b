/* SPDX-License-Identifier: BSD-2-Clause
 * Private to store/dynamodb*.c: the verbs that change state by compare-and-set, in the table or,
 * under a policy without UpdateItem, in memory. Core thread. */
#ifndef MOORING_STORE_DYNAMODB_STATE_H
#define MOORING_STORE_DYNAMODB_STATE_H

#include "store/store.h"

/* As in struct store_ops. */
int dynamodb_intend(struct store *s, const char *user, const struct store_intent *intents, size_t n,
		    store_done_fn *done, void *arg);
int dynamodb_confirm(struct store *s, const char *user, const struct store_confirm *c,
		     store_done_fn *done, void *arg);

#endif
