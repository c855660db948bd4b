/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/accounts.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uv.h>

#include "account/account.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "engine/cache.h"
#include "engine/calls.h"
#include "engine/known.h"
#include "engine/ticks.h"
#include "net/hash.h"
#include "net/pseudonym.h"
#include "store/store.h"

/* One account that is being looked for. */
struct finding {
	struct accounts *all;
	enum accounts_way way;
	const struct accounts_events *events;
	void *arg;
	struct call call;
	/* Of a read in the store: the tick and the time when it began, and what it brought, while
	 * it is asked whether there are others. */
	uint64_t read_at;
	int64_t began_ms;
	struct account *account;
	char user[ACCOUNT_USER_MAX + 1];
	TAILQ_ENTRY(finding) link; /* in all->cached, then */
};

TAILQ_HEAD(finding_list, finding);

/* An account of which something cannot be used is a line in the log once in that time, and not each
 * time that its router asks. */
enum { ACCOUNTS_TELL_AGAIN_MS = 3600 * 1000 };
/* Of more than that, some are told more often. */
enum { ACCOUNTS_TOLD_MAX = 256 };

struct accounts_flaw {
	uint64_t user; /* a hash; 0: none */
	unsigned flaws;
	int64_t told_ms;
};

struct accounts {
	struct calls *calls;
	struct cache *cache;
	struct known *known;
	const struct ticks *ticks;
	struct accounts_conf conf;
	struct finding_list cached;
	uv_timer_t soon; /* for cached */
	bool has_token;
	uint64_t token;	    /* the version of the store that the cache is of */
	int64_t current_ms; /* when the store was asked for it */
	bool is_stale;	    /* answered from memory since the store last spoke */
	/* An account was found: ever, and since the store may last have lost all of them. */
	bool has_found, is_populated;
	bool is_question_denied;       /* whether it has any */
	_Atomic long long next_log_ms; /* of log lines about that */
	struct accounts_flaw told[ACCOUNTS_TOLD_MAX];
	_Atomic long long next_flaw_ms;	 /* of log lines about those */
	_Atomic long long next_empty_ms; /* of log lines about a store without accounts */
};

int accounts_new(struct uv_loop_s *loop, struct calls *calls, struct cache *cache,
		 struct known *known, const struct ticks *ticks, const struct accounts_conf *conf,
		 struct accounts **ret)
{
	struct accounts *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return ERR_NOMEM;
	a->calls = calls;
	a->cache = cache;
	a->known = known;
	a->ticks = ticks;
	a->conf = *conf;
	TAILQ_INIT(&a->cached);
	uv_timer_init(loop, &a->soon); /* cannot fail */
	a->soon.data = a;
	calls_add_handle(calls);
	*ret = a;
	return 0;
}

/* The end of f. */
static void accounts_tell(struct finding *f, int err, enum accounts_source source,
			  struct account *account)
{
	f->events->found(f->arg, err, source, account, f->read_at);
	free(f);
}

/* Troubles that say nothing about the account, the permissions or the table. */
static bool accounts_is_passing(int err)
{
	return err_is_passing(err) || err == ERR_IO;
}

static void accounts_log_stale(struct accounts *a)
{
	if (!a->is_stale && log_may_repeat(&a->next_log_ms, clock_mono_ms()))
		log_event(LOG_LEVEL_WARN, "known accounts are served from memory",
			  LOG_FIELDS(log_uint("stale-age", (uint64_t)a->conf.stale_age_ms / 1000)));
	a->is_stale = true;
}

static void accounts_tell_trouble(struct finding *f, int err)
{
	struct accounts *a = f->all;
	const int64_t now_ms = clock_mono_ms();
	struct account *account = NULL;

	if (a->conf.stale_age_ms == 0 || !accounts_is_passing(err) || f->way == ACCOUNTS_IN_STORE) {
		accounts_tell(f, err, ACCOUNTS_FRESH, NULL);
		return;
	}
	if (f->way != ACCOUNTS_AFTER_REFUSAL)
		account = cache_get_credential(a->cache, f->user, now_ms - a->conf.stale_age_ms,
					       now_ms);
	if (account != NULL)
		accounts_log_stale(a);
	accounts_tell(f, 0, ACCOUNTS_STALE, account);
}

/* It is not the store's trouble, and says nothing of other accounts. */
static void accounts_log_flaws(struct accounts *a, const struct account *account)
{
	uint64_t user = hash_bytes(account->user, strlen(account->user), 0);
	struct accounts_flaw *told = &a->told[user % ACCOUNTS_TOLD_MAX];
	int64_t now_ms = clock_mono_ms();

	if (told->user == user && told->flaws == account->flaws &&
	    now_ms - told->told_ms < ACCOUNTS_TELL_AGAIN_MS)
		return;
	if (account->flaws == 0 && told->user == user)
		told->user = 0;
	if (account->flaws == 0 || !log_may_repeat(&a->next_flaw_ms, now_ms))
		return;
	*told = (struct accounts_flaw){user, account->flaws, now_ms};
	log_event(LOG_LEVEL_WARN,
		  (account->flaws & ACCOUNT_MALFORMED) != 0
			  ? "an account cannot be used as it is stored"
			  : "an attribute of an account is not used as it is stored",
		  LOG_FIELDS(LOG_USER(account->user), LOG_SENTENCE("why", account->flaw_text)));
}

