/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/daemon.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "account/pepper.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/diff.h"
#include "conf/load.h"
#include "dns/dns_server.h"
#include "engine/engine.h"
#include "engine/hashes.h"
#include "http/http_versions.h"
#include "http/server.h"
#include "http/tls.h"
#include "store/store.h"
#include "ops/status.h"
#include "ops/status_socket.h"
#include "ops/targets.h"
#include "ops/threads.h"
#include "ops/store_mode.h"
#include "ops/store_watch.h"
#include "ops/backends.h"
#include "ops/certificates.h"
#include "ops/emf.h"
#include "ops/logging.h"
#include "ops/notices.h"
#include "ops/pepper_file.h"
#include "ops/process.h"
#include "ops/pseudonym_file.h"
#include "ops/sd.h"
#include "ops/walls.h"
#include "ops/watchdog.h"

_Static_assert((int)HTTP_LISTENERS_MAX >= (int)CONF_FRONTS_MAX + 2 * (int)CONF_LISTEN_MAX,
	       "every address that the configuration can have");

enum { EXIT_IMPATIENT = 1 };
/* What a connection of DNS over TCP has left for its query when everything else is over. */
enum { DNS_GRACE_MS = 500 };
/* Bytes of the list of keys that HUP logs: what fits into a line of the log. */
enum { DIFF_MAX = LOG_LINE_MAX - 128 };

static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
enum { N_SIGNALS = sizeof(signals) / sizeof(signals[0]) };

struct daemon {
	struct uv_loop_s *loop;
	const struct conf *conf;
	const char *conf_path; /* NULL: the environment alone */
	struct backends backends;
	struct notices *notices; /* NULL: nobody is to be told of anything */
	struct engine *engine;
	struct store_watch *watch; /* NULL: the store needs none */
	struct walls *walls;
	struct peppers *peppers;
	struct certificates *certificates;
	struct http_server *http;
	struct status *status;		     /* NULL: nobody asks */
	struct status_socket *status_socket; /* NULL: there is none */
	struct emf *emf;		     /* NULL: no lines of metrics */
	struct watchdog *watchdog;	     /* NULL: nobody asks for it */
	size_t n_signals;
	uv_signal_t signals[N_SIGNALS];
	bool is_ready; /* and the service manager knows */
	bool stopping;
	bool closed; /* everything is closed, or about to be */
	int result;
	int64_t drain_until_ms;
};

static void daemon_stop(struct daemon *d);

/* In the place of a hosted zone's id. */
#define BUILTIN_ZONE_ID "builtin"

