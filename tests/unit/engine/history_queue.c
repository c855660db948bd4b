/* SPDX-License-Identifier: BSD-2-Clause
 * The queue of the history, with a store that answers as the test says. */
#include "engine/history_queue.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/metric.h"
#include "engine/history_wait.h"
#include "kit/engine_kit.h"
#include "kit/fake_calls.h"
#include "kit/fake_malloc.h"
#include "kit/log_kit.h"
#include "store/history.h"
#include "store/store.h"

enum { KEEP_S = 86400, JANUARY_S = 1767225600 }; /* 2026-01-01 */

static struct history *history;
static unsigned n_verbs;

static void on_verb(const char *verb)
{
	(void)verb;
	n_verbs++;
}

static void open_history(enum history_mode mode, bool is_remote, bool prunes)
{
	const struct history_conf conf = {mode, KEEP_S, is_remote, prunes};

	kit_open();
	n_verbs = 0;
	fake_calls_reset(on_verb);
	ck_assert_int_eq(history_new(&kit_loop, NULL, &conf, &history), 0);
	ck_assert_int_eq(fake_calls.n_handles, 2);
}

static void close_history(void)
{
	history_close(history);
	kit_close();
	ck_assert_int_eq(fake_calls.n_handles, 0);
	history_free(history);
}

static void add(const char *host, int64_t time_s)
{
	const struct history_entry e = {.host = value_name(host), .time_s = time_s};

	history_add(history, &e);
}

static void expect_asked(size_t n, const char *first)
{
	ck_assert_ptr_nonnull(fake_calls.call);
	ck_assert_uint_eq(fake_calls.n_entries, n);
	ck_assert_str_eq(fake_calls.entries[0].host.text, first);
	ck_assert_int_eq(fake_calls.keep_s, KEEP_S);
}

static int64_t counted(enum metric m)
{
	static int64_t before[METRIC_COUNT];
	int64_t now = metric_get(m), by = now - before[m];

	before[m] = now;
	return by;
}

START_TEST(entries_go_together_behind_the_answers)
{
	open_history(HISTORY_CHANGES, false, false);
	counted(METRIC_HISTORY_WRITTEN);
	ck_assert(history_is_idle(history));
	add("a.example.com", JANUARY_S);
	add("b.example.com", JANUARY_S + 90 * 86400);
	ck_assert_uint_eq(n_verbs, 0);
	ck_assert_int_eq(metric_get(METRIC_HISTORY_WAITING), 2);
	kit_advance(HISTORY_FLUSH_MS - 1);
	ck_assert_uint_eq(n_verbs, 0);
	kit_advance(1);
	expect_asked(2, "a.example.com");
	/* Meanwhile. */
	add("c.example.com", JANUARY_S);
	kit_advance(10 * HISTORY_FLUSH_MS);
	ck_assert_uint_eq(n_verbs, 1);
	ck_assert(!history_is_idle(history));
	fake_calls_done(0);
	ck_assert_int_eq(counted(METRIC_HISTORY_WRITTEN), 2);
	expect_asked(1, "c.example.com");
	fake_calls_done(0);
	ck_assert(history_is_idle(history));
	ck_assert_int_eq(metric_get(METRIC_HISTORY_WAITING), 0);
	close_history();
}
END_TEST

START_TEST(a_remote_store_gets_one_host_and_month_at_a_time)
{
	open_history(HISTORY_CHANGES, true, false);
	add("a.example.com", JANUARY_S);
	add("a.example.com", JANUARY_S + 31 * 86400 - 1);
	add("a.example.com", JANUARY_S + 31 * 86400);
	add("b.example.com", JANUARY_S + 31 * 86400);
	kit_advance(HISTORY_FLUSH_MS);
	expect_asked(2, "a.example.com");
	fake_calls_done(0);
	expect_asked(1, "a.example.com");
	fake_calls_done(0);
	expect_asked(1, "b.example.com");
	fake_calls_done(0);
	ck_assert_ptr_null(fake_calls.call);
	close_history();
}
END_TEST

