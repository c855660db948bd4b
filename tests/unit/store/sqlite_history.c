/* SPDX-License-Identifier: BSD-2-Clause
 * What happened to hosts, in SQLite: through the verbs, and as another hand finds it. */
#include "store/sqlite_history.h"

#include <stdio.h>
#include <string.h>

#include "kit/sqlite_kit.h"
#include "kit/unit.h"
#include "store/history.h"

/* What a read told. */
struct told {
	struct store_kit_answer answer;
	bool is_so;
	size_t n;
	struct history_entry entries[8]; /* the first ones */
};

static void on_history(void *arg, int err, const struct history_entry *entries, size_t n,
		       const struct errinfo *why)
{
	struct told *told = arg;

	told->n = n;
	if (n > 0)
		memcpy(told->entries, entries,
		       (n < N_ELEMENTS(told->entries) ? n : N_ELEMENTS(told->entries)) *
			       sizeof(*entries));
	store_kit_take(&told->answer, err, why);
}

static void on_decided(void *arg, int err, bool is_so, const struct errinfo *why)
{
	struct told *told = arg;

	told->is_so = is_so;
	store_kit_take(&told->answer, err, why);
}

static struct history_entry entry(const char *host, int64_t time_s, const char *old,
				  const char *new)
{
	struct history_entry e = {
		.time_s = time_s,
		.host = value_name(host),
		.user = "bob",
		.old = value_pair(old, NULL),
		.new = value_pair(new, "2001:db8::1"),
		.from = value_addr("198.51.100.7"),
		.verdict = "good",
		.agent = "router/1 \"x\"",
	};

	return e;
}

static int add_entries(const struct history_entry *entries, size_t n)
{
	struct store_kit_answer a = {0};
	int started = store_add_history(store_kit.store, entries, n, 86400, store_kit_on_done, &a);

	return store_kit_finish(started, &a);
}

static void add_one(const char *host, int64_t time_s, const char *old, const char *new)
{
	const struct history_entry e = entry(host, time_s, old, new);

	ck_assert_int_eq(add_entries(&e, 1), 0);
}

static struct told read_host(const char *host, int64_t since_s, size_t max)
{
	const struct fqdn name = value_name(host);
	struct told told = {.n = 99};

	ck_assert_int_eq(store_kit_finish(store_read_history(store_kit.store, &name, since_s, 5000,
							     max, on_history, &told),
					  &told.answer),
			 0);
	return told;
}

static bool prune_known(int64_t before_s, int64_t newest_s)
{
	struct told told = {.n = 0};

	ck_assert_int_eq(store_kit_finish(store_prune_history(store_kit.store, before_s, newest_s,
							      on_decided, &told),
					  &told.answer),
			 0);
	return told.is_so;
}

static bool prune(int64_t before_s)
{
	return prune_known(before_s, before_s);
}

START_TEST(what_was_added_is_read_as_it_was)
{
	const struct history_entry want = entry("a.example.com", 1000, "192.0.2.1", "192.0.2.2");
	struct told told;

	ck_assert(store_has_history(store_kit.store) && store_has_pruning(store_kit.store));
	ck_assert_int_eq(add_entries(&want, 1), 0);
	told = read_host("a.example.com", 0, 10);
	ck_assert_uint_eq(told.n, 1);
	ck_assert_int_eq(told.entries[0].time_s, 1000);
	ck_assert_str_eq(told.entries[0].host.text, "a.example.com");
	ck_assert_str_eq(told.entries[0].user, "bob");
	ck_assert(addr_pair_equal(&told.entries[0].old, &want.old));
	ck_assert(addr_pair_equal(&told.entries[0].new, &want.new));
	ck_assert(addr_equal(&told.entries[0].from, &want.from));
	ck_assert_str_eq(told.entries[0].verdict, "good");
	ck_assert_str_eq(told.entries[0].agent, "router/1 \"x\"");
	ck_assert_uint_eq(read_host("b.example.com", 0, 10).n, 0);
}
END_TEST

