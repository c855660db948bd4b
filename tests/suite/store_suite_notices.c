/* SPDX-License-Identifier: BSD-2-Clause
 * What must hold for notices (store/notice.h) in every store that keeps them. */
#include <string.h>

#include "kit/store_kit.h"
#include "kit/unit.h"
#include "store/notice.h"

enum { NOW_S = 1800000000, LATE_S = 2000000000, LEASE_S = 120, LISTED_MAX = 300, MADE_MAX = 200 };

#define BODY "{\"kind\":\"address-changed\",\"host\":\"a.example.com\"}"

struct listing {
	struct store_kit_answer answer;
	size_t n;
	struct notice notices[LISTED_MAX];
};

static struct listing listed;

static void on_notice(void *arg, const struct notice *n)
{
	struct listing *l = arg;

	ck_assert_uint_lt(l->n, LISTED_MAX);
	l->notices[l->n++] = *n;
}

static void list_notices(void)
{
	listed.answer = (struct store_kit_answer){0};
	listed.n = 0;
	ck_assert_int_eq(store_kit_finish(store_list_notices(store_kit.store, on_notice,
							     store_kit_on_done, &listed),
					  &listed.answer),
			 0);
}

/* Of those that were listed last; NULL: it is not among them. */
static const struct notice *find(const char *id, const char *target)
{
	const struct notice *found = NULL;
	size_t i;

	for (i = 0; i < listed.n; i++) {
		if (!notice_has_key(&listed.notices[i], id, target))
			continue;
		ck_assert_msg(found == NULL, "%s of %s was listed twice", id, target);
		found = &listed.notices[i];
	}
	return found;
}

/* The same, listed anew: a remote store takes seconds for that. */
static const struct notice *kept(const char *id, const char *target)
{
	list_notices();
	return find(id, target);
}

static struct notice make(const char *id, const char *target)
{
	struct notice n = {.body = BODY, .made_s = NOW_S - 10, .next_s = NOW_S};

	ck_assert_int_eq(str_copy(n.id, sizeof(n.id), slice_of(id)), 0);
	ck_assert_int_eq(str_copy(n.target, sizeof(n.target), slice_of(target)), 0);
	return n;
}

static void set_holder(struct notice *n, const char *holder)
{
	ck_assert_int_eq(str_copy(n->holder, sizeof(n->holder), slice_of(holder)), 0);
}

/* What a test has put: others begin without it. */
static struct {
	char id[NOTICE_ID_MAX + 1], target[NOTICE_TARGET_MAX + 1];
} made[MADE_MAX];
static size_t n_made;

static void note_made(const struct notice *n)
{
	ck_assert_uint_lt(n_made, MADE_MAX);
	memcpy(made[n_made].id, n->id, sizeof(n->id));
	memcpy(made[n_made].target, n->target, sizeof(n->target));
	n_made++;
}

/* Whoever holds it: by that time nobody does. */
static void forget(const char *id, const char *target)
{
	struct store_kit_answer a = {0}, b = {0};
	int err = store_kit_finish(store_claim_notice(store_kit.store, id, target, "end", LATE_S,
						      LATE_S + 1, store_kit_on_done, &a),
				   &a);

	if (err == 0)
		err = store_kit_finish(store_remove_notice(store_kit.store, id, target, "end",
							   store_kit_on_done, &b),
				       &b);
	ck_assert_msg(err == 0 || err == ERR_NOTFOUND, "%s %s", a.text, b.text);
}

static void begin(void)
{
	n_made = 0;
}

static void end(void)
{
	if (!store_kit.subject->is_shared)
		return;
	if (store_kit.store == NULL)
		store_kit.store = store_kit_open(false);
	while (n_made > 0) {
		n_made--;
		forget(made[n_made].id, made[n_made].target);
	}
}

static int put(const struct notice *n)
{
	struct store_kit_answer a = {0};

	if (notice_check(n, NULL) == 0)
		note_made(n);
	return store_kit_finish(store_put_notice(store_kit.store, n, store_kit_on_done, &a), &a);
}

static void put_new(const char *id, const char *target)
{
	const struct notice n = make(id, target);

	ck_assert_int_eq(put(&n), 0);
}

static int claim(const char *id, const char *holder, int64_t now_s)
{
	struct store_kit_answer a = {0};

	return store_kit_finish(store_claim_notice(store_kit.store, id, "ops", holder, now_s,
						   now_s + LEASE_S, store_kit_on_done, &a),
				&a);
}

