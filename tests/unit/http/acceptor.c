/* SPDX-License-Identifier: BSD-2-Clause
 * The thread that accepts: with the kernel's own sockets, and with whatever accept4() may say. */
#include "http/acceptor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>
#include <uv.h>

#include "base/clock.h"
#include "base/log.h"
#include "kit/log_kit.h"
#include "kit/unit.h"
#include "net/listen.h"

enum { PAUSE_MS = 10, SAID_MAX = 16 };

/* What accept4() says, one after the other; at the end that there is nothing. Of the acceptor's
 * thread, until the end is told by a semaphore. */
static struct {
	int errnos[SAID_MAX];
	size_t n, at;
	int64_t at_ms[SAID_MAX + 1]; /* when it was asked */
	uv_sem_t end;
} said;

int __real_accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags);
int __wrap_accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags);

int __wrap_accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	if (said.n == 0)
		return __real_accept4(fd, sa, len, flags);
	ck_assert_uint_le(said.at, said.n);
	said.at_ms[said.at] = clock_mono_ms();
	if (said.at < said.n) {
		errno = said.errnos[said.at++];
		return -1;
	}
	uv_sem_post(&said.end);
	errno = EAGAIN;
	return -1;
}

enum { TAKEN_MAX = 8 };

static struct {
	uv_sem_t one_more;
	size_t n;
	int fds[TAKEN_MAX];
	struct sockaddr_storage peers[TAKEN_MAX];
} taken;

static void take(void *arg, int fd, const struct sockaddr *peer, socklen_t len)
{
	ck_assert_ptr_eq(arg, &taken);
	ck_assert_uint_lt(taken.n, TAKEN_MAX);
	memcpy(&taken.peers[taken.n], peer, len);
	taken.fds[taken.n++] = fd;
	uv_sem_post(&taken.one_more);
}

static int listen_at(const char *address, struct sockaddr_storage *sa)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)sa;
	struct sockaddr_in *v4 = (struct sockaddr_in *)sa;
	struct listen_at at = {.v6_only = true};
	struct errinfo ei;
	uint16_t port;
	int fd;

	if (inet_pton(AF_INET6, address, &((struct sockaddr_in6 *)&at.sa)->sin6_addr) == 1)
		at.sa.ss_family = AF_INET6;
	else
		at.sa.ss_family = AF_INET;
	if (at.sa.ss_family == AF_INET)
		ck_assert_int_eq(
			inet_pton(AF_INET, address, &((struct sockaddr_in *)&at.sa)->sin_addr), 1);
	ck_assert_int_eq(listen_open(&at, LISTEN_TCP, &fd, &ei), 0);
	port = htons(listen_port(fd));
	*sa = at.sa;
	if (sa->ss_family == AF_INET6)
		v6->sin6_port = port;
	else
		v4->sin_port = port;
	return fd;
}

static int connect_to(const struct sockaddr_storage *sa)
{
	int fd = socket(sa->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(fd, (const struct sockaddr *)sa,
				 sa->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
							   : sizeof(struct sockaddr_in)),
			 0);
	return fd;
}

/* Whoever connected is taken as the one who connected, before or after the thread began. */
static void check_family(const char *address)
{
	struct sockaddr_storage at, own;
	socklen_t len = sizeof(own);
	int listener, clients[3];
	struct acceptor *a;
	size_t i;

	memset(&taken, 0, sizeof(taken));
	ck_assert_int_eq(uv_sem_init(&taken.one_more, 0), 0);
	listener = listen_at(address, &at);
	clients[0] = connect_to(&at);
	ck_assert_int_eq(acceptor_new(listener, take, &taken, &a), 0);
	for (i = 0; i < N_ELEMENTS(clients); i++) {
		if (i > 0)
			clients[i] = connect_to(&at);
		uv_sem_wait(&taken.one_more);
		ck_assert_int_eq(getsockname(clients[i], (struct sockaddr *)&own, &len), 0);
		ck_assert_mem_eq(&taken.peers[i], &own, len);
		ck_assert_int_ne(fcntl(taken.fds[i], F_GETFL) & O_NONBLOCK, 0);
		ck_assert_int_ne(fcntl(taken.fds[i], F_GETFD) & FD_CLOEXEC, 0);
	}
	acceptor_free(a);
	/* Nobody is taken any more. */
	close(connect_to(&at));
	ck_assert_uint_eq(taken.n, N_ELEMENTS(clients));
	for (i = 0; i < N_ELEMENTS(clients); i++) {
		close(clients[i]);
		close(taken.fds[i]);
	}
	close(listener);
	uv_sem_destroy(&taken.one_more);
}

START_TEST(connections_are_taken_with_their_peers)
{
	check_family("127.0.0.1");
	check_family("::1");
}
END_TEST

