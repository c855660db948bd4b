/* SPDX-License-Identifier: BSD-2-Clause
 * Sockets that wait for clients: opened in one way, and refused with the same sentences, for HTTP
 * and DNS. Any thread. */
#ifndef MOORING_NET_LISTEN_H
#define MOORING_NET_LISTEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

enum { LISTEN_TEXT_MAX = 80 };

enum listen_transport { LISTEN_TCP, LISTEN_UDP };

struct listen_at {
	char text[LISTEN_TEXT_MAX]; /* as written */
	struct sockaddr_storage sa;
	/* "[::]" takes IPv4, too, unless this is set: who writes "0.0.0.0:443" beside "[::]:443"
	 * wants two sockets, and the kernel gives one port to only one of them otherwise. */
	bool v6_only;
	/* Nobody asked for this address: IPv4 alone will do where the kernel has no IPv6. */
	bool or_v4;
};

/* The address that is bound: at's own, or that of IPv4 in its place (or_v4). */
void listen_resolve(const struct listen_at *at, struct sockaddr_storage *ret);

/* A bound socket, non-blocking and closed by exec; with TCP it accepts connections already, with
 * UDP it tells the address that a datagram came to. The inherited one (net/inherited.h), if there
 * is one of that address. Warns when IPv4 stands in. ERR_DENIED or
 * ERR_IO with a sentence that names the address; a later try may succeed. */
int listen_open(const struct listen_at *at, enum listen_transport transport, int *ret,
		struct errinfo *ei);
/* The port that was bound; 0 when the socket cannot tell. */
uint16_t listen_port(int fd);
uint16_t listen_port_of(const struct sockaddr_storage *sa);

/* Records why at cannot be listened on. Returns ERR_DENIED or ERR_IO. */
int listen_fail(const struct listen_at *at, enum listen_transport transport, int sys_errno,
		struct errinfo *ei);

#endif
