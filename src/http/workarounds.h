/* SPDX-License-Identifier: BSD-2-Clause
 * Everything that is here only because of what some version of libmicrohttpd or GnuTLS does, each
 * with the versions that need it. What is no longer needed is deleted here and nowhere else.
 * Private to http/. */
#ifndef MOORING_HTTP_WORKAROUNDS_H
#define MOORING_HTTP_WORKAROUNDS_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>

struct conn;

/* From now on what c sends passes through its screen on the way to libmicrohttpd, in plain HTTP and
 * in TLS; before that, the header of a proxy is taken away (http/proxied.h). On the thread that
 * serves c; for TLS after tls_begin(). */
void workaround_screen(struct conn *c);
/* On the same thread, before c's descriptor is closed. */
void workaround_unscreen(struct conn *c);
/* Whether the head that libmicrohttpd begins to parse was screened. */
bool workaround_is_screened(const struct conn *c);
/* To be called right before the socket of a refused head is closed: what came meanwhile is dropped
 * unread, as the rest of the head was, in TLS, too. */
void workaround_discard(struct conn *c);

/* Whether a message of libmicrohttpd's log is about this machine, which is for the administrator,
 * and not about what a peer did. All versions: its log has text and no level. */
bool workaround_is_our_trouble(const char *fmt);

/* All versions: GnuTLS frees its records as they are, with the requests and their passwords in
 * them. From now on it wipes all that it frees. Before the first thread that speaks TLS. */
void workaround_wipe_records(void);

/* MHD_OPTION_CONNECTION_LIMIT for a pool of threads that is to have at most most connections.
 * Before 1.0: MHD_add_connection() at the limit keeps a lock for ever. */
unsigned workaround_connection_limit(size_t most, unsigned threads);

/* 0.9.75 to 1.0.10, no end in sight: libmicrohttpd drops what gnutls_handshake() returns, sends no
 * alert, and tells of the end of the connection when the session is freed. None of GnuTLS's
 * callbacks learns the result either. So gnutls_handshake() is defined here, too: libmicrohttpd
 * finds this one first, as every shared library looks for a function in the program before it looks
 * in other libraries. It calls GnuTLS's own and tells http/handshake.h how that ended; sessions
 * that are not the front's see no difference. Where it is not found first, a failed handshake is
 * as silent as libmicrohttpd makes it; tests/unit/http/handshake.c sees that.
 *
 * Tried and worse: to judge the ClientHello beforehand repeats what GnuTLS knows, and what the
 * client says about our certificate comes later; handshakes of our own, before libmicrohttpd gets
 * the socket, need a poll loop of their own, and libmicrohttpd takes no session that exists. */
int gnutls_handshake(gnutls_session_t session);

#endif
