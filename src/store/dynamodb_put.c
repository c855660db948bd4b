/* SPDX-License-Identifier: BSD-2-Clause
 * An account is written in one transaction with the claims of the names that it gets or loses. */
#include "store/dynamodb_put.h"

#include <string.h>

#include "store/dynamodb_commit.h"
#include "store/dynamodb_op.h"
#include "store/item.h"
#include "store/item_request.h"
#include "store/overlay.h"

/* An account that others change at the same moment is read again so many times. */
enum { READS_MAX = 8 };

static bool is_same(const struct account *a, const struct account *b)
{
	size_t i;

	if (strcmp(a->secret, b->secret) != 0 || a->ttl != b->ttl || a->disabled != b->disabled ||
	    a->quirks != b->quirks || !bounds_equal(&a->bounds, &b->bounds) ||
	    a->n_hosts != b->n_hosts)
		return false;
	for (i = 0; i < a->n_hosts; i++) {
		const struct account_host *host = account_find_host(b, &a->hosts[i].name);

		if (host == NULL ||
		    !interface_id_equal(&host->interface_id, &a->hosts[i].interface_id))
			return false;
	}
	return true;
}

/* True when the login was taken by our own first attempt, whose answer was lost. */
static bool is_created(const struct op *op, const struct commit_result *result)
{
	struct account *stored;
	bool is_ours;

	if (result->attempts < 2 || result->item == NULL ||
	    item_to_account(result->item, op->store->zone, &stored, NULL) != 0)
		return false;
	is_ours = (stored->flaws & ACCOUNT_MALFORMED) == 0 && is_same(stored, op->account);
	account_free(stored);
	return is_ours;
}

