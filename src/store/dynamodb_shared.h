/* SPDX-License-Identifier: BSD-2-Clause
 * Private to store/dynamodb*.c: intends for names that several accounts have. */
#ifndef MOORING_STORE_DYNAMODB_SHARED_H
#define MOORING_STORE_DYNAMODB_SHARED_H

#include "store/store.h"

/* intend of struct store_claim_ops. */
int dynamodb_intend_claimed(struct store *s, const char *user, const struct store_intent *intents,
			    const struct store_owners *owners, size_t n, store_done_fn *done,
			    void *arg);

#endif
