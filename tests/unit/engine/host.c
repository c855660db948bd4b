/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/host.h"

#include <stdio.h>

#include "base/err.h"
#include "base/metric.h"
#include "base/turn.h"
#include "engine/cache.h"
#include "engine/calls.h"
#include "engine/known.h"
#include "engine/news.h"
#include "engine/plan.h"
#include "engine/ticks.h"
#include "engine/writers.h"
#include "engine/zones.h"
#include "kit/said.h"
#include "kit/engine_kit.h"
#include "kit/fake_malloc.h"

#define HOME   "home.dyn.example.com"
#define SECOND "second.dyn.example.com"

enum { MAX = 2, SETTLE_MS = 10000, LONG_MS = 2 * HOST_RETRY_CAP_MS };

static struct hosts *hosts;
static struct known *known;
static struct ticks ticks;
static struct writers *writers;
static struct turns *turns;
static struct engine_zone zone;
static struct zone_handle handle = {.conf = &zone};
static bool is_barred, is_stopping;
static bool is_remote = true; /* the store */
static bool is_refusing;      /* the brake: what is added is refused at once */
static int n_handles;
static unsigned n_drained, n_removed, n_intended, n_stateless;
static struct publish_host *pub; /* what was sent last */

/* The store's call that is under way. */
static struct call *call;
static store_lookup_fn *call_found;
static store_done_fn *call_done;
static int begin_err;
static struct store_confirm confirm;
static struct store_intent intent;

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

bool calls_are_stopping(const struct calls *c)
{
	(void)c;
	return is_stopping;
}

void calls_trouble(struct calls *c, const char *verb, const char *user, int err,
		   const struct errinfo *why)
{
	(void)c;
	(void)verb;
	(void)why;
	KIT_CHECK(err != 0 && strcmp(user, "router") == 0);
	note("trouble");
}

static int take_call(struct call *c, const char *what)
{
	KIT_CHECK(call == NULL);
	note(what);
	if (begin_err == 0)
		call = c;
	return begin_err;
}

int calls_lookup(struct calls *c, struct call *new_call, const char *user, store_lookup_fn *found)
{
	(void)c;
	KIT_CHECK(strcmp(user, "router") == 0);
	call_found = found;
	return take_call(new_call, "read");
}

int calls_intend(struct calls *c, struct call *new_call, const char *user,
		 const struct store_intent *intents, size_t n, store_done_fn *done)
{
	(void)c;
	KIT_CHECK(n == 1 && strcmp(user, "router") == 0);
	intent = intents[0];
	call_done = done;
	return take_call(new_call, "intend");
}

int calls_confirm(struct calls *c, struct call *new_call, const char *user,
		  const struct store_confirm *new_confirm, store_done_fn *done)
{
	(void)c;
	KIT_CHECK(strcmp(user, "router") == 0);
	confirm = *new_confirm;
	call_done = done;
	return take_call(new_call, "confirm");
}

static struct engine_change change; /* that was told last */
static struct addr_pair refused;

int calls_tell(struct calls *c, struct call *new_call, const struct engine_news *news,
	       const struct engine_change *new_change, store_done_fn *done)
{
	(void)c;
	KIT_CHECK(news != NULL && strcmp(new_change->user, "router") == 0);
	KIT_CHECK(strcmp(new_change->name->text, HOME) == 0);
	change = *new_change;
	call_done = done;
	return take_call(new_call, "tell");
}

static bool wants_changes(void *arg, const struct fqdn *name)
{
	(void)arg;
	return strcmp(name->text, HOME) == 0;
}

static void on_name_refused(void *arg, const char *user, const struct fqdn *name,
			    const struct addr_pair *want)
{
	(void)arg;
	KIT_CHECK(strcmp(user, "router") == 0 && strcmp(name->text, HOME) == 0);
	refused = *want;
	note("refused");
}

static const struct engine_news news = {.wants_changes = wants_changes,
					.name_refused = on_name_refused};
static bool has_news; /* somebody is told */

void cache_begin_write(struct cache *c, const char *user, const struct fqdn *host)
{
	(void)c;
	(void)user;
	(void)host;
}

void cache_end_write(struct cache *c, const char *user, const struct fqdn *host,
		     const struct host_state *state)
{
	(void)c;
	(void)user;
	(void)host;
	note(state != NULL ? "cached" : "uncached");
}

bool cache_drop(struct cache *c, const char *user)
{
	(void)c;
	(void)user;
	note("drop");
	return true;
}

const struct zone_handle *zones_handles(const struct zones *z)
{
	(void)z;
	return &handle;
}

void publish_add(struct publish *p, struct publish_host *h, unsigned families)
{
	static const char *const names[] = {"publish0", "publish4", "publish6", "publish46"};

	(void)p;
	note(names[families]);
	pub = h;
	h->is_barred = is_barred;
	h->is_stale = false;
	if (is_refusing)
		h->refused |= families;
	else
		h->dirty |= families;
}

void publish_renewed(struct publish *p, struct publish_host *h)
{
	(void)p;
	KIT_CHECK(h->is_stale);
	note("renewed");
	h->is_stale = false;
}

const char *publish_trouble(const struct publish *p)
{
	(void)p;
	return NULL;
}

void publish_drop(struct publish *p, struct publish_host *h)
{
	(void)p;
	note("drop-it");
	h->is_stale = false;
	h->dirty = 0;
}

/* What was sent has landed. */
static void land(bool is_accepted)
{
	size_t i;

	for (i = 0; i < FAMILY_COUNT; i++)
		if (is_accepted && (pub->dirty & family_bit(i)) != 0)
			pub->accepted[i] = pub->seq;
	pub->refused = is_accepted ? 0 : pub->dirty;
	pub->dirty = 0;
	hosts_publish_events.landed(hosts, pub);
}

static void on_drained(void *arg)
{
	ck_assert_ptr_eq(arg, said);
	n_drained++;
}

static void on_removed(void *arg)
{
	ck_assert_ptr_eq(arg, said);
	n_removed++;
}

static void on_intended(void *arg, const char *user, const struct fqdn *name, bool is_stateless)
{
	KIT_CHECK(arg == said && strcmp(user, "router") == 0 && name->len > 0);
	n_intended++;
	n_stateless += is_stateless;
}

static void on_overtaken(void *arg, const char *user, size_t zone_index, const struct fqdn *name,
			 uint64_t seq)
{
	KIT_CHECK(arg == said && strcmp(user, "router") == 0 && zone_index == 0);
	KIT_CHECK(name->len > 0 && seq > 0);
	note("overtaken");
}

static const struct hosts_events events = {.drained = on_drained,
					   .removed = on_removed,
					   .overtaken = on_overtaken,
					   .intended = on_intended};

static void open_hosts(void)
{
	const struct hosts_conf conf = {.max = MAX,
					.settle_ms = SETTLE_MS,
					.is_remote = is_remote,
					.news = has_news ? &news : NULL};
	struct hosts_parts parts = {.calls = NULL};

	kit_open();
	zone = (struct engine_zone){.name = value_name("dyn.example.com"), .ttl = 60};
	handle.is_volatile = is_barred = is_stopping = is_refusing = false;
	n_handles = 0;
	n_drained = n_removed = n_intended = n_stateless = 0;
	said[0] = '\0';
	call = NULL;
	begin_err = 0;
	ticks.now = 0;
	ck_assert_int_eq(known_new(10, 1, &ticks, &known), 0);
	ck_assert_int_eq(writers_new(1, &writers), 0);
	ck_assert_int_eq(turns_new(&kit_loop, &turns), 0);
	parts.known = known;
	parts.ticks = &ticks;
	parts.writers = writers;
	ck_assert_int_eq(hosts_new(&kit_loop, &parts, &conf, &events, said, &hosts), 0);
	ck_assert_int_eq(n_handles, 2);
}

static void on_turns_closed(void *arg)
{
	(void)arg;
}

static void close_hosts(void)
{
	is_stopping = true;
	hosts_stop(hosts);
	hosts_close(hosts);
	turns_close(turns, on_turns_closed, NULL);
	kit_close();
	ck_assert_int_eq(n_handles, 0);
	/* What the store had a call of is freed with it. */
	if (call != NULL)
		call->closed(call->arg);
	hosts_free(hosts);
	turns_free(turns);
	known_free(known);
	writers_free(writers);
}

static struct plan_item item_of(uint64_t seq, const char *v4, const char *v6, uint64_t owed_from)
{
	struct plan_item item = {
		.name = value_name(HOME),
		.ttl = 60,
		.want = value_pair(v4, v6),
		.intend = true,
		.expect.seq = seq - 1,
		.seq = seq,
		.owed_from = owed_from,
	};

	item.families = family_set(&item.want);
	return item;
}

static struct host *hold(const char *name)
{
	struct fqdn fqdn = value_name(name);
	struct host *h = NULL;

	ck_assert_int_eq(host_hold(hosts, "router", 0, &fqdn, &h), 0);
	return h;
}

/* An update's intent is stored. w (may be NULL) waits for it. */
static void want(const struct plan_item *item, struct host_waiter *w)
{
	struct plan_item named = *item;

	named.awaited = item->families;
	host_take_stored(hold(HOME), &named, ticks.now, w);
}

static void want_v4(uint64_t seq, const char *v4)
{
	struct plan_item item = item_of(seq, v4, NULL, 0);

	want(&item, NULL);
}

static void done(int err)
{
	struct call *c = call;

	ck_assert_ptr_nonnull(c);
	call = NULL;
	call_done(c->arg, err, NULL);
}

/* seq 0: the host is not in the account. */
static void found_state(const struct host_state *state)
{
	struct call *c = call;
	struct account *a;
	struct account_host *h;

	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
	ck_assert_int_eq(account_set_secret(a, slice_of("secret"), NULL), 0);
	ck_assert_int_eq(
		account_add_host(a, slice_of(state->seq > 0 ? HOME : SECOND), NULL, &h, NULL), 0);
	h->state = *state;
	call = NULL;
	call_found(c->arg, 0, a, NULL);
}

/* The store has that of the host. */
static void found(uint64_t seq, uint64_t published, const char *v4)
{
	found_state(&(struct host_state){
		.want = value_pair(v4, NULL), .seq = seq, .pub = published, .time_s = 10});
}

