/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/notify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uv.h>

#include "base/clock.h"
#include "base/container_of.h"
#include "base/due_timer.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "notify/digest.h"
#include "notify/rules.h"

/* One event that is being told. */
struct telling {
	struct notify *all;
	store_done_fn *done; /* NULL: nobody waits */
	void *arg;
	int err;
	size_t n_puts;
	struct due_item later; /* when there was nothing to wait for */
};

/* One notice on its way into the store. */
struct putting {
	struct telling *of;
	size_t target;
	unsigned kind;
	int64_t taken_ms; /* a place among those that its target is told of in a minute */
	struct notice notice;
};

struct notify {
	uv_loop_t *loop;
	struct deliveries *deliveries;
	struct store *store; /* NULL: nothing is kept */
	char holder[NOTICE_HOLDER_MAX + 1];
	const struct conf_notify *confs;
	struct digest *digests;
	size_t n_targets;
	struct due_timer later; /* tellings that are over */
	uv_timer_t minute, look;
	size_t n_puts, n_handles;
	bool is_looking, deliveries_are_open;
	bool has_waited;	 /* while looking: something is held by somebody else */
	int64_t free_at_s;	 /* when the first of those is free */
	int64_t looked_s;	 /* the last look ended; 0: none did */
	bool is_in_memory;	 /* the store takes none, as far as is known */
	int64_t denied_until_ms; /* it is not tried before */
	bool is_stopped, is_closed;
	void (*drained)(void *arg);
	void *drained_arg;
	_Atomic long long next_log_ms, next_share_log_ms;
};

static void notify_check(struct notify *n);

/* ---------------------------------------------------------------- told */

bool notify_wants(const struct notify *n, unsigned kind, const char *host)
{
	size_t i;

	for (i = 0; n != NULL && i < n->n_targets; i++)
		if (rules_want(&n->confs[i], kind, host))
			return true;
	return false;
}

static void telling_end(struct telling *t)
{
	store_done_fn *done = t->done;
	void *arg = t->arg;
	int err = t->err;

	free(t);
	if (done != NULL)
		done(arg, err, NULL);
}

static void on_later(void *arg, struct due_item *item)
{
	(void)arg;
	telling_end(CONTAINER_OF(item, struct telling, later));
}

/* It lives in memory from now on, if it was not put into the store. */
static void take_up(struct notify *n, const struct notice *notice, enum delivery_keep keep)
{
	int err = deliveries_add(n->deliveries, notice, keep);

	if (err == 0 || err == ERR_EXISTS)
		return;
	/* The next look at the store finds it. */
	if (keep == DELIVERY_HELD)
		return;
	metric_add(METRIC_NOTICES_DROPPED, 1);
	if (log_may_repeat(&n->next_log_ms, clock_mono_ms()))
		log_event(LOG_LEVEL_WARN, "a notice is dropped",
			  LOG_FIELDS(log_str("target", notice->target), log_str("id", notice->id),
				     log_str("why", err_str(err))));
}

/* Whoever mends the policy need not restart the daemon. */
static void note_taken(struct notify *n)
{
	if (!n->is_in_memory)
		return;
	n->is_in_memory = false;
	metric_set(METRIC_NOTICES_IN_MEMORY, 0);
	log_info("the store takes notices again");
}

static void note_denied(struct notify *n, const struct errinfo *why)
{
	n->denied_until_ms = clock_mono_ms() + NOTIFY_DENIED_MS;
	if (n->is_in_memory)
		return;
	n->is_in_memory = true;
	metric_set(METRIC_NOTICES_IN_MEMORY, 1);
	log_event(
		LOG_LEVEL_WARN,
		"the store takes no notices: those that are not delivered when the daemon ends are "
		"lost (the policy of the table denies dynamodb:UpdateItem, or the keys notify:*)",
		LOG_FIELDS(log_str("why", why != NULL ? why->text : err_str(ERR_DENIED))));
}

/* It made no notice: it is there already, or is told again and takes a place then. */
static void give_back(const struct putting *p)
{
	digest_give_back(&p->of->all->digests[p->target], p->kind, p->taken_ms);
}

/* Held by whoever put it, until that is known to be over: nobody else sends it. */
static void take_put(struct putting *p, int err, const struct errinfo *why)
{
	struct telling *t = p->of;
	struct notify *n = t->all;

	switch (err) {
	case 0:
		note_taken(n);
		take_up(n, &p->notice, DELIVERY_HELD);
		break;
	case ERR_EXISTS:
		give_back(p);
		break;
	case ERR_DENIED:
		note_denied(n, why);
		take_up(n, &p->notice, DELIVERY_IN_MEMORY);
		break;
	case ERR_LIMIT: /* the store is full */
	case ERR_INVAL:
	case ERR_REFUSED:
		take_up(n, &p->notice, DELIVERY_IN_MEMORY);
		break;
	default:
		if (log_may_repeat(&n->next_log_ms, clock_mono_ms()))
			log_event(
				LOG_LEVEL_WARN, "a notice cannot be kept",
				LOG_FIELDS(log_str("target", p->notice.target),
					   log_str("why", why != NULL ? why->text : err_str(err))));
		if (t->done == NULL) {
			take_up(n, &p->notice, DELIVERY_IN_MEMORY);
			break;
		}
		t->err = err;
		give_back(p);
	}
}

