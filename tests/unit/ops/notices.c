/* SPDX-License-Identifier: BSD-2-Clause
 * What the engine tells, and what is watched, becomes events. */
#include "ops/notices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/metric.h"
#include "engine/engine.h"
#include "engine/news.h"
#include "kit/engine_kit.h"
#include "kit/notify_kit.h"
#include "notify/digest.h"
#include "notify/heartbeat.h"
#include "notify/notify.h"
#include "notify/recent.h"
#include "ops/backend.h"
#include "ops/certificates.h"
#include "ops/targets.h"

static struct conf *conf;
static struct notices *notices;
static const struct engine_news *news;
static struct engine_stats stats;
static unsigned n_beats, n_told;
static bool is_drained;
static const char *machine = "", *status_socket = "";

int gethostname(char *name, size_t len)
{
	return str_copy(name, len, slice_of(machine)) == 0 ? 0 : -1;
}

void engine_stats(const struct engine *e, struct engine_stats *ret)
{
	(void)e;
	*ret = stats;
}

const struct view *engine_view(const struct engine *e)
{
	(void)e;
	return NULL;
}

/* When each of two certificates ends that are due; 0: it is not. */
static int64_t ends_s[2];

void certificates_each_due(const struct certificates *c, int64_t now_s, http_tls_due_fn *tell,
			   void *arg)
{
	static const char *const paths[] = {"/etc/one.pem", "/etc/two.pem"};
	size_t i;

	(void)c;
	ck_assert_int_eq(now_s, clock_wall_s());
	for (i = 0; i < N_ELEMENTS(ends_s); i++)
		if (ends_s[i] != 0)
			tell(arg, paths[i], ends_s[i]);
}

int targets_open(struct uv_loop_s *loop, const struct conf *c, struct backends *b,
		 struct notify_target **ret, struct errinfo *ei)
{
	(void)loop;
	(void)b;
	(void)ei;
	ck_assert_uint_eq(c->n_notifies, 1);
	ret[0] = &notify_kit_targets[0].base;
	return 0;
}

int targets_reread(const struct conf *c, struct notify_target *const *targets,
		   struct heartbeats *heartbeats, struct errinfo *ei)
{
	ck_assert(c == conf && targets[0] == &notify_kit_targets[0].base);
	ck_assert_ptr_eq(heartbeats, &n_beats);
	return err_set(ei, ERR_IO, "the file is gone");
}

int heartbeats_new(struct uv_loop_s *loop, const struct conf *c, struct heartbeats **ret,
		   struct errinfo *ei)
{
	(void)loop;
	(void)c;
	(void)ei;
	*ret = (struct heartbeats *)&n_beats;
	return 0;
}

void heartbeats_beat(struct heartbeats *h, const struct fqdn *host)
{
	ck_assert(h == NULL || h == (struct heartbeats *)&n_beats);
	ck_assert_str_eq(host->text, "a.example.com");
	n_beats += h != NULL;
}

void heartbeats_close(struct heartbeats *h)
{
	(void)h;
}

static char words[][32] = {"address-changed",  "logins-refused",     "name-refused",
			   "publication-late", "certificate-ending", "reload-failed",
			   "restarted"};

static void open_notices(size_t n_heartbeats, bool was_crash)
{
	struct backends b = {.store = NULL};
	struct errinfo ei = ERRINFO_INIT;
	size_t i;

	notify_kit_open();
	conf = calloc(1, sizeof(*conf));
	ck_assert_ptr_nonnull(conf);
	conf->n_notifies = 1;
	conf->n_heartbeats = n_heartbeats;
	conf->notifies[0] = notify_kit_confs[0];
	conf->notifies[0].events.n = N_ELEMENTS(words);
	for (i = 0; i < N_ELEMENTS(words); i++)
		conf->notifies[0].events.at[i] = words[i];
	conf->status_socket = strdup(status_socket);
	ck_assert_ptr_nonnull(conf->status_socket);
	b.store = notify_kit_store;
	memset(&stats, 0, sizeof(stats));
	ends_s[0] = ends_s[1] = 0;
	metric_set(METRIC_RELOAD_FAILED_CONFIGURATION, 0);
	n_beats = n_told = 0;
	is_drained = false;
	ck_assert_int_eq(notices_open(&kit_loop, conf, &b, &notices, &ei), 0);
	news = notices_news(notices);
	ck_assert_ptr_nonnull(news);
	ck_assert_ptr_nonnull(notices_notify(notices));
	notices_start(notices, NULL, NULL, was_crash);
}

