/* SPDX-License-Identifier: BSD-2-Clause
 * Calls that end before their end: cancelled, without credentials, without memory. */
#include "aws/client.h"

#include <string.h>

#include "aws/client_int.h"
#include "aws/credentials.h"
#include "kit/fake_aws.h"
#include "kit/fake_malloc.h"
#include "aws/service.h"
#include "kit/unit.h"

START_TEST(calls_in_every_state_are_cancelled)
{
	static const struct fake_aws_reply silent[] = {{.status = -1}};
	static const struct fake_aws_reply slow[] = {FAKE_AWS_REPLY(
		400, "x-amz-retry-after: 4000\r\n", JSON_ERROR("ThrottlingException"))};
	struct fake_aws_result waiting = {0}, sending = {0}, backing_off = {0}, refused = {0};
	struct aws_service_state s;
	struct fake_aws k;

	fake_aws_start(&k, slow, 1, NULL);
	fake_aws_service_start(&k, &s, 60000);
	ck_assert_int_eq(fake_aws_start_call(&s, &backing_off), 0);
	while (k.n_requests < 1)
		uv_run(&k.loop, UV_RUN_ONCE);
	fake_aws_script(&k, silent, 1);
	ck_assert_int_eq(fake_aws_start_call(&s, &sending), 0);
	while (k.n_requests < 1)
		uv_run(&k.loop, UV_RUN_ONCE);
	ck_assert_int_eq(fake_aws_start_call(&s, &waiting), 0);
	aws_service_fini(&s);
	ck_assert_int_eq(waiting.err, ERR_CANCELED);
	ck_assert_int_eq(sending.err, ERR_CANCELED);
	ck_assert_int_eq(backing_off.err, ERR_CANCELED);
	ck_assert_int_eq(fake_aws_start_call(&s, &refused), ERR_CANCELED);
	fake_aws_stop(&k);
	ck_assert_uint_eq(waiting.n_done + sending.n_done + backing_off.n_done, 3);
	ck_assert_uint_eq(refused.n_done, 0);
}
END_TEST

START_TEST(closing_the_client_cancels_what_is_left)
{
	static const struct fake_aws_reply silent[] = {{.status = -1}};
	struct fake_aws_result r = {0};
	struct aws_service_state s;
	struct fake_aws k;
	unsigned i;

	fake_aws_start(&k, silent, 1, NULL);
	fake_aws_service_start(&k, &s, 60000);
	for (i = 0; i < 10; i++)
		ck_assert_int_eq(fake_aws_start_call(&s, &r), 0);
	while (k.n_requests < 10)
		uv_run(&k.loop, UV_RUN_ONCE);
	fake_aws_stop(&k);
	ck_assert_int_eq(r.err, ERR_CANCELED);
	ck_assert_uint_eq(r.n_done, 10);
}
END_TEST

struct closer {
	struct fake_aws *k;
	struct aws_service_state *s;
	unsigned n_done;
};

static void close_all(void *arg, const struct fetch_transfer_reply *reply,
		      const struct aws_error *error)
{
	struct closer *c = arg;

	(void)reply;
	(void)error;
	if (c->n_done++ > 0)
		return;
	aws_service_fini(c->s);
	aws_client_close(c->k->client);
	c->k->client = NULL;
}

START_TEST(a_listener_may_close_everything)
{
	static const struct fake_aws_reply rows[] = {
		FAKE_AWS_REPLY(200, NULL, "{}"),
		FAKE_AWS_REPLY(400, NULL, JSON_ERROR("ValidationException")),
		{.raw = "x\r\n"}};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct aws_call_request req = {.operation = "X", .path = "/"};
		struct aws_service_state s;
		struct closer c = {0};
		struct buf body;
		unsigned n;
		struct fake_aws k;

		fake_aws_start(&k, &rows[i], 1, NULL);
		fake_aws_service_start(&k, &s, 5000);
		c.k = &k;
		c.s = &s;
		for (n = 0; n < 3; n++) {
			buf_init(&body, 16);
			req.body = &body;
			ck_assert_int_eq(aws_call_start(&s, &req, close_all, &c), 0);
		}
		fake_aws_run(&k, &c.n_done, 3);
		fake_aws_stop(&k);
	}
}
END_TEST

