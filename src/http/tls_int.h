/* SPDX-License-Identifier: BSD-2-Clause
 * The TLS side of a connection: which certificate, which session tickets. Pool threads. Private to
 * http/; making and reloading it are in http/tls.h.
 *
 * A certificate pair lives for as long as it is the current one or a connection was shown it, so
 * a reload never takes it from a handshake. */
#ifndef MOORING_HTTP_TLS_INT_H
#define MOORING_HTTP_TLS_INT_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "http/conn_table.h"

struct http_tls;

/* The priority string of GnuTLS. */
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

#endif
