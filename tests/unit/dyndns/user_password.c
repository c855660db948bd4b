/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/user_password.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "kit/unit.h"

static struct query_refusal why;

/* Of a text that is too long a caller has the beginning only. */
static int parse_pair(const char *text, size_t len, struct query_credentials *ret)
{
	char pair[CREDENTIALS_PAIR_ROOM];

	if (len > CREDENTIALS_PAIR_MAX + 1)
		len = CREDENTIALS_PAIR_MAX + 1;
	memset(pair, 0xaa, sizeof(pair));
	memcpy(pair, text, len);
	return credentials_from_pair(pair, len, ret, &why);
}

START_TEST(the_pair_is_split_at_the_first_colon)
{
	static const struct {
		const char *pair;
		const char *user;
		const char *password;
	} rows[] = {
		{"bob:secret", "bob", "secret"},
		{"bob:", "bob", ""},
		{"bob:a:b:", "bob", "a:b:"},
		{"bob::", "bob", ":"},
		{"bob@example.com:se cret", "bob@example.com", "se cret"},
		{"us\xc3\xa9r:p\xc3\xa4ss", "us\xc3\xa9r", "p\xc3\xa4ss"},
		{"\xf0\x9f\x9a\xa2:x", "\xf0\x9f\x9a\xa2", "x"},
		{"\xe0\xa0\x80:x", "\xe0\xa0\x80", "x"},
		/* OPNsense sends Latin-1. What is no UTF-8 as a whole is that, login and password.
		 */
		{"bob:p\xe4ss", "bob", "p\xc3\xa4ss"},
		{"us\xe9r:p\xe4\xff\xa0", "us\xc3\xa9r", "p\xc3\xa4\xc3\xbf\xc2\xa0"},
		{"us\xc3\xa9r:p\xe4", "us\xc3\x83\xc2\xa9r", "p\xc3\xa4"},
		{"\xc0\xaf:x", "\xc3\x80\xc2\xaf", "x"},	     /* overlong */
		{"\xed\xa0\x80:x", "\xc3\xad\xc2\xa0\xc2\x80", "x"}, /* surrogate */
		{"\xf0\x9f\x9a:x", "\xc3\xb0\xc2\x9f\xc2\x9a", "x"}, /* cut short */
	};
	struct query_credentials c;
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		err = parse_pair(rows[i].pair, strlen(rows[i].pair), &c);
		ck_assert_msg(err == 0, "row %zu: %d", i, err);
		ck_assert_msg(strcmp(c.user, rows[i].user) == 0, "row %zu", i);
		ck_assert_msg(strcmp(c.password, rows[i].password) == 0, "row %zu", i);
		ck_assert_msg(c.password_len == strlen(rows[i].password), "row %zu", i);
	}
}
END_TEST

START_TEST(a_pair_that_no_account_can_have_is_refused)
{
	static const struct {
		const char *pair;
		size_t len;
	} rows[] = {
		{"", 0},
		{"bob", 3},
		{":", 1},
		{":secret", 7},
		{"bob:sec\0ret", 11},
		{"b\0b:secret", 10},
		{"bob:sec\nret", 11},
		{"bob:sec\x7fret", 11},
		{"bo\tb:secret", 11},
	};
	struct query_credentials c;
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		memset(&c, 0xaa, sizeof(c));
		err = parse_pair(rows[i].pair, rows[i].len, &c);
		ck_assert_msg(err == ERR_INVAL, "row %zu: %d", i, err);
	}
}
END_TEST

/* Each byte becomes two. */
START_TEST(the_limits_count_what_latin1_becomes)
{
	static const struct {
		int user_len, password_len;
		int want;
	} rows[] = {
		{QUERY_USER_MAX / 2, QUERY_PASSWORD_MAX / 2, 0},
		{QUERY_USER_MAX / 2 + 1, 1, ERR_INVAL},
		{1, QUERY_PASSWORD_MAX / 2 + 1, ERR_INVAL},
		{QUERY_USER_MAX, QUERY_PASSWORD_MAX, ERR_INVAL},
	};
	char pair[2 * CREDENTIALS_PAIR_ROOM];
	struct query_credentials c;
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		memset(pair, 0xe4, sizeof(pair));
		pair[rows[i].user_len] = ':';
		err = parse_pair(pair, (size_t)(rows[i].user_len + 1 + rows[i].password_len), &c);
		ck_assert_msg(err == rows[i].want, "row %zu: %d", i, err);
		if (err == 0)
			ck_assert_uint_eq(c.password_len, QUERY_PASSWORD_MAX);
	}
}
END_TEST

START_TEST(the_limits_of_login_and_password_are_exact)
{
	static const struct {
		int user_len, password_len;
		int want;
	} rows[] = {
		{QUERY_USER_MAX, QUERY_PASSWORD_MAX, 0},
		{QUERY_USER_MAX + 1, 1, ERR_INVAL},
		{1, QUERY_PASSWORD_MAX + 1, ERR_INVAL},
		{QUERY_USER_MAX, QUERY_PASSWORD_MAX + 1, ERR_INVAL},
		{QUERY_USER_MAX + 1, QUERY_PASSWORD_MAX, ERR_INVAL},
	};
	char pair[2 * CREDENTIALS_PAIR_ROOM];
	struct query_credentials c;
	size_t i;
	int n, err;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		n = snprintf(pair, sizeof(pair), "%0*d:%0*d", rows[i].user_len, 1,
			     rows[i].password_len, 2);
		err = parse_pair(pair, (size_t)n, &c);
		ck_assert_msg(err == rows[i].want, "row %zu: %d", i, err);
	}
}
END_TEST

/* Of a pair that may have been cut, nobody knows whether it had a colon. */
START_TEST(a_pair_without_a_colon_may_be_too_long_for_one)
{
	static const struct {
		size_t len;
		const char *reason;
	} rows[] = {
		{CREDENTIALS_PAIR_MAX - 1, "no colon between login and password"},
		{CREDENTIALS_PAIR_MAX, "login and password are too long"},
		{CREDENTIALS_PAIR_MAX + 1, "login and password are too long"},
	};
	char text[CREDENTIALS_PAIR_MAX + 1];
	struct query_credentials c;
	size_t i;

	memset(text, 'a', sizeof(text));
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		ck_assert_int_eq(parse_pair(text, rows[i].len, &c), ERR_INVAL);
		ck_assert_msg(strcmp(why.reason, rows[i].reason) == 0, "row %zu: %s", i,
			      why.reason);
	}
	/* There is no room for what such a one would become. */
	memset(text, 0xe4, sizeof(text));
	ck_assert_int_eq(parse_pair(text, sizeof(text), &c), ERR_INVAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_pair_is_split_at_the_first_colon,
		a_pair_that_no_account_can_have_is_refused,
		the_limits_count_what_latin1_becomes,
		the_limits_of_login_and_password_are_exact,
		a_pair_without_a_colon_may_be_too_long_for_one,
	};

	return unit_run("user_password", tests, N_ELEMENTS(tests));
}
