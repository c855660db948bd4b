/* SPDX-License-Identifier: BSD-2-Clause
 * Each case has a process of its own: descriptors from 3 on are what is handed over. */
#include "net/inherited.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit/unit.h"

enum { FIRST = 3, ROOM = 200 };

struct made {
	int fd;
	struct sockaddr_storage sa;
};

/* A socket of 127.0.0.1, or of [::] or [::1], at a port that is free. */
static struct made make_socket(const char *host, int type, bool v6_only, bool listens)
{
	struct made m = {.sa.ss_family = AF_INET};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&m.sa;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&m.sa;
	socklen_t len = sizeof(m.sa);
	int only = v6_only;

	if (strchr(host, ':') != NULL) {
		m.sa.ss_family = AF_INET6;
		v6->sin6_addr = host[2] == '\0' ? in6addr_any : in6addr_loopback;
	} else {
		v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	}
	m.fd = socket(m.sa.ss_family, type, 0);
	if (m.sa.ss_family == AF_INET6)
		setsockopt(m.fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
	if (bind(m.fd, (struct sockaddr *)&m.sa, len) != 0 ||
	    getsockname(m.fd, (struct sockaddr *)&m.sa, &len) != 0 ||
	    (listens && listen(m.fd, 1) != 0))
		_exit(101);
	return m;
}

/* Puts it where the n-th one is handed over. */
static void hand_over(int fd, int n)
{
	if (dup2(fd, FIRST + n) != FIRST + n)
		_exit(102);
	close(fd);
}

static void tell(const char *fds, const char *names)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", fds, 1);
	setenv("LISTEN_FDNAMES", names, 1);
	setenv("LISTEN_PIDFDID", "1", 1);
}

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fprintf(stderr, "%s:%d: not %s\n", __FILE__, __LINE__, #what);             \
			_exit(103);                                                                \
		}                                                                                  \
	} while (0)

