/* SPDX-License-Identifier: BSD-2-Clause
 * What the files of the engine share: the engine itself, an update on its way, a host that is being
 * published. Core thread only; nothing outside this room includes it. */
#ifndef MOORING_ENGINE_INTERNAL_H
#define MOORING_ENGINE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uv.h>

#include "account/account.h"
#include "engine/cache.h"
#include "engine/engine.h"
#include "engine/plan.h"
#include "engine/publish.h"
#include "store/store.h"

/* The table of hosts keeps its size: with as many of them as the bound allows, a bucket holds two
 * to four on average. */
enum { ENGINE_BUCKETS_MIN = 1024, ENGINE_HOSTS_PER_BUCKET = 4 };
/* Lost compare-and-sets of one update before it answers 911. */
enum { ENGINE_ROUNDS_MAX = 5 };
/* crypt(3) calls at once: libuv's few worker threads also serve the store. */
enum { ENGINE_HASHES_RUNNING_MAX = 2 };
/* Updates refused in one turn of the loop; a refusal never needs memory. */
enum { ENGINE_REFUSALS_MAX = 1024 };
/* Reads and confirmations that met trouble are tried again, so many at a time. */
enum { ENGINE_RETRY_BASE_MS = 500, ENGINE_RETRY_CAP_MS = 30000, ENGINE_RETRIES_AT_ONCE = 64 };
/* A store that does not answer is asked for no update's sake, so often. */
enum { ENGINE_PROBE_MS = 5000 };
/* A store that cannot tell whether it changed is listed no more often than this. */
enum { ENGINE_LIST_MIN_MS = 60000 };
/* Hosts that are taken from their account together are looked for in one listing. */
enum { ENGINE_CLAIMS_MS = 2000 };

struct hash_job;
struct host;
struct overlay;
struct update;

TAILQ_HEAD(update_list, update);
TAILQ_HEAD(waiter_list, waiter);
TAILQ_HEAD(host_list, host);
TAILQ_HEAD(hash_list, hash_job);

/* What a host has yet to do with the store. */
enum host_step { HOST_NOTHING, HOST_CONFIRM, HOST_READ };

/* A host of an account while an update intends it, or it is being published or confirmed. Found by
 * (user, name): a host that two accounts share has a state, and so a seq, in each. */
struct host {
	struct publish_host pub; /* first: events give it back */
	struct engine *e;
	size_t zone;
	char user[ACCOUNT_USER_MAX + 1];
	unsigned holds;	     /* updates that intend it */
	uint64_t changed_at; /* e->tick when pub.seq last became another one */
	int64_t time_s;	     /* when a value of this life was last confirmed, as far as we know */
	uint64_t confirmed;  /* the seq that the store knows to be published */
	uint64_t attempted;  /* the highest seq whose confirmation was tried, however it went */
	uint64_t asked;	     /* the seq in the confirmation on its way */
	uint64_t asked_life;
	struct host_state asked_state; /* what the store then holds */
	uint64_t read_at;	       /* e->tick when the read on its way began */
	struct plan_item again; /* what the intent on its way is, if a state went backwards */
	bool is_calling;	/* the store is asked */
	bool is_unsure;	 /* sent and not confirmed: it may have come after a rival's newer value */
	bool is_late;	 /* we published over a newer value of another daemon */
	bool is_doubted; /* the store has an older value that is owed: it is read once more */
	unsigned n_late; /* so many times without a confirmation in between */
	enum host_step step;
	/* The lowest seq that somebody else may still be publishing, so that it may land after what
	 * we publish; 0: none. */
	uint64_t rival;
	/* Our last intent of unknown outcome: found in the store, it is no rival's. */
	uint64_t doubt_seq, doubt_owed_from;
	struct addr_pair doubt_want;
	bool is_orphan;	     /* in e->orphans */
	bool is_claimable;   /* the listing under way began after its record was deleted */
	bool is_second_look; /* the read on its way decides about it */
	bool is_settling;    /* in e->settling */
	int64_t settle_at_ms;
	struct waiter_list waiters;
	struct host *chain;
	TAILQ_ENTRY(host) settle_link;
	TAILQ_ENTRY(host) orphan_link;
	TAILQ_ENTRY(host) retry_link; /* in e->retries while step is not HOST_NOTHING */
};

