/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/conn_table.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <uv.h>

#include "base/clock.h"
#include "base/container_of.h"
#include "base/err.h"
#include "base/hash_table.h"
#include "base/log.h"
#include "base/metric.h"
#include "http/conn_clients.h"
#include "http/conn_ranks.h"
#include "http/conn_shed.h"
#include "http/known_clients.h"
#include "http/settings.h"
#include "net/prefix.h"
#include "net/pseudonym.h"

/* A connection that no pool thread has started for so long was lost by libmicrohttpd. */
enum { HANDED_MAX_MS = 60 * 1000 };

struct conn_table {
	struct conn_table_conf conf;
	size_t capacity; /* conn_table_admit() lets no more be open */
	_Atomic long long next_refused_log_ms, next_full_log_ms;
	/* under the lock */
	uv_mutex_t lock;
	uv_cond_t changed; /* a connection was started, or is gone */
	size_t open;	   /* all in the table */
	size_t live;	   /* those that have not made room or timed out */
	size_t n_handed;
	bool draining;
	int64_t drain_deadline_ms;
	struct due_list phases[CONN_PHASES]; /* that of CONN_HELLO is in the one of CONN_HEAD */
	struct due_list hurried;	     /* their requests are to be taken */
	struct hash_table by_fd;	     /* those in CONN_HANDED */
	struct conn_clients clients;
	struct conn_ranks ranks;
	struct conn_shed shed;
};

/* Frees everything but the lock. */
static void free_all(struct conn_table *l)
{
	hash_table_fini(&l->by_fd);
	conn_clients_fini(&l->clients);
	free(l);
}

static int init_locks(struct conn_table *l)
{
	if (uv_mutex_init(&l->lock) != 0)
		return ERR_NOMEM;
	if (uv_cond_init(&l->changed) == 0)
		return 0;
	uv_mutex_destroy(&l->lock);
	return ERR_NOMEM;
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
	if (conn_clients_init(&l->clients, l->capacity) != 0 ||
	    hash_table_init(&l->by_fd, 0) != 0 || init_locks(l) != 0) {
		free_all(l);
		return ERR_NOMEM;
	}
	for (i = 0; i < CONN_PHASES; i++)
		due_list_init(&l->phases[i]);
	due_list_init(&l->hurried);
	conn_ranks_init(&l->ranks, conf->max_connections / 2);
	*ret = l;
	return 0;
}

size_t conn_table_capacity(const struct conn_table *l)
{
	return l->capacity;
}

/* All connections of a phase have the same timeout, so a new one goes to the end of the list. */
static void link_conn(struct conn_table *l, struct conn *c, enum conn_phase phase, int64_t now_ms)
{
	enum conn_phase timed = phase == CONN_HELLO ? CONN_HEAD : phase;
	int64_t end_ms = phase == CONN_WAIT	? INT64_MAX
			 : phase == CONN_HANDED ? now_ms + HANDED_MAX_MS
						: now_ms + l->conf.timeout_ms[timed];

	c->phase = phase;
	due_list_put(&l->phases[timed], &c->due, end_ms);
}

static struct conn *find_handed(const struct conn_table *l, int fd)
{
	struct hash_node *at = hash_table_first(&l->by_fd, (uint64_t)fd);

	return at != NULL ? CONTAINER_OF(at, struct conn, by_fd) : NULL;
}

static enum conn_standing standing_of(struct conn_table *l, const struct addr *peer, int64_t now_ms)
{
	struct prefix p = prefix_of_client(peer);

	if (forwarded_is_trusted(&l->conf.trust, peer))
		return CONN_OF_PROXY;
	return known_clients_have(l->conf.known, &p, now_ms) ? CONN_KNOWN : CONN_STRANGER;
}

/* c has a place no longer. */
static void give_place_away(struct conn_table *l, struct conn *c)
{
	due_list_remove(&c->due);
	conn_ranks_remove(&l->ranks, c);
	l->live -= c->is_live;
	c->is_live = false;
}

static void leave_handed(struct conn_table *l, struct conn *c)
{
	hash_table_remove(&l->by_fd, &c->by_fd);
	l->n_handed--;
}

/* With the lock held. Frees c. */
static void remove_conn(struct conn_table *l, struct conn *c)
{
	if (c->phase == CONN_HANDED)
		leave_handed(l, c);
	give_place_away(l, c);
	l->open--;
	conn_clients_drop(&l->clients, c->client);
	metric_add(METRIC_HTTP_CONNECTIONS, -1);
	free(c);
	uv_cond_signal(&l->changed);
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
	give_place_away(l, c);
	c->fate = fate;
	shutdown(c->fd, SHUT_RDWR);
}

void conn_table_free(struct conn_table *l)
{
	if (l == NULL)
		return;
	drop_handed(l, INT64_MAX);
	uv_cond_destroy(&l->changed);
	uv_mutex_destroy(&l->lock);
	free_all(l);
}

/* ---------------------------------------------------------------- who makes room */

