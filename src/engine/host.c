/* SPDX-License-Identifier: BSD-2-Clause
 * Several daemons may publish one host. The names in capitals are the rules of docs/model, which
 * says why they are needed.
 *
 * Whoever publishes late finds it out at its confirmation, and publishes the newer value, unless it
 * is killed first. So a daemon that replaces what another one has not finished does not let the
 * store forget that: it leaves its own value owed, publishes it a second time once the other's must
 * have landed, and confirms only then. Should it die meanwhile, too, the next start finds the host
 * owed. What is found owed, at start or by an update, may be under way from whoever owes it, living
 * or dead: it becomes an intent of our own before it is sent. */
#include "base/turn.h"
#include "engine/host.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/container_of.h"
#include "base/due_timer.h"
#include "base/err.h"
#include "base/hash_table.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/rand.h"
#include "base/str.h"
#include "engine/cache.h"
#include "engine/calls.h"
#include "engine/known.h"
#include "engine/news.h"
#include "engine/plan.h"
#include "engine/ticks.h"
#include "engine/writers.h"
#include "engine/zones.h"
#include "net/pseudonym.h"
#include "store/store.h"

/* Buckets to begin with. */
enum { HOSTS_MIN = 1024 };
/* Hosts looked at for one to be forgotten: the first ones are the oldest. */
enum { HOST_EVICT_TRIES = 16 };

/* The store's call that is under way. */
enum host_call {
	HOST_CALL_NONE,
	HOST_CALL_CONFIRM,
	HOST_CALL_READ,
	HOST_CALL_INTEND,
	HOST_CALL_TELL, /* of conf.news, which asks the store */
};
/* The one that is to be tried again, in hosts.retries. */
enum host_retry { HOST_RETRY_NONE, HOST_RETRY_CONFIRM, HOST_RETRY_READ, HOST_RETRY_INTEND };
/* What a reading is for. */
enum host_reading {
	HOST_READ_FOR_NEWS,
	HOST_READ_OVERTAKEN, /* we published over a newer value of another daemon */
	HOST_READ_AGAIN,     /* a rival's publication has landed by now */
};
/* What is older than the present seq and may land after what we send. */
enum host_rival {
	HOST_RIVAL_NONE,
	HOST_RIVAL_SAME,  /* nothing but the same addresses */
	HOST_RIVAL_OTHER, /* other ones, too */
};
/* An intent whose outcome is not known. */
enum host_doubting {
	HOST_DOUBT_NONE,
	HOST_DOUBT_ASKED, /* it is looked for soon */
	HOST_DOUBT_LATE,  /* it was not found: once more with the second looks */
};
/* The name of a removed host may be another account's. */
enum host_claim {
	HOST_CLAIM_NONE,
	HOST_CLAIM_LATER, /* its record is being deleted, or the listing under way began before */
	HOST_CLAIM_NOW,	  /* the listing under way tells */
};

/* Whether somebody is still to be told of the present value. */
enum host_telling { HOST_TOLD, HOST_UNTOLD };

/* Of so many values it is remembered that the zone may still hold them. */
enum { HOST_TRAIL_MAX = 5 };

TAILQ_HEAD(host_waiters, host_waiter);
TAILQ_HEAD(host_list, host);

struct hosts {
	struct calls *calls;
	const struct zone_handle *zones;
	struct cache *cache;
	struct known *known;
	struct writers *writers;
	struct ticks *ticks;
	struct hosts_conf conf;
	const struct hosts_events *events;
	void *arg;
	uint64_t seed;
	struct hash_table table;
	bool is_stopping;
	bool is_listing;
	struct host_list retries;
	unsigned retry_attempt;
	unsigned n_intending; /* intents of these hosts on their way */
	uv_timer_t retry;
	struct due_timer second_looks; /* hosts with a rival, by when they are looked at again */
	struct host_list removed;      /* whose names may be claimed */
	_Atomic long long next_log_ms; /* of log lines about states that went backwards */
};

struct host {
	struct hosts *all;
	struct hash_node node;
	const struct engine_zone *zone;
	size_t zone_index;
	struct publish *queue; /* of the zone */
	bool is_volatile;      /* the zone is ours alone */
	unsigned holds;
	struct publish_host pub;
	bool is_unsure;	     /* sent and not confirmed: it may have come after a newer value */
	uint64_t changed_at; /* the tick when pub.seq last became another one */
	int64_t time_s;	     /* when a value of this life was last confirmed, as far as we know */
	int64_t wanted_ms;   /* of pub.want, see struct host_state, as is the next one */
	int64_t since_ms;

	enum host_call calling;
	struct call call;
	enum host_retry retry;
	enum host_reading reading;
	uint64_t read_at; /* the tick when the last reading began */
	int64_t read_ms;  /* its time */

	uint64_t confirmed; /* the seq that the store knows to be published */
	uint64_t attempted; /* the highest seq whose confirmation was tried, however it went */
	uint64_t asked;	    /* the seq and life in the confirmation on its way */
	uint64_t asked_life;
	int64_t asked_time_s; /* of the state that the store then holds, as are the next two */
	uint64_t asked_over;
	uint32_t asked_ttl;
	uint64_t yielded;     /* the seq that another account's later change is known to be over; 0:
				 none */
	unsigned n_overtaken; /* so many times without a confirmation in between */
	struct plan_item *again; /* the intent of this host's own that is on its way, or waits;
				    owned, NULL: none */
	bool is_claiming;	 /* it is the name of a removed host: only a newer intent ends it */

	enum host_telling telling;
	struct addr_pair told_before;	    /* what whoever is told knows; nothing: not known */
	uint64_t told_mark;		    /* see struct engine_change */
	uint64_t telling_seq, telling_life; /* in the call on its way */
	int64_t told_before_s;

	enum host_rival rival;
	/* The lowest seq of our intents of which the outcome is not known, 0: none. What the store
	 * has from there on may be ours, and is nobody's to leave to somebody else. */
	uint64_t doubt;
	enum host_doubting doubting;
	uint64_t doubt_expects;	     /* the seq that the intent in doubt is to replace */
	struct due_item second_look; /* in all->second_looks */
	enum host_claim claim;	     /* unless none: in all->removed */
	/* REMOVE: sent or replaced since the last confirmation, the oldest first; of a removed host
	 * with the last one, and how many of them are to be deleted still. */
	struct addr_pair trail[HOST_TRAIL_MAX];
	unsigned n_trail, n_to_delete;

	struct host_waiters waiters;
	struct turn_line turns; /* of updates that intend it */
	TAILQ_ENTRY(host) retry_link;
	TAILQ_ENTRY(host) removed_link;
	char user[];
};

static void host_look_around(struct host *h);
static void host_read(struct host *h);
static void host_intend(struct host *h);
static void host_intend_item(struct host *h, const struct plan_item *item);

/* ---------------------------------------------------------------- found, held, forgotten */

static struct host *host_find(const struct hosts *hs, const char *user, const struct fqdn *name)
{
	const uint64_t hash = fqdn_hash(name, hs->seed);
	struct hash_node *node;

	for (node = hash_table_first(&hs->table, hash); node != NULL;
	     node = hash_table_next(node)) {
		struct host *h = CONTAINER_OF(node, struct host, node);

		if (fqdn_equal(&h->pub.name, name) && strcmp(h->user, user) == 0)
			return h;
	}
	return NULL;
}

static void host_free(struct host *h)
{
	free(h->again);
	free(h);
}

static void host_on_call_closed(void *arg)
{
	host_free(arg);
}

static struct host *host_new(struct hosts *hs, const char *user, size_t zone,
			     const struct fqdn *name)
{
	const size_t user_size = strlen(user) + 1;
	struct host *h = calloc(1, sizeof(*h) + user_size);

	if (h == NULL)
		return NULL;
	h->all = hs;
	h->zone = hs->zones[zone].conf;
	h->zone_index = zone;
	h->queue = hs->zones[zone].queue;
	h->is_volatile = hs->zones[zone].is_volatile;
	h->pub.name = *name;
	h->pub.hash = fqdn_hash(name, hs->seed);
	memcpy(h->user, user, user_size);
	h->call.arg = h;
	h->call.closed = host_on_call_closed;
	TAILQ_INIT(&h->waiters);
	turn_line_init(&h->turns);
	hash_table_add(&hs->table, &h->node, h->pub.hash);
	return h;
}

