/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"

#include <string.h>

#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

START_TEST(an_empty_buffer_is_the_empty_string)
{
	struct buf b, zero = {0};

	buf_init(&b, 10);
	ck_assert_str_eq(buf_str(&b), "");
	ck_assert_int_eq(buf_err(&b), 0);
	buf_fini(&b);
	buf_fini(&zero);
	buf_fini_secret(&zero);
}
END_TEST

START_TEST(appends_follow_one_another)
{
	struct buf b;

	buf_init(&b, 1000);
	ck_assert_int_eq(buf_adds(&b, "good"), 0);
	ck_assert_int_eq(buf_addc(&b, ' '), 0);
	ck_assert_int_eq(buf_add(&b, "192.0.2.1xxx", 9), 0);
	ck_assert_int_eq(buf_addf(&b, ",%s/%d", "2001:db8::1", 64), 0);
	ck_assert_int_eq(buf_add(&b, NULL, 0), 0);
	ck_assert_str_eq(buf_str(&b), "good 192.0.2.1,2001:db8::1/64");
	ck_assert_uint_eq(b.len, strlen(b.data));
	buf_fini(&b);
}
END_TEST

START_TEST(bytes_of_any_value_are_kept)
{
	struct buf b;

	buf_init(&b, 10);
	ck_assert_int_eq(buf_add(&b, "a\0\xff", 3), 0);
	ck_assert_uint_eq(b.len, 3);
	ck_assert_mem_eq(b.data, "a\0\xff", 4);
	buf_fini(&b);
}
END_TEST

START_TEST(a_buffer_grows_to_its_maximum_and_not_beyond)
{
	static const size_t maxima[] = {0, 1, 63, 64, 65, 1000, 4096};
	struct buf b;
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(maxima); i++) {
		buf_init(&b, maxima[i]);
		for (k = 0; k < maxima[i]; k++)
			ck_assert_int_eq(buf_addc(&b, (char)('a' + k % 26)), 0);
		ck_assert_int_eq(buf_addc(&b, '!'), ERR_LIMIT);
		ck_assert_uint_eq(b.len, maxima[i]);
		for (k = 0; k < maxima[i]; k++)
			ck_assert_int_eq(b.data[k], (char)('a' + k % 26));
		buf_fini(&b);
	}
}
END_TEST

START_TEST(an_error_sticks_until_the_reset)
{
	struct buf b;

	buf_init(&b, 4);
	ck_assert_int_eq(buf_adds(&b, "abc"), 0);
	ck_assert_int_eq(buf_adds(&b, "de"), ERR_LIMIT);
	ck_assert_int_eq(buf_addc(&b, 'd'), ERR_LIMIT);
	ck_assert_int_eq(buf_addf(&b, "%s", ""), ERR_LIMIT);
	ck_assert_int_eq(buf_err(&b), ERR_LIMIT);
	ck_assert_str_eq(buf_str(&b), "abc");
	buf_reset(&b);
	ck_assert_int_eq(buf_err(&b), 0);
	ck_assert_str_eq(buf_str(&b), "");
	ck_assert_int_eq(buf_addf(&b, "%04d", 7), 0);
	ck_assert_str_eq(buf_str(&b), "0007");
	buf_fini(&b);
	ck_assert_int_eq(buf_adds(&b, "abcde"), ERR_LIMIT);
	buf_fini(&b);
}
END_TEST

START_TEST(a_failed_allocation_is_reported_and_keeps_the_content)
{
	struct buf b;
	size_t n, i;
	int err;

	for (n = 1;; n++) {
		buf_init(&b, 1000);
		fake_malloc_fail_at(n);
		for (i = 0; i < 100; i++)
			err = buf_addf(&b, "%s", "abcd");
		if (!fake_malloc_off())
			break;
		ck_assert_int_eq(err, ERR_NOMEM);
		ck_assert_int_eq(buf_err(&b), ERR_NOMEM);
		ck_assert_uint_lt(b.len, 400);
		ck_assert_uint_eq(b.len, strlen(buf_str(&b)));
		buf_fini(&b);
	}
	ck_assert_uint_gt(n, 2);
	ck_assert_uint_eq(b.len, 400);
	buf_fini_secret(&b);
}
END_TEST

START_TEST(a_word_of_the_shell_is_in_quotes_where_it_needs_them)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"router1", "router1"},
		{"a.b_c@d+e-f,g:h", "a.b_c@d+e-f,g:h"},
		{"", "''"},
		{"two words", "'two words'"},
		{"$(reboot)", "'$(reboot)'"},
		{"o'brien", "'o'\\''brien'"},
		{"gr\xc3\xb6\xc3\x9f"
		 "er",
		 "'gr\xc3\xb6\xc3\x9f"
		 "er'"},
	};
	struct buf b;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		buf_init(&b, 64);
		ck_assert_int_eq(buf_add_shell_word(&b, rows[i].text), 0);
		ck_assert_str_eq(buf_str(&b), rows[i].want);
		buf_fini(&b);
	}
}
END_TEST

/* RFC 4648 §10. */
START_TEST(base64_has_its_padding)
{
	static const char *const want[] = {"",	       "Zg==",	   "Zm8=",    "Zm9v",
					   "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
	const unsigned char high[] = {0xfb, 0xff, 0xbf, 0xff};
	struct buf b;
	size_t i;

	buf_init(&b, 16);
	for (i = 0; i < N_ELEMENTS(want); i++) {
		buf_reset(&b);
		ck_assert_int_eq(buf_add_base64(&b, "foobar", i), 0);
		ck_assert_str_eq(buf_str(&b), want[i]);
	}
	buf_reset(&b);
	ck_assert_int_eq(buf_add_base64(&b, high, sizeof(high)), 0);
	ck_assert_str_eq(buf_str(&b), "+/+//w==");
	ck_assert_int_eq(buf_add_base64(&b, "foobar.", 7), ERR_LIMIT);
	buf_fini(&b);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_empty_buffer_is_the_empty_string,
		appends_follow_one_another,
		bytes_of_any_value_are_kept,
		a_buffer_grows_to_its_maximum_and_not_beyond,
		an_error_sticks_until_the_reset,
		a_failed_allocation_is_reported_and_keeps_the_content,
		a_word_of_the_shell_is_in_quotes_where_it_needs_them,
		base64_has_its_padding,
	};

	return unit_run("buf", tests, N_ELEMENTS(tests));
}
