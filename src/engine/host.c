/* SPDX-License-Identifier: BSD-2-Clause
 * The hosts that are being published, and who waits for them. */
#include "engine/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

static struct host **bucket_of(struct engine *e, uint64_t hash)
{
	return &e->hosts[hash & (e->n_buckets - 1)];
}

static struct host *find_hashed(const struct engine *e, const char *user, const struct fqdn *name,
				uint64_t hash)
{
	struct host *h = e->hosts[hash & (e->n_buckets - 1)];

	while (h != NULL && !(h->pub.hash == hash && fqdn_equal(&h->pub.name, name) &&
			      strcmp(h->user, user) == 0))
		h = h->chain;
	return h;
}

struct host *host_find(const struct engine *e, const char *user, const struct fqdn *name)
{
	return find_hashed(e, user, name, fqdn_hash(name, e->hash_seed));
}

int host_hold(struct engine *e, const char *user, size_t zone, const struct fqdn *name,
	      struct host **ret)
{
	uint64_t hash = fqdn_hash(name, e->hash_seed);
	struct host *h = find_hashed(e, user, name, hash);

	if (h == NULL) {
		if (e->n_hosts >= e->conf.max_pending_hosts && !settle_evict(e))
			return ERR_LIMIT;
		h = calloc(1, sizeof(*h));
		if (h == NULL)
			return ERR_NOMEM;
		h->e = e;
		h->zone = zone;
		h->pub.name = *name;
		h->pub.hash = hash;
		(void)str_copy(h->user, sizeof(h->user), slice_of(user));
		TAILQ_INIT(&h->waiters);
		h->chain = *bucket_of(e, hash);
		*bucket_of(e, hash) = h;
		e->n_hosts++;
	}
	h->holds++;
	*ret = h;
	return 0;
}

static void unlink_host(struct host *h)
{
	struct host **at = bucket_of(h->e, h->pub.hash);

	while (*at != h)
		at = &(*at)->chain;
	*at = h->chain;
	h->e->n_hosts--;
}

bool host_is_idle(const struct host *h)
{
	return h->holds == 0 && !h->is_calling && h->step == HOST_NOTHING &&
	       !publish_is_busy(&h->pub) && TAILQ_EMPTY(&h->waiters);
}

void host_free_if_idle(struct host *h)
{
	if (!host_is_idle(h) || h->is_settling || h->is_orphan || h->e->sync.is_listing)
		return;
	unlink_host(h);
	free(h);
}

void host_release(struct host *h)
{
	h->holds--;
	host_settle(h);
}

void host_begin_life(struct host *h)
{
	h->pub.life++;
	h->pub.seq = 0;
	memset(h->pub.accepted, 0, sizeof(h->pub.accepted));
	h->confirmed = 0;
	h->attempted = 0;
	h->rival = 0;
	h->time_s = 0;
	host_tell_all(h, DYNDNS_911);
}

/* Families of the present seq that nothing is under way for. */
static unsigned families_missing(const struct host *h, unsigned families)
{
	unsigned missing = 0;
	size_t i;

	for (i = 0; i < FAMILY_COUNT; i++)
		if (h->pub.accepted[i] < h->pub.seq)
			missing |= family_bit(i);
	return families & missing & ~(h->pub.dirty | h->pub.flying);
}

/* Returns the families that are to be sent beside those that changed. They may be no longer
 * wanted: a host made again may have fewer than the one before, whose records go. */
static unsigned replace_want(struct host *h, const struct plan_item *item)
{
	struct addr_pair old = h->pub.want;

	confirm_cancel(h);
	h->is_late = false;
	h->is_second_look = false;
	h->changed_at = ++h->e->tick;
	h->pub.seq = item->seq;
	h->pub.want = item->want;
	if (item->time_s > h->time_s)
		h->time_s = item->time_s;
	h->is_doubted = false;
	h->pub.remove = family_set(&old) & ~family_set(&item->want);
	if ((h->pub.remove & FAMILY_V4) != 0)
		h->pub.want.v4 = old.v4;
	if ((h->pub.remove & FAMILY_V6) != 0)
		h->pub.want.v6 = old.v6;
	rollback_note_host(h);
	/* The confirmation that would have told of a rival's newer value is not asked for any
	 * more, and what we sent may lie over it in either family. */
	return h->is_unsure ? family_set(&h->pub.want) : h->pub.remove;
}

/* The store took an intent that is not above the seq that we know: it had lost that one. Either the
 * host was removed and made again before the intent's account was read; a late acknowledgement of
 * an older intent is told apart by its read, which began before we learnt the newer seq. Or the
 * item was written anew since, and two intents counted alike. */
static bool begins_anew(const struct host *h, const struct plan_item *item, uint64_t read_at)
{
	if (!item->intend || item->seq > h->pub.seq)
		return false;
	return h->changed_at <= read_at ||
	       (item->seq == h->pub.seq && !addr_pair_equal(&item->want, &h->pub.want));
}

