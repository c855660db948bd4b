/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/cache.h"

#include <check.h>
#include <stdio.h>

#include "account/account.h"
#include "base/metric.h"
#include "engine/ticks.h"
#include "kit/unit.h"

static struct cache *cache;
static struct ticks ticks;

static void open_cache(size_t max)
{
	ck_assert_int_eq(cache_new(max, 42, &ticks, &cache), 0);
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

	cache_put(cache, a, ticks.now, 0);
	account_free(a);
}

static bool has(const char *user)
{
	int64_t read_ms;
	struct account *a = cache_get(cache, user, CACHE_ANY_AGE, &read_ms);
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
	ck_assert_uint_eq(cache_count(cache), 2);
	cache_drop(cache, "a");
	ck_assert_uint_eq(cache_count(cache), 1);
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
	uint64_t read_at;

	open_cache(4);
	read_at = ticks.now;
	cache_drop(cache, "a");
	cache_put(cache, a, read_at, 0);
	ck_assert(!has("a"));
	read_at = ticks.now;
	cache_clear(cache);
	cache_put(cache, a, read_at, 0);
	ck_assert(!has("a"));
	cache_put(cache, a, ticks.now, 0);
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
		snprintf(user, sizeof(user), "u%u", i);
		put(user);
	}
	for (i = 0; i < 10000; i += 7) {
		snprintf(user, sizeof(user), "u%u", i);
		cache_drop(cache, user);
	}
	for (i = 0; i < 10000; i++) {
		snprintf(user, sizeof(user), "u%u", i);
		ck_assert_msg(has(user) == (i % 7 != 0), "%s", user);
	}
	cache_free(cache);
}
END_TEST

static void put_read_at(const char *user, const char *secret, int64_t read_ms)
{
	struct account *a = account_of(user);

	ck_assert_int_eq(account_set_secret(a, slice_of(secret), NULL), 0);
	cache_put(cache, a, ticks.now, read_ms);
	account_free(a);
}

static const char *secret_since(const char *user, int64_t since_ms)
{
	static char secret[ACCOUNT_SECRET_MAX + 1];
	int64_t read_ms = -1;
	struct account *a = cache_get(cache, user, since_ms, &read_ms);

	snprintf(secret, sizeof(secret), "%s", a != NULL ? a->secret : "(none)");
	account_free(a);
	return secret;
}

START_TEST(an_account_is_as_old_as_its_read)
{
	int64_t read_ms = 0;

	open_cache(4);
	put_read_at("a", "first-secret", 1000);
	account_free(cache_get(cache, "a", 900, &read_ms));
	ck_assert_int_eq(read_ms, 1000);
	ck_assert_str_eq(secret_since("a", 1000), "first-secret");
	ck_assert_str_eq(secret_since("a", 1001), "(none)");
	ck_assert_str_eq(secret_since("a", 1000), "first-secret");
	put_read_at("a", "second-secret", 2000);
	ck_assert_str_eq(secret_since("a", 2000), "second-secret");
	cache_free(cache);
}
END_TEST

START_TEST(a_credential_is_counted_by_its_age)
{
	static const struct {
		int64_t age_ms;
		enum metric hit;
	} rows[] = {
		{0, METRIC_CACHE_HITS_1M},	    {59999, METRIC_CACHE_HITS_1M},
		{60000, METRIC_CACHE_HITS_10M},	    {599999, METRIC_CACHE_HITS_10M},
		{600000, METRIC_CACHE_HITS_1H},	    {3599999, METRIC_CACHE_HITS_1H},
		{3600000, METRIC_CACHE_HITS_OLDER}, {86400000, METRIC_CACHE_HITS_OLDER},
	};
	struct account *a;
	size_t i;

	open_cache(4);
	put_read_at("a", "secret", 1000);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const int64_t before = metric_get(rows[i].hit);

		a = cache_get_credential(cache, "a", CACHE_ANY_AGE, 1000 + rows[i].age_ms);
		ck_assert(a != NULL && a->is_partial);
		account_free(a);
		ck_assert_ptr_null(cache_get_credential(cache, "a", 1001, 1000 + rows[i].age_ms));
		ck_assert_ptr_null(cache_get_credential(cache, "b", CACHE_ANY_AGE, 1000));
		ck_assert_msg(metric_get(rows[i].hit) == before + 1, "row %zu", i);
	}
	cache_free(cache);
}
END_TEST

START_TEST(answers_that_overtake_leave_the_later_read)
{
	open_cache(4);
	put_read_at("a", "later-secret", 2000);
	put_read_at("a", "earlier-secret", 1000);
	ck_assert_str_eq(secret_since("a", 2000), "later-secret");
	cache_free(cache);
}
END_TEST

START_TEST(a_read_again_counts_as_use)
{
	open_cache(2);
	put("a");
	put("b");
	put("a");
	put("c");
	ck_assert(has("a") && !has("b") && has("c"));
	cache_free(cache);
}
END_TEST

