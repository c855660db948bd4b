/* SPDX-License-Identifier: BSD-2-Clause
 * What must hold for intend and confirm, alone and beside others. */
#include <stdio.h>
#include <string.h>

#include "kit/store_kit.h"
#include "kit/unit.h"

enum { IN_FLIGHT = 40 };

START_TEST(intend_counts_up_and_keeps_what_is_published)
{
	struct store_confirm c = {
		.name = value_name("a.example.com"), .seq = 1, .time_s = 1700000000};

	store_kit_create("bob", "a.example.com", "b.example.com");
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", "2001:db8::1"),
			 0);
	store_kit_assert_state("bob", "a.example.com", 1, 0,
			       value_pair("192.0.2.1", "2001:db8::1"));
	store_kit_assert_state("bob", "b.example.com", 0, 0, value_pair(NULL, NULL));
	ck_assert_int_eq(store_kit_confirm("bob", &c), 0);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 1, "192.0.2.2", "2001:db8::1"),
			 0);
	store_kit_assert_state("bob", "a.example.com", 2, 1,
			       value_pair("192.0.2.2", "2001:db8::1"));
	ck_assert_int_eq(store_kit_state("bob", "a.example.com").time_s, 1700000000);
}
END_TEST

/* Where, and with which TTL, it was published last, and whether an intent only repeats that. */
START_TEST(confirm_tells_how_it_was_published)
{
	struct store_confirm c = {.name = value_name("a.example.com"),
				  .seq = 1,
				  .time_s = 1700000000,
				  .ttl = 300,
				  .zone = "Z0123456789ABCDEFGHIJKLMNOPQRST"};
	struct store_intent again = {.name = value_name("a.example.com"),
				     .expect = {.want = value_pair("192.0.2.1", NULL), .seq = 1},
				     .want = value_pair("192.0.2.1", NULL),
				     .repeats = true};
	struct account *changed;
	struct host_state s;

	store_kit_create("bob", "a.example.com", NULL);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), 0);
	s = store_kit_state("bob", "a.example.com");
	ck_assert(s.ttl == 0 && s.zone[0] == '\0' && s.repeats == 0);
	ck_assert_int_eq(store_kit_confirm("bob", &c), 0);
	s = store_kit_state("bob", "a.example.com");
	ck_assert_uint_eq(s.ttl, 300);
	ck_assert_str_eq(s.zone, c.zone);
	ck_assert_int_eq(store_kit_intend_in(store_kit.store, "bob", &again, 1), 0);
	s = store_kit_state("bob", "a.example.com");
	ck_assert(s.seq == 2 && s.pub == 1 && s.repeats == 2 && s.ttl == 300);
	c.seq = 2;
	c.ttl = 60;
	str_copy(c.zone, sizeof(c.zone), slice_of("builtin"));
	ck_assert_int_eq(store_kit_confirm("bob", &c), 0);
	s = store_kit_state("bob", "a.example.com");
	ck_assert(s.pub == 2 && s.ttl == 60 && strcmp(s.zone, "builtin") == 0);
	/* A change repeats nothing. */
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 2, "192.0.2.2", NULL), 0);
	s = store_kit_state("bob", "a.example.com");
	ck_assert(s.seq == 3 && s.repeats != s.seq);
	/* And it all stays when the account is changed. */
	changed = store_kit_account("bob", "secret", "a.example.com", "b.example.com");
	ck_assert_int_eq(store_kit_put(changed, STORE_REPLACE), 0);
	account_free(changed);
	s = store_kit_state("bob", "a.example.com");
	ck_assert(s.seq == 3 && s.pub == 2 && s.ttl == 60 && strcmp(s.zone, "builtin") == 0);
}
END_TEST

START_TEST(intend_replaces_both_families)
{
	store_kit_create("bob", "a.example.com", NULL);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", "2001:db8::1"),
			 0);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 1, NULL, "2001:db8::2"), 0);
	store_kit_assert_state("bob", "a.example.com", 2, 0, value_pair(NULL, "2001:db8::2"));
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 2, "255.255.255.255", NULL), 0);
	store_kit_assert_state("bob", "a.example.com", 3, 0, value_pair("255.255.255.255", NULL));
}
END_TEST

