/* SPDX-License-Identifier: BSD-2-Clause
 * Two daemons on one store and one zone that publish the same host, and what is left when one of
 * them is killed at the worst moment. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/metric.h"
#include "engine/engine.h"
#include "engine/host.h"
#include "kit/engine_kit.h"
#include "store/memory.h"

#define HOME	 "home.dyn.example.com"
#define ASK_HOME "hostname=" HOME "&myip="

enum { SLOW_MS = 1000, FAST_MS = 10, DAEMONS = 2 };

static struct store *store;
static struct fake_dns *dns[DAEMONS];
static struct engine *engines[DAEMONS];

static void start_on(size_t i, struct store *s)
{
	struct engine_conf conf = kit_conf(&dns[i]->dns);

	engines[i] = kit_engine(&conf, s);
}

static void start(size_t i)
{
	start_on(i, store);
}

static void open_pair(void)
{
	size_t i;

	kit_open();
	ck_assert_int_eq(store_memory_open(&kit_loop, &store), 0);
	kit_put_account(store, "router", "secret", HOME);
	for (i = 0; i < DAEMONS; i++) {
		dns[i] = fake_dns_new(500, false);
		dns[i]->zone = dns[0];
		dns[i]->latency_ms = FAST_MS;
		start(i);
	}
}

static void kill_one(size_t i)
{
	engine_close(engines[i]);
	engines[i] = NULL;
}

static void close_pair(void)
{
	size_t i;

	for (i = 0; i < DAEMONS; i++)
		if (engines[i] != NULL)
			kit_stop(engines[i]);
	store_close(store);
	kit_close();
	for (i = 0; i < DAEMONS; i++)
		fake_dns_free(dns[i]);
}

static const char *address(unsigned n)
{
	static char text[ADDR_TEXT_MAX];

	snprintf(text, sizeof(text), "81.2.69.%u", n);
	return text;
}

static void assert_zone(unsigned n)
{
	ck_assert_str_eq(fake_dns_get(dns[0], HOME), address(n));
}

static void assert_owed(bool owed)
{
	struct host_state s = kit_state(store, "router", HOME);

	ck_assert_uint_gt(s.seq, 0);
	ck_assert_int_eq(s.pub < s.seq, owed);
}

static void assert_rest(unsigned n)
{
	assert_zone(n);
	assert_owed(false);
}

/* word: of the answer. */
static void ask(size_t daemon, unsigned n, const char *word)
{
	char query[sizeof(ASK_HOME) + ADDR_TEXT_MAX], answer[ADDR_TEXT_MAX + 8];

	snprintf(query, sizeof(query), ASK_HOME "%s", address(n));
	snprintf(answer, sizeof(answer), "%s %s", word, address(n));
	kit_update(engines[daemon], "router", "secret", query,
		   strcmp(word, "911") == 0 ? word : answer);
}

/* The first address, which the first daemon takes long to publish. */
static void ask_slowly(struct kit_update *slow)
{
	dns[0]->latency_ms = SLOW_MS;
	kit_ask(engines[0], slow, "router", "secret", ASK_HOME "81.2.69.1");
	kit_advance(SLOW_MS / 10);
}

/* The first daemon publishes slowly, the second overtakes it. */
static void overtake(struct kit_update *slow)
{
	memset(slow, 0, sizeof(*slow));
	ask_slowly(slow);
	ask(1, 2, "good");
	assert_zone(2);
}

START_TEST(who_lands_late_repairs_at_once_and_nobody_flaps)
{
	int64_t repairs = metric_get(METRIC_PUBLISH_REPAIRS);
	struct kit_update slow;

	open_pair();
	overtake(&slow);
	kit_advance(SLOW_MS);
	kit_expect(&slow, "good 81.2.69.1");
	assert_zone(1);
	kit_advance(SLOW_MS + FAST_MS);
	assert_zone(2);
	kit_advance(10 * KIT_SETTLE_MS);
	assert_rest(2);
	/* The one that was late has taken it over. */
	ck_assert_uint_eq(dns[0]->n_batches, 3);
	ck_assert_uint_eq(dns[1]->n_batches, 1);
	ck_assert_int_eq(metric_get(METRIC_PUBLISH_REPAIRS) - repairs, 2);
	close_pair();
}
END_TEST

