/* SPDX-License-Identifier: BSD-2-Clause
 * store/dynamodb_empty.h: the items of a table say whether there is an account in it. */
#include "store/dynamodb_empty.h"

#include <string.h>

#include "kit/fake_dynamodb.h"
#include "kit/unit.h"

struct empty_answer {
	struct fake_dynamodb_answer answer;
	bool is_empty;
};

static void on_empty(void *arg, int err, bool is_so, const struct errinfo *why)
{
	struct empty_answer *a = arg;

	a->is_empty = is_so;
	fake_dynamodb_on_done(&a->answer, err, why);
}

static int ask(struct empty_answer *a)
{
	int started;

	memset(a, 0, sizeof(*a));
	started = store_is_empty(fake_dynamodb_store, on_empty, a);
	return fake_dynamodb_finish(started, &a->answer);
}

static void expect_page(const char *request, int err, const char *reply)
{
	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "Scan", .request = request, .err = err, .reply = reply});
}

#define FIRST	    "{'TableName':'t-1','ConsistentRead':true,'Limit':25}"
#define KEY(user)   "{'user':{'S':'" user "'}}"
#define AFTER(user) "{'Limit':1000,'ExclusiveStartKey':" KEY(user) "}"
#define MORE(user)  "{'Items':[" KEY(user) "],'LastEvaluatedKey':" KEY(user) "}"

START_TEST(one_page_tells)
{
	static const struct {
		const char *reply;
		bool is_empty;
	} rows[] = {
		{"{'Items':[]}", true},
		{"{'Items':[" KEY("claims:complete") "]}", true},
		{"{'Items':[" KEY("host:a.example") "," KEY("bob") "]}", false},
		{"{'Items':[" KEY("bob") "],'LastEvaluatedKey':" KEY("bob") "}", false},
		/* Of a key that cannot be read nobody knows. */
		{"{'Items':[{'user':{'N':'1'}}]}", false},
	};
	struct empty_answer a;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		expect_page(FIRST, 0, rows[i].reply);
		ck_assert_int_eq(ask(&a), 0);
		ck_assert_msg(a.is_empty == rows[i].is_empty, "row %zu", i);
	}
}
END_TEST

/* An account among what others left is found, however late it comes. What stays of a table whose
 * accounts are gone (claims, months of the history, notices) does not make a login unknown. */
START_TEST(what_is_no_account_is_passed_over)
{
	struct empty_answer a;
	unsigned i;

	expect_page(FIRST, 0, MORE("host:a.example"));
	expect_page(AFTER("host:a.example"), 0, "{'Items':[" KEY("claims:complete") "]}");
	ck_assert_int_eq(ask(&a), 0);
	ck_assert(a.is_empty);
	expect_page(FIRST, 0, MORE("host:a.example"));
	expect_page(AFTER("host:a.example"), 0, MORE("bob"));
	ck_assert_int_eq(ask(&a), 0);
	ck_assert(!a.is_empty);
	expect_page(FIRST, 0, MORE("notify:001"));
	for (i = 2; i <= 30; i++)
		expect_page(AFTER("notify:001"), 0, MORE("notify:001"));
	expect_page(AFTER("notify:001"), 0, MORE("bob"));
	ck_assert_int_eq(ask(&a), 0);
	ck_assert(!a.is_empty);
	expect_page(FIRST, 0, MORE("notify:001"));
	for (i = 2; i <= 32; i++)
		expect_page(AFTER("notify:001"), 0, MORE("notify:001"));
	ck_assert_int_eq(ask(&a), 0);
	ck_assert(a.is_empty);
}
END_TEST

START_TEST(trouble_is_told)
{
	struct empty_answer a;

	expect_page(FIRST, ERR_DENIED, NULL);
	ck_assert_int_eq(ask(&a), ERR_DENIED);
	ck_assert(!a.is_empty);
	expect_page(FIRST, 0, "{}");
	ck_assert_int_eq(ask(&a), ERR_UNAVAILABLE);
	ck_assert(!a.is_empty);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dynamodb_empty");
	TCase *tc = tcase_create("dynamodb_empty");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, fake_dynamodb_setup, fake_dynamodb_teardown);
	tcase_add_test(tc, one_page_tells);
	tcase_add_test(tc, what_is_no_account_is_passed_over);
	tcase_add_test(tc, trouble_is_told);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
