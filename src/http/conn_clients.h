/* SPDX-License-Identifier: BSD-2-Clause
 * The clients that have connections of one table: how many each has. A client is an IPv4 address or
 * an IPv6 site (net/prefix.h). Under the table's lock. Private to http/. */
#ifndef MOORING_HTTP_CONN_CLIENTS_H
#define MOORING_HTTP_CONN_CLIENTS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/hash_table.h"
#include "net/prefix.h"

struct conn;

TAILQ_HEAD(conn_fifo, conn);

struct client {
	struct prefix prefix;
	unsigned count; /* connections, those that are being closed included */
	/* conn_ranks.c's */
	struct conn_fifo strangers; /* the one that was accepted first is the first */
	unsigned n_strangers, n_known;
	TAILQ_ENTRY(client) size_link;
	/* conn_clients.c's */
	struct hash_node by_prefix;
	SLIST_ENTRY(client) free_link; /* while count is 0 */
};

SLIST_HEAD(client_list, client);

struct conn_clients {
	uint64_t seed;
	struct hash_table by_prefix;
	struct client *all; /* owned */
	struct client_list free;
};

/* Room for n clients. ERR_NOMEM; conn_clients_fini() is due all the same. */
int conn_clients_init(struct conn_clients *cs, size_t n);
void conn_clients_fini(struct conn_clients *cs);
/* NULL: it has no connection. */
struct client *conn_clients_find(const struct conn_clients *cs, const struct prefix *p);
/* The client of prefix p with one connection more, or NULL when there is no room. */
struct client *conn_clients_take(struct conn_clients *cs, const struct prefix *p);
/* With one less. */
void conn_clients_drop(struct conn_clients *cs, struct client *c);

#endif