START_TEST(a_daemon_killed_before_its_repair_leaves_no_older_value)
{
	struct kit_update slow;

	open_pair();
	overtake(&slow);
	kill_one(0);
	kit_advance(SLOW_MS);
	assert_zone(1);
	assert_owed(true);
	/* Whoever asks meanwhile is told the truth, and costs nothing. */
	ask(1, 2, "good");
	ck_assert_uint_eq(dns[1]->n_batches, 1);
	kit_advance(KIT_SETTLE_MS);
	assert_rest(2);
	ask(1, 2, "nochg");
	ck_assert_uint_eq(dns[1]->n_batches, 2);
	close_pair();
}
END_TEST

START_TEST(the_second_look_outlives_the_daemon)
{
	struct kit_update slow;

	open_pair();
	overtake(&slow);
	kill_one(0);
	kill_one(1);
	kit_advance(SLOW_MS);
	assert_zone(1);
	start(1);
	kit_advance(10 * FAST_MS);
	assert_zone(2);
	kit_advance(2 * KIT_SETTLE_MS);
	assert_rest(2);
	close_pair();
}
END_TEST

START_TEST(a_daemon_that_stops_leaves_its_repair_to_the_other)
{
	struct kit_update slow;

	open_pair();
	overtake(&slow);
	kit_stop(engines[0]);
	engines[0] = NULL;
	assert_zone(1);
	kit_advance(KIT_SETTLE_MS + SLOW_MS);
	assert_rest(2);
	close_pair();
}
END_TEST

START_TEST(what_another_daemon_left_owed_is_reckoned_with_for_a_while)
{
	struct kit_update slow = {.n_answers = 0};

	open_pair();
	ask_slowly(&slow);
	/* The router asks the other daemon for the same address, then for another one. */
	ask(1, 1, "good");
	assert_owed(true);
	ck_assert_uint_eq(kit_state(store, "router", HOME).seq, 2);
	ask(1, 2, "good");
	kill_one(0);
	kit_advance(SLOW_MS);
	assert_zone(1);
	kit_advance(KIT_SETTLE_MS);
	assert_rest(2);
	close_pair();
}
END_TEST

START_TEST(a_call_that_outlives_its_daemon_may_land_after_the_next_start)
{
	struct kit_update slow = {.n_answers = 0};

	open_pair();
	ask_slowly(&slow);
	kill_one(0);
	/* The other daemon stands for the one started again: what it finds owed it publishes. */
	kill_one(1);
	start(1);
	kit_advance(10 * FAST_MS);
	assert_zone(1);
	ask(1, 2, "good");
	assert_zone(2);
	kit_advance(SLOW_MS);
	assert_zone(1);
	kit_advance(KIT_SETTLE_MS);
	assert_rest(2);
	close_pair();
}
END_TEST

/* Whoever owes it may be publishing it, and what that replaced. */
START_TEST(what_is_owed_at_start_is_intended_anew_published_twice_and_confirmed_later)
{
	open_pair();
	ck_assert_int_eq(kit_intend(store, "router", HOME, 0, "81.2.69.1"), 0);
	kill_one(1);
	start(1);
	kit_advance(10 * FAST_MS);
	assert_zone(1);
	assert_owed(true);
	ask(1, 1, "good");
	kit_advance(2 * KIT_SETTLE_MS);
	assert_owed(false);
	ask(1, 1, "nochg");
	ck_assert_uint_eq(dns[1]->n_batches, 2);
	ck_assert_uint_eq(kit_state(store, "router", HOME).seq, 2);
	close_pair();
}
END_TEST

