/* SPDX-License-Identifier: BSD-2-Clause
 * The SQLite store in trouble: kills, failing disks, files that vanish, memory that runs out. */
#include "store/sqlite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/fake_malloc.h"
#include "kit/sqlite_kit.h"
#include "kit/unit.h"
#include "store/notice.h"
#include "store/sqlite_db.h"

static char copied_db[SQLITE_KIT_FILE_MAX], copied_wal[SQLITE_KIT_FILE_MAX];

/* The files as they are on disk while the store is open: what a kill leaves. */
static void crash_copy(size_t *ret_db_len, size_t *ret_wal_len)
{
	char name[SQLITE_KIT_PATH_MAX];

	*ret_db_len = sqlite_kit_read(sqlite_kit_path(), copied_db);
	snprintf(name, sizeof(name), "%s-wal", sqlite_kit_path());
	*ret_wal_len = sqlite_kit_read(name, copied_wal);
}

/* Opens the copy with its log cut to wal_len bytes; hosts a and b of bob have these seqs. */
static void assert_recovered(size_t db_len, size_t wal_len, uint64_t min_seq, uint64_t max_seq)
{
	char copy[SQLITE_KIT_PATH_MAX], wal[SQLITE_KIT_PATH_MAX + 8];
	struct store *mine = store_kit.store, *s = NULL;
	struct errinfo ei = ERRINFO_INIT;
	uint64_t a, b;

	sqlite_kit_beside(copy, "copy");
	snprintf(wal, sizeof(wal), "%s-wal", copy);
	sqlite_kit_remove(copy);
	sqlite_kit_write(copy, copied_db, db_len);
	sqlite_kit_write(wal, copied_wal, wal_len);
	ck_assert_msg(store_sqlite_open(&store_kit.loop, copy, NULL, &s, &ei) == 0, "%s", ei.text);
	store_kit.store = s;
	a = store_kit_state("bob", "a.example.com").seq;
	b = store_kit_state("bob", "b.example.com").seq;
	ck_assert_msg(a == b, "half an intent was recovered at %zu bytes", wal_len);
	ck_assert_msg(a >= min_seq && a <= max_seq, "seq %llu at %zu bytes", (unsigned long long)a,
		      wal_len);
	store_kit.store = mine;
	store_close(s);
	uv_run(&store_kit.loop, UV_RUN_DEFAULT);
	sqlite_kit_remove(copy);
}

static void intend_both(uint64_t seq)
{
	struct store_intent both[2] = {store_kit_intent("a.example.com", seq, "192.0.2.1", NULL),
				       store_kit_intent("b.example.com", seq, "192.0.2.1", NULL)};

	both[0].expect = store_kit_state("bob", "a.example.com");
	both[1].expect = store_kit_state("bob", "b.example.com");
	both[0].expect.seq = both[1].expect.seq = seq;
	ck_assert_int_eq(store_kit_intend_in(store_kit.store, "bob", both, 2), 0);
}

START_TEST(kill_loses_nothing_that_was_acknowledged)
{
	size_t db_len, wal_len;

	store_kit_create("bob", "a.example.com", "b.example.com");
	intend_both(0);
	intend_both(1);
	crash_copy(&db_len, &wal_len);
	assert_recovered(db_len, wal_len, 2, 2);
}
END_TEST

/* A power failure in the middle of a write: the log's tail is missing or garbage. */
START_TEST(torn_log_loses_only_the_commit_that_was_being_written)
{
	size_t db_len, wal_len, acknowledged, at;
	uint64_t seq;

	store_kit_create("bob", "a.example.com", "b.example.com");
	for (seq = 0; seq < 2; seq++)
		intend_both(seq);
	crash_copy(&db_len, &acknowledged);
	intend_both(2);
	crash_copy(&db_len, &wal_len);
	ck_assert_uint_gt(wal_len, acknowledged);
	for (at = acknowledged; at < wal_len; at += 509)
		assert_recovered(db_len, at, 2, 2);
	assert_recovered(db_len, wal_len, 3, 3);
	for (at = acknowledged; at < wal_len; at += 509) {
		copied_wal[at] = (char)~copied_wal[at];
		assert_recovered(db_len, wal_len, 2, 2);
		copied_wal[at] = (char)~copied_wal[at];
	}
}
END_TEST