static void on_put(void *arg, int err, const struct errinfo *why)
{
	struct putting *p = arg;
	struct telling *t = p->of;
	struct notify *n = t->all;

	n->n_puts--;
	if (n->is_closed)
		t->err = ERR_CANCELED;
	else
		take_put(p, err, why);
	free(p);
	if (--t->n_puts == 0)
		telling_end(t);
	notify_check(n);
}

static void make_notice(const struct notify *n, size_t target, const struct event *e,
			struct notice *ret)
{
	const int64_t now_s = clock_wall_s();

	*ret = (struct notice){.made_s = now_s, .next_s = now_s};
	str_copy(ret->id, sizeof(ret->id), slice_of(e->id));
	str_copy(ret->target, sizeof(ret->target), slice_of(n->confs[target].name));
	str_copy(ret->holder, sizeof(ret->holder), slice_of(n->holder));
	/* Nothing is sent any more: the next daemon need not wait. */
	ret->held_until_s = n->is_stopped ? 0 : deliveries_hold_s(n->deliveries, target, now_s);
}

static bool may_put(struct notify *n, size_t target)
{
	const int64_t now_ms = clock_mono_ms();

	if (n->store == NULL || (n->is_in_memory && now_ms < n->denied_until_ms))
		return false;
	if (deliveries_have_place(n->deliveries, target))
		return true;
	if (log_may_repeat(&n->next_share_log_ms, now_ms))
		log_event(
			LOG_LEVEL_WARN,
			"a target has its share of the notices that the store keeps: more of them "
			"are lost when the daemon ends",
			LOG_FIELDS(log_str("target", n->confs[target].name)));
	return false;
}

/* What cannot be put for want of memory is trouble that passes. */
static struct putting *putting_new(struct telling *t, size_t target, const struct event *e)
{
	struct putting *p = malloc(sizeof(*p));
	int err;

	if (p == NULL) {
		t->err = ERR_NOMEM;
		return NULL;
	}
	*p = (struct putting){t, target, e->kind, clock_mono_ms(), .notice = {.made_s = 0}};
	make_notice(t->all, target, e, &p->notice);
	err = event_write(e, p->notice.body);
	if (err == 0)
		return p;
	t->err = err == ERR_NOMEM ? err : 0;
	give_back(p);
	free(p);
	return NULL;
}

static void put(struct telling *t, size_t target, const struct event *e)
{
	struct notify *n = t->all;
	struct putting *p = putting_new(t, target, e);
	int err;

	if (p == NULL)
		return;
	if (!may_put(n, target)) {
		take_up(n, &p->notice, DELIVERY_IN_MEMORY);
		free(p);
		return;
	}
	err = store_put_notice(n->store, &p->notice, on_put, p);
	if (err == 0) {
		t->n_puts++;
		n->n_puts++;
		return;
	}
	take_put(p, err, NULL);
	free(p);
}

static void on_minute(uv_timer_t *timer);

/* The timer may wake too late for a target whose minute ends before another one's: by less than a
 * minute. */
static void wake_for_digest(struct notify *n, size_t target)
{
	const struct digest *d = &n->digests[target];
	const int64_t wait_ms = d->until_ms - clock_mono_ms();

	if (d->n_counted > 0 && !n->is_stopped && !uv_is_active((uv_handle_t *)&n->minute))
		uv_timer_start(&n->minute, on_minute, (uint64_t)(wait_ms > 0 ? wait_ms : 0), 0);
}

/* Beyond what a target is told in a minute, or the store is given at once, it is counted. */
static void tell_one(struct telling *t, size_t target, const struct event *e)
{
	struct notify *n = t->all;
	const unsigned most = n->n_puts < NOTIFY_PUTS_MAX ? n->confs[target].per_minute : 0;

	if (digest_takes(&n->digests[target], most, e->kind, clock_mono_ms())) {
		put(t, target, e);
		return;
	}
	metric_add(METRIC_NOTICES_DIGESTED, 1);
	wake_for_digest(n, target);
}

static struct telling *telling_new(struct notify *n, store_done_fn *done, void *arg)
{
	struct telling *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->all = n;
	t->done = done;
	t->arg = arg;
	return t;
}

