/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/secret.h"
#include "account/password.h"

#include <crypt.h>
#include <stdio.h>
#include <string.h>

#include "kit/unit.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *stored;
	int want;
	enum secret_kind kind;
} forms[] = {
	{"test9994", 0, SECRET_CLEAR},
	{" $6$x", 0, SECRET_CLEAR},
	{"rqXexS6ZhobKA", 0, SECRET_CLEAR},
	{"_J9..rasmBYk8r9AiWNc", 0, SECRET_CLEAR},
	{"*0", 0, SECRET_CLEAR},
	{"sha256$x", 0, SECRET_CLEAR},
	{"$sha256$abcdefgh$" HEX, 0, SECRET_SHA256},
	{"$sha256$./AZaz09./AZaz09./AZaz09./AZaz09$" HEX, 0, SECRET_SHA256},
	{"$1$/zGci/3l$bH.Pn/GE0mDYCTsBwgC3y/", 0, SECRET_CRYPT},
	{"$5$sKjS66PYIufI3j3w$n672w.8hXuhRNJNnzzlJfW/cZijvfLCS5gnMr.Gfqw7", 0, SECRET_CRYPT},
	{"$6$rounds=5000$LR.4a/IQBFnXt2Tw$x8", 0, SECRET_CRYPT},
	{"$2b$05$OpTTpePt0/nQVOYowQoyB./RkwVrrIiqvnA8ogLPZlxN/wjCpu2ZO", 0, SECRET_CRYPT},
	{"$y$j9T$4mLoH9CE.RJDWyRZjjcfl0$1w/ku5uo6J88nqC0bK4yaznh3Iwf4fSPP7hqxvXRP87", 0,
	 SECRET_CRYPT},
	{"$", 0, SECRET_CLEAR},
	{"$$", 0, SECRET_CLEAR},
	{"$ecret", 0, SECRET_CLEAR},
	{"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$abc", ERR_INVAL, 0},
	{"$6$sa:lt$x", ERR_INVAL, 0},
	{"$sha256", 0, SECRET_CLEAR},
	{"$sha256$", ERR_INVAL, 0},
	{"$sha256$abcdefgh", ERR_INVAL, 0},
	{"$sha256$abcdefgh$", ERR_INVAL, 0},
	{"$sha256$abcdefg$" HEX, ERR_INVAL, 0},
	{"$sha256$./AZaz09./AZaz09./AZaz09./AZaz09x$" HEX, ERR_INVAL, 0},
	{"$sha256$abcd_fgh$" HEX, ERR_INVAL, 0},
	{"$sha256$abcdefgh$" HEX "0", ERR_INVAL, 0},
	{"$sha256$abcdefgh$" HEX "$", ERR_INVAL, 0},
	{"$sha256$abcdefgh$"
	 "ABCDEF6789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	 ERR_INVAL, 0},
	{"$SHA256$abcdefgh$" HEX, ERR_INVAL, 0},
	{"$sha256$p=1$sha256$abcdefgh$" HEX, 0, SECRET_SHA256},
	{"$sha256$p=999999$1$/zGci/3l$bH.Pn/GE0mDYCTsBwgC3y/", 0, SECRET_CRYPT},
	{"$sha256$p=0$sha256$abcdefgh$" HEX, ERR_INVAL, 0},
	{"$sha256$p=01$sha256$abcdefgh$" HEX, ERR_INVAL, 0},
	{"$sha256$p=1000000$sha256$abcdefgh$" HEX, ERR_INVAL, 0},
	{"$sha256$p=$sha256$abcdefgh$" HEX, ERR_INVAL, 0},
	{"$sha256$p=1x$sha256$abcdefgh$" HEX, ERR_INVAL, 0},
	{"$sha256$p=1$p=2$sha256$abcdefgh$" HEX, ERR_INVAL, 0},
	{"$sha256$p=1$sha256$p=2$sha256$abcdefgh$" HEX, ERR_INVAL, 0},
	{"$sha256$p=1$ecret", ERR_INVAL, 0},
	{"$sha256$p=1$", ERR_INVAL, 0},
	{"$sha256$p=1", ERR_INVAL, 0},
	{"$sha256$p=1$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$abc", ERR_INVAL, 0},
};

START_TEST(the_kind_follows_from_the_form)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(forms); i++) {
		enum secret_kind kind = (enum secret_kind)99;
		int err = secret_kind(forms[i].stored, &kind);

		ck_assert_msg(err == forms[i].want, "%s: %d", forms[i].stored, err);
		ck_assert_msg(kind == (err == 0 ? forms[i].kind : (enum secret_kind)99), "%s: %d",
			      forms[i].stored, (int)kind);
	}
}
END_TEST

