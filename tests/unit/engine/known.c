/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/known.h"

#include <check.h>
#include <stdio.h>

#include "base/err.h"
#include "engine/ticks.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"

#define HOME   "home.dyn.example.com"
#define SECOND "second.dyn.example.com"

enum { SEED = 7, NEW = true, FROM_MEMORY = false };

static struct known *known;
static struct ticks ticks;
static struct account *account;

static struct host_state state_of(uint64_t seq, const char *v4, int64_t time_s)
{
	return (struct host_state){
		.want = value_pair(v4, NULL),
		.seq = seq,
		.pub = seq,
		.time_s = time_s,
	};
}

static void open_known(void)
{
	ticks.now = 0;
	ck_assert_int_eq(known_new(100, SEED, &ticks, &known), 0);
	ck_assert_int_eq(account_new(slice_of("router"), &account, NULL), 0);
	ck_assert_int_eq(account_set_secret(account, slice_of("secret"), NULL), 0);
	ck_assert_int_eq(account_add_host(account, slice_of(HOME), NULL, NULL, NULL), 0);
	ck_assert_int_eq(account_add_host(account, slice_of(SECOND), NULL, NULL, NULL), 0);
}

static void close_known(void)
{
	account_free(account);
	known_free(known);
}

static uint64_t intend(const char *host, uint64_t seq, const char *v4, int64_t time_s)
{
	struct fqdn name = value_name(host);
	struct host_state state = state_of(seq, v4, time_s);

	return known_put_intent(known, "router", &name, &state);
}

static struct known_host get(const char *host)
{
	struct fqdn name = value_name(host);

	return known_get(known, "router", &name, NULL);
}

/* The store has that of the account's first host. True: *ret_better is what is known better. */
static bool see(struct host_state state, uint64_t read_at, bool is_new,
		struct host_state *ret_better)
{
	account->hosts[0].state = state;
	return known_see(known, account, &account->hosts[0], NULL, read_at, is_new, ret_better);
}

static bool see_listed(size_t i, struct host_state state, uint64_t read_at)
{
	struct host_state better;

	account->hosts[i].state = state;
	return known_see_listed(known, account, &account->hosts[i], NULL, read_at, &better);
}

START_TEST(what_was_asked_for_earlier_is_older)
{
	static const struct {
		uint64_t seq, found_seq;
		const char *v4, *found_v4;
		int64_t time_s, found_time_s;
		bool is_newer;
		int64_t wanted_ms, found_wanted_ms;
	} rows[] = {
		/* Nothing is known. */
		{0, 0, "81.2.69.1", "81.2.69.1", 100, 100, false, 0, 0},
		{0, 3, "81.2.69.1", "81.2.69.2", 100, 50, false, 0, 0},
		/* The store went on. */
		{5, 6, "81.2.69.1", "81.2.69.2", 100, 50, false, 0, 0},
		{5, 6, "81.2.69.1", "81.2.69.1", 100, 100, false, 0, 0},
		/* The same, whatever its time. */
		{5, 5, "81.2.69.1", "81.2.69.1", 100, 50, false, 0, 0},
		{5, 5, "81.2.69.1", "81.2.69.1", 100, 150, false, 0, 0},
		/* The same seq with another address. */
		{5, 5, "81.2.69.1", "81.2.69.2", 100, 50, true, 0, 0},
		{5, 5, "81.2.69.1", "81.2.69.2", 100, 100, true, 0, 0},
		{5, 5, "81.2.69.1", "81.2.69.2", 100, 101, false, 0, 0},
		/* A lower one. */
		{5, 4, "81.2.69.1", "81.2.69.2", 100, 50, true, 0, 0},
		{5, 4, "81.2.69.1", "81.2.69.1", 100, 50, true, 0, 0},
		{5, 4, "81.2.69.1", "81.2.69.2", 100, 100, true, 0, 0},
		{5, 1, "81.2.69.1", "81.2.69.2", 100, 101, false, 0, 0},
		/* Written anew without a state: no time counts. */
		{5, 0, "81.2.69.1", NULL, 100, 0, true, 0, 0},
		{5, 0, "81.2.69.1", NULL, 100, 101, true, 0, 0},
		{5, 0, "81.2.69.1", NULL, 0, 0, true, 0, 0},
		{5, 0, "81.2.69.1", NULL, 100, 0, true, 1000, 0},
		/* Asked for later, or earlier: neither seq nor time of publication counts. */
		{5, 1, "81.2.69.1", "81.2.69.2", 100, 100, false, 1000, 1001},
		{5, 1, "81.2.69.1", "81.2.69.2", 100, 200, true, 1000, 999},
		{5, 5, "81.2.69.1", "81.2.69.2", 100, 0, false, 1000, 1001},
		{5, 6, "81.2.69.1", "81.2.69.2", 100, 200, true, 1000, 999},
		{5, 6, "81.2.69.1", "81.2.69.2", 100, 200, false, 1000, 1000},
		{5, 5, "81.2.69.1", "81.2.69.1", 100, 100, true, 1000, 999},
		{5, 4, "81.2.69.1", "81.2.69.1", 100, 100, false, 1000, 1001},
		{5, 4, "81.2.69.1", "81.2.69.1", 100, 100, true, 1000, 1000},
		{5, 4, "81.2.69.1", "81.2.69.2", 100, 100, true, 1000, 1000},
		/* One of them does not say. */
		{5, 4, "81.2.69.1", "81.2.69.2", 100, 100, true, 1000, 0},
		{5, 1, "81.2.69.1", "81.2.69.2", 100, 101, false, 1000, 0},
		{5, 6, "81.2.69.1", "81.2.69.2", 100, 50, false, 0, 1000},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct host_state s = state_of(rows[i].seq, rows[i].v4, rows[i].time_s);
		struct host_state found =
			state_of(rows[i].found_seq, rows[i].found_v4, rows[i].found_time_s);

		s.wanted_ms = rows[i].wanted_ms;
		found.wanted_ms = rows[i].found_wanted_ms;
		ck_assert_msg(known_is_newer(&s, &found) == rows[i].is_newer, "row %zu", i);
	}
}
END_TEST

