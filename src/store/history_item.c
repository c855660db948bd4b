/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/history_item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/str.h"
#include "store/item.h"

#define HISTORY_ENTRIES "entries"
#define ENTRY_FROM	"from"
#define ENTRY_VERDICT	"verdict"
#define ENTRY_AGENT	"agent"
#define ENTRY_OLD4	"old4"
#define ENTRY_OLD6	"old6"

enum { MONTHS = 12, TM_YEAR = 1900 };

int history_month(int64_t time_s)
{
	const time_t t = (time_t)time_s;
	struct tm tm;

	return gmtime_r(&t, &tm) != NULL ? (tm.tm_year + TM_YEAR) * MONTHS + tm.tm_mon : 0;
}

const char *history_key(const struct fqdn *host, int month, char key[HISTORY_KEY_SIZE])
{
	snprintf(key, HISTORY_KEY_SIZE, HISTORY_PREFIX "%s:%04d%02d", host->text, month / MONTHS,
		 month % MONTHS + 1);
	return key;
}

/* ---------------------------------------------------------------- written */

static int put_entry_text(json_t *map, const char *name, const char *text)
{
	return *text != '\0' ? json_object_set_new(map, name, item_string(text)) : 0;
}

static int put_entry_addr(json_t *map, const char *name, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];

	return put_entry_text(map, name, addr_format(a, text));
}

static json_t *entry_value(const struct history_entry *e)
{
	json_t *map = json_object();
	int err = json_object_set_new(map, ITEM_TIME,
				      item_number(e->time_s > 0 ? (uint64_t)e->time_s : 0));

	err |= put_entry_text(map, ITEM_USER, e->user);
	err |= put_entry_addr(map, ENTRY_OLD4, &e->old.v4);
	err |= put_entry_addr(map, ENTRY_OLD6, &e->old.v6);
	err |= put_entry_addr(map, ITEM_V4, &e->new.v4);
	err |= put_entry_addr(map, ITEM_V6, &e->new.v6);
	err |= put_entry_addr(map, ENTRY_FROM, &e->from);
	err |= put_entry_text(map, ENTRY_VERDICT, e->verdict);
	err |= put_entry_text(map, ENTRY_AGENT, e->agent);
	if (err == 0)
		return item_value("M", map);
	json_decref(map);
	return NULL;
}

