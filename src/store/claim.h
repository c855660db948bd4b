/* SPDX-License-Identifier: BSD-2-Clause
 * The claims of host names in a DynamoDB table: items beside the accounts whose key is "host:" and
 * the name, which no login can be (a login has no colon). `owners` is a string set of logins, `seq`
 * counts the first changes of its owners. An item whose key is "claims:complete" says that every
 * account had its claims once. Pure; core thread.
 *
 * Functions that return JSON return a new reference, or NULL when memory is out. */
#ifndef MOORING_STORE_CLAIM_H
#define MOORING_STORE_CLAIM_H

#include <jansson.h>
#include <stdbool.h>

#include "net/fqdn.h"
#include "store/store.h"

#define CLAIM_PREFIX   "host:"
#define CLAIM_COMPLETE "claims:complete"

enum { CLAIM_KEY_SIZE = sizeof(CLAIM_PREFIX) + FQDN_TEXT_MAX };

const char *claim_key(const struct fqdn *name, char key[CLAIM_KEY_SIZE]);
/* False: the item is no claim of a name. */
bool claim_name(const json_t *item, struct fqdn *ret);
/* The owners of an item, which may be NULL: no owner. A hand may have written a string or a list:
 * false, as when there are more than a store looks at. */
bool claim_owners(const json_t *item, struct store_owners *ret);
/* The attribute value of a claim's owners as it is stored; borrowed; NULL: there is none. */
const json_t *claim_stored(const json_t *item);
/* The claim of one owner, as far as a condition compares it. */
json_t *claim_of_one(const char *user);

/* The content of an Update or, when there are no owners left, a Delete (*ret_operation): makes
 * owners of what is stored now, and fails when that is something else. */
json_t *claim_change(const char *table, const struct fqdn *name, const json_t *stored,
		     const struct store_owners *owners, const char **ret_operation);
/* The content of an Update: one of the owners changes the name for the first time. Fails when the
 * claim is not as it was read. */
json_t *claim_first_change(const char *table, const struct fqdn *name,
			   const struct store_owners *owners);
/* The content of a Put of the item that says that claims are complete. */
json_t *claim_complete(const char *table);

#endif
