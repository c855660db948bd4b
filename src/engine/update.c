/* SPDX-License-Identifier: BSD-2-Clause
 * One update from the verified account to its answer: plan, intend, publish. */
#include "engine/internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/str.h"

static void drop_items(struct update *u)
{
	size_t i;

	for (i = 0; i < u->n_items; i++)
		if (u->items[i].host != NULL)
			host_release(u->items[i].host);
	free(u->items);
	u->items = NULL;
	u->n_items = 0;
}

/* Once answered, it stays only for the store call that still refers to it. */
void update_free_if_done(struct update *u)
{
	if (u->request != NULL || u->is_calling)
		return;
	u->e->n_updates--;
	drop_items(u);
	account_free(u->account);
	account_free(u->stale);
	free(u);
}

static void deliver(struct update *u, const struct dyndns_answer *answer)
{
	struct engine *e = u->e;

	update_log(u->request, &u->only_host, answer, clock_mono_ms() - u->arrived_ms);
	auth_forget(u);
	TAILQ_REMOVE(&e->updates, u, link);
	e->n_waiting--;
	u->request = NULL;
	e->n_answered++;
	u->done(u->arg, answer);
	update_free_if_done(u);
	engine_check_drained(e);
}

void update_answer_one(struct update *u, enum dyndns_code code)
{
	struct dyndns_answer answer;

	dyndns_answer_one(&answer, code);
	deliver(u, &answer);
}

static void answer_lines(struct update *u)
{
	struct dyndns_answer answer = {.n_lines = u->n_lines};
	size_t i;

	for (i = 0; i < u->n_lines; i++) {
		const struct plan_line *l = &u->lines[i];
		struct dyndns_line *line = &answer.lines[i];

		line->code = l->item == PLAN_NO_ITEM ? l->code : u->items[l->item].waiter.code;
		if (line->code == DYNDNS_GOOD || line->code == DYNDNS_NOCHG)
			line->addrs = u->addrs;
	}
	deliver(u, &answer);
}

/* Nothing was published: every host that should have been gets code. */
static void answer_items(struct update *u, enum dyndns_code code)
{
	size_t i;

	for (i = 0; i < u->n_items; i++)
		u->items[i].waiter.code = code;
	answer_lines(u);
}

void update_waiter_done(struct waiter *w)
{
	struct update *u = w->update;

	assert(u->n_waiting > 0);
	if (--u->n_waiting == 0)
		answer_lines(u);
}

void update_expire(struct update *u)
{
	size_t i;

	if (u->n_items == 0) {
		update_answer_one(u, DYNDNS_911);
		return;
	}
	for (i = 0; i < u->n_items; i++) {
		struct waiter *w = &u->items[i].waiter;

		if (w->host != NULL)
			w->code = host_unwait(w) ? DYNDNS_GOOD : DYNDNS_911;
		else if (u->n_waiting == 0)
			w->code = DYNDNS_911;
	}
	u->n_waiting = 0;
	answer_lines(u);
}

static void wait_for(struct update_item *item)
{
	item->waiter.seq = item->plan.seq;
	item->waiter.families = item->plan.awaited;
	host_wait(item->host, &item->waiter);
}

/* The store holds what is wanted. An update whose client has its answer already is published all
 * the same. */
static void publish_items(struct update *u)
{
	bool waits = u->request != NULL;
	size_t i;

	/* One more than there are, so that the last one told inside the loop does not free u. */
	u->n_waiting = u->n_items + 1;
	for (i = 0; i < u->n_items; i++) {
		struct update_item *item = &u->items[i];
		struct host *h = item->host;

		host_want(h, &item->plan, u->read_at);
		if (item->plan.is_rolled_back)
			rollback_log(h, item->plan.expect_seq);
		if (waits)
			wait_for(item);
		item->host = NULL;
		host_release(h);
	}
	if (!waits)
		update_free_if_done(u);
	else if (--u->n_waiting == 0)
		answer_lines(u);
}

/* True when a write that failed with err may have happened all the same. */
static bool is_outcome_unknown(int err)
{
	return err != ERR_DENIED && err != ERR_THROTTLED && err != ERR_NOMEM;
}

static void intend_failed(struct update *u, int err, const struct errinfo *why)
{
	size_t i;

	engine_log_store(u->e, "intend", u->user, err, why);
	for (i = 0; i < u->n_items && is_outcome_unknown(err); i++)
		if (u->items[i].plan.intend)
			confirm_read_later(u->items[i].host, &u->items[i].plan);
	if (u->request != NULL)
		answer_items(u, DYNDNS_911);
	else
		update_free_if_done(u);
}

static void plan_again(struct update *u)
{
	if (u->request == NULL) {
		update_free_if_done(u);
		return;
	}
	if (++u->rounds >= ENGINE_ROUNDS_MAX) {
		answer_items(u, DYNDNS_911);
		return;
	}
	drop_items(u);
	update_lookup(u);
}

