/* SPDX-License-Identifier: BSD-2-Clause
 * TLS of the HTTP front: certificates and their reload, session tickets. */
#include "http/server.h"
#include "http/tls.h"
#include "net/listen.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
	ck_assert_int_lt(fixture_reload(f.tls, &ei), 0);
	ck_assert_msg(strstr(ei.text, f.certificate) != NULL, "%s", ei.text);
	ck_assert_uint_eq(serial_of_new_connection(), 1);
	/* A new certificate with the old key. */
	snprintf(other, sizeof(other), "%s/other", f.dir);
	fixture_write_pair(f.certificate, other, 2);
	err_reset(&ei);
	ck_assert_int_lt(fixture_reload(f.tls, &ei), 0);
	ck_assert_msg(strstr(ei.text, "not the private key") != NULL, "%s", ei.text);
	ck_assert_uint_eq(serial_of_new_connection(), 1);
	ck_assert_int_eq(rename(other, f.private_key), 0);
	ck_assert_int_eq(fixture_reload(f.tls, NULL), 0);
	ck_assert_uint_eq(serial_of_new_connection(), 2);
	fixture_close(&f);
}
END_TEST

static struct http_tls *several;
static char several_files[4][128];

/* A listener [2] with two certificates: 7 has an RSA key, 8 an ECDSA one. */
static void open_several(bool rsa_first, enum http_tls_profile profile)
{
	struct http_limits limits = fixture_limits();
	struct http_tls_pair pairs[2];
	struct errinfo ei = ERRINFO_INIT;
	size_t i;

	fixture_open(&f, &limits);
	for (i = 0; i < N_ELEMENTS(several_files); i++)
		snprintf(several_files[i], sizeof(several_files[i]), "%s/several%zu", f.dir, i);
	fixture_write_rsa_pair(several_files[0], several_files[1], 7);
	fixture_write_pair(several_files[2], several_files[3], 8);
	pairs[rsa_first ? 0 : 1] = (struct http_tls_pair){several_files[0], several_files[1]};
	pairs[rsa_first ? 1 : 0] = (struct http_tls_pair){several_files[2], several_files[3]};
	ck_assert_msg(http_tls_new(pairs, 2, profile, &several, &ei) == 0, "%s", ei.text);
	fixture_listen(&f, (struct http_listen){.tls = several});
}

static void close_several(void)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(several_files); i++)
		unlink(several_files[i]);
	fixture_close(&f);
	http_tls_free(several);
}

/* The certificate that a client with these priorities is shown; 0: the handshake failed. */
static unsigned serial_for(const char *priorities)
{
	unsigned serial = 0;

	client_open(&c, &f, 2);
	client_prepare_session(&c);
	ck_assert_int_eq(gnutls_priority_set_direct(c.tls, priorities, NULL), 0);
	if (client_handshake(&c, &f) == 0)
		serial = shown_serial();
	client_close(&c);
	return serial;
}

static const struct {
	const char *priorities;
	unsigned rsa_first, ecdsa_first;
} kinds[] = {
	{"NORMAL", 7, 8},
	{"NORMAL:-VERS-ALL:+VERS-TLS1.2", 7, 8},
	{"NORMAL:-VERS-ALL:+VERS-TLS1.3:-SIGN-ALL:+SIGN-ECDSA-SECP256R1-SHA256", 8, 8},
	{"NORMAL:-VERS-ALL:+VERS-TLS1.2:-SIGN-ALL:+SIGN-ECDSA-SHA256", 8, 8},
	/* RSA without PSS signs nothing in TLS 1.3. */
	{"NORMAL:-VERS-ALL:+VERS-TLS1.3:-SIGN-ALL:+SIGN-RSA-SHA256:+SIGN-ECDSA-SECP256R1-SHA256", 8,
	 8},
	{"NORMAL:-VERS-ALL:+VERS-TLS1.3:-SIGN-ALL:+SIGN-RSA-PSS-RSAE-SHA256", 7, 7},
	{"NORMAL:-VERS-ALL:+VERS-TLS1.2:-SIGN-ALL:+SIGN-RSA-SHA256", 7, 7},
	{"NORMAL:-VERS-ALL:+VERS-TLS1.3:-SIGN-ALL:+SIGN-EDDSA-ED25519", 0, 0},
	/* The cipher suites say it, too. */
	{"NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-RSA", 7, 7},
	{"NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA", 8, 8},
	/* But not of TLS 1.3. */
	{"NORMAL:-KX-ALL:+ECDHE-RSA", 7, 8},
	/* What only the other profile has. */
	{"NORMAL:-VERS-ALL:+VERS-TLS1.1", 0, 0},
	{"NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA", 0, 0},
	{"NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC", 0, 0},
};

#define OLD "NORMAL:-VERS-ALL:+VERS-TLS1.0:+VERS-TLS1.1"