/* A call of the store's or a publication is under way. */
static bool host_is_at_work(const struct host *h)
{
	return h->calling != HOST_CALL_NONE || publish_is_busy(&h->pub);
}

/* Nothing is under way for it; it may still wait for its second look. */
static bool host_is_idle(const struct host *h)
{
	return h->holds == 0 && !host_is_at_work(h) && h->retry == HOST_RETRY_NONE &&
	       TAILQ_EMPTY(&h->waiters);
}

static void host_free_if_idle(struct host *h)
{
	if (!host_is_idle(h) || due_item_is_listed(&h->second_look) ||
	    h->claim != HOST_CLAIM_NONE || h->all->is_listing)
		return;
	hash_table_remove(&h->all->table, &h->node);
	host_free(h);
}

static void host_drop_second_look(struct host *h)
{
	due_timer_remove(&h->second_look);
	if (h->reading == HOST_READ_AGAIN)
		h->reading = HOST_READ_FOR_NEWS;
}

/* Forgets a host that waits for its second look: it stays owed in the store. False: there is none.
 */
static bool host_evict(struct hosts *hs)
{
	struct due_item *item = due_list_first(&hs->second_looks.list);
	unsigned n;

	/* A listing keeps its hosts. */
	if (hs->is_listing)
		return false;
	for (n = 0; item != NULL && n < HOST_EVICT_TRIES; n++, item = due_list_next(item)) {
		struct host *h = CONTAINER_OF(item, struct host, second_look);

		if (host_is_idle(h) && h->claim == HOST_CLAIM_NONE) {
			host_drop_second_look(h);
			host_free_if_idle(h);
			return true;
		}
	}
	return false;
}

int host_hold(struct hosts *hs, const char *user, size_t zone, const struct fqdn *name,
	      struct host **ret)
{
	struct host *h = host_find(hs, user, name);

	if (h == NULL) {
		if (hs->table.count >= hs->conf.max && !host_evict(hs))
			return ERR_LIMIT;
		h = host_new(hs, user, zone, name);
		if (h == NULL)
			return ERR_NOMEM;
	}
	h->holds++;
	*ret = h;
	return 0;
}

void host_release(struct host *h)
{
	h->holds--;
	host_look_around(h);
}

/* ---------------------------------------------------------------- what it is at */

/* What the store shall have: pub.want, without the families that go, of which pub.want says what
 * they were. */
static struct host_state host_state_at(const struct host *h, int64_t time_s)
{
	struct host_state s = {
		.want = h->pub.want,
		.seq = h->pub.seq,
		.pub = h->pub.seq,
		.time_s = time_s,
		.wanted_ms = h->wanted_ms,
		.since_ms = h->since_ms,
		.ttl = h->pub.ttl,
	};

	str_copy(s.zone, sizeof(s.zone), slice_of(h->zone->id));
	if ((h->pub.remove & FAMILY_V4) != 0)
		s.want.v4 = (struct addr){0};
	if ((h->pub.remove & FAMILY_V6) != 0)
		s.want.v6 = (struct addr){0};
	return s;
}

/* A host that was made again may have the same seq for another address. */
static bool host_is_at(const struct host *h, const struct host_state *s)
{
	struct host_state ours = host_state_at(h, 0);

	return s->seq == ours.seq && addr_pair_equal(&s->want, &ours.want);
}

/* Nothing of it is queued or in flight any more: all is accepted or refused. */
static bool host_is_landed(const struct host *h)
{
	return h->pub.seq > 0 && !publish_is_busy(&h->pub);
}

bool host_owns(const struct host *h, const struct plan_item *item)
{
	const struct host_state s = {.want = item->want, .seq = item->seq};

	return h->is_volatile || host_is_at(h, &s);
}

static struct known_host host_in_flight(const struct host *h)
{
	return (struct known_host){host_state_at(h, h->time_s), h->changed_at};
}

static struct host_state host_known(const struct host *h)
{
	struct known_host in_flight = host_in_flight(h);

	return known_get(h->all->known, h->user, &h->pub.name, &in_flight).state;
}

/* NULL: it is not in flight. */
static const struct known_host *host_find_in_flight(const struct hosts *hs, const char *user,
						    const struct fqdn *name,
						    struct known_host *room)
{
	const struct host *h = host_find(hs, user, name);

	if (h == NULL)
		return NULL;
	*room = host_in_flight(h);
	return room;
}

/* What was found may be owed, then somebody may be publishing it; else nobody is. */
static void host_replace_state(struct account_host *host, const struct host_state *better)
{
	struct host_state found = host->state;

	host->is_rolled_back = true;
	host->stored = found;
	host->state = *better;
	/* What is intended in its place is above both. */
	if (found.seq > better->seq)
		host->state.seq = found.seq;
	host->state.pub = found.pub < found.seq ? found.pub : host->state.seq;
}

bool hosts_see(struct hosts *hs, struct account *account, uint64_t read_at, bool is_new)
{
	struct host_state better;
	struct known_host room;
	bool is_marked = false;
	size_t i;

	for (i = 0; i < account->n_hosts; i++) {
		struct account_host *host = &account->hosts[i];

		if (known_see(hs->known, account, host,
			      host_find_in_flight(hs, account->user, &host->name, &room), read_at,
			      is_new, &better))
			host_replace_state(host, &better);
	}
	if (is_new)
		known_keep(hs->known, account);
	for (i = 0; i < account->n_hosts; i++) {
		struct account_host *host = &account->hosts[i];

		/* Of what another daemon wrote for the other account, nothing is known here. */
		host->is_overwritten = writers_is_overwritten(hs->writers, &host->name,
							      account->user, &host->state) ||
				       (hs->conf.is_remote && host_state_is_over(&host->state));
		is_marked = is_marked || host->is_rolled_back || host->is_overwritten;
	}
	return is_marked;
}

bool hosts_see_listed(struct hosts *hs, const struct account *account,
		      const struct account_host *host, uint64_t read_at,
		      struct host_state *ret_better)
{
	struct known_host room;

	return known_see_listed(hs->known, account, host,
				host_find_in_flight(hs, account->user, &host->name, &room), read_at,
				ret_better);
}

/* The stored state of h went backwards, to stored_seq. */
static void host_log_rollback(const struct host *h, uint64_t stored_seq)
{
	metric_add(METRIC_STATE_ROLLBACKS, 1);
	if (!log_may_repeat(&h->all->next_log_ms, clock_mono_ms()))
		return;
	log_event(LOG_LEVEL_WARN,
		  "the stored state of a host went backwards, it is published again",
		  LOG_FIELDS(LOG_USER(h->user), log_str("host", h->pub.name.text),
			     log_uint("seq", stored_seq), log_uint("after", h->pub.seq - 1)));
}

/* ---------------------------------------------------------------- whose turn it is */

enum host_turn host_take_turn(struct host *h, struct turn *t, uint64_t read_at)
{
	if (t->state != TURN_NOW && !turn_take(&h->turns, t))
		return HOST_TURN_WAITS;
	return h->changed_at > read_at ? HOST_TURN_OUTDATED : HOST_TURN_READY;
}

struct turn *host_first_turn(const struct host *h)
{
	return h->turns.first;
}

/* ---------------------------------------------------------------- who waits for it */

static void host_wait(struct host *h, struct host_waiter *w, const struct plan_item *item)
{
	w->host = h;
	w->seq = item->seq;
	w->families = item->awaited;
	TAILQ_INSERT_TAIL(&h->waiters, w, link);
}

static bool host_has_accepted(const struct host_waiter *w)
{
	const struct publish_host *pub = &w->host->pub;
	size_t i;

	for (i = 0; i < FAMILY_COUNT; i++)
		if ((w->families & family_bit(i)) != 0 && pub->accepted[i] < w->seq)
			return false;
	return true;
}

bool host_unwait(struct host_waiter *w)
{
	bool accepted = host_has_accepted(w);

	TAILQ_REMOVE(&w->host->waiters, w, link);
	w->host = NULL;
	return accepted;
}

