/* SPDX-License-Identifier: BSD-2-Clause
 * A restore is a transaction like any other: programs that have the store open go on. What routers
 * were told and what the zones hold came from the old content, so nothing of the new one counts as
 * published because the backup says so: only what both have alike is left as it is. */
#include "store/sqlite_restore.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/sqlite_backup.h"
#include "store/sqlite_db.h"
#include "store/sqlite_schema.h"

/* What is about to be replaced. */
static const char note_old[] =
	"CREATE TEMP TABLE was AS SELECT h.user AS user, h.name AS name, h.v4 AS v4, h.v6 AS v6,"
	" h.seq AS seq, h.pub AS pub, h.time AS time, coalesce(a.ttl, 0) AS ttl,"
	" h.pub_ttl AS pub_ttl, h.pub_zone AS pub_zone, h.wanted AS wanted,"
	" h.since AS since, h.wanted_seq AS wanted_seq"
	" FROM main.hosts h LEFT JOIN main.accounts a ON a.user = h.user;"
	"CREATE UNIQUE INDEX temp.was_key ON was (user, name);"
	"DELETE FROM main.hosts;"
	"DELETE FROM main.accounts;";

#define IS_SAME "(w.seq > 0 AND w.pub = w.seq AND w.v4 IS b.v4 AND w.v6 IS b.v6 AND w.ttl = a.ttl)"

/* A seq always grows, whatever the backup says, so that a daemon that knows the host sees that it
 * changed. A publication that was owed before may still be under way, so its pub stays. */
static const char take_new[] =
	"INSERT INTO main.accounts (user, secret, ttl, disabled, quirks, interface_ids,"
	"  valid_until, sources)"
	" SELECT user, secret, ttl, disabled, quirks, interface_ids, valid_until, sources FROM "
	"backup.accounts;"
	"INSERT INTO main.hosts (user, name, position, v4, v6, seq, pub, time, pub_ttl, pub_zone,"
	"  over, gone_v4, gone_v6, wanted, since, wanted_seq)"
	" SELECT b.user, b.name, b.position, b.v4, b.v6,"
	"  CASE WHEN " IS_SAME " THEN w.seq WHEN b.seq = 0 THEN 0"
	"   ELSE max(b.seq, coalesce(w.seq, 0)) + 1 END,"
	"  CASE WHEN " IS_SAME " THEN w.pub WHEN b.seq = 0 THEN 0"
	"   WHEN w.pub < w.seq THEN w.pub ELSE max(b.seq, coalesce(w.seq, 0)) END,"
	"  CASE WHEN " IS_SAME " THEN w.time ELSE b.time END,"
	"  CASE WHEN " IS_SAME " THEN w.pub_ttl ELSE 0 END,"
	"  CASE WHEN " IS_SAME " THEN w.pub_zone ELSE '' END,"
	"  CASE WHEN b.over = 0 OR b.over <> b.seq THEN 0 WHEN " IS_SAME " THEN w.seq"
	"   ELSE max(b.seq, coalesce(w.seq, 0)) + 1 END,"
	"  CASE WHEN " IS_SAME " THEN NULL ELSE b.gone_v4 END,"
	"  CASE WHEN " IS_SAME " THEN NULL ELSE b.gone_v6 END,"
	/* The moment of the backup would say that what a daemon knows is newer. */
	"  CASE WHEN " IS_SAME " THEN w.wanted ELSE 0 END,"
	"  CASE WHEN " IS_SAME " THEN w.since ELSE 0 END,"
	"  CASE WHEN " IS_SAME " THEN w.wanted_seq ELSE 0 END"
	" FROM backup.hosts b JOIN backup.accounts a ON a.user = b.user"
	" LEFT JOIN temp.was w ON w.user = b.user AND w.name = b.name;"
	"INSERT INTO main.meta (key, value) VALUES ('epoch', random())"
	" ON CONFLICT (key) DO UPDATE SET value = excluded.value;"
	"CREATE TEMP TABLE named (name TEXT, family INTEGER, PRIMARY KEY (name, family))"
	" WITHOUT ROWID;"
	"INSERT OR IGNORE INTO temp.named SELECT name, 4 FROM main.hosts WHERE v4 IS NOT NULL;"
	"INSERT OR IGNORE INTO temp.named SELECT name, 6 FROM main.hosts WHERE v6 IS NOT NULL;";

static const char count_new[] = "SELECT (SELECT count(*) FROM main.accounts),"
				" (SELECT count(*) FROM main.hosts),"
				" (SELECT count(*) FROM main.hosts WHERE pub < seq)";

static const char list_gone[] =
	"SELECT name, CASE WHEN need4 THEN NULL ELSE v4 END, CASE WHEN need6 THEN NULL ELSE v6 END,"
	" ttl FROM (SELECT name, v4, v6, ttl,"
	"  EXISTS (SELECT 1 FROM temp.named n WHERE n.name = w.name AND n.family = 4) AS need4,"
	"  EXISTS (SELECT 1 FROM temp.named n WHERE n.name = w.name AND n.family = 6) AS need6"
	"  FROM temp.was w)"
	" WHERE (v4 IS NOT NULL AND NOT need4) OR (v6 IS NOT NULL AND NOT need6)";

