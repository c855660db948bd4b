/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/due_timer.h"

#include "base/container_of.h"
#include "kit/fake_clock.h"
#include "kit/unit.h"

enum { JOBS_MAX = 6 };

struct job {
	char name;
	int64_t again_ms; /* put again this much later; < 0: not */
	char removes;	  /* 0: nothing */
	bool stops;
	struct due_item due;
};

static uv_loop_t loop;
static struct due_timer timer;
static struct job jobs[JOBS_MAX];
static char done[64]; /* the names, in the order in which they ran */
static bool is_closed;

/* Time stands still until a test moves it, and libuv's timer only says what it was started for. */
static int64_t started_ms; /* < 0: it does not run */
static unsigned n_starts;
static uv_timer_cb on_started;

int __wrap_uv_timer_start(uv_timer_t *handle, uv_timer_cb cb, uint64_t ms, uint64_t repeat);
int __real_uv_timer_start(uv_timer_t *handle, uv_timer_cb cb, uint64_t ms, uint64_t repeat);

int __wrap_uv_timer_start(uv_timer_t *handle, uv_timer_cb cb, uint64_t ms, uint64_t repeat)
{
	started_ms = (int64_t)ms;
	on_started = cb;
	n_starts++;
	return __real_uv_timer_start(handle, cb, ms, repeat);
}

static void put(char name, int64_t at_ms)
{
	due_timer_put(&timer, &jobs[name - 'a'].due, at_ms);
}

static void run(void *arg, struct due_item *item)
{
	struct job *job = CONTAINER_OF(item, struct job, due);

	ck_assert_ptr_eq(arg, jobs);
	ck_assert(!due_item_is_listed(item));
	done[strlen(done)] = job->name;
	if (job->again_ms >= 0)
		put(job->name, fake_clock_ms + job->again_ms);
	if (job->removes != 0)
		due_timer_remove(&jobs[job->removes - 'a'].due);
	if (job->stops)
		due_timer_stop(&timer);
}

static void forget(void)
{
	memset(done, 0, sizeof(done));
	started_ms = -1;
	n_starts = 0;
}

static void begin(void)
{
	size_t i;

	memset(jobs, 0, sizeof(jobs));
	for (i = 0; i < JOBS_MAX; i++)
		jobs[i] = (struct job){.name = (char)('a' + i), .again_ms = -1};
	fake_clock_ms = 1000;
	is_closed = false;
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	due_timer_open(&timer, &loop, run, jobs);
	forget();
}

static void on_closed(uv_handle_t *handle)
{
	ck_assert_ptr_eq(handle->data, jobs);
	is_closed = true;
}

static void end(void)
{
	due_timer_close(&timer, on_closed);
	ck_assert(!is_closed);
	ck_assert_int_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
	ck_assert(is_closed);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

/* What libuv does at that time. */
static void wake_at(int64_t at_ms)
{
	ck_assert_int_ge(started_ms, 0);
	fake_clock_ms = at_ms;
	ck_assert_int_eq(uv_timer_stop(&timer.timer), 0);
	forget();
	on_started(&timer.timer);
}

START_TEST(it_wakes_for_the_first_and_goes_on_to_the_next)
{
	begin();
	put('b', 1500);
	ck_assert_int_eq(started_ms, 500);
	put('c', 1500);
	put('d', 1700);
	ck_assert_uint_eq(n_starts, 1);
	put('a', 1200);
	ck_assert_int_eq(started_ms, 200);
	wake_at(1200);
	ck_assert_str_eq(done, "a");
	ck_assert_int_eq(started_ms, 300);
	wake_at(1500);
	ck_assert_str_eq(done, "bc");
	ck_assert_int_eq(started_ms, 200);
	wake_at(9000);
	ck_assert_str_eq(done, "d");
	ck_assert_int_eq(started_ms, -1);
	end();
}
END_TEST

START_TEST(what_is_due_already_waits_for_a_turn_of_the_loop)
{
	begin();
	put('a', 900);
	put('b', 1000);
	ck_assert_str_eq(done, "");
	ck_assert_int_eq(started_ms, 0);
	uv_run(&loop, UV_RUN_ONCE);
	ck_assert_str_eq(done, "ab");
	end();
}
END_TEST

START_TEST(woken_too_early_it_sleeps_on)
{
	begin();
	put('a', 1500);
	put('b', 1600);
	wake_at(1499);
	ck_assert_str_eq(done, "");
	ck_assert_int_eq(started_ms, 1);
	/* What it was started for is gone. */
	due_timer_remove(&jobs[0].due);
	ck_assert_uint_eq(n_starts, 1);
	wake_at(1500);
	ck_assert_str_eq(done, "");
	ck_assert_int_eq(started_ms, 100);
	due_timer_remove(&jobs[1].due);
	wake_at(1600);
	ck_assert_str_eq(done, "");
	ck_assert_int_eq(started_ms, -1);
	put('c', 1601);
	ck_assert_int_eq(started_ms, 1);
	end();
}
END_TEST

START_TEST(a_turn_ends_though_what_runs_is_put_again_at_once)
{
	begin();
	jobs[0].again_ms = 0;
	jobs[1].again_ms = -1;
	put('a', 1000);
	put('b', 1000);
	wake_at(1000);
	ck_assert_str_eq(done, "ab");
	ck_assert_int_eq(started_ms, 0);
	jobs[0].again_ms = 50;
	wake_at(1000);
	ck_assert_str_eq(done, "a");
	ck_assert_int_eq(started_ms, 50);
	end();
}
END_TEST

START_TEST(what_runs_may_remove_what_is_due_too)
{
	begin();
	jobs[0].removes = 'b';
	jobs[2].removes = 'd';
	put('a', 1000);
	put('b', 1000);
	put('c', 1000);
	put('d', 1001);
	put('e', 1002);
	wake_at(1000);
	ck_assert_str_eq(done, "ac");
	ck_assert_int_eq(started_ms, 2);
	end();
}
END_TEST

START_TEST(stopped_it_keeps_what_is_listed_and_runs_nothing)
{
	begin();
	jobs[0].stops = true;
	put('a', 1000);
	put('b', 1000);
	wake_at(1000);
	ck_assert_str_eq(done, "a");
	ck_assert_int_eq(started_ms, -1);
	put('c', 900);
	ck_assert_int_eq(started_ms, -1);
	ck_assert(!uv_is_active((uv_handle_t *)&timer.timer));
	ck_assert_ptr_eq(due_list_first(&timer.list), &jobs[2].due);
	ck_assert_ptr_eq(due_list_next(&jobs[2].due), &jobs[1].due);
	end();
}
END_TEST

START_TEST(closed_while_it_waits_it_runs_nothing)
{
	begin();
	put('a', 1000);
	put('b', 2000);
	end();
	ck_assert_str_eq(done, "");
	ck_assert(due_item_is_listed(&jobs[1].due));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_wakes_for_the_first_and_goes_on_to_the_next,
		what_is_due_already_waits_for_a_turn_of_the_loop,
		woken_too_early_it_sleeps_on,
		a_turn_ends_though_what_runs_is_put_again_at_once,
		what_runs_may_remove_what_is_due_too,
		stopped_it_keeps_what_is_listed_and_runs_nothing,
		closed_while_it_waits_it_runs_nothing,
	};

	return unit_run("due_timer", tests, N_ELEMENTS(tests));
}
