/* SPDX-License-Identifier: BSD-2-Clause
 * store/dynamodb_shared.h: who is read, who is told, and when one write is enough. What is written
 * is in the rows of tests/unit/store/item_request.c and claim.c. */
#include "store/dynamodb_shared.h"

#include <stdio.h>
#include <string.h>

#include "kit/fake_dynamodb.h"
#include "kit/log_kit.h"
#include "kit/unit.h"

enum { MINUTE_MS = 60 * 1000 };

#define NAME "a.example.com"
#define HOST(user)                                                                                 \
	"'user':{'S':'" user "'},'pass':{'S':'x'},'host':{'SS':['" NAME "','b.example.com']}"
#define STATE(v4, seq)                                                                             \
	"'state':{'M':{'" NAME "':{'M':{'v4':{'S':'" v4 "'},'seq':{'N':'" seq                      \
	"'},'pub':{'N':'" seq "'}}}}}"
#define ITEM(user, v4, seq) "{'Item':{" HOST(user) "," STATE(v4, seq) "}}"
/* It wants 192.0.2.2, and an update asked for that at the moment: "3 2000" is of seq 3. */
#define ASKED(user, moment) ASKED_OVER(user, moment, "2")
#define ASKED_OVER(user, moment, over)                                                             \
	"{'Item':{" HOST(user) ",'state':{'M':{'" NAME                                             \
			       "':{'M':{'v4':{'S':'192.0.2.2'},'seq':{'N':'3'},'pub':{'N':'3'},"   \
			       "'over':{'N':'" over "'},'wanted':{'S':'" moment "'}}}}}}}"
#define NEW(user) "{'Item':{" HOST(user) "}}"
#define OURS	  ITEM("bob", "192.0.2.9", "5")
#define READ(what)                                                                                 \
	{                                                                                          \
		.operation = "GetItem", .reply = what                                              \
	}
#define WRITE(what)                                                                                \
	{                                                                                          \
		.operation = "TransactWriteItems", .actions = what                                 \
	}
#define PLAIN                                                                                      \
	{                                                                                          \
		.operation = "UpdateItem"                                                          \
	}
#define FAILS(what, with)                                                                          \
	{                                                                                          \
		.operation = what, .err = with                                                     \
	}

/* Owners are the words of text; "+" before the first: bob has just joined. */
static struct store_owners owners_of(const char *text)
{
	struct store_owners owners = {.n = 0};
	const char *end;

	if (*text == '+') {
		owners.has_joined = true;
		text++;
	}
	for (; *text != '\0'; text = *end == ' ' ? end + 1 : end) {
		char user[16];

		end = text + strcspn(text, " ");
		snprintf(user, sizeof(user), "%.*s", (int)(end - text), text);
		store_owners_add(&owners, user);
	}
	return owners;
}

/* Bob wants 192.0.2.1, and expects this seq; 5 is that of OURS. */
static struct store_intent intent_after(uint64_t seq)
{
	struct store_intent intent = {.name = value_name(NAME),
				      .want = value_pair("192.0.2.1", NULL)};

	intent.seq = seq + 1;
	intent.expect.seq = seq;
	if (seq > 0) {
		intent.expect.pub = seq;
		intent.expect.want = value_pair("192.0.2.9", NULL);
	}
	return intent;
}

static int intend(const char *user, uint64_t seq, const char *owners_text)
{
	struct store_intent intent = intent_after(seq);
	struct store_owners owners = owners_of(owners_text);
	struct fake_dynamodb_answer a = {0};
	int err = dynamodb_intend_claimed(fake_dynamodb_store, user, &intent, &owners, 1,
					  fake_dynamodb_on_done, &a);

	/* Both were copied. */
	memset(&intent, 0xff, sizeof(intent));
	memset(&owners, 0xff, sizeof(owners));
	return fake_dynamodb_finish(err, &a);
}

