/* SPDX-License-Identifier: BSD-2-Clause
 * dns/route53.h: what a batch asks of Route 53, and what it makes of the answers. The AWS layer
 * plays a script: aws_route53_change() is defined here. */
#include "dns/route53.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "aws/aws_route53.h"
#include "aws/route53_change.h"
#include "base/buf.h"
#include "base/clock.h"
#include "dns/dns.h"
#include "dns/pace.h"
#include "kit/fake_malloc.h"
#include "kit/fake_clock.h"
#include "kit/unit.h"

enum { STEPS_MAX = 8, REQUEST_MAX = 4096 };

/* One request that shall be made, and its answer. */
struct step {
	const char *request; /* "+name type value ttl" or "-...", joined by "; " */
	int err;
	const char *message; /* AWS's, with err */
	const char *code;    /* AWS's, or NULL */
	bool is_lost;	     /* of a request of it it is not known what became */
	unsigned again;	     /* requests of the AWS layer before the one that is answered */
};

struct answer {
	unsigned n_calls;
	int err;
	char why[ERR_TEXT_MAX];
	bool was_lost;
};

static struct step steps[STEPS_MAX];
static size_t n_steps, n_called, n_answered;
static struct {
	aws_route53_fn *done;
	void *arg;
} calls[STEPS_MAX];
static int refusal;
static struct dns *dns;

static void check_request(const struct aws_route53_change *changes, size_t n, const char *want)
{
	struct buf got;
	size_t i;

	buf_init(&got, REQUEST_MAX);
	for (i = 0; i < n; i++)
		buf_addf(&got, "%s%c%s %s %s %u", i > 0 ? "; " : "", changes[i].remove ? '-' : '+',
			 changes[i].name, changes[i].type, changes[i].value,
			 (unsigned)changes[i].ttl);
	ck_assert_str_eq(buf_str(&got), want);
	buf_fini(&got);
}

int aws_route53_change(struct aws_route53 *r, const char *hosted_zone_id,
		       const struct aws_route53_change *changes, size_t n, aws_route53_fn *done,
		       void *arg)
{
	int err = refusal;

	(void)r;
	refusal = 0;
	if (err != 0)
		return err;
	/* No ck_assert(): it allocates, and a test may have made allocations fail. */
	if (n_called == n_steps || strcmp(hosted_zone_id, "Z0123456789") != 0 || n == 0)
		ck_abort_msg("unexpected request of %zu changes in %s", n, hosted_zone_id);
	if (steps[n_called].request != NULL)
		check_request(changes, n, steps[n_called].request);
	calls[n_called].done = done;
	calls[n_called++].arg = arg;
	return 0;
}

bool aws_route53_was_lost(const struct aws_route53 *r)
{
	(void)r;
	return steps[n_answered].is_lost;
}

static aws_route53_again_fn *again;
static void *again_arg;

void aws_route53_set_again(struct aws_route53 *r, aws_route53_again_fn *fn, void *arg)
{
	(void)r;
	again = fn;
	again_arg = arg;
}

int aws_route53_get_change(struct aws_route53 *r, const char *change_id,
			   aws_route53_status_fn *done, void *arg)
{
	(void)r;
	(void)done;
	(void)arg;
	ck_abort_msg("nobody asked for a sample, but of %s", change_id);
}

static void run(void)
{
	unsigned i;

	for (; n_answered < n_called; n_answered++) {
		const struct step *step = &steps[n_answered];
		struct aws_error e = {
			.err = step->err, .status = 400, .message = "", .attempts = 1};

		for (i = 0; i < step->again; i++)
			again(again_arg, ERR_THROTTLED, step->code);
		if (step->err == 0) {
			calls[n_answered].done(calls[n_answered].arg, 0, "C123", NULL);
			continue;
		}
		if (step->message != NULL)
			e.message = step->message;
		if (step->code != NULL)
			snprintf(e.code, sizeof(e.code), "%s", step->code);
		err_set(&e.why, step->err, "Route 53 said so");
		calls[n_answered].done(calls[n_answered].arg, step->err, NULL, &e);
	}
}