START_TEST(each_change_has_the_next_tick_and_a_read_has_none)
{
	open_known();
	ck_assert_uint_eq(ticks.now, 0);
	ck_assert_uint_eq(ticks_next(&ticks), 1);
	ck_assert_uint_eq(ticks.now, 1);
	ck_assert_uint_eq(intend(HOME, 1, "81.2.69.1", 10), 2);
	ck_assert_uint_eq(intend(HOME, 2, "81.2.69.2", 10), 3);
	ck_assert_uint_eq(ticks.now, 3);
	ck_assert_uint_eq(get(HOME).at, 3);
	ck_assert_uint_eq(get(HOME).state.seq, 2);
	close_known();
}
END_TEST

START_TEST(a_confirmation_keeps_the_tick_of_its_intent)
{
	struct fqdn name = value_name(HOME);
	struct host_state state = state_of(1, "81.2.69.1", 77);
	uint64_t at;

	open_known();
	at = intend(HOME, 1, "81.2.69.1", 10);
	ticks_next(&ticks);
	known_put_confirmed(known, "router", &name, &state, at);
	ck_assert_uint_eq(get(HOME).at, at);
	ck_assert_int_eq(get(HOME).state.time_s, 77);
	ck_assert_uint_eq(ticks.now, at + 1);
	close_known();
}
END_TEST

START_TEST(a_host_is_of_one_login)
{
	struct fqdn name = value_name(HOME);
	struct host_state state = state_of(1, "81.2.69.9", 10);

	open_known();
	intend(HOME, 4, "81.2.69.1", 10);
	known_put_intent(known, "other", &name, &state);
	ck_assert_uint_eq(get(HOME).state.seq, 4);
	ck_assert_uint_eq(known_get(known, "other", &name, NULL).state.seq, 1);
	ck_assert_uint_eq(known_get(known, "nobody", &name, NULL).state.seq, 0);
	ck_assert_uint_eq(get(SECOND).state.seq, 0);
	close_known();
}
END_TEST

