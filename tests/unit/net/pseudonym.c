/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/pseudonym.h"

#include <string.h>

#include "kit/unit.h"
#include "kit/values.h"

static char key[] = "\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17"
		    "\20\21\22\23\24\25\26\27\30\31\32\33\34\35\36\37";

static void replace(enum pseudonym_kinds kinds)
{
	ck_assert_int_eq(pseudonym_setup(kinds, (struct slice){key, sizeof(key) - 1}), 0);
}

static const char *shown(const char *addr)
{
	static char text[ADDR_TEXT_MAX];
	const struct addr a = value_addr(addr);

	return pseudonym_addr_format(&a, text);
}

static const char *login(const char *user)
{
	static char text[PSEUDONYM_LOGIN_MAX];

	return pseudonym_login(user, text);
}

START_TEST(nothing_is_replaced_unless_somebody_wants_it)
{
	char room[PSEUDONYM_LOGIN_MAX], out[64], text[PSEUDONYM_TEXT_MAX];
	const char *user = "router1", *sentence = "refused 192.0.2.1";

	replace(PSEUDONYM_NONE);
	ck_assert_ptr_eq(pseudonym_login(user, room), user);
	ck_assert_ptr_eq(pseudonym_login_slice(slice_of(user), room).p, user);
	ck_assert_str_eq(pseudonym_printable(out, sizeof(out), slice_of("a\nb")), "a\\x0ab");
	ck_assert_str_eq(shown("192.0.2.1"), "192.0.2.1");
	ck_assert_str_eq(shown("2001:db8::1"), "2001:db8::1");
	ck_assert_ptr_eq(pseudonym_sentence(sentence, text), sentence);
}
END_TEST

/* The values by Python's hmac, from what the header says. */
START_TEST(each_kind_is_replaced_by_itself)
{
	static const struct {
		enum pseudonym_kinds kinds;
		const char *user, *v4, *v6;
	} rows[] = {
		{PSEUDONYM_LOGINS, "u-049a24e2a833", "203.0.113.1", "2001:db8:1:2200::1"},
		{PSEUDONYM_ADDRESSES, "router1", "252.27.35.187",
		 "fcad:7da4:f2cb:97f0:81ac:8d06:9e40:efc9"},
		{PSEUDONYM_ALL, "u-049a24e2a833", "252.27.35.187",
		 "fcad:7da4:f2cb:97f0:81ac:8d06:9e40:efc9"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		replace(rows[i].kinds);
		ck_assert_str_eq(login("router1"), rows[i].user);
		ck_assert_str_eq(shown("203.0.113.1"), rows[i].v4);
		ck_assert_str_eq(shown("2001:db8:1:2200::1"), rows[i].v6);
	}
}
END_TEST

START_TEST(a_login_of_any_bytes_has_one)
{
	char room[PSEUDONYM_LOGIN_MAX], out[PSEUDONYM_LOGIN_MAX];

	replace(PSEUDONYM_ALL);
	ck_assert_str_eq(login(""), "u-9b796b634a3a");
	ck_assert_str_eq(login("m\xc3\xbcller"), "u-027e0b422792");
	ck_assert_str_eq(pseudonym_printable(out, sizeof(out), slice_of("m\xc3\xbcller")),
			 "u-027e0b422792");
	ck_assert_ptr_null(pseudonym_login(NULL, room));
	ck_assert_ptr_null(pseudonym_login_slice((struct slice){NULL, 0}, room).p);
}
END_TEST

START_TEST(addresses_of_one_network_stay_of_one)
{
	static const struct {
		const char *addr, *want;
	} rows[] = {
		{"203.0.113.1", "252.27.35.187"},
		{"203.0.113.254", "252.27.35.46"},
		{"198.51.100.7", "252.79.216.199"},
		{"2001:db8:1:2200::1", "fcad:7da4:f2cb:97f0:81ac:8d06:9e40:efc9"},
		{"2001:db8:1:22ff::1", "fcad:7da4:f2cb:970e:178f:1d72:74b5:162a"},
		{"2001:db8:1:2300::1", "fcb3:7d64:362a:76fc:4ab5:6f46:6c8d:99c0"},
	};
	size_t i;

	replace(PSEUDONYM_ALL);
	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_str_eq(shown(rows[i].addr), rows[i].want);
}
END_TEST

START_TEST(no_two_hosts_of_a_network_become_one)
{
	struct addr a = value_addr("192.0.2.0"), p;
	bool taken[256] = {false};
	unsigned i;

	replace(PSEUDONYM_ALL);
	for (i = 0; i < N_ELEMENTS(taken); i++) {
		a.bytes[3] = (uint8_t)i;
		p = pseudonym_addr(&a);
		ck_assert_uint_eq(p.family, ADDR_V4);
		ck_assert(!taken[p.bytes[3]]);
		taken[p.bytes[3]] = true;
	}
}
END_TEST

START_TEST(another_key_has_other_pseudonyms)
{
	char was[PSEUDONYM_LOGIN_MAX], four[ADDR_TEXT_MAX], six[ADDR_TEXT_MAX];

	replace(PSEUDONYM_ALL);
	memcpy(was, login("router1"), sizeof(was));
	memcpy(four, shown("203.0.113.1"), sizeof(four));
	memcpy(six, shown("2001:db8::1"), sizeof(six));
	key[31] ^= 1;
	replace(PSEUDONYM_ALL);
	ck_assert_str_ne(login("router1"), was);
	ck_assert_str_ne(shown("203.0.113.1"), four);
	ck_assert_str_ne(shown("2001:db8::1"), six);
	key[31] ^= 1;
}
END_TEST

START_TEST(no_address_stays_none)
{
	const struct addr none = {.family = ADDR_NONE};
	struct addr_pair pair = value_pair("203.0.113.1", NULL);

	replace(PSEUDONYM_ALL);
	ck_assert_uint_eq(pseudonym_addr(&none).family, ADDR_NONE);
	pair = pseudonym_pair(&pair);
	ck_assert_uint_eq(pair.v4.family, ADDR_V4);
	ck_assert_uint_eq(pair.v6.family, ADDR_NONE);
}
END_TEST

/* What was written before pseudonyms were wanted is replaced, and what was after is not again. */
START_TEST(what_was_stored_is_replaced_once)
{
	static const char *const rows[] = {"203.0.113.1", "2001:db8::1"};
	struct addr a, once, twice;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		a = value_addr(rows[i]);
		replace(PSEUDONYM_ALL);
		once = pseudonym_of_stored(&a);
		twice = pseudonym_of_stored(&once);
		ck_assert(!addr_equal(&once, &a) && addr_equal(&once, &twice));
		replace(PSEUDONYM_LOGINS);
		once = pseudonym_of_stored(&a);
		ck_assert(addr_equal(&once, &a));
	}
}
END_TEST

