/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/seen.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/container_of.h"
#include "base/err.h"
#include "base/hash_table.h"
#include "base/metric.h"
#include "dyndns/query.h"
#include "dyndns/reply.h"
#include "engine/update_request.h"
#include "net/hash.h"
#include "net/pseudonym.h"
#include "store/store.h"

/* Buckets, and places, to begin with. */
enum { SEEN_MIN = 64 };

struct seen_entry {
	struct hash_node node;
	TAILQ_ENTRY(seen_entry) by_time; /* who was asked for longest ago is first */
	TAILQ_ENTRY(seen_entry) news;	 /* while is_news */
	size_t place;
	int64_t time_s;
	struct addr from;
	bool is_news;	 /* the store was not told */
	uint32_t made;	 /* the listing in which it came */
	uint32_t listed; /* the listing that had it last */
	char *agent;	 /* owned; NULL: none */
	uint8_t name_len;
	char *user; /* behind the name */
	char name[];
};

TAILQ_HEAD(seen_list, seen_entry);

struct seen {
	uint64_t seed;
	size_t max;
	struct hash_table table;
	struct seen_entry **places; /* table.count of them are in use */
	size_t n_places;
	struct seen_list by_time, news;
	uint32_t listing; /* the present one, or the last */
	uint32_t whole;	  /* the last complete one */
	bool is_complete; /* the last whole one found a place for every host */
	bool is_short;	  /* since the last one began, a host found no place, or lost it */
};

int seen_new(size_t max, uint64_t seed, struct seen **ret)
{
	struct seen *s = calloc(1, sizeof(*s));

	assert(max > 0);
	if (s == NULL)
		return ERR_NOMEM;
	s->max = max;
	s->seed = seed;
	s->listing = 1; /* 0: what was stored before */
	TAILQ_INIT(&s->by_time);
	TAILQ_INIT(&s->news);
	s->n_places = SEEN_MIN;
	s->places = calloc(s->n_places, sizeof(struct seen_entry *));
	if (s->places == NULL || hash_table_init(&s->table, SEEN_MIN) != 0) {
		free(s->places);
		free(s);
		return ERR_NOMEM;
	}
	*ret = s;
	return 0;
}

static void seen_free_entry(struct seen_entry *e)
{
	free(e->agent);
	free(e);
}

void seen_free(struct seen *s)
{
	struct seen_entry *e;

	if (s == NULL)
		return;
	while ((e = TAILQ_FIRST(&s->by_time)) != NULL) {
		TAILQ_REMOVE(&s->by_time, e, by_time);
		seen_free_entry(e);
	}
	hash_table_fini(&s->table);
	free(s->places);
	free(s);
}

size_t seen_count(const struct seen *s)
{
	return s->table.count;
}

void seen_at(const struct seen *s, size_t place, struct seen_host *ret)
{
	const struct seen_entry *e = s->places[place];

	assert(place < s->table.count);
	*ret = (struct seen_host){
		.user = e->user,
		.name = {e->name, e->name_len},
		.time_s = e->time_s,
		.from = e->from,
		.agent = e->agent != NULL ? e->agent : "",
	};
}

/* ---------------------------------------------------------------- found, made, forgotten */

static uint64_t seen_hash(const struct seen *s, const char *user, struct slice name)
{
	return hash_bytes(user, strlen(user), hash_bytes(name.p, name.len, s->seed));
}

static struct seen_entry *seen_find(const struct seen *s, const char *user, struct slice name)
{
	struct hash_node *node = hash_table_first(&s->table, seen_hash(s, user, name));

	for (; node != NULL; node = hash_table_next(node)) {
		struct seen_entry *e = CONTAINER_OF(node, struct seen_entry, node);

		if (e->name_len == name.len && memcmp(e->name, name.p, name.len) == 0 &&
		    strcmp(e->user, user) == 0)
			return e;
	}
	return NULL;
}

bool seen_has(const struct seen *s, const char *user, struct slice name)
{
	return seen_find(s, user, name) != NULL;
}

static void seen_set_news(struct seen *s, struct seen_entry *e, bool is_news)
{
	if (e->is_news == is_news)
		return;
	e->is_news = is_news;
	if (is_news)
		TAILQ_INSERT_TAIL(&s->news, e, news);
	else
		TAILQ_REMOVE(&s->news, e, news);
}

static void seen_drop(struct seen *s, struct seen_entry *e)
{
	struct seen_entry *last = s->places[s->table.count - 1];

	seen_set_news(s, e, false);
	TAILQ_REMOVE(&s->by_time, e, by_time);
	hash_table_remove(&s->table, &e->node);
	s->places[e->place] = last;
	last->place = e->place;
	seen_free_entry(e);
}

