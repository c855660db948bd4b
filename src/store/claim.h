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
/* False: the item is no claim of a name, or its key is not spelt as we spell it, and is never read.
 */
bool claim_name(const json_t *item, struct fqdn *ret);
/* The owners of an item, which may be NULL: no owner. A hand may have written a string or a list,
 * what is no login, or a seq that is no count: false, as when there are more than a store looks at.
 * What is written on top of such an item has to be a claim_change() first. */
bool claim_owners(const json_t *item, struct store_owners *ret);
/* The claim of one owner, as far as a condition compares it. */
json_t *claim_of_one(const char *user);

/* The content of an Update or, when there are no owners left, a Delete (*ret_operation): makes
 * owners of the item as it was read (NULL: there was none), and fails when its owners are something
 * else by now. */
json_t *claim_change(const char *table, const struct fqdn *name, const json_t *item,
		     const struct store_owners *owners, const char **ret_operation);
/* The content of an Update: one of the owners changes the name for the first time. Fails when the
 * claim is not as it was read. */
json_t *claim_first_change(const char *table, const struct fqdn *name,
			   const struct store_owners *owners);
/* The content of a Put of the item that says that claims are complete. */
json_t *claim_complete(const char *table);

#endif
