/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/sweep.h"

#include <inttypes.h>

#include "account/account.h"
#include "base/err.h"
#include "engine/host.h"
#include "engine/known.h"
#include "engine/plan.h"
#include "engine/seen.h"
#include "engine/ticks.h"
#include "engine/writers.h"
#include "engine/zones.h"
#include "kit/engine_kit.h"
#include "kit/fake_malloc.h"
#include "kit/log_kit.h"
#include "kit/said.h"
#include "kit/unit.h"
#include "kit/values.h"

#define HOME "home.dyn.example.com"

enum { TTL = 300, OLD_TTL = 60, TICK = 7 };

static struct ticks ticks;
static struct sweep sweep;
static unsigned n_seen;
static bool was_complete;

/* What is below says so; the two zones are one of this daemon's own, and one that is shared. */
static bool is_volatile, is_claimed, is_better, is_later, is_overwritten;
static int keep_err, host_err;
static struct engine_zone zone;

size_t zones_count(const struct zones *z)
{
	(void)z;
	return 1;
}

const struct engine_zone *zones_all(const struct zones *z)
{
	(void)z;
	return &zone;
}

bool zones_is_volatile(const struct zones *z, size_t i)
{
	(void)z;
	KIT_CHECK(i == 0);
	return is_volatile;
}

void zones_reconcile_begin(struct zones *z)
{
	(void)z;
}

int zones_reconcile_keep(struct zones *z, size_t i, const struct fqdn *name,
			 const struct addr_pair *want, uint32_t ttl)
{
	(void)z;
	(void)want;
	KIT_CHECK(i == 0);
	KIT_CHECK(ttl == TTL);
	KIT_CHECK(strcmp(name->text, HOME) == 0);
	note("keep");
	return keep_err;
}

void zones_reconcile_end(struct zones *z, bool complete)
{
	(void)z;
	note(complete ? "complete" : "cut-off");
}

/* Of the time before the listing, however long it took. */
void known_end_list(struct known *k, uint64_t began_at)
{
	(void)k;
	KIT_CHECK(began_at == TICK);
	note("known");
}

void seen_list_begin(struct seen *s)
{
	(void)s;
	n_seen = 0;
}

void seen_list(struct seen *s, const char *user, const struct fqdn *name)
{
	(void)s;
	KIT_CHECK(strcmp(user, "router") == 0 && name->len > 0);
	n_seen++;
}

void seen_list_end(struct seen *s, bool complete)
{
	(void)s;
	was_complete = complete;
}

bool hosts_see_listed(struct hosts *hs, const struct account *account,
		      const struct account_host *host, uint64_t read_at,
		      struct host_state *ret_better)
{
	(void)hs;
	(void)account;
	KIT_CHECK(read_at == TICK);
	if (is_better)
		ret_better->seq = host->state.seq + 1;
	return is_better;
}

void hosts_list_begin(struct hosts *hs)
{
	(void)hs;
}

bool hosts_is_claimed(const struct hosts *hs, const struct fqdn *name)
{
	(void)hs;
	(void)name;
	return is_claimed;
}

void hosts_list_end(struct hosts *hs, bool is_over)
{
	(void)hs;
	note(is_over ? "over" : "not-over");
}

/* How the item differs from one that was never published, and has nothing to delete. */
int hosts_resume(struct hosts *hs, const char *user, const struct plan_item *item, bool again)
{
	char text[64];

	(void)hs;
	KIT_CHECK(strcmp(user, "router") == 0);
	KIT_CHECK(item->ttl == TTL);
	KIT_CHECK(item->gone_ttl == OLD_TTL);
	KIT_CHECK(item->expect.seq == item->seq);
	KIT_CHECK(!item->intend);
	snprintf(text, sizeof(text), "%s(%" PRIu64 ",%" PRIu64 "%s)", again ? "again" : "resume",
		 item->seq, item->owed_from, item->repeats ? ",repeats" : "");
	note(text);
	return host_err;
}