/* What a reading that had that state is made of by what is known. */
static struct account_host see(const struct host_state *state)
{
	struct account_host *h, ret;
	struct account *a;
	bool is_marked;

	ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
	ck_assert_int_eq(account_set_secret(a, slice_of("secret"), NULL), 0);
	ck_assert_int_eq(account_add_host(a, slice_of(HOME), NULL, &h, NULL), 0);
	h->state = *state;
	is_marked = hosts_see(hosts, a, ticks.now, true);
	ret = *h;
	account_free(a);
	ck_assert_int_eq(is_marked, ret.is_rolled_back || ret.is_overwritten);
	return ret;
}

static unsigned n_decided;

static void on_decided(struct host_waiter *w)
{
	ck_assert_ptr_null(w->host);
	n_decided++;
}

static bool is_held(void)
{
	/* A host that is known at once in flight has a state that outlives known_forget(). */
	struct fqdn name = value_name(HOME);
	struct account *a;
	bool held;

	known_forget(known, "router", NULL);
	ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
	ck_assert_int_eq(account_add_host(a, slice_of(name.text), NULL, NULL, NULL), 0);
	hosts_see(hosts, a, ticks.now, false);
	held = a->hosts[0].is_rolled_back;
	account_free(a);
	return held;
}

START_TEST(what_is_wanted_is_published_then_confirmed_then_forgotten)
{
	struct host_waiter w = {.decided = on_decided};
	struct plan_item item = item_of(5, "81.2.69.1", "2a02::1", 0);

	open_hosts();
	n_decided = 0;
	want(&item, &w);
	expect_said("publish46");
	ck_assert_uint_eq(n_decided, 0);
	land(true);
	/* Not before the store was spoken to. */
	expect_said("confirm");
	ck_assert_uint_eq(n_decided, 0);
	ck_assert_uint_eq(confirm.seq, 5);
	ck_assert(addr_pair_equal(&confirm.want, &item.want));
	done(0);
	expect_said("cached");
	ck_assert_uint_eq(n_decided, 1);
	ck_assert_int_eq(w.code, DYNDNS_GOOD);
	ck_assert(!is_held());
	close_hosts();
}
END_TEST

START_TEST(who_waits_is_told_what_is_known)
{
	static const struct {
		bool is_accepted, is_refused, is_barred;
		unsigned n_decided;
		enum dyndns_code code;
	} rows[] = {
		{false, true, false, 1, DYNDNS_DNSERR},
		{false, true, true, 1, DYNDNS_DNSERR},
		{false, false, true, 1, DYNDNS_DNSERR_LATER},
		{false, false, false, 0, DYNDNS_GOOD},
	};
	struct host_waiter w;
	struct plan_item item = item_of(5, "81.2.69.1", NULL, 0);
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_hosts();
		n_decided = 0;
		w = (struct host_waiter){.decided = on_decided};
		want(&item, &w);
		pub->is_barred = rows[i].is_barred;
		if (rows[i].is_refused)
			land(false);
		else
			hosts_publish_events.barred(hosts, pub);
		ck_assert_msg(n_decided == rows[i].n_decided, "row %zu", i);
		if (n_decided > 0)
			ck_assert_msg(w.code == rows[i].code, "row %zu", i);
		else
			ck_assert(!host_unwait(&w) && w.host == NULL);
		close_hosts();
	}
}
END_TEST

START_TEST(a_change_under_the_brake_is_told_when_the_host_is_let_go)
{
	struct host_waiter w = {.decided = on_decided};
	struct plan_item item = item_of(5, "81.2.69.1", NULL, 0);

	open_hosts();
	n_decided = 0;
	is_refusing = true;
	want(&item, &w);
	ck_assert_uint_eq(n_decided, 1);
	ck_assert_int_eq(w.code, DYNDNS_DNSERR);
	/* Nothing was sent, so nothing may have come late. */
	expect_said("publish4");
	close_hosts();
}
END_TEST

START_TEST(a_newer_intent_tells_who_waits_for_an_accepted_one)
{
	struct host_waiter w = {.decided = on_decided};
	struct plan_item item = item_of(5, "81.2.69.1", NULL, 0);

	open_hosts();
	n_decided = 0;
	want(&item, &w);
	land(true);
	ck_assert_uint_eq(n_decided, 0);
	want_v4(6, "81.2.69.2");
	ck_assert_uint_eq(n_decided, 1);
	ck_assert_int_eq(w.code, DYNDNS_GOOD);
	expect_said("publish4 confirm publish4");
	/* The confirmation of the older one is lost: the newer one has its own. */
	done(ERR_CONFLICT);
	expect_said("uncached drop");
	land(true);
	expect_said("confirm");
	ck_assert_uint_eq(confirm.seq, 6);
	done(0);
	ck_assert(!is_held());
	close_hosts();
}
END_TEST

START_TEST(a_confirmation_that_failed_is_tried_again_and_the_client_does_not_wait)
{
	static const int errors[] = {ERR_TIMEOUT, ERR_THROTTLED, ERR_DENIED, ERR_IO};
	struct plan_item item = item_of(5, "81.2.69.1", NULL, 0);
	size_t i;

	for (i = 0; i < N_ELEMENTS(errors); i++) {
		struct host_waiter w = {.decided = on_decided};

		open_hosts();
		n_decided = 0;
		want(&item, &w);
		land(true);
		done(errors[i]);
		expect_said("publish4 confirm trouble uncached");
		ck_assert_uint_eq(n_decided, 1);
		ck_assert_int_eq(w.code, DYNDNS_GOOD);
		/* Half of the pause at least, and no longer than it. */
		kit_advance(HOST_RETRY_BASE_MS / 2 - 1);
		expect_said("");
		kit_advance(HOST_RETRY_BASE_MS / 2 + 1);
		expect_said("confirm");
		done(0);
		expect_said("cached");
		ck_assert(!is_held());
		close_hosts();
	}
}
END_TEST

START_TEST(the_pauses_grow_to_the_longest_and_begin_anew_after_a_success)
{
	int64_t max = HOST_RETRY_BASE_MS;
	unsigned i;

	open_hosts();
	want_v4(5, "81.2.69.1");
	land(true);
	for (i = 0; i < 20; i++) {
		done(ERR_TIMEOUT);
		said[0] = '\0';
		kit_advance(max / 2 - 1);
		expect_said("");
		kit_advance(max - max / 2 + 1);
		expect_said("confirm");
		max = 2 * max < HOST_RETRY_CAP_MS ? 2 * max : HOST_RETRY_CAP_MS;
	}
	done(0);
	want_v4(6, "81.2.69.2");
	land(true);
	done(ERR_TIMEOUT);
	said[0] = '\0';
	kit_advance(HOST_RETRY_BASE_MS);
	expect_said("confirm");
	done(0);
	close_hosts();
}
END_TEST

START_TEST(a_confirmation_that_cannot_be_begun_is_tried_again)
{
	open_hosts();
	want_v4(5, "81.2.69.1");
	begin_err = ERR_NOMEM;
	land(true);
	expect_said("publish4 confirm trouble");
	begin_err = 0;
	kit_advance(HOST_RETRY_BASE_MS);
	expect_said("confirm");
	done(0);
	ck_assert(!is_held());
	close_hosts();
}
END_TEST

/* OVERTAKEN, OWN_INTENT. */
START_TEST(a_newer_value_of_another_daemon_is_intended_and_published_over_ours)
{
	int64_t repairs = metric_get(METRIC_PUBLISH_REPAIRS);
	struct host *h;

	open_hosts();
	h = hold(HOME);
	want_v4(5, "81.2.69.1");
	land(true);
	done(ERR_CONFLICT);
	expect_said("publish4 confirm read uncached drop");
	found(6, 6, "81.2.69.6");
	expect_said("intend");
	ck_assert_uint_eq(intent.expect.seq, 6);
	ck_assert_uint_eq(intent.seq, 7);
	done(0);
	expect_said("uncached publish4");
	ck_assert_uint_eq(pub->seq, 7);
	ck_assert_int_eq(metric_get(METRIC_PUBLISH_REPAIRS) - repairs, 1);
	land(true);
	/* It is the second conflict in a row that is not run at full speed. */
	expect_said("confirm");
	done(ERR_CONFLICT);
	expect_said("uncached drop");
	kit_advance(HOST_RETRY_BASE_MS);
	expect_said("read");
	found(8, 8, "81.2.69.8");
	done(0);
	land(true);
	done(0);
	/* A confirmation in between: the next one is the first again. */
	want_v4(10, "81.2.69.9");
	land(true);
	said[0] = '\0';
	done(ERR_CONFLICT);
	expect_said("read uncached drop");
	host_release(h);
	close_hosts();
}
END_TEST

/* Somebody else has it, and sees to it; or two that live would take it from each other for ever. */
START_TEST(the_same_value_of_another_daemon_is_left_to_that_one)
{
	static const uint64_t published[] = {6, 5};
	size_t i;

	for (i = 0; i < N_ELEMENTS(published); i++) {
		open_hosts();
		want_v4(5, "81.2.69.1");
		land(true);
		done(ERR_CONFLICT);
		said[0] = '\0';
		found(6, published[i], "81.2.69.1");
		kit_advance(10 * SETTLE_MS);
		expect_said("");
		ck_assert(!is_held());
		close_hosts();
	}
}
END_TEST

/* A hand took back what it wrote, or the store was wrong: what is in the store is our own, and
 * would be owed for ever. A store that contradicts itself is not asked at full speed. */
START_TEST(a_conflict_that_is_gone_at_the_next_look_is_confirmed_again)
{
	open_hosts();
	want_v4(5, "81.2.69.1");
	land(true);
	done(ERR_CONFLICT);
	said[0] = '\0';
	found(5, 4, "81.2.69.1");
	expect_said("confirm");
	done(ERR_CONFLICT);
	expect_said("uncached drop");
	kit_advance(HOST_RETRY_BASE_MS);
	expect_said("read");
	found(5, 4, "81.2.69.1");
	expect_said("confirm");
	done(0);
	expect_said("cached");
	ck_assert(!is_held());
	close_hosts();
}
END_TEST

