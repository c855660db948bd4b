/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/screen.h"

#include <string.h>

#include "base/str.h"

/* What the next byte belongs to. */
enum state {
	AT_BEGIN,    /* empty lines, then a method */
	AT_BEGIN_LF, /* of an empty line */
	AT_METHOD,
	AT_BEFORE_TARGET, /* blanks */
	AT_TARGET,
	AT_VERSION,
	AT_VERSION_LF,
	AT_LINE, /* the beginning of a header line */
	AT_NAME,
	AT_VALUE,
	AT_VALUE_LF,
	AT_END_LF, /* of the empty line after the head */
	AT_BODY,
	AT_DROPPED, /* after a refusal */
};

/* The headers that decide how long a request is and who sends it; all others are FIELD_OTHER. */
enum field {
	FIELD_OTHER,
	FIELD_HOST,
	FIELD_LENGTH,
	FIELD_ENCODING,
	FIELD_AUTHORIZATION,
	FIELD_COOKIE,
};

/* Marks a byte that libmicrohttpd is not to see. NUL can do so because no head may have one. */
static const char LEFT_OUT = '\0';

static const char version_text[] = "HTTP/1.0";
static const char head_text[] = "HEAD";

/* RFC 9110 §5.6.2. */
static bool is_token(char c)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr(others, c) != NULL);
}

/* RFC 9110 §5.5: no control character but the tabulator. */
static bool is_in_value(char c)
{
	return ((unsigned char)c >= ' ' && c != 0x7f) || c == '\t';
}

/* No control character and no blank (RFC 3986); bytes above ASCII are what some clients send. */
static bool is_in_target(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f;
}

/* Keeps no more than fits: a longer word is none that is looked for. */
static void add_to_word(struct screen *s, const char *p, size_t len)
{
	size_t room = SCREEN_WORD_MAX - s->word_len;
	size_t n = len < room ? len : room;

	memcpy(s->word + s->word_len, p, n);
	s->word_len = (uint8_t)(s->word_len + n);
}

static void add_to_target(struct screen *s, const char *p, size_t len)
{
	size_t room = SCREEN_TARGET_MAX - s->target_len;
	size_t n = len < room ? len : room;

	memcpy(s->target + s->target_len, p, n);
	s->target_len = (uint8_t)(s->target_len + n);
}

static bool word_is(const struct screen *s, const char *text)
{
	return slice_eq_nocase((struct slice){.p = s->word, .len = s->word_len}, text);
}

static void begin_head(struct screen *s)
{
	s->lines = 0;
	s->is_head = s->hosts = s->lengths = s->authorizations = false;
	s->needs_host = s->length_ended = false;
	s->length_digits = s->fields = s->head_len = s->body_left = 0;
	s->word_len = 0;
	s->target_len = 0;
	s->state = AT_BEGIN;
}

static enum screen_verdict step_method(struct screen *s, char c)
{
	if (c == ' ' && s->word_len > 0 && !word_is(s, "CONNECT")) {
		s->is_head = s->word_len == strlen(head_text) &&
			     memcmp(s->word, head_text, s->word_len) == 0;
		s->state = AT_BEFORE_TARGET;
		return SCREEN_OK;
	}
	if (!is_token(c))
		return SCREEN_BAD;
	add_to_word(s, &c, 1);
	return SCREEN_OK;
}

static enum screen_verdict step_begin(struct screen *s, char c)
{
	if (c == '\r' || c == '\n') {
		s->state = c == '\r' ? AT_BEGIN_LF : AT_BEGIN;
		return ++s->lines <= SCREEN_EMPTY_LINES_MAX ? SCREEN_OK : SCREEN_BAD;
	}
	s->heads++;
	s->head_len = 1;
	s->state = AT_METHOD;
	return step_method(s, c);
}

