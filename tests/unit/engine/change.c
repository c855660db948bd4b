/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/change.h"

#include <stdio.h>

#include "base/err.h"
#include "base/turn.h"
#include "engine/cache.h"
#include "engine/host.h"
#include "engine/plan.h"
#include "kit/engine_kit.h"
#include "kit/fake_calls.h"
#include "kit/fake_malloc.h"

/* Hosts are 0 to 9, then a to z. */
enum { HOSTS = 36, CHANGES = 3, READ_AT = 10, WAITERS = 4 };

/* In the place of engine/host.c: no more than its line, who holds it and who waits for it. */
struct host {
	unsigned holds;
	uint64_t changed_at;
	struct turn_line line;
	struct host_waiter *waiters[WAITERS];
	bool is_accepted; /* for host_unwait() */
	bool decides;	  /* when it is released: all waiters are told good */
};

/* A change, and what its owner was told. */
struct owner {
	struct change *change;
	unsigned n_outdated, n_waiting, n_failed, n_decided, n_idle, n_closed;
	enum dyndns_code codes[QUERY_HOSTS_MAX];
	bool ends; /* when it is told that it is outdated, or has failed */
};

static struct host hosts[HOSTS];
static struct owner owners[CHANGES];
static struct turns *turns;
static struct change_parts parts;
static unsigned n_holds;
static unsigned hold_fails_at; /* the n-th host_hold(); 0: none */
static int hold_err;
static char done_text[4096]; /* what was done, in order */
static bool known_stored[PLAN_ITEMS_MAX];

static void note(const char *what, const struct host *h)
{
	size_t len = strlen(done_text);

	snprintf(done_text + len, sizeof(done_text) - len, "%s%s", len > 0 ? " " : "", what);
	len = strlen(done_text);
	if (h != NULL)
		snprintf(done_text + len, sizeof(done_text) - len, "%d", (int)(h - hosts));
}

static void note_verb(const char *verb)
{
	note(verb, NULL);
}

/* Compares, and begins anew. */
static void expect_done(const char *text)
{
	ck_assert_str_eq(done_text, text);
	done_text[0] = '\0';
}

static struct host *host_of(const struct fqdn *name)
{
	char c = name->text[1];

	return &hosts[c >= 'a' ? c - 'a' + 10 : c - '0'];
}

void cache_begin_write(struct cache *c, const char *user, const struct fqdn *host)
{
	(void)c;
	(void)user;
	note("write", host_of(host));
}

void cache_end_write(struct cache *c, const char *user, const struct fqdn *host,
		     const struct host_state *state)
{
	(void)c;
	(void)user;
	KIT_CHECK(state == NULL);
	note("written", host_of(host));
}

bool cache_drop(struct cache *c, const char *user)
{
	(void)c;
	(void)user;
	note("drop", NULL);
	return true;
}

int host_hold(struct hosts *hs, const char *user, size_t zone, const struct fqdn *name,
	      struct host **ret)
{
	(void)hs;
	KIT_CHECK(zone == 3 && strcmp(user, "router") == 0);
	if (++n_holds == hold_fails_at)
		return hold_err;
	*ret = host_of(name);
	(*ret)->holds++;
	return 0;
}

static bool is_foreign; /* what is owed already */

bool host_owns(const struct host *h, const struct plan_item *item)
{
	KIT_CHECK(host_of(&item->name) == h && !item->intend);
	return !is_foreign;
}

void host_release(struct host *h)
{
	size_t i;

	KIT_CHECK(h->holds > 0);
	note("release", h);
	h->holds--;
	for (i = 0; h->decides && i < WAITERS; i++) {
		struct host_waiter *w = h->waiters[i];

		h->waiters[i] = NULL;
		if (w == NULL)
			continue;
		w->host = NULL;
		w->code = DYNDNS_GOOD;
		w->decided(w);
	}
}

enum host_turn host_take_turn(struct host *h, struct turn *t, uint64_t read_at)
{
	note("turn", h);
	if (t->state != TURN_NOW && !turn_take(&h->line, t))
		return HOST_TURN_WAITS;
	return h->changed_at > read_at ? HOST_TURN_OUTDATED : HOST_TURN_READY;
}

struct turn *host_first_turn(const struct host *h)
{
	return h->line.first;
}

void host_doubt(struct host *h, const struct plan_item *item)
{
	KIT_CHECK(host_of(&item->name) == h);
	note("doubt", h);
}

