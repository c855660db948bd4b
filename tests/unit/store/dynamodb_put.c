/* SPDX-License-Identifier: BSD-2-Clause
 * store/dynamodb_put.h: accounts that come, change and go, with the claims of their names, and on a
 * service without transactions by themselves. */
#include "store/dynamodb_put.h"

#include <stdio.h>

#include "kit/fake_dynamodb.h"
#include "kit/unit.h"

#define BOB                                                                                        \
	"'user':{'S':'bob'},'pass':{'S':'test9994'},'host':{'SS':['a.example.com','b.example.com'" \
	"]}"
#define STATE_A(v4, seq)                                                                           \
	"'state':{'M':{'a.example.com':{'M':{'v4':{'S':'" v4 "'},'seq':{'N':'" seq "'}}}}}"
#define GET(user)  "{'TableName':'t-1','Key':{'user':{'S':'" user "'}},'ConsistentRead':true}"
#define ITEM(user) "{'user':{'S':'" user "'},'pass':{'S':'hers'},'host':{'S':'a.example.com'}}"
#define ONE	   "{'user':{'S':'bob'},'pass':{'S':'x'},'host':{'S':'a.example.com'}}"
#define OTHER	   "{'user':{'S':'bob'},'pass':{'S':'x'},'host':{'S':'b.example.com'}}"

static int put(const char *item, enum store_put_mode mode, struct fake_dynamodb_answer *a)
{
	struct account *account = fake_dynamodb_account(item);
	int err;

	*a = (struct fake_dynamodb_answer){0};
	err = store_put(fake_dynamodb_store, account, mode, fake_dynamodb_on_done, a);
	account_free(account);
	return fake_dynamodb_finish(err, a);
}

/* --- a service without transactions --- */

/* What stands there when a create fails its condition. */
static const struct {
	const char *name, *item;
	unsigned attempts;
	int want;
} create_rows[] = {
	{"somebody else's account", ITEM("bob"), 1, ERR_EXISTS},
	{"the same account from somebody else", "{" BOB "}", 1, ERR_EXISTS},
	{"our own first attempt", "{" BOB "}", 2, 0},
	{"another account, after two attempts", ITEM("bob"), 2, ERR_EXISTS},
	{"one with a quirk", "{" BOB ",'quirks':{'SS':['nochg-as-good']}}", 2, ERR_EXISTS},
	{"one with another secret",
	 "{'user':{'S':'bob'},'pass':{'S':'test9995'},'host':{'SS':['a.example.com',"
	 "'b.example.com']}}",
	 2, ERR_EXISTS},
	{"one with a TTL", "{" BOB ",'ttl':{'N':'300'}}", 2, ERR_EXISTS},
	{"one that may not log in", "{" BOB ",'disabled':{'BOOL':true}}", 2, ERR_EXISTS},
	{"one with an end", "{" BOB ",'valid_until':{'S':'2030-01-01'}}", 2, ERR_EXISTS},
	{"one with sources", "{" BOB ",'sources':{'SS':['192.0.2.0/24']}}", 2, ERR_EXISTS},
	{"one with a host less",
	 "{'user':{'S':'bob'},'pass':{'S':'test9994'},'host':{'S':'a.example.com'}}", 2,
	 ERR_EXISTS},
	{"one with a host more",
	 "{'user':{'S':'bob'},'pass':{'S':'test9994'},'host':{'SS':['a.example.com',"
	 "'b.example.com','c.example.com']}}",
	 2, ERR_EXISTS},
	{"one with another host",
	 "{'user':{'S':'bob'},'pass':{'S':'test9994'},'host':{'SS':['a.example.com',"
	 "'c.example.com']}}",
	 2, ERR_EXISTS},
	{"one with an interface id",
	 "{" BOB ",'interface_ids':{'M':{'a.example.com':{'S':'::1'}}}}", 2, ERR_EXISTS},
	{"one with a host that nobody can read",
	 "{'user':{'S':'bob'},'pass':{'S':'test9994'},'host':{'SS':['a.example.com',"
	 "'b.example.com','a..b']}}",
	 2, ERR_EXISTS},
	{"one with a flaw", "{" BOB ",'state':{'S':'x'}}", 2, 0},
	{"a malformed item", "{'user':{'S':'bob'}}", 2, ERR_EXISTS},
	{"the same account, attempts not told", "{" BOB "}", 0, ERR_EXISTS},
};

