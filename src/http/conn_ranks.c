/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/conn_ranks.h"

void conn_ranks_init(struct conn_ranks *r, unsigned max_known)
{
	size_t i;

	r->max_known = max_known;
	r->n_known = 0;
	for (i = 0; i < RANKS_SIZES; i++)
		TAILQ_INIT(&r->sizes[i]);
	for (i = 0; i <= CONN_KNOWN; i++) {
		TAILQ_INIT(&r->idle[i]);
		TAILQ_INIT(&r->at_work[i]);
	}
}

/* n > 0. */
static struct client_fifo *clients_of_size(struct conn_ranks *r, unsigned n)
{
	return &r->sizes[31 - __builtin_clz(n)];
}

/* client has now strangers of them. */
static void resize_client(struct conn_ranks *r, struct client *client, unsigned now)
{
	unsigned was = client->n_strangers;
	struct client_fifo *from = was > 0 ? clients_of_size(r, was) : NULL;
	struct client_fifo *to = now > 0 ? clients_of_size(r, now) : NULL;

	client->n_strangers = now;
	if (from == to)
		return;
	if (from != NULL)
		TAILQ_REMOVE(from, client, size_link);
	if (to != NULL)
		TAILQ_INSERT_TAIL(to, client, size_link);
}

static struct conn_fifo *fifo_of(struct conn_ranks *r, const struct conn *c)
{
	if (c->standing == CONN_STRANGER)
		return &c->client->strangers;
	return c->phase == CONN_IDLE ? &r->idle[c->standing] : &r->at_work[c->standing];
}

static void enter_fifo(struct conn_ranks *r, struct conn *c)
{
	c->fifo = fifo_of(r, c);
	TAILQ_INSERT_TAIL(c->fifo, c, fifo_link);
}

void conn_ranks_add(struct conn_ranks *r, struct conn *c, enum conn_standing standing)
{
	if (standing == CONN_KNOWN &&
	    (r->n_known >= r->max_known || c->client->n_known >= RANKS_KNOWN_PER_CLIENT))
		standing = CONN_STRANGER;
	c->standing = standing;
	enter_fifo(r, c);
	if (standing == CONN_STRANGER) {
		resize_client(r, c->client, c->client->n_strangers + 1);
	} else if (standing == CONN_KNOWN) {
		r->n_known++;
		c->client->n_known++;
	}
}

void conn_ranks_remove(struct conn_ranks *r, struct conn *c)
{
	if (c->fifo == NULL)
		return;
	TAILQ_REMOVE(c->fifo, c, fifo_link);
	c->fifo = NULL;
	if (c->standing == CONN_STRANGER) {
		resize_client(r, c->client, c->client->n_strangers - 1);
	} else if (c->standing == CONN_KNOWN) {
		r->n_known--;
		c->client->n_known--;
	}
}

void conn_ranks_moved(struct conn_ranks *r, struct conn *c)
{
	if (c->fifo == NULL || c->fifo == fifo_of(r, c))
		return;
	TAILQ_REMOVE(c->fifo, c, fifo_link);
	enter_fifo(r, c);
}

static struct conn *first_stranger(const struct conn_ranks *r)
{
	const struct client *client;
	size_t i;

	for (i = RANKS_SIZES; i > 0; i--) {
		client = TAILQ_FIRST(&r->sizes[i - 1]);
		if (client != NULL)
			return TAILQ_FIRST(&client->strangers);
	}
	return NULL;
}

struct conn *conn_ranks_first(const struct conn_ranks *r)
{
	const struct conn_fifo *const others[] = {
		&r->idle[CONN_OF_PROXY],
		&r->idle[CONN_KNOWN],
		&r->at_work[CONN_OF_PROXY],
		&r->at_work[CONN_KNOWN],
	};
	struct conn *c = first_stranger(r);
	size_t i;

	for (i = 0; c == NULL && i < sizeof(others) / sizeof(others[0]); i++)
		c = TAILQ_FIRST(others[i]);
	return c;
}
