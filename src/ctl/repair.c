/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/repair.h"

#include <string.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "ctl/interrupt.h"
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
	for (i = 0; i < n; i++) {
		items[i]->outcome = REPAIR_DONE;
		r->on_repaired(r->arg, items[i]->set);
	}
	return 0;
}

/* A search for the account that has a name. */
struct owner {
	struct fqdn name;
	char user[ACCOUNT_USER_MAX + 1]; /* empty: nobody */
};

static void look_for_owner(void *arg, const struct account *a)
{
	struct owner *o = arg;

	if (o->user[0] == '\0' && account_find_host(a, &o->name) != NULL)
		str_copy(o->user, sizeof(o->user), slice_of(a->user));
}

/* The account or the host was removed while its records were published again. Deletes them, unless
 * another account has the name by now: our change may have replaced its address, so its record sets
 * are compared once more. */
static int take_back(struct repair *r, struct repair_item *items, size_t n,
		     const struct host_state *state, struct errinfo *ei)
{
	struct account_host host = {.name = items[0].set->name, .state = *state};
	struct owner owner = {.name = host.name};
	size_t i;
	int err = session_list(r->s, look_for_owner, &owner, ei);

	if (err != 0)
		return err;
	if (owner.user[0] != '\0') {
		for (i = 0; i < n; i++)
			str_copy(items[i].set->user, sizeof(items[i].set->user),
				 slice_of(owner.user));
		set_outcome(items, n, REPAIR_MOVED);
		return 0;
	}
	progress_wipe(r->progress);
	if (records_delete(r->s, items[0].set->user, 0, &host, 1) == 0)
		return 0;
	return err_set(ei, ERR_UNAVAILABLE, "%s was removed while it was repaired", host.name.text);
}

/* Confirms in the store what was published. For a record set that was refused the store keeps what
 * it said before: the zone did not change, and the next verify will report the same drift. */
static int confirm_host(struct repair *r, struct repair_item *items, size_t n, struct errinfo *ei)
{
	struct drift_set *set = items[0].set;
	struct host_state ours = set->state;
	struct store_confirm c = {
		.name = set->name, .seq = ours.seq, .want = ours.want, .time_s = ours.time_s};
	struct errinfo why = ERRINFO_INIT;
	bool moved = false;
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
	for (i = 0; i < n; i++) {
		err = drift_read_store(items[i].set, r->s, &moved, ei);
		if (err != 0)
			return err;
	}
	if (set->state.seq == 0)
		return take_back(r, items, n, &ours, ei);
	if (set->state.seq == ours.seq && addr_pair_equal(&set->state.want, &ours.want))
		return 0;
	/* Our change may have replaced a newer address. */
	set_outcome(items, n, REPAIR_MOVED);
	return 0;
}

static int confirm(struct repair *r, struct repair_item *items, size_t n, struct errinfo *ei)
{
	size_t i, len;
	int err = 0;

	for (i = 0; i < n && err == 0; i += len) {
		len = host_len(&items[i], n - i);
		if (items[i].outcome == REPAIR_DONE || items[i].outcome == REPAIR_REFUSED)
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
	sent = confirm(r, items, n_seen, &why);
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

int repair_items(struct repair *r, const struct backend_zone *zone, struct repair_item *items,
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
