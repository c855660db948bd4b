/* SPDX-License-Identifier: BSD-2-Clause
 * What must hold for names that several accounts have, whether the store has claims or not. */
#include <string.h>

#include "kit/store_kit.h"
#include "kit/unit.h"

#define NAME "a.example.com"

struct owners_answer {
	struct store_kit_answer answer;
	struct store_owners owners;
};

static void on_owners(void *arg, int err, const struct store_owners *owners,
		      const struct errinfo *why)
{
	struct owners_answer *a = arg;

	if (owners != NULL)
		a->owners = *owners;
	store_kit_take(&a->answer, err, why);
}

static struct store_owners owners_of(const char *host)
{
	struct fqdn name = value_name(host);
	struct owners_answer a = {.owners = {.n = 0}};

	ck_assert_int_eq(
		store_kit_finish(store_owners(store_kit.store, &name, on_owners, &a), &a.answer),
		0);
	return a.owners;
}

/* want: logins with blanks between them. */
static void assert_owners(const char *host, const char *want)
{
	struct store_owners got = owners_of(host), wanted = {.n = 0};
	struct slice word, rest = slice_of(want);
	char user[ACCOUNT_USER_MAX + 1];
	bool more = want[0] != '\0';
	size_t i;

	while (more) {
		more = slice_cut(rest, ' ', &word, &rest);
		ck_assert_int_eq(str_copy(user, sizeof(user), word), 0);
		store_owners_add(&wanted, user);
	}
	ck_assert_msg(got.n == wanted.n, "%s has %zu owners instead of %s", host, got.n, want);
	for (i = 0; i < got.n; i++)
		ck_assert_msg(store_owners_have(&wanted, got.users[i]), "%s is owned by %s", host,
			      got.users[i]);
}

static int put_one(const char *user, const char *host, const char *host2, enum store_put_mode mode)
{
	struct account *a = store_kit_account(user, "secret", host, host2);
	int err = store_kit_put(a, mode);

	account_free(a);
	return err;
}

START_TEST(owners_are_the_accounts_that_have_the_name)
{
	assert_owners(NAME, "");
	ck_assert_int_eq(put_one("bob", NAME, "b.example.com", STORE_CREATE_ALONE), 0);
	assert_owners(NAME, "bob");
	ck_assert_int_eq(put_one("zoe", NAME, NULL, STORE_CREATE), 0);
	assert_owners(NAME, "bob zoe");
	ck_assert_int_eq(put_one("bob", "b.example.com", "c.example.com", STORE_REPLACE), 0);
	assert_owners(NAME, "zoe");
	assert_owners("c.example.com", "bob");
	ck_assert_int_eq(store_kit_rename("bob", "rob"), 0);
	assert_owners("b.example.com", "rob");
	ck_assert_int_eq(store_kit_remove("zoe"), 0);
	assert_owners(NAME, "");
	ck_assert_int_eq(store_kit_remove("rob"), 0);
	assert_owners("c.example.com", "");
}
END_TEST

START_TEST(rename_of_an_owner_leaves_the_others)
{
	ck_assert_int_eq(put_one("bob", NAME, NULL, STORE_CREATE), 0);
	ck_assert_int_eq(put_one("zoe", NAME, NULL, STORE_CREATE), 0);
	ck_assert_int_eq(store_kit_rename("bob", "rob"), 0);
	assert_owners(NAME, "rob zoe");
}
END_TEST

START_TEST(name_of_another_account_is_refused_and_nothing_changes)
{
	struct account *found;

	ck_assert_int_eq(put_one("bob", NAME, NULL, STORE_CREATE_ALONE), 0);
	ck_assert_int_eq(put_one("zoe", "z.example.com", NAME, STORE_CREATE_ALONE), ERR_REFUSED);
	ck_assert_int_eq(store_kit_lookup(store_kit.store, "zoe", &found), ERR_NOTFOUND);
	assert_owners("z.example.com", "");
	ck_assert_int_eq(put_one("zoe", "z.example.com", NULL, STORE_CREATE_ALONE), 0);
	ck_assert_int_eq(put_one("zoe", "z.example.com", NAME, STORE_REPLACE_ALONE), ERR_REFUSED);
	assert_owners(NAME, "bob");
	/* What it has already, and its own names, are nobody else's business. */
	ck_assert_int_eq(put_one("zoe", "z.example.com", NAME, STORE_REPLACE), 0);
	ck_assert_int_eq(put_one("zoe", NAME, "y.example.com", STORE_REPLACE_ALONE), 0);
	ck_assert_int_eq(put_one("bob", NAME, NULL, STORE_CREATE_ALONE), ERR_EXISTS);
}
END_TEST

