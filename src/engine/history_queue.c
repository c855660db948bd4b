/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/history_queue.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/rand.h"
#include "engine/calls.h"
#include "engine/history_wait.h"
#include "net/hash.h"
#include "store/history.h"
#include "store/store.h"

/* Writes that fail in a row before all rest: the trouble may be of one host's alone. */
enum { FAILURES_MAX = 3 };

enum history_state { HISTORY_OPEN, HISTORY_STOPPING, HISTORY_CLOSED };

/* Of a host and verdict. */
struct history_told {
	uint64_t key;
	int64_t until_ms;
};

struct history {
	struct calls *calls;
	struct history_conf conf;
	enum history_state state;
	struct history_wait *wait;
	struct history_entry batch[HISTORY_WRITE_MAX]; /* on their way */
	size_t n_writing;			       /* 0: none is */
	unsigned n_failures;			       /* in a row */
	int64_t denied_until_ms;		       /* 0: it is not denied */
	bool is_denied_told;
	_Atomic long long next_log_ms, next_drop_log_ms, next_full_log_ms;
	struct call writing;
	struct call pruning;
	bool is_pruning;
	uv_timer_t flush;
	uv_timer_t prune;
	uint64_t seed;
	struct history_told told[HISTORY_ATTEMPTS_MAX];
};

static void history_write(struct history *h);

/* ---------------------------------------------------------------- what waits */

static void history_on_flush(uv_timer_t *timer)
{
	history_write(timer->data);
}

static void history_arm(struct history *h, uint64_t after_ms)
{
	if (h->state != HISTORY_CLOSED && history_wait_count(h->wait) > 0 && h->n_writing == 0 &&
	    !uv_is_active((uv_handle_t *)&h->flush))
		uv_timer_start(&h->flush, history_on_flush, after_ms, 0);
}

static void history_count(struct history *h, size_t n, enum metric how)
{
	metric_add(how, (int64_t)n);
	metric_set(METRIC_HISTORY_WAITING, (int64_t)history_wait_count(h->wait));
}

void history_add(struct history *h, const struct history_entry *entry)
{
	const int err = history_wait_add(h->wait, entry);

	history_count(h, err != 0, METRIC_HISTORY_DROPPED);
	if (h->state == HISTORY_STOPPING && !uv_is_active((uv_handle_t *)&h->flush))
		history_write(h);
	else
		history_arm(h, HISTORY_FLUSH_MS);
}

/* ---------------------------------------------------------------- written */

static void history_deny(struct history *h, const struct errinfo *why)
{
	h->denied_until_ms = clock_mono_ms() + HISTORY_DENIED_MS;
	history_count(h, history_wait_clear(h->wait), METRIC_HISTORY_DENIED);
	if (h->is_denied_told)
		return;
	h->is_denied_told = true;
	log_event(LOG_LEVEL_INFO,
		  "no history is kept: the store denies it, and is asked again in an hour",
		  LOG_FIELDS(log_str("why", why != NULL ? why->text : NULL)));
}

/* The month of a host takes no more, until it is over. */
static void history_fill(struct history *h, const struct errinfo *why)
{
	size_t n;
	const bool is_news = history_wait_full(h->wait, &n);

	history_count(h, n, METRIC_HISTORY_DROPPED);
	if (is_news && log_may_repeat(&h->next_full_log_ms, clock_mono_ms()))
		log_event(LOG_LEVEL_INFO, "the history of a host is full until the month ends",
			  LOG_FIELDS(log_str("host", h->batch[0].host.text),
				     log_str("why", why != NULL ? why->text : NULL)));
}

static void history_drop(struct history *h, int err, const struct errinfo *why)
{
	history_wait_give_up(h->wait);
	history_count(h, 1, METRIC_HISTORY_DROPPED);
	if (log_may_repeat(&h->next_drop_log_ms, clock_mono_ms()))
		log_event(LOG_LEVEL_WARN, "an entry of the history of hosts is dropped",
			  LOG_FIELDS(log_str("host", h->batch[0].host.text),
				     log_str("why", why != NULL ? why->text : err_str(err))));
}

