/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/server.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <uv.h>

#include "base/clock.h"
#include "base/mailbox.h"
#include "base/wiping.h"
#include "http/conn_table.h"
#include "http/known_clients.h"
#include "http/listener.h"
#include "http/refused.h"
#include "http/request.h"
#include "http/respond.h"
#include "http/workarounds.h"
#include "net/line_limit.h"
#include "net/listen.h"
#include "net/prefix.h"

enum {
	/* How late a deadline may be enforced: a tenth of it, within these bounds. */
	TICK_SHARE = 10,
	TICK_MIN_MS = 10,
	TICK_MAX_MS = 1000,
	/* While stopping: how often it is asked whether all is over. */
	STOP_TICK_MS = 5,
	/* While draining, what a connection has left to send a request that it did not begin: the
	 * handshake and the head of one that is far away. */
	DRAIN_GRACE_MS = 2000,
	/* While closing, what the last replies have left to be sent. */
	CLOSE_GRACE_MS = 500,
};

struct http_server {
	struct front front;
	struct http_limits limits;
	uv_timer_t timer;
	size_t n_listeners;
	struct listener *listeners[HTTP_LISTENERS_MAX];
	http_drained_fn *drained; /* NULL: not draining */
	void *drained_arg;
	int64_t deadline_ms; /* of the drain, then of the close */
};

static uint64_t tick_ms(const struct http_limits *limits)
{
	const unsigned timeouts[] = {limits->body_timeout_ms, limits->keepalive_timeout_ms};
	unsigned i, least = limits->header_timeout_ms;

	for (i = 0; i < sizeof(timeouts) / sizeof(timeouts[0]); i++)
		if (timeouts[i] < least)
			least = timeouts[i];
	least /= TICK_SHARE;
	return least < TICK_MIN_MS ? TICK_MIN_MS : least > TICK_MAX_MS ? TICK_MAX_MS : least;
}

static void on_server_closed(uv_handle_t *handle)
{
	free(handle->data);
}

/* To be called when no request is suspended, and none can be any more. */
static void server_stop(struct http_server *s)
{
	size_t i;

	for (i = 0; i < s->n_listeners; i++)
		listener_free(s->listeners[i]);
	s->n_listeners = 0;
	line_limit_tell_all(s->front.refused);
	line_limit_free(s->front.refused);
	known_clients_free(s->front.known);
	mailbox_close(s->front.mailbox);
	responses_free(s->front.responses);
	uv_close((uv_handle_t *)&s->timer, on_server_closed);
}

/* A monitor that watches the drain does not prolong it. */
static size_t count_connections(struct http_server *s)
{
	bool closing = atomic_load(&s->front.closing);
	size_t i, n = 0;

	for (i = 0; i < s->n_listeners; i++)
		if (closing || !listener_is_admin(s->listeners[i]))
			n += conn_table_count(listener_conns(s->listeners[i]));
	return n;
}

static void on_server_tick(uv_timer_t *timer)
{
	struct http_server *s = timer->data;
	http_drained_fn *drained = s->drained;
	int64_t now_ms = clock_mono_ms();
	bool at_core, over;
	size_t i;

	for (i = 0; i < s->n_listeners; i++)
		conn_table_reap(listener_conns(s->listeners[i]), now_ms);
	line_limit_tell(s->front.refused, now_ms);
	at_core = atomic_load(&s->front.crossing) > 0;
	over = (!at_core && count_connections(s) == 0) || now_ms >= s->deadline_ms;
	if (atomic_load(&s->front.closing) && over && !at_core) {
		server_stop(s);
	} else if (drained != NULL && over) {
		s->drained = NULL;
		drained(s->drained_arg);
	}
}

static const struct line_limit_conf refused_lines = {
	.sentence = "refused updates left out",
	.lines = REFUSED_LINES,
	.window_ms = REFUSED_WINDOW_MS,
	.network = prefix_of_network,
};

int http_server_new(struct uv_loop_s *loop, const struct http_limits *limits, struct engine *engine,
		    struct http_server **ret, struct errinfo *ei)
{
	struct http_server *s = calloc(1, sizeof(*s));
	uint64_t tick = tick_ms(limits);

