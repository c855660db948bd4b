/* SPDX-License-Identifier: BSD-2-Clause
 * The command line, with the commands and options that there are. */
#include "ctl/parse.h"

#include <string.h>

#include "kit/output_kit.h"
#include "kit/unit.h"

enum { WORDS_MAX = 40 };

/* The words of text, separated by blanks; "''" is an empty one. */
struct line {
	char text[1024];
	int n;
	char *words[WORDS_MAX];
	struct ctl_args args;
	const struct ctl_command *command;
	int status;
};

static void parse(struct line *l, const char *text)
{
	static char program[] = "mooringctl";
	char *word, *rest;

	*l = (struct line){.n = 1, .words = {program}};
	snprintf(l->text, sizeof(l->text), "%s", text);
	for (word = strtok_r(l->text, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		ck_assert_int_lt(l->n, WORDS_MAX - 1);
		if (strcmp(word, "''") == 0)
			*word = '\0';
		l->words[l->n++] = word;
	}
	l->status = parse_command_line(l->n, l->words, &l->args, &l->command);
}

static const struct {
	const char *line;
	const char *command;
	const char *operands; /* with a blank behind each */
} good_rows[] = {
	{"user list", "user list", ""},
	{"user add router home.example", "user add", "router home.example "},
	{"user add router a.example b.example", "user add", "router a.example b.example "},
	{"--json user list", "user list", ""},
	{"user --json list", "user list", ""},
	{"user add --ttl 60 router a.example", "user add", "router a.example "},
	{"user add router a.example --ttl=60", "user add", "router a.example "},
	{"user show -- --json", "user show", "--json "},
	{"doctor", "doctor", ""},
	{"host list", "host list", ""},
	{"host list router", "host list", "router "},
	{"backup file", "backup", "file "},
	{"--json -- user show router", "user show", "router "},
};

START_TEST(options_may_stand_anywhere)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(good_rows); i++) {
		char name[32], operands[256] = "";
		struct line l;
		int k;

		parse(&l, good_rows[i].line);
		ck_assert_msg(l.status == -1, "row %zu: %d", i, l.status);
		ck_assert_str_eq(ctl_command_name(l.command, name), good_rows[i].command);
		for (k = 0; k < l.args.n; k++) {
			strcat(operands, l.args.operand[k]);
			strcat(operands, " ");
		}
		ck_assert_msg(strcmp(operands, good_rows[i].operands) == 0, "row %zu: %s", i,
			      operands);
	}
}
END_TEST

START_TEST(each_kind_of_option_reaches_its_field)
{
	struct line l;

	parse(&l, "user add a b.example -c x.conf --json --ttl 60 --quirk nochg-as-good "
		  "--quirk=-nochg-as-good --secret-stdin");
	ck_assert_int_eq(l.status, -1);
	ck_assert_str_eq(l.args.conf_path, "x.conf");
	ck_assert(l.args.json && l.args.secret_stdin);
	ck_assert_str_eq(l.args.ttl, "60");
	ck_assert_uint_eq(l.args.quirks.n, 2);
	ck_assert_str_eq(l.args.quirks.at[0], "nochg-as-good");
	ck_assert_str_eq(l.args.quirks.at[1], "-nochg-as-good");
	ck_assert(!l.args.repair && !l.args.ready && l.args.rate == NULL);
	/* The last of the same name counts. */
	parse(&l, "-c a.conf verify --rate 1 --repair --rate 2 -c b.conf");
	ck_assert_int_eq(l.status, -1);
	ck_assert_str_eq(l.args.conf_path, "b.conf");
	ck_assert_str_eq(l.args.rate, "2");
	ck_assert(l.args.repair && !l.args.json);
	parse(&l, "doctor");
	ck_assert_ptr_null(l.args.conf_path);
	/* An option may be cut short where it stays the only one. */
	parse(&l, "verify --repa");
	ck_assert_int_eq(l.status, -1);
	ck_assert(l.args.repair);
	/* Among those of its command, wherever that stands, and with its value behind it. */
	parse(&l, "--rep verify --ra 5");
	ck_assert_int_eq(l.status, -1);
	ck_assert(l.args.repair && !l.args.replace);
	ck_assert_str_eq(l.args.rate, "5");
	parse(&l, "doctor --re 127.0.0.1");
	ck_assert_int_eq(l.status, -1);
	ck_assert_str_eq(l.args.resolver, "127.0.0.1");
	ck_assert_int_eq(l.args.n, 0);
	parse(&l, "verify -- --rep");
	ck_assert_int_eq(l.status, CTL_USAGE);
}
END_TEST

#define TRY	 "; try mooringctl --help\n"
#define QUIRK	 " --quirk nochg-as-good"
#define QUIRKS_8 QUIRK QUIRK QUIRK QUIRK QUIRK QUIRK QUIRK QUIRK

