/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uv.h>

#include "base/clock.h"
#include "base/container_of.h"
#include "base/due_timer.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/rand.h"
#include "net/pseudonym.h"
#include "notify/event.h"
#include "notify/host_part.h"
#include "notify/notify_retry.h"
#include "notify/notify_target.h"
#include "notify/rules.h"
#include "notify/saying.h"
#include "store/store.h"

enum entry_state {
	ENTRY_WAITS,	/* for its time, in the timer's list */
	ENTRY_QUEUED,	/* for its target, in the line */
	ENTRY_CLAIMS,	/* the store is asked whether it is ours */
	ENTRY_SENDS,	/* the target has it */
	ENTRY_NOTES,	/* the store is told how it went */
	ENTRY_REMOVES,	/* it is delivered, and the store is told so */
	ENTRY_RELEASES, /* the store is told that nobody holds it */
	ENTRY_DEAD,
};

struct entry {
	struct deliveries *all;
	struct line *line;
	enum entry_state state;
	bool is_kept;	   /* in the store */
	bool is_delivered; /* the store does not know yet */
	struct notice notice;
	struct due_item due;
	TAILQ_ENTRY(entry) link;      /* in all */
	TAILQ_ENTRY(entry) line_link; /* while it is queued */
};

TAILQ_HEAD(entries, entry);

/* One target. */
struct line {
	const struct conf_notify *conf;
	struct notify_target *target;
	struct entry *at_work; /* it is claimed or sent; NULL: none is */
	struct entries queued;
	struct saying failures, given_up; /* in the log */
	bool is_failing;		  /* the log says so */
	int64_t asked_for_ms; /* it wants nothing before: a target counts all requests alike */
	size_t n_entries;
	size_t n_places; /* in the store, waiting: as far as is known */
	size_t n_listed; /* the same, by the present look */
};

struct deliveries {
	struct store *store;
	char holder[NOTICE_HOLDER_MAX + 1];
	struct line *lines; /* and behind the n_lines the one of targets that are gone */
	size_t n_lines;
	size_t n_gone; /* notices that wait for such, by the present look */
	char gone[NOTICE_TARGET_MAX + 1];
	bool is_gone_told;
	struct entries entries;
	size_t n_entries, n_dead;
	struct due_timer timer;
	size_t n_calls; /* of the store */
	size_t n_sends;
	bool is_stopped, is_closed, timer_is_open;
	void (*closed)(void *arg);
	void *arg;
	_Atomic long long next_log_ms;
};

static const struct conf_notify gone_conf = {.timeout_s = DELIVERY_LEASE_S};

static void entry_begin(struct entry *e);

static void tell_gauges(const struct deliveries *d)
{
	metric_set(METRIC_NOTICES_WAITING, (int64_t)(d->n_entries - d->n_dead));
	metric_set(METRIC_NOTICES_DEAD, (int64_t)d->n_dead);
}

static void entry_free(struct entry *e)
{
	struct deliveries *d = e->all;

	due_timer_remove(&e->due);
	if (e->state == ENTRY_QUEUED)
		TAILQ_REMOVE(&e->line->queued, e, line_link);
	TAILQ_REMOVE(&d->entries, e, link);
	e->line->n_entries--;
	d->n_entries--;
	d->n_dead -= e->state == ENTRY_DEAD;
	tell_gauges(d);
	free(e);
}

/* Frees all when nothing refers to it any more. */
static void deliveries_check_over(struct deliveries *d)
{
	if (!d->is_closed || d->n_calls > 0 || d->n_sends > 0 || d->timer_is_open)
		return;
	while (!TAILQ_EMPTY(&d->entries))
		entry_free(TAILQ_FIRST(&d->entries));
	if (d->closed != NULL)
		d->closed(d->arg);
	free(d->lines);
	free(d);
}

