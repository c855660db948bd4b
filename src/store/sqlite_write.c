/* SPDX-License-Identifier: BSD-2-Clause
 * The verbs that write. Bound values outlive the statement's run, so that none is copied. */
#include "store/sqlite_write.h"

#include <string.h>

#include "base/buf.h"
#include "net/pseudonym.h"
#include "store/sqlite_db.h"
#include "store/sqlite_owners.h"
#include "store/sqlite_read.h"

/* Of the two texts that stand for several values. */
enum {
	QUIRKS_TEXT_MAX = 1024,
	SOURCES_TEXT_MAX = BOUNDS_SOURCES_MAX * PREFIX_TEXT_MAX,
	INTERFACE_IDS_TEXT_MAX = ACCOUNT_INTERFACE_IDS_MAX * (FQDN_TEXT_MAX + ADDR_TEXT_MAX + 2),
};

/* The text of a host's row: ours, or what somebody typed (a bare label, upper case). */
struct host_key {
	char text[4 * FQDN_TEXT_MAX + 1];
};

static int no_account(const char *user, struct errinfo *ei)
{
	char room[PSEUDONYM_LOGIN_MAX];

	return err_set(ei, ERR_NOTFOUND, "there is no account \"%s\"", pseudonym_login(user, room));
}

static int no_host(const char *user, const struct fqdn *name, struct errinfo *ei)
{
	char room[PSEUDONYM_LOGIN_MAX];

	return err_set(ei, ERR_NOTFOUND, "account \"%s\" has no host %s",
		       pseudonym_login(user, room), name->text);
}

static int changed_meanwhile(const char *user, const struct fqdn *name, struct errinfo *ei)
{
	char room[PSEUDONYM_LOGIN_MAX];

	return err_set(ei, ERR_CONFLICT, "host %s of account \"%s\" was changed by somebody else",
		       name->text, pseudonym_login(user, room));
}

static void bind_text(sqlite3_stmt *stmt, int i, const char *text)
{
	/* Cannot fail: nothing is copied, and the number is one of the statement's. */
	sqlite3_bind_text(stmt, i, text, -1, SQLITE_STATIC);
}

/* NULL (as after the reset) when there is no address. */
static void bind_addr(sqlite3_stmt *stmt, int i, const struct addr *addr, char text[ADDR_TEXT_MAX])
{
	if (addr_is_set(addr))
		bind_text(stmt, i, addr_format(addr, text));
}

static int bind_row(struct sqlite_db *db, enum sqlite_stmt which, const char *user,
		    const char *name, sqlite3_stmt **ret, struct errinfo *ei)
{
	int err = sqlite_db_stmt(db, which, ret, ei);

	if (err < 0)
		return err;
	bind_text(*ret, 1, user);
	if (name != NULL)
		bind_text(*ret, 2, name);
	return 0;
}

/* Finds the row whose name means the host, however it is spelt. */
static int find_spelling(struct sqlite_db *db, const char *user, const struct fqdn *name,
			 struct host_key *ret, struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	struct fqdn found;
	bool is_found = false;
	int step = SQLITE_DONE, err = bind_row(db, STMT_GET_HOSTS, user, NULL, &stmt, ei);

	if (err < 0)
		return err;
	while (!is_found && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct slice text = {(const char *)sqlite3_column_text(stmt, 0),
				     (size_t)sqlite3_column_bytes(stmt, 0)};

		is_found =
			fqdn_complete(slice_trim(text, STR_SPACE), db->default_zone, &found) == 0 &&
			fqdn_equal(&found, name) &&
			str_copy(ret->text, sizeof(ret->text), text) == 0;
	}
	if (!is_found)
		err = step == SQLITE_DONE ? no_host(user, name, ei) : sqlite_db_fail(db, ei);
	sqlite3_reset(stmt);
	return err;
}

/* Why an update of one host's row changed nothing: the account or host is gone, or somebody changed
 * it. Or (0, *ret set, *ret_key set) the row is spelt otherwise, in its name or its addresses. */
static int explain_miss(struct sqlite_db *db, const char *user, const struct fqdn *name,
			struct host_state *ret, struct host_key *ret_key, struct errinfo *ei)
{
	const struct account_host *host;
	struct account *account;
	int err = sqlite_db_lookup(db, user, &account, ei);

