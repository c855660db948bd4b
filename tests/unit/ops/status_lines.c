/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/status_lines.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "engine/view.h"
#include "kit/unit.h"
#include "kit/values.h"

START_TEST(a_request_is_read_or_refused_in_a_sentence)
{
	static const struct {
		const char *line, *host, *why;
	} rows[] = {
		{"{\"ask\":\"status\"}", "", NULL},
		{"{\"version\":1,\"ask\":\"status\",\"later\":[]}", "", NULL},
		{"{\"ask\":\"host\",\"host\":\"Home.Example.COM\"}", "home.example.com", NULL},
		{"{\"version\":2,\"ask\":\"status\"}", NULL, "this daemon speaks version 1"},
		{"{\"version\":\"1\",\"ask\":\"status\"}", NULL, "speaks version"},
		{"{\"ask\":\"host\"}", NULL, "\"host\" is a host name"},
		{"{\"ask\":\"host\",\"host\":\"x..y\"}", NULL, "\"host\" is a host name"},
		{"{\"ask\":\"stop\"}", NULL, "\"ask\" is"},
		{"{\"ask\":7}", NULL, "a request is {"},
		{"{}", NULL, "a request is {"},
		{"[]", NULL, "a JSON object"},
		{"", NULL, "a JSON object"},
		{"{\"ask\":\"status\"", NULL, "a JSON object"},
		{"{\"ask\":\"status\",\"ask\":\"host\"}", NULL, "a JSON object"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct status_request request = {.host = {.len = 0}};
		struct errinfo ei = ERRINFO_INIT;
		int err = status_request_parse(slice_of(rows[i].line), &request, &ei);

		ck_assert_msg((err == 0) == (rows[i].why == NULL), "%s: %s", rows[i].line, ei.text);
		if (err == 0)
			ck_assert_str_eq(request.host.text, rows[i].host);
		else
			ck_assert_msg(strstr(ei.text, rows[i].why) != NULL, "%s: %s", rows[i].line,
				      ei.text);
	}
}
END_TEST

/* One line, which has to be JSON whatever was put in. */
static json_t *read_line(const struct buf *b)
{
	json_t *o = json_loads(buf_str(b), JSON_REJECT_DUPLICATES, NULL);

	ck_assert_int_eq(buf_err(b), 0);
	ck_assert_ptr_nonnull(o);
	ck_assert_ptr_eq(strchr(buf_str(b), '\n'), b->data + b->len - 1);
	return o;
}

static const char *text(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

START_TEST(a_host_has_what_is_known_of_it)
{
	struct view_host h = {
		.user = "a \"router\" \\ \xc3\xa9",
		.name = slice_of("home.example.com"),
		.standing = VIEW_QUEUED,
		.addrs = value_pair("81.2.69.1", "2a02::1"),
		.published_s = 100,
		.since_s = 90,
		.waits_ms = 61000,
		.why = "Throttling: \x01\xff",
		.asked_s = 200,
		.from = value_addr("192.0.2.7"),
		.agent = "curl/8",
	};
	struct buf b;
	json_t *o;

	buf_init(&b, STATUS_LINE_MAX);
	status_put_host(&b, &h, 300);
	o = read_line(&b);
	ck_assert_str_eq(text(o, "line"), "host");
	ck_assert_str_eq(text(o, "host"), "home.example.com");
	ck_assert_str_eq(text(o, "user"), h.user);
	ck_assert_str_eq(text(o, "state"), "queued");
	ck_assert_str_eq(text(o, "publisher"), "route53");
	ck_assert_str_eq(text(o, "why"), "Throttling: \x01?");
	ck_assert_str_eq(text(o, "ipv4"), "81.2.69.1");
	ck_assert_str_eq(text(o, "ipv6"), "2a02::1");
	ck_assert_str_eq(text(o, "from"), "192.0.2.7");
	ck_assert_str_eq(text(o, "agent"), "curl/8");
	ck_assert_int_eq(json_integer_value(json_object_get(o, "waits-since")), 239);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "published")), 100);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "since")), 90);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "asked")), 200);
	json_decref(o);

	buf_reset(&b);
	h = (struct view_host){.user = "r", .name = slice_of("a.example.com"), .agent = ""};
	status_put_host(&b, &h, 300);
	ck_assert_str_eq(buf_str(&b), "{\"line\":\"host\",\"host\":\"a.example.com\","
				      "\"user\":\"r\",\"state\":\"unknown\"}\n");
	buf_fini(&b);
}
END_TEST

/* The longest line that a host can have is within what the buffer of a slice counts with. */
START_TEST(the_longest_line_fits)
{
	static char user[129], name[254], why[320], agent[128];
	struct view_host h = {.user = user, .standing = VIEW_QUEUED, .why = why, .agent = agent};
	struct buf b;

	memset(user, '"', sizeof(user) - 1);
	memset(name, 'a', sizeof(name) - 1);
	memset(why, 1, sizeof(why) - 1);
	memset(agent, '\\', sizeof(agent) - 1);
	h.name = slice_of(name);
	h.addrs = value_pair("255.255.255.255", "1111:2222:3333:4444:5555:6666:7777:8888");
	h.from = h.addrs.v6;
	h.published_s = h.since_s = h.asked_s = INT64_MAX;
	buf_init(&b, STATUS_LINE_MAX);
	status_put_host(&b, &h, INT64_MAX);
	ck_assert_int_eq(buf_err(&b), 0);
	buf_fini(&b);
}
END_TEST

START_TEST(the_first_and_the_last_line_are_told)
{
	struct status_head head = {
		.version = "1.2",
		.pid = 7,
		.now_s = 30,
		.started_s = 20,
		.n_reasons = 2,
		.reasons = {"draining", "table-denied"},
		.queued = 3,
		.is_complete = true,
	};
	struct buf b;
	json_t *o;

	buf_init(&b, STATUS_LINE_MAX);
	status_put_head(&b, &head);
	o = read_line(&b);
	ck_assert_str_eq(text(o, "version"), "1.2");
	ck_assert_int_eq(json_integer_value(json_object_get(o, "protocol")), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "started")), 20);
	ck_assert_uint_eq(json_array_size(json_object_get(o, "trouble")), 2);
	ck_assert(json_is_true(json_object_get(o, "complete")));
	ck_assert(json_is_false(json_object_get(o, "asked-kept")));
	ck_assert(json_is_true(json_object_get(o, "notices-kept")));
	ck_assert_int_eq(json_integer_value(json_object_get(o, "notices-waiting")), 0);
	ck_assert_ptr_null(json_object_get(o, "notices-read"));
	json_decref(o);
	buf_reset(&b);
	status_put_end(&b, 3);
	ck_assert_str_eq(buf_str(&b), "{\"line\":\"end\",\"hosts\":3}\n");
	buf_reset(&b);
	status_put_error(&b, "no \"x\"");
	ck_assert_str_eq(buf_str(&b), "{\"line\":\"error\",\"why\":\"no \\\"x\\\"\"}\n");
	buf_fini(&b);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_request_is_read_or_refused_in_a_sentence,
		a_host_has_what_is_known_of_it,
		the_longest_line_fits,
		the_first_and_the_last_line_are_told,
	};

	return unit_run("status_lines", tests, N_ELEMENTS(tests));
}
