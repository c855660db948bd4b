/* SPDX-License-Identifier: BSD-2-Clause
 * store/item_request.h: the requests to DynamoDB, whole. */
#include "store/item_request.h"

#include <stdio.h>

#include "base/err.h"
#include "kit/json_text.h"
#include "kit/fake_malloc.h"
#include "store/item.h"
#include "kit/unit.h"
#include "kit/values.h"

enum { EXPRESSION_MAX = 4096 }; /* AWS's limit */

#define KEY	 "'TableName':'t-1','Key':{'user':{'S':'bob'}}"
#define ALL_OLD	 "'ReturnValuesOnConditionCheckFailure':'ALL_OLD'"
#define ALL_NEW	 "'ReturnValues':'ALL_NEW'"
#define OLD_ITEM "'user':{'S':'bob'},'pass':{'S':'old-secret'}"

static struct account *account(const char *item_text)
{
	struct errinfo ei = ERRINFO_INIT;
	json_t *item = json_text(item_text);
	struct account *a;
	int err = item_to_account(item, NULL, &a, &ei);

	ck_assert_msg(err == 0, "%s", ei.text);
	json_decref(item);
	return a;
}

static void assert_request(json_t *got, const char *want)
{
	ck_assert_ptr_nonnull(got);
	json_assert_text(got, want);
	json_decref(got);
}

START_TEST(get_is_strongly_consistent)
{
	assert_request(item_request_get("t-1", "bob"), "{" KEY ",'ConsistentRead':true}");
}
END_TEST

START_TEST(scan_begins_and_goes_on_where_the_last_page_ended)
{
	json_t *start = json_text("{'user':{'S':'bob'}}");

	assert_request(item_request_scan("t-1", NULL, 500),
		       "{'TableName':'t-1','ConsistentRead':true,'Limit':500,"
		       "'ReturnConsumedCapacity':'TOTAL'}");
	assert_request(item_request_scan("t-1", start, 7),
		       "{'TableName':'t-1','ConsistentRead':true,'Limit':7,"
		       "'ReturnConsumedCapacity':'TOTAL',"
		       "'ExclusiveStartKey':{'user':{'S':'bob'}}}");
	assert_request(item_request_describe("t-1"), "{'TableName':'t-1'}");
	json_decref(start);
}
END_TEST

START_TEST(create_is_refused_when_the_login_is_taken)
{
	struct account *a = account("{" OLD_ITEM ",'host':{'S':'a.example.com'},'ttl':{'N':'60'}}");

	assert_request(item_request_create("t-1", a),
		       "{'TableName':'t-1'," ALL_OLD ",'Item':{" OLD_ITEM
		       ",'host':{'S':'a.example.com'},'ttl':{'S':'60'}},"
		       "'ConditionExpression':'attribute_not_exists(#user)',"
		       "'ExpressionAttributeNames':{'#user':'user'}}");
	account_free(a);
}
END_TEST

START_TEST(remove_needs_the_login_to_be_there)
{
	assert_request(item_request_remove("t-1", "bob"),
		       "{" KEY ",'ConditionExpression':'attribute_exists(#user)',"
		       "'ExpressionAttributeNames':{'#user':'user'}}");
}
END_TEST

#define REPLACE_NAMES                                                                              \
	"'#user':'user','#pass':'pass','#host':'host','#ttl':'ttl','#disabled':'disabled',"        \
	"'#quirks':'quirks'"
#define REPLACE_SHORT                                                                              \
	"{" KEY "," ALL_OLD ",'ConditionExpression':'attribute_exists(#user)',"                    \
	"'UpdateExpression':'SET #pass = :pass, #host = :host REMOVE #ttl, #disabled, #quirks"

#define IDS_OF(name) ",'interface_ids':{'M':{'" name "':{'S':'::1'}}}"