static int open_engine(struct daemon *d, struct errinfo *ei)
{
	const struct conf *c = d->conf;
	static const enum history_mode history_modes[] = {
		[CONF_HISTORY_NONE] = HISTORY_NONE,
		[CONF_HISTORY_CHANGES] = HISTORY_CHANGES,
		[CONF_HISTORY_ATTEMPTS] = HISTORY_ATTEMPTS,
	};
	struct engine_conf ec = {
		.n_zones = d->backends.n_zones,
		.update_deadline_ms = c->update_deadline_s * 1000,
		.max_pending_updates = c->max_pending_updates,
		.max_pending_hashes = CONF_PENDING_HASHES_MAX,
		.penalty = {c->auth_penalty_s * 1000, c->auth_penalty_max_s * 1000},
		.peppers = d->peppers,
		.changes_per_hour = c->changes_per_hour,
		.max_pending_hosts = c->max_pending_hosts,
		.max_new_hosts = ENGINE_NEW_HOSTS_MAX,
		.sync_interval_ms = c->sync_interval_s * 1000,
		.settle_ms = c->settle_time_s * 1000,
		.scan_share = c->store.scan_share,
		.account_cache = c->account_cache,
		.account_cache_age_ms = c->account_cache_age_s * 1000,
		.stale_age_ms = c->stale_age_s * 1000,
		.history = history_modes[c->history],
		.history_keep_s = (int64_t)c->history_days * 24 * 60 * 60,
		.news = notices_news(d->notices),
	};
	struct engine_zone *zones = calloc(ec.n_zones + 1, sizeof(*zones));
	size_t i;
	int err;

	if (zones == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	for (i = 0; i < ec.n_zones; i++) {
		zones[i] = (struct engine_zone){
			.name = c->zones[i].name,
			.id = BUILTIN_ZONE_ID,
			.dns = d->backends.zones[i].dns,
			.ttl = c->zones[i].ttl,
			.allow_special_addresses = c->zones[i].allow_special_addresses,
			.republish_interval_s = c->zones[i].republish_interval_s,
		};
		if (c->zones[i].publisher == CONF_PUBLISHER_ROUTE53)
			str_copy(zones[i].id, sizeof(zones[i].id),
				 slice_of(c->zones[i].hosted_zone_id));
	}
	ec.zones = zones;
	err = engine_new(d->loop, &ec, d->backends.store, &d->engine);
	free(zones);
	return err == 0 ? 0 : err_set(ei, err, "the engine cannot be started: %s", err_str(err));
}

/* No configured file: there are none. */
static int read_peppers(const struct conf *conf, struct peppers *p, struct errinfo *ei)
{
	return *conf->pepper_file != '\0' ? pepper_file_read(conf->pepper_file, p, ei) : 0;
}

static int open_peppers(const struct conf *conf, struct peppers **ret, struct errinfo *ei)
{
	if (peppers_new(ret) != 0)
		return err_set(ei, ERR_NOMEM, "out of memory");
	return read_peppers(conf, *ret, ei);
}

static bool takes_query_login(const struct conf_front *front)
{
	enum conf_query_credentials from = front->listener != NULL
						   ? front->listener->query_credentials
						   : CONF_QUERY_CREDENTIALS_NO;

	return from == CONF_QUERY_CREDENTIALS_ALWAYS ||
	       (from == CONF_QUERY_CREDENTIALS_TLS && front->is_tls);
}

/* NULL: no challenges of ACME are answered. */
static const char *acme_webroot(const struct conf *c)
{
	return *c->acme_webroot != '\0' ? c->acme_webroot : NULL;
}

static int listen_fronts(struct daemon *d, struct errinfo *ei)
{
	const struct conf_front *front = d->conf->fronts, *end = front + d->conf->n_fronts;
	int err = 0;

	for (; err == 0 && front < end; front++) {
		struct http_listen how = {
			.at = front->at,
			.tls = certificates_of(d->certificates, front),
			.is_proxied = front->listener != NULL && front->listener->proxy_protocol,
			.query_login = takes_query_login(front),
			.acme_webroot = front->is_tls ? NULL : acme_webroot(d->conf),
		};

		err = http_server_listen(d->http, &how, ei);
	}
	return err;
}

static int listen_acme(struct daemon *d, struct errinfo *ei)
{
	const struct conf_listens *at = &d->conf->acme_listen;
	size_t i;
	int err = 0;

	for (i = 0; err == 0 && i < at->n; i++) {
		struct http_listen how = {.at = &at->at[i],
					  .acme_webroot = acme_webroot(d->conf),
					  .challenges_only = true};

		err = http_server_listen(d->http, &how, ei);
	}
	return err;
}

static int listen_admin(struct daemon *d, struct errinfo *ei)
{
	const struct conf_listens *at = &d->conf->admin_listen;
	size_t i;
	int err = 0;

	for (i = 0; err == 0 && i < at->n; i++)
		err = http_server_listen_admin(d->http, &at->at[i], status_http(d->status), ei);
	return err;
}

/* What those are told who watch it. */
static int open_status(struct daemon *d, struct errinfo *ei)
{
	const bool emf = d->conf->log_format == CONF_LOG_EMF;
	struct status_subjects subjects = {
		.engine = d->engine,
		.notify = notices_notify(d->notices),
		.is_kept = store_keeps_seen(d->backends.store),
	};

	if (d->conf->admin_listen.n == 0 && !emf && d->status_socket == NULL)
		return 0;
	if (status_new(d->loop, d->conf, d->engine, &d->status) != 0 ||
	    (emf && emf_new(d->loop, EMF_PERIOD_MS, &d->emf) != 0))
		return err_set(ei, ERR_NOMEM, "out of memory");
	subjects.status = d->status;
	return status_socket_serve(d->status_socket, d->loop, &subjects, ei);
}

static int open_http(struct daemon *d, struct errinfo *ei)
{
	const struct conf *c = d->conf;
	struct http_limits limits = {
		.threads = c->http_threads,
		.max_connections_per_client = c->max_connections_per_client,
		.header_timeout_ms = c->header_timeout_s * 1000,
		.body_timeout_ms = c->body_timeout_s * 1000,
		.keepalive_timeout_ms = c->keepalive_timeout_s * 1000,
		.keepalive_requests = CONF_KEEPALIVE_REQUESTS,
		.retry_after_s = c->retry_after_s,
		.client_header = c->client_header == CONF_CLIENT_HEADER_FORWARDED
					 ? HTTP_CLIENT_FORWARDED
					 : HTTP_CLIENT_X_FORWARDED_FOR,
		.n_trusted = c->trusted_proxies.n,
		.trusted = c->trusted_proxies.at,
	};
	int err = process_fit_files(c, &limits.max_connections, ei);

	if (err == 0)
		err = certificates_open(c, &d->certificates, ei);
	if (err == 0) {
		certificates_set_walls(d->certificates, d->walls);
		certificates_warn(d->certificates);
		certificates_watch(d->certificates, d->loop);
	}
	if (err == 0)
		err = http_server_new(d->loop, &limits, d->engine, &d->http, ei);
	if (err == 0)
		err = listen_fronts(d, ei);
	if (err == 0)
		err = listen_acme(d, ei);
	if (err == 0)
		err = open_status(d, ei);
	if (err == 0)
		err = listen_admin(d, ei);
	return err;
}

/* Adds an address with its real port, which differs from the configured one if that is 0. */
static void add_address(struct buf *b, const struct listen_at *at, uint16_t port)
{
	char host[INET6_ADDRSTRLEN];
	struct sockaddr_storage sa;
	bool v6;

	listen_resolve(at, &sa);
	v6 = sa.ss_family == AF_INET6;
	if (uv_ip_name((const struct sockaddr *)&sa, host, sizeof(host)) == 0)
		buf_addf(b, "%s%s%s%s:%u", b->len > 0 ? "," : "", v6 ? "[" : "", host,
			 v6 ? "]" : "", port);
}

static void list_fronts(const struct daemon *d, struct buf *https, struct buf *plain)
{
	const struct conf *c = d->conf;
	size_t i;

	for (i = 0; i < c->n_fronts; i++)
		add_address(c->fronts[i].is_tls ? https : plain, c->fronts[i].at,
			    http_server_port(d->http, i));
}

/* first: how many addresses of HTTP were listened on before those of the list. */
static void list_addresses(const struct daemon *d, const struct conf_listens *list, size_t first,
			   struct buf *b)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		add_address(b, &list->at[i], http_server_port(d->http, first + i));
}

