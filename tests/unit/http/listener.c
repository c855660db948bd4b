/* SPDX-License-Identifier: BSD-2-Clause
 * The connections of the HTTP front: kept, counted, cut, drained. */
#include "http/server.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/refused.h"
#include "kit/http_fixture.h"
#include "kit/unit.h"

#define BASIC	   "Authorization: Basic dXNlcjpzZWNyZXQ=\r\n" /* user:secret */
#define HOST	   "Host: localhost\r\n"
#define KEEP	   "GET /nic/update HTTP/1.1\r\n" HOST BASIC "Connection: Keep-Alive\r\n\r\n"
#define KEPT_CHECK "GET /healthz HTTP/1.1\r\n" HOST "Connection: Keep-Alive\r\n\r\n"
#define LAST	   "GET /healthz HTTP/1.1\r\n" HOST "\r\n"

enum { SHORT_MS = 200 };

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

/* ---------------------------------------------------------------- connections */

START_TEST(a_connection_is_kept_when_asked_for_and_not_for_ever)
{
	struct http_limits limits = fixture_limits();
	unsigned i;

	limits.keepalive_requests = 5;
	fixture_open(&f, &limits);
	client_open(&c, &f, 0);
	for (i = 1; i < 5; i++) {
		client_puts(&c, KEEP);
		client_read_reply(&c, &f);
		ck_assert_msg(!has_header("Connection", "close"), "request %u: %s", i, c.bytes);
		client_take(&c);
	}
	client_puts(&c, KEEP);
	client_read_all(&c, &f);
	ck_assert(has_header("Connection", "close"));
	ck_assert_str_eq(reply_body(c.bytes), "nochg");
	client_close(&c);
	ck_assert_uint_eq(f.engine.n_updates, 5);
	fixture_close(&f);
}
END_TEST

START_TEST(requests_sent_in_one_piece_are_answered_in_order)
{
	struct http_limits limits = fixture_limits();
	const char *first;

	fixture_open(&f, &limits);
	client_open(&c, &f, 0);
	client_puts(&c, KEEP "GET /myip HTTP/1.1\r\n" HOST "\r\n");
	client_read_all(&c, &f);
	first = strstr(c.bytes, "\r\n\r\nnochg");
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_eq(first + 4 + 5, strstr(c.bytes + 1, "HTTP/1.1 200"));
	ck_assert_str_eq(reply_body(first + 4), "127.0.0.1");
	client_close(&c);
	fixture_close(&f);
}
END_TEST

START_TEST(one_client_too_many_is_refused_until_another_has_gone)
{
	struct http_limits limits = fixture_limits();
	struct client kept[3];
	int64_t end = clock_mono_ms() + FIXTURE_PATIENCE_MS;
	size_t i;

	limits.max_connections_per_client = 3;
	fixture_open(&f, &limits);
	for (i = 0; i < N_ELEMENTS(kept); i++) {
		client_open(&kept[i], &f, 0);
		client_puts(&kept[i], KEEP);
		client_read_reply(&kept[i], &f);
	}
	client_open(&c, &f, 0);
	client_read_all(&c, &f);
	ck_assert_uint_eq(c.len, 0);
	client_close(&c);
	client_close(&kept[0]);
	/* The server sees that it has gone a moment later. */
	do {
		client_open(&c, &f, 0);
		send(c.fd, LAST, strlen(LAST), MSG_NOSIGNAL);
		client_read_all(&c, &f);
		client_close(&c);
	} while (c.len == 0 && clock_mono_ms() < end);
	ck_assert_uint_eq(reply_status(c.bytes), 200);
	for (i = 1; i < N_ELEMENTS(kept); i++)
		client_close(&kept[i]);
	fixture_close(&f);
}
END_TEST