static void expect(const char *request, int err, const char *message)
{
	ck_assert_uint_lt(n_steps, STEPS_MAX);
	steps[n_steps++] = (struct step){.request = request, .err = err, .message = message};
}

static void setup(void)
{
	struct errinfo ei = ERRINFO_INIT;

	n_steps = n_called = n_answered = 0;
	refusal = 0;
	ck_assert_int_eq(
		dns_route53_open(NULL, NULL, NULL, "/hostedzone/Z0123456789", 0, &dns, &ei), 0);
}

static void teardown(void)
{
	dns_close(dns);
	run();
	ck_assert_uint_eq(n_called, n_steps);
}

static void on_done(void *arg, int err, const struct errinfo *why)
{
	struct answer *a = arg;

	a->n_calls++;
	a->err = err;
	a->was_lost = dns_was_lost(dns, err);
	ck_assert_int_eq(why != NULL, err != 0);
	if (why != NULL) {
		ck_assert_int_eq(why->code, err);
		snprintf(a->why, sizeof(a->why), "%s", why->text);
	}
}

static struct dns_change change(enum dns_action action, const char *name, const char *addr)
{
	struct dns_change c = {.action = action, .ttl = 60};

	ck_assert_int_eq(fqdn_parse(slice_of(name), &c.name), 0);
	ck_assert_int_eq(addr_parse(slice_of(addr), &c.addr), 0);
	return c;
}

static int submit(const struct dns_change *changes, size_t n, struct answer *a)
{
	int err;

	*a = (struct answer){0};
	err = dns_submit(dns, changes, n, on_done, a);
	ck_assert_uint_eq(a->n_calls, 0);
	run();
	ck_assert_uint_eq(a->n_calls, err == 0);
	return err != 0 ? err : a->err;
}

START_TEST(batch_is_one_request)
{
	struct dns_change c[3] = {change(DNS_UPSERT, "a.example.com", "192.0.2.1"),
				  change(DNS_UPSERT, "*.a.example.com", "2001:0DB8::1"),
				  change(DNS_DELETE, "b.example.com", "192.0.2.2")};
	struct answer a;

	expect("+a.example.com A 192.0.2.1 60; +*.a.example.com AAAA 2001:db8::1 60; "
	       "-b.example.com A 192.0.2.2 60",
	       0, NULL);
	ck_assert_int_eq(submit(c, 3, &a), 0);
}
END_TEST

static const struct {
	int aws, want;
} code_rows[] = {
	{ERR_REFUSED, ERR_REFUSED},	 {ERR_NOTFOUND, ERR_NOTFOUND},
	{ERR_DENIED, ERR_DENIED},	 {ERR_THROTTLED, ERR_THROTTLED},
	{ERR_TIMEOUT, ERR_TIMEOUT},	 {ERR_UNAVAILABLE, ERR_UNAVAILABLE},
	{ERR_PROTOCOL, ERR_PROTOCOL},	 {ERR_NOMEM, ERR_NOMEM},
	{ERR_CANCELED, ERR_CANCELED},	 {ERR_LIMIT, ERR_UNAVAILABLE},
	{ERR_CONFLICT, ERR_UNAVAILABLE},
};

START_TEST(error_names_the_hosted_zone)
{
	struct dns_change c = change(DNS_UPSERT, "a.example.com", "192.0.2.1");
	struct answer a;

	expect("+a.example.com A 192.0.2.1 60", code_rows[_i].aws, NULL);
	ck_assert_int_eq(submit(&c, 1, &a), code_rows[_i].want);
	ck_assert_str_eq(a.why, "hosted zone Z0123456789: Route 53 said so");
}
END_TEST

#define GONE(name, type)                                                                           \
	"Tried to delete resource record set [name='" name "', type='" type                        \
	"'] but it was not found"

