/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/store_watch.h"

#include <stdbool.h>
#include <stdlib.h>
#include <uv.h>

#include "account/account.h"
#include "store/store.h"

struct store_watch {
	struct store *store;
	const struct store_watch_events *events;
	void *arg;
	uv_timer_t timer;
	bool is_asking;
	bool has_looked;
	bool is_troubled; /* at the last look */
	bool is_closing;
	bool is_closed; /* the timer is */
};

/* Any login will do: whether there is such an account does not matter. */
static const char watched_user[] = "mooring";

static void watch_free_if_over(struct store_watch *w)
{
	if (w->is_closed && !w->is_asking)
		free(w);
}

static bool is_trouble(int err)
{
	return err_is_passing(err) || err == ERR_DENIED;
}

static void watch_on_timer(uv_timer_t *timer);

static void watch_take(struct store_watch *w, int err, const struct errinfo *why)
{
	bool was_troubled = w->is_troubled, had_looked = w->has_looked;

	w->is_troubled = is_trouble(err);
	w->has_looked = true;
	uv_timer_start(&w->timer, watch_on_timer,
		       w->is_troubled ? STORE_WATCH_TROUBLE_MS : STORE_WATCH_MS, 0);
	if (!had_looked)
		w->events->looked(w->arg, w->is_troubled ? err : 0, why);
	else if (was_troubled && !w->is_troubled)
		w->events->recovered(w->arg);
}

static void watch_on_found(void *arg, int err, struct account *account, const struct errinfo *why)
{
	struct store_watch *w = arg;

	account_free(account);
	w->is_asking = false;
	if (w->is_closing)
		watch_free_if_over(w);
	else
		watch_take(w, err, why);
}

static void watch_on_timer(uv_timer_t *timer)
{
	struct store_watch *w = timer->data;
	int err;

	w->is_asking = true;
	err = store_lookup(w->store, watched_user, watch_on_found, w);
	if (err == 0)
		return;
	w->is_asking = false;
	watch_take(w, ERR_UNAVAILABLE, NULL);
}

int store_watch_new(struct uv_loop_s *loop, struct store *store,
		    const struct store_watch_events *events, void *arg, struct store_watch **ret)
{
	struct store_watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return ERR_NOMEM;
	w->store = store;
	w->events = events;
	w->arg = arg;
	w->timer.data = w;
	uv_timer_init(loop, &w->timer); /* cannot fail */
	uv_timer_start(&w->timer, watch_on_timer, 0, 0);
	*ret = w;
	return 0;
}

static void watch_on_closed(uv_handle_t *handle)
{
	struct store_watch *w = handle->data;

	w->is_closed = true;
	watch_free_if_over(w);
}

void store_watch_close(struct store_watch *w)
{
	if (w == NULL)
		return;
	w->is_closing = true;
	uv_close((uv_handle_t *)&w->timer, watch_on_closed);
}
