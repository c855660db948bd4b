/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/calls.h"

#include <stdio.h>

#include "base/err.h"
#include "base/metric.h"
#include "kit/engine_kit.h"
#include "kit/fake_malloc.h"
#include "kit/log_kit.h"
#include "store/history.h"

enum { LOG_PAUSE_MS = 1000 };

enum verb { LOOKUP, INTEND, CONFIRM, ADD_HISTORY, PRUNE_HISTORY, VERBS };

/* A store that keeps the call that is under way. */
static struct store store;
static int begin_err; /* the next call cannot be begun */
static unsigned n_calls[VERBS];
static enum verb verb;
static store_lookup_fn *found;
static store_done_fn *done;
static store_decided_fn *decided;
static void *done_arg;
static char asked_user[32];
static unsigned n_owners; /* claims that were asked for */

static struct calls *calls;
static unsigned n_returned, n_over;

/* What whoever calls was told. */
static struct call call;
static unsigned n_done, n_closed;
static int done_err;

static int fake_lookup(struct store *s, const char *user, store_lookup_fn *f, void *arg)
{
	(void)s;
	n_calls[LOOKUP]++;
	snprintf(asked_user, sizeof(asked_user), "%s", user);
	verb = LOOKUP;
	found = f;
	done_arg = arg;
	return begin_err;
}

static int fake_intend(struct store *s, const char *user, const struct store_intent *intents,
		       size_t n, store_done_fn *f, void *arg)
{
	(void)s;
	KIT_CHECK(strcmp(user, "router") == 0 && n == 2 && intents[1].seq == 9);
	n_calls[INTEND]++;
	verb = INTEND;
	done = f;
	done_arg = arg;
	return begin_err;
}

static int fake_confirm(struct store *s, const char *user, const struct store_confirm *c,
			store_done_fn *f, void *arg)
{
	(void)s;
	KIT_CHECK(strcmp(user, "router") == 0 && c->seq == 9);
	n_calls[CONFIRM]++;
	verb = CONFIRM;
	done = f;
	done_arg = arg;
	return begin_err;
}

static int fake_add_history(struct store *s, const struct history_entry *entries, size_t n,
			    int64_t keep_s, store_done_fn *f, void *arg)
{
	(void)s;
	KIT_CHECK(entries[1].time_s == 9 && n == 2 && keep_s == 86400);
	n_calls[ADD_HISTORY]++;
	verb = ADD_HISTORY;
	done = f;
	done_arg = arg;
	return begin_err;
}

static int fake_prune_history(struct store *s, int64_t before_s, int64_t newest_s,
			      store_decided_fn *f, void *arg)
{
	(void)s;
	KIT_CHECK(before_s == 9 && newest_s == 8);
	n_calls[PRUNE_HISTORY]++;
	verb = PRUNE_HISTORY;
	decided = f;
	done_arg = arg;
	return begin_err;
}

static const struct store_history_ops history_ops = {
	.add = fake_add_history,
	.prune = fake_prune_history,
};

static const struct store_ops ops = {
	.name = "fake",
	.history = &history_ops,
	.lookup = fake_lookup,
	.intend = fake_intend,
	.confirm = fake_confirm,
};

static int fake_owners(struct store *s, const struct fqdn *name, store_owners_fn *f, void *arg)
{
	(void)s;
	(void)name;
	(void)f;
	(void)arg;
	n_owners++;
	return ERR_UNAVAILABLE;
}

/* What changes a claim is not reached here. */
static const struct store_claim_ops claim_ops;

static const struct store_ops ops_with_claims = {
	.name = "fake",
	.intend = fake_intend,
	.owners = fake_owners,
	.claims = &claim_ops,
};

static struct account *new_account(void)
{
	struct account *a;

	ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
	return a;
}

/* The store answers; an account comes along with a lookup that went well. */
static void answer(int err)
{
	if (verb == LOOKUP)
		found(done_arg, err, err == 0 ? new_account() : NULL, NULL);
	else if (verb == PRUNE_HISTORY)
		decided(done_arg, err, err == 0, NULL);
	else
		done(done_arg, err, NULL);
}

