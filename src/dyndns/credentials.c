/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/query.h"

#include <string.h>

#include "base/err.h"
#include "base/str.h"

enum { PAIR_MAX = QUERY_USER_MAX + 1 + QUERY_PASSWORD_MAX };

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct slice trim(struct slice s)
{
	while (s.len > 0 && is_blank(s.p[0]))
		s = (struct slice){s.p + 1, s.len - 1};
	while (s.len > 0 && is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

static bool has_control(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

/* The bytes of the sequence that c leads, 0 when it cannot lead one (RFC 3629 §4). */
static size_t utf8_length(unsigned char c)
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
static bool is_second(unsigned char lead, unsigned char c)
{
	unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
	unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;

	return c >= low && c <= high;
}

static bool is_utf8(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i, k, n;

	for (i = 0; i < s.len; i += n) {
		n = utf8_length(p[i]);
		if (n == 0 || n > s.len - i)
			return false;
		if (n > 1 && !is_second(p[i], p[i + 1]))
			return false;
		for (k = 2; k < n; k++)
			if ((p[i + k] & 0xc0) != 0x80)
				return false;
	}
	return true;
}

static int split_pair(struct slice pair, struct query_credentials *ret)
{
	struct slice user, password;

	if (!slice_cut(pair, ':', &user, &password) || user.len == 0)
		return ERR_INVAL;
	if (has_control(pair) || !is_utf8(user))
		return ERR_INVAL;
	if (str_copy(ret->user, sizeof(ret->user), user) != 0 ||
	    str_copy(ret->password, sizeof(ret->password), password) != 0)
		return ERR_INVAL;
	ret->password_len = password.len;
	return 0;
}

int dyndns_credentials_parse(struct slice header, struct query_credentials *ret)
{
	char pair[PAIR_MAX];
	struct slice scheme, base64;
	size_t len = 0;
	int r = ERR_INVAL;

	memset(ret, 0, sizeof(*ret));
	if (slice_cut(trim(header), ' ', &scheme, &base64) && slice_eq_nocase(scheme, "basic") &&
	    str_base64_decode(trim(base64), pair, sizeof(pair), &len) == 0)
		r = split_pair((struct slice){pair, len}, ret);
	explicit_bzero(pair, sizeof(pair));
	if (r != 0)
		explicit_bzero(ret, sizeof(*ret));
	return r;
}
