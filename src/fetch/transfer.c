/* SPDX-License-Identifier: BSD-2-Clause */
#include "fetch/transfer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/log.h"
#include "fetch/multi.h"

enum {
	POOL_MAX = 64,	/* idle easy handles kept for reuse */
	MAX_AGE_S = 60, /* of an idle connection: AWS closes its side at a time it does not tell */
	KEEPALIVE_S = 30,
	/* curl keeps an answer so long whatever its TTL says, and after a connection to the address
	 * has failed: a minute, unless it is told. Few names are looked up, for connections are
	 * kept; those that begin together share a lookup. */
	NAME_AGE_S = 1,
};

struct fetch_transfers {
	struct fetch_multi *multi;
	struct fetch_transfers_conf conf;
	char *ca_bundle;
	LIST_HEAD(, fetch_transfer) all;
	bool is_breaking; /* within on_broken(), which then frees instead of close */
	bool is_closed;
	size_t n_idle;
	CURL *idle[POOL_MAX];
};

struct fetch_transfer {
	struct fetch_transfers *owner;
	LIST_ENTRY(fetch_transfer) link;
	CURL *easy;
	struct curl_slist *headers;
	struct buf body;
	size_t header_bytes;
	bool is_too_large;
	bool has_head; /* the empty line after the headers came */
	bool (*may_connect)(const struct sockaddr *addr);
	bool was_refused; /* by may_connect() */
	unsigned n_sent;  /* the first time, and anew by curl */
	struct fetch_transfer_reply reply;
	fetch_transfer_fn *done;
	void *arg;
	char curl_text[CURL_ERROR_SIZE];
	_Alignas(max_align_t) unsigned char head[]; /* what the owner keeps of the header */
};

/* curl calls it before it sends the request, each time. */
static int on_send(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct fetch_transfer *t = arg;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	t->n_sent++;
	return CURL_PREREQFUNC_OK;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct fetch_transfer *t = arg;

	if (buf_add(&t->body, data, size * n) == 0)
		return size * n;
	t->is_too_large = t->body.err == ERR_LIMIT;
	return 0;
}

/* A text that is too long is taken for none. */
static void take_field(struct fetch_transfer *t, struct slice name, struct slice value)
{
	const struct fetch_head_ops *ops = t->owner->conf.head;
	char date[64];

	if (ops != NULL)
		ops->take(t->head, name, value);
	if (slice_eq_nocase(name, "date") && str_copy(date, sizeof(date), value) == 0) {
		int64_t date_s = curl_getdate(date, NULL);

		t->reply.date_s = date_s > 0 ? date_s : 0;
	}
}

static void reply_reset(struct fetch_transfer *t)
{
	const struct fetch_head_ops *ops = t->owner->conf.head;

	memset(&t->reply, 0, sizeof(t->reply));
	if (ops == NULL)
		return;
	ops->reset(t->head);
	t->reply.head = t->head;
}

static size_t on_transfer_header(char *data, size_t size, size_t n, void *arg)
{
	struct fetch_transfer *t = arg;
	const char *colon = memchr(data, ':', size * n);
	size_t len = size * n, name_len;

	t->header_bytes += len;
	if (t->header_bytes > FETCH_TRANSFER_HEADERS_MAX) {
		t->is_too_large = true;
		return 0;
	}
	if (len >= 5 && memcmp(data, "HTTP/", 5) == 0) {
		reply_reset(t); /* after an interim 1xx the real head begins */
		t->has_head = false;
		return len;
	}
	if (colon == NULL) {
		t->has_head = t->has_head || data[0] == '\r' || data[0] == '\n';
		return len;
	}
	name_len = (size_t)(colon - data);
	take_field(t, (struct slice){data, name_len},
		   slice_trim((struct slice){colon + 1, len - name_len - 1}, STR_SPACE));
	return len;
}