	if (s == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	workaround_wipe_records();
	/* Bodies of JSON may hold a password. */
	json_set_alloc_funcs(malloc, wiping_free);
	s->limits = *limits;
	s->front.engine = engine;
	s->front.keepalive_requests = limits->keepalive_requests;
	s->front.retry_after_s = limits->retry_after_s;
	s->front.trust =
		(struct forwarded_trust){limits->n_trusted, limits->trusted, limits->client_header};
	if (responses_new(limits->retry_after_s, &s->front.responses) != 0 ||
	    line_limit_new(&refused_lines, &s->front.refused) != 0 ||
	    known_clients_new(&s->front.known) != 0 || mailbox_new(loop, &s->front.mailbox) != 0) {
		known_clients_free(s->front.known);
		line_limit_free(s->front.refused);
		responses_free(s->front.responses);
		free(s);
		return err_set(ei, ERR_NOMEM, "out of memory");
	}
	s->timer.data = s;
	uv_timer_init(loop, &s->timer);
	uv_timer_start(&s->timer, on_server_tick, tick, tick);
	*ret = s;
	return 0;
}

static int listen_on(struct http_server *s, const struct http_limits *limits,
		     const struct http_listen *how, const struct http_admin *admin,
		     struct errinfo *ei)
{
	int err;

	if (s->n_listeners == HTTP_LISTENERS_MAX)
		return err_set(ei, ERR_LIMIT, "%s: more than %d addresses to listen on",
			       how->at->text, HTTP_LISTENERS_MAX);
	err = listener_new(&s->front, limits, how, admin, &s->listeners[s->n_listeners], ei);
	if (err == 0)
		s->n_listeners++;
	return err;
}

int http_server_listen(struct http_server *s, const struct http_listen *how, struct errinfo *ei)
{
	return listen_on(s, &s->limits, how, NULL, ei);
}

int http_server_listen_admin(struct http_server *s, const struct listen_at *at,
			     const struct http_admin *admin, struct errinfo *ei)
{
	struct http_limits limits = s->limits;
	struct http_listen plain = {.at = at};

	limits.threads = 1;
	limits.max_connections = HTTP_ADMIN_CONNECTIONS;
	limits.max_connections_per_client = HTTP_ADMIN_CONNECTIONS;
	return listen_on(s, &limits, &plain, admin, ei);
}

uint16_t http_server_port(const struct http_server *s, size_t i)
{
	return i < s->n_listeners ? listener_port(s->listeners[i]) : 0;
}

bool http_server_gets_on(struct http_server *s, unsigned limit_ms)
{
	int64_t now_ms = clock_mono_ms();
	bool all = true;
	size_t i;

	/* Each of them is asked. */
	for (i = 0; i < s->n_listeners; i++)
		all = listener_gets_on(s->listeners[i], now_ms, limit_ms) && all;
	return all;
}

/* Requests under way are answered, and their connections closed: may_keep() in request.c. */
static void server_quiesce(struct http_server *s, unsigned timeout_ms)
{
	int64_t now_ms = clock_mono_ms();
	size_t i;

	s->deadline_ms = now_ms + timeout_ms;
	atomic_store(&s->front.draining, true);
	for (i = 0; i < s->n_listeners; i++) {
		if (listener_is_admin(s->listeners[i]) && !atomic_load(&s->front.closing))
			continue;
		listener_quiesce(s->listeners[i]);
		conn_table_drain(listener_conns(s->listeners[i]), now_ms, DRAIN_GRACE_MS);
	}
	uv_timer_start(&s->timer, on_server_tick, 0, STOP_TICK_MS);
}

void http_server_drain(struct http_server *s, unsigned timeout_ms, http_drained_fn *done, void *arg)
{
	s->drained = done;
	s->drained_arg = arg;
	server_quiesce(s, timeout_ms);
}

void http_server_close(struct http_server *s)
{
	if (s == NULL)
		return;
	s->drained = NULL;
	atomic_store(&s->front.closing, true);
	server_quiesce(s, CLOSE_GRACE_MS);
}
