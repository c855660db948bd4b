/* SPDX-License-Identifier: BSD-2-Clause
 * dns/pace.h, against buckets of the quotas' definition that what was sent arrives at. */
#include "dns/pace.h"

#include <limits.h>
#include <stdio.h>

#include "kit/unit.h"

static const struct pace_limits aws = {10, 50, 100, 1500};

static struct pace pace;
static int64_t now_ms;

/* The service's side. */
struct quota {
	double rate, burst, level;
	int64_t at_ms;
};

static struct quota quota_of(uint32_t rate, uint32_t burst)
{
	return (struct quota){rate, burst, burst, now_ms};
}

static bool quota_take(struct quota *q, double tokens)
{
	q->level += q->rate * (double)(now_ms - q->at_ms) / 1000;
	q->level = q->level < q->burst ? q->level : q->burst;
	q->at_ms = now_ms;
	if (q->level < tokens - 1e-6)
		return false;
	q->level -= tokens;
	return true;
}

static void start(const struct pace_limits *limits)
{
	now_ms = 1000000;
	pace_init(&pace, limits, now_ms);
}

/* Waits as publish does; returns for how long. */
static int64_t wait_turn(const struct pace_ticket *ticket)
{
	int64_t began_ms = now_ms;
	uint32_t ms;

	while ((ms = pace_wait_ms(&pace, ticket, now_ms)) > 0) {
		ck_assert_uint_le(ms, PACE_WAIT_MAX_MS);
		now_ms += ms;
	}
	return now_ms - began_ms;
}

static int64_t send_tokens(uint32_t tokens)
{
	struct pace_ticket ticket = {0};
	int64_t waited_ms;

	pace_reserve(&pace, tokens, now_ms, &ticket);
	waited_ms = wait_turn(&ticket);
	pace_spend(&pace, &ticket, tokens, now_ms);
	ck_assert(!ticket.is_held);
	return waited_ms;
}

static const struct {
	struct pace_limits limits;
	uint32_t tokens;     /* of each request */
	unsigned n_at_once;  /* requests before one has to wait */
	int64_t then_ms;     /* how long the next one waits */
	uint32_t allowance;  /* at first */
	uint32_t allowance2; /* then */
} bursts[] = {
	/* The changes end first; a second's worth of the burst is not used. */
	{{10, 50, 100, 1500}, 820, 1, 2400, 1400, 580},
	{{10, 50, 100, 1500}, 100, 14, 1000, 1400, 100},
	/* The requests do. */
	{{10, 50, 100, 1500}, 2, 40, 100, 1400, 1320},
	{{1, 1, 100, 1500}, 2, 1, 1000, 1400, 1398},
	/* Bursts of less than two seconds are used half. */
	{{10, 50, 100, 60}, 2, 15, 20, 30, 30},
	{{100, 100, 1, 2}, 2, 0, 1000, 1, 1},
	{{10, 50, 6000, 1500}, 750, 1, 125, 750, 750},
};

START_TEST(burst_goes_at_once_and_then_the_rate_counts)
{
	unsigned i;

	start(&bursts[_i].limits);
	ck_assert_uint_eq(pace_allowance(&pace, now_ms), bursts[_i].allowance);
	for (i = 0; i < bursts[_i].n_at_once; i++)
		ck_assert_msg(send_tokens(bursts[_i].tokens) == 0, "request %u", i);
	ck_assert_uint_eq(pace_allowance(&pace, now_ms), bursts[_i].allowance2);
	ck_assert_int_eq(send_tokens(bursts[_i].tokens), bursts[_i].then_ms);
}
END_TEST

/* 5,000 hosts with batches as large as allowed, each an UPSERT, on a way that takes up to a
 * second there and back. */
START_TEST(service_never_refuses_and_is_never_left_waiting)
{
	static const int64_t latencies_ms[] = {0, 5, 300, 990};
	struct quota requests, changes;
	unsigned left, n;
	int64_t began_ms;
	size_t i;

	for (i = 0; i < N_ELEMENTS(latencies_ms); i++) {
		start(&aws);
		requests = quota_of(10, 50);
		changes = quota_of(100, 1500);
		began_ms = now_ms;
		for (left = 5000; left > 0; left -= n) {
			n = pace_allowance(&pace, now_ms) / 2;
			n = n < 410 ? n : 410;
			n = n < left ? n : left;
			send_tokens(2 * n);
			now_ms += latencies_ms[i];
			ck_assert_msg(quota_take(&requests, 1) && quota_take(&changes, 2 * n),
				      "latency %zu: throttled with %u left", i, left);
		}
		/* What the bucket itself would have needed: 8,500 tokens after its burst. */
		ck_assert_msg((double)(now_ms - began_ms) * 0.95 <= 85000 + 1000.0, "%lld ms",
			      (long long)(now_ms - began_ms));
	}
}
END_TEST

