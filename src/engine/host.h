/* SPDX-License-Identifier: BSD-2-Clause
 * The hosts that are being published: from a stored intent until the store knows that the zone has
 * it, and nobody else's late publication can lie over it. Core thread.
 *
 * A host is found by login and name: a name that two accounts share has a state, and so a seq, in
 * each. It exists while somebody holds it or something is left to do for it. */
#ifndef MOORING_ENGINE_HOST_H
#define MOORING_ENGINE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "account/account.h"
#include "dyndns/reply.h"
#include "engine/publish.h"

struct cache;
struct calls;
struct engine_news;
struct host;
struct hosts;
struct known;
struct plan_item;
struct ticks;
struct turn;
struct uv_loop_s;
struct writers;
struct zones;

/* Reads and confirmations that met trouble are tried again, so many at a time. */
enum { HOST_RETRY_BASE_MS = 500, HOST_RETRY_CAP_MS = 30000, HOST_RETRIES_AT_ONCE = 64 };

/* What they work with; borrowed until hosts_close(). */
struct hosts_parts {
	struct calls *calls;
	struct zones *zones;
	struct cache *cache; /* NULL: none */
	struct known *known;
	struct writers *writers;
	struct ticks *ticks;
};

struct hosts_conf {
	size_t max;	   /* hosts at a time */
	int64_t settle_ms; /* how late a publication of another daemon may still land */
	bool is_remote;	   /* an intent of unknown outcome may arrive as late */
	const struct engine_news *news; /* borrowed; NULL: nobody is told */
};

struct hosts_events {
	/* After hosts_stop(): a backend is done with a batch, and every host was told. */
	void (*drained)(void *arg);
	/* A removed host's record is gone: another account may have the name, a listing tells. */
	void (*removed)(void *arg);
	/* What user had as seq was sent, and may lie over a later change of another account that
	 * has the name: that one's value is to be published once more, then hosts_yielded(). Told
	 * again until then. */
	void (*overtaken)(void *arg, const char *user, size_t zone, const struct fqdn *name,
			  uint64_t seq);
	/* The store took an intent of this daemon's own for a zone that others may publish to;
	 * is_stateless: it replaced no state. */
	void (*intended)(void *arg, const char *user, const struct fqdn *name, bool is_stateless);
};

/* ERR_NOMEM. */
int hosts_new(struct uv_loop_s *loop, const struct hosts_parts *parts,
	      const struct hosts_conf *conf, const struct hosts_events *events, void *arg,
	      struct hosts **ret);
/* For zones_open(): arg is the hosts. */
extern const struct publish_events hosts_publish_events;
/* Begins nothing any more. */
void hosts_stop(struct hosts *hs);
/* Frees the hosts; those that the store has a call of are freed when it comes back. */
void hosts_close(struct hosts *hs);
/* Of one that is over. NULL is fine. */
void hosts_free(struct hosts *hs);

/* How many there are, and of these, how many wait and for what. */
struct hosts_count {
	size_t all;
	size_t for_store;   /* a reading or a confirmation is to be tried again */
	size_t for_settle;  /* another daemon's publication may still land */
	size_t for_listing; /* removed: a listing tells who else has the name */
};
void hosts_count(const struct hosts *hs, struct hosts_count *ret);

/* What is under way for one host. */
enum host_stage {
	HOST_WORK_DONE,	  /* the zone has what is wanted */
	HOST_WORK_QUEUED, /* it waits for the publisher */
	HOST_WORK_STORE,  /* it waits for the store */
};
/* Borrowed until the next turn of the loop. */
struct host_work {
	const char *user;
	const struct fqdn *name;
	enum host_stage stage;
	struct addr_pair want;
	int64_t waits_ms; /* for the publisher */
	const char *why;  /* its last trouble; NULL: none */
	bool is_builtin;  /* it is in this process */
};
typedef void host_work_fn(void *arg, const struct host_work *work);
/* False: it is at rest. */
bool hosts_find_work(const struct hosts *hs, const char *user, const struct fqdn *name,
		     int64_t now_ms, struct host_work *ret);
/* Of all hosts that are at work, those in the next n chains of their table; *chain begins with 0.
 * The table may change between two calls: then some come twice. False: that was all. */
bool hosts_each_work(const struct hosts *hs, size_t *chain, size_t n, int64_t now_ms,
		     host_work_fn *fn, void *arg);

