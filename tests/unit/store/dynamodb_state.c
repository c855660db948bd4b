/* SPDX-License-Identifier: BSD-2-Clause
 * store/dynamodb.h: intend and confirm, in the table and in memory. */
#include <stdio.h>

#include "kit/fake_dynamodb.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

#define BOB                                                                                        \
	"'user':{'S':'bob'},'pass':{'S':'test9994'},'host':{'SS':['a.example.com','b.example.com'" \
	"]}"
#define STATE_A(v4, seq)                                                                           \
	"'state':{'M':{'a.example.com':{'M':{'v4':{'S':'" v4 "'},'seq':{'N':'" seq "'}}}}}"
#define ONE "{'user':{'S':'bob'},'pass':{'S':'x'},'host':{'S':'a.example.com'}}"

/* --- intend --- */

#define NESTED                                                                                     \
	"{'UpdateExpression':'SET #state.#h0 = :h0','ExpressionAttributeValues':{"                 \
	"':h0':{'M':{'v4':{'S':'192.0.2.1'},'seq':{'N':'1'},'pub':{'N':'0'},'time':{'N':'0'}}}}"   \
	"}"
#define FIRST                                                                                      \
	"{'UpdateExpression':'SET #state = :state','ExpressionAttributeValues':{"                  \
	"':null':{'S':'NULL'},':state':{'M':{"                                                     \
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
	{"a malformed item", "{'user':{'S':'bob'}}", 1, ERR_CONFLICT},
};

START_TEST(failed_condition_is_judged_by_the_item_in_the_answer)
{
	struct fake_dynamodb_answer a;
	int err;

	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "UpdateItem",
							  .request = CHANGED,
							  .err = ERR_CONFLICT,
							  .code = "ConditionalCheckFailedException",
							  .item = conflict_rows[_i].item,
							  .attempts = conflict_rows[_i].attempts});
	err = fake_dynamodb_intend("a.example.com", 4, "192.0.2.1", &a);
	ck_assert_msg(err == conflict_rows[_i].want, "%s: %s", conflict_rows[_i].name,
		      err_str(err));
}
END_TEST

START_TEST(failed_condition_without_an_item_is_judged_by_a_read)
{
	struct fake_dynamodb_answer a;
	char reply[1024];
	int err;

	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "UpdateItem",
							  .err = ERR_CONFLICT,
							  .attempts = conflict_rows[_i].attempts});
	snprintf(reply, sizeof(reply), "{'Item':%s}", conflict_rows[_i].item);
	fake_dynamodb_expect_get("bob", reply);
	err = fake_dynamodb_intend("a.example.com", 4, "192.0.2.1", &a);
	ck_assert_msg(err == conflict_rows[_i].want, "%s: %s", conflict_rows[_i].name,
		      err_str(err));
}
END_TEST

START_TEST(failed_condition_of_an_account_that_is_gone_finds_nothing)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = "UpdateItem", .err = ERR_CONFLICT});
	fake_dynamodb_expect_get("bob", "{}");
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

#define SPELT(v6)                                                                                  \
	"{" BOB ",'state':{'M':{'a.example.com':{'M':{'v6':{'S':'" v6 "'},'seq':{'N':'4'}}}}}}"

/* A failed condition of an intent that expects 2001:db8::1 at 4, or a host without state. */
static const struct {
	const char *name;
	bool is_new;
	const char *item;
	const char *condition; /* of the request that follows; NULL: none */
} spelt_rows[] = {
	{"spelt otherwise", false, SPELT("2001:DB8:0::1"), "#state.#h0 = :read0"},
	{"put back meanwhile", false, SPELT("2001:db8::1"), "#state.#h0 = :read0"},
	{"another address", false, SPELT("2001:db8::2"), NULL},
	{"nothing any more", false, "{" BOB "}", NULL},
	{"a state that was never counted", true,
	 "{" BOB ",'state':{'M':{'a.example.com':{'M':{'seq':{'N':'0'}}}}}}",
	 "#state.#h0 = :read0"},
	{"the map that another host made", true,
	 "{" BOB ",'state':{'M':{'b.example.com':{'M':{'seq':{'N':'1'}}}}}}",
	 "attribute_not_exists(#state.#h0)"},
	{"somebody's first one", true, SPELT("2001:db8::1"), NULL},
};