START_TEST(intend_works_for_a_wildcard_name)
{
	store_kit_create("bob", "*.home.example.com", NULL);
	ck_assert_int_eq(store_kit_intend("bob", "*.home.example.com", 0, "192.0.2.1", NULL), 0);
	store_kit_assert_state("bob", "*.home.example.com", 1, 0, value_pair("192.0.2.1", NULL));
}
END_TEST

START_TEST(intend_with_another_seq_loses_and_changes_nothing)
{
	static const uint64_t wrong[] = {0, 2, 1000000007};

	store_kit_create("bob", "a.example.com", NULL);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 1, "192.0.2.9", NULL),
			 ERR_CONFLICT);
	store_kit_assert_state("bob", "a.example.com", 0, 0, value_pair(NULL, NULL));
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), 0);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", wrong[_i], "192.0.2.9", NULL),
			 ERR_CONFLICT);
	store_kit_assert_state("bob", "a.example.com", 1, 0, value_pair("192.0.2.1", NULL));
}
END_TEST

/* What was read, and what somebody wrote anew since then, counting from 1, too. */
static const struct {
	const char *name, *read_v4, *read_v6;
	uint64_t read_pub;
	const char *v4, *v6;
	uint64_t pub;
	int want;
} anew_rows[] = {
	{"the same", "192.0.2.1", "2001:db8::1", 0, "192.0.2.1", "2001:db8::1", 0, 0},
	{"confirmed meanwhile", "192.0.2.1", NULL, 0, "192.0.2.1", NULL, 1, 0},
	{"confirmed before", "192.0.2.1", NULL, 1, "192.0.2.1", NULL, 1, 0},
	{"another address", "192.0.2.1", NULL, 0, "192.0.2.2", NULL, 0, ERR_CONFLICT},
	{"another one, published", "192.0.2.1", NULL, 1, "192.0.2.2", NULL, 1, ERR_CONFLICT},
	{"another IPv6 address", NULL, "2001:db8::1", 0, NULL, "2001:db8::2", 0, ERR_CONFLICT},
	{"one family more", "192.0.2.1", NULL, 0, "192.0.2.1", "2001:db8::1", 0, ERR_CONFLICT},
	{"one family less", "192.0.2.1", "2001:db8::1", 1, NULL, "2001:db8::1", 1, ERR_CONFLICT},
	{"no longer published", "192.0.2.1", NULL, 1, "192.0.2.1", NULL, 0, ERR_CONFLICT},
};

START_TEST(intend_for_what_was_written_anew_loses)
{
	struct store_intent intent = store_kit_intent("a.example.com", 1, "192.0.2.9", NULL);
	struct store_confirm c = {.name = intent.name, .seq = 1, .time_s = 1700000000};
	int err;

	intent.expect.want = value_pair(anew_rows[_i].read_v4, anew_rows[_i].read_v6);
	intent.expect.pub = anew_rows[_i].read_pub;
	store_kit_create("bob", "a.example.com", NULL);
	ck_assert_int_eq(
		store_kit_intend("bob", "a.example.com", 0, anew_rows[_i].v4, anew_rows[_i].v6), 0);
	if (anew_rows[_i].pub > 0)
		ck_assert_int_eq(store_kit_confirm("bob", &c), 0);
	err = store_kit_intend_in(store_kit.store, "bob", &intent, 1);
	ck_assert_msg(err == anew_rows[_i].want, "%s: %s", anew_rows[_i].name, err_str(err));
	if (err == 0)
		store_kit_assert_state("bob", "a.example.com", 2, anew_rows[_i].pub,
				       value_pair("192.0.2.9", NULL));
	else
		store_kit_assert_state("bob", "a.example.com", 1, anew_rows[_i].pub,
				       value_pair(anew_rows[_i].v4, anew_rows[_i].v6));
}
END_TEST

START_TEST(intend_of_two_hosts_is_all_or_nothing)
{
	struct store_intent both[2] = {store_kit_intent("a.example.com", 0, "192.0.2.1", NULL),
				       store_kit_intent("b.example.com", 7, "192.0.2.1", NULL)};

	store_kit_create("bob", "a.example.com", "b.example.com");
	ck_assert_int_eq(store_kit_intend_in(store_kit.store, "bob", both, 2), ERR_CONFLICT);
	store_kit_assert_state("bob", "a.example.com", 0, 0, value_pair(NULL, NULL));
	store_kit_assert_state("bob", "b.example.com", 0, 0, value_pair(NULL, NULL));
	both[1].expect.seq = 0;
	ck_assert_int_eq(store_kit_intend_in(store_kit.store, "bob", both, 2), 0);
	store_kit_assert_state("bob", "a.example.com", 1, 0, value_pair("192.0.2.1", NULL));
	store_kit_assert_state("bob", "b.example.com", 1, 0, value_pair("192.0.2.1", NULL));
}
END_TEST

