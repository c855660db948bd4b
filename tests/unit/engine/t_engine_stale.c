/* SPDX-License-Identifier: BSD-2-Clause
 * A store without a version that fails: who is still answered from memory, with what, how long. */
#include "engine/engine.h"

#include <crypt.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "kit/engine_world.h"

enum { AGE_MS = 900000, OUTAGE = 1000000 };

#define ADDR	   "81.2.69.1"
#define OTHER_ADDR "81.2.69.2"

static void open_stale_world(unsigned stale_age_ms)
{
	world_open(false);
	kit_stop(engine);
	fault->ops.version = NULL;
	conf.account_cache = 4;
	conf.stale_age_ms = stale_age_ms;
	engine = kit_engine(&conf, &fault->store);
}

static void update(const char *user, const char *password, const char *query, const char *text)
{
	kit_update(engine, user, password, query, text);
}

/* The router has its address, and its account has just been read. */
static void open_known_world(void)
{
	open_stale_world(AGE_MS);
	update("router", "secret", ASK_HOME ADDR, "good " ADDR);
	update("router", "secret", ASK_HOME ADDR, "nochg " ADDR);
}

static void begin_outage(int err)
{
	misbehave(KIT_LOOKUP, OUTAGE, err, false);
	misbehave(KIT_INTEND, OUTAGE, err, false);
	misbehave(KIT_CONFIRM, OUTAGE, err, false);
}

static void end_outage(void)
{
	misbehave(KIT_LOOKUP, 0, 0, false);
	misbehave(KIT_INTEND, 0, 0, false);
	misbehave(KIT_CONFIRM, 0, 0, false);
}

static const struct {
	int err;
	const char *known;
} troubles[] = {
	{ERR_THROTTLED, "nochg " ADDR},
	{ERR_TIMEOUT, "nochg " ADDR},
	{ERR_UNAVAILABLE, "nochg " ADDR},
	{ERR_IO, "nochg " ADDR},
	{ERR_DENIED, "911"},
	{ERR_PROTOCOL, "911"},
};

static void assert_answer(int err, const char *user, const char *password, const char *want)
{
	struct kit_update u = {.n_answers = 0};

	kit_ask(engine, &u, user, password, ASK_HOME ADDR);
	kit_run(kit_is_answered, &u);
	ck_assert_msg(strcmp(u.text, want) == 0, "%s, %s with %s: %s", err_str(err), user, password,
		      u.text);
}

START_TEST(trouble_that_passes_leaves_the_known_their_nochg)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(troubles); i++) {
		open_known_world();
		begin_outage(troubles[i].err);
		assert_answer(troubles[i].err, "router", "secret", troubles[i].known);
		assert_answer(troubles[i].err, "router", "wrong", "911");
		assert_answer(troubles[i].err, "nobody", "secret", "911");
		world_close();
	}
}
END_TEST

START_TEST(without_trouble_each_update_reads_the_store)
{
	unsigned before;

	open_known_world();
	before = fault->n_calls[KIT_LOOKUP];
	update("router", "secret", ASK_HOME ADDR, "nochg " ADDR);
	ck_assert_uint_eq(fault->n_calls[KIT_LOOKUP], before + 1);
	kit_put_account(store, "router", "another-secret", HOME);
	update("router", "secret", ASK_HOME ADDR, "badauth");
	world_close();
}
END_TEST

START_TEST(what_was_never_read_is_not_known)
{
	open_stale_world(AGE_MS);
	begin_outage(ERR_THROTTLED);
	update("router", "secret", ASK_HOME ADDR, "911");
	world_close();
}
END_TEST

START_TEST(a_change_is_not_published_without_its_intent)
{
	size_t batches;

	open_known_world();
	batches = dns->n_batches;
	begin_outage(ERR_THROTTLED);
	update("router", "secret", ASK_HOME OTHER_ADDR, "911");
	update("router", "secret", "hostname=" SECOND "&myip=" ADDR, "911");
	update("router", "secret", "hostname=" HOME "," SECOND "&myip=" ADDR, "911");
	ck_assert_uint_eq(fault->n_calls[KIT_INTEND], 1);
	ck_assert_uint_eq(dns->n_batches, batches);
	end_outage();
	update("router", "secret", ASK_HOME OTHER_ADDR, "good " OTHER_ADDR);
	assert_at_rest(HOME, OTHER_ADDR);
	world_close();
}
END_TEST

