/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/metric.h"

#include <stdbool.h>
#include <string.h>

#include "kit/unit.h"

enum { PRINT_MAX = 64 * 1024 };

static struct buf out;

static const char *print(void)
{
	buf_init(&out, PRINT_MAX);
	metric_print(&out);
	ck_assert_int_eq(buf_err(&out), 0);
	return buf_str(&out);
}

static bool has_line(const char *text, const char *line)
{
	const char *at = text;
	size_t len = strlen(line);

	while ((at = strstr(at, line)) != NULL) {
		if ((at == text || at[-1] == '\n') && at[len] == '\n')
			return true;
		at += len;
	}
	return false;
}

START_TEST(a_family_has_one_head_before_its_samples)
{
	static const char family[] = "# TYPE mooring_dns_queries_total counter\n"
				     "mooring_dns_queries_total{transport=\"udp\"} 0\n"
				     "mooring_dns_queries_total{transport=\"tcp\"} 0\n"
				     "# HELP mooring_dns_limited_total ";
	const char *text = print(), *head = strstr(text, "# HELP mooring_dns_queries_total ");

	ck_assert_ptr_nonnull(head);
	ck_assert_ptr_null(strstr(head + 1, "# HELP mooring_dns_queries_total "));
	ck_assert_ptr_nonnull(strstr(head, family));
	buf_fini(&out);
}
END_TEST

START_TEST(counters_and_gauges_print_what_was_counted)
{
	const char *text;

	metric_add(METRIC_UPDATES_GOOD, 1);
	metric_add(METRIC_UPDATES_GOOD, 2);
	metric_set(METRIC_CHANGES_QUEUED, 7);
	metric_add(METRIC_CHANGES_QUEUED, -3);
	ck_assert_int_eq(metric_get(METRIC_UPDATES_GOOD), 3);
	text = print();
	ck_assert(has_line(text, "mooring_updates_total{result=\"good\"} 3"));
	ck_assert(has_line(text, "mooring_updates_total{result=\"nochg\"} 0"));
	ck_assert(has_line(text, "mooring_changes_queued 4"));
	ck_assert(has_line(text, "# TYPE mooring_changes_queued gauge"));
	ck_assert(has_line(text,
			   "mooring_aws_requests_total{service=\"route53\",outcome=\"denied\"} 0"));
	ck_assert_ptr_nonnull(strstr(text, "mooring_build_info{version=\""));
	buf_fini(&out);
}
END_TEST

START_TEST(a_time_that_is_not_known_is_not_printed)
{
	const char *name = "mooring_certificate_not_after_timestamp_seconds";

	ck_assert_ptr_null(strstr(print(), name));
	buf_fini(&out);
	metric_set(METRIC_CERTIFICATE_END, 1800000000);
	ck_assert(
		has_line(print(), "# TYPE mooring_certificate_not_after_timestamp_seconds gauge"));
	ck_assert(has_line(buf_str(&out),
			   "mooring_certificate_not_after_timestamp_seconds 1800000000"));
	buf_fini(&out);
}
END_TEST

START_TEST(every_line_is_a_comment_or_a_sample_with_a_number)
{
	char *line, *rest;

	print();
	for (line = strtok_r(out.data, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		const char *blank = strrchr(line, ' ');

		ck_assert_msg(blank != NULL, "%s", line);
		if (strncmp(line, "# HELP mooring_", 15) == 0 ||
		    strncmp(line, "# TYPE mooring_", 15) == 0)
			continue;
		ck_assert_msg(strncmp(line, "mooring_", 8) == 0, "%s", line);
		ck_assert_msg(strspn(blank + 1, "0123456789") == strlen(blank + 1), "%s", line);
		ck_assert_msg((strchr(line, '{') != NULL) == (blank[-1] == '}'), "%s", line);
	}
	buf_fini(&out);
}
END_TEST

START_TEST(label_values_are_escaped)
{
	static const struct {
		const char *value, *want;
	} rows[] = {
		{"plain-1.0", "mooring_x{name=\"plain-1.0\"} -5\n"},
		{"a\"b", "mooring_x{name=\"a\\\"b\"} -5\n"},
		{"a\\b", "mooring_x{name=\"a\\\\b\"} -5\n"},
		{"a\nb", "mooring_x{name=\"a\\nb\"} -5\n"},
		{"", "mooring_x{name=\"\"} -5\n"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		buf_init(&out, PRINT_MAX);
		metric_print_sample(&out, "x", "name", rows[i].value, -5);
		ck_assert_msg(strcmp(buf_str(&out), rows[i].want) == 0, "row %zu: %s", i,
			      buf_str(&out));
		buf_fini(&out);
	}
}
END_TEST

int main(void)
{
	/* In this order: the numbers are the process's. */
	const TTest *const tests[] = {
		a_family_has_one_head_before_its_samples,
		counters_and_gauges_print_what_was_counted,
		a_time_that_is_not_known_is_not_printed,
		every_line_is_a_comment_or_a_sample_with_a_number,
		label_values_are_escaped,
	};

	return unit_run("metric", tests, N_ELEMENTS(tests));
}
