/* SPDX-License-Identifier: BSD-2-Clause
 * Notices in SQLite beyond the conformance suite: the bound, and what another hand has left. */
#include "store/sqlite_notice.h"

#include <stdio.h>
#include <string.h>

#include "kit/sqlite_kit.h"
#include "kit/unit.h"
#include "store/notice.h"

enum { NOW_S = 1800000000 };

static size_t n_listed;
static struct notice last;

static void on_notice(void *arg, const struct notice *n)
{
	(void)arg;
	n_listed++;
	last = *n;
}

static size_t count(void)
{
	struct store_kit_answer a = {0};

	n_listed = 0;
	ck_assert_int_eq(
		store_kit_finish(
			store_list_notices(store_kit.store, on_notice, store_kit_on_done, &a), &a),
		0);
	return n_listed;
}

static struct notice make(const char *id)
{
	struct notice n = {.target = "ops", .body = "{}", .made_s = NOW_S};

	ck_assert_int_eq(str_copy(n.id, sizeof(n.id), slice_of(id)), 0);
	return n;
}

static int put(const char *id)
{
	const struct notice n = make(id);
	struct store_kit_answer a = {0};

	return store_kit_finish(store_put_notice(store_kit.store, &n, store_kit_on_done, &a), &a);
}

static int claim(const char *id)
{
	struct store_kit_answer a = {0};

	return store_kit_finish(store_claim_notice(store_kit.store, id, "ops", "aa", NOW_S,
						   NOW_S + 120, store_kit_on_done, &a),
				&a);
}

/* Rows f1 to fN; state as SQL of their number i. */
static void fill(int n, const char *state)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		 "WITH RECURSIVE t (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < %d)"
		 " INSERT INTO notices (id, target, body, made, state)"
		 " SELECT 'f' || i, 'ops', '{}', 100000 - i, %s FROM t",
		 n, state);
	sqlite_kit_sql(sqlite_kit_path(), sql);
}

START_TEST(a_target_that_is_away_cannot_fill_the_disk)
{
	fill(NOTICES_MAX - 1, "'waiting'");
	ck_assert_int_eq(put("e1"), 0);
	ck_assert_int_eq(put("e2"), ERR_LIMIT);
	ck_assert_int_eq(put("e1"), ERR_EXISTS);
	ck_assert_uint_eq(count(), NOTICES_MAX);
	sqlite_kit_sql(sqlite_kit_path(), "DELETE FROM notices WHERE id = 'f5'");
	ck_assert_int_eq(put("e2"), 0);
}
END_TEST

START_TEST(the_oldest_one_that_was_given_up_makes_room)
{
	fill(NOTICES_MAX, "CASE WHEN i IN (7, 9) THEN 'dead' ELSE 'waiting' END");
	ck_assert_int_eq(put("f9"), ERR_EXISTS);
	ck_assert_int_eq(put("e1"), 0);
	ck_assert_int_eq(claim("f9"), ERR_NOTFOUND);
	ck_assert_int_eq(claim("f7"), 0);
	ck_assert_int_eq(put("e2"), 0);
	ck_assert_int_eq(put("e3"), ERR_LIMIT);
	ck_assert_uint_eq(count(), NOTICES_MAX);
}
END_TEST

/* As a full disk does: the notice that was dropped for it is there still. */
START_TEST(a_put_that_fails_drops_nothing)
{
	fill(NOTICES_MAX, "CASE WHEN i = 7 THEN 'dead' ELSE 'waiting' END");
	sqlite_kit_sql(sqlite_kit_path(), "CREATE TRIGGER full BEFORE INSERT ON notices"
					  " BEGIN SELECT RAISE(ABORT, 'full'); END");
	ck_assert_int_eq(put("e1"), ERR_IO);
	ck_assert_int_eq(claim("f7"), 0);
	sqlite_kit_sql(sqlite_kit_path(), "DROP TRIGGER full");
}
END_TEST

