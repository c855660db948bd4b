/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/reconcile.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <uv.h>

#include "account/account.h"
#include "base/clock.h"
#include "base/log.h"
#include "engine/accounts.h"
#include "engine/calls.h"
#include "engine/host.h"
#include "engine/sweep.h"
#include "engine/zones.h"
#include "store/store.h"

enum reconcile_state {
	RECONCILE_RESTING, /* the timer runs, or nothing is to be done any more */
	RECONCILE_ASKING,  /* the store for its version */
	RECONCILE_LOOKING, /* at what the store knows by itself to be owed */
	RECONCILE_LISTING,
};

struct reconcile {
	struct reconcile_parts parts;
	uv_timer_t timer;
	struct reconcile_conf conf;
	enum reconcile_state state;
	bool is_due;	    /* the store is to be listed whatever its version is */
	bool is_claiming;   /* the timer runs for the removed hosts */
	bool resumes_all;   /* what is owed in zones that other daemons share, too */
	bool looks_again;   /* so does one more listing, at again_ms */
	int64_t again_ms;   /* 0: not before the first one is complete */
	bool is_resuming;   /* no listing has ended well since the start */
	unsigned n_failed;  /* of these listings */
	struct sweep sweep; /* the listing under way */
	bool has_token, has_next_token;
	uint64_t token;	     /* of the listing that was read last */
	uint64_t next_token; /* of the one being read */
	bool has_epoch;
	uint64_t epoch;	  /* of the store, when it was asked last */
	int64_t asked_ms; /* when the version on its way was asked */
	reconcile_started_fn *started;
	void *started_arg;
};

static void reconcile_on_timer(uv_timer_t *timer);

static struct store *reconcile_store(const struct reconcile *r)
{
	return r->parts.store;
}

int64_t reconcile_interval_ms(const struct store *store, int64_t interval_ms)
{
	if (!store_has_version(store) && interval_ms < RECONCILE_LIST_MIN_MS)
		return RECONCILE_LIST_MIN_MS;
	return interval_ms;
}

int reconcile_new(struct uv_loop_s *loop, const struct reconcile_parts *parts,
		  const struct reconcile_conf *conf, struct reconcile **ret)
{
	struct reconcile *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return ERR_NOMEM;
	r->parts = *parts;
	r->conf = *conf;
	uv_timer_init(loop, &r->timer); /* cannot fail */
	r->timer.data = r;
	sweep_init(&r->sweep, parts->zones, parts->known, parts->hosts, parts->writers,
		   parts->ticks, parts->seen);
	calls_add_handle(parts->calls);
	*ret = r;
	return 0;
}

static void reconcile_on_account(void *arg, const struct account *account)
{
	struct reconcile *r = arg;

	if (!calls_are_stopping(r->parts.calls))
		sweep_take(&r->sweep, account);
}

/* ---------------------------------------------------------------- asking and listing */

static void reconcile_tell_started(struct reconcile *r, int err, const struct errinfo *why)
{
	reconcile_started_fn *started = r->started;
	struct errinfo ei = ERRINFO_INIT;

	if (err != 0 && why == NULL) {
		err_set(&ei, err, "the store cannot be listed: %s", err_str(err));
		why = &ei;
	}
	r->started = NULL;
	if (started != NULL)
		started(r->started_arg, err, why);
}

static void reconcile_arm(struct reconcile *r)
{
	bool has_volatile = zones_have_volatile(r->parts.zones);
	bool is_asking = has_volatile || r->is_due || store_has_version(reconcile_store(r));
	int64_t again_ms = r->again_ms - clock_mono_ms(), ms = r->conf.interval_ms;

	if (calls_are_stopping(r->parts.calls) || (!is_asking && r->again_ms == 0))
		return;
	/* Nothing that is owed is seen faster by listing a store in trouble more often. */
	if (!has_volatile && r->is_due && ms < RECONCILE_LIST_MIN_MS)
		ms = RECONCILE_LIST_MIN_MS;
	r->is_claiming = hosts_have_removed(r->parts.hosts) && ms > RECONCILE_CLAIMS_MS;
	if (r->is_claiming)
		ms = RECONCILE_CLAIMS_MS;
	if (r->again_ms != 0 && (again_ms < ms || !is_asking))
		ms = again_ms > 0 ? again_ms : 0;
	uv_timer_start(&r->timer, reconcile_on_timer, (uint64_t)ms, 0);
}

static void reconcile_rest(struct reconcile *r, int err, const struct errinfo *why)
{
	r->state = RECONCILE_RESTING;
	uv_timer_stop(&r->timer);
	r->is_resuming = r->is_resuming && err != 0 && err != ERR_DENIED;
	if (err != 0 && !calls_are_stopping(r->parts.calls)) {
		r->n_failed++;
		calls_trouble(r->parts.calls, "list", NULL, err, why);
	}
	reconcile_tell_started(r, err, why);
	reconcile_arm(r);
}

