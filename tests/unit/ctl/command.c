/* SPDX-License-Identifier: BSD-2-Clause
 * The tables of commands and options. */
#include "ctl/command.h"

#include <stdio.h>
#include <string.h>

#include "kit/unit.h"

START_TEST(a_command_has_a_name)
{
	char name[32];

	ck_assert_str_eq(
		ctl_command_name(&(struct ctl_command){.noun = "user", .verb = "add"}, name),
		"user add");
	ck_assert_str_eq(ctl_command_name(&(struct ctl_command){.noun = "doctor"}, name), "doctor");
}
END_TEST

START_TEST(an_option_is_a_whole_word)
{
	static const struct {
		const char *options, *option;
		bool want;
	} rows[] = {
		{"ttl quirk json", "ttl", true},  {"ttl quirk json", "quirk", true},
		{"ttl quirk json", "json", true}, {"ttl quirk json", "tt", false},
		{"ttl quirk json", "tl", false},  {"ttl quirk json", "so", false},
		{"subttl ttl", "ttl", true},	  {"ttls ttl", "ttl", true},
		{"ttls subttl", "ttl", false},	  {"", "ttl", false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct ctl_command c = {.options = rows[i].options};

		ck_assert_msg(ctl_command_takes(&c, rows[i].option) == rows[i].want, "row %zu", i);
	}
}
END_TEST

START_TEST(operands_are_counted_and_named)
{
	static const struct {
		const char *operands;
		int min, max;
		const char *names[3];
	} rows[] = {
		{"", 0, 0, {"", "", ""}},
		{"NAME", 1, 1, {"NAME", "", ""}},
		{"[NAME]", 0, 1, {"[NAME]", "", ""}},
		{"NAME NEW", 2, 2, {"NAME", "NEW", ""}},
		{"NAME HOST...", 2, -1, {"NAME", "HOST", ""}},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct ctl_command c = {.operands = rows[i].operands};
		int min = -5, max = -5, k;
		char name[16];

		ctl_command_operands(&c, &min, &max);
		ck_assert_msg(min == rows[i].min && max == rows[i].max, "row %zu: %d %d", i, min,
			      max);
		for (k = 0; k < 3; k++) {
			ctl_command_operand(&c, k, name);
			ck_assert_msg(strcmp(name, rows[i].names[k]) == 0, "row %zu: %s", i, name);
		}
	}
}
END_TEST

/* A word of a row that no option has would never be taken. */
START_TEST(every_command_takes_options_that_there_are)
{
	char words[256], name[32];
	size_t i, k, n;

	for (i = 0; i < ctl_n_commands; i++) {
		const struct ctl_command *c = &ctl_commands[i];
		char *word, *rest;

		ck_assert_msg(c->run != NULL && *c->help != '\0', "%s", ctl_command_name(c, name));
		snprintf(words, sizeof(words), "%s", c->options);
		for (word = strtok_r(words, " ", &rest); word != NULL;
		     word = strtok_r(NULL, " ", &rest)) {
			for (k = 0, n = 0; k < ctl_n_options; k++)
				n += strcmp(ctl_options[k].name, word) == 0;
			ck_assert_msg(n == 1, "%s: %s", ctl_command_name(c, name), word);
		}
		for (k = 0; k < i; k++)
			ck_assert_msg(strcmp(c->noun, ctl_commands[k].noun) != 0 ||
					      (c->verb != NULL && ctl_commands[k].verb != NULL &&
					       strcmp(c->verb, ctl_commands[k].verb) != 0),
				      "%s twice", ctl_command_name(c, name));
	}
	for (k = 0; k < ctl_n_options; k++) {
		for (i = 0, n = 0; i < ctl_n_commands; i++)
			n += ctl_command_takes(&ctl_commands[i], ctl_options[k].name);
		ck_assert_msg(n > 0, "nothing takes --%s", ctl_options[k].name);
		ck_assert_int_eq(ctl_options[k].kind == CTL_FLAG, ctl_options[k].value == NULL);
	}
}
END_TEST

static const struct {
	const char *option, *value;
	const char *want; /* NULL: it is taken */
} value_rows[] = {
	{"ttl", "default", NULL},
	{"ttl", "defaults", "takes a whole number from 1 to 604800, or \"default\""},
	{"ttl", "1", NULL},
	{"ttl", "604800", NULL},
	{"ttl", "0", "takes a whole number from 1 to 604800, or \"default\""},
	{"ttl", "604801", "takes a whole number from 1 to 604800, or \"default\""},
	{"ttl", "-1", "takes a whole number from 1 to 604800, or \"default\""},
	{"interface-id", "::1:2:3:4", NULL},
	{"interface-id", "00:53:00:12:34:56", NULL},
	{"interface-id", "none", NULL},
	{"interface-id", "2001:db8::1",
	 "takes an interface id such as ::1:2:3:4, a MAC address, or \"none\": an address, not "
	 "what is "
	 "behind its prefix: the first 32 bits of an interface id are zero, as in ::1:2:3:4"},
	{"interface-id", "nas",
	 "takes an interface id such as ::1:2:3:4, a MAC address, or \"none\": neither an "
	 "interface id nor a MAC address"},
	{"rate", "1", NULL},
	{"rate", "0", "takes requests a second, from 1 to 10000"},
	{"rate", "10000", NULL},
	{"rate", "10001", "takes requests a second, from 1 to 10000"},
	{"dns-port", "65535", NULL},
	{"dns-port", "0", "takes a number from 1 to 65535"},
	{"dns-port", "65536", "takes a number from 1 to 65535"},
	{"quirk", "nochg-as-good", NULL},
	{"quirk", "-nochg-as-good", NULL},
	{"quirk", "errors-as-4xx", NULL},
	{"quirk", "-may-clear", NULL},
	{"quirk", "--one-line",
	 "takes nochg-as-good, errors-as-4xx, one-line, any-hostname or may-clear, or one of them "
	 "with a - before it, not \"--one-line\""},
	{"user", "router", NULL},
	{"resolver", "192.0.2.1", NULL},
	{"resolver", "192.0.2.1:53", NULL},
	{"resolver", "a.example",
	 "takes ADDRESS or ADDRESS:PORT, an IPv6 address before a port in brackets"},
};

static const struct ctl_option *option_of(const char *name)
{
	size_t i;

	for (i = 0; i < ctl_n_options; i++)
		if (strcmp(ctl_options[i].name, name) == 0)
			return &ctl_options[i];
	ck_abort_msg("--%s", name);
}

START_TEST(values_are_checked)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(value_rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		int err = option_of(value_rows[i].option)->check(value_rows[i].value, &ei);

		ck_assert_msg((err == 0) == (value_rows[i].want == NULL), "row %zu: %d", i, err);
		ck_assert_msg(err == 0 || strcmp(ei.text, value_rows[i].want) == 0, "row %zu: %s",
			      i, ei.text);
	}
}
END_TEST

START_TEST(a_login_that_no_account_can_have_is_refused)
{
	struct errinfo ei = ERRINFO_INIT;

	ck_assert_int_ne(option_of("user")->check("a:b", &ei), 0);
	ck_assert_int_eq(strncmp(ei.text, "takes a login: ", 15), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_command_has_a_name,
		an_option_is_a_whole_word,
		operands_are_counted_and_named,
		every_command_takes_options_that_there_are,
		values_are_checked,
		a_login_that_no_account_can_have_is_refused,
	};

	return unit_run("command", tests, N_ELEMENTS(tests));
}
