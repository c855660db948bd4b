/* SPDX-License-Identifier: BSD-2-Clause
 * The whole engine: hosts that replace no state. They are new, or somebody wrote their item anew
 * while another daemon's message was on its way. */
#include <stdio.h>
#include <string.h>

#include "base/metric.h"
#include "engine/engine.h"
#include "kit/engine_kit.h"
#include "store/memory.h"

#define HOME	 "home.dyn.example.com"
#define ASK_HOME "hostname=" HOME "&myip="

enum { SLOW_MS = 1000, FAST_MS = 10, DAEMONS = 2, FLEET = 200 };

static struct store *store;
static struct fault_store *faults[DAEMONS];
static struct fake_dns *dns[DAEMONS];
static struct engine *engines[DAEMONS];

static void start(size_t i, unsigned max_new_hosts)
{
	struct engine_conf conf = kit_conf(&dns[i]->dns);

	conf.max_new_hosts = max_new_hosts;
	engines[i] = kit_engine(&conf, &faults[i]->store);
}

static void open_world(bool is_volatile, unsigned max_new_hosts)
{
	size_t i;

	kit_open();
	ck_assert_int_eq(store_memory_open(&kit_loop, &store), 0);
	kit_put_account(store, "router", "secret", HOME);
	for (i = 0; i < DAEMONS; i++) {
		faults[i] = fault_store_new(store);
		dns[i] = fake_dns_new(500, is_volatile);
		if (!is_volatile)
			dns[i]->zone = dns[0];
		dns[i]->latency_ms = FAST_MS;
		start(i, max_new_hosts);
	}
}

static void close_world(void)
{
	size_t i;

	for (i = 0; i < DAEMONS; i++)
		if (engines[i] != NULL)
			kit_stop(engines[i]);
	store_close(store);
	kit_close();
	for (i = 0; i < DAEMONS; i++) {
		fault_store_free(faults[i]);
		fake_dns_free(dns[i]);
	}
}

static void rewrite_without_state(void)
{
	struct account *a = kit_read_account(store, "router");

	a->hosts[0].state = (struct host_state){.seq = 0};
	kit_rewrite_account(store, a);
	account_free(a);
}

static struct host_state state(void)
{
	return kit_state(store, "router", HOME);
}

