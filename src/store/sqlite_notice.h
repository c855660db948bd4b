/* SPDX-License-Identifier: BSD-2-Clause
 * Private to the SQLite store: notices, in a table of their own. Inside of a transaction; the
 * worker's thread. */
#ifndef MOORING_STORE_SQLITE_NOTICE_H
#define MOORING_STORE_SQLITE_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/notice.h"

struct sqlite_db;

/* Of one read: few enough not to keep others waiting. */
enum { SQLITE_NOTICE_PAGE = 32 };

/* One step of a list, in the order in which they came. It begins with
 * the least number there is. */
struct sqlite_notice_page {
	bool more;
	int64_t nr; /* of the last row of the page before */
	size_t n;
	struct notice notices[SQLITE_NOTICE_PAGE];
};

/* As the verbs of struct store_notice_ops. n is what notice_check() and notice_name() take. */
int sqlite_db_put_notice(struct sqlite_db *db, const struct notice *n, struct errinfo *ei);
/* n->holder has it until n->held_until_s. */
int sqlite_db_claim_notice(struct sqlite_db *db, const struct notice *n, int64_t now_s,
			   struct errinfo *ei);
int sqlite_db_update_notice(struct sqlite_db *db, const struct notice *n, struct errinfo *ei);
int sqlite_db_remove_notice(struct sqlite_db *db, const struct notice *n, struct errinfo *ei);
/* Replaces the page by the next one; a row that is no notice is there as one that was given up,
 * under its own key if that is one, so that it can be removed. */
int sqlite_db_next_notices(struct sqlite_db *db, struct sqlite_notice_page *page,
			   struct errinfo *ei);

#endif
