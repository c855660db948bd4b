/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/item_request.h"

#include <stdio.h>

#include "base/buf.h"
#include "store/item.h"

/* DynamoDB Developer Guide, "Constraints": 4 KB for each expression. */
enum { EXPRESSION_MAX = 4096 };
enum { PLACEHOLDER_MAX = 32 }; /* ":time" and any size_t and a NUL */
/* "#state.#h255," for each: 256 of them stay well below EXPRESSION_MAX. */
enum { DROPS_MAX = ACCOUNT_HOSTS_MAX };

/* An UpdateItem in the making. The first failure is kept, as in struct buf. */
struct update {
	struct buf set;	      /* "#a = :a, #b = :b" */
	struct buf remove;    /* "#c, #d" */
	struct buf condition; /* "... AND ..." */
	json_t *names;
	json_t *values;
	bool failed;
};

static void update_init(struct update *u)
{
	buf_init(&u->set, EXPRESSION_MAX);
	buf_init(&u->remove, EXPRESSION_MAX);
	buf_init(&u->condition, EXPRESSION_MAX);
	u->names = json_object();
	u->values = json_object();
	u->failed = u->names == NULL || u->values == NULL;
}

static void item_request_add_name(struct update *u, const char *alias, const char *name)
{
	if (json_object_set_new(u->names, alias, json_string(name)) != 0)
		u->failed = true;
}

/* Takes value, which may be NULL after a failed allocation. */
static void add_value(struct update *u, const char *placeholder, json_t *value)
{
	if (json_object_set_new(u->values, placeholder, value) != 0)
		u->failed = true;
}

