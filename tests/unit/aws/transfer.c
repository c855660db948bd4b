/* SPDX-License-Identifier: BSD-2-Clause
 * Calls over TLS: whom the client believes, and from whom it learns the time. */
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "kit/fake_aws.h"
#include "kit/log_kit.h"
#include "aws/service.h"
#include "base/clock.h"
#include "kit/unit.h"

enum { REPLIES_MAX = 4, REPLY_SIZE = 512, ACCEPT_MS = 5000, DAY_S = 86400 };

/* Answers each connection once, in order, from a thread of its own. */
struct tls_server {
	int fd;
	pthread_t thread;
	gnutls_certificate_credentials_t creds;
	char ca_file[32];
	char url[64];
	size_t n_replies;
	char replies[REPLIES_MAX][REPLY_SIZE];
	unsigned n_requests;
	char dates[REPLIES_MAX][20]; /* X-Amz-Date of each request */
};

static void make_certificate(struct tls_server *s)
{
	gnutls_x509_privkey_t key = NULL;
	gnutls_x509_crt_t crt = NULL;
	unsigned char loopback[4] = {127, 0, 0, 1};
	gnutls_datum_t pem = {NULL, 0};
	int fd;

	fake_aws_must(gnutls_x509_privkey_init(&key) == 0 && gnutls_x509_crt_init(&crt) == 0);
	fake_aws_must(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
						   GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
						   0) == 0);
	fake_aws_must(gnutls_x509_crt_set_version(crt, 3) == 0);
	fake_aws_must(gnutls_x509_crt_set_serial(crt, "\x01", 1) == 0);
	fake_aws_must(gnutls_x509_crt_set_key(crt, key) == 0);
	fake_aws_must(gnutls_x509_crt_set_dn(crt, "CN=test", NULL) == 0);
	fake_aws_must(gnutls_x509_crt_set_activation_time(crt, time(NULL) - DAY_S) == 0);
	fake_aws_must(gnutls_x509_crt_set_expiration_time(crt, time(NULL) + DAY_S) == 0);
	fake_aws_must(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, loopback,
							   sizeof(loopback), GNUTLS_FSAN_SET) == 0);
	fake_aws_must(gnutls_x509_crt_set_basic_constraints(crt, 1, 0) == 0);
	fake_aws_must(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0) == 0);
	fake_aws_must(gnutls_certificate_allocate_credentials(&s->creds) == 0);
	fake_aws_must(gnutls_certificate_set_x509_key(s->creds, &crt, 1, key) == 0);
	fake_aws_must(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem) == 0);
	snprintf(s->ca_file, sizeof(s->ca_file), "/tmp/mooring-transfer.XXXXXX");
	fd = mkstemp(s->ca_file);
	fake_aws_must(fd >= 0 && write(fd, pem.data, pem.size) == (ssize_t)pem.size);
	fake_aws_must(close(fd) == 0);
	gnutls_free(pem.data);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

/* The head is enough: curl sends the small body with it or right after. */
static void answer(struct tls_server *s, gnutls_session_t session, size_t i)
{
	char request[8192] = "";
	const char *date;
	size_t len = 0;
	ssize_t n;

	while (strstr(request, "{\"a\":1}") == NULL) {
		n = gnutls_record_recv(session, request + len, sizeof(request) - 1 - len);
		if (n <= 0)
			return;
		len += (size_t)n;
		request[len] = '\0';
	}
	date = strcasestr(request, "\r\nX-Amz-Date: ");
	snprintf(s->dates[i], sizeof(s->dates[i]), "%.16s", date != NULL ? date + 14 : "");
	s->n_requests++;
	gnutls_record_send(session, s->replies[i], strlen(s->replies[i]));
	gnutls_bye(session, GNUTLS_SHUT_WR);
}

