/* SPDX-License-Identifier: BSD-2-Clause
 * Private to store/dynamodb*.c: the table is read from its beginning to its end. Core thread. */
#ifndef MOORING_STORE_DYNAMODB_LIST_H
#define MOORING_STORE_DYNAMODB_LIST_H

#include "store/store.h"

struct op;

/* As in struct store_ops and struct store_claim_ops. */
int dynamodb_list(struct store *s, store_each_fn *each, store_done_fn *done, void *arg);
int dynamodb_list_claims(struct store *s, store_each_fn *each, store_claim_fn *claim,
			 store_done_fn *done, void *arg);
int dynamodb_list_slowly(struct store *s, const struct store_listing *listing, void *arg);

#endif
