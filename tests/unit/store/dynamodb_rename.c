/* SPDX-License-Identifier: BSD-2-Clause
 * store/dynamodb_rename.h: read, put under the new login, delete the old item as it was read. */
#include "store/dynamodb_rename.h"

#include <string.h>

#include "kit/fake_dynamodb.h"
#include "kit/unit.h"

#define ACCOUNT	    "'pass':{'S':'test9994'},'host':{'S':'a.example.com'},'notes':{'S':'attic'}"
#define STATE(pub)  "{'M':{'a.example.com':{'M':{'seq':{'N':'3'},'pub':{'N':'" pub "'}}}}}"
#define ITEM(user)  "{'user':{'S':'" user "'}," ACCOUNT ",'state':" STATE("3") "}"
#define FRESH(user) "{'user':{'S':'" user "'}," ACCOUNT "}" /* not updated yet */
#define OTHER	    "{'user':{'S':'zoe'},'pass':{'S':'hers'},'host':{'S':'z.example.com'}}"
#define OWED	    "{'user':{'S':'bob'}," ACCOUNT ",'state':" STATE("2") "}"
#define GET_BOB	    "{'TableName':'t-1','Key':{'user':{'S':'bob'}},'ConsistentRead':true}"
/* The whole item goes along, what we do not know of it, too. */
#define PUT_ZOE(item)                                                                              \
	"{'TableName':'t-1','Item':" item ",'ConditionExpression':'attribute_not_exists(#user)',"  \
	"'ReturnValuesOnConditionCheckFailure':'ALL_OLD'}"
#define DELETE(user)                                                                               \
	"{'TableName':'t-1','Key':{'user':{'S':'" user "'}},'ConditionExpression':"                \
	"'attribute_exists(#user) AND #state = "                                                   \
	":state','ExpressionAttributeValues':{':state':" STATE(                                    \
		"3") "},'ReturnValuesOnConditionCheckFailure':'ALL_OLD'}"
#define DELETE_FRESH(user)                                                                         \
	"{'Key':{'user':{'S':'" user "'}},'ConditionExpression':'attribute_exists(#user) AND "     \
	"attribute_not_exists(#state)'}"

static int rename_to(const char *to, struct fake_dynamodb_answer *a)
{
	*a = (struct fake_dynamodb_answer){0};
	return fake_dynamodb_finish(
		dynamodb_rename(fake_dynamodb_store, "bob", to, fake_dynamodb_on_done, a), a);
}

#define READ(item)                                                                                 \
	{                                                                                          \
		.operation = "GetItem", .request = GET_BOB, .reply = "{'Item':" item "}"           \
	}
#define PUT                                                                                        \
	{                                                                                          \
		.operation = "PutItem", .request = PUT_ZOE(ITEM("zoe"))                            \
	}
#define PUT_MEETS(there)                                                                           \
	{                                                                                          \
		.operation = "PutItem", .err = ERR_CONFLICT, .item = there                         \
	}
#define DELETED(user)                                                                              \
	{                                                                                          \
		.operation = "DeleteItem", .request = DELETE(user)                                 \
	}
#define DELETE_MEETS(user, there, n)                                                               \
	{                                                                                          \
		.operation = "DeleteItem", .request = DELETE(user), .err = ERR_CONFLICT,           \
		.item = there, .attempts = n                                                       \
	}

