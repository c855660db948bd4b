/* SPDX-License-Identifier: BSD-2-Clause
 * Private to the SQLite store: a connection and what it reports, in our words. path names the file
 * in sentences. The thread of the connection. */
#ifndef MOORING_STORE_SQLITE_CONN_H
#define MOORING_STORE_SQLITE_CONN_H

#include <sqlite3.h>

#include "base/err.h"

/* How long a lock of another program is waited for: mooringctl's transactions take milliseconds,
 * and the engine's deadline is 8 s. */
enum { SQLITE_CONN_BUSY_MS = 2000 };

/* Turns the connection's last error into a code and a sentence that names the file. */
int sqlite_conn_fail(sqlite3 *handle, const char *path, struct errinfo *ei);
/* Runs statements that give no rows. */
int sqlite_conn_script(sqlite3 *handle, const char *path, const char *script, struct errinfo *ei);

#endif
