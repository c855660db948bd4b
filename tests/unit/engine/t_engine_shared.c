/* SPDX-License-Identifier: BSD-2-Clause
 * The whole engine: two accounts with one name, as only a table made by hand has them. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "kit/engine_world.h"

#define X "81.2.69.1"
#define Y "81.2.69.2"
#define Z "81.2.69.3"

static void open_pair(bool is_volatile)
{
	world_open(is_volatile);
	kit_put_account(store, "spare", "secret", HOME);
}

static void ask(const char *user, const char *address, const char *answer)
{
	char query[96], text[96];

	snprintf(query, sizeof(query), ASK_HOME "%s", address);
	snprintf(text, sizeof(text), "%s %s", answer, address);
	kit_update(engine, user, "secret", query, text);
}

static void restart(void)
{
	kit_stop(engine);
	engine = kit_engine(&conf, &fault->store);
	kit_rest(engine);
}

/* Rows: with and without memory of accounts, in a zone of ours alone and in a shared one. */
START_TEST(whoever_was_overwritten_publishes_again)
{
	size_t i;

	for (i = 0; i < 4; i++) {
		open_pair(i % 2 == 1);
		kit_stop(engine);
		conf.account_cache = i / 2 == 1 ? 100 : 0;
		engine = kit_engine(&conf, &fault->store);
		ask("router", X, "good");
		ask("router", X, "nochg");
		ask("spare", Y, "good");
		ck_assert_str_eq(fake_dns_get(dns, HOME), Y);
		ask("spare", Y, "nochg");
		ask("router", X, "good");
		ck_assert_str_eq(fake_dns_get(dns, HOME), X);
		ask("router", X, "nochg");
		ask("spare", Y, "good");
		ck_assert_str_eq(fake_dns_get(dns, HOME), Y);
		world_close();
	}
}
END_TEST

START_TEST(the_same_address_is_nochg_for_both)
{
	open_pair(false);
	ask("router", X, "good");
	ask("spare", X, "good");
	ask("router", X, "nochg");
	ask("spare", X, "nochg");
	ck_assert_uint_eq(dns->n_batches, 2);
	world_close();
}
END_TEST

START_TEST(it_is_known_after_a_start_too)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		open_pair(i == 1);
		ask("router", X, "good");
		kit_advance(5000);
		ask("spare", Y, "good");
		kit_rest(engine);
		restart();
		ck_assert_str_eq(fake_dns_get(dns, HOME), Y);
		ask("spare", Y, "nochg");
		kit_advance(5000);
		ask("router", X, "good");
		ck_assert_str_eq(fake_dns_get(dns, HOME), X);
		restart();
		ck_assert_str_eq(fake_dns_get(dns, HOME), X);
		ask("router", X, "nochg");
		ask("spare", Y, "good");
		world_close();
	}
}
END_TEST

/* Not the times of the publications tell it, which may be those of one second. */
START_TEST(the_last_one_of_a_second_is_known_after_a_start)
{
	open_pair(false);
	ask("router", X, "good");
	ask("spare", Y, "good");
	kit_rest(engine);
	restart();
	ask("spare", Y, "nochg");
	ask("router", X, "good");
	ck_assert_str_eq(fake_dns_get(dns, HOME), X);
	world_close();
}
END_TEST

/* ---------------------------------------------------------------- two daemons */

enum { SLOW_MS = 1000 };

static struct fake_dns *other_dns;
static struct engine *other;

/* Each of them publishes for one account of the pair. */
static void open_two(void)
{
	struct engine_conf other_conf;

	open_pair(false);
	fault->ops.is_remote = true;
	restart();
	other_dns = fake_dns_new(500, false);
	other_dns->zone = dns;
	other_conf = kit_conf(&other_dns->dns);
	other_conf.account_cache = 100;
	other = kit_engine(&other_conf, &fault->store);
}

static void close_two(void)
{
	kit_stop(other);
	world_close();
	fake_dns_free(other_dns);
}

static void assert_last(const char *user, const char *address)
{
	struct host_state s = kit_state(store, user, HOME);
	char text[ADDR_TEXT_MAX];

	ck_assert_str_eq(fake_dns_get(dns, HOME), address);
	ck_assert_str_eq(addr_format(&s.want.v4, text), address);
	ck_assert(!host_state_is_over(&s));
	ck_assert_uint_eq(s.pub, s.seq);
}

