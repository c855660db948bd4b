/* SPDX-License-Identifier: BSD-2-Clause
 * Private to the SQLite store: whose file this is, its schema and the settings of a connection.
 * path names the file in sentences. */
#ifndef MOORING_STORE_SQLITE_SCHEMA_H
#define MOORING_STORE_SQLITE_SCHEMA_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/err.h"

/* Refuses files of other programs and of later versions. *ret_empty: it holds nothing yet. */
int sqlite_schema_identify(sqlite3 *handle, const char *path, bool *ret_empty, struct errinfo *ei);
/* Proves that the whole file is sound and has our tables, and neither a trigger nor a view. */
int sqlite_schema_check(sqlite3 *handle, const char *path, struct errinfo *ei);
/* On a connection just opened: refuses files of other programs and of later versions before
 * anything is written, creates the tables in an empty file, and sets the connection up. */
int sqlite_schema_prepare(sqlite3 *handle, const char *path, struct errinfo *ei);

#endif
