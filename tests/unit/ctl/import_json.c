/* SPDX-License-Identifier: BSD-2-Clause
 * Accounts in the three kinds of JSON. */
#include "ctl/import_json.h"

#include "kit/import_kit.h"
#include "kit/unit.h"

static int read_any(struct import_list *l, char *text, size_t len, struct errinfo *ei)
{
	return import_json(l, (struct slice){text, len}, IMPORT_JSON_ANY, ei);
}

static int read_dynamodb(struct import_list *l, char *text, size_t len, struct errinfo *ei)
{
	return import_json(l, (struct slice){text, len}, IMPORT_JSON_DYNAMODB, ei);
}

#define HOME	"home.dyn.example.com"
#define S(text) "{\"S\":\"" text "\"}"
#define ITEM	"{\"user\":" S("test1") ",\"pass\":" S("test9994") ",\"host\":" S("home")

static const struct import_kit_row export_rows[] = {
	{"{\"version\":1,\"accounts\":[]}", ""},
	{"{\"version\":1,\"accounts\":[\n"
	 "{\"user\":\"a\",\"secret\":\"test9994\",\"hosts\":[\"home\",\"nas\"],\"ttl\":300,"
	 "\"disabled\":true,\"quirks\":[\"one-line\"],\"valid-until\":\"2027-01-31T12:00:00Z\","
	 "\"from\":[\"192.0.2.1\"],\"interface-ids\":[\"nas=::1:2:3:4\"]}\n,"
	 "{\"user\":\"b\",\"hosts\":[\"cam\"],\"ttl\":null}]}",
	 "2 a: test9994 " HOME " nas.dyn.example.com ttl=300 disabled=true quirks=one-line "
	 "valid-until=2027-01-31T12:00:00Z from=192.0.2.1/32 "
	 "interface-ids=nas.dyn.example.com=::1:2:3:4\n3 b: cam.dyn.example.com"},
	{"{\"accounts\":[{\"user\":\"a\",\"hosts\":[1]},\n{\"user\":\"b\",\"hosts\":\"x\"},"
	 "{\"user\":\"c\",\"ttl\":1.5},{\"user\":\"d\",\"disabled\":\"true\"},\n"
	 "{\"user\":\"e\",\"pass\":\"x\"},7]}",
	 "1 a: refused, \"hosts\" is not an array of strings\n"
	 "2 b: refused, \"hosts\" is of another type than it should be\n"
	 "2 c: refused, \"ttl\" is of another type than it should be\n"
	 "2 d: refused, \"disabled\" is of another type than it should be\n"
	 "3 e: refused, there is no member \"pass\"\n3 : refused, the login is empty"},
	{"{\"version\":2,\"accounts\":[]}", "! line 1: the export is of a later version"},
	{"{\"accounts\":{}}", "! line 1: an array of accounts is expected here"},
	{"[]", "! line 1: an object of JSON is expected here"},
	{"{\"a\":1}", "! there is no member \"accounts\", \"Items\" or \"users\""},
	{"{\"accounts\":[\n{\"user\":\"a\"\n\"secret\":\"hush\"}]}", "! line 3: this is not JSON"},
	{"{\"accounts\":[{}", "! line 1: this is not JSON"},
	{"{\"accounts\":[{},,{}]}", "! line 1: this is not JSON"},
	{"{\"accounts\":[]} x", "! line 1: this is not JSON"},
	{"{\"accounts\":[{\"user\":\"a\",\"user\":\"b\"}]}", "! line 1: this is not JSON"},
	{"{accounts:[]}", "! line 1: this is not JSON"},
};

START_TEST(what_export_writes_is_read)
{
	import_kit_check(read_any, export_rows, N_ELEMENTS(export_rows));
}
END_TEST

static const struct import_kit_row item_rows[] = {
	{"{\n \"Items\": [\n  " ITEM
	 ",\"ttl\":" S("300") "}\n ],\n \"Count\": 1,\n"
			      " \"ScannedCount\": 1,\n \"ConsumedCapacity\": null\n}\n",
	 "3 test1: test9994 " HOME " ttl=300"},
	/* Items of ours beside the accounts. */
	{"{\"Items\":[{\"user\":" S("host:home") "},\n" ITEM "}]}", "2 test1: test9994 " HOME},
	/* What was published there is not published here. */
	{"{\"Items\":[" ITEM ",\"disabled\":{\"BOOL\":false},\"state\":{\"M\":{\"" HOME
	 "\":{\"M\":{\"seq\":{\"N\":\"3\"},\"pub\":{\"N\":\"2\"}}}}}}]}",
	 "1 test1: test9994 " HOME " disabled="},
	{"{\"Items\":[" ITEM ",\"ttl\":{\"BOOL\":true}}]}",
	 "1 test1: refused, the item of user \"test1\" is malformed: ttl: it is neither a string "
	 "nor a number"},
	{"{\"Items\":[{\"user\":" S("x") ",\"host\":" S("home") "}]}",
	 "1 x: refused, the item of user \"x\" is malformed: pass: it is missing"},
	{"{\"Items\":[{\"user\":{\"N\":\"7\"}}]}", "1 : refused, the login is empty"},
	{"{\"Items\":[" ITEM "}],\"NextToken\":\"abc\"}",
	 "! line 1: NextToken says that these are not all items of the table"},
	{"{\"accounts\":[]}", "! there is no member \"Items\""},
};

START_TEST(items_of_the_table_are_read)
{
	import_kit_check(read_dynamodb, item_rows, N_ELEMENTS(item_rows));
}
END_TEST

static const struct import_kit_row user_rows[] = {
	{"{\"domain\":\"dyn.example.com\",\"users\":{\n\"foo\":{\"password\":\"secret12\","
	 "\"hosts\":[\"home\"]},\n\"bar\":{\"hosts\":[\"cam\"]},\n\"baz\":{\"password\":7}},"
	 "\"db\":\"db.json\"}",
	 "2 foo: secret12 " HOME "\n3 bar: refused, it has no password\n"
	 "4 baz: refused, it has no password"},
	{"{\"users\":[]}", "! line 1: an object of users is expected here"},
	{"{\"users\":{\"a\":{},}}", "! line 1: this is not JSON"},
};

START_TEST(users_of_dyndnsd_in_json_are_read)
{
	import_kit_check(read_any, user_rows, N_ELEMENTS(user_rows));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_export_writes_is_read,
		items_of_the_table_are_read,
		users_of_dyndnsd_in_json_are_read,
	};

	return unit_run("import_json", tests, N_ELEMENTS(tests));
}