START_TEST(the_newest_are_read_and_come_last)
{
	struct told told;

	add_one("a.example.com", 1000, NULL, "192.0.2.1");
	add_one("b.example.com", 1500, NULL, "192.0.2.9");
	add_one("a.example.com", 2000, "192.0.2.1", "192.0.2.2");
	add_one("a.example.com", 3000, "192.0.2.2", "192.0.2.3");
	told = read_host("a.example.com", 0, 2);
	ck_assert_uint_eq(told.n, 2);
	ck_assert_int_eq(told.entries[0].time_s, 2000);
	ck_assert_int_eq(told.entries[1].time_s, 3000);
	ck_assert_uint_eq(read_host("a.example.com", 2500, 10).n, 1);
}
END_TEST

START_TEST(it_outlives_the_account_and_the_process)
{
	store_kit_create("bob", "a.example.com", NULL);
	add_one("a.example.com", 1000, NULL, "192.0.2.1");
	ck_assert_int_eq(store_kit_remove("bob"), 0);
	store_kit_close_all();
	store_kit.store = store_kit_open(false);
	ck_assert_uint_eq(read_host("a.example.com", 0, 10).n, 1);
}
END_TEST

START_TEST(what_is_old_goes_in_small_bites)
{
	char sql[512];

	add_one("a.example.com", 5000, NULL, "192.0.2.1");
	snprintf(sql, sizeof(sql),
		 "WITH RECURSIVE t (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < %d)"
		 " INSERT INTO history (host, nr, time, user) SELECT 'b.example.com', i, i %% 7,"
		 " 'bob' FROM t",
		 HISTORY_PRUNE_MAX + 1);
	sqlite_kit_sql(sqlite_kit_path(), sql);
	ck_assert(prune(1000));
	ck_assert_uint_eq(read_host("b.example.com", 0, 10).n, 1);
	ck_assert(!prune(1000));
	ck_assert_uint_eq(read_host("b.example.com", 0, 10).n, 0);
	ck_assert_uint_eq(read_host("a.example.com", 0, 10).n, 1);
}
END_TEST

/* As of a machine that boots years ahead. */
START_TEST(a_clock_that_is_ahead_removes_nothing)
{
	add_one("a.example.com", 4000, NULL, "192.0.2.1");
	add_one("b.example.com", 5000, NULL, "192.0.2.1");
	ck_assert(!prune(5001));
	ck_assert_uint_eq(read_host("a.example.com", 0, 10).n, 1);
	prune(5000);
	ck_assert_uint_eq(read_host("a.example.com", 0, 10).n, 0);
	ck_assert_uint_eq(read_host("b.example.com", 0, 10).n, 1);
	/* Where none is kept any more, the last ones go, too. */
	prune_known(5001, 0);
	ck_assert_uint_eq(read_host("b.example.com", 0, 10).n, 0);
}
END_TEST

/* --- behind the updates --- */

/* Answers that came, in order: 'u' of an update, 'h' of the history. */
static char came[64];
static size_t n_came;

static void note(char what)
{
	ck_assert_uint_lt(n_came, sizeof(came) - 1);
	came[n_came++] = what;
	came[n_came] = '\0';
}

static void on_update(void *arg, int err, const struct errinfo *why)
{
	note('u');
	store_kit_take(arg, err, why);
}

static void on_behind(void *arg, int err, const struct errinfo *why)
{
	note('h');
	store_kit_take(arg, err, why);
}

static void on_pruned(void *arg, int err, bool is_more, const struct errinfo *why)
{
	(void)is_more;
	on_behind(arg, err, why);
}

static void begin_behind(void)
{
	store_kit_create("bob", "a.example.com", NULL);
	n_came = 0;
}

