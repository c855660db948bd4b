/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/change.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/container_of.h"
#include "base/err.h"
#include "base/turn.h"
#include "engine/cache.h"
#include "engine/calls.h"
#include "engine/change_hosts.h"
#include "engine/host.h"
#include "engine/plan.h"
#include "store/store.h"

/* What a host becomes: all that is left of an item thereafter. */
struct change_wait {
	struct change *change;
	struct host_waiter waiter;
};

enum change_state {
	CHANGE_PLANNED,
	CHANGE_STORING, /* the store has its intents */
	CHANGE_PUBLISHING,
};

struct change {
	const struct change_parts *parts;
	const char *user;
	const struct change_events *events;
	void *arg;
	struct call call;
	enum change_state state;
	bool is_left; /* nobody waits for it */
	uint64_t read_at;
	struct change_hosts hosts; /* none once they are handed over */
	size_t n_asked;		   /* of them, those that the store was asked to hold, and may */
	size_t n_stored;	   /* of these, those that it holds */
	size_t n_waits;
	struct change_wait *waits; /* of each item of the plan, published or not */
	size_t n_waiting;	   /* of them, those that are not decided */
};

static void change_on_turn(struct change_hosts *hosts);
static void change_on_decided(struct host_waiter *w);
static void change_on_closed(void *arg);

/* ---------------------------------------------------------------- its life */

int change_new(const struct change_parts *parts, const char *user,
	       const struct change_events *events, void *arg, struct change **ret)
{
	struct change *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return ERR_NOMEM;
	c->parts = parts;
	c->user = user;
	c->events = events;
	c->arg = arg;
	c->call.arg = c;
	c->call.closed = change_on_closed;
	c->hosts.hosts = parts->hosts;
	c->hosts.turns = parts->turns;
	c->hosts.come = change_on_turn;
	*ret = c;
	return 0;
}

static void change_forget_waits(struct change *c)
{
	c->n_asked = 0;
	c->n_stored = 0;
	free(c->waits);
	c->waits = NULL;
	c->n_waits = 0;
}

void change_drop(struct change *c)
{
	change_hosts_drop(&c->hosts);
	change_forget_waits(c);
}

static void change_free(struct change *c)
{
	change_drop(c);
	free(c);
}

static void change_leave(struct change *c)
{
	size_t i;

	c->is_left = true;
	c->n_waiting = 0;
	for (i = 0; i < c->n_waits; i++) {
		struct host_waiter *w = &c->waits[i].waiter;

		if (w->host != NULL)
			w->code = host_unwait(w) ? DYNDNS_GOOD : DYNDNS_911;
	}
}

bool change_end(struct change *c)
{
	change_leave(c);
	if (c->state == CHANGE_STORING) {
		/* A store that does not answer holds up nobody else. */
		change_hosts_end_turns(&c->hosts);
		return false;
	}
	change_free(c);
	return true;
}

/* It was ended while it was being stored. */
static void change_finish(struct change *c)
{
	const struct change_events *events = c->events;
	void *arg = c->arg;

	change_free(c);
	events->idle(arg);
}

/* The hosts are gone already. */
static void change_on_closed(void *arg)
{
	struct change *c = arg;

	c->events->closed(c->arg);
	change_hosts_forget(&c->hosts);
	change_forget_waits(c);
	free(c);
}

void *change_owner(const struct change *c)
{
	return c->arg;
}

/* ---------------------------------------------------------------- whose turn it is */

bool change_is_waiting(const struct change *c)
{
	return change_hosts_are_waiting(&c->hosts);
}

static struct change *change_of(struct change_hosts *hosts)
{
	return CONTAINER_OF(hosts, struct change, hosts);
}

struct change *change_in_line(const struct change *c, const struct change *after)
{
	struct change_hosts *found =
		change_hosts_in_line(&c->hosts, after != NULL ? &after->hosts : NULL);

	return found != NULL ? change_of(found) : NULL;
}

bool change_includes(const struct change *newer, const struct change *older)
{
	return change_hosts_include(&newer->hosts, &older->hosts);
}

static void change_on_turn(struct change_hosts *hosts)
{
	struct change *c = change_of(hosts);

	c->events->outdated(c->arg);
}

/* ---------------------------------------------------------------- published */

