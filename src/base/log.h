/* SPDX-License-Identifier: BSD-2-Clause
 * The log: one line per event on stderr, as text or JSON. Any thread; never waits for its reader:
 * lines that find the pipe full are dropped and counted. Callers pass no secret: no password, no
 * Authorization header, no raw query string. */
#ifndef MOORING_BASE_LOG_H
#define MOORING_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

enum { LOG_LINE_MAX = 1024 };

/* Sets what is written and how. Call before other threads start. journal adds the "<N>" priority
 * prefix of sd-daemon(3) to text lines. Defaults: INFO, TEXT, no prefix. */
void log_setup(enum log_level level, enum log_format format, bool journal);

/* One line: the sentence, then the fields as key=value (text) or members (JSON). A field is
 * written by the caller as logfmt: `user=bob host=home.example.com ms=3`; quote a value with blanks
 * by "...". fields may be NULL. Longer lines are cut at LOG_LINE_MAX; newlines never pass. */
void log_event(enum log_level level, const char *sentence, const char *fields_fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A sentence alone. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* For messages that a hostile peer or a broken backend can cause: true at most once a second per
 * *gate; now_ms is clock_mono_ms(). The caller owns *gate, zeroed at first, and may share it
 * between threads. */
bool log_gate(_Atomic long long *gate, long long now_ms);

#endif
