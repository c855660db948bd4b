/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/listed.h"

#include <stddef.h>

#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

enum { MANY = 60000 };

static struct listed *listed;

static void open_listed(void)
{
	ck_assert_int_eq(listed_new(&listed), 0);
}

/* Of hash number i: an odd factor gives each another one, in no order. */
static uint64_t hash_of(uint64_t i)
{
	return i * 0x9e3779b97f4a7c15;
}

START_TEST(a_name_is_new_once_and_its_latest_time_is_kept)
{
	static const struct {
		int64_t time_s;
		int seen;
		int64_t before_s;
	} rows[] = {
		{100, 0, 0}, {90, 1, 100}, {120, 1, 100}, {120, 1, 120}, {110, 1, 120},
	};
	int64_t before_s;
	size_t i;

	open_listed();
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		before_s = 0;
		ck_assert_int_eq(listed_see(listed, 7, rows[i].time_s, &before_s), rows[i].seen);
		ck_assert_int_eq(before_s, rows[i].before_s);
	}
	listed_free(listed);
}
END_TEST

/* Rows: a time as the store may hold it, and what is remembered of it. */
START_TEST(times_that_no_clock_shows_are_kept_within_bounds)
{
	static const struct {
		int64_t time_s, kept_s;
	} rows[] = {
		{-1, 0},
		{INT64_MIN, 0},
		{UINT32_MAX, UINT32_MAX},
		{INT64_MAX, UINT32_MAX},
	};
	int64_t before_s = 1;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_listed();
		ck_assert_int_eq(listed_see(listed, 7, rows[i].time_s, &before_s), 0);
		ck_assert_int_eq(listed_see(listed, 7, 0, &before_s), 1);
		ck_assert_int_eq(before_s, rows[i].kept_s);
		listed_free(listed);
	}
}
END_TEST

/* Rows: hashes that differ in what chooses the list, and in what is kept in it. */
START_TEST(names_are_told_apart_by_both_ends_of_their_hash)
{
	static const uint64_t hashes[] = {
		0, 1, UINT32_MAX, UINT64_C(1) << 52, UINT64_C(1) << 63, UINT64_MAX};
	int64_t before_s;
	size_t i;

	open_listed();
	for (i = 0; i < N_ELEMENTS(hashes); i++)
		ck_assert_int_eq(listed_see(listed, hashes[i], 100, &before_s), 0);
	for (i = 0; i < N_ELEMENTS(hashes); i++)
		ck_assert_int_eq(listed_see(listed, hashes[i], 100, &before_s), 1);
	listed_free(listed);
}
END_TEST

START_TEST(each_of_many_names_is_found_again)
{
	int64_t before_s;
	size_t i;

	open_listed();
	for (i = 0; i < MANY; i++)
		ck_assert_int_eq(listed_see(listed, hash_of(i), (int64_t)i, &before_s), 0);
	for (i = 0; i < MANY; i++) {
		before_s = -1;
		ck_assert_int_eq(listed_see(listed, hash_of(i), 0, &before_s), 1);
		ck_assert_int_eq(before_s, (int64_t)i);
	}
	listed_free(listed);
}
END_TEST

START_TEST(without_memory_a_name_is_not_kept)
{
	int64_t before_s;
	int err;

	fake_malloc_fail_at(1);
	err = listed_new(&listed);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	open_listed();
	fake_malloc_fail_at(1);
	err = listed_see(listed, 7, 100, &before_s);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert_int_eq(listed_see(listed, 7, 100, &before_s), 0);
	listed_free(listed);
	listed_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_name_is_new_once_and_its_latest_time_is_kept,
		times_that_no_clock_shows_are_kept_within_bounds,
		names_are_told_apart_by_both_ends_of_their_hash,
		each_of_many_names_is_found_again,
		without_memory_a_name_is_not_kept,
	};

	return unit_run("listed", tests, N_ELEMENTS(tests));
}
