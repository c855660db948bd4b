/* SPDX-License-Identifier: BSD-2-Clause
 * Makes the parts of the engine, and ties them together. */
#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/rand.h"
#include "base/turn.h"
#include "engine/accounts.h"
#include "engine/cache.h"
#include "engine/calls.h"
#include "engine/change.h"
#include "engine/history_queue.h"
#include "engine/host.h"
#include "engine/known.h"
#include "engine/login.h"
#include "engine/owners.h"
#include "engine/publish.h"
#include "engine/reconcile.h"
#include "engine/repeat.h"
#include "engine/seen.h"
#include "engine/seen_keep.h"
#include "engine/stateless.h"
#include "engine/ticks.h"
#include "engine/updates.h"
#include "engine/view.h"
#include "engine/writers.h"
#include "store/store.h"

struct engine {
	uv_loop_t *loop;
	struct store *store;
	struct calls *calls;
	struct zones *zones;
	struct ticks ticks;
	struct cache *cache; /* NULL: none */
	struct known *known;
	struct seen *seen;
	struct seen_keep *seen_keep;
	struct view *view;
	struct accounts *accounts;
	struct logins *logins;
	struct turns *turns;
	struct writers *writers;
	struct hosts *hosts;
	struct owners *owners;
	struct repeats *repeats;
	struct stateless *stateless;
	struct history *history; /* NULL: the store keeps none */
	struct updates *updates;
	struct reconcile *reconcile;
	uv_timer_t drain;
	engine_drained_fn *drained; /* NULL: not to be told, or told */
	void *drained_arg;
	int64_t drain_until_ms;
};

/* ---------------------------------------------------------------- its end */

static void engine_free(struct engine *e)
{
	view_free(e->view);
	reconcile_free(e->reconcile);
	updates_free(e->updates);
	history_free(e->history);
	stateless_free(e->stateless);
	repeats_free(e->repeats);
	owners_free(e->owners);
	hosts_free(e->hosts);
	turns_free(e->turns);
	writers_free(e->writers);
	logins_free(e->logins);
	accounts_free(e->accounts);
	seen_keep_free(e->seen_keep);
	seen_free(e->seen);
	known_free(e->known);
	cache_free(e->cache);
	zones_free(e->zones);
	calls_free(e->calls);
	free(e);
}

static bool engine_is_at_rest(const struct engine *e)
{
	return updates_pending(e->updates) == 0 && calls_under_way(e->calls) == 0 &&
	       !zones_are_flying(e->zones);
}

static bool engine_is_drained(const struct engine *e)
{
	return engine_is_at_rest(e) && history_is_idle(e->history);
}

static void engine_on_drain(uv_timer_t *timer)
{
	struct engine *e = timer->data;
	engine_drained_fn *drained = e->drained;
	int64_t left_ms = e->drain_until_ms - clock_mono_ms();

	if (drained == NULL)
		return;
	if (!engine_is_drained(e) && left_ms > 0) {
		uv_timer_start(&e->drain, engine_on_drain, (uint64_t)left_ms, 0);
		return;
	}
	e->drained = NULL;
	drained(e->drained_arg);
}

/* After anything has ended. Only looks in the next turn: what has just come back may lead to the
 * next call, and the history has yet to hear of its own. */
static void engine_check_drained(void *arg)
{
	struct engine *e = arg;

	if (e->drained != NULL && engine_is_at_rest(e))
		uv_timer_start(&e->drain, engine_on_drain, 0, 0);
}

void engine_drain(struct engine *e, unsigned timeout_ms, engine_drained_fn *done, void *arg)
{
	e->drained = done;
	e->drained_arg = arg;
	e->drain_until_ms = clock_mono_ms() + (int64_t)timeout_ms;
	calls_stop(e->calls);
	zones_stop(e->zones);
	hosts_stop(e->hosts);
	stateless_stop(e->stateless);
	repeats_stop(e->repeats);
	reconcile_stop(e->reconcile);
	updates_stop(e->updates);
	seen_keep_stop(e->seen_keep);
	history_stop(e->history);
	uv_timer_start(&e->drain, engine_on_drain, 0, 0);
}

static void engine_on_over(void *arg)
{
	engine_free(arg);
}

static void engine_on_closed(uv_handle_t *handle)
{
	struct engine *e = handle->data;

	calls_drop_handle(e->calls);
}

static void engine_on_turns_closed(void *arg)
{
	struct engine *e = arg;

	calls_drop_handle(e->calls);
}

