/* SPDX-License-Identifier: BSD-2-Clause
 * store/dynamodb_owed.h: the index is asked key by key, and `owed` comes and goes with the writes
 * that there are anyway. */
#include "store/dynamodb_owed.h"

#include <string.h>

#include "base/metric.h"
#include "kit/engine_kit.h"
#include "kit/fake_dynamodb.h"
#include "kit/unit.h"
#include "store/item_owed.h"
#include "store/scan_pace.h"

#define HOME	    "a.example.com"
#define STATE(s, p) "{'M':{'seq':{'N':'" s "'},'pub':{'N':'" p "'},'v4':{'S':'192.0.2.1'}}}"
#define HOST(user)  "'user':{'S':'" user "'},'pass':{'S':'x'},'host':{'S':'" HOME "'}"
#define OWED(user)                                                                                 \
	"{" HOST(user) ",'owed':{'S':'0'},'state':{'M':{'" HOME "':" STATE("2", "1") "}}}"
#define PAID(user)                                                                                 \
	"{" HOST(user) ",'owed':{'S':'0'},'state':{'M':{'" HOME "':" STATE("2", "2") "}}}"
#define KEYS(user)	  "{'user':{'S':'" user "'},'owed':{'S':'0'}}"
#define PAGE(items)	  "{'Items':[" items "]}"
#define PART(items, user) "{'Items':[" items "],'LastEvaluatedKey':" KEYS(user) "}"
#define TWO_STATES(a, b)                                                                           \
	"'state':{'M':{'" HOME "':" STATE("2", a) ",'b.example.com':" STATE("2", b) "}}"
#define TWO(a, b)                                                                                  \
	"{'user':{'S':'bob'},'pass':{'S':'x'},'host':{'SS':['" HOME                                \
	"','b.example.com']},'owed':{'S':'0'}," TWO_STATES(a, b) "}"

static void on_each(void *arg, const struct account *account)
{
	ck_assert(item_owes(account));
	fake_dynamodb_on_each(arg, account);
}

static const struct store_listing listing = {.each = on_each,
					     .waits = fake_dynamodb_on_waits,
					     .done = fake_dynamodb_on_listed,
					     .share = 10};

static void setup(void)
{
	kit_open();
	fake_dynamodb_setup();
}

static void teardown(void)
{
	fake_dynamodb_teardown();
	kit_close();
}

static int look(struct fake_dynamodb_listing *l)
{
	*l = (struct fake_dynamodb_listing){.n_waits = 0};
	return store_list_owed(fake_dynamodb_store, &listing, l);
}

static const char *const asked[ITEM_OWED_KEYS] = {
	"{'TableName':'t-1','IndexName':'owed','ExpressionAttributeValues':{':owed':{'S':'0'}}}",
	"{'TableName':'t-1','IndexName':'owed','ExpressionAttributeValues':{':owed':{'S':'1'}}}",
	"{'TableName':'t-1','IndexName':'owed','ExpressionAttributeValues':{':owed':{'S':'2'}}}",
	"{'TableName':'t-1','IndexName':'owed','ExpressionAttributeValues':{':owed':{'S':'3'}}}",
};

static void expect_nothing_owed(unsigned first)
{
	for (; first < ITEM_OWED_KEYS; first++)
		fake_dynamodb_expect_reply("Query", asked[first], PAGE(""));
}

#define INDEX(status)                                                                              \
	"{'Table':{'GlobalSecondaryIndexes':[{'IndexName':'owed','IndexStatus':'" status "'}]}}"

static void expect_index(void)
{
	fake_dynamodb_expect_reply("DescribeTable", "{'TableName':'t-1'}", INDEX("ACTIVE"));
}

/* The table has the index, and the store knows. */
static void know_index(void)
{
	struct fake_dynamodb_listing l;

	expect_index();
	expect_nothing_owed(0);
	ck_assert_int_eq(look(&l), 0);
	fake_dynamodb_run();
	ck_assert_uint_eq(l.answer.n_calls, 1);
	ck_assert_int_eq(l.answer.err, 0);
}

START_TEST(every_key_and_page_of_the_index_is_asked)
{
	struct fake_dynamodb_listing l;

	expect_index();
	fake_dynamodb_expect_reply("Query", asked[0], PART(OWED("u1") "," OWED("u2"), "u2"));
	fake_dynamodb_expect_reply("Query", "{'ExclusiveStartKey':" KEYS("u2") "}",
				   PAGE(OWED("u3")));
	fake_dynamodb_expect_reply("Query", asked[1], PAGE(""));
	fake_dynamodb_expect_reply("Query", asked[2], PAGE(OWED("u4")));
	fake_dynamodb_expect_reply("Query", asked[3], PAGE(""));
	ck_assert_int_eq(look(&l), 0);
	fake_dynamodb_run();
	ck_assert_int_eq(l.answer.err, 0);
	ck_assert_str_eq(l.users, "u1 u2 u3 u4 ");
	ck_assert_int_eq(metric_get(METRIC_LISTING_RUNNING), 0);
}
END_TEST

