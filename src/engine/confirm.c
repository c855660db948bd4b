/* SPDX-License-Identifier: BSD-2-Clause
 * What a host asks of the store once its records are published: that it takes note, and, when it
 * knows of a newer value, which. */
#include "engine/internal.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/rand.h"

static void arm_retry(struct engine *e)
{
	uint32_t max = ENGINE_RETRY_CAP_MS;

	if (e->is_draining || uv_is_active((uv_handle_t *)&e->retry))
		return;
	if (e->retry_attempt < 16 && ((uint32_t)ENGINE_RETRY_BASE_MS << e->retry_attempt) < max)
		max = (uint32_t)ENGINE_RETRY_BASE_MS << e->retry_attempt;
	e->retry_attempt++;
	(void)uv_timer_start(&e->retry, confirm_on_retry, max / 2 + rand_below(max / 2 + 1), 0);
}

static void step_later(struct host *h, enum host_step step)
{
	confirm_cancel(h);
	h->step = step;
	TAILQ_INSERT_TAIL(&h->e->retries, h, retry_link);
	arm_retry(h->e);
}

void confirm_cancel(struct host *h)
{
	if (h->step != HOST_NOTHING)
		TAILQ_REMOVE(&h->e->retries, h, retry_link);
	h->step = HOST_NOTHING;
}

void confirm_read_later(struct host *h, const struct plan_item *item)
{
	h->doubt_seq = item->seq;
	h->doubt_owed_from = item->owed_from;
	h->doubt_want = item->want;
	step_later(h, HOST_READ);
}

/* The account or the host is gone: what was published for it goes too. */
static void remove_records(struct host *h)
{
	rollback_forget(h->e, h->user, &h->pub.name);
	if (h->pub.seq == 0)
		return;
	log_event(LOG_LEVEL_INFO, "a host was removed while it was published",
		  LOG_FIELDS(log_str("host", h->pub.name.text), log_str("action", "delete")));
	confirm_cancel(h);
	settle_cancel(h);
	host_tell_all(h, DYNDNS_NOHOST);
	host_begin_life(h);
	h->changed_at = ++h->e->tick;
	h->is_late = false;
	h->pub.remove = family_set(&h->pub.want);
	publish_add(h->e->publish[h->zone], &h->pub, h->pub.remove);
	orphan_add(h);
}

static void adopt(struct host *h, const struct account *account, const struct host_state *s)
{
	struct plan_item item = {
		.ttl = plan_ttl(account, &h->e->zones[h->zone]),
		.want = s->want,
		.seq = s->seq,
		.time_s = s->time_s,
		.families = family_set(&s->want),
	};

	uint64_t ours = h->pub.seq, rival = h->rival;

	/* Ours have landed. What came after them is somebody else's, who may still be publishing
	 * all of it. */
	item.owed_from = plan_owed_from(s);
	if (item.owed_from != 0 && s->seq > ours && item.owed_from <= ours)
		item.owed_from = ours + 1;
	if (h->is_late || h->is_unsure)
		metric_add(METRIC_PUBLISH_REPAIRS, 1);
	/* All records are sent again: ours came after the newer ones. */
	if (h->is_late || s->seq <= ours)
		host_begin_life(h);
	h->rival = s->seq > ours ? rival : 0;
	host_want(h, &item, h->read_at);
}

static struct host_state published_state(const struct host *h, int64_t now_s)
{
	struct host_state s = {
		.want = h->pub.want,
		.seq = h->pub.seq,
		.pub = h->pub.seq,
		.time_s = now_s,
	};

	/* What pub.want says of a family that goes is what it was. */
	if ((h->pub.remove & FAMILY_V4) != 0)
		s.want.v4 = (struct addr){0};
	if ((h->pub.remove & FAMILY_V6) != 0)
		s.want.v6 = (struct addr){0};
	return s;
}

struct host_state confirm_wanted(const struct host *h)
{
	return published_state(h, 0);
}

bool confirm_is_at(const struct host *h, const struct host_state *s)
{
	struct host_state ours = published_state(h, 0);

	return s->seq == ours.seq && addr_pair_equal(&s->want, &ours.want);
}

/* Another one than we are at: it is owed, or what we sent may lie over it. */
static bool is_news(const struct host *h, const struct host_state *s)
{
	return !confirm_is_at(h, s) && (s->pub < s->seq || h->is_unsure);
}

