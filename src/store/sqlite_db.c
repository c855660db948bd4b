/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/sqlite_db.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/sqlite_conn.h"
#include "store/sqlite_create.h"
#include "store/sqlite_schema.h"

/* Of the rows that have a name, in the statements about an intent of user ?1. */
#define HAS_NAME "(name = ?2 COLLATE NOCASE OR name = ?3 COLLATE NOCASE)"
/* NULL: no address, which is nobody's business. */
#define IS_RIVAL "user <> ?1 AND " HAS_NAME " AND (v4 <> ?4 OR v6 <> ?5 OR v4 = ?6 OR v6 = ?7)"
/* store_intent_is_earlier(); ?8 is NULL unless the intent is made again. */
#define IS_LATER                                                                                   \
	"coalesce(wanted > ?8 AND wanted_seq = seq AND NOT (over > 0 AND over = seq), FALSE)"
/* By its key, or, if that is none, by its row: SQLITE_DB_NOTICE_ROW. */
#define THE_NOTICE                                                                                 \
	"rowid = coalesce((SELECT rowid FROM notices WHERE id = ?1 AND target = ?2), ?12)"

static const char *const sql[STMT_COUNT] = {
	[STMT_BEGIN_READ] = "BEGIN DEFERRED",
	/* Takes the write lock at once: a transaction that reads first and writes later would fail
	 * with SQLITE_BUSY, without waiting, when somebody else wrote in between. */
	[STMT_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[STMT_COMMIT] = "COMMIT",
	[STMT_ROLLBACK] = "ROLLBACK",
	[STMT_SAVEPOINT] = "SAVEPOINT verb",
	[STMT_RELEASE] = "RELEASE verb",
	[STMT_ROLLBACK_TO] = "ROLLBACK TO verb",
	[STMT_DATA_VERSION] = "PRAGMA data_version",
	[STMT_EPOCH] = "SELECT value FROM meta WHERE key = 'epoch'",
	[STMT_IS_EMPTY] = "SELECT NOT EXISTS (SELECT 1 FROM accounts)",
	[STMT_GET_ACCOUNT] =
		"SELECT secret, ttl, disabled, quirks, interface_ids, valid_until, sources"
		" FROM accounts WHERE user = ?1",
	/* One row, whether there is such an account or not: what is done with it takes time. */
	[STMT_GET_CREDENTIAL] = "SELECT secret, 0, disabled, 1, 0, valid_until, sources"
				" FROM accounts WHERE user = ?1"
				" UNION ALL SELECT ?2, 0, 0, 0, 0, NULL, NULL LIMIT 1",
	[STMT_GET_HOSTS] = "SELECT name, v4, v6, seq, pub, time, repeats, pub_ttl, pub_zone,"
			   " over, gone_v4, gone_v6, wanted, since, wanted_seq"
			   " FROM hosts WHERE user = ?1 ORDER BY position",
	[STMT_NEXT_USERS] = "SELECT user FROM accounts WHERE user > ?1 ORDER BY user LIMIT ?2",
	[STMT_INTEND] = "UPDATE hosts SET v4 = ?4, v6 = ?5, seq = ?6, repeats = ?7,"
			" gone_v4 = ?8, gone_v6 = ?9, wanted = ?10, since = ?11, wanted_seq = ?6"
			" WHERE user = ?1 AND name = ?2 AND seq = ?3 AND pub >= ?12"
			" AND v4 IS ?13 AND v6 IS ?14 AND (over > 0 AND over = seq) = ?15",
	[STMT_INTEND_CHECKED] = "UPDATE hosts SET v4 = ?4, v6 = ?5, seq = ?6, repeats = ?7,"
				" gone_v4 = ?8, gone_v6 = ?9, wanted = ?10, since = ?11,"
				" wanted_seq = ?6"
				" WHERE user = ?1 AND name = ?2 AND max(seq, 0) = ?3",
	[STMT_CONFIRM] = "UPDATE hosts SET pub = ?3, time = ?4, pub_ttl = ?7, pub_zone = ?8,"
			 " gone_v4 = NULL, gone_v6 = NULL"
			 " WHERE user = ?1 AND name = ?2 AND seq = ?3"
			 " AND (coalesce(?5, ?6) IS NULL OR (v4 IS ?5 AND v6 IS ?6))"
			 " AND NOT (?9 AND over > 0 AND over = seq)",
	[STMT_INSERT_ACCOUNT] = "INSERT INTO accounts (user, secret, ttl, disabled, quirks,"
				" interface_ids, valid_until, sources)"
				" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
	[STMT_UPDATE_ACCOUNT] =
		"UPDATE accounts SET secret = coalesce(?2, secret), ttl = ?3, disabled = ?4,"
		" quirks = ?5, interface_ids = coalesce(?6, interface_ids),"
		" valid_until = coalesce(?7, valid_until), sources = coalesce(?8, sources)"
		" WHERE user = ?1",
	[STMT_DELETE_ACCOUNT] = "DELETE FROM accounts WHERE user = ?1",
	/* The hosts follow: ON UPDATE CASCADE. */
	[STMT_RENAME_ACCOUNT] = "UPDATE accounts SET user = ?2 WHERE user = ?1",
	[STMT_RENAME_SEEN] = "UPDATE OR REPLACE seen SET user = ?2 WHERE user = ?1",
	[STMT_REPLACE_SECRET] = "UPDATE accounts SET secret = ?3 WHERE user = ?1 AND secret = ?2",
	[STMT_COUNT_OWED] = "SELECT 1 FROM hosts WHERE user = ?1 AND pub < seq",
	[STMT_INSERT_HOST] = "INSERT INTO hosts (user, name, position, v4, v6, seq, pub, time,"
			     " repeats, pub_ttl, pub_zone, over, gone_v4, gone_v6, wanted,"
			     " since, wanted_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
			     " ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?6)",
	[STMT_DELETE_HOSTS] = "DELETE FROM hosts WHERE user = ?1",
	/* There may be rows without an account, from somebody who edited the file with foreign keys
	 * off. */
	[STMT_OWNERS] = "SELECT accounts.user FROM hosts JOIN accounts USING (user)"
			" WHERE name = ?1 COLLATE NOCASE OR name = ?2 COLLATE NOCASE",
	[STMT_OVERTAKE] = "UPDATE hosts SET over = seq WHERE " IS_RIVAL " AND NOT " IS_LATER,
	[STMT_YIELD] = "UPDATE hosts SET over = seq WHERE user = ?1 AND " HAS_NAME
		       " AND EXISTS (SELECT 1 FROM hosts WHERE " IS_RIVAL " AND " IS_LATER ")",
	[STMT_ADD_HISTORY] =
		"INSERT INTO history (host, nr, time, user, old_v4, old_v6, v4, v6, asked_from,"
		" verdict, agent) VALUES (?1, coalesce((SELECT max(nr) FROM history"
		" WHERE host = ?1), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[STMT_CUT_HISTORY] = "DELETE FROM history WHERE host = ?1 AND nr <= -?2 +"
			     " (SELECT max(nr) FROM history WHERE host = ?1)",
	[STMT_READ_HISTORY] = "SELECT time, user, old_v4, old_v6, v4, v6, asked_from, verdict,"
			      " agent FROM history WHERE host = ?1 AND time >= ?2"
			      " ORDER BY nr DESC LIMIT ?3",
	[STMT_PRUNE_HISTORY] = "DELETE FROM history WHERE (host, nr) IN (SELECT host, nr"
			       " FROM history WHERE time < ?1 ORDER BY time LIMIT ?2)"
			       " AND EXISTS (SELECT 1 FROM history WHERE time >= ?3)",
	[STMT_PUT_SEEN] = "INSERT INTO seen (user, name, time, client, agent)"
			  " SELECT ?1, ?2, ?3, ?4, ?5"
			  " WHERE EXISTS (SELECT 1 FROM accounts WHERE user = ?1)"
			  " ON CONFLICT (user, name) DO UPDATE SET time = excluded.time,"
			  " client = excluded.client, agent = excluded.agent",
	/* A hand may have written a host's name in capitals, with a dot at its end, or without the
	 * default zone: of these it is enough that they may be meant. They are looked for among all
	 * hosts of the account, but only where there is none of exactly that name. */
	[STMT_FORGET_SEEN] =
		"DELETE FROM seen WHERE user NOT IN (SELECT user FROM accounts)"
		" OR NOT EXISTS (SELECT 1 FROM hosts"
		" WHERE hosts.user = seen.user AND hosts.name = seen.name)"
		" AND NOT EXISTS (SELECT 1 FROM hosts WHERE hosts.user = seen.user"
		" AND substr(seen.name || '.', 1, length(rtrim(trim(hosts.name), '.')) + 1)"
		" COLLATE NOCASE = rtrim(trim(hosts.name), '.') || '.')",
	[STMT_NEXT_SEEN] = "SELECT user, name, time, client, agent FROM seen"
			   " WHERE (user, name) > (?1, ?2)"
			   " AND user IN (SELECT user FROM accounts)"
			   /* Others are no logins or names, and have no place in a page. */
			   " AND length(CAST(user AS BLOB)) BETWEEN 1 AND 128"
			   " AND length(CAST(name AS BLOB)) BETWEEN 1 AND 253"
			   " AND instr(user, char(0)) + instr(name, char(0)) = 0"
			   " ORDER BY user, name LIMIT ?3",
	[STMT_PUT_NOTICE] =
		"INSERT INTO notices (id, target, holder, held_until, next, attempts, state, why,"
		" made, body) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10"
		" WHERE (SELECT count(*) FROM notices) < ?11 ON CONFLICT DO NOTHING",
	[STMT_DROP_DEAD_NOTICE] = "DELETE FROM notices WHERE rowid = (SELECT rowid FROM notices"
				  " WHERE state = 'dead' ORDER BY made, rowid LIMIT 1)",
	[STMT_FIND_NOTICE] = "SELECT 1 FROM notices WHERE " THE_NOTICE,
	[STMT_NEXT_NOTICES] = "SELECT rowid, id, target, body, made, next, attempts, state, why,"
			      " holder, held_until FROM notices WHERE rowid > ?1 ORDER BY rowid"
			      " LIMIT ?2",
	[STMT_CLAIM_NOTICE] = "UPDATE notices SET holder = ?3, held_until = ?4"
			      " WHERE " THE_NOTICE " AND (holder IN ('', ?3)"
			      " OR held_until <= ?5 OR held_until > ?6)",
	[STMT_UPDATE_NOTICE] = "UPDATE notices SET held_until = ?4, next = ?5, attempts = ?6,"
			       " state = ?7, why = ?8, made = ?9"
			       " WHERE " THE_NOTICE " AND holder = ?3",
	[STMT_REMOVE_NOTICE] = "DELETE FROM notices WHERE " THE_NOTICE " AND holder = ?3",
};

int sqlite_db_fail(struct sqlite_db *db, struct errinfo *ei)
{
	return sqlite_conn_fail(db->handle, db->path, ei);
}

int sqlite_db_script(struct sqlite_db *db, const char *script, struct errinfo *ei)
{
	return sqlite_conn_script(db->handle, db->path, script, ei);
}

static void disconnect(struct sqlite_db *db)
{
	size_t i;

	for (i = 0; i < STMT_COUNT; i++) {
		sqlite3_finalize(db->stmts[i]);
		db->stmts[i] = NULL;
	}
	sqlite3_close(db->handle);
	db->handle = NULL;
}

/* A store that is not the one of the start has other accounts: its routers would be refused, and
 * stop for good. */
static int check_identity(struct sqlite_db *db, struct errinfo *ei)
{
	int64_t identity;
	int err = sqlite_schema_identity(db->handle, db->path, &identity, ei);

	if (err < 0)
		return err;
	if (!db->is_known)
		db->identity = identity;
	db->is_known = true;
	if (db->identity != identity)
		return err_set(ei, ERR_IO,
			       "the store \"%s\" is not the one that was opened at the start: put "
			       "that one back, or start again",
			       db->path);
	return 0;
}

static int connect_db(struct sqlite_db *db, struct errinfo *ei)
{
	/* No CREATE: a store that vanished while we run is an error, not an empty store. NOMUTEX:
	 * one thread at a time is our own promise. Nor is the file opened beside SQLite: to close
	 * that descriptor would drop the POSIX locks of every other connection of this process
	 * (sqlite.org/howtocorrupt.html §2.2). */
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
	int err;

	if (sqlite3_open_v2(db->path, &db->handle, flags, NULL) != SQLITE_OK)
		err = db->handle == NULL ? err_set(ei, ERR_NOMEM, "out of memory")
					 : sqlite_db_fail(db, ei);
	else if (sqlite3_busy_timeout(db->handle, SQLITE_CONN_BUSY_MS) != SQLITE_OK)
		err = sqlite_db_fail(db, ei);
	else
		err = sqlite_schema_prepare(db->handle, db->path, ei);
	if (err == 0)
		err = check_identity(db, ei);
	if (err < 0)
		disconnect(db);
	else
		db->n_connects++;
	return err;
}

/* like: a connection whose store it is to be; NULL: it is the first. */
static int open_connection(const char *path, const struct fqdn *default_zone,
			   const struct sqlite_db *like, struct sqlite_db **ret, struct errinfo *ei)
{
	struct sqlite_db *db = calloc(1, sizeof(*db));
	int err;

	if (db == NULL || (db->path = strdup(path)) == NULL) {
		free(db);
		return err_set(ei, ERR_NOMEM, "out of memory");
	}
	db->default_zone = default_zone;
	if (like != NULL) {
		db->is_known = true;
		db->identity = like->identity;
	}
	err = connect_db(db, ei);
	if (err < 0) {
		sqlite_db_close(db);
		return err;
	}
	*ret = db;
	return 0;
}

int sqlite_db_open(const char *path, const struct fqdn *default_zone, struct sqlite_db **ret,
		   struct errinfo *ei)
{
	int err = sqlite_create(path, ei);

	return err < 0 ? err : open_connection(path, default_zone, NULL, ret, ei);
}

int sqlite_db_open_beside(const struct sqlite_db *first, struct sqlite_db **ret, struct errinfo *ei)
{
	return open_connection(first->path, first->default_zone, first, ret, ei);
}

void sqlite_db_close(struct sqlite_db *db)
{
	if (db == NULL)
		return;
	disconnect(db);
	free(db->path);
	free(db);
}

int sqlite_db_stmt(struct sqlite_db *db, enum sqlite_stmt which, sqlite3_stmt **ret,
		   struct errinfo *ei)
{
	sqlite3_stmt **stmt = &db->stmts[which];

	if (*stmt == NULL && sqlite3_prepare_v3(db->handle, sql[which], -1,
						SQLITE_PREPARE_PERSISTENT, stmt, NULL) != 0)
		return sqlite_db_fail(db, ei);
	sqlite3_reset(*stmt);
	sqlite3_clear_bindings(*stmt);
	*ret = *stmt;
	return 0;
}

int sqlite_db_run(struct sqlite_db *db, sqlite3_stmt *stmt, int *ret_changes, struct errinfo *ei)
{
	int err = 0, step = sqlite3_step(stmt);

	if (step != SQLITE_DONE && step != SQLITE_ROW)
		err = sqlite_db_fail(db, ei);
	else if (ret_changes != NULL)
		*ret_changes = sqlite3_changes(db->handle);
	sqlite3_reset(stmt);
	return err;
}

static int run_simple(struct sqlite_db *db, enum sqlite_stmt which, struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	int err = sqlite_db_stmt(db, which, &stmt, ei);

	return err < 0 ? err : sqlite_db_run(db, stmt, NULL, ei);
}

/* A full disk or an I/O error makes SQLite give the whole transaction up by itself. */
static bool in_transaction(const struct sqlite_db *db)
{
	return db->handle != NULL && sqlite3_get_autocommit(db->handle) == 0;
}

/* Where that fails, too, the connection is closed, which undoes as much: an open transaction would
 * be committed later, or keep every other one from beginning. */
static void roll_back(struct sqlite_db *db)
{
	if (run_simple(db, STMT_ROLLBACK, NULL) < 0 && in_transaction(db))
		disconnect(db);
}

/* One stat(2). SQLite looks too, but goes on with the file that it has open. */
static bool was_moved(struct sqlite_db *db)
{
	int moved = 0;

	return sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) ==
		       SQLITE_OK &&
	       moved != 0;
}