/* True with w->code set when w need not wait any longer. */
static bool host_decides(const struct host *h, struct host_waiter *w)
{
	if (!host_has_accepted(w)) {
		w->code = (h->pub.refused & w->families) != 0 ? DYNDNS_DNSERR : DYNDNS_DNSERR_LATER;
		return w->code == DYNDNS_DNSERR || h->pub.is_barred;
	}
	w->code = DYNDNS_GOOD;
	/* No client waits for those who are told. */
	if (h->telling == HOST_UNTOLD)
		return true;
	/* A newer intent of the host speaks to the store; so does an attempt that failed: the DNS
	 * has the address, and what the store does not know yet is tried again. */
	return h->pub.seq > w->seq || h->attempted >= w->seq || h->pub.refused != 0;
}

/* Out of the host's list first, told later: the host may be gone by then. */
static void host_take_out(struct host_waiters *told, struct host_waiter *w)
{
	TAILQ_REMOVE(&w->host->waiters, w, link);
	TAILQ_INSERT_TAIL(told, w, link);
	w->host = NULL;
}

static void host_tell(struct host_waiters *told)
{
	struct host_waiter *w;

	while ((w = TAILQ_FIRST(told)) != NULL) {
		TAILQ_REMOVE(told, w, link);
		w->decided(w);
	}
}

static void host_tell_all(struct host *h, enum dyndns_code code)
{
	struct host_waiters told;
	struct host_waiter *w;

	TAILQ_INIT(&told);
	while ((w = TAILQ_FIRST(&h->waiters)) != NULL) {
		w->code = code;
		host_take_out(&told, w);
	}
	host_tell(&told);
}

/* ---------------------------------------------------------------- what it is to become */

/* Families of the present seq that nothing is under way for. */
static unsigned host_missing(const struct host *h, unsigned families)
{
	unsigned missing = 0;
	size_t i;

	for (i = 0; i < FAMILY_COUNT; i++)
		if (h->pub.accepted[i] < h->pub.seq)
			missing |= family_bit(i);
	return families & missing & ~(h->pub.dirty | h->pub.flying);
}

static void host_publish(struct host *h, unsigned families)
{
	publish_add(h->queue, &h->pub, families);
	h->is_unsure = h->is_unsure || publish_is_busy(&h->pub);
}

/* RENEW: the store was asked for the present intent, or to hold it, at that time. Half of
 * settle-time is for it to be sent, and half for it to land. */
static void host_set_right(struct host *h, int64_t seen_ms)
{
	h->pub.renew_ms = h->is_volatile ? 0 : seen_ms + (h->all->conf.settle_ms + 1) / 2;
}

/* All of it, once more. */
static void host_publish_again(struct host *h)
{
	host_publish(h, family_set(&h->pub.want));
}

/* WAIT: all equally long. */
static void host_look_later(struct host *h)
{
	host_drop_second_look(h);
	due_timer_put(&h->all->second_looks, &h->second_look,
		      clock_mono_ms() + 1 + h->all->conf.settle_ms);
}

static void host_drop_retry(struct host *h)
{
	if (h->retry != HOST_RETRY_NONE)
		TAILQ_REMOVE(&h->all->retries, h, retry_link);
	h->retry = HOST_RETRY_NONE;
}

static void host_note_rival(struct host *h, enum host_rival rival)
{
	if (rival > h->rival)
		h->rival = rival;
	host_look_later(h);
}

/* DOUBT_OWED: before h becomes item, notes whether somebody else may be publishing what item
 * replaces. What is our own was noted before. */
static void host_note_owed(struct host *h, const struct plan_item *item)
{
	const struct host_state at = {.want = item->want, .seq = item->seq};

	if (h->is_volatile || item->owed_from == 0 ||
	    host_is_at(h, item->intend ? &item->expect : &at))
		return;
	host_note_rival(h, item->intend || item->owed_from < item->seq ? HOST_RIVAL_OTHER
								       : HOST_RIVAL_SAME);
}

/* DOUBT_OWN: what was sent and got no answer may land after what was accepted since. */
static void host_note_lost(struct host *h)
{
	const enum publish_lost lost = h->pub.lost;

	h->pub.lost = PUBLISH_LOST_NONE;
	if (lost == PUBLISH_LOST_NONE || h->is_volatile ||
	    clock_mono_ms() - h->pub.lost_ms >= h->all->conf.settle_ms)
		return;
	/* A deletion that comes late finds nothing. */
	if (lost == PUBLISH_LOST_OLDER)
		host_note_rival(h, HOST_RIVAL_OTHER);
	else if (h->pub.seq != 0)
		host_note_rival(h, HOST_RIVAL_SAME);
}

/* The seq begins anew: what was accepted is forgotten, who waits for it is told 911. What was sent
 * before may land all the same. */
static void host_begin_life(struct host *h)
{
	host_note_lost(h);
	if (h->rival == HOST_RIVAL_SAME)
		h->rival = HOST_RIVAL_OTHER;
	h->pub.life++;
	h->pub.seq = 0;
	memset(h->pub.accepted, 0, sizeof(h->pub.accepted));
	h->confirmed = 0;
	h->attempted = 0;
	h->yielded = 0;
	h->pub.renew_ms = 0;
	h->time_s = 0;
	h->telling = HOST_TOLD;
	host_tell_all(h, DYNDNS_911);
}

static void host_push_trail(struct host *h, const struct addr_pair *pair)
{
	if (h->n_trail == HOST_TRAIL_MAX)
		memmove(&h->trail[0], &h->trail[1], --h->n_trail * sizeof(h->trail[0]));
	h->trail[h->n_trail++] = *pair;
}

static void host_note_trail(struct host *h, const struct addr_pair *was)
{
	size_t i;

	for (i = 0; i < h->n_trail; i++)
		if (addr_pair_equal(&h->trail[i], was))
			return;
	if (family_set(was) == 0 || addr_pair_equal(&h->pub.want, was))
		return;
	host_push_trail(h, was);
}

/* The families of the present value that a later one still has to reckon with: not those whose
 * deletion is accepted, and confirmed. */
static unsigned host_leaves(const struct host *h)
{
	unsigned deleted = h->pub.remove & ~(h->pub.dirty | h->pub.flying);

	return family_set(&h->pub.want) & ~(h->pub.seq > 0 && !h->is_unsure ? deleted : 0);
}

/* The records of these families, of the value before, go, and those that item deletes: pub.want
 * then says what they are. A host made again may have fewer than the one before. */
static void host_lose(struct host *h, const struct plan_item *item, const struct addr_pair *old,
		      unsigned families)
{
	const struct addr_pair *gone = &item->gone;

	h->pub.remove = (families | family_set(gone)) & ~family_set(&item->want);
	if ((h->pub.remove & FAMILY_V4) != 0)
		h->pub.want.v4 = addr_is_set(&gone->v4) ? gone->v4 : old->v4;
	if ((h->pub.remove & FAMILY_V6) != 0)
		h->pub.want.v6 = addr_is_set(&gone->v6) ? gone->v6 : old->v6;
	if (h->pub.ttl == 0 || family_set(gone) != 0)
		h->pub.gone_ttl = item->gone_ttl != 0 ? item->gone_ttl : item->ttl;
	else
		h->pub.gone_ttl = h->pub.ttl;
}

/* A value that was wanted since the store last knew one to be published. */
static bool host_has_wanted(const struct host *h, const struct addr_pair *want)
{
	size_t i;

	for (i = 0; i < h->n_trail; i++)
		if (addr_pair_equal(&h->trail[i], want))
			return true;
	return false;
}

/* Whether item brings what has to be told: other addresses that an update asked for, or such as are
 * owed, of which nobody knows whether they were told. What is only published once more is not. */
static bool host_is_change(const struct plan_item *item)
{
	const struct host_state *was = &item->expect;
	const bool is_owed = item->owed_from != 0 && !item->repeats && was->repeats != was->seq;

	return is_owed || (item->is_asked && !addr_pair_equal(&was->want, &item->want));
}

/* Before h becomes item. The mark is that of the first of the intents in a row that are not known
 * to be published: whoever takes the last of them over sees the same. A value that comes back among
 * them is another change. */
