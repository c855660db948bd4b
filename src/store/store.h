/* SPDX-License-Identifier: BSD-2-Clause
 * Where accounts and the state of their hosts live: the vtable that memory, SQLite and DynamoDB
 * implement. Core thread only.
 *
 * The contract of every verb that takes a done function: it returns < 0 when nothing was started
 * (done is not called), or 0, and then done is called exactly once, on the core thread, never from
 * inside the call. What is passed in is borrowed until done, unless the verb says that it copies.
 * Codes that a done function sees: 0, ERR_NOTFOUND (no such account), ERR_EXISTS, ERR_CONFLICT (a
 * condition failed: read again), ERR_DENIED, ERR_THROTTLED, ERR_TIMEOUT, ERR_UNAVAILABLE, ERR_IO,
 * ERR_NOMEM, ERR_CANCELED.
 *
 * An account that somebody wrote by hand, and of which something cannot be used, is an account like
 * others: lookup and list give it with 0, with what of it can be read, account->flaws says what
 * cannot, and account->flaw_text why. With ACCOUNT_FLAW_SECRET no password is right, with
 * ACCOUNT_FLAW_HOSTS the account may have hosts that are not among n_hosts: ask
 * account_may_have_host() before anything is done because it lacks one. put with STORE_REPLACE
 * leaves what is still a flaw of the account that it is given as it is stored (pass, host, or
 * somebody else's ttl, disabled, quirks): a flaw is taken away by account_set_secret() and
 * account_set_ttl(), and by account_mend() for the rest; a host attribute is then replaced by the
 * hosts of the account. */
#ifndef MOORING_STORE_STORE_H
#define MOORING_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account/account.h"
#include "base/err.h"

struct history_entry;
struct notice;
struct store;

/* When a host was last asked for, from where, and by what. */
enum { STORE_AGENT_MAX = 127 };
struct store_seen {
	char user[ACCOUNT_USER_MAX + 1];
	struct fqdn name;
	int64_t time_s; /* wall clock */
	struct addr from;
	char agent[STORE_AGENT_MAX + 1]; /* printable; "": none was named */
};
/* One of them, borrowed for the call. */
typedef void store_seen_fn(void *arg, const struct store_seen *seen);

/* account is given to the callee, which frees it; NULL unless err is 0. why is borrowed, NULL when
 * err is 0. */
typedef void store_lookup_fn(void *arg, int err, struct account *account,
			     const struct errinfo *why);
typedef void store_done_fn(void *arg, int err, const struct errinfo *why);
/* One account, borrowed for the call. Items whose key no login can be are passed over. */
typedef void store_each_fn(void *arg, const struct account *account);
/* Compare for equality only. */
struct store_version {
	uint64_t token; /* changes whenever another process may have written */
	uint64_t epoch; /* changes when all of the store was replaced: what it says then is wanted,
			   whatever was there before */
};
/* version is zeros unless err is 0. */
typedef void store_version_fn(void *arg, int err, struct store_version version,
			      const struct errinfo *why);

/* "Want these addresses", valid while the host still is what was read: the same seq for the same
 * addresses, as a seq comes again when an item is written anew, and not less published, and nobody
 * else with the name changed it since. A host without state has seq 0. */
struct store_intent {
	struct fqdn name;
	struct host_state expect; /* time_s is not compared */
	uint64_t seq;		  /* above expect.seq; 0: the next one */
	struct addr_pair want;
	struct addr_pair gone; /* of families that want lacks: what is to be deleted */
	/* See struct host_state; since_ms 0: wanted_ms. */
	int64_t wanted_ms, since_ms;
	bool repeats; /* want is published already */
	/* No update asks for want now, one did at wanted_ms. Of another account with the name that
	 * was asked for something else later, and is not over, this one does not go over: it is
	 * over itself. */
	bool is_again;
	bool is_over; /* set by the store, when it found such an account */
};

/* As many as one write holds: a request's hosts. An account with more of them to write is written
 * again. */
enum { STORE_INTENTS_MAX = 20 };

/* "The backend accepted seq", valid when the stored seq still is seq, and its addresses are want:
 * a host that was removed and made again counts from 1 once more. With is_last it is valid only
 * while nobody else with the name changed it after that intent. pub = seq; time_s, ttl and zone are
 * taken over. */
struct store_confirm {
	struct fqdn name;
	uint64_t seq;
	struct addr_pair want; /* without an address: not compared */
	int64_t time_s;
	uint32_t ttl;
	char zone[HOST_ZONE_MAX + 1];
	bool is_last;
	bool has_gone; /* the state may say that something is to be deleted: no longer */
};