START_TEST(name_that_was_given_up_is_free)
{
	ck_assert_int_eq(put_one("bob", NAME, "b.example.com", STORE_CREATE_ALONE), 0);
	ck_assert_int_eq(put_one("bob", "b.example.com", NULL, STORE_REPLACE_ALONE), 0);
	ck_assert_int_eq(put_one("zoe", NAME, NULL, STORE_CREATE_ALONE), 0);
	ck_assert_int_eq(store_kit_remove("zoe"), 0);
	ck_assert_int_eq(put_one("bob", "b.example.com", NAME, STORE_REPLACE_ALONE), 0);
	assert_owners(NAME, "bob");
}
END_TEST

START_TEST(of_many_accounts_at_once_exactly_one_gets_the_name)
{
	enum { AT_ONCE = 6 };
	struct store_kit_answer answers[AT_ONCE] = {{0}};
	struct account *accounts[AT_ONCE];
	char user[] = "u0";
	size_t i, n = 0;

	for (i = 0; i < AT_ONCE; i++) {
		user[1] = (char)('0' + i);
		accounts[i] = store_kit_account(user, "secret", NAME, NULL);
		ck_assert_int_eq(store_put(store_kit.store, accounts[i], STORE_CREATE_ALONE,
					   store_kit_on_done, &answers[i]),
				 0);
	}
	store_kit_await(answers, AT_ONCE);
	for (i = 0; i < AT_ONCE; i++) {
		account_free(accounts[i]);
		n += answers[i].err == 0;
		ck_assert_msg(answers[i].err == 0 || answers[i].err == ERR_REFUSED, "%s",
			      answers[i].text);
	}
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(owners_of(NAME).n, 1);
}
END_TEST

/* --- whose change was the last --- */

/* What a reader of the account as it is now would ask for. */
static struct store_intent change_of(const char *user, const char *v4)
{
	return (struct store_intent){.name = value_name(NAME),
				     .expect = store_kit_state(user, NAME),
				     .want = value_pair(v4, NULL)};
}

static int intend_as(const char *user, const struct store_intent *intent,
		     const struct store_owners *owners)
{
	struct store_kit_answer a = {0};

	if (!store_has_claims(store_kit.store))
		return store_kit_intend_in(store_kit.store, user, intent, 1);
	return store_kit_finish(store_intend_claimed(store_kit.store, user, intent, owners, 1,
						     store_kit_on_done, &a),
				&a);
}

static struct store_owners claimed_by(const char *user)
{
	struct fqdn name = value_name(NAME);
	struct owners_answer a = {.owners = {.n = 0}};

	if (!store_has_claims(store_kit.store))
		return owners_of(NAME);
	ck_assert_int_eq(store_kit_finish(store_claim(store_kit.store, &name, user, on_owners, &a),
					  &a.answer),
			 0);
	return a.owners;
}

static int change(const char *user, const char *v4)
{
	struct store_intent intent = change_of(user, v4);
	struct store_owners owners = claimed_by(user);

	return intend_as(user, &intent, &owners);
}

static bool is_over(const char *user)
{
	struct host_state s = store_kit_state(user, NAME);

	return host_state_is_over(&s);
}

static void make_pair(void)
{
	ck_assert_int_eq(put_one("bob", NAME, NULL, STORE_CREATE), 0);
	ck_assert_int_eq(put_one("zoe", NAME, NULL, STORE_CREATE), 0);
}

START_TEST(last_to_change_a_name_is_the_only_one_that_is_not_over)
{
	make_pair();
	ck_assert_int_eq(change("bob", "192.0.2.1"), 0);
	ck_assert(!is_over("bob") && !is_over("zoe"));
	ck_assert_int_eq(change("zoe", "192.0.2.2"), 0);
	ck_assert(is_over("bob") && !is_over("zoe"));
	ck_assert_int_eq(change("bob", "192.0.2.1"), 0);
	ck_assert(!is_over("bob") && is_over("zoe"));
	ck_assert_int_eq(change("bob", "192.0.2.3"), 0);
	ck_assert(!is_over("bob") && is_over("zoe"));
	store_kit_assert_state("zoe", NAME, 1, 0, value_pair("192.0.2.2", NULL));
	store_kit_assert_state("bob", NAME, 3, 0, value_pair("192.0.2.3", NULL));
}
END_TEST

/* A pair behind one address would else publish with each request. */
START_TEST(those_who_want_the_same_do_not_overtake_each_other)
{
	make_pair();
	ck_assert_int_eq(change("bob", "192.0.2.1"), 0);
	ck_assert_int_eq(change("zoe", "192.0.2.1"), 0);
	ck_assert_int_eq(change("bob", "192.0.2.1"), 0);
	ck_assert(!is_over("bob") && !is_over("zoe"));
	ck_assert_int_eq(change("zoe", "192.0.2.1"), 0);
	ck_assert(!is_over("bob") && !is_over("zoe"));
	ck_assert_int_eq(change("zoe", "192.0.2.2"), 0);
	ck_assert(is_over("bob") && !is_over("zoe"));
}
END_TEST

