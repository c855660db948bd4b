/* SPDX-License-Identifier: BSD-2-Clause
 * GetHostedZone, and the listing of a single record set. */
#include <stdio.h>
#include <string.h>

#include "aws/client.h"
#include "aws/aws_route53.h"
#include "kit/fake_aws.h"
#include "kit/fake_malloc.h"
#include "aws/route53_list.h"
#include "aws/route53_zone.h"
#include "kit/unit.h"

#define ZONE "Z1D633PJN98FT9"
#define NS   "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\""

#define REPLY(zone, servers)                                                                       \
	"<?xml version=\"1.0\"?>\n<GetHostedZoneResponse " NS "><HostedZone><Id>/hostedzone/" ZONE \
	"</Id>" zone "<CallerReference>r</CallerReference></HostedZone>" servers                   \
	"</GetHostedZoneResponse>"
#define NAME		"<Name>dyn.example.com.</Name>"
#define CONFIG(private) "<Config><PrivateZone>" private "</PrivateZone></Config>"
#define COUNT		"<ResourceRecordSetCount>7</ResourceRecordSetCount>"
#define SERVER(name)	"<NameServer>" name "</NameServer>"
#define SERVERS(inner)	"<DelegationSet><NameServers>" inner "</NameServers></DelegationSet>"
#define SERVERS_9                                                                                  \
	SERVER("a")                                                                                \
	SERVER("b")                                                                                \
	SERVER("c") SERVER("d") SERVER("e") SERVER("f") SERVER("g") SERVER("h") SERVER("i")

struct outcome {
	struct fake_aws_result r;
	struct aws_route53_zone zone;
};

static void on_zone(void *arg, int err, const struct aws_route53_zone *zone,
		    const struct aws_error *error)
{
	struct outcome *o = arg;

	fake_aws_must((err == 0) == (error == NULL) && (err == 0) == (zone != NULL));
	if (zone != NULL)
		o->zone = *zone;
	fake_aws_take(&o->r, err, error);
}

static void get(struct fake_aws *k, const struct fake_aws_reply *script, struct outcome *o)
{
	struct aws_route53 *r;

	memset(o, 0, sizeof(*o));
	fake_aws_start(k, script, 1, NULL);
	r = fake_aws_open_route53(k);
	ck_assert_int_eq(aws_route53_get_zone(r, "/hostedzone/" ZONE, on_zone, o), 0);
	ck_assert_uint_eq(o->r.n_done, 0);
	fake_aws_run(k, &o->r.n_done, 1);
	aws_route53_free(r);
}

START_TEST(a_public_zone_tells_its_name_servers)
{
	static const struct fake_aws_reply script = FAKE_AWS_REPLY(
		200, NULL,
		REPLY(NAME CONFIG("false") COUNT,
		      SERVERS(SERVER("ns-1.example.net") SERVER("ns-2.example.org"))));
	static const char line[] = "GET /2013-04-01/hostedzone/" ZONE " HTTP/1.1\r\n";
	struct outcome o;
	struct fake_aws k;

	get(&k, &script, &o);
	ck_assert_msg(o.r.err == 0, "%s", o.r.text);
	ck_assert_str_eq(o.zone.name, "dyn.example.com.");
	ck_assert(!o.zone.is_private);
	ck_assert_uint_eq(o.zone.n_sets, 7);
	ck_assert_uint_eq(o.zone.n_ns, 2);
	ck_assert_str_eq(o.zone.ns[0], "ns-1.example.net");
	ck_assert_str_eq(o.zone.ns[1], "ns-2.example.org");
	ck_assert_msg(strncmp(k.requests[0], line, strlen(line)) == 0, "%.100s", k.requests[0]);
	fake_aws_assert_signed(&k, 0, "us-east-1", "route53");
	fake_aws_stop(&k);
}
END_TEST