static const struct {
	const char *priorities;
	unsigned rsa_first, ecdsa_first;
} old_kinds[] = {
	{"NORMAL", 7, 8},
	{OLD, 7, 8},
	{"NORMAL:-VERS-ALL:+VERS-TLS1.0", 7, 8},
	{OLD ":-KX-ALL:+RSA", 7, 7},
	{OLD ":-KX-ALL:+ECDHE-RSA", 7, 7},
	{OLD ":-KX-ALL:+ECDHE-ECDSA", 8, 8},
	{OLD ":-KX-ALL:+RSA:-CIPHER-ALL:+AES-256-CBC", 7, 7},
	{OLD ":-KX-ALL:+RSA:-CIPHER-ALL:+3DES-CBC", 7, 7},
	{"NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA", 7, 7},
	{"NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC", 7, 8},
	{"NORMAL:-VERS-ALL:+VERS-TLS1.2:-SIGN-ALL:+SIGN-RSA-SHA1", 7, 7},
	{"NORMAL:-VERS-ALL:+VERS-TLS1.3:-SIGN-ALL:+SIGN-ECDSA-SECP256R1-SHA256", 8, 8},
	/* Not even for them. */
	{OLD ":-CIPHER-ALL:+ARCFOUR-128", 0, 0},
	{OLD ":-KX-ALL:+ANON-ECDH", 0, 0},
};

START_TEST(old_clients_are_served_where_they_may_come)
{
	size_t i;
	int first;

	for (first = 0; first <= 1; first++) {
		open_several(first != 0, HTTP_TLS_LEGACY);
		for (i = 0; i < N_ELEMENTS(old_kinds); i++)
			ck_assert_msg(serial_for(old_kinds[i].priorities) ==
					      (first != 0 ? old_kinds[i].rsa_first
							  : old_kinds[i].ecdsa_first),
				      "%s, RSA first: %d", old_kinds[i].priorities, first);
		close_several();
	}
}
END_TEST

START_TEST(of_several_certificates_a_client_is_shown_the_first_that_it_can_verify)
{
	size_t i;
	int first;

	for (first = 0; first <= 1; first++) {
		open_several(first != 0, HTTP_TLS_MODERN);
		for (i = 0; i < N_ELEMENTS(kinds); i++)
			ck_assert_msg(
				serial_for(kinds[i].priorities) ==
					(first != 0 ? kinds[i].rsa_first : kinds[i].ecdsa_first),
				"%s, RSA first: %d", kinds[i].priorities, first);
		close_several();
	}
}
END_TEST

START_TEST(of_several_certificates_one_that_is_wrong_keeps_no_other_back)
{
	struct errinfo ei = ERRINFO_INIT;

	open_several(true, HTTP_TLS_MODERN);
	fixture_write_rsa_pair(several_files[0], several_files[1], 17);
	fixture_write_file(several_files[3], "nothing");
	ck_assert_int_lt(fixture_reload(several, &ei), 0);
	ck_assert_ptr_nonnull(strstr(ei.text, several_files[3]));
	ck_assert_uint_eq(serial_for(kinds[0].priorities), 17);
	ck_assert_uint_eq(serial_for(kinds[2].priorities), 8);
	fixture_write_pair(several_files[2], several_files[3], 18);
	ck_assert_int_eq(fixture_reload(several, NULL), 0);
	ck_assert_uint_eq(serial_for(kinds[0].priorities), 17);
	ck_assert_uint_eq(serial_for(kinds[2].priorities), 18);
	close_several();
}
END_TEST

START_TEST(a_reload_leaves_connections_that_were_shown_the_old_certificate)
{
	struct http_limits limits = fixture_limits();

	fixture_open(&f, &limits);
	client_open_tls(&c, &f, NULL);
	fixture_write_pair(f.certificate, f.private_key, 2);
	ck_assert_int_eq(fixture_reload(f.tls, NULL), 0);
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
	client_read_all(&c, &f);
	ck_assert_int_eq(gnutls_session_get_data2(c.tls, &ticket), 0);
	client_close(&c);
	client_open_tls(&c, &f, &ticket);
	ck_assert_int_ne(gnutls_session_is_resumed(c.tls), 0);
	client_puts(&c, LAST);
	client_read_all(&c, &f);
	ck_assert_uint_eq(reply_status(c.bytes), 200);
	client_close(&c);
	ck_assert_int_eq(fixture_reload(f.tls, NULL), 0);
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
	ck_assert_int_lt(http_server_listen(f.server, &(struct http_listen){.at = &at}, &ei), 0);
	ck_assert_str_eq(ei.text, "127.0.0.1:1: the address is in use by another program");
	fixture_close(&f);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_reload_shows_the_new_certificate_and_a_bad_one_changes_nothing,
		of_several_certificates_a_client_is_shown_the_first_that_it_can_verify,
		old_clients_are_served_where_they_may_come,
		of_several_certificates_one_that_is_wrong_keeps_no_other_back,
		a_reload_leaves_connections_that_were_shown_the_old_certificate,
		a_returning_client_resumes_its_session_and_not_after_a_reload,
		an_address_in_use_is_told_in_a_sentence,
	};

	return unit_run("tls", tests, N_ELEMENTS(tests));
}
