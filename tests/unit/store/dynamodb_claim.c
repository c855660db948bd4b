/* SPDX-License-Identifier: BSD-2-Clause
 * store/dynamodb_claim.h: one read and one conditional write, again when somebody was faster. */
#include "store/dynamodb_claim.h"

#include <stdio.h>
#include <string.h>

#include "kit/fake_dynamodb.h"
#include "kit/unit.h"

/* dynamodb_claim.c reads a claim again so often. */
enum { READS_AGAIN = 8 };

#define NAME	   "a.example.com"
#define KEY	   "'TableName':'t-1','Key':{'user':{'S':'host:" NAME "'}}"
#define CLAIM(set) "{'Item':{'user':{'S':'host:" NAME "'},'owners':{'SS':[" set "]}}}"
#define READ(item)                                                                                 \
	{                                                                                          \
		.operation = "GetItem", .request = "{" KEY ",'ConsistentRead':true}",              \
		.reply = item                                                                      \
	}
#define FIRST(set)                                                                                 \
	"{" KEY ",'ConditionExpression':'attribute_not_exists(#owners)','UpdateExpression':"       \
	"'SET #owners = :owners','ExpressionAttributeValues':{':owners':{'SS':[" set "]}}}"
#define CHANGE(from, to)                                                                           \
	"{" KEY ",'ConditionExpression':'#owners = :stored','UpdateExpression':"                   \
	"'SET #owners = :owners','ExpressionAttributeValues':{':stored':{'SS':[" from              \
	"]},':owners':{'SS':[" to "]}}}"
#define END(from)                                                                                  \
	"{" KEY ",'ConditionExpression':'#owners = :stored','ExpressionAttributeValues':{"         \
	"':stored':{'SS':[" from "]}}}"
#define UPDATE(what)                                                                               \
	{                                                                                          \
		.operation = "UpdateItem", .request = what                                         \
	}
#define DELETE(what)                                                                               \
	{                                                                                          \
		.operation = "DeleteItem", .request = what                                         \
	}
#define FAILS(what, with)                                                                          \
	{                                                                                          \
		.operation = what, .err = with                                                     \
	}

/* What a verb answered; the first member is for the fake. */
struct answer {
	struct fake_dynamodb_answer a;
	struct store_owners owners;
	bool is_complete;
};

static void on_owners(void *arg, int err, const struct store_owners *owners,
		      const struct errinfo *why)
{
	struct answer *a = arg;

	ck_assert_int_eq(owners != NULL, err == 0);
	if (owners != NULL)
		a->owners = *owners;
	fake_dynamodb_on_done(&a->a, err, why);
}

static void on_complete(void *arg, int err, bool is_complete, const struct errinfo *why)
{
	struct answer *a = arg;

	a->is_complete = is_complete;
	fake_dynamodb_on_done(&a->a, err, why);
}

/* 'o': who owns it; 'c': zoe claims it; 'u': and gives it up. */
static int run_verb(char verb, struct answer *a)
{
	struct store *s = fake_dynamodb_store;
	struct fqdn name = value_name(NAME);
	int err;

	*a = (struct answer){.is_complete = false};
	if (verb == 'o')
		err = dynamodb_owners(s, &name, on_owners, a);
	else if (verb == 'c')
		err = dynamodb_claim(s, &name, "zoe", on_owners, a);
	else
		err = dynamodb_unclaim(s, &name, "zoe", fake_dynamodb_on_done, &a->a);
	return fake_dynamodb_finish(err, &a->a);
}

