/* SPDX-License-Identifier: BSD-2-Clause
 * TLS of the HTTP front: certificates and their reload, session tickets. */
#include "http/server.h"
#include "http/tls.h"
#include "net/listen.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "kit/http_fixture.h"
#include "kit/unit.h"

#define BASIC "Authorization: Basic dXNlcjpzZWNyZXQ=\r\n" /* user:secret */
#define HOST  "Host: localhost\r\n"
#define KEEP  "GET /nic/update HTTP/1.1\r\n" HOST BASIC "Connection: Keep-Alive\r\n\r\n"
#define LAST  "GET /healthz HTTP/1.1\r\n" HOST "\r\n"

static struct fixture f;
static struct client c;

static unsigned shown_serial(void)
{
	const gnutls_datum_t *der;
	unsigned n = 0;

	der = gnutls_certificate_get_peers(c.tls, &n);
	ck_assert_uint_eq(n, 1);
	/* SEQUENCE { SEQUENCE { [0] { version }, INTEGER serial (one byte) ... */
	ck_assert_uint_gt(der->size, 16);
	for (n = 4; n < 16; n++)
		if (der->data[n] == 0x02 && der->data[n + 1] == 1 && der->data[n - 3] == 0x02)
			return der->data[n + 2];
	ck_abort_msg("no serial number");
}

static unsigned serial_of_new_connection(void)
{
	unsigned serial;

	client_open_tls(&c, &f, NULL);
	serial = shown_serial();
	client_puts(&c, KEEP);
	client_read_reply(&c, &f);
	ck_assert_str_eq(reply_body(c.bytes), "nochg");
	client_close(&c);
	return serial;
}

START_TEST(a_reload_shows_the_new_certificate_and_a_bad_one_changes_nothing)
{
	struct http_limits limits = fixture_limits();
	struct errinfo ei = ERRINFO_INIT;
	char other[128];

	fixture_open(&f, &limits);
	ck_assert_uint_eq(serial_of_new_connection(), 1);
	fixture_write_file(f.certificate, "-----BEGIN CERTIFICATE-----\nMIIB");
	ck_assert_int_lt(http_tls_reload(f.tls, &ei), 0);
	ck_assert_msg(strstr(ei.text, f.certificate) != NULL, "%s", ei.text);
	ck_assert_uint_eq(serial_of_new_connection(), 1);
	/* A new certificate with the old key. */
	(void)snprintf(other, sizeof(other), "%s/other", f.dir);
	fixture_write_pair(f.certificate, other, 2);
	ei = (struct errinfo)ERRINFO_INIT;
	ck_assert_int_lt(http_tls_reload(f.tls, &ei), 0);
	ck_assert_msg(strstr(ei.text, "not the private key") != NULL, "%s", ei.text);
	ck_assert_uint_eq(serial_of_new_connection(), 1);
	ck_assert_int_eq(rename(other, f.private_key), 0);
	ck_assert_int_eq(http_tls_reload(f.tls, NULL), 0);
	ck_assert_uint_eq(serial_of_new_connection(), 2);
	fixture_close(&f);
}
END_TEST

START_TEST(a_reload_leaves_connections_that_were_shown_the_old_certificate)
{
	struct http_limits limits = fixture_limits();

	fixture_open(&f, &limits);
	client_open_tls(&c, &f, NULL);
	fixture_write_pair(f.certificate, f.private_key, 2);
	ck_assert_int_eq(http_tls_reload(f.tls, NULL), 0);
	client_puts(&c, KEEP);
	client_read_reply(&c, &f);
	ck_assert_uint_eq(shown_serial(), 1);
	client_close(&c);
	fixture_close(&f);
}
END_TEST

START_TEST(a_returning_client_resumes_its_session_and_not_after_a_reload)
{
	struct http_limits limits = fixture_limits();
	gnutls_datum_t ticket;

	fixture_open(&f, &limits);
	client_open_tls(&c, &f, NULL);
	ck_assert_int_eq(gnutls_session_is_resumed(c.tls), 0);
	client_puts(&c, LAST);
	(void)client_read_all(&c, &f);
	ck_assert_int_eq(gnutls_session_get_data2(c.tls, &ticket), 0);
	client_close(&c);
	client_open_tls(&c, &f, &ticket);
	ck_assert_int_ne(gnutls_session_is_resumed(c.tls), 0);
	client_puts(&c, LAST);
	(void)client_read_all(&c, &f);
	ck_assert_uint_eq(reply_status(c.bytes), 200);
	client_close(&c);
	ck_assert_int_eq(http_tls_reload(f.tls, NULL), 0);
	client_open_tls(&c, &f, &ticket);
	ck_assert_int_eq(gnutls_session_is_resumed(c.tls), 0);
	client_close(&c);
	gnutls_free(ticket.data);
	fixture_close(&f);
}
END_TEST

START_TEST(an_address_in_use_is_told_in_a_sentence)
{
	struct http_limits limits = fixture_limits();
	struct errinfo ei = ERRINFO_INIT;
	struct listen_at at = {.text = "127.0.0.1:1"};
	struct sockaddr_in *in = (struct sockaddr_in *)&at.sa;

	fixture_open(&f, &limits);
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in->sin_port = htons(http_server_port(f.server, 0));
	ck_assert_int_lt(http_server_listen(f.server, &at, NULL, &ei), 0);
	ck_assert_str_eq(ei.text, "127.0.0.1:1: the address is in use by another program");
	fixture_close(&f);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_reload_shows_the_new_certificate_and_a_bad_one_changes_nothing,
		a_reload_leaves_connections_that_were_shown_the_old_certificate,
		a_returning_client_resumes_its_session_and_not_after_a_reload,
		an_address_in_use_is_told_in_a_sentence,
	};

	return unit_run("http_tls", tests, N_ELEMENTS(tests));
}
