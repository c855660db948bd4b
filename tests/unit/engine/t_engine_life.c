/* SPDX-License-Identifier: BSD-2-Clause
 * Starts, stops and removals: what an engine owes to the one before it and leaves to the next. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "engine/engine.h"
#include "kit/engine_world.h"
#include "kit/fake_malloc.h"

/* The process dies at any moment after the intent: the next one publishes. */
START_TEST(a_crash_between_intent_and_confirmation_is_made_up_for_at_start)
{
	struct kit_update u;
	int64_t ms;

	for (ms = 0; ms < 60; ms += 5) {
		memset(&u, 0, sizeof(u));
		world_open(false);
		fault->max_delay_ms = 20;
		kit_seed((uint64_t)ms + 1);
		kit_ask(engine, &u, "router", "secret", ASK_HOME "81.2.69.1");
		kit_advance(ms);
		engine_close(engine);
		kit_advance(1000);
		ck_assert_uint_eq(u.n_answers, 1);
		fault->max_delay_ms = 0;
		engine = kit_engine(&conf, &fault->store);
		if (kit_state(store, "router", HOME).seq > 0)
			assert_at_rest(HOME, "81.2.69.1");
		else
			ck_assert_str_eq(u.text, "911");
		world_close();
	}
}
END_TEST

START_TEST(a_start_that_cannot_list_goes_on_and_tries_again)
{
	world_open(false);
	ck_assert_int_eq(kit_intend(store, "router", SECOND, 0, "81.2.69.2"), 0);
	kit_stop(engine);
	misbehave(KIT_LIST, 1, ERR_UNAVAILABLE, false);
	engine = kit_engine(&conf, &fault->store);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	ck_assert_str_eq(fake_dns_get(dns, SECOND), "");
	kit_advance(61000);
	assert_at_rest(SECOND, "81.2.69.2");
	kit_stop(engine);
	misbehave(KIT_LIST, 1, -ERR_NOMEM, false);
	engine = kit_engine(&conf, &fault->store);
	world_close();
}
END_TEST

static void note_time(void *arg)
{
	*(int64_t *)arg = kit_now_ms();
}

START_TEST(a_drain_answers_every_waiter_at_once_and_once)
{
	enum { N = 200 };
	struct kit_update *u = calloc(N, sizeof(*u));
	struct kit_update late = {.n_answers = 0};
	struct engine_stats stats;
	char user[32], host[48];
	int64_t ended = 0;
	size_t i;

	ck_assert_ptr_nonnull(u);
	world_open(false);
	fault->max_delay_ms = 300;
	dns->latency_ms = 5000;
	for (i = 0; i < N; i++) {
		snprintf(user, sizeof(user), "r%zu", i);
		snprintf(host, sizeof(host), "h%zu.dyn.example.com", i);
		kit_put_account(store, user, "secret", host);
		kit_ask(engine, &u[i], user, "secret", "myip=81.2.69.1");
		kit_advance(3);
	}
	engine_drain(engine, 10000, note_time, &ended);
	for (i = 0; i < N; i++)
		ck_assert_msg(u[i].n_answers == 1 && strcmp(u[i].text, "911") == 0, "%zu: %s", i,
			      u[i].text);
	kit_ask(engine, &late, "router", "secret", ASK_HOME "81.2.69.1");
	kit_expect(&late, "911");
	kit_advance(20000);
	engine_stats(engine, &stats);
	ck_assert_int_gt(ended, 0);
	ck_assert_uint_eq(stats.updates, N + 1);
	ck_assert_uint_eq(stats.pending, 0);
	ck_assert_uint_eq(dns->n_batches, 1);
	engine_close(engine);
	kit_settle();
	/* The next daemon has the rest. */
	fault->max_delay_ms = 0;
	dns->latency_ms = 10;
	engine = kit_engine(&conf, &fault->store);
	kit_rest(engine);
	kit_advance(5000);
	for (i = 0; i < N; i++) {
		snprintf(user, sizeof(user), "r%zu", i);
		snprintf(host, sizeof(host), "h%zu.dyn.example.com", i);
		if (kit_state(store, user, host).seq > 0)
			ck_assert_str_eq(fake_dns_get(dns, host), "81.2.69.1");
		ck_assert_uint_eq(u[i].n_answers, 1);
	}
	world_close();
	free(u);
}
END_TEST

