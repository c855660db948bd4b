/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/outbox.h"

#include "dns/dns.h"
#include "engine/publish_host.h"

int outbox_init(struct outbox *o, size_t max, outbox_stale_fn *stale, void *arg)
{
	o->stale = stale;
	o->arg = arg;
	o->n_waiting = 0;
	o->n_later = 0;
	TAILQ_INIT(&o->queue);
	TAILQ_INIT(&o->later);
	TAILQ_INIT(&o->busy);
	return batch_init(&o->batch, max);
}

void outbox_fini(struct outbox *o)
{
	batch_fini(&o->batch);
}

/* ---------------------------------------------------------------- those that wait */

static struct outbox_hosts *outbox_list(struct outbox *o, const struct publish_host *h)
{
	return h->is_later ? &o->later : &o->queue;
}

static void outbox_remove(struct outbox *o, struct publish_host *h)
{
	TAILQ_REMOVE(outbox_list(o, h), h, link);
	o->n_later -= h->is_later;
	h->is_queued = false;
}

static void outbox_enter(struct outbox *o, struct publish_host *h)
{
	h->is_later = h->repeats;
	o->n_later += h->is_later;
	h->is_queued = true;
}

void outbox_set(struct outbox *o, struct publish_host *h, unsigned families)
{
	const bool is_to_queue = families != 0 && !h->is_stale;

	o->n_waiting -= (size_t)__builtin_popcount(h->dirty);
	o->n_waiting += (size_t)__builtin_popcount(families);
	h->dirty = families;
	if (h->is_queued && (!is_to_queue || h->is_later != h->repeats))
		outbox_remove(o, h);
	if (h->is_queued || !is_to_queue)
		return;
	outbox_enter(o, h);
	TAILQ_INSERT_TAIL(outbox_list(o, h), h, link);
}

void outbox_put_first(struct outbox *o, struct publish_host *h)
{
	h->is_stale = false;
	outbox_enter(o, h);
	TAILQ_INSERT_HEAD(outbox_list(o, h), h, link);
}

void outbox_note_busy(struct outbox *o, struct publish_host *h, int64_t now_ms)
{
	if (publish_is_busy(h) == h->is_listed)
		return;
	h->is_listed = !h->is_listed;
	if (h->is_listed) {
		h->since_ms = now_ms;
		TAILQ_INSERT_TAIL(&o->busy, h, busy_link);
	} else {
		TAILQ_REMOVE(&o->busy, h, busy_link);
	}
}

int64_t outbox_oldest_ms(const struct outbox *o, int64_t now_ms)
{
	const struct publish_host *h = TAILQ_FIRST(&o->busy);

	return h != NULL ? now_ms - h->since_ms : 0;
}

/* ---------------------------------------------------------------- those that are sent */

static bool outbox_is_stale(const struct publish_host *h, int64_t now_ms)
{
	return h->renew_ms != 0 && now_ms >= h->renew_ms;
}

/* RENEW: what was intended too long ago may have been overtaken since, and whoever did that waits
 * for it no more. Its owner looks at the store first; those behind it go on. */
static void outbox_set_aside(struct outbox *o, struct publish_host *h, unsigned families)
{
	const bool is_told = h->is_stale;

	h->is_stale = true;
	outbox_set(o, h, h->dirty | families);
	if (!is_told)
		o->stale(o->arg, h);
}

/* Two accounts may hold one name: their changes go in separate batches, in the order they came. */
static void outbox_take(struct outbox *o, struct publish_host *h, size_t max)
{
	const unsigned families = batch_add(&o->batch, h, h->dirty, max);

	h->flying |= families;
	if (families != 0)
		outbox_set(o, h, h->dirty & ~families);
}

/* Until the batch has max changes. */
static void outbox_gather_from(struct outbox *o, const struct outbox_hosts *list, size_t max,
			       int64_t now_ms)
{
	struct publish_host *h, *next;

	for (h = TAILQ_FIRST(list); h != NULL && o->batch.n < max; h = next) {
		next = TAILQ_NEXT(h, link);
		if (outbox_is_stale(h, now_ms))
			outbox_set_aside(o, h, 0);
		else
			outbox_take(o, h, max);
	}
}

void outbox_gather(struct outbox *o, size_t max, size_t spare, int64_t now_ms)
{
	o->batch.n = 0;
	outbox_gather_from(o, &o->queue, max, now_ms);
	outbox_gather_from(o, &o->later, max < spare ? max : spare, now_ms);
}

void outbox_snapshot(struct outbox *o)
{
	const struct batch_range *r = batch_next(&o->batch);
	size_t i;

	for (i = 0; i < r->len; i++) {
		struct batch_change *c = &o->batch.changes[r->start + i];
		struct publish_host *h = c->host;

		outbox_set(o, h, h->dirty & ~family_bit(c->family));
		c->seq = h->seq;
		c->life = h->life;
		o->batch.sent[i] = (struct dns_change){
			.action =
				(h->remove & family_bit(c->family)) != 0 ? DNS_DELETE : DNS_UPSERT,
			.name = h->name,
			.addr = *family_addr(&h->want, c->family),
			.ttl = h->ttl,
		};
	}
}

/* They are the last ones of the range. */
static void outbox_put_back(struct outbox *o, struct batch_range *r)
{
	const struct batch_change *c = &o->batch.changes[r->start + r->len];

	for (; r->len > 0 && (--c)->is_later; r->len--) {
		c->host->flying &= ~family_bit(c->family);
		outbox_set(o, c->host, c->host->dirty | family_bit(c->family));
	}
}

void outbox_put_repeats_back(struct outbox *o)
{
	struct batch *b = &o->batch;
	size_t i, n = 0;

	for (i = 0; i < b->n_ranges; i++) {
		outbox_put_back(o, &b->ranges[i]);
		if (b->ranges[i].len > 0)
			b->ranges[n++] = b->ranges[i];
	}
	b->n_ranges = n;
}

/* What is left of the range. */
static void outbox_keep_fresh(struct outbox *o, struct batch_range *r, int64_t now_ms)
{
	size_t i, end = r->start + r->len;

	r->len = 0;
	for (i = r->start; i < end; i++) {
		struct batch_change c = o->batch.changes[i];

		if (!outbox_is_stale(c.host, now_ms)) {
			o->batch.changes[r->start + r->len++] = c;
			continue;
		}
		c.host->flying &= ~family_bit(c.family);
		outbox_set_aside(o, c.host, family_bit(c.family));
	}
}

bool outbox_drop_stale(struct outbox *o, int64_t now_ms)
{
	bool is_dropped = false;

	while (o->batch.n_ranges > 0) {
		struct batch_range *r = batch_next(&o->batch);

		outbox_keep_fresh(o, r, now_ms);
		if (r->len > 0)
			break;
		o->batch.n_ranges--;
		is_dropped = true;
	}
	return is_dropped;
}
