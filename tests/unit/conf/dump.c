/* SPDX-License-Identifier: BSD-2-Clause
 * The configuration as text, which loads again. */
#include "conf/dump.h"

#include <stdio.h>

#include "conf/conf.h"
#include "kit/conf_kit.h"
#include "kit/fake_malloc.h"
#include "conf/load.h"
#include "kit/unit.h"

static const char everything[] =
	"# each key once, none with its default\n"
	"listen = { \"192.0.2.1:8443\", '[2001:db8::1]:8443' }\n"
	"listen-plain = \"127.0.0.1:0\" // one item needs no braces\n"
	"dns-listen = {\n\t\"127.0.0.1:5353\", /* UDP and\n\tTCP */\n\t\"[::1]:5353\",\n}\n"
	"admin-listen = \"127.0.0.1:9153\"\n"
	"certificate = /tmp/a.pem private-key = \"/tmp/\\\"b\\\" $\\\\.pem\"\n"
	"log-format = json log-level = debug credentials = web-identity\r\n"
	"http-threads = 3 max-connections = 5 max-connections-per-client = 6\n"
	"header-timeout = 7 body-timeout = 8 keepalive-timeout = 9 keepalive-requests = 11\n"
	"update-deadline = 12 drain-timeout = 13 retry-after = 14 max-pending-updates = 15\n"
	"max-pending-hashes = 16 max-pending-hosts = 28 dns-tcp-clients = 17 dns-tcp-idle = 18\n"
	"dns-responses-per-second = 0 sync-interval = 20 account-cache = 21\n"
	"route53-requests-per-second = 24 route53-request-burst = 25\n"
	"route53-changes-per-second = 26 route53-change-burst = 27\n"
	"route53-sample = 29 aws-breaker-failures = 30 aws-breaker-pause = 31\n"
	"route53-timeout = 33 aws-connect-timeout = 34 aws-request-timeout = 35\n"
	"stale-age = 24 settle-time = 32\n"
	"store {\n\ttype = dynamodb\n\ttable = \"Some.table_1-x\"\n\tregion = eu-west-1\n"
	"\tendpoint = http://127.0.0.1:8000\n\ttimeout = 21\n}\n"
	"zone dyn.example.com {\n\tpublisher = route53\n"
	"\thosted-zone-id = /hostedzone/Z0123456789\n\tendpoint = \"https://[::1]:4566/r53\"\n"
	"\tttl = 22\n\tallow-special-addresses = yes\n\trepublish-interval = 23\n}\n"
	"zone \"Lab.Example.ORG.\" {\n\tname-servers = { ns.lab.example.org, ns.example.net }\n"
	"\tname-server-addresses = { \"192.0.2.53\", 2001:DB8::53 }\n}\n";

START_TEST(a_dump_loads_and_dumps_the_same)
{
	static const char *const table[] = {"MOORING_ZONE=a.example", "MOORING_STORE_TYPE=dynamodb",
					    "MOORING_ZONE_NAME_SERVERS=n.s", NULL};
	struct conf *c[] = {
		conf_kit_good(everything, NULL),
		conf_kit_good("zone dyn.example.com { name-server-addresses = ::1 }", NULL),
		conf_kit_good(NULL, table)};
	size_t i;

	for (i = 0; i < N_ELEMENTS(c); i++) {
		char *first = conf_kit_dump(c[i]), *second;
		struct conf *again = conf_kit_good(first, NULL);

		second = conf_kit_dump(again);
		ck_assert_str_eq(first, second);
		free(first);
		free(second);
		conf_free(again);
		conf_free(c[i]);
	}
}
END_TEST

START_TEST(a_dump_that_cannot_be_written_says_so)
{
	struct conf *c = conf_kit_good("zone a.example { name-servers = n.s }", NULL);
	FILE *full = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(full);
	ck_assert_int_eq(conf_dump(c, full), ERR_IO);
	(void)fclose(full);
	conf_free(c);
}
END_TEST

START_TEST(a_dump_without_memory_says_so)
{
	struct conf *c = conf_kit_good(everything, NULL);
	FILE *out = fopen("/dev/null", "w");
	size_t n;

	ck_assert_ptr_nonnull(out);
	for (n = 1;; n++) {
		int r;

		fake_malloc_fail_at(n);
		r = conf_dump(c, out);
		if (!fake_malloc_off())
			break;
		ck_assert_int_eq(r, ERR_NOMEM);
	}
	ck_assert_uint_gt(n, 1);
	(void)fclose(out);
	conf_free(c);
	conf_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_dump_loads_and_dumps_the_same,
		a_dump_that_cannot_be_written_says_so,
		a_dump_without_memory_says_so,
	};

	return unit_run("dump", tests, N_ELEMENTS(tests));
}
