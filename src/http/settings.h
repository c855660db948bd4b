/* SPDX-License-Identifier: BSD-2-Clause
 * What the front is told by whoever opens it (http/server.h). */
#ifndef MOORING_HTTP_SETTINGS_H
#define MOORING_HTTP_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct http_tls;
struct listen_at;
struct prefix;

enum {
	/* Enough for a few monitors, which read a page of text now and then. */
	HTTP_ADMIN_CONNECTIONS = 32,
	/* Connections beyond the limit of a listener, that share of it and some: those shut down to
	 * make room stay until their pool thread has closed them. */
	HTTP_SPARE_SHARE = 8,
	HTTP_SPARE_DYING = 8,
};

/* The header in which trusted proxies name the client; the other one is not read. */
enum http_client_header {
	HTTP_CLIENT_X_FORWARDED_FOR,
	HTTP_CLIENT_FORWARDED, /* RFC 7239 */
};

enum http_tls_profile {
	HTTP_TLS_MODERN, /* TLS 1.2 and 1.3, forward secrecy, AEAD */
	HTTP_TLS_LEGACY, /* also 1.0 and 1.1, RSA key exchange, CBC: for old routers */
};

enum { HTTP_TLS_PAIRS_MAX = 17 }; /* the common one, and those of a list of the configuration */

/* Files in PEM. */
struct http_tls_pair {
	const char *certificate; /* with its chain */
	const char *private_key;
};

/* path: the file that it is about; why: a sentence. */
typedef void http_tls_weakness_fn(void *arg, const char *path, const char *why);
/* A certificate that has less than a third of its lifetime left, which ends at end_s. */
typedef void http_tls_due_fn(void *arg, const char *path, int64_t end_s);
/* certificate: the file of a pair that was read again; why: NULL, it is in use now; else why the
 * one in use stays. */
typedef void http_tls_read_fn(void *arg, const char *certificate, const char *why);

struct http_limits {
	unsigned threads;		     /* of each listener's pool; 0: one per processor */
	unsigned max_connections;	     /* of each listener */
	unsigned max_connections_per_client; /* of those, from one /32 or /56 */
	unsigned header_timeout_ms;
	unsigned body_timeout_ms;
	unsigned keepalive_timeout_ms;
	unsigned keepalive_requests;
	unsigned retry_after_s;
	enum http_client_header client_header;
	size_t n_trusted;	      /* proxies whose word counts */
	const struct prefix *trusted; /* borrowed for the life of the server */
};

/* One address, and how it is served. Everything is borrowed: at during the call, tls for the life
 * of the server, as is acme_webroot. */
struct http_listen {
	const struct listen_at *at;
	struct http_tls *tls; /* NULL: plain HTTP */
	bool query_login;     /* a login among the parameters counts */
	bool is_proxied;      /* connections begin with the PROXY header of a trusted proxy */
	/* Folder of ACME's challenges; plain HTTP only. NULL: there are none. */
	const char *acme_webroot;
	bool challenges_only; /* nothing but these is served, and no login taken */
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

#endif
