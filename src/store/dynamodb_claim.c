/* SPDX-License-Identifier: BSD-2-Clause
 * A claim by itself is read, and then written if it still is what was read. */
#include "store/dynamodb_claim.h"

#include <stdlib.h>
#include <string.h>

#include "store/claim.h"
#include "store/dynamodb_commit.h"
#include "store/dynamodb_op.h"
#include "store/item.h"
#include "store/item_request.h"

/* A claim that others change at the same moment is read again so many times. */
enum { CLAIM_READS_MAX = 8 };

/* The claim that a verb is about. */
struct claiming {
	struct fqdn name;
	struct store_owners owners; /* as they shall be */
	json_t *item;		    /* as it was read, while owners are looked at; owned */
	size_t at;		    /* the owner that is being read */
};

static void claiming_free(void *part)
{
	struct claiming *c = part;

	if (c != NULL)
		json_decref(c->item);
	free(c);
}

static int claiming_new(struct store *s, const struct fqdn *name, const char *user, void *arg,
			struct op **ret)
{
	struct claiming *c = calloc(1, sizeof(*c));
	int err = c == NULL ? ERR_NOMEM : op_new(s, user, arg, ret);

	if (err != 0) {
		free(c);
		return err;
	}
	c->name = *name;
	op_own(*ret, c, claiming_free);
	return 0;
}

static json_t *read_request(const struct op *op)
{
	const struct claiming *c = op->part;
	char key[CLAIM_KEY_SIZE];

	return item_request_get(op->store->table, claim_key(&c->name, key));
}

/* What is not as we write it is no claim: the next change of the name makes it one. */
static void on_owners(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	struct store_owners owners;

	if (err != 0) {
		op_finish_aws(op, error);
		return;
	}
	if (!claim_owners(json_object_get(reply, "Item"), &owners))
		owners.n = 0;
	op_finish_owners(op, &owners);
}

int dynamodb_owners(struct store *s, const struct fqdn *name, store_owners_fn *done, void *arg)
{
	struct op *op;
	int err = claiming_new(s, name, "", arg, &op);

	if (err != 0)
		return err;
	op->told = done;
	return op_start(op, "GetItem", read_request(op), on_owners);
}

static void on_claim_read(struct op *op, int err, const json_t *reply,
			  const struct aws_error *error);

static void on_claim_written(struct op *op, int err, const json_t *reply,
			     const struct aws_error *error)
{
	const struct claiming *c = op->part;

	(void)reply;
	if (err == 0 && op->told != NULL)
		op_finish_owners(op, &c->owners);
	else if (err == 0)
		op_finish(op, 0, NULL);
	else if (err != ERR_CONFLICT)
		op_finish_aws(op, error);
	else if (++op->n_reads > CLAIM_READS_MAX)
		op_finish(op, ERR_CONFLICT, NULL);
	else
		op_continue(op, "GetItem", read_request(op), on_claim_read);
}

static void write_claim(struct op *op, const json_t *item)
{
	const struct claiming *c = op->part;
	const char *operation;
	json_t *request = claim_change(op->store->table, &c->name, item, &c->owners, &operation);

	op_continue(op, strcmp(operation, "Update") == 0 ? "UpdateItem" : "DeleteItem", request,
		    on_claim_written);
}

static int refuse_owner(const struct op *op, struct errinfo *why)
{
	const struct claiming *c = op->part;

	return err_set(why, ERR_LIMIT, "%s has %d owners already", c->name.text, STORE_OWNERS_MAX);
}

static void look_at_owner(struct op *op);

static void on_owner_read(struct op *op, int err, const json_t *reply,
			  const struct aws_error *error)
{
	struct claiming *c = op->part;
	const json_t *item = json_object_get(reply, "Item");
	struct account *owner = NULL;

	if (err != 0) {
		op_finish_aws(op, error);
		return;
	}
	if (item != NULL && item_to_account(item, op->store->zone, &owner, NULL) == 0 &&
	    account_may_have_host(owner, &c->name))
		c->at++;
	else
		store_owners_drop(&c->owners, c->owners.users[c->at]);
	account_free(owner);
	look_at_owner(op);
}

