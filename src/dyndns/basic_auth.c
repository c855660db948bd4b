/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/basic_auth.h"

#include <string.h>

#include "base/err.h"
#include "base/str.h"

/* Bytes of the longest "login:password", and of the same from a client that sends Latin-1: each of
 * its bytes may become two. */
enum { PAIR_MAX = QUERY_USER_MAX + 1 + QUERY_PASSWORD_MAX, PAIR_ROOM = 2 * (PAIR_MAX + 1) };

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
		why->reason = pair.len < PAIR_MAX ? "no colon between login and password"
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

/* Decodes Basic credentials into pair. Of a text that is too long only the beginning is stored:
 * PAIR_MAX + 1 bytes. */
static int decode(struct slice header, char pair[PAIR_ROOM], size_t *ret_len,
		  struct query_refusal *why)
{
	struct slice scheme, base64;
	int err;

	if (header.len == 0) {
		why->reason = "no Authorization header";
		return ERR_INVAL;
	}
	if (!slice_cut(header, ' ', &scheme, &base64) || !slice_eq_nocase(scheme, "basic")) {
		why->reason = "the Authorization is not of the Basic scheme";
		return ERR_INVAL;
	}
	err = str_base64_decode(slice_trim(base64, STR_BLANKS), pair, PAIR_MAX + 1, ret_len);
	if (err == ERR_LIMIT)
		*ret_len = PAIR_MAX + 1;
	else if (err != 0)
		why->reason = "the credentials are not base64";
	return err == ERR_LIMIT ? 0 : err;
}

int dyndns_basic_auth_parse(struct slice header, struct query_credentials *ret,
			    struct query_refusal *why)
{
	char pair[PAIR_ROOM];
	size_t len = 0;
	int err;

	memset(ret, 0, sizeof(*ret));
	memset(why, 0, sizeof(*why));
	err = decode(slice_trim(header, STR_BLANKS), pair, &len, why);
	if (err == 0 && len <= PAIR_MAX && !is_utf8((struct slice){pair, len}))
		len = latin1_to_utf8(pair, len);
	if (err == 0)
		err = split_pair((struct slice){pair, len}, ret, why);
	explicit_bzero(pair, sizeof(pair));
	if (err != 0)
		explicit_bzero(ret, sizeof(*ret));
	return err;
}
