/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/backoff.h"

#include "kit/unit.h"

/* Each wait is between the half and all of what the row says. */
START_TEST(wait_doubles_up_to_the_cap)
{
	static const struct {
		uint32_t base, cap;
		unsigned failures;
		uint32_t max;
	} rows[] = {
		{100, 20000, 0, 100},
		{100, 20000, 1, 200},
		{100, 20000, 7, 12800},
		{100, 20000, 8, 20000},
		{100, 20000, 31, 20000},
		{100, 20000, 32, 20000},
		{100, 20000, 1000, 20000},
		{5000, 3000, 0, 3000},
		{1, UINT32_MAX, 31, 2147483648u},
		{3, UINT32_MAX, 40, UINT32_MAX},
	};
	uint32_t ms, least, most;
	size_t i;
	int turn;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		least = UINT32_MAX;
		most = 0;
		for (turn = 0; turn < 200; turn++) {
			ms = backoff_ms(rows[i].base, rows[i].cap, rows[i].failures);
			least = ms < least ? ms : least;
			most = ms > most ? ms : most;
		}
		ck_assert_msg(least >= rows[i].max / 2 && most <= rows[i].max, "row %zu: %u..%u", i,
			      least, most);
		/* Not always the same. */
		ck_assert(rows[i].max < 100 || most - least > rows[i].max / 8);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {wait_doubles_up_to_the_cap};

	return unit_run("backoff", tests, N_ELEMENTS(tests));
}
