/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/err.h"
#include "net/addr_special.h"
#include "kit/unit.h"
#include "kit/values.h"

START_TEST(every_spelling_of_an_address_is_read)
{
	static const struct {
		const char *text;
		const char *want;
	} rows[] = {
		{"192.0.2.1", "192.0.2.1"},
		{"0.0.0.0", "0.0.0.0"},
		{"255.255.255.255", "255.255.255.255"},
		{"192.0.2.1/24", "192.0.2.1"},
		{"192.0.2.1/0", "192.0.2.1"},
		{"192.0.2.1/32", "192.0.2.1"},
		{"2001:db8::1", "2001:db8::1"},
		{"2001:DB8::ABCD", "2001:db8::abcd"},
		{"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
		{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
		{"2001:db8:1:2::1/62", "2001:db8:1:2::1"},
		{"2001:db8:1:2::/62", "2001:db8:1:2::"},
		{"2001:db8::/128", "2001:db8::"},
		{"192.0.2.0/32", "192.0.2.0"},
		{"192.0.2.128/24", "192.0.2.128"},
		{"192.0.2.1/31", "192.0.2.1"},
		{"2001:db8::1/128", "2001:db8::1"},
		{"2001:db8::1/0", "2001:db8::1"},
		{"[2001:db8::1]", "2001:db8::1"},
		{"[2001:db8::1]/64", "2001:db8::1"},
		{"2001:db8::192.0.2.33", "2001:db8::c000:221"},
		{"::", "::"},
		{"::1", "::1"},
		{"::ffff:192.0.2.1", "192.0.2.1"},
		{"::FFFF:c000:0201", "192.0.2.1"},
		{"[::ffff:192.0.2.1]/96", "192.0.2.1"},
		{"0000:0000:0000:0000:0000:ffff:192.100.102.101", "192.100.102.101"},
	};
	char text[ADDR_TEXT_MAX];
	struct addr a;
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		memset(&a, 0xaa, sizeof(a));
		err = addr_parse(slice_of(rows[i].text), &a);
		ck_assert_msg(err == 0, "%s: %d", rows[i].text, err);
		ck_assert_msg(strcmp(addr_format(&a, text), rows[i].want) == 0, "%s: %s",
			      rows[i].text, text);
	}
}
END_TEST

static const char *const refused_addresses[] = {
	"",
	" ",
	"192.0.2",
	"192.0.2.",
	"192.0.2.1.",
	".192.0.2.1",
	"192.0.2.1.5",
	"192.0..1",
	"192.0.2.256",
	"192.0.2.01",
	"192.0.2.001",
	"0192.0.2.1",
	"0xc0.0.2.1",
	"3221225985",
	"192.0.2.-1",
	"192.0.2.+1",
	" 192.0.2.1",
	"192.0.2.1 ",
	"192.0.2.1\n",
	"192.0.2.1:80",
	"192.0.2.1/",
	"192.0.2.1/33",
	"192.0.2.1/-1",
	"192.0.2.1/24/24",
	"192.0.2.1/ 24",
	"192.0.2.1/255.255.255.0",
	"192.0.2.0/24",
	"192.0.2.128/25",
	"192.0.2.0/31",
	"0.0.0.0/0",
	"2001:db8:1:4::/62",
	"2001:db8::/64",
	"2001:db8::/127",
	"[2001:db8::]/56",
	"::/0",
	"::ffff:192.0.2.0/120",
	"[192.0.2.1]",
	"/24",
	":",
	":::",
	"1::2::3",
	"2001:db8",
	"2001:db8:::1",
	"2001:db8::12345",
	"2001:db8::g",
	"1:2:3:4:5:6:7",
	"1:2:3:4:5:6:7:8:9",
	":1:2:3:4:5:6:7:8",
	"1:2:3:4:5:6:7:8:",
	"fe80::1%eth0",
	"fe80::1%25eth0",
	"2001:db8::1/129",
	"2001:db8::1/x",
	"[2001:db8::1",
	"2001:db8::1]",
	"[[2001:db8::1]]",
	"[2001:db8::1]:443",
	"[2001:db8::1/64]",
	"[]",
	"[",
	"::ffff:192.0.2.01",
	"home.example.com",
	"auto",
	"00000000000000000000000000000000000000000000000000192.0.2.1",
};

START_TEST(anything_else_is_refused_and_leaves_the_result_alone)
{
	struct addr a, before;
	size_t i;

	memset(&before, 0x55, sizeof(before));
	for (i = 0; i < N_ELEMENTS(refused_addresses); i++) {
		a = before;
		ck_assert_msg(addr_parse(slice_of(refused_addresses[i]), &a) == ERR_INVAL, "'%s'",
			      refused_addresses[i]);
		ck_assert_msg(addr_equal(&a, &before), "'%s'", refused_addresses[i]);
	}
}
END_TEST

START_TEST(bytes_after_the_slice_are_not_read)
{
	struct addr a;

	ck_assert_int_eq(addr_parse((struct slice){"192.0.2.17", 9}, &a), 0);
	ck_assert_int_eq(a.bytes[3], 1);
	ck_assert_int_eq(addr_parse((struct slice){"192.0.2.1\0", 10}, &a), ERR_INVAL);
	ck_assert_int_eq(addr_parse((struct slice){"192.0.2.1/24", 11}, &a), 0);
	ck_assert_int_eq(addr_parse((struct slice){NULL, 0}, &a), ERR_INVAL);
}
END_TEST

START_TEST(no_address_is_the_empty_text)
{
	struct addr none = {0};
	char text[ADDR_TEXT_MAX];

	ck_assert_str_eq(addr_format(&none, text), "");
	ck_assert(!addr_is_set(&none));
	ck_assert(!addr_is_special(&none));
}
END_TEST

START_TEST(addresses_and_pairs_are_equal_by_family_and_bytes)
{
	struct addr zero4 = {ADDR_V4, {0}}, zero6 = {ADDR_V6, {0}}, other = {ADDR_V4, {0, 0, 0, 1}};
	struct addr_pair a = {zero4, zero6}, b = a;

	ck_assert(addr_equal(&zero4, &zero4));
	ck_assert(!addr_equal(&zero4, &zero6));
	ck_assert(!addr_equal(&zero4, &other));
	ck_assert(addr_pair_equal(&a, &b));
	b.v4 = other;
	ck_assert(!addr_pair_equal(&a, &b));
	b = a;
	b.v6.bytes[15] = 1;
	ck_assert(!addr_pair_equal(&a, &b));
}
END_TEST

START_TEST(an_unspecified_address_has_a_family_and_no_bit)
{
	struct addr none = {0}, a = value_addr_by_libc("0.0.0.0");

	ck_assert(addr_is_unspecified(&a));
	a = value_addr_by_libc("::");
	ck_assert(addr_is_unspecified(&a));
	a.bytes[15] = 1;
	ck_assert(!addr_is_unspecified(&a));
	a = value_addr_by_libc("0.0.0.1");
	ck_assert(!addr_is_unspecified(&a));
	ck_assert(!addr_is_unspecified(&none));
}
END_TEST

START_TEST(socket_addresses_become_addresses)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(1)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(1)};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct addr a, want = value_addr_by_libc("192.0.2.7");

	ck_assert_int_eq(inet_pton(AF_INET, "192.0.2.7", &in.sin_addr), 1);
	ck_assert_int_eq(addr_from_sockaddr((struct sockaddr *)&in, &a), 0);
	ck_assert(addr_equal(&a, &want));
	ck_assert_int_eq(inet_pton(AF_INET6, "::ffff:192.0.2.7", &in6.sin6_addr), 1);
	ck_assert_int_eq(addr_from_sockaddr((struct sockaddr *)&in6, &a), 0);
	ck_assert(addr_equal(&a, &want));
	want = value_addr_by_libc("2001:db8::7");
	ck_assert_int_eq(inet_pton(AF_INET6, "2001:db8::7", &in6.sin6_addr), 1);
	ck_assert_int_eq(addr_from_sockaddr((struct sockaddr *)&in6, &a), 0);
	ck_assert(addr_equal(&a, &want));
	ck_assert_int_eq(addr_from_sockaddr((struct sockaddr *)&un, &a), ERR_INVAL);
	ck_assert(addr_equal(&a, &want));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_spelling_of_an_address_is_read,
		anything_else_is_refused_and_leaves_the_result_alone,
		bytes_after_the_slice_are_not_read,
		no_address_is_the_empty_text,
		addresses_and_pairs_are_equal_by_family_and_bytes,
		an_unspecified_address_has_a_family_and_no_bit,
		socket_addresses_become_addresses,
	};

	return unit_run("addr", tests, N_ELEMENTS(tests));
}