	if (err < 0)
		return err;
	host = account_find_host(account, name);
	if (host == NULL && !account_may_have_host(account, name))
		err = no_host(user, name, ei);
	else if (host == NULL)
		err = changed_meanwhile(user, name, ei);
	else
		*ret = host->state;
	account_free(account);
	return err < 0 ? err : find_spelling(db, user, name, ret_key, ei);
}

static int intend_row(struct sqlite_db *db, enum sqlite_stmt which, const char *user,
		      const char *name, const struct store_intent *intent, int *ret_changes,
		      struct errinfo *ei)
{
	char v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX], old_v4[ADDR_TEXT_MAX], old_v6[ADDR_TEXT_MAX];
	char gone_v4[ADDR_TEXT_MAX], gone_v6[ADDR_TEXT_MAX];
	sqlite3_stmt *stmt;
	int err = bind_row(db, which, user, name, &stmt, ei);

	if (err < 0)
		return err;
	sqlite3_bind_int64(stmt, 3, (sqlite3_int64)intent->expect.seq);
	bind_addr(stmt, 4, &intent->want.v4, v4);
	bind_addr(stmt, 5, &intent->want.v6, v6);
	sqlite3_bind_int64(stmt, 6, (sqlite3_int64)store_intent_seq(intent));
	sqlite3_bind_int64(stmt, 7, intent->repeats ? (sqlite3_int64)store_intent_seq(intent) : 0);
	bind_addr(stmt, 8, &intent->gone.v4, gone_v4);
	bind_addr(stmt, 9, &intent->gone.v6, gone_v6);
	sqlite3_bind_int64(stmt, 10, intent->wanted_ms);
	sqlite3_bind_int64(stmt, 11, intent->since_ms);
	if (which == STMT_INTEND) {
		sqlite3_bind_int64(stmt, 12, (sqlite3_int64)intent->expect.pub);
		bind_addr(stmt, 13, &intent->expect.want.v4, old_v4);
		bind_addr(stmt, 14, &intent->expect.want.v6, old_v6);
		sqlite3_bind_int(stmt, 15, host_state_is_over(&intent->expect));
	}
	return sqlite_db_run(db, stmt, ret_changes, ei);
}

/* Whoever typed a row may have spelt its addresses in any way: what does not match is read, in the
 * same transaction. */
static int intend_one(struct sqlite_db *db, const char *user, const struct store_intent *intent,
		      struct errinfo *ei)
{
	struct host_state found;
	struct host_key key;
	int changes = 0;
	int err = intend_row(db, STMT_INTEND, user, intent->name.text, intent, &changes, ei);

	if (err < 0 || changes == 1)
		return err;
	err = explain_miss(db, user, &intent->name, &found, &key, ei);
	if (err == 0 && !store_intent_fits(intent, &found))
		err = changed_meanwhile(user, &intent->name, ei);
	if (err == 0)
		err = intend_row(db, STMT_INTEND_CHECKED, user, key.text, intent, &changes, ei);
	return err == 0 && changes == 0 ? changed_meanwhile(user, &intent->name, ei) : err;
}

int sqlite_db_intend(struct sqlite_db *db, const char *user, const struct store_intent *intents,
		     size_t n, struct errinfo *ei)
{
	size_t i;
	int err = sqlite_db_savepoint(db, ei);

	if (err < 0)
		return err;
	for (i = 0; i < n && err == 0; i++) {
		err = intend_one(db, user, &intents[i], ei);
		if (err == 0)
			err = sqlite_db_overtake(db, user, &intents[i], ei);
	}
	return sqlite_db_release(db, err, ei);
}