START_TEST(what_cannot_be_written_is_tried_again)
{
	open_history(HISTORY_CHANGES, false, false);
	capture();
	add("a.example.com", JANUARY_S);
	kit_advance(HISTORY_FLUSH_MS);
	fake_calls_done(ERR_UNAVAILABLE);
	add("b.example.com", JANUARY_S);
	kit_advance(HISTORY_RETRY_MS - 1);
	ck_assert_ptr_null(fake_calls.call);
	/* Nor can the next one be begun. */
	fake_calls.begin_err = ERR_NOMEM;
	kit_advance(1);
	ck_assert_uint_eq(n_verbs, 2);
	fake_calls.begin_err = 0;
	kit_advance(HISTORY_RETRY_MS);
	expect_asked(2, "a.example.com");
	fake_calls_done(0);
	ck_assert_ptr_nonnull(strstr(captured(), "the history of hosts cannot be written"));
	close_history();
}
END_TEST

START_TEST(a_queue_that_is_full_takes_no_more)
{
	size_t i;

	open_history(HISTORY_CHANGES, false, false);
	counted(METRIC_HISTORY_DROPPED);
	for (i = 0; i < HISTORY_WAIT_MAX + 3; i++)
		add(i == 0 ? "first.example.com" : "a.example.com", JANUARY_S);
	ck_assert_int_eq(counted(METRIC_HISTORY_DROPPED), 3);
	ck_assert_int_eq(metric_get(METRIC_HISTORY_WAITING), HISTORY_WAIT_MAX);
	kit_advance(HISTORY_FLUSH_MS);
	expect_asked(HISTORY_WRITE_MAX, "first.example.com");
	fake_calls_done(0);
	expect_asked(HISTORY_WRITE_MAX, "a.example.com");
	fake_calls_take();
	close_history();
}
END_TEST

START_TEST(what_fails_for_a_reason_of_its_own_is_dropped)
{
	open_history(HISTORY_CHANGES, false, false);
	counted(METRIC_HISTORY_DROPPED);
	capture();
	add("a.example.com", JANUARY_S);
	add("bad.example.com", JANUARY_S);
	add("c.example.com", JANUARY_S);
	kit_advance(HISTORY_FLUSH_MS);
	expect_asked(3, "a.example.com");
	/* Each by itself. */
	fake_calls_done(ERR_IO);
	expect_asked(1, "a.example.com");
	fake_calls_done(0);
	expect_asked(1, "bad.example.com");
	fake_calls_done(ERR_IO);
	expect_asked(1, "c.example.com");
	fake_calls_done(0);
	/* Another one was written meanwhile: it is not the store. */
	expect_asked(1, "bad.example.com");
	ck_assert_int_eq(counted(METRIC_HISTORY_DROPPED), 0);
	fake_calls_done(ERR_IO);
	ck_assert_int_eq(counted(METRIC_HISTORY_DROPPED), 1);
	ck_assert(history_is_idle(history));
	ck_assert_ptr_nonnull(strstr(captured(), "an entry of the history of hosts is dropped "
						 "host=bad.example.com"));
	/* A full disk is: nothing is lost. */
	add("a.example.com", JANUARY_S);
	add("b.example.com", JANUARY_S);
	kit_advance(HISTORY_FLUSH_MS);
	fake_calls_done(ERR_IO);
	fake_calls_done(ERR_IO);
	fake_calls_done(ERR_IO);
	fake_calls_done(ERR_IO);
	ck_assert_ptr_null(fake_calls.call);
	kit_advance(HISTORY_RETRY_MS);
	expect_asked(1, "b.example.com");
	fake_calls_done(0);
	expect_asked(1, "a.example.com");
	fake_calls_done(0);
	ck_assert_int_eq(counted(METRIC_HISTORY_DROPPED), 0);
	close_history();
}
END_TEST