/* Who stops may not come to publishing it: then it is better owed by who owes it. */
START_TEST(who_stops_takes_nothing_over)
{
	open_hosts();
	want_v4(5, "81.2.69.1");
	land(true);
	is_stopping = true;
	done(ERR_CONFLICT);
	said[0] = '\0';
	found(6, 5, "81.2.69.6");
	expect_said("");
	ck_assert(!is_held());
	close_hosts();
}
END_TEST

START_TEST(memory_learns_what_was_confirmed_unless_it_may_be_changing)
{
	static const struct {
		bool is_held, is_newer;
		const char *said;
	} rows[] = {{false, false, "cached"}, {true, false, "uncached"}, {false, true, "uncached"}};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct host *h = NULL;

		open_hosts();
		want_v4(5, "81.2.69.1");
		land(true);
		if (rows[i].is_held)
			h = hold(HOME);
		if (rows[i].is_newer)
			want_v4(6, "81.2.69.2");
		said[0] = '\0';
		done(0);
		ck_assert_msg(strcmp(said, rows[i].said) == 0, "row %zu: %s", i, said);
		if (h != NULL)
			host_release(h);
		close_hosts();
	}
}
END_TEST

/* Only an account that lacks the host for sure lets its record be deleted. It is nobody's trouble,
 * and is looked at ever more seldom. */
START_TEST(a_reading_that_cannot_tell_whether_the_host_is_there_is_made_again)
{
	struct account *a;
	struct call *c;
	unsigned n;

	open_hosts();
	want_v4(5, "81.2.69.1");
	land(true);
	done(ERR_CONFLICT);
	said[0] = '\0';
	for (n = 0; n < 3; n++) {
		ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
		ck_assert_int_eq(account_add_flaw(a, ACCOUNT_FLAW_HOSTS, "host"), 0);
		c = call;
		ck_assert_ptr_nonnull(c);
		call = NULL;
		call_found(c->arg, 0, a, NULL);
		expect_said("");
		kit_advance(HOST_RETRY_CAP_MS);
		expect_said("read");
		said[0] = '\0';
	}
	/* It is mended, and does not have it. */
	found(0, 0, NULL);
	expect_said("publish4");
	ck_assert_uint_eq(pub->remove, FAMILY_V4);
	close_hosts();
}
END_TEST

/* Its publication is under way, and is confirmed. */
START_TEST(a_reading_that_fails_after_a_newer_intent_is_not_tried_again)
{
	struct fqdn name = value_name(HOME);
	struct call *c;

	open_hosts();
	ck_assert_int_eq(hosts_read(hosts, "router", 0, &name), 0);
	want_v4(6, "81.2.69.6");
	c = call;
	call = NULL;
	call_found(c->arg, ERR_TIMEOUT, NULL, NULL);
	expect_said("read publish4 trouble");
	land(true);
	expect_said("confirm");
	done(0);
	kit_advance(LONG_MS);
	expect_said("cached");
	close_hosts();
}
END_TEST

/* What was tried to be confirmed of the life before says nothing. */
START_TEST(who_waits_for_a_host_that_was_made_again_waits_for_its_own_confirmation)
{
	struct host_waiter w = {.decided = on_decided};
	struct plan_item item = item_of(4, "81.2.69.4", NULL, 0);
	struct host *h;

	open_hosts();
	n_decided = 0;
	h = hold(HOME);
	want_v4(5, "81.2.69.5");
	land(true);
	done(0);
	want(&item, &w);
	ck_assert_uint_eq(pub->accepted[0], 0);
	said[0] = '\0';
	land(true);
	expect_said("confirm");
	ck_assert_uint_eq(confirm.seq, 4);
	ck_assert_uint_eq(n_decided, 0);
	done(0);
	ck_assert_uint_eq(n_decided, 1);
	host_release(h);
	close_hosts();
}
END_TEST

START_TEST(a_host_that_is_gone_is_removed_and_its_name_looked_for)
{
	/* By its confirmation, or by a reading. */
	static const bool rows[] = {false, true};
	struct fqdn name = value_name(HOME);
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_hosts();
		want_v4(5, "81.2.69.1");
		land(true);
		if (rows[i]) {
			done(ERR_CONFLICT);
			said[0] = '\0';
			found(0, 0, NULL);
			expect_said("publish4");
		} else {
			said[0] = '\0';
			done(ERR_NOTFOUND);
			expect_said("publish4 uncached drop");
		}
		ck_assert_uint_eq(pub->remove, FAMILY_V4);
		ck_assert(hosts_have_removed(hosts));
		/* The record has to be gone first. */
		hosts_list_begin(hosts);
		ck_assert(!hosts_is_claimed(hosts, &name));
		hosts_list_end(hosts, true);
		ck_assert(hosts_have_removed(hosts));
		ck_assert_uint_eq(n_removed, 0);
		land(true);
		ck_assert_uint_eq(n_removed, 1);
		hosts_list_begin(hosts);
		ck_assert(hosts_is_claimed(hosts, &name));
		hosts_list_end(hosts, false);
		ck_assert(hosts_have_removed(hosts));
		hosts_list_begin(hosts);
		hosts_list_end(hosts, true);
		ck_assert(!hosts_have_removed(hosts));
		close_hosts();
	}
}
END_TEST

/* What was sent and not confirmed, and what that replaced, may be in the zone instead. */
START_TEST(all_that_was_sent_since_the_last_confirmation_is_deleted)
{
	struct plan_item item = item_of(5, "81.2.69.5", NULL, 0);

	open_hosts();
	item.expect.want = value_pair("81.2.69.4", "2a02::4");
	want(&item, NULL);
	want_v4(6, "81.2.69.6");
	want_v4(7, "81.2.69.7");
	want_v4(8, "81.2.69.6");
	land(true);
	done(ERR_NOTFOUND);
	ck_assert(addr_pair_equal(&pub->want, &(struct addr_pair){.v4 = value_addr("81.2.69.6")}));
	land(true);
	ck_assert_uint_eq(pub->remove, FAMILY_V4);
	ck_assert(addr_pair_equal(&pub->want, &(struct addr_pair){.v4 = value_addr("81.2.69.7")}));
	ck_assert_uint_eq(n_removed, 0);
	land(true);
	land(true);
	/* One that is refused is no reason to leave the next. */
	ck_assert(addr_pair_equal(&pub->want, &(struct addr_pair){.v4 = value_addr("81.2.69.5")}));
	land(false);
	ck_assert_uint_eq(pub->remove, FAMILY_BOTH);
	ck_assert(addr_equal(&pub->want.v6, &item.expect.want.v6));
	ck_assert_uint_eq(n_removed, 0);
	land(true);
	ck_assert_uint_eq(n_removed, 1);
	close_hosts();
}
END_TEST

START_TEST(a_confirmation_forgets_what_was_before)
{
	struct plan_item item = item_of(7, "81.2.69.7", NULL, 0);
	struct host *h;

	open_hosts();
	h = hold(HOME);
	want_v4(5, "81.2.69.5");
	want_v4(6, "81.2.69.6");
	land(true);
	done(0);
	item.expect.want = value_pair("81.2.69.6", NULL);
	want(&item, NULL);
	land(true);
	done(ERR_NOTFOUND);
	land(true);
	/* The confirmed one was replaced, and is all that is left. */
	ck_assert(addr_pair_equal(&pub->want, &item.expect.want));
	ck_assert_uint_eq(n_removed, 0);
	land(true);
	ck_assert_uint_eq(n_removed, 1);
	host_release(h);
	close_hosts();
}
END_TEST

/* REMOVE_AGAIN: after the deletions, a message without an answer may bring the record back. */
START_TEST(a_removed_host_is_deleted_again_when_something_may_have_landed_since)
{
	static const struct {
		enum publish_lost before, later; /* lost before the removal is known, and since */
		bool comes_back;
		const char *said;
	} rows[] = {
		{PUBLISH_LOST_NONE, PUBLISH_LOST_NONE, false, ""},
		{PUBLISH_LOST_PRESENT, PUBLISH_LOST_NONE, false, "read publish4"},
		{PUBLISH_LOST_NONE, PUBLISH_LOST_OLDER, false, "read publish4"},
		/* A deletion that comes late finds nothing. */
		{PUBLISH_LOST_NONE, PUBLISH_LOST_PRESENT, false, ""},
		{PUBLISH_LOST_PRESENT, PUBLISH_LOST_NONE, true, "read"},
	};
	struct hosts_count count;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_hosts();
		want_v4(5, "81.2.69.5");
		want_v4(6, "81.2.69.6");
		land(true);
		pub->lost = rows[i].before;
		pub->lost_ms = kit_now_ms();
		done(ERR_NOTFOUND);
		pub->lost = rows[i].later;
		land(true);
		land(true);
		ck_assert_uint_eq(n_removed, 1);
		hosts_count(hosts, &count);
		ck_assert_uint_eq(count.for_settle, rows[i].said[0] != '\0');
		/* The listing comes first: nobody has the name. */
		hosts_list_begin(hosts);
		hosts_list_end(hosts, true);
		said[0] = '\0';
		kit_advance(SETTLE_MS + 1);
		if (rows[i].said[0] != '\0' && rows[i].comes_back)
			found(1, 1, "81.2.69.9");
		else if (rows[i].said[0] != '\0')
			found(0, 0, NULL);
		ck_assert_msg(strcmp(said, rows[i].said) == 0, "row %zu: %s", i, said);
		if (strcmp(said, "read publish4") == 0) {
			ck_assert_uint_eq(pub->remove, FAMILY_V4);
			land(true);
			land(true);
			/* Somebody else's record of the same address may be gone now. */
			ck_assert_uint_eq(n_removed, 2);
			kit_advance(SETTLE_MS + 1);
		}
		close_hosts();
	}
}
END_TEST

/* The host was made again meanwhile: its new value is not deleted for the sake of the old ones. */
START_TEST(a_host_that_comes_back_ends_the_deletions)
{
	open_hosts();
	want_v4(5, "81.2.69.5");
	want_v4(6, "81.2.69.6");
	land(true);
	done(ERR_NOTFOUND);
	want_v4(1, "81.2.69.1");
	land(true);
	ck_assert_uint_eq(pub->seq, 1);
	ck_assert_uint_eq(pub->remove, 0);
	ck_assert(addr_equal(&pub->want.v4, &(struct addr){0}) == false);
	done(0);
	close_hosts();
}
END_TEST

