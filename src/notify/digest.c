/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/digest.h"

#include <string.h>

#include "base/buf.h"

/* Strangers can make as many as they like. */
static bool is_apart(unsigned kind)
{
	return kind == CONF_EVENT_LOGINS_REFUSED || kind == EVENT_DIGEST;
}

bool digest_takes(struct digest *d, unsigned per_minute, unsigned kind, int64_t now_ms)
{
	unsigned *n = is_apart(kind) ? &d->n_apart : &d->n;
	const unsigned most =
		is_apart(kind) && per_minute > DIGEST_APART ? DIGEST_APART : per_minute;

	if (now_ms >= d->until_ms) {
		d->until_ms = now_ms + DIGEST_WINDOW_MS;
		d->n = d->n_apart = 0;
	}
	if (*n < most) {
		(*n)++;
		return true;
	}
	d->counted[kind]++;
	d->n_counted++;
	return false;
}

void digest_give_back(struct digest *d, unsigned kind, int64_t taken_ms)
{
	unsigned *n = is_apart(kind) ? &d->n_apart : &d->n;

	if (taken_ms >= d->until_ms - DIGEST_WINDOW_MS && *n > 0)
		(*n)--;
}

bool digest_is_due(const struct digest *d, int64_t now_ms)
{
	return d->n_counted > 0 && now_ms >= d->until_ms;
}

void digest_tell(struct digest *d, struct event *e)
{
	struct buf text;
	unsigned kind;

	buf_init(&text, EVENT_TEXT_MAX);
	for (kind = 0; kind < EVENT_KINDS; kind++)
		if (d->counted[kind] > 0)
			buf_addf(&text, "%s%u %s", text.len > 0 ? ", " : "", d->counted[kind],
				 event_kind_word(kind));
	event_set_text(e, "%u more in a minute than are told: %s", d->n_counted, buf_str(&text));
	buf_fini(&text);
	memset(d->counted, 0, sizeof(d->counted));
	d->n_counted = 0;
}
