/* SPDX-License-Identifier: BSD-2-Clause */
#include "suite/store_suite.h"

#include <stdio.h>
#include <string.h>

#include "kit/store_kit.h"
#include "kit/unit.h"

enum { LISTED_MAX = 64 };

START_TEST(lookup_of_an_unknown_login_finds_nothing)
{
	struct account *a;

	ck_assert_int_eq(store_kit_lookup(store_kit.store, "nobody", &a), ERR_NOTFOUND);
	store_kit_create("somebody", "a.example.com", NULL);
	ck_assert_int_eq(store_kit_lookup(store_kit.store, "nobody", &a), ERR_NOTFOUND);
	ck_assert_int_eq(store_kit_lookup(store_kit.store, "somebod", &a), ERR_NOTFOUND);
	ck_assert_int_eq(store_kit_lookup(store_kit.store, "SOMEBODY", &a), ERR_NOTFOUND);
}
END_TEST

/* What comes before the password is checked, and what is left for afterwards. */
START_TEST(credential_and_the_rest_are_the_account)
{
	struct store_kit_answer found = {0}, unknown = {0};
	struct account *whole;
	int err;

	store_kit_create("bob", "a.example.com", "b.example.com");
	whole = store_kit_find("bob");
	err = store_kit_finish(
		store_credential(store_kit.store, "bob", store_kit_on_lookup, &found), &found);
	ck_assert_int_eq(err, 0);
	ck_assert_str_eq(found.account->secret, whole->secret);
	ck_assert_str_eq(found.account->user, "bob");
	ck_assert(!found.account->disabled);
	if (found.account->is_partial) {
		ck_assert_uint_eq(found.account->n_hosts, 0);
		err = store_read_rest(store_kit.store, found.account);
		ck_assert(err == 0 || err == ERR_NOTFOUND);
		ck_assert(found.account->is_partial == (err != 0));
	}
	if (!found.account->is_partial)
		store_kit_assert_same(found.account, whole);
	err = store_kit_finish(
		store_credential(store_kit.store, "nobody", store_kit_on_lookup, &unknown),
		&unknown);
	ck_assert_int_eq(err, ERR_NOTFOUND);
	ck_assert_ptr_null(unknown.account);
	account_free(found.account);
	account_free(whole);
}
END_TEST

struct empty_answer {
	struct store_kit_answer answer;
	bool is_empty;
};

static void on_empty(void *arg, int err, bool is_so, const struct errinfo *why)
{
	struct empty_answer *a = arg;

	a->is_empty = is_so;
	store_kit_take(&a->answer, err, why);
}

static bool is_empty(void)
{
	struct empty_answer a = {.is_empty = false};
	int started = store_is_empty(store_kit.store, on_empty, &a);

	ck_assert_int_eq(store_kit_finish(started, &a.answer), 0);
	return a.is_empty;
}

START_TEST(store_is_empty_without_its_last_account)
{
	ck_assert(is_empty());
	store_kit_create("one", "a.example.com", NULL);
	ck_assert(!is_empty());
	store_kit_create("two", "b.example.com", NULL);
	ck_assert_int_eq(store_kit_remove("one"), 0);
	ck_assert(!is_empty());
	ck_assert_int_eq(store_kit_remove("two"), 0);
	ck_assert(is_empty());
}
END_TEST

static void set_bounds(struct account *a)
{
	struct bounds *b = &a->bounds;

	ck_assert_int_eq(bounds_set_until(b, slice_of("2027-01-31"), NULL), 0);
	ck_assert_int_eq(bounds_add_source(b, slice_of("192.0.2.0/24"), NULL), 0);
	ck_assert_int_eq(bounds_add_source(b, slice_of("2001:db8::/32"), NULL), 0);
}

START_TEST(account_is_found_as_it_was_put)
{
	struct account *a = store_kit_account("router1", "$5$rounds=5000$salt$hash",
					      "b.example.com", "*.a.example.com");
	struct account *found;

	a->ttl = 300;
	a->disabled = true;
	set_bounds(a);
	a->quirks = ACCOUNT_NOCHG_AS_GOOD;
	ck_assert_int_eq(store_kit_put(a, STORE_CREATE), 0);
	found = store_kit_find("router1");
	store_kit_assert_same(found, a);
	ck_assert_uint_eq(found->hosts[0].state.seq, 0);
	account_free(found);
	account_free(a);
}
END_TEST

