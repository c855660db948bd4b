/* SPDX-License-Identifier: BSD-2-Clause
 * store/dynamodb.h: intend and confirm in the table. */
#include <stdio.h>
#include <string.h>

#include "kit/fake_dynamodb.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

#define BOB                                                                                        \
	"'user':{'S':'bob'},'pass':{'S':'test9994'},'host':{'SS':['a.example.com','b.example.com'" \
	"]}"
#define STATE_A(v4, seq)                                                                           \
	"'state':{'M':{'a.example.com':{'M':{'v4':{'S':'" v4 "'},'seq':{'N':'" seq "'}}}}}"
#define GET_BOB "{'TableName':'t-1','Key':{'user':{'S':'bob'}},'ConsistentRead':true}"
#define ONE	"{'user':{'S':'bob'},'pass':{'S':'x'},'host':{'S':'a.example.com'}}"

static void expect_get(const char *reply)
{
	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "GetItem", .request = GET_BOB, .reply = reply});
}

/* --- intend --- */

#define NESTED                                                                                     \
	"{'UpdateExpression':'SET #state.#h0 = :h0','ExpressionAttributeValues':{':zero':{'N':'0'" \
	"},':h0':{'M':{'v4':{'S':'192.0.2.1'},'seq':{'N':'1'},'pub':{'N':'0'},'time':{'N':'0'}}}}" \
	"}"
#define FIRST                                                                                      \
	"{'UpdateExpression':'SET #state = :state','ExpressionAttributeValues':{':state':{'M':{"   \
	"'a.example.com':{'M':{'v4':{'S':'192.0.2.1'},'seq':{'N':'1'},'pub':{'N':'0'},'time':{"    \
	"'N':'0'}}}}}}}"
#define CHANGED                                                                                    \
	"{'UpdateExpression':'SET #state.#h0.#seq = :seq0, #state.#h0.#v4 = :v40 "                 \
	"REMOVE #state.#h0.#v6','ExpressionAttributeValues':{':base0':{'N':'4'},':seq0':{'N':'5'}" \
	",':v40':{'S':'192.0.2.1'}}}"

START_TEST(intend_is_one_update)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "UpdateItem",
		.request = NESTED,
		.reply = "{'Attributes':{" BOB "," STATE_A("192.0.2.1", "1") "}}"});
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 0, "192.0.2.1", &a), 0);
	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = "UpdateItem", .request = CHANGED});
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 4, "192.0.2.1", &a), 0);
}
END_TEST

static void expect_invalid(const char *request)
{
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "UpdateItem",
							  .request = request,
							  .err = ERR_REFUSED,
							  .code = "ValidationException"});
}

START_TEST(first_intend_of_an_account_makes_the_map)
{
	struct fake_dynamodb_answer a;

	expect_invalid(NESTED);
	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = "UpdateItem", .request = FIRST});
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 0, "192.0.2.1", &a), 0);
}
END_TEST

START_TEST(request_refused_in_both_forms_is_given_up)
{
	struct fake_dynamodb_answer a;

	expect_invalid(NESTED);
	expect_invalid(FIRST);
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 0, "192.0.2.1", &a),
			 ERR_UNAVAILABLE);
	expect_invalid(CHANGED);
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 4, "192.0.2.1", &a),
			 ERR_UNAVAILABLE);
	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "UpdateItem", .err = ERR_REFUSED, .code = "SomethingElse"});
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 0, "192.0.2.1", &a),
			 ERR_UNAVAILABLE);
}
END_TEST

START_TEST(intend_for_a_host_that_was_taken_away_meanwhile_is_a_conflict)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "UpdateItem",
		.request = NESTED,
		.reply = "{'Attributes':{'user':{'S':'bob'},'pass':{'S':'x'},"
			 "'host':{'S':'b.example.com'}," STATE_A("192.0.2.1", "1") "}}"});
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 0, "192.0.2.1", &a), ERR_CONFLICT);
}
END_TEST

/* A failed condition of intend(a, 4 -> 5, 192.0.2.1), by what the item holds and by how many
 * attempts were made. */
