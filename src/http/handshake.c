/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/handshake.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
	/* Types of TLS records, RFC 8446 5.1. */
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	/* A router's request fits into one piece, a ClientHello with post-quantum key shares into
	 * two. */
	DRAIN_PIECES = 8,
};

/* A body as in docs/PROTOCOL.md, V20. */
#define PLAIN_BODY "bad request: this port takes HTTPS only"
#define PLAIN_HEAD                                                                                 \
	"HTTP/1.1 400 Bad Request\r\n"                                                             \
	"Connection: close\r\n"                                                                    \
	"Content-Length: 39\r\n"                                                                   \
	"Content-Type: text/plain\r\n"                                                             \
	"Cache-Control: no-store\r\n\r\n"
_Static_assert(sizeof(PLAIN_BODY) - 1 == 39, "Content-Length of PLAIN_HEAD");

/* Its address marks a session that is watched here. */
static char mark;

static void record_first(struct handshake *h, const unsigned char *data, size_t len)
{
	size_t room = sizeof(h->first) - h->n_first;

	if (len > room)
		len = room;
	memcpy(h->first + h->n_first, data, len);
	h->n_first += len;
}

static void record_last(struct handshake *h, const unsigned char *data, size_t len)
{
	size_t old = len < sizeof(h->last) ? sizeof(h->last) - len : 0;

	len = sizeof(h->last) - old;
	memmove(h->last, h->last + len, old);
	memcpy(h->last + old, data, len);
}

static void handshake_record(struct handshake *h, const unsigned char *data, size_t len)
{
	record_first(h, data, len);
	record_last(h, data + (len < sizeof(h->last) ? 0 : len - sizeof(h->last)), len);
}

/* gnutls_pull_func: GnuTLS reads errno. */
static ssize_t handshake_pull(gnutls_transport_ptr_t arg, void *data, size_t len)
{
	struct handshake *h = arg;
	ssize_t n = recv(h->fd, data, len, 0);

	if (h->phase != HANDSHAKE_RUNS)
		return n;
	if (n > 0)
		handshake_record(h, data, (size_t)n);
	else if (n == 0)
		h->ended = true;
	else if (errno != EAGAIN && errno != EINTR)
		h->reset = true;
	return n;
}

void handshake_watch(struct handshake *h, gnutls_session_t session, int fd)
{
	gnutls_transport_ptr_t in, out;

	*h = (struct handshake){.phase = HANDSHAKE_RUNS, .fd = fd, .alert = -1};
	gnutls_transport_get_ptr2(session, &in, &out);
	gnutls_transport_set_ptr2(session, h, out);
	gnutls_transport_set_pull_function(session, handshake_pull);
	/* GnuTLS's pointer for a session database is free to hold ours: libmicrohttpd uses none. */
	gnutls_db_set_ptr(session, &mark);
}

struct handshake *handshake_of(gnutls_session_t session)
{
	if (gnutls_db_get_ptr(session) != &mark)
		return NULL;
	return gnutls_transport_get_ptr(session);
}

/* ---------------------------------------------------------------- what the first bytes say */

static bool begins_with(const struct handshake *h, const char *text, size_t len)
{
	return h->n_first >= len && memcmp(h->first, text, len) == 0;
}

/* The ClientHello of SSL 2, which clients of TLS 1.0 sent (RFC 5246 E.2), has another head. */
static bool is_tls(const struct handshake *h)
{
	return h->n_first > 0 &&
	       (h->first[0] == RECORD_HANDSHAKE || h->first[0] == RECORD_ALERT ||
		((h->first[0] & 0x80) != 0 && h->n_first > 2 && h->first[2] == 1));
}

static bool is_plain_http(const struct handshake *h)
{
	/* PRI: a client of HTTP/2 that knows of it beforehand, RFC 9113 3.4. */
	static const char *const methods[] = {"GET ",	  "POST ",    "PUT ",	"HEAD ",  "DELETE ",
					      "OPTIONS ", "CONNECT ", "TRACE ", "PATCH ", "PRI "};
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (begins_with(h, methods[i], strlen(methods[i])))
			return true;
	return false;
}

static bool is_proxy_header(const struct handshake *h)
{
	static const char v1[] = "PROXY ", v2[] = "\r\n\r\n\0\r\nQUIT\n";

	return begins_with(h, v1, sizeof(v1) - 1) || begins_with(h, v2, sizeof(v2) - 1);
}

/* ---------------------------------------------------------------- what is sent before the close */