/* Logins and secrets that are syntax somewhere. */
static const struct {
	const char *user, *secret;
} odd_rows[] = {
	{"o'brien", "it's"},
	{"a\"b\\c", "\"}],{\"S\":\"\\u0041\""},
	{"x; DROP TABLE accounts --", "' OR 1=1 --"},
	{"100%", "%s%n"},
	{"m\xc3\xbcller", "gr\xc3\xbc\xc3\x9f gott"},
	{"user name", " blank at both ends "},
	{"#n", ":v"},
	{"0", "0"},
	{"<user>&amp;", "<pass>"},
};

START_TEST(odd_logins_and_secrets_come_back_unchanged)
{
	struct account *a =
		store_kit_account(odd_rows[_i].user, odd_rows[_i].secret, "a.example.com", NULL);
	struct account *found;

	ck_assert_int_eq(store_kit_put(a, STORE_CREATE), 0);
	found = store_kit_find(odd_rows[_i].user);
	store_kit_assert_same(found, a);
	account_free(found);
	account_free(a);
	ck_assert_int_eq(store_kit_remove(odd_rows[_i].user), 0);
}
END_TEST

START_TEST(longest_account_comes_back_unchanged)
{
	char user[ACCOUNT_USER_MAX + 1], secret[ACCOUNT_SECRET_MAX + 1], host[FQDN_TEXT_MAX + 1];
	unsigned of_store = store_kit.subject->hosts_max;
	unsigned i, hosts_max = of_store > 0 ? of_store : ACCOUNT_HOSTS_MAX;
	struct account *a, *found;

	memset(user, 'u', sizeof(user) - 1);
	memset(secret, 's', sizeof(secret) - 1);
	user[sizeof(user) - 1] = secret[sizeof(secret) - 1] = '\0';
	a = store_kit_account(user, secret, NULL, NULL);
	for (i = 0; i < hosts_max; i++) {
		snprintf(host, sizeof(host), "h%u.dyn.example.com", i);
		ck_assert_int_eq(account_add_host(a, slice_of(host), NULL, NULL, NULL), 0);
	}
	a->ttl = ACCOUNT_TTL_MAX;
	ck_assert_int_eq(store_kit_put(a, STORE_CREATE), 0);
	found = store_kit_find(user);
	store_kit_assert_same(found, a);
	account_free(found);
	if (of_store > 0) {
		ck_assert_int_eq(
			account_add_host(a, slice_of("more.example.com"), NULL, NULL, NULL), 0);
		ck_assert_int_eq(store_kit_put(a, STORE_REPLACE),
				 store_kit.subject->is_plain ? 0 : ERR_LIMIT);
	}
	account_free(a);
}
END_TEST

START_TEST(create_of_a_taken_login_is_refused_and_changes_nothing)
{
	struct account *a, *found;

	store_kit_create("bob", "a.example.com", NULL);
	a = store_kit_account("bob", "another-secret", "b.example.com", NULL);
	ck_assert_int_eq(store_kit_put(a, STORE_CREATE), ERR_EXISTS);
	account_free(a);
	a = store_kit_account("bob", "a-secret-of-the-suite", "a.example.com", NULL);
	found = store_kit_find("bob");
	store_kit_assert_same(found, a);
	account_free(found);
	account_free(a);
}
END_TEST

START_TEST(replace_of_an_unknown_login_is_refused_and_creates_nothing)
{
	struct account *a = store_kit_account("bob", "secret", "a.example.com", NULL), *found;

	ck_assert_int_eq(store_kit_put(a, STORE_REPLACE), ERR_NOTFOUND);
	account_free(a);
	ck_assert_int_eq(store_kit_lookup(store_kit.store, "bob", &found), ERR_NOTFOUND);
}
END_TEST

