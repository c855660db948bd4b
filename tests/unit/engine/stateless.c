/* SPDX-License-Identifier: BSD-2-Clause
 * Hosts that replaced no state, with a store and a queue of repetitions that do as the test says.
 */
#include "engine/stateless.h"

#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "base/err.h"
#include "engine/calls.h"
#include "engine/host.h"
#include "engine/plan_item.h"
#include "engine/publish.h"
#include "engine/repeat.h"
#include "engine/ticks.h"
#include "engine/zones.h"
#include "kit/engine_kit.h"
#include "kit/fake_malloc.h"

enum { SETTLE_MS = 10000, MAX = 40, TICK = 7, READS_MAX = 64 };

#define HOME   "home.dyn.example.com"
#define SECOND "second.dyn.example.com"

static struct stateless *st;
static struct engine_zone zone;
static int n_handles, begin_err;
static bool has_room, is_overwritten;
/* The reads that are under way. */
static struct call *calls[READS_MAX];
static store_lookup_fn *found;
static size_t n_reads;
static unsigned n_troubles, n_repeats, n_looks;
static struct plan_item repeated;

/* In the place of the rest of the engine. */

void calls_add_handle(struct calls *c)
{
	(void)c;
	n_handles++;
}

void calls_drop_handle(struct calls *c)
{
	(void)c;
	n_handles--;
}

int calls_lookup(struct calls *c, struct call *call, const char *user, store_lookup_fn *done)
{
	(void)c;
	KIT_CHECK(strcmp(user, "router") == 0 && n_reads < READS_MAX);
	found = done;
	calls[n_reads] = call;
	n_reads += begin_err == 0;
	return begin_err;
}

void calls_trouble(struct calls *c, const char *verb, const char *user, int err,
		   const struct errinfo *why)
{
	(void)c;
	(void)why;
	KIT_CHECK(strcmp(verb, "lookup") == 0 && strcmp(user, "router") == 0 && err != 0);
	n_troubles++;
}

const struct engine_zone *zones_all(const struct zones *z)
{
	(void)z;
	return &zone;
}

size_t zones_count(const struct zones *z)
{
	(void)z;
	return 1;
}

struct publish *zones_queue(const struct zones *z, size_t i)
{
	(void)z;
	KIT_CHECK(i == 0);
	return NULL;
}

bool publish_has_room(const struct publish *p)
{
	(void)p;
	n_looks++;
	return has_room;
}

bool hosts_see(struct hosts *hs, struct account *account, uint64_t read_at, bool is_new)
{
	(void)hs;
	KIT_CHECK(read_at == TICK && is_new);
	account->hosts[0].is_overwritten = is_overwritten;
	return false;
}

void repeats_add(struct repeats *rs, const char *user, const struct plan_item *items, size_t n,
		 uint64_t read_at)
{
	(void)rs;
	KIT_CHECK(strcmp(user, "router") == 0 && n == 1 && read_at == TICK);
	repeated = items[0];
	n_repeats++;
}

static void open_stateless_of(size_t max)
{
	static const struct ticks ticks = {.now = TICK};
	const struct stateless_parts parts = {.ticks = &ticks};
	const struct stateless_conf conf = {.max = max, .settle_ms = SETTLE_MS};

	kit_open();
	zone = (struct engine_zone){.name = value_name("dyn.example.com"), .ttl = 60};
	n_reads = 0;
	n_troubles = n_repeats = n_looks = 0;
	begin_err = 0;
	has_room = true;
	is_overwritten = false;
	ck_assert_int_eq(stateless_new(&kit_loop, &parts, &conf, 1, &st), 0);
	ck_assert_int_eq(n_handles, 1);
}

static void open_stateless(void)
{
	open_stateless_of(MAX);
}

static void close_stateless(void)
{
	stateless_close(st);
	kit_close();
	ck_assert_int_eq(n_handles, 0);
	stateless_free(st);
}

static void intended(const char *name, bool is_stateless)
{
	const struct fqdn host = value_name(name);

	stateless_note(st, "router", &host, is_stateless);
}

/* The oldest read ends: with an account that has the host HOME, at state. */
static void answer(int err, const struct host_state *state)
{
	struct account *a = NULL;
	struct call *call = calls[0];

	ck_assert_uint_gt(n_reads, 0);
	memmove(&calls[0], &calls[1], --n_reads * sizeof(calls[0]));
	if (state != NULL) {
		struct account_host *host;

		ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
		ck_assert_int_eq(account_add_host(a, slice_of(HOME), NULL, &host, NULL), 0);
		host->state = *state;
	}
	found(call->arg, err, a, NULL);
}