START_TEST(intend_for_what_is_not_there_fails)
{
	int err;

	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL),
			 ERR_NOTFOUND);
	store_kit_create("bob", "a.example.com", NULL);
	err = store_kit_intend("bob", "b.example.com", 0, "192.0.2.1", NULL);
	ck_assert_msg(err == ERR_NOTFOUND || err == ERR_CONFLICT, "%s", err_str(err));
	store_kit_assert_state("bob", "a.example.com", 0, 0, value_pair(NULL, NULL));
}
END_TEST

/* Above what somebody remembers, not only above what is stored. */
START_TEST(intend_may_skip_numbers)
{
	struct store_intent intent = store_kit_intent("a.example.com", 0, "192.0.2.1", NULL);

	store_kit_create("bob", "a.example.com", "b.example.com");
	intent.seq = 8;
	ck_assert_int_eq(store_kit_intend_in(store_kit.store, "bob", &intent, 1), 0);
	store_kit_assert_state("bob", "a.example.com", 8, 0, value_pair("192.0.2.1", NULL));
	intent.expect = store_kit_state("bob", "a.example.com");
	intent.seq = 10;
	ck_assert_int_eq(store_kit_intend_in(store_kit.store, "bob", &intent, 1), 0);
	store_kit_assert_state("bob", "a.example.com", 10, 0, value_pair("192.0.2.1", NULL));
	ck_assert_int_eq(store_kit_intend_in(store_kit.store, "bob", &intent, 1), ERR_CONFLICT);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 10, "192.0.2.2", NULL), 0);
	store_kit_assert_state("bob", "a.example.com", 11, 0, value_pair("192.0.2.2", NULL));
	store_kit_assert_state("bob", "b.example.com", 0, 0, value_pair(NULL, NULL));
}
END_TEST

START_TEST(intend_copies_its_intents)
{
	struct store_intent intent;
	struct store_kit_answer answer = {0};

	store_kit_create("bob", "a.example.com", NULL);
	intent = store_kit_intent("a.example.com", 0, "192.0.2.1", NULL);
	ck_assert_int_eq(
		store_intend(store_kit.store, "bob", &intent, 1, store_kit_on_done, &answer), 0);
	memset(&intent, 0xff, sizeof(intent));
	store_kit_await(&answer, 1);
	ck_assert_int_eq(answer.err, 0);
	store_kit_assert_state("bob", "a.example.com", 1, 0, value_pair("192.0.2.1", NULL));
}
END_TEST

START_TEST(confirm_of_an_older_seq_is_refused)
{
	struct store_confirm c = {
		.name = value_name("a.example.com"), .seq = 1, .time_s = 1700000000};

	store_kit_create("bob", "a.example.com", NULL);
	ck_assert_int_eq(store_kit_confirm("bob", &c), ERR_CONFLICT);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), 0);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 1, "192.0.2.2", NULL), 0);
	ck_assert_int_eq(store_kit_confirm("bob", &c), ERR_CONFLICT);
	store_kit_assert_state("bob", "a.example.com", 2, 0, value_pair("192.0.2.2", NULL));
	c.seq = 3;
	ck_assert_int_eq(store_kit_confirm("bob", &c), ERR_CONFLICT);
	c.seq = 2;
	ck_assert_int_eq(store_kit_confirm("bob", &c), 0);
	store_kit_assert_state("bob", "a.example.com", 2, 2, value_pair("192.0.2.2", NULL));
}
END_TEST

