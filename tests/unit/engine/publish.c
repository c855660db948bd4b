/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/brakes.h"
#include "engine/publish.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/metric.h"
#include "kit/engine_kit.h"
#include "kit/log_kit.h"

enum { HOSTS_MAX = 1024 };

/* The owner's side: hosts, and what was heard of each. */
static struct publish_host hosts[HOSTS_MAX];
static unsigned n_landed[HOSTS_MAX], n_barred[HOSTS_MAX], n_stale[HOSTS_MAX];
static unsigned n_idle;
static struct fake_dns *dns;
static struct publish *queue;
static bool closes_when_told; /* the owner ends with the first event */

static size_t index_of(const struct publish_host *h)
{
	return (size_t)(h - hosts);
}

static void on_landed(void *arg, struct publish_host *h)
{
	ck_assert_ptr_eq(arg, hosts);
	n_landed[index_of(h)]++;
	if (closes_when_told)
		publish_close(queue);
}

static void on_barred(void *arg, struct publish_host *h)
{
	ck_assert_ptr_eq(arg, hosts);
	n_barred[index_of(h)]++;
	if (closes_when_told)
		publish_close(queue);
}

static void on_stale(void *arg, struct publish_host *h)
{
	ck_assert_ptr_eq(arg, hosts);
	ck_assert(h->is_stale && publish_is_busy(h));
	n_stale[index_of(h)]++;
}

static void on_idle(void *arg)
{
	ck_assert_ptr_eq(arg, hosts);
	n_idle++;
}

static const struct publish_events events = {
	.landed = on_landed,
	.stale = on_stale,
	.barred = on_barred,
	.idle = on_idle,
};

static void open_queue(size_t max_changes)
{
	struct fqdn zone = value_name("dyn.example.com");

	kit_open();
	memset(hosts, 0, sizeof(hosts));
	memset(n_landed, 0, sizeof(n_landed));
	memset(n_barred, 0, sizeof(n_barred));
	memset(n_stale, 0, sizeof(n_stale));
	n_idle = 0;
	closes_when_told = false;
	dns = fake_dns_new(max_changes, false);
	ck_assert_int_eq(publish_new(&kit_loop, &dns->dns, &zone, &events, hosts, &queue), 0);
}

static void close_queue(void)
{
	publish_close(queue);
	kit_close();
	fake_dns_free(dns);
}

/* Host i shall have these addresses as of seq. */
static void want(size_t i, uint64_t seq, const char *v4, const char *v6)
{
	char name[48];

	snprintf(name, sizeof(name), "h%zu.dyn.example.com", i);
	hosts[i].name = value_name(name);
	hosts[i].hash = i;
	hosts[i].want = value_pair(v4, v6);
	hosts[i].ttl = KIT_TTL;
	hosts[i].seq = seq;
	publish_add(queue, &hosts[i], family_set(&hosts[i].want));
}

/* The same, of one that is published already. */
static void repeat(size_t i, uint64_t seq, const char *v4)
{
	hosts[i].repeats = true;
	want(i, seq, v4, NULL);
}

static bool is_queue_empty(void *arg)
{
	(void)arg;
	return publish_queued(queue) == 0;
}

START_TEST(what_comes_in_one_turn_goes_in_one_batch)
{
	open_queue(500);
	want(0, 1, "81.2.69.1", NULL);
	want(1, 1, NULL, "2a02::1");
	want(2, 7, "81.2.69.3", "2a02::3");
	ck_assert_uint_eq(publish_queued(queue), 4);
	ck_assert_uint_eq(dns->n_batches, 0);
	kit_settle();
	ck_assert_uint_eq(dns->n_batches, 1);
	ck_assert(publish_is_flying(queue) && publish_is_busy(&hosts[2]));
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->batch_len[0], 4);
	ck_assert_uint_eq(publish_batches(queue), 1);
	ck_assert_str_eq(fake_dns_get(dns, "h0.dyn.example.com"), "81.2.69.1");
	ck_assert_str_eq(fake_dns_get(dns, "h1.dyn.example.com"), ",2a02::1");
	ck_assert_str_eq(fake_dns_get(dns, "h2.dyn.example.com"), "81.2.69.3,2a02::3");
	/* One event for both families. */
	ck_assert_uint_eq(n_landed[2], 1);
	ck_assert_uint_eq(hosts[2].accepted[0], 7);
	ck_assert_uint_eq(hosts[2].accepted[1], 7);
	ck_assert(!publish_is_busy(&hosts[2]) && !publish_is_flying(queue));
	close_queue();
}
END_TEST

START_TEST(one_batch_is_in_flight_and_the_next_is_what_came_meanwhile)
{
	size_t i;

	open_queue(500);
	want(0, 1, "81.2.69.1", NULL);
	kit_settle();
	for (i = 1; i < 20; i++) {
		want(i, 1, "81.2.69.2", NULL);
		kit_settle();
	}
	ck_assert_uint_eq(dns->n_batches, 1);
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->n_batches, 2);
	ck_assert_uint_eq(dns->batch_len[1], 19);
	/* Only who stops waits for that. */
	ck_assert_uint_eq(n_idle, 0);
	close_queue();
}
END_TEST

START_TEST(the_age_of_the_queue_is_that_of_who_waits_longest)
{
	open_queue(500);
	dns->latency_ms = 5000;
	ck_assert_int_eq(publish_oldest_ms(queue, kit_now_ms()), 0);
	want(0, 1, "81.2.69.1", NULL);
	kit_advance(3000);
	want(1, 1, "81.2.69.1", NULL);
	ck_assert_int_eq(publish_oldest_ms(queue, kit_now_ms()), 3000); /* in flight */
	/* A newer address for it does not make its router wait less. */
	want(0, 2, "81.2.69.2", NULL);
	kit_advance(1000);
	ck_assert_int_eq(publish_oldest_ms(queue, kit_now_ms()), 4000);
	kit_advance(1000);
	ck_assert_int_eq(publish_oldest_ms(queue, kit_now_ms()), 5000);
	kit_run(is_queue_empty, NULL);
	ck_assert_int_eq(publish_oldest_ms(queue, kit_now_ms()), 0);
	want(2, 1, "81.2.69.1", NULL);
	ck_assert_int_eq(publish_oldest_ms(queue, kit_now_ms()), 0);
	close_queue();
}
END_TEST

START_TEST(a_later_change_replaces_the_queued_one)
{
	open_queue(500);
	want(0, 1, "81.2.69.1", NULL);
	kit_settle();
	/* The first is in flight: only the last of these follows it. */
	want(0, 2, "81.2.69.2", NULL);
	want(0, 3, "81.2.69.3", NULL);
	kit_advance(10);
	ck_assert_uint_eq(hosts[0].accepted[0], 1);
	ck_assert(publish_is_busy(&hosts[0]));
	ck_assert_str_eq(fake_dns_get(dns, "h0.dyn.example.com"), "81.2.69.1");
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->n_batches, 2);
	ck_assert_uint_eq(hosts[0].accepted[0], 3);
	ck_assert_str_eq(fake_dns_get(dns, "h0.dyn.example.com"), "81.2.69.3");
	close_queue();
}
END_TEST