static void on_created(struct op *op, const struct commit_result *result)
{
	if (result->err != 0 && !is_created(op, result)) {
		op_finish(op, ERR_EXISTS, NULL);
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

static void on_replaced_item(struct op *op, int err, const json_t *reply,
			     const struct aws_error *error);

/* The hosts of an account that somebody else changed meanwhile are read again: the claims follow
 * what is stored. */
static void read_to_replace(struct op *op)
{
	if (++op->n_reads > READS_MAX)
		op_finish(op, ERR_CONFLICT, NULL);
	else
		op_continue(op, "GetItem", item_request_get(op->store->table, op->user),
			    on_replaced_item);
}

static void on_replaced(struct op *op, const struct commit_result *result)
{
	if (result->err == 0)
		op_finish(op, 0, NULL);
	else if (result->item == NULL)
		op_finish(op, ERR_NOTFOUND, NULL);
	else
		read_to_replace(op);
}

static void on_replaced_alone(struct op *op, int err, const json_t *reply,
			      const struct aws_error *error)
{
	(void)reply;
	if (err == 0 || err == ERR_CONFLICT)
		op_finish(op, err == 0 ? 0 : ERR_NOTFOUND, NULL);
	else
		op_finish_aws(op, error);
}

/* Whether a has a name that old (NULL: none) has not. */
static bool has_more(const struct account *a, const struct account *old)
{
	size_t i;

	for (i = 0; i < a->n_hosts; i++)
		if (old == NULL || account_find_host(old, &a->hosts[i].name) == NULL)
			return true;
	return false;
}

/* What the account gets and loses; old: what it was, or NULL. */
static void add_claims(struct op *op, const struct account *old)
{
	const struct account *a = op->account;
	size_t i;

	for (i = 0; i < a->n_hosts; i++)
		if (old == NULL || account_find_host(old, &a->hosts[i].name) == NULL)
			commit_add_claim(op, COMMIT_JOIN, &a->hosts[i].name);
	for (i = 0; old != NULL && i < old->n_hosts; i++)
		if (account_find_host(a, &old->hosts[i].name) == NULL)
			commit_add_claim(op, COMMIT_LEAVE, &old->hosts[i].name);
}

/* A service without transactions writes the account alone, of any size. */
static bool is_too_large(const struct dynamo *d, const struct account *a)
{
	return a->n_hosts > COMMIT_HOSTS_MAX && !d->has_no_transactions;
}

static int refuse_many(const struct account *a, struct errinfo *why)
{
	return err_set(
		why, ERR_LIMIT,
		"user \"%s\" would have %zu host names: an account in a DynamoDB table has at "
		"most %d",
		a->user, a->n_hosts, COMMIT_HOSTS_MAX);
}

/* The account with the claims; takes request. */
static void replace_with_claims(struct op *op, const struct account *old, json_t *request,
				const json_t *item)
{
	if (commit_new(op, store_put_is_alone(op->mode), on_replaced, read_to_replace) != 0) {
		json_decref(request);
		op_finish(op, ERR_NOMEM, NULL);
		return;
	}
	commit_add(op, "Update", item_request_if_hosts(request, item));
	add_claims(op, old);
	op_continue(op, "TransactWriteItems", commit_request(op), commit_on_reply);
}

/* old: NULL when the item is no account. */
static void write_replaced(struct op *op, const struct account *old, const json_t *item)
{
	const struct account *a = op->account;
	struct errinfo why = ERRINFO_INIT;
	bool has_same_names = !has_more(a, old) && (old == NULL || !has_more(old, a));
	json_t *request;

	if (is_too_large(op->store, a) && has_more(a, old)) {
		op_finish(op, refuse_many(a, &why), &why);
		return;
	}
	forget_new_hosts(op, old);
	request = item_request_replace(op->store->table, a, item, old);
	if (has_same_names || op->store->has_no_transactions)
		op_continue(op, "UpdateItem", request, on_replaced_alone);
	else
		replace_with_claims(op, old, request, item);
}

/* Replaces what is there; what of it is malformed is repaired by that, or stays as it is. */
static void on_replaced_item(struct op *op, int err, const json_t *reply,
			     const struct aws_error *error)
{
	const json_t *item = json_object_get(reply, "Item");
	struct account *old = NULL;

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
	write_replaced(op, old, item);
	account_free(old);
}

static void create_plainly(struct op *op)
{
	op_continue(op, "PutItem", item_request_create(op->store->table, op->account),
		    commit_on_plain_reply);
}

static int create(struct op *op)
{
	const char *table = op->store->table;
	int err = commit_new(op, store_put_is_alone(op->mode), on_created, create_plainly);

	if (err != 0) {
		op_discard(op);
		return err;
	}
	if (op->store->has_no_transactions)
		return op_start(op, "PutItem", item_request_create(table, op->account),
				commit_on_plain_reply);
	commit_add(op, "Put", item_request_create(table, op->account));
	add_claims(op, NULL);
	return op_start(op, "TransactWriteItems", commit_request(op), commit_on_reply);
}

int dynamodb_put(struct store *s, const struct account *account, enum store_put_mode mode,
		 store_done_fn *done, void *arg)
{
	struct op *op;
	int err = op_new(s, account->user, arg, &op);

	if (err != 0)
		return err;
	op->done = done;
	op->mode = mode;
	err = account_copy(account, &op->account);
	if (err != 0) {
		op_discard(op);
		return err;
	}
	if (store_put_creates(mode) && is_too_large(op->store, account)) {
		refuse_many(account, &op->deferred_why);
		return op_defer(op, ERR_LIMIT);
	}
	if (store_put_creates(mode))
		return create(op);
	return op_start(op, "GetItem", item_request_get(op->store->table, op->user),
			on_replaced_item);
}

static void on_remove_item(struct op *op, int err, const json_t *reply,
			   const struct aws_error *error);

/* What somebody else changed meanwhile is read again. */
static void read_to_remove(struct op *op)
{
	if (++op->n_reads > READS_MAX)
		op_finish(op, ERR_CONFLICT, NULL);
	else
		op_continue(op, "GetItem", item_request_get(op->store->table, op->user),
			    on_remove_item);
}

static void on_removed(struct op *op, const struct commit_result *result)
{
	/* A repeated DeleteItem finds nothing when the first one was carried out and its answer
	 * lost. */
	if (result->err == 0 || (result->item == NULL && result->attempts > 1)) {
		overlay_drop(op->store->overlay, op->user, NULL);
		op_finish(op, 0, NULL);
	} else if (result->item == NULL) {
		op_finish(op, ERR_NOTFOUND, NULL);
	} else {
		read_to_remove(op);
	}
}

/* With the claims of old, the account as it was read from item. */
static void remove_with_claims(struct op *op, const struct account *old, const json_t *item)
{
	size_t i;

	commit_add(op, "Delete",
		   item_request_if_hosts(item_request_remove(op->store->table, op->user), item));
	for (i = 0; i < old->n_hosts; i++)
		commit_add_claim(op, COMMIT_LEAVE, &old->hosts[i].name);
	op_continue(op, "TransactWriteItems", commit_request(op), commit_on_reply);
}

static void on_remove_item(struct op *op, int err, const json_t *reply,
			   const struct aws_error *error)
{
	const json_t *item = json_object_get(reply, "Item");
	struct account *old = op_read_reply(op, err, reply, error);

	if (old == NULL)
		return;
	if (commit_new(op, false, on_removed, read_to_remove) != 0)
		op_finish(op, ERR_NOMEM, NULL);
	else if (op->store->has_no_transactions)
		op_continue(op, "DeleteItem", item_request_remove(op->store->table, op->user),
			    commit_on_plain_reply);
	else
		remove_with_claims(op, old, item);
	account_free(old);
}

int dynamodb_remove(struct store *s, const char *user, store_done_fn *done, void *arg)
{
	struct op *op;
	int err = op_new(s, user, arg, &op);

	if (err != 0)
		return err;
	op->done = done;
	if (account_check_user(slice_of(op->user), NULL) != 0)
		return op_defer(op, ERR_NOTFOUND);
	return op_start(op, "GetItem", item_request_get(op->store->table, op->user),
			on_remove_item);
}
