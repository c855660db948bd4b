/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/notices.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "base/clock.h"
#include "base/metric.h"
#include "base/rand.h"
#include "conf/conf.h"
#include "engine/engine.h"
#include "engine/news.h"
#include "notify/heartbeat.h"
#include "notify/notify.h"
#include "notify/notify_target.h"
#include "notify/recent.h"
#include "ops/backend.h"
#include "ops/certificates.h"
#include "ops/silence.h"
#include "ops/status_place.h"
#include "ops/targets.h"
#include "store/store.h"

enum { HOLDER_BYTES = NOTICE_HOLDER_MAX / 2, SECONDS_PER_HOUR = 3600 };
/* The name of a machine, a blank, the path of a socket. */
enum { DAEMON_MAX = HOST_NAME_MAX + sizeof(" ") + sizeof(((struct sockaddr_un *)NULL)->sun_path) };
/* With what it is about. */
enum { OWN_MAX = DAEMON_MAX + EVENT_TEXT_MAX };

struct notices {
	uv_loop_t *loop;
	const struct conf *conf;
	struct engine_news news;
	char daemon[DAEMON_MAX]; /* which one of all this is, also after a restart */
	struct notify_target *targets[CONF_NOTIFIES_MAX]; /* those of notify, which closes them */
	struct notify *notify;				  /* NULL: there is no section notify */
	struct heartbeats *heartbeats;			  /* NULL: no section heartbeat */
	struct silence *silence;			  /* NULL: nobody is to know of it */
	const struct engine *engine;			  /* NULL: not started */
	const struct certificates *certificates;	  /* NULL: there is no HTTPS */
	/* What was told. Those of strangers, who can make up any number, push out nobody else's. */
	struct recent recent, strangers;
	struct recent told_certificates;
	bool is_late;	       /* it was told */
	bool reload_failed[4]; /* the same, in the order of the table below */
	uv_timer_t watch, drain;
	void (*drained)(void *arg);
	void *drained_arg;
};

/* ---------------------------------------------------------------- the engine's news */

static bool on_wants_changes(void *arg, const struct fqdn *name)
{
	const struct notices *n = arg;

	return notify_wants(n->notify, CONF_EVENT_ADDRESS_CHANGED, name->text);
}

static void set_names(struct event *e, const char *user, const struct fqdn *name)
{
	str_copy(e->user, sizeof(e->user), slice_of(user));
	if (name != NULL)
		str_copy(e->host, sizeof(e->host), (struct slice){name->text, name->len});
	e->at_s = clock_wall_s();
}

static void set_change_text(struct event *e)
{
	if (e->new[0] == '\0')
		event_set_text(e, "%s has no address any more%s%s", e->host,
			       e->old[0] != '\0' ? ", it was " : "", e->old);
	else
		event_set_text(e, "%s is now at %s%s%s", e->host, e->new,
			       e->old[0] != '\0' ? ", it was at " : "", e->old);
}

static int on_address_changed(void *arg, const struct engine_change *c, store_done_fn *done,
			      void *done_arg)
{
	struct notices *n = arg;
	struct event e = {.kind = CONF_EVENT_ADDRESS_CHANGED};
	char made[EVENT_ADDRS_MAX + sizeof(" -9223372036854775808")];
	int err;

	set_names(&e, c->user, c->name);
	event_set_addrs(e.old, &c->old);
	event_set_addrs(e.new, &c->new);
	set_change_text(&e);
	snprintf(made, sizeof(made), "%s %" PRId64, e.new, c->before_s);
	err = event_set_id(&e, made, c->mark);
	return err == 0 ? notify_tell(n->notify, &e, done, done_arg) : err;
}

/* The hour is part of the id, so that a daemon that is started again tells nobody twice of it.
 * False: it was told within the hour, so that what lasts is to be said again. */
static bool say_hourly(struct notices *n, struct recent *recent, struct event *e, const char *made)
{
	const uint64_t hour = (uint64_t)clock_wall_s() / SECONDS_PER_HOUR;
	char key[RECENT_ID_MAX + 1];

	if (!notify_wants(n->notify, e->kind, e->host))
		return true;
	if (event_set_id(e, made, 0) != 0)
		return false;
	str_copy(key, sizeof(key), slice_of(e->id));
	if (!recent_takes(recent, key, clock_mono_ms(), NOTICES_AGAIN_MS) ||
	    event_set_id(e, made, hour) != 0)
		return false;
	notify_say(n->notify, e);
	return true;
}

static void on_name_refused(void *arg, const char *user, const struct fqdn *name,
			    const struct addr_pair *want)
{
	struct notices *n = arg;
	struct event e = {.kind = CONF_EVENT_NAME_REFUSED};

	set_names(&e, user, name);
	event_set_addrs(e.new, want);
	event_set_text(&e, "the DNS refuses %s with the address %s", e.host, e.new);
	say_hourly(n, &n->recent, &e, e.new);
}