START_TEST(a_batch_holds_no_more_than_the_backend_takes)
{
	size_t i;

	open_queue(4);
	for (i = 0; i < 5; i++)
		want(i, 1, "81.2.69.1", "2a02::1");
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->n_batches, 3);
	ck_assert_uint_eq(dns->batch_len[0], 4);
	ck_assert_uint_eq(dns->batch_len[1], 4);
	ck_assert_uint_eq(dns->batch_len[2], 2);
	close_queue();
	/* Even when the two families of a host do not fit into one. */
	open_queue(1);
	want(0, 1, "81.2.69.1", "2a02::1");
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->n_batches, 2);
	ck_assert_str_eq(fake_dns_get(dns, "h0.dyn.example.com"), "81.2.69.1,2a02::1");
	ck_assert_uint_eq(hosts[0].accepted[0], 1);
	ck_assert_uint_eq(hosts[0].accepted[1], 1);
	close_queue();
}
END_TEST

START_TEST(a_poisoned_change_is_found_and_the_rest_goes_on)
{
	/* Every place in batches of odd and even length. */
	static const size_t lengths[] = {1, 2, 3, 7, 16, 33};
	char poison[48];
	size_t k, i, bad, log2;

	for (k = 0; k < N_ELEMENTS(lengths); k++)
		for (bad = 0; bad < lengths[k]; bad++) {
			open_queue(500);
			snprintf(poison, sizeof(poison), "h%zu.dyn.example.com", bad);
			dns->poison = poison;
			for (i = 0; i < lengths[k]; i++)
				want(i, 1, "81.2.69.1", NULL);
			kit_run(is_queue_empty, NULL);
			for (i = 0; i < lengths[k]; i++) {
				ck_assert_msg(hosts[i].accepted[0] == (i == bad ? 0 : 1),
					      "%zu of %zu, host %zu", bad, lengths[k], i);
				ck_assert_uint_eq(hosts[i].refused, i == bad ? FAMILY_V4 : 0);
				ck_assert_uint_eq(n_landed[i], 1);
			}
			for (log2 = 0; (size_t)1 << log2 < lengths[k]; log2++)
				;
			ck_assert_uint_le(dns->n_batches, 2 * log2 + 1);
			close_queue();
		}
}
END_TEST

START_TEST(one_refused_family_does_not_take_the_other_along)
{
	open_queue(500);
	dns->poison = "h1.dyn.example.com";
	dns->poison_family = ADDR_V6;
	want(0, 1, "81.2.69.1", "2a02::1");
	want(1, 1, "81.2.69.1", "2a02::1");
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(hosts[0].refused, 0);
	ck_assert_uint_eq(hosts[1].refused, FAMILY_V6);
	ck_assert_uint_eq(hosts[1].accepted[0], 1);
	ck_assert_uint_eq(hosts[1].accepted[1], 0);
	ck_assert_str_eq(fake_dns_get(dns, "h1.dyn.example.com"), "81.2.69.1");
	close_queue();
}
END_TEST

START_TEST(a_refused_change_is_braked_for_a_while)
{
	open_queue(500);
	dns->poison = "h0.dyn.example.com";
	want(0, 1, "81.2.69.1", NULL);
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->n_batches, 1);
	/* The same again is refused without asking, another address and another name are not. */
	want(0, 2, "81.2.69.1", NULL);
	ck_assert_uint_eq(hosts[0].refused, FAMILY_V4);
	ck_assert(!publish_is_busy(&hosts[0]));
	want(1, 1, "81.2.69.1", NULL);
	want(0, 3, "81.2.69.9", NULL);
	ck_assert_uint_eq(hosts[0].refused, 0);
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(hosts[0].refused, FAMILY_V4);
	ck_assert_uint_eq(hosts[1].accepted[0], 1);
	/* The zone was repaired, and the time is over. */
	dns->poison = NULL;
	kit_advance(BRAKES_HOLD_MS);
	want(0, 4, "81.2.69.1", NULL);
	ck_assert(publish_is_busy(&hosts[0]));
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(hosts[0].accepted[0], 4);
	ck_assert_uint_eq(hosts[0].refused, 0);
	close_queue();
}
END_TEST

START_TEST(a_brake_holds_for_its_whole_time_and_no_longer)
{
	/* Asking does not make it longer. */
	static const struct {
		int64_t after_ms;
		bool holds;
	} rows[] = {{0, true},
		    {1, true},
		    {BRAKES_HOLD_MS / 4, true},
		    {BRAKES_HOLD_MS / 2, true},
		    {BRAKES_HOLD_MS - 1, true},
		    {BRAKES_HOLD_MS, false}};
	int64_t refused_ms;
	size_t i;

	open_queue(500);
	dns->poison = "h0.dyn.example.com";
	want(0, 1, "81.2.69.1", NULL);
	kit_run(is_queue_empty, NULL);
	refused_ms = kit_now_ms();
	dns->poison = NULL;
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		kit_advance(refused_ms + rows[i].after_ms - kit_now_ms());
		want(0, i + 2, "81.2.69.1", NULL);
		ck_assert_msg(publish_is_busy(&hosts[0]) != rows[i].holds, "after %lld ms",
			      (long long)rows[i].after_ms);
	}
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->n_batches, 2);
	close_queue();
}
END_TEST

START_TEST(a_refused_removal_does_not_brake_the_address)
{
	static const unsigned families[] = {FAMILY_V4, FAMILY_V6, FAMILY_BOTH};
	size_t i;

	for (i = 0; i < N_ELEMENTS(families); i++) {
		open_queue(500);
		want(0, 1, "81.2.69.1", "2a02::1");
		kit_run(is_queue_empty, NULL);
		dns->poison = "h0.dyn.example.com";
		hosts[0].remove = families[i];
		publish_add(queue, &hosts[0], families[i]);
		kit_run(is_queue_empty, NULL);
		ck_assert_uint_eq(hosts[0].refused, families[i]);
		/* The host has it again. */
		dns->poison = NULL;
		hosts[0].remove = 0;
		want(0, 2, "81.2.69.1", "2a02::1");
		ck_assert_uint_eq(hosts[0].refused, 0);
		kit_run(is_queue_empty, NULL);
		ck_assert_uint_eq(hosts[0].accepted[0], 2);
		ck_assert_uint_eq(hosts[0].accepted[1], 2);
		close_queue();
	}
}
END_TEST