/* As a full disk does, RAISE(ROLLBACK) gives the whole transaction up. */
START_TEST(a_history_that_cannot_be_written_fails_no_update)
{
	static const char *const causes[] = {
		"CREATE TRIGGER full BEFORE INSERT ON history BEGIN SELECT RAISE(ROLLBACK, 'full');"
		" END",
		"CREATE TRIGGER full BEFORE DELETE ON history BEGIN SELECT RAISE(ROLLBACK, 'full');"
		" END",
	};
	const struct history_entry e = entry("a.example.com", 1000, NULL, "192.0.2.1");
	struct store_intent intent = store_kit_intent("a.example.com", 0, "192.0.2.2", NULL);
	struct store_kit_answer a[3] = {{0}};

	begin_behind();
	add_one("a.example.com", 1, NULL, "192.0.2.1");
	sqlite_kit_sql(sqlite_kit_path(), causes[_i]);
	ck_assert_int_eq(store_add_history(store_kit.store, &e, 1, 1, on_behind, &a[0]), 0);
	ck_assert_int_eq(store_intend(store_kit.store, "bob", &intent, 1, on_update, &a[1]), 0);
	ck_assert_int_eq(store_prune_history(store_kit.store, 5, 0, on_pruned, &a[2]), 0);
	store_kit_await(a, N_ELEMENTS(a));
	ck_assert_str_eq(came, "uhh");
	ck_assert_msg(a[1].err == 0, "%s", a[1].text);
	ck_assert_int_eq(a[0].err, _i == 0 ? ERR_IO : 0);
	ck_assert_int_eq(a[2].err, _i == 0 ? 0 : ERR_IO);
	store_kit_assert_state("bob", "a.example.com", 1, 0, value_pair("192.0.2.2", NULL));
}
END_TEST

static struct store_kit_answer chained;

/* Another update waits whenever the store has time. */
static void on_chained(void *arg, int err, const struct errinfo *why)
{
	uint64_t *seq = arg;
	struct store_intent intent = store_kit_intent("a.example.com", ++*seq, NULL, NULL);

	ck_assert_msg(err == 0, "%s", why != NULL ? why->text : "");
	note('u');
	intent.expect.want = intent.want = value_pair("192.0.2.2", NULL);
	if (*seq < 40)
		ck_assert_int_eq(store_intend(store_kit.store, "bob", &intent, 1, on_chained, seq),
				 0);
	else
		store_kit_take(&chained, err, why);
}

START_TEST(updates_without_end_do_not_keep_it_out)
{
	const struct history_entry e = entry("a.example.com", 1000, NULL, "192.0.2.1");
	struct store_intent first = store_kit_intent("a.example.com", 0, "192.0.2.2", NULL);
	struct store_kit_answer a = {0};
	uint64_t seq = 0;

	begin_behind();
	chained = (struct store_kit_answer){0};
	ck_assert_int_eq(store_intend(store_kit.store, "bob", &first, 1, on_chained, &seq), 0);
	ck_assert_int_eq(store_add_history(store_kit.store, &e, 1, 1, on_behind, &a), 0);
	store_kit_await(&a, 1);
	store_kit_await(&chained, 1);
	/* Not at once, nor when all of them are through. */
	ck_assert_str_eq(came, "uuuuhuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu");
}
END_TEST

START_TEST(a_close_leaves_none_unanswered)
{
	const struct history_entry e = entry("a.example.com", 1000, NULL, "192.0.2.1");
	struct store_kit_answer a[2] = {{0}};

	begin_behind();
	ck_assert_int_eq(store_add_history(store_kit.store, &e, 1, 1, on_behind, &a[0]), 0);
	ck_assert_int_eq(store_add_history(store_kit.store, &e, 1, 1, on_behind, &a[1]), 0);
	store_kit_close_all();
	store_kit_await(a, N_ELEMENTS(a));
	ck_assert_int_eq(a[1].err, ERR_CANCELED);
}
END_TEST