/* What replaces it, what was stored, the request. */
static const struct {
	const char *name, *item, *old, *want;
} replace_rows[] = {
	{"nothing but pass and host, and no state", "{" OLD_ITEM ",'host':{'S':'a.example.com'}}",
	 "{" OLD_ITEM ",'host':{'S':'a'},'note':{'S':'kept'}}",
	 REPLACE_SHORT "','ExpressionAttributeNames':{" REPLACE_NAMES "},"
		       "'ExpressionAttributeValues':{':pass':{'S':'old-secret'},"
		       "':host':{'S':'a.example.com'}}}"},
	{"every setting",
	 "{" OLD_ITEM ",'host':{'SS':['a.example.com','b.example.com']},'ttl':{'N':'60'},"
	 "'disabled':{'BOOL':true},'quirks':{'SS':['nochg-as-good']}}",
	 "{" OLD_ITEM ",'host':{'S':'a.example.com'}}",
	 "{" KEY "," ALL_OLD ",'ConditionExpression':'attribute_exists(#user)',"
	 "'UpdateExpression':'SET #pass = :pass, #host = :host, #ttl = :ttl, "
	 "#disabled = :disabled, #quirks = :quirks',"
	 "'ExpressionAttributeNames':{" REPLACE_NAMES "},"
	 "'ExpressionAttributeValues':{':pass':{'S':'old-secret'},"
	 "':host':{'SS':['a.example.com','b.example.com']},':ttl':{'S':'60'},"
	 "':disabled':{'BOOL':true},':quirks':{'SS':['nochg-as-good']}}}"},
	{"bounds come",
	 "{" OLD_ITEM ",'host':{'S':'a.example.com'},'valid_until':{'S':'2027-01-31T23:59:59Z'},"
	 "'sources':{'SS':['192.0.2.0/24']}}",
	 "{" OLD_ITEM ",'host':{'S':'a.example.com'}}",
	 "{" KEY "," ALL_OLD ",'ConditionExpression':'attribute_exists(#user)',"
	 "'UpdateExpression':'SET #pass = :pass, #host = :host, #valid_until = :valid_until, "
	 "#sources = :sources REMOVE #ttl, #disabled, #quirks',"
	 "'ExpressionAttributeNames':{" REPLACE_NAMES
	 ",'#valid_until':'valid_until','#sources':'sources'},"
	 "'ExpressionAttributeValues':{':pass':{'S':'old-secret'},"
	 "':host':{'S':'a.example.com'},':valid_until':{'S':'2027-01-31T23:59:59Z'},"
	 "':sources':{'SS':['192.0.2.0/24']}}}"},
	{"they go", "{" OLD_ITEM ",'host':{'S':'a.example.com'}}",
	 "{" OLD_ITEM ",'host':{'S':'a.example.com'},'valid_until':{'S':'2027-01-31'},"
	 "'sources':{'SS':['192.0.2.0/24']}}",
	 REPLACE_SHORT ", #valid_until, #sources','ExpressionAttributeNames':{" REPLACE_NAMES
		       ",'#valid_until':'valid_until','#sources':'sources'},"
		       "'ExpressionAttributeValues':{':pass':{'S':'old-secret'},"
		       "':host':{'S':'a.example.com'}}}"},
	{"interface ids come",
	 "{" OLD_ITEM ",'host':{'S':'a.example.com'}" IDS_OF("a.example.com") "}",
	 "{" OLD_ITEM ",'host':{'S':'a.example.com'}}",
	 "{" KEY "," ALL_OLD ",'ConditionExpression':'attribute_exists(#user)',"
	 "'UpdateExpression':'SET #pass = :pass, #host = :host, #interface_ids = :interface_ids "
	 "REMOVE #ttl, #disabled, #quirks',"
	 "'ExpressionAttributeNames':{" REPLACE_NAMES ",'#interface_ids':'interface_ids'},"
	 "'ExpressionAttributeValues':{':pass':{'S':'old-secret'},"
	 "':host':{'S':'a.example.com'},':interface_ids':{'M':{'a.example.com':{'S':'::1'}}}}}"},
	{"the last of them goes", "{" OLD_ITEM ",'host':{'S':'b.example.com'}}",
	 "{" OLD_ITEM
	 ",'host':{'SS':['a.example.com','b.example.com']}" IDS_OF("a.example.com") "}",
	 REPLACE_SHORT ", #interface_ids','ExpressionAttributeNames':{" REPLACE_NAMES
		       ",'#interface_ids':'interface_ids'},"
		       "'ExpressionAttributeValues':{':pass':{'S':'old-secret'},"
		       "':host':{'S':'b.example.com'}}}"},
	{"somebody else's map of that name stays", "{" OLD_ITEM ",'host':{'S':'a.example.com'}}",
	 "{" OLD_ITEM ",'host':{'S':'a.example.com'}" IDS_OF("eth0") "}",
	 REPLACE_SHORT "','ExpressionAttributeNames':{" REPLACE_NAMES "},"
		       "'ExpressionAttributeValues':{':pass':{'S':'old-secret'},"
		       "':host':{'S':'a.example.com'}}}"},
	{"what of them cannot be read keeps them all",
	 "{" OLD_ITEM ",'host':{'SS':['a.example.com','b.example.com']},'interface_ids':{'M':{"
	 "'a.example.com':{'S':'::1'},'b.example.com':{'N':'1'}}}}",
	 "{" OLD_ITEM ",'host':{'S':'a.example.com'}" IDS_OF("a.example.com") "}",
	 REPLACE_SHORT "','ExpressionAttributeNames':{" REPLACE_NAMES "},"
		       "'ExpressionAttributeValues':{':pass':{'S':'old-secret'},"
		       "':host':{'SS':['a.example.com','b.example.com']}}}"},
	{"one host stays, one goes, one comes that a race left state of",
	 "{" OLD_ITEM ",'host':{'SS':['a.example.com','c.example.com']}}",
	 "{" OLD_ITEM ",'host':{'SS':['a.example.com','b.example.com']},'state':{'M':{"
	 "'a.example.com':{'M':{'seq':{'N':'1'}}},'b.example.com':{'M':{'seq':{'N':'1'}}},"
	 "'c.example.com':{'M':{'seq':{'N':'1'}}}}}}",
	 REPLACE_SHORT ", #state.#h0, #state.#h1','ExpressionAttributeNames':{" REPLACE_NAMES
		       ",'#state':'state','#h0':'b.example.com','#h1':'c.example.com'},"
		       "'ExpressionAttributeValues':{':pass':{'S':'old-secret'},"
		       "':host':{'SS':['a.example.com','c.example.com']}}}"},
	{"all hosts stay", "{" OLD_ITEM ",'host':{'S':'a.example.com'}}",
	 "{" OLD_ITEM ",'host':{'S':'a.example.com'},'state':{'M':{"
	 "'a.example.com':{'M':{'seq':{'N':'1'}}}}}}",
	 REPLACE_SHORT "','ExpressionAttributeNames':{" REPLACE_NAMES "},"
		       "'ExpressionAttributeValues':{':pass':{'S':'old-secret'},"
		       "':host':{'S':'a.example.com'}}}"},
	{"no host stays", "{" OLD_ITEM ",'host':{'S':'a.example.com'}}",
	 "{" OLD_ITEM ",'host':{'S':'b.example.com'},'state':{'M':{"
	 "'b.example.com':{'M':{'seq':{'N':'1'}}}}}}",
	 REPLACE_SHORT ", #state','ExpressionAttributeNames':{" REPLACE_NAMES ",'#state':'state'},"
		       "'ExpressionAttributeValues':{':pass':{'S':'old-secret'},"
		       "':host':{'S':'a.example.com'}}}"},
	{"a malformed item is repaired, and somebody else's attribute stays",
	 "{" OLD_ITEM ",'host':{'S':'a.example.com'}}", "{'user':{'S':'bob'},'state':{'S':'Bern'}}",
	 REPLACE_SHORT "','ExpressionAttributeNames':{" REPLACE_NAMES "},"
		       "'ExpressionAttributeValues':{':pass':{'S':'old-secret'},"
		       "':host':{'S':'a.example.com'}}}"},
	{"somebody else's member of the map stays", "{" OLD_ITEM ",'host':{'S':'a.example.com'}}",
	 "{" OLD_ITEM ",'host':{'S':'a.example.com'},'state':{'M':{'city':{'S':'Bern'},"
	 "'old.example.com':{'M':{'seq':{'N':'1'}}}}}}",
	 REPLACE_SHORT ", #state.#h0','ExpressionAttributeNames':{" REPLACE_NAMES
		       ",'#state':'state','#h0':'old.example.com'},"
		       "'ExpressionAttributeValues':{':pass':{'S':'old-secret'},"
		       "':host':{'S':'a.example.com'}}}"},
	{"what cannot be read stays as it is",
	 "{'user':{'S':'bob'},'pass':{'N':'1'},'host':{'N':'1'},'ttl':{'N':'1764400000'},"
	 "'disabled':{'S':'true'},'quirks':{'S':'x'},'state':{'M':{"
	 "'a.example.com':{'M':{'seq':{'N':'1'}}}}}}",
	 "{'user':{'S':'bob'},'pass':{'N':'1'},'host':{'N':'1'},'ttl':{'N':'1764400000'},"
	 "'disabled':{'S':'true'},'quirks':{'S':'x'},'state':{'M':{"
	 "'a.example.com':{'M':{'seq':{'N':'1'}}}}}}",
	 "{" KEY "," ALL_OLD ",'ConditionExpression':'attribute_exists(#user)',"
	 "'ExpressionAttributeNames':{'#user':'user'}}"},
};