static int update(const struct notice *n)
{
	struct store_kit_answer a = {0};

	return store_kit_finish(store_update_notice(store_kit.store, n, store_kit_on_done, &a), &a);
}

static int take_out(const char *id, const char *holder)
{
	struct store_kit_answer a = {0};

	return store_kit_finish(
		store_remove_notice(store_kit.store, id, "ops", holder, store_kit_on_done, &a), &a);
}

static void assert_same(const struct notice *got, const struct notice *want)
{
	ck_assert_ptr_nonnull(got);
	ck_assert_str_eq(got->id, want->id);
	ck_assert_str_eq(got->target, want->target);
	ck_assert_str_eq(got->body, want->body);
	ck_assert_int_eq(got->made_s, want->made_s);
	ck_assert_int_eq(got->next_s, want->next_s);
	ck_assert_uint_eq(got->attempts, want->attempts);
	ck_assert_int_eq(got->state, want->state);
	ck_assert_str_eq(got->why, want->why);
	ck_assert_str_eq(got->holder, want->holder);
	ck_assert_int_eq(got->held_until_s, want->held_until_s);
}

START_TEST(what_was_put_is_listed_as_it_was)
{
	struct notice plain = make("e1", "ops"), full = make("e2", "pager");

	list_notices();
	ck_assert_uint_eq(listed.n, 0);
	full.attempts = 7;
	full.state = NOTICE_DEAD;
	full.next_s = NOW_S + 3600;
	notice_set_why(&full, slice_of("HTTP 503, \"later\""));
	set_holder(&full, "0123abcd");
	full.held_until_s = NOW_S + LEASE_S;
	ck_assert_int_eq(put(&plain), 0);
	ck_assert_int_eq(put(&full), 0);
	assert_same(kept("e1", "ops"), &plain);
	assert_same(find("e2", "pager"), &full);
	ck_assert_uint_eq(listed.n, 2);
}
END_TEST

START_TEST(longest_notice_comes_back_unchanged)
{
	struct notice n = make("e", "t");

	memset(n.id, 'i', NOTICE_ID_MAX);
	memset(n.target, '~', NOTICE_TARGET_MAX);
	memset(n.body, '"', NOTICE_BODY_MAX);
	memcpy(n.body + NOTICE_BODY_MAX - 4, "\xf0\x9f\x91\x8d", 4);
	memset(n.why, '\\', NOTICE_WHY_MAX);
	memset(n.holder, 'f', NOTICE_HOLDER_MAX);
	n.attempts = UINT32_MAX;
	n.held_until_s = n.next_s = INT32_MAX * (int64_t)100;
	ck_assert_int_eq(put(&n), 0);
	assert_same(kept(n.id, n.target), &n);
}
END_TEST

START_TEST(what_is_there_is_not_put_again)
{
	struct notice n = make("e1", "ops");

	put_new("e1", "ops");
	ck_assert_int_eq(claim("e1", "aa", NOW_S), 0);
	memcpy(n.body, "{}", 3);
	ck_assert_int_eq(put(&n), ERR_EXISTS);
	ck_assert_str_eq(kept("e1", "ops")->body, BODY);
	ck_assert_str_eq(find("e1", "ops")->holder, "aa");
	/* One event, several targets, and the other way round. */
	put_new("e1", "pager");
	put_new("e2", "ops");
	list_notices();
	ck_assert_uint_eq(listed.n, 3);
	/* What was delivered may be told once more: the same is put again. */
	ck_assert_int_eq(take_out("e1", "aa"), 0);
	ck_assert_int_eq(put(&n), 0);
}
END_TEST

START_TEST(put_copies_the_notice)
{
	struct notice n = make("e1", "ops");
	struct store_kit_answer a = {0};

	note_made(&n);
	ck_assert_int_eq(store_put_notice(store_kit.store, &n, store_kit_on_done, &a), 0);
	memset(&n, 'x', sizeof(n));
	store_kit_await(&a, 1);
	ck_assert_int_eq(a.err, 0);
	ck_assert_str_eq(kept("e1", "ops")->body, BODY);
}
END_TEST

static void break_id(struct notice *n)
{
	memcpy(n->id, "a b", 4);
}

static void break_target(struct notice *n)
{
	n->target[0] = '\0';
}

static void break_body(struct notice *n)
{
	n->body[3] = '\n';
}

