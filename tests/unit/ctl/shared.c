/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/shared.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "kit/unit.h"

enum { DETAIL_MAX = 4096 };

static struct account *account_of(const char *user, const char *host1, const char *host2)
{
	struct account *a;

	ck_assert_int_eq(account_new(slice_of(user), &a, NULL), 0);
	ck_assert_int_eq(account_add_host(a, slice_of(host1), NULL, NULL, NULL), 0);
	if (host2 != NULL)
		ck_assert_int_eq(account_add_host(a, slice_of(host2), NULL, NULL, NULL), 0);
	return a;
}

static const struct {
	const char *user, *host1, *host2;
} store[] = {
	{"a", "one.example.com", "two.example.com"},
	{"b", "two.example.com", NULL},
	{"c", "three.example.com", "one.example.com"},
	{"d", "One.Example.com", NULL},
};

typedef void each_fn(struct shared *s, const struct account *a);

/* The first n accounts of the store. */
static void each(struct shared *s, size_t n, each_fn *fn)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct account *a = account_of(store[i].user, store[i].host1, store[i].host2);

		fn(s, a);
		account_free(a);
	}
}

START_TEST(names_of_several_accounts_are_found)
{
	static const struct {
		size_t n_accounts, n_shared;
		const char *said[2];
	} rows[] = {
		{0, 0, {"", ""}},
		{1, 0, {"", ""}},
		{2, 1, {"; 1 name of more than one account", "two.example.com (a, b)"}},
		{3, 2, {"; 2 names of more", "one.example.com (a, c)"}},
		/* Of three accounts two are told. */
		{4, 2, {"two.example.com (a, b)", "one.example.com (a, c)"}},
	};
	struct shared s;
	struct buf b;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		shared_init(&s);
		each(&s, rows[i].n_accounts, shared_count);
		ck_assert_uint_eq(shared_judge(&s), rows[i].n_shared);
		each(&s, rows[i].n_accounts, shared_find);
		buf_init(&b, DETAIL_MAX);
		shared_print(&s, &b);
		ck_assert_msg(strstr(buf_str(&b), rows[i].said[0]) != NULL &&
				      strstr(buf_str(&b), rows[i].said[1]) != NULL,
			      "row %zu: %s", i, buf_str(&b));
		ck_assert(rows[i].n_shared > 0 || b.len == 0);
		buf_fini(&b);
		shared_fini(&s);
	}
}
END_TEST

START_TEST(of_many_some_are_named)
{
	enum { NAMES = 3000 };
	struct shared s;
	struct buf b;
	char name[32];
	size_t i;

	shared_init(&s);
	for (i = 0; i < 2 * NAMES; i++) {
		struct account *a;

		snprintf(name, sizeof(name), "h%zu.example.com", i / 2);
		a = account_of(i % 2 == 0 ? "a" : "b", name, NULL);
		shared_count(&s, a);
		account_free(a);
	}
	ck_assert_uint_eq(shared_judge(&s), NAMES);
	buf_init(&b, DETAIL_MAX);
	shared_print(&s, &b);
	ck_assert_ptr_nonnull(strstr(buf_str(&b), ", and 2990 more"));
	buf_fini(&b);
	shared_fini(&s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		names_of_several_accounts_are_found,
		of_many_some_are_named,
	};

	return unit_run("shared", tests, N_ELEMENTS(tests));
}
