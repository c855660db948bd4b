/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/conn_table.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <uv.h>

#include "base/clock.h"
#include "base/container_of.h"
#include "base/err.h"
#include "base/hash_table.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/rand.h"
#include "http/settings.h"
#include "net/prefix.h"

/* A connection that no pool thread has started for so long was lost by libmicrohttpd. */
enum { HANDED_MAX_MS = 60 * 1000 };

struct client {
	struct prefix prefix;
	unsigned count;
	struct hash_node by_prefix;
	SLIST_ENTRY(client) free_link; /* while count is 0 */
};

SLIST_HEAD(client_list, client);

struct conn_table {
	struct conn_table_conf conf;
	size_t capacity; /* conn_table_admit() lets no more be open */
	uint64_t seed;
	_Atomic long long next_refused_log_ms, next_full_log_ms;
	/* under the lock */
	uv_mutex_t lock;
	size_t open; /* all in the table */
	size_t live; /* those not killed */
	bool draining;
	int64_t drain_deadline_ms;
	struct due_list phases[CONN_PHASES];
	struct hash_table by_fd; /* those in CONN_HANDED */
	struct hash_table by_prefix;
	struct client *clients; /* capacity of them */
	struct client_list free_clients;
};

/* Frees everything but the lock. */
static void free_all(struct conn_table *l)
{
	hash_table_fini(&l->by_fd);
	hash_table_fini(&l->by_prefix);
	free(l->clients);
	free(l);
}

int conn_table_new(const struct conn_table_conf *conf, struct conn_table **ret)
{
	struct conn_table *l = calloc(1, sizeof(*l));
	size_t i;

	if (l == NULL)
		return ERR_NOMEM;
	l->conf = *conf;
	l->capacity =
		conf->max_connections + conf->max_connections / HTTP_SPARE_SHARE + HTTP_SPARE_DYING;
	rand_bytes(&l->seed, sizeof(l->seed));
	l->clients = calloc(l->capacity, sizeof(struct client));
	if (hash_table_init(&l->by_prefix, l->capacity) != 0 ||
	    hash_table_init(&l->by_fd, 0) != 0 || l->clients == NULL ||
	    uv_mutex_init(&l->lock) != 0) {
		free_all(l);
		return ERR_NOMEM;
	}
	for (i = 0; i < CONN_PHASES; i++)
		due_list_init(&l->phases[i]);
	SLIST_INIT(&l->free_clients);
	for (i = 0; i < l->capacity; i++)
		SLIST_INSERT_HEAD(&l->free_clients, &l->clients[i], free_link);
	*ret = l;
	return 0;
}

size_t conn_table_capacity(const struct conn_table *l)
{
	return l->capacity;
}

static struct client *find_client(const struct conn_table *l, const struct prefix *p)
{
	struct hash_node *at = hash_table_first(&l->by_prefix, prefix_hash(p, l->seed));

	for (; at != NULL; at = hash_table_next(at)) {
		struct client *c = CONTAINER_OF(at, struct client, by_prefix);

		if (prefix_equal(&c->prefix, p))
			return c;
	}
	return NULL;
}

/* The client of prefix p with one connection more, or NULL when the table is full. */
static struct client *take_client(struct conn_table *l, const struct prefix *p)
{
	struct client *c = find_client(l, p);

	if (c == NULL) {
		c = SLIST_FIRST(&l->free_clients);
		if (c == NULL)
			return NULL;
		SLIST_REMOVE_HEAD(&l->free_clients, free_link);
		c->prefix = *p;
		c->count = 0;
		hash_table_add(&l->by_prefix, &c->by_prefix, prefix_hash(p, l->seed));
	}
	c->count++;
	return c;
}

static void drop_client(struct conn_table *l, struct client *c)
{
	if (--c->count > 0)
		return;
	hash_table_remove(&l->by_prefix, &c->by_prefix);
	SLIST_INSERT_HEAD(&l->free_clients, c, free_link);
}

/* All connections of a phase have the same timeout, so a new one goes to the end of the list. */
static void link_conn(struct conn_table *l, struct conn *c, enum conn_phase phase, int64_t now_ms)
{
	int64_t end_ms = phase == CONN_WAIT	? INT64_MAX
			 : phase == CONN_HANDED ? now_ms + HANDED_MAX_MS
						: now_ms + l->conf.timeout_ms[phase];

	c->phase = phase;
	due_list_put(&l->phases[phase], &c->due, end_ms);
}