static void serve_one(struct tls_server *s, size_t i)
{
	struct pollfd waiting = {.fd = s->fd, .events = POLLIN};
	gnutls_session_t session = NULL;
	int fd;

	if (poll(&waiting, 1, ACCEPT_MS) != 1)
		return;
	fd = accept(s->fd, NULL, NULL);
	fake_aws_must(fd >= 0 && gnutls_init(&session, GNUTLS_SERVER) == 0);
	fake_aws_must(gnutls_set_default_priority(session) == 0);
	fake_aws_must(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, s->creds) == 0);
	gnutls_transport_set_int(session, fd);
	gnutls_handshake_set_timeout(session, ACCEPT_MS);
	if (gnutls_handshake(session) == 0)
		answer(s, session, i);
	gnutls_deinit(session);
	close(fd);
}

static void *serve(void *arg)
{
	struct tls_server *s = arg;
	size_t i;

	for (i = 0; i < s->n_replies; i++)
		serve_one(s, i);
	return NULL;
}

static void server_start(struct tls_server *s)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	socklen_t len = sizeof(addr);

	make_certificate(s);
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_ge(s->fd, 0);
	ck_assert_int_eq(bind(s->fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(listen(s->fd, 8), 0);
	ck_assert_int_eq(getsockname(s->fd, (struct sockaddr *)&addr, &len), 0);
	snprintf(s->url, sizeof(s->url), "https://127.0.0.1:%u", ntohs(addr.sin_port));
	ck_assert_int_eq(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_stop(struct tls_server *s)
{
	ck_assert_int_eq(pthread_join(s->thread, NULL), 0);
	close(s->fd);
	unlink(s->ca_file);
	gnutls_certificate_free_credentials(s->creds);
}

/* A reply of this status whose Date is that far from now. */
static void add_reply(struct tls_server *s, int status, int64_t offset_s, const char *code)
{
	time_t t = (time_t)(clock_wall_s() + offset_s);
	char date[64], body[128];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	snprintf(body, sizeof(body), "{\"__type\":\"%s\"}", code);
	snprintf(s->replies[s->n_replies++], REPLY_SIZE,
		 "HTTP/1.1 %d X\r\nDate: %s\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
		 status, date, strlen(body), body);
}

static void on_done(void *arg, const struct fetch_transfer_reply *reply,
		    const struct aws_error *error)
{
	fake_aws_must((reply == NULL) != (error == NULL));
	fake_aws_take(arg, error != NULL ? error->err : 0, error);
}

/* n calls, one after the other, with one client. */
static void make_calls(struct tls_server *s, const char *ca_file, size_t n,
		       struct fake_aws_result *r)
{
	static const struct fake_aws_reply unused[] = {{.status = -1}};
	struct aws_client_conf conf = {.ca_bundle = ca_file, .max_attempts = 1};
	struct aws_call_request req = {.operation = "GetItem", .path = "/"};
	struct aws_service_state state;
	struct errinfo ei = ERRINFO_INIT;
	struct buf body;
	struct fake_aws k;
	size_t i;

	fake_aws_start(&k, unused, 1, &conf);
	ck_assert_msg(aws_service_init(&state, k.client, AWS_SERVICE_DYNAMODB, NULL, s->url, 5000,
				       &ei) == 0,
		      "%s", ei.text);
	for (i = 0; i < n; i++) {
		memset(r, 0, sizeof(*r));
		buf_init(&body, 64);
		buf_adds(&body, "{\"a\":1}");
		req.body = &body;
		ck_assert_int_eq(aws_call_start(&state, &req, on_done, r), 0);
		fake_aws_run(&k, &r->n_done, 1);
	}
	aws_service_fini(&state);
	fake_aws_stop(&k);
}

static int64_t parse_date(const char *text)
{
	struct tm tm = {0};

	ck_assert_msg(strptime(text, "%Y%m%dT%H%M%SZ", &tm) != NULL, "%s", text);
	return timegm(&tm);
}

START_TEST(a_verified_server_corrects_the_clock_once)
{
	struct tls_server s = {0};
	struct fake_aws_result r;
	int64_t off_s;

	add_reply(&s, 403, 3600, "InvalidSignatureException");
	add_reply(&s, 200, 3600, "");
	add_reply(&s, 200, 3600, "");
	server_start(&s);
	make_calls(&s, s.ca_file, 2, &r);
	server_stop(&s);
	ck_assert_msg(r.err == 0, "%s", r.text);
	ck_assert_uint_eq(s.n_requests, 3);
	off_s = parse_date(s.dates[1]) - parse_date(s.dates[0]);
	ck_assert_int_ge(off_s, 3590);
	ck_assert_int_le(off_s, 3610);
	ck_assert_int_ge(parse_date(s.dates[2]), parse_date(s.dates[1]));
}
END_TEST

/* AWS's clock minus ours, in seconds; the reply takes less than one to come. */
static const struct {
	int64_t offset_s;
	const char *want_text;
} clock_rows[] = {
	{600, " seconds behind the clock of AWS: "},
	{-600, " seconds ahead of the clock of AWS: "},
	{86000, " seconds behind the clock of AWS: "},
	{-86000, " seconds ahead of the clock of AWS: "},
};

START_TEST(the_log_says_which_way_the_clock_is_wrong)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(clock_rows); i++) {
		struct tls_server s = {0};
		struct fake_aws_result r;
		const char *log;

		add_reply(&s, 403, clock_rows[i].offset_s, "InvalidSignatureException");
		add_reply(&s, 200, clock_rows[i].offset_s, "");
		server_start(&s);
		capture();
		make_calls(&s, s.ca_file, 1, &r);
		log = captured();
		server_stop(&s);
		ck_assert_msg(strstr(log, clock_rows[i].want_text) != NULL, "row %zu: %s", i, log);
		ck_assert_msg(strstr(log, " is -") == NULL, "row %zu: %s", i, log);
	}
}
END_TEST

START_TEST(a_bad_signature_at_the_right_time_stays_one)
{
	struct tls_server s = {0};
	struct fake_aws_result r;

	add_reply(&s, 403, 100, "InvalidSignatureException");
	server_start(&s);
	make_calls(&s, s.ca_file, 1, &r);
	server_stop(&s);
	ck_assert_int_eq(r.err, ERR_UNAVAILABLE);
	ck_assert_str_eq(r.code, "InvalidSignatureException");
	ck_assert_uint_eq(s.n_requests, 1);
}
END_TEST

START_TEST(a_clock_that_stays_wrong_costs_one_attempt)
{
	struct tls_server s = {0};
	struct fake_aws_result r;

	add_reply(&s, 403, 3600, "RequestTimeTooSkewed");
	add_reply(&s, 403, 9000, "RequestTimeTooSkewed");
	server_start(&s);
	make_calls(&s, s.ca_file, 1, &r);
	server_stop(&s);
	ck_assert_int_eq(r.err, ERR_UNAVAILABLE);
	ck_assert_uint_eq(s.n_requests, 2);
}
END_TEST

START_TEST(a_certificate_of_nobody_is_not_believed)
{
	struct tls_server s = {0};
	struct fake_aws_result r;

	add_reply(&s, 200, 0, "");
	server_start(&s);
	make_calls(&s, NULL, 1, &r);
	server_stop(&s);
	ck_assert_int_eq(r.err, ERR_UNAVAILABLE);
	ck_assert_msg(strstr(r.text, "certificate") != NULL, "%s", r.text);
	ck_assert_uint_eq(s.n_requests, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_verified_server_corrects_the_clock_once,
		the_log_says_which_way_the_clock_is_wrong,
		a_bad_signature_at_the_right_time_stays_one,
		a_clock_that_stays_wrong_costs_one_attempt,
		a_certificate_of_nobody_is_not_believed,
	};

	return unit_run("transfer", tests, N_ELEMENTS(tests));
}
