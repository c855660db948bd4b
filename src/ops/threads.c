/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/threads.h"

#include <stdlib.h>
#include <uv.h>

/* libuv's own default, and the most that it takes from the environment. */
enum { WORKERS = 4, WORKERS_MAX = 1024 };

static unsigned count_workers(void)
{
	const char *text = getenv("UV_THREADPOOL_SIZE");
	long n = text != NULL ? strtol(text, NULL, 10) : WORKERS;

	if (n < 1)
		return 1;
	return n < WORKERS_MAX ? (unsigned)n : WORKERS_MAX;
}

static void wait_for_end(void *end)
{
	uv_sem_wait(end);
}

/* All at once, and none of them stays. */
static int try_threads(unsigned n)
{
	uv_thread_t *threads = calloc(n, sizeof(*threads));
	unsigned i, started = 0;
	int problem = 0;
	uv_sem_t end;

	if (threads == NULL)
		return UV_ENOMEM;
	if (uv_sem_init(&end, 0) != 0)
		abort(); /* the value is in range */
	while (started < n && problem == 0) {
		problem = uv_thread_create(&threads[started], wait_for_end, &end);
		started += problem == 0;
	}
	for (i = 0; i < started; i++)
		uv_sem_post(&end);
	for (i = 0; i < started; i++)
		uv_thread_join(&threads[i]);
	uv_sem_destroy(&end);
	free(threads);
	return problem;
}

static void do_nothing(uv_work_t *work)
{
	(void)work;
}

static void free_work(uv_work_t *work, int status)
{
	(void)status;
	free(work);
}

int threads_start(struct uv_loop_s *loop, struct errinfo *ei)
{
	int problem = try_threads(count_workers());
	uv_work_t *work;

	if (problem != 0)
		return err_set(ei, ERR_LIMIT, "threads cannot be started: %s",
			       uv_strerror(problem));
	work = malloc(sizeof(*work));
	if (work == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	uv_queue_work(loop, work, do_nothing, free_work);
	return 0;
}
