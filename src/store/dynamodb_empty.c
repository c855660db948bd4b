/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/dynamodb_empty.h"

#include <string.h>

#include "base/err.h"
#include "store/dynamodb_op.h"
#include "store/item.h"
#include "store/item_request.h"

/* Accounts come in no order among claims, months of the history and notices. Of a table with one
 * account for each dozen of those the first page has one most of the time, and the second one
 * always. Where so many pages have none, all accounts but a few are gone, if not all. */
enum { EMPTY_FIRST_ITEMS = 25, EMPTY_PAGE_ITEMS = 1000, EMPTY_PAGES_MAX = 32 };

bool dynamodb_is_account_key(const json_t *item)
{
	const char *key = json_string_value(json_object_get(json_object_get(item, ITEM_USER), "S"));

	return key == NULL || strchr(key, ':') == NULL;
}

static bool has_account(const json_t *items)
{
	const json_t *item;
	size_t i;

	json_array_foreach(items, i, item) {
		if (dynamodb_is_account_key(item))
			return true;
	}
	return false;
}

static void on_page(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	const json_t *key = json_object_get(reply, "LastEvaluatedKey");
	const json_t *items = json_object_get(reply, "Items");

	if (err != 0)
		op_finish_aws(op, error);
	else if (!json_is_array(items))
		op_finish(op, ERR_UNAVAILABLE, NULL);
	else if (has_account(items))
		op_finish_decided(op, false);
	else if (key == NULL || ++op->n_reads == EMPTY_PAGES_MAX)
		op_finish_decided(op, true);
	else
		op_continue(op, "Scan", item_request_scan(op->store->table, key, EMPTY_PAGE_ITEMS),
			    on_page);
}

int dynamodb_is_empty(struct store *s, store_decided_fn *done, void *arg)
{
	struct op *op;
	int err = op_new(s, "", arg, &op);

	if (err != 0)
		return err;
	op->decided = done;
	return op_start(op, "Scan", item_request_scan(op->store->table, NULL, EMPTY_FIRST_ITEMS),
			on_page);
}