/* The higher seq counts; the host in flight is not kept by it. */
START_TEST(what_is_in_flight_is_known_too)
{
	static const struct {
		uint64_t kept, in_flight;
		uint64_t seq, at;
	} rows[] = {{0, 0, 0, 0}, {0, 3, 3, 99}, {3, 0, 3, 1},
		    {3, 2, 3, 1}, {3, 3, 3, 1},	 {3, 4, 4, 99}};
	struct fqdn name = value_name(HOME);
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct known_host in_flight = {state_of(rows[i].in_flight, "81.2.69.7", 10), 99};
		struct known_host now;

		open_known();
		if (rows[i].kept > 0)
			intend(HOME, rows[i].kept, "81.2.69.1", 10);
		now = known_get(known, "router", &name, &in_flight);
		ck_assert_msg(now.state.seq == rows[i].seq && now.at == rows[i].at, "row %zu", i);
		ck_assert_uint_eq(get(HOME).state.seq, rows[i].kept);
		close_known();
	}
}
END_TEST

START_TEST(a_store_that_went_backwards_is_noticed)
{
	struct host_state better = {.seq = 0};

	open_known();
	intend(HOME, 5, "81.2.69.1", 100);
	ck_assert(see(state_of(3, "81.2.69.3", 50), ticks.now, NEW, &better));
	ck_assert_uint_eq(better.seq, 5);
	ck_assert(addr_pair_equal(&better.want, &account->hosts[0].state.want) == false);
	/* What was read is not noted: the next read finds the same. */
	ck_assert_uint_eq(get(HOME).state.seq, 5);
	ck_assert(see(state_of(0, NULL, 0), ticks.now, FROM_MEMORY, &better));
	close_known();
}
END_TEST

START_TEST(a_read_that_began_before_the_change_says_nothing)
{
	/* The change has tick 1. */
	static const struct {
		uint64_t read_at;
		bool is_noticed;
	} rows[] = {{0, false}, {1, true}, {2, true}};
	struct host_state better;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_known();
		intend(HOME, 5, "81.2.69.1", 100);
		ck_assert_msg(see(state_of(3, "81.2.69.3", 50), rows[i].read_at, NEW, &better) ==
				      rows[i].is_noticed,
			      "row %zu", i);
		ck_assert_uint_eq(get(HOME).state.seq, 5);
		close_known();
	}
}
END_TEST

START_TEST(what_is_in_flight_is_known_better_than_what_is_read)
{
	struct known_host in_flight;
	struct host_state better;

	open_known();
	in_flight = (struct known_host){state_of(5, "81.2.69.5", 100), 1};
	account->hosts[0].state = state_of(4, "81.2.69.4", 90);
	ck_assert(known_see(known, account, &account->hosts[0], &in_flight, 1, NEW, &better));
	ck_assert_uint_eq(better.seq, 5);
	ck_assert_uint_eq(get(HOME).state.seq, 0);
	/* Unless its intent is younger than the read. */
	ck_assert(!known_see(known, account, &account->hosts[0], &in_flight, 0, NEW, &better));
	close_known();
}
END_TEST

START_TEST(what_is_read_from_the_store_is_noted_and_from_memory_is_not)
{
	struct host_state better;

	open_known();
	ck_assert(!see(state_of(3, "81.2.69.3", 50), 0, FROM_MEMORY, &better));
	ck_assert_uint_eq(get(HOME).state.seq, 0);
	ck_assert(!see(state_of(3, "81.2.69.3", 50), 0, NEW, &better));
	ck_assert_uint_eq(get(HOME).state.seq, 3);
	ck_assert_uint_eq(get(HOME).at, 1);
	/* A host that was never updated is nothing to know. */
	account->hosts[1].state = state_of(0, NULL, 0);
	ck_assert(!known_see(known, account, &account->hosts[1], NULL, 1, NEW, &better));
	ck_assert_uint_eq(get(SECOND).state.seq, 0);
	close_known();
}
END_TEST

/* Only another seq is a change. */
START_TEST(the_same_read_again_has_the_tick_of_the_first)
{
	struct host_state better;

	open_known();
	ck_assert(!see(state_of(3, "81.2.69.3", 50), 0, NEW, &better));
	ck_assert(!see(state_of(3, "81.2.69.3", 60), 1, NEW, &better));
	ck_assert_uint_eq(get(HOME).at, 1);
	ck_assert_uint_eq(ticks.now, 1);
	ck_assert_int_eq(get(HOME).state.time_s, 60);
	ck_assert(!see(state_of(4, "81.2.69.4", 70), 1, NEW, &better));
	ck_assert_uint_eq(get(HOME).at, 2);
	close_known();
}
END_TEST

