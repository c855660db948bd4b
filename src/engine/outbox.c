/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/outbox.h"

#include <assert.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/histogram.h"
#include "dns/dns.h"
#include "engine/publish_host.h"

int outbox_init(struct outbox *o, size_t max, outbox_stale_fn *stale, void *arg)
{
	*o = (struct outbox){.max = max, .stale = stale, .arg = arg};
	TAILQ_INIT(&o->queue);
	TAILQ_INIT(&o->later);
	TAILQ_INIT(&o->busy);
	o->changes = calloc(max, sizeof(*o->changes));
	o->sent = calloc(max, sizeof(*o->sent));
	if (o->changes != NULL && o->sent != NULL)
		return 0;
	outbox_fini(o);
	return ERR_NOMEM;
}

void outbox_fini(struct outbox *o)
{
	free(o->changes);
	free(o->sent);
	o->changes = NULL;
	o->sent = NULL;
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

/* These families of h are to be sent, and no others; none: it is taken out. One that is stale waits
 * in neither list. */
static void outbox_set(struct outbox *o, struct publish_host *h, unsigned families)
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

/* After h became busy, or may have ended to be. */
static void outbox_note_busy(struct outbox *o, struct publish_host *h, int64_t now_ms)
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

void outbox_add(struct outbox *o, struct publish_host *h, unsigned families, unsigned braked,
		int64_t now_ms)
{
	h->refused = (h->refused & ~families) | braked;
	h->is_stale = false;
	outbox_set(o, h, (h->dirty | families) & ~braked);
	outbox_note_busy(o, h, now_ms);
}

void outbox_drop(struct outbox *o, struct publish_host *h, int64_t now_ms)
{
	outbox_set(o, h, 0);
	h->is_stale = false;
	outbox_note_busy(o, h, now_ms);
}

void outbox_put_first(struct outbox *o, struct publish_host *h)
{
	h->is_stale = false;
	outbox_enter(o, h);
	TAILQ_INSERT_HEAD(outbox_list(o, h), h, link);
}

size_t outbox_count(const struct outbox *o)
{
	size_t i, n = o->n_waiting;

	for (i = 0; i < o->n_ranges; i++)
		n += o->ranges[i].len;
	return n;
}

int64_t outbox_oldest_ms(const struct outbox *o, int64_t now_ms)
{
	const struct publish_host *h = TAILQ_FIRST(&o->busy);

	return h != NULL ? now_ms - h->since_ms : 0;
}

/* ---------------------------------------------------------------- stale ones */

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

/* What is left of the range. */
static void outbox_keep_fresh(struct outbox *o, struct outbox_range *r, int64_t now_ms)
{
	size_t i, end = r->start + r->len;

	r->len = 0;
	for (i = r->start; i < end; i++) {
		struct outbox_change c = o->changes[i];

		if (!outbox_is_stale(c.host, now_ms)) {
			o->changes[r->start + r->len++] = c;
			continue;
		}
		c.host->flying &= ~family_bit(c.family);
		outbox_set_aside(o, c.host, family_bit(c.family));
	}
}

bool outbox_drop_stale(struct outbox *o, int64_t now_ms)
{
	bool is_dropped = false;

	while (o->n_ranges > 0) {
		struct outbox_range *r = &o->ranges[o->n_ranges - 1];

		outbox_keep_fresh(o, r, now_ms);
		if (r->len > 0)
			break;
		o->n_ranges--;
		is_dropped = true;
	}
	return is_dropped;
}

/* ---------------------------------------------------------------- a batch */

static bool outbox_has_name(const struct outbox *o, const struct publish_host *h)
{
	size_t i;

	for (i = 0; i < o->n_changes; i++)
		if (o->changes[i].host->hash == h->hash &&
		    fqdn_equal(&o->changes[i].host->name, &h->name))
			return true;
	return false;
}

/* Puts h into the batch, until that has len changes. Two accounts may hold one name: their changes
 * go in separate batches, in the order they came. */
static void outbox_put(struct outbox *o, struct publish_host *h, size_t len)
{
	unsigned families = 0;
	size_t i;

	if (outbox_has_name(o, h))
		return;
	for (i = 0; i < FAMILY_COUNT && o->n_changes < len; i++) {
		if ((h->dirty & family_bit(i)) == 0)
			continue;
		o->changes[o->n_changes++] =
			(struct outbox_change){.host = h, .family = i, .is_later = h->is_later};
		families |= family_bit(i);
	}
	h->flying |= families;
	if (families != 0)
		outbox_set(o, h, h->dirty & ~families);
}

static void outbox_gather_from(struct outbox *o, const struct outbox_hosts *list, size_t len,
			       int64_t now_ms)
{
	struct publish_host *h, *next;

	for (h = TAILQ_FIRST(list); h != NULL && o->n_changes < len; h = next) {
		next = TAILQ_NEXT(h, link);
		if (outbox_is_stale(h, now_ms))
			outbox_set_aside(o, h, 0);
		else
			outbox_put(o, h, len);
	}
}

static void outbox_gather(struct outbox *o, size_t len, size_t spare, int64_t now_ms)
{
	assert(o->n_ranges == 0 && len <= o->max);
	o->n_changes = 0;
	outbox_gather_from(o, &o->queue, len, now_ms);
	outbox_gather_from(o, &o->later, len < spare ? len : spare, now_ms);
	o->ranges[0] = (struct outbox_range){0, o->n_changes};
	o->n_ranges = o->n_changes > 0;
}

bool outbox_split(struct outbox *o)
{
	const struct outbox_range r = o->ranges[o->n_ranges - 1];
	const size_t half = r.len / 2;

	if (r.len <= 1)
		return false;
	assert(o->n_ranges < OUTBOX_RANGES_MAX);
	o->ranges[o->n_ranges - 1] = (struct outbox_range){r.start + half, r.len - half};
	o->ranges[o->n_ranges++] = (struct outbox_range){r.start, half};
	return true;
}

/* Fills sent with the next range, and returns its length. */
static size_t outbox_send(struct outbox *o)
{
	const struct outbox_range *r = &o->ranges[o->n_ranges - 1];
	size_t i;

	for (i = 0; i < r->len; i++) {
		struct outbox_change *c = &o->changes[r->start + i];
		struct publish_host *h = c->host;
		const bool is_gone = (h->remove & family_bit(c->family)) != 0;

		outbox_set(o, h, h->dirty & ~family_bit(c->family));
		c->seq = h->seq;
		c->life = h->life;
		o->sent[i] = (struct dns_change){
			.action = is_gone ? DNS_DELETE : DNS_UPSERT,
			.name = h->name,
			.addr = *family_addr(&h->want, c->family),
			.ttl = is_gone && h->gone_ttl != 0 ? h->gone_ttl : h->ttl,
		};
	}
	return r->len;
}

size_t outbox_take(struct outbox *o, size_t len, size_t spare, int64_t now_ms)
{
	outbox_drop_stale(o, now_ms);
	if (o->n_ranges == 0)
		outbox_gather(o, len, spare, now_ms);
	while (o->n_ranges > 0 && o->ranges[o->n_ranges - 1].len > len)
		if (!outbox_split(o))
			break;
	return o->n_ranges > 0 ? outbox_send(o) : 0;
}

/* They are the last ones of the range. */
static void outbox_put_back(struct outbox *o, struct outbox_range *r)
{
	const struct outbox_change *c = &o->changes[r->start + r->len];

	for (; r->len > 0 && (--c)->is_later; r->len--) {
		c->host->flying &= ~family_bit(c->family);
		outbox_set(o, c->host, c->host->dirty | family_bit(c->family));
	}
}

void outbox_put_repeats_back(struct outbox *o)
{
	size_t i, n = 0;

	for (i = 0; i < o->n_ranges; i++) {
		outbox_put_back(o, &o->ranges[i]);
		if (o->ranges[i].len > 0)
			o->ranges[n++] = o->ranges[i];
	}
	o->n_ranges = n;
}

/* ---------------------------------------------------------------- what became of it */

/* What only repeats, or is sent once more as a rival may have been late, is no news of the intent.
 */
static void outbox_note_accepted(struct publish_host *h, const struct outbox_change *c,
				 int64_t now_ms)
{
	if (c->life != h->life || c->seq <= h->accepted[c->family])
		return;
	h->accepted[c->family] = c->seq;
	if (!c->is_later && !publish_is_busy(h))
		histogram_add(HISTOGRAM_PUBLICATION, now_ms - h->since_ms);
}

struct outbox_range outbox_land(struct outbox *o, bool is_accepted, int64_t now_ms)
{
	const struct outbox_range r = o->ranges[--o->n_ranges];
	size_t i;

	for (i = r.start; i < r.start + r.len; i++) {
		const struct outbox_change *c = &o->changes[i];
		struct publish_host *h = c->host;

		h->flying &= ~family_bit(c->family);
		outbox_note_busy(o, h, now_ms);
		/* A newer change is queued: what this one met with no longer matters. */
		if (!is_accepted && (h->dirty & family_bit(c->family)) == 0)
			h->refused |= family_bit(c->family);
		else if (is_accepted)
			outbox_note_accepted(h, c, now_ms);
	}
	return r;
}

/* DOUBT_OWN. */
void outbox_note_lost(struct outbox *o, int64_t now_ms)
{
	const struct outbox_range *r = &o->ranges[o->n_ranges - 1];
	size_t i;

	for (i = r->start; i < r->start + r->len; i++) {
		const struct outbox_change *c = &o->changes[i];
		struct publish_host *h = c->host;

		if (c->life != h->life || c->seq != h->seq)
			h->lost = PUBLISH_LOST_OLDER;
		else if (h->lost == PUBLISH_LOST_NONE)
			h->lost = PUBLISH_LOST_PRESENT;
		h->lost_ms = now_ms;
	}
}