START_TEST(a_braked_address_may_be_removed)
{
	open_queue(500);
	dns->poison = "h0.dyn.example.com";
	want(0, 1, "81.2.69.1", NULL);
	kit_run(is_queue_empty, NULL);
	dns->poison = NULL;
	hosts[0].remove = FAMILY_V4;
	publish_add(queue, &hosts[0], FAMILY_V4);
	ck_assert_uint_eq(hosts[0].refused, 0);
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->n_batches, 2);
	ck_assert_uint_eq(hosts[0].refused, 0);
	close_queue();
}
END_TEST

static int64_t longest_pause(int err, unsigned n_before)
{
	bool slow = err == ERR_THROTTLED;
	int64_t cap = slow ? PUBLISH_THROTTLE_CAP_MS : PUBLISH_BACKOFF_CAP_MS;
	int64_t max = (slow ? PUBLISH_THROTTLE_BASE_MS : PUBLISH_BACKOFF_BASE_MS) << n_before;

	return max < cap ? max : cap;
}

START_TEST(trouble_is_waited_out_with_growing_pauses)
{
	static const int errors[] = {
		ERR_THROTTLED, ERR_TIMEOUT,   ERR_UNAVAILABLE, ERR_PROTOCOL, ERR_NOMEM,
		ERR_CANCELED,  ERR_THROTTLED, ERR_UNAVAILABLE, ERR_TIMEOUT,  ERR_THROTTLED,
	};
	int64_t pause, max;
	int64_t batches = metric_get(METRIC_BATCHES);
	int64_t failures = metric_get(METRIC_PUBLISH_FAILURES);
	size_t i, n = N_ELEMENTS(errors);

	open_queue(500);
	memcpy(dns->script, errors, sizeof(errors));
	dns->n_script = n;
	want(0, 1, "81.2.69.1", NULL);
	kit_settle();
	want(1, 1, "81.2.69.1", NULL);
	kit_run(is_queue_empty, NULL);
	/* The range that was in trouble goes again by itself; what came meanwhile follows. */
	ck_assert_uint_eq(dns->n_batches, n + 2);
	ck_assert_int_eq(metric_get(METRIC_BATCHES) - batches, (int64_t)n + 2);
	ck_assert_int_eq(metric_get(METRIC_PUBLISH_FAILURES) - failures, (int64_t)n);
	for (i = 1; i <= n; i++) {
		pause = dns->batch_ms[i] - dns->batch_ms[i - 1] - dns->latency_ms;
		max = longest_pause(errors[i - 1], (unsigned)i - 1);
		ck_assert_msg(pause >= max / 2 && pause <= max, "pause %zu: %lld ms", i,
			      (long long)pause);
	}
	ck_assert_int_eq(dns->batch_ms[n + 1] - dns->batch_ms[n], dns->latency_ms);
	ck_assert_uint_eq(hosts[0].accepted[0], 1);
	ck_assert_uint_eq(hosts[1].accepted[0], 1);
	close_queue();
}
END_TEST

/* What the backend decides is an answer, whatever it says: the trouble is over. */
START_TEST(after_an_answer_of_the_backend_the_pauses_begin_anew)
{
	/* Accepted; refused; refused and sent again in halves. */
	static const struct {
		int answer;
		size_t n_changes;
	} rows[] = {{0, 1}, {ERR_REFUSED, 1}, {ERR_REFUSED, 2}};
	static const int errors[] = {ERR_UNAVAILABLE, ERR_THROTTLED, ERR_TIMEOUT};
	enum { TROUBLES = 9 };
	int64_t pause, max;
	size_t i, k, n;

	for (i = 0; i < N_ELEMENTS(rows) * N_ELEMENTS(errors); i++) {
		int err = errors[i % N_ELEMENTS(errors)];

		n = rows[i / N_ELEMENTS(errors)].n_changes;
		open_queue(500);
		for (k = 0; k < TROUBLES; k++)
			dns->script[dns->n_script++] = err;
		dns->script[dns->n_script++] = rows[i / N_ELEMENTS(errors)].answer;
		dns->script[dns->n_script++] = err;
		for (k = 0; k < n; k++)
			want(k, 1, "81.2.69.1", NULL);
		kit_settle();
		want(n, 1, "81.2.69.1", NULL);
		kit_run(is_queue_empty, NULL);
		ck_assert_int_eq(dns->batch_ms[TROUBLES + 1] - dns->batch_ms[TROUBLES],
				 dns->latency_ms);
		pause = dns->batch_ms[TROUBLES + 2] - dns->batch_ms[TROUBLES + 1] - dns->latency_ms;
		max = longest_pause(err, 0);
		ck_assert_msg(pause >= max / 2 && pause <= max, "row %zu: %lld ms", i,
			      (long long)pause);
		close_queue();
	}
}
END_TEST

START_TEST(a_batch_that_cannot_be_started_is_tried_again)
{
	open_queue(500);
	dns->script[dns->n_script++] = -ERR_NOMEM;
	dns->script[dns->n_script++] = -ERR_UNAVAILABLE;
	want(0, 1, "81.2.69.1", NULL);
	capture();
	kit_settle();
	ck_assert_ptr_nonnull(strstr(captured(), "cannot publish, will retry"));
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->n_script, 0);
	ck_assert_uint_eq(dns->n_batches, 1);
	ck_assert_uint_eq(hosts[0].accepted[0], 1);
	close_queue();
}
END_TEST

START_TEST(a_retry_sends_the_newest_address)
{
	open_queue(500);
	dns->script[dns->n_script++] = ERR_TIMEOUT;
	want(0, 1, "81.2.69.1", NULL);
	want(1, 1, "81.2.69.1", NULL);
	kit_advance(10);
	ck_assert_uint_eq(hosts[0].accepted[0], 0);
	want(0, 2, "81.2.69.2", NULL);
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->n_batches, 2);
	ck_assert_uint_eq(hosts[0].accepted[0], 2);
	ck_assert_str_eq(fake_dns_get(dns, "h0.dyn.example.com"), "81.2.69.2");
	close_queue();
}
END_TEST

START_TEST(a_denied_zone_is_told_and_asked_again_slowly)
{
	static const int errors[] = {ERR_DENIED, ERR_NOTFOUND};
	size_t i;

	for (i = 0; i < N_ELEMENTS(errors); i++) {
		open_queue(1);
		dns->script[dns->n_script++] = errors[i];
		dns->script[dns->n_script++] = errors[i];
		want(0, 1, "81.2.69.1", NULL);
		want(1, 1, "81.2.69.1", NULL);
		kit_advance(10);
		ck_assert(publish_is_barred(queue));
		ck_assert(hosts[0].is_barred && hosts[1].is_barred);
		ck_assert_uint_eq(n_barred[0], 1);
		ck_assert_uint_eq(n_barred[1], 1);
		/* Who comes now sees it, too. */
		want(2, 1, "81.2.69.1", NULL);
		ck_assert(hosts[2].is_barred);
		ck_assert_uint_eq(n_landed[0], 0);
		kit_run(is_queue_empty, NULL);
		ck_assert_int_ge(dns->batch_ms[1] - dns->batch_ms[0], PUBLISH_BARRED_MS);
		ck_assert(!publish_is_barred(queue));
		ck_assert_uint_eq(n_barred[0], 2);
		ck_assert_uint_eq(hosts[0].accepted[0], 1);
		ck_assert_uint_eq(hosts[1].accepted[0], 1);
		close_queue();
	}
}
END_TEST

