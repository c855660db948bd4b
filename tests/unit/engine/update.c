/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/agents.h"
#include "engine/change_limit.h"
#include "engine/update.h"

#include <idn2.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/due_timer.h"
#include "base/err.h"
#include "base/metric.h"
#include "engine/history_queue.h"
#include "engine/host.h"
#include "engine/login.h"
#include "engine/repeat.h"
#include "engine/seen.h"
#include "engine/plan.h"
#include "engine/update_report.h"
#include "engine/zones.h"
#include "kit/engine_kit.h"
#include "kit/fake_malloc.h"
#include "store/history.h"

#define HOME	 "home.dyn.example.com"
#define SECOND	 "second.dyn.example.com"
#define ASK_HOME "hostname=" HOME "&myip=81.2.69.1"
#define ASK_BOTH "hostname=" HOME "," SECOND "&myip=81.2.69.1"
#define NO_ONE	 "nobody.example.com"

enum { DEADLINE_MS = 5000, UPDATES = 3 };

/* In the place of engine/login.c. */
struct login {
	const struct login_events *events;
	void *arg;
	unsigned n_begun;
	bool is_busy, is_ended;
};

/* In the place of engine/change.c. */
struct change {
	const struct change_events *events;
	void *arg;
	unsigned n_planned, n_gone, n_dropped;
	uint64_t read_at;
	bool is_busy, is_ended;
	bool waits; /* it tells so in change_go() */
	enum dyndns_code codes[PLAN_ITEMS_MAX];
	bool stored[PLAN_ITEMS_MAX];
};

/* Who asks, and what was answered. */
struct asker {
	struct engine_request request;
	unsigned n_answers, n_answered, n_gone;
	char words[128]; /* joined by blanks */
	unsigned retry_after_s;
	struct login *login;
	struct change *change;
};

static struct asker askers[UPDATES];
static struct login logins[UPDATES];
static struct change changes[UPDATES];
static size_t n_logins, n_changes;
/* Only passed on. */
#define REPEATS ((struct repeats *)&n_repeats)
#define HISTORY ((struct history *)told)

static char told[1024]; /* to the history */
static int login_err, begin_err, change_err, plan_err;
static size_t n_repeats;
static bool is_includer; /* what change_includes() says */
static unsigned n_seen;
static bool was_new;	     /* what hosts_see() was told */
static bool is_known_better; /* what it says, and then of the first host */
static unsigned n_reports, n_notes, n_agents, n_noted;
static size_t n_renumbered; /* of the last report */
static const char *report_braked;
static int64_t limit_left_ms; /* what change_limit_take() says */
static size_t n_limited;      /* the items that it was asked for, all in all */
static struct due_timer deadlines;
static struct engine_zone zone;
static struct plan scratch;
static struct update_parts parts;

int login_new(struct logins *ls, const struct query_credentials *credentials,
	      const struct addr *client, const struct login_events *events, void *arg,
	      struct login **ret)
{
	(void)ls;
	KIT_CHECK(client != NULL);
	KIT_CHECK(strcmp(credentials->user, "router") == 0);
	if (login_err != 0)
		return login_err;
	logins[n_logins] = (struct login){.events = events, .arg = arg};
	*ret = &logins[n_logins++];
	return 0;
}

int login_begin(struct login *l)
{
	if (begin_err != 0)
		return begin_err;
	l->n_begun++;
	return 0;
}

bool login_end(struct login *l)
{
	if (l == NULL)
		return true;
	KIT_CHECK(!l->is_ended);
	l->is_ended = true;
	return !l->is_busy;
}

void repeats_add(struct repeats *rs, const char *user, const struct plan_item *items, size_t n,
		 uint64_t read_at)
{
	KIT_CHECK(rs == REPEATS && strcmp(user, "router") == 0 && read_at == 7);
	KIT_CHECK(items == scratch.repeats);
	n_repeats += n;
}

int change_new(const struct change_parts *p, const char *user, const struct change_events *events,
	       void *arg, struct change **ret)
{
	KIT_CHECK(p == &parts.change && strcmp(user, "router") == 0);
	if (change_err != 0)
		return change_err;
	changes[n_changes].events = events;
	changes[n_changes].arg = arg;
	*ret = &changes[n_changes++];
	return 0;
}

int change_go(struct change *c, const struct plan_item *items, size_t n, uint64_t read_at)
{
	KIT_CHECK(n > 0 && items == scratch.items);
	c->n_planned++;
	c->read_at = read_at;
	if (plan_err != 0)
		return plan_err;
	c->n_gone++;
	if (c->waits)
		c->events->waiting(c->arg);
	return 0;
}

void change_drop(struct change *c)
{
	c->n_dropped++;
	c->waits = false;
}

bool change_end(struct change *c)
{
	KIT_CHECK(!c->is_ended);
	c->is_ended = true;
	return !c->is_busy;
}