static enum screen_verdict step_target(struct screen *s, char *c)
{
	if (*c == ' ' && s->state == AT_BEFORE_TARGET) {
		*c = LEFT_OUT; /* libmicrohttpd 1.0 takes one blank there, no more */
		return SCREEN_OK;
	}
	if (*c == ' ') {
		s->state = AT_VERSION;
		s->word_len = 0;
		return SCREEN_OK;
	}
	if (!is_in_target(*c))
		return SCREEN_BAD;
	add_to_target(s, c, 1);
	if (*c == '?')
		*c = SCREEN_QUESTION_MARK;
	s->state = AT_TARGET;
	return SCREEN_OK;
}

/* HTTP/1.x only. A client of another major version may not understand our reply (505), but whoever
 * reads it in a log does. */
static enum screen_verdict step_version(struct screen *s, char c)
{
	const size_t at = s->word_len, major = 5, minor = 7, end = sizeof(version_text) - 1;

	if (at == end && (c == '\r' || c == '\n')) {
		s->needs_host = s->word[minor] != '0';
		s->state = c == '\r' ? AT_VERSION_LF : AT_LINE;
		return SCREEN_OK;
	}
	if (at == major && c != '1' && c >= '0' && c <= '9')
		return SCREEN_VERSION;
	if (at == minor ? c < '0' || c > '9' : at == end || c != version_text[at])
		return SCREEN_BAD;
	add_to_word(s, &c, 1);
	return SCREEN_OK;
}

/* At the empty line after the last header. */
static enum screen_verdict judge_head(const struct screen *s)
{
	return s->needs_host && !s->hosts ? SCREEN_BAD : SCREEN_OK;
}

static void end_head(struct screen *s)
{
	if (s->body_left > 0)
		s->state = AT_BODY;
	else
		begin_head(s);
}

/* A line that begins with a blank would be folded into the one before (RFC 9112 §5.2). */
static enum screen_verdict step_line(struct screen *s, char c)
{
	enum screen_verdict verdict;

	if (c == '\r' || c == '\n') {
		verdict = judge_head(s);
		if (verdict == SCREEN_OK && c == '\n')
			end_head(s);
		else if (verdict == SCREEN_OK)
			s->state = AT_END_LF;
		return verdict;
	}
	if (!is_token(c))
		return SCREEN_BAD;
	if (++s->fields > SCREEN_FIELDS_MAX)
		return SCREEN_HEAD_TOO_LARGE;
	s->word_len = 0;
	add_to_word(s, &c, 1);
	s->state = AT_NAME;
	return SCREEN_OK;
}

static enum field find_field(const struct screen *s)
{
	static const char *const names[] = {
		[FIELD_HOST] = "host",
		[FIELD_LENGTH] = "content-length",
		[FIELD_ENCODING] = "transfer-encoding",
		[FIELD_AUTHORIZATION] = "authorization",
		[FIELD_COOKIE] = "cookie",
	};
	size_t i;

	for (i = FIELD_HOST; i < sizeof(names) / sizeof(names[0]); i++)
		if (word_is(s, names[i]))
			return (enum field)i;
	return FIELD_OTHER;
}

/* A header that may come once only: of two, a proxy in front could have used the other one. */
static enum screen_verdict first_of_its_kind(bool *seen)
{
	enum screen_verdict verdict = *seen ? SCREEN_BAD : SCREEN_OK;

	*seen = true;
	return verdict;
}

static enum screen_verdict step_name(struct screen *s, char c)
{
	if (c != ':')
		return SCREEN_BAD;
	s->field = (uint8_t)find_field(s);
	s->state = AT_VALUE;
	switch ((enum field)s->field) {
	case FIELD_HOST:
		return first_of_its_kind(&s->hosts);
	case FIELD_LENGTH:
		return first_of_its_kind(&s->lengths);
	case FIELD_AUTHORIZATION:
		return first_of_its_kind(&s->authorizations);
	case FIELD_ENCODING:
		return SCREEN_BAD; /* "chunked" or another coding: a body has a length here */
	case FIELD_COOKIE:
	case FIELD_OTHER:
		break;
	}
	return SCREEN_OK;
}

