/* SPDX-License-Identifier: BSD-2-Clause
 * SQLite's own online backup: it reads through the connection, so that what is still in the
 * write-ahead log is in the copy, and in one step, so that all of it is of one moment. */
#include "store/sqlite_backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/sqlite_db.h"
#include "store/sqlite_schema.h"

/* How long a lock of another program is waited for: longer than any transaction of a daemon. */
enum { BACKUP_BUSY_MS = 10000 };

/* The file's header (https://www.sqlite.org/fileformat.html §1.3). */
enum {
	HEADER_LEN = 100,
	HEADER_WRITE_VERSION = 18, /* and the read version behind it: 2 with a write-ahead log */
	HEADER_APPLICATION_ID = 68,
	FORMAT_LEGACY = 1,
};

struct sqlite_backup {
	char *path;
	char *shown;
	char *store; /* NULL before run() */
	sqlite3 *to;
};

enum sqlite_file sqlite_file_kind(int fd)
{
	static const unsigned char moor[4] = {0x4d, 0x6f, 0x6f, 0x72};
	unsigned char header[HEADER_LEN];
	ssize_t n = pread(fd, header, sizeof(header), 0);

	if (n == 0)
		return SQLITE_FILE_EMPTY;
	if (n < (ssize_t)sizeof(header) || memcmp(header, "SQLite format 3", 16) != 0 ||
	    memcmp(header + HEADER_APPLICATION_ID, moor, sizeof(moor)) != 0)
		return SQLITE_FILE_OTHER;
	return header[HEADER_WRITE_VERSION] == FORMAT_LEGACY ? SQLITE_FILE_BACKUP
							     : SQLITE_FILE_STORE;
}

static int fail_text(const struct sqlite_backup *b, const char *why, struct errinfo *ei)
{
	return err_set(ei, ERR_IO, "the backup \"%s\" cannot be written: %s", b->shown, why);
}

static int backup_fail(const struct sqlite_backup *b, struct errinfo *ei)
{
	int os_errno = sqlite3_system_errno(b->to);

	return fail_text(b, os_errno != 0 ? strerror(os_errno) : sqlite3_errmsg(b->to), ei);
}

void sqlite_backup_abort(struct sqlite_backup *b)
{
	if (b == NULL)
		return;
	sqlite3_close(b->to);
	free(b->path);
	free(b->shown);
	free(b->store);
	free(b);
}

int sqlite_backup_begin(const char *to, const char *shown, struct sqlite_backup **ret,
			struct errinfo *ei)
{
	struct sqlite_backup *b = calloc(1, sizeof(*b));
	int err = 0;

	if (b == NULL || (b->path = strdup(to)) == NULL || (b->shown = strdup(shown)) == NULL) {
		sqlite_backup_abort(b);
		return err_set(ei, ERR_NOMEM, "out of memory");
	}
	/* A half-written file is thrown away: no journal, and one fsync(2) at the end. */
	if (sqlite3_open_v2(to, &b->to, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
	    sqlite3_exec(b->to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL, NULL,
			 NULL) != SQLITE_OK)
		err = backup_fail(b, ei);
	if (err < 0)
		sqlite_backup_abort(b);
	else
		*ret = b;
	return err;
}

static int copy(struct sqlite_backup *b, struct sqlite_db *from, struct errinfo *ei)
{
	sqlite3_backup *run = sqlite3_backup_init(b->to, "main", from->handle, "main");
	int step;

	if (run == NULL)
		return backup_fail(b, ei);
	step = sqlite3_backup_step(run, -1);
	if (sqlite3_backup_finish(run) == SQLITE_OK && step == SQLITE_DONE)
		return 0;
	if (step == SQLITE_BUSY || step == SQLITE_LOCKED)
		return err_set(ei, ERR_UNAVAILABLE, "the store \"%s\" is locked by another program",
			       from->path);
	return backup_fail(b, ei);
}

int sqlite_backup_run(struct sqlite_backup *b, const char *store, struct errinfo *ei)
{
	struct sqlite_db from = {.path = strdup(store)};
	bool is_empty = false;
	int err;

	if (from.path == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	if (access(store, F_OK) != 0)
		err = err_set(ei, ERR_NOTFOUND, "there is no store \"%s\": %s", store,
			      strerror(errno));
	else if (sqlite3_open_v2(store, &from.handle, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		err = sqlite_db_fail(&from, ei);
	else if (sqlite3_busy_timeout(from.handle, BACKUP_BUSY_MS) != SQLITE_OK)
		err = sqlite_db_fail(&from, ei);
	else
		err = sqlite_schema_identify(from.handle, from.path, &is_empty, ei);
	if (err == 0 && is_empty)
		err = err_set(ei, ERR_NOTFOUND, "the store \"%s\" holds nothing yet", store);
	if (err == 0)
		err = copy(b, &from, ei);
	sqlite3_close(from.handle);
	b->store = from.path;
	return err;
}

/* The copy says that it has a write-ahead log, as the store has: whoever opened it would have to
 * make files beside it. */
static int seal(const struct sqlite_backup *b, struct errinfo *ei)
{
	static const unsigned char versions[2] = {FORMAT_LEGACY, FORMAT_LEGACY};
	int fd = open(b->path, O_RDWR | O_CLOEXEC), r = 0;

	if (fd < 0 || pwrite(fd, versions, 2, HEADER_WRITE_VERSION) != 2 || fsync(fd) != 0)
		r = fail_text(b, strerror(errno), ei);
	if (fd >= 0)
		close(fd);
	return r;
}

static int count_accounts(struct sqlite_db *db, uint64_t *ret, struct errinfo *ei)
{
	sqlite3_stmt *stmt = NULL;
	int err = 0;

	if (sqlite3_prepare_v2(db->handle, "SELECT count(*) FROM accounts", -1, &stmt, NULL) !=
		    SQLITE_OK ||
	    sqlite3_step(stmt) != SQLITE_ROW)
		err = sqlite_db_fail(db, ei);
	else
		*ret = (uint64_t)sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return err;
}

int sqlite_backup_end(struct sqlite_backup *b, uint64_t *ret_accounts, struct errinfo *ei)
{
	/* What is wrong in the copy is wrong in the store. */
	struct sqlite_db made = {.path = b->store};
	uint64_t accounts = 0;
	int err = sqlite3_close(b->to) == SQLITE_OK ? 0 : backup_fail(b, ei);

	b->to = NULL;
	if (err == 0)
		err = seal(b, ei);
	if (err == 0 &&
	    sqlite3_open_v2(b->path, &made.handle, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		err = sqlite_db_fail(&made, ei);
	if (err == 0)
		err = sqlite_schema_check(made.handle, made.path, ei);
	if (err == 0)
		err = count_accounts(&made, &accounts, ei);
	sqlite3_close(made.handle);
	sqlite_backup_abort(b);
	if (err == 0 && ret_accounts != NULL)
		*ret_accounts = accounts;
	return err;
}
