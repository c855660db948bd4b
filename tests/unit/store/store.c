/* SPDX-License-Identifier: BSD-2-Clause
 * What all stores agree on, and that each verb reaches its function. */
#include "store/store.h"

#include <stdio.h>

#include "base/err.h"
#include "kit/unit.h"
#include "kit/values.h"

START_TEST(an_intent_takes_the_next_seq_unless_it_names_one)
{
	ck_assert_uint_eq(store_intent_seq(&(struct store_intent){.expect = {.seq = 6}}), 7);
	ck_assert_uint_eq(store_intent_seq(&(struct store_intent){.expect = {.seq = 0}}), 1);
	ck_assert_uint_eq(store_intent_seq(&(struct store_intent){.expect = {.seq = 6}, .seq = 20}),
			  20);
}
END_TEST

START_TEST(accounts_clash_about_what_one_publishes_or_deletes)
{
	static const struct {
		const char *v4, *v6, *gone4, *gone6; /* of the intent */
		const char *other4, *other6;
		bool want;
	} rows[] = {
		{"192.0.2.1", NULL, NULL, NULL, "192.0.2.1", NULL, false},
		{"192.0.2.1", NULL, NULL, NULL, "192.0.2.2", NULL, true},
		{"192.0.2.1", NULL, NULL, NULL, NULL, "2001:db8::1", false},
		{NULL, NULL, "192.0.2.1", NULL, "192.0.2.1", NULL, true},
		{NULL, NULL, "192.0.2.1", NULL, "192.0.2.2", NULL, false},
		{NULL, NULL, "192.0.2.1", NULL, NULL, NULL, false},
		{"192.0.2.1", NULL, NULL, "2001:db8::1", "192.0.2.1", "2001:db8::1", true},
		{"192.0.2.1", NULL, NULL, "2001:db8::1", "192.0.2.1", "2001:db8::2", false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const struct store_intent intent = {
			.want = value_pair(rows[i].v4, rows[i].v6),
			.gone = value_pair(rows[i].gone4, rows[i].gone6),
		};
		const struct addr_pair other = value_pair(rows[i].other4, rows[i].other6);

		ck_assert_msg(store_intent_clashes(&intent, &other) == rows[i].want, "row %zu", i);
	}
}
END_TEST

START_TEST(an_intent_made_again_is_earlier_than_what_was_asked_for_since)
{
	static const struct {
		bool is_again;
		int64_t wanted_ms, other_ms;
		const char *other4;
		uint64_t over;
		bool want;
	} rows[] = {
		{true, 10, 11, "192.0.2.2", 0, true},	{true, 10, 11, "192.0.2.2", 2, true},
		{false, 10, 11, "192.0.2.2", 0, false}, {true, 11, 11, "192.0.2.2", 0, false},
		{true, 12, 11, "192.0.2.2", 0, false},	{true, 0, 11, "192.0.2.2", 0, false},
		{true, 10, 0, "192.0.2.2", 0, false},	{true, 10, 11, "192.0.2.1", 0, false},
		{true, 10, 11, "192.0.2.2", 3, false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const struct store_intent intent = {
			.want = value_pair("192.0.2.1", NULL),
			.wanted_ms = rows[i].wanted_ms,
			.is_again = rows[i].is_again,
		};
		const struct host_state other = {
			.want = value_pair(rows[i].other4, NULL),
			.seq = 3,
			.over = rows[i].over,
			.wanted_ms = rows[i].other_ms,
		};

		ck_assert_msg(store_intent_is_earlier(&intent, &other) == rows[i].want, "row %zu",
			      i);
	}
}
END_TEST

static const struct {
	uint64_t seq;
	const char *v4, *v6; /* of the confirmation */
	bool want;
} fit_rows[] = {
	{5, "192.0.2.1", "2001:db8::1", true},
	{4, "192.0.2.1", "2001:db8::1", false},
	{6, "192.0.2.1", "2001:db8::1", false},
	/* The host was made again, and counts from 1 once more. */
	{5, "192.0.2.2", "2001:db8::1", false},
	{5, "192.0.2.1", NULL, false},
	{5, NULL, "2001:db8::1", false},
	{5, NULL, NULL, true},
	{4, NULL, NULL, false},
};

START_TEST(a_confirmation_is_of_this_state)
{
	const struct host_state state = {.want = value_pair("192.0.2.1", "2001:db8::1"), .seq = 5};
	size_t i;

	for (i = 0; i < N_ELEMENTS(fit_rows); i++) {
		const struct store_confirm c = {
			.seq = fit_rows[i].seq,
			.want = value_pair(fit_rows[i].v4, fit_rows[i].v6),
		};

		ck_assert_msg(store_confirm_fits(&c, &state) == fit_rows[i].want, "row %zu", i);
	}
}
END_TEST

START_TEST(an_intent_leaves_nothing_of_what_was_to_be_done)
{
	struct host_state s = {.seq = 6, .repeats = 6, .gone = value_pair("192.0.2.1", NULL)};
	struct store_intent intent = {.expect = s, .want = value_pair("192.0.2.2", NULL)};

	store_intent_apply(&intent, &s);
	ck_assert_uint_eq(s.seq, 7);
	ck_assert_uint_eq(s.repeats, 0);
	ck_assert(!addr_is_set(&s.gone.v4));
	ck_assert(!host_state_is_over(&s));
	intent.repeats = true;
	store_intent_apply(&intent, &s);
	ck_assert_uint_eq(s.repeats, 7);
	intent.is_over = true;
	store_intent_apply(&intent, &s);
	ck_assert(host_state_is_over(&s));
}
END_TEST

START_TEST(whose_name_it_is_is_told)
{
	static const struct {
		const char *users[3];
		size_t n;
		const char *want;
	} rows[] = {
		{{"zoe"}, 1, "zoe"},
		{{"zoe", "bob"}, 2, "zoe"},
		{{"bob", "zoe"}, 2, "zoe"},
		{{"bob", "zoe", "eve"}, 3, "zoe"},
		/* The store may say so of a name that is nobody else's by now. */
		{{"bob"}, 1, "bob"},
	};
	const struct fqdn name = value_name("a.example.com");
	char want[128];
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct store_owners owners = {.n = 0};
		struct errinfo ei = ERRINFO_INIT;

		for (k = 0; k < rows[i].n; k++)
			store_owners_add(&owners, rows[i].users[k]);
		snprintf(want, sizeof(want),
			 "a.example.com belongs to user \"%s\"; --shared gives it to both",
			 rows[i].want);
		ck_assert_int_eq(store_owners_refuse(&owners, "bob", &name, &ei), ERR_REFUSED);
		ck_assert_str_eq(ei.text, want);
	}
}
END_TEST

/* A store that says which verb it heard. */
static struct store *told;

static void fake_close(struct store *s)
{
	told = s;
}

static int fake_lookup(struct store *s, const char *user, store_lookup_fn *done, void *arg)
{
	return s == told && *user == 'u' && done == NULL && arg == &told ? 1 : 0;
}

static int fake_intend(struct store *s, const char *user, const struct store_intent *intents,
		       size_t n, store_done_fn *done, void *arg)
{
	return s == told && *user == 'u' && intents != NULL && n == 3 && done == NULL &&
			       arg == &told
		       ? 2
		       : 0;
}

static int fake_confirm(struct store *s, const char *user, const struct store_confirm *c,
			store_done_fn *done, void *arg)
{
	return s == told && *user == 'u' && c != NULL && done == NULL && arg == &told ? 3 : 0;
}

static int fake_list(struct store *s, store_each_fn *each, store_done_fn *done, void *arg)
{
	return s == told && each == NULL && done == NULL && arg == &told ? 4 : 0;
}

static int fake_put(struct store *s, const struct account *account, enum store_put_mode mode,
		    store_done_fn *done, void *arg)
{
	return s == told && account == NULL && mode == STORE_REPLACE && done == NULL && arg == &told
		       ? 5
		       : 0;
}

static int fake_remove(struct store *s, const char *user, store_done_fn *done, void *arg)
{
	return s == told && *user == 'u' && done == NULL && arg == &told ? 6 : 0;
}

static int fake_rename(struct store *s, const char *user, const char *to, store_done_fn *done,
		       void *arg)
{
	return s == told && *user == 'u' && *to == 't' && done == NULL && arg == &told ? 7 : 0;
}

static int fake_replace_secret(struct store *s, const char *user, const char *old,
			       const char *secret, store_done_fn *done, void *arg)
{
	return s == told && *user == 'u' && *old == 'o' && *secret == 's' && done == NULL &&
			       arg == &told
		       ? 9
		       : 0;
}

static int fake_version(struct store *s, store_version_fn *done, void *arg)
{
	return s == told && done == NULL && arg == &told ? 8 : 0;
}

/* --- of notices --- */

static int fake_put_notice(struct store *s, const struct notice *n, store_done_fn *done, void *arg)
{
	return s == told && n == NULL && done == NULL && arg == &told ? 11 : 0;
}

static int fake_list_notices(struct store *s, store_notice_fn *each, store_done_fn *done, void *arg)
{
	return s == told && each == NULL && done == NULL && arg == &told ? 12 : 0;
}

static int fake_claim_notice(struct store *s, const char *id, const char *target,
			     const char *holder, int64_t now_s, int64_t until_s,
			     store_done_fn *done, void *arg)
{
	return s == told && *id == 'i' && *target == 't' && *holder == 'h' && now_s == 1 &&
			       until_s == 2 && done == NULL && arg == &told
		       ? 13
		       : 0;
}

static int fake_update_notice(struct store *s, const struct notice *n, store_done_fn *done,
			      void *arg)
{
	return s == told && n == NULL && done == NULL && arg == &told ? 14 : 0;
}

static int fake_remove_notice(struct store *s, const char *id, const char *target,
			      const char *holder, store_done_fn *done, void *arg)
{
	return s == told && *id == 'i' && *target == 't' && *holder == 'h' && done == NULL &&
			       arg == &told
		       ? 15
		       : 0;
}

START_TEST(each_verb_of_notices_reaches_its_store)
{
	static const struct store_notice_ops notices = {
		.put = fake_put_notice,
		.list = fake_list_notices,
		.claim = fake_claim_notice,
		.update = fake_update_notice,
		.remove = fake_remove_notice,
		.max = 16,
	};
	static const struct store_ops ops = {.notices = &notices}, none = {.list = fake_list};
	struct store s = {&ops}, other = {&none};

	told = &s;
	ck_assert(store_has_notices(&s) && !store_has_notices(&other));
	ck_assert_uint_eq(store_notices_max(&s), 16);
	ck_assert_int_eq(store_put_notice(&s, NULL, NULL, &told), 11);
	ck_assert_int_eq(store_list_notices(&s, NULL, NULL, &told), 12);
	ck_assert_int_eq(store_claim_notice(&s, "i", "t", "h", 1, 2, NULL, &told), 13);
	ck_assert_int_eq(store_update_notice(&s, NULL, NULL, &told), 14);
	ck_assert_int_eq(store_remove_notice(&s, "i", "t", "h", NULL, &told), 15);
	told = NULL;
}
END_TEST

START_TEST(each_verb_reaches_its_store)
{
	static const struct store_ops ops = {
		.close = fake_close,
		.lookup = fake_lookup,
		.intend = fake_intend,
		.confirm = fake_confirm,
		.list = fake_list,
		.put = fake_put,
		.remove = fake_remove,
		.rename = fake_rename,
		.replace_secret = fake_replace_secret,
		.version = fake_version,
	};
	struct store_intent intents[3] = {{.seq = 1}};
	struct store_confirm confirm = {.seq = 1};
	struct store s = {&ops};

	told = &s;
	ck_assert_int_eq(store_lookup(&s, "u", NULL, &told), 1);
	ck_assert_int_eq(store_intend(&s, "u", intents, 3, NULL, &told), 2);
	ck_assert_int_eq(store_confirm(&s, "u", &confirm, NULL, &told), 3);
	ck_assert_int_eq(store_list(&s, NULL, NULL, &told), 4);
	ck_assert_int_eq(store_put(&s, NULL, STORE_REPLACE, NULL, &told), 5);
	ck_assert_int_eq(store_remove(&s, "u", NULL, &told), 6);
	ck_assert_int_eq(store_rename(&s, "u", "t", NULL, &told), 7);
	ck_assert_int_eq(store_version(&s, NULL, &told), 8);
	ck_assert_int_eq(store_replace_secret(&s, "u", "o", "s", NULL, &told), 9);
	ck_assert(store_has_version(&s));
	told = NULL;
	store_close(&s);
	ck_assert_ptr_eq(told, &s);
	store_close(NULL);
}
END_TEST

START_TEST(a_store_may_have_no_version)
{
	static const struct store_ops ops = {.list = fake_list};
	struct store s = {&ops};

	ck_assert(!store_has_version(&s));
}
END_TEST

START_TEST(a_store_may_keep_no_history_or_prune_it_by_itself)
{
	static const struct store_history_ops history = {.add = NULL};
	static const struct store_ops none = {.list = fake_list},
				      by_itself = {.list = fake_list, .history = &history};
	struct store s = {&none}, other = {&by_itself};

	ck_assert(!store_has_history(&s) && !store_has_pruning(&s));
	ck_assert(store_has_history(&other) && !store_has_pruning(&other));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_intent_takes_the_next_seq_unless_it_names_one,
		accounts_clash_about_what_one_publishes_or_deletes,
		an_intent_made_again_is_earlier_than_what_was_asked_for_since,
		a_confirmation_is_of_this_state,
		an_intent_leaves_nothing_of_what_was_to_be_done,
		whose_name_it_is_is_told,
		each_verb_reaches_its_store,
		each_verb_of_notices_reaches_its_store,
		a_store_may_have_no_version,
		a_store_may_keep_no_history_or_prune_it_by_itself,
	};

	return unit_run("store", tests, N_ELEMENTS(tests));
}
