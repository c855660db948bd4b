/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/publish.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/rand.h"
#include "dns/dns.h"
#include "engine/batch.h"
#include "engine/brakes.h"

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

TAILQ_HEAD(host_queue, publish_host);

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
	size_t n_dirty; /* changes of the hosts in both queues */
	struct host_queue queue;
	struct host_queue later; /* those that only repeat: behind the others */
	size_t n_later;
	struct host_queue busy; /* queued or in flight, the one that has been for longest first */
	struct batch batch;
	size_t batch_len; /* <= batch.max: as the backend's limits would have the next one */
	struct brakes brakes;
	_Atomic long long gate;
};

static void on_timer(uv_timer_t *timer);
static void on_submitted(void *arg, int err, const struct errinfo *why);

int publish_new(struct uv_loop_s *loop, struct dns *dns, const struct fqdn *name,
		const struct publish_events *events, void *arg, struct publish **ret)
{
	struct publish *p = calloc(1, sizeof(*p));
	size_t max = dns->ops->max_changes < BATCH_MAX ? dns->ops->max_changes : BATCH_MAX;

	if (p == NULL)
		return ERR_NOMEM;
	assert(max > 0);
	if (batch_init(&p->batch, max) != 0 || uv_timer_init(loop, &p->timer) != 0) {
		batch_fini(&p->batch);
		free(p);
		return ERR_NOMEM;
	}
	p->timer.data = p;
	p->dns = dns;
	p->name = *name;
	p->events = events;
	p->arg = arg;
	TAILQ_INIT(&p->queue);
	TAILQ_INIT(&p->later);
	TAILQ_INIT(&p->busy);
	*ret = p;
	return 0;
}

static void publish_free_when_done(struct publish *p)
{
	if (!p->is_timer_closed || p->is_submitted)
		return;
	batch_fini(&p->batch);
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
	       p->n_later < PUBLISH_LATER_MAX && dns_spare_len(p->dns) > 0;
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
	return p->n_dirty + batch_left(&p->batch);
}

int64_t publish_oldest_ms(const struct publish *p, int64_t now_ms)
{
	const struct publish_host *h = TAILQ_FIRST(&p->busy);

	return h != NULL ? now_ms - h->since_ms : 0;
}

static void wait_ms(struct publish *p, enum state state, uint64_t ms)
{
	p->state = state;
	uv_timer_start(&p->timer, on_timer, ms, 0);
}

static void unqueue(struct publish *p, struct publish_host *h)
{
	TAILQ_REMOVE(h->is_later ? &p->later : &p->queue, h, link);
	p->n_later -= h->is_later;
	h->is_queued = false;
}

static void enqueue(struct publish *p, struct publish_host *h)
{
	h->is_later = h->repeats;
	TAILQ_INSERT_TAIL(h->is_later ? &p->later : &p->queue, h, link);
	p->n_later += h->is_later;
	h->is_queued = true;
}

static void set_dirty(struct publish *p, struct publish_host *h, unsigned families)
{
	const bool is_to_queue = families != 0 && !h->is_stale;

	p->n_dirty -= (size_t)__builtin_popcount(h->dirty);
	p->n_dirty += (size_t)__builtin_popcount(families);
	h->dirty = families;
	if (h->is_queued && (!is_to_queue || h->is_later != h->repeats))
		unqueue(p, h);
	if (!h->is_queued && is_to_queue)
		enqueue(p, h);
}

/* After something became dirty, and after something landed. */
static void list_busy(struct publish *p, struct publish_host *h)
{
	if (publish_is_busy(h) == h->is_listed)
		return;
	h->is_listed = !h->is_listed;
	if (h->is_listed) {
		h->since_ms = clock_mono_ms();
		TAILQ_INSERT_TAIL(&p->busy, h, busy_link);
	} else {
		TAILQ_REMOVE(&p->busy, h, busy_link);
	}
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
	set_dirty(p, h, (h->dirty | families) & ~braked);
	list_busy(p, h);
	if (h->dirty != 0 && (p->state == STATE_IDLE || (p->state == STATE_LATER && !h->is_later)))
		wait_ms(p, STATE_SOON, 0);
}

void publish_renewed(struct publish *p, struct publish_host *h)
{
	if (!h->is_stale)
		return;
	h->is_stale = false;
	h->is_later = h->repeats;
	h->is_queued = true;
	p->n_later += h->is_later;
	TAILQ_INSERT_HEAD(h->is_later ? &p->later : &p->queue, h, link);
	if (p->state == STATE_IDLE || (p->state == STATE_LATER && !h->is_later))
		wait_ms(p, STATE_SOON, 0);
}