static void host_note_change(struct host *h, const struct plan_item *item)
{
	const struct engine_news *news = h->all->conf.news;
	const struct host_state *was = &item->expect;
	/* What somebody else left owed may never have been told. That there is no address any more
	 * is a change all the same. */
	const bool was_told = item->owed_from == 0 || was->repeats == was->seq ||
			      h->pub.seq >= was->seq || family_set(&item->want) == 0;
	const bool is_other = !addr_pair_equal(&was->want, &item->want);
	static const struct addr_pair unknown;

	if (news == NULL || !host_is_change(item) ||
	    !news->wants_changes(news->arg, &h->pub.name)) {
		h->telling = HOST_TOLD;
		return;
	}
	if (h->telling == HOST_TOLD || h->calling == HOST_CALL_TELL)
		h->told_before = is_other && was_told ? was->want : unknown;
	/* Nobody heard of what was in between. */
	h->telling = addr_pair_equal(&h->told_before, &item->want) ? HOST_TOLD : HOST_UNTOLD;
	h->told_mark = item->owed_from != 0 && !host_has_wanted(h, &item->want) ? item->owed_from
										: item->seq;
	h->told_before_s = item->expect.time_s;
}

/* Returns the families that are to be sent beside those that changed. They may be no longer
 * wanted. */
static unsigned host_become(struct host *h, const struct plan_item *item)
{
	struct addr_pair old = h->pub.want, replaced = h->pub.seq > 0 ? old : item->expect.want;
	const unsigned left = host_leaves(h);
	struct host_state now;

	host_drop_retry(h);
	host_note_change(h, item);
	h->reading = HOST_READ_FOR_NEWS;
	if (h->rival == HOST_RIVAL_SAME)
		h->rival = HOST_RIVAL_OTHER;
	if (h->pub.lost == PUBLISH_LOST_PRESENT)
		h->pub.lost = PUBLISH_LOST_OLDER;
	h->pub.seq = item->seq;
	h->pub.want = item->want;
	host_note_trail(h, &replaced);
	host_set_right(h, item->seen_ms);
	if (item->time_s > h->time_s)
		h->time_s = item->time_s;
	h->wanted_ms = item->intend ? item->wanted_ms : item->expect.wanted_ms;
	h->since_ms = item->intend ? item->since_ms : item->expect.since_ms;
	host_lose(h, item, &old, left);
	if (item->intend && !h->is_volatile)
		h->all->events->intended(h->all->arg, h->user, &h->pub.name, item->expect.seq == 0);
	h->is_claiming = false;
	h->doubt = 0;
	h->doubting = HOST_DOUBT_NONE; /* what the one in doubt was to replace is no longer there */
	now = host_state_at(h, h->time_s);
	h->changed_at = known_put_intent(h->all->known, h->user, &h->pub.name, &now);
	writers_put(h->all->writers, &h->pub.name, h->user, &now, h->pub.remove, clock_wall_s());
	/* The confirmation that would have told of a rival's newer value is not asked for any
	 * more, and what we sent may lie over it in either family. */
	return h->is_unsure ? family_set(&h->pub.want) : h->pub.remove;
}

/* The store took an intent that is not above the seq that we know: it had lost that one. Either the
 * host was removed and made again before the intent's account was read; a late acknowledgement of
 * an older intent is told apart by its read, which began before we learnt the newer seq. Or the
 * item was written anew since, and two intents counted alike. */
static bool host_begins_anew(const struct host *h, const struct plan_item *item, uint64_t read_at)
{
	if (!item->intend || item->seq > h->pub.seq)
		return false;
	return h->changed_at <= read_at ||
	       (item->seq == h->pub.seq && !addr_pair_equal(&item->want, &h->pub.want));
}

/* Publishes item, which the store holds: it acknowledged the intent of a read that began at the
 * tick read_at, or that read found it owed. Does nothing when h knows better. */
static void host_want(struct host *h, const struct plan_item *item, uint64_t read_at)
{
	unsigned families = item->families;
	bool was_repeated = h->pub.repeats;

	if (host_begins_anew(h, item, read_at))
		host_begin_life(h);
	if (item->seq < h->pub.seq)
		return;
	host_note_owed(h, item);
	/* What changes does not wait behind what is only repeated, also when it is the same host.
	 */
	h->pub.repeats = item->repeats && (h->pub.repeats || !publish_is_busy(&h->pub));
	if (item->seq > h->pub.seq)
		families |= host_become(h, item);
	else
		families = host_missing(h, families & family_set(&h->pub.want));
	if (families != 0 || !publish_is_busy(&h->pub))
		h->pub.ttl = item->ttl;
	if (families != 0 || h->pub.repeats != was_repeated)
		host_publish(h, families);
}

void host_take_stored(struct host *h, const struct plan_item *item, uint64_t read_at,
		      struct host_waiter *w)
{
	host_want(h, item, read_at);
	if (item->is_rolled_back)
		host_log_rollback(h, item->expect.seq);
	if (w != NULL)
		host_wait(h, w, item);
	host_release(h);
}

/* What is queued of it, but not in flight, is not sent any more. */
static void host_delete_one(struct host *h)
{
	h->pub.want = h->trail[--h->n_to_delete];
	h->pub.remove = family_set(&h->pub.want);
	h->pub.gone_ttl = h->pub.ttl;
	publish_add(h->queue, &h->pub, h->pub.remove);
}

/* Deletes what the zone may hold, one value after the other, the last one first: each deletion
 * takes away the record that has just that value. False: nothing is left. */
static bool host_delete_next(struct host *h)
{
	if (h->pub.seq != 0 || h->claim == HOST_CLAIM_NONE || h->n_to_delete == 0)
		return false;
	if (!publish_is_busy(&h->pub))
		host_delete_one(h);
	return true;
}

/* The name may be another account's by now, which another daemon has published, and the store is
 * asked by account only. A listing keeps a volatile zone right anyway. */
static void host_delete(struct host *h)
{
	h->n_to_delete = h->n_trail;
	if (h->claim == HOST_CLAIM_NONE)
		TAILQ_INSERT_TAIL(&h->all->removed, h, removed_link);
	h->claim = HOST_CLAIM_LATER;
	host_delete_one(h);
}

/* REMOVE_AGAIN. */
static void host_delete_again(struct host *h)
{
	log_event(LOG_LEVEL_INFO, "a removed host is deleted again",
		  LOG_FIELDS(log_str("host", h->pub.name.text)));
	host_delete(h);
}

/* REMOVE: the account or the host is gone: what was published for it goes too. */
static void host_remove(struct host *h)
{
	known_forget(h->all->known, h->user, &h->pub.name);
	if (h->pub.seq == 0 && h->reading == HOST_READ_AGAIN)
		host_delete_again(h);
	if (h->pub.seq == 0)
		return;
	log_event(LOG_LEVEL_INFO, "a host was removed while it was published",
		  LOG_FIELDS(log_str("host", h->pub.name.text), log_str("action", "delete")));
	host_drop_retry(h);
	host_drop_second_look(h);
	host_tell_all(h, DYNDNS_NOHOST);
	host_begin_life(h);
	h->changed_at = ticks_next(h->all->ticks);
	h->reading = HOST_READ_FOR_NEWS;
	h->doubting = HOST_DOUBT_NONE;
	h->pub.remove = family_set(&h->pub.want);
	h->pub.gone_ttl = h->pub.ttl;
	writers_put(h->all->writers, &h->pub.name, h->user, &(struct host_state){.seq = 0},
		    h->pub.remove, clock_wall_s());
	if (h->is_volatile) {
		publish_add(h->queue, &h->pub, h->pub.remove);
		return;
	}
	host_push_trail(h, &h->pub.want);
	host_delete(h);
	if (h->rival == HOST_RIVAL_OTHER)
		host_look_later(h);
}

/* ---------------------------------------------------------------- trying again */

static void hosts_on_retry(uv_timer_t *timer);

static void hosts_arm_retry(struct hosts *hs)
{
	if (calls_are_stopping(hs->calls) || uv_is_active((uv_handle_t *)&hs->retry))
		return;
	uv_timer_start(&hs->retry, hosts_on_retry,
		       backoff_ms(HOST_RETRY_BASE_MS, HOST_RETRY_CAP_MS, hs->retry_attempt++), 0);
}

static void host_retry_later(struct host *h, enum host_retry retry)
{
	host_drop_retry(h);
	h->retry = retry;
	TAILQ_INSERT_TAIL(&h->all->retries, h, retry_link);
	hosts_arm_retry(h->all);
}

