/* SPDX-License-Identifier: BSD-2-Clause
 * Private to store/dynamodb*.c: the verbs of struct store_claim_ops, and owners. */
#ifndef MOORING_STORE_DYNAMODB_CLAIM_H
#define MOORING_STORE_DYNAMODB_CLAIM_H

#include "store/store.h"

int dynamodb_owners(struct store *s, const struct fqdn *name, store_owners_fn *done, void *arg);
int dynamodb_claim(struct store *s, const struct fqdn *name, const char *user,
		   store_owners_fn *done, void *arg);
int dynamodb_unclaim(struct store *s, const struct fqdn *name, const char *user,
		     store_done_fn *done, void *arg);
int dynamodb_claims_complete(struct store *s, store_decided_fn *done, void *arg);
int dynamodb_set_claims_complete(struct store *s, store_done_fn *done, void *arg);

#endif
