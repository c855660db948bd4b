/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log_line.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "kit/unit.h"

/* 2026-11-28T21:34:40.007Z */
#define NOW INT64_C(1795901680007)

#define SLICE(literal)                                                                             \
	{                                                                                          \
		literal, sizeof(literal) - 1                                                       \
	}

static const struct log_style text = {LOG_FORMAT_TEXT, LOG_READER_FILE};
static const struct log_style json = {LOG_FORMAT_JSON, LOG_READER_FILE};

static void check_json(const char *line)
{
	/* Numbers as reals: jansson's integers do not reach UINT64_MAX. */
	size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL;
	json_error_t error;
	json_t *read = json_loads(line, flags, &error);

	ck_assert_msg(json_is_object(read), "%s: %s", line, error.text);
	json_decref(read);
}

static const char *write_line(const struct log_style *style, enum log_level level, int64_t time_ms,
			      struct slice sentence, const struct log_field *fields, size_t n)
{
	static char line[LOG_LINE_MAX + 1];
	size_t len = log_line(line, style, level, time_ms, sentence, fields, n);

	ck_assert_uint_le(len, LOG_LINE_MAX);
	ck_assert_int_eq(line[len - 1], '\n');
	line[len] = '\0';
	/* One line, whatever was in it. */
	ck_assert_uint_eq(strcspn(line, "\r\n"), len - 1);
	if (style->format == LOG_FORMAT_JSON)
		check_json(line + (line[0] == '<' ? 3 : 0));
	return line;
}

START_TEST(a_line_begins_with_what_its_reader_does_not_know)
{
	static const struct {
		enum log_format format;
		enum log_reader reader;
		enum log_level level;
		const char *want;
	} rows[] = {
		{LOG_FORMAT_TEXT, LOG_READER_FILE, LOG_LEVEL_ERROR,
		 "2026-11-28T21:34:40.007Z error: s n=1\n"},
		{LOG_FORMAT_TEXT, LOG_READER_FILE, LOG_LEVEL_WARN,
		 "2026-11-28T21:34:40.007Z warning: s n=1\n"},
		{LOG_FORMAT_TEXT, LOG_READER_FILE, LOG_LEVEL_INFO,
		 "2026-11-28T21:34:40.007Z s n=1\n"},
		{LOG_FORMAT_TEXT, LOG_READER_FILE, LOG_LEVEL_DEBUG,
		 "2026-11-28T21:34:40.007Z debug: s n=1\n"},
		{LOG_FORMAT_TEXT, LOG_READER_JOURNAL, LOG_LEVEL_ERROR, "<3>s n=1\n"},
		{LOG_FORMAT_TEXT, LOG_READER_JOURNAL, LOG_LEVEL_WARN, "<4>s n=1\n"},
		{LOG_FORMAT_TEXT, LOG_READER_JOURNAL, LOG_LEVEL_INFO, "<6>s n=1\n"},
		{LOG_FORMAT_TEXT, LOG_READER_JOURNAL, LOG_LEVEL_DEBUG, "<7>s n=1\n"},
		{LOG_FORMAT_TEXT, LOG_READER_USER, LOG_LEVEL_WARN, "warning: s n=1\n"},
		{LOG_FORMAT_TEXT, LOG_READER_USER, LOG_LEVEL_INFO, "s n=1\n"},
		{LOG_FORMAT_JSON, LOG_READER_FILE, LOG_LEVEL_ERROR,
		 "{\"time\":\"2026-11-28T21:34:40.007Z\",\"level\":\"error\",\"message\":\"s\","
		 "\"n\":1}\n"},
		{LOG_FORMAT_JSON, LOG_READER_JOURNAL, LOG_LEVEL_INFO,
		 "<6>{\"time\":\"2026-11-28T21:34:40.007Z\",\"level\":\"info\",\"message\":\"s\","
		 "\"n\":1}\n"},
	};
	const struct log_field n = log_uint("n", 1);
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct log_style style = {rows[i].format, rows[i].reader};

		ck_assert_str_eq(write_line(&style, rows[i].level, NOW, slice_of("s"), &n, 1),
				 rows[i].want);
	}
}
END_TEST