/* OWN_INTENT: the daemon that owes it lives, publishes it, and has a newer one meanwhile. */
START_TEST(what_was_found_owed_is_not_confirmed_for_who_found_it)
{
	struct kit_update first = {.n_answers = 0};

	open_pair();
	kill_one(0);
	dns[1]->latency_ms = SLOW_MS;
	kit_ask(engines[1], &first, "router", "secret", ASK_HOME "81.2.69.1");
	kit_advance(SLOW_MS / 10);
	dns[0]->latency_ms = 4 * SLOW_MS;
	start(0);
	kit_advance(SLOW_MS);
	kit_expect(&first, "good 81.2.69.1");
	assert_zone(1);
	assert_owed(true);
	dns[1]->latency_ms = FAST_MS;
	ask(1, 2, "good");
	kit_advance(FAST_MS);
	assert_zone(2);
	kill_one(0);
	kit_advance(4 * SLOW_MS);
	assert_zone(1);
	assert_owed(true);
	kit_advance(KIT_SETTLE_MS);
	assert_rest(2);
	close_pair();
}
END_TEST

START_TEST(what_is_owed_at_start_is_intended_so_many_at_a_time)
{
	enum { N = 3 * HOST_RETRIES_AT_ONCE };
	struct fault_store *fault;
	char user[32], host[48];
	size_t i;

	open_pair();
	fault = fault_store_new(store);
	kill_one(0);
	for (i = 0; i < N; i++) {
		snprintf(user, sizeof(user), "r%zu", i);
		snprintf(host, sizeof(host), "h%zu.dyn.example.com", i);
		kit_put_account(store, user, "secret", host);
		ck_assert_int_eq(kit_intend(store, user, host, 0, "81.2.69.1"), 0);
	}
	fault->intend_delay_ms = SLOW_MS;
	start_on(0, &fault->store);
	kit_advance(SLOW_MS / 10);
	ck_assert_uint_eq(fault->n_calls[KIT_INTEND], HOST_RETRIES_AT_ONCE);
	ck_assert_uint_eq(fault->n_calls[KIT_LOOKUP], 0);
	kit_advance(KIT_SETTLE_MS);
	/* One each. */
	ck_assert_uint_eq(fault->n_calls[KIT_INTEND], N);
	kit_advance(2 * KIT_SETTLE_MS);
	for (i = 0; i < N; i++) {
		snprintf(user, sizeof(user), "r%zu", i);
		snprintf(host, sizeof(host), "h%zu.dyn.example.com", i);
		ck_assert_uint_eq(kit_state(store, user, host).pub, 2);
		ck_assert_str_eq(fake_dns_get(dns[0], host), "81.2.69.1");
	}
	close_pair();
	fault_store_free(fault);
}
END_TEST

START_TEST(an_intent_of_unknown_outcome_may_be_anybodys)
{
	struct fault_store *fault;
	unsigned i;

	for (i = 0; i < 2; i++) {
		open_pair();
		fault = fault_store_new(store);
		kill_one(0);
		start_on(0, &fault->store);
		fault->faults[KIT_INTEND] = (struct fault){1, ERR_TIMEOUT, true};
		ask(0, 1, "911");
		/* The router asks again, or the store is read again. */
		if (i == 0)
			ask(0, 1, "good");
		else
			kit_advance(5000);
		assert_zone(1);
		assert_owed(true);
		ck_assert_uint_eq(kit_state(store, "router", HOME).seq, 2);
		kit_advance(2 * KIT_SETTLE_MS);
		assert_rest(1);
		ask(0, 2, "good");
		assert_rest(2);
		ck_assert_uint_eq(dns[0]->n_batches, 3);
		close_pair();
		fault_store_free(fault);
	}
}
END_TEST

START_TEST(an_old_address_that_is_published_again_is_no_exception)
{
	struct kit_update slow = {.n_answers = 0};

	open_pair();
	ask(0, 1, "good");
	kit_advance(86400 * (int64_t)1000);
	ask_slowly(&slow);
	ask(1, 2, "good");
	kill_one(0);
	kit_advance(SLOW_MS);
	assert_zone(1);
	kit_advance(KIT_SETTLE_MS);
	assert_zone(2);
	close_pair();
}
END_TEST

