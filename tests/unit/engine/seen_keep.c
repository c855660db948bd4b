/* SPDX-License-Identifier: BSD-2-Clause
 * With a store that does as the test says. */
#include "engine/seen_keep.h"

#include <string.h>

#include "base/err.h"
#include "engine/calls.h"
#include "engine/seen.h"
#include "kit/engine_kit.h"
#include "kit/fake_malloc.h"

static struct seen_keep *keep;
static bool keeps, is_closed;
static int begin_err;
static int n_handles, n_begun;
static unsigned n_troubles, n_puts, n_forgets, n_lists, n_read;
static size_t n_news, n_left, n_back; /* in memory; of the last put; put back */
static store_done_fn *done;
static store_seen_fn *each;
static void *arg;

void calls_add_handle(struct calls *c)
{
	(void)c;
	n_handles++;
}

void calls_drop_handle(struct calls *c)
{
	(void)c;
	n_handles--;
}

void calls_begin(struct calls *c)
{
	(void)c;
	n_begun++;
}

bool calls_end(struct calls *c)
{
	(void)c;
	n_begun--;
	return !is_closed;
}

void calls_trouble(struct calls *c, const char *verb, const char *user, int err,
		   const struct errinfo *why)
{
	(void)c;
	(void)verb;
	(void)why;
	KIT_CHECK(user == NULL && err != 0);
	n_troubles++;
}

bool store_keeps_seen(const struct store *s)
{
	(void)s;
	return keeps;
}

int store_put_seen(struct store *s, const struct store_seen *seen, size_t n, bool forgets,
		   store_done_fn *fn, void *fn_arg)
{
	(void)s;
	KIT_CHECK(seen != NULL && n > 0 && n <= SEEN_KEEP_AT_ONCE);
	n_puts++;
	n_forgets += forgets;
	done = fn;
	arg = fn_arg;
	return begin_err;
}

int store_list_seen(struct store *s, store_seen_fn *each_fn, store_done_fn *fn, void *fn_arg)
{
	(void)s;
	n_lists++;
	each = each_fn;
	done = fn;
	arg = fn_arg;
	return begin_err;
}

size_t seen_take_news(struct seen *s, struct store_seen *ret, size_t max)
{
	(void)s;
	(void)ret;
	n_left = n_news < max ? n_news : max;
	n_news -= n_left;
	return n_left;
}

void seen_put_back(struct seen *s, const struct store_seen *news, size_t n)
{
	(void)s;
	(void)news;
	n_back += n;
	n_news += n;
}

void seen_take_stored(struct seen *s, const struct store_seen *stored, int64_t now_s)
{
	(void)s;
	(void)stored;
	KIT_CHECK(now_s > 0);
	n_read++;
}

static void open_keep(bool has_place)
{
	kit_open();
	keeps = has_place;
	is_closed = false;
	begin_err = 0;
	n_handles = n_begun = 0;
	n_troubles = n_puts = n_forgets = n_lists = n_read = 0;
	n_news = n_left = n_back = 0;
	ck_assert_int_eq(seen_keep_new(&kit_loop, NULL, NULL, NULL, &keep), 0);
}

static void close_keep(void)
{
	seen_keep_close(keep);
	kit_close();
	ck_assert_int_eq(n_handles, 0);
	ck_assert_int_eq(n_begun, 0);
	seen_keep_free(keep);
}

START_TEST(what_an_earlier_process_left_is_read)
{
	int fails;

	for (fails = 0; fails < 2; fails++) {
		open_keep(true);
		seen_keep_start(keep);
		ck_assert_uint_eq(n_lists, 1);
		each(arg, NULL);
		each(arg, NULL);
		ck_assert_uint_eq(n_read, 2);
		done(arg, fails ? ERR_IO : 0, NULL);
		ck_assert_uint_eq(n_troubles, fails ? 1 : 0);
		close_keep();
	}
}
END_TEST

