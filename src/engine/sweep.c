/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/sweep.h"

#include <stdlib.h>

#include "account/account.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "engine/family.h"
#include "engine/host.h"
#include "engine/known.h"
#include "engine/plan.h"
#include "engine/seen.h"
#include "engine/ticks.h"
#include "engine/writers.h"
#include "engine/zones.h"

/* A host that another account of the name has overwritten: its record is there only if the listing
 * has nothing else for the name. */
struct sweep_spare {
	TAILQ_ENTRY(sweep_spare) link;
	struct fqdn name;
	size_t zone;
	struct addr_pair want;
	uint32_t ttl;
};

void sweep_init(struct sweep *s, struct zones *zones, struct known *known, struct hosts *hosts,
		struct writers *writers, const struct ticks *ticks, struct seen *seen)
{
	*s = (struct sweep){
		.zones = zones,
		.known = known,
		.hosts = hosts,
		.writers = writers,
		.ticks = ticks,
		.seen = seen,
	};
	TAILQ_INIT(&s->spares);
}

void sweep_begin(struct sweep *s, bool resumes_all)
{
	s->resumes_all = resumes_all;
	s->is_short = false;
	s->n_elsewhere = 0;
	s->n_malformed = 0;
	s->began_at = s->ticks->now;
	zones_reconcile_begin(s->zones);
	writers_list_begin(s->writers);
	hosts_list_begin(s->hosts);
	seen_list_begin(s->seen);
}

/* It is owed, and the zone has had it before. */
static bool sweep_only_repeats(const struct sweep *s, const struct account_host *host, size_t zone)
{
	const struct host_state *state = &host->state;

	return state->pub < state->seq && state->repeats == state->seq &&
	       !zones_is_volatile(s->zones, zone) &&
	       !plan_is_elsewhere(state, &zones_all(s->zones)[zone]);
}

/* again: though the store says that it was published. */
static int sweep_resume(struct sweep *s, const struct account *account,
			const struct account_host *host, size_t zone, bool again)
{
	struct plan_item item;

	plan_as_stored(account, &zones_all(s->zones)[zone], zone, &host->name, &host->state, &item);
	if (item.families == 0)
		return 0;
	item.seen_ms = clock_mono_ms();
	/* Whoever takes that over lets its router be told nochg, too. */
	item.repeats = sweep_only_repeats(s, host, zone);
	return hosts_resume(s->hosts, account->user, &item, again);
}

/* TAKE_OVER: in a zone that daemons share, what is owed later than at the start is most likely
 * being published by the one that owes it. */
static bool sweep_is_to_resume(const struct sweep *s, const struct account_host *host, size_t zone)
{
	return host->state.pub < host->state.seq && !host_state_is_over(&host->state) &&
	       (s->resumes_all || zones_is_volatile(s->zones, zone));
}

/* The zone has another hosted zone since: it gets at the start what that one had. */
static bool sweep_is_elsewhere(const struct sweep *s, const struct account_host *host, size_t zone)
{
	return s->resumes_all && host->state.seq > 0 && !host_state_is_over(&host->state) &&
	       plan_is_elsewhere(&host->state, &zones_all(s->zones)[zone]);
}

/* It is owed, but another account that has the name changed it later: that one's value may lie
 * below what was sent of this one. */
static bool sweep_is_overtaken(const struct sweep *s, const struct account_host *host, size_t zone)
{
	return host_state_is_over(&host->state) && host->state.pub < host->state.seq &&
	       s->resumes_all && !zones_is_volatile(s->zones, zone);
}

static int sweep_keep_later(struct sweep *s, const struct account_host *host, size_t zone,
			    uint32_t ttl)
{
	struct sweep_spare *spare = calloc(1, sizeof(*spare));

	if (spare == NULL)
		return ERR_NOMEM;
	*spare = (struct sweep_spare){
		.name = host->name, .zone = zone, .want = host->state.want, .ttl = ttl};
	TAILQ_INSERT_TAIL(&s->spares, spare, link);
	return 0;
}

