/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/accounts.h"

#include <stdio.h>

#include "base/err.h"
#include "base/metric.h"
#include "engine/cache.h"
#include "engine/known.h"
#include "engine/ticks.h"
#include "kit/engine_kit.h"
#include "kit/fake_calls.h"
#include "kit/fake_malloc.h"
#include "kit/log_kit.h"

#define HOME "home.dyn.example.com"

enum { INTERVAL_MS = 2000, STALE_AGE_MS = 60000, TOKEN = 5 };

/* Whoever looks for an account, and what it was told. */
struct seeker {
	unsigned n_found, n_closed;
	int err;
	enum accounts_source source;
	char secret[32]; /* of the account; empty: none was given */
	bool is_partial;
	uint64_t read_at;
};

static struct accounts *accounts;
static struct cache *cache;
static struct known *known;
static struct ticks ticks;

static const struct accounts_events events;

/* What memory does not have is asked of the store, as a login does. */
static void on_found(void *arg, int err, enum accounts_source source, struct account *account,
		     uint64_t read_at)
{
	struct seeker *s = arg;

	if (source == ACCOUNTS_CACHED && account == NULL) {
		ck_assert_int_eq(
			accounts_find(accounts, "router", ACCOUNTS_AFTER_MEMORY, &events, s), 0);
		return;
	}
	s->n_found++;
	s->is_partial = account != NULL && account->is_partial;
	s->err = err;
	s->source = source;
	s->secret[0] = '\0';
	if (account != NULL)
		snprintf(s->secret, sizeof(s->secret), "%s", account->secret);
	s->read_at = read_at;
	account_free(account);
}

static void on_closed(void *arg)
{
	((struct seeker *)arg)->n_closed++;
}

static const struct accounts_events events = {.found = on_found, .closed = on_closed};

static void open_conf(bool has_cache, const struct accounts_conf *conf)
{
	kit_open();
	fake_calls_reset(NULL);
	ticks.now = 0;
	cache = NULL;
	if (has_cache)
		ck_assert_int_eq(cache_new(10, 1, &ticks, &cache), 0);
	ck_assert_int_eq(known_new(10, 1, &ticks, &known), 0);
	ck_assert_int_eq(accounts_new(&kit_loop, NULL, cache, known, &ticks, conf, &accounts), 0);
	ck_assert_int_eq(fake_calls.n_handles, 1);
}

static void open_with(bool has_cache, int64_t stale_age_ms)
{
	const struct accounts_conf conf = {
		.version_interval_ms = INTERVAL_MS,
		.stale_age_ms = stale_age_ms,
	};

	open_conf(has_cache, &conf);
}

/* Of a store that tells no version. */
static void open_with_age(int64_t cache_age_ms)
{
	const struct accounts_conf conf = {
		.version_interval_ms = INTERVAL_MS,
		.cache_age_ms = cache_age_ms,
		.stale_age_ms = STALE_AGE_MS,
	};

	open_conf(true, &conf);
}

static void close_accounts(void)
{
	accounts_close(accounts);
	kit_close();
	ck_assert_int_eq(fake_calls.n_handles, 0);
	accounts_free(accounts);
	known_free(known);
	cache_free(cache);
}

static struct account *account_of(const char *secret)
{
	struct account *a;

	ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
	ck_assert_int_eq(account_set_secret(a, slice_of(secret), NULL), 0);
	ck_assert_int_eq(account_add_host(a, slice_of(HOME), NULL, NULL, NULL), 0);
	return a;
}

static void find(struct seeker *s, enum accounts_way way)
{
	memset(s, 0, sizeof(*s));
	ck_assert_int_eq(accounts_find(accounts, "router", way, &events, s), 0);
	ck_assert_uint_eq(s->n_found, 0);
}

/* Whether the store is, once memory has been. */
static bool is_asked(void)
{
	if (fake_calls.call == NULL)
		kit_settle();
	return fake_calls.call != NULL;
}

static void answer_with(int err, struct account *account)
{
	ck_assert(is_asked());
	fake_calls_found(err, account);
	/* There are others. */
	if (fake_calls.call != NULL)
		fake_calls_decided(0, false);
}

/* The store answers. secret NULL: without an account. */
static void answer(int err, const char *secret)
{
	answer_with(err, secret != NULL ? account_of(secret) : NULL);
}

static unsigned count_reads(void)
{
	return fake_calls.n_lookups + fake_calls.n_credentials;
}

static void expect(const struct seeker *s, int err, enum accounts_source source, const char *secret)
{
	ck_assert_uint_eq(s->n_found, 1);
	ck_assert_uint_eq(s->n_closed, 0);
	ck_assert_int_eq(s->err, err);
	ck_assert_int_eq(s->source, source);
	ck_assert_str_eq(s->secret, secret);
}

/* The store said that, now, and memory is current. */
static void fill(const char *secret)
{
	struct seeker s;

	accounts_take_version(accounts, 0, TOKEN, kit_now_ms());
	find(&s, ACCOUNTS_IN_STORE);
	answer(0, secret);
	expect(&s, 0, ACCOUNTS_FRESH, secret);
	fake_calls.n_lookups = fake_calls.n_credentials = 0;
}

