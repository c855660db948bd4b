/* SPDX-License-Identifier: BSD-2-Clause
 * A listener behind proxies that pass bytes on unread, over real connections. */
#include "http/proxied.h"

#include <sys/resource.h>

#include "base/clock.h"
#include "kit/http_fixture.h"
#include "kit/unit.h"
#include "kit/values.h"
#include "net/prefix.h"

#define HOST   "Host: localhost\r\n"
#define UPDATE "GET /nic/update HTTP/1.1\r\n" HOST "Authorization: Basic dXNlcjpzZWNyZXQ=\r\n"
#define MYIP   "GET /myip HTTP/1.1\r\n" HOST "\r\n"
#define NAMED  "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n"

enum { PLAIN = 2, HTTPS, SHORT_MS = 200 };

static struct fixture f;
static struct client c;
static struct prefix trusted;

static void open_proxied(const char *proxies, struct http_limits limits)
{
	ck_assert_int_eq(prefix_parse(slice_of(proxies), &trusted), 0);
	limits.n_trusted = 1;
	limits.trusted = &trusted;
	fixture_open(&f, &limits);
	fixture_listen(&f, (struct http_listen){.is_proxied = true});
	fixture_listen(&f, (struct http_listen){.tls = f.tls, .is_proxied = true});
}

struct row {
	const char *header;
	size_t len; /* 0: that of the string */
	const char *want;
};

#define V2(head, rest)	    "\r\n\r\n\0\r\nQUIT\n" head rest, 16 + sizeof(rest) - 1
#define V4_BLOCK	    "\xc0\x00\x02\x07\xc6\x33\x64\x01\x00\x01\x01\xbb"
#define UNKNOWN_TO_EVERYONE "address unknown"

static const struct row rows[] = {
	{NAMED, 0, "192.0.2.1"},
	{"PROXY TCP6 2001:db8::1 2001:db8::2 1 443\r\n", 0, "2001:db8::1"},
	{"PROXY TCP6 ::ffff:192.0.2.9 ::1 1 443\r\n", 0, "192.0.2.9"},
	{"PROXY UNKNOWN\r\n", 0, UNKNOWN_TO_EVERYONE},
	{V2("\x21\x11\x00\x0c", V4_BLOCK), "192.0.2.7"},
	{V2("\x21\x11\x00\x0f", V4_BLOCK "\x04\x00\x00"), "192.0.2.7"},
	{V2("\x21\x00\x00\x00", ""), UNKNOWN_TO_EVERYONE},
	/* The proxy itself, whose address is nobody else's. */
	{V2("\x20\x00\x00\x00", ""), UNKNOWN_TO_EVERYONE},
};

static size_t row_len(const struct row *r)
{
	return r->len > 0 ? r->len : strlen(r->header);
}

/* The header and what follows it in one piece: not a byte too many may be taken. */
START_TEST(whom_the_header_names_is_the_client)
{
	char piece[256];
	size_t i, len;

	open_proxied("127.0.0.0/8", fixture_limits());
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		len = row_len(&rows[i]);
		memcpy(piece, rows[i].header, len);
		memcpy(piece + len, MYIP, sizeof(MYIP));
		client_open(&c, &f, PLAIN);
		client_send(&c, piece, len + sizeof(MYIP) - 1);
		client_read_all(&c, &f);
		ck_assert_msg(strcmp(reply_body(c.bytes), rows[i].want) == 0, "row %zu: %s", i,
			      c.bytes);
		client_close(&c);
	}
	fixture_close(&f);
}
END_TEST

/* Holds the first bytes of GnuTLS back, to send them behind others in one piece. */
static struct {
	int fd;
	size_t len;
	char bytes[4096];
} held;

static ssize_t push_held(gnutls_transport_ptr_t arg, const void *data, size_t len)
{
	ssize_t n = (ssize_t)len;

	(void)arg;
	ck_assert_uint_le(held.len + len, sizeof(held.bytes));
	memcpy(held.bytes + held.len, data, len);
	ck_assert_int_eq(send(held.fd, held.bytes, held.len + len, MSG_NOSIGNAL),
			 (ssize_t)(held.len + len));
	held.len = 0;
	return n;
}

