/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/login.h"

#include <stdio.h>

#include "account/password.h"
#include "account/pepper.h"
#include "account/secret.h"
#include "account/verify.h"
#include "base/clock.h"
#include "base/err.h"
#include "dyndns/basic_auth.h"
#include "engine/hashes.h"
#include "kit/engine_kit.h"
#include "kit/fake_malloc.h"

#define CRYPT	"$2b$04$abcdefghijklmnopqrstuuE4JpZuqJDXhWMcxjTm2TXjVnLNLnn0C"
#define CRYPT_2 "$2b$04$abcdefghijklmnopqrstuuE4JpZuqJDXhWMcxjTm2TXjVnLNLnn0D"
/* Of other kinds: dearer, and another method. */
#define CRYPT_5 "$2b$05$abcdefghijklmnopqrstuuE4JpZuqJDXhWMcxjTm2TXjVnLNLnn0E"
#define CRYPT_6 "$6$saltsaltsalt$0123456789F"

enum { JOBS_MAX = 4, LOGINS = 8 };

/* A request that logs in, and what it was told. */
struct client {
	struct query_credentials credentials;
	struct addr address;
	struct login *login;
	unsigned n_found, n_idle, n_closed;
	struct login_found found; /* account: freed, but not NULL when one was given */
};

static struct logins *logins;
static struct client clients[LOGINS];

/* In the place of engine/accounts.c: those who look for an account. */
struct seeker {
	void *arg; /* NULL: it was told */
	enum accounts_way way;
	const struct accounts_events *events;
};

static struct seeker seekers[32];
static size_t n_seekers;
static int find_err; /* of the next */
static int complete_err;
static unsigned n_completed;

/* In the place of crypt(3). */
static enum password_result hash_result;
static unsigned n_hashes;
static char hash_settings[160]; /* the last byte of each, in order */
static char hash_passwords[160];

enum password_result __wrap_password_check_slow(const char *stored, struct slice password);

enum password_result __wrap_password_check_slow(const char *stored, struct slice password)
{
	hash_settings[n_hashes] = stored[strlen(stored) - 1];
	hash_passwords[n_hashes++] = password.p[password.len - 1];
	return hash_result;
}

int accounts_find(struct accounts *a, const char *user, enum accounts_way way,
		  const struct accounts_events *events, void *arg)
{
	(void)a;
	KIT_CHECK(strcmp(user, "router") == 0);
	if (find_err != 0)
		return find_err;
	KIT_CHECK(n_seekers < N_ELEMENTS(seekers));
	seekers[n_seekers++] = (struct seeker){arg, way, events};
	return 0;
}

int accounts_complete(struct accounts *a, struct account **account, enum accounts_source source,
		      uint64_t read_at)
{
	(void)a;
	(void)source;
	(void)read_at;
	KIT_CHECK((*account)->is_partial);
	n_completed++;
	(*account)->is_partial = complete_err != 0;
	return complete_err;
}

static void on_found(void *arg, const struct login_found *found)
{
	struct client *c = arg;

	c->n_found++;
	c->found = *found;
	account_free(found->account);
}

static void on_idle(void *arg)
{
	((struct client *)arg)->n_idle++;
}

static void on_closed(void *arg)
{
	((struct client *)arg)->n_closed++;
}

static const struct login_events events = {
	.found = on_found,
	.idle = on_idle,
	.closed = on_closed,
};

static const struct peppers *peppers; /* of the logins to be opened */

static void open_braked_logins(unsigned max_jobs, int64_t failure_ms)
{
	struct logins_conf conf = {.penalty = {failure_ms, 100 * failure_ms}, .peppers = peppers};

	kit_open();
	memset(clients, 0, sizeof(clients));
	memset(hash_settings, 0, sizeof(hash_settings));
	memset(hash_passwords, 0, sizeof(hash_passwords));
	n_seekers = 0;
	n_hashes = 0;
	find_err = 0;
	complete_err = 0;
	n_completed = 0;
	hash_result = PASSWORD_RIGHT;
	conf.max_hashes = max_jobs;
	ck_assert_int_eq(logins_new(&kit_loop, NULL, &conf, &logins), 0);
}

static void open_logins(unsigned max_jobs)
{
	open_braked_logins(max_jobs, 0);
}

static void close_logins(void)
{
	logins_close(logins);
	kit_close();
	ck_assert_uint_eq(hashes_left(), 0);
	logins_free(logins);
}

/* Client i, whose password is that. */
static struct client *come(size_t i, const char *password)
{
	struct client *c = &clients[i];

	memset(c, 0, sizeof(*c));
	snprintf(c->credentials.user, sizeof(c->credentials.user), "router");
	snprintf(c->credentials.password, sizeof(c->credentials.password), "%s", password);
	c->credentials.password_len = strlen(password);
	c->address = (struct addr){ADDR_V4, {81, 2, 69, (uint8_t)i}};
	ck_assert_int_eq(login_new(logins, &c->credentials, &c->address, &events, c, &c->login), 0);
	ck_assert_int_eq(login_begin(c->login), 0);
	ck_assert_uint_eq(c->n_found, 0);
	return c;
}

static struct account *account_of(const char *secret, bool disabled)
{
	struct account *a;

	if (secret == NULL)
		return NULL;
	ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
	ck_assert_int_eq(account_set_secret(a, slice_of(secret), NULL), 0);
	a->disabled = disabled;
	return a;
}

/* Whoever looked last is told. secret NULL: there is no account. */
static void tell(int err, enum accounts_source source, struct account *account, uint64_t read_at)
{
	struct seeker *s = &seekers[n_seekers - 1];
	void *arg = s->arg;

	ck_assert_ptr_nonnull(arg);
	s->arg = NULL;
	s->events->found(arg, err, source, account, read_at);
}

static void tell_secret(enum accounts_source source, const char *secret)
{
	tell(0, source, account_of(secret, false), 7);
}

/* Client i asks with the password, and the store has the secret. */
static struct client *ask(size_t i, const char *password, const char *secret)
{
	struct client *c = come(i, password);

	tell_secret(ACCOUNTS_FRESH, secret);
	return c;
}

static void expect(const struct client *c, enum login_verdict verdict)
{
	ck_assert_uint_eq(c->n_found, 1);
	ck_assert_int_eq(c->found.verdict, verdict);
	ck_assert(verdict == LOGIN_RIGHT ? c->found.account != NULL : c->found.account == NULL);
}

static void leave(struct client *c)
{
	ck_assert(login_end(c->login));
	c->login = NULL;
}