void publish_drop(struct publish *p, struct publish_host *h)
{
	set_dirty(p, h, 0);
	h->is_stale = false;
	list_busy(p, h);
}

static bool publish_is_stale(const struct publish_host *h)
{
	return h->renew_ms != 0 && clock_mono_ms() >= h->renew_ms;
}

/* RENEW: what was intended too long ago may have been overtaken since, and whoever did that waits
 * for it no more. Its owner looks at the store first; those behind it go on. */
static void publish_set_aside(struct publish *p, struct publish_host *h, unsigned families)
{
	const bool is_told = h->is_stale;

	h->is_stale = true;
	set_dirty(p, h, h->dirty | families);
	if (!is_told)
		p->events->stale(p->arg, h);
}

/* Two accounts may hold one name: their changes go in separate batches, in the order they came. */
static void put_in_flight(struct publish *p, struct publish_host *h, size_t max)
{
	const unsigned families = batch_add(&p->batch, h, h->dirty, max);

	h->flying |= families;
	if (families != 0)
		set_dirty(p, h, h->dirty & ~families);
}

/* Until the batch has max changes. */
static void gather_from(struct publish *p, const struct host_queue *queue, size_t max)
{
	struct publish_host *h, *next;

	for (h = TAILQ_FIRST(queue); h != NULL && p->batch.n < max; h = next) {
		next = TAILQ_NEXT(h, link);
		if (publish_is_stale(h))
			publish_set_aside(p, h, 0);
		else
			put_in_flight(p, h, max);
	}
}

/* What only repeats takes what the changes leave, and no more than what the backend can spare. */
static void gather(struct publish *p)
{
	size_t max = p->batch_len, spare;

	p->batch.n = 0;
	gather_from(p, &p->queue, max);
	if (!TAILQ_EMPTY(&p->later)) {
		spare = dns_spare_len(p->dns);
		gather_from(p, &p->later, max < spare ? max : spare);
	}
}

/* What is sent is what the hosts of the range are now: what became dirty since goes along. */
static void snapshot(struct publish *p)
{
	const struct batch_range *r = batch_next(&p->batch);
	size_t i;

	for (i = 0; i < r->len; i++) {
		struct batch_change *c = &p->batch.changes[r->start + i];
		struct publish_host *h = c->host;

		set_dirty(p, h, h->dirty & ~family_bit(c->family));
		c->seq = h->seq;
		c->life = h->life;
		p->batch.sent[i] = (struct dns_change){
			.action =
				(h->remove & family_bit(c->family)) != 0 ? DNS_DELETE : DNS_UPSERT,
			.name = h->name,
			.addr = *family_addr(&h->want, c->family),
			.ttl = h->ttl,
		};
	}
}

/* Of the range, what only repeats goes back into its queue. */
static void put_back(struct publish *p, struct batch_range *r)
{
	const struct batch_change *c = &p->batch.changes[r->start + r->len];

	for (; r->len > 0 && (--c)->is_later; r->len--) {
		c->host->flying &= ~family_bit(c->family);
		set_dirty(p, c->host, c->host->dirty | family_bit(c->family));
	}
}

/* The batch has to wait: changes that come meanwhile go before what only repeats. */
static void put_repeats_back(struct publish *p)
{
	struct batch *b = &p->batch;
	size_t i, n = 0;

	for (i = 0; i < b->n_ranges; i++) {
		put_back(p, &b->ranges[i]);
		if (b->ranges[i].len > 0)
			b->ranges[n++] = b->ranges[i];
	}
	b->n_ranges = n;
}

static uint64_t backoff_ms(struct publish *p, int err)
{
	bool slow = err == ERR_THROTTLED;
	uint32_t base = slow ? PUBLISH_THROTTLE_BASE_MS : PUBLISH_BACKOFF_BASE_MS;
	uint32_t max = slow ? PUBLISH_THROTTLE_CAP_MS : PUBLISH_BACKOFF_CAP_MS;

	if (p->attempt < 16 && (base << p->attempt) < max)
		max = base << p->attempt;
	p->attempt++;
	return max / 2 + rand_below(max / 2 + 1);
}

static void log_retry(struct publish *p, int err, const struct errinfo *why)
{
	if (log_gate(&p->gate, clock_mono_ms()))
		log_event(LOG_LEVEL_WARN, "cannot publish, will retry",
			  LOG_FIELDS(log_str("zone", p->name.text),
				     log_str("why", why != NULL ? why->text : err_str(err))));
}