START_TEST(confirm_of_a_life_before_is_refused)
{
	struct store_confirm c = {.name = value_name("a.example.com"),
				  .seq = 1,
				  .want = value_pair("192.0.2.1", NULL),
				  .time_s = 1700000000};

	store_kit_create("bob", "a.example.com", NULL);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), 0);
	ck_assert_int_eq(store_kit_remove("bob"), 0);
	store_kit_create("bob", "a.example.com", NULL);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.2", NULL), 0);
	ck_assert_int_eq(store_kit_confirm("bob", &c), ERR_CONFLICT);
	c.want = value_pair("192.0.2.2", "2001:db8::1");
	ck_assert_int_eq(store_kit_confirm("bob", &c), ERR_CONFLICT);
	c.want = value_pair(NULL, "2001:db8::1");
	ck_assert_int_eq(store_kit_confirm("bob", &c), ERR_CONFLICT);
	store_kit_assert_state("bob", "a.example.com", 1, 0, value_pair("192.0.2.2", NULL));
	c.want = value_pair("192.0.2.2", NULL);
	ck_assert_int_eq(store_kit_confirm("bob", &c), 0);
	store_kit_assert_state("bob", "a.example.com", 1, 1, value_pair("192.0.2.2", NULL));
}
END_TEST

START_TEST(confirm_again_is_harmless)
{
	struct store_confirm c = {
		.name = value_name("a.example.com"), .seq = 1, .time_s = 1700000000};

	store_kit_create("bob", "a.example.com", NULL);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), 0);
	ck_assert_int_eq(store_kit_confirm("bob", &c), 0);
	c.time_s = 1800000000;
	ck_assert_int_eq(store_kit_confirm("bob", &c), 0);
	store_kit_assert_state("bob", "a.example.com", 1, 1, value_pair("192.0.2.1", NULL));
	ck_assert_int_eq(store_kit_state("bob", "a.example.com").time_s, 1800000000);
}
END_TEST

START_TEST(confirm_for_what_is_gone_finds_nothing)
{
	struct store_confirm c = {
		.name = value_name("a.example.com"), .seq = 1, .time_s = 1700000000};
	struct account *a;

	ck_assert_int_eq(store_kit_confirm("bob", &c), ERR_NOTFOUND);
	store_kit_create("bob", "a.example.com", NULL);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), 0);
	a = store_kit_account("bob", "secret", "b.example.com", NULL);
	ck_assert_int_eq(store_kit_put(a, STORE_REPLACE), 0);
	account_free(a);
	ck_assert_int_eq(store_kit_confirm("bob", &c), ERR_NOTFOUND);
	ck_assert_int_eq(store_kit_remove("bob"), 0);
	ck_assert_int_eq(store_kit_confirm("bob", &c), ERR_NOTFOUND);
}
END_TEST

/* --- several at once --- */

START_TEST(of_many_intends_with_one_seq_exactly_one_wins)
{
	struct store_kit_answer answers[IN_FLIGHT] = {{0}};
	struct store_intent intent;
	size_t i, won = 0;

	store_kit_create("bob", "a.example.com", NULL);
	intent = store_kit_intent("a.example.com", 0, "192.0.2.1", NULL);
	for (i = 0; i < IN_FLIGHT; i++) {
		intent.want.v4.bytes[3] = (uint8_t)i;
		ck_assert_int_eq(store_intend(store_kit.store, "bob", &intent, 1, store_kit_on_done,
					      &answers[i]),
				 0);
	}
	store_kit_await(answers, IN_FLIGHT);
	for (i = 0; i < IN_FLIGHT; i++) {
		if (answers[i].err != 0) {
			ck_assert_int_eq(answers[i].err, ERR_CONFLICT);
			continue;
		}
		won++;
		ck_assert_uint_eq(store_kit_state("bob", "a.example.com").want.v4.bytes[3], i);
	}
	ck_assert_uint_eq(won, 1);
	ck_assert_uint_eq(store_kit_state("bob", "a.example.com").seq, 1);
}
END_TEST