void change_codes(struct change *c, enum dyndns_code *codes, bool *stored)
{
	memcpy(codes, c->codes, sizeof(c->codes));
	memcpy(stored, c->stored, sizeof(c->stored));
}

bool history_wants(const struct history *h, enum history_mode kind)
{
	return h != NULL && kind == HISTORY_CHANGES;
}

bool history_takes_attempt(struct history *h, const struct fqdn *host, const char *verdict,
			   int64_t now_ms)
{
	(void)h;
	(void)host;
	(void)verdict;
	(void)now_ms;
	return false;
}

/* "NAME:WORD " of each. */
void history_add(struct history *h, const struct history_entry *entry)
{
	KIT_CHECK(h == HISTORY);
	strcat(strcat(strcat(strcat(told, entry->host.text), ":"), entry->verdict), " ");
}

/* One line, in which all stand as they came. */
struct change *change_in_line(const struct change *c, const struct change *after)
{
	size_t i = after == NULL ? 0 : (size_t)(after - changes) + 1;

	(void)c;
	while (i < n_changes && (changes[i].n_dropped > 0 || changes[i].is_ended))
		i++;
	return i < n_changes ? &changes[i] : NULL;
}

bool change_is_waiting(const struct change *c)
{
	return c->waits;
}

bool change_includes(const struct change *newer, const struct change *older)
{
	KIT_CHECK(newer != older);
	return is_includer;
}

void *change_owner(const struct change *c)
{
	return c->arg;
}

bool hosts_see(struct hosts *hs, struct account *account, uint64_t read_at, bool is_new)
{
	(void)hs;
	KIT_CHECK(account != NULL && read_at > 0);
	n_seen++;
	was_new = is_new;
	account->hosts[0].is_overwritten = is_known_better;
	return is_known_better;
}

void report_notes(const struct engine_request *r, const char *user, const struct plan *plan)
{
	KIT_CHECK(r != NULL && strcmp(user, "router") == 0 && plan->is_noted);
	n_notes++;
}

void agents_see(struct agents *a, const char *user, unsigned quirks, struct slice agent,
		size_t n_lines)
{
	(void)a;
	(void)quirks;
	(void)agent;
	KIT_CHECK(strcmp(user, "router") == 0 && n_lines > 0);
	n_agents++;
}

const struct fqdn *seen_asked_name(const struct engine_request *r, const struct fqdn *only_host,
				   size_t i)
{
	(void)r;
	(void)only_host;
	(void)i;
	return NULL;
}

void seen_update(struct seen *s, const char *user, const struct engine_request *r,
		 const struct fqdn *only_host, const struct dyndns_answer *answer, int64_t now_s)
{
	(void)s;
	(void)only_host;
	KIT_CHECK(strcmp(user, "router") == 0 && r != NULL && answer->n_lines > 0 && now_s > 0);
	n_noted++;
}

int64_t change_limit_take(struct change_limit *l, const struct plan_item *items, size_t n,
			  int64_t now_ms)
{
	(void)l;
	KIT_CHECK(items == scratch.items && now_ms == kit_now_ms());
	n_limited += n;
	return limit_left_ms;
}

void report_update(const struct engine_request *r, const struct fqdn *only_host,
		   const struct plan_summary *summary, const struct dyndns_answer *answer,
		   const struct report_about *about)
{
	(void)only_host;
	report_braked = about->braked;
	n_renumbered = summary->n_renumbered;
	KIT_CHECK(r != NULL && answer->n_lines > 0 && about->now_ms >= about->arrived_ms);
	n_reports++;
}

static void on_answer(void *arg, const struct dyndns_answer *answer)
{
	struct asker *k = arg;
	size_t i, len;

	ck_assert_uint_eq(k->n_answered + k->n_gone, 0);
	k->n_answers++;
	k->retry_after_s = answer->retry_after_s;
	k->words[0] = '\0';
	for (i = 0; i < answer->n_lines; i++) {
		enum dyndns_code code = answer->lines[i].code;

		len = strlen(k->words);
		snprintf(k->words + len, sizeof(k->words) - len, "%s%s", i > 0 ? " " : "",
			 dyndns_word(code));
		/* Only these say an address. */
		ck_assert((family_set(&answer->lines[i].addrs) != 0 ||
			   answer->lines[i].prefix.len != 0) ==
			  (code == DYNDNS_GOOD || code == DYNDNS_NOCHG));
	}
}

static void on_answered(void *arg, bool is_gone)
{
	struct asker *k = arg;

	ck_assert_uint_eq(k->n_answers, 1);
	k->n_answered++;
	k->n_gone += is_gone;
}

static void on_gone(void *arg)
{
	((struct asker *)arg)->n_gone++;
}

static const struct update_events events = {.answered = on_answered, .gone = on_gone};

static void on_deadline(void *arg, struct due_item *item)
{
	(void)arg;
	update_expire(item);
}

