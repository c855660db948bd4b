/* SPDX-License-Identifier: BSD-2-Clause
 * ListResourceRecordSets: pages, escapes, and replies that are no listing. */
#include <stdio.h>
#include <string.h>

#include "aws/aws_route53.h"
#include "kit/fake_aws.h"
#include "kit/fake_malloc.h"
#include "aws/route53_list.h"
#include "kit/unit.h"

#define ZONE "Z1D633PJN98FT9"
#define NS   "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\""
#define PATH "/2013-04-01/hostedzone/" ZONE "/rrset?maxitems=300"

#define PAGE(sets, end)                                                                            \
	"<?xml version=\"1.0\"?>\n<ListResourceRecordSetsResponse " NS                             \
	"><ResourceRecordSets>" sets "</ResourceRecordSets>" end                                   \
	"<MaxItems>300</MaxItems></ListResourceRecordSetsResponse>"
#define SET(inner)	"<ResourceRecordSet>" inner "</ResourceRecordSet>"
#define NAMED(n, t)	"<Name>" n "</Name><Type>" t "</Type>"
#define RECORD(v)	"<ResourceRecord><Value>" v "</Value></ResourceRecord>"
#define RECORDS(inner)	"<ResourceRecords>" inner "</ResourceRecords>"
#define SIMPLE(n, t, v) SET(NAMED(n, t) "<TTL>60</TTL>" RECORDS(RECORD(v)))
#define ALIAS                                                                                      \
	"<AliasTarget><HostedZoneId>Z2</HostedZoneId><DNSName>x.example.net.</DNSName>"            \
	"<EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>"
#define LAST	   "<IsTruncated>false</IsTruncated>"
#define MORE(next) "<IsTruncated>true</IsTruncated>" next
#define NEXT(n, t) "<NextRecordName>" n "</NextRecordName><NextRecordType>" t "</NextRecordType>"

static const struct aws_route53_place first = {.name = ""};

struct outcome {
	struct aws_route53 *route53;
	struct fake_aws_result r;
	unsigned n_sets;
	char sets[1024]; /* one line each */
	size_t len;
};

static void on_set(void *arg, const struct aws_route53_set *set)
{
	struct outcome *o = arg;
	const char *value = set->values;
	size_t i;

	fake_aws_must(o->r.n_done == 0 && sizeof(o->sets) - o->len > 200);
	o->n_sets++;
	o->len += (size_t)snprintf(o->sets + o->len, 200, "%.80s %s %u", set->name, set->type,
				   (unsigned)set->ttl);
	for (i = 0; i < set->n_values; i++, value += strlen(value) + 1)
		o->len += (size_t)snprintf(o->sets + o->len, 60, " %.50s", value);
	o->len += (size_t)snprintf(o->sets + o->len, 20, "%s%s\n", set->is_alias ? " alias" : "",
				   set->is_routed ? " routed" : "");
}

static void on_done(void *arg, int err, const struct aws_route53_place *next,
		    const struct aws_error *error);

static int list_from(struct outcome *o, const struct aws_route53_place *place)
{
	return aws_route53_list_page(o->route53, "/hostedzone/" ZONE, place, AWS_ROUTE53_PAGE_SETS,
				     on_set, on_done, o);
}

/* Follows the pages to the last. */
static void on_done(void *arg, int err, const struct aws_route53_place *next,
		    const struct aws_error *error)
{
	struct outcome *o = arg;
	int started;

	fake_aws_must((err == 0) == (error == NULL) && (err == 0 || next == NULL));
	if (next == NULL) {
		fake_aws_take(&o->r, err, error);
		return;
	}
	started = list_from(o, next);
	if (started != 0) {
		o->r.err = started;
		o->r.n_done++;
	}
}

/* One listing on a server of its own, which stays up. */
static struct aws_route53 *list(struct fake_aws *k, const struct fake_aws_reply *script, size_t n,
				struct outcome *o)
{
	struct aws_route53 *r;

	memset(o, 0, sizeof(*o));
	fake_aws_start(k, script, n, NULL);
	r = fake_aws_open_route53(k);
	o->route53 = r;
	ck_assert_int_eq(list_from(o, &first), 0);
	ck_assert_uint_eq(o->r.n_done, 0);
	fake_aws_run(k, &o->r.n_done, 1);
	return r;
}

