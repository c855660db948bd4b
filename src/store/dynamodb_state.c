/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/dynamodb_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/dynamodb_op.h"
#include "store/dynamodb_owed.h"
#include "store/item.h"
#include "store/item_request.h"
#include "store/overlay.h"

/* UpdateItem is not tried for this long after it was denied. A repaired policy is noticed within
 * this time. */
enum { DENIED_RETRY_MS = 5 * 60 * 1000 };

static void on_intend(struct op *op, int err, const json_t *reply, const struct aws_error *error);
static void on_memory_item(struct op *op, int err, const json_t *reply,
			   const struct aws_error *error);

bool state_keeps_in_memory(const struct dynamo *d)
{
	return d->is_in_memory && clock_mono_ms() < d->retry_at_ms;
}

static void enter_memory(struct dynamo *d, const struct aws_error *error)
{
	if (!d->is_in_memory)
		log_event(LOG_LEVEL_WARN,
			  "state is kept in memory: allow dynamodb:UpdateItem on the table",
			  LOG_FIELDS(log_str("table", d->table), log_str("why", error->why.text)));
	d->is_in_memory = true;
	d->retry_at_ms = clock_mono_ms() + DENIED_RETRY_MS;
}

void state_leave_memory(struct dynamo *d)
{
	if (d->is_in_memory)
		log_event(LOG_LEVEL_INFO, "state is kept in the table again",
			  LOG_FIELDS(log_str("table", d->table)));
	d->is_in_memory = false;
}

void state_go_on_in_memory(struct op *op, const struct aws_error *error)
{
	enter_memory(op->store, error);
	op_continue(op, "GetItem", item_request_get(op->store->table, op->user), on_memory_item);
}

/* The present state of a host: the one in memory, else the one of the account (may be NULL). */
static int current(const struct op *op, const struct account *account, const struct fqdn *name,
		   struct overlay_host *ret)
{
	const struct overlay_host *kept = overlay_find(op->store->overlay, op->user, name);
	const struct account_host *host;

	if (kept != NULL) {
		*ret = *kept;
		return 0;
	}
	host = account != NULL ? account_find_host(account, name) : NULL;
	if (host == NULL)
		return account != NULL && account_may_have_host(account, name) ? ERR_CONFLICT
									       : ERR_NOTFOUND;
	*ret = (struct overlay_host){.name = *name, .base = host->state, .state = host->state};
	return 0;
}

static int intend_in_memory(const struct op *op, const struct account *account)
{
	struct overlay_host hosts[ITEM_REQUEST_HOSTS_MAX];
	size_t i;
	int err;

	for (i = 0; i < op->n_intents; i++) {
		const struct store_intent *intent = &op->intents[i];

		err = current(op, account, &intent->name, &hosts[i]);
		if (err != 0)
			return err;
		if (!store_intent_fits(intent, &hosts[i].state))
			return ERR_CONFLICT;
		store_intent_apply(intent, &hosts[i].state);
	}
	return overlay_put(op->store->overlay, op->user, hosts, op->n_intents);
}

static int confirm_in_memory(const struct op *op, const struct account *account)
{
	struct overlay_host host;
	int err = current(op, account, &op->confirm.name, &host);

	if (err != 0)
		return err;
	if (!store_confirm_fits(&op->confirm, &host.state))
		return ERR_CONFLICT;
	store_confirm_apply(&op->confirm, &host.state);
	return overlay_put(op->store->overlay, op->user, &host, 1);
}

static void on_memory_item(struct op *op, int err, const json_t *reply,
			   const struct aws_error *error)
{
	struct account *account = op_read_reply(op, err, reply, error);

	if (account == NULL)
		return;
	overlay_merge(op->store->overlay, account);
	err = op->n_intents > 0 ? intend_in_memory(op, account) : confirm_in_memory(op, account);
	account_free(account);
	op_finish(op, err, NULL);
}

/* What UpdateItem shall write. A host that memory has is written as a whole, on top of what the
 * table had when memory took over. */
static void fill_intents(const struct op *op, struct item_intent out[ITEM_REQUEST_HOSTS_MAX])
{
	const struct overlay_host *kept;
	size_t i;

	for (i = 0; i < op->n_intents; i++) {
		const struct store_intent *intent = &op->intents[i];

		out[i] = (struct item_intent){.name = intent->name, .base = intent->expect};
		kept = overlay_find(op->store->overlay, op->user, &intent->name);
		if (kept != NULL) {
			out[i].base = kept->base;
			out[i].state = kept->state;
			out[i].is_whole = true;
		}
		store_intent_apply(intent, &out[i].state);
	}
}

/* item: see item_request_intend(). */
static json_t *intend_request(const struct op *op, const json_t *item)
{
	struct item_intent intents[ITEM_REQUEST_HOSTS_MAX];

	fill_intents(op, intents);
	return owed_intend(
		op, item_request_intend(op->store->table, op->user, intents, op->n_intents, item));
}

