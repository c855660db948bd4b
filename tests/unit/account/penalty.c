/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/penalty.h"

#include <string.h>

#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"

enum { NOW = 1000000, FAILURE_MS = 5000, MAX_MS = 600000 };

static struct penalties *penalties;
static const uint64_t key[2] = {1, 2};

static void open_penalties(int64_t failure_ms, int64_t max_ms)
{
	const struct penalty_conf conf = {failure_ms, max_ms};

	ck_assert_int_eq(penalties_new(&conf, key, &penalties), 0);
}

static struct penalty_view look(const char *client, const char *user, int64_t now_ms)
{
	const struct addr a = value_addr(client);
	struct penalty_view v;

	penalties_look(penalties, &a, user, now_ms, &v);
	return v;
}

static void miss(const char *client, const char *user, unsigned n, int64_t now_ms)
{
	struct penalty_view v = look(client, user, now_ms);

	while (n-- > 0)
		penalties_fail(penalties, &v, now_ms);
}

static void expect(const char *client, const char *user, int64_t now_ms, enum penalty_brake brake,
		   int64_t left_ms)
{
	struct penalty_view v = look(client, user, now_ms);

	ck_assert_msg(v.brake == brake && v.left_ms == left_ms, "%s %s: %d, %lld", client, user,
		      v.brake, (long long)v.left_ms);
}

START_TEST(a_client_is_braked_at_the_login_that_it_fails_at)
{
	open_penalties(FAILURE_MS, MAX_MS);
	miss("192.0.2.1", "alice", PENALTY_LOGIN_FAILURES - 1, NOW);
	expect("192.0.2.1", "alice", NOW, PENALTY_NONE, 0);
	miss("192.0.2.1", "alice", 1, NOW);
	expect("192.0.2.1", "alice", NOW, PENALTY_LOGIN, FAILURE_MS);
	/* Neither there for others, nor elsewhere. */
	expect("192.0.2.2", "alice", NOW, PENALTY_NONE, 0);
	expect("192.0.2.1", "bob", NOW, PENALTY_NONE, 0);
	/* One failure more in the time of one. */
	expect("192.0.2.1", "alice", NOW + FAILURE_MS - 1, PENALTY_LOGIN, 1);
	expect("192.0.2.1", "alice", NOW + FAILURE_MS, PENALTY_NONE, 0);
	miss("192.0.2.1", "alice", 1, NOW + FAILURE_MS);
	expect("192.0.2.1", "alice", NOW + FAILURE_MS, PENALTY_LOGIN, FAILURE_MS);
	penalties_free(penalties);
}
END_TEST

START_TEST(penalties_end_at_the_highest)
{
	/* While the client is braked as a whole, each failure at a login counts there. */
	const int64_t client_ms = MAX_MS - (PENALTY_CLIENT_FAILURES - 1) * FAILURE_MS;
	const int64_t login_ms = MAX_MS - (PENALTY_LOGIN_FAILURES - 1) * FAILURE_MS;

	open_penalties(FAILURE_MS, MAX_MS);
	miss("192.0.2.1", "alice", 10000, NOW);
	expect("192.0.2.1", "alice", NOW, PENALTY_LOGIN, MAX_MS);
	expect("192.0.2.1", "bob", NOW, PENALTY_CLIENT, client_ms);
	expect("192.0.2.1", "bob", NOW + client_ms, PENALTY_NONE, 0);
	expect("192.0.2.1", "alice", NOW + client_ms, PENALTY_LOGIN, login_ms - client_ms);
	expect("192.0.2.1", "alice", NOW + login_ms, PENALTY_NONE, 0);
	penalties_free(penalties);
}
END_TEST

START_TEST(a_client_that_goes_through_logins_is_braked_at_each_that_it_fails_at_once)
{
	char user[2] = "a";
	unsigned i;

	open_penalties(FAILURE_MS, MAX_MS);
	for (i = 0; i < PENALTY_CLIENT_FAILURES; i++, user[0]++)
		miss("2001:db8::1", user, 1, NOW);
	expect("2001:db8::1", "router", NOW, PENALTY_CLIENT, FAILURE_MS);
	/* A site has a /56. */
	expect("2001:db8:0:ff::2", "router", NOW, PENALTY_CLIENT, FAILURE_MS);
	expect("2001:db8:0:100::2", "router", NOW, PENALTY_NONE, 0);
	expect("2001:db8::1", "a", NOW, PENALTY_LOGIN, FAILURE_MS);
	miss("2001:db8::1", "router", 1, NOW);
	expect("2001:db8::1", "router", NOW, PENALTY_LOGIN, 2 * FAILURE_MS);
	penalties_free(penalties);
}
END_TEST

START_TEST(who_had_a_password_right_is_known_there)
{
	struct penalty_view v;

	open_penalties(FAILURE_MS, MAX_MS);
	v = look("192.0.2.1", "alice", NOW);
	ck_assert(!v.is_known);
	penalties_know(penalties, &v, NOW);
	ck_assert(look("192.0.2.1", "alice", NOW + PENALTY_KNOWN_MS - 1).is_known);
	ck_assert(!look("192.0.2.1", "alice", NOW + PENALTY_KNOWN_MS).is_known);
	ck_assert(!look("192.0.2.2", "alice", NOW).is_known);
	ck_assert(!look("192.0.2.1", "bob", NOW).is_known);
	penalties_free(penalties);
}
END_TEST

START_TEST(the_brake_holds_however_the_two_keys_are_set)
{
	static const struct {
		int64_t failure_ms, max_ms;
		unsigned n; /* failures at one login, after which */
		enum penalty_brake brake;
	} rows[] = {
		{0, MAX_MS, 1000, PENALTY_NONE},
		{FAILURE_MS, 0, 1000, PENALTY_NONE},
		{FAILURE_MS, FAILURE_MS, 1, PENALTY_LOGIN},
		{1000, 2000, 1, PENALTY_NONE},
		{1000, 2000, 2, PENALTY_LOGIN},
		{MAX_MS, 1000, 1, PENALTY_LOGIN},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_penalties(rows[i].failure_ms, rows[i].max_ms);
		miss("192.0.2.1", "alice", rows[i].n, NOW);
		ck_assert_msg(look("192.0.2.1", "alice", NOW).brake == rows[i].brake, "row %zu", i);
		/* Whose share of the hashes it is has to be known in any case. */
		ck_assert_uint_ne(look("192.0.2.1", "alice", NOW).client,
				  look("192.0.2.2", "alice", NOW).client);
		penalties_free(penalties);
	}
}
END_TEST

START_TEST(without_memory_there_are_none)
{
	const struct penalty_conf conf = {FAILURE_MS, MAX_MS};
	size_t n;
	int err;

	for (n = 1; n <= 4; n++) {
		penalties = NULL;
		fake_malloc_fail_at(n);
		err = penalties_new(&conf, key, &penalties);
		ck_assert(fake_malloc_off());
		ck_assert_int_eq(err, ERR_NOMEM);
		ck_assert_ptr_null(penalties);
	}
	penalties_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_client_is_braked_at_the_login_that_it_fails_at,
		penalties_end_at_the_highest,
		a_client_that_goes_through_logins_is_braked_at_each_that_it_fails_at_once,
		who_had_a_password_right_is_known_there,
		the_brake_holds_however_the_two_keys_are_set,
		without_memory_there_are_none,
	};

	return unit_run("penalty", tests, N_ELEMENTS(tests));
}
