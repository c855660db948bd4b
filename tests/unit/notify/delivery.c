/* SPDX-License-Identifier: BSD-2-Clause
 * One notice and its target: claimed, sent, tried again, given up, taken out of the store. */
#include "notify/delivery.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/metric.h"
#include "kit/engine_kit.h"
#include "kit/notify_kit.h"
#include "notify/notify_retry.h"

#define OURS   "aa"
#define THEIRS "bb"

static struct deliveries *deliveries;

static void open_deliveries(void)
{
	struct deliveries_parts parts;

	notify_kit_open();
	parts = notify_kit_parts(OURS);
	ck_assert_int_eq(deliveries_new(&kit_loop, &parts, &deliveries), 0);
}

static void close_deliveries(void)
{
	deliveries_close(deliveries, NULL, NULL);
	notify_kit_close();
	ck_assert(notify_kit_targets[0].is_closed && notify_kit_targets[1].is_closed);
}

static void on_done(void *arg, int err, const struct errinfo *why)
{
	(void)why;
	*(int *)arg = err;
}

static struct notice make(const char *host, const char *holder)
{
	const struct event e = notify_kit_event(host, 1);
	struct notice n = {.made_s = clock_wall_s(), .next_s = clock_wall_s()};

	str_copy(n.id, sizeof(n.id), slice_of(e.id));
	str_copy(n.target, sizeof(n.target), slice_of("one"));
	str_copy(n.holder, sizeof(n.holder), slice_of(holder));
	n.held_until_s = n.made_s + 40;
	ck_assert_int_eq(event_write(&e, n.body), 0);
	return n;
}

static void put_notice(const struct notice *n)
{
	int err = 1;

	ck_assert_int_eq(store_put_notice(notify_kit_store, n, on_done, &err), 0);
	kit_settle();
	ck_assert_int_eq(err, 0);
}

static struct notice put(const char *host, const char *holder)
{
	const struct notice n = make(host, holder);

	put_notice(&n);
	return n;
}

static struct deliveries_count count(void)
{
	struct deliveries_count c;

	deliveries_count(deliveries, &c);
	return c;
}

START_TEST(what_is_held_is_sent_and_taken_out)
{
	struct notify_kit_target *t = &notify_kit_targets[0];
	struct notice n;

	open_deliveries();
	n = put("a.example.com", OURS);
	ck_assert_int_eq(deliveries_add(deliveries, &n, DELIVERY_HELD), 0);
	ck_assert_int_eq(deliveries_add(deliveries, &n, DELIVERY_HELD), ERR_EXISTS);
	ck_assert_uint_eq(count().waiting, 1);
	kit_advance(100);
	ck_assert_uint_eq(t->n_sent, 1);
	ck_assert_str_eq(t->sent[0].id, n.id);
	ck_assert_str_eq(t->sent[0].kind, "address-changed");
	ck_assert_uint_eq(t->sent[0].attempt, 1);
	ck_assert_uint_eq(notify_kit_calls[NOTIFY_KIT_CLAIM], 0);
	ck_assert_uint_eq(notify_kit_stored(NULL), 0);
	ck_assert(count().waiting == 0 && deliveries_are_idle(deliveries));
	close_deliveries();
}
END_TEST

START_TEST(what_is_free_is_claimed_before)
{
	struct notice n, kept;

	open_deliveries();
	n = put("a.example.com", THEIRS);
	notify_kit_targets[0].err = ERR_UNAVAILABLE;
	kit_advance(60 * 1000);
	ck_assert_int_eq(deliveries_add(deliveries, &n, DELIVERY_FREE), 0);
	kit_advance(100);
	ck_assert_uint_eq(notify_kit_calls[NOTIFY_KIT_CLAIM], 1);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 1);
	ck_assert_uint_eq(notify_kit_stored(&kept), 1);
	ck_assert_str_eq(kept.holder, OURS);
	ck_assert_uint_eq(kept.attempts, 1);
	ck_assert(kept.next_s > clock_wall_s() && kept.held_until_s > kept.next_s);
	ck_assert_ptr_nonnull(strstr(kept.why, "the test answered"));
	close_deliveries();
}
END_TEST

