/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/secret_need.h"

#include <string.h>

#include "account/account.h"
#include "account/pepper.h"
#include "kit/unit.h"

#define KEY    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define SHA256 "$sha256$abcdefgh$0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define CRYPT  "$1$/zGci/3l$bH.Pn/GE0mDYCTsBwgC3y/"

START_TEST(what_a_secret_lacks_follows_from_its_form_and_the_keys)
{
	static const struct {
		const char *stored;
		enum secret_need without, with; /* any key; those of versions 2 and 3 */
	} rows[] = {
		{NULL, SECRET_UNUSABLE, SECRET_UNUSABLE},
		{"$sha256$broken", SECRET_UNUSABLE, SECRET_UNUSABLE},
		{"test9994", SECRET_IS_CLEAR, SECRET_IS_CLEAR},
		{"$ecret", SECRET_IS_CLEAR, SECRET_IS_CLEAR},
		{SHA256, SECRET_NEEDS_NOTHING, SECRET_WITHOUT_PEPPER},
		{CRYPT, SECRET_NEEDS_NOTHING, SECRET_WITHOUT_PEPPER},
		{"$sha256$p=1" SHA256, SECRET_OF_LOST_PEPPER, SECRET_OF_LOST_PEPPER},
		{"$sha256$p=2" SHA256, SECRET_OF_LOST_PEPPER, SECRET_OF_OLD_PEPPER},
		{"$sha256$p=3" CRYPT, SECRET_OF_LOST_PEPPER, SECRET_NEEDS_NOTHING},
		{"$sha256$p=4" CRYPT, SECRET_OF_LOST_PEPPER, SECRET_OF_LOST_PEPPER},
	};
	struct peppers *peppers;
	size_t i;

	ck_assert_int_eq(peppers_new(&peppers), 0);
	ck_assert_int_eq(peppers_read(peppers, slice_of("3 " KEY "\n2 " KEY), NULL), 0);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct account *a;

		ck_assert_int_eq(account_new(slice_of("bob"), &a, NULL), 0);
		if (rows[i].stored != NULL)
			a->secret = strdup(rows[i].stored);
		ck_assert_msg(secret_need_of(a, NULL) == rows[i].without, "row %zu, no key", i);
		ck_assert_msg(secret_need_of(a, peppers) == rows[i].with, "row %zu", i);
		a->flaws = ACCOUNT_FLAW_SECRET;
		ck_assert_int_eq((int)secret_need_of(a, peppers), SECRET_UNUSABLE);
		account_free(a);
	}
	peppers_free(peppers);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_a_secret_lacks_follows_from_its_form_and_the_keys,
	};

	return unit_run("secret_need", tests, N_ELEMENTS(tests));
}
