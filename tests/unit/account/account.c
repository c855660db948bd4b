/* SPDX-License-Identifier: BSD-2-Clause */
#include "account/account.h"

#include <stdio.h>
#include <string.h>

#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"

static struct fqdn zone(void)
{
	struct fqdn name = {0};

	ck_assert_int_eq(fqdn_parse(slice_of("dyn.example.com"), &name), 0);
	return name;
}

static struct account *new_account(const char *user)
{
	struct account *a = NULL;

	ck_assert_int_eq(account_new(slice_of(user), &a, NULL), 0);
	return a;
}

static struct account_host *add_host(struct account *a, const char *name)
{
	struct fqdn z = zone();
	struct account_host *h = NULL;

	ck_assert_msg(account_add_host(a, slice_of(name), &z, &h, NULL) == 0, "%s", name);
	return h;
}

START_TEST(a_login_is_printable_and_has_no_colon)
{
	static const struct {
		const char *user;
		const char *want; /* NULL: good */
	} rows[] = {
		{"a", NULL},
		{"router-1@example.com", NULL},
		{"b\xc3\xbcro 7", NULL},
		{"\xf0\x9f\x8f\xa0", NULL},
		{"\xef\xbf\xbd\xf4\x8f\xbf\xbf", NULL},
		{"", "the login is empty"},
		{"a:b", "the login holds a ':'"},
		{"a\nb", "the login is not printable UTF-8"},
		{"a\tb", "the login is not printable UTF-8"},
		{"a\x7f", "the login is not printable UTF-8"},
		{"\xc2\x85", "the login is not printable UTF-8"},
		{"\x80", "the login is not printable UTF-8"},
		{"\xfc", "the login is not printable UTF-8"},
		{"\xc3", "the login is not printable UTF-8"},
		{"\xc3(", "the login is not printable UTF-8"},
		{"\xc0\xaf", "the login is not printable UTF-8"},
		{"\xe0\x80\xaf", "the login is not printable UTF-8"},
		{"\xf0\x80\x80\xaf", "the login is not printable UTF-8"},
		{"\xed\xa0\x80", "the login is not printable UTF-8"},
		{"\xf4\x90\x80\x80", "the login is not printable UTF-8"},
		{"\xf8\x88\x80\x80\x80", "the login is not printable UTF-8"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		struct account *a = NULL;
		int err = account_new(slice_of(rows[i].user), &a, &ei);

		ck_assert_msg(err == (rows[i].want == NULL ? 0 : ERR_INVAL), "row %zu", i);
		ck_assert_msg((a != NULL) == (err == 0), "row %zu", i);
		ck_assert_msg(strcmp(ei.text, rows[i].want == NULL ? "" : rows[i].want) == 0,
			      "row %zu: %s", i, ei.text);
		ck_assert_msg(a == NULL || strcmp(a->user, rows[i].user) == 0, "row %zu", i);
		account_free(a);
	}
}
END_TEST

START_TEST(a_login_has_a_longest_length_and_no_nul)
{
	char user[ACCOUNT_USER_MAX + 1];
	struct errinfo ei = ERRINFO_INIT;

	memset(user, 'u', sizeof(user));
	ck_assert_int_eq(account_check_user((struct slice){user, ACCOUNT_USER_MAX}, &ei), 0);
	ck_assert_int_eq(account_check_user((struct slice){user, sizeof(user)}, &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "the login is longer than 128 bytes");
	user[1] = '\0';
	ck_assert_int_eq(account_check_user((struct slice){user, 3}, NULL), ERR_INVAL);
}
END_TEST

START_TEST(a_new_account_is_empty)
{
	struct account *a = new_account("bob");

	ck_assert(a->secret == NULL && a->ttl == 0 && !a->disabled && a->quirks == 0);
	ck_assert(a->n_hosts == 0 && a->hosts == NULL);
	account_free(a);
	account_free(NULL);
}
END_TEST

START_TEST(a_secret_is_printable_and_of_a_known_form)
{
	static const struct {
		const char *stored;
		const char *want; /* NULL: good */
	} rows[] = {
		{"test9994", NULL},
		{"p\xc3\xa4ss: w\xc3\xb6rd", NULL},
		{"rqXexS6ZhobKA", NULL},
		{"$ecret", NULL},
		{"$6$LR.4a/IQBFnXt2Tw$x8", NULL},
		{"$sha256$abcdefgh$"
		 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		 NULL},
		{"", "the secret is empty"},
		{"a\nb", "the secret is not printable UTF-8"},
		{"\xff", "the secret is not printable UTF-8"},
		{"$argon2id$v=19$x",
		 "the secret looks like a hash, but is none that can be checked"},
		{"$sha256$abcdefgh$0",
		 "the secret looks like a hash, but is none that can be checked"},
	};
	struct account *a = new_account("bob");
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		int err;

		ck_assert_int_eq(account_set_secret(a, slice_of("before"), NULL), 0);
		err = account_set_secret(a, slice_of(rows[i].stored), &ei);
		ck_assert_msg(err == (rows[i].want == NULL ? 0 : ERR_INVAL), "%s", rows[i].stored);
		ck_assert_msg(strcmp(ei.text, rows[i].want == NULL ? "" : rows[i].want) == 0,
			      "%s: %s", rows[i].stored, ei.text);
		ck_assert_str_eq(a->secret, err == 0 ? rows[i].stored : "before");
	}
	account_free(a);
}
END_TEST

/* How long it would take depends on the machine. */
START_TEST(a_hash_that_takes_too_long_is_no_secret)
{
	static const char costly[] = "$6$rounds=200000000$abcdefgh$x";
	struct errinfo ei = ERRINFO_INIT;
	struct account *a = new_account("bob");

	ck_assert_int_eq(account_set_secret(a, slice_of(costly), &ei), ERR_INVAL);
	ck_assert_ptr_eq(strstr(ei.text, "a check of the hash would take "), ei.text);
	ck_assert_ptr_nonnull(strstr(ei.text, " ms here, more than 300"));
	ck_assert_ptr_null(strstr(ei.text, "abcdefgh"));
	account_free(a);
}
END_TEST

START_TEST(a_secret_has_a_longest_length_and_no_nul)
{
	char stored[ACCOUNT_SECRET_MAX + 1];
	struct account *a = new_account("bob");
	struct errinfo ei = ERRINFO_INIT;

	memset(stored, 's', sizeof(stored));
	ck_assert_int_eq(account_set_secret(a, (struct slice){stored, ACCOUNT_SECRET_MAX}, &ei), 0);
	ck_assert_int_eq(account_set_secret(a, (struct slice){stored, sizeof(stored)}, &ei),
			 ERR_INVAL);
	ck_assert_str_eq(ei.text, "the secret is longer than 512 bytes");
	stored[3] = '\0';
	ck_assert_int_eq(account_set_secret(a, (struct slice){stored, 10}, NULL), ERR_INVAL);
	ck_assert_uint_eq(strlen(a->secret), ACCOUNT_SECRET_MAX);
	account_free(a);
}
END_TEST

START_TEST(a_ttl_is_decimal_text)
{
	static const struct {
		const char *text;
		int want;
		uint32_t ttl;
	} rows[] = {
		{"3600", 0, 3600},	{"0", 0, 0},	       {"604800", 0, 604800},
		{"007", 0, 7},		{"", ERR_INVAL, 42},   {"604801", ERR_INVAL, 42},
		{"-1", ERR_INVAL, 42},	{" 1", ERR_INVAL, 42}, {"60s", ERR_INVAL, 42},
		{"1.5", ERR_INVAL, 42},
	};
	struct account *a = new_account("bob");
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		a->ttl = 42;
		ck_assert_msg(account_set_ttl(a, slice_of(rows[i].text), NULL) == rows[i].want,
			      "%s", rows[i].text);
		ck_assert_msg(a->ttl == rows[i].ttl, "%s: %u", rows[i].text, a->ttl);
	}
	/* A good one mends what was wrong with it, and that alone. */
	ck_assert_int_eq(account_add_flaw(a, ACCOUNT_FLAW_TTL, "ttl"), 0);
	ck_assert_int_eq(account_add_flaw(a, ACCOUNT_FLAW_STATE, "state"), 0);
	ck_assert_int_eq(account_set_ttl(a, slice_of("x"), NULL), ERR_INVAL);
	ck_assert_uint_eq(a->flaws, ACCOUNT_FLAW_TTL | ACCOUNT_FLAW_STATE);
	ck_assert_int_eq(account_set_ttl(a, slice_of("60"), NULL), 0);
	ck_assert_uint_eq(a->flaws, ACCOUNT_FLAW_STATE);
	account_free(a);
}
END_TEST