static void break_holder(struct notice *n)
{
	memcpy(n->holder, "\xc3\xa4", 3);
}

static void break_time(struct notice *n)
{
	n->made_s = 0;
}

static void (*const breaks[])(struct notice *n) = {
	break_id, break_target, break_body, break_holder, break_time,
};

START_TEST(what_cannot_be_kept_is_refused)
{
	struct notice n = make("e1", "ops");

	put_new("e1", "ops");
	ck_assert_int_eq(claim("e1", "aa", NOW_S), 0);
	set_holder(&n, "aa");
	breaks[_i](&n);
	ck_assert_int_eq(put(&n), ERR_INVAL);
	ck_assert_int_eq(update(&n), ERR_INVAL);
	ck_assert_int_eq(claim("", "aa", NOW_S), ERR_INVAL);
	ck_assert_int_eq(claim("e1", "", NOW_S), ERR_INVAL);
	ck_assert_int_eq(take_out("e1", ""), ERR_INVAL);
}
END_TEST

static const struct {
	const char *holder;
	int64_t until_s;
	int want;
} claim_rows[] = {
	{"", 0, 0},
	{"", NOW_S + 60, 0},
	{"bb", NOW_S + 60, ERR_CONFLICT},
	{"bb", NOW_S + 1, ERR_CONFLICT},
	{"bb", NOW_S + NOTICE_HOLD_MAX_S, ERR_CONFLICT},
	/* It has ended, or was given back. */
	{"bb", NOW_S, 0},
	{"bb", NOW_S - 60, 0},
	{"bb", 0, 0},
	/* Nobody holds one for so long: the clock of who did was ahead. */
	{"bb", NOW_S + NOTICE_HOLD_MAX_S + 1, 0},
	/* Its own, also after an answer that was lost. */
	{"aa", NOW_S + 60, 0},
	{"aa", NOW_S - 60, 0},
};

START_TEST(one_is_claimed_while_nobody_else_holds_it)
{
	struct notice n = make("e1", "ops");

	set_holder(&n, claim_rows[_i].holder);
	n.held_until_s = claim_rows[_i].until_s;
	ck_assert_int_eq(put(&n), 0);
	ck_assert_msg(claim("e1", "aa", NOW_S) == claim_rows[_i].want, "row %d", _i);
	set_holder(&n, "aa");
	ck_assert_int_eq(update(&n), claim_rows[_i].want);
	ck_assert_int_eq(claim("e2", "aa", NOW_S), ERR_NOTFOUND);
}
END_TEST

START_TEST(of_many_claims_at_once_exactly_one_wins)
{
	enum { AT_ONCE = 8 };
	struct store_kit_answer a[AT_ONCE] = {{0}};
	char holder[] = "a0";
	size_t i, n = 0;

	put_new("e1", "ops");
	for (i = 0; i < AT_ONCE; i++) {
		holder[1] = (char)('0' + i);
		ck_assert_int_eq(store_claim_notice(store_kit.store, "e1", "ops", holder, NOW_S,
						    NOW_S + LEASE_S, store_kit_on_done, &a[i]),
				 0);
	}
	store_kit_await(a, AT_ONCE);
	for (i = 0; i < AT_ONCE; i++) {
		n += a[i].err == 0;
		ck_assert_msg(a[i].err == 0 || a[i].err == ERR_CONFLICT, "%s", a[i].text);
	}
	ck_assert_uint_eq(n, 1);
}
END_TEST

START_TEST(holder_tells_how_it_went)
{
	struct notice n = make("e1", "ops");

	put_new("e1", "ops");
	ck_assert_int_eq(claim("e1", "aa", NOW_S), 0);
	set_holder(&n, "aa");
	n.attempts = 3;
	n.next_s = NOW_S + 40;
	n.held_until_s = 0;
	notice_set_why(&n, slice_of("no route to host"));
	ck_assert_int_eq(update(&n), 0);
	assert_same(kept("e1", "ops"), &n);
	/* The next one may have it, and only that one tells from then on. */
	ck_assert_int_eq(claim("e1", "bb", NOW_S), 0);
	ck_assert_int_eq(update(&n), ERR_CONFLICT);
	set_holder(&n, "bb");
	n.state = NOTICE_DEAD;
	n.why[0] = '\0';
	ck_assert_int_eq(update(&n), 0);
	ck_assert_int_eq(update(&n), 0);
	assert_same(kept("e1", "ops"), &n);
	n.id[1] = '2';
	ck_assert_int_eq(update(&n), ERR_NOTFOUND);
}
END_TEST

