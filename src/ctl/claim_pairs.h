/* SPDX-License-Identifier: BSD-2-Clause
 * Where the accounts of a store and its claims differ: pairs of a name and a login, collected in
 * any order from both, about 50 bytes each. Pure. */
#ifndef MOORING_CTL_CLAIM_PAIRS_H
#define MOORING_CTL_CLAIM_PAIRS_H

#include <stdbool.h>
#include <stddef.h>

#include "account/account.h"
#include "store/store.h"

struct claim_pairs;

/* A pair that only one side has. */
struct claim_difference {
	const char *name, *user; /* borrowed from the pairs */
	bool is_missing;	 /* the account has the name without a claim; false: the reverse */
};

/* ERR_NOMEM. */
int claim_pairs_new(struct claim_pairs **ret);
/* NULL is fine. */
void claim_pairs_free(struct claim_pairs *p);
/* What an account has, and what a claim says. Out of memory is told by claim_pairs_compare(). */
void claim_pairs_add_account(struct claim_pairs *p, const struct account *a);
void claim_pairs_add_claim(struct claim_pairs *p, const struct fqdn *name,
			   const struct store_owners *owners);
/* All were added: counts the differences. ERR_NOMEM. */
int claim_pairs_compare(struct claim_pairs *p, size_t *ret_missing, size_t *ret_stale);
/* The next difference, by name; false: there is none left. */
bool claim_pairs_next(struct claim_pairs *p, struct claim_difference *ret);
/* From the first difference on once more. */
void claim_pairs_rewind(struct claim_pairs *p);

#endif