static void wait_for(struct host *h, struct host_waiter *w, const struct plan_item *item)
{
	size_t i = 0;

	KIT_CHECK(item->seq == (is_foreign ? 8 : 7) && item->awaited == FAMILY_V4);
	note("wait", h);
	while (h->waiters[i] != NULL)
		i++;
	h->waiters[i] = w;
	w->host = h;
}

void host_take_stored(struct host *h, const struct plan_item *item, uint64_t read_at,
		      struct host_waiter *w)
{
	KIT_CHECK(read_at == READ_AT && host_of(&item->name) == h);
	note("want", h);
	if (w != NULL)
		wait_for(h, w, item);
	host_release(h);
}

static void take_out(struct host *h, const struct host_waiter *w)
{
	size_t i = 0;

	while (h->waiters[i] != w)
		KIT_CHECK(++i < WAITERS);
	h->waiters[i] = NULL;
}

bool host_unwait(struct host_waiter *w)
{
	struct host *h = w->host;

	take_out(h, w);
	w->host = NULL;
	return h->is_accepted;
}

static void end_if_told(struct owner *o)
{
	if (o->ends)
		ck_assert(change_end(o->change));
}

static void on_outdated(void *arg)
{
	struct owner *o = arg;

	o->n_outdated++;
	end_if_told(o);
}

static void on_waiting(void *arg)
{
	((struct owner *)arg)->n_waiting++;
}

static void on_failed(void *arg)
{
	struct owner *o = arg;

	o->n_failed++;
	end_if_told(o);
}

static void on_decided(void *arg, const enum dyndns_code *codes)
{
	struct owner *o = arg;

	o->n_decided++;
	o->change = NULL;
	memcpy(o->codes, codes, 2 * sizeof(*codes));
}

static void on_idle(void *arg)
{
	((struct owner *)arg)->n_idle++;
}

static void on_closed(void *arg)
{
	((struct owner *)arg)->n_closed++;
}

static const struct change_events events = {
	.outdated = on_outdated,
	.waiting = on_waiting,
	.failed = on_failed,
	.decided = on_decided,
	.idle = on_idle,
	.closed = on_closed,
};

static void open_changes(void)
{
	size_t i;

	kit_open();
	memset(hosts, 0, sizeof(hosts));
	memset(owners, 0, sizeof(owners));
	fake_calls_reset(note_verb);
	n_holds = 0;
	hold_fails_at = 0;
	done_text[0] = '\0';
	ck_assert_int_eq(turns_new(&kit_loop, &turns), 0);
	parts.turns = turns;
	for (i = 0; i < HOSTS; i++)
		turn_line_init(&hosts[i].line);
	for (i = 0; i < CHANGES; i++)
		ck_assert_int_eq(
			change_new(&parts, "router", &events, &owners[i], &owners[i].change), 0);
}

/* Those that are left, unless they are decided; the others were ended by the test. */
static void on_turns_closed(void *arg)
{
	(void)arg;
}

static void close_changes(unsigned left)
{
	size_t i;

	for (i = 0; i < CHANGES; i++)
		if ((left & 1u << i) != 0 && owners[i].change != NULL)
			ck_assert(change_end(owners[i].change));
	for (i = 0; i < HOSTS; i++) {
		ck_assert_uint_eq(hosts[i].holds, 0);
		ck_assert_ptr_null(hosts[i].line.first);
	}
	turns_close(turns, on_turns_closed, NULL);
	kit_close();
	turns_free(turns);
}

/* With a plan of the hosts in text: "01" intends both; after '+' they are only published, after '-'
 * the request does not name them. */
static int try_to_go(size_t i, const char *text)
{
	struct plan p = {.n_items = 0};
	bool intend = true, is_named = true;

	for (; *text != '\0'; text++) {
		struct plan_item *item = &p.items[p.n_items];
		char name[] = "h0.dyn.example.com";

		if (*text == '+') {
			intend = false;
			continue;
		}
		if (*text == '-') {
			is_named = false;
			continue;
		}
		name[1] = *text;
		*item = (struct plan_item){
			.name = value_name(name),
			.zone = 3,
			.want = value_pair("81.2.69.1", NULL),
			.intend = intend,
			.expect.seq = intend ? 6 : 7,
			.seq = 7,
			.families = FAMILY_BOTH,
			.awaited = is_named ? FAMILY_V4 : 0,
		};
		p.n_items++;
	}
	return change_go(owners[i].change, p.items, p.n_items, READ_AT);
}

static void go(size_t i, const char *text)
{
	ck_assert_int_eq(try_to_go(i, text), 0);
}