static void close_notices(void)
{
	notices_close(notices);
	/* The other one was never opened. */
	notify_kit_close();
	notices_free(notices);
	free(conf->status_socket);
	free(conf);
}

static const struct notify_kit_sent *sent(size_t n)
{
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, n);
	return &notify_kit_targets[0].sent[n - 1];
}

static void on_told(void *arg, int err, const struct errinfo *why)
{
	(void)arg;
	(void)why;
	ck_assert_int_eq(err, 0);
	n_told++;
}

static void change(const char *old, const char *new, uint64_t mark)
{
	const struct fqdn name = value_name("a.example.com");
	const struct engine_change c = {.user = "router",
					.name = &name,
					.old = value_pair(old, NULL),
					.new = value_pair(new, NULL),
					.mark = mark};

	ck_assert(news->wants_changes(news->arg, &name));
	ck_assert_int_eq(news->changed(news->arg, &c, on_told, NULL), 0);
	kit_advance(100);
}

START_TEST(a_changed_address_is_a_sentence_and_an_id_of_its_own)
{
	char id[NOTICE_ID_MAX + 1];

	open_notices(0, false);
	change(NULL, "192.0.2.1", 5);
	ck_assert_str_eq(sent(1)->text, "a.example.com is now at 192.0.2.1");
	strcpy(id, sent(1)->id);
	change("192.0.2.9", "192.0.2.1", 5);
	ck_assert_str_eq(sent(2)->text, "a.example.com is now at 192.0.2.1, it was at 192.0.2.9");
	ck_assert_str_eq(sent(2)->id, id);
	change("192.0.2.9", "192.0.2.1", 6);
	ck_assert_str_ne(sent(3)->id, id);
	change("192.0.2.1", NULL, 7);
	ck_assert_str_eq(sent(4)->text, "a.example.com has no address any more, it was 192.0.2.1");
	ck_assert_uint_eq(n_told, 4);
	close_notices();
}
END_TEST

#define LABEL "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"

/* Of a sentence that is cut the last address could be another one. */
START_TEST(the_longest_name_and_all_addresses_have_room)
{
	static const char longest[] =
		LABEL "." LABEL "." LABEL ".aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeee."
		      "example.com";
	const struct fqdn name = value_name(longest);
	const struct engine_change c = {
		.user = "router",
		.name = &name,
		.old = value_pair("198.51.100.101", "2001:db8:1001:1002:1003:1004:1005:1006"),
		.new = value_pair("198.51.100.102", "2001:db8:2001:2002:2003:2004:2005:2006"),
	};

	ck_assert_uint_eq(name.len, FQDN_TEXT_MAX);
	open_notices(0, false);
	ck_assert_int_eq(news->changed(news->arg, &c, on_told, NULL), 0);
	kit_advance(100);
	ck_assert_str_eq(strstr(sent(1)->text, ".com") + 4,
			 " is now at 198.51.100.102 2001:db8:2001:2002:2003:2004:2005:2006, it was "
			 "at 198.51.100.101 2001:db8:1001:1002:1003:1004:1005:1006");
	news->name_refused(news->arg, "router", &name, &c.new);
	kit_advance(100);
	ck_assert_str_eq(strstr(sent(2)->text, ".com") + 4,
			 " with the address 198.51.100.102 2001:db8:2001:2002:2003:2004:2005:2006");
	close_notices();
}
END_TEST

