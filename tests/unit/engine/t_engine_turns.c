/* SPDX-License-Identifier: BSD-2-Clause
 * Updates of one host that come at once: each takes its turn, and those that a newer one overtakes
 * are answered with it. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "engine/engine.h"
#include "kit/engine_world.h"

enum { MANY = 100, STORE_MS = 20 };

static struct kit_update many[MANY];
static char asked[MANY][64];

enum families { V4, V6, BOTH };

/* many[i] asks for the i-th address, in the hosts. */
static void ask_for(size_t i, const char *hosts, enum families families)
{
	unsigned n = (unsigned)i + 1;
	char query[160];

	if (families == V4)
		snprintf(asked[i], sizeof(asked[i]), "81.2.69.%u", n);
	else if (families == V6)
		snprintf(asked[i], sizeof(asked[i]), "2a02::%u", n);
	else
		snprintf(asked[i], sizeof(asked[i]), "81.2.69.%u,2a02::%u", n, n);
	snprintf(query, sizeof(query), "hostname=%s&myip=%s", hosts, asked[i]);
	kit_ask(engine, &many[i], "router", "secret", query);
}

static void open_slow(void)
{
	memset(many, 0, sizeof(many));
	world_open(false);
	fault->intend_delay_ms = STORE_MS;
	fault->confirm_delay_ms = STORE_MS;
	dns->latency_ms = 2 * STORE_MS;
}

static void expect_good(size_t i)
{
	char text[sizeof(asked[0]) + sizeof("good ")];

	snprintf(text, sizeof(text), "good %.*s", (int)sizeof(asked[0]) - 1, asked[i]);
	kit_expect(&many[i], text);
}

START_TEST(a_hundred_addresses_at_once_are_all_good)
{
	size_t i;

	open_slow();
	for (i = 0; i < MANY; i++)
		ask_for(i, HOME, V4);
	for (i = 0; i < MANY; i++)
		expect_good(i);
	/* The first one, and the newest of those that waited for it. */
	ck_assert_uint_eq(fault->n_calls[KIT_INTEND], 2);
	ck_assert_uint_eq(kit_state(store, "router", HOME).seq, 2);
	assert_at_rest(HOME, asked[MANY - 1]);
	world_close();
}
END_TEST

/* Their reads come back in any order, and they arrive while others are on their way. */
START_TEST(a_hundred_addresses_in_any_order_end_on_the_newest)
{
	unsigned seed;
	size_t i;

	for (seed = 1; seed <= 20; seed++) {
		kit_seed(seed);
		open_slow();
		fault->max_delay_ms = 5 * STORE_MS;
		for (i = 0; i < MANY; i++) {
			ask_for(i, HOME, V4);
			kit_advance(kit_random(3 * STORE_MS / 2));
		}
		for (i = 0; i < MANY; i++)
			expect_good(i);
		assert_at_rest(HOME, asked[MANY - 1]);
		world_close();
	}
}
END_TEST

START_TEST(a_newer_update_of_the_other_family_overtakes_nobody)
{
	size_t i;

	open_slow();
	for (i = 0; i < 10; i++)
		ask_for(i, HOME, i % 2 == 0 ? V4 : V6);
	for (i = 0; i < 10; i++)
		expect_good(i);
	assert_published(HOME, "81.2.69.9,2a02::10");
	world_close();
}
END_TEST

START_TEST(a_newer_update_of_both_families_overtakes_both)
{
	size_t i;

	open_slow();
	for (i = 0; i < 3; i++)
		ask_for(i, HOME, i % 2 == 0 ? V4 : V6);
	ask_for(3, HOME, BOTH);
	for (i = 0; i < 4; i++)
		expect_good(i);
	ck_assert_uint_eq(fault->n_calls[KIT_INTEND], 2);
	assert_published(HOME, "81.2.69.4,2a02::4");
	world_close();
}
END_TEST

/* Each waits for both hosts, in either order: nobody for each other. */
START_TEST(updates_of_several_hosts_do_not_block_each_other)
{
	static const char *const hosts[] = {HOME, SECOND, HOME "," SECOND, SECOND "," HOME};
	unsigned seed;
	size_t i;

	for (seed = 1; seed <= 20; seed++) {
		kit_seed(seed);
		open_slow();
		fault->max_delay_ms = STORE_MS;
		for (i = 0; i < 40; i++)
			ask_for(i, hosts[i < 4 ? i : kit_random(4)], V4);
		for (i = 0; i < 40; i++) {
			kit_run(kit_is_answered, &many[i]);
			ck_assert_ptr_null(strstr(many[i].text, "911"));
		}
		kit_rest(engine);
		ck_assert_uint_eq(kit_state(store, "router", HOME).pub,
				  kit_state(store, "router", HOME).seq);
		ck_assert_uint_eq(kit_state(store, "router", SECOND).pub,
				  kit_state(store, "router", SECOND).seq);
		world_close();
	}
}
END_TEST

