/* SPDX-License-Identifier: BSD-2-Clause
 * Events become notices of their targets, in the store before anybody is told that they were told.
 */
#include "notify/notify.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/metric.h"
#include "kit/engine_kit.h"
#include "kit/notify_kit.h"
#include "notify/digest.h"

static struct notify *notify;
static unsigned n_done;
static int done_err;
static bool is_drained;

static struct notify *new_notify(const char *holder)
{
	struct deliveries_parts parts = notify_kit_parts(holder);
	struct notify *n;

	ck_assert_int_eq(notify_new(&kit_loop, &parts, &n), 0);
	return n;
}

static void open_notify(void)
{
	notify_kit_open();
	notify = new_notify("aa");
	n_done = 0;
	done_err = 1;
	is_drained = false;
}

static void close_notify(void)
{
	notify_close(notify);
	notify_kit_close();
}

static void on_told(void *arg, int err, const struct errinfo *why)
{
	(void)arg;
	(void)why;
	n_done++;
	done_err = err;
}

static void tell(const char *host, uint64_t mark)
{
	const struct event e = notify_kit_event(host, mark);
	const unsigned before = n_done;

	ck_assert_int_eq(notify_tell(notify, &e, on_told, NULL), 0);
	ck_assert_uint_eq(n_done, before);
}

static struct notify_stats stats(void)
{
	struct notify_stats s;

	notify_stats(notify, &s);
	return s;
}

START_TEST(it_is_in_the_store_of_each_target_when_it_was_told)
{
	open_notify();
	notify_kit_targets[0].hangs = notify_kit_targets[1].hangs = true;
	tell("a.example.com", 1);
	kit_settle();
	ck_assert(n_done == 1 && done_err == 0);
	ck_assert_uint_eq(notify_kit_stored(NULL), 2);
	ck_assert_uint_eq(stats().waiting, 2);
	ck_assert(!stats().is_in_memory);
	close_notify();
}
END_TEST

START_TEST(whoever_does_not_want_it_is_not_told)
{
	static char only[] = "b.example.com";

	open_notify();
	notify_kit_confs[0].hosts = (struct conf_texts){1, {only}};
	notify_kit_confs[1].events.n = 0;
	ck_assert(notify_wants(notify, CONF_EVENT_ADDRESS_CHANGED, only));
	ck_assert(!notify_wants(notify, CONF_EVENT_ADDRESS_CHANGED, "a.example.com"));
	ck_assert(!notify_wants(NULL, CONF_EVENT_ADDRESS_CHANGED, only));
	tell("a.example.com", 1);
	kit_settle();
	ck_assert(n_done == 1 && done_err == 0);
	tell(only, 1);
	kit_advance(1000);
	ck_assert_uint_eq(n_done, 2);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 1);
	ck_assert_uint_eq(notify_kit_targets[1].n_sent, 0);
	close_notify();
}
END_TEST

START_TEST(trouble_of_the_store_is_for_whoever_waits_to_try_again)
{
	open_notify();
	notify_kit_errs[NOTIFY_KIT_PUT] = ERR_UNAVAILABLE;
	tell("a.example.com", 1);
	kit_advance(1000);
	ck_assert(n_done == 1 && done_err == ERR_UNAVAILABLE);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 0);
	notify_kit_errs[NOTIFY_KIT_PUT] = 0;
	tell("a.example.com", 1);
	kit_advance(1000);
	ck_assert(n_done == 2 && done_err == 0);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 1);
	close_notify();
}
END_TEST

START_TEST(trouble_of_the_store_takes_from_no_minute)
{
	int i;

	open_notify();
	notify_kit_confs[0].per_minute = notify_kit_confs[1].per_minute = 1;
	notify_kit_errs[NOTIFY_KIT_PUT] = ERR_UNAVAILABLE;
	for (i = 0; i < 20; i++) {
		tell("a.example.com", 1);
		kit_advance(200);
		ck_assert_int_eq(done_err, ERR_UNAVAILABLE);
	}
	notify_kit_errs[NOTIFY_KIT_PUT] = 0;
	tell("a.example.com", 1);
	kit_settle();
	ck_assert_int_eq(done_err, 0);
	kit_advance(2 * DIGEST_WINDOW_MS);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 1);
	ck_assert_str_eq(notify_kit_targets[0].sent[0].kind, "address-changed");
	close_notify();
}
END_TEST

