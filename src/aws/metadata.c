/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/metadata.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "aws/client_int.h"
#include "aws/keydoc.h"

struct aws_metadata {
	struct aws_client *client;
	struct aws_metadata_request req; /* its texts are owned */
	uv_timer_t timer;
	struct fetch_transfer *transfer; /* NULL between two attempts */
	unsigned n_attempts;
	unsigned n_silent;
	fetch_transfer_fn *done;
	void *arg;
};

static void ask_free(struct aws_metadata *a)
{
	size_t i;

	for (i = 0; i < a->req.n_headers; i++) {
		free((char *)(uintptr_t)a->req.headers[i].name.p);
		str_free_secret((char *)(uintptr_t)a->req.headers[i].value.p);
	}
	free((char *)(uintptr_t)a->req.url);
	free(a);
}

static void on_metadata_timer_closed(uv_handle_t *handle)
{
	ask_free(handle->data);
}

static int send_attempt(struct aws_metadata *a);

static bool is_silence(const struct fetch_transfer_reply *reply)
{
	return reply->result == FETCH_TRANSFER_TIMEOUT ||
	       reply->result == FETCH_TRANSFER_UNREACHABLE ||
	       reply->result == FETCH_TRANSFER_BROKEN;
}

static bool may_pass(const struct fetch_transfer_reply *reply)
{
	if (reply->result == FETCH_TRANSFER_DONE)
		return reply->status >= 500 || reply->status == 429;
	return is_silence(reply);
}

static void metadata_finish(struct aws_metadata *a, const struct fetch_transfer_reply *reply)
{
	uv_close((uv_handle_t *)&a->timer, on_metadata_timer_closed);
	a->done(a->arg, reply);
}

static void on_metadata_timer(uv_timer_t *timer)
{
	struct aws_metadata *a = timer->data;
	struct fetch_transfer_reply reply = {.result = FETCH_TRANSFER_NOMEM};

	if (send_attempt(a) != 0)
		metadata_finish(a, &reply);
}

static void on_metadata_reply(void *arg, const struct fetch_transfer_reply *reply)
{
	struct aws_metadata *a = arg;

	a->transfer = NULL;
	a->n_silent += is_silence(reply) ? 1 : 0;
	if (may_pass(reply) && a->n_attempts < a->req.attempts &&
	    (!is_silence(reply) || a->n_silent < a->req.silent_attempts))
		uv_timer_start(&a->timer, on_metadata_timer, a->req.delay_ms, 0);
	else
		metadata_finish(a, reply);
}

static int send_attempt(struct aws_metadata *a)
{
	const struct fetch_transfer_request tr = {
		.url = a->req.url,
		.is_put = a->req.is_put,
		.may_connect = a->req.may_connect,
		.headers = a->req.headers,
		.n_headers = a->req.n_headers,
		.timeout_ms = a->req.timeout_ms,
		.max_response_bytes = AWS_KEYDOC_MAX,
	};

	a->n_attempts++;
	return fetch_transfer_start(a->client->transfers, &tr, on_metadata_reply, a, &a->transfer);
}

static int copy_request(struct aws_metadata *a, const struct aws_metadata_request *req)
{
	size_t i;

	a->req = *req;
	a->req.n_headers = 0;
	a->req.url = strdup(req->url);
	if (a->req.url == NULL)
		return ERR_NOMEM;
	for (i = 0; i < req->n_headers; i++) {
		struct fetch_header *h = &a->req.headers[i];

		h->name.p = strndup(req->headers[i].name.p, h->name.len);
		h->value.p = strndup(req->headers[i].value.p, h->value.len);
		a->req.n_headers++;
		if (h->name.p == NULL || h->value.p == NULL)
			return ERR_NOMEM;
	}
	return 0;
}

int aws_metadata_start(struct aws_client *client, const struct aws_metadata_request *req,
		       fetch_transfer_fn *done, void *arg, struct aws_metadata **ret)
{
	struct aws_metadata *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return ERR_NOMEM;
	a->client = client;
	a->done = done;
	a->arg = arg;
	if (copy_request(a, req) != 0 || send_attempt(a) != 0) {
		ask_free(a);
		return ERR_NOMEM;
	}
	uv_timer_init(client->loop, &a->timer); /* cannot fail */
	a->timer.data = a;
	*ret = a;
	return 0;
}

void aws_metadata_cancel(struct aws_metadata *a)
{
	if (a->transfer != NULL)
		fetch_transfer_cancel(a->transfer);
	uv_close((uv_handle_t *)&a->timer, on_metadata_timer_closed);
}