/* One host of one update, waiting for its publication. */
struct waiter {
	struct update *update;
	struct host *host; /* NULL when it waits no more */
	uint64_t seq;
	unsigned families;
	enum dyndns_code code; /* once it waits no more */
	TAILQ_ENTRY(waiter) link;
};

struct update_item {
	struct plan_item plan;
	struct host *host; /* held, until the publication is queued */
	struct waiter waiter;
};

/* From engine_update() until it is answered and the store has nothing of it any more. */
struct update {
	struct engine *e;
	const struct engine_request *request; /* NULL once answered */
	engine_answer_fn *done;
	void *arg;
	char user[ACCOUNT_USER_MAX + 1]; /* outlives the request */
	int64_t arrived_ms;
	bool is_calling; /* the store is asked */
	bool is_verified;
	bool is_hashed;	       /* crypt(3) was run: the price of a refusal is paid */
	bool is_cached;	       /* account came from the cache: good for nochg alone */
	bool is_in_trouble;    /* the lookup failed: nothing but nochg is said for good */
	uint64_t mark;	       /* of the cache, when the lookup began */
	int64_t lookup_ms;     /* when that was */
	struct account *stale; /* the cached account that refused, until the store has spoken */
	unsigned rounds;
	uint64_t read_at; /* e->tick when the lookup began */
	struct account *account;
	struct hash_job *job;
	struct addr_pair addrs;
	struct fqdn only_host; /* the host meant by a request that names none; for the log */
	size_t n_lines;
	struct plan_line lines[QUERY_HOSTS_MAX];
	size_t n_items;
	struct update_item *items;
	size_t n_waiting;
	TAILQ_ENTRY(update) link;      /* in e->updates until answered */
	TAILQ_ENTRY(update) soon_link; /* in e->cached until the next turn of the loop */
};

/* An update that is turned away at the door, answered in the next turn of the loop. */
struct refusal {
	const struct engine_request *request;
	engine_answer_fn *done;
	void *arg;
};

struct engine_sync {
	uv_timer_t timer;
	uint64_t interval_ms;
	bool is_asking;	   /* the store's version or list */
	bool is_listing;   /* hosts are then kept: a listing may be older than they are */
	bool is_due;	   /* to be listed whatever the version says */
	bool is_claiming;  /* and the timer runs for that, for the orphans' sake */
	uint64_t list_at;  /* e->tick when the listing under way began */
	bool resumes_all;  /* what is owed in zones that other daemons share, too: at start */
	bool is_short;	   /* an owed host or a record found no room or memory */
	bool has_volatile; /* zones that live in this process */
	bool has_token, has_next_token;
	uint64_t token;	     /* of the listing that was read last */
	uint64_t next_token; /* of the one being read */
	bool has_epoch;
	uint64_t epoch;	    /* of the store, when it was asked last */
	int64_t asked_ms;   /* when the version on its way was asked */
	int64_t current_ms; /* when the one in cache_token was */
	bool has_cache_token;
	uint64_t cache_token; /* what is in the cache is of this version */
	engine_started_fn *started;
	void *started_arg;
};

struct engine {
	uv_loop_t *loop;
	struct store *store;
	struct engine_conf conf;   /* its zones point to the next */
	struct engine_zone *zones; /* conf.n_zones */
	struct publish **publish;  /* the queue of each */
	uint64_t tick;		   /* counts changes of hosts: orders reads and writes */
	uint64_t hash_seed;
	uint64_t n_answered;
	size_t n_updates; /* that exist, answered or not */
	size_t n_waiting; /* of them, not yet answered */
	size_t n_calls;	  /* of the store and of workers, on their way */
	size_t n_handles; /* of libuv, open */
	bool is_draining;
	bool is_closing;

	struct update_list updates; /* not yet answered, the oldest first */
	uv_timer_t deadline;

	struct cache *cache;	   /* NULL: none */
	struct overlay *known;	   /* what the store last had of each host; NULL: none */
	struct update_list cached; /* found there, to go on in the next turn */
	uv_timer_t soon;
	size_t first_refusal, n_refusals;
	struct refusal refusals[ENGINE_REFUSALS_MAX];

	size_t n_hosts;
	size_t n_buckets; /* a power of two */
	struct host **hosts;
	struct host_list retries;
	unsigned retry_attempt;
	uv_timer_t retry;
	struct host_list settling; /* hosts with a rival, by when they are looked at again */
	uv_timer_t settle;
	struct host_list orphans; /* taken from their account while they were published */

