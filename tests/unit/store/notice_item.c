/* SPDX-License-Identifier: BSD-2-Clause
 * store/notice_item.h: which slots a notice may be in, what is asked for, and what is read. */
#include "store/notice_item.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/json_text.h"
#include "kit/unit.h"

enum { NOW_S = 1800000000 };

static struct notice make(const char *holder, const char *why)
{
	struct notice n = {.id = "e1",
			   .target = "ops",
			   .body = "{}",
			   .made_s = NOW_S,
			   .next_s = NOW_S + 5,
			   .attempts = 2,
			   .held_until_s = NOW_S + 120};

	memcpy(n.holder, holder, strlen(holder) + 1);
	memcpy(n.why, why, strlen(why) + 1);
	return n;
}

START_TEST(keys_are_those_of_no_login)
{
	char key[NOTICE_KEY_SIZE];

	ck_assert_str_eq(notice_key(0, key), "notify:000");
	ck_assert_str_eq(notice_key(7, key), "notify:007");
	ck_assert_str_eq(notice_key(255, key), "notify:255");
	ck_assert_str_eq(notice_key(256, key), "notify:000");
}
END_TEST

START_TEST(slots_of_a_notice_differ_and_stay_the_same)
{
	unsigned slots[NOTICE_PROBES], i, k;

	for (i = 0; i < NOTICE_PROBES; i++) {
		slots[i] = notice_slot("e1", "ops", i);
		ck_assert_uint_lt(slots[i], NOTICE_SLOTS);
		for (k = 0; k < i; k++)
			ck_assert_uint_ne(slots[i], slots[k]);
	}
	/* Other versions look there, too. */
	ck_assert_uint_eq(slots[0], 60);
	ck_assert_uint_eq(slots[1], 205);
	ck_assert_uint_ne(notice_slot("e1", "pager", 0), slots[0]);
	ck_assert_uint_ne(notice_slot("e2", "ops", 0), slots[0]);
}
END_TEST

/* So many of 1000 sets of n notices lose one, as the table has no room for it. */
static unsigned count_lost(unsigned n)
{
	unsigned lost = 0, set, i, p;

	for (set = 0; set < 1000; set++) {
		bool used[NOTICE_SLOTS] = {false};

		for (i = 0; i < n; i++) {
			char id[32];

			snprintf(id, sizeof(id), "%u-%u", set, i);
			for (p = 0; p < NOTICE_PROBES && used[notice_slot(id, "ops", p)]; p++)
				;
			if (p == NOTICE_PROBES)
				lost++;
			else
				used[notice_slot(id, "ops", p)] = true;
		}
	}
	return lost;
}

START_TEST(half_of_the_slots_are_filled_almost_always)
{
	/* Of 128,000 notices; the last one of 128 has a chance of 1 in 256 to find none. */
	ck_assert_uint_lt(count_lost(NOTICE_SLOTS / 2), 128);
	ck_assert_uint_gt(count_lost(NOTICE_SLOTS), 1000);
}
END_TEST

#define KEY(slot)  "'TableName':'t-1','Key':{'user':{'S':'notify:" slot "'}}"
#define TELLS_ITEM "'ReturnValuesOnConditionCheckFailure':'ALL_OLD'"
#define FILLED                                                                                     \
	"SET #id = :id, #target = :target, #body = :body, #made = :made, #next = :next,"           \
	" #attempts = :attempts, #status = :status, #until = :until, #expiry = :expiry"
#define FILLED_NAMES                                                                               \
	"'#id':'id','#target':'target','#body':'body','#made':'made','#next':'next',"              \
	"'#attempts':'attempts','#status':'status','#why':'why','#holder':'holder',"               \
	"'#until':'held_until','#expiry':'history-ttl'"
#define FILLED_VALUES                                                                              \
	"':id':{'S':'e1'},':target':{'S':'ops'},':body':{'S':'{}'},':made':{'N':'1800000000'},"    \
	"':next':{'N':'1800000005'},':attempts':{'N':'2'},':status':{'S':'waiting'},"              \
	"':until':{'N':'1800000120'},':expiry':{'N':'1802592000'}"

static void check(json_t *got, const char *want)
{
	json_assert_text(got, want);
	json_decref(got);
}