/* What was read is sent back as it is spelt, once. */
START_TEST(item_that_means_what_was_expected_is_compared_as_it_is_spelt)
{
	struct host_state expect = {.seq = 0};
	struct fake_dynamodb_answer a;
	char request[256];
	size_t i;

	if (!spelt_rows[_i].is_new)
		expect = (struct host_state){.want = value_pair(NULL, "2001:db8::1"), .seq = 4};
	for (i = 0; i < 2; i++) {
		fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "UpdateItem",
								  .err = ERR_CONFLICT,
								  .item = spelt_rows[_i].item,
								  .attempts = 1});
		if (spelt_rows[_i].condition != NULL) {
			snprintf(request, sizeof(request),
				 "{'ConditionExpression':'attribute_exists(#user) AND %s'}",
				 spelt_rows[_i].condition);
			fake_dynamodb_expect(&(struct fake_dynamodb_step){
				.operation = "UpdateItem",
				.request = request,
				.err = i == 0 ? 0 : ERR_CONFLICT,
				.item = i == 0 ? NULL : spelt_rows[_i].item,
				.attempts = 1});
		}
		ck_assert_msg(
			fake_dynamodb_intend_after("a.example.com", &expect, "192.0.2.1", &a) ==
				(i == 0 && spelt_rows[_i].condition != NULL ? 0 : ERR_CONFLICT),
			"%s", spelt_rows[_i].name);
	}
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
	int err;

	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "UpdateItem",
							  .err = ERR_CONFLICT,
							  .item = confirm_rows[_i].item,
							  .attempts = 1});
	if (confirm_rows[_i].item == NULL)
		fake_dynamodb_expect_get("bob", confirm_rows[_i].get);
	err = fake_dynamodb_confirm("a.example.com", 4, &a);
	ck_assert_msg(err == confirm_rows[_i].want, "%s: %s", confirm_rows[_i].name, err_str(err));
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

/* What the item is after a confirm that succeeded. */
static const struct {
	const char *name, *reply;
	int want;
} confirmed_rows[] = {
	{"as it was", "{'Attributes':{" BOB "," STATE_A("192.0.2.1", "4") "}}", 0},
	{"somebody took the host out, and left its state",
	 "{'Attributes':{'user':{'S':'bob'},'pass':{'S':'x'},'host':{'S':'c.example.com'}," STATE_A(
		 "192.0.2.1", "4") "}}",
	 ERR_NOTFOUND},
	{"malformed: nobody knows", "{'Attributes':{'user':{'S':'bob'}}}", 0},
	{"malformed in part: nobody knows",
	 "{'Attributes':{'user':{'S':'bob'},'host':{'L':[{'S':'c.example.com'},{'N':'1'}]}}}", 0},
	{"not told", "{}", 0},
};