/* What one daemon knows of the other's changes is what the store says. */
START_TEST(two_daemons_serve_a_pair)
{
	size_t i;

	open_two();
	for (i = 0; i < 5; i++) {
		ask("router", X, "good");
		ask("router", X, "nochg");
		kit_update(other, "spare", "secret", ASK_HOME Y, "good " Y);
		ck_assert_str_eq(fake_dns_get(dns, HOME), Y);
		kit_update(other, "spare", "secret", ASK_HOME Y, "nochg " Y);
		/* Each router comes to the other's daemon. */
		kit_update(other, "router", "secret", ASK_HOME X, "good " X);
		ask("spare", Y, "good");
		ck_assert_str_eq(fake_dns_get(dns, HOME), Y);
	}
	close_two();
}
END_TEST

/* The last address of the spare one that this daemon knows of is the router's, too. */
START_TEST(what_is_remembered_of_the_other_account_may_be_out_of_date)
{
	open_two();
	ask("router", X, "good");
	ask("spare", X, "good");
	kit_update(other, "spare", "secret", ASK_HOME Y, "good " Y);
	ask("router", X, "good");
	ck_assert_str_eq(fake_dns_get(dns, HOME), X);
	close_two();
}
END_TEST

/* The router's address is on its way to the zone while the spare one's is changed. */
static void be_late(struct kit_update *late)
{
	open_two();
	dns->latency_ms = SLOW_MS;
	kit_ask(engine, late, "router", "secret", ASK_HOME X);
	kit_advance(SLOW_MS / 2);
	ck_assert_uint_gt(kit_state(store, "router", HOME).seq, 0);
	kit_update(other, "spare", "secret", ASK_HOME Y, "good " Y);
	ck_assert_str_eq(fake_dns_get(dns, HOME), Y);
	ck_assert_uint_eq(late->n_answers, 0);
}

START_TEST(what_lands_over_a_later_change_is_repaired)
{
	struct kit_update late = {.n_answers = 0};
	struct host_state s;

	be_late(&late);
	kit_expect(&late, "good " X);
	ck_assert_str_eq(fake_dns_get(dns, HOME), X);
	kit_advance(10 * SLOW_MS);
	ck_assert_str_eq(fake_dns_get(dns, HOME), Y);
	kit_advance(2 * KIT_SETTLE_MS);
	assert_last("spare", Y);
	s = kit_state(store, "router", HOME);
	ck_assert(host_state_is_over(&s) && s.pub == s.seq);
	kit_update(other, "spare", "secret", ASK_HOME Y, "nochg " Y);
	ask("router", X, "good");
	kit_update(other, "spare", "secret", ASK_HOME Y, "good " Y);
	close_two();
}
END_TEST

START_TEST(what_a_killed_daemon_left_over_a_later_change_is_repaired_by_the_next)
{
	struct kit_update late = {.n_answers = 0};

	be_late(&late);
	engine_close(engine);
	kit_advance(SLOW_MS);
	ck_assert_str_eq(fake_dns_get(dns, HOME), X);
	dns->latency_ms = 0;
	engine = kit_engine(&conf, &fault->store);
	kit_advance(10 * SLOW_MS);
	ck_assert_str_eq(fake_dns_get(dns, HOME), Y);
	kit_advance(2 * KIT_SETTLE_MS);
	assert_last("spare", Y);
	ck_assert_uint_eq(kit_state(store, "router", HOME).pub, 1);
	close_two();
}
END_TEST

/* In trouble it is tried again, and nothing is confirmed meanwhile. */
START_TEST(the_repair_outlives_trouble)
{
	struct kit_update late = {.n_answers = 0};

	be_late(&late);
	misbehave(KIT_LOOKUP, 4, ERR_UNAVAILABLE, false);
	kit_expect(&late, "good " X);
	kit_advance(SLOW_MS);
	ck_assert_uint_eq(kit_state(store, "router", HOME).pub, 0);
	kit_advance(3 * KIT_SETTLE_MS);
	assert_last("spare", Y);
	ck_assert_uint_eq(kit_state(store, "router", HOME).pub, 1);
	close_two();
}
END_TEST

/* Whoever is asked last wins, also when it is the one whose address was late. */
START_TEST(a_change_after_the_late_one_is_the_last)
{
	struct kit_update late = {.n_answers = 0};

	be_late(&late);
	kit_expect(&late, "good " X);
	ask("router", X, "good");
	kit_advance(3 * KIT_SETTLE_MS);
	assert_last("router", X);
	kit_update(other, "spare", "secret", ASK_HOME Y, "good " Y);
	kit_advance(3 * KIT_SETTLE_MS);
	assert_last("spare", Y);
	close_two();
}
END_TEST

/* What somebody does to the item of the spare one, of which before is an earlier reading. */
typedef void mark_fn(struct account_host *now, const struct account_host *before);