START_TEST(what_the_store_says_is_told_as_fresh)
{
	struct seeker s;

	open_with(true, STALE_AGE_MS);
	find(&s, ACCOUNTS_ANYWHERE);
	ticks_next(&ticks);
	kit_settle();
	ck_assert_uint_eq(s.n_found, 0);
	answer(0, "secret");
	expect(&s, 0, ACCOUNTS_FRESH, "secret");
	/* The tick when it began. */
	ck_assert_uint_eq(s.read_at, 0);
	find(&s, ACCOUNTS_IN_STORE);
	answer(ERR_NOTFOUND, NULL);
	expect(&s, 0, ACCOUNTS_FRESH, "");
	ck_assert_uint_eq(s.read_at, 1);
	ck_assert_uint_eq(fake_calls.n_troubles, 0);
	close_accounts();
}
END_TEST

START_TEST(current_memory_answers_in_a_later_turn_of_the_loop)
{
	struct seeker s[3];
	size_t i;

	open_with(true, STALE_AGE_MS);
	fill("secret");
	ticks_next(&ticks);
	for (i = 0; i < N_ELEMENTS(s); i++)
		find(&s[i], ACCOUNTS_ANYWHERE);
	kit_settle();
	for (i = 0; i < N_ELEMENTS(s); i++) {
		expect(&s[i], 0, ACCOUNTS_CACHED, "secret");
		ck_assert_uint_eq(s[i].read_at, ticks.now);
	}
	ck_assert_uint_eq(count_reads(), 0);
	close_accounts();
}
END_TEST

START_TEST(memory_that_was_dropped_by_then_answers_nothing)
{
	struct seeker s;

	open_with(true, STALE_AGE_MS);
	fill("secret");
	find(&s, ACCOUNTS_ANYWHERE);
	accounts_take_version(accounts, 0, TOKEN + 1, kit_now_ms());
	answer(0, "newer");
	expect(&s, 0, ACCOUNTS_FRESH, "newer");
	close_accounts();
}
END_TEST

START_TEST(only_who_may_is_answered_from_memory)
{
	static const enum accounts_way ways[] = {ACCOUNTS_AFTER_REFUSAL, ACCOUNTS_IN_STORE};
	struct seeker s;
	size_t i;

	for (i = 0; i < N_ELEMENTS(ways); i++) {
		open_with(true, STALE_AGE_MS);
		fill("secret");
		find(&s, ways[i]);
		kit_settle();
		ck_assert_uint_eq(s.n_found, 0);
		answer(0, "newer");
		expect(&s, 0, ACCOUNTS_FRESH, "newer");
		/* Memory learns it. */
		find(&s, ACCOUNTS_ANYWHERE);
		kit_settle();
		expect(&s, 0, ACCOUNTS_CACHED, "newer");
		close_accounts();
	}
}
END_TEST

START_TEST(memory_is_current_for_twice_the_interval)
{
	static const struct {
		int64_t asked_ms,
			after_ms; /* when the version was asked, and when the account is */
		bool is_current;
	} rows[] = {
		{0, 0, true},
		{0, INTERVAL_MS, true},
		{0, 2 * INTERVAL_MS, true},
		{0, 2 * INTERVAL_MS + 1, false},
		/* It counts from the question, not from its answer. */
		{-INTERVAL_MS, INTERVAL_MS, true},
		{-INTERVAL_MS, INTERVAL_MS + 1, false},
	};
	struct seeker s;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_with(true, STALE_AGE_MS);
		fill("secret");
		accounts_take_version(accounts, 0, TOKEN, kit_now_ms() + rows[i].asked_ms);
		kit_advance(rows[i].after_ms);
		find(&s, ACCOUNTS_ANYWHERE);
		ck_assert_msg(!is_asked() == rows[i].is_current, "row %zu", i);
		if (fake_calls.call != NULL)
			answer(0, "secret");
		kit_settle();
		ck_assert_uint_eq(s.n_found, 1);
		close_accounts();
	}
}
END_TEST

START_TEST(the_version_of_the_store_decides_whether_memory_stays)
{
	/* Memory is filled under TOKEN; then these are told, and later TOKEN once more. */
	static const struct {
		int err;
		uint64_t token;
		bool is_current;       /* then */
		bool is_current_again; /* when that token is told again */
	} rows[] = {
		{0, TOKEN, true, true},
		{0, TOKEN + 1, false, false},
		{0, 0, false, false},
		{ERR_UNAVAILABLE, TOKEN, false, false},
		{ERR_UNAVAILABLE, 0, false, false},
		{ERR_DENIED, TOKEN, false, false},
	};
	struct seeker s;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_with(true, STALE_AGE_MS);
		fill("secret");
		accounts_take_version(accounts, rows[i].err, rows[i].token, kit_now_ms());
		find(&s, ACCOUNTS_ANYWHERE);
		ck_assert_msg(!is_asked() == rows[i].is_current, "row %zu", i);
		if (fake_calls.call != NULL)
			answer(ERR_DENIED, NULL);
		kit_settle();
		accounts_take_version(accounts, 0, rows[i].token, kit_now_ms());
		find(&s, ACCOUNTS_ANYWHERE);
		ck_assert_msg(!is_asked() == rows[i].is_current_again, "row %zu", i);
		if (fake_calls.call != NULL)
			answer(0, "secret");
		kit_settle();
		close_accounts();
	}
}
END_TEST