/* Ours landed before anything newer was wanted. */
static void keep_owed(struct host *h)
{
	h->is_unsure = false;
	settle_later(h);
}

static void on_intended_again(void *arg, int err, const struct errinfo *why)
{
	struct host *h = arg;
	struct engine *e = h->e;

	if (!engine_call_end(e)) {
		free(h);
		return;
	}
	h->is_calling = false;
	cache_end_write(e->cache, h->user, &h->pub.name, NULL);
	if (err == 0) {
		e->retry_attempt = 0;
		host_want(h, &h->again, h->read_at);
		rollback_log(h, h->again.expect_seq);
	} else if (err == ERR_CONFLICT || err == ERR_NOTFOUND) {
		cache_drop(e->cache, h->user);
	} else {
		engine_log_store(e, "intend", h->user, err, why);
	}
	/* Somebody wrote meanwhile, or may have: we, too. */
	if (err != 0 && h->changed_at <= h->read_at)
		step_later(h, HOST_READ);
	host_settle(h);
}

/* Intends what is known again, above it and above what the store has. */
static void intend_again(struct host *h, const struct account *account,
			 const struct host_state *known, const struct host_state *found)
{
	struct store_intent intent = {
		.name = h->pub.name,
		.expect_seq = found->seq,
		.seq = known->seq + 1,
		.want = known->want,
	};

	h->again = (struct plan_item){
		.name = h->pub.name,
		.zone = h->zone,
		.ttl = plan_ttl(account, &h->e->zones[h->zone]),
		.want = known->want,
		.intend = true,
		.is_rolled_back = true,
		.expect_seq = found->seq,
		.seq = known->seq + 1,
		.time_s = known->time_s,
		.owed_from = plan_owed_from(found),
		.families = family_set(&known->want),
	};
	h->is_calling = true;
	engine_call_begin(h->e);
	cache_begin_write(h->e->cache, h->user, &h->pub.name);
	if (store_intend(h->e->store, h->user, &intent, 1, on_intended_again, h) == 0)
		return;
	h->is_calling = false;
	(void)engine_call_end(h->e);
	step_later(h, HOST_READ);
}

/* What is owed may be somebody's who began to count anew and publishes it now: it is given the time
 * to be confirmed, once. */
static void take_rollback(struct host *h, const struct account *account,
			  const struct host_state *known, const struct host_state *found)
{
	bool may_be_new = found->seq > 0 && found->pub < found->seq && !h->is_doubted;

	h->is_doubted = may_be_new;
	if (may_be_new)
		step_later(h, HOST_READ);
	else
		intend_again(h, account, known, found);
}

static void take_reading(struct host *h, const struct account *account)
{
	const struct account_host *found = NULL;
	struct host_state known = rollback_known(h);

	/* An intent was acknowledged after this reading began: its publication is under way. */
	if (h->changed_at > h->read_at)
		return;
	if (account != NULL)
		found = account_find_host(account, &h->pub.name);
	if (found == NULL)
		remove_records(h);
	else if (rollback_is(&known, &found->state))
		take_rollback(h, account, &known, &found->state);
	else if (h->is_second_look)
		settle_look(h, &found->state);
	else if (h->is_late || is_news(h, &found->state))
		adopt(h, account, &found->state);
	else if (confirm_is_at(h, &found->state) && settle_is_rivalled(h) && host_is_landed(h))
		keep_owed(h);
	h->is_late = false;
	h->is_second_look = false;
}

static void on_read(void *arg, int err, struct account *account, const struct errinfo *why)
{
	struct host *h = arg;
	struct engine *e = h->e;

	if (!engine_call_end(e)) {
		account_free(account);
		free(h);
		return;
	}
	h->is_calling = false;
	if (err == 0 || err == ERR_NOTFOUND) {
		e->retry_attempt = 0;
		take_reading(h, account);
	} else {
		engine_log_store(e, "lookup", h->user, err, why);
		if (h->changed_at <= h->read_at)
			step_later(h, HOST_READ);
	}
	account_free(account);
	host_settle(h);
}

void confirm_read(struct host *h)
{
	int err;

	h->read_at = h->e->tick;
	h->is_calling = true;
	engine_call_begin(h->e);
	err = store_lookup(h->e->store, h->user, on_read, h);
	if (err == 0)
		return;
	h->is_calling = false;
	(void)engine_call_end(h->e);
	step_later(h, HOST_READ);
}

