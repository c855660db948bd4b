/* SPDX-License-Identifier: BSD-2-Clause
 * store/notice.h: what a store takes, and who may have it. */
#include "store/notice.h"

#include <string.h>

#include "kit/unit.h"

enum { NOW_S = 1800000000 };

static struct notice make(void)
{
	return (struct notice){
		.id = "9f86d081", .target = "ops", .body = "{\"a\":1}", .made_s = NOW_S};
}

START_TEST(states_have_words)
{
	enum notice_state state = NOTICE_DEAD;

	ck_assert_str_eq(notice_state_word(NOTICE_WAITING), "waiting");
	ck_assert_str_eq(notice_state_word(NOTICE_DEAD), "dead");
	ck_assert_int_eq(notice_parse_state(slice_of("waiting"), &state), 0);
	ck_assert_int_eq(state, NOTICE_WAITING);
	ck_assert_int_eq(notice_parse_state(slice_of("dead"), &state), 0);
	ck_assert_int_eq(state, NOTICE_DEAD);
	ck_assert_int_eq(notice_parse_state(slice_of("Dead"), &state), ERR_INVAL);
	ck_assert_int_eq(notice_parse_state(slice_of(""), &state), ERR_INVAL);
	ck_assert_int_eq(state, NOTICE_DEAD);
}
END_TEST

enum field { ID, TARGET, BODY, WHY, HOLDER };

/* The text of that field. */
static char *field_of(struct notice *n, enum field field, size_t *ret_max)
{
	switch (field) {
	case ID:
		*ret_max = NOTICE_ID_MAX;
		return n->id;
	case TARGET:
		*ret_max = NOTICE_TARGET_MAX;
		return n->target;
	case BODY:
		*ret_max = NOTICE_BODY_MAX;
		return n->body;
	case WHY:
		*ret_max = NOTICE_WHY_MAX;
		return n->why;
	default:
		*ret_max = NOTICE_HOLDER_MAX;
		return n->holder;
	}
}

static const struct {
	enum field field;
	const char *text; /* NULL: longer than there is room */
	const char *want; /* NULL: it is fine */
} texts[] = {
	{ID, "a:b/c.~!", NULL},
	{ID, "", "the notice has no usable id"},
	{ID, "a b", "the notice has no usable id"},
	{ID, "a\x7f", "the notice has no usable id"},
	{ID, "\xc3\xa4", "the notice has no usable id"},
	{ID, NULL, "the notice has no usable id"},
	{TARGET, "Pager-2", NULL},
	{TARGET, "", "the notice has no usable target"},
	{TARGET, "a\tb", "the notice has no usable target"},
	{TARGET, NULL, "the notice has no usable target"},
	{BODY, "{\"text\":\"gr\xc3\xbc\xc3\x9f dich\"}", NULL},
	{BODY, "", "the notice's body is no line of text"},
	{BODY, "{\n}", "the notice's body is no line of text"},
	{BODY, "{\"\xff\"}", "the notice's body is no line of text"},
	{BODY, NULL, "the notice's body is no line of text"},
	{WHY, "", NULL},
	{WHY, "said \"no\"", NULL},
	{WHY, "a\rb", "the notice's last failure is no line of text"},
	{WHY, NULL, "the notice's last failure is no line of text"},
	{HOLDER, "", NULL},
	{HOLDER, "00ff", NULL},
	{HOLDER, "00 ff", "the notice has no usable holder"},
	{HOLDER, NULL, "the notice has no usable holder"},
};

START_TEST(texts_are_checked)
{
	struct errinfo ei = ERRINFO_INIT;
	struct notice n = make();
	size_t max;
	char *at = field_of(&n, texts[_i].field, &max);

	if (texts[_i].text == NULL)
		memset(at, 'x', max + 1);
	else
		memcpy(at, texts[_i].text, strlen(texts[_i].text) + 1);
	ck_assert_int_eq(notice_check(&n, &ei), texts[_i].want != NULL ? ERR_INVAL : 0);
	if (texts[_i].want != NULL)
		ck_assert_str_eq(ei.text, texts[_i].want);
}
END_TEST

START_TEST(longest_texts_are_fine)
{
	struct notice n = make();
	enum field f;
	size_t max;

	for (f = ID; f <= HOLDER; f++) {
		char *at = field_of(&n, f, &max);

		memset(at, 'x', max);
	}
	ck_assert_int_eq(notice_check(&n, NULL), 0);
	ck_assert_int_eq(notice_check_update(&n), 0);
}
END_TEST

