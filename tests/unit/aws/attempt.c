/* SPDX-License-Identifier: BSD-2-Clause
 * What has to be there before a request goes out. */
#include "aws/attempt.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "aws/call_life.h"
#include "aws/endpoint_find.h"
#include "aws/sign.h"
#include "aws/verdict.h"
#include "base/err.h"
#include "kit/unit.h"

enum { NOW_S = 1700000000, LEFT_MS = 60000 };

static uv_loop_t loop;
static struct aws_client client;
static struct aws_service_state service;
static struct aws_call call;
static struct aws_credentials *keys, *newer;

static int64_t left_ms;
static bool has_ended, has_failed;
static unsigned n_sent, n_asked, sent_timeout_ms;
static int send_err, find_err;
static int64_t sent_time_s;
static const struct aws_credentials *sent_creds;
static uint64_t wake_ms;
static bool was_refresh;
static const char *found_region;

/* In the place of aws/call_life.c. */
void call_end(struct aws_call *c, const struct fetch_transfer_reply *reply)
{
	ck_assert(c == &call && reply == NULL && !has_ended);
	has_ended = true;
}

void call_fail(struct aws_call *c, int err, const char *what)
{
	c->error.err = err;
	snprintf(c->error.why.text, sizeof(c->error.why.text), "%s", what);
	has_failed = true;
	call_end(c, NULL);
}

int64_t call_left_ms(const struct aws_call *c)
{
	ck_assert_ptr_eq(c, &call);
	return left_ms;
}

void call_wake_in(struct aws_call *c, uint64_t ms)
{
	ck_assert_ptr_eq(c, &call);
	wake_ms = ms;
}

struct aws_breaker *call_breaker(const struct aws_call *c)
{
	return &c->owner->client->breakers[c->owner->service];
}

/* In the place of aws/verdict.c, sign.c and endpoint_find.c. */
void call_on_reply(void *arg, const struct fetch_transfer_reply *reply)
{
	(void)arg;
	(void)reply;
}

int aws_sign_and_send(struct fetch_transfers *ts, const struct aws_sign_request *req,
		      const struct aws_credentials *creds, int64_t time_s, unsigned timeout_ms,
		      fetch_transfer_fn *done, void *arg, struct fetch_transfer **ret)
{
	ck_assert(ts == client.transfers && req->endpoint == &service.endpoint);
	ck_assert(done == call_on_reply && arg == &call && ret == &call.transfer);
	ck_assert_int_eq(call.state, CALL_SENDING);
	n_sent++;
	sent_creds = creds;
	sent_time_s = time_s;
	sent_timeout_ms = timeout_ms;
	return send_err;
}

int aws_endpoint_find(enum aws_service s, const char *region, const char *url,
		      const char *const *env, struct aws_endpoint *ret, struct errinfo *ei)
{
	ck_assert(s == service.service && url == NULL && env == client.env);
	ck_assert_ptr_eq(ret, &service.endpoint);
	found_region = region;
	return find_err != 0 ? err_set(ei, find_err, "no region") : 0;
}

int64_t __wrap_clock_wall_s(void);

int64_t __wrap_clock_wall_s(void)
{
	return NOW_S;
}

/* A provider that answers when the test does. */
static void fake_get(struct aws_provider *p, bool refresh, struct aws_credentials_wait *w)
{
	ck_assert(p == client.provider && w == &call.wait);
	ck_assert_int_eq(call.state, CALL_ASKING);
	was_refresh = refresh;
	n_asked++;
}

static const struct aws_provider_ops fake_ops = {.get = fake_get};
static struct aws_provider provider = {&fake_ops};

static void answer(int err, struct aws_credentials *creds)
{
	struct errinfo why = ERRINFO_INIT;

	if (err != 0)
		err_set(&why, err, "no keys");
	call.wait.done(call.wait.arg, err, creds, err != 0 ? &why : NULL);
}

