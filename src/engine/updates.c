/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/updates.h"

#include <stdlib.h>
#include <uv.h>

#include "base/clock.h"
#include "base/due_timer.h"
#include "base/err.h"
#include "engine/agents.h"
#include "engine/calls.h"
#include "engine/change_limit.h"
#include "engine/plan.h"
#include "engine/update.h"
#include "engine/update_report.h"
#include "engine/zones.h"
#include "net/fqdn.h"
#include "net/line_limit.h"
#include "net/prefix.h"

/* An update that is turned away at the door, answered in the next turn of the loop. */
struct updates_refusal {
	const struct engine_request *request;
	engine_answer_fn *done;
	void *arg;
};

struct updates {
	struct calls *calls;
	struct update_parts parts; /* of each */
	struct agents *agents;
	struct change_limit *limit;
	struct line_limit *failures; /* of log lines */
	struct updates_conf conf;
	bool is_stopping;
	void (*drained)(void *arg);
	void *arg;
	uint64_t n_begun, n_answered;
	size_t n;	  /* that exist, answered or not */
	size_t n_pending; /* of them, not yet answered */
	struct due_timer deadlines;
	uv_timer_t soon; /* for refusals */
	uv_timer_t tell; /* how many lines of failures were left out */
	size_t first_refusal, n_refusals;
	struct updates_refusal refusals[UPDATES_REFUSED_MAX];
	struct plan plan; /* scratch of all updates */
};

static void updates_check_drained(struct updates *us)
{
	if (us->is_stopping)
		us->drained(us->arg);
}

static void updates_on_deadline(void *arg, struct due_item *item)
{
	(void)arg;
	update_expire(item);
}

static void updates_answer_refusal(struct updates *us)
{
	const struct updates_refusal r = us->refusals[us->first_refusal];
	struct dyndns_answer answer;

	dyndns_answer_one(&answer, DYNDNS_911);
	report_update(r.request, &(struct fqdn){.len = 0},
		      &(struct plan_summary){.n_renumbered = 0}, &answer,
		      &(struct report_about){.failures = us->failures});
	us->first_refusal = (us->first_refusal + 1) % UPDATES_REFUSED_MAX;
	us->n_refusals--;
	us->n_answered++;
	r.done(r.arg, &answer);
}

static void updates_on_soon(uv_timer_t *timer)
{
	struct updates *us = timer->data;

	while (us->n_refusals > 0)
		updates_answer_refusal(us);
	updates_check_drained(us);
}

static void updates_refuse(struct updates *us, const struct engine_request *r,
			   engine_answer_fn *done, void *arg)
{
	size_t at;

	/* The oldest is answered inside somebody else's call: better than never. */
	if (us->n_refusals == UPDATES_REFUSED_MAX)
		updates_answer_refusal(us);
	at = (us->first_refusal + us->n_refusals) % UPDATES_REFUSED_MAX;
	us->refusals[at] = (struct updates_refusal){r, done, arg};
	us->n_refusals++;
	uv_timer_start(&us->soon, updates_on_soon, 0, 0);
}

static void updates_on_tell(uv_timer_t *timer)
{
	struct updates *us = timer->data;
	const int64_t now_ms = clock_mono_ms();
	int64_t next_ms;

	line_limit_tell(us->failures, now_ms);
	next_ms = line_limit_next_ms(us->failures);
	if (next_ms != INT64_MAX)
		uv_timer_start(&us->tell, updates_on_tell, (uint64_t)(next_ms - now_ms), 0);
}

/* The next line of the same client tells it, too, but may never come. */
static void updates_tell_failures(struct updates *us)
{
	if (!us->is_stopping && line_limit_next_ms(us->failures) != INT64_MAX &&
	    !uv_is_active((uv_handle_t *)&us->tell))
		uv_timer_start(&us->tell, updates_on_tell, REPORT_FAILURES_MS, 0);
}

static void updates_on_answered(void *arg, bool is_gone)
{
	struct updates *us = arg;

	us->n -= is_gone;
	us->n_pending--;
	us->n_answered++;
	updates_tell_failures(us);
	updates_check_drained(us);
}