START_TEST(times_are_checked)
{
	static const struct {
		int64_t made_s, next_s, until_s;
		int want;
	} rows[] = {
		{1, 0, 0, 0},	       {NOW_S, NOW_S, NOW_S, 0},  {0, 0, 0, ERR_INVAL},
		{-5, 0, 0, ERR_INVAL}, {NOW_S, -1, 0, ERR_INVAL}, {NOW_S, 0, -1, ERR_INVAL},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct notice n = make();

		n.made_s = rows[i].made_s;
		n.next_s = rows[i].next_s;
		n.held_until_s = rows[i].until_s;
		ck_assert_msg(notice_check(&n, NULL) == rows[i].want, "row %zu", i);
	}
}
END_TEST

START_TEST(only_a_holder_updates)
{
	struct notice n = make();

	ck_assert_int_eq(notice_check_update(&n), ERR_INVAL);
	memcpy(n.holder, "aa", 3);
	ck_assert_int_eq(notice_check_update(&n), 0);
}
END_TEST

START_TEST(name_of_one_is_whole)
{
	char longer[NOTICE_ID_MAX + 2] = "";
	struct notice n = {.made_s = 0};

	ck_assert_int_eq(notice_name(&n, "e1", "ops", "aa"), 0);
	ck_assert_str_eq(n.holder, "aa");
	ck_assert(notice_has_key(&n, "e1", "ops"));
	ck_assert(!notice_has_key(&n, "e1", "op") && !notice_has_key(&n, "e2", "ops"));
	ck_assert_int_eq(notice_name(&n, "", "ops", "aa"), ERR_INVAL);
	ck_assert_int_eq(notice_name(&n, "e1", "", "aa"), ERR_INVAL);
	ck_assert_int_eq(notice_name(&n, "e1", "ops", ""), ERR_INVAL);
	memset(longer, 'x', NOTICE_ID_MAX + 1);
	ck_assert_int_eq(notice_name(&n, longer, "ops", "aa"), ERR_INVAL);
	ck_assert_int_eq(notice_name(&n, "e1", longer, "aa"), ERR_INVAL);
	ck_assert_int_eq(notice_name(&n, "e1", "ops", longer), ERR_INVAL);
	ck_assert_str_eq(n.id, "e1");
}
END_TEST

START_TEST(failures_are_kept_as_a_line)
{
	char longer[NOTICE_WHY_MAX + 60];
	struct notice n = make();

	notice_set_why(&n, slice_of("550 5.1.1 no\r\nsuch user \xff"));
	ck_assert_str_eq(n.why, "550 5.1.1 no??such user ?");
	memset(longer, 'w', sizeof(longer));
	notice_set_why(&n, (struct slice){longer, sizeof(longer)});
	ck_assert_uint_eq(strlen(n.why), NOTICE_WHY_MAX);
	ck_assert_int_eq(notice_check(&n, NULL), 0);
	notice_set_why(&n, slice_of(""));
	ck_assert_str_eq(n.why, "");
}
END_TEST

START_TEST(update_applies_what_a_holder_may_change)
{
	struct notice kept = make(), n = make();

	memcpy(kept.holder, "aa", 3);
	memcpy(n.body, "{}", 3);
	n.made_s = 7;
	n.next_s = 8;
	n.attempts = 9;
	n.state = NOTICE_DEAD;
	n.held_until_s = 10;
	notice_set_why(&n, slice_of("gone"));
	notice_apply(&kept, &n);
	ck_assert_str_eq(kept.body, "{\"a\":1}");
	ck_assert_int_eq(kept.made_s, 7);
	ck_assert_str_eq(kept.holder, "aa");
	ck_assert_int_eq(kept.next_s, 8);
	ck_assert_uint_eq(kept.attempts, 9);
	ck_assert_int_eq(kept.state, NOTICE_DEAD);
	ck_assert_int_eq(kept.held_until_s, 10);
	ck_assert_str_eq(kept.why, "gone");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("notice");
	TCase *tc = tcase_create("notice");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, states_have_words);
	tcase_add_loop_test(tc, texts_are_checked, 0, N_ELEMENTS(texts));
	tcase_add_test(tc, longest_texts_are_fine);
	tcase_add_test(tc, times_are_checked);
	tcase_add_test(tc, only_a_holder_updates);
	tcase_add_test(tc, name_of_one_is_whole);
	tcase_add_test(tc, failures_are_kept_as_a_line);
	tcase_add_test(tc, update_applies_what_a_holder_may_change);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
