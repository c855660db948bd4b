/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/interface_id.h"

#include <string.h>

#include "kit/unit.h"
#include "kit/values.h"

static struct interface_id id_of_text(const char *text)
{
	struct errinfo ei = ERRINFO_INIT;
	struct interface_id id = {.suffix = {0}};

	ck_assert_msg(interface_id_parse(slice_of(text), &id, &ei) == 0, "%s: %s", text, ei.text);
	return id;
}

START_TEST(interface_ids_and_mac_addresses_are_read)
{
	static const struct {
		const char *text;
		const char *want;
	} rows[] = {
		{"::1", "::1"},
		{"::1:2:3:4", "::1:2:3:4"},
		{"0:0:0:0:1:2:3:4", "::1:2:3:4"},
		{"::5:1:2:3:4", "::5:1:2:3:4"},
		{"0:0:ab:cd:1:2:3:4", "::ab:cd:1:2:3:4"},
		{"::ABCD", "::abcd"},
		{"::ffff:0102:0304", "::ffff:1.2.3.4"},
		{"::192.0.2.1", "::192.0.2.1"},
		/* RFC 4291 appendix A */
		{"34:56:78:9a:bc:de", "::3656:78ff:fe9a:bcde"},
		{"00:53:00:12:34:56", "::253:ff:fe12:3456"},
		{"00-53-00-AB-cd-EF", "::253:ff:feab:cdef"},
		{"0053.0012.3456", "::253:ff:fe12:3456"},
		{"005300123456", "::253:ff:fe12:3456"},
		/* one that is not universal */
		{"02:00:00:00:00:01", "::ff:fe00:1"},
	};
	char text[ADDR_TEXT_MAX];
	struct interface_id id, again;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		id = id_of_text(rows[i].text);
		ck_assert_str_eq(interface_id_format(&id, text), rows[i].want);
		ck_assert(interface_id_is_set(&id));
		again = id_of_text(text);
		ck_assert_msg(interface_id_equal(&id, &again), "%s", rows[i].text);
	}
}
END_TEST

