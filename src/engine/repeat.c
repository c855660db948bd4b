/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/repeat.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uv.h>

#include "account/account.h"
#include "base/container_of.h"
#include "base/err.h"
#include "base/hash_table.h"
#include "base/metric.h"
#include "base/rand.h"
#include "base/str.h"
#include "engine/calls.h"
#include "engine/change.h"
#include "engine/plan.h"
#include "engine/publish.h"
#include "engine/zones.h"
#include "net/fqdn.h"
#include "net/hash.h"

/* What one account repeats: all of it in one write of the store. */
struct repeat {
	struct repeats *all;
	struct hash_node node;	  /* until it is freed */
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
	struct hash_table by_user; /* those that wait, and those that are being stored */
	uint64_t seed;
};

static void repeats_on_timer(uv_timer_t *timer);

static void repeats_wake(struct repeats *rs, uint64_t ms)
{
	if (!rs->is_stopping && !TAILQ_EMPTY(&rs->waiting))
		uv_timer_start(&rs->timer, repeats_on_timer, ms, 0);
}

/* ---------------------------------------------------------------- one of them */

static void repeat_free(struct repeat *r)
{
	hash_table_remove(&r->all->by_user, &r->node);
	free(r);
}

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
	repeat_free(r);
	repeats_wake(rs, 0);
}

/* The queue may be gone. */
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
		repeat_free(r);
		return;
	}
	if (change_go(r->change, r->items, r->n, r->read_at) == 0)
		metric_add(METRIC_REPUBLICATIONS, (int64_t)r->n);
	if (r->change == NULL || change_end(r->change))
		repeat_free(r);
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

static bool repeat_has(const struct repeat *r, const struct fqdn *name)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (fqdn_equal(&r->items[i].name, name))
			return true;
	return false;
}

/* Nobody holds a turn while a repetition is being stored, so a second one of the same host would
 * meet the first one in the store, lose, and have the account dropped from memory: in an outage
 * that begins just then, its router would get 911. */
static bool repeats_have(const struct repeats *rs, const char *user, uint64_t hash,
			 const struct fqdn *name)
{
	const struct hash_node *node = hash_table_first(&rs->by_user, hash);

	for (; node != NULL; node = hash_table_next(node)) {
		const struct repeat *r = CONTAINER_OF(node, const struct repeat, node);

		if (strcmp(r->user, user) == 0 && repeat_has(r, name))
			return true;
	}
	return false;
}

/* Those whose zone is well, and that are not on their way already. */
static void repeat_take(struct repeat *r, uint64_t hash, const struct plan_item *items, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!publish_is_in_trouble(zones_queue(r->all->zones, items[i].zone)) &&
		    !repeats_have(r->all, r->user, hash, &items[i].name))
			r->items[r->n++] = items[i];
}

void repeats_add(struct repeats *rs, const char *user, const struct plan_item *items, size_t n,
		 uint64_t read_at)
{
	const uint64_t hash = hash_bytes(user, strlen(user), rs->seed);
	struct repeat *r = NULL;

	if (n > 0 && !rs->is_stopping && rs->n_waiting < REPEATS_MAX)
		r = calloc(1, sizeof(*r) + n * sizeof(r->items[0]));
	if (r == NULL)
		return;
	r->all = rs;
	r->read_at = read_at;
	str_copy(r->user, sizeof(r->user), slice_of(user));
	repeat_take(r, hash, items, n);
	if (r->n == 0) {
		free(r);
		return;
	}
	hash_table_add(&rs->by_user, &r->node, hash);
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

	if (rs == NULL || hash_table_init(&rs->by_user, 0) != 0) {
		free(rs);
		return ERR_NOMEM;
	}
	rand_bytes(&rs->seed, sizeof(rs->seed));
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
		repeat_free(r);
	}
	hash_table_fini(&rs->by_user);
	free(rs);
}
