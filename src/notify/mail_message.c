/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/mail_message.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "notify/mail_word.h"
#include "notify/message_text.h"

enum {
	LINE_MAX_LEN = 76,
	BODY_MAX = 16 * 1024,
	BASE64_LINE_BYTES = LINE_MAX_LEN / 4 * 3,
};

/* RFC 5322 §3.3; strftime(3) would speak the language of the locale. */
static void add_date(struct buf *out, int64_t time_s)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t t = (time_t)time_s;
	struct tm tm = {0};

	gmtime_r(&t, &tm);
	buf_addf(out, "Date: %s, %d %s %04d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday,
		 months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void add_header_text(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, "%s: ", name);
	mail_word_add(out, slice_of(value), strlen(name) + 2);
	buf_adds(out, "\r\n");
}

/* An address a line: each may be as long as a line should be. */
static void add_recipients_line(struct buf *out, const char *const *to, size_t n)
{
	size_t i;

	buf_adds(out, "To: ");
	for (i = 0; i < n; i++)
		buf_addf(out, "%s%s", to[i], i + 1 < n ? ",\r\n " : "\r\n");
}

static void add_ids(struct buf *out, const struct notify_message *m, const char *from)
{
	const char *at = strrchr(from, '@');

	buf_addf(out, "Message-ID: <%s@%s>\r\n", m->id, at != NULL ? at + 1 : "localhost");
	add_header_text(out, "X-Mooring-Event", m->kind);
	if (*m->host != '\0')
		add_header_text(out, "X-Mooring-Host", m->host);
}

/* ---- its body ---- */

/* In one line. */
static void add_line_of(struct buf *body, const char *text)
{
	for (; *text != '\0'; text++)
		buf_addc(body, slice_has_control((struct slice){text, 1}) ? ' ' : *text);
	buf_addc(body, '\n');
}

static void add_field(struct buf *body, const char *name, const char *value)
{
	if (*value == '\0')
		return;
	buf_addf(body, "%-8s", name);
	add_line_of(body, value);
}

static void add_text(struct buf *body, const struct notify_message *m)
{
	char time_text[MESSAGE_TIME_SIZE];

	message_time(m->at_s, time_text);
	add_line_of(body, m->text);
	buf_addc(body, '\n');
	add_field(body, "host:", m->host);
	add_field(body, "login:", m->user);
	add_field(body, "old:", m->old);
	add_field(body, "new:", m->new);
	add_field(body, "event:", m->kind);
	add_field(body, "time:", time_text);
	add_field(body, "id:", m->id);
}

/* Whether it can go as it is: ASCII, in lines that every server takes (RFC 5321 §4.5.3.1.6). */
static bool is_seven_bit(struct slice text)
{
	enum { SAFE_LINE = 900 };
	size_t i, len = 0;

	for (i = 0; i < text.len; i++) {
		len = text.p[i] == '\n' ? 0 : len + 1;
		if (len > SAFE_LINE || (text.p[i] != '\n' && (text.p[i] < ' ' || text.p[i] > '~')))
			return false;
	}
	return true;
}

static void add_lines(struct buf *out, struct slice text)
{
	struct slice line;

	while (text.len > 0) {
		slice_cut(text, '\n', &line, &text);
		buf_add(out, line.p, line.len);
		buf_adds(out, "\r\n");
	}
}

static void add_base64_lines(struct buf *out, struct slice text)
{
	while (text.len > 0) {
		size_t n = text.len < BASE64_LINE_BYTES ? text.len : BASE64_LINE_BYTES;

		buf_add_base64(out, text.p, n);
		buf_adds(out, "\r\n");
		text = (struct slice){text.p + n, text.len - n};
	}
}

static int add_body(struct buf *out, const struct notify_message *m)
{
	struct buf body;
	struct slice text;
	bool is_plain;
	int err;

	buf_init(&body, BODY_MAX);
	add_text(&body, m);
	text = (struct slice){body.data, body.len};
	is_plain = is_seven_bit(text);
	buf_addf(out,
		 "MIME-Version: 1.0\r\n"
		 "Content-Type: text/plain; charset=utf-8\r\n"
		 "Content-Transfer-Encoding: %s\r\n\r\n",
		 is_plain ? "7bit" : "base64");
	if (is_plain)
		add_lines(out, text);
	else
		add_base64_lines(out, text);
	err = body.err;
	buf_fini(&body);
	return err;
}

/* Auto-Submitted keeps programs that answer mail from answering (RFC 3834 §5). */
int mail_message_add(struct buf *out, const struct notify_message *m, const char *from,
		     const char *const *to, size_t n_to)
{
	int err;

	add_date(out, m->at_s);
	buf_addf(out, "From: mooring <%s>\r\n", from);
	add_recipients_line(out, to, n_to);
	add_header_text(out, "Subject", m->title);
	add_ids(out, m, from);
	buf_adds(out, "Auto-Submitted: auto-generated\r\n");
	err = add_body(out, m);
	return err != 0 ? err : buf_err(out);
}
