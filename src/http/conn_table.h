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
#include <sys/queue.h>

#include "base/due_list.h"
#include "base/hash_table.h"
#include "http/forwarded.h"
#include "http/handshake.h"
#include "http/proxy_header.h"
#include "http/screen.h"
#include "net/addr.h"

struct http_tls;
struct conn_table;
struct certificate;

/* What a connection is doing. The first four have an absolute deadline each: libmicrohttpd's
 * timeout starts anew with every byte, so a client that sends one a second would hold a connection
 * for ever. */
enum conn_phase {
	CONN_HEAD,   /* TLS handshake and request head */
	CONN_BODY,   /* request body */
	CONN_REPLY,  /* until the reply is taken */
	CONN_IDLE,   /* kept alive, next request not begun */
	CONN_WAIT,   /* suspended: the engine's deadline counts */
	CONN_HANDED, /* accepted, and not started by a pool thread yet */
	CONN_PHASES,
};

/* Who ends a connection. */
enum conn_fate {
	CONN_OPEN,	 /* not shut down by us */
	CONN_TIMED_OUT,	 /* shut down: its deadline passed */
	CONN_TURNED_OUT, /* shut down: another one needs its place, or the server stops */
};

struct conn_table_conf {
	unsigned max_connections;
	unsigned max_per_client;      /* of one /32 or /56 */
	struct forwarded_trust trust; /* proxies, which have no such limit */
	unsigned timeout_ms[CONN_WAIT];
};

/* The header of a proxy that a connection begins with: http/proxied.h. */
struct proxied {
	enum {
		PROXIED_NOT,	 /* none is expected */
		PROXIED_AWAITED, /* or not whole yet */
		PROXIED_READ,
		PROXIED_REFUSED,
	} state;
	enum proxy_verdict verdict; /* of a refused one */
	bool is_nameless;	    /* whose bytes follow is not known */
	size_t len;		    /* of an unfinished one: what has come of it */
	unsigned char *bytes;	    /* owned; NULL: nothing has */
};

/* One connection. The first members are of its pool thread alone, once it has started. */
struct conn {
	struct addr peer;	  /* whom a proxy's header names instead, once it is read */
	struct conn_table *table; /* borrowed */
	struct proxied proxied;
	unsigned requests;		 /* begun on it */
	bool holds_back;		 /* nothing is read of it until its request is answered */
	struct http_tls *tls;		 /* NULL: plain; borrowed */
	struct certificate *certificate; /* the certificate it was shown; a reference */
	struct handshake handshake;
	struct screen screen;		/* of what it sends */
	LIST_ENTRY(conn) screened_link; /* workarounds.c's */
	/* under the lock */
	struct client *client;
	enum conn_phase phase;
	enum conn_fate fate;	/* not CONN_OPEN: shut down, not closed yet */
	struct due_item due;	/* when the phase is over */
	struct hash_node by_fd; /* in CONN_HANDED */
	int fd;
};

/* ERR_NOMEM. */
int conn_table_new(const struct conn_table_conf *conf, struct conn_table **ret);
/* Every connection that was started is closed. NULL is fine. */
void conn_table_free(struct conn_table *l);

/* The most connections that conn_table_open() takes: libmicrohttpd's own limit must be above. */
size_t conn_table_capacity(const struct conn_table *l);

/* May peer have one more? When all are taken, the one that idled longest, or else the one that has
 * been at its request head for longest, makes room. */
bool conn_table_admit(struct conn_table *l, const struct addr *peer);

/* A connection that was admitted, before it is handed over; by the thread that asked. NULL when
 * there is no memory or no room. Begins in CONN_HANDED. */
struct conn *conn_table_open(struct conn_table *l, int fd, const struct addr *peer, int64_t now_ms);
/* The connection of fd, which enters CONN_HEAD. NULL when it is not in the table any more: the
 * caller shuts fd down. */
struct conn *conn_table_start(struct conn_table *l, int fd, int64_t now_ms);
/* Before fd is closed: afterwards nobody shuts its number down. In CONN_HANDED also after that.
 * Frees c; NULL is fine. */
void conn_table_close(struct conn_table *l, struct conn *c);
/* c, which a proxy brought, is peer's from now on. False: peer has too many, and c is shut down. */
bool conn_table_rename(struct conn_table *l, struct conn *c, const struct addr *peer);
enum conn_fate conn_table_fate(struct conn_table *l, const struct conn *c);

/* A phase's time begins when it is entered; entering the same one again does not prolong it. */
void conn_table_enter(struct conn_table *l, struct conn *c, enum conn_phase phase, int64_t now_ms);

/* Shuts down every connection whose time is over, and drops those that were not started. */
void conn_table_reap(struct conn_table *l, int64_t now_ms);
/* From now on idle connections are shut down at once, and those that have not sent a whole request
 * head within grace_ms. */
void conn_table_drain(struct conn_table *l, int64_t now_ms, unsigned grace_ms);
/* Connections open, those shut down but not yet closed included. */
size_t conn_table_count(struct conn_table *l);

#endif