/* Slack and Discord count all requests alike; who goes on is turned away for longer. */
START_TEST(a_target_that_asks_for_a_pause_has_it_from_all_notices)
{
	struct notify_kit_target *t = &notify_kit_targets[0];
	struct notice first, second;

	open_deliveries();
	t->err = ERR_THROTTLED;
	t->wait_s = 120;
	first = put("a.example.com", OURS);
	second = put("b.example.com", OURS);
	deliveries_add(deliveries, &first, DELIVERY_HELD);
	deliveries_add(deliveries, &second, DELIVERY_HELD);
	kit_advance(119 * 1000);
	ck_assert_uint_eq(t->n_sent, 1);
	t->err = 0;
	kit_advance(3 * 1000);
	ck_assert_uint_eq(t->n_sent, 3);
	ck_assert_uint_eq(notify_kit_stored(NULL), 0);
	close_deliveries();
}
END_TEST

START_TEST(times_that_are_ahead_are_not_believed)
{
	static const int64_t ahead_s[] = {INT64_C(4000000000), INT64_MAX / 2, INT64_MAX};
	struct notice n, kept;
	size_t i;

	for (i = 0; i < N_ELEMENTS(ahead_s); i++) {
		open_deliveries();
		notify_kit_targets[0].err = ERR_UNAVAILABLE;
		n = make("a.example.com", "");
		n.made_s = n.next_s = ahead_s[i];
		n.held_until_s = 0;
		put_notice(&n);
		ck_assert_int_eq(deliveries_add(deliveries, &n, DELIVERY_FREE), 0);
		kit_advance((NOTIFY_RETRY_CAP_S - 1) * 1000);
		ck_assert_uint_eq(notify_kit_targets[0].n_sent, 0);
		kit_advance(2 * 1000);
		ck_assert_uint_eq(notify_kit_targets[0].n_sent, 1);
		ck_assert_uint_eq(notify_kit_stored(&kept), 1);
		ck_assert(kept.made_s <= clock_wall_s() - NOTIFY_RETRY_CAP_S);
		close_deliveries();
	}
}
END_TEST

START_TEST(what_is_no_event_of_it_is_given_up)
{
	struct notice n, kept;

	open_deliveries();
	n = make("a.example.com", "");
	n.id[0] = n.id[0] == 'a' ? 'b' : 'a';
	n.held_until_s = 0;
	put_notice(&n);
	ck_assert_int_eq(deliveries_add(deliveries, &n, DELIVERY_FREE), 0);
	kit_advance(100);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 0);
	ck_assert_uint_eq(notify_kit_stored(&kept), 1);
	ck_assert_int_eq(kept.state, NOTICE_DEAD);
	ck_assert_str_eq(kept.why, "what the store has of it is no event of this version");
	close_deliveries();
}
END_TEST

START_TEST(what_another_daemon_holds_is_left_to_it)
{
	struct notice n;

	open_deliveries();
	n = put("a.example.com", THEIRS);
	ck_assert_int_eq(deliveries_add(deliveries, &n, DELIVERY_FREE), 0);
	kit_advance(100);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 0);
	ck_assert_uint_eq(count().waiting, 0);
	ck_assert_uint_eq(notify_kit_stored(NULL), 1);
	/* One that is gone, too. */
	n = make("b.example.com", "");
	ck_assert_int_eq(deliveries_add(deliveries, &n, DELIVERY_FREE), 0);
	kit_advance(100);
	ck_assert_uint_eq(count().waiting, 0);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 0);
	close_deliveries();
}
END_TEST

START_TEST(it_is_tried_again_until_it_is_taken)
{
	struct notify_kit_target *t = &notify_kit_targets[0];
	struct notice n;

	open_deliveries();
	n = put("a.example.com", OURS);
	t->err = ERR_UNAVAILABLE;
	deliveries_add(deliveries, &n, DELIVERY_HELD);
	kit_advance(60 * 60 * 1000);
	ck_assert_uint_gt(t->n_sent, 5);
	ck_assert_uint_eq(t->sent[t->n_sent - 1].attempt, t->n_sent);
	t->err = 0;
	kit_advance(60 * 60 * 1000 + 1000);
	ck_assert_uint_eq(count().waiting, 0);
	ck_assert_uint_eq(notify_kit_stored(NULL), 0);
	close_deliveries();
}
END_TEST

