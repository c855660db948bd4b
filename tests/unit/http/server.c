/* SPDX-License-Identifier: BSD-2-Clause
 * What the HTTP front answers, and what it refuses. */
#include "http/server.h"

#include <stdio.h>
#include <string.h>

#include "kit/http_fixture.h"
#include "kit/unit.h"
#include "net/prefix.h"

#define BASIC "Authorization: Basic dXNlcjpzZWNyZXQ=\r\n" /* user:secret */
#define HOST  "Host: localhost\r\n"

static struct fixture f;
static struct client c;

/* One request on a connection of its own, everything that came back in c.bytes. */
static void exchange(const char *request, size_t len)
{
	client_open(&c, &f, 0);
	client_send(&c, request, len);
	client_read_all(&c, &f);
	client_close(&c);
}

static bool has_header(const char *name, const char *value)
{
	char got[128];

	return strcmp(reply_header(c.bytes, name, got, sizeof(got)), value) == 0;
}

/* ---------------------------------------------------------------- endpoints */

#define CHECKIP                                                                                    \
	"<html><head><title>Current IP Check</title></head>"                                       \
	"<body>Current IP Address: 127.0.0.1</body></html>\r\n"

static const struct {
	const char *request;
	unsigned status;
	const char *body, *header, *value;
} endpoint_rows[] = {
	{"GET /healthz HTTP/1.1\r\n" HOST "\r\n", 200, "ok", "Content-Type", "text/plain"},
	{"GET /healthz HTTP/1.0\r\n\r\n", 200, "ok", "Connection", "close"},
	{"GET /checkip HTTP/1.1\r\n" HOST "\r\n", 200, CHECKIP, "Content-Type", "text/html"},
	{"GET /nic/checkip HTTP/1.0\r\n\r\n", 200, CHECKIP, "Content-Length", "101"},
	{"HEAD /checkip HTTP/1.1\r\n" HOST "\r\n", 200, "", "Content-Length", "101"},
	{"GET / HTTP/1.0\r\nHost: checkip.example.com\r\n\r\n", 200, CHECKIP, "Connection",
	 "close"},
	{"GET /myip HTTP/1.0\r\n\r\n", 200, "127.0.0.1", "Content-Type", "text/plain"},
	{"GET /myip HTTP/1.1\r\n" HOST "Connection: Keep-Alive, close\r\n\r\n", 200, "127.0.0.1",
	 "Connection", "close"},
	{"GET /myip HTTP/1.1\r\n" HOST "Connection: close\r\nConnection: keep-alive\r\n\r\n", 200,
	 "127.0.0.1", "Connection", "close"},
	{"GET / HTTP/1.1\r\n" HOST "\r\n", 404, "not found", "Connection", "close"},
	{"GET /nic/updates HTTP/1.1\r\n" HOST BASIC "\r\n", 404, "not found", "Cache-Control",
	 "no-store"},
	{"POST /healthz HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 405, "method not allowed",
	 "Allow", "GET, HEAD"},
	{"DELETE /nic/update HTTP/1.1\r\n" HOST BASIC "\r\n", 405, "badagent", "Allow",
	 "GET, POST, PUT"},
	{"HEAD /nic/update HTTP/1.1\r\n" HOST BASIC "\r\n", 405, "", "Allow", "GET, POST, PUT"},
	{"get /nic/update HTTP/1.1\r\n" HOST BASIC "\r\n", 405, "badagent", "Connection", "close"},
	/* No credentials, or none that can be read: the challenge, whatever else is wrong. */
	{"GET /nic/update?hostname=a.example.com HTTP/1.1\r\n" HOST "\r\n", 401, "badauth",
	 "WWW-Authenticate", "Basic realm=\"DynDNS API Access\""},
	{"GET /nic/update?hostname=%zz HTTP/1.1\r\n" HOST "\r\n", 401, "badauth", "Connection",
	 "close"},
	{"GET /nic/update HTTP/1.1\r\n" HOST "Authorization: Basic !!!\r\n\r\n", 401, "badauth",
	 "Content-Type", "text/plain"},
	{"GET /nic/update HTTP/1.1\r\n" HOST "Authorization: Bearer x\r\n\r\n", 401, "badauth",
	 "Cache-Control", "no-store"},
	{"GET /nic/update?hostname=%zz HTTP/1.1\r\n" HOST BASIC "\r\n", 400, "bad request",
	 "Connection", "close"},
	{"GET /nic/update?hostname=a%00b HTTP/1.1\r\n" HOST BASIC "\r\n", 400, "bad request",
	 "Connection", "close"},
};

