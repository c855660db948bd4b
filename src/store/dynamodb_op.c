/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/dynamodb_op.h"

#include <stdlib.h>
#include <string.h>

#include "base/container_of.h"
#include "net/pseudonym.h"
#include "store/history.h"
#include "store/item.h"

int op_new(struct store *s, const char *user, void *arg, struct op **ret)
{
	struct dynamo *d = (struct dynamo *)s;
	struct op *op;

	if (d->is_closed)
		return ERR_CANCELED;
	op = calloc(1, sizeof(*op));
	if (op == NULL)
		return ERR_NOMEM;
	/* A login that is too long stays "", which no account has either. */
	str_copy(op->user, sizeof(op->user), slice_of(user));
	op->store = d;
	op->arg = arg;
	LIST_INSERT_HEAD(&d->ops, op, link);
	*ret = op;
	return 0;
}

static void unlink_op(struct op *op)
{
	LIST_REMOVE(op, link);
	op->store = NULL;
}

void op_own(struct op *op, void *part, void (*free_part)(void *part))
{
	if (op->free_part != NULL)
		op->free_part(op->part);
	op->part = part;
	op->free_part = free_part;
}

static void free_op(struct op *op)
{
	if (op->reading != NULL)
		op->drop_reading(op->reading);
	json_decref(op->page_key);
	json_decref(op->page);
	item_wipe(op->item, ITEM_PASS);
	json_decref(op->item);
	account_free(op->account);
	op_own(op, NULL, NULL);
	free(op->intents);
	free(op);
}

void op_discard(struct op *op)
{
	unlink_op(op);
	free_op(op);
}

bool op_is_gone(struct op *op)
{
	if (op->store != NULL)
		return false;
	free_op(op);
	return true;
}

static void on_op_reply(void *arg, int err, const json_t *reply, const struct aws_error *error)
{
	struct op *op = arg;

	op->is_busy = false;
	if (op_is_gone(op))
		return;
	table_note(&op->store->verdict, op->store->table, op->operation, error);
	op->step(op, err, reply, error);
}

static int call(struct op *op, const char *operation, json_t *request, op_step_fn *step)
{
	int err;

	if (request == NULL)
		return ERR_NOMEM;
	op->step = step;
	op->operation = operation;
	err = aws_dynamodb_call(op->store->db, operation, request, on_op_reply, op);
	op->is_busy = err == 0;
	item_wipe(json_object_get(request, "Item"), ITEM_PASS);
	item_wipe(json_object_get(request, "ExpressionAttributeValues"), ":" ITEM_PASS);
	json_decref(request);
	return err;
}

int op_start(struct op *op, const char *operation, json_t *request, op_step_fn *step)
{
	int err = call(op, operation, request, step);

	if (err != 0)
		op_discard(op);
	return err;
}

void op_continue(struct op *op, const char *operation, json_t *request, op_step_fn *step)
{
	int err = call(op, operation, request, step);

	if (err != 0)
		op_finish(op, err == ERR_NOMEM ? err : ERR_UNAVAILABLE, NULL);
}

/* Stops when a done function closes the store, which finishes the other verbs. */
static void on_wake(struct mail *m)
{
	struct dynamo *d = CONTAINER_OF(m, struct dynamo, wake);
	struct op_queue now;
	struct op *op;

	STAILQ_INIT(&now);
	STAILQ_CONCAT(&now, &d->deferred);
	d->is_waking = true;
	while (!d->is_closed && (op = STAILQ_FIRST(&now)) != NULL) {
		STAILQ_REMOVE_HEAD(&now, deferred_link);
		op_finish(op, op->deferred_err,
			  op->deferred_why.code != 0 ? &op->deferred_why : NULL);
	}
	d->is_waking = false;
	if (d->is_closed)
		free(d);
}

int op_defer(struct op *op, int err)
{
	struct dynamo *d = op->store;

	if (STAILQ_EMPTY(&d->deferred))
		mailbox_post(d->mailbox, &d->wake, on_wake);
	op->deferred_err = err;
	STAILQ_INSERT_TAIL(&d->deferred, op, deferred_link);
	return 0;
}