START_TEST(what_is_refused_or_too_old_is_given_up_and_shown)
{
	const int64_t before = metric_get(METRIC_NOTICES_GIVEN_UP);
	struct notice n, kept;

	open_deliveries();
	n = put("a.example.com", OURS);
	notify_kit_targets[0].err = ERR_REFUSED;
	deliveries_add(deliveries, &n, DELIVERY_HELD);
	kit_advance(100);
	ck_assert(count().waiting == 0 && count().dead == 1);
	ck_assert_uint_eq(notify_kit_stored(&kept), 1);
	ck_assert(kept.state == NOTICE_DEAD);
	n = put("b.example.com", OURS);
	notify_kit_targets[0].err = ERR_TIMEOUT;
	deliveries_add(deliveries, &n, DELIVERY_HELD);
	kit_advance((3 * 24 + 2) * 60 * 60 * (int64_t)1000);
	ck_assert_uint_eq(count().dead, 2);
	ck_assert_int_eq(metric_get(METRIC_NOTICES_GIVEN_UP) - before, 2);
	deliveries_look_begins(deliveries);
	ck_assert_uint_eq(count().dead, 0);
	ck_assert_uint_eq(notify_kit_stored(NULL), 2);
	close_deliveries();
}
END_TEST

START_TEST(one_at_a_time_of_a_target_and_none_waits_for_another_target)
{
	struct notice first, second, other;

	open_deliveries();
	first = put("a.example.com", OURS);
	second = put("b.example.com", OURS);
	other = make("a.example.com", OURS);
	str_copy(other.target, sizeof(other.target), slice_of("two"));
	notify_kit_targets[0].hangs = true;
	deliveries_add(deliveries, &first, DELIVERY_HELD);
	deliveries_add(deliveries, &second, DELIVERY_HELD);
	deliveries_add(deliveries, &other, DELIVERY_IN_MEMORY);
	kit_advance(10000);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 1);
	ck_assert_uint_eq(notify_kit_targets[1].n_sent, 1);
	ck_assert_uint_eq(count().waiting, 2);
	close_deliveries();
}
END_TEST

START_TEST(a_quiet_time_is_waited_for)
{
	struct notify_kit_target *t = &notify_kit_targets[0];
	struct conf_quiet *q = &notify_kit_confs[0].quiet;
	time_t now;
	struct tm local;
	struct notice n;

	open_deliveries();
	setenv("TZ", "UTC", 1);
	tzset();
	now = (time_t)clock_wall_s();
	ck_assert_ptr_nonnull(localtime_r(&now, &local));
	q->from_min = (unsigned)(local.tm_hour * 60 + local.tm_min);
	q->to_min = (q->from_min + 120) % 1440;
	n = put("a.example.com", OURS);
	deliveries_add(deliveries, &n, DELIVERY_HELD);
	kit_advance(110 * 60 * 1000);
	ck_assert_uint_eq(t->n_sent, 0);
	kit_advance(11 * 60 * 1000);
	ck_assert_uint_eq(t->n_sent, 1);
	/* It was not held for so long. */
	ck_assert_uint_eq(notify_kit_calls[NOTIFY_KIT_CLAIM], 1);
	close_deliveries();
}
END_TEST

START_TEST(what_is_queued_is_not_sent_in_the_quiet_time)
{
	struct notify_kit_target *t = &notify_kit_targets[0];
	struct conf_quiet *q = &notify_kit_confs[0].quiet;
	struct notice first, second;
	unsigned now_min;

	open_deliveries();
	setenv("TZ", "UTC", 1);
	tzset();
	now_min = (unsigned)(clock_wall_s() / 60 % 1440);
	q->from_min = (now_min + 1) % 1440;
	q->to_min = (now_min + 31) % 1440;
	first = put("a.example.com", OURS);
	second = put("b.example.com", OURS);
	t->takes_ms = 60 * 1000;
	deliveries_add(deliveries, &first, DELIVERY_HELD);
	deliveries_add(deliveries, &second, DELIVERY_HELD);
	kit_advance(29 * 60 * 1000);
	ck_assert_uint_eq(t->n_sent, 1);
	kit_advance(2 * 60 * 1000);
	ck_assert_uint_eq(t->n_sent, 2);
	close_deliveries();
}
END_TEST

