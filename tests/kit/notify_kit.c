/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/notify_kit.h"

#include <string.h>

#include "base/err.h"
#include "kit/engine_kit.h"
#include "store/memory.h"

int notify_kit_errs[NOTIFY_KIT_VERBS];
unsigned notify_kit_calls[NOTIFY_KIT_VERBS];
struct conf_notify notify_kit_confs[NOTIFY_KIT_TARGETS];
struct notify_kit_target notify_kit_targets[NOTIFY_KIT_TARGETS];
struct store *notify_kit_store;

static struct store *inner;
static char no_url[] = "";

/* ---------------------------------------------------------------- targets */

static void answer(void *arg)
{
	struct notify_kit_target *t = arg;
	struct notify_answer said = {.said = ERRINFO_INIT, .wait_s = t->wait_s};
	notify_sent_fn *done = t->done;

	if (done == NULL)
		return;
	t->done = NULL;
	err_set(&said.said, t->err, "the test answered %d", t->err);
	done(t->arg, t->err, &said);
}

static int target_send(struct notify_target *base, const struct notify_message *m,
		       notify_sent_fn *done, void *arg)
{
	struct notify_kit_target *t = (struct notify_kit_target *)base;
	struct notify_kit_sent *sent = &t->sent[t->n_sent % NOTIFY_KIT_SENT_MAX];

	if (t->begin_err != 0)
		return t->begin_err;
	KIT_CHECK(t->done == NULL && !t->is_closed);
	t->n_sent++;
	str_copy(sent->id, sizeof(sent->id), slice_of(m->id));
	str_copy(sent->kind, sizeof(sent->kind), slice_of(m->kind));
	str_copy(sent->text, sizeof(sent->text), slice_of(m->text));
	sent->attempt = m->attempt;
	t->done = done;
	t->arg = arg;
	if (!t->hangs)
		kit_after(1 + t->takes_ms, answer, t);
	return 0;
}

static void target_close(struct notify_target *base)
{
	struct notify_kit_target *t = (struct notify_kit_target *)base;

	KIT_CHECK(!t->is_closed);
	t->is_closed = true;
	t->err = ERR_CANCELED;
	if (t->done != NULL)
		kit_after(0, answer, t);
}

static const struct notify_target_ops target_ops = {
	.kind = "kit", .send = target_send, .close = target_close};

/* ---------------------------------------------------------------- the store */

struct failure {
	store_done_fn *done;
	void *arg;
	int err;
};

static struct failure failures[NOTIFY_KIT_SENT_MAX];
static size_t n_failures;

static void tell_failure(void *arg)
{
	struct failure *f = arg;

	f->done(f->arg, f->err, NULL);
}

/* False: it is to be carried out. */
static bool fails(enum notify_kit_verb verb, store_done_fn *done, void *arg)
{
	struct failure *f = &failures[n_failures % NOTIFY_KIT_SENT_MAX];

	notify_kit_calls[verb]++;
	if (notify_kit_errs[verb] == 0)
		return false;
	n_failures++;
	*f = (struct failure){done, arg, notify_kit_errs[verb]};
	kit_after(1, tell_failure, f);
	return true;
}

static int kit_put(struct store *s, const struct notice *n, store_done_fn *done, void *arg)
{
	(void)s;
	return fails(NOTIFY_KIT_PUT, done, arg) ? 0 : store_put_notice(inner, n, done, arg);
}

static int kit_list(struct store *s, store_notice_fn *each, store_done_fn *done, void *arg)
{
	(void)s;
	return fails(NOTIFY_KIT_LIST, done, arg) ? 0 : store_list_notices(inner, each, done, arg);
}

static int kit_claim(struct store *s, const char *id, const char *target, const char *holder,
		     int64_t now_s, int64_t until_s, store_done_fn *done, void *arg)
{
	(void)s;
	if (fails(NOTIFY_KIT_CLAIM, done, arg))
		return 0;
	return store_claim_notice(inner, id, target, holder, now_s, until_s, done, arg);
}

