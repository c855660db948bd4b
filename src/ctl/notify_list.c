/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/notify_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "base/str.h"
#include "conf/conf.h"
#include "ctl/args.h"
#include "ctl/frame.h"
#include "ctl/listing.h"
#include "ctl/print.h"
#include "ctl/progress.h"
#include "ctl/say.h"
#include "ctl/session.h"
#include "ctl/table.h"
#include "notify/event.h"
#include "store/notice.h"
#include "store/store.h"

enum { COLUMNS = 7, HOLD_S = 60, HOLDER_BYTES = NOTICE_HOLDER_MAX / 2 };

/* All of them, as they were read. */
struct notices_read {
	struct notice *at; /* owned */
	size_t n;
	int err;
	bool is_done;
	struct errinfo *ei;
};

static void take_notice(void *arg, const struct notice *n)
{
	struct notices_read *r = arg;
	struct notice *more = realloc(r->at, (r->n + 1) * sizeof(*more));

	if (more == NULL) {
		r->err = ERR_NOMEM;
		return;
	}
	r->at = more;
	more[r->n++] = *n;
}

static void on_notices(void *arg, int err, const struct errinfo *why)
{
	struct notices_read *r = arg;

	r->is_done = true;
	if (r->err == 0)
		r->err = err;
	if (r->err != 0)
		err_set(r->ei, r->err, "%s", why != NULL ? why->text : err_str(r->err));
}

static int compare_made(const void *a, const void *b)
{
	const struct notice *x = a, *y = b;

	return (x->made_s > y->made_s) - (x->made_s < y->made_s);
}

/* The oldest first. */
static int read_notices(struct session *s, struct notices_read *r, struct errinfo *ei)
{
	int err;

	r->ei = ei;
	if (!store_has_notices(s->backends.store))
		return err_set(ei, ERR_INVAL, "this store keeps no notices");
	err = store_list_notices(s->backends.store, take_notice, on_notices, r);
	if (err != 0)
		return err_set(ei, err, "%s", err_str(err));
	session_run(s, &r->is_done);
	if (r->err == 0 && r->n > 0)
		qsort(r->at, r->n, sizeof(*r->at), compare_made);
	return r->err;
}

/* ---------------------------------------------------------------- list */

static bool has_target(const struct conf *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->n_notifies; i++)
		if (strcmp(c->notifies[i].name, name) == 0)
			return true;
	return false;
}

/* Of a body that is none: it would be nobody's word. */
static const char *kind_of(const struct event *e)
{
	return e->kind < EVENT_KINDS ? event_kind_word(e->kind) : "?";
}

static int add_notice_line(struct table *t, const struct notice *n, const struct event *e,
			   bool is_gone)
{
	char made[PRINT_TIME_MAX], tries[32];
	const char *cells[COLUMNS];

	snprintf(tries, sizeof(tries), "%u attempt%s", n->attempts, n->attempts == 1 ? "" : "s");
	cells[0] = print_time(n->made_s, made);
	cells[1] = n->target;
	cells[2] = n->state == NOTICE_DEAD ? "given-up" : "waiting";
	cells[3] = kind_of(e);
	cells[4] = e->host[0] != '\0' ? e->host : e->user[0] != '\0' ? e->user : "-";
	cells[5] = n->id;
	/* What is no notice has no target either, which is the lesser trouble. */
	is_gone = is_gone && (e->kind < EVENT_KINDS || n->why[0] == '\0');
	cells[6] = is_gone ? "no section notify has that name" : n->why[0] != '\0' ? n->why : tries;
	return table_add(t, cells);
}

static json_t *notice_json(const struct notice *n, const struct event *e, bool is_gone)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:s, s:b}", "id",
			 n->id, "target", n->target, "state",
			 n->state == NOTICE_DEAD ? "given-up" : "waiting", "event", kind_of(e),
			 "host", e->host, "user", e->user, "made", (json_int_t)n->made_s, "next",
			 (json_int_t)n->next_s, "attempts", (json_int_t)n->attempts, "why", n->why,
			 "text", e->text, "gone", (int)is_gone);
}