/* Blanks after the number are left out: libmicrohttpd 0.9.75 refuses them. */
static enum screen_verdict step_length(struct screen *s, char *c)
{
	if (*c == ' ' || *c == '\t') {
		s->length_ended = s->length_digits > 0;
		if (s->length_ended)
			*c = LEFT_OUT;
		return SCREEN_OK;
	}
	if (*c < '0' || *c > '9' || s->length_ended)
		return SCREEN_BAD;
	s->length_digits++;
	s->body_left = s->body_left * 10 + (unsigned)(*c - '0');
	return s->body_left <= SCREEN_BODY_MAX ? SCREEN_OK : SCREEN_BODY_TOO_LARGE;
}

static enum screen_verdict step_value(struct screen *s, char *c)
{
	if (*c == '\r' || *c == '\n') {
		s->state = *c == '\r' ? AT_VALUE_LF : AT_LINE;
		return s->field == FIELD_LENGTH && s->length_digits == 0 ? SCREEN_BAD : SCREEN_OK;
	}
	if (!is_in_value(*c))
		return SCREEN_BAD;
	if (s->field == FIELD_LENGTH)
		return step_length(s, c);
	/* Show a blank value: libmicrohttpd would copy and split a Cookie, and may lack the memory
	 * for that. */
	if (s->field == FIELD_COOKIE)
		*c = ' ';
	return SCREEN_OK;
}

/* Only LF may follow a CR: programs disagree whether a CR alone ends a line or is a blank. */
static enum screen_verdict step_lf(struct screen *s, char c)
{
	if (c != '\n')
		return SCREEN_BAD;
	if (s->state == AT_END_LF)
		end_head(s);
	else
		s->state = s->state == AT_BEGIN_LF ? AT_BEGIN : AT_LINE;
	return SCREEN_OK;
}

static enum screen_verdict step_byte(struct screen *s, char *c)
{
	if (s->state > AT_BEGIN_LF && ++s->head_len > SCREEN_HEAD_MAX)
		return SCREEN_HEAD_TOO_LARGE;
	switch ((enum state)s->state) {
	case AT_BEGIN:
		return step_begin(s, *c);
	case AT_METHOD:
		return step_method(s, *c);
	case AT_BEFORE_TARGET:
	case AT_TARGET:
		return step_target(s, c);
	case AT_VERSION:
		return step_version(s, *c);
	case AT_LINE:
		return step_line(s, *c);
	case AT_NAME:
		return step_name(s, *c);
	case AT_VALUE:
		return step_value(s, c);
	case AT_BEGIN_LF:
	case AT_VERSION_LF:
	case AT_VALUE_LF:
	case AT_END_LF:
		return step_lf(s, *c);
	case AT_BODY:
	case AT_DROPPED:
		break;
	}
	return SCREEN_BAD;
}

static size_t append_text(char *out, size_t len, const char *text)
{
	size_t n = strlen(text);

	memcpy(out + len, text, n);
	return len + n;
}

/* Writes to out what completes the line of which libmicrohttpd was shown the bytes up to at;
 * returns its length. The letters that are added make no name or value that means something of what
 * was there, except that HEAD stays HEAD: its reply has no body (RFC 9110 §9.3.2). */
static size_t end_line(const struct screen *at, bool is_head, char out[SCREEN_ENDING_MAX])
{
	size_t len = 0;

	switch ((enum state)at->state) {
	case AT_BEGIN_LF:
		len = append_text(out, len, "\n");
		/* fall through */
	case AT_BEGIN:
	case AT_METHOD:
		len = append_text(out, len, is_head ? head_text + at->word_len : "X");
		len = append_text(out, len, " ");
		/* fall through */
	case AT_BEFORE_TARGET:
	case AT_TARGET:
		len = append_text(out, len, "x ");
		/* fall through */
	case AT_VERSION:
		len = append_text(out, len,
				  version_text + (at->state == AT_VERSION ? at->word_len : 0));
		return append_text(out, len, "\r\n");
	case AT_NAME:
		return append_text(out, len, "-x:\r\n");
	case AT_VALUE:
		if (at->field != FIELD_LENGTH)
			len = append_text(out, len, "x");
		else if (at->length_digits == 0)
			len = append_text(out, len, "0");
		return append_text(out, len, "\r\n");
	case AT_VERSION_LF:
	case AT_VALUE_LF:
		return append_text(out, len, "\n");
	case AT_LINE:
	case AT_END_LF:
	case AT_BODY:
	case AT_DROPPED:
		break;
	}
	return len;
}