/* A crypt(3) string was seen, so that refusals have a price. */
static void see_crypt(void)
{
	struct client *c = ask(LOGINS - 1, "seen", CRYPT);

	kit_settle();
	kit_advance(1);
	expect(c, LOGIN_RIGHT);
	leave(c);
	n_hashes = 0;
	memset(hash_settings, 0, sizeof(hash_settings));
}

/* Refused at the price of every refusal, whether the password is right or not. */
START_TEST(an_account_is_refused_outside_of_its_bounds)
{
	static const struct {
		const char *password, *secret, *client;
		int64_t until_s; /* from now; 0: for ever */
		enum login_verdict verdict;
		unsigned n_hashes;
	} rows[] = {
		{"secret", "secret", "192.0.2.1", 0, LOGIN_RIGHT, 0},
		{"secret", "secret", "198.51.100.1", 0, LOGIN_WRONG, 1},
		{"wrong", "secret", "198.51.100.1", 0, LOGIN_WRONG, 1},
		{"wrong", "secret", "192.0.2.1", 0, LOGIN_WRONG, 1},
		{"secret", "secret", "192.0.2.1", 60, LOGIN_RIGHT, 0},
		{"secret", "secret", "192.0.2.1", -60, LOGIN_WRONG, 1},
		{"wrong", "secret", "192.0.2.1", -60, LOGIN_WRONG, 1},
		{"secret", CRYPT, "192.0.2.1", 60, LOGIN_RIGHT, 1},
		{"secret", CRYPT, "192.0.2.1", -60, LOGIN_WRONG, 1},
		{"secret", CRYPT, "198.51.100.1", 0, LOGIN_WRONG, 1},
	};
	struct client *c;
	struct account *a;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_logins(JOBS_MAX);
		see_crypt();
		c = come(0, rows[i].password);
		ck_assert_int_eq(addr_parse(slice_of(rows[i].client), &c->address), 0);
		a = account_of(rows[i].secret, false);
		ck_assert_int_eq(bounds_add_source(&a->bounds, slice_of("192.0.2.0/24"), NULL), 0);
		if (rows[i].until_s != 0)
			a->bounds.until_s = clock_wall_s() + rows[i].until_s;
		tell(0, ACCOUNTS_FRESH, a, 7);
		kit_settle();
		kit_advance(1);
		ck_assert_msg(c->n_found == 1 && c->found.verdict == rows[i].verdict, "row %zu", i);
		ck_assert_msg(n_hashes == rows[i].n_hashes, "row %zu: %u", i, n_hashes);
		leave(c);
		close_logins();
	}
}
END_TEST

START_TEST(what_needs_no_crypt_is_decided_at_once)
{
	static const struct {
		const char *password, *secret;
		bool disabled;
		int err;
		enum accounts_source source;
		enum login_verdict verdict;
	} rows[] = {
		{"secret", "secret", false, 0, ACCOUNTS_FRESH, LOGIN_RIGHT},
		{"secret", "secret", false, 0, ACCOUNTS_CACHED, LOGIN_RIGHT},
		{"secret", "secret", false, 0, ACCOUNTS_STALE, LOGIN_RIGHT},
		{"wrong", "secret", false, 0, ACCOUNTS_FRESH, LOGIN_WRONG},
		{"secret", "secret", true, 0, ACCOUNTS_FRESH, LOGIN_WRONG},
		{"secret", CRYPT, true, 0, ACCOUNTS_FRESH, LOGIN_WRONG},
		{"secret", NULL, false, 0, ACCOUNTS_FRESH, LOGIN_WRONG},
		{"", "secret", false, 0, ACCOUNTS_FRESH, LOGIN_WRONG},
		/* While the store is in trouble nobody is refused. */
		{"wrong", "secret", false, 0, ACCOUNTS_STALE, LOGIN_UNKNOWN},
		{"secret", "secret", true, 0, ACCOUNTS_STALE, LOGIN_UNKNOWN},
		{"secret", NULL, false, 0, ACCOUNTS_STALE, LOGIN_UNKNOWN},
		{"secret", NULL, false, ERR_DENIED, ACCOUNTS_FRESH, LOGIN_UNKNOWN},
		{"secret", NULL, false, ERR_TIMEOUT, ACCOUNTS_FRESH, LOGIN_UNKNOWN},
	};
	struct client *c;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_logins(JOBS_MAX);
		c = come(0, rows[i].password);
		ck_assert_int_eq(seekers[0].way, ACCOUNTS_ANYWHERE);
		tell(rows[i].err, rows[i].source, account_of(rows[i].secret, rows[i].disabled), 7);
		ck_assert_msg(c->n_found == 1 && c->found.verdict == rows[i].verdict, "row %zu", i);
		ck_assert_int_eq(c->found.source, rows[i].source);
		ck_assert_uint_eq(c->found.read_at, 7);
		leave(c);
		ck_assert_uint_eq(n_hashes, 0);
		close_logins();
	}
}
END_TEST

START_TEST(crypt_runs_on_a_worker)
{
	static const struct {
		enum password_result result;
		enum accounts_source source;
		enum login_verdict verdict;
	} rows[] = {
		{PASSWORD_RIGHT, ACCOUNTS_FRESH, LOGIN_RIGHT},
		{PASSWORD_RIGHT, ACCOUNTS_STALE, LOGIN_RIGHT},
		{PASSWORD_RIGHT, ACCOUNTS_CACHED, LOGIN_RIGHT},
		{PASSWORD_WRONG, ACCOUNTS_FRESH, LOGIN_WRONG},
		{PASSWORD_WRONG, ACCOUNTS_STALE, LOGIN_UNKNOWN},
		{PASSWORD_NO_MEMORY, ACCOUNTS_FRESH, LOGIN_UNKNOWN},
		{PASSWORD_NO_MEMORY, ACCOUNTS_CACHED, LOGIN_UNKNOWN},
	};
	struct client *c;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_logins(JOBS_MAX);
		hash_result = rows[i].result;
		c = come(0, "secret");
		tell_secret(rows[i].source, CRYPT);
		ck_assert_uint_eq(c->n_found, 0);
		kit_advance(1);
		ck_assert_msg(c->n_found == 1 && c->found.verdict == rows[i].verdict, "row %zu", i);
		ck_assert_uint_eq(n_hashes, 1);
		ck_assert_str_eq(hash_settings, "C");
		ck_assert_str_eq(hash_passwords, "t");
		ck_assert_uint_eq(n_seekers, 1);
		leave(c);
		close_logins();
	}
}
END_TEST

