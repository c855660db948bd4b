/* SPDX-License-Identifier: BSD-2-Clause
 * Requests gather while the loop turns and while a worker is busy; then all of them go to one
 * worker as one group. Its writes share one transaction, and so one fsync(2), its reads another.
 * At most one group is out at a time: the connection has one owner and needs no lock. */
#include "store/sqlite.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "store/sqlite_db.h"
#include "store/sqlite_read.h"
#include "store/sqlite_req.h"
#include "store/store.h"

STAILQ_HEAD(queue, sqlite_req);

struct sqlite_store {
	struct store store;
	uv_loop_t *loop;
	/* check runs at the end of a turn; idle, while active, keeps the turn from sleeping. */
	uv_idle_t idle;
	uv_check_t check;
	uv_work_t work;
	struct sqlite_db *db; /* the worker's while is_busy */
	struct queue waiting;
	struct queue group; /* the worker's while is_busy */
	bool is_busy;
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

static bool has_kind(const struct queue *q, bool writes)
{
	const struct sqlite_req *req;

	STAILQ_FOREACH(req, q, link) {
		if (sqlite_req_writes(req) == writes)
			return true;
	}
	return false;
}

static void fail_kind(struct queue *q, bool writes, int err, const struct errinfo *why)
{
	struct sqlite_req *req;

	STAILQ_FOREACH(req, q, link) {
		if (sqlite_req_writes(req) == writes)
			sqlite_req_fail(req, err, why);
	}
}

/* A verb that fails is undone alone. A commit that fails makes all verbs of its group fail. */
static void run_kind(struct sqlite_store *s, bool writes)
{
	struct errinfo why = ERRINFO_INIT;
	struct sqlite_req *req;
	int err;

	if (!has_kind(&s->group, writes))
		return;
	err = sqlite_db_begin(s->db, writes, &why);
	if (err == 0) {
		STAILQ_FOREACH(req, &s->group, link) {
			if (sqlite_req_writes(req) == writes)
				sqlite_req_run(req, s->db);
		}
		err = sqlite_db_commit(s->db, &why);
	}
	if (err < 0)
		fail_kind(&s->group, writes, err, &why);
}

/* Writes first: a read that was asked for after a write sees it. */
static void on_work(uv_work_t *work)
{
	struct sqlite_store *s = work->data;

	run_kind(s, true);
	run_kind(s, false);
}

static void on_close_work(uv_work_t *work)
{
	struct sqlite_store *s = work->data;

	sqlite_db_close(s->db);
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
	struct sqlite_store *s = work->data;

	(void)status;
	uv_close((uv_handle_t *)&s->idle, on_handle_closed);
	uv_close((uv_handle_t *)&s->check, on_handle_closed);
}

static void finish_close(struct sqlite_store *s)
{
	struct sqlite_req *req;

	uv_idle_stop(&s->idle);
	uv_check_stop(&s->check);
	while ((req = queue_take(&s->waiting)) != NULL) {
		sqlite_req_fail(req, ERR_CANCELED, NULL);
		sqlite_req_deliver(req);
		sqlite_req_free(req);
	}
	/* The last connection's close copies the log into the file: not on this thread. */
	uv_queue_work(s->loop, &s->work, on_close_work, after_close_work);
}

static void on_idle(uv_idle_t *idle)
{
	(void)idle;
}

static void after_work(uv_work_t *work, int status);

static void on_check(uv_check_t *check)
{
	struct sqlite_store *s = check->data;

	uv_idle_stop(&s->idle);
	uv_check_stop(&s->check);
	STAILQ_CONCAT(&s->group, &s->waiting);
	s->is_busy = true;
	uv_queue_work(s->loop, &s->work, on_work, after_work);
}

/* At the end of this turn of the loop the waiting requests are sent to a worker. */
static void arm(struct sqlite_store *s)
{
	if (s->is_busy || s->is_delivering || STAILQ_EMPTY(&s->waiting))
		return;
	uv_idle_start(&s->idle, on_idle);
	uv_check_start(&s->check, on_check);
}

static int sqlite_submit(struct sqlite_store *s, struct sqlite_req *req)
{
	assert(!s->is_closing);
	STAILQ_INSERT_TAIL(&s->waiting, req, link);
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
	STAILQ_INSERT_TAIL(&s->waiting, req, link);
	return true;
}

static void deliver(struct sqlite_store *s, struct sqlite_req *req)
{
	if (!s->is_closing && req->verb == VERB_LIST && deliver_page(s, req))
		return;
	if (s->is_closing)
		sqlite_req_fail(req, ERR_CANCELED, NULL);
	sqlite_req_deliver(req);
	sqlite_req_free(req);
}

static void after_work(uv_work_t *work, int status)
{
	struct sqlite_store *s = work->data;
	struct sqlite_req *req;

	(void)status;
	s->is_busy = false;
	s->is_delivering = true;
	while ((req = queue_take(&s->group)) != NULL)
		deliver(s, req);
	s->is_delivering = false;
	if (s->is_closing)
		finish_close(s);
	else
		arm(s);
}

/* --- the verbs --- */

static void sqlite_close(struct store *store)
{
	struct sqlite_store *s = store_of(store);

	s->is_closing = true;
	if (!s->is_busy && !s->is_delivering)
		finish_close(s);
}

static int sqlite_lookup(struct store *store, const char *user, store_lookup_fn *done, void *arg)
{
	struct sqlite_req *req = sqlite_req_new(VERB_LOOKUP, user, arg);

	if (req == NULL)
		return ERR_NOMEM;
	req->call.lookup = done;
	return sqlite_submit(store_of(store), req);
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

static const struct store_ops sqlite_ops = {
	.name = "sqlite",
	.close = sqlite_close,
	.lookup = sqlite_lookup,
	.intend = sqlite_intend,
	.confirm = sqlite_confirm,
	.list = sqlite_list,
	.is_empty = sqlite_is_empty,
	.put = sqlite_put,
	.remove = sqlite_remove,
	.rename = sqlite_rename,
	.version = sqlite_version,
	.owners = sqlite_owners,
};

int store_sqlite_open(struct uv_loop_s *loop, const char *path, const struct fqdn *default_zone,
		      struct store **ret, struct errinfo *ei)
{
	struct sqlite_store *s = calloc(1, sizeof(*s));
	int err;

	if (s == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	err = sqlite_db_open(path, default_zone, &s->db, ei);
	if (err < 0) {
		free(s);
		return err;
	}
	s->store.ops = &sqlite_ops;
	s->loop = loop;
	STAILQ_INIT(&s->waiting);
	STAILQ_INIT(&s->group);
	uv_idle_init(loop, &s->idle);
	uv_check_init(loop, &s->check);
	s->open_handles = 2;
	s->idle.data = s->check.data = s->work.data = s;
	*ret = &s->store;
	return 0;
}

const char *store_sqlite_version(void)
{
	return sqlite3_libversion();
}
