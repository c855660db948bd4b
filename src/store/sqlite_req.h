/* SPDX-License-Identifier: BSD-2-Clause
 * Private to the SQLite store: one call of a verb on its way to a worker thread and back. Made and
 * delivered on the core thread, run on a worker in between. */
#ifndef MOORING_STORE_SQLITE_REQ_H
#define MOORING_STORE_SQLITE_REQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/err.h"
#include "store/sqlite_db.h"
#include "store/sqlite_notice.h"
#include "store/sqlite_seen.h"
#include "store/store.h"
#include "store/store_verb.h"

/* What a request does, and whether somebody waits for it. */
enum sqlite_work {
	SQLITE_READS,
	SQLITE_WRITES,
	SQLITE_WRITES_BEHIND, /* no client waits: history, what was seen, notices */
};

struct sqlite_req {
	STAILQ_ENTRY(sqlite_req) link;
	enum store_verb verb;
	char *user;
	char *to;		   /* rename */
	char *old_secret, *secret; /* replace_secret; wiped */
	union {
		store_lookup_fn *lookup;
		store_done_fn *done;
		store_version_fn *version;
		store_owners_fn *owners;
		store_decided_fn *decided;
		store_history_fn *history;
	} call;
	void *arg;
	int err;
	struct errinfo why;

	struct store_intent *intents;
	size_t n_intents;
	struct store_confirm confirm;
	enum store_put_mode put_mode;
	struct account *account; /* to be put; found by a lookup */
	store_each_fn *each;
	struct sqlite_page *page;
	struct store_version version;
	struct fqdn name;
	struct store_owners *owners;
	bool is_empty;
	struct history_entry *entries; /* owned; to be added, or read */
	size_t n_entries, max_entries;
	int64_t since_s;  /* of what is read; what is older is pruned */
	int64_t newest_s; /* prune: nothing unless an entry is as new */
	bool is_more;
	struct store_seen *seen; /* put_seen */
	size_t n_seen;
	bool forgets;
	store_seen_fn *each_seen;
	struct sqlite_seen_page *seen_page;
	struct notice *notice; /* owned; of a claim or a removal what names it */
	int64_t now_s;
	store_notice_fn *each_notice;
	struct sqlite_notice_page *notice_page;
};

/* A request for the verb with a copy of user (may be NULL); NULL: out of memory. */
struct sqlite_req *sqlite_req_new(enum store_verb verb, const char *user, void *arg);
/* NULL is fine. */
void sqlite_req_free(struct sqlite_req *req);

enum sqlite_work sqlite_req_work(const struct sqlite_req *req);
/* Worker thread, inside of a transaction: fills in err, why and the result. */
void sqlite_req_run(struct sqlite_req *req, struct sqlite_db *db);
/* Makes the request fail, whatever it had achieved. */
void sqlite_req_fail(struct sqlite_req *req, int err, const struct errinfo *why);
/* Core thread: calls the done function. */
void sqlite_req_deliver(struct sqlite_req *req);

#endif
