/* SPDX-License-Identifier: BSD-2-Clause
 * The TLS side of a connection: which certificate, which session tickets. Pool threads. Private to
 * http/; loading and reloading are in http/server.h.
 *
 * A certificate pair lives for as long as it is the current one or a connection was shown it, so
 * a reload never takes it from a handshake. */
#ifndef MOORING_HTTP_TLS_H
#define MOORING_HTTP_TLS_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "base/err.h"
#include "http/limits.h"

struct http_tls;
struct tls_pair;

/* The priority string of GnuTLS: TLS 1.2 and 1.3, AEAD, forward secrecy. */
const char *tls_priorities(const struct http_tls *tls);

/* Before the handshake; c outlives the session. Turns on session tickets, which libmicrohttpd never
 * does: a returning router then costs a third of a full handshake. */
void tls_begin(struct http_tls *tls, gnutls_session_t session, struct conn *c);
/* After the session is gone: gives back the certificate that c was shown. A handshake that failed
 * is counted and logged, unless fate says that we ended it for reasons of ours. */
void tls_end(struct conn *c, enum conn_fate fate);

/* gnutls_certificate_retrieve_function3; the session's pointer is the struct conn. */
int tls_retrieve(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
		 gnutls_pcert_st **certs, unsigned int *n_certs, gnutls_ocsp_data_st **ocsp,
		 unsigned int *n_ocsp, gnutls_privkey_t *key, unsigned int *flags);

/* http/pair.c: reads both files; the sentence in ei names the one that is wrong. The new pair has
 * one reference. */
int tls_pair_load(const char *certificate, const char *private_key, struct tls_pair **ret,
		  struct errinfo *ei);
struct tls_pair *tls_pair_ref(struct tls_pair *p);
/* NULL is fine. */
void tls_pair_unref(struct tls_pair *p);
gnutls_pcert_st *tls_pair_certs(struct tls_pair *p, unsigned *ret_n);
gnutls_privkey_t tls_pair_key(struct tls_pair *p);
/* When its certificate expires, in seconds since the epoch. */
int64_t tls_pair_not_after(const struct tls_pair *p);

#endif