bool confirm_is_due(const struct host *h)
{
	if (!host_is_landed(h) || h->is_calling || h->step != HOST_NOTHING)
		return false;
	if (h->pub.refused != 0)
		return h->is_unsure && h->attempted < h->pub.seq;
	if (settle_is_rivalled(h))
		return h->attempted < h->pub.seq;
	return h->confirmed != h->pub.seq;
}

static void take_outcome(struct host *h, int err, const struct errinfo *why)
{
	if (h->asked > h->attempted)
		h->attempted = h->asked;
	if (err == 0) {
		h->e->retry_attempt = 0;
		h->confirmed = h->asked;
		h->is_unsure = h->is_unsure && h->pub.seq != h->asked;
		h->n_late = 0;
		if (h->asked_state.time_s > h->time_s)
			h->time_s = h->asked_state.time_s;
		if (h->pub.seq == h->asked)
			rollback_note_host(h);
		return;
	}
	/* A newer intent of our own is on its way and will be confirmed itself. */
	if (h->pub.seq != h->asked)
		return;
	if (err == ERR_CONFLICT) {
		h->is_late = true;
		/* Once is a race. More often it is one that is best not run at full speed, or a
		 * store that contradicts itself. */
		if (h->n_late++ == 0)
			confirm_read(h);
		else
			step_later(h, HOST_READ);
	} else if (err == ERR_NOTFOUND) {
		remove_records(h);
	} else {
		engine_log_store(h->e, "confirm", h->user, err, why);
		step_later(h, HOST_CONFIRM);
	}
}

/* The store holds what it confirmed, unless an intent of ours has begun since. A router that asks
 * again after a change is then answered even by a store that has just gone away. */
static void tell_cache(const struct host *h, int err)
{
	bool known = err == 0 && h->asked_life == h->pub.life && h->asked == h->pub.seq &&
		     h->holds == 0 && h->step == HOST_NOTHING;

	cache_end_write(h->e->cache, h->user, &h->pub.name, known ? &h->asked_state : NULL);
	if (err == ERR_CONFLICT || err == ERR_NOTFOUND)
		cache_drop(h->e->cache, h->user);
}

static void on_confirmed(void *arg, int err, const struct errinfo *why)
{
	struct host *h = arg;

	if (!engine_call_end(h->e)) {
		free(h);
		return;
	}
	h->is_calling = false;
	tell_cache(h, err);
	if (h->asked_life == h->pub.life)
		take_outcome(h, err, why);
	host_settle(h);
}

/* With one family refused there is nothing to confirm, and with a rival not yet; still, what landed
 * may have come late. */
static void check_late(struct host *h)
{
	h->attempted = h->pub.seq;
	confirm_read(h);
}

void confirm_start(struct host *h)
{
	struct store_confirm c = {
		.name = h->pub.name,
		.seq = h->pub.seq,
		.time_s = clock_wall_s(),
	};
	int err;

	if (h->pub.refused != 0 || settle_is_rivalled(h)) {
		check_late(h);
		return;
	}
	h->asked = h->pub.seq;
	h->asked_life = h->pub.life;
	h->asked_state = published_state(h, c.time_s);
	c.want = h->asked_state.want;
	h->is_calling = true;
	engine_call_begin(h->e);
	cache_begin_write(h->e->cache, h->user, &h->pub.name);
	err = store_confirm(h->e->store, h->user, &c, on_confirmed, h);
	if (err == 0)
		return;
	h->is_calling = false;
	(void)engine_call_end(h->e);
	h->attempted = h->asked;
	engine_log_store(h->e, "confirm", h->user, err, NULL);
	step_later(h, HOST_CONFIRM);
}

void confirm_on_retry(uv_timer_t *timer)
{
	struct engine *e = timer->data;
	unsigned n;

	for (n = 0; n < ENGINE_RETRIES_AT_ONCE && !TAILQ_EMPTY(&e->retries); n++) {
		struct host *h = TAILQ_FIRST(&e->retries);
		enum host_step step = h->step;

		confirm_cancel(h);
		if (h->is_calling)
			step_later(h, step);
		else if (step == HOST_READ)
			confirm_read(h);
		else
			host_settle(h);
	}
	if (!TAILQ_EMPTY(&e->retries))
		arm_retry(e);
}
