/* SPDX-License-Identifier: BSD-2-Clause
 * Blocks of addresses that nobody publishes, at their edges. */
#include "net/addr_special.h"

#include "net/addr.h"
#include "kit/unit.h"
#include "kit/values.h"

/* The address before (step 0xff) or after (step 1) *a; false beyond the end of the family. */
static bool move(struct addr *a, uint8_t step)
{
	uint8_t over = step == 1 ? 0 : 0xff;
	size_t i = a->family == ADDR_V4 ? 4 : 16;

	while (i-- > 0) {
		a->bytes[i] = (uint8_t)(a->bytes[i] + step);
		if (a->bytes[i] != over)
			return true;
	}
	return false;
}

enum edge { NORMAL, SPECIAL, END };

static void check_edge(const char *block, struct addr a, uint8_t step, enum edge want)
{
	enum edge got = !move(&a, step) ? END : addr_is_special(&a) ? SPECIAL : NORMAL;

	ck_assert_msg(got == want, "%s step %u: %d", block, step, (int)got);
}

START_TEST(special_blocks_end_where_the_registries_say)
{
	static const struct {
		const char *first, *last;
		enum edge before, after;
	} rows[] = {
		{"0.0.0.0", "0.255.255.255", END, NORMAL},
		{"10.0.0.0", "10.255.255.255", NORMAL, NORMAL},
		{"100.64.0.0", "100.127.255.255", NORMAL, NORMAL},
		{"127.0.0.0", "127.255.255.255", NORMAL, NORMAL},
		{"169.254.0.0", "169.254.255.255", NORMAL, NORMAL},
		{"172.16.0.0", "172.31.255.255", NORMAL, NORMAL},
		{"192.0.0.0", "192.0.0.255", NORMAL, NORMAL},
		{"192.0.2.0", "192.0.2.255", NORMAL, NORMAL},
		{"192.31.196.0", "192.31.196.255", NORMAL, NORMAL},
		{"192.52.193.0", "192.52.193.255", NORMAL, NORMAL},
		{"192.88.99.0", "192.88.99.255", NORMAL, NORMAL},
		{"192.168.0.0", "192.168.255.255", NORMAL, NORMAL},
		{"192.175.48.0", "192.175.48.255", NORMAL, NORMAL},
		{"198.18.0.0", "198.19.255.255", NORMAL, NORMAL},
		{"198.51.100.0", "198.51.100.255", NORMAL, NORMAL},
		{"203.0.113.0", "203.0.113.255", NORMAL, NORMAL},
		{"224.0.0.0", "239.255.255.255", NORMAL, SPECIAL},
		{"240.0.0.0", "255.255.255.255", SPECIAL, END},
		{"::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", END, NORMAL},
		{"2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", NORMAL, NORMAL},
		{"2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", NORMAL, NORMAL},
		{"2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NORMAL, NORMAL},
		{"2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", NORMAL, NORMAL},
		{"3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", NORMAL, NORMAL},
		{"4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NORMAL, END},
	};
	struct addr first, last;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		first = value_addr_by_libc(rows[i].first);
		last = value_addr_by_libc(rows[i].last);
		ck_assert_msg(addr_is_special(&first), "%s", rows[i].first);
		ck_assert_msg(addr_is_special(&last), "%s", rows[i].last);
		check_edge(rows[i].first, first, 0xff, rows[i].before);
		check_edge(rows[i].last, last, 1, rows[i].after);
	}
}
END_TEST

/* Those that were missed once, and one of each block outside of 2000::/3. */
START_TEST(no_other_ipv6_is_public)
{
	static const char *const rows[] = {
		"::",	      "::1",	      "::127.0.0.1", "::ffff:0:10.0.0.1",
		"64:ff9b::1", "64:ff9b:1::1", "100::1",	     "100:0:0:1::1",
		"200::1",     "1000::1",      "4000::1",     "5f00::1",
		"8000::1",    "e000::1",      "fc00::1",     "fd00::1",
		"fe00::1",    "fe80::1",      "fec0::1",     "ff02::1",
	};
	struct addr a;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		a = value_addr_by_libc(rows[i]);
		ck_assert_msg(addr_is_special(&a), "%s", rows[i]);
	}
}
END_TEST

START_TEST(ordinary_addresses_are_not_special)
{
	static const char *const rows[] = {
		"1.1.1.1",     "8.8.8.8",	    "198.41.0.4",    "223.255.255.255",
		"2600::1",     "2a00:1450:4001::1", "2001:500:2::c", "2001:4860:4860::8888",
		"2400:cb00::",
	};
	struct addr a;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		a = value_addr_by_libc(rows[i]);
		ck_assert_msg(!addr_is_special(&a), "%s", rows[i]);
	}
}
END_TEST

START_TEST(some_addresses_are_no_host_in_any_network)
{
	static const struct {
		const char *text;
		bool want;
	} rows[] = {
		{"0.0.0.0", true},
		{"0.0.0.1", false},
		{"223.255.255.255", false},
		{"224.0.0.0", true},
		{"239.255.255.255", true},
		{"240.0.0.0", false},
		{"255.255.255.254", false},
		{"255.255.255.255", true},
		{"127.0.0.1", false},
		{"10.0.0.0", false},
		{"::", true},
		{"::1", false},
		{"fe80::1", false},
		{"feff::", false},
		{"ff00::", true},
		{"ff02::1", true},
		{"fd00::1", false},
	};
	struct addr a;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		a = value_addr_by_libc(rows[i].text);
		ck_assert_msg(addr_is_no_host(&a) == rows[i].want, "%s", rows[i].text);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		special_blocks_end_where_the_registries_say,
		no_other_ipv6_is_public,
		ordinary_addresses_are_not_special,
		some_addresses_are_no_host_in_any_network,
	};

	return unit_run("addr_special", tests, N_ELEMENTS(tests));
}