/* ---- credentials that come later, and change ---- */

struct fake_provider {
	struct aws_provider base;
	struct aws_credentials_wait *open;
	struct aws_credentials *old, *fresh;
	unsigned n_refreshes;
	bool is_mute;
};

static void fake_get(struct aws_provider *base, bool refresh, struct aws_credentials_wait *w)
{
	struct fake_provider *p = (struct fake_provider *)base;

	p->n_refreshes += refresh;
	p->open = w;
	if (!p->is_mute)
		w->done(w->arg, 0, p->n_refreshes > 0 ? p->fresh : p->old, NULL);
}

static void fake_cancel(struct aws_provider *base, struct aws_credentials_wait *w)
{
	struct fake_provider *p = (struct fake_provider *)base;

	ck_assert_ptr_eq(p->open, w);
	p->open = NULL;
}

static void fake_close(struct aws_provider *base)
{
	struct fake_provider *p = (struct fake_provider *)base;

	aws_credentials_unref(p->old);
	aws_credentials_unref(p->fresh);
	free(p);
}

static struct fake_provider *fake_new(struct fake_aws *k, const char *old, const char *fresh)
{
	static const struct aws_provider_ops ops = {fake_get, fake_cancel, fake_close};
	struct fake_provider *p = calloc(1, sizeof(*p));

	ck_assert_ptr_nonnull(p);
	p->base.ops = &ops;
	ck_assert_int_eq(aws_credentials_new(slice_of(old), slice_of("S"), slice_of(NULL), 0, "x",
					     &p->old, NULL),
			 0);
	ck_assert_int_eq(aws_credentials_new(slice_of(fresh), slice_of("S"), slice_of(NULL), 0, "x",
					     &p->fresh, NULL),
			 0);
	aws_client_set_provider(k->client, &p->base);
	return p;
}

