/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/call.h"

#include <stdlib.h>
#include <string.h>

#include "aws/call_int.h"
#include "aws/outcome.h"
#include "base/clock.h"

static void call_free(struct aws_call *c)
{
	aws_credentials_unref(c->creds);
	aws_fault_fini(&c->fault);
	buf_fini_secret(&c->body);
	free(c->path);
	free(c->query);
	free(c->target);
	free(c);
}

static void on_timer_closed(uv_handle_t *handle)
{
	call_free(handle->data);
}

void call_end(struct aws_call *c, const struct aws_transfer_reply *reply)
{
	c->state = CALL_ENDED;
	*c->prev = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	uv_close((uv_handle_t *)&c->timer, on_timer_closed);
	c->error.attempts = c->n_sent;
	call_tell_outcome(c, reply != NULL ? 0 : c->error.err);
	aws_outcome_of_call(c->owner->service, reply != NULL ? 0 : c->error.err);
	c->done(c->arg, reply, reply != NULL ? NULL : &c->error);
}

void call_set_error(struct aws_call *c, int err, const char *what)
{
	memset(&c->error, 0, sizeof(c->error));
	c->error.err = err;
	c->error.message = "";
	(void)err_set(&c->error.why, err, "%s: %s", c->label, what);
}

void call_fail(struct aws_call *c, int err, const char *what)
{
	call_set_error(c, err, what);
	call_end(c, NULL);
}

int64_t call_left_ms(const struct aws_call *c)
{
	return c->deadline_ms - clock_mono_ms();
}

static void on_timer(uv_timer_t *timer)
{
	struct aws_call *c = timer->data;

	if (c->state == CALL_WAITING) {
		call_begin_attempt(c);
		return;
	}
	aws_provider_cancel(c->owner->client->provider, &c->wait);
	call_fail(c, ERR_TIMEOUT, "no credentials came before the deadline");
}

void call_wake_in(struct aws_call *c, uint64_t ms)
{
	(void)uv_timer_start(&c->timer, on_timer, ms, 0);
}

void call_attempt_later(struct aws_call *c, uint32_t delay_ms)
{
	/* To the breaker an extra attempt is the same request: when a session ends, all that are in
	 * flight are refused at once, and the service is well. */
	if (!c->is_extra)
		call_tell_outcome(c, c->error.err);
	c->state = CALL_WAITING;
	call_wake_in(c, delay_ms);
}

static void cancel(struct aws_call *c)
{
	if (c->state == CALL_ASKING)
		aws_provider_cancel(c->owner->client->provider, &c->wait);
	if (c->state == CALL_SENDING)
		aws_transfer_cancel(c->transfer);
	call_fail(c, ERR_CANCELED, err_str(ERR_CANCELED));
}

/* From the start again after each: its listener may have ended others. */
void aws_calls_cancel(struct aws_client *client, const struct aws_service_state *only)
{
	struct aws_call *c = client->calls;

	while (c != NULL) {
		if (only != NULL && c->owner != only) {
			c = c->next;
			continue;
		}
		cancel(c);
		c = client->calls;
	}
}

static int copy_request(struct aws_call *c, const struct aws_call_request *req)
{
	char label[sizeof(c->label)];
	struct buf b;

	buf_init(&b, sizeof(label) - 1);
	(void)buf_addf(&b, "%s %s", aws_service_title(c->owner->service), req->operation);
	(void)str_copy(c->label, sizeof(c->label), slice_of(buf_str(&b)));
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
	c->next = client->calls;
	c->prev = &client->calls;
	if (c->next != NULL)
		c->next->prev = &c->next;
	client->calls = c;
	(void)uv_timer_init(client->loop, &c->timer); /* cannot fail */
	c->timer.data = c;
	call_attempt_later(c, 0);
	return 0;
}
