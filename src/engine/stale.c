/* SPDX-License-Identifier: BSD-2-Clause
 * Known accounts while the store is in trouble: they stay as they were, for a while. */
#include "engine/internal.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

/* What says nothing about the account, the permissions or the table. */
static bool is_passing(int err)
{
	return err == ERR_THROTTLED || err == ERR_TIMEOUT || err == ERR_UNAVAILABLE ||
	       err == ERR_IO;
}

static void log_begin(struct engine *e)
{
	if (!e->is_stale && log_gate(&e->stale_gate, clock_mono_ms()))
		log_event(LOG_LEVEL_WARN, "known accounts are served from memory",
			  LOG_FIELDS(log_uint("stale-age", e->conf.stale_age_ms / 1000)));
	e->is_stale = true;
}

void stale_serve(struct update *u, int err)
{
	struct engine *e = u->e;

	/* Once verified, memory was asked already, or the store contradicted it. */
	if (e->conf.stale_age_ms == 0 || !is_passing(err) || u->is_verified) {
		update_answer_one(u, DYNDNS_911);
		return;
	}
	u->is_in_trouble = true;
	if (u->stale != NULL) {
		auth_refuse(u);
		return;
	}
	u->account = cache_get(e->cache, u->user, clock_mono_ms() - (int64_t)e->conf.stale_age_ms);
	if (u->account != NULL)
		log_begin(e);
	/* Who is not here pays what every refusal costs, and gets the same answer. */
	auth_check(u);
}
