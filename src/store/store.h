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

struct store;

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
 * addresses, as a seq comes again when an item is written anew, and not less published. A host
 * without state has seq 0. */
struct store_intent {
	struct fqdn name;
	struct host_state expect; /* time_s is not compared */
	uint64_t seq;		  /* above expect.seq; 0: the next one */
	struct addr_pair want;
	bool repeats; /* want is published already */
};

/* "The backend accepted seq", valid when the stored seq still is seq, and its addresses are want:
 * a host that was removed and made again counts from 1 once more. pub = seq; time_s, ttl and zone
 * are taken over. */
struct store_confirm {
	struct fqdn name;
	uint64_t seq;
	struct addr_pair want; /* without an address: not compared */
	int64_t time_s;
	uint32_t ttl;
	char zone[HOST_ZONE_MAX + 1];
};

enum store_put_mode {
	STORE_CREATE,  /* ERR_EXISTS when the login is taken */
	STORE_REPLACE, /* ERR_NOTFOUND when it is not; keeps the state of hosts that stay */
};

struct store_ops {
	const char *name;
	/* A write may be carried out after the process that asked for it has ended. */
	bool is_remote;
	/* NULL is fine. Pending done functions are called with ERR_CANCELED first or in a later
	 * turn of the loop, which the owner runs until it is empty. */
	void (*close)(struct store *s);
	int (*lookup)(struct store *s, const char *user, store_lookup_fn *done, void *arg);
	/* All n intents of one account or none. ERR_CONFLICT: at least one host is not as expected.
	 * Copies. */
	int (*intend)(struct store *s, const char *user, const struct store_intent *intents,
		      size_t n, store_done_fn *done, void *arg);
	/* ERR_CONFLICT: the stored seq is another one; ERR_NOTFOUND: account or host is gone.
	 * Copies. */
	int (*confirm)(struct store *s, const char *user, const struct store_confirm *c,
		       store_done_fn *done, void *arg);
	/* Every account, in no order; done after the last. */
	int (*list)(struct store *s, store_each_fn *each, store_done_fn *done, void *arg);
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
	/* Optional (NULL): cheap question whether another process wrote. */
	int (*version)(struct store *s, store_version_fn *done, void *arg);
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
/* What a valid one makes of the state. */
void store_intent_apply(const struct store_intent *intent, struct host_state *s);
void store_confirm_apply(const struct store_confirm *c, struct host_state *s);

/* The verbs. Thin: they check nothing that the backend checks. */
void store_close(struct store *s);
int store_lookup(struct store *s, const char *user, store_lookup_fn *done, void *arg);
int store_intend(struct store *s, const char *user, const struct store_intent *intents, size_t n,
		 store_done_fn *done, void *arg);
int store_confirm(struct store *s, const char *user, const struct store_confirm *c,
		  store_done_fn *done, void *arg);
int store_list(struct store *s, store_each_fn *each, store_done_fn *done, void *arg);
int store_put(struct store *s, const struct account *account, enum store_put_mode mode,
	      store_done_fn *done, void *arg);
int store_remove(struct store *s, const char *user, store_done_fn *done, void *arg);
int store_rename(struct store *s, const char *user, const char *to, store_done_fn *done, void *arg);
bool store_has_version(const struct store *s);
bool store_is_remote(const struct store *s);
int store_version(struct store *s, store_version_fn *done, void *arg);

#endif
