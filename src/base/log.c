/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/metric.h"

enum { LOG_REPEAT_MS = 1000 };
/* A pipe that poll(2) says is writable has a page free: so much it takes without waiting. */
enum { WRITE_MAX = 4096 };
/* Before the line: the end of one that was written in part, and the count of lost ones. */
enum { BEFORE_MAX = 256 };
_Static_assert(BEFORE_MAX + LOG_LINE_MAX <= WRITE_MAX, "a write could wait");

static struct {
	enum log_level level;
	struct log_style style;
} setup = {LOG_LEVEL_INFO, {LOG_FORMAT_TEXT, LOG_READER_FILE}};

/* What the reader has not got yet. Under the lock, which also keeps other threads from filling the
 * room that poll(2) has just reported. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t lost;
static bool torn;

void log_setup(enum log_level level, enum log_format format, enum log_reader reader)
{
	setup.level = level;
	setup.style = (struct log_style){format, reader};
}

static bool is_writable(void)
{
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

	return poll(&p, 1, 0) > 0 && (p.revents & POLLOUT) != 0;
}

static size_t put_before(char out[WRITE_MAX], int64_t time_ms)
{
	const struct log_field count = log_uint("lines", lost);
	size_t len = 0;

	if (torn)
		out[len++] = '\n';
	if (lost > 0)
		len += log_line(out + len, &setup.style, LOG_LEVEL_WARN, time_ms,
				slice_of("log lines were lost"), &count, 1);
	assert(len <= BEFORE_MAX);
	return len;
}

/* The reader of the log may have stopped reading, and an update must not wait for it. Lines for
 * which the pipe has no room are counted, and the count is written before the next line that
 * has. */
static void write_line(const char *line, size_t len, int64_t time_ms)
{
	char out[WRITE_MAX];
	size_t before = 0;
	ssize_t written = -1;

	if (is_writable()) {
		before = put_before(out, time_ms);
		memcpy(out + before, line, len);
		written = write(STDERR_FILENO, out, before + len);
	}
	if (written > 0) {
		torn = out[written - 1] != '\n';
		lost = (size_t)written >= before ? 0 : lost;
	}
	if (written < (ssize_t)(before + len)) {
		lost++;
		metric_add(METRIC_LOG_LINES_LOST, 1);
	}
}

static void log_write(enum log_level level, const char *sentence, const struct log_field *fields,
		      size_t n)
{
	char line[LOG_LINE_MAX];
	int64_t time_ms = clock_wall_ms();
	size_t len = log_line(line, &setup.style, level, time_ms, slice_of(sentence), fields, n);

	pthread_mutex_lock(&lock);
	write_line(line, len, time_ms);
	pthread_mutex_unlock(&lock);
}

static bool log_is_wanted(enum log_level level)
{
	return level <= setup.level;
}

void log_event(enum log_level level, const char *sentence, const struct log_field *fields, size_t n)
{
	if (log_is_wanted(level))
		log_write(level, sentence, fields, n);
}

void log_always(const char *sentence, const struct log_field *fields, size_t n)
{
	log_write(LOG_LEVEL_INFO, sentence, fields, n);
}

static void log_formatted(enum log_level level, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void log_formatted(enum log_level level, const char *fmt, va_list ap)
{
	/* Longer than what a line takes: that it was cut is then seen there. */
	char text[LOG_SENTENCE_MAX + 8];

	if (!log_is_wanted(level))
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	log_write(level, text, NULL, 0);
}

#define DEFINE_LOG(name, level)                                                                    \
	void name(const char *fmt, ...)                                                            \
	{                                                                                          \
		va_list ap;                                                                        \
                                                                                                   \
		va_start(ap, fmt);                                                                 \
		log_formatted(level, fmt, ap);                                                     \
		va_end(ap);                                                                        \
	}

DEFINE_LOG(log_error, LOG_LEVEL_ERROR)
DEFINE_LOG(log_warn, LOG_LEVEL_WARN)
DEFINE_LOG(log_info, LOG_LEVEL_INFO)
DEFINE_LOG(log_debug, LOG_LEVEL_DEBUG)

bool log_may_repeat(_Atomic long long *next_ms, long long now_ms)
{
	long long next = atomic_load(next_ms);

	return now_ms >= next &&
	       atomic_compare_exchange_strong(next_ms, &next, now_ms + LOG_REPEAT_MS);
}