/* A claim that is full may list accounts that are gone, or have lost the name: those make room. */
static void look_at_owner(struct op *op)
{
	struct claiming *c = op->part;
	struct errinfo why = ERRINFO_INIT;

	if (c->at < c->owners.n) {
		op_continue(op, "GetItem",
			    item_request_get(op->store->table, c->owners.users[c->at]),
			    on_owner_read);
		return;
	}
	store_owners_add(&c->owners, op->user);
	if (store_owners_have(&c->owners, op->user))
		write_claim(op, c->item);
	else
		op_finish(op, refuse_owner(op, &why), &why);
}

static void look_at_owners(struct op *op, const json_t *item)
{
	struct claiming *c = op->part;

	json_decref(c->item);
	c->item = json_deep_copy(item);
	c->at = 0;
	if (c->item == NULL)
		op_finish(op, ERR_NOMEM, NULL);
	else
		look_at_owner(op);
}

static void join_claim(struct op *op, const json_t *item, bool is_plain)
{
	struct claiming *c = op->part;

	if (is_plain && store_owners_have(&c->owners, op->user)) {
		op_finish_owners(op, &c->owners);
		return;
	}
	store_owners_add(&c->owners, op->user);
	c->owners.has_joined = true;
	if (store_owners_have(&c->owners, op->user))
		write_claim(op, item);
	else
		look_at_owners(op, item);
}

static void leave_claim(struct op *op, const json_t *item)
{
	struct claiming *c = op->part;

	if (item == NULL || (c->owners.n > 0 && !store_owners_have(&c->owners, op->user))) {
		op_finish(op, 0, NULL);
		return;
	}
	store_owners_drop(&c->owners, op->user);
	write_claim(op, item);
}

static void on_claim_read(struct op *op, int err, const json_t *reply,
			  const struct aws_error *error)
{
	struct claiming *c = op->part;
	const json_t *item = json_object_get(reply, "Item");
	bool is_plain;

	if (err != 0) {
		op_finish_aws(op, error);
		return;
	}
	is_plain = claim_owners(item, &c->owners);
	if (op->told != NULL)
		join_claim(op, item, is_plain);
	else
		leave_claim(op, item);
}

int dynamodb_claim(struct store *s, const struct fqdn *name, const char *user,
		   store_owners_fn *done, void *arg)
{
	struct op *op;
	int err = claiming_new(s, name, user, arg, &op);

	if (err != 0)
		return err;
	op->told = done;
	return op_start(op, "GetItem", read_request(op), on_claim_read);
}

int dynamodb_unclaim(struct store *s, const struct fqdn *name, const char *user,
		     store_done_fn *done, void *arg)
{
	struct op *op;
	int err = claiming_new(s, name, user, arg, &op);

	if (err != 0)
		return err;
	op->done = done;
	return op_start(op, "GetItem", read_request(op), on_claim_read);
}

static void on_complete(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	if (err != 0)
		op_finish_aws(op, error);
	else
		op_finish_decided(op, json_object_get(reply, "Item") != NULL);
}

int dynamodb_claims_complete(struct store *s, store_decided_fn *done, void *arg)
{
	struct op *op;
	int err = op_new(s, "", arg, &op);

	if (err != 0)
		return err;
	op->decided = done;
	return op_start(op, "GetItem", item_request_get(op->store->table, CLAIM_COMPLETE),
			on_complete);
}

static void on_set_complete(struct op *op, int err, const json_t *reply,
			    const struct aws_error *error)
{
	struct errinfo why = ERRINFO_INIT;

	(void)reply;
	if (err == 0)
		op_finish(op, 0, NULL);
	else if (!commit_is_unknown(op, error))
		op_finish_aws(op, error);
	else
		op_finish(op,
			  err_set(&why, ERR_REFUSED,
				  "table %s: without transactions claims cannot be kept right",
				  op->store->table),
			  &why);
}

/* As a transaction, because those who rely on it have to have these. */
static json_t *complete_request(const struct op *op)
{
	json_t *actions = json_array();

	if (json_array_append_new(actions,
				  commit_action("Put", claim_complete(op->store->table))) == 0)
		return commit_transaction(actions);
	json_decref(actions);
	return NULL;
}

int dynamodb_set_claims_complete(struct store *s, store_done_fn *done, void *arg)
{
	struct op *op;
	int err = op_new(s, "", arg, &op);

	if (err != 0)
		return err;
	op->done = done;
	return op_start(op, "TransactWriteItems", complete_request(op), on_set_complete);
}