static struct conn *find_handed(const struct conn_table *l, int fd)
{
	struct hash_node *at = hash_table_first(&l->by_fd, (uint64_t)fd);

	return at != NULL ? CONTAINER_OF(at, struct conn, by_fd) : NULL;
}

/* With the lock held. Frees c. */
static void remove_conn(struct conn_table *l, struct conn *c)
{
	if (c->phase == CONN_HANDED)
		hash_table_remove(&l->by_fd, &c->by_fd);
	if (c->fate == CONN_OPEN) {
		due_list_remove(&c->due);
		l->live--;
	}
	l->open--;
	drop_client(l, c->client);
	metric_add(METRIC_HTTP_CONNECTIONS, -1);
	free(c);
}

/* With the lock held: those that were handed over until then and are not started. */
static void drop_handed(struct conn_table *l, int64_t until_ms)
{
	struct due_item *item;

	while ((item = due_list_take(&l->phases[CONN_HANDED], until_ms)) != NULL)
		remove_conn(l, CONTAINER_OF(item, struct conn, due));
}

static struct conn *first_in(const struct conn_table *l, enum conn_phase phase)
{
	struct due_item *item = due_list_first(&l->phases[phase]);

	return item != NULL ? CONTAINER_OF(item, struct conn, due) : NULL;
}

/* The pool thread then reads the end of the stream, closes the connection and calls
 * conn_table_close().
 */
static void kill_conn(struct conn_table *l, struct conn *c, enum conn_fate fate)
{
	due_list_remove(&c->due);
	c->fate = fate;
	l->live--;
	shutdown(c->fd, SHUT_RDWR);
}

void conn_table_free(struct conn_table *l)
{
	if (l == NULL)
		return;
	drop_handed(l, INT64_MAX);
	uv_mutex_destroy(&l->lock);
	free_all(l);
}

/* With the lock held. */
static bool make_room(struct conn_table *l)
{
	struct conn *c = first_in(l, CONN_IDLE);

	if (l->open >= l->capacity)
		return false;
	if (l->live < l->conf.max_connections)
		return true;
	if (c == NULL)
		c = first_in(l, CONN_HEAD);
	if (c == NULL)
		return false;
	kill_conn(l, c, CONN_TURNED_OUT);
	return true;
}

static void warn_refused(struct conn_table *l, const struct addr *peer)
{
	char text[ADDR_TEXT_MAX];

	if (log_may_repeat(&l->next_refused_log_ms, clock_mono_ms()))
		log_event(LOG_LEVEL_WARN, "connection refused: too many of this client",
			  LOG_FIELDS(log_str("peer", addr_format(peer, text)),
				     log_uint("limit", l->conf.max_per_client)));
}

bool conn_table_admit(struct conn_table *l, const struct addr *peer)
{
	struct prefix p = prefix_of_client(peer);
	bool is_proxy = forwarded_is_trusted(&l->conf.trust, peer);
	const struct client *c;
	bool full, greedy;

	uv_mutex_lock(&l->lock);
	c = find_client(l, &p);
	greedy = !is_proxy && c != NULL && c->count >= l->conf.max_per_client;
	full = !greedy && !make_room(l);
	uv_mutex_unlock(&l->lock);
	if (greedy || full)
		metric_add(greedy ? METRIC_HTTP_REJECTED_CLIENT : METRIC_HTTP_REJECTED_FULL, 1);
	if (greedy)
		warn_refused(l, peer);
	if (full && log_may_repeat(&l->next_full_log_ms, clock_mono_ms()))
		log_event(LOG_LEVEL_WARN, "connection refused: all are in use",
			  LOG_FIELDS(log_uint("limit", l->conf.max_connections)));
	return !greedy && !full;
}

struct conn *conn_table_open(struct conn_table *l, int fd, const struct addr *peer, int64_t now_ms)
{
	struct prefix p = prefix_of_client(peer);
	struct conn *c = calloc(1, sizeof(*c)), *gone;