START_TEST(connections_given_up_at_any_point_are_counted_out)
{
	static const char *const begun[] = {"", "\x16\x03\x01", "GET /hea", KEEP};
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	struct http_limits limits = fixture_limits();
	struct client many[32];
	unsigned round;
	size_t i;

	limits.max_connections_per_client = N_ELEMENTS(many) / 2;
	fixture_open(&f, &limits);
	for (round = 0; round < 8; round++) {
		for (i = 0; i < N_ELEMENTS(many); i++) {
			client_open(&many[i], &f, i / 4 % 2);
			/* Some are refused already: then it cannot be sent. */
			send(many[i].fd, begun[i % 4], strlen(begun[i % 4]), MSG_NOSIGNAL);
		}
		for (i = 0; i < N_ELEMENTS(many); i++) {
			if (i % 3 == 0)
				setsockopt(many[i].fd, SOL_SOCKET, SO_LINGER, &reset,
					   sizeof(reset));
			client_close(&many[i]);
		}
	}
	/* Waits for the counts to be zero. */
	fixture_close(&f);
}
END_TEST

START_TEST(a_full_server_closes_an_idle_connection_for_a_new_one)
{
	struct http_limits limits = fixture_limits();
	struct client idle[4];
	size_t i;

	limits.max_connections = 4;
	/* A connection idles from when its thread has done with the reply, which the client may
	 * have read before. One thread is done with it before it accepts the next: so their order
	 * is known, and none is still busy when all are needed. */
	limits.threads = 1;
	fixture_open(&f, &limits);
	for (i = 0; i < N_ELEMENTS(idle); i++) {
		client_open(&idle[i], &f, 0);
		client_puts(&idle[i], KEPT_CHECK);
		client_read_reply(&idle[i], &f);
	}
	exchange(LAST, strlen(LAST));
	ck_assert_uint_eq(reply_status(c.bytes), 200);
	client_read_all(&idle[0], &f);
	for (i = 0; i < N_ELEMENTS(idle); i++)
		client_close(&idle[i]);
	fixture_close(&f);
}
END_TEST

/* ---------------------------------------------------------------- slow clients */

static struct http_limits short_limits(void)
{
	struct http_limits limits = fixture_limits();

	limits.header_timeout_ms = SHORT_MS;
	limits.body_timeout_ms = SHORT_MS;
	limits.keepalive_timeout_ms = SHORT_MS;
	return limits;
}

/* Sends a byte whenever the server has not closed for 10 ms; how long it took to close. */
static int64_t drip(size_t listener, const char *begin, const char *text)
{
	int64_t began = clock_mono_ms(), took;
	size_t i;

	client_open(&c, &f, listener);
	client_puts(&c, begin);
	for (i = 0; clock_mono_ms() - began < FIXTURE_PATIENCE_MS; i++) {
		fixture_run(&f, 10);
		if (send(c.fd, &text[i % strlen(text)], 1, MSG_NOSIGNAL) < 0)
			break;
	}
	took = clock_mono_ms() - began;
	client_read_all(&c, &f);
	client_close(&c);
	return took;
}

/* The fake engine is told, and answers in its own time. */
START_TEST(a_full_server_hurries_a_waiting_request_for_a_new_one)
{
	struct http_limits limits = fixture_limits();
	int64_t waits = metric_get(METRIC_HTTP_SHED_WAIT);
	struct client other;

	limits.max_connections = 1;
	fixture_open(&f, &limits);
	f.engine.hold = true;
	client_open(&c, &f, 0);
	client_puts(&c, KEEP);
	fixture_wait_updates(&f, 1);
	client_open(&other, &f, 0);
	client_puts(&other, LAST);
	client_read_all(&other, &f);
	ck_assert_str_eq(reply_body(other.bytes), "ok");
	client_close(&other);
	fixture_wait_metric(&f, METRIC_HTTP_SHED_WAIT, waits + 1);
	fixture_run(&f, 1);
	ck_assert_uint_eq(f.engine.n_hurried, 1);
	ck_assert_uint_eq(f.engine.last_hurried, f.engine.last.id);
	fixture_release(&f);
	/* It wanted to be kept, but its place is another one's. */
	client_read_all(&c, &f);
	ck_assert_str_eq(reply_body(c.bytes), "nochg");
	ck_assert(has_header("Connection", "close"));
	client_close(&c);
	fixture_close(&f);
}
END_TEST

