/* SPDX-License-Identifier: BSD-2-Clause
 * Rows to accounts. A row may have been edited by hand: nothing in it is trusted. */
#include "store/sqlite_read.h"

#include <stdlib.h>
#include <string.h>

#include "account/secret.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/pseudonym.h"
#include "store/sqlite_db.h"

enum { USER_LOG_MAX = 80 };

enum { COL_SECRET, COL_TTL, COL_DISABLED, COL_QUIRKS, COL_INTERFACE_IDS, COL_UNTIL, COL_SOURCES };
enum { COL_EXISTS = COL_DISABLED + 1 }; /* of STMT_GET_CREDENTIAL */
enum {
	COL_NAME,
	COL_V4,
	COL_V6,
	COL_SEQ,
	COL_PUB,
	COL_TIME,
	COL_REPEATS,
	COL_PUB_TTL,
	COL_PUB_ZONE,
	COL_OVER,
	COL_GONE_V4,
	COL_GONE_V6,
	COL_WANTED,
	COL_SINCE,
	COL_WANTED_SEQ
};

static struct slice column_slice(sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return (struct slice){text, (size_t)sqlite3_column_bytes(stmt, column)};
}

/* A quirk that only a later version knows is ignored: the router must still be able to log in. */
static void read_quirk(struct account *a, struct slice word)
{
	static _Atomic long long next_log_ms;
	unsigned quirk = account_quirk_parse(word);

	if (quirk == 0 && log_may_repeat(&next_log_ms, clock_mono_ms()))
		log_event(LOG_LEVEL_WARN, "an unknown quirk is ignored",
			  LOG_FIELDS(LOG_USER(a->user), log_slice("quirk", word)));
	a->quirks |= quirk;
}

static void read_quirks(struct account *a, struct slice words)
{
	size_t i, start = 0;

	for (i = 0; i <= words.len; i++) {
		if (i < words.len && words.p[i] != ' ')
			continue;
		if (i > start)
			read_quirk(a, (struct slice){words.p + start, i - start});
		start = i + 1;
	}
}

/* What cannot be used is a flaw of the account: 0, or ERR_NOMEM. */
static int sqlite_read_flaw(struct account *a, enum account_flaw flaw, const char *problem)
{
	char shown[USER_LOG_MAX];

	return account_add_flaw(a, flaw, "the stored account \"%s\" is malformed: %s",
				pseudonym_printable(shown, sizeof(shown), slice_of(a->user)),
				problem);
}

static int read_until(sqlite3_stmt *stmt, struct account *a)
{
	struct slice text = column_slice(stmt, COL_UNTIL);
	struct errinfo why = ERRINFO_INIT;

	if (text.len == 0 || bounds_set_until(&a->bounds, text, &why) == 0)
		return 0;
	return sqlite_read_flaw(a, ACCOUNT_FLAW_UNTIL, "its valid_until is no time");
}

/* All or none: part of them would shut out who is in the others. */
static int read_sources(sqlite3_stmt *stmt, struct account *a)
{
	struct slice text, rest = column_slice(stmt, COL_SOURCES);
	struct errinfo why = ERRINFO_INIT;
	int err = 0;

	while (err == 0 && rest.len > 0) {
		slice_cut(rest, ' ', &text, &rest);
		if (text.len > 0)
			err = bounds_add_source(&a->bounds, text, &why);
	}
	if (err == 0)
		return 0;
	a->bounds.n_sources = 0;
	return sqlite_read_flaw(a, ACCOUNT_FLAW_SOURCES, "its sources are no list of prefixes");
}

/* Of STMT_GET_ACCOUNT and STMT_GET_CREDENTIAL. */
static int read_credential(sqlite3_stmt *stmt, struct account *a)
{
	struct errinfo why = ERRINFO_INIT;
	int err = account_set_secret(a, column_slice(stmt, COL_SECRET), &why);

	if (err == ERR_INVAL)
		err = sqlite_read_flaw(a, ACCOUNT_FLAW_SECRET, why.text);
	else if (err == 0 && !secret_is_whole(a->secret))
		err = sqlite_read_flaw(a, ACCOUNT_FLAW_SECRET, "the hash is cut off");
	a->disabled = sqlite3_column_int(stmt, COL_DISABLED) != 0;
	if (err == 0)
		err = read_until(stmt, a);
	if (err == 0)
		err = read_sources(stmt, a);
	return err;
}