static void open_tls_behind(const struct row *r)
{
	client_open(&c, &f, HTTPS);
	client_prepare_session(&c);
	held.fd = c.fd;
	held.len = row_len(r);
	memcpy(held.bytes, r->header, held.len);
	gnutls_transport_set_push_function(c.tls, push_held);
	ck_assert_int_eq(client_handshake(&c, &f), 0);
}

START_TEST(tls_begins_behind_the_header)
{
	size_t i;

	open_proxied("127.0.0.0/8", fixture_limits());
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_tls_behind(&rows[i]);
		client_puts(&c, MYIP);
		client_read_all(&c, &f);
		ck_assert_msg(strcmp(reply_body(c.bytes), rows[i].want) == 0, "row %zu: %s", i,
			      c.bytes);
		client_close(&c);
	}
	fixture_close(&f);
}
END_TEST

/* Each byte alone; half a header costs no processor time either. */
START_TEST(a_torn_header_is_waited_for)
{
	struct rusage before, after;
	size_t i, j;

	open_proxied("127.0.0.0/8", fixture_limits());
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		client_open(&c, &f, i % 2 == 0 ? PLAIN : HTTPS);
		for (j = 0; j < row_len(&rows[i]); j++) {
			client_send(&c, rows[i].header + j, 1);
			fixture_run(&f, 2);
		}
		if (i % 2 != 0) {
			client_prepare_session(&c);
			ck_assert_int_eq(client_handshake(&c, &f), 0);
		}
		client_puts(&c, MYIP);
		client_read_all(&c, &f);
		ck_assert_msg(strcmp(reply_body(c.bytes), rows[i].want) == 0, "row %zu: %s", i,
			      c.bytes);
		client_close(&c);
	}
	client_open(&c, &f, HTTPS);
	client_puts(&c, "PROXY TCP4 192.0");
	ck_assert_int_eq(getrusage(RUSAGE_SELF, &before), 0);
	fixture_run(&f, 400);
	ck_assert_int_eq(getrusage(RUSAGE_SELF, &after), 0);
	ck_assert_int_lt((after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1000 +
				 (after.ru_utime.tv_usec - before.ru_utime.tv_usec) / 1000,
			 200);
	client_close(&c);
	fixture_close(&f);
}
END_TEST

START_TEST(without_a_header_nothing_is_served)
{
	static const struct {
		const char *text;
		enum metric counted;
	} texts[] = {
		{MYIP, METRIC_PROXY_REFUSED_MISSING},
		{"\x16\x03\x01\x02", METRIC_PROXY_REFUSED_MISSING},
		{"PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n" MYIP, METRIC_PROXY_REFUSED_MALFORMED},
		{"PROXY TCP4 192.0.2.1 198.51.100.1 1 2\n" MYIP, METRIC_PROXY_REFUSED_MALFORMED},
		{"\r\n\r\n\r\n" MYIP, METRIC_PROXY_REFUSED_MISSING},
	};
	int64_t before, failed;
	size_t i;

	open_proxied("127.0.0.0/8", fixture_limits());
	failed = metric_get(METRIC_TLS_FAILED_NOT_TLS) + metric_get(METRIC_TLS_FAILED_CLOSED) +
		 metric_get(METRIC_TLS_FAILED_RESET);
	for (i = 0; i < 2 * N_ELEMENTS(texts); i++) {
		before = metric_get(texts[i / 2].counted);
		client_open(&c, &f, i % 2 == 0 ? PLAIN : HTTPS);
		client_puts(&c, texts[i / 2].text);
		client_read_all(&c, &f);
		ck_assert_msg(c.len == 0, "row %zu: %s", i, c.bytes);
		fixture_wait_metric(&f, texts[i / 2].counted, before + 1);
		client_close(&c);
	}
	/* Two in a row: the second is no TLS and no request. */
	client_open(&c, &f, PLAIN);
	client_puts(&c, NAMED NAMED MYIP);
	client_read_all(&c, &f);
	ck_assert_uint_eq(reply_status(c.bytes), 400);
	client_close(&c);
	ck_assert_int_eq(metric_get(METRIC_TLS_FAILED_NOT_TLS) +
				 metric_get(METRIC_TLS_FAILED_CLOSED) +
				 metric_get(METRIC_TLS_FAILED_RESET),
			 failed);
	fixture_close(&f);
}
END_TEST