/* It stays owed in the store until what the other one owed must have landed. */
START_TEST(what_replaces_a_rivals_is_published_twice_and_then_confirmed)
{
	struct plan_item item = item_of(7, "81.2.69.7", NULL, 6);

	open_hosts();
	want(&item, NULL);
	land(true);
	expect_said("publish4 read");
	found(7, 5, "81.2.69.7");
	expect_said("");
	kit_advance(SETTLE_MS);
	expect_said("");
	kit_advance(1);
	expect_said("read");
	found(7, 5, "81.2.69.7");
	expect_said("publish4");
	land(true);
	expect_said("confirm");
	done(0);
	ck_assert(!is_held());
	close_hosts();
	/* In a zone of ours alone there is no rival. */
	open_hosts();
	handle.is_volatile = true;
	want(&item, NULL);
	land(true);
	expect_said("publish4 confirm");
	done(0);
	close_hosts();
}
END_TEST

/* OWN_INTENT: whoever owes it may be publishing it, and all from owed_from on. */
START_TEST(what_was_found_owed_is_intended_published_twice_and_then_confirmed)
{
	struct plan_item item = item_of(7, "81.2.69.7", NULL, 7);

	item.intend = false;
	item.expect.seq = item.seq;
	open_hosts();
	ck_assert_int_eq(hosts_resume(hosts, "router", &item, false), 0);
	expect_said("intend");
	ck_assert_uint_eq(intent.expect.seq, 7);
	ck_assert_uint_eq(intent.seq, 8);
	ck_assert(addr_pair_equal(&intent.want, &item.want));
	done(0);
	expect_said("uncached publish4");
	land(true);
	expect_said("read");
	found(8, 6, "81.2.69.7");
	kit_advance(SETTLE_MS + 1);
	expect_said("read");
	found(8, 6, "81.2.69.7");
	expect_said("publish4");
	land(true);
	expect_said("confirm");
	done(0);
	ck_assert(!is_held());
	close_hosts();
	/* Nobody else publishes a zone of our own. */
	open_hosts();
	handle.is_volatile = true;
	ck_assert_int_eq(hosts_resume(hosts, "router", &item, false), 0);
	land(true);
	expect_said("publish4 confirm");
	done(0);
	close_hosts();
}
END_TEST

/* CLAIM: another account's, whose record may be gone with that of a removed host. */
START_TEST(what_is_claimed_is_intended_published_twice_and_then_confirmed)
{
	struct plan_item item = item_of(7, "81.2.69.7", NULL, 0);
	struct host *h;

	item.intend = false;
	item.expect = (struct host_state){.want = item.want, .seq = 7, .pub = 7};
	open_hosts();
	ck_assert_int_eq(hosts_resume(hosts, "router", &item, true), 0);
	expect_said("intend");
	ck_assert_uint_eq(intent.seq, 8);
	/* While it is on its way, the next listing is to see it again. */
	ck_assert_int_eq(hosts_resume(hosts, "router", &item, true), ERR_LIMIT);
	expect_said("");
	/* It is not given up for trouble of the store's: nothing in there says that it is owed. */
	done(ERR_TIMEOUT);
	kit_advance(LONG_MS);
	expect_said("uncached trouble intend");
	done(0);
	expect_said("uncached publish4");
	land(true);
	found(8, 7, "81.2.69.7");
	kit_advance(SETTLE_MS + 1);
	found(8, 7, "81.2.69.7");
	land(true);
	expect_said("read read publish4 confirm");
	done(0);
	ck_assert(!is_held());
	/* Whoever wrote meanwhile published it, too. */
	ck_assert_int_eq(hosts_resume(hosts, "router", &item, true), 0);
	done(ERR_CONFLICT);
	kit_advance(HOST_RETRY_BASE_MS);
	found(9, 9, "81.2.69.9");
	expect_said("cached intend uncached drop read");
	close_hosts();
	/* A zone of our own. */
	open_hosts();
	handle.is_volatile = true;
	h = hold(HOME);
	ck_assert_int_eq(hosts_resume(hosts, "router", &item, true), 0);
	land(true);
	done(0);
	ck_assert_int_eq(hosts_resume(hosts, "router", &item, true), 0);
	expect_said("publish4 confirm uncached publish4");
	land(true);
	host_release(h);
	close_hosts();
}
END_TEST

START_TEST(what_is_owed_by_us_is_not_intended_anew)
{
	struct plan_item item = item_of(7, "81.2.69.7", NULL, 7);
	struct plan_item other = item_of(7, "81.2.69.8", NULL, 7);
	struct plan_item older = item_of(6, "81.2.69.7", NULL, 6);
	struct host *h;

	item.intend = false;
	item.expect.seq = item.seq;
	open_hosts();
	h = hold(HOME);
	ck_assert(!host_owns(h, &item));
	want_v4(7, "81.2.69.7");
	ck_assert(host_owns(h, &item) && !host_owns(h, &other) && !host_owns(h, &older));
	ck_assert_int_eq(hosts_resume(hosts, "router", &item, false), 0);
	expect_said("publish4");
	host_release(h);
	close_hosts();
	open_hosts();
	handle.is_volatile = true;
	h = hold(HOME);
	ck_assert(host_owns(h, &item));
	host_release(h);
	close_hosts();
}
END_TEST

/* It is looked at when the host's call has come back; what fails is tried again. */
START_TEST(what_is_to_be_taken_over_is_not_forgotten)
{
	struct plan_item item = item_of(7, "81.2.69.7", NULL, 7);
	struct fqdn name = value_name(HOME);

	item.intend = false;
	item.expect.seq = item.seq;
	open_hosts();
	ck_assert_int_eq(hosts_read(hosts, "router", 0, &name), 0);
	ck_assert_int_eq(hosts_resume(hosts, "router", &item, false), 0);
	found(6, 6, "81.2.69.6");
	expect_said("read");
	kit_advance(2 * HOST_RETRY_BASE_MS);
	found(7, 6, "81.2.69.7");
	expect_said("read intend");
	/* Somebody was faster, and is taken over, too. */
	done(ERR_CONFLICT);
	kit_advance(HOST_RETRY_BASE_MS);
	found(8, 6, "81.2.69.7");
	expect_said("uncached drop read intend");
	ck_assert_uint_eq(intent.seq, 9);
	/* Or it was stored, and we were not told. */
	done(ERR_TIMEOUT);
	kit_advance(LONG_MS);
	found(9, 6, "81.2.69.7");
	expect_said("uncached trouble read intend");
	done(0);
	ck_assert_uint_eq(pub->seq, 10);
	close_hosts();
}
END_TEST

/* DOUBT_OWN: what got no answer may land after what was accepted. */
START_TEST(what_may_still_land_of_our_own_keeps_the_host_owed)
{
	static const struct {
		enum publish_lost lost;
		int64_t age_ms;
		bool is_volatile;
		const char *said, *said_later;
	} rows[] = {
		/* What may land is the same, or older. */
		{PUBLISH_LOST_PRESENT, 0, false, "read", "confirm"},
		{PUBLISH_LOST_OLDER, 0, false, "read", "read"},
		{PUBLISH_LOST_OLDER, SETTLE_MS - 1, false, "read", "read"},
		/* It cannot land any more, or nothing of it was sent; or nobody sees the store. */
		{PUBLISH_LOST_OLDER, SETTLE_MS, false, "confirm", ""},
		{PUBLISH_LOST_NONE, 0, false, "confirm", ""},
		{PUBLISH_LOST_OLDER, 0, true, "confirm", ""},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct host_waiter w = {.decided = on_decided};
		struct plan_item item = item_of(7, "81.2.69.7", NULL, 0);

		open_hosts();
		n_decided = 0;
		handle.is_volatile = rows[i].is_volatile;
		want(&item, &w);
		pub->lost = rows[i].lost;
		pub->lost_ms = kit_now_ms() - rows[i].age_ms;
		said[0] = '\0';
		land(true);
		ck_assert_msg(strcmp(said, rows[i].said) == 0, "row %zu: %s", i, said);
		if (strcmp(rows[i].said, "read") == 0)
			found(7, 6, "81.2.69.7");
		else
			done(0);
		/* The router need not wait for it. */
		ck_assert_uint_eq(n_decided, 1);
		ck_assert_int_eq(w.code, DYNDNS_GOOD);
		said[0] = '\0';
		kit_advance(SETTLE_MS + 1);
		ck_assert_msg(strcmp(said, rows[i].said_later) == 0, "row %zu: %s", i, said);
		close_hosts();
	}
}
END_TEST

static void make_stale(void)
{
	pub->is_stale = true;
	hosts_publish_events.stale(hosts, pub);
	kit_advance(HOST_RETRY_BASE_MS);
}

/* RENEW: what waited too long is sent only if the store still has it. */
START_TEST(what_waited_to_be_sent_for_too_long_is_read_again)
{
	static const struct {
		uint64_t seq, published;
		const char *v4, *said;
		bool is_sent;
	} rows[] = {
		{7, 6, "81.2.69.7", "read renewed", true},
		/* Somebody else's, who is at work, or done. */
		{8, 6, "81.2.69.8", "read drop-it", false},
		{8, 8, "81.2.69.8", "read drop-it", false},
		{8, 8, "81.2.69.7", "read drop-it", false},
	};
	struct plan_item item = item_of(7, "81.2.69.7", NULL, 0);
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct host_waiter w = {.decided = on_decided};

		open_hosts();
		n_decided = 0;
		item.seen_ms = kit_now_ms();
		want(&item, &w);
		ck_assert_int_eq(pub->renew_ms, kit_now_ms() + SETTLE_MS / 2);
		kit_advance(SETTLE_MS);
		said[0] = '\0';
		make_stale();
		found(rows[i].seq, rows[i].published, rows[i].v4);
		ck_assert_msg(strcmp(said, rows[i].said) == 0, "row %zu: %s", i, said);
		ck_assert_uint_eq(n_decided, !rows[i].is_sent);
		said[0] = '\0';
		if (rows[i].is_sent) {
			ck_assert_int_gt(pub->renew_ms,
					 kit_now_ms() + SETTLE_MS / 2 - HOST_RETRY_BASE_MS);
			land(true);
			expect_said("confirm");
			done(0);
		} else {
			ck_assert_int_eq(w.code, DYNDNS_911);
			kit_advance(10 * SETTLE_MS);
			expect_said("");
		}
		ck_assert(!is_held());
		close_hosts();
	}
}
END_TEST

