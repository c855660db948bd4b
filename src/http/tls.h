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

/* Reads them. Of several, a client is shown one whose kind of key it supports, by its signature
 * algorithms and cipher suites, and of those one for the name that it asks for, before one with a
 * wildcard that fits, before any other; of equals the first. The sentence in ei names the file and
 * what is wrong with it (unreadable, not PEM, key of another certificate). */
int http_tls_new(const struct http_tls_pair *pairs, size_t n, enum http_tls_profile profile,
		 struct http_tls **ret, struct errinfo *ei);
/* Whether clients can have a key exchange that withstands quantum computers (X25519MLKEM768). */
bool http_tls_is_post_quantum(const struct http_tls *tls);
/* When the first of its certificates ends, in seconds since the epoch. */
int64_t http_tls_not_after(const struct http_tls *tls);
/* Whether one of its keys is of RSA, which is all that old clients know. */
bool http_tls_has_rsa(const struct http_tls *tls);

/* How many of them have less than a third of their lifetime left: by then they should have been
 * renewed. */
size_t http_tls_count_due(const struct http_tls *tls, int64_t now_s);
/* Tells of each of these. */
void http_tls_each_due(const struct http_tls *tls, int64_t now_s, http_tls_due_fn *tell, void *arg);

/* Calls for all that is no error, and should not stay: certificates that are not valid now or were
 * not renewed in time, short keys, keys that everybody can read. now_s is the time of the day;
 * is_news: only what was not told before. */
void http_tls_each_weakness(struct http_tls *tls, int64_t now_s, bool is_news,
			    http_tls_weakness_fn *tell, void *arg);

/* Reads all files again, and tells of each pair. A pair is taken as a whole or not at all, and not
 * in the place of a valid one when it is not valid itself; no pair keeps another one back, as that
 * one would expire with it. */
void http_tls_reload(struct http_tls *tls, http_tls_read_fn *tell, void *arg);
/* The same for pairs whose files changed, and which nobody touched since the last look; also for
 * those that could not be taken, of which it is told again only when it went well. To be called now
 * and then. */
void http_tls_look(struct http_tls *tls, http_tls_read_fn *tell, void *arg);
/* Whether the files of a pair, as last read, could not be taken. */
bool http_tls_is_stale(const struct http_tls *tls);
/* After every server that uses it is closed; NULL is fine. */
void http_tls_free(struct http_tls *tls);

#endif
