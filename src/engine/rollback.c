/* SPDX-License-Identifier: BSD-2-Clause
 * A store that says less than it said: an item written anew without its state, an old state put
 * back, a table or a database restored from a backup. None of that is a newer update, and none of
 * it removes a host: what this daemon knows better is intended again, above both, and published
 * again. What it knows is what it is publishing, and of hosts at rest what the store last said or
 * acknowledged, as many as fit. */
#include "engine/internal.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "net/hash.h"
#include "store/overlay.h"

/* Seq counts up, so a lower one is older, and so is the same one with another address. But whoever
 * found a host without its state began to count anew: a value that was published after ours is not
 * older, whatever its seq. */
bool rollback_is(const struct host_state *known, const struct host_state *found)
{
	if (known->seq == 0 || found->seq > known->seq)
		return false;
	if (found->seq == known->seq && addr_pair_equal(&found->want, &known->want))
		return false;
	return found->seq == 0 || found->time_s <= known->time_s;
}

/* What is known of a host: state.seq is 0 when nothing is. */
static struct overlay_host recall(const struct engine *e, const char *user, const struct fqdn *name)
{
	const struct overlay_host *kept =
		e->known != NULL ? overlay_find(e->known, user, name) : NULL;
	const struct host *h = host_find(e, user, name);
	struct overlay_host known = {.name = *name};

	if (kept != NULL)
		known = *kept;
	if (h != NULL && h->pub.seq > known.state.seq) {
		known.state = confirm_wanted(h);
		known.state.time_s = h->time_s;
		known.at = h->changed_at;
	}
	return known;
}

/* It only saves what would otherwise be taken at its word: no memory, no harm. */
static void note(struct engine *e, const char *user, const struct overlay_host *known)
{
	if (e->known != NULL && known->state.seq > 0)
		(void)overlay_put(e->known, user, known, 1);
}

void rollback_note_host(const struct host *h)
{
	struct overlay_host known = recall(h->e, h->user, &h->pub.name);

	known.state = confirm_wanted(h);
	known.state.time_s = h->time_s;
	known.at = h->changed_at;
	note(h->e, h->user, &known);
}

struct host_state rollback_known(const struct host *h)
{
	return recall(h->e, h->user, &h->pub.name).state;
}

void rollback_forget(struct engine *e, const char *user, const struct fqdn *name)
{
	if (e->known != NULL)
		overlay_drop(e->known, user, name);
}

static void note_reading(struct engine *e, const struct account *a, const struct account_host *host,
			 const struct overlay_host *before)
{
	struct overlay_host known = {
		.name = host->name,
		.state = host->state,
		.at = before->at,
		.owner = hash_bytes(a->secret, strlen(a->secret), e->hash_seed),
	};

	/* A reading that began earlier and comes later may be older. */
	if (before->state.seq != host->state.seq)
		known.at = ++e->tick;
	if (before->state.time_s > known.state.time_s && before->state.seq <= known.state.seq)
		known.state.time_s = before->state.time_s;
	note(e, a->user, &known);
}

/* The login was given to somebody else, who is not to inherit the addresses. */
static bool is_handed_over(const struct engine *e, const struct account *a,
			   const struct account_host *host, const struct overlay_host *known)
{
	return host->state.seq == 0 && known->owner != 0 &&
	       known->owner != hash_bytes(a->secret, strlen(a->secret), e->hash_seed);
}

/* host was read by a reading that began at read_at. True: *ret_known is what is known better.
 * is_new: it comes from the store, not from memory. */
static bool see(struct engine *e, const struct account *a, const struct account_host *host,
		uint64_t read_at, bool is_new, struct host_state *ret_known)
{
	struct overlay_host known = recall(e, a->user, &host->name);

	if (known.at > read_at)
		return false;
	if (is_handed_over(e, a, host, &known)) {
		rollback_forget(e, a->user, &host->name);
		return false;
	}
	if (!rollback_is(&known.state, &host->state)) {
		if (is_new)
			note_reading(e, a, host, &known);
		return false;
	}
	*ret_known = known.state;
	return true;
}

/* What was found may be owed, then somebody may be publishing it; else nobody is. */
static void replace_state(struct account_host *host, const struct host_state *known)
{
	struct host_state found = host->state;

	host->is_rolled_back = true;
	host->stored_seq = found.seq;
	host->state = *known;
	host->state.pub = found.pub < found.seq ? found.pub : known->seq;
}

void rollback_see(struct update *u)
{
	struct account *a = u->account;
	bool is_new = !u->is_cached && !u->is_in_trouble;
	struct host_state known;
	size_t i;

	if (is_new && u->e->known != NULL)
		overlay_keep(u->e->known, a);
	for (i = 0; i < a->n_hosts; i++)
		if (see(u->e, a, &a->hosts[i], u->read_at, is_new, &known))
			replace_state(&a->hosts[i], &known);
}

bool rollback_see_listed(struct engine *e, const struct account *a, const struct account_host *host,
			 struct host_state *ret)
{
	bool is_rolled_back = see(e, a, host, e->sync.list_at, true, ret);
	struct overlay_host known = recall(e, a->user, &host->name);

	/* It was there: the end of the listing does not forget it. */
	known.at = ++e->tick;
	note(e, a->user, &known);
	return is_rolled_back;
}

void rollback_end_list(struct engine *e)
{
	if (e->known != NULL)
		overlay_drop_before(e->known, e->sync.list_at + 1);
}

void rollback_log(const struct host *h, uint64_t stored_seq)
{
	metric_add(METRIC_STATE_ROLLBACKS, 1);
	if (!log_gate(&h->e->rollback_gate, clock_mono_ms()))
		return;
	log_event(LOG_LEVEL_WARN,
		  "the stored state of a host went backwards, it is published again",
		  LOG_FIELDS(log_str("user", h->user), log_str("host", h->pub.name.text),
			     log_uint("seq", stored_seq), log_uint("after", h->pub.seq - 1)));
}