static void add_clause(struct buf *b, const char *separator, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void add_clause(struct buf *b, const char *separator, const char *fmt, ...)
{
	va_list ap;

	if (b->len > 0)
		buf_adds(b, separator);
	va_start(ap, fmt);
	buf_addv(b, fmt, ap);
	va_end(ap);
}

/* SET #name = :name for a top-level attribute. */
static void set_attribute(struct update *u, const char *name, json_t *value)
{
	char placeholder[PLACEHOLDER_MAX];

	add_clause(&u->set, ", ", "#%s = :%s", name, name);
	snprintf(placeholder, sizeof(placeholder), "#%s", name);
	item_request_add_name(u, placeholder, name);
	placeholder[0] = ':';
	add_value(u, placeholder, value);
}

static void remove_attribute(struct update *u, const char *name)
{
	char placeholder[PLACEHOLDER_MAX];

	add_clause(&u->remove, ", ", "#%s", name);
	snprintf(placeholder, sizeof(placeholder), "#%s", name);
	item_request_add_name(u, placeholder, name);
}

static void require_item(struct update *u)
{
	item_request_add_name(u, "#" ITEM_USER, ITEM_USER);
	add_clause(&u->condition, " AND ", "attribute_exists(#" ITEM_USER ")");
}

/* Table and key: what every request but Scan and PutItem begins with. NULL: out of memory. */
static json_t *request_new(const char *table, const char *user)
{
	json_t *request = json_object();
	json_t *key = json_object();

	if (json_object_set_new(key, ITEM_USER, item_string(user)) != 0) {
		json_decref(key);
		key = NULL;
	}
	if (json_object_set_new(request, "Key", key) == 0 &&
	    json_object_set_new(request, "TableName", json_string(table)) == 0)
		return request;
	json_decref(request);
	return NULL;
}

static int add_update_expression(json_t *request, struct update *u)
{
	struct buf b;
	int err;

	buf_init(&b, EXPRESSION_MAX);
	if (u->set.len > 0)
		buf_addf(&b, "SET %s", u->set.data);
	if (u->remove.len > 0)
		buf_addf(&b, "%sREMOVE %s", b.len > 0 ? " " : "", u->remove.data);
	err = buf_err(&b);
	/* An empty expression is refused. */
	if (err == 0 && b.len > 0)
		err = json_object_set_new(request, "UpdateExpression", json_string(buf_str(&b)));
	buf_fini(&b);
	return err;
}

/* What the update holds, as members of the request. */
static int fill_update(json_t *request, struct update *u)
{
	if (u->failed || buf_err(&u->set) != 0 || buf_err(&u->remove) != 0 ||
	    buf_err(&u->condition) != 0)
		return ERR_NOMEM;
	if (add_update_expression(request, u) != 0 ||
	    json_object_set_new(request, "ConditionExpression",
				json_string(buf_str(&u->condition))) != 0 ||
	    json_object_set(request, "ExpressionAttributeNames", u->names) != 0)
		return ERR_NOMEM;
	/* An empty map is refused. */
	if (json_object_size(u->values) > 0 &&
	    json_object_set(request, "ExpressionAttributeValues", u->values) != 0)
		return ERR_NOMEM;
	return json_object_set_new(request, "ReturnValuesOnConditionCheckFailure",
				   json_string("ALL_OLD"));
}

/* Ends an update: the request, or NULL. */
static json_t *update_finish(struct update *u, const char *table, const char *user)
{
	json_t *request = request_new(table, user);

	if (request == NULL || fill_update(request, u) != 0) {
		item_wipe(u->values, ":" ITEM_PASS);
		json_decref(request);
		request = NULL;
	}
	buf_fini(&u->set);
	buf_fini(&u->remove);
	buf_fini(&u->condition);
	json_decref(u->names);
	json_decref(u->values);
	return request;
}

json_t *item_request_get(const char *table, const char *user)
{
	json_t *request = request_new(table, user);

	if (json_object_set_new(request, "ConsistentRead", json_true()) == 0)
		return request;
	json_decref(request);
	return NULL;
}

/* One page of a table or of an index: begins after start. Takes request. */
static json_t *with_page(json_t *request, const char *table, const json_t *start, unsigned n_items)
{
	if (json_object_set_new(request, "TableName", json_string(table)) != 0 ||
	    json_object_set_new(request, "Limit", json_integer(n_items)) != 0 ||
	    json_object_set_new(request, "ReturnConsumedCapacity", json_string("TOTAL")) != 0)
		goto nomem;
	if (start != NULL &&
	    json_object_set_new(request, "ExclusiveStartKey", json_deep_copy(start)) != 0)
		goto nomem;
	return request;
nomem:
	json_decref(request);
	return NULL;
}

json_t *item_request_scan(const char *table, const json_t *start, unsigned n_items)
{
	json_t *request = with_page(json_object(), table, start, n_items);

	if (json_object_set_new(request, "ConsistentRead", json_true()) == 0)
		return request;
	json_decref(request);
	return NULL;
}

json_t *item_request_describe(const char *table)
{
	json_t *request = json_object();

	if (json_object_set_new(request, "TableName", json_string(table)) == 0)
		return request;
	json_decref(request);
	return NULL;
}

/* A condition on the login alone; takes request. */
static json_t *condition_on_user(json_t *request, const char *condition)
{
	json_t *names = json_object();

	if (json_object_set_new(names, "#" ITEM_USER, json_string(ITEM_USER)) != 0) {
		json_decref(names);
		names = NULL;
	}
	if (json_object_set_new(request, "ExpressionAttributeNames", names) == 0 &&
	    json_object_set_new(request, "ConditionExpression", json_string(condition)) == 0)
		return request;
	item_wipe(json_object_get(request, "Item"), ITEM_PASS);
	json_decref(request);
	return NULL;
}

json_t *item_request_create(const char *table, const struct account *a)
{
	json_t *request = json_object();
	json_t *item = item_from_account(a);

	if (json_object_set_new(request, "TableName", json_string(table)) != 0 ||
	    json_object_set(request, "Item", item) != 0 ||
	    json_object_set_new(request, "ReturnValuesOnConditionCheckFailure",
				json_string("ALL_OLD")) != 0) {
		item_wipe(item, ITEM_PASS);
		json_decref(request);
		request = NULL;
	}
	json_decref(item);
	return condition_on_user(request, "attribute_not_exists(#" ITEM_USER ")");
}

json_t *item_request_remove(const char *table, const char *user)
{
	return condition_on_user(request_new(table, user), "attribute_exists(#" ITEM_USER ")");
}

/* Asks for the item that is in the way; takes request. */
static json_t *with_old_item(json_t *request)
{
	if (json_object_set_new(request, "ReturnValuesOnConditionCheckFailure",
				json_string("ALL_OLD")) == 0)
		return request;
	item_wipe(json_object_get(request, "Item"), ITEM_PASS);
	json_decref(request);
	return NULL;
}

/* Adds to the condition of a request; takes value, NULL: it has none. */
static int add_condition(json_t *request, const char *more, const char *placeholder, json_t *value)
{
	const char *condition = json_string_value(json_object_get(request, "ConditionExpression"));
	json_t *values = json_object_get(request, "ExpressionAttributeValues");
	struct buf b;
	int err = 0;

	if (value != NULL && values == NULL) {
		values = json_object();
		err |= json_object_set_new(request, "ExpressionAttributeValues", values);
	}
	if (value != NULL)
		err |= json_object_set_new(values, placeholder, value);
	buf_init(&b, EXPRESSION_MAX);
	err |= buf_addf(&b, "%s AND %s", condition, more);
	if (err == 0)
		err = json_object_set_new(request, "ConditionExpression", json_string(buf_str(&b)));
	buf_fini(&b);
	return err;
}

json_t *item_request_if_hosts(json_t *request, const json_t *item)
{
	const json_t *hosts = json_object_get(item, ITEM_HOST);
	int err = request == NULL ? ERR_NOMEM : 0;

	if (err == 0)
		err = json_object_set_new(json_object_get(request, "ExpressionAttributeNames"),
					  "#" ITEM_HOST, json_string(ITEM_HOST));
	if (err == 0)
		err = add_condition(request,
				    hosts != NULL ? "#" ITEM_HOST " = :hosts"
						  : "attribute_not_exists(#" ITEM_HOST ")",
				    ":hosts", json_deep_copy(hosts));
	if (err == 0)
		return with_old_item(request);
	item_wipe(json_object_get(request, "ExpressionAttributeValues"), ":" ITEM_PASS);
	json_decref(request);
	return NULL;
}

json_t *item_request_copy(const char *table, const json_t *item, const char *user)
{
	json_t *request = json_object();
	json_t *copy = json_deep_copy(item);

	if (json_object_set_new(copy, ITEM_USER, item_string(user)) != 0 ||
	    json_object_set(request, "Item", copy) != 0 ||
	    json_object_set_new(request, "TableName", json_string(table)) != 0) {
		item_wipe(copy, ITEM_PASS);
		json_decref(request);
		request = NULL;
	}
	json_decref(copy);
	return with_old_item(condition_on_user(request, "attribute_not_exists(#" ITEM_USER ")"));
}

json_t *item_request_remove_as_read(const char *table, const char *user, const json_t *item)
{
	const json_t *state = json_object_get(item, ITEM_STATE);
	json_t *request =
		condition_on_user(request_new(table, user),
				  state == NULL ? "attribute_exists(#" ITEM_USER
						  ") AND attribute_not_exists(#" ITEM_STATE ")"
						: "attribute_exists(#" ITEM_USER
						  ") AND #" ITEM_STATE " = :" ITEM_STATE);
	json_t *values;

	if (json_object_set_new(json_object_get(request, "ExpressionAttributeNames"),
				"#" ITEM_STATE, json_string(ITEM_STATE)) != 0)
		goto nomem;
	if (state != NULL) {
		values = json_object();
		if (json_object_set_new(request, "ExpressionAttributeValues", values) != 0 ||
		    json_object_set_new(values, ":" ITEM_STATE, json_deep_copy(state)) != 0)
			goto nomem;
	}
	return with_old_item(request);
nomem:
	json_decref(request);
	return NULL;
}

/* The state of a host stays if both have it. What is no name is somebody else's. */
static bool keeps_state(const char *name, const struct account *a, const struct account *old)
{
	struct fqdn host;

	return fqdn_parse(slice_of(name), &host) != 0 ||
	       (account_may_have_host(a, &host) && account_may_have_host(old, &host));
}

static bool share_a_host(const struct account *a, const struct account *old)
{
	size_t i;

	if ((a->flaws & ACCOUNT_FLAW_HOSTS) != 0)
		return true;
	for (i = 0; i < a->n_hosts; i++)
		if (account_may_have_host(old, &a->hosts[i].name))
			return true;
	return false;
}

/* Removes the state of hosts that are removed, and state that a race has left behind of hosts that
 * are added. */
static void drop_states(struct update *u, const struct account *a, const json_t *item,
			const struct account *old)
{
	const json_t *state = json_object_get(item, ITEM_STATE);
	/* jansson iterates over objects that are not const only. */
	json_t *hosts = (json_t *)item_map(state);
	char alias[PLACEHOLDER_MAX];
	unsigned n = 0;
	void *at;

	/* A `state` that is no map is somebody else's. */
	if (hosts == NULL)
		return;
	if (old == NULL || !share_a_host(a, old)) {
		remove_attribute(u, ITEM_STATE);
		return;
	}
	for (at = json_object_iter(hosts); at != NULL && n < DROPS_MAX;
	     at = json_object_iter_next(hosts, at)) {
		if (keeps_state(json_object_iter_key(at), a, old))
			continue;
		item_request_add_name(u, "#" ITEM_STATE, ITEM_STATE);
		snprintf(alias, sizeof(alias), "#h%u", n++);
		item_request_add_name(u, alias, json_object_iter_key(at));
		add_clause(&u->remove, ", ", "#" ITEM_STATE ".%s", alias);
	}
}

/* An optional attribute that is not wanted; what was not ours when it was read stays as it is. */
static void remove_unless_foreign(struct update *u, const struct account *a, enum account_flaw flaw,
				  const char *name)
{
	if ((a->flaws & flaw) == 0)
		remove_attribute(u, name);
}

/* An attribute that is not wanted and was not there is not named: most accounts have no bounds. */
static void replace_bounds(struct update *u, const struct account *a, const struct account *old)
{
	if (a->bounds.until_s != 0)
		set_attribute(u, ITEM_UNTIL, item_until(a));
	else if (old == NULL || old->bounds.until_s != 0 ||
		 (old->flaws & ~a->flaws & ACCOUNT_FLAW_UNTIL) != 0)
		remove_unless_foreign(u, a, ACCOUNT_FLAW_UNTIL, ITEM_UNTIL);
	if (a->bounds.n_sources > 0)
		set_attribute(u, ITEM_SOURCES, item_sources(a));
	else if (old == NULL || old->bounds.n_sources > 0 ||
		 (old->flaws & ~a->flaws & ACCOUNT_FLAW_SOURCES) != 0)
		remove_unless_foreign(u, a, ACCOUNT_FLAW_SOURCES, ITEM_SOURCES);
}

/* A map in which none of the hosts had one may be somebody else's. */
static void replace_interface_ids(struct update *u, const struct account *a,
				  const struct account *old)
{
	if ((a->flaws & ACCOUNT_FLAW_INTERFACE_IDS) != 0)
		return;
	if (account_interface_ids(a) > 0)
		set_attribute(u, ITEM_IDS, item_interface_ids(a));
	else if (old != NULL && account_interface_ids(old) > 0)
		remove_attribute(u, ITEM_IDS);
}

json_t *item_request_replace(const char *table, const struct account *a, const json_t *item,
			     const struct account *old)
{
	struct update u;

	update_init(&u);
	require_item(&u);
	if ((a->flaws & ACCOUNT_FLAW_SECRET) == 0)
		set_attribute(&u, ITEM_PASS, item_string(a->secret));
	if ((a->flaws & ACCOUNT_FLAW_HOSTS) == 0)
		set_attribute(&u, ITEM_HOST, item_hosts(a));
	if (a->ttl > 0)
		set_attribute(&u, ITEM_TTL, item_ttl(a->ttl));
	else
		remove_unless_foreign(&u, a, ACCOUNT_FLAW_TTL, ITEM_TTL);
	if (a->disabled)
		set_attribute(&u, ITEM_DISABLED, item_value("BOOL", json_true()));
	else
		remove_unless_foreign(&u, a, ACCOUNT_FLAW_DISABLED, ITEM_DISABLED);
	if (a->quirks != 0)
		set_attribute(&u, ITEM_QUIRKS, item_quirks(a));
	else
		remove_unless_foreign(&u, a, ACCOUNT_FLAW_QUIRKS, ITEM_QUIRKS);
	replace_bounds(&u, a, old);
	replace_interface_ids(&u, a, old);
	drop_states(&u, a, item, old);
	return update_finish(&u, table, a->user);
}

/* SET #state.#h<i>.#<member> = :<member><i> */
static void set_member(struct update *u, const char *member, size_t i, json_t *value)
{
	char placeholder[PLACEHOLDER_MAX];

	add_clause(&u->set, ", ", "#" ITEM_STATE ".#h%zu.#%s = :%s%zu", i, member, member, i);
	snprintf(placeholder, sizeof(placeholder), "#%s", member);
	item_request_add_name(u, placeholder, member);
	snprintf(placeholder, sizeof(placeholder), ":%s%zu", member, i);
	add_value(u, placeholder, value);
}

static void set_addr(struct update *u, const char *member, size_t i, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];

	if (addr_is_set(a)) {
		set_member(u, member, i, item_string(addr_format(a, text)));
		return;
	}
	snprintf(text, sizeof(text), "#%s", member);
	item_request_add_name(u, text, member);
	add_clause(&u->remove, ", ", "#" ITEM_STATE ".#h%zu.#%s", i, member);
}

