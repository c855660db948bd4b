/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/engine.h"

#include <stdio.h>
#include <string.h>

#include "account/secret.h"
#include "base/err.h"
#include "kit/engine_world.h"

START_TEST(a_new_address_is_good_when_published_and_then_nochg)
{
	struct host_state s;

	world_open(false);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	ck_assert_str_eq(fake_dns_get(dns, HOME), "81.2.69.1");
	s = kit_state(store, "router", HOME);
	ck_assert_uint_eq(s.seq, 1);
	ck_assert_uint_eq(s.pub, 1);
	ck_assert_int_eq(s.time_s, 1800000000 + kit_now_ms() / 1000);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	ck_assert_uint_eq(dns->n_batches, 1);
	ck_assert_uint_eq(fault->n_calls[KIT_INTEND], 1);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.2,2a02::2",
		   "good 81.2.69.2,2a02::2");
	kit_update(engine, "router", "secret", ASK_HOME "2A02:0::2", "nochg 2a02::2");
	kit_update(engine, "router", "secret", "hostname=" HOME, "good 81.2.69.99");
	ck_assert_str_eq(fake_dns_get(dns, HOME), "81.2.69.99,2a02::2");
	world_close();
}
END_TEST

START_TEST(good_comes_after_acceptance_and_confirmation)
{
	struct kit_update u = {.n_answers = 0};

	world_open(false);
	dns->latency_ms = 300;
	fault->max_delay_ms = 50;
	kit_ask(engine, &u, "router", "secret", ASK_HOME "81.2.69.1");
	kit_advance(299);
	ck_assert_uint_eq(u.n_answers, 0);
	kit_expect(&u, "good 81.2.69.1");
	ck_assert_uint_eq(kit_state(store, "router", HOME).pub, 1);
	world_close();
}
END_TEST

START_TEST(every_host_of_a_request_has_its_line)
{
	world_open(false);
	kit_update(engine, "router", "secret",
		   "hostname=" HOME ",other.dyn.example.com," SECOND ",x..y," HOME
		   "&myip=81.2.69.1",
		   "good 81.2.69.1;nohost;good 81.2.69.1;notfqdn;good 81.2.69.1");
	ck_assert_uint_eq(dns->n_batches, 1);
	ck_assert_uint_eq(dns->batch_len[0], 2);
	ck_assert_uint_eq(fault->n_calls[KIT_INTEND], 1);
	kit_update(engine, "router", "secret",
		   "hostname=" HOME "," SECOND "&myip=81.2.69.1,192.168.0.1", "dnserr;dnserr");
	kit_update(engine, "router", "secret", "hostname=" HOME "," SECOND "&myip=10.0.0.1",
		   "dnserr;dnserr");
	kit_update(engine, "router", "secret", "myip=81.2.69.1", "notfqdn");
	kit_update(engine, "router", "secret", "hostname=x..y&myip=81.2.69.1", "notfqdn");
	ck_assert_uint_eq(dns->n_batches, 1);
	world_close();
}
END_TEST

START_TEST(a_wrong_login_is_badauth_whatever_is_wrong)
{
	static const struct {
		const char *user, *password;
	} rows[] = {
		{"router", "wrong"}, {"router", ""},	   {"nobody", "secret"},
		{"nobody", ""},	     {"Router", "secret"}, {"router", "secret "},
	};
	size_t i;

	world_open(false);
	for (i = 0; i < N_ELEMENTS(rows); i++)
		kit_update(engine, rows[i].user, rows[i].password, ASK_HOME "81.2.69.1", "badauth");
	ck_assert_uint_eq(dns->n_batches, 0);
	ck_assert_uint_eq(fault->n_calls[KIT_LOOKUP], N_ELEMENTS(rows));
	world_close();
}
END_TEST

/* One millisecond of the kit's time passes for a job of a worker. */
static int64_t price(const char *user, const char *password, const char *verdict)
{
	struct kit_update u = {.n_answers = 0};

	kit_ask(engine, &u, user, password, "hostname=other.dyn.example.com&myip=81.2.69.1");
	kit_expect(&u, verdict);
	return u.answered_ms - u.asked_ms;
}

