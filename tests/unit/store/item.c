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
	char v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX], source[PREFIX_TEXT_MAX];
	size_t i;

	buf_addf(out, "%s %s ttl=%" PRIu32 "%s quirks=%u", a->user, a->secret, a->ttl,
		 a->disabled ? " disabled" : "", a->quirks);
	if (a->bounds.until_s != 0)
		buf_addf(out, " until=%s", bounds_format_until(&a->bounds, v6));
	for (i = 0; i < a->bounds.n_sources; i++)
		buf_addf(out, " from=%s", prefix_format(&a->bounds.sources[i], source));
	for (i = 0; i < a->n_hosts; i++) {
		const struct account_host *h = &a->hosts[i];

		buf_addf(out, " %s", h->name.text);
		if (interface_id_is_set(&h->interface_id))
			buf_addf(out, "[%s]", interface_id_format(&h->interface_id, v6));
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
	{"blanks around a host", "{" HEAD ",'host':{'S':' home.dyn.example.com\\n'}}",
	 "bob test9994 ttl=0 quirks=0 home.dyn.example.com"},
	{"several hosts in one string",
	 "{" HEAD ",'host':{'S':'b.example.com, a,,home.dyn.example.com ,A.dyn.example.com,'}}",
	 "bob test9994 ttl=0 quirks=0 b.example.com a.dyn.example.com home.dyn.example.com"},
	{"the same in a set and in a list", "{" HEAD ",'host':{'SS':['a, b','c ']}}",
	 "bob test9994 ttl=0 quirks=0 a.dyn.example.com b.dyn.example.com c.dyn.example.com"},
	{"in a list", "{" HEAD ",'host':{'L':[{'S':'a,b'},{'S':' c'}]}}",
	 "bob test9994 ttl=0 quirks=0 a.dyn.example.com b.dyn.example.com c.dyn.example.com"},
	{"optional attributes that are NULL",
	 "{" HEAD "," HOME ",'ttl':{'NULL':true},'disabled':{'NULL':true},'quirks':{'NULL':true},"
	 "'state':{'NULL':true}}",
	 "bob test9994 ttl=0 quirks=0 home.dyn.example.com"},
	{"members of a state that are NULL",
	 STATE("{'M':{'v4':{'NULL':true},'v6':{'S':'2001:db8::1'},'seq':{'N':'2'},"
	       "'pub':{'NULL':true},'time':{'NULL':true}}}"),
	 "bob test9994 ttl=0 quirks=0 home.dyn.example.com(,2001:db8::1 2/0 @0)"},
	{"the longest ttl", "{" HEAD "," HOME ",'ttl':{'S':'604800'}}",
	 "bob test9994 ttl=604800 quirks=0 home.dyn.example.com"},
	{"a disabled account", "{" HEAD "," HOME ",'disabled':{'BOOL':true}}",
	 "bob test9994 ttl=0 disabled quirks=0 home.dyn.example.com"},
	{"an account with an end",
	 "{" HEAD "," HOME ",'valid_until':{'S':'2027-01-31'},'sources':{'NULL':true}}",
	 "bob test9994 ttl=0 quirks=0 until=2027-01-31T23:59:59Z home.dyn.example.com"},
	{"an account that is bound to its sources",
	 "{" HEAD "," HOME ",'sources':{'SS':['192.0.2.0/24','2001:db8::1']}}",
	 "bob test9994 ttl=0 quirks=0 from=192.0.2.0/24 from=2001:db8::1/128 home.dyn.example.com"},
	{"an account that is not disabled", "{" HEAD "," HOME ",'disabled':{'BOOL':false}}",
	 "bob test9994 ttl=0 quirks=0 home.dyn.example.com"},
	{"a quirk, and one of a later version",
	 "{" HEAD "," HOME ",'quirks':{'SS':['sings','nochg-as-good']}}",
	 "bob test9994 ttl=0 quirks=1 home.dyn.example.com"},
	{"attributes of somebody else",
	 "{" HEAD "," HOME ",'note':{'M':{'x':{'B':'AA=='}}},'pub':{'N':'x'}}",
	 "bob test9994 ttl=0 quirks=0 home.dyn.example.com"},
	{"interface ids, of a host that is gone, too, and a MAC address by hand",
	 "{" HEAD ",'host':{'SS':['a','b','c']},'interface_ids':{'M':{"
	 "'a.dyn.example.com':{'S':'::1:2:3:4'},'b.dyn.example.com':{'S':'00:53:00:12:34:56'},"
	 "'gone.example.com':{'N':'1'}}}}",
	 "bob test9994 ttl=0 quirks=0 a.dyn.example.com[::1:2:3:4] "
	 "b.dyn.example.com[::253:ff:fe12:3456] c.dyn.example.com"},
	{"interface ids that are NULL, all or one",
	 "{" HEAD "," HOME ",'interface_ids':{'NULL':true}}",
	 "bob test9994 ttl=0 quirks=0 home.dyn.example.com"},
	{"one that is NULL",
	 "{" HEAD "," HOME ",'interface_ids':{'M':{'home.dyn.example.com':{'NULL':true}}}}",
	 "bob test9994 ttl=0 quirks=0 home.dyn.example.com"},
	{"somebody else's map", "{" HEAD "," HOME ",'interface_ids':{'M':{'eth0':{'N':'2'}}}}",
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
	ck_assert_msg(a->flaws == 0, "%s: %s", good_rows[_i].name, a->flaw_text);
	buf_init(&got, SUMMARY_MAX);
	summarise(a, &got);
	ck_assert_msg(strcmp(buf_str(&got), good_rows[_i].want) == 0, "%s: got %s",
		      good_rows[_i].name, buf_str(&got));
	buf_fini(&got);
	account_free(a);
	json_decref(item);
}
END_TEST

/* What of an item cannot be used, and the account that it is all the same. */
static const struct {
	const char *item;
	unsigned flaws;
	const char *text; /* after "the item of user "bob" is malformed: " */
	const char *want;
} flaw_rows[] = {
#define SOUND	     "bob test9994 ttl=0 quirks=0 home.dyn.example.com"
#define NO_PASS	     "bob  ttl=0 quirks=0 home.dyn.example.com"
#define NO_HOST	     "bob test9994 ttl=0 quirks=0"
#define PASS(value)  "{'user':{'S':'bob'}," HOME ",'pass':" value "}", ACCOUNT_FLAW_SECRET, "pass: "
#define HOST(value)  "{" HEAD ",'host':" value "}", ACCOUNT_FLAW_HOSTS, "host: "
#define TTL(value)   "{" HEAD "," HOME ",'ttl':" value "}", ACCOUNT_FLAW_TTL, "ttl: "
#define OFF(value)   "{" HEAD "," HOME ",'disabled':" value "}", ACCOUNT_FLAW_DISABLED, "disabled: "
#define QUIRK(value) "{" HEAD "," HOME ",'quirks':" value "}", ACCOUNT_FLAW_QUIRKS, "quirks: "
#define UNTIL(value)                                                                               \
	"{" HEAD "," HOME ",'valid_until':" value "}", ACCOUNT_FLAW_UNTIL, "valid_until: "
#define SOURCES(value) "{" HEAD "," HOME ",'sources':" value "}", ACCOUNT_FLAW_SOURCES, "sources: "
#define ID(value)                                                                                  \
	"{" HEAD "," HOME ",'interface_ids':" value "}", ACCOUNT_FLAW_INTERFACE_IDS, "interface_ids"
#define OTHER(value) "{" HEAD "," HOME ",'state':" value "}", ACCOUNT_FLAW_STATE, "state: "
#define HAS(value)   STATE(value), ACCOUNT_FLAW_STATE, "state.home.dyn.example.com: "
	{"{'user':{'S':'bob'}," HOME "}", ACCOUNT_FLAW_SECRET, "pass: it is missing", NO_PASS},
	/* What cannot be read binds nobody. */
	{UNTIL("{'S':'soon'}"), SOUND},
	{UNTIL("{'N':'1801439999'}"), SOUND},
	{SOURCES("{'S':'192.0.2.0/24'}"), SOUND},
	{SOURCES("{'SS':[1]}"), SOUND},
	{SOURCES("{'SS':['192.0.2.0/24','home']}"), SOUND},
	{SOURCES("{'SS':['192.0.2.1/24']}"), SOUND},
	{PASS("{'NULL':true}"), NO_PASS},
	{PASS("{'N':'12345678'}"), NO_PASS},
	{PASS("{'BOOL':true}"), NO_PASS},
	{PASS("{'B':'AA=='}"), NO_PASS},
	{PASS("{'SS':['test9994']}"), NO_PASS},
	{PASS("{'M':{}}"), NO_PASS},
	{PASS("{'S':''}"), NO_PASS},
	{PASS("{'S':'$6$sa:lt$x'}"), NO_PASS},
	{PASS("{'S':'$y$j9T$broken'}"), "bob $y$j9T$broken ttl=0 quirks=0 home.dyn.example.com"},
	{PASS("{'S':'$2b$04$abc'}"), "bob $2b$04$abc ttl=0 quirks=0 home.dyn.example.com"},
	{PASS("{'S':'$argon2id$v=19$m=1'}"), NO_PASS},
	{PASS("{'S':'$sha256$x'}"), NO_PASS},
	{PASS("{'S':'a\\u0007b'}"), NO_PASS},
	{"{" HEAD "}", ACCOUNT_FLAW_HOSTS, "host: it is missing", NO_HOST},
	{HOST("{'NULL':true}"), NO_HOST},
	{HOST("{'S':''}"), NO_HOST},
	{HOST("{'S':' , ,'}"), NO_HOST},
	{HOST("{'L':[]}"), NO_HOST},
	{HOST("{'SS':'a.example.com'}"), NO_HOST},
	{HOST("{'SS':[1]}"), NO_HOST},
	{HOST("{'L':[{'N':'1'}]}"), NO_HOST},
	{HOST("{'L':[{'S':'home'},{'N':'1'},{'S':'b'}]}"), SOUND},
	{HOST("{'SS':['home','a..b']}"), SOUND},
	{HOST("{'S':'home,a b'}"), SOUND},
	{HOST("{'N':'1'}"), NO_HOST},
	{HOST("{'M':{'home':{'S':'home'}}}"), NO_HOST},
	{HOST("{'BOOL':true}"), NO_HOST},
	{HOST("{'S':'a.example.com','SS':['b.example.com']}"), NO_HOST},
	{HOST("{'S':'https://home.dyn.example.com/'}"), NO_HOST},
	{HOST("{'S':'192.0.2.1'}"), NO_HOST},
	{TTL("{'S':'1h'}"), SOUND},
	{TTL("{'S':''}"), SOUND},
	{TTL("{'S':' 300 '}"), SOUND},
	{TTL("{'S':'60.0'}"), SOUND},
	{TTL("{'N':'-1'}"), SOUND},
	{TTL("{'N':'604801'}"), SOUND},
	{TTL("{'N':'1764400000'}"), SOUND},
	{TTL("{'N':'99999999999999999999'}"), SOUND},
	{TTL("{'BOOL':true}"), SOUND},
	{TTL("{'L':[]}"), SOUND},
	{OFF("{'S':'true'}"), SOUND},
	{OFF("{'N':'1'}"), SOUND},
	{OFF("{'BOOL':'true'}"), SOUND},
	{QUIRK("{'S':'nochg-as-good'}"), SOUND},
	{QUIRK("{'L':[{'S':'nochg-as-good'}]}"), SOUND},
	{QUIRK("{'SS':['nochg-as-good',{}]}"), SOUND},
	{ID("{'S':'::1'}"), SOUND},
	{ID("{'L':[{'S':'::1'}]}"), SOUND},
	{ID("{'M':{'home.dyn.example.com':{'N':'1'}}}"), SOUND},
	{ID("{'M':{'home.dyn.example.com':{'S':'2001:db8::1'}}}"), SOUND},
	{ID("{'M':{'home.dyn.example.com':{'S':''}}}"), SOUND},
	{OTHER("{'S':'Bern'}"), SOUND},
	{OTHER("{'N':'1'}"), SOUND},
	{OTHER("{'L':[]}"), SOUND},
	{OTHER("{'M':[]}"), SOUND},
	{HAS("{'S':'x'}"), SOUND},
	{HAS("{'NULL':true}"), SOUND},
	{HAS("{'M':{}}"), SOUND},
	{HAS("{'M':{'seq':{'NULL':true}}}"), SOUND},
	{HAS("{'M':{'seq':{'N':'1.5'}}}"), SOUND},
	{HAS("{'M':{'seq':{'N':'-1'}}}"), SOUND},
	{HAS("{'M':{'seq':{'N':'9223372036854775808'}}}"), SOUND},
	{HAS("{'M':{'seq':{'S':'1'},'v4':{'S':'192.0.2.1'}}}"), SOUND},
	/* With a seq an intent can be compared and set: the rest of the state is used, and what is
	 * not known to be published is owed. */
	{HAS("{'M':{'seq':{'N':'1'},'pub':{'S':'1'}}}"), SOUND "(, 1/0 @0)"},
	{HAS("{'M':{'seq':{'N':'1'},'pub':{'N':'2'}}}"), SOUND "(, 1/0 @0)"},
	{HAS("{'M':{'seq':{'N':'1'},'pub':{'N':'1'},'time':{'N':'-5'}}}"), SOUND "(, 1/1 @0)"},
	{HAS("{'M':{'seq':{'N':'1'},'v4':{'S':'2001:db8::1'}}}"), SOUND "(, 1/0 @0)"},
	{HAS("{'M':{'seq':{'N':'1'},'v4':{'S':'192.0.2.1'},'v6':{'S':'192.0.2.1'}}}"),
	 SOUND "(192.0.2.1, 1/0 @0)"},
	{HAS("{'M':{'seq':{'N':'1'},'v4':{'N':'1'}}}"), SOUND "(, 1/0 @0)"},
};

START_TEST(what_cannot_be_used_is_a_flaw_of_the_account)
{
	static const char head[] = "the item of user \"bob\" is malformed: ";
	struct errinfo ei = ERRINFO_INIT;
	struct account *a = NULL, *copy = NULL;
	json_t *item = json_text(flaw_rows[_i].item);
	char want[128];
	struct buf got;

	ck_assert_msg(item_to_account(item, &zone, &a, &ei) == 0, "%s: %s", flaw_rows[_i].item,
		      ei.text);
	(void)snprintf(want, sizeof(want), "%s%s", head, flaw_rows[_i].text);
	ck_assert_msg(a->flaws == flaw_rows[_i].flaws &&
			      strncmp(a->flaw_text, want, strlen(want)) == 0,
		      "%s: got %u: %s", flaw_rows[_i].item, a->flaws, a->flaw_text);
	ck_assert_ptr_null(strstr(a->flaw_text, "test9994"));
	/* Nothing of it is lost in a copy. */
	ck_assert_int_eq(account_copy(a, &copy), 0);
	ck_assert_str_eq(copy->flaw_text, a->flaw_text);
	buf_init(&got, SUMMARY_MAX);
	summarise(copy, &got);
	ck_assert_msg(strcmp(buf_str(&got), flaw_rows[_i].want) == 0, "%s: got %s",
		      flaw_rows[_i].item, buf_str(&got));
	buf_fini(&got);
	account_free(copy);
	account_free(a);
	json_decref(item);
}
END_TEST

START_TEST(worst_flaw_is_the_one_that_is_told)
{
	json_t *item = json_text("{'user':{'S':'bob'},'pass':{'N':'1'},'host':{'N':'1'},"
				 "'ttl':{'S':''},'state':{'S':''}}");
	struct account *a;

	ck_assert_int_eq(item_to_account(item, &zone, &a, NULL), 0);
	ck_assert_uint_eq(a->flaws, ACCOUNT_MALFORMED | ACCOUNT_FLAW_TTL | ACCOUNT_FLAW_STATE);
	ck_assert_ptr_nonnull(strstr(a->flaw_text, "pass"));
	account_free(a);
	json_decref(item);
}
END_TEST

static const struct {
	const char *item, *sentence;
} no_rows[] = {
	{"{'pass':{'S':'x'}," HOME "}", "an item is malformed: user: not a string"},
	{"{'user':{'N':'1'},'pass':{'S':'x'}," HOME "}",
	 "an item is malformed: user: not a string"},
	{"{'user':{'S':''},'pass':{'S':'x'}," HOME "}",
	 "the item of user \"\" is malformed: user: the login is empty"},
	{"{'user':{'S':'a:b'},'pass':{'S':'x'}," HOME "}",
	 "the item of user \"a:b\" is malformed: user: the login holds a ':'"},
	{"[]", "an item is malformed: user: not a string"},
};

START_TEST(item_that_nobody_can_log_in_to_is_no_account)
{
	struct errinfo ei = ERRINFO_INIT;
	struct account *untouched = (struct account *)&ei, *a = untouched;
	json_t *item = json_text(no_rows[_i].item);

	ck_assert_int_eq(item_to_account(item, &zone, &a, &ei), ERR_PROTOCOL);
	ck_assert_str_eq(ei.text, no_rows[_i].sentence);
	ck_assert_ptr_eq(a, untouched);
	json_decref(item);
}
END_TEST

START_TEST(bare_host_needs_a_zone)
{
	struct account *a;
	json_t *item = json_text("{" HEAD ",'host':{'S':'test1'}}");

	ck_assert_int_eq(item_to_account(item, NULL, &a, NULL), 0);
	ck_assert_uint_eq(a->flaws, ACCOUNT_FLAW_HOSTS);
	ck_assert_ptr_nonnull(strstr(a->flaw_text, "test1"));
	account_free(a);
	json_decref(item);
}
END_TEST

START_TEST(item_with_too_many_hosts_is_malformed)
{
	struct account *a;
	json_t *item = json_text("{" HEAD ",'host':{'SS':[]}}");
	json_t *set = json_object_get(json_object_get(item, "host"), "SS");
	char name[32];
	int i;

	for (i = 0; i <= ACCOUNT_HOSTS_MAX; i++) {
		snprintf(name, sizeof(name), "h%d.example.com", i);
		ck_assert_int_eq(json_array_append_new(set, json_string(name)), 0);
	}
	ck_assert_int_eq(item_to_account(item, NULL, &a, NULL), 0);
	ck_assert_uint_eq(a->flaws, ACCOUNT_FLAW_HOSTS);
	ck_assert_ptr_nonnull(strstr(a->flaw_text, "256"));
	account_free(a);
	ck_assert_int_eq(json_array_remove(set, 0), 0);
	ck_assert_int_eq(item_to_account(item, NULL, &a, NULL), 0);
	ck_assert_uint_eq(a->flaws, 0);
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
	"{" HEAD ",'host':{'SS':['b.example.com','a.example.com']},"
	"'interface_ids':{'M':{'a.example.com':{'S':'::5:1:2:3:4'}}}}",
	"{" HEAD "," HOME ",'valid_until':{'S':'2027-01-31T23:59:59Z'},"
	"'sources':{'SS':['192.0.2.0/24','2001:db8::/32']}}",
	STATE("{'M':{'v4':{'S':'192.0.2.1'},'v6':{'S':'2001:db8::1'},'seq':{'N':'7'},"
	      "'pub':{'N':'6'},'time':{'N':'1700000000'}}}"),
	STATE("{'M':{'v4':{'S':'192.0.2.1'},'seq':{'N':'7'},'pub':{'N':'6'},"
	      "'time':{'N':'1700000000'},'wanted':{'S':'7 1700000000123'}}}"),
	STATE("{'M':{'seq':{'N':'9223372036854775807'},'pub':{'N':'0'},'time':{'N':'0'}}}"),
	STATE("{'M':{'seq':{'N':'7'},'pub':{'N':'6'},'time':{'N':'1'},'ttl':{'N':'60'},"
	      "'zone':{'S':'example.com'},'repeats':{'N':'7'},'gone4':{'S':'192.0.2.1'},"
	      "'gone6':{'S':'2001:db8::1'}}}"),
	STATE("{'M':{'seq':{'N':'9223372036854775807'},'pub':{'N':'0'},'time':{'N':'0'},"
	      "'over':{'N':'9223372036854775807'}}}"),
	/* One of two hosts was never updated. */
	"{" HEAD ",'host':{'SS':['b.example.com','a.example.com']},'state':{'M':{"
	"'b.example.com':{'M':{'seq':{'N':'1'},'pub':{'N':'0'},'time':{'N':'0'}}}}}}",
};

START_TEST(when_it_was_asked_for_is_known_of_its_own_intent_only)
{
	static const struct {
		const char *wanted;
		int64_t ms, since_ms;
	} rows[] = {
		{"{'S':'7 1700000000123'}", 1700000000123, 1700000000123},
		{"{'S':'7 1700000000123 1700000000100'}", 1700000000123, 1700000000100},
		{"{'S':'7 1700000000123 1700000000124'}", 1700000000123, 1700000000123},
		{"{'S':'7 1700000000123 0'}", 1700000000123, 1700000000123},
		{"{'S':'7 1700000000123 '}", 0, 0},
		{"{'S':'7 1700000000123 1 1'}", 0, 0},
		{"{'S':'6 1700000000123 1700000000100'}", 0, 0},
		{"{'S':'6 1700000000123'}", 0, 0},
		{"{'S':'8 1700000000123'}", 0, 0},
		{"{'S':'7 4611686018427387903'}", INT64_MAX / 2, INT64_MAX / 2},
		{"{'S':'7 4611686018427387904'}", 0, 0},
		{"{'S':'7  1'}", 0, 0},
		{"{'S':'7 '}", 0, 0},
		{"{'S':' 7'}", 0, 0},
		{"{'S':'7'}", 0, 0},
		{"{'S':''}", 0, 0},
		{"{'S':'seven'}", 0, 0},
		{"{'N':'7'}", 0, 0},
		{"{'NULL':true}", 0, 0},
	};
	char text[512];
	struct account *a;
	json_t *item;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		snprintf(text, sizeof(text),
			 STATE("{'M':{'seq':{'N':'7'},'time':{'N':'5'},'wanted':%s}}"),
			 rows[i].wanted);
		item = json_text(text);
		ck_assert_int_eq(item_to_account(item, NULL, &a, NULL), 0);
		ck_assert_msg(a->flaws == 0 && a->hosts[0].state.time_s == 5 &&
				      a->hosts[0].state.wanted_ms == rows[i].ms &&
				      a->hosts[0].state.since_ms == rows[i].since_ms,
			      "row %zu", i);
		account_free(a);
		json_decref(item);
	}
}
END_TEST

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

