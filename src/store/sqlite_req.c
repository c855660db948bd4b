/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/sqlite_req.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/sqlite_history.h"
#include "store/sqlite_owners.h"
#include "store/sqlite_read.h"
#include "store/sqlite_seen.h"
#include "store/sqlite_write.h"

struct sqlite_req *sqlite_req_new(enum store_verb verb, const char *user, void *arg)
{
	struct sqlite_req *req = calloc(1, sizeof(*req));

	if (req == NULL)
		return NULL;
	req->verb = verb;
	req->arg = arg;
	if (user != NULL && (req->user = strdup(user)) == NULL) {
		free(req);
		return NULL;
	}
	return req;
}

void sqlite_req_free(struct sqlite_req *req)
{
	if (req == NULL)
		return;
	account_free(req->account);
	sqlite_page_free(req->page);
	free(req->seen);
	free(req->seen_page);
	free(req->notice);
	free(req->notice_page);
	free(req->intents);
	free(req->owners);
	free(req->entries);
	free(req->user);
	free(req->to);
	str_free_secret(req->old_secret);
	str_free_secret(req->secret);
	free(req);
}

enum sqlite_work sqlite_req_work(const struct sqlite_req *req)
{
	switch (req->verb) {
	case VERB_LOOKUP:
	case VERB_CREDENTIAL:
	case VERB_LIST:
	case VERB_VERSION:
	case VERB_OWNERS:
	case VERB_IS_EMPTY:
	case VERB_READ_HISTORY:
	case VERB_LIST_SEEN:
	case VERB_LIST_NOTICES:
		return SQLITE_READS;
	case VERB_ADD_HISTORY:
	case VERB_PRUNE_HISTORY:
	case VERB_PUT_SEEN:
	case VERB_PUT_NOTICE:
	case VERB_CLAIM_NOTICE:
	case VERB_UPDATE_NOTICE:
	case VERB_REMOVE_NOTICE:
		return SQLITE_WRITES_BEHIND;
	default:
		return SQLITE_WRITES;
	}
}

static int run_notice(struct sqlite_req *req, struct sqlite_db *db)
{
	struct errinfo *why = &req->why;

	switch (req->verb) {
	case VERB_PUT_NOTICE:
		return sqlite_db_put_notice(db, req->notice, why);
	case VERB_LIST_NOTICES:
		return sqlite_db_next_notices(db, req->notice_page, why);
	case VERB_CLAIM_NOTICE:
		return sqlite_db_claim_notice(db, req->notice, req->now_s, why);
	case VERB_UPDATE_NOTICE:
		return sqlite_db_update_notice(db, req->notice, why);
	default:
		return sqlite_db_remove_notice(db, req->notice, why);
	}
}

static int req_run(struct sqlite_req *req, struct sqlite_db *db)
{
	struct errinfo *why = &req->why;

	switch (req->verb) {
	case VERB_LOOKUP:
		return sqlite_db_lookup(db, req->user, &req->account, why);
	case VERB_CREDENTIAL:
		return sqlite_db_credential(db, req->user, &req->account, why);
	case VERB_INTEND:
		return sqlite_db_intend(db, req->user, req->intents, req->n_intents, why);
	case VERB_CONFIRM:
		return sqlite_db_confirm(db, req->user, &req->confirm, why);
	case VERB_LIST:
		return sqlite_db_next_page(db, req->page, why);
	case VERB_PUT:
		return sqlite_db_put(db, req->account, req->put_mode, why);
	case VERB_REMOVE:
		return sqlite_db_remove(db, req->user, why);
	case VERB_RENAME:
		return sqlite_db_rename(db, req->user, req->to, why);
	case VERB_REPLACE_SECRET:
		return sqlite_db_replace_secret(db, req->user, req->old_secret, req->secret, why);
	case VERB_VERSION:
		return sqlite_db_version(db, &req->version, why);
	case VERB_OWNERS:
		return sqlite_db_owners(db, &req->name, req->owners, why);
	case VERB_IS_EMPTY:
		return sqlite_db_is_empty(db, &req->is_empty, why);
	case VERB_ADD_HISTORY:
		return sqlite_db_add_history(db, req->entries, req->n_entries, why);
	case VERB_READ_HISTORY:
		return sqlite_db_read_history(db, &req->name, req->since_s, req->max_entries,
					      &req->entries, &req->n_entries, why);
	case VERB_PRUNE_HISTORY:
		return sqlite_db_prune_history(db, req->since_s, req->newest_s, &req->is_more, why);
	case VERB_PUT_SEEN:
		return sqlite_db_put_seen(db, req->seen, req->n_seen, req->forgets, why);
	case VERB_LIST_SEEN:
		return sqlite_db_next_seen(db, req->seen_page, why);
	case VERB_PUT_NOTICE:
	case VERB_LIST_NOTICES:
	case VERB_CLAIM_NOTICE:
	case VERB_UPDATE_NOTICE:
	case VERB_REMOVE_NOTICE:
		return run_notice(req, db);
	}
	return ERR_INVAL;
}

void sqlite_req_run(struct sqlite_req *req, struct sqlite_db *db)
{
	err_reset(&req->why);
	req->err = req_run(req, db);
	if (req->err < 0)
		err_set(&req->why, req->err, "%s", err_str(req->err));
}

void sqlite_req_fail(struct sqlite_req *req, int err, const struct errinfo *why)
{
	req->err = err;
	err_reset(&req->why);
	err_set(&req->why, err, "%s", why != NULL && why->code != 0 ? why->text : err_str(err));
}

void sqlite_req_deliver(struct sqlite_req *req)
{
	const struct errinfo *why = req->err < 0 ? &req->why : NULL;
	struct account *found;

	switch (req->verb) {
	case VERB_LOOKUP:
	case VERB_CREDENTIAL:
		found = req->err < 0 ? NULL : req->account;
		if (found != NULL)
			req->account = NULL;
		req->call.lookup(req->arg, req->err, found, why);
		break;
	case VERB_VERSION:
		if (req->err < 0)
			req->version = (struct store_version){0};
		req->call.version(req->arg, req->err, req->version, why);
		break;
	case VERB_OWNERS:
		req->call.owners(req->arg, req->err, req->err < 0 ? NULL : req->owners, why);
		break;
	case VERB_IS_EMPTY:
		req->call.decided(req->arg, req->err, req->err == 0 && req->is_empty, why);
		break;
	case VERB_READ_HISTORY:
		req->call.history(req->arg, req->err, req->entries,
				  req->err < 0 ? 0 : req->n_entries, why);
		break;
	case VERB_PRUNE_HISTORY:
		req->call.decided(req->arg, req->err, req->err == 0 && req->is_more, why);
		break;
	default:
		req->call.done(req->arg, req->err, why);
		break;
	}
}