START_TEST(empty_slot_is_filled)
{
	const struct notice bare = make("", ""), held = make("aa", "no route");

	check(notice_request_put("t-1", 7, &bare),
	      "{" KEY("007") "," TELLS_ITEM ",'UpdateExpression':'" FILLED " REMOVE #why, #holder',"
			     "'ConditionExpression':'attribute_not_exists(#id)',"
			     "'ExpressionAttributeNames':{" FILLED_NAMES
			     "},'ExpressionAttributeValues':{" FILLED_VALUES "}}");
	check(notice_request_put("t-1", 7, &held),
	      "{" KEY("007") "," TELLS_ITEM ",'UpdateExpression':'" FILLED
			     ", #why = :why, #holder = :holder',"
			     "'ConditionExpression':'attribute_not_exists(#id)',"
			     "'ExpressionAttributeNames':{" FILLED_NAMES
			     "},'ExpressionAttributeValues':{" FILLED_VALUES
			     ",':holder':{'S':'aa'},"
			     "':why':{'S':'no route'}}}");
}
END_TEST

START_TEST(slot_of_what_was_given_up_is_filled_while_it_has_that)
{
	const struct notice n = make("aa", ""), dead = {.id = "e0", .target = "pager"};

	check(notice_request_replace("t-1", 255, &n, &dead),
	      "{" KEY("255") "," TELLS_ITEM ",'UpdateExpression':'" FILLED
			     ", #holder = :holder REMOVE #why',"
			     "'ConditionExpression':'#id = :oldid AND #target = :oldtarget AND"
			     " #status = :dead','ExpressionAttributeNames':{" FILLED_NAMES
			     "},'ExpressionAttributeValues':{" FILLED_VALUES
			     ",':holder':{'S':'aa'},':oldid':{'S':'e0'},"
			     "':oldtarget':{'S':'pager'},':dead':{'S':'dead'}}}");
}
END_TEST

#define OF_ONE "'#id':'id','#target':'target','#holder':'holder'"
#define IS_ONE "':id':{'S':'e1'},':target':{'S':'ops'},':holder':{'S':'aa'}"

START_TEST(claim_asks_who_holds_it)
{
	const struct notice n = make("aa", "");

	check(notice_request_claim("t-1", 7, &n, NOW_S),
	      "{" KEY("007") "," TELLS_ITEM
			     ",'UpdateExpression':'SET #holder = :holder, #until = :until',"
			     "'ConditionExpression':'#id = :id AND #target = :target AND"
			     " (attribute_not_exists(#holder) OR #holder = :holder OR"
			     " NOT (#until BETWEEN :soon AND :most))',"
			     "'ExpressionAttributeNames':{" OF_ONE ",'#until':'held_until'},"
			     "'ExpressionAttributeValues':{" IS_ONE
			     ",':until':{'N':'1800000120'},':soon':{'N':'1800000001'},"
			     "':most':{'N':'1800003600'}}}");
}
END_TEST

#define IS_HELD "'ConditionExpression':'#id = :id AND #target = :target AND #holder = :holder'"

START_TEST(holder_writes_what_became_of_it)
{
	struct notice n = make("aa", "");

	check(notice_request_update("t-1", 7, &n),
	      "{" KEY("007") "," TELLS_ITEM ",'UpdateExpression':'SET #made = :made, #next = :next,"
			     " #attempts = :attempts, #status = :status, #until = :until,"
			     " #expiry = :expiry REMOVE #why'," IS_HELD
			     ",'ExpressionAttributeNames':{" OF_ONE
			     ",'#made':'made','#next':'next','#attempts':'attempts',"
			     "'#status':'status','#until':'held_until',"
			     "'#expiry':'history-ttl','#why':'why'},"
			     "'ExpressionAttributeValues':{" IS_ONE
			     ",':made':{'N':'1800000000'},':expiry':{'N':'1802592000'},"
			     "':next':{'N':'1800000005'},':attempts':{'N':'2'},"
			     "':status':{'S':'waiting'},':until':{'N':'1800000120'}}}");
	n.state = NOTICE_DEAD;
	n.held_until_s = 0;
	notice_set_why(&n, slice_of("HTTP 410"));
	check(notice_request_update("t-1", 7, &n),
	      "{" KEY("007") "," TELLS_ITEM ",'UpdateExpression':'SET #made = :made, #next = :next,"
			     " #attempts = :attempts, #status = :status, #until = :until,"
			     " #expiry = :expiry, #why = :why'," IS_HELD
			     ",'ExpressionAttributeNames':{" OF_ONE
			     ",'#made':'made','#next':'next','#attempts':'attempts',"
			     "'#status':'status','#until':'held_until',"
			     "'#expiry':'history-ttl','#why':'why'},"
			     "'ExpressionAttributeValues':{" IS_ONE
			     ",':made':{'N':'1800000000'},':expiry':{'N':'1802592000'},"
			     "':next':{'N':'1800000005'},':attempts':{'N':'2'},"
			     "':status':{'S':'dead'},':until':{'N':'0'},"
			     "':why':{'S':'HTTP 410'}}}");
}
END_TEST

