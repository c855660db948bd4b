/* SPDX-License-Identifier: BSD-2-Clause
 * Pages of a zone, one after the other, at the pace of the run. */
#include "ctl/zone_read.h"

#include <stdio.h>
#include <string.h>

#include "aws/route53_zone.h"
#include "conf/conf.h"
#include "dns/pace.h"
#include "kit/fake_clock.h"
#include "kit/unit.h"
#include "kit/values.h"

/* One answer of Route 53. */
struct step {
	int begin_err; /* it cannot be asked */
	int err;
	unsigned n_sets;
	bool is_last;
};

static struct session session;
static struct conf conf;
static struct conf_zone zone_conf = {.hosted_zone_id = (char *)"Z1"};
static const struct step *steps;
static size_t n_steps, n_asked, n_sets, n_progress;
static char asked[256]; /* where each page began */
static uint32_t slept_ms;

static aws_route53_set_fn *each;
static aws_route53_page_fn *page_done;
static aws_route53_zone_fn *zone_done;
static void *done_arg;

static int fake_list_page(struct aws_route53 *r, const char *hosted_zone_id,
			  const struct aws_route53_place *from, unsigned max_sets,
			  aws_route53_set_fn *each_fn, aws_route53_page_fn *done, void *arg)
{
	size_t len = strlen(asked);

	ck_assert(r == NULL && strcmp(hosted_zone_id, "Z1") == 0);
	ck_assert_uint_lt(n_asked, n_steps);
	snprintf(asked + len, sizeof(asked) - len, "%s%.40s/%s*%u", len > 0 ? " " : "", from->name,
		 from->type, max_sets);
	each = each_fn;
	page_done = done;
	zone_done = NULL;
	done_arg = arg;
	return steps[n_asked].begin_err != 0 ? steps[n_asked++].begin_err : 0;
}

static int fake_get_zone(struct aws_route53 *r, const char *hosted_zone_id,
			 aws_route53_zone_fn *done, void *arg)
{
	ck_assert(r == NULL && strcmp(hosted_zone_id, "Z1") == 0);
	ck_assert_uint_lt(n_asked, n_steps);
	zone_done = done;
	done_arg = arg;
	return steps[n_asked].begin_err != 0 ? steps[n_asked++].begin_err : 0;
}

static const struct backend_hosted hosted = {.list_page = fake_list_page,
					     .get_zone = fake_get_zone};
static const struct backend_zone zone = {.conf = &zone_conf, .hosted = &hosted};

static void answer_page(const struct step *s)
{
	struct aws_route53_set set = {.name = "a."};
	struct aws_route53_place next = {.name = "", .type = "A"};
	struct aws_error error = {.err = s->err};
	unsigned i;

	for (i = 0; i < s->n_sets; i++)
		each(done_arg, &set);
	snprintf(next.name, sizeof(next.name), "p%zu", n_asked);
	if (s->err != 0)
		err_set(&error.why, s->err, "Route 53 said %zu", n_asked);
	page_done(done_arg, s->err, s->err != 0 || s->is_last ? NULL : &next,
		  s->err != 0 ? &error : NULL);
}

/* In the place of ctl/session.c. */
void session_run(struct session *s, const bool *done)
{
	const struct step *step = &steps[n_asked++];
	struct aws_route53_zone found = {.n_sets = step->n_sets};

	ck_assert_ptr_eq(s, &session);
	if (zone_done != NULL)
		zone_done(done_arg, step->err, step->err == 0 ? &found : NULL, NULL);
	else
		answer_page(step);
	ck_assert(*done);
}

void session_sleep(struct session *s, uint32_t ms)
{
	ck_assert_ptr_eq(s, &session);
	slept_ms += ms;
	fake_clock_ms += ms;
}

/* In the place of ctl/progress.c. */
void progress_add(struct progress *p, size_t n)
{
	ck_assert_ptr_nonnull(p);
	n_progress += n;
}

static void on_set(void *arg, const struct aws_route53_set *set)
{
	ck_assert(arg == &n_sets && strcmp(set->name, "a.") == 0);
	n_sets++;
}

static void play(const struct step *new_steps, size_t n)
{
	memset(&session, 0, sizeof(session));
	conf = (struct conf){.route53_requests_per_second = 10, .route53_changes_per_second = 100};
	session.conf = &conf;
	steps = new_steps;
	n_steps = n;
	n_asked = n_sets = n_progress = 0;
	asked[0] = '\0';
	slept_ms = 0;
	fake_clock_ms = 5000;
	zone_read_set_rate(&session, 10);
}

START_TEST(all_pages_are_read)
{
	static const struct step three[] = {
		{.n_sets = 300}, {.n_sets = 300}, {.n_sets = 7, .is_last = true}};
	struct progress progress = {.is_on = true};
	struct errinfo ei = ERRINFO_INIT;

	play(three, 3);
	ck_assert_int_eq(zone_read_all(&session, &zone, on_set, &n_sets, &progress, &ei), 0);
	ck_assert(n_asked == 3 && n_sets == 607 && n_progress == 607);
	ck_assert_str_eq(asked, "/*300 p1/A*300 p2/A*300");
	/* Evenly, ten a second. */
	ck_assert_uint_eq(slept_ms, 200);
	play(three + 2, 1);
	ck_assert_int_eq(zone_read_all(&session, &zone, on_set, &n_sets, NULL, &ei), 0);
	ck_assert_uint_eq(n_sets, 7);
}
END_TEST

