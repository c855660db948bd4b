/* SPDX-License-Identifier: BSD-2-Clause
 * A listener's beginning and end; what goes over its connections: tests/unit/dns/dns_server.c. */
#include "dns/tcp.h"

#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/metric.h"
#include "dns/tcp_table.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "net/listen.h"

static uv_loop_t loop;
static struct tcp_table *table;
static unsigned n_gone;

static size_t on_query(void *arg, const struct addr *client, enum dns_transport transport,
		       const uint8_t *query, size_t len, uint8_t out[DNS_ANSWER_MAX])
{
	(void)arg;
	(void)client;
	(void)transport;
	(void)query;
	(void)len;
	(void)out;
	return 0;
}

static void on_gone(void *arg)
{
	ck_assert_ptr_eq(arg, &n_gone);
	n_gone++;
}

static const struct dns_transport_owner owner = {on_query, on_gone, &n_gone};

enum { LOOK_MS = 100, PATIENCE_MS = 10000 };

static int tcp_open(const struct listen_at *at, uint16_t port, struct dns_tcp **ret,
		    struct errinfo *ei)
{
	return dns_tcp_open(&loop, at, port, table, LOOK_MS, &owner, ret, ei);
}

static struct listen_at loopback(void)
{
	struct listen_at at = {.text = "127.0.0.1:53"};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&at.sa;

	v4->sin_family = AF_INET;
	v4->sin_port = htons(53);
	v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return at;
}

/* A port that is free now. */
static uint16_t free_port(void)
{
	struct listen_at at = loopback();
	uint16_t port;
	int fd;

	((struct sockaddr_in *)&at.sa)->sin_port = 0;
	ck_assert_int_eq(listen_open(&at, LISTEN_TCP, &fd, NULL), 0);
	port = listen_port(fd);
	close(fd);
	return port;
}

/* Not that of the address: UDP may have been given any. */
START_TEST(it_listens_on_the_port_that_it_is_told)
{
	struct listen_at at = loopback();
	struct errinfo ei = ERRINFO_INIT;
	struct dns_tcp *t, *second = NULL;
	uint16_t port = free_port();

	n_gone = 0;
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(tcp_open(&at, port, &t, &ei), 0);
	ck_assert_int_ne(tcp_open(&at, port, &second, &ei), 0);
	ck_assert_ptr_nonnull(strstr(ei.text, "127.0.0.1"));
	ck_assert_ptr_null(second);
	uv_run(&loop, UV_RUN_NOWAIT);
	/* What did not begin does not end. */
	ck_assert_uint_eq(n_gone, 0);
	dns_tcp_close(t);
	dns_tcp_close(NULL);
	ck_assert_uint_eq(n_gone, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_uint_eq(n_gone, 1);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

START_TEST(without_memory_it_does_not_listen)
{
	struct listen_at at = loopback();
	struct errinfo ei = ERRINFO_INIT;
	struct dns_tcp *t = NULL;
	int err;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	fake_malloc_fail_at(1);
	err = tcp_open(&at, 1, &t, &ei);
	ck_assert(fake_malloc_off());
	ck_assert(err == ERR_NOMEM && t == NULL);
	ck_assert_str_eq(ei.text, err_str(ERR_NOMEM));
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

/* From 127.0.<network>.1. */
static int connect_from(uint32_t network, uint16_t port)
{
	struct listen_at at = loopback();
	struct sockaddr_in from = *(struct sockaddr_in *)&at.sa;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	((struct sockaddr_in *)&at.sa)->sin_port = htons(port);
	from.sin_port = 0;
	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (network << 8));
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&at.sa, sizeof(struct sockaddr_in)), 0);
	return fd;
}

static int connect_to(uint16_t port)
{
	return connect_from(0, port);
}

/* A listener that is closed as soon as the metric is above this. */
struct closing {
	uv_check_t check;
	struct dns_tcp *tcp;
	enum metric metric;
	int64_t above;
};

