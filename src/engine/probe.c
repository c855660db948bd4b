/* SPDX-License-Identifier: BSD-2-Clause
 * Asks a store that did not answer until it does: a daemon that is not ready gets no updates, and
 * without updates nobody would see that the store is back. */
#include "engine/internal.h"

#include "base/err.h"

/* Any login will do: whether there is such an account does not matter. */
static const char probe_user[] = "mooring";

static bool is_silent(int err)
{
	return err == ERR_UNAVAILABLE || err == ERR_TIMEOUT;
}

static void on_probe(uv_timer_t *timer);

static void arm(struct engine *e)
{
	if (!e->is_draining)
		(void)uv_timer_start(&e->probe, on_probe, ENGINE_PROBE_MS, 0);
}

void probe_after(struct engine *e, int err)
{
	if (is_silent(err) && !e->is_probing && !uv_is_active((uv_handle_t *)&e->probe))
		arm(e);
}

static void on_answer(void *arg, int err, struct account *account, const struct errinfo *why)
{
	struct engine *e = arg;

	(void)why;
	account_free(account);
	if (!engine_call_end(e))
		return;
	e->is_probing = false;
	if (is_silent(err))
		arm(e);
}

static void on_probe(uv_timer_t *timer)
{
	struct engine *e = timer->data;

	engine_call_begin(e);
	e->is_probing = true;
	if (store_lookup(e->store, probe_user, on_answer, e) == 0)
		return;
	e->is_probing = false;
	if (engine_call_end(e))
		arm(e);
}
