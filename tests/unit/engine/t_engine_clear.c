/* SPDX-License-Identifier: BSD-2-Clause
 * A family of a host that is cleared: by its client, where the account may, and by somebody else
 * who writes to the store; with other daemons, and through the death of one. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "engine/engine.h"
#include "kit/engine_kit.h"
#include "store/memory.h"

#define HOME	 "home.dyn.example.com"
#define ASK_HOME "hostname=" HOME "&myip="

enum { SLOW_MS = 1000, FAST_MS = 10, DAEMONS = 2 };

static struct store *store;
static struct fake_dns *dns[DAEMONS];
static struct engine *engines[DAEMONS];

static void start(size_t i)
{
	struct engine_conf conf = kit_conf(&dns[i]->dns);

	engines[i] = kit_engine(&conf, store);
}

static void kill_one(size_t i)
{
	engine_close(engines[i]);
	engines[i] = NULL;
}

static void put_account(const char *user)
{
	struct account *a;

	kit_put_account(store, user, "secret", HOME);
	a = kit_read_account(store, user);
	a->quirks = ACCOUNT_MAY_CLEAR;
	kit_rewrite_account(store, a);
	account_free(a);
}

static void open_daemons(bool is_volatile, size_t n)
{
	size_t i;

	kit_open();
	ck_assert_int_eq(store_memory_open(&kit_loop, &store), 0);
	put_account("router");
	for (i = 0; i < DAEMONS; i++) {
		dns[i] = fake_dns_new(500, is_volatile);
		dns[i]->zone = dns[0];
		dns[i]->latency_ms = FAST_MS;
		if (i < n)
			start(i);
	}
}

static void close_daemons(void)
{
	size_t i;

	for (i = 0; i < DAEMONS; i++) {
		if (engines[i] != NULL)
			kit_stop(engines[i]);
		engines[i] = NULL;
	}
	store_close(store);
	kit_close();
	for (i = 0; i < DAEMONS; i++)
		fake_dns_free(dns[i]);
}

static void ask(size_t daemon, const char *query, const char *text)
{
	kit_update(engines[daemon], "router", "secret", query, text);
}

static void assert_zone(const char *addrs)
{
	ck_assert_str_eq(fake_dns_get(dns[0], HOME), addrs);
}

static void assert_owed(bool owed)
{
	struct host_state s = kit_state(store, "router", HOME);

	ck_assert_int_eq(s.pub < s.seq, owed);
	if (owed)
		return;
	ck_assert(!addr_is_set(&s.gone.v4) && !addr_is_set(&s.gone.v6));
}

START_TEST(a_family_is_cleared_and_stays_so)
{
	open_daemons(_i == 1, 1);
	ask(0, ASK_HOME "81.2.69.1,2a02::1", "good 81.2.69.1,2a02::1");
	ask(0, ASK_HOME "0.0.0.0", "good 0.0.0.0");
	assert_zone(",2a02::1");
	assert_owed(false);
	ask(0, ASK_HOME "0.0.0.0", "nochg 0.0.0.0");
	ask(0, ASK_HOME "0.0.0.0,2a02::1", "nochg 0.0.0.0,2a02::1");
	ck_assert_uint_eq(dns[0]->n_batches, 2);
	/* Another address of the other family changes nothing about that. */
	ask(0, ASK_HOME "2a02::2", "good 2a02::2");
	assert_zone(",2a02::2");
	ck_assert_uint_eq(dns[0]->batch_len[2], 1);
	ask(0, ASK_HOME "81.2.69.1", "good 81.2.69.1");
	assert_zone("81.2.69.1,2a02::2");
	ask(0, ASK_HOME "0.0.0.0&myipv6=2a02::3", "good 0.0.0.0,2a02::3");
	assert_zone(",2a02::3");
	close_daemons();
}
END_TEST

START_TEST(a_host_that_is_off_line_costs_nothing)
{
	open_daemons(_i == 1, 1);
	ask(0, "offline=YES", "nochg 0.0.0.0,::");
	ck_assert_uint_eq(kit_state(store, "router", HOME).seq, 0);
	ask(0, ASK_HOME "81.2.69.1,2a02::1", "good 81.2.69.1,2a02::1");
	ask(0, "hostname=" HOME "&offline=YES&myip=81.2.69.1", "good 0.0.0.0,::");
	assert_zone("");
	assert_owed(false);
	kit_advance(3 * 86400 * (int64_t)1000);
	ask(0, "offline=YES", "nochg 0.0.0.0,::");
	kit_advance(60000);
	ck_assert_uint_eq(dns[0]->n_batches, 2);
	ask(0, ASK_HOME "81.2.69.1", "good 81.2.69.1");
	assert_zone("81.2.69.1");
	close_daemons();
}
END_TEST