START_TEST(whoever_waits_for_a_denied_zone_is_told)
{
	size_t i;

	/* Those behind the batch. */
	open_queue(1);
	dns->script[dns->n_script++] = ERR_DENIED;
	for (i = 0; i < 4; i++)
		want(i, 1, "81.2.69.1", NULL);
	kit_advance(10);
	for (i = 0; i < 4; i++)
		ck_assert_uint_eq(n_barred[i], 1);
	close_queue();
	/* Those of a batch that was halved. */
	open_queue(500);
	dns->script[dns->n_script++] = ERR_REFUSED;
	dns->script[dns->n_script++] = ERR_DENIED;
	for (i = 0; i < 4; i++)
		want(i, 1, "81.2.69.1", NULL);
	kit_advance(2 * dns->latency_ms);
	ck_assert_uint_eq(dns->n_batches, 2);
	for (i = 0; i < 4; i++)
		ck_assert_uint_eq(n_barred[i], 1);
	close_queue();
}
END_TEST

START_TEST(a_refusal_is_an_answer_and_ends_a_denial)
{
	open_queue(500);
	dns->script[dns->n_script++] = ERR_DENIED;
	dns->script[dns->n_script++] = ERR_REFUSED;
	want(0, 1, "81.2.69.1", NULL);
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(hosts[0].refused, FAMILY_V4);
	ck_assert(!publish_is_barred(queue));
	want(1, 1, "81.2.69.2", NULL);
	ck_assert(!hosts[1].is_barred);
	close_queue();
}
END_TEST

START_TEST(a_zone_is_barred_only_while_it_is_denied)
{
	/* What the attempt after a denial meets with. */
	static const struct {
		int err;
		bool is_barred;
	} rows[] = {{ERR_TIMEOUT, false},
		    {ERR_THROTTLED, false},
		    {ERR_NOTFOUND, true},
		    {ERR_DENIED, true}};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_queue(500);
		dns->script[dns->n_script++] = ERR_DENIED;
		dns->script[dns->n_script++] = rows[i].err;
		want(0, 1, "81.2.69.1", NULL);
		kit_advance(10);
		ck_assert(publish_is_barred(queue));
		want(1, 1, "81.2.69.1", NULL);
		kit_advance(PUBLISH_BARRED_MS + 10);
		ck_assert_uint_eq(dns->n_batches, 2);
		ck_assert_int_eq(publish_is_barred(queue), rows[i].is_barred);
		ck_assert_int_eq(hosts[0].is_barred, rows[i].is_barred);
		ck_assert_int_eq(hosts[1].is_barred, rows[i].is_barred);
		kit_run(is_queue_empty, NULL);
		ck_assert(!publish_is_barred(queue));
		close_queue();
	}
}
END_TEST

START_TEST(two_owners_of_one_name_never_share_a_batch)
{
	open_queue(500);
	want(0, 9, "81.2.69.1", NULL);
	/* Another account's host of the same name: its seq is not comparable, the later wins. */
	hosts[1] = hosts[0];
	hosts[1].is_queued = false;
	hosts[1].want = value_pair("81.2.69.2", NULL);
	hosts[1].seq = 1;
	hosts[1].dirty = 0;
	publish_add(queue, &hosts[1], FAMILY_V4);
	want(2, 1, "81.2.69.3", NULL);
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->n_batches, 2);
	ck_assert_uint_eq(dns->batch_len[0], 2);
	ck_assert_str_eq(fake_dns_get(dns, "h0.dyn.example.com"), "81.2.69.2");
	close_queue();
}
END_TEST

START_TEST(what_was_in_flight_before_a_new_life_is_not_reported)
{
	open_queue(500);
	want(0, 50, "81.2.69.1", NULL);
	kit_settle();
	hosts[0].life++;
	want(0, 1, "81.2.69.2", NULL);
	kit_advance(10);
	ck_assert_uint_eq(hosts[0].accepted[0], 0);
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(hosts[0].accepted[0], 1);
	close_queue();
}
END_TEST

START_TEST(records_are_removed)
{
	open_queue(500);
	want(0, 1, "81.2.69.1", "2a02::1");
	kit_run(is_queue_empty, NULL);
	hosts[0].remove = FAMILY_V6;
	publish_add(queue, &hosts[0], FAMILY_V6);
	kit_run(is_queue_empty, NULL);
	ck_assert_str_eq(fake_dns_get(dns, "h0.dyn.example.com"), "81.2.69.1");
	ck_assert_uint_eq(n_landed[0], 2);
	close_queue();
}
END_TEST

START_TEST(a_stopped_queue_lands_what_flies_and_no_more)
{
	open_queue(1);
	want(0, 1, "81.2.69.1", NULL);
	want(1, 1, "81.2.69.1", NULL);
	kit_settle();
	publish_stop(queue);
	want(2, 1, "81.2.69.1", NULL);
	kit_advance(60000);
	ck_assert_uint_eq(dns->n_batches, 1);
	ck_assert_uint_eq(n_landed[0], 1);
	ck_assert_uint_eq(publish_queued(queue), 2);
	close_queue();
	/* Stopped in a pause, and stopped while the trouble arrives. */
	open_queue(1);
	dns->script[dns->n_script++] = ERR_TIMEOUT;
	dns->script[dns->n_script++] = ERR_TIMEOUT;
	want(0, 1, "81.2.69.1", NULL);
	kit_advance(10);
	publish_stop(queue);
	kit_advance(60000);
	ck_assert_uint_eq(dns->n_batches, 1);
	close_queue();
	open_queue(1);
	dns->script[dns->n_script++] = ERR_TIMEOUT;
	want(0, 1, "81.2.69.1", NULL);
	kit_settle();
	publish_stop(queue);
	kit_advance(60000);
	ck_assert_uint_eq(dns->n_batches, 1);
	ck_assert_uint_eq(n_idle, 1);
	close_queue();
}
END_TEST

START_TEST(a_closed_queue_says_nothing_when_its_batch_comes_back)
{
	open_queue(1);
	want(0, 1, "81.2.69.1", NULL);
	want(1, 1, "81.2.69.1", NULL);
	kit_settle();
	publish_close(queue);
	memset(hosts, 0xaa, sizeof(hosts));
	kit_advance(60000);
	ck_assert_uint_eq(dns->n_batches, 1);
	ck_assert_uint_eq(n_landed[0] + n_landed[1] + n_idle, 0);
	publish_close(NULL);
	kit_close();
	fake_dns_free(dns);
}
END_TEST

