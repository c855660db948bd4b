/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/store_kit.h"

#include <string.h>
#include <uv.h>

#include "kit/unit.h"

enum { CASE_TIMEOUT_S = 60 };

struct store_kit store_kit;

void store_kit_take(struct store_kit_answer *a, int err, const struct errinfo *why)
{
	a->n_calls++;
	a->err = err;
	if (err == 0) {
		ck_assert_ptr_null(why);
		return;
	}
	ck_assert_msg(why != NULL && why->text[0] != '\0', "error %d came without a sentence", err);
	memcpy(a->text, why->text, sizeof(a->text));
}

void store_kit_on_lookup(void *arg, int err, struct account *account, const struct errinfo *why)
{
	struct store_kit_answer *a = arg;

	store_kit_take(a, err, why);
	ck_assert_int_eq(account != NULL, err == 0);
	a->account = account;
}

void store_kit_on_done(void *arg, int err, const struct errinfo *why)
{
	store_kit_take(arg, err, why);
}

static void on_version(void *arg, int err, struct store_version version, const struct errinfo *why)
{
	struct store_kit_answer *a = arg;

	store_kit_take(a, err, why);
	a->version = version;
}

static void on_late(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

void store_kit_await(const struct store_kit_answer *answers, size_t n)
{
	bool is_late = false;
	uv_timer_t timer;
	size_t i = 0;

	ck_assert_int_eq(uv_timer_init(&store_kit.loop, &timer), 0);
	timer.data = &is_late;
	ck_assert_int_eq(uv_timer_start(&timer, on_late, store_kit.subject->timeout_ms, 0), 0);
	while (i < n && !is_late) {
		if (answers[i].n_calls > 0)
			i++;
		else
			uv_run(&store_kit.loop, UV_RUN_ONCE);
	}
	uv_close((uv_handle_t *)&timer, NULL);
	uv_run(&store_kit.loop, UV_RUN_NOWAIT);
	ck_assert_msg(!is_late, "%s: answer %zu of %zu did not come in %u ms",
		      store_kit.subject->name, i, n, store_kit.subject->timeout_ms);
	for (i = 0; i < n; i++)
		ck_assert_msg(answers[i].n_calls == 1, "answer %zu came %u times", i,
			      answers[i].n_calls);
}

int store_kit_finish(int started, struct store_kit_answer *a)
{
	ck_assert_msg(a->n_calls == 0, "done was called from inside of the call");
	if (started < 0)
		return started;
	store_kit_await(a, 1);
	return a->err;
}

int store_kit_lookup(struct store *s, const char *user, struct account **ret)
{
	struct store_kit_answer a = {0};
	int err = store_kit_finish(store_lookup(s, user, store_kit_on_lookup, &a), &a);

	*ret = a.account;
	return err;
}

struct account *store_kit_find(const char *user)
{
	struct account *account;

	ck_assert_int_eq(store_kit_lookup(store_kit.store, user, &account), 0);
	return account;
}

int store_kit_put(const struct account *account, enum store_put_mode mode)
{
	struct store_kit_answer a = {0};

	return store_kit_finish(store_put(store_kit.store, account, mode, store_kit_on_done, &a),
				&a);
}

int store_kit_remove(const char *user)
{
	struct store_kit_answer a = {0};

	return store_kit_finish(store_remove(store_kit.store, user, store_kit_on_done, &a), &a);
}

int store_kit_rename(const char *user, const char *to)
{
	struct store_kit_answer a = {0};

	return store_kit_finish(store_rename(store_kit.store, user, to, store_kit_on_done, &a), &a);
}

int store_kit_replace_secret(const char *user, const char *old, const char *secret)
{
	struct store_kit_answer a = {0};

	return store_kit_finish(
		store_replace_secret(store_kit.store, user, old, secret, store_kit_on_done, &a),
		&a);
}

int store_kit_intend_in(struct store *s, const char *user, const struct store_intent *intents,
			size_t n)
{
	struct store_kit_answer a = {0};

	return store_kit_finish(store_intend(s, user, intents, n, store_kit_on_done, &a), &a);
}

int store_kit_confirm(const char *user, const struct store_confirm *c)
{
	struct store_kit_answer a = {0};

	return store_kit_finish(store_confirm(store_kit.store, user, c, store_kit_on_done, &a), &a);
}

struct store_version store_kit_whole_version(struct store *s)
{
	struct store_kit_answer a = {0};

	ck_assert_int_eq(store_kit_finish(store_version(s, on_version, &a), &a), 0);
	return a.version;
}

uint64_t store_kit_version(struct store *s)
{
	return store_kit_whole_version(s).token;
}

struct account *store_kit_account(const char *user, const char *secret, const char *host1,
				  const char *host2)
{
	struct errinfo ei = ERRINFO_INIT;
	struct account *a;

	ck_assert_msg(account_new(slice_of(user), &a, &ei) == 0, "%s: %s", user, ei.text);
	ck_assert_int_eq(account_set_secret(a, slice_of(secret), &ei), 0);
	if (host1 != NULL)
		ck_assert_int_eq(account_add_host(a, slice_of(host1), NULL, NULL, &ei), 0);
	if (host2 != NULL)
		ck_assert_int_eq(account_add_host(a, slice_of(host2), NULL, NULL, &ei), 0);
	return a;
}

void store_kit_create(const char *user, const char *host1, const char *host2)
{
	struct account *a = store_kit_account(user, "a-secret-of-the-suite", host1, host2);

	ck_assert_int_eq(store_kit_put(a, STORE_CREATE), 0);
	account_free(a);
}

struct store_intent store_kit_intent(const char *name, uint64_t seq, const char *v4, const char *v6)
{
	return (struct store_intent){
		.name = value_name(name), .expect.seq = seq, .want = value_pair(v4, v6)};
}

int store_kit_intend(const char *user, const char *name, uint64_t seq, const char *v4,
		     const char *v6)
{
	struct store_intent intent = store_kit_intent(name, seq, v4, v6);
	const struct account_host *host = NULL;
	struct account *a;

	if (store_kit_lookup(store_kit.store, user, &a) == 0)
		host = account_find_host(a, &intent.name);
	if (host != NULL)
		intent.expect = host->state;
	intent.expect.seq = seq;
	account_free(a);
	return store_kit_intend_in(store_kit.store, user, &intent, 1);
}

struct host_state store_kit_state(const char *user, const char *host)
{
	struct account *a = store_kit_find(user);
	struct fqdn name = value_name(host);
	const struct account_host *h = account_find_host(a, &name);
	struct host_state state;

	ck_assert_msg(h != NULL, "account %s lost its host %s", user, host);
	state = h->state;
	account_free(a);
	return state;
}

void store_kit_assert_state(const char *user, const char *host, uint64_t seq, uint64_t pub,
			    struct addr_pair want)
{
	struct host_state state = store_kit_state(user, host);

	ck_assert_uint_eq(state.seq, seq);
	ck_assert_uint_eq(state.pub, pub);
	ck_assert_msg(addr_pair_equal(&state.want, &want), "%s of %s has other addresses", host,
		      user);
}

void store_kit_assert_same(const struct account *got, const struct account *want)
{
	size_t i;

	ck_assert_str_eq(got->user, want->user);
	ck_assert_str_eq(got->secret, want->secret);
	ck_assert_uint_eq(got->ttl, want->ttl);
	ck_assert_int_eq(got->disabled, want->disabled);
	ck_assert_uint_eq(got->quirks, want->quirks);
	ck_assert(bounds_equal(&got->bounds, &want->bounds));
	ck_assert_uint_eq(got->n_hosts, want->n_hosts);
	for (i = 0; i < want->n_hosts; i++) {
		const struct account_host *host = account_find_host(got, &want->hosts[i].name);

		ck_assert_msg(host != NULL, "host %s is missing", want->hosts[i].name.text);
		ck_assert_msg(interface_id_equal(&host->interface_id, &want->hosts[i].interface_id),
			      "host %s has another interface id", want->hosts[i].name.text);
	}
}

struct store *store_kit_open(bool fresh)
{
	struct errinfo ei = ERRINFO_INIT;
	struct store *s = NULL;
	int err = store_kit.subject->open(store_kit.subject->ctx, &store_kit.loop, fresh, &s, &ei);

	ck_assert_msg(err == 0, "%s: %s", store_kit.subject->name, ei.text);
	ck_assert_uint_lt(store_kit.n_handles, STORE_KIT_HANDLES_MAX);
	store_kit.handles[store_kit.n_handles++] = s;
	return s;
}

void store_kit_close_all(void)
{
	while (store_kit.n_handles > 0)
		store_close(store_kit.handles[--store_kit.n_handles]);
	store_kit.store = NULL;
}

static void setup(void)
{
	ck_assert_int_eq(uv_loop_init(&store_kit.loop), 0);
	store_kit.n_handles = 0;
	store_kit.store = store_kit_open(true);
}

static void teardown(void)
{
	store_kit_close_all();
	if (store_kit.subject->shut != NULL)
		store_kit.subject->shut(store_kit.subject->ctx);
	uv_run(&store_kit.loop, UV_RUN_DEFAULT);
	ck_assert_msg(uv_loop_close(&store_kit.loop) == 0, "a handle was left open");
}

TCase *store_kit_case(Suite *s, const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, CASE_TIMEOUT_S);
	suite_add_tcase(s, tc);
	return tc;
}