static const struct {
	const char *name;
	const char *item;
	unsigned attempts;
	int want;
} conflict_rows[] = {
	{"another value", "{" BOB "," STATE_A("192.0.2.9", "5") "}", 2, ERR_CONFLICT},
	{"a later value", "{" BOB "," STATE_A("192.0.2.1", "6") "}", 2, ERR_CONFLICT},
	{"state was dropped", "{" BOB "}", 2, ERR_CONFLICT},
	{"host is gone", "{'user':{'S':'bob'},'pass':{'S':'x'},'host':{'S':'c.example.com'}}", 2,
	 ERR_CONFLICT},
	{"our own first attempt", "{" BOB "," STATE_A("192.0.2.1", "5") "}", 2, 0},
	{"perhaps our own first attempt", "{" BOB "," STATE_A("192.0.2.1", "5") "}", 0, 0},
	{"the same from somebody else", "{" BOB "," STATE_A("192.0.2.1", "5") "}", 1, ERR_CONFLICT},
	{"a malformed item", "{'user':{'S':'bob'}}", 1, ERR_PROTOCOL},
};

START_TEST(failed_condition_is_judged_by_the_item_in_the_answer)
{
	struct fake_dynamodb_answer a;
	int r;

	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "UpdateItem",
							  .request = CHANGED,
							  .err = ERR_CONFLICT,
							  .code = "ConditionalCheckFailedException",
							  .item = conflict_rows[_i].item,
							  .attempts = conflict_rows[_i].attempts});
	r = fake_dynamodb_intend("a.example.com", 4, "192.0.2.1", &a);
	ck_assert_msg(r == conflict_rows[_i].want, "%s: %s", conflict_rows[_i].name, err_str(r));
}
END_TEST

START_TEST(failed_condition_without_an_item_is_judged_by_a_read)
{
	struct fake_dynamodb_answer a;
	char reply[1024];
	int r;

	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "UpdateItem",
							  .err = ERR_CONFLICT,
							  .attempts = conflict_rows[_i].attempts});
	(void)snprintf(reply, sizeof(reply), "{'Item':%s}", conflict_rows[_i].item);
	expect_get(reply);
	r = fake_dynamodb_intend("a.example.com", 4, "192.0.2.1", &a);
	ck_assert_msg(r == conflict_rows[_i].want, "%s: %s", conflict_rows[_i].name, err_str(r));
}
END_TEST

START_TEST(failed_condition_of_an_account_that_is_gone_finds_nothing)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = "UpdateItem", .err = ERR_CONFLICT});
	expect_get("{}");
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 0, "192.0.2.1", &a), ERR_NOTFOUND);
	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = "UpdateItem", .err = ERR_CONFLICT});
	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = "GetItem", .err = ERR_TIMEOUT});
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 0, "192.0.2.1", &a), ERR_TIMEOUT);
	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = "UpdateItem", .err = ERR_TIMEOUT});
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 0, "192.0.2.1", &a), ERR_TIMEOUT);
}
END_TEST

START_TEST(intend_of_none_or_too_many_is_refused)
{
	static struct store_intent many[64];
	struct fake_dynamodb_answer a = {0};

	ck_assert_int_eq(
		store_intend(fake_dynamodb_store, "bob", many, 0, fake_dynamodb_on_done, &a),
		ERR_LIMIT);
	ck_assert_int_eq(
		store_intend(fake_dynamodb_store, "bob", many, 64, fake_dynamodb_on_done, &a),
		ERR_LIMIT);
	fake_dynamodb_run();
	ck_assert_uint_eq(a.n_calls, 0);
}
END_TEST

/* --- confirm --- */

static const struct {
	const char *name;
	const char *item; /* of the answer, NULL: none */
	const char *get;  /* of the read that follows then */
	int want;
} confirm_rows[] = {
	{"a newer seq", "{" BOB "," STATE_A("192.0.2.1", "5") "}", NULL, ERR_CONFLICT},
	{"no state", "{" BOB "}", NULL, ERR_CONFLICT},
	{"the host is gone", "{'user':{'S':'bob'},'pass':{'S':'x'},'host':{'S':'c.example.com'}}",
	 NULL, ERR_NOTFOUND},
	{"read: a newer seq", NULL, "{'Item':{" BOB "," STATE_A("192.0.2.1", "5") "}}",
	 ERR_CONFLICT},
	{"read: the host is gone", NULL,
	 "{'Item':{'user':{'S':'bob'},'pass':{'S':'x'},'host':{'S':'c.example.com'}}}",
	 ERR_NOTFOUND},
	{"read: the account is gone", NULL, "{}", ERR_NOTFOUND},
};