static void list_dns(const struct daemon *d, struct buf *b)
{
	const struct conf *c = d->conf;
	size_t i;

	for (i = 0; d->backends.dns_server != NULL && i < c->dns_listen.n; i++)
		add_address(b, &c->dns_listen.at[i], dns_server_port(d->backends.dns_server, i));
}

/* A field without addresses is left out. */
static const char *or_none(const struct buf *b)
{
	return b->len > 0 ? buf_str(b) : NULL;
}

static void tell_key_exchange(const struct daemon *d)
{
	const struct http_tls *tls = certificates_any(d->certificates);

	if (tls != NULL && !http_tls_is_post_quantum(tls))
		log_event(LOG_LEVEL_INFO, "TLS has no post-quantum key exchange (X25519MLKEM768)",
			  LOG_FIELDS(log_str("gnutls", http_gnutls_version())));
}

static void tell_ready(const struct daemon *d)
{
	enum { HTTPS, PLAIN, ACME, ADMIN, DNS, LISTS };
	const struct conf *c = d->conf;
	struct buf b[LISTS];
	size_t i;

	for (i = 0; i < LISTS; i++)
		buf_init(&b[i], CONF_FRONTS_MAX * LISTEN_TEXT_MAX);
	list_fronts(d, &b[HTTPS], &b[PLAIN]);
	list_addresses(d, &c->acme_listen, c->n_fronts, &b[ACME]);
	list_addresses(d, &c->admin_listen, c->n_fronts + c->acme_listen.n, &b[ADMIN]);
	list_dns(d, &b[DNS]);
	log_event(
		LOG_LEVEL_INFO, "ready",
		LOG_FIELDS(log_str("https", or_none(&b[HTTPS])),
			   log_str("plain", or_none(&b[PLAIN])), log_str("acme", or_none(&b[ACME])),
			   log_str("admin", or_none(&b[ADMIN])), log_str("dns", or_none(&b[DNS]))));
	for (i = 0; i < LISTS; i++)
		buf_fini(&b[i]);
	sd_notify_send("READY=1\nSTATUS=serving");
}

