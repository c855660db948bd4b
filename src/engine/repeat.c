/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/repeat.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uv.h>

#include "account/account.h"
#include "base/err.h"
#include "base/metric.h"
#include "base/str.h"
#include "engine/calls.h"
#include "engine/change.h"
#include "engine/plan.h"
#include "engine/publish.h"
#include "engine/zones.h"

/* What one account repeats: all of it in one write of the store. */
struct repeat {
	struct repeats *all;
	TAILQ_ENTRY(repeat) link; /* while it waits */
	struct change *change;	  /* NULL: not begun, or decided */
	uint64_t read_at;
	char user[ACCOUNT_USER_MAX + 1];
	size_t n;
	struct plan_item items[];
};

TAILQ_HEAD(repeat_list, repeat);

struct repeats {
	struct change_parts parts;
	struct zones *zones;
	uv_timer_t timer;
	bool is_stopping;
	size_t n_waiting;
	struct repeat_list waiting;
	size_t n_storing;
};

static void repeats_on_timer(uv_timer_t *timer);

static void repeats_wake(struct repeats *rs, uint64_t ms)
{
	if (!rs->is_stopping && !TAILQ_EMPTY(&rs->waiting))
		uv_timer_start(&rs->timer, repeats_on_timer, ms, 0);
}

/* ---------------------------------------------------------------- one of them */

/* Whatever becomes of the intents: what was not stored is left to the router's next request, and
 * what was is published by the host itself. */
static void repeat_pass(void *arg)
{
	(void)arg;
}

static void repeat_on_decided(void *arg, const enum dyndns_code *codes)
{
	struct repeat *r = arg;

	(void)codes;
	r->change = NULL;
}

static void repeat_on_idle(void *arg)
{
	struct repeat *r = arg;
	struct repeats *rs = r->all;

	rs->n_storing--;
	free(r);
	repeats_wake(rs, 0);
}

static void repeat_on_closed(void *arg)
{
	free(arg);
}

static const struct change_events repeat_events = {
	.outdated = repeat_pass,
	.waiting = repeat_pass,
	.failed = repeat_pass,
	.decided = repeat_on_decided,
	.idle = repeat_on_idle,
	.closed = repeat_on_closed,
};

/* Takes r. A host that is being changed is left alone. */
static void repeat_begin(struct repeat *r)
{
	struct repeats *rs = r->all;

	if (change_new(&rs->parts, r->user, &repeat_events, r, &r->change) != 0) {
		free(r);
		return;
	}
	if (change_go(r->change, r->items, r->n, r->read_at) == 0)
		metric_add(METRIC_REPUBLICATIONS, (int64_t)r->n);
	if (r->change == NULL || change_end(r->change))
		free(r);
	else
		rs->n_storing++;
}

static bool repeat_has_room(const struct repeat *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (!publish_has_room(zones_queue(r->all->zones, r->items[i].zone)))
			return false;
	return true;
}

/* ---------------------------------------------------------------- all of them */

static void repeats_on_timer(uv_timer_t *timer)
{
	struct repeats *rs = timer->data;
	struct repeat *r, *next;

	for (r = TAILQ_FIRST(&rs->waiting); r != NULL && rs->n_storing < REPEATS_AT_ONCE;
	     r = next) {
		next = TAILQ_NEXT(r, link);
		if (!repeat_has_room(r))
			continue;
		TAILQ_REMOVE(&rs->waiting, r, link);
		rs->n_waiting--;
		repeat_begin(r);
	}
	repeats_wake(rs, REPEATS_LOOK_MS);
}

/* Those whose zone is well. */
static void repeat_take(struct repeat *r, const struct plan_item *items, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!publish_is_in_trouble(zones_queue(r->all->zones, items[i].zone)))
			r->items[r->n++] = items[i];
}

void repeats_add(struct repeats *rs, const char *user, const struct plan_item *items, size_t n,
		 uint64_t read_at)
{
	struct repeat *r = NULL;

	if (n > 0 && !rs->is_stopping && rs->n_waiting < REPEATS_MAX)
		r = calloc(1, sizeof(*r) + n * sizeof(r->items[0]));
	if (r == NULL)
		return;
	r->all = rs;
	r->read_at = read_at;
	str_copy(r->user, sizeof(r->user), slice_of(user));
	repeat_take(r, items, n);
	if (r->n == 0) {
		free(r);
		return;
	}
	TAILQ_INSERT_TAIL(&rs->waiting, r, link);
	/* If others wait, the timer runs already that looks for room. */
	if (rs->n_waiting++ == 0)
		repeats_wake(rs, 0);
}

size_t repeats_count(const struct repeats *rs)
{
	return rs->n_waiting;
}

/* ---------------------------------------------------------------- their life */

static void repeats_on_closed(uv_handle_t *handle)
{
	struct repeats *rs = handle->data;

	calls_drop_handle(rs->parts.calls);
}

int repeats_new(struct uv_loop_s *loop, const struct change_parts *parts, struct zones *zones,
		struct repeats **ret)
{
	struct repeats *rs = calloc(1, sizeof(*rs));

	if (rs == NULL)
		return ERR_NOMEM;
	rs->parts = *parts;
	rs->zones = zones;
	TAILQ_INIT(&rs->waiting);
	uv_timer_init(loop, &rs->timer); /* cannot fail */
	rs->timer.data = rs;
	calls_add_handle(parts->calls);
	*ret = rs;
	return 0;
}

void repeats_stop(struct repeats *rs)
{
	if (rs == NULL)
		return;
	rs->is_stopping = true;
	uv_timer_stop(&rs->timer);
}

void repeats_close(struct repeats *rs)
{
	if (rs == NULL)
		return;
	repeats_stop(rs);
	uv_close((uv_handle_t *)&rs->timer, repeats_on_closed);
}

void repeats_free(struct repeats *rs)
{
	struct repeat *r;

	if (rs == NULL)
		return;
	while ((r = TAILQ_FIRST(&rs->waiting)) != NULL) {
		TAILQ_REMOVE(&rs->waiting, r, link);
		free(r);
	}
	free(rs);
}