static void hosts_on_retry(uv_timer_t *timer)
{
	struct hosts *hs = timer->data;
	unsigned n;

	for (n = 0; n < HOST_RETRIES_AT_ONCE && !TAILQ_EMPTY(&hs->retries); n++) {
		struct host *h = TAILQ_FIRST(&hs->retries);
		enum host_retry retry = h->retry;

		host_drop_retry(h);
		if (h->calling != HOST_CALL_NONE)
			host_retry_later(h, retry);
		else if (retry == HOST_RETRY_READ)
			host_read(h);
		else if (retry == HOST_RETRY_INTEND)
			host_intend(h);
		else
			host_look_around(h);
	}
	if (!TAILQ_EMPTY(&hs->retries))
		hosts_arm_retry(hs);
}

static void host_note_doubt(struct host *h, uint64_t seq)
{
	if (h->doubt == 0 || seq < h->doubt)
		h->doubt = seq;
}

void host_doubt(struct host *h, const struct plan_item *item)
{
	host_note_doubt(h, item->seq);
	h->doubting = HOST_DOUBT_ASKED;
	h->doubt_expects = item->expect.seq;
	host_retry_later(h, HOST_RETRY_READ);
}

/* ---------------------------------------------------------------- the store's calls */

/* Somebody else's is in the store: whoever put it there saw that ours was owed, and sees to what of
 * it may still land. */
static void host_give_way(struct host *h)
{
	h->confirmed = h->pub.seq;
	h->is_unsure = false;
	h->telling = HOST_TOLD; /* whoever put it there tells of it */
	h->rival = HOST_RIVAL_NONE;
	host_drop_second_look(h);
}

/* OWN_INTENT: what somebody else may be publishing becomes ours before it is sent. Who stops leaves
 * it to whoever owes it. */
static void host_take_over(struct host *h, const struct plan_item *found)
{
	struct plan_item item = *found;

	if (calls_are_stopping(h->all->calls)) {
		host_give_way(h);
		return;
	}
	plan_take_over(&item);
	host_intend_item(h, &item);
}

/* Takes what the store has, in the place of what h is at. */
static void host_adopt(struct host *h, const struct account *account, const struct host_state *s)
{
	struct plan_item item;

	plan_as_stored(account, h->zone, h->zone_index, &h->pub.name, s, &item);
	item.seen_ms = h->read_ms;
	if (h->reading == HOST_READ_OVERTAKEN || h->is_unsure)
		metric_add(METRIC_PUBLISH_REPAIRS, 1);
	if (!h->is_volatile) {
		host_take_over(h, &item);
		return;
	}
	/* All records are sent again: ours came after the newer ones. */
	if (h->reading == HOST_READ_OVERTAKEN || s->seq <= h->pub.seq)
		host_begin_life(h);
	host_want(h, &item, h->read_at);
}

/* Another one than we are at: it is owed, or what we sent may lie over it. */
static bool host_is_news(const struct host *h, const struct host_state *s)
{
	return !host_is_at(h, s) && (s->pub < s->seq || h->is_unsure);
}

/* OVERTAKEN: a newer value is taken over by whoever finds it. The same value is not, or two that
 * live would overtake each other for ever; unless it may be what we intended ourselves. What we are
 * at ourselves is confirmed again: the store saw a conflict that is gone. */
static void host_take_news(struct host *h, const struct account *account,
			   const struct host_state *s)
{
	const struct host_state ours = host_state_at(h, 0);

	if (host_is_at(h, s) && s->pub < s->seq)
		return;
	if (!h->is_volatile && ours.seq > 0 && (h->doubt == 0 || s->seq < h->doubt) &&
	    addr_pair_equal(&ours.want, &s->want))
		host_give_way(h);
	else
		host_adopt(h, account, s);
}

/* AGAIN: the store has s. Who owes something else has yet to make sure of it. Who has confirmed
 * that, having found no state of ours, may be gone before it was sent once more. */
static void host_take_second_look(struct host *h, const struct account *account,
				  const struct host_state *s)
{
	if (!host_is_at(h, s) && h->pub.seq != 0 && s->seq != 0 && s->pub == s->seq) {
		host_take_news(h, account, s);
		return;
	}
	if (!host_is_at(h, s)) {
		h->confirmed = h->pub.seq;
		return;
	}
	metric_add(METRIC_PUBLISH_REPAIRS, 1);
	log_event(LOG_LEVEL_INFO, "published again after another daemon",
		  LOG_FIELDS(log_str("host", h->pub.name.text)));
	host_set_right(h, h->read_ms);
	host_publish_again(h);
}

/* What waited to be sent for too long was read again, and the store has s. */
static void host_renew(struct host *h, const struct host_state *s)
{
	if (host_is_at(h, s)) {
		host_set_right(h, h->read_ms);
		publish_renewed(h->queue, &h->pub);
		return;
	}
	host_give_way(h);
	publish_drop(h->queue, &h->pub);
	host_tell_all(h, DYNDNS_911);
}

static void host_on_intended(void *arg, int err, const struct errinfo *why)
{
	struct host *h = arg;
	struct hosts *hs = h->all;

	h->calling = HOST_CALL_NONE;
	hs->n_intending--;
	cache_end_write(hs->cache, h->user, &h->pub.name, NULL);
	if (err == 0) {
		hs->retry_attempt = 0;
		host_want(h, h->again, h->read_at);
		if (h->again->is_rolled_back)
			host_log_rollback(h, h->again->expect.seq);
		free(h->again);
		h->again = NULL;
	} else if (err == ERR_CONFLICT || err == ERR_NOTFOUND) {
		cache_drop(hs->cache, h->user);
	} else {
		host_note_doubt(h, h->again->seq);
		calls_trouble(hs->calls, "intend", h->user, err, why);
	}
	if (err == ERR_CONFLICT || err == ERR_NOTFOUND)
		h->is_claiming = false;
	/* Somebody wrote meanwhile, or may have: we, too. */
	if (err != 0 && h->changed_at <= h->read_at)
		host_retry_later(h, h->is_claiming ? HOST_RETRY_INTEND : HOST_RETRY_READ);
	host_look_around(h);
}

/* INTEND, COMPARE_INTENT: the store has to hold *h->again before anything of it is sent, and to
 * have had what was read. */
static void host_intend(struct host *h)
{
	struct hosts *hs = h->all;
	const struct store_intent intent = {
		.name = h->pub.name,
		.expect = h->again->expect,
		.seq = h->again->seq,
		.want = h->again->want,
		.gone = h->again->gone,
		.wanted_ms = h->again->wanted_ms,
		.since_ms = h->again->since_ms,
		.repeats = h->again->repeats,
		.is_again = true,
	};

	if (hs->n_intending >= HOST_RETRIES_AT_ONCE) {
		host_retry_later(h, HOST_RETRY_INTEND);
		return;
	}
	h->again->seen_ms = clock_mono_ms();
	cache_begin_write(hs->cache, h->user, &h->pub.name);
	h->calling = HOST_CALL_INTEND;
	hs->n_intending++;
	if (calls_intend(hs->calls, &h->call, h->user, &intent, 1, host_on_intended) == 0)
		return;
	h->calling = HOST_CALL_NONE;
	hs->n_intending--;
	host_retry_later(h, HOST_RETRY_READ);
}

/* Without memory, the store is read again later. */
static void host_intend_item(struct host *h, const struct plan_item *item)
{
	if (h->again == NULL)
		h->again = malloc(sizeof(*h->again));
	if (h->again == NULL) {
		host_retry_later(h, HOST_RETRY_READ);
		return;
	}
	*h->again = *item;
	host_intend(h);
}

/* OWN_LATER: what is known to have been asked for later than what the store has is intended again,
 * above it and above that. Where that is owed, somebody may be publishing it: DOUBT_OWED. */
static void host_intend_again(struct host *h, const struct account *account,
			      const struct host_state *known, const struct host_state *found)
{
	struct plan_item item = {
		.name = h->pub.name,
		.ttl = plan_ttl(account, h->zone),
		.want = known->want,
		.gone = plan_gone(known, found, &known->want),
		.gone_ttl = found->ttl,
		.intend = true,
		.is_rolled_back = true,
		.expect = *found,
		.seq = (found->seq > known->seq ? found->seq : known->seq) + 1,
		.time_s = known->time_s,
		.wanted_ms = known->wanted_ms,
		.since_ms = known->since_ms,
		.owed_from = plan_owed_from(found),
	};

	item.families = plan_families(&item);
	host_intend_item(h, &item);
}

