/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/update.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "account/account.h"
#include "base/clock.h"
#include "base/container_of.h"
#include "base/due_timer.h"
#include "base/metric.h"
#include "engine/accounts.h"
#include "engine/change_limit.h"
#include "engine/host.h"
#include "engine/login.h"
#include "engine/plan.h"
#include "engine/repeat.h"
#include "engine/update_history.h"
#include "engine/update_learn.h"
#include "engine/update_lines.h"
#include "engine/update_report.h"

/* What it is at. */
enum update_step {
	UPDATE_LOOK_UP, /* the account, and is the password right? */
	UPDATE_PLAN,
	UPDATE_CHANGE, /* intend, publish */
	UPDATE_FOLLOW, /* wait for a newer update, whose outcome is its own */
	UPDATE_DONE,   /* answered */
};

TAILQ_HEAD(update_list, update);

/* From update_new() until it is answered and nothing refers to it any more. */
struct update {
	const struct update_parts *parts;
	const struct update_events *events;
	void *arg;
	enum update_step step;
	struct engine_request *request; /* NULL once answered */
	engine_answer_fn *done;
	void *done_arg;
	uint64_t order; /* of arrival */
	int64_t arrived_ms;
	struct due_item deadline; /* in parts->deadlines until answered */

	struct login *login;	     /* NULL once it ended */
	enum accounts_source source; /* where it was found */
	uint64_t read_at;	     /* the tick when its lookup began */

	struct plan_summary summary; /* for the log */
	const char *braked;	     /* why it has to come again later; NULL: it has not */
	unsigned retry_after_s;	     /* and when */
	bool is_counted;	     /* among the changes of its hosts */
	bool is_right;		     /* the password was; quirks are the account's */
	unsigned quirks;
	struct update_lines lines;
	struct update_draft *draft; /* for the history; owned, NULL: none */
	struct change *change;	    /* NULL: nothing was planned to be changed, or it ended */
	unsigned n_busy;	    /* of the two, those that ended and are not idle yet */
	unsigned rounds;
	struct update *newer;	  /* a newer update of the same hosts: its outcome is this one's */
	struct update_list older; /* those of which this is the newer one */
	TAILQ_ENTRY(update) older_link;
	char user[]; /* outlives the request */
};

static const struct change_events update_change_events;

/* ---------------------------------------------------------------- its end */

/* Once answered, it stays only for what is still under way for it. */
static void update_on_idle(void *arg)
{
	struct update *u = arg;
	const struct update_events *events = u->events;
	void *events_arg = u->arg;

	if (--u->n_busy > 0)
		return;
	free(u);
	events->gone(events_arg);
}

/* Nothing but memory is left. */
static void update_on_closed(void *arg)
{
	struct update *u = arg;

	if (--u->n_busy == 0)
		free(u);
}

static void update_unfollow(struct update *u)
{
	if (u->newer != NULL)
		TAILQ_REMOVE(&u->newer->older, u, older_link);
	u->newer = NULL;
}

static void update_deliver(struct update *u, const struct dyndns_answer *answer);

/* Those that u overtook get what u gets. */
static void update_answer_older(struct update *u, const struct dyndns_answer *answer)
{
	struct dyndns_answer own;
	struct update *older;

	while ((older = TAILQ_FIRST(&u->older)) != NULL) {
		update_unfollow(older);
		if (!update_lines_follow(&older->lines, &u->lines, answer, &own))
			older->summary.n_renumbered = 0;
		update_deliver(older, &own);
	}
}

static void update_deliver(struct update *u, const struct dyndns_answer *answer)
{
	const struct update_events *events = u->events;
	const struct report_about about = {
		.now_ms = clock_mono_ms(),
		.arrived_ms = u->arrived_ms,
		.braked = u->braked,
		.failures = u->parts->failures,
	};
	void *arg = u->arg;
	bool is_gone;

	update_answer_older(u, answer);
	update_unfollow(u);
	due_timer_remove(&u->deadline);
	report_update(u->request, &u->lines.only_host, &u->summary, answer, &about);
	update_learn_braked(&u->parts->learners, u->request, u->braked);
	if (u->is_right)
		update_learn(&u->parts->learners, u->user, u->quirks, u->request,
			     &u->lines.only_host, answer);
	update_draft_free(u->draft);
	u->request = NULL;
	u->step = UPDATE_DONE;
	u->n_busy += !login_end(u->login);
	u->n_busy += u->change != NULL && !change_end(u->change);
	u->done(u->done_arg, answer);
	is_gone = u->n_busy == 0;
	if (is_gone)
		free(u);
	events->answered(arg, is_gone);
}

static void update_answer_one(struct update *u, enum dyndns_code code)
{
	struct dyndns_answer answer;

	dyndns_answer_one(&answer, code);
	answer.retry_after_s = u->retry_after_s;
	u->lines.is_unstored = true;
	update_lines_free(&u->lines);
	update_deliver(u, &answer);
}