START_TEST(what_is_refused_again_and_again_is_told_once_an_hour)
{
	const struct fqdn name = value_name("a.example.com");
	const struct addr_pair want = value_pair("192.0.2.1", NULL);
	const struct addr client = value_addr("192.0.2.7");
	int i;

	open_notices(0, false);
	for (i = 0; i < 3; i++)
		news->name_refused(news->arg, "router", &name, &want);
	kit_advance(1000);
	ck_assert_str_eq(sent(1)->kind, "name-refused");
	ck_assert_str_eq(sent(1)->text, "the DNS refuses a.example.com with the address 192.0.2.1");
	for (i = 0; i < 3; i++)
		news->logins_refused(news->arg, "rou\tter", &client);
	kit_advance(1000);
	ck_assert_str_eq(sent(2)->kind, "logins-refused");
	ck_assert_str_eq(sent(2)->text,
			 "logins as rou\\x09ter are refused again and again, the last "
			 "one from 192.0.2.7");
	kit_advance(NOTICES_AGAIN_MS);
	news->name_refused(news->arg, "router", &name, &want);
	kit_advance(1000);
	ck_assert_str_ne(sent(3)->id, notify_kit_targets[0].sent[0].id);
	close_notices();
}
END_TEST

START_TEST(a_late_publication_is_told_when_it_comes_to_that)
{
	open_notices(0, false);
	stats.oldest_ms = NOTICES_LATE_MS - 1;
	kit_advance(2 * NOTICES_WATCH_MS);
	ck_assert_uint_eq(notify_kit_targets[0].n_sent, 0);
	stats.oldest_ms = NOTICES_LATE_MS;
	stats.queued = 12;
	kit_advance(3 * NOTICES_WATCH_MS);
	ck_assert_str_eq(sent(1)->kind, "publication-late");
	ck_assert_str_eq(sent(1)->text, "12 changes wait for DNS, the oldest for 5 minutes");
	stats.oldest_ms = 0;
	kit_advance(NOTICES_AGAIN_MS);
	stats.oldest_ms = 2 * NOTICES_LATE_MS;
	stats.queued = 1;
	kit_advance(NOTICES_WATCH_MS + 1000);
	ck_assert_str_eq(sent(2)->text, "1 change waits for DNS, the oldest for 10 minutes");
	close_notices();
}
END_TEST

START_TEST(what_is_late_again_within_the_hour_is_told_when_that_is_over)
{
	open_notices(0, false);
	stats.queued = 2;
	stats.oldest_ms = NOTICES_LATE_MS;
	kit_advance(NOTICES_WATCH_MS + 1000);
	sent(1);
	stats.oldest_ms = 0;
	kit_advance(NOTICES_WATCH_MS);
	stats.oldest_ms = NOTICES_LATE_MS;
	kit_advance(NOTICES_AGAIN_MS - 5 * NOTICES_WATCH_MS);
	sent(1);
	kit_advance(5 * NOTICES_WATCH_MS);
	ck_assert_str_eq(sent(2)->kind, "publication-late");
	kit_advance(2 * NOTICES_AGAIN_MS);
	sent(2);
	close_notices();
}
END_TEST

START_TEST(a_certificate_that_ends_is_told_once_and_when_it_is_over)
{
	open_notices(0, false);
	ends_s[0] = clock_wall_s() + 86400 + 3600;
	kit_advance(10 * NOTICES_WATCH_MS);
	ck_assert_str_eq(sent(1)->kind, "certificate-ending");
	ck_assert_str_eq(sent(1)->text, "less than a third of the certificate's time is left, it "
					"ends in 1 day: /etc/one.pem");
	/* Another one, also if it ends at the same moment. */
	ends_s[1] = ends_s[0];
	kit_advance(10 * NOTICES_WATCH_MS);
	ck_assert_ptr_nonnull(strstr(sent(2)->text, ": /etc/two.pem"));
	ck_assert_str_ne(sent(2)->id, notify_kit_targets[0].sent[0].id);
	ends_s[1] = 0;
	ends_s[0] = clock_wall_s() - 1;
	kit_advance(2 * NOTICES_WATCH_MS);
	ck_assert_str_eq(sent(3)->text, "the certificate has expired: /etc/one.pem");
	close_notices();
}
END_TEST