/* Whoever measures the time must not learn which logins exist. */
START_TEST(every_refusal_has_its_price_once_one_was_paid)
{
	static const struct {
		const char *password, *secret;
		bool disabled;
		enum accounts_source source;
		enum login_verdict verdict;
	} rows[] = {
		{"secret", NULL, false, ACCOUNTS_FRESH, LOGIN_WRONG},
		{"wrong", "secret", false, ACCOUNTS_FRESH, LOGIN_WRONG},
		{"secret", "secret", true, ACCOUNTS_FRESH, LOGIN_WRONG},
		{"secret", CRYPT, true, ACCOUNTS_FRESH, LOGIN_WRONG},
		{"secret", NULL, false, ACCOUNTS_STALE, LOGIN_UNKNOWN},
		{"wrong", "secret", false, ACCOUNTS_STALE, LOGIN_UNKNOWN},
	};
	struct client *c;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_logins(JOBS_MAX);
		see_crypt();
		/* Even if the dummy had just that password. */
		hash_result = PASSWORD_RIGHT;
		c = come(0, rows[i].password);
		tell(0, rows[i].source, account_of(rows[i].secret, rows[i].disabled), 7);
		ck_assert_msg(c->n_found == 0, "row %zu", i);
		kit_advance(1);
		ck_assert_msg(c->n_found == 1 && c->found.verdict == rows[i].verdict, "row %zu", i);
		ck_assert_uint_eq(n_hashes, 1);
		ck_assert_str_eq(hash_settings, "C");
		leave(c);
		close_logins();
	}
}
END_TEST

/* Two costs in one store: the time of a refusal must not tell which of them an account has. */
START_TEST(a_refusal_costs_each_kind_of_crypt_once)
{
	static const struct {
		const char *secret;
		bool disabled;
		const char *settings;
	} rows[] = {
		{NULL, false, "CEF"},	 {"another", false, "CEF"}, {"secret", true, "CEF"},
		{CRYPT, false, "CEF"},	 {CRYPT_2, false, "DEF"},   {CRYPT_5, false, "ECF"},
		{CRYPT_6, false, "FCE"}, {CRYPT_5, true, "CEF"},
	};
	static const char *const seen[] = {CRYPT_5, CRYPT_6};
	struct client *c;
	size_t i;

	open_logins(JOBS_MAX);
	see_crypt();
	for (i = 0; i < N_ELEMENTS(seen); i++) {
		c = ask(0, "secret", seen[i]);
		kit_advance(1);
		/* Who is right does not pay for the others. */
		expect(c, LOGIN_RIGHT);
		leave(c);
	}
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		n_hashes = 0;
		memset(hash_settings, 0, sizeof(hash_settings));
		hash_result = PASSWORD_WRONG;
		c = come(0, "other");
		tell(0, ACCOUNTS_FRESH, account_of(rows[i].secret, rows[i].disabled), 7);
		kit_advance(3);
		expect(c, LOGIN_WRONG);
		ck_assert_msg(strcmp(hash_settings, rows[i].settings) == 0, "row %zu: %s", i,
			      hash_settings);
		leave(c);
	}
	/* Trouble is no refusal: it costs nothing. */
	c = come(0, "secret");
	tell(ERR_TIMEOUT, ACCOUNTS_FRESH, NULL, 7);
	expect(c, LOGIN_UNKNOWN);
	ck_assert_uint_eq(n_hashes, 3);
	leave(c);
	close_logins();
}
END_TEST

/* What comes before that is read of every login, and takes the same time for all. */
START_TEST(the_rest_of_an_account_is_read_once_the_password_is_right)
{
	static const struct {
		const char *password;
		int complete_err;
		enum login_verdict verdict;
		unsigned n_completed, n_seekers;
	} rows[] = {
		{"wrong", 0, LOGIN_WRONG, 0, 1},
		{"secret", 0, LOGIN_RIGHT, 1, 1},
		{"secret", ERR_NOMEM, LOGIN_UNKNOWN, 1, 1},
		{"secret", ERR_NOTFOUND, LOGIN_RIGHT, 1, 2},
	};
	struct account *a;
	struct client *c;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_logins(JOBS_MAX);
		complete_err = rows[i].complete_err;
		c = come(0, rows[i].password);
		a = account_of("secret", false);
		a->is_partial = true;
		tell(0, ACCOUNTS_FRESH, a, 7);
		ck_assert_uint_eq(n_completed, rows[i].n_completed);
		ck_assert_uint_eq(n_seekers, rows[i].n_seekers);
		if (rows[i].n_seekers > 1) {
			ck_assert_int_eq(seekers[1].way, ACCOUNTS_IN_STORE);
			tell_secret(ACCOUNTS_FRESH, "secret");
		}
		expect(c, rows[i].verdict);
		leave(c);
		close_logins();
	}
}
END_TEST

START_TEST(when_the_rest_cannot_be_asked_for_nobody_knows)
{
	struct account *a;
	struct client *c;

	open_logins(JOBS_MAX);
	complete_err = ERR_NOTFOUND;
	c = come(0, "secret");
	a = account_of("secret", false);
	a->is_partial = true;
	find_err = ERR_NOMEM;
	tell(0, ACCOUNTS_FRESH, a, 7);
	expect(c, LOGIN_UNKNOWN);
	leave(c);
	close_logins();
}
END_TEST

START_TEST(what_memory_does_not_have_is_asked_of_the_store)
{
	struct client *c;

	open_logins(JOBS_MAX);
	see_crypt();
	c = come(0, "secret");
	tell_secret(ACCOUNTS_CACHED, NULL);
	ck_assert_uint_eq(c->n_found, 0);
	ck_assert_int_eq(seekers[n_seekers - 1].way, ACCOUNTS_AFTER_MEMORY);
	ck_assert_uint_eq(n_hashes, 0);
	tell_secret(ACCOUNTS_FRESH, NULL);
	kit_advance(1);
	expect(c, LOGIN_WRONG);
	ck_assert_uint_eq(n_hashes, 1);
	leave(c);
	close_logins();
}
END_TEST

