/* SPDX-License-Identifier: BSD-2-Clause */
#include "fetch/mail.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/log.h"
#include "fetch/libcurl.h"
#include "fetch/multi.h"

enum { CONNECTIONS_MAX = 2 };

struct fetch_mails {
	struct fetch_multi *multi;
	LIST_HEAD(, fetch_mail) all;
	bool is_breaking; /* within on_mails_broken(), which then frees instead of close */
	bool is_closed;
};

struct fetch_mail {
	struct fetch_mails *owner;
	LIST_ENTRY(fetch_mail) link;
	CURL *easy;
	struct curl_slist *recipients;
	struct slice rest; /* of the message */
	bool was_read;	   /* some of it */
	fetch_mail_fn *done;
	void *arg;
	char curl_text[CURL_ERROR_SIZE];
};

static size_t on_mail_read(char *out, size_t size, size_t n, void *arg)
{
	struct fetch_mail *m = arg;
	size_t len = size * n < m->rest.len ? size * n : m->rest.len;

	m->was_read = true;
	memcpy(out, m->rest.p, len);
	m->rest = (struct slice){m->rest.p + len, m->rest.len - len};
	return len;
}

static int add_recipients(struct fetch_mail *m, const struct fetch_mail_request *req)
{
	struct curl_slist *longer;
	size_t i;

	for (i = 0; i < req->n_recipients; i++) {
		longer = curl_slist_append(m->recipients, req->recipients[i]);
		if (longer == NULL)
			return ERR_NOMEM;
		m->recipients = longer;
	}
	return 0;
}

/* A kept connection would be one to a server that may have ended it: each mail has its own. */
static CURLcode set_connection(CURL *c, const struct fetch_mail_request *req)
{
	CURLcode bad = CURLE_OK;

	bad |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	bad |= curl_easy_setopt(c, CURLOPT_PROXY, "");
	bad |= curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_USE_SSL,
				(long)(req->is_plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
	bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	bad |= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (req->ca_file != NULL)
		bad |= curl_easy_setopt(c, CURLOPT_CAINFO, req->ca_file);
	return bad;
}

static CURLcode set_mail(struct fetch_mail *m, const struct fetch_mail_request *req)
{
	CURL *c = m->easy;
	CURLcode bad = set_connection(c, req);

	bad |= curl_easy_setopt(c, CURLOPT_URL, req->url);
	bad |= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)req->timeout_ms);
	bad |= curl_easy_setopt(c, CURLOPT_MAIL_FROM, req->from);
	bad |= curl_easy_setopt(c, CURLOPT_MAIL_RCPT, m->recipients);
	bad |= curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)req->message.len);
	bad |= curl_easy_setopt(c, CURLOPT_READFUNCTION, on_mail_read);
	bad |= curl_easy_setopt(c, CURLOPT_READDATA, m);
	bad |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, m->curl_text);
	bad |= curl_easy_setopt(c, CURLOPT_PRIVATE, m);
	if (req->user == NULL)
		return bad;
	bad |= curl_easy_setopt(c, CURLOPT_USERNAME, req->user);
	bad |= curl_easy_setopt(c, CURLOPT_PASSWORD, req->password);
	return bad;
}

static void mail_free(struct fetch_mail *m)
{
	if (m->easy != NULL)
		curl_easy_cleanup(m->easy);
	curl_slist_free_all(m->recipients);
	free(m);
}

static void mail_release(struct fetch_mail *m)
{
	LIST_REMOVE(m, link);
	fetch_multi_remove(m->owner->multi, m->easy);
}

/* By its greeting (RFC 5321 §3.1), or by its answer to EHLO and HELO. curl has the first code for
 * what it says behind the message, too. */
static bool is_turned_away(CURLcode code, bool was_read)
{
	return code == CURLE_REMOTE_ACCESS_DENIED ||
	       (code == CURLE_WEIRD_SERVER_REPLY && !was_read);
}

/* curl tells a refusal by several codes; the server's own says more. */
static enum fetch_mail_result mail_result(CURLcode code, long answered, bool was_read)
{
	const bool is_refused = answered >= 400 && answered < 600;

