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

int main(void)
{
	const TTest *const tests[] = {
		progress_says_how_far_and_how_long,
	};

	return unit_run("progress", tests, N_ELEMENTS(tests));
}