/* Finds or makes it and holds it; room is made, if need be, by forgetting one that only waits to be
 * looked at again. ERR_LIMIT, ERR_NOMEM. */
int host_hold(struct hosts *hs, const char *user, size_t zone, const struct fqdn *name,
	      struct host **ret);
/* Lets go of h, which may free it. Nobody who holds it stands in its line any more. */
void host_release(struct host *h);

/* account was read by a reading that began at the tick read_at: what is known better, in flight or
 * at rest, takes the place of what is older; what is new is noted, and so is what another account
 * has overwritten. is_new: it comes from the store, not from memory. True: of a host something else
 * is known than account said. */
bool hosts_see(struct hosts *hs, struct account *account, uint64_t read_at, bool is_new);
/* The same for a host in a listing. True: *ret_better is what is known better. */
bool hosts_see_listed(struct hosts *hs, const struct account *account,
		      const struct account_host *host, uint64_t read_at,
		      struct host_state *ret_better);

/* Whether an update may intend the host now. */
enum host_turn {
	HOST_TURN_READY,
	HOST_TURN_OUTDATED, /* it is its turn, but an intent or a removal was learnt after read_at
			     */
	HOST_TURN_WAITS,    /* t->come() is called */
};
/* One update of a host at a time. t has its turn already, or is in no line. */
enum host_turn host_take_turn(struct host *h, struct turn *t, uint64_t read_at);
/* The first one in the line: whose turn it is. NULL: nobody's. */
struct turn *host_first_turn(const struct host *h);

/* item, which a reading found owed, is an intent of this daemon's own; or nobody else's matters. */
bool host_owns(const struct host *h, const struct plan_item *item);
/* The outcome of item's intent is not known: the store is read later, and what is owed is
 * published. */
void host_doubt(struct host *h, const struct plan_item *item);

/* One who waits until an item is published. */
struct host_waiter {
	void (*decided)(struct host_waiter *w); /* code tells; it may be freed in here */
	/* The rest is host.c's. */
	struct host *host; /* NULL when it waits no more */
	uint64_t seq;
	unsigned families;
	enum dyndns_code code; /* once it waits no more */
	TAILQ_ENTRY(host_waiter) link;
};
/* The store holds item: it acknowledged the intent of a read that began at the tick read_at, or
 * that read found it owed. Publishes it, unless h knows better; w (NULL: nobody) waits for what is
 * awaited of it, and may be told in here; and lets go of h, which may be gone then. */
void host_take_stored(struct host *h, const struct plan_item *item, uint64_t read_at,
		      struct host_waiter *w);
/* Takes w back without telling it. True: what it waited for was accepted. */
bool host_unwait(struct host_waiter *w);

/* While the store is listed, hosts are kept: the listing may be older than they are. Of the hosts
 * that were removed, those whose records are gone by now can be claimed by another account. */
void hosts_list_begin(struct hosts *hs);
/* The account being listed has the name of a removed host. */
bool hosts_is_claimed(const struct hosts *hs, const struct fqdn *name);
/* is_over: nothing more is to be learnt of the claims from listings. */
void hosts_list_end(struct hosts *hs, bool is_over);
/* Removed hosts wait for a listing. */
bool hosts_have_removed(const struct hosts *hs);
/* item was found owed in a listing: it is intended anew, unless it is ours, and published; again:
 * though the store says that it was published, as its record may be gone. ERR_LIMIT: there is no
 * room, or it is being published and is to be listed once more; ERR_NOMEM. */
int hosts_resume(struct hosts *hs, const char *user, const struct plan_item *item, bool again);
/* item is published, as the store has it: it is intended anew before. ERR_CONFLICT: the host is at
 * work already; ERR_LIMIT, ERR_NOMEM. */
int hosts_take_over(struct hosts *hs, const char *user, const struct plan_item *item);
/* The value of the other account is on its way: user's seq may be confirmed, as over. */
void hosts_yielded(struct hosts *hs, const char *user, const struct fqdn *name, uint64_t seq);
/* The listing had an older state than what is known: reads it, and what is known better is intended
 * anew. ERR_LIMIT, ERR_NOMEM. */
int hosts_read(struct hosts *hs, const char *user, size_t zone, const struct fqdn *name);

#endif