START_TEST(what_is_adopted_is_not_confirmed_for_a_daemon_that_has_older_values)
{
	struct kit_update slow, queued = {.n_answers = 0};

	open_pair();
	overtake(&slow);
	/* The first daemon has one value under way and a newer one behind it, the second one
	 * publishes the newer one, too. */
	kit_ask(engines[0], &queued, "router", "secret", ASK_HOME "81.2.69.3");
	kit_advance(100);
	ask(1, 3, "good");
	assert_zone(3);
	kit_advance(100);
	kill_one(0);
	kit_advance(SLOW_MS);
	assert_zone(1);
	kit_advance(2 * KIT_SETTLE_MS);
	assert_rest(3);
	close_pair();
}
END_TEST

/* The first daemon's older value is in flight, its newer one waits; the second is late between. */
START_TEST(who_is_late_reckons_with_what_is_older_at_the_other)
{
	struct kit_update between = {.n_answers = 0}, u[2];

	memset(u, 0, sizeof(u));
	open_pair();
	dns[1]->latency_ms = SLOW_MS / 2;
	kit_ask(engines[1], &between, "router", "secret", ASK_HOME "81.2.69.4");
	kit_advance(100);
	ask_slowly(&u[0]);
	kit_ask(engines[0], &u[1], "router", "secret", ASK_HOME "81.2.69.2");
	/* The second lands, reads the newest value, publishes it. */
	dns[1]->latency_ms = FAST_MS;
	kit_advance(SLOW_MS / 2);
	assert_zone(2);
	kill_one(0);
	kit_advance(SLOW_MS);
	assert_zone(1);
	kit_advance(2 * KIT_SETTLE_MS);
	assert_rest(2);
	close_pair();
}
END_TEST

START_TEST(the_second_look_gives_way_to_a_newer_value)
{
	struct kit_update slow;

	open_pair();
	overtake(&slow);
	dns[0]->latency_ms = FAST_MS;
	kit_advance(SLOW_MS);
	/* One more change at each daemon, while the second look of the one before is due later. */
	ask(1, 3, "good");
	ask(0, 4, "good");
	kit_advance(10 * KIT_SETTLE_MS);
	assert_rest(4);
	close_pair();
}
END_TEST

/* What it would publish is older than what the other one has published since. */
START_TEST(an_overtaken_second_look_publishes_nothing)
{
	static const unsigned newer[] = {3, 1};
	struct kit_update slow;
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(newer); i++) {
		open_pair();
		overtake(&slow);
		dns[0]->latency_ms = FAST_MS;
		kit_advance(2 * SLOW_MS);
		assert_zone(2);
		ask(0, newer[i], "good");
		ck_assert_uint_eq(dns[1]->n_batches, 1);
		for (k = 0; k < 10; k++) {
			kit_advance(KIT_SETTLE_MS / 2);
			assert_zone(newer[i]);
		}
		assert_rest(newer[i]);
		ck_assert_uint_eq(dns[1]->n_batches, 1);
		close_pair();
	}
}
END_TEST

/* A third daemon wants a newer value and dies before it has published it. Who adopts it still has
 * to reckon with what the first one has under way. */
START_TEST(who_adopts_a_value_still_repairs_what_an_older_daemon_leaves)
{
	struct kit_update slow, between;
	bool is_killed;
	size_t i;

	for (i = 0; i < 2; i++) {
		is_killed = i == 0;
		memset(&slow, 0, sizeof(slow));
		memset(&between, 0, sizeof(between));
		open_pair();
		ask_slowly(&slow);
		dns[1]->latency_ms = SLOW_MS / 4;
		kit_ask(engines[1], &between, "router", "secret", ASK_HOME "81.2.69.2");
		kit_advance(SLOW_MS / 10);
		ck_assert_int_eq(kit_intend(store, "router", HOME, 2, address(3)), 0);
		if (is_killed)
			kill_one(0);
		dns[0]->latency_ms = dns[1]->latency_ms = FAST_MS;
		kit_advance(SLOW_MS / 2);
		assert_zone(3);
		assert_owed(true);
		kit_advance(SLOW_MS);
		assert_zone(is_killed ? 1 : 3);
		kit_advance(2 * KIT_SETTLE_MS);
		assert_rest(3);
		ask(1, 3, "nochg");
		close_pair();
	}
}
END_TEST