START_TEST(a_header_that_never_comes_has_the_deadline_of_a_head)
{
	struct http_limits limits = fixture_limits();
	int64_t timeouts = metric_get(METRIC_PROXY_REFUSED_TIMEOUT);
	int64_t closed = metric_get(METRIC_PROXY_REFUSED_CLOSED);
	static const char *const begins[] = {"", "PROXY TCP4 192.0.2.1", "\r\n\r\n"};
	size_t i;

	limits.header_timeout_ms = SHORT_MS;
	open_proxied("127.0.0.0/8", limits);
	for (i = 0; i < 2 * N_ELEMENTS(begins); i++) {
		client_open(&c, &f, i % 2 == 0 ? PLAIN : HTTPS);
		if (*begins[i / 2] != '\0')
			client_puts(&c, begins[i / 2]);
		ck_assert_int_ge(client_read_all(&c, &f), SHORT_MS / 2);
		fixture_wait_metric(&f, METRIC_PROXY_REFUSED_TIMEOUT, ++timeouts);
		client_close(&c);
		client_open(&c, &f, i % 2 == 0 ? PLAIN : HTTPS);
		if (*begins[i / 2] != '\0')
			client_puts(&c, begins[i / 2]);
		client_close(&c);
		fixture_wait_metric(&f, METRIC_PROXY_REFUSED_CLOSED, ++closed);
	}
	/* And TLS behind the header has what is left of it. */
	client_open(&c, &f, HTTPS);
	client_puts(&c, NAMED);
	client_read_all(&c, &f);
	client_close(&c);
	ck_assert_int_eq(metric_get(METRIC_PROXY_REFUSED_TIMEOUT), timeouts);
	fixture_close(&f);
}
END_TEST

/* Whom we shut down to make room, or to stop, did not close too early. */
START_TEST(who_was_turned_out_is_not_reported)
{
	static const struct {
		enum conn_fate fate;
		enum metric counted;
	} ends[] = {
		{CONN_OPEN, METRIC_PROXY_REFUSED_CLOSED},
		{CONN_TIMED_OUT, METRIC_PROXY_REFUSED_TIMEOUT},
		{CONN_TURNED_OUT, METRIC_COUNT},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(ends); i++) {
		int64_t closed = metric_get(METRIC_PROXY_REFUSED_CLOSED);
		int64_t timeouts = metric_get(METRIC_PROXY_REFUSED_TIMEOUT);
		struct conn one = {.peer = value_addr("192.0.2.1")};

		proxied_begin(&one);
		ck_assert(proxied_end(&one, ends[i].fate));
		closed = metric_get(METRIC_PROXY_REFUSED_CLOSED) - closed;
		timeouts = metric_get(METRIC_PROXY_REFUSED_TIMEOUT) - timeouts;
		ck_assert_msg(closed == (ends[i].counted == METRIC_PROXY_REFUSED_CLOSED), "row %zu",
			      i);
		ck_assert_msg(timeouts == (ends[i].counted == METRIC_PROXY_REFUSED_TIMEOUT),
			      "row %zu", i);
	}
}
END_TEST

START_TEST(only_trusted_proxies_may_come)
{
	int64_t before = metric_get(METRIC_PROXY_REFUSED_UNTRUSTED);

	open_proxied("192.0.2.0/24", fixture_limits());
	client_open(&c, &f, PLAIN);
	client_read_all(&c, &f);
	ck_assert_uint_eq(c.len, 0);
	client_close(&c);
	fixture_wait_metric(&f, METRIC_PROXY_REFUSED_UNTRUSTED, before + 1);
	/* The other listeners are for everybody, and take no header. */
	client_open(&c, &f, 0);
	client_puts(&c, MYIP);
	client_read_all(&c, &f);
	ck_assert_str_eq(reply_body(c.bytes), "127.0.0.1");
	client_close(&c);
	client_open(&c, &f, 0);
	client_puts(&c, NAMED MYIP);
	client_read_all(&c, &f);
	ck_assert_uint_eq(reply_status(c.bytes), 400);
	client_close(&c);
	fixture_close(&f);
}
END_TEST

