/* SPDX-License-Identifier: BSD-2-Clause
 * Calls to a service that is in trouble: when the client stops asking, and begins again. */
#include "aws/client.h"

#include <string.h>

#include "aws/client_int.h"
#include "aws_kit.h"
#include "aws/service.h"
#include "base/clock.h"
#include "base/metric.h"
#include "base/str.h"
#include "unit.h"

static const struct kit_reply broken[] = {KIT_REPLY(502, NULL, NULL)};
static const struct kit_reply well[] = {KIT_REPLY(200, NULL, "{}")};

static struct aws_breaker *breaker(struct kit *k)
{
	return &k->client->breakers[AWS_SERVICE_DYNAMODB];
}

/* As if the pause had passed. */
static void let_probe(struct kit *k)
{
	breaker(k)->probe_at_ms = clock_mono_ms();
}

static void open_breaker(struct kit *k, struct aws_service_state *s)
{
	struct kit_result r;

	kit_script(k, broken, 1);
	while (!breaker(k)->is_open)
		kit_call(k, s, &r);
}

START_TEST(service_in_trouble_is_spared_after_five_requests)
{
	struct aws_service_state s;
	struct kit_result r;
	struct kit k;

	kit_start(&k, broken, 1, NULL);
	kit_service_start(&k, &s, 5000);
	kit_call(&k, &s, &r);
	ck_assert_uint_eq(k.n_requests, 4);
	ck_assert_int_eq(metric_get(METRIC_AWS_BREAKER_DYNAMODB), 0);
	/* The fifth opens it: its call ends with what it met, and is not tried again. */
	kit_call(&k, &s, &r);
	ck_assert_uint_eq(k.n_requests, 5);
	ck_assert_int_eq(r.err, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(r.text, "HTTP status 502"));
	ck_assert_int_eq(metric_get(METRIC_AWS_BREAKER_DYNAMODB), 1);
	kit_call(&k, &s, &r);
	ck_assert_uint_eq(k.n_requests, 5);
	ck_assert_int_eq(r.err, ERR_UNAVAILABLE);
	ck_assert_str_eq(r.text, "DynamoDB GetItem: not sent, since the last 5 requests failed");
	aws_service_fini(&s);
	kit_stop(&k);
}
END_TEST

START_TEST(probe_that_fails_is_one_request_and_one_that_succeeds_ends_it)
{
	struct aws_service_state s;
	struct kit_result r;
	struct kit k;

	kit_start(&k, broken, 1, NULL);
	kit_service_start(&k, &s, 5000);
	open_breaker(&k, &s);
	kit_script(&k, broken, 1);
	let_probe(&k);
	kit_call(&k, &s, &r);
	ck_assert_uint_eq(k.n_requests, 1);
	ck_assert_ptr_nonnull(strstr(r.text, "HTTP status 502"));
	kit_script(&k, well, 1);
	let_probe(&k);
	kit_call(&k, &s, &r);
	ck_assert_int_eq(r.err, 0);
	ck_assert_int_eq(metric_get(METRIC_AWS_BREAKER_DYNAMODB), 0);
	kit_call(&k, &s, &r);
	ck_assert_int_eq(r.err, 0);
	aws_service_fini(&s);
	kit_stop(&k);
}
END_TEST

/* Whatever the service says of its own, it is there. */
static const struct kit_reply answers[] = {
	KIT_REPLY(400, NULL, JSON_ERROR("ThrottlingException")),
	KIT_REPLY(400, NULL, JSON_ERROR("ConditionalCheckFailedException")),
	KIT_REPLY(400, NULL, JSON_ERROR("AccessDeniedException")),
	KIT_REPLY(400, NULL, JSON_ERROR("ValidationException")),
	KIT_REPLY(400, NULL, JSON_ERROR("ResourceNotFoundException")),
};

START_TEST(refusals_and_throttles_are_answers)
{
	struct aws_service_state s;
	struct kit_result r;
	struct kit k;
	unsigned n;

	kit_start(&k, &answers[_i], 1, NULL);
	kit_service_start(&k, &s, 5000);
	for (n = 0; n < 8; n++)
		kit_call(&k, &s, &r);
	ck_assert(!breaker(&k)->is_open);
	open_breaker(&k, &s);
	kit_script(&k, &answers[_i], 1);
	let_probe(&k);
	kit_call(&k, &s, &r);
	ck_assert(!breaker(&k)->is_open);
	aws_service_fini(&s);
	kit_stop(&k);
}
END_TEST