static void open_updates(void)
{
	kit_open();
	memset(askers, 0, sizeof(askers));
	memset(logins, 0, sizeof(logins));
	memset(changes, 0, sizeof(changes));
	n_logins = 0;
	n_changes = 0;
	login_err = 0;
	begin_err = 0;
	change_err = 0;
	plan_err = 0;
	is_includer = false;
	n_reports = 0;
	limit_left_ms = 0;
	n_limited = 0;
	n_agents = n_noted = 0;
	told[0] = '\0';
	n_repeats = 0;
	n_notes = 0;
	n_seen = 0;
	is_known_better = false;
	due_timer_open(&deadlines, &kit_loop, on_deadline, NULL);
	zone = (struct engine_zone){
		.name = value_name("dyn.example.com"),
		.ttl = 60,
		.republish_interval_s = 86400,
	};
	parts = (struct update_parts){
		.zones = &zone,
		.n_zones = 1,
		.repeats = REPEATS,
		.history = HISTORY,
		.deadlines = &deadlines,
		.deadline_ms = DEADLINE_MS,
		.plan = &scratch,
	};
}

static void on_timer_closed(uv_handle_t *handle)
{
	(void)handle;
}

static void close_updates(void)
{
	ck_assert_ptr_null(due_list_first(&deadlines.list));
	due_timer_close(&deadlines, on_timer_closed);
	kit_close();
}

static int begin(size_t i, const char *query)
{
	struct asker *k = &askers[i];
	int err;

	snprintf(k->request.credentials.user, sizeof(k->request.credentials.user), "router");
	ck_assert_int_eq(dyndns_query_parse(slice_of(query), NULL, &k->request.query), 0);
	k->request.peer = value_addr("81.2.69.99");
	err = update_new(&parts, &events, k, &k->request, i, on_answer, k);
	ck_assert_uint_eq(k->n_answers, 0);
	if (err == 0)
		k->login = &logins[n_logins - 1];
	return err;
}

/* Of two hosts, which have that address already when it is given. */
static struct account *account_of(const char *v4)
{
	static const char *const names[] = {HOME, SECOND};
	struct account *a;
	size_t i;

	ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
	for (i = 0; i < N_ELEMENTS(names); i++) {
		struct account_host *h;

		ck_assert_int_eq(account_add_host(a, slice_of(names[i]), NULL, &h, NULL), 0);
		if (v4 != NULL)
			h->state = (struct host_state){.want = value_pair(v4, NULL),
						       .seq = 1,
						       .pub = 1,
						       .time_s = clock_wall_s()};
	}
	return a;
}

static void found(size_t i, enum login_verdict verdict, enum accounts_source source,
		  struct account *account)
{
	const struct login_found f = {
		.verdict = verdict,
		.source = source,
		.account = account,
		.read_at = 7,
		.brake = PENALTY_LOGIN,
		.brake_left_ms = 4001,
	};
	struct login *l = askers[i].login;
	size_t n = n_changes;

	l->events->found(l->arg, &f);
	if (n_changes > n)
		askers[i].change = &changes[n];
}

static void expect(size_t i, const char *words)
{
	ck_assert_uint_eq(askers[i].n_answers, 1);
	ck_assert_uint_eq(askers[i].n_answered, 1);
	ck_assert_str_eq(askers[i].words, words);
}

/* It is at its change. */
static struct change *begin_change(size_t i, const char *query)
{
	ck_assert_int_eq(begin(i, query), 0);
	found(i, LOGIN_RIGHT, ACCOUNTS_FRESH, account_of(NULL));
	ck_assert_uint_eq(askers[i].n_answers, 0);
	ck_assert_ptr_nonnull(askers[i].change);
	return askers[i].change;
}

static void fail_change(struct change *c)
{
	c->codes[0] = c->codes[1] = DYNDNS_911;
	c->events->failed(c->arg);
}

static void decide(size_t i, enum dyndns_code first, enum dyndns_code second)
{
	const enum dyndns_code codes[PLAN_ITEMS_MAX] = {first, second};
	struct change *c = askers[i].change;

	c->is_ended = true;
	c->events->decided(c->arg, codes);
}

static size_t n_conversions;
static bool idn2_has_no_memory;
int __real_idn2_lookup_u8(const uint8_t *src, uint8_t **ret, int flags);
int __wrap_idn2_lookup_u8(const uint8_t *src, uint8_t **ret, int flags);

int __wrap_idn2_lookup_u8(const uint8_t *src, uint8_t **ret, int flags)
{
	n_conversions++;
	return idn2_has_no_memory ? IDN2_MALLOC : __real_idn2_lookup_u8(src, ret, flags);
}

