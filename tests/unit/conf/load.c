/* SPDX-License-Identifier: BSD-2-Clause
 * Every way in which a file can be wrong, and the sentence that says so. */
#include <stdio.h>
#include <string.h>

#include "kit/conf_kit.h"
#include "conf/load.h"
#include "kit/unit.h"

struct row {
	const char *text;
	const char *want;
};

static void check_rows(const struct row *rows, size_t n)
{
	struct errinfo ei;
	size_t i;

	for (i = 0; i < n; i++)
		ck_assert_msg(strcmp(conf_kit_error(rows[i].text, NULL, &ei), rows[i].want) == 0,
			      "\n%s\nsays: %s\nwant: %s", rows[i].text, ei.text, rows[i].want);
}

START_TEST(broken_syntax_names_its_line)
{
	static const struct row rows[] = {
		{"zone a.b {}\nttl = 1\n", "m.conf:2: no such option 'ttl'"},
		{"zone a.b {\n# one\n// two\n/* three\n*/ foo = 1\n}",
		 "m.conf:5: no such option 'foo'"},
		{"store {\n\tkind = x\n}\n", "m.conf:2: no such option 'kind'"},
		{"zone a.b {\n\tttl = 1\n", "m.conf:1: the brace that opens here is not closed"},
		{"listen = {\n\n", "m.conf:1: the brace that opens here is not closed"},
		{"\n}\n", "m.conf:2: there is no opening brace for this one"},
		{"zone a.b { x { y {", "m.conf:1: no such option 'x'"},
		{"\ncertificate = \"/etc\nzone a.b {}",
		 "m.conf:2: the string is not closed on its line"},
		{"certificate = '/etc", "m.conf:1: the string is not closed on its line"},
		{"certificate = \"\\", "m.conf:1: a backslash in a string may only stand before a "
				       "quote, '$' or '\\'"},
		{"certificate = \"a\\nb\"",
		 "m.conf:1: a backslash in a string may only stand before "
		 "a quote, '$' or '\\'"},
		{"retry-after = \"1\"\n\"\001\"", "m.conf:2: a control character is in a string"},
		{"\n\n/* never closed\n\n", "m.conf:3: the comment that begins here is not closed"},
		{"certificate = \"${HOME}/a\"",
		 "m.conf:1: ${...} is not expanded: set the MOORING_ variable instead"},
		{"certificate = ${HOME}",
		 "m.conf:1: ${...} is not expanded: set the MOORING_ variable instead"},
		{"http-threads = *1",
		 "m.conf:1: a value with one of ()+*| must be in double quotes"},
		{"listen += { \"[::]:1\" }",
		 "m.conf:1: a value with one of ()+*| must be in double quotes"},
		{"http-threads = 1\r2", "m.conf:1: a control character is in the file"},
	};

	check_rows(rows, N_ELEMENTS(rows));
}
END_TEST