static void on_found(void *arg, int err, struct account *account, const struct errinfo *why)
{
	(void)why;
	ck_assert_ptr_eq(arg, &n_done);
	ck_assert((account != NULL) == (err == 0));
	/* It has come back, and its caller may begin the next one. */
	ck_assert_uint_eq(calls_under_way(calls), 0);
	n_done++;
	done_err = err;
	account_free(account);
}

static void on_done(void *arg, int err, const struct errinfo *why)
{
	(void)why;
	ck_assert_ptr_eq(arg, &n_done);
	ck_assert_uint_eq(calls_under_way(calls), 0);
	n_done++;
	done_err = err;
}

static void on_decided(void *arg, int err, bool is_so, const struct errinfo *why)
{
	ck_assert_int_eq(is_so, err == 0);
	on_done(arg, err, why);
}

static void on_closed(void *arg)
{
	ck_assert_ptr_eq(arg, &n_done);
	ck_assert_uint_eq(n_over, 0);
	n_closed++;
}

static void on_returned(void *arg)
{
	ck_assert_ptr_eq(arg, &store);
	n_returned++;
}

static void on_over(void *arg)
{
	ck_assert_ptr_eq(arg, &store);
	n_over++;
	calls_free(calls);
	calls = NULL;
}

static const struct calls_events events = {.returned = on_returned, .over = on_over};

static void open_calls_of(const struct store_ops *store_ops)
{
	kit_open();
	store.ops = store_ops;
	n_owners = 0;
	begin_err = 0;
	memset(n_calls, 0, sizeof(n_calls));
	n_returned = 0;
	n_over = 0;
	n_done = 0;
	n_closed = 0;
	done_err = 0;
	call = (struct call){.closed = on_closed, .arg = &n_done};
	ck_assert_int_eq(calls_new(&kit_loop, &store, &events, &store, &calls), 0);
}

static void open_calls(void)
{
	open_calls_of(&ops);
}

static void close_calls(void)
{
	calls_close(calls);
	kit_close();
	ck_assert_uint_eq(n_over, 1);
	ck_assert_ptr_null(calls);
}

static int begin(enum verb v)
{
	const struct store_intent intents[2] = {{.seq = 8}, {.seq = 9}};
	const struct store_confirm confirm = {.seq = 9};
	const struct history_entry entries[2] = {{.time_s = 8}, {.time_s = 9}};

	switch (v) {
	case LOOKUP:
		return calls_lookup(calls, &call, "router", on_found);
	case INTEND:
		return calls_intend(calls, &call, "router", intents, 2, on_done);
	case ADD_HISTORY:
		return calls_add_history(calls, &call, entries, 2, 86400, on_done);
	case PRUNE_HISTORY:
		return calls_prune_history(calls, &call, 9, 8, on_decided);
	default:
		return calls_confirm(calls, &call, "router", &confirm, on_done);
	}
}

START_TEST(each_verb_is_passed_on_and_its_answer_back)
{
	static const int errors[] = {0, ERR_NOTFOUND, ERR_CONFLICT, ERR_TIMEOUT};
	unsigned v;
	size_t i;

	for (v = 0; v < VERBS; v++)
		for (i = 0; i < N_ELEMENTS(errors); i++) {
			open_calls();
			ck_assert_int_eq(begin((enum verb)v), 0);
			ck_assert_uint_eq(n_calls[v], 1);
			ck_assert_uint_eq(calls_under_way(calls), 1);
			ck_assert_uint_eq(n_done, 0);
			answer(errors[i]);
			ck_assert_uint_eq(n_done, 1);
			ck_assert_int_eq(done_err, errors[i]);
			ck_assert_uint_eq(calls_under_way(calls), 0);
			ck_assert_uint_eq(n_returned + n_closed + n_over, 0);
			close_calls();
		}
}
END_TEST

