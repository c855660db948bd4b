/* SPDX-License-Identifier: BSD-2-Clause
 * store/dynamodb.h: accounts. Which calls each verb makes, and what it makes of their answers. */
#include "store/dynamodb.h"

#include <stdio.h>
#include <string.h>

#include "kit/fake_dynamodb.h"
#include "kit/unit.h"

#define BOB                                                                                        \
	"'user':{'S':'bob'},'pass':{'S':'test9994'},'host':{'SS':['a.example.com','b.example.com'" \
	"]}"
#define STATE_A(v4, seq)                                                                           \
	"'state':{'M':{'a.example.com':{'M':{'v4':{'S':'" v4 "'},'seq':{'N':'" seq "'}}}}}"

/* --- lookup --- */

START_TEST(lookup_reads_the_item)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect_get("bob", "{'Item':{" BOB "," STATE_A("192.0.2.1", "3") "}}");
	ck_assert_int_eq(fake_dynamodb_lookup("bob", &a), 0);
	ck_assert_str_eq(a.account->secret, "test9994");
	ck_assert_uint_eq(a.account->hosts[0].state.seq, 3);
	account_free(a.account);
}
END_TEST

START_TEST(lookup_of_an_unknown_login_names_it)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect_get("bob", "{}");
	ck_assert_int_eq(fake_dynamodb_lookup("bob", &a), ERR_NOTFOUND);
	ck_assert_str_eq(a.why, "table t-1 has no user \"bob\"");
}
END_TEST

START_TEST(lookup_of_a_malformed_item_finds_an_account_that_says_so)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect_get("bob", "{'Item':{'user':{'S':'bob'},'host':{'S':'a'}}}");
	ck_assert_int_eq(fake_dynamodb_lookup("bob", &a), 0);
	ck_assert_uint_eq(a.account->flaws, ACCOUNT_FLAW_SECRET);
	ck_assert_str_eq(a.account->flaw_text,
			 "the item of user \"bob\" is malformed: pass: it is missing");
	account_free(a.account);
}
END_TEST

static int credential(struct fake_dynamodb_answer *a)
{
	*a = (struct fake_dynamodb_answer){0};
	return fake_dynamodb_finish(
		store_credential(fake_dynamodb_store, "bob", fake_dynamodb_on_lookup, a), a);
}

/* The item comes whole, but whether it has one host or hundreds is not looked at yet. */
START_TEST(credential_is_read_before_the_rest_of_the_item)
{
	static const struct {
		const char *item;
		unsigned flaws, flaws_of_rest;
		bool disabled;
		size_t n_hosts;
	} rows[] = {
		{BOB "," STATE_A("192.0.2.1", "3"), 0, 0, false, 2},
		{"'user':{'S':'bob'},'pass':{'S':'test9994'},'disabled':{'BOOL':true}", 0,
		 ACCOUNT_FLAW_HOSTS, true, 0},
		{"'user':{'S':'bob'},'host':{'S':'a'},'ttl':{'S':'x'}", ACCOUNT_FLAW_SECRET,
		 ACCOUNT_FLAW_TTL, false, 1},
	};
	struct fake_dynamodb_answer a;
	char reply[512];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		snprintf(reply, sizeof(reply), "{'Item':{%s}}", rows[i].item);
		fake_dynamodb_expect_get("bob", reply);
		ck_assert_int_eq(credential(&a), 0);
		ck_assert(a.account->is_partial);
		ck_assert_uint_eq(a.account->n_hosts, 0);
		ck_assert_msg(a.account->flaws == rows[i].flaws, "row %zu", i);
		ck_assert(a.account->disabled == rows[i].disabled);
		ck_assert_int_eq(store_read_rest(fake_dynamodb_store, a.account), 0);
		ck_assert(!a.account->is_partial);
		ck_assert_msg(a.account->flaws == (rows[i].flaws | rows[i].flaws_of_rest),
			      "row %zu", i);
		ck_assert_uint_eq(a.account->n_hosts, rows[i].n_hosts);
		account_free(a.account);
	}
	/* The rest is freed with the account. */
	fake_dynamodb_expect_get("bob", "{'Item':{" BOB "}}");
	ck_assert_int_eq(credential(&a), 0);
	account_free(a.account);
}
END_TEST