START_TEST(confirm_of_a_host_that_was_taken_out_finds_nothing)
{
	struct fake_dynamodb_answer a;
	int err;

	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "UpdateItem",
							  .reply = confirmed_rows[_i].reply});
	err = fake_dynamodb_confirm("a.example.com", 4, &a);
	ck_assert_msg(err == confirmed_rows[_i].want, "%s: %s", confirmed_rows[_i].name,
		      err_str(err));
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
	int err;

	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = _i < 2 ? "UpdateItem" : "TransactWriteItems"});
	for (n = 1; failed; n++) {
		a = (struct fake_dynamodb_answer){0};
		fake_malloc_fail_at(n);
		if (_i == 0)
			err = store_intend(fake_dynamodb_store, "bob", &intent, 1,
					   fake_dynamodb_on_done, &a);
		else if (_i == 1)
			err = store_confirm(fake_dynamodb_store, "bob", &confirm,
					    fake_dynamodb_on_done, &a);
		else
			err = store_put(fake_dynamodb_store, account, STORE_CREATE,
					fake_dynamodb_on_done, &a);
		failed = fake_malloc_off();
		ck_assert_int_eq(err, failed ? ERR_NOMEM : 0);
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
	tcase_add_loop_test(tc, item_that_means_what_was_expected_is_compared_as_it_is_spelt, 0,
			    N_ELEMENTS(spelt_rows));
	tcase_add_test(tc, intend_of_none_or_too_many_is_refused);
	tcase_add_loop_test(tc, confirm_that_came_late_tells_why, 0, N_ELEMENTS(confirm_rows));
	tcase_add_test(tc, confirm_is_one_update);
	tcase_add_loop_test(tc, confirm_of_a_host_that_was_taken_out_finds_nothing, 0,
			    N_ELEMENTS(confirmed_rows));
	tcase_add_loop_test(tc, failed_allocation_is_told_by_each_verb, 0, 3);
}

/* --- in memory, under a policy without UpdateItem --- */

/* How long the store does not try again after UpdateItem was denied. */
enum { RETRY_MS = 5 * 60 * 1000 };

/* One host, updated when UpdateItem was still allowed. */
#define ONE_AT(seq)                                                                                \
	"{'user':{'S':'bob'},'pass':{'S':'x'},'host':{'S':'a.example.com'},'state':{'M':{"         \
	"'a.example.com':{'M':{'v4':{'S':'192.0.2.9'},'seq':{'N':'" seq "'},'pub':{'N':'" seq      \
	"'}}}}}}"

/* Of a.example.com, which had another address at that seq. */
static int intend_over(const char *old_v4, uint64_t seq, const char *v4,
		       struct fake_dynamodb_answer *a)
{
	struct host_state expect = {.want = value_pair(old_v4, NULL), .seq = seq};

	return fake_dynamodb_intend_after("a.example.com", &expect, v4, a);
}

static void expect_denied(const char *request)
{
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "UpdateItem",
							  .request = request,
							  .err = ERR_DENIED,
							  .code = "AccessDeniedException"});
}

/* UpdateItem was denied, and a.example.com is intended in memory on top of item. */
static void enter_memory(const char *item, uint64_t seq)
{
	struct fake_dynamodb_answer a;
	char reply[1024];

	snprintf(reply, sizeof(reply), "{'Item':%s}", item);
	expect_denied(NULL);
	fake_dynamodb_expect_get("bob", reply);
	ck_assert_int_eq(intend_over(seq > 0 ? "192.0.2.9" : NULL, seq, "192.0.2.1", &a), 0);
}

static void assert_state(const char *item, uint64_t seq, uint64_t pub, const char *v4)
{
	struct host_state state = fake_dynamodb_state(item);
	char text[ADDR_TEXT_MAX];

	ck_assert_uint_eq(state.seq, seq);
	ck_assert_uint_eq(state.pub, pub);
	ck_assert_str_eq(addr_format(&state.want.v4, text), v4);
}

START_TEST(denied_update_is_kept_in_memory)
{
	struct fake_dynamodb_answer a;

	enter_memory(ONE, 0);
	assert_state(ONE, 1, 0, "192.0.2.1");
	ck_assert_int_eq(fake_dynamodb_confirm("a.example.com", 1, &a), 0);
	assert_state(ONE, 1, 1, "192.0.2.1");
	ck_assert_int_eq(intend_over("192.0.2.1", 1, "192.0.2.2", &a), 0);
	assert_state(ONE, 2, 1, "192.0.2.2");
}
END_TEST

