/* SPDX-License-Identifier: BSD-2-Clause
 * store/dynamodb_notice.h: where a notice is put and found, and what each failure means. */
#include "store/dynamodb_notice.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "kit/engine_kit.h"
#include "kit/fake_dynamodb.h"
#include "kit/unit.h"
#include "store/notice.h"
#include "store/notice_item.h"

enum { NOW_S = 1800000000, REQUEST_MAX = 128 };

#define OTHERS "{'id':{'S':'e9'},'target':{'S':'ops'}}"
#define OURS   "{'id':{'S':'e1'},'target':{'S':'ops'},'holder':{'S':'bb'}}"

static struct fake_dynamodb_answer a;

static struct notice make(void)
{
	return (struct notice){.id = "e1", .target = "ops", .body = "{}", .made_s = NOW_S};
}

/* An UpdateItem or GetItem of the probe-th slot of e1. */
static struct fake_dynamodb_step at(const char *operation, unsigned probe)
{
	static char requests[2 * NOTICE_PROBES][REQUEST_MAX];
	const bool is_get = operation[0] == 'G';
	char key[NOTICE_KEY_SIZE], *request = requests[is_get ? NOTICE_PROBES + probe : probe];

	snprintf(request, REQUEST_MAX, "{'Key':{'user':{'S':'%s'}}%s}",
		 notice_key(notice_slot("e1", "ops", probe), key),
		 is_get ? ",'ConsistentRead':true" : "");
	return (struct fake_dynamodb_step){.operation = operation, .request = request};
}

static void expect_write(unsigned probe, int err, const char *item)
{
	struct fake_dynamodb_step step = at("UpdateItem", probe);

	step.err = err;
	step.item = item;
	fake_dynamodb_expect(&step);
}

static void expect_read(unsigned probe, const char *reply)
{
	struct fake_dynamodb_step step = at("GetItem", probe);

	step.reply = reply;
	fake_dynamodb_expect(&step);
}

static int put(void)
{
	const struct notice n = make();

	a = (struct fake_dynamodb_answer){0};
	return fake_dynamodb_finish(
		store_put_notice(fake_dynamodb_store, &n, fake_dynamodb_on_done, &a), &a);
}

static int claim(void)
{
	a = (struct fake_dynamodb_answer){0};
	return fake_dynamodb_finish(store_claim_notice(fake_dynamodb_store, "e1", "ops", "aa",
						       NOW_S, NOW_S + 120, fake_dynamodb_on_done,
						       &a),
				    &a);
}

static int update(void)
{
	struct notice n = make();

	memcpy(n.holder, "aa", 3);
	a = (struct fake_dynamodb_answer){0};
	return fake_dynamodb_finish(
		store_update_notice(fake_dynamodb_store, &n, fake_dynamodb_on_done, &a), &a);
}

static int take_out(void)
{
	a = (struct fake_dynamodb_answer){0};
	return fake_dynamodb_finish(store_remove_notice(fake_dynamodb_store, "e1", "ops", "aa",
							fake_dynamodb_on_done, &a),
				    &a);
}

START_TEST(a_verb_is_one_write)
{
	ck_assert(store_has_notices(fake_dynamodb_store));
	expect_write(0, 0, NULL);
	ck_assert_int_eq(put(), 0);
	expect_write(0, 0, NULL);
	ck_assert_int_eq(claim(), 0);
	expect_write(0, 0, NULL);
	ck_assert_int_eq(update(), 0);
	expect_write(0, 0, NULL);
	ck_assert_int_eq(take_out(), 0);
}
END_TEST

START_TEST(the_next_slot_is_taken_where_one_is_in_use)
{
	expect_write(0, ERR_CONFLICT, OTHERS);
	/* A service that does not tell the item is asked for it; it may be gone by then. */
	expect_write(1, ERR_CONFLICT, NULL);
	expect_read(1, "{'Item':" OTHERS "}");
	expect_write(2, ERR_CONFLICT, NULL);
	expect_read(2, "{}");
	/* What is no notice is in the way as well. */
	expect_write(3, ERR_CONFLICT, "{'id':{'N':'5'}}");
	expect_write(4, 0, NULL);
	ck_assert_int_eq(put(), 0);
}
END_TEST

