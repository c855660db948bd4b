/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/forwarded.h"

#include "kit/unit.h"
#include "kit/values.h"

START_TEST(the_client_is_the_rightmost_that_no_trusted_proxy_is)
{
	static const struct {
		const char *peer, *header, *want;
	} rows[] = {
		{"198.51.100.9", "", "198.51.100.9"},
		{"198.51.100.9", "192.0.2.1", "198.51.100.9"}, /* untrusted: not read */
		{"10.0.0.1", "", "10.0.0.1"},
		{"10.0.0.1", "192.0.2.1", "192.0.2.1"},
		{"10.0.0.1", " 192.0.2.1 ", "192.0.2.1"},
		{"10.0.0.1", "203.0.113.5, 192.0.2.1", "192.0.2.1"}, /* the left one is a lie */
		{"10.0.0.1", "203.0.113.5, 192.0.2.1, 10.9.9.9", "192.0.2.1"},
		{"10.0.0.1", "192.0.2.1,10.0.0.2,2001:db8:1::7", "192.0.2.1"},
		{"10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"}, /* all are proxies: the first */
		{"10.0.0.1", "2001:db8::5", "2001:db8::5"},
		{"10.0.0.1", "[2001:db8::5]", "2001:db8::5"},
		{"2001:db8:1::1", "192.0.2.1", "192.0.2.1"},
		{"10.0.0.1", "unknown", ""},
		{"10.0.0.1", "192.0.2.1,", ""},
		{"10.0.0.1", ",", ""},
		{"10.0.0.1", "192.0.2.1 203.0.113.5", ""},
		{"10.0.0.1", "rubbish, 192.0.2.1", "192.0.2.1"}, /* behind the client's own */
	};
	struct prefix at[2];
	struct forwarded_trust trust = {2, at};
	size_t i;

	ck_assert_int_eq(prefix_parse(slice_of("10.0.0.0/8"), &at[0]), 0);
	ck_assert_int_eq(prefix_parse(slice_of("2001:db8:1::/48"), &at[1]), 0);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct addr peer = value_addr(rows[i].peer), want = value_addr(rows[i].want);
		struct addr got = forwarded_client(&trust, &peer, slice_of(rows[i].header));
		char text[ADDR_TEXT_MAX];

		ck_assert_msg(addr_equal(&got, &want), "row %zu: %s", i, addr_format(&got, text));
	}
}
END_TEST

START_TEST(nobody_is_trusted_by_default)
{
	struct forwarded_trust none = {0, NULL};
	struct addr peer = value_addr("127.0.0.1");
	struct addr got = forwarded_client(&none, &peer, slice_of("192.0.2.1"));

	ck_assert(addr_equal(&got, &peer));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_client_is_the_rightmost_that_no_trusted_proxy_is,
		nobody_is_trusted_by_default,
	};

	return unit_run("forwarded", tests, N_ELEMENTS(tests));
}