/* What others can do without goes only while both buckets stay half full. */
START_TEST(half_of_the_buckets_is_to_spare)
{
	static const struct pace_limits tiny = {1, 1, 1, 1};
	unsigned i;

	start(&aws);
	/* The last second of the burst is never used: 1,400 tokens, 40 requests. */
	ck_assert_uint_eq(pace_spare(&pace, now_ms), 700);
	pace_spend(&pace, &(struct pace_ticket){0}, 600, now_ms);
	ck_assert_uint_eq(pace_spare(&pace, now_ms), 100);
	now_ms += 1000;
	ck_assert_uint_eq(pace_spare(&pace, now_ms), 200);
	pace_spend(&pace, &(struct pace_ticket){0}, 1000, now_ms);
	ck_assert_uint_eq(pace_spare(&pace, now_ms), 0);
	start(&aws);
	for (i = 0; i < 19; i++)
		pace_spend(&pace, &(struct pace_ticket){0}, 0, now_ms);
	ck_assert_uint_eq(pace_spare(&pace, now_ms), 700);
	pace_spend(&pace, &(struct pace_ticket){0}, 0, now_ms);
	ck_assert_uint_eq(pace_spare(&pace, now_ms), 0);
	start(&tiny);
	ck_assert_uint_eq(pace_spare(&pace, now_ms), 1);
	pace_spend(&pace, &(struct pace_ticket){0}, 1, now_ms);
	ck_assert_uint_eq(pace_spare(&pace, now_ms), 0);
}
END_TEST

START_TEST(within_a_minute_of_a_refusal_there_is_nothing_to_spare)
{
	start(&aws);
	pace_throttled(&pace, now_ms);
	ck_assert_uint_eq(pace_spare(&pace, now_ms), 0);
	now_ms += PACE_RECOVERY_MS;
	ck_assert_uint_eq(pace_spare(&pace, now_ms), 0);
	pace_accepted(&pace, now_ms);
	ck_assert_uint_eq(pace_spare(&pace, now_ms), 700);
}
END_TEST

/* The buckets are full long before: what comes back of the rate is for changes first. */
START_TEST(until_the_rate_is_back_there_is_nothing_to_spare)
{
	start(&aws);
	pace_throttled(&pace, now_ms);
	pace_accepted(&pace, now_ms);
	now_ms += PACE_RECOVERY_MS / 2 - 1;
	ck_assert_uint_eq(pace_allowance(&pace, now_ms), 1400);
	ck_assert_uint_eq(pace_spare(&pace, now_ms), 0);
	now_ms += 1;
	ck_assert_uint_eq(pace_spare(&pace, now_ms), 700);
}
END_TEST

START_TEST(tickets_are_due_in_the_order_they_were_taken)
{
	struct pace_ticket busy = {0}, idle = {0};

	start(&aws);
	send_tokens(1400);
	pace_reserve(&pace, 100, now_ms, &busy);
	pace_reserve(&pace, 2, now_ms, &idle);
	ck_assert_uint_eq(pace_wait_ms(&pace, &idle, now_ms), 1000);
	ck_assert_int_eq(wait_turn(&busy), 1000);
	ck_assert_uint_eq(pace_wait_ms(&pace, &idle, now_ms), 20);
	/* The busy one is back at once, and behind. */
	pace_spend(&pace, &busy, 100, now_ms);
	pace_reserve(&pace, 100, now_ms, &busy);
	ck_assert_int_eq(wait_turn(&idle), 20);
	pace_spend(&pace, &idle, 2, now_ms);
	ck_assert_int_eq(wait_turn(&busy), 1000);
}
END_TEST

START_TEST(ticket_that_is_not_used_is_given_back)
{
	struct pace_ticket ticket = {0};

	start(&aws);
	pace_cancel(&pace, &ticket);
	pace_reserve(&pace, 1400, now_ms, &ticket);
	pace_cancel(&pace, &ticket);
	ck_assert(!ticket.is_held);
	ck_assert_uint_eq(pace_allowance(&pace, now_ms), 1400);
	/* A batch that became cheaper, or dearer, while it waited pays what it costs. */
	pace_reserve(&pace, 1000, now_ms, &ticket);
	pace_spend(&pace, &ticket, 400, now_ms);
	ck_assert_uint_eq(pace_allowance(&pace, now_ms), 1000);
	pace_reserve(&pace, 100, now_ms, &ticket);
	pace_spend(&pace, &ticket, 600, now_ms);
	ck_assert_uint_eq(pace_allowance(&pace, now_ms), 400);
}
END_TEST