/* The second look finds that the account is gone; while the record is still being deleted, there is
 * such an account again. */
START_TEST(a_host_made_again_has_no_rival_from_its_life_before)
{
	struct kit_update slow, again = {.n_answers = 0};

	open_pair();
	overtake(&slow);
	dns[0]->latency_ms = FAST_MS;
	kit_advance(2 * SLOW_MS);
	assert_zone(2);
	assert_owed(true);
	kit_stop(engines[0]);
	engines[0] = NULL;
	kit_remove_account(store, "router");
	dns[1]->latency_ms = SLOW_MS;
	while (dns[1]->n_batches < 2)
		kit_advance(SLOW_MS / 10);
	kit_put_account(store, "router", "secret", HOME);
	kit_ask(engines[1], &again, "router", "secret", ASK_HOME "81.2.69.3");
	kit_expect(&again, "good 81.2.69.3");
	assert_rest(3);
	ask(1, 3, "nochg");
	kit_advance(10 * KIT_SETTLE_MS);
	assert_rest(3);
	close_pair();
}
END_TEST

/* The same when who comes late learns from the store that its value is of a life before: what that
 * one replaced may still land. */
START_TEST(who_is_late_for_a_life_before_sends_the_new_one_twice)
{
	struct kit_update slow = {.n_answers = 0}, late = {.n_answers = 0};

	open_pair();
	ask_slowly(&slow);
	dns[1]->latency_ms = 2 * SLOW_MS;
	kit_ask(engines[1], &late, "router", "secret", ASK_HOME "81.2.69.2");
	kit_advance(SLOW_MS / 10);
	kill_one(0);
	kit_advance(SLOW_MS);
	kit_remove_account(store, "router");
	kit_put_account(store, "router", "secret", HOME);
	dns[0]->latency_ms = FAST_MS;
	start(0);
	/* Two, so that the new life has come as far as the one before. */
	ask(0, 4, "good");
	ask(0, 5, "good");
	assert_rest(5);
	dns[1]->latency_ms = FAST_MS;
	kit_advance(2 * SLOW_MS);
	assert_zone(5);
	kit_advance(10 * KIT_SETTLE_MS);
	assert_rest(5);
	ck_assert_uint_eq(dns[1]->n_batches, 3);
	close_pair();
}
END_TEST

START_TEST(a_host_made_again_is_not_confirmed_by_its_life_before)
{
	struct kit_update slow = {.n_answers = 0};

	open_pair();
	ask_slowly(&slow);
	kit_remove_account(store, "router");
	kit_put_account(store, "router", "secret", HOME);
	/* Both are the first change of their account. */
	ask(1, 2, "good");
	kit_advance(SLOW_MS);
	assert_zone(1);
	kit_advance(SLOW_MS);
	assert_rest(2);
	close_pair();
}
END_TEST

START_TEST(a_host_that_moved_to_another_account_is_published_again)
{
	struct kit_update slow;
	struct host_state s;

	open_pair();
	memset(&slow, 0, sizeof(slow));
	ask_slowly(&slow);
	kit_remove_account(store, "router");
	kit_put_account(store, "other", "secret", HOME);
	kit_update(engines[1], "other", "secret", ASK_HOME "81.2.69.2", "good 81.2.69.2");
	kit_advance(SLOW_MS);
	assert_zone(1);
	kit_expect(&slow, "nohost");
	kit_advance(10 * SLOW_MS);
	assert_zone(2);
	s = kit_state(store, "other", HOME);
	ck_assert(s.seq == 2 && s.pub == 1);
	/* The removed address, the deletion, and what took its place, twice. That was all. */
	kit_advance(10 * KIT_SETTLE_MS);
	s = kit_state(store, "other", HOME);
	ck_assert(s.seq == 2 && s.pub == 2);
	ck_assert_uint_eq(dns[0]->n_batches, 4);
	ck_assert_uint_eq(dns[1]->n_batches, 1);
	close_pair();
}
END_TEST