/* One that is malformed is read as often as an unknown one. */
static void accounts_keep(struct accounts *a, const struct account *account, uint64_t read_at,
			  int64_t read_ms)
{
	accounts_log_flaws(a, account);
	if ((account->flaws & ACCOUNT_MALFORMED) != 0)
		cache_drop(a->cache, account->user);
	else
		cache_put(a->cache, account, read_at, read_ms);
}

/* The store has spoken, of the account or of its absence. */
static void accounts_remember(struct finding *f, const struct account *account)
{
	struct accounts *a = f->all;

	a->is_stale = false;
	if (account == NULL) {
		known_forget(a->known, f->user, NULL);
		/* One that was there is gone: all may be. */
		if (cache_drop(a->cache, f->user))
			a->is_populated = false;
		return;
	}
	a->has_found = a->is_populated = true;
	if (!account->is_partial) {
		accounts_keep(a, account, f->read_at, f->began_ms);
		return;
	}
	/* Other flaws are told with the whole account. */
	if (account->flaws != 0)
		accounts_log_flaws(a, account);
	if (account->rest != NULL)
		account->rest->asked_ms = f->began_ms;
	cache_check_credential(a->cache, account);
}

/* In a store without any account, every login is unknown, and every router would stop for good: an
 * unmounted volume, a table that was made anew. So nobody knows who may log in. */
static void accounts_tell_nobody(struct finding *f, bool is_empty)
{
	struct accounts *a = f->all;

	if (f->account != NULL) {
		accounts_tell(f, 0, ACCOUNTS_FRESH, f->account);
		return;
	}
	if (is_empty && log_may_repeat(&a->next_empty_ms, clock_mono_ms()))
		log_event(LOG_LEVEL_WARN, "the store has no accounts: unknown logins get 911",
			  LOG_FIELDS(LOG_USER(f->user)));
	accounts_tell(f, 0, is_empty ? ACCOUNTS_STALE : ACCOUNTS_FRESH, NULL);
}

/* Where the store may not be asked, the first account that is found tells. */
static void accounts_on_decided(void *arg, int err, bool is_empty, const struct errinfo *why)
{
	struct finding *f = arg;
	struct accounts *a = f->all;

	(void)why;
	a->is_question_denied = err == ERR_DENIED;
	if (err == 0)
		a->is_populated = f->account != NULL || !is_empty;
	else
		is_empty = !a->has_found;
	accounts_tell_nobody(f, is_empty);
}

static void accounts_doubt_login(struct finding *f)
{
	struct accounts *a = f->all;
	int err = ERR_DENIED;

	if (!a->is_question_denied)
		err = calls_is_empty(a->calls, &f->call, accounts_on_decided);
	if (err != 0)
		accounts_tell_nobody(f, !a->has_found);
}

/* Whether the store is to be asked for others, too. After each write of somebody else's it is, by
 * the first to log in, whose login may exist or not: the question takes time. */
static bool accounts_is_doubtful(const struct finding *f, const struct account *account)
{
	return account == NULL || (f->all->has_token && f->way != ACCOUNTS_IN_STORE);
}

static void accounts_on_read(void *arg, int err, struct account *account, const struct errinfo *why)
{
	struct finding *f = arg;
	const bool was_populated = f->all->is_populated;
	const bool is_doubtful = accounts_is_doubtful(f, account);

	if (err != 0 && err != ERR_NOTFOUND) {
		/* A table that is not there, or of another key, may come back empty. */
		if (!accounts_is_passing(err))
			f->all->is_populated = false;
		calls_trouble(f->all->calls, "lookup", f->user, err, why);
		accounts_tell_trouble(f, err);
		return;
	}
	accounts_remember(f, account);
	if (is_doubtful && (!was_populated || !f->all->is_populated)) {
		f->account = account;
		accounts_doubt_login(f);
		return;
	}
	f->events->found(f->arg, 0, ACCOUNTS_FRESH, account, f->read_at);
	free(f);
}

static void accounts_on_call_closed(void *arg)
{
	struct finding *f = arg;

	f->events->closed(f->arg);
	account_free(f->account);
	free(f);
}

