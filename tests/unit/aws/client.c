/* SPDX-License-Identifier: BSD-2-Clause
 * Calls against a scripted server: what is retried, how a call ends, and that nothing is left. */
#include "aws/client.h"

#include <stdio.h>
#include <string.h>

#include "aws/aws_route53.h"
#include "aws/client_int.h"
#include "kit/fake_aws.h"
#include "aws/service.h"
#include "base/clock.h"
#include "base/metric.h"
#include "kit/unit.h"

static const char html[] = "<html><body>Bad Gateway</body></html>";

/* ---- one script, one verdict ---- */

static const struct {
	struct fake_aws_reply script[2];
	size_t n_script;
	int want_err;
	size_t want_requests;
	const char *want_text; /* how the sentence goes on after "DynamoDB GetItem: " */
} reply_rows[] = {
	{{FAKE_AWS_REPLY(200, NULL, "{}")}, 1, 0, 1, NULL},
	{{FAKE_AWS_REPLY(500, NULL, JSON_ERROR("InternalServerError")),
	  FAKE_AWS_REPLY(200, NULL, "{}")},
	 2,
	 0,
	 2,
	 NULL},
	{{FAKE_AWS_REPLY(503, NULL, html), FAKE_AWS_REPLY(200, NULL, "{}")}, 2, 0, 2, NULL},
	{{FAKE_AWS_REPLY(502, NULL, NULL)},
	 1,
	 ERR_UNAVAILABLE,
	 4,
	 "HTTP status 502 without an error of AWS's"},
	{{FAKE_AWS_REPLY(400, NULL, JSON_ERROR("ThrottlingException")),
	  FAKE_AWS_REPLY(200, NULL, "{}")},
	 2,
	 0,
	 2,
	 NULL},
	{{FAKE_AWS_REPLY(400, NULL, JSON_ERROR("ProvisionedThroughputExceededException"))},
	 1,
	 ERR_THROTTLED,
	 4,
	 "ProvisionedThroughputExceededException: no"},
	{{FAKE_AWS_REPLY(429, NULL, NULL)}, 1, ERR_THROTTLED, 4, "HTTP status 429"},
	{{FAKE_AWS_REPLY(501, NULL, NULL)}, 1, ERR_UNAVAILABLE, 1, "HTTP status 501"},
	{{FAKE_AWS_REPLY(400, NULL, JSON_ERROR("ValidationException"))},
	 1,
	 ERR_REFUSED,
	 1,
	 "ValidationException: no"},
	{{FAKE_AWS_REPLY(400, NULL, JSON_ERROR("ConditionalCheckFailedException"))},
	 1,
	 ERR_CONFLICT,
	 1,
	 "ConditionalCheckFailedException: no"},
	{{FAKE_AWS_REPLY(400, NULL, JSON_ERROR("AccessDeniedException"))},
	 1,
	 ERR_DENIED,
	 1,
	 "AccessDeniedException: no"},
	{{FAKE_AWS_REPLY(400, "x-amzn-RequestId: ID7\r\n",
			 JSON_ERROR("ResourceNotFoundException"))},
	 1,
	 ERR_NOTFOUND,
	 1,
	 "ResourceNotFoundException: no (request id ID7)"},
	/* Static credentials stay the same, and plain HTTP tells no time. */
	{{FAKE_AWS_REPLY(400, NULL, JSON_ERROR("ExpiredTokenException"))},
	 1,
	 ERR_UNAVAILABLE,
	 1,
	 "ExpiredTokenException: no"},
	{{FAKE_AWS_REPLY(400, "Date: Thu, 01 Jan 1970 00:00:10 GMT\r\n",
			 JSON_ERROR("InvalidSignatureException"))},
	 1,
	 ERR_UNAVAILABLE,
	 1,
	 "InvalidSignatureException: no"},
	{{FAKE_AWS_REPLY(404, NULL, html)}, 1, ERR_PROTOCOL, 1, "HTTP status 404"},
	{{FAKE_AWS_REPLY(301, "Location: http://127.0.0.1:1/\r\n", NULL)},
	 1,
	 ERR_PROTOCOL,
	 1,
	 "HTTP status 301"},
	{{FAKE_AWS_BAD_CRC(200, NULL, "{}"), FAKE_AWS_REPLY(200, NULL, "{}")}, 2, 0, 2, NULL},
	{{FAKE_AWS_BAD_CRC(200, NULL, "{}")},
	 1,
	 ERR_PROTOCOL,
	 4,
	 "the reply does not match its x-amz-crc32"},
	{{FAKE_AWS_BAD_CRC(400, NULL, JSON_ERROR("ValidationException")),
	  FAKE_AWS_REPLY(200, NULL, "{}")},
	 2,
	 0,
	 2,
	 NULL},
	{{{.raw = "\x01\x02garbage\r\n\r\n"}}, 1, ERR_PROTOCOL, 1, "Received HTTP/0.9"},
	{{{.raw = "HTTP/1.1 banana\r\n\r\n"}}, 1, ERR_PROTOCOL, 1, ""},
	{{{.raw = "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{}"}},
	 1,
	 ERR_PROTOCOL,
	 1,
	 "the reply is larger than allowed"},
	{{{.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n{}"},
	  FAKE_AWS_REPLY(200, NULL, "{}")},
	 2,
	 0,
	 2,
	 NULL},
	{{{.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nx-amz-crc32: "
		  "2745614147\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"}},
	 1,
	 0,
	 1,
	 NULL},
	{{{.raw = "HTTP/1.1 100 Continue\r\nx-amz-crc32: 1\r\n\r\nHTTP/1.1 200 OK\r\n"
		  "Content-Length: 2\r\n\r\n{}"}},
	 1,
	 0,
	 1,
	 NULL},
};

static enum metric metric_of(int err)
{
	switch (err) {
	case 0:
		return METRIC_AWS_DYNAMODB_OK;
	case ERR_THROTTLED:
		return METRIC_AWS_DYNAMODB_THROTTLED;
	case ERR_DENIED:
		return METRIC_AWS_DYNAMODB_DENIED;
	case ERR_TIMEOUT:
	case ERR_UNAVAILABLE:
	case ERR_PROTOCOL:
		return METRIC_AWS_DYNAMODB_FAILED;
	default:
		return METRIC_AWS_DYNAMODB_REFUSED;
	}
}

START_TEST(replies_are_judged_and_retried_as_they_deserve)
{
	static const struct aws_client_conf conf = {.max_response_bytes = 1000};
	size_t i;

	for (i = 0; i < N_ELEMENTS(reply_rows); i++) {
		struct aws_service_state s;
		struct fake_aws_result r;
		char want[128];
		struct fake_aws k;
		enum metric m = metric_of(reply_rows[i].want_err);
		int64_t counted = metric_get(m);

		fake_aws_start(&k, reply_rows[i].script, reply_rows[i].n_script, &conf);
		fake_aws_service_start(&k, &s, 5000);
		fake_aws_call(&k, &s, &r);
		ck_assert_msg(r.err == reply_rows[i].want_err, "row %zu: %d %s", i, r.err, r.text);
		ck_assert_msg(metric_get(m) == counted + 1, "row %zu: not counted", i);
		ck_assert_msg(k.n_requests == reply_rows[i].want_requests, "row %zu: %zu requests",
			      i, k.n_requests);
		if (reply_rows[i].want_text != NULL) {
			snprintf(want, sizeof(want), "DynamoDB GetItem: %s",
				 reply_rows[i].want_text);
			ck_assert_msg(strncmp(r.text, want, strlen(want)) == 0, "row %zu: %s", i,
				      r.text);
		}
		aws_service_fini(&s);
		fake_aws_stop(&k);
	}
}
END_TEST

START_TEST(large_bodies_and_headers_are_cut_off)
{
	static const struct aws_client_conf conf = {.max_response_bytes = 1000};
	struct buf body, head;
	struct fake_aws_reply replies[2] = {0};
	size_t i;

	buf_init(&body, 100000);
	buf_init(&head, 100000);
	buf_adds(&body, "HTTP/1.1 200 OK\r\n\r\n");
	buf_adds(&head, "HTTP/1.1 200 OK\r\n");
	for (i = 0; i < 1100; i++) {
		buf_adds(&body, "x");
		buf_adds(&head, "X-Filler: 0123456789012345678901234567890123456789012345678\r\n");
	}
	buf_adds(&head, "\r\n");
	ck_assert_int_eq(body.err | head.err, 0);
	replies[0].raw = body.data;
	replies[1].raw = head.data;
	for (i = 0; i < N_ELEMENTS(replies); i++) {
		struct aws_service_state s;
		struct fake_aws_result r;
		struct fake_aws k;

		fake_aws_start(&k, &replies[i], 1, &conf);
		fake_aws_service_start(&k, &s, 5000);
		fake_aws_call(&k, &s, &r);
		ck_assert_msg(r.err == ERR_PROTOCOL, "reply %zu: %d %s", i, r.err, r.text);
		ck_assert_str_eq(r.text, "DynamoDB GetItem: the reply is larger than allowed");
		ck_assert_uint_eq(k.n_requests, 1);
		aws_service_fini(&s);
		fake_aws_stop(&k);
	}
	buf_fini(&body);
	buf_fini(&head);
}
END_TEST

START_TEST(a_reply_cut_at_any_byte_is_asked_for_again)
{
	struct fake_aws_reply script[2] = {FAKE_AWS_REPLY(200, "Date: x\r\n", "{\"a\":[1,2]}"),
					   FAKE_AWS_REPLY(200, NULL, "{\"b\":2}")};
	struct aws_service_state s;
	struct fake_aws_result r;
	struct fake_aws k;
	size_t at;

	fake_aws_start(&k, script, 2, NULL);
	fake_aws_service_start(&k, &s, 5000);
	for (at = 1;; at++) {
		fake_aws_script(&k, script, 2);
		script[0].cut_at = at;
		s.budget.tokens = AWS_RETRY_BUDGET;
		fake_aws_call(&k, &s, &r);
		ck_assert_msg(r.err == 0, "cut at %zu: %d %s", at, r.err, r.text);
		if (k.n_requests == 1)
			break;
		ck_assert_uint_eq(k.n_requests, 2);
		ck_assert_str_eq(r.body, "{\"b\":2}");
	}
	ck_assert_str_eq(r.body, "{\"a\":[1,2]}");
	ck_assert_uint_gt(at, 70);
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

/* ---- what is sent ---- */

START_TEST(what_is_signed_is_what_is_sent)
{
	static const struct fake_aws_reply script[] = {FAKE_AWS_REPLY(500, NULL, NULL),
						       FAKE_AWS_REPLY(200, NULL, "{}")};
	static const char *const absent[] = {"Accept-Encoding", "Accept", "Expect",
					     "Transfer-Encoding", "Connection"};
	struct aws_service_state s;
	struct fake_aws_result r;
	struct fake_aws k;
	size_t i;

	fake_aws_start(&k, script, 2, NULL);
	fake_aws_service_start(&k, &s, 5000);
	fake_aws_call(&k, &s, &r);
	ck_assert_int_eq(r.err, 0);
	ck_assert_uint_eq(k.n_requests, 2);
	for (i = 0; i < k.n_requests; i++) {
		fake_aws_assert_signed(&k, i, "eu-west-1", "dynamodb");
		ck_assert_ptr_nonnull(strstr(fake_aws_header(&k, i, "Authorization"),
					     "SignedHeaders=content-type;host;x-amz-date;"
					     "x-amz-security-token;x-amz-target, "));
		ck_assert_str_eq(fake_aws_header(&k, i, "X-Amz-Security-Token"), FAKE_AWS_TOKEN);
		ck_assert_str_eq(fake_aws_header(&k, i, "Host"), k.host);
		ck_assert_str_eq(fake_aws_body(&k, i), "{\"a\":1}");
	}
	for (i = 0; i < N_ELEMENTS(absent); i++)
		ck_assert_msg(fake_aws_header(&k, 0, absent[i])[0] == '\0', "%s", absent[i]);
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

START_TEST(an_endpoint_may_have_a_path_of_its_own)
{
	static const struct fake_aws_reply script[] = {FAKE_AWS_REPLY(200, NULL, "{}")};
	struct aws_service_state s;
	struct fake_aws_result r;
	struct fake_aws k;

	fake_aws_start(&k, script, 1, NULL);
	memcpy(k.url + strlen(k.url), "/a/../b:c/", 11);
	fake_aws_service_start(&k, &s, 5000);
	fake_aws_call(&k, &s, &r);
	ck_assert_int_eq(r.err, 0);
	ck_assert_int_eq(strncmp(k.requests[0], "POST /b:c/ HTTP/1.1\r\n", 21), 0);
	fake_aws_assert_signed(&k, 0, "eu-west-1", "dynamodb");
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

START_TEST(no_proxy_stands_before_plain_http_and_this_machine)
{
	static const struct fake_aws_reply script[] = {FAKE_AWS_REPLY(200, NULL, "{}")};
	static const char *const names[] = {"http_proxy", "HTTPS_PROXY", "ALL_PROXY"};
	struct aws_service_state s;
	struct fake_aws_result r;
	struct fake_aws k;
	size_t i;

	for (i = 0; i < N_ELEMENTS(names); i++)
		ck_assert_int_eq(setenv(names[i], "http://127.0.0.1:1", 1), 0);
	fake_aws_start(&k, script, 1, NULL);
	fake_aws_service_start(&k, &s, 5000);
	fake_aws_call(&k, &s, &r);
	for (i = 0; i < N_ELEMENTS(names); i++)
		ck_assert_int_eq(unsetenv(names[i]), 0);
	ck_assert_msg(r.err == 0, "%s", r.text);
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

START_TEST(connections_are_kept_and_capped)
{
	static const struct fake_aws_reply script[] = {FAKE_AWS_REPLY(200, NULL, "{}")};
	static const struct aws_client_conf conf = {.max_connections = 4};
	struct fake_aws_result r = {0};
	struct aws_service_state s;
	struct fake_aws k;
	unsigned i;

	fake_aws_start(&k, script, 1, &conf);
	fake_aws_service_start(&k, &s, 5000);
	for (i = 0; i < 5; i++)
		fake_aws_call(&k, &s, &r);
	ck_assert_uint_eq(k.n_connections, 1);
	memset(&r, 0, sizeof(r));
	for (i = 0; i < 100; i++)
		ck_assert_int_eq(fake_aws_start_call(&s, &r), 0);
	fake_aws_run(&k, &r.n_done, 100);
	ck_assert_int_eq(r.err, 0);
	ck_assert_uint_eq(k.n_requests, 105);
	ck_assert_uint_le(k.n_connections, 4);
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

#define CONFLICT FAKE_AWS_REPLY(400, NULL, JSON_ERROR("ConditionalCheckFailedException"))
#define CLOSED                                                                                     \
	{                                                                                          \
		.raw = ""                                                                          \
	}
#define FAILED FAKE_AWS_REPLY(500, NULL, NULL)

/* Nothing is known of a write whose connection ends without a reply: it counts, whoever sends it
 * anew. curl does by itself when the connection was kept from an earlier request. */
static const struct {
	unsigned n_kept; /* connections */
	struct fake_aws_reply script[3];
	size_t n_script;
	int want_err;
	unsigned want_attempts;
} resent_rows[] = {
	{1, {CONFLICT}, 1, ERR_CONFLICT, 1},
	{0, {CLOSED, CONFLICT}, 2, ERR_CONFLICT, 2},
	{1, {CLOSED, CONFLICT}, 2, ERR_CONFLICT, 2},
	{1, {CLOSED, CLOSED, CONFLICT}, 3, ERR_CONFLICT, 3},
	{2, {CLOSED, CLOSED, CONFLICT}, 3, ERR_CONFLICT, 3},
	/* A part of a reply came: curl leaves it to us. */
	{1, {{.status = 200, .body = "{}", .cut_at = 1}, CONFLICT}, 2, ERR_CONFLICT, 2},
	/* What curl sends is none of the attempts that we allow ourselves. */
	{1, {CLOSED, FAILED}, 2, ERR_UNAVAILABLE, 1 + AWS_RETRY_ATTEMPTS_DYNAMODB},
	{0, {CLOSED, FAILED}, 2, ERR_UNAVAILABLE, AWS_RETRY_ATTEMPTS_DYNAMODB},
};

static void run_resent_row(size_t i)
{
	static const struct fake_aws_reply warm[] = {FAKE_AWS_REPLY(200, NULL, "{}")};
	unsigned n_kept = resent_rows[i].n_kept, n;
	struct fake_aws_result r = {0};
	struct aws_service_state s;
	struct fake_aws k;

	fake_aws_start(&k, warm, 1, NULL);
	fake_aws_service_start(&k, &s, 5000);
	for (n = 0; n < n_kept; n++)
		ck_assert_int_eq(fake_aws_start_call(&s, &r), 0);
	fake_aws_run(&k, &r.n_done, n_kept);
	ck_assert_uint_eq(k.n_connections, n_kept);
	fake_aws_script(&k, resent_rows[i].script, resent_rows[i].n_script);
	fake_aws_call(&k, &s, &r);
	ck_assert_msg(r.err == resent_rows[i].want_err, "row %zu: %s", i, r.text);
	ck_assert_msg(k.n_requests == resent_rows[i].want_attempts, "row %zu: %zu requests", i,
		      k.n_requests);
	ck_assert_msg(r.attempts == resent_rows[i].want_attempts, "row %zu: %u attempts", i,
		      r.attempts);
	ck_assert_msg(s.was_lost == (i > 0), "row %zu", i);
	aws_service_fini(&s);
	fake_aws_stop(&k);
}

START_TEST(what_curl_sends_anew_by_itself_is_an_attempt_too)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(resent_rows); i++)
		run_resent_row(i);
}
END_TEST

/* ---- deadlines and budgets ---- */

START_TEST(a_silent_server_costs_no_more_than_the_deadline)
{
	static const struct fake_aws_reply silent[] = {{.status = -1}};
	static const struct fake_aws_reply once[] = {{.status = -1},
						     FAKE_AWS_REPLY(200, NULL, "{}")};
	static const struct aws_client_conf conf = {.attempt_timeout_ms = 60};
	struct aws_service_state s;
	struct fake_aws_result r;
	struct fake_aws k;
	int64_t start_ms;

	fake_aws_start(&k, silent, 1, &conf);
	fake_aws_service_start(&k, &s, 150);
	start_ms = clock_mono_ms();
	fake_aws_call(&k, &s, &r);
	ck_assert_int_eq(r.err, ERR_TIMEOUT);
	ck_assert_int_ge(clock_mono_ms() - start_ms, 100);
	ck_assert_uint_ge(k.n_requests, 1);
	ck_assert_uint_le(k.n_requests, 3);
	ck_assert_ptr_nonnull(strstr(r.text, "DynamoDB GetItem: "));
	aws_service_fini(&s);
	/* Time enough for another attempt on a machine that has other things to do as well. */
	fake_aws_service_start(&k, &s, 10000);
	fake_aws_script(&k, once, 2);
	fake_aws_call(&k, &s, &r);
	ck_assert_msg(r.err == 0, "%s", r.text);
	ck_assert_uint_ge(k.n_requests, 2);
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

START_TEST(no_backoff_reaches_beyond_the_deadline)
{
	static const struct fake_aws_reply script[] = {FAKE_AWS_REPLY(
		400, "x-amz-retry-after: 4000\r\n", JSON_ERROR("ThrottlingException"))};
	struct aws_service_state s;
	struct fake_aws_result r;
	struct fake_aws k;
	int64_t start_ms;

	fake_aws_start(&k, script, 1, NULL);
	fake_aws_service_start(&k, &s, 3000);
	start_ms = clock_mono_ms();
	fake_aws_call(&k, &s, &r);
	ck_assert_int_eq(r.err, ERR_THROTTLED);
	ck_assert_uint_eq(k.n_requests, 1);
	ck_assert_int_lt(clock_mono_ms() - start_ms, 2000);
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

/* Other tests wait a millisecond instead. */
START_TEST(attempts_and_waits_are_those_of_the_sdks)
{
	static const struct {
		enum aws_service service;
		unsigned attempts;
		uint32_t base_ms;
	} rows[] = {{AWS_SERVICE_DYNAMODB, 4, 25}, {AWS_SERVICE_ROUTE53, 3, 50}};
	static const struct fake_aws_reply script[] = {FAKE_AWS_REPLY(200, NULL, "{}")};
	struct errinfo ei = ERRINFO_INIT;
	struct aws_service_state s;
	struct fake_aws k;
	size_t i;

	fake_aws_start(&k, script, 1, NULL);
	ck_assert_uint_eq(k.client->throttle_base_ms, 1000);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		ck_assert_int_eq(
			aws_service_init(&s, k.client, rows[i].service, NULL, k.url, 5000, &ei), 0);
		ck_assert_msg(s.max_attempts == rows[i].attempts, "row %zu", i);
		ck_assert_msg(s.base_ms == rows[i].base_ms, "row %zu", i);
		ck_assert_msg(s.budget.tokens == 500, "row %zu", i);
		aws_service_fini(&s);
	}
	fake_aws_stop(&k);
}
END_TEST

START_TEST(an_empty_budget_ends_the_retries)
{
	static const struct fake_aws_reply failing[] = {FAKE_AWS_REPLY(500, NULL, NULL)};
	static const struct fake_aws_reply once[] = {FAKE_AWS_REPLY(500, NULL, NULL),
						     FAKE_AWS_REPLY(200, NULL, "{}")};
	/* A write that took effect all the same meets itself. */
	static const struct fake_aws_reply twice[] = {
		FAKE_AWS_REPLY(500, NULL, NULL),
		FAKE_AWS_REPLY(400, NULL, JSON_ERROR("ConditionalCheckFailedException"))};
	struct aws_service_state s;
	struct fake_aws_result r;
	struct fake_aws k;

	fake_aws_start(&k, failing, 1, NULL);
	fake_aws_service_start(&k, &s, 5000);
	s.budget.tokens = AWS_RETRY_COST_TRANSIENT;
	fake_aws_call(&k, &s, &r);
	ck_assert_int_eq(r.err, ERR_UNAVAILABLE);
	ck_assert_uint_eq(k.n_requests, 2);
	ck_assert_int_eq(s.budget.tokens, 0);
	fake_aws_script(&k, once, 2);
	s.budget.tokens = AWS_RETRY_COST_TRANSIENT;
	fake_aws_call(&k, &s, &r);
	ck_assert_int_eq(r.err, 0);
	ck_assert_int_eq(s.budget.tokens, AWS_RETRY_COST_TRANSIENT);
	fake_aws_call(&k, &s, &r);
	ck_assert_int_eq(s.budget.tokens, AWS_RETRY_COST_TRANSIENT + 1);
	fake_aws_script(&k, twice, 2);
	fake_aws_call(&k, &s, &r);
	ck_assert_int_eq(r.err, ERR_CONFLICT);
	ck_assert_uint_eq(k.n_requests, 2);
	ck_assert_int_eq(s.budget.tokens, AWS_RETRY_COST_TRANSIENT + 1);
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

START_TEST(an_unreachable_server_is_unavailable)
{
	static const struct fake_aws_reply script[] = {FAKE_AWS_REPLY(200, NULL, "{}")};
	struct aws_service_state s;
	struct fake_aws_result r;
	struct fake_aws k;

	fake_aws_start(&k, script, 1, NULL);
	snprintf(k.url, sizeof(k.url), "http://127.0.0.1:1");
	fake_aws_service_start(&k, &s, 5000);
	fake_aws_call(&k, &s, &r);
	ck_assert_int_eq(r.err, ERR_UNAVAILABLE);
	ck_assert_int_eq(s.budget.tokens, AWS_RETRY_BUDGET - 3 * AWS_RETRY_COST_TRANSIENT);
	/* Nothing was sent. */
	ck_assert(!s.was_lost);
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

START_TEST(the_number_of_attempts_can_be_set)
{
	static const struct fake_aws_reply script[] = {FAKE_AWS_REPLY(500, NULL, NULL)};
	static const struct aws_client_conf conf = {.max_attempts = 1};
	struct aws_service_state s;
	struct fake_aws_result r;
	struct fake_aws k;

	fake_aws_start(&k, script, 1, &conf);
	fake_aws_service_start(&k, &s, 5000);
	fake_aws_call(&k, &s, &r);
	ck_assert_uint_eq(k.n_requests, 1);
	aws_service_fini(&s);
	fake_aws_stop(&k);
}
END_TEST

static const struct {
	const char *set; /* in the environment; NULL: not at all */
	unsigned conf;
	size_t dynamodb, route53; /* requests */
} attempt_rows[] = {
	{NULL, 0, 4, 3},
	{"", 0, 4, 3},
	{"1", 0, 1, 1},
	{"2", 0, 2, 2},
	{"6", 0, 6, 6},
	{"10", 0, 10, 10},
	/* Nonsense is as good as nothing. */
	{"0", 0, 4, 3},
	{"11", 0, 4, 3},
	{"-1", 0, 4, 3},
	{"many", 0, 4, 3},
	/* What the program was told itself comes first. */
	{"3", 1, 1, 1},
	{NULL, 2, 2, 2},
};

static void on_changed(void *arg, int err, const char *change_id, const struct aws_error *error)
{
	(void)change_id;
	fake_aws_take(arg, err, error);
}

START_TEST(the_environment_sets_the_number_of_attempts)
{
	static const struct fake_aws_reply script[] = {
		FAKE_AWS_REPLY(400, NULL, JSON_ERROR("ThrottlingException"))};
	static const struct fake_aws_reply xml[] = {FAKE_AWS_REPLY(
		400, NULL,
		"<ErrorResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">"
		"<Error><Code>Throttling</Code></Error></ErrorResponse>")};
	static const struct aws_route53_change change = {false, "a.example.com.", "A", "192.0.2.1",
							 60};
	size_t i;

	for (i = 0; i < N_ELEMENTS(attempt_rows); i++) {
		/* Not so many failures in a row that nothing is sent any more. */
		struct aws_client_conf conf = {.max_attempts = attempt_rows[i].conf,
					       .breaker_failures = 100};
		char variable[64] = "UNRELATED=1";
		const char *const env[] = {"AWS_ACCESS_KEY_ID=" FAKE_AWS_KEY,
					   "AWS_SECRET_ACCESS_KEY=" FAKE_AWS_SECRET,
					   "AWS_REGION=eu-west-1", variable, NULL};
		struct aws_service_state s;
		struct fake_aws_result r, changed = {0};
		struct aws_route53 *r53;
		struct fake_aws k;

		if (attempt_rows[i].set != NULL)
			snprintf(variable, sizeof(variable), "AWS_MAX_ATTEMPTS=%s",
				 attempt_rows[i].set);
		fake_aws_listen(&k, script, 1);
		fake_aws_open_client(&k, &conf, env);
		fake_aws_service_start(&k, &s, 60000);
		fake_aws_call(&k, &s, &r);
		ck_assert_int_eq(r.err, ERR_THROTTLED);
		ck_assert_msg(k.n_requests == attempt_rows[i].dynamodb, "row %zu: %zu requests", i,
			      k.n_requests);
		fake_aws_script(&k, xml, 1);
		r53 = fake_aws_open_route53(&k);
		ck_assert_int_eq(aws_route53_change(r53, "Z1", &change, 1, on_changed, &changed),
				 0);
		fake_aws_run(&k, &changed.n_done, 1);
		ck_assert_int_eq(changed.err, ERR_THROTTLED);
		ck_assert_msg(k.n_requests == attempt_rows[i].route53, "row %zu: %zu requests", i,
			      k.n_requests);
		aws_route53_free(r53);
		aws_service_fini(&s);
		fake_aws_stop(&k);
	}
}
END_TEST

/* ---- start ---- */

START_TEST(a_ca_bundle_that_is_not_there_is_one_sentence)
{
	static const struct aws_client_conf conf = {.ca_bundle = "/nonexistent/ca.pem"};
	const char *const env[] = {"AWS_CA_BUNDLE=/nonexistent/other.pem", NULL};
	struct aws_client *c = NULL;
	struct errinfo ei = ERRINFO_INIT;
	uv_loop_t loop;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(aws_client_new_env(&loop, &conf, env, &c, &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "AWS_CA_BUNDLE: \"/nonexistent/ca.pem\" cannot be read");
	err_reset(&ei);
	ck_assert_int_eq(aws_client_new_env(&loop, NULL, env, &c, &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "AWS_CA_BUNDLE: \"/nonexistent/other.pem\" cannot be read");
	ck_assert_ptr_null(c);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		replies_are_judged_and_retried_as_they_deserve,
		large_bodies_and_headers_are_cut_off,
		a_reply_cut_at_any_byte_is_asked_for_again,
		what_is_signed_is_what_is_sent,
		an_endpoint_may_have_a_path_of_its_own,
		no_proxy_stands_before_plain_http_and_this_machine,
		connections_are_kept_and_capped,
		what_curl_sends_anew_by_itself_is_an_attempt_too,
		a_silent_server_costs_no_more_than_the_deadline,
		no_backoff_reaches_beyond_the_deadline,
		attempts_and_waits_are_those_of_the_sdks,
		an_empty_budget_ends_the_retries,
		an_unreachable_server_is_unavailable,
		the_number_of_attempts_can_be_set,
		the_environment_sets_the_number_of_attempts,
		a_ca_bundle_that_is_not_there_is_one_sentence,
	};

	return unit_run("client", tests, N_ELEMENTS(tests));
}
