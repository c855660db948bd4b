/* SPDX-License-Identifier: BSD-2-Clause
 * The provider that calls see: the last snapshot of a source, and when to look again. */
#include "aws/provider.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "aws/refresh.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/rand.h"

LIST_HEAD(wait_list, aws_credentials_wait);

struct cached {
	struct aws_provider base;
	struct aws_provider *source;
	struct aws_credentials_wait question; /* our question to the source */
	bool is_asking;
	bool is_answering;
	bool is_closed; /* by a done function that we called */
	bool is_stable; /* credentials are used beyond their end, and the log says so */
	struct aws_credentials *current; /* NULL until the first success */
	struct aws_refresh refresh;
	struct wait_list waiting;   /* for the question under way */
	struct wait_list answering; /* for the one that has just ended */
	int64_t (*now_s)(void);
};

static void cached_free(struct cached *p)
{
	aws_provider_close(p->source);
	aws_credentials_unref(p->current);
	free(p);
}

static uint32_t random_number(void)
{
	uint32_t rnd;

	rand_bytes(&rnd, sizeof(rnd));
	return rnd;
}

static void provider_keep_current(struct cached *p, struct aws_credentials *creds)
{
	bool is_stable = aws_refresh_succeeded(&p->refresh, p->now_s(), creds->expires_s,
					       creds->is_instance, random_number());

	if (is_stable && !p->is_stable)
		log_warn("the AWS credentials that were handed out have ended or are about to, by "
			 "the clock of this machine: they are used on, and asked for again soon");
	p->is_stable = is_stable;
	metric_set(METRIC_AWS_KEYS_MISSING, 0);
	metric_set(METRIC_AWS_KEYS_END, creds->expires_s);
	aws_credentials_unref(p->current);
	p->current = aws_credentials_ref(creds);
}

/* Hands out the snapshot, or the error. A question of somebody who was refused with the old
 * snapshot does not get it again. */
static void provider_answer(struct cached *p, struct aws_credentials_wait *w, int err,
			    const struct errinfo *why)
{
	LIST_REMOVE(w, link);
	if (err == 0 || (p->current != NULL && !w->is_refresh))
		w->done(w->arg, 0, p->current, NULL);
	else
		w->done(w->arg, err, NULL, why);
}

/* Moves all questions to an empty list, in their order. */
static void move_all(struct wait_list *from, struct wait_list *to)
{
	struct aws_credentials_wait *w, *last = NULL;

	while ((w = LIST_FIRST(from)) != NULL) {
		LIST_REMOVE(w, link);
		if (last == NULL)
			LIST_INSERT_HEAD(to, w, link);
		else
			LIST_INSERT_AFTER(last, w, link);
		last = w;
	}
}

/* An answer may cancel others, ask anew, or close the provider. */
static void answer_all(struct cached *p, int err, const struct errinfo *why)
{
	move_all(&p->waiting, &p->answering);
	p->is_answering = true;
	while (!LIST_EMPTY(&p->answering))
		provider_answer(p, LIST_FIRST(&p->answering), err, why);
	p->is_answering = false;
	if (p->is_closed)
		cached_free(p);
}

static void on_provider_answer(void *arg, int err, struct aws_credentials *creds,
			       const struct errinfo *why)
{
	struct cached *p = arg;
	struct errinfo copy = ERRINFO_INIT;

	p->is_asking = false;
	if (err == 0) {
		provider_keep_current(p, creds);
	} else {
		err_set(&copy, err, "%s",
			why != NULL && why->text[0] != '\0' ? why->text : err_str(err));
		aws_refresh_failed(&p->refresh, p->now_s(), random_number());
		metric_set(METRIC_AWS_KEYS_MISSING, p->current == NULL && err != ERR_CANCELED);
		if (p->current != NULL && err != ERR_CANCELED)
			log_event(LOG_LEVEL_WARN,
				  "the AWS credentials could not be renewed, the old ones stay in "
				  "use",
				  LOG_FIELDS(log_str("why", copy.text)));
	}
	answer_all(p, err, &copy);
}

static void provider_begin(struct cached *p)
{
	p->is_asking = true;
	p->question.done = on_provider_answer;
	p->question.arg = p;
	aws_provider_get(p->source, false, &p->question);
}

/* True when there are newer credentials than those that w was refused with: another question has
 * fetched them. */
static bool has_newer(const struct cached *p, const struct aws_credentials_wait *w)
{
	return w->refused != NULL && p->current != NULL &&
	       !aws_credentials_equal(p->current, w->refused);
}

static void cached_get(struct aws_provider *base, bool refresh, struct aws_credentials_wait *w)
{
	struct cached *p = (struct cached *)base;
	enum aws_refresh_need need = AWS_REFRESH_MANDATORY;

	refresh = refresh && !has_newer(p, w);
	if (p->current != NULL && !refresh)
		need = aws_refresh_judge(&p->refresh, p->now_s());
	if (need == AWS_REFRESH_MANDATORY) {
		w->is_refresh = refresh;
		LIST_INSERT_HEAD(&p->waiting, w, link);
		if (!p->is_asking)
			provider_begin(p);
		return;
	}
	if (need == AWS_REFRESH_ADVISORY && !p->is_asking)
		provider_begin(p);
	w->done(w->arg, 0, p->current, NULL);
}

static void cached_cancel(struct aws_provider *base, struct aws_credentials_wait *w)
{
	(void)base;
	LIST_REMOVE(w, link);
}

static void cached_close(struct aws_provider *base)
{
	struct cached *p = (struct cached *)base;

	assert(LIST_EMPTY(&p->waiting) && LIST_EMPTY(&p->answering));
	if (p->is_asking)
		aws_provider_cancel(p->source, &p->question);
	p->is_asking = false;
	p->is_closed = true;
	if (!p->is_answering)
		cached_free(p);
}

int aws_provider_new(struct aws_provider *source, struct aws_provider **ret)
{
	static const struct aws_provider_ops ops = {cached_get, cached_cancel, cached_close};
	struct cached *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		aws_provider_close(source);
		return ERR_NOMEM;
	}
	p->base.ops = &ops;
	p->source = source;
	p->now_s = clock_wall_s;
	*ret = &p->base;
	return 0;
}

void aws_provider_set_clock(struct aws_provider *base, int64_t (*now_s)(void))
{
	((struct cached *)base)->now_s = now_s;
}
