/* SPDX-License-Identifier: BSD-2-Clause
 * The texts are what tables hold: they must stay. */
#include "store/history_item.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/json_text.h"
#include "kit/unit.h"
#include "kit/values.h"

enum { NOON_S = 1767268800 }; /* 2026-01-01T12:00:00Z */

START_TEST(each_month_has_its_key)
{
	static const struct {
		int64_t time_s;
		const char *key;
	} rows[] = {
		{0, "history:a.example.com:197001"},
		{NOON_S - 43201, "history:a.example.com:202512"},
		{NOON_S - 43200, "history:a.example.com:202601"},
		{NOON_S + 366 * 86400, "history:a.example.com:202701"},
	};
	const struct fqdn host = value_name("a.example.com");
	char key[HISTORY_KEY_SIZE];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_str_eq(history_key(&host, history_month(rows[i].time_s), key),
				 rows[i].key);
}
END_TEST

static struct history_entry whole_entry(void)
{
	return (struct history_entry){
		.time_s = NOON_S,
		.host = value_name("a.example.com"),
		.user = "bob",
		.old = value_pair("192.0.2.1", NULL),
		.new = value_pair("192.0.2.2", "2001:db8::1"),
		.from = value_addr("198.51.100.7"),
		.verdict = "good",
		.agent = "router/1",
	};
}

#define WHOLE                                                                                      \
	"{'M':{'time':{'N':'1767268800'},'user':{'S':'bob'},'old4':{'S':'192.0.2.1'},"             \
	"'v4':{'S':'192.0.2.2'},'v6':{'S':'2001:db8::1'},'from':{'S':'198.51.100.7'},"             \
	"'verdict':{'S':'good'},'agent':{'S':'router/1'}}}"
#define REQUEST(entries, room)                                                                     \
	"{'TableName':'t-1','Key':{'user':{'S':'history:a.example.com:202601'}},"                  \
	"'UpdateExpression':'SET #expiry = :expiry, #entries ="                                    \
	" list_append(if_not_exists(#entries, :none), :new)',"                                     \
	"'ConditionExpression':'attribute_not_exists(#entries) OR"                                 \
	" (attribute_type(#entries, :list) AND size(#entries) <= :room)',"                         \
	"'ExpressionAttributeNames':{'#entries':'entries','#expiry':'history-ttl'},"               \
	"'ExpressionAttributeValues':{':none':{'L':[]},':list':{'S':'L'},"                         \
	"':room':{'N':'" room "'},':expiry':{'N':'1767355200'},':new':{'L':[" entries "]}}}"

START_TEST(entries_are_added_where_there_is_room)
{
	struct history_entry entries[2] = {whole_entry(), whole_entry()};
	json_t *request = history_request_add("t-1", entries, 1, 86400);

	json_assert_text(request, REQUEST(WHOLE, "249"));
	json_decref(request);
	request = history_request_add("t-1", entries, 2, 86400);
	json_assert_text(request, REQUEST(WHOLE "," WHOLE, "248"));
	json_decref(request);
}
END_TEST

START_TEST(what_changes_nothing_leaves_room_for_changes)
{
	struct history_entry e = {.time_s = NOON_S, .host = value_name("a.example.com")};
	json_t *request = history_request_add("t-1", &e, 1, 86400);

	json_assert_text(request, REQUEST("{'M':{'time':{'N':'1767268800'}}}", "99"));
	json_decref(request);
}
END_TEST

START_TEST(an_item_of_the_longest_entries_is_small_enough)
{
	struct history_entry e = whole_entry();
	json_t *request, *list;
	char *text;

	memset(e.user, 'u', sizeof(e.user) - 1);
	memset(e.agent, 'a', sizeof(e.agent) - 1);
	memset(e.verdict, 'v', sizeof(e.verdict) - 1);
	e.old = e.new = value_pair("192.168.100.200", "2001:db8:1111:2222:3333:4444:5555:6666");
	e.from = e.old.v6;
	request = history_request_add("t-1", &e, 1, 86400);
	list = json_object_get(
		json_object_get(json_object_get(request, "ExpressionAttributeValues"), ":new"),
		"L");
	/* As JSON it is longer than as DynamoDB counts it. */
	text = json_dumps(json_array_get(list, 0), JSON_COMPACT);
	ck_assert_uint_lt(strlen(text) * HISTORY_MONTH_MAX, 400 * 1024);
	free(text);
	json_decref(request);
}
END_TEST

/* So many different entries, twice. */
static json_t *written_twice(size_t n)
{
	json_t *list = json_array(), *item = json_object();
	size_t i;

	for (i = 0; i < 2 * n; i++) {
		char time[24];

		snprintf(time, sizeof(time), "%zu", 1 + i % n);
		json_array_append_new(list, json_pack("{s:{s:{s:s}}}", "M", "time", "N", time));
	}
	json_object_set_new(item, "entries", json_pack("{s:o}", "L", list));
	return item;
}