START_TEST(memory_has_the_rules_of_the_table)
{
	struct fake_dynamodb_answer a;

	enter_memory(ONE, 0);
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 0, "192.0.2.3", &a), ERR_CONFLICT);
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 2, "192.0.2.3", &a), ERR_CONFLICT);
	ck_assert_int_eq(fake_dynamodb_confirm("a.example.com", 2, &a), ERR_CONFLICT);
	fake_dynamodb_expect_get("bob", "{'Item':" ONE "}");
	ck_assert_int_eq(fake_dynamodb_intend("b.example.com", 0, "192.0.2.1", &a), ERR_NOTFOUND);
	fake_dynamodb_expect_get("bob", "{'Item':" ONE "}");
	ck_assert_int_eq(fake_dynamodb_confirm("b.example.com", 1, &a), ERR_NOTFOUND);
	assert_state(ONE, 1, 0, "192.0.2.1");
}
END_TEST

START_TEST(memory_of_two_hosts_is_all_or_nothing)
{
	struct store_intent both[2] = {{.name = value_name("a.example.com"), .expect.seq = 0},
				       {.name = value_name("b.example.com"), .expect.seq = 7}};
	struct fake_dynamodb_answer a = {0}, found;

	expect_denied(NULL);
	fake_dynamodb_expect_get("bob", "{'Item':{" BOB "}}");
	ck_assert_int_eq(fake_dynamodb_finish(store_intend(fake_dynamodb_store, "bob", both, 2,
							   fake_dynamodb_on_done, &a),
					      &a),
			 ERR_CONFLICT);
	both[1].expect.seq = 0;
	a.n_calls = 0;
	fake_dynamodb_expect_get("bob", "{'Item':{" BOB "}}");
	ck_assert_int_eq(fake_dynamodb_finish(store_intend(fake_dynamodb_store, "bob", both, 2,
							   fake_dynamodb_on_done, &a),
					      &a),
			 0);
	fake_dynamodb_expect_get("bob", "{'Item':{" BOB "}}");
	ck_assert_int_eq(fake_dynamodb_lookup("bob", &found), 0);
	ck_assert_uint_eq(found.account->hosts[0].state.seq, 1);
	ck_assert_uint_eq(found.account->hosts[1].state.seq, 1);
	account_free(found.account);
}
END_TEST

#define BOB_B_AT(seq)                                                                              \
	"{" BOB ",'state':{'M':{'b.example.com':{'M':{'v4':{'S':'192.0.2.9'},'seq':{'N':'" seq     \
	"'},'pub':{'N':'" seq "'}}}}}}"

/* One update of two hosts, of which memory has one already: the other one is read. */
static const struct {
	const char *names[2]; /* the first one is in memory, at 1 */
	bool is_first_last;   /* in the update */
	const char *item;     /* what the table has */
	uint64_t expect[2];
	int want;
	bool is_read;
	uint64_t seq[2]; /* afterwards */
} half_rows[] = {
	{{"a.example.com", "b.example.com"}, false, "{" BOB "}", {1, 0}, 0, true, {2, 1}},
	{{"a.example.com", "b.example.com"}, true, "{" BOB "}", {1, 0}, 0, true, {2, 1}},
	{{"b.example.com", "a.example.com"}, false, "{" BOB "}", {1, 0}, 0, true, {2, 1}},
	{{"a.example.com", "b.example.com"}, false, BOB_B_AT("7"), {1, 7}, 0, true, {2, 8}},
	/* All or nothing. */
	{{"a.example.com", "b.example.com"},
	 false,
	 "{" BOB "}",
	 {1, 3},
	 ERR_CONFLICT,
	 true,
	 {1, 0}},
	{{"a.example.com", "b.example.com"},
	 true,
	 BOB_B_AT("7"),
	 {1, 6},
	 ERR_CONFLICT,
	 true,
	 {1, 7}},
	/* What memory has tells enough. */
	{{"a.example.com", "b.example.com"},
	 false,
	 "{" BOB "}",
	 {0, 0},
	 ERR_CONFLICT,
	 false,
	 {1, 0}},
	{{"a.example.com", "b.example.com"},
	 true,
	 "{" BOB "}",
	 {2, 0},
	 ERR_CONFLICT,
	 false,
	 {1, 0}},
};