static const struct {
	const char *name;
	char verb;
	struct fake_dynamodb_step steps[4];
	int want;
	const char *owners; /* each with a blank behind */
	bool has_joined;
} rows[] = {
	{"nobody owns it", 'o', {READ("{}")}, 0, "", false},
	{"two own it", 'o', {READ(CLAIM("'bob','zoe'"))}, 0, "bob zoe ", false},
	{"a claim that a hand wrote is none",
	 'o',
	 {READ("{'Item':{'owners':{'S':'bob'}}}")},
	 0,
	 "",
	 false},
	{"owners cannot be read", 'o', {FAILS("GetItem", ERR_DENIED)}, ERR_DENIED, "", false},
	{"the first one", 'c', {READ("{}"), UPDATE(FIRST("'zoe'"))}, 0, "zoe ", true},
	{"beside another one",
	 'c',
	 {READ(CLAIM("'bob'")), UPDATE(CHANGE("'bob'", "'bob','zoe'"))},
	 0,
	 "bob zoe ",
	 true},
	{"it has it already", 'c', {READ(CLAIM("'bob','zoe'"))}, 0, "bob zoe ", false},
	{"a hand wrote the claim: it is written as ours",
	 'c',
	 {READ("{'Item':{'owners':{'S':'zoe'}}}"),
	  UPDATE("{" KEY ",'ConditionExpression':'#owners = :stored','ExpressionAttributeValues':{"
		 "':stored':{'S':'zoe'},':owners':{'SS':['zoe']}}}")},
	 0,
	 "zoe ",
	 true},
	{"somebody was faster",
	 'c',
	 {READ("{}"), FAILS("UpdateItem", ERR_CONFLICT), READ(CLAIM("'bob'")),
	  UPDATE(CHANGE("'bob'", "'bob','zoe'"))},
	 0,
	 "bob zoe ",
	 true},
	{"it cannot be read", 'c', {FAILS("GetItem", ERR_TIMEOUT)}, ERR_TIMEOUT, "", false},
	{"it cannot be written",
	 'c',
	 {READ("{}"), FAILS("UpdateItem", ERR_DENIED)},
	 ERR_DENIED,
	 "",
	 false},
	{"there is nothing to give up", 'u', {READ("{}")}, 0, "", false},
	{"it is another's", 'u', {READ(CLAIM("'bob'"))}, 0, "", false},
	{"the last one goes", 'u', {READ(CLAIM("'zoe'")), DELETE(END("'zoe'"))}, 0, "", false},
	{"one of two goes",
	 'u',
	 {READ(CLAIM("'bob','zoe'")), UPDATE(CHANGE("'bob','zoe'", "'bob'"))},
	 0,
	 "",
	 false},
	{"what names nobody goes",
	 'u',
	 {READ("{'Item':{'user':{'S':'host:" NAME "'}}}"),
	  DELETE("{" KEY ",'ConditionExpression':'attribute_not_exists(#owners)'}")},
	 0,
	 "",
	 false},
	{"somebody came meanwhile",
	 'u',
	 {READ(CLAIM("'zoe'")), FAILS("DeleteItem", ERR_CONFLICT), READ(CLAIM("'bob','zoe'")),
	  UPDATE(CHANGE("'bob','zoe'", "'bob'"))},
	 0,
	 "",
	 false},
	{"it cannot be deleted",
	 'u',
	 {READ(CLAIM("'zoe'")), FAILS("DeleteItem", ERR_DENIED)},
	 ERR_DENIED,
	 "",
	 false},
};

static const char *text_of(const struct store_owners *owners)
{
	static char text[STORE_OWNERS_MAX * 8];
	size_t i, len = 0;

	text[0] = '\0';
	for (i = 0; i < owners->n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s ", owners->users[i]);
	return text;
}

START_TEST(a_claim_is_read_and_written_if_it_still_is_that)
{
	struct answer a;
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(rows[_i].steps) && rows[_i].steps[i].operation != NULL; i++)
		fake_dynamodb_expect(&rows[_i].steps[i]);
	err = run_verb(rows[_i].verb, &a);
	ck_assert_msg(err == rows[_i].want, "%s: %s", rows[_i].name, err_str(err));
	ck_assert_msg(strcmp(text_of(&a.owners), rows[_i].owners) == 0, "%s: %s", rows[_i].name,
		      text_of(&a.owners));
	ck_assert_msg(a.owners.has_joined == rows[_i].has_joined, "%s", rows[_i].name);
}
END_TEST

START_TEST(who_is_never_fast_enough_gives_up)
{
	static const struct fake_dynamodb_step read = READ(CLAIM("'bob'"));
	static const struct fake_dynamodb_step fails = FAILS("UpdateItem", ERR_CONFLICT);
	struct answer a;
	unsigned n;

	for (n = 0; n < 1 + READS_AGAIN; n++) {
		fake_dynamodb_expect(&read);
		fake_dynamodb_expect(&fails);
	}
	ck_assert_int_eq(run_verb('c', &a), ERR_CONFLICT);
}
END_TEST

/* The claim of u00 to u15. */
static struct fake_dynamodb_step full_claim(char set[], size_t size, char reply[],
					    size_t reply_size)
{
	unsigned i;
	size_t len = 0;

	for (i = 0; i < STORE_OWNERS_MAX; i++)
		len += (size_t)snprintf(set + len, size - len, "%s'u%02u'", i > 0 ? "," : "", i);
	snprintf(reply, reply_size, CLAIM("%s"), set);
	return (struct fake_dynamodb_step)READ(reply);
}

#define OWNER(host) "{'Item':{'user':{'S':'x'},'pass':{'S':'p'},'host':" host "}}"

/* One that is gone, has lost the name, or is no account makes room; one that may have it does not.
 */