START_TEST(a_private_zone_has_none)
{
	static const struct fake_aws_reply script =
		FAKE_AWS_REPLY(200, NULL,
			       REPLY(NAME CONFIG("true"),
				     "<VPCs><VPC><VPCRegion>eu-west-1</VPCRegion></VPC></VPCs>"));
	struct outcome o;
	struct fake_aws k;

	get(&k, &script, &o);
	ck_assert_int_eq(o.r.err, 0);
	ck_assert(o.zone.is_private);
	ck_assert_uint_eq(o.zone.n_ns, 0);
	fake_aws_stop(&k);
}
END_TEST

#define ERROR_BODY(code)                                                                           \
	"<ErrorResponse " NS "><Error><Type>Sender</Type><Code>" code                              \
	"</Code><Message>no</Message></Error><RequestId>R</RequestId></ErrorResponse>"
#define NAME_64	 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
#define NAME_256 NAME_64 NAME_64 NAME_64 NAME_64
#define NO_ZONE	 "Route 53 GetHostedZone: the reply describes no zone"

static const struct {
	struct fake_aws_reply reply;
	int want_err;
	const char *want_text;
} error_rows[] = {
	{FAKE_AWS_REPLY(200, NULL, ""), ERR_PROTOCOL, NO_ZONE},
	{FAKE_AWS_REPLY(200, NULL, "<html/>"), ERR_PROTOCOL, NO_ZONE},
	{FAKE_AWS_REPLY(200, NULL, REPLY("", "")), ERR_PROTOCOL, NO_ZONE},
	{FAKE_AWS_REPLY(200, NULL, REPLY("<Name>" NAME_256 "</Name>", "")), ERR_PROTOCOL, NO_ZONE},
	{FAKE_AWS_REPLY(200, NULL, REPLY(NAME, SERVERS(SERVERS_9))), ERR_PROTOCOL, NO_ZONE},
	{FAKE_AWS_REPLY(404, NULL, ERROR_BODY("NoSuchHostedZone")), ERR_NOTFOUND,
	 "Route 53 GetHostedZone: NoSuchHostedZone: no (request id R)"},
	{FAKE_AWS_REPLY(403, NULL, ERROR_BODY("AccessDenied")), ERR_DENIED,
	 "Route 53 GetHostedZone: AccessDenied: no (request id R)"},
};

START_TEST(what_describes_no_zone_is_an_error)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(error_rows); i++) {
		struct outcome o;
		struct fake_aws k;

		get(&k, &error_rows[i].reply, &o);
		ck_assert_msg(o.r.err == error_rows[i].want_err &&
				      strcmp(o.r.text, error_rows[i].want_text) == 0,
			      "row %zu: %d %s", i, o.r.err, o.r.text);
		fake_aws_stop(&k);
	}
}
END_TEST

START_TEST(a_wrong_id_is_not_asked_for)
{
	static const struct fake_aws_reply script = FAKE_AWS_REPLY(200, NULL, REPLY(NAME, ""));
	struct outcome o = {.r = {.n_done = 0}};
	struct aws_route53 *r;
	struct fake_aws k;

	fake_aws_start(&k, &script, 1, NULL);
	r = fake_aws_open_route53(&k);
	ck_assert_int_eq(aws_route53_get_zone(r, "Z1/../?", on_zone, &o), ERR_INVAL);
	aws_route53_free(r);
	fake_aws_stop(&k);
	ck_assert_uint_eq(o.r.n_done, 0);
	ck_assert_uint_eq(k.n_requests, 0);
}
END_TEST

START_TEST(a_failed_allocation_ends_one_question_alone)
{
	static const struct fake_aws_reply script = FAKE_AWS_REPLY(200, NULL, REPLY(NAME, ""));
	struct aws_route53 *r;
	bool refused = true;
	struct outcome o;
	struct fake_aws k;
	size_t n;

	for (n = 1; refused; n++) {
		int err;

		fake_aws_start(&k, &script, 1, NULL);
		r = fake_aws_open_route53(&k);
		memset(&o, 0, sizeof(o));
		fake_malloc_fail_at(n);
		err = aws_route53_get_zone(r, ZONE, on_zone, &o);
		while (err == 0 && o.r.n_done == 0)
			uv_run(&k.loop, UV_RUN_ONCE);
		refused = fake_malloc_off();
		ck_assert_msg(err == 0 ? o.r.n_done == 1 : err == ERR_NOMEM && o.r.n_done == 0,
			      "allocation %zu: %d", n, err);
		aws_route53_free(r);
		fake_aws_stop(&k);
	}
	ck_assert_int_eq(o.r.err, 0);
	ck_assert_str_eq(o.zone.name, "dyn.example.com.");
}
END_TEST