/* Opened as any store, it is brought to the present schema; then it is one file again. */
static int prepare_backup(const char *from, const char *shown, struct errinfo *ei)
{
	struct sqlite_db db = {.path = strdup(shown)};
	bool is_empty = false;
	int err;

	if (db.path == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	if (sqlite3_open_v2(from, &db.handle, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		err = sqlite_db_fail(&db, ei);
	else
		err = sqlite_schema_identify(db.handle, db.path, &is_empty, ei);
	if (err == 0 && is_empty)
		err = err_set(ei, ERR_INVAL, "\"%s\" is empty: it is no backup", shown);
	if (err == 0)
		err = sqlite_schema_check(db.handle, db.path, ei);
	if (err == 0)
		err = sqlite_schema_prepare(db.handle, db.path, ei);
	if (err == 0)
		err = sqlite_db_script(&db, "PRAGMA journal_mode = DELETE", ei);
	sqlite3_close(db.handle);
	free(db.path);
	return err;
}

static int attach(struct sqlite_db *db, const char *from, struct errinfo *ei)
{
	sqlite3_stmt *stmt = NULL;
	int err = 0;

	if (sqlite3_prepare_v2(db->handle, "ATTACH DATABASE ?1 AS backup", -1, &stmt, NULL) !=
		    SQLITE_OK ||
	    sqlite3_bind_text(stmt, 1, from, -1, SQLITE_STATIC) != SQLITE_OK ||
	    sqlite3_step(stmt) != SQLITE_DONE)
		err = sqlite_db_fail(db, ei);
	sqlite3_finalize(stmt);
	return err == 0 ? sqlite_db_script(db, "PRAGMA temp_store = MEMORY", ei) : err;
}

static int save_old(const char *store, const char *before, struct errinfo *ei)
{
	struct sqlite_backup *b;
	int err = sqlite_backup_begin(before, before, &b, ei);

	if (err < 0)
		return err;
	err = sqlite_backup_run(b, store, ei);
	if (err == 0)
		return sqlite_backup_end(b, NULL, ei);
	sqlite_backup_abort(b);
	return err;
}

static int restore_count(struct sqlite_db *db, struct sqlite_restored *ret, struct errinfo *ei)
{
	sqlite3_stmt *stmt = NULL;
	int err = 0;

	if (sqlite3_prepare_v2(db->handle, count_new, -1, &stmt, NULL) != SQLITE_OK ||
	    sqlite3_step(stmt) != SQLITE_ROW) {
		err = sqlite_db_fail(db, ei);
	} else {
		ret->accounts = (uint64_t)sqlite3_column_int64(stmt, 0);
		ret->hosts = (uint64_t)sqlite3_column_int64(stmt, 1);
		ret->owed = (uint64_t)sqlite3_column_int64(stmt, 2);
	}
	sqlite3_finalize(stmt);
	return err;
}

static struct slice column_slice(sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return (struct slice){text != NULL ? text : "", (size_t)sqlite3_column_bytes(stmt, column)};
}

/* A row that was damaged by hand does not name a record that we published. */
static int add_gone(struct sqlite_db *db, sqlite3_stmt *stmt, struct sqlite_restored *ret)
{
	struct sqlite_gone g = {.ttl = (uint32_t)sqlite3_column_int64(stmt, 3)}, *more;
	struct addr *const addrs[] = {&g.was.v4, &g.was.v6};
	int i;

	if (fqdn_complete(column_slice(stmt, 0), db->default_zone, &g.name) != 0)
		return 0;
	for (i = 0; i < 2; i++)
		if (sqlite3_column_type(stmt, 1 + i) != SQLITE_NULL)
			addr_parse(column_slice(stmt, 1 + i), addrs[i]);
	more = reallocarray(ret->gone, ret->n_gone + 1, sizeof(*more));
	if (more == NULL)
		return ERR_NOMEM;
	ret->gone = more;
	ret->gone[ret->n_gone++] = g;
	return 0;
}

static int find_gone(struct sqlite_db *db, struct sqlite_restored *ret, struct errinfo *ei)
{
	sqlite3_stmt *stmt = NULL;
	int step = SQLITE_ERROR, err = 0;

	if (sqlite3_prepare_v2(db->handle, list_gone, -1, &stmt, NULL) == SQLITE_OK)
		while (err == 0 && (step = sqlite3_step(stmt)) == SQLITE_ROW)
			err = add_gone(db, stmt, ret);
	if (err != 0)
		err_set(ei, err, "out of memory");
	else if (step != SQLITE_DONE)
		err = sqlite_db_fail(db, ei);
	sqlite3_finalize(stmt);
	return err;
}

/* With the write lock held nobody changes the old content while it is saved. */
static int replace(struct sqlite_db *db, const char *before, struct sqlite_restored *ret,
		   struct errinfo *ei)
{
	int err = sqlite_db_begin(db, true, ei);

	if (err < 0)
		return err;
	if ((err = save_old(db->path, before, ei)) == 0 &&
	    (err = sqlite_db_script(db, note_old, ei)) == 0 &&
	    (err = sqlite_db_script(db, take_new, ei)) == 0 &&
	    (err = restore_count(db, ret, ei)) == 0)
		err = find_gone(db, ret, ei);
	if (err == 0)
		return sqlite_db_commit(db, ei);
	sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

int sqlite_restore(const char *store, const char *from, const char *shown, const char *before,
		   const struct fqdn *default_zone, struct sqlite_restored *ret, struct errinfo *ei)
{
	struct sqlite_restored restored = {.n_gone = 0};
	struct sqlite_db *db;
	int err = prepare_backup(from, shown, ei);

	if (err < 0)
		return err;
	err = sqlite_db_open(store, default_zone, &db, ei);
	if (err < 0)
		return err;
	err = attach(db, from, ei);
	if (err == 0)
		err = replace(db, before, &restored, ei);
	sqlite_db_close(db);
	if (err == 0)
		*ret = restored;
	else
		sqlite_restored_fini(&restored);
	return err;
}

void sqlite_restored_fini(struct sqlite_restored *r)
{
	free(r->gone);
	*r = (struct sqlite_restored){.n_gone = 0};
}
