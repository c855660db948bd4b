/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/import_ddclient.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

enum { VALUE_MAX = 4096, LINE_BYTES_MAX = 65536 };

/* The options that tell of an account. The last one is every other. */
enum dd_option { DD_PROTOCOL, DD_LOGIN, DD_PASSWORD, DD_HOST, DD_OPTIONS };

static const char *const dd_names[DD_OPTIONS] = {"protocol", "login", "password", "host"};

struct dd_values {
	bool is_set[DD_OPTIONS];
	struct buf of[DD_OPTIONS];
};

struct ddclient {
	struct import_list *list;
	size_t line;	   /* that is read */
	size_t begins;	   /* where the lines that are joined begin */
	struct buf joined; /* without comments; a password is one byte that no text has */
	struct buf password;
	bool from_environment; /* of these lines: ddclient 4 has "password_env" */
	struct dd_values globals, locals;
};

/* Stands for the password in the joined lines. ddclient takes it out before it looks for comments,
 * so that it may hold "#", quotes and backslashes. */
enum { PASSWORD_MARK = '\001' };

static bool is_blank(char c)
{
	return c != '\0' && strchr(STR_SPACE, c) != NULL;
}

static void values_init(struct dd_values *v)
{
	enum dd_option o;

	for (o = DD_PROTOCOL; o < DD_OPTIONS; o++)
		buf_init(&v->of[o], VALUE_MAX);
}

static void values_fini(struct dd_values *v)
{
	enum dd_option o;

	for (o = DD_PROTOCOL; o < DD_OPTIONS; o++)
		buf_fini_secret(&v->of[o]);
}

static int values_set(struct dd_values *v, enum dd_option o, struct slice text)
{
	struct buf *b = &v->of[o];

	if (b->len > 0)
		explicit_bzero(b->data, b->len);
	buf_reset(b);
	v->is_set[o] = true;
	return buf_add(b, text.p, text.len);
}

static struct slice values_get(const struct dd_values *v, enum dd_option o)
{
	return (struct slice){buf_str(&v->of[o]), v->of[o].len};
}

/* ---------------------------------------------------------------- lines */

/* The value of a password option begins at p: in single quotes, up to the last one of the line, or
 * up to a blank. Returns what is behind it. */
static const char *password_end(const char *p, const char *end, struct slice *ret)
{
	const char *last = end;

	if (*p == '\'') {
		while (last > p + 1 && last[-1] != '\'')
			last--;
		if (last > p + 1) {
			*ret = (struct slice){p + 1, (size_t)(last - p) - 2};
			return last;
		}
	}
	for (last = p; last < end && !is_blank(*last); last++)
		;
	*ret = (struct slice){p, (size_t)(last - p)};
	return last;
}

/* Where the value of the last password option of the line begins, before any comment; NULL: there
 * is none. Blanks may stand around its "=". *ret_key is where its name begins. */
static const char *find_password(struct slice line, const char **ret_key)
{
	static const char word[] = "password";
	const size_t len = sizeof(word) - 1;
	const char *end = line.p + line.len, *hash = memchr(line.p, '#', line.len);
	size_t at = hash != NULL ? (size_t)(hash - line.p) : line.len;

	for (at = at >= len ? at - len + 1 : 0; at-- > 0;) {
		const char *value = line.p + at + len;

		if (memcmp(line.p + at, word, len) != 0 ||
		    (at > 0 && line.p[at - 1] != ',' && !is_blank(line.p[at - 1])))
			continue;
		while (value < end && is_blank(*value))
			value++;
		if (value == end || *value != '=')
			continue;
		do
			value++;
		while (value < end && is_blank(*value));
		if (value == end)
			continue;
		*ret_key = line.p + at;
		return value;
	}
	return NULL;
}

/* Appends a line without its comment, and without the password that it has. */
static void join_line(struct ddclient *d, struct slice line)
{
	const char *end = line.p + line.len, *key = NULL;
	const char *value = find_password(line, &key), *hash;
	struct slice password;

	if (value != NULL) {
		value = password_end(value, end, &password);
		buf_reset(&d->password);
		buf_add(&d->password, password.p, password.len);
		buf_add(&d->joined, line.p, (size_t)(key - line.p));
		buf_addf(&d->joined, "password=%c", PASSWORD_MARK);
		line = (struct slice){value, (size_t)(end - value)};
	}
	hash = line.len > 0 ? memchr(line.p, '#', line.len) : NULL;
	buf_add(&d->joined, line.p, hash != NULL ? (size_t)(hash - line.p) : line.len);
}

/* ---------------------------------------------------------------- options */

