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
	size_t batch_len; /* <= batch.max: as the backend's limits would have the next one */
	struct brakes brakes;
	_Atomic long long next_log_ms;
};

static void on_timer(uv_timer_t *timer);
static void on_submitted(void *arg, int err, const struct errinfo *why);

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

static void on_timer_closed(uv_handle_t *handle)
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
	uv_close((uv_handle_t *)&p->timer, on_timer_closed);
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
	return p->outbox.n_waiting + batch_left(&p->outbox.batch);
}

int64_t publish_oldest_ms(const struct publish *p, int64_t now_ms)
{
	return outbox_oldest_ms(&p->outbox, now_ms);
}

static void wait_ms(struct publish *p, enum state state, uint64_t ms)
{
	p->state = state;
	uv_timer_start(&p->timer, on_timer, ms, 0);
}

void publish_add(struct publish *p, struct publish_host *h, unsigned families)
{
	int64_t now_ms = clock_mono_ms();
	unsigned braked = 0;
	size_t i;

	for (i = 0; i < FAMILY_COUNT; i++)
		if ((families & ~h->remove & family_bit(i)) != 0 &&
		    brakes_hold(&p->brakes, &h->name, family_addr(&h->want, i), now_ms))
			braked |= family_bit(i);
	h->refused = (h->refused & ~families) | braked;
	h->is_stale = false;
	outbox_set(&p->outbox, h, (h->dirty | families) & ~braked);
	outbox_note_busy(&p->outbox, h, now_ms);
	if (h->dirty != 0 && (p->state == STATE_IDLE || (p->state == STATE_LATER && !h->is_later)))
		wait_ms(p, STATE_SOON, 0);
}

void publish_renewed(struct publish *p, struct publish_host *h)
{
	if (!h->is_stale)
		return;
	outbox_put_first(&p->outbox, h);
	if (p->state == STATE_IDLE || (p->state == STATE_LATER && !h->is_later))
		wait_ms(p, STATE_SOON, 0);
}

void publish_drop(struct publish *p, struct publish_host *h)
{
	outbox_set(&p->outbox, h, 0);
	h->is_stale = false;
	outbox_note_busy(&p->outbox, h, clock_mono_ms());
}

static uint32_t publish_pause_ms(struct publish *p, int err)
{
	if (err == ERR_THROTTLED)
		return backoff_ms(PUBLISH_THROTTLE_BASE_MS, PUBLISH_THROTTLE_CAP_MS, p->attempt++);
	return backoff_ms(PUBLISH_BACKOFF_BASE_MS, PUBLISH_BACKOFF_CAP_MS, p->attempt++);
}

static void log_retry(struct publish *p, int err, const struct errinfo *why)
{
	if (log_may_repeat(&p->next_log_ms, clock_mono_ms()))
		log_event(LOG_LEVEL_WARN, "cannot publish, will retry",
			  LOG_FIELDS(log_str("zone", p->name.text),
				     log_str("why", why != NULL ? why->text : err_str(err))));
}

static void submit(struct publish *p)
{
	const struct dns_change *changes = p->outbox.batch.sent;
	const size_t len = batch_next(&p->outbox.batch)->len;
	uint32_t turn_ms;
	int err;

	outbox_snapshot(&p->outbox);
	turn_ms = dns_wait_ms(p->dns, changes, len);
	p->is_waiting = turn_ms > 0;
	if (p->is_waiting) {
		outbox_put_repeats_back(&p->outbox);
		wait_ms(p, STATE_PAUSED, turn_ms);
		return;
	}
	p->state = STATE_FLYING;
	p->is_submitted = true;
	err = dns_submit(p->dns, changes, len, on_submitted, p);
	if (err == 0) {
		p->batches++;
		metric_add(METRIC_BATCHES, 1);
		return;
	}
	p->is_submitted = false;
	wait_ms(p, STATE_PAUSED, publish_pause_ms(p, err));
	log_retry(p, err, NULL);
}

/* Looks anew at what the backend would have at once; not while a batch waits for its turn, which
 * was reserved for all of it. */
static void fit_to_limits(struct publish *p)
{
	size_t len = dns_batch_len(p->dns);

	if (p->is_waiting)
		return;
	p->batch_len = len < p->outbox.batch.max ? len : p->outbox.batch.max;
	if (p->outbox.batch.n_ranges > 0 && batch_next(&p->outbox.batch)->len > p->batch_len)
		batch_fit(&p->outbox.batch, p->batch_len);
}

static void publish_drop_stale(struct publish *p)
{
	if (!outbox_drop_stale(&p->outbox, clock_mono_ms()))
		return;
	if (p->is_waiting)
		dns_leave(p->dns);
	p->is_waiting = false;
}

