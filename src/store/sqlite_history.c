/* SPDX-License-Identifier: BSD-2-Clause
 * Addresses are text, as in the rows of hosts. What somebody wrote by hand is read as far as it can
 * be. */
#include "store/sqlite_history.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/history.h"
#include "store/sqlite_db.h"

enum {
	COL_TIME,
	COL_USER,
	COL_OLD_V4,
	COL_OLD_V6,
	COL_V4,
	COL_V6,
	COL_FROM,
	COL_VERDICT,
	COL_AGENT,
};

/* Rows that there is room for at first. */
enum { ROWS_MIN = 32 };

/* The texts outlive the statement's run. */
struct addr_texts {
	char at[5][ADDR_TEXT_MAX];
};

/* NULL (as after the reset) when there is no address. */
static void bind_addrs(sqlite3_stmt *stmt, int first, const struct history_entry *e,
		       struct addr_texts *texts)
{
	const struct addr *const addrs[] = {&e->old.v4, &e->old.v6, &e->new.v4, &e->new.v6,
					    &e->from};
	int i;

	for (i = 0; i < (int)(sizeof(addrs) / sizeof(addrs[0])); i++)
		if (addr_is_set(addrs[i]))
			sqlite3_bind_text(stmt, first + i, addr_format(addrs[i], texts->at[i]), -1,
					  SQLITE_STATIC);
}

static int add_entry(struct sqlite_db *db, const struct history_entry *e, struct errinfo *ei)
{
	struct addr_texts texts;
	sqlite3_stmt *stmt;
	int err = sqlite_db_stmt(db, STMT_ADD_HISTORY, &stmt, ei);

	if (err < 0)
		return err;
	sqlite3_bind_text(stmt, 1, e->host.text, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, e->time_s);
	sqlite3_bind_text(stmt, 3, e->user, -1, SQLITE_STATIC);
	bind_addrs(stmt, 4, e, &texts);
	sqlite3_bind_text(stmt, 9, e->verdict, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 10, e->agent, -1, SQLITE_STATIC);
	return sqlite_db_run(db, stmt, NULL, ei);
}

/* One row at most for each that was added: a search in the key and no more. */
static int cut_host(struct sqlite_db *db, const struct fqdn *host, struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	int err = sqlite_db_stmt(db, STMT_CUT_HISTORY, &stmt, ei);

	if (err < 0)
		return err;
	sqlite3_bind_text(stmt, 1, host->text, -1, SQLITE_STATIC);
	sqlite3_bind_int(stmt, 2, HISTORY_HOST_MAX);
	return sqlite_db_run(db, stmt, NULL, ei);
}

int sqlite_db_add_history(struct sqlite_db *db, const struct history_entry *entries, size_t n,
			  struct errinfo *ei)
{
	int err = sqlite_db_savepoint(db, ei);
	size_t i;

	if (err < 0)
		return err;
	for (i = 0; i < n && err == 0; i++) {
		err = add_entry(db, &entries[i], ei);
		if (err == 0)
			err = cut_host(db, &entries[i].host, ei);
	}
	return sqlite_db_release(db, err, ei);
}

static struct slice column(sqlite3_stmt *stmt, int i)
{
	const char *text = (const char *)sqlite3_column_text(stmt, i);

	return (struct slice){text, (size_t)sqlite3_column_bytes(stmt, i)};
}

static void read_addr(sqlite3_stmt *stmt, int i, struct addr *ret)
{
	struct slice text = column(stmt, i);

	if (text.len > 0)
		addr_parse(text, ret);
}

static void read_entry(sqlite3_stmt *stmt, const struct fqdn *host, struct history_entry *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->host = *host;
	ret->time_s = sqlite3_column_int64(stmt, COL_TIME);
	history_copy_user(ret->user, sizeof(ret->user), column(stmt, COL_USER));
	read_addr(stmt, COL_OLD_V4, &ret->old.v4);
	read_addr(stmt, COL_OLD_V6, &ret->old.v6);
	read_addr(stmt, COL_V4, &ret->new.v4);
	read_addr(stmt, COL_V6, &ret->new.v6);
	read_addr(stmt, COL_FROM, &ret->from);
	history_copy_text(ret->verdict, sizeof(ret->verdict), column(stmt, COL_VERDICT));
	history_copy_text(ret->agent, sizeof(ret->agent), column(stmt, COL_AGENT));
}

static void reverse(struct history_entry *entries, size_t n)
{
	size_t i;

	for (i = 0; i < n / 2; i++) {
		struct history_entry kept = entries[i];

		entries[i] = entries[n - 1 - i];
		entries[n - 1 - i] = kept;
	}
}

static int make_row_room(struct history_entry **entries, size_t n, size_t *room)
{
	struct history_entry *larger;

	if (n < *room)
		return 0;
	larger = realloc(*entries, 2 * *room * sizeof(*larger));
	if (larger == NULL)
		return ERR_NOMEM;
	*entries = larger;
	*room *= 2;
	return 0;
}

static int read_rows(struct sqlite_db *db, sqlite3_stmt *stmt, const struct fqdn *host,
		     struct history_entry **entries, size_t *n, struct errinfo *ei)
{
	size_t room = ROWS_MIN;
	int step, err = 0;

	while (err == 0 && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
		err = make_row_room(entries, *n, &room);
		if (err == 0)
			read_entry(stmt, host, &(*entries)[(*n)++]);
	}
	if (err == 0 && step != SQLITE_DONE)
		err = sqlite_db_fail(db, ei);
	return err;
}

int sqlite_db_read_history(struct sqlite_db *db, const struct fqdn *host, int64_t since_s,
			   size_t max, struct history_entry **ret, size_t *ret_n,
			   struct errinfo *ei)
{
	struct history_entry *entries = malloc(ROWS_MIN * sizeof(*entries));
	sqlite3_stmt *stmt;
	size_t n = 0;
	int err;

	if (entries == NULL)
		return ERR_NOMEM;
	err = sqlite_db_stmt(db, STMT_READ_HISTORY, &stmt, ei);
	if (err == 0) {
		sqlite3_bind_text(stmt, 1, host->text, -1, SQLITE_STATIC);
		sqlite3_bind_int64(stmt, 2, since_s);
		sqlite3_bind_int64(stmt, 3, (sqlite3_int64)max);
		err = read_rows(db, stmt, host, &entries, &n, ei);
		sqlite3_reset(stmt);
	}
	if (err < 0) {
		free(entries);
		return err;
	}
	reverse(entries, n);
	*ret = entries;
	*ret_n = n;
	return 0;
}

int sqlite_db_prune_history(struct sqlite_db *db, int64_t before_s, int64_t newest_s,
			    bool *ret_more, struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	int removed = 0, err = sqlite_db_stmt(db, STMT_PRUNE_HISTORY, &stmt, ei);

	if (err < 0)
		return err;
	sqlite3_bind_int64(stmt, 1, before_s);
	sqlite3_bind_int(stmt, 2, HISTORY_PRUNE_MAX);
	sqlite3_bind_int64(stmt, 3, newest_s);
	err = sqlite_db_run(db, stmt, &removed, ei);
	*ret_more = err == 0 && removed == HISTORY_PRUNE_MAX;
	return err;
}
