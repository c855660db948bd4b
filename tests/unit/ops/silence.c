/* SPDX-License-Identifier: BSD-2-Clause
 * Hosts of which nothing was heard for days. */
#include "ops/silence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/clock.h"
#include "base/err.h"
#include "conf/conf.h"
#include "engine/view.h"
#include "kit/engine_kit.h"
#include "kit/notify_kit.h"
#include "notify/notify.h"

enum { DAY_S = 86400, HOUR_MS = 3600000 };

/* What the engine knows, and what the store says of it. */
enum { HOSTS_MAX = 200 };

static struct view_host hosts[HOSTS_MAX];
static char names[HOSTS_MAX][32];
static size_t n_hosts;
static int64_t published_s;
static int lookup_err, begin_err;
static unsigned n_lookups, n_at_once, most_at_once;

bool view_tell(const struct view *v, struct view_place *place, size_t n, view_host_fn *fn,
	       void *arg)
{
	(void)v;
	for (; n > 0 && place->n_seen < n_hosts; n--)
		fn(arg, &hosts[place->n_seen++]);
	return place->n_seen < n_hosts;
}

struct lookup {
	store_lookup_fn *done;
	void *arg;
};

static void found(void *arg)
{
	struct lookup *l = arg;
	struct account *a = NULL;
	struct account_host *h;
	size_t i;

	if (lookup_err == 0) {
		ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
		for (i = 0; i < n_hosts; i++) {
			ck_assert_int_eq(account_add_host(a, hosts[i].name, NULL, &h, NULL), 0);
			h->state.time_s = published_s;
		}
	}
	n_at_once--;
	l->done(l->arg, lookup_err, a, NULL);
	free(l);
}

static int lookup(struct store *s, const char *user, store_lookup_fn *done, void *arg)
{
	struct lookup *l;

	(void)s;
	if (begin_err != 0)
		return begin_err;
	l = malloc(sizeof(*l));
	ck_assert_str_eq(user, "router");
	ck_assert_ptr_nonnull(l);
	*l = (struct lookup){done, arg};
	n_lookups++;
	n_at_once++;
	most_at_once = n_at_once > most_at_once ? n_at_once : most_at_once;
	kit_after(1, found, l);
	return 0;
}

static const struct store_ops store_ops = {.name = "kit", .lookup = lookup};
static struct store store = {&store_ops};
static struct conf *conf;
static struct notify *notify;
static struct silence *silence;

static void open_silence(unsigned days)
{
	struct deliveries_parts parts;
	size_t i;

	notify_kit_open();
	parts = notify_kit_parts("aa");
	parts.store = NULL;
	ck_assert_int_eq(notify_new(&kit_loop, &parts, &notify), 0);
	conf = calloc(1, sizeof(*conf));
	ck_assert_ptr_nonnull(conf);
	notify_kit_confs[0].silent_days = days;
	notify_kit_confs[1].silent_days = 30;
	for (i = 0; i < NOTIFY_KIT_TARGETS; i++)
		conf->notifies[conf->n_notifies++] = notify_kit_confs[i];
	n_lookups = n_at_once = most_at_once = 0;
	lookup_err = begin_err = 0;
	published_s = 0;
	n_hosts = 2;
	hosts[0] = (struct view_host){.user = "router", .name = slice_of("a.example.com")};
	hosts[1] = (struct view_host){.user = "router", .name = slice_of("never.example.com")};
	hosts[0].from = value_addr("192.0.2.7");
	silence = NULL;
	ck_assert_int_eq(silence_new(&kit_loop, conf, &store, notify, &silence), 0);
	ck_assert_ptr_nonnull(silence);
}

static void close_silence(void)
{
	silence_close(silence);
	notify_close(notify);
	notify_kit_close();
	silence_free(silence);
	free(conf);
}