static bool all_threads_get_on(void *arg, unsigned limit_ms)
{
	struct daemon *d = arg;

	return d->http == NULL || http_server_gets_on(d->http, limit_ms);
}

/* The name server starts to answer only when the store was read: an empty zone would deny every
 * name in it, and resolvers would cache that. */
static void on_started(void *arg, int err, const struct errinfo *why)
{
	struct errinfo ei = ERRINFO_INIT;
	struct engine_stats stats;
	struct daemon *d = arg;

	if (d->stopping)
		return;
	if (err != 0)
		log_event(LOG_LEVEL_WARN,
			  "the store could not be listed; what was owed is published once it can "
			  "be, or when its router asks again",
			  LOG_FIELDS(log_str("why", why != NULL ? why->text : err_str(err))));
	d->result = backends_listen_dns(d->conf, &d->backends, &ei);
	if (d->result != 0) {
		log_error("%s", ei.text);
		daemon_stop(d);
		return;
	}
	notices_start(d->notices, d->engine, d->certificates,
		      status_socket_was_left(d->status_socket));
	engine_stats(d->engine, &stats);
	status_set(d->status, STATUS_RESUMING, stats.resuming);
	status_set(d->status, STATUS_STARTING, false);
	tell_key_exchange(d);
	tell_ready(d);
	d->is_ready = true;
}

/* A listing costs much, and does not tell everything: of a table with another key it goes well. So
 * one item is asked for first. */
static void on_looked(void *arg, int err, const struct errinfo *why)
{
	struct daemon *d = arg;

	if (d->stopping)
		return;
	if (err != 0)
		engine_start_later(d->engine, why, on_started, d);
	else
		engine_start(d->engine, on_started, d);
}

static void on_store_recovered(void *arg)
{
	struct daemon *d = arg;

	if (!d->stopping)
		engine_store_recovered(d->engine);
}

/* A database on this machine needs no watch: what becomes of it, others see. */
static int start_engine(struct daemon *d)
{
	static const struct store_watch_events events = {on_looked, on_store_recovered};

	if (d->conf->store.type != CONF_STORE_DYNAMODB)
		return engine_start(d->engine, on_started, d);
	return store_watch_new(d->loop, d->backends.store, &events, d, &d->watch);
}

/* libuv puts the default action back when a handle is closed, so a second SIGTERM would end a
 * daemon that is nearly at its end by the signal, which some supervisors take for a crash. SIGINT
 * does so on purpose: it comes from a keyboard. */
static void unwatch_signals(struct daemon *d)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	for (i = 0; i < d->n_signals; i++)
		uv_close((uv_handle_t *)&d->signals[i], NULL);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
}

/* Closes everything in reverse order. The HTTP server joins its threads later, when the last
 * answers of the engine are sent. */
static void close_all(void *arg)
{
	struct daemon *d = arg;

	watchdog_close(d->watchdog);
	http_server_close(d->http);
	certificates_unwatch(d->certificates);
	emf_close(d->emf);
	status_socket_close(d->status_socket);
	status_close(d->status);
	engine_close(d->engine);
	store_watch_close(d->watch);
	notices_close(d->notices);
	backends_close(&d->backends);
	unwatch_signals(d);
	d->closed = true;
	if (hashes_left() > 0)
		uv_stop(d->loop);
}

static void count_handle(uv_handle_t *handle, void *arg)
{
	(void)handle;
	++*(unsigned *)arg;
}

bool daemon_waits_for_hashes(const struct daemon *d)
{
	unsigned n = 0;

	if (d == NULL || !d->closed || hashes_left() == 0)
		return false;
	uv_walk(d->loop, count_handle, &n);
	return n == 0 && d->loop->active_reqs.count == hashes_left();
}