START_TEST(replace_sets_what_is_there_and_removes_the_rest)
{
	struct account *a = account(replace_rows[_i].item), *old = NULL;
	struct fqdn zone = value_name("example.com");
	json_t *item = json_text(replace_rows[_i].old);

	if (item_to_account(item, &zone, &old, NULL) != 0)
		ck_assert_ptr_null(old);
	assert_request(item_request_replace("t-1", a, item, old), replace_rows[_i].want);
	account_free(old);
	account_free(a);
	json_decref(item);
}
END_TEST

START_TEST(intend_of_a_host_without_state_stores_it_whole)
{
	struct item_intent intent = {.name = value_name("*.a.example.com"),
				     .state = {.want = value_pair("192.0.2.1", NULL), .seq = 1}};

	assert_request(
		item_request_intend("t-1", "bob", &intent, 1, NULL),
		"{" KEY "," ALL_OLD "," ALL_NEW ",'UpdateExpression':"
		"'SET #state.#h0 = :h0','ConditionExpression':'attribute_exists(#user) AND "
		"attribute_not_exists(#state.#h0)',"
		"'ExpressionAttributeNames':{'#user':'user','#state':'state',"
		"'#h0':'*.a.example.com'},"
		"'ExpressionAttributeValues':{':h0':{'M':{"
		"'v4':{'S':'192.0.2.1'},'seq':{'N':'1'},'pub':{'N':'0'},'time':{'N':'0'}}}}}");
}
END_TEST