/* CLAIM: who deleted the record is killed before the other account's is there. */
START_TEST(a_host_that_moved_comes_back_though_who_deleted_it_is_killed)
{
	struct kit_update slow = {.n_answers = 0};
	size_t i;

	open_pair();
	ask_slowly(&slow);
	kit_remove_account(store, "router");
	kit_put_account(store, "other", "secret", HOME);
	kit_update(engines[1], "other", "secret", ASK_HOME "81.2.69.2", "good 81.2.69.2");
	kit_expect(&slow, "nohost");
	kit_advance(2 * SLOW_MS);
	ck_assert_str_eq(fake_dns_get(dns[0], HOME), "");
	dns[0]->n_script = FAKE_SCRIPT_MAX;
	for (i = 0; i < FAKE_SCRIPT_MAX; i++)
		dns[0]->script[i] = ERR_THROTTLED;
	for (i = 0; i < 100 && kit_state(store, "other", HOME).seq == 1; i++)
		kit_advance(SLOW_MS);
	kill_one(0);
	kit_advance(2 * SLOW_MS);
	dns[0]->n_script = 0;
	start(0);
	kit_advance(10 * KIT_SETTLE_MS);
	assert_zone(2);
	close_pair();
}
END_TEST

/* The one listing that would bring it back meets with trouble, once or for a while. */
START_TEST(a_host_that_moved_comes_back_though_the_listing_fails)
{
	static const struct fault rows[] = {
		{1, ERR_TIMEOUT, false},    {1, ERR_THROTTLED, false}, {1, ERR_UNAVAILABLE, false},
		{1, ERR_IO, false},	    {1, ERR_PROTOCOL, false},  {1, ERR_NOMEM, false},
		{1, -ERR_NOMEM, false},	    {5, ERR_TIMEOUT, false},   {5, -ERR_NOMEM, false},
		{1, ERR_UNAVAILABLE, true},
	};
	struct fault_store *fault;
	struct kit_update slow;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_pair();
		fault = fault_store_new(store);
		kill_one(0);
		start_on(0, &fault->store);
		memset(&slow, 0, sizeof(slow));
		ask_slowly(&slow);
		kit_remove_account(store, "router");
		kit_put_account(store, "other", "secret", HOME);
		kit_update(engines[1], "other", "secret", ASK_HOME "81.2.69.2", "good 81.2.69.2");
		fault->faults[KIT_LIST] = rows[i];
		kit_expect(&slow, "nohost");
		kit_advance(10 * 60000);
		ck_assert_uint_eq(fault->faults[KIT_LIST].n, 0);
		assert_zone(2);
		close_pair();
		fault_store_free(fault);
	}
}
END_TEST

static void on_landed_late(void *arg, int err, const struct errinfo *why)
{
	(void)arg;
	(void)why;
	ck_assert_int_eq(err, 0);
}

/* A message that was taken for lost lands in ms. The second fake carries it. */
static void land_in(int64_t ms, unsigned n)
{
	static struct dns_change change;

	change = (struct dns_change){.action = DNS_UPSERT, .name = value_name(HOME), .ttl = 60};
	change.addr = value_addr(address(n));
	dns[1]->latency_ms = ms;
	ck_assert_int_eq(dns_submit(&dns[1]->dns, &change, 1, on_landed_late, NULL), 0);
}

static void lose_next(void)
{
	dns[0]->script[0] = ERR_TIMEOUT;
	dns[0]->n_script = 1;
}