json_t *state_request(const struct op *op, const json_t *item)
{
	struct item_intent intents[ITEM_REQUEST_HOSTS_MAX];

	if (item_map(json_object_get(item, ITEM_STATE)) != NULL)
		return intend_request(op, item);
	fill_intents(op, intents);
	return owed_intend(
		op, item_request_intend_first(op->store->table, op->user, intents, op->n_intents));
}

/* The item has no `state` map yet, which is possible only when no host has a seq in the table. */
static bool retry_as_first(struct op *op)
{
	struct item_intent intents[ITEM_REQUEST_HOSTS_MAX];
	size_t i;

	if (op->is_first)
		return false;
	fill_intents(op, intents);
	for (i = 0; i < op->n_intents; i++)
		if (intents[i].base.seq > 0)
			return false;
	op->is_first = true;
	op_continue(op, "UpdateItem",
		    owed_intend(op, item_request_intend_first(op->store->table, op->user, intents,
							      op->n_intents)),
		    on_intend);
	return true;
}

static bool has_all_hosts(const struct op *op, const struct account *account)
{
	size_t i;

	for (i = 0; i < op->n_intents; i++)
		if (!account_may_have_host(account, &op->intents[i].name))
			return false;
	return true;
}

/* The table has the state now, so the copy in memory is dropped. A host that was removed from the
 * account at the same moment has left an entry in `state` that nobody reads, and must not be
 * published. */
static void finish_intended(struct op *op, const json_t *item)
{
	struct account *account = NULL;
	bool is_whole = true;
	size_t i;

	for (i = 0; i < op->n_intents; i++)
		overlay_drop(op->store->overlay, op->user, &op->intents[i].name);
	owed_note(op, item);
	if (item != NULL) {
		account = op_read_account(op, item);
		if (account == NULL)
			return;
		is_whole = has_all_hosts(op, account);
		account_free(account);
	}
	op_finish(op, is_whole ? 0 : ERR_CONFLICT, NULL);
}

/* The condition may have failed because of our own first attempt, whose answer was lost: then the
 * item holds exactly what we wanted. Should it be another daemon that wanted the same, nothing is
 * lost either: both publish it. */
static bool is_intended(const struct op *op, const struct account *account)
{
	size_t i;

	for (i = 0; i < op->n_intents; i++) {
		const struct store_intent *intent = &op->intents[i];
		const struct account_host *host = account_find_host(account, &intent->name);

		if (host == NULL || host->state.seq != store_intent_seq(intent) ||
		    !addr_pair_equal(&host->state.want, &intent->want))
			return false;
	}
	return true;
}

/* All is as expected: only its spelling was not, or somebody put back meanwhile what was there. */
bool state_is_as_expected(const struct op *op, const struct account *account)
{
	struct item_intent intents[ITEM_REQUEST_HOSTS_MAX];
	size_t i;

	fill_intents(op, intents);
	for (i = 0; i < op->n_intents; i++) {
		const struct account_host *host = account_find_host(account, &intents[i].name);
		struct store_intent base = {.expect = intents[i].base};

		if (host == NULL || !store_intent_fits(&base, &host->state))
			return false;
	}
	return op->n_intents > 0;
}

/* What stands in the place of the state of one of the hosts is not ours: it has no seq that could
 * be compared, and is not to be overwritten. */
static bool is_blocked(const struct op *op, const struct account *account)
{
	size_t i;

	if ((account->flaws & ACCOUNT_FLAW_STATE) == 0)
		return false;
	for (i = 0; i < op->n_intents; i++) {
		const struct account_host *host = account_find_host(account, &op->intents[i].name);

		if (host != NULL && host->state.seq == 0)
			return true;
	}
	return false;
}

/* Why the condition failed, by the item as it is. */
static void state_judge(struct op *op, const json_t *item)
{
	struct account *account = op_read_account(op, item);
	bool is_ours, is_there, is_spelt_otherwise;
	int err;

	if (account == NULL)
		return;
	if (is_blocked(op, account)) {
		err = intend_in_memory(op, account);
		account_free(account);
		op_finish(op, err, NULL);
		return;
	}
	is_ours = op->n_intents > 0 && op->may_be_echo && is_intended(op, account);
	is_spelt_otherwise = !op->is_as_read && state_is_as_expected(op, account);
	is_there = op->n_intents > 0 || account_may_have_host(account, &op->confirm.name);
	account_free(account);
	if (is_ours) {
		finish_intended(op, NULL);
	} else if (is_spelt_otherwise) {
		op->is_as_read = true;
		op_continue(op, "UpdateItem", intend_request(op, item), on_intend);
	} else {
		op_finish(op, is_there ? ERR_CONFLICT : ERR_NOTFOUND, NULL);
	}
}

static void on_judged_item(struct op *op, int err, const json_t *reply,
			   const struct aws_error *error)
{
	if (err != 0)
		op_finish_aws(op, error);
	else
		state_judge(op, json_object_get(reply, "Item"));
}

/* No item in the answer: there is none, or the service does not know ALL_OLD. */
static void on_conflict(struct op *op, const struct aws_error *error)
{
	op->may_be_echo = error->attempts != 1;
	if (error->item != NULL)
		state_judge(op, error->item);
	else
		op_continue(op, "GetItem", item_request_get(op->store->table, op->user),
			    on_judged_item);
}

