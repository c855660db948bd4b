/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/dynamodb.h"

#include <stdlib.h>
#include <string.h>

#include "account/secret.h"
#include "base/container_of.h"
#include "store/dynamodb_claim.h"
#include "store/dynamodb_empty.h"
#include "store/dynamodb_history.h"
#include "store/dynamodb_list.h"
#include "store/dynamodb_notice.h"
#include "store/dynamodb_op.h"
#include "store/dynamodb_owed.h"
#include "store/dynamodb_put.h"
#include "store/dynamodb_reading.h"
#include "store/dynamodb_rename.h"
#include "store/dynamodb_secret.h"
#include "store/dynamodb_shared.h"
#include "store/dynamodb_state.h"
#include "store/item.h"
#include "store/item_request.h"
#include "store/notice_item.h"
#include "store/overlay.h"

/* AWS's grammar of a table name. */
enum { TABLE_NAME_MIN = 3, TABLE_NAME_MAX = 255 };
/* Hosts whose state is kept in memory, about 350 bytes each. Beyond that number the accounts that
 * were updated longest ago lose their state in memory, and publish once more. */
enum { OVERLAY_HOSTS_MAX = 16384 };

static void on_lookup(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	struct account *account = op_read_reply(op, err, reply, error);

	if (account == NULL)
		return;
	overlay_merge(op->store->overlay, account);
	op_finish_found(op, account);
}

/* The item of a partial account. */
struct item_rest {
	struct account_rest rest;
	json_t *item;
};

static void item_rest_free(struct account_rest *rest)
{
	struct item_rest *r = CONTAINER_OF(rest, struct item_rest, rest);

	json_decref(r->item);
	free(r);
}

static int keep_item(struct account *a, json_t *item)
{
	struct item_rest *r = malloc(sizeof(*r));

	if (r == NULL)
		return ERR_NOMEM;
	*r = (struct item_rest){.rest.free = item_rest_free, .item = json_incref(item)};
	a->rest = &r->rest;
	return 0;
}

static int dynamodb_read_rest(struct store *s, struct account *a)
{
	struct dynamo *d = (struct dynamo *)s;
	struct item_rest *r = CONTAINER_OF(a->rest, struct item_rest, rest);
	int err = item_read_rest(r->item, d->zone, a);

	a->rest = NULL;
	item_rest_free(&r->rest);
	if (err == 0)
		overlay_merge(d->overlay, a);
	return err;
}

/* Of a login that does not exist: an item all the same, which is read and then forgotten. */
static json_t *make_dummy_item(const char *user)
{
	json_t *item = json_object();

	if (json_object_set_new(item, ITEM_USER, item_string(user)) == 0 &&
	    json_object_set_new(item, ITEM_PASS, item_string(SECRET_OF_NOBODY)) == 0)
		return item;
	json_decref(item);
	return NULL;
}

static void on_credential(struct op *op, int err, const json_t *reply,
			  const struct aws_error *error)
{
	const json_t *found = json_object_get(reply, "Item");
	struct errinfo why = ERRINFO_INIT;
	struct account *account = NULL;
	json_t *item;

	if (err != 0) {
		op_finish_aws(op, error);
		return;
	}
	item = found != NULL ? json_incref((json_t *)(uintptr_t)found) : make_dummy_item(op->user);
	err = item != NULL ? item_to_credential(item, &account, &why) : ERR_NOMEM;
	if (err == 0)
		err = keep_item(account, item);
	json_decref(item);
	if (err == 0 && found != NULL) {
		op_finish_found(op, account);
		return;
	}
	account_free(account);
	if (err == 0)
		op_finish(op, ERR_NOTFOUND, NULL);
	else
		op_finish(op, err, why.code != 0 ? &why : NULL);
}

static int start_get(struct store *s, const char *user, store_lookup_fn *done, void *arg,
		     op_step_fn *step)
{
	struct op *op;
	int err = op_new(s, user, arg, &op);

	if (err != 0)
		return err;
	op->found = done;
	/* The login comes from the network, and DynamoDB refuses some texts as a key. */
	if (account_check_user(slice_of(op->user), NULL) != 0)
		return op_defer(op, ERR_NOTFOUND);
	return op_start(op, "GetItem", item_request_get(op->store->table, op->user), step);
}

static int dynamodb_lookup(struct store *s, const char *user, store_lookup_fn *done, void *arg)
{
	return start_get(s, user, done, arg, on_lookup);
}

static int dynamodb_credential(struct store *s, const char *user, store_lookup_fn *done, void *arg)
{
	return start_get(s, user, done, arg, on_credential);
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

static const struct store_claim_ops claim_ops = {
	.claim = dynamodb_claim,
	.unclaim = dynamodb_unclaim,
	.intend = dynamodb_intend_claimed,
	.list = dynamodb_list_claims,
	.is_complete = dynamodb_claims_complete,
	.set_complete = dynamodb_set_claims_complete,
};

static const struct store_history_ops dynamodb_history_ops = {
	.add = dynamodb_add_history,
	.read = dynamodb_read_history,
};

static const struct store_notice_ops dynamodb_notice_ops = {
	.put = dynamodb_put_notice,
	.list = dynamodb_list_notices,
	.claim = dynamodb_claim_notice,
	.update = dynamodb_update_notice,
	.remove = dynamodb_remove_notice,
	.max = NOTICE_SLOTS,
};

static const struct store_ops dynamodb_ops = {
	.name = "dynamodb",
	.is_remote = true,
	.close = dynamodb_close,
	.lookup = dynamodb_lookup,
	.credential = dynamodb_credential,
	.read_rest = dynamodb_read_rest,
	.intend = dynamodb_intend,
	.confirm = dynamodb_confirm,
	.list = dynamodb_list,
	.is_empty = dynamodb_is_empty,
	.list_slowly = dynamodb_list_slowly,
	.list_owed = dynamodb_list_owed,
	.stop_listing = reading_stop_all,
	.put = dynamodb_put,
	.remove = dynamodb_remove,
	.rename = dynamodb_rename,
	.replace_secret = dynamodb_replace_secret,
	.owners = dynamodb_owners,
	.claims = &claim_ops,
	.history = &dynamodb_history_ops,
	.notices = &dynamodb_notice_ops,
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