START_TEST(every_refused_login_has_the_same_price)
{
	char stored[SECRET_STORED_MAX];

	world_open(false);
	ck_assert_int_eq(secret_store(slice_of("generated"), stored), 0);
	kit_put_account(store, "slow", kit_crypt("hello"), HOME);
	kit_put_account(store, "keyed", stored, HOME);
	/* No crypt(3) secret was seen yet: there is nothing to be told apart from. */
	ck_assert_int_eq(price("nobody", "x", "badauth"), 0);
	ck_assert_int_eq(price("slow", "hello", "nohost"), 1);
	ck_assert_int_eq(price("slow", "wrong", "badauth"), 1);
	ck_assert_int_eq(price("nobody", "x", "badauth"), 1);
	ck_assert_int_eq(price("router", "wrong", "badauth"), 1);
	ck_assert_int_eq(price("keyed", "wrong", "badauth"), 1);
	/* A password that is right costs what it costs. */
	ck_assert_int_eq(price("router", "secret", "nohost"), 0);
	ck_assert_int_eq(price("keyed", "generated", "nohost"), 0);
	world_close();
}
END_TEST

/* Whoever measures the time must not learn which logins exist, which are disabled, and which have
 * what kind of secret: not by one hash more, and not by a cheaper one. */
START_TEST(every_refusal_costs_one_hash_of_the_same_kind)
{
	static const struct {
		const char *user, *password;
	} rows[] = {{"nobody", "x"},
		    {"nobody", ""},
		    {"nobody", "hello"},
		    {"slow", "wrong"},
		    {"slow", "hello "},
		    {"router", "wrong"},
		    {"router", ""},
		    {"keyed", "wrong"},
		    {"keyed", ""},
		    {"slow-off", "hello"},
		    {"slow-off", "wrong"},
		    {"router-off", "secret"},
		    {"router-off", "wrong"},
		    {"keyed-off", "wrong"},
		    {"slow", ""},
		    {"keyed-off", "generated"}};
	char stored[SECRET_STORED_MAX], setting[ACCOUNT_SECRET_MAX + 1];
	struct kit_update u;
	size_t i;

	world_open(false);
	ck_assert_int_eq(secret_store(slice_of("generated"), stored), 0);
	snprintf(setting, sizeof(setting), "%s", kit_crypt("hello"));
	kit_put_account(store, "slow", setting, HOME);
	kit_put_account(store, "keyed", stored, HOME);
	kit_put_disabled(store, "slow-off", setting, HOME);
	kit_put_disabled(store, "keyed-off", stored, HOME);
	kit_put_disabled(store, "router-off", "secret", HOME);
	kit_update(engine, "slow", "hello", "hostname=" SECOND "&myip=81.2.69.1", "nohost");
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		memset(&u, 0, sizeof(u));
		kit_n_hashes = 0;
		kit_ask(engine, &u, rows[i].user, rows[i].password, ASK_HOME "81.2.69.1");
		kit_expect(&u, "badauth");
		kit_settle();
		ck_assert_msg(kit_n_hashes == 1, "%s with \"%s\": %u", rows[i].user,
			      rows[i].password, kit_n_hashes);
		ck_assert_str_eq(kit_hash_setting, setting);
		ck_assert_int_eq(u.answered_ms - u.asked_ms, 1);
	}
	ck_assert_uint_eq(dns->n_batches, 0);
	world_close();
}
END_TEST

START_TEST(a_dummy_hash_never_lets_anybody_in)
{
	world_open(false);
	kit_put_account(store, "slow", kit_crypt("hello"), HOME);
	kit_update(engine, "slow", "hello", "myip=81.2.69.1", "good 81.2.69.1");
	/* The password of the setting that the dummy work is done against. */
	kit_update(engine, "nobody", "hello", "myip=81.2.69.2", "badauth");
	kit_update(engine, "router", "hello", ASK_HOME "81.2.69.2", "badauth");
	ck_assert_str_eq(fake_dns_get(dns, HOME), "81.2.69.1");
	world_close();
}
END_TEST

START_TEST(hashes_run_on_real_workers)
{
	world_open(false);
	kit_real_workers = true;
	kit_put_account(store, "slow", kit_crypt("hello"), HOME);
	kit_update(engine, "slow", "hello", "myip=81.2.69.1", "good 81.2.69.1");
	kit_update(engine, "slow", "wrong", "myip=81.2.69.1", "badauth");
	kit_update(engine, "nobody", "wrong", "myip=81.2.69.1", "badauth");
	world_close();
}
END_TEST

