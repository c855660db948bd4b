/* SPDX-License-Identifier: BSD-2-Clause
 * store/dynamodb_commit.h: one account and the claims of its names. How claims follow an account
 * that comes and goes is in the rows of tests/unit/store/dynamodb_put.c; here is what others ask of
 * a commit by itself. */
#include "store/dynamodb_commit.h"

#include <stdio.h>
#include <string.h>

#include "kit/fake_dynamodb.h"
#include "kit/unit.h"
#include "store/dynamodb_op.h"
#include "store/item_request.h"

#define FINE	     "{'Code':'None'}"
#define FAILED	     "{'Code':'ConditionalCheckFailed'}"
#define FAILED_BY(x) "{'Code':'ConditionalCheckFailed','Item':" x "}"

/* What end() was told, and how often plain() was called. */
static struct commit_result told;
static bool has_item;
static unsigned n_ends, n_plain;

static void on_end(struct op *op, const struct commit_result *result)
{
	told = *result;
	has_item = result->item != NULL;
	n_ends++;
	op_finish(op, result->err, NULL);
}

static void on_plain(struct op *op)
{
	n_plain++;
	op_continue(op, "UpdateItem", item_request_get("t-1", op->user), commit_on_plain_reply);
}

/* Bob is updated, and joins n names: h0.example.com and so on; names of the kinds in text before: j
 * joins, l leaves, p passes its name on to zoe. */
static int commit(bool is_alone, const char *kinds, size_t n, struct fake_dynamodb_answer *a)
{
	static const char letters[] = {
		[COMMIT_JOIN] = 'j', [COMMIT_LEAVE] = 'l', [COMMIT_PASS_ON] = 'p'};
	struct op *op;
	char text[48];
	size_t i, len = strlen(kinds);

	n_ends = n_plain = 0;
	*a = (struct fake_dynamodb_answer){0};
	ck_assert_int_eq(op_new(fake_dynamodb_store, "bob", a, &op), 0);
	op->done = fake_dynamodb_on_done;
	str_copy(op->to, sizeof(op->to), slice_of("zoe"));
	ck_assert_int_eq(commit_new(op, is_alone, on_end, on_plain), 0);
	commit_add(op, "Update", item_request_get("t-1", "bob"));
	for (i = 0; i < len + n; i++) {
		char kind = i < len ? kinds[i] : 'j';
		struct fqdn name;
		const char *at = memchr(letters, kind, sizeof(letters));

		snprintf(text, sizeof(text), "h%zu.example.com", i);
		name = value_name(text);
		commit_add_claim(op, (enum commit_claim)(at - letters), &name);
	}
	return fake_dynamodb_finish(
		op_start(op, "TransactWriteItems", commit_request(op), commit_on_reply), a);
}

static void expect_transaction(const char *actions)
{
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "TransactWriteItems",
							  .actions = actions});
}

static void expect_canceled(const char *actions, const char *reasons)
{
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "TransactWriteItems",
							  .actions = actions,
							  .err = ERR_CONFLICT,
							  .reasons = reasons,
							  .attempts = 2});
}

START_TEST(an_account_and_its_claims_are_written_together)
{
	struct fake_dynamodb_answer a;

	expect_transaction("Update bob");
	ck_assert_int_eq(commit(false, "", 0, &a), 0);
	expect_transaction("Update bob, Update host:h0.example.com, Delete host:h1.example.com, "
			   "Update host:h2.example.com");
	ck_assert_int_eq(commit(false, "jlp", 0, &a), 0);
	ck_assert(n_ends == 1 && told.err == 0 && n_plain == 0);
}
END_TEST

/* The claims that do not fit into the account's transaction follow it. */
START_TEST(more_claims_than_one_transaction_holds_follow_in_others)
{
	char first[4096] = "Update bob", second[4096] = "";
	struct fake_dynamodb_answer a;
	size_t i;

	for (i = 0; i < COMMIT_HOSTS_MAX + 3; i++) {
		char *text = i < COMMIT_HOSTS_MAX ? first : second;
		size_t len = strlen(text);

		snprintf(text + len, sizeof(first) - len, "%sUpdate host:h%zu.example.com",
			 len > 0 ? ", " : "", i);
	}
	expect_transaction(first);
	expect_transaction(second);
	ck_assert_int_eq(commit(false, "", COMMIT_HOSTS_MAX + 3, &a), 0);
	/* The account is written: what is left is told in the log alone. */
	expect_transaction(first);
	fake_dynamodb_expect_error("TransactWriteItems", ERR_THROTTLED);
	ck_assert_int_eq(commit(false, "", COMMIT_HOSTS_MAX + 3, &a), 0);
	ck_assert_uint_eq(n_ends, 1);
}
END_TEST