START_TEST(slot_is_emptied_and_stays)
{
	const struct notice n = make("aa", "");

	check(notice_request_remove("t-1", 7, &n),
	      "{" KEY("007") "," TELLS_ITEM
			     ",'UpdateExpression':'REMOVE #id, #target, #body, #made, #next,"
			     " #attempts, #status, #why, #holder, #until, #expiry'," IS_HELD
			     ",'ExpressionAttributeNames':{" FILLED_NAMES
			     "},'ExpressionAttributeValues':{" IS_ONE "}}");
}
END_TEST

START_TEST(slot_is_read)
{
	check(notice_request_get("t-1", 7, true), "{" KEY("007") ",'ConsistentRead':true}");
	check(notice_request_get("t-1", 7, false),
	      "{" KEY("007") ",'ReturnConsumedCapacity':'TOTAL'}");
}
END_TEST

#define SLOT                                                                                       \
	"'user':{'S':'notify:007'},'history-ttl':{'N':'1'},'id':{'S':'e1'},"                       \
	"'target':{'S':'ops'},'body':{'S':'{}'},'made':{'N':'1800000000'},"                        \
	"'next':{'N':'1800000005'},'attempts':{'N':'2'},'status':{'S':'dead'},"                    \
	"'held_until':{'N':'1800000120'}"

START_TEST(slot_is_read_as_it_was_written)
{
	json_t *item = json_text("{" SLOT ",'why':{'S':'HTTP 410'},'holder':{'S':'aa'}}"),
	       *bare = json_text("{" SLOT "}");
	struct notice n;

	ck_assert(notice_item_read(item, &n));
	ck_assert_str_eq(n.id, "e1");
	ck_assert_str_eq(n.target, "ops");
	ck_assert_str_eq(n.body, "{}");
	ck_assert_str_eq(n.why, "HTTP 410");
	ck_assert_str_eq(n.holder, "aa");
	ck_assert_int_eq(n.made_s, NOW_S);
	ck_assert_int_eq(n.next_s, NOW_S + 5);
	ck_assert_int_eq(n.held_until_s, NOW_S + 120);
	ck_assert_uint_eq(n.attempts, 2);
	ck_assert_int_eq(n.state, NOTICE_DEAD);
	ck_assert(notice_item_read(bare, &n));
	ck_assert_str_eq(n.why, "");
	ck_assert_str_eq(n.holder, "");
	json_decref(item);
	json_decref(bare);
}
END_TEST

/* What replaces, or is taken out (NULL), of a slot that is one. */
static const struct {
	const char *name, *value;
} garbage[] = {
	{"id", NULL},
	{"id", "{'N':'5'}"},
	{"id", "{'S':''}"},
	{"id", "{'S':'a b'}"},
	{"id", "'e1'"},
	{"id", "{'S':'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'}"},
	{"target", NULL},
	{"target", "{'L':[]}"},
	{"body", NULL},
	{"body", "{'S':'a\\nb'}"},
	{"body", "{'M':{}}"},
	{"made", NULL},
	{"made", "{'N':'0'}"},
	{"made", "{'N':'-5'}"},
	{"made", "{'N':'1.8E9'}"},
	{"made", "{'N':'99999999999999999999'}"},
	{"made", "{'S':'1800000000'}"},
	{"made", "{'N':1800000000}"},
	{"next", NULL},
	{"next", "null"},
	{"attempts", "{'N':'4294967296'}"},
	{"attempts", "{'N':''}"},
	{"status", NULL},
	{"status", "{'S':'DEAD'}"},
	{"status", "{'BOOL':true}"},
	{"why", "{'S':'\\u001b[2J'}"},
	{"holder", "{'S':' '}"},
	{"held_until", "{'N':'soon'}"},
};