/* One item is gone meanwhile, and one was published meanwhile: its entry is taken out. */
START_TEST(an_index_of_keys_costs_a_read_for_each)
{
	struct fake_dynamodb_listing l;

	expect_index();
	fake_dynamodb_expect_reply("Query", asked[0],
				   PAGE(KEYS("u1") "," KEYS("u2") "," KEYS("u3") "," OWED("u4")));
	fake_dynamodb_expect_reply("GetItem", "{'Key':{'user':{'S':'u1'}},'ConsistentRead':true}",
				   "{'Item':" OWED("u1") "}");
	fake_dynamodb_expect_reply("GetItem", "{'Key':{'user':{'S':'u2'}}}", "{}");
	fake_dynamodb_expect_reply("GetItem", "{'Key':{'user':{'S':'u3'}}}",
				   "{'Item':" PAID("u3") "}");
	fake_dynamodb_expect_reply("UpdateItem",
				   "{'Key':{'user':{'S':'u3'}},'UpdateExpression':'REMOVE #owed',"
				   "'ConditionExpression':'#state = :state'}",
				   NULL);
	expect_nothing_owed(1);
	ck_assert_int_eq(look(&l), 0);
	fake_dynamodb_run();
	ck_assert_int_eq(l.answer.err, 0);
	ck_assert_str_eq(l.users, "u1 u4 ");
}
END_TEST

/* A page of as many items that owe nothing. */
static char *paid_page(unsigned n)
{
	char *page = calloc(n + 1, sizeof(PAID("u")) + 1);
	unsigned i;

	ck_assert_ptr_nonnull(page);
	strcpy(page, "{'Items':[");
	for (i = 0; i < n; i++)
		strcat(strcat(page, i > 0 ? "," : ""), PAID("u"));
	strcat(page, "]}");
	return page;
}

START_TEST(so_many_entries_are_taken_out_at_a_start)
{
	enum { N = 100 };
	char *page = paid_page(N + 1);
	struct fake_dynamodb_listing l;
	unsigned i;

	expect_index();
	fake_dynamodb_expect_reply("Query", asked[0], page);
	for (i = 0; i < N; i++)
		fake_dynamodb_expect_reply("UpdateItem", "{'UpdateExpression':'REMOVE #owed'}",
					   NULL);
	expect_nothing_owed(1);
	ck_assert_int_eq(look(&l), 0);
	fake_dynamodb_run();
	ck_assert_int_eq(l.answer.err, 0);
	ck_assert_str_eq(l.users, "");
	free(page);
}
END_TEST

START_TEST(no_entry_is_taken_out_while_changes_are_kept_in_memory)
{
	const struct host_state published = {
		.seq = 2, .pub = 2, .want = value_pair("192.0.2.1", NULL)};
	struct fake_dynamodb_answer a;
	struct fake_dynamodb_listing l;

	fake_dynamodb_expect_error("UpdateItem", ERR_DENIED);
	fake_dynamodb_expect_reply("GetItem", NULL, "{'Item':" PAID("bob") "}");
	ck_assert_int_eq(fake_dynamodb_intend_after(HOME, &published, "192.0.2.2", &a), 0);
	expect_index();
	fake_dynamodb_expect_reply("Query", asked[0], PAGE(PAID("u1")));
	expect_nothing_owed(1);
	ck_assert_int_eq(look(&l), 0);
	fake_dynamodb_run();
	ck_assert_int_eq(l.answer.err, 0);
}
END_TEST

START_TEST(what_cannot_be_asked_is_not_asked_again)
{
	static const int errors[] = {ERR_DENIED, ERR_REFUSED, ERR_NOTFOUND};
	struct fake_dynamodb_listing l;
	size_t i;

	for (i = 0; i < N_ELEMENTS(errors); i++) {
		if (i > 0)
			setup();
		fake_dynamodb_expect_error("DescribeTable", i == 0 ? ERR_DENIED : ERR_TIMEOUT);
		fake_dynamodb_expect_error("Query", errors[i]);
		ck_assert_int_eq(look(&l), 0);
		fake_dynamodb_run();
		ck_assert_int_eq(l.answer.err, ERR_NOTFOUND);
		ck_assert_int_eq(look(&l), ERR_NOTFOUND);
		if (i + 1 < N_ELEMENTS(errors))
			teardown();
	}
}
END_TEST