START_TEST(the_action_of_the_account_that_failed_is_told)
{
	struct fake_dynamodb_answer a;

	expect_canceled("Update bob, Update host:h0.example.com",
			"[" FAILED_BY("{'user':{'S':'bob'}}") "," FINE "]");
	ck_assert_int_eq(commit(false, "j", 0, &a), ERR_CONFLICT);
	ck_assert(n_ends == 1 && told.err == ERR_CONFLICT && told.action == 0);
	ck_assert(has_item && told.attempts == 2);
	expect_canceled("Update bob", "[" FAILED "]");
	ck_assert_int_eq(commit(false, "", 0, &a), ERR_CONFLICT);
	ck_assert(n_ends == 1 && !has_item);
}
END_TEST

/* Nothing of it failed: two transactions met. */
START_TEST(a_conflict_that_nothing_explains_is_one)
{
	struct fake_dynamodb_answer a;

	expect_canceled("Update bob, Update host:h0.example.com",
			"[" FINE ",{'Code':'TransactionConflict'}]");
	ck_assert_int_eq(commit(false, "j", 0, &a), ERR_CONFLICT);
	ck_assert_uint_eq(n_ends, 0);
}
END_TEST

START_TEST(a_claim_that_was_in_the_way_is_known_the_next_time)
{
	struct fake_dynamodb_answer a;

	/* Zoe has the name: the claim of bob that leaves it is changed, not deleted. */
	expect_canceled("Update bob, Delete host:h0.example.com",
			"[" FINE "," FAILED_BY("{'owners':{'SS':['bob','zoe']}}") "]");
	expect_transaction("Update bob, Update host:h0.example.com");
	ck_assert_int_eq(commit(false, "l", 0, &a), 0);
	/* There is none: nothing is left to be done. */
	expect_canceled("Update bob, Delete host:h0.example.com", "[" FINE "," FAILED "]");
	expect_transaction("Update bob");
	ck_assert_int_eq(commit(false, "l", 0, &a), 0);
}
END_TEST

#define HAS_NAME "{'Item':{'user':{'S':'x'},'pass':{'S':'x'},'host':{'S':'h0.example.com'}}}"
#define EIGHT	 "'o1','o2','o3','o4','o5','o6','o7','o8'"
#define SIXTEEN	 EIGHT ",'p1','p2','p3','p4','p5','p6','p7','p8'"
#define FULL	 "[" FINE "," FAILED_BY("{'owners':{'SS':[" SIXTEEN "]}}") "]"

/* Owners who have lost the name make room. */
START_TEST(a_full_claim_has_room_when_an_owner_is_gone)
{
	struct fake_dynamodb_answer a;

	expect_canceled("Update bob, Update host:h0.example.com", FULL);
	fake_dynamodb_expect_get("o1", HAS_NAME);
	fake_dynamodb_expect_get("o2", "{}");
	expect_transaction("Update bob, Update host:h0.example.com");
	ck_assert_int_eq(commit(false, "j", 0, &a), 0);
}
END_TEST

START_TEST(a_full_claim_takes_nobody)
{
	struct fake_dynamodb_answer a;
	size_t i;

	expect_canceled("Update bob, Update host:h0.example.com", FULL);
	for (i = 0; i < STORE_OWNERS_MAX; i++)
		fake_dynamodb_expect_reply("GetItem", NULL, HAS_NAME);
	ck_assert_int_eq(commit(false, "j", 0, &a), ERR_LIMIT);
	ck_assert_str_eq(a.why, "h0.example.com has 16 owners already");
	ck_assert_uint_eq(n_ends, 0);
}
END_TEST

