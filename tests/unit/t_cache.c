/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/cache.h"

#include <check.h>
#include <stdio.h>

#include "account/account.h"
#include "unit.h"

static struct cache *cache;

static void open_cache(size_t max)
{
	ck_assert_int_eq(cache_new(max, 42, &cache), 0);
}

static struct account *account_of(const char *user)
{
	struct account *a = NULL;

	ck_assert_int_eq(account_new(slice_of(user), &a, NULL), 0);
	ck_assert_int_eq(account_set_secret(a, slice_of("secret-of-it"), NULL), 0);
	return a;
}

static void put(const char *user)
{
	struct account *a = account_of(user);

	cache_put(cache, a, cache_mark(cache, user));
	account_free(a);
}

static bool has(const char *user)
{
	struct account *a = cache_get(cache, user);
	bool found = a != NULL;

	if (found)
		ck_assert_str_eq(a->user, user);
	account_free(a);
	return found;
}

START_TEST(what_was_put_is_found_until_it_is_dropped)
{
	open_cache(4);
	ck_assert(!has("a"));
	put("a");
	put("b");
	ck_assert(has("a") && has("b"));
	cache_drop(cache, "a");
	ck_assert(!has("a") && has("b"));
	put("a");
	cache_clear(cache);
	ck_assert(!has("a") && !has("b"));
	cache_free(cache);
}
END_TEST

START_TEST(what_was_read_before_a_drop_is_not_kept)
{
	struct account *a = account_of("a");
	uint64_t mark;

	open_cache(4);
	mark = cache_mark(cache, "a");
	cache_drop(cache, "a");
	cache_put(cache, a, mark);
	ck_assert(!has("a"));
	mark = cache_mark(cache, "a");
	cache_clear(cache);
	cache_put(cache, a, mark);
	ck_assert(!has("a"));
	cache_put(cache, a, cache_mark(cache, "a"));
	ck_assert(has("a"));
	account_free(a);
	cache_free(cache);
}
END_TEST

START_TEST(the_one_not_asked_for_longest_goes_first)
{
	open_cache(2);
	put("a");
	put("b");
	ck_assert(has("a"));
	put("c");
	ck_assert(has("a") && !has("b") && has("c"));
	cache_free(cache);
}
END_TEST

START_TEST(thousands_share_the_buckets)
{
	char user[16];
	unsigned i;

	open_cache(10000);
	for (i = 0; i < 10000; i++) {
		(void)snprintf(user, sizeof(user), "u%u", i);
		put(user);
	}
	for (i = 0; i < 10000; i += 7) {
		(void)snprintf(user, sizeof(user), "u%u", i);
		cache_drop(cache, user);
	}
	for (i = 0; i < 10000; i++) {
		(void)snprintf(user, sizeof(user), "u%u", i);
		ck_assert_msg(has(user) == (i % 7 != 0), "%s", user);
	}
	cache_free(cache);
}
END_TEST

START_TEST(no_cache_keeps_nothing)
{
	struct account *a = account_of("a");

	cache = NULL;
	cache_put(cache, a, cache_mark(cache, "a"));
	ck_assert(!has("a"));
	cache_drop(cache, "a");
	cache_clear(cache);
	cache_free(cache);
	account_free(a);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_was_put_is_found_until_it_is_dropped,
		what_was_read_before_a_drop_is_not_kept,
		the_one_not_asked_for_longest_goes_first,
		thousands_share_the_buckets,
		no_cache_keeps_nothing,
	};

	return unit_run("cache", tests, N_ELEMENTS(tests));
}
