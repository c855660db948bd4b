/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/due_list.h"

#include "base/container_of.h"
#include "kit/unit.h"

enum { JOBS_MAX = 8 };

struct job {
	char name;
	struct due_item due;
};

static struct due_list list;
static struct job jobs[JOBS_MAX];

static void put(char name, int64_t at_ms)
{
	struct job *job = &jobs[name - 'a'];

	job->name = name;
	due_list_put(&list, &job->due, at_ms);
}

static void begin(void)
{
	memset(jobs, 0, sizeof(jobs));
	due_list_init(&list);
}

/* The names in the order of the list. */
static const char *listed(void)
{
	static char text[JOBS_MAX + 1];
	const struct due_item *item;
	size_t n = 0;

	for (item = due_list_first(&list); item != NULL; item = due_list_next(item))
		text[n++] = CONTAINER_OF(item, struct job, due)->name;
	text[n] = '\0';
	return text;
}

START_TEST(the_earliest_is_the_first_and_equals_keep_their_order)
{
	static const struct {
		int64_t at_ms[JOBS_MAX]; /* of a, b, c, ...; 0: no more */
		const char *order;
	} rows[] = {
		{{10}, "a"},
		{{10, 20, 30}, "abc"},
		{{30, 20, 10}, "cba"},
		{{20, 30, 10}, "cab"},
		{{10, 10, 10}, "abc"},
		{{20, 10, 20, 10}, "bdac"},
		{{10, 30, 20, 30, 20}, "acebd"},
		{{INT64_MAX, 5, INT64_MAX, INT64_MIN}, "dbac"},
	};
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		begin();
		for (k = 0; k < JOBS_MAX && rows[i].at_ms[k] != 0; k++)
			put((char)('a' + k), rows[i].at_ms[k]);
		ck_assert_msg(strcmp(listed(), rows[i].order) == 0, "row %zu: %s", i, listed());
	}
}
END_TEST

START_TEST(what_is_put_again_moves)
{
	begin();
	put('a', 10);
	put('b', 20);
	put('c', 30);
	put('a', 25);
	ck_assert_str_eq(listed(), "bac");
	put('c', 5);
	ck_assert_str_eq(listed(), "cba");
	put('b', 20);
	ck_assert_str_eq(listed(), "cba");
	put('c', 25);
	ck_assert_str_eq(listed(), "bac");
}
END_TEST

START_TEST(it_moves_from_another_list_too)
{
	struct due_list other;

	begin();
	due_list_init(&other);
	put('a', 10);
	put('b', 20);
	due_list_put(&other, &jobs[0].due, 10);
	ck_assert_str_eq(listed(), "b");
	ck_assert_ptr_eq(due_list_first(&other), &jobs[0].due);
	due_list_remove(&jobs[0].due);
	ck_assert_ptr_null(due_list_first(&other));
	ck_assert_str_eq(listed(), "b");
}
END_TEST

START_TEST(removed_from_anywhere_and_twice)
{
	static const struct {
		const char *removed, *left;
	} rows[] = {{"a", "bcd"}, {"d", "abc"}, {"b", "acd"}, {"bb", "acd"},
		    {"abcd", ""}, {"dcba", ""}, {"h", "abcd"}};
	const char *name;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		begin();
		put('a', 1);
		put('b', 2);
		put('c', 3);
		put('d', 4);
		for (name = rows[i].removed; *name != '\0'; name++) {
			due_list_remove(&jobs[*name - 'a'].due);
			ck_assert(!due_item_is_listed(&jobs[*name - 'a'].due));
		}
		ck_assert_msg(strcmp(listed(), rows[i].left) == 0, "row %zu: %s", i, listed());
		put('e', 5);
		ck_assert(due_item_is_listed(&jobs[4].due));
		ck_assert_int_eq(listed()[strlen(rows[i].left)], 'e');
	}
}
END_TEST

START_TEST(taken_is_what_is_due_and_no_more)
{
	struct due_item *item;

	begin();
	ck_assert_ptr_null(due_list_take(&list, INT64_MAX));
	put('a', 10);
	put('b', 20);
	put('c', 20);
	put('d', 21);
	ck_assert_ptr_null(due_list_take(&list, 9));
	ck_assert_uint_eq(due_list_count(&list, 9), 0);
	ck_assert_uint_eq(due_list_count(&list, 10), 1);
	ck_assert_uint_eq(due_list_count(&list, 20), 3);
	ck_assert_uint_eq(due_list_count(&list, INT64_MAX), 4);
	item = due_list_take(&list, 20);
	ck_assert_ptr_eq(item, &jobs[0].due);
	ck_assert(!due_item_is_listed(item));
	ck_assert_int_eq(item->at_ms, 10);
	ck_assert_ptr_eq(due_list_take(&list, 20), &jobs[1].due);
	ck_assert_ptr_eq(due_list_take(&list, 20), &jobs[2].due);
	ck_assert_ptr_null(due_list_take(&list, 20));
	ck_assert_str_eq(listed(), "d");
}
END_TEST

START_TEST(the_wait_is_for_the_first)
{
	begin();
	ck_assert_int_lt(due_list_wait_ms(&list, 0), 0);
	put('a', 100);
	ck_assert_int_eq(due_list_wait_ms(&list, 40), 60);
	ck_assert_int_eq(due_list_wait_ms(&list, 100), 0);
	ck_assert_int_eq(due_list_wait_ms(&list, 101), 0);
	put('b', 50);
	ck_assert_int_eq(due_list_wait_ms(&list, 40), 10);
	due_list_remove(&jobs[1].due);
	ck_assert_int_eq(due_list_wait_ms(&list, 40), 60);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_earliest_is_the_first_and_equals_keep_their_order,
		what_is_put_again_moves,
		it_moves_from_another_list_too,
		removed_from_anywhere_and_twice,
		taken_is_what_is_due_and_no_more,
		the_wait_is_for_the_first,
	};

	return unit_run("due_list", tests, N_ELEMENTS(tests));
}
