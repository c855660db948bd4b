/* SPDX-License-Identifier: BSD-2-Clause
 * A TLS handshake that fails: its alert is sent (RFC 8446 6.2), and why it failed is found out, for
 * the metric and the log. libmicrohttpd closes such a connection without a word to either side.
 * On the pool thread of its connection. Private to http/.
 *
 * The bytes of a connection come to GnuTLS through a pull function of ours, which keeps the first
 * of them: who speaks no TLS at all is known by these. How gnutls_handshake() ended is told by
 * http/workarounds.c. */
#ifndef MOORING_HTTP_HANDSHAKE_H
#define MOORING_HTTP_HANDSHAKE_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>

enum { HANDSHAKE_FIRST_BYTES = 16, HANDSHAKE_LAST_BYTES = 7 };

enum handshake_phase { HANDSHAKE_NONE, HANDSHAKE_RUNS, HANDSHAKE_DONE, HANDSHAKE_FAILED };

/* In struct conn. Zero for a plain connection. */
struct handshake {
	enum handshake_phase phase;
	int fd;
	unsigned char first[HANDSHAKE_FIRST_BYTES];
	size_t n_first;
	unsigned char last[HANDSHAKE_LAST_BYTES];
	bool ended;		   /* the client closed its side */
	bool reset;		   /* the connection broke */
	int error;		   /* of GnuTLS; 0: none was told */
	int alert;		   /* of the client; -1: none */
	gnutls_pk_algorithm_t key; /* of the certificate that was chosen; 0: none was */
	unsigned wanted;       /* of our key by the client's cipher suites: http/tls_profile.h */
	bool key_does_not_fit; /* to any signature algorithm of the client's */
};

/* Why a handshake failed; handshake_cause_name() has the words of the metric. */
enum handshake_cause {
	HANDSHAKE_VERSION,	   /* no version of TLS in common */
	HANDSHAKE_CIPHER,	   /* no cipher suite */
	HANDSHAKE_GROUP,	   /* no group for the key exchange */
	HANDSHAKE_SIGNATURE,	   /* no signature algorithm that fits our key */
	HANDSHAKE_CERT_REFUSED,	   /* the client's alert is about our certificate */
	HANDSHAKE_CERT_UNANSWERED, /* the client left when it had seen our certificate */
	HANDSHAKE_ALERT,	   /* any other alert of the client's */
	HANDSHAKE_PLAIN_HTTP,
	HANDSHAKE_PROXY_HEADER, /* of HAProxy's protocol, which we do not speak */
	HANDSHAKE_NOT_TLS,
	HANDSHAKE_MALFORMED, /* TLS, but against its rules */
	HANDSHAKE_NOTHING_SENT,
	HANDSHAKE_TIMEOUT,
	HANDSHAKE_CLOSED,
	HANDSHAKE_RESET,
	HANDSHAKE_INTERNAL, /* trouble of ours */
	HANDSHAKE_CAUSES,
};

/* Before the handshake; h outlives the session. The session must send to fd by itself. */
void handshake_watch(struct handshake *h, gnutls_session_t session, int fd);
/* Whether the client, whose hello has come, says that it supports signatures of such a key. One
 * that says nothing takes any. */
bool handshake_takes_key(gnutls_session_t session, gnutls_pk_algorithm_t kind);
/* gnutls_handshake() returned result: sends what is to be sent when it failed for good. */
void handshake_returned(struct handshake *h, gnutls_session_t session, int result);
/* Of a session that handshake_watch() was called for; else NULL. */
struct handshake *handshake_of(gnutls_session_t session);

/* Of a handshake that is not done, when its connection is closed. timed_out: we closed it, because
 * it took too long. shown: the client was sent our certificate. */
enum handshake_cause handshake_cause(const struct handshake *h, bool timed_out, bool shown);
/* One word, as in a label. */
const char *handshake_cause_name(enum handshake_cause cause);
/* A sentence for the log. */
const char *handshake_cause_text(enum handshake_cause cause);

enum { HANDSHAKE_ALERT_TEXT_MAX = 48 };

/* The client's alert by its name in RFC 8446 ("unknown_ca"); "" if it sent none. */
const char *handshake_alert_name(const struct handshake *h, char out[HANDSHAKE_ALERT_TEXT_MAX]);

#endif