START_TEST(what_is_told_again_takes_one_place)
{
	open_notify();
	notify_kit_confs[0].per_minute = 2;
	notify_kit_confs[1].events.n = 0;
	notify_kit_targets[0].hangs = true;
	tell("a.example.com", 1);
	kit_settle();
	tell("a.example.com", 1);
	kit_settle();
	tell("b.example.com", 1);
	kit_settle();
	ck_assert(n_done == 3 && done_err == 0);
	ck_assert_uint_eq(notify_kit_stored(NULL), 2);
	close_notify();
}
END_TEST

START_TEST(what_nobody_waits_for_lives_in_memory_then)
{
	const struct event e = notify_kit_event("a.example.com", 1);

	open_notify();
	notify_kit_errs[NOTIFY_KIT_PUT] = ERR_UNAVAILABLE;
	notify_say(notify, &e);
	notify_say(NULL, &e);
	kit_advance(1000);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 1);
	ck_assert_uint_eq(notify_kit_targets[1].n_sent, 1);
	notify_say_to(notify, 1, &e);
	kit_advance(1000);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 1);
	ck_assert_uint_eq(notify_kit_targets[1].n_sent, 2);
	close_notify();
}
END_TEST

START_TEST(where_the_store_takes_none_they_live_in_memory_and_it_is_said)
{
	open_notify();
	notify_kit_errs[NOTIFY_KIT_PUT] = ERR_DENIED;
	tell("a.example.com", 1);
	kit_advance(1000);
	ck_assert(n_done == 1 && done_err == 0);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 1);
	ck_assert(stats().is_in_memory);
	ck_assert_int_eq((int)metric_get(METRIC_NOTICES_IN_MEMORY), 1);
	/* It is not asked each time. */
	tell("b.example.com", 1);
	kit_advance(1000);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 2);
	ck_assert_uint_eq(notify_kit_calls[NOTIFY_KIT_PUT], 2);
	/* But later. */
	notify_kit_errs[NOTIFY_KIT_PUT] = 0;
	kit_advance(NOTIFY_DENIED_MS);
	tell("c.example.com", 1);
	kit_advance(1000);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 3);
	ck_assert(!stats().is_in_memory);
	ck_assert_int_eq((int)metric_get(METRIC_NOTICES_IN_MEMORY), 0);
	close_notify();
}
END_TEST

START_TEST(a_full_store_holds_nobody_up)
{
	open_notify();
	notify_kit_errs[NOTIFY_KIT_PUT] = ERR_LIMIT;
	tell("a.example.com", 1);
	kit_advance(1000);
	ck_assert(n_done == 1 && done_err == 0);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 1);
	close_notify();
}
END_TEST

START_TEST(what_is_there_already_is_not_sent_by_two)
{
	const struct event e = notify_kit_event("a.example.com", 1);
	struct notify *other;

	open_notify();
	notify_kit_confs[1].events.n = 0;
	notify_kit_targets[0].hangs = true;
	other = new_notify("bb");
	tell("a.example.com", 1);
	kit_settle();
	ck_assert_int_eq(notify_tell(other, &e, on_told, NULL), 0);
	kit_advance(1000);
	ck_assert(n_done == 2 && done_err == 0);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 1);
	ck_assert_uint_eq(notify_kit_stored(NULL), 1);
	notify_close(other);
	kit_advance(1000);
	notify_kit_targets[0].is_closed = notify_kit_targets[1].is_closed = false;
	close_notify();
}
END_TEST