/* The columns of STMT_GET_ACCOUNT but for the login. */
static int read_settings(sqlite3_stmt *stmt, struct account *a)
{
	sqlite3_int64 ttl = sqlite3_column_int64(stmt, COL_TTL);
	int err = read_credential(stmt, a);

	if (err == 0 && (ttl < 0 || ttl > ACCOUNT_TTL_MAX))
		err = sqlite_read_flaw(a, ACCOUNT_FLAW_TTL, "its ttl is out of range");
	else
		a->ttl = (uint32_t)ttl;
	read_quirks(a, column_slice(stmt, COL_QUIRKS));
	return err;
}

static bool read_addr(sqlite3_stmt *stmt, int column, enum addr_family family, struct addr *ret)
{
	struct addr addr;

	if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
		return true;
	if (addr_parse(column_slice(stmt, column), &addr) < 0 || addr.family != family)
		return false;
	*ret = addr;
	return true;
}

/* These columns spare a publication that is not needed, or say what else is to be done: a value
 * that cannot be used counts as unknown. */
static void read_last_publication(sqlite3_stmt *stmt, struct host_state *ret)
{
	sqlite3_int64 repeats = sqlite3_column_int64(stmt, COL_REPEATS);
	sqlite3_int64 ttl = sqlite3_column_int64(stmt, COL_PUB_TTL);
	sqlite3_int64 over = sqlite3_column_int64(stmt, COL_OVER);

	ret->over = over > 0 ? (uint64_t)over : 0;
	ret->repeats = repeats > 0 ? (uint64_t)repeats : 0;
	ret->ttl = ttl > 0 && ttl <= ACCOUNT_TTL_MAX ? (uint32_t)ttl : 0;
	if (str_copy(ret->zone, sizeof(ret->zone), column_slice(stmt, COL_PUB_ZONE)) != 0)
		ret->zone[0] = '\0';
	read_addr(stmt, COL_GONE_V4, ADDR_V4, &ret->gone.v4);
	read_addr(stmt, COL_GONE_V6, ADDR_V6, &ret->gone.v6);
}

/* Of another seq they are the moments of another update. */
static void read_moments(sqlite3_stmt *stmt, struct host_state *ret)
{
	sqlite3_int64 of = sqlite3_column_int64(stmt, COL_WANTED_SEQ);

	if (of > 0 && (uint64_t)of == ret->seq)
		host_state_set_moments(ret, sqlite3_column_int64(stmt, COL_WANTED),
				       sqlite3_column_int64(stmt, COL_SINCE));
}

/* What is readable of a host's state: the table is ours, so the rest is written again by the next
 * intent (STMT_INTEND takes a negative seq for none), and until then it is owed. */
static int read_state(sqlite3_stmt *stmt, struct account *a, struct host_state *ret)
{
	sqlite3_int64 seq = sqlite3_column_int64(stmt, COL_SEQ);
	sqlite3_int64 pub = sqlite3_column_int64(stmt, COL_PUB);
	const char *problem = NULL;

	if (!read_addr(stmt, COL_V4, ADDR_V4, &ret->want.v4))
		problem = "a host's v4 is not such an address";
	else if (!read_addr(stmt, COL_V6, ADDR_V6, &ret->want.v6))
		problem = "a host's v6 is not such an address";
	else if (seq < 0 || pub < 0 || pub > seq)
		problem = "a host's pub is not within 0 to its seq";
	ret->seq = seq > 0 ? (uint64_t)seq : 0;
	ret->pub = pub > 0 && pub <= seq ? (uint64_t)pub : 0;
	ret->time_s = sqlite3_column_int64(stmt, COL_TIME);
	read_moments(stmt, ret);
	read_last_publication(stmt, ret);
	return problem == NULL ? 0 : sqlite_read_flaw(a, ACCOUNT_FLAW_STATE, problem);
}

/* One row of STMT_GET_HOSTS. A name that two rows spell differently has the state of the first. */
static int sqlite_read_host(struct sqlite_db *db, sqlite3_stmt *stmt, struct account *a)
{
	struct errinfo why = ERRINFO_INIT;
	struct account_host *host;
	int err = account_add_host(a, slice_trim(column_slice(stmt, COL_NAME), STR_SPACE),
				   db->default_zone, &host, &why);

	if (err == ERR_NOMEM)
		return err;
	if (err != 0)
		return sqlite_read_flaw(a, ACCOUNT_FLAW_HOSTS, why.text);
	return read_state(stmt, a, &host->state);
}

