/* SPDX-License-Identifier: BSD-2-Clause
 * Private to store/dynamodb*.c: the store's struct, and one verb under way, which makes one or more
 * DynamoDB calls and then calls its done function. Core thread. */
#ifndef MOORING_STORE_DYNAMODB_OP_H
#define MOORING_STORE_DYNAMODB_OP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "aws/aws_dynamodb.h"
#include "base/mailbox.h"
#include "store/dynamodb_table.h"
#include "store/store.h"

struct op;
struct overlay;
struct reading;
struct uv_loop_s;

STAILQ_HEAD(op_queue, op);

/* The index of what is owed (store/item_owed.h). */
enum owed_index {
	INDEX_UNASKED,
	INDEX_PRESENT,
	INDEX_ABSENT, /* or it may not be asked */
};
/* Logins that have several hosts are remembered by a bit for each hash value. */
enum { SEVERAL_BYTES = 1024 };

struct dynamo {
	struct store base;
	struct uv_loop_s *loop;
	struct aws_dynamodb *db;
	const struct fqdn *zone; /* completes bare labels; may be NULL */
	struct mailbox *mailbox;
	struct mail wake;
	LIST_HEAD(, op) ops;	  /* every verb under way */
	struct op_queue deferred; /* those that end in the next turn of the loop */
	struct overlay *overlay;
	enum table_verdict verdict; /* the last one */
	enum owed_index index;
	unsigned char several[SEVERAL_BYTES];
	bool is_describe_denied; /* DescribeTable is, and is not asked again */
	bool is_in_memory;	 /* UpdateItem was denied, and the log said so */
	int64_t retry_at_ms;
	bool is_waking; /* on_wake() is on the stack */
	bool is_closed;
	bool has_no_transactions; /* the service said so */
	/* 0, or until when the other owners of a name are not told of an intent: that transaction
	 * was denied. */
	int64_t untold_until_ms;
	char table[];
};

/* What to do with the answer of a call. error is NULL when err is 0, reply unless it is. */
typedef void op_step_fn(struct op *op, int err, const json_t *reply, const struct aws_error *error);

struct op {
	struct dynamo *store; /* NULL once done was called */
	LIST_ENTRY(op) link;
	STAILQ_ENTRY(op) deferred_link;
	int deferred_err;
	struct errinfo deferred_why; /* may be none */
	bool is_busy; /* a caller up the stack or the AWS layer still holds op, and frees it */
	op_step_fn *step;
	const char *operation;	/* of the call under way; a literal */
	store_lookup_fn *found; /* of a lookup; the other verbs have done */
	store_done_fn *done;
	store_owners_fn *told;	   /* instead: owners and claim */
	store_decided_fn *decided; /* instead: of a question that is answered by yes or no */
	store_history_fn *history; /* instead: read_history */
	void *arg;
	store_each_fn *each;	    /* list */
	store_claim_fn *each_claim; /* list; may be NULL */
	/* list_slowly: what dynamodb_reading.c keeps of it, and how that lets go of it; NULL: none.
	 */
	struct reading *reading;
	void (*drop_reading)(struct reading *reading);
	json_t *page_key;	 /* list: where the page under way began; owned */
	struct account *account; /* put; owned */
	enum store_put_mode mode;
	unsigned n_reads; /* of an item that others change at the same moment */
	void *part;	  /* what a verb keeps beside; owned: op_own() */
	void (*free_part)(void *part);
	struct store_confirm confirm;
	/* list_owed: the key that is asked for, the page that has come, and the item that is next.
	 */
	unsigned owed_key;
	json_t *page; /* owned */
	size_t page_at;
	unsigned n_cleared;
	bool ends_owed;	  /* confirm: the form that removes `owed` was sent */
	bool is_first;	  /* intend: the form that makes the `state` map was sent */
	bool is_as_read;  /* intend: the form that compares with the item as it is spelt was sent */
	bool may_be_echo; /* the write whose condition failed may have been made by us before */
	size_t n_intents;
	struct store_intent *intents; /* intend; owned */
	char user[ACCOUNT_USER_MAX + 1];
	char to[ACCOUNT_USER_MAX + 1]; /* rename */
	json_t *item;		       /* rename: as it was read; owned, wiped */
};

/* A verb about user; "" for list. ERR_NOMEM, ERR_CANCELED when the store is being closed. */
int op_new(struct store *s, const char *user, void *arg, struct op **ret);
/* op frees part by free_part, which takes NULL, at its end or when it gets another one. */
void op_own(struct op *op, void *part, void (*free_part)(void *part));
/* Frees the op of a verb that will return < 0. */
void op_discard(struct op *op);

/* The first call of a verb: takes request (NULL: out of memory). When it fails op is discarded and
 * the code is what the verb returns. A login that no account can have ends with ERR_NOTFOUND. */
int op_start(struct op *op, const char *operation, json_t *request, op_step_fn *step);
/* A further call, from a step: takes request; when it fails op is finished. */
void op_continue(struct op *op, const char *operation, json_t *request, op_step_fn *step);
/* Instead of a first call: finishes op with err in the next turn of the loop. */
int op_defer(struct op *op, int err);

/* Call done and end op. op_finish() has a sentence of its own for each code; why may be NULL. */
void op_finish(struct op *op, int err, const struct errinfo *why);
/* lookup: takes account. */
void op_finish_found(struct op *op, struct account *account);
void op_finish_owners(struct op *op, const struct store_owners *owners);
void op_finish_decided(struct op *op, bool is_so);
/* With the last max of n entries, which may be op's own. */
void op_finish_history(struct op *op, const struct history_entry *entries, size_t n, size_t max);
/* Turns an error of the AWS layer into one of the store's codes. */
void op_finish_aws(struct op *op, const struct aws_error *error);
/* True when op was finished while the caller held it (in a list: each() closed the store); op is
 * then freed. */
bool op_is_gone(struct op *op);

/* Returns the account of the item in a reply. NULL: op was finished with an error (without an item:
 * ERR_NOTFOUND). */
struct account *op_read_account(struct op *op, const json_t *item);
/* The same of what a step of GetItem was told. */
struct account *op_read_reply(struct op *op, int err, const json_t *reply,
			      const struct aws_error *error);

#endif
