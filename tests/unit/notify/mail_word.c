/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/mail_word.h"

#include <stdio.h>
#include <string.h>

#include "kit/unit.h"

enum { MAX = 4096, LINE_MAX_LEN = 76 };

#define X10 "xxxxxxxxxx"

static const struct {
	const char *text;
	size_t fold_at;
	const char *want;
} rows[] = {
	{"", 9, ""},
	{"home.example.com moved", 9, "home.example.com moved"},
	{"home.example.com moved", 0, "home.example.com moved"},
	{X10 " " X10 " " X10 " " X10 " " X10 " " X10 " " X10, 9,
	 X10 " " X10 " " X10 " " X10 " " X10 " " X10 "\r\n " X10},
	{X10 " " X10 " " X10 " " X10 " " X10 " " X10 " " X10, 0,
	 X10 " " X10 " " X10 " " X10 " " X10 " " X10 " " X10},
	/* A word is not cut. */
	{"a " X10 X10 X10 X10 X10 X10 X10 X10, 9, "a\r\n " X10 X10 X10 X10 X10 X10 X10 X10},
	{"z\xc3\xbcrich", 9, "=?UTF-8?B?esO8cmljaA==?="},
	{"z\xc3\xbcrich", 0, "=?UTF-8?B?esO8cmljaA==?="},
	/* Nobody adds a header or a line. */
	{"a\r\nBcc: b", 9, "=?UTF-8?B?YSAgQmNjOiBi?="},
	{"a\tb", 9, "=?UTF-8?B?YSBi?="},
	/* A text that looks encoded is one. */
	{"=?x", 9, "=?UTF-8?B?PT94?="},
	/* No UTF-8. */
	{"a\xff"
	 "b",
	 9, "=?UTF-8?B?YT9i?="},
};

START_TEST(text_becomes_words_of_a_header)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct buf out;

		buf_init(&out, MAX);
		ck_assert_int_eq(mail_word_add(&out, slice_of(rows[i].text), rows[i].fold_at), 0);
		ck_assert_str_eq(buf_str(&out), rows[i].want);
		buf_fini(&out);
	}
}
END_TEST

/* What the encoded words of out say, each of whole characters. */
static void decode(const char *out, char *text)
{
	const char *word = out, *end;
	size_t len, used = 0;

	while ((word = strstr(word, "=?UTF-8?B?")) != NULL) {
		word += 10;
		end = strstr(word, "?=");
		ck_assert_ptr_nonnull(end);
		ck_assert_int_eq(str_base64_decode((struct slice){word, (size_t)(end - word)},
						   text + used, MAX - used, &len),
				 0);
		ck_assert_uint_eq(str_utf8_length((struct slice){text + used, len}) > 0, 1);
		used += len;
		word = end;
	}
	text[used] = '\0';
}

START_TEST(long_text_is_folded_between_characters)
{
	size_t lead, n;

	for (lead = 0; lead < 4; lead++) {
		char text[512] = "", got[MAX];
		struct buf out;
		const char *line, *next;
		size_t used = 9;

		for (n = 0; n < lead; n++)
			strcat(text, "a");
		for (n = 0; n < 60; n++)
			strcat(text, n % 3 == 0 ? "\xf0\x9f\x9a\xa2" : "\xc3\xa4");
		buf_init(&out, MAX);
		ck_assert_int_eq(mail_word_add(&out, slice_of(text), 9), 0);
		for (line = buf_str(&out); line != NULL; line = next) {
			next = strstr(line, "\r\n ");
			used += next != NULL ? (size_t)(next - line) : strlen(line);
			ck_assert_uint_le(used, LINE_MAX_LEN);
			used = 0;
			next = next != NULL ? next + 2 : NULL;
		}
		decode(buf_str(&out), got);
		ck_assert_str_eq(got, text);
		buf_fini(&out);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		text_becomes_words_of_a_header,
		long_text_is_folded_between_characters,
	};

	return unit_run("mail_word", tests, N_ELEMENTS(tests));
}
