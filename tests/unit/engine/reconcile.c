/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/reconcile.h"

#include <stdio.h>

#include "base/err.h"
#include "engine/accounts.h"
#include "engine/host.h"
#include "engine/known.h"
#include "engine/plan.h"
#include "engine/seen.h"
#include "engine/ticks.h"
#include "engine/writers.h"
#include "engine/zones.h"
#include "kit/log_kit.h"
#include "kit/said.h"
#include "kit/engine_kit.h"
#include "kit/fake_calls.h"
#include "kit/fake_malloc.h"

#define HOME "home.dyn.example.com"

enum { INTERVAL_MS = 3000, SETTLE_MS = 10000, TTL = 300, SHARE = 30 };

static struct reconcile *reconcile;
static const struct ticks ticks = {7};
static unsigned n_started;
static int started_err;
static char started_why[ERR_TEXT_MAX];

/* What is below says so. */
static bool is_volatile, has_removed, is_claimed, is_better;
static const char *published_to; /* the hosted zone that the state names; NULL: none */
static bool is_looking, is_last_writer, is_overwritten; /* engine/writers.c */
#define WRITERS ((struct writers *)&is_looking)
static int keep_err, host_err, begin_err;
static struct engine_zone zone;

/* A store that keeps the call that is under way. */
static struct store store;
static struct store_ops ops;
static store_version_fn *on_version;
static store_each_fn *on_each;
static store_done_fn *on_listed, *on_waits;
static unsigned share;
static int look_err; /* what list_owed returns */
static void *on_arg;

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

bool zones_have_volatile(const struct zones *z)
{
	(void)z;
	return is_volatile;
}

void zones_reconcile_begin(struct zones *z)
{
	(void)z;
	note("begin");
}

int zones_reconcile_keep(struct zones *z, size_t i, const struct fqdn *name,
			 const struct addr_pair *want, uint32_t ttl)
{
	(void)z;
	(void)want;
	KIT_CHECK(i == 0 && ttl == TTL && strcmp(name->text, HOME) == 0);
	note("keep");
	return keep_err;
}

void zones_reconcile_end(struct zones *z, bool complete)
{
	(void)z;
	note(complete ? "complete" : "end");
}

void seen_list_begin(struct seen *s)
{
	(void)s;
}

void seen_list(struct seen *s, const char *user, const struct fqdn *name)
{
	(void)s;
	(void)user;
	(void)name;
}

void seen_list_end(struct seen *s, bool complete)
{
	(void)s;
	(void)complete;
}

void known_end_list(struct known *k, uint64_t began_at)
{
	(void)k;
	KIT_CHECK(began_at == 7);
	note("known");
}

void accounts_take_version(struct accounts *a, int err, uint64_t token, int64_t asked_ms)
{
	(void)a;
	(void)token;
	KIT_CHECK(asked_ms <= kit_now_ms());
	note(err == 0 ? "version" : "no-version");
}

bool hosts_see_listed(struct hosts *hs, const struct account *account,
		      const struct account_host *host, uint64_t read_at,
		      struct host_state *ret_better)
{
	(void)hs;
	(void)account;
	KIT_CHECK(read_at == 7);
	if (is_better) {
		*ret_better = host->state;
		ret_better->seq += 1;
	}
	return is_better;
}