int hosts_read(struct hosts *hs, const char *user, size_t i, const struct fqdn *name)
{
	(void)hs;
	(void)name;
	KIT_CHECK(i == 0);
	KIT_CHECK(strcmp(user, "router") == 0);
	note("read");
	return host_err;
}

void writers_list_begin(struct writers *w)
{
	(void)w;
}

bool writers_list_see(struct writers *w, const struct fqdn *name, const char *user,
		      const struct host_state *state)
{
	(void)w;
	(void)name;
	(void)user;
	(void)state;
	return is_later;
}

bool writers_is_overwritten(struct writers *w, const struct fqdn *name, const char *user,
			    const struct host_state *state)
{
	(void)w;
	(void)name;
	(void)user;
	(void)state;
	return is_overwritten;
}

void writers_list_end(struct writers *w)
{
	(void)w;
}

/* ---------------------------------------------------------------- one host */

/* The other side's say is false where a row does not name it. */
enum {
	VOLATILE = 1,	    /* the zone is this daemon's own */
	ALL = 2,	    /* the listing is that of the start */
	BETTER = 4,	    /* the store went backwards */
	CLAIMED = 8,	    /* a host of the name was removed */
	LATER = 16,	    /* another account with the name was listed before, and is older */
	OVERWRITTEN = 32,   /* another account with the name is newer */
	ELSEWHERE = 64,	    /* the state names another hosted zone */
	WITHOUT_ADDR = 128, /* it wants no record, and has none to delete */
	OVER = 256,	    /* the state says that another account changed the name later */
	REPEATS = 512,	    /* the last intent wants what was published before */
};

static const struct {
	const char *label;
	unsigned flags;
	uint64_t seq, pub;
	const char *want; /* what is done; "keep" is asked of shared zones, too, and means nothing
			     there */
} rows[] = {
	{"published", ALL, 5, 5, "keep"},
	{"never intended", ALL, 0, 0, "keep"},
	{"owed at the start", ALL, 5, 4, "keep resume(5,5)"},
	{"owed for long", ALL, 5, 2, "keep resume(5,3)"},
	{"owed without an address", ALL | WITHOUT_ADDR, 5, 4, "keep"},
	{"owed later: its daemon lives", 0, 5, 4, "keep"},
	{"owed later in a zone of our own", VOLATILE, 5, 4, "keep resume(5,5)"},
	{"only repeated", ALL | REPEATS, 5, 4, "keep resume(5,5,repeats)"},
	{"only repeated, in a zone that forgets", ALL | VOLATILE | REPEATS, 5, 4,
	 "keep resume(5,5)"},
	{"only repeated, in another hosted zone", ALL | REPEATS | ELSEWHERE, 5, 4,
	 "keep resume(5,5)"},
	{"published again, though it repeats", ALL | CLAIMED | REPEATS, 5, 5, "keep again(5,0)"},
	{"of another hosted zone", ALL | ELSEWHERE, 5, 5, "keep resume(5,0)"},
	{"of another hosted zone, later", ELSEWHERE, 5, 5, "keep"},
	{"of another hosted zone, and over", ALL | ELSEWHERE | OVER, 5, 5, "keep"},
	{"of another hosted zone, without a seq", ALL | ELSEWHERE, 0, 0, "keep"},
	{"over and published", ALL | OVER, 5, 5, "keep"},
	{"over and owed", ALL | OVER, 5, 4, "keep read"},
	{"over and owed, later", OVER, 5, 4, "keep"},
	{"over and owed, in a zone of our own", ALL | VOLATILE | OVER, 5, 4, "keep"},
	{"went backwards", ALL | BETTER, 5, 5, "keep read"},
	{"went backwards, later", BETTER, 5, 4, "keep read"},
	{"claimed", CLAIMED, 5, 5, "keep again(5,0)"},
	{"the later of two accounts", LATER, 5, 5, "keep"},
	{"the later of two, in a zone of our own", LATER | VOLATILE, 5, 5, "keep again(5,0)"},
	/* It is kept at the end, after whoever is newer. */
	{"overwritten, in a zone of our own", VOLATILE | OVERWRITTEN, 5, 5, ""},
	{"overwritten", OVERWRITTEN, 5, 5, "keep"},
};

