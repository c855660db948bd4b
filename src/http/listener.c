/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/listener.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/wiping.h"
#include "http/acceptor.h"
#include "http/conninfo.h"
#include "http/conn_table.h"
#include "http/proxied.h"
#include "http/request.h"
#include "http/settings.h"
#include "http/tls_int.h"
#include "http/workarounds.h"
#include "net/addr.h"
#include "net/listen.h"

enum {
	/* The memory that libmicrohttpd gives each connection has to hold, at one time, what the
	 * screen lets through of a request, what is read ahead of that, a structure for each header
	 * line, and the head of the reply. With less the library answers by itself, or closes
	 * without a reply. It is no larger because the library wipes all of it after each request
	 * of a kept connection, which costs more time than everything that we do about a head. */
	READ_AHEAD = 1500,	  /* MHD_BUF_INC_SIZE: 1024 in 0.9.75, 1500 since 1.0 */
	FIELD_MEMORY = 64,	  /* 56 bytes in 0.9.75 to 1.0.10, rounded up to a multiple of 16 */
	REPLY_HEAD_MEMORY = 1024, /* three times the longest */
	CONNECTION_MEMORY = SCREEN_PASSED_MAX + READ_AHEAD +
			    SCREEN_PASSED_FIELDS_MAX * FIELD_MEMORY + REPLY_HEAD_MEMORY,
	/* A pool thread starts all that was handed to it in one turn, and then goes through all
	 * that can be read. So many handshakes, of 1 ms each, are what others may have to wait for.
	 */
	HANDED_PER_THREAD = 8,
	/* And of all connections no more than this share, so that there are others to make room. */
	HANDED_SHARE = 4,
	/* How long the acceptor waits until a connection that made room is closed. Meanwhile others
	 * are in the kernel's queue. */
	PATIENCE_MS = 1000,
	/* What is larger than 32 KB libmicrohttpd maps, and unmaps at the connection's end, which
	 * leaves no password behind; smaller memory it frees as it is (memorypool.c of 0.9.75 to
	 * 1.0.10). Between two requests of a connection it fills it with zeros. Only what is
	 * touched takes memory. */
	CONNECTION_MAPPED = 32 * 1024 + 1,
	/* libmicrohttpd's own timeout starts anew with every byte, so it enforces nothing. It is
	 * there in case our deadlines should fail, and this much longer than they are. */
	BACKSTOP_S = 60,
};

_Static_assert((int)CONNECTION_MAPPED >= (int)CONNECTION_MEMORY, "a request fits");

struct listener {
	struct request_context context;
	struct http_tls *tls;
	bool is_proxied;
	struct MHD_Daemon *daemon;
	struct acceptor *acceptor; /* NULL: nothing is accepted any more */
	int fd;
	uint16_t port;
	_Atomic long long next_log_ms;
};

