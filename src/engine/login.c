/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/login.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uv.h>

#include "account/account.h"
#include "account/password.h"
#include "base/err.h"
#include "base/str.h"
#include "dyndns/basic_auth.h"
#include "engine/calls.h"

/* One crypt(3). */
struct login_job {
	uv_work_t work;
	struct logins *all;
	struct login *login; /* NULL: nobody waits for it */
	char *setting;	     /* owned */
	bool is_dummy;	     /* for its price only */
	bool is_running;     /* a worker has it */
	size_t password_len;
	char password[QUERY_PASSWORD_MAX];
	enum password_result result;
	TAILQ_ENTRY(login_job) link;
};

TAILQ_HEAD(login_jobs, login_job);

struct logins {
	uv_loop_t *loop;
	struct calls *calls;
	struct accounts *accounts;
	size_t max_jobs, n_jobs, n_running;
	bool is_stopping;	   /* those that run count as calls */
	struct login_jobs waiting; /* for a worker */
	char *dummy_setting;	   /* the last crypt(3) string seen; NULL: none ever */
};

struct login {
	struct logins *all;
	const struct query_credentials *credentials; /* NULL once nobody waits */
	const struct login_events *events;
	void *arg;
	bool is_looking_up;
	bool is_paid;	       /* crypt(3) was run: the price of a refusal */
	struct login_job *job; /* NULL: none */
	uint64_t read_at;
	enum accounts_source source; /* of account */
	struct account *account;
	char *right; /* owned: the secret that the password is right for; NULL: none yet */
	struct account *refused; /* by memory, until the store has spoken */
};

int logins_new(struct uv_loop_s *loop, struct calls *calls, struct accounts *accounts,
	       unsigned max_jobs, struct logins **ret)
{
	struct logins *ls = calloc(1, sizeof(*ls));

	if (ls == NULL)
		return ERR_NOMEM;
	ls->loop = loop;
	ls->calls = calls;
	ls->accounts = accounts;
	ls->max_jobs = max_jobs;
	TAILQ_INIT(&ls->waiting);
	*ret = ls;
	return 0;
}