/* DOUBT_OWN. Nobody is killed. */
START_TEST(a_message_without_an_answer_may_land_on_a_newer_value)
{
	struct kit_update first = {.n_answers = 0};

	open_pair();
	lose_next();
	kit_ask(engines[0], &first, "router", "secret", ASK_HOME "81.2.69.1");
	kit_advance(2 * FAST_MS);
	land_in(SLOW_MS, 1);
	ask(0, 2, "good");
	ck_assert_uint_eq(dns[0]->n_batches, 2);
	kit_advance(SLOW_MS);
	assert_zone(1);
	assert_owed(true);
	ask(0, 2, "good");
	kit_advance(KIT_SETTLE_MS);
	assert_rest(2);
	ask(0, 2, "nochg");
	ck_assert_uint_eq(dns[0]->n_batches, 3);
	close_pair();
}
END_TEST

/* The same address was accepted since; but the next one comes before the message lands. */
START_TEST(a_message_without_an_answer_is_reckoned_with_by_other_daemons)
{
	size_t i;

	for (i = 0; i < DAEMONS; i++) {
		open_pair();
		lose_next();
		ask(0, 1, "good");
		ck_assert_uint_eq(dns[0]->n_batches, 2);
		assert_owed(true);
		ask(i, 2, "good");
		if (i == 1)
			kill_one(0);
		land_in(SLOW_MS, 1);
		kit_advance(SLOW_MS);
		assert_zone(1);
		dns[1]->latency_ms = FAST_MS;
		kit_advance(KIT_SETTLE_MS + FAST_MS);
		assert_rest(2);
		close_pair();
	}
}
END_TEST

static void begin_throttling(size_t daemon)
{
	size_t i;

	dns[daemon]->n_script = FAKE_SCRIPT_MAX;
	for (i = 0; i < FAKE_SCRIPT_MAX; i++)
		dns[daemon]->script[i] = ERR_THROTTLED;
}

/* RENEW: the other daemon waits for settle-time only. */
START_TEST(what_was_overtaken_while_it_waited_is_not_sent)
{
	size_t n;

	open_pair();
	begin_throttling(0);
	ask(0, 1, "911");
	ask(1, 2, "good");
	kit_advance(3 * KIT_SETTLE_MS);
	assert_rest(2);
	n = dns[0]->n_batches;
	dns[0]->n_script = 0;
	kit_advance(KIT_SETTLE_MS);
	assert_rest(2);
	ck_assert_uint_eq(dns[0]->n_batches, n);
	ck_assert_uint_eq(dns[1]->n_batches, 2);
	close_pair();
}
END_TEST

START_TEST(what_waited_for_long_is_sent_if_it_is_still_wanted)
{
	struct fault_store *fault;
	unsigned before;

	open_pair();
	fault = fault_store_new(store);
	kill_one(0);
	start_on(0, &fault->store);
	begin_throttling(0);
	ask(0, 1, "911");
	before = fault->n_calls[KIT_LOOKUP];
	kit_advance(4 * KIT_SETTLE_MS);
	/* Once for each half of settle-time. */
	ck_assert_uint_ge(fault->n_calls[KIT_LOOKUP], before + 5);
	ck_assert_uint_le(fault->n_calls[KIT_LOOKUP], before + 8);
	dns[0]->n_script = 0;
	kit_advance(10000);
	assert_rest(1);
	ck_assert_uint_eq(kit_state(store, "router", HOME).seq, 1);
	close_pair();
	fault_store_free(fault);
}
END_TEST

/* LOOK_AGAIN. Nobody is killed. */
START_TEST(an_intent_that_arrives_late_is_published)
{
	struct fault_store *fault;

	open_pair();
	fault = fault_store_new(store);
	fault->ops.is_remote = true;
	kill_one(0);
	start_on(0, &fault->store);
	fault->faults[KIT_INTEND] = (struct fault){1, ERR_TIMEOUT, false};
	ask(0, 1, "911");
	kit_advance(5000);
	ck_assert_int_eq(kit_intend(store, "router", HOME, 0, address(1)), 0);
	kit_advance(2 * KIT_SETTLE_MS + 5000);
	assert_rest(1);
	close_pair();
	fault_store_free(fault);
}
END_TEST

