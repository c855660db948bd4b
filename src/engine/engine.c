/* SPDX-License-Identifier: BSD-2-Clause
 * The engine's own life: made, started, asked, drained, closed. */
#include "engine/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/rand.h"
#include "base/str.h"
#include "store/overlay.h"

static void free_all(struct engine *e)
{
	free(e->hosts);
	free(e->publish);
	free(e->zones);
	free(e);
}

static void free_when_done(struct engine *e)
{
	if (!e->is_closing || e->n_calls > 0 || e->n_handles > 0)
		return;
	free_all(e);
}

void engine_call_begin(struct engine *e)
{
	e->n_calls++;
}

bool engine_call_end(struct engine *e)
{
	bool closing = e->is_closing;

	e->n_calls--;
	if (closing)
		free_when_done(e);
	else
		engine_check_drained(e);
	return !closing;
}

void engine_log_store(struct engine *e, const char *what, const char *user, int err,
		      const struct errinfo *why)
{
	metric_add(METRIC_STORE_TROUBLE, 1);
	probe_after(e, err);
	if (!log_gate(&e->store_gate, clock_mono_ms()))
		return;
	log_event(LOG_LEVEL_WARN, "the store is in trouble",
		  LOG_FIELDS(log_str("verb", what), log_str("user", user),
			     log_str("why", why != NULL ? why->text : err_str(err))));
}

static void close_queues(struct engine *e)
{
	size_t i;

	for (i = 0; i < e->conf.n_zones; i++)
		publish_close(e->publish[i]);
}

static int open_queues(struct engine *e)
{
	size_t i;
	int err;

	for (i = 0; i < e->conf.n_zones; i++) {
		err = publish_new(e->loop, e->zones[i].dns, &e->zones[i].name, &host_events, e,
				  &e->publish[i]);
		if (err != 0) {
			close_queues(e);
			return err;
		}
	}
	return 0;
}

static size_t buckets_for(size_t hosts)
{
	size_t n = ENGINE_BUCKETS_MIN;

	while (n * ENGINE_HOSTS_PER_BUCKET < hosts)
		n *= 2;
	return n;
}

static int copy_conf(struct engine *e, const struct engine_conf *conf)
{
	/* One more: no zone at all is not a failed allocation. */
	e->zones = calloc(conf->n_zones + 1, sizeof(*e->zones));
	e->publish = calloc(conf->n_zones + 1, sizeof(struct publish *));
	e->n_buckets = buckets_for(conf->max_pending_hosts);
	e->hosts = calloc(e->n_buckets, sizeof(struct host *));
	if (e->zones == NULL || e->publish == NULL || e->hosts == NULL)
		return ERR_NOMEM;
	if (conf->n_zones > 0)
		memcpy(e->zones, conf->zones, conf->n_zones * sizeof(*e->zones));
	e->conf = *conf;
	e->conf.zones = e->zones;
	return 0;
}

/* uv_timer_init() cannot fail. */
static void open_timer(struct engine *e, uv_timer_t *timer)
{
	(void)uv_timer_init(e->loop, timer);
	timer->data = e;
	e->n_handles++;
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct engine *e = handle->data;

	e->n_handles--;
	free_when_done(e);
}

int engine_new(struct uv_loop_s *loop, const struct engine_conf *conf, struct store *store,
	       struct engine **ret)
{
	struct engine *e = calloc(1, sizeof(*e));
	int err = ERR_NOMEM;

	if (e == NULL)
		return ERR_NOMEM;
	e->loop = loop;
	e->store = store;
	TAILQ_INIT(&e->updates);
	TAILQ_INIT(&e->cached);
	TAILQ_INIT(&e->retries);
	TAILQ_INIT(&e->settling);
	TAILQ_INIT(&e->orphans);
	TAILQ_INIT(&e->jobs);
	rand_bytes(&e->hash_seed, sizeof(e->hash_seed));
	err = copy_conf(e, conf);
	if (err == 0 && conf->account_cache > 0 &&
	    (conf->stale_age_ms > 0 || store_has_version(store)))
		err = cache_new(conf->account_cache, e->hash_seed, &e->cache);
	if (err == 0 && conf->account_cache > 0)
		err = overlay_new(conf->account_cache < ROLLBACK_HOSTS_MAX ? conf->account_cache
									   : ROLLBACK_HOSTS_MAX,
				  &e->known);
	if (err == 0)
		err = open_queues(e);
	if (err != 0) {
		overlay_free(e->known);
		cache_free(e->cache);
		free_all(e);
		return err;
	}
	open_timer(e, &e->deadline);
	open_timer(e, &e->soon);
	open_timer(e, &e->retry);
	open_timer(e, &e->probe);
	open_timer(e, &e->settle);
	open_timer(e, &e->drain);
	open_timer(e, &e->sync.timer);
	sync_init(e);
	*ret = e;
	return 0;
}

int engine_start(struct engine *e, engine_started_fn *done, void *arg)
{
	sync_start(e, done, arg);
	return 0;
}

static void on_deadline(uv_timer_t *timer);

static void arm_deadline(struct engine *e)
{
	const struct update *u = TAILQ_FIRST(&e->updates);
	int64_t left_ms;

	if (u == NULL)
		return;
	left_ms = u->arrived_ms + (int64_t)e->conf.update_deadline_ms - clock_mono_ms();
	(void)uv_timer_start(&e->deadline, on_deadline, left_ms > 0 ? (uint64_t)left_ms : 0, 0);
}

