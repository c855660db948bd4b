/* SPDX-License-Identifier: BSD-2-Clause
 * store/overlay.h: state in memory on top of the table. */
#include "store/overlay.h"

#include <stdio.h>

#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"

enum { LIMIT = 8 };

static struct overlay_host host(const char *name, uint64_t base_seq, uint64_t seq)
{
	return (struct overlay_host){.name = value_name(name),
				     .base.seq = base_seq,
				     .state = {.seq = seq, .pub = base_seq}};
}

static void put(struct overlay *o, const char *user, const char *name, uint64_t base_seq,
		uint64_t seq)
{
	struct overlay_host h = host(name, base_seq, seq);

	ck_assert_int_eq(overlay_put(o, user, &h, 1), 0);
}

/* 0: there is none. */
static uint64_t seq_of(const struct overlay *o, const char *user, const char *name)
{
	struct fqdn fqdn = value_name(name);
	const struct overlay_host *h = overlay_find(o, user, &fqdn);

	return h != NULL ? h->state.seq : 0;
}

static struct account *account(const char *user, const char *host1, uint64_t seq1,
			       const char *host2, uint64_t seq2)
{
	struct account_host *h;
	struct account *a;

	ck_assert_int_eq(account_new(slice_of(user), &a, NULL), 0);
	ck_assert_int_eq(account_add_host(a, slice_of(host1), NULL, &h, NULL), 0);
	h->state.seq = seq1;
	ck_assert_int_eq(account_add_host(a, slice_of(host2), NULL, &h, NULL), 0);
	h->state.seq = seq2;
	return a;
}

static struct overlay *new_overlay(void)
{
	struct overlay *o;

	ck_assert_int_eq(overlay_new(LIMIT, &o), 0);
	return o;
}

START_TEST(host_is_found_by_user_and_name)
{
	struct overlay *o = new_overlay();

	put(o, "bob", "a.example.com", 0, 1);
	put(o, "bob", "b.example.com", 0, 2);
	put(o, "eve", "a.example.com", 0, 3);
	ck_assert_uint_eq(seq_of(o, "bob", "a.example.com"), 1);
	ck_assert_uint_eq(seq_of(o, "bob", "b.example.com"), 2);
	ck_assert_uint_eq(seq_of(o, "eve", "a.example.com"), 3);
	ck_assert_uint_eq(seq_of(o, "eve", "b.example.com"), 0);
	ck_assert_uint_eq(seq_of(o, "mal", "a.example.com"), 0);
	put(o, "bob", "a.example.com", 0, 9);
	ck_assert_uint_eq(seq_of(o, "bob", "a.example.com"), 9);
	ck_assert_uint_eq(overlay_count(o), 3);
	overlay_free(o);
	overlay_free(NULL);
}
END_TEST

START_TEST(dropped_host_or_account_is_gone)
{
	struct overlay *o = new_overlay();
	struct fqdn a = value_name("a.example.com");

	put(o, "bob", "a.example.com", 0, 1);
	put(o, "bob", "b.example.com", 0, 2);
	overlay_drop(o, "eve", NULL);
	overlay_drop(o, "eve", &a);
	overlay_drop(o, "bob", &a);
	ck_assert_uint_eq(seq_of(o, "bob", "a.example.com"), 0);
	ck_assert_uint_eq(seq_of(o, "bob", "b.example.com"), 2);
	overlay_drop(o, "bob", &a);
	ck_assert_uint_eq(overlay_count(o), 1);
	overlay_drop(o, "bob", NULL);
	ck_assert_uint_eq(overlay_count(o), 0);
	overlay_free(o);
}
END_TEST

START_TEST(merge_puts_the_kept_state_on_top_of_the_table)
{
	struct overlay *o = new_overlay();
	struct account *a = account("bob", "a.example.com", 4, "b.example.com", 0);

	put(o, "bob", "a.example.com", 4, 6);
	put(o, "eve", "b.example.com", 0, 9);
	overlay_merge(o, a);
	ck_assert_uint_eq(a->hosts[0].state.seq, 6);
	ck_assert_uint_eq(a->hosts[0].state.pub, 4);
	ck_assert_uint_eq(a->hosts[1].state.seq, 0);
	ck_assert_uint_eq(overlay_count(o), 2);
	account_free(a);
	overlay_free(o);
}
END_TEST