/* No file may grow: writes of the log fail in the midst of a commit. */
static void forbid_growth(bool forbid)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = forbid ? 8192 : limit.rlim_max;
	signal(SIGXFSZ, forbid ? SIG_IGN : SIG_DFL);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(failing_disk_fails_the_whole_group_and_harms_nothing)
{
	struct store_kit_answer answers[4] = {{0}};
	struct store_intent intent;
	size_t i;

	store_kit_create("bob", "a.example.com", "b.example.com");
	intend_both(0);
	intent = store_kit_intent("a.example.com", 1, "192.0.2.9", NULL);
	intent.expect = store_kit_state("bob", "a.example.com");
	forbid_growth(true);
	ck_assert_int_eq(
		store_intend(store_kit.store, "bob", &intent, 1, store_kit_on_done, &answers[0]),
		0);
	ck_assert_int_eq(store_remove(store_kit.store, "nobody", store_kit_on_done, &answers[1]),
			 0);
	intent.name = value_name("b.example.com");
	ck_assert_int_eq(
		store_intend(store_kit.store, "bob", &intent, 1, store_kit_on_done, &answers[2]),
		0);
	ck_assert_int_eq(store_lookup(store_kit.store, "bob", store_kit_on_lookup, &answers[3]), 0);
	store_kit_await(answers, 4);
	forbid_growth(false);
	for (i = 0; i < 3; i++)
		ck_assert_msg(answers[i].err == ERR_IO, "%zu: %s", i, err_str(answers[i].err));
	ck_assert_msg(strstr(answers[0].text, sqlite_kit_path()) != NULL, "%s", answers[0].text);
	ck_assert_int_eq(answers[3].err, 0);
	ck_assert_uint_eq(answers[3].account->hosts[0].state.seq, 1);
	account_free(answers[3].account);
	intend_both(1);
	store_kit_assert_state("bob", "a.example.com", 2, 0, value_pair("192.0.2.1", NULL));
	sqlite_kit_sql(
		sqlite_kit_path(),
		"SELECT CASE WHEN (SELECT integrity_check FROM pragma_integrity_check) = 'ok'"
		" THEN 1 ELSE json('broken') END");
}
END_TEST

START_TEST(vanished_file_is_an_error_and_not_an_empty_store)
{
	struct account *a;
	size_t len;

	store_kit_create("bob", "a.example.com", NULL);
	store_kit_close_all();
	uv_run(&store_kit.loop, UV_RUN_DEFAULT);
	len = sqlite_kit_read(sqlite_kit_path(), copied_db);
	store_kit.store = store_kit_open(false);
	account_free(store_kit_find("bob"));
	sqlite_kit_remove(sqlite_kit_path());
	ck_assert_int_eq(store_kit_lookup(store_kit.store, "bob", &a), ERR_IO);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), ERR_IO);
	ck_assert_int_eq(access(sqlite_kit_path(), F_OK), -1);
	sqlite_kit_write(sqlite_kit_path(), copied_db, len);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), 0);
}
END_TEST

START_TEST(file_put_in_place_of_ours_is_the_store_from_then_on)
{
	char other[SQLITE_KIT_PATH_MAX];
	struct account *a;
	size_t len;

	store_kit_create("bob", "a.example.com", NULL);
	store_kit_close_all();
	uv_run(&store_kit.loop, UV_RUN_DEFAULT);
	len = sqlite_kit_read(sqlite_kit_path(), copied_db);
	store_kit.store = store_kit_open(false);
	store_kit_create("carol", "c.example.com", NULL);
	sqlite_kit_beside(other, "copy");
	sqlite_kit_write(other, copied_db, len);
	sqlite_kit_remove(sqlite_kit_path());
	ck_assert_int_eq(rename(other, sqlite_kit_path()), 0);
	ck_assert_int_eq(store_kit_lookup(store_kit.store, "carol", &a), ERR_NOTFOUND);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), 0);
	store_kit_close_all();
	store_kit.store = store_kit_open(false);
	store_kit_assert_state("bob", "a.example.com", 1, 0, value_pair("192.0.2.1", NULL));
}
END_TEST