/* A listing beside which others have to be served. All get the arg of the verb. */
struct store_listing {
	store_each_fn *each;
	/* Trouble that passes: it waits for a while, then goes on where it was. */
	store_done_fn *waits;
	store_done_fn *done;
	unsigned share; /* per cent of what the store can read that it may take; 1 to 100 */
};

/* Owners of a name that a store looks at; there may be more. */
enum { STORE_OWNERS_MAX = 16 };

/* The accounts that have a name, by login, in no order. */
struct store_owners {
	uint64_t seq;	 /* of a claim: counts the first changes of its owners */
	bool has_joined; /* claim() has just added the account; intend_claimed wants to know */
	size_t n;
	char users[STORE_OWNERS_MAX][ACCOUNT_USER_MAX + 1];
};
/* owners is borrowed, NULL unless err is 0. */
typedef void store_owners_fn(void *arg, int err, const struct store_owners *owners,
			     const struct errinfo *why);
/* What a claim says of a name, borrowed for the call. */
typedef void store_claim_fn(void *arg, const struct fqdn *name, const struct store_owners *owners);
/* is_so is false unless err is 0. */
typedef void store_decided_fn(void *arg, int err, bool is_so, const struct errinfo *why);

/* The entries are borrowed for the call, the oldest first; none unless err is 0. */
typedef void store_history_fn(void *arg, int err, const struct history_entry *entries, size_t n,
			      const struct errinfo *why);

/* One of them, borrowed for the call. */
typedef void store_notice_fn(void *arg, const struct notice *n);

/* With _ALONE, ERR_REFUSED when a name that the account gets is another's, whose login the sentence
 * tells. A store with claims (below) sees only owners that have theirs. */
enum store_put_mode {
	STORE_CREATE,  /* ERR_EXISTS when the login is taken */
	STORE_REPLACE, /* ERR_NOTFOUND when it is not; keeps the state of hosts that stay */
	STORE_CREATE_ALONE,
	STORE_REPLACE_ALONE,
};

/* Who has a name, in a store that cannot look accounts up by it: a claim, which is an item of its
 * own that lists them. A store without claims (claims is NULL) looks at the accounts themselves:
 * its owners is always right, and its intend sees to the other accounts by itself.
 *
 * put, remove and rename write claims together with the account, all or nothing. A row that was
 * made by hand has none, so the one who changes a name claims it first:
 *
 *	owners(name)           one read; is the account among them?
 *	claim(name, account)   if it is not; tells the owners with the account
 *	intend                 when it is the only one, and the host has a seq
 *	intend_claimed         otherwise
 *
 * intend_claimed is intend, and in the same transaction the states of the other owners who want
 * another address for the name become over (struct host_state): their next request is a change,
 * though their items say "published". It conflicts when one of the claims is not as it was read, so
 * that of two accounts that never changed a name before, the later one sees the first. Where the
 * service denies it, or there are more owners than a transaction has room for, it is intend alone:
 * the others are not told.
 *
 * Of all owners of a name the last to intend is the only one whose state is not over, beside those
 * who want the same. So an intent that is owed and over is not to be published: the value of the
 * other owner is, and then the intent is confirmed without is_last. */
struct store_claim_ops {
	/* Adds user to the owners of the name; answers with all of them. ERR_LIMIT: there are
	 * STORE_OWNERS_MAX others. */
	int (*claim)(struct store *s, const struct fqdn *name, const char *user,
		     store_owners_fn *done, void *arg);
	/* Takes user from them. 0, also when it was none. */
	int (*unclaim)(struct store *s, const struct fqdn *name, const char *user,
		       store_done_fn *done, void *arg);
	/* owners: n of them, of the names of the intents. ERR_CONFLICT: read all of it again.
	 * Copies.
	 */
	int (*intend)(struct store *s, const char *user, const struct store_intent *intents,
		      const struct store_owners *owners, size_t n, store_done_fn *done, void *arg);
	/* list, with the claims among the accounts; one without owners is passed over. */
	int (*list)(struct store *s, store_each_fn *each, store_claim_fn *claim,
		    store_done_fn *done, void *arg);
	/* Whether every account had its claims once: who looks for a name need not list. */
	int (*is_complete)(struct store *s, store_decided_fn *done, void *arg);
	/* ERR_REFUSED where the service has no transactions. */
	int (*set_complete)(struct store *s, store_done_fn *done, void *arg);
};

