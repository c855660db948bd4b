/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/password.h"

#include <crypt.h>
#include <stdio.h>
#include <string.h>

#include "base/mac.h"
#include "account/secret.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

/* HMAC-SHA-256 with the key "Salt./0123456789", computed by another implementation. */
#define SHA_STORED                                                                                 \
	"$sha256$Salt./"                                                                           \
	"0123456789$c904cb6915e7a80d1f6297d6a8239d78b6539138cf7cca3aa8c523ed3ed4f2fe"

/* All of "pleaseletmein"; cheap parameters where the method has some. */
static const char *const crypt_stored[] = {
	"$1$/zGci/3l$bH.Pn/GE0mDYCTsBwgC3y/",
	"$5$sKjS66PYIufI3j3w$n672w.8hXuhRNJNnzzlJfW/cZijvfLCS5gnMr.Gfqw7",
	"$6$LR.4a/"
	"IQBFnXt2Tw$x8omvv3klTQDDzMm7aCPM..Hi3eaWk0e2Q2QoeweD4NOFpRxgITF7GzDN7jTORX8kwxlKhw"
	"I6lJvb6/cNoJmo.",
	"$2b$05$OpTTpePt0/nQVOYowQoyB./RkwVrrIiqvnA8ogLPZlxN/wjCpu2ZO",
	"$y$j9T$4mLoH9CE.RJDWyRZjjcfl0$1w/ku5uo6J88nqC0bK4yaznh3Iwf4fSPP7hqxvXRP87",
};

/* An account with this secret as it stands, unchecked: a store may hold anything. */
static struct account *account_with(const char *stored)
{
	struct account *a = NULL;

	ck_assert_int_eq(account_new(slice_of("bob"), &a, NULL), 0);
	if (stored != NULL) {
		a->secret = strdup(stored);
		ck_assert_ptr_nonnull(a->secret);
	}
	return a;
}

START_TEST(a_password_is_right_for_its_own_secret_only)
{
	static const struct {
		const char *stored;
		const char *password;
		enum password_result want;
	} rows[] = {
		{"test9994", "test9994", PASSWORD_RIGHT},
		{"test9994", "test999", PASSWORD_WRONG},
		{"test9994", "test99945", PASSWORD_WRONG},
		{"test9994", "Test9994", PASSWORD_WRONG},
		{"test9994", "", PASSWORD_WRONG},
		{"p\xc3\xa4ss", "p\xc3\xa4ss", PASSWORD_RIGHT},
		{"rqXexS6ZhobKA", "rqXexS6ZhobKA", PASSWORD_RIGHT},
		{"", "", PASSWORD_WRONG},
		{"", "x", PASSWORD_WRONG},
		{NULL, "", PASSWORD_WRONG},
		{NULL, "x", PASSWORD_WRONG},
		{SHA_STORED, "correcthorse", PASSWORD_RIGHT},
		{SHA_STORED, "correcthors", PASSWORD_WRONG},
		{SHA_STORED, SHA_STORED, PASSWORD_WRONG},
		{SHA_STORED, "", PASSWORD_WRONG},
		{SHA_STORED "0", "correcthorse", PASSWORD_WRONG},
		{"$sha256$short$x", "$sha256$short$x", PASSWORD_WRONG},
		{"$argon2id$x", "$argon2id$x", PASSWORD_WRONG},
		{"$ecret", "$ecret", PASSWORD_RIGHT},
		{"$6$abc$x", "anything", PASSWORD_SLOW},
		{"$6$abc$x", "", PASSWORD_WRONG},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct account *a = account_with(rows[i].stored);
		enum password_result got = password_check_fast(a, slice_of(rows[i].password));

		ck_assert_msg(got == rows[i].want, "row %zu: %d", i, (int)got);
		a->disabled = true;
		ck_assert_msg(password_check_fast(a, slice_of(rows[i].password)) == PASSWORD_WRONG,
			      "row %zu, disabled", i);
		account_free(a);
	}
	ck_assert_int_eq((int)password_check_fast(NULL, slice_of("x")), PASSWORD_WRONG);
	ck_assert_int_eq((int)password_check_fast(NULL, slice_of("")), PASSWORD_WRONG);
	ck_assert_int_eq((int)password_check_fast(NULL, slice_of(NULL)), PASSWORD_WRONG);
}
END_TEST

