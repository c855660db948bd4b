/* SPDX-License-Identifier: BSD-2-Clause
 * The grammar of the file. Every value is text here: conf_set() gives it its type.
 *
 *	file    = { entry | section }
 *	section = name [ title ] "{" { entry } "}"
 *	entry   = key "=" ( text | "{" [ text { "," text } [ "," ] ] "}" )
 */
#include "conf/grammar.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "conf/loader.h"
#include "conf/scan.h"
#include "conf/titled.h"

enum { FILE_BYTES_MAX = 1 << 20 };

/* At most a section and a list in it are open at the same time. */
enum { BRACES_MAX = 2 };

/* Bytes of a name that an error sentence shows. */
enum { NAME_SHOWN_MAX = 64 };

struct reader {
	struct conf_loader *l;
	struct conf_scanner scan;
	size_t n_open;
	unsigned opened_at[BRACES_MAX]; /* lines */
};

static int code_of(int sys_errno)
{
	switch (sys_errno) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
		return ERR_NOTFOUND;
	case EACCES:
	case EPERM:
		return ERR_DENIED;
	case EISDIR:
		return ERR_INVAL;
	case ENOMEM:
		return ERR_NOMEM;
	default:
		return ERR_IO;
	}
}

static int read_all(const struct conf_loader *l, FILE *f, struct buf *out)
{
	char block[4096];
	size_t n;

	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		if (buf_add(out, block, n) != 0)
			break;
	if (ferror(f) != 0)
		return err_set(l->ei, code_of(errno), "%s: cannot be read: %s", l->path,
			       strerror(errno));
	if (buf_err(out) == ERR_LIMIT)
		return err_set(l->ei, ERR_INVAL, "%s: is larger than %d bytes", l->path,
			       FILE_BYTES_MAX);
	if (buf_err(out) != 0)
		return err_set(l->ei, buf_err(out), "%s", err_str(buf_err(out)));
	return 0;
}

static int read_text(const struct conf_loader *l, struct buf *out)
{
	FILE *f = fopen(l->path, "re");
	int err;

	if (f == NULL)
		return err_set(l->ei, code_of(errno), "%s: cannot be read: %s", l->path,
			       strerror(errno));
	err = read_all(l, f, out);
	fclose(f);
	return err;
}