START_TEST(a_silence_begins_once)
{
	static const struct {
		int64_t asked_s, after_s, until_s;
		unsigned days;
		bool began;
	} rows[] = {
		{0, 7 * DAY_S - 1, 7 * DAY_S, 7, true},
		{0, 7 * DAY_S, 7 * DAY_S + 1, 7, false},
		{0, 7 * DAY_S - 2, 7 * DAY_S - 1, 7, false},
		{100, DAY_S, 2 * DAY_S, 1, true},
		{100, 0, DAY_S, 1, false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(silence_began(rows[i].asked_s, rows[i].days, rows[i].after_s,
					    rows[i].until_s) == rows[i].began,
			      "row %zu", i);
}
END_TEST

START_TEST(a_host_is_told_once_to_whom_it_matters)
{
	struct notify_kit_target *t = &notify_kit_targets[0];

	open_silence(2);
	hosts[0].asked_s = clock_wall_s();
	silence_start(silence, NULL);
	kit_advance((int64_t)2 * DAY_S * 1000 - HOUR_MS);
	ck_assert_uint_eq(t->n_sent, 0);
	kit_advance(3 * HOUR_MS);
	ck_assert_uint_eq(t->n_sent, 1);
	ck_assert_str_eq(t->sent[0].kind, "host-silent");
	ck_assert_str_eq(t->sent[0].text,
			 "no update of a.example.com for 2 days; the last one came from 192.0.2.7");
	kit_advance((int64_t)2 * DAY_S * 1000);
	ck_assert_uint_eq(t->n_sent, 1);
	ck_assert_uint_eq(notify_kit_targets[1].n_sent, 0);
	ck_assert_uint_eq(n_lookups, 1);
	close_silence();
}
END_TEST

/* Of the host whose last request was so many seconds ago, and its last publication so many. */
static void tell_id_of(int64_t asked_s, int64_t ago_s, char id[NOTICE_ID_MAX + 1])
{
	open_silence(2);
	hosts[0].asked_s = clock_wall_s() - asked_s;
	published_s = clock_wall_s() - ago_s;
	silence_start(silence, NULL);
	kit_advance((int64_t)3 * DAY_S * 1000);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 1);
	strcpy(id, notify_kit_targets[0].sent[0].id);
	close_silence();
}

/* Of several daemons each saw another request last. */
START_TEST(one_silence_has_one_id_whoever_tells_it)
{
	char first[NOTICE_ID_MAX + 1], second[NOTICE_ID_MAX + 1];

	tell_id_of(600, 3600, first);
	tell_id_of(1200, 3600, second);
	ck_assert_str_eq(first, second);
	/* Another one, of a host that was published once more, or not for long. */
	tell_id_of(600, 1800, second);
	ck_assert_str_ne(first, second);
	tell_id_of(600, 3 * DAY_S, first);
	tell_id_of(1200, 3 * DAY_S, second);
	ck_assert_str_ne(first, second);
}
END_TEST

/* Whoever reads it would take it for an address of the host. */
START_TEST(a_pseudonym_is_told_to_nobody)
{
	open_silence(2);
	hosts[0].from = value_addr("247.0.2.7");
	hosts[0].asked_s = clock_wall_s();
	silence_start(silence, NULL);
	kit_advance((int64_t)2 * DAY_S * 1000 + 2 * HOUR_MS);
	ck_assert_str_eq(notify_kit_targets[0].sent[0].text,
			 "no update of a.example.com for 2 days");
	close_silence();
}
END_TEST

START_TEST(whoever_was_published_since_or_is_gone_is_not_silent)
{
	open_silence(2);
	hosts[0].asked_s = clock_wall_s();
	published_s = clock_wall_s() + DAY_S;
	silence_start(silence, NULL);
	kit_advance((int64_t)2 * DAY_S * 1000 + 2 * HOUR_MS);
	ck_assert_uint_eq(n_lookups, 1);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 0);
	hosts[0].asked_s = clock_wall_s();
	lookup_err = ERR_NOTFOUND;
	kit_advance((int64_t)2 * DAY_S * 1000 + 2 * HOUR_MS);
	ck_assert_uint_eq(n_lookups, 2);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 0);
	close_silence();
}
END_TEST

/* All of them asked for the last time at that moment. */
static void many_hosts(int64_t asked_s)
{
	for (n_hosts = 0; n_hosts < HOSTS_MAX; n_hosts++) {
		snprintf(names[n_hosts], sizeof(names[0]), "h%zu.example.com", n_hosts);
		hosts[n_hosts] = (struct view_host){.user = "router",
						    .name = slice_of(names[n_hosts]),
						    .asked_s = asked_s,
						    .from = value_addr("192.0.2.7")};
	}
}

