/* SPDX-License-Identifier: BSD-2-Clause
 * The HTTP front: one libmicrohttpd daemon per listening address, its requests carried to the core
 * thread and back. The only room that sees <microhttpd.h> and <gnutls/...>. Its functions are
 * called on the core thread; handlers run on the pool threads. Rules: design §3. */
#ifndef MOORING_HTTP_SERVER_H
#define MOORING_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct buf;
struct engine;
struct http_server;
struct prefix;
struct http_tls;
struct listen_at;
struct uv_loop_s;

struct http_limits {
	unsigned threads;		     /* of each listener's pool; 0: one per processor */
	unsigned max_connections;	     /* of each listener */
	unsigned max_connections_per_client; /* of those, from one /32 or /56 */
	unsigned header_timeout_ms;
	unsigned body_timeout_ms;
	unsigned keepalive_timeout_ms;
	unsigned keepalive_requests;
	unsigned retry_after_s;
	size_t n_trusted;	      /* proxies whose X-Forwarded-For counts */
	const struct prefix *trusted; /* borrowed for the life of the server */
};

/* What an admin listener tells. Every function is called on pool threads, until the loop is empty.
 */
struct http_admin {
	bool (*is_alive)(void *arg);
	/* NULL: ready for updates; else the reason why not, one word, static. */
	const char *(*why_not_ready)(void *arg);
	void (*print_metrics)(void *arg, struct buf *out); /* text format 0.0.4 */
	void *arg;
};

typedef void http_drained_fn(void *arg);

/* Of the libraries that run, which may be newer than those of the build; static. */
const char *http_microhttpd_version(void);
const char *http_gnutls_version(void);

/* Reads certificate chain and key (PEM). The sentence in ei names the file and what is wrong with
 * it (unreadable, not PEM, key of another certificate). */
int http_tls_new(const char *certificate, const char *private_key, struct http_tls **ret,
		 struct errinfo *ei);
/* Whether clients can have a key exchange that withstands quantum computers (X25519MLKEM768). */
bool http_tls_is_post_quantum(const struct http_tls *tls);
/* Reads the files again; on failure the old ones stay in use. */
int http_tls_reload(struct http_tls *tls, struct errinfo *ei);
/* After every server that uses it is closed; NULL is fine. */
void http_tls_free(struct http_tls *tls);

/* engine is borrowed. No socket yet. */
int http_server_new(struct uv_loop_s *loop, const struct http_limits *limits, struct engine *engine,
		    struct http_server **ret, struct errinfo *ei);
/* Binds, listens and starts the pool; tls NULL: plain HTTP. Once per address. The sentence in ei
 * names the address and the reason: "... is in use by another program". */
int http_server_listen(struct http_server *s, const struct listen_at *at, struct http_tls *tls,
		       struct errinfo *ei);
/* The same for an address that serves /healthz, /readyz and /metrics in plain HTTP and nothing
 * else, to the end of the drain. admin is borrowed until the loop is empty. */
int http_server_listen_admin(struct http_server *s, const struct listen_at *at,
			     const struct http_admin *admin, struct errinfo *ei);
/* Of the i-th address, in the order in which they were listened on. */
uint16_t http_server_port(const struct http_server *s, size_t i);
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