/* Few states have it: a request that neither had nor has anything to delete does not name it. */
static void set_gone(struct update *u, const char *member, size_t i, const struct addr *was,
		     const struct addr *now)
{
	if (addr_is_set(was) || addr_is_set(now))
		set_addr(u, member, i, now);
}

/* :<what><i> */
static void add_value_of(struct update *u, const char *what, size_t i, json_t *value)
{
	char placeholder[PLACEHOLDER_MAX];

	snprintf(placeholder, sizeof(placeholder), ":%s%zu", what, i);
	add_value(u, placeholder, value);
}

/* Requires that host i still has this address, or none; was names the value. */
static void require_addr(struct update *u, const char *member, size_t i, const char *was,
			 const struct addr *a)
{
	char text[ADDR_TEXT_MAX], alias[PLACEHOLDER_MAX];

	snprintf(alias, sizeof(alias), "#%s", member);
	item_request_add_name(u, alias, member);
	if (!addr_is_set(a)) {
		add_clause(&u->condition, " AND ",
			   "attribute_not_exists(#" ITEM_STATE ".#h%zu.#%s)", i, member);
		return;
	}
	add_clause(&u->condition, " AND ", "#" ITEM_STATE ".#h%zu.#%s = :%s%zu", i, member, was, i);
	add_value_of(u, was, i, item_string(addr_format(a, text)));
}

