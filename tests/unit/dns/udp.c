/* SPDX-License-Identifier: BSD-2-Clause
 * Datagrams and errors one by one; on the network, tests/unit/dns/dns_server.c. */
#include "dns/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "net/listen.h"

/* What recvmsg(2) gives, one step a call; after the last there is nothing to be had. */
struct step {
	int sys_errno; /* 0: a datagram */
	sa_family_t family;
};

static uv_loop_t loop;
static struct dns_udp *udp;
static const struct step *steps;
static size_t n_steps, n_received;
static bool is_endless; /* the last step comes again and again */
static unsigned n_asked, n_sent, n_gone;
static size_t answer_len;
static int send_errno;
static char local[INET6_ADDRSTRLEN]; /* the address that was asked */
static struct msghdr sent;
static uint8_t sent_control[256];

ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags);

static void set_peer(struct msghdr *msg, sa_family_t family)
{
	struct sockaddr_in *v4 = msg->msg_name;
	struct sockaddr_in6 *v6 = msg->msg_name;

	memset(msg->msg_name, 0, msg->msg_namelen);
	if (family == AF_INET6) {
		*v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = 99};
		inet_pton(AF_INET6, "2001:db8::9", &v6->sin6_addr);
	} else {
		*v4 = (struct sockaddr_in){.sin_family = family, .sin_port = 99};
		inet_pton(AF_INET, "192.0.2.9", &v4->sin_addr);
	}
}

/* Interface 7. */
static void set_local(struct msghdr *msg, sa_family_t family)
{
	struct cmsghdr *c;
	struct in_pktinfo v4 = {.ipi_ifindex = 7};
	struct in6_pktinfo v6 = {.ipi6_ifindex = 7};

	msg->msg_controllen = CMSG_SPACE(family == AF_INET6 ? sizeof(v6) : sizeof(v4));
	c = CMSG_FIRSTHDR(msg);
	if (family == AF_INET6) {
		inet_pton(AF_INET6, local, &v6.ipi6_addr);
		*c = (struct cmsghdr){CMSG_LEN(sizeof(v6)), IPPROTO_IPV6, IPV6_PKTINFO};
		memcpy(CMSG_DATA(c), &v6, sizeof(v6));
	} else {
		inet_pton(AF_INET, local, &v4.ipi_spec_dst);
		*c = (struct cmsghdr){CMSG_LEN(sizeof(v4)), IPPROTO_IP, IP_PKTINFO};
		memcpy(CMSG_DATA(c), &v4, sizeof(v4));
	}
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
	const struct step *s;
	char byte[64];

	ck_assert_int_eq(flags, 0);
	if (n_received >= n_steps && !is_endless) {
		/* What woke the loop up. */
		while (read(fd, byte, sizeof(byte)) > 0)
			continue;
		errno = EAGAIN;
		return -1;
	}
	s = &steps[n_received < n_steps ? n_received : n_steps - 1];
	n_received++;
	errno = s->sys_errno;
	if (s->sys_errno != 0)
		return -1;
	set_peer(msg, s->family);
	set_local(msg, s->family);
	memcpy(msg->msg_iov[0].iov_base, "query", 5);
	return 5;
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags)
{
	ck_assert(fd >= 0 && (flags & MSG_NOSIGNAL) != 0);
	n_sent++;
	sent = *msg;
	ck_assert_uint_le(msg->msg_controllen, sizeof(sent_control));
	memcpy(sent_control, msg->msg_control, msg->msg_controllen);
	sent.msg_control = sent_control;
	ck_assert_uint_eq(msg->msg_iov[0].iov_len, answer_len);
	ck_assert_int_eq(memcmp(msg->msg_iov[0].iov_base, "answer", 6), 0);
	errno = send_errno;
	return send_errno != 0 ? -1 : (ssize_t)answer_len;
}

static size_t on_query(void *arg, const struct addr *client, enum dns_transport transport,
		       const uint8_t *query, size_t len, uint8_t out[DNS_ANSWER_MAX])
{
	char text[ADDR_TEXT_MAX];

	ck_assert(arg == &n_asked && transport == DNS_OVER_UDP);
	ck_assert(len == 5 && memcmp(query, "query", 5) == 0);
	addr_format(client, text);
	ck_assert(strcmp(text, "192.0.2.9") == 0 || strcmp(text, "2001:db8::9") == 0);
	n_asked++;
	memcpy(out, "answer", 6);
	return answer_len;
}

static void on_gone(void *arg)
{
	ck_assert_ptr_eq(arg, &n_asked);
	n_gone++;
}

static const struct dns_transport_owner owner = {on_query, on_gone, &n_asked};

static struct listen_at loopback(void)
{
	struct listen_at at = {.text = "127.0.0.1:0"};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&at.sa;

	v4->sin_family = AF_INET;
	v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return at;
}

