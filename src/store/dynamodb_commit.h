/* SPDX-License-Identifier: BSD-2-Clause
 * Private to store/dynamodb*.c: what is written to an account, together with the claims of its
 * names, all or nothing (TransactWriteItems). A claim is written as it should be if nobody else has
 * the name; one that turns out to be otherwise is read from the answer, and the whole is tried
 * again. So the number of requests does not depend on how large the table is. Core thread. */
#ifndef MOORING_STORE_DYNAMODB_COMMIT_H
#define MOORING_STORE_DYNAMODB_COMMIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "aws/error.h"
#include "net/fqdn.h"

struct op;

/* API reference, TransactWriteItems: 100 actions, of which one is the account's. */
enum { COMMIT_ACTIONS_MAX = 100, COMMIT_HOSTS_MAX = COMMIT_ACTIONS_MAX - 1 };

enum commit_claim {
	COMMIT_JOIN,	/* the account gets the name */
	COMMIT_LEAVE,	/* it loses it */
	COMMIT_PASS_ON, /* it stays, under another login: op->to */
};

/* err is 0, or ERR_CONFLICT when the condition of an action of the account failed: its index, and
 * the item that is there (borrowed, NULL: none). attempts as in struct aws_error. Any other failure
 * has finished op already. */
struct commit_result {
	int err;
	size_t action;
	const json_t *item;
	unsigned attempts;
};
typedef void commit_end_fn(struct op *op, const struct commit_result *result);
/* The service does not know transactions (commit_is_unknown()): does the same without claims. */
typedef void commit_plain_fn(struct op *op);

/* Gives op a commit, instead of the one it has. is_alone: a name that is another account's is not
 * joined. ERR_NOMEM. */
int commit_new(struct op *op, bool is_alone, commit_end_fn *end, commit_plain_fn *plain);
/* An action of the account: "Put", "Update", "Delete", and the content, which is taken; NULL: out
 * of memory, which commit_request() tells. */
void commit_add(struct op *op, const char *operation, json_t *content);
void commit_add_claim(struct op *op, enum commit_claim kind, const struct fqdn *name);
/* The request for commit_on_reply(); NULL: out of memory. */
json_t *commit_request(struct op *op);
void commit_on_reply(struct op *op, int err, const json_t *reply, const struct aws_error *error);
/* Of a plain request, with the same end. */
void commit_on_plain_reply(struct op *op, int err, const json_t *reply,
			   const struct aws_error *error);

/* { operation: content }; takes content; NULL: out of memory. */
json_t *commit_action(const char *operation, json_t *content);
/* TransactWriteItems of these actions, with a token: repeated, it is carried out once. Takes
 * actions. NULL: out of memory. */
json_t *commit_transaction(json_t *actions);
/* Whether the service has no transactions; the log says so, once. */
bool commit_is_unknown(struct op *op, const struct aws_error *error);

#endif
