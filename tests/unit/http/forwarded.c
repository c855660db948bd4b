/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/forwarded.h"

#include <string.h>

#include "kit/unit.h"
#include "kit/values.h"

static struct prefix proxies[2];
static struct forwarded_trust trust = {2, proxies, HTTP_CLIENT_X_FORWARDED_FOR};

static void make_proxies(enum http_client_header header)
{
	ck_assert_int_eq(prefix_parse(slice_of("10.0.0.0/8"), &proxies[0]), 0);
	ck_assert_int_eq(prefix_parse(slice_of("2001:db8:1::/48"), &proxies[1]), 0);
	trust.header = header;
}

struct row {
	const char *lines, *want; /* lines end with "\n" but for the last; want "": nobody */
};

static void check_rows(const struct row *rows, size_t n)
{
	char text[ADDR_TEXT_MAX];
	struct forwarded f;
	size_t i;

	for (i = 0; i < n; i++) {
		struct slice line, rest = slice_of(rows[i].lines);
		struct addr want = value_addr(rows[i].want);
		bool more = true;

		forwarded_begin(&f, &trust);
		while (more) {
			more = slice_cut(rest, '\n', &line, &rest);
			forwarded_take(&f, line);
		}
		ck_assert_msg(addr_equal(&f.client, &want), "row %zu: %s", i,
			      addr_format(&f.client, text));
	}
}

START_TEST(the_client_is_the_rightmost_that_no_trusted_proxy_is)
{
	static const struct row rows[] = {
		{"192.0.2.1", "192.0.2.1"},
		{" 192.0.2.1\t", "192.0.2.1"},
		{"203.0.113.5, 192.0.2.1", "192.0.2.1"}, /* the left one is a lie */
		{"203.0.113.5, 192.0.2.1, 10.9.9.9", "192.0.2.1"},
		{"192.0.2.1,10.0.0.2,2001:db8:1::7", "192.0.2.1"},
		{"10.0.0.3,10.0.0.2", "10.0.0.3"}, /* all are proxies: the first */
		{"10.0.0.3", "10.0.0.3"},
		{"2001:db8::5", "2001:db8::5"},
		/* Several lines are one list. */
		{"203.0.113.5\n192.0.2.1", "192.0.2.1"},
		{"192.0.2.1\n10.0.0.2", "192.0.2.1"},
		{"192.0.2.1, 10.0.0.3\n10.0.0.2, 10.0.0.4", "192.0.2.1"},
		{"192.0.2.1\n", "192.0.2.1"},
		{"\n192.0.2.1\n\n10.0.0.2", "192.0.2.1"},
		/* What stands around an address. */
		{"192.0.2.1:4711", "192.0.2.1"},
		{"192.0.2.1:_a", "192.0.2.1"},
		{"[2001:db8::5]", "2001:db8::5"},
		{"[2001:db8::5]:443, 10.0.0.2:80", "2001:db8::5"},
		{"\"[2001:db8::5]:443\"", "2001:db8::5"},
		{"\"192.0.2.1\"", "192.0.2.1"},
		{"::ffff:192.0.2.1", "192.0.2.1"},
		{"[::ffff:192.0.2.1]:80, ::ffff:10.0.0.1", "192.0.2.1"},
		{"192.0.2.1,", "192.0.2.1"},
		{"192.0.2.1, ,,10.0.0.2,", "192.0.2.1"},
		/* Nobody. */
		{"", ""},
		{",", ""},
		{" , ", ""},
		{"unknown", ""},
		{"192.0.2.1, unknown", ""},
		{"192.0.2.1, unknown, 10.0.0.2", ""},
		{"192.0.2.1\n_hidden", ""},
		{"192.0.2.1 203.0.113.5", ""},
		{"192.0.2.1:", ""},
		{"192.0.2.1:_", ""},
		{"0.0.0.0", ""},
		{"192.0.2.1, ::", ""},
		{"[::]:80", ""},
		{"192.0.2.1:x", ""},
		{"192.0.2.1:65536", ""},
		{"192.0.2.1:443:443", ""},
		{"[2001:db8::5", ""},
		{"[2001:db8::5]443", ""},
		{"[2001:db8::5]:", ""},
		{"[192.0.2.1]", ""},
		{"fe80::1%eth0", ""},
		{"192.0.2.1/24", ""},
		{"for=192.0.2.1", ""},
		{"rubbish, 192.0.2.1", "192.0.2.1"}, /* behind the client's own */
		{"unknown, 10.0.0.2", ""},
	};

	make_proxies(HTTP_CLIENT_X_FORWARDED_FOR);
	check_rows(rows, N_ELEMENTS(rows));
}
END_TEST