/* A listing may be older than what an update has published since; the publisher keeps that. */
static void sweep_keep(struct sweep *s, const struct account *account,
		       const struct account_host *host, size_t zone)
{
	struct zones *zones = s->zones;
	uint32_t ttl = plan_ttl(account, &zones_all(zones)[zone]);
	int err;

	if (zones_is_volatile(zones, zone) &&
	    writers_is_overwritten(s->writers, &host->name, account->user, &host->state))
		err = sweep_keep_later(s, host, zone, ttl);
	else
		err = zones_reconcile_keep(zones, zone, &host->name, &host->state.want, ttl);
	if (err != 0)
		s->is_short = true;
}

static void sweep_take_host(struct sweep *s, const struct account *account,
			    const struct account_host *listed)
{
	struct zones *zones = s->zones;
	size_t zone = plan_find_zone(zones_all(zones), zones_count(zones), &listed->name);
	struct account_host host = *listed;
	bool is_claimed, is_elsewhere, is_later;
	int err = 0;

	if (zone == zones_count(zones))
		return;
	host.is_rolled_back = hosts_see_listed(s->hosts, account, listed, s->began_at, &host.state);
	is_claimed = hosts_is_claimed(s->hosts, &host.name);
	is_elsewhere = sweep_is_elsewhere(s, &host, zone);
	s->n_elsewhere += is_elsewhere;
	is_later = writers_list_see(s->writers, &host.name, account->user, &host.state);
	sweep_keep(s, account, &host, zone);
	if (host.is_rolled_back || sweep_is_overtaken(s, &host, zone))
		err = hosts_read(s->hosts, account->user, zone, &host.name);
	else if (is_claimed || is_elsewhere || sweep_is_to_resume(s, &host, zone))
		err = sweep_resume(s, account, &host, zone, is_claimed);
	/* The zone was just given the address of the account that was listed first. */
	else if (is_later && zones_is_volatile(zones, zone))
		err = sweep_resume(s, account, &host, zone, true);
	if (err != 0)
		s->is_short = true;
}

void sweep_take(struct sweep *s, const struct account *account)
{
	size_t i;

	if ((account->flaws & ACCOUNT_MALFORMED) != 0 && s->n_malformed++ == 0)
		str_copy(s->malformed, sizeof(s->malformed), slice_of(account->flaw_text));
	for (i = 0; i < account->n_hosts; i++) {
		seen_list(s->seen, account->user, &account->hosts[i].name);
		sweep_take_host(s, account, &account->hosts[i]);
	}
}

/* They are kept, or dropped with a listing that was cut off. */
static void sweep_end_spares(struct sweep *s, bool keep)
{
	struct sweep_spare *spare;

	while ((spare = TAILQ_FIRST(&s->spares)) != NULL) {
		TAILQ_REMOVE(&s->spares, spare, link);
		if (keep && zones_reconcile_keep(s->zones, spare->zone, &spare->name, &spare->want,
						 spare->ttl) != 0)
			s->is_short = true;
		free(spare);
	}
}

bool sweep_finish(struct sweep *s)
{
	sweep_end_spares(s, true);
	if (s->n_elsewhere > 0)
		log_event(LOG_LEVEL_WARN,
			  "hosts were published to another hosted zone: they are published anew",
			  LOG_FIELDS(log_uint("hosts", s->n_elsewhere)));
	return s->is_short;
}

/* One line, however many there are. */
static void sweep_tell_malformed(struct sweep *s)
{
	if (s->n_malformed > 0 && s->n_malformed != s->n_told)
		log_event(LOG_LEVEL_WARN, "accounts cannot be used as they are stored",
			  LOG_FIELDS(log_uint("accounts", s->n_malformed),
				     log_str("first", s->malformed)));
	s->n_told = s->n_malformed;
}

void sweep_end(struct sweep *s, bool complete, bool is_over)
{
	sweep_end_spares(s, false);
	writers_list_end(s->writers);
	if (complete) {
		sweep_tell_malformed(s);
		known_end_list(s->known, s->began_at);
	}
	zones_reconcile_end(s->zones, complete);
	hosts_list_end(s->hosts, is_over);
	seen_list_end(s->seen, complete);
}