static struct fqdn host_name(const char *text)
{
	struct fqdn name;

	ck_assert_int_eq(fqdn_parse(slice_of(text), &name), 0);
	return name;
}

static void put_with_hosts(const char *user, const char *one, const char *two, uint64_t seq)
{
	struct account *a = account_of(user);
	size_t i;

	ck_assert_int_eq(account_add_host(a, slice_of(one), NULL, NULL, NULL), 0);
	ck_assert_int_eq(account_add_host(a, slice_of(two), NULL, NULL, NULL), 0);
	for (i = 0; i < a->n_hosts; i++)
		a->hosts[i].state.seq = a->hosts[i].state.pub = seq;
	cache_put(cache, a, ticks.now, 1000);
	account_free(a);
}

static uint64_t seq_of(const char *user, const char *host)
{
	int64_t read_ms;
	struct account *a = cache_get(cache, user, 1000, &read_ms);
	struct fqdn name = host_name(host);
	uint64_t seq;

	ck_assert_ptr_nonnull(a);
	seq = account_find_host(a, &name)->state.seq;
	account_free(a);
	return seq;
}

START_TEST(a_host_that_is_written_is_unknown_until_its_state_is_told)
{
	struct fqdn one = host_name("one.example.com"), other = host_name("other.example.com");
	const struct host_state state = {.seq = 8, .pub = 8};

	open_cache(4);
	put_with_hosts("a", one.text, "two.example.com", 7);
	cache_begin_write(cache, "a", &one);
	ck_assert_uint_eq(seq_of("a", one.text), 0);
	ck_assert_uint_eq(seq_of("a", "two.example.com"), 7);
	cache_end_write(cache, "a", &one, NULL);
	ck_assert_uint_eq(seq_of("a", one.text), 0);
	cache_end_write(cache, "a", &one, &state);
	ck_assert_uint_eq(seq_of("a", one.text), 8);
	ck_assert_uint_eq(seq_of("a", "two.example.com"), 7);
	cache_end_write(cache, "a", &other, &state);
	cache_begin_write(cache, "nobody", &one);
	cache_end_write(cache, "nobody", &one, &state);
	ck_assert(!has("nobody"));
	cache_free(cache);
}
END_TEST

START_TEST(what_was_read_before_or_during_a_write_is_not_kept)
{
	struct account *a = account_of("a");
	struct fqdn host = host_name("one.example.com");
	uint64_t before, during;

	open_cache(4);
	before = ticks.now;
	cache_begin_write(cache, "a", &host);
	cache_put(cache, a, before, 0);
	ck_assert(!has("a"));
	during = ticks.now;
	cache_end_write(cache, "a", &host, NULL);
	cache_put(cache, a, during, 0);
	ck_assert(!has("a"));
	account_free(a);
	cache_free(cache);
}
END_TEST

static void set_secret(struct account *a)
{
	ck_assert_int_eq(account_set_secret(a, slice_of("another-secret"), NULL), 0);
}

static void disable(struct account *a)
{
	a->disabled = true;
}

static void end(struct account *a)
{
	a->bounds.until_s = 1;
}

static void bind_to_sources(struct account *a)
{
	ck_assert_int_eq(bounds_add_source(&a->bounds, slice_of("192.0.2.0/24"), NULL), 0);
}

static void change_nothing(struct account *a)
{
	(void)a;
}

static const struct {
	void (*change)(struct account *);
	bool want_kept;
} credential_rows[] = {
	{change_nothing, true}, {set_secret, false},	  {disable, false},
	{end, false},		{bind_to_sources, false},
};

START_TEST(an_account_goes_when_the_store_has_another_credential_of_it)
{
	struct account *a;
	size_t i;

	for (i = 0; i < N_ELEMENTS(credential_rows); i++) {
		open_cache(4);
		put("a");
		a = account_of("a");
		credential_rows[i].change(a);
		cache_check_credential(cache, a);
		ck_assert_msg(has("a") == credential_rows[i].want_kept, "row %zu", i);
		account_free(a);
		cache_free(cache);
	}
}
END_TEST

START_TEST(no_cache_keeps_nothing)
{
	struct account *a = account_of("a");

	cache = NULL;
	ck_assert_uint_eq(cache_count(cache), 0);
	cache_put(cache, a, ticks.now, 0);
	ck_assert(!has("a"));
	cache_begin_write(cache, "a", &(struct fqdn){.len = 0});
	cache_end_write(cache, "a", &(struct fqdn){.len = 0}, NULL);
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
		an_account_is_as_old_as_its_read,
		a_credential_is_counted_by_its_age,
		answers_that_overtake_leave_the_later_read,
		a_read_again_counts_as_use,
		a_host_that_is_written_is_unknown_until_its_state_is_told,
		what_was_read_before_or_during_a_write_is_not_kept,
		an_account_goes_when_the_store_has_another_credential_of_it,
		no_cache_keeps_nothing,
	};

	return unit_run("cache", tests, N_ELEMENTS(tests));
}
