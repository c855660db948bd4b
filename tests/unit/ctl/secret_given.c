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

int main(void)
{
	const TTest *const tests[] = {
		what_nobody_should_have_or_could_send_is_refused,
	};

	return unit_run("secret_given", tests, N_ELEMENTS(tests));
}