START_TEST(trouble_of_the_store_sends_nothing_twice)
{
	struct notify_kit_target *t = &notify_kit_targets[0];
	struct notice n;

	open_deliveries();
	n = put("a.example.com", OURS);
	notify_kit_errs[NOTIFY_KIT_REMOVE] = ERR_UNAVAILABLE;
	deliveries_add(deliveries, &n, DELIVERY_HELD);
	kit_advance(35 * 1000);
	ck_assert_uint_eq(t->n_sent, 1);
	ck_assert_uint_ge(notify_kit_calls[NOTIFY_KIT_REMOVE], 3);
	ck_assert_uint_eq(notify_kit_stored(NULL), 1);
	notify_kit_errs[NOTIFY_KIT_REMOVE] = 0;
	kit_advance(15 * 1000);
	ck_assert_uint_eq(notify_kit_stored(NULL), 0);
	/* A claim that gets no answer is made again. */
	n = put("b.example.com", "");
	notify_kit_errs[NOTIFY_KIT_CLAIM] = ERR_TIMEOUT;
	deliveries_add(deliveries, &n, DELIVERY_FREE);
	kit_advance(5000);
	ck_assert_uint_eq(t->n_sent, 1);
	notify_kit_errs[NOTIFY_KIT_CLAIM] = 0;
	kit_advance(15 * 1000);
	ck_assert_uint_eq(t->n_sent, 2);
	close_deliveries();
}
END_TEST

START_TEST(a_stop_lets_go_of_what_waits_and_sends_nothing_more)
{
	struct notice n, kept;

	open_deliveries();
	n = put("a.example.com", OURS);
	notify_kit_targets[0].err = ERR_UNAVAILABLE;
	deliveries_add(deliveries, &n, DELIVERY_HELD);
	kit_advance(100);
	deliveries_stop(deliveries);
	ck_assert(!deliveries_are_idle(deliveries));
	kit_advance(10000);
	ck_assert(deliveries_are_idle(deliveries));
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 1);
	ck_assert_uint_eq(notify_kit_stored(&kept), 1);
	ck_assert_int_eq(kept.held_until_s, 0);
	close_deliveries();
}
END_TEST

START_TEST(what_a_target_does_not_begin_or_nobody_understands)
{
	struct notice n, kept;

	open_deliveries();
	n = put("a.example.com", OURS);
	notify_kit_targets[0].begin_err = ERR_LIMIT;
	deliveries_add(deliveries, &n, DELIVERY_HELD);
	kit_advance(100);
	ck_assert_uint_eq(count().waiting, 1);
	ck_assert_uint_eq(notify_kit_stored(&kept), 1);
	ck_assert_uint_eq(kept.attempts, 1);
	ck_assert_ptr_nonnull(strstr(kept.why, "the attempt could not begin"));
	notify_kit_targets[0].begin_err = 0;
	kit_advance(15 * 1000);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 1);
	ck_assert_uint_eq(notify_kit_targets[0].sent[0].attempt, 2);
	n = put("c.example.com", OURS);
	notify_kit_targets[0].begin_err = ERR_LIMIT;
	deliveries_add(deliveries, &n, DELIVERY_HELD);
	kit_advance((NOTIFY_GIVE_UP_S + 2 * NOTIFY_RETRY_CAP_S) * (int64_t)1000);
	ck_assert(count().waiting == 0 && count().dead == 1);
	notify_kit_targets[0].begin_err = 0;
	n = make("b.example.com", OURS);
	strcpy(n.body, "{\"event\":\"of a later version\"}");
	deliveries_add(deliveries, &n, DELIVERY_IN_MEMORY);
	kit_advance(100);
	ck_assert(count().waiting == 0 && count().dead == 2);
	strcpy(n.target, "nobody");
	ck_assert_int_eq(deliveries_add(deliveries, &n, DELIVERY_IN_MEMORY), ERR_NOTFOUND);
	close_deliveries();
}
END_TEST

