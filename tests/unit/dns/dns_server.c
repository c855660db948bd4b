/* SPDX-License-Identifier: BSD-2-Clause
 * The name server on real sockets of the loopback: both transports, and clients that misbehave. */
#include "dns/dns_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/clock.h"
#include "base/metric.h"
#include "dns/cookie.h"
#include "dns/dns.h"
#include "dns/transport.h"
#include "net/listen.h"
#include "kit/dns_kit.h"
#include "kit/unit.h"

enum { TURN_MS = 5, PATIENCE_MS = 5000, CLIENTS_MAX = 4, PER_NETWORK = 3, IDLE_MS = 100, RATE = 5 };

#define A_ANSWER "NOERROR aa rd | a.dyn.example.com. 60 A 192.0.2.1 | |"

static uv_loop_t loop;
static struct dns_server *server;
static struct dns *zone;

/* --- server --- */

static struct sockaddr_storage sockaddr_of(const char *text, uint16_t port)
{
	struct sockaddr_storage sa = {.ss_family = AF_UNSPEC};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&sa;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&sa;

	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
	} else {
		ck_assert_int_eq(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
	}
	return sa;
}

/* Some containers have no IPv6 at all. */
static bool has_ipv6(void)
{
	struct sockaddr_storage sa = sockaddr_of("::1", 0);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = bind(fd, (struct sockaddr *)&sa, sizeof(struct sockaddr_in6));

	if (fd >= 0)
		close(fd);
	return fd >= 0 && err == 0;
}

static void on_done(void *arg, int err, const struct errinfo *why)
{
	(void)why;
	*(int *)arg = err;
}

static void publish(const char *name, const char *addr)
{
	struct dns_change change = {.action = DNS_UPSERT,
				    .name = value_name(name),
				    .addr = value_addr(addr),
				    .ttl = 60};
	int err = 1;

	ck_assert_int_eq(dns_submit(zone, &change, 1, on_done, &err), 0);
	uv_run(&loop, UV_RUN_NOWAIT);
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_int_eq(err, 0);
}

static void start_idle(const char *addr, unsigned idle_ms, unsigned responses_per_second)
{
	const struct dns_server_limits limits = {.tcp_clients = CLIENTS_MAX,
						 .tcp_per_network = PER_NETWORK,
						 .tcp_idle_ms = idle_ms,
						 .responses_per_second = responses_per_second};
	struct listen_at at = {.text = "the address", .sa = sockaddr_of(addr, 0)};
	struct dns_server_zone conf = dns_kit_zone_conf();
	struct errinfo ei = ERRINFO_INIT;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(dns_server_new(&loop, &limits, &server), 0);
	ck_assert_msg(dns_server_listen(server, &at, &ei) == 0, "%s", ei.text);
	ck_assert_int_eq(dns_server_add_zone(server, &conf, 1, &zone), 0);
	publish("a.dyn.example.com", "192.0.2.1");
}

static void start(const char *addr, unsigned responses_per_second)
{
	start_idle(addr, IDLE_MS, responses_per_second);
}

static void stop(void)
{
	dns_close(zone);
	dns_server_close(server);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

static void start_plain(void)
{
	start("127.0.0.1", 0);
}

/* --- client --- */

static int connect_from(int type, const char *from, const char *addr)
{
	struct sockaddr_storage own = sockaddr_of(from, 0);
	struct sockaddr_storage sa = sockaddr_of(addr, dns_server_port(server, 0));
	int fd = socket(sa.ss_family, type | SOCK_CLOEXEC, 0);
	socklen_t len =
		sa.ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);

	ck_assert_int_ge(fd, 0);
	ck_assert_msg(bind(fd, (struct sockaddr *)&own, len) == 0, "%s", strerror(errno));
	ck_assert_msg(connect(fd, (struct sockaddr *)&sa, len) == 0, "%s", strerror(errno));
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static int connect_to(int type, const char *addr)
{
	return connect_from(type, strchr(addr, ':') != NULL ? "::" : "0.0.0.0", addr);
}

/* Turns the loop until something can be read; the bytes, 0 at the end, -1 for an error. */
static ssize_t receive(int fd, void *out, size_t cap)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	int64_t deadline = clock_mono_ms() + PATIENCE_MS;

	while (clock_mono_ms() < deadline) {
		uv_run(&loop, UV_RUN_NOWAIT);
		if (poll(&pfd, 1, TURN_MS) > 0)
			return recv(fd, out, cap, 0);
	}
	ck_abort_msg("nothing came in %d ms", PATIENCE_MS);
	return -1;
}