START_TEST(what_other_hands_wrote_is_no_notice)
{
	json_t *item = json_text("{" SLOT "}");
	struct notice n;

	if (garbage[_i].value == NULL)
		json_object_del(item, garbage[_i].name);
	else
		json_object_set_new(item, garbage[_i].name, json_text(garbage[_i].value));
	ck_assert_msg(!notice_item_read(item, &n), "row %d", _i);
	json_decref(item);
}
END_TEST

START_TEST(what_is_no_slot_is_no_notice)
{
	json_t *item = json_text("{" SLOT "}"), *list = json_text("[1]");
	struct notice n;

	ck_assert(!notice_item_read(NULL, &n));
	ck_assert(!notice_item_read(list, &n));
	ck_assert(notice_item_is(item, "e1", "ops"));
	ck_assert(!notice_item_is(item, "e1", "op"));
	ck_assert(!notice_item_is(item, "e", "ops"));
	ck_assert(!notice_item_is(NULL, "e1", "ops"));
	ck_assert(!notice_item_is(list, "e1", "ops"));
	json_decref(item);
	json_decref(list);
}
END_TEST

static void *json_malloc(size_t size)
{
	return malloc(size);
}

static void json_free(void *p)
{
	free(p);
}

static json_t *request_of(int which)
{
	const struct notice n = make("aa", ""), dead = {.id = "e0", .target = "pager"};

	switch (which) {
	case 0:
		return notice_request_get("t-1", 7, false);
	case 1:
		return notice_request_put("t-1", 7, &n);
	case 2:
		return notice_request_replace("t-1", 7, &n, &dead);
	case 3:
		return notice_request_claim("t-1", 7, &n, NOW_S);
	case 4:
		return notice_request_update("t-1", 7, &n);
	default:
		return notice_request_remove("t-1", 7, &n);
	}
}

START_TEST(without_memory_there_is_no_request)
{
	json_t *request, *whole;
	bool failed, is_right;
	size_t n;

	json_set_alloc_funcs(json_malloc, json_free);
	whole = request_of(_i);
	ck_assert_ptr_nonnull(whole);
	for (n = 1;; n++) {
		fake_malloc_fail_at(n);
		request = request_of(_i);
		failed = fake_malloc_off();
		/* Nothing of it is missing: a value that it does not need may have been. */
		is_right = request == NULL ? failed : json_equal(request, whole);
		json_decref(request);
		ck_assert_msg(is_right, "allocation %zu", n);
		if (!failed)
			break;
	}
	ck_assert_uint_gt(n, 5);
	json_decref(whole);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("notice_item");
	TCase *tc = tcase_create("notice_item");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, keys_are_those_of_no_login);
	tcase_add_test(tc, slots_of_a_notice_differ_and_stay_the_same);
	tcase_add_test(tc, half_of_the_slots_are_filled_almost_always);
	tcase_add_test(tc, empty_slot_is_filled);
	tcase_add_test(tc, slot_of_what_was_given_up_is_filled_while_it_has_that);
	tcase_add_test(tc, claim_asks_who_holds_it);
	tcase_add_test(tc, holder_writes_what_became_of_it);
	tcase_add_test(tc, slot_is_emptied_and_stays);
	tcase_add_test(tc, slot_is_read);
	tcase_add_test(tc, slot_is_read_as_it_was_written);
	tcase_add_loop_test(tc, what_other_hands_wrote_is_no_notice, 0, N_ELEMENTS(garbage));
	tcase_add_test(tc, what_is_no_slot_is_no_notice);
	tcase_add_loop_test(tc, without_memory_there_is_no_request, 0, 6);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
