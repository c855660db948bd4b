/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl restore: a backup into the embedded store, while the daemon goes on. */
#include "ctl/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "ctl/args.h"
#include "ctl/backup.h"
#include "ctl/file.h"
#include "ctl/interrupt.h"
#include "ctl/records.h"
#include "ctl/say.h"
#include "ctl/session.h"
#include "ctl/waiting.h"
#include "store/sqlite_backup.h"
#include "store/sqlite_restore.h"

enum { BEFORE_TRIES = 100 };

/* The backup file, opened by the caller before it becomes the owner of the store. A plain copy of a
 * database may have a write-ahead log beside it, which belongs to its content. */
struct source {
	const char *name;
	int fd;
	int log_fd; /* -1: there is none */
};

/* A private copy of the backup, because SQLite writes to the files that it opens. */
struct scratch {
	char folder[PATH_MAX]; /* "" when it is not made */
	char path[PATH_MAX + 16];
	char log_path[PATH_MAX + 16];
};

static int check_source(const struct source *src, const char *store, struct errinfo *ei)
{
	struct stat st, live;

	if (fstat(src->fd, &st) != 0 || S_ISDIR(st.st_mode))
		return err_set(ei, ERR_INVAL, "%s is no file", src->name);
	if (stat(store, &live) == 0 && live.st_dev == st.st_dev && live.st_ino == st.st_ino)
		return err_set(ei, ERR_INVAL, "%s is the store itself", src->name);
	return 0;
}

static int open_source(const char *operand, const char *store, struct source *src,
		       struct errinfo *ei)
{
	char log[PATH_MAX + 8];

	src->name = operand;
	if (strcmp(operand, "-") == 0) {
		src->name = "standard input";
		src->fd = dup(STDIN_FILENO);
		if (isatty(STDIN_FILENO))
			return err_set(ei, ERR_INVAL,
				       "a backup is not typed: redirect a file to this command");
	} else {
		src->fd = open(operand, O_RDONLY | O_CLOEXEC);
		snprintf(log, sizeof(log), "%s-wal", operand);
		src->log_fd = open(log, O_RDONLY | O_CLOEXEC);
	}
	if (src->fd < 0)
		return err_set(ei, ERR_IO, "cannot read %s: %s", src->name, strerror(errno));
	return check_source(src, store, ei);
}

static void close_source(const struct source *src)
{
	if (src->fd >= 0)
		close(src->fd);
	if (src->log_fd >= 0)
		close(src->log_fd);
}

static int copy_to(int from, const char *name, const char *path, struct errinfo *ei)
{
	int err, fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_set(ei, ERR_IO, "cannot write %s: %s", path, strerror(errno));
	err = file_copy(from, name, fd, path, ei);
	close(fd);
	return err;
}

/* Makes the copy beside the store, where there is room, and where its owner may write. */
static int make_scratch(const struct source *src, const char *store, struct scratch *sc,
			struct errinfo *ei)
{
	int err, n = snprintf(sc->folder, sizeof(sc->folder), "%s.restore-XXXXXX", store);

	if (n < 0 || (size_t)n >= sizeof(sc->folder) || mkdtemp(sc->folder) == NULL) {
		err = err_set(ei, ERR_IO, "cannot write beside the store \"%s\": %s", store,
			      strerror(errno));
		sc->folder[0] = '\0';
		return err;
	}
	snprintf(sc->path, sizeof(sc->path), "%s/backup", sc->folder);
	snprintf(sc->log_path, sizeof(sc->log_path), "%s/backup-wal", sc->folder);
	err = copy_to(src->fd, src->name, sc->path, ei);
	if (err == 0 && src->log_fd >= 0)
		err = copy_to(src->log_fd, src->name, sc->log_path, ei);
	return err;
}

static void remove_scratch(const struct scratch *sc)
{
	char shm[PATH_MAX + 16];

	if (sc->folder[0] == '\0')
		return;
	snprintf(shm, sizeof(shm), "%s/backup-shm", sc->folder);
	unlink(shm);
	unlink(sc->log_path);
	unlink(sc->path);
	rmdir(sc->folder);
}

/* An empty file of its own for the old content, whose entry survives a power failure. out is ""
 * when there is none. */