/* bob is to be zoe. */
static const struct {
	const char *name;
	struct fake_dynamodb_step steps[4];
	int want;
} rows[] = {
	{"all goes well", {READ(ITEM("bob")), PUT, DELETED("bob")}, 0},
	{"nobody has updated the account yet",
	 {READ(FRESH("bob")),
	  {.operation = "PutItem", .request = PUT_ZOE(FRESH("zoe"))},
	  {.operation = "DeleteItem", .request = DELETE_FRESH("bob")}},
	 0},
	{"somebody else has the login", {READ(ITEM("bob")), PUT_MEETS(OTHER)}, ERR_EXISTS},
	{"somebody else's differs by its state alone",
	 {READ(ITEM("bob")), PUT_MEETS(FRESH("zoe"))},
	 ERR_EXISTS},
	{"who has it is not told", {READ(ITEM("bob")), PUT_MEETS(NULL)}, ERR_EXISTS},
	{"somebody was stopped between the two writes, or a reply was lost",
	 {READ(ITEM("bob")), PUT_MEETS(ITEM("zoe")), DELETED("bob")},
	 0},
	{"the reply about the old item was lost",
	 {READ(ITEM("bob")), PUT, DELETE_MEETS("bob", NULL, 2)},
	 0},
	{"somebody else has removed the old item",
	 {READ(ITEM("bob")), PUT, DELETE_MEETS("bob", NULL, 1)},
	 ERR_CONFLICT},
	/* The copy has the older state, and is taken back. */
	{"an update came between",
	 {READ(ITEM("bob")), PUT, DELETE_MEETS("bob", FRESH("bob"), 1), DELETED("zoe")},
	 ERR_CONFLICT},
	{"an update came between, after a lost attempt",
	 {READ(ITEM("bob")), PUT, DELETE_MEETS("bob", FRESH("bob"), 2), DELETED("zoe")},
	 ERR_CONFLICT},
	{"an update came between, and the copy is used already",
	 {READ(ITEM("bob")), PUT, DELETE_MEETS("bob", FRESH("bob"), 1),
	  DELETE_MEETS("zoe", FRESH("zoe"), 1)},
	 ERR_CONFLICT},
	{"an update came between, and the copy cannot be taken back",
	 {READ(ITEM("bob")),
	  PUT,
	  DELETE_MEETS("bob", FRESH("bob"), 1),
	  {.operation = "DeleteItem", .err = ERR_TIMEOUT}},
	 ERR_TIMEOUT},
	{"there is no such account", {{.operation = "GetItem", .reply = "{}"}}, ERR_NOTFOUND},
	{"the account is malformed: that goes along",
	 {READ("{'user':{'S':'bob'},'pass':{'N':'1'}}"),
	  {.operation = "PutItem", .request = PUT_ZOE("{'user':{'S':'zoe'},'pass':{'N':'1'}}")},
	  {.operation = "DeleteItem", .request = DELETE_FRESH("bob")}},
	 0},
	/* A daemon publishes that at this moment, and confirms it under the old login. */
	{"an update is not published yet", {READ(OWED)}, ERR_CONFLICT},
	{"reading is denied", {{.operation = "GetItem", .err = ERR_DENIED}}, ERR_DENIED},
	{"writing is denied",
	 {READ(ITEM("bob")), {.operation = "PutItem", .err = ERR_DENIED}},
	 ERR_DENIED},
	{"deleting is denied",
	 {READ(ITEM("bob")), PUT, {.operation = "DeleteItem", .err = ERR_DENIED}},
	 ERR_DENIED},
};

START_TEST(rename_ends_as_what_it_meets_deserves)
{
	struct fake_dynamodb_answer a;
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(rows[_i].steps) && rows[_i].steps[i].operation != NULL; i++)
		fake_dynamodb_expect(&rows[_i].steps[i]);
	err = rename_to("zoe", &a);
	ck_assert_msg(err == rows[_i].want, "%s: %s", rows[_i].name, err_str(err));
}
END_TEST

START_TEST(taken_login_is_named)
{
	static const struct fake_dynamodb_step read = READ(ITEM("bob"));
	static const struct fake_dynamodb_step put = PUT_MEETS(OTHER);
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect(&read);
	fake_dynamodb_expect(&put);
	ck_assert_int_eq(rename_to("zoe", &a), ERR_EXISTS);
	ck_assert_str_eq(a.why, "table t-1 has a user \"zoe\" already");
}
END_TEST

/* What has the login is the account itself: taken for the copy, it would be deleted. */
START_TEST(account_that_has_the_login_is_not_its_own_copy)
{
	static const struct fake_dynamodb_step read = READ(ITEM("bob"));
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect(&read);
	ck_assert_int_eq(rename_to("bob", &a), ERR_EXISTS);
}
END_TEST

/* --- with transactions --- */

