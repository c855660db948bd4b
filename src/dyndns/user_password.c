/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/user_password.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

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

static void keep_user(struct slice user, struct query_refusal *why)
{
	why->user_len = user.len < sizeof(why->user) ? user.len : sizeof(why->user);
	memcpy(why->user, user.p, why->user_len);
}

/* Why login and password are refused: the first reason, or NULL. */
static const char *find_fault(struct slice user, struct slice password)
{
	if (user.len == 0)
		return "the login is empty";
	if (user.len > QUERY_USER_MAX)
		return "the login is longer than 128 bytes";
	if (slice_has_control(user))
		return "the login has a control character";
	if (password.len > QUERY_PASSWORD_MAX)
		return "the password is longer than 256 bytes";
	if (slice_has_control(password))
		return "the password has a control character";
	return NULL;
}

/* Without a colon nobody knows whether the text is a login or a password: it is not kept. */
static int split_pair(struct slice pair, struct query_credentials *ret, struct query_refusal *why)
{
	struct slice user, password;

	if (!slice_cut(pair, ':', &user, &password)) {
		why->reason = pair.len < CREDENTIALS_PAIR_MAX
				      ? "no colon between login and password"
				      : "login and password are too long";
		return ERR_INVAL;
	}
	why->reason = find_fault(user, password);
	if (why->reason != NULL) {
		keep_user(user, why);
		return ERR_INVAL;
	}
	str_copy(ret->user, sizeof(ret->user), user);
	str_copy(ret->password, sizeof(ret->password), password);
	ret->password_len = password.len;
	return 0;
}

/* The standard leaves the character set open (RFC 7617 §2.1), and a client has one for both:
 * Python's requests and .NET take Latin-1, in which every byte is the character of that number. In
 * place. */
static size_t latin1_to_utf8(char *text, size_t len)
{
	size_t i, n = len, out;

	for (i = 0; i < len; i++)
		n += (unsigned char)text[i] >= 0x80;
	for (i = len, out = n; i-- > 0;) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x80) {
			text[--out] = (char)(0x80 | (c & 0x3f));
			c = (unsigned char)(0xc0 | c >> 6);
		}
		text[--out] = (char)c;
	}
	return n;
}

int credentials_from_pair(char pair[CREDENTIALS_PAIR_ROOM], size_t len,
			  struct query_credentials *ret, struct query_refusal *why)
{
	if (len <= CREDENTIALS_PAIR_MAX && !is_utf8((struct slice){pair, len}))
		len = latin1_to_utf8(pair, len);
	return split_pair((struct slice){pair, len}, ret, why);
}
