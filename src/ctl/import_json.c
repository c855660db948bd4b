/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/import_json.h"

#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "ctl/json_walk.h"
#include "store/item.h"

enum { NUMBER_TEXT = 32 };

struct json_reader {
	struct json_walk walk;
	struct import_list *list;
	enum import_json kind;
	bool is_found;
};

static struct slice text_of(const json_t *string)
{
	return (struct slice){json_string_value(string), json_string_length(string)};
}

/* ---------------------------------------------------------------- as "export" writes it */

static void set_array(struct import_list *l, struct import_row *row, enum field f,
		      const json_t *array)
{
	const json_t *element;
	size_t i;

	json_array_foreach(array, i, element) {
		if (json_is_string(element))
			import_set(l, row, f, text_of(element));
		else
			import_refuse(l, row, "\"%s\" is not an array of strings", field_name(f));
	}
}

static void set_member(struct import_list *l, struct import_row *row, enum field f,
		       const json_t *value)
{
	char number[NUMBER_TEXT];

	if (value == NULL || json_is_null(value))
		return;
	if (field_is_list(f) && json_is_array(value)) {
		set_array(l, row, f, value);
	} else if (f == FIELD_TTL && json_is_integer(value)) {
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
		import_set(l, row, f, slice_of(number));
	} else if (f == FIELD_DISABLED && json_is_boolean(value)) {
		import_set(l, row, f, slice_of(json_is_true(value) ? "true" : "false"));
	} else if (!field_is_list(f) && json_is_string(value) && f != FIELD_DISABLED) {
		import_set(l, row, f, text_of(value));
	} else {
		import_refuse(l, row, "\"%s\" is of another type than it should be", field_name(f));
	}
}

static int json_take_account(struct json_reader *r, size_t line, const json_t *object)
{
	const json_t *user = json_object_get(object, field_name(FIELD_USER));
	struct import_row *row = import_add(r->list, line, text_of(user));
	const char *name;
	json_t *value;
	enum field f;

	if (row == NULL)
		return ERR_NOMEM;
	if (!json_is_object(object))
		import_refuse(r->list, row, "it is no object");
	json_object_foreach((json_t *)object, name, value) {
		char shown[64];

		if (field_find(slice_of(name)) == FIELDS)
			import_refuse(r->list, row, "there is no member \"%s\"",
				      str_printable(shown, sizeof(shown), slice_of(name)));
	}
	for (f = FIELD_SECRET; f < FIELDS; f++)
		set_member(r->list, row, f, json_object_get(object, field_name(f)));
	return 0;
}

/* ---------------------------------------------------------------- the original's table */

static unsigned item_says(const json_t *item)
{
	static const struct {
		const char *attribute;
		enum field f;
	} known[] = {
		{ITEM_TTL, FIELD_TTL},	     {ITEM_DISABLED, FIELD_DISABLED},
		{ITEM_QUIRKS, FIELD_QUIRKS}, {ITEM_UNTIL, FIELD_UNTIL},
		{ITEM_SOURCES, FIELD_FROM},  {ITEM_IDS, FIELD_IDS},
	};
	unsigned says = 1U << FIELD_SECRET | 1U << FIELD_HOSTS;
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (json_object_get(item, known[i].attribute) != NULL)
			says |= 1U << known[i].f;
	return says;
}

/* Claims, history and other items of ours beside the accounts: their keys hold a colon, which no
 * login does. */
static bool is_no_account(const json_t *user)
{
	return json_is_string(user) && strchr(json_string_value(user), ':') != NULL;
}

static int take_item(struct json_reader *r, size_t line, const json_t *item)
{
	const json_t *user = json_object_get(json_object_get(item, ITEM_USER), "S");
	struct errinfo why = ERRINFO_INIT;
	struct import_row *row;
	struct account *a = NULL;
	int err;

	if (is_no_account(user))
		return 0;
	err = item_to_account(item, &r->list->conf->zones[0].name, &a, &why);
	if (err == 0)
		return import_take(r->list, line, a, item_says(item)) != NULL ? 0 : ERR_NOMEM;
	row = import_add(r->list, line, text_of(user));
	if (row == NULL || err == ERR_NOMEM)
		return ERR_NOMEM;
	import_refuse(r->list, row, "%s", why.text);
	return 0;
}

/* ---------------------------------------------------------------- dyndnsd.rb */

static int take_user(struct json_reader *r, size_t line, const json_t *name, const json_t *value)
{
	const json_t *password = json_object_get(value, "password");
	const json_t *hosts = json_object_get(value, "hosts");
	struct import_row *row = import_add(r->list, line, text_of(name));

	if (row == NULL)
		return ERR_NOMEM;
	if (!json_is_string(password) || json_string_length(password) == 0)
		import_refuse(r->list, row, "it has no password");
	else
		import_set(r->list, row, FIELD_SECRET, text_of(password));
	if (json_is_array(hosts))
		set_array(r->list, row, FIELD_HOSTS, hosts);
	return 0;
}

