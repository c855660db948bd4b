/* SPDX-License-Identifier: BSD-2-Clause
 * Finds the account of a login: in memory while that is current, in the store, or in memory again
 * while the store is in trouble. Core thread. */
#ifndef MOORING_ENGINE_ACCOUNTS_H
#define MOORING_ENGINE_ACCOUNTS_H

#include <stdint.h>

struct account;
struct accounts;
struct cache;
struct calls;
struct known;
struct ticks;
struct uv_loop_s;

struct accounts_conf {
	/* Memory is current for twice this time after the store said that nobody else wrote. */
	int64_t version_interval_ms;
	/* An account is current for that long after its own reading, whoever wrote; 0: only the
	 * version tells. */
	int64_t cache_age_ms;
	/* While the store is in trouble, an account read no longer than this ago may stand in; 0:
	 * none may. */
	int64_t stale_age_ms;
};

enum accounts_source {
	ACCOUNTS_FRESH,	 /* the store says so now */
	ACCOUNTS_CACHED, /* from memory: another daemon or mooringctl may just have changed it */
	ACCOUNTS_STALE, /* from memory, since the store is in trouble: it may be long out of date */
};

/* One of them is the end of accounts_find(), never from inside it. */
struct accounts_events {
	/* err 0: account is given to the callee, or NULL: ACCOUNTS_FRESH, there is no such login;
	 * ACCOUNTS_CACHED, memory has none; ACCOUNTS_STALE, memory has none, or the store has no
	 * account at all. Else the store failed, and memory may not stand in. read_at: the tick
	 * when the lookup began. */
	void (*found)(void *arg, int err, enum accounts_source source, struct account *account,
		      uint64_t read_at);
	/* The engine is closed: the callee frees itself, and touches nothing of the engine. */
	void (*closed)(void *arg);
};

/* How an account may be found. Whoever measures the time must not learn which logins exist, so what
 * comes before the password is checked is the same for all of them: an account is partial (struct
 * account) but with ACCOUNTS_IN_STORE, and memory is asked first or not at all, not only for logins
 * that it has. */
enum accounts_way {
	ACCOUNTS_ANYWHERE, /* in memory, while it is current, which may say that it has none */
	/* Memory had none: in the store, and in its trouble in memory of any age. */
	ACCOUNTS_AFTER_MEMORY,
	/* Memory has refused the login: the store decides. In its trouble, nobody knows: stale, and
	 * no account. */
	ACCOUNTS_AFTER_REFUSAL,
	/* The password is right: all of the account, from the store alone. */
	ACCOUNTS_IN_STORE,
};

/* cache (NULL: none), known and ticks are borrowed. ERR_NOMEM. */
int accounts_new(struct uv_loop_s *loop, struct calls *calls, struct cache *cache,
		 struct known *known, const struct ticks *ticks, const struct accounts_conf *conf,
		 struct accounts **ret);
/* user is copied, events borrowed. ERR_*: nothing was begun. */
int accounts_find(struct accounts *a, const char *user, enum accounts_way way,
		  const struct accounts_events *events, void *arg);
/* The password is right: *account, partial, as found in source with read_at, is replaced by the
 * whole one, at once. ERR_NOTFOUND: it is to be found again, ACCOUNTS_IN_STORE. ERR_NOMEM. */
int accounts_complete(struct accounts *a, struct account **account, enum accounts_source source,
		      uint64_t read_at);
/* The store was asked for its version at asked_ms: what it said (err 0), so that memory is current,
 * or is dropped. */
void accounts_take_version(struct accounts *a, int err, uint64_t token, int64_t asked_ms);
/* Tells those that wait for the next turn of the loop. */
void accounts_close(struct accounts *a);
/* Of one that is over. NULL is fine. */
void accounts_free(struct accounts *a);

#endif
