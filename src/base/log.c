/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/metric.h"

enum { LOG_GATE_MS = 1000 };

static struct {
	enum log_level level;
	enum log_format format;
	bool journal;
} setup = {LOG_LEVEL_INFO, LOG_FORMAT_TEXT, false};

static const char *const level_name[] = {"error", "warning", "info", "debug"};
/* syslog(3) priorities: err, warning, info, debug. */
static const int level_priority[] = {3, 4, 6, 7};

void log_setup(enum log_level level, enum log_format format, bool journal)
{
	setup.level = level;
	setup.format = format;
	setup.journal = journal;
}

static void clean(char *line)
{
	for (; *line != '\0'; line++)
		if ((unsigned char)*line < 0x20 || *line == 0x7f)
			*line = ' ';
}

static void put_json_string(struct buf *b, const char *s, size_t len)
{
	size_t i;

	(void)buf_addc(b, '"');
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '"' || c == '\\')
			(void)buf_addf(b, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			(void)buf_addf(b, "\\u%04x", c);
		else
			(void)buf_addc(b, (char)c);
	}
	(void)buf_addc(b, '"');
}

/* One logfmt field as a JSON member; returns what follows it. */
static const char *put_json_field(struct buf *b, const char *s)
{
	size_t key = strcspn(s, "= ");
	const char *value = s[key] == '=' ? s + key + 1 : s + key;
	bool quoted = *value == '"';
	size_t len = quoted ? strcspn(value + 1, "\"") : strcspn(value, " ");

	(void)buf_addc(b, ',');
	put_json_string(b, s, key);
	(void)buf_addc(b, ':');
	put_json_string(b, quoted ? value + 1 : value, len);
	value += quoted ? len + 1 : len;
	if (quoted && *value == '"')
		value++;
	return value + strspn(value, " ");
}

static void put_json(struct buf *b, enum log_level level, const char *sentence, const char *fields)
{
	(void)buf_addf(b, "{\"level\":\"%s\",\"message\":", level_name[level]);
	put_json_string(b, sentence, strlen(sentence));
	while (*fields != '\0')
		fields = put_json_field(b, fields);
	(void)buf_addc(b, '}');
}

static void put_text(struct buf *b, enum log_level level, const char *sentence, const char *fields)
{
	if (setup.journal)
		(void)buf_addf(b, "<%d>", level_priority[level]);
	else if (level <= LOG_LEVEL_WARN || level == LOG_LEVEL_DEBUG)
		(void)buf_addf(b, "%s: ", level_name[level]);
	(void)buf_adds(b, sentence);
	if (*fields != '\0')
		(void)buf_addf(b, " %s", fields);
}

static bool is_writable(void)
{
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

	return poll(&p, 1, 0) > 0 && (p.revents & POLLOUT) != 0;
}

/* Whoever reads the log may have stopped: a router's update must not wait for it. Lines that find
 * the pipe full are counted, and the count is told by the next one that does not. */
static void put_line(const char *line, size_t len)
{
	static atomic_uint lost;
	unsigned n;
	char text[64];
	int text_len;

	if (!is_writable()) {
		(void)atomic_fetch_add(&lost, 1);
		metric_add(METRIC_LOG_LINES_LOST, 1);
		return;
	}
	n = atomic_exchange(&lost, 0);
	text_len = n > 0 ? snprintf(text, sizeof(text), "%u log lines were lost\n", n) : 0;
	if (text_len > 0 && write(STDERR_FILENO, text, (size_t)text_len) < 0)
		return;
	if (write(STDERR_FILENO, line, len) < 0) {
		/* Nobody is left to tell. */
	}
}

static void write_line(enum log_level level, char *sentence, char *fields)
{
	/* JSON escapes may take six bytes a character. */
	enum { LINE_BYTES_MAX = LOG_LINE_MAX * 2 * 6 + 64 };
	struct buf b;

	clean(sentence);
	clean(fields);
	buf_init(&b, LINE_BYTES_MAX);
	if (setup.format == LOG_FORMAT_JSON)
		put_json(&b, level, sentence, fields);
	else
		put_text(&b, level, sentence, fields);
	(void)buf_addc(&b, '\n');
	if (buf_err(&b) == 0)
		put_line(b.data, b.len);
	buf_fini(&b);
}

static bool wanted(enum log_level level)
{
	return level <= setup.level;
}

void log_event(enum log_level level, const char *sentence, const char *fields_fmt, ...)
{
	char text[LOG_LINE_MAX], fields[LOG_LINE_MAX] = "";
	va_list ap;

	if (!wanted(level))
		return;
	(void)snprintf(text, sizeof(text), "%s", sentence);
	if (fields_fmt != NULL) {
		va_start(ap, fields_fmt);
		(void)vsnprintf(fields, sizeof(fields), fields_fmt, ap);
		va_end(ap);
	}
	write_line(level, text, fields);
}

static void vlog(enum log_level level, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void vlog(enum log_level level, const char *fmt, va_list ap)
{
	char text[LOG_LINE_MAX], none[1] = "";

	if (!wanted(level))
		return;
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	write_line(level, text, none);
}

#define DEFINE_LOG(name, level)                                                                    \
	void name(const char *fmt, ...)                                                            \
	{                                                                                          \
		va_list ap;                                                                        \
                                                                                                   \
		va_start(ap, fmt);                                                                 \
		vlog(level, fmt, ap);                                                              \
		va_end(ap);                                                                        \
	}

DEFINE_LOG(log_error, LOG_LEVEL_ERROR)
DEFINE_LOG(log_warn, LOG_LEVEL_WARN)
DEFINE_LOG(log_info, LOG_LEVEL_INFO)
DEFINE_LOG(log_debug, LOG_LEVEL_DEBUG)

bool log_gate(_Atomic long long *gate, long long now_ms)
{
	long long next = atomic_load(gate);

	return now_ms >= next && atomic_compare_exchange_strong(gate, &next, now_ms + LOG_GATE_MS);
}
