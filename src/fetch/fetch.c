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

	if (line.len <= FETCH_HEAD_MAX - reply->head_len) {
		memcpy(reply->head + reply->head_len, data, line.len);
		reply->head_len += line.len;
		reply->head[reply->head_len] = '\0';
	}
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
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	/* What most routers speak, and none of them HTTP/2. */
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION,
			 rq->is_old ? (long)CURL_HTTP_VERSION_1_0 : (long)CURL_HTTP_VERSION_1_1);
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

/* POST and PUT without a body have a length of 0, as libraries for HTTP send them. */
static void fetch_set_body(CURL *curl, const struct fetch_request *rq)
{
	bool may_have = rq->method != NULL &&
			(strcmp(rq->method, "POST") == 0 || strcmp(rq->method, "PUT") == 0);

	if (rq->body != NULL || may_have)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, rq->body != NULL ? rq->body : "");
	if (rq->method != NULL)
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, rq->method);
}

/* 0 or ERR_NOMEM; the caller frees *ret. */
static int fetch_set_lines(CURL *curl, const struct fetch_request *rq, struct curl_slist **ret)
{
	size_t i;

	for (i = 0; i < FETCH_LINES_MAX && rq->lines[i] != NULL; i++) {
		struct curl_slist *more = curl_slist_append(*ret, rq->lines[i]);

		if (more == NULL)
			return ERR_NOMEM;
		*ret = more;
	}
	if (*ret != NULL)
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *ret);
	return 0;
}

static int fetch_explain(CURLcode code, bool is_connected, const char *error, struct errinfo *ei)
{
	const char *text = *error != '\0' ? error : curl_easy_strerror(code);

	switch (code) {
	case CURLE_OK:
		return 0;
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(ei, ERR_TIMEOUT, "no reply in time: %s", text);
	case CURLE_WRITE_ERROR:
		return err_set(ei, ERR_LIMIT, "the reply is longer than %d bytes", FETCH_BODY_MAX);
	case CURLE_UNSUPPORTED_PROTOCOL: /* and a reply that is none, or of HTTP/0.9 */
	case CURLE_URL_MALFORMAT:
		if (is_connected)
			return err_set(ei, ERR_UNAVAILABLE, "the reply is not HTTP: %s", text);
		return err_set(ei, ERR_INVAL, "not an http or https URL");
	default:
		return err_set(ei, ERR_UNAVAILABLE, "%s", text);
	}
}

int fetch_ask(const struct fetch_request *rq, struct fetch_reply *ret, struct errinfo *ei)
{
	char error[CURL_ERROR_SIZE] = "";
	struct curl_slist *lines = NULL;
	CURL *curl = curl_easy_init();
	CURLcode code = CURLE_OUT_OF_MEMORY;
	const char *peer = NULL, *local = NULL;
	bool is_connected;

	memset(ret, 0, sizeof(*ret));
	if (curl == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	fetch_set_options(curl, rq, ret, error);
	fetch_set_body(curl, rq);
	if (fetch_set_lines(curl, rq, &lines) == 0)
		code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &ret->status);
	curl_easy_getinfo(curl, CURLINFO_PRIMARY_IP, &peer);
	is_connected = peer != NULL && *peer != '\0';
	if (curl_easy_getinfo(curl, CURLINFO_LOCAL_IP, &local) == CURLE_OK && local != NULL)
		str_copy(ret->local_ip, sizeof(ret->local_ip), slice_of(local));
	curl_easy_cleanup(curl);
	curl_slist_free_all(lines);
	return fetch_explain(code, is_connected, error, ei);
}

int fetch_check(struct errinfo *ei)
{
	(void)ei;
	return 0;
}

const char *fetch_libcurl_version(void)
{
	return curl_version_info(CURLVERSION_NOW)->version;
}