/* LOOK_AGAIN: an intent in doubt may still arrive while the store has what it is to replace. */
static void host_look_for_doubt(struct host *h, const struct host_state *s)
{
	if (h->is_volatile || !h->all->conf.is_remote || s == NULL || s->seq != h->doubt_expects)
		h->doubting = HOST_DOUBT_NONE;
	if (h->doubting != HOST_DOUBT_ASKED)
		return;
	h->doubting = HOST_DOUBT_LATE;
	host_look_later(h);
}

/* What the store has, which somebody else sent, becomes what h is at. */
static void host_stand_at(struct host *h, const struct host_state *s)
{
	size_t i;

	host_begin_life(h);
	h->pub.seq = s->seq;
	h->pub.want = s->want;
	h->pub.remove = 0;
	h->time_s = s->time_s;
	h->wanted_ms = s->wanted_ms;
	h->since_ms = s->since_ms;
	for (i = 0; i < FAMILY_COUNT; i++)
		h->pub.accepted[i] = s->seq;
}

/* Another account that has the name changed it later. What was sent of this one may lie over that:
 * so the other one's value is published once more, and only then this one is confirmed. While it is
 * owed, whoever starts looks at it again. */
static void host_yield(struct host *h, const struct host_state *s)
{
	if (publish_is_busy(&h->pub))
		return;
	if (s->pub == s->seq && !h->is_unsure) {
		host_give_way(h);
		return;
	}
	if (!host_is_at(h, s))
		host_stand_at(h, s);
	h->rival = HOST_RIVAL_NONE;
	host_drop_second_look(h);
	if (h->yielded == s->seq) {
		h->is_unsure = false;
		return;
	}
	h->all->events->overtaken(h->all->arg, h->user, h->zone_index, &h->pub.name, s->seq);
	host_retry_later(h, HOST_RETRY_READ);
}

/* What is known of a host at rest is not the last word on its name: another account changed that
 * since. A store that keeps the moments of updates tells by itself. */
static bool host_is_outdone(const struct host *h, const struct host_state *known)
{
	const struct hosts *hs = h->all;

	return !hs->conf.is_remote && !h->is_unsure && !publish_is_busy(&h->pub) &&
	       writers_is_overwritten(hs->writers, &h->pub.name, h->user, known);
}

static void host_take_reading(struct host *h, const struct account *account)
{
	struct host_state known = host_known(h);
	const struct account_host *found = NULL;

	/* An intent was acknowledged after this reading began: its publication is under way. */
	if (h->changed_at > h->read_at)
		return;
	if (account != NULL)
		found = account_find_host(account, &h->pub.name);
	/* What was on its way has landed by now. */
	if (h->reading == HOST_READ_AGAIN)
		h->rival = HOST_RIVAL_NONE;
	host_look_for_doubt(h, found != NULL ? &found->state : NULL);
	if (found != NULL && known_is_newer(&known, &found->state)) {
		h->reading = HOST_READ_FOR_NEWS;
		if (host_is_outdone(h, &known))
			known_forget(h->all->known, h->user, &h->pub.name);
		else
			host_intend_again(h, account, &known, &found->state);
		return;
	}
	if (found == NULL)
		host_remove(h);
	else if (h->pub.is_stale)
		host_renew(h, &found->state);
	else if (!h->is_volatile && host_state_is_over(&found->state))
		host_yield(h, &found->state);
	else if (h->reading == HOST_READ_AGAIN)
		host_take_second_look(h, account, &found->state);
	else if (h->reading == HOST_READ_OVERTAKEN || host_is_news(h, &found->state))
		host_take_news(h, account, &found->state);
	else if (host_is_at(h, &found->state) && h->rival != HOST_RIVAL_NONE && host_is_landed(h)) {
		/* Ours landed before anything newer was wanted: it is looked at again. */
		h->is_unsure = false;
		host_look_later(h);
	}
	h->reading = HOST_READ_FOR_NEWS;
}

/* An item that is malformed does not say whether the account still has the host: it is read again,
 * ever more seldom, until somebody has mended it. */
static void host_take_read(struct host *h, const struct account *account)
{
	bool is_unknown = account != NULL && account_may_have_host(account, &h->pub.name) &&
			  account_find_host(account, &h->pub.name) == NULL;

	if (!is_unknown) {
		h->all->retry_attempt = 0;
		host_take_reading(h, account);
	} else if (h->changed_at <= h->read_at) {
		host_retry_later(h, HOST_RETRY_READ);
	}
}

static void host_on_read(void *arg, int err, struct account *account, const struct errinfo *why)
{
	struct host *h = arg;
	struct hosts *hs = h->all;

	h->calling = HOST_CALL_NONE;
	if (err == 0 || err == ERR_NOTFOUND) {
		host_take_read(h, account);
	} else {
		calls_trouble(hs->calls, "lookup", h->user, err, why);
		if (h->changed_at <= h->read_at)
			host_retry_later(h, HOST_RETRY_READ);
	}
	account_free(account);
	host_look_around(h);
}

static void host_read(struct host *h)
{
	struct hosts *hs = h->all;

	h->read_at = hs->ticks->now;
	h->read_ms = clock_mono_ms();
	h->calling = HOST_CALL_READ;
	if (calls_lookup(hs->calls, &h->call, h->user, host_on_read) == 0)
		return;
	h->calling = HOST_CALL_NONE;
	host_retry_later(h, HOST_RETRY_READ);
}

static void host_take_confirmed(struct host *h)
{
	h->all->retry_attempt = 0;
	h->confirmed = h->asked;
	h->is_unsure = h->is_unsure && h->pub.seq != h->asked;
	h->n_overtaken = 0;
	if (h->asked_time_s > h->time_s)
		h->time_s = h->asked_time_s;
	if (h->pub.seq == h->asked)
		h->n_trail = 0;
}

static void host_take_confirmation(struct host *h, int err, const struct errinfo *why)
{
	if (h->asked > h->attempted)
		h->attempted = h->asked;
	if (err == 0) {
		host_take_confirmed(h);
		return;
	}
	/* A newer intent of our own is on its way and will be confirmed itself. */
	if (h->pub.seq != h->asked)
		return;
	if (err == ERR_CONFLICT) {
		h->reading = HOST_READ_OVERTAKEN;
		/* Once is a race. More often it is one that is best not run at full speed, or a
		 * store that contradicts itself. */
		if (h->n_overtaken++ == 0)
			host_read(h);
		else
			host_retry_later(h, HOST_RETRY_READ);
	} else if (err == ERR_NOTFOUND) {
		host_remove(h);
	} else {
		calls_trouble(h->all->calls, "confirm", h->user, err, why);
		host_retry_later(h, HOST_RETRY_CONFIRM);
	}
}

/* What the store holds once it has confirmed: while nothing newer is wanted. */
static struct host_state host_asked_state(const struct host *h)
{
	struct host_state s = host_state_at(h, h->asked_time_s);

	s.over = h->asked_over;
	s.ttl = h->asked_ttl;
	return s;
}

/* The store holds what it confirmed, unless an intent of ours has begun since. A router that asks
 * again after a change is then answered even by a store that has just gone away. */
static void host_note_confirmation(const struct host *h, int err)
{
	const bool is_ours = err == 0 && h->asked_life == h->pub.life && h->asked == h->pub.seq;
	const bool is_last = is_ours && h->holds == 0 && h->retry == HOST_RETRY_NONE;
	const struct host_state now = host_state_at(h, h->time_s);
	const struct host_state asked = host_asked_state(h);
	struct cache *cache = h->all->cache;

	if (is_ours)
		known_put_confirmed(h->all->known, h->user, &h->pub.name, &now, h->changed_at);
	cache_end_write(cache, h->user, &h->pub.name, is_last ? &asked : NULL);
	if (err == ERR_CONFLICT || err == ERR_NOTFOUND)
		cache_drop(cache, h->user);
}

static void host_on_confirmed(void *arg, int err, const struct errinfo *why)
{
	struct host *h = arg;

	h->calling = HOST_CALL_NONE;
	if (h->asked_life == h->pub.life)
		host_take_confirmation(h, err, why);
	host_note_confirmation(h, err);
	host_look_around(h);
}

