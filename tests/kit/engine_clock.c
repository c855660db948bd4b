/* SPDX-License-Identifier: BSD-2-Clause
 * The time and the chance of kit/engine_kit.h. */
#include <sched.h>
#include <string.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "kit/engine_kit.h"
#include "kit/fake_clock.h"

enum { HOUR_MS = 3600000, START_WALL_S = 1800000000, ALARMS_MAX = 4096 };

/* A timer of libuv, a kit_after(), or a worker's job that is done. */
struct alarm {
	int64_t due_ms;
	uint64_t order; /* those due at once go as they came */
	uv_timer_t *timer;
	uv_timer_cb on_timer;
	kit_fn *fn;
	void *arg;
	TAILQ_ENTRY(alarm) link;
};

uv_loop_t kit_loop;
bool kit_real_workers, kit_no_workers;
static TAILQ_HEAD(alarm_list, alarm) alarms = TAILQ_HEAD_INITIALIZER(alarms);
/* Not from the heap: tests let that fail. */
static struct alarm alarm_pool[ALARMS_MAX];
static struct alarm_list spare_alarms = TAILQ_HEAD_INITIALIZER(spare_alarms);
static uint64_t next_order;
static uint64_t activity;
static unsigned n_workers; /* real ones at work */
static uint64_t random_state = 1;

int64_t __wrap_clock_wall_s(void);
int64_t __wrap_clock_wall_ms(void);
uint32_t __wrap_rand_below(uint32_t bound);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb cb, uint64_t ms, uint64_t repeat);
int __wrap_uv_timer_stop(uv_timer_t *timer);
int __wrap_uv_is_active(const uv_handle_t *handle);
void __wrap_uv_close(uv_handle_t *handle, uv_close_cb cb);
int __wrap_uv_async_send(uv_async_t *async);
int __wrap_uv_queue_work(uv_loop_t *loop, uv_work_t *work, uv_work_cb fn, uv_after_work_cb after);
void __real_uv_close(uv_handle_t *handle, uv_close_cb cb);
int __real_uv_async_send(uv_async_t *async);
int __real_uv_queue_work(uv_loop_t *loop, uv_work_t *work, uv_work_cb fn, uv_after_work_cb after);

int64_t __wrap_clock_wall_s(void)
{
	return START_WALL_S + fake_clock_ms / 1000;
}

int64_t __wrap_clock_wall_ms(void)
{
	return START_WALL_S * (int64_t)1000 + fake_clock_ms;
}

uint32_t __wrap_rand_below(uint32_t bound)
{
	return kit_random(bound);
}

static struct alarm *find_alarm(const uv_timer_t *timer)
{
	struct alarm *a;

	TAILQ_FOREACH(a, &alarms, link)
		if (a->timer == timer)
			return a;
	return NULL;
}

static struct alarm *add_alarm(int64_t ms)
{
	struct alarm *a = TAILQ_FIRST(&spare_alarms);
	struct alarm *before;

	KIT_CHECK(a != NULL);
	TAILQ_REMOVE(&spare_alarms, a, link);
	memset(a, 0, sizeof(*a));
	a->due_ms = fake_clock_ms + ms;
	a->order = next_order++;
	TAILQ_FOREACH(before, &alarms, link)
		if (before->due_ms > a->due_ms)
			break;
	if (before != NULL)
		TAILQ_INSERT_BEFORE(before, a, link);
	else
		TAILQ_INSERT_TAIL(&alarms, a, link);
	return a;
}

static void drop_alarm(struct alarm *a)
{
	TAILQ_REMOVE(&alarms, a, link);
	TAILQ_INSERT_HEAD(&spare_alarms, a, link);
}

int __wrap_uv_timer_stop(uv_timer_t *timer)
{
	struct alarm *a = find_alarm(timer);

	if (a != NULL)
		drop_alarm(a);
	return 0;
}

int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb cb, uint64_t ms, uint64_t repeat)
{
	struct alarm *a;

	KIT_CHECK(repeat == 0);
	__wrap_uv_timer_stop(timer);
	a = add_alarm((int64_t)ms);
	a->timer = timer;
	a->on_timer = cb;
	return 0;
}

int __wrap_uv_is_active(const uv_handle_t *handle)
{
	return find_alarm((const uv_timer_t *)handle) != NULL;
}

