/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/calls.h"

#include <stdlib.h>
#include <uv.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/rand.h"
#include "engine/intents.h"
#include "engine/news.h"
#include "net/pseudonym.h"

enum calls_state { CALLS_OPEN, CALLS_STOPPING, CALLS_CLOSED };

struct calls {
	struct store *store;
	struct intents *intents; /* NULL: the store has no claims */
	const struct calls_events *events;
	void *arg;
	enum calls_state state;
	size_t n_calls;
	size_t n_handles;
	uv_timer_t probe;
	struct call probe_call;
	bool is_probing;
	_Atomic long long next_log_ms; /* of log lines about the store's trouble */
};

/* Any login will do: whether there is such an account does not matter. */
static const char probe_user[] = "mooring";

int calls_new(struct uv_loop_s *loop, struct store *store, const struct calls_events *events,
	      void *arg, struct calls **ret)
{
	struct calls *c = calloc(1, sizeof(*c));
	uint64_t seed;

	rand_bytes(&seed, sizeof(seed));
	if (c == NULL || (store_has_claims(store) && intents_new(store, seed, &c->intents) != 0)) {
		free(c);
		return ERR_NOMEM;
	}
	c->store = store;
	c->events = events;
	c->arg = arg;
	uv_timer_init(loop, &c->probe); /* cannot fail */
	c->probe.data = c;
	c->n_handles = 1;
	*ret = c;
	return 0;
}

void calls_free(struct calls *c)
{
	if (c == NULL)
		return;
	intents_free(c->intents);
	free(c);
}

static void calls_check_over(struct calls *c)
{
	if (c->state == CALLS_CLOSED && c->n_calls == 0 && c->n_handles == 0)
		c->events->over(c->arg);
}

void calls_begin(struct calls *c)
{
	c->n_calls++;
}

bool calls_end(struct calls *c)
{
	bool closed = c->state == CALLS_CLOSED;

	c->n_calls--;
	if (closed)
		calls_check_over(c);
	else if (c->state == CALLS_STOPPING)
		c->events->returned(c->arg);
	return !closed;
}

/* call has come back, and is its caller's again. False: the engine is closed, and the caller was
 * told. */
static bool calls_end_call(struct call *call)
{
	struct calls *c = call->calls;

	if (c->state == CALLS_CLOSED)
		call->closed(call->arg);
	return calls_end(c);
}

static void calls_on_found(void *arg, int err, struct account *account, const struct errinfo *why)
{
	struct call *call = arg;

	if (calls_end_call(call))
		call->found(call->arg, err, account, why);
	else
		account_free(account);
}

static void calls_on_done(void *arg, int err, const struct errinfo *why)
{
	struct call *call = arg;

	if (calls_end_call(call))
		call->done(call->arg, err, why);
}

static void calls_on_owners(void *arg, int err, const struct store_owners *owners,
			    const struct errinfo *why)
{
	struct call *call = arg;

	if (calls_end_call(call))
		call->told(call->arg, err, owners, why);
}

static void calls_on_decided(void *arg, int err, bool is_so, const struct errinfo *why)
{
	struct call *call = arg;

	if (calls_end_call(call))
		call->decided(call->arg, err, is_so, why);
}

static void calls_prepare(struct calls *c, struct call *call)
{
	call->calls = c;
	c->n_calls++;
}

/* It may not have begun. */
static int calls_begun(struct calls *c, int err)
{
	if (err != 0)
		calls_end(c);
	return err;
}

int calls_lookup(struct calls *c, struct call *call, const char *user, store_lookup_fn *found)
{
	calls_prepare(c, call);
	call->found = found;
	return calls_begun(c, store_lookup(c->store, user, calls_on_found, call));
}

int calls_credential(struct calls *c, struct call *call, const char *user, store_lookup_fn *found)
{
	calls_prepare(c, call);
	call->found = found;
	return calls_begun(c, store_credential(c->store, user, calls_on_found, call));
}

int calls_read_rest(struct calls *c, struct account *account)
{
	return store_read_rest(c->store, account);
}

int calls_intend(struct calls *c, struct call *call, const char *user,
		 const struct store_intent *intents, size_t n, store_done_fn *done)
{
	calls_prepare(c, call);
	call->done = done;
	if (c->intents == NULL)
		return calls_begun(c,
				   store_intend(c->store, user, intents, n, calls_on_done, call));
	return calls_begun(c, intents_store(c->intents, user, intents, n, calls_on_done, call));
}