static int accounts_read(struct accounts *a, struct finding *f)
{
	int err;

	f->read_at = a->ticks->now;
	f->began_ms = clock_mono_ms();
	f->call.arg = f;
	f->call.closed = accounts_on_call_closed;
	if (f->way == ACCOUNTS_IN_STORE)
		err = calls_lookup(a->calls, &f->call, f->user, accounts_on_read);
	else
		err = calls_credential(a->calls, &f->call, f->user, accounts_on_read);
	if (err != 0)
		calls_trouble(a->calls, "lookup", f->user, err, NULL);
	return err;
}

/* Twice the interval: the answer to one question for the version is under way while the last one
 * still holds. */
static bool accounts_has_version(const struct accounts *a, int64_t now_ms)
{
	return a->has_token && now_ms - a->current_ms <= 2 * a->conf.version_interval_ms;
}

/* False: memory is not to be asked. An account in memory is current when its reading, that began at
 * *ret_since_ms or later, is young enough, or when nobody wrote since. */
static bool accounts_is_current(const struct accounts *a, int64_t *ret_since_ms)
{
	const int64_t now_ms = clock_mono_ms();
	const bool has_version = accounts_has_version(a, now_ms);

	*ret_since_ms = has_version ? CACHE_ANY_AGE : now_ms - a->conf.cache_age_ms;
	return has_version || a->conf.cache_age_ms > 0;
}

/* Memory is asked in the next turn of the loop: as late as a store would answer. */
static void accounts_on_soon(uv_timer_t *timer)
{
	struct accounts *a = timer->data;
	struct account *account;
	struct finding_list list;
	struct finding *f;
	int64_t since_ms;

	TAILQ_INIT(&list);
	TAILQ_CONCAT(&list, &a->cached, link);
	while ((f = TAILQ_FIRST(&list)) != NULL) {
		TAILQ_REMOVE(&list, f, link);
		account = NULL;
		if (accounts_is_current(a, &since_ms))
			account =
				cache_get_credential(a->cache, f->user, since_ms, clock_mono_ms());
		f->events->found(f->arg, 0, ACCOUNTS_CACHED, account, a->ticks->now);
		free(f);
	}
}

/* False: it has to be read. */
static bool accounts_find_cached(struct accounts *a, struct finding *f)
{
	int64_t since_ms;

	if (f->way != ACCOUNTS_ANYWHERE || a->cache == NULL || !accounts_is_current(a, &since_ms))
		return false;
	TAILQ_INSERT_TAIL(&a->cached, f, link);
	uv_timer_start(&a->soon, accounts_on_soon, 0, 0);
	return true;
}

int accounts_find(struct accounts *a, const char *user, enum accounts_way way,
		  const struct accounts_events *events, void *arg)
{
	struct finding *f = calloc(1, sizeof(*f));
	int err = 0;

	if (f == NULL)
		return ERR_NOMEM;
	f->all = a;
	f->way = way;
	f->events = events;
	f->arg = arg;
	str_copy(f->user, sizeof(f->user), slice_of(user));
	if (!accounts_find_cached(a, f))
		err = accounts_read(a, f);
	if (err != 0)
		free(f);
	return err;
}

/* It may have left memory since, or be there with another secret. */
static int accounts_complete_cached(struct accounts *a, struct account **account)
{
	int64_t read_ms;
	struct account *whole = cache_get(a->cache, (*account)->user, CACHE_ANY_AGE, &read_ms);

	if (whole == NULL || whole->disabled || strcmp(whole->secret, (*account)->secret) != 0) {
		account_free(whole);
		return ERR_NOTFOUND;
	}
	account_free(*account);
	*account = whole;
	return 0;
}

int accounts_complete(struct accounts *a, struct account **account, enum accounts_source source,
		      uint64_t read_at)
{
	int64_t asked_ms = (*account)->rest != NULL ? (*account)->rest->asked_ms : 0;
	int err;

	if (source != ACCOUNTS_FRESH)
		return accounts_complete_cached(a, account);
	err = calls_read_rest(a->calls, *account);
	if (err == 0)
		accounts_keep(a, *account, read_at, asked_ms);
	return err;
}

void accounts_take_version(struct accounts *a, int err, uint64_t token, int64_t asked_ms)
{
	if (err != 0 || !a->has_token || a->token != token) {
		cache_clear(a->cache);
		a->is_populated = false;
	}
	a->has_token = err == 0;
	a->token = token;
	a->current_ms = asked_ms;
}

static void accounts_on_closed(uv_handle_t *handle)
{
	struct accounts *a = handle->data;

	calls_drop_handle(a->calls);
}

void accounts_close(struct accounts *a)
{
	struct finding *f;

	if (a == NULL)
		return;
	while ((f = TAILQ_FIRST(&a->cached)) != NULL) {
		TAILQ_REMOVE(&a->cached, f, link);
		accounts_on_call_closed(f);
	}
	uv_close((uv_handle_t *)&a->soon, accounts_on_closed);
}

void accounts_free(struct accounts *a)
{
	free(a);
}
