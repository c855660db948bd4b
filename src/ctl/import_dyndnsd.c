/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/import_dyndnsd.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"

enum { SCALAR_MAX = 4096 };

/* What the lines belong to that are further to the right. */
enum yaml_place {
	YAML_TOP,     /* nothing of ours */
	YAML_USERS,   /* "users:" */
	YAML_USER,    /* a login */
	YAML_HOSTS,   /* "hosts:" of it */
	YAML_ANOTHER, /* a member that is not ours */
};

struct yaml {
	struct import_list *list;
	size_t line;
	enum yaml_place place;
	bool has_users;
	size_t user_indent, member_indent; /* 0: not known yet */
	struct import_row *row;
	struct buf scalar; /* the last one that was read; it may be a secret */
};

static int yaml_fail(const struct yaml *y, struct errinfo *ei)
{
	return err_set(ei, ERR_INVAL,
		       "line %zu: YAML of this form is not read here: see \"import\" in "
		       "mooringctl(1)",
		       y->line);
}

/* ---------------------------------------------------------------- scalars */

/* YAML 1.2 §5.7, those that text needs. */
static int add_escaped(struct yaml *y, char c)
{
	static const char from[] = "abtnvfre \"/\\", to[] = "\a\b\t\n\v\f\r\033 \"/\\";
	const char *at = strchr(from, c);

	if (at == NULL)
		return ERR_INVAL;
	return buf_addc(&y->scalar, to[at - from]);
}

/* text begins with a quote; what follows the closing one is left in it. */
static int read_quotes(struct yaml *y, struct slice *text)
{
	const char quote = text->p[0];
	size_t i = 1;

	for (; i < text->len; i++) {
		const bool twice = i + 1 < text->len && text->p[i + 1] == quote;

		if (text->p[i] == quote && !(quote == '\'' && twice))
			break;
		if (quote == '"' && text->p[i] == '\\') {
			if (++i == text->len || add_escaped(y, text->p[i]) != 0)
				return ERR_INVAL;
			continue;
		}
		i += text->p[i] == quote;
		buf_addc(&y->scalar, text->p[i]);
	}
	if (i == text->len)
		return ERR_INVAL;
	*text = (struct slice){text->p + i + 1, text->len - i - 1};
	return buf_err(&y->scalar);
}

/* Quotes are some where a scalar may begin; else they are text, as in "it's". */
static bool opens_quotes(struct slice text, size_t i)
{
	return (text.p[i] == '"' || text.p[i] == '\'') &&
	       (i == 0 || strchr(STR_BLANKS "[,", text.p[i - 1]) != NULL);
}

/* A "#" begins a comment behind a blank, and not in quotes. */
static struct slice without_comment(struct slice text)
{
	char quote = '\0';
	size_t i;

	for (i = 0; i < text.len; i++) {
		const char c = text.p[i], next = i + 1 < text.len ? text.p[i + 1] : '\0';

		if ((quote == '"' && c == '\\') || (quote == '\'' && c == quote && next == quote))
			i++;
		else if (quote != '\0')
			quote = c == quote ? '\0' : quote;
		else if (opens_quotes(text, i))
			quote = c;
		else if (c == '#' && (i == 0 || strchr(STR_BLANKS, text.p[i - 1]) != NULL))
			text.len = i;
	}
	return slice_trim(text, STR_BLANKS);
}

static bool is_nothing(struct slice text)
{
	return text.len == 0 || slice_eq(text, "~") || slice_eq_nocase(text, "null");
}

/* Up to one of ends, or to the end. Indicators (YAML 1.2 §5.3) begin what is not plain text. */
static int read_plain_scalar(struct yaml *y, struct slice *text, const char *ends)
{
	size_t len = 0, i;
	struct slice plain;

	while (len < text->len && strchr(ends, text->p[len]) == NULL)
		len++;
	plain = slice_trim((struct slice){text->p, len}, STR_BLANKS);
	if (plain.len > 0 && strchr("&*!|>%@`{}[],?", plain.p[0]) != NULL)
		return ERR_INVAL;
	for (i = 0; i + 1 < plain.len; i++)
		if (plain.p[i] == ':' && strchr(STR_BLANKS, plain.p[i + 1]) != NULL)
			return ERR_INVAL;
	if (plain.len > 0 && plain.p[plain.len - 1] == ':')
		return ERR_INVAL;
	*text = (struct slice){text->p + len, text->len - len};
	return is_nothing(plain) ? 0 : buf_add(&y->scalar, plain.p, plain.len);
}

