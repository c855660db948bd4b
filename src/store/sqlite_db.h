/* SPDX-License-Identifier: BSD-2-Clause
 * Private to the SQLite store: one connection and the verbs on it. Everything here blocks; at most
 * one thread is inside a connection at a time (store/sqlite.c sees to it), whichever that is. */
#ifndef MOORING_STORE_SQLITE_DB_H
#define MOORING_STORE_SQLITE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "store/sqlite_same.h"
#include "store/store.h"

enum sqlite_stmt {
	STMT_BEGIN_READ,
	STMT_BEGIN_WRITE,
	STMT_COMMIT,
	STMT_ROLLBACK,
	STMT_SAVEPOINT,
	STMT_RELEASE,
	STMT_ROLLBACK_TO,
	STMT_DATA_VERSION,
	STMT_EPOCH,
	STMT_IS_EMPTY,
	STMT_GET_ACCOUNT,
	STMT_GET_CREDENTIAL,
	STMT_GET_HOSTS,
	STMT_NEXT_USERS,
	STMT_INTEND,
	STMT_INTEND_CHECKED,
	STMT_CONFIRM,
	STMT_INSERT_ACCOUNT,
	STMT_UPDATE_ACCOUNT,
	STMT_DELETE_ACCOUNT,
	STMT_RENAME_ACCOUNT,
	STMT_RENAME_SEEN,
	STMT_REPLACE_SECRET,
	STMT_COUNT_OWED,
	STMT_INSERT_HOST,
	STMT_DELETE_HOSTS,
	STMT_OWNERS,
	STMT_OVERTAKE,
	STMT_YIELD,
	STMT_ADD_HISTORY,
	STMT_CUT_HISTORY,
	STMT_READ_HISTORY,
	STMT_PRUNE_HISTORY,
	STMT_PUT_SEEN,
	STMT_FORGET_SEEN,
	STMT_NEXT_SEEN,
	STMT_PUT_NOTICE,
	STMT_DROP_DEAD_NOTICE,
	STMT_FIND_NOTICE,
	STMT_NEXT_NOTICES,
	STMT_CLAIM_NOTICE,
	STMT_UPDATE_NOTICE,
	STMT_REMOVE_NOTICE,
	STMT_COUNT,
};

/* The parameter of statements about one notice that has the number of its row, or NULL. */
enum { SQLITE_DB_NOTICE_ROW = 12 };

struct sqlite_db {
	sqlite3 *handle;		 /* NULL while the file cannot be opened again */
	sqlite3_stmt *stmts[STMT_COUNT]; /* prepared at first use */
	uint32_t n_connects;		 /* more than one: the file was replaced */
	bool is_known;			 /* identity is set */
	int64_t identity;		 /* of the first one: sqlite_schema_identity() */
	struct sqlite_same same;	 /* of the file */
	char *path;
	const struct fqdn *default_zone; /* borrowed; may be NULL */
};

/* As store_sqlite_open(). */
int sqlite_db_open(const char *path, const struct fqdn *default_zone, struct sqlite_db **ret,
		   struct errinfo *ei);
/* Another connection to the same store. */
int sqlite_db_open_beside(const struct sqlite_db *first, struct sqlite_db **ret,
			  struct errinfo *ei);
/* NULL is fine. */
void sqlite_db_close(struct sqlite_db *db);

/* Connects anew first when the file was moved away or replaced: what we wrote to the old one would
 * be lost without a word. Fails while another store was written over it. */
int sqlite_db_begin(struct sqlite_db *db, bool write, struct errinfo *ei);
/* Rolls back when it fails; a transaction that SQLite gave up in the meantime is a failure. */
int sqlite_db_commit(struct sqlite_db *db, struct errinfo *ei);

/* For the verbs: the statement, reset and with its parameters unbound; owned by db. */
int sqlite_db_stmt(struct sqlite_db *db, enum sqlite_stmt which, sqlite3_stmt **ret,
		   struct errinfo *ei);
/* Runs a statement that gives no rows; *ret_changes (may be NULL) is how many rows it changed. */
int sqlite_db_run(struct sqlite_db *db, sqlite3_stmt *stmt, int *ret_changes, struct errinfo *ei);
/* Runs statements that give no rows and have no parameters, one after the other. */
int sqlite_db_script(struct sqlite_db *db, const char *script, struct errinfo *ei);
/* Turns SQLite's last error into a code and a sentence that names the file. */
int sqlite_db_fail(struct sqlite_db *db, struct errinfo *ei);

/* Around a write verb: release() ends what savepoint() began, undone when err is negative; returns
 * err or the failure of ending it. */
int sqlite_db_savepoint(struct sqlite_db *db, struct errinfo *ei);
int sqlite_db_release(struct sqlite_db *db, int err, struct errinfo *ei);

/* Verbs, inside of a transaction. */
int sqlite_db_is_empty(struct sqlite_db *db, bool *ret, struct errinfo *ei);
int sqlite_db_version(struct sqlite_db *db, struct store_version *ret, struct errinfo *ei);

#endif