/* The host may have been added since. */
START_TEST(a_host_that_memory_does_not_know_is_not_refused)
{
	open_known_world();
	update("router", "secret", "hostname=new.dyn.example.com&myip=" ADDR, "nohost");
	begin_outage(ERR_THROTTLED);
	update("router", "secret", "hostname=new.dyn.example.com&myip=" ADDR, "911");
	world_close();
}
END_TEST

START_TEST(memory_serves_up_to_its_age)
{
	open_known_world();
	begin_outage(ERR_THROTTLED);
	kit_advance(AGE_MS - 1000);
	update("router", "secret", ASK_HOME ADDR, "nochg " ADDR);
	kit_advance(1001);
	update("router", "secret", ASK_HOME ADDR, "911");
	end_outage();
	update("router", "secret", ASK_HOME ADDR, "nochg " ADDR);
	begin_outage(ERR_THROTTLED);
	kit_advance(AGE_MS - 1000);
	update("router", "secret", ASK_HOME ADDR, "nochg " ADDR);
	world_close();
}
END_TEST

/* It is repeated when the store is back and the router asks again. */
START_TEST(a_publication_that_is_due_again_is_nochg_all_the_same)
{
	open_known_world();
	kit_advance(86400000);
	update("router", "secret", "hostname=" SECOND "&myip=" ADDR, "good " ADDR);
	begin_outage(ERR_THROTTLED);
	update("router", "secret", "hostname=" SECOND "&myip=" ADDR, "nochg " ADDR);
	update("router", "secret", ASK_HOME ADDR, "nochg " ADDR);
	ck_assert_uint_eq(fault->n_calls[KIT_INTEND], 2);
	kit_advance(10000);
	ck_assert_uint_eq(fault->n_calls[KIT_INTEND], 2);
	world_close();
}
END_TEST

START_TEST(an_age_of_zero_turns_it_off)
{
	open_stale_world(0);
	update("router", "secret", ASK_HOME ADDR, "good " ADDR);
	update("router", "secret", ASK_HOME ADDR, "nochg " ADDR);
	begin_outage(ERR_THROTTLED);
	update("router", "secret", ASK_HOME ADDR, "911");
	world_close();
}
END_TEST

START_TEST(after_an_outage_all_is_as_before)
{
	open_known_world();
	begin_outage(ERR_UNAVAILABLE);
	update("router", "secret", ASK_HOME ADDR, "nochg " ADDR);
	kit_put_account(store, "router", "another-secret", HOME);
	update("router", "another-secret", ASK_HOME ADDR, "911");
	end_outage();
	update("router", "secret", ASK_HOME ADDR, "badauth");
	update("nobody", "secret", ASK_HOME ADDR, "badauth");
	update("router", "another-secret", ASK_HOME ADDR, "nochg " ADDR);
	world_close();
}
END_TEST

START_TEST(an_account_that_the_store_called_gone_is_gone)
{
	open_known_world();
	kit_put_account(store, "neighbour", "secret", "away.dyn.example.com");
	kit_remove_account(store, "router");
	update("router", "secret", ASK_HOME ADDR, "badauth");
	begin_outage(ERR_THROTTLED);
	update("router", "secret", ASK_HOME ADDR, "911");
	world_close();
}
END_TEST

START_TEST(our_own_change_is_known_in_the_outage_after_it)
{
	open_known_world();
	update("router", "secret", ASK_HOME OTHER_ADDR, "good " OTHER_ADDR);
	begin_outage(ERR_THROTTLED);
	update("router", "secret", ASK_HOME OTHER_ADDR, "nochg " OTHER_ADDR);
	update("router", "secret", ASK_HOME ADDR, "911");
	world_close();
}
END_TEST

/* The other family stays as it was wanted. */
START_TEST(a_change_of_one_family_leaves_the_other_known)
{
	open_known_world();
	update("router", "secret", ASK_HOME "2a02::1", "good 2a02::1");
	begin_outage(ERR_THROTTLED);
	update("router", "secret", ASK_HOME "2a02::1", "nochg 2a02::1");
	update("router", "secret", ASK_HOME ADDR, "nochg " ADDR);
	update("router", "secret", ASK_HOME "2a02::2", "911");
	world_close();
}
END_TEST