START_TEST(the_time_of_the_last_publication_does_not_go_back)
{
	/* Known: seq 3 published at 50. */
	static const struct {
		uint64_t seq;
		int64_t time_s, then_s;
	} rows[] = {{3, 40, 50}, {3, 50, 50}, {3, 60, 60}, {4, 40, 50}, {4, 60, 60}, {2, 60, 60}};
	struct host_state better;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_known();
		ck_assert(!see(state_of(3, "81.2.69.3", 50), 0, NEW, &better));
		ck_assert(
			!see(state_of(rows[i].seq, "81.2.69.3", rows[i].time_s), 1, NEW, &better));
		ck_assert_msg(get(HOME).state.time_s == rows[i].then_s, "row %zu", i);
		ck_assert_msg(get(HOME).state.seq == rows[i].seq, "row %zu", i);
		close_known();
	}
}
END_TEST

/* A lower seq that was asked for later is of another life, which has published nothing yet. */
START_TEST(the_time_of_an_earlier_life_is_not_taken_over)
{
	static const struct {
		uint64_t seq;
		int64_t time_s, then_s;
	} rows[] = {{1, 0, 0}, {2, 40, 40}, {1, 60, 60}, {3, 0, 50}, {4, 0, 50}};
	struct host_state better;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct host_state before = state_of(3, "81.2.69.3", 50);
		struct host_state later = state_of(rows[i].seq, "81.2.69.4", rows[i].time_s);

		before.wanted_ms = 1000;
		later.wanted_ms = 1001;
		open_known();
		ck_assert(!see(before, 0, NEW, &better));
		ck_assert(!see(later, 1, NEW, &better));
		ck_assert_uint_eq(get(HOME).state.seq, rows[i].seq);
		ck_assert_msg(get(HOME).state.time_s == rows[i].then_s, "row %zu", i);
		close_known();
	}
}
END_TEST

START_TEST(who_is_given_the_login_does_not_inherit_the_addresses)
{
	static const struct {
		const char *secret;
		uint64_t seq; /* as found then */
		bool is_noticed;
		uint64_t then;
	} rows[] = {
		{"secret", 0, true, 3},	  /* the same owner, whose item was written anew */
		{"another", 0, false, 0}, /* handed over */
		{"another", 2, true, 3},  /* it has a state: an old one of a new password */
		{"another", 4, false, 4},
	};
	struct host_state better;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_known();
		ck_assert(!see(state_of(3, "81.2.69.3", 50), 0, NEW, &better));
		ck_assert_int_eq(account_set_secret(account, slice_of(rows[i].secret), NULL), 0);
		ck_assert_msg(see(state_of(rows[i].seq, "81.2.69.3", 0), 1, NEW, &better) ==
				      rows[i].is_noticed,
			      "row %zu", i);
		ck_assert_msg(get(HOME).state.seq == rows[i].then, "row %zu", i);
		close_known();
	}
}
END_TEST

/* An item whose secret cannot be read does not tell whose it is. */
START_TEST(without_a_secret_nobody_was_given_the_login)
{
	struct host_state better;

	open_known();
	ck_assert(!see(state_of(3, "81.2.69.3", 50), 0, NEW, &better));
	account->flaws |= ACCOUNT_FLAW_SECRET;
	ck_assert(see(state_of(0, NULL, 0), 1, NEW, &better));
	ck_assert_uint_eq(get(HOME).state.seq, 3);
	/* Whose it was before is remembered meanwhile. */
	ck_assert(!see(state_of(4, "81.2.69.4", 60), 1, NEW, &better));
	ck_assert_int_eq(account_set_secret(account, slice_of("another"), NULL), 0);
	ck_assert(!see(state_of(0, NULL, 0), ticks.now, NEW, &better));
	ck_assert_uint_eq(get(HOME).state.seq, 0);
	close_known();
}
END_TEST