/* What one entry alone may be the reason of. */
static bool history_is_fault(int err)
{
	return err == ERR_REFUSED || err == ERR_IO || err == ERR_INVAL;
}

/* Whether what failed alone would fail once more. At the stop there is no time to find out. */
static bool history_is_hopeless(const struct history *h, int err)
{
	return err == ERR_REFUSED || (history_is_fault(err) && (h->state != HISTORY_OPEN ||
								history_wait_is_at_fault(h->wait)));
}

static void history_rest(struct history *h)
{
	h->n_failures = 0;
	history_arm(h, h->state == HISTORY_OPEN ? HISTORY_RETRY_MS : HISTORY_STOP_RETRY_MS);
}

/* Tried again, until the engine is closed. */
static void history_trouble(struct history *h, size_t n, int err, const struct errinfo *why)
{
	const bool rests = err != ERR_THROTTLED && !history_is_fault(err);

	if (log_may_repeat(&h->next_log_ms, clock_mono_ms()))
		log_event(LOG_LEVEL_WARN, "the history of hosts cannot be written",
			  LOG_FIELDS(log_str("why", why != NULL ? why->text : err_str(err))));
	if (h->conf.is_remote || (n == 1 && history_is_fault(err)))
		history_wait_postpone(h->wait);
	else
		history_wait_again(h->wait, false);
	if (rests || ++h->n_failures >= FAILURES_MAX)
		history_rest(h);
}

static void history_fail(struct history *h, size_t n, int err, const struct errinfo *why)
{
	if (err == ERR_LIMIT)
		history_fill(h, why);
	else if (err == ERR_DENIED)
		history_deny(h, why);
	else if (n > 1 && history_is_fault(err))
		history_wait_again(h->wait, true);
	else if (history_is_hopeless(h, err))
		history_drop(h, err, why);
	else
		history_trouble(h, n, err, why);
}

static void history_on_written(void *arg, int err, const struct errinfo *why)
{
	struct history *h = arg;
	const size_t n = h->n_writing;

	h->n_writing = 0;
	if (err == 0) {
		h->is_denied_told = false;
		h->n_failures = 0;
		history_wait_written(h->wait);
		history_count(h, n, METRIC_HISTORY_WRITTEN);
	} else {
		history_fail(h, n, err, why);
	}
	if (!uv_is_active((uv_handle_t *)&h->flush))
		history_write(h);
}

static void history_write(struct history *h)
{
	size_t n;
	int err;

	if (h->n_writing > 0)
		return;
	uv_timer_stop(&h->flush);
	n = history_wait_begin(h->wait, h->batch);
	if (n == 0)
		return;
	h->n_writing = n;
	err = calls_add_history(h->calls, &h->writing, h->batch, n, h->conf.keep_s,
				history_on_written);
	if (err == 0)
		return;
	h->n_writing = 0;
	history_trouble(h, n, err, NULL);
	history_rest(h);
}

/* ---------------------------------------------------------------- removed when it is old */

static void history_on_prune(uv_timer_t *timer);

static void history_on_pruned(void *arg, int err, bool is_more, const struct errinfo *why)
{
	struct history *h = arg;

	h->is_pruning = false;
	if (err != 0 && log_may_repeat(&h->next_log_ms, clock_mono_ms()))
		log_event(LOG_LEVEL_WARN, "what is old in the history of hosts cannot be removed",
			  LOG_FIELDS(log_str("why", why != NULL ? why->text : err_str(err))));
	if (h->state == HISTORY_OPEN)
		uv_timer_start(&h->prune, history_on_prune,
			       is_more ? HISTORY_PRUNE_NEXT_MS : HISTORY_PRUNE_MS, 0);
}