/* Another store's file, a store made anew, an empty file, one without tables. */
START_TEST(file_of_another_store_is_refused_until_the_right_one_is_back)
{
	static const char *const makes[] = {
		"UPDATE meta SET value = value + 1 WHERE key = 'identity'",
		"DELETE FROM meta; DELETE FROM accounts",
		NULL,
		"DROP TABLE hosts; DROP TABLE accounts; DROP TABLE meta;"
		" PRAGMA application_id = 0; PRAGMA user_version = 0",
	};
	struct account *a;
	size_t len;

	store_kit_create("bob", "a.example.com", NULL);
	store_kit_close_all();
	uv_run(&store_kit.loop, UV_RUN_DEFAULT);
	len = sqlite_kit_read(sqlite_kit_path(), copied_db);
	store_kit.store = store_kit_open(false);
	account_free(store_kit_find("bob"));
	sqlite_kit_remove(sqlite_kit_path());
	sqlite_kit_write(sqlite_kit_path(), copied_db, makes[_i] != NULL ? len : 0);
	if (makes[_i] != NULL)
		sqlite_kit_sql(sqlite_kit_path(), makes[_i]);
	ck_assert_int_eq(store_kit_lookup(store_kit.store, "bob", &a), ERR_IO);
	ck_assert_int_eq(store_kit_lookup(store_kit.store, "nobody", &a), ERR_IO);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), ERR_IO);
	sqlite_kit_remove(sqlite_kit_path());
	sqlite_kit_write(sqlite_kit_path(), copied_db, len);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), 0);
}
END_TEST

/* As cp(1) writes it; the time is another one however coarse the file system's clock is. */
static void overwrite(const char *data, size_t len, time_t time_s)
{
	const struct timespec times[2] = {{.tv_sec = time_s}, {.tv_sec = time_s}};

	sqlite_kit_write(sqlite_kit_path(), data, len);
	ck_assert_int_eq(utimensat(AT_FDCWD, sqlite_kit_path(), times, 0), 0);
}

/* Another store's file; a file that has never been one; an empty one. */
START_TEST(store_that_is_written_over_ours_is_refused_until_ours_is_back)
{
	static char other_db[SQLITE_KIT_FILE_MAX];
	char other[SQLITE_KIT_PATH_MAX];
	struct account *a;
	size_t len, other_len = 0;

	store_kit_create("bob", "a.example.com", NULL);
	store_kit_close_all();
	uv_run(&store_kit.loop, UV_RUN_DEFAULT);
	len = sqlite_kit_read(sqlite_kit_path(), copied_db);
	sqlite_kit_beside(other, "copy");
	sqlite_kit_write(other, copied_db, _i == 0 ? len : 0);
	sqlite_kit_sql(other, _i == 0 ? "UPDATE meta SET value = value + 1 WHERE key = 'identity';"
					" DELETE FROM accounts"
				      : "CREATE TABLE t (a)");
	if (_i < 2)
		other_len = sqlite_kit_read(other, other_db);
	sqlite_kit_remove(other);
	store_kit.store = store_kit_open(false);
	account_free(store_kit_find("bob"));
	overwrite(other_db, other_len, 1);
	ck_assert_int_eq(store_kit_lookup(store_kit.store, "bob", &a), ERR_IO);
	ck_assert_int_eq(store_kit_lookup(store_kit.store, "nobody", &a), ERR_IO);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), ERR_IO);
	overwrite(copied_db, len, 2);
	ck_assert_int_eq(store_kit_lookup(store_kit.store, "nobody", &a), ERR_NOTFOUND);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), 0);
}
END_TEST

/* The file as it is while a checkpoint writes it: its first page says already how long it will be.
 */
START_TEST(a_file_that_is_being_written_is_no_other_store)
{
	enum { PAGES_AT = 28, CHANGES_AT = 24, VALID_FOR_AT = 92 };
	size_t len;

	store_kit_create("bob", "a.example.com", NULL);
	account_free(store_kit_find("bob"));
	len = sqlite_kit_read(sqlite_kit_path(), copied_db);
	copied_db[PAGES_AT] = 1;
	memcpy(&copied_db[VALID_FOR_AT], &copied_db[CHANGES_AT], 4);
	overwrite(copied_db, len, 1);
	account_free(store_kit_find("bob"));
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), 0);
	copied_db[PAGES_AT] = 0;
	overwrite(copied_db, len, 2);
}
END_TEST

/* --- memory that runs out --- */

/* Done functions that allocate nothing: libcheck's assertions do. */
struct quiet {
	unsigned n_calls;
	int err;
	struct account *account;
};