START_TEST(before_the_store_told_its_version_nothing_is_current)
{
	struct seeker s;

	open_with(true, STALE_AGE_MS);
	find(&s, ACCOUNTS_ANYWHERE);
	answer(0, "secret");
	find(&s, ACCOUNTS_ANYWHERE);
	answer(0, "secret");
	/* The first version: what was read before it may be older. */
	accounts_take_version(accounts, 0, 0, kit_now_ms());
	find(&s, ACCOUNTS_ANYWHERE);
	answer(0, "secret");
	find(&s, ACCOUNTS_ANYWHERE);
	ck_assert_ptr_null(fake_calls.call);
	kit_settle();
	expect(&s, 0, ACCOUNTS_CACHED, "secret");
	close_accounts();
}
END_TEST

/* Nobody would tell that another process wrote. */
START_TEST(while_the_store_does_not_tell_its_version_nothing_is_current)
{
	struct seeker s;
	unsigned n;

	open_with(true, STALE_AGE_MS);
	fill("secret");
	accounts_take_version(accounts, ERR_UNAVAILABLE, 0, kit_now_ms());
	for (n = 1; n <= 3; n++) {
		find(&s, ACCOUNTS_ANYWHERE);
		ck_assert_uint_eq(count_reads(), n);
		answer(0, "secret");
		expect(&s, 0, ACCOUNTS_FRESH, "secret");
	}
	close_accounts();
}
END_TEST

START_TEST(without_a_version_an_account_is_current_up_to_its_age)
{
	enum { AGE_MS = 4000 };
	static const struct {
		int64_t age_ms, after_ms;
		enum accounts_way way;
		bool is_current;
	} rows[] = {
		{0, 0, ACCOUNTS_ANYWHERE, false},
		{AGE_MS, 0, ACCOUNTS_ANYWHERE, true},
		{AGE_MS, AGE_MS, ACCOUNTS_ANYWHERE, true},
		{AGE_MS, AGE_MS + 1, ACCOUNTS_ANYWHERE, false},
		/* Only an unchanged address is answered from memory. */
		{AGE_MS, 0, ACCOUNTS_IN_STORE, false},
		{AGE_MS, 0, ACCOUNTS_AFTER_REFUSAL, false},
	};
	struct seeker s;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_with_age(rows[i].age_ms);
		find(&s, ACCOUNTS_ANYWHERE);
		/* The age is that of the question. */
		kit_advance(rows[i].after_ms);
		answer(0, "secret");
		find(&s, rows[i].way);
		ck_assert_msg(!is_asked() == rows[i].is_current, "row %zu", i);
		if (fake_calls.call != NULL)
			answer(0, "new");
		kit_settle();
		expect(&s, 0, rows[i].is_current ? ACCOUNTS_CACHED : ACCOUNTS_FRESH,
		       rows[i].is_current ? "secret" : "new");
		close_accounts();
	}
}
END_TEST

START_TEST(an_answer_from_memory_makes_nothing_younger)
{
	struct seeker s;
	unsigned i;

	open_with_age(1000);
	find(&s, ACCOUNTS_ANYWHERE);
	answer(0, "secret");
	for (i = 0; i < 4; i++) {
		kit_advance(250);
		find(&s, ACCOUNTS_ANYWHERE);
		ck_assert_ptr_null(fake_calls.call);
		kit_settle();
	}
	kit_advance(1);
	find(&s, ACCOUNTS_ANYWHERE);
	answer(0, "new");
	expect(&s, 0, ACCOUNTS_FRESH, "new");
	close_accounts();
}
END_TEST

/* A wrong password might be the new one of a login that memory does not have either. */
START_TEST(that_there_is_no_account_is_never_remembered)
{
	struct seeker s;
	unsigned i;

	open_with_age(1000);
	for (i = 1; i < 4; i++) {
		find(&s, ACCOUNTS_ANYWHERE);
		ck_assert(is_asked());
		ck_assert_uint_eq(count_reads(), i);
		answer(ERR_NOTFOUND, NULL);
		expect(&s, 0, ACCOUNTS_FRESH, "");
	}
	close_accounts();
}
END_TEST

/* Of any age. */
static int64_t count_hits(void)
{
	return metric_get(METRIC_CACHE_HITS_1M) + metric_get(METRIC_CACHE_HITS_10M) +
	       metric_get(METRIC_CACHE_HITS_1H) + metric_get(METRIC_CACHE_HITS_OLDER);
}

START_TEST(without_memory_the_store_is_asked_each_time)
{
	struct seeker s;

	open_with(false, STALE_AGE_MS);
	fill("secret");
	find(&s, ACCOUNTS_ANYWHERE);
	answer(0, "secret");
	expect(&s, 0, ACCOUNTS_FRESH, "secret");
	find(&s, ACCOUNTS_ANYWHERE);
	answer(ERR_TIMEOUT, NULL);
	expect(&s, 0, ACCOUNTS_STALE, "");
	close_accounts();
}
END_TEST