START_TEST(notices_that_cannot_be_written_fail_no_update)
{
	struct store_intent intent = store_kit_intent("a.example.com", 0, "192.0.2.2", NULL);
	const struct notice n = make("e1");
	struct store_kit_answer a[2] = {{0}};

	store_kit_create("bob", "a.example.com", NULL);
	sqlite_kit_sql(sqlite_kit_path(), "CREATE TRIGGER full BEFORE INSERT ON notices"
					  " BEGIN SELECT RAISE(ROLLBACK, 'full'); END");
	ck_assert_int_eq(store_put_notice(store_kit.store, &n, store_kit_on_done, &a[0]), 0);
	ck_assert_int_eq(store_intend(store_kit.store, "bob", &intent, 1, store_kit_on_done, &a[1]),
			 0);
	store_kit_await(a, N_ELEMENTS(a));
	ck_assert_int_eq(a[0].err, ERR_IO);
	ck_assert_msg(a[1].err == 0, "%s", a[1].text);
	store_kit_assert_state("bob", "a.example.com", 1, 0, value_pair("192.0.2.2", NULL));
	sqlite_kit_sql(sqlite_kit_path(), "DROP TRIGGER full");
}
END_TEST

#define LONG_64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

/* id, target, body, made, next, attempts, state, why, holder, held_until. */
static const char *const garbage[] = {
	"'" LONG_64 "x', 'ops', '{}', 5, 0, 0, 'waiting', '', '', 0",
	"'e' || char(0) || '1', 'ops', '{}', 5, 0, 0, 'waiting', '', '', 0",
	"'', 'ops', '{}', 5, 0, 0, 'waiting', '', '', 0",
	"'e2', 'o p s', '{}', 5, 0, 0, 'waiting', '', '', 0",
	"'e2', 'ops', '', 5, 0, 0, 'waiting', '', '', 0",
	"'e2', 'ops', printf('%.*c', 2049, 'x'), 5, 0, 0, 'waiting', '', '', 0",
	"'e2', 'ops', CAST(x'7bff7d' AS TEXT), 5, 0, 0, 'waiting', '', '', 0",
	"'e2', 'ops', '{' || char(10) || '}', 5, 0, 0, 'waiting', '', '', 0",
	"'e2', 'ops', '{}', -5, 0, 0, 'waiting', '', '', 0",
	"'e2', 'ops', '{}', 5, -9223372036854775808, 0, 'waiting', '', '', 0",
	"'e2', 'ops', '{}', 5, 0, 0, 'asleep', '', '', 0",
	"'e2', 'ops', '{}', 5, 0, 0, 'a state that is longer than any', '', '', 0",
	"'e2', 'ops', '{}', 5, 0, 0, 'waiting', char(27) || '[2J', '', 0",
	"'e2', 'ops', '{}', 5, 0, 0, 'waiting', '', 'a a', 0",
};

static int remove_last(const char *holder)
{
	struct store_kit_answer a = {0};

	return store_kit_finish(store_remove_notice(store_kit.store, last.id, last.target, holder,
						    store_kit_on_done, &a),
				&a);
}

static int claim_last(const char *holder)
{
	struct store_kit_answer a = {0};

	return store_kit_finish(store_claim_notice(store_kit.store, last.id, last.target, holder,
						   NOW_S, NOW_S + 120, store_kit_on_done, &a),
				&a);
}