static void stored(int err)
{
	fake_calls_done(err);
}

static void decide(size_t host, enum dyndns_code code)
{
	struct host_waiter *w = hosts[host].waiters[0];

	ck_assert_ptr_nonnull(w);
	take_out(&hosts[host], w);
	w->host = NULL;
	w->code = code;
	w->decided(w);
}

START_TEST(it_is_stored_then_published_then_decided)
{
	struct owner *o = &owners[0];

	open_changes();
	go(0, "01");
	expect_done("turn0 turn1 write0 write1 intend");
	ck_assert_uint_eq(fake_calls.n_intents, 2);
	ck_assert_uint_eq(fake_calls.intents[1].expect.seq, 6);
	ck_assert_uint_eq(fake_calls.intents[1].seq, 7);
	ck_assert_str_eq(fake_calls.intents[1].name.text, "h1.dyn.example.com");
	stored(0);
	expect_done("written0 want0 wait0 release0 written1 want1 wait1 release1");
	ck_assert_ptr_null(hosts[0].line.first);
	decide(1, DYNDNS_DNSERR);
	ck_assert_uint_eq(o->n_decided, 0);
	decide(0, DYNDNS_GOOD);
	ck_assert_uint_eq(o->n_decided, 1);
	ck_assert_int_eq(o->codes[0], DYNDNS_GOOD);
	ck_assert_int_eq(o->codes[1], DYNDNS_DNSERR);
	close_changes(7);
}
END_TEST

START_TEST(what_the_store_has_already_is_published_at_once)
{
	static const struct {
		const char *plan, *before, *after;
	} rows[] = {
		{"+0", "want0 wait0 release0", ""},
		{"+01", "want0 wait0 release0 want1 wait1 release1", ""},
		{"0+1", "turn0 write0 intend",
		 "written0 want0 wait0 release0 want1 wait1 release1"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_changes();
		go(0, rows[i].plan);
		expect_done(rows[i].before);
		if (fake_calls.call != NULL)
			stored(0);
		expect_done(rows[i].after);
		ck_assert_uint_eq(owners[0].n_decided, 0);
		decide(0, DYNDNS_GOOD);
		if (strchr(rows[i].plan, '1') != NULL)
			decide(1, DYNDNS_GOOD);
		ck_assert_uint_eq(owners[0].n_decided, 1);
		close_changes(7);
	}
}
END_TEST

/* Each host may tell when it is let go of, while the others are not published yet. */
/* OWN_INTENT. */
START_TEST(what_somebody_else_owes_is_intended_anew)
{
	open_changes();
	is_foreign = true;
	go(0, "+0");
	expect_done("turn0 write0 intend");
	ck_assert_uint_eq(fake_calls.n_intents, 1);
	ck_assert_uint_eq(fake_calls.intents[0].expect.seq, 7);
	ck_assert_uint_eq(fake_calls.intents[0].seq, 8);
	stored(0);
	expect_done("written0 want0 wait0 release0");
	close_changes(7);
	is_foreign = false;
}
END_TEST

START_TEST(it_is_decided_once_whenever_the_hosts_tell)
{
	unsigned which;

	for (which = 0; which < 4; which++) {
		open_changes();
		hosts[0].decides = (which & 1) != 0;
		hosts[1].decides = (which & 2) != 0;
		go(0, "+01");
		if (!hosts[0].decides)
			decide(0, DYNDNS_GOOD);
		if (!hosts[1].decides)
			decide(1, DYNDNS_GOOD);
		ck_assert_msg(owners[0].n_decided == 1, "%u", which);
		ck_assert_int_eq(owners[0].codes[0], DYNDNS_GOOD);
		ck_assert_int_eq(owners[0].codes[1], DYNDNS_GOOD);
		close_changes(6);
	}
}
END_TEST

START_TEST(what_an_update_asks_for_is_later_than_what_it_replaces)
{
	static const int64_t AHEAD = INT64_MAX / 4; /* another daemon's clock */
	static const struct {
		bool is_asked, is_asked_again;
		int64_t wanted_ms, since_ms, expected, expected_since;
	} rows[] = {
		{true, false, AHEAD, 7, AHEAD + 1, AHEAD + 1},
		{true, true, AHEAD, 7, AHEAD + 1, 7},
		{true, true, AHEAD, 0, AHEAD + 1, AHEAD + 1},
		{false, false, AHEAD, 7, AHEAD, 7},
		{false, false, 0, 0, 0, 0},
	};
	struct plan p = {.n_items = 1};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_changes();
		p.items[0] = (struct plan_item){
			.name = value_name("h0.dyn.example.com"),
			.zone = 3,
			.intend = true,
			.wanted_ms = rows[i].wanted_ms,
			.since_ms = rows[i].since_ms,
			.is_asked = rows[i].is_asked,
			.is_asked_again = rows[i].is_asked_again,
			.expect.seq = 6,
			.seq = 7,
		};
		ck_assert_int_eq(change_go(owners[0].change, p.items, p.n_items, READ_AT), 0);
		ck_assert_int_eq(fake_calls.intents[0].wanted_ms, rows[i].expected);
		ck_assert_int_eq(fake_calls.intents[0].since_ms, rows[i].expected_since);
		stored(0);
		close_changes(7);
	}
}
END_TEST

