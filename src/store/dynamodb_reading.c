/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/dynamodb_reading.h"

#include <stdlib.h>
#include <uv.h>

#include "base/metric.h"
#include "store/scan_pace.h"

struct reading {
	struct op *op; /* NULL: over, and the timer is being closed */
	store_done_fn *waits;
	bool is_whole;
	bool is_stopped;
	struct scan_pace pace;
	uv_timer_t timer;
	reading_ask_fn *ask; /* when the timer fires */
};

static void tell_waiting(int err)
{
	metric_set(METRIC_LISTING_THROTTLED, err == ERR_THROTTLED);
	metric_set(METRIC_LISTING_TROUBLED, err != 0 && err != ERR_THROTTLED);
}

static void tell_begin(const struct reading *r)
{
	if (!r->is_whole)
		return;
	metric_set(METRIC_LISTING_RUNNING, 1);
	metric_set(METRIC_LISTING_PAGES, 0);
	metric_set(METRIC_LISTING_ITEMS, 0);
}

static void reading_on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void reading_drop(struct reading *r)
{
	r->op = NULL;
	tell_waiting(0);
	if (r->is_whole)
		metric_set(METRIC_LISTING_RUNNING, 0);
	uv_close((uv_handle_t *)&r->timer, reading_on_closed);
}

int reading_new(struct store *s, const struct store_listing *listing, bool is_whole, void *arg,
		struct op **ret)
{
	struct op *op;
	struct reading *r;
	int err = op_new(s, "", arg, &op);

	if (err != 0)
		return err;
	r = calloc(1, sizeof(*r));
	if (r == NULL) {
		op_discard(op);
		return ERR_NOMEM;
	}
	r->op = op;
	r->waits = listing->waits;
	r->is_whole = is_whole;
	scan_pace_init(&r->pace, listing->share);
	uv_timer_init(op->store->loop, &r->timer); /* cannot fail */
	r->timer.data = r;
	op->each = listing->each;
	op->done = listing->done;
	op->reading = r;
	op->drop_reading = reading_drop;
	tell_begin(r);
	*ret = op;
	return 0;
}

unsigned reading_page_items(const struct op *op)
{
	return op->reading != NULL ? op->reading->pace.n_items : SCAN_PAGE_ITEMS;
}

void reading_set_capacity(struct op *op, uint64_t units)
{
	scan_pace_set_capacity(&op->reading->pace, units);
}

static void reading_on_timer(uv_timer_t *timer)
{
	struct reading *r = timer->data;

	if (r->is_stopped)
		op_finish(r->op, ERR_CANCELED, NULL);
	else
		r->ask(r->op);
}

static void reading_pause(struct reading *r, uint32_t ms, reading_ask_fn *ask)
{
	r->ask = ask;
	uv_timer_start(&r->timer, reading_on_timer, r->is_stopped ? 0 : ms, 0);
}

void reading_count(const struct op *op, unsigned n_items)
{
	if (op->reading == NULL)
		return;
	tell_waiting(0);
	if (!op->reading->is_whole)
		return;
	metric_add(METRIC_LISTING_PAGES, 1);
	metric_add(METRIC_LISTING_ITEMS, n_items);
}

void reading_go_on(struct op *op, const json_t *reply, unsigned n_items, reading_ask_fn *ask)
{
	struct reading *r = op->reading;

	if (r == NULL) {
		ask(op);
		return;
	}
	reading_pause(r, scan_pace_take(&r->pace, reply, n_items), ask);
}

bool reading_wait(struct op *op, const struct aws_error *error, reading_ask_fn *ask)
{
	struct errinfo why = ERRINFO_INIT;
	struct reading *r = op->reading;

	if (r == NULL || !err_is_passing(error->err))
		return false;
	tell_waiting(error->err);
	reading_pause(r, scan_pace_fail(&r->pace, error->err == ERR_THROTTLED), ask);
	err_set(&why, error->err, "table %s: %s", op->store->table, error->why.text);
	op->is_busy = true;
	r->waits(op->arg, error->err, &why);
	op->is_busy = false;
	op_is_gone(op);
	return true;
}

void reading_stop_all(struct store *s)
{
	struct dynamo *d = (struct dynamo *)s;
	struct op *op;

	LIST_FOREACH(op, &d->ops, link) {
		struct reading *r = op->reading;

		if (r == NULL)
			continue;
		r->is_stopped = true;
		if (uv_is_active((uv_handle_t *)&r->timer))
			reading_pause(r, 0, r->ask);
	}
}
