/* SPDX-License-Identifier: BSD-2-Clause
 * Route 53's protocol: the requests of the reference SDK, and replies of every kind. */
#include "aws/aws_route53.h"

#include <stdio.h>
#include <string.h>

#include "kit/fake_aws.h"
#include "kit/aws_vectors.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

#define ZONE "Z1D633PJN98FT9"
#define NS   "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\""

struct outcome {
	struct fake_aws_result r;
	char change_id[64];
};

static void on_done(void *arg, int err, const char *change_id, const struct aws_error *error)
{
	struct outcome *o = arg;

	fake_aws_must((err == 0) == (change_id != NULL) && (err == 0) == (error == NULL));
	fake_aws_take(&o->r, err, error);
	if (change_id != NULL)
		snprintf(o->change_id, sizeof(o->change_id), "%s", change_id);
}

static void call(struct fake_aws *k, struct aws_route53 *r, const char *zone,
		 const struct aws_route53_change *changes, size_t n, struct outcome *o)
{
	memset(o, 0, sizeof(*o));
	ck_assert_int_eq(aws_route53_change(r, zone, changes, n, on_done, o), 0);
	ck_assert_uint_eq(o->r.n_done, 0);
	fake_aws_run(k, &o->r.n_done, 1);
}

static const struct fake_aws_reply accepted[] = {FAKE_AWS_REPLY(
	200, NULL,
	"<?xml version=\"1.0\"?>\n<ChangeResourceRecordSetsResponse " NS "><ChangeInfo><Id>/change/"
	"C2682N5HXP0BZ4</Id><Status>PENDING</Status><SubmittedAt>2026-01-01T00:00:00.000Z"
	"</SubmittedAt></ChangeInfo></ChangeResourceRecordSetsResponse>")};

static const struct aws_route53_change one = {false, "home.example.com.", "A", "203.0.113.9", 60};

static const json_t *find_case(const json_t *golden, const char *name)
{
	json_t *c;
	size_t i;

	json_array_foreach(json_object_get(golden, "cases"), i, c) {
		if (strcmp(json_string_value(json_object_get(c, "name")), name) == 0)
			return c;
	}
	ck_abort_msg("no case %s", name);
}

START_TEST(requests_are_those_of_the_reference_sdk)
{
	static const struct aws_route53_change changes[] = {
		{false, "home.example.com.", "A", "203.0.113.9", 60},
		{false, "home.example.com.", "AAAA", "2001:db8::1", 60},
	};
	json_t *golden = vectors_read_json("sigv4/service-golden/golden.json");
	const json_t *c = find_case(golden, "r53-upsert-a-aaaa-token");
	const char *path = strstr(json_string_value(json_object_get(c, "url")), "/2013");
	struct aws_route53 *r;
	struct outcome o;
	char line[128];
	struct fake_aws k;

	fake_aws_start(&k, accepted, 1, NULL);
	r = fake_aws_open_route53(&k);
	call(&k, r, "/hostedzone/" ZONE, changes, 2, &o);
	ck_assert_msg(o.r.err == 0, "%s", o.r.text);
	ck_assert_str_eq(o.change_id, "C2682N5HXP0BZ4");
	ck_assert_str_eq(fake_aws_body(&k, 0), json_string_value(json_object_get(c, "body")));
	snprintf(line, sizeof(line), "POST %s HTTP/1.1\r\n", path);
	ck_assert_int_eq(strncmp(k.requests[0], line, strlen(line)), 0);
	fake_aws_assert_signed(&k, 0, "us-east-1", "route53");
	ck_assert_str_eq(fake_aws_header(&k, 0, "Content-Type"), "");
	aws_route53_free(r);
	fake_aws_stop(&k);
	json_decref(golden);
}
END_TEST