START_TEST(who_is_not_named_is_published_and_not_waited_for)
{
	enum dyndns_code codes[PLAN_ITEMS_MAX];
	struct owner *o = &owners[0];

	open_changes();
	go(0, "0-1");
	change_codes(o->change, codes, known_stored);
	ck_assert_int_eq(codes[1], DYNDNS_911);
	ck_assert(!change_end(o->change));
	stored(ERR_DENIED);
	close_changes(6);
	open_changes();
	go(0, "0-1");
	expect_done("turn0 turn1 write0 write1 intend");
	stored(0);
	expect_done("written0 want0 wait0 release0 written1 want1 release1");
	ck_assert_uint_eq(o->n_decided, 0);
	decide(0, DYNDNS_DNSERR);
	ck_assert_uint_eq(o->n_decided, 1);
	ck_assert_int_eq(o->codes[0], DYNDNS_DNSERR);
	ck_assert_int_eq(o->codes[1], DYNDNS_GOOD);
	close_changes(6);
	/* Nobody else is. */
	open_changes();
	go(0, "-01");
	stored(0);
	ck_assert_uint_eq(o->n_decided, 1);
	ck_assert_int_eq(o->codes[0], DYNDNS_GOOD);
	close_changes(6);
}
END_TEST

/* As many as two writes hold, and one more. */
#define FIRST_20 "0123456789abcdefghij"
#define NEXT_2	 "kl"

START_TEST(what_does_not_fit_into_one_write_is_published_after_the_last)
{
	struct owner *o = &owners[0];

	open_changes();
	go(0, FIRST_20 "-" NEXT_2);
	ck_assert_uint_eq(fake_calls.n_intents, STORE_INTENTS_MAX);
	ck_assert_str_eq(fake_calls.intents[19].name.text, "hj.dyn.example.com");
	done_text[0] = '\0';
	stored(0);
	expect_done("write20 write21 intend");
	ck_assert_uint_eq(fake_calls.n_intents, 2);
	ck_assert_str_eq(fake_calls.intents[0].name.text, "hk.dyn.example.com");
	stored(0);
	ck_assert_ptr_nonnull(strstr(done_text, "written0 want0 wait0 release0 "));
	ck_assert_ptr_nonnull(strstr(done_text, " written21 want21 release21"));
	ck_assert(change_end(o->change));
	close_changes(6);
	/* What needs no intent is not counted. */
	open_changes();
	go(0, FIRST_20 "+" NEXT_2);
	stored(0);
	ck_assert_ptr_nonnull(strstr(done_text, " want21 wait21 release21"));
	ck_assert(change_end(o->change));
	close_changes(6);
}
END_TEST

START_TEST(what_one_write_held_is_published_though_the_next_one_failed)
{
	static const struct {
		int err;
		bool is_outdated;
		const char *done; /* after what is stored */
	} rows[] = {
		{ERR_CONFLICT, true, "written20 written21"},
		{ERR_THROTTLED, false, "written20 written21 trouble"},
		{ERR_TIMEOUT, false, "written20 written21 trouble doubt20 doubt21"},
	};
	enum dyndns_code codes[PLAN_ITEMS_MAX];
	struct owner *o = &owners[0];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const char *published;

		open_changes();
		go(0, FIRST_20 "-" NEXT_2);
		stored(0);
		done_text[0] = '\0';
		stored(rows[i].err);
		ck_assert_ptr_nonnull(strstr(done_text, "written0 want0 release0 "));
		published = strstr(done_text, " want19 release19 ");
		ck_assert_ptr_nonnull(published);
		ck_assert_str_eq(published + strlen(" want19 release19 "), rows[i].done);
		ck_assert_uint_eq(o->n_outdated, rows[i].is_outdated ? 1 : 0);
		ck_assert_uint_eq(o->n_failed, rows[i].is_outdated ? 0 : 1);
		if (!rows[i].is_outdated) {
			change_codes(o->change, codes, known_stored);
			ck_assert(known_stored[19]);
			ck_assert_int_eq(known_stored[20], rows[i].err == ERR_TIMEOUT);
		}
		ck_assert_ptr_null(hosts[0].line.first);
		close_changes(7);
	}
}
END_TEST