static void entry_wait(struct entry *e, int64_t wait_s)
{
	e->state = ENTRY_WAITS;
	due_timer_put(&e->all->timer, &e->due, clock_mono_ms() + (wait_s > 0 ? wait_s : 0) * 1000);
}

/* How long nothing is sent there: it is quiet, or the target asked for a pause. */
static int64_t line_pause_s(const struct line *l)
{
	const int64_t quiet_s = rules_quiet_s(&l->conf->quiet, clock_wall_s());
	const int64_t left_ms = l->asked_for_ms - clock_mono_ms();

	return left_ms > quiet_s * 1000 ? (left_ms + 999) / 1000 : quiet_s;
}

/* The target is free for the next one. What was queued may have come into the quiet time. */
static void line_go_on(struct line *l)
{
	int64_t pause_s;
	struct entry *e;

	l->at_work = NULL;
	while ((e = TAILQ_FIRST(&l->queued)) != NULL && !e->all->is_stopped) {
		TAILQ_REMOVE(&l->queued, e, line_link);
		pause_s = line_pause_s(l);
		if (pause_s == 0) {
			entry_begin(e);
			return;
		}
		entry_wait(e, pause_s);
	}
}

static void log_trouble(struct deliveries *d, const char *verb, int err, const struct errinfo *why)
{
	if (log_may_repeat(&d->next_log_ms, clock_mono_ms()))
		log_event(LOG_LEVEL_WARN, "the store is in trouble with a notice",
			  LOG_FIELDS(log_str("verb", verb),
				     log_str("why", why != NULL ? why->text : err_str(err))));
}

/* Somebody else has it, or took it out. */
static bool is_lost(int err)
{
	return err == ERR_CONFLICT || err == ERR_NOTFOUND;
}

/* ---------------------------------------------------------------- what the store hears */

/* A call has come back. False: all of it is closed. */
static bool end_call(struct entry *e)
{
	struct deliveries *d = e->all;

	d->n_calls--;
	if (!d->is_closed)
		return true;
	deliveries_check_over(d);
	return false;
}

static void leave_place(struct line *l)
{
	l->n_places -= l->n_places > 0;
}

static void entry_remove(struct entry *e);

static void on_removed(void *arg, int err, const struct errinfo *why)
{
	struct entry *e = arg;
	struct deliveries *d = e->all;

	if (!end_call(e))
		return;
	if (err == 0 || is_lost(err) || d->is_stopped) {
		leave_place(e->line);
		entry_free(e);
		return;
	}
	log_trouble(d, "remove", err, why);
	entry_wait(e, DELIVERY_STORE_RETRY_S);
}

/* It was delivered: from now on it is only to be taken out of the store. */
static void entry_remove(struct entry *e)
{
	struct deliveries *d = e->all;

	e->is_delivered = true;
	if (!e->is_kept) {
		entry_free(e);
		return;
	}
	e->state = ENTRY_REMOVES;
	d->n_calls++;
	if (store_remove_notice(d->store, e->notice.id, e->notice.target, d->holder, on_removed,
				e) == 0)
		return;
	d->n_calls--;
	entry_wait(e, DELIVERY_STORE_RETRY_S);
}

/* What is shown of those that were given up is bounded; the store has them all. */
static void entry_bury(struct entry *e)
{
	struct deliveries *d = e->all;

	e->state = ENTRY_DEAD;
	d->n_dead++;
	if (d->n_dead > DELIVERIES_DEAD_MAX)
		entry_free(e);
	else
		tell_gauges(d);
}

static void entry_rest(struct entry *e)
{
	if (e->notice.state == NOTICE_DEAD)
		entry_bury(e);
	else
		entry_wait(e, e->notice.next_s - clock_wall_s());
}

static void on_noted(void *arg, int err, const struct errinfo *why)
{
	struct entry *e = arg;

	if (!end_call(e))
		return;
	if (is_lost(err)) {
		entry_free(e);
		return;
	}
	/* What the store missed it hears with the next attempt. */
	if (err != 0)
		log_trouble(e->all, "update", err, why);
	else if (e->notice.state == NOTICE_DEAD)
		leave_place(e->line);
	entry_rest(e);
}