/* Nobody has read whose it is: it is published again rather than forgotten. */
START_TEST(an_intent_without_a_reading_has_no_owner_and_keeps_the_one_of_a_reading)
{
	struct host_state better;

	open_known();
	intend(HOME, 3, "81.2.69.3", 50);
	ck_assert(see(state_of(0, NULL, 0), 1, NEW, &better));
	ck_assert(!see(state_of(4, "81.2.69.4", 60), 1, NEW, &better));
	intend(HOME, 5, "81.2.69.5", 60);
	ck_assert_int_eq(account_set_secret(account, slice_of("another"), NULL), 0);
	ck_assert(!see(state_of(0, NULL, 0), ticks.now, NEW, &better));
	ck_assert_uint_eq(get(HOME).state.seq, 0);
	close_known();
}
END_TEST

START_TEST(one_host_or_a_whole_account_is_forgotten)
{
	struct fqdn name = value_name(HOME);

	open_known();
	intend(HOME, 1, "81.2.69.1", 10);
	intend(SECOND, 2, "81.2.69.2", 10);
	known_forget(known, "other", NULL);
	known_forget(known, "other", &name);
	ck_assert_uint_eq(get(HOME).state.seq, 1);
	known_forget(known, "router", &name);
	ck_assert_uint_eq(get(HOME).state.seq, 0);
	ck_assert_uint_eq(get(SECOND).state.seq, 2);
	intend(HOME, 3, "81.2.69.1", 10);
	known_forget(known, "router", NULL);
	ck_assert_uint_eq(get(HOME).state.seq, 0);
	ck_assert_uint_eq(get(SECOND).state.seq, 0);
	close_known();
}
END_TEST

START_TEST(hosts_that_the_account_lost_are_forgotten)
{
	struct fqdn second = value_name(SECOND);

	open_known();
	intend(HOME, 1, "81.2.69.1", 10);
	intend(SECOND, 2, "81.2.69.2", 10);
	known_keep(known, account);
	ck_assert_uint_eq(get(SECOND).state.seq, 2);
	ck_assert(account_drop_host(account, &second));
	known_keep(known, account);
	ck_assert_uint_eq(get(HOME).state.seq, 1);
	ck_assert_uint_eq(get(SECOND).state.seq, 0);
	close_known();
}
END_TEST

START_TEST(the_end_of_a_listing_forgets_what_was_not_in_it)
{
	uint64_t began_at;

	open_known();
	intend(HOME, 1, "81.2.69.1", 10);
	intend(SECOND, 2, "81.2.69.2", 10);
	began_at = ticks.now;
	/* Listed, though nothing of it is new. */
	ck_assert(!see_listed(0, state_of(1, "81.2.69.1", 10), began_at));
	known_end_list(known, began_at);
	ck_assert_uint_eq(get(HOME).state.seq, 1);
	ck_assert_uint_eq(get(SECOND).state.seq, 0);
	close_known();
}
END_TEST

START_TEST(what_was_changed_while_it_was_listed_is_kept)
{
	uint64_t began_at;

	open_known();
	intend(SECOND, 2, "81.2.69.2", 10);
	began_at = ticks.now;
	intend(HOME, 1, "81.2.69.1", 10);
	known_end_list(known, began_at);
	ck_assert_uint_eq(get(HOME).state.seq, 1);
	ck_assert_uint_eq(get(SECOND).state.seq, 0);
	close_known();
}
END_TEST

/* What is known better stays through the listing that says less. */
START_TEST(a_listed_host_that_went_backwards_is_kept)
{
	uint64_t began_at;

	open_known();
	intend(HOME, 5, "81.2.69.5", 10);
	began_at = ticks.now;
	ck_assert(see_listed(0, state_of(2, "81.2.69.2", 5), began_at));
	known_end_list(known, began_at);
	ck_assert_uint_eq(get(HOME).state.seq, 5);
	close_known();
}
END_TEST

START_TEST(of_no_hosts_nothing_is_known_but_the_ticks)
{
	struct known_host in_flight = {state_of(5, "81.2.69.5", 100), 1};
	struct host_state better;

	open_known();
	known_free(known);
	ck_assert_int_eq(known_new(0, SEED, &ticks, &known), 0);
	ck_assert_uint_eq(intend(HOME, 5, "81.2.69.5", 100), 1);
	ck_assert_uint_eq(get(HOME).state.seq, 0);
	ck_assert(!see(state_of(3, "81.2.69.3", 50), 1, NEW, &better));
	ck_assert(!see_listed(0, state_of(3, "81.2.69.3", 50), 1));
	known_forget(known, "router", NULL);
	known_keep(known, account);
	known_end_list(known, 1);
	/* In flight it is known all the same. */
	ck_assert(known_see(known, account, &account->hosts[0], &in_flight, 1, NEW, &better));
	ck_assert_uint_eq(better.seq, 5);
	close_known();
	known_free(NULL);
}
END_TEST

