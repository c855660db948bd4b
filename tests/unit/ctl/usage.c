/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/usage.h"

#include <string.h>

#include "kit/output_kit.h"
#include "kit/unit.h"

static const struct ctl_command *command_of(const char *name)
{
	char text[32];
	size_t i;

	for (i = 0; i < ctl_n_commands; i++)
		if (strcmp(ctl_command_name(&ctl_commands[i], text), name) == 0)
			return &ctl_commands[i];
	ck_abort_msg("%s", name);
}

START_TEST(the_verbs_of_a_noun_are_listed)
{
	output_begin(stderr);
	ck_assert_int_eq(usage_wrong_verb("host", NULL), CTL_USAGE);
	ck_assert_int_eq(usage_wrong_verb("host", "show"), CTL_USAGE);
	ck_assert_str_eq(output_end(), "mooringctl: host needs one of: list, add, set, remove, "
				       "clear; try mooringctl --help\n"
				       "mooringctl: host has no \"show\", but: list, add, set, "
				       "remove, clear; try mooringctl "
				       "--help\n");
}
END_TEST

/* Every command and every option has its line. */
START_TEST(help_shows_everything)
{
	char words[64], name[32];
	const char *got;
	size_t i;

	output_begin(stdout);
	usage_help(NULL, NULL);
	got = output_end();
	for (i = 0; i < ctl_n_commands; i++) {
		snprintf(words, sizeof(words), "\n  %s ", ctl_command_name(&ctl_commands[i], name));
		ck_assert_msg(strstr(got, words) != NULL, "%s", words);
		ck_assert_msg(strstr(got, ctl_commands[i].help) != NULL, "%s", words);
	}
	for (i = 0; i < ctl_n_options; i++) {
		snprintf(words, sizeof(words), "\n  --%s ", ctl_options[i].name);
		ck_assert_msg(strstr(got, words) != NULL, "%s", words);
		ck_assert_msg(strstr(got, ctl_options[i].help) != NULL, "%s", words);
	}
	ck_assert_ptr_nonnull(strstr(got, "\n  -c FILE "));
}
END_TEST

START_TEST(help_on_a_noun_shows_its_verbs)
{
	const char *got;

	output_begin(stdout);
	usage_help("host", NULL);
	got = output_end();
	ck_assert_ptr_nonnull(strstr(got, "\n  host list [NAME] "));
	ck_assert_ptr_nonnull(strstr(got, "\n  host remove NAME HOST... "));
	ck_assert_ptr_null(strstr(got, "\n  user "));
	ck_assert_ptr_null(strstr(got, "--json"));
}
END_TEST

START_TEST(help_on_a_command_shows_its_options)
{
	static const struct {
		const char *command;
		const char *usage;
		const char *option, *no_option; /* NULL: none */
	} rows[] = {
		{"user add", "usage: mooringctl [-c FILE] user add NAME HOST... [OPTION...]\n\n",
		 "\n  --ttl SECONDS ", "--rate"},
		{"doctor", "usage: mooringctl [-c FILE] doctor [OPTION...]\n\n",
		 "\n  --dns-port PORT ", "--ttl"},
		{"backup", "usage: mooringctl [-c FILE] backup FILE\n\n", "\n  -c FILE ", "--json"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const char *got;

		output_begin(stdout);
		usage_help(NULL, command_of(rows[i].command));
		got = output_end();
		ck_assert_msg(strncmp(got, rows[i].usage, strlen(rows[i].usage)) == 0,
			      "row %zu: %s", i, got);
		ck_assert_msg(strstr(got, rows[i].option) != NULL, "row %zu: %s", i, got);
		ck_assert_msg(strstr(got, rows[i].no_option) == NULL, "row %zu: %s", i, got);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_verbs_of_a_noun_are_listed,
		help_shows_everything,
		help_on_a_noun_shows_its_verbs,
		help_on_a_command_shows_its_options,
	};

	return unit_run("usage", tests, N_ELEMENTS(tests));
}