static int kit_note(struct store *s, const struct notice *n, store_done_fn *done, void *arg)
{
	(void)s;
	return fails(NOTIFY_KIT_UPDATE, done, arg) ? 0 : store_update_notice(inner, n, done, arg);
}

static int kit_remove(struct store *s, const char *id, const char *target, const char *holder,
		      store_done_fn *done, void *arg)
{
	(void)s;
	if (fails(NOTIFY_KIT_REMOVE, done, arg))
		return 0;
	return store_remove_notice(inner, id, target, holder, done, arg);
}

static struct store_notice_ops notice_ops = {kit_put,  kit_list,   kit_claim,
					     kit_note, kit_remove, NOTICES_MAX};
static const struct store_ops store_ops = {.name = "kit", .notices = &notice_ops};
static struct store store = {&store_ops};

/* ---------------------------------------------------------------- all of it */

static char changed[] = "address-changed", silent[] = "host-silent", restarted[] = "restarted";
static char *const events[] = {changed, silent, restarted};

void notify_kit_open(void)
{
	static const char *const names[NOTIFY_KIT_TARGETS] = {"one", "two"};
	size_t i, k;

	kit_open();
	ck_assert_int_eq(store_memory_open(&kit_loop, &inner), 0);
	notify_kit_store = &store;
	notify_kit_set_places(NOTICES_MAX);
	memset(notify_kit_errs, 0, sizeof(notify_kit_errs));
	memset(notify_kit_calls, 0, sizeof(notify_kit_calls));
	memset(notify_kit_confs, 0, sizeof(notify_kit_confs));
	memset(notify_kit_targets, 0, sizeof(notify_kit_targets));
	for (i = 0; i < NOTIFY_KIT_TARGETS; i++) {
		struct conf_notify *c = &notify_kit_confs[i];

		str_copy(c->name, sizeof(c->name), slice_of(names[i]));
		c->url = no_url;
		c->per_minute = 100;
		c->timeout_s = 10;
		for (k = 0; k < N_ELEMENTS(events); k++)
			c->events.at[c->events.n++] = events[k];
		notify_kit_targets[i].base.ops = &target_ops;
	}
}

void notify_kit_set_places(size_t n)
{
	notice_ops.max = n;
}

void notify_kit_close(void)
{
	store_close(inner);
	kit_close();
}

struct deliveries_parts notify_kit_parts(const char *holder)
{
	static struct notify_target *targets[NOTIFY_KIT_TARGETS];
	struct deliveries_parts parts = {.store = notify_kit_store,
					 .confs = notify_kit_confs,
					 .targets = targets,
					 .n = NOTIFY_KIT_TARGETS};
	size_t i;

	for (i = 0; i < NOTIFY_KIT_TARGETS; i++)
		targets[i] = &notify_kit_targets[i].base;
	str_copy(parts.holder, sizeof(parts.holder), slice_of(holder));
	return parts;
}

struct event notify_kit_event(const char *host, uint64_t mark)
{
	struct event e = {.kind = CONF_EVENT_ADDRESS_CHANGED, .at_s = 1800000000};

	str_copy(e.host, sizeof(e.host), slice_of(host));
	str_copy(e.user, sizeof(e.user), slice_of("router"));
	event_set_text(&e, "%s has another address", host);
	ck_assert_int_eq(event_set_id(&e, "", mark), 0);
	return e;
}

static struct notice last;
static size_t n_listed;
static bool is_listed;

static void take_listed(void *arg, const struct notice *n)
{
	(void)arg;
	last = *n;
	n_listed++;
}

static void end_list(void *arg, int err, const struct errinfo *why)
{
	(void)arg;
	(void)why;
	ck_assert_int_eq(err, 0);
	is_listed = true;
}

static bool was_listed(void *arg)
{
	(void)arg;
	return is_listed;
}

size_t notify_kit_stored(struct notice *ret)
{
	n_listed = 0;
	is_listed = false;
	ck_assert_int_eq(store_list_notices(inner, take_listed, end_list, NULL), 0);
	kit_run(was_listed, NULL);
	if (ret != NULL && n_listed > 0)
		*ret = last;
	return n_listed;
}