START_TEST(intend_of_a_host_with_state_leaves_pub_and_time_alone)
{
	struct item_intent intents[2] = {
		{.name = value_name("a.example.com"),
		 .base = {.want = value_pair("192.0.2.7", NULL), .seq = 7, .pub = 1},
		 .state = {.want = value_pair("192.0.2.1", NULL), .seq = 8, .repeats = 3}},
		{.name = value_name("b.example.com"),
		 .base = {.want = value_pair(NULL, "2001:db8::7"), .seq = 1, .over = 1},
		 .state = {.want = value_pair("192.0.2.1", "2001:db8::1"), .seq = 2}},
	};

	assert_request(
		item_request_intend("t-1", "bob", intents, 2, NULL),
		"{" KEY "," ALL_OLD "," ALL_NEW ",'UpdateExpression':"
		"'SET #state.#h0.#seq = :seq0, #state.#h0.#v4 = :v40, #state.#h1.#seq = :seq1, "
		"#state.#h1.#v4 = :v41, #state.#h1.#v6 = :v61 REMOVE #state.#h0.#v6',"
		"'ConditionExpression':'attribute_exists(#user) AND #state.#h0.#seq = :base0 AND "
		"#state.#h0.#pub >= :had0 AND #state.#h0.#v4 = :was40 AND "
		"attribute_not_exists(#state.#h0.#v6) AND NOT #state.#h0.#over = :base0 AND "
		"#state.#h1.#seq = :base1 AND attribute_not_exists(#state.#h1.#v4) AND "
		"#state.#h1.#v6 = :was61 AND #state.#h1.#over = :base1',"
		"'ExpressionAttributeNames':{'#user':'user','#state':'state','#seq':'seq',"
		"'#pub':'pub','#over':'over',"
		"'#v4':'v4','#v6':'v6','#h0':'a.example.com','#h1':'b.example.com'},"
		"'ExpressionAttributeValues':{':base0':{'N':'7'},':base1':{'N':'1'},"
		"':had0':{'N':'1'},':was40':{'S':'192.0.2.7'},':was61':{'S':'2001:db8::7'},"
		"':seq0':{'N':'8'},':seq1':{'N':'2'},':v40':{'S':'192.0.2.1'},"
		"':v41':{'S':'192.0.2.1'},':v61':{'S':'2001:db8::1'}}}");
}
END_TEST

START_TEST(what_is_to_be_deleted_is_named_only_where_there_is_or_was_something)
{
	struct item_intent intent = {
		.name = value_name("a.example.com"),
		.base = {.want = value_pair("192.0.2.7", NULL),
			 .seq = 7,
			 .gone = value_pair(NULL, "2001:db8::7")},
		.state = {.seq = 8, .gone = value_pair("192.0.2.7", NULL)},
	};
	struct store_confirm c = {
		.name = value_name("a.example.com"), .seq = 8, .time_s = 5, .has_gone = true};

	assert_request(
		item_request_intend("t-1", "bob", &intent, 1, NULL),
		"{" KEY "," ALL_OLD "," ALL_NEW ",'UpdateExpression':"
		"'SET #state.#h0.#seq = :seq0, #state.#h0.#gone4 = :gone40 "
		"REMOVE #state.#h0.#v4, #state.#h0.#v6, #state.#h0.#gone6',"
		"'ConditionExpression':'attribute_exists(#user) AND #state.#h0.#seq = :base0 AND "
		"#state.#h0.#v4 = :was40 AND "
		"attribute_not_exists(#state.#h0.#v6) AND NOT #state.#h0.#over = :base0',"
		"'ExpressionAttributeNames':{'#user':'user','#state':'state','#seq':'seq',"
		"'#over':'over','#gone4':'gone4','#gone6':'gone6',"
		"'#v4':'v4','#v6':'v6','#h0':'a.example.com'},"
		"'ExpressionAttributeValues':{':base0':{'N':'7'},':was40':{'S':'192.0.2.7'},"
		"':seq0':{'N':'8'},':gone40':{'S':'192.0.2.7'}}}");
	assert_request(item_request_confirm("t-1", "bob", &c),
		       "{" KEY "," ALL_OLD "," ALL_NEW ",'UpdateExpression':"
		       "'SET #state.#h0.#pub = :pub0, #state.#h0.#time = :time0 "
		       "REMOVE #state.#h0.#gone4, #state.#h0.#gone6',"
		       "'ConditionExpression':'#state.#h0.#seq = :seq',"
		       "'ExpressionAttributeNames':{'#state':'state','#seq':'seq','#pub':'pub',"
		       "'#time':'time','#gone4':'gone4','#gone6':'gone6','#h0':'a.example.com'},"
		       "'ExpressionAttributeValues':{':seq':{'N':'8'},':pub0':{'N':'8'},"
		       "':time0':{'N':'5'}}}");
}
END_TEST