/* ---------------------------------------------------------------- the document */

static int read_array(struct json_reader *r,
		      int (*take)(struct json_reader *, size_t, const json_t *), struct errinfo *ei)
{
	json_t *element = NULL;
	size_t line;
	bool more;
	int err;

	if (json_walk_peek(&r->walk) != '[')
		return err_set(ei, ERR_INVAL, "line %zu: an array of accounts is expected here",
			       r->walk.line);
	json_walk_enter(&r->walk);
	while ((err = json_walk_more(&r->walk, ']', &more, ei)) == 0 && more) {
		err = json_walk_value(&r->walk, &line, &element, ei);
		if (err != 0)
			return err;
		err = take(r, line, element);
		json_decref(element);
		if (err != 0)
			return err_set(ei, err, "out of memory");
	}
	return err;
}

/* read takes the value of the member with that name off the walk. */
static int read_object(struct json_reader *r, const char *of,
		       int (*read)(struct json_reader *, const json_t *, struct errinfo *),
		       struct errinfo *ei)
{
	json_t *name = NULL;
	bool more;
	int err;

	if (json_walk_peek(&r->walk) != '{')
		return err_set(ei, ERR_INVAL, "line %zu: an object of %s is expected here",
			       r->walk.line, of);
	json_walk_enter(&r->walk);
	while ((err = json_walk_more(&r->walk, '}', &more, ei)) == 0 && more) {
		err = json_walk_name(&r->walk, &name, ei);
		if (err != 0)
			return err;
		err = read(r, name, ei);
		json_decref(name);
		if (err != 0)
			return err;
	}
	return err;
}

static int read_user(struct json_reader *r, const json_t *name, struct errinfo *ei)
{
	json_t *value = NULL;
	size_t line;
	int err = json_walk_value(&r->walk, &line, &value, ei);

	if (err != 0)
		return err;
	err = take_user(r, line, name, value);
	json_decref(value);
	return err != 0 ? err_set(ei, err, "out of memory") : 0;
}

/* A member that tells that the document is not all there is. */
static int check_member(const char *name, const json_t *value, size_t line, struct errinfo *ei)
{
	if (strcmp(name, "version") == 0 && json_is_integer(value) &&
	    json_integer_value(value) > IMPORT_JSON_VERSION)
		return err_set(ei, ERR_INVAL, "line %zu: the export is of a later version", line);
	if ((strcmp(name, "NextToken") == 0 || strcmp(name, "LastEvaluatedKey") == 0) &&
	    !json_is_null(value))
		return err_set(ei, ERR_INVAL,
			       "line %zu: %s says that these are not all items of the table", line,
			       name);
	return 0;
}

static bool is_wanted(const struct json_reader *r, enum import_json kind)
{
	return r->kind == kind || r->kind == IMPORT_JSON_ANY;
}

static int read_member(struct json_reader *r, const json_t *member, struct errinfo *ei)
{
	const char *name = json_string_value(member);
	const bool is_first = !r->is_found;
	json_t *value = NULL;
	size_t line;
	int err;

	r->is_found = true;
	if (strcmp(name, IMPORT_JSON_ACCOUNTS) == 0 && is_wanted(r, IMPORT_JSON_EXPORT))
		return read_array(r, json_take_account, ei);
	if (strcmp(name, "Items") == 0 && is_wanted(r, IMPORT_JSON_DYNAMODB))
		return read_array(r, take_item, ei);
	if (strcmp(name, "users") == 0 && is_wanted(r, IMPORT_JSON_DYNDNSD))
		return read_object(r, "users", read_user, ei);
	r->is_found = !is_first;
	err = json_walk_value(&r->walk, &line, &value, ei);
	if (err != 0)
		return err;
	err = check_member(name, value, line, ei);
	json_decref(value);
	return err;
}

static int read_document(struct json_reader *r, struct errinfo *ei)
{
	int err = read_object(r, "JSON", read_member, ei);

	return err == 0 ? json_walk_end(&r->walk, ei) : err;
}

int import_json(struct import_list *l, struct slice text, enum import_json kind, struct errinfo *ei)
{
	static const char *const wanted[] = {
		[IMPORT_JSON_EXPORT] = "\"" IMPORT_JSON_ACCOUNTS "\"",
		[IMPORT_JSON_DYNAMODB] = "\"Items\"",
		[IMPORT_JSON_DYNDNSD] = "\"users\"",
		[IMPORT_JSON_ANY] = "\"" IMPORT_JSON_ACCOUNTS "\", \"Items\" or \"users\"",
	};
	struct json_reader r = {.list = l, .kind = kind};
	int err;

	json_walk_begin(&r.walk, text);
	err = read_document(&r, ei);
	if (err == 0 && !r.is_found)
		return err_set(ei, ERR_INVAL, "there is no member %s", wanted[kind]);
	return err;
}
