/* SPDX-License-Identifier: BSD-2-Clause
 * store/item.h: items as accounts and back. */
#include "store/item.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "kit/json_text.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

enum { SUMMARY_MAX = 4096 };

static struct fqdn zone;

static void setup(void)
{
	ck_assert_int_eq(fqdn_parse(slice_of("dyn.example.com"), &zone), 0);
}

/* An account in one line, so that a row can say all of it. */
static void summarise(const struct account *a, struct buf *out)
{
	char v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX];
	size_t i;

	buf_addf(out, "%s %s ttl=%" PRIu32 "%s quirks=%u", a->user, a->secret, a->ttl,
		 a->disabled ? " disabled" : "", a->quirks);
	for (i = 0; i < a->n_hosts; i++) {
		const struct account_host *h = &a->hosts[i];

		buf_addf(out, " %s", h->name.text);
		if (h->state.seq > 0)
			buf_addf(out, "(%s,%s %" PRIu64 "/%" PRIu64 " @%" PRId64 ")",
				 addr_format(&h->state.want.v4, v4),
				 addr_format(&h->state.want.v6, v6), h->state.seq, h->state.pub,
				 h->state.time_s);
	}
	ck_assert_int_eq(buf_err(out), 0);
}

#define HEAD	     "'user':{'S':'bob'},'pass':{'S':'test9994'}"
#define HOME	     "'host':{'S':'home.dyn.example.com'}"
#define STATE(entry) "{" HEAD "," HOME ",'state':{'M':{'home.dyn.example.com':" entry "}}}"

static const struct {
	const char *name;
	const char *item;
	const char *want;
} good_rows[] = {
	{"the original's demo row",
	 "{'user':{'S':'test1'},'pass':{'S':'test9994'},'ttl':{'S':'3600'},'host':{'S':'test1'}}",
	 "test1 test9994 ttl=3600 quirks=0 test1.dyn.example.com"},
	{"a row of the original without a ttl", "{" HEAD "," HOME "}",
	 "bob test9994 ttl=0 quirks=0 home.dyn.example.com"},
	{"a ttl of type N", "{" HEAD "," HOME ",'ttl':{'N':'300'}}",
	 "bob test9994 ttl=300 quirks=0 home.dyn.example.com"},
	{"a host with a trailing dot and capitals",
	 "{" HEAD ",'host':{'S':'Home.Dyn.Example.com.'}}",
	 "bob test9994 ttl=0 quirks=0 home.dyn.example.com"},
	{"a set of hosts", "{" HEAD ",'host':{'SS':['a.example.com','b']}}",
	 "bob test9994 ttl=0 quirks=0 a.example.com b.dyn.example.com"},
	{"a list of hosts", "{" HEAD ",'host':{'L':[{'S':'a.example.com'},{'S':'b.example.com'}]}}",
	 "bob test9994 ttl=0 quirks=0 a.example.com b.example.com"},
	{"a host in two spellings",
	 "{" HEAD ",'host':{'SS':['home','HOME.dyn.example.com','home.dyn.example.com.']}}",
	 "bob test9994 ttl=0 quirks=0 home.dyn.example.com"},
	{"a disabled account", "{" HEAD "," HOME ",'disabled':{'BOOL':true}}",
	 "bob test9994 ttl=0 disabled quirks=0 home.dyn.example.com"},
	{"an account that is not disabled", "{" HEAD "," HOME ",'disabled':{'BOOL':false}}",
	 "bob test9994 ttl=0 quirks=0 home.dyn.example.com"},
	{"a quirk, and one of a later version",
	 "{" HEAD "," HOME ",'quirks':{'SS':['sings','nochg-as-good']}}",
	 "bob test9994 ttl=0 quirks=1 home.dyn.example.com"},
	{"attributes of somebody else",
	 "{" HEAD "," HOME ",'note':{'M':{'x':{'B':'AA=='}}},'pub':{'N':'x'}}",
	 "bob test9994 ttl=0 quirks=0 home.dyn.example.com"},
	{"an empty state", "{" HEAD "," HOME ",'state':{'M':{}}}",
	 "bob test9994 ttl=0 quirks=0 home.dyn.example.com"},
	{"a whole state",
	 STATE("{'M':{'v4':{'S':'192.0.2.1'},'v6':{'S':'2001:db8::1'},'seq':{'N':'7'},"
	       "'pub':{'N':'6'},'time':{'N':'1700000000'}}}"),
	 "bob test9994 ttl=0 quirks=0 home.dyn.example.com(192.0.2.1,2001:db8::1 7/6 @1700000000)"},
	{"a state of one family that was never published",
	 STATE("{'M':{'v6':{'S':'2001:DB8:0::1'},'seq':{'N':'1'}}}"),
	 "bob test9994 ttl=0 quirks=0 home.dyn.example.com(,2001:db8::1 1/0 @0)"},
	{"a state of a host that is not in host",
	 "{" HEAD "," HOME ",'state':{'M':{'old.example.com':{'S':'garbage'}}}}",
	 "bob test9994 ttl=0 quirks=0 home.dyn.example.com"},
};

