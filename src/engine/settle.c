/* SPDX-License-Identifier: BSD-2-Clause
 * Daemons that publish one host at the same time. Whoever publishes late repairs it (confirm.c),
 * unless it is killed first. So a daemon that replaces what another one has not finished does not
 * let the store forget that: it leaves its own value owed, publishes it a second time once the
 * other's must have landed, and confirms only then. Should it die meanwhile, too, the next start
 * finds the host owed. What is found owed, at start or by an update, may be under way from whoever
 * owes it, living or dead: it is confirmed as late, so that a newer value is treated like that. */
#include "engine/internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "dns/dns.h"

/* Hosts looked at for one to be forgotten: the first ones are the oldest. */
enum { EVICT_TRIES = 16 };

static void arm_timer(struct engine *e)
{
	const struct host *h = TAILQ_FIRST(&e->settling);
	int64_t left_ms;

	if (h == NULL || e->is_draining)
		return;
	left_ms = h->settle_at_ms - clock_mono_ms();
	(void)uv_timer_start(&e->settle, settle_on_timer, left_ms > 0 ? (uint64_t)left_ms : 0, 0);
}

void settle_cancel(struct host *h)
{
	if (h->is_settling)
		TAILQ_REMOVE(&h->e->settling, h, settle_link);
	h->is_settling = false;
	h->is_second_look = false;
}

/* All wait equally long, so the list is in the order of time. */
void settle_later(struct host *h)
{
	struct engine *e = h->e;

	settle_cancel(h);
	h->is_settling = true;
	h->settle_at_ms = clock_mono_ms() + 1 + (int64_t)e->conf.settle_ms;
	TAILQ_INSERT_TAIL(&e->settling, h, settle_link);
	if (!uv_is_active((uv_handle_t *)&e->settle))
		arm_timer(e);
}

bool settle_is_rivalled(const struct host *h)
{
	return h->rival != 0;
}

/* The lowest seq that somebody else may be publishing while we publish item; 0: none. */
static uint64_t rival_of(const struct host *h, const struct plan_item *item)
{
	uint64_t owed = item->intend ? item->seq - 1 : item->seq;

	/* What we are at is our own, or was noted before. */
	if (h->pub.seq == owed)
		return 0;
	if (!item->intend && h->doubt_seq == owed && addr_pair_equal(&h->doubt_want, &item->want))
		return h->doubt_owed_from;
	return item->owed_from;
}

void settle_note(struct host *h, const struct plan_item *item)
{
	uint64_t rival = rival_of(h, item);

	/* A volatile zone is ours alone. */
	if (h->e->zones[h->zone].dns->ops->is_volatile || rival == 0)
		return;
	if (h->rival == 0 || rival < h->rival)
		h->rival = rival;
	settle_later(h);
}

void settle_look(struct host *h, const struct host_state *s)
{
	h->rival = 0;
	if (!confirm_is_at(h, s)) {
		/* Who replaced it has seen that it was owed: there is nothing to confirm. */
		h->confirmed = h->pub.seq;
		return;
	}
	metric_add(METRIC_PUBLISH_REPAIRS, 1);
	log_event(LOG_LEVEL_INFO, "published again after another daemon",
		  LOG_FIELDS(log_str("host", h->pub.name.text)));
	host_publish_again(h);
}

static void look(struct host *h)
{
	bool is_busy = !host_is_landed(h) || h->is_calling || h->step != HOST_NOTHING;

	if (h->rival != 0 && is_busy) {
		settle_later(h);
		return;
	}
	settle_cancel(h);
	if (h->rival != 0 && h->rival < h->pub.seq && h->pub.refused == 0) {
		h->is_second_look = true;
		confirm_read(h);
	} else {
		/* What may have come is the same. */
		h->rival = 0;
		host_settle(h);
	}
}

/* It stays owed in the store. */
bool settle_evict(struct engine *e)
{
	struct host *h;
	unsigned n = 0;

	/* A listing keeps its hosts. */
	if (e->sync.is_listing)
		return false;
	TAILQ_FOREACH(h, &e->settling, settle_link)
	{
		if (host_is_idle(h)) {
			settle_cancel(h);
			host_free_if_idle(h);
			return true;
		}
		if (++n == EVICT_TRIES)
			break;
	}
	return false;
}

void settle_on_timer(uv_timer_t *timer)
{
	struct engine *e = timer->data;
	int64_t now_ms = clock_mono_ms();
	struct host *h;

	while ((h = TAILQ_FIRST(&e->settling)) != NULL && h->settle_at_ms <= now_ms)
		look(h);
	arm_timer(e);
}