static struct host_state state_of(uint64_t seq, uint64_t pub)
{
	return (struct host_state){
		.want = value_pair("81.2.69.1", NULL), .seq = seq, .pub = pub, .time_s = 5};
}

START_TEST(it_is_sent_once_more_after_settle_time)
{
	const struct host_state s = state_of(1, 1);

	open_stateless();
	intended(HOME, true);
	kit_advance(SETTLE_MS);
	ck_assert_uint_eq(n_reads, 0);
	kit_advance(1);
	ck_assert_uint_eq(n_reads, 1);
	answer(0, &s);
	ck_assert_uint_eq(n_repeats, 1);
	ck_assert(repeated.repeats && repeated.intend && repeated.families == FAMILY_V4);
	ck_assert_uint_eq(repeated.seq, 2);
	ck_assert_uint_eq(repeated.expect.seq, 1);
	ck_assert_uint_eq(repeated.owed_from, 0);
	ck_assert_uint_eq(repeated.awaited, 0);
	/* Until the store took that, it waits. */
	ck_assert_uint_eq(stateless_count(st), 1);
	intended(HOME, false);
	ck_assert_uint_eq(stateless_count(st), 0);
	kit_advance(3 * SETTLE_MS);
	ck_assert_uint_eq(n_reads, 0);
	close_stateless();
}
END_TEST

START_TEST(a_change_before_that_does_not_take_its_place_and_one_behind_it_does)
{
	open_stateless();
	intended(HOME, true);
	intended(SECOND, true);
	kit_advance(SETTLE_MS / 2);
	intended(HOME, false);
	ck_assert_uint_eq(stateless_count(st), 2);
	/* It has lost its state again. */
	intended(SECOND, true);
	ck_assert_uint_eq(stateless_count(st), 2);
	has_room = false;
	kit_advance(SETTLE_MS / 2 + 1);
	intended(HOME, false);
	intended(SECOND, false);
	ck_assert_uint_eq(stateless_count(st), 1);
	has_room = true;
	kit_advance(SETTLE_MS / 2);
	ck_assert_uint_eq(n_reads, 1);
	answer(ERR_NOTFOUND, NULL);
	close_stateless();
}
END_TEST

START_TEST(what_cannot_be_done_is_tried_again_each_settle_time)
{
	const struct host_state s = state_of(3, 3);
	unsigned i;

	open_stateless();
	intended(HOME, true);
	has_room = false;
	kit_advance(SETTLE_MS + 1);
	has_room = true;
	kit_advance(SETTLE_MS - 1);
	ck_assert_uint_eq(n_reads, 0);
	begin_err = ERR_NOMEM;
	kit_advance(2);
	begin_err = 0;
	for (i = 1; i <= 3; i++) {
		kit_advance(SETTLE_MS + 1);
		ck_assert_uint_eq(n_reads, 1);
		answer(i == 1 ? ERR_THROTTLED : 0, i == 1 ? NULL : &s);
		ck_assert_uint_eq(n_troubles, 1);
		/* Nobody says that it was intended: somebody else wrote, or the store had trouble.
		 */
		ck_assert_uint_eq(n_repeats, i - 1);
	}
	ck_assert_uint_eq(stateless_count(st), 1);
	close_stateless();
}
END_TEST

START_TEST(what_is_owed_is_left_to_whoever_takes_it_over)
{
	const struct host_state s = state_of(3, 2);

	open_stateless();
	intended(HOME, true);
	kit_advance(SETTLE_MS + 1);
	answer(0, &s);
	ck_assert(!repeated.intend);
	ck_assert_uint_eq(repeated.seq, 3);
	ck_assert_uint_eq(repeated.owed_from, 3);
	ck_assert(!repeated.repeats);
	close_stateless();
}
END_TEST

START_TEST(what_is_not_to_be_published_is_let_go_of)
{
	static const struct {
		const char *what;
		const char *host;
		int err;
		bool has_account, is_overwritten;
		uint64_t seq;
	} rows[] = {
		{"the account is gone", HOME, ERR_NOTFOUND, false, false, 0},
		{"the host is gone", SECOND, 0, true, false, 1},
		{"the state is gone again", HOME, 0, true, false, 0},
		{"the name is another account's", HOME, 0, true, true, 1},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const struct host_state s = state_of(rows[i].seq, rows[i].seq);

		open_stateless();
		is_overwritten = rows[i].is_overwritten;
		intended(rows[i].host, true);
		kit_advance(SETTLE_MS + 1);
		answer(rows[i].err, rows[i].has_account ? &s : NULL);
		ck_assert_msg(stateless_count(st) == 0 && n_repeats == 0, "%s", rows[i].what);
		close_stateless();
	}
}
END_TEST

