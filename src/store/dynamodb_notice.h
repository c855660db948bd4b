/* SPDX-License-Identifier: BSD-2-Clause
 * Private to the DynamoDB store: notices, in slots (store/notice_item.h). */
#ifndef MOORING_STORE_DYNAMODB_NOTICE_H
#define MOORING_STORE_DYNAMODB_NOTICE_H

#include "store/store.h"

/* The verbs of struct store_notice_ops. */
int dynamodb_put_notice(struct store *s, const struct notice *n, store_done_fn *done, void *arg);
int dynamodb_list_notices(struct store *s, store_notice_fn *each, store_done_fn *done, void *arg);
int dynamodb_claim_notice(struct store *s, const char *id, const char *target, const char *holder,
			  int64_t now_s, int64_t until_s, store_done_fn *done, void *arg);
int dynamodb_update_notice(struct store *s, const struct notice *n, store_done_fn *done, void *arg);
int dynamodb_remove_notice(struct store *s, const char *id, const char *target, const char *holder,
			   store_done_fn *done, void *arg);

#endif
