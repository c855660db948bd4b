/* SPDX-License-Identifier: BSD-2-Clause
 * store/dynamodb_list.h: pages of a Scan, one after the other, at once or at a pace. */
#include "store/dynamodb_list.h"

#include <stdio.h>
#include <string.h>

#include "base/metric.h"
#include "kit/engine_kit.h"
#include "kit/fake_dynamodb.h"
#include "kit/unit.h"
#include "store/scan_pace.h"

#define ITEM(user) "{'user':{'S':'" user "'},'pass':{'S':'x'},'host':{'S':'" user ".example.com'}}"

static const struct store_listing slowly = {.each = fake_dynamodb_on_each,
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

static void start(struct fake_dynamodb_listing *l)
{
	ck_assert_int_eq(store_list_slowly(fake_dynamodb_store, &slowly, l), 0);
	ck_assert_int_eq(metric_get(METRIC_LISTING_RUNNING), 1);
	fake_dynamodb_run();
}

/* The next page is due within ms. Nothing was asked for until then, or there is nothing to be
 * asked. */
static void go_on(int64_t ms)
{
	kit_advance(ms);
	fake_dynamodb_run();
}

START_TEST(list_reads_every_page_and_passes_over_items_that_are_no_account)
{
	struct fake_dynamodb_listing l = {.n = 0};

	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "Scan",
		.request = "{'TableName':'t-1','ConsistentRead':true,'Limit':500}",
		.reply = "{'Items':[" ITEM(
			"u1") ",{'user':{'S':'host:a.example.com'}},{'user':{'S':'a\\u0007b'}}"
			      "," ITEM("u2") "],'LastEvaluatedKey':{'user':{'S':'u2'}}}"});
	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "Scan",
		.request = "{'ExclusiveStartKey':{'user':{'S':'u2'}}}",
		.reply = "{'Items':[],'LastEvaluatedKey':{'user':{'S':'u3'}}}"});
	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "Scan",
		.request = "{'ExclusiveStartKey':{'user':{'S':'u3'}}}",
		.reply = "{'Items':[" ITEM("u4") ",{'user':{'S':'u5'}}]}"});
	ck_assert_int_eq(fake_dynamodb_list(&l), 0);
	ck_assert_uint_eq(l.n, 4);
	ck_assert_str_eq(l.users, "u1 u2 u4 u5 ");
}
END_TEST

/* "NAME: OWNER OWNER;" for each. */
static char claims[256];

static void on_claim(void *arg, const struct fqdn *name, const struct store_owners *owners)
{
	size_t i, len = strlen(claims);

	(void)arg;
	len += (size_t)snprintf(claims + len, sizeof(claims) - len, "%s:", name->text);
	for (i = 0; i < owners->n; i++)
		len += (size_t)snprintf(claims + len, sizeof(claims) - len, " %s",
					owners->users[i]);
	snprintf(claims + len, sizeof(claims) - len, ";");
}

START_TEST(claims_are_listed_beside_the_accounts_and_only_those_that_are_ours)
{
	struct fake_dynamodb_listing l = {.n = 0};

	claims[0] = '\0';
	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "Scan",
		.reply = "{'Items':[{'user':{'S':'host:a.example.com'},'owners':{'SS':['bob','zoe']"
			 "}},"
			 "{'user':{'S':'host:B.example.com'},'owners':{'SS':['bob']}},"
			 "{'user':{'S':'host:c.example.com'},'owners':{'S':'bob'}},"
			 "{'user':{'S':'host:d.example.com'}},{'user':{'S':'claims:complete'}},"
			 "{'user':{'S':'host:e.example.com'},'owners':{'SS':['eve']}}," ITEM(
				 "u1") "]}"});
	ck_assert_int_eq(
		fake_dynamodb_finish(store_list_claims(fake_dynamodb_store, fake_dynamodb_on_each,
						       on_claim, fake_dynamodb_on_listed, &l),
				     &l.answer),
		0);
	ck_assert_str_eq(claims, "a.example.com: bob zoe;e.example.com: eve;");
	ck_assert_uint_eq(l.n, 1);
}
END_TEST

