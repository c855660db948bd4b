/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/report.h"

#include <string.h>

#include "ctl/args.h"
#include "kit/output_kit.h"
#include "kit/unit.h"

static const struct {
	bool as_json;
	const char *want;
} rows[] = {
	{false, "ok   zone: dyn.example.com 1\n"
		"warn clock: late\n"
		"FAIL store: no\n"
		"ok   policy: enough\n"
		"{\n  \"Version\": \"2012-10-17\"\n}\n"},
	{true, "[{\"check\":\"zone\",\"result\":\"ok\",\"detail\":\"dyn.example.com 1\"},"
	       "{\"check\":\"clock\",\"result\":\"warn\",\"detail\":\"late\"},"
	       "{\"check\":\"store\",\"result\":\"FAIL\",\"detail\":\"no\"},"
	       "{\"check\":\"policy\",\"result\":\"ok\",\"detail\":\"enough\","
	       "\"policy\":{\"Version\":\"2012-10-17\"}}]\n"},
};

START_TEST(each_check_has_its_line)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct report r;
		const char *got;

		output_begin(stdout);
		report_init(&r, rows[i].as_json);
		report_add(&r, REPORT_OK, "zone", "%s %d", "dyn.example.com", 1);
		report_add(&r, REPORT_WARN, "clock", "late");
		report_add(&r, REPORT_FAIL, "store", "no");
		report_add_policy(&r, REPORT_OK, json_pack("{ss}", "Version", "2012-10-17"),
				  "enough");
		ck_assert_int_eq(report_finish(&r), CTL_FAILED);
		got = output_end();
		ck_assert_msg(strcmp(got, rows[i].want) == 0, "row %zu: %s", i, got);
	}
}
END_TEST

/* Before the next check, which may wait for the network. */
START_TEST(a_line_is_shown_at_once)
{
	struct report r;
	char text[64];
	ssize_t n;

	output_begin(stdout);
	report_init(&r, false);
	report_add(&r, REPORT_OK, "zone", "there");
	n = read(output_pipe[0], text, sizeof(text));
	ck_assert_int_eq(n, (ssize_t)strlen("ok   zone: there\n"));
	report_finish(&r);
	ck_assert_str_eq(output_end(), "");
}
END_TEST

START_TEST(a_failure_alone_makes_the_status)
{
	static const struct {
		enum report_result results[2];
		int want;
	} statuses[] = {
		{{REPORT_OK, REPORT_OK}, CTL_OK},
		{{REPORT_OK, REPORT_WARN}, CTL_OK},
		{{REPORT_FAIL, REPORT_OK}, CTL_FAILED},
		{{REPORT_WARN, REPORT_FAIL}, CTL_FAILED},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(statuses); i++) {
		struct report r;
		int status;

		output_begin(stdout);
		report_init(&r, i % 2 == 0);
		report_add(&r, statuses[i].results[0], "a", "b");
		report_add(&r, statuses[i].results[1], "a", "b");
		status = report_finish(&r);
		output_end();
		ck_assert_msg(status == statuses[i].want, "row %zu: %d", i, status);
	}
}
END_TEST

START_TEST(what_is_too_long_is_cut)
{
	static char detail[REPORT_DETAIL_MAX + 100];
	struct report r;
	const char *got;

	memset(detail, 'x', sizeof(detail) - 1);
	output_begin(stdout);
	report_init(&r, false);
	report_add(&r, REPORT_OK, "a", "%s", detail);
	report_finish(&r);
	got = output_end();
	ck_assert_uint_eq(strlen(got), strlen("ok   a: \n") + REPORT_DETAIL_MAX - 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_check_has_its_line,
		a_line_is_shown_at_once,
		a_failure_alone_makes_the_status,
		what_is_too_long_is_cut,
	};

	return unit_run("report", tests, N_ELEMENTS(tests));
}