START_TEST(a_password_is_all_of_its_bytes)
{
	char longest[ACCOUNT_SECRET_MAX + 2];
	struct account *a = account_with("abc");

	ck_assert_int_eq((int)password_check_fast(a, (struct slice){"abc\0", 4}), PASSWORD_WRONG);
	ck_assert_int_eq((int)password_check_fast(a, (struct slice){"abc\0def", 7}),
			 PASSWORD_WRONG);
	ck_assert_int_eq((int)password_check_fast(a, (struct slice){"abcdef", 3}), PASSWORD_RIGHT);
	account_free(a);

	memset(longest, 'x', sizeof(longest));
	longest[ACCOUNT_SECRET_MAX] = '\0';
	a = account_with(longest);
	longest[ACCOUNT_SECRET_MAX] = 'x';
	ck_assert_int_eq((int)password_check_fast(a, (struct slice){longest, ACCOUNT_SECRET_MAX}),
			 PASSWORD_RIGHT);
	ck_assert_int_eq(
		(int)password_check_fast(a, (struct slice){longest, ACCOUNT_SECRET_MAX + 1}),
		PASSWORD_WRONG);
	ck_assert_int_eq(
		(int)password_check_fast(a, (struct slice){longest, ACCOUNT_SECRET_MAX - 1}),
		PASSWORD_WRONG);
	account_free(a);
	longest[ACCOUNT_SECRET_MAX + 1] = '\0';
	a = account_with(longest);
	ck_assert_int_eq((int)password_check_fast(a, slice_of(longest)), PASSWORD_WRONG);
	account_free(a);
}
END_TEST

START_TEST(a_generated_secret_is_right)
{
	char secret[SECRET_LEN + 1], stored[SECRET_STORED_MAX];
	struct account *a;

	secret_generate(secret);
	ck_assert_int_eq(secret_store(slice_of(secret), stored), 0);
	a = account_with(stored);
	ck_assert_int_eq((int)password_check_fast(a, slice_of(secret)), PASSWORD_RIGHT);
	secret[0] = secret[0] == 'a' ? 'b' : 'a';
	ck_assert_int_eq((int)password_check_fast(a, slice_of(secret)), PASSWORD_WRONG);
	account_free(a);
}
END_TEST

START_TEST(every_crypt_method_is_checked_slowly)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(crypt_stored); i++) {
		struct account *a = account_with(crypt_stored[i]);

		ck_assert_msg(password_check_fast(a, slice_of("pleaseletmein")) == PASSWORD_SLOW,
			      "%s", a->secret);
		ck_assert_msg(password_check_slow(a->secret, slice_of("pleaseletmein")) ==
				      PASSWORD_RIGHT,
			      "%s", a->secret);
		ck_assert_msg(password_check_slow(a->secret, slice_of("pleaseletmeim")) ==
				      PASSWORD_WRONG,
			      "%s", a->secret);
		account_free(a);
	}
}
END_TEST

START_TEST(a_slow_check_refuses_what_is_no_crypt_string_or_no_password)
{
	const char *good = crypt_stored[0];
	char broken[64], too_long[ACCOUNT_SECRET_MAX + 2];

	str_copy(broken, sizeof(broken), slice_of(good));
	broken[strlen(broken) - 1] = '\0';
	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	ck_assert_int_eq((int)password_check_slow(broken, slice_of("pleaseletmein")),
			 PASSWORD_WRONG);
	ck_assert_int_eq((int)password_check_slow("$1$/zGci/3l", slice_of("pleaseletmein")),
			 PASSWORD_WRONG);
	ck_assert_int_eq((int)password_check_slow("rqXexS6ZhobKA", slice_of("pleaseletmein")),
			 PASSWORD_WRONG);
	ck_assert_int_eq((int)password_check_slow("*0", slice_of("x")), PASSWORD_WRONG);
	ck_assert_int_eq((int)password_check_slow("", slice_of("x")), PASSWORD_WRONG);
	ck_assert_int_eq((int)password_check_slow(NULL, slice_of("x")), PASSWORD_WRONG);
	ck_assert_int_eq((int)password_check_slow(SHA_STORED, slice_of("correcthorse")),
			 PASSWORD_WRONG);
	ck_assert_int_eq((int)password_check_slow(good, slice_of(too_long)), PASSWORD_WRONG);
	ck_assert_int_eq((int)password_check_slow(good, (struct slice){"pleaseletmein\0x", 15}),
			 PASSWORD_WRONG);
}
END_TEST

