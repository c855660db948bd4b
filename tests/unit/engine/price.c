/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/price.h"

#include <string.h>

#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

START_TEST(the_kind_of_a_setting_is_its_method_with_its_cost)
{
	static const struct {
		const char *setting, *kind;
	} rows[] = {
		{"$y$j9T$salt$hash", "$y$j9T$"},
		{"$gy$j9T$salt$hash", "$gy$j9T$"},
		{"$7$CU..../....saltsalt$hash", "$7$CU..../...."},
		{"$7$CU", "$7$CU"},
		{"$2b$10$saltandhash", "$2b$10$"},
		{"$2y$05$saltandhash", "$2y$05$"},
		{"$6$salt$hash", "$6$"},
		{"$6$rounds=10000$salt$hash", "$6$rounds=10000$"},
		{"$5$rounds=5000$salt$hash", "$5$rounds=5000$"},
		{"$1$salt$hash", "$1$"},
		{"$sha1$40000$salt$hash", "$sha1$40000$"},
		{"$md5,rounds=904$salt$hash", "$md5,rounds=904$"},
		{"$md5$salt$hash", "$md5$"},
		{"$3$$hash", "$3$"},
		{"$y$", "$y$"},
		{"$y", "$y"},
		{"", ""},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(price_kind_len(rows[i].setting) == strlen(rows[i].kind), "%s: %zu",
			      rows[i].setting, price_kind_len(rows[i].setting));
}
END_TEST

START_TEST(each_kind_is_paid_once_and_those_seen_first_count)
{
	static const struct {
		const char *setting;
		size_t kind, n;
	} rows[] = {
		{"$y$j9T$a$b", 0, 1}, {"$y$j9T$c$d", 0, 1},	 {"$6$a$b", 1, 2},
		{"$6$c$d", 1, 2},     {"$6$rounds=9$a$b", 2, 3}, {"$y$j8T$a$b", 3, 4},
		{"$1$a$b", 4, 4},     {"$y$j9T$a$b", 0, 4},
	};
	struct price p = {0};
	unsigned paid = 0;
	size_t i, kind;

	ck_assert_ptr_null(price_next(&p, 0, &kind));
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		ck_assert_int_eq(price_see(&p, rows[i].setting, &kind), 0);
		ck_assert_msg(kind == rows[i].kind && p.n == rows[i].n, "row %zu", i);
	}
	ck_assert_str_eq(price_next(&p, 0, &kind), "$y$j9T$a$b");
	ck_assert_str_eq(price_next(&p, 1, &kind), "$6$a$b");
	for (i = 0; price_next(&p, paid, &kind) != NULL; i++)
		paid |= 1U << kind;
	ck_assert_uint_eq(i, PRICE_KINDS_MAX);
	price_fini(&p);
	ck_assert_ptr_null(price_next(&p, 0, &kind));
}
END_TEST

START_TEST(without_memory_no_kind_is_added)
{
	struct price p = {0};
	size_t kind;
	int err;

	fake_malloc_fail_at(1);
	err = price_see(&p, "$6$a$b", &kind);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert_uint_eq(p.n, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_kind_of_a_setting_is_its_method_with_its_cost,
		each_kind_is_paid_once_and_those_seen_first_count,
		without_memory_no_kind_is_added,
	};

	return unit_run("price", tests, N_ELEMENTS(tests));
}
