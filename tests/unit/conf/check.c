/* SPDX-License-Identifier: BSD-2-Clause
 * Values that contradict each other, or are missing. */
#include "conf/check.h"

#include <stdio.h>
#include <string.h>

#include "kit/conf_kit.h"
#include "kit/unit.h"

START_TEST(values_that_contradict_each_other_are_refused)
{
	static const struct conf_kit_row rows[] = {
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
		{"listen-at x { address = '[::]:1'\nproxy-protocol = on }\nzone a.b {}",
		 "m.conf:2: proxy-protocol: needs trusted-proxies: only they may say who a client "
		 "is"},
		{"store {\n type = memory\n}",
		 "m.conf:2: type: the store in memory is gone, no account could be made in it: use "
		 "sqlite or dynamodb"},
		{"store { type = dynamodb\npath = x } zone a.b {}",
		 "m.conf:2: path: is only used with type = sqlite"},
		{"store { table = abc } zone a.b {}",
		 "m.conf:1: table: is only used with type = dynamodb"},
		{"account-cache = 0\naccount-cache-age = 60\nzone a.b { name-servers = n.s }",
		 "m.conf:2: account-cache-age: needs accounts in memory, and account-cache is 0"},
		{"\npseudonyms = logins\nzone a.b { name-servers = n.s }",
		 "m.conf:2: pseudonyms: needs pseudonym-key-file"},
		{"\nacme-listen = \"[::]:80\"\nzone a.b { name-servers = n.s }",
		 "m.conf:2: acme-listen: needs acme-webroot"},
		{"acme-webroot = /w listen-plain = \"[::]:80\"\nacme-listen = \"[::]:80\"\nzone "
		 "a.b "
		 "{ name-servers = n.s }",
		 "m.conf:2: acme-listen: \"[::]:80\" and \"[::]:80\" of listen-plain cannot both "
		 "be "
		 "had"},
		{"store { region = x } zone a.b {}",
		 "m.conf:1: region: is only used with type = dynamodb"},
	};

	conf_kit_check_rows(rows, N_ELEMENTS(rows));
}
END_TEST

START_TEST(name_servers_of_ours_have_an_address)
{
	static const struct conf_kit_row rows[] = {
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

	conf_kit_check_rows(rows, N_ELEMENTS(rows));
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

int main(void)
{
	const TTest *const tests[] = {
		values_that_contradict_each_other_are_refused,
		name_servers_of_ours_have_an_address,
		a_zone_with_the_longest_name_needs_name_servers,
	};

	return unit_run("check", tests, N_ELEMENTS(tests));
}
