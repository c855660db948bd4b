/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/options.h"

#include <string.h>

#include "unit.h"

enum { ARGS_MAX = 6 };

START_TEST(the_command_line_is_read)
{
	static const struct {
		const char *args[ARGS_MAX];
		enum options_verdict verdict;
		const char *conf;
		bool verbose;
	} rows[] = {
		{{"mooringd"}, OPTIONS_RUN, NULL, false},
		{{"mooringd", "-c", "x"}, OPTIONS_RUN, "x", false},
		{{"mooringd", "-cx", "-v"}, OPTIONS_RUN, "x", true},
		{{"mooringd", "-nv", "-c", "x"}, OPTIONS_CHECK, "x", true},
		{{"mooringd", "-T"}, OPTIONS_PRINT, NULL, false},
		{{"mooringd", "--version"}, OPTIONS_VERSION, NULL, false},
		{{"mooringd", "--help"}, OPTIONS_HELP, NULL, false},
		{{"mooringd", "-h"}, OPTIONS_HELP, NULL, false},
		{{"mooringd", "-vh"}, OPTIONS_HELP, NULL, true},
		{{"mooringd", "-x"}, OPTIONS_WRONG, NULL, false},
		{{"mooringd", "-c"}, OPTIONS_WRONG, NULL, false},
		{{"mooringd", "--verbose"}, OPTIONS_WRONG, NULL, false},
		{{"mooringd", "start"}, OPTIONS_WRONG, NULL, false},
	};
	struct options got;
	char words[ARGS_MAX][16], *argv[ARGS_MAX + 1];
	size_t i;
	int argc;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		for (argc = 0; argc < ARGS_MAX && rows[i].args[argc] != NULL; argc++) {
			(void)snprintf(words[argc], sizeof(words[argc]), "%s", rows[i].args[argc]);
			argv[argc] = words[argc];
		}
		argv[argc] = NULL;
		ck_assert_msg(options_parse(argc, argv, &got) == rows[i].verdict, "row %zu", i);
		if (rows[i].verdict == OPTIONS_WRONG)
			continue;
		ck_assert_msg(got.verbose == rows[i].verbose, "row %zu", i);
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
