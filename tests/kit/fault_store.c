/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/fault_store.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "kit/engine_kit.h"

enum { FAKE_LISTED_MAX = 256 };

/* One call through the fault store: carried out in a while, answered in another while. */
struct passage {
	struct fault_store *f;
	enum kit_verb verb;
	char user[ACCOUNT_USER_MAX + 1];
	struct store_intent intents[QUERY_HOSTS_MAX];
	size_t n_intents;
	struct store_confirm confirm;
	int forced; /* error to answer instead; 0: none */
	int err;
	struct account *account;
	struct account *listed[FAKE_LISTED_MAX]; /* as they were when the list was read */
	size_t n_listed;
	struct store_version version;
	store_lookup_fn *lookup;
	store_done_fn *done;
	store_version_fn *done_version;
	store_each_fn *each;
	void *arg;
};

/* Late: what is written meanwhile is not in it. */
static void deliver_list(struct passage *p, bool wanted)
{
	size_t i;

	for (i = 0; i < p->n_listed; i++) {
		if (wanted)
			p->each(p->arg, p->listed[i]);
		account_free(p->listed[i]);
	}
}

static void answer_passage(void *arg)
{
	struct passage *p = arg;
	struct errinfo ei = ERRINFO_INIT;
	int err = p->forced != 0 ? p->forced : p->err;
	const struct errinfo *why = err != 0 ? &ei : NULL;

	deliver_list(p, err == 0 || p->err == 0);
	err_set(&ei, err, "the fault store says: %s", err_str(err));
	if (err != 0) {
		account_free(p->account);
		p->account = NULL;
	}
	if (p->verb == KIT_LOOKUP)
		p->lookup(p->arg, err, p->account, why);
	else if (p->verb == KIT_VERSION)
		p->done_version(p->arg, err, p->version, why);
	else
		p->done(p->arg, err, why);
	free(p);
}

static void answer_later(struct passage *p)
{
	uint32_t max = p->f->max_delay_ms;
	int64_t ms = max > 0 ? (int64_t)kit_random(max) : 0;

	if (p->verb == KIT_LIST)
		ms += p->f->list_delay_ms;
	else if (p->verb == KIT_INTEND)
		ms += p->f->intend_delay_ms;
	else if (p->verb == KIT_CONFIRM)
		ms += p->f->confirm_delay_ms;
	kit_after(ms, answer_passage, p);
}

static void tell_stored(const struct passage *p, const struct account *account, int err)
{
	const struct fault_stored what = {
		.verb = p->verb,
		.intents = p->intents,
		.n_intents = p->n_intents,
		.confirm = &p->confirm,
		.account = account,
		.err = err,
	};

	if (p->f->on_stored != NULL)
		p->f->on_stored(p->f->stored_arg, &what);
}

static void on_inner_lookup(void *arg, int err, struct account *a, const struct errinfo *why)
{
	struct passage *p = arg;

	(void)why;
	p->err = err;
	p->account = a;
	tell_stored(p, a, err);
	answer_later(p);
}

static void on_inner_done(void *arg, int err, const struct errinfo *why)
{
	struct passage *p = arg;

	(void)why;
	p->err = err;
	tell_stored(p, NULL, err);
	answer_later(p);
}

static void on_inner_version(void *arg, int err, struct store_version version,
			     const struct errinfo *why)
{
	struct passage *p = arg;

	(void)why;
	p->err = err;
	p->version = version;
	p->version.epoch += p->f->restores;
	answer_later(p);
}

static void on_inner_each(void *arg, const struct account *account)
{
	struct passage *p = arg;

	ck_assert_uint_lt(p->n_listed, FAKE_LISTED_MAX);
	ck_assert_int_eq(account_copy(account, &p->listed[p->n_listed++]), 0);
	tell_stored(p, account, 0);
}

static void carry_out(void *arg)
{
	struct passage *p = arg;
	struct store *s = p->f->inner;
	int err = 0;

	if (p->f->on_call != NULL)
		p->f->on_call(p->f->hook_arg, p->verb);
	switch (p->verb) {
	case KIT_LOOKUP:
		err = store_lookup(s, p->user, on_inner_lookup, p);
		break;
	case KIT_INTEND:
		err = store_intend(s, p->user, p->intents, p->n_intents, on_inner_done, p);
		break;
	case KIT_CONFIRM:
		err = store_confirm(s, p->user, &p->confirm, on_inner_done, p);
		break;
	case KIT_LIST:
		err = store_list(s, on_inner_each, on_inner_done, p);
		break;
	case KIT_VERSION:
	case KIT_VERBS:
		err = store_version(s, on_inner_version, p);
		break;
	}
	ck_assert_int_eq(err, 0);
}