static void entry_note(struct entry *e)
{
	struct deliveries *d = e->all;

	if (!e->is_kept) {
		entry_rest(e);
		return;
	}
	e->state = ENTRY_NOTES;
	d->n_calls++;
	if (store_update_notice(d->store, &e->notice, on_noted, e) == 0)
		return;
	d->n_calls--;
	entry_rest(e);
}

/* ---------------------------------------------------------------- sending */

/* Of a target that is away each of its notices fails, again and again. */
static void log_undelivered(const struct entry *e)
{
	const struct notice *n = &e->notice;
	const bool is_dead = n->state == NOTICE_DEAD;
	struct line *l = e->line;
	unsigned n_more;

	if (!saying_may(is_dead ? &l->given_up : &l->failures,
			is_dead ? DELIVERY_LOG_GIVEN_UP : DELIVERY_LOG_FAILURES, clock_mono_ms(),
			&n_more))
		return;
	l->is_failing |= !is_dead;
	log_event(is_dead ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN,
		  is_dead ? "a notice is given up"
			  : "a notice was not delivered and is tried again",
		  LOG_FIELDS(log_str("target", n->target), log_str("id", n->id),
			     log_uint("attempt", n->attempts), log_uint("more", n_more),
			     log_str("why", n->why)));
}

static void log_delivered(struct line *l)
{
	if (!l->is_failing)
		return;
	l->is_failing = false;
	log_event(
		LOG_LEVEL_INFO, "a target takes notices again",
		LOG_FIELDS(log_str("target", l->conf->name), log_uint("more", l->failures.n_more)));
	l->failures.n_more = 0;
}

static void entry_fail(struct entry *e, int err, unsigned wait_s, const char *why)
{
	struct notice *n = &e->notice;
	const int64_t now_s = clock_wall_s();
	int64_t next_s;

	n->attempts++;
	next_s =
		notify_retry_at(err, n->attempts, n->made_s, now_s, wait_s, rand_below(UINT32_MAX));
	notice_set_why(n, slice_of(why));
	if (next_s < 0)
		n->state = NOTICE_DEAD;
	else
		n->next_s = next_s;
	n->held_until_s = next_s < 0 ? now_s : next_s + DELIVERY_LEASE_S;
	if (n->held_until_s > now_s + NOTICE_HOLD_MAX_S)
		n->held_until_s = now_s + NOTICE_HOLD_MAX_S;
	metric_add(n->state == NOTICE_DEAD ? METRIC_NOTICES_GIVEN_UP : METRIC_NOTICES_FAILED, 1);
	log_undelivered(e);
	entry_note(e);
}

/* What a target said goes where pseudonyms are: the log, and mooringctl. A command may well have
 * written the login that it was given. The target's own address is the configuration's. */
static const char *fit_to_tell(const struct entry *e, const char *said,
			       char room[PSEUDONYM_TEXT_MAX])
{
	const struct addr own = host_part_addr(e->line->conf->url);
	struct event event = {.user = ""};

	event_read(e->notice.body, e->notice.id, &event);
	return pseudonym_said(said, event.user, &own, room);
}

static void on_sent(void *arg, int err, const struct notify_answer *answer)
{
	char said[PSEUDONYM_TEXT_MAX];
	struct entry *e = arg;
	struct deliveries *d = e->all;
	struct line *l = e->line;

	d->n_sends--;
	if (d->is_closed) {
		deliveries_check_over(d);
		return;
	}
	if (err == 0) {
		metric_add(METRIC_NOTICES_DELIVERED, 1);
		log_delivered(l);
		entry_remove(e);
	} else if (err == ERR_CANCELED) {
		entry_wait(e, DELIVERY_LEASE_S);
	} else {
		l->asked_for_ms = clock_mono_ms() + (int64_t)answer->wait_s * 1000;
		entry_fail(e, err, answer->wait_s, fit_to_tell(e, answer->said.text, said));
	}
	line_go_on(l);
}

