/* SPDX-License-Identifier: BSD-2-Clause
 * TLS handshakes that fail: the alert that the client gets, and the cause that is counted. */
#include "http/handshake.h"

#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/metric.h"
#include "kit/http_fixture.h"
#include "kit/unit.h"

static struct fixture f;
static struct client c;

static const struct {
	const char *first; /* of 16 bytes, or a C string */
	bool ended, reset, timed_out, shown, no_key;
	int error, alert;
	const char *cause;
} ends[] = {
	{.error = GNUTLS_E_UNSUPPORTED_VERSION_PACKET, .cause = "protocol_version"},
	{.error = GNUTLS_E_INAPPROPRIATE_FALLBACK, .cause = "protocol_version"},
	{.error = GNUTLS_E_NO_CIPHER_SUITES, .cause = "no_shared_cipher"},
	{.error = GNUTLS_E_NO_CIPHER_SUITES, .no_key = true, .cause = "no_shared_signature"},
	{.error = GNUTLS_E_NO_COMMON_KEY_SHARE, .cause = "no_shared_group"},
	{.error = GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM, .cause = "no_shared_signature"},
	{.error = GNUTLS_E_UNEXPECTED_PACKET_LENGTH, .cause = "malformed"},
	{.error = GNUTLS_E_RECEIVED_DISALLOWED_NAME, .cause = "malformed"},
	{.error = GNUTLS_E_DECRYPTION_FAILED, .cause = "malformed"},
	{.error = GNUTLS_E_INTERNAL_ERROR, .cause = "internal"},
	{.alert = GNUTLS_A_UNKNOWN_CA, .shown = true, .cause = "certificate_refused"},
	{.alert = GNUTLS_A_BAD_CERTIFICATE, .cause = "certificate_refused"},
	{.alert = GNUTLS_A_CERTIFICATE_EXPIRED, .cause = "certificate_refused"},
	{.alert = GNUTLS_A_CERTIFICATE_UNKNOWN, .cause = "certificate_refused"},
	{.alert = GNUTLS_A_CERTIFICATE_REVOKED, .cause = "certificate_refused"},
	{.alert = GNUTLS_A_ACCESS_DENIED, .cause = "certificate_refused"},
	{.alert = GNUTLS_A_HANDSHAKE_FAILURE, .cause = "client_alert"},
	{.alert = GNUTLS_A_USER_CANCELED, .cause = "client_alert"},
	{.ended = true, .error = GNUTLS_E_PREMATURE_TERMINATION, .cause = "closed"},
	{.ended = true, .shown = true, .cause = "certificate_unanswered"},
	{.reset = true, .shown = true, .cause = "certificate_unanswered"},
	{.reset = true, .error = GNUTLS_E_PULL_ERROR, .cause = "reset"},
	{.first = "", .ended = true, .cause = "nothing_sent"},
	{.first = "", .reset = true, .cause = "reset"},
	{.first = "", .timed_out = true, .ended = true, .cause = "timeout"},
	{.timed_out = true, .ended = true, .shown = true, .cause = "timeout"},
	{.first = "GET / HTTP/1.1\r\n", .cause = "plain_http"},
	{.first = "HEAD /", .cause = "plain_http"},
	{.first = "OPTIONS * HTTP/1", .cause = "plain_http"},
	{.first = "PRI * HTTP/2.0\r\n", .cause = "plain_http"},
	{.first = "GET / ", .timed_out = true, .cause = "plain_http"},
	{.first = "PROXY TCP4 192.0", .cause = "proxy_header"},
	{.first = "PROXY UNKNOWN\r\n", .cause = "proxy_header"},
	{.first = "GETTING", .cause = "not_tls"},
	{.first = "SSH-2.0-OpenSSH_", .cause = "not_tls"},
	{.first = "EHLO localhost\r\n", .cause = "not_tls"},
	{.first = "G", .ended = true, .cause = "not_tls"},
	{.first = "\x80\x2e\x01\x03\x01", /* the hello of SSL 2 */
	 .error = GNUTLS_E_UNSUPPORTED_VERSION_PACKET,
	 .cause = "protocol_version"},
};

