/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/publish.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "dns/dns.h"
#include "engine/brakes.h"
#include "engine/outbox.h"
#include "net/pseudonym.h"

/* A backend without a limit of its own still gets bounded batches. */
enum { BATCH_MAX = 1000 };

enum state {
	STATE_IDLE,   /* nothing to do */
	STATE_SOON,   /* the timer runs for 0 ms: what comes in this turn of the loop goes along */
	STATE_FLYING, /* the backend has a range of the batch */
	STATE_PAUSED, /* the timer runs until the next attempt, or until it is our turn */
	STATE_LATER,  /* nothing but repetitions is queued: the timer runs until they look for room
		       */
	STATE_STOPPED,
};

struct publish {
	uv_timer_t timer;
	struct dns *dns;
	struct fqdn name;
	const struct publish_events *events; /* NULL once closed */
	void *arg;
	enum state state;
	bool is_submitted;    /* done will be called */
	bool is_timer_closed; /* with is_submitted: when to free */
	bool is_stopping;
	bool is_waiting; /* for the turn of the range that goes next */
	bool is_barred;
	unsigned attempt;
	uint64_t batches;
	struct outbox outbox;
	size_t batch_len; /* <= outbox.max: as the backend's limits would have the next one */
	struct brakes brakes;
	_Atomic long long next_log_ms;
	struct errinfo trouble; /* of the last attempt that failed */
};

static void publish_on_timer(uv_timer_t *timer);
static void publish_on_submitted(void *arg, int err, const struct errinfo *why);

static void publish_on_stale(void *arg, struct publish_host *h)
{
	struct publish *p = arg;

	p->events->stale(p->arg, h);
}

int publish_new(struct uv_loop_s *loop, struct dns *dns, const struct fqdn *name,
		const struct publish_events *events, void *arg, struct publish **ret)
{
	struct publish *p = calloc(1, sizeof(*p));
	size_t max = dns->ops->max_changes < BATCH_MAX ? dns->ops->max_changes : BATCH_MAX;

	if (p == NULL)
		return ERR_NOMEM;
	assert(max > 0);
	if (outbox_init(&p->outbox, max, publish_on_stale, p) != 0 ||
	    uv_timer_init(loop, &p->timer) != 0) {
		outbox_fini(&p->outbox);
		free(p);
		return ERR_NOMEM;
	}
	p->timer.data = p;
	p->dns = dns;
	p->name = *name;
	p->events = events;
	p->arg = arg;
	*ret = p;
	return 0;
}

static void publish_free_when_done(struct publish *p)
{
	if (!p->is_timer_closed || p->is_submitted)
		return;
	outbox_fini(&p->outbox);
	free(p);
}

static void publish_on_timer_closed(uv_handle_t *handle)
{
	struct publish *p = handle->data;

	p->is_timer_closed = true;
	publish_free_when_done(p);
}

void publish_close(struct publish *p)
{
	if (p == NULL)
		return;
	p->events = NULL;
	p->state = STATE_STOPPED;
	uv_close((uv_handle_t *)&p->timer, publish_on_timer_closed);
}

void publish_stop(struct publish *p)
{
	p->is_stopping = true;
	if (p->state == STATE_FLYING)
		return;
	uv_timer_stop(&p->timer);
	p->state = STATE_STOPPED;
}

bool publish_is_barred(const struct publish *p)
{
	return p->is_barred;
}

bool publish_is_in_trouble(const struct publish *p)
{
	return p->is_barred || p->attempt > 0;
}

const char *publish_trouble(const struct publish *p)
{
	return publish_is_in_trouble(p) ? p->trouble.text : NULL;
}

bool publish_has_room(const struct publish *p)
{
	return p->state != STATE_STOPPED && !publish_is_in_trouble(p) &&
	       p->outbox.n_later < PUBLISH_LATER_MAX && dns_spare_len(p->dns) > 0;
}

bool publish_is_flying(const struct publish *p)
{
	return p->is_submitted;
}

uint64_t publish_batches(const struct publish *p)
{
	return p->batches;
}

size_t publish_queued(const struct publish *p)
{
	return outbox_count(&p->outbox);
}

int64_t publish_oldest_ms(const struct publish *p, int64_t now_ms)
{
	return outbox_oldest_ms(&p->outbox, now_ms);
}

static void publish_wait(struct publish *p, enum state state, uint64_t ms)
{
	p->state = state;
	uv_timer_start(&p->timer, publish_on_timer, ms, 0);
}

