/* SPDX-License-Identifier: BSD-2-Clause
 * The login is the item's key, so a new item is put and the old one is deleted if its state has not
 * changed meanwhile, in one transaction with the claims of its names. Without transactions a
 * program that is stopped in between leaves two items that differ in the login only: nothing is
 * lost, and the same rename completes it. */
#include "store/dynamodb_rename.h"

#include <string.h>

#include "store/dynamodb_commit.h"
#include "store/dynamodb_op.h"
#include "store/item.h"
#include "store/item_request.h"

static void on_deleted(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	(void)reply;
	/* A repeated DeleteItem finds nothing when the first one was carried out and its answer
	 * lost. */
	if (err == ERR_CONFLICT && error->attempts > 1 && error->item == NULL)
		err = 0;
	if (err == 0)
		op_finish(op, 0, NULL);
	else if (err != ERR_CONFLICT)
		op_finish_aws(op, error);
	else
		op_finish(op, ERR_CONFLICT, NULL);
}

/* The copy holds a state that the account no longer has. It was deleted, unless somebody has
 * changed it. */
static void on_taken_back(struct op *op, int err, const json_t *reply,
			  const struct aws_error *error)
{
	(void)reply;
	if (err != 0 && err != ERR_CONFLICT)
		op_finish_aws(op, error);
	else
		op_finish(op, ERR_CONFLICT, NULL);
}

static void on_old_deleted(struct op *op, int err, const json_t *reply,
			   const struct aws_error *error)
{
	if (err == ERR_CONFLICT && error->item != NULL)
		op_continue(op, "DeleteItem",
			    item_request_remove_as_read(op->store->table, op->to, op->item),
			    on_taken_back);
	else
		on_deleted(op, err, reply, error);
}

static void delete_old(struct op *op)
{
	op_continue(op, "DeleteItem",
		    item_request_remove_as_read(op->store->table, op->user, op->item),
		    on_old_deleted);
}

/* True when item differs from the account in the login only: our own first attempt made it, or a
 * program that was stopped. A rename to the same login finds the account itself, which must not be
 * taken for a copy: it would be deleted as the old item. */
static bool is_copy(const struct op *op, const json_t *item)
{
	json_t *copy = item == NULL ? NULL : json_copy((json_t *)item);
	bool same = strcmp(op->user, op->to) != 0 &&
		    json_object_set(copy, ITEM_USER, json_object_get(op->item, ITEM_USER)) == 0 &&
		    json_equal(copy, op->item);

	json_decref(copy);
	return same;
}

static void refuse_login(struct op *op)
{
	struct errinfo why = ERRINFO_INIT;

	err_set(&why, ERR_EXISTS, "table %s has a user \"%s\" already", op->store->table, op->to);
	op_finish(op, ERR_EXISTS, &why);
}

static void on_put(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	(void)reply;
	if (err == 0 || (err == ERR_CONFLICT && is_copy(op, error->item)))
		delete_old(op);
	else if (err == ERR_CONFLICT)
		refuse_login(op);
	else
		op_finish_aws(op, error);
}

static void rename_plainly(struct op *op)
{
	op_continue(op, "PutItem", item_request_copy(op->store->table, op->item, op->to), on_put);
}

static void write_renamed(struct op *op, bool has_copy);

/* Without the copy the old item is the first action. */
static void on_moved(struct op *op, const struct commit_result *result)
{
	if (result->err == 0)
		op_finish(op, 0, NULL);
	else
		op_finish(op, ERR_CONFLICT, NULL);
}

static void on_renamed(struct op *op, const struct commit_result *result)
{
	if (result->err != 0 && result->action == 0 && is_copy(op, result->item))
		write_renamed(op, true);
	else if (result->err != 0 && result->action == 0)
		refuse_login(op);
	else
		on_moved(op, result);
}

/* has_copy: the new item is there already. */
static void write_renamed(struct op *op, bool has_copy)
{
	const char *table = op->store->table;
	struct account *account = op_read_account(op, op->item);
	size_t i;

	if (account == NULL)
		return;
	if (commit_new(op, false, has_copy ? on_moved : on_renamed, rename_plainly) != 0) {
		account_free(account);
		op_finish(op, ERR_NOMEM, NULL);
		return;
	}
	if (!has_copy)
		commit_add(op, "Put", item_request_copy(table, op->item, op->to));
	/* The claims follow the names that were read. */
	commit_add(op, "Delete",
		   item_request_if_hosts(item_request_remove_as_read(table, op->user, op->item),
					 op->item));
	for (i = 0; i < account->n_hosts; i++)
		commit_add_claim(op, COMMIT_PASS_ON, &account->hosts[i].name);
	account_free(account);
	op_continue(op, "TransactWriteItems", commit_request(op), commit_on_reply);
}

static bool is_owed(const struct account *a)
{
	size_t i;

	for (i = 0; i < a->n_hosts; i++)
		if (a->hosts[i].state.pub < a->hosts[i].state.seq)
			return true;
	return false;
}

static void on_read(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	const json_t *item = json_object_get(reply, "Item");
	struct account *account = op_read_reply(op, err, reply, error);
	bool owed;

	if (account == NULL)
		return;
	owed = is_owed(account);
	account_free(account);
	op->item = json_deep_copy(item);
	if (op->item == NULL)
		op_finish(op, ERR_NOMEM, NULL);
	else if (owed)
		op_finish(op, ERR_CONFLICT, NULL);
	else if (strcmp(op->user, op->to) == 0)
		refuse_login(op);
	else if (op->store->has_no_transactions)
		rename_plainly(op);
	else
		write_renamed(op, false);
}

int dynamodb_rename(struct store *s, const char *user, const char *to, store_done_fn *done,
		    void *arg)
{
	struct op *op;
	int err = op_new(s, user, arg, &op);

	if (err != 0)
		return err;
	op->done = done;
	if (account_check_user(slice_of(op->user), NULL) != 0 ||
	    str_copy(op->to, sizeof(op->to), slice_of(to)) != 0)
		return op_defer(op, ERR_NOTFOUND);
	return op_start(op, "GetItem", item_request_get(op->store->table, op->user), on_read);
}
