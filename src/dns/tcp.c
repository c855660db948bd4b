/* SPDX-License-Identifier: BSD-2-Clause
 * DNS over TCP (RFC 7766): messages behind two bytes of length, answered in the order they came.
 * Only a whole query keeps a connection alive, so that dripping bytes does not, nor asking without
 * ever reading. */
#include "dns/tcp.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>
#include <uv.h>

#include "base/clock.h"
#include "base/container_of.h"
#include "base/metric.h"
#include "dns/tcp_table.h"
#include "net/listen.h"

enum { LENGTH_LEN = 2, BACKLOG = 128 };
/* Nothing more is read from a client that has this many bytes of answers unread. */
enum { UNSENT_MAX = 64 * 1024 };

struct conn {
	LIST_ENTRY(conn) link;
	struct dns_tcp *owner;
	uv_tcp_t tcp;
	struct tcp_seat seat; /* in the table when is_seated */
	bool is_seated;
	struct addr client;
	bool is_closing;
	bool has_asked; /* a whole query */
	bool has_ended; /* the client sent its FIN: pending answers are sent, then the connection is
			   closed */
	bool is_paused; /* reading is paused, because too much is unsent */
	size_t in_len;
	uint8_t in[LENGTH_LEN + DNS_TRANSPORT_QUERY_MAX];
};

struct dns_tcp {
	uv_tcp_t listener;
	uv_timer_t look; /* for idle connections, while there are any */
	unsigned look_ms;
	unsigned open_handles; /* of listener and look */
	/* Accepts a connection for which there is no memory, in order to close it: a connection
	 * that is never accepted would stop the listener. */
	uv_tcp_t spare;
	bool is_spare_used;
	bool is_one_waiting; /* a connection came while the spare was in use */
	struct dns_transport_owner owner;
	struct tcp_table *table;
	LIST_HEAD(, conn) conns;
};

struct reply {
	uv_write_t req;
	uint8_t bytes[];
};

/* Frees the listener when its last handle is closed. */
static void tcp_finish(struct dns_tcp *t)
{
	if (t->open_handles > 0 || t->is_spare_used || !LIST_EMPTY(&t->conns))
		return;
	if (t->owner.gone != NULL)
		t->owner.gone(t->owner.arg);
	free(t);
}

/* --- one connection --- */

static void on_conn_closed(uv_handle_t *handle)
{
	struct conn *c = handle->data;
	struct dns_tcp *t = c->owner;

	LIST_REMOVE(c, link);
	free(c);
	tcp_finish(t);
}

static void close_conn(struct conn *c)
{
	if (c->is_closing)
		return;
	c->is_closing = true;
	if (c->is_seated) {
		tcp_table_leave(c->owner->table, &c->seat);
		metric_add(METRIC_DNS_TCP_CONNECTIONS, -1);
	}
	uv_close((uv_handle_t *)&c->tcp, on_conn_closed);
}

/* Closes the connection of a seat that the table has taken away. */
static void close_seat(struct tcp_seat *seat, enum metric why)
{
	struct conn *c = CONTAINER_OF(seat, struct conn, seat);

	c->is_seated = false;
	metric_add(METRIC_DNS_TCP_CONNECTIONS, -1);
	metric_add(why, 1);
	close_conn(c);
}

static size_t unsent(const struct conn *c)
{
	return uv_stream_get_write_queue_size((const uv_stream_t *)&c->tcp);
}

static void serve(struct conn *c);

static void on_written(uv_write_t *req, int status)
{
	struct conn *c = req->handle->data;

	free(req->data);
	if (c->is_closing)
		return;
	if (status < 0)
		close_conn(c);
	else if (c->is_paused && unsent(c) < UNSENT_MAX / 2)
		serve(c);
	else if (c->has_ended && unsent(c) == 0)
		close_conn(c);
}

