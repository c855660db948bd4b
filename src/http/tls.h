/* SPDX-License-Identifier: BSD-2-Clause
 * The TLS of a listener: its certificate and key. Core thread. */
#ifndef MOORING_HTTP_TLS_H
#define MOORING_HTTP_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "http/settings.h"

struct http_tls;

enum { HTTP_TLS_PAIRS_MAX = 4 };

/* Files in PEM. */
struct http_tls_pair {
	const char *certificate; /* with its chain */
	const char *private_key;
};

/* Reads them. Of several, a client is shown the first one whose kind of key it supports, by its
 * signature algorithms and cipher suites. The
 * sentence in ei names the file and what is wrong with it (unreadable, not PEM, key of another
 * certificate). */
int http_tls_new(const struct http_tls_pair *pairs, size_t n, enum http_tls_profile profile,
		 struct http_tls **ret, struct errinfo *ei);
/* Whether clients can have a key exchange that withstands quantum computers (X25519MLKEM768). */
bool http_tls_is_post_quantum(const struct http_tls *tls);
/* When the first of its certificates ends, in seconds since the epoch. */
int64_t http_tls_not_after(const struct http_tls *tls);
/* Reads the files again; on failure all the old ones stay in use. */
int http_tls_reload(struct http_tls *tls, struct errinfo *ei);
/* After every server that uses it is closed; NULL is fine. */
void http_tls_free(struct http_tls *tls);

#endif
