/* SPDX-License-Identifier: BSD-2-Clause
 * The conditions are in the statements (store/sqlite_db.c): several processes write to one file. */
#include "store/sqlite_notice.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/sqlite_db.h"

enum {
	COL_NR,
	COL_ID,
	COL_TARGET,
	COL_BODY,
	COL_MADE,
	COL_NEXT,
	COL_ATTEMPTS,
	COL_STATE,
	COL_WHY,
	COL_HOLDER,
	COL_HELD_UNTIL,
};

/* What somebody wrote by hand may have no key that can be typed: this one stands for it. No section
 * can be called so. */
#define NOBODY "?"
#define ROW_ID "row-%" PRId64

/* The parameters that the statements have in common; they outlive the run. */
static void bind_words(sqlite3_stmt *stmt, const struct notice *n)
{
	sqlite3_bind_text(stmt, 1, n->id, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, n->target, -1, SQLITE_STATIC);
}

static void bind_key(sqlite3_stmt *stmt, const struct notice *n)
{
	int64_t row;

	bind_words(stmt, n);
	if (strcmp(n->target, NOBODY) == 0 && sscanf(n->id, "row-%" SCNd64, &row) == 1)
		sqlite3_bind_int64(stmt, SQLITE_DB_NOTICE_ROW, row);
	else
		sqlite3_bind_null(stmt, SQLITE_DB_NOTICE_ROW);
}

static void bind_holder(sqlite3_stmt *stmt, const struct notice *n)
{
	sqlite3_bind_text(stmt, 3, n->holder, -1, SQLITE_STATIC);
}

static void bind_held(sqlite3_stmt *stmt, const struct notice *n)
{
	bind_holder(stmt, n);
	sqlite3_bind_int64(stmt, 4, n->held_until_s);
}

static void bind_rest(sqlite3_stmt *stmt, const struct notice *n)
{
	sqlite3_bind_int64(stmt, 5, n->next_s);
	sqlite3_bind_int64(stmt, 6, n->attempts);
	sqlite3_bind_text(stmt, 7, notice_state_word(n->state), -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 8, n->why, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 9, n->made_s);
}

static int is_notice_there(struct sqlite_db *db, const struct notice *n, bool *ret,
			   struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	int step, err = sqlite_db_stmt(db, STMT_FIND_NOTICE, &stmt, ei);

	if (err < 0)
		return err;
	bind_key(stmt, n);
	step = sqlite3_step(stmt);
	*ret = step == SQLITE_ROW;
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		err = sqlite_db_fail(db, ei);
	sqlite3_reset(stmt);
	return err;
}

/* What a statement means that changed no row: err_there if the notice is there. */
static int explain_none(struct sqlite_db *db, const struct notice *n, int err_there,
			struct errinfo *ei)
{
	bool is_there;
	int err = is_notice_there(db, n, &is_there, ei);

	if (err == 0)
		err = is_there ? err_there : ERR_NOTFOUND;
	return err;
}

static int insert_notice(struct sqlite_db *db, const struct notice *n, int *ret_changes,
			 struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	int err = sqlite_db_stmt(db, STMT_PUT_NOTICE, &stmt, ei);

	if (err < 0)
		return err;
	bind_words(stmt, n);
	bind_held(stmt, n);
	bind_rest(stmt, n);
	sqlite3_bind_text(stmt, 10, n->body, -1, SQLITE_STATIC);
	sqlite3_bind_int(stmt, 11, NOTICES_MAX);
	return sqlite_db_run(db, stmt, ret_changes, ei);
}

/* The oldest one that was given up. */
static int drop_dead(struct sqlite_db *db, int *ret_changes, struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	int err = sqlite_db_stmt(db, STMT_DROP_DEAD_NOTICE, &stmt, ei);

	return err == 0 ? sqlite_db_run(db, stmt, ret_changes, ei) : err;
}

static int put_when_full(struct sqlite_db *db, const struct notice *n, struct errinfo *ei)
{
	int changes = 0, err = drop_dead(db, &changes, ei);

	if (err == 0 && changes > 0)
		err = insert_notice(db, n, &changes, ei);
	return err == 0 && changes == 0 ? ERR_LIMIT : err;
}

int sqlite_db_put_notice(struct sqlite_db *db, const struct notice *n, struct errinfo *ei)
{
	int changes = 0, err = sqlite_db_savepoint(db, ei);

	if (err < 0)
		return err;
	err = insert_notice(db, n, &changes, ei);
	if (err == 0 && changes == 0)
		err = explain_none(db, n, ERR_EXISTS, ei);
	if (err == ERR_NOTFOUND)
		err = put_when_full(db, n, ei);
	return sqlite_db_release(db, err, ei);
}

/* One row or none: nothing is to be undone. */
static int run_held(struct sqlite_db *db, sqlite3_stmt *stmt, const struct notice *n,
		    struct errinfo *ei)
{
	int changes = 0, err = sqlite_db_run(db, stmt, &changes, ei);

	return err == 0 && changes == 0 ? explain_none(db, n, ERR_CONFLICT, ei) : err;
}

