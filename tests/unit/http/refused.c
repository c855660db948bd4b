/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/refused.h"

#include <string.h>

#include "kit/log_kit.h"
#include "kit/unit.h"
#include "kit/values.h"
#include "net/line_limit.h"
#include "net/prefix.h"

static const struct line_limit_conf conf = {
	.sentence = "left out",
	.lines = REFUSED_LINES,
	.window_ms = REFUSED_WINDOW_MS,
	.network = prefix_of_network,
};
static struct line_limit *limit;

static const char *refuse(const struct refused *r, int64_t now_ms)
{
	const char *line;

	capture();
	refused_log(limit, r, now_ms);
	line = captured();
	/* After the time; a line of this level says no more of itself. */
	return *line != '\0' ? strchr(line, ' ') + 1 : line;
}

START_TEST(the_line_says_who_was_refused_and_why)
{
	struct addr client = value_addr("2001:db8::1");
	struct refused r = {
		.id = 7,
		.client = &client,
		.verdict = "badauth",
		.status = 401,
		.reason = "no password",
		.user = {"router", 6},
		.agent = {"a b", 3},
	};

	ck_assert_int_eq(line_limit_new(&conf, &limit), 0);
	ck_assert_str_eq(refuse(&r, 0), "update id=7 client=2001:db8::1 verdict=badauth status=401 "
					"reason=\"no password\" user=router agent=\"a b\"\n");
	r.user.p = NULL;
	r.user.len = 0;
	r.agent = r.user;
	ck_assert_str_eq(refuse(&r, 0), "update id=7 client=2001:db8::1 verdict=badauth status=401 "
					"reason=\"no password\"\n");
	line_limit_free(limit);
}
END_TEST

START_TEST(a_network_causes_a_few_lines_a_minute)
{
	struct addr client = value_addr("192.0.2.1"), other = value_addr("198.51.100.1");
	struct refused r = {.client = &client, .verdict = "abuse", .status = 200, .reason = "x"};
	int i;

	ck_assert_int_eq(line_limit_new(&conf, &limit), 0);
	for (i = 0; i < 2 * REFUSED_LINES; i++)
		ck_assert_msg((*refuse(&r, 1000) != '\0') == (i < REFUSED_LINES), "%d", i);
	r.client = &other;
	ck_assert_str_ne(refuse(&r, 1000), "");
	r.client = &client;
	ck_assert_str_eq(refuse(&r, 1000), "");
	ck_assert_str_ne(refuse(&r, 1000 + REFUSED_WINDOW_MS), "");
	line_limit_free(limit);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_line_says_who_was_refused_and_why,
		a_network_causes_a_few_lines_a_minute,
	};

	return unit_run("refused", tests, N_ELEMENTS(tests));
}