static struct account_host host_of(size_t row)
{
	const unsigned flags = rows[row].flags;
	struct account_host h = {.name = value_name(HOME)};

	h.state.seq = rows[row].seq;
	h.state.pub = rows[row].pub;
	h.state.ttl = OLD_TTL;
	h.state.over = (flags & OVER) != 0 ? h.state.seq : 0;
	h.state.repeats = (flags & REPEATS) != 0 ? h.state.seq : 0;
	strcpy(h.state.zone, (flags & ELSEWHERE) != 0 ? "ZOLD" : "ZNEW");
	if ((flags & WITHOUT_ADDR) == 0)
		h.state.want = value_pair("81.2.69.1", NULL);
	return h;
}

static void reset(unsigned flags)
{
	zone = (struct engine_zone){
		.name = value_name("dyn.example.com"), .id = "ZNEW", .ttl = TTL};
	ticks.now = TICK;
	is_volatile = (flags & VOLATILE) != 0;
	is_better = (flags & BETTER) != 0;
	is_claimed = (flags & CLAIMED) != 0;
	is_later = (flags & LATER) != 0;
	is_overwritten = (flags & OVERWRITTEN) != 0;
	keep_err = host_err = 0;
	said[0] = '\0';
	sweep_init(&sweep, NULL, NULL, NULL, NULL, &ticks, NULL);
	sweep_begin(&sweep, (flags & ALL) != 0);
	/* Whatever changes while the store is read. */
	ticks.now += 2;
}

START_TEST(a_host_is_resumed_read_or_left_alone)
{
	struct account_host h = host_of((size_t)_i);
	const struct account a = {.user = "router", .n_hosts = 1, .hosts = &h};

	reset(rows[_i].flags);
	sweep_take(&sweep, &a);
	ck_assert_msg(strcmp(said, rows[_i].want) == 0, "%s: %s", rows[_i].label, said);
	ck_assert_uint_eq(n_seen, 1);
	sweep_end(&sweep, false, false);
	ck_assert(!was_complete);
}
END_TEST

/* ---------------------------------------------------------------- a whole listing */

static void take_one(const char *home)
{
	struct account_host h = {.name = value_name(home),
				 .state = {.seq = 5, .pub = 4, .ttl = OLD_TTL}};
	const struct account a = {.user = "router", .n_hosts = 1, .hosts = &h};

	h.state.want = value_pair("81.2.69.1", NULL);
	sweep_take(&sweep, &a);
}

START_TEST(what_finds_no_room_is_told_at_the_end_and_begins_anew)
{
	static const struct {
		unsigned flags;
		int keep_err, host_err;
		bool want;
	} cases[] = {
		{ALL, 0, 0, false},
		{ALL, 0, ERR_LIMIT, true},
		{ALL, ERR_NOMEM, 0, true},
		{VOLATILE | OVERWRITTEN, ERR_NOMEM, 0, true},
	};

	reset(cases[_i].flags);
	keep_err = cases[_i].keep_err;
	host_err = cases[_i].host_err;
	take_one(HOME);
	ck_assert_int_eq(sweep_finish(&sweep), cases[_i].want);
	sweep_end(&sweep, false, false);
	keep_err = host_err = 0;
	sweep_begin(&sweep, true);
	ck_assert(!sweep_finish(&sweep));
	sweep_end(&sweep, false, false);
}
END_TEST

START_TEST(without_memory_for_an_overwritten_host_the_listing_is_short)
{
	struct account_host h = host_of(0);
	const struct account a = {.user = "router", .n_hosts = 1, .hosts = &h};

	reset(VOLATILE | OVERWRITTEN);
	fake_malloc_fail_at(1);
	sweep_take(&sweep, &a);
	ck_assert(fake_malloc_off());
	ck_assert(sweep_finish(&sweep));
	sweep_end(&sweep, false, false);
}
END_TEST

