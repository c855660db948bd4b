/* SPDX-License-Identifier: BSD-2-Clause
 * A few lines in a minute, and a number. */
#include "notify/saying.h"

#include "kit/unit.h"

START_TEST(so_many_lines_in_a_minute_and_the_rest_is_counted)
{
	struct saying s = {0};
	unsigned more = 9;
	int i;

	for (i = 0; i < 2; i++)
		ck_assert(saying_may(&s, 2, 1000 + i, &more) && more == 0);
	for (i = 0; i < 500; i++)
		ck_assert(!saying_may(&s, 2, 2000 + i, &more));
	ck_assert(!saying_may(&s, 2, 60999, &more));
	ck_assert(saying_may(&s, 2, 61000, &more) && more == 501);
	ck_assert(saying_may(&s, 2, 61001, &more) && more == 0);
	ck_assert(!saying_may(&s, 2, 61002, &more));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		so_many_lines_in_a_minute_and_the_rest_is_counted,
	};

	return unit_run("saying", tests, N_ELEMENTS(tests));
}
