/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/envfile.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum { FILE_BYTES_MAX = 64 * 1024, NAME_MAX_LEN = 128 };

/* The part of the text that was not read yet. */
struct reader {
	const char *p;
	const char *end;
};

static int peek(const struct reader *r)
{
	return r->p < r->end ? (unsigned char)*r->p : EOF;
}

static int envfile_take(struct reader *r)
{
	return r->p < r->end ? (unsigned char)*r->p++ : EOF;
}

static bool envfile_is_blank(int c)
{
	return c == ' ' || c == '\t';
}

static bool is_newline(int c)
{
	return c == '\n' || c == '\r';
}

static void skip_blanks(struct reader *r)
{
	while (envfile_is_blank(peek(r)))
		envfile_take(r);
}

/* A backslash at the end of its line continues a comment. */
static void skip_line(struct reader *r)
{
	int c;

	while ((c = envfile_take(r)) != EOF && !is_newline(c))
		if (c == '\\')
			envfile_take(r);
}

static bool is_name(const char *name)
{
	const char *p;

	if (*name == '\0' || (*name >= '0' && *name <= '9'))
		return false;
	for (p = name; *p != '\0'; p++)
		if (*p != '_' && !(*p >= '0' && *p <= '9') && !(*p >= 'A' && *p <= 'Z') &&
		    !(*p >= 'a' && *p <= 'z'))
			return false;
	return true;
}

/* Reads a name up to the '='. False when the line has none. */
static bool read_name(struct reader *r, char name[NAME_MAX_LEN])
{
	size_t n = 0;
	int c;

	while ((c = peek(r)) != '=') {
		if (c == EOF || is_newline(c))
			return false;
		if (n < NAME_MAX_LEN - 1)
			name[n++] = (char)c;
		envfile_take(r);
	}
	envfile_take(r);
	while (n > 0 && envfile_is_blank(name[n - 1]))
		n--;
	name[n] = '\0';
	return true;
}

/* Reads a string up to its closing quote. In '...' a backslash is an ordinary character; in "..."
 * it escapes the characters that are special to a shell. */
static void read_quoted(struct reader *r, int quote, struct buf *out)
{
	int c;

	while ((c = envfile_take(r)) != EOF && c != quote) {
		if (c == '\\' && quote == '"') {
			c = envfile_take(r);
			if (c == '\n' || c == EOF)
				continue;
			if (strchr("\"\\`$", c) == NULL)
				buf_addc(out, '\\');
		}
		buf_addc(out, (char)c);
	}
}

/* Blanks belong to the value only when more of the value follows them. */
static void flush_blanks(struct buf *out, const char **blanks, const char *end)
{
	if (*blanks != NULL)
		buf_add(out, *blanks, (size_t)(end - *blanks));
	*blanks = NULL;
}

static void read_plain(struct reader *r, struct buf *out)
{
	const char *blanks = NULL;
	int c;

	while ((c = peek(r)) != EOF && !is_newline(c)) {
		if (envfile_is_blank(c)) {
			blanks = blanks == NULL ? r->p : blanks;
			envfile_take(r);
			continue;
		}
		flush_blanks(out, &blanks, r->p);
		c = envfile_take(r);
		if (c == '\\') {
			c = envfile_take(r);
			if (c == '\n' || c == EOF)
				continue;
		}
		buf_addc(out, (char)c);
	}
}

static void read_value(struct reader *r, struct buf *out)
{
	int c;

	skip_blanks(r);
	while ((c = peek(r)) == '"' || c == '\'') {
		envfile_take(r);
		read_quoted(r, c, out);
		skip_blanks(r);
	}
	read_plain(r, out);
}

int envfile_parse(struct slice text, envfile_each_fn *each, void *arg)
{
	struct reader r = {text.p, text.p + text.len};
	char name[NAME_MAX_LEN];
	struct buf value;
	int c, err = 0;

	while (err == 0 && (c = peek(&r)) != EOF) {
		if (envfile_is_blank(c) || is_newline(c)) {
			envfile_take(&r);
			continue;
		}
		if (c == '#' || c == ';') {
			skip_line(&r);
			continue;
		}
		if (!read_name(&r, name))
			continue;
		buf_init(&value, FILE_BYTES_MAX);
		read_value(&r, &value);
		err = buf_err(&value);
		if (err == 0 && is_name(name))
			each(arg, name, buf_str(&value));
		buf_fini(&value);
	}
	return err;
}

static void set_variable(void *arg, const char *name, const char *value)
{
	int *err = arg;

	if (setenv(name, value, 1) != 0)
		*err = ERR_NOMEM;
}

static int read_file(FILE *f, const char *path, struct errinfo *ei)
{
	static char text[FILE_BYTES_MAX + 1];
	size_t n = fread(text, 1, sizeof(text), f);
	int err, set_err = 0;

	if (ferror(f) != 0)
		return err_set(ei, ERR_IO, "%s: cannot be read: %s", path, strerror(errno));
	if (n > FILE_BYTES_MAX)
		return err_set(ei, ERR_LIMIT, "%s: is larger than %d bytes", path, FILE_BYTES_MAX);
	err = envfile_parse((struct slice){text, n}, set_variable, &set_err);
	explicit_bzero(text, sizeof(text)); /* keys of AWS may be in it */
	err = err != 0 ? err : set_err;
	return err != 0 ? err_set(ei, err, "%s: %s", path, err_str(err)) : 0;
}

int envfile_load(const char *path, struct errinfo *ei)
{
	FILE *f = fopen(path, "re");
	int err;

	if (f == NULL && errno == ENOENT)
		return 0;
	if (f == NULL)
		return err_set(ei, errno == EACCES ? ERR_DENIED : ERR_IO, "%s: cannot be read: %s",
			       path, strerror(errno));
	err = read_file(f, path, ei);
	fclose(f);
	return err;
}
