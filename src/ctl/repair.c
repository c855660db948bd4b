/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/repair.h"

#include <string.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "ctl/interrupt.h"
#include "ctl/owner_search.h"
#include "ctl/records.h"
#include "ctl/zone_read.h"

/* Record sets of one batch. They must be published within settle-time after they were read, so a
 * batch is small. */
enum { BATCH_MAX = 50 };

/* The items of one host, which have one account and one intent. */
static size_t host_len(const struct repair_item *items, size_t n)
{
	size_t i = 1;

	while (i < n && fqdn_equal(&items[i].set->name, &items[0].set->name) &&
	       strcmp(items[i].set->user, items[0].set->user) == 0)
		i++;
	return i;
}

static void set_outcome(struct repair_item *items, size_t n, enum repair_outcome outcome)
{
	size_t i;

	for (i = 0; i < n; i++)
		items[i].outcome = outcome;
}

/* Reads the account of a host again and notes the intent to publish what it says. */
static int claim_host(struct repair *r, struct repair_item *items, size_t n, struct errinfo *ei)
{
	struct store_intent intent = {.name = items[0].set->name};
	struct errinfo why = ERRINFO_INIT;
	size_t i;
	int err;

	for (i = 0; i < n; i++) {
		bool moved = false;

		err = drift_read_store(items[i].set, r->s, &moved, ei);
		if (err != 0)
			return err;
		if (moved || !addr_is_set(&items[i].set->want)) {
			set_outcome(items, n, REPAIR_MOVED);
			return 0;
		}
	}
	intent.expect = items[0].set->state;
	intent.want = items[0].set->state.want;
	intent.wanted_ms = items[0].set->state.wanted_ms;
	intent.since_ms = items[0].set->state.since_ms;
	intent.is_again = true;
	err = session_intend(r->s, items[0].set->user, &intent, &why);
	if (err == ERR_CONFLICT || err == ERR_NOTFOUND) {
		set_outcome(items, n, REPAIR_MOVED);
		return 0;
	}
	if (err != 0)
		return err_set(ei, err, "%s: %s", intent.name.text, why.text);
	for (i = 0; i < n; i++)
		items[i].set->state.seq = intent.expect.seq + 1;
	return 0;
}

/* It is told once. */
static void repair_accept(struct repair *r, struct repair_item *item)
{
	if (item->outcome == REPAIR_SENT) {
		item->outcome = REPAIR_DONE;
		return;
	}
	item->outcome = REPAIR_SENT;
	item->accepted_ms = clock_mono_ms();
	r->on_repaired(r->arg, item->set);
}

/* Route 53 refuses a batch as a whole; this publishes every record set of it that can be. */
static int repair_submit(struct repair *r, const struct backend_zone *zone,
			 struct repair_item **items, size_t n, struct errinfo *ei)
{
	struct dns_change changes[BATCH_MAX];
	struct errinfo why;
	unsigned tries = 0;
	uint32_t ms;
	size_t i;
	int err;

	for (i = 0; i < n; i++)
		changes[i] = (struct dns_change){.action = DNS_UPSERT,
						 .name = items[i]->set->name,
						 .addr = items[i]->set->want,
						 .ttl = items[i]->set->want_ttl};
	do {
		err_reset(&why);
		while ((ms = dns_wait_ms(zone->dns, changes, n)) > 0)
			session_sleep(r->s, ms);
		err = session_submit(r->s, zone->dns, changes, n, &why);
	} while (err == ERR_THROTTLED && ++tries < ZONE_THROTTLES_MAX);
	if (err == ERR_REFUSED && n > 1) {
		err = repair_submit(r, zone, items, n / 2, ei);
		return err != 0 ? err : repair_submit(r, zone, items + n / 2, n - n / 2, ei);
	}
	if (err == ERR_REFUSED) {
		items[0]->outcome = REPAIR_REFUSED;
		r->on_refused(r->arg, &why);
		return 0;
	}
	if (err != 0)
		return err_set(ei, err, "%s", why.text);
	for (i = 0; i < n; i++)
		repair_accept(r, items[i]);
	return 0;
}

/* The account or the host was removed while its records were published again. Deletes them, unless
 * another account has the name by now: our change may have replaced its address, so its record sets
 * are compared once more. */
