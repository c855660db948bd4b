/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/query_auth.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "dyndns/body.h"
#include "dyndns/params.h"
#include "kit/unit.h"

#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"

static struct query_credentials c;
static struct query_refusal why;

static int parse(const char *query, const char *type, const char *body)
{
	struct dyndns_body b = {.type = slice_of(type), .bytes = slice_of(body)};

	memset(&c, 0xaa, sizeof(c));
	memset(&why, 0, sizeof(why));
	return dyndns_query_auth_parse(slice_of(query), &b, &c, &why);
}

START_TEST(login_and_password_are_found_under_every_name)
{
	static const struct {
		const char *query, *user, *password;
	} rows[] = {
		{"username=bob&password=x", "bob", "x"},
		{"user=bob&pass=x", "bob", "x"},
		{"login=bob&pw=x", "bob", "x"},
		{"login=bob&passwd=x&hostname=a.b", "bob", "x"},
		{"myip=192.0.2.1&PWD=x&UserName=bob", "bob", "x"},
		{"token=bob:x", "bob", "x"},
		{"Token=bob%3Ax%3ay", "bob", "x:y"},
		/* Both: each has its first name that is not empty. */
		{"user=eve&username=bob&pw=y&pass=x", "bob", "x"},
		{"username=&user=bob&password=&pw=x", "bob", "x"},
		{"username=bob&password=x&token=eve:y", "bob", "x"},
		{"username=bob&token=eve:y", "eve", "y"},
		{"username=eve&username=bob&password=x", "bob", "x"},
		{"username=b%c3%b6b&password=%26%25%3D+%2B", "b\303\266b", "&%= +"},
		{"username=b%f6b&password=x", "b\303\266b", "x"},
		{"?username=bob&amp;password=x", "bob", "x"},
		{"?amp;?amp;username=bob&amp;?password=x", "bob", "x"},
		{"username%3dbob%26password%3dx", "bob", "x"},
		/* What is wrong with the rest is for others to say. */
		{"myip=%zz&user%zz=1&username=bob&password=x&hostname[]=a", "bob", "x"},
	};
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		err = parse(rows[i].query, "", "");
		ck_assert_msg(err == 0, "row %zu: %d, %s", i, err, why.reason);
		ck_assert_msg(strcmp(c.user, rows[i].user) == 0, "row %zu: %s", i, c.user);
		ck_assert_msg(strcmp(c.password, rows[i].password) == 0, "row %zu", i);
		ck_assert_msg(c.password_len == strlen(rows[i].password), "row %zu", i);
		ck_assert_msg(dyndns_query_auth_is_tried(slice_of(rows[i].query)), "row %zu", i);
	}
}
END_TEST

START_TEST(a_body_counts_like_the_query_and_is_read_last)
{
	static const struct {
		const char *query, *type, *body, *password;
	} rows[] = {
		{"", FORM, "username=bob&password=x", "x"},
		{"username=bob&password=y", FORM, "password=x", "x"},
		{"username=bob", JSON, "{\"password\":\"x\",\"n\":1}", "x"},
		{"username=bob&password=x", "text/plain", "password=y", "x"},
		{"username=bob&password=x", JSON, "[1]", "x"},
		{"username=bob", JSON, "{\"note\":\"\\\"[\",\"password\":\"x\"}", "x"},
	};
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		err = parse(rows[i].query, rows[i].type, rows[i].body);
		ck_assert_msg(err == 0, "row %zu: %d", i, err);
		ck_assert_msg(strcmp(c.user, "bob") == 0, "row %zu: %s", i, c.user);
		ck_assert_msg(strcmp(c.password, rows[i].password) == 0, "row %zu", i);
	}
}
END_TEST

START_TEST(what_is_too_long_to_be_read_hides_no_login)
{
	static char body[2 * QUERY_PARAMS_MAX];

	memset(body, 'a', sizeof(body) - 1);
	memcpy(body, "password=", 9);
	ck_assert_int_eq(parse("username=bob&password=x", FORM, body), 0);
	ck_assert_str_eq(c.user, "bob");
	ck_assert_str_eq(c.password, "x");
}
END_TEST

