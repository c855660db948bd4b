/* SPDX-License-Identifier: BSD-2-Clause
 * Private to the SQLite store: which accounts have a name, found by the index on it. Inside of a
 * transaction, on whichever thread that is. */
#ifndef MOORING_STORE_SQLITE_OWNERS_H
#define MOORING_STORE_SQLITE_OWNERS_H

#include "account/account.h"
#include "base/err.h"
#include "store/store.h"

struct sqlite_db;

int sqlite_db_owners(struct sqlite_db *db, const struct fqdn *name, struct store_owners *ret,
		     struct errinfo *ei);
/* ERR_REFUSED with a sentence when an account other than a has a name of a that before (may be
 * NULL) did not have. */
int sqlite_db_check_alone(struct sqlite_db *db, const struct account *a,
			  const struct account *before, struct errinfo *ei);
/* The intent is user's, and was written: what the others last wanted for its name is over, if the
 * two clash; or it is itself, where they asked later (store_intent_is_earlier()). */
int sqlite_db_overtake(struct sqlite_db *db, const char *user, const struct store_intent *intent,
		       struct errinfo *ei);

#endif