/* Names are served as long as anything else is. */
static void drain_dns(void *arg)
{
	struct daemon *d = arg;

	if (d->backends.dns_server == NULL)
		close_all(d);
	else
		dns_server_drain(d->backends.dns_server, DNS_GRACE_MS, close_all, d);
}

static unsigned left_of_drain_ms(const struct daemon *d)
{
	const int64_t left_ms = d->drain_until_ms - clock_mono_ms();

	return left_ms > 0 ? (unsigned)left_ms : 0;
}

/* What the engine told is stored, and no target is waited for. */
static void drain_notices(void *arg)
{
	struct daemon *d = arg;

	if (d->notices == NULL)
		drain_dns(d);
	else
		notices_drain(d->notices, left_of_drain_ms(d), drain_dns, d);
}

/* The HTTP server is drained, or its time is up. The engine now answers the requests that still
 * wait. */
static void drain_engine(void *arg)
{
	struct daemon *d = arg;

	if (d->engine == NULL)
		drain_notices(d);
	else
		engine_drain(d->engine, left_of_drain_ms(d), drain_notices, d);
}

static void daemon_stop(struct daemon *d)
{
	unsigned timeout_ms = d->conf->drain_timeout_s * 1000;

	d->stopping = true;
	status_set(d->status, STATUS_DRAINING, true);
	d->drain_until_ms = clock_mono_ms() + timeout_ms;
	sd_notify_send("STOPPING=1\nSTATUS=finishing the requests in flight");
	if (d->http == NULL)
		drain_engine(d);
	else
		http_server_drain(d->http, timeout_ms, drain_engine, d);
}

/* Logs how the configuration that a restart would read differs from the one in use. The environment
 * is the one that this process was started with. */
static void compare_conf(const struct daemon *d)
{
	struct errinfo ei = ERRINFO_INIT;
	struct conf *now = NULL;
	struct buf diff;

	if (conf_load(d->conf_path, (const char *const *)environ, &now, &ei) != 0) {
		metric_set(METRIC_RELOAD_FAILED_CONFIGURATION, 1);
		log_error("the configuration in use stays, and a restart would fail: %s", ei.text);
		sd_notify_send("STATUS=serving; a restart would fail: see the log");
		return;
	}
	metric_set(METRIC_RELOAD_FAILED_CONFIGURATION, 0);
	logging_warn(now);
	buf_init(&diff, DIFF_MAX);
	conf_diff(d->conf, now, &diff);
	if (buf_err(&diff) != 0)
		log_warn("the configuration was edited in very many keys: restart mooringd to use "
			 "them");
	else if (diff.len > 0)
		log_warn("the configuration was edited: restart mooringd to use the new %s",
			 buf_str(&diff));
	sd_notify_send(diff.len > 0 ? "STATUS=serving; restart to use the edited configuration"
				    : "STATUS=serving");
	buf_fini(&diff);
	conf_free(now);
}

/* Those in use stay if the file cannot be used. */
static void reload_peppers(struct daemon *d)
{
	struct errinfo ei = ERRINFO_INIT;
	int err = read_peppers(d->conf, d->peppers, &ei);

	metric_set(METRIC_RELOAD_FAILED_PEPPERS, err != 0);
	if (err != 0)
		log_error("the peppers in use stay, and a restart would fail: %s", ei.text);
}

/* The same for the secrets of whoever is told: all of them stay, if one cannot be read. */
static void reread_targets(struct daemon *d)
{
	struct errinfo ei = ERRINFO_INIT;
	int err = notices_reread(d->notices, &ei);

	metric_set(METRIC_RELOAD_FAILED_TARGETS, err != 0);
	if (err != 0)
		log_error("the secrets of the targets in use stay, and a restart would fail: %s",
			  ei.text);
}

/* The time lets the service manager tell this reload from an earlier one: sd_notify(3). */
static void tell_reloading(void)
{
	char text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu",
		 (unsigned long long)uv_hrtime() / 1000);
	sd_notify_send(text);
}

/* READY=1 of a start that is not over yet would be a lie. */
static void reload(struct daemon *d)
{
	if (d->is_ready)
		tell_reloading();
	compare_conf(d);
	if (d->engine != NULL) {
		reload_peppers(d);
		reread_targets(d);
	}
	if (d->certificates != NULL)
		certificates_reload(d->certificates);
	if (d->is_ready)
		sd_notify_send("READY=1");
}