void __wrap_uv_close(uv_handle_t *handle, uv_close_cb cb)
{
	__wrap_uv_timer_stop((uv_timer_t *)handle);
	__real_uv_close(handle, cb);
}

int __wrap_uv_async_send(uv_async_t *async)
{
	activity++;
	return __real_uv_async_send(async);
}

struct worker {
	uv_work_t work;
	uv_work_t *given;
	uv_work_cb fn;
	uv_after_work_cb after;
};

static void finish_worker(void *arg)
{
	struct worker *w = arg;

	w->fn(w->given);
	w->after(w->given, 0);
	free(w);
}

static void on_real_work(uv_work_t *work)
{
	struct worker *w = work->data;

	w->fn(w->given);
}

static void on_real_worked(uv_work_t *work, int status)
{
	struct worker *w = work->data;

	n_workers--;
	w->after(w->given, status);
	free(w);
}

int __wrap_uv_queue_work(uv_loop_t *loop, uv_work_t *work, uv_work_cb fn, uv_after_work_cb after)
{
	struct worker *w;

	if (kit_no_workers)
		return UV_ENOMEM;
	w = calloc(1, sizeof(*w));
	ck_assert_ptr_nonnull(w);
	w->given = work;
	w->fn = fn;
	w->after = after;
	w->work.data = w;
	if (!kit_real_workers) {
		kit_after(1, finish_worker, w);
		return 0;
	}
	n_workers++;
	return __real_uv_queue_work(loop, &w->work, on_real_work, on_real_worked);
}

void kit_open(void)
{
	size_t i;

	TAILQ_INIT(&alarms);
	TAILQ_INIT(&spare_alarms);
	for (i = 0; i < ALARMS_MAX; i++)
		TAILQ_INSERT_TAIL(&spare_alarms, &alarm_pool[i], link);
	ck_assert_int_eq(uv_loop_init(&kit_loop), 0);
	fake_clock_ms = 1000000;
	kit_real_workers = false;
}

void kit_close(void)
{
	while (!TAILQ_EMPTY(&alarms)) {
		kit_settle();
		kit_advance(1);
	}
	ck_assert_int_eq(uv_run(&kit_loop, UV_RUN_DEFAULT), 0);
	ck_assert_int_eq(uv_loop_close(&kit_loop), 0);
}

int64_t kit_now_ms(void)
{
	return fake_clock_ms;
}

void kit_after(int64_t ms, kit_fn *fn, void *arg)
{
	struct alarm *a = add_alarm(ms);

	a->fn = fn;
	a->arg = arg;
}

static void turn_loop(void)
{
	uint64_t before;

	do {
		before = activity;
		uv_run(&kit_loop, UV_RUN_NOWAIT);
		if (n_workers > 0)
			sched_yield();
	} while (activity != before || n_workers > 0);
}

static bool ring(int64_t until_ms)
{
	struct alarm *a = TAILQ_FIRST(&alarms);
	struct alarm copy;

	if (a == NULL || a->due_ms > until_ms)
		return false;
	copy = *a;
	drop_alarm(a);
	if (copy.due_ms > fake_clock_ms)
		fake_clock_ms = copy.due_ms;
	if (copy.on_timer != NULL)
		copy.on_timer(copy.timer);
	else
		copy.fn(copy.arg);
	return true;
}

void kit_settle(void)
{
	do
		turn_loop();
	while (ring(fake_clock_ms));
}

void kit_advance(int64_t ms)
{
	int64_t until_ms = fake_clock_ms + ms;

	do
		turn_loop();
	while (ring(until_ms));
	fake_clock_ms = until_ms;
}

void kit_run(kit_until_fn *until, void *arg)
{
	int64_t limit_ms = fake_clock_ms + HOUR_MS;

	turn_loop();
	while (!until(arg)) {
		ck_assert_msg(ring(limit_ms), "nothing more happens, or not within the hour");
		turn_loop();
	}
}

void kit_seed(uint64_t seed)
{
	random_state = seed * 2654435769u + 1;
}

/* xorshift64*, Vigna 2016. */
uint32_t kit_random(uint32_t below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * 0x2545f4914f6cdd1dull) >> 33) % below;
}
