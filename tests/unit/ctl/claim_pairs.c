/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/claim_pairs.h"

#include <stdio.h>

#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"

static void had(struct claim_pairs *p, const char *user, const char *host)
{
	struct account *a;

	ck_assert_int_eq(account_new(slice_of(user), &a, NULL), 0);
	ck_assert_int_eq(account_add_host(a, slice_of(host), NULL, NULL, NULL), 0);
	claim_pairs_add_account(p, a);
	account_free(a);
}

static void claimed(struct claim_pairs *p, const char *user, const char *host)
{
	struct store_owners owners = {.n = 0};
	struct fqdn name = value_name(host);

	store_owners_add(&owners, user);
	claim_pairs_add_claim(p, &name, &owners);
}

static const struct {
	/* "user host" each, in the order in which they are added */
	const char *had[3], *claimed[3];
	const char *missing, *stale; /* the only one; NULL: none */
} pair_rows[] = {
	{{NULL}, {NULL}, NULL, NULL},
	{{"bob a.example.com"}, {"bob a.example.com"}, NULL, NULL},
	{{"bob a.example.com"}, {NULL}, "bob", NULL},
	{{NULL}, {"bob a.example.com"}, NULL, "bob"},
	{{"bob a.example.com", "zoe a.example.com"}, {"zoe a.example.com"}, "bob", NULL},
	{{"zoe a.example.com", "bob b.example.com"},
	 {"bob b.example.com", "bob a.example.com", "zoe a.example.com"},
	 NULL,
	 "bob"},
	{{"bob a.example.com"}, {"zoe a.example.com"}, "bob", "zoe"},
};

static void add_all(struct claim_pairs *p, const char *const *pairs,
		    void (*add)(struct claim_pairs *, const char *, const char *))
{
	char user[32], host[64];
	size_t i;

	for (i = 0; i < 3 && pairs[i] != NULL; i++) {
		ck_assert_int_eq(sscanf(pairs[i], "%31s %63s", user, host), 2);
		add(p, user, host);
	}
}

START_TEST(differences_are_found_in_any_order)
{
	struct claim_difference d;
	struct claim_pairs *p;
	size_t missing, stale;

	ck_assert_int_eq(claim_pairs_new(&p), 0);
	add_all(p, pair_rows[_i].had, had);
	add_all(p, pair_rows[_i].claimed, claimed);
	ck_assert_int_eq(claim_pairs_compare(p, &missing, &stale), 0);
	ck_assert_uint_eq(missing, pair_rows[_i].missing != NULL);
	ck_assert_uint_eq(stale, pair_rows[_i].stale != NULL);
	while (claim_pairs_next(p, &d))
		ck_assert_str_eq(d.user,
				 d.is_missing ? pair_rows[_i].missing : pair_rows[_i].stale);
	claim_pairs_rewind(p);
	ck_assert_int_eq(claim_pairs_next(p, &d), missing + stale > 0);
	claim_pairs_free(p);
}
END_TEST

START_TEST(many_pairs_are_kept_apart)
{
	enum { MANY = 5000 };
	struct claim_pairs *p;
	size_t missing, stale, i;
	char user[32];

	ck_assert_int_eq(claim_pairs_new(&p), 0);
	for (i = 0; i < MANY; i++) {
		snprintf(user, sizeof(user), "user%zu", i);
		had(p, user, "a.example.com");
		if (i % 5 != 0)
			claimed(p, user, "a.example.com");
	}
	ck_assert_int_eq(claim_pairs_compare(p, &missing, &stale), 0);
	ck_assert_uint_eq(missing, MANY / 5);
	ck_assert_uint_eq(stale, 0);
	claim_pairs_free(p);
}
END_TEST

START_TEST(missing_memory_is_told_at_the_end)
{
	struct store_owners owners = {.n = 0};
	struct fqdn name = value_name("a.example.com");
	struct claim_pairs *p;
	size_t missing, stale, n;

	store_owners_add(&owners, "bob");
	for (n = 1; n <= 2; n++) {
		ck_assert_int_eq(claim_pairs_new(&p), 0);
		fake_malloc_fail_at(n);
		claim_pairs_add_claim(p, &name, &owners);
		ck_assert(fake_malloc_off() || n == 2);
		claim_pairs_add_claim(p, &name, &owners);
		ck_assert_int_eq(claim_pairs_compare(p, &missing, &stale), n == 1 ? ERR_NOMEM : 0);
		claim_pairs_free(p);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("claim_pairs");
	TCase *tc = tcase_create("claim_pairs");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tc, differences_are_found_in_any_order, 0, N_ELEMENTS(pair_rows));
	tcase_add_test(tc, many_pairs_are_kept_apart);
	tcase_add_test(tc, missing_memory_is_told_at_the_end);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
