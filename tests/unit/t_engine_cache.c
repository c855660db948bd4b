/* SPDX-License-Identifier: BSD-2-Clause
 * The engine with accounts kept in memory: what it saves, and what it must not get wrong. */
#include "engine/engine.h"

#include <crypt.h>

#include "base/err.h"
#include "engine_world.h"

static void open_cached_world(void)
{
	world_open(false);
	kit_stop(engine);
	conf.account_cache = 4;
	engine = kit_engine(&conf, &fault->store);
	/* The first answer about the version. */
	kit_advance(KIT_SYNC_MS + 1);
}

static unsigned lookups(void)
{
	return fault->n_calls[KIT_LOOKUP];
}

START_TEST(a_nochg_reads_its_account_once)
{
	unsigned before;

	open_cached_world();
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	before = lookups();
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	ck_assert_uint_eq(lookups(), before);
	world_close();
}
END_TEST

START_TEST(an_added_host_counts_at_once)
{
	open_cached_world();
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	kit_put_account(store, "router", "secret", HOME " new.dyn.example.com");
	kit_update(engine, "router", "secret", "hostname=new.dyn.example.com&myip=81.2.69.1",
		   "good 81.2.69.1");
	world_close();
}
END_TEST

START_TEST(a_change_is_planned_on_what_the_store_says)
{
	open_cached_world();
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	/* Another daemon moved on; our memory does not know it yet. */
	ck_assert_int_eq(kit_intend(store, "router", HOME, 1, "81.2.69.7"), 0);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.2", "good 81.2.69.2");
	ck_assert_uint_eq(fault->n_calls[KIT_INTEND], 2);
	assert_at_rest(HOME, "81.2.69.2");
	world_close();
}
END_TEST

START_TEST(what_another_process_wrote_counts_after_the_interval)
{
	open_cached_world();
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	kit_put_account(store, "router", "another-secret", HOME);
	kit_advance(KIT_SYNC_MS + 1);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "badauth");
	kit_remove_account(store, "router");
	kit_advance(KIT_SYNC_MS + 1);
	kit_update(engine, "router", "another-secret", ASK_HOME "81.2.69.1", "badauth");
	world_close();
}
END_TEST

START_TEST(a_new_password_is_taken_at_once)
{
	open_cached_world();
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	kit_put_account(store, "router", "another-secret", HOME);
	kit_update(engine, "router", "another-secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	world_close();
}
END_TEST

START_TEST(a_refusal_asks_the_store_once_and_hashes_once)
{
	const char *stored = crypt("secret-secret", "$2b$04$abcdefghijklmnopqrstuu");
	unsigned before;

	open_cached_world();
	kit_put_account(store, "slow", stored, "slow.dyn.example.com");
	kit_update(engine, "slow", "secret-secret", "myip=81.2.69.1", "good 81.2.69.1");
	kit_update(engine, "slow", "secret-secret", "myip=81.2.69.1", "nochg 81.2.69.1");
	before = lookups();
	kit_update(engine, "slow", "wrong-secret", "myip=81.2.69.1", "badauth");
	ck_assert_uint_eq(lookups(), before + 1);
	kit_update(engine, "router", "wrong", ASK_HOME "81.2.69.1", "badauth");
	kit_update(engine, "nobody", "wrong", ASK_HOME "81.2.69.1", "badauth");
	world_close();
}
END_TEST

START_TEST(without_a_version_nothing_is_served_from_memory)
{
	unsigned before;

	open_cached_world();
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	misbehave(KIT_VERSION, 1000, ERR_UNAVAILABLE, false);
	kit_advance(3 * KIT_SYNC_MS);
	before = lookups();
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	ck_assert_uint_eq(lookups(), before + 1);
	world_close();
}
END_TEST

START_TEST(a_drain_answers_what_waits_for_the_next_turn)
{
	struct kit_update u = {.n_answers = 0};

	open_cached_world();
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	kit_ask(engine, &u, "router", "secret", ASK_HOME "81.2.69.1");
	kit_stop(engine);
	engine = NULL;
	ck_assert_uint_eq(u.n_answers, 1);
	world_close();
}
END_TEST

START_TEST(a_close_forgets_what_waits_for_the_next_turn)
{
	struct kit_update u = {.n_answers = 0};

	open_cached_world();
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	kit_ask(engine, &u, "router", "secret", ASK_HOME "81.2.69.1");
	engine_close(engine);
	engine = NULL;
	kit_settle();
	ck_assert_uint_eq(u.n_answers, 1);
	world_close();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_nochg_reads_its_account_once,
		an_added_host_counts_at_once,
		a_change_is_planned_on_what_the_store_says,
		what_another_process_wrote_counts_after_the_interval,
		a_new_password_is_taken_at_once,
		a_refusal_asks_the_store_once_and_hashes_once,
		without_a_version_nothing_is_served_from_memory,
		a_drain_answers_what_waits_for_the_next_turn,
		a_close_forgets_what_waits_for_the_next_turn,
	};

	return unit_run("engine_cache", tests, N_ELEMENTS(tests));
}