START_TEST(every_end_of_a_handshake_has_its_cause)
{
	struct handshake h;
	enum handshake_cause cause;
	const char *first;
	size_t i;

	for (i = 0; i < N_ELEMENTS(ends); i++) {
		first = ends[i].first != NULL ? ends[i].first : "\x16\x03\x01";
		h = (struct handshake){.phase = HANDSHAKE_FAILED,
				       .n_first = strnlen(first, HANDSHAKE_FIRST_BYTES),
				       .ended = ends[i].ended,
				       .reset = ends[i].reset,
				       .error = ends[i].error,
				       .alert = ends[i].alert > 0 ? ends[i].alert : -1,
				       .key_does_not_fit = ends[i].no_key};
		memcpy(h.first, first, h.n_first);
		cause = handshake_cause(&h, ends[i].timed_out, ends[i].shown);
		ck_assert_msg(strcmp(handshake_cause_name(cause), ends[i].cause) == 0,
			      "row %zu: %s, not %s", i, handshake_cause_name(cause), ends[i].cause);
	}
}
END_TEST

START_TEST(the_header_of_version_2_of_the_proxy_protocol_is_known)
{
	struct handshake h = {.n_first = 16, .alert = -1};

	memcpy(h.first, "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", 16);
	ck_assert_int_eq(handshake_cause(&h, false, false), HANDSHAKE_PROXY_HEADER);
}
END_TEST

START_TEST(alerts_have_the_names_of_the_rfc)
{
	static const struct {
		int alert;
		const char *name;
	} rows[] = {
		{GNUTLS_A_UNKNOWN_CA, "unknown_ca"},
		{GNUTLS_A_CERTIFICATE_EXPIRED, "certificate_expired"},
		{GNUTLS_A_CLOSE_NOTIFY, "close_notify"},
		{GNUTLS_A_BAD_CERTIFICATE, "bad_certificate"},
		{200, "200"}, /* nobody's */
		{-1, ""},
	};
	char text[HANDSHAKE_ALERT_TEXT_MAX];
	struct handshake h = {.phase = HANDSHAKE_FAILED};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		h.alert = rows[i].alert;
		ck_assert_str_eq(handshake_alert_name(&h, text), rows[i].name);
	}
}
END_TEST

/* What a client of these priorities gets. */
static int alert_for(const char *priorities)
{
	int err;

	client_prepare_tls(&c, &f);
	ck_assert_int_eq(gnutls_priority_set_direct(c.tls, priorities, NULL), 0);
	err = client_handshake(&c, &f);
	ck_assert_msg(err == GNUTLS_E_FATAL_ALERT_RECEIVED, "%s: %s", priorities,
		      gnutls_strerror(err));
	err = (int)gnutls_alert_get(c.tls);
	client_close(&c);
	return err;
}

/* The library finds our gnutls_handshake() before GnuTLS's own. */
START_TEST(a_client_without_anything_in_common_gets_its_alert)
{
	static const struct {
		const char *priorities;
		int alert;
		enum metric metric;
	} rows[] = {
		{"NORMAL:-VERS-ALL:+VERS-TLS1.1:%VERIFY_ALLOW_SIGN_WITH_SHA1",
		 GNUTLS_A_PROTOCOL_VERSION, METRIC_TLS_FAILED_VERSION},
		{"NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-CCM",
		 GNUTLS_A_HANDSHAKE_FAILURE, METRIC_TLS_FAILED_CIPHER},
		{"NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA", GNUTLS_A_HANDSHAKE_FAILURE,
		 METRIC_TLS_FAILED_CIPHER},
		{"NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-SECP521R1",
		 GNUTLS_A_HANDSHAKE_FAILURE, METRIC_TLS_FAILED_GROUP},
		{"NORMAL:-VERS-ALL:+VERS-TLS1.3:-SIGN-ALL:+SIGN-RSA-PSS-RSAE-SHA256",
		 GNUTLS_A_HANDSHAKE_FAILURE, METRIC_TLS_FAILED_SIGNATURE},
	};
	struct http_limits limits = fixture_limits();
	size_t i;

	fixture_open(&f, &limits);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		int64_t before = metric_get(rows[i].metric);
		int alert = alert_for(rows[i].priorities);

		ck_assert_msg(alert == rows[i].alert, "row %zu: %d", i, alert);
		fixture_wait_metric(&f, rows[i].metric, before + 1);
	}
	fixture_close(&f);
}
END_TEST