START_TEST(an_owner_may_close_the_queue_when_it_is_told)
{
	static const int errors[] = {0, ERR_DENIED};
	size_t i;

	for (i = 0; i < N_ELEMENTS(errors); i++) {
		open_queue(2);
		closes_when_told = true;
		dns->script[0] = errors[i];
		dns->n_script = 1;
		want(0, 1, "81.2.69.1", NULL);
		want(1, 1, "81.2.69.1", NULL);
		want(2, 1, "81.2.69.1", NULL);
		kit_advance(60000);
		ck_assert_uint_eq(dns->n_batches, 1);
		ck_assert_uint_eq(n_landed[0] + n_barred[0], 1);
		ck_assert_uint_eq(n_landed[1] + n_barred[1] + n_landed[2] + n_barred[2], 0);
		kit_close();
		fake_dns_free(dns);
	}
}
END_TEST

/* As Route 53 has it, but for smaller bursts: 25 changes at once, 5 a second. */
static const struct pace_limits narrow = {.requests_per_second = 10,
					  .request_burst = 50,
					  .changes_per_second = 10,
					  .change_burst = 60};

START_TEST(a_paced_queue_sends_what_it_may_and_waits_for_the_rest)
{
	struct pace pace;
	size_t i, n = 0;

	open_queue(500);
	pace_init(&pace, &narrow, kit_now_ms());
	fake_dns_set_pace(dns, &pace);
	for (i = 0; i < 100; i++)
		want(i, 1, "81.2.69.1", NULL);
	kit_settle();
	ck_assert_uint_eq(dns->n_batches, 1);
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->batch_len[0], 25);
	for (i = 0; i < dns->n_batches; i++)
		n += dns->batch_len[i];
	ck_assert_uint_eq(n, 100);
	for (i = 2; i + 1 < dns->n_batches; i++) {
		ck_assert_uint_eq(dns->batch_len[i], 5);
		ck_assert_int_eq(dns->batch_ms[i] - dns->batch_ms[i - 1], 1000);
	}
	for (i = 0; i < 100; i++)
		ck_assert_msg(hosts[i].accepted[0] == 1 && n_landed[i] == 1, "host %zu", i);
	close_queue();
}
END_TEST

START_TEST(a_change_that_waits_for_its_turn_is_still_replaced)
{
	struct pace pace;

	open_queue(500);
	pace_init(&pace, &narrow, kit_now_ms());
	pace_spend(&pace, &(struct pace_ticket){0}, 50, kit_now_ms());
	fake_dns_set_pace(dns, &pace);
	want(0, 1, "81.2.69.1", NULL);
	kit_advance(150);
	want(0, 2, "81.2.69.2", NULL);
	want(1, 1, "81.2.69.3", NULL);
	ck_assert_uint_eq(dns->n_batches, 0);
	ck_assert(publish_is_busy(&hosts[0]) && !publish_is_flying(queue));
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->n_batches, 2);
	ck_assert_uint_eq(hosts[0].accepted[0], 2);
	ck_assert_str_eq(fake_dns_get(dns, "h0.dyn.example.com"), "81.2.69.2");
	close_queue();
}
END_TEST

START_TEST(a_large_batch_is_tried_again_in_parts)
{
	struct pace pace;
	size_t i;

	open_queue(500);
	pace_init(&pace, &narrow, kit_now_ms());
	fake_dns_set_pace(dns, &pace);
	dns->script[dns->n_script++] = ERR_THROTTLED;
	for (i = 0; i < 25; i++)
		want(i, 1, "81.2.69.1", NULL);
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->batch_len[0], 25);
	for (i = 1; i < dns->n_batches; i++)
		ck_assert_uint_le(dns->batch_len[i], 5);
	for (i = 0; i < 25; i++)
		ck_assert_msg(hosts[i].accepted[0] == 1, "host %zu", i);
	close_queue();
}
END_TEST

/* A backend whose limits the test sets. */
static size_t room;
static uint32_t turn_ms;

static size_t say_room(struct dns *d)
{
	(void)d;
	return room;
}

static uint32_t say_turn(struct dns *d, const struct dns_change *changes, size_t n)
{
	(void)d;
	(void)changes;
	ck_assert_uint_ge(n, 1);
	return turn_ms;
}

static void open_limited(size_t n_changes)
{
	size_t i;

	open_queue(500);
	dns->ops.batch_len = say_room;
	dns->ops.wait_ms = say_turn;
	for (i = 0; i < n_changes; i++)
		want(i, 1, "81.2.69.1", NULL);
}

START_TEST(a_batch_that_waits_for_its_turn_keeps_the_size_that_was_reserved)
{
	static const size_t rooms[] = {1, 3, 9, 500};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rooms); i++) {
		room = 10;
		turn_ms = 100;
		open_limited(20);
		kit_settle();
		room = rooms[i];
		kit_advance(250);
		ck_assert_uint_eq(dns->n_batches, 0);
		turn_ms = 0;
		kit_run(is_queue_empty, NULL);
		ck_assert_uint_eq(dns->batch_len[0], 10);
		/* What comes after it is what there is room for then. */
		ck_assert_uint_eq(dns->batch_len[1], rooms[i] < 10 ? rooms[i] : 10);
		close_queue();
	}
}
END_TEST

START_TEST(what_only_repeats_does_not_wait_for_a_turn)
{
	room = 10;
	turn_ms = 100;
	open_limited(2);
	repeat(2, 1, "81.2.69.1");
	kit_settle();
	turn_ms = 0;
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->batch_len[0], 2);
	ck_assert_uint_eq(dns->batch_len[1], 1);
	close_queue();
}
END_TEST

static size_t spare;
static unsigned n_spare_asked;

static size_t say_spare(struct dns *d)
{
	(void)d;
	n_spare_asked++;
	return spare;
}

START_TEST(a_repetition_does_not_wake_a_queue_that_looks_for_room_by_itself)
{
	open_queue(500);
	dns->ops.spare_len = say_spare;
	spare = 0;
	n_spare_asked = 0;
	repeat(0, 1, "81.2.69.1");
	kit_settle();
	ck_assert_uint_eq(n_spare_asked, 1);
	kit_advance(PUBLISH_LATER_MS / 2);
	repeat(1, 1, "81.2.69.1");
	kit_settle();
	ck_assert_uint_eq(n_spare_asked, 1);
	spare = 500;
	kit_advance(PUBLISH_LATER_MS / 2);
	ck_assert_uint_eq(dns->n_batches, 1);
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->batch_len[0], 2);
	close_queue();
}
END_TEST

