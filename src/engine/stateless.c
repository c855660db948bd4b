/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/stateless.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uv.h>

#include "account/account.h"
#include "base/clock.h"
#include "base/container_of.h"
#include "base/err.h"
#include "base/hash_table.h"
#include "base/str.h"
#include "engine/calls.h"
#include "engine/host.h"
#include "engine/plan.h"
#include "engine/publish.h"
#include "engine/repeat.h"
#include "engine/ticks.h"
#include "engine/zones.h"

struct stateless_host {
	struct hash_node node;
	TAILQ_ENTRY(stateless_host) link;
	struct fqdn name;
	int64_t settled_ms; /* what was on its way before has landed */
	int64_t due_ms;	    /* it is tried, or tried again */
	char user[];
};

/* The account of one that is due; freed when the store answers. */
struct stateless_reading {
	struct stateless *all;
	struct call call;
	char user[ACCOUNT_USER_MAX + 1];
	struct fqdn name;
	size_t zone;
	uint64_t read_at;
};

TAILQ_HEAD(stateless_list, stateless_host);

struct stateless {
	struct stateless_parts parts;
	struct stateless_conf conf;
	uint64_t seed;
	uv_timer_t timer;
	bool is_stopping;
	struct hash_table table;
	struct stateless_list waiting; /* by due_ms: whoever is put goes to the end */
	unsigned n_reading;
};

static void stateless_on_timer(uv_timer_t *timer);

static void stateless_wake(struct stateless *st)
{
	const struct stateless_host *first = TAILQ_FIRST(&st->waiting);
	int64_t left_ms;

	if (st->is_stopping || first == NULL)
		return;
	left_ms = first->due_ms - clock_mono_ms();
	/* One of 0 ms that its own callback starts may run again before anything is polled (libuv
	 * 1.44): those that are due would all be looked at in one turn. */
	uv_timer_start(&st->timer, stateless_on_timer, left_ms > 1 ? (uint64_t)left_ms : 1, 0);
}

/* ---------------------------------------------------------------- those that wait */

static struct stateless_host *stateless_find(const struct stateless *st, const char *user,
					     const struct fqdn *name)
{
	struct hash_node *node = hash_table_first(&st->table, fqdn_hash(name, st->seed));

	for (; node != NULL; node = hash_table_next(node)) {
		struct stateless_host *h = CONTAINER_OF(node, struct stateless_host, node);

		if (fqdn_equal(&h->name, name) && strcmp(h->user, user) == 0)
			return h;
	}
	return NULL;
}

static void stateless_put(struct stateless *st, struct stateless_host *h)
{
	h->due_ms = clock_mono_ms() + 1 + st->conf.settle_ms;
	TAILQ_INSERT_TAIL(&st->waiting, h, link);
}

static void stateless_drop(struct stateless *st, struct stateless_host *h)
{
	TAILQ_REMOVE(&st->waiting, h, link);
	hash_table_remove(&st->table, &h->node);
	free(h);
}

static struct stateless_host *stateless_add(struct stateless *st, const char *user,
					    const struct fqdn *name)
{
	const size_t len = strlen(user) + 1;
	struct stateless_host *h = NULL;

	if (st->table.count < st->conf.max)
		h = calloc(1, sizeof(*h) + len);
	if (h == NULL)
		return NULL;
	memcpy(h->user, user, len);
	h->name = *name;
	hash_table_add(&st->table, &h->node, fqdn_hash(name, st->seed));
	return h;
}

void stateless_note(struct stateless *st, const char *user, const struct fqdn *name,
		    bool is_stateless)
{
	struct stateless_host *h = stateless_find(st, user, name);

	if (!is_stateless) {
		if (h != NULL && clock_mono_ms() >= h->settled_ms)
			stateless_drop(st, h);
		return;
	}
	if (h != NULL)
		TAILQ_REMOVE(&st->waiting, h, link);
	else
		h = stateless_add(st, user, name);
	if (h == NULL)
		return;
	stateless_put(st, h);
	h->settled_ms = h->due_ms;
	if (TAILQ_FIRST(&st->waiting) == h)
		stateless_wake(st);
}

size_t stateless_count(const struct stateless *st)
{
	return st->table.count;
}

/* ---------------------------------------------------------------- one that is due */

static void reading_end(struct stateless_reading *r)
{
	r->all->n_reading--;
	free(r);
}

static void reading_on_closed(void *arg)
{
	free(arg);
}

