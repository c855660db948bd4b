/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/seen_keep.h"

#include <stdbool.h>
#include <stdlib.h>
#include <uv.h>

#include "base/clock.h"
#include "base/err.h"
#include "engine/calls.h"
#include "engine/seen.h"
#include "store/store.h"

struct seen_keep {
	struct store *store;
	struct calls *calls;
	struct seen *seen;
	uv_timer_t timer;
	bool is_stopping;
	bool is_writing;
	bool is_amid; /* more than the first of those that are written one after the other */
	struct store_seen *news; /* on their way to the store; SEEN_KEEP_AT_ONCE of them */
	size_t n_news;
};

static void seen_keep_write(struct seen_keep *k);

int seen_keep_new(struct uv_loop_s *loop, struct store *store, struct calls *calls,
		  struct seen *seen, struct seen_keep **ret)
{
	struct seen_keep *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return ERR_NOMEM;
	if (store_keeps_seen(store)) {
		k->news = calloc(SEEN_KEEP_AT_ONCE, sizeof(*k->news));
		if (k->news == NULL) {
			free(k);
			return ERR_NOMEM;
		}
	}
	k->store = store;
	k->calls = calls;
	k->seen = seen;
	uv_timer_init(loop, &k->timer); /* cannot fail */
	k->timer.data = k;
	calls_add_handle(calls);
	*ret = k;
	return 0;
}

static void seen_keep_on_timer(uv_timer_t *timer)
{
	seen_keep_write(timer->data);
}

static void seen_keep_rest(struct seen_keep *k, uint64_t ms)
{
	if (!k->is_stopping)
		uv_timer_start(&k->timer, seen_keep_on_timer, ms, 0);
}

static void seen_keep_fail(struct seen_keep *k, int err, const struct errinfo *why)
{
	calls_trouble(k->calls, "write what was seen", NULL, err, why);
	seen_put_back(k->seen, k->news, k->n_news);
	k->is_amid = false;
	seen_keep_rest(k, SEEN_KEEP_AGAIN_MS);
}

static void seen_keep_on_written(void *arg, int err, const struct errinfo *why)
{
	struct seen_keep *k = arg;

	if (!calls_end(k->calls))
		return;
	k->is_writing = false;
	if (err != 0)
		seen_keep_fail(k, err, why);
	else
		seen_keep_write(k);
}

/* What came meanwhile goes along, so at the stop nothing is left. */
static void seen_keep_write(struct seen_keep *k)
{
	int err;

	if (k->news == NULL || k->is_writing)
		return;
	k->n_news = seen_take_news(k->seen, k->news, SEEN_KEEP_AT_ONCE);
	if (k->n_news == 0) {
		k->is_amid = false;
		seen_keep_rest(k, SEEN_KEEP_MS);
		return;
	}
	calls_begin(k->calls);
	/* Who is gone is looked for once, as that reads all that there is. */
	err = store_put_seen(k->store, k->news, k->n_news, !k->is_amid, seen_keep_on_written, k);
	if (err == 0) {
		k->is_writing = true;
		k->is_amid = true;
		return;
	}
	calls_end(k->calls);
	seen_keep_fail(k, err, NULL);
}

static void seen_keep_on_each(void *arg, const struct store_seen *stored)
{
	struct seen_keep *k = arg;

	if (!k->is_stopping)
		seen_take_stored(k->seen, stored, clock_wall_s());
}

static void seen_keep_on_read(void *arg, int err, const struct errinfo *why)
{
	struct seen_keep *k = arg;

	if (calls_end(k->calls) && err != 0 && !k->is_stopping)
		calls_trouble(k->calls, "read what was seen", NULL, err, why);
}

void seen_keep_start(struct seen_keep *k)
{
	if (k->news == NULL)
		return;
	seen_keep_rest(k, SEEN_KEEP_MS);
	calls_begin(k->calls);
	if (store_list_seen(k->store, seen_keep_on_each, seen_keep_on_read, k) != 0)
		calls_end(k->calls);
}

void seen_keep_stop(struct seen_keep *k)
{
	if (k == NULL || k->is_stopping)
		return;
	k->is_stopping = true;
	uv_timer_stop(&k->timer);
	seen_keep_write(k);
}

static void seen_keep_on_closed(uv_handle_t *handle)
{
	struct seen_keep *k = handle->data;

	calls_drop_handle(k->calls);
}

void seen_keep_close(struct seen_keep *k)
{
	if (k != NULL)
		uv_close((uv_handle_t *)&k->timer, seen_keep_on_closed);
}

void seen_keep_free(struct seen_keep *k)
{
	if (k == NULL)
		return;
	free(k->news);
	free(k);
}
