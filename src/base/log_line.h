/* SPDX-License-Identifier: BSD-2-Clause
 * One line of the log, from a sentence and typed fields to text or JSON. Whatever bytes a value
 * has, it stays one field of one line. Pure; any thread. The forms are in mooringd(8), LOG. */
#ifndef MOORING_BASE_LOG_LINE_H
#define MOORING_BASE_LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* Who reads, and so what a line begins with. */
enum log_reader {
	LOG_READER_FILE,    /* text: the time */
	LOG_READER_JOURNAL, /* "<N>", the priority of sd-daemon(3); it knows the time itself */
	LOG_READER_USER,    /* of a command: nothing */
};

/* Bytes as they are written: of a line with its newline, of its sentence, of one value. One page of
 * a pipe takes a line and the count of lost ones, so that a write never waits: log.c. */
enum { LOG_LINE_MAX = 3072, LOG_SENTENCE_MAX = 1024, LOG_VALUE_MAX = 512 };

enum log_type { LOG_TYPE_STRING, LOG_TYPE_INT, LOG_TYPE_UINT, LOG_TYPE_BOOL, LOG_TYPE_JSON };

/* Strings are borrowed until the line is written. The key is a constant of ours: letters, digits,
 * '-' and '_'. */
struct log_field {
	const char *key;
	enum log_type type;
	union {
		struct slice string; /* p NULL: the field is left out */
		int64_t integer;
		uint64_t number;
		bool flag;
	} value;
};

struct log_style {
	enum log_format format;
	enum log_reader reader;
};

/* Writes the line and its newline to out, no NUL; returns its length. time_ms is since the epoch.
 * What does not fit ends in "...", and the line then says cut=true. */
size_t log_line(char out[LOG_LINE_MAX], const struct log_style *style, enum log_level level,
		int64_t time_ms, struct slice sentence, const struct log_field *fields, size_t n);

static inline struct log_field log_slice(const char *key, struct slice value)
{
	return (struct log_field){key, LOG_TYPE_STRING, {.string = value}};
}

/* NULL: the field is left out. */
static inline struct log_field log_str(const char *key, const char *value)
{
	return log_slice(key, slice_of(value));
}

static inline struct log_field log_int(const char *key, int64_t value)
{
	return (struct log_field){key, LOG_TYPE_INT, {.integer = value}};
}

static inline struct log_field log_uint(const char *key, uint64_t value)
{
	return (struct log_field){key, LOG_TYPE_UINT, {.number = value}};
}

/* A JSON value of ours, as it stands; a line of text has it not, nor one in which it finds no room.
 */
static inline struct log_field log_json(const char *key, const char *value)
{
	return (struct log_field){key, LOG_TYPE_JSON, {.string = slice_of(value)}};
}

static inline struct log_field log_bool(const char *key, bool value)
{
	return (struct log_field){key, LOG_TYPE_BOOL, {.flag = value}};
}

#endif