START_TEST(anything_else_is_refused_with_a_sentence)
{
	static const struct {
		const char *text;
		const char *why;
	} rows[] = {
		{"", "neither an interface id nor a MAC address"},
		{"home", "neither an interface id"},
		{"192.0.2.1", "neither an interface id"},
		{"::1/64", "neither an interface id"},
		{"[::1]", "neither an interface id"},
		{"::1%eth0", "neither an interface id"},
		{"00:53:00:12:34", "neither an interface id"},
		{"00:53:00:12:34:5g", "neither an interface id"},
		{"00:53-00:12:34:56", "neither an interface id"},
		{"00530012.3456.", "neither an interface id"},
		{"00530012345", "neither an interface id"},
		{"00530012345g", "neither an interface id"},
		{"2001:db8::1", "an address, not what is behind its prefix"},
		{"fe80::1", "an address, not what is behind its prefix"},
		{"0:1::1", "an address, not what is behind its prefix"},
		{"::", "its last 64 bits are zero"},
		{"::5:0:0:0:0", "its last 64 bits are zero"},
		{"01:00:5e:00:00:01", "the MAC address is a group's"},
		{"ff:ff:ff:ff:ff:ff", "the MAC address is a group's"},
		{"00:00:00:00:00:00", "the MAC address is all zero"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct interface_id id = {.suffix = {.family = ADDR_V4}};
		struct errinfo ei = ERRINFO_INIT;

		ck_assert_msg(interface_id_parse(slice_of(rows[i].text), &id, &ei) == ERR_INVAL,
			      "%s", rows[i].text);
		ck_assert_msg(strstr(ei.text, rows[i].why) == ei.text, "%s: %s", rows[i].text,
			      ei.text);
		ck_assert_int_eq(id.suffix.family, ADDR_V4);
	}
}
END_TEST

START_TEST(none_is_not_set)
{
	struct interface_id none = {.suffix = {0}}, one = id_of_text("::1");
	char text[ADDR_TEXT_MAX];

	ck_assert(!interface_id_is_set(&none));
	ck_assert(!interface_id_equal(&none, &one));
	ck_assert_str_eq(interface_id_format(&none, text), "");
}
END_TEST

START_TEST(prefixes_are_read_and_what_is_behind_them_is_dropped)
{
	static const struct {
		const char *text;
		const char *addr; /* NULL: refused */
		uint8_t len;
	} rows[] = {
		{"2001:db8:1:2::/64", "2001:db8:1:2::", 64},
		{"2001:db8:1:2::1/64", "2001:db8:1:2::", 64},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", 64},
		{"2001:db8:1:100::/56", "2001:db8:1:100::", 56},
		{"2001:db8:1:1ff::/56", "2001:db8:1:100::", 56},
		{"2001:DB8:1::/48", "2001:db8:1::", 48},
		{"[2001:db8::]/32", "2001:db8::", 32},
		{"2001:db8::fe/127", "2001:db8::fe", 127},
		{"::/64", "::", 64},
		{"2001:db8::/31", NULL, 0},
		{"::/0", NULL, 0},
		{"2001:db8::1/128", NULL, 0},
		{"2001:db8::/", NULL, 0},
		{"2001:db8::/x", NULL, 0},
		{"2001:db8::/64/64", NULL, 0},
		{"/64", NULL, 0},
		{"64", NULL, 0},
		{"", NULL, 0},
		{"192.0.2.0/64", NULL, 0},
		{"::ffff:192.0.2.0/120", NULL, 0},
		{"prefix", NULL, 0},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct prefix p = {.len = 7};
		struct addr want = {0};

		ck_assert_msg((interface_prefix_parse(slice_of(rows[i].text), &p) == 0) ==
				      (rows[i].addr != NULL),
			      "%s", rows[i].text);
		if (rows[i].addr == NULL) {
			ck_assert_uint_eq(p.len, 7);
			continue;
		}
		want = value_addr(rows[i].addr);
		ck_assert_msg(addr_equal(&p.addr, &want) && p.len == rows[i].len, "%s",
			      rows[i].text);
	}
}
END_TEST

START_TEST(an_id_that_reaches_into_the_prefix_does_not_join_it)
{
	static const struct {
		const char *id;
		const char *prefix;
		const char *want; /* NULL: it does not fit */
	} rows[] = {
		{"::1:2:3:4", "2001:db8:1:2::/64", "2001:db8:1:2:1:2:3:4"},
		{"::1", "2001:db8:1:2::/64", "2001:db8:1:2::1"},
		/* no subnet is subnet 0 */
		{"::1:2:3:4", "2001:db8:1:100::/56", "2001:db8:1:100:1:2:3:4"},
		{"::5:1:2:3:4", "2001:db8:1:100::/56", "2001:db8:1:105:1:2:3:4"},
		{"::ff:1:2:3:4", "2001:db8:1:100::/56", "2001:db8:1:1ff:1:2:3:4"},
		{"::100:1:2:3:4", "2001:db8:1:100::/56", NULL},
		{"::f:1:2:3:4", "2001:db8:1:230::/60", "2001:db8:1:23f:1:2:3:4"},
		{"::1f:1:2:3:4", "2001:db8:1:230::/60", NULL},
		{"::ffff:1:2:3:4", "2001:db8:1::/48", "2001:db8:1:ffff:1:2:3:4"},
		{"0:0:1:ffff:1:2:3:4", "2001:db8::/32", "2001:db8:1:ffff:1:2:3:4"},
		{"0:0:1:ffff:1:2:3:4", "2001:db8:1::/48", NULL},
		{"::5:1:2:3:4", "2001:db8:1:2::/64", NULL},
		{"::3:4", "2001:db8:1:2:aaaa::/80", "2001:db8:1:2:aaaa:0:3:4"},
		{"::1:2:3:4", "2001:db8:1:2:aaaa::/80", NULL},
		{"::1", "2001:db8::fe/127", "2001:db8::ff"},
		{"::2", "2001:db8::fc/127", NULL},
	};
	char text[ADDR_TEXT_MAX];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct interface_id id = id_of_text(rows[i].id);
		struct addr got = {.family = ADDR_V4};
		struct prefix p = {0};

		ck_assert_int_eq(interface_prefix_parse(slice_of(rows[i].prefix), &p), 0);
		ck_assert_msg(interface_id_join(&id, &p, &got) == (rows[i].want != NULL), "%s %s",
			      rows[i].id, rows[i].prefix);
		if (rows[i].want != NULL)
			ck_assert_str_eq(addr_format(&got, text), rows[i].want);
		else
			ck_assert_int_eq(got.family, ADDR_V4);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		interface_ids_and_mac_addresses_are_read,
		anything_else_is_refused_with_a_sentence,
		none_is_not_set,
		prefixes_are_read_and_what_is_behind_them_is_dropped,
		an_id_that_reaches_into_the_prefix_does_not_join_it,
	};

	return unit_run("interface_id", tests, N_ELEMENTS(tests));
}
