/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/writers.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/container_of.h"
#include "base/err.h"
#include "base/hash_table.h"
#include "engine/family.h"
#include "engine/listed.h"
#include "net/addr.h"
#include "net/hash.h"

enum { WRITERS_BUCKETS_MIN = 64 };

/* Names are told apart by their keyed hash of 64 bits alone: two of 65,536 names are taken for one
 * in one of 10^10 daemons, and then an unchanged address is published once more. */
struct writer {
	struct hash_node node;
	TAILQ_ENTRY(writer) link;
	bool is_shared;
	uint64_t user; /* hash; 0: one of a listing, of whom only the time is known */
	uint64_t seq;  /* of that account */
	struct addr_pair want;
	unsigned gone;
	int64_t time_s;
	/* Who was overwritten by it, up to which seq: a confirmation may have a later time. */
	uint64_t before_user, before_seq;
};

TAILQ_HEAD(writer_list, writer);

struct writers {
	uint64_t seed;
	struct hash_table table;
	struct writer_list alone, shared; /* the oldest first */
	struct listed *listed;		  /* NULL: no listing, or no memory for it */
};

int writers_new(uint64_t seed, struct writers **ret)
{
	struct writers *w = calloc(1, sizeof(*w));

	if (w == NULL || hash_table_init(&w->table, WRITERS_BUCKETS_MIN) != 0) {
		free(w);
		return ERR_NOMEM;
	}
	w->seed = seed;
	TAILQ_INIT(&w->alone);
	TAILQ_INIT(&w->shared);
	*ret = w;
	return 0;
}

static struct writer_list *writer_list_of(struct writers *w, const struct writer *e)
{
	return e->is_shared ? &w->shared : &w->alone;
}

static void writer_free(struct writers *w, struct writer *e)
{
	TAILQ_REMOVE(writer_list_of(w, e), e, link);
	hash_table_remove(&w->table, &e->node);
	free(e);
}

void writers_free(struct writers *w)
{
	if (w == NULL)
		return;
	while (!TAILQ_EMPTY(&w->alone))
		writer_free(w, TAILQ_FIRST(&w->alone));
	while (!TAILQ_EMPTY(&w->shared))
		writer_free(w, TAILQ_FIRST(&w->shared));
	hash_table_fini(&w->table);
	listed_free(w->listed);
	free(w);
}

/* ---------------------------------------------------------------- names that were written */

/* Never 0. */
static uint64_t writers_user(const struct writers *w, const char *user)
{
	return hash_bytes(user, strlen(user), w->seed) | 1;
}

static struct writer *writer_find(const struct writers *w, uint64_t hash)
{
	struct hash_node *node = hash_table_first(&w->table, hash);

	return node != NULL ? CONTAINER_OF(node, struct writer, node) : NULL;
}

static struct writer *writer_find_or_new(struct writers *w, uint64_t hash)
{
	struct writer *e = writer_find(w, hash);

	if (e != NULL)
		return e;
	if (w->table.count >= WRITERS_MAX) {
		if (TAILQ_EMPTY(&w->alone))
			return NULL;
		writer_free(w, TAILQ_FIRST(&w->alone));
	}
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return NULL;
	hash_table_add(&w->table, &e->node, hash);
	TAILQ_INSERT_TAIL(&w->alone, e, link);
	return e;
}

static void writer_share(struct writers *w, struct writer *e)
{
	if (e->is_shared)
		return;
	TAILQ_REMOVE(&w->alone, e, link);
	e->is_shared = true;
	TAILQ_INSERT_TAIL(&w->shared, e, link);
}

/* Families that state does not have stay as the one before left them. */
static void writer_take(struct writer *e, const struct host_state *state, unsigned gone)
{
	if (addr_is_set(&state->want.v4))
		e->want.v4 = state->want.v4;
	if (addr_is_set(&state->want.v6))
		e->want.v6 = state->want.v6;
	e->gone = (e->gone & ~family_set(&state->want)) | gone;
	e->seq = state->seq;
}