int sqlite_db_claim_notice(struct sqlite_db *db, const struct notice *n, int64_t now_s,
			   struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	int err = sqlite_db_stmt(db, STMT_CLAIM_NOTICE, &stmt, ei);

	if (err < 0)
		return err;
	bind_key(stmt, n);
	bind_held(stmt, n);
	sqlite3_bind_int64(stmt, 5, now_s);
	sqlite3_bind_int64(stmt, 6, now_s + NOTICE_HOLD_MAX_S);
	return run_held(db, stmt, n, ei);
}

int sqlite_db_update_notice(struct sqlite_db *db, const struct notice *n, struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	int err = sqlite_db_stmt(db, STMT_UPDATE_NOTICE, &stmt, ei);

	if (err < 0)
		return err;
	bind_key(stmt, n);
	bind_held(stmt, n);
	bind_rest(stmt, n);
	return run_held(db, stmt, n, ei);
}

int sqlite_db_remove_notice(struct sqlite_db *db, const struct notice *n, struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	int err = sqlite_db_stmt(db, STMT_REMOVE_NOTICE, &stmt, ei);

	if (err < 0)
		return err;
	bind_key(stmt, n);
	bind_holder(stmt, n);
	return run_held(db, stmt, n, ei);
}

/* False: it does not fit. */
static bool copy_column(sqlite3_stmt *stmt, int column, char *out, size_t cap)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);
	const struct slice s = {text != NULL ? text : "",
				(size_t)sqlite3_column_bytes(stmt, column)};

	return str_copy(out, cap, s) == 0;
}

/* ERR_INVAL: it is no notice that a store would have taken, and ei says why. */
static int read_notice(sqlite3_stmt *stmt, struct notice *ret, struct errinfo *ei)
{
	const int64_t attempts = sqlite3_column_int64(stmt, COL_ATTEMPTS);
	char state[16];

	*ret = (struct notice){
		.made_s = sqlite3_column_int64(stmt, COL_MADE),
		.next_s = sqlite3_column_int64(stmt, COL_NEXT),
		.held_until_s = sqlite3_column_int64(stmt, COL_HELD_UNTIL),
		.attempts = attempts >= 0 && attempts <= UINT32_MAX ? (unsigned)attempts : 0,
	};
	if (!copy_column(stmt, COL_ID, ret->id, sizeof(ret->id)) ||
	    !copy_column(stmt, COL_TARGET, ret->target, sizeof(ret->target)) ||
	    !copy_column(stmt, COL_BODY, ret->body, sizeof(ret->body)) ||
	    !copy_column(stmt, COL_WHY, ret->why, sizeof(ret->why)) ||
	    !copy_column(stmt, COL_HOLDER, ret->holder, sizeof(ret->holder)))
		return err_set(ei, ERR_INVAL, "a text of it is too long, or has a NUL");
	if (!copy_column(stmt, COL_STATE, state, sizeof(state)) ||
	    notice_parse_state(slice_of(state), &ret->state) != 0)
		return err_set(ei, ERR_INVAL, "its state is none");
	return notice_check(ret, ei);
}

/* It would keep its place for ever: it is shown as given up, so that somebody drops it. */
static void stand_in(sqlite3_stmt *stmt, const struct errinfo *why, struct notice *ret)
{
	const int64_t made_s = sqlite3_column_int64(stmt, COL_MADE);
	char id[NOTICE_ID_MAX + 1], target[NOTICE_TARGET_MAX + 1];

	*ret = (struct notice){.body = "-", .state = NOTICE_DEAD};
	ret->made_s = made_s > 0 ? made_s : 0;
	if (!copy_column(stmt, COL_ID, id, sizeof(id)) ||
	    !copy_column(stmt, COL_TARGET, target, sizeof(target)) ||
	    notice_name(ret, id, target, NOBODY) != 0) {
		snprintf(ret->id, sizeof(ret->id), ROW_ID,
			 (int64_t)sqlite3_column_int64(stmt, COL_NR));
		str_copy(ret->target, sizeof(ret->target), slice_of(NOBODY));
	}
	ret->holder[0] = '\0';
	snprintf(ret->why, sizeof(ret->why), "its row cannot be read: %.150s", why->text);
}

static void read_or_stand_in(sqlite3_stmt *stmt, struct notice *ret)
{
	struct errinfo why = ERRINFO_INIT;

	if (read_notice(stmt, ret, &why) != 0)
		stand_in(stmt, &why, ret);
}

int sqlite_db_next_notices(struct sqlite_db *db, struct sqlite_notice_page *page,
			   struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	int step, err = sqlite_db_stmt(db, STMT_NEXT_NOTICES, &stmt, ei);

	if (err < 0)
		return err;
	page->n = 0;
	sqlite3_bind_int64(stmt, 1, page->nr);
	sqlite3_bind_int(stmt, 2, SQLITE_NOTICE_PAGE);
	while ((step = sqlite3_step(stmt)) == SQLITE_ROW) {
		page->nr = sqlite3_column_int64(stmt, COL_NR);
		read_or_stand_in(stmt, &page->notices[page->n++]);
	}
	if (step != SQLITE_DONE)
		err = sqlite_db_fail(db, ei);
	sqlite3_reset(stmt);
	page->more = err == 0 && page->n == SQLITE_NOTICE_PAGE;
	return err;
}