static void on_library_log(void *arg, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void on_library_log(void *arg, const char *fmt, va_list ap)
{
	struct listener *l = arg;
	char text[256];

	if (!log_may_repeat(&l->next_log_ms, clock_mono_ms()))
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\r\n")] = '\0';
	if (workaround_is_our_trouble(fmt))
		log_event(LOG_LEVEL_WARN, "libmicrohttpd is in trouble",
			  LOG_FIELDS(log_str("why", text)));
	else
		log_event(LOG_LEVEL_DEBUG, "libmicrohttpd refuses something",
			  LOG_FIELDS(log_str("why", text)));
}

static void on_library_panic(void *arg, const char *file, unsigned int line, const char *reason)
{
	(void)arg;
	log_error("libmicrohttpd gives up at %s:%u: %s", file, line, reason);
	abort();
}

static bool may_come(struct listener *l, const struct addr *peer)
{
	if (!l->is_proxied || forwarded_is_trusted(&l->context.front->trust, peer))
		return conn_table_admit(l->context.conns, peer);
	proxied_refuse(peer);
	return false;
}

/* A connection is counted before it is handed over, so that no pool thread ever reaches its own
 * limit: workaround_connection_limit(). */
static void take_connection(void *arg, int fd, const struct sockaddr *sa, socklen_t len)
{
	struct listener *l = arg;
	struct conn *c = NULL;
	struct addr peer;

	if (addr_from_sockaddr(sa, &peer) == 0 && may_come(l, &peer))
		c = conn_table_open(l->context.conns, fd, &peer, clock_mono_ms());
	if (c == NULL)
		close(fd);
	else if (MHD_add_connection(l->daemon, fd, sa, len) != MHD_YES)
		conn_table_close(l->context.conns, c); /* libmicrohttpd has closed fd */
}

static void on_started(struct listener *l, struct MHD_Connection *mc, void **context)
{
	int fd = conninfo_fd(mc);
	struct conn *c = conn_table_start(l->context.conns, fd, clock_mono_ms());

	*context = c;
	if (c == NULL) {
		shutdown(fd, SHUT_RDWR);
		return;
	}
	if (l->is_proxied)
		proxied_begin(c);
	if (l->tls != NULL)
		tls_begin(l->tls, conninfo_tls(mc), c);
	if (!l->is_proxied && l->tls == NULL)
		conn_table_enter(l->context.conns, c, CONN_HEAD, 0);
	workaround_screen(c);
}

static void end_connection(struct listener *l, struct conn *c)
{
	enum conn_fate fate = conn_table_fate(l->context.conns, c);

	workaround_unscreen(c);
	workaround_discard(c);
	/* TLS has not begun before the header is read. */
	if (!proxied_end(c, fate) && c->tls != NULL)
		tls_end(c, fate);
	screen_forget(&c->screen);
	wiping_stack();
}

static void on_connection(void *arg, struct MHD_Connection *mc, void **context,
			  enum MHD_ConnectionNotificationCode what)
{
	struct listener *l = arg;
	struct conn *c = *context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		on_started(l, mc, context);
		return;
	}
	*context = NULL;
	if (c != NULL)
		end_connection(l, c);
	conn_table_close(l->context.conns, c);
}

/* Requests are parsed from the raw target (dyndns/query.h): nothing is to be decoded in place. */
static size_t keep_escapes(void *arg, struct MHD_Connection *c, char *s)
{
	(void)arg;
	(void)c;
	return strlen(s);
}

static unsigned backstop_s(const struct http_limits *conf)
{
	const unsigned timeouts[] = {conf->header_timeout_ms, conf->body_timeout_ms,
				     conf->keepalive_timeout_ms};
	unsigned i, longest = 0;

	for (i = 0; i < sizeof(timeouts) / sizeof(timeouts[0]); i++)
		if (timeouts[i] > longest)
			longest = timeouts[i];
	return longest / 1000 + BACKSTOP_S;
}

static unsigned threads_of(const struct http_limits *conf)
{
	return conf->threads > 0 ? conf->threads : uv_available_parallelism();
}

static int start_daemon(struct listener *l, const struct http_limits *conf)
{
	unsigned threads = threads_of(conf);
	unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
			 MHD_USE_ERROR_LOG | MHD_USE_NO_LISTEN_SOCKET;
	struct MHD_OptionItem more[] = {
		/* libmicrohttpd warns of a pool of one thread; without the option there is one
		 * thread. */
		{threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, (intptr_t)threads,
		 NULL},
		{MHD_OPTION_END, 0, NULL},
	};
	struct MHD_OptionItem tls[] = {
		{l->tls != NULL ? MHD_OPTION_HTTPS_PRIORITIES : MHD_OPTION_END, 0,
		 l->tls != NULL ? (void *)(uintptr_t)tls_priorities(l->tls) : NULL},
		{MHD_OPTION_HTTPS_CERT_CALLBACK2, 0, (void *)(uintptr_t)tls_retrieve},
		{MHD_OPTION_END, 0, NULL},
	};

	if (l->tls != NULL)
		flags |= MHD_USE_TLS;
	MHD_set_panic_func(on_library_panic, NULL);
	l->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, request_handle, &l->context, MHD_OPTION_EXTERNAL_LOGGER,
		on_library_log, l, MHD_OPTION_CONNECTION_LIMIT,
		workaround_connection_limit(conn_table_capacity(l->context.conns), threads),
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MAPPED,
		MHD_OPTION_CONNECTION_TIMEOUT, backstop_s(conf), MHD_OPTION_NOTIFY_CONNECTION,
		on_connection, l, MHD_OPTION_NOTIFY_COMPLETED, request_end, &l->context,
		MHD_OPTION_URI_LOG_CALLBACK, request_begin, &l->context,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_ARRAY, more,
		MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
	return l->daemon != NULL ? 0 : ERR_IO;
}

