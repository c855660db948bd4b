/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/dynamodb_list.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/claim.h"
#include "store/dynamodb_empty.h"
#include "store/dynamodb_op.h"
#include "store/dynamodb_reading.h"
#include "store/item.h"
#include "store/item_request.h"
#include "store/overlay.h"
#include "store/scan_pace.h"

static void list_claim(struct op *op, const json_t *item)
{
	struct store_owners owners;
	struct fqdn name;

	if (op->each_claim == NULL || !claim_name(item, &name))
		return;
	/* One that a hand wrote otherwise than we do is none yet. */
	if (claim_owners(item, &owners) && owners.n > 0)
		op->each_claim(op->arg, &name, &owners);
}

/* Passes the account of one item to each(). Returns 0, also for an item that is none, or ERR_NOMEM.
 */
static int list_item(struct op *op, const json_t *item)
{
	struct errinfo why = ERRINFO_INIT;
	struct account *account;
	static _Atomic long long next_log_ms;
	int err;

	if (!dynamodb_is_account_key(item)) {
		list_claim(op, item);
		return 0;
	}
	err = item_to_account(item, op->store->zone, &account, &why);
	if (err == ERR_NOMEM)
		return err;
	if (err != 0) {
		if (log_may_repeat(&next_log_ms, clock_mono_ms()))
			log_event(LOG_LEVEL_WARN, "nobody can log in with an item's key",
				  LOG_FIELDS(log_str("table", op->store->table),
					     log_str("why", why.text)));
		return 0;
	}
	overlay_merge(op->store->overlay, account);
	op->each(op->arg, account);
	account_free(account);
	return 0;
}

/* 0, or ERR_NOMEM, or ERR_CANCELED when op is no more. */
static int list_items(struct op *op, const json_t *items)
{
	const json_t *item;
	size_t i;
	int err = 0;

	op->is_busy = true;
	json_array_foreach(items, i, item) {
		err = list_item(op, item);
		if (err != 0 || op->store == NULL)
			break;
	}
	op->is_busy = false;
	return op_is_gone(op) ? ERR_CANCELED : err;
}

static void on_dynamodb_page(struct op *op, int err, const json_t *reply,
			     const struct aws_error *error);

static json_t *page_request(const struct op *op)
{
	return item_request_scan(op->store->table, op->page_key, reading_page_items(op));
}

/* The page after the last one that has come. */
static void ask_page(struct op *op)
{
	op_continue(op, "Scan", page_request(op), on_dynamodb_page);
}

/* Without an answer the listing keeps to the pace of a table that nothing is known of. */
static void on_described(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	uint64_t units;

	(void)error;
	if (err == ERR_DENIED)
		op->store->is_describe_denied = true;
	if (err == 0 && scan_pace_read_capacity(reply, &units))
		reading_set_capacity(op, units);
	ask_page(op);
}

/* There is another page: true when what the table can read is asked first. */
static bool asks_for_capacity(struct op *op, bool is_first)
{
	if (!is_first || op->reading == NULL || op->store->is_describe_denied)
		return false;
	op_continue(op, "DescribeTable", item_request_describe(op->store->table), on_described);
	return true;
}

static void list_more(struct op *op, const json_t *reply, unsigned n_items)
{
	const json_t *key = json_object_get(reply, "LastEvaluatedKey");
	struct errinfo why = ERRINFO_INIT;
	bool is_first = op->page_key == NULL;

	/* A service that returns the same page again and again would make this an endless loop. */
	if (!is_first && json_equal(op->page_key, key)) {
		err_set(&why, ERR_UNAVAILABLE, "table %s: the scan does not advance",
			op->store->table);
		op_finish(op, ERR_UNAVAILABLE, &why);
		return;
	}
	json_decref(op->page_key);
	op->page_key = json_deep_copy(key);
	if (op->page_key == NULL)
		op_finish(op, ERR_NOMEM, NULL);
	else if (!asks_for_capacity(op, is_first))
		reading_go_on(op, reply, n_items, ask_page);
}

static void on_no_page(struct op *op, const struct aws_error *error)
{
	struct errinfo why = ERRINFO_INIT;

	if (error->err == ERR_DENIED && !table_is_kms(error)) {
		err_set(&why, ERR_DENIED,
			"accounts cannot be listed: allow dynamodb:Scan on table %s (%s)",
			op->store->table, error->why.text);
		op_finish(op, ERR_DENIED, &why);
	} else if (!reading_wait(op, error, ask_page)) {
		op_finish_aws(op, error);
	}
}

static void on_dynamodb_page(struct op *op, int err, const json_t *reply,
			     const struct aws_error *error)
{
	const json_t *items = json_object_get(reply, "Items");
	unsigned n_items = (unsigned)json_array_size(items);
	struct errinfo why = ERRINFO_INIT;

	if (err != 0) {
		on_no_page(op, error);
		return;
	}
	if (!json_is_array(items)) {
		err_set(&why, ERR_UNAVAILABLE, "table %s: the answer to Scan has no items",
			op->store->table);
		op_finish(op, ERR_UNAVAILABLE, &why);
		return;
	}
	reading_count(op, n_items);
	err = list_items(op, items);
	if (err == ERR_CANCELED)
		return;
	if (err != 0 || json_object_get(reply, "LastEvaluatedKey") == NULL)
		op_finish(op, err, NULL);
	else
		list_more(op, reply, n_items);
}

int dynamodb_list_claims(struct store *s, store_each_fn *each, store_claim_fn *claim,
			 store_done_fn *done, void *arg)
{
	struct op *op;
	int err = op_new(s, "", arg, &op);

	if (err != 0)
		return err;
	op->each = each;
	op->each_claim = claim;
	op->done = done;
	return op_start(op, "Scan", page_request(op), on_dynamodb_page);
}

int dynamodb_list(struct store *s, store_each_fn *each, store_done_fn *done, void *arg)
{
	return dynamodb_list_claims(s, each, NULL, done, arg);
}

int dynamodb_list_slowly(struct store *s, const struct store_listing *listing, void *arg)
{
	struct op *op;
	int err = reading_new(s, listing, true, arg, &op);

	if (err != 0)
		return err;
	return op_start(op, "Scan", page_request(op), on_dynamodb_page);
}