START_TEST(every_endpoint_answers_what_the_protocol_says)
{
	struct http_limits limits = fixture_limits();
	size_t i;

	fixture_open(&f, &limits);
	for (i = 0; i < N_ELEMENTS(endpoint_rows); i++) {
		exchange(endpoint_rows[i].request, strlen(endpoint_rows[i].request));
		ck_assert_msg(reply_status(c.bytes) == endpoint_rows[i].status, "row %zu: %s", i,
			      c.bytes);
		ck_assert_msg(strcmp(reply_body(c.bytes), endpoint_rows[i].body) == 0,
			      "row %zu: %s", i, c.bytes);
		ck_assert_msg(has_header(endpoint_rows[i].header, endpoint_rows[i].value),
			      "row %zu: %s", i, c.bytes);
		ck_assert_msg(has_header("Connection", "close"), "row %zu: %s", i, c.bytes);
	}
	ck_assert_uint_eq(f.engine.n_updates, 0);
	fixture_close(&f);
}
END_TEST

/* ---------------------------------------------------------------- updates */

#define FORM(type, length) "Content-Type: " type "\r\nContent-Length: " length "\r\n\r\n"

static const struct {
	const char *request;
	const char *host; /* what the engine is to be asked for; NULL: none given */
	const char *address;
} update_rows[] = {
	{"GET /nic/update?hostname=a.example.com&myip=192.0.2.1 HTTP/1.1\r\n" HOST BASIC "\r\n",
	 "a.example.com", "192.0.2.1"},
	{"GET /v3/update/?hostname=b.example.com HTTP/1.0\r\n" BASIC "\r\n", "b.example.com", ""},
	{"GET http://dyn.example.com//nic/update?hostname=c.example.com HTTP/1.0\r\n" BASIC "\r\n",
	 "c.example.com", ""},
	{"GET nic/update?hostname=d.example.com HTTP/1.0\r\n" BASIC "\r\n", "d.example.com", ""},
	{"GET /\\/nic/update:8443?hostname=e.example.com HTTP/1.1\r\n" HOST BASIC "\r\n",
	 "e.example.com", ""},
	{"GET /nic/update?hostname=YES HTTP/1.1\r\n" HOST BASIC "\r\n", NULL, ""},
	{"POST /nic/update HTTP/1.1\r\n" HOST BASIC FORM(
		 "application/x-www-form-urlencoded", "40") "hostname=f.example.com&myip=192.0.2.9",
	 NULL, NULL},
	{"POST /nic/update?myip=192.0.2.1 HTTP/1.1\r\n" HOST BASIC FORM(
		 "application/x-www-form-urlencoded; charset=utf-8",
		 "37") "hostname=f.example.com&myip=192.0.2.9",
	 "f.example.com", "192.0.2.9"},
	{"PUT /nic/update?hostname=g.example.com HTTP/1.1\r\n" HOST BASIC
	 "Content-Length: 16\r\n\r\nmyip=192.0.2.200",
	 "g.example.com", "192.0.2.200"},
	{"POST /nic/update HTTP/1.1\r\n" HOST BASIC FORM(
		 "Application/X-WWW-form-urlencoded ; charset=utf-8",
		 "37") "hostname=j.example.com&myip=192.0.2.9",
	 "j.example.com", "192.0.2.9"},
	/* A body that is no form, and one where few have one. */
	{"POST /nic/update?hostname=h.example.com HTTP/1.1\r\n" HOST BASIC FORM(
		 "application/json", "22") "{\"myip\":\"192.0.2.200\"}",
	 "h.example.com", "192.0.2.200"},
	{"GET /nic/update?hostname=i.example.com HTTP/1.1\r\n" HOST BASIC FORM(
		 "application/x-www-form-urlencoded", "16") "myip=192.0.2.200",
	 "i.example.com", "192.0.2.200"},
};

