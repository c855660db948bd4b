/* SPDX-License-Identifier: BSD-2-Clause
 * Private to the DynamoDB store: another secret in the place of one that was read. */
#ifndef MOORING_STORE_DYNAMODB_SECRET_H
#define MOORING_STORE_DYNAMODB_SECRET_H

#include "store/store.h"

/* The verb of struct store_ops. */
int dynamodb_replace_secret(struct store *s, const char *user, const char *old, const char *secret,
			    store_done_fn *done, void *arg);

#endif
