/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/notice_item.h"

#include <stdio.h>
#include <string.h>

#include "net/hash.h"
#include "store/history_item.h"
#include "store/item.h"
#include "store/item_request.h"

enum { EXPRESSION_SIZE = 512 };

/* No alias or placeholder is the beginning of another one. */
static const struct {
	const char *alias, *name;
} attributes[] = {
	{"#id", "id"},
	{"#target", "target"},
	{"#body", "body"},
	{"#made", "made"},
	{"#next", "next"},
	{"#attempts", "attempts"},
	{"#status", "status"},
	{"#why", "why"},
	{"#holder", "holder"},
	{"#until", "held_until"},
	{"#expiry", HISTORY_EXPIRY},
};

enum { N_ATTRIBUTES = sizeof(attributes) / sizeof(attributes[0]) };

/* What an update is about; dead and now_s where its condition asks for them. */
struct slot_update {
	const char *table;
	unsigned slot;
	const struct notice *n, *dead;
	int64_t now_s;
};

const char *notice_key(unsigned slot, char key[NOTICE_KEY_SIZE])
{
	snprintf(key, NOTICE_KEY_SIZE, NOTICE_PREFIX "%03u", slot % NOTICE_SLOTS);
	return key;
}

unsigned notice_slot(const char *id, const char *target, unsigned probe)
{
	const uint64_t of_id = hash_siphash(id, strlen(id), 0, 0),
		       hash = hash_siphash(target, strlen(target), of_id, 0);
	/* Odd, so that all slots are different; another one for each notice, so that those that
	 * are in use do not lie side by side. */
	const unsigned step = (unsigned)(hash >> 32) | 1;

	return ((unsigned)hash + probe * step) % NOTICE_SLOTS;
}

/* ---------------------------------------------------------------- written */

static json_t *seconds(int64_t s)
{
	return item_number(s > 0 ? (uint64_t)s : 0);
}

/* Those of the names that the expressions use: others are refused. */
static json_t *names_in(const char *update, const char *condition)
{
	json_t *names = json_object();
	int err = 0;
	size_t i;

	for (i = 0; i < N_ATTRIBUTES; i++)
		if (strstr(update, attributes[i].alias) != NULL ||
		    strstr(condition, attributes[i].alias) != NULL)
			err |= json_object_set_new(names, attributes[i].alias,
						   json_string(attributes[i].name));
	if (err == 0)
		return names;
	json_decref(names);
	return NULL;
}

/* The same of values; takes value. */
struct value_list {
	const char *update, *condition;
	json_t *values;
	int err;
};

static void add_used(struct value_list *l, const char *placeholder, json_t *value)
{
	if (strstr(l->update, placeholder) != NULL || strstr(l->condition, placeholder) != NULL)
		l->err |= json_object_set_new(l->values, placeholder, value);
	else
		json_decref(value);
}

static json_t *values_in(const struct slot_update *u, const char *update, const char *condition)
{
	struct value_list l = {update, condition, json_object(), 0};
	const struct notice *n = u->n;

	add_used(&l, ":id", item_string(n->id));
	add_used(&l, ":target", item_string(n->target));
	add_used(&l, ":body", item_string(n->body));
	add_used(&l, ":made", seconds(n->made_s));
	add_used(&l, ":next", seconds(n->next_s));
	add_used(&l, ":attempts", item_number(n->attempts));
	add_used(&l, ":status", item_string(notice_state_word(n->state)));
	add_used(&l, ":why", item_string(n->why));
	add_used(&l, ":holder", item_string(n->holder));
	add_used(&l, ":until", seconds(n->held_until_s));
	add_used(&l, ":expiry", seconds(n->made_s + NOTICE_KEEP_S));
	add_used(&l, ":soon", seconds(u->now_s + 1));
	add_used(&l, ":most", seconds(u->now_s + NOTICE_HOLD_MAX_S));
	if (u->dead != NULL) {
		add_used(&l, ":dead", item_string(notice_state_word(NOTICE_DEAD)));
		add_used(&l, ":oldid", item_string(u->dead->id));
		add_used(&l, ":oldtarget", item_string(u->dead->target));
	}
	if (l.err == 0)
		return l.values;
	json_decref(l.values);
	return NULL;
}

static json_t *slot_request(const struct slot_update *u, const char *update, const char *condition)
{
	char key[NOTICE_KEY_SIZE];
	json_t *request = item_request_get(u->table, notice_key(u->slot, key));
	int err = json_object_del(request, "ConsistentRead");

	err |= json_object_set_new(request, "UpdateExpression", json_string(update));
	err |= json_object_set_new(request, "ConditionExpression", json_string(condition));
	err |= json_object_set_new(request, "ExpressionAttributeNames",
				   names_in(update, condition));
	err |= json_object_set_new(request, "ExpressionAttributeValues",
				   values_in(u, update, condition));
	err |= json_object_set_new(request, "ReturnValuesOnConditionCheckFailure",
				   json_string("ALL_OLD"));
	if (err == 0)
		return request;
	json_decref(request);
	return NULL;
}

json_t *notice_request_get(const char *table, unsigned slot, bool is_latest)
{
	char key[NOTICE_KEY_SIZE];
	json_t *request = item_request_get(table, notice_key(slot, key));
	int err = 0;

	if (!is_latest)
		err = json_object_set_new(request, "ReturnConsumedCapacity", json_string("TOTAL"));
	if (!is_latest)
		err |= json_object_del(request, "ConsistentRead");
	if (err == 0)
		return request;
	json_decref(request);
	return NULL;
}