static int confirm_row(struct sqlite_db *db, const char *user, const char *name,
		       const struct store_confirm *c, int *ret_changes, struct errinfo *ei)
{
	char v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX];
	sqlite3_stmt *stmt;
	int err = bind_row(db, STMT_CONFIRM, user, name, &stmt, ei);

	if (err < 0)
		return err;
	sqlite3_bind_int64(stmt, 3, (sqlite3_int64)c->seq);
	sqlite3_bind_int64(stmt, 4, c->time_s);
	bind_addr(stmt, 5, &c->want.v4, v4);
	bind_addr(stmt, 6, &c->want.v6, v6);
	sqlite3_bind_int64(stmt, 7, c->ttl);
	bind_text(stmt, 8, c->zone);
	sqlite3_bind_int(stmt, 9, c->is_last);
	return sqlite_db_run(db, stmt, ret_changes, ei);
}

int sqlite_db_confirm(struct sqlite_db *db, const char *user, const struct store_confirm *c,
		      struct errinfo *ei)
{
	struct host_state found;
	struct host_key key;
	int changes = 0, err = sqlite_db_savepoint(db, ei);

	if (err < 0)
		return err;
	err = confirm_row(db, user, c->name.text, c, &changes, ei);
	if (err == 0 && changes == 0) {
		err = explain_miss(db, user, &c->name, &found, &key, ei);
		if (err == 0 && found.seq == c->seq)
			err = confirm_row(db, user, key.text, c, &changes, ei);
		if (err == 0 && changes == 0)
			err = changed_meanwhile(user, &c->name, ei);
	}
	return sqlite_db_release(db, err, ei);
}

static int format_quirks(unsigned quirks, struct buf *text)
{
	unsigned bit;

	for (bit = 1; bit != 0; bit <<= 1)
		if ((quirks & bit) != 0)
			buf_addf(text, "%s%s", text->len > 0 ? " " : "",
				 account_quirk_name((enum account_quirk)bit));
	return buf_err(text);
}

/* "HOST=ID HOST=ID" */
static int format_interface_ids(const struct account *a, struct buf *text)
{
	char id[ADDR_TEXT_MAX];
	size_t i;

	for (i = 0; i < a->n_hosts; i++) {
		const struct account_host *host = &a->hosts[i];

		if (interface_id_is_set(&host->interface_id))
			buf_addf(text, "%s%s=%s", text->len > 0 ? " " : "", host->name.text,
				 interface_id_format(&host->interface_id, id));
	}
	return buf_err(text);
}

static int format_sources(const struct account *a, struct buf *text)
{
	char prefix[PREFIX_TEXT_MAX];
	size_t i;

	for (i = 0; i < a->bounds.n_sources; i++)
		buf_addf(text, "%s%s", i > 0 ? " " : "",
			 prefix_format(&a->bounds.sources[i], prefix));
	return buf_err(text);
}

/* NULL: the one that is there stays. */
static const char *stored_secret(const struct account *a)
{
	return (a->flaws & ACCOUNT_FLAW_SECRET) != 0 ? NULL : a->secret;
}

/* Columns of an account that are text; all are borrowed by a statement until it has run. */
struct account_texts {
	struct buf quirks, ids, sources;
	char until[BOUNDS_UNTIL_TEXT_MAX];
};

static int texts_init(struct account_texts *t, const struct account *a)
{
	int err;

	buf_init(&t->quirks, QUIRKS_TEXT_MAX);
	buf_init(&t->ids, INTERFACE_IDS_TEXT_MAX);
	buf_init(&t->sources, SOURCES_TEXT_MAX);
	bounds_format_until(&a->bounds, t->until);
	err = format_quirks(a->quirks, &t->quirks);
	if (err == 0)
		err = format_interface_ids(a, &t->ids);
	return err == 0 ? format_sources(a, &t->sources) : err;
}

static void texts_fini(struct account_texts *t)
{
	buf_fini(&t->quirks);
	buf_fini(&t->ids);
	buf_fini(&t->sources);
}

/* flaws: what of an account that exists is left as it is stored. */
static void bind_account(sqlite3_stmt *stmt, const struct account *a, const struct account_texts *t,
			 unsigned flaws)
{
	sqlite3_bind_int64(stmt, 3, a->ttl);
	sqlite3_bind_int(stmt, 4, a->disabled);
	bind_text(stmt, 5, buf_str(&t->quirks));
	if ((flaws & ACCOUNT_FLAW_INTERFACE_IDS) == 0)
		bind_text(stmt, 6, buf_str(&t->ids));
	if ((flaws & ACCOUNT_FLAW_UNTIL) == 0)
		bind_text(stmt, 7, t->until);
	if ((flaws & ACCOUNT_FLAW_SOURCES) == 0)
		bind_text(stmt, 8, buf_str(&t->sources));
}

