/* SPDX-License-Identifier: BSD-2-Clause
 * A backup becomes the store again, while other programs use it. Blocks, as sqlite_backup.h. Any
 * one thread. */
#ifndef MOORING_STORE_SQLITE_RESTORE_H
#define MOORING_STORE_SQLITE_RESTORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/addr.h"
#include "net/fqdn.h"

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