static void begin_writes(struct update *u)
{
	size_t i;

	for (i = 0; i < u->n_items; i++)
		if (u->items[i].plan.intend)
			cache_begin_write(u->e->cache, u->user, &u->items[i].plan.name);
}

/* What is intended is not published: the hosts are known again once they are confirmed. */
static void end_writes(struct update *u, int err)
{
	size_t i;

	if (err == ERR_CONFLICT || err == ERR_NOTFOUND)
		cache_drop(u->e->cache, u->user);
	for (i = 0; i < u->n_items; i++)
		if (u->items[i].plan.intend)
			cache_end_write(u->e->cache, u->user, &u->items[i].plan.name, NULL);
}

static void on_intended(void *arg, int err, const struct errinfo *why)
{
	struct update *u = arg;

	if (!engine_call_end(u->e)) {
		free(u->items);
		free(u);
		return;
	}
	u->is_calling = false;
	end_writes(u, err);
	if (err == 0)
		publish_items(u);
	else if (err == ERR_CONFLICT || err == ERR_NOTFOUND)
		plan_again(u);
	else
		intend_failed(u, err, why);
}

static void intend_or_publish(struct update *u)
{
	struct store_intent intents[QUERY_HOSTS_MAX];
	size_t i, n = 0;
	int err;

	for (i = 0; i < u->n_items; i++) {
		const struct plan_item *item = &u->items[i].plan;

		if (!item->intend)
			continue;
		intents[n].name = item->name;
		intents[n].expect_seq = item->expect_seq;
		intents[n].seq = item->seq;
		intents[n++].want = item->want;
	}
	if (n == 0) {
		publish_items(u);
		return;
	}
	u->is_calling = true;
	engine_call_begin(u->e);
	begin_writes(u);
	err = store_intend(u->e->store, u->user, intents, n, on_intended, u);
	if (err == 0)
		return;
	u->is_calling = false;
	(void)engine_call_end(u->e);
	engine_log_store(u->e, "intend", u->user, err, NULL);
	answer_items(u, DYNDNS_911);
}

static int make_items(struct update *u, const struct plan *plan)
{
	size_t i;
	int err;

	u->items = calloc(plan->n_items, sizeof(*u->items));
	if (u->items == NULL)
		return ERR_NOMEM;
	u->n_items = plan->n_items;
	for (i = 0; i < plan->n_items; i++) {
		struct update_item *item = &u->items[i];

		item->plan = plan->items[i];
		item->waiter.update = u;
		err = host_hold(u->e, u->user, item->plan.zone, &item->plan.name, &item->host);
		if (err != 0)
			return err;
	}
	return 0;
}

static void log_notes(const struct update *u)
{
	static const char *const text[] = {
		[PLAN_NOTE_NO_ZONE] = "a host of the account lies in no configured zone",
		[PLAN_NOTE_BAD_ADDRESS] = "the address cannot be read",
		[PLAN_NOTE_SPECIAL_ADDRESS] = "the zone does not allow special-purpose addresses",
	};
	size_t i;

	for (i = 0; i < u->n_lines; i++)
		if (u->lines[i].note != PLAN_NOTE_NONE) {
			log_event(LOG_LEVEL_WARN, text[u->lines[i].note],
				  LOG_FIELDS(log_uint("id", u->request->id),
					     log_str("user", u->user)));
			return;
		}
}

/* Every host has its address already. */
static bool is_unchanged(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_lines; i++)
		if (plan->lines[i].code != DYNDNS_NOCHG && plan->lines[i].code != DYNDNS_GOOD)
			return false;
	return plan->n_items == 0;
}

void update_plan(struct update *u)
{
	struct engine *e = u->e;
	struct plan *plan = &e->plan;

	if (u->request->query.hosts_kind == QUERY_HOSTS_ABSENT && u->account->n_hosts == 1)
		u->only_host = u->account->hosts[0].name;
	rollback_see(u);
	plan_make(u->account, &u->request->query, &u->request->peer, e->zones, e->conf.n_zones,
		  clock_wall_s(), plan);
	account_free(u->account);
	u->account = NULL;
	/* A change is planned on what the store says now, and a host may have been added to it. */
	if (u->is_cached && !is_unchanged(plan)) {
		u->is_cached = false;
		update_lookup(u);
		return;
	}
	/* Nothing can be intended, and what a host may or may not do may have changed. */
	if (u->is_in_trouble && !is_unchanged(plan)) {
		update_answer_one(u, DYNDNS_911);
		return;
	}
	u->addrs = plan->addrs;
	u->n_lines = plan->n_lines;
	memcpy(u->lines, plan->lines, sizeof(u->lines));
	log_notes(u);
	if (plan->n_items == 0) {
		answer_lines(u);
		return;
	}
	if (make_items(u, plan) == 0)
		intend_or_publish(u);
	else if (u->n_items == plan->n_items)
		answer_items(u, DYNDNS_911);
	else
		update_answer_one(u, DYNDNS_911);
}

void update_verified(struct update *u)
{
	u->is_verified = true;
	update_plan(u);
}