static void quiet_lookup(void *arg, int err, struct account *account, const struct errinfo *why)
{
	struct quiet *q = arg;

	(void)why;
	q->n_calls++;
	q->err = err;
	q->account = account;
}

static void quiet_done(void *arg, int err, const struct errinfo *why)
{
	quiet_lookup(arg, err, NULL, why);
}

static void quiet_each(void *arg, const struct account *account)
{
	(void)arg;
	(void)account;
}

static int start_lookup(struct quiet *q, const struct account *a)
{
	return store_lookup(store_kit.store, a->user, quiet_lookup, q);
}

static int start_intend(struct quiet *q, const struct account *a)
{
	struct store_intent intent = {.name = a->hosts[0].name,
				      .want = {.v4 = {.family = ADDR_V4, .bytes = {192, 0, 2}}}};

	return store_intend(store_kit.store, a->user, &intent, 1, quiet_done, q);
}

static int start_confirm(struct quiet *q, const struct account *a)
{
	struct store_confirm c = {.name = a->hosts[0].name, .time_s = 1};

	return store_confirm(store_kit.store, a->user, &c, quiet_done, q);
}

static int start_replace(struct quiet *q, const struct account *a)
{
	return store_put(store_kit.store, a, STORE_REPLACE, quiet_done, q);
}

static int start_list(struct quiet *q, const struct account *a)
{
	(void)a;
	return store_list(store_kit.store, quiet_each, quiet_done, q);
}

static int start_remove(struct quiet *q, const struct account *a)
{
	return store_remove(store_kit.store, a->user, quiet_done, q);
}

static int start_put_notice(struct quiet *q, const struct account *a)
{
	const struct notice n = {.id = "e1", .target = "ops", .body = "{}", .made_s = 1};

	(void)a;
	return store_put_notice(store_kit.store, &n, quiet_done, q);
}

static void quiet_notice(void *arg, const struct notice *n)
{
	(void)arg;
	(void)n;
}

static int start_list_notices(struct quiet *q, const struct account *a)
{
	(void)a;
	return store_list_notices(store_kit.store, quiet_notice, quiet_done, q);
}

static int (*const starts[])(struct quiet *q, const struct account *a) = {
	start_lookup,	  start_intend, start_confirm,	    start_replace,
	start_put_notice, start_list,	start_list_notices, start_remove,
};

START_TEST(verb_without_memory_says_so_and_changes_nothing)
{
	struct account *changed = store_kit_account("bob", "changed", "a.example.com", NULL),
		       *found;
	struct account *stored =
		store_kit_account("bob", "a-secret-of-the-suite", "a.example.com", NULL);
	struct quiet q;
	bool refused;
	size_t n;
	int err;

	store_kit_create("bob", "a.example.com", NULL);
	for (n = 1;; n++) {
		q = (struct quiet){0};
		fake_malloc_fail_at(n);
		err = starts[_i](&q, changed);
		while (err == 0 && q.n_calls == 0)
			uv_run(&store_kit.loop, UV_RUN_ONCE);
		refused = fake_malloc_off();
		account_free(q.account);
		if (!refused)
			break;
		ck_assert_int_eq(err == 0 ? q.err : err, ERR_NOMEM);
		found = store_kit_find("bob");
		store_kit_assert_same(found, stored);
		ck_assert_uint_eq(found->hosts[0].state.seq, 0);
		account_free(found);
	}
	ck_assert_uint_gt(n, 1);
	ck_assert_int_eq(err, 0);
	ck_assert_int_eq(q.err, 0);
	account_free(changed);
	account_free(stored);
}
END_TEST

START_TEST(open_without_memory_says_so)
{
	struct errinfo ei = ERRINFO_INIT;
	struct store *s = NULL;
	size_t n;
	int err;

	for (n = 1;; n++) {
		fake_malloc_fail_at(n);
		err = store_sqlite_open(&store_kit.loop, sqlite_kit_path(), NULL, &s, &ei);
		if (!fake_malloc_off())
			break;
		ck_assert_int_eq(err, ERR_NOMEM);
		ck_assert_ptr_null(s);
	}
	ck_assert_uint_gt(n, 2);
	ck_assert_int_eq(err, 0);
	store_close(s);
}
END_TEST

/* What SQLite is kept from, while a verb ends. */
enum { DENY_RELEASE = 1, DENY_ROLLBACK_TO = 2, DENY_ROLLBACK = 4 };

