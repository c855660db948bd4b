/* SPDX-License-Identifier: BSD-2-Clause
 * store/notice_set.h: its bound, its order, and memory that is out. What the verbs do is in the
 * conformance suite, through store/memory.h. */
#include "store/notice_set.h"

#include <string.h>

#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "store/notice.h"

static struct notice make(const char *id, enum notice_state state)
{
	struct notice n = {.target = "ops", .body = "{}", .made_s = 1, .state = state};

	memcpy(n.id, id, strlen(id) + 1);
	return n;
}

static int put(struct notice_set *set, const char *id, enum notice_state state)
{
	const struct notice n = make(id, state);

	return notice_set_put(set, &n);
}

/* The ids with blanks between them. */
static void assert_ids(const struct notice_set *set, const char *want)
{
	const struct notice *n;
	char got[256] = "";

	for (n = notice_set_next(set, NULL); n != NULL; n = notice_set_next(set, n)) {
		strcat(got, n->id);
		strcat(got, " ");
	}
	ck_assert_str_eq(got, want);
}

START_TEST(what_was_given_up_makes_room)
{
	struct notice_set *set = notice_set_new(3);

	ck_assert_int_eq(put(set, "a", NOTICE_WAITING), 0);
	ck_assert_int_eq(put(set, "b", NOTICE_DEAD), 0);
	ck_assert_int_eq(put(set, "c", NOTICE_DEAD), 0);
	ck_assert_int_eq(put(set, "b", NOTICE_WAITING), ERR_EXISTS);
	assert_ids(set, "a b c ");
	ck_assert_int_eq(put(set, "d", NOTICE_WAITING), 0);
	assert_ids(set, "a c d ");
	ck_assert_int_eq(put(set, "e", NOTICE_WAITING), 0);
	ck_assert_int_eq(put(set, "f", NOTICE_WAITING), ERR_LIMIT);
	assert_ids(set, "a d e ");
	ck_assert_uint_eq(notice_set_count(set), 3);
	notice_set_free(set);
}
END_TEST

START_TEST(one_that_is_taken_out_makes_room)
{
	struct notice_set *set = notice_set_new(1);

	ck_assert_int_eq(put(set, "a", NOTICE_WAITING), 0);
	ck_assert_int_eq(notice_set_claim(set, "a", "ops", "aa", 5, 125), 0);
	ck_assert_int_eq(notice_set_next(set, NULL)->held_until_s, 125);
	ck_assert_int_eq(put(set, "b", NOTICE_WAITING), ERR_LIMIT);
	ck_assert_int_eq(notice_set_remove(set, "a", "ops", "aa"), 0);
	ck_assert_int_eq(put(set, "b", NOTICE_WAITING), 0);
	assert_ids(set, "b ");
	notice_set_free(set);
}
END_TEST

START_TEST(nothing_changes_when_memory_is_out)
{
	struct notice_set *set;
	int err;

	fake_malloc_fail_at(1);
	set = notice_set_new(3);
	ck_assert(fake_malloc_off());
	ck_assert_ptr_null(set);
	set = notice_set_new(3);
	fake_malloc_fail_at(1);
	err = put(set, "a", NOTICE_WAITING);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	assert_ids(set, "");
	ck_assert_int_eq(put(set, "a", NOTICE_WAITING), 0);
	notice_set_free(set);
	notice_set_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_was_given_up_makes_room,
		one_that_is_taken_out_makes_room,
		nothing_changes_when_memory_is_out,
	};

	return unit_run("notice_set", tests, N_ELEMENTS(tests));
}
