/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/sqlite_seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "kit/sqlite_kit.h"
#include "kit/unit.h"
#include "store/sqlite_db.h"
#include "store/sqlite_write.h"

static struct sqlite_db *db;

static void open_db(void)
{
	struct errinfo ei = ERRINFO_INIT;

	ck_assert_int_eq(sqlite_db_open(sqlite_kit_path(), NULL, &db, &ei), 0);
	sqlite_kit_sql(sqlite_kit_path(),
		       "DELETE FROM accounts; DELETE FROM hosts; DELETE FROM seen;"
		       "INSERT INTO accounts (user, secret) VALUES ('a', 's'), ('b', 's');"
		       "INSERT INTO hosts (user, name) VALUES ('a', 'one.example.com'),"
		       " ('b', 'two.example.com')");
}

static void close_db(void)
{
	sqlite_db_close(db);
}

static struct store_seen seen_of(const char *user, const char *name, int64_t time_s,
				 const char *agent)
{
	struct store_seen s = {
		.name = value_name(name), .time_s = time_s, .from = value_addr("192.0.2.7")};

	ck_assert_int_eq(str_copy(s.user, sizeof(s.user), slice_of(user)), 0);
	ck_assert_int_eq(str_copy(s.agent, sizeof(s.agent), slice_of(agent)), 0);
	return s;
}

static void put_some(const struct store_seen *seen, size_t n, bool forgets)
{
	struct errinfo ei = ERRINFO_INIT;
	int err = sqlite_db_begin(db, true, &ei);

	if (err == 0)
		err = sqlite_db_put_seen(db, seen, n, forgets, &ei);
	if (err == 0)
		err = sqlite_db_commit(db, &ei);
	ck_assert_msg(err == 0, "%s", ei.text);
}

static void put(const struct store_seen *seen, size_t n)
{
	put_some(seen, n, true);
}

/* How many there are; what is read is joined in text, as "user/name/time/agent". */
static size_t read_all(char *text, size_t size)
{
	struct sqlite_seen_page *page = calloc(1, sizeof(*page));
	struct errinfo ei = ERRINFO_INIT;
	size_t i, len, n = 0;

	ck_assert_ptr_nonnull(page);
	text[0] = '\0';
	do {
		ck_assert_int_eq(sqlite_db_next_seen(db, page, &ei), 0);
		for (i = 0; i < page->n; i++) {
			len = strlen(text);
			snprintf(text + len, size - len, "%s%s/%s/%d/%s", len > 0 ? " " : "",
				 page->seen[i].user, page->seen[i].name.text,
				 (int)page->seen[i].time_s, page->seen[i].agent);
		}
		n += page->n;
	} while (page->more);
	free(page);
	return n;
}

/* Also after the clock was ahead for a while: what it said then would stand for years. */
START_TEST(what_is_put_is_read_and_the_last_stays)
{
	const struct store_seen first[] = {
		seen_of("b", "two.example.com", INT32_MAX, "curl/8"),
		seen_of("a", "one.example.com", 10, ""),
	};
	const struct store_seen next[] = {
		seen_of("a", "one.example.com", 30, "in\\x1badyn"),
		seen_of("b", "two.example.com", 31, ""),
	};
	char text[256];

	put(first, 2);
	read_all(text, sizeof(text));
	ck_assert_str_eq(text, "a/one.example.com/10/ b/two.example.com/2147483647/curl/8");
	put(next, 2);
	read_all(text, sizeof(text));
	ck_assert_str_eq(text, "a/one.example.com/30/in\\x1badyn b/two.example.com/31/");
}
END_TEST

START_TEST(of_an_account_that_is_gone_nothing_stays)
{
	const struct store_seen seen[] = {
		seen_of("a", "one.example.com", 10, ""),
		seen_of("b", "two.example.com", 10, ""),
		seen_of("nobody", "three.example.com", 10, ""),
	};
	char text[256];

	put(seen, 3);
	sqlite_kit_sql(sqlite_kit_path(), "DELETE FROM accounts WHERE user = 'b'");
	read_all(text, sizeof(text));
	ck_assert_str_eq(text, "a/one.example.com/10/");
	put_some(seen, 1, false);
	sqlite_kit_sql(sqlite_kit_path(), "INSERT INTO accounts (user, secret) VALUES ('b', 's')");
	ck_assert_uint_eq(read_all(text, sizeof(text)), 2);
	sqlite_kit_sql(sqlite_kit_path(), "DELETE FROM accounts WHERE user = 'b'");
	put(seen, 1);
	/* Not only hidden: it is there no more when the login is given away again. */
	sqlite_kit_sql(sqlite_kit_path(), "INSERT INTO accounts (user, secret) VALUES ('b', 's')");
	ck_assert_uint_eq(read_all(text, sizeof(text)), 1);
}
END_TEST

