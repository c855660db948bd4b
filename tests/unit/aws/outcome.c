/* SPDX-License-Identifier: BSD-2-Clause
 * Calls to a service that is in trouble: when the client stops asking, and begins again. */
#include "aws/client.h"

#include <string.h>

#include "aws/client_int.h"
#include "aws/outcome.h"
#include "kit/fake_aws.h"
#include "aws/service.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/str.h"
#include "kit/log_kit.h"
#include "kit/unit.h"

static const struct fake_aws_reply broken[] = {FAKE_AWS_REPLY(502, NULL, NULL)};
static const struct fake_aws_reply well[] = {FAKE_AWS_REPLY(200, NULL, "{}")};

static struct aws_breaker *breaker(struct fake_aws *k)
{
	return &k->client->breakers[AWS_SERVICE_DYNAMODB];
}

/* As if the pause had passed. */
static void let_probe(struct fake_aws *k)
{
	breaker(k)->probe_at_ms = clock_mono_ms();
}

static void open_breaker(struct fake_aws *k, struct aws_service_state *s)
{
	struct fake_aws_result r;

	fake_aws_script(k, broken, 1);
	while (!breaker(k)->is_open)
		fake_aws_call(k, s, &r);
}

START_TEST(service_in_trouble_is_spared_after_five_requests)
{
	struct aws_service_state s;
	struct fake_aws_result r;
	struct fake_aws k;

	fake_aws_start(&k, broken, 1, NULL);
	fake_aws_service_start(&k, &s, 5000);
	fake_aws_call(&k, &s, &r);
	ck_assert_uint_eq(k.n_requests, 4);
	ck_assert_int_eq(metric_get(METRIC_AWS_BREAKER_DYNAMODB), 0);
	/* The fifth opens it: its call ends with what it met, and is not tried again. */
	fake_aws_call(&k, &s, &r);
	ck_assert_uint_eq(k.n_requests, 5);
	ck_assert_int_eq(r.err, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(r.text, "HTTP status 502"));
	ck_assert_int_eq(metric_get(METRIC_AWS_BREAKER_DYNAMODB), 1);
	fake_aws_call(&k, &s, &r);
	ck_assert_uint_eq(k.n_requests, 5);
	ck_assert_int_eq(r.err, ERR_UNAVAILABLE);
	ck_assert_str_eq(r.text, "DynamoDB GetItem: not sent, since the last 5 requests failed");
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

START_TEST(probe_that_fails_is_one_request_and_one_that_succeeds_ends_it)
{
	struct aws_service_state s;
	struct fake_aws_result r;
	struct fake_aws k;

	fake_aws_start(&k, broken, 1, NULL);
	fake_aws_service_start(&k, &s, 5000);
	open_breaker(&k, &s);
	fake_aws_script(&k, broken, 1);
	let_probe(&k);
	fake_aws_call(&k, &s, &r);
	ck_assert_uint_eq(k.n_requests, 1);
	ck_assert_ptr_nonnull(strstr(r.text, "HTTP status 502"));
	fake_aws_script(&k, well, 1);
	let_probe(&k);
	fake_aws_call(&k, &s, &r);
	ck_assert_int_eq(r.err, 0);
	ck_assert_int_eq(metric_get(METRIC_AWS_BREAKER_DYNAMODB), 0);
	fake_aws_call(&k, &s, &r);
	ck_assert_int_eq(r.err, 0);
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

/* Whatever the service says of its own, it is there. */
static const struct fake_aws_reply answers[] = {
	FAKE_AWS_REPLY(400, NULL, JSON_ERROR("ThrottlingException")),
	FAKE_AWS_REPLY(400, NULL, JSON_ERROR("ConditionalCheckFailedException")),
	FAKE_AWS_REPLY(400, NULL, JSON_ERROR("AccessDeniedException")),
	FAKE_AWS_REPLY(400, NULL, JSON_ERROR("ValidationException")),
	FAKE_AWS_REPLY(400, NULL, JSON_ERROR("ResourceNotFoundException")),
};

START_TEST(refusals_and_throttles_are_answers)
{
	struct aws_service_state s;
	struct fake_aws_result r;
	struct fake_aws k;
	unsigned n;

	fake_aws_start(&k, &answers[_i], 1, NULL);
	fake_aws_service_start(&k, &s, 5000);
	for (n = 0; n < 8; n++)
		fake_aws_call(&k, &s, &r);
	ck_assert(!breaker(&k)->is_open);
	open_breaker(&k, &s);
	fake_aws_script(&k, &answers[_i], 1);
	let_probe(&k);
	fake_aws_call(&k, &s, &r);
	ck_assert(!breaker(&k)->is_open);
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

static const struct fake_aws_reply troubles[] = {
	FAKE_AWS_REPLY(500, NULL, JSON_ERROR("InternalServerError")),
	FAKE_AWS_REPLY(400, NULL, JSON_ERROR("UnrecognizedClientException")),
	FAKE_AWS_REPLY(404, NULL, "<html>proxy</html>"),
	FAKE_AWS_BAD_CRC(200, NULL, "{}"),
	{.raw = "\x01\x02garbage\r\n\r\n"},
	{.raw = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"},
};

START_TEST(answers_that_nobody_can_use_are_none)
{
	struct aws_service_state s;
	struct fake_aws_result r;
	struct fake_aws k;
	unsigned n;

	fake_aws_start(&k, &troubles[_i], 1, NULL);
	fake_aws_service_start(&k, &s, 5000);
	for (n = 0; n < 5; n++)
		fake_aws_call(&k, &s, &r);
	ck_assert(breaker(&k)->is_open);
	ck_assert_uint_eq(k.n_requests, 5);
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

START_TEST(missing_keys_are_trouble_and_no_hot_loop)
{
	static const char *const env[] = {"AWS_REGION=eu-west-1", "AWS_EC2_METADATA_DISABLED=true",
					  "AWS_CONFIG_FILE=/nonexistent",
					  "AWS_SHARED_CREDENTIALS_FILE=/nonexistent", NULL};
	struct aws_service_state s;
	struct fake_aws_result r;
	struct fake_aws k;
	unsigned n;

	fake_aws_listen(&k, well, 1);
	fake_aws_open_client(&k, NULL, env);
	fake_aws_service_start(&k, &s, 5000);
	for (n = 0; n < 6; n++) {
		fake_aws_call(&k, &s, &r);
		ck_assert_int_eq(r.err, ERR_UNAVAILABLE);
		ck_assert_int_eq(metric_get(METRIC_AWS_KEYS_MISSING), 1);
	}
	ck_assert_ptr_nonnull(strstr(r.text, "not sent"));
	ck_assert_uint_eq(k.n_requests, 0);
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

START_TEST(cancelled_probe_makes_room_for_another)
{
	static const struct fake_aws_reply silent[] = {{.status = -1}};
	struct fake_aws_result r = {0};
	struct aws_service_state s, other;
	struct fake_aws k;

	fake_aws_start(&k, broken, 1, NULL);
	fake_aws_service_start(&k, &s, 5000);
	fake_aws_service_start(&k, &other, 5000);
	open_breaker(&k, &s);
	fake_aws_script(&k, silent, 1);
	let_probe(&k);
	ck_assert_int_eq(fake_aws_start_call(&s, &r), 0);
	while (k.n_requests < 1)
		uv_run(&k.loop, UV_RUN_ONCE);
	aws_service_fini(&s);
	ck_assert_int_eq(r.err, ERR_CANCELED);
	/* The breaker is the service's, not that of one object. */
	fake_aws_script(&k, well, 1);
	fake_aws_call(&k, &other, &r);
	ck_assert_int_eq(r.err, 0);
	aws_service_fini(&other);
	fake_aws_stop(&k);
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
	str_copy(a->code, sizeof(a->code), slice_of(code));
}

START_TEST(every_further_request_of_a_call_is_told)
{
	static const struct fake_aws_reply script[] = {
		FAKE_AWS_REPLY(500, NULL, NULL),
		FAKE_AWS_REPLY(400, NULL, JSON_ERROR("ThrottlingException")),
		FAKE_AWS_REPLY(200, NULL, "{}")};
	struct aws_service_state s;
	struct again a = {0};
	struct fake_aws_result r;
	struct fake_aws k;

	fake_aws_start(&k, script, 3, NULL);
	fake_aws_service_start(&k, &s, 5000);
	s.again = on_again;
	s.again_arg = &a;
	fake_aws_call(&k, &s, &r);
	ck_assert_int_eq(r.err, 0);
	ck_assert_uint_eq(a.n, 2);
	ck_assert_int_eq(a.err, ERR_THROTTLED);
	ck_assert_str_eq(a.code, "ThrottlingException");
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

/* One request after another: "-" failed, "p" failed as a probe, "+" is a success; each at so many
 * milliseconds. */
static const struct {
	const char *outcomes;
	unsigned step_ms;
	unsigned opened, closed; /* lines */
	bool is_open;		 /* in the end */
} log_rows[] = {
	{"----", 1, 0, 0, false},
	{"-----", 1, 1, 0, true},
	{"-----pppp", 1000, 1, 0, true},
	{"-----+", 1, 1, 1, false},
	/* It opens and closes six times within a tenth of a second. */
	{"-----+-----+-----+-----+-----+-----+", 1, 1, 1, false},
	{"-----+-----+-----+-----+-----", 1, 1, 1, true},
	/* And stays open, which the probe tells that fails a second after the first line. */
	{"-----+-----pp", 10, 1, 1, true},
	{"-----+-----pp", 200, 2, 1, true},
	{"-----+-----pp+", 200, 2, 2, false},
	/* Each time for more than a second. */
	{"-----p+-----p+-----p+", 1000, 3, 3, false},
};

static unsigned count_lines(const char *text, const char *what)
{
	unsigned n = 0;

	for (text = strstr(text, what); text != NULL; text = strstr(text + 1, what))
		n++;
	return n;
}

START_TEST(breaker_that_flaps_is_logged_once_a_second)
{
	const char *c = log_rows[_i].outcomes, *text;
	int64_t now_ms = 5000;
	struct aws_breaker b;

	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT, LOG_READER_USER);
	aws_breaker_init(&b, 5, 15000);
	capture();
	for (; *c != '\0'; c++, now_ms += log_rows[_i].step_ms)
		aws_outcome_of_request(&b, AWS_SERVICE_DYNAMODB, *c == 'p',
				       *c == '+' ? 0 : ERR_TIMEOUT, now_ms);
	text = captured();
	ck_assert_msg(count_lines(text, "DynamoDB gave no usable answer to 5 requests in a row") ==
			      log_rows[_i].opened,
		      "%s: %s", log_rows[_i].outcomes, text);
	ck_assert_msg(count_lines(text, "DynamoDB answers again") == log_rows[_i].closed, "%s: %s",
		      log_rows[_i].outcomes, text);
	ck_assert_int_eq(b.is_open, log_rows[_i].is_open);
	ck_assert_int_eq(metric_get(METRIC_AWS_BREAKER_DYNAMODB), log_rows[_i].is_open);
}
END_TEST

/* What came to nothing here says nothing of the service, and only a probe ends the wait for it. */
START_TEST(a_request_that_was_given_up_says_nothing)
{
	static const int errors[] = {ERR_CANCELED, ERR_NOMEM};
	struct aws_breaker b;
	size_t i;

	for (i = 0; i < N_ELEMENTS(errors); i++) {
		aws_breaker_init(&b, 2, 60000);
		aws_outcome_of_request(&b, AWS_SERVICE_STS, false, ERR_TIMEOUT, 0);
		aws_outcome_of_request(&b, AWS_SERVICE_STS, false, errors[i], 0);
		ck_assert(!b.is_open);
		aws_outcome_of_request(&b, AWS_SERVICE_STS, false, ERR_TIMEOUT, 0);
		ck_assert(b.is_open);
		ck_assert_int_eq(aws_breaker_ask(&b, b.probe_at_ms), AWS_BREAKER_PROBE);
		/* One that was sent before it opened. */
		aws_outcome_of_request(&b, AWS_SERVICE_STS, false, errors[i], 0);
		ck_assert_int_eq(aws_breaker_ask(&b, b.probe_at_ms), AWS_BREAKER_WAIT);
		aws_outcome_of_request(&b, AWS_SERVICE_STS, true, errors[i], 0);
		ck_assert_int_eq(aws_breaker_ask(&b, b.probe_at_ms), AWS_BREAKER_PROBE);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("outcome");
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
	tcase_add_test(tc, a_request_that_was_given_up_says_nothing);
	tcase_add_test(tc, every_further_request_of_a_call_is_told);
	tcase_add_loop_test(tc, breaker_that_flaps_is_logged_once_a_second, 0,
			    N_ELEMENTS(log_rows));
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
