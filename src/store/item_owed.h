/* SPDX-License-Identifier: BSD-2-Clause
 * The attribute `owed` of a table's item, which is there while one of its hosts is owed (pub below
 * seq), and the index of that name, whose hash key it is: so that what is owed can be asked for,
 * and the table need not be read for it. An item that has it though nothing is owed costs one read
 * at the next start; one that lacks it is found by the listing. Pure; core thread.
 *
 * Each function that returns a request returns a new reference, or NULL when memory is out. */
#ifndef MOORING_STORE_ITEM_OWED_H
#define MOORING_STORE_ITEM_OWED_H

#include <jansson.h>
#include <stdbool.h>

struct account;

#define ITEM_OWED	"owed"
#define ITEM_OWED_INDEX "owed"

/* What the attribute may be, "0" to "3": entries of one hash key share what one partition can
 * write, 1000 units in a second. */
enum { ITEM_OWED_KEYS = 4 };

/* What it is in the item of user. */
unsigned item_owed_key(const char *user);
bool item_owes(const struct account *a);
/* Whether the reply of DescribeTable has the index, ready to be asked. */
bool item_owed_is_described(const json_t *reply);
/* More than one host has, or may have, state in the item: then the end of one leaves the others. */
bool item_owed_has_several(const json_t *item);
/* Whether all that is to be known of the account stands in what the index has of the item. */
bool item_owed_is_whole(const json_t *item);

/* An UpdateItem that is to set the attribute, too. Takes request. */
json_t *item_owed_begin(json_t *request, const char *user);
/* An UpdateItem of a confirmation that is to remove it, too, and is valid only while no other host
 * has state in the item. Takes request. */
json_t *item_owed_end(json_t *request);
/* UpdateItem that removes it while `state` still is that of item. */
json_t *item_owed_clear(const char *table, const char *user, const json_t *item);
/* Query, one page of the index for that key; start and n_items as for item_request_scan(). */
json_t *item_owed_query(const char *table, unsigned key, const json_t *start, unsigned n_items);

#endif
