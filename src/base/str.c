/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

struct slice slice_of(const char *s)
{
	return (struct slice){.p = s, .len = s != NULL ? strlen(s) : 0};
}

bool slice_eq(struct slice s, const char *text)
{
	return s.len == strlen(text) && (s.len == 0 || memcmp(s.p, text, s.len) == 0);
}

char str_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool slice_eq_nocase(struct slice s, const char *text)
{
	size_t i;

	if (s.len != strlen(text))
		return false;
	for (i = 0; i < s.len; i++)
		if (str_lower(s.p[i]) != str_lower(text[i]))
			return false;
	return true;
}

bool slice_cut(struct slice s, char sep, struct slice *ret_head, struct slice *ret_tail)
{
	const char *at = s.len > 0 ? memchr(s.p, sep, s.len) : NULL;
	size_t before = at != NULL ? (size_t)(at - s.p) : s.len;

	*ret_head = (struct slice){s.p, before};
	*ret_tail = (struct slice){NULL, 0};
	if (at != NULL)
		*ret_tail = (struct slice){at + 1, s.len - before - 1};
	return at != NULL;
}

static bool is_in(const char *set, char c)
{
	return memchr(set, c, strlen(set)) != NULL;
}

struct slice slice_trim_start(struct slice s, const char *set)
{
	while (s.len > 0 && is_in(set, s.p[0]))
		s = (struct slice){s.p + 1, s.len - 1};
	return s;
}

struct slice slice_trim(struct slice s, const char *set)
{
	s = slice_trim_start(s, set);
	while (s.len > 0 && is_in(set, s.p[s.len - 1]))
		s.len--;
	return s;
}

int str_parse_uint(struct slice s, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;
	size_t i;

	if (s.len == 0)
		return ERR_INVAL;
	for (i = 0; i < s.len; i++) {
		uint64_t digit = (uint64_t)(unsigned char)s.p[i] - '0';

		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return ERR_INVAL;
		value = value * 10 + digit;
	}
	if (value > max)
		return ERR_INVAL;
	*ret = value;
	return 0;
}

int str_copy(char *out, size_t cap, struct slice s)
{
	out[0] = '\0';
	if (s.len >= cap)
		return ERR_LIMIT;
	if (s.len > 0 && memchr(s.p, '\0', s.len) != NULL)
		return ERR_INVAL;
	if (s.len > 0)
		memcpy(out, s.p, s.len);
	out[s.len] = '\0';
	return 0;
}

void str_hex(char *out, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = data;
	size_t i;

	for (i = 0; i < len; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int str_base64_decode(struct slice s, void *out, size_t cap, size_t *ret_len)
{
	unsigned char *p = out;
	uint32_t bits = 0;
	unsigned n_bits = 0;
	size_t i, n = 0, len = s.len;

	while (len > 0 && s.len - len < 2 && s.p[len - 1] == '=')
		len--;
	if (len % 4 == 1 || (len != s.len && s.len % 4 != 0))
		return ERR_INVAL;
	for (i = 0; i < len; i++) {
		int v = base64_value(s.p[i]);

		if (v < 0)
			return ERR_INVAL;
		bits = (bits << 6 | (uint32_t)v) & 0xffffff;
		n_bits += 6;
		if (n_bits < 8)
			continue;
		n_bits -= 8;
		if (n >= cap)
			return ERR_LIMIT;
		p[n++] = (unsigned char)(bits >> n_bits & 0xff);
	}
	*ret_len = n;
	return 0;
}

int str_hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = str_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int str_unhex(struct slice hex, unsigned char *out, size_t cap, size_t *ret_len)
{
	size_t i;

	if (hex.len % 2 != 0 || hex.len / 2 > cap)
		return ERR_INVAL;
	for (i = 0; i < hex.len / 2; i++) {
		int high = str_hex_value(hex.p[2 * i]), low = str_hex_value(hex.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return ERR_INVAL;
		out[i] = (unsigned char)(high << 4 | low);
	}
	*ret_len = hex.len / 2;
	return 0;
}

int str_form_decode(struct slice s, char *out, size_t *ret_len)
{
	size_t i, n = 0;

	for (i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (c == '%') {
			int hi = s.len - i > 2 ? str_hex_value(s.p[i + 1]) : -1;
			int lo = s.len - i > 2 ? str_hex_value(s.p[i + 2]) : -1;

			if (hi < 0 || lo < 0)
				return ERR_INVAL;
			c = (char)(hi << 4 | lo);
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		out[n++] = c;
	}
	*ret_len = n;
	return 0;
}

/* The bytes of the sequence that c leads, 0 when it cannot lead one. */
static size_t utf8_led_by(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

/* The range of the second byte shuts out overlong forms, surrogates and what is above U+10FFFF. */
static bool is_utf8_second(unsigned char lead, unsigned char c)
{
	unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
	unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;

	return c >= low && c <= high;
}

size_t str_utf8_length(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i, n = s.len > 0 ? utf8_led_by(p[0]) : 0;

	if (n > s.len || (n > 1 && !is_utf8_second(p[0], p[1])))
		return 0;
	for (i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

void str_free_secret(char *s)
{
	if (s != NULL)
		explicit_bzero(s, strlen(s));
	free(s);
}

const char *str_printable(char *out, size_t cap, struct slice s)
{
	size_t i, n = 0;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool plain = c >= 0x20 && c < 0x7f && c != '\\' && c != '"';

		if (n + (plain ? 1 : 4) + 4 > cap) {
			memcpy(out + n, "...", 3);
			n += 3;
			break;
		}
		if (plain)
			out[n++] = (char)c;
		else
			n += (size_t)snprintf(out + n, cap - n, "\\x%02x", c);
	}
	out[n] = '\0';
	return out;
}

bool slice_has_control(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}