static void count_notice(void *arg, const struct notice *n)
{
	ck_assert_str_eq(n->target, "one");
	++*(size_t *)arg;
}

START_TEST(there_are_not_too_many)
{
	const size_t share = deliveries_share(DELIVERIES_MAX, NOTIFY_KIT_TARGETS);
	struct notice n;
	char host[32];
	size_t i, n_each = 0;

	open_deliveries();
	notify_kit_targets[0].hangs = true;
	for (i = 0; i <= share; i++) {
		snprintf(host, sizeof(host), "h%zu.example.com", i);
		n = make(host, OURS);
		ck_assert_int_eq(deliveries_add(deliveries, &n, DELIVERY_IN_MEMORY),
				 i < share ? 0 : ERR_LIMIT);
	}
	deliveries_each(deliveries, count_notice, &n_each);
	ck_assert_uint_eq(n_each, share);
	strcpy(n.target, "two");
	ck_assert_int_eq(deliveries_add(deliveries, &n, DELIVERY_IN_MEMORY), 0);
	close_deliveries();
}
END_TEST

START_TEST(all_others_leave_a_target_half)
{
	size_t n;

	ck_assert_uint_eq(deliveries_share(256, 1), 256);
	ck_assert_uint_eq(deliveries_share(256, 2), 128);
	for (n = 2; n <= CONF_NOTIFIES_MAX; n++) {
		ck_assert_uint_gt(deliveries_share(256, n), 0);
		ck_assert_uint_le((n - 1) * deliveries_share(256, n), 128);
	}
}
END_TEST

START_TEST(what_waits_for_a_section_that_is_gone_is_counted_and_given_up)
{
	struct notice n, kept;
	int err = 1;

	open_deliveries();
	n = make("a.example.com", THEIRS);
	strcpy(n.target, "gone");
	ck_assert_int_eq(store_put_notice(notify_kit_store, &n, on_done, &err), 0);
	kit_settle();
	deliveries_look_begins(deliveries);
	deliveries_listed(deliveries, &n);
	deliveries_look_ends(deliveries);
	/* It is held by somebody who knows that section. */
	ck_assert_int_eq((int)metric_get(METRIC_NOTICES_GONE), 0);
	kit_advance(60 * 1000);
	deliveries_look_begins(deliveries);
	deliveries_listed(deliveries, &n);
	deliveries_look_ends(deliveries);
	ck_assert_int_eq((int)metric_get(METRIC_NOTICES_GONE), 1);
	ck_assert_int_eq(deliveries_add(deliveries, &n, DELIVERY_FREE), ERR_NOTFOUND);
	kit_advance(DELIVERY_GONE_S * (int64_t)1000);
	ck_assert_int_eq(deliveries_add(deliveries, &n, DELIVERY_FREE), 0);
	kit_advance(100);
	ck_assert_uint_eq(notify_kit_stored(&kept), 1);
	ck_assert_int_eq(kept.state, NOTICE_DEAD);
	ck_assert_str_eq(kept.why, "there is no section notify of that name");
	ck_assert(count().waiting == 0 && count().dead == 1);
	close_deliveries();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_held_is_sent_and_taken_out,
		what_is_free_is_claimed_before,
		a_target_that_asks_for_a_pause_has_it_from_all_notices,
		times_that_are_ahead_are_not_believed,
		what_is_no_event_of_it_is_given_up,
		what_another_daemon_holds_is_left_to_it,
		it_is_tried_again_until_it_is_taken,
		what_is_refused_or_too_old_is_given_up_and_shown,
		one_at_a_time_of_a_target_and_none_waits_for_another_target,
		a_quiet_time_is_waited_for,
		what_is_queued_is_not_sent_in_the_quiet_time,
		trouble_of_the_store_sends_nothing_twice,
		a_stop_lets_go_of_what_waits_and_sends_nothing_more,
		what_a_target_does_not_begin_or_nobody_understands,
		there_are_not_too_many,
		all_others_leave_a_target_half,
		what_waits_for_a_section_that_is_gone_is_counted_and_given_up,
	};

	return unit_run("delivery", tests, N_ELEMENTS(tests));
}