START_TEST(well_formed_item_becomes_the_account)
{
	struct errinfo ei = ERRINFO_INIT;
	struct account *a = NULL;
	json_t *item = json_text(good_rows[_i].item);
	struct buf got;
	int err = item_to_account(item, &zone, &a, &ei);

	ck_assert_msg(err == 0, "%s: %s", good_rows[_i].name, ei.text);
	buf_init(&got, SUMMARY_MAX);
	summarise(a, &got);
	ck_assert_msg(strcmp(buf_str(&got), good_rows[_i].want) == 0, "%s: got %s",
		      good_rows[_i].name, buf_str(&got));
	buf_fini(&got);
	account_free(a);
	json_decref(item);
}
END_TEST

static const struct {
	const char *item;
	const char *user;
	const char *attribute;
	const char *problem;
} bad_rows[] = {
	{"{'pass':{'S':'x'}," HOME "}", "?", "user", "not a string"},
	{"{'user':{'N':'1'},'pass':{'S':'x'}," HOME "}", "?", "user", "not a string"},
	{"{'user':{'S':''},'pass':{'S':'x'}," HOME "}", "", "user", "empty"},
	{"{'user':{'S':'a:b'},'pass':{'S':'x'}," HOME "}", "a:b", "user", "':'"},
	{"{'user':{'S':'bob'}," HOME "}", "bob", "pass", "missing"},
	{"{'user':{'S':'bob'},'pass':{'N':'12345678'}," HOME "}", "bob", "pass", "not a string"},
	{"{'user':{'S':'bob'},'pass':{'S':''}," HOME "}", "bob", "pass", "empty"},
	{"{" HEAD "}", "bob", "host", "missing"},
	{"{" HEAD ",'host':{'S':''}}", "bob", "host", "empty"},
	{"{" HEAD ",'host':{'L':[]}}", "bob", "host", "empty"},
	{"{" HEAD ",'host':{'SS':'a.example.com'}}", "bob", "host", "empty"},
	{"{" HEAD ",'host':{'SS':[1]}}", "bob", "host", "not every element"},
	{"{" HEAD ",'host':{'L':[{'N':'1'}]}}", "bob", "host", "not every element"},
	{"{" HEAD ",'host':{'N':'1'}}", "bob", "host", "neither"},
	{"{" HEAD ",'host':{'S':'a.example.com','SS':['b.example.com']}}", "bob", "host",
	 "neither"},
	{"{" HEAD ",'host':{'S':'-a-.example.com'}}", "bob", "host", "-a-.example.com"},
	{"{" HEAD ",'host':{'S':'192.0.2.1'}}", "bob", "host", "192.0.2.1"},
	{"{" HEAD "," HOME ",'ttl':{'S':'1h'}}", "bob", "ttl", "not a whole number"},
	{"{" HEAD "," HOME ",'ttl':{'S':''}}", "bob", "ttl", "not a whole number"},
	{"{" HEAD "," HOME ",'ttl':{'N':'-1'}}", "bob", "ttl", "not a whole number"},
	{"{" HEAD "," HOME ",'ttl':{'N':'2147483648'}}", "bob", "ttl", "not a whole number"},
	{"{" HEAD "," HOME ",'ttl':{'BOOL':true}}", "bob", "ttl", "neither"},
	{"{" HEAD "," HOME ",'disabled':{'S':'true'}}", "bob", "disabled", "not a boolean"},
	{"{" HEAD "," HOME ",'disabled':{'BOOL':'true'}}", "bob", "disabled", "not a boolean"},
	{"{" HEAD "," HOME ",'quirks':{'S':'nochg-as-good'}}", "bob", "quirks", "not a set"},
	{"{" HEAD "," HOME ",'quirks':{'SS':[{}]}}", "bob", "quirks", "not a set"},
	{"{" HEAD "," HOME ",'state':{'S':'x'}}", "bob", "state", "not a map"},
	{"{" HEAD "," HOME ",'state':{'M':[]}}", "bob", "state", "not a map"},
	{STATE("{'S':'x'}"), "bob", "state.home.dyn.example.com", "not a map"},
	{STATE("{'M':{}}"), "bob", "state.home.dyn.example.com", "seq"},
	{STATE("{'M':{'seq':{'N':'1.5'}}}"), "bob", "state.home.dyn.example.com", "seq"},
	{STATE("{'M':{'seq':{'N':'9223372036854775808'}}}"), "bob", "state.home.dyn.example.com",
	 "seq"},
	{STATE("{'M':{'seq':{'S':'1'}}}"), "bob", "state.home.dyn.example.com", "seq"},
	{STATE("{'M':{'seq':{'N':'1'},'pub':{'S':'1'}}}"), "bob", "state.home.dyn.example.com",
	 "pub"},
	{STATE("{'M':{'seq':{'N':'1'},'time':{'N':'-5'}}}"), "bob", "state.home.dyn.example.com",
	 "time"},
	{STATE("{'M':{'seq':{'N':'1'},'v4':{'S':'2001:db8::1'}}}"), "bob",
	 "state.home.dyn.example.com", "v4"},
	{STATE("{'M':{'seq':{'N':'1'},'v6':{'S':'192.0.2.1'}}}"), "bob",
	 "state.home.dyn.example.com", "v6"},
	{STATE("{'M':{'seq':{'N':'1'},'v4':{'N':'1'}}}"), "bob", "state.home.dyn.example.com",
	 "v4"},
	{"[]", "?", "user", "not a string"},
};

