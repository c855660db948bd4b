/* SPDX-License-Identifier: BSD-2-Clause
 * A listener's beginning and end; what goes over its connections: tests/unit/dns/dns_server.c. */
#include "dns/tcp.h"

#include <netinet/in.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "net/listen.h"

static uv_loop_t loop;
static unsigned n_clients, n_gone;

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
static const struct dns_tcp_limits limits = {2, &n_clients, 1000};

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
	ck_assert_int_eq(dns_tcp_open(&loop, &at, port, &limits, &owner, &t, &ei), 0);
	ck_assert_int_ne(dns_tcp_open(&loop, &at, port, &limits, &owner, &second, &ei), 0);
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
	err = dns_tcp_open(&loop, &at, 1, &limits, &owner, &t, &ei);
	ck_assert(fake_malloc_off());
	ck_assert(err == ERR_NOMEM && t == NULL);
	ck_assert_str_eq(ei.text, err_str(ERR_NOMEM));
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_listens_on_the_port_that_it_is_told,
		without_memory_it_does_not_listen,
	};

	return unit_run("tcp", tests, N_ELEMENTS(tests));
}