/* The families that cannot be published. A deletion that is refused found another record in the
 * place of ours: there is nothing left to be done. */
static unsigned host_refused(const struct host *h)
{
	return h->pub.refused & ~h->pub.remove;
}

/* ---------------------------------------------------------------- who is told of it */

static bool host_is_to_tell(const struct host *h)
{
	return h->telling == HOST_UNTOLD && host_is_landed(h) && host_refused(h) == 0 &&
	       h->calling == HOST_CALL_NONE && h->retry == HOST_RETRY_NONE;
}

static void host_on_told(void *arg, int err, const struct errinfo *why)
{
	struct host *h = arg;

	h->calling = HOST_CALL_NONE;
	if (err != 0) {
		calls_trouble(h->all->calls, "notice", h->user, err, why);
		host_retry_later(h, HOST_RETRY_CONFIRM);
	} else if (h->telling_seq == h->pub.seq && h->telling_life == h->pub.life) {
		h->telling = HOST_TOLD;
		h->all->retry_attempt = 0;
	}
	host_look_around(h);
}

/* Once the zone has it and before the store knows: whoever is killed in between leaves it owed, and
 * the next start tells of it again. */
static void host_tell_change(struct host *h)
{
	const struct host_state now = host_state_at(h, 0);
	const bool is_dated = h->since_ms != 0;
	const struct engine_change change = {
		.user = h->user,
		.name = &h->pub.name,
		.old = h->told_before,
		.new = now.want,
		.mark = is_dated ? (uint64_t)h->since_ms : h->told_mark,
		.before_s = is_dated ? 0 : h->told_before_s,
	};
	int err;

	h->telling_seq = h->pub.seq;
	h->telling_life = h->pub.life;
	h->calling = HOST_CALL_TELL;
	err = calls_tell(h->all->calls, &h->call, h->all->conf.news, &change, host_on_told);
	if (err == 0)
		return;
	h->calling = HOST_CALL_NONE;
	calls_trouble(h->all->calls, "notice", h->user, err, NULL);
	host_retry_later(h, HOST_RETRY_CONFIRM);
}

static void host_tell_refused(struct host *h)
{
	const struct engine_news *news = h->all->conf.news;

	if (news != NULL && h->pub.seq > 0 && host_refused(h) != 0)
		news->name_refused(news->arg, h->user, &h->pub.name, &h->pub.want);
}

/* ---------------------------------------------------------------- confirmed */

/* The store has to hear of pub.seq, or to be read since it cannot. */
static bool host_is_to_confirm(const struct host *h)
{
	if (!host_is_landed(h) || h->calling != HOST_CALL_NONE || h->retry != HOST_RETRY_NONE)
		return false;
	if (host_refused(h) != 0)
		return h->is_unsure && h->attempted < h->pub.seq;
	if (h->rival != HOST_RIVAL_NONE)
		return h->attempted < h->pub.seq;
	return h->confirmed != h->pub.seq;
}

/* COMPARE_CONFIRM, COMPARE_VALUE: only what the store still has. The cache is told at the end:
 * until then it has nothing of the host, or an intent that is owed. */
static void host_confirm(struct host *h)
{
	struct hosts *hs = h->all;
	const int64_t now_s = clock_wall_s();
	const struct host_state now = host_state_at(h, now_s);
	struct store_confirm c = {
		.name = h->pub.name,
		.seq = h->pub.seq,
		.want = now.want,
		.time_s = now_s,
		.ttl = now.ttl,
		.is_last = !h->is_volatile && h->yielded != h->pub.seq,
		.has_gone = h->pub.remove != 0,
	};
	int err;

	str_copy(c.zone, sizeof(c.zone), slice_of(now.zone));
	h->asked = h->pub.seq;
	h->asked_life = h->pub.life;
	h->asked_time_s = now_s;
	h->asked_over = h->yielded;
	h->asked_ttl = now.ttl;
	h->calling = HOST_CALL_CONFIRM;
	err = calls_confirm(hs->calls, &h->call, h->user, &c, host_on_confirmed);
	if (err == 0)
		return;
	h->calling = HOST_CALL_NONE;
	h->attempted = h->asked;
	calls_trouble(hs->calls, "confirm", h->user, err, NULL);
	host_retry_later(h, HOST_RETRY_CONFIRM);
}

/* With one family refused there is nothing to confirm, and with a rival not yet; still, what landed
 * may have come late. */
static void host_confirm_or_read(struct host *h)
{
	if (host_refused(h) == 0 && h->rival == HOST_RIVAL_NONE) {
		host_confirm(h);
		return;
	}
	h->attempted = h->pub.seq;
	host_read(h);
}

static void hosts_on_second_look(void *arg, struct due_item *item)
{
	struct host *h = CONTAINER_OF(item, struct host, second_look);
	const bool is_busy = host_is_at_work(h) || h->retry != HOST_RETRY_NONE;

	(void)arg;
	if (h->doubting == HOST_DOUBT_LATE && !is_busy) {
		/* Whatever it finds: a second look, if there is to be one, comes after it. */
		h->doubting = HOST_DOUBT_NONE;
		host_read(h);
	} else if (h->doubting == HOST_DOUBT_LATE || (h->rival != HOST_RIVAL_NONE && is_busy)) {
		host_look_later(h);
	} else if (h->rival == HOST_RIVAL_OTHER && (host_refused(h) == 0 || h->pub.seq == 0)) {
		h->reading = HOST_READ_AGAIN;
		host_read(h);
	} else {
		/* What may have come is the same. */
		h->rival = HOST_RIVAL_NONE;
		host_look_around(h);
	}
}

/* ---------------------------------------------------------------- what comes next */

/* Its record is gone: the next listing tells whether somebody else has the name. */
static void host_check_claim(struct host *h)
{
	if (host_delete_next(h))
		return;
	if (h->claim == HOST_CLAIM_LATER && !publish_is_busy(&h->pub))
		h->all->events->removed(h->all->arg);
}

/* After anything that may have changed: asks for a confirmation, tells waiters, frees an idle host.
 */
static void host_look_around(struct host *h)
{
	struct host_waiters told;
	struct host_waiter *w, *next;

	TAILQ_INIT(&told);
	host_check_claim(h);
	if (host_is_to_tell(h))
		host_tell_change(h);
	if (host_is_to_confirm(h))
		host_confirm_or_read(h);
	for (w = TAILQ_FIRST(&h->waiters); w != NULL; w = next) {
		next = TAILQ_NEXT(w, link);
		if (host_decides(h, w))
			host_take_out(&told, w);
	}
	host_free_if_idle(h);
	host_tell(&told);
}

static void hosts_on_published(void *arg, struct publish_host *pub)
{
	struct host *h = CONTAINER_OF(pub, struct host, pub);

	(void)arg;
	if (!publish_is_busy(&h->pub)) {
		host_note_lost(h);
		host_tell_refused(h);
	}
	host_look_around(h);
}

static void hosts_on_stale(void *arg, struct publish_host *pub)
{
	(void)arg;
	host_retry_later(CONTAINER_OF(pub, struct host, pub), HOST_RETRY_READ);
}

static void hosts_on_queue_idle(void *arg)
{
	struct hosts *hs = arg;

	if (hs->is_stopping)
		hs->events->drained(hs->arg);
}

const struct publish_events hosts_publish_events = {
	.landed = hosts_on_published,
	.stale = hosts_on_stale,
	.barred = hosts_on_published,
	.idle = hosts_on_queue_idle,
};

/* ---------------------------------------------------------------- listings */

void hosts_list_begin(struct hosts *hs)
{
	struct host *h;

	hs->is_listing = true;
	TAILQ_FOREACH(h, &hs->removed, removed_link)
		h->claim = publish_is_busy(&h->pub) ? HOST_CLAIM_LATER : HOST_CLAIM_NOW;
}

bool hosts_is_claimed(const struct hosts *hs, const struct fqdn *name)
{
	const struct host *h;

	TAILQ_FOREACH(h, &hs->removed, removed_link)
		if (h->claim == HOST_CLAIM_NOW && fqdn_equal(&h->pub.name, name))
			return true;
	return false;
}