/* Writes to out the rest of a head of which libmicrohttpd was shown the bytes up to at; returns its
 * length. */
static size_t end_of(const struct screen *at, bool is_head, char out[SCREEN_ENDING_MAX])
{
	bool needs_host = at->needs_host ||
			  (at->state == AT_VERSION && at->word_len == sizeof(version_text) - 1 &&
			   at->word[at->word_len - 1] != '0');
	size_t len = end_line(at, is_head, out);

	if (at->state == AT_END_LF)
		return append_text(out, len, "\n");
	if (needs_host && !at->hosts)
		len = append_text(out, len, "Host: x\r\n");
	return append_text(out, len, "\r\n");
}

size_t screen_owed(struct screen *s, char *buf, size_t cap)
{
	size_t n = s->owed_len < cap ? s->owed_len : cap;

	memcpy(buf, s->ending, n);
	s->owed_len -= n;
	memmove(s->ending, s->ending + n, s->owed_len);
	return n;
}

/* Puts the ending behind the len bytes of buf, as far as there is room; returns the new length. */
static size_t screen_refuse(struct screen *s, enum screen_verdict verdict, const struct screen *at,
			    char *buf, size_t len, size_t cap)
{
	if (s->state == AT_BEGIN || s->state == AT_BEGIN_LF)
		s->heads++;
	s->verdict = verdict;
	s->state = AT_DROPPED;
	s->owed_len = end_of(at, s->is_head, s->ending);
	return len + screen_owed(s, buf + len, cap - len);
}

static size_t pass_body(struct screen *s, size_t len)
{
	size_t n = s->body_left < len ? s->body_left : len;

	s->body_left -= (unsigned)n;
	end_head(s);
	return n;
}

/* How many of the bytes at p continue a target, a header name, a value or a body, and pass as they
 * are: most do. The others, where something begins or ends, is changed, or is wrong, are for
 * step_byte(). */
static size_t pass_run(struct screen *s, const char *p, size_t len)
{
	const size_t left = SCREEN_HEAD_MAX - s->head_len, most = len < left ? len : left;
	size_t n = 0;

	switch ((enum state)s->state) {
	case AT_BODY:
		return pass_body(s, len);
	case AT_TARGET:
		while (n < most && is_in_target(p[n]) && p[n] != '?')
			n++;
		add_to_target(s, p, n);
		break;
	case AT_NAME:
		while (n < most && is_token(p[n]))
			n++;
		add_to_word(s, p, n);
		break;
	case AT_VALUE:
		if (s->field == FIELD_LENGTH || s->field == FIELD_COOKIE)
			break;
		while (n < most && is_in_value(p[n]))
			n++;
		break;
	default:
		break;
	}
	s->head_len += (unsigned)n;
	return n;
}

size_t screen_filter(struct screen *s, char *buf, size_t len, size_t cap)
{
	struct screen at = *s; /* as it was at the byte buf[start] */
	enum screen_verdict verdict;
	size_t i, n, start = 0, kept = 0;

	if (s->state == AT_DROPPED)
		return 0;
	for (i = 0; i < len; i += n) {
		n = pass_run(s, buf + i, len - i);
		if (n > 0) {
			if (kept != i)
				memmove(buf + kept, buf + i, n);
			kept += n;
			continue;
		}
		n = 1;
		if (s->state == AT_BEGIN) {
			at = *s;
			start = kept;
		}
		verdict = step_byte(s, &buf[i]);
		if (verdict != SCREEN_OK)
			return screen_refuse(s, verdict, &at, buf, start, cap);
		if (buf[i] != LEFT_OUT)
			buf[kept++] = buf[i];
	}
	return kept;
}

void screen_forget(struct screen *s)
{
	if (s->state > AT_BEGIN_LF && s->state != AT_DROPPED)
		return;
	explicit_bzero(s->target, sizeof(s->target));
	explicit_bzero(s->word, sizeof(s->word));
	s->target_len = 0;
}