	size_t n_jobs, n_running;
	struct hash_list jobs; /* waiting for a worker */
	char *dummy_setting;   /* the last crypt(3) string seen; NULL: none ever */
	struct engine_sync sync;
	struct plan plan; /* scratch */

	uv_timer_t probe;
	bool is_probing;

	uv_timer_t drain;
	engine_drained_fn *drained;
	void *drained_arg;
	int64_t drain_until_ms;
	_Atomic long long rollback_gate; /* of log lines about states that went backwards */
	_Atomic long long store_gate;	 /* of log lines about the store's trouble */
	bool is_stale;			 /* answered from memory since the store last spoke */
	_Atomic long long stale_gate;	 /* of log lines about that */
};

/* engine.c */
void engine_call_begin(struct engine *e);
/* A call came back. False: the engine is closing, the caller frees what is its own and returns
 * without another look at e. */
bool engine_call_end(struct engine *e);
/* Reports the end of the drain when it has come. */
void engine_check_drained(struct engine *e);
/* Something waits for the next turn of the loop: a refusal, or an update with a cached account. */
void engine_soon(struct engine *e);
void engine_log_store(struct engine *e, const char *what, const char *user, int err,
		      const struct errinfo *why);

/* lookup.c */
/* Begins the lookup; e->n_updates counts it until it is freed. ERR_* when nothing was begun. */
int update_start(struct engine *e, const struct engine_request *r, engine_answer_fn *done,
		 void *arg);
/* Asks the store again; update_plan() or an answer follows. */
void update_lookup(struct update *u);
/* The password or the account was refused: for good, by a cached account that the store is now
 * asked about, or in trouble, when the right one cannot be known. */
void update_refused(struct update *u);
/* badauth, or 911 in trouble. */
void update_answer_refused(struct update *u);
/* Goes on with the updates whose account was in the cache. */
void update_run_cached(struct engine *e);

/* update.c */
void update_verified(struct update *u); /* the password is right */
/* Plans on u->account, which it frees. */
void update_plan(struct update *u);
void update_free_if_done(struct update *u);
void update_answer_one(struct update *u, enum dyndns_code code);
/* Answers with what is known: at the deadline, and at the drain. */
void update_expire(struct update *u);
/* w was decided: w->code holds it. May free the update. */
void update_waiter_done(struct waiter *w);

/* stale.c: the lookup failed with err; answers from memory if that will do, or 911. */
void stale_serve(struct update *u, int err);

/* probe.c: an operation of the store failed with err. */
void probe_after(struct engine *e, int err);

/* update_log.c */
void update_log(const struct engine_request *r, const struct fqdn *only_host,
		const struct dyndns_answer *answer, int64_t took_ms);

/* auth.c: verifies u->account against the request's password, then update_verified() or an
 * answer. */
void auth_check(struct update *u);
/* Answers badauth, or 911 in trouble, after the work that every refusal costs. */
void auth_refuse(struct update *u);
/* The update is answered: a job that a worker has goes on without it, a waiting one goes away. */
void auth_forget(struct update *u);
/* Drops the jobs that no worker has begun. */
void auth_close(struct engine *e);

/* host.c */
/* NULL: there is none. */
struct host *host_find(const struct engine *e, const char *user, const struct fqdn *name);
/* Finds or makes it and holds it. ERR_LIMIT, ERR_NOMEM. */
int host_hold(struct engine *e, const char *user, size_t zone, const struct fqdn *name,
	      struct host **ret);
/* May free it. */
void host_release(struct host *h);
/* Publishes item, which the store holds: it acknowledged the intent of a lookup that began at
 * read_at, or that lookup found it owed. Does nothing when h knows better. */
void host_want(struct host *h, const struct plan_item *item, uint64_t read_at);
/* w->seq and w->families are set; w is told later, at the earliest in host_settle(). */
void host_wait(struct host *h, struct waiter *w);
/* Takes w back without telling it. True: what it waited for was accepted. */
bool host_unwait(struct waiter *w);
/* Looks at everything that may have changed: tells waiters, asks for a confirmation, frees an idle
 * host. */