START_TEST(a_new_host_is_published_once_more_behind_its_nochg)
{
	unsigned *calls;
	int64_t repeated = metric_get(METRIC_REPUBLICATIONS);
	unsigned lookups;

	open_world(false, 10);
	kit_update(engines[1], "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_update(engines[1], "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	ck_assert(state().seq == 1 && state().pub == 1);
	calls = faults[1]->n_calls;
	lookups = calls[KIT_LOOKUP];
	dns[1]->latency_ms = SLOW_MS;
	kit_advance(KIT_SETTLE_MS + SLOW_MS / 2);
	/* It is under way, and nobody need wait for it, whichever daemon is asked. */
	ck_assert(state().seq == 2 && state().pub == 1 && state().repeats == 2);
	kit_update(engines[1], "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	kit_update(engines[0], "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	kit_advance(10 * KIT_SETTLE_MS);
	ck_assert_uint_eq(state().pub, state().seq);
	ck_assert_int_ge(metric_get(METRIC_REPUBLICATIONS) - repeated, 1);
	ck_assert_uint_ge(calls[KIT_LOOKUP], lookups + 1);
	close_world();
}
END_TEST

/* docs/AWS.md has these figures. */
START_TEST(it_costs_one_read_two_writes_and_one_change)
{
	const unsigned *calls;
	unsigned lookups, intents, confirms;
	struct engine_stats stats;

	open_world(false, 10);
	kit_update(engines[1], "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_rest(engines[1]);
	calls = faults[1]->n_calls;
	lookups = calls[KIT_LOOKUP];
	intents = calls[KIT_INTEND];
	confirms = calls[KIT_CONFIRM];
	engine_stats(engines[1], &stats);
	ck_assert_uint_eq(stats.stateless, 1);
	kit_advance(20 * KIT_SETTLE_MS);
	ck_assert_uint_eq(calls[KIT_LOOKUP] - lookups, 1);
	ck_assert_uint_eq(calls[KIT_INTEND] - intents, 1);
	ck_assert_uint_eq(calls[KIT_CONFIRM] - confirms, 1);
	ck_assert_uint_eq(dns[1]->n_batches, 2);
	engine_stats(engines[1], &stats);
	ck_assert_uint_eq(stats.stateless, 0);
	/* A change has a state to replace. */
	kit_update(engines[1], "router", "secret", ASK_HOME "81.2.69.2", "good 81.2.69.2");
	kit_advance(20 * KIT_SETTLE_MS);
	ck_assert_uint_eq(dns[1]->n_batches, 3);
	ck_assert_uint_eq(dns[0]->n_batches, 0);
	close_world();
}
END_TEST

/* The first daemon is killed while its message is on its way, and nothing in the store tells of it
 * any more. changes: the router has another address before it lands. */
static void lose_and_check(bool changes)
{
	struct kit_update slow = {.n_answers = 0};

	open_world(false, 10);
	dns[0]->latency_ms = 5 * SLOW_MS;
	kit_ask(engines[0], &slow, "router", "secret", ASK_HOME "81.2.69.1");
	kit_advance(SLOW_MS);
	rewrite_without_state();
	engine_close(engines[0]);
	engines[0] = NULL;
	kit_update(engines[1], "router", "secret", ASK_HOME "81.2.69.2", "good 81.2.69.2");
	kit_update(engines[1], "router", "secret", ASK_HOME "81.2.69.2", "nochg 81.2.69.2");
	if (changes)
		kit_update(engines[1], "router", "secret", ASK_HOME "81.2.69.3", "good 81.2.69.3");
	ck_assert_str_eq(fake_dns_get(dns[0], HOME), changes ? "81.2.69.3" : "81.2.69.2");
	kit_advance(5 * SLOW_MS);
	ck_assert_str_eq(fake_dns_get(dns[0], HOME), "81.2.69.1");
	ck_assert_uint_eq(state().pub, state().seq);
	kit_advance(KIT_SETTLE_MS);
	ck_assert_str_eq(fake_dns_get(dns[0], HOME), changes ? "81.2.69.3" : "81.2.69.2");
	ck_assert_uint_eq(state().pub, state().seq);
	close_world();
}

START_TEST(a_message_that_nothing_tells_of_does_not_stay_on_top)
{
	lose_and_check(false);
}
END_TEST

START_TEST(nor_does_it_on_top_of_a_later_change)
{
	lose_and_check(true);
}
END_TEST

/* Whoever repeats is killed behind its intent: whoever starts finds that owed. */
START_TEST(a_repetition_outlives_its_daemon)
{
	open_world(false, 10);
	kit_update(engines[1], "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	dns[1]->latency_ms = SLOW_MS;
	kit_advance(KIT_SETTLE_MS + SLOW_MS / 2);
	ck_assert_uint_eq(state().seq, 2);
	engine_close(engines[1]);
	engines[1] = NULL;
	/* The other daemon stands for the one started again. */
	kit_stop(engines[0]);
	start(0, 10);
	kit_advance(3 * KIT_SETTLE_MS);
	ck_assert_uint_ge(state().seq, 3);
	ck_assert_uint_eq(state().pub, state().seq);
	close_world();
}
END_TEST

/* A table of the serverless stack: each router's first update replaces no state. */
START_TEST(a_fleet_of_new_hosts_makes_no_storm_and_holds_up_no_change)
{
	static struct kit_update fleet[FLEET];
	char name[64], query[96];
	struct engine_stats stats;
	size_t i, batches;

	open_world(false, FLEET - 10);
	memset(fleet, 0, sizeof(fleet));
	for (i = 0; i < FLEET; i++) {
		snprintf(name, sizeof(name), "h%zu", i);
		snprintf(query, sizeof(query), "h%zu.dyn.example.com", i);
		kit_put_account(store, name, "secret", query);
		snprintf(query, sizeof(query), "hostname=h%zu.dyn.example.com&myip=81.2.69.7", i);
		kit_ask(engines[1], &fleet[i], name, "secret", query);
	}
	kit_rest(engines[1]);
	engine_stats(engines[1], &stats);
	ck_assert_uint_eq(stats.stateless, FLEET - 10);
	batches = dns[1]->n_batches;
	kit_advance(KIT_SETTLE_MS - 100);
	dns[1]->latency_ms = SLOW_MS;
	kit_advance(200);
	kit_update(engines[1], "h1", "secret", "hostname=h1.dyn.example.com&myip=81.2.69.8",
		   "good 81.2.69.8");
	/* As many as are read at a time are under way. */
	ck_assert_uint_le(dns[1]->n_batches, batches + 3);
	kit_advance(20 * KIT_SETTLE_MS);
	engine_stats(engines[1], &stats);
	ck_assert_uint_eq(stats.stateless, 0);
	ck_assert_uint_eq(kit_state(store, "h1", "h1.dyn.example.com").pub, 3);
	ck_assert_uint_eq(kit_state(store, "h2", "h2.dyn.example.com").pub, 2);
	/* Beyond the limit. */
	snprintf(name, sizeof(name), "h%d", FLEET - 1);
	snprintf(query, sizeof(query), "h%d.dyn.example.com", FLEET - 1);
	ck_assert_uint_eq(kit_state(store, name, query).pub, 1);
	close_world();
}
END_TEST

START_TEST(a_zone_of_the_daemons_own_needs_it_once)
{
	open_world(true, 10);
	kit_update(engines[1], "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_advance(20 * KIT_SETTLE_MS);
	ck_assert_uint_eq(state().seq, 1);
	ck_assert_uint_eq(dns[1]->n_batches, 1);
	close_world();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_new_host_is_published_once_more_behind_its_nochg,
		it_costs_one_read_two_writes_and_one_change,
		a_message_that_nothing_tells_of_does_not_stay_on_top,
		nor_does_it_on_top_of_a_later_change,
		a_repetition_outlives_its_daemon,
		a_fleet_of_new_hosts_makes_no_storm_and_holds_up_no_change,
		a_zone_of_the_daemons_own_needs_it_once,
	};

	return unit_run("engine_stateless", tests, N_ELEMENTS(tests));
}