START_TEST(scan_that_goes_round_is_given_up)
{
	static const char *const reply = "{'Items':[],'LastEvaluatedKey':{'user':{'S':'u1'}}}";
	struct fake_dynamodb_listing l = {.n = 0};

	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "Scan", .reply = reply});
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "Scan", .reply = reply});
	ck_assert_int_eq(fake_dynamodb_list(&l), ERR_UNAVAILABLE);
	ck_assert_str_eq(l.answer.why, "table t-1: the scan does not advance");
}
END_TEST

START_TEST(list_without_the_permission_names_it)
{
	struct fake_dynamodb_listing l = {.n = 0};

	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "Scan", .err = ERR_DENIED});
	ck_assert_int_eq(fake_dynamodb_list(&l), ERR_DENIED);
	ck_assert_str_eq(l.answer.why,
			 "accounts cannot be listed: allow dynamodb:Scan on table t-1 "
			 "(DynamoDB said so)");
}
END_TEST

/* No policy of the table lacks anything when its key may not be used. */
START_TEST(a_key_that_may_not_be_used_is_no_missing_permission)
{
	struct fake_dynamodb_listing l = {.n = 0};

	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "Scan", .err = ERR_DENIED, .code = "KMSAccessDeniedException"});
	ck_assert_int_ne(fake_dynamodb_list(&l), 0);
	ck_assert_ptr_null(strstr(l.answer.why, "dynamodb:Scan"));
}
END_TEST

START_TEST(list_tells_of_trouble)
{
	struct fake_dynamodb_listing l = {.n = 0};

	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "Scan", .err = ERR_TIMEOUT});
	ck_assert_int_eq(fake_dynamodb_list(&l), ERR_TIMEOUT);
	l.answer.n_calls = 0;
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "Scan", .reply = "{}"});
	ck_assert_int_eq(fake_dynamodb_list(&l), ERR_UNAVAILABLE);
	l.answer.n_calls = 0;
	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "Scan",
		.reply = "{'Items':[" ITEM("u1") "],'LastEvaluatedKey':{'user':{'S':'u1'}}}"});
	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = "Scan", .err = ERR_THROTTLED});
	ck_assert_int_eq(fake_dynamodb_list(&l), ERR_THROTTLED);
}
END_TEST

static void expect_page(const char *start, int err, const char *reply)
{
	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "Scan", .request = start, .err = err, .reply = reply});
}

#define PAGE(user, units)                                                                          \
	"{'Items':[" ITEM(user) "],'LastEvaluatedKey':{'user':{'S':'" user "'}},"                  \
				"'ConsumedCapacity':{'TableName':'t-1','CapacityUnits':" units     \
				"}}"
#define LAST(user)  "{'Items':[" ITEM(user) "]}"
#define AFTER(user) "{'ExclusiveStartKey':{'user':{'S':'" user "'}}}"

/* What the table can read is asked once it is known that there are several pages. */
START_TEST(pages_come_at_the_pace_of_the_table)
{
	static const char described[] = "{'Table':{'ProvisionedThroughput':{'ReadCapacityUnits':50,"
					"'WriteCapacityUnits':1}}}";
	struct fake_dynamodb_listing l = {.n = 0};

	expect_page("{'Limit':500,'ReturnConsumedCapacity':'TOTAL'}", 0, PAGE("u1", "63"));
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "DescribeTable",
							  .request = "{'TableName':'t-1'}",
							  .reply = described});
	expect_page(AFTER("u1"), 0, PAGE("u2", "2.5"));
	start(&l);
	/* 2.5 units, of which 10 per cent of 50 come in a second. */
	ck_assert_uint_eq(l.n, 2);
	go_on(499);
	ck_assert_int_eq(metric_get(METRIC_LISTING_PAGES), 2);
	ck_assert_uint_eq(l.answer.n_calls, 0);
	expect_page(AFTER("u2"), 0, LAST("u3"));
	go_on(1);
	ck_assert_uint_eq(l.n, 3);
	ck_assert_uint_eq(l.answer.n_calls, 1);
	ck_assert_int_eq(l.answer.err, 0);
	ck_assert_int_eq(metric_get(METRIC_LISTING_RUNNING), 0);
	ck_assert_int_eq(metric_get(METRIC_LISTING_ITEMS), 3);
}
END_TEST

