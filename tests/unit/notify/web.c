/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/web.h"

#include <stdio.h>
#include <string.h>

#include "kit/fake_aws.h"
#include "kit/message_kit.h"
#include "kit/unit.h"

enum { LONG_S = 60 };

/* The status line, and a line that is longer than curl takes. */
static char long_header[200 * 1024] = "HTTP/1.1 200 OK\r\nX: ";
static const char big[NOTIFY_WEB_REPLY_MAX + 2] = {[0 ... NOTIFY_WEB_REPLY_MAX] = 'x'};

static struct fake_aws server;
static struct notify_web *web;
static char url[128];

static void web_open(const struct fake_aws_reply *script, size_t n)
{
	struct errinfo ei = ERRINFO_INIT;

	fake_aws_listen(&server, script, n);
	ck_assert_int_eq(notify_web_new(&server.loop, "", &web, &ei), 0);
	snprintf(url, sizeof(url), "%s/SECRET?SECRET", server.url);
}

static void web_close(void)
{
	notify_web_close(web);
	fake_aws_stop(&server);
}

static struct notify_web_request post(const char *body)
{
	return (struct notify_web_request){
		.url = url, .is_post = true, .body = slice_of(body), .timeout_s = LONG_S};
}

static const struct {
	struct fake_aws_reply reply;
	int want;
	unsigned want_wait_s;
	const char *said; /* behind the host */
} rows[] = {
	{FAKE_AWS_REPLY(200, NULL, "ok"), 0, 0, " answered 200"},
	{FAKE_AWS_REPLY(202, NULL, ""), 0, 0, " answered 202"},
	{{.raw = "HTTP/1.1 204 No Content\r\n\r\n"}, 0, 0, " answered 204"},
	{FAKE_AWS_REPLY(200, NULL, big), 0, 0, " answered 200"},
	{FAKE_AWS_REPLY(301, "Location: http://127.0.0.1:1/\r\n", ""), ERR_UNAVAILABLE, 0,
	 " answered 301, a redirect, which is not followed"},
	{FAKE_AWS_REPLY(400, NULL, "SECRET"), ERR_REFUSED, 0, " answered 400"},
	{FAKE_AWS_REPLY(401, NULL, ""), ERR_REFUSED, 0, " answered 401"},
	{FAKE_AWS_REPLY(404, NULL, ""), ERR_REFUSED, 0, " answered 404"},
	{FAKE_AWS_REPLY(408, NULL, ""), ERR_UNAVAILABLE, 0, " answered 408"},
	{FAKE_AWS_REPLY(410, NULL, ""), ERR_REFUSED, 0, " answered 410"},
	{FAKE_AWS_REPLY(424, NULL, ""), ERR_UNAVAILABLE, 0, " answered 424"},
	{FAKE_AWS_REPLY(425, NULL, ""), ERR_UNAVAILABLE, 0, " answered 425"},
	{FAKE_AWS_REPLY(429, "Retry-After: 65\r\n", "{}"), ERR_THROTTLED, 65, " answered 429"},
	{FAKE_AWS_REPLY(429, "Retry-After: 1.337\r\n", "{}"), ERR_THROTTLED, 1, " answered 429"},
	{FAKE_AWS_REPLY(429, "Retry-After: 999999999\r\n", ""), ERR_THROTTLED,
	 NOTIFY_WEB_WAIT_MAX_S, " answered 429"},
	{FAKE_AWS_REPLY(429, "Retry-After: soon\r\n", ""), ERR_THROTTLED, 0, " answered 429"},
	{FAKE_AWS_REPLY(500, NULL, ""), ERR_UNAVAILABLE, 0, " answered 500"},
	{FAKE_AWS_REPLY(503, "Retry-After: 7\r\n", ""), ERR_UNAVAILABLE, 7, " answered 503"},
	{FAKE_AWS_REPLY(299, NULL, ""), ERR_REFUSED, 0, " answered 299"},
	{{.raw = "SECRET\r\n\r\n"}, ERR_PROTOCOL, 0, " does not speak HTTP"},
	{{.raw = long_header}, 0, 0, " answered 200"},
	{{.status = 200, .body = "abc", .cut_at = 20}, ERR_UNAVAILABLE, 0, " broke off: "},
};

START_TEST(a_status_says_what_became_of_it)
{
	const size_t used = strlen(long_header);
	size_t i;

	memset(long_header + used, 'y', sizeof(long_header) - used - 1);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct message_kit_end end = {0};
		struct notify_web_request req;
		char want[256];

		web_open(&rows[i].reply, 1);
		req = post("{}");
		req.refused_status = 299;
		req.again_status = 424;
		ck_assert_int_eq(notify_web_send(web, &req, message_kit_done, &end), 0);
		ck_assert_uint_eq(end.n_done, 0);
		fake_aws_run(&server, &end.n_done, 1);
		snprintf(want, sizeof(want), "%s%s", server.host, rows[i].said);
		ck_assert_msg(end.err == rows[i].want && end.answer.wait_s == rows[i].want_wait_s &&
				      strncmp(end.answer.said.text, want, strlen(want)) == 0,
			      "row %zu: %d %u %s", i, end.err, end.answer.wait_s,
			      end.answer.said.text);
		ck_assert_int_eq(end.answer.said.code, end.err);
		ck_assert_ptr_null(strstr(end.answer.said.text, "SECRET"));
		web_close();
	}
}
END_TEST

