/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/prefix.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "kit/unit.h"
#include "kit/values.h"

static struct prefix prefix_of_text(const char *text)
{
	struct prefix p = {0};

	ck_assert_msg(prefix_parse(slice_of(text), &p) == 0, "%s", text);
	return p;
}

START_TEST(prefixes_are_read)
{
	static const struct {
		const char *text;
		const char *addr;
		uint8_t len;
	} rows[] = {
		{"192.0.2.0/24", "192.0.2.0", 24},   {"192.0.2.128/25", "192.0.2.128", 25},
		{"192.0.2.1", "192.0.2.1", 32},	     {"192.0.2.1/32", "192.0.2.1", 32},
		{"0.0.0.0/0", "0.0.0.0", 0},	     {"128.0.0.0/1", "128.0.0.0", 1},
		{"2001:db8::/32", "2001:db8::", 32}, {"2001:DB8:8000::/33", "2001:db8:8000::", 33},
		{"2001:db8::1", "2001:db8::1", 128}, {"::/0", "::", 0},
	};
	char text[PREFIX_TEXT_MAX], want_text[PREFIX_TEXT_MAX];
	struct addr want;
	struct prefix p;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		p = prefix_of_text(rows[i].text);
		want = value_addr(rows[i].addr);
		ck_assert_msg(addr_equal(&p.addr, &want), "%s", rows[i].text);
		ck_assert_msg(p.len == rows[i].len, "%s: %u", rows[i].text, p.len);
		snprintf(want_text, sizeof(want_text), "%s/%u", rows[i].addr, rows[i].len);
		ck_assert_str_eq(prefix_format(&p, text), want_text);
	}
}
END_TEST

START_TEST(anything_else_is_refused_and_leaves_the_result_alone)
{
	static const char *const rows[] = {
		"",
		"/",
		"/24",
		"192.0.2.0/",
		"192.0.2.0/33",
		"192.0.2.1/24",
		"192.0.2.64/25",
		"0.0.0.1/0",
		"192.0.2.0/24/24",
		"192.0.2.0/x",
		"192.0.2.0/-1",
		"192.0.2.0/255.255.255.0",
		"192.0.2/24",
		"2001:db8::/129",
		"2001:db8::1/64",
		"2001:db8:4000::/33",
		"::ffff:192.0.2.0/120",
		"example.com/24",
	};
	struct prefix p, before;
	size_t i;

	memset(&before, 0x55, sizeof(before));
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		p = before;
		ck_assert_msg(prefix_parse(slice_of(rows[i]), &p) == ERR_INVAL, "'%s'", rows[i]);
		ck_assert_msg(prefix_equal(&p, &before), "'%s'", rows[i]);
	}
}
END_TEST

START_TEST(an_address_is_cut_to_the_length_of_its_family)
{
	static const struct {
		const char *addr;
		uint8_t len_v4, len_v6;
		const char *want;
	} rows[] = {
		{"192.0.2.77", 24, 56, "192.0.2.0/24"},
		{"192.0.2.77", 32, 56, "192.0.2.77/32"},
		{"192.0.2.77", 31, 56, "192.0.2.76/31"},
		{"192.0.2.77", 99, 56, "192.0.2.77/32"},
		{"192.0.2.77", 0, 56, "0.0.0.0/0"},
		{"2001:db8:1:2ff::1", 24, 56, "2001:db8:1:200::/56"},
		{"2001:db8:1:2ff::1", 24, 63, "2001:db8:1:2fe::/63"},
		{"2001:db8:1:2ff::1", 24, 255, "2001:db8:1:2ff::1/128"},
	};
	struct prefix got, want;
	struct addr a;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		a = value_addr(rows[i].addr);
		got = prefix_of(&a, rows[i].len_v4, rows[i].len_v6);
		want = prefix_of_text(rows[i].want);
		ck_assert_msg(prefix_equal(&got, &want), "row %zu: %s", i, rows[i].want);
	}
}
END_TEST

START_TEST(a_client_is_an_address_or_a_site_and_a_network_is_larger)
{
	static const struct {
		const char *addr, *client, *network;
	} rows[] = {
		{"192.0.2.77", "192.0.2.77/32", "192.0.2.0/24"},
		{"2001:db8:1:2ff::1", "2001:db8:1:200::/56", "2001:db8:1:200::/56"},
	};
	struct prefix got, want;
	struct addr a;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		a = value_addr(rows[i].addr);
		got = prefix_of_client(&a);
		want = prefix_of_text(rows[i].client);
		ck_assert_msg(prefix_equal(&got, &want), "row %zu: %s", i, rows[i].client);
		got = prefix_of_network(&a);
		want = prefix_of_text(rows[i].network);
		ck_assert_msg(prefix_equal(&got, &want), "row %zu: %s", i, rows[i].network);
	}
}
END_TEST

START_TEST(a_prefix_contains_its_addresses_only)
{
	static const struct {
		const char *prefix;
		const char *addr;
		bool want;
	} rows[] = {
		{"192.0.2.0/24", "192.0.2.0", true},
		{"192.0.2.0/24", "192.0.2.255", true},
		{"192.0.2.0/24", "192.0.3.0", false},
		{"192.0.2.0/24", "192.0.1.255", false},
		{"192.0.2.128/25", "192.0.2.127", false},
		{"192.0.2.128/25", "192.0.2.128", true},
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"0.0.0.0/0", "203.0.113.9", true},
		{"0.0.0.0/0", "::1", false},
		{"::/0", "2001:db8::1", true},
		{"::/0", "192.0.2.1", false},
		{"2001:db8::/33", "2001:db8:7fff::", true},
		{"2001:db8::/33", "2001:db8:8000::", false},
	};
	struct prefix p, none = {0};
	struct addr a, no_addr = {0};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		p = prefix_of_text(rows[i].prefix);
		a = value_addr(rows[i].addr);
		ck_assert_msg(prefix_contains(&p, &a) == rows[i].want, "%s in %s", rows[i].addr,
			      rows[i].prefix);
	}
	ck_assert(!prefix_contains(&none, &no_addr));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		prefixes_are_read,
		anything_else_is_refused_and_leaves_the_result_alone,
		an_address_is_cut_to_the_length_of_its_family,
		a_client_is_an_address_or_a_site_and_a_network_is_larger,
		a_prefix_contains_its_addresses_only,
	};

	return unit_run("prefix", tests, N_ELEMENTS(tests));
}