/* A key that may not be used says nothing of the index; the table need not be described again. */
START_TEST(an_index_behind_a_key_that_may_not_be_used_is_asked_again)
{
	struct fake_dynamodb_listing l;

	fake_dynamodb_expect_error("DescribeTable", ERR_DENIED);
	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "Query", .err = ERR_DENIED, .code = "KMSAccessDeniedException"});
	ck_assert_int_eq(look(&l), 0);
	fake_dynamodb_run();
	ck_assert_int_eq(l.answer.err, ERR_NOTFOUND);
	fake_dynamodb_expect_reply("Query", asked[0], PAGE(OWED("u1")));
	expect_nothing_owed(1);
	ck_assert_int_eq(look(&l), 0);
	fake_dynamodb_run();
	ck_assert_int_eq(l.answer.err, 0);
	ck_assert_str_eq(l.users, "u1 ");
}
END_TEST

START_TEST(an_index_that_is_not_there_is_not_asked_for)
{
	static const char *const replies[] = {"{'Table':{}}", INDEX("CREATING")};
	struct fake_dynamodb_listing l;
	size_t i;

	for (i = 0; i < N_ELEMENTS(replies); i++) {
		if (i > 0)
			setup();
		fake_dynamodb_expect_reply("DescribeTable", NULL, replies[i]);
		ck_assert_int_eq(look(&l), 0);
		fake_dynamodb_run();
		ck_assert_int_eq(l.answer.err, ERR_NOTFOUND);
		ck_assert_int_eq(look(&l), ERR_NOTFOUND);
		if (i == 0)
			teardown();
	}
}
END_TEST

START_TEST(trouble_that_passes_is_waited_for)
{
	struct fake_dynamodb_listing l;

	expect_index();
	fake_dynamodb_expect_error("Query", ERR_THROTTLED);
	ck_assert_int_eq(look(&l), 0);
	fake_dynamodb_run();
	ck_assert_uint_eq(l.n_waits, 1);
	ck_assert_int_eq(metric_get(METRIC_LISTING_THROTTLED), 1);
	fake_dynamodb_expect_reply("Query", asked[0], PAGE(OWED("u1") "," KEYS("u2")));
	fake_dynamodb_expect_error("GetItem", ERR_TIMEOUT);
	kit_advance(SCAN_WAIT_MAX_MS);
	fake_dynamodb_run();
	ck_assert_uint_eq(l.n_waits, 2);
	fake_dynamodb_expect_reply("GetItem", "{'Key':{'user':{'S':'u2'}}}",
				   "{'Item':" OWED("u2") "}");
	fake_dynamodb_expect_reply("Query", asked[1], PAGE(""));
	fake_dynamodb_expect_error("Query", ERR_UNAVAILABLE);
	kit_advance(SCAN_WAIT_MAX_MS);
	fake_dynamodb_run();
	expect_nothing_owed(2);
	kit_advance(SCAN_WAIT_MAX_MS);
	fake_dynamodb_run();
	ck_assert_int_eq(l.answer.err, 0);
	ck_assert_str_eq(l.users, "u1 u2 ");
	ck_assert_int_eq(metric_get(METRIC_LISTING_THROTTLED), 0);
}
END_TEST

START_TEST(an_index_that_goes_round_is_given_up)
{
	struct fake_dynamodb_listing l;

	expect_index();
	fake_dynamodb_expect_reply("Query", asked[0], PART("", "u2"));
	fake_dynamodb_expect_reply("Query", NULL, PART("", "u2"));
	ck_assert_int_eq(look(&l), 0);
	fake_dynamodb_run();
	ck_assert_int_eq(l.answer.err, ERR_UNAVAILABLE);
}
END_TEST

#define CONFIRM(rest) "SET #state.#h0.#pub = :pub0, #state.#h0.#time = :time0" rest

/* Without the index nothing of it is written; with it, no request more is made. */
START_TEST(owed_comes_with_an_intent_and_goes_with_its_confirmation)
{
	struct fake_dynamodb_answer a;
	unsigned has_index;

	for (has_index = 0; has_index < 2; has_index++) {
		if (has_index)
			know_index();
		fake_dynamodb_expect_reply(
			"UpdateItem",
			has_index ? "{'UpdateExpression':'SET #owed = :owed, #state.#h0 = :h0'}"
				  : "{'UpdateExpression':'SET #state.#h0 = :h0'}",
			"{'Attributes':" OWED("bob") "}");
		ck_assert_int_eq(fake_dynamodb_intend(HOME, 0, "192.0.2.1", &a), 0);
		fake_dynamodb_expect_reply(
			"UpdateItem",
			has_index ? "{'UpdateExpression':'" CONFIRM(" REMOVE #owed") "'}"
				  : "{'UpdateExpression':'" CONFIRM("") "'}",
			"{'Attributes':" PAID("bob") "}");
		ck_assert_int_eq(fake_dynamodb_confirm(HOME, 2, &a), 0);
	}
}
END_TEST