START_TEST(a_drip_is_cut_at_its_absolute_deadline)
{
	static const struct {
		size_t listener;
		const char *begin, *text;
	} rows[] = {
		{0, "GET /", "x"}, /* request line */
		{0,
		 "GET / HTTP/1.1\r\n"
		 "X: ",
		 "x"}, /* header */
		{0, "POST /nic/update HTTP/1.1\r\n" HOST BASIC "Content-Length: 4000\r\n\r\n",
		 "x"},							  /* body */
		{0, KEEP, "\r\n"},					  /* after a reply */
		{1, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "x"}, /* ClientHello */
	};
	struct http_limits limits = short_limits();
	int64_t took;
	size_t i;

	fixture_open(&f, &limits);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		took = drip(rows[i].listener, rows[i].begin, rows[i].text);
		ck_assert_msg(took >= SHORT_MS && took < FIXTURE_PATIENCE_MS / 2, "row %zu: %d ms",
			      i, (int)took);
	}
	fixture_close(&f);
}
END_TEST

START_TEST(silence_is_cut_before_and_between_requests)
{
	struct http_limits limits = short_limits();
	int64_t began;

	/* The server's time begins when it sees the connection, or has sent its reply: later. */
	fixture_open(&f, &limits);
	began = clock_mono_ms();
	client_open(&c, &f, 0);
	client_read_all(&c, &f);
	ck_assert_int_ge(clock_mono_ms() - began, SHORT_MS);
	client_close(&c);
	client_open(&c, &f, 0);
	began = clock_mono_ms();
	client_puts(&c, KEEP);
	client_read_reply(&c, &f);
	client_read_all(&c, &f);
	ck_assert_int_ge(clock_mono_ms() - began, SHORT_MS);
	client_close(&c);
	fixture_close(&f);
}
END_TEST

START_TEST(a_suspended_request_is_not_cut)
{
	struct http_limits limits = short_limits();

	fixture_open(&f, &limits);
	f.engine.hold = true;
	client_open(&c, &f, 0);
	client_puts(&c, KEEP);
	fixture_wait_updates(&f, 1);
	fixture_run(&f, SHORT_MS * 3);
	fixture_release(&f);
	client_read_reply(&c, &f);
	ck_assert_str_eq(reply_body(c.bytes), "nochg");
	client_close(&c);
	fixture_close(&f);
}
END_TEST

#define LAST_UPDATE "GET /nic/update HTTP/1.1\r\n" HOST BASIC "\r\n"

/* Says that nothing more will come: in TLS too, if with_alert is set, and by TCP. */
static void end_sending(bool with_alert)
{
	if (c.tls != NULL && with_alert)
		ck_assert_int_eq(gnutls_bye(c.tls, GNUTLS_SHUT_WR), 0);
	ck_assert_int_eq(shutdown(c.fd, SHUT_WR), 0);
}

START_TEST(a_client_that_ends_its_side_behind_its_request_keeps_its_reply)
{
	static const struct {
		bool is_tls, with_alert;
		const char *sent, *received;
	} rows[] = {
		{false, false, LAST_UPDATE, "nochg"}, {false, false, KEEP, "nochg"},
		{false, false, KEEP LAST, "ok"},      {true, false, LAST_UPDATE, "nochg"},
		{true, true, KEEP, "nochg"},	      {true, true, KEEP LAST, "ok"},
	};
	struct http_limits limits = fixture_limits();
	size_t i, len;

	fixture_open(&f, &limits);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		f.engine.hold = true;
		if (rows[i].is_tls)
			client_open_tls(&c, &f, NULL);
		else
			client_open(&c, &f, 0);
		client_puts(&c, rows[i].sent);
		end_sending(rows[i].with_alert);
		fixture_wait_updates(&f, f.engine.n_updates + 1);
		fixture_release(&f);
		client_read_all(&c, &f);
		len = strlen(rows[i].received);
		ck_assert_msg(strstr(c.bytes, "nochg") != NULL && c.len > len &&
				      strcmp(c.bytes + c.len - len, rows[i].received) == 0,
			      "row %zu: %s", i, c.bytes);
		client_close(&c);
	}
	fixture_close(&f);
}
END_TEST

