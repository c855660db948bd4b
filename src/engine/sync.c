/* SPDX-License-Identifier: BSD-2-Clause
 * Reading the whole store: what is owed at start, and for zones that live in this process what
 * others wrote or removed meanwhile. */
#include "engine/internal.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "dns/dns.h"

static void on_tick(uv_timer_t *timer);

static struct dns *volatile_dns(const struct engine *e, size_t zone)
{
	struct dns *dns = e->zones[zone].dns;

	return dns->ops->is_volatile ? dns : NULL;
}

void sync_init(struct engine *e)
{
	struct engine_sync *s = &e->sync;
	size_t i;

	for (i = 0; i < e->conf.n_zones; i++)
		s->has_volatile = s->has_volatile || volatile_dns(e, i) != NULL;
	s->interval_ms = e->conf.sync_interval_ms;
	if (!store_has_version(e->store) && s->interval_ms < ENGINE_LIST_MIN_MS)
		s->interval_ms = ENGINE_LIST_MIN_MS;
}

static void reconcile_begin(struct engine *e)
{
	size_t i;

	for (i = 0; i < e->conf.n_zones; i++)
		if (volatile_dns(e, i) != NULL)
			e->zones[i].dns->ops->reconcile_begin(e->zones[i].dns);
}

static void reconcile_end(struct engine *e, bool complete)
{
	size_t i;

	for (i = 0; i < e->conf.n_zones; i++)
		if (volatile_dns(e, i) != NULL)
			e->zones[i].dns->ops->reconcile_end(e->zones[i].dns, complete);
}

/* A listing may be older than what an update has published since; the publisher keeps that. */
static int keep(const struct engine *e, const struct account *account,
		const struct account_host *host, size_t zone)
{
	const struct addr_pair *want = &host->state.want;
	struct dns *dns = e->zones[zone].dns;

	if (family_set(want) == 0)
		return 0;
	return dns->ops->reconcile_keep(dns, &host->name, want, plan_ttl(account, &e->zones[zone]));
}

/* again: though the store says that it was published. */
static int resume(struct engine *e, const struct account *account, const struct account_host *host,
		  size_t zone, bool again)
{
	struct plan_item item = {
		.name = host->name,
		.zone = zone,
		.ttl = plan_ttl(account, &e->zones[zone]),
		.want = host->state.want,
		.seq = host->state.seq,
		.time_s = host->state.time_s,
		.owed_from = plan_owed_from(&host->state),
		.families = family_set(&host->state.want),
	};
	struct host *h;
	int err;

	if (item.families == 0)
		return 0;
	err = host_hold(e, account->user, zone, &host->name, &h);
	if (err != 0)
		return err;
	host_want(h, &item, e->tick);
	if (again && h->pub.seq == item.seq && !publish_is_busy(&h->pub))
		host_publish_again(h);
	host_release(h);
	return 0;
}

/* A confirmation that the store refuses, or this reading, leads to a new intent. */
static int resume_rolled_back(struct engine *e, const struct account *account,
			      const struct account_host *host, size_t zone)
{
	struct host *h;
	int err = host_hold(e, account->user, zone, &host->name, &h);

	if (err != 0)
		return err;
	if (!h->is_calling && h->step == HOST_NOTHING)
		confirm_read(h);
	host_release(h);
	return 0;
}

static void take_host(struct engine *e, const struct account *account,
		      const struct account_host *listed)
{
	size_t zone = plan_find_zone(e->zones, e->conf.n_zones, &listed->name);
	struct account_host known = *listed, *host = &known;
	bool is_volatile, is_claimed, is_owed = host->state.pub < host->state.seq;
	bool is_rolled_back;

	if (zone == e->conf.n_zones)
		return;
	is_rolled_back = rollback_see_listed(e, account, listed, &host->state);
	is_claimed = orphan_is_claimed(e, &host->name);
	is_volatile = volatile_dns(e, zone) != NULL;
	if (is_volatile && keep(e, account, host, zone) != 0)
		e->sync.is_short = true;
	if (is_rolled_back) {
		if (resume_rolled_back(e, account, host, zone) != 0)
			e->sync.is_short = true;
		return;
	}
	/* In a zone that daemons share, what is owed now is most likely being published by the one
	 * that owes it. */
	if (((is_owed && (is_volatile || e->sync.resumes_all)) || is_claimed) &&
	    resume(e, account, host, zone, is_claimed) != 0)
		e->sync.is_short = true;
}

static void on_each(void *arg, const struct account *account)
{
	struct engine *e = arg;
	size_t i;

	if (e->is_closing || e->is_draining)
		return;
	for (i = 0; i < account->n_hosts; i++)
		take_host(e, account, &account->hosts[i]);
}

static void tell_started(struct engine *e, int err, const struct errinfo *why)
{
	engine_started_fn *started = e->sync.started;
	struct errinfo ei = ERRINFO_INIT;

	if (err != 0 && why == NULL) {
		(void)err_set(&ei, err, "the store cannot be listed: %s", err_str(err));
		why = &ei;
	}
	e->sync.started = NULL;
	if (started != NULL)
		started(e->sync.started_arg, err, why);
}

static void arm(struct engine *e)
{
	struct engine_sync *s = &e->sync;
	uint64_t ms = s->interval_ms;

	if (e->is_draining || (!s->has_volatile && !s->is_due && !store_has_version(e->store)))
		return;
	/* Nothing that is owed is seen faster by listing a store in trouble more often. */
	if (!s->has_volatile && s->is_due && ms < ENGINE_LIST_MIN_MS)
		ms = ENGINE_LIST_MIN_MS;
	s->is_claiming = !TAILQ_EMPTY(&e->orphans) && ms > ENGINE_CLAIMS_MS;
	if (s->is_claiming)
		ms = ENGINE_CLAIMS_MS;
	(void)uv_timer_start(&s->timer, on_tick, ms, 0);
}

