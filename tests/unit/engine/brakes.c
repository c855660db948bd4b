/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/brakes.h"

#include <check.h>
#include <stdio.h>

#include "kit/unit.h"

enum { NOW_MS = 5000 };

static struct fqdn name_of(size_t i)
{
	struct fqdn name;
	char text[48];

	snprintf(text, sizeof(text), "h%zu.dyn.example.com", i);
	ck_assert_int_eq(fqdn_parse(slice_of(text), &name), 0);
	return name;
}

static struct addr addr_of(const char *text)
{
	struct addr addr;

	ck_assert_int_eq(addr_parse(slice_of(text), &addr), 0);
	return addr;
}

static void put(struct brakes *b, size_t i, int64_t now_ms)
{
	struct fqdn name = name_of(i);
	struct addr addr = addr_of("192.0.2.1");

	brakes_put(b, &name, &addr, now_ms);
}

static bool hold(const struct brakes *b, size_t i, const char *text, int64_t now_ms)
{
	struct fqdn name = name_of(i);
	struct addr addr = addr_of(text);

	return brakes_hold(b, &name, &addr, now_ms);
}

START_TEST(only_the_same_change_is_held)
{
	struct brakes b = {.next = 0};

	ck_assert(!brakes_are_on(&b, NOW_MS));
	ck_assert(!hold(&b, 0, "192.0.2.1", NOW_MS));
	put(&b, 0, NOW_MS);
	ck_assert(hold(&b, 0, "192.0.2.1", NOW_MS));
	ck_assert(!hold(&b, 1, "192.0.2.1", NOW_MS));
	ck_assert(!hold(&b, 0, "192.0.2.2", NOW_MS));
	ck_assert(!hold(&b, 0, "2001:db8::1", NOW_MS));
}
END_TEST

START_TEST(a_brake_is_let_go_after_its_time)
{
	static const struct {
		int64_t after_ms;
		bool is_held;
	} rows[] = {{0, true},
		    {BRAKES_HOLD_MS / 4, true},
		    {BRAKES_HOLD_MS - 1, true},
		    {BRAKES_HOLD_MS, false},
		    {BRAKES_HOLD_MS + 1, false}};
	struct brakes b = {.next = 0};
	size_t i;

	put(&b, 0, NOW_MS);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		ck_assert_msg(hold(&b, 0, "192.0.2.1", NOW_MS + rows[i].after_ms) ==
				      rows[i].is_held,
			      "row %zu", i);
		ck_assert(brakes_are_on(&b, NOW_MS + rows[i].after_ms) == rows[i].is_held);
	}
	/* Refused once more, it is held for the whole time again. */
	put(&b, 0, NOW_MS + BRAKES_HOLD_MS);
	ck_assert(hold(&b, 0, "192.0.2.1", NOW_MS + 2 * BRAKES_HOLD_MS - 1));
}
END_TEST

START_TEST(when_there_are_too_many_the_oldest_is_forgotten)
{
	struct brakes b = {.next = 0};
	size_t i, n;

	for (n = 0; n < 3 * BRAKES_MAX; n++) {
		put(&b, n, NOW_MS);
		for (i = 0; i <= n; i++)
			ck_assert_msg(hold(&b, i, "192.0.2.1", NOW_MS) == (i + BRAKES_MAX > n),
				      "%zu of %zu", i, n);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		only_the_same_change_is_held,
		a_brake_is_let_go_after_its_time,
		when_there_are_too_many_the_oldest_is_forgotten,
	};

	return unit_run("brakes", tests, N_ELEMENTS(tests));
}
