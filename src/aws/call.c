/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "aws/client_int.h"
#include "aws/crc32.h"
#include "aws/credentials.h"
#include "aws/fault.h"
#include "aws/outcome.h"
#include "aws/sign.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"

enum call_state {
	CALL_WAITING, /* for the first turn, or for a backoff to end */
	CALL_ASKING,  /* for credentials; the timer is the deadline */
	CALL_SENDING, /* curl keeps the deadline */
	CALL_ENDED,   /* the timer is closing */
};

struct aws_call {
	struct aws_call *next, **prev;
	struct aws_service_state *owner;
	enum call_state state;
	uv_timer_t timer;
	struct aws_transfer *transfer;
	struct aws_credentials_wait wait;
	struct aws_credentials *creds; /* of the last attempt */
	char label[64];		       /* "DynamoDB GetItem" */
	char *path;
	char *query;
	char *target;
	const char *content_type;
	struct buf body;
	aws_call_fn *done;
	void *arg;
	int64_t deadline_ms;
	int64_t signed_s;
	unsigned n_attempts; /* made, the two extra ones not counted */
	unsigned n_sent;     /* made, all of them */
	unsigned n_retries;
	int last_cost;
	bool was_refreshed;	  /* the extra attempt with other credentials is spent */
	bool was_corrected;	  /* the one with a corrected clock is */
	bool wants_refresh;	  /* the next attempt is the former */
	bool is_extra;		  /* the next attempt is one of the two */
	bool has_own_credentials; /* creds, from the start */
	bool is_admitted;	  /* by the breaker, which waits for the outcome */
	bool is_probe;		  /* that of the breaker */
	struct aws_error error;
	struct aws_fault fault;
};

static void begin_attempt(struct aws_call *c);

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

static struct aws_breaker *breaker_of(const struct aws_call *c)
{
	return &c->owner->client->breakers[c->owner->service];
}

/* Tells what became of the request that begin_attempt() was allowed. */
static void tell_outcome(struct aws_call *c, int err)
{
	if (!c->is_admitted)
		return;
	aws_outcome_of_request(breaker_of(c), c->owner->service, c->is_probe, err, clock_mono_ms());
	c->is_admitted = false;
	c->is_probe = false;
}

/* The last thing anybody does with c: whoever listens may close the client. */
static void end(struct aws_call *c, const struct aws_transfer_reply *reply)
{
	c->state = CALL_ENDED;
	*c->prev = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	uv_close((uv_handle_t *)&c->timer, on_timer_closed);
	c->error.attempts = c->n_sent;
	tell_outcome(c, reply != NULL ? 0 : c->error.err);
	aws_outcome_of_call(c->owner->service, reply != NULL ? 0 : c->error.err);
	c->done(c->arg, reply, reply != NULL ? NULL : &c->error);
}

/* An error that did not come in a reply of AWS's. */
static void set_error(struct aws_call *c, int err, const char *what)
{
	memset(&c->error, 0, sizeof(c->error));
	c->error.err = err;
	c->error.message = "";
	(void)err_set(&c->error.why, err, "%s: %s", c->label, what);
}

static void fail(struct aws_call *c, int err, const char *what)
{
	set_error(c, err, what);
	end(c, NULL);
}

static int64_t left_ms(const struct aws_call *c)
{
	return c->deadline_ms - clock_mono_ms();
}

static void on_timer(uv_timer_t *timer)
{
	struct aws_call *c = timer->data;

	if (c->state == CALL_WAITING) {
		begin_attempt(c);
		return;
	}
	aws_provider_cancel(c->owner->client->provider, &c->wait);
	fail(c, ERR_TIMEOUT, "no credentials came before the deadline");
}

static void attempt_again(struct aws_call *c, uint32_t delay_ms)
{
	tell_outcome(c, c->error.err);
	c->state = CALL_WAITING;
	(void)uv_timer_start(&c->timer, on_timer, delay_ms, 0);
}