START_TEST(what_waits_to_be_read_again_is_not_forgotten)
{
	struct call *c;

	/* The store is in trouble. */
	open_hosts();
	want_v4(7, "81.2.69.7");
	make_stale();
	c = call;
	call = NULL;
	call_found(c->arg, ERR_TIMEOUT, NULL, NULL);
	kit_advance(LONG_MS);
	found(7, 6, "81.2.69.7");
	expect_said("publish4 read trouble read renewed");
	/* A newer intent comes first. */
	make_stale();
	want_v4(8, "81.2.69.8");
	found(8, 6, "81.2.69.8");
	expect_said("read publish4");
	land(true);
	expect_said("confirm");
	done(0);
	/* It is gone. */
	said[0] = '\0';
	want_v4(9, "81.2.69.9");
	make_stale();
	found(0, 0, NULL);
	ck_assert_ptr_nonnull(strstr(said, "read publish4"));
	ck_assert_uint_eq(pub->remove, FAMILY_V4);
	ck_assert_int_eq(pub->renew_ms, 0);
	close_hosts();
	/* Nobody else sees a zone of our own. */
	open_hosts();
	handle.is_volatile = true;
	want_v4(7, "81.2.69.7");
	ck_assert_int_eq(pub->renew_ms, 0);
	close_hosts();
}
END_TEST

/* Its record of the life before is told by another seq. */
/* What got no answer may land over the host that was made again, which has the same seq. */
START_TEST(what_may_still_land_of_a_life_before_is_older)
{
	open_hosts();
	want_v4(7, "81.2.69.7");
	pub->lost = PUBLISH_LOST_PRESENT;
	pub->lost_ms = kit_now_ms();
	want_v4(7, "81.2.69.8");
	ck_assert_uint_eq(pub->life, 1);
	said[0] = '\0';
	land(true);
	expect_said("read");
	found(7, 6, "81.2.69.8");
	said[0] = '\0';
	kit_advance(SETTLE_MS + 1);
	found(7, 6, "81.2.69.8");
	expect_said("read publish4");
	land(true);
	done(0);
	close_hosts();
}
END_TEST

/* What was sent and not confirmed may lie over another daemon's value in either family. */
START_TEST(what_was_not_confirmed_is_sent_again_with_the_next_intent)
{
	struct plan_item first = item_of(5, "81.2.69.5", "2a02::5", 0);
	struct plan_item second = item_of(6, "81.2.69.6", "2a02::5", 0);
	struct plan_item third = item_of(7, "81.2.69.7", "2a02::5", 0);

	open_hosts();
	second.families = FAMILY_V4;
	third.families = FAMILY_V4;
	want(&first, NULL);
	land(true);
	want(&second, NULL);
	expect_said("publish46 confirm publish46");
	/* That one speaks for the first alone. */
	done(0);
	want(&third, NULL);
	expect_said("uncached publish46");
	land(true);
	done(0);
	expect_said("confirm cached");
	close_hosts();
}
END_TEST

START_TEST(what_was_read_as_ours_is_not_sent_again)
{
	struct plan_item first = item_of(7, "81.2.69.7", NULL, 6);
	struct plan_item second = item_of(8, "81.2.69.7", "2a02::8", 0);

	open_hosts();
	second.families = FAMILY_V6;
	want(&first, NULL);
	land(true);
	found(7, 5, "81.2.69.7");
	said[0] = '\0';
	want(&second, NULL);
	expect_said("publish6");
	close_hosts();
}
END_TEST

START_TEST(a_confirmation_of_the_life_before_confirms_nothing)
{
	struct plan_item again = item_of(5, "81.2.69.9", NULL, 0);

	open_hosts();
	want_v4(5, "81.2.69.5");
	land(true);
	want(&again, NULL);
	ck_assert_uint_eq(pub->life, 1);
	expect_said("publish4 confirm publish4");
	done(0);
	expect_said("uncached");
	land(true);
	expect_said("confirm");
	ck_assert(addr_pair_equal(&confirm.want, &again.want));
	done(0);
	close_hosts();
}
END_TEST

START_TEST(an_intent_in_doubt_is_read_later)
{
	/* It was stored; another one was instead, which is published. */
	static const struct {
		uint64_t seq, published;
		const char *said;
	} rows[] = {{5, 4, "read intend"}, {6, 6, "read"}};
	struct plan_item item = item_of(5, "81.2.69.5", NULL, 0);
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct host *h;

		open_hosts();
		h = hold(HOME);
		host_doubt(h, &item);
		host_release(h);
		expect_said("");
		kit_advance(HOST_RETRY_BASE_MS);
		found(rows[i].seq, rows[i].published, "81.2.69.5");
		ck_assert_msg(strcmp(said, rows[i].said) == 0, "row %zu: %s", i, said);
		/* It may be somebody else's of the same seq. */
		if (rows[i].seq == 5)
			done(0);
		else
			ck_assert(!is_held());
		close_hosts();
	}
}
END_TEST

/* Nobody else sees to it: what is to take its place meets with trouble, too. */
START_TEST(an_intent_in_doubt_stays_ours_until_another_one_is_known)
{
	struct plan_item item = item_of(8, "81.2.69.7", NULL, 0);
	struct host *h;

	open_hosts();
	want_v4(7, "81.2.69.7");
	h = hold(HOME);
	host_doubt(h, &item);
	host_release(h);
	kit_advance(HOST_RETRY_BASE_MS);
	found(8, 6, "81.2.69.7");
	ck_assert_uint_eq(intent.seq, 9);
	done(ERR_TIMEOUT);
	said[0] = '\0';
	kit_advance(LONG_MS);
	found(8, 6, "81.2.69.7");
	expect_said("read intend");
	ck_assert_uint_eq(intent.seq, 9);
	done(0);
	ck_assert_uint_eq(pub->seq, 9);
	close_hosts();
}
END_TEST

/* LOOK_AGAIN: it may arrive later, unless what it is to replace is no longer there. */
START_TEST(an_intent_in_doubt_that_is_not_there_is_looked_for_once_more)
{
	static const struct {
		uint64_t seq, published;
		const char *said;
	} rows[] = {{4, 4, "read"}, {5, 4, "read intend"}, {6, 6, "read"}};
	struct plan_item item = item_of(5, "81.2.69.5", NULL, 0);
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct host *h;

		open_hosts();
		h = hold(HOME);
		host_doubt(h, &item);
		host_release(h);
		kit_advance(HOST_RETRY_BASE_MS);
		found(4, 4, "81.2.69.4");
		expect_said("read");
		kit_advance(SETTLE_MS);
		expect_said("");
		kit_advance(1);
		found(rows[i].seq, rows[i].published, "81.2.69.5");
		ck_assert_msg(strcmp(said, rows[i].said) == 0, "row %zu: %s", i, said);
		if (rows[i].seq == 5) {
			close_hosts();
			continue;
		}
		said[0] = '\0';
		kit_advance(10 * SETTLE_MS);
		expect_said("");
		close_hosts();
	}
}
END_TEST

/* A newer intent replaces what it was to replace; a zone of ours alone is listed anyway; a local
 * store does nothing later. */
START_TEST(an_intent_in_doubt_that_can_no_longer_arrive_is_not_looked_for)
{
	struct plan_item item = item_of(5, "81.2.69.5", NULL, 0);
	unsigned i;

	for (i = 0; i < 3; i++) {
		struct host *h;

		is_remote = i != 2;
		open_hosts();
		is_remote = true;
		handle.is_volatile = i == 1;
		h = hold(HOME);
		host_doubt(h, &item);
		host_release(h);
		kit_advance(HOST_RETRY_BASE_MS);
		found(4, 4, "81.2.69.4");
		if (i == 0) {
			want_v4(5, "81.2.69.6");
			land(true);
			done(0);
		}
		said[0] = '\0';
		kit_advance(10 * SETTLE_MS);
		expect_said("");
		close_hosts();
	}
}
END_TEST

START_TEST(a_late_acknowledgement_of_an_older_intent_changes_nothing)
{
	struct plan_item older = item_of(4, "81.2.69.4", NULL, 0);
	uint64_t read_at;
	struct host *h;

	open_hosts();
	read_at = ticks.now;
	want_v4(5, "81.2.69.5");
	said[0] = '\0';
	h = hold(HOME);
	host_take_stored(hold(HOME), &older, read_at, NULL);
	ck_assert_uint_eq(pub->seq, 5);
	expect_said("");
	/* But of an account that was read since: the host was made again. */
	host_take_stored(hold(HOME), &older, ticks.now, NULL);
	ck_assert_uint_eq(pub->seq, 4);
	ck_assert_uint_eq(pub->life, 1);
	expect_said("publish4");
	host_release(h);
	close_hosts();
}
END_TEST

START_TEST(whose_turn_it_is_may_be_outdated)
{
	struct turn first = {.state = TURN_NONE}, second = {.state = TURN_NONE};
	uint64_t changed_at;
	struct host *h;

	open_hosts();
	want_v4(5, "81.2.69.5");
	changed_at = ticks.now;
	h = hold(HOME);
	ck_assert_int_eq(host_take_turn(h, &first, changed_at - 1), HOST_TURN_OUTDATED);
	ck_assert_ptr_eq(host_first_turn(h), &first);
	/* It has its turn: it need not come again. */
	ck_assert_int_eq(host_take_turn(h, &first, changed_at), HOST_TURN_READY);
	ck_assert_int_eq(host_take_turn(h, &first, changed_at + 1), HOST_TURN_READY);
	ck_assert_int_eq(host_take_turn(h, &second, changed_at), HOST_TURN_WAITS);
	turn_end(turns, &second);
	host_release(h);
	close_hosts();
}
END_TEST