static void assert_target(const struct fake_aws *k, size_t i, const char *target)
{
	char line[512];

	snprintf(line, sizeof(line), "GET %s HTTP/1.1\r\n", target);
	ck_assert_msg(strncmp(k->requests[i], line, strlen(line)) == 0, "request %zu: %.200s", i,
		      k->requests[i]);
	fake_aws_assert_signed(k, i, "us-east-1", "route53");
	ck_assert_str_eq(fake_aws_body(k, i), "");
}

START_TEST(every_kind_of_record_set_is_told)
{
	static const struct fake_aws_reply script[] = {FAKE_AWS_REPLY(
		200, NULL,
		PAGE(SIMPLE("home.example.com.", "A", "192.0.2.1") SET(
			     NAMED("two.example.com.", "AAAA") "<TTL>2147483647</TTL>" RECORDS(
				     RECORD("2001:DB8::1") RECORD("2001:db8::2")))
			     SET(NAMED("alias.example.com.", "A") ALIAS) SET(
				     NAMED("w.example.com.",
					   "A") "<SetIdentifier>s</SetIdentifier><Weight>1</Weight>"
						"<TTL>5</TTL>" RECORDS(RECORD("192.0.2.2")))
				     SET(NAMED("t.example.com.", "TXT") "<TTL>0</TTL>" RECORDS(
					     RECORD("\"a &lt; b\""))),
		     LAST))};
	struct outcome o;
	struct fake_aws k;

	aws_route53_free(list(&k, script, 1, &o));
	ck_assert_msg(o.r.err == 0, "%s", o.r.text);
	ck_assert_str_eq(o.sets, "home.example.com. A 60 192.0.2.1\n"
				 "two.example.com. AAAA 2147483647 2001:DB8::1 2001:db8::2\n"
				 "alias.example.com. A 0 alias\n"
				 "w.example.com. A 5 192.0.2.2 routed\n"
				 "t.example.com. TXT 0 \"a < b\"\n");
	ck_assert_uint_eq(k.n_requests, 1);
	assert_target(&k, 0, PATH);
	fake_aws_stop(&k);
}
END_TEST

START_TEST(pages_are_followed_to_the_last)
{
	static const struct fake_aws_reply script[] = {
		FAKE_AWS_REPLY(200, NULL,
			       PAGE(SIMPLE("a.example.com.", "A", "192.0.2.1"),
				    MORE(NEXT("\\052.b.example.com.", "A")))),
		FAKE_AWS_REPLY(
			200, NULL,
			PAGE(SIMPLE("\\052.b.example.com.", "A", "192.0.2.2"),
			     MORE(NEXT("c.example.com.", "AAAA") "<NextRecordIdentifier>one &amp; "
								 "two</NextRecordIdentifier>"))),
		FAKE_AWS_REPLY(200, NULL,
			       PAGE(SIMPLE("c.example.com.", "AAAA", "2001:db8::3"), LAST)),
	};
	struct outcome o;
	struct fake_aws k;

	aws_route53_free(list(&k, script, N_ELEMENTS(script), &o));
	ck_assert_msg(o.r.err == 0, "%s", o.r.text);
	ck_assert_str_eq(o.sets, "a.example.com. A 60 192.0.2.1\n"
				 "*.b.example.com. A 60 192.0.2.2\n"
				 "c.example.com. AAAA 60 2001:db8::3\n");
	ck_assert_uint_eq(k.n_requests, 3);
	assert_target(&k, 0, PATH);
	assert_target(&k, 1, PATH "&name=%5C052.b.example.com.&type=A");
	assert_target(&k, 2, PATH "&name=c.example.com.&type=AAAA&identifier=one%20%26%20two");
	fake_aws_stop(&k);
}
END_TEST

static const struct {
	const char *escaped;
	const char *want;
} escape_rows[] = {
	{"\\052.example.com.", "*.example.com."},
	{"a\\041\\176b.example.com.", "a!~b.example.com."},
	{"a\\056dyn.example.com.", "a\\056dyn.example.com."}, /* one label, not two */
	{"a\\134052.example.com.", "a\\134052.example.com."},
	{"a\\000\\040\\177.example.com.", "a\\000\\040\\177.example.com."},
	{"\\303\\274.example.com.", "\\303\\274.example.com."}, /* not the U-label of an A-label */
	{"\\05.example.com.", "\\05.example.com."},
	{"\\089.example.com.", "\\089.example.com."},
	{"example.com\\", "example.com\\"},
	{"example.com\\0", "example.com\\0"},
};

