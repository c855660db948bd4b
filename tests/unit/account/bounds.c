/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/bounds.h"

#include <stdio.h>

#include "kit/unit.h"
#include "kit/values.h"

enum { DAY_S = 86400, END_S = 1801439999 }; /* the last second of 31 January 2027 */

START_TEST(a_day_or_a_time_can_be_read)
{
	static const struct {
		const char *text;
		int64_t want; /* 0: refused */
	} rows[] = {
		{"2027-01-31", END_S},
		{"2027-01-31T23:59:59Z", END_S},
		{"2027-01-31T00:00:00Z", END_S + 1 - DAY_S},
		{"2028-02-29", 1835481599},
		{"1970-01-01", DAY_S - 1},
		{"9999-12-31", 253402300799},
		{"1970-01-01T00:00:00Z", 0},
		{"1969-12-31", 0},
		{"2027-02-29", 0},
		{"2027-00-10", 0},
		{"2027-13-01", 0},
		{"2027-01-32", 0},
		{"2027-1-31", 0},
		{"2027-01-31T24:00:00Z", 0},
		{"2027-01-31T12:60:00Z", 0},
		{"2027-01-31T12:00:00", 0},
		{"2027-01-31T12:00:00+01:00", 0},
		{"2027-01-31 12:00:00Z", 0},
		{"2027-01-31T12:00:0xZ", 0},
		{"1801439999", 0},
		{"tomorrow!!", 0},
		{"", 0},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct bounds b = {.until_s = 7};
		struct errinfo ei = ERRINFO_INIT;
		int err = bounds_set_until(&b, slice_of(rows[i].text), &ei);

		ck_assert_msg((err == 0) == (rows[i].want != 0), "row %zu: %s", i, ei.text);
		ck_assert_msg(b.until_s == (rows[i].want != 0 ? rows[i].want : 7), "row %zu: %lld",
			      i, (long long)b.until_s);
	}
}
END_TEST

START_TEST(what_is_written_can_be_read_again)
{
	struct bounds b = {.until_s = END_S}, again = {0}, none = {0};
	char text[BOUNDS_UNTIL_TEXT_MAX];

	ck_assert_str_eq(bounds_format_until(&b, text), "2027-01-31T23:59:59Z");
	ck_assert_int_eq(bounds_set_until(&again, slice_of(text), NULL), 0);
	ck_assert(bounds_equal(&b, &again) && !bounds_equal(&b, &none));
	ck_assert_str_eq(bounds_format_until(&none, text), "");
}
END_TEST

START_TEST(sources_are_a_set_with_a_limit)
{
	struct bounds a = {0}, b = {0};
	char text[32];
	size_t i;

	ck_assert_int_eq(bounds_add_source(&a, slice_of("192.0.2.1/24"), NULL), ERR_INVAL);
	ck_assert_int_eq(bounds_add_source(&a, slice_of("home"), NULL), ERR_INVAL);
	ck_assert_int_eq(bounds_add_source(&a, slice_of("192.0.2.0/24"), NULL), 0);
	ck_assert_int_eq(bounds_add_source(&a, slice_of("192.0.2.0/24"), NULL), 0);
	ck_assert_int_eq(bounds_add_source(&a, slice_of("2001:db8::1"), NULL), 0);
	ck_assert_uint_eq(a.n_sources, 2);
	ck_assert_int_eq(bounds_add_source(&b, slice_of("2001:db8::1"), NULL), 0);
	ck_assert(!bounds_equal(&a, &b));
	ck_assert_int_eq(bounds_add_source(&b, slice_of("192.0.2.0/24"), NULL), 0);
	ck_assert(bounds_equal(&a, &b));
	b.sources[0].len--;
	ck_assert(!bounds_equal(&a, &b));
	for (i = a.n_sources; i <= BOUNDS_SOURCES_MAX; i++) {
		snprintf(text, sizeof(text), "198.51.100.%zu", i);
		ck_assert_int_eq(bounds_add_source(&a, slice_of(text), NULL),
				 i < BOUNDS_SOURCES_MAX ? 0 : ERR_LIMIT);
	}
}
END_TEST

START_TEST(an_account_may_be_used_within_its_bounds)
{
	static const struct {
		const char *sources[2];
		int64_t until_s;
		const char *client; /* "": not known */
		int64_t now_s;
		bool want;
	} rows[] = {
		{{NULL}, 0, "192.0.2.1", END_S, true},
		{{NULL}, 0, "", END_S, true},
		{{NULL}, END_S, "192.0.2.1", END_S, true},
		{{NULL}, END_S, "192.0.2.1", END_S + 1, false},
		{{"192.0.2.0/24"}, 0, "192.0.2.1", END_S, true},
		{{"192.0.2.0/24"}, 0, "192.0.3.1", END_S, false},
		{{"192.0.2.0/24"}, 0, "2001:db8::1", END_S, false},
		{{"192.0.2.0/24"}, 0, "", END_S, false},
		{{"192.0.2.0/24", "2001:db8::/32"}, 0, "2001:db8::1", END_S, true},
		{{"192.0.2.0/24", "2001:db8::/32"}, END_S, "2001:db8::1", END_S, true},
		{{"192.0.2.0/24"}, END_S, "192.0.2.1", END_S + 1, false},
		{{"192.0.2.0/24"}, END_S, "198.51.100.1", END_S, false},
	};
	size_t i, j;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct bounds b = {.until_s = rows[i].until_s};
		struct addr client = {.family = ADDR_NONE};

		for (j = 0; j < 2 && rows[i].sources[j] != NULL; j++)
			ck_assert_int_eq(bounds_add_source(&b, slice_of(rows[i].sources[j]), NULL),
					 0);
		if (rows[i].client[0] != '\0')
			client = value_addr(rows[i].client);
		ck_assert_msg(bounds_allow(&b, &client, rows[i].now_s) == rows[i].want, "row %zu",
			      i);
	}
}
END_TEST

START_TEST(what_lies_behind_the_last_source_is_none)
{
	const struct addr client = value_addr("198.51.100.1");
	struct bounds b = {.n_sources = 1};

	ck_assert_int_eq(prefix_parse(slice_of("192.0.2.0/24"), &b.sources[0]), 0);
	ck_assert_int_eq(prefix_parse(slice_of("198.51.100.0/24"), &b.sources[1]), 0);
	ck_assert(!bounds_allow(&b, &client, 0));
	b.n_sources = 2;
	ck_assert(bounds_allow(&b, &client, 0));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_day_or_a_time_can_be_read,
		what_is_written_can_be_read_again,
		sources_are_a_set_with_a_limit,
		an_account_may_be_used_within_its_bounds,
		what_lies_behind_the_last_source_is_none,
	};

	return unit_run("bounds", tests, N_ELEMENTS(tests));
}