/* What happened to hosts (store/history.h), found by the name alone: it outlives the account. */
struct store_history_ops {
	/* All n entries (1 to HISTORY_WRITE_MAX) or none, to be kept for keep_s seconds after their
	 * time. A remote store takes HISTORY_BATCH_MAX of one host and month (UTC). ERR_LIMIT: the
	 * host has too many. ERR_REFUSED: it will never take one of them. ERR_DENIED: it never
	 * takes any. Copies. */
	int (*add)(struct store *s, const struct history_entry *entries, size_t n, int64_t keep_s,
		   store_done_fn *done, void *arg);
	/* The newest max entries of a host (HISTORY_READ_MAX at most) from since_s on. now_s: the
	 * wall clock. Copies. */
	int (*read)(struct store *s, const struct fqdn *host, int64_t since_s, int64_t now_s,
		    size_t max, store_history_fn *done, void *arg);
	/* Optional (NULL: the service does that by itself): removes what is older than before_s,
	 * HISTORY_PRUNE_MAX entries at most; tells whether there may be more. Nothing is removed
	 * while no entry is of newest_s or later. */
	int (*prune)(struct store *s, int64_t before_s, int64_t newest_s, store_decided_fn *done,
		     void *arg);
};

/* What is to be told to the administrator's targets (store/notice.h). Of several processes the one
 * that holds a notice delivers it. All of them return ERR_INVAL for what cannot be kept. */
struct store_notice_ops {
	/* With its holder, if it has one. ERR_EXISTS: it is there already. ERR_LIMIT: there are as
	 * many as the store keeps, and none that was given up, which would make room. ERR_REFUSED:
	 * it will never take this one. ERR_DENIED: it never takes any. Of two puts of one notice
	 * beside removals of others both may be kept, and delivered with the same id. Copies. */
	int (*put)(struct store *s, const struct notice *n, store_done_fn *done, void *arg);
	/* All of them, in no order, which takes some seconds of a remote store; one that is put or
	 * taken out meanwhile may be among them or not. What somebody else wrote in their place is
	 * passed over, or there as one that was given up. */
	int (*list)(struct store *s, store_notice_fn *each, store_done_fn *done, void *arg);
	/* holder has it until until_s, at most NOTICE_HOLD_MAX_S after now_s (the wall clock): see
	 * notice_is_free(). ERR_CONFLICT: somebody else does; ERR_NOTFOUND: it is gone. Copies. */
	int (*claim)(struct store *s, const char *id, const char *target, const char *holder,
		     int64_t now_s, int64_t until_s, store_done_fn *done, void *arg);
	/* What notice_apply() changes, while n->holder is who claimed it last. ERR_CONFLICT,
	 * ERR_NOTFOUND. Copies. */
	int (*update)(struct store *s, const struct notice *n, store_done_fn *done, void *arg);
	/* The same condition. ERR_NOTFOUND: it is gone, by an earlier attempt of a call whose
	 * answer was lost, too. Copies. */
	int (*remove)(struct store *s, const char *id, const char *target, const char *holder,
		      store_done_fn *done, void *arg);
	size_t max; /* that it keeps */
};

