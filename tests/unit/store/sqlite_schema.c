/* SPDX-License-Identifier: BSD-2-Clause
 * Whose file it is, and whether it is sound. */
#include "store/sqlite_schema.h"

#include <stdio.h>
#include <string.h>

#include "kit/sqlite_kit.h"
#include "kit/unit.h"

static sqlite3 *db;

static void open_db(const char *path)
{
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
}

static void run(const char *sql)
{
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

/* The first column of the first row. */
static const char *ask(const char *sql)
{
	static char text[256];
	sqlite3_stmt *stmt;

	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	snprintf(text, sizeof(text), "%s", (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	return text;
}

START_TEST(an_empty_file_becomes_a_store_where_that_is_wanted)
{
	char path[SQLITE_KIT_PATH_MAX];
	struct errinfo ei = ERRINFO_INIT;
	int64_t identity, same;
	bool is_empty;

	open_db(sqlite_kit_beside(path, "new"));
	ck_assert_int_eq(sqlite_schema_identify(db, path, &is_empty, NULL), 0);
	ck_assert(is_empty);
	ck_assert_int_eq(sqlite_schema_prepare(db, path, &ei), ERR_IO);
	ck_assert_ptr_nonnull(strstr(ei.text, "is an empty file"));
	ck_assert_int_eq(sqlite_schema_create(db, path, NULL), 0);
	ck_assert_int_eq(sqlite_schema_identify(db, path, &is_empty, NULL), 0);
	ck_assert(!is_empty);
	ck_assert_int_eq(sqlite_schema_check(db, path, NULL), 0);
	ck_assert_str_eq(ask("PRAGMA user_version"), "1");
	ck_assert_str_eq(ask("PRAGMA application_id"), "1299148658");
	ck_assert_str_eq(ask("SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema"
			     " WHERE type = 'table' ORDER BY name)"),
			 "accounts,history,hosts,meta,notices,seen");
	/* Once more changes nothing. */
	ck_assert_int_eq(sqlite_schema_identity(db, path, &identity, NULL), 0);
	run("INSERT INTO accounts (user, secret) VALUES ('router', 's')");
	ck_assert_int_eq(sqlite_schema_prepare(db, path, NULL), 0);
	ck_assert_str_eq(ask("SELECT count(*) FROM accounts"), "1");
	ck_assert_int_eq(sqlite_schema_identity(db, path, &same, NULL), 0);
	ck_assert(identity == same);
	sqlite3_close(db);
	sqlite_kit_remove(path);
}
END_TEST

/* What an intent's being on the disk, and a secret's being gone from it, depend on. */
START_TEST(the_connection_is_set_up)
{
	static const struct {
		const char *pragma, *want;
	} rows[] = {
		{"PRAGMA journal_mode", "wal"},
		{"PRAGMA synchronous", "2"},
		{"PRAGMA foreign_keys", "1"},
		{"PRAGMA secure_delete", "1"},
		{"PRAGMA trusted_schema", "0"},
		{"PRAGMA cache_size", "-16384"},
		{"PRAGMA journal_size_limit", "4194304"},
	};
	char path[SQLITE_KIT_PATH_MAX];
	size_t i;

	open_db(sqlite_kit_beside(path, "new"));
	ck_assert_int_eq(sqlite_schema_create(db, path, NULL), 0);
	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(strcmp(ask(rows[i].pragma), rows[i].want) == 0, "%s: %s",
			      rows[i].pragma, ask(rows[i].pragma));
	sqlite3_close(db);
	sqlite_kit_remove(path);
}
END_TEST

/* An account takes its hosts with it, and gives them its new login. */
START_TEST(hosts_follow_their_account)
{
	char path[SQLITE_KIT_PATH_MAX];

	open_db(sqlite_kit_beside(path, "new"));
	ck_assert_int_eq(sqlite_schema_create(db, path, NULL), 0);
	run("INSERT INTO accounts (user, secret) VALUES ('a', 's');"
	    "INSERT INTO hosts (user, name) VALUES ('a', 'home.example');"
	    "UPDATE accounts SET user = 'b'");
	ck_assert_str_eq(ask("SELECT user FROM hosts"), "b");
	ck_assert_int_ne(sqlite3_exec(db, "INSERT INTO hosts (user, name) VALUES ('a', 'x')", NULL,
				      NULL, NULL),
			 SQLITE_OK);
	run("DELETE FROM accounts");
	ck_assert_str_eq(ask("SELECT count(*) FROM hosts"), "0");
	sqlite3_close(db);
	sqlite_kit_remove(path);
}
END_TEST

#define OURS "PRAGMA application_id = 1299148658;"

static const struct {
	const char *sql; /* of a new file */
	const char *want;
} foreign_rows[] = {
	{"CREATE TABLE t (a)", "is the database of another program"},
	{"PRAGMA user_version = 1", "is the database of another program"},
	{"PRAGMA application_id = 1", "is the database of another program"},
	{"PRAGMA application_id = 1; PRAGMA user_version = 1",
	 "is the database of another program"},
	{OURS "PRAGMA user_version = 2",
	 "was written by a later version (schema 2, this program knows up to 1)"},
	{OURS "PRAGMA user_version = 0", "has the unknown schema 0"},
	{OURS "PRAGMA user_version = -1", "has the unknown schema -1"},
};

START_TEST(what_is_not_ours_is_refused_and_left_alone)
{
	char path[SQLITE_KIT_PATH_MAX], want[SQLITE_KIT_PATH_MAX + 128];
	size_t i;

	sqlite_kit_beside(path, "foreign");
	for (i = 0; i < N_ELEMENTS(foreign_rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		int err;

		open_db(path);
		run(foreign_rows[i].sql);
		err = sqlite_schema_prepare(db, path, &ei);
		snprintf(want, sizeof(want), "the store \"%s\" %s", path, foreign_rows[i].want);
		ck_assert_msg(err == ERR_IO && strcmp(ei.text, want) == 0, "row %zu: %d %s", i, err,
			      ei.text);
		ck_assert_str_eq(ask("PRAGMA journal_mode"), "delete");
		ck_assert_str_eq(ask("SELECT count(*) FROM sqlite_schema WHERE name = 'meta'"),
				 "0");
		sqlite3_close(db);
		sqlite_kit_remove(path);
	}
}
END_TEST

static const struct {
	const char *sql;  /* of a store */
	const char *want; /* NULL: it is sound */
} check_rows[] = {
	{"CREATE INDEX by_name ON hosts (name)", NULL},
	{"CREATE TABLE more (a)", NULL},
	{"CREATE VIEW v AS SELECT 1", "has not the tables of a store"},
	{"CREATE TRIGGER t AFTER INSERT ON accounts BEGIN DELETE FROM hosts; END",
	 "has not the tables of a store"},
	{"DROP TABLE hosts", "has not the tables of a store"},
	{"DROP TABLE hosts; CREATE VIEW hosts AS SELECT 1", "has not the tables of a store"},
	{"DROP TABLE hosts; DROP TABLE accounts", "has not the tables of a store"},
	/* One too many does not make up for one that is missing. */
	{"DROP TABLE hosts; CREATE VIEW a AS SELECT 1; CREATE VIEW b AS SELECT 1",
	 "has not the tables of a store"},
};

START_TEST(a_file_from_elsewhere_is_looked_through)
{
	char path[SQLITE_KIT_PATH_MAX];
	size_t i;

	sqlite_kit_beside(path, "elsewhere");
	for (i = 0; i < N_ELEMENTS(check_rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		const char *want = check_rows[i].want;
		int err;

		open_db(path);
		ck_assert_int_eq(sqlite_schema_create(db, path, NULL), 0);
		run("PRAGMA foreign_keys = OFF");
		run(check_rows[i].sql);
		err = sqlite_schema_check(db, path, &ei);
		ck_assert_msg(err == (want != NULL ? ERR_IO : 0), "row %zu: %d %s", i, err,
			      ei.text);
		ck_assert_msg(want == NULL || strstr(ei.text, want) != NULL, "row %zu: %s", i,
			      ei.text);
		sqlite3_close(db);
		sqlite_kit_remove(path);
	}
}
END_TEST

START_TEST(a_damaged_file_is_noticed)
{
	static char bytes[SQLITE_KIT_FILE_MAX];
	char path[SQLITE_KIT_PATH_MAX];
	struct errinfo ei = ERRINFO_INIT;
	size_t len;

	open_db(sqlite_kit_beside(path, "damaged"));
	ck_assert_int_eq(sqlite_schema_create(db, path, NULL), 0);
	run("INSERT INTO accounts (user, secret) VALUES ('router', 'secret')");
	run("PRAGMA wal_checkpoint(TRUNCATE)");
	sqlite3_close(db);
	len = sqlite_kit_read(path, bytes);
	ck_assert_uint_gt(len, 4096 + 8);
	/* How many cells the page of the first table has. */
	bytes[4096 + 4] = 9;
	sqlite_kit_write(path, bytes, len);
	open_db(path);
	ck_assert_int_eq(sqlite_schema_check(db, path, &ei), ERR_IO);
	ck_assert_ptr_nonnull(strstr(ei.text, "is damaged"));
	sqlite3_close(db);
	sqlite_kit_remove(path);
}
END_TEST

START_TEST(a_file_that_is_not_writable_is_told_at_once)
{
	char path[SQLITE_KIT_PATH_MAX];
	struct errinfo ei = ERRINFO_INIT;

	open_db(sqlite_kit_beside(path, "read-only"));
	ck_assert_int_eq(sqlite_schema_create(db, path, NULL), 0);
	sqlite3_close(db);
	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite_schema_prepare(db, path, &ei), ERR_IO);
	ck_assert_ptr_nonnull(strstr(ei.text, "is not writable"));
	sqlite3_close(db);
	sqlite_kit_remove(path);
}
END_TEST

static void add(Suite *s)
{
	TCase *tcase = tcase_create("schema");

	tcase_add_test(tcase, an_empty_file_becomes_a_store_where_that_is_wanted);
	tcase_add_test(tcase, the_connection_is_set_up);
	tcase_add_test(tcase, hosts_follow_their_account);
	tcase_add_test(tcase, what_is_not_ours_is_refused_and_left_alone);
	tcase_add_test(tcase, a_file_from_elsewhere_is_looked_through);
	tcase_add_test(tcase, a_damaged_file_is_noticed);
	tcase_add_test(tcase, a_file_that_is_not_writable_is_told_at_once);
	suite_add_tcase(s, tcase);
}

int main(void)
{
	return sqlite_kit_run("sqlite_schema", add);
}