/* Messages about the deletion of *.a.example.com A. */
static const struct {
	const char *message;
	int want;
} delete_rows[] = {
	{GONE("\\052.a.example.com.", "A"), 0},
	{GONE("*.a.example.com.", "A"), 0},
	{GONE("*.a.example.com", "A"), 0},
	{GONE("*.A.Example.com.", "A"), 0},
	{"[" GONE("\\052.a.example.com.", "A") ", " GONE("b.example.com.", "A") "]", 0},
	{"[" GONE("b.example.com.", "A") ", " GONE("\\052.a.example.com.", "A") "]", 0},
	{GONE("*.a.example.com.", "AAAA"), ERR_REFUSED},
	{GONE("a.example.com.", "A"), ERR_REFUSED},
	{GONE("*.a.example.com.net.", "A"), ERR_REFUSED},
	{GONE("*.a.example.co", "A"), ERR_REFUSED},
	{"Tried to delete resource record set [name='\\052.a.example.com.', type='A'] but the "
	 "values provided do not match the current values",
	 ERR_REFUSED},
	{"Tried to create resource record set [name='\\052.a.example.com.', type='A'] but it "
	 "already exists",
	 ERR_REFUSED},
	{"[name='", ERR_REFUSED},
	{"[name='\\05", ERR_REFUSED},
	{"[name='*.a.example.com.', type='A'] but it was not", ERR_REFUSED},
	{"", ERR_REFUSED},
};

START_TEST(delete_of_what_is_gone_is_accepted_and_nothing_else)
{
	struct dns_change c = change(DNS_DELETE, "*.a.example.com", "192.0.2.1");
	struct answer a;
	int err;

	expect("-*.a.example.com A 192.0.2.1 60", ERR_REFUSED, delete_rows[_i].message);
	err = submit(&c, 1, &a);
	ck_assert_msg(err == delete_rows[_i].want, "%s: %s", delete_rows[_i].message, err_str(err));
}
END_TEST

START_TEST(upsert_is_never_taken_for_a_delete_of_what_is_gone)
{
	struct dns_change c = change(DNS_UPSERT, "a.example.com", "192.0.2.1");
	struct answer a;

	expect("+a.example.com A 192.0.2.1 60", ERR_REFUSED, GONE("a.example.com.", "A"));
	ck_assert_int_eq(submit(&c, 1, &a), ERR_REFUSED);
}
END_TEST

START_TEST(other_trouble_with_such_a_text_is_not_accepted)
{
	struct dns_change c = change(DNS_DELETE, "a.example.com", "192.0.2.1");
	struct answer a;

	expect("-a.example.com A 192.0.2.1 60", ERR_UNAVAILABLE, GONE("a.example.com.", "A"));
	ck_assert_int_eq(submit(&c, 1, &a), ERR_UNAVAILABLE);
}
END_TEST

START_TEST(rest_of_a_batch_is_sent_without_what_is_gone)
{
	struct dns_change c[4] = {change(DNS_DELETE, "a.example.com", "192.0.2.1"),
				  change(DNS_DELETE, "a.example.com", "2001:db8::1"),
				  change(DNS_UPSERT, "b.example.com", "192.0.2.2"),
				  change(DNS_DELETE, "c.example.com", "192.0.2.3")};
	struct answer a;

	expect("-a.example.com A 192.0.2.1 60; -a.example.com AAAA 2001:db8::1 60; "
	       "+b.example.com A 192.0.2.2 60; -c.example.com A 192.0.2.3 60",
	       ERR_REFUSED,
	       "[" GONE("a.example.com.", "AAAA") ", " GONE("c.example.com.", "A") "]");
	expect("-a.example.com A 192.0.2.1 60; +b.example.com A 192.0.2.2 60", ERR_REFUSED,
	       GONE("a.example.com.", "A"));
	expect("+b.example.com A 192.0.2.2 60", 0, NULL);
	ck_assert_int_eq(submit(c, 4, &a), 0);
}
END_TEST

/* Of a request of which it is not known what became, in whichever round. */
START_TEST(what_may_still_be_carried_out_is_told)
{
	struct dns_change c[2] = {change(DNS_DELETE, "a.example.com", "192.0.2.1"),
				  change(DNS_UPSERT, "b.example.com", "192.0.2.2")};
	struct answer a;
	unsigned lost;

	for (lost = 0; lost < 4; lost++) {
		n_steps = n_called = n_answered = 0;
		expect(NULL, ERR_REFUSED, GONE("a.example.com.", "A"));
		expect(NULL, 0, NULL);
		steps[0].is_lost = lost == 1;
		steps[1].is_lost = lost == 2;
		ck_assert_int_eq(submit(c, 2, &a), 0);
		/* That of one batch says nothing of the next. */
		ck_assert_int_eq(a.was_lost, lost == 1 || lost == 2);
	}
}
END_TEST

