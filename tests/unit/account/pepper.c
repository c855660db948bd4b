/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/pepper.h"

#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "account/password.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

#define KEY_1 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_2 "FFEEDDCCBBAA99887766554433221100ffeeddccbbaa99887766554433221100"
#define HEX   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* "correcthorse" with KEY_1, computed by another implementation: the first 54 digits of its
 * HMAC-SHA-256. */
#define PEPPERED "e1121914d0092dc7eaf6da13552bcbecdf80fbf300203eb7607d0f"

/* peppers_read() of text into a list that is empty; its sentence is in ei. */
static int read_text(const char *text, struct peppers **ret, struct errinfo *ei)
{
	*ei = (struct errinfo)ERRINFO_INIT;
	ck_assert_int_eq(peppers_new(ret), 0);
	return peppers_read(*ret, slice_of(text), ei);
}

static struct peppers *peppers_of(const char *text)
{
	struct errinfo ei;
	struct peppers *p;

	ck_assert_int_eq(read_text(text, &p, &ei), 0);
	return p;
}

START_TEST(a_file_has_a_version_and_a_key_in_each_line)
{
	struct peppers *p = peppers_of("# made in 2026\n\n 7 " KEY_1 " \r\n12\t" KEY_2 "\n"
				       "3    " KEY_1 KEY_1);

	ck_assert_uint_eq(peppers_newest(p), 12);
	ck_assert(peppers_have(p, 3) && peppers_have(p, 7) && peppers_have(p, 12));
	ck_assert(!peppers_have(p, 1) && !peppers_have(p, 0));
	peppers_free(p);
}
END_TEST

START_TEST(there_may_be_none)
{
	struct slice password = slice_of("secret"), got = {NULL, 0};
	char text[PEPPERED_LEN + 1];
	struct peppers *p;

	ck_assert_uint_eq(peppers_newest(NULL), 0);
	ck_assert(!peppers_have(NULL, 0) && !peppers_have(NULL, 1));
	ck_assert_int_eq(peppers_apply(NULL, "secret", password, text, &got), 0);
	ck_assert_ptr_eq(got.p, password.p);
	ck_assert_int_eq(peppers_new(&p), 0);
	ck_assert_uint_eq(peppers_newest(p), 0);
	ck_assert(!peppers_have(p, 0));
	peppers_free(p);
	peppers_free(NULL);
	fake_malloc_fail_at(1);
	ck_assert_int_eq(peppers_new(&p), ERR_NOMEM);
	ck_assert(fake_malloc_off());
}
END_TEST

START_TEST(a_file_that_cannot_be_read_says_where_and_never_what)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"", "there is no key in it"},
		{"# none\n", "there is no key in it"},
		{"1 " KEY_1 "\nx " KEY_2,
		 "line 2 does not begin with a version, a number from 1 to 999999"},
		{KEY_1, "line 1 does not begin with a version, a number from 1 to 999999"},
		{"0 " KEY_1, "line 1 does not begin with a version, a number from 1 to 999999"},
		{"-1 " KEY_1, "line 1 does not begin with a version, a number from 1 to 999999"},
		{"1000000 " KEY_1,
		 "line 1 does not begin with a version, a number from 1 to 999999"},
		{"1 " KEY_1 "\n\n1 " KEY_2, "line 3: version 1 is there twice"},
		{"1", "line 1: the key of version 1 is not 64 to 128 hexadecimal digits"},
		{"1 00112233", "line 1: the key of version 1 is not 64 to 128 hexadecimal digits"},
		{"1 " KEY_1 "0",
		 "line 1: the key of version 1 is not 64 to 128 hexadecimal digits"},
		{"1 " KEY_1 " " KEY_2,
		 "line 1: the key of version 1 is not 64 to 128 hexadecimal digits"},
		{"1 " KEY_1 KEY_1 "00",
		 "line 1: the key of version 1 is not 64 to 128 hexadecimal digits"},
		{"1 x" KEY_1 "0",
		 "line 1: the key of version 1 is not 64 to 128 hexadecimal digits"},
	};
	struct peppers *p;
	struct errinfo ei;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		ck_assert_msg(read_text(rows[i].text, &p, &ei) == ERR_INVAL, "row %zu", i);
		ck_assert_str_eq(ei.text, rows[i].why);
		ck_assert_uint_eq(peppers_newest(p), 0);
		peppers_free(p);
	}
}
END_TEST

