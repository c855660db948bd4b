/* SPDX-License-Identifier: BSD-2-Clause
 * A thread that accepts the connections of one listening socket, and gives each away at once. It
 * never waits for anything else. Made and freed on the core thread. Private to http/. */
#ifndef MOORING_HTTP_ACCEPTOR_H
#define MOORING_HTTP_ACCEPTOR_H

#include <stdbool.h>
#include <sys/socket.h>

struct acceptor;

/* On the acceptor's thread. fd is non-blocking, closed by exec, and the function's own. */
typedef void acceptor_take_fn(void *arg, int fd, const struct sockaddr *peer, socklen_t len);

/* listen_fd is non-blocking and borrowed until acceptor_free(). ERR_NOMEM. */
int acceptor_new(int listen_fd, acceptor_take_fn *take, void *arg, struct acceptor **ret);
/* Whether the thread has taken a turn since the last call; asks it for another one. */
bool acceptor_gets_on(struct acceptor *a);
/* Waits until take has returned for the last time. NULL is fine. */
void acceptor_free(struct acceptor *a);

#endif