static int read_hosts(struct sqlite_db *db, struct account *a, struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	int step, err = sqlite_db_stmt(db, STMT_GET_HOSTS, &stmt, ei);

	if (err < 0)
		return err;
	sqlite3_bind_text(stmt, 1, a->user, -1, SQLITE_STATIC);
	while (err == 0 && (step = sqlite3_step(stmt)) != SQLITE_DONE) {
		if (step != SQLITE_ROW)
			err = sqlite_db_fail(db, ei);
		else
			err = sqlite_read_host(db, stmt, a);
	}
	sqlite3_reset(stmt);
	return err;
}

/* "HOST=ID". One of a host that the account no longer has was left behind by a program that does
 * not know of them. */
static int read_interface_id(struct sqlite_db *db, struct account *a, struct slice pair)
{
	struct errinfo why = ERRINFO_INIT;
	struct interface_id id;
	struct account_host *host;
	struct slice name, text;
	struct fqdn fqdn;

	if (!slice_cut(pair, '=', &name, &text) || interface_id_parse(text, &id, &why) != 0)
		return sqlite_read_flaw(a, ACCOUNT_FLAW_INTERFACE_IDS,
					"interface_ids holds what is not HOST=ID");
	if (fqdn_complete(name, db->default_zone, &fqdn) != 0)
		return 0;
	host = account_find_host(a, &fqdn);
	if (host != NULL && account_set_interface_id(a, host, &id, &why) != 0)
		return sqlite_read_flaw(a, ACCOUNT_FLAW_INTERFACE_IDS, why.text);
	return 0;
}

static int read_interface_ids(struct sqlite_db *db, sqlite3_stmt *stmt, struct account *a)
{
	struct slice pair, rest = column_slice(stmt, COL_INTERFACE_IDS);
	int err = 0;

	while (err == 0 && rest.len > 0) {
		slice_cut(rest, ' ', &pair, &rest);
		if (pair.len > 0)
			err = read_interface_id(db, a, pair);
	}
	return err;
}

/* ERR_PROTOCOL: the login is none that an account can have; all others are errors of the store. */
static int blame(struct slice user, int err, const struct errinfo *sub, struct errinfo *ei)
{
	char shown[USER_LOG_MAX];

	switch (err) {
	case ERR_INVAL:
		return err_set(ei, ERR_PROTOCOL, "the stored account \"%s\" is malformed: %s",
			       pseudonym_printable(shown, sizeof(shown), user), sub->text);
	default:
		return err_set(ei, err, "%s", sub->code != 0 ? sub->text : err_str(err));
	}
}

static int read_row(struct sqlite_db *db, sqlite3_stmt *stmt, struct slice user,
		    struct account **ret, struct errinfo *ei)
{
	struct account *a;
	int err = account_new(user, &a, ei);

	if (err < 0)
		return err;
	err = read_settings(stmt, a);
	if (err == 0)
		err = read_hosts(db, a, ei);
	if (err == 0)
		err = read_interface_ids(db, stmt, a);
	if (err < 0) {
		account_free(a);
		return err;
	}
	*ret = a;
	return 0;
}

static int fail_unknown(struct slice user, struct errinfo *ei)
{
	char shown[USER_LOG_MAX];

	return err_set(ei, ERR_NOTFOUND, "there is no account \"%s\"",
		       pseudonym_printable(shown, sizeof(shown), user));
}

static int lookup(struct sqlite_db *db, struct slice user, struct account **ret, struct errinfo *ei)
{
	struct errinfo sub = ERRINFO_INIT;
	sqlite3_stmt *stmt;
	int step, err = sqlite_db_stmt(db, STMT_GET_ACCOUNT, &stmt, ei);

	if (err < 0)
		return err;
	sqlite3_bind_text(stmt, 1, user.p, (int)user.len, SQLITE_STATIC);
	step = sqlite3_step(stmt);
	if (step == SQLITE_ROW && (err = read_row(db, stmt, user, ret, &sub)) < 0)
		err = blame(user, err, &sub, ei);
	else if (step == SQLITE_DONE)
		err = fail_unknown(user, ei);
	else if (step != SQLITE_ROW)
		err = sqlite_db_fail(db, ei);
	sqlite3_reset(stmt);
	return err;
}

