/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "kit/unit.h"

START_TEST(slices_compare_with_text)
{
	static const struct {
		const char *a, *b;
		bool eq, eq_nocase;
	} rows[] = {
		{"", "", true, true},		{NULL, "", true, true},
		{"", "a", false, false},	{"abc", "abc", true, true},
		{"abc", "ABC", false, true},	{"aBc", "AbC", false, true},
		{"abc", "abcd", false, false},	{"abcd", "abc", false, false},
		{"@[`{", "`{@[", false, false}, {"\xc3\xa4", "\xc3\x84", false, false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		ck_assert_msg(slice_eq(slice_of(rows[i].a), rows[i].b) == rows[i].eq, "row %zu", i);
		ck_assert_msg(slice_eq_nocase(slice_of(rows[i].a), rows[i].b) == rows[i].eq_nocase,
			      "row %zu", i);
	}
	ck_assert(slice_eq((struct slice){"abcd", 3}, "abc"));
}
END_TEST

START_TEST(a_slice_is_cut_at_the_first_separator)
{
	static const struct {
		const char *text;
		bool found;
		const char *head, *tail;
	} rows[] = {
		{"a=b", true, "a", "b"}, {"a=b=c", true, "a", "b=c"}, {"=b", true, "", "b"},
		{"a=", true, "a", ""},	 {"=", true, "", ""},	      {"ab", false, "ab", ""},
		{"", false, "", ""},	 {NULL, false, "", ""},
	};
	struct slice head, tail;
	bool found;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		found = slice_cut(slice_of(rows[i].text), '=', &head, &tail);
		ck_assert_msg(found == rows[i].found, "row %zu", i);
		ck_assert_msg(slice_eq(head, rows[i].head), "row %zu", i);
		ck_assert_msg(slice_eq(tail, rows[i].tail), "row %zu", i);
	}
	head = slice_of("a,b");
	ck_assert(slice_cut(head, ',', &tail, &head));
	ck_assert(slice_eq(head, "b"));
}
END_TEST

START_TEST(a_slice_is_trimmed_of_what_the_set_holds_and_nothing_else)
{
	static const struct {
		const char *text, *set, *both, *start;
	} rows[] = {
		{"", STR_BLANKS, "", ""},
		{NULL, STR_BLANKS, "", ""},
		{"a", STR_BLANKS, "a", "a"},
		{" ", STR_BLANKS, "", ""},
		{" \t \t", STR_BLANKS, "", ""},
		{"  a", STR_BLANKS, "a", "a"},
		{"a\t ", STR_BLANKS, "a", "a\t "},
		{"\t a b\t", STR_BLANKS, "a b", "a b\t"},
		{" \ta\n", STR_BLANKS, "a\n", "a\n"},
		{"\ta ", " ", "\ta", "\ta "},
		{"\r\n\f\v\t a\r\n\f\v\t ", STR_SPACE, "a", "a\r\n\f\v\t "},
		{"\xa0"
		 "a\x85",
		 STR_SPACE,
		 "\xa0"
		 "a\x85",
		 "\xa0"
		 "a\x85"},
		{" a ", "", " a ", " a "},
	};
	struct slice nul = {"\0 a \0", 5};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct slice s = slice_of(rows[i].text);

		ck_assert_msg(slice_eq(slice_trim(s, rows[i].set), rows[i].both), "row %zu", i);
		ck_assert_msg(slice_eq(slice_trim_start(s, rows[i].set), rows[i].start), "row %zu",
			      i);
	}
	ck_assert_uint_eq(slice_trim(nul, STR_SPACE).len, 5);
	nul.len = 4;
	ck_assert_uint_eq(slice_trim(nul, STR_SPACE).len, 3);
}
END_TEST

