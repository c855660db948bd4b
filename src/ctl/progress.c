/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/progress.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"

/* Bytes of a name that are shown, for what is behind it. */
enum { NAME_SHOWN = 30 };
enum { LATE_MS = 2000, AGAIN_MS = 100, REST_MS = 1000 };

static bool is_forbidden;
/* Whose line is shown; NULL: none is. */
static _Atomic(const struct progress *) on_screen;

/* Of what is not all done, but some. */
static int64_t seconds_left(const struct progress *p, int64_t ms)
{
	const int64_t rest = (int64_t)(p->total - p->done), unit = (int64_t)p->done * 1000;

	return p->is_time ? rest : (ms * rest + unit - 1) / unit;
}

const char *progress_text(const struct progress *p, int64_t ms, char out[PROGRESS_TEXT_MAX])
{
	char of[32] = "", rate[48] = "", left[48] = "";
	size_t rest = p->total > p->done ? p->total - p->done : 0;

	if (p->total > 0)
		snprintf(of, sizeof(of), " of %zu", p->total);
	if (rest > 0 && p->done > 0)
		snprintf(left, sizeof(left), ", about %lld s left", (long long)seconds_left(p, ms));
	if (p->rate > 0)
		snprintf(rate, sizeof(rate), ", at most %u requests/s", p->rate);
	else if (ms > 0 && !p->is_time)
		snprintf(rate, sizeof(rate), ", %lld/s", (long long)((int64_t)p->done * 1000 / ms));
	snprintf(out, PROGRESS_TEXT_MAX, "%.*s: %zu%s %s%s%s", NAME_SHOWN, p->of, p->done, of,
		 p->what, rate, left);
	return out;
}

const char *progress_line(const struct progress *p, int64_t ms, unsigned columns,
			  char out[PROGRESS_TEXT_MAX])
{
	progress_text(p, ms, out);
	if (columns > 0 && columns <= PROGRESS_TEXT_MAX)
		out[columns - 1] = '\0';
	return out;
}

/* 0: nobody knows. Asked each time, because windows change. */
static unsigned terminal_columns(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static bool has_to_yield(const struct progress *p)
{
	const struct progress *shown = atomic_load(&on_screen);

	return p->yields && shown != NULL && shown != p;
}

static void show(struct progress *p)
{
	char text[PROGRESS_TEXT_MAX];
	int64_t now_ms;

	if (!p->is_on)
		return;
	now_ms = clock_mono_ms();
	if ((p->is_late && now_ms < p->next_ms) || has_to_yield(p))
		return;
	p->next_ms = now_ms + AGAIN_MS;
	/* ECMA-48 EL erases what the line held before. */
	fprintf(stderr, "\r%s\033[K",
		progress_line(p, now_ms - p->started_ms, terminal_columns(), text));
	fflush(stderr);
	p->is_shown = true;
	atomic_store(&on_screen, p);
}

bool progress_is_wanted(void)
{
	return !is_forbidden && isatty(STDERR_FILENO) == 1;
}

void progress_forbid(void)
{
	is_forbidden = true;
}

void progress_begin(struct progress *p, const char *what, const char *of, size_t total,
		    unsigned rate)
{
	progress_wipe(p);
	*p = (struct progress){
		.is_on = progress_is_wanted(),
		.what = what,
		.of = of,
		.rate = rate,
		.total = total,
		.started_ms = clock_mono_ms(),
	};
	show(p);
}

void progress_begin_late(struct progress *p, const char *what, const char *of, size_t total)
{
	progress_wipe(p);
	*p = (struct progress){
		.is_on = progress_is_wanted(),
		.what = what,
		.of = of,
		.total = total,
		.started_ms = clock_mono_ms(),
		.is_late = true,
	};
	p->next_ms = p->started_ms + LATE_MS;
}

void progress_add(struct progress *p, size_t n)
{
	p->done += n;
	show(p);
}

void progress_wipe(struct progress *p)
{
	if (!p->is_shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	p->is_shown = false;
	atomic_store(&on_screen, NULL);
}

void progress_rest(struct progress *p)
{
	progress_wipe(p);
	p->next_ms =
		clock_mono_ms() + REST_MS > p->next_ms ? clock_mono_ms() + REST_MS : p->next_ms;
}