START_TEST(expired_credentials_are_refreshed_once)
{
	static const struct fake_aws_reply script[] = {
		FAKE_AWS_REPLY(400, NULL, JSON_ERROR("ExpiredTokenException")),
		FAKE_AWS_REPLY(200, NULL, "{}")};
	struct aws_service_state s;
	struct fake_provider *p;
	struct fake_aws_result r;
	struct fake_aws k;

	fake_aws_start(&k, script, 2, NULL);
	fake_aws_service_start(&k, &s, 5000);
	s.max_attempts = 1; /* the extra attempt does not count */
	p = fake_new(&k, "OLD", "NEW");
	fake_aws_call(&k, &s, &r);
	ck_assert_int_eq(r.err, 0);
	ck_assert_uint_eq(p->n_refreshes, 1);
	ck_assert_ptr_nonnull(strstr(fake_aws_header(&k, 0, "Authorization"), "Credential=OLD/"));
	ck_assert_ptr_nonnull(strstr(fake_aws_header(&k, 1, "Authorization"), "Credential=NEW/"));
	fake_aws_script(&k, script, 1);
	fake_aws_call(&k, &s, &r);
	ck_assert_int_eq(r.err, ERR_UNAVAILABLE);
	ck_assert_str_eq(r.code, "ExpiredTokenException");
	ck_assert_uint_eq(k.n_requests, 1);
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

/* All calls in flight meet it at once, and more of them than the breaker has patience. */
START_TEST(a_session_that_ends_is_no_trouble_of_the_service)
{
	static const struct fake_aws_reply script[] = {
		FAKE_AWS_REPLY(400, NULL, JSON_ERROR("ExpiredTokenException")), {.status = -1}};
	struct fake_aws_result r = {0};
	struct aws_service_state s;
	struct fake_aws k;

	fake_aws_start(&k, script, 2, NULL);
	fake_aws_service_start(&k, &s, 5000);
	fake_new(&k, "OLD", "NEW");
	ck_assert_int_eq(fake_aws_start_call(&s, &r), 0);
	while (k.n_requests < 2)
		uv_run(&k.loop, UV_RUN_ONCE);
	ck_assert_uint_eq(k.client->breakers[AWS_SERVICE_DYNAMODB].failures, 0);
	aws_service_fini(&s);
	/* Nobody has other keys: that is one failure. */
	fake_aws_service_start(&k, &s, 5000);
	fake_new(&k, "SAME", "SAME");
	fake_aws_script(&k, script, 1);
	fake_aws_call(&k, &s, &r);
	ck_assert_int_eq(r.err, ERR_UNAVAILABLE);
	ck_assert_uint_eq(k.n_requests, 1);
	ck_assert_uint_eq(k.client->breakers[AWS_SERVICE_DYNAMODB].failures, 1);
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

START_TEST(credentials_that_never_come_end_at_the_deadline)
{
	static const struct fake_aws_reply script[] = {FAKE_AWS_REPLY(200, NULL, "{}")};
	struct aws_service_state s;
	struct fake_provider *p;
	struct fake_aws_result r;
	struct fake_aws k;

	fake_aws_start(&k, script, 1, NULL);
	fake_aws_service_start(&k, &s, 50);
	p = fake_new(&k, "OLD", "NEW");
	p->is_mute = true;
	fake_aws_call(&k, &s, &r);
	ck_assert_int_eq(r.err, ERR_TIMEOUT);
	ck_assert_str_eq(r.text, "DynamoDB GetItem: no credentials came before the deadline");
	ck_assert_ptr_null(p->open);
	memset(&r, 0, sizeof(r));
	s.timeout_ms = 60000;
	ck_assert_int_eq(fake_aws_start_call(&s, &r), 0);
	while (p->open == NULL)
		uv_run(&k.loop, UV_RUN_NOWAIT);
	aws_service_fini(&s);
	ck_assert_int_eq(r.err, ERR_CANCELED);
	ck_assert_ptr_null(p->open);
	fake_aws_stop(&k);
}
END_TEST

START_TEST(credentials_may_come_in_a_later_turn)
{
	static const struct fake_aws_reply script[] = {FAKE_AWS_REPLY(200, NULL, "{}")};
	struct aws_service_state s;
	struct fake_provider *p;
	struct fake_aws_result r = {0};
	struct fake_aws k;

	fake_aws_start(&k, script, 1, NULL);
	fake_aws_service_start(&k, &s, 5000);
	p = fake_new(&k, "OLD", "NEW");
	p->is_mute = true;
	ck_assert_int_eq(fake_aws_start_call(&s, &r), 0);
	while (p->open == NULL)
		uv_run(&k.loop, UV_RUN_NOWAIT);
	p->open->done(p->open->arg, 0, p->old, NULL);
	fake_aws_run(&k, &r.n_done, 1);
	ck_assert_int_eq(r.err, 0);
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

/* Every allocation of a whole call fails once: it ends exactly once, and the next one works. */
START_TEST(a_failed_allocation_ends_one_call_alone)
{
	static const struct fake_aws_reply script[] = {
		FAKE_AWS_REPLY(400, NULL, JSON_ERROR("ValidationException"))};
	struct aws_service_state s;
	struct fake_aws_result r;
	bool refused = true;
	struct fake_aws k;
	size_t n;

	for (n = 1; refused; n++) {
		int err;

		fake_aws_start(&k, script, 1, NULL);
		fake_aws_service_start(&k, &s, 5000);
		memset(&r, 0, sizeof(r));
		fake_malloc_fail_at(n);
		err = fake_aws_start_call(&s, &r);
		while (err == 0 && r.n_done == 0)
			uv_run(&k.loop, UV_RUN_ONCE);
		refused = fake_malloc_off();
		ck_assert_msg(err == 0 || (err == ERR_NOMEM && r.n_done == 0), "allocation %zu", n);
		ck_assert_msg(err != 0 || r.n_done == 1, "allocation %zu", n);
		fake_aws_call(&k, &s, &r);
		ck_assert_msg(r.err == ERR_REFUSED, "after allocation %zu: %d %s", n, r.err,
			      r.text);
		aws_service_fini(&s);
		fake_aws_stop(&k);
	}
	ck_assert_uint_gt(n, 30);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		calls_in_every_state_are_cancelled,
		closing_the_client_cancels_what_is_left,
		a_listener_may_close_everything,
		expired_credentials_are_refreshed_once,
		a_session_that_ends_is_no_trouble_of_the_service,
		credentials_that_never_come_end_at_the_deadline,
		credentials_may_come_in_a_later_turn,
		a_failed_allocation_ends_one_call_alone,
	};

	return unit_run("call_life", tests, N_ELEMENTS(tests));
}