static void telling_begun(struct telling *t)
{
	if (t->n_puts > 0)
		return;
	if (t->done != NULL)
		due_timer_put(&t->all->later, &t->later, clock_mono_ms());
	else
		telling_end(t);
}

int notify_tell(struct notify *n, const struct event *e, store_done_fn *done, void *arg)
{
	struct telling *t = telling_new(n, done, arg);
	size_t i;

	if (t == NULL)
		return ERR_NOMEM;
	for (i = 0; i < n->n_targets; i++)
		if (rules_want(&n->confs[i], e->kind, e->host))
			tell_one(t, i, e);
	telling_begun(t);
	return 0;
}

void notify_say(struct notify *n, const struct event *e)
{
	if (n == NULL || n->is_stopped)
		return;
	if (notify_tell(n, e, NULL, NULL) != 0)
		metric_add(METRIC_NOTICES_DROPPED, 1);
}

void notify_say_to(struct notify *n, size_t target, const struct event *e)
{
	struct telling *t = n->is_stopped ? NULL : telling_new(n, NULL, NULL);

	if (t == NULL)
		return;
	if (rules_want(&n->confs[target], e->kind, e->host))
		tell_one(t, target, e);
	telling_begun(t);
}

/* ---------------------------------------------------------------- digests */

static void tell_digest(struct notify *n, size_t target)
{
	struct event e = {.kind = EVENT_DIGEST, .at_s = clock_wall_s()};
	struct telling *t = telling_new(n, NULL, NULL);

	if (t == NULL)
		return;
	digest_tell(&n->digests[target], &e);
	/* Nobody else tells what this daemon has counted. */
	if (event_set_id(&e, n->holder, (uint64_t)clock_wall_ms()) == 0) {
		/* It begins the next minute, and is one of its notices. */
		if (!n->is_stopped)
			digest_takes(&n->digests[target], n->confs[target].per_minute, EVENT_DIGEST,
				     clock_mono_ms());
		put(t, target, &e);
	}
	telling_begun(t);
}

static void on_minute(uv_timer_t *timer)
{
	struct notify *n = timer->data;
	const int64_t now_ms = clock_mono_ms();
	size_t i;

	for (i = 0; i < n->n_targets; i++) {
		if (digest_is_due(&n->digests[i], now_ms))
			tell_digest(n, i);
		else
			wake_for_digest(n, i);
	}
}

/* ---------------------------------------------------------------- what was left */

static void on_look(uv_timer_t *timer);

static void look_later(struct notify *n, int64_t wait_s)
{
	if (!n->is_stopped)
		uv_timer_start(&n->look, on_look, (uint64_t)(wait_s > 1 ? wait_s : 1) * 1000, 0);
}

static void on_listed(void *arg, const struct notice *notice)
{
	struct notify *n = arg;
	const int64_t now_s = clock_wall_s();

	if (n->is_closed || n->is_stopped)
		return;
	deliveries_listed(n->deliveries, notice);
	if (notice->state == NOTICE_DEAD || notice_is_free(notice, n->holder, now_s)) {
		/* There is room for the rest when some of these are away. */
		if (deliveries_add(n->deliveries, notice, DELIVERY_FREE) != ERR_LIMIT)
			return;
		n->has_waited = true;
		n->free_at_s = now_s + NOTIFY_LOOK_TROUBLE_S;
		return;
	}
	if (!n->has_waited || notice->held_until_s < n->free_at_s)
		n->free_at_s = notice->held_until_s;
	n->has_waited = true;
}

static void on_look_done(void *arg, int err, const struct errinfo *why)
{
	struct notify *n = arg;
	int64_t wait_s = NOTIFY_LOOK_S, free_s;

	n->is_looking = false;
	if (n->is_closed) {
		notify_check(n);
		return;
	}
	if (err == ERR_DENIED) {
		note_denied(n, why);
	} else if (err != 0) {
		wait_s = NOTIFY_LOOK_TROUBLE_S;
		if (log_may_repeat(&n->next_log_ms, clock_mono_ms()))
			log_event(
				LOG_LEVEL_WARN, "the notices in the store cannot be read",
				LOG_FIELDS(log_str("why", why != NULL ? why->text : err_str(err))));
	} else {
		deliveries_look_ends(n->deliveries);
		n->looked_s = clock_wall_s();
	}
	free_s = n->free_at_s + 1 - clock_wall_s();
	if (n->has_waited && free_s < wait_s)
		wait_s = free_s;
	look_later(n, wait_s);
	notify_check(n);
}

static void on_look(uv_timer_t *timer)
{
	struct notify *n = timer->data;

	n->has_waited = false;
	n->is_looking = true;
	deliveries_look_begins(n->deliveries);
	if (store_list_notices(n->store, on_listed, on_look_done, n) == 0)
		return;
	n->is_looking = false;
	look_later(n, NOTIFY_LOOK_TROUBLE_S);
}