/* Requires that host i still is what was read. A confirmation may have come in between. */
static void require_base(struct update *u, size_t i, const struct host_state *base)
{
	add_clause(&u->condition, " AND ", "#" ITEM_STATE ".#h%zu.#" ITEM_SEQ " = :base%zu", i, i);
	add_value_of(u, "base", i, item_number(base->seq));
	item_request_add_name(u, "#" ITEM_SEQ, ITEM_SEQ);
	if (base->pub > 0) {
		add_clause(&u->condition, " AND ", "#" ITEM_STATE ".#h%zu.#" ITEM_PUB " >= :had%zu",
			   i, i);
		add_value_of(u, "had", i, item_number(base->pub));
		item_request_add_name(u, "#" ITEM_PUB, ITEM_PUB);
	}
	require_addr(u, ITEM_V4, i, "was4", &base->want.v4);
	require_addr(u, ITEM_V6, i, "was6", &base->want.v6);
	/* A member that is missing is not equal to anything. */
	item_request_add_name(u, "#" ITEM_OVER, ITEM_OVER);
	add_clause(&u->condition, " AND ", "%s#" ITEM_STATE ".#h%zu.#" ITEM_OVER " = :base%zu",
		   host_state_is_over(base) ? "" : "NOT ", i, i);
}