/* Memory refuses; then the store is asked. */
static const struct {
	const char *cached;
	bool cached_disabled;
	int err;
	enum accounts_source source;
	const char *found;
	bool found_disabled;
	enum password_result result; /* of every crypt(3) */
	enum login_verdict verdict;
	const char *settings; /* after the one of see_crypt() */
} memory_refuses[] = {
	/* The store says the same: the price is paid once. */
	{"old", false, 0, ACCOUNTS_FRESH, "old", false, PASSWORD_RIGHT, LOGIN_WRONG, "C"},
	{CRYPT_2, false, 0, ACCOUNTS_FRESH, CRYPT_2, false, PASSWORD_WRONG, LOGIN_WRONG, "D"},
	{"secret", true, 0, ACCOUNTS_FRESH, "secret", true, PASSWORD_RIGHT, LOGIN_WRONG, "C"},
	/* It says something else. */
	{"old", false, 0, ACCOUNTS_FRESH, "secret", false, PASSWORD_RIGHT, LOGIN_RIGHT, ""},
	{"secret", true, 0, ACCOUNTS_FRESH, "secret", false, PASSWORD_RIGHT, LOGIN_RIGHT, ""},
	{"old", false, 0, ACCOUNTS_FRESH, "older", false, PASSWORD_RIGHT, LOGIN_WRONG, "C"},
	{"old", false, 0, ACCOUNTS_FRESH, "secret", true, PASSWORD_RIGHT, LOGIN_WRONG, "C"},
	{"old", false, 0, ACCOUNTS_FRESH, NULL, false, PASSWORD_RIGHT, LOGIN_WRONG, "C"},
	{"old", false, 0, ACCOUNTS_FRESH, CRYPT_2, false, PASSWORD_RIGHT, LOGIN_RIGHT, "D"},
	{CRYPT, false, 0, ACCOUNTS_FRESH, "secret", false, PASSWORD_WRONG, LOGIN_RIGHT, "C"},
	/* Another password of the same form is tried as well. */
	{CRYPT, false, 0, ACCOUNTS_FRESH, CRYPT_2, false, PASSWORD_WRONG, LOGIN_WRONG, "CD"},
	{CRYPT_2, false, 0, ACCOUNTS_FRESH, NULL, false, PASSWORD_WRONG, LOGIN_WRONG, "D"},
	/* It is in trouble. */
	{"old", false, ERR_DENIED, ACCOUNTS_FRESH, NULL, false, PASSWORD_RIGHT, LOGIN_UNKNOWN, ""},
	{"old", false, 0, ACCOUNTS_STALE, NULL, false, PASSWORD_RIGHT, LOGIN_UNKNOWN, "C"},
	{CRYPT, false, 0, ACCOUNTS_STALE, NULL, false, PASSWORD_WRONG, LOGIN_UNKNOWN, "C"},
};

START_TEST(a_refusal_out_of_memory_is_never_final)
{
	struct client *c;
	size_t i;

	for (i = 0; i < N_ELEMENTS(memory_refuses); i++) {
		open_logins(JOBS_MAX);
		see_crypt();
		hash_result = memory_refuses[i].result;
		c = come(0, "secret");
		tell(0, ACCOUNTS_CACHED,
		     account_of(memory_refuses[i].cached, memory_refuses[i].cached_disabled), 7);
		kit_advance(1);
		ck_assert_msg(c->n_found == 0, "row %zu", i);
		ck_assert_int_eq(seekers[n_seekers - 1].way, ACCOUNTS_AFTER_REFUSAL);
		tell(memory_refuses[i].err, memory_refuses[i].source,
		     account_of(memory_refuses[i].found, memory_refuses[i].found_disabled), 9);
		kit_advance(1);
		ck_assert_msg(c->n_found == 1 && c->found.verdict == memory_refuses[i].verdict,
			      "row %zu", i);
		ck_assert_msg(strcmp(hash_settings, memory_refuses[i].settings) == 0, "row %zu: %s",
			      i, hash_settings);
		ck_assert_uint_eq(c->found.read_at, 9);
		leave(c);
		close_logins();
	}
}
END_TEST

START_TEST(when_the_store_cannot_be_asked_after_a_refusal_nobody_knows)
{
	struct client *c;

	open_logins(JOBS_MAX);
	c = come(0, "secret");
	find_err = ERR_UNAVAILABLE;
	tell_secret(ACCOUNTS_CACHED, "old");
	expect(c, LOGIN_UNKNOWN);
	leave(c);
	close_logins();
}
END_TEST

START_TEST(once_it_was_right_the_store_alone_is_read_and_only_another_secret_is_checked)
{
	static const struct {
		const char *secret; /* as read the second time */
		bool disabled;
		int err;
		enum login_verdict verdict;
		unsigned n_hashes;
	} rows[] = {
		{"secret", false, 0, LOGIN_RIGHT, 0},
		/* The password was changed since memory, or the first reading, had it. */
		{"another", false, 0, LOGIN_WRONG, 1},
		{CRYPT, false, 0, LOGIN_RIGHT, 1},
		{"secret", true, 0, LOGIN_WRONG, 0},
		{NULL, false, 0, LOGIN_WRONG, 0},
		{NULL, false, ERR_TIMEOUT, LOGIN_UNKNOWN, 0},
	};
	struct client *c;
	size_t i;

	for (i = 0; i < 2 * N_ELEMENTS(rows); i++) {
		const size_t row = i / 2;

		open_logins(JOBS_MAX);
		see_crypt();
		c = come(0, "secret");
		tell_secret(i % 2 == 0 ? ACCOUNTS_FRESH : ACCOUNTS_CACHED, "secret");
		expect(c, LOGIN_RIGHT);
		c->n_found = 0;
		ck_assert_int_eq(login_begin(c->login), 0);
		ck_assert_int_eq(seekers[n_seekers - 1].way, ACCOUNTS_IN_STORE);
		tell(rows[row].err, ACCOUNTS_FRESH,
		     account_of(rows[row].secret, rows[row].disabled), 9);
		kit_advance(1);
		ck_assert_msg(c->n_found == 1 && c->found.verdict == rows[row].verdict, "row %zu",
			      row);
		ck_assert_uint_eq(c->found.read_at, 9);
		ck_assert_msg(n_hashes == rows[row].n_hashes, "row %zu: %u", row, n_hashes);
		leave(c);
		close_logins();
	}
}
END_TEST

START_TEST(few_workers_run_at_once_and_the_others_follow_in_order)
{
	struct client *c[LOGINS];
	char password[2] = "0";
	size_t i;

	open_logins(LOGINS);
	for (i = 0; i < LOGINS; i++) {
		password[0] = (char)('0' + i);
		c[i] = ask(i, password, CRYPT);
	}
	for (i = 0; i < LOGINS / HASHES_AT_ONCE; i++) {
		ck_assert_uint_eq(n_hashes, i * HASHES_AT_ONCE);
		kit_advance(1);
	}
	ck_assert_str_eq(hash_passwords, "01234567");
	for (i = 0; i < LOGINS; i++) {
		expect(c[i], LOGIN_RIGHT);
		leave(c[i]);
	}
	close_logins();
}
END_TEST