START_TEST(credential_of_an_unknown_login_is_none)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect_get("bob", "{}");
	ck_assert_int_eq(credential(&a), ERR_NOTFOUND);
	ck_assert_ptr_null(a.account);
	ck_assert_str_eq(a.why, "table t-1 has no user \"bob\"");
	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = "GetItem", .err = ERR_TIMEOUT});
	ck_assert_int_eq(credential(&a), ERR_TIMEOUT);
	/* Its key is no login. */
	fake_dynamodb_expect_get("bob", "{'Item':{'user':{'N':'1'},'pass':{'S':'x'}}}");
	ck_assert_int_eq(credential(&a), ERR_PROTOCOL);
}
END_TEST

START_TEST(login_that_cannot_be_a_key_is_unknown_without_a_call)
{
	static const char *const logins[] = {"", "a:b", "\xff\xfe", "a\nb"};
	char login[ACCOUNT_USER_MAX + 2];
	struct fake_dynamodb_answer a;
	size_t i;

	for (i = 0; i < N_ELEMENTS(logins); i++)
		ck_assert_int_eq(fake_dynamodb_lookup(logins[i], &a), ERR_NOTFOUND);
	memset(login, 'x', sizeof(login) - 1);
	login[sizeof(login) - 1] = '\0';
	ck_assert_int_eq(fake_dynamodb_lookup(login, &a), ERR_NOTFOUND);
	a = (struct fake_dynamodb_answer){0};
	ck_assert_int_eq(
		fake_dynamodb_finish(
			store_remove(fake_dynamodb_store, "", fake_dynamodb_on_done, &a), &a),
		ERR_NOTFOUND);
}
END_TEST

/* Nobody is told "badauth" because a table is missing or a request of ours is wrong. */
static const struct {
	int aws, want;
} code_rows[] = {
	{ERR_NOTFOUND, ERR_UNAVAILABLE},
	{ERR_REFUSED, ERR_UNAVAILABLE},
	{ERR_PROTOCOL, ERR_UNAVAILABLE},
	{ERR_LIMIT, ERR_UNAVAILABLE},
	{ERR_UNAVAILABLE, ERR_UNAVAILABLE},
	{ERR_TIMEOUT, ERR_TIMEOUT},
	{ERR_THROTTLED, ERR_THROTTLED},
	{ERR_DENIED, ERR_DENIED},
	{ERR_NOMEM, ERR_NOMEM},
	{ERR_CANCELED, ERR_CANCELED},
};

START_TEST(trouble_of_the_service_is_never_about_the_account)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = "GetItem", .err = code_rows[_i].aws});
	ck_assert_int_eq(fake_dynamodb_lookup("bob", &a), code_rows[_i].want);
	ck_assert_str_eq(a.why, "table t-1: DynamoDB said so");
}
END_TEST

START_TEST(call_that_cannot_be_made_is_told_at_once)
{
	struct fake_dynamodb_answer a;

	fake_dynamodb_refuse_call(ERR_LIMIT);
	ck_assert_int_eq(fake_dynamodb_lookup("bob", &a), ERR_LIMIT);
	fake_dynamodb_refuse_call(ERR_NOMEM);
	ck_assert_int_eq(fake_dynamodb_intend("a.example.com", 0, "192.0.2.1", &a), ERR_NOMEM);
	fake_dynamodb_refuse_call(ERR_NOMEM);
	ck_assert_int_eq(fake_dynamodb_confirm("a.example.com", 1, &a), ERR_NOMEM);
}
END_TEST

/* --- list --- */

#define ITEM(user) "{'user':{'S':'" user "'},'pass':{'S':'x'},'host':{'S':'" user ".example.com'}}"

/* --- close --- */

