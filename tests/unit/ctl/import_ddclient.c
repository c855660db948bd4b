/* SPDX-License-Identifier: BSD-2-Clause
 * Configurations of ddclient. */
#include "ctl/import_ddclient.h"

#include "kit/import_kit.h"
#include "kit/unit.h"

static int read_ddclient(struct import_list *l, char *text, size_t len, struct errinfo *ei)
{
	return import_ddclient(l, (struct slice){text, len}, ei);
}

#define HOME "home.dyn.example.com"
#define CAM  "cam.dyn.example.com"

static const struct import_kit_row dd_rows[] = {
	{"daemon=300\n# a comment\nprotocol=dyndns2\nlogin=alice\npassword=test9994\n" HOME "\n",
	 "6 alice: test9994 " HOME},
	{"login=alice, password=test9994\n" HOME ", " CAM "\n", "2 alice: test9994 " HOME " " CAM},
	/* All in one, joined by backslashes, as its own examples are written. */
	{"protocol=dyndns2, \\\n server=ddns.example.com, \\\n login=alice, \\\n password=test9994 "
	 "\\\n " HOME " # here\n",
	 "1 alice: test9994 " HOME},
	{"login=alice\npassword=test9994\n" HOME "\\\n," CAM "\n",
	 "3 alice: test9994 " HOME " " CAM},
	/* Options that hold for what follows, and for one line. */
	{"login=alice\npassword=test9994\n" HOME "\nlogin=bob password=secret12 " CAM
	 "\nb.dyn.example.com\n",
	 "3 alice: test9994 " HOME " b.dyn.example.com\n4 bob: secret12 " CAM},
	/* The old form. */
	{HOME " alice test9994\n", "1 alice: test9994 " HOME},
	{HOME " , " CAM " alice test9994", "1 alice: test9994 " HOME " " CAM},
	{"login=alice password=test9994 host=" HOME "\n", "1 alice: test9994 " HOME},
	{"login=alice password=test9994 host='" HOME "," CAM "'",
	 "1 alice: test9994 " HOME " " CAM},
	/* Quotes of values. */
	{"login='al ice'\npassword=test9994\n" HOME, "3 al ice: test9994 " HOME},
	{"login=\"al'i\"ce\npassword=test9994\n" HOME, "3 al'ice: test9994 " HOME},
	{"login=al\\ ice\npassword=test9994\n" HOME, "3 al ice: test9994 " HOME},
	/* A password is taken as it stands there. */
	{"login=a\npassword='te st#9\"\\'\n" HOME, "3 a: te st#9\"\\ " HOME},
	{"login=a\npassword=te\"st#9'\\x\n" HOME, "3 a: te\"st#9'\\x " HOME},
	{"login=a\npassword = test9994\n" HOME, "3 a: test9994 " HOME},
	{"login=a\npassword='it's mine'\n" HOME, "3 a: it's mine " HOME},
	{"login=a # password=no\npassword=test9994 # password=nono\n" HOME, "3 a: test9994 " HOME},
	/* What is of another kind. */
	{"protocol=cloudflare, login=a, password=test9994 " HOME,
	 "1 " HOME ": passed over, protocol=cloudflare is of another kind of server"},
	{"protocol=noip, login=a, password=test9994 " HOME, "1 a: test9994 " HOME},
	/* What is bad. */
	{HOME, "1 " HOME ": refused, it has no login"},
	{"login=a\n" HOME, "2 " HOME ": refused, it has no password"},
	{"login=a\npassword_env=PW\npassword_env=PW " HOME,
	 "3 " HOME ": refused, its login or password is in the environment of ddclient"},
	{"login=a password=test9994 " HOME "\nlogin=a password=test9995 " CAM,
	 "1 a: refused, its login has another password on line 2"},
	{"login=a password=test9994 no_such..name",
	 "1 a: refused, \"no_such..name\" is not a host name"},
	{"login='a\n" HOME, "! line 1: a quote is not closed"},
	{"\n\nlogin=\"a\\\n" HOME, "! line 3: a quote is not closed"},
	{"", ""},
	{"\\", ""},
	{"password=", ""},
	{"password", "1 password: refused, it has no login"},
	{"#password=\n", ""},
};

START_TEST(blocks_of_ddclient_are_accounts)
{
	import_kit_check(read_ddclient, dd_rows, N_ELEMENTS(dd_rows));
}
END_TEST

START_TEST(what_is_too_long_is_refused)
{
	static char text[70000];
	const struct import_kit_row row = {text,
					   "! line 1: it is longer than any that is read here"};

	memset(text, 'a', sizeof(text) - 1);
	import_kit_check(read_ddclient, &row, 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		blocks_of_ddclient_are_accounts,
		what_is_too_long_is_refused,
	};

	return unit_run("import_ddclient", tests, N_ELEMENTS(tests));
}