static int send_event(struct entry *e, const struct event *event)
{
	char title[EVENT_TITLE_MAX];
	const struct notify_message m = {
		.id = event->id,
		.kind = event_kind_word(event->kind),
		.host = event->host,
		.user = event->user,
		.old = event->old,
		.new = event->new,
		.title = title,
		.text = event->text,
		.json = e->notice.body,
		.at_s = event->at_s,
		.attempt = e->notice.attempts + 1,
	};

	event_title(event, title);
	return notify_target_send(e->line->target, &m, on_sent, e);
}

static void entry_send(struct entry *e)
{
	struct deliveries *d = e->all;
	struct line *l = e->line;
	struct event event;
	char why[NOTICE_WHY_MAX + 1];
	int err;

	e->state = ENTRY_SENDS;
	if (l->target == NULL) {
		entry_fail(e, ERR_REFUSED, 0, "there is no section notify of that name");
	} else if (event_read(e->notice.body, e->notice.id, &event) != 0) {
		entry_fail(e, ERR_REFUSED, 0,
			   "what the store has of it is no event of this version");
	} else {
		d->n_sends++;
		err = send_event(e, &event);
		if (err == 0)
			return;
		d->n_sends--;
		snprintf(why, sizeof(why), "the attempt could not begin: %s", err_str(err));
		entry_fail(e, err, 0, why);
	}
	line_go_on(l);
}

static void on_claimed(void *arg, int err, const struct errinfo *why)
{
	struct entry *e = arg;
	struct line *l = e->line;

	if (!end_call(e))
		return;
	if (err == 0 && !e->all->is_stopped) {
		entry_send(e);
		return;
	}
	if (is_lost(err)) {
		entry_free(e);
	} else {
		if (err != 0)
			log_trouble(e->all, "claim", err, why);
		entry_wait(e, DELIVERY_STORE_RETRY_S);
	}
	line_go_on(l);
}

static void entry_claim(struct entry *e, int64_t now_s)
{
	struct deliveries *d = e->all;
	struct notice *n = &e->notice;

	e->state = ENTRY_CLAIMS;
	n->held_until_s = deliveries_hold_s(d, (size_t)(e->line - d->lines), now_s);
	str_copy(n->holder, sizeof(n->holder), slice_of(d->holder));
	d->n_calls++;
	if (store_claim_notice(d->store, n->id, n->target, d->holder, now_s, n->held_until_s,
			       on_claimed, e) == 0)
		return;
	d->n_calls--;
	entry_wait(e, DELIVERY_STORE_RETRY_S);
	line_go_on(e->line);
}

/* It is its turn. What is held for less than an attempt may take could be sent by somebody else
 * meanwhile. */
static void entry_begin(struct entry *e)
{
	struct line *l = e->line;
	const int64_t now_s = clock_wall_s();
	const struct notice *n = &e->notice;
	const bool is_ours = strcmp(n->holder, e->all->holder) == 0 &&
			     n->held_until_s > now_s + l->conf->timeout_s &&
			     n->held_until_s <= now_s + NOTICE_HOLD_MAX_S;

	l->at_work = e;
	if (e->is_kept && !is_ours)
		entry_claim(e, now_s);
	else
		entry_send(e);
}

static void on_due(void *arg, struct due_item *item)
{
	struct entry *e = CONTAINER_OF(item, struct entry, due);
	struct line *l = e->line;
	int64_t pause_s;

	(void)arg;
	if (e->is_delivered) {
		entry_remove(e);
		return;
	}
	pause_s = line_pause_s(l);
	if (pause_s > 0) {
		entry_wait(e, pause_s);
	} else if (l->at_work != NULL) {
		e->state = ENTRY_QUEUED;
		TAILQ_INSERT_TAIL(&l->queued, e, line_link);
	} else {
		entry_begin(e);
	}
}