/* The value of an option, with quotes and backslashes, up to a blank or a comma. */
static int read_option_value(struct ddclient *d, struct slice *text, struct buf *out)
{
	char quote = '\0';
	size_t i;

	for (i = 0; i < text->len; i++) {
		const char c = text->p[i];

		if (c == '\\' && i + 1 < text->len)
			buf_addc(out, text->p[++i]);
		else if (c == PASSWORD_MARK)
			buf_add(out, buf_str(&d->password), d->password.len);
		else if (quote != '\0' && c == quote)
			quote = '\0';
		else if (quote == '\0' && (c == '"' || c == '\''))
			quote = c;
		else if (quote == '\0' && (c == ',' || is_blank(c)))
			break;
		else
			buf_addc(out, c);
	}
	*text = (struct slice){text->p + i, text->len - i};
	return quote != '\0' ? ERR_INVAL : buf_err(out);
}

static struct slice skip_gaps(struct slice text)
{
	return slice_trim_start(text, STR_SPACE ",");
}

/* The name of an option with "=" behind it at the beginning of text; an empty one: there is none.
 */
static struct slice option_name(struct slice text)
{
	size_t len = 0;

	while (len < text.len && (isalnum((unsigned char)text.p[len]) ||
				  (len > 0 && (text.p[len] == '_' || text.p[len] == '-'))))
		len++;
	if (len == text.len || text.p[len] != '=' || isdigit((unsigned char)text.p[0]))
		len = 0;
	return (struct slice){text.p, len};
}

static int take_option(struct ddclient *d, struct slice name, struct slice value)
{
	enum dd_option o = DD_PROTOCOL;

	while (o < DD_OPTIONS && !slice_eq(name, dd_names[o]))
		o++;
	if (slice_eq(name, "login_env") || slice_eq(name, "password_env"))
		d->from_environment = true;
	return o == DD_OPTIONS ? 0 : values_set(&d->locals, o, value);
}

/* The options at the beginning of the joined lines; *ret_rest is what follows them. */
static int read_options(struct ddclient *d, struct slice *ret_rest)
{
	struct slice text = skip_gaps((struct slice){buf_str(&d->joined), d->joined.len});
	struct slice name;
	struct buf value;
	int err = 0;

	buf_init(&value, VALUE_MAX);
	while (err == 0 && (name = option_name(text)).len > 0) {
		buf_reset(&value);
		text = (struct slice){text.p + name.len + 1, text.len - name.len - 1};
		err = read_option_value(d, &text, &value);
		if (err == 0)
			err = take_option(d, name, (struct slice){buf_str(&value), value.len});
		text = skip_gaps(text);
	}
	buf_fini_secret(&value);
	*ret_rest = text;
	return err;
}

/* ---------------------------------------------------------------- hosts */

/* What these lines say, or what was said before. */
static struct slice value_of(const struct ddclient *d, enum dd_option o)
{
	return values_get(d->locals.is_set[o] ? &d->locals : &d->globals, o);
}

static bool is_of_our_kind(const struct ddclient *d)
{
	const struct slice protocol = value_of(d, DD_PROTOCOL);

	return protocol.len == 0 || slice_eq(protocol, "dyndns2") ||
	       slice_eq(protocol, "dyndns1") || slice_eq(protocol, "noip");
}

static const char *why_no_login(const struct ddclient *d)
{
	if (d->from_environment)
		return "its login or password is in the environment of ddclient";
	if (value_of(d, DD_LOGIN).len == 0)
		return "it has no login";
	return value_of(d, DD_PASSWORD).len == 0 ? "it has no password" : NULL;
}

static void pass_over(struct ddclient *d, struct slice host)
{
	char why[96], protocol[32];

	snprintf(why, sizeof(why), "protocol=%s is of another kind of server",
		 str_printable(protocol, sizeof(protocol), value_of(d, DD_PROTOCOL)));
	import_pass(d->list, d->begins, host, why);
}

/* A login that is there already gets one more host, if it is the same account. */
static void add_host_to(struct ddclient *d, struct import_row *row, struct slice host)
{
	if (row->account->secret != NULL &&
	    !slice_eq(value_of(d, DD_PASSWORD), row->account->secret))
		import_refuse(d->list, row, "its login has another password on line %zu",
			      d->begins);
	import_set(d->list, row, FIELD_HOSTS, host);
}