int sqlite_db_lookup(struct sqlite_db *db, const char *user, struct account **ret,
		     struct errinfo *ei)
{
	return lookup(db, slice_of(user), ret, ei);
}

/* The row of STMT_GET_CREDENTIAL: one that stands for a login that does not exist is read, too, and
 * then forgotten. */
static int read_credential_row(sqlite3_stmt *stmt, struct slice user, struct account **ret,
			       struct errinfo *ei)
{
	bool exists = sqlite3_column_int(stmt, COL_EXISTS) != 0;
	struct errinfo sub = ERRINFO_INIT;
	struct account *a = NULL;
	int err = account_new(user, &a, &sub);

	if (err == 0)
		err = read_credential(stmt, a);
	if (err == 0 && exists) {
		a->is_partial = true;
		*ret = a;
		return 0;
	}
	account_free(a);
	if (!exists && err != ERR_NOMEM)
		return fail_unknown(user, ei);
	return blame(user, err, &sub, ei);
}

int sqlite_db_credential(struct sqlite_db *db, const char *user, struct account **ret,
			 struct errinfo *ei)
{
	struct slice login = slice_of(user);
	sqlite3_stmt *stmt;
	int err = sqlite_db_stmt(db, STMT_GET_CREDENTIAL, &stmt, ei);

	if (err < 0)
		return err;
	sqlite3_bind_text(stmt, 1, login.p, (int)login.len, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, SECRET_OF_NOBODY, -1, SQLITE_STATIC);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		err = read_credential_row(stmt, login, ret, ei);
	else
		err = sqlite_db_fail(db, ei);
	sqlite3_reset(stmt);
	return err;
}

static int remember(struct sqlite_page *page, struct slice user)
{
	char *copy = malloc(user.len + 1);

	if (copy == NULL)
		return ERR_NOMEM;
	if (user.len > 0)
		memcpy(copy, user.p, user.len);
	free(page->after);
	page->after = copy;
	page->after_len = user.len;
	return 0;
}

/* Adds the account to the page. One that nobody can log in to is logged and passed over. */
static int add_to_page(struct sqlite_db *db, struct sqlite_page *page, struct slice user,
		       struct errinfo *ei)
{
	static _Atomic long long next_log_ms;
	struct errinfo why = ERRINFO_INIT;
	struct account *a;
	int err = remember(page, user);

	if (err < 0)
		return err_set(ei, err, "out of memory");
	err = lookup(db, (struct slice){page->after, page->after_len}, &a, &why);
	if (err == ERR_PROTOCOL) {
		if (log_may_repeat(&next_log_ms, clock_mono_ms()))
			log_event(LOG_LEVEL_WARN, "nobody can log in to an account of the store",
				  LOG_FIELDS(log_str("why", why.text)));
		return 0;
	}
	if (err < 0)
		return err_set(ei, err, "%s", why.text);
	page->accounts[page->n++] = a;
	return 0;
}

int sqlite_db_next_page(struct sqlite_db *db, struct sqlite_page *page, struct errinfo *ei)
{
	size_t seen = 0;
	sqlite3_stmt *stmt;
	int step, err = sqlite_db_stmt(db, STMT_NEXT_USERS, &stmt, ei);

	if (err < 0)
		return err;
	sqlite_page_clear(page);
	sqlite3_bind_int(stmt, 2, SQLITE_PAGE_ACCOUNTS);
	/* Copied: the position moves on while the statement runs. */
	if (sqlite3_bind_text(stmt, 1, page->after == NULL ? "" : page->after, (int)page->after_len,
			      SQLITE_TRANSIENT) != SQLITE_OK)
		return sqlite_db_fail(db, ei);
	while (err == 0 && (step = sqlite3_step(stmt)) != SQLITE_DONE) {
		if (step != SQLITE_ROW)
			err = sqlite_db_fail(db, ei);
		else
			err = add_to_page(db, page, column_slice(stmt, 0), ei);
		seen++;
	}
	sqlite3_reset(stmt);
	page->more = err == 0 && seen == SQLITE_PAGE_ACCOUNTS;
	return err;
}

void sqlite_page_clear(struct sqlite_page *page)
{
	while (page->n > 0)
		account_free(page->accounts[--page->n]);
}

void sqlite_page_free(struct sqlite_page *page)
{
	if (page == NULL)
		return;
	sqlite_page_clear(page);
	free(page->after);
	free(page);
}