static bool is_wiped(void)
{
	static const struct query_credentials zero;

	return memcmp(&c, &zero, sizeof(zero)) == 0;
}

START_TEST(what_is_no_login_is_refused_with_its_reason)
{
	static const struct {
		const char *query;
		int want;
		const char *reason, *user;
	} rows[] = {
		{"", ERR_NOTFOUND, NULL, ""},
		{"hostname=a.b&myip=192.0.2.1", ERR_NOTFOUND, NULL, ""},
		{"username=&password=&token=", ERR_NOTFOUND, NULL, ""},
		{"usernames=bob&passwords=x", ERR_NOTFOUND, NULL, ""},
		/* Encoded twice. */
		{"a%3db%26username%253dbob%26password%253dx", ERR_NOTFOUND, NULL, ""},
		{"username[]=bob&password[]=x", ERR_NOTFOUND, NULL, ""},
		{"username=bob", ERR_INVAL, "the query has a login and no password", ""},
		{"pw=x", ERR_INVAL, "the query has a password and no login", ""},
		{"token=secret", ERR_INVAL, "no colon between login and password", ""},
		{"token=:secret", ERR_INVAL, "the login is empty", ""},
		{"username=bob&password=100%", ERR_INVAL,
		 "an escape in the login of the query is broken", ""},
		{"username=bob&password=a%00b", ERR_INVAL,
		 "an escape in the login of the query is broken", ""},
		{"username=bob&password=a%0ab", ERR_INVAL, "the password has a control character",
		 "bob"},
	};
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		err = parse(rows[i].query, "", "");
		ck_assert_msg(err == rows[i].want, "row %zu: %d", i, err);
		ck_assert_msg(is_wiped(), "row %zu", i);
		ck_assert_msg(why.user_len == strlen(rows[i].user), "row %zu", i);
		ck_assert_msg((why.reason == NULL) == (rows[i].reason == NULL), "row %zu", i);
		if (rows[i].reason != NULL)
			ck_assert_msg(strcmp(why.reason, rows[i].reason) == 0, "row %zu: %s", i,
				      why.reason);
		ck_assert_msg(dyndns_query_auth_is_tried(slice_of(rows[i].query)) ==
				      (rows[i].want == ERR_INVAL),
			      "row %zu", i);
	}
}
END_TEST

START_TEST(a_reason_that_was_there_stays_where_no_login_is)
{
	why.reason = "before";
	ck_assert_int_eq(dyndns_query_auth_parse(slice_of("a=b"), NULL, &c, &why), ERR_NOTFOUND);
	ck_assert_str_eq(why.reason, "before");
}
END_TEST

START_TEST(the_limits_are_those_of_the_header)
{
	static const struct {
		int user_len, password_len;
		int want;
	} rows[] = {
		{QUERY_USER_MAX, QUERY_PASSWORD_MAX, 0},
		{QUERY_USER_MAX + 1, 1, ERR_INVAL},
		{1, QUERY_PASSWORD_MAX + 1, ERR_INVAL},
		{QUERY_USER_MAX, QUERY_PASSWORD_MAX + 1, ERR_INVAL},
		{2 * CREDENTIALS_PAIR_MAX, 1, ERR_INVAL},
		{1, 2 * CREDENTIALS_PAIR_MAX, ERR_INVAL},
	};
	char query[4 * CREDENTIALS_PAIR_ROOM];
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		snprintf(query, sizeof(query), "user=%0*d&pass=%0*d", rows[i].user_len, 1,
			 rows[i].password_len, 2);
		err = parse(query, "", "");
		ck_assert_msg(err == rows[i].want, "row %zu: %d", i, err);
		ck_assert_msg(is_wiped() == (err != 0), "row %zu", i);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		login_and_password_are_found_under_every_name,
		a_body_counts_like_the_query_and_is_read_last,
		what_is_too_long_to_be_read_hides_no_login,
		what_is_no_login_is_refused_with_its_reason,
		a_reason_that_was_there_stays_where_no_login_is,
		the_limits_are_those_of_the_header,
	};

	return unit_run("query_auth", tests, N_ELEMENTS(tests));
}
