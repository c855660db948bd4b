/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/due_timer.h"

#include "base/clock.h"
#include "base/container_of.h"

static void on_due_timer_timer(uv_timer_t *timer);

/* The timer may wake too early, since what it was started for was removed; it then only sleeps on.
 */
static void due_timer_arm(struct due_timer *t)
{
	int64_t now_ms = clock_mono_ms(), wait_ms = due_list_wait_ms(&t->list, now_ms);

	if (wait_ms < 0 || t->is_stopped)
		return;
	if (uv_is_active((uv_handle_t *)&t->timer) && t->wakes_at_ms <= now_ms + wait_ms)
		return;
	t->wakes_at_ms = now_ms + wait_ms;
	uv_timer_start(&t->timer, on_due_timer_timer, (uint64_t)wait_ms, 0);
}

static void on_due_timer_timer(uv_timer_t *timer)
{
	struct due_timer *t = CONTAINER_OF(timer, struct due_timer, timer);
	int64_t now_ms = clock_mono_ms();
	size_t left = due_list_count(&t->list, now_ms);
	struct due_item *item;

	while (left-- > 0 && !t->is_stopped && (item = due_list_take(&t->list, now_ms)) != NULL)
		t->run(t->arg, item);
	due_timer_arm(t);
}

void due_timer_open(struct due_timer *t, struct uv_loop_s *loop, due_fn *run, void *arg)
{
	due_list_init(&t->list);
	uv_timer_init(loop, &t->timer);
	t->timer.data = arg;
	t->is_stopped = false;
	t->run = run;
	t->arg = arg;
}

void due_timer_put(struct due_timer *t, struct due_item *item, int64_t at_ms)
{
	due_list_put(&t->list, item, at_ms);
	if (due_list_first(&t->list) == item)
		due_timer_arm(t);
}

void due_timer_remove(struct due_item *item)
{
	due_list_remove(item);
}

void due_timer_stop(struct due_timer *t)
{
	t->is_stopped = true;
	uv_timer_stop(&t->timer);
}

void due_timer_close(struct due_timer *t, void (*closed)(uv_handle_t *handle))
{
	due_timer_stop(t);
	uv_close((uv_handle_t *)&t->timer, closed);
}