static const struct {
	const char *name, *owners;
	uint64_t seq; /* that bob expects */
	struct fake_dynamodb_step steps[5];
	int want;
} rows[] = {
	{"a host that has a state, and no other owner, is written alone", "bob", 5, {PLAIN}, 0},
	{"so is one whose claim is not known to be anybody's", "", 5, {PLAIN}, 0},
	{"a first change counts on the claim",
	 "bob",
	 0,
	 {READ(NEW("bob")), WRITE("Update bob, Update host:" NAME)},
	 0},
	{"but on none that is nobody's", "", 0, {READ(NEW("bob")), WRITE("Update bob")}, 0},
	{"who wants something else is told",
	 "bob zoe",
	 5,
	 {READ(OURS), READ(ITEM("zoe", "192.0.2.2", "3")), WRITE("Update bob, Update zoe over")},
	 0},
	{"each of several is",
	 "zoe bob eve",
	 5,
	 {READ(OURS), READ(ITEM("zoe", "192.0.2.2", "3")), READ(ITEM("eve", "192.0.2.3", "1")),
	  WRITE("Update bob, Update zoe over, Update eve over")},
	 0},
	{"who wants the same is not",
	 "bob zoe",
	 5,
	 {READ(OURS), READ(ITEM("zoe", "192.0.2.1", "3")), WRITE("Update bob")},
	 0},
	{"unless it may not have seen yet that bob is an owner",
	 "+bob zoe",
	 5,
	 {READ(OURS), READ(ITEM("zoe", "192.0.2.1", "3")), WRITE("Update bob, Update zoe over")},
	 0},
	{"or that he has a state",
	 "bob zoe",
	 0,
	 {READ(NEW("bob")), READ(ITEM("zoe", "192.0.2.1", "3")),
	  WRITE("Update bob, Update zoe over, Update host:" NAME)},
	 0},
	{"who never changed the name has nothing to be marked",
	 "bob zoe",
	 5,
	 {READ(OURS), READ(NEW("zoe")), WRITE("Update bob")},
	 0},
	{"who has lost the name is none",
	 "bob zoe",
	 5,
	 {READ(OURS),
	  READ("{'Item':{'user':{'S':'zoe'},'pass':{'S':'x'},'host':{'S':'z.example.com'}}}"),
	  WRITE("Update bob")},
	 0},
	{"nor is who is gone",
	 "bob zoe eve",
	 5,
	 {READ(OURS), READ("{}"), READ(ITEM("eve", "192.0.2.3", "1")),
	  WRITE("Update bob, Update eve over")},
	 0},
	{"another state than the expected one is not written over",
	 "bob zoe",
	 4,
	 {READ(OURS)},
	 ERR_CONFLICT},
	{"a state that is not ours is left to the plain verb",
	 "bob zoe",
	 0,
	 {READ("{'Item':{" HOST("bob") ",'state':{'S':'mine'}}}"), PLAIN},
	 0},
	{"bob is gone", "bob zoe", 5, {READ("{}")}, ERR_NOTFOUND},
	{"bob cannot be read", "bob zoe", 5, {FAILS("GetItem", ERR_THROTTLED)}, ERR_THROTTLED},
	{"zoe cannot be read",
	 "bob zoe",
	 5,
	 {READ(OURS), FAILS("GetItem", ERR_TIMEOUT)},
	 ERR_TIMEOUT},
	{"somebody was faster",
	 "bob",
	 0,
	 {READ(NEW("bob")), FAILS("TransactWriteItems", ERR_CONFLICT)},
	 ERR_CONFLICT},
	{"the table is in trouble",
	 "bob",
	 0,
	 {READ(NEW("bob")), FAILS("TransactWriteItems", ERR_THROTTLED)},
	 ERR_THROTTLED},
};

START_TEST(who_else_has_the_name_is_told_in_the_same_transaction)
{
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(rows[_i].steps) && rows[_i].steps[i].operation != NULL; i++)
		fake_dynamodb_expect(&rows[_i].steps[i]);
	err = intend("bob", rows[_i].seq, rows[_i].owners);
	ck_assert_msg(err == rows[_i].want, "%s: %s", rows[_i].name, err_str(err));
}
END_TEST

enum { ASKED_MS = 2000 };

