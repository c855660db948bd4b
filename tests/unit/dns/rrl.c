/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/rrl.h"

#include <stdbool.h>
#include <stdio.h>

#include "kit/unit.h"

enum { RATE = 5, BURST = 2 * RATE };

static struct rrl *rrl;

static void new_rrl(unsigned rate)
{
	ck_assert_int_eq(rrl_new(rate, 42, &rrl), 0);
}

static enum rrl_verdict ask(const char *client, int64_t now_ms)
{
	struct addr addr;

	ck_assert_int_eq(addr_parse(slice_of(client), &addr), 0);
	return rrl_check(rrl, &addr, now_ms);
}

static unsigned count_answers(const char *client, int64_t now_ms, unsigned n)
{
	unsigned i, answers = 0;

	for (i = 0; i < n; i++)
		answers += ask(client, now_ms) == RRL_ANSWER;
	return answers;
}

START_TEST(burst_is_answered_and_then_every_second_one_slips)
{
	unsigned i;

	new_rrl(RATE);
	ck_assert_uint_eq(count_answers("192.0.2.1", 1000, BURST), BURST);
	for (i = 0; i < 20; i++)
		ck_assert_int_eq(ask("192.0.2.1", 1000), i % 2 == 0 ? RRL_SLIP : RRL_DROP);
	rrl_free(rrl);
}
END_TEST

START_TEST(tokens_come_back_with_time)
{
	new_rrl(RATE);
	count_answers("192.0.2.1", 1000, 100);
	ck_assert_uint_eq(count_answers("192.0.2.1", 1199, 100), 0);
	ck_assert_uint_eq(count_answers("192.0.2.1", 1200, 100), 1);
	ck_assert_uint_eq(count_answers("192.0.2.1", 2200, 100), RATE);
	ck_assert_uint_eq(count_answers("192.0.2.1", 1000000, 100), BURST);
	/* A clock that stands or goes back gives nothing. */
	ck_assert_uint_eq(count_answers("192.0.2.1", 999000, 100), 0);
	/* No more than there can be, though less time passed than fills the bucket. */
	ck_assert_uint_eq(count_answers("198.51.100.1", 1000, 1), 1);
	ck_assert_uint_eq(count_answers("198.51.100.1", 2900, 100), BURST);
	rrl_free(rrl);
}
END_TEST

static const struct {
	const char *one, *other;
	bool is_same;
} networks[] = {
	{"192.0.2.1", "192.0.2.254", true},
	{"192.0.2.1", "192.0.3.1", false},
	{"192.0.2.1", "193.0.2.1", false},
	{"2001:db8:0:1ff::1", "2001:db8:0:100:ffff::2", true},
	{"2001:db8:0:100::1", "2001:db8:0:200::1", false},
};

START_TEST(clients_of_one_network_share_a_bucket)
{
	new_rrl(RATE);
	ck_assert_uint_eq(count_answers(networks[_i].one, 1000, 100), BURST);
	ck_assert_uint_eq(count_answers(networks[_i].other, 1000, 100),
			  networks[_i].is_same ? 0 : BURST);
	rrl_free(rrl);
}
END_TEST

START_TEST(rate_zero_answers_everything)
{
	new_rrl(0);
	ck_assert_uint_eq(count_answers("192.0.2.1", 1000, 5000), 5000);
	rrl_free(rrl);
}
END_TEST

/* A flood from everywhere at most gives a network its first bucket again. */
START_TEST(flood_of_forged_networks_harms_nobody)
{
	char client[32];
	unsigned i;

	new_rrl(RATE);
	for (i = 0; i < 200000; i++) {
		snprintf(client, sizeof(client), "%u.%u.%u.1", 1 + (i >> 16), i >> 8 & 255,
			 i & 255);
		ask(client, 1000 + i / 1000);
	}
	ck_assert_uint_eq(count_answers("203.0.113.1", 2000, BURST), BURST);
	ck_assert_uint_eq(count_answers("203.0.113.1", 2000, 100), 0);
	rrl_free(rrl);
}
END_TEST

START_TEST(flood_of_forged_networks_does_not_free_the_one_that_is_limited)
{
	char client[32];
	unsigned i, answers = 0;

	new_rrl(RATE);
	for (i = 0; i < 200000; i++) {
		snprintf(client, sizeof(client), "%u.%u.%u.1", 1 + (i >> 16), i >> 8 & 255,
			 i & 255);
		ask(client, 1000 + i / 1000);
		if (i % 100 == 0)
			answers += ask("203.0.113.1", 1000 + i / 1000) == RRL_ANSWER;
	}
	ck_assert_uint_le(answers, BURST + 1);
	rrl_free(rrl);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rrl");
	TCase *tc = tcase_create("limits");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, burst_is_answered_and_then_every_second_one_slips);
	tcase_add_test(tc, tokens_come_back_with_time);
	tcase_add_loop_test(tc, clients_of_one_network_share_a_bucket, 0, N_ELEMENTS(networks));
	tcase_add_test(tc, rate_zero_answers_everything);
	tcase_add_test(tc, flood_of_forged_networks_harms_nobody);
	tcase_add_test(tc, flood_of_forged_networks_does_not_free_the_one_that_is_limited);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