START_TEST(what_is_wrong_besides_is_told)
{
	struct dns_change c[2] = {change(DNS_DELETE, "a.example.com", "192.0.2.1"),
				  change(DNS_UPSERT, "b.example.com", "192.0.2.2")};
	struct answer a;

	expect(NULL, ERR_REFUSED, GONE("a.example.com.", "A"));
	expect("+b.example.com A 192.0.2.2 60", ERR_REFUSED, "RRSet with DNS name b.example.com. ");
	ck_assert_int_eq(submit(c, 2, &a), ERR_REFUSED);
	expect(NULL, ERR_REFUSED, GONE("a.example.com.", "A"));
	expect("+b.example.com A 192.0.2.2 60", ERR_THROTTLED, NULL);
	ck_assert_int_eq(submit(c, 2, &a), ERR_THROTTLED);
	/* What was left out cannot be what the second request was refused for. */
	expect(NULL, ERR_REFUSED, GONE("a.example.com.", "A"));
	expect("+b.example.com A 192.0.2.2 60", ERR_REFUSED, GONE("a.example.com.", "A"));
	ck_assert_int_eq(submit(c, 2, &a), ERR_REFUSED);
}
END_TEST

START_TEST(batch_of_what_is_all_gone_is_accepted_without_an_empty_request)
{
	struct dns_change c[2] = {change(DNS_DELETE, "a.example.com", "192.0.2.1"),
				  change(DNS_DELETE, "b.example.com", "192.0.2.1")};
	struct answer a;

	expect(NULL, ERR_REFUSED,
	       "[" GONE("a.example.com.", "A") ", " GONE("b.example.com.", "A") "]");
	ck_assert_int_eq(submit(c, 2, &a), 0);
}
END_TEST

START_TEST(rounds_are_bounded)
{
	static const char *const gone[] = {GONE("a.x.com.", "A"), GONE("b.x.com.", "A"),
					   GONE("c.x.com.", "A"), GONE("d.x.com.", "A")};
	struct dns_change c[6] = {change(DNS_DELETE, "a.x.com", "192.0.2.1"),
				  change(DNS_DELETE, "b.x.com", "192.0.2.1"),
				  change(DNS_DELETE, "c.x.com", "192.0.2.1"),
				  change(DNS_DELETE, "d.x.com", "192.0.2.1"),
				  change(DNS_DELETE, "e.x.com", "192.0.2.1"),
				  change(DNS_DELETE, "f.x.com", "192.0.2.1")};
	struct answer a;
	size_t i;

	for (i = 0; i < N_ELEMENTS(gone); i++)
		expect(NULL, ERR_REFUSED, gone[i]);
	ck_assert_int_eq(submit(c, 6, &a), ERR_REFUSED);
	/* The caller splits; what is left of a smaller batch takes no more than that. */
	for (i = 0; i < N_ELEMENTS(gone); i++)
		expect(NULL, ERR_REFUSED, gone[i]);
	ck_assert_int_eq(submit(c, 4, &a), 0);
}
END_TEST

START_TEST(request_that_cannot_be_made_is_told)
{
	struct dns_change c[2] = {change(DNS_DELETE, "a.example.com", "192.0.2.1"),
				  change(DNS_UPSERT, "b.example.com", "192.0.2.2")};
	struct answer a = {0};

	refusal = ERR_LIMIT;
	ck_assert_int_eq(submit(c, 2, &a), ERR_LIMIT);
	expect(NULL, ERR_REFUSED, GONE("a.example.com.", "A"));
	ck_assert_int_eq(dns_submit(dns, c, 2, on_done, &a), 0);
	refusal = ERR_NOMEM;
	run();
	ck_assert_uint_eq(a.n_calls, 1);
	ck_assert_int_eq(a.err, ERR_NOMEM);
}
END_TEST