START_TEST(what_the_service_refuses_is_told_and_dropped)
{
	open_history(HISTORY_CHANGES, true, false);
	counted(METRIC_HISTORY_DROPPED);
	capture();
	add("a.example.com", JANUARY_S);
	add("a.example.com", JANUARY_S);
	kit_advance(HISTORY_FLUSH_MS);
	expect_asked(2, "a.example.com");
	fake_calls_done(ERR_REFUSED);
	expect_asked(1, "a.example.com");
	fake_calls_done(ERR_REFUSED);
	expect_asked(1, "a.example.com");
	fake_calls_done(0);
	ck_assert_int_eq(counted(METRIC_HISTORY_DROPPED), 1);
	ck_assert_ptr_nonnull(strstr(captured(), "an entry of the history of hosts is dropped "
						 "host=a.example.com why="));
	close_history();
}
END_TEST

START_TEST(a_host_that_is_throttled_holds_up_no_other)
{
	open_history(HISTORY_CHANGES, true, false);
	capture();
	add("a.example.com", JANUARY_S);
	add("b.example.com", JANUARY_S);
	add("a.example.com", JANUARY_S + 1);
	kit_advance(HISTORY_FLUSH_MS);
	expect_asked(2, "a.example.com");
	add("a.example.com", JANUARY_S + 2);
	fake_calls_done(ERR_THROTTLED);
	expect_asked(1, "b.example.com");
	fake_calls_done(0);
	expect_asked(3, "a.example.com");
	ck_assert_int_eq(fake_calls.entries[2].time_s, JANUARY_S + 2);
	/* All of them are: then it rests. */
	fake_calls_done(ERR_THROTTLED);
	fake_calls_done(ERR_THROTTLED);
	fake_calls_done(ERR_THROTTLED);
	ck_assert_ptr_null(fake_calls.call);
	kit_advance(HISTORY_RETRY_MS);
	fake_calls_done(0);
	ck_assert(history_is_idle(history));
	captured();
	close_history();
}
END_TEST

START_TEST(a_full_month_is_told_once_and_asked_for_no_more)
{
	const char *said;

	open_history(HISTORY_CHANGES, true, false);
	counted(METRIC_HISTORY_DROPPED);
	capture();
	add("a.example.com", JANUARY_S);
	add("b.example.com", JANUARY_S);
	kit_advance(HISTORY_FLUSH_MS);
	add("a.example.com", JANUARY_S);
	fake_calls_done(ERR_LIMIT);
	ck_assert_int_eq(counted(METRIC_HISTORY_DROPPED), 2);
	expect_asked(1, "b.example.com");
	fake_calls_done(0);
	add("a.example.com", JANUARY_S);
	ck_assert(history_is_idle(history));
	ck_assert_int_eq(counted(METRIC_HISTORY_DROPPED), 1);
	said = strstr(captured(), "the history of a host is full until the month ends "
				  "host=a.example.com");
	ck_assert_ptr_nonnull(said);
	ck_assert_ptr_null(strstr(said + 1, "the history of a host"));
	/* February. */
	add("a.example.com", JANUARY_S + 40 * 86400);
	kit_advance(HISTORY_FLUSH_MS);
	expect_asked(1, "a.example.com");
	fake_calls_done(0);
	close_history();
}
END_TEST

