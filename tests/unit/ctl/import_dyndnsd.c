/* SPDX-License-Identifier: BSD-2-Clause
 * Configurations of dyndnsd.rb in YAML. */
#include "ctl/import_dyndnsd.h"

#include "kit/import_kit.h"
#include "kit/unit.h"

static int read_dyndnsd(struct import_list *l, char *text, size_t len, struct errinfo *ei)
{
	return import_dyndnsd(l, (struct slice){text, len}, ei);
}

#define REFUSED(line)                                                                              \
	"! line " line ": YAML of this form is not read here: see \"import\" in mooringctl(1)"
#define ONE(password) "users:\n  foo:\n    password: " password "\n    hosts:\n      - a\n"
#define A	      "a.dyn.example.com"

static const struct import_kit_row yaml_rows[] = {
	{"---\n# listen\nhost: \"0.0.0.0\"\ndomain: dyn.example.com\nupdater:\n  name: x\n  "
	 "params:\n"
	 "    additional_zone_content: |\n      @ IN A 192.0.2.1\n      \t tab: {\n\nusers:\n  "
	 "foo:\n"
	 "    password: \"secret12\"\n    hosts:\n      - " A "\n      - b.dyn.example.com\n"
	 "  bar:\n    hosts:\n    - c.dyn.example.com # c\n    password: 'secret 34'\n"
	 "graphite:\n  host: localhost\n",
	 "13 foo: secret12 " A " b.dyn.example.com\n18 bar: secret 34 c.dyn.example.com"},
	{ONE("secret12"), "2 foo: secret12 " A},
	{"users:\r\n  foo:\r\n    password: secret12\r\n    hosts:\r\n      - a\r\n",
	 "2 foo: secret12 " A},
	{ONE("\"a \\\"b\\\" # c\" # d"), "2 foo: a \"b\" # c " A},
	{ONE("'it''s: #1'"), "2 foo: it's: #1 " A},
	{ONE("it's # a comment"), "2 foo: it's " A},
	{ONE("a#b:c"), "2 foo: a#b:c " A},
	{ONE("12345678"), "2 foo: 12345678 " A},
	{"users:\n \"f o\":\n  password: secret12\n  hosts: [ a, 'b' ]\n",
	 "2 f o: secret12 " A " b.dyn.example.com"},
	{"users:\n  foo:\n    note:\n      deep:\n        - er\n    password: secret12\n"
	 "    hosts:\n      - a\n",
	 "2 foo: secret12 " A},
	{"users:\n", ""},
	/* What is wrong with one. */
	{ONE(""), "2 foo: refused, it has no password"},
	{ONE("~"), "2 foo: refused, it has no password"},
	{ONE("null"), "2 foo: refused, it has no password"},
	{"users:\n  foo:\n    hosts:\n      - a\n", "2 foo: refused, it has no password"},
	{"users:\n  foo:\n  bar:\n    password: secret12\n",
	 "2 foo: refused, it has no password\n3 bar: secret12"},
	{"users:\n  foo:\n    password: secret12\n  foo:\n    password: secret12\n",
	 "2 foo: secret12\n4 foo: refused, the login is on line 2 already"},
	{"users:\n  foo:\n    password: secret12\n    hosts:\n      - a..b\n",
	 "2 foo: refused, \"a..b\" is not a host name"},
	/* YAML that is not read. */
	{"users: {}\n", REFUSED("1")},
	{"users: &u\n", REFUSED("1")},
	{"users:\n\tfoo:\n", REFUSED("2")},
	{"users:\n  foo: {password: secret12}\n", REFUSED("2")},
	{ONE("*alias"), REFUSED("3")},
	{ONE("|"), REFUSED("3")},
	{ONE("!binary x"), REFUSED("3")},
	{ONE("a: b"), REFUSED("3")},
	{ONE("\"open"), REFUSED("3")},
	{ONE("\"\\q\""), REFUSED("3")},
	{ONE("'a' b"), REFUSED("3")},
	{"users:\n  foo:\n    hosts: [a\n", REFUSED("3")},
	{"users:\n  foo:\n    hosts: a\n", REFUSED("3")},
	{"users:\n  foo:\n    hosts:\n      - {}\n", REFUSED("4")},
	{"users:\n  foo:\n    <<: *x\n   password: y\n", REFUSED("4")},
	{"users:\n  - foo\n", REFUSED("2")},
	{"users:\n  foo\n", REFUSED("2")},
	{"user: nobody\n", "! there is no \"users:\" in the configuration"},
	{"", "! there is no \"users:\" in the configuration"},
};

START_TEST(users_of_dyndnsd_are_accounts)
{
	import_kit_check(read_dyndnsd, yaml_rows, N_ELEMENTS(yaml_rows));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		users_of_dyndnsd_are_accounts,
	};

	return unit_run("import_dyndnsd", tests, N_ELEMENTS(tests));
}