START_TEST(in_passing_trouble_memory_stands_in)
{
	static const struct {
		int err;
		enum accounts_way way;
		int64_t stale_age_ms;
		int told;
		enum accounts_source source;
		const char *secret;
	} rows[] = {
		{ERR_THROTTLED, ACCOUNTS_ANYWHERE, STALE_AGE_MS, 0, ACCOUNTS_STALE, "secret"},
		{ERR_TIMEOUT, ACCOUNTS_ANYWHERE, STALE_AGE_MS, 0, ACCOUNTS_STALE, "secret"},
		{ERR_UNAVAILABLE, ACCOUNTS_ANYWHERE, STALE_AGE_MS, 0, ACCOUNTS_STALE, "secret"},
		{ERR_IO, ACCOUNTS_ANYWHERE, STALE_AGE_MS, 0, ACCOUNTS_STALE, "secret"},
		/* Trouble that speaks of the account, the permissions or the table. */
		{ERR_PROTOCOL, ACCOUNTS_ANYWHERE, STALE_AGE_MS, ERR_PROTOCOL, ACCOUNTS_FRESH, ""},
		{ERR_DENIED, ACCOUNTS_ANYWHERE, STALE_AGE_MS, ERR_DENIED, ACCOUNTS_FRESH, ""},
		{ERR_NOMEM, ACCOUNTS_ANYWHERE, STALE_AGE_MS, ERR_NOMEM, ACCOUNTS_FRESH, ""},
		{ERR_CANCELED, ACCOUNTS_ANYWHERE, STALE_AGE_MS, ERR_CANCELED, ACCOUNTS_FRESH, ""},
		/* Memory has refused already: nobody knows. */
		{ERR_TIMEOUT, ACCOUNTS_AFTER_REFUSAL, STALE_AGE_MS, 0, ACCOUNTS_STALE, ""},
		{ERR_DENIED, ACCOUNTS_AFTER_REFUSAL, STALE_AGE_MS, ERR_DENIED, ACCOUNTS_FRESH, ""},
		{ERR_TIMEOUT, ACCOUNTS_IN_STORE, STALE_AGE_MS, ERR_TIMEOUT, ACCOUNTS_FRESH, ""},
		/* It may not. */
		{ERR_TIMEOUT, ACCOUNTS_ANYWHERE, 0, ERR_TIMEOUT, ACCOUNTS_FRESH, ""},
		{ERR_TIMEOUT, ACCOUNTS_AFTER_REFUSAL, 0, ERR_TIMEOUT, ACCOUNTS_FRESH, ""},
	};
	struct seeker s;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const int64_t hits = count_hits();

		open_with(true, rows[i].stale_age_ms);
		fill("secret");
		kit_advance(2 * INTERVAL_MS + 1);
		find(&s, rows[i].way);
		answer(rows[i].err, NULL);
		ck_assert_msg(s.err == rows[i].told && s.source == rows[i].source &&
				      strcmp(s.secret, rows[i].secret) == 0,
			      "row %zu: %d, %d, %s", i, s.err, (int)s.source, s.secret);
		ck_assert_int_eq(count_hits() - hits, rows[i].secret[0] != '\0');
		ck_assert_uint_eq(fake_calls.n_troubles, 1);
		ck_assert_int_eq(fake_calls.trouble, rows[i].err);
		ck_assert_str_eq(fake_calls.trouble_verb, "lookup");
		ck_assert(fake_calls.trouble_has_user);
		close_accounts();
	}
}
END_TEST

START_TEST(memory_stands_in_up_to_an_age)
{
	static const struct {
		int64_t after_ms;
		const char *secret;
	} rows[] = {
		{0, "secret"},		{STALE_AGE_MS - 1, "secret"}, {STALE_AGE_MS, "secret"},
		{STALE_AGE_MS + 1, ""}, {2 * STALE_AGE_MS, ""},
	};
	struct seeker s;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_with(true, STALE_AGE_MS);
		find(&s, ACCOUNTS_ANYWHERE);
		/* The age is that of the question. */
		kit_advance(rows[i].after_ms);
		answer(0, "secret");
		find(&s, ACCOUNTS_ANYWHERE);
		answer(ERR_TIMEOUT, NULL);
		ck_assert_msg(s.source == ACCOUNTS_STALE && strcmp(s.secret, rows[i].secret) == 0,
			      "row %zu: %s", i, s.secret);
		close_accounts();
	}
}
END_TEST

/* How often the log says that memory stands in. */
static size_t count_warnings(const char *text, const char *warning)
{
	size_t n = 0;

	for (text = strstr(text, warning); text != NULL; text = strstr(text + 1, warning))
		n++;
	return n;
}