int login_new(struct logins *ls, const struct query_credentials *credentials,
	      const struct login_events *events, void *arg, struct login **ret)
{
	struct login *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return ERR_NOMEM;
	l->all = ls;
	l->credentials = credentials;
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

static void login_tell(struct login *l, enum login_verdict verdict)
{
	struct login_found found = {verdict, l->source, NULL, l->read_at};

	if (verdict == LOGIN_RIGHT) {
		found.account = l->account;
		l->account = NULL;
	}
	l->events->found(l->arg, &found);
}

/* The hosts of an account whose item is malformed are not known: "nohost" would be a lie, and would
 * stop the router for ever. */
static void login_accept(struct login *l)
{
	if (l->right == NULL)
		l->right = strdup(l->account->secret);
	if (l->right == NULL)
		login_tell(l, LOGIN_UNKNOWN);
	else
		login_tell(l, (l->account->flaws & ACCOUNT_FLAW_HOSTS) == 0 ? LOGIN_RIGHT
									    : LOGIN_UNKNOWN);
}

/* While the store is in trouble the right password cannot be known. */
static void login_refuse(struct login *l)
{
	login_tell(l, l->source == ACCOUNTS_STALE ? LOGIN_UNKNOWN : LOGIN_WRONG);
}

/* A cached account that refuses may be out of date: the store is asked. */
static void login_refuse_or_ask(struct login *l)
{
	if (l->source != ACCOUNTS_CACHED) {
		login_refuse(l);
		return;
	}
	account_free(l->refused);
	l->refused = l->account;
	l->account = NULL;
	if (login_begin(l) != 0)
		login_tell(l, LOGIN_UNKNOWN);
}

static void login_take_result(struct login *l, enum password_result result)
{
	l->job = NULL;
	if (result == PASSWORD_NO_MEMORY)
		login_tell(l, LOGIN_UNKNOWN);
	else if (result == PASSWORD_RIGHT && !l->account->disabled)
		login_accept(l);
	else
		login_refuse_or_ask(l);
}

/* ---------------------------------------------------------------- crypt(3) */

static void login_start_jobs(struct logins *ls);

static void login_free_job(struct login_job *job)
{
	str_free_secret(job->setting);
	explicit_bzero(job->password, sizeof(job->password));
	free(job);
}

static void login_on_work(uv_work_t *work)
{
	struct login_job *job = work->data;
	struct slice password = {job->password, job->password_len};

	job->result = password_check_slow(job->setting, password);
}

static enum password_result login_result(const struct login_job *job, int status)
{
	if (status != 0 || job->result == PASSWORD_NO_MEMORY)
		return PASSWORD_NO_MEMORY;
	return job->is_dummy ? PASSWORD_WRONG : job->result;
}

static void login_on_worked(uv_work_t *work, int status)
{
	struct login_job *job = work->data;
	struct logins *ls = job->all;
	struct login *l = job->login;
	enum password_result result = login_result(job, status);

	login_free_job(job);
	if (ls->is_stopping && !calls_end(ls->calls))
		return;
	ls->n_running--;
	ls->n_jobs--;
	login_start_jobs(ls);
	if (l != NULL)
		login_take_result(l, result);
}

static void login_start_job(struct logins *ls, struct login_job *job)
{
	if (ls->is_stopping)
		calls_begin(ls->calls);
	ls->n_running++;
	job->is_running = true;
	if (uv_queue_work(ls->loop, &job->work, login_on_work, login_on_worked) != 0)
		login_on_worked(&job->work, UV_ECANCELED);
}

static void login_start_jobs(struct logins *ls)
{
	while (ls->n_running < LOGIN_HASHES_MAX && !TAILQ_EMPTY(&ls->waiting)) {
		struct login_job *job = TAILQ_FIRST(&ls->waiting);

		TAILQ_REMOVE(&ls->waiting, job, link);
		login_start_job(ls, job);
	}
}

static int login_add_job(struct login *l, const char *setting, bool is_dummy)
{
	const struct query_credentials *c = l->credentials;
	struct logins *ls = l->all;
	struct login_job *job;

	if (ls->n_jobs >= ls->max_jobs)
		return ERR_LIMIT;
	job = calloc(1, sizeof(*job));
	if (job == NULL)
		return ERR_NOMEM;
	job->setting = strdup(setting);
	if (job->setting == NULL) {
		free(job);
		return ERR_NOMEM;
	}
	job->work.data = job;
	job->all = ls;
	job->login = l;
	job->is_dummy = is_dummy;
	job->password_len =
		c->password_len < sizeof(job->password) ? c->password_len : sizeof(job->password);
	memcpy(job->password, c->password, job->password_len);
	l->job = job;
	l->is_paid = true;
	ls->n_jobs++;
	TAILQ_INSERT_TAIL(&ls->waiting, job, link);
	return 0;
}

static void login_hash(struct login *l, const char *setting, bool is_dummy)
{
	if (login_add_job(l, setting, is_dummy) != 0)
		login_tell(l, LOGIN_UNKNOWN);
	else
		login_start_jobs(l->all);
}

static void login_drop_job(struct logins *ls, struct login_job *job)
{
	TAILQ_REMOVE(&ls->waiting, job, link);
	ls->n_jobs--;
	login_free_job(job);
}

static int login_remember_setting(struct logins *ls, const char *setting)
{
	char *copy;

	if (ls->dummy_setting != NULL && strcmp(ls->dummy_setting, setting) == 0)
		return 0;
	copy = strdup(setting);
	if (copy == NULL)
		return ERR_NOMEM;
	str_free_secret(ls->dummy_setting);
	ls->dummy_setting = copy;
	return 0;
}

/* ---------------------------------------------------------------- is the password right? */

/* Refuses, after the work that every refusal costs. */
static void login_pay(struct login *l)
{
	const char *dummy = l->all->dummy_setting;

	if (dummy != NULL && !l->is_paid)
		login_hash(l, dummy, true);
	else
		login_refuse(l);
}

static void login_check(struct login *l)
{
	const struct query_credentials *c = l->credentials;

	switch (password_check_fast(l->account, (struct slice){c->password, c->password_len})) {
	case PASSWORD_RIGHT:
		login_accept(l);
		return;
	case PASSWORD_SLOW:
		if (login_remember_setting(l->all, l->account->secret) == 0)
			login_hash(l, l->account->secret, false);
		else
			login_tell(l, LOGIN_UNKNOWN);
		return;
	case PASSWORD_NO_MEMORY:
		login_tell(l, LOGIN_UNKNOWN);
		return;
	case PASSWORD_WRONG:
		break;
	}
	/* The price comes last, once: not for a cached account that may be out of date. */
	if (l->source == ACCOUNTS_CACHED)
		login_refuse_or_ask(l);
	else
		login_pay(l);
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

static void login_on_account(void *arg, int err, enum accounts_source source,
			     struct account *account, uint64_t read_at)
{
	struct login *l = arg;

	l->is_looking_up = false;
	account_free(l->account);
	l->account = account;
	l->source = source;
	l->read_at = read_at;
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
	/* A job that a worker has goes on alone. */
	if (l->job != NULL && l->job->is_running)
		l->job->login = NULL;
	else if (l->job != NULL)
		login_drop_job(l->all, l->job);
	l->job = NULL;
	l->credentials = NULL;
	if (l->is_looking_up)
		return false;
	login_free(l);
	return true;
}

void logins_stop(struct logins *ls)
{
	size_t n;

	if (ls == NULL || ls->is_stopping)
		return;
	ls->is_stopping = true;
	for (n = 0; n < ls->n_running; n++)
		calls_begin(ls->calls);
}

void logins_close(struct logins *ls)
{
	if (ls == NULL)
		return;
	logins_stop(ls);
	while (!TAILQ_EMPTY(&ls->waiting))
		login_drop_job(ls, TAILQ_FIRST(&ls->waiting));
	str_free_secret(ls->dummy_setting);
	ls->dummy_setting = NULL;
}

void logins_free(struct logins *ls)
{
	free(ls);
}
