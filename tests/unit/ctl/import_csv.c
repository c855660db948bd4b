/* SPDX-License-Identifier: BSD-2-Clause
 * Accounts in CSV. */
#include "ctl/import_csv.h"

#include "kit/import_kit.h"
#include "kit/unit.h"

#define HOME "home.dyn.example.com"

static const struct import_kit_row csv_rows[] = {
	{"user,hosts\nrouter1,home\n", "2 router1: " HOME},
	{"user;secret;hosts\r\nrouter1;\"a;b \"\"c\"\"\";home cam\r\n",
	 "2 router1: a;b \"c\" " HOME " cam.dyn.example.com"},
	{"hosts\tuser\thosts\n", "! line 1: \"hosts\" is there twice"},
	{"interface-ids,from,valid-until,quirks,disabled,ttl,hosts,secret,user\n"
	 "nas=::1:2:3:4,192.0.2.0/24 2001:db8::1,2027-01-31,one-line may-clear,true,300,nas home,"
	 "$2y$05$abcdefghijklmnopqrstuu5LVaH6SRcfFBdtdRIFkz1p0CQVVlDSu,router1\n",
	 "2 router1: $2y$05$abcdefghijklmnopqrstuu5LVaH6SRcfFBdtdRIFkz1p0CQVVlDSu "
	 "nas.dyn.example.com " HOME " ttl=300 disabled=true quirks=one-line may-clear "
	 "valid-until=2027-01-31T23:59:59Z from=192.0.2.0/24 2001:db8::1/128 "
	 "interface-ids=nas.dyn.example.com=::1:2:3:4"},
	{"user,hosts\n\n\"a\nb\",home\nrouter2,home\n",
	 "3 a\\x0ab: refused, the login is not printable UTF-8\n"
	 "5 router2: " HOME},
	/* One bad row each. */
	{"user,hosts\nrouter1\n", "2 router1: refused, the line has 1 cells, the first one has 2"},
	{"user,hosts\na,b,c\n", "2 a: refused, the line has 3 cells, the first one has 2"},
	{"user,hosts,ttl\na,b,x\n", "2 a: refused, the ttl is not a whole number from 0 to 604800"},
	{"user,hosts,disabled\na,b,no\n", "2 a: refused, \"disabled\" is neither true nor false"},
	{"user,hosts,quirks\na,b,fast\n", "2 a: refused, there is no quirk \"fast\""},
	{"user,hosts,interface-ids\na,b,c=::1\n",
	 "2 a: refused, \"c=::1\" is no host of the account with \"=\" and an interface id"},
	{"user,hosts,secret\na,b,$argon2id$v=19$x\n",
	 "2 a: refused, the secret looks like a hash, but is none that can be checked"},
	/* No table. */
	{"router1,home\n", "! line 1: there is no column \"router1\""},
	{"user,secret\n",
	 "! line 1: the first line has to name the columns, \"user\" and \"hosts\" among them"},
	{"\n\n", "! line 3: the first line has to name the columns, \"user\" and \"hosts\" among "
		 "them"},
	{"user,hosts\na,\"b\n", "! line 2: a quote is not closed"},
	{"user,hosts\na,b\"c\n", "! line 2: a cell with a quote in it has to begin with one"},
	{"user,hosts\na,\"b\"c\n", "! line 2: text follows a cell in quotes"},
};

START_TEST(lines_of_csv_are_accounts)
{
	import_kit_check(import_csv, csv_rows, N_ELEMENTS(csv_rows));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		lines_of_csv_are_accounts,
	};

	return unit_run("import_csv", tests, N_ELEMENTS(tests));
}
