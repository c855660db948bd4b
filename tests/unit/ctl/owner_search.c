/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/owner_search.h"

#include "base/str.h"
#include "kit/unit.h"
#include "kit/values.h"

/* In the order in which the store lists them. */
static const struct {
	const char *user, *host;
} store[] = {
	{"bob", "a.example.com"},
	{"eve", "b.example.com"},
	{"zoe", "a.example.com"},
};

static void see_all(struct owner_search *s)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(store); i++) {
		struct account *a;

		ck_assert_int_eq(account_new(slice_of(store[i].user), &a, NULL), 0);
		ck_assert_int_eq(account_add_host(a, slice_of(store[i].host), NULL, NULL, NULL), 0);
		owner_search_see(s, a);
		account_free(a);
	}
}

START_TEST(the_first_account_that_has_one_of_the_names_is_found)
{
	static const struct {
		const char *names[2];
		const char *but, *user, *name;
	} rows[] = {
		{{"a.example.com", "x.example.com"}, NULL, "bob", "a.example.com"},
		{{"a.example.com", "x.example.com"}, "bob", "zoe", "a.example.com"},
		{{"a.example.com", "b.example.com"}, "bob", "eve", "b.example.com"},
		{{"A.Example.com", "x.example.com"}, "bob", "zoe", "a.example.com"},
		{{"b.example.com", "x.example.com"}, "eve", "", ""},
		{{"x.example.com", "y.example.com"}, NULL, "", ""},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct account_host hosts[2] = {{.name = value_name(rows[i].names[0])},
						{.name = value_name(rows[i].names[1])}};
		struct owner_search s = {.hosts = hosts, .n_hosts = 2, .but = rows[i].but};

		see_all(&s);
		ck_assert_uint_eq(s.n_accounts, N_ELEMENTS(store));
		ck_assert_msg(strcmp(s.user, rows[i].user) == 0, "row %zu: %s", i, s.user);
		if (s.user[0] != '\0')
			ck_assert_str_eq(s.name.text, rows[i].name);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {the_first_account_that_has_one_of_the_names_is_found};

	return unit_run("owner_search", tests, N_ELEMENTS(tests));
}