static int deny(void *arg, int action, const char *what, const char *name, const char *database,
		const char *trigger)
{
	const unsigned *denied = arg;
	unsigned asked = 0;

	(void)name;
	(void)database;
	(void)trigger;
	if (action == SQLITE_SAVEPOINT && strcmp(what, "RELEASE") == 0)
		asked = DENY_RELEASE;
	else if (action == SQLITE_SAVEPOINT && strcmp(what, "ROLLBACK") == 0)
		asked = DENY_ROLLBACK_TO;
	else if (action == SQLITE_TRANSACTION && strcmp(what, "ROLLBACK") == 0)
		asked = DENY_ROLLBACK;
	return (*denied & asked) != 0 ? SQLITE_DENY : SQLITE_OK;
}

static const struct {
	unsigned denied;
	int verb;
	int commit; /* of the group */
} failed_ends[] = {
	{DENY_RELEASE, 0, 0},
	{DENY_RELEASE | DENY_ROLLBACK_TO, 0, ERR_IO},
	{DENY_RELEASE | DENY_ROLLBACK_TO | DENY_ROLLBACK, 0, ERR_IO},
	{0, ERR_EXISTS, 0},
	{DENY_RELEASE, ERR_EXISTS, 0},
	{DENY_ROLLBACK_TO, ERR_EXISTS, ERR_IO},
	{DENY_ROLLBACK_TO | DENY_ROLLBACK, ERR_EXISTS, ERR_IO},
};

START_TEST(what_a_failed_verb_wrote_is_not_committed_with_its_group)
{
	unsigned denied = failed_ends[_i].denied;
	struct errinfo ei = ERRINFO_INIT;
	struct sqlite_db *db;
	struct account *found;
	int err;

	ck_assert_int_eq(sqlite_db_open(sqlite_kit_path(), NULL, &db, &ei), 0);
	ck_assert_int_eq(sqlite_db_begin(db, true, &ei), 0);
	ck_assert_int_eq(sqlite_db_savepoint(db, &ei), 0);
	ck_assert_int_eq(sqlite_db_script(db,
					  "INSERT INTO accounts (user, secret) VALUES ('bob', 'x')",
					  &ei),
			 0);
	sqlite3_set_authorizer(db->handle, deny, &denied);
	err = sqlite_db_release(db, failed_ends[_i].verb, &ei);
	ck_assert_int_eq(err, failed_ends[_i].verb != 0 ? failed_ends[_i].verb : ERR_IO);
	ck_assert_int_eq(sqlite_db_commit(db, &ei), failed_ends[_i].commit);
	denied = 0;
	ck_assert_int_eq(sqlite_db_begin(db, true, &ei), 0);
	ck_assert_int_eq(sqlite_db_commit(db, &ei), 0);
	sqlite_db_close(db);
	ck_assert_int_eq(store_kit_lookup(store_kit.store, "bob", &found), ERR_NOTFOUND);
}
END_TEST

static void add_all(Suite *s)
{
	TCase *tc;

	store_kit.subject = &sqlite_kit_subject;
	tc = store_kit_case(s, "trouble");
	tcase_add_test(tc, kill_loses_nothing_that_was_acknowledged);
	tcase_add_test(tc, torn_log_loses_only_the_commit_that_was_being_written);
	tcase_add_test(tc, failing_disk_fails_the_whole_group_and_harms_nothing);
	tcase_add_loop_test(tc, verb_without_memory_says_so_and_changes_nothing, 0,
			    N_ELEMENTS(starts));
	tcase_add_test(tc, open_without_memory_says_so);
	tcase_add_loop_test(tc, what_a_failed_verb_wrote_is_not_committed_with_its_group, 0,
			    N_ELEMENTS(failed_ends));
	tcase_add_test(tc, vanished_file_is_an_error_and_not_an_empty_store);
	tcase_add_loop_test(tc, file_of_another_store_is_refused_until_the_right_one_is_back, 0, 4);
	tcase_add_loop_test(tc, store_that_is_written_over_ours_is_refused_until_ours_is_back, 0,
			    3);
	tcase_add_test(tc, a_file_that_is_being_written_is_no_other_store);
	tcase_add_test(tc, file_put_in_place_of_ours_is_the_store_from_then_on);
}

int main(void)
{
	return sqlite_kit_run("sqlite_trouble", add_all);
}