START_TEST(a_delete_names_value_and_ttl)
{
	static const struct aws_route53_change gone = {true, "*.a&b.example.com", "A", "192.0.2.1",
						       2147483647};
	struct aws_route53 *r;
	struct outcome o;
	struct fake_aws k;

	fake_aws_start(&k, accepted, 1, NULL);
	r = fake_aws_open_route53(&k);
	call(&k, r, ZONE, &gone, 1, &o);
	ck_assert_int_eq(o.r.err, 0);
	ck_assert_str_eq(fake_aws_body(&k, 0),
			 "<ChangeResourceRecordSetsRequest " NS "><ChangeBatch><Changes><Change>"
			 "<Action>DELETE</Action><ResourceRecordSet><Name>*.a&amp;b.example.com"
			 "</Name><Type>A</Type><TTL>2147483647</TTL><ResourceRecords>"
			 "<ResourceRecord><Value>192.0.2.1</Value></ResourceRecord>"
			 "</ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch>"
			 "</ChangeResourceRecordSetsRequest>");
	aws_route53_free(r);
	fake_aws_stop(&k);
}
END_TEST

START_TEST(requests_that_aws_would_refuse_are_not_made)
{
	static const char v6[] = "2001:db8:1111:2222:3333:4444:5555:6666";
	struct aws_route53_change many[AWS_ROUTE53_CHANGES_MAX + 1], bad = one;
	struct outcome o = {0};
	struct aws_route53 *r;
	struct fake_aws k;
	size_t i;

	for (i = 0; i < N_ELEMENTS(many); i++)
		many[i] = (struct aws_route53_change){false, "a.", "AAAA", v6, 60};
	fake_aws_start(&k, accepted, 1, NULL);
	r = fake_aws_open_route53(&k);
	ck_assert_int_eq(aws_route53_change(r, ZONE, many, 0, on_done, &o), ERR_INVAL);
	ck_assert_int_eq(aws_route53_change(r, ZONE, many, N_ELEMENTS(many), on_done, &o),
			 ERR_LIMIT);
	/* 38 characters, twice: 421 of them are the most. */
	ck_assert_int_eq(aws_route53_change(r, ZONE, many, 422, on_done, &o), ERR_LIMIT);
	ck_assert_int_eq(aws_route53_change(r, "Z1/../Z2?", &one, 1, on_done, &o), ERR_INVAL);
	ck_assert_int_eq(aws_route53_change(r, "", &one, 1, on_done, &o), ERR_INVAL);
	ck_assert_int_eq(
		aws_route53_change(r, "Z12345678901234567890123456789012", &one, 1, on_done, &o),
		ERR_INVAL);
	bad.ttl = 2147483648;
	ck_assert_int_eq(aws_route53_change(r, ZONE, &bad, 1, on_done, &o), ERR_INVAL);
	bad = one;
	bad.name = "a\nb.";
	ck_assert_int_eq(aws_route53_change(r, ZONE, &bad, 1, on_done, &o), ERR_INVAL);
	ck_assert_uint_eq(o.r.n_done, 0);
	ck_assert_int_eq(aws_route53_change(r, ZONE, many, 421, on_done, &o), 0);
	fake_aws_run(&k, &o.r.n_done, 1);
	ck_assert_int_eq(o.r.err, 0);
	for (i = 0; i < N_ELEMENTS(many); i++)
		many[i].value = "192.0.2.1";
	call(&k, r, ZONE, many, AWS_ROUTE53_CHANGES_MAX, &o);
	ck_assert_int_eq(o.r.err, 0);
	aws_route53_free(r);
	fake_aws_stop(&k);
}
END_TEST

#define ERROR_BODY(code, text)                                                                     \
	"<ErrorResponse " NS "><Error><Type>Sender</Type><Code>" code "</Code><Message>" text      \
	"</Message></Error><RequestId>R</RequestId></ErrorResponse>"

