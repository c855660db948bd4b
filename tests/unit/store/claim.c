/* SPDX-License-Identifier: BSD-2-Clause
 * store/claim.h: claims as a hand, an older program or we may have written them. */
#include "store/claim.h"

#include "kit/json_text.h"
#include "kit/unit.h"
#include "kit/values.h"

#define KEY(name) "'user':{'S':'host:" name "'}"

static const struct {
	const char *item;
	size_t n;
	const char *first; /* an owner; NULL: none */
	uint64_t seq;
	bool is_plain;
} owner_rows[] = {
	{"{" KEY("a.example.com") "}", 0, NULL, 0, true},
	{"{" KEY("a.example.com") ",'owners':{'SS':['bob']},'seq':{'N':'7'}}", 1, "bob", 7, true},
	{"{" KEY("a.example.com") ",'owners':{'SS':['bob','zoe','bob']}}", 2, "zoe", 0, true},
	{"{" KEY("a.example.com") ",'owners':{'S':'bob'}}", 1, "bob", 0, false},
	{"{" KEY("a.example.com") ",'owners':{'L':[{'S':'bob'},{'N':'1'}]}}", 1, "bob", 0, false},
	{"{" KEY("a.example.com") ",'owners':{'N':'1'},'seq':{'S':'1'}}", 0, NULL, 0, false},
	/* No login holds a colon. */
	{"{" KEY("a.example.com") ",'owners':{'SS':['a:b','','zoe']}}", 1, "zoe", 0, false},
	{"{" KEY("a.example.com") ",'owners':{'SS':['bob']},'seq':{'S':'7'}}", 1, "bob", 0, false},
	{"{" KEY("a.example.com") ",'owners':{'SS':['bob']},'seq':{'N':'0'}}", 1, "bob", 0, false},
	/* One more has to fit. */
	{"{" KEY("a.example.com") ",'owners':{'SS':['bob']},'seq':{'N':'9223372036854775806'}}", 1,
	 "bob", INT64_MAX - 1, true},
	{"{" KEY("a.example.com") ",'owners':{'SS':['bob']},'seq':{'N':'9223372036854775807'}}", 1,
	 "bob", 0, false},
	{"{" KEY("a.example.com") ",'owners':{'SS':['bob']},'seq':{'N':'1.5'}}", 1, "bob", 0,
	 false},
	{"{" KEY("a.example.com") ",'owners':{'SS':['bob']},'seq':{'NULL':true}}", 1, "bob", 0,
	 false},
	{"{" KEY("a.example.com") ",'owners':{'SS':['a','b','c','d','e','f','g','h','i','j','k',"
				  "'l','m','n','o','p','q']}}",
	 STORE_OWNERS_MAX, "a", 0, false},
};

START_TEST(owners_are_read_however_they_were_written)
{
	json_t *item = json_text(owner_rows[_i].item);
	struct store_owners owners;

	ck_assert_int_eq(claim_owners(item, &owners), owner_rows[_i].is_plain);
	ck_assert_uint_eq(owners.n, owner_rows[_i].n);
	ck_assert_uint_eq(owners.seq, owner_rows[_i].seq);
	if (owner_rows[_i].first != NULL)
		ck_assert(store_owners_have(&owners, owner_rows[_i].first));
	json_decref(item);
}
END_TEST

static const struct {
	const char *item, *name;
} name_rows[] = {
	{"{" KEY("a.example.com") "}", "a.example.com"},
	{"{" KEY("*.example.com") "}", "*.example.com"},
	{"{" KEY("") "}", NULL},
	{"{" KEY("a..b") "}", NULL},
	{"{" KEY("A.example.com") "}", NULL},
	{"{'user':{'S':'claims:complete'}}", NULL},
	{"{'user':{'S':'a.example.com'}}", NULL},
	{"{'user':{'N':'1'}}", NULL},
	{"{}", NULL},
};

START_TEST(only_an_item_with_a_name_is_a_claim)
{
	json_t *item = json_text(name_rows[_i].item);
	struct fqdn name;
	bool is_claim = claim_name(item, &name);

	ck_assert_int_eq(is_claim, name_rows[_i].name != NULL);
	if (is_claim)
		ck_assert_str_eq(name.text, name_rows[_i].name);
	json_decref(item);
}
END_TEST

START_TEST(first_change_counts_on_the_claim_as_it_was_read)
{
	struct fqdn name = value_name("a.example.com");
	struct store_owners owners = {.seq = 0};
	json_t *request;

	store_owners_add(&owners, "bob");
	request = claim_first_change("t-1", &name, &owners);
	json_assert_text(
		request,
		"{'Key':{" KEY(
			"a.example.com") "},'TableName':'t-1','ConditionExpression':"
					 "'#owners = :owners AND attribute_not_exists(#seq)',"
					 "'UpdateExpression':'SET #seq = :next',"
					 "'ExpressionAttributeNames':{'#owners':'owners','#seq':'"
					 "seq'},"
					 "'ExpressionAttributeValues':{':owners':{'SS':['bob']},"
					 "':next':{'N':'1'}},'ReturnValuesOnConditionCheckFailure':"
					 "'ALL_OLD'}");
	json_decref(request);
	owners.seq = 4;
	request = claim_first_change("t-1", &name, &owners);
	json_assert_text(json_object_get(request, "ConditionExpression"),
			 "'#owners = :owners AND #seq = :seq'");
	json_decref(request);
}
END_TEST

static const struct {
	const char *item, *condition, *update;
} change_rows[] = {
	{"{}", "'attribute_not_exists(#owners)'", "'SET #owners = :owners'"},
	{"{'owners':{'S':'zoe'},'seq':{'N':'3'}}", "'#owners = :stored'",
	 "'SET #owners = :owners'"},
	{"{'owners':{'SS':['zoe']},'seq':{'N':'x'}}", "'#owners = :stored'",
	 "'SET #owners = :owners REMOVE #seq'"},
};

START_TEST(change_takes_a_count_away_that_is_none)
{
	json_t *item = json_text(change_rows[_i].item), *request;
	struct fqdn name = value_name("a.example.com");
	struct store_owners owners = {.seq = 0};
	const char *operation;

	store_owners_add(&owners, "bob");
	request = claim_change("t-1", &name, item, &owners, &operation);
	ck_assert_str_eq(operation, "Update");
	json_assert_text(json_object_get(request, "ConditionExpression"),
			 change_rows[_i].condition);
	json_assert_text(json_object_get(request, "UpdateExpression"), change_rows[_i].update);
	json_decref(request);
	json_decref(item);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("claim");
	TCase *tc = tcase_create("claim");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tc, owners_are_read_however_they_were_written, 0,
			    N_ELEMENTS(owner_rows));
	tcase_add_loop_test(tc, only_an_item_with_a_name_is_a_claim, 0, N_ELEMENTS(name_rows));
	tcase_add_loop_test(tc, change_takes_a_count_away_that_is_none, 0, N_ELEMENTS(change_rows));
	tcase_add_test(tc, first_change_counts_on_the_claim_as_it_was_read);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