static void check_said(const char *want_line)
{
	struct sockaddr_storage at;
	const char *line;
	struct acceptor *a;
	int listener = listen_at("127.0.0.1", &at);

	said.at = 0;
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT, LOG_READER_USER);
	capture();
	ck_assert_int_eq(uv_sem_init(&said.end, 0), 0);
	ck_assert_int_eq(acceptor_new(listener, take, &taken, &a), 0);
	/* That it comes so far says that it waited for no connection. */
	uv_sem_wait(&said.end);
	acceptor_free(a);
	uv_sem_destroy(&said.end);
	close(listener);
	line = captured();
	if (want_line == NULL)
		ck_assert_str_eq(line, "");
	else
		ck_assert_ptr_nonnull(strstr(line, want_line));
}

START_TEST(a_connection_that_is_gone_stops_nothing)
{
	static const int gone[] = {ECONNABORTED, EHOSTDOWN,   EHOSTUNREACH, EINTR, ENETDOWN,
				   ENETUNREACH,	 ENOPROTOOPT, EPERM,	    EPROTO};

	memcpy(said.errnos, gone, sizeof(gone));
	said.n = N_ELEMENTS(gone);
	check_said(NULL);
}
END_TEST

START_TEST(want_of_files_or_memory_is_told_and_waited_for)
{
	static const struct {
		int sys_errno;
		const char *line;
	} rows[] = {
		{EMFILE, "connections cannot be accepted why=\"Too many open files\""},
		{ENFILE, "connections cannot be accepted why=\"Too many open files in system\""},
		{ENOBUFS, "connections cannot be accepted why=\"No buffer space available\""},
		{ENOMEM, "connections cannot be accepted why=\"Cannot allocate memory\""},
		{EBADF, "connections cannot be accepted why=\"Bad file descriptor\""},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		said.errnos[0] = said.errnos[1] = rows[i].sys_errno;
		said.n = 2;
		check_said(rows[i].line);
		ck_assert_int_ge(said.at_ms[1] - said.at_ms[0], PAUSE_MS - 1);
		ck_assert_int_ge(said.at_ms[2] - said.at_ms[1], PAUSE_MS - 1);
	}
}
END_TEST

START_TEST(it_ends_in_the_middle_of_a_pause)
{
	struct sockaddr_storage at;
	int i, listener = listen_at("127.0.0.1", &at);
	struct acceptor *a;

	for (i = 0; i < SAID_MAX; i++)
		said.errnos[i] = EMFILE;
	said.n = SAID_MAX;
	said.at = 0;
	capture();
	ck_assert_int_eq(acceptor_new(listener, take, &taken, &a), 0);
	acceptor_free(a);
	ck_assert_uint_lt(said.at, SAID_MAX);
	captured();
	close(listener);
}
END_TEST

static struct {
	uv_sem_t entered, leave;
} busy;

static void take_and_stay(void *arg, int fd, const struct sockaddr *peer, socklen_t len)
{
	(void)arg;
	(void)peer;
	(void)len;
	close(fd);
	uv_sem_post(&busy.entered);
	uv_sem_wait(&busy.leave);
}

static void wait_until_it_gets_on(struct acceptor *a)
{
	while (!acceptor_gets_on(a))
		sched_yield();
}

START_TEST(a_thread_that_stands_still_is_found)
{
	struct sockaddr_storage at;
	struct acceptor *a;
	int listener = listen_at("127.0.0.1", &at), client;

	said.n = 0;
	ck_assert_int_eq(uv_sem_init(&busy.entered, 0), 0);
	ck_assert_int_eq(uv_sem_init(&busy.leave, 0), 0);
	ck_assert_int_eq(acceptor_new(listener, take_and_stay, NULL, &a), 0);
	/* One that has nothing to do answers, too. */
	wait_until_it_gets_on(a);
	wait_until_it_gets_on(a);
	client = connect_to(&at);
	uv_sem_wait(&busy.entered);
	/* It may have answered what it was asked last. */
	acceptor_gets_on(a);
	ck_assert(!acceptor_gets_on(a));
	ck_assert(!acceptor_gets_on(a));
	uv_sem_post(&busy.leave);
	wait_until_it_gets_on(a);
	wait_until_it_gets_on(a);
	acceptor_free(a);
	close(client);
	close(listener);
	uv_sem_destroy(&busy.entered);
	uv_sem_destroy(&busy.leave);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		connections_are_taken_with_their_peers,
		a_connection_that_is_gone_stops_nothing,
		a_thread_that_stands_still_is_found,
		want_of_files_or_memory_is_told_and_waited_for,
		it_ends_in_the_middle_of_a_pause,
	};

	return unit_run("acceptor", tests, N_ELEMENTS(tests));
}