/* To convert a name costs more than to refuse a login. */
START_TEST(names_are_converted_only_for_those_whose_password_is_right)
{
	static const struct {
		enum login_verdict verdict;
		bool no_memory;
		size_t n_conversions;
		const char *words;
	} rows[] = {
		{LOGIN_WRONG, false, 0, "badauth"}, {LOGIN_UNKNOWN, false, 0, "911"},
		{LOGIN_BRAKED, false, 0, "911"},    {LOGIN_RIGHT, false, 2, "nohost notfqdn"},
		{LOGIN_RIGHT, true, 1, "911"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_updates();
		n_conversions = 0;
		ck_assert_int_eq(begin(0, "hostname=b%C3%BCcher.example.com,b%C3%BC..example"), 0);
		idn2_has_no_memory = rows[i].no_memory;
		found(0, rows[i].verdict, ACCOUNTS_FRESH,
		      rows[i].verdict == LOGIN_RIGHT ? account_of("81.2.69.1") : NULL);
		idn2_has_no_memory = false;
		expect(0, rows[i].words);
		ck_assert_uint_eq(n_conversions, rows[i].n_conversions);
		close_updates();
	}
}
END_TEST

START_TEST(what_a_plan_notes_is_told_of)
{
	open_updates();
	ck_assert_int_eq(begin(0, "hostname=home.dyn.example.com&myip=none"), 0);
	found(0, LOGIN_RIGHT, ACCOUNTS_FRESH, account_of("81.2.69.1"));
	ck_assert_str_eq(askers[0].words, "dnserr");
	ck_assert_uint_eq(n_notes, 1);
	close_updates();
}
END_TEST

START_TEST(a_braked_client_is_told_when_to_come_again)
{
	int64_t braked = metric_get(METRIC_LOGINS_BRAKED_LOGIN);

	open_updates();
	ck_assert_int_eq(begin(0, ASK_HOME), 0);
	found(0, LOGIN_BRAKED, ACCOUNTS_FRESH, NULL);
	ck_assert_str_eq(askers[0].words, "911");
	ck_assert_uint_eq(askers[0].retry_after_s, 5);
	ck_assert_str_eq(report_braked, "login");
	ck_assert_int_eq(metric_get(METRIC_LOGINS_BRAKED_LOGIN) - braked, 1);
	close_updates();
}
END_TEST

START_TEST(a_host_that_changed_too_often_is_told_when_to_come_again)
{
	int64_t limited = metric_get(METRIC_CHANGES_LIMITED);

	open_updates();
	limit_left_ms = 60000;
	ck_assert_int_eq(begin(0, ASK_BOTH), 0);
	found(0, LOGIN_RIGHT, ACCOUNTS_FRESH, account_of("81.2.69.2"));
	ck_assert_str_eq(askers[0].words, "911 911");
	ck_assert_uint_eq(askers[0].retry_after_s, 60);
	ck_assert_str_eq(report_braked, "changes");
	ck_assert_uint_eq(n_changes, 0);
	ck_assert_int_eq(metric_get(METRIC_CHANGES_LIMITED) - limited, 1);
	/* What changes nothing is free. */
	ck_assert_int_eq(begin(1, ASK_BOTH), 0);
	found(1, LOGIN_RIGHT, ACCOUNTS_FRESH, account_of("81.2.69.1"));
	ck_assert_str_eq(askers[1].words, "nochg nochg");
	ck_assert_uint_eq(askers[1].retry_after_s, 0);
	ck_assert_ptr_null(report_braked);
	ck_assert_uint_eq(n_limited, 2);
	close_updates();
}
END_TEST

START_TEST(an_update_counts_once_however_often_it_is_planned)
{
	open_updates();
	ck_assert_int_eq(begin(0, ASK_HOME), 0);
	found(0, LOGIN_RIGHT, ACCOUNTS_FRESH, account_of("81.2.69.2"));
	ck_assert_uint_eq(n_changes, 1);
	limit_left_ms = 60000;
	changes[0].events->outdated(changes[0].arg);
	found(0, LOGIN_RIGHT, ACCOUNTS_FRESH, account_of("81.2.69.3"));
	ck_assert_uint_eq(n_limited, 1);
	ck_assert_uint_eq(changes[0].n_planned, 2);
	fail_change(&changes[0]);
	ck_assert_str_eq(askers[0].words, "911");
	ck_assert_uint_eq(askers[0].retry_after_s, 0);
	close_updates();
}
END_TEST

START_TEST(what_the_login_says_and_where_from)
{
	static const struct {
		enum login_verdict verdict;
		enum accounts_source source;
		const char *v4; /* what the account's hosts have; NULL: none is given */
		const char *words;
		bool asks_again; /* nothing is answered, the store is read */
		bool is_known_better;
	} rows[] = {
		{LOGIN_WRONG, ACCOUNTS_FRESH, NULL, "badauth", false, false},
		{LOGIN_UNKNOWN, ACCOUNTS_FRESH, NULL, "911", false, false},
		{LOGIN_UNKNOWN, ACCOUNTS_STALE, NULL, "911", false, false},
		{LOGIN_RIGHT, ACCOUNTS_FRESH, "81.2.69.1", "nochg", false, false},
		{LOGIN_RIGHT, ACCOUNTS_CACHED, "81.2.69.1", "nochg", false, false},
		{LOGIN_RIGHT, ACCOUNTS_STALE, "81.2.69.1", "nochg", false, false},
		{LOGIN_RIGHT, ACCOUNTS_CACHED, "81.2.69.2", "", true, false},
		{LOGIN_RIGHT, ACCOUNTS_STALE, "81.2.69.2", "911", false, false},
		{LOGIN_RIGHT, ACCOUNTS_CACHED, "81.2.69.1", "", true, true},
		{LOGIN_RIGHT, ACCOUNTS_STALE, "81.2.69.1", "911", false, true},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_updates();
		is_known_better = rows[i].is_known_better;
		ck_assert_int_eq(begin(0, ASK_HOME), 0);
		ck_assert_uint_eq(askers[0].login->n_begun, 1);
		found(0, rows[i].verdict, rows[i].source,
		      rows[i].v4 != NULL ? account_of(rows[i].v4) : NULL);
		ck_assert_uint_eq(n_changes, 0);
		ck_assert_uint_eq(askers[0].login->n_begun, rows[i].asks_again ? 2 : 1);
		/* What memory makes a change of is not looked at. */
		ck_assert_uint_eq(n_seen,
				  rows[i].v4 != NULL && strcmp(rows[i].v4, "81.2.69.1") == 0);
		if (n_seen > 0)
			ck_assert(was_new == (rows[i].source == ACCOUNTS_FRESH));
		if (rows[i].asks_again)
			found(0, LOGIN_WRONG, ACCOUNTS_FRESH, NULL);
		else
			ck_assert_msg(strcmp(askers[0].words, rows[i].words) == 0, "row %zu", i);
		ck_assert_uint_eq(askers[0].n_answered, 1);
		ck_assert_uint_eq(askers[0].n_gone, 1);
		ck_assert_uint_eq(n_reports, 1);
		ck_assert_uint_le(n_agents, 1);
		ck_assert_uint_eq(n_noted, n_agents);
		ck_assert_uint_eq(n_notes, 0);
		ck_assert(askers[0].login->is_ended);
		close_updates();
	}
}
END_TEST

/* A host may have been added since: only what the store says now is final. */
START_TEST(memory_refuses_no_host)
{
	open_updates();
	ck_assert_int_eq(begin(0, "hostname=" NO_ONE "&myip=81.2.69.1"), 0);
	found(0, LOGIN_RIGHT, ACCOUNTS_CACHED, account_of("81.2.69.1"));
	ck_assert_uint_eq(askers[0].n_answers, 0);
	ck_assert_uint_eq(askers[0].login->n_begun, 2);
	found(0, LOGIN_RIGHT, ACCOUNTS_FRESH, account_of("81.2.69.1"));
	expect(0, "nohost");
	close_updates();
}
END_TEST

START_TEST(each_line_gets_what_became_of_its_host)
{
	open_updates();
	begin_change(0, "hostname=" HOME "," NO_ONE "," SECOND "," HOME "&myip=81.2.69.1");
	ck_assert_uint_eq(askers[0].change->n_gone, 1);
	ck_assert_uint_eq(askers[0].change->read_at, 7);
	decide(0, DYNDNS_GOOD, DYNDNS_DNSERR);
	expect(0, "good nohost dnserr good");
	ck_assert(askers[0].change->is_ended);
	ck_assert_uint_eq(askers[0].n_gone, 1);
	close_updates();
}
END_TEST

/* The second host is on the LAN, and nobody names it. What became of the two, and of the first one
 * where nothing is to be done for it. */
START_TEST(nobody_is_told_of_success_before_the_lan_is_stored)
{
	static const struct {
		const char *query;
		enum dyndns_code codes[2];
		const char *want;
		size_t n_renumbered;
	} rows[] = {
		{ASK_HOME "&ip6lanprefix=2a02::/64", {DYNDNS_GOOD, DYNDNS_GOOD}, "good", 1},
		{ASK_HOME "&ip6lanprefix=2a02::/64", {DYNDNS_GOOD, DYNDNS_911}, "911", 0},
		{ASK_HOME "&ip6lanprefix=2a02::/64", {DYNDNS_DNSERR, DYNDNS_GOOD}, "dnserr", 1},
		{ASK_HOME "&ip6lanprefix=2a02::/64", {DYNDNS_DNSERR, DYNDNS_911}, "dnserr", 0},
		{"hostname=" HOME "," NO_ONE "&myipv6=2a02::/64", {DYNDNS_GOOD}, "good nohost", 1},
		{"hostname=" HOME "," NO_ONE "&myipv6=2a02::/64", {DYNDNS_911}, "911 nohost", 0},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct account *a = account_of(NULL);

		open_updates();
		a->hosts[1].interface_id = value_interface_id("::1");
		ck_assert_int_eq(begin(0, rows[i].query), 0);
		found(0, LOGIN_RIGHT, ACCOUNTS_FRESH, a);
		ck_assert_uint_eq(askers[0].n_answers, 0);
		decide(0, rows[i].codes[0], rows[i].codes[1]);
		ck_assert_msg(strcmp(askers[0].words, rows[i].want) == 0, "row %zu: %s", i,
			      askers[0].words);
		ck_assert_uint_eq(n_renumbered, rows[i].n_renumbered);
		close_updates();
	}
}
END_TEST

START_TEST(an_update_whose_lan_cannot_be_stored_has_failed)
{
	struct account *a = account_of("81.2.69.1");

	open_updates();
	a->hosts[1].interface_id = value_interface_id("::1");
	ck_assert_int_eq(
		begin(0, "hostname=" HOME "," NO_ONE "&myip=81.2.69.1&ip6lanprefix=2a02::"), 0);
	found(0, LOGIN_RIGHT, ACCOUNTS_FRESH, a);
	ck_assert_uint_eq(askers[0].n_answers, 0);
	fail_change(askers[0].change);
	expect(0, "911 nohost");
	close_updates();
}
END_TEST

START_TEST(what_failed_is_911_and_the_other_lines_stay)
{
	/* 'f' failed, 'p' cannot be planned, 'c' there is no change, 'b' the store cannot be read.
	 */
	static const char rows[] = "fpcb";
	struct change *c;
	size_t i;

	for (i = 0; i < strlen(rows); i++) {
		open_updates();
		plan_err = rows[i] == 'p' ? ERR_LIMIT : 0;
		change_err = rows[i] == 'c' ? ERR_NOMEM : 0;
		ck_assert_int_eq(begin(0, "hostname=" HOME "," NO_ONE "&myip=81.2.69.1"), 0);
		found(0, LOGIN_RIGHT, ACCOUNTS_FRESH, account_of(NULL));
		c = askers[0].change;
		begin_err = ERR_NOMEM;
		if (rows[i] == 'f')
			fail_change(c);
		if (rows[i] == 'b')
			c->events->outdated(c->arg);
		expect(0, rows[i] == 'b' ? "911" : "911 nohost");
		ck_assert_str_eq(told, "");
		ck_assert_uint_eq(askers[0].n_gone, 1);
		close_updates();
	}
}
END_TEST

START_TEST(the_history_is_told_of_what_the_store_may_hold)
{
	/* How it ends: 'd' at the deadline, 'f' it failed, 'p' it is published; and what is
	 * stored of two hosts. */
	static const struct {
		char end;
		bool stored[2];
		const char *told;
	} rows[] = {
		/* It waits for its turn. */
		{'d', {false, false}, ""},
		{'d', {true, true}, HOME ":911 " SECOND ":911 "},
		{'f', {true, false}, HOME ":911 "},
		{'f', {false, false}, ""},
		{'p', {false, false}, HOME ":911 " SECOND ":911 "},
	};
	struct change *c;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_updates();
		c = begin_change(0, ASK_BOTH);
		c->codes[0] = c->codes[1] = DYNDNS_911;
		memcpy(c->stored, rows[i].stored, sizeof(rows[i].stored));
		if (rows[i].end == 'd')
			kit_advance(DEADLINE_MS);
		if (rows[i].end == 'f')
			fail_change(c);
		if (rows[i].end == 'p')
			decide(0, DYNDNS_911, DYNDNS_911);
		expect(0, "911 911");
		ck_assert_msg(strcmp(told, rows[i].told) == 0, "row %zu: %s", i, told);
		close_updates();
	}
}
END_TEST