START_TEST(a_request_is_a_post_with_its_body_or_a_get)
{
	static const struct fake_aws_reply ok[] = {FAKE_AWS_REPLY(200, NULL, "")};
	const struct fetch_header headers[] = {{slice_of("Content-Type"), slice_of("a/b")},
					       {slice_of("X"), slice_of("y z")}};
	struct message_kit_end end = {0};
	struct notify_web_request req;

	web_open(ok, 1);
	req = post("{\"a\": 1}");
	req.headers = headers;
	req.n_headers = N_ELEMENTS(headers);
	ck_assert_int_eq(notify_web_send(web, &req, message_kit_done, &end), 0);
	fake_aws_run(&server, &end.n_done, 1);
	ck_assert_int_eq(strncmp(server.requests[0], "POST /SECRET?SECRET HTTP/1.1\r\n", 30), 0);
	ck_assert_str_eq(fake_aws_body(&server, 0), "{\"a\": 1}");
	ck_assert_str_eq(fake_aws_header(&server, 0, "Content-Type"), "a/b");
	ck_assert_str_eq(fake_aws_header(&server, 0, "X"), "y z");
	ck_assert_str_eq(fake_aws_header(&server, 0, "Expect"), "");
	req = (struct notify_web_request){.url = url, .timeout_s = LONG_S};
	ck_assert_int_eq(notify_web_send(web, &req, message_kit_done, &end), 0);
	fake_aws_run(&server, &end.n_done, 2);
	ck_assert_int_eq(strncmp(server.requests[1], "GET /SECRET?SECRET HTTP/1.1\r\n", 29), 0);
	ck_assert_str_eq(fake_aws_header(&server, 1, "Content-Length"), "");
	web_close();
}
END_TEST

START_TEST(who_does_not_answer_or_is_not_there_is_named)
{
	static const struct fake_aws_reply silent[] = {{.status = -1}};
	struct message_kit_end end = {0};
	struct notify_web_request req;
	char want[128];

	web_open(silent, 1);
	req = post("{}");
	req.timeout_s = 1;
	ck_assert_int_eq(notify_web_send(web, &req, message_kit_done, &end), 0);
	fake_aws_run(&server, &end.n_done, 1);
	ck_assert_int_eq(end.err, ERR_TIMEOUT);
	snprintf(want, sizeof(want), "%s did not answer within 1 seconds", server.host);
	ck_assert_str_eq(end.answer.said.text, want);
	req = post("{}");
	req.url = "http://127.0.0.1:1/SECRET";
	ck_assert_int_eq(notify_web_send(web, &req, message_kit_done, &end), 0);
	fake_aws_run(&server, &end.n_done, 2);
	ck_assert_int_eq(end.err, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(end.answer.said.text, "127.0.0.1:1 cannot be reached: "));
	ck_assert_ptr_null(strstr(end.answer.said.text, "SECRET"));
	web_close();
}
END_TEST

START_TEST(no_more_than_its_limit_are_under_way_and_closing_ends_them)
{
	static const struct fake_aws_reply silent[] = {{.status = -1}};
	struct message_kit_end end = {0};
	struct notify_web_request req;
	unsigned i;

	web_open(silent, 1);
	req = post("{}");
	for (i = 0; i < NOTIFY_WEB_CALLS_MAX; i++)
		ck_assert_int_eq(notify_web_send(web, &req, message_kit_done, &end), 0);
	ck_assert_int_eq(notify_web_send(web, &req, message_kit_done, &end), ERR_LIMIT);
	ck_assert_uint_eq(end.n_done, 0);
	web_close();
	ck_assert_uint_eq(end.n_done, NOTIFY_WEB_CALLS_MAX);
	ck_assert_int_eq(end.err, ERR_CANCELED);
}
END_TEST

static void close_web(void *arg, int err, const struct notify_answer *answer)
{
	message_kit_done(arg, err, answer);
	notify_web_close(web);
	web = NULL;
}

START_TEST(it_may_be_closed_by_who_is_told)
{
	static const struct fake_aws_reply ok[] = {FAKE_AWS_REPLY(200, NULL, "")};
	struct message_kit_end end = {0};
	struct notify_web_request req;

	web_open(ok, 1);
	req = post("{}");
	ck_assert_int_eq(notify_web_send(web, &req, close_web, &end), 0);
	fake_aws_run(&server, &end.n_done, 1);
	ck_assert_int_eq(end.err, 0);
	web_close();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_status_says_what_became_of_it,
		a_request_is_a_post_with_its_body_or_a_get,
		who_does_not_answer_or_is_not_there_is_named,
		no_more_than_its_limit_are_under_way_and_closing_ends_them,
		it_may_be_closed_by_who_is_told,
	};

	return unit_run("web", tests, N_ELEMENTS(tests));
}