START_TEST(create_of_a_taken_login_is_refused_unless_it_was_ours)
{
	struct fake_dynamodb_answer a;
	int err;

	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "PutItem",
							  .request = "{'Item':{" BOB "}}",
							  .err = ERR_CONFLICT,
							  .item = create_rows[_i].item,
							  .attempts = create_rows[_i].attempts});
	err = put("{" BOB "}", STORE_CREATE, &a);
	ck_assert_msg(err == create_rows[_i].want, "%s: %s", create_rows[_i].name, err_str(err));
}
END_TEST

START_TEST(create_is_one_put)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "PutItem", .request = "{'TableName':'t-1','Item':{" BOB "}}"});
	ck_assert_int_eq(put("{" BOB "}", STORE_CREATE, &a), 0);
	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = "PutItem", .err = ERR_DENIED});
	ck_assert_int_eq(put("{" BOB "}", STORE_CREATE, &a), ERR_DENIED);
}
END_TEST

START_TEST(replace_reads_then_updates)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect_get("bob", "{'Item':{" BOB "," STATE_A("192.0.2.1", "1") "}}");
	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "UpdateItem",
		.request = "{'UpdateExpression':'SET #pass = :pass, #host = :host REMOVE #ttl, "
			   "#disabled, #quirks, #state.#h0'}"});
	ck_assert_int_eq(put("{'user':{'S':'bob'},'pass':{'S':'x'},'host':{'S':'b.example.com'}}",
			     STORE_REPLACE, &a),
			 0);
}
END_TEST

START_TEST(replace_of_what_is_not_there_finds_nothing)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect_get("bob", "{}");
	ck_assert_int_eq(put("{" BOB "}", STORE_REPLACE, &a), ERR_NOTFOUND);
	ck_assert_str_eq(a.why, "table t-1 has no user \"bob\"");
	fake_dynamodb_expect_get("bob", "{'Item':{" BOB "}}");
	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = "UpdateItem", .err = ERR_CONFLICT});
	ck_assert_int_eq(put("{" BOB "}", STORE_REPLACE, &a), ERR_NOTFOUND);
	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = "GetItem", .err = ERR_TIMEOUT});
	ck_assert_int_eq(put("{" BOB "}", STORE_REPLACE, &a), ERR_TIMEOUT);
	fake_dynamodb_expect_get("bob", "{'Item':{" BOB "}}");
	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = "UpdateItem", .err = ERR_DENIED});
	ck_assert_int_eq(put("{" BOB "}", STORE_REPLACE, &a), ERR_DENIED);
}
END_TEST

static const struct {
	int aws;
	unsigned attempts;
	int want;
} remove_rows[] = {
	{0, 0, 0},
	{ERR_CONFLICT, 1, ERR_NOTFOUND},
	{ERR_CONFLICT, 0, ERR_NOTFOUND},
	{ERR_CONFLICT, 2, 0}, /* by our own first attempt */
	{ERR_DENIED, 1, ERR_DENIED},
};

START_TEST(remove_reads_then_deletes)
{
	struct fake_dynamodb_answer a = {0};

	fake_dynamodb_expect_get("bob", "{'Item':{" BOB "}}");
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "DeleteItem",
							  .request = "{'Key':{'user':{'S':'bob'}}}",
							  .err = remove_rows[_i].aws,
							  .attempts = remove_rows[_i].attempts});
	ck_assert_int_eq(
		fake_dynamodb_finish(
			store_remove(fake_dynamodb_store, "bob", fake_dynamodb_on_done, &a), &a),
		remove_rows[_i].want);
}
END_TEST

/* --- with claims --- */

#define ACTION_ON(user)                                                                            \
	"'Key':{'user':{'S':'" user "'}},'TableName':'t-1',"                                       \
	"'ReturnValuesOnConditionCheckFailure':'ALL_OLD'"
#define OWNERS_NAME "'ExpressionAttributeNames':{'#owners':'owners'}"
/* Claims as they are written. */
#define JOIN_FREE(host, owners)                                                                    \
	"{'Update':{" ACTION_ON(                                                                   \
		"host:" host) "," OWNERS_NAME                                                      \
			      ",'ConditionExpression':'attribute_not_exists(#owners)',"            \
			      "'UpdateExpression':'SET #owners = :owners',"                        \
			      "'ExpressionAttributeValues':{':owners':{'SS':" owners "}}}}"
