/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/options.h"

#include <string.h>

#include "kit/unit.h"

enum { ARGS_MAX = 6 };

START_TEST(the_command_line_is_read)
{
	static const struct {
		const char *args[ARGS_MAX];
		enum options_verdict verdict;
		const char *conf;
		bool verbose, debuggable;
	} rows[] = {
		{{"mooringd"}, OPTIONS_RUN, NULL, false, false},
		{{"mooringd", "-c", "x"}, OPTIONS_RUN, "x", false, false},
		{{"mooringd", "-cx", "-v"}, OPTIONS_RUN, "x", true, false},
		{{"mooringd", "-nv", "-c", "x"}, OPTIONS_CHECK, "x", true, false},
		{{"mooringd", "-T"}, OPTIONS_PRINT, NULL, false, false},
		{{"mooringd", "--version"}, OPTIONS_VERSION, NULL, false, false},
		{{"mooringd", "--help"}, OPTIONS_HELP, NULL, false, false},
		{{"mooringd", "-h"}, OPTIONS_HELP, NULL, false, false},
		{{"mooringd", "-vh"}, OPTIONS_HELP, NULL, true, false},
		{{"mooringd", "-x"}, OPTIONS_WRONG, NULL, false, false},
		{{"mooringd", "-c"}, OPTIONS_WRONG, NULL, false, false},
		{{"mooringd", "--verbose"}, OPTIONS_WRONG, NULL, false, false},
		{{"mooringd", "--debuggable"}, OPTIONS_RUN, NULL, false, true},
		{{"mooringd", "--debuggable", "-v"}, OPTIONS_RUN, NULL, true, true},
		{{"mooringd", "--debuggable=1"}, OPTIONS_WRONG, NULL, false, false},
		{{"mooringd", "start"}, OPTIONS_WRONG, NULL, false, false},
	};
	struct options got;
	char words[ARGS_MAX][16], *argv[ARGS_MAX + 1];
	size_t i;
	int argc;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		for (argc = 0; argc < ARGS_MAX && rows[i].args[argc] != NULL; argc++) {
			snprintf(words[argc], sizeof(words[argc]), "%s", rows[i].args[argc]);
			argv[argc] = words[argc];
		}
		argv[argc] = NULL;
		ck_assert_msg(options_parse(argc, argv, &got) == rows[i].verdict, "row %zu", i);
		if (rows[i].verdict == OPTIONS_WRONG)
			continue;
		ck_assert_msg(got.verbose == rows[i].verbose, "row %zu", i);
		ck_assert_msg(got.debuggable == rows[i].debuggable, "row %zu", i);
		if (rows[i].conf == NULL)
			ck_assert_msg(got.conf_path == NULL, "row %zu", i);
		else
			ck_assert_str_eq(got.conf_path, rows[i].conf);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_command_line_is_read,
	};

	return unit_run("options", tests, N_ELEMENTS(tests));
}
