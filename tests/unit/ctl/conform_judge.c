/* SPDX-License-Identifier: BSD-2-Clause
 * What of a stranger's reply is told to be wrong. */
#include "ctl/conform_judge.h"

#include <string.h>

#include "kit/unit.h"

enum {
	LENIENT = CONFORM_STATUS | CONFORM_WORDS,
	STRICT = LENIENT | CONFORM_WORD,
};

static const struct {
	unsigned judge, status;
	long got_status;
	const char *want, *got, *told; /* "": it passes */
} replies[] = {
	{LENIENT, 200, 200, "good 192.0.2.1", "good 192.0.2.1", ""},
	{LENIENT, 200, 200, "good 192.0.2.1", "nochg 192.0.2.1\r\n", ""},
	{LENIENT, 200, 200, "good 192.0.2.1", "good", ""},
	{LENIENT, 200, 200, "good 192.0.2.1", "good  192.0.2.1 \n", ""},
	{LENIENT, 200, 200, "good 2001:db8::1", "good 2001:0DB8:0::1", ""},
	{LENIENT, 200, 200, "good 192.0.2.1,2001:db8::1", "good 2001:db8::1, 192.0.2.1", ""},
	{LENIENT, 200, 200, "nohost", "nohost a.example", ""},
	{LENIENT, 200, 200, "good 192.0.2.1", "good 192.0.2.2",
	 "the body is \"good 192.0.2.2\", not \"good 192.0.2.1\""},
	{LENIENT, 200, 200, "good 192.0.2.1", "Good 192.0.2.1",
	 "the body is \"Good 192.0.2.1\", not \"good 192.0.2.1\""},
	{LENIENT, 200, 200, "good 192.0.2.1", "good 192.0.2.1 now",
	 "the body is \"good 192.0.2.1 now\", not \"good 192.0.2.1\""},
	{LENIENT, 200, 200, "good 192.0.2.1,2001:db8::1", "good 192.0.2.1",
	 "the body is \"good 192.0.2.1\", not \"good 192.0.2.1,2001:db8::1\""},
	{LENIENT, 200, 200, "good 192.0.2.1", "", "the body is \"\", not \"good 192.0.2.1\""},
	{LENIENT, 200, 200, "nohost\ngood 192.0.2.1", "nohost\r\ngood 192.0.2.1\r\n", ""},
	{LENIENT, 200, 200, "nohost\ngood 192.0.2.1", "nohost",
	 "the body is \"nohost\", not \"nohost\\x0agood 192.0.2.1\""},
	{LENIENT, 200, 200, "nohost", "nohost\ngood",
	 "the body is \"nohost\\x0agood\", not \"nohost\""},
	{LENIENT, 401, 403, "badauth", "badauth", "the status is 403, not 401"},
	{LENIENT, 401, 200, "badauth", "911",
	 "the status is 200, not 401; the body is \"911\", not \"badauth\""},
	{STRICT, 200, 200, "good 192.0.2.1", "nochg 192.0.2.1",
	 "the body is \"nochg 192.0.2.1\", not \"good 192.0.2.1\""},
	{CONFORM_WORDS | CONFORM_ADDRESS, 200, 500, "good 192.0.2.1", "good",
	 "the body is \"good\", not \"good 192.0.2.1\""},
	{CONFORM_VERDICT, 200, 200, "good 192.0.2.1", "nochg 198.51.100.7", ""},
	{CONFORM_BYTES, 200, 200, "nohost", "nohost", ""},
	{CONFORM_BYTES, 200, 200, "nohost", "nohost\n",
	 "the body is \"nohost\\x0a\", not \"nohost\""},
	{CONFORM_STATUS, 401, 401, "badauth", "{\"error\":1}", ""},
	{CONFORM_REFUSED, 200, 500, "dnserr", "911", ""},
	{CONFORM_REFUSED, 200, 200, "dnserr", "", ""},
	{CONFORM_REFUSED, 200, 200, "dnserr", "badauth\ngood 192.0.2.1",
	 "the body is \"badauth\\x0agood 192.0.2.1\", not \"dnserr\""},
};

static struct fetch_reply reply_of(long status, const char *body, const char *head)
{
	struct fetch_reply reply = {.status = status};

	reply.body_len = strlen(body);
	memcpy(reply.body, body, reply.body_len);
	reply.head_len = strlen(head);
	memcpy(reply.head, head, reply.head_len);
	return reply;
}

START_TEST(differences_are_told)
{
	struct buf found;
	size_t i;

	buf_init(&found, CONFORM_FOUND_MAX);
	for (i = 0; i < N_ELEMENTS(replies); i++) {
		const struct conform_step step = {.judge = replies[i].judge,
						  .status = replies[i].status};
		struct fetch_reply reply = reply_of(replies[i].got_status, replies[i].got, "");

		buf_reset(&found);
		conform_judge(&step, replies[i].want, &reply, &found);
		ck_assert_str_eq(buf_str(&found), replies[i].told);
	}
	buf_fini(&found);
}
END_TEST

static const struct {
	const char *head, *told;
} heads[] = {
	{"HTTP/1.1 200 OK\r\nconnection: CLOSE\r\n\r\n", ""},
	{"HTTP/1.1 200 OK\r\nConnection: close, TE\r\nX: y\r\n\r\n",
	 "no header \"Connection: close\""},
	{"HTTP/1.1 200 OK\r\n\r\n", "no header \"Connection: close\""},
	{"HTTP/1.1 302 Found\r\nLocation: /\r\nConnection: close\r\n\r\n", "a header Location"},
	{"", "no header \"Connection: close\""},
};

START_TEST(headers_are_compared_by_their_first_word)
{
	const struct conform_step step = {
		.judge = CONFORM_HEADERS,
		.with = {.n = 1, .at = {{"Connection: close", 17}}},
		.without = {.n = 1, .at = {{"Location", 8}}},
	};
	struct buf found;
	size_t i;

	buf_init(&found, CONFORM_FOUND_MAX);
	for (i = 0; i < N_ELEMENTS(heads); i++) {
		struct fetch_reply reply = reply_of(200, "", heads[i].head);

		buf_reset(&found);
		conform_judge(&step, "", &reply, &found);
		ck_assert_str_eq(buf_str(&found), heads[i].told);
	}
	buf_fini(&found);
}
END_TEST

static const struct {
	long status;
	const char *body;
	bool want;
} successes[] = {
	{200, "good 192.0.2.1", true}, {204, "nochg\n", true},	 {200, "good\nnochg\n", true},
	{200, "good\nnohost", false},  {200, "", false},	 {200, " \n", false},
	{401, "good", false},	       {200, "goodness", false},
};

START_TEST(success_is_a_success_in_every_line)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(successes); i++) {
		struct fetch_reply reply = reply_of(successes[i].status, successes[i].body, "");

		ck_assert_msg(conform_is_success(&reply) == successes[i].want, "%s",
			      successes[i].body);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		differences_are_told,
		headers_are_compared_by_their_first_word,
		success_is_a_success_in_every_line,
	};

	return unit_run("ctl/conform_judge", tests, N_ELEMENTS(tests));
}