START_TEST(more_hashes_than_allowed_are_911_and_not_badauth)
{
	struct kit_update u[8];
	size_t i;

	world_open(false);
	kit_put_account(store, "slow", kit_crypt("hello"), HOME);
	memset(u, 0, sizeof(u));
	for (i = 0; i < N_ELEMENTS(u); i++)
		kit_ask(engine, &u[i], i % 2 == 0 ? "slow" : "nobody", "wrong", "myip=81.2.69.1");
	kit_advance(100);
	/* The first lookup shows the secret, so all of them need a hash. */
	for (i = 0; i < N_ELEMENTS(u); i++)
		kit_expect(&u[i], i < conf.max_pending_hashes ? "badauth" : "911");
	/* The queue is empty again. */
	kit_update(engine, "slow", "hello", "myip=81.2.69.1", "good 81.2.69.1");
	world_close();
}
END_TEST

START_TEST(more_updates_than_allowed_are_911_in_the_next_turn)
{
	struct kit_update u[3];

	memset(u, 0, sizeof(u));
	world_open(false);
	kit_stop(engine);
	conf.max_pending_updates = 2;
	engine = kit_engine(&conf, &fault->store);
	kit_ask(engine, &u[0], "router", "secret", ASK_HOME "81.2.69.1");
	kit_ask(engine, &u[1], "router", "secret", "hostname=" SECOND "&myip=81.2.69.1");
	kit_ask(engine, &u[2], "router", "secret", ASK_HOME "81.2.69.1");
	kit_expect(&u[2], "911");
	ck_assert_uint_eq(u[0].n_answers, 0);
	kit_expect(&u[0], "good 81.2.69.1");
	kit_expect(&u[1], "good 81.2.69.1");
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	world_close();
}
END_TEST

START_TEST(more_refusals_than_there_is_room_for_are_all_answered_once)
{
	enum { N = 1500 };
	struct kit_update *u = calloc(N, sizeof(*u));
	size_t i;

	ck_assert_ptr_nonnull(u);
	world_open(false);
	kit_stop(engine);
	conf.max_pending_updates = 0;
	engine = kit_engine(&conf, &fault->store);
	for (i = 0; i < N; i++)
		kit_ask(engine, &u[i], "router", "secret", ASK_HOME "81.2.69.1");
	kit_settle();
	for (i = 0; i < N; i++)
		kit_expect(&u[i], "911");
	world_close();
	free(u);
}
END_TEST

START_TEST(two_updates_of_one_host_end_on_the_later_one)
{
	struct kit_update u[3];

	memset(u, 0, sizeof(u));
	world_open(false);
	kit_ask(engine, &u[0], "router", "secret", ASK_HOME "81.2.69.1");
	kit_ask(engine, &u[1], "router", "secret", ASK_HOME "81.2.69.2");
	kit_ask(engine, &u[2], "router", "secret", ASK_HOME "81.2.69.3");
	kit_expect(&u[0], "good 81.2.69.1");
	kit_expect(&u[1], "good 81.2.69.2");
	kit_expect(&u[2], "good 81.2.69.3");
	kit_rest(engine);
	ck_assert_str_eq(fake_dns_get(dns, HOME), "81.2.69.3");
	/* The second one waited for the first one's intent, and was overtaken by the third. */
	ck_assert_uint_eq(kit_state(store, "router", HOME).pub, 2);
	world_close();
}
END_TEST

START_TEST(a_change_back_is_not_nochg_while_the_change_is_pending)
{
	struct kit_update u[2];

	memset(u, 0, sizeof(u));
	world_open(false);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	dns->latency_ms = 500;
	kit_ask(engine, &u[0], "router", "secret", ASK_HOME "81.2.69.2");
	kit_advance(100);
	kit_ask(engine, &u[1], "router", "secret", ASK_HOME "81.2.69.1");
	kit_expect(&u[0], "good 81.2.69.2");
	kit_expect(&u[1], "good 81.2.69.1");
	kit_rest(engine);
	ck_assert_str_eq(fake_dns_get(dns, HOME), "81.2.69.1");
	world_close();
}
END_TEST

