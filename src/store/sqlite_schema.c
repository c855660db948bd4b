/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/sqlite_schema.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store/sqlite_conn.h"

/* Raise it with each change of the tables that a program of before cannot work with, and add the
 * step from the version before. */
enum { SCHEMA_VERSION = 1 };
/* Between two tries to get a lock that SQLite does not wait for. */
enum { LOCK_POLL_MS = 50 };
/* "Moor", so that file(1) and other programs can tell the file. */
enum { APPLICATION_ID = 0x4d6f6f72 };

/* Addresses and quirks are text, so that an administrator can read and repair rows by hand. The
 * rows of one account lie side by side: WITHOUT ROWID, keyed by the login. */
static const char create_tables[] = "CREATE TABLE accounts ("
				    " user TEXT NOT NULL PRIMARY KEY,"
				    " secret TEXT NOT NULL,"
				    " ttl INTEGER NOT NULL DEFAULT 0,"
				    " disabled INTEGER NOT NULL DEFAULT 0,"
				    " quirks TEXT NOT NULL DEFAULT '',"
				    " interface_ids TEXT NOT NULL DEFAULT '',"
				    " valid_until TEXT NOT NULL DEFAULT '',"
				    " sources TEXT NOT NULL DEFAULT ''"
				    ") STRICT, WITHOUT ROWID;"
				    "CREATE TABLE hosts ("
				    " user TEXT NOT NULL REFERENCES accounts (user)"
				    " ON DELETE CASCADE ON UPDATE CASCADE,"
				    " name TEXT NOT NULL,"
				    " position INTEGER NOT NULL DEFAULT 0,"
				    " v4 TEXT,"
				    " v6 TEXT,"
				    " seq INTEGER NOT NULL DEFAULT 0,"
				    " pub INTEGER NOT NULL DEFAULT 0,"
				    " time INTEGER NOT NULL DEFAULT 0,"
				    " repeats INTEGER NOT NULL DEFAULT 0,"
				    " pub_ttl INTEGER NOT NULL DEFAULT 0,"
				    " pub_zone TEXT NOT NULL DEFAULT '',"
				    " over INTEGER NOT NULL DEFAULT 0,"
				    " gone_v4 TEXT,"
				    " gone_v6 TEXT,"
				    " wanted INTEGER NOT NULL DEFAULT 0,"
				    " since INTEGER NOT NULL DEFAULT 0,"
				    " wanted_seq INTEGER NOT NULL DEFAULT 0,"
				    " PRIMARY KEY (user, name)"
				    ") STRICT, WITHOUT ROWID;";

/* Not one of the tables that the version counts: programs that do not know it work without it.
 * "epoch" changes with each restore, "identity" never. */
static const char create_meta[] = "CREATE TABLE IF NOT EXISTS meta ("
				  " key TEXT NOT NULL PRIMARY KEY,"
				  " value INTEGER NOT NULL"
				  ") STRICT, WITHOUT ROWID;";
/* Nor is this: what was seen of hosts. It refers to no account: who is gone is taken out by whoever
 * writes next. */
static const char create_seen[] = "CREATE TABLE IF NOT EXISTS seen ("
				  " user TEXT NOT NULL,"
				  " name TEXT NOT NULL,"
				  " time INTEGER NOT NULL,"
				  " client TEXT NOT NULL DEFAULT '',"
				  " agent TEXT NOT NULL DEFAULT '',"
				  " PRIMARY KEY (user, name)"
				  ") STRICT, WITHOUT ROWID;";
static const char get_identity[] = "SELECT value FROM meta WHERE key = 'identity'";
static const char add_identity[] =
	"INSERT OR IGNORE INTO meta (key, value) VALUES ('identity', random())";

/* Columns that the first stores did not have. A program that does not know them works beside them,
 * so they do not raise the version. */
static const char has_columns[] = "SELECT count(*) FROM pragma_table_info('hosts')"
				  " WHERE name IN ('repeats', 'pub_ttl', 'pub_zone')";
static const char add_columns[] = "ALTER TABLE hosts ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;"
				  "ALTER TABLE hosts ADD COLUMN pub_ttl INTEGER NOT NULL DEFAULT 0;"
				  "ALTER TABLE hosts ADD COLUMN pub_zone TEXT NOT NULL DEFAULT '';";

static const char has_over[] =
	"SELECT count(*) FROM pragma_table_info('hosts') WHERE name = 'over'";
static const char add_over[] = "ALTER TABLE hosts ADD COLUMN over INTEGER NOT NULL DEFAULT 0;";

/* "HOST=ID HOST=ID": of the account and not of each host, because a program that does not know it
 * writes the rows of the hosts anew, and leaves this behind. */
static const char has_interface_ids[] =
	"SELECT count(*) FROM pragma_table_info('accounts') WHERE name = 'interface_ids'";
