/* SPDX-License-Identifier: BSD-2-Clause
 * Requests gather while the loop turns and while a worker is busy; then all of them go to one
 * worker as one group. Its writes share one transaction, and so one fsync(2), its reads another.
 * What nobody waits for is written when no other write waits, one request in a transaction of its
 * own: a full disk makes SQLite give a whole transaction up, and a client would pay for its
 * history. Reads have a lane with a connection of their own: in WAL they wait neither for our
 * writes nor for another program's lock. At most one group of a lane is out at a time: its
 * connection has one owner and needs no lock. */
#include "store/sqlite.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "store/history.h"
#include "store/notice.h"
#include "store/sqlite_db.h"
#include "store/sqlite_read.h"
#include "store/sqlite_req.h"
#include "store/store.h"

STAILQ_HEAD(queue, sqlite_req);

/* The version counts what other connections wrote: it is asked where we write ourselves. */
enum { LANE_WRITES, LANE_READS, LANES };

/* After so many groups of other writes in a row a write behind has its turn all the same. */
enum { BEHIND_GROUPS_MAX = 4 };

struct lane {
	struct sqlite_store *store;
	uv_work_t work;
	struct sqlite_db *db; /* the worker's while is_busy */
	struct queue waiting;
	struct queue behind;	 /* of the writes; each is a group */
	unsigned n_groups_ahead; /* went since the first of behind waits */
	struct queue group;	 /* the worker's while is_busy */
	bool is_busy;
};

struct sqlite_store {
	struct store store;
	uv_loop_t *loop;
	/* check runs at the end of a turn; idle, while active, keeps the turn from sleeping. */
	uv_idle_t idle;
	uv_check_t check;
	struct lane lanes[LANES];
	bool is_delivering;
	bool is_closing;
	unsigned open_handles;
};

static struct sqlite_req *queue_take(struct queue *q)
{
	struct sqlite_req *req = STAILQ_FIRST(q);

	if (req != NULL)
		STAILQ_REMOVE_HEAD(q, link);
	return req;
}

static struct sqlite_store *store_of(struct store *s)
{
	return (struct sqlite_store *)s;
}

/* --- the worker's side --- */

static bool writes(const struct sqlite_req *req)
{
	return sqlite_req_work(req) != SQLITE_READS;
}

static bool has_kind(const struct queue *q, bool is_write)
{
	const struct sqlite_req *req;

	STAILQ_FOREACH(req, q, link) {
		if (writes(req) == is_write)
			return true;
	}
	return false;
}

static void fail_kind(struct queue *q, bool is_write, int err, const struct errinfo *why)
{
	struct sqlite_req *req;

	STAILQ_FOREACH(req, q, link) {
		if (writes(req) == is_write)
			sqlite_req_fail(req, err, why);
	}
}

/* A verb that fails is undone alone. A commit that fails makes all verbs of its group fail. */
static void run_kind(struct lane *l, bool is_write)
{
	struct errinfo why = ERRINFO_INIT;
	struct sqlite_req *req;
	int err;

	if (!has_kind(&l->group, is_write))
		return;
	err = sqlite_db_begin(l->db, is_write, &why);
	if (err == 0) {
		STAILQ_FOREACH(req, &l->group, link) {
			if (writes(req) == is_write)
				sqlite_req_run(req, l->db);
		}
		err = sqlite_db_commit(l->db, &why);
	}
	if (err < 0)
		fail_kind(&l->group, is_write, err, &why);
}

static void on_work(uv_work_t *work)
{
	struct lane *l = work->data;

	run_kind(l, true);
	run_kind(l, false);
}

static void on_close_work(uv_work_t *work)
{
	struct lane *l = work->data;
	size_t i;

	for (i = 0; i < LANES; i++)
		sqlite_db_close(l->store->lanes[i].db);
}

/* --- the core's side --- */

static void on_handle_closed(uv_handle_t *handle)
{
	struct sqlite_store *s = handle->data;

	if (--s->open_handles == 0)
		free(s);
}