static void lose_memory_of(const char *text)
{
	json_t *item = json_text(text);
	struct account *a = NULL;
	bool failed = true;
	size_t at;
	int err;

	for (at = 1; failed; at++) {
		fake_malloc_fail_at(at);
		err = item_to_account(item, &zone, &a, NULL);
		failed = fake_malloc_off();
		ck_assert_msg(err == (failed ? ERR_NOMEM : 0), "%s, allocation %zu: %d", text, at,
			      err);
	}
	account_free(a);
	json_decref(item);
}

START_TEST(every_failed_allocation_is_told)
{
	static const char *const text =
		"{" HEAD ",'host':{'SS':['a.example.com','b']},'ttl':{'S':'60'},"
		"'disabled':{'S':'true'},'quirks':{'SS':['nochg-as-good']},"
		"'interface_ids':{'M':{'a.example.com':{'S':'::1'}}},"
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
	/* A sentence about what cannot be used may be what there is no memory for. */
	for (n = 0; n < N_ELEMENTS(flaw_rows); n++)
		lose_memory_of(flaw_rows[n].item);
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
	tcase_add_loop_test(tc, what_cannot_be_used_is_a_flaw_of_the_account, 0,
			    N_ELEMENTS(flaw_rows));
	tcase_add_test(tc, worst_flaw_is_the_one_that_is_told);
	tcase_add_loop_test(tc, item_that_nobody_can_log_in_to_is_no_account, 0,
			    N_ELEMENTS(no_rows));
	tcase_add_test(tc, bare_host_needs_a_zone);
	tcase_add_test(tc, when_it_was_asked_for_is_known_of_its_own_intent_only);
	tcase_add_test(tc, item_with_too_many_hosts_is_malformed);
	tcase_add_loop_test(tc, account_is_written_as_it_was_read, 0, N_ELEMENTS(stored_rows));
	tcase_add_test(tc, password_is_wiped_from_an_item);
	tcase_add_test(tc, every_failed_allocation_is_told);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
