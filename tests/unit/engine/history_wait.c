/* SPDX-License-Identifier: BSD-2-Clause
 * Which entries of the history go together, and in what order. */
#include "engine/history_wait.h"

#include <string.h>

#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"
#include "store/history.h"

enum { JANUARY_S = 1767225600, FEBRUARY_S = JANUARY_S + 31 * 86400 };

static struct history_wait *wait;
static struct history_entry batch[HISTORY_WRITE_MAX];

/* Of the host that the letter names, with a tag of one digit; a capital one is a change. */
static int add_at(const char *what, int64_t time_s)
{
	const char host[] = {what[0], '.', 'e', 'x', '\0'};
	struct history_entry e = {.time_s = time_s, .host = value_name(host), .user = {what[1]}};

	if (what[0] >= 'A' && what[0] <= 'Z')
		e.new = value_pair("192.0.2.1", NULL);
	return history_wait_add(wait, &e);
}

/* Words of add_at(). */
static void add(const char *words)
{
	for (; *words != '\0'; words += words[2] == ' ' ? 3 : 2)
		ck_assert_int_eq(add_at(words, JANUARY_S), 0);
}

/* The tags of the next batch. */
static void expect(const char *tags)
{
	char got[HISTORY_WRITE_MAX + 1] = "";
	size_t i, n = history_wait_begin(wait, batch);

	for (i = 0; i < n; i++)
		got[i] = batch[i].user[0];
	ck_assert_str_eq(got, tags);
}

static void open_wait(bool is_remote)
{
	ck_assert_int_eq(history_wait_new(is_remote, &wait), 0);
}

static void close_wait(void)
{
	history_wait_free(wait);
}

START_TEST(any_entries_go_together_on_the_spot)
{
	size_t i;

	open_wait(false);
	add("a1 b2 a3");
	expect("123");
	ck_assert_uint_eq(history_wait_count(wait), 3);
	history_wait_written(wait);
	ck_assert_uint_eq(history_wait_count(wait), 0);
	expect("");
	for (i = 0; i <= HISTORY_WRITE_MAX; i++)
		add("a1");
	ck_assert_uint_eq(history_wait_begin(wait, batch), HISTORY_WRITE_MAX);
	history_wait_written(wait);
	ck_assert_uint_eq(history_wait_begin(wait, batch), 1);
	close_wait();
}
END_TEST

START_TEST(a_remote_write_gathers_a_host_and_month_from_all)
{
	size_t i;

	open_wait(true);
	add("a1 b2 a3");
	ck_assert_int_eq(add_at("a4", FEBRUARY_S), 0);
	ck_assert_int_eq(add_at("a5", FEBRUARY_S - 1), 0);
	expect("135");
	history_wait_written(wait);
	expect("2");
	history_wait_written(wait);
	expect("4");
	history_wait_written(wait);
	for (i = 0; i <= HISTORY_BATCH_MAX; i++)
		add("a1");
	ck_assert_uint_eq(history_wait_begin(wait, batch), HISTORY_BATCH_MAX);
	close_wait();
}
END_TEST

START_TEST(what_comes_back_goes_next_or_last)
{
	open_wait(false);
	add("a1 b2");
	expect("12");
	add("c3");
	history_wait_again(wait, false);
	expect("123");
	history_wait_again(wait, true);
	expect("1");
	/* It has failed alone, but so might all others. */
	ck_assert(!history_wait_is_at_fault(wait));
	history_wait_postpone(wait);
	add("d4");
	expect("2");
	ck_assert(!history_wait_is_at_fault(wait));
	history_wait_written(wait);
	expect("3");
	history_wait_give_up(wait);
	expect("1");
	ck_assert(history_wait_is_at_fault(wait));
	history_wait_postpone(wait);
	expect("4");
	history_wait_postpone(wait);
	expect("1");
	ck_assert(!history_wait_is_at_fault(wait));
	close_wait();
}
END_TEST

START_TEST(a_host_that_is_put_off_stays_in_order)
{
	open_wait(true);
	add("a1 b2 a3");
	expect("13");
	add("a4 b5");
	history_wait_postpone(wait);
	expect("25");
	history_wait_written(wait);
	expect("134");
	close_wait();
}
END_TEST

START_TEST(a_full_month_takes_what_it_may_still_have_room_for)
{
	size_t n;

	open_wait(true);
	add("a1 A2 b3 a4");
	expect("124");
	history_wait_again(wait, true);
	expect("1");
	/* There was no change among them: for changes there may be room. */
	ck_assert(history_wait_full(wait, &n));
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(add_at("a5", JANUARY_S), ERR_LIMIT);
	ck_assert_int_eq(add_at("a6", FEBRUARY_S), 0);
	add("A7");
	expect("2");
	ck_assert(history_wait_full(wait, &n));
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(add_at("A8", JANUARY_S), ERR_LIMIT);
	expect("3");
	history_wait_written(wait);
	expect("6");
	close_wait();
}
END_TEST

START_TEST(a_full_month_is_news_once)
{
	size_t n;

	open_wait(true);
	add("A1 a2");
	expect("12");
	add("B3");
	ck_assert(history_wait_full(wait, &n));
	/* Before the other one is full, too: by chance it may have the same place. */
	ck_assert_int_eq(add_at("a4", JANUARY_S), ERR_LIMIT);
	/* It was on its way when that came out. */
	expect("3");
	ck_assert(history_wait_full(wait, &n));
	close_wait();
}
END_TEST

START_TEST(there_is_an_end_of_room_and_of_memory)
{
	const struct history_entry e = {.time_s = JANUARY_S, .host = value_name("a.ex")};
	struct history_wait *none;
	size_t i;
	int err, err_of_add;

	open_wait(false);
	fake_malloc_fail_from(1);
	err = history_wait_new(false, &none);
	err_of_add = history_wait_add(wait, &e);
	fake_malloc_off();
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert_int_eq(err_of_add, ERR_NOMEM);
	for (i = 0; i < HISTORY_WAIT_MAX; i++)
		add("a1");
	ck_assert_int_eq(add_at("a1", JANUARY_S), ERR_LIMIT);
	history_wait_begin(wait, batch);
	ck_assert_uint_eq(history_wait_clear(wait), HISTORY_WAIT_MAX);
	ck_assert_uint_eq(history_wait_count(wait), 0);
	close_wait();
	history_wait_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		any_entries_go_together_on_the_spot,
		a_remote_write_gathers_a_host_and_month_from_all,
		what_comes_back_goes_next_or_last,
		a_host_that_is_put_off_stays_in_order,
		a_full_month_takes_what_it_may_still_have_room_for,
		a_full_month_is_news_once,
		there_is_an_end_of_room_and_of_memory,
	};

	return unit_run("history_wait", tests, N_ELEMENTS(tests));
}