/* ---------------------------------------------------------------- all of them */

int64_t deliveries_hold_s(const struct deliveries *d, size_t target, int64_t now_s)
{
	return now_s + d->lines[target].conf->timeout_s + DELIVERY_LEASE_S;
}

size_t deliveries_share(size_t all, size_t n)
{
	return n > 1 ? all / 2 / (n - 1) : all;
}

bool deliveries_have_place(const struct deliveries *d, size_t target)
{
	return d->lines[target].n_places <
	       deliveries_share(store_notices_max(d->store), d->n_lines);
}

/* That of those that are gone, if there is no such target. */
static struct line *find_line(struct deliveries *d, const char *target)
{
	size_t i;

	for (i = 0; i < d->n_lines; i++)
		if (strcmp(d->lines[i].conf->name, target) == 0)
			return &d->lines[i];
	return &d->lines[d->n_lines];
}

static bool has_notice(const struct deliveries *d, const struct notice *n)
{
	const struct entry *e;

	TAILQ_FOREACH(e, &d->entries, link)
		if (notice_has_key(&e->notice, n->id, n->target))
			return true;
	return false;
}

/* Nobody will send it. */
static bool is_over(const struct notice *n, enum delivery_keep keep)
{
	return keep == DELIVERY_FREE &&
	       (n->state == NOTICE_DEAD || clock_wall_s() - n->made_s >= DELIVERY_GONE_S);
}

/* Whoever writes to the table, or had a clock that was ahead, may have written any: nothing waits
 * for longer than the longest pause, nor lives for longer than if it were made now. */
static void bound_times(struct notice *n, int64_t now_s)
{
	if (n->next_s > now_s + NOTIFY_RETRY_CAP_S)
		n->next_s = now_s + NOTIFY_RETRY_CAP_S;
	if (n->made_s > now_s)
		n->made_s = now_s;
}

int deliveries_add(struct deliveries *d, const struct notice *n, enum delivery_keep keep)
{
	struct line *l = find_line(d, n->target);
	struct entry *e;

	if (l->target == NULL && !is_over(n, keep))
		return ERR_NOTFOUND;
	l->n_places += keep == DELIVERY_HELD;
	if (has_notice(d, n))
		return ERR_EXISTS;
	if (d->n_entries >= DELIVERIES_MAX ||
	    l->n_entries >= deliveries_share(DELIVERIES_MAX, d->n_lines))
		return ERR_LIMIT;
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return ERR_NOMEM;
	e->all = d;
	e->line = l;
	e->notice = *n;
	bound_times(&e->notice, clock_wall_s());
	e->is_kept = keep != DELIVERY_IN_MEMORY;
	if (keep == DELIVERY_FREE)
		e->notice.held_until_s = 0;
	TAILQ_INSERT_TAIL(&d->entries, e, link);
	l->n_entries++;
	d->n_entries++;
	tell_gauges(d);
	entry_rest(e);
	return 0;
}

void deliveries_look_begins(struct deliveries *d)
{
	struct entry *e, *next;
	size_t i;

	for (e = TAILQ_FIRST(&d->entries); e != NULL; e = next) {
		next = TAILQ_NEXT(e, link);
		if (e->state == ENTRY_DEAD && e->is_kept)
			entry_free(e);
	}
	for (i = 0; i <= d->n_lines; i++)
		d->lines[i].n_listed = 0;
	d->n_gone = 0;
}

void deliveries_listed(struct deliveries *d, const struct notice *n)
{
	struct line *l = find_line(d, n->target);

	if (n->state == NOTICE_DEAD)
		return;
	l->n_listed++;
	/* One that is held is on its way from another daemon, which has that section. */
	if (l->target != NULL || !notice_is_free(n, d->holder, clock_wall_s()))
		return;
	d->n_gone++;
	str_copy(d->gone, sizeof(d->gone), slice_of(n->target));
}

