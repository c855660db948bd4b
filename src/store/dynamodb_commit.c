/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/dynamodb_commit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/rand.h"
#include "net/pseudonym.h"
#include "store/claim.h"
#include "store/dynamodb_op.h"
#include "store/item.h"
#include "store/item_request.h"

/* Each further try knows the claims that were in the way of the one before. */
enum { TRIES_MAX = 8 };
enum { TOKEN_BYTES = 16 }; /* 32 characters; AWS takes up to 36 */

/* One claim. */
struct step {
	struct fqdn name;
	enum commit_claim kind;
	json_t *item;		   /* as it is thought to be; NULL: there is none; owned */
	struct store_owners *gone; /* owners that do not have the name any more; owned; or NULL */
	size_t n_looked_at;	   /* owners of the item whose accounts were read */
	size_t action;		   /* its place in the request */
};

struct commit {
	bool is_alone, is_failed;
	commit_end_fn *end;
	commit_plain_fn *plain;
	json_t *actions; /* of the account; owned, wiped */
	size_t n_steps, cap_steps;
	struct step *steps;
	size_t from, to; /* the steps of the request under way */
	size_t at;	 /* the step whose owners are being looked up */
	char owner[ACCOUNT_USER_MAX + 1];
	unsigned n_tries;
};

static void wipe_content(json_t *content)
{
	item_wipe(json_object_get(content, "Item"), ITEM_PASS);
	item_wipe(json_object_get(content, "ExpressionAttributeValues"), ":" ITEM_PASS);
}

static void commit_free(void *part)
{
	struct commit *c = part;
	json_t *action, *content;
	const char *operation;
	size_t i;

	if (c == NULL)
		return;
	json_array_foreach(c->actions, i, action) {
		json_object_foreach(action, operation, content) {
			wipe_content(content);
		}
	}
	json_decref(c->actions);
	for (i = 0; i < c->n_steps; i++) {
		json_decref(c->steps[i].item);
		free(c->steps[i].gone);
	}
	free(c->steps);
	free(c);
}

int commit_new(struct op *op, bool is_alone, commit_end_fn *end, commit_plain_fn *plain)
{
	struct commit *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return ERR_NOMEM;
	op_own(op, c, commit_free);
	c->actions = json_array();
	c->is_failed = c->actions == NULL;
	c->is_alone = is_alone;
	c->end = end;
	c->plain = plain;
	return 0;
}

json_t *commit_action(const char *operation, json_t *content)
{
	json_t *action = json_object();

	if (json_object_set_new(action, operation, content) == 0)
		return action;
	json_decref(action);
	return NULL;
}

void commit_add(struct op *op, const char *operation, json_t *content)
{
	struct commit *c = op->part;

	if (json_array_append_new(c->actions, commit_action(operation, content)) != 0)
		c->is_failed = true;
}

void commit_add_claim(struct op *op, enum commit_claim kind, const struct fqdn *name)
{
	struct commit *c = op->part;
	struct step *more = c->steps;
	size_t cap = c->cap_steps;

	if (c->n_steps == cap) {
		cap = cap * 2 + 8;
		more = reallocarray(c->steps, cap, sizeof(*more));
	}
	if (more == NULL) {
		c->is_failed = true;
		return;
	}
	c->steps = more;
	c->cap_steps = cap;
	c->steps[c->n_steps++] = (struct step){.name = *name, .kind = kind};
}

/* Before anything was read: nobody else has the name. */
static bool guess_claims(struct op *op)
{
	struct commit *c = op->part;
	size_t i;

	for (i = 0; i < c->n_steps; i++) {
		if (c->steps[i].kind == COMMIT_JOIN || c->n_tries > 0)
			continue;
		json_decref(c->steps[i].item);
		c->steps[i].item = claim_of_one(op->user);
		if (c->steps[i].item == NULL)
			return false;
	}
	return true;
}

/* Who the claim should list. False: there is no room for us. */
static bool find_target(const struct op *op, const struct step *step, struct store_owners *ret)
{
	const char *joins = step->kind == COMMIT_PASS_ON ? op->to : op->user;
	size_t i;

	claim_owners(step->item, ret);
	for (i = 0; step->gone != NULL && i < step->gone->n; i++)
		store_owners_drop(ret, step->gone->users[i]);
	if (step->kind != COMMIT_JOIN)
		store_owners_drop(ret, op->user);
	if (step->kind == COMMIT_LEAVE)
		return true;
	store_owners_add(ret, joins);
	return store_owners_have(ret, joins);
}