static uint64_t seq_of(const struct account *account, const char *name)
{
	struct fqdn host = value_name(name);
	const struct account_host *found = account_find_host(account, &host);

	ck_assert_ptr_nonnull(found);
	return found->state.seq;
}

START_TEST(an_update_of_two_hosts_is_made_whole_though_memory_has_one)
{
	const char *const *names = half_rows[_i].names;
	size_t first = half_rows[_i].is_first_last ? 1 : 0, k;
	struct store_intent both[2];
	struct fake_dynamodb_answer a = {0}, found;
	char reply[1024];

	snprintf(reply, sizeof(reply), "{'Item':%s}", half_rows[_i].item);
	expect_denied(NULL);
	fake_dynamodb_expect_get("bob", reply);
	ck_assert_int_eq(fake_dynamodb_intend(names[0], 0, "192.0.2.1", &a), 0);
	both[first] = (struct store_intent){
		.name = value_name(names[0]),
		.expect = {.want = value_pair("192.0.2.1", NULL), .seq = half_rows[_i].expect[0]}};
	both[1 - first] = (struct store_intent){
		.name = value_name(names[1]),
		.expect = {.want = half_rows[_i].expect[1] > 0 ? value_pair("192.0.2.9", NULL)
							       : value_pair(NULL, NULL),
			   .seq = half_rows[_i].expect[1]}};
	if (half_rows[_i].is_read)
		fake_dynamodb_expect_get("bob", reply);
	a.n_calls = 0;
	ck_assert_int_eq(fake_dynamodb_finish(store_intend(fake_dynamodb_store, "bob", both, 2,
							   fake_dynamodb_on_done, &a),
					      &a),
			 half_rows[_i].want);
	fake_dynamodb_expect_get("bob", reply);
	ck_assert_int_eq(fake_dynamodb_lookup("bob", &found), 0);
	for (k = 0; k < 2; k++)
		ck_assert_uint_eq(seq_of(found.account, names[k]), half_rows[_i].seq[k]);
	account_free(found.account);
}
END_TEST

START_TEST(memory_begins_where_the_table_stopped)
{
	struct fake_dynamodb_answer a;

	expect_denied(NULL);
	fake_dynamodb_expect_get("bob", "{'Item':" ONE_AT("7") "}");
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 0, "192.0.2.1", &a), ERR_CONFLICT);
	fake_dynamodb_expect_get("bob", "{'Item':" ONE_AT("7") "}");
	ck_assert_int_eq(intend_over("192.0.2.9", 7, "192.0.2.1", &a), 0);
	assert_state(ONE_AT("7"), 8, 7, "192.0.2.1");
}
END_TEST

START_TEST(denied_confirm_is_kept_in_memory)
{
	struct fake_dynamodb_answer a;

	expect_denied(NULL);
	fake_dynamodb_expect_get("bob", "{'Item':" ONE_AT("7") "}");
	ck_assert_int_eq(fake_dynamodb_confirm("a.example.com", 7, &a), 0);
	ck_assert_int_eq(fake_dynamodb_state(ONE_AT("7")).time_s, 1700000000);
	ck_assert_int_eq(fake_dynamodb_confirm("a.example.com", 8, &a), ERR_CONFLICT);
}
END_TEST

START_TEST(memory_of_an_account_that_is_gone_finds_nothing)
{
	struct fake_dynamodb_answer a;

	expect_denied(NULL);
	fake_dynamodb_expect_get("bob", "{}");
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 0, "192.0.2.1", &a), ERR_NOTFOUND);
	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = "GetItem", .err = ERR_TIMEOUT});
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 0, "192.0.2.1", &a), ERR_TIMEOUT);
	fake_dynamodb_expect_get("bob", "{'Item':{'user':{'S':'bob'}}}");
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 0, "192.0.2.1", &a), ERR_CONFLICT);
}
END_TEST