static void send_all(int fd, const void *data, size_t len)
{
	ck_assert_int_eq(send(fd, data, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* Queries behind their lengths, one after another; the number of bytes. */
static size_t frame(const struct dns_kit_message *m, size_t n, uint8_t *out)
{
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		out[len++] = (uint8_t)(m[i].len >> 8);
		out[len++] = (uint8_t)m[i].len;
		memcpy(out + len, m[i].bytes, m[i].len);
		len += m[i].len;
	}
	return len;
}

static void receive_exactly(int fd, uint8_t *out, size_t len)
{
	ssize_t n;

	for (; len > 0; len -= (size_t)n, out += n) {
		n = receive(fd, out, len);
		ck_assert_msg(n > 0, "the connection ended early");
	}
}

static const char *receive_framed(int fd)
{
	uint8_t head[2], body[DNS_KIT_MESSAGE_MAX];
	size_t len;

	receive_exactly(fd, head, sizeof(head));
	len = (size_t)(head[0] << 8 | head[1]);
	ck_assert_uint_le(len, sizeof(body));
	receive_exactly(fd, body, len);
	return dns_kit_read(body, len);
}

static void assert_closed(int fd)
{
	uint8_t byte;
	ssize_t n = receive(fd, &byte, 1);

	ck_assert_msg(n == 0 || (n < 0 && errno == ECONNRESET), "the connection is open");
	close(fd);
}

static void send_query_tcp(int fd)
{
	struct dns_kit_message m = dns_kit_query("a.dyn.example.com", DNS_KIT_A);
	uint8_t framed[DNS_KIT_MESSAGE_MAX + 2];

	send_all(fd, framed, frame(&m, 1, framed));
}

/* --- UDP --- */

static void assert_udp_answer(const char *addr)
{
	struct dns_kit_message m = dns_kit_query("a.dyn.example.com", DNS_KIT_A);
	uint8_t out[DNS_KIT_MESSAGE_MAX];
	int fd = connect_to(SOCK_DGRAM, addr);
	ssize_t n;

	send_all(fd, m.bytes, m.len);
	n = receive(fd, out, sizeof(out));
	ck_assert_int_gt(n, 0);
	ck_assert_str_eq(dns_kit_read(out, (size_t)n), A_ANSWER);
	close(fd);
}

START_TEST(query_over_udp_is_answered)
{
	start_plain();
	assert_udp_answer("127.0.0.1");
	stop();
}
END_TEST

/* connect() makes the client's socket refuse answers from any other address. */
START_TEST(answer_comes_from_the_address_that_was_asked)
{
	start("0.0.0.0", 0);
	assert_udp_answer("127.0.0.1");
	assert_udp_answer("127.0.0.2");
	assert_udp_answer("127.1.2.3");
	stop();
	if (!has_ipv6())
		return;
	start("::", 0);
	assert_udp_answer("127.0.0.2");
	assert_udp_answer("::1");
	stop();
}
END_TEST

START_TEST(garbage_over_udp_does_not_end_the_service)
{
	uint8_t garbage[2000];
	int fd, i;

	start_plain();
	memset(garbage, 0xff, sizeof(garbage));
	fd = connect_to(SOCK_DGRAM, "127.0.0.1");
	for (i = 0; i < 100; i++)
		ck_assert_int_ge(send(fd, garbage, (size_t)i * 20, 0), 0);
	close(fd);
	assert_udp_answer("127.0.0.1");
	stop();
}
END_TEST

START_TEST(flood_from_one_network_is_limited)
{
	enum { FLOOD = 200 };
	struct dns_kit_message m = dns_kit_query("a.dyn.example.com", DNS_KIT_A);
	size_t whole = 0, truncated = 0, i;
	uint8_t out[DNS_KIT_MESSAGE_MAX];
	int64_t udp = metric_get(METRIC_DNS_QUERIES_UDP), tcp = metric_get(METRIC_DNS_QUERIES_TCP);
	int64_t limited = metric_get(METRIC_DNS_LIMITED);
	ssize_t n;
	int fd;

	start("127.0.0.1", RATE);
	fd = connect_to(SOCK_DGRAM, "127.0.0.1");
	for (i = 0; i < FLOOD; i++) {
		send_all(fd, m.bytes, m.len);
		uv_run(&loop, UV_RUN_NOWAIT);
		while ((n = recv(fd, out, sizeof(out), 0)) > 0) {
			whole += (out[2] & 2) == 0;
			truncated += (out[2] & 2) != 0;
			ck_assert_msg((out[2] & 2) == 0 || (size_t)n == m.len,
				      "a truncated answer is larger than its query");
		}
	}
	ck_assert_uint_ge(whole, RATE);
	ck_assert_uint_lt(whole, FLOOD / 4);
	ck_assert_uint_gt(truncated, FLOOD / 4);
	ck_assert_uint_lt(truncated + whole, FLOOD);
	ck_assert_int_eq(metric_get(METRIC_DNS_QUERIES_UDP) - udp, FLOOD);
	ck_assert_int_eq(metric_get(METRIC_DNS_LIMITED) - limited, FLOOD - (int64_t)whole);
	close(fd);
	/* The way out for an honest client. */
	fd = connect_to(SOCK_STREAM, "127.0.0.1");
	send_query_tcp(fd);
	ck_assert_str_eq(receive_framed(fd), A_ANSWER);
	ck_assert_int_eq(metric_get(METRIC_DNS_QUERIES_TCP) - tcp, 1);
	close(fd);
	stop();
}
END_TEST

/* --- cookies --- */

static struct dns_kit_message query_with_cookie(const void *cookie, size_t len)
{
	struct dns_kit_message m = dns_kit_query("a.dyn.example.com", DNS_KIT_A);

	dns_kit_add_opt(&m, 1232, 0, 0);
	dns_kit_add_option(&m, DNS_COOKIE_OPTION, cookie, len);
	return m;
}

/* The text of the answer, and its cookie, which stands at the end. */
static const char *ask_with_cookie(int fd, const void *cookie, size_t len,
				   uint8_t ret[DNS_COOKIE_LEN])
{
	struct dns_kit_message m = query_with_cookie(cookie, len);
	uint8_t out[DNS_KIT_MESSAGE_MAX];
	ssize_t n;

	send_all(fd, m.bytes, m.len);
	n = receive(fd, out, sizeof(out));
	ck_assert_int_gt(n, DNS_COOKIE_LEN);
	memcpy(ret, out + n - DNS_COOKIE_LEN, DNS_COOKIE_LEN);
	return dns_kit_read(out, (size_t)n);
}

/* Uses up the answers of the client's network. */
static void use_up(int fd)
{
	struct dns_kit_message m = dns_kit_query("a.dyn.example.com", DNS_KIT_A);
	uint8_t out[DNS_KIT_MESSAGE_MAX];
	size_t i;

	for (i = 0; i < 4; i++) {
		send_all(fd, m.bytes, m.len);
		uv_run(&loop, UV_RUN_NOWAIT);
		while (recv(fd, out, sizeof(out), 0) > 0)
			;
	}
}

/* One answer a second is so few that the test cannot be slow enough to be given many. */
START_TEST(valid_cookie_spares_its_client_the_limit)
{
	enum { FLOOD = 100 };
	int64_t limited, valid = metric_get(METRIC_DNS_COOKIES_VALID);
	uint8_t cookie[DNS_COOKIE_LEN], again[DNS_COOKIE_LEN];
	size_t i;
	int fd;

	start("127.0.0.1", 1);
	fd = connect_to(SOCK_DGRAM, "127.0.0.1");
	ck_assert_ptr_nonnull(strstr(ask_with_cookie(fd, "12345678", DNS_COOKIE_CLIENT_LEN, cookie),
				     "NOERROR aa rd edns=1232 cookie=313233343536373801000000"));
	use_up(fd);
	limited = metric_get(METRIC_DNS_LIMITED);
	for (i = 0; i < FLOOD; i++)
		ck_assert_ptr_nonnull(strstr(ask_with_cookie(fd, cookie, sizeof(cookie), again),
					     "a.dyn.example.com. 60 A 192.0.2.1"));
	ck_assert_int_eq(metric_get(METRIC_DNS_LIMITED), limited);
	ck_assert_int_eq(metric_get(METRIC_DNS_COOKIES_VALID) - valid, FLOOD);
	close(fd);
	stop();
}
END_TEST

/* Its client is at another address than the one that was given the cookie. */
START_TEST(over_the_limit_a_bad_cookie_is_replaced)
{
	enum { FLOOD = 40 };
	int64_t bad = metric_get(METRIC_DNS_COOKIES_BAD);
	uint8_t cookie[DNS_COOKIE_LEN], out[DNS_KIT_MESSAGE_MAX];
	struct dns_kit_message m;
	const char *text;
	size_t i, refused = 0;
	ssize_t n = 0;
	int fd;

	start("127.0.0.1", 1);
	fd = connect_from(SOCK_DGRAM, "127.0.0.2", "127.0.0.1");
	ask_with_cookie(fd, "12345678", DNS_COOKIE_CLIENT_LEN, cookie);
	close(fd);
	fd = connect_to(SOCK_DGRAM, "127.0.0.1");
	m = query_with_cookie(cookie, sizeof(cookie));
	for (i = 0; i < FLOOD; i++) {
		send_all(fd, m.bytes, m.len);
		uv_run(&loop, UV_RUN_NOWAIT);
		if ((n = recv(fd, out, sizeof(out), 0)) <= 0)
			continue;
		text = dns_kit_read(out, (size_t)n);
		ck_assert_ptr_null(strstr(text, " tc "));
		if (strncmp(text, "BADCOOKIE rd edns=1232 cookie=", 30) != 0)
			continue;
		ck_assert_int_eq(n, (ssize_t)m.len);
		memcpy(cookie, out + n - DNS_COOKIE_LEN, DNS_COOKIE_LEN);
		refused++;
	}
	ck_assert_uint_gt(refused, FLOOD / 4);
	ck_assert_uint_lt(refused, FLOOD);
	ck_assert_int_eq(metric_get(METRIC_DNS_COOKIES_BAD) - bad, FLOOD);
	/* The one that came with BADCOOKIE is good. */
	ck_assert_ptr_nonnull(
		strstr(ask_with_cookie(fd, cookie, sizeof(cookie), cookie), "NOERROR aa"));
	close(fd);
	stop();
}
END_TEST

/* Under the limit nobody needs one, and over TCP the address is proved. */
START_TEST(bad_cookie_changes_nothing_where_no_limit_is_kept)
{
	struct dns_kit_message m = query_with_cookie("123456789abcdefghijklmno", DNS_COOKIE_LEN);
	uint8_t framed[DNS_KIT_MESSAGE_MAX + 2], cookie[DNS_COOKIE_LEN];
	int fd;

	start("127.0.0.1", RATE);
	fd = connect_to(SOCK_DGRAM, "127.0.0.1");
	ck_assert_ptr_nonnull(
		strstr(ask_with_cookie(fd, "123456789abcdefg", 16, cookie), "NOERROR aa"));
	use_up(fd);
	use_up(fd);
	close(fd);
	fd = connect_to(SOCK_STREAM, "127.0.0.1");
	send_all(fd, framed, frame(&m, 1, framed));
	ck_assert_ptr_nonnull(
		strstr(receive_framed(fd), "NOERROR aa rd edns=1232 cookie=3132333435363738"));
	close(fd);
	stop();
}
END_TEST

START_TEST(cookie_alone_is_asked_for_and_judged)
{
	static const uint8_t head[] = {0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	uint8_t cookie[DNS_COOKIE_LEN] = "12345678", out[DNS_KIT_MESSAGE_MAX];
	static const struct {
		size_t len;
		uint8_t spoil;
		const char *want;
	} rows[] = {{8, 0, "NOERROR edns"}, {24, 0, "NOERROR edns"}, {24, 1, "BADCOOKIE edns"}};
	size_t i;
	int fd;

	start("127.0.0.1", 0);
	fd = connect_to(SOCK_DGRAM, "127.0.0.1");
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct dns_kit_message m = {.len = sizeof(head)};
		const char *text;
		ssize_t n;

		memcpy(m.bytes, head, sizeof(head));
		cookie[DNS_COOKIE_LEN - 1] ^= rows[i].spoil;
		dns_kit_add_opt(&m, 1232, 0, 0);
		dns_kit_add_option(&m, DNS_COOKIE_OPTION, cookie, rows[i].len);
		send_all(fd, m.bytes, m.len);
		n = receive(fd, out, sizeof(out));
		text = dns_kit_read(out, (size_t)n);
		ck_assert_msg(strncmp(text, rows[i].want, strlen(rows[i].want)) == 0, "%s", text);
		memcpy(cookie, out + n - DNS_COOKIE_LEN, DNS_COOKIE_LEN);
	}
	close(fd);
	stop();
}
END_TEST

/* --- TCP --- */

START_TEST(pipelined_queries_are_answered_in_order)
{
	struct dns_kit_message m[3] = {dns_kit_query("a.dyn.example.com", DNS_KIT_A),
				       dns_kit_query("example.org", DNS_KIT_A),
				       dns_kit_query("A.dyn.example.com", DNS_KIT_A)};
	uint8_t framed[1024];
	size_t len = frame(m, 3, framed), i;
	int fd;

	start_idle("127.0.0.1", PATIENCE_MS, 0);
	fd = connect_to(SOCK_STREAM, "127.0.0.1");
	send_all(fd, framed, len);
	ck_assert_str_eq(receive_framed(fd), A_ANSWER);
	ck_assert_str_eq(receive_framed(fd), "REFUSED rd | | |");
	ck_assert_str_eq(receive_framed(fd),
			 "NOERROR aa rd | A.dyn.example.com. 60 A 192.0.2.1 | |");
	for (i = 0; i < len; i++) {
		send_all(fd, framed + i, 1);
		uv_run(&loop, UV_RUN_NOWAIT);
	}
	for (i = 0; i < 3; i++)
		receive_framed(fd);
	close(fd);
	stop();
}
END_TEST

START_TEST(client_that_ends_its_side_gets_what_it_asked_for)
{
	int fd;

	start_idle("127.0.0.1", PATIENCE_MS, 0);
	fd = connect_to(SOCK_STREAM, "127.0.0.1");
	send_query_tcp(fd);
	send_query_tcp(fd);
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	ck_assert_str_eq(receive_framed(fd), A_ANSWER);
	ck_assert_str_eq(receive_framed(fd), A_ANSWER);
	assert_closed(fd);
	stop();
}
END_TEST

START_TEST(tcp_message_may_be_as_long_as_is_told_and_no_longer)
{
	static uint8_t message[2 + DNS_TRANSPORT_QUERY_MAX];
	int fd;

	start_idle("127.0.0.1", PATIENCE_MS, 0);
	fd = connect_to(SOCK_STREAM, "127.0.0.1");
	message[0] = DNS_TRANSPORT_QUERY_MAX >> 8;
	message[1] = DNS_TRANSPORT_QUERY_MAX & 0xff;
	message[2] = 0x12; /* as dns_kit_read() expects it; no question: FORMERR */
	message[3] = 0x34;
	send_all(fd, message, sizeof(message));
	receive_framed(fd);
	send_query_tcp(fd);
	ck_assert_str_eq(receive_framed(fd), A_ANSWER);
	message[1]++;
	send_all(fd, message, 2);
	assert_closed(fd);
	stop();
}
END_TEST

START_TEST(idle_client_is_closed)
{
	int fd;

	start_plain();
	fd = connect_to(SOCK_STREAM, "127.0.0.1");
	assert_closed(fd);
	fd = connect_to(SOCK_STREAM, "127.0.0.1");
	send_query_tcp(fd);
	receive_framed(fd);
	assert_closed(fd);
	stop();
}
END_TEST

/* A byte now and then would keep a naive timer from ever firing. */
START_TEST(client_that_drips_bytes_is_closed_all_the_same)
{
	struct pollfd pfd = {.events = POLLIN};
	int64_t began;
	uint8_t byte = 0x0f;

	start_plain();
	pfd.fd = connect_to(SOCK_STREAM, "127.0.0.1");
	began = clock_mono_ms();
	while (poll(&pfd, 1, IDLE_MS / 10) == 0) {
		ck_assert_int_lt(clock_mono_ms() - began, PATIENCE_MS);
		send(pfd.fd, &byte, 1, MSG_NOSIGNAL);
		byte = 0xa0; /* the length is 4000: that takes 40 s */
		uv_run(&loop, UV_RUN_NOWAIT);
	}
	assert_closed(pfd.fd);
	stop();
}
END_TEST

/* Its answers pile up at the server, but not without end. */
START_TEST(client_that_never_reads_is_closed)
{
	enum { COPIES = 1000 };
	static uint8_t stream[COPIES * 64];
	struct dns_kit_message m = dns_kit_query("dyn.example.com", DNS_KIT_NS);
	size_t len = frame(&m, 1, stream), sent = 0, i;
	int64_t began = clock_mono_ms();
	ssize_t n = 0;
	int fd;

	ck_assert_uint_lt(len, 64);
	for (i = 1; i < COPIES; i++)
		memcpy(stream + i * len, stream, len);
	start_plain();
	fd = connect_to(SOCK_STREAM, "127.0.0.1");
	while (n >= 0 || errno == EAGAIN) {
		ck_assert_int_lt(clock_mono_ms() - began, PATIENCE_MS);
		n = send(fd, stream + sent % len, COPIES * len - sent % len, MSG_NOSIGNAL);
		sent += n > 0 ? (size_t)n : 0;
		uv_run(&loop, UV_RUN_NOWAIT);
	}
	ck_assert_uint_gt(sent, len * COPIES);
	close(fd);
	stop();
}
END_TEST

/* More is owed to it than the server holds at once, so the server has stopped to read from it, and
 * sees only later that nothing more will come. */
START_TEST(client_that_ends_its_side_and_reads_late_gets_everything)
{
	enum { COPIES = 500, BUFFER = 65536, STUCK = 50 };
	static uint8_t stream[COPIES * 64], in[BUFFER];
	struct dns_kit_message m = dns_kit_query("dyn.example.com", DNS_KIT_NS);
	size_t len = frame(&m, 1, stream), sent = 0, got = 0, answer_len, i;
	int fd, size = BUFFER, stuck = 0;
	ssize_t n;

	ck_assert_uint_lt(len, 64);
	for (i = 1; i < COPIES; i++)
		memcpy(stream + i * len, stream, len);
	start_idle("127.0.0.1", PATIENCE_MS, 0);
	fd = connect_to(SOCK_STREAM, "127.0.0.1");
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	while (stuck < STUCK) {
		n = send(fd, stream + sent % len, COPIES * len - sent % len, MSG_NOSIGNAL);
		ck_assert(n > 0 || errno == EAGAIN);
		sent += n > 0 ? (size_t)n : 0;
		stuck = n > 0 ? 0 : stuck + 1;
		uv_run(&loop, UV_RUN_NOWAIT);
	}
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	while ((n = receive(fd, in, sizeof(in))) > 0)
		got += (size_t)n;
	ck_assert_int_eq(n, 0);
	close(fd);
	/* All questions are alike, and so are the answers. */
	fd = connect_to(SOCK_STREAM, "127.0.0.1");
	send_all(fd, stream, len);
	answer_len = (size_t)receive(fd, in, sizeof(in));
	ck_assert_uint_eq(got, sent / len * answer_len);
	close(fd);
	stop();
}
END_TEST

static const struct {
	uint8_t bytes[32];
	size_t len;
} not_dns[] = {
	{{0xff, 0xff, 1, 2, 3}, 5},		     /* longer than any query */
	{{0, 0}, 2},				     /* nothing at all */
	{{0, 3, 'a', 'b', 'c'}, 5},		     /* no header */
	{"\0\14\x12\x34\x81\0\0\0\0\0\0\0\0\0", 14}, /* an answer */
	{"GET / HTTP/1.1\r\n\r\n", 18},
};

START_TEST(client_that_does_not_speak_dns_is_closed)
{
	int fd;

	start_plain();
	fd = connect_to(SOCK_STREAM, "127.0.0.1");
	send_all(fd, not_dns[_i].bytes, not_dns[_i].len);
	assert_closed(fd);
	stop();
}
END_TEST

static void assert_answered(int fd)
{
	send_query_tcp(fd);
	ck_assert_str_eq(receive_framed(fd), A_ANSWER);
}

/* A client of another network and the newest of the flood are served, whoever was there first. */
START_TEST(one_network_that_connects_without_end_keeps_nobody_out)
{
	enum { FLOOD = 20 };
	int64_t closed = metric_get(METRIC_DNS_TCP_CLOSED_NETWORK);
	int fds[FLOOD], other;
	size_t i;

	/* Nobody is idle for so long, however slow the machine is. */
	start_idle("127.0.0.1", 60 * PATIENCE_MS, 0);
	other = connect_from(SOCK_STREAM, "127.0.1.1", "127.0.0.1");
	assert_answered(other);
	for (i = 0; i < FLOOD; i++)
		fds[i] = connect_from(SOCK_STREAM, i % 2 ? "127.0.0.1" : "127.0.0.2", "127.0.0.1");
	for (i = 0; i < FLOOD - PER_NETWORK; i++)
		assert_closed(fds[i]);
	for (; i < FLOOD; i++)
		assert_answered(fds[i]);
	assert_answered(other);
	ck_assert_int_eq(metric_get(METRIC_DNS_TCP_CLOSED_NETWORK) - closed, FLOOD - PER_NETWORK);
	ck_assert_int_eq(metric_get(METRIC_DNS_TCP_CONNECTIONS), PER_NETWORK + 1);
	for (i = FLOOD - PER_NETWORK; i < FLOOD; i++)
		close(fds[i]);
	close(other);
	stop();
	ck_assert_int_eq(metric_get(METRIC_DNS_TCP_CONNECTIONS), 0);
}
END_TEST

START_TEST(when_all_places_are_taken_the_greediest_network_makes_room)
{
	static const char *const from[] = {"127.0.0.1", "127.0.1.1", "127.0.1.2", "127.0.2.1"};
	int64_t closed = metric_get(METRIC_DNS_TCP_CLOSED_FULL);
	int fds[N_ELEMENTS(from)], other;
	size_t i;

	start_idle("127.0.0.1", 60 * PATIENCE_MS, 0);
	for (i = 0; i < N_ELEMENTS(from); i++) {
		fds[i] = connect_from(SOCK_STREAM, from[i], "127.0.0.1");
		assert_answered(fds[i]);
	}
	other = connect_from(SOCK_STREAM, "127.0.3.1", "127.0.0.1");
	assert_answered(other);
	assert_closed(fds[1]);
	assert_answered(fds[0]);
	assert_answered(fds[2]);
	assert_answered(fds[3]);
	ck_assert_int_eq(metric_get(METRIC_DNS_TCP_CLOSED_FULL) - closed, 1);
	close(fds[0]);
	close(fds[2]);
	close(fds[3]);
	close(other);
	stop();
}
END_TEST

/* The whole time would not end before the test loses its patience. */
START_TEST(above_half_of_the_places_an_idle_connection_is_closed_sooner)
{
	int64_t closed = metric_get(METRIC_DNS_TCP_CLOSED_IDLE);
	int fds[CLIENTS_MAX / 2 + 1];
	size_t i;

	start_idle("127.0.0.1", PATIENCE_MS, 0);
	for (i = 0; i < N_ELEMENTS(fds); i++)
		fds[i] = connect_to(SOCK_STREAM, "127.0.0.1");
	assert_closed(fds[0]);
	ck_assert_int_eq(metric_get(METRIC_DNS_TCP_CLOSED_IDLE) - closed, 1);
	for (i = 1; i < N_ELEMENTS(fds); i++)
		close(fds[i]);
	stop();
}
END_TEST

START_TEST(server_closes_with_clients_connected)
{
	int fd;

	start_plain();
	fd = connect_to(SOCK_STREAM, "127.0.0.1");
	send_query_tcp(fd);
	receive_framed(fd);
	stop();
	close(fd);
}
END_TEST

/* --- listening --- */

static void assert_listen_fails(const char *addr, uint16_t port, const char *want)
{
	struct listen_at at = {.text = "the address", .sa = sockaddr_of(addr, port)};
	struct errinfo ei = ERRINFO_INIT;

	ck_assert_int_eq(dns_server_listen(server, &at, &ei), ERR_IO);
	ck_assert_str_eq(ei.text, want);
}

START_TEST(address_that_cannot_be_had_is_named)
{
	start_plain();
	assert_listen_fails("127.0.0.1", dns_server_port(server, 0),
			    "the address (UDP): the address is in use by another program");
	assert_listen_fails("192.0.2.1", 5353,
			    "the address (UDP): this machine does not have the address");
	if (has_ipv6())
		assert_listen_fails("2001:db8::1", 5353,
				    "the address (UDP): this machine does not have the address");
	assert_udp_answer("127.0.0.1");
	stop();
}
END_TEST

START_TEST(tcp_port_in_use_is_named_and_udp_given_back)
{
	struct sockaddr_storage sa = sockaddr_of("127.0.0.1", 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(sa);
	struct listen_at at = {.text = "the address"};
	uint16_t port;

	start_plain();
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, sizeof(struct sockaddr_in)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	port = ntohs(((struct sockaddr_in *)&sa)->sin_port);
	assert_listen_fails("127.0.0.1", port,
			    "the address: the address is in use by another program");
	close(fd);
	uv_run(&loop, UV_RUN_NOWAIT);
	at.sa = sa;
	ck_assert_int_eq(dns_server_listen(server, &at, NULL), 0);
	ck_assert_uint_eq(dns_server_port(server, 1), port);
	stop();
}
END_TEST

START_TEST(zone_that_was_closed_is_refused)
{
	struct dns_kit_message m = dns_kit_query("a.dyn.example.com", DNS_KIT_A);
	struct dns_server_zone conf = dns_kit_zone_conf();
	uint8_t out[DNS_KIT_MESSAGE_MAX];
	ssize_t n;
	int fd;

	start_plain();
	dns_close(zone);
	fd = connect_to(SOCK_DGRAM, "127.0.0.1");
	send_all(fd, m.bytes, m.len);
	n = receive(fd, out, sizeof(out));
	ck_assert_int_gt(n, 0);
	ck_assert_str_eq(dns_kit_read(out, (size_t)n), "REFUSED rd | | |");
	close(fd);
	ck_assert_int_eq(dns_server_add_zone(server, &conf, 1, &zone), 0);
	stop();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dns_server");
	TCase *tc = tcase_create("sockets");
	SRunner *runner;
	int failed;

	unit_ignore_sigpipe();
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, query_over_udp_is_answered);
	tcase_add_test(tc, answer_comes_from_the_address_that_was_asked);
	tcase_add_test(tc, garbage_over_udp_does_not_end_the_service);
	tcase_add_test(tc, flood_from_one_network_is_limited);
	tcase_add_test(tc, valid_cookie_spares_its_client_the_limit);
	tcase_add_test(tc, over_the_limit_a_bad_cookie_is_replaced);
	tcase_add_test(tc, bad_cookie_changes_nothing_where_no_limit_is_kept);
	tcase_add_test(tc, cookie_alone_is_asked_for_and_judged);
	tcase_add_test(tc, pipelined_queries_are_answered_in_order);
	tcase_add_test(tc, client_that_ends_its_side_gets_what_it_asked_for);
	tcase_add_test(tc, tcp_message_may_be_as_long_as_is_told_and_no_longer);
	tcase_add_test(tc, idle_client_is_closed);
	tcase_add_test(tc, client_that_drips_bytes_is_closed_all_the_same);
	tcase_add_test(tc, client_that_never_reads_is_closed);
	tcase_add_test(tc, client_that_ends_its_side_and_reads_late_gets_everything);
	tcase_add_loop_test(tc, client_that_does_not_speak_dns_is_closed, 0, N_ELEMENTS(not_dns));
	tcase_add_test(tc, one_network_that_connects_without_end_keeps_nobody_out);
	tcase_add_test(tc, when_all_places_are_taken_the_greediest_network_makes_room);
	tcase_add_test(tc, above_half_of_the_places_an_idle_connection_is_closed_sooner);
	tcase_add_test(tc, server_closes_with_clients_connected);
	tcase_add_test(tc, address_that_cannot_be_had_is_named);
	tcase_add_test(tc, tcp_port_in_use_is_named_and_udp_given_back);
	tcase_add_test(tc, zone_that_was_closed_is_refused);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