int calls_owners(struct calls *c, struct call *call, const struct fqdn *name, store_owners_fn *told)
{
	calls_prepare(c, call);
	call->told = told;
	return calls_begun(c, store_owners(c->store, name, calls_on_owners, call));
}

int calls_is_empty(struct calls *c, struct call *call, store_decided_fn *decided)
{
	calls_prepare(c, call);
	call->decided = decided;
	return calls_begun(c, store_is_empty(c->store, calls_on_decided, call));
}

int calls_confirm(struct calls *c, struct call *call, const char *user,
		  const struct store_confirm *confirm, store_done_fn *done)
{
	calls_prepare(c, call);
	call->done = done;
	return calls_begun(c, store_confirm(c->store, user, confirm, calls_on_done, call));
}

int calls_add_history(struct calls *c, struct call *call, const struct history_entry *entries,
		      size_t n, int64_t keep_s, store_done_fn *done)
{
	calls_prepare(c, call);
	call->done = done;
	return calls_begun(c, store_add_history(c->store, entries, n, keep_s, calls_on_done, call));
}

int calls_prune_history(struct calls *c, struct call *call, int64_t before_s, int64_t newest_s,
			store_decided_fn *decided)
{
	calls_prepare(c, call);
	call->decided = decided;
	return calls_begun(
		c, store_prune_history(c->store, before_s, newest_s, calls_on_decided, call));
}

int calls_tell(struct calls *c, struct call *call, const struct engine_news *news,
	       const struct engine_change *change, store_done_fn *done)
{
	calls_prepare(c, call);
	call->done = done;
	return calls_begun(c, news->changed(news->arg, change, calls_on_done, call));
}

size_t calls_under_way(const struct calls *c)
{
	return c->n_calls;
}

void calls_add_handle(struct calls *c)
{
	c->n_handles++;
}

void calls_drop_handle(struct calls *c)
{
	c->n_handles--;
	calls_check_over(c);
}

static bool calls_is_silence(int err)
{
	return err == ERR_UNAVAILABLE || err == ERR_TIMEOUT;
}

static void calls_on_probe(uv_timer_t *timer);

static void calls_arm_probe(struct calls *c)
{
	if (c->state == CALLS_OPEN)
		uv_timer_start(&c->probe, calls_on_probe, CALLS_PROBE_MS, 0);
}

static void calls_on_probed(void *arg, int err, struct account *account, const struct errinfo *why)
{
	struct calls *c = arg;

	(void)why;
	account_free(account);
	c->is_probing = false;
	if (calls_is_silence(err))
		calls_arm_probe(c);
}

static void calls_on_probe_call_closed(void *arg)
{
	(void)arg;
}

static void calls_on_probe(uv_timer_t *timer)
{
	struct calls *c = timer->data;

	c->is_probing = true;
	c->probe_call.arg = c;
	c->probe_call.closed = calls_on_probe_call_closed;
	if (calls_lookup(c, &c->probe_call, probe_user, calls_on_probed) == 0)
		return;
	c->is_probing = false;
	calls_arm_probe(c);
}

void calls_trouble(struct calls *c, const char *verb, const char *user, int err,
		   const struct errinfo *why)
{
	metric_add(METRIC_STORE_TROUBLE, 1);
	/* A daemon that is not ready gets no updates, and without updates nobody would see that the
	 * store is back. */
	if (calls_is_silence(err) && !c->is_probing && !uv_is_active((uv_handle_t *)&c->probe))
		calls_arm_probe(c);
	if (!log_may_repeat(&c->next_log_ms, clock_mono_ms()))
		return;
	log_event(LOG_LEVEL_WARN, "the store is in trouble",
		  LOG_FIELDS(log_str("verb", verb), LOG_USER(user),
			     log_str("why", why != NULL ? why->text : err_str(err))));
}

void calls_stop(struct calls *c)
{
	if (c->state == CALLS_OPEN)
		c->state = CALLS_STOPPING;
	uv_timer_stop(&c->probe);
}

bool calls_are_stopping(const struct calls *c)
{
	return c->state != CALLS_OPEN;
}

static void calls_on_probe_closed(uv_handle_t *handle)
{
	calls_drop_handle(handle->data);
}

void calls_close(struct calls *c)
{
	c->state = CALLS_CLOSED;
	intents_close(c->intents);
	uv_close((uv_handle_t *)&c->probe, calls_on_probe_closed);
}