static void on_signal(uv_signal_t *handle, int signum)
{
	struct daemon *d = handle->data;

	if (signum == SIGHUP) {
		if (!d->stopping)
			reload(d);
		return;
	}
	if (!d->stopping) {
		log_info("stopping");
		daemon_stop(d);
	} else if (signum == SIGINT) {
		_exit(EXIT_IMPATIENT);
	}
}

/* Without, a daemon would seem to run well, and be ended by SIGTERM in the middle of its updates.
 */
static int watch_signals(struct daemon *d, struct errinfo *ei)
{
	int err = 0;
	size_t i;

	for (i = 0; i < N_SIGNALS && err == 0; i++) {
		err = uv_signal_init(d->loop, &d->signals[i]);
		if (err != 0)
			break;
		d->signals[i].data = d;
		d->n_signals++;
		err = uv_signal_start(&d->signals[i], on_signal, signals[i]);
	}
	return err == 0 ? 0
			: err_set(ei, ERR_IO, "signals cannot be received: %s", uv_strerror(err));
}

int daemon_start(struct uv_loop_s *loop, const struct conf *conf, const char *conf_path,
		 struct daemon **ret, struct errinfo *ei)
{
	struct daemon *d = calloc(1, sizeof(*d));
	int err;

	if (d == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	*ret = d;
	d->loop = loop;
	d->conf = conf;
	d->conf_path = conf_path;
	err = watch_signals(d, ei);
	/* All before anything that starts a thread: libuv's workers, curl's resolver, HTTP. The key
	 * of pseudonyms is out of reach behind the walls. */
	if (err == 0)
		err = pseudonym_file_setup_as(conf, ei);
	if (err == 0)
		err = status_socket_open(conf, &d->status_socket, ei);
	if (err == 0)
		err = walls_raise(conf, conf_path, (const char *const *)environ, &d->walls, ei);
	if (err == 0)
		err = threads_start(loop, ei);
	if (err == 0)
		err = watchdog_new(loop, all_threads_get_on, d, &d->watchdog, ei);
	if (err == 0)
		err = backends_open_store(loop, conf, &d->backends, ei);
	if (err == 0)
		store_mode_warn(conf);
	if (err == 0)
		err = backends_open_zones(loop, conf, &d->backends, ei);
	if (err == 0)
		err = open_peppers(conf, &d->peppers, ei);
	if (err == 0)
		err = notices_open(loop, conf, &d->backends, &d->notices, ei);
	if (err == 0)
		err = open_engine(d, ei);
	if (err == 0)
		err = open_http(d, ei);
	if (err == 0) {
		err = start_engine(d);
		if (err != 0)
			err_set(ei, err, "the engine cannot be started: %s", err_str(err));
	}
	if (err != 0)
		daemon_stop(d);
	return err;
}

int daemon_free(struct daemon *d)
{
	int err;

	if (d == NULL)
		return 0;
	certificates_free(d->certificates);
	notices_free(d->notices);
	status_socket_free(d->status_socket);
	status_free(d->status);
	walls_free(d->walls);
	peppers_free(d->peppers);
	err = d->result;
	free(d);
	return err;
}

static void warn_of_programs(const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_notifies; i++)
		if (targets_lacks_program(&conf->notifies[i]))
			log_warn("notify \"%s\": command: %s cannot be run by this user",
				 conf->notifies[i].name, conf->notifies[i].command.at[0]);
}

int daemon_check(const struct conf *conf, struct errinfo *ei)
{
	struct certificates *certificates = NULL;
	struct peppers *peppers = NULL;
	int err = certificates_open(conf, &certificates, ei);

	if (err == 0)
		certificates_warn(certificates);
	store_mode_warn(conf);
	if (err == 0)
		err = open_peppers(conf, &peppers, ei);
	if (err == 0)
		err = pseudonym_file_setup_as(conf, ei);
	if (err == 0)
		err = targets_try(conf, ei);
	if (err == 0)
		warn_of_programs(conf);
	peppers_free(peppers);
	certificates_free(certificates);
	return err;
}