/* The command writes the intent: a daemon with a zone of its own sees that the store changed, and
 * any daemon finds it owed when it starts. */
static void clear_by_command(const char *v4)
{
	ck_assert_int_eq(kit_clear(store, "router", HOME, v4), 0);
}

START_TEST(what_the_administrator_clears_is_deleted)
{
	open_daemons(_i == 1, 1);
	ask(0, ASK_HOME "81.2.69.1,2a02::1", "good 81.2.69.1,2a02::1");
	clear_by_command("81.2.69.1");
	assert_owed(true);
	if (_i == 0) {
		kill_one(0);
		start(0);
	}
	kit_advance(2 * KIT_SYNC_MS);
	assert_zone(",2a02::1");
	kit_advance(2 * KIT_SETTLE_MS);
	assert_zone(",2a02::1");
	assert_owed(false);
	ask(0, ASK_HOME "2a02::1", "nochg 2a02::1");
	close_daemons();
}
END_TEST

START_TEST(a_daemon_killed_before_the_deletion_leaves_it_to_the_next)
{
	struct kit_update u = {.n_answers = 0};
	size_t i;

	open_daemons(false, 1);
	ask(0, ASK_HOME "81.2.69.1", "good 81.2.69.1");
	dns[0]->n_script = FAKE_SCRIPT_MAX;
	for (i = 0; i < FAKE_SCRIPT_MAX; i++)
		dns[0]->script[i] = ERR_UNAVAILABLE;
	kit_ask(engines[0], &u, "router", "secret", ASK_HOME "0.0.0.0");
	kit_advance(SLOW_MS);
	ck_assert_uint_eq(u.n_answers, 0);
	kill_one(0);
	assert_zone("81.2.69.1");
	assert_owed(true);
	start(1);
	kit_advance(10 * FAST_MS);
	assert_zone("");
	kit_advance(2 * KIT_SETTLE_MS);
	assert_zone("");
	assert_owed(false);
	ask(1, ASK_HOME "0.0.0.0", "nochg 0.0.0.0");
	close_daemons();
}
END_TEST

START_TEST(a_deletion_that_the_backend_refuses_is_not_tried_for_ever)
{
	size_t n;

	open_daemons(false, 1);
	ask(0, ASK_HOME "81.2.69.1,2a02::1", "good 81.2.69.1,2a02::1");
	dns[0]->poison = HOME;
	dns[0]->poison_family = ADDR_V4;
	ask(0, ASK_HOME "0.0.0.0", "dnserr");
	assert_zone("81.2.69.1,2a02::1");
	kit_advance(2 * KIT_SETTLE_MS);
	assert_owed(false);
	ask(0, ASK_HOME "0.0.0.0", "nochg 0.0.0.0");
	n = dns[0]->n_batches;
	ask(0, ASK_HOME "2a02::2", "good 2a02::2");
	ck_assert_uint_eq(dns[0]->n_batches, n + 1);
	dns[0]->poison = NULL;
	close_daemons();
}
END_TEST

/* The change before is under way: here, or at another daemon, whose value may land later. */
START_TEST(what_is_under_way_is_published_first)
{
	struct kit_update change = {.n_answers = 0}, clear = {.n_answers = 0};

	open_daemons(false, 1);
	dns[0]->latency_ms = SLOW_MS;
	kit_ask(engines[0], &change, "router", "secret", ASK_HOME "81.2.69.1");
	kit_advance(SLOW_MS / 10);
	kit_ask(engines[0], &clear, "router", "secret", ASK_HOME "0.0.0.0");
	kit_expect(&change, "good 81.2.69.1");
	kit_expect(&clear, "good 0.0.0.0");
	assert_zone("");
	kit_advance(2 * KIT_SETTLE_MS);
	assert_zone("");
	assert_owed(false);
	close_daemons();
}
END_TEST