START_TEST(forwarded_says_it_in_pairs)
{
	static const struct row rows[] = {
		{"for=192.0.2.1", "192.0.2.1"},
		{"For=192.0.2.1;proto=https;by=203.0.113.43", "192.0.2.1"},
		{"proto=http; for=192.0.2.1 ;host=\"a,b;for=9.9.9.9\"", "192.0.2.1"},
		{"for=\"[2001:db8::5]:4711\"", "2001:db8::5"},
		{"for=\"[2001:db8::5]\"", "2001:db8::5"},
		{"for=\"192.0.2.1:4711\"", "192.0.2.1"},
		{"for=\"192.0.2.1:_x\"", "192.0.2.1"},
		{"for=203.0.113.5, for=192.0.2.1, for=10.0.0.2", "192.0.2.1"},
		{"for=203.0.113.5\nfor=192.0.2.1;proto=http\nfor=10.0.0.2", "192.0.2.1"},
		{"for=10.0.0.3, for=10.0.0.2", "10.0.0.3"},
		{"for=192.0.2.1,,", "192.0.2.1"},
		/* Nobody. */
		{"", ""},
		{"for=unknown", ""},
		{"for=_hidden", ""},
		{"for=\"_hidden\", for=10.0.0.2", ""},
		{"for=192.0.2.1, for=unknown", ""},
		{"for=192.0.2.1, proto=https", ""},
		{"for=", ""},
		{"for", ""},
		{"192.0.2.1", ""},
		{"for=192.0.2.1;for=203.0.113.5", ""},
		{"for=\"192.0.2.1", ""},
		/* A quote that a client has begun hides nobody behind it. */
		{"for=203.0.113.5;x=\", for=192.0.2.1", ""},
		{"for=203.0.113.5;x=\"\\\", for=192.0.2.1", ""},
		{"for=203.0.113.5;x=\"\nfor=192.0.2.1", "192.0.2.1"},
		/* Nor does one that a quote of its "Host" ends, which the proxy has escaped. */
		{"for=203.0.113.5;x=\", for=192.0.2.1;host=\"a\\\"b\"", ""},
		{"x=\", for=192.0.2.1;host=\",for=203.0.113.5;x=\\\"b\"", ""},
		{"x=\", for=192.0.2.1;host=\",for=203.0.113.5;x=\"", ""},
		{"for=192.0.2.1;host=\"a\\\"b\" ; x=\"\" , for=\"10.0.0.2\"", "192.0.2.1"},
	};

	make_proxies(HTTP_CLIENT_FORWARDED);
	check_rows(rows, N_ELEMENTS(rows));
}
END_TEST

START_TEST(nobody_is_trusted_by_default)
{
	struct forwarded_trust none = {0, NULL, HTTP_CLIENT_X_FORWARDED_FOR};
	struct addr peer = value_addr("127.0.0.1");

	ck_assert(!forwarded_is_trusted(&none, &peer));
	make_proxies(HTTP_CLIENT_X_FORWARDED_FOR);
	peer = value_addr("10.1.2.3");
	ck_assert(forwarded_is_trusted(&trust, &peer));
	ck_assert_str_eq(forwarded_header_name(HTTP_CLIENT_FORWARDED), "forwarded");
	ck_assert_str_eq(forwarded_header_name(HTTP_CLIENT_X_FORWARDED_FOR), "x-forwarded-for");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_client_is_the_rightmost_that_no_trusted_proxy_is,
		forwarded_says_it_in_pairs,
		nobody_is_trusted_by_default,
	};

	return unit_run("forwarded", tests, N_ELEMENTS(tests));
}