/* The session token is in there. */
static void free_headers(struct curl_slist *list)
{
	struct curl_slist *node;

	for (node = list; node != NULL; node = node->next)
		explicit_bzero(node->data, strlen(node->data));
	curl_slist_free_all(list);
}

static int add_line(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (longer == NULL)
		return ERR_NOMEM;
	*list = longer;
	return 0;
}

static int add_header(struct curl_slist **list, const struct fetch_header *h)
{
	struct buf line;
	int err;

	buf_init(&line, FETCH_TRANSFER_HEADERS_MAX);
	buf_add(&line, h->name.p, h->name.len);
	buf_adds(&line, ": ");
	err = buf_add(&line, h->value.p, h->value.len);
	if (err == 0)
		err = add_line(list, line.data);
	buf_fini_secret(&line);
	return err;
}

/* "Name:" keeps curl from adding a header of its own, which nobody would have signed. */
static int make_headers(const struct fetch_transfer_request *req, struct curl_slist **list)
{
	bool has_type = false;
	size_t i;
	int err;

	err = add_line(list, "Expect:");
	if (err == 0)
		err = add_line(list, "Accept:");
	for (i = 0; err == 0 && i < req->n_headers; i++) {
		has_type = has_type || slice_eq_nocase(req->headers[i].name, "content-type");
		err = add_header(list, &req->headers[i]);
	}
	if (err == 0 && !has_type)
		err = add_line(list, "Content-Type:");
	return err;
}

static CURL *take_easy(struct fetch_transfers *ts)
{
	if (ts->n_idle == 0)
		return curl_easy_init();
	return ts->idle[--ts->n_idle];
}

static void put_easy(struct fetch_transfers *ts, CURL *easy)
{
	curl_easy_reset(easy);
	if (ts->n_idle < POOL_MAX)
		ts->idle[ts->n_idle++] = easy;
	else
		curl_easy_cleanup(easy);
}

/* What is the same for every request. setopt fails for want of memory only. */
static CURLcode set_common(CURL *c, const struct fetch_transfers *ts)
{
	CURLcode bad = CURLE_OK;

	bad |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	bad |= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	bad |= curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	bad |= curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_USERAGENT, "mooring");
	bad |= curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_S);
	bad |= curl_easy_setopt(c, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_S);
	bad |= curl_easy_setopt(c, CURLOPT_MAXAGE_CONN, (long)MAX_AGE_S);
	bad |= curl_easy_setopt(c, CURLOPT_DNS_CACHE_TIMEOUT, (long)NAME_AGE_S);
	bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	bad |= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	bad |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)ts->conf.connect_timeout_ms);
	bad |= curl_easy_setopt(c, CURLOPT_MAXFILESIZE, (long)ts->conf.max_response_bytes);
	if (ts->ca_bundle != NULL)
		bad |= curl_easy_setopt(c, CURLOPT_CAINFO, ts->ca_bundle);
	return bad;
}

/* Here, after the resolver, there is no gap between the check and the use of an address. */
static curl_socket_t on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct fetch_transfer *t = arg;

	(void)purpose;
	if (t->may_connect(&a->addr))
		return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
	t->was_refused = true;
	return CURL_SOCKET_BAD;
}

static CURLcode set_own_connection(struct fetch_transfer *t)
{
	CURLcode bad = CURLE_OK;

	bad |= curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	bad |= curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, t);
	bad |= curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L);
	bad |= curl_easy_setopt(t->easy, CURLOPT_FORBID_REUSE, 1L);
	return bad;
}