START_TEST(control_characters_of_ascii_are_found)
{
	static const struct {
		struct slice s;
		bool has_one;
	} rows[] = {
		{{NULL, 0}, false},   {{"a b~", 4}, false}, {{"\xc3\xa9\x80\xff", 4}, false},
		{{"a\0b", 3}, true},  {{"\x1f", 1}, true},  {{"ab\t", 3}, true},
		{{"a\x7f", 2}, true},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(slice_has_control(rows[i].s) == rows[i].has_one, "row %zu", i);
}
END_TEST

START_TEST(decimal_numbers_are_read_exactly)
{
	static const struct {
		const char *text;
		uint64_t max;
		int err;
		uint64_t want;
	} rows[] = {
		{"0", 0, 0, 0},
		{"60", 100, 0, 60},
		{"100", 100, 0, 100},
		{"007", 100, 0, 7},
		{"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
		{"101", 100, ERR_INVAL, 0},
		{"18446744073709551616", UINT64_MAX, ERR_INVAL, 0},
		{"99999999999999999999999", UINT64_MAX, ERR_INVAL, 0},
		{"", 100, ERR_INVAL, 0},
		{"-1", 100, ERR_INVAL, 0},
		{"+1", 100, ERR_INVAL, 0},
		{" 1", 100, ERR_INVAL, 0},
		{"1 ", 100, ERR_INVAL, 0},
		{"1a", 100, ERR_INVAL, 0},
		{"0x1", 100, ERR_INVAL, 0},
		{"1.0", 100, ERR_INVAL, 0},
	};
	uint64_t got;
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		got = 42;
		err = str_parse_uint(slice_of(rows[i].text), rows[i].max, &got);
		ck_assert_msg(err == rows[i].err, "'%s': %d", rows[i].text, err);
		ck_assert_msg(got == (err == 0 ? rows[i].want : 42), "'%s'", rows[i].text);
	}
}
END_TEST

START_TEST(a_copy_fits_or_is_refused)
{
	char out[4] = "xxx";

	ck_assert_int_eq(str_copy(out, sizeof(out), slice_of("abc")), 0);
	ck_assert_str_eq(out, "abc");
	ck_assert_int_eq(str_copy(out, sizeof(out), slice_of("abcd")), ERR_LIMIT);
	ck_assert_str_eq(out, "");
	ck_assert_int_eq(str_copy(out, sizeof(out), (struct slice){"a\0b", 3}), ERR_INVAL);
	ck_assert_str_eq(out, "");
	ck_assert_int_eq(str_copy(out, sizeof(out), slice_of(NULL)), 0);
	ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(bytes_become_lower_case_hexadecimal)
{
	char out[9];

	str_hex(out, "\x00\x7f\x80\xff", 4);
	ck_assert_str_eq(out, "007f80ff");
	str_hex(out, "", 0);
	ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(hexadecimal_becomes_bytes)
{
	static const struct {
		const char *hex;
		int err;
		size_t len;
	} rows[] = {
		{"", 0, 0},	      {"007F80ff", 0, 4},
		{"0", ERR_INVAL, 0},  {"007", ERR_INVAL, 0},
		{"0g", ERR_INVAL, 0}, {"g0", ERR_INVAL, 0},
		{" 0", ERR_INVAL, 0}, {"0011223344", ERR_INVAL, 0},
	};
	unsigned char out[4];
	size_t i, len;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		len = 0;
		ck_assert_msg(str_unhex(slice_of(rows[i].hex), out, sizeof(out), &len) ==
				      rows[i].err,
			      "%s", rows[i].hex);
		ck_assert_msg(len == rows[i].len, "%s", rows[i].hex);
	}
	str_unhex(slice_of("007F80ff"), out, sizeof(out), &len);
	ck_assert_mem_eq(out, "\x00\x7f\x80\xff", 4);
}
END_TEST

START_TEST(base64_is_decoded_strictly)
{
	/* The first seven are RFC 4648 §10. */
	static const struct {
		const char *text;
		int err;
		const char *want;
	} rows[] = {
		{"", 0, ""},
		{"Zg==", 0, "f"},
		{"Zm8=", 0, "fo"},
		{"Zm9v", 0, "foo"},
		{"Zm9vYg==", 0, "foob"},
		{"Zm9vYmE=", 0, "fooba"},
		{"Zm9vYmFy", 0, "foobar"},
		{"Zm9vYg", 0, "foob"},
		{"Zm9vYmE", 0, "fooba"},
		{"+/+/", 0, "\xfb\xff\xbf"},
		{"Z", ERR_INVAL, NULL},
		{"Zg=", ERR_INVAL, NULL},
		{"Zg===", ERR_INVAL, NULL},
		{"=", ERR_INVAL, NULL},
		{"====", ERR_INVAL, NULL},
		{"Zg==Zg==", ERR_INVAL, NULL},
		{"Zm9=v", ERR_INVAL, NULL},
		{"Zm 9v", ERR_INVAL, NULL},
		{"Zm9v\n", ERR_INVAL, NULL},
		{"-_-_", ERR_INVAL, NULL},
		{"Zm9\xff", ERR_INVAL, NULL},
		{"Zm9vYmFyeA==", ERR_LIMIT, NULL},
	};
	char out[6];
	size_t i, len;
	int err;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		err = str_base64_decode(slice_of(rows[i].text), out, sizeof(out), &len);
		ck_assert_msg(err == rows[i].err, "'%s': %d", rows[i].text, err);
		if (err != 0)
			continue;
		ck_assert_msg(len == strlen(rows[i].want), "'%s': %zu", rows[i].text, len);
		ck_assert_msg(memcmp(out, rows[i].want, len) == 0, "'%s'", rows[i].text);
	}
}
END_TEST

START_TEST(form_values_are_decoded)
{
	static const struct {
		const char *text;
		int err;
		const char *want;
	} rows[] = {
		{"", 0, ""},
		{"abc", 0, "abc"},
		{"a+b", 0, "a b"},
		{"a%20b", 0, "a b"},
		{"%2C%2c", 0, ",,"},
		{"%41%5A", 0, "AZ"},
		{"%e4", 0, "\xe4"},
		{"%25zz", 0, "%zz"},
		{"%", ERR_INVAL, NULL},
		{"%4", ERR_INVAL, NULL},
		{"a%", ERR_INVAL, NULL},
		{"%g1", ERR_INVAL, NULL},
		{"%1g", ERR_INVAL, NULL},
		{"%%41", ERR_INVAL, NULL},
		{"% 1", ERR_INVAL, NULL},
	};
	char out[16];
	size_t i, len;
	int err;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		err = str_form_decode(slice_of(rows[i].text), out, &len);
		ck_assert_msg(err == rows[i].err, "'%s': %d", rows[i].text, err);
		if (err != 0)
			continue;
		ck_assert_msg(len == strlen(rows[i].want), "'%s': %zu", rows[i].text, len);
		ck_assert_msg(memcmp(out, rows[i].want, len) == 0, "'%s'", rows[i].text);
	}
	ck_assert_int_eq(str_form_decode(slice_of("%00"), out, &len), 0);
	ck_assert_uint_eq(len, 1);
	ck_assert_int_eq(out[0], '\0');
	ck_assert_int_eq(str_form_decode((struct slice){"%411", 2}, out, &len), ERR_INVAL);
}
END_TEST