/* What the log has of ours is not written into another store's file, either. */
static int db_check_file(struct sqlite_db *db, struct errinfo *ei)
{
	int err = sqlite_same_check(&db->same, db->path, db->identity, ei);

	if (err != ERR_INVAL)
		return err;
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	disconnect(db);
	return ERR_IO;
}

int sqlite_db_begin(struct sqlite_db *db, bool write, struct errinfo *ei)
{
	int err;

	if (db->handle != NULL && was_moved(db)) {
		log_event(LOG_LEVEL_WARN, "the store was moved or replaced: opening it again",
			  LOG_FIELDS(log_str("path", db->path)));
		disconnect(db);
	}
	if (db->handle == NULL && (err = connect_db(db, ei)) < 0)
		return err;
	err = db_check_file(db, ei);
	if (err < 0)
		return err;
	return run_simple(db, write ? STMT_BEGIN_WRITE : STMT_BEGIN_READ, ei);
}

int sqlite_db_commit(struct sqlite_db *db, struct errinfo *ei)
{
	int err;

	if (!in_transaction(db))
		return err_set(ei, ERR_IO, "the store \"%s\" gave the transaction up", db->path);
	err = run_simple(db, STMT_COMMIT, ei);
	if (err < 0 && in_transaction(db))
		roll_back(db);
	return err;
}