void engine_close(struct engine *e)
{
	if (e == NULL)
		return;
	calls_stop(e->calls);
	e->drained = NULL;
	updates_stop(e->updates);
	reconcile_stop(e->reconcile);
	calls_close(e->calls);
	zones_close(e->zones);
	accounts_close(e->accounts);
	seen_keep_close(e->seen_keep);
	logins_close(e->logins);
	hosts_close(e->hosts);
	turns_close(e->turns, engine_on_turns_closed, e);
	stateless_close(e->stateless);
	repeats_close(e->repeats);
	updates_close(e->updates);
	history_close(e->history);
	reconcile_close(e->reconcile);
	uv_close((uv_handle_t *)&e->drain, engine_on_closed);
}

/* ---------------------------------------------------------------- its beginning */

static void engine_on_removed(void *arg)
{
	struct engine *e = arg;

	reconcile_claims(e->reconcile);
}

static void engine_on_overtaken(void *arg, const char *user, size_t zone, const struct fqdn *name,
				uint64_t seq)
{
	struct engine *e = arg;

	owners_publish_last(e->owners, user, zone, name, seq);
}

static void engine_on_intended(void *arg, const char *user, const struct fqdn *name,
			       bool is_stateless)
{
	struct engine *e = arg;

	stateless_note(e->stateless, user, name, is_stateless);
}

static const struct calls_events engine_calls_events = {
	.returned = engine_check_drained,
	.over = engine_on_over,
};

static const struct hosts_events engine_hosts_events = {
	.drained = engine_check_drained,
	.removed = engine_on_removed,
	.overtaken = engine_on_overtaken,
	.intended = engine_on_intended,
};

/* What the store says, and what is remembered of it. */
static int engine_open_memory(struct engine *e, const struct engine_conf *conf, uint64_t seed)
{
	struct accounts_conf accounts = {
		.version_interval_ms = reconcile_interval_ms(e->store, conf->sync_interval_ms),
		.stale_age_ms = conf->stale_age_ms,
	};
	int err = 0;

	/* A store with a version knows better. */
	if (!store_has_version(e->store))
		accounts.cache_age_ms = conf->account_cache_age_ms;
	if (conf->account_cache > 0 &&
	    (accounts.stale_age_ms > 0 || accounts.cache_age_ms > 0 || store_has_version(e->store)))
		err = cache_new(conf->account_cache, seed, &e->ticks, &e->cache);
	if (err == 0)
		err = known_new(conf->account_cache, seed, &e->ticks, &e->known);
	if (err == 0)
		err = seen_new(SEEN_MAX, seed, &e->seen);
	if (err == 0)
		err = seen_keep_new(e->loop, e->store, e->calls, e->seen, &e->seen_keep);
	if (err == 0)
		err = writers_new(seed, &e->writers);
	if (err == 0)
		err = accounts_new(e->loop, e->calls, e->cache, e->known, &e->ticks, &accounts,
				   &e->accounts);
	return err;
}

static int engine_open_hosts(struct engine *e, const struct engine_conf *conf)
{
	struct hosts_conf hosts = {
		.max = conf->max_pending_hosts,
		.settle_ms = conf->settle_ms,
		.is_remote = store_is_remote(e->store),
		.news = conf->news,
	};
	struct hosts_parts parts = {
		.calls = e->calls,
		.zones = e->zones,
		.cache = e->cache,
		.known = e->known,
		.writers = e->writers,
		.ticks = &e->ticks,
	};
	int err = turns_new(e->loop, &e->turns);

	if (err != 0)
		return err;
	calls_add_handle(e->calls);
	err = hosts_new(e->loop, &parts, &hosts, &engine_hosts_events, e, &e->hosts);
	if (err == 0)
		err = owners_new(e->calls, e->hosts, e->zones, &e->owners);
	if (err == 0)
		err = zones_open(e->zones, e->loop, &hosts_publish_events, e->hosts);
	return err;
}

static int engine_open_repeats(struct engine *e, const struct engine_conf *conf,
			       const struct change_parts *change, uint64_t seed)
{
	int err = repeats_new(e->loop, change, e->zones, &e->repeats);
	const struct stateless_parts parts = {
		.calls = e->calls,
		.zones = e->zones,
		.ticks = &e->ticks,
		.hosts = e->hosts,
		.repeats = e->repeats,
	};
	const struct stateless_conf stateless = {conf->max_new_hosts, conf->settle_ms};

	if (err != 0)
		return err;
	return stateless_new(e->loop, &parts, &stateless, seed, &e->stateless);
}

