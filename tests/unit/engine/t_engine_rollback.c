/* SPDX-License-Identifier: BSD-2-Clause
 * Items written anew, states put back, backups restored: the record stays, and no answer lies. */
#include <stdio.h>
#include <string.h>

#include "base/metric.h"
#include "engine/engine.h"
#include "kit/engine_world.h"

#define FIRST	"81.2.69.1"
#define NEWER	"81.2.69.2"
#define FOREIGN "81.2.69.66"

enum { FLIGHT_MS = 1000, OUTAGE_MS = 25000 };

/* What somebody puts in the place of the stored account. old is the account as it was when FIRST
 * was at rest, now is as it is. */
typedef void rewrite_fn(struct account *now, const struct account *old);

static struct account_host *home_of(const struct account *a)
{
	struct fqdn name = value_name(HOME);
	struct account_host *h = account_find_host(a, &name);

	ck_assert_ptr_nonnull(h);
	return h;
}

static void drop_all_state(struct account *now, const struct account *old)
{
	size_t i;

	(void)old;
	for (i = 0; i < now->n_hosts; i++)
		now->hosts[i].state = (struct host_state){0};
}

static void drop_home(struct account *now, const struct account *old)
{
	(void)old;
	home_of(now)->state = (struct host_state){0};
}

static void put_back(struct account *now, const struct account *old)
{
	size_t i;

	for (i = 0; i < now->n_hosts; i++)
		now->hosts[i].state = old->hosts[i].state;
}

/* As it was while FIRST was on its way. */
static void put_back_owed(struct account *now, const struct account *old)
{
	put_back(now, old);
	home_of(now)->state.pub = 0;
	home_of(now)->state.time_s = 0;
}

static void edit_address(struct account *now, const struct account *old)
{
	(void)old;
	home_of(now)->state.want.v4 = value_addr(FOREIGN);
}

static void edit_old_address(struct account *now, const struct account *old)
{
	put_back(now, old);
	home_of(now)->state.want.v4 = value_addr(FOREIGN);
}

static void drop_seq(struct account *now, const struct account *old)
{
	(void)old;
	home_of(now)->state.seq = 0;
	home_of(now)->state.pub = 0;
}

static void reorder(struct account *now, const struct account *old)
{
	struct account_host first = now->hosts[0];

	(void)old;
	now->hosts[0] = now->hosts[1];
	now->hosts[1] = first;
	drop_all_state(now, old);
}

static rewrite_fn *const rewrites[] = {
	drop_all_state, drop_home,	  put_back, put_back_owed,
	edit_address,	edit_old_address, drop_seq, reorder,
};

enum moment { QUEUED, IN_FLIGHT, BEFORE_CONFIRM, AT_REST, MOMENTS };

static struct account *old_account;
static rewrite_fn *rewrite;

static void rewrite_now(void)
{
	struct account *now = kit_read_account(store, "router");

	rewrite(now, old_account);
	kit_rewrite_account(store, now);
	account_free(now);
}

static void rewrite_before_confirm(void *arg, enum kit_verb verb)
{
	(void)arg;
	if (verb != KIT_CONFIRM)
		return;
	fault->on_call = NULL;
	rewrite_now();
}

static void open_rollback_world(void)
{
	world_open(false);
	kit_stop(engine);
	conf.account_cache = 4;
	engine = kit_engine(&conf, &fault->store);
	kit_update(engine, "router", "secret", ASK_HOME FIRST, "good " FIRST);
	kit_update(engine, "router", "secret", "hostname=" SECOND "&myip=" FIRST, "good " FIRST);
	kit_advance(2000);
	old_account = kit_read_account(store, "router");
}

static void close_rollback_world(void)
{
	account_free(old_account);
	old_account = NULL;
	world_close();
}

/* Nothing of what is sent meanwhile may land later. */
static void begin_outage(void)
{
	size_t i;

	dns->n_script = FAKE_SCRIPT_MAX;
	for (i = 0; i < FAKE_SCRIPT_MAX; i++)
		dns->script[i] = ERR_THROTTLED;
}