/* A place for one more; without memory, that of the oldest. */
static void seen_make_room(struct seen *s)
{
	const size_t n = 2 * s->n_places;
	struct seen_entry **places = NULL;

	if (s->table.count < s->max && s->table.count < s->n_places)
		return;
	if (s->table.count < s->max)
		places = reallocarray(s->places, n, sizeof(struct seen_entry *));
	if (places != NULL) {
		s->places = places;
		s->n_places = n;
		return;
	}
	s->is_short = true;
	metric_add(METRIC_SEEN_FORGOTTEN, 1);
	seen_drop(s, TAILQ_FIRST(&s->by_time));
}

/* It has not been asked for yet. NULL: out of memory. */
static struct seen_entry *seen_make(struct seen *s, const char *user, struct slice name)
{
	const size_t user_size = strlen(user) + 1;
	struct seen_entry *e = calloc(1, sizeof(*e) + name.len + 1 + user_size);

	if (e == NULL)
		return NULL;
	e->name_len = (uint8_t)name.len;
	memcpy(e->name, name.p, name.len);
	e->user = e->name + name.len + 1;
	memcpy(e->user, user, user_size);
	e->listed = s->listing;
	e->made = s->listing;
	seen_make_room(s);
	e->place = s->table.count;
	s->places[e->place] = e;
	TAILQ_INSERT_HEAD(&s->by_time, e, by_time);
	hash_table_add(&s->table, &e->node, seen_hash(s, user, name));
	return e;
}

static struct seen_entry *seen_get(struct seen *s, const char *user, struct slice name)
{
	struct seen_entry *e = seen_find(s, user, name);

	return e != NULL ? e : seen_make(s, user, name);
}

/* ---------------------------------------------------------------- who asks */

/* Most agents stay the same for years. Without memory none is known. */
static void seen_set_agent(struct seen_entry *e, const char *agent)
{
	if (strcmp(e->agent != NULL ? e->agent : "", agent) == 0)
		return;
	free(e->agent);
	e->agent = *agent != '\0' ? strdup(agent) : NULL;
}

static void seen_set(struct seen *s, struct seen_entry *e, int64_t time_s, const struct addr *from,
		     const char *agent)
{
	e->time_s = time_s;
	e->from = *from;
	seen_set_agent(e, agent);
	TAILQ_REMOVE(&s->by_time, e, by_time);
	TAILQ_INSERT_TAIL(&s->by_time, e, by_time);
}

const struct fqdn *seen_asked_name(const struct engine_request *r, const struct fqdn *only_host,
				   size_t i)
{
	if (only_host->len > 0)
		return only_host;
	return i < r->query.n_hosts && r->query.hosts[i].valid ? &r->query.hosts[i].name : NULL;
}

/* good and nochg are about a host of the account. What else may be is so only for one that is known
 * to be: trouble and bad addresses are told before anybody has looked. */
static struct seen_entry *seen_answered(struct seen *s, const char *user, const struct fqdn *name,
					enum dyndns_code code)
{
	const struct slice text = {name->text, name->len};

	switch (code) {
	case DYNDNS_GOOD:
	case DYNDNS_NOCHG:
		return seen_get(s, user, text);
	case DYNDNS_DNSERR:
	case DYNDNS_DNSERR_LATER:
	case DYNDNS_911:
		return seen_find(s, user, text);
	default:
		return NULL;
	}
}

void seen_update(struct seen *s, const char *user, const struct engine_request *r,
		 const struct fqdn *only_host, const struct dyndns_answer *answer, int64_t now_s)
{
	const struct addr from = pseudonym_addr(&r->peer);
	char agent[STORE_AGENT_MAX + 1];
	struct seen_entry *e;
	size_t i;

	str_printable(agent, sizeof(agent), r->agent);
	for (i = 0; i < answer->n_lines; i++) {
		const struct fqdn *name = seen_asked_name(r, only_host, i);

		e = name != NULL ? seen_answered(s, user, name, answer->lines[i].code) : NULL;
		if (e == NULL)
			continue;
		seen_set(s, e, now_s, &from, agent);
		e->listed = s->listing;
		seen_set_news(s, e, true);
	}
}

/* Whoever is in the store's memory alone has the number of the listing before: it may be gone. */
static struct seen_entry *seen_get_stored(struct seen *s, const char *user, struct slice name)
{
	struct seen_entry *e = seen_find(s, user, name);

	if (e != NULL || s->is_complete)
		return e;
	e = seen_make(s, user, name);
	if (e != NULL)
		e->listed = s->listing - 1;
	return e;
}