START_TEST(what_strangers_sent_becomes_printable)
{
	static const struct {
		const char *text;
		const char *want;
	} rows[] = {
		{"", ""},
		{"home.example", "home.example"},
		{"a b", "a b"},
		{"a\nb", "a\\x0ab"},
		{"\x1b[2J", "\\x1b[2J"},
		{"say \"x\"", "say \\x22x\\x22"},
		{"\\x", "\\x5cx"},
		{"\xc3\xa4", "\\xc3\\xa4"},
		{"0123456789012345678", "0123456789012345..."},
		{"012345678901234\n", "012345678901234..."},
	};
	char out[20];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		str_printable(out, sizeof(out), slice_of(rows[i].text));
		ck_assert_msg(strcmp(out, rows[i].want) == 0, "row %zu: %s", i, out);
	}
}
END_TEST

START_TEST(utf8_is_told_from_what_is_none)
{
	/* RFC 3629 §4, the corners of its table. */
	static const struct {
		const char *text;
		size_t want;
	} rows[] = {
		{"", 0},
		{"a", 1},
		{"\x7f", 1},
		{"\x80", 0},
		{"\xbf", 0},
		{"\xc0\x80", 0},
		{"\xc1\xbf", 0},
		{"\xc2\x80", 2},
		{"\xdf\xbf!", 2},
		{"\xc2", 0},
		{"\xc2!", 0},
		{"\xe0\x9f\xbf", 0},
		{"\xe0\xa0\x80", 3},
		{"\xed\x9f\xbf", 3},
		{"\xed\xa0\x80", 0},
		{"\xee\x80\x80", 3},
		{"\xef\xbf\xbf", 3},
		{"\xe2\x82", 0},
		{"\xe2\x82!", 0},
		{"\xf0\x8f\xbf\xbf", 0},
		{"\xf0\x90\x80\x80", 4},
		{"\xf4\x8f\xbf\xbf", 4},
		{"\xf4\x90\x80\x80", 0},
		{"\xf0\x9f\x98", 0},
		{"\xf0\x9f\x98!", 0},
		{"\xf5\x80\x80\x80", 0},
		{"\xff", 0},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(str_utf8_length(slice_of(rows[i].text)) == rows[i].want, "row %zu",
			      i);
}
END_TEST

START_TEST(letters_are_lowered_in_ascii_only)
{
	int c;

	for (c = 0; c < 256; c++) {
		int want = c >= 'A' && c <= 'Z' ? c + 32 : c;

		ck_assert_int_eq((unsigned char)str_lower((char)c), want);
	}
}
END_TEST

START_TEST(a_secret_string_may_be_missing)
{
	str_free_secret(NULL);
	str_free_secret(strdup("secret"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		slices_compare_with_text,
		a_slice_is_cut_at_the_first_separator,
		a_slice_is_trimmed_of_what_the_set_holds_and_nothing_else,
		control_characters_of_ascii_are_found,
		decimal_numbers_are_read_exactly,
		a_copy_fits_or_is_refused,
		bytes_become_lower_case_hexadecimal,
		hexadecimal_becomes_bytes,
		base64_is_decoded_strictly,
		form_values_are_decoded,
		what_strangers_sent_becomes_printable,
		utf8_is_told_from_what_is_none,
		letters_are_lowered_in_ascii_only,
		a_secret_string_may_be_missing,
	};

	return unit_run("str", tests, N_ELEMENTS(tests));
}
