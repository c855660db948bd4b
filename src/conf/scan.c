/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/scan.h"

#include <string.h>

static int scan_fail(const struct conf_scanner *s, unsigned line, const char *sentence)
{
	const struct conf_origin origin = {.line = line};

	return conf_fail(s->l, &origin, "%s", sentence);
}

static int fail_expansion(const struct conf_scanner *s)
{
	return scan_fail(s, s->line_of_p,
			 "${...} is not expanded: set the MOORING_ variable instead");
}

/* The byte n places ahead. Behind the end it is NUL, which no token contains. */
static char peek(const struct conf_scanner *s, size_t n)
{
	return (size_t)(s->end - s->p) > n ? s->p[n] : '\0';
}

/* A tab is the only control character that may stand in a line. */
static bool scan_is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

/* The characters of a word. ()+*| are refused, so that the syntax can give them a meaning later. */
static bool is_word(char c)
{
	return !scan_is_control(c) && strchr(" \t#\"'={}()+,*|", c) == NULL;
}

static void skip_line_comment(struct conf_scanner *s)
{
	while (s->p < s->end && *s->p != '\n')
		s->p++;
}

static int skip_block_comment(struct conf_scanner *s)
{
	unsigned begun = s->line_of_p;

	for (s->p += 2; s->p < s->end; s->p++) {
		if (*s->p == '*' && peek(s, 1) == '/') {
			s->p += 2;
			return 0;
		}
		if (*s->p == '\n')
			s->line_of_p++;
	}
	return scan_fail(s, begun, "the comment that begins here is not closed");
}

/* Skips blanks, ends of lines and comments. */
static int skip_blanks(struct conf_scanner *s)
{
	int err = 0;

	while (err == 0 && s->p < s->end) {
		char c = *s->p, next = peek(s, 1);

		if (c == '#' || (c == '/' && next == '/'))
			skip_line_comment(s);
		else if (c == '/' && next == '*')
			err = skip_block_comment(s);
		else if (c == ' ' || c == '\t' || c == '\n' || (c == '\r' && next == '\n'))
			s->line_of_p += *s->p++ == '\n' ? 1 : 0;
		else
			break;
	}
	return err;
}

/* Checks that the backslash at p stands before a character that may be escaped. */
static int check_escape(const struct conf_scanner *s, char quote)
{
	char next = peek(s, 1);

	if (next == '\\' || next == quote || (quote == '"' && next == '$'))
		return 0;
	return scan_fail(s, s->line_of_p,
			 "a backslash in a string may only stand before a quote, '$' or '\\'");
}

static int read_string(struct conf_scanner *s)
{
	char quote = *s->p++;
	int err;

	for (; s->p < s->end && *s->p != quote && *s->p != '\n'; s->p++) {
		if (scan_is_control(*s->p))
			return scan_fail(s, s->line_of_p, "a control character is in a string");
		if (quote == '"' && *s->p == '$' && peek(s, 1) == '{')
			return fail_expansion(s);
		if (*s->p == '\\') {
			err = check_escape(s, quote);
			if (err != 0)
				return err;
			s->p++;
		}
		buf_addc(&s->text, *s->p);
	}
	if (s->p == s->end || *s->p != quote)
		return scan_fail(s, s->line_of_p, "the string is not closed on its line");
	s->p++;
	return 0;
}

/* A word ends before a comment of the form of C, but two slashes belong to it, because URLs have
 * them. */
static int read_word(struct conf_scanner *s)
{
	const char *begin = s->p;

	while (s->p < s->end && is_word(*s->p) && !(*s->p == '/' && peek(s, 1) == '*')) {
		if (*s->p == '$' && peek(s, 1) == '{')
			return fail_expansion(s);
		s->p++;
	}
	buf_add(&s->text, begin, (size_t)(s->p - begin));
	return 0;
}

static int read_mark(struct conf_scanner *s)
{
	char c = *s->p++;

	switch (c) {
	case '=':
		s->token = CONF_TOKEN_EQUALS;
		break;
	case ',':
		s->token = CONF_TOKEN_COMMA;
		break;
	case '{':
		s->token = CONF_TOKEN_OPEN;
		break;
	case '}':
		s->token = CONF_TOKEN_CLOSE;
		break;
	default:
		return scan_fail(s, s->line,
				 scan_is_control(c)
					 ? "a control character is in the file"
					 : "a value with one of ()+*| must be in double quotes");
	}
	buf_addc(&s->text, c);
	return 0;
}

void conf_scan_begin(struct conf_scanner *s, const struct conf_loader *l, struct slice text)
{
	/* An empty file may have no bytes to point at, and NULL takes no arithmetic (C11 6.5.6). */
	const char *p = text.p != NULL ? text.p : "";

	*s = (struct conf_scanner){.l = l, .p = p, .end = p + text.len, .line = 1, .line_of_p = 1};
	buf_init(&s->text, text.len + 1);
}

int conf_scan_next(struct conf_scanner *s)
{
	int err = skip_blanks(s);

	if (err != 0)
		return err;
	buf_reset(&s->text);
	s->line = s->line_of_p;
	s->token = s->p < s->end ? CONF_TOKEN_TEXT : CONF_TOKEN_END;
	if (s->token == CONF_TOKEN_END)
		return 0;
	if (*s->p == '"' || *s->p == '\'')
		err = read_string(s);
	else
		err = is_word(*s->p) ? read_word(s) : read_mark(s);
	if (err == 0 && buf_err(&s->text) != 0)
		err = err_set(s->l->ei, buf_err(&s->text), "%s", err_str(buf_err(&s->text)));
	return err;
}

void conf_scan_end(struct conf_scanner *s)
{
	buf_fini(&s->text);
}