static void lose_state(struct account_host *now, const struct account_host *before)
{
	(void)before;
	now->state = (struct host_state){0};
}

static void put_state_back(struct account_host *now, const struct account_host *before)
{
	now->state = before->state;
}

static mark_fn *const marks_lost[] = {lose_state, put_state_back};

/* The item of the spare one no longer says that the router changed the name later; first is an
 * earlier address of it. */
static void lose_mark(mark_fn *lose, const struct account *before)
{
	struct account *now = kit_read_account(store, "spare");

	lose(&now->hosts[0], &before->hosts[0]);
	kit_rewrite_account(store, now);
	account_free(now);
}

/* A daemon that remembers the spare one's address better than the item does intends it again, and
 * it is not later than what the router asked for since. */
START_TEST(what_is_intended_again_is_not_later_than_the_other_accounts_change)
{
	struct account *before;

	open_two();
	kit_update(other, "spare", "secret", ASK_HOME Z, "good " Z);
	kit_advance(10);
	before = kit_read_account(store, "spare");
	kit_update(other, "spare", "secret", ASK_HOME Y, "good " Y);
	kit_advance(10);
	ask("router", X, "good");
	kit_advance(10);
	lose_mark(marks_lost[_i], before);
	kit_advance(4 * KIT_SETTLE_MS);
	assert_last("router", X);
	ask("router", X, "nochg");
	/* Each address of the spare one is a change. */
	kit_update(other, "spare", "secret", ASK_HOME Z, "good " Z);
	kit_advance(3 * KIT_SETTLE_MS);
	assert_last("spare", Z);
	account_free(before);
	close_two();
}
END_TEST

/* The same of one daemon, whose zone is its own. */
START_TEST(what_is_remembered_of_one_account_does_not_go_over_the_other)
{
	struct account *before;

	open_pair(true);
	conf.account_cache = 100;
	restart();
	ask("spare", Z, "good");
	before = kit_read_account(store, "spare");
	ask("spare", Y, "good");
	ask("router", X, "good");
	lose_mark(marks_lost[_i], before);
	kit_advance(3 * KIT_SYNC_MS);
	ck_assert_str_eq(fake_dns_get(dns, HOME), X);
	ask("router", X, "nochg");
	ask("spare", Z, "good");
	ck_assert_str_eq(fake_dns_get(dns, HOME), Z);
	account_free(before);
	world_close();
}
END_TEST

/* The account that published last is gone, and its record with it. */
START_TEST(who_is_left_publishes_again)
{
	open_pair(true);
	ask("router", X, "good");
	ask("spare", Y, "good");
	kit_remove_account(store, "spare");
	kit_advance(3 * KIT_SYNC_MS);
	ask("router", X, "good");
	ck_assert_str_eq(fake_dns_get(dns, HOME), X);
	world_close();
}
END_TEST

/* Each of them in turn, as a failover pair whose members poll: the zone has what was asked last. */
START_TEST(a_pair_that_polls_is_served_as_the_original_served_it)
{
	size_t i;

	open_pair(false);
	for (i = 0; i < 10; i++) {
		ask("router", X, "good");
		kit_advance(1000);
		ck_assert_str_eq(fake_dns_get(dns, HOME), X);
		ask("spare", Y, "good");
		kit_advance(1000);
		ck_assert_str_eq(fake_dns_get(dns, HOME), Y);
	}
	world_close();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		whoever_was_overwritten_publishes_again,
		the_same_address_is_nochg_for_both,
		it_is_known_after_a_start_too,
		the_last_one_of_a_second_is_known_after_a_start,
		two_daemons_serve_a_pair,
		what_is_remembered_of_the_other_account_may_be_out_of_date,
		what_lands_over_a_later_change_is_repaired,
		what_a_killed_daemon_left_over_a_later_change_is_repaired_by_the_next,
		the_repair_outlives_trouble,
		a_change_after_the_late_one_is_the_last,
		who_is_left_publishes_again,
		a_pair_that_polls_is_served_as_the_original_served_it,
	};
	Suite *suite = suite_create("engine_shared");
	TCase *tcase = tcase_create("engine_shared");
	SRunner *runner = srunner_create(suite);
	int failed;
	size_t i;

	for (i = 0; i < N_ELEMENTS(tests); i++)
		tcase_add_test(tcase, tests[i]);
	tcase_add_loop_test(tcase,
			    what_is_intended_again_is_not_later_than_the_other_accounts_change, 0,
			    N_ELEMENTS(marks_lost));
	tcase_add_loop_test(tcase, what_is_remembered_of_one_account_does_not_go_over_the_other, 0,
			    N_ELEMENTS(marks_lost));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
