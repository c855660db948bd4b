/* SPDX-License-Identifier: BSD-2-Clause
 * UpdateItem and GetItem alone, which are in the policy that the daemon has anyway. Most notices
 * are in the first slot of theirs, so a verb is one request as a rule: it writes there, and what
 * the failed condition tells says where to go on. */
#include "store/dynamodb_notice.h"

#include <stdlib.h>

#include "base/err.h"
#include "store/dynamodb_op.h"
#include "store/dynamodb_reading.h"
#include "store/notice_item.h"

enum {
	/* Read units a second that a look at all slots takes, which needs half of one for each. */
	LIST_UNITS = 100,
	/* Times in a row that a throttled look waits and goes on, 1 to 10 seconds each. */
	LIST_WAITS_MAX = 8,
};

/* A verb about one notice, or a look at all slots. */
struct noticing {
	struct notice notice;
	int64_t now_s;
	/* What the verb does with the slot that has the notice; NULL: put and list. */
	json_t *(*request)(const struct op *op);
	unsigned probe;	    /* the slot of the notice's that is asked; of a look: any slot */
	bool is_tried;	    /* the write was sent there */
	struct notice dead; /* put: the oldest one that was given up; "": none */
	unsigned dead_probe;
	store_notice_fn *each; /* list */
	unsigned n_waits;
};

static int noticing_new(struct op *op, const struct notice *n, struct noticing **ret)
{
	struct noticing *v = calloc(1, sizeof(*v));

	if (v == NULL) {
		op_discard(op);
		return ERR_NOMEM;
	}
	if (n != NULL)
		v->notice = *n;
	op_own(op, v, free);
	*ret = v;
	return 0;
}

static unsigned slot_of(const struct noticing *v, unsigned probe)
{
	return notice_slot(v->notice.id, v->notice.target, probe);
}

static void finish_notice(struct op *op, int err)
{
	const struct noticing *v = op->part;
	const char *table = op->store->table;
	struct errinfo why = ERRINFO_INIT;

	if (err == ERR_EXISTS)
		err_set(&why, err, "table %s has the notice already", table);
	else if (err == ERR_LIMIT)
		err_set(&why, err, "table %s has no room for a notice: %d slots", table,
			NOTICE_SLOTS);
	else if (err == ERR_CONFLICT)
		err_set(&why, err, "table %s: another process holds the notice", table);
	else if (err == ERR_NOTFOUND)
		err_set(&why, err, "table %s: the notice for %s is gone", table, v->notice.target);
	op_finish(op, err, err != 0 ? &why : NULL);
}

/* ---------------------------------------------------------------- claim, update, remove */

static json_t *claim_request(const struct op *op)
{
	const struct noticing *v = op->part;

	return notice_request_claim(op->store->table, slot_of(v, v->probe), &v->notice, v->now_s);
}

static json_t *update_request(const struct op *op)
{
	const struct noticing *v = op->part;

	return notice_request_update(op->store->table, slot_of(v, v->probe), &v->notice);
}

static json_t *remove_request(const struct op *op)
{
	const struct noticing *v = op->part;

	return notice_request_remove(op->store->table, slot_of(v, v->probe), &v->notice);
}

static void on_held(struct op *op, int err, const json_t *reply, const struct aws_error *error);
static void on_slot(struct op *op, int err, const json_t *reply, const struct aws_error *error);

static void read_slot(struct op *op, op_step_fn *step)
{
	const struct noticing *v = op->part;

	op_continue(op, "GetItem", notice_request_get(op->store->table, slot_of(v, v->probe), true),
		    step);
}

/* item: what is in the slot, or NULL. */
static void judge_slot(struct op *op, const json_t *item)
{
	struct noticing *v = op->part;
	const bool is_it = notice_item_is(item, v->notice.id, v->notice.target);

	if (is_it && v->is_tried) {
		finish_notice(op, ERR_CONFLICT);
	} else if (is_it) {
		v->is_tried = true;
		op_continue(op, "UpdateItem", v->request(op), on_held);
	} else if (++v->probe == NOTICE_PROBES) {
		finish_notice(op, ERR_NOTFOUND);
	} else {
		v->is_tried = false;
		read_slot(op, on_slot);
	}
}

static void on_slot(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	if (err != 0)
		op_finish_aws(op, error);
	else
		judge_slot(op, json_object_get(reply, "Item"));
}

static void on_held(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	(void)reply;
	if (err == 0)
		op_finish(op, 0, NULL);
	else if (err != ERR_CONFLICT)
		op_finish_aws(op, error);
	else if (error->item != NULL)
		judge_slot(op, error->item);
	else
		read_slot(op, on_slot);
}

static int start_held(struct store *s, const struct notice *n, int64_t now_s,
		      json_t *(*request)(const struct op *op), store_done_fn *done, void *arg)
{
	struct noticing *v;
	struct op *op;
	int err = op_new(s, "", arg, &op);

	if (err == 0)
		err = noticing_new(op, n, &v);
	if (err != 0)
		return err;
	v->now_s = now_s;
	v->request = request;
	v->is_tried = true;
	op->done = done;
	return op_start(op, "UpdateItem", request(op), on_held);
}

int dynamodb_claim_notice(struct store *s, const char *id, const char *target, const char *holder,
			  int64_t now_s, int64_t until_s, store_done_fn *done, void *arg)
{
	struct notice n = {.held_until_s = until_s};
	int err = notice_name(&n, id, target, holder);

	return err == 0 ? start_held(s, &n, now_s, claim_request, done, arg) : err;
}

int dynamodb_update_notice(struct store *s, const struct notice *n, store_done_fn *done, void *arg)
{
	int err = notice_check_update(n);

	return err == 0 ? start_held(s, n, 0, update_request, done, arg) : err;
}