START_TEST(what_is_new_is_written_once_a_day)
{
	open_keep(true);
	seen_keep_start(keep);
	done(arg, 0, NULL);
	n_news = SEEN_KEEP_AT_ONCE + 3;
	kit_advance(SEEN_KEEP_MS - 1);
	ck_assert_uint_eq(n_puts, 0);
	kit_advance(1);
	ck_assert_uint_eq(n_puts, 1);
	ck_assert_uint_eq(n_left, SEEN_KEEP_AT_ONCE);
	done(arg, 0, NULL);
	ck_assert_uint_eq(n_puts, 2);
	ck_assert_uint_eq(n_left, 3);
	done(arg, 0, NULL);
	ck_assert_uint_eq(n_puts, 2);
	/* Those of accounts that are gone are looked for once. */
	ck_assert_uint_eq(n_forgets, 1);
	n_news = 1;
	kit_advance(SEEN_KEEP_MS);
	ck_assert_uint_eq(n_puts, 3);
	ck_assert_uint_eq(n_forgets, 2);
	done(arg, 0, NULL);
	close_keep();
}
END_TEST

static void fail_once(int begin)
{
	open_keep(true);
	seen_keep_start(keep);
	done(arg, 0, NULL);
	n_news = 3;
	begin_err = begin;
	kit_advance(SEEN_KEEP_MS);
	if (begin == 0)
		done(arg, ERR_IO, NULL);
	ck_assert_uint_eq(n_back, 3);
	ck_assert_uint_eq(n_troubles, 1);
	begin_err = 0;
	kit_advance(SEEN_KEEP_AGAIN_MS);
	ck_assert_uint_eq(n_puts, 2);
	ck_assert_uint_eq(n_forgets, 2);
	done(arg, 0, NULL);
	ck_assert_uint_eq(n_news, 0);
	close_keep();
}

START_TEST(what_the_store_did_not_take_is_written_an_hour_later)
{
	fail_once(0);
	fail_once(ERR_NOMEM);
}
END_TEST

START_TEST(the_stop_writes_to_the_end)
{
	open_keep(true);
	seen_keep_start(keep);
	done(arg, 0, NULL);
	n_news = SEEN_KEEP_AT_ONCE + 1;
	seen_keep_stop(keep);
	ck_assert_int_eq(n_begun, 1);
	done(arg, 0, NULL);
	ck_assert_int_eq(n_begun, 1);
	done(arg, 0, NULL);
	ck_assert_int_eq(n_begun, 0);
	ck_assert_uint_eq(n_puts, 2);
	close_keep();
}
END_TEST

START_TEST(after_the_end_nothing_is_touched)
{
	open_keep(true);
	seen_keep_start(keep);
	done(arg, 0, NULL);
	n_news = 2;
	seen_keep_stop(keep);
	is_closed = true;
	n_news = 2;
	done(arg, ERR_CANCELED, NULL);
	ck_assert_uint_eq(n_puts, 1);
	ck_assert_uint_eq(n_back, 0);
	close_keep();
}
END_TEST

START_TEST(a_store_without_a_place_is_left_alone)
{
	open_keep(false);
	seen_keep_start(keep);
	n_news = 2;
	kit_advance(SEEN_KEEP_MS);
	seen_keep_stop(keep);
	ck_assert_uint_eq(n_lists + n_puts, 0);
	close_keep();
}
END_TEST

START_TEST(without_memory_there_is_none)
{
	size_t n;
	int err;

	kit_open();
	keeps = true;
	is_closed = false;
	n_handles = n_begun = 0;
	for (n = 1;; n++) {
		fake_malloc_fail_at(n);
		err = seen_keep_new(&kit_loop, NULL, NULL, NULL, &keep);
		if (!fake_malloc_off())
			break;
		ck_assert_int_eq(err, ERR_NOMEM);
		ck_assert_int_eq(n_handles, 0);
	}
	ck_assert_uint_eq(n, 3);
	close_keep();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_an_earlier_process_left_is_read,
		what_is_new_is_written_once_a_day,
		what_the_store_did_not_take_is_written_an_hour_later,
		the_stop_writes_to_the_end,
		after_the_end_nothing_is_touched,
		a_store_without_a_place_is_left_alone,
		without_memory_there_is_none,
	};

	return unit_run("seen_keep", tests, N_ELEMENTS(tests));
}
