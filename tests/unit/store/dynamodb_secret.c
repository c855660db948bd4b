/* SPDX-License-Identifier: BSD-2-Clause
 * store/dynamodb_secret.h: one write, if the secret is still what was read. */
#include "store/dynamodb_secret.h"

#include <string.h>

#include "kit/fake_dynamodb.h"
#include "kit/unit.h"

#define UPDATE                                                                                     \
	"{'TableName':'t-1','Key':{'user':{'S':'bob'}},'UpdateExpression':'SET #pass = :pass',"    \
	"'ConditionExpression':'#pass = :old','ExpressionAttributeNames':{'#pass':'pass'},"        \
	"'ExpressionAttributeValues':{':pass':{'S':'$y$new'},':old':{'S':'test9994'}},"            \
	"'ReturnValuesOnConditionCheckFailure':'ALL_OLD'}"

static int replace(const char *user, struct fake_dynamodb_answer *a)
{
	*a = (struct fake_dynamodb_answer){0};
	return fake_dynamodb_finish(dynamodb_replace_secret(fake_dynamodb_store, user, "test9994",
							    "$y$new", fake_dynamodb_on_done, a),
				    a);
}

START_TEST(the_secret_alone_is_written)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect_reply("UpdateItem", UPDATE, "{}");
	ck_assert_int_eq(replace("bob", &a), 0);
}
END_TEST

START_TEST(what_somebody_else_has_changed_stays)
{
	static const struct {
		const char *item;
		int want;
	} rows[] = {
		{"{'user':{'S':'bob'},'pass':{'S':'other'}}", ERR_CONFLICT},
		{"{'user':{'S':'bob'},'pass':{'N':'1'}}", ERR_CONFLICT},
		{"{'user':{'S':'bob'}}", ERR_CONFLICT},
		/* The first attempt's answer was lost. */
		{"{'user':{'S':'bob'},'pass':{'S':'$y$new'}}", 0},
	};
	struct fake_dynamodb_answer a;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const struct fake_dynamodb_step step = {.operation = "UpdateItem",
							.request = UPDATE,
							.err = ERR_CONFLICT,
							.item = rows[i].item};

		fake_dynamodb_expect(&step);
		ck_assert_msg(replace("bob", &a) == rows[i].want, "row %zu: %d", i, a.err);
	}
}
END_TEST

START_TEST(who_does_not_tell_what_is_there_is_asked)
{
	static const struct {
		const char *reply;
		int want;
	} rows[] = {
		{"{}", ERR_NOTFOUND},
		{"{'Item':{'user':{'S':'bob'},'pass':{'S':'other'}}}", ERR_CONFLICT},
		{"{'Item':{'user':{'S':'bob'},'pass':{'S':'$y$new'}}}", 0},
	};
	struct fake_dynamodb_answer a;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		fake_dynamodb_expect_error("UpdateItem", ERR_CONFLICT);
		fake_dynamodb_expect_get("bob", rows[i].reply);
		ck_assert_msg(replace("bob", &a) == rows[i].want, "row %zu: %d", i, a.err);
	}
	fake_dynamodb_expect_error("UpdateItem", ERR_CONFLICT);
	fake_dynamodb_expect_error("GetItem", ERR_TIMEOUT);
	ck_assert_int_eq(replace("bob", &a), ERR_TIMEOUT);
}
END_TEST

START_TEST(trouble_is_told)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect_error("UpdateItem", ERR_DENIED);
	ck_assert_int_eq(replace("bob", &a), ERR_DENIED);
	ck_assert_ptr_null(strstr(a.why, "test9994"));
	fake_dynamodb_refuse_call(ERR_NOMEM);
	ck_assert_int_eq(replace("bob", &a), ERR_NOMEM);
	ck_assert_int_eq(replace("a:b", &a), ERR_NOTFOUND);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dynamodb_secret");
	TCase *tc = tcase_create("store_dynamodb_secret");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, fake_dynamodb_setup, fake_dynamodb_teardown);
	tcase_add_test(tc, the_secret_alone_is_written);
	tcase_add_test(tc, what_somebody_else_has_changed_stays);
	tcase_add_test(tc, who_does_not_tell_what_is_there_is_asked);
	tcase_add_test(tc, trouble_is_told);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
