/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/text.h"

enum { UNICODE_MAX = 0x10ffff };

/* Length of the sequence that a first byte announces; 0 for a byte that begins none. */
static size_t sequence_len(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/* The code point at the start of s and its length in bytes; false when there is none. */
static bool decode(struct slice s, uint32_t *ret, size_t *ret_len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = (unsigned char)s.p[0];
	size_t i, len = sequence_len(first);
	uint32_t c = len == 1 ? first : first & (0x7fu >> len);

	if (len == 0 || len > s.len)
		return false;
	for (i = 1; i < len; i++) {
		unsigned char more = (unsigned char)s.p[i];

		if ((more & 0xc0) != 0x80)
			return false;
		c = c << 6 | (more & 0x3fu);
	}
	if (c < least[len] || c > UNICODE_MAX || (c >= 0xd800 && c < 0xe000))
		return false;
	*ret = c;
	*ret_len = len;
	return true;
}

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

bool text_is_printable(struct slice s)
{
	uint32_t c;
	size_t len;

	while (s.len > 0) {
		if (!decode(s, &c, &len) || is_control(c))
			return false;
		s.p += len;
		s.len -= len;
	}
	return true;
}
