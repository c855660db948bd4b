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

static bool is_utf8(struct slice s)
{
	size_t n;

	for (; s.len > 0; s.p += n, s.len -= n) {
		n = str_utf8_length(s);
		if (n == 0)
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
