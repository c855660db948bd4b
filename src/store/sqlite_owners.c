/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/sqlite_owners.h"

#include <string.h>

#include "base/str.h"
#include "store/sqlite_db.h"

/* Binds the two ways in which a row spells the name, but for the case: in full, and without the
 * default zone (NULL: not possible). */
static void bind_spellings(struct sqlite_db *db, sqlite3_stmt *stmt, int first,
			   const struct fqdn *name)
{
	struct slice label = slice_of(name->text);
	const char *dot = strchr(name->text, '.');

	sqlite3_bind_text(stmt, first, name->text, -1, SQLITE_STATIC);
	if (dot == NULL || db->default_zone == NULL || strcmp(dot + 1, db->default_zone->text) != 0)
		return;
	label.len = (size_t)(dot - name->text);
	sqlite3_bind_text(stmt, first + 1, label.p, (int)label.len, SQLITE_STATIC);
}

int sqlite_db_owners(struct sqlite_db *db, const struct fqdn *name, struct store_owners *ret,
		     struct errinfo *ei)
{
	sqlite3_stmt *stmt;
	int step, err = sqlite_db_stmt(db, STMT_OWNERS, &stmt, ei);

	if (err < 0)
		return err;
	ret->n = 0;
	bind_spellings(db, stmt, 1, name);
	while ((step = sqlite3_step(stmt)) == SQLITE_ROW)
		store_owners_add(ret, (const char *)sqlite3_column_text(stmt, 0));
	if (step != SQLITE_DONE)
		err = sqlite_db_fail(db, ei);
	sqlite3_reset(stmt);
	return err;
}

int sqlite_db_check_alone(struct sqlite_db *db, const struct account *a,
			  const struct account *before, struct errinfo *ei)
{
	struct store_owners owners;
	size_t i;
	int err;

	for (i = 0; i < a->n_hosts; i++) {
		const struct fqdn *name = &a->hosts[i].name;

		if (before != NULL && account_find_host(before, name) != NULL)
			continue;
		err = sqlite_db_owners(db, name, &owners, ei);
		if (err < 0)
			return err;
		if (store_owners_others(&owners, a->user) > 0)
			return store_owners_refuse(&owners, a->user, name, ei);
	}
	return 0;
}

static void bind_if_set(sqlite3_stmt *stmt, int i, const struct addr *addr,
			char text[ADDR_TEXT_MAX])
{
	if (addr_is_set(addr))
		sqlite3_bind_text(stmt, i, addr_format(addr, text), -1, SQLITE_STATIC);
}

static int sqlite_run_rivals(struct sqlite_db *db, enum sqlite_stmt which, const char *user,
			     const struct store_intent *intent, struct errinfo *ei)
{
	char v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX], gone_v4[ADDR_TEXT_MAX], gone_v6[ADDR_TEXT_MAX];
	sqlite3_stmt *stmt;
	int err = sqlite_db_stmt(db, which, &stmt, ei);

	if (err < 0)
		return err;
	sqlite3_bind_text(stmt, 1, user, -1, SQLITE_STATIC);
	bind_spellings(db, stmt, 2, &intent->name);
	bind_if_set(stmt, 4, &intent->want.v4, v4);
	bind_if_set(stmt, 5, &intent->want.v6, v6);
	bind_if_set(stmt, 6, &intent->gone.v4, gone_v4);
	bind_if_set(stmt, 7, &intent->gone.v6, gone_v6);
	if (intent->is_again && intent->wanted_ms != 0)
		sqlite3_bind_int64(stmt, 8, intent->wanted_ms);
	return sqlite_db_run(db, stmt, NULL, ei);
}

int sqlite_db_overtake(struct sqlite_db *db, const char *user, const struct store_intent *intent,
		       struct errinfo *ei)
{
	int err = sqlite_run_rivals(db, STMT_OVERTAKE, user, intent, ei);

	return err == 0 && intent->is_again ? sqlite_run_rivals(db, STMT_YIELD, user, intent, ei)
					    : err;
}
