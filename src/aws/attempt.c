/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/attempt.h"

#include <stdio.h>

#include "aws/breaker.h"
#include "aws/call_life.h"
#include "aws/endpoint_find.h"
#include "aws/sign.h"
#include "aws/verdict.h"
#include "base/clock.h"

static void send_attempt(struct aws_call *c)
{
	struct aws_client *client = c->owner->client;
	int64_t timeout_ms = call_left_ms(c);
	struct aws_sign_request req = {
		.endpoint = &c->owner->endpoint,
		.service = c->owner->service,
		.path = c->path,
		.query = c->query,
		.content_type = c->content_type,
		.target = c->target,
		.body = {c->body.data, c->body.len},
	};
	int err;

	if (timeout_ms <= 0) {
		call_fail(c, ERR_TIMEOUT, "the deadline passed before the request was sent");
		return;
	}
	if (timeout_ms > client->attempt_timeout_ms)
		timeout_ms = client->attempt_timeout_ms;
	uv_timer_stop(&c->timer);
	c->state = CALL_SENDING;
	c->signed_s = clock_wall_s() + client->skew_s;
	err = aws_sign_and_send(client->transfers, &req, c->creds, c->signed_s,
				(unsigned)timeout_ms, call_on_reply, c, &c->transfer);
	if (err != 0)
		call_fail(c, err, err_str(err));
}

/* Finds the endpoint by the region that the metadata service sent with the keys, if the service
 * waits for it. */
static int find_endpoint(struct aws_call *c, struct errinfo *ei)
{
	struct aws_service_state *s = c->owner;
	int err;

	if (!s->needs_region)
		return 0;
	err = aws_endpoint_find(s->service, c->creds != NULL ? c->creds->region : NULL, s->own_url,
				s->client->env, &s->endpoint, ei);
	s->needs_region = err != 0;
	return err;
}

static void count_and_send(struct aws_call *c)
{
	struct errinfo why = ERRINFO_INIT;

	if (find_endpoint(c, &why) != 0) {
		call_fail(c, ERR_UNAVAILABLE, why.text);
		return;
	}
	if (!c->is_extra)
		c->n_attempts++;
	c->n_sent++;
	c->is_extra = false;
	send_attempt(c);
}

/* Credentials that a service has refused are not tried again. */
static void on_credentials(void *arg, int err, struct aws_credentials *creds,
			   const struct errinfo *why)
{
	struct aws_call *c = arg;
	bool is_refresh = c->wants_refresh;

	c->wants_refresh = false;
	if (is_refresh && (err != 0 || aws_credentials_equal(creds, c->creds))) {
		call_end(c, NULL);
		return;
	}
	if (err != 0) {
		call_fail(c, err == ERR_NOMEM ? err : ERR_UNAVAILABLE, why->text);
		return;
	}
	aws_credentials_unref(c->creds);
	c->creds = aws_credentials_ref(creds);
	count_and_send(c);
}

/* After a first request the call ends with the error of its last one: that says more than that no
 * further one is sent. */
static void refuse_attempt(struct aws_call *c)
{
	char what[96];

	if (c->n_sent > 0) {
		call_end(c, NULL);
		return;
	}
	snprintf(what, sizeof(what), "not sent, since the last %u requests failed",
		 call_breaker(c)->limit);
	call_fail(c, ERR_UNAVAILABLE, what);
}

static bool is_admitted(struct aws_call *c)
{
	enum aws_breaker_answer answer;

	if (c->is_admitted) /* by the request before, which was refused: this is the extra one */
		return true;
	answer = aws_breaker_ask(call_breaker(c), clock_mono_ms());
	c->is_admitted = answer != AWS_BREAKER_WAIT;
	c->is_probe = answer == AWS_BREAKER_PROBE;
	return c->is_admitted;
}

void call_begin_attempt(struct aws_call *c)
{
	int64_t timeout_ms = call_left_ms(c);

	if (timeout_ms <= 0) {
		call_fail(c, ERR_TIMEOUT, "the deadline passed before the request was sent");
		return;
	}
	if (!is_admitted(c)) {
		refuse_attempt(c);
		return;
	}
	if (c->has_own_credentials) {
		count_and_send(c);
		return;
	}
	c->state = CALL_ASKING;
	call_wake_in(c, (uint64_t)timeout_ms);
	c->wait.done = on_credentials;
	c->wait.arg = c;
	c->wait.refused = c->wants_refresh ? c->creds : NULL;
	aws_provider_get(c->owner->client->provider, c->wants_refresh, &c->wait);
}