void host_settle(struct host *h);
/* Publishes all of h once more. */
void host_publish_again(struct host *h);
/* Nothing is under way for it; it may still wait for its second look. */
bool host_is_idle(const struct host *h);
void host_free_if_idle(struct host *h);
/* Tells all who wait. */
void host_tell_all(struct host *h, enum dyndns_code code);
/* Nothing of the host is queued or in flight any more: all is accepted or refused. */
bool host_is_landed(const struct host *h);
/* The seq begins anew: what was accepted is forgotten, who waits for it is told 911. */
void host_begin_life(struct host *h);
/* The listing is over: lets go of the hosts that it kept. */
void host_sweep(struct engine *e);
void host_close_all(struct engine *e);
extern const struct publish_events host_events; /* their arg is the engine */

/* confirm.c: what a host asks of the store */
/* The store has to hear of pub.seq, or to be read since it cannot. */
bool confirm_is_due(const struct host *h);
void confirm_start(struct host *h);
/* True when s is what h is at. A host that was made again may have the same seq for another
 * address. */
bool confirm_is_at(const struct host *h, const struct host_state *s);
/* What the store shall have of h: pub.want, without the families that go. */
struct host_state confirm_wanted(const struct host *h);
/* Reads what the store has of h, now. */
void confirm_read(struct host *h);
/* The outcome of item's intent is not known: the store is read later, and what is owed is
 * published. */
void confirm_read_later(struct host *h, const struct plan_item *item);
/* h has no step any more. */
void confirm_cancel(struct host *h);
void confirm_on_retry(uv_timer_t *timer);

/* rollback.c: a store that says less than it said */
enum { ROLLBACK_HOSTS_MAX = 65536 }; /* of e->known, whatever account_cache says */
/* The rule: true when found is older than known. */
bool rollback_is(const struct host_state *known, const struct host_state *found);
/* u->account was read: notes what is new, and puts what is known better in the place of what is
 * older. */
void rollback_see(struct update *u);
/* The same for a host in the listing under way. True: *ret is what is known better. */
bool rollback_see_listed(struct engine *e, const struct account *a, const struct account_host *host,
			 struct host_state *ret);
/* The listing was complete: what it did not have is no more. */
void rollback_end_list(struct engine *e);
/* The store holds what h is at. */
void rollback_note_host(const struct host *h);
/* The account is gone, or a host of it; name NULL: all of them. */
void rollback_forget(struct engine *e, const char *user, const struct fqdn *name);
/* What is known of h, in flight or at rest; seq 0: nothing. */
struct host_state rollback_known(const struct host *h);
/* h is published again over what the store has, stored_seq. */
void rollback_log(const struct host *h, uint64_t stored_seq);

/* settle.c: daemons that publish one host at the same time */
/* Before h becomes item: notes whether somebody else may be publishing what item replaces. */
void settle_note(struct host *h, const struct plan_item *item);
/* True when somebody else may still be publishing h's value or an older one. The store then goes
 * on saying that h is owed, until the second look. */
bool settle_is_rivalled(const struct host *h);
/* h landed and is not overtaken, as the store just said: it is looked at again after a while. */
void settle_later(struct host *h);
/* The second look has read s in the store. */
void settle_look(struct host *h, const struct host_state *s);
void settle_cancel(struct host *h);
/* Forgets a host that waits for its second look, to make room. False: there is none. */
bool settle_evict(struct engine *e);
void settle_on_timer(uv_timer_t *timer);

/* orphan.c: a name that another account may have by now */
/* The records of h are being deleted. */
void orphan_add(struct host *h);
/* Something of h landed: has the store listed once all of it has. */
void orphan_landed(struct host *h);
void orphan_list_begin(struct engine *e);
/* True when the account that is being listed has the name of an orphan. */
bool orphan_is_claimed(const struct engine *e, const struct fqdn *name);
/* is_over: nothing more is to be learnt from listings. */
void orphan_list_end(struct engine *e, bool is_over);

/* sync.c */
void sync_init(struct engine *e);
/* Reads the store now, and from then on as often as the zones need it. */
void sync_start(struct engine *e, engine_started_fn *done, void *arg);
/* The store was asked lately whether somebody else wrote: the cache may be used. */
bool sync_is_current(const struct engine *e);
/* The store is to be listed soon, for what orphans there are. */
void sync_claims(struct engine *e);
/* Ends a reconciliation that is under way; asks no more. */
void sync_stop(struct engine *e);

#endif