static unsigned handed_at_most(const struct http_limits *conf)
{
	unsigned n = threads_of(conf) * HANDED_PER_THREAD;
	unsigned share = conf->max_connections / HANDED_SHARE;

	if (n > share)
		n = share;
	return n > 0 ? n : 1;
}

static int make_limits(struct listener *l, const struct http_limits *conf)
{
	struct conn_table_conf lc = {
		.max_connections = conf->max_connections,
		.max_per_client = conf->max_connections_per_client,
		.trust = {.n = conf->n_trusted, .at = conf->trusted},
		.known = l->context.front->known,
		.max_handed = handed_at_most(conf),
		.patience_ms = PATIENCE_MS,
		.on_hurried = request_hurry,
		.arg = &l->context,
		.timeout_ms =
			{
				[CONN_HEAD] = conf->header_timeout_ms,
				[CONN_BODY] = conf->body_timeout_ms,
				[CONN_REPLY] = conf->body_timeout_ms,
				[CONN_IDLE] = conf->keepalive_timeout_ms,
			},
	};

	return conn_table_new(&lc, &l->context.conns);
}

int listener_new(struct front *front, const struct http_limits *conf, const struct http_listen *how,
		 const struct http_admin *admin, struct listener **ret, struct errinfo *ei)
{
	struct listener *l = calloc(1, sizeof(*l));
	int err;

	if (l == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	l->context.front = front;
	l->context.admin = admin;
	l->context.query_login = how->query_login;
	l->context.acme_webroot = how->acme_webroot;
	l->context.challenges_only = how->challenges_only;
	l->tls = how->tls;
	l->is_proxied = how->is_proxied;
	l->fd = -1;
	err = make_limits(l, conf);
	if (err != 0)
		err_set(ei, err, "out of memory");
	if (err == 0)
		err = listen_open(how->at, LISTEN_TCP, &l->fd, ei);
	if (err == 0) {
		l->port = listen_port(l->fd);
		err = start_daemon(l, conf);
		if (err == 0)
			err = acceptor_new(l->fd, take_connection, l, &l->acceptor);
		if (err != 0)
			err_set(ei, err, "%s: the HTTP server cannot be started", how->at->text);
	}
	if (err != 0) {
		listener_free(l);
		return err;
	}
	*ret = l;
	return 0;
}

uint16_t listener_port(const struct listener *l)
{
	return l->port;
}

bool listener_is_admin(const struct listener *l)
{
	return l->context.admin != NULL;
}

struct conn_table *listener_conns(struct listener *l)
{
	return l->context.conns;
}

bool listener_gets_on(struct listener *l, int64_t now_ms, unsigned limit_ms)
{
	bool accepts = l->acceptor == NULL || acceptor_gets_on(l->acceptor);

	return conn_table_gets_on(l->context.conns, now_ms, limit_ms) && accepts;
}

void listener_quiesce(struct listener *l)
{
	acceptor_free(l->acceptor);
	l->acceptor = NULL;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

void listener_free(struct listener *l)
{
	if (l == NULL)
		return;
	listener_quiesce(l);
	if (l->daemon != NULL)
		MHD_stop_daemon(l->daemon);
	conn_table_free(l->context.conns);
	free(l);
}