START_TEST(what_stands_in_the_wrong_place_is_named)
{
	static const struct row rows[] = {
		{"http-threads\n= = 1", "m.conf:2: unexpected token '='"},
		{"http-threads 1", "m.conf:1: missing equal sign after option 'http-threads'"},
		{"http-threads = { 1 }", "m.conf:1: unexpected token '{'"},
		{"listen = { \"[::]:1\" \"[::]:2\" }", "m.conf:1: unexpected token '[::]:2'"},
		{"zone { ttl = 1 }", "m.conf:1: missing title for section 'zone'"},
		{"store x { }", "m.conf:1: missing opening brace for section 'store'"},
		{"http-threads =", "m.conf:1: premature end of file"},
		{"http-threads\n", "m.conf:2: premature end of file"},
		{"retry-after = 1 = 2", "m.conf:1: unexpected token '='"},
		{"retry-after = , 2", "m.conf:1: unexpected token ','"},
		{"retry-after = }", "m.conf:1: unexpected token '}'"},
		{"listen = { , }", "m.conf:1: unexpected token ','"},
		{"listen = { '[::]:1', , '[::]:2' }", "m.conf:1: unexpected token ','"},
		{"listen = { '[::]:1' = }", "m.conf:1: unexpected token '='"},
		{"listen = { { '[::]:1' } }", "m.conf:1: unexpected token '{'"},
		{"listen = { '[::]:1' }, '[::]:2'", "m.conf:1: unexpected token ','"},
		{"{ retry-after = 1 }", "m.conf:1: unexpected token '{'"},
		{"dns-tcp-idle", "m.conf:1: premature end of file"},
		{"dns-tcp-idle 5", "m.conf:1: missing equal sign after option 'dns-tcp-idle'"},
		{"dns-tcp-idle =\n= 5", "m.conf:2: unexpected token '='"},
		{"dns-tcp-idle = {}", "m.conf:1: unexpected token '{'"},
		{"store = 1", "m.conf:1: missing opening brace for section 'store'"},
		{"store", "m.conf:1: premature end of file"},
		{"store {} }", "m.conf:1: there is no opening brace for this one"},
		{"store {\n{ } }", "m.conf:2: unexpected token '{'"},
		{"store {\nstore { } }", "m.conf:2: no such option 'store'"},
		{"zone", "m.conf:1: premature end of file"},
		{"zone = x", "m.conf:1: missing title for section 'zone'"},
		{"zone a.b", "m.conf:1: premature end of file"},
		{"zone a.b ttl = 1", "m.conf:1: missing opening brace for section 'zone'"},
		{"zone a.b {\nname-servers = {\nn.s", "m.conf:2: the brace that opens here is not "
						      "closed"},
		{"zone a.b {\nname-servers = { n.s }\n", "m.conf:1: the brace that opens here is "
							 "not closed"},
		{"\"\\$\" = 1", "m.conf:1: no such option '$'"},
		{"'a\\'b' = 1", "m.conf:1: no such option 'a'b'"},
		{"'\\$' = 1", "m.conf:1: a backslash in a string may only stand before a quote, "
			      "'$' or '\\'"},
		{"m\xc3\xbc = 1", "m.conf:1: no such option 'm\\xc3\\xbc'"},
		{"zone a.b {\n\"\" = 1 }", "m.conf:2: an empty string is no name"},
		{"zone '' {}", "m.conf:1: an empty string is no name"},
		{"zone a.b {}\n\"store|type\" = sqlite\n", "m.conf:2: no such option 'store|type'"},
	};

	check_rows(rows, N_ELEMENTS(rows));
}
END_TEST