struct store_ops {
	const char *name;
	/* A write may be carried out after the process that asked for it has ended. */
	bool is_remote;
	/* NULL is fine. Pending done functions are called with ERR_CANCELED first or in a later
	 * turn of the loop, which the owner runs until it is empty. */
	void (*close)(struct store *s);
	int (*lookup)(struct store *s, const char *user, store_lookup_fn *done, void *arg);
	/* Optional (NULL: lookup is used): the account is partial (struct account). Whoever
	 * measures the time must not learn which logins exist: the work is the same for one that
	 * does not, for every kind of secret and for any number of hosts. */
	int (*credential)(struct store *s, const char *user, store_lookup_fn *done, void *arg);
	/* Optional: what else the store has brought of a partial account, without another call. */
	int (*read_rest)(struct store *s, struct account *a);
	/* All n intents of one account, at most STORE_INTENTS_MAX, or none. ERR_CONFLICT: at least
	 * one host is not as expected. Copies. */
	int (*intend)(struct store *s, const char *user, const struct store_intent *intents,
		      size_t n, store_done_fn *done, void *arg);
	/* ERR_CONFLICT: the stored seq is another one; ERR_NOTFOUND: account or host is gone.
	 * Copies. */
	int (*confirm)(struct store *s, const char *user, const struct store_confirm *c,
		       store_done_fn *done, void *arg);
	/* Every account, in no order; done after the last. */
	int (*list)(struct store *s, store_each_fn *each, store_done_fn *done, void *arg);
	/* Optional (NULL: list, which takes little): the same at a pace, and only what does not
	 * pass by itself ends it early. Copies listing. */
	int (*list_slowly)(struct store *s, const struct store_listing *listing, void *arg);
	/* Optional: the accounts of which the store knows by itself that a host is owed; like
	 * list_slowly. It may miss some: those that came just now, and what other versions wrote.
	 * ERR_NOTFOUND: this store cannot tell. */
	int (*list_owed)(struct store *s, const struct store_listing *listing, void *arg);
	/* Optional: list_slowly and list_owed that are under way end with ERR_CANCELED in a later
	 * turn. */
	void (*stop_listing)(struct store *s);
	/* Whether there is no account at all, as in a table that was made anew. */
	int (*is_empty)(struct store *s, store_decided_fn *done, void *arg);
	/* Copies account. STORE_REPLACE drops the state of hosts that are no longer in it. */
	int (*put)(struct store *s, const struct account *account, enum store_put_mode mode,
		   store_done_fn *done, void *arg);
	/* ERR_NOTFOUND when there is none. */
	int (*remove)(struct store *s, const char *user, store_done_fn *done, void *arg);
	/* Gives the account another login; all else stays, the state of its hosts too.
	 * ERR_NOTFOUND, ERR_EXISTS when to is taken. ERR_CONFLICT while a host is owed or is being
	 * changed: the daemon that publishes it would no longer find the account. Copies. */
	int (*rename)(struct store *s, const char *user, const char *to, store_done_fn *done,
		      void *arg);
	/* Gives the account another secret if it still has old, both as stored. ERR_CONFLICT: it
	 * has another one by now; ERR_NOTFOUND. Copies. */
	int (*replace_secret)(struct store *s, const char *user, const char *old,
			      const char *secret, store_done_fn *done, void *arg);
	/* Both or neither (NULL): what was seen of hosts, n of them, all or none; copies. forgets:
	 * what is there of accounts that are gone is removed, for which all of it is read. And all
	 * that was put of accounts that there are, in no order; it may be of hosts that they no
	 * longer have. */
	int (*put_seen)(struct store *s, const struct store_seen *seen, size_t n, bool forgets,
			store_done_fn *done, void *arg);
	int (*list_seen)(struct store *s, store_seen_fn *each, store_done_fn *done, void *arg);
	/* Optional (NULL): cheap question whether another process wrote. */
	int (*version)(struct store *s, store_version_fn *done, void *arg);
	/* Nobody: 0 owners. */
	int (*owners)(struct store *s, const struct fqdn *name, store_owners_fn *done, void *arg);
	const struct store_claim_ops *claims;	 /* NULL: it needs none */
	const struct store_history_ops *history; /* NULL: it keeps none */
	const struct store_notice_ops *notices;	 /* NULL: it keeps none */
};

/* Every backend's struct starts with this; it is defined in the backend's file only. */
struct store {
	const struct store_ops *ops;
};

/* What the stored seq becomes. */
uint64_t store_intent_seq(const struct store_intent *intent);
/* Whether intent is valid for a host in that state. */
bool store_intent_fits(const struct store_intent *intent, const struct host_state *s);
/* Whether c is valid for a host in that state. */
bool store_confirm_fits(const struct store_confirm *c, const struct host_state *s);
bool store_put_creates(enum store_put_mode mode);
bool store_put_is_alone(enum store_put_mode mode);
/* Whether user is one of them, and how many others are. */
bool store_owners_have(const struct store_owners *owners, const char *user);
size_t store_owners_others(const struct store_owners *owners, const char *user);
/* Adds a login that is not among them; nothing when there is no room. */
void store_owners_add(struct store_owners *owners, const char *user);
void store_owners_drop(struct store_owners *owners, const char *user);
/* The sentence of an ERR_REFUSED of put, which it returns. */
int store_owners_refuse(const struct store_owners *owners, const char *user,
			const struct fqdn *name, struct errinfo *ei);
/* Whether two accounts cannot both have what they want for a name. A and AAAA are records of their
 * own. */
bool store_wants_clash(const struct addr_pair *a, const struct addr_pair *b);
/* Whether that holds for the account of an intent and one that wants other. Who loses the same
 * address that other wants deletes its record, too. */
