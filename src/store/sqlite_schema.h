/* SPDX-License-Identifier: BSD-2-Clause
 * Private to the SQLite store: whose file this is, its schema and the settings of a connection.
 * path names the file in sentences. */
#ifndef MOORING_STORE_SQLITE_SCHEMA_H
#define MOORING_STORE_SQLITE_SCHEMA_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Refuses files of other programs and of later versions. *ret_empty: it holds nothing yet. */
int sqlite_schema_identify(sqlite3 *handle, const char *path, bool *ret_empty, struct errinfo *ei);
/* Proves that the whole file is sound and has our tables, and neither a trigger nor a view. */
int sqlite_schema_check(sqlite3 *handle, const char *path, struct errinfo *ei);
/* On a connection just opened: refuses empty files, and those of other programs and of later
 * versions, before anything is written, brings the tables up to date, and sets the connection up.
 */
int sqlite_schema_prepare(sqlite3 *handle, const char *path, struct errinfo *ei);
/* The same where the file is empty and is to become a store. */
int sqlite_schema_create(sqlite3 *handle, const char *path, struct errinfo *ei);
/* A number that was chosen at random when the store was made, or opened for the first time by a
 * version that has it, and that its copies share: another one is another store. */
int sqlite_schema_identity(sqlite3 *handle, const char *path, int64_t *ret, struct errinfo *ei);

#endif