#define CHANGE(host, was, owners)                                                                  \
	"{'Update':{" ACTION_ON(                                                                   \
		"host:" host) "," OWNERS_NAME ",'ConditionExpression':'#owners = :stored',"        \
			      "'UpdateExpression':'SET #owners = :owners',"                        \
			      "'ExpressionAttributeValues':{':owners':{'SS':" owners               \
			      "},':stored':" was "}}}"
#define LEAVE(host, was)                                                                           \
	"{'Delete':{" ACTION_ON("host:" host) "," OWNERS_NAME                                      \
					      ",'ConditionExpression':'#owners = :stored',"        \
					      "'ExpressionAttributeValues':{':stored':" was "}}}"
#define PUT_ONE                                                                                    \
	"{'Put':{'Item':" ONE ",'TableName':'t-1',"                                                \
	"'ConditionExpression':'attribute_not_exists(#user)',"                                     \
	"'ExpressionAttributeNames':{'#user':'user'},"                                             \
	"'ReturnValuesOnConditionCheckFailure':'ALL_OLD'}}"
#define DELETE_ONE                                                                                 \
	"{'Delete':{" ACTION_ON(                                                                   \
		"bob") ",'ConditionExpression':'attribute_exists(#user) AND "                      \
		       "#host = "                                                                  \
		       ":hosts','ExpressionAttributeNames':{'#user':'user','#host':'host'},"       \
		       "'ExpressionAttributeValues':{':hosts':{'S':'a.example.com'}}}}"
#define REPLACE_ONE_BY_OTHER                                                                       \
	"{'Update':{" ACTION_ON(                                                                   \
		"bob") ",'ConditionExpression':'attribute_exists(#user) AND #host = :hosts',"      \
		       "'UpdateExpression':'SET #pass = :pass, #host = :host REMOVE #ttl, "        \
		       "#disabled, #quirks',"                                                      \
		       "'ExpressionAttributeNames':{'#user':'user','#pass':'pass','#host':'host'," \
		       "'#ttl':'ttl',"                                                             \
		       "'#disabled':'disabled','#quirks':'quirks'},'ExpressionAttributeValues':{"  \
		       "':pass':{'S':'x'},':host':{'S':'b.example.com'},':hosts':{'S':'a.example." \
		       "com'}}}}"
#define TRANSACTION(actions)                                                                       \
	{                                                                                          \
		.operation = "TransactWriteItems", .request = "{'TransactItems':[" actions "]}"    \
	}
#define CANCELED(actions, why)                                                                     \
	{                                                                                          \
		.operation = "TransactWriteItems", .request = "{'TransactItems':[" actions "]}",   \
		.err = ERR_CONFLICT, .code = "TransactionCanceledException",                       \
		.reasons = "[" why "]", .attempts = 1                                              \
	}
#define FINE	      "{'Code':'None'}"
#define FAILED	      "{'Code':'ConditionalCheckFailed'}"
#define FAILED_BY(x)  "{'Code':'ConditionalCheckFailed','Item':" x "}"
#define CLAIM(owners) "{'user':{'S':'host:a.example.com'},'owners':" owners "}"
#define READ(login, item)                                                                          \
	{                                                                                          \
		.operation = "GetItem", .request = GET(login), .reply = item                       \
	}

enum verb { CREATE, CREATE_ALONE, REMOVE };

