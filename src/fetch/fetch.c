/* SPDX-License-Identifier: BSD-2-Clause */
#include "fetch/fetch.h"

#include <curl/curl.h>
#include <string.h>

#include "base/str.h"

static size_t on_fetch_body(char *data, size_t size, size_t n, void *arg)
{
	struct fetch_reply *reply = arg;
	size_t len = size * n;

	if (len > FETCH_BODY_MAX - reply->body_len)
		return 0;
	memcpy(reply->body + reply->body_len, data, len);
	reply->body_len += len;
	reply->body[reply->body_len] = '\0';
	return len;
}

static bool header_is(struct slice line, const char *name, const char *value)
{
	size_t name_len = strlen(name), value_len = strlen(value);
	struct slice rest;

	if (line.len < name_len + value_len ||
	    !slice_eq_nocase((struct slice){line.p, name_len}, name))
		return false;
	rest = slice_trim_start((struct slice){line.p + name_len, line.len - name_len}, STR_BLANKS);
	return rest.len >= value_len && slice_eq_nocase((struct slice){rest.p, value_len}, value);
}

static size_t on_fetch_header(char *data, size_t size, size_t n, void *arg)
{
	struct fetch_reply *reply = arg;
	struct slice line = {.p = data, .len = size * n};

	if (header_is(line, "transfer-encoding:", "chunked"))
		reply->is_chunked = true;
	if (header_is(line, "www-authenticate:", "basic"))
		reply->has_challenge = true;
	return line.len;
}

/* error: CURL_ERROR_SIZE bytes; not declared as an array, since libcurl's macros take its size. */
static void fetch_set_options(CURL *curl, const struct fetch_request *rq, struct fetch_reply *reply,
			      char *error)
{
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(curl, CURLOPT_URL, rq->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)rq->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "mooringctl/" MOORING_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_fetch_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_fetch_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, reply);
	if (rq->cacert != NULL)
		curl_easy_setopt(curl, CURLOPT_CAINFO, rq->cacert);
	if (rq->is_local) {
		curl_easy_setopt(curl, CURLOPT_PROXY, "");
		curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (rq->user != NULL) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(curl, CURLOPT_USERNAME, rq->user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, rq->password != NULL ? rq->password : "");
	}
}

static int fetch_explain(CURLcode code, const char *error, struct errinfo *ei)
{
	const char *text = *error != '\0' ? error : curl_easy_strerror(code);

	switch (code) {
	case CURLE_OK:
		return 0;
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(ei, ERR_TIMEOUT, "no reply in time: %s", text);
	case CURLE_WRITE_ERROR:
		return err_set(ei, ERR_LIMIT, "the reply is longer than %d bytes", FETCH_BODY_MAX);
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
		return err_set(ei, ERR_INVAL, "not an http or https URL");
	default:
		return err_set(ei, ERR_UNAVAILABLE, "%s", text);
	}
}

int fetch_get(const struct fetch_request *rq, struct fetch_reply *ret, struct errinfo *ei)
{
	char error[CURL_ERROR_SIZE] = "";
	CURL *curl = curl_easy_init();
	CURLcode code;

	memset(ret, 0, sizeof(*ret));
	if (curl == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	fetch_set_options(curl, rq, ret, error);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &ret->status);
	curl_easy_cleanup(curl);
	return fetch_explain(code, error, ei);
}