START_TEST(more_than_may_wait_are_told_that_nobody_knows)
{
	static const unsigned limits[] = {0, 1, 2, 3};
	struct client *c;
	size_t k;
	unsigned i;

	for (k = 0; k < N_ELEMENTS(limits); k++) {
		open_logins(limits[k]);
		for (i = 0; i < limits[k]; i++)
			ck_assert_uint_eq(ask(i, "secret", CRYPT)->n_found, 0);
		c = ask(i, "secret", CRYPT);
		expect(c, LOGIN_UNKNOWN);
		leave(c);
		/* A refusal that cannot be paid is not made. */
		c = ask(i, "secret", NULL);
		expect(c, LOGIN_UNKNOWN);
		leave(c);
		kit_advance(10);
		ck_assert_uint_eq(n_hashes, limits[k]);
		/* There is room again. */
		c = ask(i, "secret", CRYPT);
		kit_advance(1);
		expect(c, limits[k] > 0 ? LOGIN_RIGHT : LOGIN_UNKNOWN);
		leave(c);
		for (i = 0; i < limits[k]; i++)
			leave(&clients[i]);
		close_logins();
	}
}
END_TEST

START_TEST(who_leaves_while_it_waits_for_a_worker_makes_room)
{
	struct client *c;

	open_logins(HASHES_AT_ONCE + 1);
	ask(0, "0", CRYPT);
	ask(1, "1", CRYPT);
	c = ask(2, "2", CRYPT);
	leave(c);
	ck_assert_uint_eq(ask(3, "3", CRYPT)->n_found, 0);
	kit_advance(2);
	ck_assert_str_eq(hash_passwords, "013");
	ck_assert_uint_eq(c->n_found + c->n_idle + c->n_closed, 0);
	leave(&clients[0]);
	leave(&clients[1]);
	leave(&clients[3]);
	close_logins();
}
END_TEST

/* A worker cannot be stopped: it has its place until it is done, and nobody hears of it. */
START_TEST(who_leaves_while_a_worker_runs_is_not_told)
{
	struct client *c;

	open_logins(1);
	c = ask(0, "0", CRYPT);
	leave(c);
	expect(ask(1, "1", CRYPT), LOGIN_UNKNOWN);
	leave(&clients[1]);
	kit_advance(1);
	ck_assert_uint_eq(c->n_found + c->n_idle + c->n_closed, 0);
	c = ask(2, "2", CRYPT);
	kit_advance(1);
	expect(c, LOGIN_RIGHT);
	leave(c);
	close_logins();
}
END_TEST

/* An account whose item is malformed: pass, host or both. */
static struct account *malformed(const char *secret, unsigned flaws)
{
	struct account *a = account_of(secret, false);

	if ((flaws & ACCOUNT_FLAW_SECRET) != 0) {
		free(a->secret);
		a->secret = NULL;
		ck_assert_int_eq(account_add_flaw(a, ACCOUNT_FLAW_SECRET, "pass"), 0);
	}
	if ((flaws & ACCOUNT_FLAW_HOSTS) != 0)
		ck_assert_int_eq(account_add_flaw(a, ACCOUNT_FLAW_HOSTS, "host"), 0);
	if ((flaws & ACCOUNT_FLAW_TTL) != 0)
		ck_assert_int_eq(account_add_flaw(a, ACCOUNT_FLAW_TTL, "ttl"), 0);
	return a;
}

/* With the price that an unknown login pays. */
START_TEST(account_whose_secret_cannot_be_used_is_refused_like_an_unknown_one)
{
	static const unsigned flaws[] = {ACCOUNT_FLAW_SECRET, ACCOUNT_MALFORMED, 0};
	struct client *c;
	size_t i;

	open_logins(JOBS_MAX);
	see_crypt();
	for (i = 0; i < N_ELEMENTS(flaws); i++) {
		n_hashes = 0;
		c = come(1, "secret");
		tell(0, ACCOUNTS_FRESH, flaws[i] == 0 ? NULL : malformed(CRYPT_2, flaws[i]), 7);
		ck_assert_uint_eq(c->n_found, 0);
		kit_advance(1);
		expect(c, LOGIN_WRONG);
		ck_assert_uint_eq(n_hashes, 1);
		ck_assert_int_eq(hash_settings[0], 'C');
		leave(c);
	}
	/* A hash that is cut off is no kind of crypt(3). */
	for (i = 0; i < 2; i++) {
		struct account *a = account_of(CRYPT_5, false);

		ck_assert_int_eq(account_add_flaw(a, ACCOUNT_FLAW_SECRET, "cut off"), 0);
		n_hashes = 0;
		c = come(1, "secret");
		tell(0, ACCOUNTS_FRESH, a, 7);
		kit_advance(2);
		expect(c, LOGIN_WRONG);
		ck_assert_uint_eq(n_hashes, 1);
		ck_assert_int_eq(hash_settings[0], 'C');
		leave(c);
	}
	close_logins();
}
END_TEST

START_TEST(secret_that_cannot_be_used_any_more_refuses_a_verified_login)
{
	struct client *c;

	open_logins(JOBS_MAX);
	c = come(0, "secret");
	tell_secret(ACCOUNTS_CACHED, "secret");
	expect(c, LOGIN_RIGHT);
	ck_assert_int_eq(login_begin(c->login), 0);
	tell(0, ACCOUNTS_FRESH, malformed("secret", ACCOUNT_FLAW_SECRET), 8);
	ck_assert_uint_eq(c->n_found, 2);
	ck_assert_int_eq(c->found.verdict, LOGIN_WRONG);
	leave(c);
	close_logins();
}
END_TEST

/* "badauth" and "nohost" stop a router for ever. */
START_TEST(right_password_of_an_account_whose_hosts_are_not_known_is_no_refusal)
{
	struct client *c;

	open_logins(JOBS_MAX);
	c = come(0, "secret");
	tell(0, ACCOUNTS_FRESH, malformed("secret", ACCOUNT_FLAW_HOSTS), 7);
	expect(c, LOGIN_UNKNOWN);
	leave(c);
	c = come(0, "secret");
	tell(0, ACCOUNTS_FRESH, malformed(CRYPT, ACCOUNT_FLAW_HOSTS), 7);
	kit_advance(1);
	expect(c, LOGIN_UNKNOWN);
	leave(c);
	c = come(0, "wrong");
	tell(0, ACCOUNTS_FRESH, malformed("secret", ACCOUNT_FLAW_HOSTS), 7);
	kit_advance(1);
	expect(c, LOGIN_WRONG);
	leave(c);
	/* What is optional changes nothing. */
	c = come(0, "secret");
	tell(0, ACCOUNTS_FRESH, malformed("secret", ACCOUNT_FLAW_TTL), 7);
	expect(c, LOGIN_RIGHT);
	leave(c);
	close_logins();
}
END_TEST