START_TEST(a_table_that_may_not_be_described_is_not_asked_again)
{
	struct fake_dynamodb_listing l = {.n = 0};
	unsigned i;

	for (i = 0; i < 2; i++) {
		expect_page("{'Limit':500}", 0, PAGE("u1", "1"));
		if (i == 0)
			fake_dynamodb_expect(&(struct fake_dynamodb_step){
				.operation = "DescribeTable", .err = ERR_DENIED});
		expect_page(AFTER("u1"), 0, LAST("u2"));
		l.answer.n_calls = 0;
		start(&l);
		if (i > 0)
			go_on(1000 * 100 / 10 / SCAN_UNKNOWN_UNITS);
		ck_assert_uint_eq(l.answer.n_calls, 1);
		/* Of this listing alone. */
		ck_assert_int_eq(metric_get(METRIC_LISTING_PAGES), 2);
		ck_assert_int_eq(metric_get(METRIC_LISTING_ITEMS), 2);
	}
}
END_TEST

/* Whatever happens, no page is asked for again that has come. */
START_TEST(trouble_that_passes_is_waited_for)
{
	static const struct {
		int err;
		enum metric gauge;
	} rows[] = {
		{ERR_THROTTLED, METRIC_LISTING_THROTTLED},
		{ERR_TIMEOUT, METRIC_LISTING_TROUBLED},
		{ERR_UNAVAILABLE, METRIC_LISTING_TROUBLED},
	};
	struct fake_dynamodb_listing l = {.n = 0};
	size_t i;

	expect_page("{'Limit':500}", ERR_THROTTLED, NULL);
	start(&l);
	go_on(SCAN_WAIT_MS / 2 - 1);
	expect_page("{'Limit':500}", 0, PAGE("u1", "1"));
	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = "DescribeTable", .err = ERR_THROTTLED});
	expect_page(AFTER("u1"), ERR_THROTTLED, NULL);
	go_on(SCAN_WAIT_MS);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		go_on(SCAN_WAIT_MS / 2 - 1);
		expect_page(AFTER("u1"), rows[i].err, NULL);
		go_on(SCAN_WAIT_MAX_MS);
		ck_assert_uint_eq(l.n_waits, i + 3);
		ck_assert_int_eq(l.waits_err, rows[i].err);
		ck_assert_int_eq(metric_get(METRIC_LISTING_THROTTLED) +
					 metric_get(METRIC_LISTING_TROUBLED),
				 1);
		ck_assert_int_eq(metric_get(rows[i].gauge), 1);
	}
	expect_page(AFTER("u1"), 0, PAGE("u2", "63"));
	go_on(SCAN_WAIT_MAX_MS);
	ck_assert_uint_eq(l.answer.n_calls, 0);
	ck_assert_int_eq(metric_get(METRIC_LISTING_TROUBLED), 0);
	expect_page(AFTER("u2"), 0, LAST("u3"));
	go_on(INT32_MAX);
	ck_assert_int_eq(l.answer.err, 0);
	ck_assert_uint_eq(l.n, 3);
	ck_assert_int_eq(metric_get(METRIC_LISTING_TROUBLED), 0);
}
END_TEST

START_TEST(what_does_not_pass_ends_it)
{
	static const int errors[] = {ERR_DENIED, ERR_REFUSED, ERR_PROTOCOL};
	size_t i;

	for (i = 0; i < N_ELEMENTS(errors); i++) {
		struct fake_dynamodb_listing l = {.n = 0};

		expect_page("{'Limit':500}", errors[i], NULL);
		start(&l);
		ck_assert_uint_eq(l.answer.n_calls, 1);
		ck_assert_uint_eq(l.n_waits, 0);
		ck_assert_int_eq(l.answer.err, i == 0 ? ERR_DENIED : ERR_UNAVAILABLE);
		go_on(SCAN_WAIT_MAX_MS);
	}
}
END_TEST