/* The answer to our own first attempt may have been lost. */
START_TEST(what_is_there_is_found)
{
	expect_write(0, ERR_CONFLICT, OURS);
	ck_assert_int_eq(put(), ERR_EXISTS);
	ck_assert_str_eq(a.why, "table t-1 has the notice already");
	expect_write(0, ERR_CONFLICT, OTHERS);
	expect_write(1, ERR_CONFLICT, NULL);
	expect_read(1, "{'Item':" OURS "}");
	ck_assert_int_eq(put(), ERR_EXISTS);
}
END_TEST

static void expect_full(const char *third, const char *fifth)
{
	unsigned i;

	for (i = 0; i < NOTICE_PROBES; i++)
		expect_write(i, ERR_CONFLICT, i == 3 ? third : i == 5 ? fifth : OTHERS);
}

START_TEST(a_full_table_takes_no_more)
{
	expect_full(OTHERS, OTHERS);
	ck_assert_int_eq(put(), ERR_LIMIT);
	ck_assert_str_eq(a.why, "table t-1 has no room for a notice: 256 slots");
}
END_TEST

#define DEAD(id, made)                                                                             \
	"{'id':{'S':'" id "'},'target':{'S':'ops'},'status':{'S':'dead'},'body':{'S':'{}'},"       \
	"'made':{'N':'" made "'},'next':{'N':'0'},'attempts':{'N':'9'},"                           \
	"'held_until':{'N':'0'}}"

START_TEST(the_oldest_one_that_was_given_up_makes_room)
{
	expect_full(DEAD("d3", "2000"), DEAD("d5", "1000"));
	expect_write(5, 0, NULL);
	ck_assert_int_eq(put(), 0);
	expect_full(DEAD("d3", "1000"), DEAD("d5", "2000"));
	expect_write(3, 0, NULL);
	ck_assert_int_eq(put(), 0);
	/* Somebody else had the same thought. */
	expect_full(OTHERS, DEAD("d5", "1000"));
	expect_write(5, ERR_CONFLICT, OTHERS);
	ck_assert_int_eq(put(), ERR_LIMIT);
}
END_TEST

START_TEST(trouble_of_a_put_is_told_apart)
{
	static const struct {
		int err, want;
		const char *code;
	} rows[] = {
		{ERR_REFUSED, ERR_REFUSED, "ValidationException"},
		{ERR_DENIED, ERR_DENIED, "AccessDeniedException"},
		{ERR_THROTTLED, ERR_THROTTLED, NULL},
		{ERR_TIMEOUT, ERR_TIMEOUT, NULL},
		{ERR_UNAVAILABLE, ERR_UNAVAILABLE, NULL},
		{ERR_NOTFOUND, ERR_UNAVAILABLE, "ResourceNotFoundException"},
		{ERR_PROTOCOL, ERR_UNAVAILABLE, NULL},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct fake_dynamodb_step step = at("UpdateItem", 0);

		step.err = rows[i].err;
		step.code = rows[i].code;
		fake_dynamodb_expect(&step);
		ck_assert_msg(put() == rows[i].want, "row %zu: %d", i, a.err);
		ck_assert_str_eq(a.why, "table t-1: DynamoDB said so");
	}
	expect_write(0, ERR_CONFLICT, NULL);
	fake_dynamodb_expect_error("GetItem", ERR_THROTTLED);
	ck_assert_int_eq(put(), ERR_THROTTLED);
	fake_dynamodb_refuse_call(ERR_NOMEM);
	ck_assert_int_eq(put(), ERR_NOMEM);
}
END_TEST

static int (*const held_verbs[])(void) = {claim, update, take_out};

START_TEST(another_holder_is_told)
{
	expect_write(0, ERR_CONFLICT, OURS);
	ck_assert_int_eq(held_verbs[_i](), ERR_CONFLICT);
	ck_assert_str_eq(a.why, "table t-1: another process holds the notice");
	expect_write(0, ERR_CONFLICT, NULL);
	expect_read(0, "{'Item':" OURS "}");
	ck_assert_int_eq(held_verbs[_i](), ERR_CONFLICT);
}
END_TEST

START_TEST(a_notice_is_looked_for_in_its_slots)
{
	expect_write(0, ERR_CONFLICT, OTHERS);
	expect_read(1, "{}");
	expect_read(2, "{'Item':{'id':{'BOOL':true}}}");
	expect_read(3, "{'Item':" OURS "}");
	expect_write(3, 0, NULL);
	ck_assert_int_eq(held_verbs[_i](), 0);
	expect_write(0, ERR_CONFLICT, OTHERS);
	expect_read(1, "{'Item':" OURS "}");
	expect_write(1, ERR_CONFLICT, OURS);
	ck_assert_int_eq(held_verbs[_i](), ERR_CONFLICT);
}
END_TEST