/* In a child: what is moved to 3 and on would be the test's own files. */
static void in_child(void (*run)(void))
{
	int status = 0;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		/* Out of the way of what is made here. */
		MUST(dup2(open("/dev/null", O_RDONLY), ROOM) == ROOM);
		run();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

static struct made make_high(const char *host, int type, bool v6_only, bool listens)
{
	struct made m = make_socket(host, type, v6_only, listens);
	int high = fcntl(m.fd, F_DUPFD, ROOM);

	close(m.fd);
	m.fd = high;
	return m;
}

static void each_once(void)
{
	struct made tcp = make_high("127.0.0.1", SOCK_STREAM, false, true);
	struct made udp = make_high("::1", SOCK_DGRAM, false, false);

	hand_over(tcp.fd, 0);
	hand_over(udp.fd, 1);
	tell("2", "web");
	MUST(inherited_read(NULL) == 0);
	MUST(getenv("LISTEN_FDS") == NULL && getenv("LISTEN_PID") == NULL);
	MUST(getenv("LISTEN_FDNAMES") == NULL && getenv("LISTEN_PIDFDID") == NULL);
	MUST((fcntl(FIRST, F_GETFD) & FD_CLOEXEC) && (fcntl(FIRST + 1, F_GETFD) & FD_CLOEXEC));
	MUST((fcntl(FIRST, F_GETFL) & O_NONBLOCK) && (fcntl(FIRST + 1, F_GETFL) & O_NONBLOCK));
	/* Nobody gets one that is not expected. */
	MUST(inherited_take(&tcp.sa, SOCK_STREAM) == -1);
	MUST(inherited_expect(&tcp.sa, SOCK_STREAM, false, NULL) == 0);
	/* The same port of the other transport is another one. */
	MUST(inherited_expect(&udp.sa, SOCK_STREAM, false, NULL) == 0);
	MUST(inherited_check(NULL) == ERR_INVAL);
	MUST(inherited_expect(&udp.sa, SOCK_DGRAM, false, NULL) == 0);
	MUST(inherited_check(NULL) == 0);
	MUST(inherited_take(&tcp.sa, SOCK_STREAM) == FIRST);
	MUST(inherited_take(&tcp.sa, SOCK_STREAM) == -1);
	inherited_close();
	MUST(fcntl(FIRST, F_GETFD) >= 0 && fcntl(FIRST + 1, F_GETFD) == -1);
	MUST(inherited_take(&udp.sa, SOCK_DGRAM) == -1);
}

START_TEST(each_socket_is_taken_once_by_who_expects_it)
{
	in_child(each_once);
}
END_TEST

static void are_of_others(void)
{
	static const char *const pids[] = {"1", "", "x", NULL};
	size_t i;

	for (i = 0; i < N_ELEMENTS(pids); i++) {
		tell("7", "");
		if (pids[i] != NULL)
			setenv("LISTEN_PID", pids[i], 1);
		else
			unsetenv("LISTEN_PID");
		MUST(inherited_read(NULL) == 0 && inherited_check(NULL) == 0);
		MUST(getenv("LISTEN_FDS") == NULL);
	}
	MUST(inherited_read(NULL) == 0);
}

START_TEST(without_variables_for_this_process_there_are_none)
{
	in_child(are_of_others);
}
END_TEST

static void must_say(const char *fds, const char *names, const char *want)
{
	struct errinfo ei = ERRINFO_INIT;

	tell(fds, names);
	if (inherited_read(&ei) != ERR_INVAL || strcmp(ei.text, want) != 0) {
		fprintf(stderr, "it says: %s\ninstead of: %s\n", ei.text, want);
		_exit(104);
	}
	inherited_close();
}

static void are_refused(void)
{
	int ends[2];

	must_say("x", "", "LISTEN_FDS: \"x\" is no number of at most 64");
	must_say("65", "", "LISTEN_FDS: \"65\" is no number of at most 64");
	hand_over(open("/dev/null", O_RDONLY), 0);
	must_say("1", "log:web", "inherited file descriptor 3 (log): it is no socket");
	close(FIRST);
	must_say("1", "", "inherited file descriptor 3: it is not open");
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	if (ends[0] != FIRST)
		hand_over(ends[0], 0);
	must_say("1", "", "inherited file descriptor 3: it is no socket of TCP or UDP");
	hand_over(make_high("127.0.0.1", SOCK_STREAM, false, true).fd, 0);
	hand_over(make_high("127.0.0.1", SOCK_STREAM, false, false).fd, 1);
	must_say("2", "a:b",
		 "inherited file descriptor 4 (b): it does not listen; with systemd it must be one "
		 "of ListenStream= with Accept=no");
}

START_TEST(what_cannot_be_listened_on_is_refused_in_a_sentence)
{
	in_child(are_refused);
}
END_TEST

static void nobody_wants_it(void)
{
	struct made tcp = make_high("::1", SOCK_STREAM, false, true);
	struct errinfo ei = ERRINFO_INIT;
	char want[160];

	hand_over(tcp.fd, 0);
	tell("1", "");
	MUST(inherited_read(&ei) == 0 && inherited_check(&ei) == ERR_INVAL);
	snprintf(want, sizeof(want),
		 "inherited file descriptor 3: no listener of the configuration has its address, "
		 "[::1]:%u (TCP)",
		 (unsigned)ntohs(((struct sockaddr_in6 *)&tcp.sa)->sin6_port));
	MUST(strcmp(ei.text, want) == 0);
}

START_TEST(one_that_nobody_expects_is_named)
{
	in_child(nobody_wants_it);
}
END_TEST

static void families(void)
{
	static const struct {
		const char *host;
		bool has, wants;
		const char *say; /* NULL: fine */
	} rows[] = {
		{"::", false, false, NULL},
		{"::", true, true, NULL},
		{"::", true, false, "BindIPv6Only=both"},
		{"::", false, true, "BindIPv6Only=ipv6-only"},
		/* Of one address the option says nothing. */
		{"::1", true, false, NULL},
		{"::1", false, true, NULL},
	};
	struct errinfo ei = ERRINFO_INIT;
	struct made m;
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		m = make_high(rows[i].host, SOCK_STREAM, rows[i].has, true);
		hand_over(m.fd, 0);
		tell("1", "");
		err_reset(&ei);
		MUST(inherited_read(&ei) == 0);
		err = inherited_expect(&m.sa, SOCK_STREAM, rows[i].wants, &ei);
		MUST((err == 0) == (rows[i].say == NULL));
		MUST(err == 0 || strstr(ei.text, rows[i].say) != NULL);
		inherited_close();
	}
}

START_TEST(a_socket_of_all_addresses_must_take_the_families_that_the_listener_is_for)
{
	in_child(families);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_socket_is_taken_once_by_who_expects_it,
		without_variables_for_this_process_there_are_none,
		what_cannot_be_listened_on_is_refused_in_a_sentence,
		one_that_nobody_expects_is_named,
		a_socket_of_all_addresses_must_take_the_families_that_the_listener_is_for,
	};

	return unit_run("inherited", tests, N_ELEMENTS(tests));
}
