/* SPDX-License-Identifier: BSD-2-Clause
 * Private to the SQLite store: the verbs that write, inside of a transaction. A failed one leaves
 * no trace of itself; what other verbs did in the same transaction stays. The worker's thread. */
#ifndef MOORING_STORE_SQLITE_WRITE_H
#define MOORING_STORE_SQLITE_WRITE_H

#include <stddef.h>

#include "account/account.h"
#include "base/err.h"
#include "store/store.h"

struct sqlite_db;

int sqlite_db_intend(struct sqlite_db *db, const char *user, const struct store_intent *intents,
		     size_t n, struct errinfo *ei);
int sqlite_db_confirm(struct sqlite_db *db, const char *user, const struct store_confirm *c,
		      struct errinfo *ei);
int sqlite_db_put(struct sqlite_db *db, const struct account *account, enum store_put_mode mode,
		  struct errinfo *ei);
int sqlite_db_remove(struct sqlite_db *db, const char *user, struct errinfo *ei);
int sqlite_db_rename(struct sqlite_db *db, const char *user, const char *to, struct errinfo *ei);
int sqlite_db_replace_secret(struct sqlite_db *db, const char *user, const char *old,
			     const char *secret, struct errinfo *ei);

#endif