/* In the turn in which it happened, before the loop closes what is to be closed. */
static void on_check(uv_check_t *check)
{
	struct closing *c = check->data;

	if (metric_get(c->metric) <= c->above)
		return;
	dns_tcp_close(c->tcp);
	uv_close((uv_handle_t *)check, NULL);
}

static void close_above(struct closing *c, struct dns_tcp *t, enum metric metric)
{
	*c = (struct closing){.tcp = t, .metric = metric, .above = metric_get(metric)};
	ck_assert_int_eq(uv_check_init(&loop, &c->check), 0);
	c->check.data = c;
	ck_assert_int_eq(uv_check_start(&c->check, on_check), 0);
}

/* The one that made room is being closed when all of them are. */
START_TEST(a_server_may_be_closed_right_after_one_connection_too_many)
{
	static const struct {
		struct tcp_table_limits limits;
		uint32_t network; /* of the second one */
		enum metric why;
	} rows[] = {
		{{2, 1, 1000}, 0, METRIC_DNS_TCP_CLOSED_NETWORK},
		{{1, 1, 1000}, 1, METRIC_DNS_TCP_CLOSED_FULL},
	};
	const struct listen_at at = loopback();
	struct errinfo ei = ERRINFO_INIT;
	struct dns_tcp *t;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct closing closing;
		const int64_t open = metric_get(METRIC_DNS_TCP_CONNECTIONS);
		uint16_t port = free_port();
		int first, second;

		n_gone = 0;
		ck_assert_int_eq(tcp_table_new(&rows[i].limits, &table), 0);
		ck_assert_int_eq(uv_loop_init(&loop), 0);
		ck_assert_int_eq(tcp_open(&at, port, &t, &ei), 0);
		first = connect_to(port);
		while (metric_get(METRIC_DNS_TCP_CONNECTIONS) == open)
			uv_run(&loop, UV_RUN_ONCE);
		close_above(&closing, t, rows[i].why);
		second = connect_from(rows[i].network, port);
		uv_run(&loop, UV_RUN_DEFAULT);
		ck_assert_uint_eq(n_gone, 1);
		ck_assert_int_eq(metric_get(METRIC_DNS_TCP_CONNECTIONS), open);
		ck_assert_int_eq(metric_get(rows[i].why), closing.above + 1);
		ck_assert_int_eq(uv_loop_close(&loop), 0);
		tcp_table_free(table);
		close(first);
		close(second);
	}
}
END_TEST

/* The one for which there is no memory is turned away by a handle that is not closed at once:
 * whenever the listener is closed meanwhile, nothing is used after it was freed. */
START_TEST(a_connection_without_memory_is_turned_away)
{
	const struct tcp_table_limits limits = {2, 2, 1000};
	struct listen_at at = loopback();
	struct errinfo ei = ERRINFO_INIT;
	struct dns_tcp *t;
	int fds[3], turns, i;
	bool refused;
	uint16_t port;

	ck_assert_int_eq(tcp_table_new(&limits, &table), 0);
	for (turns = 1; turns <= 5; turns++) {
		port = free_port();
		ck_assert_int_eq(uv_loop_init(&loop), 0);
		ck_assert_int_eq(tcp_open(&at, port, &t, &ei), 0);
		for (i = 0; i < 3; i++)
			fds[i] = connect_to(port);
		fake_malloc_fail_at(1);
		for (i = 0; i < turns; i++)
			uv_run(&loop, UV_RUN_NOWAIT);
		refused = fake_malloc_off();
		ck_assert(refused);
		dns_tcp_close(t);
		uv_run(&loop, UV_RUN_DEFAULT);
		ck_assert_int_eq(uv_loop_close(&loop), 0);
		for (i = 0; i < 3; i++)
			close(fds[i]);
	}
	tcp_table_free(table);
}
END_TEST