START_TEST(update_leaves_what_was_told)
{
	struct notice n = make("e1", "ops");

	put_new("e1", "ops");
	ck_assert_int_eq(claim("e1", "aa", NOW_S), 0);
	set_holder(&n, "aa");
	memcpy(n.body, "{}", 3);
	ck_assert_int_eq(update(&n), 0);
	ck_assert_str_eq(kept("e1", "ops")->body, BODY);
}
END_TEST

START_TEST(update_begins_it_anew)
{
	struct notice n = make("e1", "ops");

	put_new("e1", "ops");
	ck_assert_int_eq(claim("e1", "aa", NOW_S), 0);
	set_holder(&n, "aa");
	n.made_s = NOW_S + 5;
	ck_assert_int_eq(update(&n), 0);
	ck_assert_int_eq(kept("e1", "ops")->made_s, NOW_S + 5);
}
END_TEST

START_TEST(only_its_holder_takes_it_out)
{
	put_new("e1", "ops");
	put_new("e1", "pager");
	ck_assert_int_eq(take_out("e1", "aa"), ERR_CONFLICT);
	ck_assert_int_eq(claim("e1", "aa", NOW_S), 0);
	ck_assert_int_eq(claim("e1", "bb", NOW_S + LEASE_S), 0);
	ck_assert_int_eq(take_out("e1", "aa"), ERR_CONFLICT);
	ck_assert_int_eq(take_out("e1", "bb"), 0);
	ck_assert_int_eq(take_out("e1", "bb"), ERR_NOTFOUND);
	ck_assert_int_eq(claim("e1", "bb", NOW_S), ERR_NOTFOUND);
	ck_assert_ptr_null(kept("e1", "ops"));
	ck_assert_ptr_nonnull(find("e1", "pager"));
}
END_TEST

START_TEST(many_are_listed_each_once)
{
	enum { MANY = 150 };
	char id[] = "e000";
	size_t i;

	for (i = 0; i < MANY; i++) {
		id[1] = (char)('0' + i / 100);
		id[2] = (char)('0' + i / 10 % 10);
		id[3] = (char)('0' + i % 10);
		put_new(id, i % 2 == 0 ? "ops" : "pager");
	}
	list_notices();
	ck_assert_uint_eq(listed.n, MANY);
	ck_assert_ptr_nonnull(find("e000", "ops"));
	ck_assert_ptr_nonnull(find("e149", "pager"));
	ck_assert_int_eq(claim("e148", "aa", NOW_S), 0);
	ck_assert_int_eq(take_out("e148", "aa"), 0);
	list_notices();
	ck_assert_uint_eq(listed.n, MANY - 1);
}
END_TEST

/* The service may carry them out later, so what is left of it is left. */
START_TEST(close_leaves_none_unanswered)
{
	const struct notice n = make("closed", "ops");
	struct store_kit_answer a[2] = {{0}};

	listed = (struct listing){.n = 0};
	ck_assert_int_eq(store_put_notice(store_kit.store, &n, store_kit_on_done, &a[0]), 0);
	ck_assert_int_eq(store_claim_notice(store_kit.store, "closed", "ops", "aa", NOW_S,
					    NOW_S + LEASE_S, store_kit_on_done, &a[1]),
			 0);
	ck_assert_int_eq(store_list_notices(store_kit.store, on_notice, store_kit_on_done, &listed),
			 0);
	store_kit_close_all();
	store_kit_await(a, N_ELEMENTS(a));
	store_kit_await(&listed.answer, 1);
	ck_assert_int_eq(a[1].err, ERR_CANCELED);
	ck_assert_int_eq(listed.answer.err, ERR_CANCELED);
}
END_TEST

static struct store_kit_answer closing;

static void close_at_notice(void *arg, const struct notice *n)
{
	ck_assert_ptr_eq(arg, &closing);
	ck_assert_int_eq(n->id[0], 'e');
	ck_assert_ptr_nonnull(store_kit.store);
	store_kit_close_all();
}

START_TEST(listing_ends_when_the_store_is_closed_in_its_midst)
{
	put_new("e1", "ops");
	put_new("e2", "ops");
	closing = (struct store_kit_answer){0};
	ck_assert_int_eq(
		store_list_notices(store_kit.store, close_at_notice, store_kit_on_done, &closing),
		0);
	store_kit_await(&closing, 1);
	ck_assert_int_eq(closing.err, ERR_CANCELED);
}
END_TEST

