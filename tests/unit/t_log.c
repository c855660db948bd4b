/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/metric.h"
#include "oom.h"
#include "unit.h"

enum { CAPTURE_MAX = 32768 };

static int saved_stderr = -1, capture_fd[2];

/* From here on stderr is a pipe; it holds more than any test writes. */
static void capture(void)
{
	ck_assert_int_eq(pipe(capture_fd), 0);
	saved_stderr = dup(STDERR_FILENO);
	ck_assert_int_ge(saved_stderr, 0);
	ck_assert_int_eq(dup2(capture_fd[1], STDERR_FILENO), STDERR_FILENO);
}

/* What was written since capture(); stderr is itself again. */
static const char *captured(void)
{
	static char text[CAPTURE_MAX];
	ssize_t n;

	(void)dup2(saved_stderr, STDERR_FILENO);
	(void)close(saved_stderr);
	(void)close(capture_fd[1]);
	n = read(capture_fd[0], text, sizeof(text) - 1);
	(void)close(capture_fd[0]);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	return text;
}

static void check_captured(const char *want)
{
	const char *got = captured();

	ck_assert_str_eq(got, want);
}

START_TEST(text_lines_say_their_level_unless_it_is_info)
{
	log_setup(LOG_LEVEL_DEBUG, LOG_FORMAT_TEXT, false);
	capture();
	log_error("cannot listen on %s", "[::]:443");
	log_warn("w");
	log_info("i");
	log_debug("d");
	log_event(LOG_LEVEL_INFO, "update", "user=%s host=%s", "bob", "home.example");
	log_event(LOG_LEVEL_WARN, "slow 100%", NULL);
	check_captured("error: cannot listen on [::]:443\nwarning: w\ni\ndebug: d\n"
		       "update user=bob host=home.example\nwarning: slow 100%\n");
}
END_TEST

START_TEST(journal_lines_start_with_the_priority)
{
	log_setup(LOG_LEVEL_DEBUG, LOG_FORMAT_TEXT, true);
	capture();
	log_error("e");
	log_warn("w");
	log_info("i");
	log_debug("d");
	check_captured("<3>e\n<4>w\n<6>i\n<7>d\n");
}
END_TEST

START_TEST(what_is_below_the_level_is_not_written)
{
	log_setup(LOG_LEVEL_WARN, LOG_FORMAT_TEXT, false);
	capture();
	log_info("i");
	log_debug("d");
	log_event(LOG_LEVEL_INFO, "i", NULL);
	log_event(LOG_LEVEL_ERROR, "e", NULL);
	log_warn("w");
	check_captured("error: e\nwarning: w\n");
}
END_TEST

START_TEST(json_lines_hold_message_and_fields)
{
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON, true);
	capture();
	log_info("started");
	log_event(LOG_LEVEL_WARN, "update", "user=%s why=\"%s\" ms=%d empty= last=x", "bob",
		  "not in the zone", 3);
	log_event(LOG_LEVEL_INFO, "say \"x\\y\" \x7f\xc3", "a=b");
	check_captured("{\"level\":\"info\",\"message\":\"started\"}\n"
		       "{\"level\":\"warning\",\"message\":\"update\",\"user\":\"bob\","
		       "\"why\":\"not in the zone\",\"ms\":\"3\",\"empty\":\"\",\"last\":\"x\"}\n"
		       "{\"level\":\"info\",\"message\":\"say \\\"x\\\\y\\\"  \\u00c3\","
		       "\"a\":\"b\"}\n");
}
END_TEST

START_TEST(a_field_that_is_not_closed_ends_with_the_line)
{
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON, false);
	capture();
	log_event(LOG_LEVEL_INFO, "m", "a=\"b c");
	log_event(LOG_LEVEL_INFO, "m", "alone");
	check_captured("{\"level\":\"info\",\"message\":\"m\",\"a\":\"b c\"}\n"
		       "{\"level\":\"info\",\"message\":\"m\",\"alone\":\"\"}\n");
}
END_TEST

START_TEST(one_event_is_one_line_whatever_is_in_it)
{
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT, false);
	capture();
	log_info("a\nb\r\x1b[31mc");
	log_event(LOG_LEVEL_INFO, "m\n", "user=%s", "x\ny");
	check_captured("a b  [31mc\nm  user=x y\n");
}
END_TEST

START_TEST(long_lines_are_cut_and_stay_whole_json)
{
	static char longest[4 * LOG_LINE_MAX];
	const char *got;
	size_t len;

	memset(longest, 'x', sizeof(longest) - 1);
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT, false);
	capture();
	log_info("%s", longest);
	got = captured();
	ck_assert_uint_eq(strlen(got), LOG_LINE_MAX);
	ck_assert_int_eq(got[LOG_LINE_MAX - 1], '\n');
	/* Each of these bytes takes six in JSON. */
	memset(longest, '\xff', sizeof(longest) - 1);
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON, false);
	capture();
	log_event(LOG_LEVEL_INFO, longest, "a=%s", longest);
	got = captured();
	len = strlen(got);
	ck_assert_uint_gt(len, (LOG_LINE_MAX - 4) * 2 * 6);
	ck_assert_str_eq(got + len - 3, "\"}\n");
}
END_TEST

START_TEST(a_line_that_cannot_be_built_is_dropped)
{
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON, false);
	capture();
	oom_fail_at(1);
	log_info("lost");
	ck_assert(oom_off());
	log_info("kept");
	check_captured("{\"level\":\"info\",\"message\":\"kept\"}\n");
}
END_TEST

START_TEST(a_reader_that_stopped_holds_nobody_up)
{
	char sink[CAPTURE_MAX];
	int64_t lost = metric_get(METRIC_LOG_LINES_LOST);
	char told[64];
	const char *got;
	int i;

	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT, false);
	capture();
	/* The smallest pipe there is: far less than what follows. */
	ck_assert_int_ge(fcntl(capture_fd[1], F_SETPIPE_SZ, 4096), 4096);
	for (i = 0; i < 10000; i++)
		log_info("nobody reads this line number %d", i);
	ck_assert_int_gt(read(capture_fd[0], sink, sizeof(sink)), 0);
	log_info("somebody reads again");
	got = captured();
	lost = metric_get(METRIC_LOG_LINES_LOST) - lost;
	(void)snprintf(told, sizeof(told), "%lld log lines were lost\nsomebody reads again\n",
		       (long long)lost);
	ck_assert_msg(lost > 0 && strstr(got, told) != NULL, "%s%s", told, got);
}
END_TEST

START_TEST(a_gate_opens_once_a_second)
{
	_Atomic long long gate = 0;

	ck_assert(log_gate(&gate, 5000));
	ck_assert(!log_gate(&gate, 5000));
	ck_assert(!log_gate(&gate, 5999));
	ck_assert(log_gate(&gate, 6000));
	ck_assert(!log_gate(&gate, 6001));
	ck_assert(log_gate(&gate, 100000));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		text_lines_say_their_level_unless_it_is_info,
		journal_lines_start_with_the_priority,
		what_is_below_the_level_is_not_written,
		json_lines_hold_message_and_fields,
		a_field_that_is_not_closed_ends_with_the_line,
		one_event_is_one_line_whatever_is_in_it,
		long_lines_are_cut_and_stay_whole_json,
		a_line_that_cannot_be_built_is_dropped,
		a_reader_that_stopped_holds_nobody_up,
		a_gate_opens_once_a_second,
	};

	return unit_run("log", tests, N_ELEMENTS(tests));
}