/* With its seq: an earlier version, which does not know the member, leaves it behind. */
START_TEST(intend_says_when_it_was_asked_for_where_that_is_known)
{
	struct item_intent intent = {
		.name = value_name("a.example.com"),
		.base = {.seq = 7, .wanted_ms = 1700000000122},
		.state = {.seq = 8, .wanted_ms = 1700000000123, .since_ms = 1700000000100}};
	json_t *request = item_request_intend("t-1", "bob", &intent, 1, NULL);
	const json_t *values = json_object_get(request, "ExpressionAttributeValues");

	json_assert_text(json_object_get(values, ":wanted0"),
			 "{'S':'8 1700000000123 1700000000100'}");
	ck_assert_ptr_nonnull(
		strstr(json_string_value(json_object_get(request, "UpdateExpression")),
		       "#state.#h0.#wanted = :wanted0"));
	json_decref(request);
	intent.base = (struct host_state){0};
	request = item_request_intend("t-1", "bob", &intent, 1, NULL);
	values = json_object_get(request, "ExpressionAttributeValues");
	json_assert_text(json_object_get(values, ":h0"),
			 "{'M':{'seq':{'N':'8'},'pub':{'N':'0'},'time':{'N':'0'},"
			 "'wanted':{'S':'8 1700000000123 1700000000100'}}}");
	json_decref(request);
}
END_TEST

START_TEST(intend_that_is_over_says_so)
{
	struct item_intent intent = {.name = value_name("a.example.com"),
				     .base = {.seq = 7},
				     .state = {.seq = 8, .over = 7}};
	json_t *request = item_request_intend("t-1", "bob", &intent, 1, NULL);

	ck_assert_ptr_null(
		strstr(json_string_value(json_object_get(request, "UpdateExpression")), "#over"));
	json_decref(request);
	intent.state.over = 8;
	request = item_request_intend("t-1", "bob", &intent, 1, NULL);
	ck_assert_ptr_nonnull(
		strstr(json_string_value(json_object_get(request, "UpdateExpression")),
		       "#state.#h0.#over = :over0"));
	json_assert_text(
		json_object_get(json_object_get(request, "ExpressionAttributeValues"), ":over0"),
		"{'N':'8'}");
	json_decref(request);
}
END_TEST

START_TEST(intend_as_a_whole_writes_all_of_the_state)
{
	struct item_intent intent = {.name = value_name("a.example.com"),
				     .base.seq = 7,
				     .state = {.want = value_pair(NULL, NULL),
					       .seq = 12,
					       .pub = 11,
					       .time_s = 1700000000,
					       .ttl = 60,
					       .zone = "Z1"},
				     .is_whole = true};

	assert_request(
		item_request_intend("t-1", "bob", &intent, 1, NULL),
		"{" KEY "," ALL_OLD "," ALL_NEW ",'UpdateExpression':"
		"'SET #state.#h0 = :h0',"
		"'ConditionExpression':'attribute_exists(#user) AND #state.#h0.#seq = :base0 AND "
		"attribute_not_exists(#state.#h0.#v4) AND attribute_not_exists(#state.#h0.#v6) "
		"AND NOT #state.#h0.#over = :base0',"
		"'ExpressionAttributeNames':{'#user':'user','#state':'state','#seq':'seq',"
		"'#v4':'v4','#v6':'v6','#over':'over','#h0':'a.example.com'},"
		"'ExpressionAttributeValues':{':base0':{'N':'7'},':h0':{'M':{'seq':{'N':'12'},"
		"'pub':{'N':'11'},'time':{'N':'1700000000'},'ttl':{'N':'60'},"
		"'zone':{'S':'Z1'}}}}}");
}
END_TEST