START_TEST(a_bad_value_names_line_and_key)
{
	static const struct row rows[] = {
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
		{"log-format = Text", "m.conf:1: log-format: must be text or json, not \"Text\""},
		{"log-level = info;",
		 "m.conf:1: log-level: must be error, warn, info or debug, not \"info;\""},
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

	check_rows(rows, N_ELEMENTS(rows));
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
	static const struct row rows[] = {
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

	check_rows(rows, N_ELEMENTS(rows));
}
END_TEST

START_TEST(values_that_contradict_each_other_are_refused)
{
	static const struct row rows[] = {
		{"# nothing\n", "m.conf: there is no zone: add a zone section or set MOORING_ZONE"},
		{"zone a {}",
		 "m.conf:1: zone \"a\": the name must be a host name of two labels or more"},
		{"zone \"*.a.b\" {}",
		 "m.conf:1: zone \"*.a.b\": the name must be a host name of two labels or more"},
		{"listen = {}\nzone a.b {}",
		 "m.conf:1: listen: must hold an address when listen-plain holds none"},
		{"listen-plain = \"[::]:80\"\nadmin-listen = \"[::]:80\"\nzone a.b {}",
		 "m.conf:2: admin-listen: \"[::]:80\" and \"[::]:80\" of listen-plain cannot both "
		 "be had"},
		{"\nadmin-listen = \"[::]:443\"\nzone a.b {}",
		 "m.conf:2: admin-listen: \"[::]:443\" and \"[::]:443\" of listen cannot both be "
		 "had"},
		{"dns-listen = {}\nzone a.b {}",
		 "m.conf:1: dns-listen: must hold an address: zone \"a.b\" is published here"},
		{"zone a.b {\npublisher = route53 }",
		 "m.conf:1: hosted-zone-id: is needed with publisher = route53"},
		{"zone a.b {\nhosted-zone-id = Z1 }",
		 "m.conf:2: hosted-zone-id: is only used with publisher = route53"},
		{"zone a.b {\nendpoint = \"http://a\" }",
		 "m.conf:2: endpoint: is only used with publisher = route53"},
		{"zone a.b { publisher = route53 hosted-zone-id = Z1\nname-servers = {} }",
		 "m.conf:2: name-servers: is only used with publisher = builtin"},
		{"zone a.b { name-servers = { ns.example }\nname-server-addresses = { ::1 } }",
		 "m.conf:2: name-server-addresses: is only used for name servers that lie in the "
		 "zone"},
		{"store {\n type = memory\n}",
		 "m.conf:2: type: the store in memory is gone, no account could be made in it: use "
		 "sqlite or dynamodb"},
		{"store { type = dynamodb\npath = x } zone a.b {}",
		 "m.conf:2: path: is only used with type = sqlite"},
		{"store { table = abc } zone a.b {}",
		 "m.conf:1: table: is only used with type = dynamodb"},
		{"store { region = x } zone a.b {}",
		 "m.conf:1: region: is only used with type = dynamodb"},
	};

	check_rows(rows, N_ELEMENTS(rows));
}
END_TEST

START_TEST(addresses_that_cannot_be_had_together_are_refused)
{
	static const struct row rows[] = {
		{"listen = { \"0.0.0.0:1\",\n\"127.0.0.1:1\" } zone a.b {}",
		 "m.conf:1: listen: \"127.0.0.1:1\" and \"0.0.0.0:1\" of listen cannot both be "
		 "had"},
		{"listen = { \"127.0.0.1:1\",\n\"0.0.0.0:1\" } zone a.b {}",
		 "m.conf:1: listen: \"0.0.0.0:1\" and \"127.0.0.1:1\" of listen cannot both be "
		 "had"},
		{"listen = { \"[::1]:1\", \"[::]:1\" } zone a.b {}",
		 "m.conf:1: listen: \"[::]:1\" and \"[::1]:1\" of listen cannot both be had"},
		{"listen = \"[::]:1\"\nlisten-plain = \"127.0.0.1:1\" zone a.b {}",
		 "m.conf:2: listen-plain: \"127.0.0.1:1\" and \"[::]:1\" of listen cannot both be "
		 "had"},
		{"admin-listen = \"127.0.0.1:443\" zone a.b {}",
		 "m.conf:1: admin-listen: \"127.0.0.1:443\" and \"[::]:443\" of listen cannot both "
		 "be had"},
		{"dns-listen = \"192.0.2.1:443\" zone a.b {}",
		 "m.conf:1: dns-listen: \"192.0.2.1:443\" and \"[::]:443\" of listen cannot both "
		 "be "
		 "had"},
		{"dns-listen = { \"0.0.0.0:5\", \"127.0.0.1:5\" } zone a.b {}",
		 "m.conf:1: dns-listen: \"127.0.0.1:5\" and \"0.0.0.0:5\" of dns-listen cannot "
		 "both "
		 "be had"},
		/* The IPv4 of port 1 is the second list's already. */
		{"listen = { \"0.0.0.0:1\", \"[::]:1\" }\nlisten-plain = \"127.0.0.1:1\" zone a.b "
		 "{}",
		 "m.conf:2: listen-plain: \"127.0.0.1:1\" and \"0.0.0.0:1\" of listen cannot both "
		 "be "
		 "had"},
	};

	check_rows(rows, N_ELEMENTS(rows));
}
END_TEST

START_TEST(a_listener_of_its_own_is_checked_like_the_short_forms)
{
	static const struct row rows[] = {
		{"listen-at { }", "m.conf:1: missing title for section 'listen-at'"},
		{"listen-at ''", "m.conf:1: an empty string is no name"},
		{"listen-at x", "m.conf:1: premature end of file"},
		{"listen-at x address", "m.conf:1: missing opening brace for section 'listen-at'"},
		{"listen-at x {\nlisten = {} }", "m.conf:2: no such option 'listen'"},
		{"listen-at 'a b' {}", "m.conf:1: listen-at \"a b\": the name must be 1 to 32 "
				       "letters, digits, '.', '_' or '-'"},
		{"listen-at 123456789012345678901234567890123 {}",
		 "m.conf:1: listen-at \"123456789012345678901234567890123\": the name must be 1 to "
		 "32 letters, digits, '.', '_' or '-'"},
		{"listen-at x {}\nlisten-at x {}", "m.conf:2: listen-at \"x\" is there twice"},
		{"\nlisten-at x {\n}", "m.conf:2: address: must hold an address"},
		{"listen-at x {\naddress = {} }", "m.conf:2: address: must hold an address"},
		{"listen-at x {\naddress = 1 }",
		 "m.conf:2: address: must be a numeric address and a port, as 192.0.2.1:443 or "
		 "[::]:443, not \"1\""},
		{"listen-at x { tls = tls1 }",
		 "m.conf:1: tls: must be modern, legacy or no, not \"tls1\""},
		{"listen-at x { query-credentials = yes }",
		 "m.conf:1: query-credentials: must be no, tls or always, not \"yes\""},
		{"listen-at x { address = '[::]:1' tls = no\ncertificates = a:b }",
		 "m.conf:2: certificates: is only used with tls = modern or legacy"},
		{"listen-at x { certificates = { a:b, a:c } }",
		 "m.conf:1: certificates: \"a:c\" is in the list twice"},
		{"listen-at x { certificates = { a:b, b:c, c:d, d:e, e:f } }",
		 "m.conf:1: certificates: the list has more than 4 items"},
		{"listen = '[::]:443'\nlisten-at x { address = '[::]:443' }",
		 "m.conf:2: address: \"[::]:443\" and \"[::]:443\" of listen cannot both be had"},
		{"listen-at x { address = 127.0.0.1:80 }\nlisten-plain = '[::]:80'",
		 "m.conf:1: address: \"127.0.0.1:80\" and \"[::]:80\" of listen-plain cannot both "
		 "be had"},
		{"listen-at x { address = '[::]:1' }\nlisten-at y { address = 0.0.0.0:1 }",
		 "m.conf:2: address: \"0.0.0.0:1\" and \"[::]:1\" of listen-at \"x\" cannot both "
		 "be "
		 "had"},
		{"listen-at x { address = { '[::1]:1', '[::]:1' } }",
		 "m.conf:1: address: \"[::]:1\" and \"[::1]:1\" of listen-at \"x\" cannot both be "
		 "had"},
		{"admin-listen = '[::]:1' listen-at x { address = 0.0.0.0:1 }",
		 "m.conf:1: admin-listen: \"[::]:1\" and \"0.0.0.0:1\" of listen-at \"x\" cannot "
		 "both "
		 "be had"},
		{"dns-listen = '[::]:1' listen-at x { address = '[::]:1' } zone a.b {}",
		 "m.conf:1: dns-listen: \"[::]:1\" and \"[::]:1\" of listen-at \"x\" cannot both "
		 "be "
		 "had"},
	};

	check_rows(rows, N_ELEMENTS(rows));
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

START_TEST(name_servers_of_ours_have_an_address)
{
	static const struct row rows[] = {
		{"zone a.b {}", "m.conf:1: name-server-addresses: must hold the address of "
				"ns1.a.b, which lies in the zone"},
		{"zone a.b { name-servers = { n.s, x.a.b } }",
		 "m.conf:1: name-server-addresses: must hold the address of x.a.b, which lies in "
		 "the zone"},
		{"zone a.b {\nname-server-addresses = {} }",
		 "m.conf:2: name-server-addresses: must hold the address of ns1.a.b, which lies in "
		 "the zone"},
		{"zone a.b { name-server-addresses = ::1 }\nzone c.d { name-servers = x.a.b }",
		 "m.conf:2: name-servers: x.a.b lies in zone \"a.b\", which does not have it among "
		 "its own"},
		{"zone c.a.b { name-servers = ns1.a.b }\nzone a.b {}",
		 "m.conf:2: name-server-addresses: must hold the address of ns1.a.b, which lies in "
		 "the zone"},
	};

	check_rows(rows, N_ELEMENTS(rows));
}
END_TEST

START_TEST(what_looks_odd_but_is_right_is_taken)
{
	static const char *const rows[] = {
		"zone a.b { name-server-addresses = ::1 }",
		"zone 'a.b' { ttl = '5' name-servers = n.s }",
		"\"zone\" a.b { \"ttl\"=5 \"name-servers\"=n.s }",
		"zone a.b { ttl = 5 name-servers = n.s } store { } store { timeout = 5 }",
		"zone a.b { allow-special-addresses = ON name-servers = n.s }",
		"zone a.b { name-servers = { n.s } name-server-addresses = {} }",
		"listen = { \"[::]:0\", \"[::]:0\" } listen-plain = \"[::]:0\" zone a.b { "
		"name-servers = n.s }",
		"listen = {} listen-plain = 127.0.0.1:80 zone a.b { name-servers = n.s }",
		"dns-listen = {} zone a.b { publisher = route53 hosted-zone-id = Z1 }",
		"zone a.b { endpoint = '' hosted-zone-id = Z1 publisher = route53 }",
		"zone a.b { name-servers = n.s } zone c.a.b { name-servers = n.s }"
		" zone xn--mnchen-3ya.example { name-servers = n.s }",
		"zone m\xc3\xbcnchen.example { name-servers = n.s }",
		"zone a.b { name-server-addresses = ::1 } zone c.d { name-servers = ns1.a.b }",
		"zone a.b { publisher = route53 hosted-zone-id = Z1 } zone c.d { name-servers = "
		"x.a.b }",
		"listen = { 0.0.0.0:1, '[::]:1' } zone c.d { name-servers = n.s }",
		"listen = { '[::]:1', 192.0.2.1:1, 192.0.2.2:1 } zone c.d { name-servers = n.s }",
		"listen = '[::]:1' dns-listen = '[::]:1' zone a.b { publisher = route53 "
		"hosted-zone-id = Z1 }",
		"certificate = /a//b zone a.b { name-servers = n.s }",
		"certificate = '$x ${y}' zone a.b { name-servers = n.s }#",
		"certificate = \"\\$x \\${y}\" zone a.b { name-servers = n.s }//",
		"/**/zone/***/a.b{/* { */name-servers=n.s}/* # */",
		"zone a.b { name-servers = { n.s, } }",
		"retry-after=1#x\nzone a.b{name-servers={n.s,m.s}}listen={'[::]:1'}",
		"listen = { // one\n'[::]:1' /* two */ , # three\n} zone a.b { name-servers = n.s "
		"}",
		"listen-at a.b_c-d { address = '[::]:1' } zone a.b { name-servers = n.s }",
		"listen-at a { address = '[::]:1' } listen-at A { address = '[::]:2' } zone a.b { "
		"name-servers = n.s }",
		"listen-at a { address = { '[::]:1', 0.0.0.0:1 } } zone a.b { name-servers = n.s }",
		"zone a.b { name-servers\n=\n{\n}\nname-server-addresses = ::1 }\r\n",
	};
	struct errinfo ei;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(*conf_kit_error(rows[i], NULL, &ei) == '\0', "%s: %s", rows[i],
			      ei.text);
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

START_TEST(listeners_have_a_limit)
{
	static char text[CONF_FRONTS_MAX * 64];
	struct errinfo ei;
	size_t i, k, n = 0;

	for (i = 0; i <= CONF_LISTENERS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "listen-at x%zu {}\n", i);
	ck_assert_str_eq(conf_kit_error(text, NULL, &ei),
			 "m.conf:17: there are more than 16 sections listen-at");
	for (i = 0, n = 0; i < 4; i++) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, "listen-at x%zu { address = {",
				      i);
		for (k = 0; k < CONF_LISTEN_MAX; k++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "127.0.0.%zu:%zu,", i + 1,
					      k + 1);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "} }");
	}
	ck_assert_str_eq(conf_kit_error(text, NULL, &ei),
			 "m.conf: there are more than 48 addresses for HTTP and HTTPS");
}
END_TEST

START_TEST(a_zone_with_the_longest_name_needs_name_servers)
{
	static const char label[] = "abcdefghijklmnopqrstuvwxyz012345678901234567890123456789012.";
	char name[256] = "", text[512];
	struct errinfo ei;
	size_t i;

	for (i = 0; i < 4; i++)
		memcpy(name + i * (sizeof(label) - 1), label, sizeof(label));
	memcpy(name + 4 * (sizeof(label) - 1), "example.org", sizeof("example.org"));
	ck_assert_uint_eq(strlen(name), 251);
	snprintf(text, sizeof(text), "zone %s {}", name);
	ck_assert_str_eq(conf_kit_error(text, NULL, &ei),
			 "m.conf:1: name-servers: must be set: the zone's name is too long for ns1 "
			 "in it");
	snprintf(text, sizeof(text), "zone %s { name-servers = ns.example.org }", name);
	ck_assert_str_eq(conf_kit_error(text, NULL, &ei), "");
}
END_TEST

START_TEST(a_file_that_is_not_one_is_an_error)
{
	static const char *const nothing[] = {NULL};
	static const char nul[] = "zone a.b {\n\0}";
	char *large = calloc(1, (1 << 20) + 1);
	struct errinfo ei = ERRINFO_INIT;
	struct conf *c = NULL;

	ck_assert_int_eq(conf_load("/nonexistent/m.conf", nothing, &c, &ei), ERR_NOTFOUND);
	ck_assert_str_eq(ei.text, "/nonexistent/m.conf: cannot be read: No such file or directory");
	memset(&ei, 0, sizeof(ei));
	ck_assert_int_eq(conf_load("/", nothing, &c, &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "/: cannot be read: Is a directory");
	memset(&ei, 0, sizeof(ei));
	ck_assert_int_eq(conf_kit_load(nul, sizeof(nul) - 1, NULL, &c, &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "m.conf:2: a control character is in the file");
	ck_assert_ptr_nonnull(large);
	memset(large, '#', (1 << 20) + 1);
	memset(&ei, 0, sizeof(ei));
	ck_assert_int_eq(conf_kit_load(large, (1 << 20) + 1, NULL, &c, &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "m.conf: is larger than 1048576 bytes");
	ck_assert_int_eq(conf_load("/nonexistent", nothing, &c, NULL), ERR_NOTFOUND);
	ck_assert_ptr_null(c);
	free(large);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		broken_syntax_names_its_line,
		what_stands_in_the_wrong_place_is_named,
		a_bad_value_names_line_and_key,
		an_address_to_listen_on_is_numeric_and_has_a_port,
		an_endpoint_is_a_url_and_never_shown,
		nothing_is_set_twice,
		values_that_contradict_each_other_are_refused,
		addresses_that_cannot_be_had_together_are_refused,
		a_listener_of_its_own_is_checked_like_the_short_forms,
		a_pair_is_two_paths_with_a_colon,
		listeners_have_a_limit,
		name_servers_of_ours_have_an_address,
		what_looks_odd_but_is_right_is_taken,
		lists_and_zones_have_a_limit,
		a_zone_with_the_longest_name_needs_name_servers,
		a_file_that_is_not_one_is_an_error,
	};

	return unit_run("conf errors", tests, N_ELEMENTS(tests));
}