START_TEST(replace_changes_every_setting)
{
	struct account *a, *found;

	store_kit_create("bob", "a.example.com", "b.example.com");
	a = store_kit_account("bob", "new-secret", "b.example.com", "c.example.com");
	a->ttl = 30;
	a->disabled = true;
	set_bounds(a);
	a->quirks = ACCOUNT_NOCHG_AS_GOOD;
	ck_assert_int_eq(store_kit_put(a, STORE_REPLACE), 0);
	found = store_kit_find("bob");
	store_kit_assert_same(found, a);
	account_free(found);
	a->ttl = 0;
	a->disabled = false;
	a->bounds = (struct bounds){.until_s = 0};
	a->quirks = 0;
	ck_assert_int_eq(store_kit_put(a, STORE_REPLACE), 0);
	found = store_kit_find("bob");
	store_kit_assert_same(found, a);
	account_free(found);
	account_free(a);
}
END_TEST

START_TEST(interface_ids_come_change_and_go)
{
	struct account *a = store_kit_account("bob", "secret", "a.example.com", "b.example.com");
	struct account *found;

	a->hosts[1].interface_id = value_interface_id("::1:2:3:4");
	ck_assert_int_eq(store_kit_put(a, STORE_CREATE), 0);
	found = store_kit_find("bob");
	store_kit_assert_same(found, a);
	account_free(found);
	a->hosts[0].interface_id = value_interface_id("::5:1:2:3:4");
	a->hosts[1].interface_id = value_interface_id("00:53:00:12:34:56");
	ck_assert_int_eq(store_kit_put(a, STORE_REPLACE), 0);
	ck_assert_int_eq(store_kit_intend("bob", "b.example.com", 0, NULL, "2001:db8::1"), 0);
	found = store_kit_find("bob");
	store_kit_assert_same(found, a);
	account_free(found);
	ck_assert_int_eq(store_kit_rename("bob", "rob"), ERR_CONFLICT);
	a->hosts[0].interface_id = (struct interface_id){.suffix = {0}};
	a->hosts[1].interface_id = a->hosts[0].interface_id;
	ck_assert_int_eq(store_kit_put(a, STORE_REPLACE), 0);
	found = store_kit_find("bob");
	store_kit_assert_same(found, a);
	account_free(found);
	account_free(a);
}
END_TEST

/* As many as there can be, each as long as it can be. */
START_TEST(most_interface_ids_come_back_unchanged)
{
	struct account *a = store_kit_account("bob", "secret", NULL, NULL), *found;
	char label[64], name[FQDN_TEXT_MAX + 1];
	unsigned i;

	memset(label, 'h', sizeof(label) - 1);
	label[sizeof(label) - 1] = '\0';
	for (i = 0; i < ACCOUNT_INTERFACE_IDS_MAX; i++) {
		struct account_host *host;

		snprintf(name, sizeof(name), "h%u.%s.%s.example.com", i, label, label);
		ck_assert_int_eq(account_add_host(a, slice_of(name), NULL, &host, NULL), 0);
		host->interface_id = value_interface_id("0:0:abcd:abcd:abcd:abcd:abcd:abcd");
	}
	ck_assert_int_eq(store_kit_put(a, STORE_CREATE), 0);
	found = store_kit_find("bob");
	store_kit_assert_same(found, a);
	account_free(found);
	account_free(a);
}
END_TEST

START_TEST(replace_keeps_the_stored_state_of_hosts_that_stay)
{
	struct store_confirm c = {
		.name = value_name("a.example.com"), .seq = 1, .time_s = 1700000000};
	struct account *stale;

	store_kit_create("bob", "a.example.com", "b.example.com");
	stale = store_kit_find("bob");
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", "2001:db8::1"),
			 0);
	ck_assert_int_eq(store_kit_confirm("bob", &c), 0);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 1, "192.0.2.2", NULL), 0);
	ck_assert_int_eq(account_drop_host(stale, &(struct fqdn){0}), false);
	ck_assert_int_eq(store_kit_put(stale, STORE_REPLACE), 0);
	store_kit_assert_state("bob", "a.example.com", 2, 1, value_pair("192.0.2.2", NULL));
	ck_assert_int_eq(store_kit_state("bob", "a.example.com").time_s, 1700000000);
	store_kit_assert_state("bob", "b.example.com", 0, 0, value_pair(NULL, NULL));
	account_free(stale);
}
END_TEST