/* Requires that host i still is in `state` as it is spelt in that item. */
static void require_as_read(struct update *u, size_t i, const struct fqdn *name, const json_t *item)
{
	const json_t *map = item_map(json_object_get(item, ITEM_STATE));
	const json_t *value = json_object_get(map, name->text);

	if (value == NULL) {
		add_clause(&u->condition, " AND ", "attribute_not_exists(#" ITEM_STATE ".#h%zu)",
			   i);
		return;
	}
	add_clause(&u->condition, " AND ", "#" ITEM_STATE ".#h%zu = :read%zu", i, i);
	add_value_of(u, "read", i, json_deep_copy(value));
}

/* A host that has state: only the members that the intent changes are written, because a
 * confirmation may come in between. */
static void intend_changed(struct update *u, size_t i, const struct item_intent *intent)
{
	set_member(u, ITEM_SEQ, i, item_number(intent->state.seq));
	set_addr(u, ITEM_V4, i, &intent->state.want.v4);
	set_addr(u, ITEM_V6, i, &intent->state.want.v6);
	set_gone(u, ITEM_GONE4, i, &intent->base.gone.v4, &intent->state.gone.v4);
	set_gone(u, ITEM_GONE6, i, &intent->base.gone.v6, &intent->state.gone.v6);
	if (intent->state.repeats == intent->state.seq)
		set_member(u, ITEM_REPEATS, i, item_number(intent->state.seq));
	if (intent->state.over == intent->state.seq)
		set_member(u, ITEM_OVER, i, item_number(intent->state.seq));
	if (intent->state.wanted_ms != 0)
		set_member(u, ITEM_WANTED, i, item_wanted(&intent->state));
}

