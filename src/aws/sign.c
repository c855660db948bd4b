/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/sign.h"

#include "aws/sigv4.h"
#include "base/buf.h"

enum { HEADERS = 6, URL_MAX = 8192, AUTHORIZATION_MAX = 2048 };

struct headers {
	size_t n;
	struct fetch_header at[HEADERS];
};

/* NULL values are left out. */
static void sign_add(struct headers *h, const char *name, const char *value)
{
	if (value != NULL)
		h->at[h->n++] = (struct fetch_header){slice_of(name), slice_of(value)};
}

/* The path's prefix belongs to the endpoint. */
static int add_path(struct buf *out, const struct aws_sign_request *req)
{
	buf_adds(out, req->endpoint->path);
	return buf_adds(out, req->path);
}

static int add_authorization(struct buf *out, const struct aws_sign_request *req,
			     const struct sigv4_signer *signer, const struct headers *h)
{
	struct sigv4_request sr = {
		.method = slice_of(req->query != NULL ? "GET" : "POST"),
		.query = slice_of(req->query),
		.headers = h->at,
		.n_headers = h->n,
		.body = req->body,
	};
	struct buf path;
	int err;

	buf_init(&path, URL_MAX);
	err = add_path(&path, req);
	sr.path = (struct slice){path.data, path.len};
	if (err == 0)
		err = sigv4_add_authorization(out, signer, &sr);
	buf_fini(&path);
	return err;
}

static int send_headers(struct fetch_transfers *ts, const struct aws_sign_request *req,
			const struct headers *h, unsigned timeout_ms, fetch_transfer_fn *done,
			void *arg, struct fetch_transfer **ret)
{
	const struct aws_endpoint *e = req->endpoint;
	struct fetch_transfer_request tr = {
		.is_post = req->query == NULL,
		.use_proxy = e->is_tls && !e->is_loopback,
		.headers = h->at,
		.n_headers = h->n,
		.body = req->body,
		.timeout_ms = timeout_ms,
	};
	struct buf url;
	int err;

	buf_init(&url, URL_MAX);
	buf_addf(&url, "%s://%s", e->is_tls ? "https" : "http", e->host);
	err = add_path(&url, req);
	if (err == 0 && req->query != NULL && req->query[0] != '\0')
		err = buf_addf(&url, "?%s", req->query);
	tr.url = buf_str(&url);
	if (err == 0)
		err = fetch_transfer_start(ts, &tr, done, arg, ret);
	buf_fini(&url);
	return err;
}

static int sign_and_send(struct fetch_transfers *ts, const struct aws_sign_request *req,
			 const struct aws_credentials *creds, const struct sigv4_signer *signer,
			 struct headers *h, unsigned timeout_ms, fetch_transfer_fn *done, void *arg,
			 struct fetch_transfer **ret)
{
	struct buf authorization;
	int err;

	sign_add(h, "X-Amz-Date", signer->time);
	sign_add(h, "X-Amz-Security-Token", creds->token);
	buf_init(&authorization, AUTHORIZATION_MAX);
	err = add_authorization(&authorization, req, signer, h);
	sign_add(h, "Authorization", buf_str(&authorization));
	if (err == 0)
		err = send_headers(ts, req, h, timeout_ms, done, arg, ret);
	buf_fini_secret(&authorization);
	return err;
}

int aws_sign_and_send(struct fetch_transfers *ts, const struct aws_sign_request *req,
		      const struct aws_credentials *creds, int64_t time_s, unsigned timeout_ms,
		      fetch_transfer_fn *done, void *arg, struct fetch_transfer **ret)
{
	struct sigv4_signer signer = {
		.region = req->endpoint->signing_region,
		.service = aws_service_signing_name(req->service),
	};
	struct headers h = {0};
	int err;

	sign_add(&h, "Host", req->endpoint->host);
	sign_add(&h, "Content-Type", req->content_type);
	sign_add(&h, "X-Amz-Target", req->target);
	if (creds == NULL)
		return send_headers(ts, req, &h, timeout_ms, done, arg, ret);
	signer.key_id = creds->key_id;
	signer.secret = creds->secret;
	err = sigv4_format_time(time_s, signer.time);
	if (err != 0)
		return err;
	return sign_and_send(ts, req, creds, &signer, &h, timeout_ms, done, arg, ret);
}