START_TEST(what_a_dead_daemon_left_is_sent_once_its_hold_is_over)
{
	open_notify();
	notify_kit_targets[0].hangs = notify_kit_targets[1].hangs = true;
	tell("a.example.com", 1);
	kit_settle();
	/* Killed: nobody lets go of it. */
	notify_kit_errs[NOTIFY_KIT_UPDATE] = ERR_UNAVAILABLE;
	notify_close(notify);
	kit_advance(1000);
	notify_kit_errs[NOTIFY_KIT_UPDATE] = 0;
	memset(notify_kit_targets[0].sent, 0, sizeof(notify_kit_targets[0].sent));
	notify_kit_targets[0].hangs = notify_kit_targets[1].hangs = false;
	notify_kit_targets[0].is_closed = notify_kit_targets[1].is_closed = false;
	notify_kit_targets[0].err = notify_kit_targets[1].err = 0;
	notify = new_notify("bb");
	notify_start(notify);
	kit_advance(20 * 1000);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 1);
	kit_advance(30 * 1000);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 2);
	ck_assert_str_eq(notify_kit_targets[0].sent[1].id, notify_kit_event("a.example.com", 1).id);
	ck_assert_uint_eq(notify_kit_stored(NULL), 0);
	close_notify();
}
END_TEST

START_TEST(the_store_is_looked_at_again_and_again)
{
	struct notice dead;

	open_notify();
	notify_kit_targets[0].err = ERR_REFUSED;
	notify_kit_errs[NOTIFY_KIT_LIST] = ERR_UNAVAILABLE;
	notify_start(notify);
	kit_advance(1000);
	notify_kit_errs[NOTIFY_KIT_LIST] = 0;
	tell("a.example.com", 1);
	kit_advance(NOTIFY_LOOK_TROUBLE_S * 1000);
	ck_assert_uint_eq(stats().dead, 1);
	ck_assert_uint_eq(notify_kit_stored(&dead), 1);
	/* As mooringctl notify drop does. */
	ck_assert_int_eq(store_remove_notice(notify_kit_store, dead.id, dead.target, dead.holder,
					     on_told, NULL),
			 0);
	kit_advance(NOTIFY_LOOK_S * 1000 + 1000);
	ck_assert_uint_eq(stats().dead, 0);
	close_notify();
}
END_TEST

START_TEST(what_finds_no_room_is_looked_for_soon)
{
	const int share = (int)deliveries_share(DELIVERIES_MAX, NOTIFY_KIT_TARGETS);
	struct notice n = {.target = "one"};
	int i;

	open_notify();
	n.made_s = n.next_s = clock_wall_s();
	for (i = 0; i < share + 5; i++) {
		const struct event e = notify_kit_event("a.example.com", (uint64_t)i);

		str_copy(n.id, sizeof(n.id), slice_of(e.id));
		ck_assert_int_eq(event_write(&e, n.body), 0);
		ck_assert_int_eq(store_put_notice(notify_kit_store, &n, on_told, NULL), 0);
	}
	kit_settle();
	notify_start(notify);
	kit_advance(NOTIFY_LOOK_TROUBLE_S * 1000 / 2);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, (unsigned)share);
	kit_advance(NOTIFY_LOOK_TROUBLE_S * 1000);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, (unsigned)share + 5);
	close_notify();
}
END_TEST

START_TEST(a_target_that_is_away_leaves_the_others_their_places)
{
	struct notify_kit_target *away = &notify_kit_targets[0], *well = &notify_kit_targets[1];
	char host[32];
	int i;

	open_notify();
	notify_kit_set_places(20);
	away->err = ERR_UNAVAILABLE;
	notify_start(notify);
	for (i = 0; i < 30; i++) {
		snprintf(host, sizeof(host), "h%d.example.com", i);
		tell(host, 1);
		kit_advance(100);
	}
	ck_assert(n_done == 30 && done_err == 0);
	ck_assert_uint_eq(well->n_sent, 30);
	ck_assert_uint_eq(notify_kit_stored(NULL), 10);
	/* What was delivered makes room, and the look at the store says so, too. */
	away->err = 0;
	kit_advance(2 * NOTIFY_LOOK_S * 1000);
	ck_assert_uint_eq(notify_kit_stored(NULL), 0);
	away->err = ERR_UNAVAILABLE;
	tell("z.example.com", 1);
	kit_advance(1000);
	ck_assert_uint_eq(notify_kit_stored(NULL), 1);
	close_notify();
}
END_TEST