START_TEST(one_host_cannot_fill_the_disk)
{
	char sql[512];
	struct told told;

	snprintf(sql, sizeof(sql),
		 "WITH RECURSIVE t (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < %d)"
		 " INSERT INTO history (host, nr, time, user) SELECT 'a.example.com', i, i, 'bob'"
		 " FROM t",
		 HISTORY_HOST_MAX);
	sqlite_kit_sql(sqlite_kit_path(), sql);
	add_one("a.example.com", 20000, NULL, "192.0.2.1");
	told = read_host("a.example.com", 0, HISTORY_READ_MAX + 1000);
	ck_assert_uint_eq(told.n, HISTORY_HOST_MAX);
	ck_assert_int_eq(told.entries[0].time_s, 2);
}
END_TEST

START_TEST(rows_that_a_hand_wrote_are_read_as_far_as_they_can_be)
{
	struct told told;

	sqlite_kit_sql(sqlite_kit_path(),
		       "INSERT INTO history (host, nr, time, user, old_v4, v6, asked_from,"
		       " agent)"
		       " VALUES ('a.example.com', 7, 5, '" /* longer than any login */
		       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		       "', 'nonsense', '2001:db8::9', '', 'line' || char(10) || 'end')");
	told = read_host("a.example.com", 0, 10);
	ck_assert_uint_eq(told.n, 1);
	ck_assert_uint_eq(strlen(told.entries[0].user), ACCOUNT_USER_MAX);
	ck_assert_str_eq(told.entries[0].agent, "line?end");
	ck_assert(!addr_is_set(&told.entries[0].old.v4));
	ck_assert(addr_is_set(&told.entries[0].new.v6));
	add_one("a.example.com", 6, NULL, "192.0.2.1");
	ck_assert_uint_eq(read_host("a.example.com", 0, 10).n, 2);
}
END_TEST

START_TEST(a_store_of_before_gets_its_table)
{
	store_kit_create("bob", "a.example.com", NULL);
	store_kit_close_all();
	sqlite_kit_sql(sqlite_kit_path(), "DROP TABLE history");
	store_kit.store = store_kit_open(false);
	ck_assert_uint_eq(read_host("a.example.com", 0, 10).n, 0);
	add_one("a.example.com", 1000, NULL, "192.0.2.1");
	ck_assert_uint_eq(read_host("a.example.com", 0, 10).n, 1);
}
END_TEST

START_TEST(our_own_entries_are_no_news_of_another_process)
{
	const uint64_t before = store_kit_version(store_kit.store);

	add_one("a.example.com", 1000, NULL, "192.0.2.1");
	ck_assert_uint_eq(store_kit_version(store_kit.store), before);
}
END_TEST

static void add(Suite *s)
{
	TCase *tc;

	store_kit.subject = &sqlite_kit_subject;
	tc = store_kit_case(s, "history");
	tcase_add_test(tc, what_was_added_is_read_as_it_was);
	tcase_add_test(tc, the_newest_are_read_and_come_last);
	tcase_add_test(tc, it_outlives_the_account_and_the_process);
	tcase_add_test(tc, what_is_old_goes_in_small_bites);
	tcase_add_test(tc, a_clock_that_is_ahead_removes_nothing);
	tcase_add_loop_test(tc, a_history_that_cannot_be_written_fails_no_update, 0, 2);
	tcase_add_test(tc, updates_without_end_do_not_keep_it_out);
	tcase_add_test(tc, a_close_leaves_none_unanswered);
	tcase_add_test(tc, one_host_cannot_fill_the_disk);
	tcase_add_test(tc, rows_that_a_hand_wrote_are_read_as_far_as_they_can_be);
	tcase_add_test(tc, a_store_of_before_gets_its_table);
	tcase_add_test(tc, our_own_entries_are_no_news_of_another_process);
}

int main(void)
{
	return sqlite_kit_run("sqlite_history", add);
}
