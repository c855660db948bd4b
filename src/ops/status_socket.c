/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/status_socket.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>
#include <uv.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "engine/engine.h"
#include "engine/view.h"
#include "notify/notify.h"
#include "ops/status.h"
#include "ops/status_file.h"
#include "ops/status_lines.h"
#include "ops/status_place.h"

#ifndef MOORING_VERSION
#define MOORING_VERSION "0"
#endif

TAILQ_HEAD(connection_list, connection);

struct status_socket {
	struct status_file *file;
	uv_pipe_t listener;
	/* Takes a connection for which there is no memory, in order to close it: one that is never
	 * taken would stop the listener. */
	uv_pipe_t spare;
	bool is_spare_used;
	bool is_one_waiting; /* a connection came while the spare was in use */
	bool was_left;	     /* by a process that did not end by itself */
	bool is_served;
	struct status_subjects of;
	struct connection_list connections;
	unsigned n_connections;
};

/* From the connection until its three handles are closed. */
struct connection {
	struct status_socket *socket;
	TAILQ_ENTRY(connection) link;
	uv_pipe_t pipe;
	uv_timer_t timer; /* for the whole exchange */
	/* A slice that had nothing to be written is followed by the next. Not a timer: one of 0 ms
	 * that its own callback starts may run again before anything is polled (libuv 1.44). */
	uv_idle_t soon;
	unsigned n_handles;
	bool is_answering;
	bool is_last; /* the slice that is being written */
	size_t len;
	char line[STATUS_REQUEST_MAX + 1];
	struct status_request request;
	struct view_place place;
	int64_t now_s;
	uint64_t n_hosts;
	struct buf out;
	uv_write_t write;
};

int status_socket_open(const struct conf *conf, struct status_socket **ret, struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	struct sockaddr_un at;
	struct status_socket *s;
	int err = status_place_of_daemon(conf, &at, ei);

	if (err != 0 || at.sun_path[0] == '\0')
		return err;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	TAILQ_INIT(&s->connections);
	s->was_left = access(at.sun_path, F_OK) == 0;
	if (status_file_open(&at, STATUS_CONNECTIONS_MAX, &s->file, &why) == 0) {
		*ret = s;
		return 0;
	}
	/* Nobody's update needs it. */
	log_event(LOG_LEVEL_WARN, "there is no status socket",
		  LOG_FIELDS(log_str("path", at.sun_path), log_str("why", why.text)));
	status_socket_free(s);
	return 0;
}

bool status_socket_was_left(const struct status_socket *s)
{
	return s != NULL && s->was_left;
}

/* ---------------------------------------------------------------- a connection */

static void on_handle_closed(uv_handle_t *handle)
{
	struct connection *c = handle->data;

	if (--c->n_handles > 0)
		return;
	buf_fini(&c->out);
	free(c);
}

/* result: how it ended. */
static void end_connection(struct connection *c, enum metric result)
{
	struct status_socket *s = c->socket;

	if (uv_is_closing((uv_handle_t *)&c->pipe))
		return;
	metric_add(result, 1);
	TAILQ_REMOVE(&s->connections, c, link);
	s->n_connections--;
	metric_set(METRIC_STATUS_CONNECTIONS, s->n_connections);
	uv_close((uv_handle_t *)&c->pipe, on_handle_closed);
	uv_close((uv_handle_t *)&c->timer, on_handle_closed);
	uv_close((uv_handle_t *)&c->soon, on_handle_closed);
}

static void on_late(uv_timer_t *timer)
{
	end_connection(timer->data, METRIC_STATUS_LATE);
}

static void tell_next(struct connection *c);

static void on_soon(uv_idle_t *soon)
{
	uv_idle_stop(soon);
	tell_next(soon->data);
}

static void on_written(uv_write_t *write, int status)
{
	struct connection *c = write->data;

	if (uv_is_closing((uv_handle_t *)&c->pipe))
		return;
	if (status != 0)
		end_connection(c, METRIC_STATUS_LATE);
	else if (c->is_last)
		end_connection(c, c->is_answering ? METRIC_STATUS_ANSWERED : METRIC_STATUS_BAD);
	else
		tell_next(c);
}

/* Who reads slowly gets the next slice when this one was taken. */
static void write_out(struct connection *c, bool is_last)
{
	const uv_buf_t buf = uv_buf_init(c->out.data, (unsigned)c->out.len);

	c->is_last = is_last;
	c->write.data = c;
	if (buf_err(&c->out) != 0 ||
	    uv_write(&c->write, (uv_stream_t *)&c->pipe, &buf, 1, on_written) != 0)
		end_connection(c, METRIC_STATUS_LATE);
}

static void on_host(void *arg, const struct view_host *h)
{
	struct connection *c = arg;
	const struct fqdn *only = &c->request.host;

	if (only->len > 0 && !(h->name.len == only->len && slice_eq(h->name, only->text)))
		return;
	status_put_host(&c->out, h, c->now_s);
	c->n_hosts++;
}

static void tell_next(struct connection *c)
{
	bool is_more;

	buf_reset(&c->out);
	is_more = view_tell(engine_view(c->socket->of.engine), &c->place, STATUS_SLICE, on_host, c);
	if (!is_more)
		status_put_end(&c->out, c->n_hosts);
	if (c->out.len > 0)
		write_out(c, !is_more);
	else
		uv_idle_start(&c->soon, on_soon);
}