/* While it waits, and while a page is on its way. */
START_TEST(it_can_be_stopped)
{
	struct fake_dynamodb_listing l = {.n = 0};

	expect_page("{'Limit':500}", ERR_THROTTLED, NULL);
	start(&l);
	store_stop_listing(fake_dynamodb_store);
	ck_assert_uint_eq(l.answer.n_calls, 0);
	go_on(0);
	ck_assert_int_eq(l.answer.err, ERR_CANCELED);
	ck_assert_int_eq(metric_get(METRIC_LISTING_THROTTLED), 0);
	l.answer.n_calls = 0;
	expect_page("{'Limit':500}", ERR_THROTTLED, NULL);
	ck_assert_int_eq(store_list_slowly(fake_dynamodb_store, &slowly, &l), 0);
	store_stop_listing(fake_dynamodb_store);
	fake_dynamodb_run();
	ck_assert_uint_eq(l.answer.n_calls, 0);
	go_on(0);
	ck_assert_uint_eq(l.answer.n_calls, 1);
	ck_assert_int_eq(l.answer.err, ERR_CANCELED);
}
END_TEST

START_TEST(the_store_may_be_closed_while_it_waits)
{
	unsigned in_callback;

	for (in_callback = 0; in_callback < 2; in_callback++) {
		struct fake_dynamodb_listing l = {.close_at_wait = in_callback};

		if (in_callback > 0)
			fake_dynamodb_setup();
		expect_page("{'Limit':500}", ERR_THROTTLED, NULL);
		start(&l);
		store_close(fake_dynamodb_store);
		fake_dynamodb_store = NULL;
		ck_assert_uint_eq(l.answer.n_calls, 1);
		ck_assert_int_eq(l.answer.err, ERR_CANCELED);
		go_on(SCAN_WAIT_MAX_MS);
		if (in_callback == 0)
			fake_dynamodb_teardown();
	}
}
END_TEST

START_TEST(the_first_call_may_not_begin)
{
	struct fake_dynamodb_listing l = {.n = 0};

	fake_dynamodb_refuse_call(ERR_LIMIT);
	ck_assert_int_eq(store_list_slowly(fake_dynamodb_store, &slowly, &l), ERR_LIMIT);
	ck_assert_int_eq(metric_get(METRIC_LISTING_RUNNING), 0);
}
END_TEST

START_TEST(a_later_call_may_not_begin)
{
	struct fake_dynamodb_listing l = {.n = 0};

	expect_page("{'Limit':500}", ERR_THROTTLED, NULL);
	start(&l);
	fake_dynamodb_refuse_call(ERR_LIMIT);
	go_on(SCAN_WAIT_MAX_MS);
	ck_assert_uint_eq(l.answer.n_calls, 1);
	ck_assert_int_eq(l.answer.err, ERR_UNAVAILABLE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dynamodb_list");
	TCase *tc = tcase_create("dynamodb_list");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, list_reads_every_page_and_passes_over_items_that_are_no_account);
	tcase_add_test(tc, claims_are_listed_beside_the_accounts_and_only_those_that_are_ours);
	tcase_add_test(tc, scan_that_goes_round_is_given_up);
	tcase_add_test(tc, list_without_the_permission_names_it);
	tcase_add_test(tc, a_key_that_may_not_be_used_is_no_missing_permission);
	tcase_add_test(tc, list_tells_of_trouble);
	tcase_add_test(tc, pages_come_at_the_pace_of_the_table);
	tcase_add_test(tc, a_table_that_may_not_be_described_is_not_asked_again);
	tcase_add_test(tc, trouble_that_passes_is_waited_for);
	tcase_add_test(tc, what_does_not_pass_ends_it);
	tcase_add_test(tc, it_can_be_stopped);
	tcase_add_test(tc, the_store_may_be_closed_while_it_waits);
	tcase_add_test(tc, the_first_call_may_not_begin);
	tcase_add_test(tc, a_later_call_may_not_begin);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