/* LOOK_AGAIN: an intent of a daemon that was killed may have come after the listing that ends. */
static void reconcile_look_again(struct reconcile *r)
{
	if (r->looks_again)
		r->again_ms = clock_mono_ms() + r->conf.settle_ms;
	r->looks_again = false;
}

/* It goes on when that is over. Nobody waits for it: updates can be served. */
static void reconcile_on_waits(void *arg, int err, const struct errinfo *why)
{
	struct reconcile *r = arg;

	if (calls_are_stopping(r->parts.calls))
		return;
	calls_trouble(r->parts.calls, "list", NULL, err, why);
	reconcile_tell_started(r, err, why);
}

static void reconcile_on_listed(void *arg, int err, const struct errinfo *why)
{
	struct reconcile *r = arg;
	struct calls *calls = r->parts.calls;
	bool is_short, complete = false;

	if (!calls_end(calls))
		return;
	if (r->state == RECONCILE_LISTING) {
		is_short = sweep_finish(&r->sweep);
		complete = err == 0 && !is_short && !calls_are_stopping(calls);
		sweep_end(&r->sweep, complete, complete || err == ERR_DENIED);
	}
	r->is_due = !complete || hosts_have_removed(r->parts.hosts);
	if (complete && r->resumes_all)
		reconcile_look_again(r);
	r->resumes_all = r->resumes_all && !complete;
	r->has_token = complete && r->has_next_token;
	r->token = r->next_token;
	reconcile_rest(r, err, why);
}

/* The start waits for a listing no longer than this, unless a zone of ours would answer from what
 * it has of it. */
static void reconcile_limit_start(struct reconcile *r)
{
	if (r->started != NULL && !zones_have_volatile(r->parts.zones))
		uv_timer_start(&r->timer, reconcile_on_timer, RECONCILE_START_MS, 0);
}

static struct store_listing reconcile_listing(const struct reconcile *r, store_done_fn *done)
{
	return (struct store_listing){
		.each = reconcile_on_account,
		.waits = reconcile_on_waits,
		.done = done,
		.share = r->conf.scan_share,
	};
}

static void reconcile_list(struct reconcile *r)
{
	const struct store_listing listing = reconcile_listing(r, reconcile_on_listed);
	int err;

	r->state = RECONCILE_LISTING;
	sweep_begin(&r->sweep, r->resumes_all);
	calls_begin(r->parts.calls);
	reconcile_limit_start(r);
	err = store_list_slowly(reconcile_store(r), &listing, r);
	if (err == 0)
		return;
	calls_end(r->parts.calls);
	r->is_due = true;
	sweep_end(&r->sweep, false, false);
	reconcile_rest(r, err, NULL);
}

/* What was owed at the start is known. The listing behind finds what the look has missed: it begins
 * when no intent of a killed daemon can arrive any more, after one more look. But a zone of ours is
 * filled by the listing alone, and what found no room is found again there. */
static void reconcile_looked(struct reconcile *r, bool is_short)
{
	bool is_behind = !is_short && !zones_have_volatile(r->parts.zones);

	if (is_behind) {
		r->is_resuming = false;
		reconcile_tell_started(r, 0, NULL);
	}
	if (!is_behind || !r->looks_again) {
		reconcile_list(r);
		return;
	}
	reconcile_look_again(r);
	r->is_due = false;
	r->state = RECONCILE_RESTING;
	reconcile_arm(r);
}

static void reconcile_on_looked(void *arg, int err, const struct errinfo *why)
{
	struct reconcile *r = arg;
	bool is_short;

	(void)why;
	if (!calls_end(r->parts.calls))
		return;
	/* It was stopped meanwhile. */
	if (r->state != RECONCILE_LOOKING) {
		reconcile_rest(r, ERR_CANCELED, NULL);
		return;
	}
	is_short = sweep_finish(&r->sweep);
	sweep_end(&r->sweep, false, false);
	if (err == 0)
		reconcile_looked(r, is_short);
	else
		reconcile_list(r);
}

/* Most stores cannot tell, and are listed. */
static void reconcile_look(struct reconcile *r)
{
	const struct store_listing listing = reconcile_listing(r, reconcile_on_looked);

	r->state = RECONCILE_LOOKING;
	sweep_begin(&r->sweep, true);
	calls_begin(r->parts.calls);
	reconcile_limit_start(r);
	if (store_list_owed(reconcile_store(r), &listing, r) == 0)
		return;
	calls_end(r->parts.calls);
	sweep_end(&r->sweep, false, false);
	reconcile_list(r);
}

/* What was owed at the start is asked for before all else. */
static void reconcile_read(struct reconcile *r)
{
	if (r->resumes_all && store_has_owed(reconcile_store(r)))
		reconcile_look(r);
	else
		reconcile_list(r);
}

/* What the store says after a restore is wanted in every zone, also where the engine published
 * something else before: all of it that the restore changed is owed. */
static void reconcile_take_epoch(struct reconcile *r, uint64_t epoch)
{
	if (r->has_epoch && r->epoch != epoch) {
		log_info("the store was restored: what it changed is published");
		r->is_due = true;
		r->resumes_all = true;
	}
	r->has_epoch = true;
	r->epoch = epoch;
}

