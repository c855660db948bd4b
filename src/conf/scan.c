/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/scan.h"

#include <string.h>

#include "base/buf.h"
#include "conf/loader.h"

enum { DEPTH_MAX = 2 }; /* a list in a section */

struct scan {
	const struct conf_loader *l;
	const char *p;
	const char *end;
	unsigned line;
	struct buf *out;
	char last[2];			   /* the two tokens before, the newer one first */
	size_t depth;			   /* open braces */
	unsigned opened_at[DEPTH_MAX + 1]; /* their lines */
};

static int fail(const struct scan *s, unsigned line, const char *sentence)
{
	const struct conf_origin origin = {.line = line};

	return conf_fail(s->l, &origin, "%s", sentence);
}

/* The byte n places ahead; NUL behind the end, where it cannot be taken for text. */
static char peek(const struct scan *s, size_t n)
{
	return (size_t)(s->end - s->p) > n ? s->p[n] : '\0';
}

/* A tab is the only control character that may stand in a line. */
static bool is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

static bool is_word(char c)
{
	return !is_control(c) && strchr(" \t#\"'={}()+,*|", c) == NULL;
}

static void note(struct scan *s, char token)
{
	s->last[1] = s->last[0];
	s->last[0] = token;
}

static int skip_line_comment(struct scan *s)
{
	while (s->p < s->end && *s->p != '\n')
		s->p++;
	return 0;
}

static int skip_block_comment(struct scan *s)
{
	unsigned begun = s->line;

	for (s->p += 2; s->p < s->end; s->p++) {
		if (*s->p == '*' && peek(s, 1) == '/') {
			s->p += 2;
			return buf_addc(s->out, ' ');
		}
		if (*s->p == '\n') {
			s->line++;
			(void)buf_addc(s->out, '\n');
		}
	}
	return fail(s, begun, "the comment that begins here is not closed");
}

/* A backslash and what follows it. */
static int check_escape(const struct scan *s, char quote)
{
	char next = peek(s, 1);

	if (next == '\\' || next == quote || (quote == '"' && next == '$'))
		return 0;
	return fail(s, s->line,
		    "a backslash in a string may only stand before a quote, '$' or '\\'");
}

/* Otherwise comes a key or the name of a zone; libconfuse stops at an empty one without a word. */
static bool expects_value(const struct scan *s)
{
	return s->last[0] == '=' || s->last[0] == ',' || (s->last[0] == '{' && s->last[1] == '=');
}

static int copy_string(struct scan *s)
{
	const char *begin = s->p++;
	char quote = *begin;
	int r;

	for (; s->p < s->end && *s->p != quote; s->p++) {
		if (*s->p == '\n')
			break;
		if (is_control(*s->p))
			return fail(s, s->line, "a control character is in a string");
		if (quote == '"' && *s->p == '$' && peek(s, 1) == '{')
			return fail(s, s->line,
				    "${...} is not expanded: set the MOORING_ variable instead");
		if (*s->p != '\\')
			continue;
		r = check_escape(s, quote);
		if (r != 0)
			return r;
		s->p++;
	}
	if (s->p >= s->end || *s->p != quote)
		return fail(s, s->line, "the string is not closed on its line");
	s->p++;
	if (s->p - begin == 2 && !expects_value(s))
		return fail(s, s->line, "an empty string is no name");
	note(s, 's');
	return buf_add(s->out, begin, (size_t)(s->p - begin));
}

/* A slash that would begin a comment ends a word. */
static int copy_word(struct scan *s)
{
	const char *begin = s->p;

	while (s->p < s->end && is_word(*s->p) && !(*s->p == '/' && peek(s, 1) == '*')) {
		if (*s->p == '$' && peek(s, 1) == '{')
			return fail(s, s->line,
				    "${...} is not expanded: set the MOORING_ variable instead");
		s->p++;
	}
	note(s, 's');
	return buf_add(s->out, begin, (size_t)(s->p - begin));
}

static int copy_brace(struct scan *s)
{
	if (*s->p == '{') {
		if (s->depth == DEPTH_MAX)
			return fail(s, s->line, "braces are nested too deeply");
		s->opened_at[s->depth++] = s->line;
	} else {
		if (s->depth == 0)
			return fail(s, s->line, "there is no opening brace for this one");
		s->depth--;
		if (s->last[0] == '{' && s->last[1] == '=')
			(void)buf_adds(s->out, "\"" CONF_EMPTY_LIST "\"");
	}
	note(s, *s->p);
	return buf_addc(s->out, *s->p++);
}

static int next(struct scan *s)
{
	char c = *s->p;

	if (c == '#' || (c == '/' && peek(s, 1) == '/'))
		return skip_line_comment(s);
	if (c == '/' && peek(s, 1) == '*')
		return skip_block_comment(s);
	if (c == '"' || c == '\'')
		return copy_string(s);
	if (c == '{' || c == '}')
		return copy_brace(s);
	if (c == '\r' && peek(s, 1) == '\n')
		c = ' ';
	if (is_word(c))
		return copy_word(s);
	if (c == '\n')
		s->line++;
	else if (c == '=' || c == ',')
		note(s, c);
	else if (c != ' ' && c != '\t')
		return fail(s, s->line,
			    is_control(c) ? "a control character is in the file"
					  : "a value with one of ()+*| must be in double quotes");
	s->p++;
	return buf_addc(s->out, c);
}

int conf_scan(const struct conf_loader *l, struct slice text, struct buf *out)
{
	struct scan s = {.l = l, .p = text.p, .end = text.p + text.len, .line = 1, .out = out};
	int r = 0;

	while (r == 0 && s.p < s.end)
		r = next(&s);
	if (r == 0 && s.depth > 0)
		r = fail(&s, s.opened_at[s.depth - 1], "the brace that opens here is not closed");
	return r;
}
