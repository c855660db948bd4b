/* SPDX-License-Identifier: BSD-2-Clause
 * Which connection makes room when all are in use. Under the table's lock. Private to http/.
 *
 * What a connection is doing says nothing about who is at its other end: a flood may stop anywhere,
 * and so may an honest client on a slow line. So the order is:
 *
 * 1. a stranger's: of the client that has most of them (in steps of two), its oldest one. A flood
 *    from however many addresses turns out its own connections, and a stranger who comes for the
 *    first time is left as long as the table takes to be filled anew;
 * 2. an idle one of a trusted proxy, then of a known client, that which idles longest;
 * 3. one at work of a proxy, then of a known client, that which began first.
 *
 * A client is known when it has logged in lately. Some of its connections are ranked as such, and
 * half of the table at most: whoever has a login and many addresses does not own the front. */
#ifndef MOORING_HTTP_CONN_RANKS_H
#define MOORING_HTTP_CONN_RANKS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "http/conn.h"
#include "http/conn_clients.h"

/* A router has one connection, or one more while it opens the next. */
enum { RANKS_KNOWN_PER_CLIENT = 4 };

/* 1, 2 to 3, 4 to 7 connections and so on. */
enum { RANKS_SIZES = 32 };

TAILQ_HEAD(client_fifo, client);

struct conn_ranks {
	unsigned max_known, n_known;
	struct client_fifo sizes[RANKS_SIZES]; /* clients by how many strangers each has */
	struct conn_fifo idle[CONN_KNOWN + 1], at_work[CONN_KNOWN + 1]; /* all others */
};

void conn_ranks_init(struct conn_ranks *r, unsigned max_known);
/* c, which has its client and phase, is in no rank. As CONN_KNOWN as long as there is room for
 * that, else as CONN_STRANGER. */
void conn_ranks_add(struct conn_ranks *r, struct conn *c, enum conn_standing standing);
/* c may be in none. */
void conn_ranks_remove(struct conn_ranks *r, struct conn *c);
/* c was idle and is not any more, or the other way round. */
void conn_ranks_moved(struct conn_ranks *r, struct conn *c);
/* NULL: there are none. */
struct conn *conn_ranks_first(const struct conn_ranks *r);

#endif
