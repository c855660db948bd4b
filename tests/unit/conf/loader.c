/* SPDX-License-Identifier: BSD-2-Clause
 * Single values: each is named with its place when it is wrong. */
#include "conf/loader.h"

#include <stdio.h>
#include <string.h>

#include "kit/conf_kit.h"
#include "kit/unit.h"

START_TEST(a_bad_value_names_line_and_key)
{
	static const struct conf_kit_row rows[] = {
		{"\nhttp-threads = 257",
		 "m.conf:2: http-threads: must be a whole number from 0 to 256, not \"257\""},
		{"http-threads = -1",
		 "m.conf:1: http-threads: must be a whole number from 0 to 256, not \"-1\""},
		{"http-threads = 0x10",
		 "m.conf:1: http-threads: must be a whole number from 0 to 256, not \"0x10\""},
		{"http-threads = 99999999999999999999999",
		 "m.conf:1: http-threads: must be a whole number from 0 to 256, not "
		 "\"99999999999999999999999\""},
		{"http-threads = \"\"",
		 "m.conf:1: http-threads: must be a whole number from 0 to 256, not \"\""},
		{"header-timeout = 0",
		 "m.conf:1: header-timeout: must be a whole number from 1 to 300, not \"0\""},
		{"log-format = X", "m.conf:1: log-format: must be text, json or emf, not \"X\""},
		{"log-level = info;",
		 "m.conf:1: log-level: must be error, warn, info or debug, not \"info;\""},
		{"client-address-header = x", "m.conf:1: client-address-header: must be "
					      "x-forwarded-for or forwarded, not \"x\""},
		{"credentials = iam",
		 "m.conf:1: credentials: must be auto, environment, profile, web-identity, "
		 "container or imds, not \"iam\""},
		{"certificate = \"\"",
		 "m.conf:1: certificate: must be a path of 1 to 4095 bytes, not \"\""},
		{"store {\n type = mysql\n}",
		 "m.conf:2: type: must be sqlite or dynamodb, not \"mysql\""},
		{"store { table = ab }",
		 "m.conf:1: table: must be 3 to 255 letters, digits, '_', '.' "
		 "or '-', not \"ab\""},
		{"store { table = \"a b c\" }",
		 "m.conf:1: table: must be 3 to 255 letters, digits, "
		 "'_', '.' or '-', not \"a b c\""},
		{"store { region = 'eu/west' }",
		 "m.conf:1: region: must be 0 to 64 letters, digits, "
		 "'_', '.' or '-', not \"eu/west\""},
		{"zone a.b {\n\tttl = 604801 }",
		 "m.conf:2: ttl: must be a whole number from 1 to 604800, not \"604801\""},
		{"zone a.b { allow-special-addresses = 1 }",
		 "m.conf:1: allow-special-addresses: must be true or false, not \"1\""},
		{"zone a.b { publisher = rfc2136 }",
		 "m.conf:1: publisher: must be builtin or route53, not \"rfc2136\""},
		{"zone a.b { hosted-zone-id = z1 }", "m.conf:1: hosted-zone-id: must be 1 to 32 "
						     "capital letters and digits, not \"z1\""},
		{"zone a.b { hosted-zone-id = \"/hostedzone/\" }",
		 "m.conf:1: hosted-zone-id: must be 1 to 32 capital letters and digits, not "
		 "\"/hostedzone/\""},
		{"zone a.b { name-servers = { ns } }",
		 "m.conf:1: name-servers: must be a host name of two labels or more, not \"ns\""},
		{"zone a.b { name-servers = { \"*.a.b\" } }",
		 "m.conf:1: name-servers: must be a host name of two labels or more, not "
		 "\"*.a.b\""},
		{"zone a.b { name-server-addresses = { 192.0.2.0/24 } }",
		 "m.conf:1: name-server-addresses: must be an IPv4 or IPv6 address, not "
		 "\"192.0.2.0/24\""},
	};

	conf_kit_check_rows(rows, N_ELEMENTS(rows));
}
END_TEST

START_TEST(an_address_to_listen_on_is_numeric_and_has_a_port)
{
	static const char *const rows[] = {
		"",
		":443",
		"443",
		"[::]",
		"192.0.2.1",
		"localhost:443",
		"[::]:65536",
		"[::]:-1",
		"[::]:https",
		"[::]: 443",
		"::1:443",
		"[]:443",
		"[192.0.2.1]:443",
		"192.0.2.256:443",
		"192.0.2.1:",
		"[fe80::1%lo]:1",
		"[::ffff:192.0.2.1]:443",
		("[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]"
		 ":"
		 "1"),
	};
	char text[160], want[ERR_TEXT_MAX];
	struct errinfo ei;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		snprintf(text, sizeof(text), "listen = { \"[::]:1\",\n\"%s\" }", rows[i]);
		snprintf(want, sizeof(want),
			 "m.conf:2: listen: must be a numeric address and a port, as "
			 "192.0.2.1:443 or [::]:443, not \"%.56s",
			 rows[i]);
		ck_assert_msg(strncmp(conf_kit_error(text, NULL, &ei), want, strlen(want)) == 0,
			      "%s: %s", rows[i], ei.text);
	}
}
END_TEST

