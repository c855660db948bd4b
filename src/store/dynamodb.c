/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/dynamodb.h"

#include <stdlib.h>
#include <string.h>

#include "store/dynamodb_claim.h"
#include "store/dynamodb_empty.h"
#include "store/dynamodb_list.h"
#include "store/dynamodb_op.h"
#include "store/dynamodb_owed.h"
#include "store/dynamodb_put.h"
#include "store/dynamodb_reading.h"
#include "store/dynamodb_rename.h"
#include "store/dynamodb_shared.h"
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
	struct account *account = op_read_reply(op, err, reply, error);

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

static const struct store_ops dynamodb_ops = {
	.name = "dynamodb",
	.is_remote = true,
	.close = dynamodb_close,
	.lookup = dynamodb_lookup,
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
	.owners = dynamodb_owners,
	.claims = &claim_ops,
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
