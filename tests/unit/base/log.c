/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/metric.h"
#include "kit/log_kit.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

/* Whatever the time is: "2026-..Z " at the beginning of each line is taken out. */
static void check_captured(const char *want)
{
	static char got[CAPTURE_MAX];
	const char *from = captured();
	size_t len = 0, n;

	for (; *from != '\0'; from += n) {
		if (from[0] >= '0' && from[0] <= '9')
			from += strlen("2026-11-28T21:34:40.007Z ");
		n = strcspn(from, "\n") + 1;
		memcpy(got + len, from, n);
		len += n;
	}
	got[len] = '\0';
	ck_assert_str_eq(got, want);
}

START_TEST(events_and_sentences_are_lines)
{
	log_setup(LOG_LEVEL_DEBUG, LOG_FORMAT_TEXT, LOG_READER_FILE);
	capture();
	log_error("cannot listen on %s", "[::]:443");
	log_warn("w");
	log_info("i");
	log_debug("d");
	log_event(LOG_LEVEL_INFO, "update",
		  LOG_FIELDS(log_str("user", "bob"), log_str("host", "home.example")));
	log_event(LOG_LEVEL_WARN, "slow 100%", NULL, 0);
	check_captured("error: cannot listen on [::]:443\nwarning: w\ni\ndebug: d\n"
		       "update user=bob host=home.example\nwarning: slow 100%\n");
}
END_TEST

START_TEST(lines_bear_the_time_of_their_writing)
{
	int64_t before_s = clock_wall_s();
	struct tm tm = {.tm_isdst = 0};
	const char *got;
	time_t at;

	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT, LOG_READER_FILE);
	capture();
	log_info("i");
	got = captured();
	ck_assert_ptr_nonnull(strptime(got, "%Y-%m-%dT%H:%M:%S.", &tm));
	at = timegm(&tm);
	ck_assert_msg(at >= before_s && at <= clock_wall_s(), "%s", got);
}
END_TEST

START_TEST(what_is_below_the_level_is_not_written)
{
	log_setup(LOG_LEVEL_WARN, LOG_FORMAT_TEXT, LOG_READER_JOURNAL);
	capture();
	log_info("i");
	log_debug("d");
	log_event(LOG_LEVEL_INFO, "i", NULL, 0);
	log_event(LOG_LEVEL_ERROR, "e", NULL, 0);
	log_warn("w");
	log_always("metrics", LOG_FIELDS(log_int("n", 1)));
	check_captured("<3>e\n<4>w\n<6>metrics n=1\n");
}
END_TEST

START_TEST(a_long_sentence_is_cut_and_says_so)
{
	static char longest[4 * LOG_LINE_MAX];
	const char *end = "... cut=true\n", *got;

	memset(longest, 'x', sizeof(longest) - 1);
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT, LOG_READER_USER);
	capture();
	log_info("%s", longest);
	got = captured();
	ck_assert_uint_eq(strlen(got), LOG_SENTENCE_MAX + strlen(" cut=true\n"));
	ck_assert_str_eq(got + strlen(got) - strlen(end), end);
	longest[LOG_SENTENCE_MAX] = '\0';
	capture();
	log_info("%s", longest);
	got = captured();
	ck_assert_uint_eq(strlen(got), LOG_SENTENCE_MAX + strlen("\n"));
}
END_TEST

START_TEST(a_line_needs_no_memory)
{
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON, LOG_READER_FILE);
	capture();
	fake_malloc_fail_at(1);
	log_event(LOG_LEVEL_INFO, "kept", LOG_FIELDS(log_int("n", 1)));
	ck_assert(!fake_malloc_off());
	ck_assert_ptr_nonnull(strstr(captured(), "\"message\":\"kept\",\"n\":1}\n"));
}
END_TEST

START_TEST(a_reader_that_stopped_holds_nobody_up)
{
	char sink[CAPTURE_MAX];
	int64_t lost = metric_get(METRIC_LOG_LINES_LOST);
	char told[96];
	const char *got;
	int i;

	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT, LOG_READER_USER);
	capture();
	/* The smallest pipe there is: far less than what follows. */
	ck_assert_int_ge(fcntl(capture_fd[1], F_SETPIPE_SZ, 4096), 4096);
	for (i = 0; i < 10000; i++)
		log_info("nobody reads this line number %d", i);
	ck_assert_int_gt(read(capture_fd[0], sink, sizeof(sink)), 0);
	log_info("somebody reads again");
	got = captured();
	lost = metric_get(METRIC_LOG_LINES_LOST) - lost;
	snprintf(told, sizeof(told),
		 "warning: log lines were lost lines=%lld\nsomebody reads again\n",
		 (long long)lost);
	ck_assert_msg(lost > 0 && strstr(got, told) != NULL, "%s%s", told, got);
}
END_TEST

START_TEST(a_gate_opens_once_a_second)
{
	_Atomic long long next_log_ms = 0;

	ck_assert(log_may_repeat(&next_log_ms, 5000));
	ck_assert(!log_may_repeat(&next_log_ms, 5000));
	ck_assert(!log_may_repeat(&next_log_ms, 5999));
	ck_assert(log_may_repeat(&next_log_ms, 6000));
	ck_assert(!log_may_repeat(&next_log_ms, 6001));
	ck_assert(log_may_repeat(&next_log_ms, 100000));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		events_and_sentences_are_lines,
		lines_bear_the_time_of_their_writing,
		what_is_below_the_level_is_not_written,
		a_long_sentence_is_cut_and_says_so,
		a_line_needs_no_memory,
		a_reader_that_stopped_holds_nobody_up,
		a_gate_opens_once_a_second,
	};

	return unit_run("log", tests, N_ELEMENTS(tests));
}