START_TEST(who_ends_between_two_writes_publishes_what_the_first_held)
{
	open_changes();
	go(0, FIRST_20 NEXT_2);
	ck_assert(!change_end(owners[0].change));
	done_text[0] = '\0';
	stored(0);
	ck_assert_ptr_nonnull(strstr(done_text, " want19 release19 release20 release21"));
	ck_assert_uint_eq(owners[0].n_idle, 1);
	close_changes(6);
}
END_TEST

START_TEST(a_later_write_that_cannot_be_begun_has_failed)
{
	enum dyndns_code codes[PLAN_ITEMS_MAX];

	open_changes();
	go(0, FIRST_20 NEXT_2);
	fake_calls.begin_err = ERR_UNAVAILABLE;
	done_text[0] = '\0';
	stored(0);
	ck_assert_ptr_nonnull(strstr(done_text, " want19 release19 written20 written21 trouble"));
	ck_assert_uint_eq(owners[0].n_failed, 1);
	change_codes(owners[0].change, codes, known_stored);
	ck_assert(known_stored[19] && !known_stored[20]);
	close_changes(7);
}
END_TEST

START_TEST(what_becomes_of_it_when_the_store_fails)
{
	static const struct {
		int err;
		bool is_outdated;
		const char *done;
	} rows[] = {
		/* Somebody else wrote: memory is wrong, and it is planned again. */
		{ERR_CONFLICT, true, "drop written0 written1"},
		{ERR_NOTFOUND, true, "drop written0 written1"},
		/* Surely not stored: the first three. */
		{ERR_DENIED, false, "written0 written1 trouble"},
		{ERR_THROTTLED, false, "written0 written1 trouble"},
		{ERR_NOMEM, false, "written0 written1 trouble"},
		/* Nobody knows: the host finds out. What was not intended is not in doubt. */
		{ERR_TIMEOUT, false, "written0 written1 trouble doubt0 doubt1"},
		{ERR_UNAVAILABLE, false, "written0 written1 trouble doubt0 doubt1"},
		{ERR_IO, false, "written0 written1 trouble doubt0 doubt1"},
		{ERR_PROTOCOL, false, "written0 written1 trouble doubt0 doubt1"},
		{ERR_CANCELED, false, "written0 written1 trouble doubt0 doubt1"},
	};
	enum dyndns_code codes[PLAN_ITEMS_MAX];
	struct owner *o = &owners[0];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_changes();
		go(0, "01+2");
		expect_done("turn0 turn1 write0 write1 intend");
		stored(rows[i].err);
		ck_assert_msg(strcmp(done_text, rows[i].done) == 0, "row %zu: %s", i, done_text);
		ck_assert_uint_eq(o->n_outdated, rows[i].is_outdated ? 1 : 0);
		ck_assert_uint_eq(o->n_failed, rows[i].is_outdated ? 0 : 1);
		ck_assert_uint_eq(o->n_decided + o->n_idle, 0);
		if (!rows[i].is_outdated) {
			change_codes(o->change, codes, known_stored);
			ck_assert_msg(known_stored[0] == (i > 4), "row %zu", i);
			ck_assert_int_eq(codes[0], DYNDNS_911);
		}
		/* It has its turns until it ends, or is planned without them. */
		ck_assert_ptr_nonnull(hosts[0].line.first);
		close_changes(7);
	}
}
END_TEST

START_TEST(an_intent_that_cannot_be_begun_has_failed)
{
	open_changes();
	fake_calls.begin_err = ERR_UNAVAILABLE;
	owners[0].ends = true;
	go(0, "0");
	expect_done("turn0 write0 intend written0 trouble release0");
	ck_assert_uint_eq(owners[0].n_failed, 1);
	close_changes(6);
}
END_TEST