static void tcp_answer(struct conn *c, const uint8_t *query, size_t len)
{
	uint8_t out[DNS_ANSWER_MAX];
	struct dns_transport_owner *owner = &c->owner->owner;
	size_t n = owner->answer(owner->arg, &c->client, DNS_OVER_TCP, query, len, out);
	struct reply *reply = n == 0 ? NULL : malloc(sizeof(*reply) + LENGTH_LEN + n);
	uv_buf_t buf;

	/* Who sends messages that must not be answered is no DNS client. */
	if (reply == NULL) {
		close_conn(c);
		return;
	}
	reply->bytes[0] = (uint8_t)(n >> 8);
	reply->bytes[1] = (uint8_t)n;
	memcpy(reply->bytes + LENGTH_LEN, out, n);
	reply->req.data = reply;
	buf = uv_buf_init((char *)reply->bytes, (unsigned)(LENGTH_LEN + n));
	if (uv_write(&reply->req, (uv_stream_t *)&c->tcp, &buf, 1, on_written) < 0) {
		free(reply);
		close_conn(c);
	}
}

/* Answers the first message when it is complete; false when there is nothing more to do now. */
static bool serve_one(struct conn *c)
{
	size_t len;

	if (c->is_closing || c->in_len < LENGTH_LEN)
		return false;
	len = (size_t)(c->in[0] << 8 | c->in[1]);
	if (len > DNS_TRANSPORT_QUERY_MAX) {
		close_conn(c);
		return false;
	}
	if (c->in_len < LENGTH_LEN + len)
		return false;
	c->has_asked = true;
	tcp_table_use(c->owner->table, &c->seat, clock_mono_ms());
	tcp_answer(c, c->in + LENGTH_LEN, len);
	c->in_len -= LENGTH_LEN + len;
	memmove(c->in, c->in + LENGTH_LEN + len, c->in_len);
	return !c->is_closing;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct conn *c = handle->data;

	(void)suggested;
	*buf = uv_buf_init((char *)c->in + c->in_len, (unsigned)(sizeof(c->in) - c->in_len));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct conn *c = stream->data;

	(void)buf;
	if (n == UV_EOF) {
		uv_read_stop(stream);
		c->has_ended = true;
		if (unsent(c) == 0)
			close_conn(c);
	} else if (n < 0) {
		close_conn(c);
	} else if (n > 0) {
		c->in_len += (size_t)n;
		serve(c);
	}
}

static void serve(struct conn *c)
{
	bool more = true, was_paused = c->is_paused;

	while (more && unsent(c) < UNSENT_MAX)
		more = serve_one(c);
	if (c->is_closing)
		return;
	/* While reading is paused, a FIN is not seen: has_ended is false. */
	c->is_paused = unsent(c) >= UNSENT_MAX;
	if (c->is_paused)
		uv_read_stop((uv_stream_t *)&c->tcp);
	else if (was_paused)
		uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read);
}

/* --- the listener --- */

static void accept_one(struct dns_tcp *t);

static void on_spare_closed(uv_handle_t *handle)
{
	struct dns_tcp *t = handle->data;

	t->is_spare_used = false;
	if (t->is_one_waiting) {
		t->is_one_waiting = false;
		accept_one(t);
	}
	tcp_finish(t);
}

static void turn_away(struct dns_tcp *t)
{
	if (t->is_spare_used) {
		t->is_one_waiting = true;
		return;
	}
	uv_tcp_init(t->listener.loop, &t->spare);
	t->spare.data = t;
	t->is_spare_used = true;
	uv_accept((uv_stream_t *)&t->listener, (uv_stream_t *)&t->spare);
	uv_close((uv_handle_t *)&t->spare, on_spare_closed);
}

static struct conn *conn_new(struct dns_tcp *t)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->owner = t;
	LIST_INSERT_HEAD(&t->conns, c, link);
	uv_tcp_init(t->listener.loop, &c->tcp);
	c->tcp.data = c;
	return c;
}

static void on_look(uv_timer_t *look)
{
	struct dns_tcp *t = look->data;
	struct tcp_seat *seat;

	while ((seat = tcp_table_expire(t->table, clock_mono_ms())) != NULL)
		close_seat(seat, METRIC_DNS_TCP_CLOSED_IDLE);
	if (LIST_EMPTY(&t->conns))
		uv_timer_stop(look);
}

