/* SPDX-License-Identifier: BSD-2-Clause
 * dns/propagation.h: which batches are asked about, how often, and what becomes of the answers. The
 * AWS layer plays a script: aws_route53_get_change() is defined here. */
#include "dns/propagation.h"

#include <string.h>
#include <uv.h>

#include "aws/aws_route53.h"
#include "aws/route53_change.h"
#include "base/clock.h"
#include "base/metric.h"
#include "base/str.h"
#include "dns/pace.h"
#include "kit/fake_clock.h"
#include "kit/unit.h"

enum { EVERY = 3, POLL_MS = 1 };

static unsigned n_asked;
static char asked_id[64];
static aws_route53_status_fn *status_done;
static void *status_arg;
static int refusal;

int aws_route53_get_change(struct aws_route53 *r, const char *change_id,
			   aws_route53_status_fn *done, void *arg)
{
	(void)r;
	n_asked++;
	str_copy(asked_id, sizeof(asked_id), slice_of(change_id));
	if (refusal != 0)
		return refusal;
	status_done = done;
	status_arg = arg;
	return 0;
}

static uv_loop_t loop;
static struct propagation *p;
static struct pace pace;

static void start(void)
{
	static const struct pace_limits limits = {10, 50, 100, 1500};

	fake_clock_ms = 1000;
	n_asked = 0;
	refusal = 0;
	pace_init(&pace, &limits, fake_clock_ms);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(propagation_new(&loop, NULL, &pace, EVERY, &p), 0);
	propagation_set_poll_ms(p, POLL_MS);
}

static void stop(void)
{
	propagation_close(p);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

/* Until the next question is asked, or none is due. */
static void turn(void)
{
	uv_run(&loop, UV_RUN_ONCE);
}

static void answer(int err, bool is_insync)
{
	struct aws_error e = {.err = err, .message = ""};

	status_done(status_arg, err, is_insync, err != 0 ? &e : NULL);
}

START_TEST(one_batch_in_so_many_is_asked_about)
{
	unsigned i;

	start();
	for (i = 0; i < 2; i++) {
		propagation_accepted(p, i == 0 ? "C1" : "C4");
		turn();
		ck_assert_uint_eq(n_asked, i + 1);
		ck_assert_str_eq(asked_id, i == 0 ? "C1" : "C4");
		/* While a sample is under way none begins, however many batches there are. */
		propagation_accepted(p, "C9");
		answer(0, true);
		propagation_accepted(p, "C2");
		propagation_accepted(p, "C3");
	}
	ck_assert_int_eq(uv_loop_alive(&loop), 0);
	stop();
	ck_assert_uint_eq(n_asked, 2);
}
END_TEST

START_TEST(it_is_asked_until_it_is_in_sync_and_each_question_is_paid_for)
{
	int64_t before = metric_get(METRIC_ROUTE53_SAMPLES_INSYNC);
	uint64_t demand;

	start();
	demand = pace.requests.demand;
	propagation_accepted(p, "C1");
	turn();
	answer(0, false);
	turn();
	answer(ERR_UNAVAILABLE, false);
	refusal = ERR_NOMEM;
	turn();
	refusal = 0;
	fake_clock_ms += 42400;
	turn();
	answer(0, true);
	ck_assert_uint_eq(n_asked, 4);
	ck_assert_int_eq(metric_get(METRIC_ROUTE53_PROPAGATION), 42);
	ck_assert_int_eq(metric_get(METRIC_ROUTE53_SAMPLES_INSYNC), before + 1);
	ck_assert_uint_eq(pace.requests.demand - demand, 3 * UINT64_C(60000000));
	/* To the nearest second. */
	propagation_accepted(p, "C2");
	propagation_accepted(p, "C3");
	propagation_accepted(p, "C4");
	turn();
	fake_clock_ms += 1500;
	answer(0, true);
	ck_assert_int_eq(metric_get(METRIC_ROUTE53_PROPAGATION), 2);
	stop();
}
END_TEST

START_TEST(it_is_given_up_after_five_minutes)
{
	int64_t before = metric_get(METRIC_ROUTE53_SAMPLES_LATE);

	start();
	propagation_accepted(p, "C1");
	turn();
	fake_clock_ms += PROPAGATION_GIVE_UP_MS - 1;
	answer(0, false);
	turn();
	fake_clock_ms += 1;
	/* Trouble says nothing about the change. */
	answer(ERR_UNAVAILABLE, false);
	turn();
	answer(0, false);
	ck_assert_int_eq(uv_loop_alive(&loop), 0);
	ck_assert_int_eq(metric_get(METRIC_ROUTE53_SAMPLES_LATE), before + 1);
	stop();
}
END_TEST

START_TEST(without_the_permission_no_further_sample_is_taken)
{
	unsigned i;

	start();
	propagation_accepted(p, "C1");
	turn();
	answer(ERR_DENIED, false);
	for (i = 0; i < 2 * EVERY; i++)
		propagation_accepted(p, "C2");
	ck_assert_int_eq(uv_loop_alive(&loop), 0);
	ck_assert_uint_eq(n_asked, 1);
	stop();
}
END_TEST

START_TEST(a_change_that_route53_forgot_is_counted)
{
	int64_t before = metric_get(METRIC_ROUTE53_SAMPLES_LOST);

	start();
	propagation_accepted(p, "C1");
	turn();
	answer(ERR_NOTFOUND, false);
	ck_assert_int_eq(metric_get(METRIC_ROUTE53_SAMPLES_LOST), before + 1);
	ck_assert_int_eq(uv_loop_alive(&loop), 0);
	stop();
}
END_TEST

START_TEST(it_may_be_closed_while_it_asks)
{
	start();
	propagation_accepted(p, "C1");
	turn();
	propagation_close(p);
	uv_run(&loop, UV_RUN_DEFAULT);
	answer(ERR_CANCELED, false);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	propagation_close(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		one_batch_in_so_many_is_asked_about,
		it_is_asked_until_it_is_in_sync_and_each_question_is_paid_for,
		it_is_given_up_after_five_minutes,
		without_the_permission_no_further_sample_is_taken,
		a_change_that_route53_forgot_is_counted,
		it_may_be_closed_while_it_asks,
	};

	return unit_run("propagation", tests, N_ELEMENTS(tests));
}