START_TEST(what_goes_without_a_ticket_is_paid_by_the_next)
{
	struct pace_ticket none = {0};

	start(&aws);
	pace_spend(&pace, &none, 1600, now_ms);
	ck_assert_uint_eq(pace_allowance(&pace, now_ms), 100);
	ck_assert_int_eq(send_tokens(100), 3000);
}
END_TEST

static void refuse(unsigned n, unsigned gap_ms)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		now_ms += i > 0 ? gap_ms : 0;
		pace_throttled(&pace, now_ms);
	}
}

/* Tokens that one second brings: the bucket is emptied first. */
static uint32_t second(void)
{
	struct pace_ticket drained = {0};

	pace_spend(&pace, &drained, 1500, now_ms);
	return pace_allowance(&pace, now_ms);
}

/* What a second brings, ms after the last refusal. */
static const struct {
	unsigned n_refusals, gap_ms, ms;
	uint32_t second;
} recoveries[] = {
	{1, 0, 0, 50},	    {1, 0, 6000, 60},	   {1, 0, 15000, 75},	  {1, 0, 29400, 99},
	{2, 1000, 0, 25},   {2, 999, 0, 51},	   {3, 1000, 0, 13},	  {50, 10, 0, 50},
	{50, 1000, 0, 6},   {50, 1000, 30000, 56}, {50, 1000, 53400, 95}, {2, 60000, 0, 50},
	{5000, 1000, 0, 6},
};

START_TEST(refusal_halves_the_rate_and_a_minute_gives_it_back)
{
	uint32_t found;

	start(&aws);
	refuse(recoveries[_i].n_refusals, recoveries[_i].gap_ms);
	now_ms += recoveries[_i].ms;
	found = second();
	ck_assert_msg(found == recoveries[_i].second, "row %d: %u", _i, (unsigned)found);
}
END_TEST

START_TEST(after_a_minute_a_refusal_is_forgotten)
{
	start(&aws);
	pace_throttled(&pace, now_ms);
	now_ms += PACE_RECOVERY_MS;
	ck_assert_uint_eq(pace_allowance(&pace, now_ms), 1400);
	send_tokens(1400);
	ck_assert_int_eq(send_tokens(100), 1000);
}
END_TEST

START_TEST(refusal_empties_the_bucket_and_slows_who_waits)
{
	struct pace_ticket waiting = {0};
	int64_t ms;

	start(&aws);
	pace_throttled(&pace, now_ms);
	/* 50 a second and a little more each millisecond. */
	ms = send_tokens(100);
	ck_assert_msg(ms > 1900 && ms < 2000, "%lld ms", (long long)ms);
	start(&aws);
	send_tokens(1400);
	pace_reserve(&pace, 100, now_ms, &waiting);
	now_ms += 500;
	pace_throttled(&pace, now_ms);
	ms = wait_turn(&waiting);
	ck_assert_msg(ms > 980 && ms <= 1000, "%lld ms", (long long)ms);
}
END_TEST

/* Those that come within a moment are of requests that were sent together. */
START_TEST(refusals_that_come_together_count_once)
{
	start(&aws);
	pace_throttled(&pace, now_ms);
	ck_assert_int_eq(pace.share_ms, PACE_RECOVERY_MS / 2);
	now_ms += PACE_THROTTLE_GAP_MS - 1;
	pace_throttled(&pace, now_ms);
	ck_assert_int_eq(pace.share_ms, PACE_RECOVERY_MS / 2 + PACE_THROTTLE_GAP_MS - 1);
	now_ms += 1;
	pace_throttled(&pace, now_ms);
	ck_assert_int_eq(pace.share_ms, (PACE_RECOVERY_MS / 2 + PACE_THROTTLE_GAP_MS) / 2);
	/* That one begins a moment of its own. */
	pace_throttled(&pace, now_ms + 1);
	ck_assert_int_eq(pace.share_ms, (PACE_RECOVERY_MS / 2 + PACE_THROTTLE_GAP_MS) / 2 + 1);
	/* A clock that went back says nothing of when it was. */
	pace_throttled(&pace, now_ms - 1);
	ck_assert_int_lt(pace.share_ms, PACE_RECOVERY_MS / 4);
}
END_TEST

/* What a second brings once Route 53 accepts again, after refusals in a row, one a second. */
static const struct {
	unsigned n_refusals;
	uint32_t second;
} outages[] = {{1, 51}, {2, 27}, {9, 7}, {10, 100}, {60, 100}, {3600, 100}};

START_TEST(outage_says_nothing_about_the_rate)
{
	uint32_t found;

	start(&aws);
	refuse(outages[_i].n_refusals, 1000);
	now_ms += 1000;
	pace_accepted(&pace, now_ms);
	found = second();
	ck_assert_msg(found == outages[_i].second, "row %d: %u", _i, (unsigned)found);
	/* That one was the last of it: the next refusals are counted from their own first. */
	now_ms += PACE_OUTAGE_MS;
	refuse(1, 0);
	pace_accepted(&pace, now_ms);
	ck_assert_uint_le(second(), 50);
}
END_TEST