static int file_fail(const struct reader *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Records a sentence with the line of the current token. */
static int file_fail(const struct reader *r, const char *fmt, ...)
{
	const struct conf_origin origin = {.line = r->scan.line};
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return conf_fail(r->l, &origin, "%s", text);
}

static struct slice token_text(const struct reader *r)
{
	return (struct slice){buf_str(&r->scan.text), r->scan.text.len};
}

/* Records that the current token cannot stand where it does. */
static int fail_token(const struct reader *r)
{
	struct conf_origin origin;
	char shown[NAME_SHOWN_MAX];

	if (r->scan.token != CONF_TOKEN_END)
		return file_fail(r, "unexpected token '%s'",
				 str_printable(shown, sizeof(shown), token_text(r)));
	if (r->n_open == 0)
		return file_fail(r, "premature end of file");
	origin = (struct conf_origin){.line = r->opened_at[r->n_open - 1]};
	return conf_fail(r->l, &origin, "the brace that opens here is not closed");
}

static int fail_empty_name(const struct reader *r)
{
	return file_fail(r, "an empty string is no name");
}

/* Steps over an opening brace, and remembers its line for the error about a missing end. */
static int enter_brace(struct reader *r)
{
	r->opened_at[r->n_open++] = r->scan.line;
	return conf_scan_next(&r->scan);
}

/* Steps over a closing brace. */
static int leave_brace(struct reader *r)
{
	r->n_open--;
	return conf_scan_next(&r->scan);
}

static int read_item(struct reader *r, struct conf_place *place, const struct conf_key *key,
		     bool first)
{
	const struct conf_origin origin = {.line = r->scan.line};
	int err;

	if (r->scan.token != CONF_TOKEN_TEXT)
		return fail_token(r);
	err = conf_set(r->l, place, key, token_text(r), first, &origin);
	return err == 0 ? conf_scan_next(&r->scan) : err;
}

static int read_list(struct reader *r, struct conf_place *place, const struct conf_key *key)
{
	struct conf_origin origin;
	bool first = true;
	int err = enter_brace(r);

	for (; err == 0 && r->scan.token != CONF_TOKEN_CLOSE; first = false) {
		err = read_item(r, place, key, first);
		if (err == 0 && r->scan.token == CONF_TOKEN_COMMA)
			err = conf_scan_next(&r->scan);
		else if (err == 0 && r->scan.token != CONF_TOKEN_CLOSE)
			err = fail_token(r);
	}
	origin = (struct conf_origin){.line = r->scan.line};
	if (err == 0 && first)
		err = conf_set_empty(r->l, place, key, &origin);
	return err == 0 ? leave_brace(r) : err;
}

/* Steps from the name of a key over its equal sign to its value. */
static int read_equals(struct reader *r, const char *key)
{
	int err = conf_scan_next(&r->scan);

	if (err == 0 && r->scan.token == CONF_TOKEN_END)
		return fail_token(r);
	if (err == 0 && r->scan.token != CONF_TOKEN_EQUALS)
		return file_fail(r, "missing equal sign after option '%s'", key);
	return err == 0 ? conf_scan_next(&r->scan) : err;
}

static int read_value(struct reader *r, struct conf_place *place, const struct conf_key *key)
{
	int err = read_equals(r, key->name);

	if (err == 0 && conf_key_is_list(key) && r->scan.token == CONF_TOKEN_OPEN)
		return read_list(r, place, key);
	return err == 0 ? read_item(r, place, key, true) : err;
}

/* Reads a key that is gone. Its value has no effect, so it is not checked. */
static int read_removed(struct reader *r, const struct conf_removed_key *key)
{
	int err = read_equals(r, key->name);
	const struct conf_origin origin = {.line = r->scan.line};

	if (err == 0 && r->scan.token != CONF_TOKEN_TEXT)
		return fail_token(r);
	if (err == 0)
		err = conf_warn_removed(r->l, &origin, key);
	return err == 0 ? conf_scan_next(&r->scan) : err;
}

/* Reads one key with its value; the current token is the name of the key. */
static int read_entry(struct reader *r, struct conf_place *place)
{
	const struct conf_removed_key *removed;
	const struct conf_key *key;
	char shown[NAME_SHOWN_MAX];

	if (r->scan.token != CONF_TOKEN_TEXT)
		return fail_token(r);
	if (r->scan.text.len == 0)
		return fail_empty_name(r);
	key = conf_keys_find(place->section, buf_str(&r->scan.text));
	if (key != NULL)
		return read_value(r, place, key);
	removed = conf_removed_keys_find(place->section, buf_str(&r->scan.text));
	if (removed != NULL)
		return read_removed(r, removed);
	return file_fail(r, "no such option '%s'",
			 str_printable(shown, sizeof(shown), token_text(r)));
}

static int read_title(struct reader *r, enum conf_section section, struct conf_place **ret)
{
	const struct conf_origin origin = {.line = r->scan.line};
	int err;

	if (r->scan.token == CONF_TOKEN_END)
		return fail_token(r);
	if (r->scan.token != CONF_TOKEN_TEXT)
		return file_fail(r, "missing title for section '%s'", conf_keys(section)->section);
	if (r->scan.text.len == 0)
		return fail_empty_name(r);
	err = conf_add_titled(r->l, section, token_text(r), &origin, ret);
	return err == 0 ? conf_scan_next(&r->scan) : err;
}

/* Reads one section; the current token is its name. */
static int read_section(struct reader *r, enum conf_section section)
{
	const char *name = conf_keys(section)->section;
	struct conf_place *place = &r->l->store;
	int err = conf_scan_next(&r->scan);

	if (err == 0 && conf_has_title(section))
		err = read_title(r, section, &place);
	if (err != 0)
		return err;
	if (r->scan.token == CONF_TOKEN_END)
		return fail_token(r);
	if (r->scan.token != CONF_TOKEN_OPEN)
		return file_fail(r, "missing opening brace for section '%s'", name);
	err = enter_brace(r);
	while (err == 0 && r->scan.token != CONF_TOKEN_CLOSE)
		err = read_entry(r, place);
	return err == 0 ? leave_brace(r) : err;
}

static int read_entry_or_section(struct reader *r)
{
	enum conf_section section;

	if (r->scan.token == CONF_TOKEN_CLOSE)
		return file_fail(r, "there is no opening brace for this one");
	for (section = CONF_IN_STORE; section < CONF_SECTIONS; section++)
		if (r->scan.token == CONF_TOKEN_TEXT &&
		    strcmp(buf_str(&r->scan.text), conf_keys(section)->section) == 0)
			return read_section(r, section);
	return read_entry(r, &r->l->top);
}

static int read_entries(struct conf_loader *l, struct slice text)
{
	struct reader r = {.l = l};
	int err;

	conf_scan_begin(&r.scan, l, text);
	err = conf_scan_next(&r.scan);
	while (err == 0 && r.scan.token != CONF_TOKEN_END)
		err = read_entry_or_section(&r);
	conf_scan_end(&r.scan);
	return err;
}

int conf_read_file(struct conf_loader *l)
{
	struct buf text;
	int err;

	buf_init(&text, FILE_BYTES_MAX);
	err = read_text(l, &text);
	if (err == 0)
		err = read_entries(l, (struct slice){buf_str(&text), text.len});
	buf_fini(&text);
	return err;
}