START_TEST(that_memory_stands_in_is_logged_once_until_the_store_speaks)
{
	/* 't' trouble; the store says that there is an account, 'a', or none, 'n'. */
	static const struct {
		const char *answers;
		size_t n_warnings;
	} rows[] = {{"t", 1}, {"ttt", 1}, {"tat", 2}, {"tatt", 2}, {"tntat", 2}, {"aa", 0}};
	struct seeker s;
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_with(true, STALE_AGE_MS);
		fill("secret");
		capture();
		for (k = 0; rows[i].answers[k] != '\0'; k++) {
			char c = rows[i].answers[k];

			kit_advance(2 * INTERVAL_MS + 1);
			find(&s, ACCOUNTS_ANYWHERE);
			if (c == 'a')
				answer(0, "secret");
			else
				answer(c == 't' ? ERR_TIMEOUT : ERR_NOTFOUND, NULL);
		}
		ck_assert_msg(count_warnings(captured(), "known accounts are served from memory") ==
				      rows[i].n_warnings,
			      "row %zu", i);
		close_accounts();
	}
}
END_TEST

static void answer_flawed(enum account_flaw flaw, const char *text)
{
	struct account *a = account_of("secret");

	ck_assert_int_eq(account_add_flaw(a, flaw, "%s", text), 0);
	answer_with(0, a);
}

/* It is nobody's trouble but its own, and is read each time, as an unknown one is. */
START_TEST(a_malformed_account_is_told_but_not_remembered)
{
	struct seeker s;

	open_with(true, STALE_AGE_MS);
	fill("secret");
	find(&s, ACCOUNTS_IN_STORE);
	answer_flawed(ACCOUNT_FLAW_HOSTS, "host");
	expect(&s, 0, ACCOUNTS_FRESH, "secret");
	find(&s, ACCOUNTS_ANYWHERE);
	answer_flawed(ACCOUNT_FLAW_TTL, "ttl");
	expect(&s, 0, ACCOUNTS_FRESH, "secret");
	find(&s, ACCOUNTS_ANYWHERE);
	ck_assert_ptr_null(fake_calls.call);
	kit_settle();
	expect(&s, 0, ACCOUNTS_CACHED, "secret");
	ck_assert_uint_eq(fake_calls.n_troubles, 0);
	close_accounts();
}
END_TEST

/* 's' is sound, 't' and 'h' have a flaw of ttl or host; ' ' is an hour. */
START_TEST(what_cannot_be_used_of_an_account_is_logged_once_an_hour)
{
	static const struct {
		const char *answers;
		size_t n_warnings;
	} rows[] = {{"s", 0}, {"t", 1}, {"ttt", 1}, {"t t", 2}, {"thh", 2}, {"hsh", 2}, {"sh", 1}};
	struct seeker s;
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_with(false, STALE_AGE_MS);
		capture();
		for (k = 0; rows[i].answers[k] != '\0'; k++) {
			char c = rows[i].answers[k];

			kit_advance(c == ' ' ? 3600 * 1000 : 1001);
			if (c == ' ')
				continue;
			find(&s, ACCOUNTS_IN_STORE);
			if (c == 's')
				answer(0, "secret");
			else
				answer_flawed(c == 't' ? ACCOUNT_FLAW_TTL : ACCOUNT_FLAW_HOSTS,
					      "it is not one");
		}
		ck_assert_msg(count_warnings(captured(), "it is not one") == rows[i].n_warnings,
			      "row %zu", i);
		close_accounts();
	}
}
END_TEST

START_TEST(a_login_that_is_gone_is_forgotten)
{
	struct fqdn name = value_name(HOME);
	struct host_state state = {.want = value_pair("81.2.69.1", NULL), .seq = 3, .pub = 3};
	struct seeker s;

	open_with(true, STALE_AGE_MS);
	fill("secret");
	known_put_intent(known, "router", &name, &state);
	find(&s, ACCOUNTS_IN_STORE);
	answer(ERR_NOTFOUND, NULL);
	ck_assert_uint_eq(known_get(known, "router", &name, NULL).state.seq, 0);
	find(&s, ACCOUNTS_ANYWHERE);
	answer(ERR_TIMEOUT, NULL);
	expect(&s, 0, ACCOUNTS_STALE, "");
	close_accounts();
}
END_TEST

START_TEST(trouble_forgets_nothing)
{
	struct fqdn name = value_name(HOME);
	struct host_state state = {.want = value_pair("81.2.69.1", NULL), .seq = 3, .pub = 3};
	struct seeker s;

	open_with(true, STALE_AGE_MS);
	fill("secret");
	known_put_intent(known, "router", &name, &state);
	find(&s, ACCOUNTS_IN_STORE);
	answer(ERR_DENIED, NULL);
	ck_assert_uint_eq(known_get(known, "router", &name, NULL).state.seq, 3);
	find(&s, ACCOUNTS_ANYWHERE);
	kit_settle();
	expect(&s, 0, ACCOUNTS_CACHED, "secret");
	close_accounts();
}
END_TEST

START_TEST(what_was_written_while_it_was_read_is_not_remembered)
{
	struct seeker s;

	open_with(true, STALE_AGE_MS);
	accounts_take_version(accounts, 0, TOKEN, kit_now_ms());
	find(&s, ACCOUNTS_ANYWHERE);
	ck_assert(is_asked());
	cache_drop(cache, "router");
	answer(0, "secret");
	expect(&s, 0, ACCOUNTS_FRESH, "secret");
	find(&s, ACCOUNTS_ANYWHERE);
	answer(0, "newer");
	expect(&s, 0, ACCOUNTS_FRESH, "newer");
	close_accounts();
}
END_TEST