/* User bob with the host a.example.com. */
static const struct {
	const char *name;
	enum verb verb;
	struct fake_dynamodb_step steps[5];
	int want;
	const char *why;
} claim_rows[] = {
	{"nobody has the name",
	 CREATE_ALONE,
	 {TRANSACTION(PUT_ONE "," JOIN_FREE("a.example.com", "['bob']"))},
	 0,
	 ""},
	{"the login is taken",
	 CREATE_ALONE,
	 {CANCELED(PUT_ONE "," JOIN_FREE("a.example.com", "['bob']"),
		   FAILED_BY(ITEM("bob")) "," FINE)},
	 ERR_EXISTS,
	 "table t-1 has a user \"bob\" already"},
	{"another account has the name",
	 CREATE_ALONE,
	 {CANCELED(PUT_ONE "," JOIN_FREE("a.example.com", "['bob']"),
		   FINE "," FAILED_BY(CLAIM("{'SS':['zoe']}"))),
	  READ("zoe", "{'Item':" ITEM("zoe") "}")},
	 ERR_REFUSED,
	 "a.example.com belongs to user \"zoe\"; --shared gives it to both"},
	{"another account has the name, and is malformed",
	 CREATE_ALONE,
	 {CANCELED(PUT_ONE "," JOIN_FREE("a.example.com", "['bob']"),
		   FINE "," FAILED_BY(CLAIM("{'SS':['zoe']}"))),
	  READ("zoe", "{'Item':{'user':{'S':'zoe'},'host':{'S':'a.example.com'}}}")},
	 ERR_REFUSED,
	 "a.example.com belongs to user \"zoe\"; --shared gives it to both"},
	{"the owner is gone, and another has lost the name",
	 CREATE_ALONE,
	 {CANCELED(PUT_ONE "," JOIN_FREE("a.example.com", "['bob']"),
		   FINE "," FAILED_BY(CLAIM("{'SS':['gone','zoe']}"))),
	  READ("gone", "{}"),
	  READ("zoe",
	       "{'Item':{'user':{'S':'zoe'},'pass':{'S':'x'},'host':{'S':'z.example.com'}}}"),
	  TRANSACTION(PUT_ONE "," CHANGE("a.example.com", "{'SS':['gone','zoe']}", "['bob']"))},
	 0,
	 ""},
	{"the name is to be shared",
	 CREATE,
	 {CANCELED(PUT_ONE "," JOIN_FREE("a.example.com", "['bob']"),
		   FINE "," FAILED_BY(CLAIM("{'SS':['zoe']}"))),
	  TRANSACTION(PUT_ONE "," CHANGE("a.example.com", "{'SS':['zoe']}", "['zoe','bob']"))},
	 0,
	 ""},
	{"a hand wrote the claim as a string",
	 CREATE,
	 {CANCELED(PUT_ONE "," JOIN_FREE("a.example.com", "['bob']"),
		   FINE "," FAILED_BY(CLAIM("{'S':'zoe'}"))),
	  TRANSACTION(PUT_ONE "," CHANGE("a.example.com", "{'S':'zoe'}", "['zoe','bob']"))},
	 0,
	 ""},
	{"a permission is missing",
	 CREATE,
	 {{.operation = "TransactWriteItems", .err = ERR_DENIED}},
	 ERR_DENIED,
	 "table t-1: DynamoDB said so"},
	{"the only owner goes",
	 REMOVE,
	 {READ("bob", "{'Item':" ONE "}"),
	  TRANSACTION(DELETE_ONE "," LEAVE("a.example.com", "{'SS':['bob']}"))},
	 0,
	 ""},
	{"another owner stays",
	 REMOVE,
	 {READ("bob", "{'Item':" ONE "}"),
	  CANCELED(DELETE_ONE "," LEAVE("a.example.com", "{'SS':['bob']}"),
		   FINE "," FAILED_BY(CLAIM("{'SS':['bob','zoe']}"))),
	  TRANSACTION(DELETE_ONE "," CHANGE("a.example.com", "{'SS':['bob','zoe']}", "['zoe']"))},
	 0,
	 ""},
	{"the row was made by hand and has no claim",
	 REMOVE,
	 {READ("bob", "{'Item':" ONE "}"),
	  CANCELED(DELETE_ONE "," LEAVE("a.example.com", "{'SS':['bob']}"), FINE "," FAILED),
	  TRANSACTION(DELETE_ONE)},
	 0,
	 ""},
	{"somebody gave it another name meanwhile",
	 REMOVE,
	 {READ("bob", "{'Item':" OTHER "}"),
	  {.operation = "TransactWriteItems",
	   .err = ERR_CONFLICT,
	   .reasons = "[" FAILED_BY(ONE) "," FINE "]",
	   .attempts = 1},
	  READ("bob", "{'Item':" ONE "}"),
	  TRANSACTION(DELETE_ONE "," LEAVE("a.example.com", "{'SS':['bob']}"))},
	 0,
	 ""},
	{"somebody removed it meanwhile",
	 REMOVE,
	 {READ("bob", "{'Item':" ONE "}"),
	  CANCELED(DELETE_ONE "," LEAVE("a.example.com", "{'SS':['bob']}"), FAILED "," FINE)},
	 ERR_NOTFOUND,
	 "table t-1 has no user \"bob\""},
};

START_TEST(claims_follow_the_account)
{
	struct fake_dynamodb_answer a = {0};
	size_t i;
	int err;

	for (i = 0; i < 5 && claim_rows[_i].steps[i].operation != NULL; i++)
		fake_dynamodb_expect(&claim_rows[_i].steps[i]);
	if (claim_rows[_i].verb == REMOVE)
		err = fake_dynamodb_finish(
			store_remove(fake_dynamodb_store, "bob", fake_dynamodb_on_done, &a), &a);
	else
		err = put(ONE, claim_rows[_i].verb == CREATE ? STORE_CREATE : STORE_CREATE_ALONE,
			  &a);
	ck_assert_msg(err == claim_rows[_i].want, "%s: %s", claim_rows[_i].name, err_str(err));
	ck_assert_str_eq(a.why, claim_rows[_i].why);
}
END_TEST