START_TEST(escapes_are_decoded_where_the_name_stays_the_same)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(escape_rows); i++) {
		struct fake_aws_reply script = FAKE_AWS_REPLY(200, NULL, NULL);
		char body[1024], want[128];
		struct outcome o;
		struct fake_aws k;

		snprintf(body, sizeof(body), PAGE(SIMPLE("%s", "A", "192.0.2.1"), LAST),
			 escape_rows[i].escaped);
		snprintf(want, sizeof(want), "%s A 60 192.0.2.1\n", escape_rows[i].want);
		script.body = body;
		aws_route53_free(list(&k, &script, 1, &o));
		ck_assert_msg(o.r.err == 0 && strcmp(o.sets, want) == 0, "row %zu: %s", i, o.sets);
		fake_aws_stop(&k);
	}
}
END_TEST

#define NAME_64	      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
#define NAME_256      NAME_64 NAME_64 NAME_64 NAME_64
#define NAME_TOO_LONG NAME_256 NAME_256 NAME_256 NAME_256 NAME_256
#define ERROR_BODY(code, text)                                                                     \
	"<ErrorResponse " NS "><Error><Type>Sender</Type><Code>" code "</Code><Message>" text      \
	"</Message></Error><RequestId>R</RequestId></ErrorResponse>"
#define A_SET SIMPLE("a.", "A", "192.0.2.1")

static const struct {
	struct fake_aws_reply reply;
	int want_err;
	const char *want_text;
} garbage_rows[] = {
	{FAKE_AWS_REPLY(200, NULL, ""), ERR_PROTOCOL, "the reply is no listing"},
	{FAKE_AWS_REPLY(200, NULL, "{}"), ERR_PROTOCOL, "the reply is no listing"},
	{FAKE_AWS_REPLY(200, NULL, "<html/>"), ERR_PROTOCOL,
	 "the reply does not tell whether it is the last"},
	{FAKE_AWS_REPLY(200, NULL, PAGE(A_SET, "")), ERR_PROTOCOL,
	 "the reply does not tell whether it is the last"},
	{FAKE_AWS_REPLY(200, NULL, PAGE(A_SET, "<IsTruncated>perhaps</IsTruncated>")), ERR_PROTOCOL,
	 "the reply does not tell whether it is the last"},
	{FAKE_AWS_REPLY(200, NULL, PAGE(A_SET, MORE(""))), ERR_PROTOCOL,
	 "the reply does not tell where the next one begins"},
	{FAKE_AWS_REPLY(200, NULL, PAGE(A_SET, MORE(NEXT("b.", "")))), ERR_PROTOCOL,
	 "the reply does not tell where the next one begins"},
	{FAKE_AWS_REPLY(200, NULL, PAGE(A_SET, MORE(NEXT("b.", "A")))), ERR_PROTOCOL,
	 "the next page would be the same again"},
	{FAKE_AWS_REPLY(200, NULL, PAGE(SET("<Name>a.</Name>"), LAST)), ERR_PROTOCOL,
	 "the reply is no listing"},
	{FAKE_AWS_REPLY(200, NULL, PAGE(SET("<Name></Name><Type>A</Type>"), LAST)), ERR_PROTOCOL,
	 "the reply is no listing"},
	{FAKE_AWS_REPLY(200, NULL, PAGE(SET("<Type>A</Type><Name>a.</Name>"), LAST)), ERR_PROTOCOL,
	 "the reply is no listing"},
	{FAKE_AWS_REPLY(200, NULL, PAGE(SET(NAMED("a.", "A") "<TTL>-1</TTL>"), LAST)), ERR_PROTOCOL,
	 "the reply is no listing"},
	{FAKE_AWS_REPLY(200, NULL, PAGE(SET(NAMED("a.", "A") "<TTL>2147483648</TTL>"), LAST)),
	 ERR_PROTOCOL, "the reply is no listing"},
	{FAKE_AWS_REPLY(200, NULL, PAGE(SET(NAMED("a.", "AAAAAAAAAAAAAAAAAAAA")), LAST)),
	 ERR_PROTOCOL, "the reply is no listing"},
	{FAKE_AWS_REPLY(200, NULL, PAGE(SET(NAMED(NAME_TOO_LONG, "A")), LAST)), ERR_PROTOCOL,
	 "the reply is no listing"},
	{FAKE_AWS_REPLY(200, NULL, PAGE(A_SET, MORE(NEXT(NAME_TOO_LONG, "A")))), ERR_PROTOCOL,
	 "the reply is no listing"},
	{FAKE_AWS_REPLY(200, NULL, "<ListResourceRecordSetsResponse><ResourceRecordSets>" A_SET),
	 ERR_PROTOCOL, "the reply is no listing"},
	{FAKE_AWS_REPLY(200, NULL, "<!DOCTYPE x>" PAGE(A_SET, LAST)), ERR_PROTOCOL,
	 "the reply is no listing"},
	{FAKE_AWS_REPLY(404, NULL, ERROR_BODY("NoSuchHostedZone", "none")), ERR_NOTFOUND,
	 "NoSuchHostedZone: none (request id R)"},
	{FAKE_AWS_REPLY(403, NULL, ERROR_BODY("AccessDenied", "no")), ERR_DENIED,
	 "AccessDenied: no (request id R)"},
	{FAKE_AWS_REPLY(400, NULL, ERROR_BODY("Throttling", "Rate exceeded")), ERR_THROTTLED,
	 "Throttling: Rate exceeded (request id R)"},
};