START_TEST(a_lookup_that_cannot_begin_is_told_at_once_and_is_trouble)
{
	struct seeker s = {.n_found = 0};

	open_with(true, STALE_AGE_MS);
	fake_calls.begin_err = ERR_UNAVAILABLE;
	ck_assert_int_eq(accounts_find(accounts, "router", ACCOUNTS_ANYWHERE, &events, &s),
			 ERR_UNAVAILABLE);
	kit_settle();
	ck_assert_uint_eq(s.n_found + s.n_closed, 0);
	ck_assert_uint_eq(fake_calls.n_troubles, 1);
	ck_assert_int_eq(fake_calls.trouble, ERR_UNAVAILABLE);
	close_accounts();
}
END_TEST

START_TEST(those_that_wait_when_it_is_closed_are_told_so_once)
{
	struct seeker cached[2], asked;

	open_with(true, STALE_AGE_MS);
	fill("secret");
	find(&cached[0], ACCOUNTS_ANYWHERE);
	find(&cached[1], ACCOUNTS_ANYWHERE);
	find(&asked, ACCOUNTS_IN_STORE);
	accounts_close(accounts);
	ck_assert_uint_eq(cached[0].n_closed, 1);
	ck_assert_uint_eq(cached[1].n_closed, 1);
	/* That one is told when its call has come back. */
	ck_assert_uint_eq(asked.n_closed, 0);
	kit_close();
	ck_assert_int_eq(fake_calls.n_handles, 0);
	accounts_free(accounts);
	fake_calls.call->closed(fake_calls.call->arg);
	ck_assert_uint_eq(asked.n_closed, 1);
	ck_assert_uint_eq(asked.n_found + cached[0].n_found + cached[1].n_found, 0);
	ck_assert_uint_eq(cached[0].n_closed, 1);
	accounts_close(NULL);
	accounts_free(NULL);
	known_free(known);
	cache_free(cache);
}
END_TEST

static void find_again(void *arg, int err, enum accounts_source source, struct account *account,
		       uint64_t read_at)
{
	static const struct accounts_events once = {.found = on_found, .closed = on_closed};
	struct seeker *s = arg;

	on_found(s, err, source, account, read_at);
	ck_assert_int_eq(accounts_find(accounts, "router", ACCOUNTS_ANYWHERE, &once, s + 1), 0);
	ck_assert_uint_eq(s[1].n_found, 0);
}

START_TEST(who_is_told_may_look_again)
{
	static const struct accounts_events again = {.found = find_again, .closed = on_closed};
	struct seeker s[2] = {{.n_found = 0}};

	open_with(true, STALE_AGE_MS);
	fill("secret");
	ck_assert_int_eq(accounts_find(accounts, "router", ACCOUNTS_ANYWHERE, &again, &s[0]), 0);
	kit_settle();
	expect(&s[0], 0, ACCOUNTS_CACHED, "secret");
	expect(&s[1], 0, ACCOUNTS_CACHED, "secret");
	close_accounts();
}
END_TEST

START_TEST(without_memory_nothing_is_begun)
{
	const struct accounts_conf conf = {
		.version_interval_ms = INTERVAL_MS,
		.stale_age_ms = STALE_AGE_MS,
	};
	struct accounts *none = NULL;
	struct seeker s = {.n_found = 0};
	int err;

	open_with(true, STALE_AGE_MS);
	fake_malloc_fail_at(1);
	err = accounts_new(&kit_loop, NULL, cache, known, &ticks, &conf, &none);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert_ptr_null(none);
	ck_assert_int_eq(fake_calls.n_handles, 1);
	fake_malloc_fail_at(1);
	err = accounts_find(accounts, "router", ACCOUNTS_ANYWHERE, &events, &s);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert_uint_eq(count_reads(), 0);
	/* Memory that cannot be copied is read from the store. */
	fill("secret");
	find(&s, ACCOUNTS_ANYWHERE);
	fake_malloc_fail_at(1);
	kit_settle();
	ck_assert(fake_malloc_off());
	answer(0, "secret");
	expect(&s, 0, ACCOUNTS_FRESH, "secret");
	close_accounts();
}
END_TEST

/* What is read before the password is checked is the same whether the login exists or not. */
START_TEST(before_the_password_is_right_only_the_credential_is_read)
{
	static const enum accounts_way ways[] = {ACCOUNTS_ANYWHERE, ACCOUNTS_AFTER_MEMORY,
						 ACCOUNTS_AFTER_REFUSAL};
	struct seeker s;
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(ways); i++)
		for (k = 0; k < 2; k++) {
			open_with(true, STALE_AGE_MS);
			accounts_take_version(accounts, 0, TOKEN, kit_now_ms());
			find(&s, ways[i]);
			answer(k == 0 ? 0 : ERR_NOTFOUND, k == 0 ? "secret" : NULL);
			ck_assert_uint_eq(s.n_found, 1);
			ck_assert_uint_eq(fake_calls.n_credentials, 1);
			ck_assert_uint_eq(fake_calls.n_lookups, 0);
			close_accounts();
		}
}
END_TEST