/* NEWER is asked for, and the item is rewritten at that moment. */
static void rewrite_at(enum moment moment, struct kit_update *u)
{
	if (moment == QUEUED)
		begin_outage();
	else if (moment == IN_FLIGHT)
		dns->latency_ms = FLIGHT_MS;
	else if (moment == BEFORE_CONFIRM)
		fault->on_call = rewrite_before_confirm;
	kit_ask(engine, u, "router", "secret", ASK_HOME NEWER);
	kit_advance(moment == QUEUED ? OUTAGE_MS : FLIGHT_MS / 2);
	if (moment != BEFORE_CONFIRM)
		rewrite_now();
	dns->n_script = 0;
	dns->latency_ms = 10;
	/* Somebody may be publishing what the rewritten item owes: it is sent twice. */
	kit_advance(30000 + KIT_SETTLE_MS);
}

START_TEST(an_item_written_anew_loses_no_address)
{
	rewrite_fn *const what = rewrites[(size_t)_i / MOMENTS];
	enum moment moment = (enum moment)((size_t)_i % MOMENTS);
	int64_t before = metric_get(METRIC_STATE_ROLLBACKS);
	struct kit_update u = {.n_answers = 0};

	rewrite = what;
	open_rollback_world();
	rewrite_at(moment, &u);
	ck_assert_ptr_null(fault->on_call);
	kit_expect(&u, moment == QUEUED ? "911" : "good " NEWER);
	ck_assert_str_eq(fake_dns_get(dns, HOME), NEWER);
	ck_assert_str_eq(fake_dns_get(dns, SECOND), FIRST);
	/* At rest nobody has looked yet. */
	kit_update(engine, "router", "secret", ASK_HOME NEWER,
		   moment == AT_REST ? "good " NEWER : "nochg " NEWER);
	assert_at_rest(HOME, NEWER);
	kit_update(engine, "router", "secret", ASK_HOME NEWER, "nochg " NEWER);
	ck_assert_int_eq(metric_get(METRIC_STATE_ROLLBACKS) - before, 1);
	/* The other host of the account, and the way back. */
	kit_update(engine, "router", "secret", ASK_HOME FIRST, "good " FIRST);
	assert_at_rest(HOME, FIRST);
	close_rollback_world();
}
END_TEST

START_TEST(at_rest_the_old_address_is_a_change)
{
	static const char *const asked[] = {FIRST, FOREIGN};
	char query[64], good[32];
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rewrites); i++) {
		for (k = 0; k < N_ELEMENTS(asked); k++) {
			struct kit_update u = {.n_answers = 0};

			rewrite = rewrites[i];
			open_rollback_world();
			rewrite_at(AT_REST, &u);
			snprintf(query, sizeof(query), ASK_HOME "%s", asked[k]);
			snprintf(good, sizeof(good), "good %s", asked[k]);
			kit_update(engine, "router", "secret", query, good);
			assert_at_rest(HOME, asked[k]);
			close_rollback_world();
		}
	}
}
END_TEST

START_TEST(the_other_family_stays_as_it_was)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rewrites); i++) {
		rewrite = rewrites[i];
		open_rollback_world();
		kit_update(engine, "router", "secret", ASK_HOME "2a02::1", "good 2a02::1");
		rewrite_now();
		kit_update(engine, "router", "secret", ASK_HOME NEWER, "good " NEWER);
		assert_published(HOME, NEWER ",2a02::1");
		close_rollback_world();
	}
}
END_TEST

/* Without a version the cache is there for trouble only; with one it answers nochg. */
START_TEST(an_account_read_from_the_cache_does_not_lie_either)
{
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rewrites); i++) {
		for (k = 0; k < 2; k++) {
			struct kit_update u = {.n_answers = 0};

			rewrite = rewrites[i];
			open_rollback_world();
			kit_stop(engine);
			conf.stale_age_ms = 900000;
			if (k == 1)
				fault->ops.version = NULL;
			engine = kit_engine(&conf, &fault->store);
			kit_ask(engine, &u, "router", "secret", ASK_HOME NEWER);
			kit_expect(&u, "good " NEWER);
			kit_advance(5000);
			rewrite_now();
			kit_advance(5000);
			/* Read for the sake of another host, and kept. */
			kit_update(engine, "router", "secret", "hostname=" SECOND "&myip=" NEWER,
				   "good " NEWER);
			kit_update(engine, "router", "secret", ASK_HOME FIRST, "good " FIRST);
			assert_at_rest(HOME, FIRST);
			close_rollback_world();
		}
	}
}
END_TEST