static const struct kit_reply troubles[] = {
	KIT_REPLY(500, NULL, JSON_ERROR("InternalServerError")),
	KIT_REPLY(400, NULL, JSON_ERROR("UnrecognizedClientException")),
	KIT_REPLY(404, NULL, "<html>proxy</html>"),
	KIT_BAD_CRC(200, NULL, "{}"),
	{.raw = "\x01\x02garbage\r\n\r\n"},
	{.raw = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"},
};

START_TEST(answers_that_nobody_can_use_are_none)
{
	struct aws_service_state s;
	struct kit_result r;
	struct kit k;
	unsigned n;

	kit_start(&k, &troubles[_i], 1, NULL);
	kit_service_start(&k, &s, 5000);
	for (n = 0; n < 5; n++)
		kit_call(&k, &s, &r);
	ck_assert(breaker(&k)->is_open);
	ck_assert_uint_eq(k.n_requests, 5);
	aws_service_fini(&s);
	kit_stop(&k);
}
END_TEST

START_TEST(missing_keys_are_trouble_and_no_hot_loop)
{
	static const char *const env[] = {"AWS_REGION=eu-west-1", "AWS_EC2_METADATA_DISABLED=true",
					  "AWS_CONFIG_FILE=/nonexistent",
					  "AWS_SHARED_CREDENTIALS_FILE=/nonexistent", NULL};
	struct aws_service_state s;
	struct kit_result r;
	struct kit k;
	unsigned n;

	kit_listen(&k, well, 1);
	kit_open_client(&k, NULL, env);
	kit_service_start(&k, &s, 5000);
	for (n = 0; n < 6; n++) {
		kit_call(&k, &s, &r);
		ck_assert_int_eq(r.err, ERR_UNAVAILABLE);
		ck_assert_int_eq(metric_get(METRIC_AWS_KEYS_MISSING), 1);
	}
	ck_assert_ptr_nonnull(strstr(r.text, "not sent"));
	ck_assert_uint_eq(k.n_requests, 0);
	aws_service_fini(&s);
	kit_stop(&k);
}
END_TEST

START_TEST(cancelled_probe_makes_room_for_another)
{
	static const struct kit_reply silent[] = {{.status = -1}};
	struct kit_result r = {0};
	struct aws_service_state s, other;
	struct kit k;

	kit_start(&k, broken, 1, NULL);
	kit_service_start(&k, &s, 5000);
	kit_service_start(&k, &other, 5000);
	open_breaker(&k, &s);
	kit_script(&k, silent, 1);
	let_probe(&k);
	ck_assert_int_eq(kit_start_call(&s, &r), 0);
	while (k.n_requests < 1)
		uv_run(&k.loop, UV_RUN_ONCE);
	aws_service_fini(&s);
	ck_assert_int_eq(r.err, ERR_CANCELED);
	/* The breaker is the service's, not that of one object. */
	kit_script(&k, well, 1);
	kit_call(&k, &other, &r);
	ck_assert_int_eq(r.err, 0);
	aws_service_fini(&other);
	kit_stop(&k);
}
END_TEST

struct again {
	unsigned n;
	int err;
	char code[AWS_CODE_MAX];
};

static void on_again(void *arg, int err, const char *code)
{
	struct again *a = arg;

	a->n++;
	a->err = err;
	(void)str_copy(a->code, sizeof(a->code), slice_of(code));
}

START_TEST(every_further_request_of_a_call_is_told)
{
	static const struct kit_reply script[] = {
		KIT_REPLY(500, NULL, NULL), KIT_REPLY(400, NULL, JSON_ERROR("ThrottlingException")),
		KIT_REPLY(200, NULL, "{}")};
	struct aws_service_state s;
	struct again a = {0};
	struct kit_result r;
	struct kit k;

	kit_start(&k, script, 3, NULL);
	kit_service_start(&k, &s, 5000);
	s.again = on_again;
	s.again_arg = &a;
	kit_call(&k, &s, &r);
	ck_assert_int_eq(r.err, 0);
	ck_assert_uint_eq(a.n, 2);
	ck_assert_int_eq(a.err, ERR_THROTTLED);
	ck_assert_str_eq(a.code, "ThrottlingException");
	aws_service_fini(&s);
	kit_stop(&k);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("aws_outcome");
	TCase *tc = tcase_create("aws_outcome");
	SRunner *runner = srunner_create(suite);
	int failed;

	unit_ignore_sigpipe();
	tcase_add_test(tc, service_in_trouble_is_spared_after_five_requests);
	tcase_add_test(tc, probe_that_fails_is_one_request_and_one_that_succeeds_ends_it);
	tcase_add_loop_test(tc, refusals_and_throttles_are_answers, 0, N_ELEMENTS(answers));
	tcase_add_loop_test(tc, answers_that_nobody_can_use_are_none, 0, N_ELEMENTS(troubles));
	tcase_add_test(tc, missing_keys_are_trouble_and_no_hot_loop);
	tcase_add_test(tc, cancelled_probe_makes_room_for_another);
	tcase_add_test(tc, every_further_request_of_a_call_is_told);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