static const char add_interface_ids[] =
	"ALTER TABLE accounts ADD COLUMN interface_ids TEXT NOT NULL DEFAULT '';";

static const char has_gone[] =
	"SELECT count(*) FROM pragma_table_info('hosts') WHERE name = 'gone_v6'";
static const char add_gone[] = "ALTER TABLE hosts ADD COLUMN gone_v4 TEXT;"
			       "ALTER TABLE hosts ADD COLUMN gone_v6 TEXT;";

/* When an update asked for what the seq beside them wants, and since when, in milliseconds: a
 * program that does not know them leaves them behind. */
static const char has_wanted[] =
	"SELECT count(*) FROM pragma_table_info('hosts') WHERE name = 'wanted_seq'";
static const char add_wanted[] =
	"ALTER TABLE hosts ADD COLUMN wanted INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE hosts ADD COLUMN since INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE hosts ADD COLUMN wanted_seq INTEGER NOT NULL DEFAULT 0;";

/* Text of a time, and prefixes with blanks between them. A program that does not know them lets the
 * account in, and leaves them behind. */
static const char has_bounds[] =
	"SELECT count(*) FROM pragma_table_info('accounts') WHERE name = 'sources'";
static const char add_bounds[] =
	"ALTER TABLE accounts ADD COLUMN valid_until TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE accounts ADD COLUMN sources TEXT NOT NULL DEFAULT '';";

/* What happened to hosts, those of accounts that are gone included; nr counts those of one host. It
 * is no table that the version counts either: a program of before leaves it as it is. */
static const char create_history[] = "CREATE TABLE IF NOT EXISTS history ("
				     " host TEXT NOT NULL,"
				     " nr INTEGER NOT NULL,"
				     " time INTEGER NOT NULL,"
				     " user TEXT NOT NULL,"
				     " old_v4 TEXT,"
				     " old_v6 TEXT,"
				     " v4 TEXT,"
				     " v6 TEXT,"
				     " asked_from TEXT,"
				     " verdict TEXT NOT NULL DEFAULT '',"
				     " agent TEXT NOT NULL DEFAULT '',"
				     " PRIMARY KEY (host, nr)"
				     ") STRICT, WITHOUT ROWID;"
				     "CREATE INDEX IF NOT EXISTS history_by_time"
				     " ON history (time);";

/* Nor are these: what is to be told to targets. Not WITHOUT ROWID: the rows are long, and the index
 * answers what is asked of all of them. */
static const char create_notices[] = "CREATE TABLE IF NOT EXISTS notices ("
				     " id TEXT NOT NULL,"
				     " target TEXT NOT NULL,"
				     " body TEXT NOT NULL,"
				     " made INTEGER NOT NULL,"
				     " next INTEGER NOT NULL DEFAULT 0,"
				     " attempts INTEGER NOT NULL DEFAULT 0,"
				     " state TEXT NOT NULL DEFAULT 'waiting',"
				     " why TEXT NOT NULL DEFAULT '',"
				     " holder TEXT NOT NULL DEFAULT '',"
				     " held_until INTEGER NOT NULL DEFAULT 0,"
				     " PRIMARY KEY (id, target)"
				     ") STRICT;"
				     "CREATE INDEX IF NOT EXISTS notices_by_state"
				     " ON notices (state, made);";

/* Who has a name; as somebody may have typed it. */
static const char create_index[] =
	"CREATE INDEX IF NOT EXISTS hosts_by_name ON hosts (name COLLATE NOCASE);";

static const char settings[] =
	/* In WAL mode NORMAL syncs at checkpoints only, and a power failure takes the last commits
	 * away. An intent that we acknowledged must survive that too: FULL syncs each commit,
	 * which a whole group of requests shares. */
	"PRAGMA synchronous = FULL;"
	"PRAGMA foreign_keys = ON;"
	/* A removed account's secret must not stay in the free pages of the file. */
	"PRAGMA secure_delete = ON;"
	"PRAGMA trusted_schema = OFF;"
	/* Up to 16 MiB: some 50,000 accounts are then answered without a read(2). Not mmap: an I/O
	 * error under a mapping is a SIGBUS instead of an error code. */
	"PRAGMA cache_size = -16384;"
	/* What a burst made of the log is given back at the next checkpoint. */
	"PRAGMA journal_size_limit = 4194304;";

static int ask_int(sqlite3 *handle, const char *path, const char *question, int *ret,
		   struct errinfo *ei)
{
	sqlite3_stmt *stmt = NULL;
	int err = 0;