START_TEST(what_was_learnt_after_the_read_makes_it_outdated)
{
	static const struct {
		uint64_t changed_at[2];
		bool is_outdated;
	} rows[] = {
		{{READ_AT, READ_AT}, false},	 {{READ_AT + 1, 0}, true},
		{{0, READ_AT + 1}, true},	 {{READ_AT + 1, READ_AT + 1}, true},
		{{READ_AT - 1, READ_AT}, false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_changes();
		hosts[0].changed_at = rows[i].changed_at[0];
		hosts[1].changed_at = rows[i].changed_at[1];
		go(0, "01");
		ck_assert_msg(owners[0].n_outdated == (rows[i].is_outdated ? 1 : 0), "row %zu", i);
		ck_assert_msg((fake_calls.call == NULL) == rows[i].is_outdated, "row %zu", i);
		/* Outdated or not, it has both turns. */
		ck_assert_ptr_nonnull(hosts[0].line.first);
		ck_assert_ptr_nonnull(hosts[1].line.first);
		if (fake_calls.call != NULL)
			stored(ERR_DENIED);
		close_changes(7);
	}
}
END_TEST

START_TEST(who_plans_again_keeps_its_turns_at_the_hosts_that_stay)
{
	open_changes();
	hosts[0].changed_at = READ_AT + 1;
	go(0, "01");
	ck_assert_uint_eq(owners[0].n_outdated, 1);
	go(1, "0");
	ck_assert_uint_eq(owners[1].n_waiting, 1);
	go(2, "1");
	ck_assert_uint_eq(owners[2].n_waiting, 1);
	done_text[0] = '\0';
	/* Host 1 is not of the new plan: that turn ends, and is the next one's. */
	hosts[0].changed_at = 0;
	go(0, "02");
	expect_done("turn0 turn2 release0 release1 write0 write2 intend");
	kit_settle();
	ck_assert_uint_eq(owners[1].n_outdated, 0);
	ck_assert_uint_eq(owners[2].n_outdated, 1);
	stored(0);
	kit_settle();
	ck_assert_uint_eq(owners[1].n_outdated, 1);
	close_changes(7);
}
END_TEST

/* So that no two wait for each other. */
START_TEST(who_has_to_wait_has_no_turn_anywhere)
{
	struct call *first;

	open_changes();
	go(0, "1");
	first = fake_calls_take();
	go(1, "012");
	ck_assert_uint_eq(owners[1].n_waiting, 1);
	ck_assert_ptr_null(hosts[0].line.first);
	ck_assert_ptr_null(hosts[2].line.first);
	ck_assert(change_is_waiting(owners[1].change));
	ck_assert(!change_is_waiting(owners[0].change));
	/* Others pass it meanwhile, also those that have what it waits for in another order. */
	done_text[0] = '\0';
	go(2, "20");
	ck_assert_uint_eq(owners[2].n_waiting, 0);
	expect_done("turn2 turn0 write2 write0 intend");
	stored(ERR_DENIED);
	kit_settle();
	ck_assert_uint_eq(owners[1].n_outdated, 0);
	fake_calls.call = first;
	stored(0);
	kit_settle();
	ck_assert_uint_eq(owners[1].n_outdated, 1);
	ck_assert(!change_is_waiting(owners[1].change));
	close_changes(7);
}
END_TEST

START_TEST(those_in_the_line_are_found_in_order)
{
	open_changes();
	go(0, "1");
	go(1, "01");
	go(2, "1");
	ck_assert_ptr_eq(change_in_line(owners[2].change, NULL), owners[0].change);
	ck_assert_ptr_eq(change_in_line(owners[2].change, owners[0].change), owners[1].change);
	ck_assert_ptr_eq(change_in_line(owners[2].change, owners[1].change), owners[2].change);
	ck_assert_ptr_null(change_in_line(owners[1].change, owners[2].change));
	ck_assert_ptr_eq(change_owner(owners[1].change), &owners[1]);
	stored(0);
	change_drop(owners[1].change);
	kit_settle();
	ck_assert_uint_eq(owners[1].n_outdated, 0);
	ck_assert_uint_eq(owners[2].n_outdated, 1);
	close_changes(7);
}
END_TEST

START_TEST(one_change_includes_another_when_it_intends_every_host_of_it)
{
	static const struct {
		const char *newer, *older;
		bool includes;
	} rows[] = {
		{"0", "0", true},    {"01", "0", true},	  {"10", "01", true}, {"0", "01", false},
		{"1", "0", false},   {"012", "21", true}, {"+0", "0", false}, {"0+1", "01", false},
		{"01", "0+1", true}, {"0", "0+1", false},
	};
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_changes();
		/* Outdated, so neither is stored. */
		for (k = 0; k < HOSTS; k++)
			hosts[k].changed_at = READ_AT + 1;
		go(0, rows[i].newer);
		go(1, rows[i].older);
		ck_assert_msg(change_includes(owners[0].change, owners[1].change) ==
				      rows[i].includes,
			      "row %zu", i);
		close_changes(7);
	}
}
END_TEST

