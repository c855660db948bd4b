/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/batch.h"

#include <assert.h>
#include <stdlib.h>

#include "base/err.h"
#include "dns/dns.h"
#include "engine/publish_host.h"

int batch_init(struct batch *b, size_t max)
{
	*b = (struct batch){.max = max};
	b->changes = calloc(max, sizeof(*b->changes));
	b->sent = calloc(max, sizeof(*b->sent));
	if (b->changes != NULL && b->sent != NULL)
		return 0;
	batch_fini(b);
	return ERR_NOMEM;
}

void batch_fini(struct batch *b)
{
	free(b->changes);
	free(b->sent);
	b->changes = NULL;
	b->sent = NULL;
}

static bool batch_has_name(const struct batch *b, const struct publish_host *h)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (b->changes[i].host != h && b->changes[i].host->hash == h->hash &&
		    fqdn_equal(&b->changes[i].host->name, &h->name))
			return true;
	return false;
}

unsigned batch_add(struct batch *b, struct publish_host *h, unsigned families, size_t max)
{
	unsigned added = 0;
	size_t i;

	if (batch_has_name(b, h))
		return 0;
	assert(b->n_ranges <= 1 && max <= b->max);
	for (i = 0; i < FAMILY_COUNT && b->n < max; i++) {
		if ((families & family_bit(i)) == 0)
			continue;
		b->changes[b->n++] =
			(struct batch_change){.host = h, .family = i, .is_later = h->is_later};
		added |= family_bit(i);
	}
	b->ranges[0] = (struct batch_range){0, b->n};
	b->n_ranges = b->n > 0;
	return added;
}

size_t batch_left(const struct batch *b)
{
	size_t i, n = 0;

	for (i = 0; i < b->n_ranges; i++)
		n += b->ranges[i].len;
	return n;
}

void batch_split(struct batch *b, const struct batch_range *r)
{
	size_t half = r->len / 2;

	assert(b->n_ranges + 2 <= BATCH_RANGES_MAX);
	b->ranges[b->n_ranges++] = (struct batch_range){r->start + half, r->len - half};
	b->ranges[b->n_ranges++] = (struct batch_range){r->start, half};
}

void batch_fit(struct batch *b, size_t len)
{
	while (b->n_ranges > 0 && batch_next(b)->len > len) {
		struct batch_range r = batch_take_next(b);

		batch_split(b, &r);
	}
}

/* DOUBT_OWN. */
void batch_note_lost(struct batch *b, int64_t now_ms)
{
	const struct batch_range *r = batch_next(b);
	size_t i;

	for (i = r->start; i < r->start + r->len; i++) {
		const struct batch_change *c = &b->changes[i];
		struct publish_host *h = c->host;

		if (c->life != h->life)
			continue;
		if (h->lost == 0 || c->seq < h->lost)
			h->lost = c->seq;
		h->lost_ms = now_ms;
	}
}