/* What bob wants was asked for at ASKED_MS, and is intended again. */
static const struct {
	const char *name, *owners;
	uint64_t seq; /* that bob expects */
	int64_t wanted_ms;
	struct fake_dynamodb_step steps[5];
} again_rows[] = {
	{"what was asked for later stays",
	 "bob zoe",
	 5,
	 ASKED_MS,
	 {READ(OURS), READ(ASKED("zoe", "3 2001")), WRITE("Update bob over")}},
	{"also where bob's item lost its state",
	 "bob zoe",
	 0,
	 ASKED_MS,
	 {READ(NEW("bob")), READ(ASKED("zoe", "3 2001")),
	  WRITE("Update bob over, Update host:" NAME)}},
	{"what was asked for at the same moment does not",
	 "bob zoe",
	 5,
	 ASKED_MS,
	 {READ(OURS), READ(ASKED("zoe", "3 2000")), WRITE("Update bob, Update zoe over")}},
	{"nor what was asked for at a moment that is not known",
	 "bob zoe",
	 5,
	 ASKED_MS,
	 {READ(OURS), READ(ASKED("zoe", "2 2001")), WRITE("Update bob, Update zoe over")}},
	{"nor does it beside a moment of bob's that is not known",
	 "bob zoe",
	 5,
	 0,
	 {READ(OURS), READ(ASKED("zoe", "3 2001")), WRITE("Update bob, Update zoe over")}},
	{"what is over already is not later, whatever the clocks said",
	 "bob zoe",
	 5,
	 ASKED_MS,
	 {READ(OURS), READ(ASKED_OVER("zoe", "3 2001", "3")),
	  WRITE("Update bob, Update zoe over")}},
	{"of several, those that are earlier are told",
	 "bob zoe eve",
	 5,
	 ASKED_MS,
	 {READ(OURS), READ(ASKED("zoe", "3 2001")), READ(ASKED("eve", "3 1999")),
	  WRITE("Update bob over, Update eve over")}},
};

START_TEST(what_is_intended_again_does_not_go_over_what_was_asked_for_later)
{
	struct store_intent intent = intent_after(again_rows[_i].seq);
	struct store_owners owners = owners_of(again_rows[_i].owners);
	struct fake_dynamodb_answer a = {0};
	size_t i;
	int err;

	for (i = 0; again_rows[_i].steps[i].operation != NULL; i++)
		fake_dynamodb_expect(&again_rows[_i].steps[i]);
	intent.is_again = true;
	intent.wanted_ms = again_rows[_i].wanted_ms;
	err = dynamodb_intend_claimed(fake_dynamodb_store, "bob", &intent, &owners, 1,
				      fake_dynamodb_on_done, &a);
	err = fake_dynamodb_finish(err, &a);
	ck_assert_msg(err == 0, "%s: %s", again_rows[_i].name, err_str(err));
}
END_TEST

/* The clocks of two daemons may differ: whoever asks now is the last one. */
START_TEST(what_an_update_asks_for_now_goes_over_everything)
{
	struct store_intent intent = intent_after(5);
	struct store_owners owners = owners_of("bob zoe");
	struct fake_dynamodb_answer a = {0};
	int err;

	fake_dynamodb_expect(&(struct fake_dynamodb_step)READ(OURS));
	fake_dynamodb_expect(&(struct fake_dynamodb_step)READ(ASKED("zoe", "3 2001")));
	fake_dynamodb_expect(&(struct fake_dynamodb_step)WRITE("Update bob, Update zoe over"));
	intent.wanted_ms = ASKED_MS;
	err = dynamodb_intend_claimed(fake_dynamodb_store, "bob", &intent, &owners, 1,
				      fake_dynamodb_on_done, &a);
	ck_assert_int_eq(fake_dynamodb_finish(err, &a), 0);
}
END_TEST

START_TEST(owners_are_read_by_their_logins)
{
	fake_dynamodb_expect_get("bob", OURS);
	fake_dynamodb_expect_get("zoe", "{}");
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "TransactWriteItems"});
	ck_assert_int_eq(intend("bob", 5, "zoe bob"), 0);
}
END_TEST

START_TEST(a_denied_transaction_is_not_tried_again_for_five_minutes)
{
	static const struct fake_dynamodb_step plain = PLAIN;

	fake_dynamodb_expect_get("bob", NEW("bob"));
	fake_dynamodb_expect_error("TransactWriteItems", ERR_DENIED);
	fake_dynamodb_expect(&plain);
	ck_assert_int_eq(intend("bob", 0, "bob"), 0);
	fake_clock_ms += 5 * MINUTE_MS - 1;
	fake_dynamodb_expect(&plain);
	ck_assert_int_eq(intend("bob", 0, "bob"), 0);
	fake_clock_ms++;
	fake_dynamodb_expect_get("bob", NEW("bob"));
	fake_dynamodb_expect(&(struct fake_dynamodb_step)WRITE("Update bob, Update host:" NAME));
	ck_assert_int_eq(intend("bob", 0, "bob"), 0);
}
END_TEST

