/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/change_limit.h"

#include <string.h>

#include "base/err.h"
#include "engine/plan_item.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"

enum { NOW = 1000000, HOUR_MS = 3600 * 1000 };

static struct change_limit *limit;

static struct plan_item change_of(const char *name)
{
	return (struct plan_item){.name = value_name(name), .intend = true};
}

static int64_t take(const char *name, int64_t now_ms)
{
	const struct plan_item item = change_of(name);

	return change_limit_take(limit, &item, 1, now_ms);
}

static void open_limit(unsigned per_hour)
{
	ck_assert_int_eq(change_limit_new(per_hour, &limit), 0);
}

START_TEST(an_hours_changes_may_come_at_once_and_then_each_has_its_time)
{
	static const unsigned limits[] = {1, 2, 7, 60, 100000};
	size_t i;
	unsigned n;

	for (i = 0; i < N_ELEMENTS(limits); i++) {
		const int64_t each_ms = HOUR_MS / (int64_t)limits[i];

		open_limit(limits[i]);
		for (n = 0; n < limits[i]; n++)
			ck_assert_int_eq(take("a.example.com", NOW), 0);
		/* 7 do not divide an hour. */
		ck_assert_int_gt(take("a.example.com", NOW), each_ms - 7);
		ck_assert_int_le(take("a.example.com", NOW), each_ms);
		ck_assert_int_eq(take("b.example.com", NOW), 0);
		ck_assert_int_gt(take("a.example.com", NOW + each_ms - 7), 0);
		ck_assert_int_eq(take("a.example.com", NOW + each_ms), 0);
		ck_assert_int_gt(take("a.example.com", NOW + each_ms), 0);
		/* What was refused was not counted. */
		ck_assert_int_eq(take("a.example.com", NOW + 2 * each_ms), 0);
		change_limit_free(limit);
	}
}
END_TEST

START_TEST(without_a_limit_all_may_be_made)
{
	unsigned n;

	open_limit(0);
	for (n = 0; n < 1000; n++)
		ck_assert_int_eq(take("a.example.com", NOW), 0);
	change_limit_free(limit);
	change_limit_free(NULL);
}
END_TEST

START_TEST(all_hosts_of_an_update_may_change_or_none)
{
	struct plan_item items[3] = {change_of("a.example.com"), change_of("b.example.com"),
				     change_of("c.example.com")};

	open_limit(1);
	ck_assert_int_eq(take("b.example.com", NOW), 0);
	ck_assert_int_eq(change_limit_take(limit, items, 3, NOW + 1000), HOUR_MS - 1000);
	/* The others were not counted. */
	ck_assert_int_eq(take("a.example.com", NOW + 1000), 0);
	ck_assert_int_eq(take("c.example.com", NOW + 1000), 0);
	change_limit_free(limit);
}
END_TEST

START_TEST(what_changes_nothing_does_not_count)
{
	struct plan_item items[2] = {change_of("a.example.com"), change_of("a.example.com")};
	unsigned n;

	items[0].repeats = true;
	items[1].intend = false; /* it is owed already */
	open_limit(1);
	for (n = 0; n < 10; n++)
		ck_assert_int_eq(change_limit_take(limit, items, 2, NOW), 0);
	ck_assert_int_eq(take("a.example.com", NOW), 0);
	ck_assert_int_eq(change_limit_take(limit, items, 2, NOW), 0);
	ck_assert_int_gt(take("a.example.com", NOW), 0);
	change_limit_free(limit);
}
END_TEST

START_TEST(without_memory_there_is_none)
{
	size_t n;
	int err;

	for (n = 1; n <= 2; n++) {
		limit = NULL;
		fake_malloc_fail_at(n);
		err = change_limit_new(60, &limit);
		ck_assert(fake_malloc_off());
		ck_assert_int_eq(err, ERR_NOMEM);
		ck_assert_ptr_null(limit);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_hours_changes_may_come_at_once_and_then_each_has_its_time,
		without_a_limit_all_may_be_made,
		all_hosts_of_an_update_may_change_or_none,
		what_changes_nothing_does_not_count,
		without_memory_there_is_none,
	};

	return unit_run("change_limit", tests, N_ELEMENTS(tests));
}