START_TEST(an_outdated_plan_is_made_anew_some_times)
{
	struct change *c;
	unsigned n;

	open_updates();
	c = begin_change(0, ASK_HOME);
	for (n = 1; n < UPDATE_ROUNDS_MAX; n++) {
		c->events->outdated(c->arg);
		ck_assert_uint_eq(askers[0].n_answers, 0);
		ck_assert_uint_eq(askers[0].login->n_begun, 1 + n);
		found(0, LOGIN_RIGHT, ACCOUNTS_FRESH, account_of(NULL));
		ck_assert_uint_eq(c->n_planned, 1 + n);
		ck_assert_uint_eq(c->n_gone, 1 + n);
	}
	c->events->outdated(c->arg);
	expect(0, "911");
	ck_assert_uint_eq(n_changes, 1);
	close_updates();
}
END_TEST

START_TEST(at_the_deadline_what_is_known_is_answered)
{
	struct change *c;

	/* Nothing is planned yet. */
	open_updates();
	ck_assert_int_eq(begin(0, ASK_BOTH), 0);
	kit_advance(DEADLINE_MS - 1);
	ck_assert_uint_eq(askers[0].n_answers, 0);
	kit_advance(1);
	expect(0, "911");
	close_updates();
	/* It is being published. */
	open_updates();
	c = begin_change(0, ASK_BOTH);
	c->codes[0] = DYNDNS_GOOD;
	c->codes[1] = DYNDNS_911;
	kit_advance(DEADLINE_MS);
	expect(0, "good 911");
	close_updates();
	/* It is read again: what was planned before is nothing. */
	open_updates();
	c = begin_change(0, "hostname=" HOME "," NO_ONE "&myip=81.2.69.1");
	c->events->outdated(c->arg);
	kit_advance(DEADLINE_MS);
	expect(0, "911 nohost");
	close_updates();
}
END_TEST