static void change_decide(struct change *c)
{
	const struct change_events *events = c->events;
	void *arg = c->arg;
	enum dyndns_code codes[PLAN_ITEMS_MAX];
	size_t i;

	for (i = 0; i < c->n_waits; i++)
		codes[i] = c->waits[i].waiter.code;
	/* Its hosts are handed over. */
	change_forget_waits(c);
	free(c);
	events->decided(arg, codes);
}

static void change_on_decided(struct host_waiter *w)
{
	struct change *c = CONTAINER_OF(w, struct change_wait, waiter)->change;

	assert(c->n_waiting > 0);
	if (--c->n_waiting == 0)
		change_decide(c);
}

void change_codes(struct change *c, enum dyndns_code *codes, bool *stored)
{
	size_t i;

	change_leave(c);
	for (i = 0; i < c->n_waits; i++) {
		codes[i] = c->waits[i].waiter.code;
		stored[i] = i < c->n_asked;
	}
}

/* What was intended is not published yet: the cache knows the host again once that is confirmed.
 * Whoever is behind in the line may go on, and sees what is wanted now. w NULL: nobody waits. */
static void change_publish_item(struct change *c, struct change_host *item, struct host_waiter *w)
{
	struct host *h = item->host;

	if (item->plan.intend)
		cache_end_write(c->parts->cache, c->user, &item->plan.name, NULL);
	turn_end(c->parts->turns, &item->turn);
	item->host = NULL;
	host_take_stored(h, &item->plan, c->read_at, w);
}

/* NULL: nobody waits. Of a host that the request does not name, that it will be published is all
 * that matters. */
static struct host_waiter *change_waiter(struct change *c, size_t i)
{
	struct host_waiter *w = c->is_left ? NULL : &c->waits[i].waiter;

	if (w == NULL || c->hosts.at[i].plan.awaited != 0)
		return w;
	w->code = DYNDNS_GOOD;
	c->n_waiting--;
	return NULL;
}

/* The store holds what is wanted. */
static void change_publish(struct change *c)
{
	size_t i;

	/* One more than there are, so that the last one told inside the loop does not free c. */
	c->state = CHANGE_PUBLISHING;
	c->n_waiting = c->hosts.n + 1;
	for (i = 0; i < c->hosts.n; i++)
		change_publish_item(c, &c->hosts.at[i], change_waiter(c, i));
	change_hosts_forget(&c->hosts);
	if (c->is_left)
		change_finish(c);
	else if (--c->n_waiting == 0)
		change_decide(c);
}

/* ---------------------------------------------------------------- intended */

/* True when a write that failed with err may have happened all the same. */
static bool change_may_be_stored(int err)
{
	return err != ERR_DENIED && err != ERR_THROTTLED && err != ERR_NOMEM;
}

/* There is no more to come: what one write held is published though another one failed. What may
 * not be stored is unknown to the cache until somebody reads it. */
static void change_give_up(struct change *c)
{
	size_t i;

	for (i = 0; i < c->hosts.n; i++)
		if (i < c->n_stored)
			change_publish_item(c, &c->hosts.at[i], NULL);
		else if (i < c->n_asked && c->hosts.at[i].plan.intend)
			cache_end_write(c->parts->cache, c->user, &c->hosts.at[i].plan.name, NULL);
}

static void change_fail(struct change *c, int err, const struct errinfo *why)
{
	size_t i;

	calls_trouble(c->parts->calls, "intend", c->user, err, why);
	if (!change_may_be_stored(err))
		c->n_asked = c->n_stored;
	for (i = c->n_stored; i < c->n_asked; i++)
		if (c->hosts.at[i].plan.intend)
			host_doubt(c->hosts.at[i].host, &c->hosts.at[i].plan);
	if (c->is_left)
		change_finish(c);
	else
		c->events->failed(c->arg);
}

static void change_store(struct change *c);

static void change_on_stored(void *arg, int err, const struct errinfo *why)
{
	struct change *c = arg;

	c->state = CHANGE_PLANNED;
	if (err == 0) {
		c->n_stored = c->n_asked;
		change_store(c);
		return;
	}
	if (err == ERR_CONFLICT || err == ERR_NOTFOUND)
		cache_drop(c->parts->cache, c->user);
	change_give_up(c);
	if (err != ERR_CONFLICT && err != ERR_NOTFOUND)
		change_fail(c, err, why);
	else if (c->is_left)
		change_finish(c);
	else
		c->events->outdated(c->arg);
}