START_TEST(what_was_overtaken_in_part_keeps_its_other_host)
{
	open_slow();
	ask_for(0, HOME, V4);
	ask_for(1, HOME "," SECOND, V4);
	ask_for(2, HOME, V4);
	expect_good(0);
	kit_expect(&many[1], "good 81.2.69.2;good 81.2.69.2");
	expect_good(2);
	assert_at_rest(SECOND, "81.2.69.2");
	world_close();
}
END_TEST

START_TEST(who_was_overtaken_gets_what_the_newer_one_gets)
{
	open_slow();
	ask_for(0, HOME, V4);
	ask_for(1, "other.dyn.example.com," HOME, V4);
	ask_for(2, HOME, V4);
	ask_for(3, SECOND "," HOME, V4);
	kit_advance(STORE_MS / 2);
	dns->poison = SECOND;
	expect_good(0);
	kit_expect(&many[1], "nohost;good 81.2.69.2");
	kit_expect(&many[2], "good 81.2.69.3");
	kit_expect(&many[3], "dnserr;good 81.2.69.4");
	world_close();
}
END_TEST

START_TEST(trouble_of_the_newer_one_is_911_for_all)
{
	size_t i;

	open_slow();
	for (i = 0; i < 5; i++)
		ask_for(i, HOME, V4);
	kit_advance(STORE_MS / 2);
	misbehave(KIT_INTEND, 1, ERR_THROTTLED, false);
	expect_good(0);
	for (i = 1; i < 5; i++)
		kit_expect(&many[i], "911");
	assert_at_rest(HOME, "81.2.69.1");
	world_close();
}
END_TEST

START_TEST(a_login_that_is_taken_away_meanwhile_is_badauth_for_all)
{
	size_t i;

	open_slow();
	for (i = 0; i < 5; i++)
		ask_for(i, HOME, V4);
	kit_advance(STORE_MS / 2);
	kit_put_disabled(store, "router", "secret", HOME " " SECOND);
	kit_expect(&many[0], "good 81.2.69.1");
	for (i = 1; i < 5; i++)
		kit_expect(&many[i], "badauth");
	world_close();
}
END_TEST

/* The same address as the last one: another daemon wrote it, say. */
START_TEST(who_was_overtaken_by_what_is_there_already_is_good)
{
	open_slow();
	ask_for(0, HOME, V4);
	ask_for(1, HOME, V4);
	snprintf(asked[2], sizeof(asked[2]), "81.2.69.1");
	kit_ask(engine, &many[2], "router", "secret", ASK_HOME "81.2.69.1");
	fault->intend_delay_ms = 0;
	expect_good(0);
	expect_good(1);
	kit_run(kit_is_answered, &many[2]);
	ck_assert_ptr_null(strstr(many[2].text, "911"));
	assert_at_rest(HOME, "81.2.69.1");
	world_close();
}
END_TEST

START_TEST(a_store_that_hangs_holds_nobody_longer_than_the_deadline)
{
	size_t i;

	open_slow();
	fault->intend_delay_ms = 3 * KIT_DEADLINE_MS;
	for (i = 0; i < MANY; i++) {
		ask_for(i, HOME, V4);
		kit_advance(10);
	}
	for (i = 0; i < MANY; i++) {
		kit_expect(&many[i], "911");
		ck_assert_int_eq(many[i].answered_ms - many[i].asked_ms, KIT_DEADLINE_MS);
	}
	fault->intend_delay_ms = 0;
	ask_for(0, HOME, V6);
	expect_good(0);
	assert_published(HOME, "81.2.69.100,2a02::1");
	world_close();
}
END_TEST

START_TEST(a_drain_answers_those_who_wait)
{
	size_t i;

	open_slow();
	for (i = 0; i < 10; i++)
		ask_for(i, HOME, V4);
	kit_advance(STORE_MS / 2);
	kit_stop(engine);
	engine = NULL;
	for (i = 0; i < 10; i++) {
		ck_assert_uint_eq(many[i].n_answers, 1);
		ck_assert_str_eq(many[i].text, "911");
	}
	world_close();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_hundred_addresses_at_once_are_all_good,
		a_hundred_addresses_in_any_order_end_on_the_newest,
		a_newer_update_of_the_other_family_overtakes_nobody,
		a_newer_update_of_both_families_overtakes_both,
		updates_of_several_hosts_do_not_block_each_other,
		what_was_overtaken_in_part_keeps_its_other_host,
		who_was_overtaken_gets_what_the_newer_one_gets,
		trouble_of_the_newer_one_is_911_for_all,
		a_login_that_is_taken_away_meanwhile_is_badauth_for_all,
		who_was_overtaken_by_what_is_there_already_is_good,
		a_store_that_hangs_holds_nobody_longer_than_the_deadline,
		a_drain_answers_those_who_wait,
	};

	return unit_run("engine_turns", tests, N_ELEMENTS(tests));
}