/* After somebody else's write the first login asks for others: the question takes time. */
START_TEST(the_question_for_others_comes_with_every_login)
{
	struct account *a;
	struct seeker s;
	size_t k;

	for (k = 0; k < 2; k++) {
		open_with(true, STALE_AGE_MS);
		fill("secret");
		accounts_take_version(accounts, 0, TOKEN + 1, kit_now_ms());
		find(&s, ACCOUNTS_ANYWHERE);
		ck_assert(is_asked());
		a = k == 0 ? account_of("secret") : NULL;
		fake_calls_found(k == 0 ? 0 : ERR_NOTFOUND, a);
		ck_assert_uint_eq(s.n_found, 0);
		fake_calls_decided(0, false);
		expect(&s, 0, ACCOUNTS_FRESH, k == 0 ? "secret" : "");
		/* It is known from now on. */
		find(&s, ACCOUNTS_AFTER_REFUSAL);
		fake_calls_found(ERR_NOTFOUND, NULL);
		if (k == 0)
			fake_calls_decided(0, false);
		expect(&s, 0, ACCOUNTS_FRESH, "");
		close_accounts();
	}
}
END_TEST

/* A partial account of the router with that secret, as found in source. */
static struct account *partial_of(const char *secret)
{
	struct account *whole = account_of(secret), *a;

	ck_assert_int_eq(account_copy_credential(whole, &a), 0);
	account_free(whole);
	return a;
}

START_TEST(memory_gives_the_credential_and_then_the_rest)
{
	struct account *a;
	struct seeker s;

	open_with(true, STALE_AGE_MS);
	fill("secret");
	find(&s, ACCOUNTS_ANYWHERE);
	kit_settle();
	expect(&s, 0, ACCOUNTS_CACHED, "secret");
	ck_assert(s.is_partial);
	a = partial_of("secret");
	ck_assert_int_eq(accounts_complete(accounts, &a, ACCOUNTS_CACHED, 0), 0);
	ck_assert(!a->is_partial && a->n_hosts == 1);
	account_free(a);
	/* The secret has changed since. */
	a = partial_of("older");
	ck_assert_int_eq(accounts_complete(accounts, &a, ACCOUNTS_CACHED, 0), ERR_NOTFOUND);
	ck_assert(a->is_partial);
	account_free(a);
	cache_clear(cache);
	a = partial_of("secret");
	ck_assert_int_eq(accounts_complete(accounts, &a, ACCOUNTS_STALE, 0), ERR_NOTFOUND);
	account_free(a);
	ck_assert_uint_eq(fake_calls.n_rests, 0);
	close_accounts();
}
END_TEST

START_TEST(what_the_store_brought_beside_the_credential_is_remembered)
{
	struct account *a;
	struct seeker s;

	open_with(true, STALE_AGE_MS);
	accounts_take_version(accounts, 0, TOKEN, kit_now_ms());
	fake_calls.rest_err = ERR_NOTFOUND;
	a = partial_of("secret");
	ck_assert_int_eq(accounts_complete(accounts, &a, ACCOUNTS_FRESH, 0), ERR_NOTFOUND);
	account_free(a);
	fake_calls.rest_err = 0;
	a = partial_of("secret");
	ck_assert_int_eq(accounts_complete(accounts, &a, ACCOUNTS_FRESH, ticks.now), 0);
	account_free(a);
	find(&s, ACCOUNTS_ANYWHERE);
	kit_settle();
	expect(&s, 0, ACCOUNTS_CACHED, "secret");
	close_accounts();
}
END_TEST

START_TEST(a_credential_that_contradicts_memory_makes_it_forget)
{
	static const struct {
		const char *secret;
		bool disabled, stays;
	} rows[] = {{"secret", false, true}, {"newer", false, false}, {"secret", true, false}};
	uint64_t read_at;
	struct account *a;
	struct seeker s;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_with(true, STALE_AGE_MS);
		fill("secret");
		find(&s, ACCOUNTS_AFTER_REFUSAL);
		a = partial_of(rows[i].secret);
		a->disabled = rows[i].disabled;
		fake_calls_found(0, a);
		expect(&s, 0, ACCOUNTS_FRESH, rows[i].secret);
		read_at = s.read_at;
		find(&s, ACCOUNTS_ANYWHERE);
		ck_assert_msg(!is_asked() == rows[i].stays, "row %zu", i);
		if (rows[i].stays) {
			close_accounts();
			continue;
		}
		fake_calls_found(ERR_DENIED, NULL);
		/* The rest of what contradicted it is kept, though it was read before that. */
		a = partial_of("newer");
		ck_assert_int_eq(accounts_complete(accounts, &a, ACCOUNTS_FRESH, read_at), 0);
		find(&s, ACCOUNTS_ANYWHERE);
		kit_settle();
		expect(&s, 0, ACCOUNTS_CACHED, "newer");
		account_free(a);
		close_accounts();
	}
}
END_TEST

