/* SPDX-License-Identifier: BSD-2-Clause
 * The account and the other owners of its names are read; then one transaction writes the intents,
 * marks the state of the others as over, and counts on the claim of a name that the account changes
 * for the first time. Each of these has the condition that it is as it was read. So of two accounts
 * that change a name at the same moment one reads again, and sees the other's change. */
#include "store/dynamodb_shared.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/claim.h"
#include "store/dynamodb_commit.h"
#include "store/dynamodb_op.h"
#include "store/dynamodb_state.h"
#include "store/item.h"
#include "store/item_request.h"
#include "store/overlay.h"

/* Other accounts that one transaction can mark, beside the account itself and its names' claims. */
enum { OTHERS_MAX = COMMIT_HOSTS_MAX - ITEM_REQUEST_HOSTS_MAX };
/* A permission that is missing is not found again by asking often. */
enum { UNTOLD_RETRY_MS = 5 * 60 * 1000 };

struct sharing {
	size_t n_owners;
	struct store_owners *owners; /* of the names of the intents; owned */
	size_t n_others, at;
	char (*others)[ACCOUNT_USER_MAX + 1]; /* owned; at: the one that is being read */
	json_t *item;	 /* what decides of the account, as it was read; owned */
	json_t *actions; /* of the others; owned, until they are sent */
};

static void sharing_free(void *part)
{
	struct sharing *sh = part;

	json_decref(sh->item);
	json_decref(sh->actions);
	free(sh->owners);
	free(sh->others);
	free(sh);
}

static bool has_other(const struct sharing *sh, const char *user)
{
	size_t i;

	for (i = 0; i < sh->n_others; i++)
		if (strcmp(sh->others[i], user) == 0)
			return true;
	return false;
}

/* False: they are too many. */
static bool list_others(struct sharing *sh, const char *user)
{
	size_t i, k;

	for (i = 0; i < sh->n_owners; i++)
		for (k = 0; k < sh->owners[i].n; k++) {
			const char *other = sh->owners[i].users[k];

			if (strcmp(other, user) == 0 || has_other(sh, other))
				continue;
			if (sh->n_others == OTHERS_MAX)
				return false;
			str_copy(sh->others[sh->n_others++], sizeof(sh->others[0]),
				 slice_of(other));
		}
	return true;
}

static int sharing_new(const struct store_owners *owners, size_t n, const char *user,
		       struct sharing **ret)
{
	struct sharing *sh = calloc(1, sizeof(*sh));
	int err = ERR_NOMEM;

	if (sh == NULL)
		return ERR_NOMEM;
	sh->item = json_object();
	sh->actions = json_array();
	sh->owners = calloc(n, sizeof(*owners));
	sh->others = calloc(OTHERS_MAX, sizeof(*sh->others));
	if (sh->item != NULL && sh->actions != NULL && sh->owners != NULL && sh->others != NULL) {
		memcpy(sh->owners, owners, n * sizeof(*owners));
		sh->n_owners = n;
		err = list_others(sh, user) ? 0 : ERR_LIMIT;
	}
	if (err != 0) {
		sharing_free(sh);
		return err;
	}
	*ret = sh;
	return 0;
}

/* Takes content, which may be NULL. */
static int add_action(struct sharing *sh, json_t *content)
{
	return json_array_append_new(sh->actions, commit_action("Update", content));
}

/* A policy may deny the transaction and allow the plain write, which keeps the state in the table;
 * if it denies that, too, the state goes to memory. */
static void go_on_untold(struct op *op, const struct aws_error *error)
{
	struct dynamo *d = op->store;

	if (d->untold_until_ms == 0)
		log_event(LOG_LEVEL_WARN,
			  "accounts with one name are not told of each other's changes: allow "
			  "dynamodb:UpdateItem in transactions on the table",
			  LOG_FIELDS(log_str("table", d->table), log_str("why", error->why.text)));
	d->untold_until_ms = clock_mono_ms() + UNTOLD_RETRY_MS;
	state_intend(op);
}

static void on_shared(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	size_t i;

	(void)reply;
	if (err == 0) {
		state_leave_memory(op->store);
		op->store->untold_until_ms = 0;
		for (i = 0; i < op->n_intents; i++)
			overlay_drop(op->store->overlay, op->user, &op->intents[i].name);
		op_finish(op, 0, NULL);
	} else if (err == ERR_CONFLICT) {
		op_finish(op, ERR_CONFLICT, NULL);
	} else if (err == ERR_DENIED && !table_is_kms(error)) {
		go_on_untold(op, error);
	} else if (commit_is_unknown(op, error)) {
		state_intend(op);
	} else {
		op_finish_aws(op, error);
	}
}

/* Whoever changes a name for the first time has no state that another owner could have marked: it
 * counts on the claim. */
static int count_first_changes(struct op *op)
{
	struct sharing *sh = op->part;
	size_t i;
	int err = 0;

	for (i = 0; i < op->n_intents && err == 0; i++)
		if (op->intents[i].expect.seq == 0 && sh->owners[i].n > 0)
			err = add_action(sh,
					 claim_first_change(op->store->table, &op->intents[i].name,
							    &sh->owners[i]));
	return err;
}

/* By now it is known which of the intents are over. It is the first action. */
static int add_own_intents(struct op *op)
{
	struct sharing *sh = op->part;
	json_t *request = item_request_if_hosts(state_request(op, sh->item), sh->item);

	json_object_del(request, "ReturnValues");
	return json_array_insert_new(sh->actions, 0, commit_action("Update", request));
}

