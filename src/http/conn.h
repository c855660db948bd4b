/* SPDX-License-Identifier: BSD-2-Clause
 * One connection, from its accept to its end: what its pool thread knows of it, and what the table
 * of its listener does (http/conn_table.h). Private to http/. */
#ifndef MOORING_HTTP_CONN_H
#define MOORING_HTTP_CONN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/due_list.h"
#include "base/hash_table.h"
#include "http/handshake.h"
#include "http/proxy_header.h"
#include "http/screen.h"
#include "net/addr.h"

struct certificate;
struct client;
struct conn_fifo;
struct conn_table;
struct http_tls;

/* What a connection is doing. The first five have an absolute deadline each: libmicrohttpd's
 * timeout starts anew with every byte, so a client that sends one a second would hold a connection
 * for ever. */
enum conn_phase {
	CONN_HELLO,  /* PROXY header and TLS handshake; the deadline is that of the head */
	CONN_HEAD,   /* request head */
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

/* Who is at the other end, as far as that is known: http/conn_ranks.h. */
enum conn_standing {
	CONN_STRANGER,
	CONN_OF_PROXY, /* which many clients share */
	CONN_KNOWN,    /* its client has logged in lately */
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

/* The first members are of its pool thread alone, once it has started. */
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
	/* Its place was given away while its request waits: the request is answered at once, and
	 * the connection closed behind the reply. Any thread. */
	atomic_bool is_hurried;
	/* under the table's lock */
	struct client *client;
	enum conn_phase phase;
	enum conn_fate fate;	/* not CONN_OPEN: shut down, not closed yet */
	bool is_live;		/* it counts as one of those that may be open */
	uint64_t request;	/* in CONN_WAIT: its number */
	struct due_item due;	/* when the phase is over */
	struct hash_node by_fd; /* in CONN_HANDED */
	int fd;
	/* conn_ranks.c's */
	enum conn_standing standing;
	struct conn_fifo *fifo; /* NULL: not ranked */
	TAILQ_ENTRY(conn) fifo_link;
};

#endif