static int make_before(const char *store, char out[PATH_MAX], struct errinfo *ei)
{
	time_t now = (time_t)clock_wall_s();
	char path[PATH_MAX], when[32], more[16] = "";
	struct tm tm;
	int i, n, fd = -1;

	if (gmtime_r(&now, &tm) == NULL || strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm) == 0)
		return err_set(ei, ERR_IO, "the clock tells no time");
	for (i = 1; fd < 0 && i <= BEFORE_TRIES; i++) {
		n = snprintf(path, sizeof(path), "%s.before-restore-%s%s", store, when, more);
		if (n < 0 || (size_t)n >= sizeof(path))
			return err_set(ei, ERR_LIMIT, "the path is too long: %s", store);
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			break;
		snprintf(more, sizeof(more), "-%d", i);
	}
	if (fd < 0)
		return err_set(ei, ERR_IO, "cannot write %s: %s", path, strerror(errno));
	close(fd);
	snprintf(out, PATH_MAX, "%s", path);
	return file_sync_entry(path, ei);
}

/* On the thread of the line. */
static size_t count_deleted(void *arg)
{
	return atomic_load((atomic_size_t *)arg);
}

/* Deletes the records of hosts that no account has after the restore, in Route 53 zones; a builtin
 * zone follows the store. Warns of each record that it could not delete. */
static int delete_gone(struct session *s, const struct sqlite_restored *done)
{
	atomic_size_t n = 0;
	int status = CTL_OK;

	waiting_begin("deleting records", "hosts", done->n_gone, count_deleted, &n);
	for (; n < done->n_gone; n++) {
		struct account_host host = {.name = done->gone[n].name,
					    .state.want = done->gone[n].was};

		if (records_delete(s, NULL, done->gone[n].ttl, &host, 1, NULL) != 0)
			status = CTL_FAILED;
	}
	waiting_end();
	return status;
}

static int restore(struct session *s, const struct source *src, char before[PATH_MAX],
		   struct sqlite_restored *done, struct errinfo *ei)
{
	const char *store = s->conf->store.path;
	struct scratch sc = {.folder = ""};
	int err;

	/* A signal must not end the process before its copy is removed. */
	interrupt_guard_begin();
	waiting_begin("restore", "seconds", 0, NULL, NULL);
	err = make_scratch(src, store, &sc, ei);
	if (err == 0)
		err = make_before(store, before, ei);
	/* The last point at which a signal ends the command: the rest is one transaction. */
	if (err == 0)
		err = interrupt_check(ei);
	if (err == 0)
		err = sqlite_restore(store, sc.path, src->name, before, &s->conf->zones[0].name,
				     done, ei);
	if (err != 0 && before[0] != '\0')
		unlink(before);
	remove_scratch(&sc);
	waiting_end();
	interrupt_guard_end();
	return err;
}

static int restore_report(struct session *s, const char *before, const struct sqlite_restored *done)
{
	printf("restored: %llu accounts, %llu hosts, %llu of them to be published\n"
	       "before:   %s\n",
	       (unsigned long long)done->accounts, (unsigned long long)done->hosts,
	       (unsigned long long)done->owed, before);
	if (delete_gone(s, done) == CTL_OK)
		return CTL_OK;
	return ctl_fail("the store is restored, but not all records of hosts that are gone are "
			"deleted: delete by hand what is named above");
}

int ctl_restore(const struct ctl_args *args)
{
	struct session s;
	struct source src = {.fd = -1, .log_fd = -1};
	struct sqlite_restored done = {.n_gone = 0};
	struct errinfo ei = ERRINFO_INIT;
	char before[PATH_MAX] = "";
	int status;

	if (session_load(&s, args, &ei) != 0 || backup_check_store(s.conf, &ei) != 0 ||
	    open_source(args->operand[0], s.conf->store.path, &src, &ei) != 0 ||
	    session_become_owner(&s, &ei) != 0 || session_open_zones(&s, &ei) != 0 ||
	    restore(&s, &src, before, &done, &ei) != 0)
		status = ctl_fail("%s", ei.text);
	else
		status = restore_report(&s, before, &done);
	sqlite_restored_fini(&done);
	close_source(&src);
	session_close(&s);
	return status;
}