START_TEST(names_that_come_and_go_are_claimed_and_given_up)
{
	static const struct fake_dynamodb_step write =
		TRANSACTION(REPLACE_ONE_BY_OTHER "," JOIN_FREE(
			"b.example.com", "['bob']") "," LEAVE("a.example.com", "{'SS':['bob']}"));
	static const struct fake_dynamodb_step alone = {.operation = "UpdateItem"};
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect_get("bob", "{'Item':" ONE "}");
	fake_dynamodb_expect(&write);
	ck_assert_int_eq(put(OTHER, STORE_REPLACE_ALONE, &a), 0);
	/* With the same names there is nothing to claim. */
	fake_dynamodb_expect_get("bob", "{'Item':" ONE "}");
	fake_dynamodb_expect(&alone);
	ck_assert_int_eq(put(ONE, STORE_REPLACE_ALONE, &a), 0);
}
END_TEST

START_TEST(claim_that_changes_all_the_time_is_given_up)
{
	static const struct fake_dynamodb_step meets = {
		.operation = "TransactWriteItems",
		.err = ERR_CONFLICT,
		.reasons = "[" FINE "," FAILED_BY(CLAIM("{'SS':['zoe']}")) "]"};
	struct fake_dynamodb_answer a;
	int i;

	for (i = 0; i < 8; i++)
		fake_dynamodb_expect(&meets);
	ck_assert_int_eq(put(ONE, STORE_CREATE, &a), ERR_CONFLICT);
}
END_TEST

/* Puts an account of a hundred hosts. */
static int put_hundred(struct fake_dynamodb_answer *ret)
{
	struct account *account = fake_dynamodb_account(ONE);
	char host[FQDN_TEXT_MAX];
	int i, err;

	for (i = 1; i < 100; i++) {
		snprintf(host, sizeof(host), "h%d.example.com", i);
		ck_assert_int_eq(account_add_host(account, slice_of(host), NULL, NULL, NULL), 0);
	}
	memset(ret, 0, sizeof(*ret));
	err = store_put(fake_dynamodb_store, account, STORE_CREATE, fake_dynamodb_on_done, ret);
	err = fake_dynamodb_finish(err, ret);
	account_free(account);
	return err;
}

START_TEST(hundredth_host_is_refused_in_one_sentence)
{
	struct fake_dynamodb_answer a;

	ck_assert_int_eq(put_hundred(&a), ERR_LIMIT);
	ck_assert_str_eq(a.why, "user \"bob\" would have 100 host names: an account in a DynamoDB "
				"table has at most 99");
}
END_TEST

START_TEST(without_transactions_an_account_is_as_large_as_it_likes)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "PutItem"});
	ck_assert_int_eq(put_hundred(&a), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dynamodb_put");
	TCase *plain = tcase_create("plain"), *claims = tcase_create("claims");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(plain, fake_dynamodb_setup_plain, fake_dynamodb_teardown);
	tcase_add_loop_test(plain, create_of_a_taken_login_is_refused_unless_it_was_ours, 0,
			    N_ELEMENTS(create_rows));
	tcase_add_test(plain, create_is_one_put);
	tcase_add_test(plain, replace_reads_then_updates);
	tcase_add_test(plain, replace_of_what_is_not_there_finds_nothing);
	tcase_add_loop_test(plain, remove_reads_then_deletes, 0, N_ELEMENTS(remove_rows));
	tcase_add_test(plain, without_transactions_an_account_is_as_large_as_it_likes);
	suite_add_tcase(suite, plain);
	tcase_add_checked_fixture(claims, fake_dynamodb_setup, fake_dynamodb_teardown);
	tcase_add_loop_test(claims, claims_follow_the_account, 0, N_ELEMENTS(claim_rows));
	tcase_add_test(claims, names_that_come_and_go_are_claimed_and_given_up);
	tcase_add_test(claims, claim_that_changes_all_the_time_is_given_up);
	tcase_add_test(claims, hundredth_host_is_refused_in_one_sentence);
	suite_add_tcase(suite, claims);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