START_TEST(close_cancels_what_is_under_way)
{
	struct fake_dynamodb_answer a = {0}, b = {0}, c = {0};
	struct fake_dynamodb_listing l = {.n = 0};

	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "GetItem", .reply = "{}"});
	fake_dynamodb_expect(&(struct fake_dynamodb_step){.operation = "GetItem", .reply = "{}"});
	fake_dynamodb_expect(
		&(struct fake_dynamodb_step){.operation = "Scan", .reply = "{'Items':[]}"});
	ck_assert_int_eq(store_lookup(fake_dynamodb_store, "bob", fake_dynamodb_on_lookup, &a), 0);
	ck_assert_int_eq(store_remove(fake_dynamodb_store, "bob", fake_dynamodb_on_done, &b), 0);
	ck_assert_int_eq(
		store_list(fake_dynamodb_store, fake_dynamodb_on_each, fake_dynamodb_on_listed, &l),
		0);
	ck_assert_int_eq(store_lookup(fake_dynamodb_store, "", fake_dynamodb_on_lookup, &c), 0);
	store_close(fake_dynamodb_store);
	fake_dynamodb_store = NULL;
	fake_dynamodb_run();
	ck_assert_uint_eq(a.n_calls + b.n_calls + c.n_calls + l.answer.n_calls, 4);
	ck_assert_int_eq(a.err, ERR_CANCELED);
	ck_assert_int_eq(b.err, ERR_CANCELED);
	ck_assert_int_eq(c.err, ERR_CANCELED);
	ck_assert_int_eq(l.answer.err, ERR_CANCELED);
}
END_TEST

START_TEST(each_may_close_the_store)
{
	struct fake_dynamodb_listing l = {.close_at = 2};

	fake_dynamodb_expect(&(struct fake_dynamodb_step){
		.operation = "Scan",
		.reply = "{'Items':[" ITEM("u1") "," ITEM("u2") "," ITEM(
			"u3") "],'LastEvaluatedKey':{'user':{'S':'u3'}}}"});
	ck_assert_int_eq(fake_dynamodb_list(&l), ERR_CANCELED);
	ck_assert_uint_eq(l.n, 2);
}
END_TEST

static void on_done_close(void *arg, int err, struct account *account, const struct errinfo *why)
{
	fake_dynamodb_on_lookup(arg, err, account, why);
	store_close(fake_dynamodb_store);
	fake_dynamodb_store = NULL;
}

START_TEST(done_may_close_the_store)
{
	struct fake_dynamodb_answer first = {0}, second = {0};

	ck_assert_int_eq(store_lookup(fake_dynamodb_store, "", on_done_close, &first), 0);
	ck_assert_int_eq(store_lookup(fake_dynamodb_store, "", fake_dynamodb_on_lookup, &second),
			 0);
	fake_dynamodb_run();
	ck_assert_uint_eq(first.n_calls, 1);
	ck_assert_int_eq(first.err, ERR_NOTFOUND);
	ck_assert_uint_eq(second.n_calls, 1);
	ck_assert_int_eq(second.err, ERR_CANCELED);
}
END_TEST

START_TEST(table_name_outside_the_grammar_is_refused)
{
	static const char *const names[] = {"", "ab", "a b c", "t/1", "t\xc3\xa4t"};
	char name[257];
	struct errinfo ei = ERRINFO_INIT;
	struct store *s;
	size_t i;

	for (i = 0; i < N_ELEMENTS(names); i++)
		ck_assert_int_eq(store_dynamodb_open(NULL, NULL, names[i], NULL, &s, &ei),
				 ERR_INVAL);
	ck_assert_str_eq(ei.text, "\"\" is no table name: 3 to 255 of letters, digits, _ . -");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ck_assert_int_eq(store_dynamodb_open(NULL, NULL, name, NULL, &s, NULL), ERR_INVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dynamodb");
	TCase *tc = tcase_create("store_dynamodb");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, fake_dynamodb_setup, fake_dynamodb_teardown);
	tcase_add_test(tc, lookup_reads_the_item);
	tcase_add_test(tc, lookup_of_an_unknown_login_names_it);
	tcase_add_test(tc, lookup_of_a_malformed_item_finds_an_account_that_says_so);
	tcase_add_test(tc, credential_is_read_before_the_rest_of_the_item);
	tcase_add_test(tc, credential_of_an_unknown_login_is_none);
	tcase_add_test(tc, login_that_cannot_be_a_key_is_unknown_without_a_call);
	tcase_add_loop_test(tc, trouble_of_the_service_is_never_about_the_account, 0,
			    N_ELEMENTS(code_rows));
	tcase_add_test(tc, call_that_cannot_be_made_is_told_at_once);
	tcase_add_test(tc, close_cancels_what_is_under_way);
	tcase_add_test(tc, each_may_close_the_store);
	tcase_add_test(tc, done_may_close_the_store);
	tcase_add_test(tc, table_name_outside_the_grammar_is_refused);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
