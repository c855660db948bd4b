/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/tcp_table.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/err.h"

/* What is left of the idle time above half of the places. */
enum { HURRY = 4 };

struct tcp_table {
	struct tcp_table_limits limits;
	unsigned n;
	TAILQ_HEAD(tcp_seats, tcp_seat) seats; /* the one that was used last is the last */
};

int tcp_table_new(const struct tcp_table_limits *limits, struct tcp_table **ret)
{
	struct tcp_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return ERR_NOMEM;
	t->limits = *limits;
	TAILQ_INIT(&t->seats);
	*ret = t;
	return 0;
}

void tcp_table_free(struct tcp_table *t)
{
	free(t);
}

static unsigned count_network(const struct tcp_table *t, const struct prefix *network)
{
	const struct tcp_seat *seat;
	unsigned n = 0;

	TAILQ_FOREACH(seat, &t->seats, link) {
		n += prefix_equal(&seat->network, network);
	}
	return n;
}

static struct tcp_seat *oldest_of(const struct tcp_table *t, const struct prefix *network)
{
	struct tcp_seat *seat;

	TAILQ_FOREACH(seat, &t->seats, link) {
		if (prefix_equal(&seat->network, network))
			break;
	}
	return seat;
}

/* The oldest of the network that has most. Of several such networks it is the one whose oldest
 * connection is the older one. There are too few connections for this to need an index. */
static struct tcp_seat *oldest_of_greediest(const struct tcp_table *t)
{
	struct tcp_seat *seat, *found = NULL;
	unsigned n, most = 0;

	TAILQ_FOREACH(seat, &t->seats, link) {
		n = count_network(t, &seat->network);
		if (n <= most)
			continue;
		most = n;
		found = seat;
	}
	return found;
}

void tcp_table_leave(struct tcp_table *t, struct tcp_seat *seat)
{
	TAILQ_REMOVE(&t->seats, seat, link);
	t->n--;
}

static enum tcp_table_room seat_make_room(struct tcp_table *t, const struct prefix *network,
					  struct tcp_seat **ret_out)
{
	enum tcp_table_room room;

	if (count_network(t, network) >= t->limits.per_network) {
		*ret_out = oldest_of(t, network);
		room = TCP_TABLE_NETWORK;
	} else if (t->n >= t->limits.clients) {
		*ret_out = oldest_of_greediest(t);
		room = TCP_TABLE_FULL;
	} else {
		return TCP_TABLE_ROOM;
	}
	tcp_table_leave(t, *ret_out);
	return room;
}

enum tcp_table_room tcp_table_enter(struct tcp_table *t, struct tcp_seat *seat,
				    const struct addr *client, int64_t now_ms,
				    struct tcp_seat **ret_out)
{
	enum tcp_table_room room;

	seat->network = prefix_of_network(client);
	seat->used_ms = now_ms;
	room = seat_make_room(t, &seat->network, ret_out);
	TAILQ_INSERT_TAIL(&t->seats, seat, link);
	t->n++;
	return room;
}

void tcp_table_use(struct tcp_table *t, struct tcp_seat *seat, int64_t now_ms)
{
	seat->used_ms = now_ms;
	TAILQ_REMOVE(&t->seats, seat, link);
	TAILQ_INSERT_TAIL(&t->seats, seat, link);
}

struct tcp_seat *tcp_table_expire(struct tcp_table *t, int64_t now_ms)
{
	struct tcp_seat *seat = TAILQ_FIRST(&t->seats);
	int64_t idle_ms = t->limits.idle_ms;

	if (t->n > t->limits.clients / 2)
		idle_ms /= HURRY;
	if (seat == NULL || now_ms - seat->used_ms < idle_ms)
		return NULL;
	tcp_table_leave(t, seat);
	return seat;
}