START_TEST(a_change_that_the_store_did_not_confirm_is_no_nochg)
{
	open_known_world();
	misbehave(KIT_CONFIRM, OUTAGE, ERR_THROTTLED, false);
	update("router", "secret", ASK_HOME OTHER_ADDR, "good " OTHER_ADDR);
	begin_outage(ERR_THROTTLED);
	update("router", "secret", ASK_HOME OTHER_ADDR, "911");
	update("router", "secret", ASK_HOME ADDR, "911");
	end_outage();
	assert_at_rest(HOME, OTHER_ADDR);
	begin_outage(ERR_THROTTLED);
	update("router", "secret", ASK_HOME OTHER_ADDR, "nochg " OTHER_ADDR);
	world_close();
}
END_TEST

/* It may have been carried out: neither address is known to be the published one. */
START_TEST(a_write_of_unknown_outcome_leaves_the_host_unknown)
{
	open_known_world();
	begin_outage(ERR_TIMEOUT);
	misbehave(KIT_LOOKUP, 0, 0, false);
	misbehave(KIT_INTEND, 1, ERR_TIMEOUT, true);
	update("router", "secret", ASK_HOME OTHER_ADDR, "911");
	misbehave(KIT_LOOKUP, OUTAGE, ERR_TIMEOUT, false);
	update("router", "secret", ASK_HOME ADDR, "911");
	end_outage();
	assert_at_rest(HOME, OTHER_ADDR);
	world_close();
}
END_TEST

/* How the intent after it went, when a confirmation comes late. */
static const struct {
	const char *what;
	int64_t intend_delay_ms, dns_delay_ms;
	int err;
	const char *next; /* what the update that intends is told */
} overtaken[] = {
	{"being published", 0, 3000, 0, "good 81.2.69.3"},
	{"on its way", 3000, 0, 0, "good 81.2.69.3"},
	{"of unknown outcome", 0, 0, ERR_TIMEOUT, "911"},
};

START_TEST(a_confirmation_that_an_intent_overtook_is_not_the_last_word)
{
	struct kit_update first = {.n_answers = 0}, next = {.n_answers = 0}, again = first;
	size_t i;

	for (i = 0; i < N_ELEMENTS(overtaken); i++) {
		open_known_world();
		fault->confirm_delay_ms = 1000;
		kit_ask(engine, &first, "router", "secret", ASK_HOME OTHER_ADDR);
		kit_advance(100);
		fault->intend_delay_ms = overtaken[i].intend_delay_ms;
		dns->latency_ms = overtaken[i].dns_delay_ms;
		misbehave(KIT_INTEND, overtaken[i].err != 0, overtaken[i].err, true);
		kit_ask(engine, &next, "router", "secret", ASK_HOME "81.2.69.3");
		kit_advance(5);
		misbehave(KIT_LOOKUP, OUTAGE, ERR_THROTTLED, false);
		misbehave(KIT_CONFIRM, OUTAGE, ERR_THROTTLED, false);
		kit_advance(1000);
		kit_expect(&first, "good " OTHER_ADDR);
		kit_ask(engine, &again, "router", "secret", ASK_HOME OTHER_ADDR);
		kit_run(kit_is_answered, &again);
		ck_assert_msg(strcmp(again.text, "911") == 0, "an intent %s: %s", overtaken[i].what,
			      again.text);
		kit_expect(&next, overtaken[i].next);
		end_outage();
		assert_at_rest(HOME, "81.2.69.3");
		world_close();
	}
}
END_TEST

static enum kit_verb removed_before;

static void remove_account(void *arg, enum kit_verb verb)
{
	(void)arg;
	if (verb != removed_before)
		return;
	fault->on_call = NULL;
	kit_remove_account(store, "router");
	misbehave(KIT_LOOKUP, OUTAGE, ERR_THROTTLED, false);
}

/* One host's write tells of the account, and so of the other. */
static void check_gone_before(enum kit_verb verb)
{
	struct kit_update u = {.n_answers = 0};

	open_known_world();
	update("router", "secret", "hostname=" SECOND "&myip=" ADDR, "good " ADDR);
	removed_before = verb;
	fault->on_call = remove_account;
	kit_ask(engine, &u, "router", "secret", ASK_HOME OTHER_ADDR);
	kit_run(kit_is_answered, &u);
	ck_assert_ptr_null(fault->on_call);
	update("router", "secret", "hostname=" SECOND "&myip=" ADDR, "911");
	world_close();
}