START_TEST(the_first_intent_of_an_item_has_it_too)
{
	struct fake_dynamodb_answer a;

	know_index();
	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "UpdateItem", .err = ERR_REFUSED, .code = "ValidationException"});
	fake_dynamodb_expect_reply("UpdateItem",
				   "{'UpdateExpression':'SET #owed = :owed, #state = :state'}",
				   "{'Attributes':" OWED("bob") "}");
	ck_assert_int_eq(fake_dynamodb_intend(HOME, 0, "192.0.2.1", &a), 0);
}
END_TEST

/* Of two hosts the first that is confirmed leaves the attribute, the last takes it away. */
START_TEST(it_stays_while_another_host_is_owed)
{
	struct fake_dynamodb_answer a;

	know_index();
	fake_dynamodb_expect_reply("UpdateItem", NULL, "{'Attributes':" TWO("1", "1") "}");
	ck_assert_int_eq(fake_dynamodb_intend(HOME, 0, "192.0.2.1", &a), 0);
	fake_dynamodb_expect_reply("UpdateItem", "{'UpdateExpression':'" CONFIRM("") "'}",
				   "{'Attributes':" TWO("2", "1") "}");
	ck_assert_int_eq(fake_dynamodb_confirm(HOME, 2, &a), 0);
	fake_dynamodb_expect_reply("UpdateItem", "{'UpdateExpression':'" CONFIRM("") "'}",
				   "{'Attributes':" TWO("2", "2") "}");
	fake_dynamodb_expect_reply(
		"UpdateItem",
		"{'UpdateExpression':'REMOVE #owed','ConditionExpression':'#state = :state',"
		"'ExpressionAttributeValues':{':state':{'M':{'" HOME
		"':" STATE("2", "2") ",'b.example.com':" STATE("2", "2") "}}}}",
		NULL);
	ck_assert_int_eq(fake_dynamodb_confirm("b.example.com", 2, &a), 0);
}
END_TEST

/* It was intended by somebody else; dynalite does not show the item. */
START_TEST(a_confirmation_that_did_not_know_of_other_hosts_is_repeated)
{
	static const char *const items[] = {TWO("1", "1"), NULL};
	struct fake_dynamodb_answer a;
	size_t i;

	know_index();
	for (i = 0; i < N_ELEMENTS(items); i++) {
		fake_dynamodb_expect_reply("UpdateItem", NULL, "{'Attributes':" OWED("bob") "}");
		ck_assert_int_eq(fake_dynamodb_intend(HOME, 0, "192.0.2.1", &a), 0);
		fake_dynamodb_expect(&(struct fake_dynamodb_step){
			.operation = "UpdateItem",
			.request = "{'UpdateExpression':'" CONFIRM(" REMOVE #owed") "'}",
			.err = ERR_CONFLICT,
			.item = items[i]});
		fake_dynamodb_expect_reply("UpdateItem", "{'UpdateExpression':'" CONFIRM("") "'}",
					   "{'Attributes':" TWO("2", "1") "}");
		ck_assert_int_eq(fake_dynamodb_confirm(HOME, 2, &a), 0);
	}
}
END_TEST

START_TEST(a_conflict_of_an_only_host_is_one)
{
	struct fake_dynamodb_answer a;

	know_index();
	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "UpdateItem", .err = ERR_CONFLICT, .item = OWED("bob")});
	ck_assert_int_eq(fake_dynamodb_confirm(HOME, 1, &a), ERR_CONFLICT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dynamodb_owed");
	TCase *tc = tcase_create("dynamodb_owed");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_key_and_page_of_the_index_is_asked);
	tcase_add_test(tc, an_index_of_keys_costs_a_read_for_each);
	tcase_add_test(tc, what_cannot_be_asked_is_not_asked_again);
	tcase_add_test(tc, an_index_behind_a_key_that_may_not_be_used_is_asked_again);
	tcase_add_test(tc, so_many_entries_are_taken_out_at_a_start);
	tcase_add_test(tc, no_entry_is_taken_out_while_changes_are_kept_in_memory);
	tcase_add_test(tc, an_index_that_is_not_there_is_not_asked_for);
	tcase_add_test(tc, trouble_that_passes_is_waited_for);
	tcase_add_test(tc, an_index_that_goes_round_is_given_up);
	tcase_add_test(tc, owed_comes_with_an_intent_and_goes_with_its_confirmation);
	tcase_add_test(tc, the_first_intent_of_an_item_has_it_too);
	tcase_add_test(tc, it_stays_while_another_host_is_owed);
	tcase_add_test(tc, a_confirmation_that_did_not_know_of_other_hosts_is_repeated);
	tcase_add_test(tc, a_conflict_of_an_only_host_is_one);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