static void set_record(const char *host, const char *addr)
{
	size_t i;

	for (i = 0; i < dns->n_records; i++)
		if (strcmp(dns->records[i].name.text, host) == 0)
			dns->records[i].addrs.v4 = value_addr(addr);
}

static void put_foreign_record(void *arg, enum kit_verb verb)
{
	(void)arg;
	if (verb != KIT_CONFIRM)
		return;
	fault->on_call = NULL;
	kit_remove_account(store, "router");
	set_record(HOME, FOREIGN);
}

START_TEST(only_a_missing_host_or_item_deletes_and_only_our_address)
{
	struct kit_update u;
	unsigned i;

	for (i = 0; i < 3; i++) {
		memset(&u, 0, sizeof(u));
		open_rollback_world();
		dns->latency_ms = FLIGHT_MS;
		if (i == 2)
			fault->on_call = put_foreign_record;
		kit_ask(engine, &u, "router", "secret", ASK_HOME NEWER);
		kit_advance(FLIGHT_MS / 2);
		if (i == 0)
			kit_remove_account(store, "router");
		else if (i == 1)
			kit_put_account(store, "router", "secret", SECOND);
		kit_expect(&u, "nohost");
		kit_rest(engine);
		kit_advance(60000);
		ck_assert_str_eq(fake_dns_get(dns, HOME), i == 2 ? FOREIGN : "");
		ck_assert_str_eq(fake_dns_get(dns, SECOND), FIRST);
		close_rollback_world();
	}
}
END_TEST

START_TEST(a_host_seen_gone_begins_anew)
{
	open_rollback_world();
	kit_update(engine, "router", "secret", ASK_HOME NEWER ",2a02::1", "good " NEWER ",2a02::1");
	kit_put_account(store, "router", "secret", SECOND);
	kit_advance(3 * KIT_SYNC_MS);
	kit_update(engine, "router", "secret", ASK_HOME NEWER, "nohost");
	kit_put_account(store, "router", "secret", HOME " " SECOND);
	kit_update(engine, "router", "secret", ASK_HOME FIRST, "good " FIRST);
	ck_assert_uint_eq(kit_state(store, "router", HOME).seq, 1);
	close_rollback_world();
	/* Nobody saw it, but the login has another owner, who inherits nothing. */
	open_rollback_world();
	kit_update(engine, "router", "secret", ASK_HOME NEWER ",2a02::1", "good " NEWER ",2a02::1");
	kit_update(engine, "router", "secret", ASK_HOME NEWER, "nochg " NEWER);
	kit_remove_account(store, "router");
	kit_put_account(store, "router", "another-secret", HOME " " SECOND);
	kit_update(engine, "router", "another-secret", ASK_HOME FIRST, "good " FIRST);
	ck_assert_uint_eq(kit_state(store, "router", HOME).seq, 1);
	close_rollback_world();
}
END_TEST

START_TEST(memory_is_bounded_and_its_lack_is_no_harm)
{
	struct kit_update u = {.n_answers = 0};
	unsigned i;
	char user[16], host[48];

	rewrite = put_back;
	open_rollback_world();
	rewrite_at(AT_REST, &u);
	for (i = 0; i < 8; i++) {
		snprintf(user, sizeof(user), "r%u", i);
		snprintf(host, sizeof(host), "h%u.dyn.example.com", i);
		kit_put_account(store, user, "secret", host);
		kit_update(engine, user, "secret", "myip=" FIRST, "good " FIRST);
	}
	/* The store is believed; who has moved is published all the same. */
	kit_update(engine, "router", "secret", ASK_HOME NEWER, "good " NEWER);
	assert_at_rest(HOME, NEWER);
	kit_stop(engine);
	conf.account_cache = 0;
	engine = kit_engine(&conf, &fault->store);
	dns->latency_ms = FLIGHT_MS;
	rewrite = drop_all_state;
	kit_ask(engine, &u, "router", "secret", ASK_HOME FIRST);
	kit_advance(FLIGHT_MS / 2);
	rewrite_now();
	kit_expect(&u, "good " FIRST);
	/* What is on its way needs no cache to be known. */
	assert_at_rest(HOME, FIRST);
	close_rollback_world();
}
END_TEST

