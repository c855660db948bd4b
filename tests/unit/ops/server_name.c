/* SPDX-License-Identifier: BSD-2-Clause
 * Which name and port a router is given. */
#include "ops/server_name.h"

#include <stdio.h>
#include <unistd.h>

#include "conf/load.h"
#include "kit/certificate_kit.h"
#include "kit/conf_kit.h"
#include "kit/unit.h"

static const char common[] = "server_name.pem", own[] = "server_name_own.pem";

#define ZONE  "zone \"example.com\" { name-server-addresses = { \"192.0.2.1\" } }\n"
#define HEAD  ZONE "certificate = \"server_name.pem\"\n"
#define HTTPS "listen = { \"[::]:443\" }\n"
#define URLS                                                                                       \
	"listen-at \"urls\" { address = { \"[::]:8443\" } query-credentials = \"tls\" "            \
	"certificates = { \"server_name_own.pem:k\" } }\n"
#define BEHIND                                                                                     \
	"trusted-proxies = { \"192.0.2.9\" } listen-at \"nlb\" { address = { \"[::]:443\" }"       \
	" proxy-protocol = true }\n"
#define OLD "listen-at \"old\" { address = { \"[::]:9443\" } tls = \"legacy\" }\n"

static const struct {
	const char *text;
	struct server_wish wish;
	const char *want; /* NULL: it is not known */
	const char *why;
	bool is_another;
} rows[] = {
	{HEAD, {0}, "ddns.example.com", NULL, false},
	{HEAD "listen = { \"[::]:443\" }", {0}, "ddns.example.com", NULL, false},
	{HEAD "listen = { \"[::]:8443\" }", {0}, "ddns.example.com:8443", NULL, false},
	{HEAD "listen = { \"127.0.0.1:8443\", \"192.0.2.1:443\" }",
	 {0},
	 "ddns.example.com",
	 NULL,
	 false},
	{HEAD HTTPS URLS, {.query_login = true}, "urls.example.com:8443", NULL, false},
	{HEAD HTTPS URLS, {0}, "ddns.example.com", NULL, false},
	{HEAD, {.query_login = true}, "ddns.example.com", NULL, true},
	{HEAD HTTPS OLD, {.legacy = true}, "ddns.example.com:9443", NULL, false},
	{HEAD HTTPS URLS, {.legacy = true}, "ddns.example.com", NULL, true},
	{HEAD "listen-plain = { \"[::]:80\" }", {.plain = true}, "ddns.example.com", NULL, false},
	{HEAD "listen-plain = { \"[::]:8080\" }",
	 {.plain = true},
	 "ddns.example.com:8080",
	 NULL,
	 false},
	/* Where only a proxy may connect, no client does. */
	{HEAD BEHIND "listen = { \"[::]:8443\" }", {0}, "ddns.example.com:8443", NULL, false},
	{HEAD BEHIND, {0}, "ddns.example.com", NULL, false},
	{HEAD, {.plain = true}, "ddns.example.com", NULL, true},
	{HEAD "listen = {}\nlisten-plain = { \"[::]:80\" }",
	 {.plain = true},
	 NULL,
	 "the configuration has no HTTPS address whose certificate would name the server",
	 false},
	{HEAD "listen = { \"[::]:0\" }", {0}, NULL, "[::]:0: the system chooses the port", false},
	{ZONE "certificate = \"/nonexistent\"", {0}, NULL, "/nonexistent: cannot be read", false},
};

START_TEST(name_and_port_are_those_of_the_address_that_grants_the_wish)
{
	size_t i;

	certificate_kit_write(common, "*.example.com ddns.example.com");
	certificate_kit_write(own, "urls.example.com");
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct conf *conf = conf_kit_good(rows[i].text, NULL);
		struct server_name got = {.text = "untouched"};
		struct errinfo ei = ERRINFO_INIT;
		int err = server_name_find(conf, &rows[i].wish, &got, &ei);

		if (rows[i].want == NULL) {
			ck_assert_msg(err != 0 && strcmp(ei.text, rows[i].why) == 0, "row %zu: %s",
				      i, ei.text);
			ck_assert_str_eq(got.text, "untouched");
		} else {
			ck_assert_msg(err == 0 && strcmp(got.text, rows[i].want) == 0,
				      "row %zu: %s %s", i, got.text, ei.text);
			ck_assert_msg(got.is_another == rows[i].is_another, "row %zu", i);
			ck_assert_msg(server_grants(conf, &rows[i].wish) != rows[i].is_another,
				      "row %zu", i);
		}
		conf_free(conf);
	}
	unlink(common);
	unlink(own);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		name_and_port_are_those_of_the_address_that_grants_the_wish,
	};

	return unit_run("server_name", tests, N_ELEMENTS(tests));
}