void deliveries_look_ends(struct deliveries *d)
{
	size_t i;

	for (i = 0; i <= d->n_lines; i++)
		d->lines[i].n_places = d->lines[i].n_listed;
	metric_set(METRIC_NOTICES_GONE, (int64_t)d->n_gone);
	if (d->n_gone > 0 && !d->is_gone_told)
		log_event(LOG_LEVEL_WARN,
			  "notices wait for a section notify that is not in the configuration",
			  LOG_FIELDS(log_uint("notices", d->n_gone), log_str("target", d->gone)));
	d->is_gone_told = d->n_gone > 0;
}

static void on_released(void *arg, int err, const struct errinfo *why)
{
	struct entry *e = arg;

	(void)err;
	(void)why;
	if (end_call(e))
		entry_free(e);
}

/* For want of an answer nothing is lost: the hold ends by itself. */
static void entry_release(struct entry *e)
{
	struct deliveries *d = e->all;

	if (!e->is_kept || strcmp(e->notice.holder, d->holder) != 0 || e->is_delivered ||
	    (e->state != ENTRY_WAITS && e->state != ENTRY_QUEUED))
		return;
	due_timer_remove(&e->due);
	if (e->state == ENTRY_QUEUED)
		TAILQ_REMOVE(&e->line->queued, e, line_link);
	e->state = ENTRY_RELEASES;
	e->notice.held_until_s = 0;
	d->n_calls++;
	if (store_update_notice(d->store, &e->notice, on_released, e) != 0)
		d->n_calls--;
}

void deliveries_stop(struct deliveries *d)
{
	struct entry *e;

	if (d->is_stopped)
		return;
	d->is_stopped = true;
	due_timer_stop(&d->timer);
	TAILQ_FOREACH(e, &d->entries, link)
		entry_release(e);
}

bool deliveries_are_idle(const struct deliveries *d)
{
	return d->n_calls == 0;
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct deliveries *d = handle->data;

	d->timer_is_open = false;
	deliveries_check_over(d);
}

void deliveries_close(struct deliveries *d, void (*closed)(void *arg), void *arg)
{
	size_t i;

	d->is_stopped = true;
	d->is_closed = true;
	d->closed = closed;
	d->arg = arg;
	due_timer_close(&d->timer, on_timer_closed);
	for (i = 0; i < d->n_lines; i++)
		notify_target_close(d->lines[i].target);
}

int deliveries_new(struct uv_loop_s *loop, const struct deliveries_parts *parts,
		   struct deliveries **ret)
{
	struct deliveries *d = calloc(1, sizeof(*d));
	size_t i;

	if (d != NULL)
		d->lines = calloc(parts->n + 1, sizeof(*d->lines));
	if (d == NULL || d->lines == NULL) {
		free(d);
		return ERR_NOMEM;
	}
	d->store = parts->store;
	memcpy(d->holder, parts->holder, sizeof(d->holder));
	TAILQ_INIT(&d->entries);
	for (i = 0; i <= parts->n; i++) {
		d->lines[i].conf = i < parts->n ? &parts->confs[i] : &gone_conf;
		d->lines[i].target = i < parts->n ? parts->targets[i] : NULL;
		TAILQ_INIT(&d->lines[i].queued);
	}
	d->n_lines = parts->n;
	due_timer_open(&d->timer, loop, on_due, d);
	d->timer_is_open = true;
	*ret = d;
	return 0;
}

void deliveries_count(const struct deliveries *d, struct deliveries_count *ret)
{
	*ret = (struct deliveries_count){d->n_entries - d->n_dead, d->n_dead};
}

void deliveries_each(const struct deliveries *d, delivery_fn *each, void *arg)
{
	const struct entry *e;

	TAILQ_FOREACH(e, &d->entries, link)
		each(arg, &e->notice);
}