/* libmicrohttpd does not look at a suspended connection: it ends when its request is answered. */
static void shed(struct conn_table *l, struct conn *c)
{
	conn_shed_count(&l->shed, c->phase);
	if (c->phase != CONN_WAIT) {
		kill_conn(l, c, CONN_TURNED_OUT);
		return;
	}
	give_place_away(l, c);
	atomic_store(&c->is_hurried, true);
	due_list_put(&l->hurried, &c->due, 0);
	l->conf.on_hurried(l->conf.arg);
}

bool conn_table_take_hurried(struct conn_table *l, uint64_t *ret_request)
{
	struct due_item *item;

	uv_mutex_lock(&l->lock);
	item = due_list_take(&l->hurried, INT64_MAX);
	if (item != NULL)
		*ret_request = CONTAINER_OF(item, struct conn, due)->request;
	uv_mutex_unlock(&l->lock);
	return item != NULL;
}

/* With the lock held. False: there may be room in a moment. */
static bool make_room(struct conn_table *l, bool paced)
{
	struct conn *c;

	if (l->open >= l->capacity)
		return false;
	if (paced && l->conf.max_handed > 0 && l->n_handed >= l->conf.max_handed)
		return false;
	if (l->live < l->conf.max_connections)
		return true;
	c = conn_ranks_first(&l->ranks);
	/* Those that are not started may be strangers, who have to go first. */
	if (c == NULL || (paced && c->standing != CONN_STRANGER && l->n_handed > 0))
		return false;
	shed(l, c);
	return true;
}

/* With the lock held, which others get meanwhile. */
static bool wait_for_room(struct conn_table *l)
{
	const uint64_t end = uv_hrtime() + (uint64_t)l->conf.patience_ms * 1000 * 1000;
	uint64_t now;

	while (!make_room(l, true)) {
		now = uv_hrtime();
		if (now >= end || l->draining)
			return make_room(l, false);
		uv_cond_timedwait(&l->changed, &l->lock, end - now);
	}
	return true;
}

static void warn_refused(struct conn_table *l, const struct addr *peer)
{
	if (log_may_repeat(&l->next_refused_log_ms, clock_mono_ms()))
		log_event(LOG_LEVEL_WARN, "connection refused: too many of this client",
			  LOG_FIELDS(LOG_ADDR("peer", peer),
				     log_uint("limit", l->conf.max_per_client)));
}

static void warn_full(struct conn_table *l)
{
	if (log_may_repeat(&l->next_full_log_ms, clock_mono_ms()))
		log_event(LOG_LEVEL_WARN, "connection refused: all are in use",
			  LOG_FIELDS(log_uint("limit", l->conf.max_connections)));
}

bool conn_table_admit(struct conn_table *l, const struct addr *peer)
{
	struct prefix p = prefix_of_client(peer);
	bool is_proxy = forwarded_is_trusted(&l->conf.trust, peer);
	const struct client *c;
	bool full, greedy;

	uv_mutex_lock(&l->lock);
	c = conn_clients_find(&l->clients, &p);
	greedy = !is_proxy && c != NULL && c->count >= l->conf.max_per_client;
	full = !greedy && !wait_for_room(l);
	uv_mutex_unlock(&l->lock);
	if (greedy || full)
		metric_add(greedy ? METRIC_HTTP_REJECTED_CLIENT : METRIC_HTTP_REJECTED_FULL, 1);
	if (greedy)
		warn_refused(l, peer);
	if (full)
		warn_full(l);
	return !greedy && !full;
}

/* ---------------------------------------------------------------- in and out */

/* With the lock held. */
static void add_conn(struct conn_table *l, struct conn *c, int64_t now_ms)
{
	l->open++;
	l->live++;
	c->is_live = true;
	link_conn(l, c, CONN_HANDED, now_ms);
	hash_table_add(&l->by_fd, &c->by_fd, (uint64_t)c->fd);
	l->n_handed++;
	metric_add(METRIC_HTTP_CONNECTIONS, 1);
}

struct conn *conn_table_open(struct conn_table *l, int fd, const struct addr *peer, int64_t now_ms)
{
	struct prefix p = prefix_of_client(peer);
	struct conn *c = calloc(1, sizeof(*c)), *gone;
	bool has_room;