START_TEST(one_failure_does_not_touch_what_runs_beside_it)
{
	struct store_kit_answer answers[IN_FLIGHT] = {{0}};
	struct store_intent intents[IN_FLIGHT];
	char user[32], host[32];
	size_t i;

	for (i = 0; i < IN_FLIGHT; i++) {
		snprintf(user, sizeof(user), "u%zu", i);
		snprintf(host, sizeof(host), "h%zu.example.com", i);
		store_kit_create(user, host, NULL);
		intents[i] = store_kit_intent(host, i % 3 == 0 ? 5 : 0, "192.0.2.1", NULL);
	}
	for (i = 0; i < IN_FLIGHT; i++) {
		snprintf(user, sizeof(user), "u%zu", i);
		ck_assert_int_eq(store_intend(store_kit.store, user, &intents[i], 1,
					      store_kit_on_done, &answers[i]),
				 0);
	}
	store_kit_await(answers, IN_FLIGHT);
	for (i = 0; i < IN_FLIGHT; i++) {
		snprintf(user, sizeof(user), "u%zu", i);
		snprintf(host, sizeof(host), "h%zu.example.com", i);
		ck_assert_int_eq(answers[i].err, i % 3 == 0 ? ERR_CONFLICT : 0);
		ck_assert_uint_eq(store_kit_state(user, host).seq, i % 3 == 0 ? 0 : 1);
	}
}
END_TEST

START_TEST(lookup_asked_for_after_a_write_was_answered_sees_it)
{
	uint64_t seq;

	store_kit_create("bob", "a.example.com", NULL);
	for (seq = 0; seq < 10; seq++) {
		ck_assert_int_eq(store_kit_intend("bob", "a.example.com", seq, "192.0.2.1", NULL),
				 0);
		ck_assert_uint_eq(store_kit_state("bob", "a.example.com").seq, seq + 1);
	}
}
END_TEST

START_TEST(close_answers_everything_that_is_pending)
{
	struct store_kit_answer answers[IN_FLIGHT] = {{0}};
	bool was_answered[IN_FLIGHT];
	struct store_intent intent;
	size_t i;

	store_kit_create("bob", "a.example.com", NULL);
	intent = store_kit_intent("a.example.com", 0, "192.0.2.1", NULL);
	for (i = 0; i < IN_FLIGHT; i += 2) {
		ck_assert_int_eq(
			store_lookup(store_kit.store, "bob", store_kit_on_lookup, &answers[i]), 0);
		ck_assert_int_eq(store_intend(store_kit.store, "bob", &intent, 1, store_kit_on_done,
					      &answers[i + 1]),
				 0);
		if (i == IN_FLIGHT / 2)
			uv_run(&store_kit.loop, UV_RUN_NOWAIT);
	}
	for (i = 0; i < IN_FLIGHT; i++)
		was_answered[i] = answers[i].n_calls > 0;
	store_kit_close_all();
	if (store_kit.subject->shut != NULL)
		store_kit.subject->shut(store_kit.subject->ctx);
	uv_run(&store_kit.loop, UV_RUN_DEFAULT);
	for (i = 0; i < IN_FLIGHT; i++) {
		ck_assert_uint_eq(answers[i].n_calls, 1);
		ck_assert_msg(was_answered[i] || answers[i].err == ERR_CANCELED, "%zu: %s", i,
			      err_str(answers[i].err));
		account_free(answers[i].account);
	}
	ck_assert(!was_answered[IN_FLIGHT - 1]);
	store_kit.store = store_kit_open(true);
}
END_TEST

/* --- data that outlives a handle --- */

START_TEST(what_was_acknowledged_is_there_after_a_reopen)
{
	struct store_confirm c = {
		.name = value_name("a.example.com"), .seq = 1, .time_s = 1700000000};

	store_kit_create("bob", "a.example.com", "b.example.com");
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", "2001:db8::1"),
			 0);
	ck_assert_int_eq(store_kit_confirm("bob", &c), 0);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 1, "192.0.2.2", "2001:db8::1"),
			 0);
	store_kit_close_all();
	store_kit.store = store_kit_open(false);
	store_kit_assert_state("bob", "a.example.com", 2, 1,
			       value_pair("192.0.2.2", "2001:db8::1"));
	ck_assert_int_eq(store_kit_state("bob", "a.example.com").time_s, 1700000000);
}
END_TEST