static json_t *entry_list(const struct history_entry *entries, size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		if (json_array_append_new(list, entry_value(&entries[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	return item_value("L", list);
}

/* How many there may be for n more to have room: what changes nothing leaves some for changes. */
static uint64_t room_for(const struct history_entry *entries, size_t n)
{
	size_t i = 0;

	while (i < n && !history_is_change(&entries[i]))
		i++;
	return (i < n ? HISTORY_MONTH_MAX : HISTORY_MONTH_ATTEMPTS_MAX) - n;
}

static json_t *add_values(const struct history_entry *entries, size_t n, int64_t keep_s)
{
	json_t *values = json_object();
	int err = json_object_set_new(values, ":new", entry_list(entries, n));

	err |= json_object_set_new(values, ":none", item_value("L", json_array()));
	err |= json_object_set_new(values, ":list", item_string("L"));
	err |= json_object_set_new(values, ":room", item_number(room_for(entries, n)));
	err |= json_object_set_new(values, ":expiry",
				   item_number((uint64_t)(entries[n - 1].time_s + keep_s)));
	if (err == 0)
		return values;
	json_decref(values);
	return NULL;
}

json_t *history_request_add(const char *table, const struct history_entry *entries, size_t n,
			    int64_t keep_s)
{
	static const char update[] =
		"SET #expiry = :expiry,"
		" #entries = list_append(if_not_exists(#entries, :none), :new)";
	static const char condition[] = "attribute_not_exists(#entries) OR"
					" (attribute_type(#entries, :list) AND"
					" size(#entries) <= :room)";
	json_t *request = json_object(), *keys = json_object(), *names = json_object();
	char key[HISTORY_KEY_SIZE];
	int err;

	history_key(&entries[0].host, history_month(entries[0].time_s), key);
	err = json_object_set_new(request, "TableName", json_string(table));
	err |= json_object_set_new(keys, ITEM_USER, item_string(key));
	err |= json_object_set_new(request, "Key", keys);
	err |= json_object_set_new(request, "UpdateExpression", json_string(update));
	err |= json_object_set_new(request, "ConditionExpression", json_string(condition));
	err |= json_object_set_new(names, "#entries", json_string(HISTORY_ENTRIES));
	err |= json_object_set_new(names, "#expiry", json_string(HISTORY_EXPIRY));
	err |= json_object_set_new(request, "ExpressionAttributeNames", names);
	err |= json_object_set_new(request, "ExpressionAttributeValues",
				   add_values(entries, n, keep_s));
	if (err == 0)
		return request;
	json_decref(request);
	return NULL;
}

/* ---------------------------------------------------------------- read */

static struct slice entry_text(const json_t *map, const char *name, const char *type)
{
	const json_t *text = json_object_get(json_object_get(map, name), type);

	return (struct slice){json_string_value(text), json_string_length(text)};
}

static void read_entry_addr(const json_t *map, const char *name, enum addr_family family,
			    struct addr *ret)
{
	struct slice text = entry_text(map, name, "S");
	struct addr a;

	if (text.len > 0 && addr_parse(text, &a) == 0 &&
	    (family == ADDR_NONE || a.family == family))
		*ret = a;
}

/* False: without a time it is no entry. */
static bool entry_read(const json_t *map, const struct fqdn *host, struct history_entry *ret)
{
	uint64_t time_s;

	memset(ret, 0, sizeof(*ret));
	if (str_parse_uint(entry_text(map, ITEM_TIME, "N"), INT64_MAX, &time_s) != 0)
		return false;
	ret->time_s = (int64_t)time_s;
	ret->host = *host;
	history_copy_user(ret->user, sizeof(ret->user), entry_text(map, ITEM_USER, "S"));
	read_entry_addr(map, ENTRY_OLD4, ADDR_V4, &ret->old.v4);
	read_entry_addr(map, ENTRY_OLD6, ADDR_V6, &ret->old.v6);
	read_entry_addr(map, ITEM_V4, ADDR_V4, &ret->new.v4);
	read_entry_addr(map, ITEM_V6, ADDR_V6, &ret->new.v6);
	read_entry_addr(map, ENTRY_FROM, ADDR_NONE, &ret->from);
	history_copy_text(ret->verdict, sizeof(ret->verdict), entry_text(map, ENTRY_VERDICT, "S"));
	history_copy_text(ret->agent, sizeof(ret->agent), entry_text(map, ENTRY_AGENT, "S"));
	return true;
}

/* The answer to a write was lost, and its entries, HISTORY_BATCH_MAX at the most, came once more.
 */
static bool is_there(const json_t *list, size_t i, const json_t *value)
{
	size_t k = i > HISTORY_BATCH_MAX ? i - HISTORY_BATCH_MAX : 0;

	while (k < i && !json_equal(value, json_array_get(list, k)))
		k++;
	return k < i;
}

int history_item_read(const json_t *item, const struct fqdn *host, int64_t since_s,
		      struct history_entry **entries, size_t *n)
{
	const json_t *list = json_object_get(json_object_get(item, HISTORY_ENTRIES), "L");
	const json_t *value;
	struct history_entry *more;
	size_t i;

	if (json_array_size(list) == 0)
		return 0;
	more = realloc(*entries, (*n + json_array_size(list)) * sizeof(*more));
	if (more == NULL)
		return ERR_NOMEM;
	*entries = more;
	json_array_foreach(list, i, value) {
		const json_t *map = item_map(value);

		if (map != NULL && !is_there(list, i, value) && entry_read(map, host, &more[*n]) &&
		    more[*n].time_s >= since_s)
			++*n;
	}
	return 0;
}