START_TEST(after_trouble_the_limits_are_looked_at_again)
{
	static const int errors[] = {ERR_THROTTLED, ERR_TIMEOUT, -ERR_NOMEM};
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(errors); i++) {
		room = 8;
		turn_ms = 100;
		open_limited(8);
		dns->script[dns->n_script++] = errors[i];
		kit_settle();
		turn_ms = 0;
		kit_advance(100);
		room = 3;
		kit_run(is_queue_empty, NULL);
		for (k = errors[i] < 0; k < dns->n_batches; k++)
			ck_assert_uint_le(dns->batch_len[k], 3);
		ck_assert_uint_eq(dns->n_batches, (errors[i] < 0) + 4);
		close_queue();
	}
}
END_TEST

START_TEST(a_queue_that_waits_for_its_turn_can_be_stopped_and_closed)
{
	struct pace pace;

	open_queue(500);
	pace_init(&pace, &narrow, kit_now_ms());
	pace_spend(&pace, &(struct pace_ticket){0}, 100, kit_now_ms());
	fake_dns_set_pace(dns, &pace);
	want(0, 1, "81.2.69.1", NULL);
	kit_advance(10);
	publish_stop(queue);
	kit_advance(60000);
	ck_assert_uint_eq(dns->n_batches, 0);
	ck_assert_uint_eq(publish_queued(queue), 1);
	close_queue();
}
END_TEST

START_TEST(what_only_repeats_goes_behind_all_changes)
{
	size_t i;

	open_queue(4);
	for (i = 0; i < 6; i++)
		repeat(i, 1, "81.2.69.1");
	for (i = 6; i < 12; i++)
		want(i, 1, "81.2.69.1", NULL);
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->n_batches, 3);
	for (i = 0; i < 12; i++)
		ck_assert_uint_eq(n_landed[i], 1);
	close_queue();
	/* And in one batch with the last of them. */
	open_queue(4);
	for (i = 0; i < 3; i++)
		repeat(i, 1, "81.2.69.1");
	want(3, 1, "81.2.69.1", NULL);
	kit_settle();
	ck_assert(publish_is_busy(&hosts[3]) && publish_is_flying(queue));
	ck_assert_str_eq(dns->changes[0].name.text, "h3.dyn.example.com");
	ck_assert_uint_eq(dns->n_changes, 4);
	kit_run(is_queue_empty, NULL);
	close_queue();
}
END_TEST

START_TEST(what_is_no_mere_repetition_any_more_goes_with_the_changes)
{
	open_queue(1);
	repeat(0, 1, "81.2.69.1");
	repeat(1, 1, "81.2.69.1");
	want(2, 1, "81.2.69.1", NULL);
	kit_settle();
	want(3, 1, "81.2.69.1", NULL);
	hosts[1].repeats = false;
	want(1, 2, "81.2.69.2", NULL);
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->n_batches, 4);
	ck_assert_str_eq(fake_dns_get(dns, "h1.dyn.example.com"), "81.2.69.2");
	/* The order of the records is that of the batches. */
	ck_assert_str_eq(dns->records[2].name.text, "h1.dyn.example.com");
	ck_assert_str_eq(dns->records[3].name.text, "h0.dyn.example.com");
	close_queue();
}
END_TEST

START_TEST(repetitions_leave_half_of_the_pace_to_changes)
{
	struct pace pace;
	size_t i;

	open_queue(500);
	pace_init(&pace, &narrow, kit_now_ms());
	fake_dns_set_pace(dns, &pace);
	for (i = 0; i < 40; i++)
		repeat(i, 1, "81.2.69.1");
	ck_assert(publish_has_room(queue));
	kit_settle();
	/* 25 changes fit into the bucket: 13 of them may go. */
	ck_assert_uint_eq(dns->batch_len[0], 13);
	kit_advance(100);
	ck_assert_uint_eq(dns->n_batches, 1);
	ck_assert(!publish_has_room(queue));
	/* A change does not wait until the others look again. */
	want(50, 1, "81.2.69.1", NULL);
	kit_settle();
	ck_assert_uint_eq(dns->n_batches, 2);
	ck_assert_uint_eq(dns->batch_len[1], 1);
	kit_run(is_queue_empty, NULL);
	for (i = 2; i < dns->n_batches; i++)
		ck_assert_uint_le(dns->batch_len[i], 6);
	ck_assert_uint_eq(hosts[39].accepted[0], 1);
	close_queue();
}
END_TEST

START_TEST(in_trouble_the_changes_go_alone)
{
	size_t i;

	open_queue(500);
	dns->script[0] = ERR_UNAVAILABLE;
	dns->script[1] = ERR_THROTTLED;
	dns->n_script = 2;
	for (i = 0; i < 3; i++)
		repeat(i, 1, "81.2.69.1");
	want(3, 1, "81.2.69.1", NULL);
	ck_assert(!publish_is_in_trouble(queue) && publish_has_room(queue));
	kit_settle();
	ck_assert(!publish_is_in_trouble(queue));
	kit_advance(dns->latency_ms);
	ck_assert(publish_is_in_trouble(queue) && !publish_has_room(queue));
	kit_run(is_queue_empty, NULL);
	ck_assert(!publish_is_in_trouble(queue));
	ck_assert_uint_eq(dns->n_batches, 4);
	ck_assert_uint_eq(dns->batch_len[0], 4);
	ck_assert_uint_eq(dns->batch_len[1], 1);
	ck_assert_uint_eq(dns->batch_len[2], 1);
	ck_assert_uint_eq(dns->batch_len[3], 3);
	for (i = 0; i < 4; i++)
		ck_assert_uint_eq(n_landed[i], 1);
	close_queue();
}
END_TEST

START_TEST(a_repetition_that_met_trouble_lets_changes_pass)
{
	open_queue(1);
	dns->script[0] = ERR_UNAVAILABLE;
	dns->n_script = 1;
	repeat(0, 1, "81.2.69.1");
	kit_settle();
	want(1, 1, "81.2.69.1", NULL);
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(dns->n_batches, 3);
	ck_assert_str_eq(dns->records[0].name.text, "h1.dyn.example.com");
	close_queue();
}
END_TEST

/* As any other: the poison is found, and the rest goes on. */
START_TEST(a_refused_repetition_is_found_and_refused)
{
	size_t i;

	open_queue(500);
	dns->poison = "h2.dyn.example.com";
	for (i = 0; i < 5; i++)
		repeat(i, 1, "81.2.69.1");
	kit_run(is_queue_empty, NULL);
	for (i = 0; i < 5; i++) {
		ck_assert_uint_eq(hosts[i].refused, i == 2 ? FAMILY_V4 : 0);
		ck_assert_uint_eq(n_landed[i], 1);
	}
	close_queue();
}
END_TEST

START_TEST(a_zone_in_trouble_has_no_room)
{
	open_queue(500);
	dns->script[0] = ERR_DENIED;
	dns->n_script = 1;
	want(0, 1, "81.2.69.1", NULL);
	ck_assert(publish_has_room(queue));
	kit_advance(PUBLISH_BARRED_MS / 2);
	ck_assert(publish_is_in_trouble(queue) && !publish_has_room(queue));
	kit_run(is_queue_empty, NULL);
	ck_assert(!publish_is_in_trouble(queue) && publish_has_room(queue));
	publish_stop(queue);
	ck_assert(!publish_has_room(queue));
	close_queue();
}
END_TEST

