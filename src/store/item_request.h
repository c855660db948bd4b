/* SPDX-License-Identifier: BSD-2-Clause
 * The requests that the DynamoDB store makes, as JSON. Every attribute name in an expression is an
 * alias, because `user`, `ttl`, `state` and others are reserved words. Pure; core thread.
 *
 * Each function returns a new reference, or NULL when memory is out. */
#ifndef MOORING_STORE_ITEM_REQUEST_H
#define MOORING_STORE_ITEM_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "account/account.h"
#include "store/store.h"

/* How many hosts one UpdateItem can write: an expression holds at most 4 KB, a host takes up to 180
 * bytes of it, and an update request names at most 20. It may have 300 operators and functions, of
 * which a host takes 11. */
enum { ITEM_REQUEST_HOSTS_MAX = 22 };

/* The state of one host to be written when what is stored still is base, as store_intent_fits()
 * has it. */
struct item_intent {
	struct fqdn name;
	struct host_state base; /* seq 0: no state is stored, or none that counts */
	struct host_state state;
	bool is_whole; /* all of state is written; implied when base.seq is 0 */
};

/* A host whose seq is overtaken by another account's change. */
struct item_mark {
	struct fqdn name;
	uint64_t seq;
};

/* GetItem, strongly consistent. */
json_t *item_request_get(const char *table, const char *user);
/* Scan, one page of at most n_items; start is LastEvaluatedKey of the page before, or NULL. The
 * answer tells what the page has cost. */
json_t *item_request_scan(const char *table, const json_t *start, unsigned n_items);
/* DescribeTable. */
json_t *item_request_describe(const char *table);
/* PutItem of an account whose login must not be taken; may hold the password: item_wipe(). */
json_t *item_request_create(const char *table, const struct account *a);
/* UpdateItem that makes an item the account a but keeps attributes of others, what a has a flaw in,
 * and the state of hosts that are in both a and old. item is what is stored now; old is its
 * account, NULL when it is none. The password is in ExpressionAttributeValues, ":pass". */
json_t *item_request_replace(const char *table, const struct account *a, const json_t *item,
			     const struct account *old);
/* Requires besides that `host` is spelt as in item; takes request, which may be NULL. The failed
 * condition tells the item. */
json_t *item_request_if_hosts(json_t *request, const json_t *item);
/* DeleteItem of a login that must be there. */
json_t *item_request_remove(const char *table, const char *user);
/* PutItem of item under another login, which must not be taken; holds the password. */
json_t *item_request_copy(const char *table, const json_t *item, const char *user);
/* DeleteItem of a login whose `state` still is that of item; the failed condition tells the item.
 */
json_t *item_request_remove_as_read(const char *table, const char *user, const json_t *item);

/* UpdateItem of n hosts, all or none, in an item that has a `state` map: DynamoDB answers
 * ValidationException (invalid document path) when it has none yet. The answer holds the new item,
 * because whether a host still is in `host` cannot be told by a condition: it may be spelt
 * otherwise there. An address may be spelt otherwise than we do, too: then the condition fails
 * though nothing has changed. item is what was read after that, and each host has to be in `state`
 * exactly as there, or not at all; NULL: nothing was read. */
json_t *item_request_intend(const char *table, const char *user, const struct item_intent *intents,
			    size_t n, const json_t *item);
/* The same for an item without a `state` map; every base.seq is 0. */
json_t *item_request_intend_first(const char *table, const char *user,
				  const struct item_intent *intents, size_t n);
/* The content of an Update in a transaction: n hosts are over, while they have their seq. */
json_t *item_request_mark(const char *table, const char *user, const struct item_mark *marks,
			  size_t n);
/* UpdateItem of another secret, when it is still old; both as stored. */
json_t *item_request_secret(const char *table, const char *user, const char *old,
			    const char *secret);
/* UpdateItem of what c confirms, when the stored seq is c->seq. The answer holds the new item, as
 * above. */
json_t *item_request_confirm(const char *table, const char *user, const struct store_confirm *c);

#endif
