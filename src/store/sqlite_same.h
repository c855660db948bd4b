/* SPDX-License-Identifier: BSD-2-Clause
 * Private to the SQLite store: whether its file is still of the same store, which a connection
 * cannot tell. cp(1) writes another one into the file that is open: SQLite goes on with what the
 * write-ahead log and its own memory have of the old one, and reads the rest from the new one. */
#ifndef MOORING_STORE_SQLITE_SAME_H
#define MOORING_STORE_SQLITE_SAME_H

#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"

/* The file when it was last found to be right; all zero: never. */
struct sqlite_same {
	struct stat seen;
};

/* One stat(2), unless the file was written since: each checkpoint does. ERR_INVAL with a sentence
 * for another store's. A file that cannot be read in this moment, as a checkpoint writes it, is
 * looked at again the next time. */
int sqlite_same_check(struct sqlite_same *same, const char *path, int64_t identity,
		      struct errinfo *ei);

#endif
