/* SPDX-License-Identifier: BSD-2-Clause
 * The engine with accounts kept in memory: what it saves, and what it must not get wrong. */
#include "engine/engine.h"

#include <crypt.h>
#include <stdio.h>

#include "base/err.h"
#include "account/verify.h"
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
	kit_put_account(store, "neighbour", "secret", "away.dyn.example.com");
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	kit_put_account(store, "router", "another-secret", HOME);
	kit_advance(KIT_SYNC_MS + 1);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "badauth");
	kit_remove_account(store, "router");
	kit_advance(KIT_SYNC_MS + 1);
	kit_update(engine, "router", "another-secret", ASK_HOME "81.2.69.1", "badauth");
	/* Without any account left, nobody is told that for good. */
	kit_remove_account(store, "neighbour");
	kit_advance(KIT_SYNC_MS + 1);
	kit_update(engine, "router", "another-secret", ASK_HOME "81.2.69.1", "911");
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
		/* It was right a moment ago. */
		{"slow", "hello", "nochg 81.2.69.1", 0},
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
	kit_advance(VERIFIED_FOR_MS);
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

/* ---------------------------------------------------------------- a store without a version */

enum { CACHE_AGE_MS = 600000 };

/* The router has its address, and its account was read at that moment. */
static void open_aged_world(void)
{
	world_open(false);
	kit_stop(engine);
	fault->ops.version = NULL;
	conf.account_cache = 8;
	conf.account_cache_age_ms = CACHE_AGE_MS;
	engine = kit_engine(&conf, &fault->store);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_rest(engine);
}

/* One more update, and how many reads it may cost. */
static void expect_reads(unsigned reads, const char *password, const char *addr, const char *answer)
{
	unsigned before = lookups();
	char query[80];

	snprintf(query, sizeof(query), ASK_HOME "%s", addr);
	kit_update(engine, "router", password, query, answer);
	ck_assert_uint_eq(lookups() - before, reads);
}

START_TEST(an_unchanged_address_is_read_once_in_an_age)
{
	unsigned i, round;

	open_aged_world();
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 10; i++) {
			expect_reads(0, "secret", "81.2.69.1", "nochg 81.2.69.1");
			kit_advance(CACHE_AGE_MS / 20);
		}
		kit_advance(CACHE_AGE_MS / 2 + 1000);
		expect_reads(1, "secret", "81.2.69.1", "nochg 81.2.69.1");
	}
	world_close();
}
END_TEST

START_TEST(a_change_reads_the_store_however_young_memory_is)
{
	open_aged_world();
	expect_reads(1, "secret", "81.2.69.2", "good 81.2.69.2");
	expect_reads(0, "secret", "81.2.69.2", "nochg 81.2.69.2");
	expect_reads(1, "secret", "81.2.69.1", "good 81.2.69.1");
	assert_at_rest(HOME, "81.2.69.1");
	world_close();
}
END_TEST

START_TEST(a_young_account_without_an_age_is_read_each_time)
{
	open_aged_world();
	kit_stop(engine);
	conf.account_cache_age_ms = 0;
	conf.stale_age_ms = CACHE_AGE_MS;
	engine = kit_engine(&conf, &fault->store);
	expect_reads(1, "secret", "81.2.69.1", "nochg 81.2.69.1");
	expect_reads(1, "secret", "81.2.69.1", "nochg 81.2.69.1");
	world_close();
}
END_TEST

/* A refusal may be about a password that is out of date: only the old one is taken meanwhile. */
START_TEST(a_new_password_is_taken_at_once_and_the_old_one_up_to_the_age)
{
	open_aged_world();
	expect_reads(1, "wrong", "81.2.69.1", "badauth");
	kit_put_account(store, "router", "another-secret", HOME);
	expect_reads(0, "secret", "81.2.69.1", "nochg 81.2.69.1");
	expect_reads(1, "another-secret", "81.2.69.1", "nochg 81.2.69.1");
	/* The store has spoken: the old one is wrong from now on. */
	expect_reads(1, "secret", "81.2.69.1", "badauth");
	expect_reads(0, "another-secret", "81.2.69.1", "nochg 81.2.69.1");
	world_close();
}
END_TEST