START_TEST(the_limit_is_that_of_whom_the_header_names)
{
	struct http_limits limits = fixture_limits();
	struct client kept;
	int64_t rejected = metric_get(METRIC_HTTP_REJECTED_CLIENT);

	limits.max_connections_per_client = 1;
	open_proxied("127.0.0.0/8", limits);
	client_open(&kept, &f, PLAIN);
	client_puts(&kept, NAMED "GET /myip HTTP/1.1\r\n" HOST "Connection: keep-alive\r\n\r\n");
	client_read_reply(&kept, &f);
	client_open(&c, &f, PLAIN);
	client_puts(&c, NAMED MYIP);
	client_read_all(&c, &f);
	ck_assert_uint_eq(c.len, 0);
	client_close(&c);
	fixture_wait_metric(&f, METRIC_HTTP_REJECTED_CLIENT, rejected + 1);
	client_open(&c, &f, PLAIN);
	client_puts(&c, "PROXY TCP4 192.0.2.2 198.51.100.1 1 2\r\n" MYIP);
	client_read_all(&c, &f);
	ck_assert_str_eq(reply_body(c.bytes), "192.0.2.2");
	client_close(&c);
	client_close(&kept);
	fixture_close(&f);
}
END_TEST

/* What a client writes into its own request names it never: only a proxy's word counts, and of a
 * connection without a name nobody knows who wrote it. */
START_TEST(headers_of_the_request_count_as_those_of_whom_the_header_names)
{
	static const char forged[] = "X-Forwarded-For: 203.0.113.66\r\n\r\n";
	static const struct {
		const char *header;
		const char *want; /* "": nobody */
	} names[] = {
		{NAMED, "192.0.2.1"},
		{"PROXY UNKNOWN\r\n", ""},
		{"PROXY TCP4 127.0.0.9 198.51.100.1 1 2\r\n", "203.0.113.66"}, /* a proxy */
	};
	struct addr want;
	size_t i;

	open_proxied("127.0.0.0/8", fixture_limits());
	for (i = 0; i < N_ELEMENTS(names); i++) {
		client_open(&c, &f, PLAIN);
		client_puts(&c, names[i].header);
		client_puts(&c, UPDATE);
		client_puts(&c, forged);
		client_read_all(&c, &f);
		ck_assert_uint_eq(reply_status(c.bytes), 200);
		want = value_addr(names[i].want);
		ck_assert_msg(addr_equal(&f.engine.last.peer, &want), "row %zu", i);
		client_close(&c);
	}
	/* LOCAL: the proxy asks for itself, as it does without a header. */
	client_open(&c, &f, PLAIN);
	client_send(&c, rows[N_ELEMENTS(rows) - 1].header, row_len(&rows[N_ELEMENTS(rows) - 1]));
	client_puts(&c, UPDATE);
	client_puts(&c, forged);
	client_read_all(&c, &f);
	want = value_addr("203.0.113.66");
	ck_assert(addr_equal(&f.engine.last.peer, &want));
	client_close(&c);
	fixture_close(&f);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		whom_the_header_names_is_the_client,
		tls_begins_behind_the_header,
		a_torn_header_is_waited_for,
		without_a_header_nothing_is_served,
		a_header_that_never_comes_has_the_deadline_of_a_head,
		who_was_turned_out_is_not_reported,
		only_trusted_proxies_may_come,
		the_limit_is_that_of_whom_the_header_names,
		headers_of_the_request_count_as_those_of_whom_the_header_names,
	};

	return unit_run("proxied", tests, N_ELEMENTS(tests));
}