START_TEST(a_reload_that_failed_is_told)
{
	open_notices(0, false);
	metric_set(METRIC_RELOAD_FAILED_CONFIGURATION, 1);
	kit_advance(3 * NOTICES_WATCH_MS);
	ck_assert_str_eq(sent(1)->kind, "reload-failed");
	ck_assert_ptr_nonnull(strstr(sent(1)->text, "the configuration cannot be read again"));
	close_notices();
}
END_TEST

START_TEST(secrets_of_targets_are_read_again)
{
	struct errinfo ei = ERRINFO_INIT;

	open_notices(1, false);
	ck_assert_int_eq(notices_reread(notices, &ei), ERR_IO);
	ck_assert_str_eq(ei.text, "the file is gone");
	metric_set(METRIC_RELOAD_FAILED_TARGETS, 1);
	kit_advance(2 * NOTICES_WATCH_MS);
	ck_assert_ptr_nonnull(strstr(sent(1)->text, "a secret of a target cannot be read again"));
	metric_set(METRIC_RELOAD_FAILED_TARGETS, 0);
	close_notices();
	ck_assert_int_eq(notices_reread(NULL, &ei), 0);
}
END_TEST

START_TEST(a_reload_that_fails_again_within_the_hour_is_told_when_that_is_over)
{
	open_notices(0, false);
	metric_set(METRIC_RELOAD_FAILED_CONFIGURATION, 1);
	kit_advance(NOTICES_WATCH_MS + 1000);
	sent(1);
	metric_set(METRIC_RELOAD_FAILED_CONFIGURATION, 0);
	kit_advance(NOTICES_WATCH_MS);
	metric_set(METRIC_RELOAD_FAILED_CONFIGURATION, 1);
	kit_advance(NOTICES_AGAIN_MS - 5 * NOTICES_WATCH_MS);
	sent(1);
	kit_advance(5 * NOTICES_WATCH_MS);
	ck_assert_str_eq(sent(2)->kind, "reload-failed");
	kit_advance(2 * NOTICES_AGAIN_MS);
	sent(2);
	close_notices();
}
END_TEST

START_TEST(strangers_push_nobody_out)
{
	const struct addr client = value_addr("192.0.2.7");
	char user[32];
	unsigned i;
	size_t n;

	open_notices(0, false);
	ends_s[0] = clock_wall_s() + 86400;
	kit_advance(NOTICES_WATCH_MS + 1000);
	ck_assert_str_eq(sent(1)->kind, "certificate-ending");
	for (i = 0; i < 2 * RECENT_MAX; i++) {
		snprintf(user, sizeof(user), "made-up%u", i);
		news->logins_refused(news->arg, user, &client);
	}
	change(NULL, "192.0.2.1", 5);
	kit_advance(3 * NOTICES_WATCH_MS);
	n = notify_kit_targets[0].n_sent;
	/* With a change and a digest. */
	ck_assert_uint_eq(n, 1 + DIGEST_APART + 2);
	for (i = 1; i < n; i++)
		ck_assert_str_ne(notify_kit_targets[0].sent[i].kind, "certificate-ending");
	close_notices();
}
END_TEST

START_TEST(a_start_after_a_crash_is_told)
{
	open_notices(0, true);
	kit_advance(1000);
	ck_assert_str_eq(sent(1)->kind, "restarted");
	close_notices();
}
END_TEST

/* The ids of all that is of the daemon, in the order of the looks. */
enum { OWN_EVENTS = 4 };