static int write_account(struct sqlite_db *db, const struct account *a, enum store_put_mode mode,
			 struct errinfo *ei)
{
	bool creates = store_put_creates(mode);
	enum sqlite_stmt which = creates ? STMT_INSERT_ACCOUNT : STMT_UPDATE_ACCOUNT;
	struct account_texts texts;
	sqlite3_stmt *stmt;
	int changes = 0, err = texts_init(&texts, a);

	if (err < 0)
		err_set(ei, err, "%s", err_str(err));
	else
		err = bind_row(db, which, a->user, creates ? a->secret : stored_secret(a), &stmt,
			       ei);
	if (err == 0) {
		bind_account(stmt, a, &texts, creates ? 0 : a->flaws);
		err = sqlite_db_run(db, stmt, &changes, ei);
	}
	texts_fini(&texts);
	if (err < 0 || changes == 1)
		return err;
	if (creates)
		return err_set(ei, ERR_EXISTS, "account \"%s\" exists already", a->user);
	return no_account(a->user, ei);
}

static int insert_host(struct sqlite_db *db, const char *user, const struct account_host *host,
		       const struct host_state *state, int position, struct errinfo *ei)
{
	char v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX], gone_v4[ADDR_TEXT_MAX], gone_v6[ADDR_TEXT_MAX];
	sqlite3_stmt *stmt;
	int err = bind_row(db, STMT_INSERT_HOST, user, host->name.text, &stmt, ei);

	if (err < 0)
		return err;
	sqlite3_bind_int(stmt, 3, position);
	bind_addr(stmt, 4, &state->want.v4, v4);
	bind_addr(stmt, 5, &state->want.v6, v6);
	sqlite3_bind_int64(stmt, 6, (sqlite3_int64)state->seq);
	sqlite3_bind_int64(stmt, 7, (sqlite3_int64)state->pub);
	sqlite3_bind_int64(stmt, 8, state->time_s);
	sqlite3_bind_int64(stmt, 9, (sqlite3_int64)state->repeats);
	sqlite3_bind_int64(stmt, 10, state->ttl);
	bind_text(stmt, 11, state->zone);
	sqlite3_bind_int64(stmt, 12, (sqlite3_int64)state->over);
	bind_addr(stmt, 13, &state->gone.v4, gone_v4);
	bind_addr(stmt, 14, &state->gone.v6, gone_v6);
	sqlite3_bind_int64(stmt, 15, state->wanted_ms);
	sqlite3_bind_int64(stmt, 16, state->since_ms);
	return sqlite_db_run(db, stmt, NULL, ei);
}

static int delete_rows(struct sqlite_db *db, enum sqlite_stmt which, const char *user,
		       int *ret_changes, struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	int err = bind_row(db, which, user, NULL, &stmt, ei);

	return err < 0 ? err : sqlite_db_run(db, stmt, ret_changes, ei);
}

/* Writes all rows anew. before is the account as it was, or NULL; hosts that stay keep its state.
 * There may be rows without an account, from somebody who edited the file with foreign keys off. */
static int write_hosts(struct sqlite_db *db, const struct account *a, const struct account *before,
		       struct errinfo *ei)
{
	const struct account_host *host, *old;
	size_t i;
	int err = delete_rows(db, STMT_DELETE_HOSTS, a->user, NULL, ei);

	for (i = 0; i < a->n_hosts && err == 0; i++) {
		host = &a->hosts[i];
		old = before == NULL ? NULL : account_find_host(before, &host->name);
		err = insert_host(db, a->user, host, old == NULL ? &host->state : &old->state,
				  (int)i, ei);
	}
	return err;
}

/* *ret stays NULL when the stored account is none: it is repaired by being replaced. */
static int read_before(struct sqlite_db *db, const char *user, struct account **ret,
		       struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	int err = sqlite_db_lookup(db, user, ret, &why);

	return err == 0 || err == ERR_PROTOCOL ? 0 : err_set(ei, err, "%s", why.text);
}