void hosts_list_begin(struct hosts *hs)
{
	(void)hs;
	note("hosts");
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

bool hosts_have_removed(const struct hosts *hs)
{
	(void)hs;
	return has_removed;
}

/* In the place of engine/writers.c. */

void writers_list_begin(struct writers *w)
{
	KIT_CHECK(w == WRITERS && !is_looking);
	is_looking = true;
}

bool writers_list_see(struct writers *w, const struct fqdn *name, const char *user,
		      const struct host_state *state)
{
	KIT_CHECK(w == WRITERS && is_looking && strcmp(user, "router") == 0);
	KIT_CHECK(name->len > 0 && state != NULL);
	return is_last_writer;
}

bool writers_is_overwritten(struct writers *w, const struct fqdn *name, const char *user,
			    const struct host_state *state)
{
	KIT_CHECK(w == WRITERS && strcmp(user, "router") == 0);
	KIT_CHECK(name->len > 0 && state != NULL);
	return is_overwritten;
}

void writers_list_end(struct writers *w)
{
	KIT_CHECK(w == WRITERS);
	is_looking = false;
}

int hosts_resume(struct hosts *hs, const char *user, const struct plan_item *item, bool again)
{
	(void)hs;
	KIT_CHECK(strcmp(user, "router") == 0 && item->seq == 5 && item->ttl == TTL);
	KIT_CHECK(!item->intend && item->families == FAMILY_V4);
	note(again ? "again" : "resume");
	return host_err;
}

int hosts_read(struct hosts *hs, const char *user, size_t i, const struct fqdn *name)
{
	(void)hs;
	(void)name;
	KIT_CHECK(i == 0 && strcmp(user, "router") == 0);
	note("read");
	return host_err;
}

static int fake_version(struct store *s, store_version_fn *done, void *arg)
{
	(void)s;
	note("ask");
	on_version = done;
	on_arg = arg;
	return begin_err;
}

static int fake_list(struct store *s, store_each_fn *each, store_done_fn *done, void *arg)
{
	(void)s;
	note("list");
	on_each = each;
	on_listed = done;
	on_arg = arg;
	return begin_err;
}

/* One that takes its time. */
static int fake_list_slowly(struct store *s, const struct store_listing *listing, void *arg)
{
	on_waits = listing->waits;
	share = listing->share;
	return fake_list(s, listing->each, listing->done, arg);
}

static int fake_list_owed(struct store *s, const struct store_listing *listing, void *arg)
{
	(void)s;
	note("look");
	on_waits = listing->waits;
	on_each = listing->each;
	on_listed = listing->done;
	on_arg = arg;
	return look_err;
}

static void fake_stop_listing(struct store *s)
{
	(void)s;
	note("stop");
}

static void on_started(void *arg, int err, const struct errinfo *why)
{
	ck_assert_ptr_eq(arg, said);
	ck_assert((err != 0) == (why != NULL));
	n_started++;
	started_err = err;
	snprintf(started_why, sizeof(started_why), "%s", why != NULL ? why->text : "");
}

static void open_reconcile(bool has_version, bool zone_is_volatile)
{
	const struct reconcile_parts parts = {.store = &store, .writers = WRITERS, .ticks = &ticks};
	struct reconcile_conf conf = {.settle_ms = SETTLE_MS, .scan_share = SHARE};

	kit_open();
	zone = (struct engine_zone){.name = value_name("dyn.example.com"), .id = "Z1", .ttl = TTL};
	ops = (struct store_ops){
		.name = "fake",
		.list = fake_list,
		.version = has_version ? fake_version : NULL,
		.stop_listing = fake_stop_listing,
	};
	store.ops = &ops;
	said[0] = '\0';
	fake_calls_reset(NULL);
	n_started = 0;
	has_removed = is_claimed = is_better = false;
	is_looking = is_last_writer = is_overwritten = false;
	published_to = NULL;
	is_volatile = zone_is_volatile;
	keep_err = host_err = begin_err = look_err = 0;
	conf.interval_ms = reconcile_interval_ms(&store, INTERVAL_MS);
	ck_assert_int_eq(reconcile_new(&kit_loop, &parts, &conf, &reconcile), 0);
	ck_assert_int_eq(fake_calls.n_handles, 1);
}

static void close_reconcile(void)
{
	fake_calls.is_stopping = true;
	reconcile_stop(reconcile);
	reconcile_close(reconcile);
	kit_close();
	ck_assert_int_eq(fake_calls.n_handles, 0);
	ck_assert_uint_eq(fake_calls.n_begun, 0);
	reconcile_free(reconcile);
}

static void start(void)
{
	reconcile_start(reconcile, on_started, said);
	expect_said("");
	kit_settle();
	ck_assert_uint_eq(n_started, 0);
}

static void tell_version(int err, uint64_t token, uint64_t epoch)
{
	on_version(on_arg, err, (struct store_version){token, epoch}, NULL);
}

static void tell_listed(int err)
{
	on_listed(on_arg, err, NULL);
}

/* One account with one host of seq 5. */
static void tell_host(uint64_t pub, const char *v4, const char *name)
{
	struct account_host *h;
	struct account *a;

	ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
	ck_assert_int_eq(account_add_host(a, slice_of(name), NULL, &h, NULL), 0);
	h->state = (struct host_state){
		.want = value_pair(v4, NULL), .seq = 5, .pub = pub, .time_s = 10};
	if (published_to != NULL)
		str_copy(h->state.zone, sizeof(h->state.zone), slice_of(published_to));
	on_each(on_arg, a);
	account_free(a);
}

/* It is started and has read the store, under token 1 and epoch 1. */
static void start_and_list(void)
{
	start();
	if (ops.version != NULL)
		tell_version(0, 1, 1);
	tell_listed(0);
	ck_assert_uint_eq(n_started, 1);
	said[0] = '\0';
}

START_TEST(at_the_start_the_store_is_asked_and_listed)
{
	open_reconcile(true, false);
	start();
	expect_said("ask");
	ck_assert_uint_eq(fake_calls.n_begun, 1);
	tell_version(0, 1, 1);
	expect_said("version begin hosts list");
	ck_assert_uint_eq(n_started, 0);
	tell_listed(0);
	expect_said("known complete over");
	ck_assert_uint_eq(n_started, 1);
	ck_assert_int_eq(started_err, 0);
	close_reconcile();
	ck_assert_uint_eq(n_started, 1);
	/* One that cannot tell is listed at once. */
	open_reconcile(false, false);
	start();
	expect_said("begin hosts list");
	tell_listed(0);
	kit_advance(10 * RECONCILE_LIST_MIN_MS);
	expect_said("known complete over");
	close_reconcile();
}
END_TEST

START_TEST(a_start_that_fails_says_why_and_is_tried_again)
{
	static const struct {
		int err;
		const char *ended;
	} rows[] = {
		{ERR_DENIED, "end over"},
		{ERR_UNAVAILABLE, "end not-over"},
		{ERR_IO, "end not-over"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_reconcile(true, false);
		start();
		tell_version(0, 1, 1);
		said[0] = '\0';
		tell_listed(rows[i].err);
		expect_said(rows[i].ended);
		ck_assert_uint_eq(fake_calls.n_troubles, 1);
		ck_assert_str_eq(fake_calls.trouble_verb, "list");
		ck_assert(!fake_calls.trouble_has_user);
		ck_assert_int_eq(started_err, rows[i].err);
		ck_assert_ptr_nonnull(strstr(started_why, err_str(rows[i].err)));
		/* Not as often as asked for: a listing is dear. */
		kit_advance(RECONCILE_LIST_MIN_MS - 1);
		expect_said("");
		kit_advance(1);
		tell_version(0, 1, 1);
		expect_said("ask version begin hosts list");
		tell_listed(0);
		ck_assert_uint_eq(n_started, 1);
		close_reconcile();
	}
}
END_TEST

START_TEST(what_was_owed_is_resumed_when_the_store_is_back)
{
	/* What the first listing ends with; ERR_DENIED: it never will be. */
	static const struct {
		int err;
		bool is_resuming;
	} rows[] = {
		{0, false},
		{ERR_DENIED, false},
		{ERR_THROTTLED, true},
		{ERR_UNAVAILABLE, true},
		{ERR_TIMEOUT, true},
		{ERR_IO, true},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_reconcile(false, false);
		start();
		ck_assert(!reconcile_is_resuming(reconcile));
		tell_listed(rows[i].err);
		ck_assert_msg(reconcile_is_resuming(reconcile) == rows[i].is_resuming, "row %zu",
			      i);
		said[0] = '\0';
		reconcile_recovered(reconcile);
		kit_advance(RECONCILE_RECOVERED_MS);
		expect_said(rows[i].is_resuming ? "begin hosts list" : "");
		if (fake_calls.n_begun > 0)
			tell_listed(0);
		ck_assert(!reconcile_is_resuming(reconcile));
		ck_assert_uint_eq(n_started, 1);
		close_reconcile();
	}
}
END_TEST

/* A store that is well but for its listings is not listed all the time. */
START_TEST(listings_that_fail_all_the_same_are_put_off)
{
	unsigned i, ms = RECONCILE_RECOVERED_MS;

	open_reconcile(false, false);
	start();
	tell_listed(ERR_UNAVAILABLE);
	for (i = 0; i < RECONCILE_RECOVERED_TIMES; i++) {
		said[0] = '\0';
		reconcile_recovered(reconcile);
		kit_advance(ms - 1);
		expect_said("");
		kit_advance(1);
		expect_said("begin hosts list");
		tell_listed(ERR_UNAVAILABLE);
		ms *= 2;
	}
	/* So often, and then as often as ever. */
	said[0] = '\0';
	kit_advance(RECONCILE_LIST_MIN_MS - 1);
	reconcile_recovered(reconcile);
	kit_advance(1);
	expect_said("begin hosts list");
	tell_listed(0);
	close_reconcile();
}
END_TEST

START_TEST(a_store_that_is_silent_at_the_start_is_listed_later)
{
	struct errinfo why = ERRINFO_INIT;

	err_set(&why, ERR_TIMEOUT, "nobody answers");
	open_reconcile(false, false);
	reconcile_start_later(reconcile, &why, on_started, said);
	ck_assert_uint_eq(n_started, 1);
	ck_assert_int_eq(started_err, ERR_UNAVAILABLE);
	ck_assert_str_eq(started_why, "nobody answers");
	ck_assert(reconcile_is_resuming(reconcile));
	kit_advance(RECONCILE_LIST_MIN_MS - 1);
	expect_said("");
	kit_advance(1);
	expect_said("begin hosts list");
	tell_listed(0);
	ck_assert(!reconcile_is_resuming(reconcile));
	close_reconcile();
}
END_TEST

/* Updates are served meanwhile, and what is found owed is published at once. */
START_TEST(a_listing_in_trouble_goes_on_behind)
{
	struct errinfo why = ERRINFO_INIT;

	err_set(&why, ERR_THROTTLED, "too fast");
	open_reconcile(false, false);
	ops.list_slowly = fake_list_slowly;
	start();
	expect_said("begin hosts list");
	ck_assert_uint_eq(share, SHARE);
	on_waits(on_arg, ERR_THROTTLED, &why);
	ck_assert_uint_eq(n_started, 1);
	ck_assert_int_eq(started_err, ERR_THROTTLED);
	ck_assert_str_eq(started_why, "too fast");
	ck_assert(reconcile_is_resuming(reconcile));
	on_waits(on_arg, ERR_THROTTLED, &why);
	ck_assert_uint_eq(n_started, 1);
	ck_assert_uint_eq(fake_calls.n_troubles, 2);
	said[0] = '\0';
	tell_host(4, "81.2.69.1", HOME);
	expect_said("keep resume");
	reconcile_recovered(reconcile);
	kit_advance(10 * RECONCILE_LIST_MIN_MS);
	expect_said("");
	ck_assert(reconcile_is_resuming(reconcile));
	tell_listed(0);
	ck_assert(!reconcile_is_resuming(reconcile));
	expect_said("known complete over");
	close_reconcile();
}
END_TEST

START_TEST(a_long_listing_goes_on_behind)
{
	static const struct {
		bool is_volatile;
		unsigned n_started; /* before it is over */
	} rows[] = {{false, 1}, {true, 0}};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_reconcile(false, rows[i].is_volatile);
		start();
		kit_advance(RECONCILE_START_MS - 1);
		ck_assert_uint_eq(n_started, 0);
		kit_advance(1);
		ck_assert_uint_eq(n_started, rows[i].n_started);
		ck_assert(reconcile_is_resuming(reconcile) == (rows[i].n_started > 0));
		kit_advance(10 * RECONCILE_LIST_MIN_MS);
		expect_said("begin hosts list");
		tell_listed(0);
		ck_assert_uint_eq(n_started, 1);
		ck_assert_int_eq(started_err, 0);
		ck_assert(!reconcile_is_resuming(reconcile));
		close_reconcile();
	}
}
END_TEST

/* And the listing behind waits until no intent of a killed daemon can arrive any more. */
START_TEST(what_the_store_knows_to_be_owed_comes_first)
{
	open_reconcile(false, false);
	ops.is_remote = true;
	ops.list_owed = fake_list_owed;
	start();
	expect_said("begin hosts look");
	on_waits(on_arg, ERR_THROTTLED, NULL);
	ck_assert_int_eq(started_err, ERR_THROTTLED);
	ck_assert(reconcile_is_resuming(reconcile));
	tell_host(4, "81.2.69.1", HOME);
	expect_said("keep resume");
	tell_listed(0);
	expect_said("end not-over");
	ck_assert_uint_eq(n_started, 1);
	ck_assert(!reconcile_is_resuming(reconcile));
	kit_advance(SETTLE_MS - 1);
	expect_said("");
	kit_advance(1);
	expect_said("begin hosts look");
	tell_listed(0);
	expect_said("end not-over begin hosts list");
	/* One that it has missed. */
	tell_host(4, "81.2.69.1", HOME);
	expect_said("keep resume");
	tell_listed(0);
	expect_said("known complete over");
	kit_advance(10 * RECONCILE_LIST_MIN_MS);
	expect_said("");
	close_reconcile();
}
END_TEST

START_TEST(a_start_that_only_looked_is_ready)
{
	open_reconcile(false, false);
	ops.is_remote = true;
	ops.list_owed = fake_list_owed;
	start();
	tell_listed(0);
	ck_assert_uint_eq(n_started, 1);
	ck_assert_int_eq(started_err, 0);
	said[0] = '\0';
	/* Hosts that were removed meanwhile are looked for by a listing; the second look comes. */
	reconcile_claims(reconcile);
	kit_advance(RECONCILE_CLAIMS_MS);
	expect_said("begin hosts look");
	tell_listed(0);
	expect_said("end not-over begin hosts list");
	tell_listed(0);
	expect_said("known complete over");
	kit_advance(SETTLE_MS - RECONCILE_CLAIMS_MS);
	expect_said("begin hosts look");
	tell_listed(0);
	tell_listed(0);
	close_reconcile();
}
END_TEST

/* A store that tells its version is asked for it meanwhile, and for no more. */
START_TEST(between_two_looks_nothing_is_listed)
{
	open_reconcile(true, false);
	ops.is_remote = true;
	ops.list_owed = fake_list_owed;
	start();
	tell_version(0, 1, 1);
	tell_listed(0);
	said[0] = '\0';
	kit_advance(INTERVAL_MS);
	expect_said("ask");
	tell_version(0, 1, 1);
	expect_said("version");
	close_reconcile();
}
END_TEST

/* Each time that hosts were removed. */
START_TEST(a_listing_for_removed_hosts_comes_as_often_as_it_is_asked_for)
{
	unsigned i;

	open_reconcile(false, false);
	start_and_list();
	for (i = 0; i < 3; i++) {
		said[0] = '\0';
		reconcile_claims(reconcile);
		kit_advance(RECONCILE_CLAIMS_MS);
		expect_said("begin hosts list");
		tell_listed(0);
	}
	close_reconcile();
}
END_TEST

START_TEST(where_a_look_does_not_tell_all_the_listing_follows)
{
	static const struct {
		bool is_volatile;
		int err, host_err, begin_err;
		unsigned n_started; /* after the look */
	} rows[] = {
		{true, 0, 0, 0, 0},
		{false, ERR_NOTFOUND, 0, 0, 0},
		{false, ERR_DENIED, 0, 0, 0},
		{false, 0, ERR_LIMIT, 0, 0},
		{false, 0, 0, ERR_NOTFOUND, 0},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_reconcile(false, rows[i].is_volatile);
		ops.is_remote = true;
		ops.list_owed = fake_list_owed;
		look_err = rows[i].begin_err;
		start();
		if (rows[i].begin_err == 0) {
			host_err = rows[i].host_err;
			tell_host(4, "81.2.69.1", HOME);
			said[0] = '\0';
			tell_listed(rows[i].err);
			expect_said("end not-over begin hosts list");
		} else {
			expect_said("begin hosts look end not-over begin hosts list");
		}
		ck_assert_uint_eq(n_started, rows[i].n_started);
		host_err = 0;
		tell_listed(0);
		ck_assert_uint_eq(n_started, 1);
		ck_assert(!reconcile_is_resuming(reconcile));
		close_reconcile();
	}
}
END_TEST

START_TEST(who_stops_ends_a_look)
{
	open_reconcile(false, false);
	ops.is_remote = true;
	ops.list_owed = fake_list_owed;
	start();
	said[0] = '\0';
	fake_calls.is_stopping = true;
	reconcile_stop(reconcile);
	expect_said("end not-over stop");
	ck_assert_int_eq(started_err, ERR_CANCELED);
	tell_host(4, "81.2.69.1", HOME);
	tell_listed(ERR_CANCELED);
	expect_said("");
	ck_assert_uint_eq(fake_calls.n_troubles, 0);
	close_reconcile();
}
END_TEST

START_TEST(a_volatile_zone_is_listed_when_the_version_is_another_one)
{
	static const struct {
		bool is_volatile;
		int err;
		uint64_t token, epoch;
		const char *said;
	} rows[] = {
		{true, 0, 1, 1, "ask version"},
		{true, 0, 2, 1, "ask version begin hosts list"},
		{true, ERR_TIMEOUT, 0, 0, "ask no-version"},
		{true, 0, 1, 2, "ask version begin hosts list"},
		{false, 0, 2, 1, "ask version"},
		/* The store was replaced: it is wanted in every zone. */
		{false, 0, 1, 2, "ask version begin hosts list"},
		{false, ERR_TIMEOUT, 0, 0, "ask no-version"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_reconcile(true, rows[i].is_volatile);
		start_and_list();
		kit_advance(INTERVAL_MS - 1);
		expect_said("");
		kit_advance(1);
		tell_version(rows[i].err, rows[i].token, rows[i].epoch);
		ck_assert_msg(strcmp(said, rows[i].said) == 0, "row %zu: %s", i, said);
		ck_assert_uint_eq(fake_calls.n_troubles, rows[i].err != 0 ? 1 : 0);
		if (fake_calls.n_begun > 0)
			tell_listed(0);
		close_reconcile();
	}
}
END_TEST

START_TEST(what_is_to_be_done_for_a_listed_host)
{
	/* is_later: the first listing is over. */
	static const struct {
		uint64_t pub;
		const char *v4;
		bool is_volatile, is_claimed, is_better, is_later;
		const char *said;
		const char *zone; /* the hosted zone that it was published to; NULL: unknown */
		bool is_last_writer;
	} rows[] = {
		{5, "81.2.69.1", false, false, false, false, "keep", NULL, false},
		{4, "81.2.69.1", false, false, false, false, "keep resume", NULL, false},
		{4, NULL, false, false, false, false, "keep", NULL, false},
		{4, "81.2.69.1", true, false, false, true, "keep resume", NULL, false},
		/* Another daemon publishes it. */
		{4, "81.2.69.1", false, false, false, true, "keep", NULL, false},
		{5, "81.2.69.1", false, true, false, true, "keep again", NULL, false},
		{4, "81.2.69.1", false, true, false, true, "keep again", NULL, false},
		/* It went backwards: it is read, whatever else. */
		{4, "81.2.69.1", false, true, true, false, "keep read", NULL, false},
		{5, "81.2.69.1", false, false, true, true, "keep read", NULL, false},
		/* Published to this hosted zone, and to another one: which is owed at the start. */
		{5, "81.2.69.1", false, false, false, false, "keep", "Z1", false},
		{5, "81.2.69.1", false, false, false, false, "keep resume", "Z2", false},
		{5, "81.2.69.1", false, false, false, true, "keep", "Z2", false},
		/* Two accounts have the name: in a zone of ours the first one listed was kept. */
		{5, "81.2.69.1", true, false, false, true, "keep again", NULL, true},
		{5, "81.2.69.1", false, false, false, true, "keep", NULL, true},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_reconcile(false, rows[i].is_volatile);
		start();
		if (rows[i].is_later) {
			tell_listed(0);
			reconcile_claims(reconcile);
			kit_advance(RECONCILE_CLAIMS_MS);
		}
		is_claimed = rows[i].is_claimed;
		is_better = rows[i].is_better;
		is_last_writer = rows[i].is_last_writer;
		published_to = rows[i].zone;
		said[0] = '\0';
		tell_host(rows[i].pub, rows[i].v4, HOME);
		ck_assert_msg(strcmp(said, rows[i].said) == 0, "row %zu: %s", i, said);
		/* A host of no zone is nobody's. */
		said[0] = '\0';
		tell_host(rows[i].pub, rows[i].v4, "home.example.org");
		expect_said("");
		tell_listed(0);
		close_reconcile();
	}
}
END_TEST

/* What another account has overwritten is kept when the listing has nothing else for the name. */
START_TEST(what_was_overwritten_is_kept_last)
{
	int trouble;

	for (trouble = 0; trouble < 2; trouble++) {
		open_reconcile(true, true);
		start();
		tell_version(0, 1, 1);
		said[0] = '\0';
		is_overwritten = true;
		tell_host(5, "81.2.69.1", HOME);
		expect_said("");
		is_overwritten = false;
		tell_host(5, "81.2.69.1", HOME);
		expect_said("keep");
		keep_err = trouble == 1 ? ERR_NOMEM : 0;
		said[0] = '\0';
		tell_listed(0);
		expect_said(trouble == 1 ? "keep end not-over" : "keep known complete over");
		close_reconcile();
	}
	/* Without a zone of ours there is nothing to be kept. */
	open_reconcile(true, false);
	start();
	tell_version(0, 1, 1);
	said[0] = '\0';
	is_overwritten = true;
	tell_host(5, "81.2.69.1", HOME);
	tell_listed(0);
	expect_said("keep known complete over");
	close_reconcile();
}
END_TEST

START_TEST(a_listing_that_found_no_room_is_not_complete)
{
	static const struct {
		int keep_err, host_err;
		bool is_better;
	} rows[] = {{ERR_NOMEM, 0, false}, {0, ERR_LIMIT, false}, {0, ERR_NOMEM, true}};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_reconcile(true, false);
		start();
		tell_version(0, 1, 1);
		keep_err = rows[i].keep_err;
		host_err = rows[i].host_err;
		is_better = rows[i].is_better;
		tell_host(4, "81.2.69.1", HOME);
		said[0] = '\0';
		tell_listed(0);
		expect_said("end not-over");
		/* All that is owed is still looked for the next time, even with the same version.
		 */
		keep_err = host_err = 0;
		is_better = false;
		kit_advance(RECONCILE_LIST_MIN_MS);
		tell_version(0, 1, 1);
		said[0] = '\0';
		tell_host(4, "81.2.69.1", HOME);
		expect_said("keep resume");
		tell_listed(0);
		expect_said("known complete over");
		close_reconcile();
	}
}
END_TEST

static void tell_malformed(const char *why)
{
	struct account *a;

	ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
	ck_assert_int_eq(account_add_flaw(a, ACCOUNT_FLAW_HOSTS, "%s", why), 0);
	on_each(on_arg, a);
	account_free(a);
}

/* However many there are, and once until their number changes. */
START_TEST(malformed_accounts_are_one_line_in_the_log)
{
	static const unsigned listings[] = {3, 3, 2, 0, 2};
	const char *text, *at;
	size_t i, k, n = 0;

	open_reconcile(true, true);
	start();
	capture();
	for (i = 0; i < N_ELEMENTS(listings); i++) {
		if (i > 0)
			kit_advance(INTERVAL_MS);
		tell_version(0, i, 1);
		for (k = 0; k < listings[i]; k++)
			tell_malformed(k == 0 ? "first" : "other");
		tell_listed(0);
	}
	text = captured();
	for (at = text; (at = strstr(at, "accounts cannot be used")) != NULL; at++)
		n++;
	ck_assert_msg(n == 3, "%s", text);
	ck_assert_ptr_nonnull(strstr(text, "accounts=3 first=first"));
	ck_assert_ptr_null(strstr(text, "other"));
	close_reconcile();
}
END_TEST

START_TEST(removed_hosts_are_looked_for_soon)
{
	open_reconcile(true, false);
	start_and_list();
	reconcile_claims(reconcile);
	kit_advance(RECONCILE_CLAIMS_MS / 2);
	/* More of them do not put it off. */
	reconcile_claims(reconcile);
	kit_advance(RECONCILE_CLAIMS_MS / 2 - 1);
	expect_said("");
	kit_advance(1);
	expect_said("ask");
	/* And one that comes while it is asked is seen in the same listing, or the next one. */
	reconcile_claims(reconcile);
	tell_version(0, 1, 1);
	expect_said("version begin hosts list");
	has_removed = true;
	tell_listed(0);
	said[0] = '\0';
	kit_advance(RECONCILE_CLAIMS_MS);
	tell_version(0, 1, 1);
	expect_said("ask version begin hosts list");
	has_removed = false;
	tell_listed(0);
	said[0] = '\0';
	kit_advance(INTERVAL_MS);
	tell_version(0, 1, 1);
	expect_said("ask version");
	close_reconcile();
}
END_TEST

START_TEST(a_call_that_cannot_be_begun_is_trouble_and_tried_again)
{
	open_reconcile(true, false);
	begin_err = ERR_NOMEM;
	reconcile_start(reconcile, on_started, said);
	kit_settle();
	expect_said("ask no-version begin hosts list end not-over");
	ck_assert_uint_eq(fake_calls.n_begun, 0);
	ck_assert_uint_eq(n_started, 1);
	ck_assert_int_eq(started_err, ERR_NOMEM);
	begin_err = 0;
	kit_advance(RECONCILE_LIST_MIN_MS);
	tell_version(0, 1, 1);
	expect_said("ask version begin hosts list");
	tell_listed(0);
	close_reconcile();
}
END_TEST

START_TEST(who_stops_ends_the_listing_and_tells_the_start)
{
	/* Before anything, while it is asked, while it is listed. */
	unsigned at;

	for (at = 0; at < 3; at++) {
		open_reconcile(true, false);
		reconcile_start(reconcile, on_started, said);
		if (at > 0)
			kit_settle();
		if (at > 1)
			tell_version(0, 1, 1);
		said[0] = '\0';
		fake_calls.is_stopping = true;
		reconcile_stop(reconcile);
		expect_said(at == 2 ? "end not-over stop" : "");
		ck_assert_uint_eq(n_started, 1);
		ck_assert_int_eq(started_err, ERR_CANCELED);
		reconcile_claims(reconcile);
		if (at == 1) {
			tell_version(0, 1, 1);
			expect_said("version");
		}
		if (at == 2) {
			tell_host(4, "81.2.69.1", HOME);
			tell_listed(ERR_CANCELED);
			expect_said("");
		}
		kit_advance(10 * RECONCILE_LIST_MIN_MS);
		ck_assert_uint_eq(n_started, 1);
		ck_assert_uint_eq(fake_calls.n_troubles, 0);
		close_reconcile();
	}
}
END_TEST

START_TEST(an_answer_after_it_was_closed_touches_nothing)
{
	unsigned at;

	for (at = 0; at < 2; at++) {
		open_reconcile(true, false);
		start();
		if (at == 1)
			tell_version(0, 1, 1);
		fake_calls.is_stopping = fake_calls.is_closed = true;
		reconcile_stop(reconcile);
		reconcile_close(reconcile);
		said[0] = '\0';
		if (at == 0)
			tell_version(0, 2, 2);
		else
			tell_listed(0);
		expect_said("");
		kit_close();
		ck_assert_int_eq(fake_calls.n_handles, 0);
		reconcile_free(reconcile);
	}
	reconcile_stop(NULL);
	reconcile_close(NULL);
	reconcile_free(NULL);
}
END_TEST

START_TEST(a_store_without_a_version_is_not_listed_too_often)
{
	static const struct {
		bool has_version;
		int64_t configured_ms, ms;
	} rows[] = {
		{true, 1, 1},
		{true, RECONCILE_LIST_MIN_MS + 1, RECONCILE_LIST_MIN_MS + 1},
		{false, 1, RECONCILE_LIST_MIN_MS},
		{false, RECONCILE_LIST_MIN_MS - 1, RECONCILE_LIST_MIN_MS},
		{false, RECONCILE_LIST_MIN_MS, RECONCILE_LIST_MIN_MS},
		{false, RECONCILE_LIST_MIN_MS + 1, RECONCILE_LIST_MIN_MS + 1},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		ops = (struct store_ops){.version = rows[i].has_version ? fake_version : NULL};
		store.ops = &ops;
		ck_assert_msg(reconcile_interval_ms(&store, rows[i].configured_ms) == rows[i].ms,
			      "row %zu", i);
	}
}
END_TEST

/* What is due in ms, and what was asked comes back with an owed host. */
static void let_pass(int64_t ms)
{
	kit_advance(ms);
	if (on_version != NULL) {
		store_version_fn *done = on_version;

		on_version = NULL;
		done(on_arg, 0, (struct store_version){1, 1}, NULL);
	}
	if (on_listed != NULL) {
		store_done_fn *done = on_listed;

		on_listed = NULL;
		tell_host(4, "81.2.69.1", HOME);
		done(on_arg, 0, NULL);
	}
}

/* LOOK_AGAIN: an intent whose sender was killed may arrive after the listing. */
START_TEST(what_is_owed_is_looked_for_once_more_where_it_may_come_later)
{
	static const struct {
		bool has_version, is_remote, is_volatile, looks_again;
	} rows[] = {
		{false, true, false, true},   {true, true, false, true},
		{false, false, false, false}, {true, false, false, false},
		{false, true, true, false},
	};
	int64_t ms;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_reconcile(rows[i].has_version, rows[i].is_volatile);
		ops.is_remote = rows[i].is_remote;
		start_and_list();
		on_version = NULL;
		on_listed = NULL;
		for (ms = 0; ms < SETTLE_MS - 1; ms++)
			let_pass(1);
		ck_assert_msg(strstr(said, "list") == NULL, "row %zu: %s", i, said);
		let_pass(1);
		ck_assert_msg((strstr(said, "list keep resume") != NULL) == rows[i].looks_again,
			      "row %zu: %s", i, said);
		/* Once. */
		said[0] = '\0';
		for (ms = 0; ms < 3 * SETTLE_MS; ms += 1000)
			let_pass(1000);
		ck_assert_msg(strstr(said, "list") == NULL, "row %zu: %s", i, said);
		close_reconcile();
	}
}
END_TEST