static bool has_ended(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	char byte;

	return poll(&ready, 1, PATIENCE_MS) == 1 && recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

/* The handle that turns one away is still in use when the next one comes. */
START_TEST(all_connections_without_memory_are_turned_away)
{
	enum { CLIENTS = 4 };
	const struct listen_at at = loopback();
	struct errinfo ei = ERRINFO_INIT;
	struct dns_tcp *t;
	uint16_t port = free_port();
	int fds[CLIENTS], i, turns, n_ended = 0;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(tcp_open(&at, port, &t, &ei), 0);
	for (i = 0; i < CLIENTS; i++)
		fds[i] = connect_to(port);
	fake_malloc_fail_from(1);
	for (turns = 0; turns < 2 * CLIENTS; turns++)
		uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert(fake_malloc_off());
	for (i = 0; i < CLIENTS; i++)
		n_ended += has_ended(fds[i]);
	ck_assert_int_eq(n_ended, CLIENTS);
	dns_tcp_close(t);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	for (i = 0; i < CLIENTS; i++)
		close(fds[i]);
}
END_TEST

static size_t on_echo(void *arg, const struct addr *client, enum dns_transport transport,
		      const uint8_t *query, size_t len, uint8_t out[DNS_ANSWER_MAX])
{
	(void)arg;
	(void)client;
	(void)transport;
	memcpy(out, query, len);
	return len;
}

/* Runs the loop until there is something to be read. */
static void expect_bytes(int fd, const char *want, size_t len)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	char got[16];

	while (poll(&ready, 1, 0) == 0)
		uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_int_eq(recv(fd, got, sizeof(got), MSG_DONTWAIT), (int)len);
	ck_assert_mem_eq(got, want, len);
}

/* Who has its answer goes at once, and who is asking gets one; a connection that comes now is
 * another process's. */
START_TEST(a_drain_waits_for_those_that_have_no_answer_yet)
{
	static const char message[] = {0, 2, 'h', 'i'};
	const struct dns_transport_owner echo = {on_echo, on_gone, &n_gone};
	const struct tcp_table_limits limits = {8, 8, 100000};
	const int64_t open = metric_get(METRIC_DNS_TCP_CONNECTIONS);
	const struct listen_at at = loopback();
	uint16_t port = free_port();
	int answered, asking, silent;
	struct dns_tcp *t;

	n_gone = 0;
	ck_assert_int_eq(tcp_table_new(&limits, &table), 0);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(dns_tcp_open(&loop, &at, port, table, LOOK_MS, &echo, &t, NULL), 0);
	answered = connect_to(port);
	asking = connect_to(port);
	silent = connect_to(port);
	ck_assert_int_eq(send(answered, message, sizeof(message), 0), sizeof(message));
	expect_bytes(answered, message, sizeof(message));
	while (metric_get(METRIC_DNS_TCP_CONNECTIONS) < open + 3)
		uv_run(&loop, UV_RUN_ONCE);
	/* Not seen by the loop yet. */
	ck_assert_int_eq(send(asking, message, sizeof(message) - 1, 0), sizeof(message) - 1);
	ck_assert_uint_eq(dns_tcp_drain(t), 3);
	ck_assert_int_eq(metric_get(METRIC_DNS_TCP_CONNECTIONS), open + 2);
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert(has_ended(answered));
	ck_assert_uint_eq(dns_tcp_drain(t), 2);
	ck_assert_int_eq(send(asking, message + 3, 1, 0), 1);
	expect_bytes(asking, message, sizeof(message));
	while (dns_tcp_drain(t) > 1)
		uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert(has_ended(asking));
	ck_assert_int_eq(metric_get(METRIC_DNS_TCP_CONNECTIONS), open + 1);
	dns_tcp_close(t);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_uint_eq(n_gone, 1);
	ck_assert(has_ended(silent));
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	tcp_table_free(table);
	close(answered);
	close(asking);
	close(silent);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_listens_on_the_port_that_it_is_told,
		without_memory_it_does_not_listen,
		a_connection_without_memory_is_turned_away,
		all_connections_without_memory_are_turned_away,
		a_server_may_be_closed_right_after_one_connection_too_many,
		a_drain_waits_for_those_that_have_no_answer_yet,
	};

	return unit_run("tcp", tests, N_ELEMENTS(tests));
}