static int64_t cpu_ms(void)
{
	struct rusage u;

	ck_assert_int_eq(getrusage(RUSAGE_SELF, &u), 0);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

/* libmicrohttpd's epoll mode spins here: 100 % of a processor. */
/* Refused for its version, once the head is whole. */
#define REFUSED_UPDATE "GET /nic/update HTTP/9.9\r\n" HOST BASIC "\r\n"

/* So many bytes are on their way behind a head when that was refused, and the reply has not been
 * sent yet: refused_log() is called in between, on the thread that serves the connection. */
static size_t behind_refusal;

void __real_refused_log(struct line_limit *limit, const struct refused *r, int64_t now_ms);
void __wrap_refused_log(struct line_limit *limit, const struct refused *r, int64_t now_ms);

static void wait_until_arrived(int fd)
{
	int unsent = 1;

	while (unsent != 0)
		ck_assert_int_eq(ioctl(fd, SIOCOUTQ, &unsent), 0);
}

void __wrap_refused_log(struct line_limit *limit, const struct refused *r, int64_t now_ms)
{
	static const char more[32 * 1024] = "more";

	if (behind_refusal > 0) {
		ck_assert_int_eq(send(c.fd, more, behind_refusal, 0), (ssize_t)behind_refusal);
		wait_until_arrived(c.fd);
	}
	__real_refused_log(limit, r, now_ms);
}

/* What is left of the connection ends as it should: read below TLS. */
static void assert_not_reset(size_t row)
{
	struct pollfd ready = {.fd = c.fd, .events = POLLIN};
	char bytes[256];
	ssize_t n;

	do {
		ck_assert_int_eq(poll(&ready, 1, FIXTURE_PATIENCE_MS), 1);
		n = recv(c.fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	} while (n > 0);
	ck_assert_msg(n == 0, "row %zu: the connection was reset", row);
}

/* A socket that is closed with unread bytes resets the connection. */
START_TEST(what_comes_behind_a_refused_head_resets_nothing)
{
	static const size_t rows[] = {1, 4096, 32 * 1024};
	struct http_limits limits = fixture_limits();
	size_t i;

	fixture_open(&f, &limits);
	for (i = 0; i < 2 * N_ELEMENTS(rows); i++) {
		if (i % 2 == 1)
			client_open_tls(&c, &f, NULL);
		else
			client_open(&c, &f, 0);
		behind_refusal = rows[i / 2];
		client_puts(&c, REFUSED_UPDATE);
		client_read_reply(&c, &f);
		behind_refusal = 0;
		ck_assert_uint_eq(reply_status(c.bytes), 505);
		assert_not_reset(i);
		client_close(&c);
	}
	fixture_close(&f);
}
END_TEST

START_TEST(a_stalled_tls_client_costs_no_processor_time)
{
	struct http_limits limits = fixture_limits();
	int64_t began, took;

	limits.header_timeout_ms = 1000;
	fixture_open(&f, &limits);
	client_open(&c, &f, 1);
	client_send(&c, "\x16\x03\x01", 3);
	began = cpu_ms();
	took = client_read_all(&c, &f);
	began = cpu_ms() - began;
	ck_assert_int_ge(took, 900);
	ck_assert_msg(began < took / 4, "%d ms of processor time in %d ms", (int)began, (int)took);
	client_close(&c);
	fixture_close(&f);
}
END_TEST

/* ---------------------------------------------------------------- stopping */

enum { MANY = 200 };

START_TEST(every_suspended_request_is_answered_at_a_drain)
{
	static struct client many[MANY];
	struct http_limits limits = fixture_limits();
	size_t i;

	fixture_open(&f, &limits);
	f.engine.hold = true;
	for (i = 0; i < MANY; i++) {
		client_open(&many[i], &f, 0);
		client_puts(&many[i], KEEP);
	}
	fixture_wait_updates(&f, MANY);
	fixture_drain(&f, FIXTURE_PATIENCE_MS);
	fixture_run(&f, 50);
	ck_assert(!f.drained);
	dyndns_answer_one(&f.engine.answer, DYNDNS_911);
	fixture_release(&f);
	fixture_wait(&f, &f.drained);
	for (i = 0; i < MANY; i++) {
		client_read_all(&many[i], &f);
		ck_assert_msg(reply_status(many[i].bytes) == 503, "%zu: %s", i, many[i].bytes);
		ck_assert_str_eq(reply_body(many[i].bytes), "911");
		client_close(&many[i]);
	}
	fixture_close(&f);
}
END_TEST

START_TEST(a_drain_closes_idle_and_silent_connections_and_refuses_new_ones)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct http_limits limits = fixture_limits();
	struct client idle, silent;
	int fd;

	fixture_open(&f, &limits);
	sa.sin_port = htons(http_server_port(f.server, 0));
	client_open(&idle, &f, 0);
	client_puts(&idle, KEEP);
	client_read_reply(&idle, &f);
	client_open(&silent, &f, 1);
	client_open_tls(&c, &f, NULL);
	client_puts(&c, KEEP);
	client_read_reply(&c, &f);
	fixture_drain(&f, FIXTURE_PATIENCE_MS);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), -1);
	ck_assert_int_eq(close(fd), 0);
	client_read_all(&idle, &f);
	client_read_all(&c, &f);
	client_read_all(&silent, &f);
	fixture_wait(&f, &f.drained);
	client_close(&idle);
	client_close(&silent);
	client_close(&c);
	fixture_close(&f);
}
END_TEST

