/* SPDX-License-Identifier: BSD-2-Clause
 * Who may hold a TCP connection to the name server. A new connection always gets a place: one that
 * nobody asked anything on for longest makes room, so no network can keep others out (RFC 9210
 * §4.3, RFC 7766 §6.2.2). One table for all listeners of a server. Pure; core thread. */
#ifndef MOORING_DNS_TCP_TABLE_H
#define MOORING_DNS_TCP_TABLE_H

#include <stdint.h>
#include <sys/queue.h>

#include "net/prefix.h"

struct tcp_table;

struct tcp_table_limits {
	unsigned clients;     /* at once; above half of them, idle_ms is a quarter of itself */
	unsigned per_network; /* of them, those of one network (/24, /56) */
	unsigned idle_ms;     /* without a whole query */
};

/* Lies in its connection; the table owns what is in it. */
struct tcp_seat {
	TAILQ_ENTRY(tcp_seat) link;
	struct prefix network;
	int64_t used_ms; /* when the connection began, or its last whole query came */
};

/* ERR_NOMEM. Both limits of clients are at least 1. */
int tcp_table_new(const struct tcp_table_limits *limits, struct tcp_table **ret);
/* Nobody sits there any more; NULL is fine. */
void tcp_table_free(struct tcp_table *t);

enum tcp_table_room {
	TCP_TABLE_ROOM,	   /* there was a place */
	TCP_TABLE_NETWORK, /* the client's network had its share: one of its own connections goes */
	TCP_TABLE_FULL,	   /* one of the network that has most connections goes */
};

/* Seats a new connection. Unless there was room, *ret_out has lost its place, and is the caller's
 * to close. now_ms is monotonic, as everywhere here. */
enum tcp_table_room tcp_table_enter(struct tcp_table *t, struct tcp_seat *seat,
				    const struct addr *client, int64_t now_ms,
				    struct tcp_seat **ret_out);
/* A whole query came. */
void tcp_table_use(struct tcp_table *t, struct tcp_seat *seat, int64_t now_ms);
void tcp_table_leave(struct tcp_table *t, struct tcp_seat *seat);
/* One that was idle for too long, and has lost its place; NULL when there is none (any more). */
struct tcp_seat *tcp_table_expire(struct tcp_table *t, int64_t now_ms);

#endif