static void check_update(size_t i)
{
	const struct dyndns_query *q = &f.engine.last.query;
	char text[ADDR_TEXT_MAX];

	if (update_rows[i].host == NULL)
		ck_assert_msg(q->hosts_kind == QUERY_HOSTS_ABSENT, "row %zu", i);
	else
		ck_assert_msg(q->n_hosts == 1 && q->hosts[0].valid &&
				      strcmp(q->hosts[0].name.text, update_rows[i].host) == 0,
			      "row %zu: %s", i, q->hosts[0].name.text);
	ck_assert_msg(strcmp(addr_format(&q->addrs.v4, text), update_rows[i].address) == 0,
		      "row %zu: %s", i, text);
	ck_assert_str_eq(f.engine.last.credentials.user, "user");
	ck_assert_str_eq(f.engine.last.credentials.password, "secret");
	ck_assert_uint_eq(f.engine.last.credentials.password_len, 6);
	ck_assert_str_eq(addr_format(&f.engine.last.peer, text), "127.0.0.1");
	ck_assert_uint_eq(f.engine.last.id, f.engine.n_updates);
	ck_assert_msg(strcmp(reply_body(c.bytes), "good 192.0.2.1") == 0, "row %zu: %s", i,
		      c.bytes);
	ck_assert_uint_eq(reply_status(c.bytes), 200);
	ck_assert(has_header("Connection", "close"));
	ck_assert(has_header("Content-Type", "text/plain"));
	ck_assert(has_header("Content-Length", "14"));
	ck_assert(has_header("Cache-Control", "no-store"));
}

START_TEST(an_update_reaches_the_engine_and_its_answer_comes_back)
{
	struct http_limits limits = fixture_limits();
	size_t i, n = 0;

	fixture_open(&f, &limits);
	dyndns_answer_one(&f.engine.answer, DYNDNS_GOOD);
	ck_assert_int_eq(addr_parse(slice_of("192.0.2.1"), &f.engine.answer.lines[0].addrs.v4), 0);
	for (i = 0; i < N_ELEMENTS(update_rows); i++) {
		if (update_rows[i].address == NULL) {
			/* A body shorter than promised is never an update. */
			client_open(&c, &f, 0);
			client_puts(&c, update_rows[i].request);
			ck_assert_int_eq(shutdown(c.fd, SHUT_WR), 0);
			client_read_all(&c, &f);
			client_close(&c);
			ck_assert_uint_eq(f.engine.n_updates, n);
			continue;
		}
		exchange(update_rows[i].request, strlen(update_rows[i].request));
		ck_assert_msg(f.engine.n_updates == ++n, "row %zu: %s", i, c.bytes);
		check_update(i);
	}
	fixture_close(&f);
}
END_TEST

/* From others none is read. */
START_TEST(the_lines_of_a_trusted_proxy_are_one_list)
{
#define FORWARDED(address) "X-Forwarded-For: " address "\r\n"
	static const struct {
		const char *headers;
		unsigned status;
		const char *client; /* of a trusted proxy */
	} rows[] = {
		{"", 200, ""},
		{FORWARDED("198.51.100.7"), 200, "198.51.100.7"},
		{FORWARDED("198.51.100.7") FORWARDED("198.51.100.8"), 200, "198.51.100.8"},
		{FORWARDED("198.51.100.7") "X: y\r\n" FORWARDED("127.0.0.9"), 200, "198.51.100.7"},
		{FORWARDED("198.51.100.7") FORWARDED(""), 200, "198.51.100.7"},
		{FORWARDED("198.51.100.7") FORWARDED("unknown"), 200, ""},
	};
	struct prefix proxies = {.addr = {ADDR_V4, {127}}, .len = 8};
	char request[512], text[ADDR_TEXT_MAX];
	struct http_limits limits = fixture_limits();
	size_t i, trusted;

	for (trusted = 0; trusted <= 1; trusted++) {
		limits.n_trusted = trusted;
		limits.trusted = &proxies;
		fixture_open(&f, &limits);
		for (i = 0; i < N_ELEMENTS(rows); i++) {
			snprintf(request, sizeof(request),
				 "GET /nic/update HTTP/1.1\r\n" HOST BASIC "%s\r\n",
				 rows[i].headers);
			exchange(request, strlen(request));
			ck_assert_msg(reply_status(c.bytes) == (trusted ? rows[i].status : 200),
				      "row %zu: %s", i, c.bytes);
			addr_format(&f.engine.last.peer, text);
			ck_assert_msg(!trusted || rows[i].client == NULL ||
					      strcmp(text, rows[i].client) == 0,
				      "row %zu: %s", i, text);
			ck_assert_msg(trusted || strcmp(text, "127.0.0.1") == 0, "row %zu: %s", i,
				      text);
		}
		fixture_close(&f);
	}
#undef FORWARDED
}
END_TEST