START_TEST(room_for_repetitions_ends_somewhere)
{
	size_t i;

	open_queue(1);
	for (i = 0; i < PUBLISH_LATER_MAX; i++) {
		ck_assert(publish_has_room(queue));
		repeat(i, 1, "81.2.69.1");
	}
	ck_assert(!publish_has_room(queue));
	kit_run(is_queue_empty, NULL);
	ck_assert(publish_has_room(queue));
	close_queue();
}
END_TEST

START_TEST(a_busy_zone_does_not_starve_another)
{
	struct fqdn zone = value_name("dyn.example.com");
	struct fake_dns *other;
	struct publish *quiet;
	struct pace pace;
	int64_t asked_ms;
	size_t i;

	open_queue(500);
	other = fake_dns_new(500, false);
	ck_assert_int_eq(publish_new(&kit_loop, &other->dns, &zone, &events, hosts, &quiet), 0);
	pace_init(&pace, &narrow, kit_now_ms());
	fake_dns_set_pace(dns, &pace);
	fake_dns_set_pace(other, &pace);
	for (i = 0; i < 600; i++)
		want(i, 1, "81.2.69.1", NULL);
	for (i = 601; i < 621; i++) {
		kit_advance(1700);
		hosts[i] = hosts[0];
		hosts[i].is_queued = false;
		hosts[i].dirty = hosts[i].flying = 0;
		asked_ms = kit_now_ms();
		publish_add(quiet, &hosts[i], FAMILY_V4);
		kit_advance(2500);
		/* Behind a batch of the busy one that has its place already: a second's worth. */
		ck_assert_uint_eq(other->n_batches, i - 600);
		ck_assert_int_le(other->batch_ms[i - 601] - asked_ms, 1300);
	}
	/* And the busy one had all the rest. */
	ck_assert_uint_gt(publish_queued(queue), 0);
	kit_run(is_queue_empty, NULL);
	/* 1,240 tokens, 60 of them there at first. */
	ck_assert_int_le(dns->batch_ms[dns->n_batches - 1] - dns->batch_ms[0], 121000);
	publish_close(quiet);
	close_queue();
	fake_dns_free(other);
}
END_TEST

/* The target: 0.95 of the rate that AWS gives the account, with 5,000 hosts. */
START_TEST(five_thousand_changes_take_as_long_as_the_bucket_needs)
{
	static const struct pace_limits aws = {10, 50, 100, 1500};
	struct pace pace;
	int64_t took_ms;
	size_t round, i;

	open_queue(410);
	dns->latency_ms = 300;
	pace_init(&pace, &aws, kit_now_ms());
	fake_dns_set_pace(dns, &pace);
	for (round = 0; round < 5; round++) {
		for (i = 0; i < 1000; i++)
			want(i, round + 1, "81.2.69.1", NULL);
		kit_run(is_queue_empty, NULL);
	}
	took_ms = dns->batch_ms[dns->n_batches - 1] - dns->batch_ms[0];
	/* 10,000 tokens, 1,500 of them there at first. */
	ck_assert_msg((double)took_ms * 0.95 <= 85000, "%lld ms", (long long)took_ms);
	ck_assert_int_ge(took_ms, 85000);
	close_queue();
}
END_TEST

static bool says_lost(const struct dns *d)
{
	return d == &dns->dns;
}

