/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log_line.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Room that is kept for the end of every line: ","cut":true} and the newline. */
enum { TAIL_MAX = 16, ROOM = LOG_LINE_MAX - TAIL_MAX };
/* The longest that one character becomes: \xNN for each of its four bytes. */
enum { UNIT_MAX = 16 };
enum { NUMBER_MAX = 24 };

#define YEAR_10000_MS INT64_C(253402300800000)

static const char ellipsis[] = "...";
enum { ELLIPSIS_LEN = sizeof(ellipsis) - 1 };

static const char *const level_name[] = {"error", "warning", "info", "debug"};
/* syslog(3) priorities: err, warning, info, debug. */
static const int level_priority[] = {3, 4, 6, 7};

struct line {
	char *out;
	size_t len;
	enum log_format format;
	bool is_cut;
};

static void log_line_put(struct line *l, const char *s, size_t len)
{
	memcpy(l->out + l->len, s, len);
	l->len += len;
}

static void puts_to(struct line *l, const char *s)
{
	log_line_put(l, s, strlen(s));
}

static uint32_t code_point(const unsigned char *p, size_t len)
{
	static const unsigned char lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t c = p[0] & lead_bits[len];
	size_t i;

	for (i = 1; i < len; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

/* Characters that are no text: they steer a terminal, end a line for some reader, or turn what
 * follows around (Unicode's Bidi_Control). */
static bool log_line_is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static size_t short_escape(char c, char unit[UNIT_MAX])
{
	unit[0] = '\\';
	unit[1] = c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : c;
	return 2;
}

/* \xNN for each byte. */
static size_t byte_escapes(const unsigned char *p, size_t len, char unit[UNIT_MAX])
{
	size_t i;

	for (i = 0; i < len; i++) {
		unit[4 * i] = '\\';
		unit[4 * i + 1] = 'x';
		unit[4 * i + 2] = "0123456789abcdef"[p[i] >> 4];
		unit[4 * i + 3] = "0123456789abcdef"[p[i] & 15];
	}
	return 4 * len;
}

static size_t json_escape(uint32_t c, char unit[UNIT_MAX])
{
	/* Every control character is in the Basic Multilingual Plane. */
	return (size_t)snprintf(unit, UNIT_MAX, "\\u%04x", (unsigned)(c & 0xffff));
}

/* The character that s begins with, or the byte that begins none, as the line has it. Returns how
 * much of s that was. */
static size_t encode(enum log_format format, bool quoted, struct slice s, char unit[UNIT_MAX],
		     size_t *ret_len)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t len = str_utf8_length(s), used = len > 0 ? len : 1;
	uint32_t c = len > 0 ? code_point(p, len) : 0xfffd;
	bool json = format == LOG_FORMAT_JSON;

	if (c == '\\' || (c == '"' && quoted) || c == '\n' || c == '\r' || c == '\t') {
		*ret_len = short_escape(s.p[0], unit);
	} else if (len == 0 || log_line_is_control(c)) {
		*ret_len = json ? json_escape(c, unit) : byte_escapes(p, used, unit);
	} else {
		memcpy(unit, p, len);
		*ret_len = len;
	}
	return used;
}

/* At most max bytes of output. */
static void put_string(struct line *l, bool quoted, struct slice s, size_t max)
{
	size_t end = l->len + max < ROOM ? l->len + max : ROOM;
	size_t fits = l->len, len, used; /* fits: the last end of a character before an ellipsis */
	char unit[UNIT_MAX];

	for (; s.len > 0; s.p += used, s.len -= used) {
		used = encode(l->format, quoted, s, unit, &len);
		if (l->len + len > end) {
			l->len = fits;
			log_line_put(l, ellipsis, ELLIPSIS_LEN);
			l->is_cut = true;
			return;
		}
		log_line_put(l, unit, len);
		if (l->len + ELLIPSIS_LEN <= end)
			fits = l->len;
	}
}

static bool log_line_is_plain_char(char c)
{
	return c > ' ' && c <= '~' && c != '"' && c != '=' && c != '\\';
}

static bool is_plain(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!log_line_is_plain_char(s.p[i]))
			return false;
	return s.len > 0;
}

static void put_string_value(struct line *l, struct slice s)
{
	bool plain = is_plain(s), quoted = l->format == LOG_FORMAT_JSON || !plain;

	if (quoted)
		puts_to(l, "\"");
	/* Most values are as they stand in the line. */
	if (plain && s.len <= LOG_VALUE_MAX && l->len + s.len <= ROOM)
		log_line_put(l, s.p, s.len);
	else
		put_string(l, quoted, s, LOG_VALUE_MAX);
	if (quoted)
		puts_to(l, "\"");
}