START_TEST(what_is_no_listing_is_an_error)
{
	char want[256];
	size_t i;

	for (i = 0; i < N_ELEMENTS(garbage_rows); i++) {
		struct outcome o;
		struct fake_aws k;

		aws_route53_free(list(&k, &garbage_rows[i].reply, 1, &o));
		snprintf(want, sizeof(want), "Route 53 ListResourceRecordSets: %s",
			 garbage_rows[i].want_text);
		ck_assert_msg(o.r.err == garbage_rows[i].want_err && strcmp(o.r.text, want) == 0,
			      "row %zu: %d %s", i, o.r.err, o.r.text);
		fake_aws_stop(&k);
	}
}
END_TEST

/* After sets were told already. */
START_TEST(a_later_page_may_fail)
{
	static const struct fake_aws_reply script[] = {
		FAKE_AWS_REPLY(200, NULL, PAGE(A_SET, MORE(NEXT("b.", "A")))),
		FAKE_AWS_REPLY(403, NULL, ERROR_BODY("AccessDenied", "no")),
	};
	struct outcome o;
	struct fake_aws k;

	aws_route53_free(list(&k, script, 2, &o));
	ck_assert_int_eq(o.r.err, ERR_DENIED);
	ck_assert_str_eq(o.sets, "a. A 60 192.0.2.1\n");
	fake_aws_stop(&k);
}
END_TEST

static const struct fake_aws_reply two_pages[] = {
	FAKE_AWS_REPLY(200, NULL, PAGE(A_SET, MORE(NEXT("b.", "A")))),
	FAKE_AWS_REPLY(200, NULL, PAGE(SIMPLE("b.", "A", "192.0.2.2"), LAST)),
};

START_TEST(a_wrong_zone_id_is_not_asked_for)
{
	struct outcome o = {0};
	struct aws_route53 *r;
	struct fake_aws k;

	fake_aws_start(&k, two_pages, 2, NULL);
	r = fake_aws_open_route53(&k);
	ck_assert_int_eq(aws_route53_list_page(r, "Z1/../Z2?", &first, 1, on_set, on_done, &o),
			 ERR_INVAL);
	ck_assert_int_eq(aws_route53_list_page(r, "", &first, 1, on_set, on_done, &o), ERR_INVAL);
	aws_route53_free(r);
	fake_aws_stop(&k);
	ck_assert_uint_eq(o.r.n_done, 0);
	ck_assert_uint_eq(k.n_requests, 0);
}
END_TEST