#define FINE	     "{'Code':'None'}"
#define FAILED_BY(x) "{'Code':'ConditionalCheckFailed','Item':" x "}"
#define MOVE	     "Put zoe, Delete bob, Update host:a.example.com"
#define CLEAN_UP     "Delete bob, Update host:a.example.com"
#define WRITE(what)                                                                                \
	{                                                                                          \
		.operation = "TransactWriteItems", .actions = what                                 \
	}
#define WRITE_FAILS(what, first, second)                                                           \
	{                                                                                          \
		.operation = "TransactWriteItems", .actions = what, .err = ERR_CONFLICT,           \
		.reasons = "[" first "," second "," FINE "]", .attempts = 1                        \
	}

static const struct {
	const char *name;
	struct fake_dynamodb_step steps[4];
	int want;
} moves[] = {
	{"item and claims change at once", {READ(ITEM("bob")), WRITE(MOVE)}, 0},
	{"one that was never updated, too", {READ(FRESH("bob")), WRITE(MOVE)}, 0},
	{"the login is somebody's",
	 {READ(ITEM("bob")), WRITE_FAILS(MOVE, FAILED_BY(OTHER), FINE)},
	 ERR_EXISTS},
	{"the login is our copy's, which is left from before",
	 {READ(ITEM("bob")), WRITE_FAILS(MOVE, FAILED_BY(ITEM("zoe")), FINE), WRITE(CLEAN_UP)},
	 0},
	{"a copy of what the account was before",
	 {READ(ITEM("bob")), WRITE_FAILS(MOVE, FAILED_BY(FRESH("zoe")), FINE)},
	 ERR_EXISTS},
	{"somebody changed it meanwhile",
	 {READ(ITEM("bob")), WRITE_FAILS(MOVE, FINE, FAILED_BY(FRESH("bob")))},
	 ERR_CONFLICT},
	{"or while the copy stood there",
	 {READ(ITEM("bob")), WRITE_FAILS(MOVE, FAILED_BY(ITEM("zoe")), FINE),
	  WRITE_FAILS(CLEAN_UP, FAILED_BY(FRESH("bob")), FINE)},
	 ERR_CONFLICT},
	{"what is owed stays", {READ(OWED)}, ERR_CONFLICT},
};

START_TEST(item_and_claims_are_renamed_together)
{
	struct fake_dynamodb_answer a;
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(moves[_i].steps) && moves[_i].steps[i].operation != NULL; i++)
		fake_dynamodb_expect(&moves[_i].steps[i]);
	err = rename_to("zoe", &a);
	ck_assert_msg(err == moves[_i].want, "%s: %s", moves[_i].name, err_str(err));
	if (err == ERR_EXISTS)
		ck_assert_str_eq(a.why, "table t-1 has a user \"zoe\" already");
}
END_TEST

START_TEST(login_that_cannot_be_a_key_is_unknown_without_a_call)
{
	struct fake_dynamodb_answer a = {0};
	char to[ACCOUNT_USER_MAX + 2];

	memset(to, 'x', sizeof(to) - 1);
	to[sizeof(to) - 1] = '\0';
	ck_assert_int_eq(rename_to(to, &a), ERR_NOTFOUND);
	a = (struct fake_dynamodb_answer){0};
	ck_assert_int_eq(fake_dynamodb_finish(dynamodb_rename(fake_dynamodb_store, "a:b", "zoe",
							      fake_dynamodb_on_done, &a),
					      &a),
			 ERR_NOTFOUND);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dynamodb_rename");
	TCase *tc = tcase_create("store_dynamodb_rename");
	TCase *together = tcase_create("store_dynamodb_rename_together");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, fake_dynamodb_setup_plain, fake_dynamodb_teardown);
	tcase_add_loop_test(tc, rename_ends_as_what_it_meets_deserves, 0, N_ELEMENTS(rows));
	tcase_add_test(tc, taken_login_is_named);
	tcase_add_test(tc, account_that_has_the_login_is_not_its_own_copy);
	tcase_add_test(tc, login_that_cannot_be_a_key_is_unknown_without_a_call);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(together, fake_dynamodb_setup, fake_dynamodb_teardown);
	tcase_add_loop_test(together, item_and_claims_are_renamed_together, 0, N_ELEMENTS(moves));
	suite_add_tcase(suite, together);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
