/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/dynamodb_owed.h"

#include "account/account.h"
#include "base/log.h"
#include "store/dynamodb_op.h"
#include "store/dynamodb_reading.h"
#include "store/item.h"
#include "store/item_owed.h"
#include "store/item_request.h"
#include "store/overlay.h"

/* Entries of the index whose items owe nothing are taken out at a start, so many at most: an older
 * version, or mooringctl, publishes what it finds owed and leaves the attribute. */
enum { CLEAR_MAX = 100 };

/* ---------------------------------------------------------------- writing */

json_t *owed_intend(const struct op *op, json_t *request)
{
	if (request == NULL || op->store->index != INDEX_PRESENT)
		return request;
	return item_owed_begin(request, op->user);
}

/* One bit for several logins: a wrong one costs a request, no more. */
static unsigned char *several_of(const struct op *op, unsigned char *ret_bit)
{
	unsigned n = 0;
	const char *at;

	for (at = op->user; *at != '\0'; at++)
		n = n * 31 + (unsigned char)*at;
	*ret_bit = (unsigned char)(1u << (n % 8));
	return &op->store->several[n / 8 % sizeof(op->store->several)];
}

static void remember_several(const struct op *op, bool has_several)
{
	unsigned char bit, *at = several_of(op, &bit);

	*at = (unsigned char)(has_several ? *at | bit : *at & ~bit);
}

void owed_note(struct op *op, const json_t *item)
{
	if (item != NULL && op->store->index == INDEX_PRESENT)
		remember_several(op, item_owed_has_several(item));
}

json_t *owed_confirm(struct op *op, json_t *request)
{
	unsigned char bit, *at = several_of(op, &bit);

	op->ends_owed = op->store->index == INDEX_PRESENT && (*at & bit) == 0;
	return request != NULL && op->ends_owed ? item_owed_end(request) : request;
}

bool owed_is_to_repeat(struct op *op, const struct aws_error *error)
{
	if (!op->ends_owed || (error->item != NULL && !item_owed_has_several(error->item)))
		return false;
	remember_several(op, true);
	return true;
}

static void on_cleared(void *arg, int err, const struct errinfo *why)
{
	(void)arg;
	(void)err;
	(void)why;
}

static void on_clear(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	(void)err;
	(void)reply;
	(void)error;
	op_finish(op, 0, NULL);
}

/* Nobody waits for it, and nothing depends on it. */
static void clear(struct dynamo *d, const char *user, const json_t *item)
{
	struct op *op;

	if (op_new(&d->base, user, NULL, &op) != 0)
		return;
	op->done = on_cleared;
	op_start(op, "UpdateItem", item_owed_clear(d->table, user, item), on_clear);
}

void owed_confirmed(struct op *op, const json_t *item)
{
	struct account *account;

	if (op->ends_owed || op->store->index != INDEX_PRESENT ||
	    json_object_get(item, ITEM_OWED) == NULL ||
	    item_to_account(item, op->store->zone, &account, NULL) != 0)
		return;
	if (!item_owes(account))
		clear(op->store, op->user, item);
	account_free(account);
}

/* ---------------------------------------------------------------- asking */

static void ask_index(struct op *op);
static void look_at_items(struct op *op);

/* Where an item is found owed it is told. 0, ERR_NOMEM, or ERR_CANCELED when op is no more. */
static int look_at(struct op *op, const json_t *item)
{
	struct account *account;
	int err = item_to_account(item, op->store->zone, &account, NULL);

	if (err != 0)
		return err == ERR_NOMEM ? err : 0;
	op->is_busy = true;
	if (item_owes(account)) {
		overlay_merge(op->store->overlay, account);
		op->each(op->arg, account);
	} else if (op->n_cleared < CLEAR_MAX && !op->store->is_in_memory) {
		op->n_cleared++;
		clear(op->store, account->user, item);
	}
	op->is_busy = false;
	account_free(account);
	return op_is_gone(op) ? ERR_CANCELED : 0;
}

static const char *user_at(const struct op *op)
{
	const json_t *item = json_array_get(op->page, op->page_at);

	return json_string_value(json_object_get(json_object_get(item, ITEM_USER), "S"));
}