json_t *commit_transaction(json_t *actions)
{
	unsigned char bytes[TOKEN_BYTES];
	char token[2 * TOKEN_BYTES + 1];
	json_t *request = json_object();
	size_t i;

	rand_bytes(bytes, sizeof(bytes));
	for (i = 0; i < sizeof(bytes); i++)
		snprintf(token + 2 * i, 3, "%02x", bytes[i]);
	if (json_object_set_new(request, "TransactItems", actions) == 0 &&
	    json_object_set_new(request, "ClientRequestToken", json_string(token)) == 0)
		return request;
	json_decref(request);
	return NULL;
}

/* Adds the action of a claim, if it has to be changed. */
static int add_step(const struct op *op, struct step *step, json_t *actions)
{
	struct store_owners owners;
	const char *operation;
	json_t *content;

	step->action = SIZE_MAX;
	find_target(op, step, &owners);
	if (owners.n == 0 && step->item == NULL)
		return 0;
	step->action = json_array_size(actions);
	content = claim_change(op->store->table, &step->name, step->item, &owners, &operation);
	return json_array_append_new(actions, commit_action(operation, content));
}

json_t *commit_request(struct op *op)
{
	struct commit *c = op->part;
	json_t *actions = c->from == 0 ? json_copy(c->actions) : json_array();
	int err = c->is_failed || !guess_claims(op) ? ERR_NOMEM : 0;

	for (c->to = c->from; c->to < c->n_steps && err == 0; c->to++) {
		if (json_array_size(actions) == COMMIT_ACTIONS_MAX)
			break;
		err = add_step(op, &c->steps[c->to], actions);
	}
	c->n_tries++;
	if (err == 0)
		return commit_transaction(actions);
	json_decref(actions);
	return NULL;
}

static void end_well(struct op *op)
{
	const struct commit *c = op->part;

	c->end(op, &(struct commit_result){.err = 0});
}

/* The account is written; what is left are claims of an account with more names than a transaction
 * can hold. */
static void end_with_rest(struct op *op, const struct aws_error *error)
{
	log_event(LOG_LEVEL_WARN, "claims are not right: \"mooringctl claims\" mends them",
		  LOG_FIELDS(LOG_USER(op->user), log_str("why", error->why.text)));
	end_well(op);
}

static void send_commit(struct op *op)
{
	op_continue(op, "TransactWriteItems", commit_request(op), commit_on_reply);
}

static void look_at_owners(struct op *op);

/* An owner whose account does not have the name any more, or is gone, is none. */
static void on_owner(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	struct commit *c = op->part;
	struct step *step = &c->steps[c->at];
	const json_t *item = json_object_get(reply, "Item");
	struct account *owner = NULL;
	bool has_name = false;

	if (err != 0) {
		op_finish_aws(op, error);
		return;
	}
	if (item != NULL && item_to_account(item, op->store->zone, &owner, NULL) == 0)
		has_name = account_may_have_host(owner, &step->name);
	account_free(owner);
	if (has_name && c->is_alone) {
		struct store_owners named = {.n = 0};
		struct errinfo why = ERRINFO_INIT;

		store_owners_add(&named, c->owner);
		op_finish(op, store_owners_refuse(&named, op->user, &step->name, &why), &why);
		return;
	}
	if (!has_name)
		store_owners_add(step->gone, c->owner);
	look_at_owners(op);
}

/* Whether the owners have to be looked up: none may have the name, or there is no room. */
static bool wants_owners(const struct op *op, const struct step *step)
{
	const struct commit *c = op->part;
	struct store_owners target;

	return (c->is_alone && step->kind == COMMIT_JOIN) || !find_target(op, step, &target);
}

/* True when there is an owner who was not looked up yet: its login is in c->owner. */
static bool next_owner(const struct op *op, struct step *step)
{
	struct commit *c = op->part;
	struct store_owners owners;

	if (!wants_owners(op, step))
		return false;
	claim_owners(step->item, &owners);
	while (step->n_looked_at < owners.n) {
		const char *owner = owners.users[step->n_looked_at++];

		if (strcmp(owner, op->user) == 0 || store_owners_have(step->gone, owner))
			continue;
		str_copy(c->owner, sizeof(c->owner), slice_of(owner));
		return true;
	}
	return false;
}