START_TEST(one_that_is_gone_is_gone)
{
	unsigned i;

	expect_write(0, ERR_CONFLICT, NULL);
	for (i = 0; i < NOTICE_PROBES; i++)
		expect_read(i, "{}");
	ck_assert_int_eq(held_verbs[_i](), ERR_NOTFOUND);
	ck_assert_str_eq(a.why, "table t-1: the notice for ops is gone");
	/* It went while it was looked for. */
	expect_write(0, ERR_CONFLICT, OTHERS);
	for (i = 1; i < NOTICE_PROBES; i++)
		expect_read(i, i == NOTICE_PROBES - 1 ? "{'Item':" OURS "}" : "{}");
	expect_write(NOTICE_PROBES - 1, ERR_CONFLICT, OTHERS);
	ck_assert_int_eq(held_verbs[_i](), ERR_NOTFOUND);
}
END_TEST

START_TEST(trouble_of_a_holder_is_told)
{
	fake_dynamodb_expect_error("UpdateItem", ERR_TIMEOUT);
	ck_assert_int_eq(held_verbs[_i](), ERR_TIMEOUT);
	expect_write(0, ERR_CONFLICT, NULL);
	fake_dynamodb_expect_error("GetItem", ERR_DENIED);
	ck_assert_int_eq(held_verbs[_i](), ERR_DENIED);
	fake_dynamodb_refuse_call(ERR_NOMEM);
	ck_assert_int_eq(held_verbs[_i](), ERR_NOMEM);
}
END_TEST

/* ---------------------------------------------------------------- list */

static char listed[64];
static unsigned close_at; /* the store is closed at that one; 0: at none */
static unsigned n_listed;

static void on_notice(void *arg, const struct notice *n)
{
	ck_assert_ptr_eq(arg, &a);
	ck_assert_uint_lt(strlen(listed) + strlen(n->id) + 1, sizeof(listed));
	strcat(listed, n->id);
	strcat(listed, " ");
	if (++n_listed != close_at)
		return;
	store_close(fake_dynamodb_store);
	fake_dynamodb_store = NULL;
}

static void start_list(void)
{
	a = (struct fake_dynamodb_answer){0};
	listed[0] = '\0';
	n_listed = 0;
	ck_assert_int_eq(
		store_list_notices(fake_dynamodb_store, on_notice, fake_dynamodb_on_done, &a), 0);
	fake_dynamodb_run();
}

/* Slots from..to-1 are read and are empty, but for that one. */
static void expect_slots(unsigned from, unsigned to, unsigned used, const char *reply)
{
	static char requests[NOTICE_SLOTS][REQUEST_MAX];
	char key[NOTICE_KEY_SIZE];
	unsigned i;

	for (i = from; i < to; i++) {
		snprintf(requests[i], REQUEST_MAX,
			 "{'TableName':'t-1','Key':{'user':{'S':'%s'}},"
			 "'ReturnConsumedCapacity':'TOTAL'}",
			 notice_key(i, key));
		fake_dynamodb_expect(&(struct fake_dynamodb_step){
			.operation = "GetItem",
			.request = requests[i],
			.reply = i == used ? reply : "{'ConsumedCapacity':{'CapacityUnits':0.5}}"});
	}
}

/* Until so many ms are over, or the answer has come. */
static void turn(int64_t ms)
{
	for (; ms > 0 && a.n_calls == 0; ms--) {
		kit_advance(1);
		fake_dynamodb_run();
	}
}

#define FULL(id)                                                                                   \
	"{'Item':{'id':{'S':'" id "'},'target':{'S':'ops'},'status':{'S':'waiting'},"              \
	"'body':{'S':'{}'},'made':{'N':'5'},'next':{'N':'0'},'attempts':{'N':'0'},"                \
	"'held_until':{'N':'0'}},'ConsumedCapacity':{'CapacityUnits':0.5}}"