static void intend_whole(struct update *u, size_t i, const struct item_intent *intent)
{
	add_clause(&u->set, ", ", "#" ITEM_STATE ".#h%zu = :h%zu", i, i);
	add_value_of(u, "h", i, item_state(&intent->state));
}

/* Asks for the item as it is after the update; takes request. */
static json_t *with_new_item(json_t *request)
{
	if (json_object_set_new(request, "ReturnValues", json_string("ALL_NEW")) == 0)
		return request;
	json_decref(request);
	return NULL;
}

/* Requires that host i is as expected. A seq of 0 beside something else was typed by somebody: it
 * is not matched until it was read. */
static void require_host(struct update *u, size_t i, const struct item_intent *intent,
			 const json_t *item)
{
	if (item != NULL)
		require_as_read(u, i, &intent->name, item);
	else if (intent->base.seq > 0)
		require_base(u, i, &intent->base);
	else
		add_clause(&u->condition, " AND ", "attribute_not_exists(#" ITEM_STATE ".#h%zu)",
			   i);
}

json_t *item_request_intend(const char *table, const char *user, const struct item_intent *intents,
			    size_t n, const json_t *item)
{
	char alias[PLACEHOLDER_MAX];
	struct update u;
	size_t i;

	update_init(&u);
	require_item(&u);
	item_request_add_name(&u, "#" ITEM_STATE, ITEM_STATE);
	for (i = 0; i < n; i++) {
		snprintf(alias, sizeof(alias), "#h%zu", i);
		item_request_add_name(&u, alias, intents[i].name.text);
		require_host(&u, i, &intents[i], item);
		if (intents[i].base.seq == 0 || intents[i].is_whole)
			intend_whole(&u, i, &intents[i]);
		else
			intend_changed(&u, i, &intents[i]);
	}
	return with_new_item(update_finish(&u, table, user));
}

json_t *item_request_intend_first(const char *table, const char *user,
				  const struct item_intent *intents, size_t n)
{
	json_t *map = json_object();
	struct update u;
	size_t i;

	for (i = 0; i < n; i++) {
		if (json_object_set_new(map, intents[i].name.text, item_state(&intents[i].state)) ==
		    0)
			continue;
		json_decref(map);
		return NULL;
	}
	update_init(&u);
	require_item(&u);
	/* A DynamoDB NULL is absent; anything else is somebody's. */
	add_clause(&u.condition, " AND ",
		   "(attribute_not_exists(#" ITEM_STATE ") OR attribute_type(#" ITEM_STATE
		   ", :null))");
	add_value(&u, ":null", item_string("NULL"));
	set_attribute(&u, ITEM_STATE, item_value("M", map));
	return with_new_item(update_finish(&u, table, user));
}

