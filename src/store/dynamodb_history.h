/* SPDX-License-Identifier: BSD-2-Clause
 * Private to the DynamoDB store: what happened to hosts. */
#ifndef MOORING_STORE_DYNAMODB_HISTORY_H
#define MOORING_STORE_DYNAMODB_HISTORY_H

#include "store/store.h"

/* The verbs of struct store_history_ops. */
int dynamodb_add_history(struct store *s, const struct history_entry *entries, size_t n,
			 int64_t keep_s, store_done_fn *done, void *arg);
int dynamodb_read_history(struct store *s, const struct fqdn *host, int64_t since_s, int64_t now_s,
			  size_t max, store_history_fn *done, void *arg);

#endif