START_TEST(a_store_that_denies_it_is_left_alone)
{
	const char *said;

	open_history(HISTORY_CHANGES, true, false);
	counted(METRIC_HISTORY_DENIED);
	capture();
	add("a.example.com", JANUARY_S);
	add("b.example.com", JANUARY_S);
	kit_advance(HISTORY_FLUSH_MS);
	fake_calls_done(ERR_DENIED);
	ck_assert_int_eq(counted(METRIC_HISTORY_DENIED), 2);
	ck_assert(history_is_idle(history));
	ck_assert(!history_wants(history, HISTORY_CHANGES));
	kit_advance(HISTORY_DENIED_MS);
	ck_assert(history_wants(history, HISTORY_CHANGES));
	add("a.example.com", JANUARY_S);
	kit_advance(HISTORY_FLUSH_MS);
	fake_calls_done(ERR_DENIED);
	said = strstr(captured(), "no history is kept");
	ck_assert_ptr_nonnull(said);
	ck_assert_ptr_null(strstr(said + 1, "no history is kept"));
	/* Somebody mended the policy, and broke it again: that is news. */
	capture();
	kit_advance(HISTORY_DENIED_MS);
	add("a.example.com", JANUARY_S);
	kit_advance(HISTORY_FLUSH_MS);
	fake_calls_done(0);
	add("a.example.com", JANUARY_S);
	kit_advance(HISTORY_FLUSH_MS);
	fake_calls_done(ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(captured(), "no history is kept"));
	close_history();
}
END_TEST

START_TEST(a_stop_writes_what_waits)
{
	open_history(HISTORY_CHANGES, false, true);
	capture();
	add("a.example.com", JANUARY_S);
	history_stop(history);
	expect_asked(1, "a.example.com");
	add("b.example.com", JANUARY_S);
	ck_assert(!history_is_idle(history));
	fake_calls_done(0);
	expect_asked(1, "b.example.com");
	/* Until it is closed. */
	fake_calls_done(ERR_TIMEOUT);
	add("d.example.com", JANUARY_S);
	ck_assert_ptr_null(fake_calls.call);
	kit_advance(HISTORY_STOP_RETRY_MS);
	expect_asked(2, "b.example.com");
	fake_calls_done(0);
	ck_assert(history_is_idle(history));
	/* What comes then is written at once, too. */
	add("c.example.com", JANUARY_S);
	expect_asked(1, "c.example.com");
	fake_calls_done(0);
	/* What fails alone has no second chance. */
	add("a.example.com", JANUARY_S);
	counted(METRIC_HISTORY_DROPPED);
	fake_calls_done(ERR_IO);
	ck_assert_int_eq(counted(METRIC_HISTORY_DROPPED), 1);
	ck_assert(history_is_idle(history));
	kit_advance(HISTORY_PRUNE_FIRST_MS);
	ck_assert_uint_eq(n_verbs, 5);
	captured();
	close_history();
}
END_TEST

START_TEST(what_is_old_is_removed_bite_by_bite)
{
	open_history(HISTORY_NONE, false, true);
	capture();
	ck_assert(!history_wants(history, HISTORY_CHANGES));
	kit_advance(HISTORY_PRUNE_FIRST_MS);
	ck_assert_ptr_nonnull(fake_calls.call);
	ck_assert_int_lt(fake_calls.before_s, INT64_MAX);
	/* None is kept any more: no entry tells whether the clock is right. */
	ck_assert_int_eq(fake_calls.newest_s, 0);
	fake_calls_decided(0, true);
	kit_advance(HISTORY_PRUNE_NEXT_MS);
	fake_calls_decided(0, false);
	kit_advance(HISTORY_PRUNE_MS - 1);
	ck_assert_ptr_null(fake_calls.call);
	kit_advance(1);
	fake_calls_decided(ERR_IO, false);
	fake_calls.begin_err = ERR_NOMEM;
	kit_advance(HISTORY_PRUNE_MS);
	fake_calls.begin_err = 0;
	kit_advance(HISTORY_PRUNE_MS);
	fake_calls_decided(0, false);
	ck_assert_ptr_nonnull(
		strstr(captured(), "what is old in the history of hosts cannot be removed"));
	close_history();
}
END_TEST

START_TEST(nothing_is_removed_on_the_word_of_the_clock_alone)
{
	open_history(HISTORY_CHANGES, false, true);
	kit_advance(HISTORY_PRUNE_FIRST_MS);
	ck_assert_int_eq(fake_calls.newest_s, fake_calls.before_s);
	fake_calls_decided(0, false);
	close_history();
}
END_TEST