START_TEST(change_by_what_was_read_before_the_other_one_changed_loses)
{
	struct store_intent stale;
	struct store_owners owners;

	make_pair();
	ck_assert_int_eq(change("bob", "192.0.2.1"), 0);
	owners = claimed_by("bob");
	stale = change_of("bob", "192.0.2.1");
	stale.repeats = true;
	ck_assert_int_eq(change("zoe", "192.0.2.2"), 0);
	ck_assert_int_eq(intend_as("bob", &stale, &owners), ERR_CONFLICT);
	ck_assert(is_over("bob") && !is_over("zoe"));
}
END_TEST

START_TEST(confirm_that_has_to_be_the_last_tells_that_it_is_not)
{
	struct store_confirm c = {
		.name = value_name(NAME), .seq = 1, .time_s = 1700000000, .is_last = true};

	make_pair();
	ck_assert_int_eq(change("bob", "192.0.2.1"), 0);
	ck_assert_int_eq(change("zoe", "192.0.2.2"), 0);
	ck_assert_int_eq(store_kit_confirm("bob", &c), ERR_CONFLICT);
	ck_assert_uint_eq(store_kit_state("bob", NAME).pub, 0);
	ck_assert_int_eq(store_kit_confirm("zoe", &c), 0);
	c.is_last = false;
	ck_assert_int_eq(store_kit_confirm("bob", &c), 0);
	ck_assert_uint_eq(store_kit_state("bob", NAME).pub, 1);
	ck_assert(is_over("bob"));
}
END_TEST

static int change_at(const char *user, const char *v4, int64_t wanted_ms, bool is_again)
{
	struct store_intent intent = change_of(user, v4);
	struct store_owners owners = claimed_by(user);

	intent.wanted_ms = wanted_ms;
	intent.is_again = is_again;
	return intend_as(user, &intent, &owners);
}

/* Bob's item is made anew: only a daemon that remembers knows what he had. */
START_TEST(what_is_intended_again_does_not_go_over_what_was_asked_for_later)
{
	make_pair();
	ck_assert_int_eq(change_at("bob", "192.0.2.1", 1000, false), 0);
	ck_assert_int_eq(change_at("zoe", "192.0.2.2", 2000, false), 0);
	ck_assert_int_eq(store_kit_remove("bob"), 0);
	ck_assert_int_eq(put_one("bob", NAME, NULL, STORE_CREATE), 0);
	ck_assert_int_eq(change_at("bob", "192.0.2.1", 1000, true), 0);
	store_kit_assert_state("bob", NAME, 1, 0, value_pair("192.0.2.1", NULL));
	ck_assert_int_eq(store_kit_state("zoe", NAME).wanted_ms, 2000);
	ck_assert(is_over("bob") && !is_over("zoe"));
	ck_assert_int_eq(change_at("bob", "192.0.2.1", 3000, true), 0);
	ck_assert(!is_over("bob") && is_over("zoe"));
	ck_assert_int_eq(change_at("zoe", "192.0.2.2", 2500, false), 0);
	ck_assert(is_over("bob") && !is_over("zoe"));
}
END_TEST

/* Both read before either changed it for the first time. */
START_TEST(of_two_first_changes_the_later_one_reads_again)
{
	struct store_intent first, second;
	struct store_owners of_bob, of_zoe;

	make_pair();
	first = change_of("bob", "192.0.2.1");
	second = change_of("zoe", "192.0.2.2");
	of_bob = claimed_by("bob");
	of_zoe = claimed_by("zoe");
	ck_assert_int_eq(intend_as("bob", &first, &of_bob), 0);
	if (store_has_claims(store_kit.store))
		ck_assert_int_eq(intend_as("zoe", &second, &of_zoe), ERR_CONFLICT);
	ck_assert_int_eq(change("zoe", "192.0.2.2"), 0);
	ck_assert(is_over("bob") && !is_over("zoe"));
}
END_TEST

void store_suite_add_owners(Suite *s)
{
	TCase *tc = store_kit_case(s, "owners");

	tcase_add_test(tc, owners_are_the_accounts_that_have_the_name);
	tcase_add_test(tc, rename_of_an_owner_leaves_the_others);
	tcase_add_test(tc, name_of_another_account_is_refused_and_nothing_changes);
	tcase_add_test(tc, name_that_was_given_up_is_free);
	tcase_add_test(tc, of_many_accounts_at_once_exactly_one_gets_the_name);
	tcase_add_test(tc, last_to_change_a_name_is_the_only_one_that_is_not_over);
	tcase_add_test(tc, those_who_want_the_same_do_not_overtake_each_other);
	tcase_add_test(tc, change_by_what_was_read_before_the_other_one_changed_loses);
	tcase_add_test(tc, what_is_intended_again_does_not_go_over_what_was_asked_for_later);
	tcase_add_test(tc, confirm_that_has_to_be_the_last_tells_that_it_is_not);
	tcase_add_test(tc, of_two_first_changes_the_later_one_reads_again);
}
