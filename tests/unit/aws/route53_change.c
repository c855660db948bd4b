/* SPDX-License-Identifier: BSD-2-Clause
 * GetChange: replies of every kind. */
#include "aws/route53_change.h"

#include <string.h>

#include "aws/aws_route53.h"
#include "kit/fake_aws.h"
#include "kit/unit.h"

#define ZONE "Z1D633PJN98FT9"
#define NS   "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\""

static const struct fake_aws_reply accepted[] = {FAKE_AWS_REPLY(
	200, NULL,
	"<?xml version=\"1.0\"?>\n<ChangeResourceRecordSetsResponse " NS "><ChangeInfo><Id>/change/"
	"C2682N5HXP0BZ4</Id><Status>PENDING</Status><SubmittedAt>2026-01-01T00:00:00.000Z"
	"</SubmittedAt></ChangeInfo></ChangeResourceRecordSetsResponse>")};

struct status {
	struct fake_aws_result r;
	bool is_insync;
};

static void on_status(void *arg, int err, bool is_insync, const struct aws_error *error)
{
	struct status *s = arg;

	fake_aws_must((err == 0) == (error == NULL));
	s->is_insync = is_insync;
	fake_aws_take(&s->r, err, error);
}

#define CHANGE_INFO(status)                                                                        \
	"<?xml version=\"1.0\"?>\n<GetChangeResponse " NS "><ChangeInfo><Id>/change/C1</Id>"       \
	"<Status>" status "</Status><SubmittedAt>2026-01-01T00:00:00.000Z</SubmittedAt>"           \
	"</ChangeInfo></GetChangeResponse>"

static const struct {
	struct fake_aws_reply reply;
	int err;
	bool is_insync;
	const char *text;
} change_rows[] = {
	{FAKE_AWS_REPLY(200, NULL, CHANGE_INFO("INSYNC")), 0, true, ""},
	{FAKE_AWS_REPLY(200, NULL, CHANGE_INFO("PENDING")), 0, false, ""},
	{FAKE_AWS_REPLY(200, NULL, CHANGE_INFO("SIDEWAYS")), ERR_PROTOCOL, false,
	 "Route 53 GetChange: the reply has no status of the change"},
	{FAKE_AWS_REPLY(200, NULL, "{}"), ERR_PROTOCOL, false,
	 "Route 53 GetChange: the reply has no status of the change"},
	{FAKE_AWS_REPLY(
		 404, NULL,
		 "<ErrorResponse " NS "><Error><Type>Sender</Type><Code>NoSuchChange</Code>"
		 "<Message>A change with id C1 does not exist</Message></Error></ErrorResponse>"),
	 ERR_NOTFOUND, false,
	 "Route 53 GetChange: NoSuchChange: A change with id C1 does not exist"},
	{FAKE_AWS_REPLY(403, NULL,
			"<ErrorResponse " NS
			"><Error><Code>AccessDenied</Code><Message>no</Message>"
			"</Error></ErrorResponse>"),
	 ERR_DENIED, false, "Route 53 GetChange: AccessDenied: no"},
};

START_TEST(status_of_a_change_is_read)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(change_rows); i++) {
		struct status s = {0};
		struct aws_route53 *r;
		struct fake_aws k;

		fake_aws_start(&k, &change_rows[i].reply, 1, NULL);
		r = fake_aws_open_route53(&k);
		ck_assert_int_eq(aws_route53_get_change(r, "/change/C1", on_status, &s), 0);
		fake_aws_run(&k, &s.r.n_done, 1);
		ck_assert_msg(s.r.err == change_rows[i].err, "row %zu: %d %s", i, s.r.err,
			      s.r.text);
		ck_assert_msg(s.is_insync == change_rows[i].is_insync, "row %zu", i);
		ck_assert_msg(strcmp(s.r.text, change_rows[i].text) == 0, "row %zu: %s", i,
			      s.r.text);
		ck_assert_int_eq(
			strncmp(k.requests[0], "GET /2013-04-01/change/C1 HTTP/1.1\r\n", 36), 0);
		fake_aws_assert_signed(&k, 0, "us-east-1", "route53");
		aws_route53_free(r);
		fake_aws_stop(&k);
	}
}
END_TEST

START_TEST(a_change_without_an_id_is_not_asked_about)
{
	struct status s = {0};
	struct aws_route53 *r;
	struct fake_aws k;

	fake_aws_start(&k, accepted, 1, NULL);
	r = fake_aws_open_route53(&k);
	ck_assert_int_eq(aws_route53_get_change(r, "c1", on_status, &s), ERR_INVAL);
	ck_assert_int_eq(aws_route53_get_change(r, "", on_status, &s), ERR_INVAL);
	aws_route53_free(r);
	fake_aws_stop(&k);
	ck_assert_uint_eq(s.r.n_done, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		status_of_a_change_is_read,
		a_change_without_an_id_is_not_asked_about,
	};

	return unit_run("route53_change", tests, N_ELEMENTS(tests));
}