/* A family that is cleared: its address is kept until somebody has deleted the record. */
START_TEST(what_is_to_be_deleted_is_known_until_that_is_confirmed)
{
	struct store_confirm c = {.name = value_name("a.example.com"), .seq = 2, .has_gone = true};
	struct store_intent intent = store_kit_intent("a.example.com", 1, NULL, "2001:db8::1");
	struct host_state s;
	struct account *a;

	store_kit_create("bob", "a.example.com", "b.example.com");
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", "2001:db8::1"),
			 0);
	intent.expect = store_kit_state("bob", "a.example.com");
	intent.gone = value_pair("192.0.2.1", NULL);
	ck_assert_int_eq(store_kit_intend_in(store_kit.store, "bob", &intent, 1), 0);
	/* A change of the account that is none of the host's. */
	a = store_kit_find("bob");
	ck_assert_int_eq(store_kit_put(a, STORE_REPLACE), 0);
	account_free(a);
	s = store_kit_state("bob", "a.example.com");
	ck_assert(addr_pair_equal(&s.gone, &intent.gone));
	ck_assert_uint_eq(s.seq, 2);
	/* The next intent has its own. */
	intent = store_kit_intent("a.example.com", 2, NULL, NULL);
	intent.expect = s;
	intent.gone = value_pair("192.0.2.1", "2001:db8::1");
	ck_assert_int_eq(store_kit_intend_in(store_kit.store, "bob", &intent, 1), 0);
	s = store_kit_state("bob", "a.example.com");
	ck_assert(addr_pair_equal(&s.gone, &intent.gone));
	intent = store_kit_intent("a.example.com", 3, "192.0.2.9", NULL);
	intent.expect = s;
	intent.gone = value_pair(NULL, "2001:db8::1");
	ck_assert_int_eq(store_kit_intend_in(store_kit.store, "bob", &intent, 1), 0);
	s = store_kit_state("bob", "a.example.com");
	ck_assert(addr_pair_equal(&s.gone, &intent.gone));
	c.seq = 4;
	ck_assert_int_eq(store_kit_confirm("bob", &c), 0);
	s = store_kit_state("bob", "a.example.com");
	ck_assert(!addr_is_set(&s.gone.v4) && !addr_is_set(&s.gone.v6));
	store_kit_assert_state("bob", "a.example.com", 4, 4, value_pair("192.0.2.9", NULL));
}
END_TEST

START_TEST(replace_drops_the_state_of_hosts_that_go)
{
	struct account *a;

	store_kit_create("bob", "a.example.com", "b.example.com");
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), 0);
	a = store_kit_account("bob", "secret", "b.example.com", NULL);
	ck_assert_int_eq(store_kit_put(a, STORE_REPLACE), 0);
	account_free(a);
	a = store_kit_account("bob", "secret", "b.example.com", "a.example.com");
	ck_assert_int_eq(store_kit_put(a, STORE_REPLACE), 0);
	account_free(a);
	store_kit_assert_state("bob", "a.example.com", 0, 0, value_pair(NULL, NULL));
}
END_TEST

START_TEST(put_copies_the_account)
{
	struct account *a = store_kit_account("bob", "secret", "a.example.com", NULL), *found;
	struct account *want = store_kit_account("bob", "secret", "a.example.com", NULL);
	struct store_kit_answer answer = {0};

	ck_assert_int_eq(store_put(store_kit.store, a, STORE_CREATE, store_kit_on_done, &answer),
			 0);
	memset(a->secret, 'x', strlen(a->secret));
	memset(a->hosts, 0, sizeof(a->hosts[0]));
	account_free(a);
	store_kit_await(&answer, 1);
	ck_assert_int_eq(answer.err, 0);
	found = store_kit_find("bob");
	store_kit_assert_same(found, want);
	account_free(found);
	account_free(want);
}
END_TEST