static void reconcile_take_version(struct reconcile *r, int err, struct store_version version,
				   const struct errinfo *why)
{
	bool changed = zones_have_volatile(r->parts.zones) && err == 0 &&
		       !(r->has_token && r->token == version.token);

	accounts_take_version(r->parts.accounts, err, version.token, r->asked_ms);
	if (err == 0)
		reconcile_take_epoch(r, version.epoch);
	r->has_next_token = err == 0;
	r->next_token = version.token;
	if (calls_are_stopping(r->parts.calls))
		reconcile_rest(r, ERR_CANCELED, NULL);
	else if (r->is_due || changed)
		reconcile_read(r);
	else
		reconcile_rest(r, err, why);
}

static void reconcile_on_version(void *arg, int err, struct store_version version,
				 const struct errinfo *why)
{
	struct reconcile *r = arg;

	if (calls_end(r->parts.calls))
		reconcile_take_version(r, err, version, why);
}

/* The version is asked before the list: what is written in between is then seen the next time. */
static void reconcile_ask(struct reconcile *r)
{
	int err;

	r->state = RECONCILE_ASKING;
	r->is_claiming = false;
	r->asked_ms = clock_mono_ms();
	r->has_next_token = false;
	if (!store_has_version(reconcile_store(r))) {
		reconcile_read(r);
		return;
	}
	calls_begin(r->parts.calls);
	err = store_version(reconcile_store(r), reconcile_on_version, r);
	if (err == 0)
		return;
	calls_end(r->parts.calls);
	reconcile_take_version(r, err, (struct store_version){0}, NULL);
}

static void reconcile_on_timer(uv_timer_t *timer)
{
	struct reconcile *r = timer->data;

	if (r->state != RECONCILE_RESTING) {
		reconcile_tell_started(r, 0, NULL);
		return;
	}
	if (r->again_ms != 0 && clock_mono_ms() >= r->again_ms) {
		r->again_ms = 0;
		r->is_due = true;
		r->resumes_all = true;
	}
	if (!calls_are_stopping(r->parts.calls))
		reconcile_ask(r);
}

void reconcile_claims(struct reconcile *r)
{
	r->is_due = true;
	if (r->state != RECONCILE_RESTING || r->is_claiming || calls_are_stopping(r->parts.calls))
		return;
	r->is_claiming = true;
	uv_timer_start(&r->timer, reconcile_on_timer, RECONCILE_CLAIMS_MS, 0);
}

/* ---------------------------------------------------------------- its life */

static bool reconcile_shares_zones(const struct reconcile *r)
{
	const struct zones *zones = r->parts.zones;
	size_t i;

	for (i = 0; i < zones_count(zones); i++)
		if (!zones_is_volatile(zones, i))
			return true;
	return false;
}

static void reconcile_begin(struct reconcile *r, reconcile_started_fn *started, void *arg)
{
	r->started = started;
	r->started_arg = arg;
	r->is_due = true;
	r->resumes_all = true;
	r->looks_again = store_is_remote(reconcile_store(r)) && reconcile_shares_zones(r);
	r->is_resuming = true;
}

void reconcile_start_later(struct reconcile *r, const struct errinfo *why,
			   reconcile_started_fn *started, void *arg)
{
	reconcile_begin(r, started, arg);
	reconcile_rest(r, ERR_UNAVAILABLE, why);
}

bool reconcile_is_resuming(const struct reconcile *r)
{
	return r->is_resuming && r->started == NULL;
}

void reconcile_recovered(struct reconcile *r)
{
	if (!reconcile_is_resuming(r) || r->state != RECONCILE_RESTING ||
	    calls_are_stopping(r->parts.calls) || r->n_failed > RECONCILE_RECOVERED_TIMES)
		return;
	uv_timer_start(&r->timer, reconcile_on_timer,
		       (uint64_t)RECONCILE_RECOVERED_MS << (r->n_failed - 1), 0);
}

void reconcile_start(struct reconcile *r, reconcile_started_fn *started, void *arg)
{
	reconcile_begin(r, started, arg);
	uv_timer_start(&r->timer, reconcile_on_timer, 0, 0);
}

void reconcile_stop(struct reconcile *r)
{
	if (r == NULL)
		return;
	uv_timer_stop(&r->timer);
	if (r->state == RECONCILE_LISTING || r->state == RECONCILE_LOOKING) {
		sweep_end(&r->sweep, false, false);
		r->state = RECONCILE_ASKING;
		store_stop_listing(reconcile_store(r));
	}
	reconcile_tell_started(r, ERR_CANCELED, NULL);
}

static void reconcile_on_closed(uv_handle_t *handle)
{
	struct reconcile *r = handle->data;

	calls_drop_handle(r->parts.calls);
}

void reconcile_close(struct reconcile *r)
{
	if (r != NULL)
		uv_close((uv_handle_t *)&r->timer, reconcile_on_closed);
}

void reconcile_free(struct reconcile *r)
{
	free(r);
}