static int list_notices(struct session *s, const struct ctl_args *args, struct account *none)
{
	struct notices_read r = {.at = NULL};
	struct errinfo ei = ERRINFO_INIT;
	struct listing l;
	size_t i;
	int err = read_notices(s, &r, &ei);

	(void)none;
	listing_begin(&l, args->json, COLUMNS);
	for (i = 0; err == 0 && i < r.n && l.err == 0; i++) {
		struct event e = {.kind = EVENT_KINDS};
		const bool is_gone = !has_target(s->conf, r.at[i].target);

		/* A notice's own texts were checked as they were read. */
		if (event_read(r.at[i].body, r.at[i].id, &e) != 0)
			str_copy(e.host, sizeof(e.host), slice_of("?"));
		if (l.json != NULL)
			listing_add(&l, notice_json(&r.at[i], &e, is_gone));
		else
			l.err = add_notice_line(l.table, &r.at[i], &e, is_gone);
	}
	err = listing_end(&l, err, &ei);
	free(r.at);
	return err == 0 ? CTL_OK : ctl_fail("%s", ei.text);
}

int ctl_notify_list(const struct ctl_args *args)
{
	return frame_run(args, FRAME_STORE, list_notices);
}

/* ---------------------------------------------------------------- retry, drop */

struct notice_wait {
	bool is_done;
	int err;
	struct errinfo *ei;
};

static void on_notice_done(void *arg, int err, const struct errinfo *why)
{
	struct notice_wait *w = arg;

	w->is_done = true;
	w->err = err;
	if (err != 0)
		err_set(w->ei, err, "%s", why != NULL ? why->text : err_str(err));
}

static int wait_notice(struct session *s, struct notice_wait *w, int err)
{
	if (err != 0)
		return err_set(w->ei, err, "%s", err_str(err));
	session_run(s, &w->is_done);
	return w->err;
}

static int hold_notice(struct session *s, struct notice *n, struct errinfo *ei)
{
	struct notice_wait w = {.ei = ei};
	const int64_t now_s = clock_wall_s();
	unsigned char random[HOLDER_BYTES];

	rand_bytes(random, sizeof(random));
	str_hex(n->holder, random, sizeof(random));
	n->held_until_s = now_s + HOLD_S;
	return wait_notice(s, &w,
			   store_claim_notice(s->backends.store, n->id, n->target, n->holder, now_s,
					      n->held_until_s, on_notice_done, &w));
}

typedef int notice_work_fn(struct session *s, struct notice *n, struct errinfo *ei);

/* It waits anew, as long as a new one would. */
static int retry_notice(struct session *s, struct notice *n, struct errinfo *ei)
{
	struct notice_wait w = {.ei = ei};

	n->state = NOTICE_WAITING;
	n->attempts = 0;
	n->made_s = n->next_s = clock_wall_s();
	n->held_until_s = 0;
	return wait_notice(s, &w, store_update_notice(s->backends.store, n, on_notice_done, &w));
}

static int drop_notice(struct session *s, struct notice *n, struct errinfo *ei)
{
	struct notice_wait w = {.ei = ei};

	return wait_notice(s, &w,
			   store_remove_notice(s->backends.store, n->id, n->target, n->holder,
					       on_notice_done, &w));
}

/* Each target has a notice of its own of an event, with the event's id. */
static bool is_named(const struct notice *n, const struct ctl_args *args)
{
	return strcmp(n->id, args->operand[0]) == 0 &&
	       (args->n < 2 || strcmp(n->target, args->operand[1]) == 0);
}

/* Without an id, those that were given up; to be dropped also those that nobody will send, as their
 * target is in the configuration no more. */
static bool is_meant(const struct session *s, const struct notice *n, const struct ctl_args *args,
		     notice_work_fn *work)
{
	if (!args->all)
		return is_named(n, args);
	return n->state == NOTICE_DEAD || (work == drop_notice && !has_target(s->conf, n->target));
}