	if (c == NULL)
		return NULL;
	c->peer = *peer;
	c->table = l;
	c->fd = fd;
	c->standing = standing_of(l, peer, now_ms);
	uv_mutex_lock(&l->lock);
	gone = find_handed(l, fd);
	if (gone != NULL)
		remove_conn(l, gone);
	c->client = conn_clients_take(&l->clients, &p);
	has_room = c->client != NULL;
	if (has_room)
		add_conn(l, c, now_ms);
	uv_mutex_unlock(&l->lock);
	if (has_room)
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
		leave_handed(l, c);
		link_conn(l, c, CONN_HELLO, now_ms);
		conn_ranks_add(&l->ranks, c, c->standing);
		uv_cond_signal(&l->changed);
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

/* With the lock held; c is in no rank. */
static void pass_to_client(struct conn_table *l, struct conn *c, const struct prefix *p)
{
	/* First out, then in: there are as many places for clients as for connections. */
	conn_clients_drop(&l->clients, c->client);
	c->client = conn_clients_take(&l->clients, p);
}

bool conn_table_rename(struct conn_table *l, struct conn *c, const struct addr *peer)
{
	struct prefix p = prefix_of_client(peer);
	enum conn_standing standing = standing_of(l, peer, clock_mono_ms());
	bool greedy;

	c->peer = *peer;
	uv_mutex_lock(&l->lock);
	conn_ranks_remove(&l->ranks, c);
	pass_to_client(l, c, &p);
	if (c->fate == CONN_OPEN)
		conn_ranks_add(&l->ranks, c, standing);
	greedy = standing != CONN_OF_PROXY && c->fate == CONN_OPEN &&
		 c->client->count > l->conf.max_per_client;
	if (greedy)
		kill_conn(l, c, CONN_TURNED_OUT);
	uv_mutex_unlock(&l->lock);
	if (greedy) {
		metric_add(METRIC_HTTP_REJECTED_CLIENT, 1);
		warn_refused(l, peer);
	}
	return !greedy;
}

void conn_table_logged_in(struct conn_table *l, struct conn *c, const struct addr *client,
			  int64_t now_ms)
{
	struct prefix p = prefix_of_client(client);

	known_clients_add(l->conf.known, &p, now_ms);
	uv_mutex_lock(&l->lock);
	/* A stranger alone: what a proxy has on one connection is of many clients. */
	if (c->fifo != NULL && c->standing == CONN_STRANGER) {
		conn_ranks_remove(&l->ranks, c);
		conn_ranks_add(&l->ranks, c, CONN_KNOWN);
	}
	uv_mutex_unlock(&l->lock);
}

enum conn_fate conn_table_fate(struct conn_table *l, const struct conn *c)
{
	enum conn_fate fate;

	uv_mutex_lock(&l->lock);
	fate = c->fate;
	uv_mutex_unlock(&l->lock);
	return fate;
}

/* With the lock held. */
static void enter_phase(struct conn_table *l, struct conn *c, enum conn_phase phase, int64_t now_ms)
{
	if (c->fate != CONN_OPEN || c->phase == phase)
		return;
	if (c->phase == CONN_HELLO && phase == CONN_HEAD) {
		c->phase = phase; /* they have one deadline */
		return;
	}
	link_conn(l, c, phase, now_ms);
	conn_ranks_moved(&l->ranks, c);
	if (l->draining && phase == CONN_IDLE)
		kill_conn(l, c, CONN_TURNED_OUT);
}

void conn_table_enter(struct conn_table *l, struct conn *c, enum conn_phase phase, int64_t now_ms)
{
	uv_mutex_lock(&l->lock);
	enter_phase(l, c, phase, now_ms);
	uv_mutex_unlock(&l->lock);
}

void conn_table_wait(struct conn_table *l, struct conn *c, uint64_t request)
{
	uv_mutex_lock(&l->lock);
	c->request = request;
	enter_phase(l, c, CONN_WAIT, 0);
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
	struct conn_shed told;
	bool tell;
	int phase;

	uv_mutex_lock(&l->lock);
	for (phase = CONN_HEAD; phase < CONN_WAIT; phase++)
		reap_phase(l, (enum conn_phase)phase, now_ms);
	drop_handed(l, now_ms);
	tell = conn_shed_take(&l->shed, now_ms, &told);
	uv_mutex_unlock(&l->lock);
	if (tell)
		conn_shed_tell(&told, l->conf.max_connections);
}

/* A pool thread without memory closes a connection and tells nobody: that one's descriptor is
 * closed, or another file's by now. */
static bool is_unstarted(const struct conn *c)
{
	return fcntl(c->fd, F_GETFD) >= 0;
}

bool conn_table_gets_on(struct conn_table *l, int64_t now_ms, unsigned limit_ms)
{
	struct due_item *item;
	bool stuck = false;

	uv_mutex_lock(&l->lock);
	for (item = due_list_first(&l->phases[CONN_HANDED]);
	     item != NULL && !stuck && item->at_ms - HANDED_MAX_MS + limit_ms <= now_ms;
	     item = due_list_next(item))
		stuck = is_unstarted(CONTAINER_OF(item, struct conn, due));
	uv_mutex_unlock(&l->lock);
	return !stuck;
}

static bool has_unread(const struct conn *c)
{
	int n = 0;

	return ioctl(c->fd, FIONREAD, &n) == 0 && n > 0;
}

void conn_table_drain(struct conn_table *l, int64_t now_ms, unsigned grace_ms)
{
	struct conn *c;

	uv_mutex_lock(&l->lock);
	l->draining = true;
	l->drain_deadline_ms = now_ms + grace_ms;
	/* A request that has come already is answered like those before it. */
	while ((c = first_in(l, CONN_IDLE)) != NULL)
		if (has_unread(c))
			enter_phase(l, c, CONN_HEAD, now_ms);
		else
			kill_conn(l, c, CONN_TURNED_OUT);
	uv_cond_signal(&l->changed);
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