/* One scalar into y->scalar; the text behind it that is left begins with one of ends, or is
 * nothing. */
static int read_scalar(struct yaml *y, struct slice *text, const char *ends)
{
	int err;

	if (y->scalar.len > 0)
		explicit_bzero(y->scalar.data, y->scalar.len);
	buf_reset(&y->scalar);
	*text = slice_trim_start(*text, STR_BLANKS);
	if (text->len == 0 || (text->p[0] != '"' && text->p[0] != '\''))
		return read_plain_scalar(y, text, ends);
	err = read_quotes(y, text);
	*text = slice_trim_start(*text, STR_BLANKS);
	if (err == 0 && text->len > 0 && strchr(ends, text->p[0]) == NULL)
		err = ERR_INVAL;
	return err;
}

static struct slice scalar_of(const struct yaml *y)
{
	return (struct slice){buf_str(&y->scalar), y->scalar.len};
}

/* The whole rest of a line. */
static int yaml_read_value(struct yaml *y, struct slice text)
{
	int err = read_scalar(y, &text, "");

	return err == 0 && text.len > 0 ? ERR_INVAL : err;
}

/* "KEY: REST" or "KEY:"; the key into y->scalar. */
static int read_key(struct yaml *y, struct slice text, struct slice *ret_rest)
{
	int err;

	if (text.len > 0 && (text.p[0] == '"' || text.p[0] == '\'')) {
		err = read_scalar(y, &text, ":");
	} else {
		size_t len = 0;

		while (len < text.len &&
		       !(text.p[len] == ':' &&
			 (len + 1 == text.len || strchr(STR_BLANKS, text.p[len + 1]) != NULL)))
			len++;
		err = yaml_read_value(y, (struct slice){text.p, len});
		text = (struct slice){text.p + len, text.len - len};
	}
	if (err != 0 || text.len == 0)
		return err != 0 ? err : ERR_INVAL;
	*ret_rest = slice_trim((struct slice){text.p + 1, text.len - 1}, STR_BLANKS);
	return 0;
}

/* ---------------------------------------------------------------- what they mean */

static int take_login(struct yaml *y, struct slice rest)
{
	if (rest.len > 0)
		return ERR_INVAL;
	y->row = import_add(y->list, y->line, scalar_of(y));
	y->place = YAML_USER;
	y->member_indent = 0;
	return y->row != NULL ? 0 : ERR_NOMEM;
}

/* "[a, b]" on one line. */
static int take_flow_hosts(struct yaml *y, struct slice rest)
{
	int err = 0;

	rest = (struct slice){rest.p + 1, rest.len - 1};
	while (err == 0 && rest.len > 0 && rest.p[0] != ']') {
		err = read_scalar(y, &rest, ",]");
		if (err == 0)
			import_set(y->list, y->row, FIELD_HOSTS, scalar_of(y));
		if (rest.len > 0 && rest.p[0] == ',')
			rest = (struct slice){rest.p + 1, rest.len - 1};
	}
	return err == 0 && rest.len != 1 ? ERR_INVAL : err;
}

static int take_password(struct yaml *y, struct slice rest)
{
	int err = yaml_read_value(y, rest);

	if (err == 0 && y->scalar.len == 0)
		import_refuse(y->list, y->row, "it has no password");
	if (err == 0)
		import_set(y->list, y->row, FIELD_SECRET, scalar_of(y));
	return err;
}