/* What the store may have is published all the same; it holds up nobody meanwhile. */
START_TEST(who_ends_while_it_is_stored_is_idle_later)
{
	static const struct {
		int err;
		const char *done;
	} rows[] = {
		{0, "written0 want0 release0 written1 want1 release1"},
		{ERR_CONFLICT, "drop written0 written1 release0 release1"},
		{ERR_NOTFOUND, "drop written0 written1 release0 release1"},
		{ERR_TIMEOUT, "written0 written1 trouble doubt0 doubt1 release0 release1"},
		{ERR_DENIED, "written0 written1 trouble release0 release1"},
	};
	struct owner *o = &owners[0];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_changes();
		go(0, "01");
		go(1, "0");
		ck_assert_uint_eq(owners[1].n_waiting, 1);
		ck_assert(!change_end(o->change));
		ck_assert_uint_eq(hosts[0].holds, 2);
		kit_settle();
		ck_assert_uint_eq(owners[1].n_outdated, 1);
		done_text[0] = '\0';
		stored(rows[i].err);
		ck_assert_msg(strcmp(done_text, rows[i].done) == 0, "row %zu: %s", i, done_text);
		ck_assert_uint_eq(o->n_idle, 1);
		ck_assert_uint_eq(o->n_outdated + o->n_failed + o->n_decided + o->n_closed, 0);
		close_changes(6);
	}
}
END_TEST

START_TEST(who_is_stored_when_the_engine_is_closed_is_told_so)
{
	struct owner *o = &owners[0];
	size_t i;

	open_changes();
	go(0, "01");
	ck_assert(!change_end(o->change));
	done_text[0] = '\0';
	fake_calls.call->closed(fake_calls.call->arg);
	ck_assert_uint_eq(o->n_closed, 1);
	ck_assert_uint_eq(o->n_idle + o->n_failed + o->n_decided, 0);
	/* Nothing of a host that is gone is touched. */
	expect_done("");
	for (i = 0; i < HOSTS; i++)
		hosts[i].holds = 0;
	close_changes(6);
}
END_TEST

START_TEST(who_ends_while_it_is_published_waits_no_more)
{
	open_changes();
	go(0, "+01");
	decide(0, DYNDNS_GOOD);
	ck_assert(change_end(owners[0].change));
	ck_assert_ptr_null(hosts[1].waiters[0]);
	ck_assert_uint_eq(owners[0].n_decided + owners[0].n_idle, 0);
	close_changes(6);
}
END_TEST

START_TEST(who_ends_while_it_waits_leaves_the_line)
{
	enum dyndns_code codes[PLAN_ITEMS_MAX];

	open_changes();
	go(0, "0");
	go(1, "0");
	go(2, "0");
	change_codes(owners[1].change, codes, known_stored);
	ck_assert(codes[0] == DYNDNS_911 && !known_stored[0]);
	ck_assert(change_end(owners[1].change));
	stored(0);
	kit_settle();
	ck_assert_uint_eq(owners[1].n_outdated, 0);
	ck_assert_uint_eq(owners[2].n_outdated, 1);
	close_changes(5);
}
END_TEST

