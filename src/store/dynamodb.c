/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/dynamodb.h"

#include <stdlib.h>
#include <string.h>

#include "store/dynamodb_list.h"
#include "store/dynamodb_op.h"
#include "store/dynamodb_owed.h"
#include "store/dynamodb_reading.h"
#include "store/dynamodb_rename.h"
#include "store/dynamodb_state.h"
#include "store/item.h"
#include "store/item_request.h"
#include "store/overlay.h"

/* AWS's grammar of a table name. */
enum { TABLE_NAME_MIN = 3, TABLE_NAME_MAX = 255 };
/* Hosts whose state is kept in memory, about 350 bytes each. Beyond that number the accounts that
 * were updated longest ago lose their state in memory, and publish once more. */
enum { OVERLAY_HOSTS_MAX = 16384 };

static void on_lookup(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	struct account *account;

	if (err != 0) {
		op_finish_aws(op, error);
		return;
	}
	account = op_read_account(op, json_object_get(reply, "Item"));
	if (account == NULL)
		return;
	overlay_merge(op->store->overlay, account);
	op_finish_found(op, account);
}

static int dynamodb_lookup(struct store *s, const char *user, store_lookup_fn *done, void *arg)
{
	struct op *op;
	int err = op_new(s, user, arg, &op);

	if (err != 0)
		return err;
	op->found = done;
	/* The login comes from the network, and DynamoDB refuses some texts as a key. */
	if (account_check_user(slice_of(op->user), NULL) != 0)
		return op_defer(op, ERR_NOTFOUND);
	return op_start(op, "GetItem", item_request_get(op->store->table, op->user), on_lookup);
}

static bool is_same(const struct account *a, const struct account *b)
{
	size_t i;

	if (strcmp(a->secret, b->secret) != 0 || a->ttl != b->ttl || a->disabled != b->disabled ||
	    a->quirks != b->quirks || a->n_hosts != b->n_hosts)
		return false;
	for (i = 0; i < a->n_hosts; i++)
		if (account_find_host(b, &a->hosts[i].name) == NULL)
			return false;
	return true;
}

/* True when the login was taken by our own first attempt, whose answer was lost. */
static bool is_created(const struct op *op, const struct aws_error *error)
{
	struct account *stored;
	bool is_ours;

	if (error->attempts < 2 || error->item == NULL ||
	    item_to_account(error->item, op->store->zone, &stored, NULL) != 0)
		return false;
	is_ours = (stored->flaws & ACCOUNT_MALFORMED) == 0 && is_same(stored, op->account);
	account_free(stored);
	return is_ours;
}

static void on_created(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	(void)reply;
	if (err == ERR_CONFLICT && !is_created(op, error)) {
		op_finish(op, ERR_EXISTS, NULL);
		return;
	}
	if (err != 0 && err != ERR_CONFLICT) {
		op_finish_aws(op, error);
		return;
	}
	overlay_drop(op->store->overlay, op->user, NULL);
	op_finish(op, 0, NULL);
}

/* A host that is added has no state. The state of a removed host is forgotten by the merge of the
 * next lookup. */
static void forget_new_hosts(struct op *op, const struct account *old)
{
	const struct account *a = op->account;
	size_t i;

	for (i = 0; i < a->n_hosts; i++)
		if (old == NULL || !account_may_have_host(old, &a->hosts[i].name))
			overlay_drop(op->store->overlay, op->user, &a->hosts[i].name);
}

static void on_replaced(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	(void)reply;
	if (err == 0 || err == ERR_CONFLICT)
		op_finish(op, err == 0 ? 0 : ERR_NOTFOUND, NULL);
	else
		op_finish_aws(op, error);
}

/* Replaces what is there; what of it is malformed is repaired by that, or stays as it is. */
static void on_replaced_item(struct op *op, int err, const json_t *reply,
			     const struct aws_error *error)
{
	const json_t *item = json_object_get(reply, "Item");
	struct account *old = NULL;
	json_t *request;

	if (err != 0) {
		op_finish_aws(op, error);
		return;
	}
	if (item == NULL) {
		op_finish(op, ERR_NOTFOUND, NULL);
		return;
	}
	if (item_to_account(item, op->store->zone, &old, NULL) == ERR_NOMEM) {
		op_finish(op, ERR_NOMEM, NULL);
		return;
	}
	forget_new_hosts(op, old);
	request = item_request_replace(op->store->table, op->account, item, old);
	account_free(old);
	op_continue(op, "UpdateItem", request, on_replaced);
}

