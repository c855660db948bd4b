/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/sqlite_seen.h"

#include <string.h>

#include "account/text.h"
#include "base/str.h"
#include "store/sqlite_db.h"

enum { COL_USER, COL_NAME, COL_TIME, COL_CLIENT, COL_AGENT };

static int put_one(struct sqlite_db *db, const struct store_seen *seen, struct errinfo *ei)
{
	char from[ADDR_TEXT_MAX];
	sqlite3_stmt *stmt;
	int err = sqlite_db_stmt(db, STMT_PUT_SEEN, &stmt, ei);

	if (err < 0)
		return err;
	sqlite3_bind_text(stmt, 1, seen->user, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, seen->name.text, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 3, seen->time_s);
	sqlite3_bind_text(stmt, 4, addr_format(&seen->from, from), -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 5, seen->agent, -1, SQLITE_STATIC);
	return sqlite_db_run(db, stmt, NULL, ei);
}

/* Of those whose account is gone; reads all that there are. */
static int forget_gone(struct sqlite_db *db, struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	int err = sqlite_db_stmt(db, STMT_FORGET_SEEN, &stmt, ei);

	return err == 0 ? sqlite_db_run(db, stmt, NULL, ei) : err;
}

int sqlite_db_put_seen(struct sqlite_db *db, const struct store_seen *seen, size_t n, bool forgets,
		       struct errinfo *ei)
{
	size_t i;
	int err = sqlite_db_savepoint(db, ei);

	if (err < 0)
		return err;
	for (i = 0; i < n && err == 0; i++)
		err = put_one(db, &seen[i], ei);
	if (err == 0 && forgets)
		err = forget_gone(db, ei);
	return sqlite_db_release(db, err, ei);
}

static struct slice seen_slice(sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return (struct slice){text != NULL ? text : "", (size_t)sqlite3_column_bytes(stmt, column)};
}

/* False: it is no host of anybody's. */
static bool read_row(sqlite3_stmt *stmt, struct store_seen *ret)
{
	*ret = (struct store_seen){.time_s = sqlite3_column_int64(stmt, COL_TIME)};
	if (account_check_user(seen_slice(stmt, COL_USER), NULL) != 0 ||
	    str_copy(ret->user, sizeof(ret->user), seen_slice(stmt, COL_USER)) != 0 ||
	    fqdn_parse(seen_slice(stmt, COL_NAME), &ret->name) != 0 || ret->time_s <= 0)
		return false;
	addr_parse(seen_slice(stmt, COL_CLIENT), &ret->from);
	text_show(ret->agent, sizeof(ret->agent), seen_slice(stmt, COL_AGENT));
	return true;
}

/* The place of the row, which may be one that is left out. True: read_row() took it, too. */
static bool take_row(sqlite3_stmt *stmt, struct sqlite_seen_page *page)
{
	str_copy(page->user, sizeof(page->user), seen_slice(stmt, COL_USER));
	str_copy(page->name, sizeof(page->name), seen_slice(stmt, COL_NAME));
	return read_row(stmt, &page->seen[page->n]);
}

int sqlite_db_next_seen(struct sqlite_db *db, struct sqlite_seen_page *page, struct errinfo *ei)
{
	size_t n_rows = 0;
	sqlite3_stmt *stmt;
	int step, err = sqlite_db_stmt(db, STMT_NEXT_SEEN, &stmt, ei);

	if (err < 0)
		return err;
	page->n = 0;
	/* Copied: the position moves on while the statement runs. */
	sqlite3_bind_text(stmt, 1, page->user, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(stmt, 2, page->name, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int(stmt, 3, SQLITE_SEEN_PAGE);
	while ((step = sqlite3_step(stmt)) == SQLITE_ROW) {
		page->n += take_row(stmt, page);
		n_rows++;
	}
	if (step != SQLITE_DONE)
		err = sqlite_db_fail(db, ei);
	sqlite3_reset(stmt);
	page->more = err == 0 && n_rows == SQLITE_SEEN_PAGE;
	return err;
}