/* The claim was in the way again, and still lists who was found to be gone. */
START_TEST(an_owner_who_is_gone_is_not_read_again)
{
	static const char *const ours =
		"[" FINE "," FAILED_BY("{'owners':{'SS':['bob','zoe']}}") "]";
	struct fake_dynamodb_answer a;

	expect_canceled("Update bob, Update host:h0.example.com", ours);
	fake_dynamodb_expect_get("zoe", "{}");
	expect_canceled("Update bob, Update host:h0.example.com", ours);
	expect_canceled("Update bob, Update host:h0.example.com",
			"[" FINE "," FAILED_BY("{'owners':{'SS':['zoe','eve']}}") "]");
	fake_dynamodb_expect_get("eve", "{}");
	expect_transaction("Update bob, Update host:h0.example.com");
	ck_assert_int_eq(commit(true, "j", 0, &a), 0);
	ck_assert_uint_eq(n_ends, 1);
}
END_TEST

START_TEST(so_many_transactions_are_tried)
{
	struct fake_dynamodb_answer a;
	unsigned i, k;

	for (k = 7; k <= 8; k++) {
		for (i = 0; i < k; i++)
			expect_canceled("Update bob, Update host:h0.example.com",
					"[" FINE "," FAILED_BY("{'owners':{'SS':['zoe']}}") "]");
		if (k < 8)
			expect_transaction("Update bob, Update host:h0.example.com");
		ck_assert_int_eq(commit(false, "j", 0, &a), k < 8 ? 0 : ERR_CONFLICT);
	}
}
END_TEST

START_TEST(a_service_without_transactions_is_written_to_plainly)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "TransactWriteItems",
							  .err = ERR_REFUSED,
							  .code = "UnknownOperationException"});
	fake_dynamodb_expect_reply("UpdateItem", NULL, NULL);
	ck_assert_int_eq(commit(false, "j", 0, &a), 0);
	ck_assert(n_plain == 1 && n_ends == 1 && told.err == 0);
	ck_assert(((struct dynamo *)fake_dynamodb_store)->has_no_transactions);
	/* The same end of a condition that fails, and of none. */
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "TransactWriteItems",
							  .err = ERR_REFUSED,
							  .code = "UnknownOperationException"});
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "UpdateItem",
							  .err = ERR_CONFLICT,
							  .item = "{'user':{'S':'bob'}}",
							  .attempts = 1});
	ck_assert_int_eq(commit(false, "j", 0, &a), ERR_CONFLICT);
	ck_assert(n_ends == 1 && has_item && told.attempts == 1);
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "TransactWriteItems",
							  .err = ERR_REFUSED,
							  .code = "UnknownOperationException"});
	fake_dynamodb_expect_error("UpdateItem", ERR_DENIED);
	ck_assert_int_eq(commit(false, "j", 0, &a), ERR_DENIED);
	ck_assert_uint_eq(n_ends, 0);
}
END_TEST

START_TEST(trouble_is_told_as_it_is)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect_error("TransactWriteItems", ERR_DENIED);
	ck_assert_int_eq(commit(false, "j", 0, &a), ERR_DENIED);
	ck_assert_str_eq(a.why, "table t-1: DynamoDB said so");
	ck_assert(n_ends == 0 && n_plain == 0);
	/* Nor is an owner guessed who cannot be read. */
	expect_canceled("Update bob, Update host:h0.example.com",
			"[" FINE "," FAILED_BY("{'owners':{'SS':['zoe']}}") "]");
	fake_dynamodb_expect_error("GetItem", ERR_TIMEOUT);
	ck_assert_int_eq(commit(true, "j", 0, &a), ERR_TIMEOUT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dynamodb_commit");
	TCase *tc = tcase_create("store_dynamodb_commit");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, fake_dynamodb_setup, fake_dynamodb_teardown);
	tcase_add_test(tc, an_account_and_its_claims_are_written_together);
	tcase_add_test(tc, more_claims_than_one_transaction_holds_follow_in_others);
	tcase_add_test(tc, the_action_of_the_account_that_failed_is_told);
	tcase_add_test(tc, a_conflict_that_nothing_explains_is_one);
	tcase_add_test(tc, a_claim_that_was_in_the_way_is_known_the_next_time);
	tcase_add_test(tc, a_full_claim_has_room_when_an_owner_is_gone);
	tcase_add_test(tc, a_full_claim_takes_nobody);
	tcase_add_test(tc, an_owner_who_is_gone_is_not_read_again);
	tcase_add_test(tc, so_many_transactions_are_tried);
	tcase_add_test(tc, a_service_without_transactions_is_written_to_plainly);
	tcase_add_test(tc, trouble_is_told_as_it_is);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
