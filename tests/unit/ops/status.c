/* SPDX-License-Identifier: BSD-2-Clause
 * Liveness and readiness, with a clock and an engine of the test's own. */
#include "ops/status.h"

#include <string.h>
#include <uv.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/metric.h"
#include "conf/conf.h"
#include "engine/engine.h"
#include "http/server.h"
#include "kit/unit.h"

enum { PRINT_MAX = 64 * 1024 };

static int64_t now_ms;
static struct engine_stats stats;

int64_t clock_mono_ms(void)
{
	return now_ms;
}

int64_t clock_wall_s(void)
{
	return 1700000000;
}

void engine_stats(const struct engine *e, struct engine_stats *ret)
{
	(void)e;
	*ret = stats;
}

static uv_loop_t loop;
static struct conf conf = {.max_connections = 4242, .store.timeout_s = 17};
static struct status *a;
static const struct http_admin *http;

static void open_status(void)
{
	now_ms = 1000;
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(status_new(&loop, &conf, NULL, &a), 0);
	http = status_http(a);
}

static void close_status(void)
{
	status_close(a);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	status_free(a);
}

START_TEST(a_loop_that_does_not_turn_for_five_seconds_is_stuck)
{
	open_status();
	ck_assert(http->is_alive(http->arg));
	now_ms += 5000;
	ck_assert(http->is_alive(http->arg));
	now_ms += 1;
	ck_assert(!http->is_alive(http->arg));
	stats = (struct engine_stats){.pending = 3, .queued = 5, .oldest_ms = 6001, .barred = 1};
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert(http->is_alive(http->arg));
	ck_assert_int_eq(metric_get(METRIC_UPDATES_PENDING), 3);
	ck_assert_int_eq(metric_get(METRIC_CHANGES_QUEUED), 5);
	ck_assert_int_eq(metric_get(METRIC_OLDEST_CHANGE_AGE), 7);
	ck_assert_int_eq(metric_get(METRIC_ZONES_DENIED), 1);
	metric_set(METRIC_ZONES_DENIED, 0);
	close_status();
}
END_TEST

START_TEST(it_is_ready_when_no_reason_holds)
{
	open_status();
	ck_assert_str_eq(http->why_not_ready(http->arg), "starting");
	/* Stopped while it starts. */
	status_set(a, STATUS_DRAINING, true);
	ck_assert_str_eq(http->why_not_ready(http->arg), "draining");
	status_set(a, STATUS_DRAINING, false);
	ck_assert_str_eq(http->why_not_ready(http->arg), "starting");
	status_set(a, STATUS_STARTING, false);
	ck_assert_ptr_null(http->why_not_ready(http->arg));
	close_status();
}
END_TEST

static const struct {
	enum metric gauge;
	const char *word;
} aws_rows[] = {
	{METRIC_AWS_KEYS_MISSING, "credentials-unavailable"},
	{METRIC_AWS_BREAKER_DYNAMODB, "dynamodb-unavailable"},
	{METRIC_TABLE_MISSING, "table-missing"},
	{METRIC_TABLE_DENIED, "table-denied"},
	{METRIC_TABLE_OTHER_KEY, "table-has-another-key"},
	{METRIC_TABLE_KMS, "kms-refused"},
	{METRIC_AWS_BREAKER_ROUTE53, "route53-unavailable"},
	{METRIC_ZONES_DENIED, "route53-denied"},
};

/* A router that stays away because of an outage does not end it: the process is well. */
START_TEST(an_outage_of_aws_is_no_readiness_but_life)
{
	size_t i;

	open_status();
	status_set(a, STATUS_STARTING, false);
	for (i = N_ELEMENTS(aws_rows); i-- > 0;) {
		metric_set(aws_rows[i].gauge, 1);
		ck_assert_str_eq(http->why_not_ready(http->arg), aws_rows[i].word);
		ck_assert(http->is_alive(http->arg));
	}
	for (i = 0; i < N_ELEMENTS(aws_rows); i++) {
		ck_assert_str_eq(http->why_not_ready(http->arg), aws_rows[i].word);
		metric_set(aws_rows[i].gauge, 0);
	}
	ck_assert_ptr_null(http->why_not_ready(http->arg));
	close_status();
}
END_TEST

/* What stands in its way is told first. */
START_TEST(what_was_owed_at_the_start_is_waited_for)
{
	open_status();
	status_set(a, STATUS_RESUMING, true);
	ck_assert_str_eq(http->why_not_ready(http->arg), "starting");
	status_set(a, STATUS_STARTING, false);
	ck_assert_str_eq(http->why_not_ready(http->arg), "resuming");
	metric_set(METRIC_LISTING_THROTTLED, 1);
	ck_assert_str_eq(http->why_not_ready(http->arg), "resuming: table-throttled");
	metric_set(METRIC_LISTING_THROTTLED, 0);
	metric_set(METRIC_TABLE_MISSING, 1);
	ck_assert_str_eq(http->why_not_ready(http->arg), "table-missing");
	metric_set(METRIC_TABLE_MISSING, 0);
	ck_assert_str_eq(http->why_not_ready(http->arg), "resuming");
	/* The engine knows when it is over. */
	stats = (struct engine_stats){.resuming = true};
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_str_eq(http->why_not_ready(http->arg), "resuming");
	ck_assert_int_eq(metric_get(METRIC_RESUMING), 1);
	close_status();
	stats = (struct engine_stats){
		.hosts = 9, .hosts_for_store = 2, .hosts_for_settle = 3, .hosts_for_listing = 4};
	open_status();
	status_set(a, STATUS_STARTING, false);
	status_set(a, STATUS_RESUMING, true);
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_ptr_null(http->why_not_ready(http->arg));
	ck_assert_int_eq(metric_get(METRIC_RESUMING), 0);
	ck_assert_int_eq(metric_get(METRIC_HOSTS_PENDING), 9);
	ck_assert_int_eq(metric_get(METRIC_HOSTS_WAITING_STORE), 2);
	ck_assert_int_eq(metric_get(METRIC_HOSTS_WAITING_SETTLE), 3);
	ck_assert_int_eq(metric_get(METRIC_HOSTS_WAITING_LISTING), 4);
	close_status();
}
END_TEST

START_TEST(limits_are_among_the_metrics)
{
	struct buf out;

	open_status();
	buf_init(&out, PRINT_MAX);
	http->print_metrics(http->arg, &out);
	ck_assert_int_eq(buf_err(&out), 0);
	ck_assert_ptr_nonnull(
		strstr(buf_str(&out), "\nmooring_limit{name=\"max-connections\"} 4242\n"));
	ck_assert_ptr_nonnull(
		strstr(buf_str(&out), "\nmooring_limit{name=\"store-timeout\"} 17\n"));
	ck_assert_ptr_nonnull(
		strstr(buf_str(&out), "\nmooring_limit{name=\"penalty-clients\"} 65536\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "\nmooring_start_time_seconds 1700000000\n"));
	buf_fini(&out);
	close_status();
}
END_TEST

START_TEST(without_an_admin_listener_there_is_nothing_to_tell)
{
	status_set(NULL, STATUS_STARTING, false);
	status_close(NULL);
	status_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_loop_that_does_not_turn_for_five_seconds_is_stuck,
		it_is_ready_when_no_reason_holds,
		an_outage_of_aws_is_no_readiness_but_life,
		what_was_owed_at_the_start_is_waited_for,
		limits_are_among_the_metrics,
		without_an_admin_listener_there_is_nothing_to_tell,
	};

	return unit_run("status", tests, N_ELEMENTS(tests));
}