void notify_start(struct notify *n)
{
	if (n != NULL && n->store != NULL && !n->is_stopped)
		uv_timer_start(&n->look, on_look, 0, 0);
}

/* ---------------------------------------------------------------- its beginning and end */

static void on_later_closed(uv_handle_t *handle)
{
	struct notify *n = handle->data;

	n->n_handles--;
	notify_check(n);
}

static void on_deliveries_closed(void *arg)
{
	struct notify *n = arg;

	n->deliveries_are_open = false;
	notify_check(n);
}

/* What was counted is told before its minute is over. Once: what the store does not take then lives
 * in memory, and ends with it. */
static void tell_digests(struct notify *n)
{
	size_t i;

	for (i = 0; i < n->n_targets; i++)
		if (n->digests[i].n_counted > 0)
			tell_digest(n, i);
}

static void notify_check_drained(struct notify *n)
{
	void (*drained)(void *arg) = n->drained;

	if (drained != NULL)
		tell_digests(n);
	if (drained == NULL || n->n_puts > 0 || !deliveries_are_idle(n->deliveries))
		return;
	n->drained = NULL;
	drained(n->drained_arg);
}

/* After anything has ended. */
static void notify_check(struct notify *n)
{
	if (!n->is_closed) {
		notify_check_drained(n);
		return;
	}
	if (n->n_puts > 0 || n->is_looking || n->n_handles > 0 || n->deliveries_are_open)
		return;
	free(n->digests);
	free(n);
}

void notify_stop(struct notify *n)
{
	if (n == NULL || n->is_stopped)
		return;
	n->is_stopped = true;
	uv_timer_stop(&n->minute);
	uv_timer_stop(&n->look);
	deliveries_stop(n->deliveries);
}

enum { DRAIN_LOOK_MS = 10 };

/* The calls of the deliveries come back by themselves. */
static void on_drain_look(uv_timer_t *timer)
{
	struct notify *n = timer->data;

	notify_check_drained(n);
	if (n->drained != NULL)
		uv_timer_start(&n->look, on_drain_look, DRAIN_LOOK_MS, 0);
}

void notify_drain(struct notify *n, void (*done)(void *arg), void *arg)
{
	notify_stop(n);
	n->drained = done;
	n->drained_arg = arg;
	uv_timer_start(&n->look, on_drain_look, 0, 0);
}

void notify_close(struct notify *n)
{
	struct due_item *item;

	if (n == NULL)
		return;
	notify_stop(n);
	n->is_closed = true;
	n->drained = NULL;
	while ((item = due_list_first(&n->later.list)) != NULL) {
		due_timer_remove(item);
		CONTAINER_OF(item, struct telling, later)->err = ERR_CANCELED;
		telling_end(CONTAINER_OF(item, struct telling, later));
	}
	due_timer_close(&n->later, on_later_closed);
	uv_close((uv_handle_t *)&n->minute, on_later_closed);
	uv_close((uv_handle_t *)&n->look, on_later_closed);
	deliveries_close(n->deliveries, on_deliveries_closed, n);
}

int notify_new(struct uv_loop_s *loop, const struct deliveries_parts *parts, struct notify **ret)
{
	struct notify *n = calloc(1, sizeof(*n));

	if (n != NULL)
		n->digests = calloc(parts->n + 1, sizeof(*n->digests));
	if (n == NULL || n->digests == NULL || deliveries_new(loop, parts, &n->deliveries) != 0) {
		free(n != NULL ? n->digests : NULL);
		free(n);
		return ERR_NOMEM;
	}
	n->loop = loop;
	n->store = parts->store;
	memcpy(n->holder, parts->holder, sizeof(n->holder));
	n->confs = parts->confs;
	n->n_targets = parts->n;
	n->deliveries_are_open = true;
	due_timer_open(&n->later, loop, on_later, n);
	uv_timer_init(loop, &n->minute); /* cannot fail */
	uv_timer_init(loop, &n->look);
	n->minute.data = n;
	n->look.data = n;
	n->n_handles = 3;
	*ret = n;
	return 0;
}

void notify_stats(const struct notify *n, struct notify_stats *ret)
{
	struct deliveries_count count = {0};

	if (n != NULL)
		deliveries_count(n->deliveries, &count);
	*ret = (struct notify_stats){count.waiting, count.dead, n != NULL && n->is_in_memory,
				     n != NULL ? n->looked_s : 0};
}

void notify_each(const struct notify *n, delivery_fn *each, void *arg)
{
	if (n != NULL)
		deliveries_each(n->deliveries, each, arg);
}
