/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/query.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "dyndns/basic_auth.h"
#include "kit/unit.h"

enum { HEADER_MAX = 2048 };

/* RFC 4648, for headers that are not written out below. */
static void put_base64(char *out, const char *bytes, size_t len)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)bytes;
	unsigned long word;
	size_t i, k;

	for (i = 0; i < len; i += 3) {
		word = (unsigned long)p[i] << 16;
		word |= i + 1 < len ? (unsigned long)p[i + 1] << 8 : 0;
		word |= i + 2 < len ? p[i + 2] : 0;
		for (k = 0; k < 4; k++)
			*out++ = i + k > len ? '=' : alphabet[word >> (18 - 6 * k) & 63];
	}
	*out = '\0';
}

static struct query_refusal why;

static int parse_pair(const char *pair, size_t len, struct query_credentials *ret)
{
	char header[HEADER_MAX] = "Basic ";

	ck_assert_uint_lt(len, HEADER_MAX / 2);
	put_base64(header + strlen(header), pair, len);
	return dyndns_basic_auth_parse(slice_of(header), ret, &why);
}

START_TEST(every_way_to_write_the_header_is_read)
{
	/* The first is RFC 7617's own example. */
	static const char *const rows[] = {
		"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
		"BASIC QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Basic   QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
		"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ",   " Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\t ",
	};
	struct query_credentials c;
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		err = dyndns_basic_auth_parse(slice_of(rows[i]), &c, &why);
		ck_assert_msg(err == 0, "'%s': %d", rows[i], err);
		ck_assert_str_eq(c.user, "Aladdin");
		ck_assert_str_eq(c.password, "open sesame");
		ck_assert_uint_eq(c.password_len, strlen("open sesame"));
	}
}
END_TEST

static bool is_wiped(const struct query_credentials *c)
{
	static const struct query_credentials zero;

	return memcmp(c, &zero, sizeof(zero)) == 0;
}

START_TEST(any_other_header_is_refused_and_nothing_is_left_of_it)
{
	static const char *const rows[] = {
		"",
		" ",
		"Basic",
		"Basic ",
		"Basic:",
		"Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
		"Digest username=\"Aladdin\"",
		"BasicQWxhZGRpbjpvcGVuIHNlc2FtZQ==",
		"Basi QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
		"QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
		"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ= =",
		"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ===",
		"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==, Bearer x",
		"Basic QWxh ZGRpbjpvcGVuIHNlc2FtZQ==",
		"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n",
		"Basic !!!!",
		"Basic QWxhZGRpb",
	};
	struct query_credentials c;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		memset(&c, 0xaa, sizeof(c));
		ck_assert_msg(dyndns_basic_auth_parse(slice_of(rows[i]), &c, &why) == ERR_INVAL,
			      "'%s'", rows[i]);
		ck_assert_msg(is_wiped(&c), "'%s'", rows[i]);
	}
}
END_TEST

/* The whole of what the log may know: never a part of a password. */
START_TEST(what_is_refused_has_its_reason_and_its_login)
{
	static const struct {
		const char *header, *pair; /* one of the two */
		size_t pair_len;
		const char *reason, *user;
	} rows[] = {
		{"", NULL, 0, "no Authorization header", ""},
		{" ", NULL, 0, "no Authorization header", ""},
		{"Bearer Ym9iOng=", NULL, 0, "the Authorization is not of the Basic scheme", ""},
		{"Basic", NULL, 0, "the Authorization is not of the Basic scheme", ""},
		{"Basic !!!!", NULL, 0, "the credentials are not base64", ""},
		{NULL, "secret", 6, "no colon between login and password", ""},
		{NULL, ":secret", 7, "the login is empty", ""},
		{NULL, "b\nob:secret", 11, "the login has a control character", "b\nob"},
		{NULL, "\"b\x1b[1m:secret", 13, "the login has a control character", "\"b\x1b[1m"},
		{NULL, "us\xe9r:sec\nret", 12, "the password has a control character",
		 "us\xc3\xa9r"},
		{NULL, "bob:sec\nret", 11, "the password has a control character", "bob"},
	};
	struct query_credentials c;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		memset(&why, 0xaa, sizeof(why));
		if (rows[i].pair != NULL)
			parse_pair(rows[i].pair, rows[i].pair_len, &c);
		else
			dyndns_basic_auth_parse(slice_of(rows[i].header), &c, &why);
		ck_assert_str_eq(why.reason, rows[i].reason);
		ck_assert_msg(why.user_len == strlen(rows[i].user), "row %zu", i);
		ck_assert_msg(memcmp(why.user, rows[i].user, why.user_len) == 0, "row %zu", i);
	}
}
END_TEST

START_TEST(of_what_is_too_long_the_beginning_of_the_login_is_known)
{
	static const struct {
		size_t user_len, password_len;
		const char *reason;
		size_t known;
	} rows[] = {
		{QUERY_USER_MAX + 1, 1, "the login is longer than 128 bytes", QUERY_USER_MAX},
		{300, 1, "the login is longer than 128 bytes", QUERY_USER_MAX},
		{300, 300, "the login is longer than 128 bytes", QUERY_USER_MAX},
		{385, 0, "the login is longer than 128 bytes", QUERY_USER_MAX},
		/* The colon is not seen: it may be a password alone. */
		{386, 0, "login and password are too long", 0},
		{700, 5, "login and password are too long", 0},
		{3, QUERY_PASSWORD_MAX + 1, "the password is longer than 256 bytes", 3},
		{QUERY_USER_MAX, QUERY_PASSWORD_MAX + 1, "the password is longer than 256 bytes",
		 QUERY_USER_MAX},
		{1, 700, "the password is longer than 256 bytes", 1},
		/* More than is decoded, of which the beginning would be a good pair. */
		{QUERY_USER_MAX, QUERY_PASSWORD_MAX + 2, "the password is longer than 256 bytes",
		 QUERY_USER_MAX},
	};
	static char pair[1024];
	struct query_credentials c;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		memset(pair, 'u', rows[i].user_len);
		pair[rows[i].user_len] = ':';
		memset(pair + rows[i].user_len + 1, 'p', rows[i].password_len);
		ck_assert_int_eq(parse_pair(pair, rows[i].user_len + 1 + rows[i].password_len, &c),
				 ERR_INVAL);
		ck_assert_msg(strcmp(why.reason, rows[i].reason) == 0, "row %zu: %s", i,
			      why.reason);
		ck_assert_msg(why.user_len == rows[i].known, "row %zu: %zu", i, why.user_len);
		ck_assert_msg(memchr(why.user, 'p', sizeof(why.user)) == NULL, "row %zu", i);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_refused_has_its_reason_and_its_login,
		of_what_is_too_long_the_beginning_of_the_login_is_known,
		every_way_to_write_the_header_is_read,
		any_other_header_is_refused_and_nothing_is_left_of_it,
	};

	return unit_run("basic_auth", tests, N_ELEMENTS(tests));
}
