/* SPDX-License-Identifier: BSD-2-Clause
 * aws/breaker.h: when requests stop, and how they begin again. */
#include "aws/breaker.h"

#include "kit/unit.h"

enum { NO_JITTER = 0, ALL_JITTER = UINT32_MAX };

static struct aws_breaker b;

static void fail_until_open(int64_t now_ms)
{
	while (!aws_breaker_failed(&b, false, now_ms, NO_JITTER))
		ck_assert_int_eq(aws_breaker_ask(&b, now_ms), AWS_BREAKER_GO);
}

/* The next probe goes then, and not a millisecond before. */
static void assert_probe_at(int64_t ms)
{
	ck_assert_int_eq(aws_breaker_ask(&b, ms - 1), AWS_BREAKER_WAIT);
	ck_assert_int_eq(aws_breaker_ask(&b, ms), AWS_BREAKER_PROBE);
}

START_TEST(opens_after_the_failures_in_a_row_and_not_before)
{
	aws_breaker_init(&b, 3, 6000);
	ck_assert(!aws_breaker_failed(&b, false, 0, NO_JITTER));
	ck_assert(!aws_breaker_failed(&b, false, 0, NO_JITTER));
	ck_assert(!aws_breaker_succeeded(&b));
	ck_assert(!aws_breaker_failed(&b, false, 0, NO_JITTER));
	ck_assert(!aws_breaker_failed(&b, false, 0, NO_JITTER));
	ck_assert_int_eq(aws_breaker_ask(&b, 0), AWS_BREAKER_GO);
	ck_assert(aws_breaker_failed(&b, false, 0, NO_JITTER));
	ck_assert_int_eq(aws_breaker_ask(&b, 0), AWS_BREAKER_WAIT);
}
END_TEST

START_TEST(one_probe_goes_at_a_time)
{
	aws_breaker_init(&b, 3, 6000);
	fail_until_open(0);
	ck_assert_int_eq(aws_breaker_ask(&b, 999), AWS_BREAKER_WAIT);
	ck_assert_int_eq(aws_breaker_ask(&b, 1000), AWS_BREAKER_PROBE);
	ck_assert_int_eq(aws_breaker_ask(&b, 1000), AWS_BREAKER_WAIT);
	ck_assert_int_eq(aws_breaker_ask(&b, 100000), AWS_BREAKER_WAIT);
	ck_assert(aws_breaker_succeeded(&b));
	ck_assert_int_eq(aws_breaker_ask(&b, 100000), AWS_BREAKER_GO);
}
END_TEST

START_TEST(pause_doubles_up_to_the_longest)
{
	static const int64_t pauses[] = {1000, 2000, 4000, 6000, 6000};
	int64_t now_ms = 0;
	size_t i;

	aws_breaker_init(&b, 3, 6000);
	fail_until_open(now_ms);
	for (i = 0; i < N_ELEMENTS(pauses); i++) {
		now_ms += pauses[i];
		assert_probe_at(now_ms);
		ck_assert(!aws_breaker_failed(&b, true, now_ms, NO_JITTER));
	}
	/* The next trouble begins with a short one again. */
	ck_assert(aws_breaker_succeeded(&b));
	fail_until_open(now_ms);
	assert_probe_at(now_ms + 1000);
}
END_TEST

START_TEST(jitter_shortens_a_pause_by_a_quarter_at_most)
{
	aws_breaker_init(&b, 3, 6000);
	ck_assert(!aws_breaker_failed(&b, false, 0, ALL_JITTER));
	ck_assert(!aws_breaker_failed(&b, false, 0, ALL_JITTER));
	ck_assert(aws_breaker_failed(&b, false, 0, ALL_JITTER));
	assert_probe_at(751);
}
END_TEST

START_TEST(late_failures_of_others_do_not_prolong_the_pause)
{
	aws_breaker_init(&b, 3, 6000);
	fail_until_open(0);
	ck_assert(!aws_breaker_failed(&b, false, 900, NO_JITTER));
	ck_assert_int_eq(aws_breaker_ask(&b, 1000), AWS_BREAKER_PROBE);
	ck_assert(!aws_breaker_failed(&b, false, 1000, NO_JITTER));
	ck_assert_int_eq(aws_breaker_ask(&b, 1000), AWS_BREAKER_WAIT);
	/* A late success of others is as good as the probe's. */
	ck_assert(aws_breaker_succeeded(&b));
}
END_TEST

START_TEST(abandoned_probe_makes_room_for_another)
{
	aws_breaker_init(&b, 3, 6000);
	fail_until_open(0);
	ck_assert_int_eq(aws_breaker_ask(&b, 1000), AWS_BREAKER_PROBE);
	aws_breaker_abandoned(&b);
	ck_assert_int_eq(aws_breaker_ask(&b, 1000), AWS_BREAKER_PROBE);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		opens_after_the_failures_in_a_row_and_not_before,
		one_probe_goes_at_a_time,
		pause_doubles_up_to_the_longest,
		jitter_shortens_a_pause_by_a_quarter_at_most,
		late_failures_of_others_do_not_prolong_the_pause,
		abandoned_probe_makes_room_for_another,
	};

	return unit_run("breaker", tests, N_ELEMENTS(tests));
}