START_TEST(close_cancels_what_is_under_way)
{
	struct dns_change c = change(DNS_UPSERT, "a.example.com", "192.0.2.1");
	struct answer a[3] = {{0}};
	char want[ERR_TEXT_MAX];
	size_t i;

	for (i = 0; i < 3; i++) {
		expect(NULL, i == 1 ? ERR_REFUSED : 0, NULL);
		ck_assert_int_eq(dns_submit(dns, &c, 1, on_done, &a[i]), 0);
	}
	dns_close(dns);
	dns = NULL;
	/* What was lent until done may be gone when the answers come. */
	memset(&c, 0xff, sizeof(c));
	run();
	for (i = 0; i < 3; i++) {
		ck_assert_uint_eq(a[i].n_calls, 1);
		ck_assert_int_eq(a[i].err, ERR_CANCELED);
		ck_assert(a[i].was_lost);
		snprintf(want, sizeof(want), "hosted zone Z0123456789: %s", err_str(ERR_CANCELED));
		ck_assert_str_eq(a[i].why, want);
	}
}
END_TEST

START_TEST(largest_batch_fits_the_limits_of_a_request)
{
	static const char longest[] = "2001:0db8:1111:2222:3333:4444:5555:6666";
	size_t max = dns->ops->max_changes;

	ck_assert_uint_le(max, AWS_ROUTE53_CHANGES_MAX);
	/* Route 53's quota: 32,000 characters of values, those of an UPSERT counted twice. */
	ck_assert_uint_le(max * 2 * (sizeof(longest) - 1), 32000);
	ck_assert_uint_ge(max, 400);
}
END_TEST

