/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/turn.h"

#include <stdlib.h>
#include <uv.h>

#include "base/err.h"

struct turns {
	struct turn_list coming;
	/* For coming. Not a timer: one of 0 ms that its own callback starts may run again before
	 * anything is polled (libuv 1.44). */
	uv_idle_t soon;
	void (*closed)(void *arg);
	void *arg;
};

int turns_new(struct uv_loop_s *loop, struct turns **ret)
{
	struct turns *ts = calloc(1, sizeof(*ts));

	if (ts == NULL)
		return ERR_NOMEM;
	TAILQ_INIT(&ts->coming);
	uv_idle_init(loop, &ts->soon); /* cannot fail */
	ts->soon.data = ts;
	*ret = ts;
	return 0;
}

static void turns_on_closed(uv_handle_t *handle)
{
	struct turns *ts = handle->data;

	ts->closed(ts->arg);
}

void turns_close(struct turns *ts, void (*closed)(void *arg), void *arg)
{
	if (ts == NULL)
		return;
	ts->closed = closed;
	ts->arg = arg;
	uv_close((uv_handle_t *)&ts->soon, turns_on_closed);
}

void turns_free(struct turns *ts)
{
	free(ts);
}

/* One in each turn of the loop: it may end others' turns, and take more. */
static void turns_on_soon(uv_idle_t *soon)
{
	struct turns *ts = soon->data;
	struct turn *t = TAILQ_FIRST(&ts->coming);

	if (t != NULL)
		TAILQ_REMOVE(&ts->coming, t, link);
	if (TAILQ_EMPTY(&ts->coming))
		uv_idle_stop(soon);
	if (t == NULL)
		return;
	t->state = TURN_NOW;
	t->come(t);
}

bool turn_take(struct turn_line *l, struct turn *t)
{
	t->line = l;
	if (l->first == NULL) {
		l->first = t;
		t->state = TURN_NOW;
		return true;
	}
	t->state = TURN_WAITING;
	TAILQ_INSERT_TAIL(&l->waiting, t, link);
	return false;
}

static void turn_call_next(struct turns *ts, struct turn_line *l)
{
	l->first = TAILQ_FIRST(&l->waiting);
	if (l->first == NULL)
		return;
	TAILQ_REMOVE(&l->waiting, l->first, link);
	l->first->state = TURN_COMING;
	TAILQ_INSERT_TAIL(&ts->coming, l->first, link);
	uv_idle_start(&ts->soon, turns_on_soon);
}

void turn_end(struct turns *ts, struct turn *t)
{
	enum turn_state was = t->state;

	t->state = TURN_NONE;
	switch (was) {
	case TURN_NONE:
		return;
	case TURN_WAITING:
		TAILQ_REMOVE(&t->line->waiting, t, link);
		return;
	case TURN_COMING:
		TAILQ_REMOVE(&ts->coming, t, link);
		break;
	case TURN_NOW:
		break;
	}
	turn_call_next(ts, t->line);
}

void turn_pass(struct turn *from, struct turn *to)
{
	to->line = from->line;
	to->state = from->state;
	to->line->first = to;
	from->state = TURN_NONE;
}

struct turn *turn_next(const struct turn *t)
{
	return t->state == TURN_WAITING ? TAILQ_NEXT(t, link) : TAILQ_FIRST(&t->line->waiting);
}