/* All updates have the same time, so the list is in the order of their deadlines. */
static void on_deadline(uv_timer_t *timer)
{
	struct engine *e = timer->data;
	int64_t born_ms = clock_mono_ms() - (int64_t)e->conf.update_deadline_ms;
	struct update *u;

	while ((u = TAILQ_FIRST(&e->updates)) != NULL && u->arrived_ms <= born_ms)
		update_expire(u);
	arm_deadline(e);
}

static void answer_refusal(struct engine *e)
{
	struct refusal *r = &e->refusals[e->first_refusal];
	struct dyndns_answer answer;
	engine_answer_fn *done = r->done;
	void *arg = r->arg;

	dyndns_answer_one(&answer, DYNDNS_911);
	update_log(r->request, &(struct fqdn){.len = 0}, &answer, 0);
	e->first_refusal = (e->first_refusal + 1) % ENGINE_REFUSALS_MAX;
	e->n_refusals--;
	e->n_answered++;
	done(arg, &answer);
}

static void on_soon(uv_timer_t *timer)
{
	struct engine *e = timer->data;

	update_run_cached(e);
	while (e->n_refusals > 0)
		answer_refusal(e);
	engine_check_drained(e);
}

void engine_soon(struct engine *e)
{
	(void)uv_timer_start(&e->soon, on_soon, 0, 0);
}

static void refuse(struct engine *e, const struct engine_request *r, engine_answer_fn *done,
		   void *arg)
{
	struct refusal *slot;

	/* The oldest is answered inside somebody else's call: better than never. */
	if (e->n_refusals == ENGINE_REFUSALS_MAX)
		answer_refusal(e);
	slot = &e->refusals[(e->first_refusal + e->n_refusals) % ENGINE_REFUSALS_MAX];
	slot->request = r;
	slot->done = done;
	slot->arg = arg;
	e->n_refusals++;
	engine_soon(e);
}

void engine_update(struct engine *e, const struct engine_request *r, engine_answer_fn *done,
		   void *arg)
{
	if (e->is_draining || e->n_updates >= e->conf.max_pending_updates ||
	    update_start(e, r, done, arg) != 0) {
		refuse(e, r, done, arg);
		return;
	}
	if (!uv_is_active((uv_handle_t *)&e->deadline))
		arm_deadline(e);
}

static bool is_drained(const struct engine *e)
{
	size_t i;

	if (!TAILQ_EMPTY(&e->updates) || e->n_refusals > 0 || e->n_calls > 0)
		return false;
	for (i = 0; i < e->conf.n_zones; i++)
		if (publish_is_flying(e->publish[i]))
			return false;
	return true;
}

static void on_drain(uv_timer_t *timer)
{
	struct engine *e = timer->data;
	engine_drained_fn *drained = e->drained;
	int64_t left_ms = e->drain_until_ms - clock_mono_ms();

	if (drained == NULL)
		return;
	if (!is_drained(e) && left_ms > 0) {
		(void)uv_timer_start(&e->drain, on_drain, (uint64_t)left_ms, 0);
		return;
	}
	e->drained = NULL;
	drained(e->drained_arg);
}

/* Only looks again in the next turn: what has just come back may lead to the next call. */
void engine_check_drained(struct engine *e)
{
	if (e->is_draining && e->drained != NULL && is_drained(e))
		(void)uv_timer_start(&e->drain, on_drain, 0, 0);
}

static void expire_all(struct engine *e)
{
	struct update *u;

	while ((u = TAILQ_FIRST(&e->updates)) != NULL)
		update_expire(u);
	while (e->n_refusals > 0)
		answer_refusal(e);
}

void engine_drain(struct engine *e, unsigned timeout_ms, engine_drained_fn *done, void *arg)
{
	size_t i;

	e->is_draining = true;
	e->drained = done;
	e->drained_arg = arg;
	e->drain_until_ms = clock_mono_ms() + (int64_t)timeout_ms;
	for (i = 0; i < e->conf.n_zones; i++)
		publish_stop(e->publish[i]);
	(void)uv_timer_stop(&e->retry);
	(void)uv_timer_stop(&e->probe);
	(void)uv_timer_stop(&e->settle);
	sync_stop(e);
	expire_all(e);
	(void)uv_timer_start(&e->drain, on_drain, 0, 0);
}

void engine_stats(const struct engine *e, struct engine_stats *ret)
{
	int64_t now_ms = clock_mono_ms();
	size_t i;

	memset(ret, 0, sizeof(*ret));
	ret->updates = e->n_answered;
	ret->pending = e->n_waiting + e->n_refusals;
	for (i = 0; i < e->conf.n_zones; i++) {
		const struct publish *p = e->publish[i];
		int64_t age_ms = publish_oldest_ms(p, now_ms);

		ret->queued += publish_queued(p);
		ret->oldest_ms = age_ms > ret->oldest_ms ? age_ms : ret->oldest_ms;
		ret->barred += publish_is_barred(p);
		ret->batches += publish_batches(p);
	}
}

void engine_close(struct engine *e)
{
	if (e == NULL)
		return;
	e->is_draining = true;
	expire_all(e);
	sync_stop(e);
	e->is_closing = true;
	update_run_cached(e);
	close_queues(e);
	auth_close(e);
	host_close_all(e);
	overlay_free(e->known);
	e->known = NULL;
	cache_free(e->cache);
	uv_close((uv_handle_t *)&e->deadline, on_handle_closed);
	uv_close((uv_handle_t *)&e->soon, on_handle_closed);
	uv_close((uv_handle_t *)&e->retry, on_handle_closed);
	uv_close((uv_handle_t *)&e->probe, on_handle_closed);
	uv_close((uv_handle_t *)&e->settle, on_handle_closed);
	uv_close((uv_handle_t *)&e->drain, on_handle_closed);
	uv_close((uv_handle_t *)&e->sync.timer, on_handle_closed);
}