static int take_back(struct repair *r, struct repair_item *items, size_t n,
		     const struct host_state *state, struct errinfo *ei)
{
	struct account_host host = {.name = items[0].set->name, .state = *state};
	struct owner_search owner = {.hosts = &host, .n_hosts = 1};
	size_t i;
	int err = session_list(r->s, owner_search_see, &owner, ei);

	if (err != 0)
		return err;
	set_outcome(items, n, REPAIR_MOVED);
	if (owner.user[0] != '\0') {
		for (i = 0; i < n; i++)
			str_copy(items[i].set->user, sizeof(items[i].set->user),
				 slice_of(owner.user));
		return 0;
	}
	progress_wipe(r->progress);
	if (records_delete(r->s, items[0].set->user, 0, &host, 1, NULL) == 0)
		return 0;
	return err_set(ei, ERR_UNAVAILABLE, "%s was removed while it was repaired", host.name.text);
}

/* Reads what was published once more. Who is not at our intent any more was overtaken. */
static int look_at_host(struct repair *r, struct repair_item *items, size_t n, struct errinfo *ei)
{
	const struct drift_set *set = items[0].set;
	const struct host_state ours = set->state;
	bool moved = false;
	size_t i;
	int err;

	for (i = 0; i < n; i++) {
		err = drift_read_store(items[i].set, r->s, &moved, ei);
		if (err != 0)
			return err;
	}
	if (set->state.seq == 0)
		return take_back(r, items, n, &ours, ei);
	if (set->state.seq == ours.seq && addr_pair_equal(&set->state.want, &ours.want) &&
	    !set->is_overtaken)
		return 0;
	/* Our change may have replaced a newer address, of this account or of another one. */
	set_outcome(items, n, REPAIR_MOVED);
	return 0;
}

/* Confirms in the store what was published. For a record set that was refused the store keeps what
 * it said before: the zone did not change, and the next verify will report the same drift. */
static int confirm_host(struct repair *r, struct repair_item *items, size_t n, struct errinfo *ei)
{
	const struct drift_set *set = items[0].set;
	const struct host_state ours = set->state;
	struct store_confirm c = {
		.name = set->name, .seq = ours.seq, .want = ours.want, .time_s = ours.time_s};
	struct errinfo why = ERRINFO_INIT;
	size_t i;
	int err;

	for (i = 0; i < n; i++)
		if (items[i].outcome == REPAIR_DONE)
			c.time_s = clock_wall_s();
	/* A set that was refused or compared equal is there with the TTL that it is wanted with. */
	c.ttl = set->want_ttl;
	str_copy(c.zone, sizeof(c.zone), slice_of(set->zone->conf->hosted_zone_id));
	err = session_confirm(r->s, set->user, &c, &why);
	if (err != 0 && err != ERR_CONFLICT && err != ERR_NOTFOUND)
		return err_set(ei, err, "%s is published, but the store did not take note: %s",
			       set->name.text, why.text);
	return look_at_host(r, items, n, ei);
}

static bool has_outcome(const struct repair_item *items, size_t n, enum repair_outcome outcome)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (items[i].outcome == outcome)
			return true;
	return false;
}

static bool was_accepted(const struct repair_item *items, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (items[i].accepted_ms > 0)
			return true;
	return false;
}

/* Confirms the hosts of which nothing is to be sent any more. is_again: those of which something
 * was accepted, or else those that were refused as a whole. */
static int confirm(struct repair *r, struct repair_item *items, size_t n, bool is_again,
		   struct errinfo *ei)
{
	size_t i, len;
	int err = 0;

	for (i = 0; i < n && err == 0; i += len) {
		len = host_len(&items[i], n - i);
		if (was_accepted(&items[i], len) == is_again &&
		    (has_outcome(&items[i], len, REPAIR_DONE) ||
		     has_outcome(&items[i], len, REPAIR_REFUSED)))
			err = confirm_host(r, &items[i], len, ei);
	}
	return err;
}

/* Reports intents whose batch failed. Route 53 may have carried it out all the same, so they stay
 * in the store, and the daemon publishes them. */
static int leave_owed(const struct backend_zone *zone, size_t n, int err, const struct errinfo *why,
		      struct errinfo *ei)
{
	return err_set(ei, err,
		       "zone %.80s: up to %zu record sets wait now for the daemon's next start or "
		       "their next update: %s",
		       zone->conf->name.text, n, why->text);
}

/* Marks what is left of a batch of which Route 53 accepted nothing. */
static void repair_refuse(struct repair_item **items, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (items[i]->outcome == REPAIR_NOT_DONE)
			items[i]->outcome = REPAIR_REFUSED;
}

static int repair_batch(struct repair *r, const struct backend_zone *zone,
			struct repair_item *items, size_t n, struct errinfo *ei)
{
	struct repair_item *claimed[BATCH_MAX];
	struct errinfo why = ERRINFO_INIT;
	size_t i, len, n_claimed = 0, n_seen = 0;
	int err = 0, sent = 0;