static bool has_room(struct op *op)
{
	const struct commit *c = op->part;
	struct errinfo why = ERRINFO_INIT;
	struct store_owners owners;
	size_t i;

	for (i = 0; i < c->n_steps; i++) {
		if (find_target(op, &c->steps[i], &owners))
			continue;
		err_set(&why, ERR_LIMIT, "%s has %d owners already", c->steps[i].name.text,
			STORE_OWNERS_MAX);
		op_finish(op, ERR_LIMIT, &why);
		return false;
	}
	return true;
}

/* A claim that somebody forgot about must not keep a name from everybody for ever. */
static void look_at_owners(struct op *op)
{
	struct commit *c = op->part;

	for (; c->at < c->n_steps; c->at++) {
		struct step *step = &c->steps[c->at];

		if (step->gone == NULL)
			step->gone = calloc(1, sizeof(*step->gone));
		if (step->gone == NULL) {
			op_finish(op, ERR_NOMEM, NULL);
			return;
		}
		if (next_owner(op, step)) {
			op_continue(op, "GetItem", item_request_get(op->store->table, c->owner),
				    on_owner);
			return;
		}
	}
	if (has_room(op))
		send_commit(op);
}

/* The reason why an action was not carried out, when its condition failed; else NULL. */
static const json_t *failed_reason(const struct aws_error *error, size_t action)
{
	const json_t *reason = json_array_get(error->reasons, action);
	const char *code = json_string_value(json_object_get(reason, "Code"));

	return code != NULL && strcmp(code, "ConditionalCheckFailed") == 0 ? reason : NULL;
}

/* Takes the claims that were in the way from the answer. False: none was. */
static bool learn_claims(struct commit *c, const struct aws_error *error)
{
	bool has_learnt = false;
	size_t i;

	for (i = c->from; i < c->to; i++) {
		const json_t *reason = failed_reason(error, c->steps[i].action);

		if (reason == NULL)
			continue;
		has_learnt = true;
		json_decref(c->steps[i].item);
		c->steps[i].item = json_deep_copy(json_object_get(reason, "Item"));
		c->steps[i].n_looked_at = 0;
	}
	return has_learnt;
}

static void on_canceled(struct op *op, const struct aws_error *error)
{
	struct commit *c = op->part;
	size_t i, n = c->from == 0 ? json_array_size(c->actions) : 0;

	for (i = 0; i < n; i++) {
		const json_t *reason = failed_reason(error, i);

		if (reason == NULL)
			continue;
		c->end(op, &(struct commit_result){.err = ERR_CONFLICT,
						   .action = i,
						   .item = json_object_get(reason, "Item"),
						   .attempts = error->attempts});
		return;
	}
	if (!learn_claims(c, error) || c->n_tries >= TRIES_MAX) {
		op_finish(op, ERR_CONFLICT, NULL);
		return;
	}
	c->at = 0;
	look_at_owners(op);
}

bool commit_is_unknown(struct op *op, const struct aws_error *error)
{
	if (strcmp(error->code, "UnknownOperationException") != 0)
		return false;
	if (!op->store->has_no_transactions)
		log_event(
			LOG_LEVEL_WARN,
			"the service has no transactions: names are not claimed, and two accounts "
			"may get the same one at the same moment",
			LOG_FIELDS(log_str("table", op->store->table)));
	op->store->has_no_transactions = true;
	return true;
}

void commit_on_plain_reply(struct op *op, int err, const json_t *reply,
			   const struct aws_error *error)
{
	const struct commit *c = op->part;

	(void)reply;
	if (err == ERR_CONFLICT)
		c->end(op, &(struct commit_result){
				   .err = err, .item = error->item, .attempts = error->attempts});
	else if (err != 0)
		op_finish_aws(op, error);
	else
		end_well(op);
}

void commit_on_reply(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	struct commit *c = op->part;

	(void)reply;
	if (err == 0 && c->to == c->n_steps) {
		end_well(op);
	} else if (err == 0) {
		c->from = c->to;
		send_commit(op);
	} else if (err == ERR_CONFLICT) {
		on_canceled(op, error);
	} else if (c->from > 0) {
		end_with_rest(op, error);
	} else if (!commit_is_unknown(op, error)) {
		op_finish_aws(op, error);
	} else {
		c->plain(op);
	}
}