/* Without snprintf(), which takes a tenth of an update's time; at least so many digits. */
static void put_number(struct line *l, uint64_t number, size_t digits)
{
	char text[NUMBER_MAX];
	size_t at = sizeof(text);

	for (; number > 0 || digits > 0; number /= 10, digits -= digits > 0)
		text[--at] = (char)('0' + number % 10);
	log_line_put(l, text + at, sizeof(text) - at);
}

static void put_integer(struct line *l, int64_t integer)
{
	if (integer < 0)
		puts_to(l, "-");
	put_number(l, integer < 0 ? -(uint64_t)integer : (uint64_t)integer, 1);
}

static void put_value(struct line *l, const struct log_field *f)
{
	switch (f->type) {
	case LOG_TYPE_STRING:
		put_string_value(l, f->value.string);
		break;
	case LOG_TYPE_INT:
		put_integer(l, f->value.integer);
		break;
	case LOG_TYPE_UINT:
		put_number(l, f->value.number, 1);
		break;
	case LOG_TYPE_BOOL:
		puts_to(l, f->value.flag ? "true" : "false");
		break;
	case LOG_TYPE_JSON:
		log_line_put(l, f->value.string.p, f->value.string.len);
		break;
	}
}

static void put_field(struct line *l, const struct log_field *f)
{
	/* Quotes, colon, comma; then any number, or the shortest string and its ellipsis. */
	size_t least = strlen(f->key) + 6 + NUMBER_MAX;

	if (f->type == LOG_TYPE_STRING && f->value.string.p == NULL)
		return;
	if (f->type == LOG_TYPE_JSON) {
		if (l->format != LOG_FORMAT_JSON)
			return;
		least += f->value.string.len;
	}
	if (l->len + least > ROOM) {
		l->is_cut = true;
		return;
	}
	puts_to(l, l->format == LOG_FORMAT_JSON ? ",\"" : " ");
	puts_to(l, f->key);
	puts_to(l, l->format == LOG_FORMAT_JSON ? "\":" : "=");
	put_value(l, f);
}

static void put_part(struct line *l, int part, size_t digits, const char *end)
{
	put_number(l, (uint64_t)part, digits);
	puts_to(l, end);
}

/* RFC 3339 in UTC, which knows the years 0 to 9999. */
static void put_time(struct line *l, int64_t time_ms)
{
	int64_t ms = time_ms < 0 ? 0 : time_ms < YEAR_10000_MS ? time_ms : YEAR_10000_MS - 1;
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm = {.tm_mday = 1};

	gmtime_r(&seconds, &tm);
	put_part(l, tm.tm_year + 1900, 4, "-");
	put_part(l, tm.tm_mon + 1, 2, "-");
	put_part(l, tm.tm_mday, 2, "T");
	put_part(l, tm.tm_hour, 2, ":");
	put_part(l, tm.tm_min, 2, ":");
	put_part(l, tm.tm_sec, 2, ".");
	put_part(l, (int)(ms % 1000), 3, "Z");
}

static void put_priority(struct line *l, const struct log_style *style, enum log_level level)
{
	const char text[] = {'<', (char)('0' + level_priority[level]), '>'};

	if (style->reader == LOG_READER_JOURNAL)
		log_line_put(l, text, sizeof(text));
}

static void put_text_head(struct line *l, const struct log_style *style, enum log_level level,
			  int64_t time_ms)
{
	if (style->reader == LOG_READER_JOURNAL)
		return;
	if (style->reader == LOG_READER_FILE) {
		put_time(l, time_ms);
		puts_to(l, " ");
	}
	if (level != LOG_LEVEL_INFO) {
		puts_to(l, level_name[level]);
		puts_to(l, ": ");
	}
}

static void put_json_head(struct line *l, enum log_level level, int64_t time_ms)
{
	puts_to(l, "{\"time\":\"");
	put_time(l, time_ms);
	puts_to(l, "\",\"level\":\"");
	puts_to(l, level_name[level]);
	puts_to(l, "\",\"message\":\"");
}

size_t log_line(char out[LOG_LINE_MAX], const struct log_style *style, enum log_level level,
		int64_t time_ms, struct slice sentence, const struct log_field *fields, size_t n)
{
	struct line l = {.out = out, .format = style->format};
	bool json = style->format == LOG_FORMAT_JSON;
	size_t i;

	put_priority(&l, style, level);
	if (json)
		put_json_head(&l, level, time_ms);
	else
		put_text_head(&l, style, level, time_ms);
	put_string(&l, json, sentence, LOG_SENTENCE_MAX);
	if (json)
		puts_to(&l, "\"");
	for (i = 0; i < n; i++)
		put_field(&l, &fields[i]);
	if (l.is_cut)
		puts_to(&l, json ? ",\"cut\":true" : " cut=true");
	puts_to(&l, json ? "}\n" : "\n");
	return l.len;
}
