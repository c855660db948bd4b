/* SPDX-License-Identifier: BSD-2-Clause
 * One update from the request to its account: from memory when that is current, from the store, or
 * from memory again while the store is in trouble. */
#include "engine/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

/* What the store says is what the cache said: the refusal stands, and its work is not done again.
 */
static bool is_as_stale(const struct update *u)
{
	const struct account *old = u->stale, *now = u->account;

	return old != NULL && now != NULL && old->disabled == now->disabled &&
	       strcmp(old->secret, now->secret) == 0;
}

void update_answer_refused(struct update *u)
{
	update_answer_one(u, u->is_in_trouble ? DYNDNS_911 : DYNDNS_BADAUTH);
}

void update_refused(struct update *u)
{
	if (!u->is_cached) {
		update_answer_refused(u);
		return;
	}
	u->is_cached = false;
	account_free(u->stale);
	u->stale = u->account;
	u->account = NULL;
	update_lookup(u);
}

/* What the store said: err 0 or ERR_NOTFOUND, its word on user; others say nothing. */
static void take_word(struct update *u, int err, const struct account *account)
{
	struct engine *e = u->e;

	if (err == 0)
		cache_put(e->cache, account, u->mark, u->lookup_ms);
	else if (err == ERR_NOTFOUND)
		rollback_forget(e, u->user, NULL);
	if (err == ERR_NOTFOUND)
		cache_drop(e->cache, u->user);
	if (err == 0 || err == ERR_NOTFOUND)
		e->is_stale = false;
}

static void on_lookup(void *arg, int err, struct account *account, const struct errinfo *why)
{
	struct update *u = arg;

	if (!engine_call_end(u->e)) {
		account_free(account);
		account_free(u->stale);
		free(u);
		return;
	}
	u->is_calling = false;
	u->account = account;
	if (!u->is_cached)
		take_word(u, err, account);
	if (u->request == NULL) {
		update_free_if_done(u);
	} else if (err != 0 && err != ERR_NOTFOUND) {
		engine_log_store(u->e, "lookup", u->user, err, why);
		stale_serve(u, err);
	} else if (is_as_stale(u)) {
		auth_refuse(u);
	} else if (!u->is_verified) {
		auth_check(u);
	} else if (account == NULL || account->disabled) {
		update_answer_one(u, DYNDNS_BADAUTH);
	} else {
		update_plan(u);
	}
}

static int start_lookup(struct update *u)
{
	int err;

	u->read_at = u->e->tick;
	u->mark = cache_mark(u->e->cache, u->user);
	u->lookup_ms = clock_mono_ms();
	u->is_calling = true;
	engine_call_begin(u->e);
	err = store_lookup(u->e->store, u->user, on_lookup, u);
	if (err == 0)
		return 0;
	u->is_calling = false;
	(void)engine_call_end(u->e);
	engine_log_store(u->e, "lookup", u->user, err, NULL);
	return err;
}

void update_lookup(struct update *u)
{
	if (start_lookup(u) != 0)
		update_answer_one(u, DYNDNS_911);
}

/* A store call that has its answer already: it comes in the next turn of the loop. */
static bool start_cached(struct update *u)
{
	struct engine *e = u->e;

	if (!sync_is_current(e))
		return false;
	u->account = cache_get(e->cache, u->user, CACHE_ANY_AGE);
	if (u->account == NULL)
		return false;
	u->is_cached = true;
	u->read_at = e->tick;
	u->is_calling = true;
	engine_call_begin(e);
	TAILQ_INSERT_TAIL(&e->cached, u, soon_link);
	engine_soon(e);
	return true;
}

void update_run_cached(struct engine *e)
{
	struct update_list list;
	struct update *u;

	TAILQ_INIT(&list);
	TAILQ_CONCAT(&list, &e->cached, soon_link);
	while ((u = TAILQ_FIRST(&list)) != NULL) {
		TAILQ_REMOVE(&list, u, soon_link);
		on_lookup(u, 0, u->account, NULL);
	}
}

int update_start(struct engine *e, const struct engine_request *r, engine_answer_fn *done,
		 void *arg)
{
	struct update *u = calloc(1, sizeof(*u));
	int err;

	if (u == NULL)
		return ERR_NOMEM;
	u->e = e;
	u->done = done;
	u->arg = arg;
	u->arrived_ms = clock_mono_ms();
	(void)str_copy(u->user, sizeof(u->user), slice_of(r->credentials.user));
	err = start_cached(u) ? 0 : start_lookup(u);
	if (err != 0) {
		free(u);
		return err;
	}
	u->request = r;
	TAILQ_INSERT_TAIL(&e->updates, u, link);
	e->n_updates++;
	e->n_waiting++;
	return 0;
}
