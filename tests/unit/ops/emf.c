/* SPDX-License-Identifier: BSD-2-Clause
 * The lines as CloudWatch reads them; the rules are those of AWS's page "Specification: Embedded
 * metric format". */
#include "ops/emf.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>
#include <uv.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/histogram.h"
#include "base/log.h"
#include "base/metric.h"
#include "kit/fake_malloc.h"
#include "kit/log_kit.h"
#include "kit/unit.h"

#define NOW_MS INT64_C(1764365680007)

enum { NEVER_MS = 1000 * 1000 };

static unsigned n_times; /* the clock was read */

int64_t clock_wall_ms(void)
{
	n_times++;
	return NOW_MS;
}

static uv_loop_t loop;
static struct emf *emf;

static void open_emf(uint64_t period_ms)
{
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(emf_new(&loop, period_ms, &emf), 0);
}

/* Closes it, and returns what was written. */
static const char *close_emf(void)
{
	const char *text;

	capture();
	emf_close(emf);
	text = captured();
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	return text;
}

/* The line of text, as JSON; to be freed. */
static json_t *parse(const char *text)
{
	json_error_t error;
	json_t *line = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	ck_assert_msg(line != NULL, "%s: %s", error.text, text);
	return line;
}

static json_t *directive(json_t *line)
{
	json_t *all = json_object_get(json_object_get(line, "_aws"), "CloudWatchMetrics");

	ck_assert_uint_eq(json_array_size(all), 1);
	return json_array_get(all, 0);
}

/* The unit of a metric; NULL: there is none of that name. */
static const char *unit_of(json_t *line, const char *name)
{
	json_t *metrics = json_object_get(directive(line), "Metrics"), *m;
	size_t i;

	json_array_foreach(metrics, i, m)
		if (strcmp(json_string_value(json_object_get(m, "Name")), name) == 0)
			return json_string_value(json_object_get(m, "Unit"));
	return NULL;
}

static void check_value(json_t *line, const char *name, const char *unit, int64_t value)
{
	const char *got = unit_of(line, name);

	ck_assert_msg(got != NULL && strcmp(got, unit) == 0, "%s: %s", name, got);
	ck_assert_msg(json_is_integer(json_object_get(line, name)), "%s", name);
	ck_assert_int_eq(json_integer_value(json_object_get(line, name)), value);
}

static void check_metric(json_t *line, json_t *metric)
{
	static const char *const units[] = {"Count", "Seconds", "Milliseconds"};
	const char *name = json_string_value(json_object_get(metric, "Name"));
	const char *unit = json_string_value(json_object_get(metric, "Unit"));
	bool known = false;
	size_t i;

	ck_assert(name != NULL && unit != NULL && strlen(name) > 0 && strlen(name) <= 255);
	for (i = 0; i < N_ELEMENTS(units); i++)
		known |= strcmp(units[i], unit) == 0;
	ck_assert_msg(known, "%s", unit);
	ck_assert_msg(json_is_number(json_object_get(line, name)), "%s", name);
	ck_assert_uint_eq(json_object_size(metric), 2);
}

START_TEST(a_line_keeps_the_rules_of_the_format)
{
	json_t *line, *d, *metrics, *m, *dimensions;
	size_t i;

	log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_JSON, LOG_READER_FILE);
	open_emf(NEVER_MS);
	line = parse(close_emf());
	d = directive(line);
	ck_assert_int_eq(
		json_integer_value(json_object_get(json_object_get(line, "_aws"), "Timestamp")),
		NOW_MS);
	ck_assert_str_eq(json_string_value(json_object_get(line, "message")), "metrics");
	ck_assert_str_eq(json_string_value(json_object_get(d, "Namespace")), "mooring");
	dimensions = json_object_get(d, "Dimensions");
	ck_assert_uint_eq(json_array_size(dimensions), 1);
	ck_assert_uint_eq(json_array_size(json_array_get(dimensions, 0)), 0);
	metrics = json_object_get(d, "Metrics");
	ck_assert(json_array_size(metrics) > 0 && json_array_size(metrics) <= 100);
	json_array_foreach(metrics, i, m)
		check_metric(line, m);
	/* And nothing else: time, level, message, _aws. */
	ck_assert_uint_eq(json_object_size(line), json_array_size(metrics) + 4);
	json_decref(line);
}
END_TEST