START_TEST(an_empty_password_is_never_right)
{
	struct crypt_data data = {0};
	const char *hash = crypt_r("", "$1$abcdefgh", &data);

	ck_assert_ptr_nonnull(hash);
	ck_assert_int_eq((int)password_check_slow(hash, slice_of("")), PASSWORD_WRONG);
}
END_TEST

START_TEST(without_memory_nobody_is_refused)
{
	enum password_result r;

	fake_malloc_fail_at(1);
	r = password_check_slow(crypt_stored[0], slice_of("pleaseletmein"));
	ck_assert(fake_malloc_off());
	ck_assert_int_eq((int)r, PASSWORD_NO_MEMORY);
}
END_TEST

/* Digests are counted, and the blocks of SHA-256 in them. */
static unsigned n_macs;
static size_t n_blocks;

int __wrap_mac_sha256(struct slice key, struct slice text, unsigned char out[MAC_LEN]);
int __real_mac_sha256(struct slice key, struct slice text, unsigned char out[MAC_LEN]);
int __wrap_mac_sha256(struct slice key, struct slice text, unsigned char out[MAC_LEN])
{
	n_macs++;
	n_blocks += text.len / 64;
	return __real_mac_sha256(key, text, out);
}

/* Whoever measures the time must not learn which logins exist. */
START_TEST(the_work_is_the_same_whoever_asks)
{
	static const struct {
		const char *stored; /* NULL: no such account */
		const char *password;
		bool is_disabled;
	} rows[] = {
		{"secret", "secret", false},
		{"secret", "wrong", false},
		{"secret", "", false},
		{"secret", "secret", true},
		{NULL, "secret", false},
		{NULL, "", false},
		{SHA_STORED, "secret", false},
		{SHA_STORED, "wrong", true},
		{"$2b$broken", "secret", false},
		{"", "secret", false},
		{"a longer secret, by far", "x", false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct account *a = rows[i].stored != NULL ? account_with(rows[i].stored) : NULL;

		if (a != NULL)
			a->disabled = rows[i].is_disabled;
		n_macs = 0;
		n_blocks = 0;
		password_check_fast(a, slice_of(rows[i].password));
		ck_assert_msg(n_macs == 3, "row %zu: %u digests", i, n_macs);
		/* Two of text of one size, and one of the password. */
		ck_assert_msg(n_blocks == 2 * ((ACCOUNT_SECRET_MAX + sizeof(uint32_t)) / 64),
			      "row %zu: %zu blocks", i, n_blocks);
		account_free(a);
	}
}
END_TEST

/* What crypt(3) was asked for. */
static unsigned n_hashes;
static char last_setting[8];

char *__wrap_crypt_r(const char *phrase, const char *setting, struct crypt_data *data);
char *__real_crypt_r(const char *phrase, const char *setting, struct crypt_data *data);
char *__wrap_crypt_r(const char *phrase, const char *setting, struct crypt_data *data)
{
	n_hashes++;
	(void)snprintf(last_setting, sizeof(last_setting), "%s", setting);
	return __real_crypt_r(phrase, setting, data);
}

/* The engine takes the last one that it saw as the price of every refusal. */
START_TEST(a_hash_that_crypt_cannot_use_costs_what_others_do)
{
	static const char *const broken[] = {"$y$j9T$broken", "$2b$99$abcdefghijklmnopqrstuu",
					     "$2b$04$short", "$7$"};
	size_t i;

	for (i = 0; i < N_ELEMENTS(broken); i++) {
		n_hashes = 0;
		ck_assert_int_eq((int)password_check_slow(broken[i], slice_of("secret")),
				 PASSWORD_WRONG);
		ck_assert_msg(n_hashes == 2 && strcmp(last_setting, "$y$j9T$") == 0, "%s: %u",
			      broken[i], n_hashes);
	}
	n_hashes = 0;
	ck_assert_int_eq((int)password_check_slow(crypt_stored[0], slice_of("secret")),
			 PASSWORD_WRONG);
	ck_assert_uint_eq(n_hashes, 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_password_is_right_for_its_own_secret_only,
		a_password_is_all_of_its_bytes,
		a_generated_secret_is_right,
		every_crypt_method_is_checked_slowly,
		a_slow_check_refuses_what_is_no_crypt_string_or_no_password,
		an_empty_password_is_never_right,
		without_memory_nobody_is_refused,
		the_work_is_the_same_whoever_asks,
		a_hash_that_crypt_cannot_use_costs_what_others_do,
	};

	return unit_run("password", tests, N_ELEMENTS(tests));
}