static void on_owed_item(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	const json_t *item = json_object_get(reply, "Item");

	if (err != 0) {
		if (!reading_wait(op, error, look_at_items))
			op_finish_aws(op, error);
		return;
	}
	reading_count(op, 1);
	op->page_at++;
	err = item != NULL ? look_at(op, item) : 0;
	if (err == 0)
		look_at_items(op);
	else if (err != ERR_CANCELED)
		op_finish(op, err, NULL);
}

/* The page is done with: the next one of this key, else the first one of the next key. */
static void look_on(struct op *op)
{
	if (op->page_key == NULL)
		op->owed_key++;
	if (op->owed_key == ITEM_OWED_KEYS)
		op_finish(op, 0, NULL);
	else
		ask_index(op);
}

/* An index that has keys alone costs a read for each. */
static void look_at_items(struct op *op)
{
	const json_t *item;
	int err = 0;

	for (; err == 0 && op->page_at < json_array_size(op->page); op->page_at++) {
		item = json_array_get(op->page, op->page_at);
		if (user_at(op) != NULL && !item_owed_is_whole(item)) {
			op_continue(op, "GetItem", item_request_get(op->store->table, user_at(op)),
				    on_owed_item);
			return;
		}
		err = look_at(op, item);
		if (err == ERR_CANCELED)
			return;
	}
	if (err != 0)
		op_finish(op, err, NULL);
	else
		look_on(op);
}

/* Whatever does not pass means that there is none for us. AWS says ValidationException when a table
 * has no index of that name, and AccessDeniedException where a policy does not name it. */
static void give_up_index(struct op *op, const struct aws_error *error)
{
	struct errinfo why = ERRINFO_INIT;

	err_set(&why, ERR_NOTFOUND, "table %s: the index " ITEM_OWED_INDEX " cannot be asked: %s",
		op->store->table, error->why.text);
	log_debug("%s", why.text);
	if (!table_is_kms(error))
		op->store->index = INDEX_ABSENT;
	op_finish(op, ERR_NOTFOUND, &why);
}

static void on_index_page(struct op *op, int err, const json_t *reply,
			  const struct aws_error *error)
{
	const json_t *key = json_object_get(reply, "LastEvaluatedKey");

	if (err != 0) {
		if (!reading_wait(op, error, ask_index))
			give_up_index(op, error);
		return;
	}
	/* As in a scan: a service that returns the same page again and again. */
	if (key != NULL && op->page_key != NULL && json_equal(op->page_key, key)) {
		op_finish(op, ERR_UNAVAILABLE, NULL);
		return;
	}
	if (op->store->index != INDEX_PRESENT)
		log_event(LOG_LEVEL_INFO, "the index of what is owed is used",
			  LOG_FIELDS(log_str("table", op->store->table)));
	op->store->index = INDEX_PRESENT;
	reading_count(op, 1);
	json_decref(op->page);
	op->page = json_incref(json_object_get(reply, "Items"));
	op->page_at = 0;
	json_decref(op->page_key);
	op->page_key = key != NULL ? json_deep_copy(key) : NULL;
	look_at_items(op);
}

static json_t *index_request(const struct op *op)
{
	return item_owed_query(op->store->table, op->owed_key, op->page_key,
			       reading_page_items(op));
}

static void ask_index(struct op *op)
{
	op_continue(op, "Query", index_request(op), on_index_page);
}

/* Where the table may be described, an index that is not there is not asked for. */
static void on_index_described(struct op *op, int err, const json_t *reply,
			       const struct aws_error *error)
{
	(void)error;
	if (err == ERR_DENIED)
		op->store->is_describe_denied = true;
	if (err == 0 && !item_owed_is_described(reply)) {
		op->store->index = INDEX_ABSENT;
		op_finish(op, ERR_NOTFOUND, NULL);
	} else {
		ask_index(op);
	}
}

int dynamodb_list_owed(struct store *s, const struct store_listing *listing, void *arg)
{
	struct dynamo *d = (struct dynamo *)s;
	struct op *op;
	int err;

	if (d->index == INDEX_ABSENT)
		return ERR_NOTFOUND;
	err = reading_new(s, listing, false, arg, &op);
	if (err != 0)
		return err;
	if (d->index == INDEX_PRESENT || d->is_describe_denied)
		return op_start(op, "Query", index_request(op), on_index_page);
	return op_start(op, "DescribeTable", item_request_describe(d->table), on_index_described);
}