START_TEST(times_are_of_utc_and_of_four_digits_a_year)
{
	static const struct {
		int64_t ms;
		const char *want;
	} rows[] = {
		{0, "1970-01-01T00:00:00.000Z s\n"},
		{999, "1970-01-01T00:00:00.999Z s\n"},
		{INT64_C(951827696789), "2000-02-29T12:34:56.789Z s\n"},
		{INT64_C(253402300799999), "9999-12-31T23:59:59.999Z s\n"},
		{INT64_C(253402300800000), "9999-12-31T23:59:59.999Z s\n"},
		{INT64_MAX, "9999-12-31T23:59:59.999Z s\n"},
		{-1, "1970-01-01T00:00:00.000Z s\n"},
		{INT64_MIN, "1970-01-01T00:00:00.000Z s\n"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_str_eq(
			write_line(&text, LOG_LEVEL_INFO, rows[i].ms, slice_of("s"), NULL, 0),
			rows[i].want);
}
END_TEST

/* What a login, a host, an address or a User-Agent may hold. */
static const struct {
	struct slice value;
	const char *as_text, *as_json;
} values[] = {
	{SLICE("router1"), "router1", "\"router1\""},
	{SLICE("[2001:db8::1]:443"), "[2001:db8::1]:443", "\"[2001:db8::1]:443\""},
	{SLICE(""), "\"\"", "\"\""},
	{SLICE("-"), "-", "\"-\""},
	{SLICE("17"), "17", "\"17\""},
	{SLICE("a b"), "\"a b\"", "\"a b\""},
	{SLICE(" "), "\" \"", "\" \""},
	{SLICE("a=b"), "\"a=b\"", "\"a=b\""},
	{SLICE("x verdict=good"), "\"x verdict=good\"", "\"x verdict=good\""},
	{SLICE("in\"quotes\""), "\"in\\\"quotes\\\"\"", "\"in\\\"quotes\\\"\""},
	{SLICE("\" verdict=\"good"), "\"\\\" verdict=\\\"good\"", "\"\\\" verdict=\\\"good\""},
	{SLICE("back\\slash"), "\"back\\\\slash\"", "\"back\\\\slash\""},
	{SLICE("ends\\"), "\"ends\\\\\"", "\"ends\\\\\""},
	{SLICE("\\x41"), "\"\\\\x41\"", "\"\\\\x41\""},
	{SLICE("two\nlines\r\n"), "\"two\\nlines\\r\\n\"", "\"two\\nlines\\r\\n\""},
	{SLICE("a\tb"), "\"a\\tb\"", "\"a\\tb\""},
	{SLICE("\x1b[31mred"), "\"\\x1b[31mred\"", "\"\\u001b[31mred\""},
	{SLICE("nul\0in it"), "\"nul\\x00in it\"", "\"nul\\u0000in it\""},
	{SLICE("\x7f"), "\"\\x7f\"", "\"\\u007f\""},
	/* C1: NEL ends a line for some, CSI begins an escape sequence. */
	{SLICE("\xc2\x85\xc2\x9b"), "\"\\xc2\\x85\\xc2\\x9b\"", "\"\\u0085\\u009b\""},
	{SLICE("\xe2\x80\xa8"), "\"\\xe2\\x80\\xa8\"", "\"\\u2028\""},
	{SLICE("\xe2\x80\xae"
	       "moc"),
	 "\"\\xe2\\x80\\xaemoc\"", "\"\\u202emoc\""},
	{SLICE("\xe2\x81\xa6\xd8\x9c"), "\"\\xe2\\x81\\xa6\\xd8\\x9c\"", "\"\\u2066\\u061c\""},
	/* Text of any script stays as it is. */
	{SLICE("M\xc3\xbcller"), "\"M\xc3\xbcller\"", "\"M\xc3\xbcller\""},
	{SLICE("\xe6\x97\xa5\xe6\x9c\xac"), "\"\xe6\x97\xa5\xe6\x9c\xac\"",
	 "\"\xe6\x97\xa5\xe6\x9c\xac\""},
	{SLICE("\xf0\x9f\x98\x80"), "\"\xf0\x9f\x98\x80\"", "\"\xf0\x9f\x98\x80\""},
	/* No UTF-8: Latin-1, a part of a character, an overlong form, a surrogate, above U+10FFFF.
	 */
	{SLICE("M\xfcller"), "\"M\\xfcller\"", "\"M\\ufffdller\""},
	{SLICE("\xe6\x97"), "\"\\xe6\\x97\"", "\"\\ufffd\\ufffd\""},
	{SLICE("\xc0\xaf"), "\"\\xc0\\xaf\"", "\"\\ufffd\\ufffd\""},
	{SLICE("\xed\xa0\x80"), "\"\\xed\\xa0\\x80\"", "\"\\ufffd\\ufffd\\ufffd\""},
	{SLICE("\xf4\x90\x80\x80"), "\"\\xf4\\x90\\x80\\x80\"", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
};

START_TEST(any_value_stays_one_field)
{
	char want[512];
	size_t i;

	for (i = 0; i < N_ELEMENTS(values); i++) {
		const struct log_field fields[] = {log_slice("v", values[i].value),
						   log_bool("end", true)};

		snprintf(want, sizeof(want), "1970-01-01T00:00:00.000Z s v=%s end=true\n",
			 values[i].as_text);
		ck_assert_str_eq(write_line(&text, LOG_LEVEL_INFO, 0, slice_of("s"), fields, 2),
				 want);
		snprintf(want, sizeof(want),
			 "{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"info\","
			 "\"message\":\"s\",\"v\":%s,\"end\":true}\n",
			 values[i].as_json);
		ck_assert_str_eq(write_line(&json, LOG_LEVEL_INFO, 0, slice_of("s"), fields, 2),
				 want);
	}
}
END_TEST

START_TEST(no_byte_and_no_pair_of_bytes_breaks_a_line)
{
	/* What a reader may see in it, and the corners of UTF-8. */
	static const char seconds[] =
		"\0\n\"\\= x\x1f\x7f\x80\x8f\x90\x9f\xa0\xa8\xbf\xc2\xe2\xf0\xff";
	unsigned first;
	size_t second;

	for (first = 0; first < 256; first++)
		for (second = 0; second < sizeof(seconds); second++) {
			const char bytes[] = {(char)first, seconds[second]};
			struct slice value = {bytes, sizeof(bytes)};
			const struct log_field fields[] = {log_slice("v", value),
							   log_bool("end", true)};
			const char *got = write_line(&json, LOG_LEVEL_INFO, 0, value, fields, 2);

			ck_assert_ptr_nonnull(strstr(got, "\",\"end\":true}\n"));
			got = write_line(&text, LOG_LEVEL_INFO, 0, value, fields, 2);
			ck_assert_ptr_nonnull(strstr(got, " end=true\n"));
		}
}
END_TEST

START_TEST(a_sentence_may_hold_quotes_and_nothing_that_ends_it)
{
	static const struct {
		struct slice sentence;
		const char *as_text, *as_json;
	} rows[] = {
		{SLICE("the store \"/a/j.db\" is locked"), "the store \"/a/j.db\" is locked",
		 "the store \\\"/a/j.db\\\" is locked"},
		{SLICE("a\nb\\"), "a\\nb\\\\", "a\\nb\\\\"},
		{SLICE("\x1b[2J\xff"), "\\x1b[2J\\xff", "\\u001b[2J\\ufffd"},
		{SLICE(""), "", ""},
	};
	char want[256];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		snprintf(want, sizeof(want), "1970-01-01T00:00:00.000Z %s\n", rows[i].as_text);
		ck_assert_str_eq(write_line(&text, LOG_LEVEL_INFO, 0, rows[i].sentence, NULL, 0),
				 want);
		snprintf(want, sizeof(want),
			 "{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"info\","
			 "\"message\":\"%s\"}\n",
			 rows[i].as_json);
		ck_assert_str_eq(write_line(&json, LOG_LEVEL_INFO, 0, rows[i].sentence, NULL, 0),
				 want);
	}
}
END_TEST

START_TEST(a_json_value_stands_in_json_lines_as_it_is)
{
	static char long_value[LOG_LINE_MAX];
	const struct log_field fields[] = {log_json("_aws", "{\"a\":[1]}"), log_int("n", 1)};
	struct log_field too_long;

	ck_assert_str_eq(write_line(&text, LOG_LEVEL_INFO, 0, slice_of("s"), fields, 2),
			 "1970-01-01T00:00:00.000Z s n=1\n");
	ck_assert_str_eq(
		write_line(&json, LOG_LEVEL_INFO, 0, slice_of("s"), fields, 2),
		"{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"info\",\"message\":\"s\","
		"\"_aws\":{\"a\":[1]},\"n\":1}\n");
	memset(long_value, '1', sizeof(long_value) - 1);
	too_long = log_json("_aws", long_value);
	ck_assert_str_eq(
		write_line(&json, LOG_LEVEL_INFO, 0, slice_of("s"), &too_long, 1),
		"{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"info\",\"message\":\"s\","
		"\"cut\":true}\n");
}
END_TEST

START_TEST(fields_have_types)
{
	const struct log_field fields[] = {
		log_int("least", INT64_MIN),
		log_int("ms", 3),
		log_uint("most", UINT64_MAX),
		log_bool("yes", true),
		log_bool("no", false),
		log_str("text", "3"),
		log_str("absent", NULL),
		log_slice("gone", (struct slice){NULL, 0}),
		log_slice("empty", slice_of("")),
	};

	ck_assert_str_eq(
		write_line(&text, LOG_LEVEL_INFO, 0, slice_of("s"), fields, N_ELEMENTS(fields)),
		"1970-01-01T00:00:00.000Z s least=-9223372036854775808 ms=3 "
		"most=18446744073709551615 yes=true no=false text=3 empty=\"\"\n");
	ck_assert_str_eq(
		write_line(&json, LOG_LEVEL_INFO, 0, slice_of("s"), fields, N_ELEMENTS(fields)),
		"{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"info\",\"message\":\"s\","
		"\"least\":-9223372036854775808,\"ms\":3,\"most\":18446744073709551615,"
		"\"yes\":true,\"no\":false,\"text\":\"3\",\"empty\":\"\"}\n");
}
END_TEST

/* What lies beside a member of the union is nobody's: gcc 15 leaves it as it was. */
START_TEST(value_is_read_as_what_its_type_says)
{
	struct log_field fields[3];

	memset(fields, 0xa5, sizeof(fields));
	fields[0].key = "yes";
	fields[0].type = LOG_TYPE_BOOL;
	fields[0].value.flag = true;
	fields[1].key = "least";
	fields[1].type = LOG_TYPE_INT;
	fields[1].value.integer = -1;
	fields[2].key = "most";
	fields[2].type = LOG_TYPE_UINT;
	fields[2].value.number = 1;
	ck_assert_str_eq(
		write_line(&text, LOG_LEVEL_INFO, 0, slice_of("s"), fields, N_ELEMENTS(fields)),
		"1970-01-01T00:00:00.000Z s yes=true least=-1 most=1\n");
}
END_TEST

/* Characters that take 1 to 12 bytes in the line, before each of the places where a cut may come.
 */
START_TEST(a_long_value_is_cut_between_characters_and_says_so)
{
	static const char *const units[] = {
		"x", "\"", "\x01", "\xc3\xbc", "\xf0\x9f\x98\x80", "\xff", "\xe2\x80\xae"};
	static char value[8 * LOG_VALUE_MAX];
	size_t i, shift, len;

	for (i = 0; i < N_ELEMENTS(units); i++)
		for (shift = 0; shift < 16; shift++) {
			struct log_field f;
			const char *got, *end = " cut=true\n";

			memset(value, 'y', shift);
			len = shift;
			while (len + strlen(units[i]) < sizeof(value)) {
				memcpy(value + len, units[i], strlen(units[i]));
				len += strlen(units[i]);
			}
			f = log_slice("v", (struct slice){value, len});
			got = write_line(&json, LOG_LEVEL_INFO, 0, slice_of("s"), &f, 1);
			ck_assert_ptr_nonnull(strstr(got, "...\",\"cut\":true}\n"));
			got = strstr(got, "\"v\":\"") + 5;
			ck_assert_uint_le(strlen(got),
					  LOG_VALUE_MAX + strlen("\",\"cut\":true}\n"));
			ck_assert_uint_gt(strlen(got), LOG_VALUE_MAX - 12);
			got = write_line(&text, LOG_LEVEL_INFO, 0, slice_of("s"), &f, 1);
			ck_assert_str_eq(got + strlen(got) - strlen(end), end);
			ck_assert_ptr_nonnull(strstr(got, "..."));
		}
}
END_TEST

START_TEST(a_value_that_just_fits_is_whole)
{
	static char value[LOG_VALUE_MAX + 2], want[LOG_LINE_MAX];
	struct log_field f;

	memset(value, 'x', LOG_VALUE_MAX);
	f = log_str("v", value);
	snprintf(want, sizeof(want), "1970-01-01T00:00:00.000Z s v=%s\n", value);
	ck_assert_str_eq(write_line(&text, LOG_LEVEL_INFO, 0, slice_of("s"), &f, 1), want);
	value[LOG_VALUE_MAX] = 'x';
	f = log_str("v", value);
	snprintf(want, sizeof(want), "1970-01-01T00:00:00.000Z s v=%.*s... cut=true\n",
		 LOG_VALUE_MAX - 3, value);
	ck_assert_str_eq(write_line(&text, LOG_LEVEL_INFO, 0, slice_of("s"), &f, 1), want);
}
END_TEST

/* More than a line can hold: values of any length up to the limit, so that the end of the line
 * comes everywhere. */
START_TEST(a_full_line_ends_well)
{
	static char long_text[LOG_SENTENCE_MAX * 2];
	static char keys[32][4];
	struct log_field fields[32];
	size_t i, len;

	memset(long_text, '"', sizeof(long_text) - 1);
	for (len = 0; len < LOG_VALUE_MAX + 10; len++) {
		const char *got;

		for (i = 0; i < N_ELEMENTS(fields); i++) {
			snprintf(keys[i], sizeof(keys[i]), "k%zu", i);
			fields[i] = i % 2 == 0 ? log_slice(keys[i], (struct slice){long_text, len})
					       : log_uint(keys[i], UINT64_MAX);
		}
		got = write_line(&text, LOG_LEVEL_WARN, NOW, slice_of(long_text), fields,
				 N_ELEMENTS(fields));
		ck_assert_ptr_nonnull(strstr(got, " cut=true\n"));
		got = write_line(&json, LOG_LEVEL_WARN, NOW, slice_of(long_text), fields,
				 N_ELEMENTS(fields));
		ck_assert_ptr_nonnull(strstr(got, "\"cut\":true}\n"));
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_line_begins_with_what_its_reader_does_not_know,
		times_are_of_utc_and_of_four_digits_a_year,
		any_value_stays_one_field,
		no_byte_and_no_pair_of_bytes_breaks_a_line,
		a_sentence_may_hold_quotes_and_nothing_that_ends_it,
		a_json_value_stands_in_json_lines_as_it_is,
		fields_have_types,
		value_is_read_as_what_its_type_says,
		a_long_value_is_cut_between_characters_and_says_so,
		a_value_that_just_fits_is_whole,
		a_full_line_ends_well,
	};

	return unit_run("log_line", tests, N_ELEMENTS(tests));
}