static CURLcode set_request(struct fetch_transfer *t, const struct fetch_transfer_request *req)
{
	CURL *c = t->easy;
	CURLcode bad = CURLE_OK;

	bad |= curl_easy_setopt(c, CURLOPT_URL, req->url);
	bad |= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)req->timeout_ms);
	bad |= curl_easy_setopt(c, CURLOPT_HTTPHEADER, t->headers);
	bad |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->curl_text);
	bad |= curl_easy_setopt(c, CURLOPT_PRIVATE, t);
	bad |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	bad |= curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	bad |= curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_transfer_header);
	bad |= curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	bad |= curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_send);
	bad |= curl_easy_setopt(c, CURLOPT_PREREQDATA, t);
	if (!req->use_proxy)
		bad |= curl_easy_setopt(c, CURLOPT_PROXY, "");
	if (req->max_response_bytes > 0)
		bad |= curl_easy_setopt(c, CURLOPT_MAXFILESIZE, (long)req->max_response_bytes);
	if (req->may_connect != NULL)
		bad |= set_own_connection(t);
	if (req->is_put)
		bad |= curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, "PUT");
	if (!req->is_post && !req->is_put)
		return bad;
	bad |= curl_easy_setopt(c, CURLOPT_POST, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_POSTFIELDS, req->body.p != NULL ? req->body.p : "");
	bad |= curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)req->body.len);
	return bad;
}

/* easy goes back to the pool, or away when curl's state is in doubt. */
static void release(struct fetch_transfer *t, bool keep_easy)
{
	LIST_REMOVE(t, link);
	fetch_multi_remove(t->owner->multi, t->easy);
	if (keep_easy)
		put_easy(t->owner, t->easy);
	else
		curl_easy_cleanup(t->easy);
	free_headers(t->headers);
	t->easy = NULL;
	t->headers = NULL;
}

static void transfer_free(struct fetch_transfer *t)
{
	buf_fini_secret(&t->body);
	free(t);
}

static enum fetch_transfer_result result_of(const struct fetch_transfer *t, CURLcode code)
{
	if (t->is_too_large || code == CURLE_FILESIZE_EXCEEDED)
		return FETCH_TRANSFER_TOO_LARGE;
	if (t->was_refused && code == CURLE_COULDNT_CONNECT)
		return FETCH_TRANSFER_UNTRUSTED;
	switch (code) {
	case CURLE_OK: /* curl takes an end within the headers for the end of an empty body */
		return t->has_head ? FETCH_TRANSFER_DONE : FETCH_TRANSFER_BROKEN;
	case CURLE_OPERATION_TIMEDOUT:
		return FETCH_TRANSFER_TIMEOUT;
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PROXY:
		return FETCH_TRANSFER_UNREACHABLE;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return FETCH_TRANSFER_UNTRUSTED;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9 */
	case CURLE_BAD_CONTENT_ENCODING:
		return FETCH_TRANSFER_GARBAGE;
#if LIBCURL_VERSION_NUM >= 0x080600
	case CURLE_TOO_LARGE:
		return FETCH_TRANSFER_TOO_LARGE;
#endif
	case CURLE_OUT_OF_MEMORY: /* before 8.6 also of a line of the header that is too long */
		return t->header_bytes > 0 && !t->has_head ? FETCH_TRANSFER_TOO_LARGE
							   : FETCH_TRANSFER_NOMEM;
	case CURLE_WRITE_ERROR: /* on_body() had no memory */
		return FETCH_TRANSFER_NOMEM;
	default:
		return FETCH_TRANSFER_BROKEN;
	}
}

/* curl keeps the first text of a transfer: it may be about a kept connection that was found dead,
 * while the certificate of the next one is the trouble. */
static const char *why_of(const struct fetch_transfer *t, CURLcode code)
{
	if (code == CURLE_OK)
		return "the connection was closed within the headers of the reply";
	if (t->was_refused && t->reply.result == FETCH_TRANSFER_UNTRUSTED)
		return "its host has an address that is not allowed";
	if (t->curl_text[0] == '\0' ||
	    (code == CURLE_PEER_FAILED_VERIFICATION && strstr(t->curl_text, "SSL") == NULL))
		return curl_easy_strerror(code);
	return t->curl_text;
}

