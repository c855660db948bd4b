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
/* Whether one of its keys is of RSA, which is all that old clients know. */
bool http_tls_has_rsa(const struct http_tls *tls);

/* path: the file that it is about; why: a sentence. */
typedef void http_tls_weakness_fn(void *arg, const char *path, const char *why);
/* Calls for all that is no error, and should not stay: certificates that are not valid now, short
 * keys, keys that everybody can read. now_s is the time of the day. */
void http_tls_each_weakness(const struct http_tls *tls, int64_t now_s, http_tls_weakness_fn *tell,
			    void *arg);
/* Reads the files again; on failure all the old ones stay in use, and so they do when one that is
 * valid would be replaced by one that is not. */
int http_tls_reload(struct http_tls *tls, struct errinfo *ei);
/* After every server that uses it is closed; NULL is fine. */
void http_tls_free(struct http_tls *tls);

#endif