START_TEST(confirm_that_came_late_tells_why)
{
	struct fake_dynamodb_answer a;
	int r;

	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "UpdateItem",
							  .err = ERR_CONFLICT,
							  .item = confirm_rows[_i].item,
							  .attempts = 1});
	if (confirm_rows[_i].item == NULL)
		expect_get(confirm_rows[_i].get);
	r = fake_dynamodb_confirm("a.example.com", 4, &a);
	ck_assert_msg(r == confirm_rows[_i].want, "%s: %s", confirm_rows[_i].name, err_str(r));
}
END_TEST

START_TEST(confirm_is_one_update)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "UpdateItem",
		.request = "{'ConditionExpression':'#state.#h0.#seq = :seq',"
			   "'UpdateExpression':'SET #state.#h0.#pub = :pub0, "
			   "#state.#h0.#time = :time0','ExpressionAttributeValues':{"
			   "':seq':{'N':'4'},':pub0':{'N':'4'},':time0':{'N':'1700000000'}}}"});
	ck_assert_int_eq(fake_dynamodb_confirm("a.example.com", 4, &a), 0);
	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = "UpdateItem", .err = ERR_THROTTLED});
	ck_assert_int_eq(fake_dynamodb_confirm("a.example.com", 4, &a), ERR_THROTTLED);
}
END_TEST

/* --- memory runs out --- */

START_TEST(failed_allocation_is_told_by_each_verb)
{
	struct store_intent intent = {.name = value_name("a.example.com")};
	struct store_confirm confirm = {.name = intent.name, .seq = 1};
	struct account *account = fake_dynamodb_account(ONE);
	struct fake_dynamodb_answer a;
	bool failed = true;
	size_t n;
	int r;

	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = _i < 2 ? "UpdateItem" : "PutItem"});
	for (n = 1; failed; n++) {
		a = (struct fake_dynamodb_answer){0};
		fake_malloc_fail_at(n);
		if (_i == 0)
			r = store_intend(fake_dynamodb_store, "bob", &intent, 1,
					 fake_dynamodb_on_done, &a);
		else if (_i == 1)
			r = store_confirm(fake_dynamodb_store, "bob", &confirm,
					  fake_dynamodb_on_done, &a);
		else
			r = store_put(fake_dynamodb_store, account, STORE_CREATE,
				      fake_dynamodb_on_done, &a);
		failed = fake_malloc_off();
		ck_assert_int_eq(r, failed ? ERR_NOMEM : 0);
	}
	ck_assert_uint_gt(n, 4);
	ck_assert_int_eq(fake_dynamodb_finish(0, &a), 0);
	account_free(account);
}
END_TEST

static void add_table_tests(TCase *tc)
{
	tcase_add_test(tc, intend_is_one_update);
	tcase_add_test(tc, first_intend_of_an_account_makes_the_map);
	tcase_add_test(tc, request_refused_in_both_forms_is_given_up);
	tcase_add_test(tc, intend_for_a_host_that_was_taken_away_meanwhile_is_a_conflict);
	tcase_add_loop_test(tc, failed_condition_is_judged_by_the_item_in_the_answer, 0,
			    N_ELEMENTS(conflict_rows));
	tcase_add_loop_test(tc, failed_condition_without_an_item_is_judged_by_a_read, 0,
			    N_ELEMENTS(conflict_rows));
	tcase_add_test(tc, failed_condition_of_an_account_that_is_gone_finds_nothing);
	tcase_add_test(tc, intend_of_none_or_too_many_is_refused);
	tcase_add_loop_test(tc, confirm_that_came_late_tells_why, 0, N_ELEMENTS(confirm_rows));
	tcase_add_test(tc, confirm_is_one_update);
	tcase_add_loop_test(tc, failed_allocation_is_told_by_each_verb, 0, 3);
}

int main(void)
{
	Suite *suite = suite_create("store_dynamodb_state");
	TCase *tc = tcase_create("store_dynamodb_state");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, fake_dynamodb_setup, fake_dynamodb_teardown);
	add_table_tests(tc);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