/* What stands in the place of the state is not ours, or not any more. */
static const char *const foreign[] = {
	"'state':{'S':'Bern'}",
	"'state':{'L':[]}",
	"'state':{'M':{'a.example.com':{'S':'online'}}}",
	"'state':{'M':{'a.example.com':{'NULL':true}}}",
	"'state':{'M':{'a.example.com':{'M':{'seq':{'S':'7'}}}}}",
	"'state':{'M':{'a.example.com':{'M':{'seq':{'N':'-7'},'v4':{'S':'192.0.2.9'}}}}}",
};

START_TEST(state_of_somebody_else_is_left_alone_and_ours_kept_in_memory)
{
	struct fake_dynamodb_answer a;
	char item[512];
	unsigned n;

	(void)snprintf(item, sizeof(item),
		       "{'user':{'S':'bob'},'pass':{'S':'x'},'host':{'S':'a.example.com'},%s}",
		       foreign[_i]);
	/* As the table answers, whose condition fails in either form: each change asks it again. */
	for (n = 0; n < 2; n++) {
		if (_i < 2)
			expect_invalid(NULL);
		fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "UpdateItem",
								  .err = ERR_CONFLICT,
								  .item = item,
								  .attempts = 1});
		ck_assert_int_eq(n == 0 ? fake_dynamodb_intend("a.example.com", 0, "192.0.2.1", &a)
					: intend_over("192.0.2.1", n, "192.0.2.1", &a),
				 0);
		assert_state(item, n + 1, n, "192.0.2.1");
		ck_assert_int_eq(fake_dynamodb_confirm("a.example.com", n + 1, &a), 0);
		assert_state(item, n + 1, n + 1, "192.0.2.1");
	}
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 9, "192.0.2.1", &a), ERR_CONFLICT);
}
END_TEST

START_TEST(state_comes_back_to_the_table_once_it_is_ours)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "UpdateItem",
		.err = ERR_CONFLICT,
		.item = "{'user':{'S':'bob'},'pass':{'S':'x'},'host':{'S':'a.example.com'},"
			"'state':{'S':'Bern'}}",
		.attempts = 1});
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 0, "192.0.2.1", &a), 0);
	ck_assert_int_eq(fake_dynamodb_confirm("a.example.com", 1, &a), 0);
	expect_invalid(NULL);
	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "UpdateItem",
		.request = "{'ExpressionAttributeValues':{':null':{'S':'NULL'},':state':{'M':{"
			   "'a.example.com':{'M':{'v4':{'S':'192.0.2.2'},'seq':{'N':'2'},"
			   "'pub':{'N':'1'},'time':{'N':'1700000000'}}}}}}}",
		.reply = "{'Attributes':" ONE "}"});
	ck_assert_int_eq(intend_over("192.0.2.1", 1, "192.0.2.2", &a), 0);
	assert_state(ONE_AT("2"), 2, 2, "192.0.2.9");
}
END_TEST

/* Whether the account still has the host cannot be told: nothing is to be deleted. */
START_TEST(memory_of_an_account_whose_hosts_cannot_be_read_is_kept)
{
	static const char *const broken =
		"{'user':{'S':'bob'},'pass':{'S':'x'},'host':{'L':[{'S':'b'},{'N':'1'}]}}";
	struct fake_dynamodb_answer a;
	char reply[256];

	enter_memory(ONE, 0);
	(void)snprintf(reply, sizeof(reply), "{'Item':%s}", broken);
	fake_dynamodb_expect_get("bob", reply);
	ck_assert_int_eq(fake_dynamodb_lookup("bob", &a), 0);
	account_free(a.account);
	fake_dynamodb_expect_get("bob", reply);
	ck_assert_int_eq(fake_dynamodb_confirm("c.example.com", 1, &a), ERR_CONFLICT);
	assert_state(ONE, 1, 0, "192.0.2.1");
}
END_TEST