/* With what became of the items of its plan; as update_lines_answer(), update_draft_tell(). */
static void update_answer_codes(struct update *u, const enum dyndns_code *codes, const bool *stored)
{
	struct dyndns_answer answer;

	update_draft_tell(u->parts->history, &u->draft, u->request, u->user, codes, stored);
	if (!update_lines_answer(&u->lines, codes, &answer))
		u->summary.n_renumbered = 0;
	answer.retry_after_s = u->retry_after_s;
	update_deliver(u, &answer);
}

/* With what is known by now, though its change has not ended. */
static void update_answer_known(void *arg)
{
	enum dyndns_code codes[PLAN_ITEMS_MAX];
	bool stored[PLAN_ITEMS_MAX];
	struct update *u = arg;

	change_codes(u->change, codes, stored);
	update_answer_codes(u, codes, stored);
}

bool update_has_id(const struct due_item *item, uint64_t id)
{
	return CONTAINER_OF(item, struct update, deadline)->request->id == id;
}

void update_expire(struct due_item *item)
{
	struct update *u = CONTAINER_OF(item, struct update, deadline);

	if (u->lines.n == 0)
		update_answer_one(u, DYNDNS_911);
	else if (u->step == UPDATE_CHANGE)
		update_answer_known(u);
	else
		update_answer_codes(u, NULL, NULL);
}

/* ---------------------------------------------------------------- what does it mean? */

/* Takes account. True: the plan is to be carried out. False: it changes something, and was made of
 * what memory says. That is compared with what is known of the hosts only where it says that
 * nothing changes: what it makes a change of is planned anew anyway. */
static bool update_make_plan(struct update *u, struct account *account)
{
	const struct update_parts *parts = u->parts;
	const struct engine_request *r = u->request;
	const bool is_new = u->source == ACCOUNTS_FRESH;
	const int64_t now_s = clock_wall_s();
	struct plan *plan = parts->plan;

	u->step = UPDATE_PLAN;
	u->is_right = true;
	u->quirks = account->quirks;
	if (is_new)
		hosts_see(parts->change.hosts, account, u->read_at, true);
	plan_make(account, &r->query, &r->peer, parts->zones, parts->n_zones, now_s, plan);
	if (!is_new && plan->is_unchanged &&
	    hosts_see(parts->change.hosts, account, u->read_at, false))
		plan_make(account, &r->query, &r->peer, parts->zones, parts->n_zones, now_s, plan);
	update_lines_know(&u->lines, account->quirks,
			  plan->only_host != NULL ? &plan->only_host->name : NULL);
	account_free(account);
	return is_new || plan->is_unchanged;
}

static void update_note_plan(struct update *u, const struct plan *plan)
{
	u->summary = plan->summary;
	update_tell_unchanged(u->parts->history, plan, &u->lines.only_host, u->request, u->user);
	if (plan->is_noted)
		report_notes(u->request, u->user, plan);
	if (plan->n_repeats > 0 && u->source != ACCOUNTS_STALE)
		repeats_add(u->parts->repeats, u->user, plan->repeats, plan->n_repeats, u->read_at);
}

static void update_brake(struct update *u, const char *why, int64_t left_ms)
{
	u->braked = why;
	u->retry_after_s = (unsigned)((left_ms + 999) / 1000);
}

/* An update is counted once, however often it is planned; one that first has to finish an older
 * change is counted then. False: it cannot be begun. */
static bool update_begin_change(struct update *u, const struct plan *plan)
{
	int64_t left_ms = 0;

	update_draft_take(u->parts->history, plan, &u->draft);
	if (!u->is_counted && !plan->is_prelude) {
		u->is_counted = true;
		left_ms = change_limit_take(u->parts->limit, plan->items, plan->n_items,
					    clock_mono_ms());
	}
	if (left_ms > 0) {
		metric_add(METRIC_CHANGES_LIMITED, 1);
		update_brake(u, "changes", left_ms);
		return false;
	}
	if (u->change == NULL &&
	    change_new(&u->parts->change, u->user, &update_change_events, u, &u->change) != 0)
		return false;
	u->step = UPDATE_CHANGE;
	return change_go(u->change, plan->items, plan->n_items, u->read_at) == 0;
}

/* Once more: somebody wrote meanwhile, or the store has to say it. */
static void update_look_up(struct update *u)
{
	u->step = UPDATE_LOOK_UP;
	if (login_begin(u->login) != 0)
		update_answer_one(u, DYNDNS_911);
}