START_TEST(in_a_full_claim_those_who_lost_the_name_make_room)
{
	static const struct {
		const char *owner; /* what is there of the second one */
		bool makes_room;
	} cases[] = {
		{OWNER("{'S':'" NAME "'}"), false},
		{OWNER("{'S':'b.example.com'}"), true},
		{OWNER("{'N':'1'}"), false},
		{"{}", true},
	};
	char set[256], reply[512], to[256], request[1024];
	struct fake_dynamodb_step read = full_claim(set, sizeof(set), reply, sizeof(reply));
	struct fake_dynamodb_step update = UPDATE(request);
	struct answer a;
	unsigned i;

	fake_dynamodb_expect(&read);
	for (i = 0; i < STORE_OWNERS_MAX; i++) {
		struct fake_dynamodb_step owner = {.operation = "GetItem"};

		owner.reply = i == 1 ? cases[_i].owner : OWNER("{'S':'" NAME "'}");
		fake_dynamodb_expect(&owner);
	}
	if (!cases[_i].makes_room) {
		ck_assert_int_eq(run_verb('c', &a), ERR_LIMIT);
		ck_assert_str_eq(a.a.why, NAME " has 16 owners already");
		return;
	}
	/* A set has no order: the last one has taken the place of the one that went. */
	snprintf(to, sizeof(to), "'u00','u15',%.*s,'zoe'", (int)strlen("'u02',") * 13 - 1,
		 strstr(set, "'u02'"));
	snprintf(request, sizeof(request), CHANGE("%s", "%s"), set, to);
	fake_dynamodb_expect(&update);
	ck_assert_int_eq(run_verb('c', &a), 0);
	ck_assert_uint_eq(a.owners.n, STORE_OWNERS_MAX);
	ck_assert(store_owners_have(&a.owners, "zoe") && !store_owners_have(&a.owners, "u01"));
	ck_assert(a.owners.has_joined);
}
END_TEST

START_TEST(an_owner_that_cannot_be_read_ends_it)
{
	static const struct fake_dynamodb_step fails = FAILS("GetItem", ERR_DENIED);
	char set[256], reply[512];
	struct fake_dynamodb_step read = full_claim(set, sizeof(set), reply, sizeof(reply));
	struct answer a;

	fake_dynamodb_expect(&read);
	fake_dynamodb_expect(&fails);
	ck_assert_int_eq(run_verb('c', &a), ERR_DENIED);
}
END_TEST

START_TEST(claims_are_complete_when_the_item_says_so)
{
	static const struct {
		struct fake_dynamodb_step step;
		int want;
		bool is_complete;
	} cases[] = {
		{{.operation = "GetItem",
		  .request = "{'TableName':'t-1','Key':{'user':{'S':'claims:complete'}}}",
		  .reply = "{'Item':{'user':{'S':'claims:complete'}}}"},
		 0,
		 true},
		{{.operation = "GetItem"}, 0, false},
		{FAILS("GetItem", ERR_DENIED), ERR_DENIED, false},
	};
	struct answer a = {.is_complete = false};
	int err;

	fake_dynamodb_expect(&cases[_i].step);
	err = dynamodb_claims_complete(fake_dynamodb_store, on_complete, &a);
	ck_assert_int_eq(fake_dynamodb_finish(err, &a.a), cases[_i].want);
	ck_assert(a.is_complete == cases[_i].is_complete);
}
END_TEST

START_TEST(only_with_transactions_claims_become_complete)
{
	static const struct {
		struct fake_dynamodb_step step;
		int want;
		const char *why; /* NULL: the service's */
	} cases[] = {
		{{.operation = "TransactWriteItems",
		  .request = "{'TransactItems':[{'Put':{'TableName':'t-1','Item':"
			     "{'user':{'S':'claims:complete'}}}}]}"},
		 0,
		 NULL},
		{FAILS("TransactWriteItems", ERR_DENIED), ERR_DENIED, NULL},
		{{.operation = "TransactWriteItems",
		  .err = ERR_INVAL,
		  .code = "UnknownOperationException"},
		 ERR_REFUSED,
		 "table t-1: without transactions claims cannot be kept right"},
	};
	struct fake_dynamodb_answer a = {0};
	int err;

	fake_dynamodb_expect(&cases[_i].step);
	err = dynamodb_set_claims_complete(fake_dynamodb_store, fake_dynamodb_on_done, &a);
	ck_assert_int_eq(fake_dynamodb_finish(err, &a), cases[_i].want);
	if (cases[_i].why != NULL)
		ck_assert_str_eq(a.why, cases[_i].why);
}
END_TEST

START_TEST(a_call_that_cannot_begin_is_told_at_once)
{
	struct answer a;
	size_t i;

	for (i = 0; i < 3; i++) {
		fake_dynamodb_refuse_call(ERR_NOMEM);
		ck_assert_int_eq(run_verb("ocu"[i], &a), ERR_NOMEM);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dynamodb_claim");
	TCase *tc = tcase_create("store_dynamodb_claim");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, fake_dynamodb_setup, fake_dynamodb_teardown);
	tcase_add_loop_test(tc, a_claim_is_read_and_written_if_it_still_is_that, 0,
			    N_ELEMENTS(rows));
	tcase_add_test(tc, who_is_never_fast_enough_gives_up);
	tcase_add_loop_test(tc, in_a_full_claim_those_who_lost_the_name_make_room, 0, 4);
	tcase_add_test(tc, an_owner_that_cannot_be_read_ends_it);
	tcase_add_loop_test(tc, claims_are_complete_when_the_item_says_so, 0, 3);
	tcase_add_loop_test(tc, only_with_transactions_claims_become_complete, 0, 3);
	tcase_add_test(tc, a_call_that_cannot_begin_is_told_at_once);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