START_TEST(where_the_store_has_claims_an_intent_asks_for_them)
{
	open_calls_of(&ops_with_claims);
	ck_assert_int_eq(begin(INTEND), ERR_UNAVAILABLE);
	ck_assert_uint_eq(n_owners, 1);
	ck_assert_uint_eq(n_calls[INTEND], 0);
	ck_assert_uint_eq(calls_under_way(calls), 0);
	close_calls();
}
END_TEST

START_TEST(a_call_that_cannot_be_begun_is_not_under_way)
{
	unsigned v;

	for (v = 0; v < VERBS; v++) {
		open_calls();
		begin_err = ERR_UNAVAILABLE;
		ck_assert_int_eq(begin((enum verb)v), ERR_UNAVAILABLE);
		ck_assert_uint_eq(calls_under_way(calls), 0);
		ck_assert_uint_eq(n_done + n_closed, 0);
		close_calls();
	}
}
END_TEST

START_TEST(once_it_is_closed_the_caller_is_told_that_and_all_is_over)
{
	unsigned v;

	for (v = 0; v < VERBS; v++) {
		open_calls();
		ck_assert_int_eq(begin((enum verb)v), 0);
		calls_close(calls);
		kit_settle();
		ck_assert_uint_eq(n_over, 0);
		answer(0);
		ck_assert_uint_eq(n_closed, 1);
		ck_assert_uint_eq(n_done, 0);
		ck_assert_uint_eq(n_over, 1);
		kit_close();
	}
}
END_TEST

/* Whichever comes last: a call, or a handle of libuv. */
START_TEST(it_is_over_once_and_not_before_the_last_one_is_gone)
{
	static const char *const rows[] = {"chp", "cph", "hcp", "hpc", "pch", "phc"};
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_calls();
		calls_add_handle(calls);
		calls_begin(calls);
		calls_close(calls);
		for (k = 0; k < 3; k++) {
			ck_assert_msg(n_over == 0, "%s, %zu", rows[i], k);
			if (rows[i][k] == 'c')
				ck_assert(!calls_end(calls));
			else if (rows[i][k] == 'h')
				calls_drop_handle(calls);
			else
				kit_settle(); /* the probe's timer */
		}
		ck_assert_msg(n_over == 1, "%s", rows[i]);
		kit_close();
	}
}
END_TEST

START_TEST(while_it_is_open_the_last_one_that_goes_is_not_the_end)
{
	open_calls();
	calls_add_handle(calls);
	calls_drop_handle(calls);
	calls_begin(calls);
	ck_assert(calls_end(calls));
	calls_stop(calls);
	calls_begin(calls);
	ck_assert(calls_end(calls));
	ck_assert_uint_eq(n_over, 0);
	close_calls();
}
END_TEST

START_TEST(while_the_engine_drains_each_call_that_comes_back_is_told)
{
	open_calls();
	ck_assert(!calls_are_stopping(calls));
	calls_begin(calls);
	ck_assert(calls_end(calls));
	ck_assert_uint_eq(n_returned, 0);
	ck_assert_int_eq(begin(INTEND), 0);
	calls_stop(calls);
	ck_assert(calls_are_stopping(calls));
	answer(0);
	ck_assert_uint_eq(n_returned, 1);
	ck_assert_uint_eq(n_done, 1);
	/* What cannot be begun has come back, too. */
	begin_err = ERR_NOMEM;
	ck_assert_int_eq(begin(LOOKUP), ERR_NOMEM);
	ck_assert_uint_eq(n_returned, 2);
	calls_close(calls);
	ck_assert(calls_are_stopping(calls));
	/* Closed it stays, even if it is told to stop. */
	calls_stop(calls);
	kit_close();
	ck_assert_uint_eq(n_over, 1);
	ck_assert_uint_eq(n_returned, 2);
}
END_TEST