	switch (code) {
	case CURLE_OK:
		return FETCH_MAIL_DONE;
	case CURLE_OPERATION_TIMEDOUT:
		return FETCH_MAIL_TIMEOUT;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
		return FETCH_MAIL_UNREACHABLE;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_USE_SSL_FAILED:
		return FETCH_MAIL_UNTRUSTED;
	case CURLE_LOGIN_DENIED:
		return FETCH_MAIL_LOGIN;
	case CURLE_OUT_OF_MEMORY:
		return FETCH_MAIL_NOMEM;
	default:
		if (is_refused && is_turned_away(code, was_read))
			return FETCH_MAIL_TURNED_AWAY;
		return is_refused ? FETCH_MAIL_REFUSED : FETCH_MAIL_BROKEN;
	}
}

static void mail_finish(struct fetch_mail *m, CURLcode code)
{
	struct fetch_mail_reply reply = {.code = 0};

	curl_easy_getinfo(m->easy, CURLINFO_RESPONSE_CODE, &reply.code);
	reply.result = mail_result(code, reply.code, m->was_read);
	if (code != CURLE_OK)
		str_printable(reply.why, sizeof(reply.why),
			      slice_of(m->curl_text[0] != '\0' ? m->curl_text
							       : curl_easy_strerror(code)));
	mail_release(m);
	m->done(m->arg, &reply);
	mail_free(m);
}

static void on_mail_done(void *arg, CURL *easy, CURLcode code)
{
	struct fetch_mail *m = NULL;

	(void)arg;
	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&m);
	mail_finish(m, code);
}

static void on_mails_broken(void *arg, const char *why)
{
	struct fetch_mails *ms = arg;

	log_error("mail: %s; all that is being sent is broken off", why);
	ms->is_breaking = true;
	while (!LIST_EMPTY(&ms->all))
		mail_finish(LIST_FIRST(&ms->all), CURLE_RECV_ERROR);
	ms->is_breaking = false;
	if (ms->is_closed)
		free(ms);
}

static bool has_smtp(void)
{
	const char *const *p = curl_version_info(CURLVERSION_NOW)->protocols;

	for (; *p != NULL; p++)
		if (strcmp(*p, "smtps") == 0)
			return true;
	return false;
}

int fetch_mails_new(struct uv_loop_s *loop, struct fetch_mails **ret, struct errinfo *ei)
{
	static const struct fetch_multi_ops ops = {.done = on_mail_done, .broken = on_mails_broken};
	struct fetch_mails *ms;
	int err = fetch_libcurl_init(ei);

	if (err != 0)
		return err;
	if (!has_smtp())
		return err_set(ei, ERR_UNAVAILABLE, "libcurl %s cannot send mail",
			       curl_version_info(CURLVERSION_NOW)->version);
	ms = calloc(1, sizeof(*ms));
	if (ms == NULL)
		return ERR_NOMEM;
	err = fetch_multi_new(loop, CONNECTIONS_MAX, &ops, ms, &ms->multi);
	if (err != 0) {
		free(ms);
		return err;
	}
	*ret = ms;
	return 0;
}

void fetch_mails_close(struct fetch_mails *ms)
{
	if (ms == NULL)
		return;
	fetch_multi_close(ms->multi);
	ms->is_closed = true;
	if (!ms->is_breaking)
		free(ms);
}

int fetch_mail_start(struct fetch_mails *ms, const struct fetch_mail_request *req,
		     fetch_mail_fn *done, void *arg, struct fetch_mail **ret)
{
	struct fetch_mail *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return ERR_NOMEM;
	m->owner = ms;
	m->rest = req->message;
	m->done = done;
	m->arg = arg;
	m->easy = curl_easy_init();
	if (m->easy == NULL || add_recipients(m, req) != 0 || set_mail(m, req) != CURLE_OK ||
	    fetch_multi_add(ms->multi, m->easy) != 0) {
		mail_free(m);
		return ERR_NOMEM;
	}
	LIST_INSERT_HEAD(&ms->all, m, link);
	*ret = m;
	return 0;
}

void fetch_mail_cancel(struct fetch_mail *m)
{
	mail_release(m);
	mail_free(m);
}