/* The store was asked for the host, and took an intent of it before it answered. */
START_TEST(what_was_sent_while_it_was_read_is_not_sent_again)
{
	const struct host_state s = state_of(2, 2);

	open_stateless();
	intended(HOME, true);
	kit_advance(SETTLE_MS + 1);
	ck_assert_uint_eq(n_reads, 1);
	intended(HOME, false);
	answer(0, &s);
	ck_assert_uint_eq(n_repeats, 0);
	ck_assert_uint_eq(stateless_count(st), 0);
	close_stateless();
}
END_TEST

START_TEST(a_host_outside_every_zone_is_not_read)
{
	open_stateless();
	intended("home.example.net", true);
	kit_advance(2 * SETTLE_MS + 2);
	ck_assert_uint_eq(n_reads, 0);
	close_stateless();
}
END_TEST

START_TEST(only_so_many_wait_and_only_so_many_are_read_at_once)
{
	char name[64];
	unsigned i;

	open_stateless();
	for (i = 0; i < MAX + 2; i++) {
		snprintf(name, sizeof(name), "h%u.dyn.example.com", i);
		intended(name, true);
	}
	ck_assert_uint_eq(stateless_count(st), MAX);
	kit_advance(SETTLE_MS + 1);
	ck_assert_uint_eq(n_reads, STATELESS_AT_ONCE);
	while (n_reads > 0)
		answer(ERR_NOTFOUND, NULL);
	ck_assert_uint_eq(stateless_count(st), MAX - STATELESS_AT_ONCE);
	kit_advance(SETTLE_MS + 1);
	ck_assert_uint_eq(n_reads, MAX - STATELESS_AT_ONCE);
	while (n_reads > 0)
		answer(ERR_NOTFOUND, NULL);
	close_stateless();
}
END_TEST

/* The loop has turns between them in which others get on. */
START_TEST(only_so_many_are_looked_at_in_a_turn)
{
	enum { ALL = STATELESS_LOOKS + MAX };
	char name[64];
	unsigned i;

	open_stateless_of(ALL);
	for (i = 0; i < ALL; i++) {
		snprintf(name, sizeof(name), "h%u.dyn.example.com", i);
		intended(name, true);
	}
	has_room = false;
	kit_advance(SETTLE_MS + 1);
	ck_assert_uint_eq(n_looks, STATELESS_LOOKS);
	kit_advance(1);
	ck_assert_uint_eq(n_looks, ALL);
	close_stateless();
}
END_TEST

START_TEST(a_read_that_is_under_way_outlives_it)
{
	open_stateless();
	intended(HOME, true);
	kit_advance(SETTLE_MS + 1);
	close_stateless();
	calls[0]->closed(calls[0]->arg);
}
END_TEST

START_TEST(stopped_or_without_memory_nothing_begins)
{
	const struct fqdn name = value_name(HOME);

	open_stateless();
	fake_malloc_fail_at(1);
	stateless_note(st, "router", &name, true);
	ck_assert(fake_malloc_off());
	ck_assert_uint_eq(stateless_count(st), 0);
	intended(HOME, true);
	fake_malloc_fail_at(1);
	kit_advance(SETTLE_MS + 1);
	ck_assert(fake_malloc_off());
	ck_assert_uint_eq(n_reads, 0);
	stateless_stop(st);
	kit_advance(SETTLE_MS + 1);
	intended(SECOND, true);
	kit_advance(SETTLE_MS + 1);
	ck_assert_uint_eq(n_reads, 0);
	close_stateless();
	stateless_stop(NULL);
	stateless_close(NULL);
	stateless_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_is_sent_once_more_after_settle_time,
		a_change_before_that_does_not_take_its_place_and_one_behind_it_does,
		what_cannot_be_done_is_tried_again_each_settle_time,
		what_is_owed_is_left_to_whoever_takes_it_over,
		what_is_not_to_be_published_is_let_go_of,
		what_was_sent_while_it_was_read_is_not_sent_again,
		a_host_outside_every_zone_is_not_read,
		only_so_many_wait_and_only_so_many_are_read_at_once,
		only_so_many_are_looked_at_in_a_turn,
		a_read_that_is_under_way_outlives_it,
		stopped_or_without_memory_nothing_begins,
	};

	return unit_run("stateless", tests, N_ELEMENTS(tests));
}