START_TEST(an_old_password_that_memory_takes_changes_nothing)
{
	static const struct {
		const char *user, *host, *stay, *move;
	} rows[] = {
		{"router", HOME, ASK_HOME "81.2.69.1", ASK_HOME "81.2.69.2"},
		{"slow", SECOND, "myip=81.2.69.1", "myip=81.2.69.2"},
	};
	size_t i;

	open_aged_world();
	kit_put_account(store, "slow", kit_crypt("secret"), SECOND);
	kit_update(engine, "slow", "secret", "myip=81.2.69.1", "good 81.2.69.1");
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const char *user = rows[i].user, *new_secret = kit_crypt("another-secret");

		kit_update(engine, user, "secret", rows[i].stay, "nochg 81.2.69.1");
		kit_put_account(store, user, new_secret, rows[i].host);
		kit_update(engine, user, "secret", rows[i].stay, "nochg 81.2.69.1");
		kit_update(engine, user, "secret", rows[i].move, "badauth");
		ck_assert_str_eq(fake_dns_get(dns, rows[i].host), "81.2.69.1");
		kit_update(engine, user, "another-secret", rows[i].move, "good 81.2.69.2");
	}
	world_close();
}
END_TEST

START_TEST(a_disabled_account_is_told_nochg_up_to_the_age_and_publishes_nothing)
{
	size_t batches;

	open_aged_world();
	batches = dns->n_batches;
	kit_put_disabled(store, "router", "secret", HOME);
	expect_reads(0, "secret", "81.2.69.1", "nochg 81.2.69.1");
	expect_reads(1, "secret", "81.2.69.2", "badauth");
	kit_advance(CACHE_AGE_MS + 1);
	expect_reads(1, "secret", "81.2.69.1", "badauth");
	ck_assert_uint_eq(dns->n_batches, batches);
	/* Enabled: at once. */
	kit_put_account(store, "router", "secret", HOME);
	expect_reads(1, "secret", "81.2.69.1", "nochg 81.2.69.1");
	world_close();
}
END_TEST

START_TEST(what_another_daemon_published_is_noticed_after_the_age)
{
	open_aged_world();
	ck_assert_int_eq(kit_intend(store, "router", HOME, 1, "81.2.69.7"), 0);
	expect_reads(0, "secret", "81.2.69.1", "nochg 81.2.69.1");
	kit_advance(CACHE_AGE_MS + 1);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	assert_at_rest(HOME, "81.2.69.1");
	world_close();
}
END_TEST

START_TEST(a_name_that_another_account_overwrote_here_is_no_nochg)
{
	open_aged_world();
	kit_put_account(store, "spare", "secret", HOME);
	expect_reads(0, "secret", "81.2.69.1", "nochg 81.2.69.1");
	kit_update(engine, "spare", "secret", ASK_HOME "81.2.69.9", "good 81.2.69.9");
	expect_reads(1, "secret", "81.2.69.1", "good 81.2.69.1");
	ck_assert_str_eq(fake_dns_get(dns, HOME), "81.2.69.1");
	kit_update(engine, "spare", "secret", ASK_HOME "81.2.69.9", "good 81.2.69.9");
	ck_assert_str_eq(fake_dns_get(dns, HOME), "81.2.69.9");
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
		an_unchanged_address_is_read_once_in_an_age,
		a_change_reads_the_store_however_young_memory_is,
		a_young_account_without_an_age_is_read_each_time,
		a_new_password_is_taken_at_once_and_the_old_one_up_to_the_age,
		an_old_password_that_memory_takes_changes_nothing,
		a_disabled_account_is_told_nochg_up_to_the_age_and_publishes_nothing,
		what_another_daemon_published_is_noticed_after_the_age,
		a_name_that_another_account_overwrote_here_is_no_nochg,
		a_drain_answers_what_waits_for_the_next_turn,
		a_close_forgets_what_waits_for_the_next_turn,
	};

	return unit_run("engine_cache", tests, N_ELEMENTS(tests));
}