int dynamodb_remove_notice(struct store *s, const char *id, const char *target, const char *holder,
			   store_done_fn *done, void *arg)
{
	struct notice n = {.made_s = 0};
	int err = notice_name(&n, id, target, holder);

	return err == 0 ? start_held(s, &n, 0, remove_request, done, arg) : err;
}

/* ---------------------------------------------------------------- put */

static void on_filled(struct op *op, int err, const json_t *reply, const struct aws_error *error);

static json_t *put_request(const struct op *op)
{
	const struct noticing *v = op->part;

	return notice_request_put(op->store->table, slot_of(v, v->probe), &v->notice);
}

/* That it is refused says nothing of the accounts, and will not pass. That the table's key cannot
 * be used is not about notices, and may pass. */
static void fail_put(struct op *op, const struct aws_error *error)
{
	struct errinfo why = ERRINFO_INIT;
	int err = error->err == ERR_REFUSED ? ERR_REFUSED : ERR_UNAVAILABLE;

	if (error->err != ERR_REFUSED && !table_is_kms(error)) {
		op_finish_aws(op, error);
		return;
	}
	err_set(&why, err, "table %s: %s", op->store->table, error->why.text);
	op_finish(op, err, &why);
}

static void on_replaced(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	(void)reply;
	if (err == 0)
		op_finish(op, 0, NULL);
	else if (err == ERR_CONFLICT)
		finish_notice(op, ERR_LIMIT);
	else
		fail_put(op, error);
}

/* All of its slots are in use. */
static void replace_dead(struct op *op)
{
	const struct noticing *v = op->part;

	if (v->dead.id[0] == '\0') {
		finish_notice(op, ERR_LIMIT);
		return;
	}
	op_continue(op, "UpdateItem",
		    notice_request_replace(op->store->table, slot_of(v, v->dead_probe), &v->notice,
					   &v->dead),
		    on_replaced);
}

static void note_dead(struct noticing *v, const json_t *item)
{
	struct notice n;

	if (!notice_item_read(item, &n) || n.state != NOTICE_DEAD ||
	    (v->dead.id[0] != '\0' && v->dead.made_s <= n.made_s))
		return;
	v->dead = n;
	v->dead_probe = v->probe;
}

static void judge_taken(struct op *op, const json_t *item)
{
	struct noticing *v = op->part;

	if (notice_item_is(item, v->notice.id, v->notice.target)) {
		finish_notice(op, ERR_EXISTS);
		return;
	}
	note_dead(v, item);
	if (++v->probe == NOTICE_PROBES)
		replace_dead(op);
	else
		op_continue(op, "UpdateItem", put_request(op), on_filled);
}

static void on_taken(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	if (err != 0)
		op_finish_aws(op, error);
	else
		judge_taken(op, json_object_get(reply, "Item"));
}

static void on_filled(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	(void)reply;
	if (err == 0)
		op_finish(op, 0, NULL);
	else if (err != ERR_CONFLICT)
		fail_put(op, error);
	else if (error->item != NULL)
		judge_taken(op, error->item);
	else
		read_slot(op, on_taken);
}

int dynamodb_put_notice(struct store *s, const struct notice *n, store_done_fn *done, void *arg)
{
	struct noticing *v;
	struct op *op;
	int err = notice_check(n, NULL);

	if (err == 0)
		err = op_new(s, "", arg, &op);
	if (err == 0)
		err = noticing_new(op, n, &v);
	if (err != 0)
		return err;
	op->done = done;
	return op_start(op, "UpdateItem", put_request(op), on_filled);
}

/* ---------------------------------------------------------------- list */

static void on_slot_seen(struct op *op, int err, const json_t *reply,
			 const struct aws_error *error);

static json_t *look_request(const struct op *op)
{
	const struct noticing *v = op->part;

	return notice_request_get(op->store->table, v->probe, false);
}

static void ask_slot(struct op *op)
{
	op_continue(op, "GetItem", look_request(op), on_slot_seen);
}

/* False: op is no more. */
static bool tell_slot(struct op *op, const json_t *item)
{
	const struct noticing *v = op->part;
	struct notice n;

	if (!notice_item_read(item, &n))
		return true;
	op->is_busy = true;
	v->each(op->arg, &n);
	op->is_busy = false;
	return !op_is_gone(op);
}

static void on_slot_seen(struct op *op, int err, const json_t *reply, const struct aws_error *error)
{
	struct noticing *v = op->part;

	if (err != 0) {
		if (err != ERR_THROTTLED || ++v->n_waits > LIST_WAITS_MAX ||
		    !reading_wait(op, error, ask_slot))
			op_finish_aws(op, error);
		return;
	}
	v->n_waits = 0;
	reading_count(op, 1);
	if (!tell_slot(op, json_object_get(reply, "Item")))
		return;
	if (++v->probe == NOTICE_SLOTS)
		op_finish(op, 0, NULL);
	else
		reading_go_on(op, reply, 1, ask_slot);
}

static void on_list_waits(void *arg, int err, const struct errinfo *why)
{
	(void)arg;
	(void)err;
	(void)why;
}

int dynamodb_list_notices(struct store *s, store_notice_fn *each, store_done_fn *done, void *arg)
{
	const struct store_listing listing = {.waits = on_list_waits, .done = done, .share = 100};
	struct noticing *v;
	struct op *op;
	int err = reading_new(s, &listing, false, arg, &op);

	if (err == 0)
		err = noticing_new(op, NULL, &v);
	if (err != 0)
		return err;
	v->each = each;
	reading_set_capacity(op, LIST_UNITS);
	return op_start(op, "GetItem", look_request(op), on_slot_seen);
}