START_TEST(a_drain_ends_when_the_batch_is_back_or_at_its_timeout)
{
	struct kit_update u = {.n_answers = 0};
	struct engine_stats stats;
	int64_t begun, ended;
	size_t i;

	for (i = 0; i < 2; i++) {
		world_open(false);
		dns->latency_ms = 3000;
		kit_ask(engine, &u, "router", "secret", ASK_HOME "81.2.69.1");
		kit_settle();
		engine_stats(engine, &stats);
		ck_assert_uint_eq(stats.pending, 1);
		ck_assert_uint_eq(stats.queued, 1);
		ck_assert_uint_eq(stats.hosts, 1);
		ck_assert_uint_eq(stats.batches, 1);
		ck_assert_uint_eq(stats.barred, 0);
		begun = kit_now_ms();
		ended = 0;
		engine_drain(engine, i == 0 ? 10000 : 1000, note_time, &ended);
		kit_advance(20000);
		ck_assert_int_eq(ended - begun, i == 0 ? 3000 : 1000);
		/* What was accepted meanwhile is confirmed. */
		ck_assert_uint_eq(kit_state(store, "router", HOME).pub, 1);
		engine_close(engine);
		engine = NULL;
		world_close();
	}
}
END_TEST

START_TEST(a_close_with_everything_in_flight_leaves_nothing_behind)
{
	struct kit_update u[12];
	uint64_t seed;
	size_t i;

	for (seed = 1; seed < 40; seed++) {
		memset(u, 0, sizeof(u));
		world_open(false);
		kit_seed(seed);
		fault->max_delay_ms = 40;
		fault->error_percent = 20;
		for (i = 0; i < N_ELEMENTS(u); i++) {
			kit_ask(engine, &u[i], "router", i % 5 == 4 ? "wrong" : "secret",
				i % 2 == 0 ? ASK_HOME "81.2.69.1" : ASK_HOME "81.2.69.2");
			kit_advance(kit_random(20));
		}
		engine_close(engine);
		engine = NULL;
		for (i = 0; i < N_ELEMENTS(u); i++)
			ck_assert_uint_eq(u[i].n_answers, 1);
		kit_advance(1000);
		for (i = 0; i < N_ELEMENTS(u); i++)
			ck_assert_uint_eq(u[i].n_answers, 1);
		world_close();
	}
}
END_TEST

START_TEST(a_host_removed_while_it_is_published_leaves_no_record)
{
	struct kit_update u = {.n_answers = 0};

	world_open(false);
	dns->latency_ms = 1000;
	kit_ask(engine, &u, "router", "secret", ASK_HOME "81.2.69.1,2a02::1");
	kit_advance(500);
	kit_put_account(store, "router", "secret", SECOND);
	kit_expect(&u, "nohost");
	kit_rest(engine);
	ck_assert_str_eq(fake_dns_get(dns, HOME), "");
	world_close();
}
END_TEST

START_TEST(a_host_made_again_while_the_old_one_is_published_is_its_own)
{
	struct kit_update u[3];
	size_t i;

	for (i = 0; i < 2; i++) {
		memset(u, 0, sizeof(u));
		world_open(false);
		kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
		kit_update(engine, "router", "secret", ASK_HOME "81.2.69.2", "good 81.2.69.2");
		dns->latency_ms = 2000;
		kit_ask(engine, &u[0], "router", "secret", ASK_HOME "81.2.69.3,2a02::3");
		/* Made again before, or after the old one was found to be gone. */
		kit_advance(1000);
		kit_put_account(store, "router", "secret", SECOND);
		kit_advance(i == 0 ? 0 : 1500);
		kit_put_account(store, "router", "secret", HOME " " SECOND);
		kit_ask(engine, &u[1], "router", "secret", ASK_HOME "81.2.69.4");
		kit_expect(&u[1], "good 81.2.69.4");
		ck_assert_uint_eq(u[0].n_answers, 1);
		if (i == 0) {
			/* Nobody saw it gone: an item that was written anew. */
			assert_published(HOME, "81.2.69.4,2a02::3");
		} else {
			/* It counts anew: its own intent, and the one of the listing that looks
			 * whose the removed name is (CLAIM). */
			assert_published(HOME, "81.2.69.4");
			ck_assert_uint_eq(kit_state(store, "router", HOME).seq, 2);
		}
		world_close();
	}
}
END_TEST

static void note_start(void *arg, int err, const struct errinfo *why)
{
	(void)why;
	ck_assert_int_eq(err, 0);
	note_time(arg);
}

START_TEST(a_listing_that_is_late_changes_nothing_back)
{
	int64_t started;
	size_t i;

	for (i = 0; i < 2; i++) {
		world_open(false);
		kit_stop(engine);
		fake_dns_free(dns);
		dns = fake_dns_new(500, i == 1);
		conf = kit_conf(&dns->dns);
		ck_assert_int_eq(kit_intend(store, "router", HOME, 0, "81.2.69.1"), 0);
		ck_assert_int_eq(kit_intend(store, "router", SECOND, 0, "81.2.69.1"), 0);
		fault->list_delay_ms = 5000;
		started = 0;
		ck_assert_int_eq(engine_new(&kit_loop, &conf, &fault->store, &engine), 0);
		ck_assert_int_eq(engine_start(engine, note_start, &started), 0);
		kit_advance(1000);
		kit_update(engine, "router", "secret", ASK_HOME "81.2.69.2", "good 81.2.69.2");
		ck_assert_uint_eq(dns->n_batches, 1);
		/* Now it says that seq 1 is owed: true for one host, long over for the other. */
		kit_advance(4100);
		ck_assert_int_gt(started, 0);
		ck_assert_str_eq(fake_dns_get(dns, SECOND), "81.2.69.1");
		ck_assert_str_eq(fake_dns_get(dns, HOME), "81.2.69.2");
		ck_assert_uint_eq(dns->n_batches, 2);
		ck_assert_uint_eq(dns->batch_len[1], 1);
		assert_at_rest(HOME, "81.2.69.2");
		world_close();
	}
}
END_TEST

