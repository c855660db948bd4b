/* SPDX-License-Identifier: BSD-2-Clause
 * One exchange, with a server that answers as each row says. What AWS adds, and trust over TLS, are
 * in tests/unit/aws/transfer.c. */
#include "fetch/transfer.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "fetch/libcurl.h"
#include "kit/unit.h"

enum { LIMIT = 64, WAIT_MS = 30000, KEPT_SIZE = 32 };

/* Answers one connection, from a thread of its own. */
struct server {
	int fd;
	unsigned port;
	pthread_t thread;
	const char *reply;
	char request[4096];
};

static void serve_one(struct server *s, int fd)
{
	size_t len = 0;
	ssize_t n;

	while (strstr(s->request, "\r\n\r\n") == NULL) {
		n = recv(fd, s->request + len, sizeof(s->request) - 1 - len, 0);
		if (n <= 0)
			return;
		len += (size_t)n;
		s->request[len] = '\0';
	}
	if (send(fd, s->reply, strlen(s->reply), MSG_NOSIGNAL) < 0)
		abort();
}

static void *serve(void *arg)
{
	struct server *s = arg;
	struct pollfd waiting = {.fd = s->fd, .events = POLLIN};
	int fd;

	if (poll(&waiting, 1, WAIT_MS) != 1)
		return NULL;
	fd = accept(s->fd, NULL, NULL);
	if (fd < 0)
		return NULL;
	serve_one(s, fd);
	close(fd);
	return NULL;
}

static void server_open(struct server *s, const char *reply)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	socklen_t len = sizeof(addr);

	memset(s, 0, sizeof(*s));
	s->reply = reply;
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_ge(s->fd, 0);
	ck_assert_int_eq(bind(s->fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(listen(s->fd, 1), 0);
	ck_assert_int_eq(getsockname(s->fd, (struct sockaddr *)&addr, &len), 0);
	s->port = ntohs(addr.sin_port);
}

/* What the owner keeps of a header: the field "Kept". */
struct kept {
	char text[KEPT_SIZE];
};

static void kept_reset(void *head)
{
	struct kept *k = head;

	str_copy(k->text, sizeof(k->text), slice_of("-"));
}

static void kept_take(void *head, struct slice name, struct slice value)
{
	struct kept *k = head;

	if (slice_eq_nocase(name, "kept"))
		str_copy(k->text, sizeof(k->text), value);
}

static const struct fetch_head_ops kept_ops = {
	.size = sizeof(struct kept),
	.reset = kept_reset,
	.take = kept_take,
};

/* What came of an exchange. */
struct outcome {
	unsigned n;
	enum fetch_transfer_result result;
	long status;
	int64_t date_s;
	char body[LIMIT + 1];
	char kept[KEPT_SIZE];
};

static void on_outcome(void *arg, const struct fetch_transfer_reply *reply)
{
	struct outcome *o = arg;
	const struct kept *k = reply->head;

	o->n++;
	o->result = reply->result;
	o->status = reply->status;
	o->date_s = reply->date_s;
	str_copy(o->body, sizeof(o->body), reply->body);
	str_copy(o->kept, sizeof(o->kept), slice_of(k != NULL ? k->text : "none"));
}

static void exchange(const struct fetch_head_ops *head, unsigned port,
		     struct fetch_transfer_request *rq, struct outcome *o)
{
	const struct fetch_transfers_conf conf = {
		.title = "test",
		.head = head,
		.connect_timeout_ms = WAIT_MS,
		.max_connections = 2,
		.max_response_bytes = LIMIT,
	};
	struct fetch_transfers *ts;
	struct fetch_transfer *t;
	struct errinfo ei = ERRINFO_INIT;
	uv_loop_t loop;
	char url[64];

	memset(o, 0, sizeof(*o));
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/a/../b", port);
	rq->url = url;
	rq->timeout_ms = WAIT_MS;
	ck_assert_int_eq(fetch_libcurl_init(&ei), 0);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(fetch_transfers_new(&loop, &conf, &ts), 0);
	ck_assert_int_eq(fetch_transfer_start(ts, rq, on_outcome, o, &t), 0);
	while (o->n == 0)
		uv_run(&loop, UV_RUN_ONCE);
	fetch_transfers_close(ts);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	ck_assert_uint_eq(o->n, 1);
}

#define OK  "HTTP/1.1 200 OK\r\n"
#define LEN "Content-Length: 2\r\n\r\n"

static const struct {
	const char *reply;
	enum fetch_transfer_result result;
	long status;
	int64_t date_s;
	const char *body, *kept;
} rows[] = {
	{OK LEN "{}", FETCH_TRANSFER_DONE, 200, 0, "{}", "-"},
	{OK "kept:  a b \r\n" LEN "{}", FETCH_TRANSFER_DONE, 200, 0, "{}", "a b"},
	{"HTTP/1.1 103 Early Hints\r\nKept: early\r\n\r\n" OK LEN "{}", FETCH_TRANSFER_DONE, 200, 0,
	 "{}", "-"},
	{OK "Date: Thu, 01 Jan 1970 00:01:40 GMT\r\n" LEN "{}", FETCH_TRANSFER_DONE, 200, 100, "{}",
	 "-"},
	{OK "Date: soon\r\n" LEN "{}", FETCH_TRANSFER_DONE, 200, 0, "{}", "-"},
	{"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n" LEN "{}", FETCH_TRANSFER_DONE,
	 302, 0, "{}", "-"},
	{"HTTP/1.1 503 X\r\n\r\n", FETCH_TRANSFER_DONE, 503, 0, "", "-"},
	{OK "Kept: x\r\n", FETCH_TRANSFER_BROKEN, 200, 0, "", "x"},
	{OK "Content-Length: 9\r\n\r\n{}", FETCH_TRANSFER_BROKEN, 200, 0, "{}", "-"},
	{OK "Content-Length: 65\r\n\r\n", FETCH_TRANSFER_TOO_LARGE, 200, 0, "", "-"},
	{"SSH-2.0-OpenSSH\r\n", FETCH_TRANSFER_GARBAGE, 0, 0, "", "-"},
	{"", FETCH_TRANSFER_BROKEN, 0, 0, "", "-"},
};

START_TEST(a_reply_is_what_came)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct fetch_transfer_request rq = {.url = NULL};
		struct server s;
		struct outcome o;

		server_open(&s, rows[i].reply);
		ck_assert_int_eq(pthread_create(&s.thread, NULL, serve, &s), 0);
		exchange(&kept_ops, s.port, &rq, &o);
		ck_assert_int_eq(pthread_join(s.thread, NULL), 0);
		close(s.fd);
		ck_assert_msg(o.result == rows[i].result, "row %zu: result %d", i, o.result);
		ck_assert_msg(o.status == rows[i].status, "row %zu: status %ld", i, o.status);
		ck_assert_msg(o.date_s == rows[i].date_s, "row %zu: date", i);
		ck_assert_msg(strcmp(o.body, rows[i].body) == 0, "row %zu: body %s", i, o.body);
		ck_assert_msg(strcmp(o.kept, rows[i].kept) == 0, "row %zu: kept %s", i, o.kept);
	}
}
END_TEST