static void after_close_work(uv_work_t *work, int status)
{
	struct lane *l = work->data;
	struct sqlite_store *s = l->store;

	(void)status;
	uv_close((uv_handle_t *)&s->idle, on_handle_closed);
	uv_close((uv_handle_t *)&s->check, on_handle_closed);
}

static bool is_at_work(const struct sqlite_store *s)
{
	return s->lanes[LANE_WRITES].is_busy || s->lanes[LANE_READS].is_busy;
}

static void cancel_waiting(struct lane *l)
{
	struct sqlite_req *req;

	STAILQ_CONCAT(&l->waiting, &l->behind);
	while ((req = queue_take(&l->waiting)) != NULL) {
		sqlite_req_fail(req, ERR_CANCELED, NULL);
		sqlite_req_deliver(req);
		sqlite_req_free(req);
	}
}

static void finish_close(struct sqlite_store *s)
{
	size_t i;

	uv_idle_stop(&s->idle);
	uv_check_stop(&s->check);
	for (i = 0; i < LANES; i++)
		cancel_waiting(&s->lanes[i]);
	/* The last connection's close copies the log into the file: not on this thread. */
	uv_queue_work(s->loop, &s->lanes[0].work, on_close_work, after_close_work);
}

static void on_idle(uv_idle_t *idle)
{
	(void)idle;
}

static void after_work(uv_work_t *work, int status);

static bool may_work(const struct lane *l)
{
	return !l->is_busy && !(STAILQ_EMPTY(&l->waiting) && STAILQ_EMPTY(&l->behind));
}

static bool is_turn_of_behind(struct lane *l)
{
	if (STAILQ_EMPTY(&l->behind))
		return false;
	return STAILQ_EMPTY(&l->waiting) || ++l->n_groups_ahead > BEHIND_GROUPS_MAX;
}

static void take_group(struct lane *l)
{
	struct sqlite_req *req;

	if (!is_turn_of_behind(l)) {
		STAILQ_CONCAT(&l->group, &l->waiting);
		return;
	}
	l->n_groups_ahead = 0;
	req = queue_take(&l->behind);
	STAILQ_INSERT_TAIL(&l->group, req, link);
}

static void on_check(uv_check_t *check)
{
	struct sqlite_store *s = check->data;
	size_t i;

	uv_idle_stop(&s->idle);
	uv_check_stop(&s->check);
	for (i = 0; i < LANES; i++) {
		struct lane *l = &s->lanes[i];

		if (!may_work(l))
			continue;
		take_group(l);
		l->is_busy = true;
		uv_queue_work(s->loop, &l->work, on_work, after_work);
	}
}

/* At the end of this turn of the loop the waiting requests are sent to a worker. */
static void arm(struct sqlite_store *s)
{
	if (s->is_delivering ||
	    !(may_work(&s->lanes[LANE_WRITES]) || may_work(&s->lanes[LANE_READS])))
		return;
	uv_idle_start(&s->idle, on_idle);
	uv_check_start(&s->check, on_check);
}

static int sqlite_submit(struct sqlite_store *s, struct sqlite_req *req)
{
	const enum sqlite_work work = sqlite_req_work(req);
	const bool is_read = work == SQLITE_READS && req->verb != VERB_VERSION;
	struct lane *l = &s->lanes[is_read ? LANE_READS : LANE_WRITES];

	assert(!s->is_closing);
	if (work == SQLITE_WRITES_BEHIND)
		STAILQ_INSERT_TAIL(&l->behind, req, link);
	else
		STAILQ_INSERT_TAIL(&l->waiting, req, link);
	arm(s);
	return 0;
}

/* True when the list goes on: the request waits for its next page. */
static bool deliver_page(struct sqlite_store *s, struct sqlite_req *req)
{
	size_t i;

	if (req->err < 0)
		return false;
	for (i = 0; i < req->page->n && !s->is_closing; i++)
		req->each(req->arg, req->page->accounts[i]);
	sqlite_page_clear(req->page);
	if (s->is_closing || !req->page->more)
		return false;
	STAILQ_INSERT_TAIL(&s->lanes[LANE_READS].waiting, req, link);
	return true;
}