/* *ret_skip: the call is answered without having been carried out. */
static int next_fault(struct fault_store *f, enum kit_verb verb, bool *ret_skip)
{
	struct fault *fault = &f->faults[verb];

	*ret_skip = false;
	if (fault->n > 0) {
		fault->n--;
		*ret_skip = !fault->is_applied;
		return fault->err;
	}
	if (f->error_percent > 0 && kit_random(100) < f->error_percent) {
		*ret_skip = kit_random(2) == 0;
		/* Some errors mean that nothing happened. */
		return *ret_skip ? kit_trouble() : ERR_TIMEOUT;
	}
	return 0;
}

static int start(struct store *s, struct passage *init)
{
	struct fault_store *f = (struct fault_store *)s;
	struct passage *p;
	bool skip;

	f->n_calls[init->verb]++;
	init->f = f;
	init->forced = next_fault(f, init->verb, &skip);
	if (init->forced > 0)
		return -init->forced;
	p = malloc(sizeof(*p));
	ck_assert_ptr_nonnull(p);
	*p = *init;
	if (skip)
		answer_later(p);
	else
		kit_after(f->max_delay_ms > 0 ? (int64_t)kit_random(f->max_delay_ms) : 0, carry_out,
			  p);
	return 0;
}

static int fault_lookup(struct store *s, const char *user, store_lookup_fn *done, void *arg)
{
	struct passage p = {.verb = KIT_LOOKUP, .lookup = done, .arg = arg};

	snprintf(p.user, sizeof(p.user), "%s", user);
	return start(s, &p);
}

static int fault_intend(struct store *s, const char *user, const struct store_intent *intents,
			size_t n, store_done_fn *done, void *arg)
{
	struct passage p = {.verb = KIT_INTEND, .n_intents = n, .done = done, .arg = arg};

	snprintf(p.user, sizeof(p.user), "%s", user);
	ck_assert(n >= 1 && n <= QUERY_HOSTS_MAX);
	memcpy(p.intents, intents, n * sizeof(*intents));
	return start(s, &p);
}

static int fault_confirm(struct store *s, const char *user, const struct store_confirm *c,
			 store_done_fn *done, void *arg)
{
	struct passage p = {.verb = KIT_CONFIRM, .confirm = *c, .done = done, .arg = arg};

	snprintf(p.user, sizeof(p.user), "%s", user);
	return start(s, &p);
}

static int fault_list(struct store *s, store_each_fn *each, store_done_fn *done, void *arg)
{
	struct passage p = {.verb = KIT_LIST, .each = each, .done = done, .arg = arg};

	return start(s, &p);
}

static int fault_version(struct store *s, store_version_fn *done, void *arg)
{
	struct passage p = {.verb = KIT_VERSION, .done_version = done, .arg = arg};

	return start(s, &p);
}

/* Never fails, and is never late. */
static int fault_owners(struct store *s, const struct fqdn *name, store_owners_fn *done, void *arg)
{
	return store_owners(((struct fault_store *)s)->inner, name, done, arg);
}

static int fault_is_empty(struct store *s, store_decided_fn *done, void *arg)
{
	return store_is_empty(((struct fault_store *)s)->inner, done, arg);
}

struct fault_store *fault_store_new(struct store *inner)
{
	struct fault_store *f = calloc(1, sizeof(*f));

	ck_assert_ptr_nonnull(f);
	f->inner = inner;
	f->ops.name = "fault";
	f->ops.lookup = fault_lookup;
	f->ops.intend = fault_intend;
	f->ops.confirm = fault_confirm;
	f->ops.list = fault_list;
	f->ops.is_empty = fault_is_empty;
	f->ops.version = fault_version;
	f->ops.owners = fault_owners;
	f->store.ops = &f->ops;
	return f;
}

void fault_store_free(struct fault_store *f)
{
	free(f);
}
