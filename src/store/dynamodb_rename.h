/* SPDX-License-Identifier: BSD-2-Clause
 * Private to the DynamoDB store: an account under another login. */
#ifndef MOORING_STORE_DYNAMODB_RENAME_H
#define MOORING_STORE_DYNAMODB_RENAME_H

#include "store/store.h"

/* The verb of struct store_ops. */
int dynamodb_rename(struct store *s, const char *user, const char *to, store_done_fn *done,
		    void *arg);

#endif
