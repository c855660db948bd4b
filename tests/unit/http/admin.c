/* SPDX-License-Identifier: BSD-2-Clause
 * What an admin listener answers, and for how long. */
#include "http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/buf.h"
#include "base/metric.h"
#include "http/tls.h"
#include "net/listen.h"
#include "kit/http_fixture.h"
#include "kit/unit.h"

#define HOST "Host: localhost\r\n\r\n"

enum { ADMIN = 2 }; /* behind the fixture's two listeners */

static struct fixture f;
static struct client c;
static bool alive;
static const char *reason;
static size_t metrics_len;

static bool is_alive(void *arg)
{
	ck_assert_ptr_eq(arg, &f);
	return alive;
}

static const char *why_not_ready(void *arg)
{
	ck_assert_ptr_eq(arg, &f);
	return reason;
}

static void print_metrics(void *arg, struct buf *out)
{
	size_t i;

	ck_assert_ptr_eq(arg, &f);
	for (i = 0; i < metrics_len; i++)
		buf_addc(out, 'm');
}

static const struct http_admin admin = {is_alive, why_not_ready, print_metrics, &f};

static void open_all(void)
{
	struct http_limits limits = fixture_limits();
	struct errinfo ei = ERRINFO_INIT;
	struct listen_at at = {.text = "127.0.0.1:0"};
	struct sockaddr_in *in = (struct sockaddr_in *)&at.sa;

	fixture_open(&f, &limits);
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_msg(http_server_listen_admin(f.server, &at, &admin, &ei) == 0, "%s", ei.text);
	alive = true;
	reason = NULL;
	metrics_len = 3;
}

static void exchange(size_t listener, const char *request)
{
	client_open(&c, &f, listener);
	client_puts(&c, request);
	client_read_all(&c, &f);
	client_close(&c);
}

static const struct {
	size_t listener;
	const char *request;
	bool alive;
	const char *reason;
	unsigned status;
	const char *body;
} rows[] = {
	{ADMIN, "GET /healthz HTTP/1.0\r\n" HOST, true, "starting", 200, "ok"},
	{ADMIN, "GET /healthz HTTP/1.0\r\n" HOST, false, NULL, 503, "stuck"},
	{ADMIN, "GET /readyz HTTP/1.0\r\n" HOST, true, NULL, 200, "ready"},
	{ADMIN, "GET /readyz?full=1 HTTP/1.0\r\n" HOST, true, "draining", 503, "draining"},
	{ADMIN, "HEAD /readyz HTTP/1.0\r\n" HOST, true, "starting", 503, ""},
	{ADMIN, "GET /metrics HTTP/1.0\r\n" HOST, false, "starting", 200, "mmm"},
	{ADMIN, "HEAD /metrics HTTP/1.0\r\n" HOST, true, NULL, 200, ""},
	{ADMIN, "POST /metrics HTTP/1.0\r\n" HOST, true, NULL, 405, "method not allowed"},
	{ADMIN, "DELETE /readyz HTTP/1.0\r\n" HOST, true, NULL, 405, "method not allowed"},
	{ADMIN, "GET /metrics/ HTTP/1.0\r\n" HOST, true, NULL, 404, "not found"},
	{ADMIN, "GET / HTTP/1.0\r\n" HOST, true, NULL, 404, "not found"},
	{ADMIN, "GET /checkip HTTP/1.0\r\n" HOST, true, NULL, 404, "not found"},
	{ADMIN, "GET /nic/update?hostname=a HTTP/1.0\r\n" HOST, true, NULL, 404, "not found"},
	{0, "GET /metrics HTTP/1.0\r\n" HOST, true, NULL, 404, "not found"},
	{0, "GET /readyz HTTP/1.0\r\n" HOST, true, NULL, 404, "not found"},
	{0, "GET /healthz HTTP/1.0\r\n" HOST, false, "starting", 200, "ok"},
};

START_TEST(monitors_are_answered_and_nobody_else)
{
	size_t i;

	open_all();
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		alive = rows[i].alive;
		reason = rows[i].reason;
		exchange(rows[i].listener, rows[i].request);
		ck_assert_msg(reply_status(c.bytes) == rows[i].status, "row %zu: %s", i, c.bytes);
		ck_assert_msg(strcmp(reply_body(c.bytes), rows[i].body) == 0, "row %zu: %s", i,
			      c.bytes);
	}
	ck_assert_uint_eq(f.engine.n_updates, 0);
	fixture_close(&f);
}
END_TEST

START_TEST(metrics_have_the_type_of_the_text_format)
{
	char type[64];

	open_all();
	exchange(ADMIN, "GET /metrics HTTP/1.0\r\n" HOST);
	ck_assert_str_eq(reply_header(c.bytes, "Content-Type", type, sizeof(type)),
			 "text/plain; version=0.0.4; charset=utf-8");
	fixture_close(&f);
}
END_TEST

START_TEST(half_of_the_metrics_is_not_sent)
{
	open_all();
	metrics_len = 1024 * 1024;
	exchange(ADMIN, "GET /metrics HTTP/1.0\r\n" HOST);
	ck_assert_str_eq(c.bytes, "");
	fixture_close(&f);
}
END_TEST

START_TEST(replies_and_connections_are_counted)
{
	int64_t found = metric_get(METRIC_HTTP_200), missed = metric_get(METRIC_HTTP_404);

	open_all();
	exchange(0, "GET /healthz HTTP/1.0\r\n" HOST);
	exchange(0, "GET /nowhere HTTP/1.0\r\n" HOST);
	exchange(ADMIN, "GET /nowhere HTTP/1.0\r\n" HOST);
	ck_assert_int_eq(metric_get(METRIC_HTTP_200) - found, 1);
	ck_assert_int_eq(metric_get(METRIC_HTTP_404) - missed, 2);
	ck_assert_int_gt(http_tls_not_after(f.tls), 0);
	fixture_close(&f);
	ck_assert_int_eq(metric_get(METRIC_HTTP_CONNECTIONS), 0);
}
END_TEST

START_TEST(a_drain_is_seen_to_its_end_and_not_prolonged_by_who_looks)
{
	struct client held, monitor;

	open_all();
	f.engine.hold = true;
	client_open(&held, &f, 0);
	client_puts(&held, "GET /nic/update?hostname=a.example.com HTTP/1.1\r\n"
			   "Authorization: Basic dXNlcjpzZWNyZXQ=\r\n" HOST);
	fixture_wait_updates(&f, 1);
	client_open(&monitor, &f, ADMIN);
	client_puts(&monitor, "GET /healthz HTTP/1.1\r\n" HOST);
	client_read_reply(&monitor, &f);
	fixture_drain(&f, FIXTURE_PATIENCE_MS);
	reason = "draining";
	exchange(ADMIN, "GET /readyz HTTP/1.1\r\n" HOST);
	ck_assert_uint_eq(reply_status(c.bytes), 503);
	ck_assert_str_eq(reply_body(c.bytes), "draining");
	ck_assert(!f.drained);
	fixture_release(&f);
	client_read_all(&held, &f);
	fixture_wait(&f, &f.drained);
	client_close(&held);
	client_close(&monitor);
	fixture_close(&f);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		monitors_are_answered_and_nobody_else,
		metrics_have_the_type_of_the_text_format,
		half_of_the_metrics_is_not_sent,
		replies_and_connections_are_counted,
		a_drain_is_seen_to_its_end_and_not_prolonged_by_who_looks,
	};

	return unit_run("http admin", tests, N_ELEMENTS(tests));
}