struct worked_on {
	size_t n, n_done, n_left;
	struct progress progress;
};

static void say_of_notice(struct worked_on *w, const struct notice *n, const char *what)
{
	progress_wipe(&w->progress);
	printf("%s for %s: %s\n", n->id, n->target, what);
	fflush(stdout);
	progress_add(&w->progress, 1);
}

/* Which of them is at work elsewhere is no reason to leave the others. ERR_*: the store is in
 * trouble, and would be with the next. */
static int work_on_one(struct session *s, struct notice *n, notice_work_fn *work, const char *done,
		       struct worked_on *w, struct errinfo *ei)
{
	int err;

	w->n++;
	if (work == retry_notice && n->state != NOTICE_DEAD) {
		say_of_notice(w, n, "it was not given up, and is left as it is");
		return 0;
	}
	err = hold_notice(s, n, ei);
	if (err == 0)
		err = work(s, n, ei);
	if (err != 0 && err != ERR_CONFLICT && err != ERR_NOTFOUND)
		return err;
	w->n_done += err == 0;
	w->n_left += err == ERR_CONFLICT;
	say_of_notice(w, n,
		      err == 0		    ? done
		      : err == ERR_CONFLICT ? "a daemon is at work on it: try again later"
					    : "it is gone meanwhile");
	err_reset(ei);
	return 0;
}

static int tell_work(const struct ctl_args *args, const struct worked_on *w, const char *done)
{
	if (w->n == 0 && !args->all)
		return args->n > 1 ? ctl_fail("there is no notice %s for %s", args->operand[0],
					      args->operand[1])
				   : ctl_fail("there is no notice %s", args->operand[0]);
	printf("%zu notice%s %s\n", w->n_done, w->n_done == 1 ? "" : "s", done);
	if (w->n_left > 0)
		return ctl_fail("%zu of %zu %s left to a daemon", w->n_left, w->n,
				w->n_left == 1 ? "was" : "were");
	return CTL_OK;
}

static int work_on_each(struct session *s, const struct ctl_args *args, notice_work_fn *work,
			const char *done, struct notices_read *r, struct worked_on *w,
			struct errinfo *ei)
{
	size_t i, n = 0;
	int err = 0;

	/* In their order, so that how many there are is known before the first is worked on. */
	for (i = 0; i < r->n; i++)
		if (is_meant(s, &r->at[i], args, work))
			r->at[n++] = r->at[i];
	progress_begin_late(&w->progress, "notices", s->backends.store->ops->name, n);
	for (i = 0; err == 0 && i < n; i++)
		err = work_on_one(s, &r->at[i], work, done, w, ei);
	progress_wipe(&w->progress);
	return err;
}

static int work_on(struct session *s, const struct ctl_args *args, notice_work_fn *work,
		   const char *done)
{
	struct notices_read r = {.at = NULL};
	struct errinfo ei = ERRINFO_INIT;
	struct worked_on w = {.n = 0};
	int err;

	if (args->all == (args->n > 0))
		return ctl_wrong_usage("say the ID of a notice, or --all for those given up");
	err = read_notices(s, &r, &ei);
	if (err == 0)
		err = work_on_each(s, args, work, done, &r, &w, &ei);
	free(r.at);
	return err != 0 ? ctl_fail("%s", ei.text) : tell_work(args, &w, done);
}

static int retry_notices(struct session *s, const struct ctl_args *args, struct account *none)
{
	(void)none;
	return work_on(s, args, retry_notice,
		       "waiting again: a daemon sends it within five minutes");
}

static int drop_notices(struct session *s, const struct ctl_args *args, struct account *none)
{
	(void)none;
	return work_on(s, args, drop_notice, "dropped");
}

int ctl_notify_retry(const struct ctl_args *args)
{
	return frame_run(args, FRAME_STORE, retry_notices);
}

int ctl_notify_drop(const struct ctl_args *args)
{
	return frame_run(args, FRAME_STORE, drop_notices);
}