START_TEST(trouble_is_503_with_retry_after_and_a_wrong_password_a_challenge)
{
	static const char request[] = "GET /nic/update HTTP/1.1\r\n" HOST BASIC "\r\n";
	struct http_limits limits = fixture_limits();

	fixture_open(&f, &limits);
	dyndns_answer_one(&f.engine.answer, DYNDNS_911);
	exchange(request, strlen(request));
	ck_assert_uint_eq(reply_status(c.bytes), 503);
	ck_assert(has_header("Retry-After", "300"));
	ck_assert_str_eq(reply_body(c.bytes), "911");
	dyndns_answer_one(&f.engine.answer, DYNDNS_BADAUTH);
	exchange(request, strlen(request));
	ck_assert_uint_eq(reply_status(c.bytes), 401);
	ck_assert(has_header("WWW-Authenticate", "Basic realm=\"DynDNS API Access\""));
	ck_assert_str_eq(reply_body(c.bytes), "badauth");
	fixture_close(&f);
}
END_TEST

/* ---------------------------------------------------------------- smuggling */

#define SECOND "GET /healthz HTTP/1.1\r\n" HOST "\r\n"
#define GET    "GET /healthz HTTP/1.1\r\n"

#define ROW(status, request)                                                                       \
	{                                                                                          \
		request "", sizeof(request) - 1, status                                            \
	}