START_TEST(a_page_that_is_throttled_is_asked_for_again)
{
	static const struct step late[] = {
		{.n_sets = 1},		{.err = ERR_THROTTLED}, {.err = ERR_THROTTLED},
		{.err = ERR_THROTTLED}, {.err = ERR_THROTTLED}, {.n_sets = 2, .is_last = true},
	};
	static const struct step never[] = {
		{.err = ERR_THROTTLED}, {.err = ERR_THROTTLED}, {.err = ERR_THROTTLED},
		{.err = ERR_THROTTLED}, {.err = ERR_THROTTLED}, {.is_last = true},
	};
	struct errinfo ei = ERRINFO_INIT;

	play(late, N_ELEMENTS(late));
	ck_assert_int_eq(zone_read_all(&session, &zone, on_set, &n_sets, NULL, &ei), 0);
	ck_assert_uint_eq(n_sets, 3);
	ck_assert_str_eq(asked, "/*300 p1/A*300 p1/A*300 p1/A*300 p1/A*300 p1/A*300");
	ck_assert_str_eq(ei.text, "");
	/* Slower than before. */
	ck_assert_uint_gt(slept_ms, 500);
	play(never, N_ELEMENTS(never));
	ck_assert_int_eq(zone_read_all(&session, &zone, on_set, &n_sets, NULL, &ei), ERR_THROTTLED);
	ck_assert_uint_eq(n_asked, ZONE_THROTTLES_MAX);
	ck_assert_str_eq(ei.text, "Route 53 said 5");
}
END_TEST

START_TEST(another_error_ends_it)
{
	static const struct {
		struct step steps[2];
		int want;
		const char *text;
	} rows[] = {
		{{{.n_sets = 3}, {.err = ERR_DENIED, .n_sets = 1}}, ERR_DENIED, "Route 53 said 2"},
		{{{.n_sets = 4}, {.begin_err = ERR_NOMEM}}, ERR_NOMEM, NULL},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct errinfo ei = ERRINFO_INIT;

		play(rows[i].steps, 2);
		ck_assert_int_eq(zone_read_all(&session, &zone, on_set, &n_sets, NULL, &ei),
				 rows[i].want);
		ck_assert_uint_eq(n_sets, 4);
		ck_assert_str_eq(ei.text, rows[i].text != NULL ? rows[i].text : err_str(ERR_NOMEM));
	}
}
END_TEST

START_TEST(pages_end_somewhere)
{
	static struct step endless[1001];
	struct errinfo ei = ERRINFO_INIT;

	play(endless, N_ELEMENTS(endless));
	ck_assert_int_eq(zone_read_all(&session, &zone, on_set, &n_sets, NULL, &ei), ERR_PROTOCOL);
	ck_assert_uint_eq(n_asked, 1000);
	ck_assert_str_eq(ei.text, "Route 53 ListResourceRecordSets: the zone has too many pages");
}
END_TEST

START_TEST(one_record_set_is_one_request)
{
	static const struct step one[] = {{.n_sets = 1}, {.n_sets = 9}};
	struct fqdn name = value_name("home.dyn.example.com");
	struct errinfo ei = ERRINFO_INIT;

	play(one, 2);
	ck_assert_int_eq(zone_read_one(&session, &zone, &name, "AAAA", on_set, &n_sets, &ei), 0);
	ck_assert(n_asked == 1 && n_sets == 1);
	ck_assert_str_eq(asked, "home.dyn.example.com/AAAA*1");
}
END_TEST

START_TEST(the_size_of_a_zone_is_known_or_not)
{
	static const struct {
		struct step step;
		size_t want;
	} rows[] = {
		{{.n_sets = 42}, 42},
		{{.err = ERR_DENIED}, 0},
		{{.begin_err = ERR_NOMEM}, 0},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		play(&rows[i].step, 1);
		ck_assert_msg(zone_read_count(&session, &zone) == rows[i].want, "row %zu", i);
	}
}
END_TEST

static const struct {
	unsigned conf_requests, conf_changes; /* a second */
	unsigned rate;
	unsigned want;
	uint32_t want_changes, want_burst;
} rate_rows[] = {
	{10, 100, 0, 5, 50, 750},
	{5, 100, 0, 3, 60, 900},
	{1, 1, 0, 1, 1, 15},
	{10, 100, 20, 20, 200, 3000},
	/* Never nothing: a change costs two tokens. */
	{10000, 1, 1, 1, 1, 2},
};

START_TEST(changes_keep_to_the_same_part_of_their_rate)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rate_rows); i++) {
		struct pace want;
		struct pace_limits limits = {rate_rows[i].want, 1, rate_rows[i].want_changes,
					     rate_rows[i].want_burst};

		play(NULL, 0);
		conf.route53_requests_per_second = rate_rows[i].conf_requests;
		conf.route53_changes_per_second = rate_rows[i].conf_changes;
		ck_assert_uint_eq(zone_read_set_rate(&session, rate_rows[i].rate),
				  rate_rows[i].want);
		memset(&want, 0, sizeof(want));
		pace_init(&want, &limits, fake_clock_ms);
		ck_assert_msg(
			session.backends.pace.requests.per_second == want.requests.per_second &&
				session.backends.pace.requests.capacity == want.requests.capacity &&
				session.backends.pace.changes.per_second ==
					want.changes.per_second &&
				session.backends.pace.changes.capacity == want.changes.capacity,
			"row %zu: %u %jd", i, session.backends.pace.changes.per_second,
			(intmax_t)session.backends.pace.changes.capacity);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		all_pages_are_read,
		a_page_that_is_throttled_is_asked_for_again,
		another_error_ends_it,
		pages_end_somewhere,
		one_record_set_is_one_request,
		the_size_of_a_zone_is_known_or_not,
		changes_keep_to_the_same_part_of_their_rate,
	};

	return unit_run("zone_read", tests, N_ELEMENTS(tests));
}