START_TEST(many_updates_share_few_batches)
{
	enum { N = 200 };
	struct kit_update *u = calloc(N, sizeof(*u));
	char host[48], query[96];
	size_t i;

	ck_assert_ptr_nonnull(u);
	world_open(false);
	for (i = 0; i < N; i++) {
		snprintf(host, sizeof(host), "h%zu.dyn.example.com", i);
		snprintf(query, sizeof(query), "r%zu", i);
		kit_put_account(store, query, "secret", host);
	}
	dns->latency_ms = 500;
	for (i = 0; i < N; i++) {
		snprintf(host, sizeof(host), "r%zu", i);
		kit_ask(engine, &u[i], host, "secret", "myip=81.2.69.1");
		kit_advance(2);
	}
	for (i = 0; i < N; i++)
		kit_expect(&u[i], "good 81.2.69.1");
	ck_assert_uint_le(dns->n_batches, 3);
	world_close();
	free(u);
}
END_TEST

START_TEST(an_old_publication_is_repeated_and_then_fresh_again)
{
	world_open(false);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
	/* Somebody else changed the zone: nothing here knows. */
	memset(&dns->records[0].addrs, 0, sizeof(dns->records[0].addrs));
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	kit_advance(86400 * 1000);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	ck_assert_str_eq(fake_dns_get(dns, HOME), "");
	kit_advance(1000);
	ck_assert_str_eq(fake_dns_get(dns, HOME), "81.2.69.1");
	/* An intent again: another daemon can see that it is under way. */
	ck_assert_uint_eq(kit_state(store, "router", HOME).seq, 2);
	ck_assert_uint_eq(kit_state(store, "router", HOME).pub, 2);
	ck_assert_uint_eq(fault->n_calls[KIT_INTEND], 2);
	kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "nochg 81.2.69.1");
	world_close();
}
END_TEST

START_TEST(a_removed_host_takes_its_record_with_it)
{
	world_open(true);
	kit_put_account(store, "other", "secret", "away.dyn.example.com");
	kit_update(engine, "router", "secret", "hostname=" HOME "," SECOND "&myip=81.2.69.1",
		   "good 81.2.69.1;good 81.2.69.1");
	kit_update(engine, "other", "secret", "myip=81.2.69.2", "good 81.2.69.2");
	kit_advance(3 * KIT_SYNC_MS);
	ck_assert_str_eq(fake_dns_get(dns, HOME), "81.2.69.1");
	kit_put_account(store, "router", "secret", HOME);
	kit_advance(3 * KIT_SYNC_MS);
	ck_assert_str_eq(fake_dns_get(dns, SECOND), "");
	ck_assert_str_eq(fake_dns_get(dns, HOME), "81.2.69.1");
	kit_remove_account(store, "router");
	kit_advance(3 * KIT_SYNC_MS);
	ck_assert_str_eq(fake_dns_get(dns, HOME), "");
	ck_assert_str_eq(fake_dns_get(dns, "away.dyn.example.com"), "81.2.69.2");
	world_close();
}
END_TEST

START_TEST(the_store_is_listed_only_when_its_version_changed)
{
	unsigned before;

	world_open(true);
	kit_advance(10 * KIT_SYNC_MS);
	before = fault->n_calls[KIT_LIST];
	kit_advance(10 * KIT_SYNC_MS);
	ck_assert_uint_eq(fault->n_calls[KIT_LIST], before);
	ck_assert_uint_ge(fault->n_calls[KIT_VERSION], 19);
	kit_remove_account(store, "router");
	kit_advance(10 * KIT_SYNC_MS);
	ck_assert_uint_eq(fault->n_calls[KIT_LIST], before + 1);
	/* One that cannot tell is listed each minute. */
	kit_stop(engine);
	fault->ops.version = NULL;
	engine = kit_engine(&conf, &fault->store);
	before = fault->n_calls[KIT_LIST];
	kit_advance(59 * 1000);
	ck_assert_uint_eq(fault->n_calls[KIT_LIST], before);
	kit_advance(2 * 1000);
	ck_assert_uint_eq(fault->n_calls[KIT_LIST], before + 1);
	world_close();
}
END_TEST