static void finish(struct engine *e, int err, const struct errinfo *why)
{
	struct engine_sync *s = &e->sync;

	s->is_asking = false;
	if (err != 0)
		engine_log_store(e, "list", NULL, err, why);
	tell_started(e, err, why);
	arm(e);
}

static void on_listed(void *arg, int err, const struct errinfo *why)
{
	struct engine *e = arg;
	struct engine_sync *s = &e->sync;
	bool complete;

	if (!engine_call_end(e))
		return;
	complete = err == 0 && !s->is_short && !e->is_draining;
	if (s->is_listing) {
		s->is_listing = false;
		if (complete)
			rollback_end_list(e);
		reconcile_end(e, complete);
		host_sweep(e);
	}
	orphan_list_end(e, complete || err == ERR_DENIED);
	s->is_due = !complete || !TAILQ_EMPTY(&e->orphans);
	s->resumes_all = s->resumes_all && !complete;
	s->has_token = complete && s->has_next_token;
	s->token = s->next_token;
	finish(e, err, why);
}

static void start_list(struct engine *e)
{
	struct engine_sync *s = &e->sync;
	int err;

	s->is_short = false;
	s->is_listing = true;
	s->list_at = e->tick;
	reconcile_begin(e);
	orphan_list_begin(e);
	engine_call_begin(e);
	err = store_list(e->store, on_each, on_listed, e);
	if (err == 0)
		return;
	(void)engine_call_end(e);
	s->is_listing = false;
	s->is_due = true;
	reconcile_end(e, false);
	host_sweep(e);
	finish(e, err, NULL);
}

static void check_cache(struct engine *e, int err, uint64_t token)
{
	struct engine_sync *s = &e->sync;

	if (err != 0 || !s->has_cache_token || s->cache_token != token)
		cache_clear(e->cache);
	s->has_cache_token = err == 0;
	s->cache_token = token;
	s->current_ms = s->asked_ms;
}

/* Twice the interval: the answer of one question is under way while the last one still holds. */
bool sync_is_current(const struct engine *e)
{
	const struct engine_sync *s = &e->sync;

	return e->cache != NULL && s->has_cache_token &&
	       clock_mono_ms() - s->current_ms <= 2 * (int64_t)s->interval_ms;
}

/* What the store says now is wanted, in every zone, also where the engine published something else
 * before: all of it that the restore changed is owed. */
static void take_epoch(struct engine *e, uint64_t epoch)
{
	struct engine_sync *s = &e->sync;

	if (s->has_epoch && s->epoch != epoch) {
		log_info("the store was restored: what it changed is published");
		s->is_due = true;
		s->resumes_all = true;
	}
	s->has_epoch = true;
	s->epoch = epoch;
}

static void take_version(struct engine *e, int err, struct store_version version,
			 const struct errinfo *why)
{
	struct engine_sync *s = &e->sync;
	uint64_t token = version.token;
	bool changed = s->has_volatile && err == 0 && !(s->has_token && s->token == token);

	check_cache(e, err, token);
	if (err == 0)
		take_epoch(e, version.epoch);
	s->has_next_token = err == 0;
	s->next_token = token;
	if (e->is_draining)
		finish(e, ERR_CANCELED, NULL);
	else if (s->is_due || changed)
		start_list(e);
	else
		finish(e, err, why);
}

static void on_version(void *arg, int err, struct store_version version, const struct errinfo *why)
{
	struct engine *e = arg;

	if (engine_call_end(e))
		take_version(e, err, version, why);
}

/* The version is asked before the list: what is written in between is then seen the next time. */
static void ask(struct engine *e)
{
	struct engine_sync *s = &e->sync;
	int err;

	s->is_asking = true;
	s->is_claiming = false;
	s->asked_ms = clock_mono_ms();
	s->has_next_token = false;
	if (!store_has_version(e->store)) {
		start_list(e);
		return;
	}
	engine_call_begin(e);
	err = store_version(e->store, on_version, e);
	if (err == 0)
		return;
	(void)engine_call_end(e);
	take_version(e, err, (struct store_version){0}, NULL);
}

static void on_tick(uv_timer_t *timer)
{
	struct engine *e = timer->data;

	if (!e->sync.is_asking && !e->is_draining)
		ask(e);
}

void sync_claims(struct engine *e)
{
	struct engine_sync *s = &e->sync;

	s->is_due = true;
	if (s->is_asking || s->is_claiming || e->is_draining)
		return;
	s->is_claiming = true;
	(void)uv_timer_start(&s->timer, on_tick, ENGINE_CLAIMS_MS, 0);
}

/* In the next turn of the loop, so that done never comes from inside the start. */
void sync_start(struct engine *e, engine_started_fn *done, void *arg)
{
	struct engine_sync *s = &e->sync;

	s->started = done;
	s->started_arg = arg;
	s->is_due = true;
	s->resumes_all = true;
	(void)uv_timer_start(&s->timer, on_tick, 0, 0);
}

void sync_stop(struct engine *e)
{
	(void)uv_timer_stop(&e->sync.timer);
	if (e->sync.is_listing)
		reconcile_end(e, false);
	e->sync.is_listing = false;
	tell_started(e, ERR_CANCELED, NULL);
}
