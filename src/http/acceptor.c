/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/acceptor.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <uv.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

/* The pause after a failure for want of file descriptors or memory. The kernel does not tell when
 * there are some again; until then clients wait in its queue, and behind those who have left it
 * meanwhile: with a few descriptors, so many of them are taken between two pauses. */
enum { PAUSE_MS = 10 };

struct acceptor {
	int listen_fd;
	int wake_fd; /* an eventfd: becomes readable when the thread is to end, or is asked */
	acceptor_take_fn *take;
	void *arg;
	uv_thread_t thread;
	_Atomic bool stopping;
	_Atomic unsigned asked, answered; /* acceptor_gets_on() */
	_Atomic long long next_log_ms;
};

/* What the thread does next. */
enum turn {
	TURN_ACCEPT, /* another connection */
	TURN_WAIT,   /* until there is one */
	TURN_PAUSE,
};

static enum turn acceptor_fail(struct acceptor *a, int sys_errno)
{
	switch (sys_errno) {
	case EAGAIN:
		return TURN_WAIT;
	/* These are about one connection, which is gone: accept(2). */
	case ECONNABORTED:
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case EINTR:
	case ENETDOWN:
	case ENETUNREACH:
	case ENONET:
	case ENOPROTOOPT:
	case EPERM: /* the packet filter's */
	case EPROTO:
		return TURN_ACCEPT;
	default: /* EMFILE, ENFILE, ENOBUFS, ENOMEM; whatever it is, it is not tried at full speed
		  */
		if (log_may_repeat(&a->next_log_ms, clock_mono_ms()))
			log_event(LOG_LEVEL_WARN, "connections cannot be accepted",
				  LOG_FIELDS(log_str("why", strerror(sys_errno))));
		return TURN_PAUSE;
	}
}

static enum turn acceptor_accept(struct acceptor *a)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	int fd =
		accept4(a->listen_fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return acceptor_fail(a, errno);
	a->take(a->arg, fd, (const struct sockaddr *)&peer, len);
	return TURN_ACCEPT;
}

static void acceptor_wait(struct acceptor *a, bool pause)
{
	struct pollfd fds[] = {
		{.fd = a->wake_fd, .events = POLLIN},
		{.fd = a->listen_fd, .events = POLLIN},
	};
	eventfd_t n;

	if (poll(fds, pause ? 1 : 2, pause ? PAUSE_MS : -1) > 0 && fds[0].revents != 0)
		eventfd_read(a->wake_fd, &n);
}

static void acceptor_run(void *arg)
{
	struct acceptor *a = arg;
	enum turn turn;

	while (!atomic_load(&a->stopping)) {
		atomic_store(&a->answered, atomic_load(&a->asked));
		turn = acceptor_accept(a);
		if (turn != TURN_ACCEPT)
			acceptor_wait(a, turn == TURN_PAUSE);
	}
}

int acceptor_new(int listen_fd, acceptor_take_fn *take, void *arg, struct acceptor **ret)
{
	struct acceptor *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return ERR_NOMEM;
	a->listen_fd = listen_fd;
	a->take = take;
	a->arg = arg;
	a->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (a->wake_fd < 0)
		goto no_fd;
	if (uv_thread_create(&a->thread, acceptor_run, a) != 0)
		goto no_thread;
	*ret = a;
	return 0;
no_thread:
	close(a->wake_fd);
no_fd:
	free(a);
	return ERR_NOMEM;
}

bool acceptor_gets_on(struct acceptor *a)
{
	bool has_answered = atomic_load(&a->answered) == atomic_load(&a->asked);

	if (has_answered) {
		atomic_fetch_add(&a->asked, 1);
		eventfd_write(a->wake_fd, 1);
	}
	return has_answered;
}

void acceptor_free(struct acceptor *a)
{
	if (a == NULL)
		return;
	atomic_store(&a->stopping, true);
	/* Cannot fail: the counter is 0 before. */
	eventfd_write(a->wake_fd, 1);
	uv_thread_join(&a->thread);
	close(a->wake_fd);
	free(a);
}