START_TEST(freeing_cancels_a_listing)
{
	static const struct fake_aws_reply silent[] = {
		FAKE_AWS_REPLY(200, NULL, PAGE(A_SET, MORE(NEXT("b.", "A")))), {.status = -1}};
	struct outcome o = {0};
	struct aws_route53 *r;
	struct fake_aws k;

	fake_aws_start(&k, silent, 2, NULL);
	r = fake_aws_open_route53(&k);
	o.route53 = r;
	ck_assert_int_eq(list_from(&o, &first), 0);
	while (k.n_requests < 2)
		uv_run(&k.loop, UV_RUN_ONCE);
	aws_route53_free(r);
	fake_aws_stop(&k);
	ck_assert_uint_eq(o.r.n_done, 1);
	ck_assert_int_eq(o.r.err, ERR_CANCELED);
}
END_TEST

START_TEST(a_failed_allocation_ends_one_listing_alone)
{
	struct aws_route53 *r;
	bool refused = true;
	struct outcome o;
	struct fake_aws k;
	size_t n;

	for (n = 1; refused; n++) {
		int err;

		fake_aws_start(&k, two_pages, 2, NULL);
		r = fake_aws_open_route53(&k);
		memset(&o, 0, sizeof(o));
		o.route53 = r;
		fake_malloc_fail_at(n);
		err = list_from(&o, &first);
		while (err == 0 && o.r.n_done == 0)
			uv_run(&k.loop, UV_RUN_ONCE);
		refused = fake_malloc_off();
		ck_assert_msg(err == 0 ? o.r.n_done == 1 : err == ERR_NOMEM && o.r.n_done == 0,
			      "allocation %zu: %d", n, err);
		/* A first request that was broken off is made again, and gets the second reply. */
		ck_assert_msg(err != 0 || o.r.err != 0 || strstr(o.sets, "b. A 60 192.0.2.2\n"),
			      "allocation %zu: %s", n, o.sets);
		aws_route53_free(r);
		fake_aws_stop(&k);
	}
	ck_assert_uint_gt(n, 60);
	ck_assert_int_eq(o.r.err, 0);
	ck_assert_uint_eq(o.n_sets, 2);
}
END_TEST

/* Notes where the next one would begin, and does not ask for it. */
static void on_one_page(void *arg, int err, const struct aws_route53_place *next,
			const struct aws_error *error)
{
	struct outcome *o = arg;

	fake_aws_take(&o->r, err, error);
	if (next != NULL)
		snprintf(o->r.text, sizeof(o->r.text), "%.100s %.10s", next->name, next->type);
}

START_TEST(a_page_may_begin_at_one_record_set)
{
	static const struct fake_aws_reply script =
		FAKE_AWS_REPLY(200, NULL,
			       PAGE(SIMPLE("\\052.b.example.com.", "AAAA", "2001:db8::1"),
				    MORE(NEXT("c.example.com.", "A"))));
	const struct aws_route53_place place = {.name = "*.b.example.com", .type = "AAAA"};
	struct outcome o = {.n_sets = 0};
	struct aws_route53 *r;
	struct fake_aws k;

	fake_aws_start(&k, &script, 1, NULL);
	r = fake_aws_open_route53(&k);
	ck_assert_int_eq(aws_route53_list_page(r, ZONE, &place, 1, on_set, on_one_page, &o), 0);
	fake_aws_run(&k, &o.r.n_done, 1);
	ck_assert_int_eq(o.r.err, 0);
	ck_assert_str_eq(o.sets, "*.b.example.com. AAAA 60 2001:db8::1\n");
	ck_assert_str_eq(o.r.text, "c.example.com. A");
	ck_assert_uint_eq(k.n_requests, 1);
	assert_target(&k, 0,
		      "/2013-04-01/hostedzone/" ZONE
		      "/rrset?maxitems=1&name=%2A.b.example.com&type=AAAA");
	aws_route53_free(r);
	fake_aws_stop(&k);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_kind_of_record_set_is_told,
		pages_are_followed_to_the_last,
		a_page_may_begin_at_one_record_set,
		escapes_are_decoded_where_the_name_stays_the_same,
		what_is_no_listing_is_an_error,
		a_later_page_may_fail,
		a_wrong_zone_id_is_not_asked_for,
		freeing_cancels_a_listing,
		a_failed_allocation_ends_one_listing_alone,
	};

	return unit_run("route53_list", tests, N_ELEMENTS(tests));
}