/* Half of the rate is all that there was before: an outage gives no more than that back. */
START_TEST(outage_gives_back_what_was_before)
{
	start(&aws);
	refuse(1, 0);
	pace_accepted(&pace, now_ms);
	refuse(20, 1000);
	pace_accepted(&pace, now_ms);
	ck_assert_uint_eq(second(), 50);
	/* Nor less than what came back meanwhile. */
	start(&aws);
	refuse(1, 0);
	pace_accepted(&pace, now_ms);
	refuse(1, 0);
	now_ms += 2 * PACE_RECOVERY_MS;
	pace_accepted(&pace, now_ms);
	ck_assert_uint_eq(second(), 100);
}
END_TEST

/* Another tool takes half of the account's rate. */
START_TEST(rate_settles_near_what_others_leave)
{
	struct quota changes;
	unsigned refused = 0, sent = 0;
	int64_t began_ms;

	start(&aws);
	began_ms = now_ms;
	changes = quota_of(50, 0);
	changes.burst = 100;
	while (now_ms - began_ms < 600000) {
		send_tokens(50);
		if (quota_take(&changes, 50)) {
			sent += 50;
			pace_accepted(&pace, now_ms);
			continue;
		}
		refused++;
		pace_throttled(&pace, now_ms);
	}
	ck_assert_msg(sent >= 600 * 50 / 2, "%u tokens", sent);
	ck_assert_msg(refused * 4 < sent / 50, "%u refused, %u sent", refused, sent / 50);
}
END_TEST

START_TEST(clock_that_jumps_gives_no_more_than_the_burst)
{
	static const int64_t jumps[] = {-1, -1000000, INT_MAX, (int64_t)INT_MAX * 1000, 3600001};
	size_t i;

	for (i = 0; i < N_ELEMENTS(jumps); i++) {
		start(&aws);
		send_tokens(1400);
		now_ms += jumps[i];
		ck_assert_msg(pace_allowance(&pace, now_ms) == (jumps[i] > 0 ? 1400 : 100),
			      "jump %zu", i);
		/* And it goes on from there. */
		send_tokens(jumps[i] > 0 ? 1400 : 0);
		ck_assert_int_eq(send_tokens(100), 1000);
	}
}
END_TEST

/* The counters wrap after days at the highest rate. */
START_TEST(counters_may_wrap)
{
	static const struct pace_limits fast = {10000, 100000, 100000, 1000000};
	int64_t began_ms;
	unsigned i;

	start(&fast);
	pace.changes.supply += UINT64_MAX - (uint64_t)pace.changes.capacity - 5;
	pace.changes.demand += UINT64_MAX - (uint64_t)pace.changes.capacity - 5;
	pace.requests.supply -= (uint64_t)pace.requests.capacity + 1;
	pace.requests.demand -= (uint64_t)pace.requests.capacity + 1;
	began_ms = now_ms;
	for (i = 0; i < 100; i++)
		send_tokens(100000);
	ck_assert_int_eq(now_ms - began_ms, (100 - 9) * 1000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pace");
	TCase *tc = tcase_create("pace");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, burst_goes_at_once_and_then_the_rate_counts, 0, N_ELEMENTS(bursts));
	tcase_add_test(tc, service_never_refuses_and_is_never_left_waiting);
	tcase_add_test(tc, half_of_the_buckets_is_to_spare);
	tcase_add_test(tc, within_a_minute_of_a_refusal_there_is_nothing_to_spare);
	tcase_add_test(tc, until_the_rate_is_back_there_is_nothing_to_spare);
	tcase_add_test(tc, tickets_are_due_in_the_order_they_were_taken);
	tcase_add_test(tc, ticket_that_is_not_used_is_given_back);
	tcase_add_test(tc, what_goes_without_a_ticket_is_paid_by_the_next);
	tcase_add_loop_test(tc, refusal_halves_the_rate_and_a_minute_gives_it_back, 0,
			    N_ELEMENTS(recoveries));
	tcase_add_test(tc, after_a_minute_a_refusal_is_forgotten);
	tcase_add_test(tc, refusal_empties_the_bucket_and_slows_who_waits);
	tcase_add_test(tc, refusals_that_come_together_count_once);
	tcase_add_loop_test(tc, outage_says_nothing_about_the_rate, 0, N_ELEMENTS(outages));
	tcase_add_test(tc, outage_gives_back_what_was_before);
	tcase_add_test(tc, rate_settles_near_what_others_leave);
	tcase_add_test(tc, clock_that_jumps_gives_no_more_than_the_burst);
	tcase_add_test(tc, counters_may_wrap);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
