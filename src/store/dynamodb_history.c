/* SPDX-License-Identifier: BSD-2-Clause
 * One UpdateItem for each host and month, which GetItem reads month after month: both are in the
 * policy that the daemon has anyway. */
#include "store/dynamodb_history.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "store/dynamodb_op.h"
#include "store/history.h"
#include "store/history_item.h"
#include "store/item_request.h"

/* A reading, from the newest month to the oldest. */
struct month_reading {
	struct fqdn host;
	int64_t since_s;
	int month, first_month;
	size_t max;
	struct history_entry *entries; /* of the months that were read, the oldest first; owned */
	size_t n;
};

static void month_reading_free(void *part)
{
	struct month_reading *r = part;

	if (r != NULL)
		free(r->entries);
	free(r);
}

static void on_added(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	struct errinfo why = ERRINFO_INIT;

	(void)reply;
	switch (err) {
	case 0:
		op_finish(op, 0, NULL);
		break;
	case ERR_CONFLICT:
		err_set(&why, ERR_LIMIT, "table %s takes no more history of the host this month",
			op->store->table);
		op_finish(op, ERR_LIMIT, &why);
		break;
	case ERR_REFUSED:
		/* No account waits for this: it need not look like trouble that passes. */
		err_set(&why, ERR_REFUSED, "table %s: %s", op->store->table, error->why.text);
		op_finish(op, ERR_REFUSED, &why);
		break;
	default:
		op_finish_aws(op, error);
		break;
	}
}

int dynamodb_add_history(struct store *s, const struct history_entry *entries, size_t n,
			 int64_t keep_s, store_done_fn *done, void *arg)
{
	struct op *op;
	int err = op_new(s, "", arg, &op);

	if (err != 0)
		return err;
	op->done = done;
	return op_start(op, "UpdateItem", history_request_add(op->store->table, entries, n, keep_s),
			on_added);
}

static json_t *month_request(const struct op *op)
{
	const struct month_reading *r = op->part;
	char key[HISTORY_KEY_SIZE];

	return item_request_get(op->store->table, history_key(&r->host, r->month, key));
}

/* This month's go before those that are there. Several daemons add to one item, each when it comes
 * to that. */
static int take_month(struct month_reading *r, const json_t *item)
{
	struct history_entry *found = NULL, *all = NULL;
	size_t n = 0;
	int err = history_item_read(item, &r->host, r->since_s, &found, &n);

	if (err == 0 && n > 0) {
		all = malloc((n + r->n) * sizeof(*all));
		err = all == NULL ? ERR_NOMEM : 0;
	}
	if (err == 0 && n > 0)
		err = history_sort(found, n, all);
	if (err == 0 && n > 0) {
		if (r->n > 0)
			memcpy(all + n, r->entries, r->n * sizeof(*all));
		free(r->entries);
		r->entries = all;
		r->n += n;
		all = NULL;
	}
	free(all);
	free(found);
	return err;
}

static void on_month(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	struct month_reading *r = op->part;

	if (err != 0) {
		op_finish_aws(op, error);
		return;
	}
	err = take_month(r, json_object_get(reply, "Item"));
	if (err != 0)
		op_finish(op, err, NULL);
	else if (r->n >= r->max || --r->month < r->first_month)
		op_finish_history(op, r->entries, r->n, r->max);
	else
		op_continue(op, "GetItem", month_request(op), on_month);
}

int dynamodb_read_history(struct store *s, const struct fqdn *host, int64_t since_s, int64_t now_s,
			  size_t max, store_history_fn *done, void *arg)
{
	struct month_reading *r = calloc(1, sizeof(*r));
	struct op *op;
	int err = r == NULL ? ERR_NOMEM : op_new(s, "", arg, &op);

	if (err != 0) {
		free(r);
		return err;
	}
	r->host = *host;
	r->since_s = since_s;
	r->month = history_month(now_s);
	r->first_month = history_month(since_s);
	r->max = max;
	op->history = done;
	op_own(op, r, month_reading_free);
	return op_start(op, "GetItem", month_request(op), on_month);
}
