/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/item_owed.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "base/buf.h"
#include "base/err.h"
#include "store/item.h"

/* DynamoDB Developer Guide, "Constraints": 4 KB for each expression. */
enum { EXPRESSION_MAX = 4096, KEY_TEXT_MAX = 12 };

/* FNV-1a: the same for every daemon and version, or entries of one login would lie under two keys.
 */
unsigned item_owed_key(const char *user)
{
	uint32_t hash = 2166136261u;

	for (; *user != '\0'; user++)
		hash = (hash ^ (unsigned char)*user) * 16777619u;
	return hash % ITEM_OWED_KEYS;
}

bool item_owes(const struct account *a)
{
	size_t i;

	for (i = 0; i < a->n_hosts; i++)
		if (a->hosts[i].state.pub < a->hosts[i].state.seq)
			return true;
	return false;
}

bool item_owed_has_several(const json_t *item)
{
	return json_object_size(item_map(json_object_get(item, ITEM_STATE))) > 1;
}

bool item_owed_is_whole(const json_t *item)
{
	return json_object_get(item, ITEM_PASS) != NULL &&
	       json_object_get(item, ITEM_HOST) != NULL &&
	       json_object_get(item, ITEM_STATE) != NULL;
}

static json_t *key_value(unsigned key)
{
	char text[KEY_TEXT_MAX];

	snprintf(text, sizeof(text), "%u", key);
	return item_string(text);
}

static bool is_text(const json_t *object, const char *name, const char *want)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL && strcmp(text, want) == 0;
}

/* One whose capacity is being changed, by hand or by auto scaling, is UPDATING and can be asked. */
bool item_owed_is_described(const json_t *reply)
{
	const json_t *table = json_object_get(reply, "Table");
	const json_t *index;
	size_t i;

	json_array_foreach(json_object_get(table, "GlobalSecondaryIndexes"), i, index) {
		if (is_text(index, "IndexName", ITEM_OWED_INDEX))
			return is_text(index, "IndexStatus", "ACTIVE") ||
			       is_text(index, "IndexStatus", "UPDATING");
	}
	return false;
}

/* The member becomes both texts, one behind the other. */
static int put_text(json_t *request, const char *member, const char *first, const char *second)
{
	struct buf b;
	int err;

	buf_init(&b, EXPRESSION_MAX);
	buf_addf(&b, "%s%s", first, second);
	err = buf_err(&b);
	if (err == 0)
		err = json_object_set_new(request, member, json_string(buf_str(&b)));
	buf_fini(&b);
	return err;
}

static int append_text(json_t *request, const char *member, const char *end)
{
	const char *text = json_string_value(json_object_get(request, member));

	return text != NULL ? put_text(request, member, text, end) : ERR_NOMEM;
}

static int add_name(json_t *request)
{
	return json_object_set_new(json_object_get(request, "ExpressionAttributeNames"),
				   "#" ITEM_OWED, json_string(ITEM_OWED));
}

/* Takes value. */
static int add_value(json_t *request, const char *placeholder, json_t *value)
{
	return json_object_set_new(json_object_get(request, "ExpressionAttributeValues"),
				   placeholder, value);
}

static json_t *request_or_none(json_t *request, int err)
{
	if (err == 0)
		return request;
	json_decref(request);
	return NULL;
}

json_t *item_owed_begin(json_t *request, const char *user)
{
	static const char set[] = "SET ";
	const char *text = json_string_value(json_object_get(request, "UpdateExpression"));
	int err = text == NULL ? ERR_NOMEM : add_name(request);

	assert(text == NULL || strncmp(text, set, sizeof(set) - 1) == 0);
	if (err == 0)
		err = put_text(request, "UpdateExpression", "SET #" ITEM_OWED " = :" ITEM_OWED ", ",
			       text + sizeof(set) - 1);
	return request_or_none(
		request,
		err != 0 ? err : add_value(request, ":" ITEM_OWED, key_value(item_owed_key(user))));
}

json_t *item_owed_end(json_t *request)
{
	int err = add_name(request);

	if (err == 0)
		err = append_text(request, "UpdateExpression", " REMOVE #" ITEM_OWED);
	if (err == 0)
		err = append_text(request, "ConditionExpression",
				  " AND size(#" ITEM_STATE ") = :one");
	return request_or_none(request,
			       err != 0 ? err : add_value(request, ":one", item_number(1)));
}

json_t *item_owed_clear(const char *table, const char *user, const json_t *item)
{
	const json_t *state = json_object_get(item, ITEM_STATE);
	json_t *request = json_pack(
		"{s:s, s:{s:o}, s:s, s:s, s:{s:s, s:s}}", "TableName", table, "Key", ITEM_USER,
		item_string(user), "UpdateExpression", "REMOVE #" ITEM_OWED, "ConditionExpression",
		state != NULL ? "#" ITEM_STATE " = :" ITEM_STATE
			      : "attribute_not_exists(#" ITEM_STATE ")",
		"ExpressionAttributeNames", "#" ITEM_OWED, ITEM_OWED, "#" ITEM_STATE, ITEM_STATE);

	if (request == NULL || state == NULL)
		return request;
	return request_or_none(request, json_object_set_new(request, "ExpressionAttributeValues",
							    json_pack("{s:o}", ":" ITEM_STATE,
								      json_deep_copy(state))));
}

json_t *item_owed_query(const char *table, unsigned key, const json_t *start, unsigned n_items)
{
	json_t *request = json_pack("{s:s, s:s, s:s, s:{s:s}, s:{s:o}, s:i}", "TableName", table,
				    "IndexName", ITEM_OWED_INDEX, "KeyConditionExpression",
				    "#" ITEM_OWED " = :" ITEM_OWED, "ExpressionAttributeNames",
				    "#" ITEM_OWED, ITEM_OWED, "ExpressionAttributeValues",
				    ":" ITEM_OWED, key_value(key), "Limit", (int)n_items);

	if (request == NULL || start == NULL)
		return request;
	return request_or_none(
		request, json_object_set_new(request, "ExclusiveStartKey", json_deep_copy(start)));
}