static void on_logins_refused(void *arg, const char *user, const struct addr *client)
{
	struct notices *n = arg;
	struct event e = {.kind = CONF_EVENT_LOGINS_REFUSED};
	char shown[EVENT_USER_MAX + 1], addr[ADDR_TEXT_MAX];

	set_names(&e, str_printable(shown, sizeof(shown), slice_of(user)), NULL);
	event_set_text(&e, "logins as %s are refused again and again, the last one from %s", e.user,
		       addr_format(client, addr));
	say_hourly(n, &n->strangers, &e, "");
}

static void on_accepted(void *arg, const struct fqdn *name)
{
	const struct notices *n = arg;

	heartbeats_beat(n->heartbeats, name);
}

/* ---------------------------------------------------------------- what is watched */

/* Of what is of the daemon each tells its own: the id is no other one's. */
static const char *make_own(const struct notices *n, const char *what, char out[OWN_MAX])
{
	snprintf(out, OWN_MAX, "%s %s", n->daemon, what);
	return out;
}

static void watch_publications(struct notices *n)
{
	struct event e = {.kind = CONF_EVENT_PUBLICATION_LATE, .at_s = clock_wall_s()};
	struct engine_stats stats;
	char made[OWN_MAX];

	engine_stats(n->engine, &stats);
	if (stats.oldest_ms < NOTICES_LATE_MS) {
		n->is_late = false;
		return;
	}
	if (n->is_late)
		return;
	event_set_text(&e, "%zu change%s for DNS, the oldest for %d minutes", stats.queued,
		       stats.queued == 1 ? " waits" : "s wait", (int)(stats.oldest_ms / 60000));
	n->is_late = say_hourly(n, &n->recent, &e, make_own(n, "", made));
}

static void on_certificate_due(void *arg, const char *path, int64_t end_s)
{
	struct notices *n = arg;
	const int64_t now_s = clock_wall_s();
	struct event e = {.kind = CONF_EVENT_CERTIFICATE_ENDING, .at_s = now_s};
	const int days = (int)((end_s - now_s) / (24 * SECONDS_PER_HOUR));
	char what[EVENT_TEXT_MAX], made[OWN_MAX];

	if (end_s <= now_s)
		event_set_text(&e, "the certificate has expired: %s", path);
	else
		event_set_text(&e,
			       "less than a third of the certificate's time is left, it ends in %d "
			       "day%s: %s",
			       days, days == 1 ? "" : "s", path);
	/* Of one certificate once: the next has another end. */
	snprintf(what, sizeof(what), "%s%s", end_s <= now_s ? "over " : "", path);
	if (event_set_id(&e, make_own(n, what, made), (uint64_t)end_s) == 0 &&
	    recent_takes(&n->told_certificates, e.id, clock_mono_ms(), INT64_MAX / 2))
		notify_say(n->notify, &e);
}

static void watch_reloads(struct notices *n)
{
	static const struct {
		enum metric metric;
		const char *what;
	} rows[] = {
		{METRIC_RELOAD_FAILED_CONFIGURATION, "the configuration"},
		{METRIC_RELOAD_FAILED_CERTIFICATES, "a certificate"},
		{METRIC_RELOAD_FAILED_PEPPERS, "the file of peppers"},
		{METRIC_RELOAD_FAILED_TARGETS, "a secret of a target"},
	};
	char made[OWN_MAX];
	size_t i;

	_Static_assert(sizeof(rows) / sizeof(rows[0]) ==
			       sizeof(n->reload_failed) / sizeof(n->reload_failed[0]),
		       "one for each");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct event e = {.kind = CONF_EVENT_RELOAD_FAILED, .at_s = clock_wall_s()};

		if (metric_get(rows[i].metric) == 0) {
			n->reload_failed[i] = false;
		} else if (!n->reload_failed[i]) {
			event_set_text(&e,
				       "%s cannot be read again, and the one in use stays: the log "
				       "says why",
				       rows[i].what);
			n->reload_failed[i] =
				say_hourly(n, &n->recent, &e, make_own(n, rows[i].what, made));
		}
	}
}

static void on_watch(uv_timer_t *timer)
{
	struct notices *n = timer->data;

	watch_publications(n);
	certificates_each_due(n->certificates, clock_wall_s(), on_certificate_due, n);
	watch_reloads(n);
	uv_timer_start(&n->watch, on_watch, NOTICES_WATCH_MS, 0);
}

/* ---------------------------------------------------------------- its beginning */

static void say_restarted(struct notices *n)
{
	struct event e = {.kind = CONF_EVENT_RESTARTED, .at_s = clock_wall_s()};
	char made[OWN_MAX];

	event_set_text(&e, "mooringd was started again after it had not ended by itself");
	if (event_set_id(&e, make_own(n, "", made), (uint64_t)e.at_s) == 0)
		notify_say(n->notify, &e);
}

