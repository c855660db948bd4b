/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/login.h"

#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "account/password.h"
#include "account/pepper.h"
#include "account/secret.h"
#include "account/verify.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/rand.h"
#include "base/str.h"
#include "base/wiping.h"
#include "dyndns/basic_auth.h"
#include "engine/hashes.h"
#include "engine/price.h"
#include "net/pseudonym.h"

struct logins {
	struct accounts *accounts;
	struct hashes *hashes; /* NULL: closed */
	struct penalties *penalties;
	struct verified *verified;
	struct price price; /* of a refusal */
	const struct peppers *peppers;
	_Atomic long long next_log_ms;
};

struct login {
	struct logins *all;
	const struct query_credentials *credentials; /* NULL once nobody waits */
	const struct addr *client;
	const struct login_events *events;
	void *arg;
	bool is_looking_up;
	bool is_memory_asked; /* and it did not have the login */
	unsigned paid;	      /* the kinds of crypt(3) that were run, a bit each */
	struct hash_job *job; /* NULL: none */
	/* When the password was last looked at: how the client stands, and was it compared? */
	struct penalty_view penalty;
	bool is_compared;
	struct verified_key name; /* what is kept once crypt(3) says that it is right */
	uint64_t read_at;
	enum accounts_source source; /* of account */
	struct account *account;
	char *right; /* owned: the secret that the password is right for; NULL: none yet */
	struct account *refused; /* by memory, until the store has spoken */
};

int logins_new(struct uv_loop_s *loop, struct accounts *accounts, const struct logins_conf *conf,
	       struct logins **ret)
{
	struct logins *ls = calloc(1, sizeof(*ls));
	uint64_t key[2];

	if (ls == NULL)
		return ERR_NOMEM;
	ls->accounts = accounts;
	ls->peppers = conf->peppers;
	rand_bytes(key, sizeof(key));
	if (hashes_new(loop, conf->max_hashes, &ls->hashes) != 0 ||
	    penalties_new(&conf->penalty, key, &ls->penalties) != 0 ||
	    verified_new(&ls->verified) != 0) {
		logins_close(ls);
		logins_free(ls);
		return ERR_NOMEM;
	}
	*ret = ls;
	return 0;
}

int login_new(struct logins *ls, const struct query_credentials *credentials,
	      const struct addr *client, const struct login_events *events, void *arg,
	      struct login **ret)
{
	struct login *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return ERR_NOMEM;
	l->all = ls;
	l->credentials = credentials;
	l->client = client;
	l->events = events;
	l->arg = arg;
	*ret = l;
	return 0;
}

static void login_free(struct login *l)
{
	account_free(l->account);
	account_free(l->refused);
	str_free_secret(l->right);
	free(l);
}

/* ---------------------------------------------------------------- what was found */

/* Not right, so without an account. */
static void login_tell(struct login *l, enum login_verdict verdict)
{
	const struct login_found found = {
		.verdict = verdict,
		.source = l->source,
		.read_at = l->read_at,
		.brake = l->penalty.brake,
		.brake_left_ms = l->penalty.left_ms,
	};

	l->events->found(l->arg, &found);
}

/* The password is right: tells all of the account. Its hosts are not known when its item is
 * malformed: "nohost" would be a lie, and would stop the router for ever. */
static void login_accept(struct login *l)
{
	struct login_found found = {.source = l->source, .read_at = l->read_at};
	int err = 0;

	penalties_know(l->all->penalties, &l->penalty, clock_mono_ms());
	if (l->right == NULL && (l->right = strdup(l->account->secret)) == NULL)
		err = ERR_NOMEM;
	else if (l->account->is_partial)
		err = accounts_complete(l->all->accounts, &l->account, l->source, l->read_at);
	if (err == ERR_NOTFOUND && (err = login_begin(l)) == 0)
		return;
	found.verdict = LOGIN_UNKNOWN;
	if (err == 0 && (l->account->flaws & ACCOUNT_FLAW_HOSTS) == 0) {
		found.verdict = LOGIN_RIGHT;
		found.account = l->account;
		l->account = NULL;
	}
	l->events->found(l->arg, &found);
}

/* While the store is in trouble the right password cannot be known; only what was compared with an
 * account in memory is a failure then. A braked client is told the same of every password that is
 * not right, compared or not. */
static void login_refuse(struct login *l)
{
	const bool is_stale = l->source == ACCOUNTS_STALE;

	if (l->is_compared && (!is_stale || l->account != NULL || l->refused != NULL))
		penalties_fail(l->all->penalties, &l->penalty, clock_mono_ms());
	if (is_stale)
		login_tell(l, LOGIN_UNKNOWN);
	else
		login_tell(l, l->penalty.brake == PENALTY_NONE ? LOGIN_WRONG : LOGIN_BRAKED);
}

