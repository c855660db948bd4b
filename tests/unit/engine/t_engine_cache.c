/* SPDX-License-Identifier: BSD-2-Clause
 * The engine with accounts kept in memory: what it saves, and what it must not get wrong. */
#include "engine/engine.h"

#include <crypt.h>

#include "base/err.h"
#include "kit/engine_world.h"

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

/* Reads are counted above; a second hash of a cached account would tell that it is cached. */
START_TEST(a_cached_account_costs_no_more_hashes_than_another)
{
	static const struct {
		const char *user, *password, *answer;
		unsigned hashes;
	} rows[] = {
		{"slow", "hello", "nochg 81.2.69.1", 1},
		{"slow", "wrong", "badauth", 1},
		{"slow", "", "badauth", 1},
		{"router", "secret", "nochg 81.2.69.1", 0},
		{"router", "wrong", "badauth", 1},
		{"router", "", "badauth", 1},
		{"nobody", "wrong", "badauth", 1},
		{"slow-off", "hello", "badauth", 1},
		{"router-off", "secret", "badauth", 1},
	};
	size_t i, round;

	open_cached_world();
	kit_put_account(store, "slow", kit_crypt("hello"), HOME);
	kit_put_disabled(store, "slow-off", kit_crypt("hello"), HOME);
	kit_put_disabled(store, "router-off", "secret", HOME);
	conf.account_cache = 8;
	kit_stop(engine);
	engine = kit_engine(&conf, &fault->store);
	kit_advance(KIT_SYNC_MS + 1);
	kit_update(engine, "slow", "hello", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	/* In the first round each gets into the cache, if it is not there yet. */
	for (round = 0; round < 3; round++)
		for (i = 0; i < N_ELEMENTS(rows); i++) {
			kit_n_hashes = 0;
			kit_update(engine, rows[i].user, rows[i].password, ASK_HOME "81.2.69.1",
				   rows[i].answer);
			ck_assert_msg(kit_n_hashes == rows[i].hashes, "%s with \"%s\": %u",
				      rows[i].user, rows[i].password, kit_n_hashes);
		}
	world_close();
}
END_TEST

/* The store, which is asked when memory refuses, has nothing to say. */
START_TEST(a_refusal_of_a_cached_account_in_trouble_costs_one_hash)
{
	static const struct {
		const char *user, *password;
	} rows[] = {{"slow", "wrong"}, {"router", "wrong"}, {"router", ""}, {"nobody", "wrong"}};
	size_t i;

	open_cached_world();
	kit_put_account(store, "slow", kit_crypt("hello"), HOME);
	conf.stale_age_ms = 900000;
	kit_stop(engine);
	engine = kit_engine(&conf, &fault->store);
	kit_advance(KIT_SYNC_MS + 1);
	kit_update(engine, "slow", "hello", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_update(engine, "slow", "hello", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	misbehave(KIT_LOOKUP, 1000, ERR_UNAVAILABLE, false);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		kit_n_hashes = 0;
		kit_update(engine, rows[i].user, rows[i].password, ASK_HOME "81.2.69.1", "911");
		ck_assert_msg(kit_n_hashes == 1, "%s: %u", rows[i].user, kit_n_hashes);
	}
	world_close();
}
END_TEST

START_TEST(a_change_with_a_cached_account_costs_one_hash)
{
	open_cached_world();
	kit_put_account(store, "slow", kit_crypt("hello"), HOME);
	kit_update(engine, "slow", "hello", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_update(engine, "slow", "hello", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	kit_n_hashes = 0;
	kit_update(engine, "slow", "hello", ASK_HOME "81.2.69.2", "good 81.2.69.2");
	ck_assert_uint_eq(kit_n_hashes, 1);
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
		a_cached_account_costs_no_more_hashes_than_another,
		a_refusal_of_a_cached_account_in_trouble_costs_one_hash,
		a_change_with_a_cached_account_costs_one_hash,
		without_a_version_nothing_is_served_from_memory,
		a_drain_answers_what_waits_for_the_next_turn,
		a_close_forgets_what_waits_for_the_next_turn,
	};

	return unit_run("engine_cache", tests, N_ELEMENTS(tests));
}