START_TEST(intend_compares_with_what_was_read_as_it_is_spelt)
{
	struct item_intent intents[2] = {
		{.name = value_name("a.example.com"),
		 .base = {.want = value_pair(NULL, "2001:db8::1"), .seq = 7},
		 .state = {.want = value_pair(NULL, "2001:db8::2"), .seq = 8}},
		{.name = value_name("b.example.com"), .state = {.seq = 1}},
	};
	json_t *item = json_text("{" OLD_ITEM ",'state':{'M':{'a.example.com':{'M':{"
				 "'v6':{'S':'2001:DB8:0::1'},'seq':{'N':'7'},'by':{'S':'me'}}}}}}");

	assert_request(item_request_intend("t-1", "bob", intents, 2, item),
		       "{" KEY "," ALL_OLD "," ALL_NEW ",'UpdateExpression':"
		       "'SET #state.#h0.#seq = :seq0, #state.#h0.#v6 = :v60, #state.#h1 = :h1 "
		       "REMOVE #state.#h0.#v4','ConditionExpression':'attribute_exists(#user) AND "
		       "#state.#h0 = :read0 AND attribute_not_exists(#state.#h1)',"
		       "'ExpressionAttributeNames':{'#user':'user','#state':'state','#seq':'seq',"
		       "'#v4':'v4','#v6':'v6','#h0':'a.example.com','#h1':'b.example.com'},"
		       "'ExpressionAttributeValues':{':read0':{'M':{'v6':{'S':'2001:DB8:0::1'},"
		       "'seq':{'N':'7'},'by':{'S':'me'}}},':seq0':{'N':'8'},"
		       "':v60':{'S':'2001:db8::2'},':h1':{'M':{'seq':{'N':'1'},'pub':{'N':'0'},"
		       "'time':{'N':'0'}}}}}");
	json_decref(item);
}
END_TEST

START_TEST(first_intend_makes_the_map)
{
	struct item_intent intents[2] = {
		{.name = value_name("a.example.com"),
		 .state = {.want = value_pair("192.0.2.1", NULL), .seq = 1}},
		{.name = value_name("b.example.com"), .state = {.seq = 1}},
	};

	assert_request(item_request_intend_first("t-1", "bob", intents, 2),
		       "{" KEY "," ALL_OLD "," ALL_NEW ",'UpdateExpression':"
		       "'SET #state = :state','ConditionExpression':'attribute_exists(#user) AND "
		       "(attribute_not_exists(#state) OR attribute_type(#state, :null))',"
		       "'ExpressionAttributeNames':{'#user':'user','#state':'state'},"
		       "'ExpressionAttributeValues':{':null':{'S':'NULL'},':state':{'M':{"
		       "'a.example.com':{'M':{'v4':{'S':'192.0.2.1'},'seq':{'N':'1'},"
		       "'pub':{'N':'0'},'time':{'N':'0'}}},"
		       "'b.example.com':{'M':{'seq':{'N':'1'},'pub':{'N':'0'},"
		       "'time':{'N':'0'}}}}}}}");
}
END_TEST

START_TEST(confirm_holds_for_its_seq_only)
{
	struct store_confirm c = {
		.name = value_name("a.example.com"), .seq = 7, .time_s = 1700000000};

	assert_request(item_request_confirm("t-1", "bob", &c),
		       "{" KEY "," ALL_OLD ",'ReturnValues':'ALL_NEW','UpdateExpression':"
		       "'SET #state.#h0.#pub = :pub0, #state.#h0.#time = :time0',"
		       "'ConditionExpression':'#state.#h0.#seq = :seq',"
		       "'ExpressionAttributeNames':{'#state':'state','#h0':'a.example.com',"
		       "'#seq':'seq','#pub':'pub','#time':'time'},"
		       "'ExpressionAttributeValues':{':seq':{'N':'7'},':pub0':{'N':'7'},"
		       "':time0':{'N':'1700000000'}}}");
}
END_TEST

/* Not the states of this many: an expression has 4 KB. */
START_TEST(so_many_states_are_removed_at_once)
{
	struct account *a = account("{" OLD_ITEM ",'host':{'S':'a.example.com'}}");
	struct fqdn zone = value_name("example.com");
	json_t *item = json_text("{" OLD_ITEM ",'host':{'S':'a.example.com'}}");
	json_t *map = json_object(), *hosts = json_object(), *request, *names;
	struct account *old = NULL;
	char name[32];
	unsigned i;

	for (i = 0; i < ACCOUNT_HOSTS_MAX + 10; i++) {
		snprintf(name, sizeof(name), "h%u.example.com", i);
		json_object_set_new(hosts, name, json_text("{'M':{'seq':{'N':'1'}}}"));
	}
	json_object_set_new(map, "M", hosts);
	json_object_set_new(item, "state", map);
	ck_assert_int_eq(item_to_account(item, &zone, &old, NULL), 0);
	request = item_request_replace("t-1", a, item, old);
	names = json_object_get(request, "ExpressionAttributeNames");
	ck_assert_ptr_nonnull(json_object_get(names, "#h255"));
	ck_assert_ptr_null(json_object_get(names, "#h256"));
	json_decref(request);
	account_free(old);
	account_free(a);
	json_decref(item);
}
END_TEST