/* Empty texts are left out: services other than Amazon's refuse them. */
static void texts_clause(const struct notice *n, bool has_holder, char out[EXPRESSION_SIZE])
{
	const bool is_held = n->holder[0] != '\0', has_why = n->why[0] != '\0';
	char drops[32];

	snprintf(drops, sizeof(drops), "%s%s", has_why ? "" : ", #why",
		 has_holder && !is_held ? ", #holder" : "");
	snprintf(out, EXPRESSION_SIZE, "%s%s%s%s", has_why ? ", #why = :why" : "",
		 has_holder && is_held ? ", #holder = :holder" : "",
		 drops[0] != '\0' ? " REMOVE " : "", drops[0] != '\0' ? drops + 2 : "");
}

static json_t *fill_slot(const struct slot_update *u, const char *condition)
{
	char texts[EXPRESSION_SIZE], update[2 * EXPRESSION_SIZE];

	texts_clause(u->n, true, texts);
	snprintf(update, sizeof(update),
		 "SET #id = :id, #target = :target, #body = :body, #made = :made, #next = :next,"
		 " #attempts = :attempts, #status = :status, #until = :until, #expiry = :expiry%s",
		 texts);
	return slot_request(u, update, condition);
}

json_t *notice_request_put(const char *table, unsigned slot, const struct notice *n)
{
	const struct slot_update u = {.table = table, .slot = slot, .n = n};

	return fill_slot(&u, "attribute_not_exists(#id)");
}

json_t *notice_request_replace(const char *table, unsigned slot, const struct notice *n,
			       const struct notice *dead)
{
	const struct slot_update u = {.table = table, .slot = slot, .n = n, .dead = dead};

	return fill_slot(&u, "#id = :oldid AND #target = :oldtarget AND #status = :dead");
}

json_t *notice_request_claim(const char *table, unsigned slot, const struct notice *n,
			     int64_t now_s)
{
	const struct slot_update u = {.table = table, .slot = slot, .n = n, .now_s = now_s};

	/* As notice_is_free(); of what is no number a comparison is false. */
	return slot_request(&u, "SET #holder = :holder, #until = :until",
			    "#id = :id AND #target = :target AND (attribute_not_exists(#holder) OR"
			    " #holder = :holder OR NOT (#until BETWEEN :soon AND :most))");
}

#define IS_HELD "#id = :id AND #target = :target AND #holder = :holder"

json_t *notice_request_update(const char *table, unsigned slot, const struct notice *n)
{
	const struct slot_update u = {.table = table, .slot = slot, .n = n};
	char texts[EXPRESSION_SIZE], update[2 * EXPRESSION_SIZE];

	texts_clause(n, false, texts);
	snprintf(update, sizeof(update),
		 "SET #made = :made, #next = :next, #attempts = :attempts, #status = :status,"
		 " #until = :until, #expiry = :expiry%s",
		 texts);
	return slot_request(&u, update, IS_HELD);
}

json_t *notice_request_remove(const char *table, unsigned slot, const struct notice *n)
{
	const struct slot_update u = {.table = table, .slot = slot, .n = n};

	return slot_request(&u,
			    "REMOVE #id, #target, #body, #made, #next, #attempts, #status, #why,"
			    " #holder, #until, #expiry",
			    IS_HELD);
}

/* ---------------------------------------------------------------- read */

static struct slice value_in(const json_t *item, const char *name, const char *type)
{
	const json_t *text = json_object_get(json_object_get(item, name), type);

	return (struct slice){json_string_value(text), json_string_length(text)};
}

bool notice_item_is(const json_t *item, const char *id, const char *target)
{
	return slice_eq(value_in(item, "id", "S"), id) &&
	       slice_eq(value_in(item, "target", "S"), target);
}

static bool read_seconds(const json_t *item, const char *name, int64_t *ret)
{
	uint64_t s;

	if (str_parse_uint(value_in(item, name, "N"), INT64_MAX, &s) != 0)
		return false;
	*ret = (int64_t)s;
	return true;
}

static bool take_text(const json_t *item, const char *name, char *out, size_t cap)
{
	return str_copy(out, cap, value_in(item, name, "S")) == 0;
}

bool notice_item_read(const json_t *item, struct notice *ret)
{
	uint64_t attempts;

	*ret = (struct notice){.made_s = 0};
	if (!take_text(item, "id", ret->id, sizeof(ret->id)) ||
	    !take_text(item, "target", ret->target, sizeof(ret->target)) ||
	    !take_text(item, "body", ret->body, sizeof(ret->body)) ||
	    !take_text(item, "why", ret->why, sizeof(ret->why)) ||
	    !take_text(item, "holder", ret->holder, sizeof(ret->holder)) ||
	    notice_parse_state(value_in(item, "status", "S"), &ret->state) != 0 ||
	    !read_seconds(item, "made", &ret->made_s) ||
	    !read_seconds(item, "next", &ret->next_s) ||
	    !read_seconds(item, "held_until", &ret->held_until_s) ||
	    str_parse_uint(value_in(item, "attempts", "N"), UINT32_MAX, &attempts) != 0)
		return false;
	ret->attempts = (unsigned)attempts;
	return notice_check(ret, NULL) == 0;
}