START_TEST(table_that_moved_on_wins_over_what_was_kept)
{
	struct overlay *o = new_overlay();
	struct account *a = account("bob", "a.example.com", 5, "b.example.com", 1);

	put(o, "bob", "a.example.com", 4, 6);
	put(o, "bob", "b.example.com", 1, 2);
	put(o, "bob", "gone.example.com", 0, 3);
	overlay_merge(o, a);
	ck_assert_uint_eq(a->hosts[0].state.seq, 5);
	ck_assert_uint_eq(a->hosts[1].state.seq, 2);
	ck_assert_uint_eq(seq_of(o, "bob", "a.example.com"), 0);
	ck_assert_uint_eq(seq_of(o, "bob", "gone.example.com"), 0);
	ck_assert_uint_eq(overlay_count(o), 1);
	a->hosts[1].state.seq = 7;
	overlay_merge(o, a);
	ck_assert_uint_eq(a->hosts[1].state.seq, 7);
	ck_assert_uint_eq(overlay_count(o), 0);
	account_free(a);
	overlay_free(o);
}
END_TEST

/* A seq comes again when somebody writes the item anew; what was published in between says nothing.
 */
START_TEST(table_that_was_written_anew_wins_over_what_was_kept)
{
	struct overlay *o = new_overlay();
	struct account *a = account("bob", "a.example.com", 1, "b.example.com", 1);

	put(o, "bob", "a.example.com", 1, 2);
	put(o, "bob", "b.example.com", 1, 2);
	a->hosts[0].state.want = value_pair("192.0.2.9", NULL);
	a->hosts[1].state.pub = 1;
	overlay_merge(o, a);
	ck_assert_uint_eq(a->hosts[0].state.seq, 1);
	ck_assert_uint_eq(seq_of(o, "bob", "a.example.com"), 0);
	ck_assert_uint_eq(a->hosts[1].state.seq, 2);
	account_free(a);
	overlay_free(o);
}
END_TEST

/* An account whose hosts cannot be read may still have any of them. */
START_TEST(what_is_kept_goes_with_the_host)
{
	struct overlay *o = new_overlay();
	struct account *a = account("bob", "a.example.com", 1, "b.example.com", 1);

	put(o, "bob", "a.example.com", 1, 2);
	put(o, "bob", "gone.example.com", 1, 2);
	put(o, "eve", "gone.example.com", 1, 2);
	a->flaws = ACCOUNT_FLAW_HOSTS;
	overlay_keep(o, a);
	ck_assert_uint_eq(overlay_count(o), 3);
	a->flaws = 0;
	overlay_keep(o, a);
	ck_assert_uint_eq(seq_of(o, "bob", "a.example.com"), 2);
	ck_assert_uint_eq(seq_of(o, "bob", "gone.example.com"), 0);
	ck_assert_uint_eq(seq_of(o, "eve", "gone.example.com"), 2);
	account_free(a);
	overlay_free(o);
}
END_TEST

/* The next host of that account needs memory as the first one did. */
START_TEST(an_account_without_a_host_is_not_kept)
{
	struct overlay *o = new_overlay();
	struct overlay_host h = host("a.example.com", 0, 1);
	int err;

	put(o, "bob", "a.example.com", 0, 1);
	overlay_drop(o, "bob", &h.name);
	fake_malloc_fail_at(1);
	err = overlay_put(o, "bob", &h, 1);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	overlay_free(o);
}
END_TEST

