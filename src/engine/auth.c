/* SPDX-License-Identifier: BSD-2-Clause
 * Who is it? Fast answers at once, crypt(3) on a worker thread, and the same price for every
 * refusal: whoever measures the time must not learn which logins exist. */
#include "engine/internal.h"

#include <stdlib.h>
#include <string.h>

#include "account/verify.h"
#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "dyndns/basic_auth.h"

struct hash_job {
	uv_work_t work;
	struct engine *e;
	struct update *update; /* NULL: answered meanwhile */
	char *setting;	       /* owned */
	bool is_dummy;	       /* for its price only */
	bool is_running;       /* a worker has it */
	size_t password_len;
	char password[QUERY_PASSWORD_MAX];
	enum verify_result result;
	TAILQ_ENTRY(hash_job) link;
};

static void start_jobs(struct engine *e);

static void free_job(struct hash_job *job)
{
	str_free_secret(job->setting);
	explicit_bzero(job->password, sizeof(job->password));
	free(job);
}

static void on_work(uv_work_t *work)
{
	struct hash_job *job = work->data;
	struct slice password = {job->password, job->password_len};

	job->result = verify_slow(job->setting, password);
}

static void take_result(struct update *u, enum verify_result result)
{
	if (result == VERIFY_NO_MEMORY)
		update_answer_one(u, DYNDNS_911);
	else if (result == VERIFY_OK && !u->account->disabled)
		update_verified(u);
	else
		update_refused(u);
}

static void on_worked(uv_work_t *work, int status)
{
	struct hash_job *job = work->data;
	struct update *u = job->update;
	struct engine *e = job->e;
	enum verify_result result = status == 0 ? job->result : VERIFY_NO_MEMORY;

	if (job->is_dummy && result != VERIFY_NO_MEMORY)
		result = VERIFY_BAD;
	free_job(job);
	if (!engine_call_end(e))
		return;
	e->n_running--;
	e->n_jobs--;
	if (u != NULL) {
		u->job = NULL;
		take_result(u, result);
	}
	start_jobs(e);
}

static void start_job(struct engine *e, struct hash_job *job)
{
	engine_call_begin(e);
	e->n_running++;
	job->is_running = true;
	if (uv_queue_work(e->loop, &job->work, on_work, on_worked) != 0)
		on_worked(&job->work, UV_ECANCELED);
}

static void start_jobs(struct engine *e)
{
	while (e->n_running < ENGINE_HASHES_RUNNING_MAX && !TAILQ_EMPTY(&e->jobs)) {
		struct hash_job *job = TAILQ_FIRST(&e->jobs);

		TAILQ_REMOVE(&e->jobs, job, link);
		start_job(e, job);
	}
}

static int add_job(struct update *u, const char *setting, bool dummy)
{
	const struct query_credentials *c = &u->request->credentials;
	struct engine *e = u->e;
	struct hash_job *job;

	if (e->n_jobs >= e->conf.max_pending_hashes)
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
	job->e = e;
	job->update = u;
	job->is_dummy = dummy;
	job->password_len =
		c->password_len < sizeof(job->password) ? c->password_len : sizeof(job->password);
	memcpy(job->password, c->password, job->password_len);
	u->job = job;
	u->is_hashed = true;
	e->n_jobs++;
	TAILQ_INSERT_TAIL(&e->jobs, job, link);
	return 0;
}

static void hash(struct update *u, const char *setting, bool dummy)
{
	struct engine *e = u->e;

	if (add_job(u, setting, dummy) != 0)
		update_answer_one(u, DYNDNS_911);
	else
		start_jobs(e);
}

static int remember_setting(struct engine *e, const char *setting)
{
	char *copy;

	if (e->dummy_setting != NULL && strcmp(e->dummy_setting, setting) == 0)
		return 0;
	copy = strdup(setting);
	if (copy == NULL)
		return ERR_NOMEM;
	str_free_secret(e->dummy_setting);
	e->dummy_setting = copy;
	return 0;
}

void auth_check(struct update *u)
{
	const struct query_credentials *c = &u->request->credentials;
	struct slice password = {c->password, c->password_len};

	switch (verify_fast(u->account, password)) {
	case VERIFY_OK:
		update_verified(u);
		return;
	case VERIFY_SLOW:
		if (remember_setting(u->e, u->account->secret) == 0)
			hash(u, u->account->secret, false);
		else
			update_answer_one(u, DYNDNS_911);
		return;
	case VERIFY_NO_MEMORY:
		update_answer_one(u, DYNDNS_911);
		return;
	case VERIFY_BAD:
		break;
	}
	/* The price comes last, once: not for a cached account that may be out of date. */
	if (u->is_cached)
		update_refused(u);
	else
		auth_refuse(u);
}

void auth_refuse(struct update *u)
{
	if (u->e->dummy_setting != NULL && !u->is_hashed)
		hash(u, u->e->dummy_setting, true);
	else
		update_answer_refused(u);
}

void auth_forget(struct update *u)
{
	struct hash_job *job = u->job;

	u->job = NULL;
	if (job == NULL)
		return;
	job->update = NULL;
	if (job->is_running)
		return;
	TAILQ_REMOVE(&u->e->jobs, job, link);
	u->e->n_jobs--;
	free_job(job);
}

void auth_close(struct engine *e)
{
	struct hash_job *job;

	while ((job = TAILQ_FIRST(&e->jobs)) != NULL) {
		TAILQ_REMOVE(&e->jobs, job, link);
		e->n_jobs--;
		free_job(job);
	}
	str_free_secret(e->dummy_setting);
	e->dummy_setting = NULL;
}
