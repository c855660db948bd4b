/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/sqlite_conn.h"

#include <string.h>

int sqlite_conn_fail(sqlite3 *handle, const char *path, struct errinfo *ei)
{
	int primary = sqlite3_errcode(handle) & 0xff;
	int os_errno = sqlite3_system_errno(handle);
	int code = primary == SQLITE_NOMEM ? ERR_NOMEM : ERR_IO;

	switch (primary) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(ei, ERR_UNAVAILABLE, "the store \"%s\" is locked by another program",
			       path);
	case SQLITE_NOTADB:
		return err_set(ei, ERR_IO, "the store \"%s\" is not a SQLite database", path);
	default:
		break;
	}
	if (os_errno != 0 && primary != SQLITE_FULL && primary != SQLITE_NOMEM)
		return err_set(ei, code, "the store \"%s\" failed: %s (%s)", path,
			       sqlite3_errmsg(handle), strerror(os_errno));
	return err_set(ei, code, "the store \"%s\" failed: %s", path, sqlite3_errmsg(handle));
}

int sqlite_conn_script(sqlite3 *handle, const char *path, const char *script, struct errinfo *ei)
{
	if (sqlite3_exec(handle, script, NULL, NULL, NULL) != SQLITE_OK)
		return sqlite_conn_fail(handle, path, ei);
	return 0;
}
