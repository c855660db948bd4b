/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/store_watch.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "kit/engine_kit.h"
#include "kit/fake_malloc.h"
#include "store/store.h"

/* A store that keeps the question. */
static struct store store;
static int begin_err;
static unsigned n_asked;
static store_lookup_fn *found;
static void *found_arg;

static struct store_watch *watch;
static unsigned n_looked, n_recovered;
static int looked_err;
static char looked_why[ERR_TEXT_MAX];

static int fake_lookup(struct store *s, const char *user, store_lookup_fn *f, void *arg)
{
	(void)s;
	KIT_CHECK(strcmp(user, "mooring") == 0 && found == NULL);
	n_asked++;
	if (begin_err != 0)
		return begin_err;
	found = f;
	found_arg = arg;
	return 0;
}

static const struct store_ops ops = {.name = "fake", .lookup = fake_lookup};

static void answer(int err)
{
	store_lookup_fn *f = found;
	struct errinfo why = ERRINFO_INIT;
	struct account *account = NULL;

	ck_assert_ptr_nonnull(f);
	found = NULL;
	if (err == 0)
		ck_assert_int_eq(account_new(slice_of("mooring"), &account, NULL), 0);
	err_set(&why, err, "said so");
	f(found_arg, err, account, err != 0 ? &why : NULL);
}

static void on_looked(void *arg, int err, const struct errinfo *why)
{
	ck_assert_ptr_eq(arg, &store);
	n_looked++;
	looked_err = err;
	snprintf(looked_why, sizeof(looked_why), "%s", why != NULL ? why->text : "");
}

static void on_recovered(void *arg)
{
	ck_assert_ptr_eq(arg, &store);
	n_recovered++;
}

static void open_watch(void)
{
	static const struct store_watch_events events = {on_looked, on_recovered};

	kit_open();
	store.ops = &ops;
	begin_err = 0;
	n_asked = n_looked = n_recovered = 0;
	found = NULL;
	ck_assert_int_eq(store_watch_new(&kit_loop, &store, &events, &store, &watch), 0);
	ck_assert_uint_eq(n_asked, 0);
	kit_settle();
	ck_assert_uint_eq(n_asked, 1);
}

static void close_watch(void)
{
	store_watch_close(watch);
	kit_close();
}

START_TEST(the_first_look_is_told_and_others_follow)
{
	static const struct {
		int err;
		int want_err;
		int64_t next_ms;
	} rows[] = {
		{0, 0, STORE_WATCH_MS},
		{ERR_NOTFOUND, 0, STORE_WATCH_MS},
		{ERR_PROTOCOL, 0, STORE_WATCH_MS},
		{ERR_DENIED, ERR_DENIED, STORE_WATCH_TROUBLE_MS},
		{ERR_UNAVAILABLE, ERR_UNAVAILABLE, STORE_WATCH_TROUBLE_MS},
		{ERR_TIMEOUT, ERR_TIMEOUT, STORE_WATCH_TROUBLE_MS},
		{ERR_THROTTLED, ERR_THROTTLED, STORE_WATCH_TROUBLE_MS},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_watch();
		ck_assert_uint_eq(n_looked, 0);
		answer(rows[i].err);
		ck_assert_uint_eq(n_looked, 1);
		ck_assert_int_eq(looked_err, rows[i].want_err);
		kit_advance((unsigned)rows[i].next_ms - 1);
		ck_assert_uint_eq(n_asked, 1);
		kit_advance(1);
		ck_assert_msg(n_asked == 2, "row %zu", i);
		answer(0);
		ck_assert_uint_eq(n_looked, 1);
		ck_assert_uint_eq(n_recovered, rows[i].want_err != 0 ? 1 : 0);
		kit_advance(STORE_WATCH_MS);
		answer(0);
		ck_assert_uint_eq(n_recovered, rows[i].want_err != 0 ? 1 : 0);
		close_watch();
	}
}
END_TEST

START_TEST(why_it_is_in_trouble_is_told_and_its_return_once)
{
	unsigned i;

	open_watch();
	answer(ERR_DENIED);
	ck_assert_str_eq(looked_why, "said so");
	for (i = 2; i < 5; i++) {
		kit_advance(STORE_WATCH_TROUBLE_MS);
		ck_assert_uint_eq(n_asked, i);
		answer(i % 2 == 0 ? ERR_TIMEOUT : ERR_DENIED);
	}
	/* A question that cannot be asked is trouble, too. */
	begin_err = ERR_NOMEM;
	kit_advance(STORE_WATCH_TROUBLE_MS);
	begin_err = 0;
	ck_assert_uint_eq(n_recovered, 0);
	kit_advance(STORE_WATCH_TROUBLE_MS);
	answer(ERR_NOTFOUND);
	ck_assert_uint_eq(n_recovered, 1);
	/* It does not answer: nobody asks twice at a time. */
	kit_advance(STORE_WATCH_MS);
	i = n_asked;
	kit_advance(100 * STORE_WATCH_MS);
	ck_assert_uint_eq(n_asked, i);
	answer(0);
	close_watch();
}
END_TEST

START_TEST(who_closes_it_is_told_nothing_more)
{
	open_watch();
	store_watch_close(watch);
	kit_settle();
	answer(ERR_CANCELED);
	ck_assert_uint_eq(n_looked + n_recovered, 0);
	kit_close();
	/* The other way round. */
	open_watch();
	store_watch_close(watch);
	answer(0);
	kit_close();
	ck_assert_uint_eq(n_looked + n_recovered, 0);
	store_watch_close(NULL);
}
END_TEST

START_TEST(a_failed_allocation_is_reported)
{
	struct store_watch *w = NULL;
	int err;

	kit_open();
	fake_malloc_fail_at(1);
	err = store_watch_new(&kit_loop, &store, NULL, NULL, &w);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	kit_close();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_first_look_is_told_and_others_follow,
		why_it_is_in_trouble_is_told_and_its_return_once,
		who_closes_it_is_told_nothing_more,
		a_failed_allocation_is_reported,
	};

	return unit_run("store_watch", tests, N_ELEMENTS(tests));
}
