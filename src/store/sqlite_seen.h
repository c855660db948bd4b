/* SPDX-License-Identifier: BSD-2-Clause
 * Private to the SQLite store: when hosts were last asked for, inside of a transaction. The
 * worker's thread. */
#ifndef MOORING_STORE_SQLITE_SEEN_H
#define MOORING_STORE_SQLITE_SEEN_H

#include <stdbool.h>
#include <stddef.h>

#include "store/store.h"

struct sqlite_db;

/* Of one read: few enough not to keep others waiting. */
enum { SQLITE_SEEN_PAGE = 256 };

/* One step of a list, in the order of login and name. Zeros: it begins. */
struct sqlite_seen_page {
	bool more;
	size_t n;
	/* Of the last row of the page before. */
	char user[ACCOUNT_USER_MAX + 1];
	char name[FQDN_TEXT_MAX + 1];
	struct store_seen seen[SQLITE_SEEN_PAGE];
};

/* A host of an account that is gone is passed over; forgets: what is there of hosts that are gone,
 * with their account or from it, is deleted. */
int sqlite_db_put_seen(struct sqlite_db *db, const struct store_seen *seen, size_t n, bool forgets,
		       struct errinfo *ei);
/* Replaces the page by the next one; a row that was damaged by hand is left out. */
int sqlite_db_next_seen(struct sqlite_db *db, struct sqlite_seen_page *page, struct errinfo *ei);

#endif