/* The daemon that sent it was killed, and another one started. */
START_TEST(an_intent_that_arrives_after_the_listing_at_start_is_published)
{
	struct fault_store *fault;

	open_pair();
	fault = fault_store_new(store);
	fault->ops.is_remote = true;
	kill_one(0);
	kill_one(1);
	start_on(0, &fault->store);
	kit_advance(5000);
	ck_assert_int_eq(kit_intend(store, "router", HOME, 0, address(1)), 0);
	kit_advance(KIT_SETTLE_MS - 5000);
	assert_owed(true);
	kit_advance(2 * KIT_SETTLE_MS);
	assert_rest(1);
	ck_assert_uint_eq(fault->n_calls[KIT_LIST], 2);
	close_pair();
	fault_store_free(fault);
}
END_TEST

START_TEST(what_may_have_landed_of_the_same_address_is_not_sent_again)
{
	open_pair();
	lose_next();
	ask(0, 1, "good");
	assert_owed(true);
	kit_advance(2 * KIT_SETTLE_MS);
	assert_rest(1);
	ck_assert_uint_eq(dns[0]->n_batches, 2);
	/* What was refused lands never. */
	dns[0]->script[0] = ERR_THROTTLED;
	dns[0]->n_script = 1;
	ask(0, 2, "good");
	assert_rest(2);
	close_pair();
}
END_TEST

START_TEST(without_a_rival_every_change_is_published_once)
{
	open_pair();
	ask(0, 1, "good");
	ask(0, 2, "good");
	ask(1, 3, "good");
	ask(0, 4, "good");
	assert_owed(false);
	kit_advance(10 * KIT_SETTLE_MS);
	ck_assert_uint_eq(dns[0]->n_batches, 3);
	ck_assert_uint_eq(dns[1]->n_batches, 1);
	close_pair();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		who_lands_late_repairs_at_once_and_nobody_flaps,
		a_daemon_killed_before_its_repair_leaves_no_older_value,
		the_second_look_outlives_the_daemon,
		a_daemon_that_stops_leaves_its_repair_to_the_other,
		what_another_daemon_left_owed_is_reckoned_with_for_a_while,
		a_call_that_outlives_its_daemon_may_land_after_the_next_start,
		what_is_owed_at_start_is_intended_anew_published_twice_and_confirmed_later,
		what_was_found_owed_is_not_confirmed_for_who_found_it,
		what_is_owed_at_start_is_intended_so_many_at_a_time,
		an_intent_of_unknown_outcome_may_be_anybodys,
		an_old_address_that_is_published_again_is_no_exception,
		what_is_adopted_is_not_confirmed_for_a_daemon_that_has_older_values,
		who_is_late_reckons_with_what_is_older_at_the_other,
		the_second_look_gives_way_to_a_newer_value,
		an_overtaken_second_look_publishes_nothing,
		who_adopts_a_value_still_repairs_what_an_older_daemon_leaves,
		a_host_made_again_has_no_rival_from_its_life_before,
		who_is_late_for_a_life_before_sends_the_new_one_twice,
		a_host_made_again_is_not_confirmed_by_its_life_before,
		a_host_that_moved_to_another_account_is_published_again,
		a_host_that_moved_comes_back_though_who_deleted_it_is_killed,
		a_host_that_moved_comes_back_though_the_listing_fails,
		a_message_without_an_answer_may_land_on_a_newer_value,
		a_message_without_an_answer_is_reckoned_with_by_other_daemons,
		what_was_overtaken_while_it_waited_is_not_sent,
		what_waited_for_long_is_sent_if_it_is_still_wanted,
		an_intent_that_arrives_late_is_published,
		an_intent_that_arrives_after_the_listing_at_start_is_published,
		what_may_have_landed_of_the_same_address_is_not_sent_again,
		without_a_rival_every_change_is_published_once,
	};

	return unit_run("engine_rivals", tests, N_ELEMENTS(tests));
}
