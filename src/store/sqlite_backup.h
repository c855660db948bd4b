/* SPDX-License-Identifier: BSD-2-Clause
 * Backups of the SQLite store, while other programs use it. Everything here blocks; for
 * mooringctl, which has no loop to keep turning. Any one thread. */
#ifndef MOORING_STORE_SQLITE_BACKUP_H
#define MOORING_STORE_SQLITE_BACKUP_H

#include <stdint.h>

#include "base/err.h"

struct sqlite_backup;

/* What becomes of an existing file that a backup would replace. */
enum sqlite_file {
	SQLITE_FILE_OTHER,  /* anything else */
	SQLITE_FILE_EMPTY,  /* nothing in it */
	SQLITE_FILE_BACKUP, /* a backup of a store */
	SQLITE_FILE_STORE,  /* a store: with a write-ahead log */
};

/* Tells by the first bytes of the open file fd, whose position it leaves alone. */
enum sqlite_file sqlite_file_kind(int fd);

/* A backup into the empty file to, in three steps: a privileged caller opens and finishes the file
 * as itself, and reads the store as its owner. shown names the file in sentences. end() after run()
 * and abort() instead of either free b. */
int sqlite_backup_begin(const char *to, const char *shown, struct sqlite_backup **ret,
			struct errinfo *ei);
/* Copies the store as it is at one moment. store names it in sentences. */
int sqlite_backup_run(struct sqlite_backup *b, const char *store, struct errinfo *ei);
/* Makes it a file that needs no other beside it, proves that it is sound, and syncs it.
 * *ret_accounts (may be NULL) is how many are in it. */
int sqlite_backup_end(struct sqlite_backup *b, uint64_t *ret_accounts, struct errinfo *ei);
/* Gives it up. NULL is fine. */
void sqlite_backup_abort(struct sqlite_backup *b);

#endif
