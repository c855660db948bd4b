/* SPDX-License-Identifier: BSD-2-Clause
 * The engine's promises while the store, the DNS backend or the administrator are in its way. */
#include <string.h>

#include "base/err.h"
#include "base/metric.h"
#include "engine/engine.h"
#include "engine/brakes.h"
#include "engine/publish.h"
#include "kit/engine_world.h"

static const int store_errors[] = {
	ERR_PROTOCOL,	 ERR_DENIED, ERR_THROTTLED, ERR_TIMEOUT,
	ERR_UNAVAILABLE, ERR_IO,     ERR_NOMEM,	    -ERR_NOMEM /* nothing was started */,
};

START_TEST(trouble_with_the_lookup_is_911)
{
	int64_t trouble = metric_get(METRIC_STORE_TROUBLE), good = metric_get(METRIC_UPDATES_GOOD);
	int64_t verdicts = metric_get(METRIC_UPDATES_911);
	int64_t n = N_ELEMENTS(store_errors);
	size_t i;

	world_open(false);
	for (i = 0; i < N_ELEMENTS(store_errors); i++) {
		misbehave(KIT_LOOKUP, 1, store_errors[i], false);
		kit_update(engine, "router", "wrong", ASK_HOME "81.2.69.1", "911");
	}
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	ck_assert_int_eq(metric_get(METRIC_STORE_TROUBLE) - trouble, n);
	ck_assert_int_eq(metric_get(METRIC_UPDATES_911) - verdicts, n);
	ck_assert_int_eq(metric_get(METRIC_UPDATES_GOOD) - good, 1);
	world_close();
}
END_TEST

START_TEST(trouble_with_the_intent_is_911_for_the_hosts_it_is_about)
{
	size_t i, applied;

	for (applied = 0; applied < 2; applied++)
		for (i = 0; i < N_ELEMENTS(store_errors); i++) {
			world_open(false);
			misbehave(KIT_INTEND, 1, store_errors[i], applied == 1);
			kit_update(engine, "router", "secret",
				   "hostname=" HOME ",other.dyn.example.com&myip=81.2.69.1",
				   "911;nohost");
			kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1",
				   "good 81.2.69.1");
			assert_at_rest(HOME, "81.2.69.1");
			world_close();
		}
}
END_TEST

START_TEST(an_intent_of_unknown_outcome_is_looked_up_and_published)
{
	static const int errors[] = {ERR_TIMEOUT, ERR_UNAVAILABLE, ERR_IO, ERR_PROTOCOL};
	size_t i;

	for (i = 0; i < N_ELEMENTS(errors); i++) {
		world_open(false);
		misbehave(KIT_INTEND, 1, errors[i], true);
		kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "911");
		/* The first look finds trouble too. */
		misbehave(KIT_LOOKUP, 1, ERR_UNAVAILABLE, false);
		kit_advance(60000);
		/* It may be somebody else's who is at work. */
		assert_at_rest(HOME, "81.2.69.1");
		ck_assert_uint_eq(dns->n_batches, 2);
		world_close();
		/* And one that was not carried out leaves nothing behind. */
		world_open(false);
		misbehave(KIT_INTEND, 1, errors[i], false);
		kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "911");
		kit_advance(60000);
		ck_assert_uint_eq(dns->n_batches, 0);
		ck_assert_uint_eq(kit_state(store, "router", HOME).seq, 0);
		world_close();
	}
}
END_TEST

/* Reads of a table without capacity are what it lacks. */
START_TEST(an_intent_that_was_refused_for_sure_is_not_looked_up)
{
	static const int errors[] = {ERR_THROTTLED, ERR_DENIED, ERR_NOMEM, -ERR_NOMEM, -ERR_LIMIT};
	static const char *const queries[] = {ASK_HOME "81.2.69.1",
					      "hostname=" HOME "," SECOND "&myip=81.2.69.1"};
	unsigned before;
	size_t i, q;

	for (i = 0; i < N_ELEMENTS(errors); i++)
		for (q = 0; q < N_ELEMENTS(queries); q++) {
			world_open(false);
			misbehave(KIT_INTEND, 1, errors[i], false);
			before = fault->n_calls[KIT_LOOKUP];
			kit_update(engine, "router", "secret", queries[q],
				   q == 0 ? "911" : "911;911");
			kit_advance(600000);
			ck_assert_msg(fault->n_calls[KIT_LOOKUP] == before + 1, "%s: %u reads",
				      err_str(errors[i]), fault->n_calls[KIT_LOOKUP] - before);
			ck_assert_uint_eq(fault->n_calls[KIT_CONFIRM], 0);
			ck_assert_uint_eq(dns->n_batches, 0);
			kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1",
				   "good 81.2.69.1");
			world_close();
		}
}
END_TEST