	if (c == NULL)
		return NULL;
	c->peer = *peer;
	c->table = l;
	c->fd = fd;
	uv_mutex_lock(&l->lock);
	gone = find_handed(l, fd);
	if (gone != NULL)
		remove_conn(l, gone);
	c->client = take_client(l, &p);
	if (c->client != NULL) {
		l->open++;
		l->live++;
		link_conn(l, c, CONN_HANDED, now_ms);
		hash_table_add(&l->by_fd, &c->by_fd, (uint64_t)fd);
		metric_add(METRIC_HTTP_CONNECTIONS, 1);
	}
	uv_mutex_unlock(&l->lock);
	if (c->client != NULL)
		return c;
	free(c);
	return NULL;
}

struct conn *conn_table_start(struct conn_table *l, int fd, int64_t now_ms)
{
	struct conn *c;

	uv_mutex_lock(&l->lock);
	c = find_handed(l, fd);
	if (c != NULL) {
		hash_table_remove(&l->by_fd, &c->by_fd);
		link_conn(l, c, CONN_HEAD, now_ms);
	}
	uv_mutex_unlock(&l->lock);
	return c;
}

void conn_table_close(struct conn_table *l, struct conn *c)
{
	if (c == NULL)
		return;
	uv_mutex_lock(&l->lock);
	remove_conn(l, c);
	uv_mutex_unlock(&l->lock);
}

/* With the lock held. */
static void pass_to_client(struct conn_table *l, struct conn *c, const struct prefix *p)
{
	/* First out, then in: there are as many places for clients as for connections. */
	drop_client(l, c->client);
	c->client = take_client(l, p);
}

bool conn_table_rename(struct conn_table *l, struct conn *c, const struct addr *peer)
{
	struct prefix p = prefix_of_client(peer);
	bool has_limit = !forwarded_is_trusted(&l->conf.trust, peer), greedy;

	c->peer = *peer;
	uv_mutex_lock(&l->lock);
	pass_to_client(l, c, &p);
	greedy = has_limit && c->fate == CONN_OPEN && c->client->count > l->conf.max_per_client;
	if (greedy)
		kill_conn(l, c, CONN_TURNED_OUT);
	uv_mutex_unlock(&l->lock);
	if (greedy) {
		metric_add(METRIC_HTTP_REJECTED_CLIENT, 1);
		warn_refused(l, peer);
	}
	return !greedy;
}

enum conn_fate conn_table_fate(struct conn_table *l, const struct conn *c)
{
	enum conn_fate fate;

	uv_mutex_lock(&l->lock);
	fate = c->fate;
	uv_mutex_unlock(&l->lock);
	return fate;
}

void conn_table_enter(struct conn_table *l, struct conn *c, enum conn_phase phase, int64_t now_ms)
{
	uv_mutex_lock(&l->lock);
	if (c->fate == CONN_OPEN && c->phase != phase) {
		link_conn(l, c, phase, now_ms);
		if (l->draining && phase == CONN_IDLE)
			kill_conn(l, c, CONN_TURNED_OUT);
	}
	uv_mutex_unlock(&l->lock);
}

static void reap_phase(struct conn_table *l, enum conn_phase phase, int64_t now_ms)
{
	bool hurry = l->draining && phase == CONN_HEAD && now_ms >= l->drain_deadline_ms;
	struct conn *c;

	while ((c = first_in(l, phase)) != NULL && (hurry || c->due.at_ms <= now_ms))
		kill_conn(l, c, c->due.at_ms <= now_ms ? CONN_TIMED_OUT : CONN_TURNED_OUT);
}

void conn_table_reap(struct conn_table *l, int64_t now_ms)
{
	int phase;

	uv_mutex_lock(&l->lock);
	for (phase = 0; phase < CONN_WAIT; phase++)
		reap_phase(l, (enum conn_phase)phase, now_ms);
	drop_handed(l, now_ms);
	uv_mutex_unlock(&l->lock);
}

void conn_table_drain(struct conn_table *l, int64_t now_ms, unsigned grace_ms)
{
	struct conn *c;

	uv_mutex_lock(&l->lock);
	l->draining = true;
	l->drain_deadline_ms = now_ms + grace_ms;
	while ((c = first_in(l, CONN_IDLE)) != NULL)
		kill_conn(l, c, CONN_TURNED_OUT);
	uv_mutex_unlock(&l->lock);
}

size_t conn_table_count(struct conn_table *l)
{
	size_t n;

	uv_mutex_lock(&l->lock);
	n = l->open;
	uv_mutex_unlock(&l->lock);
	return n;
}
