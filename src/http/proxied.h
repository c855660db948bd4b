/* SPDX-License-Identifier: BSD-2-Clause
 * Connections on a listener behind proxies that pass bytes on unread: each begins with the header
 * of http/proxy_header.h, before TLS. Pool threads, where nothing else is said. Private to http/.
 *
 * The pool thread reads the header when it would read the first byte of TLS or HTTP, so the
 * acceptor never waits for one, and a connection without one is counted, has its deadline and makes
 * room like any other whose head is not whole. What is not a byte of the header stays in the
 * socket: whatever reads there next finds its own first byte. */
#ifndef MOORING_HTTP_PROXIED_H
#define MOORING_HTTP_PROXIED_H

#include <stdbool.h>

#include "http/conn_table.h"

/* On the acceptor's thread: a connection is closed, because peer is none of the trusted proxies. */
void proxied_refuse(const struct addr *peer);

/* The first bytes of c are to be a header. */
void proxied_begin(struct conn *c);
/* Reads what has come of the header, and not a byte that follows it. 0: it is whole, or none is
 * expected, and c has the client's address. Else -1, and errno is EAGAIN: it is not whole yet, or
 * ECONNRESET: c is to be closed. */
int proxied_read(struct conn *c);
/* c is about to be closed. True: it never got past its header, which is counted and logged, unless
 * fate says that we ended it for reasons of ours. */
bool proxied_end(struct conn *c, enum conn_fate fate);

#endif
