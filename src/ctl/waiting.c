/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/waiting.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <uv.h>

#include "base/clock.h"
#include "ctl/progress.h"

enum { LOOK_NS = 250 * 1000 * 1000 };

static struct {
	unsigned depth; /* of those that were begun in it, too */
	bool is_running;
	uv_thread_t thread;
	/* Under the lock: */
	uv_mutex_t lock;
	uv_cond_t ended;
	bool is_over;
	struct progress progress;
	waiting_done_fn *done;
	void *arg;
} waiting;

/* Seconds are shown once each, anything else as it comes. */
static void waiting_look(void)
{
	struct progress *p = &waiting.progress;
	const size_t seconds = (size_t)((clock_mono_ms() - p->started_ms) / 1000);
	const size_t now = waiting.done != NULL ? waiting.done(waiting.arg) : seconds;

	if (p->is_time && p->is_shown && now == p->done)
		return;
	p->done = now;
	progress_add(p, 0);
}

static void waiting_run(void *unused)
{
	(void)unused;
	uv_mutex_lock(&waiting.lock);
	while (!waiting.is_over) {
		uv_cond_timedwait(&waiting.ended, &waiting.lock, LOOK_NS);
		if (!waiting.is_over)
			waiting_look();
	}
	uv_mutex_unlock(&waiting.lock);
}

/* Signals are for the main thread, which may have to tidy up. */
static bool waiting_start_thread(void)
{
	sigset_t all, before;
	bool started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = uv_thread_create(&waiting.thread, waiting_run, NULL) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

/* A command that cannot show how far it is goes on all the same. */
static void waiting_start(void)
{
	if (uv_mutex_init(&waiting.lock) != 0)
		return;
	if (uv_cond_init(&waiting.ended) != 0) {
		uv_mutex_destroy(&waiting.lock);
		return;
	}
	waiting.is_over = false;
	waiting.is_running = waiting_start_thread();
	if (!waiting.is_running) {
		uv_cond_destroy(&waiting.ended);
		uv_mutex_destroy(&waiting.lock);
	}
}

void waiting_begin(const char *of, const char *what, size_t total, waiting_done_fn *done, void *arg)
{
	if (waiting.depth++ > 0 || !progress_is_wanted())
		return;
	progress_begin_late(&waiting.progress, what, of, total);
	waiting.progress.yields = true;
	waiting.progress.is_time = done == NULL;
	waiting.done = done;
	waiting.arg = arg;
	waiting_start();
}

void waiting_end(void)
{
	if (--waiting.depth > 0 || !waiting.is_running)
		return;
	uv_mutex_lock(&waiting.lock);
	waiting.is_over = true;
	uv_cond_signal(&waiting.ended);
	uv_mutex_unlock(&waiting.lock);
	uv_thread_join(&waiting.thread);
	waiting.is_running = false;
	progress_wipe(&waiting.progress);
	uv_cond_destroy(&waiting.ended);
	uv_mutex_destroy(&waiting.lock);
}

void waiting_hide(void)
{
	if (!waiting.is_running)
		return;
	uv_mutex_lock(&waiting.lock);
	progress_rest(&waiting.progress);
	uv_mutex_unlock(&waiting.lock);
}