static size_t n_accounts;

static void count_account(void *arg, const struct account *account)
{
	(void)arg;
	n_accounts++;
	ck_assert_str_eq(account->user, "bob");
}

START_TEST(accounts_do_not_see_them)
{
	struct store_kit_answer a = {0};
	struct account *found;

	put_new("e1", "ops");
	store_kit_create("bob", "a.example.com", NULL);
	n_accounts = 0;
	ck_assert_int_eq(
		store_kit_finish(store_list(store_kit.store, count_account, store_kit_on_done, &a),
				 &a),
		0);
	ck_assert_uint_eq(n_accounts, 1);
	ck_assert_int_eq(store_kit_lookup(store_kit.store, "e1", &found), ERR_NOTFOUND);
	ck_assert_int_eq(store_kit_remove("bob"), 0);
	ck_assert_ptr_nonnull(kept("e1", "ops"));
}
END_TEST

/* --- several processes --- */

START_TEST(it_outlives_the_process_that_put_it)
{
	const struct notice n = make("e1", "ops");

	ck_assert_int_eq(put(&n), 0);
	ck_assert_int_eq(claim("e1", "aa", NOW_S), 0);
	store_kit_close_all();
	store_kit.store = store_kit_open(false);
	ck_assert_str_eq(kept("e1", "ops")->holder, "aa");
	ck_assert_int_eq(claim("e1", "bb", NOW_S), ERR_CONFLICT);
	ck_assert_int_eq(claim("e1", "bb", NOW_S + LEASE_S), 0);
	ck_assert_int_eq(take_out("e1", "bb"), 0);
}
END_TEST

START_TEST(of_two_processes_one_holds_it)
{
	struct store *other = store_kit_open(false);
	struct store_kit_answer a[2] = {{0}}, late = {0};

	put_new("e1", "ops");
	ck_assert_int_eq(store_claim_notice(store_kit.store, "e1", "ops", "aa", NOW_S,
					    NOW_S + LEASE_S, store_kit_on_done, &a[0]),
			 0);
	ck_assert_int_eq(store_claim_notice(other, "e1", "ops", "bb", NOW_S, NOW_S + LEASE_S,
					    store_kit_on_done, &a[1]),
			 0);
	store_kit_await(a, N_ELEMENTS(a));
	ck_assert_int_eq(a[0].err + a[1].err, ERR_CONFLICT);
	ck_assert(a[0].err == 0 || a[1].err == 0);
	ck_assert_int_eq(store_kit_finish(store_remove_notice(other, "e1", "ops",
							      a[0].err == 0 ? "aa" : "bb",
							      store_kit_on_done, &late),
					  &late),
			 0);
	ck_assert_ptr_null(kept("e1", "ops"));
}
END_TEST

void store_suite_add_notices(Suite *s, bool is_shared)
{
	TCase *tc = store_kit_case(s, "notices");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, what_was_put_is_listed_as_it_was);
	tcase_add_test(tc, longest_notice_comes_back_unchanged);
	tcase_add_test(tc, what_is_there_is_not_put_again);
	tcase_add_test(tc, put_copies_the_notice);
	tcase_add_loop_test(tc, what_cannot_be_kept_is_refused, 0, N_ELEMENTS(breaks));
	tcase_add_loop_test(tc, one_is_claimed_while_nobody_else_holds_it, 0,
			    N_ELEMENTS(claim_rows));
	tcase_add_test(tc, of_many_claims_at_once_exactly_one_wins);
	tcase_add_test(tc, holder_tells_how_it_went);
	tcase_add_test(tc, update_leaves_what_was_told);
	tcase_add_test(tc, update_begins_it_anew);
	tcase_add_test(tc, only_its_holder_takes_it_out);
	tcase_add_test(tc, many_are_listed_each_once);
	tcase_add_test(tc, close_leaves_none_unanswered);
	tcase_add_test(tc, listing_ends_when_the_store_is_closed_in_its_midst);
	tcase_add_test(tc, accounts_do_not_see_them);
	if (!is_shared)
		return;
	tcase_add_test(tc, it_outlives_the_process_that_put_it);
	tcase_add_test(tc, of_two_processes_one_holds_it);
}
