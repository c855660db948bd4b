/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit/unit.h"

static struct listen_at at_of(const char *host, uint16_t port)
{
	struct listen_at at = {.text = ""};
	struct sockaddr_in *in4 = (struct sockaddr_in *)&at.sa;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&at.sa;

	if (strchr(host, ':') != NULL) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		ck_assert_int_eq(inet_pton(AF_INET6, host, &in6->sin6_addr), 1);
	} else {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(port);
		ck_assert_int_eq(inet_pton(AF_INET, host, &in4->sin_addr), 1);
	}
	snprintf(at.text, sizeof(at.text), "%s port %u", host, port);
	return at;
}

static int open_at(const struct listen_at *at, enum listen_transport transport)
{
	struct errinfo ei = ERRINFO_INIT;
	int fd = -1;

	ck_assert_msg(listen_open(at, transport, &fd, &ei) == 0, "%s", ei.text);
	return fd;
}

/* The second one at the port of the first. */
static int try_beside(int first, const char *host, bool v6_only, enum listen_transport transport,
		      struct errinfo *ei)
{
	struct listen_at at = at_of(host, listen_port(first));
	int fd, err;

	at.v6_only = v6_only;
	err = listen_open(&at, transport, &fd, ei);
	if (err == 0)
		close(fd);
	return err;
}

struct pair_row {
	const char *first;
	const char *second;
	bool v6_only;
	bool taken;
};

/* A port that is free for one family may be some other program's for the other one: then another
 * port is tried. */
static int try_pair(const struct pair_row *row, enum listen_transport transport, struct errinfo *ei)
{
	struct listen_at first = at_of(row->first, 0);
	int fd, err, tries = 0;

	first.v6_only = row->v6_only;
	do {
		err_reset(ei);
		fd = open_at(&first, transport);
		err = try_beside(fd, row->second, row->v6_only, transport, ei);
		close(fd);
	} while (err != 0 && !row->taken && ++tries < 50);
	return err;
}

START_TEST(one_port_is_for_both_families_when_both_are_named)
{
	static const struct pair_row rows[] = {
		{"0.0.0.0", "::", true, false},	    {"::", "0.0.0.0", true, false},
		{"127.0.0.1", "::", true, false},   {"::", "127.0.0.1", true, false},
		{"127.0.0.1", "::1", false, false}, {"::1", "127.0.0.1", false, false},
		{"0.0.0.0", "::", false, true},	    {"::", "0.0.0.0", false, true},
		{"::", "127.0.0.1", false, true},   {"0.0.0.0", "127.0.0.1", false, true},
		{"::", "::1", true, true},
	};
	enum listen_transport transport;
	struct errinfo ei = ERRINFO_INIT;
	size_t i;

	for (transport = LISTEN_TCP; transport <= LISTEN_UDP; transport++)
		for (i = 0; i < N_ELEMENTS(rows); i++)
			ck_assert_msg((try_pair(&rows[i], transport, &ei) != 0) == rows[i].taken,
				      "row %zu, transport %d: %s", i, (int)transport, ei.text);
}
END_TEST

START_TEST(a_dual_stack_socket_takes_both_families)
{
	struct listen_at any = at_of("::", 0), v4;
	int fd = open_at(&any, LISTEN_TCP);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	v4 = at_of("127.0.0.1", listen_port(fd));
	ck_assert_int_eq(connect(client, (struct sockaddr *)&v4.sa, sizeof(struct sockaddr_in)), 0);
	close(client);
	close(fd);
}
END_TEST

START_TEST(a_socket_does_not_block_and_is_not_inherited)
{
	struct listen_at at = at_of("127.0.0.1", 0);
	enum listen_transport transport;
	int fd;

	for (transport = LISTEN_TCP; transport <= LISTEN_UDP; transport++) {
		fd = open_at(&at, transport);
		ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
		ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
		ck_assert_uint_ne(listen_port(fd), 0);
		close(fd);
	}
}
END_TEST

/* What the kernel still keeps of a connection that this end closed first. */
START_TEST(a_port_can_be_listened_on_again_right_after_a_connection)
{
	struct listen_at at = at_of("127.0.0.1", 0);
	int fd = open_at(&at, LISTEN_TCP), client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	struct errinfo ei = ERRINFO_INIT;
	int conn, err;
	char end;

	at = at_of("127.0.0.1", listen_port(fd));
	ck_assert_int_eq(connect(client, (struct sockaddr *)&at.sa, sizeof(struct sockaddr_in)), 0);
	ck_assert_int_eq(poll(&ready, 1, 10000), 1);
	conn = accept(fd, NULL, NULL);
	ck_assert_int_ge(conn, 0);
	close(conn);
	ck_assert_int_eq(read(client, &end, 1), 0);
	close(client);
	close(fd);
	err = listen_open(&at, LISTEN_TCP, &fd, &ei);
	ck_assert_msg(err == 0, "%s", ei.text);
	close(fd);
}
END_TEST

