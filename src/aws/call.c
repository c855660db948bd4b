/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/call.h"

#include <stdlib.h>
#include <string.h>

#include "aws/attempt.h"
#include "aws/call_life.h"
#include "base/clock.h"

static int copy_request(struct aws_call *c, const struct aws_call_request *req)
{
	char label[sizeof(c->label)];
	struct buf b;

	buf_init(&b, sizeof(label) - 1);
	buf_addf(&b, "%s %s", aws_service_title(c->owner->service), req->operation);
	str_copy(c->label, sizeof(c->label), slice_of(buf_str(&b)));
	buf_fini(&b);
	c->content_type = req->content_type;
	c->has_own_credentials = req->has_own_credentials;
	c->was_refreshed = req->has_own_credentials; /* there is nothing to refresh them from */
	if (req->credentials != NULL)
		c->creds = aws_credentials_ref(req->credentials);
	c->path = strdup(req->path);
	c->query = req->query != NULL ? strdup(req->query) : NULL;
	c->target = req->target != NULL ? strdup(req->target) : NULL;
	if (c->path == NULL || (req->query != NULL && c->query == NULL) ||
	    (req->target != NULL && c->target == NULL))
		return ERR_NOMEM;
	return 0;
}

int aws_call_start(struct aws_service_state *s, const struct aws_call_request *req,
		   aws_call_fn *done, void *arg)
{
	struct aws_client *client = s->client;
	struct aws_call *c;

	if (s->is_closing || client->is_closing)
		return ERR_CANCELED;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return ERR_NOMEM;
	c->owner = s;
	c->attempt = call_begin_attempt;
	c->done = done;
	c->arg = arg;
	aws_fault_init(&c->fault);
	if (copy_request(c, req) != 0) {
		call_free(c);
		return ERR_NOMEM;
	}
	if (req->body != NULL) {
		c->body = *req->body;
		buf_init(req->body, req->body->max);
	}
	c->deadline_ms = clock_mono_ms() + s->timeout_ms;
	LIST_INSERT_HEAD(&client->calls, c, link);
	uv_timer_init(client->loop, &c->timer); /* cannot fail */
	c->timer.data = c;
	call_attempt_later(c, 0);
	return 0;
}