START_TEST(a_drain_ends_at_its_timeout_and_close_waits_for_the_engine)
{
	struct http_limits limits = fixture_limits();

	fixture_open(&f, &limits);
	f.engine.hold = true;
	client_open(&c, &f, 0);
	client_puts(&c, KEEP);
	fixture_wait_updates(&f, 1);
	fixture_drain(&f, 20);
	fixture_wait(&f, &f.drained);
	/* Stopping libmicrohttpd now would abort the process. */
	http_server_close(f.server);
	fixture_run(&f, 50);
	fixture_release(&f);
	client_read_all(&c, &f);
	ck_assert_str_eq(reply_body(c.bytes), "nochg");
	client_close(&c);
	f.server = NULL;
	fixture_close(&f);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_connection_is_kept_when_asked_for_and_not_for_ever,
		requests_sent_in_one_piece_are_answered_in_order,
		one_client_too_many_is_refused_until_another_has_gone,
		connections_given_up_at_any_point_are_counted_out,
		a_full_server_closes_an_idle_connection_for_a_new_one,
		a_full_server_hurries_a_waiting_request_for_a_new_one,
		a_drip_is_cut_at_its_absolute_deadline,
		silence_is_cut_before_and_between_requests,
		a_suspended_request_is_not_cut,
		a_client_that_ends_its_side_behind_its_request_keeps_its_reply,
		what_comes_behind_a_refused_head_resets_nothing,
		a_stalled_tls_client_costs_no_processor_time,
		every_suspended_request_is_answered_at_a_drain,
		a_drain_closes_idle_and_silent_connections_and_refuses_new_ones,
		a_drain_ends_at_its_timeout_and_close_waits_for_the_engine,
	};

	return unit_run("listener", tests, N_ELEMENTS(tests));
}