START_TEST(all_of_many_that_fall_silent_at_once_are_told)
{
	open_silence(2);
	notify_kit_confs[0].per_minute = 2 * HOSTS_MAX;
	many_hosts(clock_wall_s());
	silence_start(silence, NULL);
	kit_advance((int64_t)2 * DAY_S * 1000 + 3 * HOUR_MS);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, HOSTS_MAX);
	ck_assert_uint_eq(n_lookups, HOSTS_MAX);
	ck_assert_uint_eq(most_at_once, SILENCE_SLICE);
	close_silence();
}
END_TEST

START_TEST(what_the_store_does_not_answer_is_asked_again)
{
	struct notify_kit_target *t = &notify_kit_targets[0];

	open_silence(2);
	notify_kit_confs[0].per_minute = 2 * HOSTS_MAX;
	many_hosts(clock_wall_s());
	silence_start(silence, NULL);
	kit_advance((int64_t)2 * DAY_S * 1000 - HOUR_MS);
	lookup_err = ERR_UNAVAILABLE;
	kit_advance(3 * HOUR_MS);
	ck_assert_uint_eq(t->n_sent, 0);
	lookup_err = 0;
	begin_err = ERR_LIMIT;
	kit_advance(3 * HOUR_MS);
	ck_assert_uint_eq(t->n_sent, 0);
	begin_err = 0;
	kit_advance(2 * SILENCE_TROUBLE_MS);
	ck_assert_uint_eq(t->n_sent, HOSTS_MAX);
	kit_advance((int64_t)2 * DAY_S * 1000);
	ck_assert_uint_eq(t->n_sent, HOSTS_MAX);
	close_silence();
}
END_TEST

START_TEST(what_fell_silent_while_no_daemon_ran_is_told)
{
	struct notify_kit_target *t = &notify_kit_targets[0];

	open_silence(2);
	/* It ran until three days ago, when the other host asked for the last time. */
	hosts[0].asked_s = clock_wall_s() - 4 * DAY_S;
	hosts[1].asked_s = clock_wall_s() - 3 * DAY_S;
	silence_start(silence, NULL);
	/* Who asks before the first look was not there before. */
	hosts[2] = (struct view_host){.user = "router",
				      .name = slice_of("new.example.com"),
				      .asked_s = clock_wall_s() + 1};
	n_hosts = 3;
	kit_advance(HOUR_MS);
	ck_assert_uint_eq(t->n_sent, 2);
	close_silence();
}
END_TEST

START_TEST(what_was_told_before_the_stop_is_not_told_again)
{
	open_silence(2);
	hosts[0].asked_s = clock_wall_s() - 3 * DAY_S;
	hosts[1].asked_s = clock_wall_s() - HOUR_MS / 1000;
	silence_start(silence, NULL);
	kit_advance(HOUR_MS);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 0);
	close_silence();
}
END_TEST

START_TEST(the_first_look_reaches_back_for_a_week)
{
	open_silence(2);
	n_hosts = 1;
	hosts[0].asked_s = clock_wall_s() - (int64_t)(SILENCE_BACK_DAYS + 2) * DAY_S - 1;
	silence_start(silence, NULL);
	kit_advance(HOUR_MS);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 0);
	close_silence();
}
END_TEST

START_TEST(where_nobody_wants_to_know_there_is_nothing)
{
	struct silence *none = NULL;
	struct conf *c = calloc(1, sizeof(*c));

	ck_assert_ptr_nonnull(c);
	c->n_notifies = 1;
	ck_assert_int_eq(silence_new(NULL, c, NULL, NULL, &none), 0);
	ck_assert_ptr_null(none);
	silence_start(none, NULL);
	silence_stop(none);
	silence_close(none);
	silence_free(none);
	free(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_silence_begins_once,
		a_host_is_told_once_to_whom_it_matters,
		one_silence_has_one_id_whoever_tells_it,
		a_pseudonym_is_told_to_nobody,
		whoever_was_published_since_or_is_gone_is_not_silent,
		all_of_many_that_fall_silent_at_once_are_told,
		what_the_store_does_not_answer_is_asked_again,
		what_fell_silent_while_no_daemon_ran_is_told,
		what_was_told_before_the_stop_is_not_told_again,
		the_first_look_reaches_back_for_a_week,
		where_nobody_wants_to_know_there_is_nothing,
	};

	return unit_run("silence", tests, N_ELEMENTS(tests));
}