START_TEST(there_are_no_more_than_allowed_but_one_that_only_waits_gives_way)
{
	struct plan_item item = item_of(7, "81.2.69.7", NULL, 6);
	struct fqdn third = value_name("third.dyn.example.com");
	struct host *h, *second;

	open_hosts();
	want(&item, NULL);
	second = hold(SECOND);
	ck_assert_int_eq(host_hold(hosts, "router", 0, &third, &h), ERR_LIMIT);
	/* What is there is found all the same. */
	host_release(hold(HOME));
	land(true);
	found(7, 5, "81.2.69.7");
	ck_assert(is_held());
	/* Home waits for its second look only; while the store is listed it stays. */
	hosts_list_begin(hosts);
	ck_assert_int_eq(host_hold(hosts, "router", 0, &third, &h), ERR_LIMIT);
	hosts_list_end(hosts, true);
	ck_assert_int_eq(host_hold(hosts, "router", 0, &third, &h), 0);
	ck_assert(!is_held());
	host_release(h);
	host_release(second);
	close_hosts();
}
END_TEST

START_TEST(a_store_that_went_backwards_is_read_and_intended_anew)
{
	struct fqdn name = value_name(HOME);
	int64_t rollbacks = metric_get(METRIC_STATE_ROLLBACKS);

	open_hosts();
	want_v4(5, "81.2.69.5");
	land(true);
	done(0);
	said[0] = '\0';
	ck_assert_int_eq(hosts_read(hosts, "router", 0, &name), 0);
	found(2, 1, "81.2.69.2");
	expect_said("read intend");
	ck_assert_int_eq(intent.wanted_ms, 0);
	ck_assert_uint_eq(intent.expect.seq, 2);
	ck_assert_uint_eq(intent.seq, 6);
	done(0);
	expect_said("uncached publish4");
	ck_assert_uint_eq(pub->seq, 6);
	ck_assert_int_eq(metric_get(METRIC_STATE_ROLLBACKS) - rollbacks, 1);
	close_hosts();
}
END_TEST

START_TEST(an_update_that_found_a_state_that_went_backwards_counts_it_once_it_is_stored)
{
	struct plan_item item = item_of(7, "81.2.69.7", NULL, 0);
	int64_t rollbacks = metric_get(METRIC_STATE_ROLLBACKS);

	open_hosts();
	item.intend = true;
	want(&item, NULL);
	ck_assert_int_eq(metric_get(METRIC_STATE_ROLLBACKS), rollbacks);
	item.seq++;
	item.is_rolled_back = true;
	want(&item, NULL);
	ck_assert_int_eq(metric_get(METRIC_STATE_ROLLBACKS) - rollbacks, 1);
	close_hosts();
}
END_TEST

START_TEST(who_stops_tries_nothing_again_and_is_drained_when_the_queue_is)
{
	open_hosts();
	hosts_publish_events.idle(hosts);
	ck_assert_uint_eq(n_drained, 0);
	want_v4(5, "81.2.69.1");
	land(true);
	is_stopping = true;
	hosts_stop(hosts);
	done(ERR_TIMEOUT);
	said[0] = '\0';
	kit_advance(LONG_MS);
	expect_said("");
	hosts_publish_events.idle(hosts);
	ck_assert_uint_eq(n_drained, 1);
	close_hosts();
}
END_TEST

/* A confirmation, a reading, an intent; or nothing but a publication. */
START_TEST(a_host_is_freed_with_the_call_that_comes_back_after_it_was_closed)
{
	struct fqdn name = value_name(HOME);
	unsigned at;

	for (at = 0; at < 4; at++) {
		open_hosts();
		want_v4(5, "81.2.69.1");
		if (at > 0)
			land(true);
		if (at > 1) {
			done(0);
			ck_assert_int_eq(hosts_read(hosts, "router", 0, &name), 0);
		}
		if (at > 2)
			found(2, 2, "81.2.69.2");
		ck_assert((call != NULL) == (at > 0));
		close_hosts();
	}
	hosts_close(NULL);
	hosts_free(NULL);
}
END_TEST

START_TEST(only_what_is_asked_for_again_is_published_again)
{
	struct plan_item item = item_of(5, "81.2.69.5", "2a02:2b::5", 0);
	struct host *h;

	open_hosts();
	want(&item, NULL);
	land(false);
	expect_said("publish46 read");
	/* Of a read that began before. */
	h = hold(HOME);
	host_take_stored(hold(HOME), &item, 0, NULL);
	land(false);
	expect_said("publish46");
	item.families = FAMILY_V4;
	host_take_stored(hold(HOME), &item, 0, NULL);
	expect_said("publish4");
	host_release(h);
	close_hosts();
}
END_TEST

START_TEST(an_intent_that_finds_no_memory_is_found_again)
{
	struct plan_item item = item_of(7, "81.2.69.7", NULL, 7);
	struct hosts_count count;

	item.intend = false;
	item.expect.seq = item.seq;
	open_hosts();
	/* The first one is the host. */
	fake_malloc_fail_at(2);
	ck_assert_int_eq(hosts_resume(hosts, "router", &item, false), 0);
	ck_assert(fake_malloc_off());
	expect_said("");
	hosts_count(hosts, &count);
	ck_assert_uint_eq(count.all, 1);
	ck_assert_uint_eq(count.for_store, 1);
	ck_assert_uint_eq(count.for_settle + count.for_listing, 0);
	kit_advance(HOST_RETRY_BASE_MS);
	found(7, 6, "81.2.69.7");
	expect_said("read intend");
	hosts_count(hosts, &count);
	ck_assert_uint_eq(count.for_store, 0);
	ck_assert_uint_eq(intent.seq, 8);
	done(0);
	expect_said("uncached publish4");
	land(true);
	close_hosts();
}
END_TEST

START_TEST(without_memory_there_is_none)
{
	const struct hosts_conf conf = {.max = MAX, .settle_ms = SETTLE_MS};
	struct hosts_parts parts = {.calls = NULL};
	struct fqdn name = value_name(HOME);
	struct hosts *none = NULL;
	struct host *h = NULL;
	size_t n;
	int err;

	open_hosts();
	for (n = 1; n <= 2; n++) {
		fake_malloc_fail_at(n);
		err = hosts_new(&kit_loop, &parts, &conf, &events, said, &none);
		ck_assert(fake_malloc_off());
		ck_assert_int_eq(err, ERR_NOMEM);
		ck_assert_ptr_null(none);
		ck_assert_int_eq(n_handles, 2);
	}
	fake_malloc_fail_at(1);
	err = host_hold(hosts, "router", 0, &name, &h);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert_ptr_null(h);
	close_hosts();
}
END_TEST

/* What is owed may be published by somebody else; what is published is older for certain. */
START_TEST(what_a_reading_had_of_an_older_state_is_replaced)
{
	static const struct {
		uint64_t seq, pub, want_seq, want_pub;
	} rows[] = {{3, 3, 5, 5}, {3, 2, 5, 2}, {6, 5, 6, 5}};
	struct account_host seen;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_hosts();
		want_v4(5, "81.2.69.5");
		seen = see(&(struct host_state){.want = value_pair("81.2.69.3", NULL),
						.seq = rows[i].seq,
						.pub = rows[i].pub});
		ck_assert_msg(seen.state.seq == rows[i].want_seq &&
				      seen.state.pub == rows[i].want_pub,
			      "row %zu", i);
		close_hosts();
	}
}
END_TEST

/* The other account has the same address: then this daemon has published it, unless it is another
 * one that did. */
START_TEST(what_another_account_is_over_is_doubtful_in_a_store_that_others_write)
{
	static const bool rows[] = {true, false};
	const struct host_state state = {
		.want = value_pair("81.2.69.5", NULL), .seq = 5, .pub = 5, .over = 5};
	struct host_state not_over = state;
	struct fqdn name = value_name(HOME);
	size_t i;

	not_over.over = 0;
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		is_remote = rows[i];
		open_hosts();
		ck_assert(!see(&not_over).is_overwritten);
		writers_put(writers, &name, "other", &not_over, 0, 100);
		ck_assert_int_eq(see(&state).is_overwritten, rows[i]);
		close_hosts();
	}
	is_remote = true;
}
END_TEST

/* A clock that was set back, or a reading that told less, makes nothing older. */
START_TEST(the_time_of_a_host_does_not_go_back_within_a_life)
{
	struct plan_item item = item_of(5, "81.2.69.5", NULL, 0);
	const struct host_state older = {.want = item.want, .seq = 1, .pub = 1};
	struct host *h;

	open_hosts();
	h = hold(HOME);
	item.time_s = 100;
	want(&item, NULL);
	item = item_of(6, "81.2.69.6", NULL, 0);
	item.time_s = 50;
	want(&item, NULL);
	ck_assert_int_eq(see(&older).state.time_s, 100);
	/* Made again, it has none. */
	want_v4(4, "81.2.69.4");
	ck_assert_uint_eq(pub->seq, 4);
	ck_assert_int_eq(see(&older).state.time_s, 0);
	host_release(h);
	close_hosts();
}
END_TEST

/* The item was written anew, and two intents counted alike: nothing of the first one holds, though
 * this one was read before the first was known. */
START_TEST(a_life_with_the_same_seq_is_published_and_confirmed_by_itself)
{
	struct plan_item item = item_of(5, "81.2.69.6", NULL, 0);
	struct fqdn name = value_name(HOME);
	struct host *h;

	open_hosts();
	h = hold(HOME);
	want_v4(5, "81.2.69.5");
	hosts_yielded(hosts, "router", &name, 5);
	land(true);
	ck_assert(!confirm.is_last);
	done(0);
	said[0] = '\0';
	host_take_stored(hold(HOME), &item, 0, NULL);
	expect_said("publish4");
	land(true);
	expect_said("confirm");
	ck_assert(confirm.is_last);
	ck_assert(addr_equal(&confirm.want.v4, &item.want.v4));
	done(0);
	host_release(h);
	close_hosts();
}
END_TEST