START_TEST(what_a_rival_sends_late_does_not_come_back)
{
	struct kit_update slow = {.n_answers = 0};

	open_daemons(false, 2);
	dns[0]->latency_ms = SLOW_MS;
	kit_ask(engines[0], &slow, "router", "secret", ASK_HOME "81.2.69.1");
	kit_advance(SLOW_MS / 10);
	ask(1, ASK_HOME "0.0.0.0", "911");
	kit_expect(&slow, "good 81.2.69.1");
	kit_advance(2 * KIT_SETTLE_MS);
	assert_owed(false);
	ask(1, ASK_HOME "0.0.0.0", "good 0.0.0.0");
	assert_zone("");
	kit_advance(2 * KIT_SETTLE_MS);
	assert_zone("");
	assert_owed(false);
	ask(0, ASK_HOME "0.0.0.0", "nochg 0.0.0.0");
	close_daemons();
}
END_TEST

START_TEST(a_deletion_that_lands_late_takes_nothing_away_for_long)
{
	struct kit_update slow = {.n_answers = 0};

	open_daemons(false, 2);
	ask(0, ASK_HOME "81.2.69.1", "good 81.2.69.1");
	dns[0]->latency_ms = SLOW_MS;
	kit_ask(engines[0], &slow, "router", "secret", ASK_HOME "0.0.0.0");
	kit_advance(SLOW_MS / 10);
	/* The same address again, by the other daemon. */
	ask(1, ASK_HOME "81.2.69.1", "good 81.2.69.1");
	assert_zone("81.2.69.1");
	if (_i == 1)
		kill_one(0);
	kit_advance(SLOW_MS);
	kit_advance(2 * KIT_SETTLE_MS);
	assert_zone("81.2.69.1");
	assert_owed(false);
	close_daemons();
}
END_TEST

START_TEST(an_update_that_comes_first_wins_over_an_owed_deletion)
{
	open_daemons(false, 0);
	start(1);
	ask(1, ASK_HOME "81.2.69.1,2a02::1", "good 81.2.69.1,2a02::1");
	clear_by_command("81.2.69.1");
	ask(1, ASK_HOME "81.2.69.9", "good 81.2.69.9");
	kit_advance(3 * KIT_SETTLE_MS);
	assert_zone("81.2.69.9,2a02::1");
	assert_owed(false);
	clear_by_command("81.2.69.9");
	/* One of the other family takes it along. */
	ask(1, ASK_HOME "2a02::2", "good 2a02::2");
	kit_advance(3 * KIT_SETTLE_MS);
	assert_zone(",2a02::2");
	assert_owed(false);
	close_daemons();
}
END_TEST

/* Two accounts that have the name, and the same address for it. */
START_TEST(the_other_account_of_a_name_is_published_again)
{
	open_daemons(false, 1);
	put_account("twin");
	ask(0, ASK_HOME "81.2.69.1", "good 81.2.69.1");
	kit_update(engines[0], "twin", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	ask(0, ASK_HOME "0.0.0.0", "good 0.0.0.0");
	assert_zone("");
	kit_update(engines[0], "twin", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	assert_zone("81.2.69.1");
	ask(0, ASK_HOME "0.0.0.0", "nochg 0.0.0.0");
	assert_zone("81.2.69.1");
	close_daemons();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("t_engine_clear");
	SRunner *runner = srunner_create(suite);
	TCase *tc = tcase_create("clear");
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, a_family_is_cleared_and_stays_so, 0, 2);
	tcase_add_loop_test(tc, a_host_that_is_off_line_costs_nothing, 0, 2);
	tcase_add_loop_test(tc, what_the_administrator_clears_is_deleted, 0, 2);
	tcase_add_test(tc, a_daemon_killed_before_the_deletion_leaves_it_to_the_next);
	tcase_add_test(tc, a_deletion_that_the_backend_refuses_is_not_tried_for_ever);
	tcase_add_test(tc, what_is_under_way_is_published_first);
	tcase_add_test(tc, what_a_rival_sends_late_does_not_come_back);
	tcase_add_loop_test(tc, a_deletion_that_lands_late_takes_nothing_away_for_long, 0, 2);
	tcase_add_test(tc, an_update_that_comes_first_wins_over_an_owed_deletion);
	tcase_add_test(tc, the_other_account_of_a_name_is_published_again);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