START_TEST(confirm_that_has_to_be_the_last_holds_while_it_is_not_over)
{
	struct store_confirm c = {.name = value_name("a.example.com"), .seq = 7, .is_last = true};
	json_t *request = item_request_confirm("t-1", "bob", &c);

	ck_assert_str_eq(json_string_value(json_object_get(request, "ConditionExpression")),
			 "#state.#h0.#seq = :seq AND NOT #state.#h0.#over = :seq");
	json_assert_text(json_object_get(request, "ExpressionAttributeNames"),
			 "{'#state':'state','#h0':'a.example.com','#seq':'seq','#over':'over',"
			 "'#pub':'pub','#time':'time'}");
	json_decref(request);
}
END_TEST

START_TEST(confirm_holds_for_its_addresses_only)
{
	struct store_confirm c = {
		.name = value_name("a.example.com"), .seq = 7, .time_s = 1700000000};

	ck_assert_int_eq(addr_parse(slice_of("2001:db8::1"), &c.want.v6), 0);
	assert_request(item_request_confirm("t-1", "bob", &c),
		       "{" KEY "," ALL_OLD ",'ReturnValues':'ALL_NEW','UpdateExpression':"
		       "'SET #state.#h0.#pub = :pub0, #state.#h0.#time = :time0',"
		       "'ConditionExpression':'#state.#h0.#seq = :seq AND "
		       "attribute_not_exists(#state.#h0.#v4) AND #state.#h0.#v6 = :v6',"
		       "'ExpressionAttributeNames':{'#state':'state','#h0':'a.example.com',"
		       "'#seq':'seq','#pub':'pub','#time':'time','#v4':'v4','#v6':'v6'},"
		       "'ExpressionAttributeValues':{':seq':{'N':'7'},':v6':{'S':'2001:db8::1'},"
		       "':pub0':{'N':'7'},':time0':{'N':'1700000000'}}}");
}
END_TEST

static void fill_intents(struct item_intent *intents, size_t n, uint64_t base_seq, bool has_want)
{
	char name[64];
	size_t i;

	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "h%zu.example.com", i);
		intents[i] = (struct item_intent){
			.name = value_name(name),
			.base = {.want = has_want ? value_pair("192.0.2.7", "2001:db8::7")
						  : value_pair(NULL, NULL),
				 .seq = base_seq,
				 .pub = base_seq},
			.state = {.want = value_pair("192.0.2.1", "2001:db8::1"),
				  .seq = base_seq + 1,
				  .wanted_ms = 1700000000123},
			.is_whole = base_seq == 0};
	}
}

/* DynamoDB Developer Guide, "Constraints": 300 operators and functions in an expression. A space
 * stands on each side of an operator, a bracket behind a function. */
static unsigned count_operators(const char *expression)
{
	static const char *const operators[] = {" AND ", " OR ", " = ", " >= ", "("};
	unsigned n = 0;
	const char *at;
	size_t i;

	for (i = 0; i < N_ELEMENTS(operators); i++)
		for (at = expression; (at = strstr(at, operators[i])) != NULL; at++)
			n++;
	return n;
}

START_TEST(as_many_hosts_as_are_allowed_fit_the_limits_of_an_expression)
{
	static const struct {
		uint64_t base_seq;
		bool has_want, is_read;
	} rows[] = {{0}, {.base_seq = 1}, {.base_seq = 1, .has_want = true}, {.is_read = true}};
	static const char *const expressions[] = {"UpdateExpression", "ConditionExpression"};
	struct item_intent intents[ITEM_REQUEST_HOSTS_MAX];
	json_t *item = json_object(), *request;
	size_t i;

	fill_intents(intents, N_ELEMENTS(intents), rows[_i].base_seq, rows[_i].has_want);
	request = item_request_intend("t-1", "bob", intents, N_ELEMENTS(intents),
				      rows[_i].is_read ? item : NULL);
	ck_assert_ptr_nonnull(request);
	for (i = 0; i < N_ELEMENTS(expressions); i++) {
		const json_t *expression = json_object_get(request, expressions[i]);

		ck_assert_uint_le(json_string_length(expression), EXPRESSION_MAX);
		ck_assert_uint_le(count_operators(json_string_value(expression)), 300);
	}
	json_decref(item);
	json_decref(request);
}
END_TEST