START_TEST(a_listing_that_fails_takes_nothing_away)
{
	world_open(false);
	kit_stop(engine);
	fake_dns_free(dns);
	dns = fake_dns_new(500, true);
	conf = kit_conf(&dns->dns);
	engine = kit_engine(&conf, &fault->store);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_advance(5 * KIT_SYNC_MS);
	misbehave(KIT_LIST, 3, ERR_IO, false);
	kit_put_account(store, "router", "secret", SECOND);
	kit_advance(2 * KIT_SYNC_MS);
	ck_assert_str_eq(fake_dns_get(dns, HOME), "81.2.69.1");
	kit_advance(5 * KIT_SYNC_MS);
	ck_assert_uint_eq(fault->faults[KIT_LIST].n, 0);
	ck_assert_str_eq(fake_dns_get(dns, HOME), "");
	/* The same for a version that cannot be had. */
	kit_remove_account(store, "router");
	misbehave(KIT_VERSION, 3, ERR_UNAVAILABLE, false);
	kit_advance(5 * KIT_SYNC_MS);
	world_close();
}
END_TEST

/* Each allocation on the way of an update fails in turn, until a run needs no more. */
START_TEST(an_allocation_that_fails_is_911_and_nothing_worse)
{
	struct kit_update u[2];
	char query[96], good[32];
	bool failed = true;
	unsigned n;

	world_open(false);
	kit_stop(engine);
	engine = kit_engine(&conf, store);
	for (n = 1; failed; n++) {
		ck_assert_uint_lt(n, 100);
		memset(u, 0, sizeof(u));
		snprintf(query, sizeof(query), ASK_HOME "81.2.69.%u", n);
		snprintf(good, sizeof(good), "good 81.2.69.%u", n);
		kit_prepare(&u[0], "router", "secret", query);
		fake_malloc_fail_at(n);
		kit_send(engine, &u[0]);
		kit_advance(100);
		failed = fake_malloc_off();
		kit_run(kit_is_answered, &u[0]);
		ck_assert_msg(strcmp(u[0].text, good) == 0 ||
				      (failed && strcmp(u[0].text, "911") == 0),
			      "allocation %u: %s", n, u[0].text);
		kit_ask(engine, &u[1], "router", "secret", query);
		kit_run(kit_is_answered, &u[1]);
		ck_assert_msg(strstr(u[1].text, strchr(good, ' ')) != NULL, "allocation %u: %s", n,
			      u[1].text);
		assert_at_rest(HOME, strchr(good, ' ') + 1);
		ck_assert_uint_eq(u[0].n_answers + u[1].n_answers, 2);
	}
	ck_assert_uint_gt(n, 8);
	world_close();
}
END_TEST

START_TEST(an_engine_that_finds_no_memory_is_not_made)
{
	struct engine *e = NULL;
	bool failed = true;
	unsigned n;
	int err;

	world_open(false);
	for (n = 1; failed; n++) {
		ck_assert_uint_lt(n, 100);
		fake_malloc_fail_at(n);
		err = engine_new(&kit_loop, &conf, store, &e);
		failed = fake_malloc_off();
		ck_assert_int_eq(err, failed ? ERR_NOMEM : 0);
	}
	ck_assert_uint_gt(n, 4);
	engine_close(e);
	engine_close(NULL);
	world_close();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_crash_between_intent_and_confirmation_is_made_up_for_at_start,
		a_start_that_cannot_list_goes_on_and_tries_again,
		a_drain_answers_every_waiter_at_once_and_once,
		a_drain_ends_when_the_batch_is_back_or_at_its_timeout,
		a_close_with_everything_in_flight_leaves_nothing_behind,
		a_host_removed_while_it_is_published_leaves_no_record,
		a_host_made_again_while_the_old_one_is_published_is_its_own,
		a_listing_that_is_late_changes_nothing_back,
		a_listing_that_fails_takes_nothing_away,
		an_allocation_that_fails_is_911_and_nothing_worse,
		an_engine_that_finds_no_memory_is_not_made,
	};

	return unit_run("engine_life", tests, N_ELEMENTS(tests));
}
