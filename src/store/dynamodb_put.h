/* SPDX-License-Identifier: BSD-2-Clause
 * Private to store/dynamodb*.c: accounts that come, change and go. */
#ifndef MOORING_STORE_DYNAMODB_PUT_H
#define MOORING_STORE_DYNAMODB_PUT_H

#include "store/store.h"

/* The verbs of struct store_ops. */
int dynamodb_put(struct store *s, const struct account *account, enum store_put_mode mode,
		 store_done_fn *done, void *arg);
int dynamodb_remove(struct store *s, const char *user, store_done_fn *done, void *arg);

#endif