bool store_intent_clashes(const struct store_intent *intent, const struct addr_pair *other);
/* Whether they clash, and an update asked for what other wants later: see is_again. */
bool store_intent_is_earlier(const struct store_intent *intent, const struct host_state *other);
/* What a valid one makes of the state. */
void store_intent_apply(const struct store_intent *intent, struct host_state *s);
void store_confirm_apply(const struct store_confirm *c, struct host_state *s);

/* The verbs. Thin: they check nothing that the backend checks. */
void store_close(struct store *s);
int store_lookup(struct store *s, const char *user, store_lookup_fn *done, void *arg);
/* The account may be whole, too. */
int store_credential(struct store *s, const char *user, store_lookup_fn *done, void *arg);
/* Of a partial one: it is whole then. ERR_NOTFOUND: it is to be looked up. ERR_NOMEM. */
int store_read_rest(struct store *s, struct account *a);
int store_intend(struct store *s, const char *user, const struct store_intent *intents, size_t n,
		 store_done_fn *done, void *arg);
int store_confirm(struct store *s, const char *user, const struct store_confirm *c,
		  store_done_fn *done, void *arg);
int store_list(struct store *s, store_each_fn *each, store_done_fn *done, void *arg);
int store_list_slowly(struct store *s, const struct store_listing *listing, void *arg);
bool store_has_owed(const struct store *s);
int store_list_owed(struct store *s, const struct store_listing *listing, void *arg);
void store_stop_listing(struct store *s);
int store_is_empty(struct store *s, store_decided_fn *done, void *arg);
int store_put(struct store *s, const struct account *account, enum store_put_mode mode,
	      store_done_fn *done, void *arg);
int store_remove(struct store *s, const char *user, store_done_fn *done, void *arg);
int store_rename(struct store *s, const char *user, const char *to, store_done_fn *done, void *arg);
int store_replace_secret(struct store *s, const char *user, const char *old, const char *secret,
			 store_done_fn *done, void *arg);
int store_owners(struct store *s, const struct fqdn *name, store_owners_fn *done, void *arg);
bool store_has_claims(const struct store *s);
/* Of a store that has claims. */
int store_claim(struct store *s, const struct fqdn *name, const char *user, store_owners_fn *done,
		void *arg);
int store_unclaim(struct store *s, const struct fqdn *name, const char *user, store_done_fn *done,
		  void *arg);
int store_intend_claimed(struct store *s, const char *user, const struct store_intent *intents,
			 const struct store_owners *owners, size_t n, store_done_fn *done,
			 void *arg);
int store_list_claims(struct store *s, store_each_fn *each, store_claim_fn *claim,
		      store_done_fn *done, void *arg);
int store_claims_are_complete(struct store *s, store_decided_fn *done, void *arg);
int store_set_claims_complete(struct store *s, store_done_fn *done, void *arg);
bool store_has_history(const struct store *s);
/* Of a store that has a history. */
int store_add_history(struct store *s, const struct history_entry *entries, size_t n,
		      int64_t keep_s, store_done_fn *done, void *arg);
int store_read_history(struct store *s, const struct fqdn *host, int64_t since_s, int64_t now_s,
		       size_t max, store_history_fn *done, void *arg);
bool store_has_pruning(const struct store *s);
int store_prune_history(struct store *s, int64_t before_s, int64_t newest_s, store_decided_fn *done,
			void *arg);
bool store_has_notices(const struct store *s);
/* Of a store that has them. */
/* How many it keeps, if it has any. */
size_t store_notices_max(const struct store *s);
int store_put_notice(struct store *s, const struct notice *n, store_done_fn *done, void *arg);
int store_list_notices(struct store *s, store_notice_fn *each, store_done_fn *done, void *arg);
int store_claim_notice(struct store *s, const char *id, const char *target, const char *holder,
		       int64_t now_s, int64_t until_s, store_done_fn *done, void *arg);
int store_update_notice(struct store *s, const struct notice *n, store_done_fn *done, void *arg);
int store_remove_notice(struct store *s, const char *id, const char *target, const char *holder,
			store_done_fn *done, void *arg);
bool store_keeps_seen(const struct store *s);
/* Of a store that keeps it. */
int store_put_seen(struct store *s, const struct store_seen *seen, size_t n, bool forgets,
		   store_done_fn *done, void *arg);
int store_list_seen(struct store *s, store_seen_fn *each, store_done_fn *done, void *arg);
bool store_has_version(const struct store *s);
bool store_is_remote(const struct store *s);
int store_version(struct store *s, store_version_fn *done, void *arg);

#endif
