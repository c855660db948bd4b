/* SPDX-License-Identifier: BSD-2-Clause
 * How many connections, of whom, and for how long: one table for each listener, under one lock.
 * The acceptor's thread, pool threads and the core; time is an argument. Private to http/.
 *
 * A connection is in it from conn_table_open(), when it was accepted, to conn_table_close(), when
 * libmicrohttpd tells that it is about to close it. In between a pool thread begins it by
 * conn_table_start(). That may never happen: a pool thread without memory closes a connection that
 * was handed over to it and tells nobody. So nobody touches the descriptor before the start, and an
 * entry that was not started is dropped when its descriptor comes up again, or after a while. */
#ifndef MOORING_HTTP_CONN_TABLE_H
#define MOORING_HTTP_CONN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/conn.h"
#include "http/forwarded.h"
#include "net/addr.h"

struct conn_table;
struct known_clients;

struct conn_table_conf {
	unsigned max_connections;
	unsigned max_per_client;      /* of one /32 or /56 */
	struct forwarded_trust trust; /* proxies, which have no such limit */
	unsigned timeout_ms[CONN_WAIT];
	struct known_clients *known; /* borrowed */
	/* Connections that were handed over and not started: with more, the next one waits. It
	 * keeps what a pool thread does in one turn short, whoever comes. 0: any number. */
	unsigned max_handed;
	/* How long conn_table_admit() may wait for a place, or for that. */
	unsigned patience_ms;
	/* The requests of connections that gave their place away while they waited are to be taken:
	 * conn_table_take_hurried(). Under the table's lock. */
	void (*on_hurried)(void *arg);
	void *arg;
};

/* ERR_NOMEM. */
int conn_table_new(const struct conn_table_conf *conf, struct conn_table **ret);
/* Every connection that was started is closed. NULL is fine. */
void conn_table_free(struct conn_table *l);

/* The most connections that conn_table_open() takes: libmicrohttpd's own limit must be above. */
size_t conn_table_capacity(const struct conn_table *l);

/* May peer have one more? When all are taken, the first of conn_ranks.h makes room: it is shut
 * down, or, if its request waits, answered at once. May wait for a moment until a place is free. */
bool conn_table_admit(struct conn_table *l, const struct addr *peer);
/* The number of the next request that is to be answered at once. False: there is none. */
bool conn_table_take_hurried(struct conn_table *l, uint64_t *ret_request);

/* A connection that was admitted, before it is handed over; by the thread that asked. NULL when
 * there is no memory or no room. Begins in CONN_HANDED. */
struct conn *conn_table_open(struct conn_table *l, int fd, const struct addr *peer, int64_t now_ms);
/* The connection of fd, which enters CONN_HELLO. NULL when it is not in the table any more: the
 * caller shuts fd down. */
struct conn *conn_table_start(struct conn_table *l, int fd, int64_t now_ms);
/* Before fd is closed: afterwards nobody shuts its number down. In CONN_HANDED also after that.
 * Frees c; NULL is fine. */
void conn_table_close(struct conn_table *l, struct conn *c);
/* c, which a proxy brought, is peer's from now on. False: peer has too many, and c is shut down. */
bool conn_table_rename(struct conn_table *l, struct conn *c, const struct addr *peer);
/* A request of client's on c had the right password. client is its peer, or whom a proxy speaks
 * for. */
void conn_table_logged_in(struct conn_table *l, struct conn *c, const struct addr *client,
			  int64_t now_ms);
enum conn_fate conn_table_fate(struct conn_table *l, const struct conn *c);

/* A phase's time begins when it is entered; entering the same one again does not prolong it.
 * CONN_HEAD has what is left of CONN_HELLO. */
void conn_table_enter(struct conn_table *l, struct conn *c, enum conn_phase phase, int64_t now_ms);
/* Enters CONN_WAIT, for the engine's answer to this request. */
void conn_table_wait(struct conn_table *l, struct conn *c, uint64_t request);

/* Shuts down every connection whose time is over, drops those that were not started, and tells the
 * log who made room. */
void conn_table_reap(struct conn_table *l, int64_t now_ms);
/* Whether the pool threads get on: none of them leaves a connection unstarted that was handed over
 * limit_ms ago. */
bool conn_table_gets_on(struct conn_table *l, int64_t now_ms, unsigned limit_ms);
/* From now on idle connections are shut down at once, unless there is something to be read, and
 * those that have not sent a whole request head within grace_ms. */
void conn_table_drain(struct conn_table *l, int64_t now_ms, unsigned grace_ms);
/* Connections open, those shut down but not yet closed included. */
size_t conn_table_count(struct conn_table *l);

#endif