static const struct {
	struct fake_aws_reply reply;
	int want_err;
	size_t want_requests;
	const char *want_text;
} reply_rows[] = {
	{FAKE_AWS_REPLY(400, NULL, ERROR_BODY("Throttling", "Rate exceeded")), ERR_THROTTLED, 3,
	 "Throttling: Rate exceeded (request id R)"},
	{FAKE_AWS_REPLY(400, NULL,
			ERROR_BODY("PriorRequestNotComplete", "The request was rejected")),
	 ERR_THROTTLED, 3, "PriorRequestNotComplete: The request was rejected (request id R)"},
	{FAKE_AWS_REPLY(404, NULL, ERROR_BODY("NoSuchHostedZone", "No hosted zone found")),
	 ERR_NOTFOUND, 1, "NoSuchHostedZone: No hosted zone found (request id R)"},
	{FAKE_AWS_REPLY(400, NULL, ERROR_BODY("InvalidInput", "Invalid XML")), ERR_REFUSED, 1,
	 "InvalidInput: Invalid XML (request id R)"},
	{FAKE_AWS_REPLY(403, NULL, ERROR_BODY("AccessDenied", "not authorized")), ERR_DENIED, 1,
	 "AccessDenied: not authorized (request id R)"},
	{FAKE_AWS_REPLY(403, NULL, ERROR_BODY("InvalidClientTokenId", "invalid")), ERR_UNAVAILABLE,
	 1, "InvalidClientTokenId: invalid (request id R)"},
	{FAKE_AWS_REPLY(503, NULL, ERROR_BODY("ServiceUnavailable", "later")), ERR_UNAVAILABLE, 3,
	 "ServiceUnavailable: later (request id R)"},
	{FAKE_AWS_REPLY(400, "x-amzn-RequestId: H\r\n",
			"<?xml version=\"1.0\"?><InvalidChangeBatch " NS "><Messages><Message>"
			"one</Message><Message>two</Message></Messages></InvalidChangeBatch>"),
	 ERR_REFUSED, 1, "InvalidChangeBatch: [one, two] (request id H)"},
	{FAKE_AWS_REPLY(200, NULL, ""), ERR_PROTOCOL, 1, "the reply has no change id"},
	{FAKE_AWS_REPLY(200, NULL, "{}"), ERR_PROTOCOL, 1, "the reply has no change id"},
	{FAKE_AWS_REPLY(200, NULL, "<html/>"), ERR_PROTOCOL, 1, "the reply has no change id"},
	{FAKE_AWS_REPLY(200, NULL,
			"<ChangeResourceRecordSetsResponse><ChangeInfo><Id>/change/</Id>"
			"</ChangeInfo></ChangeResourceRecordSetsResponse>"),
	 ERR_PROTOCOL, 1, "the reply has no change id"},
	{FAKE_AWS_REPLY(200, NULL, "<ChangeResourceRecordSetsResponse><ChangeInfo><Id>C1</Id>"),
	 ERR_PROTOCOL, 1, "the reply has no change id"},
	{FAKE_AWS_REPLY(200, NULL,
			"<!DOCTYPE x><ChangeResourceRecordSetsResponse><ChangeInfo><Id>C1</Id>"
			"</ChangeInfo></ChangeResourceRecordSetsResponse>"),
	 ERR_PROTOCOL, 1, "the reply has no change id"},
};

START_TEST(replies_become_a_change_id_or_an_error)
{
	char want[256];
	size_t i;

	for (i = 0; i < N_ELEMENTS(reply_rows); i++) {
		struct aws_route53 *r;
		struct outcome o;
		struct fake_aws k;

		fake_aws_start(&k, &reply_rows[i].reply, 1, NULL);
		r = fake_aws_open_route53(&k);
		call(&k, r, ZONE, &one, 1, &o);
		ck_assert_msg(o.r.err == reply_rows[i].want_err, "row %zu: %d %s", i, o.r.err,
			      o.r.text);
		ck_assert_msg(k.n_requests == reply_rows[i].want_requests, "row %zu: %zu", i,
			      k.n_requests);
		snprintf(want, sizeof(want), "Route 53 ChangeResourceRecordSets: %s",
			 reply_rows[i].want_text);
		ck_assert_msg(strcmp(o.r.text, want) == 0, "row %zu: %s", i, o.r.text);
		aws_route53_free(r);
		fake_aws_stop(&k);
	}
}
END_TEST

