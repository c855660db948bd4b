/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/sqlite_read.h"

#include <stdio.h>
#include <string.h>

#include "kit/sqlite_kit.h"
#include "kit/unit.h"
#include "store/sqlite_db.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct sqlite_db *db;

/* What SQLite did for one credential. */
struct work {
	int statements, rows, steps;
};

static int on_trace(unsigned what, void *arg, void *stmt, void *text)
{
	struct work *w = arg;

	(void)stmt;
	(void)text;
	w->statements += what == SQLITE_TRACE_STMT;
	w->rows += what == SQLITE_TRACE_ROW;
	return 0;
}

static struct work read_credential(const char *user, int *ret_err, struct account **ret)
{
	struct errinfo ei = ERRINFO_INIT;
	struct work w = {0};

	*ret = NULL;
	sqlite3_trace_v2(db->handle, SQLITE_TRACE_STMT | SQLITE_TRACE_ROW, on_trace, &w);
	*ret_err = sqlite_db_credential(db, user, ret, &ei);
	sqlite3_trace_v2(db->handle, 0, NULL, NULL);
	w.steps = sqlite3_stmt_status(db->stmts[STMT_GET_CREDENTIAL], SQLITE_STMTSTATUS_VM_STEP, 1);
	return w;
}

static void fill(void)
{
	static const char accounts[] =
		"INSERT INTO accounts (user, secret, disabled) VALUES"
		" ('clear', 'secret', 0), ('disabled', 'secret', 1), ('many', 'secret', 0),"
		" ('sha', '$sha256$saltsaltsaltsalt$" DIGEST "', 0),"
		" ('crypt', '$6$saltsalt$" DIGEST "0123456789abcdef012345', 0),"
		" ('empty', '', 0), ('broken', '$6$sa:lt$x', 0);"
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
		" INSERT INTO hosts (user, name) SELECT 'many', 'h' || i || '.example.com' FROM n;"
		"INSERT INTO hosts (user, name) VALUES ('clear', 'one.example.com');";

	sqlite_kit_sql(sqlite_kit_path(), accounts);
}

static const struct {
	const char *user;
	int err;
	unsigned flaws;
} rows[] = {
	{"nobody", ERR_NOTFOUND, 0},
	{"clear", 0, 0},
	{"disabled", 0, 0},
	{"many", 0, 0},
	{"sha", 0, 0},
	{"crypt", 0, 0},
	{"empty", 0, ACCOUNT_FLAW_SECRET},
	{"broken", 0, ACCOUNT_FLAW_SECRET},
};

/* Whoever measures the time must not learn which logins exist. */
START_TEST(credential_is_the_same_work_for_every_login)
{
	struct errinfo ei = ERRINFO_INIT;
	struct account *a;
	struct work w;
	size_t i;
	int err;

	fill();
	ck_assert_int_eq(sqlite_db_open(sqlite_kit_path(), NULL, &db, &ei), 0);
	/* The statement is prepared once. */
	read_credential("nobody", &err, &a);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		w = read_credential(rows[i].user, &err, &a);
		ck_assert_msg(err == rows[i].err, "%s: %d", rows[i].user, err);
		ck_assert_msg(w.statements == 1 && w.rows == 1, "%s: %d statements, %d rows",
			      rows[i].user, w.statements, w.rows);
		/* SQLite's own steps: few of either half of the statement. */
		ck_assert_msg(w.steps > 0 && w.steps < 40, "%s: %d steps", rows[i].user, w.steps);
		if (err != 0)
			continue;
		ck_assert(a->is_partial && a->n_hosts == 0);
		ck_assert_uint_eq(a->flaws, rows[i].flaws);
		account_free(a);
	}
	sqlite_db_close(db);
}
END_TEST

START_TEST(credential_says_whose_it_is)
{
	struct errinfo ei = ERRINFO_INIT;
	struct account *a;
	int err;

	fill();
	ck_assert_int_eq(sqlite_db_open(sqlite_kit_path(), NULL, &db, &ei), 0);
	read_credential("disabled", &err, &a);
	ck_assert_int_eq(err, 0);
	ck_assert_str_eq(a->user, "disabled");
	ck_assert_str_eq(a->secret, "secret");
	ck_assert(a->disabled);
	account_free(a);
	read_credential("a:b", &err, &a);
	ck_assert_int_eq(err, ERR_NOTFOUND);
	read_credential("", &err, &a);
	ck_assert_int_eq(err, ERR_NOTFOUND);
	sqlite_db_close(db);
}
END_TEST

static void add(Suite *s)
{
	TCase *tc;

	store_kit.subject = &sqlite_kit_subject;
	tc = store_kit_case(s, "read");
	tcase_add_test(tc, credential_is_the_same_work_for_every_login);
	tcase_add_test(tc, credential_says_whose_it_is);
}

int main(void)
{
	return sqlite_kit_run("sqlite_read", add);
}