START_TEST(an_endpoint_is_a_url_and_never_shown)
{
	static const char *const rows[] = {
		"127.0.0.1:8000", "http:",	 "http://",
		"http:///x",	  "http://:80",	 "ftp://a/",
		"//a/",		  "http:/a",	 "https://user:hunter2@a/",
		"http://a/?x",	  "http://a/#x", "http://a b/",
		"http://a\\\\b",
	};
	char text[160];
	struct errinfo ei;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		snprintf(text, sizeof(text), "store { endpoint = \"%s\" }", rows[i]);
		ck_assert_msg(strcmp(conf_kit_error(text, NULL, &ei),
				     "m.conf:1: endpoint: must be a URL with http:// or https:// "
				     "and a host, without a user or a query") == 0,
			      "%s: %s", rows[i], ei.text);
	}
}
END_TEST

START_TEST(nothing_is_set_twice)
{
	static const struct conf_kit_row rows[] = {
		{"retry-after = 1\nretry-after = 1", "m.conf:2: retry-after: is set twice"},
		{"listen = {}\nlisten = { \"[::]:1\" }", "m.conf:2: listen: is set twice"},
		{"listen = \"[::]:1\"\nlisten = {}", "m.conf:2: listen: is set twice"},
		{"store { timeout = 1 }\nstore { timeout = 2 }", "m.conf:2: timeout: is set twice"},
		{"zone a.b { ttl = 1\nttl = 2 }", "m.conf:2: ttl: is set twice"},
		{"zone a.b {}\nzone a.b {}", "m.conf:2: zone \"a.b\" is there twice"},
		{"zone a.b {}\nzone A.b. {\n\tttl = 1 }", "m.conf:2: zone \"A.b.\" is there twice"},
		{"listen = { \"[::]:1\",\n\"[0::0]:1\" }",
		 "m.conf:2: listen: \"[0::0]:1\" is in the list twice"},
		{"listen = { \"[::]:1\" }\nlisten-plain = { \"[::]:2\", \"[::]:1\" }\nzone a.b {}",
		 "m.conf:2: listen-plain: \"[::]:1\" and \"[::]:1\" of listen cannot both be had"},
		{"zone a.b { name-servers = { n.s, N.S } }",
		 "m.conf:1: name-servers: \"N.S\" is in the list twice"},
		{"zone a.b { name-server-addresses = { ::1, 0::1 } }",
		 "m.conf:1: name-server-addresses: \"0::1\" is in the list twice"},
	};

	conf_kit_check_rows(rows, N_ELEMENTS(rows));
}
END_TEST

START_TEST(a_pair_is_two_paths_with_a_colon)
{
	static const char *const rows[] = {"", ":", "a", "a:", ":b", "a:b:c", "::", "a\tb:c"};
	char text[160], want[ERR_TEXT_MAX], shown[64];
	struct errinfo ei;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		snprintf(text, sizeof(text), "listen-at x {\ncertificates = \"%s\" }", rows[i]);
		snprintf(want, sizeof(want),
			 "m.conf:2: certificates: must be the paths of a certificate and of its "
			 "private key, as rsa.pem:rsa.key, not \"%s\"",
			 str_printable(shown, sizeof(shown), slice_of(rows[i])));
		ck_assert_msg(strcmp(conf_kit_error(text, NULL, &ei), want) == 0, "%s: %s", rows[i],
			      ei.text);
	}
}
END_TEST

START_TEST(lists_and_zones_have_a_limit)
{
	static char text[CONF_ZONES_MAX * 32 + 64];
	struct errinfo ei;
	size_t i, n = 0;

	for (i = 0; i <= CONF_ZONES_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "zone z%zu.example {}\n", i);
	ck_assert_str_eq(conf_kit_error(text, NULL, &ei),
			 "m.conf:65: there are more than 64 zones");
	n = (size_t)snprintf(text, sizeof(text), "listen = { ");
	for (i = 0; i <= CONF_LISTEN_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "127.0.0.1:%zu,", i + 1);
	snprintf(text + n, sizeof(text) - n, "}");
	ck_assert_str_eq(conf_kit_error(text, NULL, &ei),
			 "m.conf:1: listen: the list has more than 16 items");
	n = (size_t)snprintf(text, sizeof(text), "zone a.b { name-server-addresses = { ");
	for (i = 0; i <= CONF_NS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "127.0.0.%zu,", i + 1);
	snprintf(text + n, sizeof(text) - n, "} }");
	ck_assert_str_eq(conf_kit_error(text, NULL, &ei),
			 "m.conf:1: name-server-addresses: the list has more than 8 items");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_bad_value_names_line_and_key,
		an_address_to_listen_on_is_numeric_and_has_a_port,
		an_endpoint_is_a_url_and_never_shown,
		nothing_is_set_twice,
		a_pair_is_two_paths_with_a_colon,
		lists_and_zones_have_a_limit,
	};

	return unit_run("loader", tests, N_ELEMENTS(tests));
}
