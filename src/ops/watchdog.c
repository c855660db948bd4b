/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/watchdog.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "base/log.h"
#include "base/str.h"
#include "ops/sd.h"

enum {
	/* sd_watchdog_enabled(3) asks for one in half of the time. Twice as many leave a beat that
	 * is left out without consequence. */
	BEATS = 4,
	/* What a thread may take before it counts as stuck, as a part of the time: beats then stay
	 * out for the rest of it. */
	LIMIT_SHARE = 2,
	US_PER_MS = 1000,
};

struct watchdog {
	uv_timer_t timer;
	watchdog_ask_fn *ask;
	void *arg;
	unsigned limit_ms;
	bool is_silent; /* the last beat was left out */
};

static void on_beat(uv_timer_t *timer)
{
	struct watchdog *w = timer->data;
	bool is_well = w->ask(w->arg, w->limit_ms);

	if (is_well)
		sd_notify_send("WATCHDOG=1");
	else if (!w->is_silent)
		log_error("a thread of the HTTP server stands still: the watchdog is not told that "
			  "all is well");
	w->is_silent = !is_well;
}

static bool is_meant(void)
{
	const char *text = getenv("WATCHDOG_PID");
	uint64_t pid;

	return text == NULL ||
	       (str_parse_uint(slice_of(text), INT32_MAX, &pid) == 0 && pid == (uint64_t)getpid());
}

/* *ret is 0: nobody asks. */
static int read_environment(uint64_t *ret, struct errinfo *ei)
{
	const char *text = getenv("WATCHDOG_USEC");
	uint64_t us = 0;
	int err = 0;

	if (text != NULL && is_meant()) {
		err = str_parse_uint(slice_of(text), INT64_MAX, &us);
		if (err != 0 || us == 0)
			err = err_set(ei, ERR_INVAL,
				      "WATCHDOG_USEC: \"%s\" is no number of microseconds", text);
	}
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	if (err == 0)
		*ret = us / US_PER_MS;
	return err;
}

int watchdog_new(struct uv_loop_s *loop, watchdog_ask_fn *ask, void *arg, struct watchdog **ret,
		 struct errinfo *ei)
{
	uint64_t beat_ms, limit_ms, ms;
	struct watchdog *w;
	int err = read_environment(&ms, ei);

	if (err != 0)
		return err;
	*ret = NULL;
	if (ms == 0)
		return 0;
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	beat_ms = ms / BEATS > 0 ? ms / BEATS : 1;
	limit_ms = ms / LIMIT_SHARE;
	w->ask = ask;
	w->arg = arg;
	w->limit_ms = limit_ms < UINT32_MAX ? (unsigned)limit_ms : UINT32_MAX;
	w->timer.data = w;
	uv_timer_init(loop, &w->timer);
	uv_timer_start(&w->timer, on_beat, beat_ms, beat_ms);
	*ret = w;
	return 0;
}

static void on_watchdog_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void watchdog_close(struct watchdog *w)
{
	if (w != NULL)
		uv_close((uv_handle_t *)&w->timer, on_watchdog_closed);
}