/* Later than what it replaces, whatever the clocks of the daemons say. A router that asks again for
 * what is still owed asks for the same change, which is known to whoever is told by its since_ms.
 */
static void change_note_moment(struct plan_item *item, int64_t now_ms)
{
	if (!item->is_asked)
		return;
	item->wanted_ms = now_ms > item->wanted_ms ? now_ms : item->wanted_ms + 1;
	if (!item->is_asked_again || item->since_ms == 0)
		item->since_ms = item->wanted_ms;
}

/* The next ones, as many as one write holds. */
static size_t change_take_intents(struct change *c, struct store_intent *intents)
{
	const int64_t now_ms = clock_wall_ms();
	size_t n = 0;

	for (; c->n_asked < c->hosts.n && n < STORE_INTENTS_MAX; c->n_asked++) {
		struct plan_item *item = &c->hosts.at[c->n_asked].plan;

		change_note_moment(item, now_ms);
		if (item->intend)
			intents[n++] = (struct store_intent){
				.name = item->name,
				.expect = item->expect,
				.seq = item->seq,
				.want = item->want,
				.gone = item->gone,
				.wanted_ms = item->wanted_ms,
				.since_ms = item->since_ms,
				.repeats = item->repeats,
				.is_again = !item->is_asked,
			};
	}
	return n;
}

/* Has the store hold what it does not hold yet, then publishes all of it. Who left has no turn any
 * more. */
static void change_store(struct change *c)
{
	struct store_intent intents[STORE_INTENTS_MAX];
	size_t i, n;
	int err;

	if (c->is_left && c->n_stored < c->hosts.n) {
		change_give_up(c);
		change_finish(c);
		return;
	}
	n = change_take_intents(c, intents);
	if (n == 0) {
		change_publish(c);
		return;
	}
	c->state = CHANGE_STORING;
	for (i = 0; i < n; i++)
		cache_begin_write(c->parts->cache, c->user, &intents[i].name);
	err = calls_intend(c->parts->calls, &c->call, c->user, intents, n, change_on_stored);
	if (err == 0)
		return;
	c->state = CHANGE_PLANNED;
	change_give_up(c);
	c->n_asked = c->n_stored;
	calls_trouble(c->parts->calls, "intend", c->user, err, NULL);
	c->events->failed(c->arg);
}

/* INTEND, COMPARE_INTENT. */
static void change_intend(struct change *c)
{
	size_t i;

	for (i = 0; i < c->hosts.n; i++)
		c->hosts.at[i].plan.seen_ms = clock_mono_ms();
	change_store(c);
}

/* ---------------------------------------------------------------- planned */

static int change_make_waits(struct change *c, size_t n)
{
	struct change_wait *waits = calloc(n, sizeof(*waits));
	size_t i;

	change_forget_waits(c);
	if (waits == NULL)
		return ERR_NOMEM;
	for (i = 0; i < n; i++) {
		waits[i].change = c;
		waits[i].waiter.decided = change_on_decided;
		waits[i].waiter.code = DYNDNS_911;
	}
	c->waits = waits;
	c->n_waits = n;
	return 0;
}

int change_go(struct change *c, const struct plan_item *plan, size_t n_plan, uint64_t read_at)
{
	enum host_turn turn;
	int err;

	c->read_at = read_at;
	c->state = CHANGE_PLANNED;
	err = change_make_waits(c, n_plan);
	if (err == 0)
		err = change_hosts_enter(&c->hosts, c->user, plan, n_plan, read_at, &turn);
	if (err != 0) {
		change_drop(c);
		return err;
	}
	switch (turn) {
	case HOST_TURN_READY:
		change_intend(c);
		break;
	case HOST_TURN_OUTDATED:
		c->events->outdated(c->arg);
		break;
	case HOST_TURN_WAITS:
		/* Who has to wait has no turn anywhere: so nobody waits for somebody who waits for
		 * them. */
		change_hosts_end_turns(&c->hosts);
		c->events->waiting(c->arg);
		break;
	}
	return 0;
}