static int dynamodb_put(struct store *s, const struct account *account, enum store_put_mode mode,
			store_done_fn *done, void *arg)
{
	struct op *op;
	int err = op_new(s, account->user, arg, &op);

	if (err != 0)
		return err;
	op->done = done;
	err = account_copy(account, &op->account);
	if (err != 0) {
		op_discard(op);
		return err;
	}
	if (mode == STORE_CREATE)
		return op_start(op, "PutItem", item_request_create(op->store->table, account),
				on_created);
	return op_start(op, "GetItem", item_request_get(op->store->table, op->user),
			on_replaced_item);
}

static void on_removed(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	(void)reply;
	/* A repeated DeleteItem finds nothing when the first one was carried out and its answer
	 * lost. */
	if (err == ERR_CONFLICT && error->attempts > 1)
		err = 0;
	if (err == 0)
		overlay_drop(op->store->overlay, op->user, NULL);
	if (err == 0 || err == ERR_CONFLICT)
		op_finish(op, err == 0 ? 0 : ERR_NOTFOUND, NULL);
	else
		op_finish_aws(op, error);
}

static int dynamodb_remove(struct store *s, const char *user, store_done_fn *done, void *arg)
{
	struct op *op;
	int err = op_new(s, user, arg, &op);

	if (err != 0)
		return err;
	op->done = done;
	if (account_check_user(slice_of(op->user), NULL) != 0)
		return op_defer(op, ERR_NOTFOUND);
	return op_start(op, "DeleteItem", item_request_remove(op->store->table, op->user),
			on_removed);
}

static void dynamodb_close(struct store *s)
{
	struct dynamo *d = (struct dynamo *)s;

	d->is_closed = true;
	while (!LIST_EMPTY(&d->ops))
		op_finish(LIST_FIRST(&d->ops), ERR_CANCELED, NULL);
	mailbox_close(d->mailbox);
	overlay_free(d->overlay);
	if (!d->is_waking)
		free(d);
}

static const struct store_ops dynamodb_ops = {
	.name = "dynamodb",
	.is_remote = true,
	.close = dynamodb_close,
	.lookup = dynamodb_lookup,
	.intend = dynamodb_intend,
	.confirm = dynamodb_confirm,
	.list = dynamodb_list,
	.list_slowly = dynamodb_list_slowly,
	.list_owed = dynamodb_list_owed,
	.stop_listing = reading_stop_all,
	.put = dynamodb_put,
	.remove = dynamodb_remove,
	.rename = dynamodb_rename,
};

static bool is_table_name(const char *table)
{
	size_t len = strlen(table);

	return len >= TABLE_NAME_MIN && len <= TABLE_NAME_MAX &&
	       strspn(table, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			     "0123456789_.-") == len;
}

int store_dynamodb_open(struct uv_loop_s *loop, struct aws_dynamodb *db, const char *table,
			const struct fqdn *default_zone, struct store **ret, struct errinfo *ei)
{
	char text[TABLE_NAME_MAX];
	struct dynamo *d;

	if (!is_table_name(table))
		return err_set(ei, ERR_INVAL,
			       "\"%s\" is no table name: 3 to 255 of letters, digits, _ . -",
			       str_printable(text, sizeof(text), slice_of(table)));
	d = calloc(1, sizeof(*d) + strlen(table) + 1);
	if (d == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	if (overlay_new(OVERLAY_HOSTS_MAX, &d->overlay) != 0 ||
	    mailbox_new(loop, &d->mailbox) != 0) {
		overlay_free(d->overlay);
		free(d);
		return err_set(ei, ERR_NOMEM, "out of memory");
	}
	d->base.ops = &dynamodb_ops;
	d->loop = loop;
	d->db = db;
	d->zone = default_zone;
	STAILQ_INIT(&d->deferred);
	memcpy(d->table, table, strlen(table) + 1);
	*ret = &d->base;
	return 0;
}