static void history_on_prune(uv_timer_t *timer)
{
	struct history *h = timer->data;
	const int64_t before_s = clock_wall_s() - h->conf.keep_s;
	/* A machine may boot with a clock that is years ahead, and all would be too old. Where none
	 * is written any more, no entry tells. */
	const int64_t newest_s = h->conf.mode == HISTORY_NONE ? 0 : before_s;
	int err;

	h->is_pruning = true;
	err = calls_prune_history(h->calls, &h->pruning, before_s, newest_s, history_on_pruned);
	if (err != 0)
		history_on_pruned(h, err, false, NULL);
}

/* ---------------------------------------------------------------- what is wanted */

bool history_wants(const struct history *h, enum history_mode kind)
{
	return h != NULL && h->conf.mode >= kind && h->state != HISTORY_CLOSED &&
	       clock_mono_ms() >= h->denied_until_ms;
}

/* Two that have the same place forget each other: then one is told too often. */
bool history_takes_attempt(struct history *h, const struct fqdn *host, const char *verdict,
			   int64_t now_ms)
{
	const uint64_t key = hash_bytes(host->text, host->len,
					h->seed ^ hash_bytes(verdict, strlen(verdict), h->seed));
	struct history_told *told = &h->told[key % HISTORY_ATTEMPTS_MAX];

	if (told->key == key && told->until_ms > now_ms) {
		metric_add(METRIC_HISTORY_LIMITED, 1);
		return false;
	}
	*told = (struct history_told){key, now_ms + HISTORY_ATTEMPT_MS};
	return true;
}

/* ---------------------------------------------------------------- its life */

static void history_on_call_closed(void *arg)
{
	(void)arg;
}

static void history_init_call(struct history *h, struct call *call)
{
	call->arg = h;
	call->closed = history_on_call_closed;
}

static void history_init_timer(struct history *h, struct uv_loop_s *loop, uv_timer_t *timer)
{
	uv_timer_init(loop, timer); /* cannot fail */
	timer->data = h;
	calls_add_handle(h->calls);
}

int history_new(struct uv_loop_s *loop, struct calls *calls, const struct history_conf *conf,
		struct history **ret)
{
	struct history *h = calloc(1, sizeof(*h));

	if (h == NULL || history_wait_new(conf->is_remote, &h->wait) != 0) {
		free(h);
		return ERR_NOMEM;
	}
	h->calls = calls;
	h->conf = *conf;
	rand_bytes(&h->seed, sizeof(h->seed));
	history_init_call(h, &h->writing);
	history_init_call(h, &h->pruning);
	history_init_timer(h, loop, &h->flush);
	history_init_timer(h, loop, &h->prune);
	if (conf->prunes)
		uv_timer_start(&h->prune, history_on_prune, HISTORY_PRUNE_FIRST_MS, 0);
	*ret = h;
	return 0;
}

int history_open(struct uv_loop_s *loop, const struct store *store, struct calls *calls,
		 enum history_mode mode, int64_t keep_s, struct history **ret)
{
	const struct history_conf conf = {
		.mode = mode,
		.keep_s = keep_s,
		.is_remote = store_is_remote(store),
		.prunes = store_has_pruning(store) && keep_s > 0,
	};

	*ret = NULL;
	return store_has_history(store) ? history_new(loop, calls, &conf, ret) : 0;
}

void history_stop(struct history *h)
{
	if (h == NULL || h->state != HISTORY_OPEN)
		return;
	h->state = HISTORY_STOPPING;
	uv_timer_stop(&h->prune);
	uv_timer_stop(&h->flush);
	history_write(h);
}

bool history_is_idle(const struct history *h)
{
	return h == NULL || (history_wait_count(h->wait) == 0 && !h->is_pruning);
}

static void history_on_closed(uv_handle_t *handle)
{
	struct history *h = handle->data;

	calls_drop_handle(h->calls);
}

void history_close(struct history *h)
{
	if (h == NULL)
		return;
	h->state = HISTORY_CLOSED;
	uv_close((uv_handle_t *)&h->flush, history_on_closed);
	uv_close((uv_handle_t *)&h->prune, history_on_closed);
}

void history_free(struct history *h)
{
	if (h == NULL)
		return;
	history_wait_free(h->wait);
	free(h);
}
