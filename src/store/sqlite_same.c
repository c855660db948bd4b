/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/sqlite_same.h"

#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "store/sqlite_conn.h"
#include "store/sqlite_schema.h"

#define SAME_SCHEME  "file:"
#define SAME_OPTIONS "?immutable=1"

enum { SAME_URI_MAX = 3 * PATH_MAX + sizeof(SAME_SCHEME SAME_OPTIONS) };

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool was_left_alone(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       is_same_time(&a->st_mtim, &b->st_mtim) && is_same_time(&a->st_ctim, &b->st_ctim);
}

/* Each byte as %XX: some mean something in a URI (sqlite.org/uri.html). */
static int write_uri(const char *path, char uri[SAME_URI_MAX])
{
	size_t len = sizeof(SAME_SCHEME) - 1;

	if (strlen(path) >= PATH_MAX)
		return ERR_LIMIT;
	memcpy(uri, SAME_SCHEME, len);
	for (; *path != '\0'; path++, len += 3)
		snprintf(uri + len, SAME_URI_MAX - len, "%%%02X", (unsigned)(unsigned char)*path);
	memcpy(uri + len, SAME_OPTIONS, sizeof(SAME_OPTIONS));
	return 0;
}

/* Without locks it may be read while a checkpoint writes it, as a file that is shorter than it
 * says: that tells nothing. Whoever reads what is damaged for good finds it so. */
static bool was_in_between(sqlite3 *handle)
{
	const int code = sqlite3_errcode(handle);

	return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_IOERR;
}

/* "immutable" reads the file alone, without its log, memory and locks. While another connection is
 * open, SQLite keeps the descriptor for the next time. *ret stays as it is where the file has no
 * identity: a store of before is given one by its log. *ret_known false: it could not be read now.
 */
static int read_identity(const char *path, int64_t *ret, bool *ret_known, struct errinfo *ei)
{
	const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_PRIVATECACHE;
	char uri[SAME_URI_MAX];
	sqlite3 *handle = NULL;
	bool is_empty = false;
	int err = write_uri(path, uri);

	if (err == 0 && sqlite3_open_v2(uri, &handle, flags, NULL) != SQLITE_OK)
		err = handle == NULL ? err_set(ei, ERR_NOMEM, "out of memory")
				     : sqlite_conn_fail(handle, path, ei);
	if (err == 0)
		err = sqlite_schema_identify(handle, path, &is_empty, ei);
	*ret_known = err == 0 || handle == NULL || !was_in_between(handle);
	if (!*ret_known)
		err = 0;
	else if (err == 0 && is_empty)
		err = err_set(ei, ERR_INVAL,
			      "the store \"%s\" is an empty file: put the store back", path);
	else if (err == 0)
		sqlite_schema_identity(handle, path, ret, NULL);
	sqlite3_close(handle);
	return err;
}

int sqlite_same_check(struct sqlite_same *same, const char *path, int64_t identity,
		      struct errinfo *ei)
{
	int64_t found = identity;
	bool is_known;
	struct stat now;
	int err;

	if (stat(path, &now) != 0)
		return err_set(ei, ERR_IO, "the store \"%s\" failed: %s", path, strerror(errno));
	if (was_left_alone(&now, &same->seen))
		return 0;
	err = read_identity(path, &found, &is_known, ei);
	if (err < 0 || !is_known)
		return err;
	if (found != identity)
		return err_set(ei, ERR_INVAL,
			       "another store was written over \"%s\", which is not the one that "
			       "was opened at the start: put that one back, or start again",
			       path);
	same->seen = now;
	return 0;
}
