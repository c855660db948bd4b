/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/call_life.h"

#include <stdlib.h>
#include <string.h>

#include "aws/breaker.h"
#include "aws/outcome.h"
#include "base/clock.h"

void call_free(struct aws_call *c)
{
	aws_credentials_unref(c->creds);
	aws_fault_fini(&c->fault);
	buf_fini_secret(&c->body);
	free(c->path);
	free(c->query);
	free(c->target);
	free(c);
}

struct aws_breaker *call_breaker(const struct aws_call *c)
{
	return &c->owner->client->breakers[c->owner->service];
}

/* Tells the breaker what became of the request that it admitted. */
static void tell_outcome(struct aws_call *c, int err)
{
	if (!c->is_admitted)
		return;
	aws_outcome_of_request(call_breaker(c), c->owner->service, c->is_probe, err,
			       clock_mono_ms());
	c->is_admitted = false;
	c->is_probe = false;
}

static void on_call_timer_closed(uv_handle_t *handle)
{
	call_free(handle->data);
}

void call_end(struct aws_call *c, const struct fetch_transfer_reply *reply)
{
	c->state = CALL_ENDED;
	LIST_REMOVE(c, link);
	uv_close((uv_handle_t *)&c->timer, on_call_timer_closed);
	c->error.attempts = c->n_sent;
	tell_outcome(c, reply != NULL ? 0 : c->error.err);
	aws_outcome_of_call(c->owner->service, reply != NULL ? 0 : c->error.err);
	c->owner->was_lost = c->was_lost;
	c->done(c->arg, reply, reply != NULL ? NULL : &c->error);
}

void call_set_error(struct aws_call *c, int err, const char *what)
{
	memset(&c->error, 0, sizeof(c->error));
	c->error.err = err;
	c->error.message = "";
	err_set(&c->error.why, err, "%s: %s", c->label, what);
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

static void on_call_timer(uv_timer_t *timer)
{
	struct aws_call *c = timer->data;

	if (c->state == CALL_WAITING) {
		c->attempt(c);
		return;
	}
	aws_provider_cancel(c->owner->client->provider, &c->wait);
	call_fail(c, ERR_TIMEOUT, "no credentials came before the deadline");
}

void call_wake_in(struct aws_call *c, uint64_t ms)
{
	uv_timer_start(&c->timer, on_call_timer, ms, 0);
}

void call_attempt_later(struct aws_call *c, uint32_t delay_ms)
{
	/* To the breaker an extra attempt is the same request: when a session ends, all that are in
	 * flight are refused at once, and the service is well. */
	if (!c->is_extra)
		tell_outcome(c, c->error.err);
	c->state = CALL_WAITING;
	call_wake_in(c, delay_ms);
}

static void cancel(struct aws_call *c)
{
	if (c->state == CALL_ASKING)
		aws_provider_cancel(c->owner->client->provider, &c->wait);
	if (c->state == CALL_SENDING) {
		c->was_lost = true;
		fetch_transfer_cancel(c->transfer);
	}
	call_fail(c, ERR_CANCELED, err_str(ERR_CANCELED));
}

/* Starts over after each call, because its done function may have ended others. */
void aws_calls_cancel(struct aws_client *client, const struct aws_service_state *only)
{
	struct aws_call *c = LIST_FIRST(&client->calls);

	while (c != NULL) {
		if (only != NULL && c->owner != only) {
			c = LIST_NEXT(c, link);
			continue;
		}
		cancel(c);
		c = LIST_FIRST(&client->calls);
	}
}