START_TEST(zone_id_outside_the_grammar_is_refused)
{
	static const char *const ids[] = {
		"",	  "/hostedzone/",	"z0123",
		"Z01-23", "/hostedzone/Z01/..", "ZAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
	struct dns *d = NULL;
	size_t i;

	for (i = 0; i < N_ELEMENTS(ids); i++) {
		struct errinfo ei = ERRINFO_INIT;

		ck_assert_msg(dns_route53_open(NULL, NULL, NULL, ids[i], 0, &d, &ei) == ERR_INVAL,
			      "%s", ids[i]);
		ck_assert_ptr_nonnull(strstr(ei.text, "is no hosted zone id"));
	}
	ck_assert_ptr_null(d);
}
END_TEST

START_TEST(failed_allocation_is_told)
{
	struct dns_change c = change(DNS_UPSERT, "a.example.com", "192.0.2.1");
	struct answer a = {0};
	bool failed = true;
	struct dns *d = NULL;
	size_t n;
	int err;

	fake_malloc_fail_at(1);
	err = dns_route53_open(NULL, NULL, NULL, "Z1", 0, &d, NULL);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	expect(NULL, 0, NULL);
	for (n = 1; failed; n++) {
		fake_malloc_fail_at(n);
		err = dns_submit(dns, &c, 1, on_done, &a);
		failed = fake_malloc_off();
		ck_assert_int_eq(err, failed ? ERR_NOMEM : 0);
	}
	ck_assert_uint_eq(n, 5);
	run();
	ck_assert_uint_eq(a.n_calls, 1);
}
END_TEST

/* Its timer is all that the loop has. */
START_TEST(a_sample_is_watched_until_the_zone_is_closed)
{
	struct dns_change c = change(DNS_UPSERT, "a.example.com", "192.0.2.1");
	struct answer a;
	uv_loop_t loop;

	dns_close(dns);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(dns_route53_open(&loop, NULL, NULL, "Z0123456789", 1, &dns, NULL), 0);
	ck_assert(!uv_loop_alive(&loop));
	expect(NULL, 0, NULL);
	ck_assert_int_eq(submit(&c, 1, &a), 0);
	ck_assert(uv_loop_alive(&loop));
	dns_close(dns);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	/* For teardown(). */
	ck_assert_int_eq(dns_route53_open(NULL, NULL, NULL, "Z0123456789", 0, &dns, NULL), 0);
}
END_TEST

/* Outlives the test: the zone gives its turn back when it is closed, after the test. */
static struct pace pace;

/* Opens the zone anew, with the quotas of an account of its own. */
static void setup_paced(void)
{
	static const struct pace_limits aws = {10, 50, 100, 1500};

	dns_close(dns);
	fake_clock_ms = 5000;
	pace_init(&pace, &aws, fake_clock_ms);
	ck_assert_int_eq(dns_route53_open(NULL, NULL, &pace, "Z0123456789", 0, &dns, NULL), 0);
}

START_TEST(batch_waits_for_its_turn_and_pays_for_it)
{
	struct dns_change c[3] = {change(DNS_UPSERT, "a.example.com", "192.0.2.1"),
				  change(DNS_UPSERT, "b.example.com", "192.0.2.1"),
				  change(DNS_DELETE, "c.example.com", "192.0.2.2")};
	struct pace_ticket none = {0};
	struct answer a;

	setup_paced();
	ck_assert_uint_eq(dns_batch_len(dns), dns->ops->max_changes);
	pace_spend(&pace, &none, 1400, fake_clock_ms);
	/* A second's worth, two tokens each. */
	ck_assert_uint_eq(dns_batch_len(dns), 50);
	ck_assert_uint_eq(dns_wait_ms(dns, c, 3), 50);
	fake_clock_ms += 49;
	ck_assert_uint_eq(dns_wait_ms(dns, c, 3), 1);
	fake_clock_ms += 1;
	ck_assert_uint_eq(dns_wait_ms(dns, c, 3), 0);
	expect(NULL, 0, NULL);
	ck_assert_int_eq(submit(c, 3, &a), 0);
	/* The place is given up. */
	ck_assert_uint_eq(dns_wait_ms(dns, c, 3), 50);
}
END_TEST

START_TEST(rest_of_a_batch_is_paid_for_too)
{
	struct dns_change c[2] = {change(DNS_UPSERT, "a.example.com", "192.0.2.1"),
				  change(DNS_DELETE, "b.example.com", "192.0.2.2")};
	struct answer a;

	setup_paced();
	expect("+a.example.com A 192.0.2.1 60; -b.example.com A 192.0.2.2 60", ERR_REFUSED,
	       "Tried to delete resource record set [name='b.example.com.', type='A'] but it was "
	       "not found");
	expect("+a.example.com A 192.0.2.1 60", 0, NULL);
	ck_assert_int_eq(submit(c, 2, &a), 0);
	run();
	ck_assert_int_eq(a.err, 0);
	ck_assert_uint_eq(pace_allowance(&pace, fake_clock_ms), 1400 - 3 - 2);
}
END_TEST

static const struct {
	int err;
	const char *code;
	unsigned again;
	size_t len; /* of the next batch when the burst is used up */
	uint32_t requests;
} throttle_rows[] = {
	{ERR_THROTTLED, "Throttling", 0, 25, 1},
	{ERR_THROTTLED, "ThrottlingException", 2, 25, 3},
	/* Accepted in the end: what came before is news all the same. */
	{0, "Throttling", 2, 25, 3},
	{ERR_THROTTLED, "PriorRequestNotComplete", 1, 50, 2},
	{ERR_UNAVAILABLE, "ServiceUnavailable", 0, 50, 1},
};

START_TEST(throttling_slows_the_account_down)
{
	struct dns_change c = change(DNS_UPSERT, "a.example.com", "192.0.2.1");
	struct pace_ticket none = {0};
	uint64_t before;
	struct answer a;

	setup_paced();
	before = pace.requests.demand;
	expect(NULL, throttle_rows[_i].err, NULL);
	steps[0].code = throttle_rows[_i].code;
	steps[0].again = throttle_rows[_i].again;
	ck_assert_int_eq(submit(&c, 1, &a), throttle_rows[_i].err);
	ck_assert_uint_eq(pace.requests.demand - before,
			  throttle_rows[_i].requests * UINT64_C(60000000));
	/* Whatever was accepted ends it. */
	ck_assert_int_eq(pace.is_refused,
			 throttle_rows[_i].err == ERR_THROTTLED && throttle_rows[_i].len == 25);
	pace_spend(&pace, &none, 1500, fake_clock_ms);
	ck_assert_uint_eq(dns_batch_len(dns), throttle_rows[_i].len);
}
END_TEST

START_TEST(closed_zone_gives_its_turn_back)
{
	struct dns_change c = change(DNS_UPSERT, "a.example.com", "192.0.2.1");

	setup_paced();
	ck_assert_uint_eq(dns_wait_ms(dns, &c, 1), 0);
	ck_assert_uint_eq(pace_allowance(&pace, fake_clock_ms), 1398);
	dns_close(dns);
	dns = NULL;
	ck_assert_uint_eq(pace_allowance(&pace, fake_clock_ms), 1400);
	ck_assert(again == NULL);
}
END_TEST

START_TEST(a_batch_has_one_change_at_least)
{
	static const struct pace_limits slow = {10, 50, 1, 1};

	setup_paced();
	pace_init(&pace, &slow, fake_clock_ms);
	ck_assert_uint_eq(dns_batch_len(dns), 1);
}
END_TEST

/* Two tokens for each, and the last one may have what is left. */
START_TEST(half_of_the_burst_is_for_repetitions)
{
	setup_paced();
	ck_assert_uint_eq(dns_spare_len(dns), 350);
	pace_spend(&pace, &(struct pace_ticket){0}, 1, fake_clock_ms);
	ck_assert_uint_eq(dns_spare_len(dns), 350);
	pace_spend(&pace, &(struct pace_ticket){0}, 1, fake_clock_ms);
	ck_assert_uint_eq(dns_spare_len(dns), 349);
	pace_spend(&pace, &(struct pace_ticket){0}, 698, fake_clock_ms);
	ck_assert_uint_eq(dns_spare_len(dns), 0);
}
END_TEST

START_TEST(zone_without_a_pace_never_waits)
{
	struct dns_change c = change(DNS_UPSERT, "a.example.com", "192.0.2.1");

	ck_assert_uint_eq(dns_batch_len(dns), dns->ops->max_changes);
	ck_assert_uint_eq(dns_wait_ms(dns, &c, 1), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("route53");
	TCase *tc = tcase_create("dns_route53");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, batch_is_one_request);
	tcase_add_loop_test(tc, error_names_the_hosted_zone, 0, N_ELEMENTS(code_rows));
	tcase_add_loop_test(tc, delete_of_what_is_gone_is_accepted_and_nothing_else, 0,
			    N_ELEMENTS(delete_rows));
	tcase_add_test(tc, upsert_is_never_taken_for_a_delete_of_what_is_gone);
	tcase_add_test(tc, other_trouble_with_such_a_text_is_not_accepted);
	tcase_add_test(tc, rest_of_a_batch_is_sent_without_what_is_gone);
	tcase_add_test(tc, what_may_still_be_carried_out_is_told);
	tcase_add_test(tc, what_is_wrong_besides_is_told);
	tcase_add_test(tc, batch_of_what_is_all_gone_is_accepted_without_an_empty_request);
	tcase_add_test(tc, rounds_are_bounded);
	tcase_add_test(tc, request_that_cannot_be_made_is_told);
	tcase_add_test(tc, close_cancels_what_is_under_way);
	tcase_add_test(tc, largest_batch_fits_the_limits_of_a_request);
	tcase_add_test(tc, zone_id_outside_the_grammar_is_refused);
	tcase_add_test(tc, failed_allocation_is_told);
	tcase_add_test(tc, a_sample_is_watched_until_the_zone_is_closed);
	tcase_add_test(tc, batch_waits_for_its_turn_and_pays_for_it);
	tcase_add_test(tc, rest_of_a_batch_is_paid_for_too);
	tcase_add_loop_test(tc, throttling_slows_the_account_down, 0, N_ELEMENTS(throttle_rows));
	tcase_add_test(tc, closed_zone_gives_its_turn_back);
	tcase_add_test(tc, a_batch_has_one_change_at_least);
	tcase_add_test(tc, half_of_the_burst_is_for_repetitions);
	tcase_add_test(tc, zone_without_a_pace_never_waits);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
