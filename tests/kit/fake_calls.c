/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/fake_calls.h"

#include <string.h>

#include "kit/unit.h"

struct fake_calls fake_calls;

void fake_calls_reset(void (*on_verb)(const char *verb))
{
	memset(&fake_calls, 0, sizeof(fake_calls));
	fake_calls.on_verb = on_verb;
}

struct call *fake_calls_take(void)
{
	struct call *call = fake_calls.call;

	ck_assert_ptr_nonnull(call);
	fake_calls.call = NULL;
	return call;
}

void fake_calls_found(int err, struct account *account)
{
	struct call *call = fake_calls_take();

	fake_calls.found(call->arg, err, account, NULL);
}

void fake_calls_done(int err)
{
	struct call *call = fake_calls_take();

	fake_calls.done(call->arg, err, NULL);
}

void fake_calls_decided(int err, bool is_so)
{
	struct call *call = fake_calls_take();

	fake_calls.decided(call->arg, err, is_so, NULL);
}

static void tell(const char *verb)
{
	if (fake_calls.on_verb != NULL)
		fake_calls.on_verb(verb);
}

static int begin(struct call *call, const char *user, const char *verb)
{
	ck_assert_ptr_null(fake_calls.call);
	ck_assert_str_eq(user, "router");
	tell(verb);
	if (fake_calls.begin_err == 0)
		fake_calls.call = call;
	return fake_calls.begin_err;
}

int calls_lookup(struct calls *c, struct call *call, const char *user, store_lookup_fn *found)
{
	(void)c;
	fake_calls.n_lookups++;
	fake_calls.found = found;
	return begin(call, user, "read");
}

int calls_credential(struct calls *c, struct call *call, const char *user, store_lookup_fn *found)
{
	(void)c;
	fake_calls.n_credentials++;
	fake_calls.found = found;
	return begin(call, user, "read credential");
}

int calls_read_rest(struct calls *c, struct account *account)
{
	(void)c;
	fake_calls.n_rests++;
	account->is_partial = false;
	return fake_calls.rest_err;
}

int calls_intend(struct calls *c, struct call *call, const char *user,
		 const struct store_intent *intents, size_t n, store_done_fn *done)
{
	(void)c;
	ck_assert(n > 0 && n <= N_ELEMENTS(fake_calls.intents));
	memcpy(fake_calls.intents, intents, n * sizeof(*intents));
	fake_calls.n_intents = n;
	fake_calls.done = done;
	return begin(call, user, "intend");
}

int calls_confirm(struct calls *c, struct call *call, const char *user,
		  const struct store_confirm *confirm, store_done_fn *done)
{
	(void)c;
	fake_calls.confirm = *confirm;
	fake_calls.done = done;
	return begin(call, user, "confirm");
}

int calls_is_empty(struct calls *c, struct call *call, store_decided_fn *decided)
{
	(void)c;
	fake_calls.decided = decided;
	return begin(call, "router", "is empty");
}

int calls_add_history(struct calls *c, struct call *call, const struct history_entry *entries,
		      size_t n, int64_t keep_s, store_done_fn *done)
{
	(void)c;
	fake_calls.entries = entries;
	fake_calls.n_entries = n;
	fake_calls.keep_s = keep_s;
	fake_calls.done = done;
	return begin(call, "router", "add history");
}

int calls_prune_history(struct calls *c, struct call *call, int64_t before_s, int64_t newest_s,
			store_decided_fn *decided)
{
	(void)c;
	fake_calls.before_s = before_s;
	fake_calls.newest_s = newest_s;
	fake_calls.decided = decided;
	return begin(call, "router", "prune history");
}

void calls_begin(struct calls *c)
{
	(void)c;
	fake_calls.n_begun++;
}

bool calls_end(struct calls *c)
{
	(void)c;
	ck_assert_uint_gt(fake_calls.n_begun, 0);
	fake_calls.n_begun--;
	return !fake_calls.is_closed;
}

void calls_add_handle(struct calls *c)
{
	(void)c;
	fake_calls.n_handles++;
}

void calls_drop_handle(struct calls *c)
{
	(void)c;
	fake_calls.n_handles--;
}

bool calls_are_stopping(const struct calls *c)
{
	(void)c;
	return fake_calls.is_stopping;
}

void calls_trouble(struct calls *c, const char *verb, const char *user, int err,
		   const struct errinfo *why)
{
	(void)c;
	(void)why;
	ck_assert_int_ne(err, 0);
	ck_assert(user == NULL || strcmp(user, "router") == 0);
	fake_calls.n_troubles++;
	fake_calls.trouble = err;
	fake_calls.trouble_verb = verb;
	fake_calls.trouble_has_user = user != NULL;
	tell("trouble");
}