START_TEST(an_overwritten_host_is_kept_at_the_end_unless_the_listing_is_cut_off)
{
	reset(VOLATILE | OVERWRITTEN | CLAIMED);
	take_one(HOME);
	expect_said("again(5,5)");
	sweep_finish(&sweep);
	expect_said("keep");
	sweep_end(&sweep, true, true);
	expect_said("known complete over");
	reset(VOLATILE | OVERWRITTEN | CLAIMED);
	take_one(HOME);
	expect_said("again(5,5)");
	sweep_end(&sweep, false, false);
	expect_said("cut-off not-over");
}
END_TEST

START_TEST(a_host_in_no_zone_is_passed_over)
{
	reset(ALL | VOLATILE);
	take_one("home.elsewhere.example.com");
	expect_said("");
	sweep_end(&sweep, false, false);
}
END_TEST

/* ---------------------------------------------------------------- what the log tells */

static const char *log_of_end(bool complete)
{
	capture();
	sweep_finish(&sweep);
	sweep_end(&sweep, complete, complete);
	return captured();
}

static void take_elsewhere(size_t n)
{
	struct account_host h = {.name = value_name(HOME),
				 .state = {.seq = 5, .pub = 5, .ttl = OLD_TTL, .zone = "ZOLD"}};
	const struct account a = {.user = "router", .n_hosts = 1, .hosts = &h};

	h.state.want = value_pair("81.2.69.1", NULL);
	while (n-- > 0)
		sweep_take(&sweep, &a);
}

START_TEST(hosts_of_another_hosted_zone_are_counted_in_each_listing)
{
	reset(ALL);
	take_elsewhere(2);
	ck_assert_ptr_nonnull(strstr(log_of_end(true), "hosts=2\n"));
	sweep_begin(&sweep, true);
	ticks.now = TICK;
	ck_assert_str_eq(log_of_end(false), "");
}
END_TEST

/* Lists n malformed accounts, and says what the log says. */
static const char *log_of_malformed(size_t n, bool complete)
{
	char why[] = "the first one", more[] = "the others";
	struct account a = {.user = "router", .flaws = ACCOUNT_FLAW_SECRET, .flaw_text = why};

	ticks.now = TICK;
	sweep_begin(&sweep, false);
	for (; n > 0; n--) {
		sweep_take(&sweep, &a);
		a.flaw_text = more;
	}
	return log_of_end(complete);
}

START_TEST(malformed_accounts_are_a_line_when_their_number_changed)
{
	reset(0);
	sweep_end(&sweep, false, false);
	ck_assert_ptr_nonnull(
		strstr(log_of_malformed(2, true), "accounts=2 first=\"the first one\""));
	ck_assert_str_eq(log_of_malformed(2, true), "");
	ck_assert_ptr_nonnull(strstr(log_of_malformed(1, true), "accounts=1 "));
	/* A listing that was cut off does not know how many there are. */
	ck_assert_str_eq(log_of_malformed(3, false), "");
	/* Somebody mended them all, and then there is one again. */
	ck_assert_str_eq(log_of_malformed(0, true), "");
	ck_assert_ptr_nonnull(strstr(log_of_malformed(1, true), "accounts=1 "));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sweep");
	TCase *tc = tcase_create("sweep");
	SRunner *runner = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, a_host_is_resumed_read_or_left_alone, 0, N_ELEMENTS(rows));
	tcase_add_loop_test(tc, what_finds_no_room_is_told_at_the_end_and_begins_anew, 0, 4);
	tcase_add_test(tc, without_memory_for_an_overwritten_host_the_listing_is_short);
	tcase_add_test(tc, an_overwritten_host_is_kept_at_the_end_unless_the_listing_is_cut_off);
	tcase_add_test(tc, a_host_in_no_zone_is_passed_over);
	tcase_add_test(tc, hosts_of_another_hosted_zone_are_counted_in_each_listing);
	tcase_add_test(tc, malformed_accounts_are_a_line_when_their_number_changed);
	suite_add_tcase(s, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