/* A cached account that refuses may be out of date, and memory does not have all: the store is
 * asked. */
static void login_refuse_or_ask(struct login *l)
{
	if (l->source != ACCOUNTS_CACHED) {
		login_refuse(l);
		return;
	}
	account_free(l->refused);
	l->refused = l->account;
	l->account = NULL;
	l->is_memory_asked = true;
	if (login_begin(l) != 0)
		login_tell(l, LOGIN_UNKNOWN);
}

static void login_hash(struct login *l, const char *setting, size_t kind, bool is_dummy);

/* Refuses, after the work that every refusal costs: each kind of crypt(3) once. It comes last: not
 * for a cached account that may be out of date. The brake spares it, for every login. */
static void login_pay(struct login *l)
{
	const char *dummy;
	size_t kind;

	if (l->source == ACCOUNTS_CACHED) {
		login_refuse_or_ask(l);
		return;
	}
	dummy = price_next(&l->all->price, l->paid, &kind);
	if (dummy != NULL && l->penalty.brake == PENALTY_NONE)
		login_hash(l, dummy, kind, true);
	else
		login_refuse(l);
}

static void login_on_hashed(void *arg, enum password_result result)
{
	struct login *l = arg;

	l->job = NULL;
	if (result == PASSWORD_NO_MEMORY) {
		login_tell(l, LOGIN_UNKNOWN);
	} else if (result == PASSWORD_RIGHT && !l->account->disabled) {
		verified_put(l->all->verified, &l->name, clock_mono_ms());
		login_accept(l);
	} else {
		login_pay(l);
	}
}

/* ---------------------------------------------------------------- crypt(3) */

/* kind: of the setting, for the price. */
static void login_hash(struct login *l, const char *setting, size_t kind, bool is_dummy)
{
	const struct query_credentials *c = l->credentials;
	struct hash_order order = {
		.setting = setting,
		.is_dummy = is_dummy,
		.password = {c->password, c->password_len},
		.client = l->penalty.client,
	};
	char text[PEPPERED_LEN + 1];
	int err = is_dummy ? 0
			   : peppers_apply(l->all->peppers, setting, order.password, text,
					   &order.password);

	if (kind < PRICE_KINDS_MAX)
		l->paid |= 1U << kind;
	if (err == 0)
		err = hashes_add(l->all->hashes, &order, login_on_hashed, l, &l->job);
	explicit_bzero(text, sizeof(text));
	wiping_stack();
	if (err != 0)
		login_tell(l, LOGIN_UNKNOWN);
}

/* ---------------------------------------------------------------- is the password right? */

/* A generated secret cannot be guessed, so it is always compared, and the router that has it gets
 * in whoever else fails behind its address. Where a client fails at a login that it never had
 * right, nothing else is: else the answers would tell when a guess is right. */
static bool login_may_compare(const struct login *l)
{
	enum secret_kind kind;

	if (l->penalty.brake != PENALTY_LOGIN || l->penalty.is_known)
		return true;
	return l->account != NULL && secret_kind(l->account->secret, &kind) == 0 &&
	       kind == SECRET_SHA256;
}

/* A secret that cannot be used is none, and costs what none costs. */
static const struct account *login_usable(const struct login *l)
{
	const struct account *a = l->account;

	return a != NULL && (a->flaws & ACCOUNT_FLAW_SECRET) == 0 ? a : NULL;
}

/* Slow hashes wait for the end of the brake, unless the same password was right a while ago: every
 * refusal looks there. What is right costs less, which the answer tells anyway. */
static enum password_result login_compare(struct login *l)
{
	const struct query_credentials *c = l->credentials;
	const struct slice password = {c->password, c->password_len};
	const int64_t now_ms = clock_mono_ms();
	const enum password_result result =
		password_check_peppered(l->all->peppers, login_usable(l), password);
	bool was_right;

	penalties_look(l->all->penalties, l->client, c->user, now_ms, &l->penalty);
	l->is_compared = login_may_compare(l);
	if (result == PASSWORD_NO_MEMORY || (l->is_compared && result == PASSWORD_RIGHT))
		return result;
	if (verified_name(l->all->verified, l->account, password, &l->name) != 0)
		return PASSWORD_NO_MEMORY;
	was_right = verified_has(l->all->verified, &l->name, now_ms);
	if (l->is_compared && result == PASSWORD_SLOW) {
		metric_add(METRIC_VERIFIED_HITS, was_right ? 1 : 0);
		if (was_right)
			return PASSWORD_RIGHT;
		l->is_compared = l->penalty.brake == PENALTY_NONE;
	}
	return l->is_compared ? result : PASSWORD_WRONG;
}