START_TEST(all_slots_are_looked_at_at_a_pace)
{
	expect_slots(0, 100, 7, FULL("e1"));
	/* What another hand left is passed over. */
	expect_slots(100, 255, 130, "{'Item':{'id':{'S':'x'},'body':{'L':[]}}}");
	expect_slots(255, NOTICE_SLOTS, 255, FULL("e2"));
	start_list();
	turn(1000);
	ck_assert_uint_eq(a.n_calls, 0);
	turn(1000);
	ck_assert_uint_eq(a.n_calls, 1);
	ck_assert_int_eq(a.err, 0);
	ck_assert_str_eq(listed, "e1 e2 ");
}
END_TEST

START_TEST(a_throttled_look_waits_and_goes_on)
{
	expect_slots(0, 3, 1, FULL("e1"));
	fake_dynamodb_expect_error("GetItem", ERR_THROTTLED);
	fake_dynamodb_expect_error("GetItem", ERR_THROTTLED);
	expect_slots(3, NOTICE_SLOTS, 4, FULL("e2"));
	start_list();
	turn(60000);
	ck_assert_uint_eq(a.n_calls, 1);
	ck_assert_int_eq(a.err, 0);
	ck_assert_str_eq(listed, "e1 e2 ");
}
END_TEST

START_TEST(a_look_gives_up_at_last)
{
	unsigned i;

	for (i = 0; i < 9; i++)
		fake_dynamodb_expect_error("GetItem", ERR_THROTTLED);
	start_list();
	turn(200000);
	ck_assert_int_eq(a.err, ERR_THROTTLED);
	fake_dynamodb_expect_error("GetItem", ERR_UNAVAILABLE);
	start_list();
	ck_assert_int_eq(a.err, ERR_UNAVAILABLE);
	fake_dynamodb_expect_error("GetItem", ERR_DENIED);
	start_list();
	ck_assert_int_eq(a.err, ERR_DENIED);
	ck_assert_str_eq(a.why, "table t-1: DynamoDB said so");
}
END_TEST

START_TEST(a_look_can_be_stopped)
{
	expect_slots(0, 2, 1, FULL("e1"));
	close_at = 1;
	start_list();
	turn(1000);
	close_at = 0;
	ck_assert_uint_eq(a.n_calls, 1);
	ck_assert_int_eq(a.err, ERR_CANCELED);
	ck_assert_str_eq(listed, "e1 ");
}
END_TEST

START_TEST(listings_of_accounts_pass_over_them)
{
	struct fake_dynamodb_listing l = {.n = 0};

	fake_dynamodb_expect_reply("Scan", "{'TableName':'t-1'}",
				   "{'Items':[{'user':{'S':'notify:000'}},"
				   "{'user':{'S':'bob'},'pass':{'S':'x'},"
				   "'host':{'S':'a.example.com'}},"
				   "{'user':{'S':'notify:255'},'id':{'S':'e1'},'pass':{'S':'y'},"
				   "'host':{'S':'b.example.com'}}]}");
	ck_assert_int_eq(fake_dynamodb_list(&l), 0);
	ck_assert_str_eq(l.users, "bob ");
}
END_TEST

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

int main(void)
{
	Suite *suite = suite_create("dynamodb_notice");
	TCase *tc = tcase_create("store_dynamodb_notice");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_verb_is_one_write);
	tcase_add_test(tc, the_next_slot_is_taken_where_one_is_in_use);
	tcase_add_test(tc, what_is_there_is_found);
	tcase_add_test(tc, a_full_table_takes_no_more);
	tcase_add_test(tc, the_oldest_one_that_was_given_up_makes_room);
	tcase_add_test(tc, trouble_of_a_put_is_told_apart);
	tcase_add_loop_test(tc, another_holder_is_told, 0, N_ELEMENTS(held_verbs));
	tcase_add_loop_test(tc, a_notice_is_looked_for_in_its_slots, 0, N_ELEMENTS(held_verbs));
	tcase_add_loop_test(tc, one_that_is_gone_is_gone, 0, N_ELEMENTS(held_verbs));
	tcase_add_loop_test(tc, trouble_of_a_holder_is_told, 0, N_ELEMENTS(held_verbs));
	tcase_add_test(tc, all_slots_are_looked_at_at_a_pace);
	tcase_add_test(tc, a_throttled_look_waits_and_goes_on);
	tcase_add_test(tc, a_look_gives_up_at_last);
	tcase_add_test(tc, a_look_can_be_stopped);
	tcase_add_test(tc, listings_of_accounts_pass_over_them);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
