/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/body.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "dyndns/multipart.h"
#include "dyndns/params.h"

/* One object without anything nested, and not too many keys. Decided before jansson sees it, which
 * would recurse for each bracket. */
static bool is_flat(struct slice s)
{
	size_t i, objects = 0, keys = 1;
	bool quoted = false;

	for (i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (c == '[')
			return false;
		else if (c == '{')
			objects++;
		else if (c == ',')
			keys++;
	}
	return objects == 1 && keys <= BODY_JSON_KEYS_MAX;
}

/* Of what is known, a string; null is as good as absent. Nobody means a number, true or false. */
static int add_json_value(struct query_params *p, const char *name, const json_t *value)
{
	struct slice key = slice_of(name);

	if (json_is_string(value))
		return params_add(
			p, key,
			(struct slice){json_string_value(value), json_string_length(value)});
	return params_knows(p, key) && !json_is_null(value) ? ERR_REFUSED : 0;
}

/* One of them may be a password. */
static void wipe_strings(json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
		if (json_is_string(value))
			explicit_bzero((char *)(uintptr_t)json_string_value(value),
				       json_string_length(value));
}

static int read_json(struct slice bytes, struct query_params *p)
{
	json_error_t error;
	json_t *root, *value;
	const char *name;
	int err = 0;

	if (!is_flat(bytes))
		return ERR_REFUSED;
	root = json_loadb(bytes.p, bytes.len, 0, &error);
	/* Where an allocation fails jansson says nothing, or, within a string, that it is invalid.
	 */
	if (root == NULL)
		return error.text[0] == '\0' ? ERR_NOMEM : ERR_REFUSED;
	json_object_foreach(root, name, value) {
		err = add_json_value(p, name, value);
		if (err != 0)
			break;
	}
	wipe_strings(root);
	json_decref(root);
	return err;
}

static int read_multipart(const struct dyndns_body *body, struct query_params *p)
{
	struct multipart m;
	struct slice name, value;
	int err = multipart_open(body->type, body->bytes, &m);

	if (err != 0)
		return ERR_REFUSED;
	while ((err = multipart_next(&m, &name, &value)) == 0) {
		err = params_add(p, name, value);
		if (err != 0)
			return err;
	}
	return err == ERR_NOTFOUND ? 0 : ERR_REFUSED;
}

/* curl says "form" of whatever it is told to send. Addresses alone, lines of text, a language with
 * brackets, a text in the quotes that the shell of Windows leaves there, or one with a byte order
 * mark before it would be a form of nothing but unknown names. */
static bool is_form(struct slice text)
{
	static const char mark[] = "\xef\xbb\xbf";
	bool marked = text.len >= strlen(mark) && memcmp(text.p, mark, strlen(mark)) == 0;

	return !marked && !slice_has_control(text) && strchr("[<\"'", text.p[0]) == NULL &&
	       memchr(text.p, '=', text.len) != NULL;
}

static int read_form(struct slice bytes, struct query_params *p)
{
	struct slice text = slice_trim(bytes, STR_SPACE);

	if (text.p[0] == '{')
		return read_json(text, p);
	return is_form(text) ? params_add_form(p, text) : ERR_REFUSED;
}

/* Some routers declare no type: theirs is a form. */
int dyndns_body_read(const struct dyndns_body *body, struct query_params *p)
{
	struct slice type, rest;

	if (slice_trim(body->bytes, STR_SPACE).len == 0)
		return 0;
	if (body->bytes.len > QUERY_PARAMS_MAX)
		return ERR_LIMIT;
	if (body->encoding.len > 0 && !slice_eq_nocase(body->encoding, "identity"))
		return ERR_REFUSED;
	slice_cut(body->type, ';', &type, &rest);
	type = slice_trim(type, STR_BLANKS);
	if (type.len == 0 || slice_eq_nocase(type, "application/x-www-form-urlencoded"))
		return read_form(body->bytes, p);
	if (slice_eq_nocase(type, "multipart/form-data"))
		return read_multipart(body, p);
	if (slice_eq_nocase(type, "application/json"))
		return read_json(slice_trim(body->bytes, STR_SPACE), p);
	return ERR_REFUSED;
}