START_TEST(what_another_process_wrote_appears)
{
	world_open(true);
	ck_assert_int_eq(kit_intend(store, "router", HOME, 0, "81.2.69.7"), 0);
	kit_advance(2 * KIT_SYNC_MS);
	ck_assert_str_eq(fake_dns_get(dns, HOME), "81.2.69.7");
	ck_assert_uint_eq(kit_state(store, "router", HOME).pub, 1);
	ck_assert_int_eq(kit_intend(store, "router", HOME, 1, "81.2.69.8"), 0);
	kit_advance(2 * KIT_SYNC_MS);
	ck_assert_str_eq(fake_dns_get(dns, HOME), "81.2.69.8");
	world_close();
}
END_TEST

/* In a zone that other daemons share, what is owed is theirs, but not after a restore. */
START_TEST(what_a_restore_changed_is_published_in_every_zone)
{
	static const struct {
		bool is_volatile;
		unsigned cache;
		unsigned restores;
		const char *published;
	} rows[] = {
		{true, 0, 1, "81.2.69.7"},    {true, 100, 1, "81.2.69.7"},
		{false, 0, 1, "81.2.69.7"},   {false, 100, 1, "81.2.69.7"},
		{false, 100, 0, "81.2.69.1"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		world_open(rows[i].is_volatile);
		kit_stop(engine);
		conf.account_cache = rows[i].cache;
		engine = kit_engine(&conf, &fault->store);
		kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
		kit_rest(engine);
		ck_assert_int_eq(kit_intend(store, "router", HOME, 1, "81.2.69.7"), 0);
		fault->restores += rows[i].restores;
		kit_advance(2 * KIT_SYNC_MS);
		ck_assert_msg(strcmp(fake_dns_get(dns, HOME), rows[i].published) == 0, "row %zu",
			      i);
		/* Told once: the next listing has another reason. */
		kit_advance(KIT_SETTLE_MS + 1000);
		if (rows[i].restores > 0)
			ck_assert_uint_eq(kit_state(store, "router", HOME).pub,
					  rows[i].is_volatile ? 2 : 3);
		world_close();
	}
}
END_TEST

START_TEST(a_start_loads_volatile_zones_and_publishes_what_is_owed)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		world_open(i == 1);
		kit_update(engine, "router", "secret", ASK_HOME "81.2.69.1", "good 81.2.69.1");
		ck_assert_int_eq(kit_intend(store, "router", SECOND, 0, "81.2.69.2"), 0);
		kit_stop(engine);
		dns->n_records = 0;
		dns->n_batches = 0;
		engine = kit_engine(&conf, &fault->store);
		kit_rest(engine);
		kit_advance(1000);
		/* The zone of another process has the first one still. */
		ck_assert_str_eq(fake_dns_get(dns, HOME), i == 1 ? "81.2.69.1" : "");
		ck_assert_str_eq(fake_dns_get(dns, SECOND), "81.2.69.2");
		kit_advance(KIT_SETTLE_MS + 1000);
		/* Somebody else may be publishing it, too: it is intended anew, and sent twice. */
		ck_assert_uint_eq(kit_state(store, "router", SECOND).pub, i == 1 ? 1 : 2);
		ck_assert_uint_eq(dns->n_batches, i == 1 ? 1 : 2);
		world_close();
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_new_address_is_good_when_published_and_then_nochg,
		good_comes_after_acceptance_and_confirmation,
		every_host_of_a_request_has_its_line,
		a_wrong_login_is_badauth_whatever_is_wrong,
		every_refused_login_has_the_same_price,
		every_refusal_costs_one_hash_of_the_same_kind,
		a_dummy_hash_never_lets_anybody_in,
		hashes_run_on_real_workers,
		more_hashes_than_allowed_are_911_and_not_badauth,
		more_updates_than_allowed_are_911_in_the_next_turn,
		more_refusals_than_there_is_room_for_are_all_answered_once,
		two_updates_of_one_host_end_on_the_later_one,
		a_change_back_is_not_nochg_while_the_change_is_pending,
		many_updates_share_few_batches,
		an_old_publication_is_repeated_and_then_fresh_again,
		a_removed_host_takes_its_record_with_it,
		the_store_is_listed_only_when_its_version_changed,
		what_another_process_wrote_appears,
		what_a_restore_changed_is_published_in_every_zone,
		a_start_loads_volatile_zones_and_publishes_what_is_owed,
	};

	return unit_run("engine", tests, N_ELEMENTS(tests));
}
