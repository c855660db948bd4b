/* SPDX-License-Identifier: BSD-2-Clause
 * The certificates of a listener with their keys: read from files, read again when these change,
 * and chosen among for each client. Core thread, but for tls_pairs_choose(). Private to http/. */
#ifndef MOORING_HTTP_TLS_PAIRS_H
#define MOORING_HTTP_TLS_PAIRS_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "http/settings.h"

struct certificate;
struct tls_pairs;

/* Reads them; the sentence in ei names the file that is wrong. */
int tls_pairs_new(const struct http_tls_pair *pairs, size_t n, struct tls_pairs **ret,
		  struct errinfo *ei);
/* NULL is fine. */
void tls_pairs_free(struct tls_pairs *p);
size_t tls_pairs_count(const struct tls_pairs *p);

/* As http_tls_reload() and http_tls_look(). True: something was replaced. */
bool tls_pairs_reload(struct tls_pairs *p, http_tls_read_fn *tell, void *arg);
bool tls_pairs_look(struct tls_pairs *p, http_tls_read_fn *tell, void *arg);
/* Whether the files of one cannot be taken as they are. */
bool tls_pairs_are_stale(const struct tls_pairs *p);

int64_t tls_pairs_not_after(const struct tls_pairs *p);
size_t tls_pairs_count_due(const struct tls_pairs *p, int64_t now_s);
void tls_pairs_each_due(const struct tls_pairs *p, int64_t now_s, http_tls_due_fn *tell, void *arg);
bool tls_pairs_have_rsa(const struct tls_pairs *p);
/* As http_tls_each_weakness(); is_news: only those that were not told before. */
void tls_pairs_each_weakness(struct tls_pairs *p, int64_t now_s, bool is_news,
			     http_tls_weakness_fn *tell, void *arg);

/* Whether the client can use a key of that kind. */
typedef bool tls_pairs_takes_fn(const void *client, gnutls_pk_algorithm_t kind);
/* Any thread. One that the client can use and that fits the name it asks for, as well as there is
 * one; where several do alike, the first of the configuration. For a client that can use none, its
 * alert tells why. The caller has one reference. */
struct certificate *tls_pairs_choose(struct tls_pairs *p, struct slice name,
				     tls_pairs_takes_fn *takes, const void *client);

#endif
