/* SPDX-License-Identifier: BSD-2-Clause
 * The item of a DynamoDB table as an account and back (docs/ARCHITECTURE.md): attribute values in
 * DynamoDB's JSON. The rows of the original stack's table (user, pass, host, ttl, all of type S)
 * are read as they are. Pure; core thread. */
#ifndef MOORING_STORE_ITEM_H
#define MOORING_STORE_ITEM_H

#include <jansson.h>
#include <stdint.h>

#include "account/account.h"
#include "base/err.h"
#include "net/fqdn.h"

/* The names of the attributes, and of the members of `state`. */
#define ITEM_USER     "user"
#define ITEM_PASS     "pass"
#define ITEM_HOST     "host"
#define ITEM_TTL      "ttl"
#define ITEM_DISABLED "disabled"
#define ITEM_QUIRKS   "quirks"
#define ITEM_IDS      "interface_ids"
#define ITEM_UNTIL    "valid_until"
#define ITEM_SOURCES  "sources"
#define ITEM_STATE    "state"
#define ITEM_V4	      "v4"
#define ITEM_V6	      "v6"
#define ITEM_SEQ      "seq"
#define ITEM_PUB      "pub"
#define ITEM_TIME     "time"
#define ITEM_REPEATS  "repeats"
#define ITEM_OVER     "over"
#define ITEM_ZONE     "zone" /* and ITEM_TTL */
#define ITEM_GONE4    "gone4"
#define ITEM_GONE6    "gone6"
#define ITEM_WANTED   "wanted"

/* The account of an item; the caller frees it. Bare labels in `host` are completed with
 * default_zone (NULL: refused). Attributes that mooring does not know, and state of hosts that are
 * not in `host`, are passed over. What cannot be used of the others is a flaw of the account, with
 * one sentence that names user and attribute; a NULL is absent. ERR_PROTOCOL: the login is none
 * that an account can have. ERR_NOMEM. */
int item_to_account(const json_t *item, const struct fqdn *default_zone, struct account **ret,
		    struct errinfo *ei);

/* The same in two steps: a partial account, then the rest of it from the same item, which is no
 * longer partial. The first step reads the login, the secret, and who may not use it: whether it is
 * disabled, has ended, and its sources. */
int item_to_credential(const json_t *item, struct account **ret, struct errinfo *ei);
int item_read_rest(const json_t *item, const struct fqdn *default_zone, struct account *a);

/* The whole item of an account; the caller owns the reference. NULL: out of memory. */
json_t *item_from_account(const struct account *a);

/* Single attribute values; the caller owns the reference. NULL: out of memory. item_value() takes
 * content, which may be NULL after a failed allocation. */
json_t *item_value(const char *type, json_t *content);
json_t *item_string(const char *text);
json_t *item_number(uint64_t value);
/* Decimal text of type S, as the original reads it. */
json_t *item_ttl(uint32_t ttl);
/* One host as S, as the original reads it; several as SS. */
json_t *item_hosts(const struct account *a);
json_t *item_quirks(const struct account *a);
/* The map of the hosts that have one. */
json_t *item_interface_ids(const struct account *a);
json_t *item_until(const struct account *a);
json_t *item_sources(const struct account *a);
json_t *item_state(const struct host_state *state);
/* Of its member ITEM_WANTED. */
json_t *item_wanted(const struct host_state *state);

/* The members of an attribute value of type M; NULL when it is absent or of another type. Borrowed.
 */
const json_t *item_map(const json_t *value);

/* Overwrites the password of an item or of an expression's values (name is the member that holds
 * it) before the reference is dropped; NULL is fine. */
void item_wipe(json_t *item, const char *name);

#endif