/* A sentence is cut where a message need not be. */
START_TEST(the_whole_message_is_handed_on)
{
	struct fake_aws_reply script[1] = {FAKE_AWS_REPLY(400, NULL, NULL)};
	struct aws_route53 *r;
	struct outcome o;
	struct buf body;
	struct fake_aws k;
	size_t i;

	buf_init(&body, 4096);
	buf_adds(&body, "<InvalidChangeBatch " NS "><Messages><Message>Tried to delete resource "
			"record set [name='");
	for (i = 0; i < 25; i++)
		buf_adds(&body, "long-label.");
	buf_adds(&body, "', type='A'] but it was not found</Message></Messages>"
			"</InvalidChangeBatch>");
	ck_assert_int_eq(body.err, 0);
	script[0].body = body.data;
	fake_aws_start(&k, script, 1, NULL);
	r = fake_aws_open_route53(&k);
	call(&k, r, ZONE, &one, 1, &o);
	ck_assert_int_eq(o.r.err, ERR_REFUSED);
	ck_assert_str_eq(o.r.code, "InvalidChangeBatch");
	ck_assert_ptr_nonnull(strstr(o.r.message, "but it was not found"));
	aws_route53_free(r);
	fake_aws_stop(&k);
	buf_fini(&body);
}
END_TEST

START_TEST(freeing_cancels_what_is_in_flight)
{
	static const struct fake_aws_reply silent[] = {{.status = -1}};
	struct outcome o = {0};
	struct aws_route53 *r;
	struct fake_aws k;

	fake_aws_start(&k, silent, 1, NULL);
	r = fake_aws_open_route53(&k);
	ck_assert_int_eq(aws_route53_change(r, ZONE, &one, 1, on_done, &o), 0);
	while (k.n_requests < 1)
		uv_run(&k.loop, UV_RUN_ONCE);
	ck_assert_int_eq(aws_route53_change(r, ZONE, &one, 1, on_done, &o), 0);
	aws_route53_free(r);
	aws_route53_free(NULL);
	fake_aws_stop(&k);
	ck_assert_uint_eq(o.r.n_done, 2);
	ck_assert_int_eq(o.r.err, ERR_CANCELED);
}
END_TEST

START_TEST(a_failed_allocation_ends_one_call_alone)
{
	struct aws_route53 *r;
	bool refused = true;
	struct outcome o;
	struct fake_aws k;
	size_t n;

	for (n = 1; refused; n++) {
		int err;

		fake_aws_start(&k, accepted, 1, NULL);
		r = fake_aws_open_route53(&k);
		memset(&o, 0, sizeof(o));
		fake_malloc_fail_at(n);
		err = aws_route53_change(r, ZONE, &one, 1, on_done, &o);
		while (err == 0 && o.r.n_done == 0)
			uv_run(&k.loop, UV_RUN_ONCE);
		refused = fake_malloc_off();
		ck_assert_msg(err == 0 ? o.r.n_done == 1 : err == ERR_NOMEM && o.r.n_done == 0,
			      "allocation %zu: %d", n, err);
		aws_route53_free(r);
		fake_aws_stop(&k);
	}
	ck_assert_uint_gt(n, 30);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		requests_are_those_of_the_reference_sdk,
		a_delete_names_value_and_ttl,
		requests_that_aws_would_refuse_are_not_made,
		replies_become_a_change_id_or_an_error,
		the_whole_message_is_handed_on,
		freeing_cancels_what_is_in_flight,
		a_failed_allocation_ends_one_call_alone,
	};

	return unit_run("aws_route53", tests, N_ELEMENTS(tests));
}
