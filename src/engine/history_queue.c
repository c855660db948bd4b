/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/history_queue.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/rand.h"
#include "engine/calls.h"
#include "net/hash.h"
#include "store/history.h"
#include "store/store.h"

/* Entries that there is room for at first. */
enum { QUEUE_MIN = 16 };

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
	/* Those that wait, the oldest first; the first n_writing of them are on their way. */
	struct history_entry *entries;
	size_t n, room, n_writing;
	int64_t denied_until_ms; /* 0: it is not denied */
	bool is_denied_told;
	_Atomic long long next_log_ms;
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
	if (h->state == HISTORY_OPEN && h->n > 0 && h->n_writing == 0 &&
	    !uv_is_active((uv_handle_t *)&h->flush))
		uv_timer_start(&h->flush, history_on_flush, after_ms, 0);
}

/* The first n are written, or lost. */
static void history_take_out(struct history *h, size_t n, enum metric how)
{
	metric_add(how, (int64_t)n);
	h->n -= n;
	memmove(h->entries, h->entries + n, h->n * sizeof(*h->entries));
	metric_set(METRIC_HISTORY_WAITING, (int64_t)h->n);
}

static int history_make_room(struct history *h)
{
	const size_t room = h->room == 0 ? QUEUE_MIN : 2 * h->room;
	struct history_entry *entries;

	if (h->n < h->room)
		return 0;
	if (h->n >= HISTORY_QUEUE_MAX)
		return ERR_LIMIT;
	entries = realloc(h->entries, room * sizeof(*entries));
	if (entries == NULL)
		return ERR_NOMEM;
	h->entries = entries;
	h->room = room;
	return 0;
}

void history_add(struct history *h, const struct history_entry *entry)
{
	if (history_make_room(h) != 0) {
		metric_add(METRIC_HISTORY_DROPPED, 1);
		return;
	}
	h->entries[h->n++] = *entry;
	metric_set(METRIC_HISTORY_WAITING, (int64_t)h->n);
	if (h->state == HISTORY_STOPPING && h->n_writing == 0)
		history_write(h);
	else
		history_arm(h, HISTORY_FLUSH_MS);
}

/* ---------------------------------------------------------------- written */

static bool is_one_month(int64_t a_s, int64_t b_s)
{
	const time_t a = (time_t)a_s, b = (time_t)b_s;
	struct tm at, bt;

	return gmtime_r(&a, &at) != NULL && gmtime_r(&b, &bt) != NULL && at.tm_year == bt.tm_year &&
	       at.tm_mon == bt.tm_mon;
}

/* How many of those that wait go in one write. */
static size_t history_batch(const struct history *h)
{
	const size_t limit = h->conf.is_remote ? HISTORY_BATCH_MAX : HISTORY_WRITE_MAX;
	const size_t max = h->n < limit ? h->n : limit;
	size_t n = 1;

	if (!h->conf.is_remote)
		return max;
	while (n < max && fqdn_equal(&h->entries[n].host, &h->entries[0].host) &&
	       is_one_month(h->entries[n].time_s, h->entries[0].time_s))
		n++;
	return n;
}

static void history_deny(struct history *h, const struct errinfo *why)
{
	h->denied_until_ms = clock_mono_ms() + HISTORY_DENIED_MS;
	history_take_out(h, h->n, METRIC_HISTORY_DENIED);
	if (h->is_denied_told)
		return;
	h->is_denied_told = true;
	log_event(LOG_LEVEL_INFO,
		  "no history is kept: the store denies it, and is asked again in an hour",
		  LOG_FIELDS(log_str("why", why != NULL ? why->text : NULL)));
}

/* What cannot be written now is tried again, unless there is no time. */
static void history_fail(struct history *h, int err, const struct errinfo *why)
{
	if (log_may_repeat(&h->next_log_ms, clock_mono_ms()))
		log_event(LOG_LEVEL_WARN, "the history of hosts cannot be written",
			  LOG_FIELDS(log_str("why", why != NULL ? why->text : err_str(err))));
	if (h->state != HISTORY_OPEN)
		history_take_out(h, h->n, METRIC_HISTORY_DROPPED);
	history_arm(h, HISTORY_RETRY_MS);
}

static void history_on_written(void *arg, int err, const struct errinfo *why)
{
	struct history *h = arg;
	const size_t n = h->n_writing;

	h->n_writing = 0;
	if (err == 0) {
		h->is_denied_told = false;
		history_take_out(h, n, METRIC_HISTORY_WRITTEN);
	} else if (err == ERR_LIMIT) {
		history_take_out(h, n, METRIC_HISTORY_DROPPED);
	} else if (err == ERR_DENIED) {
		history_deny(h, why);
	} else {
		history_fail(h, err, why);
		return;
	}
	if (h->n > 0)
		history_write(h);
}

static void history_write(struct history *h)
{
	const size_t n = history_batch(h);
	int err;

	if (h->n == 0 || h->n_writing > 0)
		return;
	uv_timer_stop(&h->flush);
	h->n_writing = n;
	err = calls_add_history(h->calls, &h->writing, h->entries, n, h->conf.keep_s,
				history_on_written);
	if (err == 0)
		return;
	h->n_writing = 0;
	history_fail(h, err, NULL);
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

	if (h == NULL)
		return ERR_NOMEM;
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
	return h == NULL || (h->n == 0 && !h->is_pruning);
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
	free(h->entries);
	free(h);
}