START_TEST(only_what_is_asked_for_is_sent)
{
	const struct fetch_header own = {slice_of("X-Own"), slice_of("1")};
	struct fetch_transfer_request rq = {.is_put = true, .headers = &own, .n_headers = 1};
	char expected[256];
	struct server s;
	struct outcome o;

	server_open(&s, OK LEN "{}");
	ck_assert_int_eq(pthread_create(&s.thread, NULL, serve, &s), 0);
	exchange(NULL, s.port, &rq, &o);
	ck_assert_int_eq(pthread_join(s.thread, NULL), 0);
	close(s.fd);
	snprintf(expected, sizeof(expected),
		 "PUT /a/../b HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUser-Agent: mooring\r\n"
		 "X-Own: 1\r\nContent-Length: 0\r\n\r\n",
		 s.port);
	ck_assert_str_eq(s.request, expected);
	ck_assert_str_eq(o.kept, "none");
}
END_TEST

static bool nobody(const struct sockaddr *addr)
{
	(void)addr;
	return false;
}

START_TEST(an_address_that_is_not_allowed_is_not_connected_to)
{
	struct fetch_transfer_request rq = {.may_connect = nobody};
	struct pollfd waiting = {.events = POLLIN};
	struct server s;
	struct outcome o;

	server_open(&s, "");
	exchange(&kept_ops, s.port, &rq, &o);
	ck_assert_int_eq(o.result, FETCH_TRANSFER_UNTRUSTED);
	waiting.fd = s.fd;
	ck_assert_int_eq(poll(&waiting, 1, 0), 0);
	close(s.fd);
}
END_TEST

START_TEST(nobody_answers_on_a_port_that_is_closed)
{
	struct fetch_transfer_request rq = {.url = NULL};
	struct server s;
	struct outcome o;

	server_open(&s, "");
	close(s.fd);
	exchange(&kept_ops, s.port, &rq, &o);
	ck_assert_int_eq(o.result, FETCH_TRANSFER_UNREACHABLE);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_reply_is_what_came,
		only_what_is_asked_for_is_sent,
		an_address_that_is_not_allowed_is_not_connected_to,
		nobody_answers_on_a_port_that_is_closed,
	};

	return unit_run("transfer", tests, N_ELEMENTS(tests));
}