static const struct {
	const char *line;
	const char *sentence;
} bad_rows[] = {
	{"", "no command given"},
	{"--json", "no command given"},
	{"users", "unknown command \"users\""},
	{"host", "host needs one of: list, add, set, remove, clear"},
	{"host show", "host has no \"show\", but: list, add, set, remove, clear"},
	{"user show", "user show needs NAME: user show NAME"},
	{"user add router", "user add needs HOST: user add NAME HOST..."},
	{"user list router", "user list has an argument too many: \"router\""},
	{"host list a b", "host list has an argument too many: \"b\""},
	{"user rename a b c", "user rename has an argument too many: \"c\""},
	{"user show ''", "user show has an empty argument for NAME"},
	{"user add a ''", "user add has an empty argument for HOST"},
	{"host list ''", "host list has an empty argument for [NAME]"},
	{"user list --ttl 60", "user list does not take --ttl"},
	{"doctor --repair", "doctor does not take --repair"},
	{"host remove a b -4", "host remove does not take --ipv4"},
	{"host clear a", "host clear needs HOST: host clear NAME HOST"},
	{"user list --colour=red", "unknown or ambiguous option --colour"},
	{"user list --re", "unknown or ambiguous option --re"},
	{"setup --re", "unknown or ambiguous option --re"},
	{"verify --replace", "verify does not take --replace"},
	{"conformance x --host home", "--host takes a host name with a dot in it, not \"home\""},
	{"user list -x", "unknown option -x"},
	{"user list -c", "-c needs a value: FILE"},
	{"user list -c ''", "-c has an empty value"},
	{"user set a --ttl", "--ttl needs a value: SECONDS"},
	{"user set a --ttl ''", "--ttl has an empty value"},
	{"user list --json=yes", "--json takes no value"},
	{"user list --help=me", "--help takes no value"},
	{"user list --version=1", "--version takes no value"},
	{"user set a --quirk x",
	 "--quirk takes nochg-as-good, errors-as-4xx, one-line, any-hostname or may-clear, or one "
	 "of them with a - before it, not \"x\""},
	{"user set a" QUIRKS_8 QUIRK, "--quirk is given more than 8 times"},
	{"verify --rate 0", "--rate takes requests a second, from 1 to 10000"},
	{"verify --rate 10001", "--rate takes requests a second, from 1 to 10000"},
	{"doctor --dns-port 0", "--dns-port takes a number from 1 to 65535"},
	{"doctor --dns-port 65536", "--dns-port takes a number from 1 to 65535"},
	{"doctor --resolver x",
	 "--resolver takes ADDRESS or ADDRESS:PORT, an IPv6 address before a port in brackets"},
};

START_TEST(what_is_wrong_is_said_in_one_sentence)
{
	char want[256];
	size_t i;

	for (i = 0; i < N_ELEMENTS(bad_rows); i++) {
		struct line l;
		const char *got;

		output_begin(stderr);
		parse(&l, bad_rows[i].line);
		got = output_end();
		snprintf(want, sizeof(want), "mooringctl: %s" TRY, bad_rows[i].sentence);
		ck_assert_msg(l.status == CTL_USAGE, "row %zu: %d", i, l.status);
		ck_assert_msg(strcmp(got, want) == 0, "row %zu: %s", i, got);
	}
}
END_TEST

START_TEST(values_at_the_border_are_taken)
{
	static const char *const lines[] = {
		"verify --rate 1",
		"verify --rate 10000",
		"doctor --dns-port 1",
		"doctor --dns-port 65535",
		"user set a" QUIRKS_8,
		"doctor --resolver [::1]:53",
		"user set a --ttl default",
		"host clear a b",
		"host clear a b -4",
		"host clear -6 a b",
		"host clear a b --ipv4 --ipv6",
		/* As the questions take them, which judge them. */
		"setup --host home --host home,nas",
		"--host home setup --server b\xc3\xbc"
		"cher.example",
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(lines); i++) {
		struct line l;

		parse(&l, lines[i]);
		ck_assert_msg(l.status == -1, "row %zu", i);
	}
}
END_TEST

/* It stands in the list of processes already, but not in a log of what was printed, too. */
START_TEST(the_value_of_an_unknown_option_is_not_shown)
{
	struct line l;

	output_begin(stderr);
	parse(&l, "user add a b.example --secret=Sesame");
	ck_assert_ptr_null(strstr(output_end(), "Sesame"));
	ck_assert_int_eq(l.status, CTL_USAGE);
}
END_TEST

static const struct {
	const char *line;
	const char *want;     /* is in it */
	const char *want_not; /* is not */
} help_rows[] = {
	{"--help", "usage: mooringctl [-c FILE] COMMAND", "usage: mooringctl [-c FILE] user"},
	{"-h", "--cacert FILE", "[OPTION...]\n\nask"},
	{"user --help", "user passwd NAME", "host list"},
	{"user add -h", "usage: mooringctl [-c FILE] user add NAME HOST... [OPTION...]\n\n",
	 "--rate"},
	{"user add -h", "--ttl SECONDS", "--cacert"},
	{"backup x --help", "usage: mooringctl [-c FILE] backup FILE\n\n", "--json"},
	{"health --help --version", "usage: mooringctl [-c FILE] health [OPTION...]\n\n",
	 "mooringctl " MOORING_VERSION},
	{"--version", "mooringctl " MOORING_VERSION "\n", "usage"},
	{"user --version", "mooringctl " MOORING_VERSION "\n", "usage"},
	{"user add --help --json --rate 5", "user add NAME HOST...", "verify"},
};

START_TEST(help_is_about_what_was_given)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(help_rows); i++) {
		struct line l;
		const char *got;

		output_begin(stdout);
		parse(&l, help_rows[i].line);
		got = output_end();
		ck_assert_msg(l.status == CTL_OK, "row %zu: %d", i, l.status);
		ck_assert_msg(strstr(got, help_rows[i].want) != NULL, "row %zu: %s", i, got);
		ck_assert_msg(strstr(got, help_rows[i].want_not) == NULL, "row %zu: %s", i, got);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		options_may_stand_anywhere,
		each_kind_of_option_reaches_its_field,
		what_is_wrong_is_said_in_one_sentence,
		values_at_the_border_are_taken,
		the_value_of_an_unknown_option_is_not_shown,
		help_is_about_what_was_given,
	};

	return unit_run("parse", tests, N_ELEMENTS(tests));
}