static void take_host(struct ddclient *d, struct slice host)
{
	const char *why = why_no_login(d);
	struct import_row *row;
	char login[VALUE_MAX];

	if (!is_of_our_kind(d)) {
		pass_over(d, host);
		return;
	}
	if (why != NULL) {
		row = import_add(d->list, d->begins, host);
		if (row != NULL)
			import_refuse(d->list, row, "%s", why);
		return;
	}
	str_copy(login, sizeof(login), value_of(d, DD_LOGIN));
	row = import_find(d->list, login);
	if (row == NULL) {
		row = import_add(d->list, d->begins, value_of(d, DD_LOGIN));
		if (row != NULL)
			import_set(d->list, row, FIELD_SECRET, value_of(d, DD_PASSWORD));
	}
	if (row != NULL && row->account != NULL)
		add_host_to(d, row, host);
}

/* A word, which commas with blanks around them do not end. */
static struct slice dd_next_word(struct slice *text)
{
	struct slice word;
	size_t len = 0;

	*text = slice_trim_start(*text, STR_SPACE);
	for (;;) {
		struct slice rest;

		while (len < text->len && !is_blank(text->p[len]))
			len++;
		rest = slice_trim_start((struct slice){text->p + len, text->len - len}, STR_SPACE);
		if (rest.len == 0 || (rest.p[0] != ',' && (len == 0 || text->p[len - 1] != ',')))
			break;
		len = text->len - rest.len + 1;
	}
	word = (struct slice){text->p, len};
	*text = (struct slice){text->p + len, text->len - len};
	return word;
}

/* Each of the hosts, with commas between them. */
static void take_hosts_of(struct ddclient *d, struct slice hosts)
{
	struct slice host;
	bool more = hosts.len > 0;

	while (more) {
		more = slice_cut(hosts, ',', &host, &hosts);
		host = slice_trim(host, STR_SPACE);
		if (host.len > 0)
			take_host(d, host);
	}
}

static int keep_globals(struct ddclient *d)
{
	enum dd_option o;
	int err = 0;

	for (o = DD_PROTOCOL; o < DD_OPTIONS && err == 0; o++)
		if (d->locals.is_set[o])
			err = values_set(&d->globals, o, values_get(&d->locals, o));
	return err;
}

/* "[option=value, ...] [host[, ...] [login [password]]]". */
static int take_joined(struct ddclient *d)
{
	struct slice rest, hosts, word;
	int err;

	memset(d->locals.is_set, 0, sizeof(d->locals.is_set));
	d->from_environment = false;
	err = read_options(d, &rest);
	if (err != 0)
		return err;
	hosts = dd_next_word(&rest);
	if (hosts.len == 0 && !d->locals.is_set[DD_HOST])
		return keep_globals(d);
	word = dd_next_word(&rest);
	if (word.len > 0)
		err = values_set(&d->locals, DD_LOGIN, word);
	word = dd_next_word(&rest);
	if (word.len > 0 && err == 0)
		err = values_set(&d->locals, DD_PASSWORD, word);
	take_hosts_of(d, hosts);
	if (d->locals.is_set[DD_HOST])
		take_hosts_of(d, values_get(&d->locals, DD_HOST));
	return err;
}

/* A backslash at its end joins a line with the next one. */
static int take_line_of(struct ddclient *d, struct slice line, bool is_last)
{
	int err;

	if (d->joined.len == 0)
		d->begins = d->line;
	join_line(d, line);
	if (buf_err(&d->joined) != 0)
		return buf_err(&d->joined);
	if (d->joined.len > 0 && d->joined.data[d->joined.len - 1] == '\\') {
		d->joined.data[--d->joined.len] = '\0';
		if (!is_last)
			return 0;
	}
	err = take_joined(d);
	buf_reset(&d->joined);
	return err;
}

int import_ddclient(struct import_list *l, struct slice text, struct errinfo *ei)
{
	struct ddclient d = {.list = l};
	struct slice line;
	bool more = true;
	int err = 0;

	buf_init(&d.joined, LINE_BYTES_MAX);
	buf_init(&d.password, VALUE_MAX);
	values_init(&d.globals);
	values_init(&d.locals);
	while (more && err == 0) {
		more = slice_cut(text, '\n', &line, &text);
		d.line++;
		err = take_line_of(&d, slice_trim(line, "\r"), !more);
	}
	values_fini(&d.globals);
	values_fini(&d.locals);
	buf_fini_secret(&d.password);
	buf_fini_secret(&d.joined);
	if (err == ERR_NOMEM)
		return err_set(ei, err, "out of memory");
	if (err == ERR_LIMIT)
		return err_set(ei, err, "line %zu: it is longer than any that is read here",
			       d.begins);
	return err == 0 ? 0 : err_set(ei, err, "line %zu: a quote is not closed", d.begins);
}