START_TEST(a_write_that_came_twice_is_read_once)
{
	const struct fqdn host = value_name("a.example.com");
	static const struct {
		size_t n, want;
	} rows[] = {
		{1, 1},
		{2, 2},
		{HISTORY_BATCH_MAX, HISTORY_BATCH_MAX},
		/* No write holds so many. */
		{HISTORY_BATCH_MAX + 1, 2 * (HISTORY_BATCH_MAX + 1)},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		json_t *item = written_twice(rows[i].n);
		struct history_entry *got = NULL;
		size_t n = 0;

		ck_assert_int_eq(history_item_read(item, &host, 0, &got, &n), 0);
		ck_assert_uint_eq(n, rows[i].want);
		free(got);
		json_decref(item);
	}
}
END_TEST

static size_t read_item(const char *text, int64_t since_s, struct history_entry **ret)
{
	const struct fqdn host = value_name("a.example.com");
	json_t *item = json_text(text);
	size_t n = 0;

	*ret = NULL;
	ck_assert_int_eq(history_item_read(item, &host, since_s, ret, &n), 0);
	json_decref(item);
	return n;
}

START_TEST(what_was_written_is_read)
{
	const struct history_entry want = whole_entry();
	struct history_entry *got;

	ck_assert_uint_eq(read_item("{'entries':{'L':[" WHOLE "]}}", 0, &got), 1);
	ck_assert_int_eq(got->time_s, want.time_s);
	ck_assert(fqdn_equal(&got->host, &want.host));
	ck_assert(addr_pair_equal(&got->old, &want.old));
	ck_assert(addr_pair_equal(&got->new, &want.new));
	ck_assert(addr_equal(&got->from, &want.from));
	ck_assert_str_eq(got->user, want.user);
	ck_assert_str_eq(got->verdict, want.verdict);
	ck_assert_str_eq(got->agent, want.agent);
	free(got);
}
END_TEST

START_TEST(what_a_hand_wrote_is_read_as_far_as_it_can_be)
{
	static const struct {
		const char *item;
		int64_t since_s;
		size_t n;
	} rows[] = {
		{"{}", 0, 0},
		{"{'entries':{'S':'x'}}", 0, 0},
		{"{'entries':{'L':'x'}}", 0, 0},
		{"{'entries':{'L':[7,{'S':'x'},{'M':{}},{'M':{'time':{'S':'5'}}},"
		 "{'M':{'time':{'N':'-5'}}},{'M':{'time':{'N':'5.5'}}}]}}",
		 0, 0},
		{"{'entries':{'L':[{'M':{'time':{'N':'5'},'v4':{'S':'2001:db8::1'},"
		 "'user':{'N':'1'}}}]}}",
		 0, 1},
		/* The answer to the first attempt was lost. */
		{"{'entries':{'L':[" WHOLE "," WHOLE "]}}", 0, 1},
		{"{'entries':{'L':[" WHOLE "]}}", NOON_S, 1},
		{"{'entries':{'L':[" WHOLE "]}}", NOON_S + 1, 0},
	};
	struct history_entry *got;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		ck_assert_msg(read_item(rows[i].item, rows[i].since_s, &got) == rows[i].n,
			      "row %zu", i);
		if (i == 4)
			ck_assert(!addr_is_set(&got->new.v4) && got->user[0] == '\0');
		free(got);
	}
}
END_TEST

/* jansson is a shared library: send its allocations through here too. */
static void *take_memory(size_t size)
{
	return malloc(size);
}

static void give_memory(void *p)
{
	free(p);
}

START_TEST(memory_that_runs_out_is_told)
{
	const struct history_entry e = whole_entry();
	const struct fqdn host = value_name("a.example.com");
	struct history_entry *got = NULL;
	json_t *request, *item;
	size_t at, n = 0;
	bool failed = true;
	int err;

	json_set_alloc_funcs(take_memory, give_memory);
	item = json_text("{'entries':{'L':[" WHOLE "]}}");
	fake_malloc_fail_from(1);
	err = history_item_read(item, &host, 0, &got, &n);
	fake_malloc_off();
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert(got == NULL && n == 0);
	json_decref(item);
	for (at = 1; failed; at++) {
		fake_malloc_fail_at(at);
		request = history_request_add("t-1", &e, 1, 86400);
		failed = fake_malloc_off();
		ck_assert_msg((request == NULL) == failed, "allocation %zu", at);
		json_decref(request);
	}
	ck_assert_uint_gt(at, 40);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_month_has_its_key,
		entries_are_added_where_there_is_room,
		what_changes_nothing_leaves_room_for_changes,
		an_item_of_the_longest_entries_is_small_enough,
		a_write_that_came_twice_is_read_once,
		what_was_written_is_read,
		what_a_hand_wrote_is_read_as_far_as_it_can_be,
		memory_that_runs_out_is_told,
	};

	return unit_run("history_item", tests, N_ELEMENTS(tests));
}
