/* SPDX-License-Identifier: BSD-2-Clause
 * One plain HTTP request, waited for: what `mooringctl test` and `mooringctl health` send. */
#ifndef MOORING_FETCH_FETCH_H
#define MOORING_FETCH_FETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { FETCH_BODY_MAX = 8192 };

struct fetch_request {
	const char *url;
	const char *user;     /* NULL: no Authorization header */
	const char *password; /* may be NULL without user */
	const char *cacert;   /* PEM file; NULL: the system's */
	/* The server is this very machine, asked by its address: no proxy is used, and the
	 * certificate, which names the server by its public name, is not checked. */
	bool is_local;
	unsigned timeout_ms;
};

struct fetch_reply {
	long status;
	bool is_chunked;
	bool has_challenge; /* WWW-Authenticate: Basic ... */
	size_t body_len;
	char body[FETCH_BODY_MAX + 1];
};

/* A GET without redirects, with pre-emptive Basic as routers send it. Blocks. Any HTTP status is a
 * reply. ERR_TIMEOUT, ERR_UNAVAILABLE (no connection, certificate refused), ERR_LIMIT (body too
 * large), ERR_INVAL (not an http or https URL): one sentence in ei without the password. */
int fetch_get(const struct fetch_request *rq, struct fetch_reply *ret, struct errinfo *ei);

#endif