/* The same of what was seen. */
static bool deliver_seen(struct sqlite_store *s, struct sqlite_req *req)
{
	size_t i;

	if (req->err < 0)
		return false;
	for (i = 0; i < req->seen_page->n && !s->is_closing; i++)
		req->each_seen(req->arg, &req->seen_page->seen[i]);
	if (s->is_closing || !req->seen_page->more)
		return false;
	STAILQ_INSERT_TAIL(&s->lanes[LANE_READS].waiting, req, link);
	return true;
}

/* The same of notices. */
static bool deliver_notices(struct sqlite_store *s, struct sqlite_req *req)
{
	size_t i;

	if (req->err < 0)
		return false;
	for (i = 0; i < req->notice_page->n && !s->is_closing; i++)
		req->each_notice(req->arg, &req->notice_page->notices[i]);
	if (s->is_closing || !req->notice_page->more)
		return false;
	STAILQ_INSERT_TAIL(&s->lanes[LANE_READS].waiting, req, link);
	return true;
}

static void deliver(struct sqlite_store *s, struct sqlite_req *req)
{
	if (!s->is_closing && req->verb == VERB_LIST && deliver_page(s, req))
		return;
	if (!s->is_closing && req->verb == VERB_LIST_SEEN && deliver_seen(s, req))
		return;
	if (!s->is_closing && req->verb == VERB_LIST_NOTICES && deliver_notices(s, req))
		return;
	if (s->is_closing)
		sqlite_req_fail(req, ERR_CANCELED, NULL);
	sqlite_req_deliver(req);
	sqlite_req_free(req);
}

static void after_work(uv_work_t *work, int status)
{
	struct lane *l = work->data;
	struct sqlite_store *s = l->store;
	struct sqlite_req *req;

	(void)status;
	l->is_busy = false;
	s->is_delivering = true;
	while ((req = queue_take(&l->group)) != NULL)
		deliver(s, req);
	s->is_delivering = false;
	if (!s->is_closing)
		arm(s);
	else if (!is_at_work(s))
		finish_close(s);
}

/* --- the verbs --- */

static void sqlite_close(struct store *store)
{
	struct sqlite_store *s = store_of(store);

	s->is_closing = true;
	if (!is_at_work(s) && !s->is_delivering)
		finish_close(s);
}

static int submit_lookup(struct store *store, enum store_verb verb, const char *user,
			 store_lookup_fn *done, void *arg)
{
	struct sqlite_req *req = sqlite_req_new(verb, user, arg);

	if (req == NULL)
		return ERR_NOMEM;
	req->call.lookup = done;
	return sqlite_submit(store_of(store), req);
}

static int sqlite_lookup(struct store *store, const char *user, store_lookup_fn *done, void *arg)
{
	return submit_lookup(store, VERB_LOOKUP, user, done, arg);
}

static int sqlite_credential(struct store *store, const char *user, store_lookup_fn *done,
			     void *arg)
{
	return submit_lookup(store, VERB_CREDENTIAL, user, done, arg);
}

static int sqlite_intend(struct store *store, const char *user, const struct store_intent *intents,
			 size_t n, store_done_fn *done, void *arg)
{
	struct sqlite_req *req = sqlite_req_new(VERB_INTEND, user, arg);

	if (req == NULL)
		return ERR_NOMEM;
	req->intents = calloc(n > 0 ? n : 1, sizeof(*intents));
	if (req->intents == NULL) {
		sqlite_req_free(req);
		return ERR_NOMEM;
	}
	memcpy(req->intents, intents, n * sizeof(*intents));
	req->n_intents = n;
	req->call.done = done;
	return sqlite_submit(store_of(store), req);
}

static int sqlite_confirm(struct store *store, const char *user, const struct store_confirm *c,
			  store_done_fn *done, void *arg)
{
	struct sqlite_req *req = sqlite_req_new(VERB_CONFIRM, user, arg);

	if (req == NULL)
		return ERR_NOMEM;
	req->confirm = *c;
	req->call.done = done;
	return sqlite_submit(store_of(store), req);
}