/* While the state is owed, of the families that are not wanted. */
START_TEST(what_is_to_be_deleted_is_so_until_it_is_published)
{
	const struct addr v4 = {ADDR_V4, {192, 0, 2, 1}}, v6 = {ADDR_V6, {0x20, 1, 0xd, 0xb8}};
	struct host_state s = {.gone = {v4, v6}, .seq = 5, .pub = 4};
	struct addr_pair gone = host_state_gone(&s);

	ck_assert(addr_equal(&gone.v4, &v4) && addr_equal(&gone.v6, &v6));
	s.want.v6 = v6;
	gone = host_state_gone(&s);
	ck_assert(addr_equal(&gone.v4, &v4) && !addr_is_set(&gone.v6));
	s.want = (struct addr_pair){.v4 = v4};
	gone = host_state_gone(&s);
	ck_assert(!addr_is_set(&gone.v4) && addr_equal(&gone.v6, &v6));
	s.pub = 5;
	gone = host_state_gone(&s);
	ck_assert(!addr_is_set(&gone.v4) && !addr_is_set(&gone.v6));
}
END_TEST

START_TEST(hosts_are_completed_found_and_dropped)
{
	struct account *a = new_account("bob");
	struct errinfo ei = ERRINFO_INIT;
	struct fqdn z = zone(), name;

	ck_assert_str_eq(add_host(a, "test1")->name.text, "test1.dyn.example.com");
	ck_assert_str_eq(add_host(a, "Home.Example.ORG.")->name.text, "home.example.org");
	add_host(a, "c")->state.seq = 3;
	ck_assert_int_eq(account_add_host(a, slice_of("TEST1"), &z, NULL, &ei), ERR_EXISTS);
	ck_assert_str_eq(ei.text, "the account has test1.dyn.example.com already");
	memset(&ei, 0, sizeof(ei));
	ck_assert_int_eq(account_add_host(a, slice_of("test1"), NULL, NULL, &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "\"test1\" is not a host name");
	ck_assert_int_eq(account_add_host(a, slice_of("a..b"), &z, NULL, NULL), ERR_INVAL);
	ck_assert_uint_eq(a->n_hosts, 3);

	name = a->hosts[1].name;
	ck_assert_ptr_eq(account_find_host(a, &name), &a->hosts[1]);
	ck_assert(account_drop_host(a, &name));
	ck_assert(!account_drop_host(a, &name));
	ck_assert_ptr_null(account_find_host(a, &name));
	ck_assert_uint_eq(a->n_hosts, 2);
	ck_assert_str_eq(a->hosts[1].name.text, "c.dyn.example.com");
	ck_assert_uint_eq(a->hosts[1].state.seq, 3);
	account_free(a);
}
END_TEST

START_TEST(an_account_has_a_greatest_number_of_hosts)
{
	struct account *a = new_account("bob");
	struct errinfo ei = ERRINFO_INIT;
	struct fqdn z = zone();
	char name[16];
	size_t i;

	for (i = 0; i < ACCOUNT_HOSTS_MAX; i++) {
		snprintf(name, sizeof(name), "h%zu", i);
		ck_assert_uint_eq(add_host(a, name)->state.seq, 0);
	}
	ck_assert_int_eq(account_add_host(a, slice_of("more"), &z, NULL, &ei), ERR_LIMIT);
	ck_assert_str_eq(ei.text, "the account has 256 host names, the most there can be");
	ck_assert_int_eq(account_add_host(a, slice_of("h0"), &z, NULL, NULL), ERR_EXISTS);
	account_free(a);
}
END_TEST

START_TEST(an_account_has_a_greatest_number_of_interface_ids)
{
	struct interface_id id = value_interface_id("::1"), other = value_interface_id("::2");
	struct errinfo ei = ERRINFO_INIT;
	struct account *a = new_account("bob");
	char name[16];
	size_t i;

	for (i = 0; i <= ACCOUNT_INTERFACE_IDS_MAX; i++) {
		snprintf(name, sizeof(name), "h%zu", i);
		add_host(a, name);
	}
	ck_assert_uint_eq(account_interface_ids(a), 0);
	for (i = 0; i < ACCOUNT_INTERFACE_IDS_MAX; i++)
		ck_assert_int_eq(account_set_interface_id(a, &a->hosts[i], &id, &ei), 0);
	ck_assert_int_eq(account_set_interface_id(a, &a->hosts[i], &id, &ei), ERR_LIMIT);
	ck_assert_str_eq(ei.text,
			 "64 hosts of the account have an interface id, the most there can be");
	ck_assert_int_eq(account_set_interface_id(a, &a->hosts[0], &other, NULL), 0);
	ck_assert(interface_id_equal(&a->hosts[0].interface_id, &other));
	ck_assert(!interface_id_is_set(&a->hosts[i].interface_id));
	ck_assert_uint_eq(account_interface_ids(a), ACCOUNT_INTERFACE_IDS_MAX);
	account_free(a);
}
END_TEST

START_TEST(a_copy_shares_nothing)
{
	struct account *a = new_account("bob"), *b = NULL;
	struct fqdn name;

	ck_assert_int_eq(account_set_secret(a, slice_of("s3cret"), NULL), 0);
	add_host(a, "one")->state.seq = 7;
	add_host(a, "two");
	a->ttl = 5;
	a->disabled = true;
	a->quirks = ACCOUNT_NOCHG_AS_GOOD;
	a->hosts[1].interface_id = value_interface_id("::1");
	ck_assert_int_eq(account_copy(a, &b), 0);
	name = a->hosts[0].name;
	ck_assert(account_drop_host(a, &name));
	ck_assert_int_eq(account_set_secret(a, slice_of("other"), NULL), 0);
	account_free(a);

	ck_assert_str_eq(b->user, "bob");
	ck_assert_str_eq(b->secret, "s3cret");
	ck_assert(b->ttl == 5 && b->disabled && b->quirks == ACCOUNT_NOCHG_AS_GOOD);
	ck_assert_uint_eq(b->n_hosts, 2);
	ck_assert_uint_eq(b->hosts[0].state.seq, 7);
	ck_assert_uint_eq(account_interface_ids(b), 1);
	add_host(b, "three");
	ck_assert_str_eq(b->hosts[1].name.text, "two.dyn.example.com");
	account_free(b);

	a = new_account("empty");
	ck_assert_int_eq(account_copy(a, &b), 0);
	ck_assert(b->secret == NULL && b->hosts == NULL);
	account_free(a);
	account_free(b);
}
END_TEST

START_TEST(a_flaw_is_told_until_there_is_none)
{
	struct account *a;
	const struct fqdn has = value_name("a.example.com"), lacks = value_name("b.example.com");

	ck_assert_int_eq(account_new(slice_of("bob"), &a, NULL), 0);
	ck_assert_int_eq(account_add_host(a, slice_of("a.example.com"), NULL, NULL, NULL), 0);
	ck_assert(account_may_have_host(a, &has) && !account_may_have_host(a, &lacks));
	ck_assert_int_eq(account_add_flaw(a, ACCOUNT_FLAW_TTL, "ttl %d is none", 7), 0);
	ck_assert(!account_may_have_host(a, &lacks));
	ck_assert_int_eq(account_add_flaw(a, ACCOUNT_FLAW_HOSTS, "host is a number"), 0);
	ck_assert(account_may_have_host(a, &has) && account_may_have_host(a, &lacks));
	ck_assert_uint_eq(a->flaws, ACCOUNT_FLAW_TTL | ACCOUNT_FLAW_HOSTS);
	/* The first one. */
	ck_assert_str_eq(a->flaw_text, "ttl 7 is none");
	account_mend(a, ACCOUNT_FLAW_TTL);
	ck_assert_uint_eq(a->flaws, ACCOUNT_FLAW_HOSTS);
	ck_assert_str_eq(a->flaw_text, "ttl 7 is none");
	account_mend(a, ACCOUNT_FLAW_HOSTS);
	ck_assert(a->flaws == 0 && a->flaw_text == NULL);
	/* Whoever compares secrets finds one. */
	ck_assert_ptr_null(a->secret);
	ck_assert_int_eq(account_add_flaw(a, ACCOUNT_FLAW_SECRET, "pass is a number"), 0);
	ck_assert_str_eq(a->secret, "");
	account_free(a);
}
END_TEST

START_TEST(quirks_have_names)
{
	static const struct {
		enum account_quirk quirk;
		const char *name;
	} rows[] = {
		{ACCOUNT_NOCHG_AS_GOOD, "nochg-as-good"}, {ACCOUNT_ERRORS_AS_4XX, "errors-as-4xx"},
		{ACCOUNT_ONE_LINE, "one-line"},		  {ACCOUNT_ANY_HOSTNAME, "any-hostname"},
		{ACCOUNT_MAY_CLEAR, "may-clear"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		ck_assert_uint_eq(account_quirk_parse(slice_of(rows[i].name)), rows[i].quirk);
		ck_assert_str_eq(account_quirk_name(rows[i].quirk), rows[i].name);
		ck_assert_uint_eq(account_quirk_at(i), rows[i].quirk);
	}
	ck_assert_uint_eq(account_quirk_at(i), 0);
	ck_assert_uint_eq(account_quirk_parse(slice_of("nochg-as-goo")), 0);
	ck_assert_uint_eq(account_quirk_parse(slice_of("May-Clear")), 0);
	ck_assert_uint_eq(account_quirk_parse(slice_of("")), 0);
	ck_assert_str_eq(account_quirk_name((enum account_quirk)(1u << 30)), "unknown");
}
END_TEST

/* Builds an account and copies it; one error at most, and nothing is left behind. */
static int build(const struct fqdn *z, struct account **ret, struct errinfo *ei)
{
	struct account *a = NULL;
	int err = account_new(slice_of("bob"), &a, ei);

	if (err == 0)
		err = account_set_secret(a, slice_of("s3cret"), ei);
	if (err == 0)
		err = account_add_host(a, slice_of("one"), z, NULL, ei);
	if (err == 0)
		err = account_add_host(a, slice_of("two"), z, NULL, ei);
	if (err == 0 && account_copy(a, ret) != 0)
		err = err_set(ei, ERR_NOMEM, "copy");
	account_free(a);
	return err;
}

START_TEST(a_failed_allocation_changes_nothing)
{
	struct fqdn z = zone();
	struct account *a = NULL;
	size_t n;

	for (n = 1;; n++) {
		struct errinfo ei = ERRINFO_INIT;
		int err;

		fake_malloc_fail_at(n);
		err = build(&z, &a, &ei);
		if (!fake_malloc_off())
			break;
		ck_assert_msg(err == ERR_NOMEM && a == NULL && ei.code == err, "allocation %zu: %d",
			      n, err);
	}
	ck_assert_uint_gt(n, 6);
	ck_assert_uint_eq(a->n_hosts, 2);
	account_free(a);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_login_is_printable_and_has_no_colon,
		a_login_has_a_longest_length_and_no_nul,
		a_new_account_is_empty,
		a_secret_is_printable_and_of_a_known_form,
		a_hash_that_takes_too_long_is_no_secret,
		a_secret_has_a_longest_length_and_no_nul,
		a_ttl_is_decimal_text,
		what_is_to_be_deleted_is_so_until_it_is_published,
		hosts_are_completed_found_and_dropped,
		an_account_has_a_greatest_number_of_hosts,
		an_account_has_a_greatest_number_of_interface_ids,
		a_copy_shares_nothing,
		a_flaw_is_told_until_there_is_none,
		quirks_have_names,
		a_failed_allocation_changes_nothing,
	};

	return unit_run("account", tests, N_ELEMENTS(tests));
}