START_TEST(an_intent_of_unknown_outcome_is_looked_up_once_or_twice)
{
	/* A store that was silent is also asked whether it is back. */
	static const struct {
		int err;
		unsigned reads;
	} rows[] = {{ERR_IO, 1}, {ERR_PROTOCOL, 1}, {ERR_TIMEOUT, 2}, {ERR_UNAVAILABLE, 2}};
	unsigned before, is_remote;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		for (is_remote = 0; is_remote < 2; is_remote++) {
			world_open(false);
			kit_stop(engine);
			fault->ops.is_remote = is_remote == 1;
			engine = kit_engine(&conf, &fault->store);
			misbehave(KIT_INTEND, 1, rows[i].err, false);
			kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "911");
			before = fault->n_calls[KIT_LOOKUP];
			kit_advance(600000);
			ck_assert_uint_eq(fault->n_calls[KIT_LOOKUP],
					  before + rows[i].reads + is_remote);
			world_close();
		}
}
END_TEST

START_TEST(trouble_with_the_confirmation_is_good_and_made_up_for)
{
	size_t i, applied;

	for (applied = 0; applied < 2; applied++)
		for (i = 0; i < N_ELEMENTS(store_errors); i++) {
			world_open(false);
			misbehave(KIT_CONFIRM, 3, store_errors[i], applied == 1);
			kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1",
				   "good 81.2.69.1");
			assert_at_rest(HOME, "81.2.69.1");
			ck_assert_uint_eq(dns->n_batches, 1);
			world_close();
		}
}
END_TEST

START_TEST(an_update_amid_confirmations_that_fail_is_not_held_up)
{
	world_open(false);
	misbehave(KIT_CONFIRM, 100, ERR_UNAVAILABLE, false);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	/* Accepted, and no more is asked of the DNS for it. */
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	ck_assert_uint_eq(dns->n_batches, 1);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.2", "good 81.2.69.2");
	ck_assert_uint_eq(dns->n_batches, 2);
	misbehave(KIT_CONFIRM, 0, 0, false);
	assert_at_rest(HOME, "81.2.69.2");
	world_close();
}
END_TEST

/* Another daemon changes the host whenever this one is about to. */
static unsigned n_rival;

static void rival_intends(void *arg, enum kit_verb verb)
{
	struct host_state s;

	(void)arg;
	if (verb != KIT_INTEND || n_rival == 0)
		return;
	n_rival--;
	s = kit_state(store, "router", HOME);
	ck_assert_int_eq(kit_intend(store, "router", HOME, s.seq, "81.2.69.77"), 0);
}

START_TEST(a_lost_race_is_planned_again)
{
	world_open(false);
	fault->on_call = rival_intends;
	n_rival = 4;
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	ck_assert_uint_eq(fault->n_calls[KIT_INTEND], 5);
	ck_assert_uint_eq(kit_state(store, "router", HOME).seq, 5);
	assert_at_rest(HOME, "81.2.69.1");
	/* One too many, and the rival's value stands; the rival publishes it. */
	n_rival = 5;
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.2", "911");
	ck_assert_uint_eq(n_rival, 0);
	/* What the rival had owed was reckoned with. */
	ck_assert_uint_eq(dns->n_batches, 2);
	/* The rival wanted the same: it is published, not intended. */
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.77", "good 81.2.69.77");
	assert_at_rest(HOME, "81.2.69.77");
	world_close();
}
END_TEST

START_TEST(an_account_that_changes_during_the_race_is_read_anew)
{
	world_open(false);
	misbehave(KIT_INTEND, 1, ERR_NOTFOUND, false);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	misbehave(KIT_INTEND, 1, ERR_CONFLICT, false);
	misbehave(KIT_LOOKUP, 0, 0, false);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.2", "good 81.2.69.2");
	misbehave(KIT_INTEND, 1, ERR_CONFLICT, false);
	fault->n_calls[KIT_LOOKUP] = 0;
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.3", "good 81.2.69.3");
	ck_assert_uint_eq(fault->n_calls[KIT_LOOKUP], 2);
	world_close();
}
END_TEST

static unsigned n_blind; /* lookups that fail after that */

/* Another daemon intends and publishes a newer value while ours is on its way to the zone. */
static void rival_overtakes(void *arg)
{
	struct host_state s = kit_state(store, "router", HOME);
	char addr[ADDR_TEXT_MAX];

	(void)arg;
	if (n_rival == 0)
		return;
	n_rival--;
	misbehave(KIT_LOOKUP, n_blind, ERR_UNAVAILABLE, false);
	snprintf(addr, sizeof(addr), "81.2.69.%u", 77 + n_rival);
	ck_assert_int_eq(kit_intend(store, "router", HOME, s.seq, addr), 0);
}

