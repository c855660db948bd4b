/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/known.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "engine/ticks.h"
#include "net/hash.h"
#include "store/overlay.h"

struct known {
	struct ticks *ticks;
	uint64_t seed;
	struct overlay *hosts; /* NULL: none is kept */
};

int known_new(size_t max, uint64_t seed, struct ticks *ticks, struct known **ret)
{
	struct known *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return ERR_NOMEM;
	k->ticks = ticks;
	k->seed = seed;
	if (max > 0 && overlay_new(max < KNOWN_HOSTS_MAX ? max : KNOWN_HOSTS_MAX, &k->hosts) != 0) {
		free(k);
		return ERR_NOMEM;
	}
	*ret = k;
	return 0;
}

void known_free(struct known *k)
{
	if (k == NULL)
		return;
	overlay_free(k->hosts);
	free(k);
}

/* By the moments of their updates, which do not begin anew with the seq. A state whose moment is
 * not known is told by the seq, and where that began anew, by the seconds of publication. */
bool known_is_newer(const struct host_state *state, const struct host_state *found)
{
	if (state->seq == 0)
		return false;
	if (found->seq == 0)
		return true;
	if (state->wanted_ms != 0 && found->wanted_ms != 0 && state->wanted_ms != found->wanted_ms)
		return found->wanted_ms < state->wanted_ms;
	if (found->seq >= state->seq && addr_pair_equal(&found->want, &state->want))
		return false;
	return found->seq <= state->seq && found->time_s <= state->time_s;
}

static struct overlay_host known_find(const struct known *k, const char *user,
				      const struct fqdn *name, const struct known_host *in_flight)
{
	const struct overlay_host *kept =
		k->hosts != NULL ? overlay_find(k->hosts, user, name) : NULL;
	struct overlay_host host = {.name = *name};

	if (kept != NULL)
		host = *kept;
	if (in_flight != NULL && in_flight->state.seq > host.state.seq) {
		host.state = in_flight->state;
		host.at = in_flight->at;
	}
	return host;
}

struct known_host known_get(const struct known *k, const char *user, const struct fqdn *name,
			    const struct known_host *in_flight)
{
	struct overlay_host host = known_find(k, user, name, in_flight);

	return (struct known_host){host.state, host.at};
}

/* Without memory the host is not remembered, and the store is believed. */
static void known_keep_host(struct known *k, const char *user, const struct overlay_host *host)
{
	if (k->hosts != NULL && host->state.seq > 0)
		overlay_put(k->hosts, user, host, 1);
}

void known_put_confirmed(struct known *k, const char *user, const struct fqdn *name,
			 const struct host_state *state, uint64_t at)
{
	struct overlay_host host = known_find(k, user, name, NULL);

	host.state = *state;
	host.at = at;
	known_keep_host(k, user, &host);
}

uint64_t known_put_intent(struct known *k, const char *user, const struct fqdn *name,
			  const struct host_state *state)
{
	uint64_t at = ticks_next(k->ticks);

	known_put_confirmed(k, user, name, state, at);
	return at;
}

/* 0: nobody can tell. */
static uint64_t known_owner(const struct known *k, const struct account *account)
{
	if ((account->flaws & ACCOUNT_FLAW_SECRET) != 0)
		return 0;
	return hash_bytes(account->secret, strlen(account->secret), k->seed);
}

static void known_put_reading(struct known *k, const struct account *account,
			      const struct account_host *host, const struct overlay_host *before)
{
	struct overlay_host now = {
		.name = host->name,
		.state = host->state,
		.at = before->at,
		.owner = known_owner(k, account),
	};

	if (now.owner == 0)
		now.owner = before->owner;
	/* A reading that began earlier and comes later may be older. */
	if (before->state.seq != host->state.seq)
		now.at = ticks_next(k->ticks);
	if (before->state.time_s > now.state.time_s && before->state.seq <= now.state.seq)
		now.state.time_s = before->state.time_s;
	known_keep_host(k, account->user, &now);
}

/* The login was given to somebody else, who is not to inherit the addresses. */
static bool known_is_handed_over(const struct known *k, const struct account *account,
				 const struct account_host *host, const struct overlay_host *before)
{
	return host->state.seq == 0 && before->owner != 0 &&
	       (account->flaws & ACCOUNT_FLAW_SECRET) == 0 &&
	       before->owner != known_owner(k, account);
}

bool known_see(struct known *k, const struct account *account, const struct account_host *host,
	       const struct known_host *in_flight, uint64_t read_at, bool is_new,
	       struct host_state *ret_better)
{
	struct overlay_host before = known_find(k, account->user, &host->name, in_flight);

	if (before.at > read_at)
		return false;
	if (known_is_handed_over(k, account, host, &before)) {
		known_forget(k, account->user, &host->name);
		return false;
	}
	if (known_is_newer(&before.state, &host->state)) {
		*ret_better = before.state;
		return true;
	}
	if (is_new)
		known_put_reading(k, account, host, &before);
	return false;
}

bool known_see_listed(struct known *k, const struct account *account,
		      const struct account_host *host, const struct known_host *in_flight,
		      uint64_t read_at, struct host_state *ret_better)
{
	bool is_better = known_see(k, account, host, in_flight, read_at, true, ret_better);
	struct overlay_host now = known_find(k, account->user, &host->name, in_flight);

	/* It was there: the end of the listing does not forget it. */
	now.at = ticks_next(k->ticks);
	known_keep_host(k, account->user, &now);
	return is_better;
}

void known_forget(struct known *k, const char *user, const struct fqdn *name)
{
	if (k->hosts != NULL)
		overlay_drop(k->hosts, user, name);
}

void known_keep(struct known *k, const struct account *account)
{
	if (k->hosts != NULL)
		overlay_keep(k->hosts, account);
}

void known_end_list(struct known *k, uint64_t began_at)
{
	if (k->hosts != NULL)
		overlay_drop_before(k->hosts, began_at + 1);
}