static void tell_head(struct connection *c)
{
	const struct status_socket *s = c->socket;
	struct status_head head = {
		.version = MOORING_VERSION,
		.pid = getpid(),
		.now_s = c->now_s,
		.started_s = metric_get(METRIC_START_TIME),
		.is_complete = view_is_complete(engine_view(s->of.engine)),
		.is_kept = s->of.is_kept,
	};
	struct engine_stats stats;
	struct notify_stats notices;

	engine_stats(s->of.engine, &stats);
	notify_stats(s->of.notify, &notices);
	head.queued = stats.queued;
	head.notices_waiting = notices.waiting;
	head.notices_dead = notices.dead;
	head.are_notices_unkept = notices.is_in_memory;
	head.notices_looked_s = notices.looked_s;
	head.n_reasons = status_reasons(s->of.status, head.reasons, STATUS_REASONS_MAX);
	status_put_head(&c->out, &head);
	write_out(c, false);
}

static void take_request(struct connection *c, size_t len)
{
	struct errinfo ei = ERRINFO_INIT;

	uv_read_stop((uv_stream_t *)&c->pipe);
	c->now_s = clock_wall_s();
	if (len > STATUS_REQUEST_MAX)
		err_set(&ei, ERR_LIMIT, "a request has at most %d bytes", STATUS_REQUEST_MAX);
	else
		status_request_parse((struct slice){c->line, len}, &c->request, &ei);
	c->is_answering = ei.code == 0;
	if (c->is_answering) {
		tell_head(c);
		return;
	}
	status_put_error(&c->out, ei.text);
	write_out(c, true);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	struct connection *c = handle->data;

	(void)suggested;
	*ret = uv_buf_init(c->line + c->len, (unsigned)(sizeof(c->line) - c->len));
}

static void status_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct connection *c = stream->data;
	const char *end;

	(void)buf;
	if (n < 0) {
		end_connection(c, METRIC_STATUS_BAD);
		return;
	}
	c->len += (size_t)n;
	end = memchr(c->line, '\n', c->len);
	if (end != NULL)
		take_request(c, (size_t)(end - c->line));
	else if (c->len == sizeof(c->line))
		take_request(c, c->len);
}

static struct connection *new_connection(struct status_socket *s)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->socket = s;
	c->n_handles = 3;
	buf_init(&c->out, (size_t)STATUS_SLICE * STATUS_LINE_MAX);
	/* None of the three can fail. */
	uv_pipe_init(s->listener.loop, &c->pipe, 0);
	uv_timer_init(s->listener.loop, &c->timer);
	uv_idle_init(s->listener.loop, &c->soon);
	c->pipe.data = c->timer.data = c->soon.data = c;
	TAILQ_INSERT_TAIL(&s->connections, c, link);
	s->n_connections++;
	return c;
}

static void take_connection(struct status_socket *s);

static void on_spare_closed(uv_handle_t *handle)
{
	struct status_socket *s = handle->data;

	s->is_spare_used = false;
	if (s->is_one_waiting && !uv_is_closing((uv_handle_t *)&s->listener)) {
		s->is_one_waiting = false;
		take_connection(s);
	}
}

static void turn_away(struct status_socket *s)
{
	if (s->is_spare_used) {
		s->is_one_waiting = true;
		return;
	}
	metric_add(METRIC_STATUS_REFUSED, 1);
	uv_pipe_init(s->listener.loop, &s->spare, 0); /* cannot fail */
	s->spare.data = s;
	s->is_spare_used = true;
	uv_accept((uv_stream_t *)&s->listener, (uv_stream_t *)&s->spare);
	uv_close((uv_handle_t *)&s->spare, on_spare_closed);
}

/* One that finds no room is taken all the same, as the listener would else stop. */
static void take_connection(struct status_socket *s)
{
	const bool has_room = s->n_connections < STATUS_CONNECTIONS_MAX;
	struct connection *c = has_room ? new_connection(s) : NULL;

	if (c == NULL) {
		turn_away(s);
		return;
	}
	metric_set(METRIC_STATUS_CONNECTIONS, s->n_connections);
	if (uv_accept((uv_stream_t *)&s->listener, (uv_stream_t *)&c->pipe) != 0 ||
	    uv_read_start((uv_stream_t *)&c->pipe, on_room, status_on_read) != 0)
		end_connection(c, METRIC_STATUS_REFUSED);
	else
		uv_timer_start(&c->timer, on_late, STATUS_TIMEOUT_MS, 0);
}

static void status_on_connection(uv_stream_t *listener, int status)
{
	if (status == 0)
		take_connection(listener->data);
}

/* ---------------------------------------------------------------- its life */

int status_socket_serve(struct status_socket *s, struct uv_loop_s *loop,
			const struct status_subjects *subjects, struct errinfo *ei)
{
	int err, fd;

	if (s == NULL)
		return 0;
	s->of = *subjects;
	uv_pipe_init(loop, &s->listener, 0); /* cannot fail */
	s->listener.data = s;
	s->is_served = true;
	fd = status_file_take_fd(s->file);
	err = uv_pipe_open(&s->listener, fd);
	if (err != 0)
		close(fd);
	else
		err = uv_listen((uv_stream_t *)&s->listener, STATUS_CONNECTIONS_MAX,
				status_on_connection);
	if (err == 0)
		return 0;
	return err_set(ei, ERR_IO, "the status socket cannot be used: %s", uv_strerror(err));
}

void status_socket_close(struct status_socket *s)
{
	struct connection *c;

	if (s == NULL)
		return;
	status_file_remove(s->file);
	while ((c = TAILQ_FIRST(&s->connections)) != NULL)
		end_connection(c, METRIC_STATUS_LATE);
	if (s->is_served)
		uv_close((uv_handle_t *)&s->listener, NULL);
}

void status_socket_free(struct status_socket *s)
{
	if (s == NULL)
		return;
	status_file_free(s->file);
	free(s);
}