START_TEST(of_two_handles_with_one_seq_exactly_one_wins)
{
	struct store *other = store_kit_open(false);
	struct store_intent mine, theirs;
	struct store_kit_answer answers[2] = {{0}};

	store_kit_create("bob", "a.example.com", NULL);
	mine = store_kit_intent("a.example.com", 0, "192.0.2.1", NULL);
	theirs = store_kit_intent("a.example.com", 0, "192.0.2.2", NULL);
	ck_assert_int_eq(
		store_intend(store_kit.store, "bob", &mine, 1, store_kit_on_done, &answers[0]), 0);
	ck_assert_int_eq(store_intend(other, "bob", &theirs, 1, store_kit_on_done, &answers[1]), 0);
	store_kit_await(answers, 2);
	ck_assert_int_eq(answers[0].err + answers[1].err, ERR_CONFLICT);
	store_kit_assert_state("bob", "a.example.com", 1, 0,
			       answers[0].err == 0 ? mine.want : theirs.want);
	ck_assert_int_eq(store_kit_intend_in(other, "bob", &theirs, 1), ERR_CONFLICT);
}
END_TEST

START_TEST(another_handle_sees_what_was_acknowledged)
{
	struct store *other = store_kit_open(false);
	struct account *a;

	ck_assert_int_eq(store_kit_lookup(other, "bob", &a), ERR_NOTFOUND);
	store_kit_create("bob", "a.example.com", NULL);
	ck_assert_int_eq(store_kit_lookup(other, "bob", &a), 0);
	account_free(a);
	ck_assert_int_eq(store_kit_remove("bob"), 0);
	ck_assert_int_eq(store_kit_lookup(other, "bob", &a), ERR_NOTFOUND);
}
END_TEST

START_TEST(version_changes_when_another_handle_wrote)
{
	struct store *other = store_kit_open(false);
	struct store_intent intent;
	uint64_t before, after;

	if (!store_has_version(store_kit.store))
		return;
	store_kit_create("bob", "a.example.com", NULL);
	before = store_kit_version(store_kit.store);
	ck_assert_uint_eq(store_kit_version(store_kit.store), before);
	intent = store_kit_intent("a.example.com", 0, "192.0.2.1", NULL);
	ck_assert_int_eq(store_kit_intend_in(other, "bob", &intent, 1), 0);
	after = store_kit_version(store_kit.store);
	ck_assert_uint_ne(after, before);
	ck_assert_uint_eq(store_kit_version(store_kit.store), after);
}
END_TEST

/* --- the list --- */

static void add_state(Suite *s)
{
	TCase *tc = store_kit_case(s, "state");

	tcase_add_test(tc, intend_counts_up_and_keeps_what_is_published);
	tcase_add_test(tc, confirm_tells_how_it_was_published);
	tcase_add_test(tc, intend_replaces_both_families);
	tcase_add_test(tc, intend_works_for_a_wildcard_name);
	tcase_add_loop_test(tc, intend_with_another_seq_loses_and_changes_nothing, 0, 3);
	tcase_add_loop_test(tc, intend_for_what_was_written_anew_loses, 0, N_ELEMENTS(anew_rows));
	tcase_add_test(tc, intend_of_two_hosts_is_all_or_nothing);
	tcase_add_test(tc, intend_for_what_is_not_there_fails);
	tcase_add_test(tc, intend_may_skip_numbers);
	tcase_add_test(tc, intend_copies_its_intents);
	tcase_add_test(tc, confirm_of_an_older_seq_is_refused);
	tcase_add_test(tc, confirm_of_a_life_before_is_refused);
	tcase_add_test(tc, confirm_again_is_harmless);
	tcase_add_test(tc, confirm_for_what_is_gone_finds_nothing);
}

static void add_concurrency(Suite *s)
{
	TCase *tc = store_kit_case(s, "several at once");

	tcase_add_test(tc, of_many_intends_with_one_seq_exactly_one_wins);
	tcase_add_test(tc, one_failure_does_not_touch_what_runs_beside_it);
	tcase_add_test(tc, lookup_asked_for_after_a_write_was_answered_sees_it);
	tcase_add_test(tc, close_answers_everything_that_is_pending);
}

static void add_sharing(Suite *s)
{
	TCase *tc = store_kit_case(s, "shared data");

	tcase_add_test(tc, what_was_acknowledged_is_there_after_a_reopen);
	tcase_add_test(tc, of_two_handles_with_one_seq_exactly_one_wins);
	tcase_add_test(tc, another_handle_sees_what_was_acknowledged);
	tcase_add_test(tc, version_changes_when_another_handle_wrote);
}

void store_suite_add_state(Suite *s, bool is_shared)
{
	add_state(s);
	add_concurrency(s);
	if (is_shared)
		add_sharing(s);
}
