/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/text.h"

/* Of the character of len bytes: C0, DEL, or C1, which is U+0080 to U+009F. */
static bool text_has_control(const unsigned char *p, size_t len)
{
	if (len == 1)
		return p[0] < 0x20 || p[0] == 0x7f;
	return len == 2 && p[0] == 0xc2 && p[1] < 0xa0;
}

bool text_is_printable(struct slice s)
{
	size_t len;

	for (; s.len > 0; s.p += len, s.len -= len) {
		len = str_utf8_length(s);
		if (len == 0 || text_has_control((const unsigned char *)s.p, len))
			return false;
	}
	return true;
}

bool text_is_ascii(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

const char *text_show(char *out, size_t cap, struct slice s)
{
	if (!text_is_printable(s) || str_copy(out, cap, s) != 0)
		str_printable(out, cap, s);
	return out;
}
