/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl backup: the embedded store as one file, while the daemon goes on. */
#include "ctl/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "conf/conf.h"
#include "ctl/args.h"
#include "ctl/file.h"
#include "ctl/interrupt.h"
#include "ctl/say.h"
#include "ctl/session.h"
#include "ctl/waiting.h"
#include "store/sqlite_backup.h"

/* The draft that is written, and the name that it gets when it is complete. */
struct target {
	char path[PATH_MAX];  /* "" for standard output */
	char draft[PATH_MAX]; /* "" once it is gone or renamed */
	int fd;		      /* of the draft */
};

static bool is_stdout(const struct target *t)
{
	return t->path[0] == '\0';
}

/* Refuses to replace a file that is neither a backup nor empty. */
static int check_existing(const char *path, struct errinfo *ei)
{
	enum sqlite_file kind = SQLITE_FILE_OTHER;
	struct stat st;
	int fd;

	if (stat(path, &st) != 0)
		return errno == ENOENT ? 0
				       : err_set(ei, ERR_IO, "cannot write to %s: %s", path,
						 strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(ei, ERR_INVAL,
			       "%s is no file: name a new one, or - for standard output", path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(ei, ERR_IO, "cannot read %s: %s", path, strerror(errno));
	kind = sqlite_file_kind(fd);
	close(fd);
	if (kind == SQLITE_FILE_EMPTY || kind == SQLITE_FILE_BACKUP)
		return 0;
	return err_set(ei, ERR_EXISTS, "%s is there already, and is %s: name another file", path,
		       kind == SQLITE_FILE_STORE ? "a store, not a backup" : "no backup");
}

static int name_target(const char *operand, struct target *t, struct errinfo *ei)
{
	const char *tmp = getenv("TMPDIR");
	char *real;
	int n;

	if (strcmp(operand, "-") == 0) {
		if (isatty(STDOUT_FILENO))
			return err_set(ei, ERR_INVAL,
				       "a backup is not for a terminal: redirect it to a file");
		n = snprintf(t->draft, sizeof(t->draft), "%s/mooringctl.XXXXXX",
			     tmp != NULL && *tmp != '\0' ? tmp : "/tmp");
	} else {
		int err = check_existing(operand, ei);

		if (err < 0)
			return err;
		/* A symbolic link is followed, so that it stays and leads to the new file. */
		real = realpath(operand, NULL);
		snprintf(t->path, sizeof(t->path), "%s", real != NULL ? real : operand);
		n = snprintf(t->draft, sizeof(t->draft), "%s.XXXXXX",
			     real != NULL ? real : operand);
		free(real);
	}
	if (n < 0 || (size_t)n >= sizeof(t->draft))
		return err_set(ei, ERR_LIMIT, "the path is too long: %s", operand);
	return 0;
}

/* Mode 0600, because the backup contains hashed secrets. */
static int open_target(const char *operand, struct target *t, struct errinfo *ei)
{
	int err = name_target(operand, t, ei);

	if (err < 0) {
		t->draft[0] = '\0';
		return err;
	}
	t->fd = mkostemp(t->draft, O_CLOEXEC);
	if (t->fd >= 0)
		return 0;
	err = err_set(ei, ERR_IO, "cannot write %s: %s", is_stdout(t) ? t->draft : t->path,
		      strerror(errno));
	t->draft[0] = '\0';
	return err;
}

static int finish_target(struct target *t, struct errinfo *ei)
{
	if (is_stdout(t))
		return file_copy(t->fd, t->draft, STDOUT_FILENO, "standard output", ei);
	if (rename(t->draft, t->path) != 0)
		return err_set(ei, ERR_IO, "cannot write %s: %s", t->path, strerror(errno));
	t->draft[0] = '\0';
	return file_sync_entry(t->path, ei);
}

static void close_target(struct target *t)
{
	if (t->draft[0] != '\0')
		unlink(t->draft);
	if (t->fd >= 0)
		close(t->fd);
}

/* Reads the store as its owner, because SQLite makes files beside it that the daemon must be able
 * to write. The backup itself belongs to the caller. */
static int read_as_owner(struct sqlite_backup *b, const char *store, struct errinfo *ei)
{
	struct stat st;
	bool switches = geteuid() == 0 && stat(store, &st) == 0 && st.st_uid != 0;
	int err;

	if (switches &&
	    (setgroups(0, NULL) != 0 || setegid(st.st_gid) != 0 || seteuid(st.st_uid) != 0))
		return err_set(ei, ERR_IO, "cannot become the owner of %s: %s", store,
			       strerror(errno));
	err = sqlite_backup_run(b, store, ei);
	if (switches && (seteuid(0) != 0 || setegid(getgid()) != 0))
		abort();
	return err;
}

enum { BYTES_OF_MB = 1000 * 1000 };

static size_t file_mb(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (size_t)(st.st_size / BYTES_OF_MB) : 0;
}

/* On the thread of the line. */
static size_t copied_mb(void *arg)
{
	const struct target *t = arg;

	return file_mb(t->draft);
}

static int back_up(const char *store, struct target *t, uint64_t *ret_accounts, struct errinfo *ei)
{
	struct sqlite_backup *b;
	int err = sqlite_backup_begin(t->draft, is_stdout(t) ? t->draft : t->path, &b, ei);

	if (err < 0)
		return err;
	waiting_begin("backup", "MB copied", file_mb(store), copied_mb, t);
	err = read_as_owner(b, store, ei);
	if (err < 0)
		sqlite_backup_abort(b);
	else
		err = sqlite_backup_end(b, ret_accounts, ei);
	waiting_end();
	if (err == 0)
		err = interrupt_check(ei);
	return err == 0 ? finish_target(t, ei) : err;
}

int backup_check_store(const struct conf *conf, struct errinfo *ei)
{
	if (conf->store.type == CONF_STORE_SQLITE)
		return 0;
	return err_set(
		ei, ERR_INVAL,
		"the store is the DynamoDB table \"%s\": AWS's point-in-time recovery is its "
		"backup",
		conf->store.table);
}

int ctl_backup(const struct ctl_args *args)
{
	struct session s;
	struct target t = {.fd = -1};
	struct errinfo ei = ERRINFO_INIT;
	uint64_t accounts = 0;
	int status = CTL_OK;

	/* A signal must not end the process before its draft is removed. */
	interrupt_guard_begin();
	if (session_load(&s, args, &ei) != 0 || backup_check_store(s.conf, &ei) != 0 ||
	    open_target(args->operand[0], &t, &ei) != 0 ||
	    back_up(s.conf->store.path, &t, &accounts, &ei) != 0)
		status = ctl_fail("%s", ei.text);
	else if (!is_stdout(&t))
		printf("%s: %llu account%s\n", args->operand[0], (unsigned long long)accounts,
		       accounts == 1 ? "" : "s");
	close_target(&t);
	interrupt_guard_end();
	session_close(&s);
	return status;
}