START_TEST(table_that_moved_on_wins_over_memory)
{
	enter_memory(ONE, 0);
	assert_state(ONE_AT("5"), 5, 5, "192.0.2.9");
	assert_state(ONE, 0, 0, "");
}
END_TEST

START_TEST(repaired_policy_is_noticed_and_memory_goes_to_the_table)
{
	struct fake_dynamodb_answer a;

	enter_memory(ONE, 0);
	ck_assert_int_eq(fake_dynamodb_confirm("a.example.com", 1, &a), 0);
	fake_clock_ms += RETRY_MS - 1;
	ck_assert_int_eq(intend_over("192.0.2.1", 1, "192.0.2.2", &a), 0);
	fake_clock_ms += 1;
	/* Another seq is a conflict all the same, without a call, and so is another address. */
	ck_assert_int_eq(intend_over("192.0.2.2", 1, "192.0.2.3", &a), ERR_CONFLICT);
	ck_assert_int_eq(intend_over("192.0.2.1", 2, "192.0.2.3", &a), ERR_CONFLICT);
	/* The table has no state, whatever memory counted up to. */
	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "UpdateItem",
		.request = "{'UpdateExpression':'SET #state.#h0 = :h0',"
			   "'ExpressionAttributeValues':{':h0':{'M':{"
			   "'v4':{'S':'192.0.2.3'},'seq':{'N':'3'},'pub':{'N':'1'},"
			   "'time':{'N':'1700000000'}}}}}"});
	ck_assert_int_eq(intend_over("192.0.2.2", 2, "192.0.2.3", &a), 0);
	assert_state(ONE_AT("3"), 3, 3, "192.0.2.9");
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "UpdateItem"});
	ck_assert_int_eq(fake_dynamodb_confirm("a.example.com", 3, &a), 0);
}
END_TEST

START_TEST(memory_on_top_of_the_table_goes_back_as_a_whole)
{
	struct fake_dynamodb_answer a;

	enter_memory(ONE_AT("7"), 7);
	fake_clock_ms += RETRY_MS;
	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "UpdateItem",
		.request = "{'UpdateExpression':'SET #state.#h0 = :h0',"
			   "'ExpressionAttributeValues':{':base0':{'N':'7'},':h0':{'M':{"
			   "'seq':{'N':'9'},'v4':{'S':'192.0.2.2'},'pub':{'N':'7'},"
			   "'time':{'N':'0'}}},':had0':{'N':'7'},':was40':{'S':'192.0.2.9'}}}"});
	ck_assert_int_eq(intend_over("192.0.2.1", 8, "192.0.2.2", &a), 0);
}
END_TEST

START_TEST(policy_that_was_not_repaired_is_asked_again_later)
{
	struct fake_dynamodb_answer a;

	enter_memory(ONE, 0);
	fake_clock_ms += RETRY_MS;
	expect_denied(NULL);
	fake_dynamodb_expect_get("bob", "{'Item':" ONE "}");
	ck_assert_int_eq(intend_over("192.0.2.1", 1, "192.0.2.2", &a), 0);
	fake_clock_ms += RETRY_MS - 1;
	ck_assert_int_eq(intend_over("192.0.2.2", 2, "192.0.2.3", &a), 0);
	assert_state(ONE, 3, 0, "192.0.2.3");
}
END_TEST

START_TEST(confirm_of_what_is_in_memory_stays_there_after_the_repair)
{
	struct fake_dynamodb_answer a;

	enter_memory(ONE, 0);
	fake_clock_ms += RETRY_MS;
	ck_assert_int_eq(fake_dynamodb_confirm("a.example.com", 1, &a), 0);
	assert_state(ONE, 1, 1, "192.0.2.1");
}
END_TEST

