/* SPDX-License-Identifier: BSD-2-Clause
 * Private to the SQLite store: what happened to hosts, in a table of its own. Inside of a
 * transaction, on whichever thread that is. */
#ifndef MOORING_STORE_SQLITE_HISTORY_H
#define MOORING_STORE_SQLITE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct fqdn;
struct history_entry;
struct sqlite_db;

/* All of them or none; of each host the newest HISTORY_HOST_MAX stay. */
int sqlite_db_add_history(struct sqlite_db *db, const struct history_entry *entries, size_t n,
			  struct errinfo *ei);
/* The newest max entries from since_s on, the oldest first, which the caller frees. ERR_NOMEM. */
int sqlite_db_read_history(struct sqlite_db *db, const struct fqdn *host, int64_t since_s,
			   size_t max, struct history_entry **ret, size_t *ret_n,
			   struct errinfo *ei);
/* Removes HISTORY_PRUNE_MAX of those older than before_s; *ret_more: there may be more. None, while
 * no entry is of newest_s or later. */
int sqlite_db_prune_history(struct sqlite_db *db, int64_t before_s, int64_t newest_s,
			    bool *ret_more, struct errinfo *ei);

#endif