static int take_user_member(struct yaml *y, struct slice rest)
{
	const struct slice key = scalar_of(y);

	if (slice_eq(key, "password")) {
		y->place = YAML_USER;
		return take_password(y, rest);
	}
	y->place = slice_eq(key, "hosts") ? YAML_HOSTS : YAML_ANOTHER;
	if (y->place == YAML_HOSTS && rest.len > 0) {
		y->place = YAML_USER;
		return rest.p[0] == '[' ? take_flow_hosts(y, rest) : ERR_INVAL;
	}
	return 0;
}

static bool is_item(struct slice text)
{
	return text.len > 0 && text.p[0] == '-' &&
	       (text.len == 1 || strchr(STR_BLANKS, text.p[1]) != NULL);
}

static int take_item(struct yaml *y, struct slice text)
{
	int err = yaml_read_value(y, (struct slice){text.p + 1, text.len - 1});

	if (err == 0)
		import_set(y->list, y->row, FIELD_HOSTS, scalar_of(y));
	return err;
}

/* A login without a password is found when the next one begins, or the file ends. */
static void end_user(struct yaml *y)
{
	if (y->row != NULL && (y->row->says & 1U << FIELD_SECRET) == 0)
		import_refuse(y->list, y->row, "it has no password");
	y->row = NULL;
}

static int take_top(struct yaml *y, struct slice text)
{
	struct slice rest;

	end_user(y);
	y->place = YAML_TOP;
	/* The indent of a sequence may be that of its key. */
	if (is_item(text))
		return 0;
	if (read_key(y, text, &rest) != 0)
		return ERR_INVAL;
	if (!slice_eq(scalar_of(y), "users"))
		return 0;
	y->place = YAML_USERS;
	y->has_users = true;
	y->user_indent = 0;
	return rest.len == 0 ? 0 : ERR_INVAL;
}

static int take_inner(struct yaml *y, size_t indent, struct slice text)
{
	struct slice rest;
	int err;

	if (y->user_indent == 0)
		y->user_indent = indent;
	if (indent > y->user_indent && y->row == NULL)
		return ERR_INVAL;
	if (indent > y->user_indent && y->member_indent == 0)
		y->member_indent = indent;
	if (y->place == YAML_HOSTS && is_item(text) && indent >= y->member_indent)
		return take_item(y, text);
	if (y->place == YAML_ANOTHER &&
	    (indent > y->member_indent || (indent == y->member_indent && is_item(text))))
		return 0;
	if (indent != y->user_indent && indent != y->member_indent)
		return ERR_INVAL;
	err = read_key(y, text, &rest);
	if (err != 0)
		return err;
	if (indent != y->user_indent)
		return take_user_member(y, rest);
	end_user(y);
	return take_login(y, rest);
}

static int yaml_take_line(struct yaml *y, struct slice line)
{
	const struct slice text = without_comment(slice_trim_start(line, " "));
	const size_t indent = line.len - slice_trim_start(line, " ").len;

	if (text.len == 0 || slice_eq(text, "---") || slice_eq(text, "..."))
		return 0;
	if (indent > 0 && y->place == YAML_TOP)
		return 0;
	/* YAML 1.2 §6.1: tabs never indent. */
	if (line.p[indent] == '\t')
		return ERR_INVAL;
	return indent == 0 ? take_top(y, text) : take_inner(y, indent, text);
}

int import_dyndnsd(struct import_list *l, struct slice text, struct errinfo *ei)
{
	struct yaml y = {.list = l};
	struct slice line;
	bool more = true;
	int err = 0;

	buf_init(&y.scalar, SCALAR_MAX);
	while (more && err == 0) {
		more = slice_cut(text, '\n', &line, &text);
		y.line++;
		err = yaml_take_line(&y, slice_trim(line, "\r"));
	}
	end_user(&y);
	buf_fini_secret(&y.scalar);
	if (err == ERR_NOMEM)
		return err_set(ei, err, "out of memory");
	if (err != 0)
		return yaml_fail(&y, ei);
	return y.has_users ? 0
			   : err_set(ei, ERR_INVAL, "there is no \"users:\" in the configuration");
}
