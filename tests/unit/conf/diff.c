/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/buf.h"
#include "kit/conf_kit.h"
#include "conf/diff.h"
#include "conf/load.h"
#include "kit/unit.h"

#define ZONE	"zone a.b { name-servers = n.s }\n"
#define PROXIES "trusted-proxies = 192.0.2.1\n"

static const struct {
	const char *before;
	const char *after;
	const char *want;
} diff_rows[] = {
	{ZONE, ZONE, ""},
	{ZONE, "# a comment\nretry-after = 60\n" ZONE, ""},
	{ZONE, "retry-after = 61\n" ZONE, "retry-after"},
	{"log-level = warn\n" ZONE, ZONE, "log-level"},
	{ZONE, "listen = { '[::]:443', 0.0.0.0:443 }\n" ZONE, "listen"},
	{ZONE, "listen = {}\nlisten-plain = 127.0.0.1:80\n" ZONE, "listen, listen-plain"},
	{ZONE, "certificate = /x\ntrusted-proxies = 192.0.2.1\n" ZONE,
	 "trusted-proxies, certificate"},
	{ZONE, "client-address-header = Forwarded\n" ZONE, "client-address-header"},
	{ZONE, "client-address-header = X-Forwarded-For\n" ZONE, ""},
	{ZONE, ZONE "listen-at x { address = '[::]:443' }", "listen, listen-at x"},
	{ZONE "listen-at x { address = '[::]:1' }", ZONE, "listen, listen-at x"},
	{ZONE "listen-at x { address = '[::]:1' }",
	 ZONE "listen-at x { address = '[::]:2' certificates = a:b }",
	 "listen-at x address, listen-at x certificates"},
	{PROXIES ZONE "listen-at x { address = '[::]:1' tls = no }",
	 PROXIES ZONE "listen-at x { address = '[::]:1' proxy-protocol = on "
		      "query-credentials = always }",
	 "listen-at x tls, listen-at x proxy-protocol, listen-at x query-credentials"},
	{ZONE "listen-at x { address = '[::]:1' } listen-at y { address = '[::]:2' }",
	 ZONE "listen-at y { address = '[::]:2' } listen-at x { address = '[::]:1' }", ""},
	{ZONE, "store { path = /x }\n" ZONE, "store path"},
	{ZONE, "store { type = dynamodb }\n" ZONE, "store type"},
	{ZONE, "zone a.b { name-servers = { n.s, m.s } }", "zone a.b name-servers"},
	{ZONE, "zone a.b { ttl = 1 name-servers = n.s allow-special-addresses = on }",
	 "zone a.b ttl, zone a.b allow-special-addresses"},
	{ZONE "notify x { url = 'https://a' } notify y { url = 'https://b' }",
	 ZONE "notify y { url = 'https://b' } notify x { url = 'https://c' "
	      "events = restarted quiet = '01:00-02:00' }",
	 "notify x events, notify x quiet, notify x url"},
	{ZONE "heartbeat x { url = 'https://a' }",
	 ZONE "heartbeat y { url = 'https://a' } notify x { url = 'https://a' }",
	 "notify x, heartbeat x, heartbeat y"},
	{ZONE, ZONE "zone c.d { name-servers = n.s }", "zone c.d"},
	{ZONE "zone c.d { name-servers = n.s }", ZONE, "zone c.d"},
	{ZONE, "zone c.d { name-servers = n.s }", "zone a.b, zone c.d"},
	{ZONE "zone c.d { name-servers = n.s }", "zone c.d { name-servers = n.s }" ZONE,
	 "the order of the zones"},
};

START_TEST(what_differs_is_named_by_its_key)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(diff_rows); i++) {
		struct conf *before = conf_kit_good(diff_rows[i].before, NULL);
		struct conf *after = conf_kit_good(diff_rows[i].after, NULL);
		struct buf out;

		buf_init(&out, 512);
		conf_diff(before, after, &out);
		ck_assert_int_eq(buf_err(&out), 0);
		ck_assert_msg(strcmp(buf_str(&out), diff_rows[i].want) == 0, "row %zu: %s", i,
			      buf_str(&out));
		buf_fini(&out);
		conf_free(before);
		conf_free(after);
	}
}
END_TEST

START_TEST(any_v6_is_for_both_families_unless_v4_is_beside_it)
{
	static const struct {
		const char *text;
		bool v6_only[3];
		bool or_v4;
	} rows[] = {
		{ZONE, {false}, true},
		{"listen = '[::]:443'\n" ZONE, {false}, true},
		{"listen = '[::]:444'\n" ZONE, {false}, false},
		{"listen = { '[::]:443', 0.0.0.0:443 }\n" ZONE, {true, false}, false},
		{"listen = { 0.0.0.0:443, '[::]:443' }\n" ZONE, {false, true}, false},
		{"listen = { 192.0.2.1:443, '[::]:443' }\n" ZONE, {false, true}, false},
		{"listen = { 0.0.0.0:443, '[::]:444' }\n" ZONE, {false, false}, false},
		{"listen = { 0.0.0.0:0, '[::]:0' }\n" ZONE, {false, false}, false},
		{"listen = { 0.0.0.0:1, '[::]:1', '[::]:2' }\n" ZONE, {false, true, false}, false},
		{"listen = { 127.0.0.1:443, '[::1]:443' }\n" ZONE, {false, false}, false},
	};
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct conf *c = conf_kit_good(rows[i].text, NULL);

		for (k = 0; k < c->listen.n; k++)
			ck_assert_msg(c->listen.at[k].v6_only == rows[i].v6_only[k],
				      "row %zu, address %zu", i, k);
		ck_assert_msg(c->listen.at[0].or_v4 == rows[i].or_v4, "row %zu", i);
		ck_assert(c->dns_listen.at[0].or_v4);
		conf_free(c);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_differs_is_named_by_its_key,
		any_v6_is_for_both_families_unless_v4_is_beside_it,
	};

	return unit_run("diff", tests, N_ELEMENTS(tests));
}