START_TEST(what_is_known_by_now_can_be_asked)
{
	/* Of two hosts: 'g' and 'd' was told, 'a' is accepted, '-' is not. */
	static const struct {
		const char *hosts;
		enum dyndns_code codes[2];
	} rows[] = {
		{"--", {DYNDNS_911, DYNDNS_911}},     {"a-", {DYNDNS_GOOD, DYNDNS_911}},
		{"-a", {DYNDNS_911, DYNDNS_GOOD}},    {"g-", {DYNDNS_GOOD, DYNDNS_911}},
		{"da", {DYNDNS_DNSERR, DYNDNS_GOOD}}, {"-d", {DYNDNS_911, DYNDNS_DNSERR}},
	};
	enum dyndns_code codes[QUERY_HOSTS_MAX];
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_changes();
		go(0, "+01");
		for (k = 0; k < 2; k++) {
			if (rows[i].hosts[k] == 'g')
				decide(k, DYNDNS_GOOD);
			if (rows[i].hosts[k] == 'd')
				decide(k, DYNDNS_DNSERR);
			hosts[k].is_accepted = rows[i].hosts[k] == 'a';
		}
		change_codes(owners[0].change, codes, known_stored);
		for (k = 0; k < 2; k++) {
			ck_assert_msg(codes[k] == rows[i].codes[k], "row %zu, %zu", i, k);
			ck_assert(known_stored[k]);
			ck_assert_ptr_null(hosts[k].waiters[0]);
		}
		ck_assert_uint_eq(owners[0].n_decided, 0);
		close_changes(7);
	}
	/* And before anything is published; the store may hold it. */
	open_changes();
	go(0, "0");
	change_codes(owners[0].change, codes, known_stored);
	ck_assert_int_eq(codes[0], DYNDNS_911);
	ck_assert(known_stored[0]);
	ck_assert(!change_end(owners[0].change));
	stored(0);
	ck_assert_uint_eq(owners[0].n_idle, 1);
	close_changes(6);
}
END_TEST

START_TEST(a_plan_that_finds_no_room_leaves_no_host)
{
	static const struct {
		unsigned fails_at; /* of the four that are held, one for the plan before */
		int err;
	} rows[] = {{2, ERR_LIMIT}, {3, ERR_LIMIT}, {4, ERR_NOMEM}, {2, ERR_NOMEM}};
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_changes();
		hosts[0].changed_at = READ_AT + 1;
		go(0, "0");
		hold_fails_at = rows[i].fails_at;
		hold_err = rows[i].err;
		ck_assert_int_eq(try_to_go(0, "012"), rows[i].err);
		ck_assert_uint_eq(owners[0].n_outdated, 1);
		for (k = 0; k < HOSTS; k++) {
			ck_assert_uint_eq(hosts[k].holds, 0);
			ck_assert_ptr_null(hosts[k].line.first);
		}
		/* There is room again. */
		hold_fails_at = 0;
		go(0, "012");
		ck_assert_uint_eq(owners[0].n_outdated, 2);
		close_changes(7);
	}
}
END_TEST

START_TEST(without_memory_it_has_no_hosts)
{
	struct plan p = {.n_items = 1};
	struct change *none = NULL;
	unsigned n;
	int err;

	open_changes();
	fake_malloc_fail_at(1);
	err = change_new(&parts, "router", &events, NULL, &none);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert_ptr_null(none);
	p.items[0] = (struct plan_item){.name = value_name("h1.dyn.example.com"), .zone = 3};
	for (n = 1; n <= 2; n++) {
		hosts[0].changed_at = READ_AT + 1;
		go(0, "0");
		fake_malloc_fail_at(n);
		err = change_go(owners[0].change, p.items, p.n_items, READ_AT);
		ck_assert(fake_malloc_off());
		ck_assert_int_eq(err, ERR_NOMEM);
		ck_assert_uint_eq(hosts[0].holds + hosts[1].holds, 0);
	}
	close_changes(7);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_is_stored_then_published_then_decided,
		what_the_store_has_already_is_published_at_once,
		what_somebody_else_owes_is_intended_anew,
		it_is_decided_once_whenever_the_hosts_tell,
		what_an_update_asks_for_is_later_than_what_it_replaces,
		who_is_not_named_is_published_and_not_waited_for,
		what_does_not_fit_into_one_write_is_published_after_the_last,
		what_one_write_held_is_published_though_the_next_one_failed,
		who_ends_between_two_writes_publishes_what_the_first_held,
		a_later_write_that_cannot_be_begun_has_failed,
		what_becomes_of_it_when_the_store_fails,
		an_intent_that_cannot_be_begun_has_failed,
		what_was_learnt_after_the_read_makes_it_outdated,
		who_plans_again_keeps_its_turns_at_the_hosts_that_stay,
		who_has_to_wait_has_no_turn_anywhere,
		those_in_the_line_are_found_in_order,
		one_change_includes_another_when_it_intends_every_host_of_it,
		who_ends_while_it_is_stored_is_idle_later,
		who_is_stored_when_the_engine_is_closed_is_told_so,
		who_ends_while_it_is_published_waits_no_more,
		who_ends_while_it_waits_leaves_the_line,
		what_is_known_by_now_can_be_asked,
		a_plan_that_finds_no_room_leaves_no_host,
		without_memory_it_has_no_hosts,
	};

	return unit_run("change", tests, N_ELEMENTS(tests));
}