START_TEST(malformed_item_is_refused_with_user_and_attribute)
{
	struct errinfo ei = ERRINFO_INIT;
	struct account *untouched = (struct account *)&ei, *a = untouched;
	json_t *item = json_text(bad_rows[_i].item);
	char want[128];

	ck_assert_msg(item_to_account(item, &zone, &a, &ei) == ERR_PROTOCOL, "%s",
		      bad_rows[_i].item);
	ck_assert_int_eq(ei.code, ERR_PROTOCOL);
	ck_assert_ptr_eq(a, untouched);
	snprintf(want, sizeof(want),
		 "the item of user \"%s\" is malformed: %s: ", bad_rows[_i].user,
		 bad_rows[_i].attribute);
	ck_assert_msg(strncmp(ei.text, want, strlen(want)) == 0 &&
			      strstr(ei.text, bad_rows[_i].problem) != NULL,
		      "%s: got: %s", bad_rows[_i].item, ei.text);
	ck_assert_ptr_null(strstr(ei.text, "test9994"));
	json_decref(item);
}
END_TEST

START_TEST(bare_host_needs_a_zone)
{
	struct errinfo ei = ERRINFO_INIT;
	struct account *a;
	json_t *item = json_text("{" HEAD ",'host':{'S':'test1'}}");

	ck_assert_int_eq(item_to_account(item, NULL, &a, &ei), ERR_PROTOCOL);
	ck_assert_ptr_nonnull(strstr(ei.text, "test1"));
	json_decref(item);
}
END_TEST

START_TEST(item_with_too_many_hosts_is_refused)
{
	struct errinfo ei = ERRINFO_INIT;
	struct account *a;
	json_t *item = json_text("{" HEAD ",'host':{'SS':[]}}");
	json_t *set = json_object_get(json_object_get(item, "host"), "SS");
	char name[32];
	int i;

	for (i = 0; i <= ACCOUNT_HOSTS_MAX; i++) {
		snprintf(name, sizeof(name), "h%d.example.com", i);
		ck_assert_int_eq(json_array_append_new(set, json_string(name)), 0);
	}
	ck_assert_int_eq(item_to_account(item, NULL, &a, &ei), ERR_PROTOCOL);
	ck_assert_ptr_nonnull(strstr(ei.text, "256"));
	ck_assert_int_eq(json_array_remove(set, 0), 0);
	ck_assert_int_eq(item_to_account(item, NULL, &a, &ei), 0);
	ck_assert_uint_eq(a->n_hosts, ACCOUNT_HOSTS_MAX);
	account_free(a);
	json_decref(item);
}
END_TEST