START_TEST(an_account_that_an_intent_did_not_find_is_gone)
{
	check_gone_before(KIT_INTEND);
}
END_TEST

START_TEST(an_account_that_a_confirmation_did_not_find_is_gone)
{
	check_gone_before(KIT_CONFIRM);
}
END_TEST

/* Of a table, a listing is a scan. */
START_TEST(a_store_without_a_version_is_not_listed_for_memory)
{
	unsigned before;

	open_known_world();
	before = fault->n_calls[KIT_LIST];
	kit_advance(3600000);
	ck_assert_uint_eq(fault->n_calls[KIT_LIST], before);
	world_close();
}
END_TEST

/* The time of a 911 must not tell which logins exist. */
START_TEST(a_refusal_in_trouble_costs_the_same_for_all)
{
	const char *stored = crypt("secret-secret", "$2b$04$abcdefghijklmnopqrstuu");
	struct kit_update u[4] = {{.n_answers = 0}};

	open_known_world();
	kit_put_account(store, "slow", stored, "slow.dyn.example.com");
	update("slow", "secret-secret", "myip=" ADDR, "good " ADDR);
	kit_stop(engine);
	conf.max_pending_hashes = 2;
	engine = kit_engine(&conf, &fault->store);
	update("slow", "secret-secret", "myip=" ADDR, "nochg " ADDR);
	begin_outage(ERR_THROTTLED);
	update("slow", "wrong", "myip=" ADDR, "911");
	update("slow", "secret-secret", "myip=" ADDR, "nochg " ADDR);
	/* Those who are not known take the two places of who is to be checked, the router that was
	 * right a moment ago needs none. */
	kit_ask(engine, &u[0], "nobody", "wrong", "myip=" ADDR);
	kit_ask(engine, &u[1], "router", "wrong", "myip=" ADDR);
	kit_ask(engine, &u[2], "slow", "secret-secret", "myip=" ADDR);
	kit_ask(engine, &u[3], "slow", "wrong", "myip=" ADDR);
	kit_expect(&u[3], "911");
	kit_expect(&u[2], "nochg " ADDR);
	kit_expect(&u[0], "911");
	kit_expect(&u[1], "911");
	world_close();
}
END_TEST

START_TEST(a_refusal_in_trouble_costs_one_hash_for_all)
{
	static const struct {
		const char *user, *password, *answer;
		unsigned hashes;
	} rows[] = {
		/* It was right a moment ago. */
		{"slow", "secret-secret", "nochg " ADDR, 0},
		{"slow", "wrong", "911", 1},
		{"router", "secret", "nochg " ADDR, 0},
		{"router", "wrong", "911", 1},
		{"nobody", "wrong", "911", 1},
		{"off", "secret", "911", 1},
	};
	size_t i;

	open_known_world();
	kit_put_account(store, "slow", kit_crypt("secret-secret"), HOME);
	kit_put_disabled(store, "off", "secret", HOME);
	update("slow", "secret-secret", ASK_HOME ADDR, "good " ADDR);
	update("slow", "secret-secret", ASK_HOME ADDR, "nochg " ADDR);
	update("off", "secret", ASK_HOME ADDR, "badauth");
	begin_outage(ERR_THROTTLED);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		kit_n_hashes = 0;
		update(rows[i].user, rows[i].password, ASK_HOME ADDR, rows[i].answer);
		ck_assert_msg(kit_n_hashes == rows[i].hashes, "%s with \"%s\": %u", rows[i].user,
			      rows[i].password, kit_n_hashes);
	}
	world_close();
}
END_TEST

static const struct {
	int err;
	unsigned probes; /* in 17 s */
} probe_rows[] = {
	{ERR_UNAVAILABLE, 3}, {ERR_TIMEOUT, 3},	 {ERR_THROTTLED, 0},
	{ERR_DENIED, 0},      {ERR_PROTOCOL, 0},
};