static void updates_on_gone(void *arg)
{
	struct updates *us = arg;

	us->n--;
}

static const struct update_events updates_events = {
	.answered = updates_on_answered,
	.gone = updates_on_gone,
};

void updates_begin(struct updates *us, struct engine_request *r, engine_answer_fn *done, void *arg)
{
	if (us->is_stopping || us->n >= us->conf.max ||
	    update_new(&us->parts, &updates_events, us, r, us->n_begun, done, arg) != 0) {
		updates_refuse(us, r, done, arg);
		return;
	}
	us->n_begun++;
	us->n++;
	us->n_pending++;
}

/* Whoever is to be hurried came before most others, as their deadlines do. */
void updates_hurry(struct updates *us, uint64_t id)
{
	struct due_item *item = due_list_first(&us->deadlines.list);

	while (item != NULL && !update_has_id(item, id))
		item = due_list_next(item);
	if (item != NULL)
		update_expire(item);
}

static void updates_on_closed(uv_handle_t *handle)
{
	struct updates *us = handle->data;

	calls_drop_handle(us->calls);
}

static const struct line_limit_conf updates_failures = {
	.sentence = "lines of failed updates left out",
	.lines = 1,
	.window_ms = REPORT_FAILURES_MS,
	.network = prefix_of_client,
};

int updates_new(struct uv_loop_s *loop, const struct updates_parts *parts,
		const struct updates_conf *conf, void (*drained)(void *arg), void *arg,
		struct updates **ret)
{
	struct updates *us = calloc(1, sizeof(*us));

	if (us == NULL)
		return ERR_NOMEM;
	if (agents_new(&us->agents) != 0 ||
	    change_limit_new(conf->changes_per_hour, &us->limit) != 0 ||
	    line_limit_new(&updates_failures, &us->failures) != 0) {
		updates_free(us);
		return ERR_NOMEM;
	}
	us->calls = parts->calls;
	us->parts = (struct update_parts){
		.logins = parts->logins,
		.change = {parts->calls, parts->cache, parts->hosts, parts->turns},
		.repeats = parts->repeats,
		.learners = {us->agents, parts->seen, parts->news},
		.history = parts->history,
		.limit = us->limit,
		.failures = us->failures,
		.zones = zones_all(parts->zones),
		.n_zones = zones_count(parts->zones),
		.deadlines = &us->deadlines,
		.deadline_ms = conf->deadline_ms,
		.plan = &us->plan,
	};
	us->conf = *conf;
	us->drained = drained;
	us->arg = arg;
	uv_timer_init(loop, &us->soon); /* cannot fail */
	us->soon.data = us;
	uv_timer_init(loop, &us->tell);
	us->tell.data = us;
	due_timer_open(&us->deadlines, loop, updates_on_deadline, us);
	calls_add_handle(parts->calls);
	calls_add_handle(parts->calls);
	calls_add_handle(parts->calls);
	*ret = us;
	return 0;
}

void updates_stop(struct updates *us)
{
	struct due_item *item;

	if (us == NULL)
		return;
	us->is_stopping = true;
	while ((item = due_list_first(&us->deadlines.list)) != NULL)
		update_expire(item);
	while (us->n_refusals > 0)
		updates_answer_refusal(us);
}

void updates_close(struct updates *us)
{
	if (us == NULL)
		return;
	line_limit_tell_all(us->failures);
	uv_close((uv_handle_t *)&us->soon, updates_on_closed);
	uv_close((uv_handle_t *)&us->tell, updates_on_closed);
	due_timer_close(&us->deadlines, updates_on_closed);
}

void updates_free(struct updates *us)
{
	if (us == NULL)
		return;
	agents_free(us->agents);
	change_limit_free(us->limit);
	line_limit_free(us->failures);
	free(us);
}

size_t updates_pending(const struct updates *us)
{
	return us->n_pending + us->n_refusals;
}

uint64_t updates_answered(const struct updates *us)
{
	return us->n_answered;
}
