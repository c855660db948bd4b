/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/scan.h"

#include <string.h>

#include "base/buf.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

enum { TEXT_MAX = 4096 };

/* The tokens of text, each with its line: "1:word 1:= 2:END"; or the sentence. */
static const char *scan(struct slice text)
{
	static const char marks[] = {
		[CONF_TOKEN_EQUALS] = '=',
		[CONF_TOKEN_COMMA] = ',',
		[CONF_TOKEN_OPEN] = '{',
		[CONF_TOKEN_CLOSE] = '}',
	};
	static struct buf out;
	struct errinfo ei = ERRINFO_INIT;
	const struct conf_loader l = {.path = "m.conf", .ei = &ei};
	struct conf_scanner s;
	int err;

	buf_fini(&out);
	buf_init(&out, TEXT_MAX);
	conf_scan_begin(&s, &l, text);
	do {
		err = conf_scan_next(&s);
		if (err != 0)
			break;
		buf_addf(&out, "%s%u:", out.len > 0 ? " " : "", s.line);
		if (s.token == CONF_TOKEN_END) {
			buf_adds(&out, "END");
			continue;
		}
		if (s.token == CONF_TOKEN_TEXT)
			buf_adds(&out, "'");
		else
			ck_assert_int_eq(buf_str(&s.text)[0], marks[s.token]);
		buf_adds(&out, buf_str(&s.text));
	} while (s.token != CONF_TOKEN_END);
	conf_scan_end(&s);
	if (err != 0) {
		buf_reset(&out);
		buf_adds(&out, ei.text);
	}
	return buf_str(&out);
}

static const struct {
	const char *text;
	const char *want;
} rows[] = {
	{"", "1:END"},
	{" \t\r\n\n", "3:END"},
	{"a = b", "1:'a 1:= 1:'b 1:END"},
	{"a={b,c}", "1:'a 1:= 1:{ 1:'b 1:, 1:'c 1:} 1:END"},
	{"a\nb\r\nc", "1:'a 2:'b 3:'c 3:END"},
	/* Comments. */
	{"a # b\nc", "1:'a 2:'c 2:END"},
	{"a// b", "1:'a// 1:'b 1:END"},
	{"a //b\nc", "1:'a 2:'c 2:END"},
	{"a /* \n\n */ b", "1:'a 3:'b 3:END"},
	{"a/**/b", "1:'a 1:'b 1:END"},
	{"/*/ a */ b", "1:'b 1:END"},
	{"/***/a", "1:'a 1:END"},
	{"#a", "1:END"},
	{"/a", "1:'/a 1:END"},
	{"a\n/* b\n", "m.conf:2: the comment that begins here is not closed"},
	{"/*", "m.conf:1: the comment that begins here is not closed"},
	{"/* *", "m.conf:1: the comment that begins here is not closed"},
	/* Words. */
	{"http://[::1]:8000/a?b&c~d;e", "1:'http://[::1]:8000/a?b&c~d;e 1:END"},
	{"a\"b\"c", "1:'a 1:'b 1:'c 1:END"},
	{"\303\274.example", "1:'\303\274.example 1:END"},
	{"$a\\b", "1:'$a\\b 1:END"},
	{"a+b", "m.conf:1: a value with one of ()+*| must be in double quotes"},
	{"\n(a)", "m.conf:2: a value with one of ()+*| must be in double quotes"},
	{"a|", "m.conf:1: a value with one of ()+*| must be in double quotes"},
	{"*", "m.conf:1: a value with one of ()+*| must be in double quotes"},
	{"a${b}", "m.conf:1: ${...} is not expanded: set the MOORING_ variable instead"},
	{"\r", "m.conf:1: a control character is in the file"},
	{"a\001", "m.conf:1: a control character is in the file"},
	{"\177", "m.conf:1: a control character is in the file"},
	{"\037", "m.conf:1: a control character is in the file"},
	/* Strings. */
	{"\"\"", "1:' 1:END"},
	{"\"a = {b}, #c\"", "1:'a = {b}, #c 1:END"},
	{"'a\"b'", "1:'a\"b 1:END"},
	{"\"a'b\"", "1:'a'b 1:END"},
	{"\"a\\\"b\\\\c\\$d\"", "1:'a\"b\\c$d 1:END"},
	{"'a\\'b\\\\c$d${e}'", "1:'a'b\\c$d${e} 1:END"},
	{"\"a\tb\"", "1:'a\tb 1:END"},
	{"\"(+*|)\"", "1:'(+*|) 1:END"},
	{"\"$a$\"", "1:'$a$ 1:END"},
	{"\"\\${a}\"", "1:'${a} 1:END"},
	{"\"${a}\"", "m.conf:1: ${...} is not expanded: set the MOORING_ variable instead"},
	{"\"\\n\"", "m.conf:1: a backslash in a string may only stand before a quote, '$' or '\\'"},
	{"'\\\"'", "m.conf:1: a backslash in a string may only stand before a quote, '$' or '\\'"},
	{"\"\\'\"", "m.conf:1: a backslash in a string may only stand before a quote, '$' or '\\'"},
	{"'\\$'", "m.conf:1: a backslash in a string may only stand before a quote, '$' or '\\'"},
	{"\"a\\", "m.conf:1: a backslash in a string may only stand before a quote, '$' or '\\'"},
	{"\"a", "m.conf:1: the string is not closed on its line"},
	{"\n\"a\nb\"", "m.conf:2: the string is not closed on its line"},
	{"'", "m.conf:1: the string is not closed on its line"},
	{"\"a\001\"", "m.conf:1: a control character is in a string"},
	{"\"a\177\"", "m.conf:1: a control character is in a string"},
};

START_TEST(the_file_is_read_as_tokens)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		/* Of its own length: AddressSanitizer sees who reads behind it. */
		size_t len = strlen(rows[i].text);
		char *text = malloc(len > 0 ? len : 1);
		const char *got;

		ck_assert_ptr_nonnull(text);
		memcpy(text, rows[i].text, len);
		got = scan((struct slice){text, len});
		ck_assert_msg(strcmp(got, rows[i].want) == 0, "row %zu: %s", i, got);
		free(text);
	}
}
END_TEST

START_TEST(a_nul_byte_is_no_end)
{
	ck_assert_str_eq(scan((struct slice){"a\0b", 3}),
			 "m.conf:1: a control character is in the file");
	ck_assert_str_eq(scan((struct slice){"\"\0\"", 3}),
			 "m.conf:1: a control character is in a string");
	ck_assert_str_eq(scan((struct slice){"/* \0 */a", 8}), "1:'a 1:END");
	ck_assert_str_eq(scan((struct slice){"# \0\na", 5}), "2:'a 2:END");
}
END_TEST

START_TEST(without_memory_there_is_a_sentence)
{
	struct errinfo ei = ERRINFO_INIT;
	const struct conf_loader l = {.path = "m.conf", .ei = &ei};
	struct conf_scanner s;
	int err;

	conf_scan_begin(&s, &l, slice_of("word"));
	fake_malloc_fail_at(1);
	err = conf_scan_next(&s);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert_str_eq(ei.text, err_str(ERR_NOMEM));
	conf_scan_end(&s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_file_is_read_as_tokens,
		a_nul_byte_is_no_end,
		without_memory_there_is_a_sentence,
	};

	return unit_run("scan", tests, N_ELEMENTS(tests));
}