static void on_set(void *arg, const struct aws_route53_set *set)
{
	struct outcome *o = arg;

	fake_aws_must(o->r.n_done == 0);
	o->zone.n_sets++;
	snprintf(o->zone.name, sizeof(o->zone.name), "%s", set->name);
}

static void on_listed(void *arg, int err, const struct aws_route53_place *next,
		      const struct aws_error *error)
{
	struct outcome *o = arg;

	fake_aws_must(next != NULL);
	fake_aws_take(&o->r, err, error);
}

START_TEST(the_first_record_set_alone_is_one_request)
{
	static const struct fake_aws_reply script = FAKE_AWS_REPLY(
		200, NULL,
		"<ListResourceRecordSetsResponse " NS "><ResourceRecordSets>"
		"<ResourceRecordSet>" NAME "<Type>NS</Type><TTL>1</TTL>"
		"</ResourceRecordSet></ResourceRecordSets><IsTruncated>true</IsTruncated>"
		"<NextRecordName>x.</NextRecordName><NextRecordType>A</NextRecordType>"
		"</ListResourceRecordSetsResponse>");
	static const struct aws_route53_place first = {.name = ""};
	struct outcome o = {.r = {.n_done = 0}};
	struct aws_route53 *r;
	struct fake_aws k;

	fake_aws_start(&k, &script, 1, NULL);
	r = fake_aws_open_route53(&k);
	ck_assert_int_eq(aws_route53_list_page(r, ZONE, &first, 1, on_set, on_listed, &o), 0);
	fake_aws_run(&k, &o.r.n_done, 1);
	ck_assert_int_eq(o.r.err, 0);
	ck_assert_uint_eq(o.zone.n_sets, 1);
	ck_assert_str_eq(o.zone.name, "dyn.example.com.");
	ck_assert_uint_eq(k.n_requests, 1);
	ck_assert_ptr_nonnull(strstr(k.requests[0], "/rrset?maxitems=1 HTTP/1.1\r\n"));
	aws_route53_free(r);
	fake_aws_stop(&k);
}
END_TEST

static int64_t gap_after(const char *headers)
{
	struct fake_aws_reply script = FAKE_AWS_REPLY(200, headers, REPLY(NAME, ""));
	int64_t gap_s = 1;
	struct outcome o;
	struct fake_aws k;

	get(&k, &script, &o);
	ck_assert_int_eq(o.r.err, 0);
	ck_assert(aws_client_clock_gap(k.client, &gap_s) == (headers != NULL));
	fake_aws_stop(&k);
	return gap_s;
}

START_TEST(the_clock_is_compared_with_each_reply)
{
	time_t now = time(NULL);
	char header[64];
	int64_t gap_s;

	ck_assert_int_eq(gap_after(NULL), 1); /* untouched */
	now += 100;
	strftime(header, sizeof(header), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", gmtime(&now));
	gap_s = gap_after(header);
	ck_assert_msg(gap_s <= 100 && gap_s > 40, "%lld", (long long)gap_s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_public_zone_tells_its_name_servers,
		a_private_zone_has_none,
		what_describes_no_zone_is_an_error,
		a_wrong_id_is_not_asked_for,
		a_failed_allocation_ends_one_question_alone,
		the_first_record_set_alone_is_one_request,
		the_clock_is_compared_with_each_reply,
	};

	return unit_run("route53_zone", tests, N_ELEMENTS(tests));
}