static void op_explain(const struct op *op, int err, struct errinfo *why)
{
	const char *table = op->store->table;
	char room[PSEUDONYM_LOGIN_MAX];
	const char *user = pseudonym_login(op->user, room);

	if (err == ERR_NOTFOUND && op->confirm.seq > 0)
		err_set(why, err, "table %s has no user \"%s\" with the host %s", table, user,
			op->confirm.name.text);
	else if (err == ERR_NOTFOUND)
		err_set(why, err, "table %s has no user \"%s\"", table, user);
	else if (err == ERR_EXISTS)
		err_set(why, err, "table %s has a user \"%s\" already", table, user);
	else if (err == ERR_CONFLICT)
		err_set(why, err, "the state of user \"%s\" in table %s has changed meanwhile",
			user, table);
	else
		err_set(why, err, "table %s: %s", table, err_str(err));
}

/* What is told beside a code: one of them, by the verb. */
struct result {
	struct account *account;
	const struct store_owners *owners;
	bool is_so;
	const struct history_entry *entries;
	size_t n_entries;
};

/* The verb's answer is called once op is no more, or not the store's any more. */
static void op_done(struct op *op, int err, const struct result *result, const struct errinfo *why)
{
	struct op was = {.found = op->found,
			 .done = op->done,
			 .told = op->told,
			 .decided = op->decided,
			 .history = op->history,
			 .arg = op->arg};

	unlink_op(op);
	if (!op->is_busy)
		free_op(op);
	if (was.found != NULL)
		was.found(was.arg, err, result->account, why);
	else if (was.told != NULL)
		was.told(was.arg, err, result->owners, why);
	else if (was.decided != NULL)
		was.decided(was.arg, err, result->is_so, why);
	else if (was.history != NULL)
		was.history(was.arg, err, result->entries, result->n_entries, why);
	else
		was.done(was.arg, err, why);
}

void op_finish(struct op *op, int err, const struct errinfo *why)
{
	struct errinfo own = ERRINFO_INIT;

	if (err != 0 && why != NULL)
		own = *why;
	else if (err != 0)
		op_explain(op, err, &own);
	op_done(op, err, &(struct result){.account = NULL}, err == 0 ? NULL : &own);
}

void op_finish_found(struct op *op, struct account *account)
{
	op_done(op, 0, &(struct result){.account = account}, NULL);
}

void op_finish_owners(struct op *op, const struct store_owners *owners)
{
	struct store_owners copy = *owners;

	op_done(op, 0, &(struct result){.owners = &copy}, NULL);
}

void op_finish_decided(struct op *op, bool is_so)
{
	op_done(op, 0, &(struct result){.is_so = is_so}, NULL);
}

void op_finish_history(struct op *op, const struct history_entry *entries, size_t n, size_t max)
{
	const size_t left_out = n > max ? n - max : 0;
	void (*free_part)(void *part) = op->free_part;
	void *part = op->part;

	/* op is gone when its caller is told. */
	op->part = NULL;
	op->free_part = NULL;
	op_done(op, 0,
		&(struct result){.entries = n > 0 ? entries + left_out : NULL,
				 .n_entries = n - left_out},
		NULL);
	if (free_part != NULL)
		free_part(part);
}

void op_finish_aws(struct op *op, const struct aws_error *error)
{
	struct errinfo why = ERRINFO_INIT;
	int err = error->err;

	switch (err) {
	case ERR_DENIED:
	case ERR_THROTTLED:
	case ERR_TIMEOUT:
	case ERR_UNAVAILABLE:
	case ERR_NOMEM:
	case ERR_CANCELED:
		break;
	default:
		/* A missing table, a refused request or garbage says nothing about this account, so
		 * it must not become "badauth". */
		err = ERR_UNAVAILABLE;
	}
	err_set(&why, err, "table %s: %s", op->store->table, error->why.text);
	op_finish(op, err, &why);
}

struct account *op_read_account(struct op *op, const json_t *item)
{
	struct errinfo why = ERRINFO_INIT;
	struct account *account;
	int err;

	if (item == NULL) {
		op_finish(op, ERR_NOTFOUND, NULL);
		return NULL;
	}
	err = item_to_account(item, op->store->zone, &account, &why);
	if (err == 0)
		return account;
	op_finish(op, err, &why);
	return NULL;
}

struct account *op_read_reply(struct op *op, int err, const json_t *reply,
			      const struct aws_error *error)
{
	if (err == 0)
		return op_read_account(op, json_object_get(reply, "Item"));
	op_finish_aws(op, error);
	return NULL;
}
