/* SPDX-License-Identifier: BSD-2-Clause
 * When credentials are renewed, row by row. */
#include "aws/refresh.h"

#include "kit/unit.h"

#define HOUR   3600
#define NOW    INT64_C(1800000000)
#define RND_LO UINT32_C(0)
#define RND_HI UINT32_MAX

static const struct {
	int64_t life_s; /* 0: no end is told */
	bool is_instance;
	uint32_t rnd;
	bool want_stable;
	int64_t want_advisory_s; /* after the start; -1: never */
	int64_t want_mandatory_s;
} success_rows[] = {
	{0, false, RND_LO, false, -1, -1},
	{6 * HOUR, true, RND_HI, false, 6 * HOUR - 900, 6 * HOUR - 600},
	{HOUR, false, RND_HI, false, HOUR - 900, HOUR - 600},
	{1800, false, RND_LO, false, 900, 1200},
	/* the shortest session of STS is not renewed without pause */
	{900, false, RND_LO, false, 450, 600},
	{1, false, RND_LO, false, 1, 1},
	/* an instance whose document is about to end, or has ended */
	{901, true, RND_LO, false, 451, 601},
	{900, true, RND_LO, true, 120, 420},
	{900, true, RND_HI, true, 599, 899},
	{-5 * HOUR, true, RND_HI, true, 599, 899},
	/* whoever else hands out what has ended: our clock is wrong, or theirs */
	{-1, false, RND_LO, true, 120, 420},
};

static enum aws_refresh_need judge(const struct aws_refresh *r, int64_t after_s)
{
	return aws_refresh_judge(r, NOW + after_s);
}

START_TEST(new_ones_are_renewed_before_they_end)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(success_rows); i++) {
		int64_t life_s = success_rows[i].life_s, at_s = success_rows[i].want_advisory_s;
		struct aws_refresh r = {0};
		bool is_stable =
			aws_refresh_succeeded(&r, NOW, life_s == 0 ? 0 : NOW + life_s,
					      success_rows[i].is_instance, success_rows[i].rnd);

		ck_assert_msg(is_stable == success_rows[i].want_stable, "row %zu", i);
		if (at_s < 0) {
			ck_assert_msg(judge(&r, 1000 * HOUR) == AWS_REFRESH_NONE, "row %zu", i);
			continue;
		}
		ck_assert_msg(judge(&r, at_s - 1) == AWS_REFRESH_NONE, "row %zu: early", i);
		ck_assert_msg(judge(&r, at_s) != AWS_REFRESH_NONE, "row %zu: late", i);
		at_s = success_rows[i].want_mandatory_s;
		ck_assert_msg(judge(&r, at_s - 1) != AWS_REFRESH_MANDATORY, "row %zu: early", i);
		ck_assert_msg(judge(&r, at_s) == AWS_REFRESH_MANDATORY, "row %zu: late", i);
	}
}
END_TEST

START_TEST(a_failure_gives_the_source_a_pause_that_grows)
{
	static const struct {
		int64_t min_s;
		int64_t max_s;
	} rows[] = {{15, 30}, {30, 60}, {60, 120}, {120, 240}, {150, 300}, {150, 300}};
	struct aws_refresh r = {0};
	int64_t at_s = HOUR;
	size_t i;

	aws_refresh_succeeded(&r, NOW, NOW + HOUR, false, 0);
	for (i = 0; i < 2 * N_ELEMENTS(rows); i++) {
		int64_t pause_s = i % 2 == 0 ? rows[i / 2].min_s : rows[i / 2].max_s;
		struct aws_refresh once = r;

		aws_refresh_failed(&once, NOW + at_s, i % 2 == 0 ? RND_LO : RND_HI);
		ck_assert_msg(judge(&once, at_s + pause_s - 1) == AWS_REFRESH_NONE, "%zu", i);
		ck_assert_msg(judge(&once, at_s + pause_s) == AWS_REFRESH_MANDATORY, "%zu", i);
		if (i % 2 == 1)
			r = once;
	}
	aws_refresh_succeeded(&r, NOW + at_s, NOW + at_s + HOUR, false, 0);
	ck_assert_uint_eq(r.n_failures, 0);
	ck_assert_int_eq(r.retry_at_s, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		new_ones_are_renewed_before_they_end,
		a_failure_gives_the_source_a_pause_that_grows,
	};

	return unit_run("refresh", tests, N_ELEMENTS(tests));
}