/* The account is still there, and another one has a host of that name. */
START_TEST(a_rename_takes_it_along)
{
	const struct store_seen seen[] = {seen_of("a", "one.example.com", 5, "x"),
					  seen_of("b", "two.example.com", 6, "y")};
	struct errinfo ei = ERRINFO_INIT;
	char text[512];

	put(seen, N_ELEMENTS(seen));
	/* What a program of before has left behind. */
	sqlite_kit_sql(sqlite_kit_path(), "INSERT INTO seen (user, name, time) VALUES"
					  " ('c', 'one.example.com', 1)");
	ck_assert_int_eq(sqlite_db_begin(db, true, &ei), 0);
	ck_assert_int_eq(sqlite_db_rename(db, "a", "c", &ei), 0);
	ck_assert_int_eq(sqlite_db_rename(db, "b", "c", &ei), ERR_EXISTS);
	ck_assert_int_eq(sqlite_db_commit(db, &ei), 0);
	ck_assert_uint_eq(read_all(text, sizeof(text)), 2);
	ck_assert_str_eq(text, "b/two.example.com/6/y c/one.example.com/5/x");
}
END_TEST

START_TEST(of_a_host_that_left_its_account_nothing_stays)
{
	const struct store_seen seen[] = {
		seen_of("a", "one.example.com", 10, ""),
		seen_of("a", "two.example.com", 10, ""),
		seen_of("b", "two.example.com", 10, ""),
	};
	char text[256];

	sqlite_kit_sql(sqlite_kit_path(),
		       "INSERT INTO hosts (user, name) VALUES ('a', 'two.example.com')");
	put(seen, 3);
	ck_assert_uint_eq(read_all(text, sizeof(text)), 3);
	sqlite_kit_sql(sqlite_kit_path(),
		       "DELETE FROM hosts WHERE user = 'a' AND name = 'two.example.com'");
	put(seen, 1);
	read_all(text, sizeof(text));
	ck_assert_str_eq(text, "a/one.example.com/10/ b/two.example.com/10/");
}
END_TEST

/* The store takes each of them for that host. */
START_TEST(a_host_whose_name_a_hand_has_written_is_there)
{
	static const char *const rows[] = {
		"One.Example.COM", "one.example.com.", " one.example.com ", "one", "one.",
	};
	const struct store_seen seen[] = {
		seen_of("a", "one.example.com", 10, ""),
		seen_of("a", "on.example.com", 10, ""),
		seen_of("a", "one1.example.com", 10, ""),
	};
	char text[256], sql[128];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		snprintf(sql, sizeof(sql), "UPDATE hosts SET name = '%s' WHERE user = 'a'",
			 rows[i]);
		sqlite_kit_sql(sqlite_kit_path(), sql);
		put(seen, 3);
		read_all(text, sizeof(text));
		ck_assert_msg(strcmp(text, "a/one.example.com/10/") == 0, "%s: %s", rows[i], text);
	}
}
END_TEST

/* A row that a hand has damaged hides none of the others, in whatever page it is. */
START_TEST(all_pages_are_read_and_damaged_rows_left_out)
{
	char text[8];

	sqlite_kit_sql(sqlite_kit_path(),
		       "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
		       " WHERE i < 1000) INSERT INTO seen (user, name, time, client)"
		       " SELECT 'a', CASE i % 4 WHEN 0 THEN 'x..' || i WHEN 1 THEN"
		       " CAST(zeroblob(300) AS TEXT) || i ELSE 'h' || i || '.example.com' END,"
		       " CASE i % 4 WHEN 2 THEN -1 ELSE i END, 'nowhere' FROM n");
	ck_assert_uint_eq(read_all(text, sizeof(text)), 250);
}
END_TEST

static void add(Suite *s)
{
	TCase *tc = tcase_create("sqlite_seen");

	tcase_add_checked_fixture(tc, open_db, close_db);
	tcase_add_test(tc, what_is_put_is_read_and_the_last_stays);
	tcase_add_test(tc, of_an_account_that_is_gone_nothing_stays);
	tcase_add_test(tc, a_rename_takes_it_along);
	tcase_add_test(tc, of_a_host_that_left_its_account_nothing_stays);
	tcase_add_test(tc, a_host_whose_name_a_hand_has_written_is_there);
	tcase_add_test(tc, all_pages_are_read_and_damaged_rows_left_out);
	suite_add_tcase(s, tc);
}

int main(void)
{
	return sqlite_kit_run("sqlite_seen", add);
}
