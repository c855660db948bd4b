/* SPDX-License-Identifier: BSD-2-Clause
 * How long an address was a host's, as its history tells. */
#include "store/history.h"

#include "kit/unit.h"
#include "kit/values.h"

static struct history_entry entry(int64_t time_s, struct addr_pair old, struct addr_pair new)
{
	return (struct history_entry){
		.time_s = time_s,
		.host = value_name("home.example.com"),
		.old = old,
		.new = new,
	};
}

START_TEST(each_family_is_reckoned_by_itself)
{
	const struct addr_pair none = value_pair(NULL, NULL), a = value_pair("192.0.2.1", NULL),
			       a6 = value_pair("192.0.2.1", "2001:db8::1"),
			       b6 = value_pair("192.0.2.2", "2001:db8::1"),
			       b = value_pair("192.0.2.2", NULL);
	const struct history_entry entries[] = {
		entry(1000, none, a), entry(2000, a, a6), entry(2500, a6, a6),
		entry(3000, a6, b6),  entry(3600, b6, b),
	};
	static const struct {
		int64_t v4_s, v6_s;
	} want[] = {{-1, -1}, {-1, -1}, {-1, -1}, {2000, -1}, {-1, 1600}};
	size_t i;

	for (i = 0; i < N_ELEMENTS(entries); i++) {
		ck_assert_msg(history_held_s(entries, i, ADDR_V4) == want[i].v4_s, "row %zu", i);
		ck_assert_msg(history_held_s(entries, i, ADDR_V6) == want[i].v6_s, "row %zu", i);
		ck_assert_int_eq(history_is_change(&entries[i]), i != 2);
	}
}
END_TEST

START_TEST(the_last_time_that_it_was_given_counts)
{
	const struct addr_pair a = value_pair("192.0.2.1", NULL), b = value_pair("192.0.2.2", NULL);
	const struct history_entry entries[] = {
		entry(1000, b, a),
		entry(2000, a, b),
		entry(3000, b, a),
		entry(3500, a, b),
	};

	ck_assert_int_eq(history_held_s(entries, 3, ADDR_V4), 500);
}
END_TEST

START_TEST(what_is_not_known_is_not_guessed)
{
	const struct addr_pair a = value_pair("192.0.2.1", NULL), b = value_pair("192.0.2.2", NULL);
	const struct history_entry entries[] = {entry(1000, b, b), entry(2000, a, b)};

	ck_assert_int_eq(history_held_s(entries, 1, ADDR_V4), -1);
}
END_TEST

START_TEST(a_clock_that_was_set_back_gives_nothing_negative)
{
	const struct addr_pair a = value_pair("192.0.2.1", NULL), b = value_pair("192.0.2.2", NULL);
	const struct history_entry entries[] = {entry(2000, b, a), entry(1000, a, b)};

	ck_assert_int_eq(history_held_s(entries, 1, ADDR_V4), 0);
}
END_TEST

START_TEST(entries_are_sorted_by_time_and_stay_in_order)
{
	static const struct {
		int64_t time_s;
		const char *user;
	} given[] = {{30, "a"}, {10, "b"}, {20, "c"}, {10, "d"}, {30, "e"}, {10, "f"}};
	struct history_entry entries[N_ELEMENTS(given)], sorted[N_ELEMENTS(given)];
	char users[N_ELEMENTS(given) + 1] = "";
	size_t i;

	for (i = 0; i < N_ELEMENTS(given); i++)
		entries[i] = (struct history_entry){.time_s = given[i].time_s,
						    .user = {given[i].user[0]}};
	ck_assert_int_eq(history_sort(entries, N_ELEMENTS(entries), sorted), 0);
	for (i = 0; i < N_ELEMENTS(given); i++)
		users[i] = sorted[i].user[0];
	ck_assert_str_eq(users, "bdfcae");
}
END_TEST

START_TEST(days_are_counted_back)
{
	ck_assert_int_eq(history_since_s(1000 + 400 * 86400, 400), 1000);
	ck_assert_int_eq(history_since_s(INT64_C(1767225600), 3650),
			 INT64_C(1767225600) - 315360000);
}
END_TEST

START_TEST(text_of_others_is_one_printable_line)
{
	static const struct {
		const char *text, *want, *want_user;
	} rows[] = {
		{"", "", ""},
		{"r/1 \"a\\b\"", "r/1 \"a\\b\"", "r/1 \"a\\b\""},
		{"a\nb\x1b[2J", "a?b?[2J", "a?b?[2J"},
		{"a:b", "a:b", "a:b"},
		{"m\303\274ller", "m??ller", "m\303\274ller"},
		{"0123456789abcdefgh", "0123456789abcde", "0123456789abcde"},
	};
	char out[16];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		history_copy_text(out, sizeof(out), slice_of(rows[i].text));
		ck_assert_str_eq(out, rows[i].want);
		history_copy_user(out, sizeof(out), slice_of(rows[i].text));
		ck_assert_str_eq(out, rows[i].want_user);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_family_is_reckoned_by_itself,
		the_last_time_that_it_was_given_counts,
		what_is_not_known_is_not_guessed,
		a_clock_that_was_set_back_gives_nothing_negative,
		entries_are_sorted_by_time_and_stay_in_order,
		days_are_counted_back,
		text_of_others_is_one_printable_line,
	};

	return unit_run("history", tests, N_ELEMENTS(tests));
}