START_TEST(a_zone_of_our_own_keeps_its_records)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rewrites); i++) {
		rewrite = rewrites[i];
		world_open(true);
		kit_stop(engine);
		conf.account_cache = 4;
		engine = kit_engine(&conf, &fault->store);
		kit_update(engine, "router", "secret", ASK_HOME FIRST, "good " FIRST);
		kit_advance(5000);
		old_account = kit_read_account(store, "router");
		kit_update(engine, "router", "secret", ASK_HOME NEWER, "good " NEWER);
		kit_advance(5 * KIT_SYNC_MS);
		rewrite_now();
		/* Nobody asks: the listing sees it. */
		kit_advance(5 * KIT_SYNC_MS);
		assert_at_rest(HOME, NEWER);
		kit_update(engine, "router", "secret", ASK_HOME NEWER, "nochg " NEWER);
		/* What a listing does not have is gone, and begins anew. */
		kit_remove_account(store, "router");
		kit_advance(5 * KIT_SYNC_MS);
		ck_assert_str_eq(fake_dns_get(dns, HOME), "");
		kit_put_account(store, "router", "secret", HOME);
		kit_advance(5 * KIT_SYNC_MS);
		ck_assert_str_eq(fake_dns_get(dns, HOME), "");
		kit_update(engine, "router", "secret", ASK_HOME FIRST, "good " FIRST);
		assert_at_rest(HOME, FIRST);
		close_rollback_world();
	}
}
END_TEST

static struct fake_dns *other_dns;
static struct engine *other;

static void open_other(bool has_memory)
{
	struct engine_conf other_conf = conf;
	static struct engine_zone zone;

	other_dns = fake_dns_new(500, false);
	other_dns->zone = dns;
	zone = conf.zones[0];
	zone.dns = &other_dns->dns;
	other_conf.zones = &zone;
	other_conf.account_cache = 4;
	other = kit_engine(&other_conf, &fault->store);
	if (has_memory)
		kit_update(other, "router", "secret", ASK_HOME FIRST, "nochg " FIRST);
}

static void close_other(void)
{
	kit_stop(other);
	close_rollback_world();
	fake_dns_free(other_dns);
}

/* The other daemon begins to count anew: its update is the newer one. */
START_TEST(a_value_published_since_is_newer_whatever_its_seq)
{
	struct kit_update u;
	unsigned i;

	for (i = 0; i < 4; i++) {
		memset(&u, 0, sizeof(u));
		rewrite = i < 2 ? drop_all_state : put_back;
		open_rollback_world();
		open_other(i % 2 == 1);
		kit_update(engine, "router", "secret", ASK_HOME NEWER, "good " NEWER);
		dns->latency_ms = 10 * FLIGHT_MS;
		kit_ask(engine, &u, "router", "secret", ASK_HOME "81.2.69.3");
		kit_advance(3 * FLIGHT_MS);
		rewrite_now();
		kit_update(other, "router", "secret", ASK_HOME "81.2.69.4", "good 81.2.69.4");
		dns->latency_ms = 10;
		kit_advance(10 * FLIGHT_MS);
		assert_at_rest(HOME, "81.2.69.4");
		kit_update(engine, "router", "secret", ASK_HOME "81.2.69.4", "nochg 81.2.69.4");
		kit_update(other, "router", "secret", ASK_HOME "81.2.69.4", "nochg 81.2.69.4");
		close_other();
	}
}
END_TEST

/* Within the same second, and while it is owed: no time of publication tells. */
START_TEST(a_value_asked_for_since_is_newer_before_it_is_published)
{
	struct kit_update ours, others;
	size_t i;
	int ms;

	for (i = 0; i < 2 * N_ELEMENTS(rewrites); i++) {
		for (ms = 10; ms <= 40 * FLIGHT_MS; ms *= 20) {
			memset(&ours, 0, sizeof(ours));
			memset(&others, 0, sizeof(others));
			rewrite = rewrites[i / 2];
			open_rollback_world();
			open_other(i % 2 == 1);
			dns->latency_ms = FLIGHT_MS / 4;
			other_dns->latency_ms = ms;
			kit_ask(engine, &ours, "router", "secret", ASK_HOME NEWER);
			kit_advance(FLIGHT_MS / 8);
			rewrite_now();
			kit_ask(other, &others, "router", "secret", ASK_HOME "81.2.69.4");
			kit_advance(80 * FLIGHT_MS + 2 * KIT_SETTLE_MS);
			assert_at_rest(HOME, "81.2.69.4");
			kit_update(engine, "router", "secret", ASK_HOME "81.2.69.4",
				   "nochg 81.2.69.4");
			close_other();
		}
	}
}
END_TEST