/* What never ran has not found the password right. */
#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* Of the key with that version, alone. */
static struct peppers *peppers_of(const char *line)
{
	struct peppers *p;

	ck_assert_int_eq(peppers_new(&p), 0);
	ck_assert_int_eq(peppers_read(p, slice_of(line), NULL), 0);
	return p;
}

START_TEST(a_secret_is_compared_with_what_its_pepper_makes_of_the_password)
{
	struct peppers *p = peppers_of("1 " KEY);
	char stored[SECRET_STORED_MAX], text[PEPPERED_LEN + 1];
	struct slice peppered;
	struct client *c;

	ck_assert_int_eq(peppers_store(p, SECRET_SHA256, slice_of("secret"), stored), 0);
	peppers = p;
	open_logins(JOBS_MAX);
	c = ask(0, "secret", stored);
	expect(c, LOGIN_RIGHT);
	leave(c);
	c = ask(0, "wrong", stored);
	expect(c, LOGIN_WRONG);
	leave(c);

	/* crypt(3) gets it, too, and the setting without the pepper. */
	ck_assert_int_eq(peppers_apply(p, "$sha256$p=1" CRYPT, slice_of("secret"), text, &peppered),
			 0);
	ck_assert_int_ne(text[PEPPERED_LEN - 1], 't');
	c = ask(0, "secret", "$sha256$p=1" CRYPT);
	kit_advance(1);
	expect(c, LOGIN_RIGHT);
	leave(c);
	ck_assert_uint_eq(n_hashes, 1);
	ck_assert_int_eq(hash_passwords[0], text[PEPPERED_LEN - 1]);
	/* It was verified, and what it cost is the price of a refusal. */
	c = ask(0, "secret", "$sha256$p=1" CRYPT);
	expect(c, LOGIN_RIGHT);
	leave(c);
	c = ask(0, "wrong", NULL);
	kit_advance(1);
	expect(c, LOGIN_WRONG);
	leave(c);
	ck_assert_uint_eq(n_hashes, 2);
	ck_assert_int_eq(hash_settings[1], CRYPT[strlen(CRYPT) - 1]);
	ck_assert_int_eq(hash_passwords[1], 'g');
	close_logins();
	peppers = NULL;
	peppers_free(p);
}
END_TEST

START_TEST(a_secret_whose_pepper_is_missing_is_our_trouble)
{
	static const char *const secrets[] = {"$sha256$p=1" CRYPT,
					      "$sha256$p=1$sha256$abcdefgh$" KEY};
	struct peppers *p = peppers_of("2 " KEY);
	struct client *c;
	size_t i;

	for (i = 0; i < 2 * N_ELEMENTS(secrets); i++) {
		const char *secret = secrets[i / 2];

		peppers = i % 2 == 0 ? NULL : p;
		open_logins(JOBS_MAX);
		c = ask(0, "secret", secret);
		expect(c, LOGIN_UNKNOWN);
		leave(c);
		/* Who is refused anyway is. */
		c = come(0, "secret");
		tell(0, ACCOUNTS_FRESH, account_of(secret, true), 7);
		expect(c, LOGIN_WRONG);
		leave(c);
		/* Memory may be out of date: the store decides. */
		c = come(0, "secret");
		tell_secret(ACCOUNTS_CACHED, secret);
		ck_assert_uint_eq(c->n_found, 0);
		ck_assert_int_eq(seekers[n_seekers - 1].way, ACCOUNTS_AFTER_MEMORY);
		tell_secret(ACCOUNTS_FRESH, "secret");
		expect(c, LOGIN_RIGHT);
		leave(c);
		c = come(0, "secret");
		tell_secret(ACCOUNTS_CACHED, secret);
		tell_secret(ACCOUNTS_FRESH, secret);
		expect(c, LOGIN_UNKNOWN);
		leave(c);
		c = come(0, "secret");
		find_err = ERR_NOMEM;
		tell_secret(ACCOUNTS_CACHED, secret);
		expect(c, LOGIN_UNKNOWN);
		leave(c);
		ck_assert_uint_eq(n_hashes, 0);
		close_logins();
	}
	peppers = NULL;
	peppers_free(p);
}
END_TEST

START_TEST(without_a_worker_nobody_knows)
{
	static const char *const passwords[] = {"secret", "wrong"};
	struct client *c;
	size_t i;

	open_logins(JOBS_MAX);
	see_crypt();
	for (i = 0; i < N_ELEMENTS(passwords); i++) {
		kit_no_workers = true;
		c = ask(0, passwords[i], CRYPT);
		expect(c, LOGIN_UNKNOWN);
		leave(c);
		ck_assert_uint_eq(n_hashes, 0);
		/* As the price of a refusal. */
		c = ask(0, passwords[i], NULL);
		expect(c, LOGIN_UNKNOWN);
		leave(c);
		kit_no_workers = false;
	}
	/* No place is lost by it. */
	for (i = 0; i < JOBS_MAX; i++)
		ask(i, "secret", CRYPT);
	kit_advance(10);
	for (i = 0; i < JOBS_MAX; i++) {
		expect(&clients[i], LOGIN_RIGHT);
		leave(&clients[i]);
	}
	close_logins();
}
END_TEST

START_TEST(who_leaves_while_the_account_is_looked_for_is_freed_later)
{
	struct client *c;

	open_logins(JOBS_MAX);
	c = come(0, "secret");
	ck_assert(!login_end(c->login));
	/* The credentials are the caller's again. */
	memset(&c->credentials, 0, sizeof(c->credentials));
	ck_assert_uint_eq(c->n_idle, 0);
	tell_secret(ACCOUNTS_FRESH, CRYPT);
	ck_assert_uint_eq(c->n_idle, 1);
	ck_assert_uint_eq(c->n_found + c->n_closed, 0);
	kit_advance(1);
	ck_assert_uint_eq(n_hashes, 0);
	ck_assert(login_end(NULL));
	close_logins();
}
END_TEST

/* Client i's answer to that password, whatever it costs. */
static enum login_verdict try(size_t i, const char *password, const char *secret)
{
	struct client *c = ask(i, password, secret);
	enum login_verdict verdict;