static void open_call(void)
{
	memset(&client, 0, sizeof(client));
	client.provider = &provider;
	client.attempt_timeout_ms = 3000;
	client.skew_s = 30;
	service = (struct aws_service_state){.client = &client, .service = AWS_SERVICE_ROUTE53};
	aws_breaker_init(&client.breakers[AWS_SERVICE_ROUTE53], 1, 15000);
	memset(&call, 0, sizeof(call));
	call.owner = &service;
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(uv_timer_init(&loop, &call.timer), 0);
	left_ms = LEFT_MS;
	has_ended = has_failed = false;
	n_sent = n_asked = 0;
	send_err = find_err = 0;
	found_region = NULL;
	ck_assert_int_eq(aws_credentials_new(slice_of("OLD"), slice_of("s"), slice_of(""), 0, "t",
					     &keys, NULL),
			 0);
	ck_assert_int_eq(aws_credentials_new(slice_of("NEW"), slice_of("s"), slice_of(""), 0, "t",
					     &newer, NULL),
			 0);
}

static void close_call(void)
{
	aws_credentials_unref(call.creds);
	aws_credentials_unref(keys);
	aws_credentials_unref(newer);
	uv_close((uv_handle_t *)&call.timer, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

START_TEST(a_request_goes_out_with_keys)
{
	open_call();
	call_begin_attempt(&call);
	ck_assert(n_asked == 1 && n_sent == 0 && !was_refresh);
	ck_assert_ptr_null(call.wait.refused);
	/* The deadline ends this, too. */
	ck_assert_uint_eq(wake_ms, LEFT_MS);
	answer(0, keys);
	ck_assert(n_sent == 1 && sent_creds == keys && !has_ended);
	ck_assert(call.n_attempts == 1 && call.n_sent == 1);
	/* By the clock of AWS. */
	ck_assert_int_eq(sent_time_s, NOW_S + 30);
	ck_assert_int_eq(call.signed_s, NOW_S + 30);
	close_call();
}
END_TEST

START_TEST(an_attempt_has_its_time_and_the_calls)
{
	static const struct {
		int64_t left_ms;
		unsigned want_ms; /* 0: it is not sent */
	} rows[] = {{3001, 3000}, {3000, 3000}, {2999, 2999}, {1, 1}, {0, 0}, {-1, 0}};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_call();
		call_begin_attempt(&call);
		left_ms = rows[i].left_ms;
		answer(0, keys);
		ck_assert_msg(n_sent == (rows[i].want_ms > 0), "row %zu", i);
		if (n_sent > 0)
			ck_assert_msg(sent_timeout_ms == rows[i].want_ms, "row %zu", i);
		else
			ck_assert(has_failed && call.error.err == ERR_TIMEOUT);
		close_call();
		/* The same before anybody is asked for keys. */
		open_call();
		left_ms = rows[i].left_ms;
		call_begin_attempt(&call);
		ck_assert_msg(n_asked == (rows[i].want_ms > 0), "row %zu", i);
		ck_assert_msg(has_failed == (rows[i].want_ms == 0), "row %zu", i);
		close_call();
	}
}
END_TEST

START_TEST(without_keys_nothing_is_sent)
{
	static const struct {
		int err, want;
	} rows[] = {
		{ERR_NOMEM, ERR_NOMEM},
		{ERR_NOTFOUND, ERR_UNAVAILABLE},
		{ERR_TIMEOUT, ERR_UNAVAILABLE},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_call();
		call_begin_attempt(&call);
		answer(rows[i].err, NULL);
		ck_assert(has_failed && n_sent == 0);
		ck_assert_msg(call.error.err == rows[i].want, "row %zu: %d", i, call.error.err);
		ck_assert_str_eq(call.error.why.text, "no keys");
		close_call();
	}
}
END_TEST

/* What the service refused is not sent again: the call ends with that refusal. */
START_TEST(refreshed_keys_are_others_or_none)
{
	static const struct {
		int err;
		bool is_newer, is_sent;
	} rows[] = {{0, true, true}, {0, false, false}, {ERR_UNAVAILABLE, false, false}};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_call();
		call.creds = aws_credentials_ref(keys);
		call.n_attempts = call.n_sent = 1;
		call.wants_refresh = call.is_extra = true;
		call_begin_attempt(&call);
		ck_assert(was_refresh && call.wait.refused == keys);
		answer(rows[i].err, rows[i].err != 0 ? NULL : rows[i].is_newer ? newer : keys);
		ck_assert_msg(n_sent == rows[i].is_sent, "row %zu", i);
		ck_assert(has_ended == !rows[i].is_sent && !has_failed);
		ck_assert(!call.wants_refresh);
		if (rows[i].is_sent) {
			/* The extra one is not counted. */
			ck_assert(sent_creds == newer && call.n_attempts == 1 && call.n_sent == 2);
			ck_assert(!call.is_extra);
		}
		close_call();
	}
}
END_TEST