static int sqlite_list(struct store *store, store_each_fn *each, store_done_fn *done, void *arg)
{
	struct sqlite_req *req = sqlite_req_new(VERB_LIST, NULL, arg);

	if (req == NULL)
		return ERR_NOMEM;
	req->page = calloc(1, sizeof(*req->page));
	if (req->page == NULL) {
		sqlite_req_free(req);
		return ERR_NOMEM;
	}
	req->each = each;
	req->call.done = done;
	return sqlite_submit(store_of(store), req);
}

static int sqlite_put(struct store *store, const struct account *account, enum store_put_mode mode,
		      store_done_fn *done, void *arg)
{
	struct sqlite_req *req;

	if (account->secret == NULL)
		return ERR_INVAL;
	req = sqlite_req_new(VERB_PUT, NULL, arg);
	if (req == NULL)
		return ERR_NOMEM;
	if (account_copy(account, &req->account) < 0) {
		sqlite_req_free(req);
		return ERR_NOMEM;
	}
	req->put_mode = mode;
	req->call.done = done;
	return sqlite_submit(store_of(store), req);
}

static int sqlite_remove(struct store *store, const char *user, store_done_fn *done, void *arg)
{
	struct sqlite_req *req = sqlite_req_new(VERB_REMOVE, user, arg);

	if (req == NULL)
		return ERR_NOMEM;
	req->call.done = done;
	return sqlite_submit(store_of(store), req);
}

static int sqlite_rename(struct store *store, const char *user, const char *to, store_done_fn *done,
			 void *arg)
{
	struct sqlite_req *req = sqlite_req_new(VERB_RENAME, user, arg);

	if (req == NULL)
		return ERR_NOMEM;
	req->to = strdup(to);
	if (req->to == NULL) {
		sqlite_req_free(req);
		return ERR_NOMEM;
	}
	req->call.done = done;
	return sqlite_submit(store_of(store), req);
}

static int sqlite_replace_secret(struct store *store, const char *user, const char *old,
				 const char *secret, store_done_fn *done, void *arg)
{
	struct sqlite_req *req = sqlite_req_new(VERB_REPLACE_SECRET, user, arg);

	if (req == NULL)
		return ERR_NOMEM;
	req->old_secret = strdup(old);
	req->secret = strdup(secret);
	if (req->old_secret == NULL || req->secret == NULL) {
		sqlite_req_free(req);
		return ERR_NOMEM;
	}
	req->call.done = done;
	return sqlite_submit(store_of(store), req);
}

static int sqlite_version(struct store *store, store_version_fn *done, void *arg)
{
	struct sqlite_req *req = sqlite_req_new(VERB_VERSION, NULL, arg);

	if (req == NULL)
		return ERR_NOMEM;
	req->call.version = done;
	return sqlite_submit(store_of(store), req);
}

static int sqlite_owners(struct store *store, const struct fqdn *name, store_owners_fn *done,
			 void *arg)
{
	struct sqlite_req *req = sqlite_req_new(VERB_OWNERS, NULL, arg);

	if (req == NULL)
		return ERR_NOMEM;
	req->owners = calloc(1, sizeof(*req->owners));
	if (req->owners == NULL) {
		sqlite_req_free(req);
		return ERR_NOMEM;
	}
	req->name = *name;
	req->call.owners = done;
	return sqlite_submit(store_of(store), req);
}

static int sqlite_is_empty(struct store *store, store_decided_fn *done, void *arg)
{
	struct sqlite_req *req = sqlite_req_new(VERB_IS_EMPTY, NULL, arg);

	if (req == NULL)
		return ERR_NOMEM;
	req->call.decided = done;
	return sqlite_submit(store_of(store), req);
}