/* Settings of all methods, and hashes of theirs: of "test". */
START_TEST(a_hash_that_was_cut_off_is_told)
{
	static const char *const settings[] = {"$1$ab$",
					       "$5$ab$",
					       "$6$ab$",
					       "$6$rounds=1000$ab$",
					       "$y$j75$ab$",
					       "$gy$j75$ab$",
					       "$2b$04$abcdefghijklmnopqrstuu",
					       "$2a$04$abcdefghijklmnopqrstuu",
					       "$sha1$10$ab$",
					       "$md5$ab",
					       "$md5,rounds=10$ab",
					       "$3$$"};
	static const char *const others[] = {"",   "test9994", "$ecret",
					     "*0", "$sha256$", "$6$sa:lt$x"};
	struct crypt_data data;
	char cut[256];
	size_t i;

	for (i = 0; i < N_ELEMENTS(settings); i++) {
		memset(&data, 0, sizeof(data));
		(void)snprintf(cut, sizeof(cut), "%s", crypt_r("test", settings[i], &data));
		if (cut[0] == '*')
			continue; /* this libxcrypt was built without it */
		ck_assert_msg(secret_is_whole(cut), "%s", cut);
		cut[strlen(cut) - 1] = '\0';
		ck_assert_msg(!secret_is_whole(cut), "%s", cut);
		ck_assert_msg(!secret_is_whole(settings[i]), "%s", settings[i]);
	}
	for (i = 0; i < N_ELEMENTS(others); i++)
		ck_assert_msg(secret_is_whole(others[i]), "%s", others[i]);
}
END_TEST

START_TEST(a_generated_secret_is_letters_and_digits_and_new_each_time)
{
	char first[SECRET_LEN + 1], secret[SECRET_LEN + 1];
	size_t i;

	secret_generate(first);
	for (i = 0; i < 64; i++) {
		secret_generate(secret);
		ck_assert_uint_eq(strlen(secret), SECRET_LEN);
		ck_assert_uint_eq(strspn(secret, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
						 "uvwxyz0123456789"),
				  SECRET_LEN);
		ck_assert_str_ne(secret, first);
	}
}
END_TEST

START_TEST(a_stored_secret_is_salted_and_does_not_hold_the_secret)
{
	static const char secret[] = "correcthorsebatterystaple";
	char a[SECRET_STORED_MAX], b[SECRET_STORED_MAX];
	enum secret_kind kind;

	ck_assert_int_eq(secret_store(slice_of(secret), a), 0);
	ck_assert_int_eq(secret_store(slice_of(secret), b), 0);
	ck_assert_str_ne(a, b);
	ck_assert_ptr_null(strstr(a, secret));
	ck_assert_int_eq(secret_kind(a, &kind), 0);
	ck_assert_int_eq((int)kind, SECRET_SHA256);
	ck_assert_int_eq(secret_store(slice_of(""), a), ERR_INVAL);
}
END_TEST

START_TEST(a_secret_that_a_person_made_up_is_stored_by_crypt)
{
	char a[SECRET_STORED_MAX], b[SECRET_STORED_MAX];
	enum secret_kind kind;

	ck_assert_int_eq(secret_store_slow(slice_of("test9994"), a), 0);
	ck_assert_int_eq(secret_store_slow(slice_of("test9994"), b), 0);
	ck_assert_str_ne(a, b);
	ck_assert_int_eq(secret_kind(a, &kind), 0);
	ck_assert_int_eq((int)kind, SECRET_CRYPT);
	ck_assert_int_eq((int)password_check_slow(a, slice_of("test9994")), PASSWORD_RIGHT);
	ck_assert_int_eq((int)password_check_slow(a, slice_of("test9995")), PASSWORD_WRONG);
	ck_assert_int_eq(secret_store_slow(slice_of(""), a), ERR_INVAL);
	ck_assert_int_eq(secret_store_slow((struct slice){"a\0b", 3}, a), ERR_INVAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_hash_that_was_cut_off_is_told,
		the_kind_follows_from_the_form,
		a_generated_secret_is_letters_and_digits_and_new_each_time,
		a_stored_secret_is_salted_and_does_not_hold_the_secret,
		a_secret_that_a_person_made_up_is_stored_by_crypt,
	};

	return unit_run("secret", tests, N_ELEMENTS(tests));
}