void notices_start(struct notices *n, const struct engine *engine,
		   const struct certificates *certificates, bool was_crash)
{
	if (n == NULL)
		return;
	n->engine = engine;
	n->certificates = certificates;
	if (n->notify == NULL)
		return;
	notify_start(n->notify);
	if (was_crash)
		say_restarted(n);
	silence_start(n->silence, engine_view(engine));
	uv_timer_start(&n->watch, on_watch, NOTICES_WATCH_MS, 0);
}

static int open_notify(struct notices *n, struct backends *b, struct errinfo *ei)
{
	struct deliveries_parts parts = {
		.store = store_has_notices(b->store) ? b->store : NULL,
		.confs = n->conf->notifies,
		.targets = n->targets,
		.n = n->conf->n_notifies,
	};
	unsigned char random[HOLDER_BYTES];
	size_t i;
	int err = targets_open(n->loop, n->conf, b, n->targets, ei);

	if (err != 0)
		return err;
	rand_bytes(random, sizeof(random));
	str_hex(parts.holder, random, sizeof(random));
	err = notify_new(n->loop, &parts, &n->notify);
	if (err == 0)
		err = silence_new(n->loop, n->conf, b->store, n->notify, &n->silence);
	for (i = 0; err != 0 && n->notify == NULL && i < parts.n; i++)
		notify_target_close(n->targets[i]);
	return err == 0 ? 0 : err_set(ei, err, "%s", err_str(err));
}

/* Of two on one machine each has a socket of its own. What is not known is nobody's trouble. */
static void note_daemon(struct notices *n)
{
	char machine[HOST_NAME_MAX + 1] = "";
	struct sockaddr_un place = {.sun_family = AF_UNIX};

	if (gethostname(machine, sizeof(machine)) != 0)
		machine[0] = '\0';
	status_place_of_daemon(n->conf, &place, NULL);
	snprintf(n->daemon, sizeof(n->daemon), "%s %s", machine, place.sun_path);
}

int notices_open(struct uv_loop_s *loop, const struct conf *conf, struct backends *b,
		 struct notices **ret, struct errinfo *ei)
{
	struct notices *n;
	int err = 0;

	if (conf->n_notifies + conf->n_heartbeats == 0)
		return 0;
	n = calloc(1, sizeof(*n));
	if (n == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	n->loop = loop;
	n->conf = conf;
	n->news = (struct engine_news){n,
				       on_wants_changes,
				       on_address_changed,
				       on_name_refused,
				       on_logins_refused,
				       on_accepted};
	uv_timer_init(loop, &n->watch); /* cannot fail */
	uv_timer_init(loop, &n->drain);
	n->watch.data = n->drain.data = n;
	note_daemon(n);
	*ret = n;
	if (conf->n_notifies > 0)
		err = open_notify(n, b, ei);
	if (err == 0 && conf->n_heartbeats > 0)
		err = heartbeats_new(loop, conf, &n->heartbeats, ei);
	return err;
}

const struct engine_news *notices_news(const struct notices *n)
{
	return n != NULL ? &n->news : NULL;
}

const struct notify *notices_notify(const struct notices *n)
{
	return n != NULL ? n->notify : NULL;
}

int notices_reread(struct notices *n, struct errinfo *ei)
{
	return n != NULL ? targets_reread(n->conf, n->targets, n->heartbeats, ei) : 0;
}

/* ---------------------------------------------------------------- its end */

static void end_drain(void *arg)
{
	struct notices *n = arg;
	void (*drained)(void *arg) = n->drained;

	uv_timer_stop(&n->drain);
	n->drained = NULL;
	if (drained != NULL)
		drained(n->drained_arg);
}

static void on_drain_late(uv_timer_t *timer)
{
	end_drain(timer->data);
}

void notices_drain(struct notices *n, unsigned timeout_ms, void (*done)(void *arg), void *arg)
{
	n->drained = done;
	n->drained_arg = arg;
	uv_timer_stop(&n->watch);
	silence_stop(n->silence);
	uv_timer_start(&n->drain, on_drain_late, n->notify != NULL ? timeout_ms : 0, 0);
	if (n->notify != NULL)
		notify_drain(n->notify, end_drain, n);
}

void notices_close(struct notices *n)
{
	if (n == NULL)
		return;
	n->drained = NULL;
	silence_close(n->silence);
	notify_close(n->notify);
	heartbeats_close(n->heartbeats);
	n->notify = NULL;
	n->heartbeats = NULL;
	uv_close((uv_handle_t *)&n->watch, NULL);
	uv_close((uv_handle_t *)&n->drain, NULL);
}

void notices_free(struct notices *n)
{
	if (n == NULL)
		return;
	silence_free(n->silence);
	free(n);
}