static int refuse(gnutls_session_t session)
{
	(void)session;
	return GNUTLS_E_CERTIFICATE_ERROR;
}

/* Closes without a reset: that could take the alert from the server. */
static void leave_quietly(void)
{
	gnutls_session_t tls = c.tls;

	ck_assert_int_eq(shutdown(c.fd, SHUT_WR), 0);
	c.tls = NULL;
	client_read_all(&c, &f);
	c.tls = tls;
	client_close(&c);
}

/* A client that does not say why, one of GnuTLS that does, and one that has no keys yet. */
START_TEST(a_client_that_refuses_the_certificate_is_counted)
{
	struct http_limits limits = fixture_limits();
	int64_t refused = metric_get(METRIC_TLS_FAILED_CERT_REFUSED);
	int64_t unanswered = metric_get(METRIC_TLS_FAILED_CERT_UNANSWERED);
	static const char in_clear[] = "\x15\x03\x03\x00\x02\x02\x30"; /* unknown_ca */
	int way;

	fixture_open(&f, &limits);
	for (way = 0; way < 3; way++) {
		client_prepare_tls(&c, &f);
		gnutls_certificate_set_verify_function(c.credentials, refuse);
		ck_assert_int_eq(client_handshake(&c, &f), GNUTLS_E_CERTIFICATE_ERROR);
		if (way == 1)
			ck_assert_int_eq(gnutls_alert_send(c.tls, GNUTLS_AL_FATAL,
							   GNUTLS_A_CERTIFICATE_EXPIRED),
					 0);
		if (way == 2)
			ck_assert_int_eq(send(c.fd, in_clear, sizeof(in_clear) - 1, 0), 7);
		leave_quietly();
	}
	fixture_wait_metric(&f, METRIC_TLS_FAILED_CERT_REFUSED, refused + 2);
	fixture_wait_metric(&f, METRIC_TLS_FAILED_CERT_UNANSWERED, unanswered + 1);
	fixture_close(&f);
}
END_TEST

/* The request came in pieces of one byte: the first bytes are kept all the same. */
START_TEST(plain_http_in_pieces_is_known)
{
	static const char request[] = "OPTIONS * HTTP/1.1\r\n\r\n";
	struct http_limits limits = fixture_limits();
	int64_t before = metric_get(METRIC_TLS_FAILED_PLAIN_HTTP);
	size_t i;

	fixture_open(&f, &limits);
	client_open(&c, &f, 1);
	for (i = 0; i < 4; i++) {
		client_send(&c, request + i, 1);
		fixture_run(&f, 2);
	}
	client_send(&c, request + 4, strlen(request) - 4);
	client_read_all(&c, &f);
	ck_assert_uint_eq(reply_status(c.bytes), 400);
	ck_assert_str_eq(reply_body(c.bytes), "bad request: this port takes HTTPS only");
	client_close(&c);
	fixture_wait_metric(&f, METRIC_TLS_FAILED_PLAIN_HTTP, before + 1);
	fixture_close(&f);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_end_of_a_handshake_has_its_cause,
		the_header_of_version_2_of_the_proxy_protocol_is_known,
		alerts_have_the_names_of_the_rfc,
		a_client_without_anything_in_common_gets_its_alert,
		a_client_that_refuses_the_certificate_is_counted,
		plain_http_in_pieces_is_known,
	};

	return unit_run("handshake", tests, N_ELEMENTS(tests));
}