static void take_seat(struct conn *c)
{
	struct dns_tcp *t = c->owner;
	struct tcp_seat *out;

	switch (tcp_table_enter(t->table, &c->seat, &c->client, clock_mono_ms(), &out)) {
	case TCP_TABLE_ROOM:
		break;
	case TCP_TABLE_NETWORK:
		close_seat(out, METRIC_DNS_TCP_CLOSED_NETWORK);
		break;
	case TCP_TABLE_FULL:
		close_seat(out, METRIC_DNS_TCP_CLOSED_FULL);
		break;
	}
	c->is_seated = true;
	metric_add(METRIC_DNS_TCP_CONNECTIONS, 1);
	if (!uv_is_active((uv_handle_t *)&t->look))
		uv_timer_start(&t->look, on_look, t->look_ms, t->look_ms);
}

static void accept_one(struct dns_tcp *t)
{
	struct sockaddr_storage peer;
	int len = sizeof(peer);
	struct conn *c = conn_new(t);

	if (c == NULL) {
		turn_away(t);
		return;
	}
	if (uv_accept((uv_stream_t *)&t->listener, (uv_stream_t *)&c->tcp) < 0 ||
	    uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&peer, &len) < 0 ||
	    addr_from_sockaddr((struct sockaddr *)&peer, &c->client) < 0 ||
	    uv_tcp_nodelay(&c->tcp, 1) < 0 ||
	    uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) < 0)
		close_conn(c);
	else
		take_seat(c);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct dns_tcp *t = listener->data;

	if (status == 0)
		accept_one(t);
}

static int tcp_start(struct dns_tcp *t, const struct listen_at *at, struct errinfo *ei)
{
	int fd, err = listen_open(at, LISTEN_TCP, &fd, ei);

	if (err != 0)
		return err;
	err = uv_tcp_open(&t->listener, fd);
	if (err < 0)
		close(fd);
	else
		err = uv_listen((uv_stream_t *)&t->listener, BACKLOG, on_connection);
	return err < 0 ? listen_fail(at, LISTEN_TCP, -err, ei) : 0;
}

int dns_tcp_open(struct uv_loop_s *loop, const struct listen_at *at, uint16_t port,
		 struct tcp_table *table, unsigned look_ms, const struct dns_transport_owner *owner,
		 struct dns_tcp **ret, struct errinfo *ei)
{
	struct dns_tcp *t = calloc(1, sizeof(*t));
	struct listen_at here = *at;
	int err;

	if (t == NULL)
		return err_set(ei, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	t->owner = *owner;
	t->table = table;
	t->look_ms = look_ms;
	uv_tcp_init(loop, &t->listener);
	uv_timer_init(loop, &t->look);
	t->listener.data = t->look.data = t;
	t->open_handles = 2;
	/* The port is at the same place in both structs. */
	((struct sockaddr_in *)&here.sa)->sin_port = htons(port);
	err = tcp_start(t, &here, ei);
	if (err < 0) {
		t->owner.gone = NULL;
		dns_tcp_close(t);
		return err;
	}
	*ret = t;
	return 0;
}

/* --- the end --- */

static bool has_unread(const struct conn *c)
{
	uv_os_fd_t fd;
	char byte;

	return uv_fileno((const uv_handle_t *)&c->tcp, &fd) == 0 &&
	       recv(fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) > 0;
}

static bool is_at_rest(const struct conn *c)
{
	return c->has_asked && c->in_len == 0 && unsent(c) == 0 && !has_unread(c);
}

static void on_own_closed(uv_handle_t *handle)
{
	struct dns_tcp *t = handle->data;

	t->open_handles--;
	tcp_finish(t);
}

static void close_listener(struct dns_tcp *t)
{
	t->is_one_waiting = false;
	if (!uv_is_closing((uv_handle_t *)&t->listener))
		uv_close((uv_handle_t *)&t->listener, on_own_closed);
}

size_t dns_tcp_drain(struct dns_tcp *t)
{
	struct conn *c;
	size_t n = 0;

	close_listener(t);
	LIST_FOREACH(c, &t->conns, link) {
		if (is_at_rest(c))
			close_conn(c);
		n++;
	}
	return n;
}

void dns_tcp_close(struct dns_tcp *t)
{
	struct conn *c;

	if (t == NULL)
		return;
	close_listener(t);
	LIST_FOREACH(c, &t->conns, link) {
		close_conn(c);
	}
	uv_close((uv_handle_t *)&t->look, on_own_closed);
}