START_TEST(who_publishes_late_publishes_the_newer_value_again)
{
	world_open(false);
	dns->on_accepted = rival_overtakes;
	n_rival = 1;
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	assert_at_rest(HOME, "81.2.69.77");
	ck_assert_uint_eq(dns->n_batches, 3);
	/* Even when the store is in trouble just then, and when it happens again and again. */
	n_rival = 1;
	n_blind = 3;
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.2", "good 81.2.69.2");
	ck_assert_str_eq(fake_dns_get(dns, HOME), "81.2.69.2");
	assert_at_rest(HOME, "81.2.69.77");
	ck_assert_uint_eq(fault->faults[KIT_LOOKUP].n, 0);
	n_blind = 0;
	n_rival = 5;
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.3", "good 81.2.69.3");
	assert_at_rest(HOME, "81.2.69.77");
	ck_assert_uint_eq(n_rival, 0);
	world_close();
}
END_TEST

START_TEST(past_the_deadline_it_is_911_and_published_in_the_background)
{
	struct kit_update u = {.n_answers = 0};

	world_open(false);
	dns->latency_ms = KIT_DEADLINE_MS + 4000;
	kit_ask(engine, &u, "router", "secret", ASK_HOME "81.2.69.1");
	kit_expect(&u, "911");
	ck_assert_int_eq(u.answered_ms - u.asked_ms, KIT_DEADLINE_MS);
	ck_assert_str_eq(fake_dns_get(dns, HOME), "");
	ck_assert_uint_eq(kit_state(store, "router", HOME).seq, 1);
	ck_assert_uint_eq(kit_state(store, "router", HOME).pub, 0);
	assert_at_rest(HOME, "81.2.69.1");
	ck_assert_uint_eq(u.n_answers, 1);
	ck_assert_uint_eq(dns->n_batches, 1);
	world_close();
}
END_TEST

START_TEST(what_is_accepted_at_the_deadline_is_good)
{
	struct kit_update u = {.n_answers = 0};

	world_open(false);
	fault->max_delay_ms = 1;
	dns->latency_ms = KIT_DEADLINE_MS - 100;
	kit_ask(engine, &u, "router", "secret", ASK_HOME "81.2.69.1");
	kit_advance(KIT_DEADLINE_MS - 200);
	/* The confirmation does not come back in time. */
	kit_seed(3);
	fault->max_delay_ms = 100000;
	kit_expect(&u, "good 81.2.69.1");
	ck_assert_int_eq(u.answered_ms - u.asked_ms, KIT_DEADLINE_MS);
	kit_advance(200000);
	ck_assert_uint_eq(u.n_answers, 1);
	fault->max_delay_ms = 0;
	assert_at_rest(HOME, "81.2.69.1");
	world_close();
}
END_TEST

START_TEST(beyond_its_bound_the_queue_takes_no_host)
{
	struct kit_update u = {.n_answers = 0};

	world_open(false);
	kit_stop(engine);
	conf.max_pending_hosts = 1;
	engine = kit_engine(&conf, &fault->store);
	dns->latency_ms = 3000;
	kit_ask(engine, &u, "router", "secret", ASK_HOME "81.2.69.1");
	kit_advance(1000);
	kit_update(engine, "router", "secret", "hostname=" SECOND "&myip=81.2.69.1", "911");
	ck_assert_uint_eq(kit_state(store, "router", SECOND).seq, 0);
	/* The one that is there may change. */
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.2", "good 81.2.69.2");
	kit_expect(&u, "good 81.2.69.1");
	kit_update(engine, "router", "secret", "hostname=" SECOND "&myip=81.2.69.1",
		   "good 81.2.69.1");
	world_close();
}
END_TEST

START_TEST(a_store_that_hangs_is_911_at_the_deadline)
{
	struct kit_update u;
	uint64_t seed;

	/* Wherever the deadline finds the update, it is answered then, and once. */
	for (seed = 1; seed < 60; seed++) {
		memset(&u, 0, sizeof(u));
		world_open(false);
		kit_seed(seed);
		fault->max_delay_ms = KIT_DEADLINE_MS;
		kit_ask(engine, &u, "router", "secret", ASK_HOME "81.2.69.1");
		kit_advance(KIT_DEADLINE_MS);
		ck_assert_msg(u.n_answers == 1, "seed %llu", (unsigned long long)seed);
		kit_advance(10 * KIT_DEADLINE_MS);
		ck_assert_uint_eq(u.n_answers, 1);
		fault->max_delay_ms = 0;
		/* An intent that was made after all was published after all. */
		if (kit_state(store, "router", HOME).seq > 0)
			assert_at_rest(HOME, "81.2.69.1");
		else
			ck_assert_str_eq(u.text, "911");
		/* What was asked before still has its delay. */
		kit_advance(KIT_DEADLINE_MS);
		world_close();
	}
}
END_TEST