START_TEST(a_flood_is_a_few_notices_and_one_digest)
{
	struct notify_kit_target *t = &notify_kit_targets[0];
	char host[32];
	int i;

	open_notify();
	notify_kit_confs[0].per_minute = 10;
	notify_kit_confs[1].events.n = 0;
	for (i = 0; i < 1000; i++) {
		snprintf(host, sizeof(host), "h%d.example.com", i);
		tell(host, 1);
		kit_settle();
	}
	ck_assert(n_done == 1000 && done_err == 0);
	kit_advance(DIGEST_WINDOW_MS - 1000);
	ck_assert_uint_eq(t->n_sent, 10);
	kit_advance(2000);
	ck_assert_uint_eq(t->n_sent, 11);
	ck_assert_str_eq(t->sent[10].kind, "digest");
	ck_assert_str_eq(t->sent[10].text,
			 "990 more in a minute than are told: 990 address-changed");
	kit_advance(10 * DIGEST_WINDOW_MS);
	ck_assert_uint_eq(t->n_sent, 11);
	close_notify();
}
END_TEST

static void on_drained(void *arg)
{
	(void)arg;
	is_drained = true;
}

START_TEST(a_drain_waits_for_what_is_being_stored_and_for_no_target)
{
	open_notify();
	notify_kit_targets[0].hangs = notify_kit_targets[1].hangs = true;
	tell("a.example.com", 1);
	kit_settle();
	tell("b.example.com", 1);
	notify_drain(notify, on_drained, NULL);
	ck_assert(!is_drained && n_done == 1);
	kit_advance(100);
	ck_assert(is_drained && n_done == 2 && done_err == 0);
	ck_assert_uint_eq(notify_kit_stored(NULL), 4);
	close_notify();
}
END_TEST

START_TEST(a_drain_stores_what_was_only_counted)
{
	struct notice n;

	open_notify();
	notify_kit_confs[0].per_minute = 0;
	notify_kit_confs[1].events.n = 0;
	tell("a.example.com", 1);
	tell("b.example.com", 1);
	kit_settle();
	ck_assert_uint_eq(notify_kit_stored(NULL), 0);
	notify_drain(notify, on_drained, NULL);
	kit_advance(100);
	ck_assert(is_drained);
	ck_assert_uint_eq(notify_kit_stored(&n), 1);
	ck_assert_ptr_nonnull(
		strstr(n.body, "2 more in a minute than are told: 2 address-changed"));
	ck_assert(notice_is_free(&n, "bb", clock_wall_s()));
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 0);
	close_notify();
}
END_TEST

START_TEST(a_drain_in_trouble_of_the_store_ends)
{
	open_notify();
	notify_kit_confs[0].per_minute = 0;
	tell("a.example.com", 1);
	kit_settle();
	notify_kit_errs[NOTIFY_KIT_PUT] = ERR_UNAVAILABLE;
	notify_drain(notify, on_drained, NULL);
	kit_advance(100);
	ck_assert(is_drained);
	close_notify();
}
END_TEST

START_TEST(a_close_answers_whoever_waits)
{
	open_notify();
	notify_kit_confs[0].events.n = notify_kit_confs[1].events.n = 0;
	tell("a.example.com", 1);
	notify_close(notify);
	ck_assert(n_done == 1 && done_err == ERR_CANCELED);
	notify_kit_close();
	notify_close(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_is_in_the_store_of_each_target_when_it_was_told,
		whoever_does_not_want_it_is_not_told,
		trouble_of_the_store_is_for_whoever_waits_to_try_again,
		trouble_of_the_store_takes_from_no_minute,
		what_is_told_again_takes_one_place,
		what_nobody_waits_for_lives_in_memory_then,
		where_the_store_takes_none_they_live_in_memory_and_it_is_said,
		a_full_store_holds_nobody_up,
		what_is_there_already_is_not_sent_by_two,
		what_a_dead_daemon_left_is_sent_once_its_hold_is_over,
		the_store_is_looked_at_again_and_again,
		what_finds_no_room_is_looked_for_soon,
		a_target_that_is_away_leaves_the_others_their_places,
		a_flood_is_a_few_notices_and_one_digest,
		a_drain_waits_for_what_is_being_stored_and_for_no_target,
		a_drain_stores_what_was_only_counted,
		a_drain_in_trouble_of_the_store_ends,
		a_close_answers_whoever_waits,
	};

	return unit_run("notify", tests, N_ELEMENTS(tests));
}
