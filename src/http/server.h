/* SPDX-License-Identifier: BSD-2-Clause
 * The HTTP front: one libmicrohttpd daemon per listening address, its requests carried to the core
 * thread and back. The only room that sees <microhttpd.h> and <gnutls/...>. Its functions are
 * called on the core thread; handlers run on the pool threads. */
#ifndef MOORING_HTTP_SERVER_H
#define MOORING_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "http/settings.h"

struct engine;
struct http_server;
struct listen_at;
struct uv_loop_s;

enum { HTTP_LISTENERS_MAX = 80 }; /* addresses of all kinds */

typedef void http_drained_fn(void *arg);

/* engine is borrowed. No socket yet. */
int http_server_new(struct uv_loop_s *loop, const struct http_limits *limits, struct engine *engine,
		    struct http_server **ret, struct errinfo *ei);
/* Binds, listens and starts the pool. Once per address. The sentence in ei names the address and
 * the reason: "... is in use by another program". */
int http_server_listen(struct http_server *s, const struct http_listen *how, struct errinfo *ei);
/* The same for an address that serves /healthz, /readyz and /metrics in plain HTTP and nothing
 * else, to the end of the drain. admin is borrowed until the loop is empty. */
int http_server_listen_admin(struct http_server *s, const struct listen_at *at,
			     const struct http_admin *admin, struct errinfo *ei);
/* Of the i-th address, in the order in which they were listened on. */
uint16_t http_server_port(const struct http_server *s, size_t i);
/* Whether the threads that accept, and the pools, get on; to be asked again and again, and less
 * often than each would take for a turn. limit_ms: how long a pool thread may leave a connection
 * alone. */
bool http_server_gets_on(struct http_server *s, unsigned limit_ms);
/* Stops accepting, except on admin addresses, and closes idle connections; done when no request is
 * suspended and every connection is closed, or after timeout_ms. The engine must answer the waiters
 * meanwhile. */
void http_server_drain(struct http_server *s, unsigned timeout_ms, http_drained_fn *done,
		       void *arg);
/* After the drain, and after the engine's, which has answered every waiter: from now on the engine
 * is not asked again and may be closed. The pools are joined in a later turn of the loop, when no
 * request is suspended and the last replies have had a moment to be sent. NULL is fine. */
void http_server_close(struct http_server *s);

#endif