/* After the error in c->error. */
static void back_off_or_end(struct aws_call *c, enum aws_retry_class retry, int64_t hint_ms)
{
	struct aws_service_state *s = c->owner;
	bool is_throttle = retry == AWS_RETRY_THROTTLE;
	uint32_t base_ms = is_throttle ? s->client->throttle_base_ms : s->base_ms, delay_ms;
	int cost = aws_budget_cost(retry);
	uint32_t rnd;

	if (retry != AWS_RETRY_TRANSIENT && !is_throttle) {
		end(c, NULL);
		return;
	}
	rand_bytes(&rnd, sizeof(rnd));
	delay_ms = aws_retry_delay_ms(base_ms, c->n_retries, hint_ms, rnd);
	if (c->n_attempts >= s->max_attempts || (int64_t)delay_ms >= left_ms(c) ||
	    !aws_budget_take(&s->budget, cost)) {
		end(c, NULL);
		return;
	}
	c->last_cost = cost;
	c->n_retries++;
	if (s->again != NULL)
		s->again(s->again_arg, c->error.err, c->error.code);
	attempt_again(c, delay_ms);
}

/* Only a server whose certificate was verified may tell us the time. */
static bool correct_clock(struct aws_call *c, const struct aws_transfer_reply *reply)
{
	struct aws_client *client = c->owner->client;
	int64_t offset_s = 0;

	if (c->was_corrected || !c->owner->endpoint.is_tls || reply->date_s == 0)
		return false;
	if (!aws_skew_learn(reply->date_s, c->signed_s, clock_wall_s(), &offset_s))
		return false;
	if (offset_s != 0)
		log_warn("the clock of this machine is %lld s behind the clock of AWS: signatures "
			 "are corrected by that, set the clock right",
			 (long long)offset_s);
	client->skew_s = offset_s;
	c->was_corrected = true;
	return true;
}

static void judge(struct aws_call *c, const struct aws_transfer_reply *reply)
{
	struct aws_verdict v;

	aws_fault_fini(&c->fault);
	memset(&c->error, 0, sizeof(c->error));
	if (aws_fault_parse(&c->fault, reply->body, reply->error_type, reply->request_id) != 0) {
		fail(c, ERR_NOMEM, err_str(ERR_NOMEM));
		return;
	}
	v = aws_retry_judge(reply->status, c->fault.code);
	c->error.status = reply->status;
	aws_fault_explain(&c->fault, c->label, v.err, &c->error);
	if (v.retry == AWS_RETRY_CREDENTIALS && !c->was_refreshed) {
		c->was_refreshed = true;
		c->wants_refresh = true;
		c->is_extra = true;
	} else if (v.retry == AWS_RETRY_SKEW && correct_clock(c, reply)) {
		c->is_extra = true;
	}
	if (c->is_extra)
		attempt_again(c, 0);
	else
		back_off_or_end(c, v.retry, reply->retry_after_ms);
}

/* No whole reply came. */
static void judge_transport(struct aws_call *c, const struct aws_transfer_reply *reply)
{
	static const struct aws_verdict verdicts[] = {
		[AWS_TRANSFER_TIMEOUT] = {ERR_TIMEOUT, AWS_RETRY_TRANSIENT},
		[AWS_TRANSFER_UNREACHABLE] = {ERR_UNAVAILABLE, AWS_RETRY_TRANSIENT},
		[AWS_TRANSFER_UNTRUSTED] = {ERR_UNAVAILABLE, AWS_RETRY_NEVER},
		[AWS_TRANSFER_BROKEN] = {ERR_UNAVAILABLE, AWS_RETRY_TRANSIENT},
		[AWS_TRANSFER_GARBAGE] = {ERR_PROTOCOL, AWS_RETRY_NEVER},
		[AWS_TRANSFER_TOO_LARGE] = {ERR_PROTOCOL, AWS_RETRY_NEVER},
		[AWS_TRANSFER_NOMEM] = {ERR_NOMEM, AWS_RETRY_NEVER},
	};
	struct aws_verdict v = verdicts[reply->result];

	if (reply->result == AWS_TRANSFER_TOO_LARGE)
		set_error(c, v.err, "the reply is larger than allowed");
	else
		set_error(c, v.err, reply->why);
	back_off_or_end(c, v.retry, -1);
}

