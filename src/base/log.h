/* SPDX-License-Identifier: BSD-2-Clause
 * The log: one line per event on stderr, as text or JSON. Any thread; never waits for its reader:
 * lines that find the pipe full are dropped and counted. Callers pass no secret: no password, no
 * Authorization header, no raw query string.
 *
 *	log_event(LOG_LEVEL_WARN, "the store is in trouble",
 *		  LOG_FIELDS(log_str("user", user), log_str("why", text), log_int("ms", ms)));
 *
 * What comes from outside belongs into a field: there it stays one value, whatever is in it. */
#ifndef MOORING_BASE_LOG_H
#define MOORING_BASE_LOG_H

#include <stdbool.h>

#include "base/log_line.h"

/* Sets what is written and how. Call before other threads start. Defaults: INFO, text, for a
 * file. */
void log_setup(enum log_level level, enum log_format format, enum log_reader reader);

/* Fields of a log_event(): the array and its length. */
#define LOG_FIELDS(...)                                                                            \
	((const struct log_field[]){__VA_ARGS__}),                                                 \
		sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field)

/* One line: a constant sentence, then the fields. fields may be NULL when n is 0. */
void log_event(enum log_level level, const char *sentence, const struct log_field *fields,
	       size_t n);

/* The same at any level: for lines that the configuration asks for by themselves. */
void log_always(const char *sentence, const struct log_field *fields, size_t n);

/* A sentence alone, for what holds no data from outside. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* For messages that a hostile peer or a broken backend can cause: true at most once a second per
 * *next_ms, the time before which the line is not written again; now_ms is clock_mono_ms(). The
 * caller owns *next_ms, zeroed at first, and may share it between threads. */
bool log_may_repeat(_Atomic long long *next_ms, long long now_ms);

#endif
