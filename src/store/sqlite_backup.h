/* SPDX-License-Identifier: BSD-2-Clause
 * Backups of the SQLite store, while other programs use it, and the way back. Everything here
 * blocks; for mooringctl, which has no loop to keep turning. Any one thread. */
#ifndef MOORING_STORE_SQLITE_BACKUP_H
#define MOORING_STORE_SQLITE_BACKUP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/addr.h"
#include "net/fqdn.h"

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
 * as itself, and reads the store as its owner. end() is called once whatever run() said, and frees
 * b. */
int sqlite_backup_begin(const char *to, struct sqlite_backup **ret, struct errinfo *ei);
/* Copies the store as it is at one moment. store names it in sentences. */
int sqlite_backup_run(struct sqlite_backup *b, const char *store, struct errinfo *ei);
/* Makes it a file that needs no other beside it, proves that it is sound, and syncs it.
 * *ret_accounts (may be NULL) is how many are in it. */
int sqlite_backup_end(struct sqlite_backup *b, uint64_t *ret_accounts, struct errinfo *ei);
/* Instead of end(): gives it up. NULL is fine. */
void sqlite_backup_abort(struct sqlite_backup *b);

/* Records that nobody wants any more after a restore. */
struct sqlite_gone {
	struct fqdn name;
	struct addr_pair was; /* the addresses whose records are to go */
	uint32_t ttl;	      /* of the account; 0: the zone's */
};

struct sqlite_restored {
	uint64_t accounts;
	uint64_t hosts;
	uint64_t owed; /* hosts that are to be published now */
	size_t n_gone;
	struct sqlite_gone *gone; /* owned by the struct */
};

/* Replaces all accounts of the store by those of from, a private copy of a backup that may be
 * changed; shown names it in sentences. One transaction: running programs see the old content or
 * the new, and a host whose address or TTL differs becomes owed, with a higher seq than any it had.
 * The old content goes to the empty file before first. default_zone: as
 * store_sqlite_open(). On failure nothing has changed. */
int sqlite_restore(const char *store, const char *from, const char *shown, const char *before,
		   const struct fqdn *default_zone, struct sqlite_restored *ret,
		   struct errinfo *ei);
void sqlite_restored_fini(struct sqlite_restored *r);

#endif
