/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/item.h"

#define CLAIM_OWNERS "owners"
#define CLAIM_SEQ    "seq"

const char *claim_key(const struct fqdn *name, char key[CLAIM_KEY_SIZE])
{
	snprintf(key, CLAIM_KEY_SIZE, "%s%s", CLAIM_PREFIX, name->text);
	return key;
}

bool claim_name(const json_t *item, struct fqdn *ret)
{
	const char *key = json_string_value(json_object_get(json_object_get(item, ITEM_USER), "S"));
	size_t len = sizeof(CLAIM_PREFIX) - 1;

	return key != NULL && strncmp(key, CLAIM_PREFIX, len) == 0 &&
	       fqdn_parse(slice_of(key + len), ret) == 0 && strcmp(key + len, ret->text) == 0;
}

/* False: there is no room for it, or it is no login, and no owner. */
static bool add_owner(struct store_owners *owners, const json_t *text)
{
	struct slice user = {json_string_value(text), json_string_length(text)};

	if (!json_is_string(text) || account_check_user(user, NULL) != 0)
		return false;
	store_owners_add(owners, json_string_value(text));
	return store_owners_have(owners, json_string_value(text));
}

/* False: something is there that is no count of ours. */
static bool claim_seq(const json_t *item, uint64_t *ret)
{
	const json_t *stored = json_object_get(item, CLAIM_SEQ);
	const char *text = json_string_value(json_object_get(stored, "N"));

	*ret = 0;
	if (stored == NULL)
		return true;
	return text != NULL && str_parse_uint(slice_of(text), INT64_MAX - 1, ret) == 0 && *ret > 0;
}

bool claim_owners(const json_t *item, struct store_owners *ret)
{
	const json_t *stored = json_object_get(item, CLAIM_OWNERS);
	const json_t *set = json_object_get(stored, "SS"), *element;
	bool is_plain = stored == NULL || set != NULL;
	size_t i;

	ret->n = 0;
	ret->has_joined = false;
	is_plain = claim_seq(item, &ret->seq) && is_plain;
	add_owner(ret, json_object_get(stored, "S"));
	json_array_foreach(set, i, element) {
		is_plain = add_owner(ret, element) && is_plain;
	}
	json_array_foreach(json_object_get(stored, "L"), i, element) {
		add_owner(ret, json_object_get(element, "S"));
	}
	return is_plain;
}

static json_t *owners_value(const struct store_owners *owners)
{
	json_t *set = json_array();
	size_t i;

	for (i = 0; i < owners->n; i++) {
		if (json_array_append_new(set, json_string(owners->users[i])) == 0)
			continue;
		json_decref(set);
		return NULL;
	}
	return item_value("SS", set);
}

json_t *claim_of_one(const char *user)
{
	struct store_owners owners = {.n = 0};
	json_t *item = json_object();

	store_owners_add(&owners, user);
	if (json_object_set_new(item, CLAIM_OWNERS, owners_value(&owners)) == 0)
		return item;
	json_decref(item);
	return NULL;
}

/* What all of them have. Takes values. */
static json_t *claim_content(const char *table, const struct fqdn *name, const char *condition,
			     json_t *values)
{
	json_t *content = json_object(), *keys = json_object(), *names = json_object();
	char key[CLAIM_KEY_SIZE];
	int err = 0;

	err |= json_object_set_new(keys, ITEM_USER, item_string(claim_key(name, key)));
	err |= json_object_set_new(content, "Key", keys);
	err |= json_object_set_new(content, "TableName", json_string(table));
	err |= json_object_set_new(content, "ConditionExpression", json_string(condition));
	err |= json_object_set_new(names, "#" CLAIM_OWNERS, json_string(CLAIM_OWNERS));
	err |= json_object_set_new(content, "ExpressionAttributeNames", names);
	if (json_object_size(values) > 0)
		err |= json_object_set(content, "ExpressionAttributeValues", values);
	err |= json_object_set_new(content, "ReturnValuesOnConditionCheckFailure",
				   json_string("ALL_OLD"));
	json_decref(values);
	if (err == 0)
		return content;
	json_decref(content);
	return NULL;
}

/* Takes content. */
static json_t *or_none(json_t *content, int err)
{
	if (err == 0)
		return content;
	json_decref(content);
	return NULL;
}

/* What makes owners of the item, and takes a count away that nobody can count on with. */
static int add_owners_update(json_t *content, const json_t *item)
{
	static const char set[] = "SET #" CLAIM_OWNERS " = :" CLAIM_OWNERS;
	static const char set_uncounted[] =
		"SET #" CLAIM_OWNERS " = :" CLAIM_OWNERS " REMOVE #" CLAIM_SEQ;
	uint64_t seq;
	bool is_counted = claim_seq(item, &seq);
	int err = 0;

	if (!is_counted)
		err |= json_object_set_new(json_object_get(content, "ExpressionAttributeNames"),
					   "#" CLAIM_SEQ, json_string(CLAIM_SEQ));
	return err | json_object_set_new(content, "UpdateExpression",
					 json_string(is_counted ? set : set_uncounted));
}

json_t *claim_change(const char *table, const struct fqdn *name, const json_t *item,
		     const struct store_owners *owners, const char **ret_operation)
{
	const json_t *stored = json_object_get(item, CLAIM_OWNERS);
	const char *condition = stored != NULL ? "#" CLAIM_OWNERS " = :stored"
					       : "attribute_not_exists(#" CLAIM_OWNERS ")";
	json_t *values = json_object(), *content;
	int err = 0;

	if (stored != NULL)
		err |= json_object_set_new(values, ":stored", json_deep_copy(stored));
	if (owners->n > 0)
		err |= json_object_set_new(values, ":" CLAIM_OWNERS, owners_value(owners));
	content = claim_content(table, name, condition, values);
	if (owners->n > 0)
		err |= add_owners_update(content, item);
	*ret_operation = owners->n > 0 ? "Update" : "Delete";
	return or_none(content, err);
}

json_t *claim_first_change(const char *table, const struct fqdn *name,
			   const struct store_owners *owners)
{
	static const char counted[] =
		"#" CLAIM_OWNERS " = :" CLAIM_OWNERS " AND #" CLAIM_SEQ " = :" CLAIM_SEQ;
	static const char uncounted[] =
		"#" CLAIM_OWNERS " = :" CLAIM_OWNERS " AND attribute_not_exists(#" CLAIM_SEQ ")";
	json_t *values = json_object(), *content;
	int err = 0;

	err |= json_object_set_new(values, ":" CLAIM_OWNERS, owners_value(owners));
	err |= json_object_set_new(values, ":next", item_number(owners->seq + 1));
	if (owners->seq > 0)
		err |= json_object_set_new(values, ":" CLAIM_SEQ, item_number(owners->seq));
	content = claim_content(table, name, owners->seq > 0 ? counted : uncounted, values);
	err |= json_object_set_new(json_object_get(content, "ExpressionAttributeNames"),
				   "#" CLAIM_SEQ, json_string(CLAIM_SEQ));
	err |= json_object_set_new(content, "UpdateExpression",
				   json_string("SET #" CLAIM_SEQ " = :next"));
	return or_none(content, err);
}

json_t *claim_complete(const char *table)
{
	json_t *request = json_object(), *item = json_object();
	int err = 0;

	err |= json_object_set_new(item, ITEM_USER, item_string(CLAIM_COMPLETE));
	err |= json_object_set_new(request, "Item", item);
	err |= json_object_set_new(request, "TableName", json_string(table));
	return or_none(request, err);
}