START_TEST(accounts_not_changed_for_longest_go_first)
{
	struct overlay *o = new_overlay();
	char user[16];
	int i;

	for (i = 0; i < LIMIT; i++) {
		snprintf(user, sizeof(user), "u%d", i);
		put(o, user, "a.example.com", 0, 1);
	}
	put(o, "u0", "a.example.com", 0, 2);
	put(o, "new", "a.example.com", 0, 1);
	ck_assert_uint_eq(overlay_count(o), LIMIT);
	ck_assert_uint_eq(seq_of(o, "u0", "a.example.com"), 2);
	ck_assert_uint_eq(seq_of(o, "u1", "a.example.com"), 0);
	ck_assert_uint_eq(seq_of(o, "u2", "a.example.com"), 1);
	ck_assert_uint_eq(seq_of(o, "new", "a.example.com"), 1);
	overlay_free(o);
}
END_TEST

START_TEST(account_above_the_limit_is_kept_alone)
{
	struct overlay *o = new_overlay();
	struct overlay_host hosts[LIMIT + 2];
	char name[64];
	size_t i;

	put(o, "old", "a.example.com", 0, 1);
	for (i = 0; i < N_ELEMENTS(hosts); i++) {
		snprintf(name, sizeof(name), "h%zu.example.com", i);
		hosts[i] = host(name, 0, 1);
	}
	ck_assert_int_eq(overlay_put(o, "bob", hosts, N_ELEMENTS(hosts)), 0);
	ck_assert_uint_eq(overlay_count(o), N_ELEMENTS(hosts));
	ck_assert_uint_eq(seq_of(o, "old", "a.example.com"), 0);
	put(o, "new", "a.example.com", 0, 1);
	ck_assert_uint_eq(overlay_count(o), 1);
	overlay_free(o);
}
END_TEST

START_TEST(many_accounts_are_all_found)
{
	enum { MANY = 5000 };
	struct overlay *o;
	char user[16];
	int i;

	ck_assert_int_eq(overlay_new(MANY, &o), 0);
	for (i = 0; i < MANY; i++) {
		snprintf(user, sizeof(user), "u%d", i);
		put(o, user, "a.example.com", 0, (uint64_t)i + 1);
	}
	for (i = 0; i < MANY; i++) {
		snprintf(user, sizeof(user), "u%d", i);
		ck_assert_uint_eq(seq_of(o, user, "a.example.com"), (uint64_t)i + 1);
	}
	overlay_free(o);
}
END_TEST

START_TEST(failed_allocation_changes_nothing)
{
	struct overlay_host two[2] = {host("a.example.com", 0, 5), host("b.example.com", 0, 5)};
	struct overlay *o = NULL;
	bool failed = true;
	size_t n;
	int err;

	for (n = 1; failed; n++) {
		fake_malloc_fail_at(n);
		err = overlay_new(LIMIT, &o);
		failed = fake_malloc_off();
		ck_assert_int_eq(err, failed ? ERR_NOMEM : 0);
	}
	put(o, "bob", "a.example.com", 0, 1);
	fake_malloc_fail_at(1);
	err = overlay_put(o, "bob", two, 2);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert_uint_eq(seq_of(o, "bob", "a.example.com"), 1);
	for (n = 1, failed = true; failed; n++) {
		fake_malloc_fail_at(n);
		err = overlay_put(o, "eve", two, 2);
		failed = fake_malloc_off();
		ck_assert_int_eq(err, failed ? ERR_NOMEM : 0);
		ck_assert_uint_eq(overlay_count(o), failed ? 1 : 3);
	}
	overlay_free(o);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		host_is_found_by_user_and_name,
		dropped_host_or_account_is_gone,
		merge_puts_the_kept_state_on_top_of_the_table,
		table_that_moved_on_wins_over_what_was_kept,
		table_that_was_written_anew_wins_over_what_was_kept,
		what_is_kept_goes_with_the_host,
		an_account_without_a_host_is_not_kept,
		accounts_not_changed_for_longest_go_first,
		account_above_the_limit_is_kept_alone,
		many_accounts_are_all_found,
		failed_allocation_changes_nothing,
	};

	return unit_run("overlay", tests, N_ELEMENTS(tests));
}