START_TEST(attempts_are_taken_once_a_minute)
{
	const struct fqdn a = value_name("a.example.com"), b = value_name("b.example.com");
	const int64_t now_ms = 1000000;

	open_history(HISTORY_ATTEMPTS, false, false);
	counted(METRIC_HISTORY_LIMITED);
	ck_assert(history_wants(history, HISTORY_ATTEMPTS));
	ck_assert(history_takes_attempt(history, &a, "nochg", now_ms));
	ck_assert(!history_takes_attempt(history, &a, "nochg", now_ms + HISTORY_ATTEMPT_MS - 1));
	ck_assert_int_eq(counted(METRIC_HISTORY_LIMITED), 1);
	ck_assert(history_takes_attempt(history, &a, "dnserr", now_ms));
	ck_assert(history_takes_attempt(history, &b, "nochg", now_ms));
	ck_assert(history_takes_attempt(history, &a, "nochg", now_ms + HISTORY_ATTEMPT_MS));
	close_history();
}
END_TEST

START_TEST(a_store_without_a_history_has_no_queue)
{
	static const struct store_history_ops keeps = {.add = NULL};
	struct store_ops ops = {.is_remote = true};
	const struct store store = {&ops};
	struct history *opened = history;

	kit_open();
	fake_calls_reset(NULL);
	ck_assert_int_eq(history_open(&kit_loop, &store, NULL, HISTORY_CHANGES, KEEP_S, &opened),
			 0);
	ck_assert_ptr_null(opened);
	ops.history = &keeps;
	ck_assert_int_eq(history_open(&kit_loop, &store, NULL, HISTORY_CHANGES, KEEP_S, &history),
			 0);
	ck_assert(history_wants(history, HISTORY_CHANGES));
	ck_assert(!history_wants(history, HISTORY_ATTEMPTS));
	close_history();
}
END_TEST

START_TEST(without_memory_entries_are_dropped)
{
	const struct history_conf conf = {HISTORY_CHANGES, KEEP_S, false, false};
	const struct history_entry e = {.host = value_name("a.example.com")};
	struct history *none;
	int err, err_of_wait;

	open_history(HISTORY_CHANGES, false, false);
	counted(METRIC_HISTORY_DROPPED);
	fake_malloc_fail_at(2);
	err_of_wait = history_new(&kit_loop, NULL, &conf, &none);
	fake_malloc_fail_from(1);
	err = history_new(&kit_loop, NULL, &conf, &none);
	history_add(history, &e);
	fake_malloc_off();
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert_int_eq(err_of_wait, ERR_NOMEM);
	ck_assert_int_eq(counted(METRIC_HISTORY_DROPPED), 1);
	ck_assert(history_is_idle(history));
	close_history();
	ck_assert(history_is_idle(NULL) && !history_wants(NULL, HISTORY_CHANGES));
	history_stop(NULL);
	history_close(NULL);
	history_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		entries_go_together_behind_the_answers,
		a_remote_store_gets_one_host_and_month_at_a_time,
		what_cannot_be_written_is_tried_again,
		a_queue_that_is_full_takes_no_more,
		a_store_that_denies_it_is_left_alone,
		a_stop_writes_what_waits,
		what_fails_for_a_reason_of_its_own_is_dropped,
		what_the_service_refuses_is_told_and_dropped,
		a_host_that_is_throttled_holds_up_no_other,
		a_full_month_is_told_once_and_asked_for_no_more,
		what_is_old_is_removed_bite_by_bite,
		nothing_is_removed_on_the_word_of_the_clock_alone,
		attempts_are_taken_once_a_minute,
		a_store_without_a_history_has_no_queue,
		without_memory_entries_are_dropped,
	};

	return unit_run("history_queue", tests, N_ELEMENTS(tests));
}