static void on_reply(void *arg, const struct aws_transfer_reply *reply)
{
	struct aws_call *c = arg;

	c->transfer = NULL;
	if (reply->result != AWS_TRANSFER_DONE) {
		judge_transport(c, reply);
		return;
	}
	if (reply->has_crc && aws_crc32(reply->body) != reply->crc) {
		set_error(c, ERR_PROTOCOL, "the reply does not match its x-amz-crc32");
		c->error.status = reply->status;
		back_off_or_end(c, AWS_RETRY_TRANSIENT, -1);
		return;
	}
	if (reply->status < 200 || reply->status > 299) {
		judge(c, reply);
		return;
	}
	aws_budget_give(&c->owner->budget, c->last_cost);
	end(c, reply);
}

static void send_attempt(struct aws_call *c)
{
	struct aws_client *client = c->owner->client;
	int64_t timeout_ms = left_ms(c);
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
		fail(c, ERR_TIMEOUT, "the deadline passed before the request was sent");
		return;
	}
	if (timeout_ms > client->attempt_timeout_ms)
		timeout_ms = client->attempt_timeout_ms;
	(void)uv_timer_stop(&c->timer);
	c->state = CALL_SENDING;
	c->signed_s = clock_wall_s() + client->skew_s;
	err = aws_sign_and_send(client->transfers, &req, c->creds, c->signed_s,
				(unsigned)timeout_ms, on_reply, c, &c->transfer);
	if (err != 0)
		fail(c, err, err_str(err));
}

/* The region that the instance told with its keys. */
static int find_endpoint(struct aws_call *c, struct errinfo *ei)
{
	struct aws_service_state *s = c->owner;
	int err;

	if (!s->needs_region)
		return 0;
	err = aws_endpoint_find(s->service, c->creds != NULL ? c->creds->region : NULL, NULL,
				s->client->env, &s->endpoint, ei);
	s->needs_region = err != 0;
	return err;
}

static void count_and_send(struct aws_call *c)
{
	struct errinfo why = ERRINFO_INIT;

	if (find_endpoint(c, &why) != 0) {
		fail(c, ERR_UNAVAILABLE, why.text);
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
		tell_outcome(c, ERR_CANCELED); /* that of the refused request is told */
		end(c, NULL);
		return;
	}
	if (err != 0) {
		fail(c, err == ERR_NOMEM ? err : ERR_UNAVAILABLE, why->text);
		return;
	}
	aws_credentials_unref(c->creds);
	c->creds = aws_credentials_ref(creds);
	count_and_send(c);
}

/* What the last attempt met with says more than that there will be no other. */
static void refuse_attempt(struct aws_call *c)
{
	char what[96];

	if (c->n_sent > 0) {
		end(c, NULL);
		return;
	}
	(void)snprintf(what, sizeof(what), "not sent, since the last %u requests failed",
		       breaker_of(c)->limit);
	fail(c, ERR_UNAVAILABLE, what);
}

static bool is_admitted(struct aws_call *c)
{
	enum aws_breaker_answer answer = aws_breaker_ask(breaker_of(c), clock_mono_ms());

	c->is_admitted = answer != AWS_BREAKER_WAIT;
	c->is_probe = answer == AWS_BREAKER_PROBE;
	return c->is_admitted;
}

static void begin_attempt(struct aws_call *c)
{
	int64_t timeout_ms = left_ms(c);

	if (timeout_ms <= 0) {
		fail(c, ERR_TIMEOUT, "the deadline passed before the request was sent");
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
	(void)uv_timer_start(&c->timer, on_timer, (uint64_t)timeout_ms, 0);
	c->wait.done = on_credentials;
	c->wait.arg = c;
	aws_provider_get(c->owner->client->provider, c->wants_refresh, &c->wait);
}

static void cancel(struct aws_call *c)
{
	if (c->state == CALL_ASKING)
		aws_provider_cancel(c->owner->client->provider, &c->wait);
	if (c->state == CALL_SENDING)
		aws_transfer_cancel(c->transfer);
	fail(c, ERR_CANCELED, err_str(ERR_CANCELED));
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
	attempt_again(c, 0);
	return 0;
}
