/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/owners.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "account/account.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "engine/calls.h"
#include "engine/family.h"
#include "engine/host.h"
#include "engine/plan.h"
#include "engine/zones.h"
#include "store/store.h"

/* One name whose owners are looked at, one after the other. */
struct owners_look {
	struct owners *all;
	TAILQ_ENTRY(owners_look) link;
	struct call call;
	char user[ACCOUNT_USER_MAX + 1]; /* the one that is not meant, */
	uint64_t seq;			 /* and what it had then */
	struct fqdn name;
	size_t zone;
	struct store_owners owners;
	size_t at;
	char last[ACCOUNT_USER_MAX + 1]; /* of those read by now; "": nobody has a value */
	struct plan_item item;		 /* of that one */
};

TAILQ_HEAD(owners_looks, owners_look);

struct owners {
	struct calls *calls;
	struct hosts *hosts;
	struct zones *zones;
	struct owners_looks looks;
	size_t n;
};

int owners_new(struct calls *calls, struct hosts *hosts, struct zones *zones, struct owners **ret)
{
	struct owners *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return ERR_NOMEM;
	o->calls = calls;
	o->hosts = hosts;
	o->zones = zones;
	TAILQ_INIT(&o->looks);
	*ret = o;
	return 0;
}

void owners_free(struct owners *o)
{
	free(o);
}

static void look_end(struct owners_look *l)
{
	TAILQ_REMOVE(&l->all->looks, l, link);
	l->all->n--;
	free(l);
}

static void look_on_closed(void *arg)
{
	look_end(arg);
}

static void look_fail(struct owners_look *l, const char *verb, int err, const struct errinfo *why)
{
	calls_trouble(l->all->calls, verb, l->owners.n > l->at ? l->owners.users[l->at] : l->user,
		      err, why);
	look_end(l);
}

/* What an owner has, if it may be what the zone should have, and is later than that of the others.
 * What we are asked about may land for settle-time: so it is as if the value was owed, and it is
 * sent a second time. */
static void look_take(struct owners_look *l, const struct account *account)
{
	const struct account_host *host = account_find_host(account, &l->name);
	const struct host_state *s = host != NULL ? &host->state : NULL;

	if (s == NULL || s->seq == 0 || host_state_is_over(s) || family_set(&s->want) == 0 ||
	    (l->last[0] != '\0' && s->time_s <= l->item.time_s))
		return;
	str_copy(l->last, sizeof(l->last), slice_of(account->user));
	plan_as_stored(account, &zones_all(l->all->zones)[l->zone], l->zone, &l->name, s, &l->item);
	l->item.seen_ms = clock_mono_ms();
	l->item.owed_from = s->seq;
}

/* Where nobody else has a value, there is nothing that ours could lie over. */
static void look_finish(struct owners_look *l)
{
	struct owners *o = l->all;

	if (l->last[0] == '\0' || hosts_take_over(o->hosts, l->last, &l->item) == 0)
		hosts_yielded(o->hosts, l->user, &l->name, l->seq);
	look_end(l);
}

static void look_at_next(struct owners_look *l);

static void look_on_account(void *arg, int err, struct account *account, const struct errinfo *why)
{
	struct owners_look *l = arg;

	if (err != 0 && err != ERR_NOTFOUND) {
		look_fail(l, "lookup", err, why);
		return;
	}
	if (account != NULL)
		look_take(l, account);
	account_free(account);
	l->at++;
	look_at_next(l);
}

static void look_at_next(struct owners_look *l)
{
	int err;

	while (l->at < l->owners.n && strcmp(l->owners.users[l->at], l->user) == 0)
		l->at++;
	if (l->at == l->owners.n) {
		look_finish(l);
		return;
	}
	err = calls_lookup(l->all->calls, &l->call, l->owners.users[l->at], look_on_account);
	if (err != 0)
		look_fail(l, "lookup", err, NULL);
}

static void look_on_owners(void *arg, int err, const struct store_owners *owners,
			   const struct errinfo *why)
{
	struct owners_look *l = arg;

	if (err != 0) {
		look_fail(l, "owners", err, why);
		return;
	}
	l->owners = *owners;
	look_at_next(l);
}

static bool owners_look_at(const struct owners *o, const char *user, const struct fqdn *name)
{
	const struct owners_look *l;

	TAILQ_FOREACH(l, &o->looks, link)
		if (fqdn_equal(&l->name, name) && strcmp(l->user, user) == 0)
			return true;
	return false;
}

void owners_publish_last(struct owners *o, const char *user, size_t zone, const struct fqdn *name,
			 uint64_t seq)
{
	struct owners_look *l;
	int err;

	if (o->n >= OWNERS_AT_ONCE || owners_look_at(o, user, name))
		return;
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return;
	l->all = o;
	l->call.arg = l;
	l->call.closed = look_on_closed;
	str_copy(l->user, sizeof(l->user), slice_of(user));
	l->seq = seq;
	l->name = *name;
	l->zone = zone;
	TAILQ_INSERT_TAIL(&o->looks, l, link);
	o->n++;
	err = calls_owners(o->calls, &l->call, name, look_on_owners);
	if (err != 0)
		look_fail(l, "owners", err, NULL);
}
