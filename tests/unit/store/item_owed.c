/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/item_owed.h"

#include "account/account.h"
#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/json_text.h"
#include "kit/unit.h"
#include "kit/values.h"
#include "store/item.h"

#define UPDATE                                                                                     \
	"{'TableName':'t-1','UpdateExpression':'SET #a = :a REMOVE #b',"                           \
	"'ConditionExpression':'#a = :b','ExpressionAttributeNames':{'#a':'a'},"                   \
	"'ExpressionAttributeValues':{':a':{'S':'x'}}}"

/* The texts are what tables hold: they must stay. */
START_TEST(a_login_has_the_same_key_for_ever)
{
	static const struct {
		const char *user;
		unsigned key;
	} rows[] = {{"bob", 0}, {"router1", 3}, {"", 1}, {"b\303\266b", 2}};
	unsigned n[ITEM_OWED_KEYS] = {0}, i;
	char user[16];

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(item_owed_key(rows[i].user) == rows[i].key, "row %u: %u", i,
			      item_owed_key(rows[i].user));
	for (i = 0; i < 4000; i++) {
		snprintf(user, sizeof(user), "router%u", i);
		n[item_owed_key(user)]++;
	}
	for (i = 0; i < ITEM_OWED_KEYS; i++)
		ck_assert_msg(n[i] > 800 && n[i] < 1200, "key %u: %u", i, n[i]);
}
END_TEST

static void check_request(json_t *request, const char *want_text)
{
	json_t *want = json_text(want_text);
	char *dump = json_dumps(request, JSON_SORT_KEYS);

	ck_assert_msg(json_equal(request, want), "%s", dump);
	free(dump);
	json_decref(request);
	json_decref(want);
}

START_TEST(an_update_says_that_something_begins_to_be_owed)
{
	check_request(
		item_owed_begin(json_text(UPDATE), "bob"),
		"{'TableName':'t-1','UpdateExpression':'SET #owed = :owed, #a = :a REMOVE #b',"
		"'ConditionExpression':'#a = :b','ExpressionAttributeNames':{'#a':'a',"
		"'#owed':'owed'},'ExpressionAttributeValues':{':a':{'S':'x'},"
		"':owed':{'S':'0'}}}");
}
END_TEST

START_TEST(an_update_says_that_nothing_is_owed_any_more)
{
	check_request(item_owed_end(json_text("{'UpdateExpression':'SET #a = :a',"
					      "'ConditionExpression':'#a = :b',"
					      "'ExpressionAttributeNames':{'#state':'state'},"
					      "'ExpressionAttributeValues':{}}")),
		      "{'UpdateExpression':'SET #a = :a REMOVE #owed',"
		      "'ConditionExpression':'#a = :b AND size(#state) = :one',"
		      "'ExpressionAttributeNames':{'#owed':'owed','#state':'state'},"
		      "'ExpressionAttributeValues':{':one':{'N':'1'}}}");
}
END_TEST

#define CLEAR                                                                                      \
	"'TableName':'t-1','Key':{'user':{'S':'bob'}},'UpdateExpression':'REMOVE #owed',"          \
	"'ExpressionAttributeNames':{'#owed':'owed','#state':'state'}"

START_TEST(what_is_owed_no_more_is_cleared_as_it_was_read)
{
	json_t *item = json_text("{'state':{'M':{'a.b':{'M':{'seq':{'N':'1'}}}}}}");
	json_t *bare = json_text("{'owed':{'S':'1'}}");

	check_request(
		item_owed_clear("t-1", "bob", item),
		"{" CLEAR ",'ConditionExpression':'#state = :state',"
		"'ExpressionAttributeValues':{':state':{'M':{'a.b':{'M':{'seq':{'N':'1'}}}}}}}");
	check_request(item_owed_clear("t-1", "bob", bare),
		      "{" CLEAR ",'ConditionExpression':'attribute_not_exists(#state)'}");
	json_decref(item);
	json_decref(bare);
}
END_TEST

#define QUERY                                                                                      \
	"'TableName':'t-1','IndexName':'owed','KeyConditionExpression':'#owed = :owed',"           \
	"'ExpressionAttributeNames':{'#owed':'owed'},"                                             \
	"'ExpressionAttributeValues':{':owed':{'S':'3'}},'Limit':7"

START_TEST(a_query_asks_for_one_key_of_the_index)
{
	json_t *start = json_text("{'user':{'S':'bob'},'owed':{'S':'3'}}");

	check_request(item_owed_query("t-1", 3, NULL, 7), "{" QUERY "}");
	check_request(item_owed_query("t-1", 3, start, 7),
		      "{" QUERY ",'ExclusiveStartKey':{'user':{'S':'bob'},'owed':{'S':'3'}}}");
	json_decref(start);
}
END_TEST

