/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

/* Bytes of a name that are shown: a line that wraps could not be overwritten. */
enum { NAME_SHOWN = 30 };
enum { LATE_MS = 2000, AGAIN_MS = 100 };

const char *progress_text(const struct progress *p, int64_t ms, char out[PROGRESS_TEXT_MAX])
{
	char of[32] = "", rate[48] = "", left[48] = "";
	size_t rest = p->total > p->done ? p->total - p->done : 0;

	if (p->total > 0)
		snprintf(of, sizeof(of), " of %zu", p->total);
	if (rest > 0 && p->done > 0) {
		int64_t unit = (int64_t)p->done * 1000;

		snprintf(left, sizeof(left), ", about %lld s left",
			 (long long)((ms * (int64_t)rest + unit - 1) / unit));
	}
	if (p->rate > 0)
		snprintf(rate, sizeof(rate), ", at most %u requests/s", p->rate);
	else if (ms > 0)
		snprintf(rate, sizeof(rate), ", %lld/s", (long long)((int64_t)p->done * 1000 / ms));
	snprintf(out, PROGRESS_TEXT_MAX, "%.*s: %zu%s %s%s%s", NAME_SHOWN, p->of, p->done, of,
		 p->what, rate, left);
	return out;
}

static void show(struct progress *p)
{
	char text[PROGRESS_TEXT_MAX];
	int64_t now_ms;

	if (!p->is_on)
		return;
	now_ms = clock_mono_ms();
	if (p->is_late && now_ms < p->next_ms)
		return;
	p->next_ms = now_ms + AGAIN_MS;
	/* ECMA-48 EL erases what the line held before. */
	fprintf(stderr, "\r%s\033[K", progress_text(p, now_ms - p->started_ms, text));
	fflush(stderr);
	p->is_shown = true;
}

bool progress_is_wanted(void)
{
	return isatty(STDERR_FILENO) == 1;
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
}
