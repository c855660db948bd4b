/* SPDX-License-Identifier: BSD-2-Clause
 * Sockets that were bound before the program began, by the service manager or another parent, and
 * that outlive it: sd_listen_fds(3) without libsystemd. File descriptors and environment are the
 * process's, so there is one set of them. Core thread.
 *
 * First all are read, then each address of the configuration is expected, and none may be left
 * over; from then on listen_open() takes them one by one. */
#ifndef MOORING_NET_INHERITED_H
#define MOORING_NET_INHERITED_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/err.h"

enum { INHERITED_MAX = 64 };

/* Takes what LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES tell, and removes the three from the
 * environment: the sockets are non-blocking and closed by exec from then on. None without the
 * variables, or when they are another process's. ERR_INVAL: one is no socket that can be listened
 * on; the sentence says which and why. */
int inherited_read(struct errinfo *ei);

/* A listener will bind sa, as SOCK_STREAM or SOCK_DGRAM; v6_only counts for "[::]". ERR_INVAL: the
 * inherited socket of that address takes other families than the listener is to. */
int inherited_expect(const struct sockaddr_storage *sa, int type, bool v6_only, struct errinfo *ei);
/* ERR_INVAL: one is there that was not expected. */
int inherited_check(struct errinfo *ei);

/* The socket that was expected for sa, now the caller's; -1: there is none, or it was taken. */
int inherited_take(const struct sockaddr_storage *sa, int type);

/* Closes what nobody took. */
void inherited_close(void);

#endif