static void transfer_finish(struct fetch_transfer *t, CURLcode code, bool keep_easy)
{
	struct fetch_transfer_reply *r = &t->reply;
	curl_off_t wait_s = 0;

	r->n_resent = t->n_sent > 1 ? t->n_sent - 1 : 0;
	r->was_sent = t->n_sent > 0;
	r->result = result_of(t, code);
	if (r->result != FETCH_TRANSFER_DONE)
		str_printable(r->why, sizeof(r->why), slice_of(why_of(t, code)));
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &r->status);
	curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &wait_s);
	r->wait_s = wait_s > 0 ? wait_s : 0;
	r->body = (struct slice){buf_str(&t->body), t->body.len};
	release(t, keep_easy);
	t->done(t->arg, r);
	transfer_free(t);
}

static void on_transfer_done(void *arg, CURL *easy, CURLcode code)
{
	struct fetch_transfer *t = NULL;

	(void)arg;
	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
	transfer_finish(t, code, true);
}

static void on_broken(void *arg, const char *why)
{
	struct fetch_transfers *ts = arg;

	log_error("%s: %s; all its transfers are broken off", ts->conf.title, why);
	ts->is_breaking = true;
	while (!LIST_EMPTY(&ts->all))
		transfer_finish(LIST_FIRST(&ts->all), CURLE_RECV_ERROR, false);
	ts->is_breaking = false;
	if (ts->is_closed)
		free(ts);
}

static const struct fetch_multi_ops multi_ops = {.done = on_transfer_done, .broken = on_broken};

int fetch_transfers_new(struct uv_loop_s *loop, const struct fetch_transfers_conf *conf,
			struct fetch_transfers **ret)
{
	struct fetch_transfers *ts = calloc(1, sizeof(*ts));
	int err = ERR_NOMEM;

	if (ts == NULL)
		return ERR_NOMEM;
	ts->conf = *conf;
	ts->conf.ca_bundle = NULL;
	if (conf->ca_bundle != NULL) {
		ts->ca_bundle = strdup(conf->ca_bundle);
		if (ts->ca_bundle == NULL)
			goto out;
	}
	err = fetch_multi_new(loop, conf->max_connections, &multi_ops, ts, &ts->multi);
	if (err == 0) {
		*ret = ts;
		return 0;
	}
out:
	free(ts->ca_bundle);
	free(ts);
	return err;
}

void fetch_transfers_close(struct fetch_transfers *ts)
{
	if (ts == NULL)
		return;
	while (ts->n_idle > 0)
		curl_easy_cleanup(ts->idle[--ts->n_idle]);
	fetch_multi_close(ts->multi);
	free(ts->ca_bundle);
	ts->ca_bundle = NULL;
	ts->is_closed = true;
	if (!ts->is_breaking)
		free(ts);
}

int fetch_transfer_start(struct fetch_transfers *ts, const struct fetch_transfer_request *req,
			 fetch_transfer_fn *done, void *arg, struct fetch_transfer **ret)
{
	size_t head_size = ts->conf.head != NULL ? ts->conf.head->size : 0;
	struct fetch_transfer *t = calloc(1, sizeof(*t) + head_size);

	if (t == NULL)
		return ERR_NOMEM;
	buf_init(&t->body, req->max_response_bytes > 0 ? req->max_response_bytes
						       : ts->conf.max_response_bytes);
	t->owner = ts;
	reply_reset(t);
	t->may_connect = req->may_connect;
	t->done = done;
	t->arg = arg;
	t->easy = take_easy(ts);
	if (t->easy == NULL || make_headers(req, &t->headers) != 0 ||
	    set_common(t->easy, ts) != CURLE_OK || set_request(t, req) != CURLE_OK ||
	    fetch_multi_add(ts->multi, t->easy) != 0)
		goto no_memory;
	LIST_INSERT_HEAD(&ts->all, t, link);
	*ret = t;
	return 0;
no_memory:
	if (t->easy != NULL)
		put_easy(ts, t->easy);
	free_headers(t->headers);
	transfer_free(t);
	return ERR_NOMEM;
}

void fetch_transfer_cancel(struct fetch_transfer *t)
{
	release(t, true);
	transfer_free(t);
}