START_TEST(every_reason_is_one_sentence)
{
	static const struct {
		const char *host;
		int sys_errno;
		int err;
		const char *want;
	} rows[] = {
		{"::", EADDRINUSE, ERR_IO, "the address is in use by another program"},
		{"::", EACCES, ERR_DENIED,
		 "not permitted; a port below 1024 needs CAP_NET_BIND_SERVICE"},
		{"::", EPERM, ERR_DENIED,
		 "not permitted; a port below 1024 needs CAP_NET_BIND_SERVICE"},
		{"::", EADDRNOTAVAIL, ERR_IO, "this machine does not have the address"},
		{"::", EAFNOSUPPORT, ERR_IO, "this kernel has no IPv6"},
		{"127.0.0.1", EAFNOSUPPORT, ERR_IO, "this kernel has no IPv4"},
		{"::", EMFILE, ERR_IO, "cannot listen: Too many open files"},
	};
	char want[ERR_TEXT_MAX];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct listen_at at = at_of(rows[i].host, 7);
		struct errinfo ei = ERRINFO_INIT, udp = ERRINFO_INIT;

		ck_assert_int_eq(listen_fail(&at, LISTEN_TCP, rows[i].sys_errno, &ei), rows[i].err);
		snprintf(want, sizeof(want), "%s port 7: %s", rows[i].host, rows[i].want);
		ck_assert_str_eq(ei.text, want);
		listen_fail(&at, LISTEN_UDP, rows[i].sys_errno, &udp);
		snprintf(want, sizeof(want), "%s port 7 (UDP): %s", rows[i].host, rows[i].want);
		ck_assert_str_eq(udp.text, want);
	}
}
END_TEST

/* --- a kernel without IPv6: socket(AF_INET6) is refused as there --- */

static int forbid_v6(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {.len = N_ELEMENTS(code), .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
}

/* 0, or the line of what is not so: there is no way back from the filter, so it is a child's. */
static int look_without_v6(enum listen_transport transport)
{
	struct listen_at at = at_of("::", 0), one = at_of("::1", 0);
	struct errinfo ei = ERRINFO_INIT;
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	int fd = -1;

	if (forbid_v6() != 0)
		return __LINE__;
	if (listen_open(&one, transport, &fd, &ei) != ERR_IO ||
	    strstr(ei.text, "this kernel has no IPv6") == NULL)
		return __LINE__;
	if (listen_open(&at, transport, &fd, NULL) != ERR_IO)
		return __LINE__;
	at.or_v4 = true;
	if (listen_open(&at, transport, &fd, NULL) != 0)
		return __LINE__;
	if (getsockname(fd, (struct sockaddr *)&sa, &len) != 0 || sa.ss_family != AF_INET)
		return __LINE__;
	return 0;
}

START_TEST(without_ipv6_only_a_default_falls_back)
{
	enum listen_transport transport;
	int status, line;
	pid_t pid;

	for (transport = LISTEN_TCP; transport <= LISTEN_UDP; transport++) {
		pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			line = look_without_v6(transport);
			if (line != 0)
				fprintf(stderr, "listen.c:%d\n", line);
			_exit(line != 0);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
	}
}
END_TEST

START_TEST(with_ipv6_a_default_is_as_written)
{
	struct listen_at at = at_of("::", 7);
	struct sockaddr_storage sa;

	at.or_v4 = true;
	listen_resolve(&at, &sa);
	ck_assert_int_eq(sa.ss_family, AF_INET6);
	ck_assert_uint_eq(listen_port_of(&sa), 7);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		one_port_is_for_both_families_when_both_are_named,
		a_dual_stack_socket_takes_both_families,
		a_socket_does_not_block_and_is_not_inherited,
		a_port_can_be_listened_on_again_right_after_a_connection,
		every_reason_is_one_sentence,
		without_ipv6_only_a_default_falls_back,
		with_ipv6_a_default_is_as_written,
	};

	return unit_run("listen", tests, N_ELEMENTS(tests));
}