/* Which of the two is busy, as bits. */
START_TEST(it_is_gone_once_both_are_idle)
{
	unsigned busy;

	for (busy = 0; busy < 4; busy++) {
		struct login *l;
		struct change *c;

		open_updates();
		c = begin_change(0, ASK_HOME);
		l = askers[0].login;
		l->is_busy = (busy & 1) != 0;
		c->is_busy = (busy & 2) != 0;
		c->codes[0] = DYNDNS_GOOD;
		kit_advance(DEADLINE_MS);
		expect(0, "good");
		ck_assert_msg(askers[0].n_gone == (busy == 0 ? 1 : 0), "%u", busy);
		if (l->is_busy)
			l->events->idle(l->arg);
		ck_assert_msg(askers[0].n_gone == (busy < 2 ? 1 : 0), "%u", busy);
		if (c->is_busy)
			c->events->idle(c->arg);
		ck_assert_uint_eq(askers[0].n_gone, 1);
		ck_assert_uint_eq(askers[0].n_answers, 1);
		close_updates();
	}
}
END_TEST

START_TEST(when_the_engine_is_closed_nobody_is_told_that_it_is_gone)
{
	unsigned busy;

	for (busy = 1; busy < 4; busy++) {
		struct change *c;
		struct login *l;

		open_updates();
		c = begin_change(0, ASK_HOME);
		l = askers[0].login;
		l->is_busy = (busy & 1) != 0;
		c->is_busy = (busy & 2) != 0;
		c->codes[0] = DYNDNS_GOOD;
		kit_advance(DEADLINE_MS);
		if (l->is_busy)
			l->events->closed(l->arg);
		if (c->is_busy)
			c->events->closed(c->arg);
		ck_assert_uint_eq(askers[0].n_gone, 0);
		close_updates();
	}
}
END_TEST