static int engine_open_updates(struct engine *e, const struct engine_conf *conf, uint64_t seed)
{
	struct change_parts change = {e->calls, e->cache, e->hosts, e->turns};
	int err = engine_open_repeats(e, conf, &change, seed);
	struct updates_parts parts = {
		.calls = e->calls,
		.zones = e->zones,
		.cache = e->cache,
		.logins = e->logins,
		.hosts = e->hosts,
		.turns = e->turns,
		.repeats = e->repeats,
		.seen = e->seen,
		.history = e->history,
		.news = conf->news,
	};
	struct updates_conf updates = {conf->update_deadline_ms, conf->max_pending_updates,
				       conf->changes_per_hour};

	if (err != 0)
		return err;
	return updates_new(e->loop, &parts, &updates, engine_check_drained, e, &e->updates);
}

static int engine_open_reconcile(struct engine *e, const struct engine_conf *conf)
{
	struct reconcile_parts parts = {
		.store = e->store,
		.calls = e->calls,
		.zones = e->zones,
		.known = e->known,
		.ticks = &e->ticks,
		.accounts = e->accounts,
		.hosts = e->hosts,
		.writers = e->writers,
		.seen = e->seen,
	};
	struct reconcile_conf reconcile = {
		.interval_ms = reconcile_interval_ms(e->store, conf->sync_interval_ms),
		.settle_ms = conf->settle_ms,
		.scan_share = conf->scan_share,
	};

	return reconcile_new(e->loop, &parts, &reconcile, &e->reconcile);
}

static int engine_open_parts(struct engine *e, const struct engine_conf *conf)
{
	const struct logins_conf logins = {conf->max_pending_hashes, conf->penalty, conf->peppers};
	uint64_t seed;
	int err = zones_new(conf->zones, conf->n_zones, &e->zones);

	rand_bytes(&seed, sizeof(seed));
	if (err == 0)
		err = engine_open_memory(e, conf, seed);
	if (err == 0)
		err = logins_new(e->loop, e->accounts, &logins, &e->logins);
	if (err == 0)
		err = engine_open_hosts(e, conf);
	if (err == 0)
		err = history_open(e->loop, e->store, e->calls, conf->history, conf->history_keep_s,
				   &e->history);
	if (err == 0)
		err = engine_open_updates(e, conf, seed);
	if (err == 0)
		err = engine_open_reconcile(e, conf);
	if (err == 0)
		err = view_new(e->seen, e->hosts, e->known, &e->view);
	return err;
}

int engine_new(struct uv_loop_s *loop, const struct engine_conf *conf, struct store *store,
	       struct engine **ret)
{
	struct engine *e = calloc(1, sizeof(*e));
	int err;

	if (e == NULL || calls_new(loop, store, &engine_calls_events, e, &e->calls) != 0) {
		free(e);
		return ERR_NOMEM;
	}
	e->loop = loop;
	e->store = store;
	uv_timer_init(loop, &e->drain); /* cannot fail */
	e->drain.data = e;
	calls_add_handle(e->calls);
	err = engine_open_parts(e, conf);
	if (err == 0)
		*ret = e;
	else
		engine_close(e);
	return err;
}

int engine_start(struct engine *e, engine_started_fn *done, void *arg)
{
	seen_keep_start(e->seen_keep);
	reconcile_start(e->reconcile, done, arg);
	return 0;
}

void engine_start_later(struct engine *e, const struct errinfo *why, engine_started_fn *done,
			void *arg)
{
	reconcile_start_later(e->reconcile, why, done, arg);
}

/* ---------------------------------------------------------------- between the two */

void engine_store_recovered(struct engine *e)
{
	reconcile_recovered(e->reconcile);
}

void engine_update(struct engine *e, struct engine_request *r, engine_answer_fn *done, void *arg)
{
	updates_begin(e->updates, r, done, arg);
}

void engine_hurry(struct engine *e, uint64_t id)
{
	updates_hurry(e->updates, id);
}

const struct view *engine_view(const struct engine *e)
{
	return e->view;
}

void engine_stats(const struct engine *e, struct engine_stats *ret)
{
	struct zones_sum sum;
	struct hosts_count hosts;

	memset(ret, 0, sizeof(*ret));
	ret->updates = updates_answered(e->updates);
	ret->pending = updates_pending(e->updates);
	ret->cached = cache_count(e->cache);
	ret->seen = seen_count(e->seen);
	ret->repeats = repeats_count(e->repeats);
	ret->stateless = stateless_count(e->stateless);
	ret->resuming = reconcile_is_resuming(e->reconcile);
	hosts_count(e->hosts, &hosts);
	ret->hosts = hosts.all;
	ret->hosts_for_store = hosts.for_store;
	ret->hosts_for_settle = hosts.for_settle;
	ret->hosts_for_listing = hosts.for_listing;
	zones_sum(e->zones, clock_mono_ms(), &sum);
	ret->queued = sum.queued;
	ret->oldest_ms = sum.oldest_ms;
	ret->barred = sum.barred;
	ret->batches = sum.batches;
}