	kit_advance(1);
	ck_assert_uint_eq(c->n_found, 1);
	verdict = c->found.verdict;
	leave(c);
	n_seekers = 0;
	return verdict;
}

/* As often as it takes until the brake holds for the client at this login. */
static void miss(size_t i, const char *secret)
{
	unsigned n;

	for (n = 0; n < PENALTY_LOGIN_FAILURES; n++)
		ck_assert_int_eq(try(i, "wrong", secret), LOGIN_WRONG);
	ck_assert_int_eq(try(i, "wrong", secret), LOGIN_BRAKED);
}

enum { FAILURE_MS = 5000 };

START_TEST(who_fails_often_is_braked_and_nobody_else_is)
{
	static const char *const secrets[] = {"secret", NULL};
	size_t i;

	for (i = 0; i < N_ELEMENTS(secrets); i++) {
		open_braked_logins(JOBS_MAX, FAILURE_MS);
		miss(0, secrets[i]);
		ck_assert_int_eq(clients[0].found.brake, PENALTY_LOGIN);
		ck_assert_int_gt(clients[0].found.brake_left_ms, FAILURE_MS - 100);
		ck_assert_int_le(clients[0].found.brake_left_ms, FAILURE_MS);
		/* The owner's router comes from elsewhere. */
		ck_assert_int_eq(try(1, "secret", secrets[i]),
				 secrets[i] != NULL ? LOGIN_RIGHT : LOGIN_WRONG);
		/* What was not compared is no failure. */
		kit_advance(clients[0].found.brake_left_ms);
		ck_assert_int_eq(try(0, "wrong", secrets[i]), LOGIN_WRONG);
		ck_assert_int_eq(try(0, "wrong", secrets[i]), LOGIN_BRAKED);
		close_logins();
	}
}
END_TEST

START_TEST(under_the_brake_only_what_cannot_be_guessed_or_was_right_is_compared)
{
	static const struct {
		const char *secret; /* NULL: a generated one */
		bool was_right;	    /* a minute before */
		enum login_verdict verdict;
		unsigned n_hashes; /* for it */
	} rows[] = {
		{"secret", false, LOGIN_BRAKED, 0}, {CRYPT, false, LOGIN_BRAKED, 0},
		{NULL, false, LOGIN_RIGHT, 0},	    {"secret", true, LOGIN_RIGHT, 0},
		{CRYPT, true, LOGIN_RIGHT, 0},	    {NULL, true, LOGIN_RIGHT, 0},
	};
	char generated[SECRET_STORED_MAX];
	size_t i;

	ck_assert_int_eq(secret_store(slice_of("secret"), generated), 0);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const char *secret = rows[i].secret != NULL ? rows[i].secret : generated;

		open_braked_logins(JOBS_MAX, FAILURE_MS);
		if (rows[i].was_right)
			ck_assert_int_eq(try(0, "secret", secret), LOGIN_RIGHT);
		hash_result = PASSWORD_WRONG;
		miss(0, secret);
		n_hashes = 0;
		hash_result = PASSWORD_RIGHT;
		ck_assert_msg(try(0, "secret", secret) == rows[i].verdict, "row %zu", i);
		ck_assert_int_eq(try(0, "wrong", secret), LOGIN_BRAKED);
		ck_assert_msg(n_hashes == rows[i].n_hashes, "row %zu: %u", i, n_hashes);
		close_logins();
	}
}
END_TEST

/* It is not told from another login then, unless it is always compared. */
START_TEST(under_the_brake_a_secret_without_its_pepper_is_not_compared)
{
	open_braked_logins(JOBS_MAX, FAILURE_MS);
	miss(0, "secret");
	ck_assert_int_eq(try(0, "secret", "$sha256$p=1" CRYPT), LOGIN_BRAKED);
	ck_assert_int_eq(try(0, "secret", "$sha256$p=1$sha256$abcdefgh$" KEY), LOGIN_UNKNOWN);
	ck_assert_int_eq(try(1, "secret", "$sha256$p=1" CRYPT), LOGIN_UNKNOWN);
	ck_assert_uint_eq(n_hashes, 0);
	close_logins();
}
END_TEST

/* In the store's trouble all that is not right is told the same, but guesses count. */
START_TEST(an_account_in_memory_is_no_way_around_the_brake)
{
	struct client *c;
	unsigned n;

	open_braked_logins(JOBS_MAX, FAILURE_MS);
	for (n = 0; n < PENALTY_LOGIN_FAILURES; n++) {
		c = come(0, "wrong");
		tell_secret(ACCOUNTS_STALE, "secret");
		expect(c, LOGIN_UNKNOWN);
		leave(c);
	}
	c = come(0, "secret");
	tell_secret(ACCOUNTS_STALE, "secret");
	expect(c, LOGIN_UNKNOWN);
	leave(c);
	c = come(1, "secret");
	tell_secret(ACCOUNTS_STALE, "secret");
	expect(c, LOGIN_RIGHT);
	leave(c);
	/* Routers that nobody knows just now come again and again. */
	for (n = 0; n < 2 * PENALTY_CLIENT_FAILURES; n++) {
		c = come(2, "secret");
		tell_secret(ACCOUNTS_STALE, NULL);
		expect(c, LOGIN_UNKNOWN);
		leave(c);
		n_seekers = 0;
	}
	ck_assert_int_eq(try(2, "secret", "secret"), LOGIN_RIGHT);
	ck_assert_int_eq(clients[2].found.brake, PENALTY_NONE);
	close_logins();
}
END_TEST

START_TEST(what_crypt_found_right_stays_right_for_ten_minutes)
{
	open_logins(JOBS_MAX);
	ck_assert_int_eq(try(0, "secret", CRYPT), LOGIN_RIGHT);
	ck_assert_int_eq(try(1, "secret", CRYPT), LOGIN_RIGHT);
	ck_assert_uint_eq(n_hashes, 1);
	/* Another password, and another secret of the account. */
	hash_result = PASSWORD_WRONG;
	ck_assert_int_eq(try(0, "secreT", CRYPT), LOGIN_WRONG);
	ck_assert_int_eq(try(0, "secret", CRYPT_2), LOGIN_WRONG);
	ck_assert_uint_eq(n_hashes, 3);
	ck_assert_int_eq(try(0, "secret", CRYPT), LOGIN_RIGHT);
	kit_advance(VERIFIED_FOR_MS);
	ck_assert_int_eq(try(0, "secret", CRYPT), LOGIN_WRONG);
	ck_assert_uint_eq(n_hashes, 4);
	close_logins();
}
END_TEST