/* Neither what waits to be sent, nor what is on its way. */
START_TEST(what_is_under_way_is_not_sent_for_a_second_wish)
{
	static const bool rows[] = {false, true};
	struct plan_item item = item_of(5, "81.2.69.5", NULL, 0);
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_hosts();
		want(&item, NULL);
		if (rows[i]) {
			pub->flying = pub->dirty;
			pub->dirty = 0;
		}
		item.intend = false;
		item.ttl = 300;
		want(&item, NULL);
		expect_said("publish4");
		/* It has the TTL of what it was wanted with. */
		ck_assert_uint_eq(pub->ttl, 60);
		item = item_of(5, "81.2.69.5", NULL, 0);
		pub->flying = 0;
		close_hosts();
	}
}
END_TEST

/* It would else wait behind what is only repeated. */
START_TEST(a_change_that_is_under_way_does_not_become_a_repetition)
{
	struct plan_item item = item_of(6, "81.2.69.5", NULL, 0);
	struct host *h;

	open_hosts();
	h = hold(HOME);
	want_v4(5, "81.2.69.5");
	item.repeats = true;
	want(&item, NULL);
	ck_assert(!pub->repeats);
	land(true);
	done(0);
	item.seq = 7;
	want(&item, NULL);
	ck_assert(pub->repeats);
	host_release(h);
	close_hosts();
}
END_TEST

/* Whoever owes an older value may be publishing that one; else what comes late is the same. */
START_TEST(what_is_owed_of_the_same_seq_needs_no_second_publication)
{
	static const struct {
		uint64_t owed_from;
		const char *said;
	} rows[] = {{7, "confirm"}, {6, "read"}};
	struct plan_item item;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_hosts();
		item = item_of(7, "81.2.69.8", NULL, rows[i].owed_from);
		item.intend = false;
		want_v4(7, "81.2.69.7");
		want(&item, NULL);
		land(true);
		expect_said("publish4 read");
		found(7, 6, "81.2.69.7");
		kit_advance(SETTLE_MS + 1);
		expect_said(rows[i].said);
		close_hosts();
	}
}
END_TEST

/* Each once, however often it was sent. */
START_TEST(a_value_that_was_sent_twice_is_deleted_once)
{
	open_hosts();
	want_v4(5, "81.2.69.1");
	want_v4(6, "81.2.69.2");
	want_v4(7, "81.2.69.1");
	want_v4(8, "81.2.69.2");
	want_v4(9, "81.2.69.3");
	land(true);
	done(ERR_NOTFOUND);
	land(true);
	land(true);
	ck_assert_uint_eq(n_removed, 0);
	land(true);
	ck_assert_uint_eq(n_removed, 1);
	close_hosts();
}
END_TEST

/* What is to be read again for a doubt is known to be gone. */
START_TEST(a_removed_host_is_not_read_for_what_was_doubtful)
{
	struct plan_item item = item_of(6, "81.2.69.6", NULL, 0);
	struct host *h;

	open_hosts();
	want_v4(5, "81.2.69.5");
	land(true);
	h = hold(HOME);
	host_doubt(h, &item);
	host_release(h);
	done(ERR_NOTFOUND);
	said[0] = '\0';
	kit_advance(LONG_MS);
	expect_said("");
	close_hosts();
}
END_TEST

/* An intent of an update's is newer than the claim, and ends it. */
START_TEST(a_claim_ends_with_the_next_intent)
{
	struct plan_item item = item_of(7, "81.2.69.7", NULL, 0);

	item.intend = false;
	item.expect = (struct host_state){.want = item.want, .seq = 7, .pub = 7};
	open_hosts();
	ck_assert_int_eq(hosts_resume(hosts, "router", &item, true), 0);
	done(ERR_TIMEOUT);
	want_v4(8, "81.2.69.8");
	land(true);
	found(8, 7, "81.2.69.8");
	kit_advance(SETTLE_MS + 1);
	found(10, 10, "81.2.69.9");
	ck_assert_uint_eq(intent.seq, 11);
	done(ERR_TIMEOUT);
	said[0] = '\0';
	kit_advance(LONG_MS);
	expect_said("read");
	close_hosts();
}
END_TEST

/* It is not taken for overtaken any more, and what others confirmed is left to them. */
START_TEST(what_is_found_after_a_newer_intent_is_news_alone)
{
	struct fqdn name = value_name(HOME);
	struct host *h;

	open_hosts();
	h = hold(HOME);
	want_v4(5, "81.2.69.5");
	land(true);
	done(ERR_CONFLICT);
	want_v4(6, "81.2.69.6");
	found(6, 5, "81.2.69.6");
	land(true);
	done(0);
	ck_assert_int_eq(hosts_read(hosts, "router", 0, &name), 0);
	said[0] = '\0';
	found(7, 7, "81.2.69.7");
	expect_said("");
	host_release(h);
	close_hosts();
}
END_TEST

/* Who gave way has no rival left: the next intent is confirmed at once. */
START_TEST(who_gave_way_begins_afresh)
{
	struct plan_item item = item_of(7, "81.2.69.7", NULL, 6);
	struct hosts_count count;
	struct host *h;

	open_hosts();
	h = hold(HOME);
	want(&item, NULL);
	land(true);
	found(8, 7, "81.2.69.7");
	hosts_count(hosts, &count);
	ck_assert_uint_eq(count.for_settle, 0);
	want_v4(9, "81.2.69.9");
	said[0] = '\0';
	land(true);
	expect_said("confirm");
	done(0);
	host_release(h);
	close_hosts();
}
END_TEST

/* Another account's later change goes first; then this one is confirmed, as over. What it had is
 * deleted with the TTL that the next intent has, as no other one is known. */
START_TEST(what_another_account_is_over_is_confirmed_after_it_has_yielded)
{
	const struct host_state over = {
		.want = value_pair("81.2.69.6", NULL), .seq = 6, .pub = 5, .over = 6};
	struct plan_item item = item_of(7, NULL, "2a02::7", 0);
	struct fqdn name = value_name(HOME);
	struct host *h;

	open_hosts();
	h = hold(HOME);
	ck_assert_int_eq(hosts_read(hosts, "router", 0, &name), 0);
	found_state(&over);
	expect_said("read overtaken");
	/* It is told again until then. */
	kit_advance(HOST_RETRY_BASE_MS);
	found_state(&over);
	expect_said("read overtaken");
	hosts_yielded(hosts, "router", &name, 6);
	kit_advance(LONG_MS);
	found_state(&over);
	expect_said("read confirm");
	ck_assert(confirm.seq == 6 && !confirm.is_last);
	done(0);
	want(&item, NULL);
	ck_assert_uint_eq(pub->remove, FAMILY_V4);
	ck_assert_uint_eq(pub->gone_ttl, 60);
	host_release(h);
	close_hosts();
}
END_TEST

/* DOUBT_STATELESS. A zone that nobody else publishes to has nothing that could be late. */
START_TEST(of_an_intent_it_is_told_whether_it_replaced_a_state)
{
	struct plan_item owed = item_of(3, "81.2.69.3", NULL, 3);

	open_hosts();
	want_v4(1, "81.2.69.1");
	ck_assert(n_intended == 1 && n_stateless == 1);
	want_v4(2, "81.2.69.2");
	ck_assert(n_intended == 2 && n_stateless == 1);
	/* The intent of somebody else, which was found. */
	owed.intend = false;
	want(&owed, NULL);
	ck_assert(n_intended == 2 && n_stateless == 1);
	close_hosts();
	open_hosts();
	handle.is_volatile = true;
	want_v4(1, "81.2.69.1");
	ck_assert_uint_eq(n_intended, 0);
	close_hosts();
	handle.is_volatile = false;
}
END_TEST

/* What one life of a host leaves to the next, and who gives way to whom. */
static int run_lives(void)
{
	const TTest *const tests[] = {
		what_a_reading_had_of_an_older_state_is_replaced,
		what_another_account_is_over_is_doubtful_in_a_store_that_others_write,
		the_time_of_a_host_does_not_go_back_within_a_life,
		a_life_with_the_same_seq_is_published_and_confirmed_by_itself,
		what_is_under_way_is_not_sent_for_a_second_wish,
		a_change_that_is_under_way_does_not_become_a_repetition,
		what_is_owed_of_the_same_seq_needs_no_second_publication,
		a_value_that_was_sent_twice_is_deleted_once,
		a_removed_host_is_not_read_for_what_was_doubtful,
		a_claim_ends_with_the_next_intent,
		what_is_found_after_a_newer_intent_is_news_alone,
		who_gave_way_begins_afresh,
		what_another_account_is_over_is_confirmed_after_it_has_yielded,
	};

	return unit_run("host_lives", tests, N_ELEMENTS(tests));
}

/* The host was at old, and an update wants v4 as seq; owed_from as in a plan. */
static struct plan_item asked(uint64_t seq, const char *old, const char *v4, uint64_t owed_from)
{
	struct plan_item item = item_of(seq, v4, NULL, owed_from);

	item.expect.want = value_pair(old, NULL);
	item.expect.pub = owed_from == 0 ? seq - 1 : owed_from - 1;
	item.expect.time_s = 77;
	item.is_asked = true;
	return item;
}

static void open_with_news(void)
{
	has_news = true;
	open_hosts();
	has_news = false;
}

static void expect_told(const char *old, const char *new, uint64_t mark)
{
	const struct addr_pair was = value_pair(old, NULL), is = value_pair(new, NULL);

	ck_assert(addr_pair_equal(&change.old, &was));
	ck_assert(addr_pair_equal(&change.new, &is));
	ck_assert_uint_eq(change.mark, mark);
	ck_assert_int_eq(change.before_s, 77);
}

START_TEST(a_change_is_told_before_it_is_confirmed_and_no_client_waits_for_that)
{
	struct plan_item item = asked(5, "81.2.69.9", "81.2.69.1", 0);
	struct host_waiter w = {.decided = on_decided};

	open_with_news();
	n_decided = 0;
	want(&item, &w);
	expect_said("publish4");
	land(true);
	expect_said("tell");
	expect_told("81.2.69.9", "81.2.69.1", 5);
	ck_assert_uint_eq(n_decided, 1);
	ck_assert_int_eq(w.code, DYNDNS_GOOD);
	done(0);
	expect_said("confirm");
	done(0);
	expect_said("cached");
	ck_assert(!is_held());
	close_hosts();
}
END_TEST