START_TEST(a_silent_store_is_asked_until_it_answers)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(probe_rows); i++) {
		unsigned *n, before;

		open_known_world();
		n = &fault->n_calls[KIT_LOOKUP];
		begin_outage(probe_rows[i].err);
		update("nobody", "secret", "myip=" ADDR, "911");
		before = *n;
		kit_advance(17000);
		ck_assert_msg(*n == before + probe_rows[i].probes, "row %zu: %u", i, *n - before);
		end_outage();
		kit_advance(5000);
		before = *n;
		kit_advance(60000);
		ck_assert_msg(*n == before, "row %zu: asked on", i);
		world_close();
	}
}
END_TEST

START_TEST(a_drain_ends_the_asking)
{
	unsigned before;

	open_known_world();
	begin_outage(ERR_UNAVAILABLE);
	update("nobody", "secret", "myip=" ADDR, "911");
	before = fault->n_calls[KIT_LOOKUP];
	kit_stop(engine);
	engine = NULL;
	kit_advance(60000);
	ck_assert_uint_eq(fault->n_calls[KIT_LOOKUP], before);
	engine = kit_engine(&conf, &fault->store);
	world_close();
}
END_TEST

/* One request after the other, and a store that fails at random, before or after it wrote. */
static bool ask_at_random(const char *const hosts[2])
{
	struct kit_update u = {.n_answers = 0};
	const char *host = hosts[kit_random(2)];
	bool is_down = kit_random(3) == 0;
	char addr[16], query[96], nochg[32];

	snprintf(addr, sizeof(addr), "81.2.69.%u", 1 + kit_random(3));
	snprintf(query, sizeof(query), "hostname=%s&myip=%s", host, addr);
	snprintf(nochg, sizeof(nochg), "nochg %s", addr);
	misbehave(KIT_LOOKUP, is_down ? OUTAGE : 0, ERR_THROTTLED, false);
	kit_ask(engine, &u, "router", "secret", query);
	kit_run(kit_is_answered, &u);
	if (strcmp(u.text, nochg) != 0)
		return false;
	ck_assert_msg(strcmp(fake_dns_get(dns, host), addr) == 0, "%s for %s, which is at %s",
		      nochg, host, fake_dns_get(dns, host));
	return is_down;
}

START_TEST(whatever_fails_a_nochg_is_true)
{
	static const char *const hosts[2] = {HOME, SECOND};
	unsigned seed, i, n_stale = 0;

	for (seed = 1; seed <= 40; seed++) {
		open_stale_world(AGE_MS);
		kit_seed(seed);
		fault->error_percent = 25;
		fault->max_delay_ms = 20;
		dns->error_percent = 10;
		for (i = 0; i < 60; i++)
			n_stale += ask_at_random(hosts) ? 1 : 0;
		end_outage();
		fault->error_percent = 0;
		dns->error_percent = 0;
		kit_rest(engine);
		world_close();
	}
	ck_assert_uint_gt(n_stale, 40);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		trouble_that_passes_leaves_the_known_their_nochg,
		without_trouble_each_update_reads_the_store,
		what_was_never_read_is_not_known,
		a_change_is_not_published_without_its_intent,
		a_host_that_memory_does_not_know_is_not_refused,
		memory_serves_up_to_its_age,
		a_publication_that_is_due_again_is_nochg_all_the_same,
		an_age_of_zero_turns_it_off,
		after_an_outage_all_is_as_before,
		an_account_that_the_store_called_gone_is_gone,
		our_own_change_is_known_in_the_outage_after_it,
		a_change_of_one_family_leaves_the_other_known,
		a_change_that_the_store_did_not_confirm_is_no_nochg,
		a_write_of_unknown_outcome_leaves_the_host_unknown,
		a_confirmation_that_an_intent_overtook_is_not_the_last_word,
		an_account_that_an_intent_did_not_find_is_gone,
		an_account_that_a_confirmation_did_not_find_is_gone,
		a_store_without_a_version_is_not_listed_for_memory,
		a_refusal_in_trouble_costs_the_same_for_all,
		a_refusal_in_trouble_costs_one_hash_for_all,
		a_silent_store_is_asked_until_it_answers,
		a_drain_ends_the_asking,
		whatever_fails_a_nochg_is_true,
	};

	return unit_run("engine_stale", tests, N_ELEMENTS(tests));
}