START_TEST(there_is_an_end_to_what_is_read)
{
	char text[PEPPER_TEXT_MAX + 2] = "";
	struct peppers *p;
	struct errinfo ei;
	size_t n = 0, i;

	for (i = 1; i <= PEPPERS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%zu " KEY_1 KEY_2 "\n", i);
	p = peppers_of(text);
	ck_assert_uint_eq(peppers_newest(p), PEPPERS_MAX);
	peppers_free(p);
	snprintf(text + n, sizeof(text) - n, "99 " KEY_1);
	ck_assert_int_eq(read_text(text, &p, &ei), ERR_LIMIT);
	ck_assert_str_eq(ei.text, "line 17: there are more than 16 keys");
	peppers_free(p);

	memset(text, '\n', sizeof(text));
	memcpy(text, "1 " KEY_1, 66);
	text[PEPPER_TEXT_MAX + 1] = '\0';
	ck_assert_int_eq(read_text(text, &p, &ei), ERR_LIMIT);
	peppers_free(p);
	text[PEPPER_TEXT_MAX] = '\0';
	p = peppers_of(text);
	peppers_free(p);
}
END_TEST

START_TEST(what_cannot_be_read_replaces_nothing)
{
	struct peppers *p = peppers_of("1 " KEY_1);

	ck_assert_int_eq(peppers_read(p, slice_of("2 " KEY_2 "\n3 x"), NULL), ERR_INVAL);
	ck_assert_uint_eq(peppers_newest(p), 1);
	ck_assert(!peppers_have(p, 2));
	ck_assert_int_eq(peppers_read(p, slice_of("2 " KEY_2), NULL), 0);
	ck_assert(!peppers_have(p, 1) && peppers_have(p, 2));
	peppers_free(p);
}
END_TEST

START_TEST(the_password_of_a_secret_is_what_its_pepper_makes_of_it)
{
	struct peppers *p = peppers_of("1 " KEY_1 "\n2 " KEY_2);
	const struct slice password = slice_of("correcthorse");
	char one[PEPPERED_LEN + 1], two[PEPPERED_LEN + 1];
	struct slice got;

	ck_assert_int_eq(peppers_apply(p, "$sha256$p=1$y$j9T$x", password, one, &got), 0);
	ck_assert_ptr_eq(got.p, one);
	ck_assert_uint_eq(got.len, PEPPERED_LEN);
	ck_assert_str_eq(one, PEPPERED);
	ck_assert_int_eq(peppers_apply(p, "$sha256$p=2$y$j9T$x", password, two, &got), 0);
	ck_assert_str_ne(one, two);
	ck_assert_int_eq(peppers_apply(p, "$sha256$p=3$y$j9T$x", password, two, &got),
			 ERR_NOTFOUND);
	ck_assert_int_eq(peppers_apply(NULL, "$sha256$p=1$y$j9T$x", password, two, &got),
			 ERR_NOTFOUND);
	ck_assert_int_eq(peppers_apply(p, "$y$j9T$x", password, two, &got), 0);
	ck_assert_ptr_eq(got.p, password.p);
	ck_assert_int_eq(peppers_apply(p, NULL, password, two, &got), 0);
	ck_assert_ptr_eq(got.p, password.p);
	peppers_free(p);
}
END_TEST

/* What the check says of password. */
static enum password_result check(const struct peppers *p, const char *stored, const char *password)
{
	enum password_result result;
	char text[PEPPERED_LEN + 1];
	struct slice peppered;
	struct account *a;

	ck_assert_int_eq(account_new(slice_of("bob"), &a, NULL), 0);
	ck_assert_int_eq(account_set_secret(a, slice_of(stored), NULL), 0);
	result = password_check_peppered(p, a, slice_of(password));
	account_free(a);
	if (result != PASSWORD_SLOW)
		return result;
	ck_assert_int_eq(peppers_apply(p, stored, slice_of(password), text, &peppered), 0);
	return password_check_slow(stored, peppered);
}

START_TEST(a_secret_is_right_with_its_own_pepper_alone)
{
	static const enum secret_kind kinds[] = {SECRET_SHA256, SECRET_CRYPT};
	struct peppers *p = peppers_of("2 " KEY_2 "\n1 " KEY_1), *other = peppers_of("2 " KEY_1),
		       *old = peppers_of("1 " KEY_1);
	char stored[SECRET_STORED_MAX], plain[SECRET_STORED_MAX];
	size_t i;

	for (i = 0; i < N_ELEMENTS(kinds); i++) {
		enum secret_kind kind;

		ck_assert_int_eq(peppers_store(p, kinds[i], slice_of("correcthorse"), stored), 0);
		ck_assert_int_eq(strncmp(stored, "$sha256$p=2$", 12), 0);
		ck_assert_int_eq(secret_kind(stored, &kind), 0);
		ck_assert_int_eq((int)kind, (int)kinds[i]);
		ck_assert(secret_is_whole(stored));
		ck_assert_int_eq((int)check(p, stored, "correcthorse"), PASSWORD_RIGHT);
		ck_assert_int_eq((int)check(p, stored, "correcthors"), PASSWORD_WRONG);
		ck_assert_int_eq((int)check(other, stored, "correcthorse"), PASSWORD_WRONG);
		ck_assert_int_eq((int)check(old, stored, "correcthorse"), PASSWORD_NO_PEPPER);
		ck_assert_int_eq((int)check(NULL, stored, "correcthorse"), PASSWORD_NO_PEPPER);
		/* Without one it is what it always was, and stays right. */
		ck_assert_int_eq(peppers_store(NULL, kinds[i], slice_of("correcthorse"), plain), 0);
		ck_assert_int_ne(strncmp(plain, "$sha256$p=", 10), 0);
		ck_assert_int_eq((int)check(p, plain, "correcthorse"), PASSWORD_RIGHT);
		ck_assert_int_eq((int)check(NULL, plain, "correcthorse"), PASSWORD_RIGHT);
	}
	ck_assert_int_eq(peppers_store(p, SECRET_CRYPT, slice_of(""), stored), ERR_INVAL);
	ck_assert_int_eq(peppers_store(p, SECRET_SHA256, slice_of(""), stored), ERR_INVAL);
	peppers_free(p);
	peppers_free(other);
	peppers_free(old);
}
END_TEST

/* Nobody who is refused anyway is told that the pepper is missing. */
START_TEST(a_disabled_account_needs_no_pepper)
{
	struct account *a;

	ck_assert_int_eq(account_new(slice_of("bob"), &a, NULL), 0);
	ck_assert_int_eq(account_set_secret(a, slice_of("$sha256$p=1$sha256$abcdefgh$" HEX), NULL),
			 0);
	ck_assert_int_eq((int)password_check_peppered(NULL, a, slice_of("x")), PASSWORD_NO_PEPPER);
	a->disabled = true;
	ck_assert_int_eq((int)password_check_peppered(NULL, a, slice_of("x")), PASSWORD_WRONG);
	account_free(a);
	ck_assert_int_eq((int)password_check_peppered(NULL, NULL, slice_of("x")), PASSWORD_WRONG);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_file_has_a_version_and_a_key_in_each_line,
		there_may_be_none,
		a_file_that_cannot_be_read_says_where_and_never_what,
		there_is_an_end_to_what_is_read,
		what_cannot_be_read_replaces_nothing,
		the_password_of_a_secret_is_what_its_pepper_makes_of_it,
		a_secret_is_right_with_its_own_pepper_alone,
		a_disabled_account_needs_no_pepper,
	};

	return unit_run("pepper", tests, N_ELEMENTS(tests));
}