START_TEST(what_got_no_answer_may_still_land)
{
	static const struct {
		int err;
		bool is_lost;
	} rows[] = {
		{ERR_TIMEOUT, true},   {ERR_UNAVAILABLE, true}, {ERR_PROTOCOL, true},
		{ERR_NOMEM, true},     {ERR_THROTTLED, false},	{ERR_DENIED, false},
		{ERR_NOTFOUND, false}, {ERR_REFUSED, false},	{-ERR_UNAVAILABLE, false},
		{-ERR_NOMEM, false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_queue(500);
		dns->script[0] = rows[i].err;
		dns->n_script = 1;
		want(0, 3, "81.2.69.3", NULL);
		kit_run(is_queue_empty, NULL);
		ck_assert_msg(hosts[0].lost ==
				      (rows[i].is_lost ? PUBLISH_LOST_PRESENT : PUBLISH_LOST_NONE),
			      "row %zu", i);
		if (rows[i].is_lost)
			ck_assert_int_eq(hosts[0].lost_ms, dns->batch_ms[0] + dns->latency_ms);
		close_queue();
	}
	/* The backend knows better: an attempt before the one that was accepted. */
	open_queue(500);
	dns->ops.was_lost = says_lost;
	want(0, 3, "81.2.69.3", "2a02::3");
	kit_run(is_queue_empty, NULL);
	ck_assert_uint_eq(hosts[0].accepted[0], 3);
	ck_assert_int_eq(hosts[0].lost, PUBLISH_LOST_PRESENT);
	close_queue();
}
END_TEST

START_TEST(what_got_no_answer_may_be_of_an_earlier_seq_or_life)
{
	open_queue(500);
	dns->script[0] = dns->script[1] = dns->script[2] = ERR_TIMEOUT;
	dns->n_script = 3;
	want(0, 3, "81.2.69.3", NULL);
	kit_advance(dns->latency_ms);
	ck_assert_int_eq(hosts[0].lost, PUBLISH_LOST_PRESENT);
	/* As the owner does that raises seq. */
	hosts[0].lost = PUBLISH_LOST_OLDER;
	want(0, 4, "81.2.69.4", NULL);
	kit_run(is_queue_empty, NULL);
	ck_assert_int_eq(hosts[0].lost, PUBLISH_LOST_OLDER);
	ck_assert_int_eq(hosts[0].lost_ms, dns->batch_ms[2] + dns->latency_ms);
	hosts[0].lost = PUBLISH_LOST_NONE;
	dns->script[0] = ERR_TIMEOUT;
	dns->n_script = 1;
	want(0, 5, "81.2.69.5", NULL);
	kit_settle();
	hosts[0].life++;
	kit_advance(dns->latency_ms);
	ck_assert_int_eq(hosts[0].lost, PUBLISH_LOST_OLDER);
	kit_run(is_queue_empty, NULL);
	close_queue();
}
END_TEST

enum { RIGHT_MS = 1000 };

static void want_until(size_t i, int64_t renew_ms)
{
	hosts[i].renew_ms = renew_ms;
	want(i, 1, "81.2.69.1", "2a02::1");
}

/* RENEW. Whether it is queued, or was sent once and has to be sent again. */
START_TEST(what_is_stale_is_set_aside_and_the_rest_goes_on)
{
	unsigned was_sent;

	for (was_sent = 0; was_sent < 2; was_sent++) {
		open_queue(500);
		dns->latency_ms = RIGHT_MS;
		dns->n_script = was_sent;
		dns->script[0] = ERR_TIMEOUT;
		if (was_sent == 0) {
			want(3, 1, "81.2.69.1", NULL);
			kit_settle();
		}
		want_until(0, 0);
		want_until(1, kit_now_ms() + RIGHT_MS);
		want_until(2, kit_now_ms() + 10 * RIGHT_MS);
		kit_advance(4 * RIGHT_MS);
		ck_assert_uint_eq(dns->n_batches, 2);
		ck_assert_uint_eq(dns->batch_len[1], 4);
		ck_assert_uint_eq(n_stale[0], 0);
		ck_assert_uint_eq(n_stale[1], 1);
		ck_assert_uint_eq(n_stale[2], 0);
		ck_assert_uint_eq(n_landed[0] + n_landed[2], 2);
		ck_assert_uint_eq(n_landed[1], 0);
		ck_assert(publish_is_busy(&hosts[1]) && !publish_is_flying(queue));
		ck_assert_uint_eq(publish_queued(queue), 2);
		/* It is sent after all, or not. */
		hosts[1].renew_ms = 0;
		publish_renewed(queue, &hosts[1]);
		kit_run(is_queue_empty, NULL);
		ck_assert_uint_eq(hosts[1].accepted[0], 1);
		ck_assert_uint_eq(hosts[1].accepted[1], 1);
		ck_assert_uint_eq(dns->n_batches, 3);
		want_until(1, kit_now_ms());
		kit_settle();
		ck_assert_uint_eq(n_stale[1], 2);
		publish_drop(queue, &hosts[1]);
		ck_assert(!publish_is_busy(&hosts[1]) && publish_queued(queue) == 0);
		kit_advance(10 * RIGHT_MS);
		ck_assert_uint_eq(dns->n_batches, 3);
		close_queue();
	}
}
END_TEST

/* Else a queue that is longer than the right lasts would never end. */
START_TEST(what_was_renewed_goes_first)
{
	enum { LONG = 64 };
	size_t i, n;

	open_queue(2);
	dns->latency_ms = RIGHT_MS;
	for (i = 0; i < LONG; i++)
		want_until(i, kit_now_ms() + RIGHT_MS + 1);
	for (n = 0; publish_queued(queue) > 0 && n < 3 * LONG; n++) {
		for (i = 0; i < LONG; i++) {
			if (!hosts[i].is_stale)
				continue;
			hosts[i].renew_ms = kit_now_ms() + RIGHT_MS + 1;
			publish_renewed(queue, &hosts[i]);
		}
		kit_advance(RIGHT_MS);
	}
	ck_assert_uint_eq(publish_queued(queue), 0);
	ck_assert_uint_eq(dns->n_batches, LONG);
	close_queue();
}
END_TEST

static unsigned n_left;

static uint32_t wait_long(struct dns *d, const struct dns_change *changes, size_t n)
{
	ck_assert_ptr_eq(d, &dns->dns);
	ck_assert(n > 0 && addr_is_set(&changes[0].addr));
	return RIGHT_MS;
}

static void leave(struct dns *d)
{
	ck_assert_ptr_eq(d, &dns->dns);
	n_left++;
}

START_TEST(a_batch_that_became_stale_gives_its_turn_back)
{
	open_queue(500);
	n_left = 0;
	dns->ops.wait_ms = wait_long;
	dns->ops.leave = leave;
	want_until(0, kit_now_ms() + RIGHT_MS);
	want_until(1, kit_now_ms() + RIGHT_MS);
	kit_settle();
	ck_assert_uint_eq(n_left, 0);
	kit_advance(RIGHT_MS);
	ck_assert_uint_eq(n_left, 1);
	ck_assert(hosts[0].is_stale && hosts[1].is_stale);
	ck_assert_uint_eq(dns->n_batches, 0);
	close_queue();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_comes_in_one_turn_goes_in_one_batch,
		one_batch_is_in_flight_and_the_next_is_what_came_meanwhile,
		the_age_of_the_queue_is_that_of_who_waits_longest,
		a_later_change_replaces_the_queued_one,
		a_batch_holds_no_more_than_the_backend_takes,
		a_poisoned_change_is_found_and_the_rest_goes_on,
		one_refused_family_does_not_take_the_other_along,
		a_refused_change_is_braked_for_a_while,
		a_brake_holds_for_its_whole_time_and_no_longer,
		a_refused_removal_does_not_brake_the_address,
		a_braked_address_may_be_removed,
		trouble_is_waited_out_with_growing_pauses,
		after_an_answer_of_the_backend_the_pauses_begin_anew,
		a_batch_that_cannot_be_started_is_tried_again,
		a_retry_sends_the_newest_address,
		a_denied_zone_is_told_and_asked_again_slowly,
		whoever_waits_for_a_denied_zone_is_told,
		a_refusal_is_an_answer_and_ends_a_denial,
		a_zone_is_barred_only_while_it_is_denied,
		two_owners_of_one_name_never_share_a_batch,
		what_was_in_flight_before_a_new_life_is_not_reported,
		records_are_removed,
		a_stopped_queue_lands_what_flies_and_no_more,
		a_closed_queue_says_nothing_when_its_batch_comes_back,
		an_owner_may_close_the_queue_when_it_is_told,
		a_paced_queue_sends_what_it_may_and_waits_for_the_rest,
		a_change_that_waits_for_its_turn_is_still_replaced,
		a_large_batch_is_tried_again_in_parts,
		a_batch_that_waits_for_its_turn_keeps_the_size_that_was_reserved,
		what_only_repeats_does_not_wait_for_a_turn,
		a_repetition_does_not_wake_a_queue_that_looks_for_room_by_itself,
		after_trouble_the_limits_are_looked_at_again,
		a_queue_that_waits_for_its_turn_can_be_stopped_and_closed,
		what_only_repeats_goes_behind_all_changes,
		what_is_no_mere_repetition_any_more_goes_with_the_changes,
		repetitions_leave_half_of_the_pace_to_changes,
		in_trouble_the_changes_go_alone,
		a_repetition_that_met_trouble_lets_changes_pass,
		a_refused_repetition_is_found_and_refused,
		a_zone_in_trouble_has_no_room,
		room_for_repetitions_ends_somewhere,
		a_busy_zone_does_not_starve_another,
		five_thousand_changes_take_as_long_as_the_bucket_needs,
		what_got_no_answer_may_still_land,
		what_got_no_answer_may_be_of_an_earlier_seq_or_life,
		what_is_stale_is_set_aside_and_the_rest_goes_on,
		what_was_renewed_goes_first,
		a_batch_that_became_stale_gives_its_turn_back,
	};

	return unit_run("publish", tests, N_ELEMENTS(tests));
}