/* What item_from_account() writes, byte for byte of its meaning, and reads back. */
static const char *const stored_rows[] = {
	"{" HEAD "," HOME "}",
	"{" HEAD ",'host':{'SS':['b.example.com','a.example.com']},'ttl':{'S':'3600'}}",
	"{" HEAD "," HOME ",'disabled':{'BOOL':true},'quirks':{'SS':['nochg-as-good']}}",
	STATE("{'M':{'v4':{'S':'192.0.2.1'},'v6':{'S':'2001:db8::1'},'seq':{'N':'7'},"
	      "'pub':{'N':'6'},'time':{'N':'1700000000'}}}"),
	STATE("{'M':{'seq':{'N':'9223372036854775807'},'pub':{'N':'0'},'time':{'N':'0'}}}"),
};

START_TEST(account_is_written_as_it_was_read)
{
	struct errinfo ei = ERRINFO_INIT;
	struct account *a;
	json_t *item = json_text(stored_rows[_i]), *again;
	int err = item_to_account(item, NULL, &a, &ei);

	ck_assert_msg(err == 0, "%s", ei.text);
	again = item_from_account(a);
	json_assert_text(again, stored_rows[_i]);
	json_decref(again);
	account_free(a);
	json_decref(item);
}
END_TEST

START_TEST(password_is_wiped_from_an_item)
{
	json_t *item = json_text("{" HEAD "," HOME "}");
	const json_t *pass = json_object_get(json_object_get(item, "pass"), "S");
	const char *bytes = json_string_value(pass);

	item_wipe(item, ITEM_PASS);
	item_wipe(item, "nothing");
	item_wipe(NULL, ITEM_PASS);
	ck_assert_mem_eq(bytes, "\0\0\0\0\0\0\0\0", strlen("test9994"));
	json_decref(item);
}
END_TEST

/* jansson is a shared library: send its allocations through here too. */
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
	static const char *const text =
		"{" HEAD ",'host':{'SS':['a.example.com','b']},'ttl':{'S':'60'},"
		"'disabled':{'BOOL':true},'quirks':{'SS':['nochg-as-good']},"
		"'state':{'M':{'a.example.com':{'M':{'v4':{'S':'192.0.2.1'},'seq':{'N':'1'}}}}}}";
	json_t *item, *again;
	struct account *a;
	size_t n;
	bool failed;
	int err;

	json_set_alloc_funcs(json_malloc, json_free);
	item = json_text(text);
	for (n = 1, failed = true; failed; n++) {
		fake_malloc_fail_at(n);
		err = item_to_account(item, &zone, &a, NULL);
		failed = fake_malloc_off();
		ck_assert_int_eq(err, failed ? ERR_NOMEM : 0);
	}
	ck_assert_uint_gt(n, 4);
	for (n = 1, failed = true; failed; n++) {
		fake_malloc_fail_at(n);
		again = item_from_account(a);
		failed = fake_malloc_off();
		ck_assert_int_eq(again == NULL, failed);
	}
	ck_assert_uint_gt(n, 20);
	json_decref(again);
	account_free(a);
	json_decref(item);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("item");
	TCase *tc = tcase_create("item");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, well_formed_item_becomes_the_account, 0, N_ELEMENTS(good_rows));
	tcase_add_loop_test(tc, malformed_item_is_refused_with_user_and_attribute, 0,
			    N_ELEMENTS(bad_rows));
	tcase_add_test(tc, bare_host_needs_a_zone);
	tcase_add_test(tc, item_with_too_many_hosts_is_refused);
	tcase_add_loop_test(tc, account_is_written_as_it_was_read, 0, N_ELEMENTS(stored_rows));
	tcase_add_test(tc, password_is_wiped_from_an_item);
	tcase_add_test(tc, every_failed_allocation_is_told);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