START_TEST(what_is_looked_for_once_more_is_so_after_a_whole_listing)
{
	open_reconcile(false, false);
	ops.is_remote = true;
	start();
	tell_listed(ERR_UNAVAILABLE);
	said[0] = '\0';
	kit_advance(RECONCILE_LIST_MIN_MS);
	expect_said("begin hosts list");
	tell_listed(0);
	said[0] = '\0';
	kit_advance(SETTLE_MS - 1);
	expect_said("");
	kit_advance(1);
	expect_said("begin hosts list");
	tell_listed(ERR_UNAVAILABLE);
	said[0] = '\0';
	kit_advance(RECONCILE_LIST_MIN_MS);
	tell_host(4, "81.2.69.1", HOME);
	expect_said("begin hosts list keep resume");
	tell_listed(0);
	said[0] = '\0';
	kit_advance(10 * RECONCILE_LIST_MIN_MS);
	expect_said("");
	close_reconcile();
}
END_TEST

START_TEST(without_memory_there_is_none)
{
	const struct reconcile_parts parts = {.store = &store};
	const struct reconcile_conf conf = {.interval_ms = INTERVAL_MS};
	struct reconcile *none = NULL;
	int err;

	kit_open();
	fake_calls.n_handles = 0;
	fake_malloc_fail_at(1);
	err = reconcile_new(&kit_loop, &parts, &conf, &none);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert_ptr_null(none);
	ck_assert_int_eq(fake_calls.n_handles, 0);
	kit_close();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		at_the_start_the_store_is_asked_and_listed,
		a_start_that_fails_says_why_and_is_tried_again,
		what_was_owed_is_resumed_when_the_store_is_back,
		listings_that_fail_all_the_same_are_put_off,
		a_store_that_is_silent_at_the_start_is_listed_later,
		what_the_store_knows_to_be_owed_comes_first,
		a_start_that_only_looked_is_ready,
		between_two_looks_nothing_is_listed,
		a_listing_for_removed_hosts_comes_as_often_as_it_is_asked_for,
		where_a_look_does_not_tell_all_the_listing_follows,
		who_stops_ends_a_look,
		a_listing_in_trouble_goes_on_behind,
		a_long_listing_goes_on_behind,
		a_volatile_zone_is_listed_when_the_version_is_another_one,
		what_is_to_be_done_for_a_listed_host,
		what_was_overwritten_is_kept_last,
		a_listing_that_found_no_room_is_not_complete,
		malformed_accounts_are_one_line_in_the_log,
		removed_hosts_are_looked_for_soon,
		a_call_that_cannot_be_begun_is_trouble_and_tried_again,
		who_stops_ends_the_listing_and_tells_the_start,
		an_answer_after_it_was_closed_touches_nothing,
		a_store_without_a_version_is_not_listed_too_often,
		what_is_owed_is_looked_for_once_more_where_it_may_come_later,
		what_is_looked_for_once_more_is_so_after_a_whole_listing,
		without_memory_there_is_none,
	};

	return unit_run("reconcile", tests, N_ELEMENTS(tests));
}