START_TEST(what_an_item_says)
{
	static const struct {
		const char *item;
		bool is_whole, has_several;
	} rows[] = {
		{"{'user':{'S':'b'},'owed':{'S':'1'}}", false, false},
		{"{'pass':{'S':'x'},'host':{'S':'a'},'state':{'M':{}}}", true, false},
		{"{'host':{'S':'a'},'state':{'M':{'a':{},'b':{}}}}", false, true},
		{"{'pass':{'S':'x'},'state':{'M':{}}}", false, false},
		{"{'pass':{'S':'x'},'host':{'S':'a'}}", false, false},
		{"{'state':{'M':{'a':{}}}}", false, false},
		{"{'state':{'S':'a'}}", false, false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		json_t *item = json_text(rows[i].item);

		ck_assert_msg(item_owed_is_whole(item) == rows[i].is_whole, "row %zu", i);
		ck_assert_msg(item_owed_has_several(item) == rows[i].has_several, "row %zu", i);
		json_decref(item);
	}
}
END_TEST

START_TEST(a_table_tells_whether_it_has_the_index)
{
	static const struct {
		const char *indexes;
		bool has;
	} rows[] = {
		{"[{'IndexName':'other','IndexStatus':'ACTIVE'},"
		 "{'IndexName':'owed','IndexStatus':'ACTIVE'}]",
		 true},
		{"[{'IndexName':'owed','IndexStatus':'UPDATING'}]", true},
		{"[{'IndexName':'owed','IndexStatus':'CREATING'}]", false},
		{"[{'IndexName':'owed','IndexStatus':'DELETING'}]", false},
		{"[{'IndexName':'owed'}]", false},
		{"[{'IndexName':'other','IndexStatus':'ACTIVE'}]", false},
		{"[]", false},
		{"'owed'", false},
	};
	json_t *reply = json_text("{'Table':{}}");
	size_t i;

	ck_assert(!item_owed_is_described(reply));
	ck_assert(!item_owed_is_described(NULL));
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		json_object_set_new(json_object_get(reply, "Table"), "GlobalSecondaryIndexes",
				    json_text(rows[i].indexes));
		ck_assert_msg(item_owed_is_described(reply) == rows[i].has, "row %zu", i);
	}
	json_decref(reply);
}
END_TEST

START_TEST(an_account_owes_while_one_host_does)
{
	struct account_host *h;
	struct account *a;

	ck_assert_int_eq(account_new(slice_of("bob"), &a, NULL), 0);
	ck_assert(!item_owes(a));
	ck_assert_int_eq(account_add_host(a, slice_of("a.example.com"), NULL, &h, NULL), 0);
	h->state.seq = h->state.pub = 3;
	ck_assert_int_eq(account_add_host(a, slice_of("b.example.com"), NULL, &h, NULL), 0);
	ck_assert(!item_owes(a));
	h->state.seq = 1;
	ck_assert(item_owes(a));
	account_free(a);
}
END_TEST

/* jansson is a shared library: its allocations do not fail by themselves. */
static void *json_malloc(size_t size)
{
	return malloc(size);
}

static void json_free(void *p)
{
	free(p);
}

/* update is taken by two of them. */
static json_t *make(unsigned which, json_t *update, json_t *item)
{
	if (which == 0)
		return item_owed_begin(json_incref(update), "bob");
	if (which == 1)
		return item_owed_end(json_incref(update));
	if (which == 2)
		return item_owed_clear("t-1", "bob", item);
	return item_owed_query("t-1", 1, item, 5);
}

START_TEST(without_memory_there_is_no_request)
{
	unsigned which, at;
	json_t *item, *update, *request;
	bool has_failed = true;

	json_set_alloc_funcs(json_malloc, json_free);
	item = json_text(UPDATE);
	for (which = 0; which < 4; which++) {
		for (at = 1; has_failed; at++) {
			update = json_text(UPDATE);
			fake_malloc_fail_at(at);
			request = make(which, update, item);
			has_failed = fake_malloc_off();
			ck_assert_msg((request == NULL) == has_failed, "request %u, allocation %u",
				      which, at);
			json_decref(request);
			json_decref(update);
		}
		has_failed = true;
	}
	json_decref(item);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_login_has_the_same_key_for_ever,
		an_update_says_that_something_begins_to_be_owed,
		an_update_says_that_nothing_is_owed_any_more,
		what_is_owed_no_more_is_cleared_as_it_was_read,
		a_query_asks_for_one_key_of_the_index,
		what_an_item_says,
		a_table_tells_whether_it_has_the_index,
		an_account_owes_while_one_host_does,
		without_memory_there_is_no_request,
	};

	return unit_run("item_owed", tests, N_ELEMENTS(tests));
}