/* Something came: the loop wakes up once. */
static void wake(const struct step *new_steps, size_t n, uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	steps = new_steps;
	n_steps = n;
	n_received = n_asked = n_sent = 0;
	ck_assert_int_eq(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
	close(fd);
	uv_run(&loop, UV_RUN_ONCE);
}

static uint16_t open_udp(void)
{
	struct listen_at at = loopback();
	uint16_t port;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(dns_udp_open(&loop, &at, &owner, &udp, &port, NULL), 0);
	ck_assert_uint_ne(port, 0);
	answer_len = 6;
	send_errno = 0;
	is_endless = false;
	n_gone = 0;
	snprintf(local, sizeof(local), "127.0.0.1");
	return port;
}

static void close_udp(void)
{
	dns_udp_close(udp);
	ck_assert_uint_eq(n_gone, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_uint_eq(n_gone, 1);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

static const struct {
	struct step steps[4];
	size_t n;
	unsigned asked;
} rows[] = {
	{{{0, AF_INET}}, 1, 1},
	{{{0, AF_INET}, {0, AF_INET6}, {0, AF_INET}}, 3, 3},
	/* An ICMP error of an earlier answer, and a call that a signal ended. */
	{{{ECONNREFUSED, 0}, {0, AF_INET}, {EINTR, 0}, {0, AF_INET}}, 4, 2},
	/* A sender without an address. */
	{{{0, AF_UNSPEC}, {0, AF_INET}}, 2, 1},
	{{{EAGAIN, 0}, {0, AF_INET}}, 1, 0},
};

START_TEST(all_that_came_is_answered)
{
	uint16_t port = open_udp();
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		wake(rows[i].steps, rows[i].n, port);
		ck_assert_msg(n_asked == rows[i].asked, "row %zu: %u", i, n_asked);
		ck_assert_msg(n_sent == rows[i].asked, "row %zu: %u", i, n_sent);
	}
	close_udp();
}
END_TEST

START_TEST(a_query_without_an_answer_is_left)
{
	static const struct step two[] = {{0, AF_INET}, {0, AF_INET}};
	uint16_t port = open_udp();

	answer_len = 0;
	wake(two, 2, port);
	ck_assert(n_asked == 2 && n_sent == 0);
	close_udp();
}
END_TEST

START_TEST(an_answer_that_is_not_sent_is_lost)
{
	static const struct step two[] = {{0, AF_INET}, {0, AF_INET}};
	uint16_t port = open_udp();

	send_errno = EAGAIN;
	wake(two, 2, port);
	ck_assert(n_asked == 2 && n_sent == 2);
	close_udp();
}
END_TEST

START_TEST(a_flood_lets_others_have_their_turn)
{
	static const struct step one[] = {{0, AF_INET}};
	uint16_t port = open_udp();

	is_endless = true;
	wake(one, 1, port);
	ck_assert_uint_eq(n_asked, 64);
	uv_run(&loop, UV_RUN_ONCE);
	ck_assert_uint_eq(n_asked, 128);
	is_endless = false;
	close_udp();
}
END_TEST

static const struct {
	sa_family_t family;
	const char *local;
	int want; /* the interface */
} local_rows[] = {
	{AF_INET, "192.0.2.1", 0},
	{AF_INET6, "2001:db8::1", 0},
	/* Which link it is of is all that makes it an address. */
	{AF_INET6, "fe80::1", 7},
};

/* RFC 2181 §4. Routing chooses the interface. */
START_TEST(an_answer_comes_from_the_address_that_was_asked)
{
	uint16_t port = open_udp();
	size_t i;

	for (i = 0; i < N_ELEMENTS(local_rows); i++) {
		struct step one = {0, local_rows[i].family};
		char text[INET6_ADDRSTRLEN];
		struct in_pktinfo v4;
		struct in6_pktinfo v6;
		struct cmsghdr *c;

		snprintf(local, sizeof(local), "%s", local_rows[i].local);
		wake(&one, 1, port);
		ck_assert_uint_eq(n_sent, 1);
		c = CMSG_FIRSTHDR(&sent);
		ck_assert_ptr_nonnull(c);
		memcpy(&v4, CMSG_DATA(c), sizeof(v4));
		memcpy(&v6, CMSG_DATA(c), sizeof(v6));
		if (one.family == AF_INET)
			inet_ntop(AF_INET, &v4.ipi_spec_dst, text, sizeof(text));
		else
			inet_ntop(AF_INET6, &v6.ipi6_addr, text, sizeof(text));
		ck_assert_str_eq(text, local_rows[i].local);
		ck_assert_msg((one.family == AF_INET ? v4.ipi_ifindex : (int)v6.ipi6_ifindex) ==
				      local_rows[i].want,
			      "row %zu", i);
	}
	close_udp();
}
END_TEST

START_TEST(an_address_that_cannot_be_had_is_told)
{
	struct errinfo ei = ERRINFO_INIT;
	struct listen_at at = loopback();
	struct dns_udp *u = NULL;
	uint16_t port = open_udp(), other;
	int err;

	((struct sockaddr_in *)&at.sa)->sin_port = htons(port);
	ck_assert_int_ne(dns_udp_open(&loop, &at, &owner, &u, &other, &ei), 0);
	ck_assert_str_ne(ei.text, "");
	ck_assert_ptr_null(u);
	fake_malloc_fail_at(1);
	err = dns_udp_open(&loop, &at, &owner, &u, &other, &ei);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(err, ERR_NOMEM);
	dns_udp_close(NULL);
	close_udp();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		all_that_came_is_answered,
		a_query_without_an_answer_is_left,
		an_answer_that_is_not_sent_is_lost,
		a_flood_lets_others_have_their_turn,
		an_answer_comes_from_the_address_that_was_asked,
		an_address_that_cannot_be_had_is_told,
	};

	return unit_run("udp", tests, N_ELEMENTS(tests));
}