/* What is not to be published is let go of: the host is gone, has lost its state again, or its name
 * is another account's by now, whose value is published by whoever changed it. An item that is
 * malformed does not say. Of a host that does not wait any more an intent was stored while its
 * account was read. */
static void reading_take(const struct stateless_reading *r, const struct account *account)
{
	const struct stateless_parts *p = &r->all->parts;
	const struct account_host *host = NULL;
	struct stateless_host *waiting = stateless_find(r->all, r->user, &r->name);
	struct plan_item item;

	if (waiting == NULL)
		return;
	if (account != NULL)
		host = account_find_host(account, &r->name);
	if (host != NULL && plan_once_more(account, host, zones_all(p->zones), r->zone, &item))
		repeats_add(p->repeats, r->user, &item, 1, r->read_at);
	else if (host != NULL || account == NULL || !account_may_have_host(account, &r->name))
		stateless_drop(r->all, waiting);
}

static void reading_on_account(void *arg, int err, struct account *account,
			       const struct errinfo *why)
{
	struct stateless_reading *r = arg;
	const struct stateless_parts *p = &r->all->parts;

	if (account != NULL)
		hosts_see(p->hosts, account, r->read_at, true);
	if (err == 0 || err == ERR_NOTFOUND)
		reading_take(r, account);
	else
		calls_trouble(p->calls, "lookup", r->user, err, why);
	account_free(account);
	reading_end(r);
}

static void reading_begin(struct stateless *st, const struct stateless_host *h, size_t zone)
{
	struct stateless_reading *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return;
	r->all = st;
	r->call.arg = r;
	r->call.closed = reading_on_closed;
	r->name = h->name;
	r->zone = zone;
	str_copy(r->user, sizeof(r->user), slice_of(h->user));
	r->read_at = st->parts.ticks->now;
	st->n_reading++;
	if (calls_lookup(st->parts.calls, &r->call, r->user, reading_on_account) != 0)
		reading_end(r);
}

/* ---------------------------------------------------------------- all of them */

/* Whatever comes of it, it waits again until stateless_note() takes it away. */
static void stateless_try(struct stateless *st, struct stateless_host *h)
{
	const struct zones *zones = st->parts.zones;
	size_t zone = plan_find_zone(zones_all(zones), zones_count(zones), &h->name);

	TAILQ_REMOVE(&st->waiting, h, link);
	stateless_put(st, h);
	if (zone < zones_count(zones) && st->n_reading < STATELESS_AT_ONCE &&
	    publish_has_room(zones_queue(zones, zone)))
		reading_begin(st, h, zone);
}

static void stateless_on_timer(uv_timer_t *timer)
{
	struct stateless *st = timer->data;
	const int64_t now_ms = clock_mono_ms();
	struct stateless_host *h;
	unsigned n;

	for (n = 0; n < STATELESS_LOOKS; n++) {
		h = TAILQ_FIRST(&st->waiting);
		if (h == NULL || h->due_ms > now_ms)
			break;
		stateless_try(st, h);
	}
	stateless_wake(st);
}

/* ---------------------------------------------------------------- their life */

static void stateless_on_closed(uv_handle_t *handle)
{
	struct stateless *st = handle->data;

	calls_drop_handle(st->parts.calls);
}

int stateless_new(struct uv_loop_s *loop, const struct stateless_parts *parts,
		  const struct stateless_conf *conf, uint64_t seed, struct stateless **ret)
{
	struct stateless *st = calloc(1, sizeof(*st));

	if (st == NULL || hash_table_init(&st->table, 0) != 0) {
		free(st);
		return ERR_NOMEM;
	}
	st->parts = *parts;
	st->conf = *conf;
	st->seed = seed;
	TAILQ_INIT(&st->waiting);
	uv_timer_init(loop, &st->timer); /* cannot fail */
	st->timer.data = st;
	calls_add_handle(parts->calls);
	*ret = st;
	return 0;
}

void stateless_stop(struct stateless *st)
{
	if (st == NULL)
		return;
	st->is_stopping = true;
	uv_timer_stop(&st->timer);
}

void stateless_close(struct stateless *st)
{
	if (st == NULL)
		return;
	stateless_stop(st);
	uv_close((uv_handle_t *)&st->timer, stateless_on_closed);
}

void stateless_free(struct stateless *st)
{
	if (st == NULL)
		return;
	while (!TAILQ_EMPTY(&st->waiting))
		stateless_drop(st, TAILQ_FIRST(&st->waiting));
	hash_table_fini(&st->table);
	free(st);
}