START_TEST(a_refused_change_is_dnserr_and_the_others_are_good)
{
	struct kit_update u[2];

	memset(u, 0, sizeof(u));
	world_open(false);
	kit_put_account(store, "other", "secret", "away.dyn.example.com");
	dns->poison = HOME;
	kit_ask(engine, &u[0], "router", "secret", "hostname=" HOME "," SECOND "&myip=81.2.69.1");
	kit_ask(engine, &u[1], "other", "secret", "myip=81.2.69.1");
	kit_expect(&u[0], "dnserr;good 81.2.69.1");
	kit_expect(&u[1], "good 81.2.69.1");
	ck_assert_uint_eq(kit_state(store, "router", HOME).pub, 0);
	/* Asked again, it is refused without a batch, until the zone is repaired. */
	dns->n_batches = 0;
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "dnserr");
	ck_assert_uint_eq(dns->n_batches, 0);
	dns->poison = NULL;
	kit_advance(BRAKES_HOLD_MS);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	assert_at_rest(HOME, "81.2.69.1");
	world_close();
}
END_TEST

START_TEST(a_refused_family_does_not_stop_the_other)
{
	world_open(false);
	dns->poison = HOME;
	dns->poison_family = ADDR_V6;
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1,2a02::1", "dnserr");
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.2", "good 81.2.69.2");
	ck_assert_str_eq(fake_dns_get(dns, HOME), "81.2.69.2");
	/* The AAAA is still owed, so this is never nochg. */
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.2", "good 81.2.69.2");
	ck_assert_uint_lt(kit_state(store, "router", HOME).pub, 2);
	world_close();
}
END_TEST

START_TEST(a_denied_zone_is_dnserr_that_may_pass)
{
	static const int errors[] = {ERR_DENIED, ERR_NOTFOUND};
	struct engine_stats stats;
	size_t i;

	for (i = 0; i < N_ELEMENTS(errors); i++) {
		world_open(false);
		dns->script[dns->n_script++] = errors[i];
		kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "dnserr-later");
		engine_stats(engine, &stats);
		ck_assert_uint_eq(stats.barred, 1);
		/* Known before asking, while it lasts. */
		kit_update(engine, "router", "secret", ASK_HOME "81.2.69.2", "dnserr-later");
		ck_assert_uint_eq(dns->n_batches, 1);
		kit_advance(PUBLISH_BARRED_MS);
		assert_at_rest(HOME, "81.2.69.2");
		kit_update(engine, "router", "secret", ASK_HOME "81.2.69.2", "nochg 81.2.69.2");
		world_close();
	}
}
END_TEST

START_TEST(throttling_is_waited_out_within_the_deadline)
{
	world_open(false);
	dns->script[dns->n_script++] = ERR_THROTTLED;
	dns->script[dns->n_script++] = ERR_TIMEOUT;
	dns->script[dns->n_script++] = ERR_UNAVAILABLE;
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	ck_assert_uint_eq(dns->n_batches, 4);
	assert_at_rest(HOME, "81.2.69.1");
	world_close();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		trouble_with_the_lookup_is_911,
		trouble_with_the_intent_is_911_for_the_hosts_it_is_about,
		an_intent_of_unknown_outcome_is_looked_up_and_published,
		an_intent_that_was_refused_for_sure_is_not_looked_up,
		an_intent_of_unknown_outcome_is_looked_up_once_or_twice,
		trouble_with_the_confirmation_is_good_and_made_up_for,
		an_update_amid_confirmations_that_fail_is_not_held_up,
		a_lost_race_is_planned_again,
		an_account_that_changes_during_the_race_is_read_anew,
		who_publishes_late_publishes_the_newer_value_again,
		past_the_deadline_it_is_911_and_published_in_the_background,
		what_is_accepted_at_the_deadline_is_good,
		beyond_its_bound_the_queue_takes_no_host,
		a_store_that_hangs_is_911_at_the_deadline,
		a_refused_change_is_dnserr_and_the_others_are_good,
		a_refused_family_does_not_stop_the_other,
		a_denied_zone_is_dnserr_that_may_pass,
		throttling_is_waited_out_within_the_deadline,
	};

	return unit_run("engine_trouble", tests, N_ELEMENTS(tests));
}
