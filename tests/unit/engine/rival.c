/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/rival.h"

#include <check.h>
#include <stdint.h>

#include "kit/unit.h"
#include "kit/values.h"

START_TEST(what_is_owed_above_ours_is_a_rivals)
{
	static const struct {
		uint64_t seq, pub; /* as found */
		uint64_t ours;
		uint64_t rival;
	} rows[] = {
		/* Nothing is owed. */
		{0, 0, 0, 0},
		{5, 5, 5, 0},
		{9, 9, 5, 0},
		{5, 7, 3, 0},
		/* All of it came after ours. */
		{6, 5, 5, 6},
		{9, 6, 5, 7},
		{9, 5, 5, 6},
		/* Some of it is ours, which has landed. */
		{9, 4, 5, 6},
		{9, 0, 5, 6},
		{6, 0, 5, 6},
		/* Ours, or older: it is as the store says. */
		{5, 4, 5, 5},
		{5, 2, 5, 3},
		{3, 1, 5, 2},
		/* We are at nothing. */
		{1, 0, 0, 1},
		{7, 3, 0, 4},
		{UINT64_MAX, UINT64_MAX - 1, 1, UINT64_MAX},
		{UINT64_MAX, 0, UINT64_MAX - 1, UINT64_MAX},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const struct host_state s = {.seq = rows[i].seq, .pub = rows[i].pub};
		uint64_t rival = rival_after(&s, rows[i].ours);

		ck_assert_msg(rival == rows[i].rival, "row %zu: %llu", i,
			      (unsigned long long)rival);
	}
}
END_TEST

START_TEST(what_is_found_is_a_rivals_unless_it_is_ours)
{
	static const struct {
		uint64_t found, owed_from, ours;
		uint64_t rival;
	} rows[] = {
		/* Of somebody else, of whom all is published, or not. */
		{6, 5, 3, 5},
		{6, 0, 3, 0},
		{6, 6, 0, 6},
		{6, 5, 7, 5},
		/* What we are at is our own, owed or not. */
		{6, 5, 6, 0},
		{6, 0, 6, 0},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(rival_of_found(rows[i].found, rows[i].owed_from, rows[i].ours) ==
				      rows[i].rival,
			      "row %zu", i);
}
END_TEST

START_TEST(of_two_rivals_the_lower_one_counts_and_none_is_none)
{
	static const struct {
		uint64_t a, b, both;
	} rows[] = {
		{0, 0, 0},
		{0, 1, 1},
		{1, 0, 1},
		{3, 3, 3},
		{3, 4, 3},
		{4, 3, 3},
		{UINT64_MAX, 0, UINT64_MAX},
		{UINT64_MAX, 1, 1},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(rival_of_both(rows[i].a, rows[i].b) == rows[i].both, "row %zu", i);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_owed_above_ours_is_a_rivals,
		what_is_found_is_a_rivals_unless_it_is_ours,
		of_two_rivals_the_lower_one_counts_and_none_is_none,
	};

	return unit_run("rival", tests, N_ELEMENTS(tests));
}