/* What is too old is pruned, whatever was meant when it was written. */
static int sqlite_add_history(struct store *store, const struct history_entry *entries, size_t n,
			      int64_t keep_s, store_done_fn *done, void *arg)
{
	struct sqlite_req *req = sqlite_req_new(VERB_ADD_HISTORY, NULL, arg);

	(void)keep_s;
	if (req == NULL)
		return ERR_NOMEM;
	req->entries = calloc(n > 0 ? n : 1, sizeof(*entries));
	if (req->entries == NULL) {
		sqlite_req_free(req);
		return ERR_NOMEM;
	}
	memcpy(req->entries, entries, n * sizeof(*entries));
	req->n_entries = n;
	req->call.done = done;
	return sqlite_submit(store_of(store), req);
}

static int sqlite_read_history(struct store *store, const struct fqdn *host, int64_t since_s,
			       int64_t now_s, size_t max, store_history_fn *done, void *arg)
{
	struct sqlite_req *req = sqlite_req_new(VERB_READ_HISTORY, NULL, arg);

	(void)now_s;
	if (req == NULL)
		return ERR_NOMEM;
	req->name = *host;
	req->since_s = since_s;
	req->max_entries = max < HISTORY_READ_MAX ? max : HISTORY_READ_MAX;
	req->call.history = done;
	return sqlite_submit(store_of(store), req);
}

static int sqlite_prune_history(struct store *store, int64_t before_s, int64_t newest_s,
				store_decided_fn *done, void *arg)
{
	struct sqlite_req *req = sqlite_req_new(VERB_PRUNE_HISTORY, NULL, arg);

	if (req == NULL)
		return ERR_NOMEM;
	req->since_s = before_s;
	req->newest_s = newest_s;
	req->call.decided = done;
	return sqlite_submit(store_of(store), req);
}

static const struct store_history_ops sqlite_history_ops = {
	.add = sqlite_add_history,
	.read = sqlite_read_history,
	.prune = sqlite_prune_history,
};

static int sqlite_put_seen(struct store *store, const struct store_seen *seen, size_t n,
			   bool forgets, store_done_fn *done, void *arg)
{
	struct sqlite_req *req = sqlite_req_new(VERB_PUT_SEEN, NULL, arg);

	if (req == NULL)
		return ERR_NOMEM;
	req->seen = calloc(n > 0 ? n : 1, sizeof(*seen));
	if (req->seen == NULL) {
		sqlite_req_free(req);
		return ERR_NOMEM;
	}
	memcpy(req->seen, seen, n * sizeof(*seen));
	req->n_seen = n;
	req->forgets = forgets;
	req->call.done = done;
	return sqlite_submit(store_of(store), req);
}

static int sqlite_list_seen(struct store *store, store_seen_fn *each, store_done_fn *done,
			    void *arg)
{
	struct sqlite_req *req = sqlite_req_new(VERB_LIST_SEEN, NULL, arg);

	if (req == NULL)
		return ERR_NOMEM;
	req->seen_page = calloc(1, sizeof(*req->seen_page));
	if (req->seen_page == NULL) {
		sqlite_req_free(req);
		return ERR_NOMEM;
	}
	req->each_seen = each;
	req->call.done = done;
	return sqlite_submit(store_of(store), req);
}

/* Copies notice. */
static int submit_notice(struct store *store, enum store_verb verb, const struct notice *notice,
			 int64_t now_s, store_done_fn *done, void *arg)
{
	struct sqlite_req *req = sqlite_req_new(verb, NULL, arg);

	if (req == NULL)
		return ERR_NOMEM;
	req->notice = malloc(sizeof(*req->notice));
	if (req->notice == NULL) {
		sqlite_req_free(req);
		return ERR_NOMEM;
	}
	*req->notice = *notice;
	req->now_s = now_s;
	req->call.done = done;
	return sqlite_submit(store_of(store), req);
}

static int sqlite_put_notice(struct store *store, const struct notice *n, store_done_fn *done,
			     void *arg)
{
	int err = notice_check(n, NULL);

	return err == 0 ? submit_notice(store, VERB_PUT_NOTICE, n, 0, done, arg) : err;
}