json_t *item_request_secret(const char *table, const char *user, const char *old,
			    const char *secret)
{
	struct update u;

	update_init(&u);
	set_attribute(&u, ITEM_PASS, item_string(secret));
	add_value(&u, ":old", item_string(old));
	add_clause(&u.condition, " AND ", "#" ITEM_PASS " = :old");
	return update_finish(&u, table, user);
}

/* Requires that the table still has these addresses, if the confirmation names any. */
static void require_want(struct update *u, const struct addr_pair *want)
{
	static const char *const members[] = {ITEM_V4, ITEM_V6};
	const struct addr *const addrs[] = {&want->v4, &want->v6};
	char text[ADDR_TEXT_MAX], alias[PLACEHOLDER_MAX];
	size_t i;

	if (!addr_is_set(&want->v4) && !addr_is_set(&want->v6))
		return;
	for (i = 0; i < 2; i++) {
		const char *m = members[i];

		snprintf(alias, sizeof(alias), "#%s", m);
		item_request_add_name(u, alias, m);
		if (!addr_is_set(addrs[i])) {
			add_clause(&u->condition, " AND ",
				   "attribute_not_exists(#" ITEM_STATE ".#h0.#%s)", m);
			continue;
		}
		add_clause(&u->condition, " AND ", "#" ITEM_STATE ".#h0.#%s = :%s", m, m);
		alias[0] = ':';
		add_value(u, alias, item_string(addr_format(addrs[i], text)));
	}
}

json_t *item_request_confirm(const char *table, const char *user, const struct store_confirm *c)
{
	struct update u;

	update_init(&u);
	item_request_add_name(&u, "#" ITEM_STATE, ITEM_STATE);
	item_request_add_name(&u, "#h0", c->name.text);
	item_request_add_name(&u, "#" ITEM_SEQ, ITEM_SEQ);
	add_value(&u, ":" ITEM_SEQ, item_number(c->seq));
	add_clause(&u.condition, " AND ", "#" ITEM_STATE ".#h0.#" ITEM_SEQ " = :" ITEM_SEQ);
	require_want(&u, &c->want);
	if (c->is_last) {
		item_request_add_name(&u, "#" ITEM_OVER, ITEM_OVER);
		add_clause(&u.condition, " AND ",
			   "NOT #" ITEM_STATE ".#h0.#" ITEM_OVER " = :" ITEM_SEQ);
	}
	set_member(&u, ITEM_PUB, 0, item_number(c->seq));
	set_member(&u, ITEM_TIME, 0, item_number((uint64_t)c->time_s));
	if (c->ttl != 0)
		set_member(&u, ITEM_TTL, 0, item_number(c->ttl));
	if (c->zone[0] != '\0')
		set_member(&u, ITEM_ZONE, 0, item_string(c->zone));
	if (c->has_gone) {
		set_addr(&u, ITEM_GONE4, 0, &(struct addr){0});
		set_addr(&u, ITEM_GONE6, 0, &(struct addr){0});
	}
	return with_new_item(update_finish(&u, table, user));
}

json_t *item_request_mark(const char *table, const char *user, const struct item_mark *marks,
			  size_t n)
{
	char alias[PLACEHOLDER_MAX];
	struct update u;
	size_t i;

	update_init(&u);
	item_request_add_name(&u, "#" ITEM_STATE, ITEM_STATE);
	item_request_add_name(&u, "#" ITEM_SEQ, ITEM_SEQ);
	for (i = 0; i < n; i++) {
		snprintf(alias, sizeof(alias), "#h%zu", i);
		item_request_add_name(&u, alias, marks[i].name.text);
		set_member(&u, ITEM_OVER, i, item_number(marks[i].seq));
		add_clause(&u.condition, " AND ",
			   "#" ITEM_STATE ".#h%zu.#" ITEM_SEQ " = :" ITEM_OVER "%zu", i, i);
	}
	return update_finish(&u, table, user);
}
