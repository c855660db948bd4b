/* SPDX-License-Identifier: BSD-2-Clause
 * The history of hosts on its way to the store: a queue that is written behind the answers, and the
 * removal of what is too old. No update waits for it, and none fails because of it. Core thread. */
#ifndef MOORING_ENGINE_HISTORY_QUEUE_H
#define MOORING_ENGINE_HISTORY_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

struct calls;
struct fqdn;
struct history;
struct history_entry;
struct store;
struct uv_loop_s;

enum {
	HISTORY_FLUSH_MS = 1000,     /* the first that waits does so long for others to go along */
	HISTORY_RETRY_MS = 5000,     /* after trouble of the store */
	HISTORY_STOP_RETRY_MS = 500, /* the same while the engine drains */
	/* After it was denied: whoever mends the policy need not restart the daemon. */
	HISTORY_DENIED_MS = 60 * 60 * 1000,
	HISTORY_PRUNE_FIRST_MS = 60 * 1000,
	HISTORY_PRUNE_MS = 60 * 60 * 1000,
	HISTORY_PRUNE_NEXT_MS = 1000, /* while there is more to be removed */
	/* What changed nothing is kept once in so long of a host and verdict. */
	HISTORY_ATTEMPT_MS = 60 * 1000,
	HISTORY_ATTEMPTS_MAX = 4096, /* hosts and verdicts remembered for that, of 16 bytes each */
};

/* What is kept; each includes those before it. */
enum history_mode {
	HISTORY_NONE,
	HISTORY_CHANGES,  /* addresses that became others, or were to */
	HISTORY_ATTEMPTS, /* what else an account asked for its hosts */
};

/* Of a store. */
struct history_conf {
	enum history_mode mode;
	int64_t keep_s;
	bool is_remote; /* the store takes entries of one host and month at a time */
	bool prunes;	/* the store does not remove what is old by itself */
};

/* calls is borrowed, and gets a handle for each of two timers. ERR_NOMEM. */
int history_new(struct uv_loop_s *loop, struct calls *calls, const struct history_conf *conf,
		struct history **ret);
/* The same for what that store can do. *ret is NULL, with 0, when it keeps no history. */
int history_open(struct uv_loop_s *loop, const struct store *store, struct calls *calls,
		 enum history_mode mode, int64_t keep_s, struct history **ret);
/* Removes nothing any more, and writes what waits, and what comes, at once, again and again until
 * history_close(). NULL is fine, here and below. */
void history_stop(struct history *h);
/* Nothing waits, and no call of its own is under way. */
bool history_is_idle(const struct history *h);
/* What waits is lost. */
void history_close(struct history *h);
/* Of one that is over. */
void history_free(struct history *h);

/* Whether entries of that kind are kept now. */
bool history_wants(const struct history *h, enum history_mode kind);
/* The same of what changed nothing, which is then counted as told. now_ms is monotonic. */
bool history_takes_attempt(struct history *h, const struct fqdn *host, const char *verdict,
			   int64_t now_ms);
/* Copies. */
void history_add(struct history *h, const struct history_entry *entry);

#endif
