/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/say.h"

#include <string.h>

#include "base/err.h"
#include "ctl/args.h"
#include "kit/output_kit.h"
#include "kit/unit.h"

static const struct {
	const char *text;
	const char *want;
} rows[] = {
	{"no such account", "no such account"},
	{"t\303\274r", "t\303\274r"},
	{"a\033[2Jb", "a?[2Jb"},
	{"a\nb\r\t", "a?b??"},
	{"\177", "?"},
	{"\302\205", "??"}, /* NEL, of C1 */
	{"\302\240", "\302\240"},
	{"\377a\303", "?a?"},
	{"\355\240\200", "???"}, /* a surrogate */
	{"\303\274\033\303\274", "\303\274?\303\274"},
	{"", ""},
};

START_TEST(nothing_in_a_sentence_steers_the_terminal)
{
	char want[128];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const char *got;

		output_begin(stderr);
		ck_assert_int_eq(ctl_fail("%s", rows[i].text), CTL_FAILED);
		got = output_end();
		snprintf(want, sizeof(want), "mooringctl: %s\n", rows[i].want);
		ck_assert_msg(strcmp(got, want) == 0, "row %zu: %s", i, got);
	}
}
END_TEST

START_TEST(wrong_usage_tells_where_help_is)
{
	output_begin(stderr);
	ck_assert_int_eq(ctl_wrong_usage("%s %d", "no", 1), CTL_USAGE);
	ck_assert_str_eq(output_end(), "mooringctl: no 1; try mooringctl --help\n");
}
END_TEST

START_TEST(a_long_sentence_is_cut)
{
	static char text[ERR_TEXT_MAX * 2 + 100];
	const char *got;

	memset(text, 'x', sizeof(text) - 1);
	output_begin(stderr);
	ctl_fail("%s", text);
	got = output_end();
	ck_assert_uint_eq(strlen(got), strlen("mooringctl: \n") + ERR_TEXT_MAX * 2 - 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		nothing_in_a_sentence_steers_the_terminal,
		wrong_usage_tells_where_help_is,
		a_long_sentence_is_cut,
	};

	return unit_run("say", tests, N_ELEMENTS(tests));
}