/* An intent whose transaction is denied; true: the log says so. */
static bool denial_is_logged(void)
{
	static const struct fake_dynamodb_step plain = PLAIN;
	const char *log;

	fake_clock_ms += 5 * MINUTE_MS;
	fake_dynamodb_expect_get("bob", NEW("bob"));
	fake_dynamodb_expect_error("TransactWriteItems", ERR_DENIED);
	fake_dynamodb_expect(&plain);
	capture();
	ck_assert_int_eq(intend("bob", 0, "bob"), 0);
	log = captured();
	return strstr(log, "accounts with one name are not told of each other's changes") != NULL;
}

START_TEST(that_nobody_is_told_is_logged_once_until_it_works_again)
{
	ck_assert(denial_is_logged());
	ck_assert(!denial_is_logged());
	fake_clock_ms += 5 * MINUTE_MS;
	fake_dynamodb_expect_get("bob", NEW("bob"));
	fake_dynamodb_expect(&(struct fake_dynamodb_step)WRITE("Update bob, Update host:" NAME));
	ck_assert_int_eq(intend("bob", 0, "bob"), 0);
	ck_assert(denial_is_logged());
}
END_TEST

START_TEST(a_service_without_transactions_is_asked_once)
{
	static const struct fake_dynamodb_step plain = PLAIN;

	fake_dynamodb_expect_get("bob", NEW("bob"));
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "TransactWriteItems",
							  .err = ERR_REFUSED,
							  .code = "UnknownOperationException"});
	fake_dynamodb_expect(&plain);
	ck_assert_int_eq(intend("bob", 0, "bob"), 0);
	fake_dynamodb_expect(&plain);
	ck_assert_int_eq(intend("bob", 0, "bob"), 0);
}
END_TEST

START_TEST(a_login_that_no_account_can_have_is_not_asked_for)
{
	ck_assert_int_eq(intend("a:b", 0, "bob"), ERR_NOTFOUND);
}
END_TEST

/* More others than one transaction holds. */
START_TEST(who_has_too_many_beside_it_is_written_alone)
{
	enum { N = 6 };
	struct store_intent intents[N];
	struct store_owners owners[N];
	struct fake_dynamodb_answer a = {0};
	char user[16];
	size_t i, k;
	int err;

	memset(owners, 0, sizeof(owners));
	for (i = 0; i < N; i++) {
		intents[i] = intent_after(5);
		for (k = 0; k < STORE_OWNERS_MAX; k++) {
			snprintf(user, sizeof(user), "u%zu-%zu", i, k);
			store_owners_add(&owners[i], user);
		}
	}
	fake_dynamodb_expect(&(struct fake_dynamodb_step)PLAIN);
	err = dynamodb_intend_claimed(fake_dynamodb_store, "bob", intents, owners, N,
				      fake_dynamodb_on_done, &a);
	ck_assert_int_eq(fake_dynamodb_finish(err, &a), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dynamodb_shared");
	TCase *tc = tcase_create("store_dynamodb_shared");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, fake_dynamodb_setup, fake_dynamodb_teardown);
	tcase_add_loop_test(tc, who_else_has_the_name_is_told_in_the_same_transaction, 0,
			    N_ELEMENTS(rows));
	tcase_add_loop_test(tc, what_is_intended_again_does_not_go_over_what_was_asked_for_later, 0,
			    N_ELEMENTS(again_rows));
	tcase_add_test(tc, what_an_update_asks_for_now_goes_over_everything);
	tcase_add_test(tc, owners_are_read_by_their_logins);
	tcase_add_test(tc, a_denied_transaction_is_not_tried_again_for_five_minutes);
	tcase_add_test(tc, that_nobody_is_told_is_logged_once_until_it_works_again);
	tcase_add_test(tc, a_service_without_transactions_is_asked_once);
	tcase_add_test(tc, a_login_that_no_account_can_have_is_not_asked_for);
	tcase_add_test(tc, who_has_too_many_beside_it_is_written_alone);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