START_TEST(removed_account_is_gone_with_its_state)
{
	struct account *a;

	ck_assert_int_eq(store_kit_remove("bob"), ERR_NOTFOUND);
	store_kit_create("bob", "a.example.com", NULL);
	store_kit_create("eve", "e.example.com", NULL);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), 0);
	ck_assert_int_eq(store_kit_remove("bob"), 0);
	ck_assert_int_eq(store_kit_lookup(store_kit.store, "bob", &a), ERR_NOTFOUND);
	ck_assert_int_eq(store_kit_remove("bob"), ERR_NOTFOUND);
	account_free(store_kit_find("eve"));
	store_kit_create("bob", "a.example.com", NULL);
	store_kit_assert_state("bob", "a.example.com", 0, 0, value_pair(NULL, NULL));
}
END_TEST

struct listed {
	size_t n;
	char users[LISTED_MAX][ACCOUNT_USER_MAX + 1];
	uint64_t seqs[LISTED_MAX];
};

static void on_each(void *arg, const struct account *account)
{
	struct listed *l = ((void **)arg)[0];

	ck_assert_uint_lt(l->n, LISTED_MAX);
	memcpy(l->users[l->n], account->user, sizeof(account->user));
	l->seqs[l->n] = account->n_hosts > 0 ? account->hosts[0].state.seq : 0;
	l->n++;
}

static void on_listed(void *arg, int err, const struct errinfo *why)
{
	store_kit_take(((void **)arg)[1], err, why);
}

static void list_all(struct listed *l)
{
	struct store_kit_answer a = {0};
	void *arg[2] = {l, &a};

	memset(l, 0, sizeof(*l));
	ck_assert_int_eq(store_kit_finish(store_list(store_kit.store, on_each, on_listed, arg), &a),
			 0);
}

/* Whoever gave the account another secret meanwhile is not undone. */
START_TEST(secret_is_replaced_only_while_it_is_what_was_read)
{
	const struct addr_pair want = value_pair("192.0.2.1", NULL);
	struct account *before, *after;
	char *old;

	store_kit_create("bob", "a.example.com", "b.example.com");
	store_kit_create("eve", "c.example.com", NULL);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), 0);
	before = store_kit_find("bob");
	old = strdup(before->secret);
	ck_assert_int_eq(store_kit_replace_secret("nobody", old, "$5$salt$new"), ERR_NOTFOUND);
	ck_assert_int_eq(store_kit_replace_secret("bob", "another", "$5$salt$new"), ERR_CONFLICT);
	after = store_kit_find("bob");
	ck_assert_str_eq(after->secret, old);
	account_free(after);
	ck_assert_int_eq(store_kit_replace_secret("bob", old, "gr\xc3\xbc\xc3\x9f' -- \""), 0);
	ck_assert_int_eq(store_kit_replace_secret("bob", old, "$5$salt$new"), ERR_CONFLICT);
	after = store_kit_find("bob");
	ck_assert_str_eq(after->secret, "gr\xc3\xbc\xc3\x9f' -- \"");
	/* All else is as it was. */
	str_free_secret(after->secret);
	after->secret = old;
	store_kit_assert_same(after, before);
	store_kit_assert_state("bob", "a.example.com", 1, 0, want);
	account_free(before);
	account_free(after);
	after = store_kit_find("eve");
	ck_assert_ptr_null(strstr(after->secret, "gr"));
	account_free(after);
}
END_TEST