static void submit(struct publish *p)
{
	const struct dns_change *changes = p->batch.sent;
	const size_t len = batch_next(&p->batch)->len;
	uint32_t turn_ms;
	int err;

	snapshot(p);
	turn_ms = dns_wait_ms(p->dns, changes, len);
	p->is_waiting = turn_ms > 0;
	if (p->is_waiting) {
		put_repeats_back(p);
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
	wait_ms(p, STATE_PAUSED, backoff_ms(p, err));
	log_retry(p, err, NULL);
}

/* Looks anew at what the backend would have at once; not while a batch waits for its turn, which
 * was reserved for all of it. */
static void fit_to_limits(struct publish *p)
{
	size_t len = dns_batch_len(p->dns);

	if (p->is_waiting)
		return;
	p->batch_len = len < p->batch.max ? len : p->batch.max;
	if (p->batch.n_ranges > 0 && batch_next(&p->batch)->len > p->batch_len)
		batch_fit(&p->batch, p->batch_len);
}

/* Takes what is stale out of the ranges, from the one that goes next on, until one has something
 * that may be sent. */
static void publish_keep_fresh(struct publish *p)
{
	while (p->batch.n_ranges > 0) {
		struct batch_range *r = batch_next(&p->batch);
		size_t i, end = r->start + r->len;

		r->len = 0;
		for (i = r->start; i < end; i++) {
			struct batch_change c = p->batch.changes[i];

			if (!publish_is_stale(c.host)) {
				p->batch.changes[r->start + r->len++] = c;
				continue;
			}
			c.host->flying &= ~family_bit(c.family);
			publish_set_aside(p, c.host, family_bit(c.family));
		}
		if (r->len > 0)
			return;
		p->batch.n_ranges--;
		if (p->is_waiting)
			dns_leave(p->dns);
		p->is_waiting = false;
	}
}

/* Submits what is due, or rests. */
static void proceed(struct publish *p)
{
	if (p->is_stopping) {
		p->state = STATE_STOPPED;
		return;
	}
	publish_keep_fresh(p);
	fit_to_limits(p);
	if (p->batch.n_ranges == 0)
		gather(p);
	if (p->batch.n_ranges > 0)
		submit(p);
	else if (TAILQ_EMPTY(&p->later))
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
		const struct batch_change *f = &p->batch.changes[i];
		struct publish_host *h = f->host;

		h->flying &= ~family_bit(f->family);
		list_busy(p, h);
		/* A newer change is queued: what this one met with no longer matters. */
		if (!accepted && (h->dirty & family_bit(f->family)) == 0)
			h->refused |= family_bit(f->family);
		else if (accepted && f->life == h->life && f->seq > h->accepted[f->family])
			h->accepted[f->family] = f->seq;
	}
	for (i = r->start; i < end && p->events != NULL; i++)
		if (i + 1 == end || p->batch.changes[i + 1].host != p->batch.changes[i].host)
			p->events->landed(p->arg, p->batch.changes[i].host);
}

static void refuse(struct publish *p, const struct batch_range *r, const struct errinfo *why)
{
	const struct dns_change *c = &p->batch.sent[0];
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

	for (i = 0; i < p->batch.n_ranges; i++) {
		const struct batch_range *r = &p->batch.ranges[i];
		size_t k, end = r->start + r->len;

		for (k = r->start; k < end && p->events != NULL; k++)
			p->events->barred(p->arg, p->batch.changes[k].host);
	}
	for (h = TAILQ_FIRST(&p->queue); h != NULL && p->events != NULL; h = next) {
		next = TAILQ_NEXT(h, link);
		p->events->barred(p->arg, h);
	}
}

static void retry_later(struct publish *p, int err, const struct errinfo *why)
{
	uint64_t ms = PUBLISH_BARRED_MS;

	metric_add(METRIC_PUBLISH_FAILURES, 1);
	put_repeats_back(p);
	p->is_barred = err == ERR_DENIED || err == ERR_NOTFOUND;
	if (!p->is_barred)
		ms = backoff_ms(p, err);
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
	struct batch_range r = batch_take_next(&p->batch);

	p->attempt = 0;
	p->is_barred = false;
	if (err == 0)
		land(p, &r, true);
	else if (r.len > 1)
		batch_split(&p->batch, &r);
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
		batch_note_lost(&p->batch, clock_mono_ms());
	if (err == 0 || err == ERR_REFUSED)
		settle(p, err, why);
	else
		retry_later(p, err, why);
	if (p->events != NULL)
		p->events->idle(p->arg);
}
