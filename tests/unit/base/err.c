/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/err.h"

#include <limits.h>
#include <string.h>

#include "kit/unit.h"

START_TEST(the_first_error_wins)
{
	struct errinfo ei = ERRINFO_INIT;

	ck_assert_int_eq(err_set(&ei, ERR_IO, "cannot read %s", "a.pem"), ERR_IO);
	ck_assert_int_eq(err_set(&ei, ERR_INVAL, "later"), ERR_INVAL);
	ck_assert_int_eq(ei.code, ERR_IO);
	ck_assert_str_eq(ei.text, "cannot read a.pem");
	ck_assert_int_eq(err_set(NULL, ERR_LIMIT, "nobody asked"), ERR_LIMIT);
}
END_TEST

START_TEST(after_a_reset_the_next_error_is_the_first)
{
	struct errinfo ei = ERRINFO_INIT;

	err_set(&ei, ERR_IO, "one");
	err_reset(&ei);
	ck_assert_int_eq(ei.code, 0);
	ck_assert_str_eq(ei.text, "");
	err_set(&ei, ERR_INVAL, "two");
	ck_assert_int_eq(ei.code, ERR_INVAL);
	ck_assert_str_eq(ei.text, "two");
}
END_TEST

START_TEST(what_may_pass_is_told_from_what_stays)
{
	static const int passing[] = {ERR_THROTTLED, ERR_TIMEOUT, ERR_UNAVAILABLE};
	size_t i;
	int code;

	for (code = 1; code >= ERR_CANCELED - 1; code--) {
		bool want = false;

		for (i = 0; i < N_ELEMENTS(passing); i++)
			want = want || passing[i] == code;
		ck_assert_msg(err_is_passing(code) == want, "%d", code);
	}
}
END_TEST

START_TEST(a_long_sentence_is_cut)
{
	struct errinfo ei = ERRINFO_INIT;
	char text[2 * ERR_TEXT_MAX];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&ei, ERR_INVAL, "%s", text);
	ck_assert_uint_eq(strlen(ei.text), ERR_TEXT_MAX - 1);
}
END_TEST

START_TEST(every_code_has_a_phrase_of_its_own)
{
	int a, b;

	for (a = ERR_OK; a >= ERR_CANCELED; a--) {
		ck_assert_str_ne(err_str(a), "unknown error");
		for (b = a - 1; b >= ERR_CANCELED; b--)
			ck_assert_str_ne(err_str(a), err_str(b));
	}
	ck_assert_str_eq(err_str(ERR_TIMEOUT), "timed out");
	ck_assert_str_eq(err_str(ERR_CANCELED), "cancelled");
	ck_assert_str_eq(err_str(ERR_CANCELED - 1), "unknown error");
	ck_assert_str_eq(err_str(1), "unknown error");
	ck_assert_str_eq(err_str(INT_MAX), "unknown error");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_first_error_wins,
		after_a_reset_the_next_error_is_the_first,
		what_may_pass_is_told_from_what_stays,
		a_long_sentence_is_cut,
		every_code_has_a_phrase_of_its_own,
	};

	return unit_run("err", tests, N_ELEMENTS(tests));
}
