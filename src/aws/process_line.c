/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/process_line.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_SIZE = 100 };

/* Where the splitter is: out never overtakes the input. */
struct splitter {
	struct slice in;
	size_t at;
	char *out;
	struct errinfo *ei;
};

static int line_fail(const struct splitter *sp, const char *what)
{
	return err_set(sp->ei, ERR_INVAL, "%s", what);
}

static bool is_space(char c)
{
	return memchr(STR_SPACE, c, sizeof(STR_SPACE) - 1) != NULL;
}

/* The character behind a backslash. Between double quotes it escapes those and itself alone. */
static int take_escaped(struct splitter *sp, bool is_quoted)
{
	char c;

	if (sp->at == sp->in.len)
		return line_fail(sp, "it ends with a backslash");
	c = sp->in.p[sp->at++];
	if (is_quoted && c != '"' && c != '\\')
		*sp->out++ = '\\';
	*sp->out++ = c;
	return 0;
}

static int take_quoted(struct splitter *sp, char quote)
{
	int err = 0;

	while (err == 0 && sp->at < sp->in.len) {
		char c = sp->in.p[sp->at++];

		if (c == quote)
			return 0;
		if (c == '\\' && quote == '"')
			err = take_escaped(sp, true);
		else
			*sp->out++ = c;
	}
	return err != 0 ? err : line_fail(sp, "a quotation mark in it is not closed");
}

static int take_word(struct splitter *sp)
{
	int err = 0;

	while (err == 0 && sp->at < sp->in.len && !is_space(sp->in.p[sp->at])) {
		char c = sp->in.p[sp->at++];

		if (c == '"' || c == '\'')
			err = take_quoted(sp, c);
		else if (c == '\\')
			err = take_escaped(sp, false);
		else
			*sp->out++ = c;
	}
	*sp->out++ = '\0';
	return err;
}

static int split(struct slice line, struct aws_process_line *l, struct errinfo *ei)
{
	struct splitter sp = {.in = slice_trim(line, STR_SPACE), .out = l->text, .ei = ei};
	size_t n = 0;
	int err = 0;

	while (err == 0 && sp.at < sp.in.len) {
		if (n == AWS_PROCESS_ARGS_MAX)
			return err_set(ei, ERR_LIMIT, "it has more than %d words",
				       AWS_PROCESS_ARGS_MAX);
		l->argv[n++] = sp.out;
		err = take_word(&sp);
		while (sp.at < sp.in.len && is_space(sp.in.p[sp.at]))
			sp.at++;
	}
	l->argv[n] = NULL;
	return err;
}

/* A path that depends on where we were started, or on PATH, is somebody else's choice. */
static int check_program(const char *program, struct errinfo *ei)
{
	char shown[SHOWN_SIZE];

	if (program == NULL)
		return err_set(ei, ERR_INVAL, "it is empty");
	if (program[0] == '/')
		return 0;
	return err_set(ei, ERR_INVAL,
		       "\"%s\" is no absolute path: write the program with all of its path, as "
		       "in /usr/local/bin/aws",
		       str_printable(shown, sizeof(shown), slice_of(program)));
}

int aws_process_line_parse(struct slice line, struct aws_process_line *ret, struct errinfo *ei)
{
	struct aws_process_line l = {0};
	int err;

	if (line.len > AWS_PROCESS_LINE_MAX)
		return err_set(ei, ERR_LIMIT, "it is longer than %d characters",
			       AWS_PROCESS_LINE_MAX);
	/* Each word but the last ends at a blank; then there is the end of the last. */
	l.text = calloc(1, line.len + 1);
	if (l.text == NULL)
		return ERR_NOMEM;
	err = split(line, &l, ei);
	if (err == 0)
		err = check_program(l.argv[0], ei);
	if (err != 0) {
		explicit_bzero(l.text, line.len + 1);
		aws_process_line_fini(&l);
		return err;
	}
	*ret = l;
	return 0;
}

void aws_process_line_fini(struct aws_process_line *l)
{
	size_t i;

	for (i = 0; l->argv[i] != NULL; i++)
		explicit_bzero(l->argv[i], strlen(l->argv[i]));
	free(l->text);
	memset(l, 0, sizeof(*l));
}

static bool is_passed_on(const char *variable)
{
	static const char *const names[] = {
		"PATH=",       "HOME=",	       "USER=",	       "LOGNAME=",	 "LANG=",
		"TZ=",	       "TMPDIR=",      "no_proxy=",    "NO_PROXY=",	 "http_proxy=",
		"HTTP_PROXY=", "https_proxy=", "HTTPS_PROXY=", "SSL_CERT_FILE=", "SSL_CERT_DIR=",
		"AWS_",	       "LC_",	       "XDG_",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(variable, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

char **aws_process_env(const char *const *env)
{
	size_t i, n = 0;
	char **list;

	while (env != NULL && env[n] != NULL)
		n++;
	list = calloc(n + 1, sizeof(*list));
	for (i = 0, n = 0; list != NULL && env != NULL && env[i] != NULL; i++)
		if (is_passed_on(env[i]))
			list[n++] = (char *)(uintptr_t)env[i];
	return list;
}