void host_want(struct host *h, const struct plan_item *item, uint64_t read_at)
{
	unsigned families = item->families;

	if (begins_anew(h, item, read_at))
		host_begin_life(h);
	if (item->seq < h->pub.seq)
		return;
	settle_note(h, item);
	if (item->seq > h->pub.seq)
		families |= replace_want(h, item);
	else
		families = families_missing(h, families & family_set(&h->pub.want));
	h->pub.ttl = item->ttl;
	if (families == 0)
		return;
	publish_add(h->e->publish[h->zone], &h->pub, families);
	h->is_unsure = h->is_unsure || publish_is_busy(&h->pub);
}

void host_publish_again(struct host *h)
{
	publish_add(h->e->publish[h->zone], &h->pub, family_set(&h->pub.want));
	h->is_unsure = h->is_unsure || publish_is_busy(&h->pub);
}

void host_wait(struct host *h, struct waiter *w)
{
	w->host = h;
	TAILQ_INSERT_TAIL(&h->waiters, w, link);
}

static bool is_accepted(const struct waiter *w)
{
	const struct publish_host *pub = &w->host->pub;
	size_t i;

	for (i = 0; i < FAMILY_COUNT; i++)
		if ((w->families & family_bit(i)) != 0 && pub->accepted[i] < w->seq)
			return false;
	return true;
}

bool host_unwait(struct waiter *w)
{
	bool accepted = is_accepted(w);

	TAILQ_REMOVE(&w->host->waiters, w, link);
	w->host = NULL;
	return accepted;
}

bool host_is_landed(const struct host *h)
{
	return h->pub.seq > 0 && !publish_is_busy(&h->pub);
}

/* True with w->code set when w need not wait any longer. */
static bool is_decided(const struct host *h, struct waiter *w)
{
	if (!is_accepted(w)) {
		w->code = (h->pub.refused & w->families) != 0 ? DYNDNS_DNSERR : DYNDNS_DNSERR_LATER;
		return w->code == DYNDNS_DNSERR || publish_is_barred(h->e->publish[h->zone]);
	}
	w->code = DYNDNS_GOOD;
	/* A newer intent of the host speaks to the store; so does an attempt that failed: the DNS
	 * has the address, and what the store does not know yet is tried again. */
	return h->pub.seq > w->seq || h->attempted >= w->seq || h->pub.refused != 0;
}

/* Out of the host's list first, told later: the host may be gone by then. */
static void move_waiter(struct waiter_list *told, struct waiter *w)
{
	TAILQ_REMOVE(&w->host->waiters, w, link);
	TAILQ_INSERT_TAIL(told, w, link);
	w->host = NULL;
}

static void tell(struct waiter_list *told)
{
	struct waiter *w;

	while ((w = TAILQ_FIRST(told)) != NULL) {
		TAILQ_REMOVE(told, w, link);
		update_waiter_done(w);
	}
}

void host_settle(struct host *h)
{
	struct waiter_list told;
	struct waiter *w, *next;

	TAILQ_INIT(&told);
	orphan_landed(h);
	if (confirm_is_due(h))
		confirm_start(h);
	for (w = TAILQ_FIRST(&h->waiters); w != NULL; w = next) {
		next = TAILQ_NEXT(w, link);
		if (is_decided(h, w))
			move_waiter(&told, w);
	}
	host_free_if_idle(h);
	tell(&told);
}

void host_tell_all(struct host *h, enum dyndns_code code)
{
	struct waiter_list told;
	struct waiter *w;

	TAILQ_INIT(&told);
	while ((w = TAILQ_FIRST(&h->waiters)) != NULL) {
		w->code = code;
		move_waiter(&told, w);
	}
	tell(&told);
}

static void on_landed(void *arg, struct publish_host *pub)
{
	(void)arg;
	host_settle((struct host *)pub);
}

static void on_barred(void *arg, struct publish_host *pub)
{
	(void)arg;
	host_settle((struct host *)pub);
}

static void on_idle(void *arg)
{
	engine_check_drained(arg);
}

const struct publish_events host_events = {
	.landed = on_landed,
	.barred = on_barred,
	.idle = on_idle,
};

void host_sweep(struct engine *e)
{
	struct host *h, *next;
	size_t i;

	for (i = 0; i < e->n_buckets; i++) {
		for (h = e->hosts[i]; h != NULL; h = next) {
			next = h->chain;
			host_free_if_idle(h);
		}
	}
}

void host_close_all(struct engine *e)
{
	struct host *h, *next;
	size_t i;

	for (i = 0; i < e->n_buckets; i++) {
		for (h = e->hosts[i]; h != NULL; h = next) {
			next = h->chain;
			/* The store's answer still refers to it and frees it. */
			if (!h->is_calling)
				free(h);
		}
		e->hosts[i] = NULL;
	}
	e->n_hosts = 0;
}