START_TEST(state_of_every_host_but_one_can_be_dropped_at_once)
{
	struct account *a, *old;
	json_t *item = json_text("{" OLD_ITEM ",'host':{'SS':[]},'state':{'M':{}}}");
	json_t *set = json_object_get(json_object_get(item, "host"), "SS");
	json_t *map = json_object_get(json_object_get(item, "state"), "M");
	json_t *request;
	char name[64];
	int i;

	for (i = 0; i < ACCOUNT_HOSTS_MAX; i++) {
		snprintf(name, sizeof(name), "h%d.example.com", i);
		json_array_append_new(set, json_string(name));
		json_object_set_new(map, name, json_text("{'M':{'seq':{'N':'1'}}}"));
	}
	ck_assert_int_eq(item_to_account(item, NULL, &old, NULL), 0);
	a = account("{" OLD_ITEM ",'host':{'S':'h9.example.com'}}");
	request = item_request_replace("t-1", a, item, old);
	ck_assert_ptr_nonnull(request);
	ck_assert_uint_eq(json_object_size(json_object_get(request, "ExpressionAttributeNames")),
			  7 + ACCOUNT_HOSTS_MAX - 1);
	ck_assert_uint_le(json_string_length(json_object_get(request, "UpdateExpression")),
			  EXPRESSION_MAX);
	json_decref(request);
	account_free(a);
	account_free(old);
	json_decref(item);
}
END_TEST

/* One of each, for the loop below. */
static json_t *make(int which, const struct account *a, const json_t *item,
		    const struct item_intent *intents)
{
	struct store_confirm c = {.name = intents[0].name, .seq = 1};

	switch (which) {
	case 0:
		return item_request_get("t-1", "bob");
	case 1:
		return item_request_scan("t-1", item, 1);
	case 2:
		return item_request_create("t-1", a);
	case 3:
		return item_request_replace("t-1", a, item, a);
	case 4:
		return item_request_remove("t-1", "bob");
	case 5:
		return item_request_intend("t-1", "bob", intents, 2, NULL);
	case 6:
		return item_request_intend("t-1", "bob", intents, 2, item);
	case 7:
		return item_request_intend_first("t-1", "bob", intents, 2);
	default:
		return item_request_confirm("t-1", "bob", &c);
	}
}

static void *json_malloc(size_t size)
{
	return malloc(size);
}

static void json_free(void *p)
{
	free(p);
}

START_TEST(every_failed_allocation_is_told)
{
	struct item_intent intents[2];
	struct account *a;
	json_t *item, *request;
	bool failed = true;
	size_t n;

	json_set_alloc_funcs(json_malloc, json_free);
	item = json_text("{" OLD_ITEM ",'host':{'S':'a.example.com'},'ttl':{'S':'60'},"
			 "'disabled':{'BOOL':true},'quirks':{'SS':['nochg-as-good']},"
			 "'state':{'M':{'b.example.com':{'M':{}}}}}");
	ck_assert_int_eq(item_to_account(item, NULL, &a, NULL), 0);
	fill_intents(intents, 2, 0, false);
	intents[1].base.seq = 1;
	for (n = 1; failed; n++) {
		fake_malloc_fail_at(n);
		request = make(_i, a, item, intents);
		failed = fake_malloc_off();
		ck_assert_int_eq(request == NULL, failed);
	}
	ck_assert_uint_gt(n, 5);
	json_decref(request);
	account_free(a);
	json_decref(item);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("item_request");
	TCase *tc = tcase_create("item_request");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, get_is_strongly_consistent);
	tcase_add_test(tc, scan_begins_and_goes_on_where_the_last_page_ended);
	tcase_add_test(tc, create_is_refused_when_the_login_is_taken);
	tcase_add_test(tc, remove_needs_the_login_to_be_there);
	tcase_add_loop_test(tc, replace_sets_what_is_there_and_removes_the_rest, 0,
			    N_ELEMENTS(replace_rows));
	tcase_add_test(tc, intend_of_a_host_without_state_stores_it_whole);
	tcase_add_test(tc, intend_of_a_host_with_state_leaves_pub_and_time_alone);
	tcase_add_test(tc, what_is_to_be_deleted_is_named_only_where_there_is_or_was_something);
	tcase_add_test(tc, intend_says_when_it_was_asked_for_where_that_is_known);
	tcase_add_test(tc, intend_that_is_over_says_so);
	tcase_add_test(tc, intend_as_a_whole_writes_all_of_the_state);
	tcase_add_test(tc, intend_compares_with_what_was_read_as_it_is_spelt);
	tcase_add_test(tc, first_intend_makes_the_map);
	tcase_add_test(tc, confirm_holds_for_its_seq_only);
	tcase_add_test(tc, so_many_states_are_removed_at_once);
	tcase_add_test(tc, confirm_that_has_to_be_the_last_holds_while_it_is_not_over);
	tcase_add_test(tc, confirm_holds_for_its_addresses_only);
	tcase_add_loop_test(tc, as_many_hosts_as_are_allowed_fit_the_limits_of_an_expression, 0, 4);
	tcase_add_test(tc, state_of_every_host_but_one_can_be_dropped_at_once);
	tcase_add_loop_test(tc, every_failed_allocation_is_told, 0, 9);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