/* Two wait for the turn that the first one has. */
static void two_wait(const char *older, const char *newer)
{
	begin_change(0, ASK_HOME);
	changes[1].waits = true;
	begin_change(1, older);
	changes[2].waits = true;
	begin_change(2, newer);
}

START_TEST(of_those_that_wait_and_change_the_same_the_newest_goes_alone)
{
	static const struct {
		const char *older, *newer;
		bool is_includer;
		bool follows;
	} rows[] = {
		{ASK_HOME, ASK_HOME, true, true},
		{ASK_HOME, ASK_HOME, false, false},
		/* One family more, or less. */
		{ASK_HOME, ASK_HOME ",2a02::1", true, true},
		{ASK_HOME ",2a02::1", ASK_HOME, true, false},
		{"hostname=" HOME "&myip=2a02::1", ASK_HOME, true, false},
		/* What its zone does not take of the newer one changes nothing. */
		{"hostname=" HOME "&myip=2a02::1", ASK_HOME ",fd00::1", true, false},
		{ASK_HOME ",fd00::1", ASK_HOME, true, true},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_updates();
		two_wait(rows[i].older, rows[i].newer);
		is_includer = rows[i].is_includer;
		changes[2].events->waiting(changes[2].arg);
		/* Who has its turn already goes its own way, even if it is the oldest. */
		ck_assert_uint_eq(changes[0].n_dropped, 0);
		ck_assert_msg(changes[1].n_dropped == (rows[i].follows ? 1 : 0), "row %zu", i);
		ck_assert_uint_eq(changes[2].n_dropped, 0);
		decide(0, DYNDNS_GOOD, DYNDNS_911);
		ck_assert_uint_eq(askers[1].n_answers, 0);
		decide(2, DYNDNS_GOOD, DYNDNS_911);
		ck_assert_uint_eq(askers[1].n_answers, rows[i].follows ? 1 : 0);
		kit_advance(DEADLINE_MS);
		expect(1, "good");
		close_updates();
	}
}
END_TEST