int sqlite_db_savepoint(struct sqlite_db *db, struct errinfo *ei)
{
	/* Outside of a transaction a savepoint would be a transaction of its own, and durable
	 * although its group failed. */
	if (!in_transaction(db))
		return err_set(ei, ERR_IO, "the store \"%s\" gave the transaction up", db->path);
	return run_simple(db, STMT_SAVEPOINT, ei);
}

/* Nothing of a verb that is told to have failed may be committed with its group: where it cannot be
 * undone alone, the group is. */
static void undo_verb(struct sqlite_db *db)
{
	if (run_simple(db, STMT_ROLLBACK_TO, NULL) < 0)
		roll_back(db);
}

int sqlite_db_release(struct sqlite_db *db, int err, struct errinfo *ei)
{
	int ended;

	if (!in_transaction(db))
		return err < 0 ? err : ERR_IO;
	if (err < 0)
		undo_verb(db);
	ended = in_transaction(db) ? run_simple(db, STMT_RELEASE, ei) : ERR_IO;
	if (err == 0 && ended < 0)
		undo_verb(db);
	return err < 0 ? err : ended;
}

static int read_number(struct sqlite_db *db, enum sqlite_stmt which, uint64_t *ret,
		       struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	int step, err = sqlite_db_stmt(db, which, &stmt, ei);

	if (err < 0)
		return err;
	step = sqlite3_step(stmt);
	if (step == SQLITE_ROW)
		*ret = (uint64_t)sqlite3_column_int64(stmt, 0);
	else if (step == SQLITE_DONE)
		*ret = 0;
	else
		err = sqlite_db_fail(db, ei);
	sqlite3_reset(stmt);
	return err;
}

int sqlite_db_is_empty(struct sqlite_db *db, bool *ret, struct errinfo *ei)
{
	uint64_t is_empty = 0;
	int err = read_number(db, STMT_IS_EMPTY, &is_empty, ei);

	*ret = is_empty != 0;
	return err;
}

/* SQLite's data_version begins anew with each connection, and another file may have the same epoch
 * (an older copy of this one). So both get the number of connections added. */
int sqlite_db_version(struct sqlite_db *db, struct store_version *ret, struct errinfo *ei)
{
	uint64_t data_version, epoch;
	int err;

	if ((err = read_number(db, STMT_DATA_VERSION, &data_version, ei)) < 0 ||
	    (err = read_number(db, STMT_EPOCH, &epoch, ei)) < 0)
		return err;
	ret->token = data_version + ((uint64_t)db->n_connects << 32);
	ret->epoch = epoch + db->n_connects;
	return 0;
}
