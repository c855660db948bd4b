/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/token_url.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret_file.h"
#include "base/str.h"

static const char place[] = "{token}";
enum { PLACE_LEN = sizeof(place) - 1 };

bool token_url_has_place(const char *url)
{
	return strstr(url, place) != NULL;
}

static size_t count_places(const char *url)
{
	size_t n = 0;

	while ((url = strstr(url, place)) != NULL) {
		url += PLACE_LEN;
		n++;
	}
	return n;
}

/* Not by a struct buf, which leaves what it held where it was when it grows. */
static char *put_in(const char *url, const char *token)
{
	const size_t token_len = strlen(token);
	char *ret = malloc(strlen(url) + count_places(url) * token_len + 1);
	char *out = ret;
	const char *at;

	if (ret == NULL)
		return NULL;
	for (; (at = strstr(url, place)) != NULL; url = at + PLACE_LEN) {
		memcpy(out, url, (size_t)(at - url));
		out += at - url;
		memcpy(out, token, token_len);
		out += token_len;
	}
	memcpy(out, url, strlen(url) + 1);
	return ret;
}

int token_url_make(const char *url, const char *path, char **ret, struct errinfo *ei)
{
	char *token = NULL;
	int err = secret_file_read_line("token-file", path, TOKEN_URL_SECRET_MAX, &token, ei);

	if (err != 0)
		return err;
	if (strpbrk(token, " \"<>\\^`{|}#") != NULL)
		err = err_set(ei, ERR_INVAL,
			      "token-file: %s: the token has a character that no URL has", path);
	else if ((*ret = put_in(url, token)) == NULL)
		err = err_set(ei, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	str_free_secret(token);
	return err;
}