/* It knows no more than the store, and asks nothing of anybody who has moved. */
START_TEST(a_daemon_without_memory_does_no_harm)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rewrites); i++) {
		rewrite = rewrites[i];
		open_rollback_world();
		kit_update(engine, "router", "secret", ASK_HOME NEWER, "good " NEWER);
		rewrite_now();
		open_other(false);
		/* Times are whole seconds. */
		kit_advance(2000);
		kit_update(other, "router", "secret", ASK_HOME NEWER, "good " NEWER);
		assert_at_rest(HOME, NEWER);
		kit_update(engine, "router", "secret", ASK_HOME NEWER, "nochg " NEWER);
		close_other();
	}
}
END_TEST

/* The next start publishes what is owed, whatever became of its seq. */
START_TEST(what_was_intended_again_survives_a_crash)
{
	struct kit_update u;
	size_t i;
	int64_t ms;

	for (i = 0; i < N_ELEMENTS(rewrites); i++) {
		for (ms = 0; ms < 40; ms += 4) {
			memset(&u, 0, sizeof(u));
			rewrite = rewrites[i];
			open_rollback_world();
			dns->latency_ms = FLIGHT_MS;
			kit_ask(engine, &u, "router", "secret", ASK_HOME NEWER);
			kit_advance(FLIGHT_MS / 2);
			rewrite_now();
			fault->max_delay_ms = 10;
			kit_advance(FLIGHT_MS / 2 + ms);
			engine_close(engine);
			kit_advance(2000);
			fault->max_delay_ms = 0;
			dns->latency_ms = 10;
			engine = kit_engine(&conf, &fault->store);
			kit_advance(1000);
			kit_update(engine, "router", "secret", ASK_HOME "81.2.69.9",
				   "good 81.2.69.9");
			assert_at_rest(HOME, "81.2.69.9");
			close_rollback_world();
		}
	}
}
END_TEST

START_TEST(trouble_on_the_way_is_tried_again)
{
	static const int troubles[] = {ERR_THROTTLED, ERR_TIMEOUT, ERR_UNAVAILABLE, -ERR_NOMEM};
	struct kit_update u;
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(troubles); i++) {
		for (k = 0; k < 2; k++) {
			memset(&u, 0, sizeof(u));
			rewrite = drop_all_state;
			open_rollback_world();
			dns->latency_ms = FLIGHT_MS;
			kit_ask(engine, &u, "router", "secret", ASK_HOME NEWER);
			kit_advance(FLIGHT_MS / 2);
			rewrite_now();
			misbehave(KIT_INTEND, 2, troubles[i], k == 1 && troubles[i] == ERR_TIMEOUT);
			kit_expect(&u, "good " NEWER);
			assert_at_rest(HOME, NEWER);
			kit_update(engine, "router", "secret", ASK_HOME NEWER, "nochg " NEWER);
			close_rollback_world();
		}
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		at_rest_the_old_address_is_a_change,
		the_other_family_stays_as_it_was,
		an_account_read_from_the_cache_does_not_lie_either,
		only_a_missing_host_or_item_deletes_and_only_our_address,
		a_host_seen_gone_begins_anew,
		memory_is_bounded_and_its_lack_is_no_harm,
		a_zone_of_our_own_keeps_its_records,
		a_value_published_since_is_newer_whatever_its_seq,
		a_value_asked_for_since_is_newer_before_it_is_published,
		a_daemon_without_memory_does_no_harm,
		what_was_intended_again_survives_a_crash,
		trouble_on_the_way_is_tried_again,
	};
	Suite *suite = suite_create("engine_rollback");
	TCase *tcase = tcase_create("engine_rollback");
	SRunner *runner = srunner_create(suite);
	int failed;
	size_t i;

	for (i = 0; i < N_ELEMENTS(tests); i++)
		tcase_add_test(tcase, tests[i]);
	tcase_add_loop_test(tcase, an_item_written_anew_loses_no_address, 0,
			    (int)(N_ELEMENTS(rewrites) * MOMENTS));
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
