/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/secret_given.h"

#include "dyndns/user_password.h"
#include "kit/unit.h"

START_TEST(what_nobody_should_have_or_could_send_is_refused)
{
	char text[QUERY_PASSWORD_MAX + 2];
	struct errinfo ei = ERRINFO_INIT;

	ck_assert_int_eq(secret_given_check(slice_of("12345678"), NULL), 0);
	ck_assert_int_eq(secret_given_check(slice_of("gr\xc3\xb6\xc3\x9f"
						     "er"),
					    NULL),
			 0);
	ck_assert_int_eq(secret_given_check(slice_of("1234567"), &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "the secret is shorter than 8 bytes");
	ck_assert_int_eq(secret_given_check(slice_of("1234567\t"), NULL), ERR_INVAL);
	ck_assert_int_eq(secret_given_check(slice_of("1234567\xff"), NULL), ERR_INVAL);
	memset(text, 'a', sizeof(text));
	ck_assert_int_eq(secret_given_check((struct slice){text, QUERY_PASSWORD_MAX}, NULL), 0);
	ck_assert_int_eq(secret_given_check((struct slice){text, QUERY_PASSWORD_MAX + 1}, NULL),
			 ERR_LIMIT);
}
END_TEST

#define DIGEST	  "da39a3ee5e6b4b0d3255bfef95601890afd80709"
#define DIGEST_64 "CMIpfZyOcV5X2rLS4vFv1e2Y9p4c5oE5b7rD1rJ0B2E="

static const char *const hashes[] = {
	/* Django, as of every version. */
	"pbkdf2_sha256$260000$8uWcXrGbrmYM$" DIGEST_64,
	"argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$" DIGEST_64,
	"bcrypt_sha256$$2b$12$abcdefghijklmnopqrstuv",
	"scrypt$16384$salt$8$1$" DIGEST_64,
	"sha1$a1976$" DIGEST,
	"sha1$$" DIGEST,
	"crypt$$abO6dvVDVxnS2",
	/* Werkzeug. */
	"pbkdf2:sha256:600000$salt$" DIGEST,
	/* phpass, Drupal, passlib, Solaris. */
	"$P$B12345678abcdefghijklmnopqrstuv",
	"$S$D12345678abcdefghijklmnopqrstuv",
	"$bcrypt-sha256$v=2,t=2b,r=12$abcdefghijklmnopqrstuv$hash",
	"$md5,rounds=904$salt$$abcdefghijklmnopqrstuv",
	"$2$abcdefghijklmnopqrst",
	/* Directories, Dovecot, Spring. */
	"{SSHA}" DIGEST_64,
	"{MD5}X03MO1qnZdYdgyfeuILPmQ==",
	"{CRYPT}abO6dvVDVxnS2",
	"{SHA512-CRYPT}$6$salt$hash",
	"{SSHA256.b64}" DIGEST_64,
	"{bcrypt}$2a$10$abcdefghijklmnopqrstuv",
	"{noop}password",
};

static const char *const passwords[] = {
	"",
	"$",
	"{",
	"12345678",
	"pa$$word1",
	"$ecret$1",
	"sha1$a$456789012345",
	"{}12345678",
	"{curly}",
	"{two words}",
	"$$$$$$$$$$$$$$$$$$$$$$",
	"correct horse battery$staple$",
	"Correct$Horse$BatteryStaple",
	"twenty-bytes-and-one$",
	"$twenty-bytes-and-one$",
	"$ twenty bytes and more$x",
	/* Nobody can tell. */
	"abO6dvVDVxnS2",
	DIGEST,
};

START_TEST(hashes_of_others_are_no_passwords)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(hashes); i++)
		ck_assert_msg(secret_given_looks_hashed(slice_of(hashes[i])), "%s", hashes[i]);
	for (i = 0; i < N_ELEMENTS(passwords); i++)
		ck_assert_msg(!secret_given_looks_hashed(slice_of(passwords[i])), "%s",
			      passwords[i]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_nobody_should_have_or_could_send_is_refused,
		hashes_of_others_are_no_passwords,
	};

	return unit_run("secret_given", tests, N_ELEMENTS(tests));
}