static void update_take_account(struct update *u, struct account *account)
{
	struct plan *plan = u->parts->plan;
	struct dyndns_answer answer;
	int err;

	if (dyndns_query_read_names(&u->request->query) != 0) {
		account_free(account);
		update_answer_one(u, DYNDNS_911);
		return;
	}
	if (!update_make_plan(u, account)) {
		/* The store may say otherwise; in trouble, it can have nothing intended. */
		if (u->source == ACCOUNTS_CACHED)
			update_look_up(u);
		else
			update_answer_one(u, DYNDNS_911);
		return;
	}
	err = update_lines_take(&u->lines, plan);
	update_note_plan(u, plan);
	if (plan->n_items == 0) {
		update_lines_answer(&u->lines, NULL, &answer);
		update_deliver(u, &answer);
	} else if (err != 0 || !update_begin_change(u, plan)) {
		update_answer_codes(u, NULL, NULL);
	}
}

/* ---------------------------------------------------------------- whose account is it? */

static void update_on_found(void *arg, const struct login_found *found)
{
	const bool at_login = found->brake == PENALTY_LOGIN;
	struct update *u = arg;

	u->source = found->source;
	u->read_at = found->read_at;
	switch (found->verdict) {
	case LOGIN_RIGHT:
		update_take_account(u, found->account);
		break;
	case LOGIN_WRONG:
		update_answer_one(u, DYNDNS_BADAUTH);
		break;
	case LOGIN_UNKNOWN:
		update_answer_one(u, DYNDNS_911);
		break;
	case LOGIN_BRAKED:
		metric_add(at_login ? METRIC_LOGINS_BRAKED_LOGIN : METRIC_LOGINS_BRAKED_CLIENT, 1);
		update_brake(u, at_login ? "login" : "client", found->brake_left_ms);
		update_answer_one(u, DYNDNS_911);
		break;
	}
}

static const struct login_events update_login_events = {
	.found = update_on_found,
	.idle = update_on_idle,
	.closed = update_on_closed,
};

/* ---------------------------------------------------------------- whose turn is it? */

/* newer changes everything that older would change. */
static bool update_covers(const struct update *newer, const struct update *older)
{
	return newer->order > older->order && change_includes(newer->change, older->change) &&
	       update_lines_cover(&newer->lines, &older->lines);
}

/* u intends nothing itself, and neither do those that follow it. */
static void update_follow(struct update *u, struct update *newer)
{
	struct update *older;

	u->step = UPDATE_FOLLOW;
	change_drop(u->change);
	while ((older = TAILQ_FIRST(&u->older)) != NULL) {
		update_unfollow(older);
		older->newer = newer;
		TAILQ_INSERT_TAIL(&newer->older, older, older_link);
	}
	u->newer = newer;
	TAILQ_INSERT_TAIL(&newer->older, u, older_link);
}

/* Of those that wait for a turn at one host and change the same, the newest goes alone. */
static void update_on_waiting(void *arg)
{
	struct update *u = arg;
	struct change *c, *next;

	for (c = change_in_line(u->change, NULL); c != NULL; c = next) {
		struct update *other = change_owner(c);

		next = change_in_line(u->change, c);
		if (update_covers(other, u)) {
			update_follow(u, other);
			return;
		}
		if (change_is_waiting(c) && update_covers(u, other))
			update_follow(other, u);
	}
}

/* Another daemon may be as fast each time. */
static void update_on_outdated(void *arg)
{
	struct update *u = arg;

	if (++u->rounds >= UPDATE_ROUNDS_MAX)
		update_answer_codes(u, NULL, NULL);
	else
		update_look_up(u);
}

static void update_on_decided(void *arg, const enum dyndns_code *codes)
{
	struct update *u = arg;

	u->change = NULL;
	if (u->lines.is_prelude && update_lines_are_good(&u->lines, codes))
		update_on_outdated(u);
	else
		update_answer_codes(u, codes, NULL);
}

static const struct change_events update_change_events = {
	.outdated = update_on_outdated,
	.waiting = update_on_waiting,
	.failed = update_answer_known,
	.decided = update_on_decided,
	.idle = update_on_idle,
	.closed = update_on_closed,
};

/* ---------------------------------------------------------------- its beginning */

int update_new(const struct update_parts *parts, const struct update_events *events, void *arg,
	       struct engine_request *r, uint64_t order, engine_answer_fn *done, void *done_arg)
{
	const size_t user_size = strlen(r->credentials.user) + 1;
	struct update *u = calloc(1, sizeof(*u) + user_size);
	int err;

	if (u == NULL)
		return ERR_NOMEM;
	u->parts = parts;
	u->events = events;
	u->arg = arg;
	u->done = done;
	u->done_arg = done_arg;
	u->request = r;
	u->lines.query = &r->query;
	u->order = order;
	u->arrived_ms = clock_mono_ms();
	memcpy(u->user, r->credentials.user, user_size);
	TAILQ_INIT(&u->older);
	err = login_new(parts->logins, &r->credentials, &r->peer, &update_login_events, u,
			&u->login);
	if (err == 0)
		err = login_begin(u->login);
	if (err != 0) {
		login_end(u->login);
		free(u);
		return err;
	}
	due_timer_put(parts->deadlines, &u->deadline, u->arrived_ms + parts->deadline_ms);
	return 0;
}
