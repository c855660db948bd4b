/* SPDX-License-Identifier: BSD-2-Clause
 * One plain HTTP request, waited for: what `mooringctl test`, `health` and `conformance` send. */
#ifndef MOORING_FETCH_FETCH_H
#define MOORING_FETCH_FETCH_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { FETCH_BODY_MAX = 8192, FETCH_HEAD_MAX = 8192 };

enum { FETCH_LINES_MAX = 4 };

struct fetch_request {
	const char *url;
	const char *user;     /* NULL: no Authorization header */
	const char *password; /* may be NULL without user */
	const char *cacert;   /* PEM file; NULL: the system's */
	const char *method;   /* NULL: GET */
	/* "Name: value"; "Name:" is without that one. At most FETCH_LINES_MAX, the rest NULL. */
	const char *lines[FETCH_LINES_MAX];
	const char *body; /* NULL: none, and no length but with POST and PUT */
	bool is_old;	  /* HTTP/1.0, not 1.1 */
	/* The server is this very machine, asked by its address: no proxy is used, and the
	 * certificate, which names the server by its public name, is not checked. */
	bool is_local;
	unsigned timeout_ms;
};

struct fetch_reply {
	long status;
	bool is_chunked;
	bool has_challenge;		 /* WWW-Authenticate: Basic ... */
	char local_ip[INET6_ADDRSTRLEN]; /* where it was sent from; empty: nowhere */
	size_t body_len;
	char body[FETCH_BODY_MAX + 1];
	/* The header lines, each with its line end; of a head that is longer, the beginning. */
	size_t head_len;
	char head[FETCH_HEAD_MAX + 1];
};

/* Without redirects, with pre-emptive Basic as routers send it; the path goes out as it is. Blocks.
 * Any HTTP status is a reply. ERR_TIMEOUT, ERR_UNAVAILABLE (no connection, certificate refused),
 * ERR_LIMIT (body too large), ERR_INVAL (not an http or https URL): one sentence in ei without the
 * password. */
int fetch_ask(const struct fetch_request *rq, struct fetch_reply *ret, struct errinfo *ei);

/* ERR_INVAL, with a sentence that says so, in a build without libcurl (configure --without-curl);
 * as fetch_ask() is then. */
int fetch_check(struct errinfo *ei);
/* Of the library that runs, "7.88.1"; static, any thread. NULL: this build has none. */
const char *fetch_libcurl_version(void);

#endif