START_TEST(rows_that_are_no_notices_are_shown_as_given_up_and_removed)
{
	char sql[512];

	ck_assert_int_eq(put("e1"), 0);
	snprintf(sql, sizeof(sql),
		 "INSERT INTO notices (id, target, body, made, next, attempts, state, why, holder,"
		 " held_until) VALUES (%s)",
		 garbage[_i]);
	sqlite_kit_sql(sqlite_kit_path(), sql);
	ck_assert_uint_eq(count(), 2);
	ck_assert_int_eq(last.state, NOTICE_DEAD);
	ck_assert_msg(strncmp(last.why, "its row cannot be read: ", 24) == 0, "%s", last.why);
	if (strcmp(last.target, "ops") == 0)
		ck_assert_str_eq(last.id, "e2");
	else
		ck_assert_str_eq(last.id, "row-2");
	ck_assert_int_eq(remove_last("bb"), ERR_CONFLICT);
	ck_assert_int_eq(claim_last("bb"), 0);
	ck_assert_int_eq(claim_last("cc"), ERR_CONFLICT);
	ck_assert_int_eq(remove_last("bb"), 0);
	ck_assert_int_eq(remove_last("bb"), ERR_NOTFOUND);
	ck_assert_uint_eq(count(), 1);
	ck_assert_str_eq(last.id, "e1");
}
END_TEST

START_TEST(a_row_of_any_number_is_listed)
{
	sqlite_kit_sql(sqlite_kit_path(), "INSERT INTO notices (rowid, id, target, body, made)"
					  " VALUES (-5, '', 'ops', '{}', 5)");
	ck_assert_uint_eq(count(), 1);
	ck_assert_str_eq(last.id, "row--5");
	ck_assert_int_eq(claim_last("bb"), 0);
	ck_assert_int_eq(remove_last("bb"), 0);
	ck_assert_uint_eq(count(), 0);
}
END_TEST

START_TEST(what_can_be_read_of_a_row_is_read)
{
	sqlite_kit_sql(sqlite_kit_path(),
		       "INSERT INTO notices (id, target, body, made, attempts, held_until)"
		       " VALUES ('e1', 'ops', '{}', 5, 99999999999, 9223372036854775807)");
	ck_assert_uint_eq(count(), 1);
	ck_assert_uint_eq(last.attempts, 0);
	ck_assert_str_eq(last.holder, "");
	ck_assert_int_eq(last.state, NOTICE_WAITING);
	sqlite_kit_sql(sqlite_kit_path(), "UPDATE notices SET holder = 'bb'");
	ck_assert_int_eq(claim("e1"), 0);
}
END_TEST

START_TEST(a_store_of_before_gets_its_table)
{
	store_kit_create("bob", "a.example.com", NULL);
	store_kit_close_all();
	sqlite_kit_sql(sqlite_kit_path(), "DROP TABLE notices");
	store_kit.store = store_kit_open(false);
	ck_assert_uint_eq(count(), 0);
	ck_assert_int_eq(put("e1"), 0);
	ck_assert_uint_eq(count(), 1);
	account_free(store_kit_find("bob"));
}
END_TEST

START_TEST(our_own_notices_are_no_news_of_another_process)
{
	const uint64_t before = store_kit_version(store_kit.store);

	ck_assert_int_eq(put("e1"), 0);
	ck_assert_int_eq(claim("e1"), 0);
	ck_assert_uint_eq(store_kit_version(store_kit.store), before);
}
END_TEST

static void add(Suite *s)
{
	TCase *tc;

	store_kit.subject = &sqlite_kit_subject;
	tc = store_kit_case(s, "sqlite notices");
	tcase_add_test(tc, a_target_that_is_away_cannot_fill_the_disk);
	tcase_add_test(tc, the_oldest_one_that_was_given_up_makes_room);
	tcase_add_test(tc, a_put_that_fails_drops_nothing);
	tcase_add_test(tc, notices_that_cannot_be_written_fail_no_update);
	tcase_add_loop_test(tc, rows_that_are_no_notices_are_shown_as_given_up_and_removed, 0,
			    N_ELEMENTS(garbage));
	tcase_add_test(tc, a_row_of_any_number_is_listed);
	tcase_add_test(tc, what_can_be_read_of_a_row_is_read);
	tcase_add_test(tc, a_store_of_before_gets_its_table);
	tcase_add_test(tc, our_own_notices_are_no_news_of_another_process);
}

int main(void)
{
	return sqlite_kit_run("sqlite_notice", add);
}