static void send_text(const struct handshake *h, const char *text)
{
	send(h->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void answer_plain_http(const struct handshake *h)
{
	send_text(h, begins_with(h, "HEAD ", 5) ? PLAIN_HEAD : PLAIN_HEAD PLAIN_BODY);
}

/* Read what is left: closing a socket with unread bytes makes the kernel send a reset, and the
 * client may lose the alert. */
static void discard_unread(struct handshake *h)
{
	unsigned char piece[4096];
	ssize_t n;
	int i;

	for (i = 0; i < DRAIN_PIECES; i++) {
		n = recv(h->fd, piece, sizeof(piece), MSG_DONTWAIT);
		if (n <= 0)
			break;
		handshake_record(h, piece, (size_t)n);
	}
	/* A client that speaks plain HTTP here has sent its password. */
	explicit_bzero(piece, sizeof(piece));
}

/* OpenSSL's clients refuse a certificate of TLS 1.3 before they have keys to send the alert with:
 * GnuTLS finds a record that it cannot decrypt. */
static int alert_in_clear(const struct handshake *h)
{
	static const unsigned char head[] = {RECORD_ALERT, 3, 3, 0, 2, GNUTLS_AL_FATAL};

	return memcmp(h->last, head, sizeof(head)) == 0 ? h->last[sizeof(head)] : -1;
}

/* -1: none. */
static int alert_received(const struct handshake *h, gnutls_session_t session)
{
	if (h->error == GNUTLS_E_FATAL_ALERT_RECEIVED ||
	    h->error == GNUTLS_E_WARNING_ALERT_RECEIVED)
		return (int)gnutls_alert_get(session);
	return alert_in_clear(h);
}

bool handshake_takes_key(gnutls_session_t session, gnutls_pk_algorithm_t kind)
{
	const bool is_tls13 = gnutls_protocol_get_version(session) >= GNUTLS_TLS1_3;
	gnutls_sign_algorithm_t sign;
	size_t i;

	for (i = 0; gnutls_sign_algorithm_get_requested(session, i, &sign) == 0; i++) {
		/* PKCS #1 is for certificates alone there: RFC 8446 §4.2.3. */
		if (is_tls13 && gnutls_sign_get_pk_algorithm(sign) == GNUTLS_PK_RSA)
			continue;
		if (gnutls_sign_supports_pk_algorithm(sign, kind) != 0)
			return true;
	}
	return i == 0;
}

void handshake_returned(struct handshake *h, gnutls_session_t session, int result)
{
	if (h->phase != HANDSHAKE_RUNS || result == GNUTLS_E_AGAIN ||
	    result == GNUTLS_E_INTERRUPTED)
		return;
	if (result == GNUTLS_E_SUCCESS) {
		h->phase = HANDSHAKE_DONE;
		return;
	}
	h->phase = HANDSHAKE_FAILED;
	h->error = result;
	/* GnuTLS's error for a connection that turns out to be broken when it sends. */
	if (!h->ended &&
	    (result == GNUTLS_E_PREMATURE_TERMINATION || result == GNUTLS_E_PUSH_ERROR))
		h->reset = true;
	h->alert = alert_received(h, session);
	/* GnuTLS has one error for a lack of cipher suites and of signature algorithms. */
	h->key_does_not_fit = result == GNUTLS_E_NO_CIPHER_SUITES && h->key != GNUTLS_PK_UNKNOWN &&
			      !handshake_takes_key(session, h->key);
	if (h->ended || h->reset)
		return;
	discard_unread(h);
	if (is_tls(h) && h->alert < 0)
		gnutls_alert_send_appropriate(session, result);
	else if (is_plain_http(h))
		answer_plain_http(h);
}

/* ---------------------------------------------------------------- causes */

static enum handshake_cause cause_of_alert(int alert)
{
	switch (alert) {
	case GNUTLS_A_BAD_CERTIFICATE:
	case GNUTLS_A_UNSUPPORTED_CERTIFICATE:
	case GNUTLS_A_CERTIFICATE_REVOKED:
	case GNUTLS_A_CERTIFICATE_EXPIRED:
	case GNUTLS_A_CERTIFICATE_UNKNOWN:
	case GNUTLS_A_UNKNOWN_CA:
	case GNUTLS_A_ACCESS_DENIED:
		return HANDSHAKE_CERT_REFUSED;
	default:
		return HANDSHAKE_ALERT;
	}
}

static enum handshake_cause cause_of_error(const struct handshake *h)
{
	switch (h->error) {
	case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
	case GNUTLS_E_INAPPROPRIATE_FALLBACK:
		return HANDSHAKE_VERSION;
	case GNUTLS_E_NO_CIPHER_SUITES:
		return h->key_does_not_fit ? HANDSHAKE_SIGNATURE : HANDSHAKE_CIPHER;
	case GNUTLS_E_UNKNOWN_CIPHER_SUITE:
	case GNUTLS_E_INSUFFICIENT_CREDENTIALS:
		return HANDSHAKE_CIPHER;
	case GNUTLS_E_NO_COMMON_KEY_SHARE:
	case GNUTLS_E_ECC_NO_SUPPORTED_CURVES:
	case GNUTLS_E_ECC_UNSUPPORTED_CURVE:
		return HANDSHAKE_GROUP;
	case GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM:
	case GNUTLS_E_INCOMPATIBLE_SIG_WITH_KEY:
		return HANDSHAKE_SIGNATURE;
	case GNUTLS_E_INTERNAL_ERROR:
	case GNUTLS_E_MEMORY_ERROR:
	case GNUTLS_E_NO_PRIORITIES_WERE_SET:
	case GNUTLS_E_RANDOM_FAILED:
		return HANDSHAKE_INTERNAL;
	default:
		return HANDSHAKE_MALFORMED;
	}
}

enum handshake_cause handshake_cause(const struct handshake *h, bool timed_out, bool shown)
{
	if (is_plain_http(h))
		return HANDSHAKE_PLAIN_HTTP;
	if (is_proxy_header(h))
		return HANDSHAKE_PROXY_HEADER;
	if (timed_out)
		return HANDSHAKE_TIMEOUT;
	if (h->n_first > 0 && !is_tls(h))
		return HANDSHAKE_NOT_TLS;
	if (h->alert >= 0)
		return cause_of_alert(h->alert);
	if (h->error != 0 && !h->ended && !h->reset)
		return cause_of_error(h);
	/* Look at this before h->reset: a client that closes with our bytes unread resets the
	 * connection. */
	if (shown)
		return HANDSHAKE_CERT_UNANSWERED;
	if (h->reset)
		return HANDSHAKE_RESET;
	return h->n_first > 0 ? HANDSHAKE_CLOSED : HANDSHAKE_NOTHING_SENT;
}

#define FAILED "TLS handshake failed: "

static const struct {
	const char *name, *text;
} causes[HANDSHAKE_CAUSES] = {
	[HANDSHAKE_VERSION] = {"protocol_version",
			       FAILED "the client has no version of TLS that is served here"},
	[HANDSHAKE_CIPHER] = {"no_shared_cipher",
			      FAILED "the client has no cipher suite for us and our certificate"},
	[HANDSHAKE_GROUP] = {"no_shared_group",
			     FAILED "the client has no key exchange group of ours"},
	[HANDSHAKE_SIGNATURE] = {"no_shared_signature", FAILED
				 "the client has no signature algorithm that fits our certificate"},
	[HANDSHAKE_CERT_REFUSED] = {"certificate_refused",
				    FAILED "the client refused our certificate"},
	[HANDSHAKE_CERT_UNANSWERED] = {"certificate_unanswered",
				       FAILED "the client left when it saw our certificate"},
	[HANDSHAKE_ALERT] = {"client_alert", FAILED "the client gave up with an alert"},
	[HANDSHAKE_PLAIN_HTTP] = {"plain_http",
				  FAILED "the client speaks plain HTTP on a port for HTTPS"},
	[HANDSHAKE_PROXY_HEADER] = {"proxy_header", FAILED
				    "a proxy sent a PROXY header, and proxy-protocol is not set"},
	[HANDSHAKE_NOT_TLS] = {"not_tls", FAILED "the client does not speak TLS"},
	[HANDSHAKE_MALFORMED] = {"malformed", FAILED "the client broke the rules of TLS"},
	[HANDSHAKE_NOTHING_SENT] = {"nothing_sent", FAILED "the client closed without a byte"},
	[HANDSHAKE_TIMEOUT] = {"timeout", FAILED "the client took too long"},
	[HANDSHAKE_CLOSED] = {"closed", FAILED "the client closed in the middle"},
	[HANDSHAKE_RESET] = {"reset", FAILED "the connection broke"},
	[HANDSHAKE_INTERNAL] = {"internal", FAILED "trouble of our own"},
};

const char *handshake_cause_name(enum handshake_cause cause)
{
	return causes[cause].name;
}

const char *handshake_cause_text(enum handshake_cause cause)
{
	return causes[cause].text;
}

/* GnuTLS's names are those of the RFC, but in capitals and behind a prefix. */
const char *handshake_alert_name(const struct handshake *h, char out[HANDSHAKE_ALERT_TEXT_MAX])
{
	static const char prefix[] = "GNUTLS_A_";
	const char *name;
	char *s;

	out[0] = '\0';
	if (h->alert < 0)
		return out;
	name = gnutls_alert_get_strname((gnutls_alert_description_t)h->alert);
	if (name == NULL || strncmp(name, prefix, sizeof(prefix) - 1) != 0) {
		snprintf(out, HANDSHAKE_ALERT_TEXT_MAX, "%d", h->alert);
		return out;
	}
	snprintf(out, HANDSHAKE_ALERT_TEXT_MAX, "%s", name + sizeof(prefix) - 1);
	for (s = out; *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
	return out;
}