/* What only repeats does not wake a queue that looks for room by itself. */
static void publish_wake(struct publish *p, const struct publish_host *h)
{
	if (p->state == STATE_IDLE || (p->state == STATE_LATER && !h->repeats))
		publish_wait(p, STATE_SOON, 0);
}

/* The families of h whose addresses were refused lately; removals are not braked. */
static unsigned publish_braked(const struct publish *p, const struct publish_host *h,
			       unsigned families, int64_t now_ms)
{
	unsigned braked = 0;
	size_t i;

	for (i = 0; i < FAMILY_COUNT && brakes_are_on(&p->brakes, now_ms); i++)
		if ((families & ~h->remove & family_bit(i)) != 0 &&
		    brakes_hold(&p->brakes, &h->name, family_addr(&h->want, i), now_ms))
			braked |= family_bit(i);
	return braked;
}

void publish_add(struct publish *p, struct publish_host *h, unsigned families)
{
	const int64_t now_ms = clock_mono_ms();
	const unsigned braked = publish_braked(p, h, families, now_ms);

	h->is_barred = p->is_barred;
	publish_wake(p, h);
	outbox_add(&p->outbox, h, families, braked, now_ms);
}

void publish_renewed(struct publish *p, struct publish_host *h)
{
	if (!h->is_stale)
		return;
	publish_wake(p, h);
	outbox_put_first(&p->outbox, h);
}

void publish_drop(struct publish *p, struct publish_host *h)
{
	outbox_drop(&p->outbox, h, clock_mono_ms());
}

static uint32_t publish_pause_ms(struct publish *p, int err)
{
	if (err == ERR_THROTTLED)
		return backoff_ms(PUBLISH_THROTTLE_BASE_MS, PUBLISH_THROTTLE_CAP_MS, p->attempt++);
	return backoff_ms(PUBLISH_BACKOFF_BASE_MS, PUBLISH_BACKOFF_CAP_MS, p->attempt++);
}

static void publish_log_retry(struct publish *p, int err, const struct errinfo *why)
{
	err_reset(&p->trouble);
	err_set(&p->trouble, err, "%s", why != NULL ? why->text : err_str(err));
	if (log_may_repeat(&p->next_log_ms, clock_mono_ms()))
		log_event(LOG_LEVEL_WARN, "cannot publish, will retry",
			  LOG_FIELDS(log_str("zone", p->name.text),
				     LOG_SENTENCE("why", p->trouble.text)));
}

/* Nothing goes out now. */
static void publish_rest(struct publish *p)
{
	if (TAILQ_EMPTY(&p->outbox.later))
		p->state = STATE_IDLE;
	else
		publish_wait(p, STATE_LATER, PUBLISH_LATER_MS);
}

static void publish_wait_for_turn(struct publish *p, uint32_t turn_ms)
{
	p->is_waiting = true;
	outbox_put_repeats_back(&p->outbox);
	publish_wait(p, STATE_PAUSED, turn_ms);
}

/* Submits what is due, or rests. */
static void publish_submit(struct publish *p)
{
	const struct dns_change *changes = p->outbox.sent;
	size_t len = outbox_take(&p->outbox, p->batch_len, dns_spare_len(p->dns), clock_mono_ms());
	uint32_t turn_ms = len > 0 ? dns_wait_ms(p->dns, changes, len) : 0;
	int err;

	if (len == 0) {
		publish_rest(p);
		return;
	}
	if (turn_ms > 0) {
		publish_wait_for_turn(p, turn_ms);
		return;
	}
	p->is_waiting = false;
	p->state = STATE_FLYING;
	p->is_submitted = true;
	err = dns_submit(p->dns, changes, len, publish_on_submitted, p);
	if (err == 0) {
		p->batches++;
		metric_add(METRIC_BATCHES, 1);
		return;
	}
	p->is_submitted = false;
	publish_wait(p, STATE_PAUSED, publish_pause_ms(p, err));
	publish_log_retry(p, err, NULL);
}

/* Looks anew at what the backend would have at once; not while a batch waits for its turn, which
 * was reserved for all of it, unless that is stale by now. */
static void publish_fit_to_limits(struct publish *p)
{
	size_t len;

	if (p->is_waiting && outbox_drop_stale(&p->outbox, clock_mono_ms())) {
		dns_leave(p->dns);
		p->is_waiting = false;
	}
	if (p->is_waiting)
		return;
	len = dns_batch_len(p->dns);
	p->batch_len = len < p->outbox.max ? len : p->outbox.max;
}

