/* SPDX-License-Identifier: BSD-2-Clause
 * The history of hosts in a DynamoDB table: an item for each host and month (UTC) beside the
 * accounts, whose key is "history:NAME:YYYYMM", which no login can be. `entries` is a list of maps,
 * the oldest first; `history-ttl`, seconds since 1970, is for the table's time to live. Pure; core
 * thread.
 *
 * Functions that return JSON return a new reference, or NULL when memory is out. */
#ifndef MOORING_STORE_HISTORY_ITEM_H
#define MOORING_STORE_HISTORY_ITEM_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "store/history.h"

#define HISTORY_PREFIX "history:"
#define HISTORY_EXPIRY "history-ttl"

enum { HISTORY_KEY_SIZE = sizeof(HISTORY_PREFIX) + FQDN_TEXT_MAX + sizeof(":-2147483648") + 2 };

/* Months since the beginning of year 0. */
int history_month(int64_t time_s);
const char *history_key(const struct fqdn *host, int month, char key[HISTORY_KEY_SIZE]);
/* UpdateItem that adds n entries of one host and month, HISTORY_BATCH_MAX at most. Its condition
 * fails when there is no room for them, or something else stands in the place of `entries`. */
json_t *history_request_add(const char *table, const struct history_entry *entries, size_t n,
			    int64_t keep_s);
/* Appends the entries of an item from since_s on to *entries, which the caller frees, n of which
 * there are. Those that were written twice, as the answer to the first attempt was lost, are read
 * once; what a hand wrote is read as far as it can be. 0 or ERR_NOMEM. */
int history_item_read(const json_t *item, const struct fqdn *host, int64_t since_s,
		      struct history_entry **entries, size_t *n);

#endif