	if (sqlite3_prepare_v2(handle, question, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		*ret = sqlite3_column_int(stmt, 0);
	else
		err = sqlite_conn_fail(handle, path, ei);
	sqlite3_finalize(stmt);
	return err;
}

/* What tells whose file it is, read by one statement: another program may be making the store. */
static int sqlite_schema_ask(sqlite3 *handle, const char *path, int ret[3], struct errinfo *ei)
{
	static const char question[] =
		"SELECT (SELECT count(*) FROM sqlite_schema), user_version, application_id"
		" FROM pragma_user_version, pragma_application_id";
	sqlite3_stmt *stmt = NULL;
	int i, err = 0;

	if (sqlite3_prepare_v2(handle, question, -1, &stmt, NULL) != SQLITE_OK ||
	    sqlite3_step(stmt) != SQLITE_ROW)
		err = sqlite_conn_fail(handle, path, ei);
	for (i = 0; err == 0 && i < 3; i++)
		ret[i] = sqlite3_column_int(stmt, i);
	sqlite3_finalize(stmt);
	return err;
}

int sqlite_schema_identify(sqlite3 *handle, const char *path, bool *ret_empty, struct errinfo *ei)
{
	int found[3], tables, version, id, err = sqlite_schema_ask(handle, path, found, ei);

	if (err < 0)
		return err;
	tables = found[0];
	version = found[1];
	id = found[2];
	*ret_empty = tables == 0 && version == 0 && id == 0;
	if (*ret_empty)
		return 0;
	if (id != APPLICATION_ID)
		return err_set(ei, ERR_IO, "the store \"%s\" is the database of another program",
			       path);
	if (version > SCHEMA_VERSION)
		return err_set(ei, ERR_IO,
			       "the store \"%s\" was written by a later version (schema %d, this "
			       "program knows up to %d)",
			       path, version, SCHEMA_VERSION);
	if (version != SCHEMA_VERSION)
		return err_set(ei, ERR_IO, "the store \"%s\" has the unknown schema %d", path,
			       version);
	return 0;
}

/* A file that comes from elsewhere may hold what a store never does: a trigger or a view would run
 * its maker's SQL in our transaction. */
static const char count_foreign[] =
	"SELECT (SELECT count(*) FROM sqlite_schema WHERE type NOT IN ('table', 'index')"
	" OR sql LIKE 'CREATE VIRTUAL%')"
	" + (SELECT 2 - count(*) FROM sqlite_schema WHERE type = 'table'"
	" AND name IN ('accounts', 'hosts'))";

int sqlite_schema_check(sqlite3 *handle, const char *path, struct errinfo *ei)
{
	sqlite3_stmt *stmt = NULL;
	const char *word = NULL;
	int n, err = ask_int(handle, path, count_foreign, &n, ei);

	if (err < 0)
		return err;
	if (n != 0)
		return err_set(ei, ERR_IO, "\"%s\" has not the tables of a store", path);
	if (sqlite3_prepare_v2(handle, "PRAGMA integrity_check(1)", -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		word = (const char *)sqlite3_column_text(stmt, 0);
	if (word == NULL)
		err = sqlite_conn_fail(handle, path, ei);
	else if (strcmp(word, "ok") != 0)
		err = err_set(ei, ERR_IO, "\"%s\" is damaged", path);
	sqlite3_finalize(stmt);
	return err;
}

static int fill(sqlite3 *handle, const char *path, struct errinfo *ei)
{
	char stamps[96];
	int err = sqlite_conn_script(handle, path, create_tables, ei);

	if (err < 0)
		return err;
	snprintf(stamps, sizeof(stamps), "PRAGMA application_id = %d; PRAGMA user_version = %d;",
		 APPLICATION_ID, SCHEMA_VERSION);
	return sqlite_conn_script(handle, path, stamps, ei);
}

/* What later versions added, the newest last. */
static const struct {
	const char *question, *script;
} additions[] = {
	{has_columns, add_columns},
	{has_over, add_over},
	{has_interface_ids, add_interface_ids},
	{has_gone, add_gone},
	{has_bounds, add_bounds},
	{has_wanted, add_wanted},
};

enum { N_ADDITIONS = sizeof(additions) / sizeof(additions[0]) };

static int add_missing(sqlite3 *handle, const char *path, struct errinfo *ei)
{
	int i, n, err = 0;

	for (i = 0; i < N_ADDITIONS && err == 0; i++) {
		err = ask_int(handle, path, additions[i].question, &n, ei);
		if (err == 0 && n == 0)
			err = sqlite_conn_script(handle, path, additions[i].script, ei);
	}
	return err;
}

/* The lock makes two programs that start at once agree on who creates or changes the tables. */
static int create_schema(sqlite3 *handle, const char *path, struct errinfo *ei)
{
	bool is_empty;
	int err = sqlite_conn_script(handle, path, "BEGIN IMMEDIATE", ei);

	if (err < 0)
		return err;
	err = sqlite_schema_identify(handle, path, &is_empty, ei);
	if (err == 0)
		err = is_empty ? fill(handle, path, ei) : add_missing(handle, path, ei);
	if (err == 0)
		err = sqlite_conn_script(handle, path, "COMMIT", ei);
	if (err < 0)
		sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

/* For a change to WAL SQLite asks for the lock to write while it holds the one to read, and then
 * does not wait for it: of several programs that open a new store at once some would fail. */
static int step_when_free(sqlite3_stmt *stmt)
{
	int64_t until_ms = clock_mono_ms() + SQLITE_CONN_BUSY_MS;
	int step = sqlite3_step(stmt);

	while (step == SQLITE_BUSY && clock_mono_ms() < until_ms) {
		sqlite3_reset(stmt);
		sqlite3_sleep(LOCK_POLL_MS);
		step = sqlite3_step(stmt);
	}
	return step;
}

/* Answers with the mode that is in force, which stays "delete" where shared memory is missing (some
 * network file systems). */
static int set_wal(sqlite3 *handle, const char *path, struct errinfo *ei)
{
	static const char wal[] = "wal";
	sqlite3_stmt *stmt = NULL;
	const unsigned char *mode;
	int err = 0;

	if (sqlite3_prepare_v2(handle, "PRAGMA journal_mode = WAL", -1, &stmt, NULL) != SQLITE_OK ||
	    step_when_free(stmt) != SQLITE_ROW || (mode = sqlite3_column_text(stmt, 0)) == NULL)
		err = sqlite_conn_fail(handle, path, ei);
	else if (strcmp((const char *)mode, wal) != 0)
		err = err_set(ei, ERR_IO,
			      "the store \"%s\" cannot have a write-ahead log on its file system",
			      path);
	sqlite3_finalize(stmt);
	return err;
}

/* Readable is not enough, and SQLite would tell only at the first update. */
static int check_writable(sqlite3 *handle, const char *path, struct errinfo *ei)
{
	if (sqlite3_db_readonly(handle, "main") == 0)
		return 0;
	return err_set(ei, ERR_IO, "the store \"%s\" is not writable", path);
}

static int sqlite_schema_open(sqlite3 *handle, const char *path, bool create, struct errinfo *ei)
{
	bool is_empty;
	int err;

	if ((err = check_writable(handle, path, ei)) < 0 ||
	    (err = sqlite_schema_identify(handle, path, &is_empty, ei)) < 0)
		return err;
	if (is_empty && !create)
		return err_set(
			ei, ERR_IO,
			"the store \"%s\" is an empty file: put the store back, or remove the "
			"file to begin with a new one",
			path);
	err = set_wal(handle, path, ei);
	return err == 0 ? sqlite_conn_script(handle, path, settings, ei) : err;
}

static int add_unversioned(sqlite3 *handle, const char *path, struct errinfo *ei)
{
	int n = 0, err = sqlite_conn_script(handle, path, create_meta, ei);

	if (err == 0)
		err = sqlite_conn_script(handle, path, create_seen, ei);
	if (err == 0)
		err = sqlite_conn_script(handle, path, create_index, ei);
	if (err == 0)
		err = sqlite_conn_script(handle, path, create_history, ei);
	if (err == 0)
		err = sqlite_conn_script(handle, path, create_notices, ei);
	if (err == 0)
		err = ask_int(handle, path, "SELECT count(*) FROM meta WHERE key = 'identity'", &n,
			      ei);
	return err == 0 && n == 0 ? sqlite_conn_script(handle, path, add_identity, ei) : err;
}

int sqlite_schema_create(sqlite3 *handle, const char *path, struct errinfo *ei)
{
	int err = sqlite_schema_open(handle, path, true, ei);

	if (err == 0)
		err = create_schema(handle, path, ei);
	return err == 0 ? add_unversioned(handle, path, ei) : err;
}

int sqlite_schema_prepare(sqlite3 *handle, const char *path, struct errinfo *ei)
{
	int n_newest, err = sqlite_schema_open(handle, path, false, ei);

	if (err == 0)
		err = ask_int(handle, path, additions[N_ADDITIONS - 1].question, &n_newest, ei);
	if (err == 0 && n_newest == 0)
		err = create_schema(handle, path, ei);
	return err == 0 ? add_unversioned(handle, path, ei) : err;
}

int sqlite_schema_identity(sqlite3 *handle, const char *path, int64_t *ret, struct errinfo *ei)
{
	sqlite3_stmt *stmt = NULL;
	int err = 0;

	if (sqlite3_prepare_v2(handle, get_identity, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		*ret = sqlite3_column_int64(stmt, 0);
	else
		err = sqlite_conn_fail(handle, path, ei);
	sqlite3_finalize(stmt);
	return err;
}