static void publish_proceed(struct publish *p)
{
	if (p->is_stopping) {
		p->state = STATE_STOPPED;
	} else if (outbox_is_empty(&p->outbox)) {
		p->state = STATE_IDLE;
	} else {
		publish_fit_to_limits(p);
		publish_submit(p);
	}
}

static void publish_on_timer(uv_timer_t *timer)
{
	publish_proceed(timer->data);
}

/* Marks first and tells later: a host may be freed as soon as it was told. */
static void publish_land(struct publish *p, bool is_accepted)
{
	const struct outbox_range r = outbox_land(&p->outbox, is_accepted, clock_mono_ms());
	const struct outbox_change *changes = p->outbox.changes;
	size_t i, end = r.start + r.len;

	for (i = r.start; i < end && p->events != NULL; i++)
		if (i + 1 == end || changes[i + 1].host != changes[i].host)
			p->events->landed(p->arg, changes[i].host);
}

static void publish_refuse(struct publish *p, const struct errinfo *why)
{
	const struct dns_change *c = &p->outbox.sent[0];

	metric_add(METRIC_PUBLISH_FAILURES, 1);
	if (c->action == DNS_UPSERT)
		brakes_put(&p->brakes, &c->name, &c->addr, clock_mono_ms());
	log_event(LOG_LEVEL_WARN, "the DNS backend refused a change",
		  LOG_FIELDS(log_str("zone", p->name.text), log_str("host", c->name.text),
			     LOG_ADDR("addr", &c->addr),
			     LOG_SENTENCE("why", why != NULL ? why->text : err_str(ERR_REFUSED))));
	publish_land(p, false);
}

static void publish_set_barred(struct publish *p, bool is_barred)
{
	struct publish_host *h;

	if (p->is_barred == is_barred)
		return;
	p->is_barred = is_barred;
	TAILQ_FOREACH(h, &p->outbox.busy, busy_link)
		h->is_barred = is_barred;
}

static void publish_tell_barred(struct publish *p)
{
	struct publish_host *h, *next;
	size_t i;

	for (i = 0; i < p->outbox.n_ranges; i++) {
		const struct outbox_range *r = &p->outbox.ranges[i];
		size_t k, end = r->start + r->len;

		for (k = r->start; k < end && p->events != NULL; k++)
			p->events->barred(p->arg, p->outbox.changes[k].host);
	}
	for (h = TAILQ_FIRST(&p->outbox.queue); h != NULL && p->events != NULL; h = next) {
		next = TAILQ_NEXT(h, link);
		p->events->barred(p->arg, h);
	}
}

static void publish_retry_later(struct publish *p, int err, const struct errinfo *why)
{
	uint64_t ms = PUBLISH_BARRED_MS;

	metric_add(METRIC_PUBLISH_FAILURES, 1);
	outbox_put_repeats_back(&p->outbox);
	publish_set_barred(p, err == ERR_DENIED || err == ERR_NOTFOUND);
	if (!p->is_barred)
		ms = publish_pause_ms(p, err);
	publish_log_retry(p, err, why);
	if (p->is_stopping)
		p->state = STATE_STOPPED;
	else
		publish_wait(p, STATE_PAUSED, ms);
	if (p->is_barred)
		publish_tell_barred(p);
}

/* The backend decided about the range. An owner that is told may close the queue. */
static void publish_take_verdict(struct publish *p, int err, const struct errinfo *why)
{
	p->attempt = 0;
	publish_set_barred(p, false);
	if (err == 0)
		publish_land(p, true);
	else if (!outbox_split(&p->outbox))
		publish_refuse(p, why);
	if (p->events != NULL)
		publish_proceed(p);
}

static void publish_on_submitted(void *arg, int err, const struct errinfo *why)
{
	struct publish *p = arg;

	p->is_submitted = false;
	if (p->events == NULL) {
		publish_free_when_done(p);
		return;
	}
	if (dns_was_lost(p->dns, err))
		outbox_note_lost(&p->outbox, clock_mono_ms());
	if (err == 0 || err == ERR_REFUSED)
		publish_take_verdict(p, err, why);
	else
		publish_retry_later(p, err, why);
	if (p->events != NULL && p->is_stopping)
		p->events->idle(p->arg);
}