static void writer_change(struct writers *w, struct writer *e, uint64_t user)
{
	if (e->user == user)
		return;
	if (e->user != 0)
		writer_share(w, e);
	e->before_user = e->user;
	e->before_seq = e->seq;
	e->user = user;
}

void writers_put(struct writers *w, const struct fqdn *name, const char *user,
		 const struct host_state *state, unsigned gone, int64_t now_s)
{
	struct writer *e = writer_find_or_new(w, fqdn_hash(name, w->seed));

	if (e == NULL)
		return;
	writer_change(w, e, writers_user(w, user));
	writer_take(e, state, gone);
	e->time_s = now_s;
}

/* A family that the last writer neither published nor deleted is as it was. */
static bool writer_differs(const struct writer *e, const struct addr_pair *want)
{
	unsigned gone = e->gone & family_set(want);
	unsigned both = family_set(&e->want) & family_set(want);

	return e->user == 0 || gone != 0 || (family_diff(want, &e->want) & both) != 0;
}

static bool writer_is_earlier(const struct writer *e, uint64_t user, const struct host_state *s)
{
	/* A later seq is an intent of another daemon's, maybe of the same second. */
	if (user == e->before_user)
		return s->seq > e->before_seq && s->time_s >= e->time_s;
	return e->user == 0 ? s->time_s >= e->time_s : s->time_s > e->time_s;
}

bool writers_is_overwritten(struct writers *w, const struct fqdn *name, const char *user,
			    const struct host_state *state)
{
	struct writer *e = writer_find(w, fqdn_hash(name, w->seed));
	bool is_over = host_state_is_over(state);
	uint64_t who;

	if (e == NULL || state->seq == 0)
		return is_over;
	who = writers_user(w, user);
	if (e->user == who) {
		if (state->seq > e->seq)
			writer_take(e, state, 0);
		return is_over;
	}
	/* Another daemon has published it since. */
	if (!is_over && writer_is_earlier(e, who, state)) {
		writer_change(w, e, who);
		writer_take(e, state, 0);
		e->time_s = state->time_s;
		return false;
	}
	writer_share(w, e);
	return writer_differs(e, &state->want);
}

/* ---------------------------------------------------------------- names that are listed */

void writers_list_begin(struct writers *w)
{
	writers_list_end(w);
	if (listed_new(&w->listed) != 0)
		w->listed = NULL;
}

/* Of two accounts with the name the later one is remembered. */
static void writers_note_shared(struct writers *w, uint64_t hash, uint64_t user,
				const struct host_state *state, int64_t other_s)
{
	bool is_later = state->time_s > other_s;
	struct writer *e = writer_find_or_new(w, hash);

	if (e == NULL)
		return;
	writer_share(w, e);
	/* What this daemon wrote itself it knows better. */
	if (e->time_s >= (is_later ? state->time_s : other_s))
		return;
	e->user = is_later ? user : 0;
	e->time_s = is_later ? state->time_s : other_s;
	/* In the same second: neither is known to be the last, and each is later than that. */
	e->time_s += state->time_s == other_s;
	e->before_user = 0;
	if (is_later)
		writer_take(e, state, 0);
}

bool writers_list_see(struct writers *w, const struct fqdn *name, const char *user,
		      const struct host_state *state)
{
	uint64_t hash = fqdn_hash(name, w->seed);
	int64_t before_s = 0;
	int err;

	if (w->listed == NULL || state->seq == 0 || host_state_is_over(state))
		return false;
	err = listed_see(w->listed, hash, state->time_s, &before_s);
	/* Without memory, no more names are looked at. */
	if (err < 0)
		writers_list_end(w);
	if (err != 1)
		return false;
	writers_note_shared(w, hash, writers_user(w, user), state, before_s);
	return state->time_s > before_s;
}

void writers_list_end(struct writers *w)
{
	listed_free(w->listed);
	w->listed = NULL;
}