START_TEST(what_could_not_be_told_is_told_again_and_not_confirmed)
{
	struct plan_item item = asked(5, "81.2.69.9", "81.2.69.1", 0);

	open_with_news();
	want(&item, NULL);
	land(true);
	expect_said("publish4 tell");
	done(ERR_UNAVAILABLE);
	expect_said("trouble");
	kit_advance(LONG_MS);
	expect_said("tell");
	expect_told("81.2.69.9", "81.2.69.1", 5);
	done(0);
	expect_said("confirm");
	done(ERR_UNAVAILABLE);
	/* It is not told once more when the confirmation is in trouble. */
	kit_advance(LONG_MS);
	expect_said("trouble uncached confirm");
	done(0);
	begin_err = ERR_NOMEM;
	item = asked(6, "81.2.69.1", "81.2.69.2", 0);
	want(&item, NULL);
	land(true);
	expect_said("cached publish4 tell trouble");
	begin_err = 0;
	kit_advance(LONG_MS);
	expect_said("tell");
	done(0);
	done(0);
	close_hosts();
}
END_TEST

START_TEST(what_is_found_owed_is_told_with_the_mark_that_it_had)
{
	struct plan_item item = item_of(7, "81.2.69.1", NULL, 5);

	open_with_news();
	/* A take-over: owed since 5, which may have been told by whoever was killed. */
	item.expect.want = item.want;
	item.expect.time_s = 77;
	item.expect.pub = 4;
	want(&item, NULL);
	land(true);
	expect_said("publish4 tell");
	expect_told(NULL, "81.2.69.1", 5);
	done(0);
	close_hosts();
}
END_TEST

/* By the moment of the first update, whichever state was read before it was stored. */
START_TEST(a_change_is_known_by_its_moment)
{
	struct plan_item item = asked(7, "81.2.69.9", "81.2.69.1", 5);

	open_with_news();
	item.intend = true;
	item.wanted_ms = 1234599;
	item.since_ms = 1234567;
	want(&item, NULL);
	land(true);
	ck_assert_uint_eq(change.mark, 1234567);
	ck_assert_int_eq(change.before_s, 0);
	done(0);
	close_hosts();
	/* The next start finds it owed; what was confirmed in between, it knows. */
	open_with_news();
	item = item_of(7, "81.2.69.1", NULL, 7);
	item.expect.want = item.want;
	item.expect.time_s = 99;
	item.since_ms = item.expect.since_ms = 1234567;
	want(&item, NULL);
	land(true);
	ck_assert_uint_eq(change.mark, 1234567);
	ck_assert_int_eq(change.before_s, 0);
	done(0);
	close_hosts();
}
END_TEST

START_TEST(what_is_only_published_once_more_is_not_told)
{
	struct plan_item item = item_of(7, "81.2.69.1", NULL, 0);

	open_with_news();
	item.expect.want = item.want;
	item.repeats = true;
	want(&item, NULL);
	land(true);
	expect_said("publish4 confirm");
	done(0);
	/* Nor is a repetition that was found owed. */
	said[0] = '\0';
	item = item_of(9, "81.2.69.1", NULL, 8);
	item.expect.want = item.want;
	item.expect.repeats = item.expect.seq;
	want(&item, NULL);
	land(true);
	ck_assert_ptr_null(strstr(said, "tell"));
	close_hosts();
}
END_TEST

START_TEST(a_newer_change_is_told_with_what_was_told_before)
{
	struct plan_item item = asked(5, "81.2.69.9", "81.2.69.1", 0);

	open_with_news();
	want(&item, NULL);
	/* Never published: nobody heard of it. */
	item = asked(6, "81.2.69.1", "81.2.69.2", 5);
	want(&item, NULL);
	land(true);
	expect_said("publish4 publish4 tell");
	expect_told("81.2.69.9", "81.2.69.2", 5);
	/* One that comes while that is told. */
	item = asked(7, "81.2.69.2", "81.2.69.3", 5);
	want(&item, NULL);
	land(true);
	expect_said("publish4");
	done(0);
	expect_said("tell");
	expect_told("81.2.69.2", "81.2.69.3", 5);
	/* One that comes back is another change. */
	item = asked(8, "81.2.69.3", "81.2.69.2", 5);
	want(&item, NULL);
	land(true);
	done(0);
	expect_told("81.2.69.3", "81.2.69.2", 8);
	done(0);
	close_hosts();
}
END_TEST

START_TEST(what_somebody_else_left_owed_is_not_said_to_have_been_told)
{
	struct plan_item item = asked(6, "81.2.69.1", "81.2.69.2", 5);

	open_with_news();
	item.expect.seq = 5;
	item.expect.pub = 4;
	want(&item, NULL);
	land(true);
	expect_said("publish4 tell");
	expect_told(NULL, "81.2.69.2", 5);
	done(0);
	done(0);
	close_hosts();
}
END_TEST

START_TEST(what_went_back_before_anybody_heard_is_no_change)
{
	struct plan_item item = asked(5, "81.2.69.9", "81.2.69.1", 0);

	open_with_news();
	want(&item, NULL);
	item = asked(6, "81.2.69.1", "81.2.69.9", 5);
	want(&item, NULL);
	land(true);
	expect_said("publish4 publish4 confirm");
	done(0);
	close_hosts();
}
END_TEST

START_TEST(a_refused_name_is_told)
{
	struct plan_item item = asked(5, "81.2.69.9", "81.2.69.1", 0);

	open_with_news();
	want(&item, NULL);
	land(false);
	ck_assert_ptr_nonnull(strstr(said, "publish4 refused"));
	ck_assert_ptr_null(strstr(said, "tell"));
	ck_assert(addr_pair_equal(&refused, &item.want));
	close_hosts();
}
END_TEST

START_TEST(who_is_closed_while_it_is_told_is_freed_with_that)
{
	struct plan_item item = asked(5, "81.2.69.9", "81.2.69.1", 0);

	open_with_news();
	want(&item, NULL);
	land(true);
	ck_assert_ptr_nonnull(call);
	close_hosts();
}
END_TEST

static int run_news(void)
{
	const TTest *const tests[] = {
		a_change_is_told_before_it_is_confirmed_and_no_client_waits_for_that,
		what_could_not_be_told_is_told_again_and_not_confirmed,
		what_is_found_owed_is_told_with_the_mark_that_it_had,
		a_change_is_known_by_its_moment,
		what_is_only_published_once_more_is_not_told,
		a_newer_change_is_told_with_what_was_told_before,
		what_somebody_else_left_owed_is_not_said_to_have_been_told,
		what_went_back_before_anybody_heard_is_no_change,
		a_refused_name_is_told,
		who_is_closed_while_it_is_told_is_freed_with_that,
	};

	return unit_run("host_news", tests, N_ELEMENTS(tests));
}

int main(void)
{
	const TTest *const tests[] = {
		what_is_wanted_is_published_then_confirmed_then_forgotten,
		who_waits_is_told_what_is_known,
		a_change_under_the_brake_is_told_when_the_host_is_let_go,
		a_newer_intent_tells_who_waits_for_an_accepted_one,
		a_confirmation_that_failed_is_tried_again_and_the_client_does_not_wait,
		the_pauses_grow_to_the_longest_and_begin_anew_after_a_success,
		a_confirmation_that_cannot_be_begun_is_tried_again,
		a_newer_value_of_another_daemon_is_intended_and_published_over_ours,
		the_same_value_of_another_daemon_is_left_to_that_one,
		a_conflict_that_is_gone_at_the_next_look_is_confirmed_again,
		who_stops_takes_nothing_over,
		memory_learns_what_was_confirmed_unless_it_may_be_changing,
		a_reading_that_cannot_tell_whether_the_host_is_there_is_made_again,
		a_reading_that_fails_after_a_newer_intent_is_not_tried_again,
		who_waits_for_a_host_that_was_made_again_waits_for_its_own_confirmation,
		a_host_that_is_gone_is_removed_and_its_name_looked_for,
		all_that_was_sent_since_the_last_confirmation_is_deleted,
		a_confirmation_forgets_what_was_before,
		a_removed_host_is_deleted_again_when_something_may_have_landed_since,
		a_host_that_comes_back_ends_the_deletions,
		what_replaces_a_rivals_is_published_twice_and_then_confirmed,
		what_was_found_owed_is_intended_published_twice_and_then_confirmed,
		what_is_claimed_is_intended_published_twice_and_then_confirmed,
		what_is_owed_by_us_is_not_intended_anew,
		what_is_to_be_taken_over_is_not_forgotten,
		what_may_still_land_of_our_own_keeps_the_host_owed,
		what_may_still_land_of_a_life_before_is_older,
		what_waited_to_be_sent_for_too_long_is_read_again,
		what_waits_to_be_read_again_is_not_forgotten,
		what_was_not_confirmed_is_sent_again_with_the_next_intent,
		what_was_read_as_ours_is_not_sent_again,
		a_confirmation_of_the_life_before_confirms_nothing,
		an_intent_in_doubt_is_read_later,
		an_intent_in_doubt_stays_ours_until_another_one_is_known,
		an_intent_in_doubt_that_is_not_there_is_looked_for_once_more,
		an_intent_in_doubt_that_can_no_longer_arrive_is_not_looked_for,
		a_late_acknowledgement_of_an_older_intent_changes_nothing,
		whose_turn_it_is_may_be_outdated,
		there_are_no_more_than_allowed_but_one_that_only_waits_gives_way,
		a_store_that_went_backwards_is_read_and_intended_anew,
		an_update_that_found_a_state_that_went_backwards_counts_it_once_it_is_stored,
		who_stops_tries_nothing_again_and_is_drained_when_the_queue_is,
		a_host_is_freed_with_the_call_that_comes_back_after_it_was_closed,
		only_what_is_asked_for_again_is_published_again,
		an_intent_that_finds_no_memory_is_found_again,
		without_memory_there_is_none,
		of_an_intent_it_is_told_whether_it_replaced_a_state,
	};

	return unit_run("host", tests, N_ELEMENTS(tests)) | run_lives() | run_news();
}
