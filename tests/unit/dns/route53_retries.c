/* SPDX-License-Identifier: BSD-2-Clause
 * The publisher of Route 53 on the real AWS layer and a scripted server: what the layer sends again
 * by itself is paid for, and slows the account down. Each side alone is in dns/route53.c and
 * aws/client.c of this folder; here nothing between them is a fake. */
#include "dns/route53.h"

#include <stdio.h>
#include <string.h>

#include "aws/aws_route53.h"
#include "kit/fake_aws.h"
#include "dns/dns.h"
#include "dns/pace.h"
#include "kit/fake_clock.h"
#include "kit/unit.h"

/* One request in the units of pace.h: so many of them come in a second. */
enum { REQUEST_UNITS = 60000000 };

#define NS "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\""
#define OK                                                                                         \
	FAKE_AWS_REPLY(                                                                            \
		200, NULL,                                                                         \
		"<ChangeResourceRecordSetsResponse " NS "><ChangeInfo><Id>/change/C1</Id>"         \
		"<Status>PENDING</Status><SubmittedAt>2026-01-01T00:00:00.000Z</SubmittedAt>"      \
		"</ChangeInfo></ChangeResourceRecordSetsResponse>")
#define ERROR(status, code)                                                                        \
	FAKE_AWS_REPLY(status, NULL,                                                               \
		       "<ErrorResponse " NS "><Error><Type>Sender</Type><Code>" code "</Code>"     \
		       "<Message>no</Message></Error><RequestId>1</RequestId></ErrorResponse>")

struct answer {
	unsigned n_done;
	int err;
	const struct dns *dns;
	bool was_lost;
};

static void on_done(void *arg, int err, const struct errinfo *why)
{
	struct answer *a = arg;

	ck_assert_int_eq(why != NULL, err != 0);
	a->err = err;
	a->was_lost = a->dns != NULL && dns_was_lost(a->dns, err);
	a->n_done++;
}

static const struct {
	struct fake_aws_reply script[4];
	size_t n_script;
	int err;
	size_t requests;
	bool is_slower; /* the account */
	bool was_lost;	/* of a request it is not known what became */
} rows[] = {
	{{OK}, 1, 0, 1, false, false},
	{{ERROR(400, "Throttling"), OK}, 2, 0, 2, true, false},
	{{ERROR(400, "Throttling"), ERROR(400, "Throttling"), OK}, 3, 0, 3, true, false},
	{{ERROR(400, "ThrottlingException"), OK}, 2, 0, 2, true, false},
	{{ERROR(400, "Throttling")}, 1, ERR_THROTTLED, 3, true, false},
	/* About one zone, not about the account; and trouble that is no throttle. */
	{{ERROR(400, "PriorRequestNotComplete"), OK}, 2, 0, 2, false, false},
	{{ERROR(503, "ServiceUnavailable"), OK}, 2, 0, 2, false, true},
	{{ERROR(500, "InternalFailure"), ERROR(400, "Throttling"), OK}, 3, 0, 3, true, true},
	{{ERROR(500, "InternalFailure")}, 1, ERR_UNAVAILABLE, 3, false, true},
	{{ERROR(400, "InvalidChangeBatch")}, 1, ERR_REFUSED, 1, false, false},
	/* The answer ends early. */
	{{{.status = 200, .body = "<", .cut_at = 1}, OK}, 2, 0, 2, false, true},
};

START_TEST(what_the_aws_layer_sends_again_is_paid_for)
{
	static const struct pace_limits limits = {10, 50, 100, 1500};
	struct dns_change change = {.action = DNS_UPSERT, .ttl = 60};
	struct aws_route53 *r;
	struct answer a = {0};
	struct pace pace;
	struct dns *dns;
	struct fake_aws k;
	uint64_t before;

	ck_assert_int_eq(fqdn_parse(slice_of("home.example.com"), &change.name), 0);
	ck_assert_int_eq(addr_parse(slice_of("192.0.2.1"), &change.addr), 0);
	fake_aws_start(&k, rows[_i].script, rows[_i].n_script, NULL);
	r = fake_aws_open_route53(&k);
	pace_init(&pace, &limits, fake_clock_ms);
	before = pace.requests.demand;
	ck_assert_int_eq(dns_route53_open(&k.loop, r, &pace, "Z0123456789", 0, &dns, NULL), 0);
	a.dns = dns;
	ck_assert_uint_eq(dns_wait_ms(dns, &change, 1), 0);
	ck_assert_int_eq(dns_submit(dns, &change, 1, on_done, &a), 0);
	fake_aws_run(&k, &a.n_done, 1);
	ck_assert_int_eq(a.err, rows[_i].err);
	ck_assert_int_eq(a.was_lost, rows[_i].was_lost);
	ck_assert_uint_eq(k.n_requests, rows[_i].requests);
	ck_assert_uint_eq(pace.requests.demand - before, k.n_requests * (uint64_t)REQUEST_UNITS);
	ck_assert_int_eq(pace.share_ms < PACE_RECOVERY_MS, rows[_i].is_slower);
	dns_close(dns);
	aws_route53_free(r);
	fake_aws_stop(&k);
}
END_TEST

START_TEST(a_closed_zone_hears_of_no_retry)
{
	static const struct fake_aws_reply script[] = {ERROR(400, "Throttling"), OK};
	static const struct pace_limits limits = {10, 50, 100, 1500};
	struct dns_change change = {.action = DNS_UPSERT, .ttl = 60};
	struct aws_route53 *r;
	struct answer a = {0};
	struct pace *pace = malloc(sizeof(*pace));
	struct dns *dns;
	struct fake_aws k;

	ck_assert_ptr_nonnull(pace);
	ck_assert_int_eq(fqdn_parse(slice_of("home.example.com"), &change.name), 0);
	ck_assert_int_eq(addr_parse(slice_of("192.0.2.1"), &change.addr), 0);
	fake_aws_start(&k, script, N_ELEMENTS(script), NULL);
	r = fake_aws_open_route53(&k);
	pace_init(pace, &limits, fake_clock_ms);
	ck_assert_int_eq(dns_route53_open(&k.loop, r, pace, "Z0123456789", 0, &dns, NULL), 0);
	ck_assert_int_eq(dns_submit(dns, &change, 1, on_done, &a), 0);
	dns_close(dns);
	free(pace);
	ck_assert_uint_eq(a.n_done, 1);
	ck_assert_int_eq(a.err, ERR_CANCELED);
	/* The layer goes on with the call that it holds. */
	while (k.n_requests < 2)
		uv_run(&k.loop, UV_RUN_ONCE);
	aws_route53_free(r);
	fake_aws_stop(&k);
	ck_assert_uint_eq(a.n_done, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("route53_retries");
	TCase *tc = tcase_create("dns_route53_retries");
	SRunner *runner = srunner_create(suite);
	int failed;

	unit_ignore_sigpipe();
	fake_clock_ms = 5000; /* and stands still: only requests count */
	tcase_add_loop_test(tc, what_the_aws_layer_sends_again_is_paid_for, 0, N_ELEMENTS(rows));
	tcase_add_test(tc, a_closed_zone_hears_of_no_retry);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