/* Nobody can tell whether it is right, unless memory is out of date. */
static void login_lacks_pepper(struct login *l)
{
	if (l->source == ACCOUNTS_CACHED) {
		l->is_memory_asked = true;
		if (login_begin(l) == 0)
			return;
	}
	if (log_may_repeat(&l->all->next_log_ms, clock_mono_ms()))
		log_event(LOG_LEVEL_ERROR, "the pepper of a secret is not in pepper-file",
			  LOG_FIELDS(LOG_USER(l->account->user)));
	login_tell(l, LOGIN_UNKNOWN);
}

static void login_check(struct login *l)
{
	const enum password_result result = login_compare(l);
	size_t kind;

	wiping_stack();
	switch (result) {
	case PASSWORD_RIGHT:
		login_accept(l);
		return;
	case PASSWORD_SLOW:
		if (price_see(&l->all->price, l->account->secret, &kind) == 0)
			login_hash(l, l->account->secret, kind, false);
		else
			login_tell(l, LOGIN_UNKNOWN);
		return;
	case PASSWORD_NO_MEMORY:
		login_tell(l, LOGIN_UNKNOWN);
		return;
	case PASSWORD_NO_PEPPER:
		login_lacks_pepper(l);
		return;
	case PASSWORD_WRONG:
		login_pay(l);
	}
}

/* The store says what memory said: the refusal stands, and its work is not done again. */
static bool login_is_refused_again(const struct login *l)
{
	const struct account *old = l->refused, *now = l->account;

	return old != NULL && now != NULL && old->disabled == now->disabled &&
	       strcmp(old->secret, now->secret) == 0;
}

/* What memory took for right, or an earlier reading, is checked again when the store has another
 * secret by now: who was shut out with it changes nothing any more. */
static void login_take_again(struct login *l)
{
	const struct account *now = l->account;

	if (now == NULL || now->disabled || (now->flaws & ACCOUNT_FLAW_SECRET) != 0) {
		login_refuse(l);
	} else if (strcmp(now->secret, l->right) == 0) {
		login_accept(l);
	} else {
		str_free_secret(l->right);
		l->right = NULL;
		login_check(l);
	}
}

/* To whom an account has ended, or who is elsewhere than it may be used from, it is a disabled one:
 * refused alike, at the same price. */
static void login_apply_bounds(struct login *l)
{
	struct account *a = l->account;

	if (a != NULL && l->credentials != NULL &&
	    !bounds_allow(&a->bounds, l->client, clock_wall_s()))
		a->disabled = true;
}

static void login_on_account(void *arg, int err, enum accounts_source source,
			     struct account *account, uint64_t read_at)
{
	struct login *l = arg;

	l->is_looking_up = false;
	account_free(l->account);
	l->account = account;
	l->source = source;
	l->read_at = read_at;
	login_apply_bounds(l);
	if (l->credentials == NULL) {
		l->events->idle(l->arg);
		login_free(l);
	} else if (err != 0) {
		login_tell(l, LOGIN_UNKNOWN);
	} else if (login_is_refused_again(l)) {
		login_pay(l);
	} else if (l->right != NULL) {
		login_take_again(l);
	} else {
		login_check(l);
	}
}

static void login_on_closed(void *arg)
{
	struct login *l = arg;

	l->events->closed(l->arg);
	login_free(l);
}

static const struct accounts_events login_accounts_events = {
	.found = login_on_account,
	.closed = login_on_closed,
};

int login_begin(struct login *l)
{
	enum accounts_way way = ACCOUNTS_ANYWHERE;
	int err;

	if (l->right != NULL)
		way = ACCOUNTS_IN_STORE;
	else if (l->refused != NULL)
		way = ACCOUNTS_AFTER_REFUSAL;
	else if (l->is_memory_asked)
		way = ACCOUNTS_AFTER_MEMORY;
	l->is_looking_up = true;
	err = accounts_find(l->all->accounts, l->credentials->user, way, &login_accounts_events, l);
	if (err != 0)
		l->is_looking_up = false;
	return err;
}

/* ---------------------------------------------------------------- the end */

bool login_end(struct login *l)
{
	if (l == NULL)
		return true;
	if (l->job != NULL)
		hashes_drop(l->job);
	l->job = NULL;
	l->credentials = NULL;
	if (l->is_looking_up)
		return false;
	login_free(l);
	return true;
}

void logins_close(struct logins *ls)
{
	if (ls == NULL)
		return;
	hashes_free(ls->hashes);
	ls->hashes = NULL;
	price_fini(&ls->price);
}

void logins_free(struct logins *ls)
{
	if (ls == NULL)
		return;
	penalties_free(ls->penalties);
	verified_free(ls->verified);
	free(ls);
}
