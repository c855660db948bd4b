/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/secret_given.h"

#include <string.h>

#include "account/text.h"
#include "dyndns/user_password.h"

/* Django's "crypt$$" and the 13 characters of DES: no other is shorter. "pa$$word" and "$ecret$1"
 * are what a person chose. */
enum { HASH_MIN = 20 };

#define LOWER_CHARS "abcdefghijklmnopqrstuvwxyz0123456789"
#define UPPER_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

int secret_given_check(struct slice secret, struct errinfo *ei)
{
	if (secret.len < SECRET_GIVEN_MIN)
		return err_set(ei, ERR_INVAL, "the secret is shorter than %d bytes",
			       SECRET_GIVEN_MIN);
	if (secret.len > QUERY_PASSWORD_MAX)
		return err_set(ei, ERR_LIMIT, "the secret is longer than %d bytes",
			       QUERY_PASSWORD_MAX);
	if (!text_is_printable(secret))
		return err_set(ei, ERR_INVAL,
			       "the secret holds a control character or is not UTF-8");
	return 0;
}

/* Cuts the name of a method, of these characters, and the one behind it off. */
static bool cut_method(struct slice *s, const char *chars, char end)
{
	size_t n = 0;

	while (n < s->len && s->p[n] != '\0' && strchr(chars, s->p[n]) != NULL)
		n++;
	if (n == 0 || n == s->len || s->p[n] != end)
		return false;
	*s = (struct slice){s->p + n + 1, s->len - n - 1};
	return true;
}

bool secret_given_looks_hashed(struct slice secret)
{
	struct slice rest;

	if (secret.len == 0)
		return false;
	rest = (struct slice){secret.p + 1, secret.len - 1};
	if (secret.p[0] == '{')
		return cut_method(&rest, UPPER_CHARS LOWER_CHARS "-_.", '}') && rest.len > 0;
	if (secret.len < HASH_MIN)
		return false;
	if (secret.p[0] == '$')
		return cut_method(&rest, UPPER_CHARS LOWER_CHARS "-_.,=", '$') && rest.len > 0;
	return cut_method(&secret, LOWER_CHARS "-_.:", '$') &&
	       memchr(secret.p, '$', secret.len) != NULL;
}
