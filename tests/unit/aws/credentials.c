/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/credentials.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/fake_malloc.h"
#include "kit/unit.h"

static int make(const char *key_id, const char *secret, const char *token,
		struct aws_credentials **ret, struct errinfo *ei)
{
	return aws_credentials_new(slice_of(key_id), slice_of(secret), slice_of(token), 7,
				   "the test", ret, ei);
}

START_TEST(they_are_copied_and_trimmed)
{
	struct aws_credentials *c = NULL;

	ck_assert_int_eq(make(" AKID\r\n", "\tsec~!\n", " token ", &c, NULL), 0);
	ck_assert_str_eq(c->key_id, "AKID");
	ck_assert_str_eq(c->secret, "sec~!");
	ck_assert_str_eq(c->token, "token");
	ck_assert_str_eq(c->origin, "the test");
	ck_assert(c->expires_s == 7 && c->region == NULL && !c->is_instance);
	/* As many times as it was held. */
	ck_assert_ptr_eq(aws_credentials_ref(c), c);
	aws_credentials_unref(c);
	ck_assert_str_eq(c->key_id, "AKID");
	aws_credentials_unref(c);
	ck_assert_int_eq(make("AKID", "secret", " ", &c, NULL), 0);
	ck_assert_ptr_null(c->token);
	aws_credentials_unref(c);
	aws_credentials_unref(NULL);
}
END_TEST

#define BLANK " from the test has a blank or a non-ASCII character in it"

static const struct {
	const char *key_id, *secret, *token;
	const char *want;
} bad_rows[] = {
	{"", "s", "", "the test has an AWS secret key without its access key id"},
	{"A", "", "", "the test has an AWS access key id without its secret key"},
	{" ", "s", "t", "the test has an AWS secret key without its access key id"},
	{"A", "\n", "t", "the test has an AWS access key id without its secret key"},
	{"A B", "s", "", "the AWS access key id" BLANK},
	{"A", "s\ns", "", "the AWS secret key" BLANK},
	{"A", "s", "t\177t", "the AWS session token" BLANK},
	{"\303\274", "s", "", "the AWS access key id" BLANK},
};

START_TEST(what_cannot_stand_in_a_header_is_refused)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(bad_rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		struct aws_credentials *c = NULL;
		int err = make(bad_rows[i].key_id, bad_rows[i].secret, bad_rows[i].token, &c, &ei);

		ck_assert_msg(err == ERR_INVAL && c == NULL, "row %zu: %d", i, err);
		ck_assert_msg(strcmp(ei.text, bad_rows[i].want) == 0, "row %zu: %s", i, ei.text);
	}
}
END_TEST

START_TEST(each_has_its_maximum)
{
	static const struct {
		size_t max;
		const char *what;
	} rows[] = {
		{AWS_KEY_ID_MAX, "access key id"},
		{AWS_SECRET_MAX, "secret key"},
		{AWS_TOKEN_MAX, "session token"},
	};
	static char text[AWS_TOKEN_MAX + 1];
	char want[128];
	size_t i, over;

	memset(text, 'x', sizeof(text));
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		for (over = 0; over < 2; over++) {
			struct slice s[3] = {slice_of("A"), slice_of("s"), slice_of("t")};
			struct errinfo ei = ERRINFO_INIT;
			struct aws_credentials *c = NULL;
			int err;

			s[i] = (struct slice){text, rows[i].max + over};
			err = aws_credentials_new(s[0], s[1], s[2], 0, "the test", &c, &ei);
			ck_assert_msg(err == (over ? ERR_LIMIT : 0), "row %zu: %d", i, err);
			snprintf(want, sizeof(want),
				 "the AWS %s from the test is longer than %zu characters",
				 rows[i].what, rows[i].max);
			ck_assert_str_eq(ei.text, over ? want : "");
			aws_credentials_unref(c);
		}
	}
}
END_TEST

START_TEST(those_with_the_same_three_are_equal)
{
	static const struct {
		const char *key_id, *secret, *token;
		bool want;
	} rows[] = {
		{"A", "s", "t", true},	{"B", "s", "t", false}, {"A", "S", "t", false},
		{"A", "s", "u", false}, {"A", "s", "", false},
	};
	struct aws_credentials *c, *other, *bare;
	size_t i;

	ck_assert_int_eq(make("A", "s", "t", &c, NULL), 0);
	ck_assert_int_eq(make("A", "s", "", &bare, NULL), 0);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		ck_assert_int_eq(make(rows[i].key_id, rows[i].secret, rows[i].token, &other, NULL),
				 0);
		ck_assert_msg(aws_credentials_equal(c, other) == rows[i].want, "row %zu", i);
		ck_assert_msg(aws_credentials_equal(other, c) == rows[i].want, "row %zu", i);
		aws_credentials_unref(other);
	}
	ck_assert_int_eq(make("A", "s", "", &other, NULL), 0);
	ck_assert(aws_credentials_equal(bare, other));
	aws_credentials_unref(other);
	aws_credentials_unref(bare);
	aws_credentials_unref(c);
}
END_TEST

START_TEST(without_memory_there_are_none)
{
	size_t n;

	for (n = 1;; n++) {
		struct aws_credentials *c = NULL;
		int err;

		fake_malloc_fail_at(n);
		err = make("A", "s", "t", &c, NULL);
		if (!fake_malloc_off()) {
			aws_credentials_unref(c);
			break;
		}
		ck_assert_int_eq(err, ERR_NOMEM);
		ck_assert_ptr_null(c);
	}
	ck_assert_uint_eq(n, 6);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		they_are_copied_and_trimmed,   what_cannot_stand_in_a_header_is_refused,
		each_has_its_maximum,	       those_with_the_same_three_are_equal,
		without_memory_there_are_none,
	};

	return unit_run("credentials", tests, N_ELEMENTS(tests));
}
