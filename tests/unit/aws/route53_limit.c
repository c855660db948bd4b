/* SPDX-License-Identifier: BSD-2-Clause
 * GetHostedZoneLimit: replies of every kind. */
#include "aws/route53_limit.h"

#include <string.h>

#include "aws/aws_route53.h"
#include "kit/fake_aws.h"
#include "kit/unit.h"

#define ZONE "Z1D633PJN98FT9"
#define NS   "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\""

#define REPLY(inner)                                                                               \
	"<?xml version=\"1.0\"?>\n<GetHostedZoneLimitResponse " NS ">" inner                       \
	"</GetHostedZoneLimitResponse>"
#define LIMIT(value) "<Limit><Type>MAX_RRSETS_BY_ZONE</Type><Value>" value "</Value></Limit>"
#define COUNT(value) "<Count>" value "</Count>"
#define ERROR_BODY(code)                                                                           \
	"<ErrorResponse " NS "><Error><Type>Sender</Type><Code>" code                              \
	"</Code><Message>no</Message></Error><RequestId>R</RequestId></ErrorResponse>"
#define NO_LIMIT "Route 53 GetHostedZoneLimit: the reply tells no limit"

struct outcome {
	struct fake_aws_result r;
	struct aws_route53_limit limit;
};

static void on_limit(void *arg, int err, const struct aws_route53_limit *limit,
		     const struct aws_error *error)
{
	struct outcome *o = arg;

	fake_aws_must((err == 0) == (error == NULL) && (err == 0) == (limit != NULL));
	if (limit != NULL)
		o->limit = *limit;
	fake_aws_take(&o->r, err, error);
}

static const struct {
	struct fake_aws_reply reply;
	int err;
	const char *text;
} limit_rows[] = {
	{FAKE_AWS_REPLY(200, NULL, REPLY(LIMIT("10000") COUNT("7"))), 0, ""},
	{FAKE_AWS_REPLY(200, NULL, REPLY(COUNT("7") LIMIT("10000"))), 0, ""},
	{FAKE_AWS_REPLY(200, NULL, REPLY(LIMIT("10000"))), ERR_PROTOCOL, NO_LIMIT},
	{FAKE_AWS_REPLY(200, NULL, REPLY(COUNT("7"))), ERR_PROTOCOL, NO_LIMIT},
	{FAKE_AWS_REPLY(200, NULL, REPLY(LIMIT("many") COUNT("7"))), ERR_PROTOCOL, NO_LIMIT},
	{FAKE_AWS_REPLY(200, NULL, REPLY(LIMIT("10000") COUNT("-7"))), ERR_PROTOCOL, NO_LIMIT},
	{FAKE_AWS_REPLY(200, NULL, "{}"), ERR_PROTOCOL, NO_LIMIT},
	{FAKE_AWS_REPLY(404, NULL, ERROR_BODY("NoSuchHostedZone")), ERR_NOTFOUND,
	 "Route 53 GetHostedZoneLimit: NoSuchHostedZone: no (request id R)"},
	{FAKE_AWS_REPLY(403, NULL, ERROR_BODY("AccessDenied")), ERR_DENIED,
	 "Route 53 GetHostedZoneLimit: AccessDenied: no (request id R)"},
};

START_TEST(a_limit_is_read_or_the_reply_is_an_error)
{
	static const char line[] =
		"GET /2013-04-01/hostedzonelimit/" ZONE "/MAX_RRSETS_BY_ZONE HTTP/1.1\r\n";
	size_t i;

	for (i = 0; i < N_ELEMENTS(limit_rows); i++) {
		struct outcome o = {.r = {.n_done = 0}};
		struct aws_route53 *r;
		struct fake_aws k;

		fake_aws_start(&k, &limit_rows[i].reply, 1, NULL);
		r = fake_aws_open_route53(&k);
		ck_assert_int_eq(aws_route53_get_limit(r, "/hostedzone/" ZONE, on_limit, &o), 0);
		fake_aws_run(&k, &o.r.n_done, 1);
		ck_assert_msg(o.r.err == limit_rows[i].err &&
				      strcmp(o.r.text, limit_rows[i].text) == 0,
			      "row %zu: %d %s", i, o.r.err, o.r.text);
		ck_assert_msg(o.r.err != 0 || (o.limit.max == 10000 && o.limit.n_sets == 7),
			      "row %zu", i);
		ck_assert_msg(strncmp(k.requests[0], line, strlen(line)) == 0, "%.100s",
			      k.requests[0]);
		fake_aws_assert_signed(&k, 0, "us-east-1", "route53");
		aws_route53_free(r);
		fake_aws_stop(&k);
	}
}
END_TEST

START_TEST(a_wrong_id_is_not_asked_for)
{
	static const struct fake_aws_reply script = FAKE_AWS_REPLY(200, NULL, "");
	struct outcome o = {.r = {.n_done = 0}};
	struct aws_route53 *r;
	struct fake_aws k;

	fake_aws_start(&k, &script, 1, NULL);
	r = fake_aws_open_route53(&k);
	ck_assert_int_eq(aws_route53_get_limit(r, "Z1/../?", on_limit, &o), ERR_INVAL);
	aws_route53_free(r);
	fake_aws_stop(&k);
	ck_assert_uint_eq(o.r.n_done + k.n_requests, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_limit_is_read_or_the_reply_is_an_error,
		a_wrong_id_is_not_asked_for,
	};

	return unit_run("route53_limit", tests, N_ELEMENTS(tests));
}