void seen_take_stored(struct seen *s, const struct store_seen *stored, int64_t now_s)
{
	const struct addr from = pseudonym_of_stored(&stored->from);
	struct seen_entry *e;

	/* The clock was ahead then. */
	if (stored->time_s > now_s)
		return;
	e = seen_get_stored(s, stored->user, (struct slice){stored->name.text, stored->name.len});
	if (e == NULL || e->time_s >= stored->time_s)
		return;
	seen_set(s, e, stored->time_s, &from, stored->agent);
	/* The store is to forget the address, too. */
	if (!addr_equal(&from, &stored->from))
		seen_set_news(s, e, true);
}

/* ---------------------------------------------------------------- who there is */

void seen_list_begin(struct seen *s)
{
	s->is_complete = seen_is_complete(s);
	s->is_short = false;
	s->listing++;
}

void seen_list(struct seen *s, const char *user, const struct fqdn *name)
{
	const struct slice text = {name->text, name->len};
	struct seen_entry *e = seen_find(s, user, text);

	/* Who was asked for does not make room for one who never was. */
	if (e == NULL && s->table.count < s->max)
		e = seen_make(s, user, text);
	if (e != NULL)
		e->listed = s->listing;
	else
		s->is_short = true;
}

static bool seen_is_gone(const struct seen *s, const struct seen_entry *e)
{
	return e->listed != s->listing;
}

/* Came after the last whole listing, and nobody has asked for it yet. */
static bool seen_is_new(const struct seen *s, const struct seen_entry *e)
{
	return !seen_is_gone(s, e) && e->made > s->whole && e->time_s == 0;
}

static int seen_by_name(const void *a, const void *b)
{
	const struct seen_entry *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* Those that are gone although they were asked for, by their names. Returns how many; places has
 * room for all. */
static size_t seen_find_gone(const struct seen *s, struct seen_entry **places)
{
	size_t i, n = 0;

	for (i = 0; i < s->table.count; i++)
		if (seen_is_gone(s, s->places[i]) && s->places[i]->time_s > 0)
			places[n++] = s->places[i];
	if (n > 0)
		qsort(places, n, sizeof(*places), seen_by_name);
	return n;
}

/* A host whose account has another login now, or that is another one's, is the same host still.
 * Without memory it was never asked for. */
static void seen_hand_over(struct seen *s)
{
	struct seen_entry **gone = NULL, **found, *e;
	size_t i, n = 0;

	for (i = 0; i < s->table.count && !seen_is_new(s, s->places[i]);)
		i++;
	if (i < s->table.count)
		gone = calloc(s->table.count, sizeof(struct seen_entry *));
	if (gone != NULL)
		n = seen_find_gone(s, gone);
	for (; n > 0 && i < s->table.count; i++) {
		e = s->places[i];
		found = seen_is_new(s, e) ? bsearch(&e, gone, n, sizeof(*gone), seen_by_name)
					  : NULL;
		if (found == NULL)
			continue;
		seen_set(s, e, (*found)->time_s, &(*found)->from,
			 (*found)->agent != NULL ? (*found)->agent : "");
		seen_set_news(s, e, true);
	}
	free(gone);
}

/* Who came while the store was listed has the number of the listing, too. */
void seen_list_end(struct seen *s, bool complete)
{
	size_t i = 0;

	if (!complete)
		return;
	seen_hand_over(s);
	s->whole = s->listing;
	s->is_complete = !s->is_short;
	while (i < s->table.count)
		if (seen_is_gone(s, s->places[i]))
			seen_drop(s, s->places[i]);
		else
			i++;
}

bool seen_is_complete(const struct seen *s)
{
	return s->is_complete && !s->is_short;
}

/* ---------------------------------------------------------------- what the store is told */

size_t seen_take_news(struct seen *s, struct store_seen *ret, size_t max)
{
	struct seen_entry *e;
	size_t n;

	for (n = 0; n < max && (e = TAILQ_FIRST(&s->news)) != NULL; n++) {
		ret[n] = (struct store_seen){.time_s = e->time_s, .from = e->from};
		str_copy(ret[n].user, sizeof(ret[n].user), slice_of(e->user));
		ret[n].name.len = e->name_len;
		memcpy(ret[n].name.text, e->name, e->name_len);
		str_copy(ret[n].agent, sizeof(ret[n].agent), slice_of(e->agent));
		seen_set_news(s, e, false);
	}
	return n;
}

void seen_put_back(struct seen *s, const struct store_seen *news, size_t n)
{
	struct seen_entry *e;
	size_t i;

	for (i = 0; i < n; i++) {
		e = seen_find(s, news[i].user, (struct slice){news[i].name.text, news[i].name.len});
		if (e != NULL)
			seen_set_news(s, e, true);
	}
}
