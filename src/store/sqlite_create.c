/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/sqlite_create.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "store/sqlite_conn.h"
#include "store/sqlite_schema.h"

static int create_fail(const char *path, struct errinfo *ei)
{
	return err_set(ei, ERR_IO, "cannot create the store \"%s\": %s", path, strerror(errno));
}

/* SQLite would make the file 0644; the log and index beside it take over its mode. */
static int create_file(const char *made, const char *path, struct errinfo *ei)
{
	int fd;

	unlink(made); /* of a process of that number that was killed here */
	fd = open(made, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return create_fail(path, ei);
	close(fd);
	return 0;
}

static int fill_file(const char *made, const char *path, struct errinfo *ei)
{
	sqlite3 *handle = NULL;
	int err;

	if (sqlite3_open_v2(made, &handle, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		err = handle == NULL ? err_set(ei, ERR_NOMEM, "out of memory")
				     : sqlite_conn_fail(handle, path, ei);
	else
		err = sqlite_schema_create(handle, path, ei);
	/* The last connection's end copies the log into the file and removes it. */
	if (sqlite3_close(handle) != SQLITE_OK && err == 0)
		err = sqlite_conn_fail(handle, path, ei);
	return err;
}

/* Nothing that is at path is ever replaced. Some file systems have no links; musl has no
 * renameat2(2) by name. */
static int name_file(const char *made, const char *path, struct errinfo *ei)
{
	if (link(made, path) == 0 || errno == EEXIST)
		return 0;
	if (syscall(SYS_renameat2, AT_FDCWD, made, AT_FDCWD, path, RENAME_NOREPLACE) == 0 ||
	    errno == EEXIST)
		return 0;
	return create_fail(path, ei);
}

/* The name of the file is in the directory, which a power failure may set back as well. */
static int sync_directory(const char *path, struct errinfo *ei)
{
	char name[PATH_MAX];
	int fd, err = 0;

	snprintf(name, sizeof(name), "%s", path);
	fd = open(dirname(name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return create_fail(path, ei);
	if (fsync(fd) != 0 && errno != EINVAL)
		err = create_fail(path, ei);
	close(fd);
	return err;
}

int sqlite_create(const char *path, struct errinfo *ei)
{
	char made[PATH_MAX];
	int n, err;

	if (access(path, F_OK) == 0)
		return 0;
	n = snprintf(made, sizeof(made), "%s.new-%ld", path, (long)getpid());
	if (n < 0 || (size_t)n >= sizeof(made)) {
		errno = ENAMETOOLONG;
		return create_fail(path, ei);
	}
	err = create_file(made, path, ei);
	if (err < 0)
		return err;
	err = fill_file(made, path, ei);
	if (err == 0)
		err = name_file(made, path, ei);
	unlink(made);
	return err == 0 ? sync_directory(path, ei) : err;
}