START_TEST(memory_of_a_host_that_comes_back_is_empty)
{
	struct account *account = fake_dynamodb_account(ONE);
	struct fake_dynamodb_answer a = {0};
	int err;

	enter_memory(ONE, 0);
	fake_dynamodb_expect_get(
		"bob",
		"{'Item':{'user':{'S':'bob'},'pass':{'S':'x'},'host':{'S':'c.example.com'}}}");
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "TransactWriteItems"});
	err = store_put(fake_dynamodb_store, account, STORE_REPLACE, fake_dynamodb_on_done, &a);
	account_free(account);
	ck_assert_int_eq(fake_dynamodb_finish(err, &a), 0);
	assert_state(ONE, 0, 0, "");
}
END_TEST

START_TEST(memory_of_an_account_that_was_removed_is_empty)
{
	struct fake_dynamodb_answer a = {0};

	enter_memory(ONE, 0);
	fake_dynamodb_expect_get("bob", "{'Item':" ONE "}");
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "TransactWriteItems"});
	ck_assert_int_eq(
		fake_dynamodb_finish(
			store_remove(fake_dynamodb_store, "bob", fake_dynamodb_on_done, &a), &a),
		0);
	assert_state(ONE, 0, 0, "");
}
END_TEST

/* Somebody else removed it. */
START_TEST(memory_of_an_account_that_is_made_anew_is_empty)
{
	struct account *account = fake_dynamodb_account(ONE);
	struct fake_dynamodb_answer a = {0};
	int err;

	enter_memory(ONE, 0);
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "TransactWriteItems"});
	err = store_put(fake_dynamodb_store, account, STORE_CREATE, fake_dynamodb_on_done, &a);
	account_free(account);
	ck_assert_int_eq(fake_dynamodb_finish(err, &a), 0);
	assert_state(ONE, 0, 0, "");
}
END_TEST

static void add_memory_tests(TCase *tc)
{
	tcase_add_test(tc, denied_update_is_kept_in_memory);
	tcase_add_test(tc, memory_has_the_rules_of_the_table);
	tcase_add_test(tc, memory_of_two_hosts_is_all_or_nothing);
	tcase_add_loop_test(tc, an_update_of_two_hosts_is_made_whole_though_memory_has_one, 0,
			    N_ELEMENTS(half_rows));
	tcase_add_test(tc, memory_begins_where_the_table_stopped);
	tcase_add_test(tc, denied_confirm_is_kept_in_memory);
	tcase_add_test(tc, memory_of_an_account_that_is_gone_finds_nothing);
	tcase_add_loop_test(tc, state_of_somebody_else_is_left_alone_and_ours_kept_in_memory, 0,
			    N_ELEMENTS(foreign));
	tcase_add_test(tc, state_comes_back_to_the_table_once_it_is_ours);
	tcase_add_test(tc, memory_of_an_account_whose_hosts_cannot_be_read_is_kept);
	tcase_add_test(tc, table_that_moved_on_wins_over_memory);
	tcase_add_test(tc, repaired_policy_is_noticed_and_memory_goes_to_the_table);
	tcase_add_test(tc, memory_on_top_of_the_table_goes_back_as_a_whole);
	tcase_add_test(tc, policy_that_was_not_repaired_is_asked_again_later);
	tcase_add_test(tc, confirm_of_what_is_in_memory_stays_there_after_the_repair);
	tcase_add_test(tc, memory_of_a_host_that_comes_back_is_empty);
	tcase_add_test(tc, memory_of_an_account_that_was_removed_is_empty);
	tcase_add_test(tc, memory_of_an_account_that_is_made_anew_is_empty);
}

int main(void)
{
	Suite *suite = suite_create("dynamodb_state");
	TCase *tc = tcase_create("dynamodb_state");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, fake_dynamodb_setup, fake_dynamodb_teardown);
	add_table_tests(tc);
	add_memory_tests(tc);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