static int write_put(struct sqlite_db *db, const struct account *account, enum store_put_mode mode,
		     struct errinfo *ei)
{
	struct account *before = NULL;
	int err = 0;

	if (!store_put_creates(mode))
		err = read_before(db, account->user, &before, ei);
	if (err == 0)
		err = write_account(db, account, mode, ei);
	if (err == 0 && store_put_is_alone(mode))
		err = sqlite_db_check_alone(db, account, before, ei);
	if (err == 0 && (account->flaws & ACCOUNT_FLAW_HOSTS) == 0)
		err = write_hosts(db, account, before, ei);
	account_free(before);
	return err;
}

int sqlite_db_put(struct sqlite_db *db, const struct account *account, enum store_put_mode mode,
		  struct errinfo *ei)
{
	int err = sqlite_db_savepoint(db, ei);

	return err < 0 ? err : sqlite_db_release(db, write_put(db, account, mode, ei), ei);
}

int sqlite_db_remove(struct sqlite_db *db, const char *user, struct errinfo *ei)
{
	int changes = 0, err = sqlite_db_savepoint(db, ei);

	if (err < 0)
		return err;
	err = delete_rows(db, STMT_DELETE_HOSTS, user, NULL, ei);
	if (err == 0)
		err = delete_rows(db, STMT_DELETE_ACCOUNT, user, &changes, ei);
	if (err == 0 && changes == 0)
		err = no_account(user, ei);
	return sqlite_db_release(db, err, ei);
}

/* err, with a sentence that ends in what, when the statement about user gives a row. */
static int refuse_row(struct sqlite_db *db, enum sqlite_stmt which, const char *user, int refusal,
		      const char *what, struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	int step, err = bind_row(db, which, user, NULL, &stmt, ei);

	if (err < 0)
		return err;
	step = sqlite3_step(stmt);
	if (step == SQLITE_ROW)
		err = err_set(ei, refusal, "account \"%s\" %s", user, what);
	else if (step != SQLITE_DONE)
		err = sqlite_db_fail(db, ei);
	sqlite3_reset(stmt);
	return err;
}

static int rename_account(struct sqlite_db *db, const char *user, const char *to,
			  struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	int changes = 0, err;

	if ((err = refuse_row(db, STMT_GET_ACCOUNT, to, ERR_EXISTS, "exists already", ei)) < 0 ||
	    (err = refuse_row(db, STMT_COUNT_OWED, user, ERR_CONFLICT,
			      "has a host that is being published", ei)) < 0 ||
	    /* rows without an account, from somebody who edited the file with foreign keys off */
	    (err = delete_rows(db, STMT_DELETE_HOSTS, to, NULL, ei)) < 0 ||
	    (err = bind_row(db, STMT_RENAME_ACCOUNT, user, to, &stmt, ei)) < 0)
		return err;
	err = sqlite_db_run(db, stmt, &changes, ei);
	if (err == 0 && changes == 0)
		return no_account(user, ei);
	/* What was seen of its hosts goes along, as they do by themselves. */
	if (err == 0)
		err = bind_row(db, STMT_RENAME_SEEN, user, to, &stmt, ei);
	return err == 0 ? sqlite_db_run(db, stmt, NULL, ei) : err;
}

int sqlite_db_rename(struct sqlite_db *db, const char *user, const char *to, struct errinfo *ei)
{
	int err = sqlite_db_savepoint(db, ei);

	return err < 0 ? err : sqlite_db_release(db, rename_account(db, user, to, ei), ei);
}

int sqlite_db_replace_secret(struct sqlite_db *db, const char *user, const char *old,
			     const char *secret, struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	int changes = 0, err = bind_row(db, STMT_REPLACE_SECRET, user, old, &stmt, ei);

	if (err < 0)
		return err;
	bind_text(stmt, 3, secret);
	err = sqlite_db_run(db, stmt, &changes, ei);
	if (err < 0 || changes == 1)
		return err;
	err = refuse_row(db, STMT_GET_ACCOUNT, user, ERR_CONFLICT, "has another secret by now", ei);
	return err == 0 ? no_account(user, ei) : err;
}
