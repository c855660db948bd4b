/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/text.h"

#include "kit/unit.h"

static const struct {
	const char *text;
	size_t len; /* 0: of the string */
	bool want;
} rows[] = {
	{"", 0, true},
	{" a~", 0, true},
	{"\037", 0, false},
	{"a\nb", 0, false},
	{"a\tb", 0, false},
	{"a\0b", 3, false},
	{"\176\177", 0, false},
	/* C1 ends at U+009F. */
	{"\302\200", 0, false},
	{"\302\237", 0, false},
	{"\302\240", 0, true},
	{"\303\200", 0, true},
	{"\346\270\257", 0, true},
	{"\360\237\230\200", 0, true},
	/* Not UTF-8: alone, cut short, too long, a surrogate, above U+10FFFF. */
	{"\200", 0, false},
	{"\377", 0, false},
	{"a\303", 0, false},
	{"\346\270", 0, false},
	{"\300\257", 0, false},
	{"\340\200\257", 0, false},
	{"\355\240\200", 0, false},
	{"\364\220\200\200", 0, false},
	{"\303\274\346\270\257a\033", 0, false},
};

START_TEST(text_is_utf8_without_control_characters)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct slice s = {rows[i].text,
				  rows[i].len != 0 ? rows[i].len : strlen(rows[i].text)};

		ck_assert_msg(text_is_printable(s) == rows[i].want, "row %zu", i);
	}
}
END_TEST

START_TEST(ascii_is_what_every_client_sends_alike)
{
	ck_assert(text_is_ascii(slice_of("")));
	ck_assert(text_is_ascii(slice_of("az AZ~\x7f")));
	ck_assert(!text_is_ascii(slice_of("a\xc3\xa4")));
	ck_assert(!text_is_ascii(slice_of("\x80")));
}
END_TEST

START_TEST(what_is_shown_stays_the_same_when_it_is_shown_again)
{
	static const struct {
		const char *text, *want;
	} shown[] = {
		{"curl/8.5 (a)", "curl/8.5 (a)"},
		{"\xc3\xa4", "\xc3\xa4"},
		{"a\\b", "a\\b"},
		{"\x1b[m", "\\x1b[m"},
		{"0123456789abcdef", "0123456789ab..."},
	};
	char once[16], twice[16];
	size_t i;

	for (i = 0; i < N_ELEMENTS(shown); i++) {
		ck_assert_str_eq(text_show(once, sizeof(once), slice_of(shown[i].text)),
				 shown[i].want);
		ck_assert_str_eq(text_show(twice, sizeof(twice), slice_of(once)), shown[i].want);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		text_is_utf8_without_control_characters,
		ascii_is_what_every_client_sends_alike,
		what_is_shown_stays_the_same_when_it_is_shown_again,
	};

	return unit_run("text", tests, N_ELEMENTS(tests));
}