	for (i = 0; i < n && err == 0; i += len) {
		len = host_len(&items[i], n - i);
		err = claim_host(r, &items[i], len, &why);
		n_seen = err == 0 ? i + len : n_seen;
	}
	for (i = 0; i < n_seen; i++)
		if (items[i].outcome == REPAIR_NOT_DONE)
			claimed[n_claimed++] = &items[i];
	if (n_claimed > 0)
		sent = repair_submit(r, zone, claimed, n_claimed, &why);
	if (sent == ERR_DENIED || sent == ERR_NOTFOUND)
		repair_refuse(claimed, n_claimed);
	else if (sent != 0)
		return leave_owed(zone, n_claimed, sent, &why, ei);
	err = err != 0 ? err : sent;
	sent = confirm(r, items, n_seen, false, &why);
	err = err != 0 ? err : sent;
	return err == 0 ? 0 : err_set(ei, err, "%s", why.text);
}

static size_t batch_len(const struct backend_zone *zone, const struct repair_item *items, size_t n)
{
	size_t len = 0, max = dns_batch_len(zone->dns);

	max = max < BATCH_MAX ? max : (size_t)BATCH_MAX;
	while (len < n) {
		size_t host = host_len(&items[len], n - len);

		if (len > 0 && len + host > max)
			break;
		len += host;
	}
	return len;
}

int repair_begin(struct repair *r, const struct backend_zone *zone, struct repair_item *items,
		 size_t n, struct errinfo *ei)
{
	size_t i, len;
	int err = 0;

	for (i = 0; i < n && err == 0 && !interrupt_came(); i += len) {
		len = batch_len(zone, &items[i], n - i);
		err = repair_batch(r, zone, &items[i], len, ei);
		progress_add(r->progress, len);
	}
	return err;
}

/* DOUBT_REPAIR: afterwards what was on its way when these were sent has landed, or never will.
 * True: that took time. */
static bool repair_wait(struct repair *r, const struct backend_zone *zone,
			const struct repair_item *items, size_t n)
{
	int64_t until_ms = 0, left_ms;
	size_t i;

	for (i = 0; i < n; i++)
		if (items[i].outcome == REPAIR_SENT && items[i].accepted_ms > until_ms)
			until_ms = items[i].accepted_ms;
	until_ms += 1 + (int64_t)r->s->conf->settle_time_s * 1000;
	left_ms = until_ms - clock_mono_ms();
	if (left_ms <= 0)
		return false;
	progress_begin(r->progress, "seconds waited for what may still arrive",
		       zone->conf->name.text, (size_t)(left_ms + 999) / 1000, r->progress->rate);
	for (; left_ms > 0; left_ms = until_ms - clock_mono_ms()) {
		session_sleep(r->s, left_ms < 1000 ? (uint32_t)left_ms : 1000);
		progress_add(r->progress, 1);
	}
	return true;
}

/* Publishes a batch the second time, as far as it still is ours, and confirms it. */
static int repair_batch_again(struct repair *r, const struct backend_zone *zone,
			      struct repair_item *items, size_t n, struct errinfo *ei)
{
	struct repair_item *ours[BATCH_MAX];
	struct errinfo why = ERRINFO_INIT;
	size_t i, len, n_ours = 0;
	int err = 0;

	for (i = 0; i < n && err == 0; i += len) {
		len = host_len(&items[i], n - i);
		if (has_outcome(&items[i], len, REPAIR_SENT))
			err = look_at_host(r, &items[i], len, &why);
	}
	for (i = 0; i < n; i++)
		if (items[i].outcome == REPAIR_SENT)
			ours[n_ours++] = &items[i];
	if (err == 0 && n_ours > 0)
		err = repair_submit(r, zone, ours, n_ours, &why);
	if (err != 0)
		return leave_owed(zone, n_ours, err, &why, ei);
	return confirm(r, items, n, true, ei);
}

int repair_finish(struct repair *r, const struct backend_zone *zone, struct repair_item *items,
		  size_t n, struct errinfo *ei)
{
	size_t i, len;
	int err = 0;

	for (i = 0; i < n && err == 0; i += len) {
		len = batch_len(zone, &items[i], n - i);
		if (!has_outcome(&items[i], len, REPAIR_SENT))
			continue;
		if (repair_wait(r, zone, &items[i], len))
			progress_begin(r->progress, "record sets published once more",
				       zone->conf->name.text, n - i, r->progress->rate);
		err = repair_batch_again(r, zone, &items[i], len, ei);
		progress_add(r->progress, len);
	}
	return err;
}