START_TEST(a_call_may_bring_its_own_keys_or_none)
{
	open_call();
	call.has_own_credentials = true;
	call_begin_attempt(&call);
	ck_assert(n_asked == 0 && n_sent == 1 && sent_creds == NULL);
	close_call();
}
END_TEST

START_TEST(what_cannot_be_sent_ends_the_call)
{
	open_call();
	send_err = ERR_NOMEM;
	call_begin_attempt(&call);
	answer(0, keys);
	ck_assert(has_failed && call.error.err == ERR_NOMEM);
	ck_assert_str_eq(call.error.why.text, err_str(ERR_NOMEM));
	close_call();
}
END_TEST

START_TEST(the_region_comes_with_the_keys_of_an_instance)
{
	open_call();
	service.needs_region = true;
	find_err = ERR_INVAL;
	call_begin_attempt(&call);
	answer(0, keys);
	ck_assert(has_failed && n_sent == 0 && call.error.err == ERR_UNAVAILABLE);
	ck_assert_str_eq(call.error.why.text, "no region");
	ck_assert(service.needs_region && found_region == NULL);
	ck_assert_uint_eq(call.n_attempts, 0);
	has_ended = has_failed = false;
	find_err = 0;
	keys->region = strdup("eu-west-1");
	call_begin_attempt(&call);
	answer(0, keys);
	ck_assert(n_sent == 1 && !service.needs_region);
	ck_assert_str_eq(found_region, "eu-west-1");
	/* It is known now. */
	found_region = NULL;
	call_begin_attempt(&call);
	answer(0, keys);
	ck_assert(n_sent == 2 && found_region == NULL);
	close_call();
}
END_TEST

START_TEST(the_breaker_lets_it_or_refuses)
{
	struct aws_breaker *b = &client.breakers[AWS_SERVICE_ROUTE53];

	open_call();
	call_begin_attempt(&call);
	ck_assert(call.is_admitted && !call.is_probe && n_asked == 1);
	/* It failed once, which is too often here; the pause is not over for a long time. */
	call.is_admitted = false;
	aws_breaker_failed(b, false, INT64_MAX / 2, 0);
	call_begin_attempt(&call);
	ck_assert(has_failed && n_asked == 1 && !call.is_admitted);
	ck_assert_int_eq(call.error.err, ERR_UNAVAILABLE);
	ck_assert_str_eq(call.error.why.text, "not sent, since the last 1 requests failed");
	/* After a request of its own, what became of that says more. */
	has_ended = has_failed = false;
	call.n_sent = 1;
	call_begin_attempt(&call);
	ck_assert(has_ended && !has_failed && n_asked == 1);
	/* The pause is over. */
	has_ended = false;
	b->probe_at_ms = 0;
	call_begin_attempt(&call);
	ck_assert(call.is_admitted && call.is_probe && n_asked == 2);
	/* The extra attempt goes with the one before it. */
	call_begin_attempt(&call);
	ck_assert(call.is_admitted && call.is_probe && n_asked == 3);
	close_call();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_request_goes_out_with_keys,
		an_attempt_has_its_time_and_the_calls,
		without_keys_nothing_is_sent,
		refreshed_keys_are_others_or_none,
		a_call_may_bring_its_own_keys_or_none,
		what_cannot_be_sent_ends_the_call,
		the_region_comes_with_the_keys_of_an_instance,
		the_breaker_lets_it_or_refuses,
	};

	return unit_run("attempt", tests, N_ELEMENTS(tests));
}