START_TEST(renamed_account_keeps_all_but_its_login)
{
	const struct addr_pair want = value_pair("192.0.2.1", "2001:db8::1");
	struct store_confirm c = {.name = value_name("a.example.com"), .seq = 1, .time_s = 77};
	struct account *before, *after;

	store_kit_create("bob", "a.example.com", "b.example.com");
	store_kit_create("eve", "c.example.com", NULL);
	ck_assert_int_eq(store_kit_rename("nobody", "zoe"), ERR_NOTFOUND);
	ck_assert_int_eq(store_kit_rename("bob", "eve"), ERR_EXISTS);
	ck_assert_int_eq(store_kit_rename("bob", "bob"), ERR_EXISTS);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", "2001:db8::1"),
			 0);
	/* Who publishes it would not find it any more. */
	ck_assert_int_eq(store_kit_rename("bob", "zoe"), ERR_CONFLICT);
	store_kit_assert_state("bob", "a.example.com", 1, 0, want);
	ck_assert_int_eq(store_kit_confirm("bob", &c), 0);
	before = store_kit_find("bob");
	ck_assert_int_eq(store_kit_rename("bob", "zoe"), 0);
	ck_assert_int_eq(store_kit_lookup(store_kit.store, "bob", &after), ERR_NOTFOUND);
	after = store_kit_find("zoe");
	ck_assert_str_eq(after->user, "zoe");
	ck_assert_str_eq(after->secret, before->secret);
	ck_assert_uint_eq(after->n_hosts, before->n_hosts);
	store_kit_assert_state("zoe", "a.example.com", 1, 1, want);
	account_free(before);
	account_free(after);
	/* The old login is free again. */
	store_kit_create("bob", "d.example.com", NULL);
}
END_TEST

START_TEST(list_of_an_empty_store_is_empty)
{
	struct listed l;

	list_all(&l);
	ck_assert_uint_eq(l.n, 0);
}
END_TEST

START_TEST(list_gives_every_account_once_with_its_state)
{
	char user[32], host[32];
	struct listed l;
	size_t i, k, found;

	for (i = 0; i < 20; i++) {
		snprintf(user, sizeof(user), "user%zu", i);
		snprintf(host, sizeof(host), "h%zu.example.com", i);
		store_kit_create(user, host, NULL);
	}
	ck_assert_int_eq(store_kit_intend("user7", "h7.example.com", 0, "192.0.2.1", NULL), 0);
	list_all(&l);
	ck_assert_uint_eq(l.n, 20);
	for (i = 0; i < 20; i++) {
		snprintf(user, sizeof(user), "user%zu", i);
		for (k = found = 0; k < l.n; k++) {
			if (strcmp(l.users[k], user) != 0)
				continue;
			found++;
			ck_assert_uint_eq(l.seqs[k], i == 7 ? 1 : 0);
		}
		ck_assert_msg(found == 1, "%s was listed %zu times", user, found);
	}
}
END_TEST

static void add_accounts(Suite *s)
{
	TCase *tc = store_kit_case(s, "accounts");

	tcase_add_test(tc, lookup_of_an_unknown_login_finds_nothing);
	tcase_add_test(tc, credential_and_the_rest_are_the_account);
	tcase_add_test(tc, account_is_found_as_it_was_put);
	tcase_add_test(tc, store_is_empty_without_its_last_account);
	tcase_add_loop_test(tc, odd_logins_and_secrets_come_back_unchanged, 0,
			    sizeof(odd_rows) / sizeof(odd_rows[0]));
	tcase_add_test(tc, longest_account_comes_back_unchanged);
	tcase_add_test(tc, create_of_a_taken_login_is_refused_and_changes_nothing);
	tcase_add_test(tc, replace_of_an_unknown_login_is_refused_and_creates_nothing);
	tcase_add_test(tc, replace_changes_every_setting);
	tcase_add_test(tc, interface_ids_come_change_and_go);
	tcase_add_test(tc, most_interface_ids_come_back_unchanged);
	tcase_add_test(tc, replace_keeps_the_stored_state_of_hosts_that_stay);
	tcase_add_test(tc, what_is_to_be_deleted_is_known_until_that_is_confirmed);
	tcase_add_test(tc, replace_drops_the_state_of_hosts_that_go);
	tcase_add_test(tc, put_copies_the_account);
	tcase_add_test(tc, removed_account_is_gone_with_its_state);
	tcase_add_test(tc, renamed_account_keeps_all_but_its_login);
	tcase_add_test(tc, secret_is_replaced_only_while_it_is_what_was_read);
	tcase_add_test(tc, list_of_an_empty_store_is_empty);
	tcase_add_test(tc, list_gives_every_account_once_with_its_state);
}

void store_suite_add(Suite *s, const struct store_subject *of)
{
	store_kit.subject = of;
	add_accounts(s);
	store_suite_add_state(s, of->is_shared);
	if (!of->is_plain)
		store_suite_add_owners(s);
	store_suite_add_notices(s, of->is_shared);
}