static void hosts_end_claims(struct hosts *hs, bool is_over)
{
	struct host *h, *next;

	for (h = TAILQ_FIRST(&hs->removed); h != NULL; h = next) {
		next = TAILQ_NEXT(h, removed_link);
		if (h->claim == HOST_CLAIM_NOW && is_over) {
			TAILQ_REMOVE(&hs->removed, h, removed_link);
			h->claim = HOST_CLAIM_NONE;
		} else {
			h->claim = HOST_CLAIM_LATER;
		}
	}
}

void hosts_list_end(struct hosts *hs, bool is_over)
{
	struct hash_node *node, *next;

	hs->is_listing = false;
	hosts_end_claims(hs, is_over);
	/* Those that were kept for the listing alone. */
	for (node = hash_table_walk(&hs->table, NULL); node != NULL; node = next) {
		next = hash_table_walk(&hs->table, node);
		host_free_if_idle(CONTAINER_OF(node, struct host, node));
	}
}

bool hosts_have_removed(const struct hosts *hs)
{
	return !TAILQ_EMPTY(&hs->removed);
}

static void host_resume(struct host *h, const struct plan_item *item)
{
	if (h->calling != HOST_CALL_NONE || h->retry != HOST_RETRY_NONE) {
		if (h->retry != HOST_RETRY_INTEND)
			host_retry_later(h, HOST_RETRY_READ);
		return;
	}
	h->read_at = h->all->ticks->now;
	h->read_ms = clock_mono_ms();
	host_take_over(h, item);
}

/* CLAIM: it is intended anew before it is sent, so that the store remembers it if this daemon is
 * killed; and sent twice, as what was removed may be on its way from other daemons. */
static int host_claim(struct host *h, const struct plan_item *item)
{
	if (h->is_volatile) {
		host_want(h, item, h->all->ticks->now);
		if (h->pub.seq == item->seq && !publish_is_busy(&h->pub))
			host_publish_again(h);
		return 0;
	}
	if (host_is_at_work(h) || h->retry != HOST_RETRY_NONE)
		return ERR_LIMIT;
	h->is_claiming = true;
	host_note_rival(h, HOST_RIVAL_OTHER);
	host_resume(h, item);
	return 0;
}

int hosts_resume(struct hosts *hs, const char *user, const struct plan_item *item, bool again)
{
	struct host *h;
	int err = host_hold(hs, user, item->zone, &item->name, &h);

	if (err != 0)
		return err;
	if (again)
		err = host_claim(h, item);
	else if (h->is_volatile || item->seq <= h->pub.seq)
		host_want(h, item, hs->ticks->now);
	else
		host_resume(h, item);
	host_release(h);
	return err;
}

int hosts_take_over(struct hosts *hs, const char *user, const struct plan_item *item)
{
	struct host *h;
	int err = host_hold(hs, user, item->zone, &item->name, &h);

	if (err != 0)
		return err;
	if (host_is_at_work(h) || h->retry != HOST_RETRY_NONE)
		err = ERR_CONFLICT;
	else
		host_resume(h, item);
	host_release(h);
	return err;
}

void hosts_yielded(struct hosts *hs, const char *user, const struct fqdn *name, uint64_t seq)
{
	struct host *h = host_find(hs, user, name);

	if (h != NULL)
		h->yielded = seq;
}

int hosts_read(struct hosts *hs, const char *user, size_t zone, const struct fqdn *name)
{
	struct host *h;
	int err = host_hold(hs, user, zone, name, &h);

	if (err != 0)
		return err;
	if (h->calling == HOST_CALL_NONE && h->retry == HOST_RETRY_NONE)
		host_read(h);
	host_release(h);
	return 0;
}

/* ---------------------------------------------------------------- all of them */

static void hosts_on_closed(uv_handle_t *handle)
{
	struct hosts *hs = handle->data;

	calls_drop_handle(hs->calls);
}

int hosts_new(struct uv_loop_s *loop, const struct hosts_parts *parts,
	      const struct hosts_conf *conf, const struct hosts_events *events, void *arg,
	      struct hosts **ret)
{
	struct hosts *hs = calloc(1, sizeof(*hs));

	if (hs == NULL || hash_table_init(&hs->table, HOSTS_MIN) != 0) {
		free(hs);
		return ERR_NOMEM;
	}
	hs->calls = parts->calls;
	hs->zones = zones_handles(parts->zones);
	hs->cache = parts->cache;
	hs->known = parts->known;
	hs->writers = parts->writers;
	hs->ticks = parts->ticks;
	hs->conf = *conf;
	hs->events = events;
	hs->arg = arg;
	rand_bytes(&hs->seed, sizeof(hs->seed));
	TAILQ_INIT(&hs->retries);
	TAILQ_INIT(&hs->removed);
	uv_timer_init(loop, &hs->retry); /* cannot fail */
	hs->retry.data = hs;
	due_timer_open(&hs->second_looks, loop, hosts_on_second_look, hs);
	calls_add_handle(hs->calls);
	calls_add_handle(hs->calls);
	*ret = hs;
	return 0;
}

void hosts_stop(struct hosts *hs)
{
	hs->is_stopping = true;
	uv_timer_stop(&hs->retry);
	due_timer_stop(&hs->second_looks);
}

void hosts_close(struct hosts *hs)
{
	struct hash_node *node, *next;

	if (hs == NULL)
		return;
	for (node = hash_table_walk(&hs->table, NULL); node != NULL; node = next) {
		struct host *h = CONTAINER_OF(node, struct host, node);

		next = hash_table_walk(&hs->table, node);
		hash_table_remove(&hs->table, node);
		/* The store's answer still refers to it, and frees it. */
		if (h->calling == HOST_CALL_NONE)
			host_free(h);
	}
	uv_close((uv_handle_t *)&hs->retry, hosts_on_closed);
	due_timer_close(&hs->second_looks, hosts_on_closed);
}

void hosts_free(struct hosts *hs)
{
	if (hs == NULL)
		return;
	hash_table_fini(&hs->table);
	free(hs);
}

/* ---------------------------------------------------------------- counted */

void hosts_count(const struct hosts *hs, struct hosts_count *ret)
{
	const struct due_item *item;
	const struct host *h;

	*ret = (struct hosts_count){.all = hs->table.count};
	TAILQ_FOREACH(h, &hs->retries, retry_link) {
		ret->for_store++;
	}
	for (item = due_list_first(&hs->second_looks.list); item != NULL;
	     item = due_list_next(item))
		ret->for_settle++;
	TAILQ_FOREACH(h, &hs->removed, removed_link) {
		ret->for_listing++;
	}
}

/* What only repeats is published already. */
static enum host_stage host_stage(const struct host *h)
{
	if (publish_is_busy(&h->pub) && !h->pub.repeats)
		return HOST_WORK_QUEUED;
	if (h->retry != HOST_RETRY_NONE || h->again != NULL)
		return HOST_WORK_STORE;
	return HOST_WORK_DONE;
}

static struct host_work host_work(const struct host *h, int64_t now_ms)
{
	struct host_work work = {
		.user = h->user,
		.name = &h->pub.name,
		.stage = host_stage(h),
		.want = h->pub.want,
		.is_builtin = h->is_volatile,
	};

	if (work.stage != HOST_WORK_QUEUED)
		return work;
	work.waits_ms = now_ms - h->pub.since_ms;
	work.why = publish_trouble(h->queue);
	return work;
}

bool hosts_find_work(const struct hosts *hs, const char *user, const struct fqdn *name,
		     int64_t now_ms, struct host_work *ret)
{
	const struct host *h = host_find(hs, user, name);

	if (h == NULL || h->pub.seq == 0)
		return false;
	*ret = host_work(h, now_ms);
	return true;
}

bool hosts_each_work(const struct hosts *hs, size_t *chain, size_t n, int64_t now_ms,
		     host_work_fn *fn, void *arg)
{
	const struct hash_node *node;
	struct host_work work;

	for (; n > 0 && *chain < hs->table.n_buckets; n--)
		for (node = hs->table.buckets[(*chain)++]; node != NULL; node = node->next) {
			const struct host *h = CONTAINER_OF(node, const struct host, node);

			work = host_work(h, now_ms);
			if (h->pub.seq != 0)
				fn(arg, &work);
		}
	return *chain < hs->table.n_buckets;
}