/* Whether the store has any account is asked when none was found since it may have lost all. */
static const struct {
	const char *before; /* what happens first: letters of play() */
	bool is_asked;
	int err; /* what is then said */
	bool is_empty;
	enum accounts_source want;
} empty_rows[] = {
	{"", true, 0, true, ACCOUNTS_STALE},
	{"", true, 0, false, ACCOUNTS_FRESH},
	{"", true, ERR_DENIED, false, ACCOUNTS_STALE},
	{"", true, ERR_TIMEOUT, false, ACCOUNTS_STALE},
	{"f", true, 0, true, ACCOUNTS_STALE}, /* it was there, and is gone */
	{"f", true, 0, false, ACCOUNTS_FRESH},
	{"f", true, ERR_DENIED, false, ACCOUNTS_FRESH},
	{"n", false, 0, false, ACCOUNTS_FRESH},
	{"e", true, 0, true, ACCOUNTS_STALE}, /* empty is not for ever */
	{"e", true, 0, false, ACCOUNTS_FRESH},
	{"d", false, 0, false, ACCOUNTS_STALE},
	{"nv", true, 0, true, ACCOUNTS_STALE},
	{"nt", true, 0, true, ACCOUNTS_STALE},
	{"nu", false, 0, false, ACCOUNTS_FRESH},
	{"p", true, 0, true, ACCOUNTS_STALE}, /* the question is asked again after trouble */
	{"p", true, 0, false, ACCOUNTS_FRESH},
};

static void play(char what)
{
	struct seeker s;

	switch (what) {
	case 'v':
		accounts_take_version(accounts, 0, TOKEN + 1, kit_now_ms());
		return;
	case 'f':
		find(&s, ACCOUNTS_IN_STORE);
		answer(0, "secret");
		return;
	case 't': /* the table is not there */
	case 'u': /* trouble that passes */
		find(&s, ACCOUNTS_IN_STORE);
		answer(what == 't' ? ERR_DENIED : ERR_TIMEOUT, NULL);
		return;
	default:
		find(&s, ACCOUNTS_ANYWHERE);
		ck_assert(is_asked());
		fake_calls_found(ERR_NOTFOUND, NULL);
		fake_calls_decided(what == 'd'	 ? ERR_DENIED
				   : what == 'p' ? ERR_TIMEOUT
						 : 0,
				   what == 'e');
		return;
	}
}

START_TEST(in_a_store_without_accounts_nobody_is_unknown)
{
	const char *what;
	struct seeker s;
	size_t i;

	for (i = 0; i < N_ELEMENTS(empty_rows); i++) {
		open_with(true, STALE_AGE_MS);
		for (what = empty_rows[i].before; *what != '\0'; what++)
			play(*what);
		find(&s, ACCOUNTS_ANYWHERE);
		ck_assert(is_asked());
		fake_calls_found(ERR_NOTFOUND, NULL);
		ck_assert_msg((fake_calls.call != NULL) == empty_rows[i].is_asked, "row %zu", i);
		if (empty_rows[i].is_asked)
			fake_calls_decided(empty_rows[i].err, empty_rows[i].is_empty);
		ck_assert_msg(s.source == empty_rows[i].want, "row %zu", i);
		expect(&s, 0, empty_rows[i].want, "");
		close_accounts();
	}
}
END_TEST

START_TEST(a_store_that_cannot_be_asked_has_the_accounts_that_were_found)
{
	struct seeker s;

	open_with(true, STALE_AGE_MS);
	find(&s, ACCOUNTS_ANYWHERE);
	fake_calls.begin_err = ERR_NOMEM;
	fake_calls_found(ERR_NOTFOUND, NULL);
	expect(&s, 0, ACCOUNTS_STALE, "");
	fake_calls.begin_err = 0;
	close_accounts();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		before_the_password_is_right_only_the_credential_is_read,
		the_question_for_others_comes_with_every_login,
		memory_gives_the_credential_and_then_the_rest,
		what_the_store_brought_beside_the_credential_is_remembered,
		a_credential_that_contradicts_memory_makes_it_forget,
		what_the_store_says_is_told_as_fresh,
		current_memory_answers_in_a_later_turn_of_the_loop,
		memory_that_was_dropped_by_then_answers_nothing,
		only_who_may_is_answered_from_memory,
		memory_is_current_for_twice_the_interval,
		the_version_of_the_store_decides_whether_memory_stays,
		before_the_store_told_its_version_nothing_is_current,
		while_the_store_does_not_tell_its_version_nothing_is_current,
		without_a_version_an_account_is_current_up_to_its_age,
		an_answer_from_memory_makes_nothing_younger,
		that_there_is_no_account_is_never_remembered,
		without_memory_the_store_is_asked_each_time,
		in_passing_trouble_memory_stands_in,
		memory_stands_in_up_to_an_age,
		that_memory_stands_in_is_logged_once_until_the_store_speaks,
		a_malformed_account_is_told_but_not_remembered,
		what_cannot_be_used_of_an_account_is_logged_once_an_hour,
		a_login_that_is_gone_is_forgotten,
		trouble_forgets_nothing,
		what_was_written_while_it_was_read_is_not_remembered,
		a_lookup_that_cannot_begin_is_told_at_once_and_is_trouble,
		those_that_wait_when_it_is_closed_are_told_so_once,
		who_is_told_may_look_again,
		without_memory_nothing_is_begun,
		in_a_store_without_accounts_nobody_is_unknown,
		a_store_that_cannot_be_asked_has_the_accounts_that_were_found,
	};

	return unit_run("accounts", tests, N_ELEMENTS(tests));
}
