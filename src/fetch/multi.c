/* SPDX-License-Identifier: BSD-2-Clause */
#include "fetch/multi.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <uv.h>

struct fetch_multi {
	uv_loop_t *loop;
	uv_timer_t timer;
	CURLM *curlm; /* NULL after it broke, until the next transfer */
	const struct fetch_multi_ops *ops;
	void *arg;
	unsigned max_connections;
	unsigned n_handles; /* libuv handles that are not closed yet */
	bool is_closing;
	bool is_working; /* within multi_run(): the end of multi_run() does what close could not */
	LIST_HEAD(, watch) watches;
};

/* One socket of curl's. */
struct watch {
	uv_poll_t poll;
	struct fetch_multi *multi;
	curl_socket_t fd;
	LIST_ENTRY(watch) link;
};

static void drop_handle(struct fetch_multi *m)
{
	if (--m->n_handles == 0 && m->is_closing)
		free(m);
}

static void on_watch_closed(uv_handle_t *handle)
{
	struct watch *w = handle->data;

	drop_handle(w->multi);
	free(w);
}

static void watch_close(struct watch *w)
{
	LIST_REMOVE(w, link);
	uv_close((uv_handle_t *)&w->poll, on_watch_closed);
}

static struct watch *watch_new(struct fetch_multi *m, curl_socket_t fd)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	if (uv_poll_init_socket(m->loop, &w->poll, fd) != 0) {
		free(w);
		return NULL;
	}
	w->poll.data = w;
	w->multi = m;
	w->fd = fd;
	LIST_INSERT_HEAD(&m->watches, w, link);
	m->n_handles++;
	return w;
}

static void close_watches(struct fetch_multi *m)
{
	while (!LIST_EMPTY(&m->watches))
		watch_close(LIST_FIRST(&m->watches));
}

/* Hands finished transfers to the owner, one at a time: it may do anything, closing included. */
static void drain(struct fetch_multi *m)
{
	CURLMsg *msg;
	int left;

	while (!m->is_closing && m->curlm != NULL &&
	       (msg = curl_multi_info_read(m->curlm, &left)) != NULL)
		if (msg->msg == CURLMSG_DONE)
			m->ops->done(m->arg, msg->easy_handle, msg->data.result);
}

/* "If any function returns an error the state of all current transfers is uncertain":
 * libcurl-errors(3). A new multi handle is made for the next transfer. */
static void give_up(struct fetch_multi *m, CURLMcode code)
{
	m->ops->broken(m->arg, curl_multi_strerror(code));
	curl_multi_cleanup(m->curlm);
	m->curlm = NULL;
	close_watches(m);
}

static void on_multi_closed(uv_handle_t *handle)
{
	drop_handle(handle->data);
}

static void tear_down(struct fetch_multi *m)
{
	if (m->curlm != NULL)
		curl_multi_cleanup(m->curlm);
	m->curlm = NULL;
	close_watches(m);
	uv_close((uv_handle_t *)&m->timer, on_multi_closed);
}

static void multi_run(struct fetch_multi *m, curl_socket_t fd, int events)
{
	CURLMcode code;
	int running;

	if (m->curlm == NULL)
		return;
	m->is_working = true;
	code = curl_multi_socket_action(m->curlm, fd, events, &running);
	drain(m);
	if (code != CURLM_OK && code != CURLM_BAD_SOCKET && !m->is_closing)
		give_up(m, code);
	m->is_working = false;
	if (m->is_closing)
		tear_down(m);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;
	int flags = status < 0 ? CURL_CSELECT_ERR : 0;

	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	multi_run(w->multi, w->fd, flags);
}

static void on_multi_timer(uv_timer_t *timer)
{
	multi_run(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct fetch_multi *m = arg;
	struct watch *w = socket_arg;
	int events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w == NULL)
			return 0;
		curl_multi_assign(m->curlm, fd, NULL);
		watch_close(w);
		return 0;
	}
	if (w == NULL) {
		w = watch_new(m, fd);
		if (w == NULL)
			return -1;
		curl_multi_assign(m->curlm, fd, w);
	}
	if (what != CURL_POLL_OUT)
		events |= UV_READABLE;
	if (what != CURL_POLL_IN)
		events |= UV_WRITABLE;
	return uv_poll_start(&w->poll, events, on_poll) == 0 ? 0 : -1;
}

static int on_curl_timer(CURLM *curlm, long timeout_ms, void *arg)
{
	struct fetch_multi *m = arg;

	(void)curlm;
	if (m->is_closing)
		return 0;
	if (timeout_ms < 0)
		uv_timer_stop(&m->timer);
	else
		uv_timer_start(&m->timer, on_multi_timer, (uint64_t)timeout_ms, 0);
	return 0;
}

static int make_curlm(struct fetch_multi *m)
{
	CURLM *c = curl_multi_init();

	if (c == NULL)
		return ERR_NOMEM;
	curl_multi_setopt(c, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(c, CURLMOPT_SOCKETDATA, m);
	curl_multi_setopt(c, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(c, CURLMOPT_TIMERDATA, m);
	curl_multi_setopt(c, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
	curl_multi_setopt(c, CURLMOPT_MAX_HOST_CONNECTIONS, (long)m->max_connections);
	curl_multi_setopt(c, CURLMOPT_MAXCONNECTS, (long)m->max_connections);
	m->curlm = c;
	return 0;
}

int fetch_multi_new(struct uv_loop_s *loop, unsigned max_connections,
		    const struct fetch_multi_ops *ops, void *arg, struct fetch_multi **ret)
{
	struct fetch_multi *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return ERR_NOMEM;
	m->loop = loop;
	m->ops = ops;
	m->arg = arg;
	m->max_connections = max_connections;
	if (make_curlm(m) != 0) {
		free(m);
		return ERR_NOMEM;
	}
	uv_timer_init(loop, &m->timer); /* cannot fail */
	m->timer.data = m;
	m->n_handles = 1;
	*ret = m;
	return 0;
}

int fetch_multi_add(struct fetch_multi *m, CURL *easy)
{
	if (m->curlm == NULL && make_curlm(m) != 0)
		return ERR_NOMEM;
	return curl_multi_add_handle(m->curlm, easy) == CURLM_OK ? 0 : ERR_NOMEM;
}

void fetch_multi_remove(struct fetch_multi *m, CURL *easy)
{
	if (m->curlm != NULL)
		curl_multi_remove_handle(m->curlm, easy);
}

void fetch_multi_close(struct fetch_multi *m)
{
	m->is_closing = true;
	if (!m->is_working)
		tear_down(m);
}