/* Submits what is due, or rests. */
static void proceed(struct publish *p)
{
	if (p->is_stopping) {
		p->state = STATE_STOPPED;
		return;
	}
	publish_drop_stale(p);
	fit_to_limits(p);
	if (p->outbox.batch.n_ranges == 0)
		outbox_gather(&p->outbox, p->batch_len, dns_spare_len(p->dns), clock_mono_ms());
	if (p->outbox.batch.n_ranges > 0)
		submit(p);
	else if (TAILQ_EMPTY(&p->outbox.later))
		p->state = STATE_IDLE;
	else
		wait_ms(p, STATE_LATER, PUBLISH_LATER_MS);
}

static void on_timer(uv_timer_t *timer)
{
	proceed(timer->data);
}

/* Marks first and tells later: a host may be freed as soon as it was told. */
static void land(struct publish *p, const struct batch_range *r, bool accepted)
{
	size_t i, end = r->start + r->len;

	for (i = r->start; i < end; i++) {
		const struct batch_change *f = &p->outbox.batch.changes[i];
		struct publish_host *h = f->host;

		h->flying &= ~family_bit(f->family);
		outbox_note_busy(&p->outbox, h, clock_mono_ms());
		/* A newer change is queued: what this one met with no longer matters. */
		if (!accepted && (h->dirty & family_bit(f->family)) == 0)
			h->refused |= family_bit(f->family);
		else if (accepted && f->life == h->life && f->seq > h->accepted[f->family])
			h->accepted[f->family] = f->seq;
	}
	for (i = r->start; i < end && p->events != NULL; i++)
		if (i + 1 == end ||
		    p->outbox.batch.changes[i + 1].host != p->outbox.batch.changes[i].host)
			p->events->landed(p->arg, p->outbox.batch.changes[i].host);
}

static void refuse(struct publish *p, const struct batch_range *r, const struct errinfo *why)
{
	const struct dns_change *c = &p->outbox.batch.sent[0];
	char addr[ADDR_TEXT_MAX];

	metric_add(METRIC_PUBLISH_FAILURES, 1);
	if (c->action == DNS_UPSERT)
		brakes_put(&p->brakes, &c->name, &c->addr, clock_mono_ms());
	log_event(LOG_LEVEL_WARN, "the DNS backend refused a change",
		  LOG_FIELDS(log_str("zone", p->name.text), log_str("host", c->name.text),
			     log_str("addr", addr_format(&c->addr, addr)),
			     log_str("why", why != NULL ? why->text : err_str(ERR_REFUSED))));
	land(p, r, false);
}

static void tell_barred(struct publish *p)
{
	struct publish_host *h, *next;
	size_t i;

	for (i = 0; i < p->outbox.batch.n_ranges; i++) {
		const struct batch_range *r = &p->outbox.batch.ranges[i];
		size_t k, end = r->start + r->len;

		for (k = r->start; k < end && p->events != NULL; k++)
			p->events->barred(p->arg, p->outbox.batch.changes[k].host);
	}
	for (h = TAILQ_FIRST(&p->outbox.queue); h != NULL && p->events != NULL; h = next) {
		next = TAILQ_NEXT(h, link);
		p->events->barred(p->arg, h);
	}
}

static void retry_later(struct publish *p, int err, const struct errinfo *why)
{
	uint64_t ms = PUBLISH_BARRED_MS;

	metric_add(METRIC_PUBLISH_FAILURES, 1);
	outbox_put_repeats_back(&p->outbox);
	p->is_barred = err == ERR_DENIED || err == ERR_NOTFOUND;
	if (!p->is_barred)
		ms = publish_pause_ms(p, err);
	log_retry(p, err, why);
	if (p->is_stopping)
		p->state = STATE_STOPPED;
	else
		wait_ms(p, STATE_PAUSED, ms);
	if (p->is_barred)
		tell_barred(p);
}

/* The backend decided about the range. An owner that is told may close the queue. */
static void settle(struct publish *p, int err, const struct errinfo *why)
{
	struct batch_range r = batch_take_next(&p->outbox.batch);

	p->attempt = 0;
	p->is_barred = false;
	if (err == 0)
		land(p, &r, true);
	else if (r.len > 1)
		batch_split(&p->outbox.batch, &r);
	else
		refuse(p, &r, why);
	if (p->events != NULL)
		proceed(p);
}

static void on_submitted(void *arg, int err, const struct errinfo *why)
{
	struct publish *p = arg;

	p->is_submitted = false;
	if (p->events == NULL) {
		publish_free_when_done(p);
		return;
	}
	if (dns_was_lost(p->dns, err))
		batch_note_lost(&p->outbox.batch, clock_mono_ms());
	if (err == 0 || err == ERR_REFUSED)
		settle(p, err, why);
	else
		retry_later(p, err, why);
	if (p->events != NULL)
		p->events->idle(p->arg);
}
