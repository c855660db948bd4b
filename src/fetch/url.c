/* SPDX-License-Identifier: BSD-2-Clause */
#include "fetch/url.h"

#include <curl/curl.h>
#include <string.h>

#include "base/err.h"

static char *url_part(CURLU *url, CURLUPart part)
{
	char *text = NULL;

	return curl_url_get(url, part, &text, 0) == CURLUE_OK ? text : NULL;
}

int fetch_url_split(const char *text, struct fetch_url *ret)
{
	CURLU *url = curl_url();
	int err = ERR_INVAL;

	memset(ret, 0, sizeof(*ret));
	if (url == NULL)
		return ERR_NOMEM;
	if (curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK) {
		ret->scheme = url_part(url, CURLUPART_SCHEME);
		ret->user = url_part(url, CURLUPART_USER);
		ret->password = url_part(url, CURLUPART_PASSWORD);
		ret->host = url_part(url, CURLUPART_HOST);
		ret->port = url_part(url, CURLUPART_PORT);
		ret->path = url_part(url, CURLUPART_PATH);
		err = 0;
	}
	curl_url_cleanup(url);
	return err;
}

void fetch_url_fini(struct fetch_url *u)
{
	curl_free(u->scheme);
	curl_free(u->user);
	curl_free(u->password);
	curl_free(u->host);
	curl_free(u->port);
	curl_free(u->path);
}
