/* SPDX-License-Identifier: BSD-2-Clause
 * What a long command says of how far it is. */
#include "ctl/progress.h"

#include "kit/unit.h"

static const struct {
	size_t done, total;
	int64_t ms;
	const char *want;
} progress_rows[] = {
	{0, 0, 0, "dyn.example.com: 0 record sets listed, at most 5 requests/s"},
	{0, 900, 10, "dyn.example.com: 0 of 900 record sets listed, at most 5 requests/s"},
	{300, 0, 10, "dyn.example.com: 300 record sets listed, at most 5 requests/s"},
	{300, 900, 2000,
	 "dyn.example.com: 300 of 900 record sets listed, at most 5 requests/s, about 4 s left"},
	{899, 900, 10,
	 "dyn.example.com: 899 of 900 record sets listed, at most 5 requests/s, about 1 s left"},
	{900, 900, 10, "dyn.example.com: 900 of 900 record sets listed, at most 5 requests/s"},
	{901, 900, 10, "dyn.example.com: 901 of 900 record sets listed, at most 5 requests/s"},
};

START_TEST(progress_says_how_far_and_how_long)
{
	char text[PROGRESS_TEXT_MAX];
	size_t i;

	for (i = 0; i < N_ELEMENTS(progress_rows); i++) {
		const struct progress p = {.what = "record sets listed",
					   .of = "dyn.example.com",
					   .rate = 5,
					   .done = progress_rows[i].done,
					   .total = progress_rows[i].total};

		ck_assert_str_eq(progress_text(&p, progress_rows[i].ms, text),
				 progress_rows[i].want);
	}
}
END_TEST

START_TEST(progress_says_the_rate_that_there_was)
{
	static const struct {
		size_t done, total;
		int64_t ms;
		const char *want;
	} rows[] = {
		{0, 0, 0, "store: 0 accounts read"},
		{300, 0, 2000, "store: 300 accounts read, 150/s"},
		{300, 900, 2000, "store: 300 of 900 accounts read, 150/s, about 4 s left"},
		{900, 900, 4000, "store: 900 of 900 accounts read, 225/s"},
	};
	char text[PROGRESS_TEXT_MAX];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const struct progress p = {.what = "accounts read",
					   .of = "store",
					   .done = rows[i].done,
					   .total = rows[i].total};

		ck_assert_str_eq(progress_text(&p, rows[i].ms, text), rows[i].want);
	}
}
END_TEST

START_TEST(seconds_have_no_rate)
{
	const struct progress p = {
		.what = "seconds", .of = "an answer", .done = 3, .total = 15, .is_time = true};
	char text[PROGRESS_TEXT_MAX];

	ck_assert_str_eq(progress_text(&p, 3900, text),
			 "an answer: 3 of 15 seconds, about 12 s left");
}
END_TEST

START_TEST(a_line_fits_in_a_row)
{
	static const struct {
		unsigned columns;
		const char *want;
	} rows[] = {
		{0, "store: 300 of 900 accounts read, 150/s, about 4 s left"},
		{200, "store: 300 of 900 accounts read, 150/s, about 4 s left"},
		{55, "store: 300 of 900 accounts read, 150/s, about 4 s left"},
		{54, "store: 300 of 900 accounts read, 150/s, about 4 s lef"},
		{40, "store: 300 of 900 accounts read, 150/s,"},
		{2, "s"},
		{1, ""},
	};
	const struct progress p = {
		.what = "accounts read", .of = "store", .done = 300, .total = 900};
	char text[PROGRESS_TEXT_MAX];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_str_eq(progress_line(&p, 2000, rows[i].columns, text), rows[i].want);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		progress_says_how_far_and_how_long,
		progress_says_the_rate_that_there_was,
		seconds_have_no_rate,
		a_line_fits_in_a_row,
	};

	return unit_run("progress", tests, N_ELEMENTS(tests));
}