START_TEST(who_follows_gets_the_answer_of_the_newer_one)
{
	static const struct {
		enum dyndns_code newer;
		const char *older;
	} rows[] = {
		{DYNDNS_GOOD, "good"}, {DYNDNS_NOCHG, "good"},	  {DYNDNS_DNSERR, "dnserr"},
		{DYNDNS_911, "911"},   {DYNDNS_NOHOST, "nohost"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_updates();
		two_wait(ASK_HOME, "hostname=" SECOND "," HOME "&myip=81.2.69.1");
		is_includer = true;
		changes[2].events->waiting(changes[2].arg);
		/* Its line of the newer one's two. */
		decide(2, DYNDNS_DNSERR, rows[i].newer);
		ck_assert_msg(strcmp(askers[1].words, rows[i].older) == 0, "row %zu: %s", i,
			      askers[1].words);
		ck_assert_uint_eq(askers[1].n_gone, 1);
		decide(0, DYNDNS_GOOD, DYNDNS_911);
		close_updates();
	}
}
END_TEST

/* The newer one is refused as a whole: so is who follows. */
START_TEST(who_follows_one_that_is_refused_is_told_the_same)
{
	open_updates();
	two_wait(ASK_HOME, ASK_HOME);
	is_includer = true;
	changes[2].events->waiting(changes[2].arg);
	changes[2].events->outdated(changes[2].arg);
	found(2, LOGIN_WRONG, ACCOUNTS_FRESH, NULL);
	expect(2, "badauth");
	expect(1, "badauth");
	decide(0, DYNDNS_GOOD, DYNDNS_911);
	close_updates();
}
END_TEST

START_TEST(who_follows_has_its_own_deadline)
{
	open_updates();
	begin_change(0, ASK_HOME);
	changes[1].waits = true;
	begin_change(1, ASK_HOME);
	kit_advance(1000);
	changes[2].waits = true;
	is_includer = true;
	begin_change(2, ASK_HOME);
	ck_assert_uint_eq(changes[1].n_dropped, 1);
	decide(0, DYNDNS_GOOD, DYNDNS_911);
	kit_advance(DEADLINE_MS - 1000);
	expect(1, "911");
	ck_assert_uint_eq(askers[2].n_answers, 0);
	decide(2, DYNDNS_GOOD, DYNDNS_911);
	expect(2, "good");
	ck_assert_uint_eq(askers[1].n_answers, 1);
	close_updates();
}
END_TEST

START_TEST(each_is_found_by_the_number_of_its_request)
{
	struct due_item *item;

	open_updates();
	askers[0].request.id = 7;
	askers[1].request.id = 8;
	ck_assert_int_eq(begin(0, ASK_HOME), 0);
	ck_assert_int_eq(begin(1, ASK_HOME), 0);
	item = due_list_first(&deadlines.list);
	ck_assert(update_has_id(item, 7) && !update_has_id(item, 8));
	item = due_list_next(item);
	ck_assert(!update_has_id(item, 7) && update_has_id(item, 8));
	kit_advance(2 * DEADLINE_MS);
	close_updates();
}
END_TEST

START_TEST(what_cannot_be_begun_leaves_nothing)
{
	int err;

	open_updates();
	login_err = ERR_NOMEM;
	ck_assert_int_eq(begin(0, ASK_HOME), ERR_NOMEM);
	login_err = 0;
	begin_err = ERR_UNAVAILABLE;
	ck_assert_int_eq(begin(0, ASK_HOME), ERR_UNAVAILABLE);
	ck_assert(logins[0].is_ended);
	begin_err = 0;
	fake_malloc_fail_at(1);
	err = update_new(&parts, &events, &askers[0], &askers[0].request, 0, on_answer, &askers[0]);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	kit_advance(2 * DEADLINE_MS);
	ck_assert_uint_eq(askers[0].n_answers + askers[0].n_gone + n_reports, 0);
	close_updates();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_a_plan_notes_is_told_of,
		names_are_converted_only_for_those_whose_password_is_right,
		a_braked_client_is_told_when_to_come_again,
		a_host_that_changed_too_often_is_told_when_to_come_again,
		an_update_counts_once_however_often_it_is_planned,
		what_the_login_says_and_where_from,
		memory_refuses_no_host,
		each_line_gets_what_became_of_its_host,
		nobody_is_told_of_success_before_the_lan_is_stored,
		an_update_whose_lan_cannot_be_stored_has_failed,
		what_failed_is_911_and_the_other_lines_stay,
		the_history_is_told_of_what_the_store_may_hold,
		an_outdated_plan_is_made_anew_some_times,
		at_the_deadline_what_is_known_is_answered,
		it_is_gone_once_both_are_idle,
		when_the_engine_is_closed_nobody_is_told_that_it_is_gone,
		of_those_that_wait_and_change_the_same_the_newest_goes_alone,
		who_follows_gets_the_answer_of_the_newer_one,
		who_follows_one_that_is_refused_is_told_the_same,
		who_follows_has_its_own_deadline,
		each_is_found_by_the_number_of_its_request,
		what_cannot_be_begun_leaves_nothing,
	};

	return unit_run("update", tests, N_ELEMENTS(tests));
}