static void send_shared(struct op *op)
{
	struct sharing *sh = op->part;
	json_t *actions = sh->actions;

	if (add_own_intents(op) != 0 || count_first_changes(op) != 0) {
		op_finish(op, ERR_NOMEM, NULL);
		return;
	}
	sh->actions = NULL;
	op_continue(op, "TransactWriteItems", commit_transaction(actions), on_shared);
}

/* Whether other has to know of intent i. Who may not have seen yet that we are an owner, too, is
 * marked in any case: what it is about to write is then not as expected. */
static bool is_to_mark(const struct op *op, size_t i, const struct host_state *other)
{
	const struct sharing *sh = op->part;
	const struct store_intent *intent = &op->intents[i];

	if (intent->expect.seq == 0 || sh->owners[i].has_joined)
		return true;
	return store_intent_clashes(intent, &other->want);
}

/* The names of the intents of which other has to know; returns how many. Where other was asked for
 * something later than an intent's, the intent is over before it begins. */
static size_t find_marks(struct op *op, const struct account *other,
			 struct item_mark marks[ITEM_REQUEST_HOSTS_MAX])
{
	size_t i, n = 0;

	for (i = 0; i < op->n_intents; i++) {
		struct store_intent *intent = &op->intents[i];
		const struct account_host *host = account_find_host(other, &intent->name);

		if (host == NULL || host->state.seq == 0)
			continue;
		if (store_intent_is_earlier(intent, &host->state))
			intent->is_over = true;
		else if (is_to_mark(op, i, &host->state))
			marks[n++] = (struct item_mark){host->name, host->state.seq};
	}
	return n;
}

static void on_other(struct op *op, int err, const json_t *reply, const struct aws_error *error);

static void read_others(struct op *op)
{
	struct sharing *sh = op->part;

	if (sh->at < sh->n_others)
		op_continue(op, "GetItem", item_request_get(op->store->table, sh->others[sh->at]),
			    on_other);
	else
		send_shared(op);
}

/* A claim may list somebody who has lost the name. */
static void on_other(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	struct item_mark marks[ITEM_REQUEST_HOSTS_MAX];
	struct sharing *sh = op->part;
	const json_t *item = json_object_get(reply, "Item");
	struct account *other = NULL;
	size_t n = 0;

	if (err != 0) {
		op_finish_aws(op, error);
		return;
	}
	if (item != NULL && item_to_account(item, op->store->zone, &other, NULL) == 0)
		n = find_marks(op, other, marks);
	account_free(other);
	if (n > 0)
		err = add_action(sh,
				 item_request_mark(op->store->table, sh->others[sh->at], marks, n));
	sh->at++;
	if (err != 0)
		op_finish(op, ERR_NOMEM, NULL);
	else
		read_others(op);
}

/* Without the secret. */
static int keep_item(struct sharing *sh, const json_t *item)
{
	static const char *const members[] = {ITEM_HOST, ITEM_STATE};
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(members) / sizeof(members[0]) && err == 0; i++) {
		json_t *value = json_object_get(item, members[i]);

		if (value != NULL)
			err = json_object_set(sh->item, members[i], value);
	}
	return err;
}

/* Foreign texts in the place of a state are none of ours: the plain verb knows what to do. */
static void on_own(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	const json_t *item = json_object_get(reply, "Item");
	struct account *account = op_read_reply(op, err, reply, error);
	bool is_expected, is_foreign;
	struct sharing *sh = op->part;

	if (account == NULL)
		return;
	is_expected = state_is_as_expected(op, account);
	is_foreign = (account->flaws & ACCOUNT_FLAW_STATE) != 0;
	account_free(account);
	if (is_foreign || !is_expected) {
		if (is_foreign)
			state_intend(op);
		else
			op_finish(op, ERR_CONFLICT, NULL);
		return;
	}
	if (keep_item(sh, item) != 0)
		op_finish(op, ERR_NOMEM, NULL);
	else
		read_others(op);
}

/* A host that has a state is marked by whoever changes its name, and a condition on the state tells
 * that. So only a first change, or other owners, need a transaction. */
static bool needs_no_transaction(const char *user, const struct store_intent *intents,
				 const struct store_owners *owners, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (intents[i].expect.seq == 0 || store_owners_others(&owners[i], user) > 0)
			return false;
	return true;
}

int dynamodb_intend_claimed(struct store *s, const char *user, const struct store_intent *intents,
			    const struct store_owners *owners, size_t n, store_done_fn *done,
			    void *arg)
{
	struct dynamo *d = (struct dynamo *)s;
	struct sharing *sh;
	struct op *op;
	int err;

	if (needs_no_transaction(user, intents, owners, n) || d->has_no_transactions ||
	    clock_mono_ms() < d->untold_until_ms || state_keeps_in_memory(d))
		return dynamodb_intend(s, user, intents, n, done, arg);
	err = sharing_new(owners, n, user, &sh);
	if (err == ERR_LIMIT)
		return dynamodb_intend(s, user, intents, n, done, arg);
	if (err != 0)
		return err;
	err = state_op_new(s, user, intents, n, arg, &op);
	if (err != 0) {
		sharing_free(sh);
		return err;
	}
	op_own(op, sh, sharing_free);
	op->done = done;
	if (account_check_user(slice_of(op->user), NULL) != 0)
		return op_defer(op, ERR_NOTFOUND);
	return op_start(op, "GetItem", item_request_get(d->table, op->user), on_own);
}
