/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/web.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "fetch/libcurl.h"
#include "fetch/transfer.h"
#include "notify/host_part.h"

enum { BODY_MAX = 320 * 1024, MS_PER_S = 1000 };

struct notify_web {
	struct fetch_transfers *transfers;
	LIST_HEAD(, web_call) calls;
	unsigned n_calls;
};

struct web_call {
	struct notify_web *web;
	LIST_ENTRY(web_call) link;
	struct fetch_transfer *transfer;
	struct buf body;
	unsigned timeout_s;
	long refused_status, again_status;
	notify_sent_fn *done;
	void *arg;
	char host[HOST_PART_SIZE];
};

/* ---- what came of it ---- */

/* RFC 9110 §15; 425 is of RFC 8470, 429 of RFC 6585. */
static int err_of_status(const struct web_call *c, long status)
{
	if (status == c->refused_status)
		return ERR_REFUSED;
	if (status >= 200 && status < 300)
		return 0;
	if (status == 429)
		return ERR_THROTTLED;
	if (status == 408 || status == 425 || status == c->again_status)
		return ERR_UNAVAILABLE;
	return status >= 400 && status < 500 ? ERR_REFUSED : ERR_UNAVAILABLE;
}

static int judge_status(const struct web_call *c, const struct fetch_transfer_reply *reply,
			struct notify_answer *ret)
{
	int err = err_of_status(c, reply->status);
	bool is_redirect = reply->status >= 300 && reply->status < 400;

	if (err != 0 && reply->wait_s > 0)
		ret->wait_s = reply->wait_s < NOTIFY_WEB_WAIT_MAX_S ? (unsigned)reply->wait_s
								    : NOTIFY_WEB_WAIT_MAX_S;
	return err_set(&ret->said, err, "%s answered %ld%s", c->host, reply->status,
		       is_redirect ? ", a redirect, which is not followed" : "");
}

static int web_judge(const struct web_call *c, const struct fetch_transfer_reply *reply,
		     struct notify_answer *ret)
{
	switch (reply->result) {
	case FETCH_TRANSFER_DONE:
	case FETCH_TRANSFER_TOO_LARGE: /* its status tells enough */
		return judge_status(c, reply, ret);
	case FETCH_TRANSFER_TIMEOUT:
		return err_set(&ret->said, ERR_TIMEOUT, "%s did not answer within %u seconds",
			       c->host, c->timeout_s);
	case FETCH_TRANSFER_UNREACHABLE:
		return err_set(&ret->said, ERR_UNAVAILABLE, "%s cannot be reached: %s", c->host,
			       reply->why);
	case FETCH_TRANSFER_UNTRUSTED:
		return err_set(&ret->said, ERR_UNAVAILABLE, "%s is not trusted: %s", c->host,
			       reply->why);
	case FETCH_TRANSFER_NOMEM:
		return err_set(&ret->said, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	case FETCH_TRANSFER_GARBAGE:
		return err_set(&ret->said, ERR_PROTOCOL, "%s does not speak HTTP", c->host);
	default:
		return err_set(&ret->said, ERR_UNAVAILABLE, "%s broke off: %s", c->host,
			       reply->why);
	}
}

/* ---- calls ---- */

static void call_free(struct web_call *c)
{
	buf_fini(&c->body);
	free(c);
}

static void call_end(struct web_call *c, int err, const struct notify_answer *answer)
{
	LIST_REMOVE(c, link);
	c->web->n_calls--;
	c->done(c->arg, err, answer);
	call_free(c);
}

static void on_web_reply(void *arg, const struct fetch_transfer_reply *reply)
{
	struct notify_answer answer = {.wait_s = 0};
	int err = web_judge(arg, reply, &answer);

	call_end(arg, err, &answer);
}

static int call_start(struct notify_web *w, const struct notify_web_request *req,
		      struct web_call *c)
{
	struct fetch_transfer_request tr = {
		.url = req->url,
		.is_post = req->is_post,
		.use_proxy = true,
		.headers = req->headers,
		.n_headers = req->n_headers,
		.timeout_ms = req->timeout_s * MS_PER_S,
	};
	int err;

	buf_init(&c->body, BODY_MAX);
	err = buf_add(&c->body, req->body.p, req->body.len);
	tr.body = (struct slice){buf_str(&c->body), c->body.len};
	if (err == 0)
		err = fetch_transfer_start(w->transfers, &tr, on_web_reply, c, &c->transfer);
	return err;
}

int notify_web_send(struct notify_web *w, const struct notify_web_request *req,
		    notify_sent_fn *done, void *arg)
{
	struct web_call *c;
	int err;

	if (w->n_calls == NOTIFY_WEB_CALLS_MAX)
		return ERR_LIMIT;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return ERR_NOMEM;
	c->web = w;
	c->timeout_s = req->timeout_s;
	c->refused_status = req->refused_status;
	c->again_status = req->again_status;
	c->done = done;
	c->arg = arg;
	host_part(req->url, c->host);
	err = call_start(w, req, c);
	if (err != 0) {
		call_free(c);
		return err;
	}
	LIST_INSERT_HEAD(&w->calls, c, link);
	w->n_calls++;
	return 0;
}

/* ---- beginning and end ---- */

int notify_web_new(struct uv_loop_s *loop, const char *ca_file, struct notify_web **ret,
		   struct errinfo *ei)
{
	const struct fetch_transfers_conf conf = {
		.title = "notifications",
		.ca_bundle = ca_file != NULL && ca_file[0] != '\0' ? ca_file : NULL,
		.connect_timeout_ms = 0, /* the limit of the whole */
		.max_connections = NOTIFY_WEB_CONNECTIONS_MAX,
		.max_response_bytes = NOTIFY_WEB_REPLY_MAX,
	};
	struct notify_web *w;
	int err = fetch_libcurl_init(ei);

	if (err != 0)
		return err;
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return ERR_NOMEM;
	err = fetch_transfers_new(loop, &conf, &w->transfers);
	if (err != 0) {
		free(w);
		return err;
	}
	*ret = w;
	return 0;
}

void notify_web_close(struct notify_web *w)
{
	struct notify_answer answer = {.wait_s = 0};
	struct web_call *c;

	if (w == NULL)
		return;
	err_set(&answer.said, ERR_CANCELED, "%s", err_str(ERR_CANCELED));
	while ((c = LIST_FIRST(&w->calls)) != NULL) {
		fetch_transfer_cancel(c->transfer);
		call_end(c, ERR_CANCELED, &answer);
	}
	fetch_transfers_close(w->transfers);
	free(w);
}
