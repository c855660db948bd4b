/* SPDX-License-Identifier: BSD-2-Clause
 * Lists of host names. */
#include "ctl/import_hosts.h"

#include "kit/import_kit.h"
#include "kit/unit.h"

static int read_hosts(struct import_list *l, char *text, size_t len, struct errinfo *ei)
{
	(void)ei;
	import_hosts(l, (struct slice){text, len});
	return 0;
}

static const struct import_kit_row host_rows[] = {
	{"home.dyn.example.com\n", "1 home.dyn.example.com: home.dyn.example.com"},
	{"# mine\r\n\r\n Home \r\ncam # of the door",
	 "3 home.dyn.example.com: home.dyn.example.com\n4 cam.dyn.example.com: "
	 "cam.dyn.example.com"},
	{"home\nhome.dyn.example.com",
	 "1 home.dyn.example.com: home.dyn.example.com\n"
	 "2 home.dyn.example.com: refused, the login is on line 1 already"},
	{"home 192.0.2.1\na..b", "1 home 192.0.2.1: refused, it is not one host name\n"
				 "2 a..b: refused, it is not one host name"},
	{"", ""},
};

START_TEST(each_name_is_an_account_without_a_secret)
{
	import_kit_check(read_hosts, host_rows, N_ELEMENTS(host_rows));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_name_is_an_account_without_a_secret,
	};

	return unit_run("import_hosts", tests, N_ELEMENTS(tests));
}