START_TEST(when_the_engine_is_closed_those_who_look_are_told_so)
{
	struct client *c;
	struct seeker *s;

	open_logins(JOBS_MAX);
	c = come(0, "secret");
	tell_secret(ACCOUNTS_CACHED, "old");
	ck_assert(!login_end(c->login));
	s = &seekers[n_seekers - 1];
	close_logins();
	ck_assert_uint_eq(c->n_closed, 0);
	s->events->closed(s->arg);
	ck_assert_uint_eq(c->n_closed, 1);
	ck_assert_uint_eq(c->n_found + c->n_idle, 0);
}
END_TEST

START_TEST(what_waits_for_a_worker_is_dropped_when_it_is_closed_and_what_runs_is_not_told)
{
	size_t i;

	open_logins(LOGINS);
	for (i = 0; i < 5; i++)
		leave(ask(i, "secret", CRYPT));
	for (i = 0; i < 5; i++)
		ask(i, "secret", CRYPT);
	for (i = 0; i < 5; i++)
		leave(&clients[i]);
	logins_close(logins);
	ck_assert_uint_eq(hashes_left(), HASHES_AT_ONCE);
	kit_advance(5);
	ck_assert_uint_eq(n_hashes, HASHES_AT_ONCE);
	for (i = 0; i < 5; i++)
		ck_assert_uint_eq(clients[i].n_found, 0);
	logins_close(NULL);
	logins_free(NULL);
	close_logins();
}
END_TEST

START_TEST(without_memory_nobody_knows)
{
	const struct logins_conf conf = {.max_hashes = 1};
	struct logins *no_logins = NULL;
	struct login *none = NULL;
	struct client *c;
	struct account *a;
	size_t n;
	int err;

	open_logins(1);
	fake_malloc_fail_at(1);
	err = logins_new(&kit_loop, NULL, &conf, &no_logins);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	fake_malloc_fail_at(1);
	err = login_new(logins, &clients[0].credentials, &clients[0].address, &events, &clients[0],
			&none);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert(no_logins == NULL && none == NULL);
	/* The secret that the password is right for. */
	c = come(0, "secret");
	a = account_of("secret", false);
	seekers[n_seekers - 1].arg = NULL;
	fake_malloc_fail_at(1);
	seekers[n_seekers - 1].events->found(c->login, 0, ACCOUNTS_FRESH, a, 7);
	ck_assert(fake_malloc_off());
	expect(c, LOGIN_UNKNOWN);
	leave(c);
	c = come(0, "secret");
	a = account_of(CRYPT, false);
	seekers[n_seekers - 1].arg = NULL;
	fake_malloc_fail_at(1);
	seekers[n_seekers - 1].events->found(c->login, 0, ACCOUNTS_FRESH, a, 7);
	ck_assert(fake_malloc_off());
	expect(c, LOGIN_UNKNOWN);
	leave(c);
	/* The kind that is remembered, the job, its setting. The first is remembered then. */
	for (n = 3; n > 0; n--) {
		c = come(0, "secret");
		a = account_of(n == 3 ? CRYPT : CRYPT_2, false);
		seekers[n_seekers - 1].arg = NULL;
		fake_malloc_fail_at(n);
		seekers[n_seekers - 1].events->found(c->login, 0, ACCOUNTS_FRESH, a, 7);
		ck_assert_msg(fake_malloc_off(), "%zu", n);
		expect(c, LOGIN_UNKNOWN);
		leave(c);
		if (n == 3)
			continue;
		/* It does not count as a job. */
		c = ask(0, "secret", n == 2 ? CRYPT : CRYPT_2);
		kit_advance(1);
		expect(c, LOGIN_RIGHT);
		leave(c);
	}
	close_logins();
}
END_TEST

START_TEST(a_lookup_that_cannot_begin_leaves_the_login_idle)
{
	struct client *c = &clients[0];

	open_logins(JOBS_MAX);
	snprintf(c->credentials.user, sizeof(c->credentials.user), "router");
	ck_assert_int_eq(login_new(logins, &c->credentials, &c->address, &events, c, &c->login), 0);
	find_err = ERR_NOMEM;
	ck_assert_int_eq(login_begin(c->login), ERR_NOMEM);
	leave(c);
	ck_assert_uint_eq(c->n_found + c->n_idle + c->n_closed, 0);
	close_logins();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_account_is_refused_outside_of_its_bounds,
		what_needs_no_crypt_is_decided_at_once,
		crypt_runs_on_a_worker,
		every_refusal_has_its_price_once_one_was_paid,
		a_refusal_costs_each_kind_of_crypt_once,
		the_rest_of_an_account_is_read_once_the_password_is_right,
		when_the_rest_cannot_be_asked_for_nobody_knows,
		what_memory_does_not_have_is_asked_of_the_store,
		a_refusal_out_of_memory_is_never_final,
		when_the_store_cannot_be_asked_after_a_refusal_nobody_knows,
		once_it_was_right_the_store_alone_is_read_and_only_another_secret_is_checked,
		few_workers_run_at_once_and_the_others_follow_in_order,
		more_than_may_wait_are_told_that_nobody_knows,
		who_leaves_while_it_waits_for_a_worker_makes_room,
		who_leaves_while_a_worker_runs_is_not_told,
		account_whose_secret_cannot_be_used_is_refused_like_an_unknown_one,
		secret_that_cannot_be_used_any_more_refuses_a_verified_login,
		right_password_of_an_account_whose_hosts_are_not_known_is_no_refusal,
		a_secret_is_compared_with_what_its_pepper_makes_of_the_password,
		a_secret_whose_pepper_is_missing_is_our_trouble,
		without_a_worker_nobody_knows,
		who_leaves_while_the_account_is_looked_for_is_freed_later,
		who_fails_often_is_braked_and_nobody_else_is,
		under_the_brake_only_what_cannot_be_guessed_or_was_right_is_compared,
		under_the_brake_a_secret_without_its_pepper_is_not_compared,
		an_account_in_memory_is_no_way_around_the_brake,
		what_crypt_found_right_stays_right_for_ten_minutes,
		when_the_engine_is_closed_those_who_look_are_told_so,
		what_waits_for_a_worker_is_dropped_when_it_is_closed_and_what_runs_is_not_told,
		without_memory_nobody_knows,
		a_lookup_that_cannot_begin_leaves_the_login_idle,
	};

	return unit_run("login", tests, N_ELEMENTS(tests));
}
