/* SPDX-License-Identifier: BSD-2-Clause
 * One UpdateItem with a condition; the rest of the item is not touched, whatever it is. */
#include "store/dynamodb_secret.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "store/dynamodb_op.h"
#include "store/item.h"
#include "store/item_request.h"

static void free_secret(void *part)
{
	str_free_secret(part);
}

/* Our own first attempt was carried out, and its answer lost. */
static bool has_secret(const json_t *item, const char *secret)
{
	const json_t *pass = json_object_get(json_object_get(item, ITEM_PASS), "S");

	return json_is_string(pass) && strcmp(json_string_value(pass), secret) == 0;
}

/* item: what is there instead, or NULL. */
static void finish_refused(struct op *op, const json_t *item)
{
	if (item == NULL)
		op_finish(op, ERR_NOTFOUND, NULL);
	else
		op_finish(op, has_secret(item, op->part) ? 0 : ERR_CONFLICT, NULL);
}

static void on_secret_item(struct op *op, int err, const json_t *reply,
			   const struct aws_error *error)
{
	if (err == 0)
		finish_refused(op, json_object_get(reply, "Item"));
	else
		op_finish_aws(op, error);
}

/* A refusal without an item: there is none, or the service does not tell. */
static void on_secret(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	(void)reply;
	if (err == 0)
		op_finish(op, 0, NULL);
	else if (err != ERR_CONFLICT)
		op_finish_aws(op, error);
	else if (error->item != NULL)
		finish_refused(op, error->item);
	else
		op_continue(op, "GetItem", item_request_get(op->store->table, op->user),
			    on_secret_item);
}

int dynamodb_replace_secret(struct store *s, const char *user, const char *old, const char *secret,
			    store_done_fn *done, void *arg)
{
	struct op *op;
	char *copy;
	int err = op_new(s, user, arg, &op);

	if (err != 0)
		return err;
	op->done = done;
	if (account_check_user(slice_of(op->user), NULL) != 0)
		return op_defer(op, ERR_NOTFOUND);
	copy = strdup(secret);
	if (copy == NULL) {
		op_discard(op);
		return ERR_NOMEM;
	}
	op_own(op, copy, free_secret);
	return op_start(op, "UpdateItem",
			item_request_secret(op->store->table, op->user, old, secret), on_secret);
}