static void tell_own(char ids[OWN_EVENTS][NOTICE_ID_MAX + 1], const char *name, const char *socket)
{
	static const char *const kinds[OWN_EVENTS] = {"restarted", "publication-late",
						      "certificate-ending", "reload-failed"};
	size_t i;

	machine = name;
	status_socket = socket;
	open_notices(0, true);
	stats.oldest_ms = NOTICES_LATE_MS;
	ends_s[0] = clock_wall_s() + 86400;
	metric_set(METRIC_RELOAD_FAILED_CONFIGURATION, 1);
	kit_advance(2 * NOTICES_WATCH_MS);
	sent(OWN_EVENTS);
	for (i = 0; i < OWN_EVENTS; i++) {
		ck_assert_str_eq(notify_kit_targets[0].sent[i].kind, kinds[i]);
		strcpy(ids[i], notify_kit_targets[0].sent[i].id);
	}
	close_notices();
}

/* In the same second and hour: each of them begins at the same time of the kit's. */
START_TEST(what_is_of_the_daemon_has_an_id_that_is_no_other_ones)
{
	char first[OWN_EVENTS][NOTICE_ID_MAX + 1], again[OWN_EVENTS][NOTICE_ID_MAX + 1],
		elsewhere[OWN_EVENTS][NOTICE_ID_MAX + 1], beside[OWN_EVENTS][NOTICE_ID_MAX + 1];
	size_t i;

	tell_own(first, "one.example.net", "/run/a.sock");
	tell_own(again, "one.example.net", "/run/a.sock");
	tell_own(elsewhere, "two.example.net", "/run/a.sock");
	tell_own(beside, "one.example.net", "/run/b.sock");
	for (i = 0; i < OWN_EVENTS; i++) {
		ck_assert_str_eq(again[i], first[i]);
		ck_assert_str_ne(elsewhere[i], first[i]);
		ck_assert_str_ne(beside[i], first[i]);
	}
	machine = status_socket = "";
}
END_TEST

START_TEST(an_accepted_update_is_a_heartbeat)
{
	const struct fqdn name = value_name("a.example.com");

	open_notices(1, false);
	news->accepted(news->arg, &name);
	ck_assert_uint_eq(n_beats, 1);
	close_notices();
}
END_TEST

static void on_drained(void *arg)
{
	(void)arg;
	is_drained = true;
}

START_TEST(a_drain_ends_in_time_whatever_the_store_does)
{
	open_notices(0, false);
	change(NULL, "192.0.2.1", 5);
	notices_drain(notices, 500, on_drained, NULL);
	ck_assert(!is_drained);
	kit_advance(500);
	ck_assert(is_drained);
	close_notices();
}
END_TEST

START_TEST(where_nobody_is_told_there_is_nothing)
{
	struct conf *empty = calloc(1, sizeof(*empty));
	struct notices *none = NULL;

	ck_assert_ptr_nonnull(empty);
	ck_assert_int_eq(notices_open(NULL, empty, NULL, &none, NULL), 0);
	ck_assert(none == NULL && notices_news(none) == NULL && notices_notify(none) == NULL);
	notices_start(none, NULL, NULL, true);
	notices_close(none);
	notices_free(none);
	free(empty);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_changed_address_is_a_sentence_and_an_id_of_its_own,
		the_longest_name_and_all_addresses_have_room,
		what_is_refused_again_and_again_is_told_once_an_hour,
		a_late_publication_is_told_when_it_comes_to_that,
		what_is_late_again_within_the_hour_is_told_when_that_is_over,
		a_certificate_that_ends_is_told_once_and_when_it_is_over,
		a_reload_that_failed_is_told,
		secrets_of_targets_are_read_again,
		a_reload_that_fails_again_within_the_hour_is_told_when_that_is_over,
		strangers_push_nobody_out,
		a_start_after_a_crash_is_told,
		what_is_of_the_daemon_has_an_id_that_is_no_other_ones,
		an_accepted_update_is_a_heartbeat,
		a_drain_ends_in_time_whatever_the_store_does,
		where_nobody_is_told_there_is_nothing,
	};

	return unit_run("notices", tests, N_ELEMENTS(tests));
}