START_TEST(counters_tell_what_came_since_the_line_before_and_gauges_what_is)
{
	json_t *line;

	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON, LOG_READER_FILE);
	metric_add(METRIC_UPDATES_GOOD, 5);
	metric_add(METRIC_AWS_ROUTE53_FAILED, 7);
	open_emf(NEVER_MS);
	metric_add(METRIC_UPDATES_GOOD, 3);
	metric_add(METRIC_AWS_ROUTE53_FAILED, 1);
	metric_add(METRIC_AWS_DYNAMODB_DENIED, 2);
	metric_add(METRIC_AWS_STS_THROTTLED, 4);
	metric_add(METRIC_HTTP_SHED_HELLO, 1);
	metric_add(METRIC_HTTP_SHED_WAIT, 1);
	metric_set(METRIC_CHANGES_QUEUED, 17);
	metric_set(METRIC_OLDEST_CHANGE_AGE, 600);
	metric_set(METRIC_TABLE_KMS, 1);
	metric_set(METRIC_RELOAD_FAILED_PEPPERS, 1);
	metric_set(METRIC_RELOAD_FAILED_TARGETS, 1);
	line = parse(close_emf());
	check_value(line, "updates_good", "Count", 3);
	check_value(line, "updates_nochg", "Count", 0);
	check_value(line, "aws_failed", "Count", 3);
	check_value(line, "aws_throttled", "Count", 4);
	check_value(line, "connections_shed", "Count", 2);
	check_value(line, "changes_queued", "Count", 17);
	check_value(line, "oldest_change_age", "Seconds", 600);
	check_value(line, "table_refused", "Count", 1);
	check_value(line, "reload_failed", "Count", 2);
	json_decref(line);
	/* What is the case goes on to be. */
	open_emf(NEVER_MS);
	line = parse(close_emf());
	check_value(line, "updates_good", "Count", 0);
	check_value(line, "changes_queued", "Count", 17);
	json_decref(line);
}
END_TEST

START_TEST(a_mean_is_there_when_something_took_time)
{
	json_t *line;

	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON, LOG_READER_FILE);
	histogram_add(HISTOGRAM_UPDATE_GOOD, 9000);
	open_emf(NEVER_MS);
	histogram_add(HISTOGRAM_UPDATE_GOOD, 100);
	histogram_add(HISTOGRAM_UPDATE_NOCHG, 1);
	histogram_add(HISTOGRAM_UPDATE_REFUSED, 4);
	line = parse(close_emf());
	check_value(line, "update_time", "Milliseconds", 35);
	ck_assert_ptr_null(unit_of(line, "publication_time"));
	ck_assert_ptr_null(json_object_get(line, "publication_time"));
	json_decref(line);
	open_emf(NEVER_MS);
	histogram_add(HISTOGRAM_PUBLICATION, 70);
	line = parse(close_emf());
	check_value(line, "publication_time", "Milliseconds", 70);
	ck_assert_ptr_null(unit_of(line, "update_time"));
	json_decref(line);
}
END_TEST

/* Whatever the numbers are, nothing of the line is cut. */
START_TEST(the_longest_line_is_whole)
{
	json_t *line;
	size_t i;

	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON, LOG_READER_JOURNAL);
	open_emf(NEVER_MS);
	for (i = 0; i < METRIC_COUNT; i++)
		metric_set((enum metric)i, INT64_MAX / 16);
	for (i = 0; i < HISTOGRAM_COUNT; i++)
		histogram_add((enum histogram)i, INT64_MAX / 16);
	line = parse(strchr(close_emf(), '{'));
	ck_assert_ptr_nonnull(unit_of(line, "update_time"));
	ck_assert_ptr_nonnull(unit_of(line, "publication_time"));
	ck_assert_ptr_null(json_object_get(line, "cut"));
	json_decref(line);
	for (i = 0; i < METRIC_COUNT; i++)
		metric_set((enum metric)i, 0);
}
END_TEST

START_TEST(each_period_has_its_line)
{
	const char *text;
	size_t n = 0;

	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON, LOG_READER_FILE);
	open_emf(1);
	metric_add(METRIC_STORE_TROUBLE, 6);
	n_times = 0;
	capture();
	/* Each reads the clock twice: for the metrics, and for the log. */
	while (n_times < 4)
		uv_run(&loop, UV_RUN_ONCE);
	for (text = captured(); (text = strstr(text, "\"_aws\"")) != NULL; text++)
		n++;
	ck_assert_uint_ge(n, 2);
	text = close_emf();
	ck_assert_ptr_nonnull(strstr(text, "\"store_trouble\":0"));
}
END_TEST

START_TEST(without_memory_the_next_line_tells_it)
{
	json_t *line;
	const char *text = NULL;
	bool was_refused = true;
	size_t n;

	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON, LOG_READER_FILE);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	fake_malloc_fail_at(1);
	ck_assert_int_eq(emf_new(&loop, 1, &emf), ERR_NOMEM);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	open_emf(NEVER_MS);
	metric_add(METRIC_UPDATES_911, 2);
	for (n = 1; was_refused; n++) {
		capture();
		fake_malloc_fail_at(n);
		emf_write(emf);
		was_refused = fake_malloc_off();
		text = captured();
		ck_assert_msg((*text == '\0') == was_refused, "call %zu", n);
	}
	ck_assert_uint_gt(n, 2);
	ck_assert_ptr_nonnull(strstr(text, "\"updates_911\":2"));
	metric_add(METRIC_UPDATES_911, 1);
	line = parse(close_emf());
	check_value(line, "updates_911", "Count", 1);
	json_decref(line);
}
END_TEST

int main(void)
{
	/* In this order: the numbers are the process's. */
	const TTest *const tests[] = {
		a_line_keeps_the_rules_of_the_format,
		counters_tell_what_came_since_the_line_before_and_gauges_what_is,
		a_mean_is_there_when_something_took_time,
		the_longest_line_is_whole,
		each_period_has_its_line,
		without_memory_the_next_line_tells_it,
	};

	return unit_run("emf", tests, N_ELEMENTS(tests));
}
