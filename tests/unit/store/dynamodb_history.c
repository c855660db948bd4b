/* SPDX-License-Identifier: BSD-2-Clause
 * store/dynamodb_history.h: one write for a host and month, and months that are read backwards. */
#include "store/dynamodb_history.h"

#include <string.h>

#include "base/err.h"
#include "kit/fake_dynamodb.h"
#include "kit/unit.h"
#include "store/history.h"

enum { JANUARY_S = 1767225600, DAY_S = 86400 }; /* 2026-01-01 */

struct told {
	struct fake_dynamodb_answer answer;
	size_t n;
	int64_t times_s[8];
};

static void on_history(void *arg, int err, const struct history_entry *entries, size_t n,
		       const struct errinfo *why)
{
	struct told *told = arg;
	size_t i;

	told->n = n;
	for (i = 0; i < n && i < N_ELEMENTS(told->times_s); i++)
		told->times_s[i] = entries[i].time_s;
	fake_dynamodb_on_done(&told->answer, err, why);
}

static int add(struct fake_dynamodb_answer *a)
{
	const struct history_entry e = {
		.time_s = JANUARY_S,
		.host = value_name("a.example.com"),
		.user = "bob",
		.new = value_pair("192.0.2.1", NULL),
	};

	*a = (struct fake_dynamodb_answer){0};
	return fake_dynamodb_finish(
		store_add_history(fake_dynamodb_store, &e, 1, DAY_S, fake_dynamodb_on_done, a), a);
}

/* From the middle of January to the middle of March. */
static int read_host(size_t max, struct told *told)
{
	const struct fqdn host = value_name("a.example.com");

	*told = (struct told){.n = 99};
	return fake_dynamodb_finish(
		store_read_history(fake_dynamodb_store, &host, JANUARY_S + 14 * DAY_S,
				   JANUARY_S + 73 * DAY_S, max, on_history, told),
		&told->answer);
}

START_TEST(an_entry_is_one_write)
{
	struct fake_dynamodb_answer a;

	ck_assert(store_has_history(fake_dynamodb_store));
	ck_assert(!store_has_pruning(fake_dynamodb_store));
	fake_dynamodb_expect_reply("UpdateItem",
				   "{'TableName':'t-1',"
				   "'Key':{'user':{'S':'history:a.example.com:202601'}}}",
				   "{}");
	ck_assert_int_eq(add(&a), 0);
}
END_TEST

START_TEST(trouble_is_told_apart)
{
	static const struct {
		int err, want;
	} rows[] = {
		{ERR_CONFLICT, ERR_LIMIT},  {ERR_REFUSED, ERR_REFUSED},
		{ERR_DENIED, ERR_DENIED},   {ERR_THROTTLED, ERR_THROTTLED},
		{ERR_TIMEOUT, ERR_TIMEOUT}, {ERR_UNAVAILABLE, ERR_UNAVAILABLE},
	};
	struct fake_dynamodb_answer a;
	struct told told;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		fake_dynamodb_expect_error("UpdateItem", rows[i].err);
		ck_assert_msg(add(&a) == rows[i].want, "row %zu: %d", i, a.err);
		ck_assert_str_eq(a.why, rows[i].want == ERR_LIMIT
						? "table t-1 takes no more history of the host "
						  "this month"
						: "table t-1: DynamoDB said so");
	}
	fake_dynamodb_refuse_call(ERR_NOMEM);
	ck_assert_int_eq(add(&a), ERR_NOMEM);
	fake_dynamodb_expect_error("GetItem", ERR_DENIED);
	ck_assert_int_eq(read_host(5, &told), ERR_DENIED);
	ck_assert_uint_eq(told.n, 0);
	fake_dynamodb_refuse_call(ERR_NOMEM);
	ck_assert_int_eq(read_host(5, &told), ERR_NOMEM);
}
END_TEST

#define MARCH                                                                                      \
	"{'Item':{'entries':{'L':[{'M':{'time':{'N':'1772400000'}}},"                              \
	"{'M':{'time':{'N':'1772500000'}}}]}}}"
#define JANUARY                                                                                    \
	"{'Item':{'entries':{'L':[{'M':{'time':{'N':'1767225600'}}},"                              \
	"{'M':{'time':{'N':'1769000000'}}}]}}}"

START_TEST(months_are_read_back_to_the_first_day)
{
	struct told told;

	fake_dynamodb_expect_get("history:a.example.com:202603", MARCH);
	fake_dynamodb_expect_get("history:a.example.com:202602", "{}");
	fake_dynamodb_expect_get("history:a.example.com:202601", JANUARY);
	ck_assert_int_eq(read_host(5, &told), 0);
	/* The first one of January is too old. */
	ck_assert_uint_eq(told.n, 3);
	ck_assert_int_eq(told.times_s[0], 1769000000);
	ck_assert_int_eq(told.times_s[1], 1772400000);
	ck_assert_int_eq(told.times_s[2], 1772500000);
}
END_TEST

/* Two daemons: one of them wrote later what had come earlier. */
START_TEST(entries_of_several_daemons_are_in_order)
{
	struct told told;

	fake_dynamodb_expect_get("history:a.example.com:202603",
				 "{'Item':{'entries':{'L':[{'M':{'time':{'N':'1772500000'}}},"
				 "{'M':{'time':{'N':'1772400000'}}}]}}}");
	ck_assert_int_eq(read_host(1, &told), 0);
	ck_assert_uint_eq(told.n, 1);
	ck_assert_int_eq(told.times_s[0], 1772500000);
}
END_TEST

START_TEST(no_more_months_are_read_than_are_wanted)
{
	struct told told;

	fake_dynamodb_expect_get("history:a.example.com:202603", MARCH);
	ck_assert_int_eq(read_host(1, &told), 0);
	ck_assert_uint_eq(told.n, 1);
	ck_assert_int_eq(told.times_s[0], 1772500000);
}
END_TEST

START_TEST(of_a_host_without_entries_none_are_told)
{
	struct told told;

	fake_dynamodb_expect_get("history:a.example.com:202603", "{}");
	fake_dynamodb_expect_get("history:a.example.com:202602", "{'Item':{'entries':{'S':'x'}}}");
	fake_dynamodb_expect_get("history:a.example.com:202601", "{}");
	ck_assert_int_eq(read_host(5, &told), 0);
	ck_assert_uint_eq(told.n, 0);
}
END_TEST

START_TEST(listings_pass_over_it)
{
	struct fake_dynamodb_listing l = {.n = 0};

	fake_dynamodb_expect_reply("Scan", "{'TableName':'t-1'}",
				   "{'Items':[{'user':{'S':'history:a.example.com:202601'},"
				   "'entries':{'L':[]},'history-ttl':{'N':'1'}},"
				   "{'user':{'S':'bob'},'pass':{'S':'x'},"
				   "'host':{'S':'a.example.com'}}]}");
	ck_assert_int_eq(fake_dynamodb_list(&l), 0);
	ck_assert_str_eq(l.users, "bob ");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dynamodb_history");
	TCase *tc = tcase_create("store_dynamodb_history");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, fake_dynamodb_setup, fake_dynamodb_teardown);
	tcase_add_test(tc, an_entry_is_one_write);
	tcase_add_test(tc, trouble_is_told_apart);
	tcase_add_test(tc, months_are_read_back_to_the_first_day);
	tcase_add_test(tc, entries_of_several_daemons_are_in_order);
	tcase_add_test(tc, no_more_months_are_read_than_are_wanted);
	tcase_add_test(tc, of_a_host_without_entries_none_are_told);
	tcase_add_test(tc, listings_pass_over_it);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