static int sqlite_list_notices(struct store *store, store_notice_fn *each, store_done_fn *done,
			       void *arg)
{
	struct sqlite_req *req = sqlite_req_new(VERB_LIST_NOTICES, NULL, arg);

	if (req == NULL)
		return ERR_NOMEM;
	req->notice_page = calloc(1, sizeof(*req->notice_page));
	if (req->notice_page == NULL) {
		sqlite_req_free(req);
		return ERR_NOMEM;
	}
	req->notice_page->nr = INT64_MIN;
	req->each_notice = each;
	req->call.done = done;
	return sqlite_submit(store_of(store), req);
}

static int sqlite_claim_notice(struct store *store, const char *id, const char *target,
			       const char *holder, int64_t now_s, int64_t until_s,
			       store_done_fn *done, void *arg)
{
	struct notice n = {.held_until_s = until_s};
	int err = notice_name(&n, id, target, holder);

	return err == 0 ? submit_notice(store, VERB_CLAIM_NOTICE, &n, now_s, done, arg) : err;
}

static int sqlite_update_notice(struct store *store, const struct notice *n, store_done_fn *done,
				void *arg)
{
	int err = notice_check_update(n);

	return err == 0 ? submit_notice(store, VERB_UPDATE_NOTICE, n, 0, done, arg) : err;
}

static int sqlite_remove_notice(struct store *store, const char *id, const char *target,
				const char *holder, store_done_fn *done, void *arg)
{
	struct notice n = {.made_s = 0};
	int err = notice_name(&n, id, target, holder);

	return err == 0 ? submit_notice(store, VERB_REMOVE_NOTICE, &n, 0, done, arg) : err;
}

static const struct store_notice_ops sqlite_notice_ops = {
	.put = sqlite_put_notice,
	.list = sqlite_list_notices,
	.claim = sqlite_claim_notice,
	.update = sqlite_update_notice,
	.remove = sqlite_remove_notice,
	.max = NOTICES_MAX,
};

static const struct store_ops sqlite_ops = {
	.name = "sqlite",
	.close = sqlite_close,
	.lookup = sqlite_lookup,
	.credential = sqlite_credential,
	.intend = sqlite_intend,
	.confirm = sqlite_confirm,
	.list = sqlite_list,
	.is_empty = sqlite_is_empty,
	.put = sqlite_put,
	.remove = sqlite_remove,
	.rename = sqlite_rename,
	.replace_secret = sqlite_replace_secret,
	.put_seen = sqlite_put_seen,
	.list_seen = sqlite_list_seen,
	.version = sqlite_version,
	.owners = sqlite_owners,
	.history = &sqlite_history_ops,
	.notices = &sqlite_notice_ops,
};

static int open_lanes(struct sqlite_store *s, const char *path, const struct fqdn *default_zone,
		      struct errinfo *ei)
{
	struct lane *writes = &s->lanes[LANE_WRITES], *reads = &s->lanes[LANE_READS];
	size_t i;
	int err = sqlite_db_open(path, default_zone, &writes->db, ei);

	if (err == 0)
		err = sqlite_db_open_beside(writes->db, &reads->db, ei);
	if (err < 0)
		sqlite_db_close(writes->db);
	for (i = 0; i < LANES; i++) {
		struct lane *l = &s->lanes[i];

		l->store = s;
		l->work.data = l;
		STAILQ_INIT(&l->waiting);
		STAILQ_INIT(&l->behind);
		STAILQ_INIT(&l->group);
	}
	return err;
}

int store_sqlite_open(struct uv_loop_s *loop, const char *path, const struct fqdn *default_zone,
		      struct store **ret, struct errinfo *ei)
{
	struct sqlite_store *s = calloc(1, sizeof(*s));
	int err;

	if (s == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	err = open_lanes(s, path, default_zone, ei);
	if (err < 0) {
		free(s);
		return err;
	}
	s->store.ops = &sqlite_ops;
	s->loop = loop;
	uv_idle_init(loop, &s->idle);
	uv_check_init(loop, &s->check);
	s->open_handles = 2;
	s->idle.data = s->check.data = s;
	*ret = &s->store;
	return 0;
}

const char *store_sqlite_version(void)
{
	return sqlite3_libversion();
}