static void on_intend(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	if (err == 0) {
		state_leave_memory(op->store);
		finish_intended(op, json_object_get(reply, "Attributes"));
	} else if (err == ERR_CONFLICT) {
		state_leave_memory(op->store);
		on_conflict(op, error);
	} else if (err == ERR_DENIED && !table_is_kms(error)) {
		state_go_on_in_memory(op, error);
	} else if (strcmp(error->code, "ValidationException") != 0 || !retry_as_first(op)) {
		op_finish_aws(op, error);
	}
}

/* False: somebody took the host out of the item and left its state there. */
static bool names_host(const struct op *op, const json_t *item)
{
	struct account *account;
	bool is_there;

	if (item == NULL || item_to_account(item, op->store->zone, &account, NULL) != 0)
		return true;
	is_there = account_may_have_host(account, &op->confirm.name);
	account_free(account);
	return is_there;
}

static json_t *confirm_request(struct op *op)
{
	return owed_confirm(op, item_request_confirm(op->store->table, op->user, &op->confirm));
}

static void on_confirm(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	const json_t *item = json_object_get(reply, "Attributes");

	if (err == 0 || err == ERR_CONFLICT)
		state_leave_memory(op->store);
	if (err == 0) {
		owed_confirmed(op, item);
		op_finish(op, names_host(op, item) ? 0 : ERR_NOTFOUND, NULL);
	} else if (err == ERR_CONFLICT && owed_is_to_repeat(op, error)) {
		op_continue(op, "UpdateItem", confirm_request(op), on_confirm);
	} else if (err == ERR_CONFLICT)
		on_conflict(op, error);
	else if (err == ERR_DENIED && !table_is_kms(error))
		state_go_on_in_memory(op, error);
	else
		op_finish_aws(op, error);
}

/* True when the table need not be asked: all hosts are in memory and the table is not to be tried,
 * or one of them is in memory and not as expected. */
static bool is_for_memory(const struct op *op, bool *ret_conflict)
{
	const struct overlay_host *kept;
	size_t i, n_kept = 0;

	*ret_conflict = false;
	for (i = 0; i < op->n_intents; i++) {
		kept = overlay_find(op->store->overlay, op->user, &op->intents[i].name);
		n_kept += kept != NULL;
		if (kept != NULL && !store_intent_fits(&op->intents[i], &kept->state))
			*ret_conflict = true;
	}
	return *ret_conflict || (n_kept == op->n_intents && state_keeps_in_memory(op->store));
}

void state_intend(struct op *op)
{
	op_continue(op, "UpdateItem", intend_request(op, NULL), on_intend);
}

int state_op_new(struct store *s, const char *user, const struct store_intent *intents, size_t n,
		 void *arg, struct op **ret)
{
	struct op *op;
	int err;

	if (n == 0 || n > ITEM_REQUEST_HOSTS_MAX)
		return ERR_LIMIT;
	err = op_new(s, user, arg, &op);
	if (err != 0)
		return err;
	op->intents = calloc(n, sizeof(*intents));
	if (op->intents == NULL) {
		op_discard(op);
		return ERR_NOMEM;
	}
	memcpy(op->intents, intents, n * sizeof(*intents));
	op->n_intents = n;
	*ret = op;
	return 0;
}

int dynamodb_intend(struct store *s, const char *user, const struct store_intent *intents, size_t n,
		    store_done_fn *done, void *arg)
{
	struct dynamo *d = (struct dynamo *)s;
	bool is_conflict;
	struct op *op;
	int err = state_op_new(s, user, intents, n, arg, &op);

	if (err != 0)
		return err;
	op->done = done;
	if (account_check_user(slice_of(op->user), NULL) != 0)
		return op_defer(op, ERR_NOTFOUND);
	if (is_for_memory(op, &is_conflict))
		return op_defer(op, is_conflict ? ERR_CONFLICT : intend_in_memory(op, NULL));
	if (state_keeps_in_memory(d))
		return op_start(op, "GetItem", item_request_get(d->table, op->user),
				on_memory_item);
	return op_start(op, "UpdateItem", intend_request(op, NULL), on_intend);
}

int dynamodb_confirm(struct store *s, const char *user, const struct store_confirm *c,
		     store_done_fn *done, void *arg)
{
	struct dynamo *d = (struct dynamo *)s;
	struct op *op;
	int err;

	err = op_new(s, user, arg, &op);
	if (err != 0)
		return err;
	op->done = done;
	op->confirm = *c;
	if (account_check_user(slice_of(op->user), NULL) != 0)
		return op_defer(op, ERR_NOTFOUND);
	if (overlay_find(d->overlay, op->user, &c->name) != NULL)
		return op_defer(op, confirm_in_memory(op, NULL));
	if (state_keeps_in_memory(d))
		return op_start(op, "GetItem", item_request_get(d->table, op->user),
				on_memory_item);
	return op_start(op, "UpdateItem", confirm_request(op), on_confirm);
}