/* Each tries to hide a second request. */
static const struct {
	const char *request;
	size_t len;
	unsigned status;
} smuggling_rows[] = {
	ROW(400,
	    GET HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SECOND),
	ROW(400, GET HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SECOND),
	ROW(400, GET HOST "Transfer-Encoding: identity\r\n\r\n" SECOND),
	ROW(400, GET HOST "Transfer-Encoding: xchunked\r\n\r\n" SECOND),
	ROW(400, GET HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" SECOND),
	ROW(400, GET HOST "Transfer-Encoding:\r\n\r\n" SECOND),
	ROW(400, GET HOST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" SECOND),
	ROW(400, GET HOST "Content-Length: 0\r\nContent-Length: 4\r\n\r\n" SECOND),
	ROW(400, GET HOST "Content-Length: 0\r\nContent-Length: 0\r\n\r\n" SECOND),
	ROW(400, GET HOST "Content-Length : 4\r\n\r\n" SECOND),
	ROW(400, GET HOST "Content-Length: 4\r\n x\r\n\r\n" SECOND),
	ROW(400, GET HOST "X: a\r\n b\r\n\r\n" SECOND),
	ROW(400, GET HOST "Content-Length: -1\r\n\r\n" SECOND),
	ROW(400, GET HOST "Content-Length: +5\r\n\r\n" SECOND),
	ROW(413, GET HOST "Content-Length: 99999999999999999999\r\n\r\n" SECOND),
	ROW(413, GET HOST "Content-Length: 4097\r\n\r\n" SECOND),
	ROW(400, GET "\r\n" SECOND),
	ROW(400, GET HOST "Host: other\r\n\r\n" SECOND),
	ROW(400, GET HOST BASIC BASIC "\r\n" SECOND),
	ROW(400, GET HOST "X: a\0b\r\n\r\n" SECOND),
	ROW(400, GET HOST "X: a\0\r\n\r\n" SECOND),
	ROW(400, GET HOST "X: a\0b\r\nY: c\r\n\r\n" SECOND),
	ROW(400, "GET /healthz?a\0b HTTP/1.1\r\n" HOST "\r\n" SECOND),
	ROW(400, "GET /healthz\0 HTTP/1.1\r\n" HOST "\r\n" SECOND),
	ROW(400, "GET /healthz /x HTTP/1.1\r\n" HOST "\r\n" SECOND),
	ROW(400, "GET /healthz\tx HTTP/1.1\r\n" HOST "\r\n" SECOND),
	ROW(400, GET HOST "X: a\rContent-Length: 4\r\n\r\n" SECOND),
	ROW(400, GET HOST "X\x01: a\r\n\r\n" SECOND),
	ROW(400, GET HOST ": a\r\n\r\n" SECOND),
	ROW(400, "CONNECT localhost:443 HTTP/1.1\r\n" HOST "\r\n" SECOND),
	ROW(505, "GET /healthz HTTP/2.0\r\n" HOST "\r\n" SECOND),
};

static unsigned count(const char *bytes, const char *what)
{
	unsigned n = 0;

	for (bytes = strstr(bytes, what); bytes != NULL; bytes = strstr(bytes + 1, what))
		n++;
	return n;
}

START_TEST(what_a_proxy_could_read_differently_is_refused_and_closed)
{
	struct http_limits limits = fixture_limits();
	size_t i;

	fixture_open(&f, &limits);
	for (i = 0; i < N_ELEMENTS(smuggling_rows); i++) {
		exchange(smuggling_rows[i].request, smuggling_rows[i].len);
		ck_assert_msg(count(c.bytes, "\r\n\r\nok") == 0, "row %zu: %s", i, c.bytes);
		ck_assert_msg(reply_status(c.bytes) == smuggling_rows[i].status, "row %zu: %s", i,
			      c.bytes);
		ck_assert_msg(count(c.bytes, "HTTP/1.1 ") == 1, "row %zu: %s", i, c.bytes);
		ck_assert_msg(has_header("Connection", "close"), "row %zu: %s", i, c.bytes);
		ck_assert_msg(has_header("Content-Type", "text/plain"), "row %zu: %s", i, c.bytes);
		ck_assert_msg(has_header("Cache-Control", "no-store"), "row %zu: %s", i, c.bytes);
	}
	fixture_close(&f);
}
END_TEST

START_TEST(unusual_but_harmless_heads_are_served)
{
	static const char *const heads[] = {
		HOST "X:   a  \r\nY:\tb\t\r\n",
		HOST "X:\r\n",
		"host:localhost\r\nContent-Length: 0\r\n",
		"Host: localhost\nX: bare line feeds\n",
		HOST "Cookie: a=b; c=d\r\nX-Last: 1\r\n",
	};
	static char big[14000];
	struct http_limits limits = fixture_limits();
	size_t i, len;

	fixture_open(&f, &limits);
	for (i = 0; i < N_ELEMENTS(heads); i++) {
		len = (size_t)snprintf(big, sizeof(big),
				       "GET /healthz?x=1&y=%%41 HTTP/1.1\r\n%s\r\n", heads[i]);
		exchange(big, len);
		ck_assert_msg(reply_status(c.bytes) == 200, "row %zu: %s", i, c.bytes);
	}
	/* Larger than what libmicrohttpd reads at first. */
	len = (size_t)snprintf(big, sizeof(big), GET HOST);
	while (len < 10000)
		len += (size_t)snprintf(big + len, sizeof(big) - len, "X-%zu: %0200d\r\n", len, 0);
	len += (size_t)snprintf(big + len, sizeof(big) - len, "\r\n");
	exchange(big, len);
	ck_assert_msg(reply_status(c.bytes) == 200, "%s", c.bytes);
	fixture_close(&f);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_endpoint_answers_what_the_protocol_says,
		an_update_reaches_the_engine_and_its_answer_comes_back,
		the_lines_of_a_trusted_proxy_are_one_list,
		trouble_is_503_with_retry_after_and_a_wrong_password_a_challenge,
		what_a_proxy_could_read_differently_is_refused_and_closed,
		unusual_but_harmless_heads_are_served,
	};

	return unit_run("server", tests, N_ELEMENTS(tests));
}