static void fill(size_t max, size_t n)
{
	struct fqdn name = value_name(HOME);
	struct host_state state = state_of(1, "81.2.69.1", 10);
	char user[32];
	size_t i;

	ck_assert_int_eq(known_new(max, SEED, &ticks, &known), 0);
	for (i = 0; i < n; i++) {
		snprintf(user, sizeof(user), "u%zu", i);
		known_put_intent(known, user, &name, &state);
	}
	/* The oldest ones are forgotten. */
	for (i = 0; i < n; i++) {
		snprintf(user, sizeof(user), "u%zu", i);
		ck_assert_msg((known_get(known, user, &name, NULL).state.seq == 1) ==
				      (i + (max < KNOWN_HOSTS_MAX ? max : KNOWN_HOSTS_MAX) >= n),
			      "%zu of %zu at most %zu", i, n, max);
	}
	known_free(known);
}

START_TEST(no_more_hosts_are_known_than_allowed_and_never_more_than_the_most)
{
	fill(1, 3);
	fill(10, 10);
	fill(10, 11);
	fill(SIZE_MAX, (size_t)KNOWN_HOSTS_MAX + 2);
}
END_TEST

START_TEST(without_memory_the_store_is_believed)
{
	struct fqdn name = value_name(HOME);
	struct host_state state = state_of(5, "81.2.69.5", 100);
	struct host_state better;
	size_t n;
	int err;

	for (n = 1;; n++) {
		known = NULL;
		fake_malloc_fail_at(n);
		err = known_new(10, SEED, &ticks, &known);
		if (!fake_malloc_off())
			break;
		ck_assert_int_eq(err, ERR_NOMEM);
		ck_assert_ptr_null(known);
	}
	ck_assert_uint_gt(n, 2);
	known_free(known);
	for (n = 1;; n++) {
		uint64_t at;
		bool was_refused;

		open_known();
		fake_malloc_fail_at(n);
		at = known_put_intent(known, "router", &name, &state);
		was_refused = fake_malloc_off();
		/* The change has its tick all the same. */
		ck_assert_uint_eq(at, 1);
		ck_assert(see(state_of(3, "81.2.69.3", 50), at, NEW, &better) == !was_refused);
		ck_assert_uint_eq(get(HOME).state.seq, was_refused ? 3 : 5);
		close_known();
		if (!was_refused)
			break;
	}
	ck_assert_uint_gt(n, 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_was_asked_for_earlier_is_older,
		each_change_has_the_next_tick_and_a_read_has_none,
		a_confirmation_keeps_the_tick_of_its_intent,
		a_host_is_of_one_login,
		what_is_in_flight_is_known_too,
		a_store_that_went_backwards_is_noticed,
		a_read_that_began_before_the_change_says_nothing,
		what_is_in_flight_is_known_better_than_what_is_read,
		what_is_read_from_the_store_is_noted_and_from_memory_is_not,
		the_same_read_again_has_the_tick_of_the_first,
		the_time_of_the_last_publication_does_not_go_back,
		the_time_of_an_earlier_life_is_not_taken_over,
		who_is_given_the_login_does_not_inherit_the_addresses,
		without_a_secret_nobody_was_given_the_login,
		an_intent_without_a_reading_has_no_owner_and_keeps_the_one_of_a_reading,
		one_host_or_a_whole_account_is_forgotten,
		hosts_that_the_account_lost_are_forgotten,
		the_end_of_a_listing_forgets_what_was_not_in_it,
		what_was_changed_while_it_was_listed_is_kept,
		a_listed_host_that_went_backwards_is_kept,
		of_no_hosts_nothing_is_known_but_the_ticks,
		no_more_hosts_are_known_than_allowed_and_never_more_than_the_most,
		without_memory_the_store_is_believed,
	};

	return unit_run("known", tests, N_ELEMENTS(tests));
}