START_TEST(only_silence_is_probed)
{
	static const struct {
		int err;
		bool is_probed;
	} rows[] = {
		{ERR_UNAVAILABLE, true}, {ERR_TIMEOUT, true},	{ERR_THROTTLED, false},
		{ERR_DENIED, false},	 {ERR_IO, false},	{ERR_PROTOCOL, false},
		{ERR_NOMEM, false},	 {ERR_CANCELED, false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_calls();
		calls_trouble(calls, "intend", "router", rows[i].err, NULL);
		kit_advance(CALLS_PROBE_MS - 1);
		ck_assert_uint_eq(n_calls[LOOKUP], 0);
		kit_advance(1);
		ck_assert_msg(n_calls[LOOKUP] == (rows[i].is_probed ? 1 : 0), "row %zu", i);
		if (rows[i].is_probed)
			answer(ERR_NOTFOUND);
		kit_advance(10 * CALLS_PROBE_MS);
		ck_assert_uint_le(n_calls[LOOKUP], 1);
		close_calls();
	}
}
END_TEST

/* And not put off by it. */
START_TEST(more_trouble_does_not_make_a_second_probe)
{
	open_calls();
	calls_trouble(calls, "intend", "router", ERR_TIMEOUT, NULL);
	kit_advance(CALLS_PROBE_MS / 2);
	calls_trouble(calls, "intend", "router", ERR_TIMEOUT, NULL);
	kit_advance(CALLS_PROBE_MS / 2);
	ck_assert_uint_eq(n_calls[LOOKUP], 1);
	/* It is on its way: its answer decides. */
	calls_trouble(calls, "intend", "router", ERR_TIMEOUT, NULL);
	kit_advance(2 * CALLS_PROBE_MS);
	ck_assert_uint_eq(n_calls[LOOKUP], 1);
	answer(0);
	kit_advance(2 * CALLS_PROBE_MS);
	ck_assert_uint_eq(n_calls[LOOKUP], 1);
	close_calls();
}
END_TEST

START_TEST(a_store_that_stays_silent_is_probed_again_and_again)
{
	unsigned i;

	open_calls();
	calls_trouble(calls, "lookup", "router", ERR_TIMEOUT, NULL);
	for (i = 1; i <= 3; i++) {
		kit_advance(CALLS_PROBE_MS);
		ck_assert_uint_eq(n_calls[LOOKUP], i);
		ck_assert_str_eq(asked_user, "mooring");
		ck_assert_uint_eq(calls_under_way(calls), 1);
		answer(i % 2 == 0 ? ERR_TIMEOUT : ERR_UNAVAILABLE);
		ck_assert_uint_eq(calls_under_way(calls), 0);
	}
	/* Even one that cannot be begun. */
	begin_err = ERR_UNAVAILABLE;
	kit_advance(CALLS_PROBE_MS);
	ck_assert_uint_eq(n_calls[LOOKUP], 4);
	begin_err = 0;
	kit_advance(CALLS_PROBE_MS);
	ck_assert_uint_eq(n_calls[LOOKUP], 5);
	/* Any answer will do. */
	answer(ERR_DENIED);
	kit_advance(3 * CALLS_PROBE_MS);
	ck_assert_uint_eq(n_calls[LOOKUP], 5);
	/* And the next trouble begins anew. */
	calls_trouble(calls, "lookup", "router", ERR_TIMEOUT, NULL);
	kit_advance(CALLS_PROBE_MS);
	ck_assert_uint_eq(n_calls[LOOKUP], 6);
	answer(0);
	close_calls();
}
END_TEST

START_TEST(who_drains_probes_no_more)
{
	open_calls();
	calls_trouble(calls, "intend", "router", ERR_TIMEOUT, NULL);
	calls_stop(calls);
	kit_advance(2 * CALLS_PROBE_MS);
	calls_trouble(calls, "intend", "router", ERR_TIMEOUT, NULL);
	kit_advance(2 * CALLS_PROBE_MS);
	ck_assert_uint_eq(n_calls[LOOKUP], 0);
	close_calls();
	/* Nor when the answer comes then. */
	open_calls();
	calls_trouble(calls, "intend", "router", ERR_TIMEOUT, NULL);
	kit_advance(CALLS_PROBE_MS);
	calls_stop(calls);
	answer(ERR_TIMEOUT);
	ck_assert_uint_eq(n_returned, 1);
	kit_advance(2 * CALLS_PROBE_MS);
	ck_assert_uint_eq(n_calls[LOOKUP], 1);
	close_calls();
}
END_TEST

START_TEST(a_probe_that_is_under_way_when_it_is_closed_ends_it)
{
	static const int errors[] = {0, ERR_TIMEOUT};
	size_t i;

	for (i = 0; i < N_ELEMENTS(errors); i++) {
		open_calls();
		calls_trouble(calls, "intend", "router", ERR_TIMEOUT, NULL);
		kit_advance(CALLS_PROBE_MS);
		calls_close(calls);
		kit_settle();
		ck_assert_uint_eq(n_over, 0);
		answer(errors[i]);
		ck_assert_uint_eq(n_over, 1);
		kit_close();
	}
}
END_TEST

static size_t count_lines(const char *text, const char *part)
{
	size_t n = 0;

	for (text = strstr(text, part); text != NULL; text = strstr(text + 1, part))
		n++;
	return n;
}

START_TEST(trouble_is_counted_each_time_and_logged_once_a_second)
{
	const struct errinfo why = {.code = ERR_DENIED, .text = "the key is wrong"};
	int64_t before = metric_get(METRIC_STORE_TROUBLE);
	const char *text;

	open_calls();
	capture();
	calls_trouble(calls, "intend", "router", ERR_DENIED, &why);
	calls_trouble(calls, "confirm", "other", ERR_DENIED, NULL);
	kit_advance(LOG_PAUSE_MS - 1);
	calls_trouble(calls, "list", "router", ERR_DENIED, NULL);
	kit_advance(1);
	calls_trouble(calls, "lookup", "third", ERR_THROTTLED, NULL);
	text = captured();
	ck_assert_int_eq(metric_get(METRIC_STORE_TROUBLE) - before, 4);
	ck_assert_uint_eq(count_lines(text, "the store is in trouble"), 2);
	ck_assert_ptr_nonnull(strstr(text, "verb=intend user=router why=\"the key is wrong\""));
	ck_assert_ptr_nonnull(strstr(text, "verb=lookup user=third why="));
	ck_assert_ptr_nonnull(strstr(text, err_str(ERR_THROTTLED)));
	close_calls();
}
END_TEST

START_TEST(without_memory_there_are_none)
{
	struct calls *none = NULL;
	size_t n;
	int err;

	kit_open();
	store.ops = &ops_with_claims;
	for (n = 1; n <= 2; n++) {
		fake_malloc_fail_at(n);
		err = calls_new(&kit_loop, &store, &events, &store, &none);
		ck_assert(fake_malloc_off());
		ck_assert_int_eq(err, ERR_NOMEM);
		ck_assert_ptr_null(none);
	}
	calls_free(NULL);
	kit_close();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_verb_is_passed_on_and_its_answer_back,
		where_the_store_has_claims_an_intent_asks_for_them,
		a_call_that_cannot_be_begun_is_not_under_way,
		once_it_is_closed_the_caller_is_told_that_and_all_is_over,
		it_is_over_once_and_not_before_the_last_one_is_gone,
		while_it_is_open_the_last_one_that_goes_is_not_the_end,
		while_the_engine_drains_each_call_that_comes_back_is_told,
		only_silence_is_probed,
		more_trouble_does_not_make_a_second_probe,
		a_store_that_stays_silent_is_probed_again_and_again,
		who_drains_probes_no_more,
		a_probe_that_is_under_way_when_it_is_closed_ends_it,
		trouble_is_counted_each_time_and_logged_once_a_second,
		without_memory_there_are_none,
	};

	return unit_run("calls", tests, N_ELEMENTS(tests));
}