START_TEST(a_prefix_keeps_its_length)
{
	static const struct {
		const char *prefix, *want;
	} rows[] = {
		{"203.0.113.0/24", "252.27.35.0/24"},
		{"2001:db8:1:2200::/56", "fcad:7da4:f2cb:9700::/56"},
	};
	char text[PREFIX_TEXT_MAX];
	struct prefix p;
	size_t i;

	replace(PSEUDONYM_ALL);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		ck_assert_int_eq(prefix_parse(slice_of(rows[i].prefix), &p), 0);
		ck_assert_str_eq(pseudonym_prefix_format(&p, text), rows[i].want);
	}
}
END_TEST

START_TEST(addresses_in_a_sentence_are_replaced)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"", ""},
		{"Rate exceeded", "Rate exceeded"},
		{"203.0.113.1", "252.27.35.187"},
		{"with '203.0.113.1'.", "with '252.27.35.187'."},
		{"by 203.0.113.1.", "by 252.27.35.187."},
		{"to 203.0.113.1:8443", "to 252.27.35.187:8443"},
		{"[2001:DB8:1:2200::1]:443", "[fcad:7da4:f2cb:97f0:81ac:8d06:9e40:efc9]:443"},
		{"version 1.2.3, at 10:20:30", "version 1.2.3, at 10:20:30"},
		{"bad cafe, dead beef.", "bad cafe, dead beef."},
		{"x203.0.113.1", "x203.0.113.1"},
	};
	char text[PSEUDONYM_TEXT_MAX];
	size_t i;

	replace(PSEUDONYM_ALL);
	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_str_eq(pseudonym_sentence(rows[i].text, text), rows[i].want);
	ck_assert_ptr_null(pseudonym_sentence(NULL, text));
}
END_TEST

START_TEST(the_login_that_a_sentence_is_about_is_replaced_and_an_own_address_is_not)
{
	static const struct {
		enum pseudonym_kinds kinds;
		const char *want;
	} rows[] = {
		{PSEUDONYM_NONE, "192.0.2.1:80: router1 (router12) at 203.0.113.1: no router1"},
		{PSEUDONYM_LOGINS,
		 "192.0.2.1:80: u-049a24e2a833 (router12) at 203.0.113.1: no u-049a24e2a833"},
		{PSEUDONYM_ADDRESSES,
		 "192.0.2.1:80: router1 (router12) at 252.27.35.187: no router1"},
		{PSEUDONYM_ALL,
		 "192.0.2.1:80: u-049a24e2a833 (router12) at 252.27.35.187: no u-049a24e2a833"},
	};
	const struct addr own = {.family = ADDR_V4, .bytes = {192, 0, 2, 1}};
	char text[PSEUDONYM_TEXT_MAX];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		replace(rows[i].kinds);
		ck_assert_str_eq(pseudonym_said(rows[0].want, "router1", &own, text), rows[i].want);
	}
	ck_assert_str_eq(pseudonym_said("to router1", "", NULL, text), "to router1");
}
END_TEST

START_TEST(a_sentence_that_becomes_too_long_is_cut)
{
	char text[2 * PSEUDONYM_TEXT_MAX], out[PSEUDONYM_TEXT_MAX];
	size_t i;

	replace(PSEUDONYM_ALL);
	for (i = 0; i + 4 < sizeof(text); i += 4)
		memcpy(text + i, " ::1", 4);
	text[i] = '\0';
	pseudonym_sentence(text, out);
	ck_assert_uint_lt(strlen(out), sizeof(out));
	ck_assert_uint_gt(strlen(out), sizeof(out) - 2 * ADDR_TEXT_MAX);
	ck_assert_ptr_null(strstr(out, " ::1"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		nothing_is_replaced_unless_somebody_wants_it,
		each_kind_is_replaced_by_itself,
		a_login_of_any_bytes_has_one,
		addresses_of_one_network_stay_of_one,
		no_two_hosts_of_a_network_become_one,
		another_key_has_other_pseudonyms,
		no_address_stays_none,
		what_was_stored_is_replaced_once,
		a_prefix_keeps_its_length,
		addresses_in_a_sentence_are_replaced,
		the_login_that_a_sentence_is_about_is_replaced_and_an_own_address_is_not,
		a_sentence_that_becomes_too_long_is_cut,
	};

	return unit_run("pseudonym", tests, N_ELEMENTS(tests));
}
