/* SPDX-License-Identifier: BSD-2-Clause
 * Private to the SQLite store: the verbs that read, inside of a transaction. The worker's thread.
 */
#ifndef MOORING_STORE_SQLITE_READ_H
#define MOORING_STORE_SQLITE_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "account/account.h"
#include "base/err.h"

struct sqlite_db;

int sqlite_db_lookup(struct sqlite_db *db, const char *user, struct account **ret,
		     struct errinfo *ei);
/* The same, partial: the same work for every login, and for one that does not exist. */
int sqlite_db_credential(struct sqlite_db *db, const char *user, struct account **ret,
			 struct errinfo *ei);

enum { SQLITE_PAGE_ACCOUNTS = 256 };

/* One step of a list: accounts in the order of their logins. */
struct sqlite_page {
	char *after; /* the last login of the page before; NULL at first */
	size_t after_len;
	bool more;
	size_t n;
	struct account *accounts[SQLITE_PAGE_ACCOUNTS];
};

/* Replaces the page by the next one. Accounts whose login is none are
 * logged and passed over. */
int sqlite_db_next_page(struct sqlite_db *db, struct sqlite_page *page, struct errinfo *ei);
/* Frees the accounts of the page, keeps the position. */
void sqlite_page_clear(struct sqlite_page *page);
/* NULL is fine. */
void sqlite_page_free(struct sqlite_page *page);

#endif
